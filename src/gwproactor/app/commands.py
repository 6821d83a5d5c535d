"""The commands of `gwproactor`. What one needs is imported when it runs: --help is quick."""

from pathlib import Path
from typing import Annotated

import typer

from gwproactor.app.broker.commands import app as broker
from gwproactor.app.certs.commands import app as certs
from gwproactor.app.config.commands import app as config
from gwproactor.app.events.commands import app as events
from gwproactor.app.node_file.commands import app as node_file
from gwproactor.app.output import Commands
from gwproactor.app.project.commands import app as new
from gwproactor.app.version import own_version

app = typer.Typer(
    name="gwproactor",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (new, node_file, config, certs, broker, events):
    app.add_typer(commands)


@app.callback()
def gwproactor(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version and exit.",
            is_eager=True,
            callback=lambda asked: _show_version() if asked else None,
        ),
    ] = False,
) -> None:
    """Infrastructure of edge nodes: events that are not lost, over MQTT.

    Examples: `gwproactor demo`, `gwproactor new my-house`, `gwproactor run node.toml`
    """


@app.command()
def demo(
    *,
    seconds: Annotated[
        float | None,
        typer.Option(help="How long events are generated. Default: 12.", show_default=False),
    ] = None,
    rate: Annotated[float, typer.Option(help="Events per second.")] = 20.0,
    events: Annotated[
        int | None, typer.Option(help="How many events, instead of --seconds.", show_default=False)
    ] = None,
    outage: Annotated[
        bool | None,
        typer.Option(
            "--outage/--no-outage",
            help="Take the broker away for some seconds. Default: yes, without --broker.",
            show_default=False,
        ),
    ] = None,
    broker: Annotated[
        str,
        typer.Option(
            metavar="mqtt://HOST:PORT",
            help="Use a broker that runs already. Default: one is started.",
            show_default=False,
        ),
    ] = "",
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep files and logs of the nodes in this new or empty folder.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show two nodes that talk through a broker, lose it, and lose no event.

    A child node with a simulated sensor sends events to a parent node. After some seconds the
    broker is killed, and brought back later. At the end the child's own list of its events is
    compared with what the parent has stored.

    Examples:

    - `gwproactor demo`

    - `gwproactor demo --events 2000 --rate 200`

    - `gwproactor demo --seconds 5 --keep demo-files`

    - `gwproactor demo --broker mqtt://localhost:1883`

    Exit codes:

    - 0: every event was acknowledged, and the parent stored it once

    - 1: events were lost, or are still pending 60 s after the last one, or a node failed

    - 2: wrong options

    - 3: no broker

    - 130, 143: ended by Ctrl-C, by SIGTERM
    """
    from gwproactor.app.demo.options import BadOption, checked_options  # noqa: PLC0415
    from gwproactor.app.demo.run import run_demo  # noqa: PLC0415
    from gwproactor.domain.outcome import Failure, Success  # noqa: PLC0415

    checked = checked_options(
        seconds=seconds, rate=rate, events=events, outage=outage, broker=broker
    )
    match checked:
        case Failure(BadOption() as bad):
            raise typer.BadParameter(bad.reason, param_hint=bad.option)
        case Success(options):
            match run_demo(options, keep):
                case Failure(bad):
                    raise typer.BadParameter(bad.reason, param_hint=bad.option)
                case Success(code):
                    raise typer.Exit(code)


def _show_version() -> None:
    typer.echo(f"gwproactor {own_version()}")
    raise typer.Exit
