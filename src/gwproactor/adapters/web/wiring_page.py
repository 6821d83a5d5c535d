"""How the node is put together: each part, its class, what it was built from, and who uses it."""

from collections import defaultdict
from collections.abc import Sequence

from gwproactor.adapters.web.markup import Child, Markup, document, join, tag
from gwproactor.adapters.web.sections import section, table
from gwproactor.adapters.web.status_page import shared_head
from gwproactor.adapters.web.words import plural
from gwproactor.domain.status import WiringEntry


def wiring_page(node_name: str, entries: Sequence[WiringEntry]) -> Markup:
    """A row for each part; the names in it lead to the rows of those parts."""
    used_by: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        for need in entry.needs:
            used_by[need].append(entry.name)
    names = {entry.name for entry in entries}
    rows = [_row(entry, used_by[entry.name], names) for entry in entries]
    about = f"{plural(len(entries), 'part')}, each built from those that it names."
    body = tag(
        "body",
        tag("header", tag("h1", f"Wiring of {node_name}"), tag("p", about, class_="about")),
        tag(
            "main",
            section("parts", "Parts", table(("part", "class", "built from", "used by"), rows)),
        ),
        tag("footer", tag("nav", tag("a", "status", href="./"))),
    )
    return document(title=f"{node_name}: wiring", head=join(*shared_head()), body=body)


def _row(
    entry: WiringEntry, users: Sequence[str], names: set[str]
) -> "tuple[str, Sequence[Child]]":
    return f"part-{entry.name}", (
        tag("span", entry.name, class_="name"),
        tag("code", entry.class_name),
        _links(entry.needs, names),
        _links(users, names),
    )


def _links(parts: Sequence[str], names: set[str]) -> Markup:
    shown: list[Child] = []
    for part in parts:
        shown += [", "] if shown else []
        shown.append(tag("a", part, href=f"#part-{part}") if part in names else part)
    return join(*shown) if shown else join("-")
