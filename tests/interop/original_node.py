"""One real node of the original library (PyPI gridworks-proactor 4.1.13), driven by a test.

Run it with the interop environment's python; it imports only the original and the standard library:

    original_node.py child|parent --broker HOST:PORT --state-dir DIR
        --long-name L --short-name S --peer-long-name L --peer-short-name S
        [--ack-timeout 5] [--poll 60] [--inflight 50] [--reupload-window 5]
        [--link-name parent|child] [--persist-received] [--log-level WARNING]

A child has one upstream link, a parent one downstream link; no TLS, no login. Everything the node
reads or writes lies in DIR (stored events in DIR/event); no environment setting reaches it.

Each line on stdin is an object {"id": any, "command": name, ...} and gets exactly one line on
stdout, {"id": same, "ok": true, ...} or {"id": same, "ok": false, "error": text}. Nothing else goes
to stdout; the log goes to stderr. `wait` answers late and may be overtaken; the others keep order.

    command      its fields = defaults, and what the reply has beside id and ok

    state        -> state: all of `Node.facts`
    generate     n=1, kind="demo", type=by kind, payload={}, first_index=0 -> ids
                 kind demo: a typed event of an app; unknown: one the peer cannot know; foreign: one
                 not named `gridworks.event...`. The payload's fields are added, and an Index.
                 A type of the original (problem, proactor.dbg) makes its typed event.
    events       all=false -> events: what the app was given, in order, duplicates too; of each
                 Src, MessageId, TypeName, class (the original's python class), fields.
                 all: messages that are no events as well
    pause_acks   from here no ack is sent
    resume_acks  send_withheld=false -> withheld: how many; with the flag they are sent now
    send         type, payload={}, message_id=uuid4, ack_required=false, topic=link's -> message_id
                 one message of any type, event or not, not stored
    send         text, topic -> message_id "": exactly these bytes, no envelope is made
    wait         until={}, timeout=10 (seconds) -> met, state: replies once all facts named in until
                 hold, or at the timeout. link, running, pending, in_flight, unacked are compared as
                 equal, other numbers as at least, tables ({"received": {"gridworks.ack": 3}}) as at
                 least in each entry
    stop         reason -> state, after a clean stop; then exit 0

It also stops cleanly, with exit 0, when stdin closes and on SIGTERM. If the node stops by itself,
the exit code is 1.
"""

# `gwproactor` is the original here; tools that look into src/ would take it for this library.
# mypy: ignore-errors
# ruff: isort: skip_file

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import logging
import os
import pathlib
import signal
import sys
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Literal, TextIO, TypeAlias

from gwproactor import App, AppSettings, Proactor
from gwproactor.callbacks import ProactorCallbackInterface
from gwproactor.config import MQTTClient, Paths, ProactorSettings
from gwproactor.config.links import CodecSettings, LinkSettings
from gwproactor.config.mqtt import TLSInfo
from gwproactor.config.proactor_config import ProactorName
from gwproactor.message import DBGEvent, InternalShutdownMessage
from gwproactor.persister import TimedRollingFilePersister
from gwproto import HardwareLayout, Message, MQTTTopic
from gwproto.messages import AnyEvent, EventBase, ProblemEvent

Json: TypeAlias = dict[str, Any]

# Longer than the original's joins at stop (3 s for its MQTT thread), shorter than tests wait.
STOP_TIMEOUT_S = 10.0
REQUEST_BYTES_MAX = 1 << 24
EQUAL_FACTS = frozenset({"link", "pending", "in_flight", "unacked", "running"})
TYPE_NAMES = {
    "demo": "gridworks.event.demo.n",
    "unknown": "gridworks.event.demo.unknown.to.peer",
    "foreign": "demo.foreign.event",
}


class DemoEvent(EventBase):
    """An app's own event; this node's codec knows it because its settings name this module."""

    Index: int = 0
    Text: str = ""
    TypeName: Literal["gridworks.event.demo.n"] = "gridworks.event.demo.n"


