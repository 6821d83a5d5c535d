"""The coroutines of the io loop on the status page, where a node has any."""

from collections.abc import Sequence

from gwproactor.adapters.web.level import STATE_LEVELS, icon
from gwproactor.adapters.web.markup import Child, Markup, join, tag
from gwproactor.adapters.web.sections import section, table
from gwproactor.adapters.web.words import number
from gwproactor.domain.status import CoroutineStatus, NodeStatus


def io_coroutines(status: NodeStatus) -> Markup:
    """A row each, what has failed first; nothing if there are none."""
    io_loop = status.io_loop
    if not io_loop.coroutines:
        return join()
    rows = [_coroutine(place, each) for place, each in enumerate(io_loop.coroutines)]
    counted = f"{number(io_loop.running)} running"
    if io_loop.restarting:
        counted += f", {number(io_loop.restarting)} waiting to restart"
    if io_loop.failed:
        counted += f", {number(io_loop.failed)} failed"
    return section(
        "io",
        "IO coroutines",
        table(("coroutine", "state", "failures"), rows),
        tag("p", f"{counted}.", class_="none"),
    )


def _coroutine(place: int, one: CoroutineStatus) -> "tuple[str, Sequence[Child]]":
    failures: list[Child] = [number(one.failures)]
    if one.last_failure:
        failures.append(tag("small", f"last: {one.last_failure}"))
    # Several may have one name.
    return f"io-{place}", (
        tag("span", one.name, class_="name"),
        join(
            icon(STATE_LEVELS[one.state]),
            one.state.value,
            tag("small", f"on failure: {one.policy.value}"),
        ),
        join(*failures),
    )
