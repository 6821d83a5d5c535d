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
    BrokerTls,
    IotcoreBroker,
    MosquittoBroker,
    iotcore_is_installed,
    mosquitto_program,
)
from gwproactor.adapters.certificates import IssuedFiles
from gwproactor.app.certs.layout import broker_files
from gwproactor.app.settings.mqtt import PORT, TLS_PORT

EXIT_FAILED: Final = 1
EXIT_NO_BROKER: Final = 3

Kind: TypeAlias = Literal["auto", "mosquitto", "iotcore"]

PACKAGES: Final = {
    "mosquitto": "mosquitto: apt install mosquitto",
    "iotcore": "iotcore, a small one in Python's packages: pip install 'gwproactor[demo]'",
}


@attrs.frozen(kw_only=True)
class BrokerOptions:
    """Which broker, and where it listens. `host` is an address; no `port`: the usual one. With
    `tls` it listens by TLS only, with the files below that folder.
    """

    host: str
    port: int | None
    kind: Kind
    tls: Path | None = None

    @property
    def effective_port(self) -> int:
        if self.port is not None:
            return self.port
        return PORT if self.tls is None else TLS_PORT


def serve(options: BrokerOptions) -> int:
    """Run a broker until it ends by itself, which it should not: returns the exit code."""
    kinds = _kinds_here(options.kind)
    if not kinds:
        _say("there is no broker on this machine; install")
        wanted = PACKAGES if options.kind == "auto" else [options.kind]
        _say(" or\n".join(f"  {PACKAGES[name]}" for name in wanted))
        return EXIT_NO_BROKER
    tls = None if options.tls is None else _tls(broker_files(options.tls))
    with tempfile.TemporaryDirectory(prefix="gwproactor-broker-") as folder:
        broker = kinds[0](Path(folder), host=options.host, port=options.effective_port, tls=tls)
        try:
            with broker:
                return _serve(broker, "mqtt" if tls is None else "mqtts")
        except BrokerStartError as error:
            _say(str(error))
            if _is_taken(error):
                _say("does one run there already? --port 0 takes a free port")
            return EXIT_FAILED


def missing_files(folder: Path) -> tuple[Path, ...]:
    """What a broker would need of *folder*, and is not there."""
    files = broker_files(folder)
    needed = (files.certificate, files.key, files.authority)
    return tuple(path for path in needed if not path.is_file())


def _tls(files: IssuedFiles) -> BrokerTls:
    return BrokerTls(files.certificate, files.key, files.authority)


def _serve(broker: MosquittoBroker | IotcoreBroker, scheme: str) -> int:
    host = f"[{broker.host}]" if ":" in broker.host else broker.host
    _say(f"{broker.name} runs; Ctrl-C ends it")
    if not ipaddress.ip_address(broker.host).is_loopback:
        _say("it is open to everybody who can reach this machine")
    typer.echo(f"{scheme}://{host}:{broker.port}")
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
