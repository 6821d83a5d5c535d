"""Loggers as they were before a test: nodes of one process share them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from gwproactor.app.proactor_logger import DEFAULT_BASE_NAME

CATEGORIES = ("message_summary", "lifecycle", "comm_event", "io_loop")


def category_loggers() -> dict[str, logging.Logger]:
    """Those of a node's log, by category."""
    return {one: logging.getLogger(f"{DEFAULT_BASE_NAME}.{one}") for one in CATEGORIES}


@contextmanager
def restored_levels() -> Iterator[dict[str, logging.Logger]]:
    """Each category's logger, whose level is then what it was."""
    loggers = category_loggers()
    before = {name: logger.level for name, logger in loggers.items()}
    try:
        yield loggers
    finally:
        for name, level in before.items():
            loggers[name].setLevel(level)
