"""Two whole nodes through three hours of virtual time."""

from gwproactor import StateName
from gwproactor.testing.virtual_time import run_in_virtual_time
from tests.support.family import Family


def test_three_hours_with_an_outage_lose_nothing_and_repeat_nothing() -> None:
    async def hours() -> None:
        family = Family()
        await family.start()
        for value in range(3 * 60):
            if value == 60:
                family.broker.stop()
            if value == 90:
                family.broker.start()
            family.read(value)
            await family.clock.sleep(60.0)
        await family.clock.sleep(120.0)

        assert sorted(family.parent.container.recorder().readings) == list(range(180))
        assert family.child.store.content().pending == 0
        assert family.child.state("parent") is StateName.ACTIVE
        await family.stop()

    run_in_virtual_time(hours())
