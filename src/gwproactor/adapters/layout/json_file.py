"""`LayoutSource` of a JSON file."""

import json
from pathlib import Path
from typing import NoReturn

from gwproactor.adapters.layout.document import read_layout
from gwproactor.domain.hardware_layout import HardwareLayout, LayoutFault
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.hardware_layout import BadLayout, NoLayout


class JsonLayoutFile:
    """The file *path*, in UTF-8. It is never written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Outcome[HardwareLayout, NoLayout | BadLayout]:
        origin = str(self._path)
        try:
            document = self._document()
        except FileNotFoundError:
            return Failure(NoLayout(origin))
        except OSError as error:
            return _bad(origin, f"cannot be read: {error.strerror}")
        except ValueError as error:
            return _bad(origin, str(error))
        match read_layout(document, origin):
            case Success(layout):
                return Success(layout)
            case Failure(faults):
                return Failure(BadLayout(origin, faults))

    def _document(self) -> Json:
        """Raises OSError, and ValueError with what is wrong with the text."""
        try:
            document: Json = json.loads(
                self._path.read_text(encoding="utf-8-sig"), parse_constant=_refuse
            )
        except UnicodeDecodeError as error:
            raise ValueError(f"is not in UTF-8: byte {error.start} is wrong") from None
        except json.JSONDecodeError as error:
            place = f"in line {error.lineno}, column {error.colno}"
            raise ValueError(f"is no JSON: {error.msg}, {place}") from None
        except RecursionError:
            raise ValueError("is nested too deep") from None
        return document


def _bad(origin: str, reason: str) -> Failure[BadLayout]:
    return Failure(BadLayout(origin, (LayoutFault("", reason),)))


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"is no JSON: {name} is no number")
