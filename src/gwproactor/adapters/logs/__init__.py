"""Where lines of the log go, and how they look."""

from gwproactor.adapters.logs.json_lines import JsonLinesFormatter
from gwproactor.adapters.logs.log_file import LogFile
from gwproactor.adapters.logs.text_lines import TextFormatter

__all__ = ["JsonLinesFormatter", "LogFile", "TextFormatter"]
