"""Lines for people."""

import logging
import time


class TextFormatter(logging.Formatter):
    """As `logging.Formatter` has it, in UTC if *use_utc*, else in the time of the machine's place.

    *msec_format* joins the time as text and its milliseconds, where *datefmt* is empty. Raises
    ValueError if *fmt* is no format.
    """

    def __init__(self, fmt: str, datefmt: str, msec_format: str, *, use_utc: bool) -> None:
        super().__init__(fmt, datefmt or None)
        self.default_msec_format = msec_format
        self.converter = time.gmtime if use_utc else time.localtime
