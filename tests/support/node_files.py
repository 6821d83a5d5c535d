"""Files of nodes, with the modules of their containers, as a deployment has them."""

import itertools
from pathlib import Path

NUMBERS = itertools.count()

PLAIN = """\
long_name = "d1.house.scada"
short_name = "s"

[paths]
data_dir = "data"
log_dir = "log"
config_dir = "config"

[brokers.local]
host = "127.0.0.1"
port = {port}
tls.use_tls = false

[links.parent]
peer_long_name = "d1.house"
peer_short_name = "a"
upstream = true
"""

HOUSE = """\
from dependency_injector import providers
from gwproactor import Actor, ProactorContainer


class Heater(Actor):
    def init(self) -> None:
        print("init of the heater")

    async def run(self) -> None:
        await self.sleep(3_600.0)


class House(ProactorContainer):
    heater: providers.Provider[Heater] = providers.Singleton(Heater, "heater")
"""


def new_module(folder: Path, source: str = HOUSE) -> str:
    """The name of a module with *source*, which nothing else has; its file is in *folder*."""
    name = f"house_{next(NUMBERS)}"
    (folder / f"{name}.py").write_text(source)
    return name


def node_file(folder: Path, *, container: str = "", more: str = "", port: int = 1883) -> Path:
    """A file of a node that is refused for nothing, with *more* at its end."""
    path = folder / "node.toml"
    first = f'container = "{container}"\n' if container else ""
    path.write_text(first + PLAIN.format(port=port) + more)
    return path
