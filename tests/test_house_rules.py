"""The rules about imports and time that ruff and import-linter cannot see."""

import ast
import itertools
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "gwproactor"
PYPROJECT = ROOT / "pyproject.toml"

# Of the standard library the core takes data types and pure functions, nothing that acts.
CORE_MAY_IMPORT = {
    "__future__",
    "abc",
    "attr",
    "attrs",
    "base64",
    "bisect",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "gwproactor",
    "hashlib",
    "heapq",
    "inspect",
    "itertools",
    "json",
    "math",
    "numbers",
    "operator",
    "re",
    "returns",
    "statistics",
    "string",
    "textwrap",
    "traceback",
    "types",
    "typing",
    "typing_extensions",
}
CORE_MAY_NOT_USE = re.compile(r"(open|print|input|(.*\.)?(date|datetime)\.(now|utcnow|today))")
# What nodes are used for is the business of deployments.
TRADE = re.compile(r"heat|pump|tank|thermostat|boiler|compressor|radiator", re.IGNORECASE)
# The Clock port has a `call_at` of its own.
APP_MAY_NOT_USE = re.compile(r".*\.call_later|.*loop(\(\))?\.(call_at|time)")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of every absolute import."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module
            case _:
                pass


def used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every name and attribute that is read, called or not."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                yield node.lineno, ast.unparse(node)
            case _:
                pass


def core_faults(source: str) -> Iterator[tuple[int, str]]:
    """Where the core reaches for a clock, a thread, a file, the network or a random number."""
    tree = ast.parse(source)
    for line, module in imported(tree):
        if module.partition(".")[0] not in CORE_MAY_IMPORT:
            yield line, f"imports {module}"
    for line, name in used(tree):
        if CORE_MAY_NOT_USE.fullmatch(name):
            yield line, f"uses {name}"


def app_faults(source: str) -> Iterator[tuple[int, str]]:
    """Where the shell goes past the Clock port; src/gwproactor/app/ruff.toml bans more."""
    for line, name in used(ast.parse(source)):
        if APP_MAY_NOT_USE.fullmatch(name):
            yield line, f"uses {name}"


def port_faults(source: str) -> Iterator[tuple[int, str]]:
    """Methods of a Protocol that a class which inherits it could forget unnoticed."""
    for owner in ast.walk(ast.parse(source)):
        if not isinstance(owner, ast.ClassDef) or "Protocol" not in map(base_name, owner.bases):
            continue
        for method in owner.body:
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                decorators = [ast.unparse(one) for one in method.decorator_list]
                if ast.unparse(method.body[-1]) == "..." and "abstractmethod" not in decorators:
                    yield method.lineno, f"{owner.name}.{method.name} does nothing"


def base_name(base: ast.expr) -> str:
    """Without type parameters."""
    return ast.unparse(base.value if isinstance(base, ast.Subscript) else base)


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (PACKAGE / folder).rglob("*.py"))


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def normal(distribution: str) -> str:
    """`typing_extensions` and `typing-extensions` name one distribution."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_core_touches_nothing_outside_itself() -> None:
    faults = [
        f"{place(path, line)}: {fault}"
        for path in files("domain", "ports")
        for line, fault in core_faults(path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


def test_a_method_of_a_port_is_abstract_or_does_something() -> None:
    """A class that inherits the port and forgets one is a TypeError, not silent."""
    faults = [
        f"{place(path, line)}: {fault}"
        for path in files("domain", "ports")
        for line, fault in port_faults(path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


def test_the_core_knows_no_trade() -> None:
    faults = [
        f"{place(path, number)}: {line.strip()}"
        for path in files("domain", "ports")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if TRADE.search(line)
    ]
    assert not faults, "\n".join(faults)


def test_the_shell_takes_its_time_from_the_clock_port() -> None:
    faults = [
        f"{place(path, line)}: {fault}"
        for path in files("app")
        for line, fault in app_faults(path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio",
        "import os.path",
        "from time import monotonic",
        "def f():\n    import random",
        "if TYPE_CHECKING:\n    import socket",
        "datetime.now(tz=UTC)",
        "open('x')",
    ],
)
def test_a_core_that_reaches_out_is_found(source: str) -> None:
    assert [line for line, _ in core_faults(source)] == [source.count("\n") + 1]


@pytest.mark.parametrize("base", ["Protocol", "Protocol[T]", "Runnable, Protocol"])
def test_a_port_that_could_be_forgotten_in_part_is_found(base: str) -> None:
    method = "    def stop(self): ..."
    kept = "    def close(self):\n        self.stop()"

    assert [line for line, _ in port_faults(f"class P({base}):\n{method}")] == [2]
    assert not list(port_faults(f"class P({base}):\n    @abstractmethod\n{method}\n{kept}"))


@pytest.mark.parametrize(
    "source",
    [
        "loop.call_later(1, f)",
        "asyncio.get_running_loop().call_at(1, f)",
        "self._loop.time()",
        "asyncio.get_running_loop().time()",
        "loop.time()",
        "Clock(now=loop.time)",
    ],
)
def test_a_shell_that_reads_the_loops_time_is_found(source: str) -> None:
    assert [line for line, _ in app_faults(source)] == [1]


def test_the_clock_port_may_be_asked_for_the_time() -> None:
    assert not list(app_faults("self._clock.time()\nclock.sleep(1)\nloop.call_soon(f)"))


def declared_distributions(pyproject: dict[str, Any]) -> set[str]:
    """What users get with the package, and with its extras."""
    project = pyproject["project"]
    extras = project["optional-dependencies"].values()
    requirements = [*project["dependencies"], *itertools.chain.from_iterable(extras)]
    return {normal(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements}


def test_every_package_that_is_imported_is_declared() -> None:
    """Hazard 35. The development environment has more installed than users will."""
    declared = declared_distributions(tomllib.loads(PYPROJECT.read_text(encoding="utf-8")))
    distributions = metadata.packages_distributions()
    faults = [
        f"{place(path, line)}: {top} is not in pyproject.toml"
        for path in files("")
        for line, module in imported(ast.parse(path.read_text(encoding="utf-8")))
        for top in [module.partition(".")[0]]
        if top not in sys.stdlib_module_names and top != "gwproactor"
        if not declared & {normal(name) for name in distributions.get(top, [])}
    ]
    assert not faults, "\n".join(faults)


def test_every_dependency_is_forbidden_to_the_core_or_allowed() -> None:
    """What comes new to the dependencies is no business of the core until somebody says so."""
    pyproject = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    contracts = {each["id"]: each for each in pyproject["tool"]["importlinter"]["contracts"]}
    declared = declared_distributions(pyproject)
    packages = {
        top
        for top, distributions in metadata.packages_distributions().items()
        if declared & {normal(name) for name in distributions}
    }
    named = {top for top in packages if top.isidentifier() and not top.startswith("_")}
    forbidden = set(contracts["frameworks"]["forbidden_modules"])
    assert named - CORE_MAY_IMPORT <= forbidden
