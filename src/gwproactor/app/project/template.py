"""The files of a new project, and what is filled in."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from gwproactor.app.project.names import ProjectName

# By its place in the project, the template. Those of code and of tools' settings end with .txt, or
# the tools of this library would take them for its own.
TEMPLATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "README.md": "README.md",
        "node.toml": "node.toml",
        "parent.toml": "parent.toml",
        "{{package}}/__init__.py": "package/init.py.txt",
        "{{package}}/container.py": "package/container.py.txt",
        "{{package}}/events.py": "package/events.py.txt",
        "{{package}}/load_meter.py": "package/load_meter.py.txt",
        "{{package}}/settings.py": "package/settings.py.txt",
        "tests/test_load_meter.py": "tests/test_load_meter.py.txt",
        "tests/test_node.py": "tests/test_node.py.txt",
        "{{project}}.service": "node.service",
        "pyproject.toml": "pyproject.toml.txt",
        ".gitignore": "gitignore",
    }
)


def project_files(name: ProjectName) -> Iterator[tuple[PurePosixPath, str]]:
    """Each file of the project *name*: where in its folder, and its text."""
    folder = files(__package__) / "templates"
    for place, template in TEMPLATES.items():
        text = folder.joinpath(template).read_text(encoding="utf-8")
        yield PurePosixPath(_filled(place, name)), _filled(text, name)


def _filled(text: str, name: ProjectName) -> str:
    return text.replace("{{project}}", name.project).replace("{{package}}", name.package)