TYPED_EVENTS: Mapping[str, type[EventBase]] = {
    "gridworks.event.demo.n": DemoEvent,
    "gridworks.event.problem": ProblemEvent,
    "gridworks.event.proactor.dbg": DBGEvent,
}


class NodeSettings(AppSettings):
    """A broker field for each possible link name, as the original finds brokers by field name."""

    parent: MQTTClient = MQTTClient()
    child: MQTTClient = MQTTClient()


class WatchedProactor(Proactor):
    """Calls `on_change` after every turn that can have changed a fact; nothing has to poll."""

    on_change: Callable[[], None] = staticmethod(lambda: None)

    async def async_process_message(self, message: Any) -> None:
        await super().async_process_message(message)
        self.on_change()

    def _process_ack_timeout(self, wait_info: Any) -> None:
        super()._process_ack_timeout(wait_info)
        self.on_change()


class NodeApp(App):
    """The smallest app of the original: one link, a file persister, no actors, an empty layout."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        super().__init__(
            paths_name="interop",
            app_settings=make_settings(arguments),
            layout=HardwareLayout(
                {}, cacs={}, components={}, nodes={}, data_channels={}, synth_channels={}
            ),
        )

    @classmethod
    def app_settings_type(cls) -> type[NodeSettings]:
        return NodeSettings

    @classmethod
    def proactor_type(cls) -> type[WatchedProactor]:
        return WatchedProactor

    def _get_name(self, layout: HardwareLayout) -> ProactorName:
        return ProactorName(
            long_name=self.arguments.long_name, short_name=self.arguments.short_name
        )

    def _get_link_settings(
        self, name: ProactorName, layout: HardwareLayout, brokers: Mapping[str, MQTTClient]
    ) -> dict[str, LinkSettings]:
        is_child = self.arguments.role == "child"
        link = LinkSettings(
            broker_name=self.arguments.link_name,
            enabled=True,
            peer_long_name=self.arguments.peer_long_name,
            peer_short_name=self.arguments.peer_short_name,
            link_subscription_short_name="",
            codec=CodecSettings(
                message_model_name="",
                message_modules=[__name__],
                use_default_message_modules=True,
            ),
            upstream=is_child,
            downstream=not is_child,
        )
        return {self.arguments.link_name: link}

    def _make_persister(self, settings: AppSettings) -> TimedRollingFilePersister:
        return TimedRollingFilePersister(settings.paths.event_dir)


class Recorder(ProactorCallbackInterface):
    """Keeps every message the original hands to its app (all but acks, pings and dbg)."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.persist: Callable[[Any], object] | None = None

    def process_mqtt_message(self, mqtt_client_message: Any, decoded: Any) -> None:
        self.messages.append(decoded)
        if self.persist is not None and isinstance(decoded.Payload, EventBase):
            self.persist(decoded.Payload)

    @property
    def events(self) -> list[Any]:
        return [message for message in self.messages if isinstance(message.Payload, EventBase)]


