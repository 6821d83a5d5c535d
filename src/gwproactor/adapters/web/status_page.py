"""The status page: one page that says the same with and without JavaScript."""

from gwproactor.adapters.web import answers, sections
from gwproactor.adapters.web.io_section import io_coroutines
from gwproactor.adapters.web.markup import Markup, document, join, tag
from gwproactor.adapters.web.words import clock, duration, plural
from gwproactor.domain.status import Health, NodeStatus


def status_page(status: NodeStatus, health: Health) -> Markup:
    """The whole page. With JavaScript it keeps itself up to date, until it says that it is not."""
    as_of = tag("p", "As of ", clock(status.now_ms), "; reload for news.", id="live", role="status")
    head = join(*shared_head(), tag("script", src="status.js", defer="defer"))
    body = tag(
        "body",
        as_of,
        tag("header", tag("h1", status.name)),
        tag("main", status_content(status, health), id="status", data_version=status.version),
        tag("footer", _elsewhere()),
    )
    return document(title=answers.title(status, health), head=head, body=body)


def status_content(status: NodeStatus, health: Health) -> Markup:
    """What changes: the content of `main`."""
    return join(
        _about(status),
        answers.answers(status, health),
        sections.links(status),
        sections.store(status),
        sections.actors(status),
        io_coroutines(status),
        sections.watchdog(status),
        sections.problems(status),
    )


def shared_head() -> tuple[Markup, ...]:
    """Looks that all pages share."""
    return (
        tag("link", rel="stylesheet", href="status.css"),
        tag("link", rel="icon", href="status.svg", type="image/svg+xml"),
    )


def _about(status: NodeStatus) -> Markup:
    up = "starting"
    if status.started_ms is not None:
        up = f"up {duration((status.now_ms - status.started_ms) / 1_000)}"
    told = (
        f"short name {status.short_name}",
        up,
        f"instance {status.instance_id or 'not known yet'}",
        f"process {status.process_id}",
        f"gwproactor {status.version}",
        plural(len(status.links), "link"),
    )
    return tag("p", " · ".join(told), class_="about", id="about")


def _elsewhere() -> Markup:
    """The same for programs, and how the node is put together."""
    return tag(
        "nav",
        tag("a", "wiring", href="wiring"),
        tag("a", "status.json", href="status.json"),
        tag("a", "metrics", href="metrics"),
        tag("a", "healthz", href="healthz"),
        aria_label="Elsewhere",
    )
