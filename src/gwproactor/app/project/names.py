"""What a project may be called: its package must be importable, and hide no other."""

import keyword
import re
import sys
from importlib.util import find_spec
from typing import Final

import attrs

from gwproactor.domain.outcome import Failure, Outcome, Success

# Longer names would make lines of the generated code too long.
NAME_CHARACTERS_MAX: Final = 40
NAME: Final = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
# What lies beside the package in a project.
TAKEN: Final = frozenset({"certs", "dist", "tests", "var", "venv"})


@attrs.frozen
class ProjectName:
    """`project` names the distribution and the service, `package` what Python imports."""

    project: str
    package: str


def checked_project_name(folder_name: str) -> Outcome[ProjectName, str]:
    """The names in a project whose folder is called *folder_name*, or why there can be none."""
    project = folder_name.lower()
    package = project.replace("-", "_")
    if not NAME.fullmatch(project):
        return Failure(
            f"{folder_name!r} cannot name a project: begin with a letter, and go on with letters "
            "and digits, with '-' or '_' between them, as in my-house"
        )
    if len(project) > NAME_CHARACTERS_MAX:
        return Failure(f"{folder_name!r} is too long: take {NAME_CHARACTERS_MAX} characters")
    owner = _owner(package)
    if owner:
        return Failure(f"{folder_name!r} cannot name a project: {owner}; take another name")
    return Success(ProjectName(project, package))


def _owner(package: str) -> str:
    if keyword.iskeyword(package):
        return f"{package!r} is a word of Python itself"
    if package in sys.stdlib_module_names:
        return f"{package!r} is a module of Python itself"
    if package in TAKEN:
        return f"a project has a folder {package!r} for something else"
    found = find_spec(package)
    # Without an origin it is any folder that lies in the current one.
    if found is not None and found.origin is not None:
        return f"a package {package!r} is installed here"
    return ""
