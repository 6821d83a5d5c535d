"""Runs a broker as a child process, until it or this process is ended."""

import errno
import ipaddress
import tempfile
from pathlib import Path
from typing import Final, Literal, TypeAlias

import attrs
import typer

from gwproactor.adapters.broker_process import (
    BrokerStartError,
    IotcoreBroker,
    MosquittoBroker,
    iotcore_is_installed,
    mosquitto_program,
)
from gwproactor.app.settings.mqtt import PORT

EXIT_FAILED: Final = 1
EXIT_NO_BROKER: Final = 3

Kind: TypeAlias = Literal["auto", "mosquitto", "iotcore"]

PACKAGES: Final = {
    "mosquitto": "mosquitto: apt install mosquitto",
    "iotcore": "iotcore, a small one in Python's packages: pip install 'gwproactor[demo]'",
}


@attrs.frozen(kw_only=True)
class BrokerOptions:
    """Which broker, and where it listens. `host` is an address; no `port`: the usual one."""

    host: str
    port: int | None
    kind: Kind


def serve(options: BrokerOptions) -> int:
    """Run a broker until it ends by itself, which it should not: returns the exit code."""
    kinds = _kinds_here(options.kind)
    if not kinds:
        _say("there is no broker on this machine; install")
        wanted = PACKAGES if options.kind == "auto" else [options.kind]
        _say(" or\n".join(f"  {PACKAGES[name]}" for name in wanted))
        return EXIT_NO_BROKER
    with tempfile.TemporaryDirectory(prefix="gwproactor-broker-") as folder:
        port = PORT if options.port is None else options.port
        broker = kinds[0](Path(folder), host=options.host, port=port)
        try:
            with broker:
                return _serve(broker)
        except BrokerStartError as error:
            _say(str(error))
            if _is_taken(error):
                _say("does one run there already? --port 0 takes a free port")
            return EXIT_FAILED


def _serve(broker: MosquittoBroker | IotcoreBroker) -> int:
    host = f"[{broker.host}]" if ":" in broker.host else broker.host
    _say(f"{broker.name} runs; Ctrl-C ends it")
    if not ipaddress.ip_address(broker.host).is_loopback:
        _say("it is open to everybody who can reach this machine")
    typer.echo(f"mqtt://{host}:{broker.port}")
    code = broker.wait()
    _say(f"{broker.name} ended by itself, with exit code {code}:\n{broker.log}")
    return EXIT_FAILED


def _kinds_here(kind: Kind) -> list[type[MosquittoBroker] | type[IotcoreBroker]]:
    """Those that are wanted and installed, the better one first."""
    found: list[type[MosquittoBroker] | type[IotcoreBroker]] = []
    if kind != "iotcore" and mosquitto_program():
        found.append(MosquittoBroker)
    if kind != "mosquitto" and iotcore_is_installed():
        found.append(IotcoreBroker)
    return found


def _is_taken(error: BrokerStartError) -> bool:
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE


def _say(text: str) -> None:
    typer.echo(text, err=True)
