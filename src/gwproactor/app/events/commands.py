"""The commands of `gwproactor events`. What one needs is imported when it runs."""

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import typer

from gwproactor.app.options import AsJson

app = typer.Typer(
    name="events",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="""Look at the events that a node keeps, and move them.

    PATH is an event store or an event sink: a SQLite file (`events.sqlite`, `received.sqlite`) or
    a folder with a file for each event. Which of them it is, is found out.

    The node may run meanwhile. Nothing is made or changed at PATH, but by `import` and by
    `quarantine --release`, which need the node stopped.

    Data goes to stdout: a table on a terminal, elsewhere the same columns separated by tabs, or
    JSON with --json. All else goes to stderr. Times are UTC.

    Exit codes of all of them:

    - 0: done

    - 1: not all: what is asked for is not there, or cannot be read as an event

    - 2: wrong options, or a file that cannot be used

    - 130, 143: ended by Ctrl-C, by SIGTERM; 141: nobody read the output to its end
    """,
)

DEFAULT_BYTES_MAX: Final = 500 * 1024 * 1024

# Not checked by typer, whose message is another and takes a box of lines.
Source: TypeAlias = Annotated[
    Path, typer.Argument(metavar="PATH", readable=False, show_default=False)
]


@app.command()
def ls(
    path: Source,
    *,
    type_name: Annotated[
        str, typer.Option("--type", metavar="PATTERN", help="Only these types.")
    ] = "",
    src: Annotated[
        str, typer.Option("--src", metavar="PATTERN", help="Only from these sources.")
    ] = "",
    limit: Annotated[int, typer.Option(min=0, help="How many; 0: all.")] = 50,
    newest: Annotated[bool, typer.Option("--newest/--oldest", help="From which end.")] = False,
    as_json: AsJson = False,
) -> None:
    """List events: number, creation, type, source, id, bytes and state.

    The number is the event's place in a store, its arrival in a sink, or the time in its file's
    name in microseconds. The state is pending, quarantined, or, in a sink, stored. A pattern may
    hold * and ?.

    With --json each event is an object in a line of its own: number, message_id, type_name, src,
    created_ms, bytes, state, epoch and sequence (as on the wire), file, problem.

    Examples:

    - `gwproactor events ls events.sqlite --newest --limit 10`

    - `gwproactor events ls received.sqlite --type 'gridworks.event.*' --src house.child`

    - `gwproactor events ls events.sqlite --limit 0 --json | jq .type_name`
    """
    from gwproactor.app.events.listing import Selection, list_events  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    with explained_errors():
        selection = Selection(type_name, src, limit, newest)
        list_events(path, selection, as_json=as_json)


