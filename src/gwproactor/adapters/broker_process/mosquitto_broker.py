"""mosquitto 2, if this machine has it."""

import base64
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from typing_extensions import override

from gwproactor.adapters.broker_process.launcher import (
    LOOPBACK,
    BrokerStartError,
    BrokerTls,
    ProcessBroker,
    python_script,
)

# Debian puts it there, which is not on an ordinary user's PATH.
SBIN_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
HASH_ROUNDS: Final = 101
NO_USERS: Final[Mapping[str, str]] = MappingProxyType({})


def mosquitto_program() -> str | None:
    """The path of mosquitto, or None."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=":".join(SBIN_FOLDERS))


class MosquittoBroker(ProcessBroker):
    """Raises BrokerStartError from `start` if mosquitto cannot be found.

    *users* are names with passwords; without any, everybody may log in. *acl* is the text of an ACL
    file (mosquitto.conf(5)); a SUBSCRIBE which it does not allow is granted, but hears nothing.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        payload_bytes_max: int | None = None,
        tls: BrokerTls | None = None,
        users: Mapping[str, str] = NO_USERS,
        acl: str = "",
    ) -> None:
        super().__init__("mosquitto", folder, port, host)
        self._payload_bytes_max = payload_bytes_max
        self._tls = tls
        self._users = users
        self._acl = acl

    @override
    def _command(self, port: int) -> list[str]:
        program = mosquitto_program()
        if program is None:
            folders = ", ".join(SBIN_FOLDERS)
            raise BrokerStartError(f"mosquitto was found neither on PATH nor in {folders}")
        config = self._write("mosquitto.conf", "\n".join(self._config(port)) + "\n")
        return [*python_script("guard.py"), program, "-c", config]

    def _config(self, port: int) -> list[str]:
        lines = [
            f"listener {port} {self.host}",
            "persistence false",
            "log_dest stderr",
            "set_tcp_nodelay true",
            "max_queued_messages 0",  # unlimited: tests send bursts
            f"allow_anonymous {'false' if self._users else 'true'}",
        ]
        if sys.platform != "win32" and os.geteuid() == 0:
            lines.append("user root")  # else it changes to a user who cannot read our files
        if self._payload_bytes_max is not None:
            lines.append(f"message_size_limit {self._payload_bytes_max}")
        if self._users:
            passwords = [f"{name}:{_hash(word)}\n" for name, word in self._users.items()]
            lines.append(f"password_file {self._write('passwords', ''.join(passwords))}")
        if self._acl:
            lines.append(f"acl_file {self._write('acl', self._acl)}")
        if self._tls is not None:
            lines += [f"certfile {self._tls.certificate}", f"keyfile {self._tls.key}"]
            if self._tls.authority is not None:
                lines.append(f"cafile {self._tls.authority}")
            if self._tls.require_client_cert:
                lines.append("require_certificate true")
            if self._tls.revoked is not None:
                lines.append(f"crlfile {self._tls.revoked}")
        return lines

    def _write(self, name: str, text: str) -> str:
        path = self._folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)


def _hash(password: str) -> str:
    """As mosquitto_passwd writes it: PBKDF2 with SHA-512."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, HASH_ROUNDS)
    parts = (base64.b64encode(salt).decode(), base64.b64encode(digest).decode())
    return f"$7${HASH_ROUNDS}${parts[0]}${parts[1]}"
