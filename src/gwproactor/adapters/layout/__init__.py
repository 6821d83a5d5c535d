"""The hardware layout as a JSON file."""

from gwproactor.adapters.layout.document import read_layout
from gwproactor.adapters.layout.json_file import JsonLayoutFile

__all__ = ["JsonLayoutFile", "read_layout"]
