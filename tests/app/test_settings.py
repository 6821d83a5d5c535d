"""Settings: where they come from, their defaults, and what is refused with which words."""

from pathlib import Path
from traceback import format_exception

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from gwproactor import LinkSettings, MQTTClient, Paths, ProactorSettings
from gwproactor.app.events.commands import DEFAULT_BYTES_MAX
from gwproactor.app.events.opening import FILES_OF_A_NODE
from gwproactor.domain.link import LinkSpec
from gwproactor.domain.node import NodeSpec, UploadOrder
from gwproactor.domain.store_room import WhenFull

LINK = {"peer_long_name": "d1.house", "peer_short_name": "a"}
OTHER = {"peer_long_name": "d1.town", "peer_short_name": "t"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for home in ("DATA", "STATE", "CONFIG"):
        monkeypatch.delenv(f"XDG_{home}_HOME", raising=False)


def settings(**changes: object) -> ProactorSettings:
    return ProactorSettings.model_validate({"long_name": "d1.scada", "short_name": "s"} | changes)


def refusals(kind: type[BaseModel] = ProactorSettings, /, **values: object) -> dict[str, str]:
    """What is wrong with *values*, by the place of the fault."""
    if kind is ProactorSettings:
        values = {"long_name": "d1.scada", "short_name": "s"} | values
    with pytest.raises(ValidationError) as refused:
        kind.model_validate(values)
    return {".".join(map(str, e["loc"])): e["msg"] for e in refused.value.errors()}


# Where values come from


def test_everything_has_a_default_but_the_names(tmp_path: Path) -> None:
    """Times and window are those of the original library (reference/api-1.0.txt)."""
    assert settings().model_dump() == {
        "long_name": "d1.scada",
        "short_name": "s",
        "container": "",
        "paths": {
            "base": Path("gridworks"),
            "name": Path("scada"),
            "relative_path": Path("gridworks/scada"),
            "data_home": tmp_path / "home/.local/share",
            "state_home": tmp_path / "home/.local/state",
            "config_home": tmp_path / "home/.config",
            "data_dir": tmp_path / "home/.local/share/gridworks/scada",
            "config_dir": tmp_path / "home/.config/gridworks/scada",
            "certs_dir": tmp_path / "home/.config/gridworks/scada/certs",
            "event_dir": tmp_path / "home/.local/share/gridworks/scada/event",
            "log_dir": tmp_path / "home/.local/state/gridworks/scada/log",
            "hardware_layout": tmp_path / "home/.config/gridworks/scada/hardware-layout.json",
        },
        "logging": {
            "base_log_name": "gridworks",
            "base_log_level": 30,
            "levels": {"message_summary": 30, "lifecycle": 20, "comm_event": 20, "io_loop": 20},
            "format": "text",
            "formatter": {
                "fmt": "%(asctime)s %(message)s",
                "datefmt": "",
                "default_msec_format": "%s.%03d",
                "use_utc": False,
            },
            "file_handler": {
                "filename": "proactor.log",
                "bytes_per_log_file": 2_097_152,
                "num_log_files": 10,
                "level": 0,
            },
            "io_loop": {
                "file_handler": {
                    "filename": "io_loop.log",
                    "bytes_per_log_file": 2_097_152,
                    "num_log_files": 2,
                    "level": 0,
                },
                "on_screen": False,
            },
            "aiohttp_logging": False,
            "paho_logging": False,
        },
        "brokers": {"local": MQTTClient().model_dump()},
        "links": {},
        "mqtt_link_poll_seconds": 60.0,
        "ack_timeout_seconds": 5.0,
        "num_initial_event_reuploads": 5,
        "un_acked_events_max": 1_000,
        "event_store": {
            "kind": "sqlite",
            "bytes_max": 500 * 1024 * 1024,
            "when_full": WhenFull.DROP_OLDEST,
            "linger_ms": 0,
            "fsync": True,
        },
        "event_sink": {"kind": "auto", "events_max": 1_000, "bytes_max": 8 * 1024 * 1024},
        "upload_order": UploadOrder.LIVE_FIRST,
        "strikes_to_quarantine": 3,
        "web_servers": {},
        "watchdog": {"external": "auto", "stall_seconds": 5.0},
        "failure_policies": {},
        "message_bytes_max": 1_048_576,
    }


def test_the_core_and_the_command_line_know_the_same_defaults_and_files() -> None:
    given = settings()
    spec = NodeSpec(long_name="d1.scada", short_name="s", links=())
    paths = (
        given.paths.event_store,
        given.paths.event_sink,
        given.paths.event_dir,
        given.paths.event_sink_dir,
    )
    assert given.event_store.bytes_max == spec.store_bytes_max == DEFAULT_BYTES_MAX
    assert given.strikes_to_quarantine == spec.strikes_max
    assert tuple(path.name for path in paths) == FILES_OF_A_NODE


def test_a_broker_is_on_this_machine_by_default() -> None:
    broker = MQTTClient()
    assert (broker.host, broker.port, broker.keepalive) == ("localhost", 1883, 60)
    assert (broker.bind_address, broker.bind_port) == ("", 0)
    assert (broker.username, broker.password.get_secret_value()) == ("", "")


def test_a_link_is_neither_upstream_nor_primary_unless_it_says_so() -> None:
    link = LinkSettings(peer_long_name="d1.house", peer_short_name="a")
    assert (link.broker, link.subscription_name, link.handler) == ("local", "", "")
    assert (link.upstream, link.primary_peer, link.client_log) == (False, False, False)


def test_all_of_it_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "LONG_NAME": "d1.env",
        "SHORT_NAME": "e",
        "BROKERS__FAR__HOST": "mqtt.example.org",
        "BROKERS__FAR__PORT": "8883",
        "BROKERS__FAR__USERNAME": "scada",
        "BROKERS__FAR__PASSWORD": "secret",
        "LINKS__PARENT__BROKER": "far",
        "LINKS__PARENT__PEER_LONG_NAME": "d1.house",
        "LINKS__PARENT__PEER_SHORT_NAME": "a",
        "LINKS__PARENT__UPSTREAM": "true",
        "ACK_TIMEOUT_SECONDS": "2.5",
        "PATHS__DATA_DIR": "/var/lib/scada",
    }
    for name, value in environment.items():
        monkeypatch.setenv(f"PROACTOR_{name}", value)
    read = ProactorSettings()

    assert (read.long_name, read.short_name, read.ack_timeout_seconds) == ("d1.env", "e", 2.5)
    far = read.brokers["far"]
    assert (far.host, far.port, far.password.get_secret_value()) == (
        "mqtt.example.org",
        8883,
        "secret",
    )
    assert list(read.brokers) == ["far"]
    expected = LinkSettings.model_validate(LINK | {"broker": "far", "upstream": True})
    assert read.links == {"parent": expected}
    assert read.paths.event_store == Path("/var/lib/scada/events.sqlite")


