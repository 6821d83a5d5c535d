"""Files of settings that are no such files, or hold what no settings hold."""

import os
from pathlib import Path

import pytest

from gwproactor.app.config.deployed import load_deployment
from gwproactor.app.config.load import load_settings
from gwproactor.app.config.text_file import BYTES_MAX, TextFiles
from gwproactor.app.settings import ProactorSettings

NAMES = 'long_name = "d1.scada"\nshort_name = "s"\n'
FILE = Path("node.toml")
NO_FILE = "is no regular file"
TOO_DEEP = "has more than 32 tables and lists inside each other"


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def told(**environ: str) -> str:
    return str(load_settings(ProactorSettings, FILE, environ=environ).failure())


@pytest.mark.parametrize("name", ["node.toml", ".env"])
def test_nobody_waits_for_who_may_write_to_a_pipe(name: str) -> None:
    FILE.write_text(NAMES)
    Path(name).unlink(missing_ok=True)
    os.mkfifo(name)

    assert told() == f"{name}: {NO_FILE}"


@pytest.mark.parametrize("name", ["node.toml", ".env"])
def test_a_device_is_no_file(name: str) -> None:
    FILE.write_text(NAMES)
    Path(name).unlink(missing_ok=True)
    Path(name).symlink_to("/dev/zero")

    assert told() == f"{name}: {NO_FILE}"


def test_the_null_device_says_nothing() -> None:
    FILE.write_text(NAMES)
    found = load_settings(ProactorSettings, FILE, environ={}, env_file=Path(os.devnull)).unwrap()

    assert found.settings.long_name == "d1.scada"


def test_a_file_that_is_too_large_is_not_read_wholly() -> None:
    FILE.write_text(NAMES.ljust(BYTES_MAX))
    found = load_settings(ProactorSettings, FILE, environ={}).unwrap()
    assert found.settings.short_name == "s"

    FILE.write_text(NAMES.ljust(BYTES_MAX + 1))
    assert told() == "node.toml: is larger than 1,048,576 bytes"


def test_a_byte_order_mark_is_none_of_the_text() -> None:
    FILE.write_text('long_name = "d1.scada"\n', encoding="utf-8-sig")
    Path(".env").write_text("PROACTOR_SHORT_NAME=s\n", encoding="utf-8-sig")
    settings = load_settings(ProactorSettings, FILE, environ={}).unwrap().settings

    assert (settings.long_name, settings.short_name) == ("d1.scada", "s")


def test_a_name_that_no_file_has_is_told() -> None:
    found = load_settings(ProactorSettings, Path("a\0b"), environ={}, env_file=Path(os.devnull))

    assert str(found.failure()) == "a\0b: cannot be read: no file has such a name"


def test_a_link_to_no_env_file_is_not_passed_over() -> None:
    FILE.write_text(NAMES)
    Path(".env").symlink_to("secrets/of-the-site.env")

    assert told() == ".env: links to a file that is not there"


def test_a_file_is_read_once() -> None:
    """Who asks for its container and then for its settings is told of one file."""
    FILE.write_text(NAMES)
    files = TextFiles()
    before = files.text(FILE)
    FILE.unlink()

    assert files.text(FILE) == before
    FILE.write_text("container = 'nothing:Here'\nack_timeout_seconds = 0\n")
    assert len(load_deployment(FILE, environ={}).failure().faults) == 2


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        (f"un_acked_events_max = {'9' * 5_000}", "this is not TOML: a number has too many digits"),
        (f"x = {'[' * 100_000}", TOO_DEEP),
        (f"x = {'{a = ' * 20_000}", TOO_DEEP),
        (f"x = {'[' * 40}1{']' * 40}", TOO_DEEP),
        (f"a{'.a' * 5_000} = 1", TOO_DEEP),
        (f"[a{'.a' * 32}]", TOO_DEEP),
    ],
    ids=["digits", "lists", "tables", "some-lists", "dotted", "some-tables"],
)
def test_what_python_stumbles_over_is_told(toml: str, text: str) -> None:
    FILE.write_text(NAMES + toml)

    assert told() == f"node.toml: {text}"


def test_a_variable_may_be_as_deep() -> None:
    FILE.write_text(NAMES)
    deep = {
        "PROACTOR_LINKS": "[" * 100_000,
        "PROACTOR_BROKERS": "[" * 40 + "]" * 40,
        "PROACTOR_PATHS" + "__A" * 5_000: "1",
    }
    lines = [line.rsplit(": ", 1)[1] for line in told(**deep).splitlines()]

    assert lines == [
        "has too many tables and lists inside each other; or set its parts one by one",
        TOO_DEEP,
        TOO_DEEP,
    ]
