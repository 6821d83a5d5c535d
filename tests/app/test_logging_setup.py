"""The log of a process, as its settings say."""

import json
import logging
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from gwproactor import ProactorLogger, ProactorSettings, format_exceptions, setup_logging
from gwproactor.adapters.logs import LogFile
from gwproactor.testing.virtual_time import run_in_virtual_time
from tests.support.family import Family, child_settings
from tests.support.logs import lines, restored_loggers

BASE = "test-logging-setup"
SUMMARY, LIFECYCLE = "LEVELS__MESSAGE_SUMMARY", "LEVELS__LIFECYCLE"
CATEGORIES = ("message_summary", "lifecycle", "comm_event", "io_loop")
NAMES = ("", "gwproactor", "gwproactor.mqtt", "aiohttp", BASE, *(f"{BASE}.{c}" for c in CATEGORIES))


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    with restored_loggers(*NAMES):
        yield


@pytest.fixture
def log_dir(tmp_path: Path) -> Path:
    return tmp_path / "state" / "log"


def settings_of(log_dir: Path, **logging_settings: object) -> ProactorSettings:
    return ProactorSettings.model_validate(
        {
            "long_name": "d1.house",
            "short_name": "h",
            "paths": {"log_dir": log_dir},
            "logging": {"base_log_name": BASE} | logging_settings,
        }
    )


def node_log() -> ProactorLogger:
    return ProactorLogger.of_base(BASE)


def screens(logger: logging.Logger) -> list[logging.Handler]:
    streams = (sys.stderr, sys.stdout)
    return [one for one in logger.handlers if getattr(one, "stream", None) in streams]