def test_a_keyword_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROACTOR_LONG_NAME", "d1.env")
    monkeypatch.setenv("PROACTOR_ACK_TIMEOUT_SECONDS", "2.5")
    given = ProactorSettings(long_name="d1.keyword", short_name="s")
    assert (given.long_name, given.ack_timeout_seconds) == ("d1.keyword", 2.5)


def test_a_link_of_the_environment_joins_those_of_the_keywords(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROACTOR_LINKS__TOWN__PEER_LONG_NAME", "d1.town")
    monkeypatch.setenv("PROACTOR_LINKS__TOWN__PEER_SHORT_NAME", "t")
    parent = LinkSettings.model_validate(LINK)
    joined = ProactorSettings(long_name="d1", short_name="s", links={"parent": parent})
    assert joined.links == {"parent": parent, "town": LinkSettings.model_validate(OTHER)}


def test_a_folder_of_the_environment_is_below_those_of_the_keywords(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROACTOR_PATHS__DATA_HOME", "/data")
    given = ProactorSettings(long_name="d1", short_name="s", paths=Paths(name=Path("house")))
    assert given.paths.data_dir == Path("/data/gridworks/house")


def test_a_keyword_is_not_joined_with_the_default() -> None:
    class HouseSettings(ProactorSettings):
        admin: MQTTClient = MQTTClient(host="admin.local")

    given = HouseSettings(long_name="d1", short_name="s", admin=MQTTClient(port=1))
    assert given.admin == MQTTClient(port=1)


def test_files_lie_below_the_xdg_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    paths = Paths(name="scada")
    assert paths.event_store == Path("/data/gridworks/scada/events.sqlite")
    assert paths.event_sink == Path("/data/gridworks/scada/received.sqlite")
    assert paths.event_sink_dir == Path("/data/gridworks/scada/received")
    assert paths.event_dir == Path("/data/gridworks/scada/event")


@pytest.mark.parametrize(
    ("upstream", "others", "chosen"),
    [(0, 0, "sqlite"), (0, 2, "sqlite"), (1, 0, "sqlite"), (1, 1, "relay"), (1, 2, "relay")],
)
def test_a_node_between_others_relays(upstream: int, others: int, chosen: str) -> None:
    links = {
        f"l{number}": LINK | {"peer_long_name": f"p{number}", "upstream": number < upstream}
        for number in range(upstream + others)
    }
    assert settings(links=links).sink_kind == chosen
    assert settings(links=links, event_sink={"kind": "null"}).sink_kind == "null"


def test_a_password_is_not_printed() -> None:
    shown = settings(brokers={"local": {"username": "u", "password": "secret"}})
    assert "secret" not in f"{shown!r} {shown}"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings().short_name = "x"  # type: ignore[misc] # meant to be wrong


def test_a_part_that_is_given_keeps_the_rest_of_its_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The log beside the loop is no second writer of the node's log."""

    class HouseSettings(ProactorSettings):
        admin: MQTTClient = MQTTClient(host="admin.local", port=1884)

        paths: Paths = Paths(name=Path("house"))

    monkeypatch.setenv("PROACTOR_ADMIN__PORT", "1")
    monkeypatch.setenv("PROACTOR_PATHS__DATA_HOME", "/data")
    logging = {"io_loop": {"file_handler": {"level": "debug"}}}
    given = HouseSettings.model_validate({"long_name": "d", "short_name": "s", "logging": logging})
    assert (given.admin.host, given.admin.port) == ("admin.local", 1)
    assert given.paths.data_dir == Path("/data/gridworks/house")
    handler = given.logging.io_loop.file_handler
    assert (handler.filename, handler.num_log_files, handler.level) == ("io_loop.log", 2, 10)


def test_a_part_goes_before_the_whole_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROACTOR_BROKERS__FAR__HOST", "part")
    monkeypatch.setenv("PROACTOR_BROKERS", '{"far": {"host": "whole", "port": 1}}')
    far = ProactorSettings(long_name="d1", short_name="s").brokers["far"]
    assert (far.host, far.port) == ("part", 1)


def test_a_deployment_adds_fields_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class HouseSettings(ProactorSettings):
        rooms: int = 3

    monkeypatch.setenv("PROACTOR_ROOMS", "4")
    assert HouseSettings(long_name="d1", short_name="s").rooms == 4


def test_the_core_is_told_what_it_needs() -> None:
    """Without a subscription name the peer sends to the short name."""
    links = {"parent": LINK | {"upstream": True}, "admin": OTHER | {"subscription_name": "d1.adm"}}
    assert settings(links=links, ack_timeout_seconds=2).node_spec() == NodeSpec(
        long_name="d1.scada",
        short_name="s",
        links=(
            LinkSpec(
                name="parent",
                broker="local",
                own_long_name="d1.scada",
                receiver_name="s",
                peer_long_name="d1.house",
                peer_short_name="a",
                upstream=True,
            ),
            LinkSpec(
                name="admin",
                broker="local",
                own_long_name="d1.scada",
                receiver_name="d1.adm",
                peer_long_name="d1.town",
                peer_short_name="t",
            ),
        ),
        poll_s=60.0,
        ack_timeout_s=2.0,
        reupload_window=5,
        un_acked_max=1_000,
    )


# What is refused

ADVICE = "which a topic cannot carry: use letters, digits, '.', '_'"
BAD_NAMES = {
    "a-b": f"Value error, name 'a-b' contains '-', {ADVICE}",
    "a/b": f"Value error, name 'a/b' contains '/', {ADVICE}",
    "a+": f"Value error, name 'a+' contains '+', {ADVICE}",
    "#": f"Value error, name '#' contains '#', {ADVICE}",
    "": "Value error, name '' is empty: give it a name",
    "a b": "Value error, name 'a b' contains white space or a control character",
    "a\n": "Value error, name 'a\\n' contains white space or a control character",
}


@pytest.mark.parametrize("field", ["long_name", "short_name"])
@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_node_name_that_no_topic_can_carry_is_refused(field: str, name: str) -> None:
    """Hazard 23: names with `-` would never work, `/`, `+` and `#` would change the topic."""
    assert refusals(**{field: name}) == {field: BAD_NAMES[name]}


@pytest.mark.parametrize("field", ["peer_long_name", "peer_short_name", "subscription_name"])
@pytest.mark.parametrize("name", [name for name in BAD_NAMES if name])
def test_a_peer_name_that_no_topic_can_carry_is_refused(field: str, name: str) -> None:
    """Hazard 23."""
    place = f"links.parent.{field}"
    assert refusals(links={"parent": LINK | {field: name}}) == {place: BAD_NAMES[name]}


@pytest.mark.parametrize("field", ["peer_long_name", "peer_short_name"])
def test_a_peer_has_names(field: str) -> None:
    assert refusals(LinkSettings, **LINK | {field: ""}) == {field: BAD_NAMES[""]}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_link_name_follows_the_same_rule(name: str) -> None:
    assert refusals(links={name: LINK}) == {f"links.{name}.[key]": BAD_NAMES[name]}


def test_names_with_dots_digits_and_underscores_are_fine() -> None:
    assert settings(long_name="d1.isone.ct_2", short_name="s2").long_name == "d1.isone.ct_2"


def test_all_faults_are_told_at_once() -> None:
    assert refusals(long_name="a-b", short_name="", ack_timeout_seconds=0) == {
        "long_name": BAD_NAMES["a-b"],
        "short_name": BAD_NAMES[""],
        "ack_timeout_seconds": "Input should be greater than 0",
    }


def test_names_that_are_missing_are_named() -> None:
    with pytest.raises(ValidationError) as refused:
        ProactorSettings()
    faults = {(e["loc"], e["msg"]) for e in refused.value.errors()}
    assert faults == {(("long_name",), "Field required"), (("short_name",), "Field required")}


def test_a_link_to_an_unknown_broker_is_refused_with_those_there_are() -> None:
    given = refusals(brokers={"near": {}, "far": {}}, links={"parent": LINK | {"broker": "fra"}})
    words = "link 'parent' names the broker 'fra', but there are only: near, far"
    assert given == {"links.parent.broker": words}


def test_two_upstream_links_are_refused() -> None:
    links = {"one": LINK | {"upstream": True}, "two": OTHER | {"upstream": True}}
    words = "only one link may be upstream, not one, two"
    assert refusals(links=links) == {"links": words}


def test_a_relay_without_an_upstream_link_is_refused() -> None:
    words = "the event sink 'relay' needs an upstream link, to send on what it receives"
    given = refusals(links={"child": LINK}, event_sink={"kind": "relay"})
    assert given == {"event_sink.kind": words}


@pytest.mark.parametrize("kind", ["memory", "null"])
def test_a_relay_that_would_lose_what_it_acknowledged_is_refused(kind: str) -> None:
    """Hazard 2."""
    links = {"parent": LINK | {"upstream": True}, "child": OTHER}
    words = (
        f"a node that sends on what it receives needs an event store that keeps it: "
        f"'{kind}' does not; choose 'sqlite' or 'rolling-files', or another event sink"
    )
    assert refusals(links=links, event_store={"kind": kind}) == {"event_store.kind": words}
    settings(links=links, event_store={"kind": kind}, event_sink={"kind": "sqlite"})


def test_two_links_with_one_peer_on_one_broker_are_refused() -> None:
    words = (
        "link 'two': its filter 'gw/d1-house/to/s/#' could match the same topic as "
        "'gw/d1-house/to/s/#' of link 'one' on this broker, which would then deliver such a "
        "message twice"
    )
    assert refusals(links={"one": LINK, "two": LINK}) == {"links": words}


def test_two_links_with_one_peer_on_two_brokers_are_fine() -> None:
    given = settings(
        brokers={"near": {}, "far": {}},
        links={"one": LINK | {"broker": "near"}, "two": LINK | {"broker": "far"}},
    )
    assert list(given.links) == ["one", "two"]


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("ack_timeout_second", {"ack_timeout_second": 3}),
        ("paths.folder", {"paths": {"folder": "/"}}),
        ("brokers.local.hots", {"brokers": {"local": {"hots": "h"}}}),
        ("links.parent.upsteam", {"links": {"parent": LINK | {"upsteam": True}}}),
    ],
)
def test_an_unknown_field_is_refused_with_its_place(place: str, values: dict[str, object]) -> None:
    assert refusals(**values) == {place: "Extra inputs are not permitted"}


