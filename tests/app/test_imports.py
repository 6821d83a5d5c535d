"""What is loaded: a node pays only for what it has."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.command_line import ended, line_of, running
from tests.support.node_files import HOUSE, new_module, node_file

BUILD = """
import sys
from pathlib import Path
from gwproactor import LinkSettings, Paths, ProactorSettings, assemble, build_node
links = {"parent": LinkSettings(peer_long_name="p", peer_short_name="p", upstream=True)}
links = links if sys.argv[2:] else {}
paths = Paths(data_dir=Path(sys.argv[1]))
build_node(assemble(ProactorSettings(long_name="a", short_name="b", paths=paths, links=links)))
"""
IMPORT = "from gwproactor import Actor, Proactor, ProactorContainer"
TELL = "\nimport sys; print(' '.join(sys.modules))"

# A node that tells what is loaded while it runs.
RUNNING = """

class Telling(Heater):
    async def run(self) -> None:
        import sys
        print(" ".join(sys.modules), flush=True)
        await self.sleep(3_600.0)


class Told(ProactorContainer):
    heater = providers.Singleton(Telling, "heater")
"""

LAZY = ("", *(f".adapters.{name}" for name in ("memory", "mqtt", "persistence", "threads",
                                               "watchdog", "web")))  # fmt: skip


def loaded_by(code: str, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", code + TELL, *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("unwanted", ["aiohttp", "prometheus_client", "paho", "sqlite3"])
def test_importing_the_names_of_a_node_loads_no_adapter(unwanted: str) -> None:
    assert unwanted not in loaded_by(IMPORT)


def test_a_node_without_links_and_web_server_loads_neither_paho_nor_aiohttp(
    tmp_path: Path,
) -> None:
    loaded = loaded_by(BUILD, str(tmp_path))

    assert "gwproactor.adapters.persistence.sqlite.event_file" in loaded
    assert not loaded & {"paho", "aiohttp", "prometheus_client"}
    assert "gwproactor.adapters.memory.event_store" not in loaded
    assert "gwproactor.adapters.persistence.files.rolling_files" not in loaded


def test_a_node_with_a_link_loads_paho_and_still_no_web_server(tmp_path: Path) -> None:
    loaded = loaded_by(BUILD, str(tmp_path), "with a link")

    assert "paho" in loaded
    assert not loaded & {"aiohttp", "prometheus_client"}


def test_a_node_without_tls_that_the_command_runs_loads_only_what_it_needs(tmp_path: Path) -> None:
    module = new_module(tmp_path, HOUSE + RUNNING)
    node_file(tmp_path, container=f"{module}:Told")
    with running("run", "node.toml", folder=tmp_path) as process:
        assert line_of(process) == "init of the heater"
        loaded = set(line_of(process).split())
        process.terminate()
        code, _, _ = ended(process)

    assert code == 143
    assert {"paho", "gwproactor.app.node_file.running"} <= loaded
    # They take some megabytes each.
    unwanted = {"cryptography", "aiohttp", "rich", "pygments", "prometheus_client"}
    assert not loaded & unwanted
    assert not loaded & {"gwproactor.app.terminal", "gwproactor.app.config.tls_check"}


@pytest.mark.parametrize("package", LAZY)
def test_every_name_of_a_package_that_loads_late_is_found(package: str) -> None:
    module = import_module(f"gwproactor{package}")

    assert module.__all__
    assert all(hasattr(module, name) for name in module.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = module.nonsense
