"""`settings_in`: what a file says, and nobody else."""

from pathlib import Path

import pytest

from gwproactor.testing.settings_file import settings_in

NODE = """
long_name = "d1.house"
short_name = "s"
ack_timeout_seconds = 3.0
paths.data_dir = "data"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(NODE)
    return path


def test_the_file_is_read_and_overrides_go_first(file: Path) -> None:
    settings = settings_in(file, overrides=["long_name=d2.house", "paths.log_dir=/log"])

    assert (settings.long_name, settings.short_name) == ("d2.house", "s")
    assert settings.paths.data_dir == file.parent / "data"
    assert settings.paths.log_dir == Path("/log")


def test_neither_the_environment_nor_an_env_file_says_anything(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROACTOR_ACK_TIMEOUT_SECONDS", "30")
    file.with_name(".env").write_text("PROACTOR_ACK_TIMEOUT_SECONDS=300\n")

    assert settings_in(file).ack_timeout_seconds == 3.0


def test_everything_that_is_wrong_is_told(file: Path) -> None:
    with pytest.raises(ValueError, match="short_name") as raised:
        settings_in(file, overrides=["short_name=a/b", "num_initial_event_reuploads=0"])

    assert "num_initial_event_reuploads" in str(raised.value)
