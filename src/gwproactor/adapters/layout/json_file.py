"""`LayoutSource` of a JSON file."""

from pathlib import Path
from typing import Final

from gwproactor.adapters.layout.document import read_layout
from gwproactor.adapters.layout.strict_json import strict_json
from gwproactor.adapters.regular_files import is_absent, read_regular
from gwproactor.domain.hardware_layout import HardwareLayout, LayoutFault
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.hardware_layout import BadLayout, NoLayout

# That of a site has some 100 kB; larger: what is no layout may take all memory.
BYTES_MAX: Final = 67_108_864
# Of the order of bytes, which some editors begin a file with.
MARK: Final = "\ufeff"


class JsonLayoutFile:
    """The file *path*, in UTF-8. It is never written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Outcome[HardwareLayout, NoLayout | BadLayout]:
        origin = str(self._path)
        if is_absent(self._path):
            return Failure(NoLayout(origin))
        read = read_regular(self._path, BYTES_MAX)
        if isinstance(read, Failure):
            return _bad(origin, read.failure().reason)
        try:
            document = _document(read.unwrap())
        except ValueError as error:
            return _bad(origin, str(error))
        match read_layout(document, origin):
            case Success(layout):
                return Success(layout)
            case Failure(faults):
                return Failure(BadLayout(origin, faults))


def _document(written: bytes) -> Json:
    """Raises ValueError with what is wrong with the text."""
    try:
        text = written.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8: byte {error.start + 1} is none of it") from None
    return strict_json(text.removeprefix(MARK))


def _bad(origin: str, reason: str) -> Failure[BadLayout]:
    return Failure(BadLayout(origin, (LayoutFault("", reason),)))
