"""What is refused before the start would have failed at the broker, and the other way round.

Each case is a real handshake of the node's own context with a broker, without a network.
"""

import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from gwproactor.adapters.mqtt.tls_files import tls_context
from gwproactor.app.config.tls_check import tls_faults
from gwproactor.app.link_transports import tls_files
from gwproactor.app.settings import (
    LinkSettings,
    MQTTClient,
    Paths,
    ProactorSettings,
    TLSInfo,
    TLSPaths,
)
from tests.support.handshake import handshake
from tests.support.issuing import (
    CLIENT,
    DAY,
    SERVER,
    Holder,
    Issuing,
    key_usage,
    revocations_with_sha1,
    signed_with_sha1,
)

NOW: Final = datetime.now(UTC).replace(microsecond=0)
ISSUING: Final = Issuing(NOW)
BUNDLE: Final = Path("/etc/ssl/certs/ca-certificates.crt")
ANY_USE: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
LINK: Final = LinkSettings(broker="b", peer_long_name="peer", peer_short_name="p")

CA: Final = ISSUING.certificate("CA", is_authority=True)
OLD_CA: Final = ISSUING.certificate("CA", is_authority=True, key=CA.key, until=-DAY / 2)
MIDDLE: Final = ISSUING.certificate("middle", by=CA, is_authority=True)
UNABLE: Final = ISSUING.certificate("unable", is_authority=True, may_sign=False)
OTHER_CA: Final = ISSUING.certificate("other", is_authority=True)
BROKER: Final = ISSUING.certificate("broker", by=CA, hosts=["broker.lan"], uses=[SERVER])
OF_MIDDLE: Final = ISSUING.certificate("broker", by=MIDDLE, hosts=["broker.lan"])
NODE: Final = ISSUING.certificate("node", by=CA, uses=[CLIENT])
NODE_AS_SERVER: Final = ISSUING.certificate("node", by=CA, uses=[SERVER])
OLD_NODE: Final = ISSUING.certificate("node", by=CA, until=-DAY / 2)


RSA_KEY: Final = rsa.generate_private_key(65_537, 2_048)
SHORT_KEY: Final = rsa.generate_private_key(65_537, 1_024)
SHA1_CA: Final = signed_with_sha1(
    ISSUING.certificate("CA", is_authority=True, key=RSA_KEY), RSA_KEY
)
OF_SHA1: Final = ISSUING.certificate("broker", by=SHA1_CA, hosts=["broker.lan"])
CERT_SIGN: Final = key_usage("key_cert_sign")
# Each is no DER of its kind, which OpenSSL does not mind before it has to look there.
UNREADABLE_NAME: Final = x509.UnrecognizedExtension(
    x509.SubjectAlternativeName.oid, bytes.fromhex("3004 8702 0102")
)
NETSCAPE_SERVER: Final = x509.ObjectIdentifier("2.16.840.1.113730.4.1")
NETSCAPE_CA: Final = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("2.16.840.1.113730.1.1"), bytes.fromhex("0302 0204")
)


def vouched(**authority: Any) -> "Case":
    """A broker by an authority that is made so."""
    trusted = ISSUING.certificate("CA", **authority)
    return Case([trusted], ISSUING.certificate("broker", by=trusted, hosts=["broker.lan"]))


def shown(**certificate: Any) -> "Case":
    """By a node with a certificate that is made so."""
    return Case([CA], BROKER, shown=ISSUING.certificate("node", by=CA, **certificate))


def pinned(*hosts: str, name: str = "pinned", is_authority: bool = False) -> Holder:
    return ISSUING.certificate(name, hosts=hosts, is_authority=is_authority)


@attrs.frozen
class Case:
    """Whom the node trusts, and who answers; *shown* is the node's own, if the broker asks."""

    trusted: Sequence[Holder]
    broker: Holder
    chain: Sequence[Holder] = ()
    host: str = "broker.lan"
    revocations: bytes = b""
    shown: Holder | None = None
    written: Callable[[bytes], bytes] = bytes  # how the file of whom it trusts is


def of_itself(holder: Holder, host: str) -> Case:
    return Case([holder], holder, host=host)


