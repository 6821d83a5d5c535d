"""What a node logs, in which form and where. Names and defaults are the original library's."""

import logging
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gwproactor.app.settings.part import LogLevel, PrintableText, SettingsPart

DEFAULT_BASE_NAME = "gridworks"
DEFAULT_LOGGING_FORMAT = "%(asctime)s %(message)s"
DEFAULT_FRACTIONAL_SECOND_FORMAT = "%s.%03d"
DEFAULT_LOG_FILE_NAME = "proactor.log"
DEFAULT_BYTES_PER_LOG_FILE = 2 * 1024 * 1024
DEFAULT_NUM_LOG_FILES = 10
# Each is renamed when one is full.
NUM_LOG_FILES_MAX = 1_000


def _file_name(name: str) -> str:
    if name in (".", "..") or "/" in name:
        raise ValueError("must be the name of a file alone: its folder is paths.log_dir")
    return name


FileName = Annotated[PrintableText, AfterValidator(_file_name)]


class FormatterSettings(SettingsPart):
    """How a line looks, as `logging.Formatter` has it."""

    fmt: str = Field(DEFAULT_LOGGING_FORMAT, description="a line, in the style of %")
    datefmt: str = Field("", description="of times, as strftime has it; empty: ISO 8601")
    default_msec_format: str = Field(
        DEFAULT_FRACTIONAL_SECOND_FORMAT, description="of a time and its milliseconds"
    )
    use_utc: bool = Field(False, description="times in UTC, not in local time")


class RotatingFileHandlerSettings(SettingsPart):
    """A file in the folder of logs, which becomes `FILE.1` when it is full, and so on."""

    filename: FileName = Field(
        DEFAULT_LOG_FILE_NAME, min_length=1, description="its name in the folder of logs"
    )
    bytes_per_log_file: int = Field(
        DEFAULT_BYTES_PER_LOG_FILE, ge=1, description="a larger one is put aside"
    )
    num_log_files: int = Field(
        DEFAULT_NUM_LOG_FILES, ge=1, le=NUM_LOG_FILES_MAX, description="with the one written to"
    )
    level: LogLevel = Field(logging.NOTSET, description="less is not written to it")


class LoggerLevels(SettingsPart):
    """From which level on a category is logged."""

    message_summary: LogLevel = Field(logging.WARNING, description="INFO: a line for each message")
    lifecycle: LogLevel = Field(
        logging.INFO, description="start and stop, of the node and its parts"
    )
    comm_event: LogLevel = Field(logging.INFO, description="what happens to links")
    io_loop: LogLevel = Field(logging.INFO, description="coroutines beside the loop")

    def qualified_logger_names(self, base_log_name: str) -> Mapping[str, str]:
        """The logger of each category."""
        return {name: f"{base_log_name}.{name}" for name in type(self).model_fields}


class IOLoopLoggerSettings(SettingsPart):
    """The log of coroutines beside the loop, in a file of its own."""

    file_handler: RotatingFileHandlerSettings = RotatingFileHandlerSettings(
        filename="io_loop.log", num_log_files=2
    )
    on_screen: bool = Field(False, description="write it to the screen, too")


class LoggingSettings(SettingsPart):
    """Loggers, their levels, and where their lines go."""

    base_log_name: PrintableText = Field(
        DEFAULT_BASE_NAME, min_length=1, description="what the names of all its loggers begin with"
    )
    base_log_level: LogLevel = Field(
        logging.WARNING, description="of what is in none of the categories"
    )
    levels: LoggerLevels = Field(default_factory=LoggerLevels)
    format: Literal["text", "json"] = Field(
        "text", description="json: an object a line, for collectors"
    )
    formatter: FormatterSettings = Field(default_factory=FormatterSettings)
    file_handler: RotatingFileHandlerSettings = Field(default_factory=RotatingFileHandlerSettings)
    io_loop: IOLoopLoggerSettings = Field(default_factory=IOLoopLoggerSettings)
    aiohttp_logging: bool = Field(False, description="log what the web servers do")
    paho_logging: bool = Field(False, description="log what the MQTT clients do, of every link")
