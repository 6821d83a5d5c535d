"""Finding the class of a container: every way in which it is not found, in words."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gwproactor import Failure, ProactorContainer, Success
from gwproactor.app.node_file.container_class import container_class

NUMBERS = itertools.count()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A name that no module has yet, not even one of another test."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    name = f"deployment_{next(NUMBERS)}"
    yield name
    for each in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[each]


def fault_of(named: str, folder: Path) -> str:
    found = container_class(named, folder)
    assert isinstance(found, Failure), found
    return found.failure()


def test_without_a_name_it_is_the_container_of_a_node_without_actors(tmp_path: Path) -> None:
    assert container_class("", tmp_path) == Success(ProactorContainer)


def test_a_class_is_found_in_a_package_beside_the_file(tmp_path: Path, module: str) -> None:
    (tmp_path / module).mkdir()
    (tmp_path / module / "node.py").write_text(
        "from gwproactor import ProactorContainer\nclass House(ProactorContainer): pass\n"
    )
    match container_class(f"{module}.node:House", tmp_path):
        case Success(found):
            assert (found.__name__, issubclass(found, ProactorContainer)) == ("House", True)
        case Failure(text):
            pytest.fail(text)


def test_a_module_beside_the_file_goes_before_an_installed_one(
    tmp_path: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{module}.py").write_text("")
    (tmp_path / f"{module}.py").write_text(
        "from gwproactor import ProactorContainer\nclass House(ProactorContainer): pass\n"
    )
    monkeypatch.syspath_prepend(elsewhere)
    assert isinstance(container_class(f"{module}:House", tmp_path), Success)


@pytest.mark.parametrize(
    "named", ["house", "house:", ":House", "house/node:House", "a:b:c", "a b:C"]
)
def test_a_name_has_a_form(named: str, tmp_path: Path) -> None:
    assert fault_of(named, tmp_path) == (
        f"{named!r} is not of the form MODULE:CLASS, as house.node:HouseContainer"
    )


def test_a_module_that_is_nowhere_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    assert fault_of("no_such_house:House", tmp_path) == (
        f"there is no module 'no_such_house', neither in {tmp_path} nor among the installed "
        "packages"
    )


def test_a_missing_part_of_a_package_is_told_with_its_whole_name(
    tmp_path: Path, module: str
) -> None:
    (tmp_path / module).mkdir()
    assert fault_of(f"{module}.nodes:House", tmp_path) == (
        f"there is no module '{module}.nodes', neither in {tmp_path} nor among the installed "
        "packages"
    )


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import serialx\n", "ModuleNotFoundError: No module named 'serialx' ({file} line 1)"),
        ("\nx = 1 / 0\n", "ZeroDivisionError: division by zero ({file} line 2)"),
        ("\n\ndef f(:\n", "SyntaxError: invalid syntax ({file} line 3)"),
        ("raise LookupError\n", "LookupError ({file} line 1)"),
        ("raise LookupError('two\\n  lines')\n", "LookupError: two lines ({file} line 1)"),
        (
            "import json\njson.loads('{')\n",
            "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 "
            "(char 1) ({file} line 2)",
        ),
        (
            "from gwproactor import ProactorContainer\nfrom dependency_injector import providers\n"
            "class House(ProactorContainer):\n    clock = providers.Object(None)\n",
            "TypeError: House redefines clock of ProactorContainer, which would not reach the "
            "providers that use it: replace it by keyword, as in assemble(settings, House, "
            "clock=...) ({file} line 3)",
        ),
        (
            "class Stop(BaseException): pass\nraise Stop('no broker')\n",
            "Stop: no broker ({file} line 2)",
        ),
        (
            "class Mute(Exception):\n    def __str__(self): raise LookupError\nraise Mute\n",
            "Mute: its text cannot be made, for that raises LookupError ({file} line 3)",
        ),
        (
            "import sys\nsys.exit(130)\n",
            "SystemExit: 130 ({file} line 2); a module that runs something must do so below "
            '`if __name__ == "__main__":`',
        ),
        (
            "import sys\nsys.exit('no broker')\n",
            "SystemExit: no broker ({file} line 2); a module that runs something must do so below "
            '`if __name__ == "__main__":`',
        ),
    ],
)
def test_a_module_that_cannot_be_imported_is_told_with_file_and_line(
    source: str, says: str, tmp_path: Path, module: str
) -> None:
    (tmp_path / f"{module}.py").write_text(source)

    fault = fault_of(f"{module}:House", tmp_path)

    assert fault == f"{module!r} cannot be imported: {says.format(file=f'{module}.py')}"


def test_a_signal_that_comes_during_the_import_ends_the_command(
    tmp_path: Path, module: str
) -> None:
    (tmp_path / f"{module}.py").write_text(
        "from gwproactor.app.ended import EndedBySignal\nraise EndedBySignal(130)\n"
    )
    with pytest.raises(SystemExit, match="130"):
        container_class(f"{module}:House", tmp_path)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "there is no class 'House' in '{module}'"),
        (
            "from gwproactor import ProactorContainer\nclass Hut(ProactorContainer): pass\n"
            "class Barn(ProactorContainer): pass\n",
            "there is no class 'House' in '{module}'; its containers are: Hut, Barn",
        ),
        ("class House: pass\n", "'House' in '{module}' is no subclass of ProactorContainer"),
        ("House = 7\n", "'House' in '{module}' is no subclass of ProactorContainer"),
        (
            "def __getattr__(name):\n    raise LookupError(name)\n",
            "'House' in '{module}' cannot be had: LookupError: House ({module}.py line 2)",
        ),
        (
            "from gwproactor import ProactorContainer\n"
            "class House(ProactorContainer):\n    settings_class = int\n",
            "the settings_class of 'House' in '{module}' is no subclass of ProactorSettings",
        ),
    ],
)
def test_a_class_that_is_no_container_is_told(
    source: str, says: str, tmp_path: Path, module: str
) -> None:
    (tmp_path / f"{module}.py").write_text(source)
    assert fault_of(f"{module}:House", tmp_path) == says.format(module=module)
