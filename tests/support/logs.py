"""Log handlers and what they write."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs


@attrs.frozen
class _State:
    """What a test may change of a logger."""

    level: int
    propagate: bool
    handlers: list[logging.Handler]

    @classmethod
    def of(cls, logger: logging.Logger) -> "_State":
        return cls(logger.level, logger.propagate, list(logger.handlers))


@contextmanager
def restored_loggers(*names: str) -> Iterator[None]:
    """At the end the loggers of *names* are as before, and what was added to them is closed."""
    loggers = [logging.getLogger(name) for name in names]
    before = [_State.of(logger) for logger in loggers]
    try:
        yield
    finally:
        for logger, state in zip(loggers, before, strict=True):
            for added in set(logger.handlers) - set(state.handlers):
                added.close()
            logger.setLevel(state.level)
            logger.propagate = state.propagate
            logger.handlers[:] = state.handlers


def lines(path: Path) -> list[str]:
    """Those of a log file; none if there is no file."""
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
