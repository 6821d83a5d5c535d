"""What mypy must make of the public API. Type-checked only, never run: each line is a promise."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import ClassVar, NoReturn, assert_never, assert_type

import attrs
from dependency_injector import providers
from typing_extensions import override

import gwproactor as gw
from gwproactor.adapters.memory import (
    EventDisk,
    MemoryBroker,
    MemoryCommunicators,
    MemoryEventLog,
    MemoryEventSink,
    MemoryEventStore,
    MemoryLinkPublisher,
    MemoryLinkTransport,
    MemoryMessageBus,
    SeededChance,
    VirtualClock,
)
from gwproactor.domain.moment import Chance
from gwproactor.ports.event_log import (
    Accepted,
    BadEvent,
    ContentTooLarge,
    EventRefused,
    Fate,
    StoreFull,
)
from gwproactor.ports.event_sink import EventSink, SinkBusy
from gwproactor.ports.event_store import EventStore, StoreFailed
from gwproactor.ports.link_publisher import AckWithoutId, FilterRefused, PublishRefused, UnknownLink
from gwproactor.ports.link_transport import LinkTransport, NotConnected, PublishFailed
from gwproactor.ports.message_bus import BusFull, NotProcessed, Stopped, UnknownDestination
from gwproactor.testing import running_actor
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from gwproactor.testing.virtual_time import in_virtual_time, run_in_virtual_time


@attrs.frozen(kw_only=True)
class Temperature(gw.Event):
    wire: ClassVar = gw.event_type("gridworks.event.temperature")

    celsius: float


@attrs.frozen(kw_only=True)
class Order(gw.Payload):
    wire: ClassVar = gw.WireType(type_name="order", naming=gw.Naming.AS_IS)


class Thermometer(gw.Actor):
    def __init__(self, name: str, event_log: gw.EventLog, clock: gw.Clock) -> None:
        super().__init__(name)
        self.event_log = event_log

    @override
    def process_message(self, message: gw.Message[object]) -> gw.Outcome[bool, BaseException]:
        match message.payload:
            case Temperature() as temperature:
                assert_type(temperature.celsius, float)
            case _:
                return gw.NOT_FOR_ME
        return gw.HANDLED


def make_thermometer(event_log: gw.EventLog, clock: gw.Clock) -> Thermometer:
    return Thermometer("thermometer", event_log, clock)


class House(gw.ProactorContainer):
    thermometer: providers.Provider[Thermometer] = providers.Singleton(
        make_thermometer,
        event_log=gw.ProactorContainer.event_log,
        clock=gw.ProactorContainer.clock,
    )


# Containers


def containers(settings: gw.ProactorSettings, contexts: Mapping[str, ssl.SSLContext]) -> None:
    assert_type(gw.assemble(settings), gw.ProactorContainer)
    assert_type(gw.assemble(settings, ssl_contexts=contexts), gw.ProactorContainer)
    base = gw.assemble(settings, event_store=MemoryEventStore())
    assert_type(base, gw.ProactorContainer)

    house = gw.assemble(settings, House, namespace=gw.MessageNamespace.of(Temperature))
    assert_type(house, House)
    assert_type(house.thermometer(), Thermometer)
    assert_type(house.settings(), gw.ProactorSettings)
    assert_type(house.message_bus(), gw.MessageBus)
    assert_type(house.event_log(), gw.EventLog)
    assert_type(house.link_publisher(), gw.LinkPublisher)
    assert_type(house.communicators(), gw.Communicators)
    assert_type(house.clock(), gw.Clock)
    assert_type(house.chance(), Chance)
    assert_type(house.event_store(), EventStore)
    assert_type(house.event_sink(), EventSink)
    assert_type(house.link_transports(), Mapping[str, LinkTransport])
    assert_type(house.namespace(), gw.MessageNamespace)
    assert_type(house.proactor(), gw.Proactor)
    assert_type(gw.build_node(house), gw.Proactor)

    gw.assemble(settings, event_stor=MemoryEventStore())  # type: ignore[call-arg] # unknown name
    gw.assemble(settings, event_store=MemoryEventSink())  # type: ignore[arg-type] # no EventStore
    gw.assemble(settings, Thermometer)  # type: ignore[type-var] # no container
    gw.build_node(settings)  # type: ignore[arg-type] # no container


def errors(start: gw.StartError, load: gw.ActorLoadError) -> tuple[Exception, Exception]:
    return start, load


async def running(node: gw.Proactor) -> None:
    assert_type(node.name, str)
    node.start()
    node.stop("enough")
    await node.join()
    await node.stop_and_join()
    await node.run_forever()
    assert_type(await gw.run_node(node), int)


def running_alone(build: Callable[[], gw.Proactor]) -> NoReturn:
    gw.run_process(build)


# Ports, their answers narrowed


def sending(bus: gw.MessageBus, message: gw.Message[Order]) -> str:
    match bus.send(message):
        case gw.Success(taken):
            assert_type(taken, None)
            return "taken"
        case gw.Failure(refused):
            assert_type(refused, UnknownDestination | BusFull | Stopped)
            match refused:
                case UnknownDestination(dst, src):
                    assert_type((dst, src), tuple[str, str])
                    return dst
                case BusFull(queued_max):
                    assert_type(queued_max, int)
                    return "full"
                case Stopped():
                    return "stopped"
                case _:
                    assert_never(refused)
        case never:
            assert_never(never)


def sending_from_a_thread(bus: gw.MessageBus, message: gw.Message[object]) -> None:
    sent = bus.send_threadsafe(message)
    assert_type(sent, gw.Success[None] | gw.Failure[BusFull | Stopped])
    waited = bus.wait_for_processing_threadsafe(message, timeout_s=5.0)
    refused = gw.Failure[UnknownDestination | BusFull | NotProcessed | Stopped]
    assert_type(waited, gw.Success[None] | refused)


def reporting(log: gw.EventLog) -> str:
    match log.generate_event(Temperature(celsius=20.5)):
        case gw.Success(accepted):
            assert_type(accepted, Accepted)
            assert_type(accepted.event, gw.Event)
            assert_type(accepted.sequence, gw.Sequence | None)
            return accepted.event.message_id
        case gw.Failure(refused):
            assert_type(refused, EventRefused)
            match refused:
                case ContentTooLarge(size, bytes_max, limit):
                    assert_type((size - bytes_max, limit), tuple[int, str])
                case BadEvent(detail) | StoreFailed(detail):
                    assert_type(detail, str)
                case StoreFull() | SinkBusy() | Stopped():
                    pass
                case _:
                    assert_never(refused)
            return str(refused)


async def waiting(log: gw.EventLog, event: gw.Event) -> None:
    match await log.durable(event):
        case gw.Success(fate):
            assert_type(fate, Fate)
            match fate:
                case Fate.DURABLE | Fate.DELIVERED | Fate.DROPPED:
                    pass
                case _:
                    assert_never(fate)
        case gw.Failure(failed):
            assert_type(failed, StoreFailed)


def publishing(links: gw.LinkPublisher) -> str:
    message = gw.to_peer(Order(), src="s", message_id="1", ack_required=True)
    assert_type(message, gw.Message[Order])
    match links.publish_message("up", message, gw.QOS.AtMostOnce, use_link_topic=True):
        case gw.Success():
            return ""
        case gw.Failure(refused):
            assert_type(refused, PublishRefused)
            match refused:
                case UnknownLink(link_name):
                    return link_name
                case AckWithoutId(type_name):
                    return type_name
                case ContentTooLarge() | NotConnected() | PublishFailed():
                    return str(refused)
                case _:
                    assert_never(refused)


def subscribing(links: gw.LinkPublisher) -> None:
    added = links.subscribe("up", "a/b", gw.QOS.AtLeastOnce)
    assert_type(added, gw.Success[None] | gw.Failure[UnknownLink | FilterRefused])
    assert_type(links.unsubscribe("up", "a/b"), gw.Success[None] | gw.Failure[UnknownLink])
    assert_type(links.subscription_items("up"), Sequence[gw.Subscription])
    assert_type(links.num_pending_subscriptions("up"), int)
    assert_type(links.enable_logger("up"), gw.Success[None] | gw.Failure[UnknownLink])
    assert_type(links.disable_logger("up"), gw.Success[None] | gw.Failure[UnknownLink])
    assert_type(links.link_state("up"), gw.StateName | None)
    assert_type(links.upstream_link, str)
    assert_type(links.primary_peer_link, str)


def finding(communicators: gw.Communicators) -> None:
    assert_type(communicators.get_communicator("t"), gw.CommunicatorInterface | None)
    found = communicators.get_communicator_as_type("t", Thermometer)
    assert_type(found, Thermometer | None)
    if found is not None:
        assert_type(found.event_log, gw.EventLog)


# Actors


def actors(event_log: gw.EventLog) -> None:
    loaded = Thermometer.load("t", "Thermometer", "house", event_log=event_log)
    assert_type(loaded, Thermometer)
    assert_type(gw.Actor.load("t", "Thermometer", "house"), gw.Actor)
    assert_type(loaded.name, str)
    assert_type(loaded.alias, str)
    assert_type(loaded.node, gw.ShNode)
    assert_type(loaded.monitored_names, Sequence[gw.MonitoredName])
    actor: gw.ActorInterface = loaded
    assert_type(actor.node, gw.ShNode)
    plain: gw.Communicator = loaded
    communicator: gw.CommunicatorInterface = plain
    runnable: gw.Runnable = communicator
    runnable.start()


def layouts(layout: gw.HardwareLayout, module: ModuleType) -> None:
    assert_type(layout.node("t"), gw.ShNode | None)
    assert_type(layout.parent_node(gw.ShNode(name="t")), gw.ShNode | None)
    assert_type(layout.component("t"), gw.Component | None)
    assert_type(layout.cac("t"), gw.ComponentAttributeClass | None)
    assert_type(layout.components_of_type("meter"), Sequence[gw.Component])
    makers = gw.actor_makers(module, gw.Actor, lambda kind, node: kind(node.name, node=node))
    assert_type(makers, Mapping[str, gw.ActorMaker[gw.Actor]])
    assert_type(gw.load_actors(layout, makers, parent="s"), list[gw.Actor])
    gw.load_actors(layout, {"Fan": lambda node: gw.Actor(node=node)}, parent="s")  # type: ignore[call-arg] # no name
    rest = gw.rest_settings_of(layout, gw.ShNode(name="t"))
    assert_type(rest, gw.RESTPollerSettings)
    container = gw.assemble(gw.ProactorSettings(long_name="h", short_name="s"))
    assert_type(container.hardware_layout(), gw.HardwareLayout)


def moving(transition: gw.Transition) -> None:
    assert_type(transition.link_name, str)
    assert_type(transition.transition_name, gw.TransitionName)
    assert_type(transition.new_state, gw.StateName)
    assert_type((transition.activated(), transition.send_deactivated()), tuple[bool, bool])


# Messages


def messages() -> None:
    assert_type(gw.to_actor("me", "you", 7), gw.Message[int])
    assert_type(gw.to_actor("me", "you", Order()).payload, Order)
    assert_type(gw.to_peer(Temperature(celsius=1.0), src="s"), gw.Message[Temperature])
    gw.to_peer(7, src="s")  # type: ignore[type-var] # no payload
    anything: gw.Message[object] = gw.to_actor("me", "you", Order())
    assert_type(anything.header, gw.Header)
    assert_type(anything.header.sequence, gw.Sequence | None)
    assert_type(anything.version, str | None)


def namespaces() -> None:
    own = gw.MessageNamespace.of(Temperature, Order)
    assert_type(own, gw.MessageNamespace)
    assert_type(own | gw.CORE_NAMESPACE, gw.MessageNamespace)
    assert_type(own.get("order"), type[gw.Payload] | None)
    assert_type("order" in own, bool)
    gw.MessageNamespace.of(int)  # type: ignore[arg-type] # no payload


def events(event: gw.AnyEvent, problems: gw.Problems) -> None:
    assert_type(Temperature(celsius=1.0).message_id, str)
    assert_type(event.type_name, str)
    assert_type(problems.problem_event("what"), gw.ProblemEvent)
    assert_type(problems.add_error(ValueError()), gw.Problems)
    Temperature()  # type: ignore[call-arg] # a field is missing


def settings() -> None:
    link = gw.LinkSettings(peer_long_name="d1.house", peer_short_name="a", upstream=True)
    given = gw.ProactorSettings(
        long_name="d1.house.scada",
        short_name="s",
        paths=gw.Paths(data_dir=Path("data")),
        brokers={"local": gw.MQTTClient(host="localhost")},
        links={"parent": link},
    )
    assert_type(given.links, dict[str, gw.LinkSettings])
    assert_type(given.brokers["local"].port, int)
    assert_type(given.ack_timeout_seconds, float)


# What users test with: each memory adapter is one of its port


def memory(
    clock: VirtualClock, broker: MemoryBroker, given: gw.ProactorSettings
) -> tuple[object, ...]:
    chance: Chance = SeededChance(1)
    time: gw.Clock = clock
    remembered = MemoryEventLog(time, chance)
    remembered.deliver(Temperature(celsius=1.0))
    remembered.drop(Temperature(celsius=1.0))
    log: gw.EventLog = remembered
    links: gw.LinkPublisher = MemoryLinkPublisher(given.node_spec().links)
    communicators: gw.Communicators = MemoryCommunicators()
    bus: gw.MessageBus = MemoryMessageBus(communicators)
    store: EventStore = MemoryEventStore(EventDisk())
    sink: EventSink = MemoryEventSink()
    transport: LinkTransport = broker.transport("client")
    assert_type(broker.transport("client"), MemoryLinkTransport)
    plain_node = simulated_node(given, broker, clock, chance)
    assert_type(plain_node, SimulatedNode[gw.ProactorContainer])
    node = simulated_node(given, broker, clock, chance, House)
    assert_type(node, SimulatedNode[House])
    assert_type(node.container.thermometer(), Thermometer)
    return log, links, bus, store, sink, transport


async def answer() -> int:
    return 42


@in_virtual_time
async def doubled(number: int) -> int:
    return 2 * number


def virtual_time() -> None:
    assert_type(run_in_virtual_time(answer()), int)
    assert_type(run_in_virtual_time(answer), int)
    assert_type(doubled(21), int)


class Pump(gw.Actor):
    failure_policy = gw.FailurePolicy.REPORT
    late_after_s = 5.0

    @override
    async def run(self) -> None:
        async for message in self.inbox:
            assert_type(message, gw.Message[object])
        assert_type(await self.inbox.get(), gw.Message[object])
        assert_type(await self.sleep(1.0), None)
        with self.waiting("the tide"):
            self.sleep(1.0)  # type: ignore[unused-coroutine] # forgotten


async def driven(clock: gw.Clock) -> None:
    async with running_actor.running(Pump("pump"), clock, problems_expected=True) as pump:
        pump.give(gw.to_actor("x", "pump", 1))
        assert_type(pump.stop_reason, str | None)


def beside_the_loop(io_loop: gw.IOLoop, logger: gw.ProactorLogger) -> None:
    assert_type(io_loop.add_io_coroutine(answer()), int)
    assert_type(io_loop.add_io_coroutine(answer, policy=gw.FailurePolicy.RESTART), int)
    io_loop.add_io_coroutine(answer, policy="restart")  # type: ignore[arg-type]
    assert_type(io_loop.cancel_io_routine(1), None)
    logger.lifecycle("house %s", "warm", exc_info=True)
    logger.message_summary("IN", "a", "b", "t")  # type: ignore[call-arg] # by keyword only


async def watts(response: gw.HttpResponse) -> gw.Message[int] | None:
    assert_type(response.text(), str)
    return gw.to_actor("meter", "display", response.status) if response.body else None


async def no_message(response: gw.HttpResponse) -> int:
    return response.status


def polled(polling: gw.HttpPolling, bus: gw.MessageBus) -> None:
    rest = gw.RESTPollerSettings.model_validate({"request": {"url": {"url": "http://h"}}})
    gw.RESTPoller("a", rest, polling, convert=watts, forward=bus.send_threadsafe)
    gw.RESTPoller("b", rest, polling, convert=no_message)  # type: ignore[arg-type]


def logged(settings: gw.ProactorSettings) -> None:
    errors: list[BaseException] = []
    gw.setup_logging(None, settings, errors, add_screen_handler=False)
    assert_type(gw.format_exceptions(errors), str)
