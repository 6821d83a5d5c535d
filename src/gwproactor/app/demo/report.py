"""What the demo ends with: a table, and a sentence."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gwproactor.app.demo.progress import Progress
from gwproactor.app.demo.verdict import Verdict


def print_report(console: Console, verdict: Verdict, progress: Progress) -> None:
    """The table: the verdict's counts from the files, and what the nodes last said."""
    console.print()
    if verdict.generated:
        console.print(result_table(verdict, progress))
    style = "bold green" if verdict.is_clean else "bold red"
    console.print(Text(f" {verdict}", style=style), soft_wrap=True)


def result_table(verdict: Verdict, progress: Progress) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=True)
    table.add_column("events of the sensor")
    table.add_column("count", justify="right")
    table.add_column("counted from", style="dim")
    rows = [
        ("generated", verdict.generated, "the child's own list"),
        ("stored by the parent, once", verdict.stored_once, "the parent's file"),
        ("stored more than once", verdict.stored_again, "the parent's file"),
        ("acknowledged", verdict.acknowledged, "gone from the child's store"),
        ("re-uploaded", progress.child.reuploaded, "the child, with its own events"),
        ("pending", verdict.pending, "the child's store"),
        ("lost", verdict.lost, "neither here nor there"),
    ]
    for label, count, source in rows:
        is_bad = count > 0 and label in {"stored more than once", "pending", "lost"}
        table.add_row(label, Text(f"{count:,}", style="bold red" if is_bad else ""), source)
    return table
