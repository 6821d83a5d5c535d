"""Settings of a deployment: their tables are as strict as ours, and their checks may fail."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from gwproactor import SettingsPart
from gwproactor.app.config.deployed import load_deployment
from gwproactor.app.config.load import load_settings
from gwproactor.app.config.show import effective
from gwproactor.app.settings import MQTTClient, ProactorSettings
from gwproactor.domain.outcome import Failure, Success

FILE = Path("node.toml")
NAMES = 'long_name = "d1.scada"\nshort_name = "s"\n'


class Table(BaseModel):
    host: str = ""
    port: int = Field(1, validation_alias="PortNumber")


class Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")
    host: str = ""


class Strict(SettingsPart):
    host: str = ""


class OwnSettings(ProactorSettings):
    db: Table = Table()
    perhaps: Table | None = None
    more: Mapping[str, Table] = Field(default_factory=dict)
    rooms: tuple[Table, ...] = ()
    loose: Loose = Loose()
    strict: Strict = Strict()
    anything: dict[str, Any] = Field(default_factory=dict)
    either: Table | dict[str, int] = Field(default_factory=dict)


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def told(toml: str, kind: type[ProactorSettings] = OwnSettings, **environ: str) -> str:
    FILE.write_text(NAMES + toml)
    match load_settings(kind, FILE, environ=environ):
        case Success():
            return "nothing"
        case Failure(refused):
            return str(refused)


def shown_of(kind: type[ProactorSettings]) -> dict[str, str]:
    return {row.name: row.text for row in effective(load_settings(kind, FILE, environ={}).unwrap())}


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ('db.hots = "x"', "db.hots: unknown name; did you mean db.host?"),
        ('strict.hots = "x"', "strict.hots: unknown name; did you mean strict.host?"),
        ('perhaps.hots = "x"', "perhaps.hots: unknown name; did you mean perhaps.host?"),
        ('more.a.hots = "x"', "more.a.hots: unknown name; did you mean more.a.host?"),
        ("rooms = [{}, {hots = 1}]", "rooms: number 2: hots: unknown name; did you mean host?"),
        ("rooms = [{zz = 1}]", "rooms: number 1: zz: unknown name"),
    ],
)
def test_a_misspelt_name_in_a_table_of_its_own_is_refused(toml: str, text: str) -> None:
    assert told(toml) == f"node.toml: {text}"


def test_a_variable_is_held_to_the_same() -> None:
    assert told("", PROACTOR_DB__HOTS="x") == (
        "environment: PROACTOR_DB__HOTS: unknown name; did you mean PROACTOR_DB__HOST?"
    )
    assert told("", PROACTOR_DB='{"hots": 1}') == (
        "environment: PROACTOR_DB: hots: unknown name; did you mean host?"
    )


@pytest.mark.parametrize(
    "toml",
    [
        "db.PortNumber = 3",
        "loose.hots = 1",
        "anything.a.b = 1",
        "either.hots = 1",
        "rooms = [{PortNumber = 3}]",
        "more.a = {}",
    ],
)
def test_what_is_known_or_meant_to_be_open_is_fine(toml: str) -> None:
    assert told(toml) == "nothing"


def test_a_variable_of_another_name_must_be_json_too() -> None:
    class Zoned(ProactorSettings):
        zones: tuple[str, ...] = Field((), validation_alias="TZS")

    assert told("", Zoned, TZS="x", LANG="C") == (
        "environment: TZS: is not JSON: Expecting value, line 1, column 1; or set its parts one by "
        "one"
    )


@pytest.mark.parametrize("error", [KeyError, RuntimeError, RecursionError, AttributeError])
def test_a_check_that_stumbles_is_a_fault(error: type[Exception]) -> None:
    class Rooms(ProactorSettings):
        rooms: int = 0

        @field_validator("rooms")
        @classmethod
        def _stumble(cls, rooms: int) -> int:
            raise error(f"no {rooms}")

    first, second = told("", Rooms, PROACTOR_RMS="1", PROACTOR_ROOMS="1").splitlines()

    assert first.startswith("environment: PROACTOR_RMS: unknown name; did you mean")
    name = f"{Rooms.__module__}:{Rooms.__qualname__}"
    assert second.startswith(f"{name}: {error.__name__}: ")
    assert "test_own_settings.py line " in second


def test_without_its_container_nobody_knows_the_brokers() -> None:
    """They may be fields of the class that is not found."""
    FILE.write_text(
        NAMES + 'container = "nothing:Here"\n[links.p]\nbroker = "far"\npeer_long_name = "a"\n'
        'peer_short_name = "a"\n'
    )
    (fault,) = load_deployment(FILE, environ={}).failure().faults

    assert fault.text.startswith("there is no module 'nothing'")


def test_what_reads_as_missing_is_not_taken_for_that() -> None:
    """A fault that says of itself that something is missing is told without the container, too."""

    class Missing(ProactorSettings):
        @model_validator(mode="after")
        def _complain(self) -> "Missing":
            raise ValueError("is missing: nothing")

    FILE.write_text(NAMES)
    (fault,) = load_settings(Missing, FILE, environ={}).failure().faults
    assert (fault.text, fault.is_missing) == ("is missing: nothing", False)
    FILE.write_text('short_name = "s"')
    (fault,) = load_settings(ProactorSettings, FILE, environ={}).failure().faults
    assert fault.is_missing


def test_bytes_that_are_no_text_can_be_shown() -> None:
    class Keyed(ProactorSettings):
        key: bytes = b"\xff\x00"
        admin: MQTTClient = MQTTClient(username="u", password=SecretStr("s3cret"))

    FILE.write_text(NAMES)
    shown = shown_of(Keyed)
    assert shown["key"] == "ff00"
    assert shown["logging.base_log_level"] == "WARNING"
    assert shown["admin.password"] == "**********"


def test_a_value_that_cannot_be_shown_is_told_so() -> None:
    class Keyed(ProactorSettings):
        keys: tuple[bytes, ...] = (b"\xff",)

    FILE.write_text(NAMES)

    assert shown_of(Keyed)["keys"] == "cannot be shown: UnicodeDecodeError"