def test_an_unknown_field_of_a_part_in_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROACTOR_BROKERS__LOCAL__HOTS", "mqtt.example.org")
    with pytest.raises(ValidationError, match=r"brokers\.local\.hots"):
        ProactorSettings(long_name="d1", short_name="s")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("mqtt_link_poll_seconds", 0, "Input should be greater than 0"),
        ("mqtt_link_poll_seconds", float("nan"), "Input should be a finite number"),
        ("ack_timeout_seconds", float("inf"), "Input should be a finite number"),
        ("ack_timeout_seconds", -1, "Input should be greater than 0"),
        ("num_initial_event_reuploads", 0, "Input should be greater than or equal to 1"),
        ("un_acked_events_max", 0, "Input should be greater than or equal to 1"),
        ("message_bytes_max", 1_023, "Input should be greater than or equal to 1024"),
        ("message_bytes_max", 2**28, "Input should be less than or equal to 268435455"),
    ],
)
def test_a_number_out_of_range_is_refused_with_the_range(
    field: str, value: float, words: str
) -> None:
    assert refusals(**{field: value}) == {field: words}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("host", "", "String should have at least 1 character"),
        ("port", 0, "Input should be greater than or equal to 1"),
        ("port", 65_536, "Input should be less than or equal to 65535"),
        ("keepalive", 0, "Input should be greater than or equal to 1"),
        ("connect_timeout_seconds", 0, "Input should be greater than 0"),
    ],
)
def test_a_broker_that_cannot_be_reached_so_is_refused(
    field: str, value: object, words: str
) -> None:
    assert refusals(MQTTClient, **{field: value}) == {field: words}


