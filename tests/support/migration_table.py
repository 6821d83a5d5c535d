"""Reads `docs/migration.md`: what each name of the original library is here."""

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

DOCUMENT = Path(__file__).parents[2] / "docs" / "migration.md"

HEADER = "| 1.0 | | here |"
# Of tables that tell of other names: types, those of 4.1, and what an actor takes from where.
OTHER_HEADERS = ("| 1.0 | here |", "| 4.1 | here |", "| an actor that used | takes | from |")
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^\]]+\]\(([^)#]*)(#[\w-]+)?\)")
OF_A_PARAMETER = "↳ "


@attrs.define
class Row:
    """`name` is the reference's, with the names of its parameters; `is_same` says that it is called
    as there; `text` is what to write.
    """

    name: str
    is_same: bool
    text: str
    parameters: "dict[str, Row]" = attrs.Factory(dict)

    @property
    def codes(self) -> list[str]:
        return CODE.findall(self.text)

    @property
    def links(self) -> list[tuple[str, str]]:
        return LINK.findall(self.text)


def rows(text: str) -> Iterator[tuple[str, Row]]:
    """Each row with the heading that it stands under; those of parameters, of which one may
    name several, are in that of their call.

    Raises ValueError for a row that cannot be read, and for a second row of a parameter.
    """
    found: list[tuple[str, Row]] = []
    for section, line in _table_lines(text, HEADER):
        row = _row(line)
        if not row.name.startswith(OF_A_PARAMETER):
            found.append((section, attrs.evolve(row, name=row.name.strip("`"))))
            continue
        for name in CODE.findall(row.name):
            if not found or name in found[-1][1].parameters:
                raise ValueError(f"no place for the row of a parameter: {line}")
            found[-1][1].parameters[name] = attrs.evolve(row, name=name)
    yield from found


def others(text: str) -> Iterator[Row]:
    """The rows of the other tables, one for each name in their first column."""
    for header in OTHER_HEADERS:
        for _, line in _table_lines(text, header):
            names, *here = _cells(line, header.count("|") - 1)
            for name in CODE.findall(names):
                yield Row(name, is_same=False, text=" ".join(here))


def _row(line: str) -> Row:
    name, how, text = _cells(line, 3)
    if how not in ("same", "instead"):
        raise ValueError(f"neither same nor instead: {line}")
    return Row(name, how == "same", text)


def _cells(line: str, count: int) -> list[str]:
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    if len(cells) != count:
        raise ValueError(f"not {count} cells: {line}")
    return cells


def _table_lines(text: str, header: str) -> Iterator[tuple[str, str]]:
    """The lines of all tables with *header*, each with the heading above it."""
    section, is_inside = "", False
    for line in text.splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        if line == header:
            is_inside = True
        elif not line.startswith("|"):
            is_inside = False
        elif is_inside and not line.startswith("|---"):
            yield section, line
