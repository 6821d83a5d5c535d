"""iotcore: the rumqttd broker (Rust) from a Python wheel, so that no system package is needed.

It does not hold `require_client_cert`, refuses a login by closing the connection without a CONNACK,
and delivers QoS 0 messages to a QoS 1 subscription as QoS 1 (iotcore 0.4.0).
"""

import importlib.util
import json
from pathlib import Path

from typing_extensions import override

from gwproactor.adapters.broker_process.launcher import (
    LOOPBACK,
    BrokerStartError,
    BrokerTls,
    ProcessBroker,
    python_script,
)

PAYLOAD_BYTES_MAX = 1024 * 1024


def iotcore_is_installed() -> bool:
    return importlib.util.find_spec("iotcore") is not None


class IotcoreBroker(ProcessBroker):
    """Raises BrokerStartError from `start` if iotcore is not installed."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        payload_bytes_max: int = PAYLOAD_BYTES_MAX,
        tls: BrokerTls | None = None,
    ) -> None:
        super().__init__("iotcore", folder, port, host)
        self._payload_bytes_max = payload_bytes_max
        self._tls = tls

    @override
    def start(self) -> None:
        if not iotcore_is_installed():
            raise BrokerStartError("iotcore is not installed: pip install 'gwproactor[demo]'")
        super().start()

    @override
    def _command(self, port: int) -> list[str]:
        config = self._folder / "iotcore.toml"
        config.write_text(self._config(port), encoding="utf-8")
        return [*python_script("iotcore_child.py"), str(config)]

    def _config(self, port: int) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"""\
id = 0
[router]
id = 0
max_connections = 10010
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v4.1]
name = "v4-1"
listen = "{host}:{port}"
next_connection_delay_ms = 1
[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = {self._payload_bytes_max}
max_inflight_count = 100
dynamic_filters = true
{self._tls_config()}"""

    def _tls_config(self) -> str:
        if self._tls is None:
            return ""
        paths = {"certpath": self._tls.certificate, "keypath": self._tls.key}
        if self._tls.authority is not None:
            paths["capath"] = self._tls.authority
        # A JSON string is a TOML string too.
        lines = [f"{name} = {json.dumps(str(path))}" for name, path in paths.items()]
        return "\n".join(["[v4.1.tls]", *lines, ""])
