"""Whether the parent has what the child was told is safe, judged from lists alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from tests.chaos.family import Happening
from tests.chaos.reports import Durable, Generated, Numbered, Refused, Repeated, Report

SHOWN_MAX: Final = 10


@attrs.frozen
class Arrival:
    """An event in the parent's sink; epoch and number are None where its header had none."""

    src: str
    message_id: str
    type_name: str
    epoch: str | None
    number: int | None


@attrs.define
class Life:
    """From `first` to `durable` the child gave every number to an event, of its generator or its
    own, and reported the last of them durable; 0 and 0: it reported none.
    """

    epoch: str = ""
    first: int = 0
    durable: int = 0

    def numbered(self, epoch: str, number: int) -> None:
        if not self.first:
            self.epoch, self.first = epoch, number

    def reported(self, number: int) -> None:
        self.durable = max(self.durable, number)

    @property
    def numbers(self) -> set[tuple[str | None, int | None]]:
        """Of events that must have arrived."""
        return {(self.epoch, number) for number in range(self.first, self.durable + 1) if number}


@attrs.define
class Witness:
    """What the child said about its events, over all its lives, and the others about theirs."""

    generated: set[str] = attrs.Factory(set)
    numbered: dict[str, tuple[str, int]] = attrs.Factory(dict)
    durable: set[str] = attrs.Factory(set)
    refused: list[Refused] = attrs.Factory(list)
    repeated: list[str] = attrs.Factory(list)
    lives: list[Life] = attrs.Factory(lambda: [Life()])

    def begin_life(self) -> None:
        """The child starts again."""
        self.lives.append(Life())

    def hear(self, report: Report) -> None:
        match report:
            case Generated(message_id):
                self.generated.add(message_id)
            case Numbered(message_id, epoch, number):
                self.numbered[message_id] = (epoch, number)
                self.lives[-1].numbered(epoch, number)
            case Durable(message_id):
                self.durable.add(message_id)
                self.lives[-1].reported(self.numbered[message_id][1])
            case Refused():
                self.refused.append(report)
            case Repeated(message_id):
                self.repeated.append(message_id)
            case _:
                pass


@attrs.frozen
class Verdict:
    """`faults` are sentences; without any, the promise was kept.

    `lost` were reported durable and did not arrive. `unsafe` had not been reported yet when their
    child was killed: they may arrive or not.
    """

    generated: int
    durable: int
    arrived: int
    unsafe: int
    lost: int
    duplicated: int
    faults: Sequence[str]

    @property
    def is_clean(self) -> bool:
        return not self.faults


def judge(witness: Witness, arrivals: Sequence[Arrival], *, child: str, in_order: bool) -> Verdict:
    """*arrivals* are all that the parent's sink holds, in order of arrival."""
    of_child = [one for one in arrivals if one.src == child]
    arrived = {one.message_id: (one.epoch, one.number) for one in of_child}
    lost = sorted(witness.durable - arrived.keys(), key=lambda i: str(witness.numbered.get(i)))
    times = Counter((one.src, one.message_id) for one in arrivals)
    duplicated = [f"{src} {message_id}" for (src, message_id), n in times.items() if n > 1]
    happenings = [i.message_id for i in of_child if i.type_name == Happening.wire.type_name]
    faults = [
        *_fault("reported durable and not at the parent", [_named(witness, i) for i in lost]),
        *_fault("not at the parent, between numbers that were durable", _gaps(witness, of_child)),
        *_fault("at the parent and never generated", set(happenings) - witness.generated),
        *_fault("at the parent more than once", duplicated),
        *_fault("refused", [f"{one.message_id}: {one.why}" for one in witness.refused]),
        *_fault("handled more than once", witness.repeated),
        *_fault("arrived under another epoch and number", _misnumbered(witness, arrived)),
        *_fault("share an epoch and number with another event", _shared_numbers(arrivals)),
    ]
    if in_order:
        faults += _fault("arrived after a later one of its source", _late(arrivals))
    return Verdict(
        generated=len(witness.generated),
        durable=len(witness.durable),
        arrived=len(set(happenings)),
        unsafe=len(witness.generated - witness.durable),
        lost=len(lost),
        duplicated=len(duplicated),
        faults=faults,
    )


def _gaps(witness: Witness, of_child: Iterable[Arrival]) -> Iterator[str]:
    """Also of events that the child raised itself, which the generator knows nothing of."""
    arrived = {(one.epoch, one.number) for one in of_child}
    for life in witness.lives:
        for epoch, number in sorted(life.numbers - arrived, key=str):
            yield f"{epoch}/{number}"


def _misnumbered(
    witness: Witness, arrived: dict[str, tuple[str | None, int | None]]
) -> Iterator[str]:
    for message_id, number in witness.numbered.items():
        if message_id in arrived and arrived[message_id] != number:
            yield f"{_named(witness, message_id)} as {arrived[message_id]}"


def _shared_numbers(arrivals: Iterable[Arrival]) -> Iterator[str]:
    holders: defaultdict[tuple[str, str | None, int | None], set[str]] = defaultdict(set)
    for one in arrivals:
        if one.number is not None:
            holders[one.src, one.epoch, one.number].add(one.message_id)
    for (src, epoch, number), ids in holders.items():
        if len(ids) > 1:
            yield f"{src} {epoch}/{number}: {', '.join(sorted(ids))}"


def _late(arrivals: Iterable[Arrival]) -> Iterator[str]:
    highest: dict[tuple[str, str | None], int] = {}
    for one in arrivals:
        if one.number is None:
            continue
        before = highest.setdefault((one.src, one.epoch), one.number)
        if one.number < before:
            yield f"{one.src} number {one.number} after {before}"
        highest[one.src, one.epoch] = max(before, one.number)


def _named(witness: Witness, message_id: str) -> str:
    epoch, number = witness.numbered.get(message_id, ("?", 0))
    return f"{message_id} ({epoch}/{number})"


def _fault(what: str, which: Iterable[str]) -> list[str]:
    found = list(which)
    if not found:
        return []
    shown = "\n".join(f"    {one}" for one in found[:SHOWN_MAX])
    more = f"\n    and {len(found) - SHOWN_MAX:,} more" if len(found) > SHOWN_MAX else ""
    return [f"{len(found):,} {what}:\n{shown}{more}"]
