"""What a node logs, in which form and where. Names and defaults are the original library's."""

import logging
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from gwproactor.app.settings.part import LogLevel, SettingsPart

DEFAULT_BASE_NAME = "gridworks"
DEFAULT_LOGGING_FORMAT = "%(asctime)s %(message)s"
DEFAULT_FRACTIONAL_SECOND_FORMAT = "%s.%03d"
DEFAULT_LOG_FILE_NAME = "proactor.log"
DEFAULT_BYTES_PER_LOG_FILE = 2 * 1024 * 1024
DEFAULT_NUM_LOG_FILES = 10


class FormatterSettings(SettingsPart):
    """How a line looks, as `logging.Formatter` has it."""

    fmt: str = DEFAULT_LOGGING_FORMAT
    datefmt: str = ""
    default_msec_format: str = DEFAULT_FRACTIONAL_SECOND_FORMAT
    use_utc: bool = False


class RotatingFileHandlerSettings(SettingsPart):
    """A file in the folder of logs, which becomes `FILE.1` when it is full, and so on."""

    filename: str = Field(DEFAULT_LOG_FILE_NAME, min_length=1)
    bytes_per_log_file: int = Field(DEFAULT_BYTES_PER_LOG_FILE, ge=1)
    num_log_files: int = Field(DEFAULT_NUM_LOG_FILES, ge=1, description="with the one written to")
    level: LogLevel = logging.NOTSET


class LoggerLevels(SettingsPart):
    """From which level on a category is logged."""

    message_summary: LogLevel = logging.WARNING
    lifecycle: LogLevel = logging.INFO
    comm_event: LogLevel = logging.INFO
    io_loop: LogLevel = logging.INFO

    def qualified_logger_names(self, base_log_name: str) -> Mapping[str, str]:
        """The logger of each category."""
        return {name: f"{base_log_name}.{name}" for name in type(self).model_fields}


class IOLoopLoggerSettings(SettingsPart):
    """The log of coroutines beside the loop, in a file of its own."""

    file_handler: RotatingFileHandlerSettings = RotatingFileHandlerSettings(
        filename="io_loop.log", num_log_files=2
    )
    on_screen: bool = False


class LoggingSettings(SettingsPart):
    """Loggers, their levels, and where their lines go."""

    base_log_name: str = Field(DEFAULT_BASE_NAME, min_length=1)
    base_log_level: LogLevel = logging.WARNING
    levels: LoggerLevels = Field(default_factory=LoggerLevels)
    format: Literal["text", "json"] = Field(
        "text", description="json: an object a line, for collectors"
    )
    formatter: FormatterSettings = Field(default_factory=FormatterSettings)
    file_handler: RotatingFileHandlerSettings = Field(default_factory=RotatingFileHandlerSettings)
    io_loop: IOLoopLoggerSettings = Field(default_factory=IOLoopLoggerSettings)
    aiohttp_logging: bool = Field(False, description="log what the web servers do")
    paho_logging: bool = Field(False, description="log what the MQTT clients do, of every link")