class Node:
    """The running node, its facts, and one method for each command."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.link_name: str = arguments.link_name
        self.peer_short_name: str = arguments.peer_short_name
        self.proactor: Any = NodeApp(arguments).instantiate().proactor
        self.recorder = Recorder()
        self.generated: collections.Counter[str] = collections.Counter()
        self.withheld: list[Any] = []
        self.acks_paused = False
        self.is_running = True
        self.changed = asyncio.Event()
        if arguments.persist_received:
            self.recorder.persist = self.proactor.generate_event
        self.proactor.add_callbacks(self.recorder)
        self.proactor.on_change = self.note_change
        self._watch_links()

    def _watch_links(self) -> None:
        # The original makes its link manager itself; so two methods are wrapped on the instance.
        links = self.proactor.links
        send_ack, generate_event = links.send_ack, links.generate_event

        def send_ack_unless_paused(link_name: str, message: Any) -> None:
            if self.acks_paused:
                self.withheld.append(message)
            else:
                send_ack(link_name, message)

        def count_and_generate(event: Any) -> Any:
            self.generated[event.TypeName] += 1
            return generate_event(event)

        self.send_ack: Callable[[str, Any], None] = send_ack
        links.send_ack, links.generate_event = send_ack_unless_paused, count_and_generate

    def note_change(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Until a shutdown message, or an exception inside, ends the original."""
        try:
            await self.proactor.run_forever()
        finally:
            self.is_running = False
            self.note_change()

    async def shut_down(self, reason: str, running: asyncio.Task[None]) -> None:
        """Stop as the original's signal handler does. Raises TimeoutError if it does not end."""
        message = InternalShutdownMessage(Src=self.proactor.publication_name, Reason=reason)
        self.proactor.send(message)
        await asyncio.wait_for(asyncio.shield(running), STOP_TIMEOUT_S)

    def facts(self) -> Json:
        """What a test may ask about or wait for."""
        links = self.proactor.links
        stats = self.proactor.stats.link(self.link_name)
        received = dict(stats.num_received_by_type)
        arrived = received.pop("gw", 0)  # the original counts each arrival under these two names,
        received.pop("mqtt_message", None)  # and under its message type only if it could be decoded
        return {
            "link": links.link_state(self.link_name).value,
            "running": self.is_running,
            "pending": links.num_pending,  # events in the store
            "in_flight": len(links._in_flight_events),  # events sent, not acked, in memory only
            "unacked": links.num_acks(self.link_name),  # running ack timers, of pings too
            "reupload_unsent": links.num_reupload_pending,
            "reupload_unacked": links.num_reuploaded_unacked,
            "reuploads_started": stats.reupload_counts.started,
            "reuploads_completed": stats.reupload_counts.completed,
            "received": received,  # decoded messages by type
            "undecodable": arrived - sum(received.values()),
            "acks_received": received.get("gridworks.ack", 0),
            "events": len(self.recorder.events),
            "generated": dict(self.generated),  # all events by type, relayed ones too
            "comm_events": dict(stats.comm_event_counts),  # own comm events by type
            "link_timeouts": stats.timeouts,
            "acks_paused": self.acks_paused,
            "acks_withheld": len(self.withheld),
        }

    def state(self, request: Json) -> Json:
        return {"state": self.facts()}

    def generate(self, request: Json) -> Json:
        type_name = request.get("type") or TYPE_NAMES[request.get("kind", "demo")]
        make = TYPED_EVENTS.get(type_name, AnyEvent)
        first = request.get("first_index", 0)
        ids: list[str] = []
        for index in range(first, first + request.get("n", 1)):
            base = {
                "MessageId": str(uuid.uuid4()),
                "Src": self.proactor.publication_name,
                "TypeName": type_name,
            }
            event = make(**(base | {"Index": index} | request.get("payload", {})))
            self.proactor.generate_event(event)
            ids.append(event.MessageId)
        self.note_change()
        return {"ids": ids}

    def events(self, request: Json) -> Json:
        kept = self.recorder.messages if request.get("all") else self.recorder.events
        return {"events": [described(message) for message in kept]}

    def pause_acks(self, request: Json) -> Json:
        self.acks_paused = True
        return {}

    def resume_acks(self, request: Json) -> Json:
        self.acks_paused = False
        withheld, self.withheld = self.withheld, []
        if request.get("send_withheld"):
            for message in withheld:
                self.send_ack(self.link_name, message)
        return {"withheld": len(withheld)}

    def send(self, request: Json) -> Json:
        if "text" in request:
            clients = self.proactor.links.mqtt_clients()
            clients.publish(self.link_name, request["topic"], request["text"].encode(), 0)
            return {"message_id": ""}
        payload = {**request.get("payload", {}), "TypeName": request["type"]}
        message_id = request.get("message_id", payload.get("MessageId", str(uuid.uuid4())))
        message = Message[Any](
            Src=self.proactor.publication_name,
            Dst=self.peer_short_name,
            MessageId=message_id,
            AckRequired=request.get("ack_required", False),
            Payload=payload,
        )
        own_topic = MQTTTopic.encode("gw", message.src(), message.dst(), request["type"])
        self.proactor.publish_message(
            self.link_name, message, topic=request.get("topic", own_topic)
        )
        return {"message_id": message_id}

    async def wait(self, request: Json) -> Json:
        until, timeout_s = request.get("until", {}), request.get("timeout", 10.0)
        unknown = until.keys() - self.facts().keys()
        if unknown:
            raise ValueError(f"no such facts: {sorted(unknown)}")
        try:
            async with asyncio.timeout(timeout_s):
                while self.is_running and not holds(until, self.facts()):
                    await self.changed.wait()
        except TimeoutError:
            pass
        facts = self.facts()
        return {"met": holds(until, facts), "state": facts}


