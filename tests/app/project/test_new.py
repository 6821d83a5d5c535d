"""`gwproactor new`: what it makes, and what it refuses."""

from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gwproactor.app.commands import app
from gwproactor.app.project.template import TEMPLATES


def new(folder: Path | str) -> Result:
    # As wide as needed, so that no message is wrapped.
    return CliRunner().invoke(app, ["new", str(folder)], env={"COLUMNS": "400"})


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_project_has_these_files_and_the_next_steps_are_said(tmp_path: Path) -> None:
    result = new(tmp_path / "houses" / "my-house")

    assert result.exit_code == 0, result.output
    assert files_in(tmp_path / "houses" / "my-house") == {
        ".gitignore",
        "README.md",
        "my-house.service",
        "my_house/__init__.py",
        "my_house/container.py",
        "my_house/events.py",
        "my_house/load_meter.py",
        "my_house/settings.py",
        "node.toml",
        "parent.toml",
        "pyproject.toml",
        "tests/test_load_meter.py",
        "tests/test_node.py",
    }
    assert f"cd {tmp_path}/houses/my-house\n  pip install -e '.[dev]'\n" in result.output


def test_nothing_is_left_to_be_filled_in(tmp_path: Path) -> None:
    new(tmp_path / "my-house")

    texts = [path.read_text() for path in (tmp_path / "my-house").rglob("*") if path.is_file()]
    assert [text for text in texts if "{{" in text or "}}" in text] == []


def test_every_template_is_used() -> None:
    folder = files("gwproactor.app.project") / "templates"
    assert isinstance(folder, Path)
    assert files_in(folder) == set(TEMPLATES.values())


def test_the_current_folder_is_taken_with_its_repository_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "my-house"
    (here / ".git").mkdir(parents=True)
    (here / "venv").mkdir()
    monkeypatch.chdir(here)
    result = new(".")

    assert result.exit_code == 0, result.output
    assert "cd " not in result.output
    assert (here / "my_house" / "container.py").is_file()


def test_a_folder_of_that_name_in_the_current_one_is_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "house").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)  # as in `python -m gwproactor`

    assert new("house").exit_code == 0


def test_a_folder_with_files_is_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    (folder / "notes").touch()
    result = new(folder)

    assert result.exit_code == 2
    assert f"{folder} is not empty: name a new or empty folder" in result.output
    assert files_in(folder) == {"notes"}


def test_a_bad_name_makes_no_folder(tmp_path: Path) -> None:
    result = new(tmp_path / "2-houses")

    assert result.exit_code == 2
    assert "Invalid value for DIR: '2-houses' cannot name a project" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "reason"), [("house", "File exists"), ("house/inner", "Not a directory")]
)
def test_what_cannot_be_written_is_named(place: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "house").touch()
    result = new(tmp_path / place)

    assert result.exit_code == 1
    assert result.output == f"{tmp_path / place}: {reason}\n"
