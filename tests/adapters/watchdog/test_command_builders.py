"""Which command pats: the classes of the original, by the original's rules."""

import os

import pytest
from typing_extensions import override

from gwproactor import ExternalWatchdogCommandBuilder, SystemDWatchdogCommandBuilder


class OtherBuilder(ExternalWatchdogCommandBuilder):
    @classmethod
    @override
    def service_variable_name(cls, service_name: str) -> str:
        return f"SERVICE_{service_name}"

    @classmethod
    @override
    def default_pat_args(cls, pid: int | None = None) -> list[str]:
        return ["pat", str(pid)]


@pytest.fixture
def _as_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCADA_RUNNING_AS_SERVICE", "1")


def test_the_variable_is_named_after_the_service() -> None:
    name = ExternalWatchdogCommandBuilder.service_variable_name("scada")
    assert name == "SCADA_RUNNING_AS_SERVICE"


@pytest.mark.parametrize(
    ("value", "runs"),
    [("1", True), ("true", True), ("TRUE", True), ("0", False), ("", False), ("yes", False)],
)
def test_a_process_runs_as_a_service_if_the_variable_says_so(
    value: str, runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCADA_RUNNING_AS_SERVICE", value)
    assert ExternalWatchdogCommandBuilder.running_as_service("scada") is runs


def test_without_the_variable_it_does_not_run_as_a_service_and_runs_no_command() -> None:
    assert not SystemDWatchdogCommandBuilder.running_as_service("scada")
    assert SystemDWatchdogCommandBuilder.pat_args("scada") == []
    assert SystemDWatchdogCommandBuilder.pat_args("scada", ["pat"]) == []


@pytest.mark.usefixtures("_as_service")
def test_the_base_class_has_no_command_of_its_own() -> None:
    assert ExternalWatchdogCommandBuilder.pat_args("scada") == []
    assert ExternalWatchdogCommandBuilder.pat_args("scada", ["pat"]) == ["pat"]


@pytest.mark.usefixtures("_as_service")
def test_systemd_is_patted_by_its_own_program_for_this_process_or_another() -> None:
    ours = ["systemd-notify", f"--pid={os.getpid()}", "WATCHDOG=1"]
    assert SystemDWatchdogCommandBuilder.pat_args("scada") == ours
    others = ["systemd-notify", "--pid=12", "WATCHDOG=1"]
    assert SystemDWatchdogCommandBuilder.pat_args("scada", pid=12) == others


def test_a_subclass_says_its_variable_and_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert OtherBuilder.pat_args("x") == []
    monkeypatch.setenv("SERVICE_x", "true")
    assert OtherBuilder.pat_args("x", pid=3) == ["pat", "3"]
