"""What is wrong with a source of settings, and with several at once; no fault shows a secret."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import model_validator
from pydantic_settings import SettingsConfigDict

from gwproactor.app.config.layers import layered
from gwproactor.app.config.load import load_settings
from gwproactor.app.config.sources import of_overrides
from gwproactor.app.settings import MQTTClient, ProactorSettings
from gwproactor.domain.outcome import Failure, Success

NAMES = 'long_name = "d1.scada"\nshort_name = "s"\n'
FILE = Path("node.toml")


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def faults(
    toml: str | None = NAMES,
    overrides: Sequence[str] = (),
    *,
    dotenv: str | bytes | None = None,
    environ: dict[str, str] | None = None,
    kind: type[ProactorSettings] = ProactorSettings,
    env_file: Path | None = None,
) -> list[str]:
    if toml is not None:
        FILE.write_text(toml, encoding="utf-8")
    if dotenv is not None:
        data = dotenv if isinstance(dotenv, bytes) else dotenv.encode()
        Path(".env").write_bytes(data)
    given = environ or {}
    match load_settings(kind, FILE, environ=given, overrides=overrides, env_file=env_file):
        case Success():
            return []
        case Failure(refused):
            return str(refused).split("\n")


# The file


def test_a_file_that_is_missing_is_told_alone() -> None:
    assert faults(None) == ["node.toml: does not exist"]


def test_a_folder_is_no_file() -> None:
    FILE.mkdir()
    assert faults(None) == ["node.toml: is a folder, not a file"]


def test_a_file_is_in_utf_8() -> None:
    FILE.write_bytes(b'long_name = "d\xfc"')
    assert faults(None) == ["node.toml: is not UTF-8: byte 15 is none of it"]


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ("a = ", "invalid value (at end of document)"),
        ("\na b = 1", "expected '=' after a key in a key/value pair (at line 2, column 3)"),
        ("[a]\n[a]", "cannot declare ('a',) twice (at line 2, column 3)"),
        ("a = 1\na = 2", "cannot overwrite a value (at end of document)"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(toml: str, text: str) -> None:
    assert faults(toml) == [f"node.toml: this is not TOML: {text}"]


def test_what_is_missing_is_told_where_it_should_be() -> None:
    assert faults("") == [
        "node.toml: long_name: is missing: dotted name under which the node publishes",
        "node.toml: short_name: is missing: name to which peers send",
    ]
    assert faults(environ={"PROACTOR_LINKS__P__PEER_LONG_NAME": "a"}) == [
        "environment: PROACTOR_LINKS__P__PEER_SHORT_NAME: is missing: name to which this node sends"
    ]


def test_without_a_file_it_is_told_of_the_environment() -> None:
    match load_settings(ProactorSettings, None, environ={"PROACTOR_SHORT_NAME": "s"}):
        case Failure(refused):
            assert str(refused) == (
                "environment: PROACTOR_LONG_NAME: is missing: dotted name under which the node "
                "publishes"
            )
        case Success():
            pytest.fail("nothing is refused")


# Variables

VARIABLES = {
    "PROACTOR_ACK_TIMEOUT_SECOND=3": "unknown name; did you mean PROACTOR_ACK_TIMEOUT_SECONDS?",
    "Proactor_Logging__Base_Levl=3": (
        "unknown name; did you mean PROACTOR_LOGGING__BASE_LOG_LEVEL?"
    ),
    "PROACTOR_LOGING__FORMAT=x": "unknown name; did you mean PROACTOR_LOGGING__FORMAT?",
    "PROACTOR_PATHS_DATA_DIR=x": "unknown name; did you mean PROACTOR_PATHS__DATA_DIR?",
    "PROACTOR_LINKS_UP_PEER_LONG_NAME=x": (
        "unknown name; did you mean PROACTOR_LINKS__UP__PEER_LONG_NAME?"
    ),
    "PROACTOR_ACK__TIMEOUT__SECONDS=3": (
        "unknown name; did you mean PROACTOR_ACK_TIMEOUT_SECONDS?"
    ),
    "PROACTOR_BROKERS__LOCAL__HOTS=x": "unknown name; did you mean PROACTOR_BROKERS__LOCAL__HOST?",
    "PROACTOR_WATCHDOG__ZZZ=3": "unknown name; known here are: external, stall_seconds",
    "PROACTOR_ACK_TIMEOUT_SECONDS__X=3": (
        "unknown name; PROACTOR_ACK_TIMEOUT_SECONDS is one value, without parts"
    ),
    "PROACTOR_ACK_TIMEOUT_SECONDS=soon": "must be a number",
    "PROACTOR_ACK_TIMEOUT_SECONDS=": "must be a number",
    "PROACTOR_BROKERS__LOCAL=x": "must be a table of settings",
    "PROACTOR_BROKERS__LOCAL__TLS__USE_TLS=maybe": "must be true or false",
    "PROACTOR_LOGGING={": (
        "is not JSON: Expecting property name enclosed in double quotes, line 1, column 2; or set "
        "its parts one by one"
    ),
    "PROACTOR_LOGGING=text": (
        "is not JSON: Expecting value, line 1, column 1; or set its parts one by one"
    ),
    'PROACTOR_LOGGING="text"': "must be a table of settings",
}


@pytest.mark.parametrize("given", VARIABLES)
def test_a_variable_is_refused_in_the_environment_and_in_a_dotenv_file_alike(given: str) -> None:
    name, _, value = given.partition("=")

    assert faults(environ={name: value}) == [f"environment: {name}: {VARIABLES[given]}"]
    assert faults(dotenv=f"# first\n{name}='{value}'\n") == [
        f".env line 2: {name}: {VARIABLES[given]}"
    ]


def test_names_of_others_are_left_alone() -> None:
    others = "HOME=/x\nMY_PROACTOR_X=1\nSCADA_LONG_NAME=d1\nLONG_NAME=d1\npaths=3\nPROACTOR=1\n"
    assert faults(dotenv=others) == []
    assert faults(environ=dict(line.split("=") for line in others.split())) == []


def test_a_deployment_may_leave_unknown_names_alone() -> None:
    class Lenient(ProactorSettings):
        model_config = SettingsConfigDict(extra="ignore")

    environ = {"PROACTOR_X": "3", "PROACTOR_PATHS__X": "3"}
    assert faults("x = 3\n" + NAMES, ["x=3"], environ=environ, kind=Lenient) == [
        "environment: PROACTOR_PATHS__X: unknown name; known here are: base, name, relative_path, "
        "data_home, state_home, config_home, data_dir, config_dir, certs_dir, event_dir, log_dir, "
        "hardware_layout"
    ]


def test_another_prefix_is_another_prefix() -> None:
    class Scada(ProactorSettings):
        model_config = SettingsConfigDict(env_prefix="SCADA_")
        local_mqtt: MQTTClient = MQTTClient()

    environ = {"SCADA_LOCAL_MQT__HOST": "x", "PROACTOR_X": "x", "SCADA_ADMIN__HOST": "x"}
    assert faults(environ=environ, kind=Scada) == [
        "environment: SCADA_LOCAL_MQT__HOST: unknown name; did you mean SCADA_LOCAL_MQTT__HOST?",
        "environment: SCADA_ADMIN__HOST: unknown name; known here are: "
        + ", ".join(Scada.model_fields),
    ]


def test_every_name_is_known_without_a_prefix() -> None:
    class Bare(ProactorSettings):
        model_config = SettingsConfigDict(env_prefix="")

    found = load_settings(
        Bare, None, environ={"LONG_NAME": "d1", "SHORT_NAME": "s", "LANG": "C"}
    ).unwrap()
    assert found.settings.long_name == "d1"


@pytest.mark.parametrize(
    ("dotenv", "told"),
    [
        ("\n\nwhat is this\n", [".env line 3: is not understood: write NAME=VALUE"]),
        ('PROACTOR_CONTAINER="a', [".env line 1: is not understood: write NAME=VALUE"]),
        (
            "OTHER\nPROACTOR_CONTAINER\n",
            [".env line 2: PROACTOR_CONTAINER: has no value: write NAME=VALUE"],
        ),
        (b"\xff", [".env: is not UTF-8: byte 1 is none of it"]),
    ],
)
def test_a_dotenv_file_that_is_not_understood_is_refused(
    dotenv: str | bytes, told: list[str]
) -> None:
    assert faults(dotenv=dotenv) == told


def test_an_env_file_that_is_named_must_be_there() -> None:
    assert faults(env_file=Path("site.env")) == ["site.env: does not exist"]


def test_a_folder_of_secrets_must_be_there() -> None:
    class WithSecrets(ProactorSettings):
        model_config = SettingsConfigDict(secrets_dir="secrets")

    assert faults(kind=WithSecrets) == [
        "secrets: cannot be read: No such file or directory",
    ]
    Path("secrets").mkdir()
    Path("secrets/PROACTOR_LOGING").write_text("x")
    Path("secrets/other").write_text("x")
    assert faults(kind=WithSecrets) == [
        "secrets: PROACTOR_LOGING: unknown name; did you mean PROACTOR_LOGGING?"
    ]


# The command line


@pytest.mark.parametrize(
    ("override", "told"),
    [
        (
            "brokers.local.hots=x",
            "brokers.local.hots: unknown name; did you mean brokers.local.host?",
        ),
        (
            "brokrs.local.host=x",
            "brokrs.local.host: unknown name; did you mean brokers.local.host?",
        ),
        ("Long_Name=x", "Long_Name: unknown name; did you mean long_name?"),
        ("ack_timeout_seconds=", "ack_timeout_seconds: must be a number"),
        (
            "links=x",
            "links: is not JSON: Expecting value, line 1, column 1; or set its parts one by one",
        ),
        ("s3cret", "number 1: write NAME=VALUE, as in ack_timeout_seconds=3"),
        ("=s3cret", "number 1: write NAME=VALUE, as in ack_timeout_seconds=3"),
    ],
)
def test_an_override_is_refused(override: str, told: str) -> None:
    assert faults(NAMES, [override]) == [f"--set {told}"]


# All at once


def test_faults_of_all_sources_are_told_at_once() -> None:
    toml = (
        'short_name = "s-"\n[links.one]\npeer_long_name = "a"\npear_short_name = "a"\n'
        'upstream = true\n[links.two]\npeer_long_name = "b"\npeer_short_name = "b"\n'
        'broker = "far"\nupstream = true\n[brokers.near]\nport = 0\npassword = "s3cret"\n'
        "[brokers.next]\nhots = 1\n[web_servers.w]\nenabled = 2\n"
    )
    told = faults(
        toml,
        ["watchdog.externl=none"],
        dotenv="PROACTOR_LOGGING__FORMAT=xml\n",
        environ={"PROACTOR_EVENT_STOR__KIND": "null", "PROACTOR_EVENT_SINK__KIND": "relay"},
    )
    assert told == [
        "environment: PROACTOR_EVENT_STOR__KIND: unknown name; did you mean "
        "PROACTOR_EVENT_STORE__KIND?",
        "node.toml: long_name: is missing: dotted name under which the node publishes",
        "node.toml: short_name: name 's-' contains '-', which a topic cannot carry: use letters, "
        "digits, '.', '_'",
        ".env line 1: PROACTOR_LOGGING__FORMAT: must be 'text' or 'json'",
        "node.toml: brokers.near.port: must be at least 1",
        "node.toml: brokers.next.hots: unknown name; did you mean brokers.next.host?",
        "node.toml: links.one.pear_short_name: unknown name; did you mean "
        "links.one.peer_short_name?",
        "node.toml: web_servers.w.port: is missing: port to listen on; 0: any free one",
        "node.toml: web_servers.w.enabled: must be true or false",
        "--set watchdog.externl: unknown name; did you mean watchdog.external?",
        "node.toml: brokers.near: a password cannot be sent without a username: give one",
        "default: links.one.broker: link 'one' names the broker 'local', but there are only: near, "
        "next",
        "node.toml: links.two.broker: link 'two' names the broker 'far', but there are only: near, "
        "next",
        "node.toml: links: only one link may be upstream, not one, two",
    ]


FOLLOWS = {
    # The broker of a link may be one of those that are not understood.
    'brokrs.far.host = "f"\nlinks.p = {P, broker = "far"}': (
        "brokrs: unknown name; did you mean brokers?"
    ),
    'brokers.far = 3\nlinks.p = {P, broker = "far"}': "brokers.far: must be a table of settings",
    'brokers.far = {}\nlinks.p = {P, brokr = "far"}': (
        "links.p.brokr: unknown name; did you mean links.p.broker?"
    ),
    # The relay may have the upstream link that is not understood.
    'event_sink.kind = "relay"\nlinks.p = {P, upsteam = true}': (
        "links.p.upsteam: unknown name; did you mean links.p.upstream?"
    ),
    # What is missing is what is misspelt.
    'links.p = {peer_long_name = "a", peer_shrt_name = "a"}': (
        "links.p.peer_shrt_name: unknown name; did you mean links.p.peer_short_name?"
    ),
    # One folder follows from another.
    "paths.data_home = 3": "paths.data_home: must be a path, as a text",
    # One of the credentials is not understood.
    'brokers.b = {password = "x", usrname = "u"}': (
        "brokers.b.usrname: unknown name; did you mean brokers.b.username?"
    ),
}


@pytest.mark.parametrize("written", FOLLOWS)
def test_what_may_only_follow_from_a_fault_is_not_told(written: str) -> None:
    toml = written.replace("{P,", '{peer_long_name = "a", peer_short_name = "a",')
    assert faults(NAMES + toml) == [f"node.toml: {FOLLOWS[written]}"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BROKRS__FAR__HOST", "unknown name; did you mean PROACTOR_BROKERS__FAR__HOST?"),
        ("BROKERS", "is not JSON: Expecting value, line 1, column 1; or set its parts one by one"),
    ],
)
def test_what_may_only_follow_from_a_variable_is_not_told(name: str, text: str) -> None:
    link = 'links.p = {peer_long_name = "a", peer_short_name = "a", broker = "far"}'

    assert faults(NAMES + link, environ={f"PROACTOR_{name}": "x"}) == [
        f"environment: PROACTOR_{name}: {text}"
    ]


def test_too_many_upstream_links_are_told_whatever_else_is_wrong_with_links() -> None:
    link = 'links.{0} = {{peer_long_name = "{0}", peer_short_name = "{0}", {1} = true}}'
    lines = [link.format("a", "upstream"), link.format("c", "upsteam")]
    environ = {f"PROACTOR_LINKS__B__{name}": "b" for name in ("PEER_LONG_NAME", "PEER_SHORT_NAME")}

    assert faults(
        NAMES + "\n".join(lines), environ=environ | {"PROACTOR_LINKS__B__UPSTREAM": "1"}
    ) == [
        "node.toml: links.c.upsteam: unknown name; did you mean links.c.upstream?",
        "node.toml: links and environment: PROACTOR_LINKS__B__UPSTREAM: only one link may be "
        "upstream, not a, b",
    ]


def test_a_broker_has_one_name() -> None:
    class Scada(ProactorSettings):
        local_mqtt: MQTTClient = MQTTClient()

    assert faults(NAMES + "[brokers.local_mqtt]\nport = 1", kind=Scada) == [
        "node.toml: brokers.local_mqtt: the broker 'local_mqtt' is a field of the settings already"
    ]


def test_a_check_of_the_deployment_is_told_too() -> None:
    class Rooms(ProactorSettings):
        rooms: int = 0
        heated: int = 0

        @model_validator(mode="after")
        def _heat_rooms_only(self) -> "Rooms":
            if self.heated > self.rooms:
                raise ValueError("more rooms are heated than there are")
            return self

    assert faults(NAMES + "heated = 1", kind=Rooms) == [
        "node.toml: more rooms are heated than there are"
    ]
    assert faults(NAMES + "heated = 1\nrooms = 'x'", kind=Rooms) == [
        "node.toml: rooms: must be a whole number"
    ]


def test_a_check_of_the_deployment_that_stumbles_hides_nothing() -> None:
    class Rooms(ProactorSettings):
        @model_validator(mode="after")
        def _stumble(self) -> "Rooms":
            {"d1.scada": 1}[self.long_name]
            return self

    assert faults('short_name = "s"', kind=Rooms) == [
        "node.toml: long_name: is missing: dotted name under which the node publishes"
    ]


# Secrets


@pytest.mark.parametrize(
    "name",
    [
        "web_servers.w",
        "web_servers",
        "web_servers.w.token.x",
        "brokers",
        "brokers.b",
        "brokers.b.password.x",
        "brokers.b.passwrd",
        "brokers.b.tls.keyfile_password",
        "brokers.b.password",
    ],
)
@pytest.mark.parametrize(
    "value", ["s3cret", '{"a": "s3cret', '{"password": ["s3cret"]}', "s3cret\n1"]
)
def test_no_fault_shows_a_secret(name: str, value: str) -> None:
    variable = f"PROACTOR_{name.replace('.', '__')}"
    username = "PROACTOR_BROKERS__B__USERNAME_FILE"
    assert "s3cret" not in str(faults(NAMES, [f"{name}={value}", "links.p=3"]))
    assert "s3cret" not in str(faults(environ={variable: value, "PROACTOR_LINKS__P": "3"}))
    assert "s3cret" not in str(faults(dotenv=f"{variable}='{value}'\n{username}=\n"))


def test_what_a_source_says_is_not_shown() -> None:
    said = of_overrides(ProactorSettings, ["brokers.b.password=s3cret"])

    assert said.leaves[0].value == "s3cret"
    assert "s3cret" not in f"{said} {layered([said.leaves])}"
