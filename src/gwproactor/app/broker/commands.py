"""The command `gwproactor broker`. What it needs is imported when it runs."""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(rich_markup_mode="markdown")


def _address(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        raise typer.BadParameter(f"{host!r} is no address of this machine") from None


@app.command()
def broker(
    *,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Listen here; 0.0.0.0: everywhere.", callback=_address
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="0: any free port. Default: 1883, with --tls 8883.",
            show_default=False,
        ),
    ] = None,
    tls: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            readable=False,
            help="Take TLS connections only, with the files of `gwproactor certs DIR`.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        Literal["auto", "mosquitto", "iotcore"],
        typer.Option(help="auto: mosquitto if this machine has it, else iotcore."),
    ] = "auto",
) -> None:
    """Run an MQTT broker for development, until Ctrl-C.

    Everybody who reaches it may connect; it keeps nothing on disk. Its address is written to
    stdout once it accepts connections. Houses run a broker of their own, such as mosquitto, as a
    service.

    Examples:

    - `gwproactor broker`

    - `gwproactor broker --port 0`

    - `gwproactor certs certs && gwproactor broker --tls certs`

    Exit codes:

    - 1: it could not listen, or ended by itself

    - 2: wrong options

    - 3: there is no broker on this machine; what to install is said

    - 130, 143: ended by Ctrl-C, by SIGTERM
    """
    from gwproactor.app.broker.serve import (  # noqa: PLC0415
        BrokerOptions,
        missing_files,
        serve,
    )

    missing = () if tls is None else missing_files(tls)
    if missing:
        hint = f"make it by: gwproactor certs {tls}"
        raise typer.BadParameter(f"there is no {missing[0]}; {hint}", param_hint="--tls")
    raise typer.Exit(serve(BrokerOptions(host=host, port=port, kind=kind, tls=tls)))
