"""How a node's brokers are reached, as its settings say."""

import ssl
from collections.abc import Mapping
from functools import partial
from typing import Final

from gwproactor.adapters import mqtt
from gwproactor.app.settings import ProactorSettings
from gwproactor.ports.instance_id import InstanceId
from gwproactor.ports.link_transport import LinkTransport

# Enough to tell installations apart that were given one name; brokers show client ids in their log.
INSTANCE_ID_SHOWN: Final = 8


def make_link_transports(
    settings: ProactorSettings,
    ssl_contexts: Mapping[str, ssl.SSLContext],
    instance_id: InstanceId,
) -> Mapping[str, LinkTransport]:
    """By broker. A context of *ssl_contexts* is used as it is, instead of the broker's files."""
    unknown = set(ssl_contexts) - set(settings.every_broker)
    if unknown:
        raise ValueError(f"ssl_contexts names unknown brokers: {', '.join(sorted(unknown))}")
    return {
        name: _paho_transport(settings, name, ssl_contexts.get(name), instance_id)
        for name in settings.used_brokers
    }


def _paho_transport(
    settings: ProactorSettings,
    name: str,
    context: ssl.SSLContext | None,
    instance_id: InstanceId,
) -> LinkTransport:
    broker = settings.every_broker[name]
    default_id = f"{settings.long_name}-{name}"
    address = mqtt.BrokerAddress(
        host=broker.host,
        port=broker.effective_port(),
        client_id=broker.client_id or default_id,
        keepalive_s=broker.keepalive,
        connect_timeout_s=broker.connect_timeout_seconds,
        ssl_context=context,
        server_hostname=broker.tls.server_hostname or None,
        bind_address=broker.bind_address,
        bind_port=broker.bind_port,
    )
    login = mqtt.Login(
        client_id=None if broker.client_id else partial(_full_id, default_id, instance_id),
        username=broker.username_file or broker.username,
        password=broker.password_file or broker.password.get_secret_value(),
        tls=tls_files(settings, name) if broker.tls.use_tls and context is None else None,
    )
    return mqtt.PahoLinkTransport(address, login=login)


def _full_id(name: str, instance_id: InstanceId) -> str:
    """Stable over restarts, and no other installation's. Blocks, as it may read a file."""
    return f"{name}-{instance_id.read()[:INSTANCE_ID_SHOWN]}"


def tls_files(settings: ProactorSettings, name: str) -> mqtt.TLSFiles:
    """Those of the broker *name*. Default files may be absent: of whom nothing is configured, the
    authorities of the operating system are trusted, and no certificate is shown.
    """
    tls, paths = settings.every_broker[name].tls, settings.tls_paths(name)
    assert paths.ca_cert_path is not None
    assert paths.cert_path is not None
    assert paths.private_key_path is not None
    return mqtt.TLSFiles(
        ca_cert_path=paths.ca_cert_path,
        cert_path=paths.cert_path,
        private_key_path=paths.private_key_path,
        needs_ca_cert=tls.paths.ca_cert_path is not None,
        needs_cert=tls.paths.cert_path is not None or tls.paths.private_key_path is not None,
        crl_path=tls.crl_path,
        key_password=tls.keyfile_password_file or tls.keyfile_password.get_secret_value(),
        verify_mode=tls.cert_reqs,
        ciphers=tls.ciphers,
    )
