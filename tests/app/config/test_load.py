"""Settings from all their sources: who wins, where each value is written, and relative paths."""

from pathlib import Path

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from gwproactor.app.config.given import Given
from gwproactor.app.config.layers import Layered, Leaf, Naming, dotted, layered
from gwproactor.app.config.load import Loaded, Peeked, load_settings, peek_container
from gwproactor.app.settings import MQTTClient, ProactorSettings
from gwproactor.app.settings.part import FilePath
from gwproactor.domain.outcome import Failure, Success

NAMES = 'long_name = "d1.scada"\nshort_name = "s"\n'
FILE = Path("node.toml")


class HouseSettings(ProactorSettings):
    admin: MQTTClient = MQTTClient(host="admin.local", port=1884)
    rooms: tuple[str, ...] = ()
    plans: tuple[FilePath, ...] = ()
    plan: Path | None = None


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    # What is in the environment of this process is none of the environment that is handed over.
    monkeypatch.setenv("PROACTOR_CONTAINER", "of:OtherProcess")
    monkeypatch.setenv("PROACTOR_MISSPELT", "x")


def loaded(
    toml: str = "",
    *overrides: str,
    dotenv: str = "",
    environ: dict[str, str] | None = None,
    file: Path = FILE,
) -> Loaded[HouseSettings]:
    file.parent.mkdir(exist_ok=True)
    file.write_text(NAMES + toml, encoding="utf-8")
    if dotenv:
        (file.parent / ".env").write_text(dotenv, encoding="utf-8")
    match load_settings(HouseSettings, file, environ=environ or {}, overrides=overrides):
        case Success(found):
            return found
        case Failure(refused):
            raise AssertionError(str(refused))


@pytest.mark.parametrize(
    ("sources", "value", "place"),
    [
        (0, 5.0, "default: ack_timeout_seconds"),
        (1, 1.0, "node.toml: ack_timeout_seconds"),
        (2, 2.0, "secrets: proactor_ack_timeout_seconds"),
        (3, 3.0, ".env line 3: PROACTOR_ACK_TIMEOUT_SECONDS"),
        (4, 4.0, "environment: Proactor_Ack_Timeout_Seconds"),
        (5, 5.5, "--set ack_timeout_seconds"),
    ],
)
def test_the_first_source_that_speaks_wins(sources: int, value: float, place: str) -> None:
    class WithSecrets(HouseSettings):
        model_config = SettingsConfigDict(secrets_dir="secrets")

    Path("secrets").mkdir()
    FILE.write_text(NAMES + ("ack_timeout_seconds = 1" if sources > 0 else ""))
    if sources > 1:
        Path("secrets/proactor_ack_timeout_seconds").write_text("2\n")
    if sources > 2:
        Path(".env").write_text("# a comment\n\nPROACTOR_ACK_TIMEOUT_SECONDS = 3\n")
    environ = {"Proactor_Ack_Timeout_Seconds": "4"} if sources > 3 else {}
    overrides = ["ack_timeout_seconds=5", "ack_timeout_seconds = 5.5"] if sources > 4 else []
    found = load_settings(WithSecrets, FILE, environ=environ, overrides=overrides).unwrap()

    assert found.settings.ack_timeout_seconds == value
    assert found.place("ack_timeout_seconds") == place


def test_sources_are_joined_value_by_value() -> None:
    found = loaded(
        '[links.parent]\npeer_long_name = "d1"\npeer_short_name = "x"\n',
        "links.parent.upstream=yes",
        dotenv="PROACTOR_LINKS__PARENT__PEER_SHORT_NAME=a\n",
        environ={"PROACTOR_LINKS": '{"parent": {"handler": "h"}}'},
    )
    link = found.settings.links["parent"]

    assert (link.peer_long_name, link.peer_short_name, link.handler) == ("d1", "a", "h")
    assert link.upstream
    assert found.place("links", "parent", "peer_long_name") == (
        "node.toml: links.parent.peer_long_name"
    )
    assert (
        found.place("links", "parent", "handler") == "environment: PROACTOR_LINKS: parent.handler"
    )
    assert found.place("links", "parent", "broker") == "default: links.parent.broker"
    assert found.place("links") == (
        "node.toml: links and .env line 1: PROACTOR_LINKS__PARENT__PEER_SHORT_NAME and "
        "environment: PROACTOR_LINKS and --set links"
    )


