"""Certificates of a throw-away authority, for TLS tests."""

import ssl
from pathlib import Path

import attrs
import trustme

from gwproactor.adapters.broker_process import BrokerTls


@attrs.frozen
class Certificates:
    """One authority, with a certificate for `localhost` and 127.0.0.1."""

    authority: trustme.CA = attrs.Factory(trustme.CA)

    def client_context(self) -> ssl.SSLContext:
        """Trusts this authority alone; shows no certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.authority.configure_trust(context)
        return context

    def client_context_with_certificate(self) -> ssl.SSLContext:
        context = self.client_context()
        self.authority.issue_cert("client.test").configure_cert(context)
        return context

    def server_context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
        return context

    def files(self, folder: Path, *, require_client_cert: bool = False) -> BrokerTls:
        issued = self.authority.issue_cert("localhost", "127.0.0.1")
        files = BrokerTls(
            folder / "server.pem", folder / "server.key", folder / "ca.pem", require_client_cert
        )
        assert files.authority is not None
        self.authority.cert_pem.write_to_path(files.authority)
        issued.private_key_pem.write_to_path(files.key)
        for number, blob in enumerate(issued.cert_chain_pems):
            blob.write_to_path(files.certificate, append=number > 0)
        return files
