"""examples/ported/site.py: the ported actors as the node of a real site."""

from pathlib import Path

from examples.ported.site import SiteContainer
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.memory import MemoryBroker
from gwproactor.testing.io_loop_contract import eventually
from gwproactor.testing.simulated_node import simulated_node
from tests.examples.site_layout import real_layout
from tests.support.family import child_settings
from tests.support.web import ask

TOKEN = "s3cret"
RELAYS = {node.handle for node in real_layout().nodes.values() if node.actor_class == "Relay"}


async def test_a_site_runs_with_the_actors_of_its_layout(tmp_path: Path) -> None:
    settings = child_settings(
        handler="s",
        paths={"data_dir": tmp_path},
        web_servers={"default": {"host": "127.0.0.1", "port": 0, "token": TOKEN}},
    )
    clock, broker = LoopClock(), MemoryBroker()
    node = simulated_node(
        settings, broker, clock, SystemChance(), SiteContainer, hardware_layout=real_layout()
    )
    scada = node.container.scada()
    node.proactor.start()
    try:
        await eventually(lambda: scada.power_w is not None and "hp-odu-pwr" in scada.readings)
        [address] = node.container.node_web_servers().addresses["default"]
        refused = await ask(f"{address.url}buffer/microvolts", "POST", data=b"{}")
        headers = {"Authorization": f"Bearer {TOKEN}"}
        body = (
            b'{"HwUid": "sim-buffer-pico", "AboutNodeNameList": ["buffer-depth1"], '
            b'"MicroVoltsList": [2108626]}'
        )
        taken = await ask(f"{address.url}buffer/microvolts", "POST", headers=headers, data=body)
        await eventually(lambda: "buffer-depth1-device" in scada.readings)
        await eventually(lambda: len(scada.states) == len(RELAYS))
    finally:
        await node.proactor.stop_and_join()

    assert (refused.status, taken.status) == (401, 200)
    assert scada.power_w == 200
    assert scada.readings["hp-odu-pwr"] == 100
    assert scada.readings["buffer-depth1-device"] == 25_000
    assert scada.states.keys() == RELAYS