class Conversation:
    """Reads requests from stdin, lets the node answer them, writes the replies."""

    def __init__(self, node: Node, running: asyncio.Task[None], replies: TextIO) -> None:
        self.node = node
        self.running = running
        self.replies = replies
        self.waits: set[asyncio.Task[None]] = set()

    async def hold(self) -> None:
        """Until `stop` is asked or stdin closes; the node has stopped then."""
        async for line in await stdin_lines():
            if not line.strip():
                continue
            try:
                request = json.loads(line)
                name, request_id = request["command"], request["id"]
            except (ValueError, TypeError, KeyError) as error:
                self._reply({"id": None, "ok": False, "error": f"not a request: {error!r}"})
                continue
            if name == "wait":
                self.waits.add(asyncio.create_task(self._answer_wait(request_id, request)))
            elif name == "stop":
                await self._stop(request.get("reason", "the test asked"))
                self._reply({"id": request_id, "ok": True, "state": self.node.facts()})
                return
            else:
                self._answer(request_id, name, request)
        await self._stop("stdin closed")

    def _answer(self, request_id: object, name: str, request: Json) -> None:
        answers = {
            "state": self.node.state,
            "generate": self.node.generate,
            "events": self.node.events,
            "pause_acks": self.node.pause_acks,
            "resume_acks": self.node.resume_acks,
            "send": self.node.send,
        }
        try:
            self._reply({"id": request_id, "ok": True} | answers[name](request))
        except Exception as error:  # whatever a test asks wrongly, the node lives on and says so
            logging.exception("request failed: %s", request)
            self._reply({"id": request_id, "ok": False, "error": repr(error)})

    async def _answer_wait(self, request_id: object, request: Json) -> None:
        try:
            self._reply({"id": request_id, "ok": True} | await self.node.wait(request))
        except Exception as error:
            self._reply({"id": request_id, "ok": False, "error": repr(error)})

    async def _stop(self, reason: str) -> None:
        if not self.running.done():
            await self.node.shut_down(reason, self.running)
        # The node's end has ended every wait; their replies go out before the one to `stop`.
        await asyncio.gather(*self.waits)

    def _reply(self, reply: Json) -> None:
        self.replies.write(json.dumps(reply, separators=(",", ":")) + "\n")
        self.replies.flush()


def described(message: Any) -> Json:
    """One received message as a test sees it; `class` tells a typed event from a generic one."""
    fields = message.Payload.model_dump(mode="json")
    return {
        "Src": message.Header.Src,
        "MessageId": message.Header.MessageId,
        "TypeName": message.Header.MessageType,
        "class": type(message.Payload).__name__,
        "fields": fields,
    }