WORKS: Final = {
    "authority": Case([CA], BROKER),
    "intermediate and root": Case([MIDDLE, CA], OF_MIDDLE),
    "intermediate sent by the broker": Case([CA], OF_MIDDLE, [MIDDLE]),
    "list of an intermediate": Case(
        [MIDDLE, CA], OF_MIDDLE, revocations=ISSUING.revocations(MIDDLE)
    ),
    "one of two": Case([OTHER_CA, CA], BROKER),
    "old and new": Case([OLD_CA, CA], BROKER),
    "with list": Case([CA], BROKER, revocations=ISSUING.revocations(CA)),
    "old list and new": Case(
        [CA],
        BROKER,
        revocations=ISSUING.revocations(CA, since=-2 * DAY, until=-DAY) + ISSUING.revocations(CA),
    ),
    "pinned": of_itself(pinned("broker.lan"), "broker.lan"),
    "pinned, capital": of_itself(pinned("Broker.lan"), "broker.LAN"),
    "pinned, address": of_itself(pinned("10.0.0.1"), "10.0.0.1"),
    "pinned, IPv6": of_itself(pinned("fd00::1"), "fd00:0::1"),
    "pinned, any of a domain": of_itself(pinned("*.site.lan"), "broker.site.lan"),
    "pinned, common name": of_itself(pinned(name="broker.lan"), "broker.lan"),
    "pinned, may issue": of_itself(pinned("broker.lan", is_authority=True), "broker.lan"),
    "pinned, with letters of a language": of_itself(pinned("xn--brker-kua.lan"), "bröker.lan"),
    "pinned, second common name": of_itself(
        ISSUING.certificate("other", second_name="broker.lan"), "broker.lan"
    ),
    "node shown": Case([CA], BROKER, shown=NODE),
    "node with no limits": shown(),
    "node that agrees on keys": shown(more=[key_usage("key_agreement")]),
    "authority of old, SHA-1": Case([SHA1_CA], OF_SHA1),
    "list of old, SHA-1": Case(
        [SHA1_CA],
        OF_SHA1,
        revocations=revocations_with_sha1(ISSUING.revocations(SHA1_CA), RSA_KEY),
    ),
    "authority that only signs": vouched(has_constraints=False, more=[CERT_SIGN]),
    "authority of Netscape's kind": vouched(has_constraints=False, more=[NETSCAPE_CA]),
    "authority for servers": vouched(is_authority=True, uses=[SERVER]),
    "authority for servers of old": vouched(is_authority=True, uses=[NETSCAPE_SERVER]),
    "authority with a name that is none": vouched(is_authority=True, more=[UNREADABLE_NAME]),
    "begun with a byte order mark": Case([CA], BROKER, written=b"\xef\xbb\xbf".__add__),
    "trusted certificate": Case(
        [CA], BROKER, written=lambda pem: pem.replace(b" CERT", b" TRUSTED CERT")
    ),
    "an intermediate, a trusted root": Case(
        [MIDDLE, CA],
        OF_MIDDLE,
        written=lambda pem: pem.replace(CA.pem, CA.pem.replace(b" CERT", b" TRUSTED CERT")),
    ),
    "list of the root is over, not that of the intermediate": Case(
        [MIDDLE, CA],
        OF_MIDDLE,
        revocations=ISSUING.revocations(MIDDLE)
        + ISSUING.revocations(CA, since=-2 * DAY, until=-DAY),
    ),
    "all of an operating system": Case(
        [CA], BROKER, written=lambda pem: pem + (BUNDLE.read_bytes() if BUNDLE.exists() else b"")
    ),
}
FAILS: Final = {
    "over": Case([OLD_CA], BROKER),
    "not yet": Case([ISSUING.certificate("CA", key=CA.key, is_authority=True, since=DAY)], BROKER),
    "intermediate alone": Case([MIDDLE], OF_MIDDLE),
    "what it issued": Case([BROKER], BROKER),
    "authority that may not sign": Case(
        [UNABLE], ISSUING.certificate("broker", by=UNABLE, hosts=["broker.lan"])
    ),
    "list over": Case(
        [CA], BROKER, revocations=ISSUING.revocations(CA, since=-2 * DAY, until=-DAY)
    ),
    "list not yet": Case(
        [CA], BROKER, revocations=ISSUING.revocations(CA, since=DAY, until=2 * DAY)
    ),
    "list of another": Case([CA], BROKER, revocations=ISSUING.revocations(OTHER_CA)),
    "pinned, other host": of_itself(pinned("other.lan"), "broker.lan"),
    "pinned, other address": of_itself(pinned("10.0.0.1"), "10.0.0.2"),
    "pinned, address is no name": of_itself(pinned(name="10.0.0.1"), "10.0.0.1"),
    "pinned, any of a top domain": of_itself(pinned("*.lan"), "broker.lan"),
    "pinned, any of a domain, deeper": of_itself(pinned("*.site.lan"), "a.b.site.lan"),
    "pinned, name beats common name": of_itself(
        pinned("other.lan", name="broker.lan"), "broker.lan"
    ),
    "pinned, may issue, other host": of_itself(
        pinned("other.lan", is_authority=True), "broker.lan"
    ),
    "pinned, dot at the end": of_itself(pinned("broker.lan"), "broker.lan."),
    "authority for clients": vouched(is_authority=True, uses=[CLIENT]),
    "authority for any use": vouched(is_authority=True, uses=[ANY_USE]),
    "authority with a short key": vouched(is_authority=True, key=SHORT_KEY),
    "node for any use": shown(uses=[ANY_USE]),
    "node that may not sign": shown(more=[key_usage("key_encipherment")]),
    "node of a server": Case([CA], BROKER, shown=NODE_AS_SERVER),
    "node over": Case([CA], BROKER, shown=OLD_NODE),
}