def test_the_folder_is_made_and_lines_go_to_file_and_screen(
    log_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup_logging(None, settings_of(log_dir, formatter={"fmt": "%(levelname)s %(message)s"}))
    node_log().lifecycle("started")
    logging.getLogger("gwproactor").error("failed")
    logging.getLogger("somebody.else").warning("odd")

    assert lines(log_dir / "proactor.log") == ["INFO started", "ERROR failed", "WARNING odd"]
    assert capsys.readouterr().err.splitlines() == ["INFO started", "ERROR failed", "WARNING odd"]


def test_a_second_call_takes_the_place_of_the_first(
    log_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first.log", "second.log"):
        setup_logging(None, settings_of(log_dir, file_handler={"filename": name}))
    node_log().lifecycle("started")
    node_log().io_loop("began")

    assert lines(log_dir / "first.log") == []
    assert len(lines(log_dir / "second.log")) == 1
    assert len(lines(log_dir / "io_loop.log")) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_screen_that_is_written_already_is_not_written_twice(log_dir: Path) -> None:
    present = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(present)
    setup_logging(None, settings_of(log_dir))

    assert screens(logging.getLogger()) == [present]


def test_the_screen_can_be_left_alone(log_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    io_loop = {"on_screen": True}
    setup_logging(None, settings_of(log_dir, io_loop=io_loop), add_screen_handler=False)
    node_log().lifecycle("started")
    node_log().io_loop("began")

    assert capsys.readouterr().err == ""
    assert len(lines(log_dir / "proactor.log")) == 1


def test_without_the_root_only_the_nodes_own_lines_are_written(log_dir: Path) -> None:
    root_before = list(logging.getLogger().handlers)
    setup_logging(None, settings_of(log_dir), root_gets_handlers=False)
    node_log().lifecycle("of the node")
    logging.getLogger("gwproactor").error("of the library")
    logging.getLogger("somebody.else").error("of another")

    assert [line.split()[-1] for line in lines(log_dir / "proactor.log")] == ["node", "library"]
    assert logging.getLogger().handlers == root_before


def test_the_root_takes_the_nodes_lines_again_when_asked(log_dir: Path) -> None:
    setup_logging(None, settings_of(log_dir), root_gets_handlers=False)
    setup_logging(None, settings_of(log_dir), root_gets_handlers=True)
    node_log().lifecycle("started")

    assert len(lines(log_dir / "proactor.log")) == 1


def test_the_io_loop_has_a_file_of_its_own(
    log_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup_logging(None, settings_of(log_dir))
    node_log().io_loop("began")

    assert lines(log_dir / "proactor.log") == []
    assert len(lines(log_dir / "io_loop.log")) == 1
    assert capsys.readouterr().err == ""


def test_the_io_loop_may_be_on_screen_too(
    log_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup_logging(None, settings_of(log_dir, io_loop={"on_screen": True}))
    node_log().io_loop("began")

    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("root_gets_handlers", [True, False])
def test_the_io_loop_may_share_the_nodes_file(log_dir: Path, root_gets_handlers: bool) -> None:
    io_loop = {"file_handler": {"filename": "proactor.log"}}
    settings = settings_of(log_dir, io_loop=io_loop)
    setup_logging(None, settings, root_gets_handlers=root_gets_handlers)
    node_log().io_loop("began")

    assert len(lines(log_dir / "proactor.log")) == 1


@pytest.mark.parametrize(
    ("args", "environment", "expected"),
    [
        (None, {}, ("WARNING", "WARNING", "INFO")),
        (Namespace(), {}, ("WARNING", "WARNING", "INFO")),
        (Namespace(verbose=False, message_summary=False), {}, ("WARNING", "WARNING", "INFO")),
        (Namespace(message_summary=True), {}, ("WARNING", "INFO", "INFO")),
        (Namespace(verbose=True), {}, ("INFO", "DEBUG", "INFO")),
        (Namespace(verbose=True, message_summary=True), {}, ("INFO", "DEBUG", "INFO")),
        (None, {"BASE_LOG_LEVEL": "40"}, ("ERROR", "WARNING", "INFO")),
        (None, {SUMMARY: "DEBUG"}, ("WARNING", "DEBUG", "INFO")),
        (None, {LIFECYCLE: "ERROR"}, ("WARNING", "WARNING", "ERROR")),
        (Namespace(message_summary=True), {SUMMARY: "50"}, ("WARNING", "INFO", "INFO")),
        (Namespace(message_summary=True), {SUMMARY: "10"}, ("WARNING", "DEBUG", "INFO")),
        (Namespace(message_summary=True), {LIFECYCLE: "ERROR"}, ("WARNING", "INFO", "ERROR")),
        (Namespace(verbose=True), {"BASE_LOG_LEVEL": "CRITICAL"}, ("INFO", "DEBUG", "INFO")),
        (Namespace(verbose=True), {"BASE_LOG_LEVEL": "DEBUG"}, ("DEBUG", "DEBUG", "INFO")),
        (Namespace(verbose=True), {"BASE_LOG_LEVEL": "NOTSET"}, ("INFO", "DEBUG", "INFO")),
        (Namespace(verbose=True), {LIFECYCLE: "ERROR"}, ("INFO", "DEBUG", "INFO")),
        (Namespace(verbose=True), {LIFECYCLE: "DEBUG"}, ("INFO", "DEBUG", "DEBUG")),
        (Namespace(verbose=True), {LIFECYCLE: "NOTSET"}, ("INFO", "DEBUG", "NOTSET")),
    ],
)
def test_the_command_line_is_stronger_than_the_environment_and_that_than_defaults(
    args: Namespace | None,
    environment: dict[str, str],
    expected: tuple[str, str, str],
    log_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"BASE_LOG_NAME": BASE, **environment}.items():
        monkeypatch.setenv(f"PROACTOR_LOGGING__{name}", value)
    settings = ProactorSettings.model_validate(
        {"long_name": "d1.house", "short_name": "h", "paths": {"log_dir": log_dir}}
    )
    setup_logging(args, settings, add_screen_handler=False)

    log = node_log()
    levels = (log.logger.level, log.message_summary_logger.level, log.lifecycle_logger.level)
    assert tuple(map(logging.getLevelName, levels)) == expected
    assert logging.getLogger("gwproactor").level == log.logger.level
    assert log.comm_event_logger.level == logging.INFO


def test_the_level_of_a_file_is_above_those_of_loggers(log_dir: Path) -> None:
    setup_logging(None, settings_of(log_dir, file_handler={"level": "ERROR"}))
    node_log().lifecycle("started")
    node_log().error("failed")

    assert [line.split()[-1] for line in lines(log_dir / "proactor.log")] == ["failed"]


def test_the_file_rolls_over_as_the_settings_say(log_dir: Path) -> None:
    file = {"bytes_per_log_file": 40, "num_log_files": 2}
    setup_logging(None, settings_of(log_dir, file_handler=file), add_screen_handler=False)
    for number in range(9):
        node_log().lifecycle("started %d", number)

    names = sorted(path.name for path in log_dir.iterdir())
    assert names == ["io_loop.log", "proactor.log", "proactor.log.1"]
    assert lines(log_dir / "proactor.log.1")[0].endswith("started 7")


def test_json_lines_for_collectors(log_dir: Path) -> None:
    settings = settings_of(log_dir, format="json", formatter={"use_utc": True})
    setup_logging(None, settings, add_screen_handler=False)
    node_log().comm_event("link %s is up", "parent")

    (line,) = map(json.loads, lines(log_dir / "proactor.log"))
    assert (line["logger"], line["message"]) == (f"{BASE}.comm_event", "link parent is up")
    assert line["time"].endswith("+00:00")


@pytest.mark.parametrize(
    ("formatter", "fault"),
    [
        ({"fmt": "%(nobody)s"}, "Formatting field not found in record: 'nobody'"),
        ({"fmt": "plain"}, "Invalid format 'plain' for '%' style"),
        ({"fmt": "%(asctime)d"}, "%d format: a real number is required, not str"),
        ({"default_msec_format": "%s"}, "not all arguments converted during string formatting"),
    ],
)
def test_a_wrong_format_is_reported_and_the_default_is_used(
    formatter: dict[str, str], fault: str, log_dir: Path
) -> None:
    errors: list[BaseException] = [RuntimeError("of an earlier call")]
    settings = settings_of(log_dir, formatter=formatter)
    setup_logging(None, settings, errors, add_screen_handler=False)
    node_log().lifecycle("started")

    text = f"logging.formatter: {fault}; lines have the default form"
    told, started = lines(log_dir / "proactor.log")
    assert [str(error) for error in errors] == [text]
    assert told.endswith(f"the log is not as its settings say: {text}")
    assert started.endswith(" started")


def test_a_log_that_cannot_be_written_is_reported_on_screen_and_used_once_it_can(
    log_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log_dir.parent.write_text("in the way of the folder")
    errors: list[BaseException] = []
    setup_logging(None, settings_of(log_dir), errors)
    node_log().lifecycle("on screen only")
    log_dir.parent.unlink()
    node_log().lifecycle("in the file")

    assert [type(error) for error in errors] == [NotADirectoryError, NotADirectoryError]
    shown = capsys.readouterr().err
    told, first, _ = shown.splitlines()
    assert told.endswith(
        "the log is not as its settings say: paths.log_dir: cannot write proactor.log and "
        f"io_loop.log in {log_dir}: Not a directory; let this user write there, or set another "
        "folder"
    )
    assert first.endswith("on screen only")
    assert "Traceback" not in shown
    lost, written = lines(log_dir / "proactor.log")
    assert lost.endswith("2 lines of this log were lost: Not a directory")
    assert written.endswith("in the file")


def test_a_log_that_cannot_be_written_is_told_where_no_screen_gets_the_log(
    log_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log_dir.parent.write_text("in the way of the folder")
    setup_logging(None, settings_of(log_dir), add_screen_handler=False)
    node_log().lifecycle("lost")

    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith("the log is not as its settings say: paths.log_dir: cannot write ")


@pytest.mark.parametrize("root_gets_handlers", [True, False])
def test_what_aiohttp_logs_is_written_once_if_wanted(
    log_dir: Path, root_gets_handlers: bool
) -> None:
    access = logging.getLogger("aiohttp.access")
    for is_wanted in (False, True):
        settings = settings_of(log_dir, aiohttp_logging=is_wanted)
        setup_logging(None, settings, root_gets_handlers=root_gets_handlers)
        access.info("asked %s", is_wanted)

    assert [line.split()[-1] for line in lines(log_dir / "proactor.log")] == ["True"]


@pytest.mark.parametrize("is_wanted", [True, False])
def test_what_the_mqtt_clients_log_is_written_if_wanted(log_dir: Path, is_wanted: bool) -> None:
    async def run() -> None:
        family = Family()
        node = family.make(
            child_settings(
                paths={"log_dir": log_dir},
                logging={
                    "base_log_name": BASE,
                    "paho_logging": is_wanted,
                    "formatter": {"fmt": "%(name)s"},
                },
            )
        )
        setup_logging(None, node.container.settings(), add_screen_handler=False)
        node.proactor.start()
        await family.clock.sleep(5.0)
        await node.proactor.stop_and_join()

    run_in_virtual_time(run())

    assert ("gwproactor.mqtt.local" in lines(log_dir / "proactor.log")) is is_wanted


def test_a_nodes_log_has_the_base_name_of_its_settings(log_dir: Path) -> None:
    async def log_name() -> str:
        node = Family().make(child_settings(logging={"base_log_name": BASE}))
        return node.container.logger().name

    assert run_in_virtual_time(log_name()) == BASE


def test_the_library_adds_nothing_to_the_log_but_its_own_files(log_dir: Path) -> None:
    setup_logging(None, settings_of(log_dir), add_screen_handler=False)

    files = [one for one in logging.getLogger().handlers if isinstance(one, LogFile)]
    assert [file.path.name for file in files] == ["proactor.log"]


class UnprintableError(Exception):
    """Whose text cannot be made."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_exceptions_are_shown_with_their_tracebacks_and_numbers() -> None:
    try:
        raise ValueError("first")
    except ValueError as error:
        text = format_exceptions([error, KeyError("second")])

    assert "++ Exception  1 / 2 ++++" in text
    assert "-- Exception  2 / 2 ----" in text
    assert 'raise ValueError("first")' in text
    assert "KeyError: 'second'" in text


def test_no_exceptions_are_no_text_and_one_that_cannot_be_shown_is_named() -> None:
    assert format_exceptions([]) == ""
    assert "UnprintableError" in format_exceptions([UnprintableError()])
