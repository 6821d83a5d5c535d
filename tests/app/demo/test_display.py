"""What a person sees of the demo."""

import io

import pytest

from gwproactor.app.demo.display import LiveDisplay, OutputConsole, PlainDisplay
from gwproactor.app.demo.progress import BrokerState, Progress, Told
from gwproactor.app.demo.report import print_report
from gwproactor.app.demo.screen import bar, screen
from gwproactor.app.demo.status import ChildStatus, ParentStatus
from gwproactor.app.demo.verdict import Verdict


def an_outage() -> Progress:
    return Progress(
        planned=240,
        broker=BrokerState.AWAY,
        broker_name="iotcore at 127.0.0.1:40000",
        back_s=8.0,
        phase="generating events",
        child=ChildStatus(
            link="connecting",
            next_try_s=1.25,
            generated=120,
            celsius=20.5,
            events=126,
            pending=60,
            acked=66,
            page="http://127.0.0.1:40001/",
        ),
        parent=ParentStatus(link="awaiting_setup_and_peer", handled=60, others=4),
        story=[Told(n / 10, f"thing {n} happened") for n in range(40)],
    )


def text_console(width: int, height: int) -> OutputConsole:
    return OutputConsole(file=io.StringIO(), width=width, height=height, record=True)


def rendered(progress: Progress, width: int, height: int) -> list[str]:
    console = text_console(width, height)
    console.print(screen(progress, 6.0, height=height, width=width))
    return console.export_text().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (200, 60)])
def test_the_picture_fits_into_the_window(width: int, height: int) -> None:
    lines = rendered(an_outage(), width, height)

    assert len(lines) < height
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(
    "fact",
    [
        "generating events",
        "iotcore at 127.0.0.1:40000",
        "killed, back in 2.0 s",
        "○ connecting in 1.2 s",
        "120 of 240 + 6 own",
        "pending     60",
        "un-acked    0",
        "acked       66",
        "re-uploaded 0",
        "handled     60",
        "20.50 °C",
        "awaiting_setup_and",
        "http://127.0.0.1:40001/",
        "thing 39 happened",
    ],
)
def test_the_picture_shows(fact: str) -> None:
    assert fact in "\n".join(rendered(an_outage(), 80, 24))


def test_the_bar_shows_what_is_acknowledged_pending_and_to_come() -> None:
    assert bar(an_outage(), width=40).plain == "█" * 10 + "▓" * 10 + "░" * 20


def test_the_live_picture_leaves_its_story_behind() -> None:
    console = OutputConsole(
        file=io.StringIO(), width=80, height=24, force_terminal=True, record=True
    )
    progress = an_outage()
    with LiveDisplay(console) as display:
        display.frame(progress, 6.0)
    after_picture = console.export_text().rsplit("to come", maxsplit=1)[-1]

    assert "0.0 s  thing 0 happened" in after_picture
    assert "3.9 s  thing 39 happened" in after_picture


def test_plain_lines_come_with_the_news_and_once_a_second() -> None:
    console = text_console(60, 24)
    progress = an_outage()
    progress.story.clear()
    with PlainDisplay(console) as display:
        for tenth in range(24):
            display.frame(progress, 5 + tenth / 10)
        progress.story.append(Told(7.4, "broker: back"))
        display.frame(progress, 7.4)
    lines = console.export_text().splitlines()

    assert [line.split(" s ")[0].strip() for line in lines] == ["5.0", "6.0", "7.0", "7.4"]
    assert lines[0] == (
        "  5.0 s    broker away for 3.0 s | child connecting (next try in 1.2 s) | "
        "parent awaiting_setup_and_peer | generated 120 + 6 own | pending 60 | un-acked 0 | "
        "acked 66 | re-uploaded 0 | handled 60"
    )


def test_the_table_ends_with_the_verdict() -> None:
    console = text_console(80, 24)
    verdict = Verdict(generated=240, stored_once=240, acknowledged=240)
    print_report(console, verdict, Progress(planned=240, child=ChildStatus(link="", reuploaded=60)))
    lines = console.export_text().splitlines()
    rows = [" ".join(line.split()) for line in lines]

    assert "generated 240 the child's own list" in rows
    assert "re-uploaded 60 the child, with its own events" in rows
    assert "lost 0 neither here nor there" in rows
    assert rows[-1].startswith("lost 0: 240 events generated")