def holds(until: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether every wanted fact is so."""

    def one_holds(name: str, wanted: Any) -> bool:
        if name in EQUAL_FACTS:
            return bool(facts[name] == wanted)
        if isinstance(wanted, dict):
            return all(facts[name].get(key, 0) >= count for key, count in wanted.items())
        return bool(facts[name] >= wanted)

    return all(one_holds(name, wanted) for name, wanted in until.items())


def make_settings(arguments: argparse.Namespace) -> NodeSettings:
    """Everything is given, so that nothing comes from the environment or a default directory."""
    state_dir: pathlib.Path = arguments.state_dir
    host, _, port = arguments.broker.rpartition(":")
    broker = MQTTClient(host=host, port=int(port), tls=TLSInfo(use_tls=False))
    paths = Paths(
        base=".",
        name="interop",
        data_home=state_dir,
        state_home=state_dir,
        config_home=state_dir,
        data_dir=state_dir,
        config_dir=state_dir,
        certs_dir=state_dir / "certs",
        event_dir=state_dir / "event",
        log_dir=state_dir / "log",
        hardware_layout=state_dir / "hardware-layout.json",
    )
    paths.mkdirs()
    proactor = ProactorSettings(
        mqtt_link_poll_seconds=arguments.poll,
        ack_timeout_seconds=arguments.ack_timeout,
        num_initial_event_reuploads=arguments.reupload_window,
        num_inflight_events=arguments.inflight,
    )
    return NodeSettings(paths=paths, proactor=proactor, parent=broker, child=broker)


def enclose_environment(state_dir: pathlib.Path) -> None:
    """The original reads settings and XDG directories from the environment; leave only our own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    homes = {f"XDG_{kind}_HOME": str(state_dir) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    os.environ.clear()
    os.environ.update(kept | homes | {"HOME": str(state_dir)})
    os.chdir(state_dir)


def take_stdout() -> TextIO:
    """The real stdout for replies alone; whatever else prints, prints to stderr from here on."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


async def stdin_lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=REQUEST_BYTES_MAX)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


async def converse(arguments: argparse.Namespace, replies: TextIO) -> int:
    """Run the node until it is stopped. The exit code: 1 if it stopped unasked."""
    node = Node(arguments)
    running = asyncio.create_task(node.run(), name="node")
    await asyncio.sleep(0)  # run_forever makes its queue in its first step; `send` needs it
    conversation = Conversation(node, running, replies)
    talking = asyncio.create_task(conversation.hold(), name="conversation")
    terminated = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    signalled = asyncio.create_task(terminated.wait(), name="sigterm")
    await asyncio.wait({running, talking, signalled}, return_when=asyncio.FIRST_COMPLETED)
    if talking.done():
        talking.result()
    elif signalled.done():
        await node.shut_down("SIGTERM", running)
    elif not await stopped_by_request(talking):
        logging.error("the node stopped by itself")
        return 1
    return 0


async def stopped_by_request(talking: asyncio.Task[None]) -> bool:
    """The node's end is also seen a moment before the conversation has answered `stop`."""
    done, _ = await asyncio.wait({talking}, timeout=0.5)
    return bool(done)


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="One node of the original library.")
    parser.add_argument("role", choices=("child", "parent"))
    parser.add_argument("--broker", required=True, metavar="HOST:PORT")
    parser.add_argument("--state-dir", required=True, type=pathlib.Path)
    parser.add_argument("--long-name", required=True)
    parser.add_argument("--short-name", required=True)
    parser.add_argument("--peer-long-name", required=True)
    parser.add_argument("--peer-short-name", required=True)
    parser.add_argument("--ack-timeout", type=float, default=5.0, help="seconds")
    parser.add_argument(
        "--poll", type=float, default=60.0, help="seconds without sending to a ping"
    )
    parser.add_argument("--inflight", type=int, default=50, help="events kept in memory only")
    parser.add_argument("--reupload-window", type=int, default=5)
    parser.add_argument("--link-name", choices=("child", "parent"), help="default: the peer's role")
    parser.add_argument(
        "--persist-received", action="store_true", help="also store what is received"
    )
    parser.add_argument("--log-level", default="WARNING")
    arguments = parser.parse_args()
    arguments.state_dir = arguments.state_dir.absolute()
    if arguments.link_name is None:
        arguments.link_name = "parent" if arguments.role == "child" else "child"
    return arguments


def main() -> None:
    arguments = parsed_arguments()
    replies = take_stdout()
    arguments.state_dir.mkdir(parents=True, exist_ok=True)
    enclose_environment(arguments.state_dir)
    logging.basicConfig(stream=sys.stderr, level=arguments.log_level)
    exit_code = asyncio.run(converse(arguments, replies))
    sys.stderr.flush()
    # The original's I/O thread may still sleep for a second; nothing of it is needed any more.
    os._exit(exit_code)


if __name__ == "__main__":
    main()
