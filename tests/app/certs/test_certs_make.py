"""`gwproactor certs DIR`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gwproactor.app.commands import app
from gwproactor.app.config.tls_check import tls_faults
from gwproactor.app.settings import LinkSettings, MQTTClient, Paths, ProactorSettings


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["certs", *map(str, arguments)], env={"COLUMNS": "200"})


def node(certs_dir: Path, broker: str) -> ProactorSettings:
    """All of its TLS as it is by default."""
    return ProactorSettings(
        long_name="node",
        short_name="n",
        paths=Paths(certs_dir=certs_dir),
        brokers={broker: MQTTClient()},
        links={"up": LinkSettings(broker=broker, peer_long_name="peer", peer_short_name="p")},
    )


def test_a_folder_is_filled_and_a_second_time_left_as_it_is(tmp_path: Path) -> None:
    first, second = run(tmp_path / "certs"), run(tmp_path / "certs")

    made = [line.split(maxsplit=1) for line in first.stdout.splitlines()]
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert [(word, path.removeprefix(f"{tmp_path}/certs/")) for word, path in made] == [
        ("made", "ca/private/ca.pem"),
        ("made", "ca/ca.crt"),
        ("made", "broker/ca.crt"),
        ("made", "broker/private/broker.pem"),
        ("made", "broker/broker.crt"),
        ("made", "local/ca.crt"),
        ("made", "local/private/local.pem"),
        ("made", "local/local.crt"),
    ]
    assert second.stdout.splitlines() == [f"exists  {path}" for _, path in made]


@pytest.mark.parametrize(
    ("name", "certs_dir", "broker", "subject"),
    [
        ("local", "", "local", "CN=local"),
        ("house.child/cloud", "house.child", "cloud", "CN=house.child"),
    ],
)
def test_a_node_finds_them_where_it_looks_by_default(
    tmp_path: Path, name: str, certs_dir: str, broker: str, subject: str
) -> None:
    assert run(tmp_path, "--name", name).exit_code == 0

    settings = node(tmp_path / certs_dir, broker)
    paths = settings.tls_paths(broker)
    assert all(path is not None and path.exists() for _, path in paths)
    assert tls_faults(settings, lambda *path: ".".join(path), datetime.now(UTC)) == ()
    shown = json.loads(run("show", paths.cert_path, "--json").stdout)
    assert shown["subject"] == subject


def test_where_a_node_finds_them_is_said(tmp_path: Path) -> None:
    result = run(tmp_path, "--name", "child/local", "--name", "child/local")

    assert result.stderr.splitlines() == [
        f"a node finds them with [paths] certs_dir = \"{tmp_path}/child\" for its broker 'local'"
    ]


def test_hosts_are_added(tmp_path: Path) -> None:
    run(tmp_path)
    result = run(tmp_path, "--host", "pi.local", "--host", "[fd00::1]", "--json")

    became = {line["path"]: line for line in map(json.loads, result.stdout.splitlines())}
    renewed = became.pop(str(tmp_path / "broker" / "broker.crt"))
    shown = json.loads(run("show", tmp_path / "broker" / "broker.crt", "--json").stdout)
    assert (renewed["was"], renewed["why"]) == ("renewed", "now also for pi.local, fd00::1")
    assert {line["was"] for line in became.values()} == {"exists"}
    assert shown["hosts"] == ["localhost", "pi.local", "127.0.0.1", "::1", "fd00::1"]


def test_this_machine_is_always_a_host_of_the_broker(tmp_path: Path) -> None:
    run(tmp_path, "--host", "pi.local")

    shown = json.loads(run("show", tmp_path / "broker" / "broker.crt", "--json").stdout)
    assert shown["hosts"] == ["localhost", "pi.local", "127.0.0.1", "::1"]


def test_days_say_how_long_they_hold(tmp_path: Path) -> None:
    run(tmp_path, "--days", "7")

    assert json.loads(run("show", tmp_path / "local/local.crt", "--json").stdout)["days_left"] == 6


def test_what_cannot_be_made_is_told_in_a_line(tmp_path: Path) -> None:
    result = run("/proc/certs")

    assert result.exit_code == 1
    assert result.stderr == (
        "/proc/certs/ca/private/ca.pem cannot be written: No such file or directory\n"
    )
    assert result.stdout == ""


def test_what_was_made_before_trouble_is_told(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "ca.crt").write_text("mine")
    result = run(tmp_path)

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == f"{tmp_path}/broker/ca.crt is not PEM\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--name", "ca"), "'ca' would lie among the files of the 'ca': name it otherwise"),
        (("--name", "broker/x"), "'broker/x' would lie among the files of the 'broker'"),
        (("--name", "a/b/c"), "'a/b/c' has more than two parts: give BROKER or NODE/BROKER"),
        (("--name", "../x"), "'../x' cannot be the name of a folder"),
        (("--name", "/x"), "'/x' cannot be the name of a folder"),
        (("--name", ""), "'' cannot be the name of a folder"),
        (("--name", "x" * 65), "is longer than 64 characters"),
        (("--host", "https://x"), "'https://x' cannot be the name of a host"),
        (("--host", "*.x"), "there are no wildcards"),
        (("--days", "0"), "Invalid value for '--days'"),
        (("--size", "4096"), "No such option: --size"),
    ],
)
def test_wrong_options_are_explained(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    result = run(*arguments, tmp_path / "certs")

    assert result.exit_code == 2
    assert says in result.stderr
    assert not (tmp_path / "certs").exists()


def test_help_names_both_commands() -> None:
    for arguments in ((), ("--help",)):
        output = run(*arguments).output
        assert "make" in output
        assert "show" in output
    assert "--host" in run("make", "--help").output
