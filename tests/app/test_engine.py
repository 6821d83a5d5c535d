"""What the shell does where the core itself fails."""

from itertools import pairwise

import pytest
from typing_extensions import override

from gwproactor import StateName
from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.moment import Moment
from gwproactor.domain.node import NodeCore
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family


class CoreWithoutTime(NodeCore):
    """Fails whenever time passes, for the first thirty times."""

    failed_s: tuple[float, ...] = ()

    @override
    def decide(self, fact: f.Fact, at: Moment) -> list[d.Decision]:
        if isinstance(fact, f.TimePassed) and len(self.failed_s) < 30:
            self.failed_s += (at.now_s,)
            raise ZeroDivisionError
        return super().decide(fact, at)


@in_virtual_time
async def test_a_core_that_fails_each_time_that_time_passes_does_not_spin(
    caplog: pytest.LogCaptureFixture,
) -> None:
    family = Family()
    engine = family.child.container.engine()
    engine.core = core = CoreWithoutTime(family.child.container.settings().node_spec())
    family.parent.proactor.start()
    family.child.proactor.start()
    await family.clock.sleep(60.0)

    assert len(core.failed_s) == 30
    assert core.links["parent"].state is StateName.ACTIVE
    assert all(after - before >= 1.0 for before, after in pairwise(core.failed_s))
    assert "deciding about TimePassed failed" in caplog.text
    await family.stop()
