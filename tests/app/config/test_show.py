"""`gwproactor config show` and `config schema`, of plain settings and of a deployment's own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gwproactor.app.commands import app

HOUSE = """
from gwproactor import MQTTClient, ProactorContainer, ProactorSettings
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict


class HouseSettings(ProactorSettings):
    model_config = SettingsConfigDict(env_prefix="HOUSE_")
    admin: MQTTClient = MQTTClient()
    rooms: int = 3
    pin: SecretStr = SecretStr("")


class HouseContainer(ProactorContainer):
    settings_class = HouseSettings
"""
NODE = """\
long_name = "d1.scada"
short_name = "s"
[brokers.far]
username = "u"
password = "s3cret"
tls.cert_reqs = "none"
tls.keyfile_password = "s3cret"
[brokers.plain]
tls.use_tls = false
password_file = "password"
username = "u"
[links.parent]
broker = "far"
peer_long_name = "d1"
peer_short_name = "a"
"""


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.syspath_prepend(str(tmp_path))
    for home in ("DATA", "STATE", "CONFIG"):
        monkeypatch.delenv(f"XDG_{home}_HOME", raising=False)
    Path("node.toml").write_text(NODE, encoding="utf-8")
    Path("password").write_text("s3cret", encoding="utf-8")
    return tmp_path


def config(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["config", *arguments], env={"COLUMNS": "200"} | environment)


def rows(result: Result) -> dict[str, tuple[str, str]]:
    assert (result.exit_code, result.stderr) == (0, "")
    cells = (line.split("\t") for line in result.stdout.splitlines())
    return {name: (value, source) for name, value, source in cells}


def test_every_setting_is_shown_with_its_source(folder: Path) -> None:
    Path(".env").write_text("\nPROACTOR_LINKS__PARENT__HANDLER=h\n", encoding="utf-8")
    shown = rows(
        config("show", "--set", "ack_timeout_seconds=3", PROACTOR_LOGGING__LEVELS__IO_LOOP="DEBUG")
    )
    certificates = folder / "home/.config/gridworks/scada/certs"
    assert shown["long_name"] == ("d1.scada", "node.toml")
    assert shown["ack_timeout_seconds"] == ("3.0", "--set")
    assert shown["logging.levels.io_loop"] == (
        "DEBUG",
        "environment: PROACTOR_LOGGING__LEVELS__IO_LOOP",
    )
    assert shown["links.parent.handler"] == (
        "h",
        ".env line 2: PROACTOR_LINKS__PARENT__HANDLER",
    )
    assert shown["links.parent.upstream"] == ("false", "default")
    assert shown["brokers.far.tls.cert_reqs"] == ("none", "node.toml")
    assert shown["brokers.far.tls.paths.ca_cert_path"] == (
        str(certificates / "far/ca.crt"),
        "default",
    )
    assert shown["brokers.plain.tls.paths.ca_cert_path"] == ("", "default")
    assert shown["web_servers"] == ("{}", "default")


def test_secrets_are_masked_and_their_files_are_not_read(folder: Path) -> None:
    shown = config("show")
    as_json = config("show", "--json")

    assert "s3cret" not in shown.output + as_json.output
    assert rows(shown)["brokers.far.password"] == ("**********", "node.toml")
    assert rows(shown)["brokers.plain.password"] == ("", "default")
    assert rows(shown)["brokers.plain.password_file"] == (str(folder / "password"), "node.toml")


def test_json_is_one_object() -> None:
    shown = json.loads(config("show", "node.toml", "--json").stdout)

    assert shown["brokers.far.port"] == {"value": 1883, "source": "default"}
    assert shown["brokers.far.tls.ciphers"] == {"value": None, "source": "default"}
    assert shown["links.parent.broker"] == {"value": "far", "source": "node.toml"}


def test_a_deployment_has_settings_of_its_own(folder: Path) -> None:
    (folder / "house_a.py").write_text(HOUSE, encoding="utf-8")
    Path("node.toml").write_text(
        'container = "house_a:HouseContainer"\nrooms = 4\npin = "s3cret"\n' + NODE, encoding="utf-8"
    )
    result = config("show", HOUSE_ADMIN__HOST="h", PROACTOR_LONG_NAME="of another")
    shown = rows(result)

    assert shown["rooms"] == ("4", "node.toml")
    assert shown["admin.host"] == ("h", "environment: HOUSE_ADMIN__HOST")
    assert shown["admin.tls.paths.cert_path"][0].endswith("certs/admin/admin.crt")
    assert shown["long_name"] == ("d1.scada", "node.toml")
    assert shown["container"] == ("house_a:HouseContainer", "node.toml")
    assert "s3cret" not in result.output


def test_the_command_line_may_name_the_container(folder: Path) -> None:
    (folder / "house_b.py").write_text(HOUSE, encoding="utf-8")

    assert rows(config("show", "--container", "house_b:HouseContainer"))["rooms"][0] == "3"


def test_what_is_refused_is_told_on_stderr_and_nothing_is_shown() -> None:
    result = config("show", "--set", "brokers.far.hots=x", "--set", "links.parent.broker=near")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "--set brokers.far.hots: unknown name; did you mean brokers.far.host?",
        "--set links.parent.broker: link 'parent' names the broker 'near', but there are only: "
        "far, plain",
    ]


def test_without_its_container_the_other_settings_are_checked_all_the_same() -> None:
    Path("node.toml").write_text(
        'container = "nothing:Here"\nrooms = 4\nack_timeout_seconds = 0\n', encoding="utf-8"
    )
    result = config("show")

    assert (result.exit_code, result.stdout) == (1, "")
    first, *others = result.stderr.splitlines()
    assert first.startswith("node.toml: container: there is no module 'nothing'")
    assert others == ["node.toml: ack_timeout_seconds: must be more than 0"]


def test_without_a_file_the_environment_is_shown(tmp_path: Path) -> None:
    Path("node.toml").unlink()
    names = {"PROACTOR_LONG_NAME": "d1", "PROACTOR_SHORT_NAME": "s"}

    assert rows(config("show", **names))["long_name"] == ("d1", "environment: PROACTOR_LONG_NAME")
    assert config("show").stderr.splitlines()[0].startswith("environment: PROACTOR_LONG_NAME")
    assert config("show", "node.toml").stderr == "node.toml: does not exist\n"


def test_the_schema_says_what_a_file_may_hold() -> None:
    schema = json.loads(config("schema").stdout)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["long_name", "short_name"]
    assert not schema["additionalProperties"]
    assert schema["properties"]["num_initial_event_reuploads"]["maximum"] == 10_000
    assert schema["$defs"]["TLSInfo"]["properties"]["cert_reqs"]["enum"] == [
        "required", "optional", "none", 2, 1, 0
    ]  # fmt: skip
    assert schema["$defs"]["MQTTClient"]["properties"]["password"]["writeOnly"]


def test_the_schema_of_a_deployment_has_its_settings(folder: Path) -> None:
    (folder / "house_c.py").write_text(HOUSE, encoding="utf-8")
    schema = json.loads(config("schema", "--container", "house_c:HouseContainer").stdout)

    assert schema["properties"]["rooms"] == {"default": 3, "title": "Rooms", "type": "integer"}


def test_a_schema_of_no_class_is_refused() -> None:
    result = config("schema", "--container", "house")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("--container: 'house' is not of the form MODULE:CLASS")


@pytest.mark.parametrize("command", ["show", "schema"])
def test_help_has_an_example(command: str) -> None:
    assert f"gwproactor config {command} " in config(command, "--help").output
