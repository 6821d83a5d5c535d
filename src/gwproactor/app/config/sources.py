"""The sources of settings: command line, variables, and a file. No fault shows a value."""

import itertools
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from pydantic_settings import EnvSettingsSource

from gwproactor.app.config.dotenv_file import read_lines
from gwproactor.app.config.fault import Fault
from gwproactor.app.config.layers import Keys, Leaf, Naming, Origin, depth_of, dotted, flat
from gwproactor.app.config.shape import annotations_at, resolved
from gwproactor.app.config.text_file import TextFiles
from gwproactor.app.config.unknown import doubtful_by, unknown_text
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.settings.variables import NotJSONError, declared, said_by

OVERRIDES = Naming("--set", dotted, between=" ")

# Tables and lists inside each other; more can only be a mistake, on which others would stumble.
DEPTH_MAX = 32
TOO_DEEP = f"has more than {DEPTH_MAX} tables and lists inside each other"


@attrs.frozen
class Said:
    """What a source says, and what of it cannot be understood."""

    leaves: tuple[Leaf, ...] = ()
    faults: tuple[Fault, ...] = ()
    doubtful: tuple[Keys, ...] = ()  # settings about which something is said by these faults
    is_unreadable: bool = False  # as a whole: what is missing may be in it


def file_naming(file: Path) -> Naming:
    return Naming(str(file), dotted)


def variable_naming(source: str, kind: type[ProactorSettings]) -> Naming:
    prefix = kind.model_config.get("env_prefix", "")
    delimiter = kind.model_config.get("env_nested_delimiter") or "__"
    return Naming(source, lambda path: f"{prefix}{delimiter.join(path)}".upper())


def of_file(kind: type[ProactorSettings], file: Path, files: TextFiles) -> Said:
    """What the TOML in *file* says."""
    naming = file_naming(file)
    text = files.text(file)
    if isinstance(text, Fault):
        return Said(faults=(text,), is_unreadable=True)
    tree = _parsed(text)
    if isinstance(tree, str):
        return Said(faults=(Fault(str(file), tree),), is_unreadable=True)
    tree = resolved(tree, kind, file.absolute().parent)
    return Said(tuple(Leaf(path, value, naming.origin(dotted(path))) for path, value in flat(tree)))


