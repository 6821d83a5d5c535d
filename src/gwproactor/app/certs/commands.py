"""The commands of `gwproactor certs`. What one needs is imported when it runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typing_extensions import override

from gwproactor.app.options import AsJson

MAKE: Final = "make"


class _MakeByDefault(TyperGroup):
    """`certs DIR` is `certs make DIR`."""

    # The context is click's, or that of the copy of click which a newer typer brings.

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [MAKE, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="certs",
    cls=_MakeByDefault,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Make certificates for development, and look at any.

    `gwproactor certs DIR` is short for `gwproactor certs make DIR`.

    Exit codes of all of them:

    - 0: done, and what is shown serves

    - 1: not all: a file cannot be read or written, is not of the authority in the folder, or, when
      shown, has expired or is a key that others may read

    - 2: wrong options
    """,
)


def _names(given: list[str]) -> list[str]:
    from gwproactor.app.certs.layout import checked_name  # noqa: PLC0415
    from gwproactor.domain.outcome import Failure  # noqa: PLC0415

    for name in given:
        checked = checked_name(name)
        if isinstance(checked, Failure):
            raise typer.BadParameter(checked.failure())
    return given


def _hosts(given: list[str] | None) -> list[str]:
    from gwproactor.domain.outcome import Failure  # noqa: PLC0415
    from gwproactor.domain.web_names import checked_host_name  # noqa: PLC0415

    for host in given or ():
        checked = checked_host_name(host)
        if isinstance(checked, Failure):
            raise typer.BadParameter(checked.failure())
    return [host.strip().strip("[]") for host in given or ()]


@app.command()
def make(
    folder: Annotated[Path, typer.Argument(metavar="DIR", readable=False, show_default=False)],
    *,
    name: Annotated[
        list[str],
        typer.Option(
            metavar="[NODE/]BROKER",
            help="Whom a node's certificate is for; may be given several times.",
            callback=_names,
        ),
    ] = ["local"],  # noqa: B006  # typer takes a list, and nobody changes it
    host: Annotated[
        list[str] | None,
        typer.Option(
            help="By which name or address the broker is reached, besides localhost, 127.0.0.1 "
            "and ::1; may be given several times.",
            callback=_hosts,
            show_default=False,
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How long they hold.")] = 730,
    as_json: AsJson = False,
) -> None:
    """Make an authority in DIR, and certificates by it for a broker and for nodes.

    What is there stays: no key is ever written over. A certificate is made anew, for the same key,
    if it has expired or lacks a --host. Keys are not encrypted; only their owner may read them.

    - `DIR/ca`: the authority, `ca.crt` and `private/ca.pem`; who has that key can be anybody

    - `DIR/broker`: `ca.crt`, `broker.crt` and `private/broker.pem`, for `gwproactor broker
      --tls DIR` or mosquitto

    - `DIR/BROKER`: `ca.crt`, `BROKER.crt` and `private/BROKER.pem`, where a node whose
      `paths.certs_dir` is DIR looks for those of its broker BROKER

    - `DIR/NODE/BROKER`: the same for a node whose `paths.certs_dir` is DIR/NODE; its certificate
      names it NODE

    With --json each file is an object in a line of its own: path, was (made, exists or renewed) and
    why.

    Examples:

    - `gwproactor certs certs`

    - `gwproactor certs certs --name child/local --name parent/local --host broker.local`
    """
    from gwproactor.app.certs.making import Order, make_files  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    order = Order(
        folder=folder, names=tuple(dict.fromkeys(name)), hosts=tuple(host or ()), days=days
    )
    with explained_errors():
        raise typer.Exit(make_files(order, now=_now(), as_json=as_json))


@app.command()
def show(
    path: Annotated[Path, typer.Argument(metavar="PATH", readable=False, show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Show the certificates, keys and revocation lists in a PEM file, or in a folder of them.

    Nothing secret is shown: of a key its kind, and whether it is encrypted. Times are UTC.

    With --json each is an object in a line of its own: path, what, subject, issuer, hosts, uses,
    key, valid_from, valid_until, days_left, sha256, note, is_fault.

    Examples:

    - `gwproactor certs show certs`

    - `gwproactor certs show /etc/ssl/certs/ca-certificates.crt --json | jq .days_left`
    """
    from gwproactor.app.certs.showing import show_files  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    with explained_errors():
        raise typer.Exit(show_files(path, now=_now(), as_json=as_json))


def _now() -> datetime:
    from gwproactor.adapters.clock import LoopClock  # noqa: PLC0415

    return datetime.fromtimestamp(LoopClock().wall_ms() / 1_000, UTC)
