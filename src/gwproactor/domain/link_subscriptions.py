"""The filters of one link: which are wanted, which the broker has granted at this connect."""

from collections.abc import Sequence
from typing import Final

import attrs

from gwproactor.domain.subscription import QOS, Subscription

REFUSED: Final = 128
RETRY_S_MAX: Final = 60.0
# A broker answers a SUBSCRIBE in milliseconds; one that says nothing so long is asked again.
ANSWER_S_MAX: Final = 15.0


@attrs.frozen
class Request:
    """A SUBSCRIBE that is not answered yet; `for_setup` if a filter of the set-up is in it."""

    topic_filters: tuple[str, ...]
    asked_s: float
    for_setup: bool


@attrs.frozen
class Answer:
    """What a SUBACK says: the refused filters with their codes; and is it about the set-up?"""

    refused: dict[str, int]
    for_setup: bool


@attrs.define
class LinkSubscriptions:
    """Filters in the order of their adding.

    `setup` holds the filters of this connect that are not granted yet: the link is subscribed once
    it is empty. A filter that is added later joins the set-up at the next connect. `pending` are
    all that are not granted.
    """

    wanted: dict[str, QOS] = attrs.Factory(dict)
    setup: set[str] = attrs.Factory(set)
    pending: set[str] = attrs.Factory(set)
    requests: dict[int, Request] = attrs.Factory(dict)
    refusals: int = 0
    retry_s: float | None = None

    def items(self) -> tuple[Subscription, ...]:
        return tuple(Subscription(topic_filter, qos) for topic_filter, qos in self.wanted.items())

    def connected(self, request: int, now_s: float) -> tuple[Subscription, ...]:
        """All filters, to be asked for in one SUBSCRIBE."""
        self.disconnected()
        self.setup.update(self.wanted)
        self.refusals = 0
        if self.wanted:
            self.asked(tuple(self.wanted), request, now_s)
        return self.items()

    def disconnected(self) -> None:
        """Nothing is granted any more, and no answer will come."""
        self.requests.clear()
        self.setup.clear()
        self.pending.clear()
        self.retry_s = None

    def asked(self, topic_filters: tuple[str, ...], request: int, now_s: float) -> None:
        self.pending.update(topic_filters)
        for_setup = not self.setup.isdisjoint(topic_filters)
        self.requests[request] = Request(topic_filters, now_s, for_setup)

    def removed(self, topic_filter: str) -> bool:
        """Whether it was there."""
        self.setup.discard(topic_filter)
        self.pending.discard(topic_filter)
        return self.wanted.pop(topic_filter, None) is not None

    def acked(self, request: int, codes: Sequence[int], now_s: float) -> Answer | None:
        """Take in a SUBACK; None: nobody asked, so it says nothing.

        A filter without a code counts as refused.
        """
        asked = self.requests.pop(request, None)
        if asked is None:
            return None
        refused: dict[str, int] = {}
        for index, topic_filter in enumerate(asked.topic_filters):
            if topic_filter not in self.wanted:
                continue
            code = codes[index] if index < len(codes) else REFUSED
            if code >= REFUSED:
                refused[topic_filter] = code
                self.pending.add(topic_filter)
            else:
                self.setup.discard(topic_filter)
                self.pending.discard(topic_filter)
        if refused:
            self.retry_s = now_s + min(RETRY_S_MAX, 2.0 ** min(self.refusals, 6))
            self.refusals += 1
        elif not self.pending:
            self.refusals = 0
        return Answer(refused, asked.for_setup)

    def to_retry(self, now_s: float) -> tuple[Subscription, ...]:
        """The filters to ask for again now: refused ones that are due, and unanswered ones."""
        late = [r for r, asked in self.requests.items() if asked.asked_s + ANSWER_S_MAX <= now_s]
        for request in late:
            del self.requests[request]
        due = self.retry_s is not None and self.retry_s <= now_s
        if not late and not due:
            return ()
        self.retry_s = None
        asked = {f for request in self.requests.values() for f in request.topic_filters}
        return tuple(
            Subscription(topic_filter, qos)
            for topic_filter, qos in self.wanted.items()
            if topic_filter in self.pending and topic_filter not in asked
        )

    def next_s(self) -> float | None:
        """When `to_retry` has something to say."""
        times = [asked.asked_s + ANSWER_S_MAX for asked in self.requests.values()]
        if self.retry_s is not None:
            times.append(self.retry_s)
        return min(times, default=None)
