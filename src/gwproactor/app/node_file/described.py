"""Exceptions of a deployment's code in a line, for who wrote that code."""

import traceback
from pathlib import Path
from typing import Final

import gwproactor
from gwproactor.app.foreign_code import PASSED_ON

OURS: Final = Path(gwproactor.__file__).parent


def described(error: BaseException, folder: Path) -> str:
    """*error* in one line, and where in a file below *folder*, or else of whom, it was raised."""
    text = text_of(error)
    if isinstance(error, SyntaxError) and error.filename is not None:
        text, place = error.msg, f"{_short(error.filename, folder)} line {error.lineno}"
    else:
        place = _place(error, folder)
    kind = type(error).__name__
    return (f"{kind}: {text}" if text else kind) + (f" ({place})" if place else "")


def text_of(error: BaseException) -> str:
    """What *error* says, in one line; also if it cannot say it."""
    try:
        return " ".join(str(error).split())
    except PASSED_ON:
        raise
    except BaseException as another:
        return f"its text cannot be made, for that raises {type(another).__name__}"


def _place(error: BaseException, folder: Path) -> str:
    """Empty: only code of this library, or of no file, was passed."""
    passed = traceback.extract_tb(error.__traceback__)
    there = [(Path(frame.filename), frame.lineno) for frame in passed]
    frames = [each for each in there if each[0].is_file() and not each[0].is_relative_to(OURS)]
    own = [frame for frame in frames if frame[0].is_relative_to(folder.resolve())]
    for path, line in reversed(own or frames):
        return f"{_short(str(path), folder)} line {line}"
    return ""


def _short(filename: str, folder: Path) -> str:
    path, base = Path(filename), folder.resolve()
    return str(path.relative_to(base)) if path.is_relative_to(base) else filename
