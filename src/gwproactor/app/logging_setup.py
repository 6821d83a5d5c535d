"""The log of a process as its settings say: levels, lines, screen and files.

What is wrong with the settings is reported, and does not keep the node from running.
"""

import contextlib
import logging
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.logs import JsonLinesFormatter, LogFile, TextFormatter
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.settings.logging import (
    FormatterSettings,
    LoggingSettings,
    RotatingFileHandlerSettings,
)

# What is logged beside the categories: by this library, and by what it is built of.
LIBRARY_LOGGER: Final = "gwproactor"
# Of the MQTT clients: it has lines only while a link's log is enabled, so that is the only switch.
MQTT_LOGGER: Final = "gwproactor.mqtt"
AIOHTTP_LOGGER: Final = "aiohttp"

LOG: Final = logging.getLogger(LIBRARY_LOGGER)
# By which a second call knows the handlers of the first.
_OURS: Final = "gwproactor log"


def setup_logging(
    args: object,
    settings: ProactorSettings,
    errors: list[BaseException] | None = None,
    add_screen_handler: bool = True,
    root_gets_handlers: bool = True,
) -> None:
    """Set levels and handlers, from the command line, else from *settings* with all its sources.

    Of *args*, which may be None, `verbose` (more of everything, and the way of each message) and
    `message_summary` (a line for each message) are looked at. *errors* is emptied, and filled with
    what was wrong, which is logged, too. Lines go to standard error, unless something else writes
    the root's there, and to files in `paths.log_dir`.

    Without *root_gets_handlers* only the node's lines are written, not those of other libraries. A
    second call takes the place of the first. Call it before the node is built. Raises nothing.
    """
    faults = _Faults(settings.paths.log_dir, [] if errors is None else errors)
    faults.errors.clear()
    logging_settings = settings.logging
    for name, level in _levels(args, logging_settings).items():
        logging.getLogger(name).setLevel(level)
    formatter = _formatter(logging_settings, faults)
    file = _log_file(logging_settings.file_handler, formatter, faults)
    io_loop = logging.getLogger(_category(logging_settings, "io_loop"))
    own = _own_loggers(logging_settings)
    for logger in (logging.getLogger(), *own, io_loop):
        _remove_ours(logger)
        logger.propagate = root_gets_handlers or logger is io_loop
    for logger in [logging.getLogger()] if root_gets_handlers else own:
        _add(logger, file)
        if add_screen_handler:
            _add_screen(logger, formatter)
    io_loop_settings = logging_settings.io_loop
    if io_loop_settings.file_handler.filename != logging_settings.file_handler.filename:
        io_loop.propagate = False
        _add(io_loop, _log_file(io_loop_settings.file_handler, formatter, faults))
        if add_screen_handler and io_loop_settings.on_screen:
            _add_screen(io_loop, formatter)
    if faults.errors:
        _tell(faults.text)


def format_exceptions(exceptions: Iterable[BaseException]) -> str:
    """Them with their tracebacks, numbered; an exception that cannot be shown is said to be so."""
    given = list(exceptions)
    parts = (
        f"++ Exception {number:2d} / {len(given)} {'+' * 52}\n"
        f"{_traceback(exception)}\n"
        f"-- Exception {number:2d} / {len(given)} {'-' * 52}\n\n"
        for number, exception in enumerate(given, start=1)
    )
    return "".join(parts)


@attrs.frozen
class _Faults:
    """What is wrong with the log. `errors` is what `setup_logging` was given."""

    folder: Path
    errors: list[BaseException]
    _of_formats: list[str] = attrs.field(factory=list, init=False)
    _unopened: dict[str, list[str]] = attrs.field(factory=dict, init=False)

    def of_format(self, error: Exception) -> None:
        text = f"logging.formatter: {error}; lines have the default form"
        self.errors.append(ValueError(text))
        self._of_formats.append(text)

    def of_file(self, name: str, error: OSError) -> None:
        self.errors.append(error)
        self._unopened.setdefault(error.strerror or str(error), []).append(name)

    @property
    def text(self) -> str:
        """All of them, in a line, with the setting that each is about."""
        of_files = (
            f"paths.log_dir: cannot write {' and '.join(names)} in {self.folder}: {reason}; let "
            "this user write there, or set another folder"
            for reason, names in self._unopened.items()
        )
        return "; ".join((*self._of_formats, *of_files))


