"""Makes the folder of a new project, and says what to do with it."""

from pathlib import Path
from typing import Final

import attrs

from gwproactor.app.project.names import ProjectName, checked_project_name
from gwproactor.app.project.template import project_files
from gwproactor.domain.outcome import Failure, Outcome, Success

# Who begins with a repository or an environment in the folder has not begun a project yet.
MAY_BE_THERE: Final = frozenset({".git", ".venv", "venv"})


@attrs.frozen
class BadFolder:
    """A folder in which no project can be made; `reason` says what to name instead."""

    reason: str


@attrs.frozen
class NotWritten:
    """A file or folder that could not be made, and why; what was made before is left there."""

    path: str
    reason: str


def make_project(folder: Path) -> Outcome[ProjectName, BadFolder | NotWritten]:
    """Write a project into *folder*, which is new or empty, and which names it."""
    checked = checked_project_name(folder.resolve().name)
    if isinstance(checked, Failure):
        return Failure(BadFolder(checked.failure()))
    name = checked.unwrap()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(entry.name not in MAY_BE_THERE for entry in folder.iterdir()):
            return Failure(BadFolder(f"{folder} is not empty: name a new or empty folder"))
        for place, text in project_files(name):
            path = folder / place
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        return Failure(NotWritten(str(error.filename or folder), error.strerror or str(error)))
    return Success(name)


def next_steps(folder: Path, name: ProjectName) -> str:
    """What there is now in *folder*, and how to see it work."""
    begin = [] if folder.resolve() == Path.cwd() else [f"cd {folder}"]
    parts = {
        "node.toml": "the node: names, brokers, links, folders",
        "parent.toml": "a parent to try it with",
        f"{name.package}/": "its actor, event, settings and container",
        "tests/": "tests, without a broker and without waiting",
        "README.md": "how to try, change and deploy it",
    }
    width = max(map(len, parts))
    steps = [
        *begin,
        "pip install -e '.[dev]'",
        "python -m pytest",
        "gwproactor broker",
        "gwproactor run parent.toml",
        "gwproactor run node.toml",
        "gwproactor events ls var/parent/received.sqlite --newest",
    ]
    return "\n".join(
        [
            f"{folder.resolve().name} is the project of a node:",
            "",
            *(f"  {part:{width}}  {what}" for part, what in parts.items()),
            "",
            "Try it; the broker and both nodes run until Ctrl-C, in a terminal each:",
            "",
            *(f"  {step}" for step in steps),
        ]
    )
