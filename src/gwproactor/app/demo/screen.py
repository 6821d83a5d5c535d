"""How the running demo looks on a terminal."""

from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gwproactor.app.demo.progress import BrokerState, Progress, Told
from gwproactor.app.demo.status import ChildStatus, LinkStatus, ParentStatus

# Header, broker, panels, bar, legend and blank lines; the rest of the window is for the story.
LINES_BESIDE_STORY: Final = 16
STORY_LINES_MIN: Final = 3
PANEL_LINES: Final = 10


def screen(progress: Progress, now_s: float, *, height: int, width: int) -> RenderableType:
    """The whole picture, not higher than *height* lines."""
    panels = Table.grid(expand=True, padding=(0, 0))
    panels.add_column(ratio=1)
    panels.add_column(ratio=1)
    panels.add_row(
        _panel("child", _child(progress.child, progress.planned)),
        _panel("parent", _parent(progress.parent)),
    )
    lines = max(STORY_LINES_MIN, height - LINES_BESIDE_STORY)
    return Group(
        _header(progress, now_s),
        _broker(progress, now_s),
        panels,
        Text(" ") + bar(progress, width=width - 2),
        _legend(),
        Text(),
        *[story_line(told) for told in progress.story[-lines:]],
    )


def story_line(told: Told) -> Text:
    """One line of the story with its time."""
    line = Text(f" {told.at_s:5.1f} s  ", style="dim", no_wrap=True, overflow="ellipsis")
    return line.append(told.text, style="not dim")


def bar(progress: Progress, *, width: int) -> Text:
    """The planned events: acknowledged, pending, and not yet generated."""
    child = progress.child
    width = max(width, 10)
    generated = min(width, round(width * child.generated / progress.planned))
    pending = min(generated, round(width * child.pending / progress.planned))
    text = Text("█" * (generated - pending), style="green")
    text.append("▓" * pending, style="yellow")
    return text.append("░" * (width - generated), style="dim")


def _header(progress: Progress, now_s: float) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column()
    line.add_column(justify="right")
    title = Text(" gwproactor demo", style="bold").append(f"   {progress.phase}", style="not bold")
    line.add_row(title, Text(f"{now_s:.0f} s ", style="bold"))
    return line


def _broker(progress: Progress, now_s: float) -> Text:
    line = Text(f" broker  {progress.broker_name}  ", no_wrap=True, overflow="ellipsis")
    match progress.broker:
        case BrokerState.STARTING:
            return line.append("starting", style="yellow")
        case BrokerState.UP:
            return line.append("● up", style="green")
        case BrokerState.AWAY:
            left_s = max(0.0, progress.back_s - now_s)
            return line.append(f"✗ killed, back in {left_s:.1f} s", style="bold red")


def _panel(title: str, rows: RenderableType) -> Panel:
    return Panel(rows, title=title, title_align="left", height=PANEL_LINES)


def _child(child: ChildStatus, planned: int) -> RenderableType:
    rows = _rows(child)
    rows.add_row("sensor", _celsius(child.celsius))
    own = f" + {child.own_events} own" if child.own_events else ""
    rows.add_row("generated", f"{child.generated:,} of {planned:,}{own}")
    rows.add_row("pending", Text(f"{child.pending:,}", style="yellow" if child.pending else ""))
    rows.add_row("un-acked", f"{child.un_acked:,}")
    rows.add_row("acked", f"{child.acked:,}")
    rows.add_row("re-uploaded", f"{child.reuploaded:,}")
    return _with_page(rows, child)


def _parent(parent: ParentStatus) -> RenderableType:
    rows = _rows(parent)
    rows.add_row("sensor", _celsius(parent.celsius))
    rows.add_row("handled", f"{parent.handled:,}")
    rows.add_row("others", f"{parent.others:,}")
    rows.add_row("duplicates", f"{parent.duplicates:,} dropped")
    return _with_page(rows, parent)


def _rows(status: LinkStatus) -> Table:
    rows = Table.grid(padding=(0, 1))
    rows.add_column(style="dim", no_wrap=True, min_width=len("re-uploaded"))
    rows.add_column(no_wrap=True)
    rows.add_row("link", _link(status))
    return rows


def _with_page(rows: Table, status: LinkStatus) -> Table:
    if status.page:
        rows.add_row("status page", Text(status.page, style=f"link {status.page}"))
    return rows


def _link(status: LinkStatus) -> Text:
    if status.is_active:
        return Text("● active", style="green")
    waits = "" if status.next_try_s is None else f" in {status.next_try_s:.1f} s"
    return Text(f"○ {status.link}{waits}", style="yellow")


def _celsius(celsius: float | None) -> str:
    return "-" if celsius is None else f"{celsius:.2f} °C"


def _legend() -> Text:
    text = Text(" ").append("█", style="green").append(" acknowledged  ")
    text.append("▓", style="yellow").append(" pending  ")
    return text.append("░", style="dim").append(" to come")
