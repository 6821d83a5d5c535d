"""The log of a node, in categories that can be switched one by one, also by a peer.

A category is a logger of the standard library below the base's: `gridworks.message_summary` one
line for each message, `gridworks.lifecycle` what starts and stops, `gridworks.comm_event` what
happens to links, `gridworks.io_loop` coroutines beside the loop; further ones are added by
applications. What a disabled category is given is never formatted. Any thread.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

import attrs

from gwproactor.domain.short_text import short_key

LoggerOrAdapter: TypeAlias = logging.Logger | logging.LoggerAdapter[logging.Logger]

DEFAULT_BASE_NAME: Final = "gridworks"
MESSAGE_ID_WIDTH: Final = 11
# A record names the line that logs, not the method of the category, nor one that calls that.
_CALLER: Final[dict[str, Any]] = {"stacklevel": 2}
_CALLERS_CALLER: Final[dict[str, Any]] = {"stacklevel": 3}


class MessageSummary:
    """One line about a message that came in or went out."""

    DEFAULT_FORMAT = (
        "  {direction:15s}  {src_dst:50s}  {broker_flag}  {arrow:2s}  {topic:80s}"
        "  {payload_type:25s}{message_id}"
    )

    @classmethod
    def format(
        cls,
        direction: str,
        src: str,
        dst: str,
        topic: str,
        *,
        payload_object: object = None,
        broker_flag: str = " ",
        timestamp: datetime | None = None,
        message_id: str = "",
    ) -> str:
        """*direction* begins with IN or OUT; *payload_object* is a payload, a message that has one,
        or its type's name. A *timestamp* is written in front. Long names and
        a long id are cut short.
        """
        line = cls.DEFAULT_FORMAT.format(
            direction=direction.strip(),
            src_dst=short_key(f"{src} to {dst}"),
            broker_flag=broker_flag,
            arrow=_arrow(direction.strip()),
            topic=short_key(f"[{topic}]"),
            payload_type=short_key(_payload_type(payload_object)),
            message_id=f" {_shortened(message_id)}" if message_id else "",
        )
        return line if timestamp is None else f"{timestamp.isoformat()}  {line}"


@attrs.frozen
class CategoryLoggerInfo:
    """A category's logger, and how it was when it was added."""

    logger: LoggerOrAdapter
    default_level: int
    default_disabled: bool = False


