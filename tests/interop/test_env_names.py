"""Env files of the original: each name is read, but for those that docs/migration.md renames."""

import json
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from gwproactor import MQTTClient, ProactorSettings
from tests.support.migration_table import DOCUMENT
from tests.support.original_peer import PYTHON

SCRIPT: Final = Path(__file__).with_name("original_env.py")
RENAMED: Final = dict(
    re.findall(r"^\| `(SCADA_\w+)` \| `(SCADA_\w+)` \|$", DOCUMENT.read_text(), re.M)
)


class ScadaSettings(ProactorSettings):
    """One client, as with the original."""

    model_config = SettingsConfigDict(env_prefix="SCADA_")

    local_mqtt: MQTTClient = MQTTClient()


def settings() -> ScadaSettings:
    return ScadaSettings(long_name="d1.scada", short_name="s")


@pytest.fixture
def original(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """All names of the original, each with its default, which is in the environment now."""
    assert PYTHON.exists(), "the original is not there: run `python3 dev interop`"
    told: dict[str, str] = json.loads(subprocess.check_output([PYTHON, "-I", SCRIPT], text=True))
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return told


def test_the_names_that_are_refused_are_those_that_the_table_renames(
    original: dict[str, str],
) -> None:
    with pytest.raises(ValidationError) as refused:
        settings()

    places = {"__".join(map(str, each["loc"])).upper() for each in refused.value.errors()}
    assert {f"SCADA_{place}" for place in places} == RENAMED.keys()
    assert len(original) > len(RENAMED) == 4


def test_all_are_read_under_the_names_of_the_table(
    original: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, here in RENAMED.items():
        monkeypatch.delenv(name)
        monkeypatch.setenv(here, original[name])

    found = settings()

    assert (found.ack_timeout_seconds, found.num_initial_event_reuploads) == (5.0, 5)
    assert (found.mqtt_link_poll_seconds, found.un_acked_events_max) == (60.0, 50)
    assert (found.local_mqtt.effective_port(), found.local_mqtt.username) == (8883, "")
    assert str(found.paths.log_dir) == original["SCADA_PATHS__LOG_DIR"]
    assert found.logging == ProactorSettings(long_name="a", short_name="a").logging
