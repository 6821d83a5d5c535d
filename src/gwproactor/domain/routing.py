"""Which link a received message belongs to, and which filters may share a connection."""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from gwproactor.domain.link import Link, LinkSpec
from gwproactor.domain.link_state import Connection
from gwproactor.domain.outcome import Success
from gwproactor.domain.topic import (
    ENVELOPE,
    bad_filter,
    decode_topic,
    filter_matches,
    filters_overlap,
)

# Topics that are remembered, and how long one of them may be.
OWNERS_MAX: Final = 4_096
REMEMBERED_LENGTH_MAX: Final = 1_000


@attrs.frozen
class Owner:
    """The link of a message; `from_peer` False: an extra filter brought it."""

    link_name: str
    from_peer: bool


@attrs.define
class Routes:
    """The links of one broker connection by topic. A topic belongs to one link at most."""

    links: Mapping[str, Link]
    _owners: dict[str, Owner | None] = attrs.Factory(dict)

    def owner(self, topic: str) -> Owner | None:
        """By decoded src and dst, then by an extra filter; None: nobody's."""
        if topic in self._owners:
            return self._owners[topic]
        owner = self._find(topic)
        if len(topic) <= REMEMBERED_LENGTH_MAX:
            if len(self._owners) >= OWNERS_MAX:
                self._owners.clear()
            self._owners[topic] = owner
        return owner

    def changed(self) -> None:
        """Filters were added or removed."""
        self._owners.clear()

    def refusal(self, link_name: str, topic_filter: str) -> str | None:
        """Why *topic_filter* cannot be added to a link of this connection, or None.

        A link that was stopped has no subscriptions, and never will.
        """
        malformed = bad_filter(topic_filter)
        if malformed is not None:
            return malformed
        return overlap(
            link_name,
            topic_filter,
            (
                (link.name, wanted)
                for link in self.links.values()
                if not _is_stopped(link)
                for wanted in link.subscriptions.wanted
            ),
        )

    def _find(self, topic: str) -> Owner | None:
        match decode_topic(topic):
            case Success(parts) if parts.envelope == ENVELOPE:
                for link in self.links.values():
                    if (parts.src, parts.dst) == (
                        link.spec.peer_long_name,
                        link.spec.receiver_name,
                    ):
                        return Owner(link.name, from_peer=True)
        # A stopped link still owns what is on its way, unless another took its filter over.
        for link in sorted(self.links.values(), key=_is_stopped):
            if any(filter_matches(f, topic) for f in link.subscriptions.wanted):
                return Owner(link.name, from_peer=False)
        return None


def overlap(link_name: str, topic_filter: str, others: Iterable[tuple[str, str]]) -> str | None:
    """Why *topic_filter* of a link clashes with one of *others* (link name, filter), or None."""
    for other_link, other in others:
        same = (other_link, other) == (link_name, topic_filter)
        if not same and filters_overlap(topic_filter, other):
            return (
                f"could match the same topic as {other!r} of link {other_link!r} on this broker, "
                "which would then deliver such a message twice"
            )
    return None


def spec_problems(specs: Iterable[LinkSpec]) -> list[str]:
    """What is wrong with a node's links taken together."""
    problems: list[str] = []
    seen: dict[str, list[tuple[str, str]]] = {}
    names: set[str] = set()
    upstream: list[str] = []
    primary: list[str] = []
    for spec in specs:
        if spec.name in names:
            problems.append(f"there are two links named {spec.name!r}")
        names.add(spec.name)
        if spec.upstream:
            upstream.append(spec.name)
        if spec.primary_peer:
            primary.append(spec.name)
        others = seen.setdefault(spec.broker, [])
        clash = overlap(spec.name, spec.own_filter, others)
        if clash is not None:
            problems.append(f"link {spec.name!r}: its filter {spec.own_filter!r} {clash}")
        others.append((spec.name, spec.own_filter))
    if len(upstream) > 1:
        problems.append(f"only one link may be upstream, not {', '.join(upstream)}")
    if len(primary) > 1:
        problems.append(f"only one link may be the primary peer's, not {', '.join(primary)}")
    return problems


def _is_stopped(link: Link) -> bool:
    return link.facts.connection is Connection.STOPPED
