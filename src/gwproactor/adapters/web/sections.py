"""The parts of the status page below its answers; what is bad comes first in each."""

from collections.abc import Sequence
from typing import Final

from gwproactor.adapters.web.level import BADNESS, STATE_LEVELS, Level, icon
from gwproactor.adapters.web.link_words import level_of, long_words, short_words
from gwproactor.adapters.web.markup import Child, Markup, join, tag
from gwproactor.adapters.web.words import (
    ago,
    clock,
    duration,
    hours,
    lasting,
    number,
    past,
    plural,
    size,
)
from gwproactor.domain.status import (
    ActorStatus,
    LinkStatus,
    MonitoredStatus,
    NodeStatus,
    RecentProblem,
    StoreStatus,
)


def links(status: NodeStatus) -> Markup:
    """A card each."""
    ordered = sorted(status.links, key=lambda link: (not link.upstream, BADNESS[level_of(link)]))
    cards = [_link(link, status.now_ms) for link in ordered]
    nothing = tag("p", "This node has no links.", class_="none")
    shown = tag("div", *cards, class_="cards") if cards else nothing
    return section("links", "Links", shown)


def _link(link: LinkStatus, now_ms: int) -> Markup:
    level, stats = level_of(link), link.stats
    return tag(
        "article",
        tag(
            "h3",
            icon(level),
            tag("span", link.name, class_="name"),
            tag("span", short_words(link), class_=f"badge {level.value}"),
        ),
        tag("p", long_words(link), class_="meaning"),
        _facts(
            ("state", join(tag("code", link.state), *_since(link, now_ms))),
            ("last heard", _last(link.last_heard_ms, now_ms)),
            ("last sent", _last(link.last_sent_ms, now_ms)),
            ("un-acked", number(link.un_acked)),
            ("peer", f"{link.peer} (upstream)" if link.upstream else link.peer),
            ("broker", f"{link.broker} at {link.broker_address}"),
            *_only(link.subscriptions_pending, "not granted", "subscription"),
            ("messages", f"{number(stats.received)} received, {number(stats.sent)} sent"),
            *_only(stats.timeouts, "no answer", "time"),
            *_only(stats.duplicates, "duplicates", "event"),
            *_only(stats.events_not_kept - stats.sink_busy, "not stored", "event"),
            *_only(stats.unreadable, "unreadable", "message"),
        ),
        id=f"link-{link.name}",
        class_=f"card {level.value}",
    )


def _since(link: LinkStatus, now_ms: int) -> Sequence[Child]:
    return () if link.since_ms is None else (" for ", lasting(now_ms, link.since_ms))


def store(status: NodeStatus) -> Markup:
    """How full it is, and of what."""
    kept = status.store
    trouble = [
        tag("p", icon(Level.BAD), f"{what}: {why}", class_="trouble")
        for what, why in (("event store", kept.trouble), ("event sink", kept.sink_trouble))
        if why
    ]
    if not any(link.upstream for link in status.links):
        nothing = tag("p", NO_PARENT, class_="none")
        return section("store", "Event store", *trouble, nothing, _facts(_sink(kept)))
    if not kept.keeps:
        nothing = tag("p", NULL_STORE, class_="none")
        facts = _facts(*_generated(status), ("kind", kept.kind), _sink(kept))
        return section("store", "Event store", *trouble, nothing, facts)
    percent = 100 * kept.pending_bytes / kept.bytes_max
    meter = tag(
        "meter",
        f"{percent:.1f} %",
        min="0",
        max="100",
        low="80",
        high="90",
        optimum="0",
        value=f"{min(percent, 100.0):.2f}",
        aria_label="how full the store is",
    )
    room = f"{size(kept.pending_bytes)} of {size(kept.bytes_max)}, {percent:.1f} %"
    types = ", ".join(kept.quarantined_types)
    facts = _facts(
        ("waiting", plural(kept.pending, "event")),
        ("in flight", number(kept.in_flight)),
        ("full in", "-" if kept.hours_left is None else hours(kept.hours_left)),
        ("when full", WHEN_FULL.get(kept.when_full, kept.when_full)),
        ("quarantine", plural(kept.quarantined, "event") + (f": {types}" if types else "")),
        *_generated(status),
        ("kind", kept.kind),
        _sink(kept),
    )
    return section(
        "store", "Event store", *trouble, tag("p", meter, tag("span", room), class_="fill"), facts
    )


def _generated(status: NodeStatus) -> Sequence[tuple[str, Child]]:
    stats = status.stats
    return (
        ("generated", plural(stats.events_generated, "event")),
        *_only(stats.events_refused, "refused", "event"),
        *_only(stats.events_dropped, "dropped", "event"),
    )


def _sink(store: StoreStatus) -> tuple[str, Child]:
    return "sink", store.sink_kind + ("" if store.sink_keeps else ", which keeps nothing")


NO_PARENT: Final = "This node has no upstream link: what it receives goes into its event sink."
NULL_STORE: Final = "It keeps nothing: what is not acknowledged at once is lost."
WHEN_FULL: Final = {
    "drop-oldest": "the oldest events are dropped",
    "refuse-new": "new events are refused",
}


