"""An env file that was written for the original library, and the settings classes of its users."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError, model_validator
from pydantic_settings import SettingsConfigDict, SettingsError

from gwproactor.app.config.load import load_settings
from gwproactor.app.settings import DEFAULT_BROKER, MQTTClient, ProactorSettings
from gwproactor.domain.outcome import Failure, Success

ORIGINAL = Path(__file__).parents[2] / "data" / "original.env"


class AdminClient(MQTTClient):
    enabled: bool = True


class ScadaSettings(ProactorSettings):
    """A field for each link, as with the original."""

    model_config = SettingsConfigDict(env_prefix="SCADA_")

    local_mqtt: MQTTClient = MQTTClient()
    gridworks_mqtt: MQTTClient = MQTTClient()
    admin: AdminClient = AdminClient(host="admin.local")

    @model_validator(mode="before")
    @classmethod
    def _name_of_the_node(cls, values: dict[str, Any]) -> dict[str, Any]:
        return cls.update_paths_name(values, "scada")


class LtnSettings(ProactorSettings):
    model_config = SettingsConfigDict(env_prefix="LTN_")

    scada_mqtt: MQTTClient = MQTTClient()


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(ORIGINAL, tmp_path / ".env"))


def test_each_node_reads_its_own_names(env_file: Path) -> None:
    scada = ScadaSettings(_env_file=env_file, long_name="d1.scada", short_name="s")
    ltn = LtnSettings(_env_file=env_file, long_name="d1", short_name="l")

    assert {
        name: (client.host, client.effective_port(), client.tls.use_tls)
        for name, client in scada.every_broker.items()
        if name != DEFAULT_BROKER
    } == {
        "local_mqtt": ("127.0.0.1", 18831, False),
        "gridworks_mqtt": ("localhost", 1883, False),
        "admin": ("127.0.0.1", 1883, False),
    }
    assert not scada.admin.enabled
    assert scada.paths.name == Path("scada")
    assert (ltn.scada_mqtt.effective_port(), ltn.scada_mqtt.tls.use_tls) == (1883, False)


def test_a_node_from_a_file_reads_it_too(env_file: Path) -> None:
    file = env_file.parent / "node.toml"
    file.write_text('long_name = "d1.scada"\nshort_name = "s"\n')
    found = load_settings(ScadaSettings, file, environ={"SCADA_ADMIN__PORT": "7"}).unwrap()

    assert found.settings == ScadaSettings(
        _env_file=env_file,
        long_name="d1.scada",
        short_name="s",
        admin=AdminClient(host="127.0.0.1", port=7, enabled=False, tls=found.settings.admin.tls),
    )
    assert found.place("brokers", "local_mqtt", "port") == (
        f"{env_file} line 2: SCADA_LOCAL_MQTT__PORT"
    )


MISSPELT = {
    "SCADA_LOCAL_MQT__HOST": "local_mqt__host",
    "SCADA_LOCAL_MQTT__HOTS": "local_mqtt.hots",
    "scada_admin__tls__use_tsl": "admin.tls.use_tsl",
}


@pytest.mark.parametrize("name", MISSPELT)
@pytest.mark.parametrize("in_file", [True, False])
def test_a_misspelt_name_is_refused_under_the_declared_prefix_only(
    name: str, in_file: bool, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_file:
        with env_file.open("a") as file:
            file.write(f"{name} = x\n")
    else:
        monkeypatch.setenv(name, "x")
    with pytest.raises(ValidationError) as refused:
        ScadaSettings(_env_file=env_file, long_name="d1.scada", short_name="s")
    places = [".".join(map(str, each["loc"])) for each in refused.value.errors()]
    LtnSettings(_env_file=env_file, long_name="d1", short_name="l")

    assert places == [MISSPELT[name]]


def test_the_environment_goes_before_the_file(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCADA_LOCAL_MQTT__PORT", "1")
    scada = ScadaSettings(_env_file=env_file, long_name="d1.scada", short_name="s")

    assert (scada.local_mqtt.port, scada.local_mqtt.host) == (1, "127.0.0.1")


def test_what_is_no_json_is_told_by_its_name_without_its_value(env_file: Path) -> None:
    with env_file.open("a") as file:
        file.write('SCADA_LOCAL_MQTT = {"password": "s3cret"\n')
    with pytest.raises(SettingsError) as refused:
        ScadaSettings(_env_file=env_file, long_name="d1.scada", short_name="s")

    assert str(refused.value) == (
        "scada_local_mqtt: is not JSON: Expecting ',' delimiter, line 1, column 22"
    )
    assert refused.value.__context__ is None


def test_a_misspelt_line_of_the_original_is_told_with_its_number(env_file: Path) -> None:
    text = env_file.read_text().replace("SCADA_ADMIN__ENABLED", "SCADA_ADMIN__ENABLD")
    env_file.write_text(
        text.replace("SCADA_LOCAL_MQTT__PORT = 18831", "SCADA_LOCAL_MQTT__PORT = x")
    )
    environ = {"SCADA_LONG_NAME": "d1.scada", "SCADA_SHORT_NAME": "s"}
    match load_settings(ScadaSettings, None, environ=environ, env_file=env_file):
        case Failure(refused):
            assert str(refused).replace(str(env_file), ".env").split("\n") == [
                ".env line 2: SCADA_LOCAL_MQTT__PORT: must be a whole number",
                ".env line 14: SCADA_ADMIN__ENABLD: unknown name; did you mean "
                "SCADA_ADMIN__ENABLED?",
            ]
        case Success():
            pytest.fail("nothing is refused")