@app.command()
def show(
    path: Source,
    event: Annotated[
        str, typer.Argument(metavar="ID|NUMBER", help="As ls shows it.", show_default=False)
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Show an event: its JSON, or what there is instead.

    With --json it is one line, as of ls, with the event in `event`; what is no JSON is in
    `payload_base64`.

    Example: `gwproactor events show events.sqlite 17`
    """
    from gwproactor.app.events.showing import show_event  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    with explained_errors():
        raise typer.Exit(show_event(path, event, as_json=as_json))


@app.command()
def export(
    path: Source,
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            readable=False,
            help="Must be new. Default: stdout.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        Literal["jsonl", "rolling-files"],
        typer.Option("--format", help="rolling-files: a folder that the original library takes."),
    ] = "jsonl",
) -> None:
    """Copy all events out of a store or sink, the quarantined too.

    As jsonl each event is a line with its JSON object. As rolling-files each is a file, named as
    by the original, whose order is that of the numbers: stop the node first, or events that are
    acknowledged meanwhile are sent twice. An id that cannot be part of a file's name is hashed
    there, which the original sends but does not know again in its ack. What cannot be read as an
    event is named and left out.

    Examples:

    - `gwproactor events export received.sqlite | gzip > received.jsonl.gz`

    - `gwproactor events export events.sqlite --format rolling-files --to event`
    """
    from gwproactor.app.events.exporting import (  # noqa: PLC0415
        export_lines,
        export_rolling_files,
    )
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    if form == "rolling-files" and to is None:
        raise typer.BadParameter("rolling-files need a folder: give --to DIR", param_hint="--to")
    with explained_errors():
        if to is not None and form == "rolling-files":
            raise typer.Exit(export_rolling_files(path, to))
        raise typer.Exit(export_lines(path, to))


@app.command(name="import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", readable=False, show_default=False)],
    *,
    into: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            readable=False,
            help="The SQLite store; made if new.",
            show_default=False,
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Move the pending events of a folder, as the original library keeps it, into a SQLite store.

    Stop both nodes first. A file is deleted only when its event would survive a power cut in the
    store. Files that cannot be read as events are named, counted and kept. If this is ended or
    killed, run it again: nothing is lost, and an event that is there already, by its id, is not
    taken twice. The node sends what is imported after what its store holds already.

    With --json the end is one object: imported, imported_bytes, already_there, kept, interrupted.

    Example: `gwproactor events import ~/.local/share/gridworks/scada/event --into events.sqlite`
    """
    from gwproactor.app.events.importing import import_folder  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    with explained_errors():
        raise typer.Exit(import_folder(folder, into, as_json=as_json))


@app.command()
def quarantine(
    path: Source,
    *,
    release: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TYPE|NUMBER",
            help="Send these again; may be given several times.",
            show_default=False,
        ),
    ] = None,
    release_all: Annotated[
        bool, typer.Option("--release-all", help="Send all again that can be read.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the events in quarantine, with the reason and since when; or release them.

    They were sent several times while the peer acknowledged others, or cannot be read. Their node
    tries the oldest of each type again every hour. To release them it must be stopped.

    With --json each is a line as of ls, with reason and since_ms. A release is one object:
    released and unreadable, each a list of numbers, and not_found, a list of what was asked for
    and is not in quarantine.

    Examples:

    - `gwproactor events quarantine events.sqlite`

    - `gwproactor events quarantine events.sqlite --release gridworks.event.report --release 17`
    """
    from gwproactor.app.events import quarantine as events  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    asked = events.Release(tuple(release or ()), release_all)
    with explained_errors():
        if asked:
            raise typer.Exit(events.release(path, asked, as_json=as_json))
        raise typer.Exit(events.list_quarantine(path, as_json=as_json))


@app.command()
def stats(
    path: Source,
    *,
    bytes_max: Annotated[
        int, typer.Option(min=1, help="The store's limit, for the hours of outage that it holds.")
    ] = DEFAULT_BYTES_MAX,
    linger_ms: Annotated[
        int, typer.Option(min=0, help="A setting to compare with 0, for the wear of an SD card.")
    ] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Count events by type and source, and estimate what a disk must hold and bear.

    Events per day come from the numbers and creation times of what is stored now, or, if that is
    too little, from the life of the store; it says so. Syncs and bytes written per day come from
    measured commits.

    With --json it is one object: path, kind, events, payload_bytes, file_bytes, quarantined,
    unreadable, oldest_created_ms, newest_created_ms, by_type, by_src, bytes_per_event,
    events_per_day, events_per_day_is_upper_bound, events_per_day_from, bytes_max, outage_hours,
    and wear: a list of linger_ms, syncs_per_day, bytes_per_day.

    Example: `gwproactor events stats events.sqlite --linger-ms 5000`
    """
    from gwproactor.adapters.clock import LoopClock  # noqa: PLC0415
    from gwproactor.app.events.counting import stats_of  # noqa: PLC0415
    from gwproactor.app.events.stats_text import stats_lines, stats_object  # noqa: PLC0415
    from gwproactor.app.terminal import (  # noqa: PLC0415
        explained_errors,
        write_json_lines,
        write_lines,
    )

    with explained_errors():
        now_ms = LoopClock().wall_ms()
        found = stats_of(path, now_ms=now_ms, bytes_max=bytes_max, linger_ms=linger_ms)
        if as_json:
            write_json_lines([stats_object(found)])
        else:
            write_lines(stats_lines(found))
