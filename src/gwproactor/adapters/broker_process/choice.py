"""Which brokers to use, by one setting: `auto`, `mosquitto`, `iotcore`, or `HOST:PORT`."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

import attrs

from gwproactor.adapters.broker_process.iotcore_broker import IotcoreBroker, iotcore_is_installed
from gwproactor.adapters.broker_process.launcher import (
    BrokerLauncher,
    BrokerStartError,
    port_accepts,
)
from gwproactor.adapters.broker_process.mosquitto_broker import MosquittoBroker, mosquitto_program

ENVIRONMENT_VARIABLE: Final = "GWP_TEST_BROKER"


@attrs.frozen
class BrokerKind:
    """A broker that could be launched; `make` gets the folder for its files."""

    name: str
    make: Callable[[Path], BrokerLauncher]


@attrs.frozen
class ExternalBroker:
    """A broker that somebody else runs; it is never ended from here."""

    host: str
    port: int
    is_ours: bool = attrs.field(init=False, default=False)
    log: str = attrs.field(init=False, default="")

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    def start(self) -> None:
        if not port_accepts(self.host, self.port):
            raise BrokerStartError(f"nothing accepts connections at {self.name}")

    def stop(self) -> None:
        pass

    def kill(self) -> None:
        pass

    def restart(self) -> None:
        pass

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        pass


IOTCORE: Final = BrokerKind("iotcore", IotcoreBroker)
MOSQUITTO: Final = BrokerKind("mosquitto", MosquittoBroker)


def brokers_of(setting: str) -> tuple[BrokerKind, ...]:
    """The brokers that *setting* asks for; `auto` is every one found here, so maybe none.

    Raises ValueError if it is none of the four forms.
    """
    match setting.strip():
        case "auto" | "":
            found = (bool(mosquitto_program()), iotcore_is_installed())
            kinds = (MOSQUITTO, IOTCORE)
            return tuple(kind for kind, is_here in zip(kinds, found, strict=True) if is_here)
        case "mosquitto":
            return (MOSQUITTO,)
        case "iotcore":
            return (IOTCORE,)
        case address:
            host, colon, port = address.rpartition(":")
            if not (host and colon and port.isdigit()):
                form = "auto, mosquitto, iotcore or HOST:PORT"
                raise ValueError(f"{ENVIRONMENT_VARIABLE} must be {form}, not {setting!r}")
            external = ExternalBroker(host.strip("[]"), int(port))
            return (BrokerKind(external.name, lambda _: external),)
