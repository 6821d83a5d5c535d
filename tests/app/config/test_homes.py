"""Folders below the home of who runs the node, which need not be known, and may be named."""

from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from gwproactor.app.config.load import load_settings
from gwproactor.app.config.show import effective
from gwproactor.app.settings import Paths, ProactorSettings

OVERRIDES = ("long_name=d1.scada", "short_name=s")
FOLDERS = ("data_dir", "config_dir", "log_dir")


@pytest.fixture(autouse=True)
def _no_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    for home in ("DATA", "STATE", "CONFIG"):
        monkeypatch.delenv(f"XDG_{home}_HOME", raising=False)


@pytest.fixture
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(path: Path) -> Path:
        if path.parts[:1] == ("~",):
            raise RuntimeError("Could not determine home directory.")
        return path

    # As of a user id that has no entry, which only root can take on.
    monkeypatch.setattr(Path, "expanduser", unknown)


@pytest.mark.usefixtures("_no_home")
def test_a_home_is_not_needed_if_all_folders_are_given() -> None:
    given = [f"paths.{name}=/srv/{name}" for name in FOLDERS]
    settings = (
        load_settings(ProactorSettings, None, environ={}, overrides=(*OVERRIDES, *given))
        .unwrap()
        .settings
    )
    assert settings.paths.certs_dir == Path("/srv/config_dir/certs")


@pytest.mark.usefixtures("_no_home")
def test_an_xdg_folder_is_as_good_as_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for home in ("DATA", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{home}_HOME", f"/srv/{home}")

    settings = ProactorSettings(long_name="d1.scada", short_name="s")
    assert settings.paths.data_dir == Path("/srv/DATA/gridworks/scada")


@pytest.mark.usefixtures("_no_home")
def test_a_folder_that_needs_a_home_that_is_not_known_is_refused() -> None:
    overrides = (*OVERRIDES, "paths.config_dir=/etc/house", "brokers.local.password_file=~/x")
    found = load_settings(ProactorSettings, None, environ={}, overrides=overrides).failure()
    text = "who runs the node has no home folder: set HOME"

    assert str(found).splitlines() == [
        "--set brokers.local.password_file: there is no folder ~: write an absolute path, or set "
        "HOME",
        f"default: paths.data_dir: {text}, XDG_DATA_HOME or paths.data_dir",
        f"default: paths.log_dir: {text}, XDG_STATE_HOME or paths.log_dir",
    ]


@pytest.mark.usefixtures("_no_home")
def test_no_folder_is_made_of_a_home_that_is_not_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="set HOME"):
        Paths(config_dir=tmp_path, log_dir=tmp_path).mkdirs()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_the_environment_names_for_all_is_shown_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")  # which does not count
    monkeypatch.setenv("XDG_CONFIG_HOME", "/srv/config")
    overrides = (*OVERRIDES, "paths.config_home=/srv/config")
    loaded = load_settings(ProactorSettings, None, environ={}, overrides=overrides).unwrap()
    shown = {row.name: (row.value, row.source) for row in effective(loaded)}

    assert shown["paths.data_home"] == ("/srv/data", "environment: XDG_DATA_HOME")
    assert shown["paths.data_dir"] == ("/srv/data/gridworks/scada", "default")
    assert shown["paths.state_home"] == (str(tmp_path / ".local/state"), "default")
    assert shown["paths.config_home"] == ("/srv/config", "--set")
    assert loaded.place("paths", "data_home") == "environment: XDG_DATA_HOME"


def test_a_variable_in_small_letters_is_shown_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("proactor_short_name=s\n")
    Path("node.toml").write_text('long_name = "d1"\n')
    loaded = load_settings(ProactorSettings, Path("node.toml"), environ={}).unwrap()

    assert loaded.source("short_name") == ".env line 1: proactor_short_name"
    assert loaded.source("long_name") == "node.toml"


def test_a_variable_is_shown_by_its_name_without_a_prefix_too() -> None:
    class Bare(ProactorSettings):
        model_config = SettingsConfigDict(env_prefix="")

    environ = {"long_name": "d1", "SHORT_NAME": "s"}
    loaded = load_settings(Bare, None, environ=environ).unwrap()

    assert loaded.source("long_name") == "environment: long_name"
