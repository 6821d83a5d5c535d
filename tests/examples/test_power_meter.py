"""examples/ported/power_meter.py: what its thread reports of a meter that changes."""

import attrs
import pytest

from examples.ported.messages import PowerWatts, SyncedReadings
from examples.ported.power_meter import (
    MeterConfig,
    PowerMeter,
    PowerMeterThread,
    nameplate_watts,
)
from gwproactor import Message, ProblemEvent, Problems, Success, to_actor
from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.memory import MemoryEventLog, MemoryMessageBus, SeededChance
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from tests.examples.site_layout import node_of, real_layout

NAME = "power-meter"
CHANNELS = ("hp-odu-pwr", "hp-idu-pwr", "store-pump-pwr")


@attrs.define
class Meter:
    """Shows what the test sets."""

    watts: dict[str, int] = attrs.Factory(lambda: dict.fromkeys(CHANNELS, 0))
    hw_uid: str = "m1"
    is_started: bool = False

    def start(self) -> None:
        self.is_started = True

    def read_hw_uid(self) -> str:
        return self.hw_uid

    def read_power_w(self, channel_name: str) -> int:
        return self.watts[channel_name]


@attrs.define
class Bench:
    """The thread on a table: the test calls what the thread would, at `now_s`."""

    meter: Meter
    thread: PowerMeterThread
    now_s: float = 0.0
    told: list[tuple[str, object]] = attrs.Factory(list)

    def iterate(self, now_s: float, **watts: int) -> list[object]:
        """What the scada is told at *now_s*."""
        self.now_s = now_s
        self.meter.watts |= {name.replace("_", "-"): value for name, value in watts.items()}
        self.told.clear()
        self.thread._iterate()
        assert all(dst == "s" for dst, _ in self.told)
        return [payload for _, payload in self.told]

    def write(self, item: object) -> Success[None]:
        assert isinstance(item, Message)
        self.told.append((item.header.dst, item.payload))
        return Success(None)


@pytest.fixture
def bench() -> Bench:
    layout, meter = real_layout(), Meter()
    config = MeterConfig.of(layout, NAME).model_copy(update={"hw_uid": "m1"})
    thread = PowerMeterThread(
        NAME, meter, config, nameplate_watts(layout), clock_s=lambda: made.now_s
    )
    made = Bench(meter, thread)
    thread.set_write(made.write)
    return made


def channels(told: list[object]) -> dict[str, int]:
    """Those of the readings among what was told."""
    [readings] = [one for one in told if isinstance(one, SyncedReadings)]
    return dict(zip(readings.channel_name_list, readings.value_list, strict=True))


def test_the_layout_tells_what_is_metered_and_how_much_it_can_be() -> None:
    config = MeterConfig.of(real_layout(), NAME)

    assert tuple(one.channel_name for one in config.config_list) == CHANNELS
    assert nameplate_watts(real_layout()) == {"hp-odu-pwr": 6_000, "hp-idu-pwr": 4_000}


def test_another_component_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'relay1' needs a component of the type 'electric"):
        MeterConfig.of(real_layout(), "relay1")


def test_everything_is_told_at_first_then_what_changed_enough_or_is_due(bench: Bench) -> None:
    first = bench.iterate(0.0, hp_odu_pwr=1_000, store_pump_pwr=10)
    assert channels(first) == {"hp-odu-pwr": 1_000, "hp-idu-pwr": 0, "store-pump-pwr": 10}

    assert bench.iterate(1.0, hp_odu_pwr=1_199, store_pump_pwr=14) == []
    assert channels(bench.iterate(2.0, hp_odu_pwr=1_200)) == {"hp-odu-pwr": 1_200}
    assert channels(bench.iterate(300.0)) == {"hp-idu-pwr": 0, "store-pump-pwr": 14}
    assert channels(bench.iterate(302.0)) == {"hp-odu-pwr": 1_200}


def test_the_sum_of_what_is_metered_for_the_grid_is_told_when_it_changed_by_a_part(
    bench: Bench,
) -> None:
    assert PowerWatts(watts=1_000) in bench.iterate(0.0, hp_odu_pwr=1_000, store_pump_pwr=900)

    quiet = bench.iterate(1.0, hp_odu_pwr=1_500)
    assert [one for one in quiet if isinstance(one, PowerWatts)] == []
    assert PowerWatts(watts=1_501) in bench.iterate(2.0, hp_odu_pwr=1_501)


def test_a_meter_that_is_another_one_is_a_warning_to_the_actor(bench: Bench) -> None:
    bench.meter.hw_uid = "m2"
    bench.thread._preiterate()

    [(dst, problems)] = bench.told
    assert (dst, bench.meter.is_started) == (NAME, True)
    assert isinstance(problems, Problems)
    assert "the meter is 'm2', the layout has 'm1'" in problems.details()


def test_the_right_meter_is_no_warning(bench: Bench) -> None:
    bench.thread._preiterate()

    assert bench.told == []


async def test_what_the_thread_warns_of_is_a_problem_event(bench: Bench) -> None:
    clock, chance = LoopClock(), SeededChance(1)
    log = MemoryEventLog(clock, chance)
    supervisor = Supervisor(NodeStopSwitch(), clock, chance)
    meter = PowerMeter(
        node_of(NAME),
        thread=bench.thread,
        event_log=log,
        message_bus=MemoryMessageBus(),
        failures=supervisor,
    )
    meter.process_message(to_actor(NAME, NAME, Problems(warnings=[ValueError("hot")])))

    [event] = log.events
    assert isinstance(event, ProblemEvent)
    assert event.summary == "Driver problems of Main Power Meter Little Orange House Test System"
    assert "<ValueError>  <hot>" in event.details
