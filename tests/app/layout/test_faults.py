"""What is told of a layout before a node runs, and when a node goes without one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gwproactor import Paths, ProactorSettings
from gwproactor.adapters.memory import MemoryLayoutSource
from gwproactor.app.layout.error import LayoutError
from gwproactor.app.layout.source import layout_faults, make_hardware_layout, make_layout_source
from gwproactor.domain.message import Json
from tests.app.layout.sites import document, node, rest_poller, web_server


def place(*path: str) -> str:
    return f"node.toml: {'.'.join(path)}"


def settings_with(layout: Path) -> ProactorSettings:
    return ProactorSettings(long_name="h", short_name="s", paths=Paths(hardware_layout=layout))


def told_of(settings: ProactorSettings) -> list[str]:
    return [str(fault) for fault in layout_faults(settings, place)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Json], ProactorSettings]:
    def written(content: Json) -> ProactorSettings:
        (tmp_path / "layout.json").write_text(json.dumps(content), encoding="utf-8")
        return settings_with(tmp_path / "layout.json")

    return written


def test_a_node_without_hardware_needs_no_layout(tmp_path: Path) -> None:
    settings = ProactorSettings(
        long_name="h", short_name="s", paths=Paths(config_dir=tmp_path / "none")
    )
    assert told_of(settings) == []
    layout = make_hardware_layout(settings, make_layout_source(settings))
    assert not layout.nodes
    assert layout.origin == f"{tmp_path}/none/hardware-layout.json (there is no such file)"


def test_a_layout_in_the_default_place_is_used(tmp_path: Path) -> None:
    (tmp_path / "hardware-layout.json").write_text(json.dumps(document([node("s")])))
    settings = ProactorSettings(long_name="h", short_name="s", paths=Paths(config_dir=tmp_path))
    assert list(make_hardware_layout(settings, make_layout_source(settings)).nodes) == ["s"]


def test_a_layout_that_is_configured_must_be_there(tmp_path: Path) -> None:
    settings = settings_with(tmp_path / "layout.json")
    told = f"there is no hardware layout {tmp_path}/layout.json"
    assert told_of(settings) == [f"node.toml: paths.hardware_layout: {told}"]
    with pytest.raises(LayoutError, match=r"^paths\.hardware_layout: there is no hardware layout"):
        make_hardware_layout(settings, MemoryLayoutSource())


def test_a_layout_that_the_environment_names_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROACTOR_PATHS__HARDWARE_LAYOUT", str(tmp_path / "layout.json"))
    assert len(told_of(ProactorSettings(long_name="h", short_name="s"))) == 1


def test_another_path_in_the_environment_asks_for_no_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROACTOR_PATHS__CONFIG_DIR", str(tmp_path))
    assert told_of(ProactorSettings(long_name="h", short_name="s")) == []


def test_everything_that_is_wrong_with_a_layout_is_told(
    write: Callable[[Json], ProactorSettings],
) -> None:
    settings = write(document([node("v0", ""), node("v1", Handle="auto.v1")]))
    path = settings.paths.hardware_layout
    told = [
        f"{path}: ShNodes[0] 'v0': has no ActorClass",
        f"{path}: node 'v1': its Handle 'auto.v1' is below 'auto', which no node has",
    ]
    assert told_of(settings) == told
    with pytest.raises(LayoutError) as refused:
        make_hardware_layout(settings, make_layout_source(settings))
    assert str(refused.value) == "\n".join(told)


def test_a_file_that_is_no_layout_is_told(write: Callable[[Json], ProactorSettings]) -> None:
    settings = write([])
    assert told_of(settings) == [
        f"{settings.paths.hardware_layout}: must be a JSON object, not a list"
    ]


def test_everything_that_is_wrong_with_web_servers_is_told(
    write: Callable[[Json], ProactorSettings],
) -> None:
    without = dict(web_server("c-0", None))
    del without["WebServer"]
    settings = write(
        document(
            [],
            [
                without,
                web_server("c-1", "8080"),
                web_server("c-2", {"Name": "", "Host": 7, "Port": 70_000, "Prot": 80}),
                web_server(
                    "c-3", {"Kwargs": {"backlog": "8", "reuse_prot": True, "ssl_context": None}}
                ),
                web_server("c-4", {}),
                web_server("c-5", {"Name": "default", "Port": 8081}),
            ],
        )
    )
    path = settings.paths.hardware_layout
    assert [told.removeprefix(f"{path}: component ") for told in told_of(settings)] == [
        "'c-0': needs an object WebServer",
        "'c-1': needs an object WebServer",
        "'c-2': WebServer.Name: must not be empty",
        "'c-2': WebServer.Host: must be a text",
        "'c-2': WebServer.Port: must be at most 65535",
        "'c-2': WebServer.Prot: is not known; did you mean Port?",
        "'c-3': WebServer.Kwargs.backlog: must be a whole number",
        "'c-3': WebServer.Kwargs.reuse_prot: is not known; did you mean reuse_port?",
        "'c-3': WebServer.Kwargs.ssl_context: is not known",
        "'c-5': the web server 'default' is configured by 'c-4' too",
    ]


def test_everything_that_is_wrong_with_rest_pollers_is_told(
    write: Callable[[Json], ProactorSettings],
) -> None:
    settings = write(
        document(
            [],
            [
                rest_poller("c-0", []),
                rest_poller("c-1", {"Request": {"Url": {"Url": "http://hub.local/a?key=s3cret"}}}),
                rest_poller("c-2", {"PollPeriodSeconds": 0, "Period": 7}),
                web_server("c-3", None),
            ],
        )
    )
    path = settings.paths.hardware_layout
    assert [told.removeprefix(f"{path}: component ") for told in told_of(settings)] == [
        "'c-3': needs an object WebServer",
        "'c-0': needs an object Rest",
        "'c-2': Rest.PollPeriodSeconds: must be more than 0",
        "'c-2': Rest.Period: is not known",
    ]
