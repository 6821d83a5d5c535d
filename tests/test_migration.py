"""docs/migration.md tells of every name of the original's reference what it is here.

A "same" is imported and compared with what is documented; an "instead" names what is there.
"""

import abc
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pytest

import gwproactor
from tests.support.migration_table import DOCUMENT, Row, others, rows
from tests.support.named_things import headings_of, thing
from tests.support.reference_api import REFERENCE, Entry, Kind, entries
from tests.support.same_call import (
    entry_faults,
    evaluated,
    field_of,
    parameter_faults,
    parameters_of,
)
from tests.support.same_types import type_faults

FUNCTIONS = "Functions"
CAPITALISED = re.compile(r"\b[A-Z]\w+\b")
PARAMETER = re.compile(r"[a-z_]\w*")
# Types that the original takes from the standard library, `typing` and aiohttp, and keeps.
KNOWN_TYPES = {
    *("AbstractEventLoop", "Any", "Awaitable", "BaseException", "Callable", "Dict", "False"),
    *("List", "Logger", "LoggerAdapter", "Namespace", "None", "PathLike", "Queue", "Request"),
    *("Sequence", "StreamResponse", "True", "Tuple", "Type"),
}

Key = tuple[str, str]


def key_of(entry: Entry) -> Key:
    """The heading and the name under which the table tells of it."""
    if entry.owner:
        return entry.owner, entry.call
    return (entry.name if entry.kind is Kind.CLASS else FUNCTIONS), entry.call


REFERENCE_TEXT = REFERENCE.read_text(encoding="utf-8")
TEXT = DOCUMENT.read_text(encoding="utf-8")
ENTRIES: Mapping[Key, Entry] = {key_of(entry): entry for entry in entries(REFERENCE_TEXT)}
ROWS: list[tuple[Key, Row]] = [((section, row.name), row) for section, row in rows(TEXT)]
TOLD: Mapping[Key, Row] = dict(ROWS)


def row_faults(entry: Entry, row: Row) -> Iterator[str]:
    """What is wrong with what the table tells of *entry*."""
    if row.is_same:
        yield from same_faults(entry, row.text)
        if row.parameters:
            yield "is the same, so its parameters need no rows"
    else:
        yield from instead_faults(entry, row)
    for one in (row, *row.parameters.values()):
        yield from link_faults(one)


def same_faults(entry: Entry, told: str) -> Iterator[str]:
    """What keeps *entry* from being here under its name, as its row tells."""
    public = entry.owner or entry.name
    if public not in gwproactor.__all__:
        yield "is not public here"
        return
    top = getattr(gwproactor, public)
    if not entry.owner:
        yield from entry_faults(entry, None, top, told)
        return
    try:
        member = field_of(top, entry.name)
    except AttributeError:
        yield "is not there"
    else:
        yield from entry_faults(entry, top, member, told)


def instead_faults(entry: Entry, row: Row) -> Iterator[str]:
    if not row.codes and not row.links:
        yield "names nothing to write instead"
    found: list[object] = []
    for code in row.codes:
        try:
            found.append(thing(code))
        except LookupError as error:
            yield str(error)
    names = [one.name for one in entry.parameters or ()]
    if row.codes and row.codes[0] == entry.full_name and not entry.parameters:
        yield "names itself"
    if entry.value is not None and found and isinstance(found[0], Mapping):  # a `model_config`
        here = found[0].get(entry.name)
        if here != evaluated(entry.value):
            yield f"is {here!r}"
    if sorted(row.parameters) != sorted(names):
        yield f"tells of {list(row.parameters)}, but its parameters are {names}"
        return
    target = next(iter(found), None)
    for one in entry.parameters or ():
        told = row.parameters[one.name]
        if told.is_same:
            present = parameters_of(target).get(one.name.lstrip("*"))
            yield from parameter_faults(one, present, entry.described)
        else:
            yield from parameter_row_faults(told, target)


def parameter_row_faults(row: Row, target: object) -> Iterator[str]:
    """A parameter is another one of *target*, or something else, or told where a link leads."""
    if not row.codes and not row.links:
        yield f"{row.name}: names nothing to write instead"
    for code in row.codes:
        if PARAMETER.fullmatch(code) and callable(target) and code in parameters_of(target):
            continue
        try:
            thing(code)
        except LookupError as error:
            yield f"{row.name}: {error}"


def link_faults(row: Row) -> Iterator[str]:
    for file, heading in row.links:
        document = DOCUMENT.parent / file if file else DOCUMENT
        if not document.is_file():
            yield f"there is no {file}"
        elif heading and heading[1:] not in headings_of(document):
            yield f"{document.name} has no heading {heading}"


def test_every_name_of_the_reference_has_one_row() -> None:
    counts = Counter(key for key, _ in ROWS)

    assert [key for key in ENTRIES if counts[key] != 1] == []


def test_the_table_tells_of_no_other_names() -> None:
    assert [key for key, _ in ROWS if key not in ENTRIES] == []


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.full_name)
def test_what_the_table_says_of_it_is_so(entry: Entry) -> None:
    assert list(row_faults(entry, TOLD[key_of(entry)])) == []


def test_every_type_that_the_reference_names_is_told() -> None:
    named = {
        name
        for entry in ENTRIES.values()
        for text in (*entry.types, *(one.default or "" for one in entry.parameters or ()))
        for name in CAPITALISED.findall(re.sub(r"'[^']*'", "", text))
    }
    own = {entry.name for entry in ENTRIES.values() if entry.kind is Kind.CLASS}

    assert sorted(named - own - KNOWN_TYPES - {row.name for row in others(TEXT)}) == []