def _parsed(text: str) -> dict[str, Any] | str:
    """The tables of *text*, or why there are none."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return f"this is not TOML: {_lowered(str(error))}"
    except ValueError:  # of Python, which bounds the digits of a number
        return "this is not TOML: a number has too many digits"
    except RecursionError:
        return TOO_DEEP
    return tree if depth_of(tree) <= DEPTH_MAX else TOO_DEEP


def of_environment(kind: type[ProactorSettings], environ: Mapping[str, str]) -> Said:
    """What the variables of *environ* say."""
    naming = variable_naming("environment", kind)
    given = [(name, value, naming.origin(name)) for name, value in environ.items()]
    return _of_variables(kind, EnvSettingsSource(kind), given)


def dotenv_beside(file: Path) -> Path | None:
    """The `.env` file in the folder of *file*, if there is one, or a link to what is not there."""
    found = file.parent / ".env"
    # Not so if the folder cannot be searched, which is told of *file*.
    return found if os.path.lexists(found) else None


def of_dotenv(
    kind: type[ProactorSettings], file: Path, environ: Mapping[str, str], files: TextFiles
) -> Said:
    """What the variables in *file* say, of which `${NAME}` may be one of *environ*."""
    text = files.text(file)
    if isinstance(text, Fault):
        return Said(faults=(text,), is_unreadable=True)
    naming = variable_naming(str(file), kind)
    lines = read_lines(text, environ)
    unread = tuple(
        Fault(f"{file} line {line.number}", "is not understood: write NAME=VALUE")
        for line in lines
        if line.name is None
    )
    given = [
        (line.name, line.value, naming.origin(line.name, line.number))
        for line in lines
        if line.name is not None
    ]
    said = _of_variables(kind, EnvSettingsSource(kind), given)
    return attrs.evolve(said, faults=unread + said.faults)


def of_secrets(kind: type[ProactorSettings], folder: Path, files: TextFiles) -> Said:
    """What the files in *folder* say, each named as a variable."""
    naming = variable_naming(str(folder), kind)
    given: list[tuple[str, str | None, Origin]] = []
    faults = []
    try:
        found = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        return Said(faults=(Fault(str(folder), f"cannot be read: {error.strerror}"),))
    for file in found:
        text = files.text(file)
        if isinstance(text, Fault):
            faults.append(text)
        else:
            given.append((file.name, text.strip(), naming.origin(file.name)))
    said = _of_variables(kind, EnvSettingsSource(kind), given)
    return attrs.evolve(said, faults=tuple(faults) + said.faults)


def of_overrides(kind: type[ProactorSettings], overrides: Sequence[str]) -> Said:
    """What the command line says: each name as it is in a file, each value as a variable has it."""
    given, faults = [], []
    for number, text in enumerate(overrides, start=1):
        name, equals, value = text.partition("=")
        name = name.strip()
        if name and equals:
            given.append((name, value.strip(), OVERRIDES.origin(name)))
        else:
            # Not shown: what was meant as a value may be a secret.
            faults.append(
                Fault(f"--set number {number}", "write NAME=VALUE, as in ack_timeout_seconds=3")
            )
    reader = EnvSettingsSource(kind, case_sensitive=True, env_prefix="", env_nested_delimiter=".")
    said = _of_named(kind, reader, given)
    return attrs.evolve(said, faults=tuple(faults) + said.faults)


def _of_variables(
    kind: type[ProactorSettings],
    reader: EnvSettingsSource,
    given: Iterable[tuple[str, str | None, Origin]],
) -> Said:
    # A name that is given twice counts the second time.
    latest = {name: (name, value, origin) for name, value, origin in given}
    ours = dict(declared(reader, {name: value for name, value, _ in latest.values()}))
    return _of_named(kind, reader, [latest[name] for name in ours])


def _of_named(
    kind: type[ProactorSettings],
    reader: EnvSettingsSource,
    given: Iterable[tuple[str, str | None, Origin]],
) -> Said:
    leaves: dict[str, list[Leaf]] = {}
    faults: list[Fault] = []
    doubtful: list[Keys] = []
    for name, value, origin in given:
        keys = _keys(reader, name)
        if value is None:
            faults.append(Fault(origin.place, "has no value: write NAME=VALUE"))
            continue
        try:
            tree = said_by(reader, {name: value}) if len(keys) <= DEPTH_MAX else {}
        except NotJSONError as error:
            text = str(error).removeprefix(f"{name}: ")
            faults.append(Fault(origin.place, f"{text}; or set its parts one by one"))
            doubtful.append(keys)
            continue
        if len(keys) > DEPTH_MAX or depth_of(tree) > DEPTH_MAX:
            faults.append(Fault(origin.place, TOO_DEEP))
            continue
        if not tree and value.strip() == "null" and annotations_at(kind, keys):
            leaves[name] = [Leaf(keys, None, origin)]
            continue
        leaves[name] = [
            Leaf(path, each, attrs.evolve(origin, inside=path[len(keys) :]))
            for path, each in flat(tree)
        ]
        if not tree and kind.model_config.get("extra") == "forbid":
            faults.append(Fault(origin.place, unknown_text(kind, keys, origin.naming)))
            doubtful.append(doubtful_by(kind, keys))
    # What a part is given by a name of its own goes before what the whole says of it.
    by_depth = (leaves[name] for name in sorted(leaves, key=len))
    leaves_in_order = tuple(itertools.chain.from_iterable(by_depth))
    return Said(leaves_in_order, tuple(faults), tuple(doubtful))


def _keys(reader: EnvSettingsSource, name: str) -> Keys:
    rest = name[len(reader.env_prefix) :]
    plain = rest if reader.case_sensitive else rest.lower()
    return tuple(plain.split(reader.env_nested_delimiter or "__"))


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
