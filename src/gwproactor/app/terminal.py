"""What the event commands write: data to stdout, what is said about it to stderr.

On a terminal data is a table; elsewhere lines of columns that are separated by tabs.
"""

import contextlib
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from gwproactor.adapters.codec.json_text import write_json
from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.app.output import UNUSABLE_CODE, explained_output
from gwproactor.domain.message import Json

T = TypeVar("T")

# A table is laid out as a whole; more rows at once only take memory.
TABLE_ROWS: Final = 500


@contextlib.contextmanager
def explained_errors() -> Iterator[None]:
    """Trouble with files ends the command with one line; so does a reader that went away."""
    if sys.stdout is None:  # so it is where a shell closed it
        note("stdout is closed: open it, or send it to /dev/null")
        raise typer.Exit(UNUSABLE_CODE)
    try:
        with explained_output():
            yield
    except MediumError as error:
        note(str(error))
        raise typer.Exit(UNUSABLE_CODE) from None
    except OSError as error:
        note(f"{error.filename or 'the output'}: {error.strerror}")
        raise typer.Exit(UNUSABLE_CODE) from None


def note(text: str) -> None:
    """A line to the person, on stderr."""
    typer.echo(printable(text), err=True)


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def write_lines(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


def write_json_lines(objects: Iterable[Json]) -> None:
    write_lines(write_json(each).decode() for each in objects)


def write_rows(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()
) -> None:
    """*right* names the headings of the numbers. Off a terminal there are no headings."""
    if not is_terminal():
        write_lines("\t".join(map(printable, row)) for row in rows)
        return
    console, rest = Console(highlight=False), iter(rows)
    while part := list(itertools.islice(rest, TABLE_ROWS)):
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in headings:
            is_number = heading in right
            table.add_column(heading, justify="right" if is_number else "left", no_wrap=is_number)
        for row in part:
            table.add_row(*(Text(printable(cell), overflow="fold") for cell in row))
        console.print(table)


def tracked(items: Iterable[T], what: str, total: Callable[[], int]) -> Iterator[T]:
    """*items*, with a bar on stderr if that is a terminal; only then *total* is asked."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from items
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=total(), description=what)


def printable(text: str) -> str:
    """*text* without what could move a terminal's cursor or split a line."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