@pytest.mark.parametrize("row", list(others(TEXT)), ids=lambda row: row.name)
def test_what_is_written_for_other_names_is_there(row: Row) -> None:
    assert row.codes or row.links
    for code in row.codes:
        assert thing(code) is not None
    assert list(link_faults(row)) == []


# The tools: a table that is wrong is found out


def test_the_reference_is_read_whole() -> None:
    """Each definition stands on a line of its own; counted here by another rule."""
    loose = re.compile(r"^(abstract|async|class|classmethod|exception|property|gwproactor\.)\b")
    calls = re.compile(r"^\w+\([^()]*\)$|^\w+(: [\w\[\], |]+)? = |^\w+: \w")
    lines = [line.strip() for line in REFERENCE_TEXT.splitlines()]
    definitions = [line for line in lines if loose.match(line) or calls.match(line)]

    assert len(definitions) == len(list(entries(REFERENCE_TEXT))) == 200


CONNECTED = "| `connected(client)` | instead | `LinkPublisher.link_state` |"
TABLE = """
## {section}

| 1.0 | | here |
|---|---|---|
{lines}
"""


def faults_of(section: str, *lines: str) -> list[str]:
    """Those of the one entry that the table of *section* tells of."""
    [(found, row)] = rows(TABLE.format(section=section, lines="\n".join(lines)))
    return list(row_faults(ENTRIES[found, row.name], row))


@pytest.mark.parametrize(
    ("section", "lines", "fault"),
    [
        ("Proactor", ["| `send(message)` | same | |"], "is not there"),
        ("Communicator", ["| `Communicator(name, services)` | same | |"], "takes name by position"),
        ("MQTTClients", ["| `stop()` | same | |"], "is not public here"),
        ("ProactorLogger", ["| `path_enabled` | instead | |"], "names nothing to write instead"),
        ("AsyncQueueWriter", ["| `put(item)` | same | bounded |"], "which is not told"),
        ("Proactor", ["| `stop()` | instead | `Proactor.stop` |"], "names itself"),
        ("MQTTClients", ["| `stop()` | instead | `Proactor.halt` |"], "there is no halt"),
        ("MQTTClients", ["| `stop()` | instead | `assemble(hat=1)` |"], "it takes no hat"),
        ("MQTTClients", ["| `stop()` | instead | `gwproactor fly` |"], "there is no such command"),
        ("MQTTClients", ["| `stop()` | instead | [x](no.md) |"], "there is no no.md"),
        ("MQTTClients", ["| `stop()` | instead | [x](web.md#no) |"], "web.md has no heading #no"),
        ("MQTTClients", [CONNECTED, "| ↳ `client` | same | |"], "has no parameter client"),
        (
            "MQTTClients",
            [CONNECTED, "| ↳ `client` | instead | `link` |"],
            "client: nothing is called link",
        ),
    ],
)
def test_a_wrong_row_is_found(section: str, lines: list[str], fault: str) -> None:
    found = faults_of(section, *lines)

    assert any(fault in one for one in found), found


def test_a_value_that_is_configured_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "| `env_prefix` | instead | `ProactorSettings.model_config` |"
    assert faults_of("ProactorSettings", line) == []

    monkeypatch.setitem(gwproactor.ProactorSettings.model_config, "env_prefix", "P_")

    assert faults_of("ProactorSettings", line) == ["is 'P_'"]


class Valve(abc.ABC):
    """Forgets to be abstract, and asks for too much."""

    count: int | None

    def stop(self) -> None:
        self.count = 0

    @abc.abstractmethod
    def turn(self, by: int, names: Sequence[str]) -> str | None: ...


@pytest.mark.parametrize(
    ("entry", "faults"),
    [
        (Entry(Kind.METHOD, "stop", "Valve", is_abstract=True), ["is not abstract"]),
        (Entry(Kind.METHOD, "stop", "Valve"), []),
        (Entry(Kind.METHOD, "turn", "Valve"), ["is abstract"]),
        (Entry(Kind.FIELD, "count", "Valve", types=["int"]), ["is None | int, not int"]),
        (Entry(Kind.FIELD, "count", "Valve", types=["float | None"]), []),
    ],
)
def test_what_is_abstract_and_of_which_type_is_compared(entry: Entry, faults: list[str]) -> None:
    member = getattr(Valve, entry.name, None)

    assert list(entry_faults(entry, Valve, member, "")) == faults


@pytest.mark.parametrize(
    ("described", "returns", "faults"),
    [
        ({"by": "int", "names": "list[str]"}, "str | None", []),
        ({"by": "bool"}, "str | None", ["by is int, not bool"]),
        ({"by": "int | None"}, "str | None", ["by is int, not int | None"]),
        ({"names": "list[int]"}, "str | None", ["names is Sequence[str], not list[int]"]),
        ({}, "str", ["answers None | str, not str"]),
        ({}, "None", ["answers None | str, which is not told"]),
    ],
)
def test_types_of_parameters_and_answers_are_compared(
    described: dict[str, str], returns: str, faults: list[str]
) -> None:
    entry = Entry(Kind.METHOD, "turn", "Valve", described=described, returns=returns)

    assert list(type_faults(entry, Valve.turn, "")) == faults


def test_a_right_row_is_no_fault() -> None:
    assert faults_of("MQTTClients", CONNECTED, "| ↳ `client` | instead | `link_name` |") == []


@pytest.mark.parametrize(
    "line",
    ["| `a` | gone | |", "| `a` | same |", "| ↳ `b` | same | |"],
)
def test_a_row_that_cannot_be_read_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape(line)):
        list(rows(TABLE.format(section="A", lines=line)))
