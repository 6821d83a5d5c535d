"""Medians, ranges and ratios of the rounds, as plain text and as JSON."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from benchmarks.contenders import OURS, Row, Workload
from benchmarks.figures import Figures

WHO_WIDTH = 24
FIGURE_WIDTH = 12


@attrs.frozen
class Measured:
    """One run of one contender that counts."""

    workload: str
    who: str
    round: int
    figures: Figures


@attrs.frozen
class Line:
    """A contender's figure over the rounds. `ours_to_it` is our median divided by its median."""

    workload: str
    title: str
    who: str
    median: float
    lowest: float
    highest: float
    ours_to_it: float | None


def lines_of(workload: Workload, measured: Sequence[Measured]) -> Iterator[Line]:
    """In the order of the rows, then of the contenders, without those that have no figure."""
    for row in workload.rows:
        found = {
            contender.who: values
            for contender in workload.contenders
            if (values := _values(workload.name, contender.who, row, measured))
        }
        ours = statistics.median(found[OURS]) if OURS in found else None
        for who, values in found.items():
            median = statistics.median(values)
            has_ratio = ours is not None and who != OURS and median
            yield Line(
                workload.name,
                _title(row),
                who,
                median,
                min(values),
                max(values),
                ours / median if has_ratio and ours is not None else None,
            )


def _values(workload: str, who: str, row: Row, measured: Iterable[Measured]) -> list[float]:
    return [
        float(run.figures[row.key])
        for run in measured
        if (run.workload, run.who) == (workload, who) and row.key in run.figures
    ]


def _title(row: Row) -> str:
    return f"{row.title} (less is better)" if row.less_is_better else row.title


def printed(lines: Iterable[Line]) -> Iterator[str]:
    """The table."""
    title = ""
    for line in lines:
        if line.title != title:
            title = line.title
            yield f"\n{line.workload.upper()}  {title}"
        ratio = "" if line.ours_to_it is None else f"  ours is {line.ours_to_it:.2f} x this"
        spread = f"[{_figure(line.lowest)} .. {_figure(line.highest)}]"
        median = _figure(line.median).rjust(FIGURE_WIDTH)
        yield f"    {line.who:{WHO_WIDTH}}{median}  {spread:{2 * FIGURE_WIDTH + 2}}{ratio}".rstrip()


def _figure(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.5f}".rstrip("0")


def as_json(
    machine: Mapping[str, str],
    measured: Iterable[Measured],
    lines: Iterable[Line],
    discarded: Sequence[str],
) -> Mapping[str, object]:
    return {
        "machine": machine,
        "lines": [attrs.asdict(line) for line in lines],
        "runs": [attrs.asdict(run) for run in measured],
        "discarded": discarded,
    }