# Secrets, and web servers


@pytest.mark.parametrize(
    "variables",
    [
        {"WEB_SERVERS__ADMIN__TOKEN": "s3cret"},
        {"WEB_SERVERS__ADMIN": '{"port": 1, "token": "s3cret'},
        {"WEB_SERVERS__ADMIN": '{"port": 1, "token": ["s3cret"]}'},
        {"WEB_SERVERS": '{"admin": {"port": "s3cret", "token": "s3cret"}}'},
        {"WEB_SERVERS__ADMIN__PORT": "1", "WEB_SERVERS__ADMIN__TOKEN": "s3cret\n1"},
        {"BROKERS": '{"local": {"password": "s3cret"'},
        {"BROKERS": '{"local": {"passwordd": "s3cret"}}'},
        {"BROKERS__LOCAL": "s3cret"},
        {"BROKERS__LOCAL__PASSWORD__X": "s3cret"},
        {"LINKS__UP__BROKER": "other", "BROKERS__LOCAL__PASSWORD": "s3cret"},
        {"BROKERS__LOCAL__PASSWORD": "s3cret"},
    ],
    ids=str,
)
def test_no_error_shows_a_secret(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ({"LONG_NAME": "d1.scada", "SHORT_NAME": "s"} | variables).items():
        monkeypatch.setenv(f"PROACTOR_{name}", value)
    with pytest.raises((ValidationError, SettingsError)) as refused:
        ProactorSettings()
    shown = "".join(format_exception(refused.value)) + repr(refused.value)
    assert "s3cret" not in shown


def test_no_error_of_a_keyword_shows_a_secret() -> None:
    with pytest.raises(ValidationError) as refused:
        settings(brokers={"local": {"passwordd": "s3cret"}})
    assert "brokers.local.passwordd" in str(refused.value)
    assert "s3cret" not in f"{refused.value} {refused.value!r}"


@pytest.mark.parametrize("given", ["house.local, 10.0.0.7", '["house.local", "10.0.0.7"]'])
def test_names_of_a_web_server_may_be_listed_plainly_in_the_environment(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PORT": "8080", "ALLOWED_HOSTS": given, "TOKEN": "s3cret\n"}.items():
        monkeypatch.setenv(f"PROACTOR_WEB_SERVERS__ADMIN__{name}", value)
    server = ProactorSettings(long_name="d1.scada", short_name="s").web_servers["admin"]
    assert server.allowed_hosts == ("house.local", "10.0.0.7")
    assert server.token.get_secret_value() == "s3cret"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["h.local:8080"], "without a port"),
        (["http://h.local"], "without http://"),
        (["bücher.local"], "ASCII"),
        ('["h.local', "neither a JSON list nor names between commas"),
    ],
)
def test_a_name_by_which_no_web_server_is_ever_called_is_refused(given: object, words: str) -> None:
    found = refusals(web_servers={"admin": {"port": 1, "allowed_hosts": given}})
    ((place, message),) = found.items()
    assert place.startswith("web_servers.admin.allowed_hosts")
    assert words in message