def _tell(text: str) -> None:
    """Also if no screen gets the log: somebody must know where it is not."""
    LOG.error("the log is not as its settings say: %s", text)
    logger: logging.Logger | None = LOG
    while logger is not None:
        if any(map(_is_screen, logger.handlers)):
            return
        logger = logger.parent if logger.propagate else None
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"the log is not as its settings say: {text}\n")


def _traceback(exception: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(exception))
    except Exception as error:  # whatever its __str__ raises
        return f"{type(exception).__name__}, which cannot be shown: {type(error).__name__}\n"


def _levels(args: object, settings: LoggingSettings) -> Mapping[str, int]:
    """The level of each logger."""
    base_level, categories = settings.base_log_level, dict(settings.levels)
    message_summary = settings.levels.message_summary
    if getattr(args, "verbose", False):
        # NOTSET stays that of the base.
        categories = {name: min(logging.INFO, level) for name, level in categories.items()}
        base_level = _at_most(logging.INFO, base_level)
        message_summary = _at_most(logging.DEBUG, message_summary)
    elif getattr(args, "message_summary", False):
        message_summary = _at_most(logging.INFO, message_summary)
    categories["message_summary"] = message_summary
    found = {
        settings.base_log_name: base_level,
        LIBRARY_LOGGER: base_level,
        MQTT_LOGGER: logging.DEBUG,
    }
    if settings.aiohttp_logging:
        found[AIOHTTP_LOGGER] = logging.DEBUG
    names = settings.levels.qualified_logger_names(settings.base_log_name)
    return found | {names[name]: level for name, level in categories.items()}


def _at_most(asked: int, level: int) -> int:
    """NOTSET is no level: it stands for that of the logger above."""
    return min(asked, level or asked)


def _category(settings: LoggingSettings, category: str) -> str:
    return settings.levels.qualified_logger_names(settings.base_log_name)[category]


def _own_loggers(settings: LoggingSettings) -> list[logging.Logger]:
    """Those above all that a node logs."""
    names = [settings.base_log_name, LIBRARY_LOGGER]
    if settings.aiohttp_logging:
        names.append(AIOHTTP_LOGGER)
    return [logging.getLogger(name) for name in dict.fromkeys(names)]


def _formatter(settings: LoggingSettings, faults: _Faults) -> logging.Formatter:
    given = settings.formatter
    if settings.format == "json":
        return JsonLinesFormatter(use_utc=given.use_utc)
    try:
        formatter = _text_formatter(given)
        formatter.format(logging.makeLogRecord({"msg": "", "levelno": logging.INFO}))
    except Exception as error:  # whatever the settings' three formats can be wrong by
        faults.of_format(error)
        return _text_formatter(FormatterSettings(use_utc=given.use_utc))
    return formatter


def _text_formatter(settings: FormatterSettings) -> TextFormatter:
    return TextFormatter(
        settings.fmt, settings.datefmt, settings.default_msec_format, use_utc=settings.use_utc
    )


def _log_file(
    file: RotatingFileHandlerSettings, formatter: logging.Formatter, faults: _Faults
) -> LogFile:
    """Where it cannot be opened now, it is tried again with each line."""
    made = LogFile(faults.folder / file.filename, file.bytes_per_log_file, file.num_log_files)
    made.setFormatter(formatter)
    made.setLevel(file.level)
    try:
        made.open()
    except OSError as error:
        faults.of_file(file.filename, error)
    return made


def _add_screen(logger: logging.Logger, formatter: logging.Formatter) -> None:
    """Two handlers of one screen would write each line twice."""
    if any(_is_screen(handler) for handler in logger.handlers):
        return
    screen = logging.StreamHandler()
    screen.setFormatter(formatter)
    _add(logger, screen)


def _is_screen(handler: logging.Handler) -> bool:
    stream = getattr(handler, "stream", None)
    return stream is not None and stream in (sys.stderr, sys.stdout)


def _add(logger: logging.Logger, handler: logging.Handler) -> None:
    handler.set_name(_OURS)
    logger.addHandler(handler)


def _remove_ours(logger: logging.Logger) -> None:
    for handler in tuple(logger.handlers):
        if handler.get_name() == _OURS:
            logger.removeHandler(handler)
            handler.close()
