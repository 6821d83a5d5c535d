"""Every value that is refused, with the exact words, when it is written in a file."""

from pathlib import Path
from typing import Any

import pytest

from gwproactor.app.config.load import load_settings
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.outcome import Failure, Success

FILE = Path("node.toml")
LINK = 'links.p = {peer_long_name = "d1.a", peer_short_name = "a", '
TOPIC = "which a topic cannot carry: use letters, digits, '.', '_'"
LEVEL = "is neither a number nor one of CRITICAL, FATAL, ERROR, WARN, WARNING, INFO, DEBUG, NOTSET"
DOTS = "has nothing before, after or between two of its dots"
HOST = "must be the name or the address of a host"
SCHEME = "write it without a scheme and a path; ports and TLS have settings of their own"
BIG = 2**63

# What is written in the file, beside the names of the node: of which setting it is told what.
REFUSED = {
    # Names (hazard 23)
    'long_name = ""': ("long_name", "name '' is empty: give it a name"),
    'long_name = "a-b"': ("long_name", f"name 'a-b' contains '-', {TOPIC}"),
    "long_name = 3": ("long_name", "must be a text"),
    'short_name = "a/b"': ("short_name", f"name 'a/b' contains '/', {TOPIC}"),
    'links.a-b = {peer_long_name = "d1.a", peer_short_name = "a"}': (
        "links.a-b",
        f"name 'a-b' contains '-', {TOPIC}",
    ),
    'links.p = {peer_long_name = "#", peer_short_name = "a"}': (
        "links.p.peer_long_name",
        f"name '#' contains '#', {TOPIC}",
    ),
    'links.p = {peer_long_name = "d1.a", peer_short_name = "+"}': (
        "links.p.peer_short_name",
        f"name '+' contains '+', {TOPIC}",
    ),
    'links.p = {peer_short_name = "a"}': (
        "links.p.peer_long_name",
        "is missing: dotted name under which the peer publishes",
    ),
    'links.p = {peer_long_name = "a"}': (
        "links.p.peer_short_name",
        "is missing: name to which this node sends",
    ),
    LINK + 'subscription_name = "a b"}': (
        "links.p.subscription_name",
        "name 'a b' contains white space or a control character",
    ),
    'web_servers."a b".port = 1': (
        'web_servers."a b"',
        "name 'a b' contains white space or a control character",
    ),
    'long_name = "a..b"': ("long_name", f"name 'a..b' {DOTS}"),
    'short_name = "."': ("short_name", f"name '.' {DOTS}"),
    'links.p = {peer_long_name = "d1.", peer_short_name = "a"}': (
        "links.p.peer_long_name",
        f"name 'd1.' {DOTS}",
    ),
    # Numbers
    "mqtt_link_poll_seconds = 1e308": ("mqtt_link_poll_seconds", "must be at most 31536000"),
    "ack_timeout_seconds = 1e-300": ("ack_timeout_seconds", "must be at least 0.001"),
    "watchdog.stall_seconds = 1e10": ("watchdog.stall_seconds", "must be at most 31536000"),
    "brokers.b.connect_timeout_seconds = 1e-9": (
        "brokers.b.connect_timeout_seconds",
        "must be at least 0.001",
    ),
    "logging.base_log_level = -1": ("logging.base_log_level", "must be at least 0"),
    'logging.file_handler.level = "101"': ("logging.file_handler.level", "must be at most 100"),
    "logging.levels.io_loop = true": (
        "logging.levels.io_loop",
        "must be a level, as INFO, or its number",
    ),
    "logging.file_handler.num_log_files = 1001": (
        "logging.file_handler.num_log_files",
        "must be at most 1000",
    ),
    "mqtt_link_poll_seconds = 0": ("mqtt_link_poll_seconds", "must be more than 0"),
    "mqtt_link_poll_seconds = inf": ("mqtt_link_poll_seconds", "must be a finite number"),
    'mqtt_link_poll_seconds = "often"': ("mqtt_link_poll_seconds", "must be a number"),
    "mqtt_link_poll_seconds = [1]": ("mqtt_link_poll_seconds", "must be a number"),
    "ack_timeout_seconds = -1": ("ack_timeout_seconds", "must be more than 0"),
    "ack_timeout_seconds = nan": ("ack_timeout_seconds", "must be a finite number"),
    "num_initial_event_reuploads = 0": ("num_initial_event_reuploads", "must be at least 1"),
    "num_initial_event_reuploads = 10001": ("num_initial_event_reuploads", "must be at most 10000"),
    "num_initial_event_reuploads = 1.5": ("num_initial_event_reuploads", "must be a whole number"),
    'num_initial_event_reuploads = "all"': (
        "num_initial_event_reuploads",
        "must be a whole number",
    ),
    "num_initial_event_reuploads = {}": ("num_initial_event_reuploads", "must be a whole number"),
    "un_acked_events_max = 0": ("un_acked_events_max", "must be at least 1"),
    "un_acked_events_max = 100001": ("un_acked_events_max", "must be at most 100000"),
    "strikes_to_quarantine = 0": ("strikes_to_quarantine", "must be at least 1"),
    "strikes_to_quarantine = 101": ("strikes_to_quarantine", "must be at most 100"),
    "message_bytes_max = 1023": ("message_bytes_max", "must be at least 1024"),
    f"message_bytes_max = {BIG}": ("message_bytes_max", "must be at most 268435455"),
    "event_store.bytes_max = 1": ("event_store.bytes_max", "must be at least 1048576"),
    "event_store.linger_ms = -1": ("event_store.linger_ms", "must be at least 0"),
    "event_store.linger_ms = 60001": ("event_store.linger_ms", "must be at most 60000"),
    "event_sink.events_max = 0": ("event_sink.events_max", "must be at least 1"),
    "event_sink.bytes_max = 0": ("event_sink.bytes_max", "must be at least 1"),
    "watchdog.stall_seconds = 0": ("watchdog.stall_seconds", "must be more than 0"),
    "brokers.b.port = 0": ("brokers.b.port", "must be at least 1"),
    "brokers.b.port = 65536": ("brokers.b.port", "must be at most 65535"),
    "brokers.b.keepalive = 0": ("brokers.b.keepalive", "must be at least 1"),
    "brokers.b.keepalive = 65536": ("brokers.b.keepalive", "must be at most 65535"),
    "brokers.b.bind_port = -1": ("brokers.b.bind_port", "must be at least 0"),
    "brokers.b.bind_port = 65536": ("brokers.b.bind_port", "must be at most 65535"),
    "brokers.b.connect_timeout_seconds = 0": (
        "brokers.b.connect_timeout_seconds",
        "must be more than 0",
    ),
    "brokers.b.tls.port = 0": ("brokers.b.tls.port", "must be at least 1"),
    "brokers.b.tls.port = 65536": ("brokers.b.tls.port", "must be at most 65535"),
    "web_servers.w = {}": ("web_servers.w.port", "is missing: port to listen on; 0: any free one"),
    "web_servers.w.port = -1": ("web_servers.w.port", "must be at least 0"),
    "web_servers.w.port = 65536": ("web_servers.w.port", "must be at most 65535"),
    "logging.file_handler.bytes_per_log_file = 0": (
        "logging.file_handler.bytes_per_log_file",
        "must be at least 1",
    ),
    "logging.file_handler.num_log_files = 0": (
        "logging.file_handler.num_log_files",
        "must be at least 1",
    ),
    "logging.io_loop.file_handler.bytes_per_log_file = 0": (
        "logging.io_loop.file_handler.bytes_per_log_file",
        "must be at least 1",
    ),
    "logging.io_loop.file_handler.num_log_files = 0": (
        "logging.io_loop.file_handler.num_log_files",
        "must be at least 1",
    ),
    # Hosts
    'brokers.b.host = "mqtt://u:s3cret@foo"': ("brokers.b.host", f"{HOST}: {SCHEME}"),
    'brokers.b.host = "foo:1883"': (
        "brokers.b.host",
        f"{HOST}: write it without a port, which has a setting of its own",
    ),
    'brokers.b.host = "[::1]"': ("brokers.b.host", f"{HOST}: write it without brackets"),
    'brokers.b.host = "foo/bar"': ("brokers.b.host", f"{HOST}: write it without a path"),
    'brokers.b.host = "foo bar"': (
        "brokers.b.host",
        f"{HOST}: it has white space or a control character",
    ),
    'brokers.b.host = "foo..bar"': (
        "brokers.b.host",
        f"{HOST}: one of its parts is empty, or too long",
    ),
    'brokers.b.bind_address = "tcp://eth0"': ("brokers.b.bind_address", f"{HOST}: {SCHEME}"),
    'brokers.b.tls.server_hostname = "foo:1"': (
        "brokers.b.tls.server_hostname",
        f"{HOST}: write it without a port, which has a setting of its own",
    ),
    'web_servers.w = {port = 1, host = "http://localhost"}': (
        "web_servers.w.host",
        f"{HOST}: {SCHEME}",
    ),
    # Files
    'paths.data_dir = ""': ("paths.data_dir", "must not be empty; leave it out for the default"),
    'brokers.b = {username = "u", password_file = ""}': (
        "brokers.b.password_file",
        "must not be empty; leave it out for the default",
    ),
    'paths.log_dir = "~nobody-at-all/x"': (
        "paths.log_dir",
        "there is no folder ~nobody-at-all: write an absolute path",
    ),
    'logging.file_handler.filename = "../x.log"': (
        "logging.file_handler.filename",
        "must be the name of a file alone: its folder is paths.log_dir",
    ),
    'logging.io_loop.file_handler.filename = ".."': (
        "logging.io_loop.file_handler.filename",
        "must be the name of a file alone: its folder is paths.log_dir",
    ),
    'logging.base_log_name = "a\\nb"': (
        "logging.base_log_name",
        "has a line break or another character that cannot be printed",
    ),
    # Texts, and one of several
    'brokers.b.host = ""': ("brokers.b.host", "must not be empty"),
    'web_servers.w = {port = 1, host = ""}': ("web_servers.w.host", "must not be empty"),
    'logging.base_log_name = ""': ("logging.base_log_name", "must not be empty"),
    'logging.file_handler.filename = ""': ("logging.file_handler.filename", "must not be empty"),
    'logging.io_loop.file_handler.filename = ""': (
        "logging.io_loop.file_handler.filename",
        "must not be empty",
    ),
    'logging.format = "xml"': ("logging.format", "must be 'text' or 'json'"),
    'event_store.kind = "mysql"': (
        "event_store.kind",
        "must be 'sqlite', 'rolling-files', 'memory' or 'null'",
    ),
    'event_store.when_full = "stop"': (
        "event_store.when_full",
        "must be 'drop-oldest' or 'refuse-new'",
    ),
    'event_sink.kind = "mysql"': (
        "event_sink.kind",
        "must be 'auto', 'sqlite', 'directory', 'null' or 'relay'",
    ),
    'upload_order = "newest-first"': ("upload_order", "must be 'live-first' or 'strict'"),
    'watchdog.external = "hardware"': ("watchdog.external", "must be 'auto' or 'none'"),
    'failure_policies.meter = "ignore"': (
        "failure_policies.meter",
        "must be 'report', 'restart' or 'stop-node'",
    ),
    'brokers.b.tls.cert_reqs = "some"': (
        "brokers.b.tls.cert_reqs",
        "must be 'required', 'optional' or 'none'",
    ),
    "brokers.b.tls.cert_reqs = false": (
        "brokers.b.tls.cert_reqs",
        "must be 'required', 'optional' or 'none'",
    ),
    'logging.base_log_level = "LOUD"': ("logging.base_log_level", LEVEL),
    'logging.levels.message_summary = "x"': ("logging.levels.message_summary", LEVEL),
    'logging.levels.lifecycle = "x"': ("logging.levels.lifecycle", LEVEL),
    'logging.levels.comm_event = "x"': ("logging.levels.comm_event", LEVEL),
    'logging.levels.io_loop = "x"': ("logging.levels.io_loop", LEVEL),
    'logging.file_handler.level = "x"': ("logging.file_handler.level", LEVEL),
    'logging.io_loop.file_handler.level = "x"': ("logging.io_loop.file_handler.level", LEVEL),
    # Other types
    LINK + "upstream = 2}": ("links.p.upstream", "must be true or false"),
    LINK + 'upstream = "perhaps"}': ("links.p.upstream", "must be true or false"),
    LINK + "upstream = 1979-05-27}": ("links.p.upstream", "must be true or false"),
    "paths = 3": ("paths", "must be a table of settings"),
    "paths.data_dir = 3": ("paths.data_dir", "must be a path, as a text"),
    "[[links]]": ("links", "must be a table of settings"),
    "links.p = 3": ("links.p", "must be a table of settings"),
    'brokers.b = "mqtt.local"': ("brokers.b", "must be a table of settings"),
    "brokers.b.password = 3": ("brokers.b.password", "must be a text"),
    "web_servers.w = {port = 1, allowed_hosts = 3}": (
        "web_servers.w.allowed_hosts",
        "must be a list",
    ),
    'web_servers.w = {port = 1, allowed_hosts = ["a", 3]}': (
        "web_servers.w.allowed_hosts",
        "number 2 must be a text",
    ),
    'web_servers.w = {port = 1, allowed_hosts = ["a", "b:80"]}': (
        "web_servers.w.allowed_hosts",
        "'b:80' cannot be the name of a host: give it without a port; every port is meant",
    ),
    'web_servers.w = {port = 1, token = "s3cret\\n1"}': (
        "web_servers.w.token",
        "the token has a line end, or another character that no header can carry",
    ),
    # Names that nothing has
    "ack_timeout_second = 3": (
        "ack_timeout_second",
        "unknown name; did you mean ack_timeout_seconds?",
    ),
    "brokers.b.hots = 3": ("brokers.b.hots", "unknown name; did you mean brokers.b.host?"),
    "brokers.b.tls.cert_path = 3": (
        "brokers.b.tls.cert_path",
        "unknown name; did you mean brokers.b.tls.crl_path?",
    ),
    LINK + "upsteam = true}": ("links.p.upsteam", "unknown name; did you mean links.p.upstream?"),
    "watchdog.zzz = 3": (
        "watchdog.zzz",
        "unknown name; known here are: external, stall_seconds",
    ),
    "paths_data_dir = 3": ("paths_data_dir", "unknown name; did you mean paths.data_dir?"),
    # What does not fit together
    'web_servers.a.port = 80\nweb_servers.b = {host = "0.0.0.0", port = 80}': (
        "web_servers.b.port",
        "web server 'a' listens on port 80 of 127.0.0.1 already",
    ),
    LINK + 'broker = "far"}': (
        "links.p.broker",
        "link 'p' names the broker 'far', but there are only: local",
    ),
    'links.a = {peer_long_name = "a", peer_short_name = "a", upstream = true}\n'
    'links.b = {peer_long_name = "b", peer_short_name = "b", upstream = true}': (
        "links",
        "only one link may be upstream, not a, b",
    ),
    'links.a = {peer_long_name = "a", peer_short_name = "a", primary_peer = true}\n'
    'links.b = {peer_long_name = "b", peer_short_name = "b", primary_peer = true}': (
        "links",
        "only one link may be the primary peer's, not a, b",
    ),
    LINK + 'broker = "local"}\nlinks.q = {peer_long_name = "d1.a", peer_short_name = "a"}': (
        "links",
        "link 'q': its filter 'gw/d1-a/to/s/#' could match the same topic as 'gw/d1-a/to/s/#' of "
        "link 'p' on this broker, which would then deliver such a message twice",
    ),
    'event_sink.kind = "relay"': (
        "event_sink.kind",
        "the event sink 'relay' needs an upstream link, to send on what it receives",
    ),
    LINK + 'upstream = true}\nlinks.q = {peer_long_name = "c", peer_short_name = "c"}\n'
    'event_store.kind = "memory"': (
        "event_store.kind",
        "a node that sends on what it receives needs an event store that keeps it: 'memory' does "
        "not; choose 'sqlite' or 'rolling-files', or another event sink",
    ),
    'brokers.b = {username = "u", username_file = "u"}': (
        "brokers.b",
        "give username or username_file, not both",
    ),
    'brokers.b = {username = "u", password = "s3cret", password_file = "p"}': (
        "brokers.b",
        "give password or password_file, not both",
    ),
    'brokers.b.password = "s3cret"': (
        "brokers.b",
        "a password cannot be sent without a username: give one",
    ),
    'brokers.b.tls = {keyfile_password = "s3cret", keyfile_password_file = "p"}': (
        "brokers.b.tls",
        "give keyfile_password or keyfile_password_file, not both",
    ),
}


