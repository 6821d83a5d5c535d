"""What the names say that are the same in both libraries: one program for both interpreters.

same_calls.py    prints a JSON object: for each topic what the installed `gwproactor` answers
"""

# The original's own python runs it: tools that look into src/ know nothing of this environment.
# mypy: ignore-errors

import asyncio
import json
import logging
import os
import queue
import sys
import threading
from time import monotonic

from gwproactor import (
    QOS,
    AsyncQueueWriter,
    ExternalWatchdogCommandBuilder,
    MonitoredName,
    ProactorLogger,
    Problems,
    Runnable,
    Subscription,
    SyncAsyncInteractionThread,
    SyncAsyncQueueWriter,
    format_exceptions,
    responsive_sleep,
)


def main():
    return {topic.__name__: topic() for topic in TOPICS}


def raised(call, *args, **kwargs):
    """The name of what *call* raises, or what it answers."""
    try:
        return call(*args, **kwargs)
    except Exception as error:
        return type(error).__name__


def caught():
    """An error with a traceback."""
    try:
        raise RuntimeError("broken")
    except RuntimeError as error:
        return error


def errors(count):
    return [ValueError(f"error {number}") for number in range(count)]


def warnings(count):
    return [UserWarning(f"warning {number}") for number in range(count)]


def problems():
    some = [
        Problems(),
        Problems("a message"),
        Problems("a message", warnings(1), [caught()]),
        Problems(errors=errors(2)),
        Problems(warnings=warnings(2)),
        Problems(errors=errors(12), warnings=warnings(11)),
        Problems(errors=errors(3), max_problems=None),
        Problems(max_problems=2).add_error(caught()).add_warning(warnings(1)[0]),
        Problems(errors=errors(3)).add_problems(Problems(errors=errors(2), warnings=warnings(2))),
    ]
    return [problems_told(one) for one in some]


def problems_told(one):
    return {
        "str": str(one),
        "repr": repr(one),
        "len": len(one),
        "bool": bool(one),
        "args": one.args,
        "max": one.max_problems,
        "errors": list(map(str, one.errors)),
        "warnings": list(map(str, one.warnings)),
        "tracebacks": one.error_traceback_str(),
        "is": isinstance(one, ValueError),
    }


def problems_over_the_limit():
    one = Problems(max_problems=2).add_problems(Problems(errors=errors(3), warnings=warnings(4)))
    for error in errors(2):
        one.add_error(error)
    return problems_told(one)


def problem_event():
    told = []
    for one in (Problems(warnings=warnings(2)), Problems(warnings=warnings(1), errors=[caught()])):
        event = one.problem_event("a summary", src="a.b")
        both = {name.replace("_", "").lower(): getattr(event, name) for name in fields(event)}
        kind = both["problemtype"].value
        told.append([both["src"], kind, both["summary"], both["details"]])
    return told


def fields(event):
    names = ("src", "Src", "problem_type", "ProblemType", "summary", "Summary")
    return [name for name in (*names, "details", "Details") if hasattr(event, name)]


def monitored_name():
    one = MonitoredName("a", 1.5)
    return [
        (one.name, one.timeout_seconds),
        repr(one),
        one == MonitoredName(name="a", timeout_seconds=1.5),
        one == MonitoredName("a", 2),
        raised(MonitoredName),
    ]


def monitored_name_changed():
    return raised(setattr, MonitoredName("a", 1.5), "name", "b")


class Worker:
    """Has the flags that `responsive_sleep` looks at."""

    def __init__(self):
        self._main_loop_running = True
        self.stop_requested = False

    def stop(self):
        self._main_loop_running = False
        self.stop_requested = True


def sleep():
    begun = monotonic()
    worker = Worker()
    answers = [
        responsive_sleep(worker, 0.05),
        responsive_sleep(worker, 0.02, step_duration=0.01),
        responsive_sleep(worker, 0.01, running_field_name="stop_requested", running_field=False),
        responsive_sleep(worker, 0),
        responsive_sleep(worker, -1),
        monotonic() - begun >= 0.08,
    ]
    stopper = threading.Timer(0.05, worker.stop)
    stopper.start()
    begun = monotonic()
    answers += [responsive_sleep(worker, 30, step_duration=0.01), monotonic() - begun < 10]
    stopper.join()
    for name, value in (("_main_loop_running", True), ("stop_requested", False)):
        answers.append(responsive_sleep(worker, 30, running_field_name=name, running_field=value))
    return answers


def exceptions():
    return [format_exceptions([]), format_exceptions([caught(), *errors(1)])]


