"""Runs the demo: broker and nodes as processes, the outage, the end, whatever ends it.

The story itself is `_play`; `run` ends it early for a signal or a node that failed, and cleans up.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NoReturn

import attrs

from gwproactor.adapters.persistence import SinkUnreadableError
from gwproactor.app.demo.demo_broker import DemoBroker, NoBrokerError
from gwproactor.app.demo.display import Display
from gwproactor.app.demo.evidence import EvidenceError, evidence_of
from gwproactor.app.demo.node_process import NodeProcess
from gwproactor.app.demo.options import DemoOptions, Outage
from gwproactor.app.demo.progress import BrokerState, Progress, Told, child_news, parent_news
from gwproactor.app.demo.status import ChildStatus, NodeConfig, ParentStatus
from gwproactor.app.demo.verdict import Verdict, count_of_events, verdict_of
from gwproactor.app.demo.waiting import cancel, within
from gwproactor.app.output import CLOSED_PIPE_CODE
from gwproactor.app.signals import Signals, heard_signals
from gwproactor.domain.link_state import StateName
from gwproactor.ports.clock import Clock

# Both nodes need about a second for it; a slow machine more.
ACTIVE_S: Final = 20.0
DRAIN_S: Final = 60.0
FRAME_S: Final = 0.125


class DemoFailedError(Exception):
    """The demo cannot go on; the message says why."""


@attrs.frozen
class Ending:
    """How the demo ended. `verdict` None: it had not begun, or the files cannot be read.

    `problem` is empty if nothing went wrong but what `verdict` tells.
    """

    exit_code: int
    verdict: Verdict | None
    problem: str = ""


class Supervisor:
    """One run of the demo."""

    def __init__(
        self,
        options: DemoOptions,
        config: Callable[[DemoBroker], NodeConfig],
        *,
        broker: DemoBroker,
        display: Display,
        clock: Clock,
    ) -> None:
        self._options = options
        self._make_config = config
        self._broker = broker
        self._display = display
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._config: NodeConfig | None = None
        self._child: NodeProcess[ChildStatus] | None = None
        self._parent: NodeProcess[ParentStatus] | None = None
        self._changed = asyncio.Event()
        self._node_ended = asyncio.Event()
        self._epitaph = ""
        self._stopping = False
        self._watching: list[asyncio.Task[None]] = []
        self.progress = Progress(planned=options.events, broker_name=broker.name)

    async def run(self) -> Ending:
        """Play the demo, end all processes, and say what became of the events."""
        with heard_signals() as signals:
            frames = asyncio.create_task(self._show_frames(), name="frames")
            try:
                code, problem = await self._play_until_it_ends(signals, frames)
            finally:
                await self._clean_up(signals)
                await cancel(frames)
                self._display.frame(self.progress, self._now_s())
            return await self._ending(code, problem)

    async def _play_until_it_ends(
        self, signals: Signals, frames: "asyncio.Task[None]"
    ) -> tuple[int, str]:
        """The exit code, if the verdict does not change it, and what went wrong."""
        play = asyncio.create_task(self._play(), name="play")
        asked = asyncio.create_task(signals.asked.wait(), name="signals")
        node_ended = asyncio.create_task(self._node_ended.wait(), name="nodes")
        ends = (play, asked, node_ended, frames)
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if signals.first is not None:
                self._tell(f"{signals.first.name}: the demo ends")
                return 128 + signals.first, ""
            if self._node_ended.is_set():
                return 1, self._epitaph
            if frames.done():
                frames.result()
                return CLOSED_PIPE_CODE, "standard output was closed"
            play.result()
        except DemoFailedError as error:
            return 1, str(error)
        except NoBrokerError as error:
            return 3, str(error)
        except OSError as error:  # a full disk, no more processes
            return 1, str(error)
        finally:
            await cancel(play, asked, node_ended)
        return 0, ""

    async def _play(self) -> None:
        await self._broker.bring()
        self.progress.broker = BrokerState.UP
        self.progress.broker_name = f"{self._broker.name} at {self._broker.url}"
        self._tell(f"broker: {self.progress.broker_name}")
        child = await self._start_nodes()
        self._phase("waiting for the nodes")
        in_time = await self._until(lambda: self._both_active() or self._are_refused(), ACTIVE_S)
        if not in_time or not self._both_active():
            self._give_up_waiting()
        self._phase("generating events")
        self._tell(f"the sensor begins: {self._plan()}")
        child.generate()
        generating_s = self._options.duration_s + DRAIN_S
        if self._options.outage is not None:
            await self._take_broker_away_for_a_while(self._options.outage)
        if not await self._until(lambda: self.progress.child.finished, generating_s):
            raise DemoFailedError("the sensor did not finish in time")
        self._phase("waiting for the last acks")
        drained = await self._until(lambda: self.progress.child.is_drained, DRAIN_S)
        self._phase("done" if drained else f"gave up after {DRAIN_S:g} s")

    async def _start_nodes(self) -> NodeProcess[ChildStatus]:
        config = self._config = self._make_config(self._broker)
        child = self._child = NodeProcess(
            "child", config, status=ChildStatus, heard=self._heard_child, clock=self._clock
        )
        parent = self._parent = NodeProcess(
            "parent", config, status=ParentStatus, heard=self._heard_parent, clock=self._clock
        )
        for node in (parent, child):
            await node.start()
            self._watching.append(asyncio.create_task(self._watch(node), name=f"watch {node.role}"))
        return child

    async def _take_broker_away_for_a_while(self, outage: Outage) -> None:
        await self._clock.sleep(outage.after_s)
        self.progress.back_s = self._now_s() + outage.length_s
        self.progress.broker = BrokerState.AWAY
        self._tell(f"broker: killed, comes back in {outage.length_s:.0f} s")
        await self._broker.take_away()
        await self._clock.sleep(outage.length_s)
        await self._broker.bring()
        self.progress.broker = BrokerState.UP
        self._tell("broker: back on its port; the nodes reconnect after random delays")

    async def _clean_up(self, signals: Signals) -> None:
        """End every process; a second signal kills what hangs."""
        self._stopping = True
        self._phase("stopping")
        await cancel(*self._watching)
        nodes = [node for node in (self._child, self._parent) if node is not None]
        stopping = asyncio.create_task(self._stop(nodes), name="stop")
        hurry = asyncio.create_task(signals.asked_again.wait(), name="hurry")
        await asyncio.wait((stopping, hurry), return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            for node in nodes:
                node.kill()
        await stopping
        await cancel(hurry)
        await self._broker.take_away()

    @staticmethod
    async def _stop(nodes: "list[NodeProcess[ChildStatus] | NodeProcess[ParentStatus]]") -> None:
        for node in nodes:  # the child first, whose farewell the parent acknowledges
            await node.stop()

    async def _ending(self, code: int, problem: str) -> Ending:
        if self._config is None:
            return Ending(code, None, problem)
        try:
            verdict = verdict_of(await evidence_of(self._config))
        except (EvidenceError, SinkUnreadableError) as error:
            return Ending(code or 1, None, "\n".join(filter(None, (problem, str(error)))))
        return Ending(code or (0 if verdict.is_clean else 1), verdict, problem)

    # What is known

    def _heard_child(self, status: ChildStatus) -> None:
        news = child_news(self.progress.child, status)
        self.progress.child = status
        self._heard(news)

    def _heard_parent(self, status: ParentStatus) -> None:
        news = parent_news(self.progress.parent, status)
        self.progress.parent = status
        self._heard(news)

    def _heard(self, news: list[str]) -> None:
        for text in news if not self._stopping else ():
            self._tell(text)
        self._changed.set()

    async def _watch(self, node: "NodeProcess[ChildStatus] | NodeProcess[ParentStatus]") -> None:
        code = await node.ended()
        self._epitaph = self._epitaph or node.epitaph(code)
        self._node_ended.set()

    def _both_active(self) -> bool:
        return self.progress.child.is_active and self.progress.parent.is_active

    def _are_refused(self) -> bool:
        """Whether a foreign broker, which was reached just now, refuses the nodes."""
        waits = (self.progress.child.next_try_s, self.progress.parent.next_try_s)
        return not self._broker.is_ours and any(next_try_s is not None for next_try_s in waits)

    async def _until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Whether it became so within *seconds*."""
        return await within(self._clock, seconds, self._until_ever(is_so))

    async def _until_ever(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._changed.clear()
            await self._changed.wait()

    def _give_up_waiting(self) -> NoReturn:
        nodes = [node for node in (self._child, self._parent) if node is not None]
        logs = [f"{node.role}: {node.last_words()}" for node in nodes]
        if self.progress.child.link == StateName.CONNECTING.value:
            what = f"the nodes cannot connect to the broker at {self._broker.url}"
            raise NoBrokerError("\n".join([what, *logs]))
        what = f"the links are not active after {ACTIVE_S:g} s"
        raise DemoFailedError("\n".join([what, *logs]))

    # What is shown

    async def _show_frames(self) -> None:
        while self._display.frame(self.progress, self._now_s()):
            await self._clock.sleep(FRAME_S)

    def _tell(self, text: str) -> None:
        self.progress.story.append(Told(self._now_s(), text))

    def _phase(self, phase: str) -> None:
        self.progress.phase = phase

    def _plan(self) -> str:
        options = self._options
        count = f"{count_of_events(options.events)}, {options.rate:g} a second"
        return count if options.seconds is None else f"{count}, for {options.seconds:g} s"

    def _now_s(self) -> float:
        return self._clock.monotonic_s() - self._started_s
