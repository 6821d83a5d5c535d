"""A `.env` file, with the line of each name. Parsed as by python-dotenv, which pydantic uses."""

import io
from collections.abc import Mapping

import attrs
from dotenv.parser import parse_stream
from dotenv.variables import parse_variables


@attrs.frozen
class Line:
    """What is set, and on which line it begins; no name: the line is not understood."""

    number: int
    name: str | None
    value: str | None = attrs.field(repr=False)  # None: nothing is set, there is no `=`


def read_lines(text: str, environ: Mapping[str, str]) -> list[Line]:
    """The settings in *text*, in which `${NAME}` is what NAME is above, or in *environ*."""
    known: dict[str, str | None] = dict(environ)
    lines = []
    for binding in parse_stream(io.StringIO(text)):
        # The blank lines before a setting are part of it.
        blank = binding.original.string[: -len(binding.original.string.lstrip()) or None]
        number = binding.original.line + blank.count("\n")
        if binding.error:
            lines.append(Line(number, None, None))
        elif binding.key is not None:
            value = binding.value
            if value is not None:
                value = "".join(atom.resolve(known) for atom in parse_variables(value))
            known[binding.key] = value
            lines.append(Line(number, binding.key, value))
    return lines