class ProactorLogger(logging.LoggerAdapter[logging.Logger]):
    """The logger named *base*, and those of its categories, by their full names."""

    MESSAGE_DELIMITER_WIDTH = 88
    MESSAGE_ENTRY_DELIMITER = "+" * MESSAGE_DELIMITER_WIDTH
    MESSAGE_EXIT_DELIMITER = "-" * MESSAGE_DELIMITER_WIDTH

    def __init__(
        self,
        base: str,
        message_summary: str,
        lifecycle: str,
        comm_event: str,
        extra: dict[str, object] | None = None,
        *,
        io_loop: str = "",
        category_logger_names: Iterable[str] = (),
    ) -> None:
        super().__init__(logging.getLogger(base), extra)
        self.message_summary_logger = logging.getLogger(message_summary)
        self.lifecycle_logger = logging.getLogger(lifecycle)
        self.comm_event_logger = logging.getLogger(comm_event)
        self.io_loop_logger = logging.getLogger(io_loop or f"{base}.io_loop")
        self.category_loggers: dict[str, CategoryLoggerInfo] = {}
        for category in category_logger_names:
            self.add_category_logger(category)

    @classmethod
    def of_base(cls, base: str = DEFAULT_BASE_NAME) -> "ProactorLogger":
        """The categories are named after *base*, as in `gridworks.lifecycle`."""
        return cls(base, f"{base}.message_summary", f"{base}.lifecycle", f"{base}.comm_event")

    @property
    def general_enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)

    @property
    def message_summary_enabled(self) -> bool:
        return self.message_summary_logger.isEnabledFor(logging.INFO)

    @property
    def path_enabled(self) -> bool:
        return self.message_summary_logger.isEnabledFor(logging.DEBUG)

    @property
    def lifecycle_enabled(self) -> bool:
        return self.lifecycle_logger.isEnabledFor(logging.INFO)

    @property
    def comm_event_enabled(self) -> bool:
        return self.comm_event_logger.isEnabledFor(logging.INFO)

    @property
    def io_loop_enabled(self) -> bool:
        return self.io_loop_logger.isEnabledFor(logging.INFO)

    def message_summary(
        self,
        *,
        direction: str,
        src: str,
        dst: str,
        topic: str,
        payload_object: object = None,
        broker_flag: str = " ",
        timestamp: datetime | None = None,
        message_id: str = "",
    ) -> None:
        """Log the line that `MessageSummary.format` makes of this."""
        if self.message_summary_enabled:
            line = MessageSummary.format(
                direction,
                src,
                dst,
                topic,
                payload_object=payload_object,
                broker_flag=broker_flag,
                timestamp=timestamp,
                message_id=message_id,
            )
            self.message_summary_logger.info("%s", line, **_CALLER)

    def path(self, msg: str, *args: object, **kwargs: Any) -> None:
        """The way that a message took, for those who debug it."""
        self.message_summary_logger.debug(msg, *args, **_CALLER | kwargs)

    def lifecycle(self, msg: str, *args: object, **kwargs: Any) -> None:
        self.lifecycle_logger.info(msg, *args, **_CALLER | kwargs)

    def comm_event(self, msg: str, *args: object, **kwargs: Any) -> None:
        self.comm_event_logger.info(msg, *args, **_CALLER | kwargs)

    def io_loop(self, msg: str, *args: object, **kwargs: Any) -> None:
        self.io_loop_logger.info(msg, *args, **_CALLER | kwargs)

    def message_enter(self, msg: str, *args: object, **kwargs: Any) -> None:
        if self.path_enabled:
            self.path("", **_CALLERS_CALLER)
            self.path(self.MESSAGE_ENTRY_DELIMITER, **_CALLERS_CALLER)
            self.path(msg, *args, **_CALLERS_CALLER | kwargs)

    def message_exit(self, msg: str, *args: object, **kwargs: Any) -> None:
        if self.path_enabled:
            self.path(msg, *args, **_CALLERS_CALLER | kwargs)
            self.path(self.MESSAGE_EXIT_DELIMITER, **_CALLERS_CALLER)

    # Categories of applications

    def category_logger_name(self, category: str) -> str:
        return f"{self.name}.{category}"

    def category_logger(self, category: str) -> LoggerOrAdapter | None:
        """None: no such category was added."""
        info = self.category_loggers.get(category)
        return None if info is None else info.logger

    def add_category_logger(
        self,
        category: str = "",
        level: int = logging.INFO,
        logger: LoggerOrAdapter | None = None,
    ) -> LoggerOrAdapter:
        """The logger of *category*: the one that is there, or a new one at *level*, or *logger* as
        it is, under its own name if *category* is empty.

        Raises ValueError if there is neither a category nor a logger, or if *logger* is given for a
        category that has one.
        """
        if logger is None:
            if not category:
                raise ValueError("add_category_logger needs a category or a logger")
            return self._named_category(category, level)
        category = category or logger.name.removeprefix(f"{self.name}.")
        if category in self.category_loggers:
            raise ValueError(
                f"the category {category!r} has a logger; {logger.name!r} cannot be another"
            )
        self._add(category, logger, logger.getEffectiveLevel())
        return logger

    def reset_default_category_levels(self) -> None:
        """Let the added categories be as they were when they were added."""
        for info in self.category_loggers.values():
            info.logger.setLevel(info.default_level)
            _bare(info.logger).disabled = info.default_disabled

    def __repr__(self) -> str:
        names = ", ".join(
            logger.name
            for logger in (
                self.logger,
                self.message_summary_logger,
                self.lifecycle_logger,
                self.comm_event_logger,
                self.io_loop_logger,
            )
        )
        return f"<{type(self).__name__} {names}>"

    def _named_category(self, category: str, level: int) -> LoggerOrAdapter:
        present = self.category_logger(category)
        if present is not None:
            return present
        logger = logging.getLogger(self.category_logger_name(category))
        logger.setLevel(level)
        self._add(category, logger, level)
        return logger

    def _add(self, category: str, logger: LoggerOrAdapter, level: int) -> None:
        self.category_loggers[category] = CategoryLoggerInfo(logger, level, _bare(logger).disabled)


def _bare(logger: LoggerOrAdapter) -> logging.Logger:
    """The logger behind its adapters."""
    while isinstance(logger, logging.LoggerAdapter):
        logger = logger.logger
    return logger


def _arrow(direction: str) -> str:
    if direction.startswith(("OUT", "SND")):
        return "->"
    return "<-" if direction.startswith(("IN", "RCV")) else "? "


def _payload_type(payload_object: object) -> str:
    if isinstance(payload_object, str):
        return payload_object
    return type(getattr(payload_object, "payload", payload_object)).__name__


def _shortened(message_id: str) -> str:
    if len(message_id) <= MESSAGE_ID_WIDTH:
        return message_id
    return f"{message_id[: MESSAGE_ID_WIDTH - 3]}..."
