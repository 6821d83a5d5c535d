"""A broker, and how to reach it, by TLS unless told otherwise."""

import ssl
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SecretStr, model_validator

from gwproactor.app.settings.hosts import Host
from gwproactor.app.settings.part import FilePath, Seconds, SettingsPart

PORT = 1883
TLS_PORT = 8883


def _verify_mode(given: object) -> object:
    """`none`, `optional` and `required` are as good as their numbers, which `ssl` has."""
    for mode in ssl.VerifyMode:
        # Not `given == mode`: false would be none.
        if str(given).strip().lower() in (_verify_name(mode), mode.name.lower(), str(mode.value)):
            return mode
    raise ValueError("must be 'required', 'optional' or 'none'")


def _verify_name(mode: ssl.VerifyMode) -> str:
    return mode.name.removeprefix("CERT_").lower()


VerifyMode = Annotated[
    ssl.VerifyMode,
    BeforeValidator(
        _verify_mode, json_schema_input_type=Literal["required", "optional", "none", 2, 1, 0]
    ),
    PlainSerializer(_verify_name, str, when_used="json"),
]


class TLSPaths(SettingsPart):
    """PEM files: whom the node trusts, and what it shows of itself. What is not configured is
    looked for in the node's folder of certificates.
    """

    ca_cert_path: FilePath | None = Field(None, description="authorities that are trusted")
    cert_path: FilePath | None = Field(None, description="certificate of this node, with its chain")
    private_key_path: FilePath | None = Field(None, description="key of that certificate")

    @classmethod
    def defaults(cls, certs_dir: Path, client_name: str) -> "TLSPaths":
        """Where the files of the broker *client_name* lie below *certs_dir*."""
        folder = certs_dir / client_name
        return cls(
            ca_cert_path=folder / "ca.crt",
            cert_path=folder / f"{client_name}.crt",
            private_key_path=folder / "private" / f"{client_name}.pem",
        )

    def effective_paths(self, certs_dir: Path, client_name: str) -> "TLSPaths":
        """These, with defaults for what was not configured."""
        configured = {name: path for name, path in self if path is not None}
        return self.defaults(certs_dir, client_name).model_copy(update=configured)


class TLSInfo(SettingsPart):
    """How a broker is reached by TLS, and recognised."""

    use_tls: bool = Field(True, description="false: in plain")
    port: int = Field(TLS_PORT, ge=1, le=65_535, description="port for TLS")
    paths: TLSPaths = Field(default_factory=TLSPaths)
    cert_reqs: VerifyMode = Field(
        ssl.CERT_REQUIRED,
        description="required; none: anybody may pretend to be the broker",
    )
    server_hostname: Host = Field(
        "", description="name in the broker's certificate; empty: the host that is connected to"
    )
    ciphers: str | None = Field(None, description="OpenSSL cipher list, for TLS 1.2")
    crl_path: FilePath | None = Field(
        None,
        description="PEM file of revoked certificates; none: nothing is revoked",
    )
    keyfile_password: SecretStr = Field(SecretStr(""), description="of the private key")
    keyfile_password_file: FilePath | None = Field(
        None, description="file that holds it instead, on its first line"
    )

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if self.keyfile_password_file is not None and self.keyfile_password.get_secret_value():
            raise ValueError("give keyfile_password or keyfile_password_file, not both")
        return self


NO_TLS: Final = TLSInfo(use_tls=False)


class MQTTClient(SettingsPart):
    """A broker and how to reach it. Times in seconds."""

    host: Host = Field("localhost", min_length=1, description="host name or address")
    port: int = Field(PORT, ge=1, le=65_535, description="port without TLS; see tls.port")
    keepalive: int = Field(60, ge=1, le=65_535, description="seconds between signs of life")
    bind_address: Host = Field("", description="local address to connect from; empty: any")
    bind_port: int = Field(0, ge=0, le=65_535, description="local port to connect from; 0: any")
    client_id: str = Field(
        "", description="must be unique at the broker; empty: made of names and the instance id"
    )
    username: str = Field("", description="empty: the broker asks for none")
    username_file: FilePath | None = Field(
        None, description="file that holds it instead, on its first line"
    )
    password: SecretStr = Field(SecretStr(""), description="of that user")
    password_file: FilePath | None = Field(
        None, description="file that holds it instead, on its first line"
    )
    connect_timeout_seconds: Seconds = Field(
        10.0, description="for name, TCP, TLS and CONNACK together"
    )
    tls: TLSInfo = Field(default_factory=TLSInfo)

    @model_validator(mode="after")
    def _credentials_fit_together(self) -> Self:
        problems = []
        if self.username and self.username_file is not None:
            problems.append("give username or username_file, not both")
        has_password = bool(self.password.get_secret_value())
        if has_password and self.password_file is not None:
            problems.append("give password or password_file, not both")
        has_username = self.username or self.username_file is not None
        if (has_password or self.password_file is not None) and not has_username:
            problems.append("a password cannot be sent without a username: give one")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def effective_port(self) -> int:
        """The port that is connected to."""
        return self.tls.port if self.tls.use_tls else self.port
