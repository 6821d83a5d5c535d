"""Between a node and its event sink: notices whether the sink works, by what it answers."""

from collections.abc import Callable
from functools import partial

import attrs

from gwproactor.app.relay_sink import RelaySink
from gwproactor.domain.outcome import Failure, Outcome
from gwproactor.ports.event_sink import EventSink, ReceivedEvent, SinkAnswer, SinkBusy, StoreFull
from gwproactor.ports.event_store import StoreFailed, StoreNews, StoreRecovered


@attrs.define(eq=False)
class SinkWatch:
    """`put` is that of *sink*. Loop thread only.

    A sink is known to fail, or to work again, only when it is given something: peers send again
    what was not acknowledged, and a node without upstream link tries its own events each second.
    """

    sink: EventSink
    _tell: Callable[[StoreNews], None] = attrs.field(init=False, default=lambda _: None)
    _trouble: str = attrs.field(init=False, default="")
    _is_store: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # The store tells of itself, also when nobody asks it.
        self._is_store = isinstance(self.sink, RelaySink)

    def listen(self, tell: Callable[[StoreNews], None]) -> None:
        """Call *tell*, on the loop, with what the sink finds by itself; with StoreFailed when it
        begins to fail, or fails for another reason; with StoreRecovered when it has stored
        something again. To be called before the sink is opened, once.
        """
        self._tell = tell
        self.sink.listen(tell)

    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy | StoreFull]:
        """See `EventSink.put`."""
        if self._is_store:
            return self.sink.put(event, done)
        return self.sink.put(event, partial(self._answered, done))

    def _answered(self, done: Callable[[SinkAnswer], None], answer: SinkAnswer) -> None:
        # First: who holds what was not stored has it in its place before a problem event joins it.
        done(answer)
        match answer:
            case Failure(failed):
                if failed.detail != self._trouble:
                    # Even a failure without words is one.
                    self._trouble = failed.detail or "it does not say why"
                    self._tell(StoreFailed(self._trouble))
            case _:
                if self._trouble:
                    self._trouble = ""
                    self._tell(StoreRecovered())