def actors(status: NodeStatus) -> Markup:
    """A row each."""
    ordered = sorted(status.actors, key=lambda actor: BADNESS[STATE_LEVELS[actor.state]])
    if not ordered:
        return section("actors", "Actors", tag("p", "This node has no actors.", class_="none"))
    headings = ("actor", "state", "last progress", "waits for", "inbox", "failures")
    return section("actors", "Actors", table(headings, [_actor(actor) for actor in ordered]))


def _actor(actor: ActorStatus) -> "tuple[str, Sequence[Child]]":
    level = STATE_LEVELS[actor.state]
    age_s = actor.progress_age_s
    inbox = number(actor.inbox_waiting)
    if actor.inbox_dropped:
        inbox += f" ({number(actor.inbox_dropped)} dropped)"
    failures: list[Child] = [number(actor.failures)]
    if actor.restarts:
        failures.append(f", {plural(actor.restarts, 'restart')}")
    if actor.last_failure:
        failures.append(tag("small", f"last: {actor.last_failure}"))
    policy = tag("small", f"on failure: {actor.policy.value}")
    return f"actor-{actor.name}", (
        join(tag("span", actor.name, class_="name"), tag("small", actor.class_name)),
        join(icon(level), actor.state.value, policy),
        "-" if age_s is None else past(age_s),
        actor.waits_for or "-",
        inbox,
        join(*failures),
    )


def watchdog(status: NodeStatus) -> Markup:
    """Who watches, and what was seen."""
    dog = status.watchdog
    facts = _facts(
        ("from outside", dog.external),
        ("pats sent", number(dog.pats)),
        *_only(dog.pat_failures, "pats failed", "time"),
        ("loop late by", f"{_ms(dog.loop_lag_s)} (at most {_ms(dog.loop_lag_s_max)})"),
        ("stalls", number(dog.stalls)),
        *((("last stall", tag("pre", dog.last_stall)),) if dog.last_stall else ()),
    )
    ordered = sorted(dog.monitored, key=lambda monitored: not monitored.late)
    rows = [_monitored(monitored) for monitored in ordered]
    watched = [table(("must pat", "last pat", "limit"), rows)] if rows else []
    return section("watchdog", "Watchdog", facts, *watched)


def _monitored(monitored: MonitoredStatus) -> "tuple[str, Sequence[Child]]":
    level = Level.BAD if monitored.late else Level.OK
    return f"monitored-{monitored.name}", (
        join(icon(level), tag("span", monitored.name, class_="name")),
        past(monitored.pat_age_s) + (", late" if monitored.late else ""),
        duration(monitored.timeout_s),
    )


def problems(status: NodeStatus) -> Markup:
    """Newest first."""
    stats = status.stats
    if not status.problems:
        nothing = tag("p", "None since the start.", class_="none")
        return section("problems", "Recent problems", nothing)
    shown = [_problem(problem, status.now_ms) for problem in status.problems]
    counted = f"{plural(stats.problems, 'problem')} since the start"
    if stats.problems_suppressed:
        counted += f", {number(stats.problems_suppressed)} of them only counted"
    return section(
        "problems",
        "Recent problems",
        tag("ol", *shown, class_="problems"),
        tag("p", f"{counted}.", class_="none"),
    )


def _problem(problem: RecentProblem, now_ms: int) -> Markup:
    when = tag("span", ago(now_ms, problem.time_ms), class_="when")
    summary = (when, tag("span", problem.summary, class_="what"))
    more = tag("p", clock(problem.time_ms)), tag("pre", problem.details)
    return tag(
        "li",
        tag("details", tag("summary", *summary), *more),
        id=f"problem-{problem.time_ms}",
    )


def section(name: str, heading: str, *children: Child) -> Markup:
    """A part of the page with its heading."""
    return tag("section", tag("h2", heading), *children, id=name)


def table(headings: Sequence[str], rows: "Sequence[tuple[str, Sequence[Child]]]") -> Markup:
    """Each row with its id; on a phone every cell stands below the last, behind its heading."""
    head = tag("tr", *(tag("th", heading, scope="col") for heading in headings))
    body = (
        tag(
            "tr",
            *(
                tag("td", tag("div", cell), data_label=heading)
                for heading, cell in zip(headings, cells, strict=True)
            ),
            id=name,
        )
        for name, cells in rows
    )
    return tag("table", tag("thead", head), tag("tbody", *body))


def _facts(*facts: tuple[str, Child]) -> Markup:
    return tag(
        "dl",
        *(tag("div", tag("dt", what), tag("dd", value)) for what, value in facts),
        class_="facts",
    )


def _only(count: int, what: str, unit: str) -> Sequence[tuple[str, Child]]:
    """What is worth a line only where it happened."""
    return ((what, plural(count, unit)),) if count else ()


def _last(time_ms: int | None, now_ms: int) -> Child:
    return "never" if time_ms is None else ago(now_ms, time_ms)


def _ms(seconds: float) -> str:
    return f"{seconds * 1_000:.1f} ms" if seconds < 1 else duration(seconds)