class Records(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append([record.name, record.levelname, record.getMessage()])


def logger():
    records = Records()
    logging.getLogger().addHandler(records)
    told = []
    for level in (logging.DEBUG, logging.INFO, logging.WARNING):
        one = ProactorLogger(
            base="a", message_summary="a.m", lifecycle="a.l", comm_event="a.c", io_loop="a.i"
        )
        for each in (
            one.logger,
            one.message_summary_logger,
            one.lifecycle_logger,
            one.comm_event_logger,
        ):
            each.setLevel(level)
        one.info("to the %s", "base")
        one.lifecycle("begins %d", 1)
        one.comm_event("link %s", "up")
        one.path("from %s", "here")
        one.message_enter("into %s", "it")
        one.message_exit("out of %s", "it")
        one.message_summary(
            direction="OUT",
            src="s",
            dst="d",
            topic="t/u",
            payload_object=5,
            message_id="0123456789ab",
        )
        told.append(
            [
                one.general_enabled,
                one.message_summary_enabled,
                one.path_enabled,
                one.lifecycle_enabled,
                one.comm_event_enabled,
            ]
        )
    delimiters = [
        ProactorLogger.MESSAGE_DELIMITER_WIDTH,
        ProactorLogger.MESSAGE_ENTRY_DELIMITER,
        ProactorLogger.MESSAGE_EXIT_DELIMITER,
    ]
    logging.getLogger().removeHandler(records)
    return [told, delimiters, records.lines]


def subscription():
    one = Subscription("a/#", QOS.AtLeastOnce)
    named = Subscription(Topic="a/#", Qos=QOS(1))
    return [one, one == named, one._fields, repr(one), one.Topic, one.Qos]


def qos():
    return [[(one.name, one.value, str(one), repr(one)) for one in QOS], QOS(2) > 1, raised(QOS, 3)]


class Valve(Runnable):
    """Tells what is asked of it."""

    def __init__(self):
        self.calls = []

    def start(self):
        self.calls.append("start")

    def stop(self):
        self.calls.append("stop")

    async def join(self):
        self.calls.append("join")


class NoJoin(Runnable):
    """Forgets something."""

    def start(self): ...

    def stop(self): ...


def runnable():
    valve = Valve()
    valve.start()
    asyncio.run(valve.stop_and_join())
    missing = sorted(Runnable.__abstractmethods__)
    return [valve.calls, missing, raised(NoJoin), raised(Runnable)]


def async_queue_writer():
    async def write():
        writer, items = AsyncQueueWriter(), asyncio.Queue()
        before = raised(writer.put, 0)
        writer.set_async_loop(asyncio.get_running_loop(), items)
        await asyncio.to_thread(lambda: [writer.put(item) for item in (1, "two", None)])
        return [before, [await items.get() for _ in range(3)]]

    return asyncio.run(write())


def sync_async_queue_writer():
    async def write(channel):
        items = asyncio.Queue()
        channel.set_async_loop(asyncio.get_running_loop(), items)
        await asyncio.to_thread(lambda: [channel.put_to_async_queue(item) for item in (1, "two")])
        return [await items.get() for _ in range(2)]

    bare, channel = SyncAsyncQueueWriter(), SyncAsyncQueueWriter(queue.Queue(maxsize=2))
    answers = [
        bare.sync_queue,
        raised(bare.put_to_sync_queue, 1),
        raised(bare.get_from_sync_queue),
        raised(bare.put_to_async_queue, 1),
        raised(channel.put_to_sync_queue, 1),
        raised(channel.put_to_sync_queue, 2, timeout=0.01),
        raised(channel.put_to_sync_queue, 3, block=False),
        raised(channel.put_to_sync_queue, 3, timeout=0.01),
        raised(channel.get_from_sync_queue),
        raised(channel.get_from_sync_queue, timeout=0.01),
        raised(channel.get_from_sync_queue, block=False),
        raised(channel.get_from_sync_queue, timeout=0.01),
    ]
    return [*answers, asyncio.run(write(channel))]


class Driver(SyncAsyncInteractionThread):
    """Fails at the second iteration, and ends at the eighth, or at what it fails with."""

    def __init__(self, goes_on):
        super().__init__(
            SyncAsyncQueueWriter(queue.Queue()),
            name="driver",
            iterate_sleep_seconds=0.01,
            pat_timeout=1_000,
        )
        self.goes_on = goes_on
        self.begun, self.messages, self.failures = [], [], []
        self.iterations = 0

    def _preiterate(self):
        self.begun.append(self.running)
        self._put_to_async_queue("begun")

    def _iterate(self):
        self.iterations += 1
        if self.iterations == 2:
            raise RuntimeError("broken")
        if self.iterations == 8:
            self.request_stop()

    def _handle_message(self, message):
        self.messages.append(message)

    def _handle_exception(self, exception):
        self.failures.append(str(exception))
        return self.goes_on


def run_thread(goes_on):
    async def run():
        driver, items = Driver(goes_on), asyncio.Queue()
        before = [driver.running, driver.daemon, driver.name, driver.pat_timeout]
        if goes_on:
            for number in range(4):
                driver.put_to_sync_queue(number)
        driver.set_async_loop_and_start(asyncio.get_running_loop(), items)
        await driver.async_join(timeout=10)
        await asyncio.sleep(0.05)
        written = [items.get_nowait() for _ in range(items.qsize())]
        hooks = [driver.begun, driver.messages, driver.failures, driver.iterations]
        answers = [before, hooks, driver.is_alive(), driver.running, written[0]]
        return answers, [payload_name(one) for one in written[1:]]

    return asyncio.run(run())


def payload_name(item):
    """Of a Message; of anything else its own."""
    payload = getattr(item, "payload", getattr(item, "Payload", item))
    return type(payload).__name__


def thread():
    return [run_thread(goes_on)[0] for goes_on in (True, False)]


def thread_end():
    """What is written to the queue at its end, without and with an exception."""
    return [run_thread(goes_on)[1] for goes_on in (True, False)]


def watchdog_command():
    builder = ExternalWatchdogCommandBuilder
    name = builder.service_variable_name("a-b c")
    answers = [name, builder.default_pat_args(5), builder.running_as_service("a-b c")]
    for value in ("1", "true", "TRUE", "0", "x"):
        os.environ[name] = value
        answers.append(
            [
                builder.running_as_service("a-b c"),
                builder.pat_args("a-b c", pid=5),
                builder.pat_args("a-b c", ["pat", "it"], 5),
            ]
        )
    return answers


TOPICS = (
    problems,
    problems_over_the_limit,
    problem_event,
    monitored_name,
    monitored_name_changed,
    sleep,
    exceptions,
    logger,
    subscription,
    qos,
    runnable,
    async_queue_writer,
    sync_async_queue_writer,
    thread,
    thread_end,
    watchdog_command,
)

if __name__ == "__main__":
    json.dump(main(), sys.stdout)
