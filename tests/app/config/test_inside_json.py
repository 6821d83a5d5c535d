"""Faults of a table that a variable or `--set` gives as JSON name the place inside it."""

from pathlib import Path

import pytest

from gwproactor.app.config.load import load_settings
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.outcome import Failure, Success

NAMES = {"PROACTOR_LONG_NAME": "d1", "PROACTOR_SHORT_NAME": "s"}
LINK = '{"parent": {"peer_long_name": "a", "peer_short_name": "a", '

WRONG = {
    ("links", LINK + '"brokr": "x"}}'): "parent.brokr: unknown name; did you mean broker?",
    ("links", LINK + '"upstream": 3}}'): "parent.upstream: must be true or false",
    ("links", LINK + '"zzzz": 3}}'): (
        "parent.zzzz: unknown name; known here are: broker, peer_long_name, peer_short_name, "
        "subscription_name, upstream, primary_peer, handler, client_log, accept_dbg"
    ),
    ("links", LINK + '"broker": "far"}}'): (
        "parent.broker: link 'parent' names the broker 'far', but there are only: local"
    ),
    ("links", '{"parent": 3}'): "parent: must be a table of settings",
    ("links", '{"parent": null}'): "parent: must be a table of settings",
    ("brokers", '{"local": {"tls": {"usetls": 1}}}'): (
        "local.tls.usetls: unknown name; did you mean use_tls?"
    ),
    ("logging", '{"levls": {"io_loop": 3}}'): ("levls: unknown name; did you mean levels?"),
    ("brokers", '{"local": {"username": "u", "username_file": "f"}}'): (
        "local: give username or username_file, not both"
    ),
    ("links", "null"): "must be a table of settings",
    ("brokers.local.tls", "null"): "must be a table of settings",
}


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def told(environ: dict[str, str], *overrides: str) -> str:
    match load_settings(ProactorSettings, None, environ=NAMES | environ, overrides=overrides):
        case Success():
            return "nothing"
        case Failure(refused):
            return str(refused)


@pytest.mark.parametrize(("setting", "value"), WRONG)
def test_the_place_inside_is_told(setting: str, value: str) -> None:
    name = f"PROACTOR_{setting.replace('.', '__')}".upper()
    text = WRONG[setting, value]

    assert told({name: value}) == f"environment: {name}: {text}"
    assert told({}, f"{setting}={value}") == f"--set {setting}: {text}"


def test_of_a_value_that_is_no_table_there_is_no_inside() -> None:
    assert told({"PROACTOR_CONTAINER": "null"}) == "nothing"
    assert told({"PROACTOR_ACK_TIMEOUT_SECONDS": "null"}) == (
        "environment: PROACTOR_ACK_TIMEOUT_SECONDS: must be a number"
    )


def test_what_follows_from_several_variables_is_told_of_all() -> None:
    environ = {
        "PROACTOR_BROKERS": '{"local": {"username": "u"}}',
        "PROACTOR_BROKERS__LOCAL__USERNAME_FILE": "f",
    }
    assert told(environ) == (
        "environment: PROACTOR_BROKERS: local: give username or username_file, not both"
    )


@pytest.mark.parametrize(
    ("table", "variable"),
    [
        ("[links.Parent]\npeer_long_name = 'a'\npeer_short_name = 'a'", "LINKS__PARENT__BROKER"),
        ("[brokers.Parent]\nhost = 'h'", "BROKERS__PARENT__HOST"),
    ],
)
def test_a_variable_cannot_mean_a_name_with_capitals(table: str, variable: str) -> None:
    """It would make another broker, and nobody would see that."""
    file = Path("node.toml")
    file.write_text(f"{table}\n[brokers.local]\n")
    environ = NAMES | {f"PROACTOR_{variable}": "local"}
    refused = load_settings(ProactorSettings, file, environ=environ).failure()
    name = variable.split("__", maxsplit=1)[0].lower() + ".Parent"

    assert str(refused.faults[0]) == (
        f"environment: PROACTOR_{variable}: a variable cannot name {name}, for it has capitals: "
        f"write it in small letters there, or set it by --set {name}"
    )


def test_both_names_may_be_there() -> None:
    file = Path("node.toml")
    file.write_text("[brokers.Far]\nhost = 'a'\n[brokers.far]\nhost = 'b'\n")
    environ = NAMES | {"PROACTOR_BROKERS__FAR__HOST": "c"}
    settings = load_settings(ProactorSettings, file, environ=environ).unwrap().settings

    assert [settings.brokers[name].host for name in ("Far", "far")] == ["a", "c"]
