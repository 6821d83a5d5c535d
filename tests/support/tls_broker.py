"""A mosquitto that speaks TLS, and the files of those who want to reach it."""

from pathlib import Path

import attrs

from gwproactor.adapters.broker_process import BrokerTls, MosquittoBroker
from gwproactor.adapters.mqtt import TLSFiles
from tests.support.tls_authority import Authority, Issued


@attrs.frozen
class TLSPlace:
    """A folder of files, and the authority that broker and node trust."""

    folder: Path
    authority: Authority

    @classmethod
    def below(cls, folder: Path) -> "TLSPlace":
        return cls(folder, Authority(folder))

    def broker(
        self,
        certificate: Issued | None = None,
        *,
        require_client_cert: bool = False,
        revoked: Path | None = None,
    ) -> MosquittoBroker:
        """Shows *certificate*, else one for this machine, that is valid."""
        shown = certificate or self.authority.issue("broker")
        trusted = self.authority.path
        tls = BrokerTls(shown.path, shown.key_path, trusted, require_client_cert, revoked)
        return MosquittoBroker(self.folder, tls=tls)

    def files(self, shown: Issued | None = None, *, crl_path: Path | None = None) -> TLSFiles:
        """What a node is configured with that trusts the authority, and shows *shown*."""
        absent = self.folder / "absent"
        return TLSFiles(
            ca_cert_path=self.authority.path,
            cert_path=shown.path if shown else absent,
            private_key_path=shown.key_path if shown else absent,
            needs_cert=shown is not None,
            crl_path=crl_path,
        )
