"""The three questions of whoever comes to the node: is it heard, what is stored, what is broken?"""

from collections.abc import Sequence
from typing import Final

import attrs

from gwproactor.adapters.web.level import Level, icon
from gwproactor.adapters.web.link_words import level_of, long_words
from gwproactor.adapters.web.markup import Child, Markup, join, tag
from gwproactor.adapters.web.words import ago, hours, number, plural, size
from gwproactor.domain.status import Health, LinkStatus, NodeStatus, StoreStatus


@attrs.frozen
class Answer:
    """`words` answer the question, `more` says the rest in a line or several."""

    level: Level
    words: str
    more: tuple[Child, ...] = ()


def answers(status: NodeStatus, health: Health) -> Markup:
    """All three, side by side where there is room."""
    given = (
        ("Heard", heard(status)),
        ("Stored", stored(status)),
        ("Working", broken(status, health)),
    )
    return tag(
        "section",
        *(_shown(heading, answer) for heading, answer in given),
        id="answers",
        class_="answers",
        aria_label="At a glance",
    )


def title(status: NodeStatus, health: Health) -> str:
    """For the browser's tab: the worst of the answers."""
    given = [broken(status, health), heard(status), stored(status)]
    worst = max(given, key=lambda answer: list(Level).index(answer.level))
    words = worst.words if worst.level in (Level.WARN, Level.BAD) else "all is well"
    return f"{status.name}: {words}"


def heard(status: NodeStatus) -> Answer:
    """Whether anybody listens."""
    upstream = next((link for link in status.links if link.upstream), None)
    others = _others(status, upstream)
    if upstream is None:
        return others
    if level_of(upstream) is Level.OK:
        level = Level.WARN if others.level is Level.WARN else Level.OK
        also = others.more if level is Level.WARN else ()
        last = _last_heard(upstream, status.now_ms)
        return Answer(level, f"heard by {upstream.peer}", (last, *also))
    last = _last_heard(upstream, status.now_ms)
    return Answer(level_of(upstream), f"not heard by {upstream.peer}", (long_words(upstream), last))


def _others(status: NodeStatus, upstream: LinkStatus | None) -> Answer:
    """Links that no events go to: their peers are missed, but nothing of ours waits for them."""
    others = [link for link in status.links if link is not upstream]
    if not others:
        return Answer(Level.OFF, "no links", ("Nobody is to hear this node.",))
    silent = [link.name for link in others if level_of(link) is not Level.OK]
    kind = "other peer" if upstream is not None else "peer"
    if not silent:
        words = f"{kind} is heard" if len(others) == 1 else f"all {len(others)} {kind}s are heard"
        return Answer(Level.OK, words if len(others) > 1 else f"its {words}")
    words = f"{len(others) - len(silent)} of {len(others)} {kind}s heard"
    if len(others) == 1:
        words = f"its {kind} is not heard"
    shown = ", ".join(silent[:3]) + (f" and {len(silent) - 3} more" if len(silent) > 3 else "")
    return Answer(Level.WARN, words, (f"Not heard: {shown}.",))


def _last_heard(link: LinkStatus, now_ms: int) -> Markup:
    if link.last_heard_ms is None:
        return join("It was not heard since this node started.")
    return join("Last heard ", ago(now_ms, link.last_heard_ms), ".")


def stored(status: NodeStatus) -> Answer:
    """What waits, and for how long there is room."""
    store = status.store
    if store.sink_trouble:
        return Answer(Level.BAD, "the event sink fails", (store.sink_trouble, SINK_FAILS))
    if not any(link.upstream for link in status.links):
        received = sum(link.stats.received for link in status.links)
        more = f"{number(received)} messages received from its peers."
        return Answer(Level.OFF, "nothing waits", ("This node has no parent to send to.", more))
    if not store.keeps:
        return Answer(Level.OFF, "nothing is kept", (KEEPS_NOTHING,))
    lines = (f"{size(store.pending_bytes)} of {size(store.bytes_max)}.", *_store_lines(store))
    words = f"{plural(store.pending, 'event')} wait" + ("s" if store.pending == 1 else "")
    if store.trouble:
        return Answer(Level.BAD, "the store fails", (store.trouble, f"{words}.", *lines))
    if store.pending == 0:
        return Answer(Level.OK, "nothing waits", ("Every event was acknowledged.", *_left(store)))
    is_full = store.pending_bytes * 10 >= store.bytes_max * 9
    level = Level.BAD if is_full else Level.WARN if store.quarantined else Level.OK
    return Answer(level, words, lines)


KEEPS_NOTHING: Final = (
    "This node has a null store: an event that the parent does not acknowledge at once is lost."
)
SINK_FAILS: Final = (
    "Events of peers are not acknowledged: they keep them, and send them again. "
    "Own events of a node without parent wait in memory, up to 10,000."
)


def _store_lines(store: StoreStatus) -> Sequence[str]:
    left = _left(store)
    if store.quarantined:
        return (f"{number(store.quarantined)} in quarantine: the peer does not take them.", *left)
    return left


def _left(store: StoreStatus) -> Sequence[str]:
    if store.hours_left is None:
        return ()
    return (f"Room for {hours(store.hours_left)} without the parent.",)


def broken(status: NodeStatus, health: Health) -> Answer:
    """What does not work in the node itself."""
    if health.reasons:
        words = "stopping" if status.stopping else "not well"
        level = Level.WARN if status.stopping and len(health.reasons) == 1 else Level.BAD
        return Answer(
            level, words, tuple(f"{reason[0].upper()}{reason[1:]}." for reason in health.reasons)
        )
    if not status.problems:
        return Answer(Level.OK, "nothing is broken", ("No problem since the start.",))
    last = status.problems[0]
    more = join("Last problem ", ago(status.now_ms, last.time_ms), f": {last.summary}")
    return Answer(Level.OK, "nothing is broken", (more,))


def _shown(heading: str, answer: Answer) -> Markup:
    return tag(
        "div",
        tag("h2", icon(answer.level), heading),
        tag("p", answer.words, class_="words"),
        *(tag("p", line) for line in answer.more),
        class_=f"answer {answer.level.value}",
    )
