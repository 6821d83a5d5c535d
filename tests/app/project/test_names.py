"""What a project may be called."""

import pytest

from gwproactor.app.project.names import NAME_CHARACTERS_MAX, ProjectName, checked_project_name
from gwproactor.domain.outcome import Failure, Success

LONGEST = "h" * NAME_CHARACTERS_MAX
NO_NAME = (
    "cannot name a project: begin with a letter, and go on with letters and digits, with '-' or "
    "'_' between them, as in my-house"
)


@pytest.mark.parametrize(
    ("folder", "project", "package"),
    [
        ("h", "h", "h"),
        ("my-house", "my-house", "my_house"),
        ("my_house2", "my_house2", "my_house2"),
        ("MyHouse", "myhouse", "myhouse"),
        ("match", "match", "match"),  # a word of Python in some places only
        (LONGEST, LONGEST, LONGEST),
    ],
)
def test_a_folder_names_its_project_and_package(folder: str, project: str, package: str) -> None:
    assert checked_project_name(folder) == Success(ProjectName(project, package))


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("", f"'' {NO_NAME}"),
        ("2houses", f"'2houses' {NO_NAME}"),
        ("my.house", f"'my.house' {NO_NAME}"),
        ("my house", f"'my house' {NO_NAME}"),
        ("my--house", f"'my--house' {NO_NAME}"),
        ("-house", f"'-house' {NO_NAME}"),
        ("house-", f"'house-' {NO_NAME}"),
        ("_house", f"'_house' {NO_NAME}"),
        ("house\n", f"'house\\n' {NO_NAME}"),
        ("häuser", f"'häuser' {NO_NAME}"),
        (LONGEST + "h", f"'{LONGEST}h' is too long: take {NAME_CHARACTERS_MAX} characters"),
        (
            "class",
            "'class' cannot name a project: 'class' is a word of Python itself; take another name",
        ),
        (
            "Signal",
            "'Signal' cannot name a project: 'signal' is a module of Python itself; "
            "take another name",
        ),
        (
            "tests",
            "'tests' cannot name a project: a project has a folder 'tests' for something else; "
            "take another name",
        ),
        (
            "prometheus-client",
            "'prometheus-client' cannot name a project: a package 'prometheus_client' is "
            "installed here; take another name",
        ),
        (
            "gwproactor",
            "'gwproactor' cannot name a project: a package 'gwproactor' is installed here; "
            "take another name",
        ),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_with_the_reason(folder: str, why: str) -> None:
    assert checked_project_name(folder) == Failure(why)