def settings_of(case: Case, folder: Path) -> ProactorSettings:
    authority, revocations = folder / "ca.crt", folder / "ca.crl"
    authority.write_bytes(case.written(b"".join(one.pem for one in case.trusted)))
    revocations.write_bytes(case.revocations)
    paths = TLSPaths(ca_cert_path=authority)
    if case.shown is not None:
        certificate, key = case.shown.files(folder, "node")
        paths = TLSPaths(ca_cert_path=authority, cert_path=certificate, private_key_path=key)
    tls = TLSInfo(paths=paths, crl_path=revocations if case.revocations else None)
    return node(MQTTClient(host=case.host, tls=tls), folder)


def node(broker: MQTTClient, folder: Path) -> ProactorSettings:
    return ProactorSettings(
        long_name="node",
        short_name="n",
        paths=Paths(certs_dir=folder / "certs"),
        brokers={"b": broker},
        links={"up": LINK},
    )


def server_context(case: Case, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = case.broker.files(folder, "server")
    with certificate.open("ab") as file:
        file.writelines(one.pem for one in case.chain)
    context.load_cert_chain(certificate, key)
    if case.shown is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=CA.pem.decode())
    return context


def connects(case: Case, settings: ProactorSettings, folder: Path) -> bool:
    client = tls_context(tls_files(settings, "b")).unwrap()
    return handshake(client, server_context(case, folder), case.host)


@pytest.mark.parametrize("name", WORKS)
def test_what_is_not_objected_to_connects(name: str, tmp_path: Path) -> None:
    case = WORKS[name]
    settings = settings_of(case, tmp_path)

    assert connects(case, settings, tmp_path)
    assert tls_faults(settings, lambda *path: ".".join(path), NOW) == ()


def test_what_may_work_after_all_keeps_no_node_from_starting(tmp_path: Path) -> None:
    case = Case([CA], OF_MIDDLE, [MIDDLE], revocations=ISSUING.revocations(MIDDLE))
    settings = settings_of(case, tmp_path)

    (fault,) = tls_faults(settings, lambda *path: ".".join(path), NOW)

    assert connects(case, settings, tmp_path)
    assert fault.may_pass


@pytest.mark.parametrize("name", FAILS)
def test_what_does_not_connect_is_told_before(name: str, tmp_path: Path) -> None:
    case = FAILS[name]
    settings = settings_of(case, tmp_path)

    assert not connects(case, settings, tmp_path)
    assert len(tls_faults(settings, lambda *path: ".".join(path), NOW)) == 1


def test_no_authority_of_an_operating_system_is_refused_but_for_its_age(tmp_path: Path) -> None:
    found = [
        fault
        for path in BUNDLE.parent.glob("*.pem")
        for fault in tls_faults(
            node(MQTTClient(tls=TLSInfo(paths=TLSPaths(ca_cert_path=path))), tmp_path),
            lambda *names: ".".join(names),
            NOW,
        )
        if not fault.may_pass
    ]
    assert found == []