def test_a_part_goes_before_the_whole_of_the_same_source() -> None:
    found = loaded(
        environ={
            "PROACTOR_BROKERS__FAR__HOST": "part",
            "PROACTOR_BROKERS": '{"far": {"host": "whole", "port": 1}}',
        }
    )
    assert (found.settings.brokers["far"].host, found.settings.brokers["far"].port) == ("part", 1)


def test_another_source_replaces_a_list_as_a_whole() -> None:
    found = loaded('rooms = ["a", "b"]', 'rooms=["c"]')

    assert found.settings.rooms == ("c",)
    assert found.place("rooms") == "--set rooms"


def test_an_empty_table_takes_nothing_away() -> None:
    found = loaded(
        '[links.parent]\npeer_long_name = "d1"\npeer_short_name = "x"\n',
        environ={"PROACTOR_LINKS": "{}"},
    )
    assert list(found.settings.links) == ["parent"]


def test_a_value_that_takes_the_place_of_a_table_has_the_only_place() -> None:
    lower, upper = (Naming(name, dotted).origin("x") for name in ("lower", "upper"))
    table = [Leaf(("a", "b"), 1, lower), Leaf(("a", "c"), 1, lower)]
    value = [Leaf(("a",), 2, upper)]

    assert layered([table, value]) == Layered({"a": 2}, {("a",): upper})
    assert layered([value, table]).origins == {("a", "b"): lower, ("a", "c"): lower}


def test_a_part_that_is_given_keeps_the_other_defaults() -> None:
    found = loaded("[admin]\nport = 1\n[logging.io_loop.file_handler]\nlevel = 'debug'")

    assert (found.settings.admin.host, found.settings.admin.port) == ("admin.local", 1)
    assert found.settings.logging.io_loop.file_handler.filename == "io_loop.log"


def test_a_broker_of_its_own_field_has_a_place_among_the_brokers() -> None:
    found = loaded("[admin.tls]\nport = 1")

    assert found.place("brokers", "admin", "tls", "port") == "node.toml: admin.tls.port"
    assert found.place("brokers", "local", "host") == "default: brokers.local.host"
    assert found.source("admin", "tls", "port") == "node.toml"


def test_names_that_are_no_bare_keys_are_quoted() -> None:
    found = loaded('[brokers."my.broker"]\nhost = "h"\n[brokers.two-2]\nhost = "h"')

    assert found.place("brokers", "my.broker", "host") == 'node.toml: brokers."my.broker".host'
    assert found.place("brokers", "two-2", "host") == "node.toml: brokers.two-2.host"


# Files


def test_a_relative_path_of_the_file_is_relative_to_it(tmp_path: Path) -> None:
    text = (
        'plan = "plan.json"\nplans = ["a.json", "/b.json"]\n'
        '[paths]\nbase = "house"\ndata_dir = "data"\nlog_dir = "~/log"\n'
        '[admin]\npassword_file = "../password"\nusername = "u"\n'
        '[brokers.far.tls]\ncrl_path = "crl.pem"\npaths = {ca_cert_path = "/etc/ca.crt"}\n'
    )
    settings = loaded(text, file=Path("conf/node.toml")).settings

    assert settings.plan == tmp_path / "conf/plan.json"
    assert settings.plans == (tmp_path / "conf/a.json", Path("/b.json"))
    assert settings.paths.base == Path("house")
    assert settings.paths.data_dir == tmp_path / "conf/data"
    assert settings.paths.event_store == tmp_path / "conf/data/events.sqlite"
    assert settings.paths.log_dir == tmp_path / "home/log"
    assert settings.admin.password_file == tmp_path / "conf/../password"
    assert settings.brokers["far"].tls.crl_path == tmp_path / "conf/crl.pem"
    assert settings.brokers["far"].tls.paths.ca_cert_path == Path("/etc/ca.crt")