@pytest.mark.parametrize("written", REFUSED)
def test_a_value_is_refused_with_its_place_and_the_reason(
    written: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"long_name": "d1.scada", "short_name": "s"}
    lines = [f'{name} = "{value}"' for name, value in names.items() if not written.startswith(name)]
    FILE.write_text("\n".join([*lines, written]), encoding="utf-8")
    place, text = REFUSED[written]
    match load_settings(ProactorSettings, FILE, environ={}):
        case Success():
            pytest.fail("nothing is refused")
        case Failure(refused):
            assert str(refused) == f"node.toml: {place}: {text}"


def bounded(schema: dict[str, Any], part: dict[str, Any], place: str = "") -> set[str]:
    """The settings below *place* that are not free: those in a range, and one of several."""
    part = schema["$defs"][part["$ref"].rsplit("/")[-1]] if "$ref" in part else part
    if {"minimum", "maximum", "exclusiveMinimum", "enum", "minLength"} & set(part):
        return {place}
    named = [
        (f"{place}.{name}".strip("."), each) for name, each in part.get("properties", {}).items()
    ]
    if isinstance(part.get("additionalProperties"), dict):
        named.append((f"{place}.*", part["additionalProperties"]))
    return {found for name, each in named for found in bounded(schema, each, name)}


def test_every_setting_that_is_not_free_is_in_the_table() -> None:
    schema = ProactorSettings.model_json_schema()
    tables = {"brokers": "b", "links": "p", "web_servers": "w", "failure_policies": "meter"}
    wanted = {
        place.replace(f"{table}.*", f"{table}.{name}")
        for place in bounded(schema, schema)
        for table, name in tables.items()
        if place.startswith(table) or place.partition(".")[0] not in tables
    }
    assert len(wanted) > 30
    assert wanted <= {place for place, _ in REFUSED.values()}