def test_a_relative_path_from_elsewhere_is_relative_to_the_current_folder() -> None:
    found = loaded(
        "",
        "plan=plan.json",
        environ={"PROACTOR_PATHS__DATA_DIR": "data"},
        file=Path("conf/node.toml"),
    )
    assert (found.settings.plan, found.settings.paths.data_dir) == (Path("plan.json"), Path("data"))


def test_another_env_file_may_be_named() -> None:
    Path(".env").write_text("PROACTOR_MISSPELT=1\n")
    Path("site.env").write_text("PROACTOR_LONG_NAME=d1.site\n")
    FILE.write_text(NAMES)
    found = load_settings(HouseSettings, FILE, environ={}, env_file=Path("site.env")).unwrap()

    assert found.settings.long_name == "d1.site"
    assert found.place("long_name") == "site.env line 1: PROACTOR_LONG_NAME"


def test_an_env_file_may_refer_to_the_environment() -> None:
    found = loaded(
        dotenv="SITE=d1\nPROACTOR_LONG_NAME=${SITE}.${HOUSE}.${NUMBER:-7}\n",
        environ={"HOUSE": "house"},
    )
    assert found.settings.long_name == "d1.house.7"


def test_settings_need_no_file() -> None:
    Path(".env").write_text("PROACTOR_MISSPELT=1\n")
    environ = {"PROACTOR_LONG_NAME": "d1", "PROACTOR_SHORT_NAME": "s"}
    found = load_settings(HouseSettings, None, environ=environ).unwrap()

    assert found.settings.long_name == "d1"
    assert found.place("short_name") == "environment: PROACTOR_SHORT_NAME"


def test_a_field_may_have_a_name_of_its_own() -> None:
    """The names of others are none of ours, but those are that a field is declared to have."""

    class Aliased(ProactorSettings):
        zone: str = Field("", validation_alias="TZ")

    FILE.write_text(NAMES)
    found = load_settings(Aliased, FILE, environ={"TZ": "UTC", "LANG": "C"}).unwrap()

    assert found.settings.zone == "UTC"


# The container, before its class is known


@pytest.mark.parametrize(
    ("toml", "overrides", "environ", "peeked"),
    [
        ("", [], {}, None),
        ("[", [], {}, None),
        ("container = 3", [], {}, None),
        ("container = 'a:B'\nother = 1", [], {}, Peeked("a:B", "node.toml: container")),
        (
            "container = 'a:B'",
            [],
            {"PROACTOR_CONTAINER": "c:D"},
            Peeked("c:D", "environment: PROACTOR_CONTAINER"),
        ),
        ("[", ["container=e:F"], {"PROACTOR_X": ""}, Peeked("e:F", "--set container")),
    ],
)
def test_the_container_can_be_known_before_its_settings(
    toml: str, overrides: list[str], environ: dict[str, str], peeked: Peeked | None
) -> None:
    FILE.write_text(toml)
    assert peek_container(Given(file=FILE, environ=environ, overrides=overrides)) == peeked


def test_nothing_that_is_shown_of_them_holds_a_secret() -> None:
    found = loaded(
        '[brokers.far]\nusername = "u"\npassword = "s3cret"\n',
        "brokers.near.password=s3cret",
        "brokers.near.username=u",
        dotenv="PROACTOR_ADMIN__PASSWORD=s3cret\nPROACTOR_ADMIN__USERNAME=u\n",
    )
    assert "s3cret" not in f"{found!r} {found}"
