"""What is told of the files of a broker before a node connects, each text exactly.

`$NAME` stands for a file in the test's folder.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from gwproactor.app.config.fault import Fault
from gwproactor.app.config.tls_check import tls_faults
from gwproactor.app.settings import LinkSettings, MQTTClient, ProactorSettings
from tests.support.issuing import CLIENT, DAY, SERVER, Holder, Issuing, key_usage

NOW: Final = datetime(2030, 6, 15, 12, 0, tzinfo=UTC)
CLOCK: Final = "this machine's clock says 2030-06-15 12:00 UTC"
ISSUING: Final = Issuing(NOW)
PASSWORD: Final = "correct horse"
ANY_USE: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
LINK: Final = LinkSettings(broker="b", peer_long_name="peer", peer_short_name="p")

CA: Final = ISSUING.certificate("CA", is_authority=True)
OTHER_CA: Final = ISSUING.certificate("other CA", is_authority=True)
MIDDLE: Final = ISSUING.certificate("middle", by=CA, is_authority=True)
NODE: Final = ISSUING.certificate("node", by=CA, uses=[CLIENT])
OTHER: Final = ISSUING.certificate("other", by=CA, uses=[CLIENT])
BROKER: Final = ISSUING.certificate("broker", by=CA, hosts=["broker.lan"], uses=[SERVER])
PINNED: Final = ISSUING.certificate("pinned", hosts=["broker.lan", "*.site.lan", "10.0.0.1"])
NAMED_CA: Final = ISSUING.certificate("named", hosts=["other.lan"], is_authority=True)

Files = Mapping[str, bytes]
Settings = Mapping[str, Any]

GOOD: Final[Files] = {
    "ca.crt": CA.pem,
    "node.crt": NODE.pem,
    "node.key": NODE.key_pem(),
    "ca.crl": ISSUING.revocations(CA, [OTHER]),
    "word": PASSWORD.encode() + b"\n",
    "name": b"node\r\nunused",
}


def broker(folder: Path, more: Settings) -> MQTTClient:
    """With all of GOOD, but for the parts of *more*: below `tls`, or `broker.` and the rest."""
    tls: dict[str, object] = {
        "paths": {
            "ca_cert_path": folder / "ca.crt",
            "cert_path": folder / "node.crt",
            "private_key_path": folder / "node.key",
        },
        "crl_path": folder / "ca.crl",
    }
    rest: dict[str, object] = {"host": "broker.lan"}
    for name, value in more.items():
        path = folder / value[1:] if isinstance(value, str) and value[:1] == "$" else value
        if name.startswith("broker."):
            rest[name.removeprefix("broker.")] = path
        else:
            tls[name] = path
    return MQTTClient.model_validate(rest | {"tls": tls})


def faults_of(folder: Path, files: Mapping[str, bytes | None], more: Settings) -> list[str]:
    """Without what every place begins with; what may pass ends with a `~`."""
    for name, content in {**GOOD, **files}.items():
        if content is not None:
            (folder / name).write_bytes(content)
    settings = ProactorSettings(
        long_name="node",
        short_name="n",
        brokers={"b": broker(folder, more)},
        links={"up": LINK},
    )
    found = tls_faults(settings, lambda *path: ".".join(path), NOW)
    return [_short(fault, folder) for fault in found]


def _short(fault: Fault, folder: Path) -> str:
    text = str(fault).replace(f"{folder}/", "$").replace(str(folder), "$")
    return text.removeprefix("brokers.b.").removeprefix("tls.") + "~" * fault.may_pass


def remade(holder: Holder, **changes: Any) -> bytes:
    """The certificate of *holder*'s key, by CA, with changes."""
    return ISSUING.certificate("node", **{"by": CA, "key": holder.key} | changes).pem


def damaged(pem: bytes) -> bytes:
    """Base64 still, but no ASN.1."""
    lines = pem.splitlines(keepends=True)
    return b"".join([lines[0], b"A" * 64 + b"\n", *lines[2:]])


SHORT_KEY: Final = rsa.generate_private_key(65_537, 1_024)

# fmt: off
REFUSED: Final[Mapping[str, tuple[Mapping[str, bytes | None], Settings, list[str]]]] = {
    "authority missing": (
        {"ca.crt": None}, {},
        ["paths.ca_cert_path: $ca.crt does not exist"],
    ),
    "authority is a folder": (
        {}, {"paths": {"ca_cert_path": "/etc"}},
        ["paths.ca_cert_path: /etc is a folder, not a file"],
    ),
    "authority is a device": (
        {}, {"paths": {"ca_cert_path": "/dev/zero"}},
        ["paths.ca_cert_path: /dev/zero is no regular file"],
    ),
    "authority is empty": (
        {"ca.crt": b"\n"}, {},
        ["paths.ca_cert_path: $ca.crt is empty"],
    ),
    "authority is something else": (
        {"ca.crt": b"hello"}, {},
        ["paths.ca_cert_path: $ca.crt is not PEM"],
    ),
    "authority is huge": (
        {"ca.crt": b"x" * 4_000_001}, {},
        ["paths.ca_cert_path: $ca.crt is larger than 4,000,000 bytes"],
    ),
    "authority is DER": (
        {"ca.crt": CA.certificate.public_bytes(Encoding.DER)}, {},
        ["paths.ca_cert_path: $ca.crt is not PEM, but looks like DER: convert it with openssl"],
    ),
    "authority was cut": (
        {"ca.crt": CA.pem[:200]}, {},
        ["paths.ca_cert_path: $ca.crt is damaged PEM: a BEGIN line has no END line"],
    ),
    "authority is damaged": (
        {"ca.crt": damaged(CA.pem)}, {},
        ["paths.ca_cert_path: $ca.crt holds what OpenSSL cannot read"],
    ),
    "authority is a key": (
        {"ca.crt": CA.key_pem()}, {},
        ["paths.ca_cert_path: $ca.crt holds no certificate, but: PRIVATE KEY"],
    ),
    "authority is over": (
        {"ca.crt": ISSUING.certificate("CA", key=CA.key, is_authority=True, until=-DAY / 2).pem},
        {},
        [f"paths.ca_cert_path: $ca.crt expired on 2030-06-15 00:00 UTC; {CLOCK}~"],
    ),
    "authority is not valid yet": (
        {"ca.crt": ISSUING.certificate("CA", key=CA.key, is_authority=True, since=DAY).pem}, {},
        [f"paths.ca_cert_path: $ca.crt is not valid before 2030-06-16 12:00 UTC; {CLOCK}~"],
    ),
    "no authority, but one whom it issued to": (
        {"ca.crt": BROKER.pem}, {"crl_path": None},
        ["paths.ca_cert_path: $ca.crt holds no authority, but a certificate of CN=broker: name "
         "that of CN=CA, which issued it"],
    ),
    "an intermediate authority alone": (
        {"ca.crt": MIDDLE.pem}, {"crl_path": None},
        ["paths.ca_cert_path: $ca.crt holds an intermediate authority (CN=middle) without the one "
         "that signed it: add that of CN=CA"],
    ),
    "a broker's own certificate, for another host": (
        {"ca.crt": PINNED.pem}, {"crl_path": None, "broker.host": "house.local"},
        ["paths.ca_cert_path: $ca.crt is not an authority, but a broker's own certificate, for "
         "broker.lan, *.site.lan, 10.0.0.1, not for 'house.local': tls.server_hostname may "
         "name it"],
    ),
    "a broker's own certificate, for another server_hostname": (
        {"ca.crt": PINNED.pem}, {"crl_path": None, "server_hostname": "10.0.0.2"},
        ["paths.ca_cert_path: $ca.crt is not an authority, but a broker's own certificate, for "
         "broker.lan, *.site.lan, 10.0.0.1, not for '10.0.0.2': tls.server_hostname may "
         "name it"],
    ),
    "a broker's own certificate that might be an authority": (
        {"ca.crt": NAMED_CA.pem}, {"crl_path": None},
        ["paths.ca_cert_path: $ca.crt is a broker's own certificate, for other.lan, not for "
         "'broker.lan': tls.server_hostname may name it~"],
    ),
    "list missing": (
        {"ca.crl": None}, {},
        ["crl_path: $ca.crl does not exist"],
    ),
    "list is a certificate": (
        {"ca.crl": CA.pem}, {},
        ["crl_path: $ca.crl holds no revocation list, but: CERTIFICATE"],
    ),
    "list is damaged": (
        {"ca.crl": damaged(GOOD["ca.crl"])}, {},
        ["crl_path: $ca.crl holds what OpenSSL cannot read"],
    ),
    "list holds a certificate too": (
        {"ca.crl": GOOD["ca.crl"] + CA.pem}, {},
        ["crl_path: $ca.crl is no list of revoked certificates"],
    ),
    "list is over": (
        {"ca.crl": ISSUING.revocations(CA, since=-2 * DAY, until=-DAY)}, {},
        [f"crl_path: $ca.crl expired on 2030-06-14 12:00 UTC; {CLOCK}~"],
    ),
    "list is not valid yet": (
        {"ca.crl": ISSUING.revocations(CA, since=DAY, until=2 * DAY)}, {},
        [f"crl_path: $ca.crl is not valid before 2030-06-16 12:00 UTC; {CLOCK}~"],
    ),
    "list of another authority": (
        {"ca.crl": ISSUING.revocations(OTHER_CA)}, {},
        ["crl_path: $ca.crl is by CN=other CA, whose certificate is not in $ca.crt: add it there "
         "if it issued the broker's~"],
    ),
    "list of another authority of that name": (
        {"ca.crl": ISSUING.revocations(ISSUING.certificate("CA", is_authority=True))}, {},
        ["crl_path: $ca.crl is by CN=CA, whose certificate is not in $ca.crt: that of this name "
         "has another key"],
    ),
    "certificate missing": (
        {"node.crt": None}, {},
        ["paths.cert_path: $node.crt does not exist"],
    ),
    "key missing": (
        {"node.key": None}, {},
        ["paths.private_key_path: $node.key does not exist"],
    ),
    "certificate is over": (
        {"node.crt": remade(NODE, until=-DAY / 24)}, {},
        [f"paths.cert_path: $node.crt expired on 2030-06-15 11:00 UTC; {CLOCK}~"],
    ),
    "certificate is not valid yet": (
        {"node.crt": remade(NODE, since=DAY)}, {},
        [f"paths.cert_path: $node.crt is not valid before 2030-06-16 12:00 UTC; {CLOCK}~"],
    ),
    "an intermediate authority of the certificate is over": (
        {"node.crt": NODE.pem
         + ISSUING.certificate("middle", by=CA, is_authority=True, until=-DAY / 2).pem}, {},
        [f"paths.cert_path: $node.crt (CN=middle) expired on 2030-06-15 00:00 UTC; {CLOCK}~"],
    ),
    "certificate of a server": (
        {"node.crt": remade(NODE, uses=[SERVER])}, {},
        ["paths.cert_path: $node.crt is not for clients: its extended key usage lacks clientAuth"],
    ),
    "certificate for any use": (
        {"node.crt": remade(NODE, uses=[ANY_USE])}, {},
        ["paths.cert_path: $node.crt is refused by OpenSSL: its extended key usage has any, but "
         "not clientAuth~"],
    ),
    "certificate that may not sign": (
        {"node.crt": remade(NODE, more=[key_usage("key_encipherment")])}, {},
        ["paths.cert_path: $node.crt is refused by OpenSSL: its key usage lacks digitalSignature~"],
    ),
    "authority for clients": (
        {"ca.crt": ISSUING.certificate("CA", key=CA.key, is_authority=True, uses=[CLIENT]).pem},
        {},
        ["paths.ca_cert_path: $ca.crt is not for servers: its extended key usage lacks "
         "serverAuth"],
    ),
    "authority with a short key": (
        {"ca.crt": ISSUING.certificate("CA", key=SHORT_KEY, is_authority=True).pem},
        {"crl_path": None},
        ["paths.ca_cert_path: $ca.crt holds no key that OpenSSL takes: RSA needs 2048 bits or "
         "more"],
    ),
    "key of another": (
        {"node.key": OTHER.key_pem()}, {},
        ["paths.private_key_path: $node.key is not the key of $node.crt"],
    ),
    "certificate is not the first": (
        {"node.crt": CA.pem + NODE.pem}, {},
        ["paths.cert_path: $node.crt does not begin with the certificate of the key $node.key"],
    ),
    "key is a certificate": (
        {"node.key": NODE.pem}, {},
        ["paths.private_key_path: $node.key holds no private key, but: CERTIFICATE"],
    ),
    "key is damaged": (
        {"node.key": damaged(NODE.key_pem())}, {},
        ["paths.private_key_path: $node.key holds a damaged private key"],
    ),
    "key needs a password": (
        {"node.key": NODE.key_pem(PASSWORD)}, {},
        ["paths.private_key_path: $node.key is encrypted: give tls.keyfile_password_file or "
         "tls.keyfile_password"],
    ),
    "password is wrong": (
        {"node.key": NODE.key_pem(PASSWORD)}, {"keyfile_password": "secret"},
        ["keyfile_password: the password of $node.key is another"],
    ),
    "password in a file is wrong": (
        {"node.key": NODE.key_pem(PASSWORD), "word": b"secret"},
        {"keyfile_password_file": "$word"},
        ["keyfile_password_file: the password of $node.key is another"],
    ),
    "password file missing": (
        {"word": None}, {"keyfile_password_file": "$word"},
        ["keyfile_password_file: $word does not exist"],
    ),
    "key is too short": (
        {"node.crt": ISSUING.certificate("node", by=CA, key=SHORT_KEY).pem,
         "node.key": Holder(CA.certificate, SHORT_KEY).key_pem()}, {},
        ["paths.cert_path: OpenSSL refuses $node.crt with $node.key: the key is too short"],
    ),
    "ciphers": (
        {}, {"ciphers": "ROT13"},
        ["ciphers: OpenSSL knows none of the ciphers 'ROT13'"],
    ),
    "name file missing": (
        {"name": None}, {"broker.username_file": "$name"},
        ["username_file: $name does not exist"],
    ),
    "password file empty": (
        {"word": b""}, {"broker.username": "n", "broker.password_file": "$word"},
        ["password_file: $word is empty on its first line"],
    ),
    "password file is not text": (
        {"word": b"\xff\xfe"}, {"broker.username": "n", "broker.password_file": "$word"},
        ["password_file: $word is not UTF-8 on its first line"],
    ),
    "password is too long": (
        {"word": b"x" * 65_536}, {"broker.username": "n", "broker.password_file": "$word"},
        ["password_file: $word is longer than 65,535 bytes on its first line"],
    ),
    "password file is a folder": (
        {}, {"broker.username": "n", "broker.password_file": "/etc"},
        ["password_file: /etc is a folder, not a file"],
    ),
    "all at once": (
        {"ca.crt": None, "node.crt": None, "node.key": None, "ca.crl": None, "word": None},
        {"ciphers": "ROT13", "broker.username": "n", "broker.password_file": "$word",
         "keyfile_password_file": "$word"},
        ["password_file: $word does not exist",
         "ciphers: OpenSSL knows none of the ciphers 'ROT13'",
         "paths.ca_cert_path: $ca.crt does not exist",
         "crl_path: $ca.crl does not exist",
         "paths.cert_path: $node.crt does not exist",
         "keyfile_password_file: $word does not exist"],
    ),
}

ACCEPTED: Final[Mapping[str, tuple[Mapping[str, bytes | None], Settings]]] = {
    "all good": ({}, {}),
    "names and passwords in files": (
        {"node.key": NODE.key_pem(PASSWORD)},
        {"keyfile_password_file": "$word", "broker.username_file": "$name",
         "broker.password_file": "$word"},
    ),
    "an authority that is over beside one that is not": (
        {"ca.crt": ISSUING.certificate("CA", is_authority=True, until=-DAY / 2).pem + CA.pem}, {},
    ),
    "the list of an intermediate authority that is trusted": (
        {"ca.crt": MIDDLE.pem + CA.pem, "ca.crl": ISSUING.revocations(MIDDLE)}, {},
    ),
    "an intermediate authority with its root": ({"ca.crt": MIDDLE.pem + CA.pem}, {}),
    "an old list beside the new one": (
        {"ca.crl": ISSUING.revocations(CA, since=-2 * DAY, until=-DAY) + GOOD["ca.crl"]}, {},
    ),
    "a broker's own certificate": ({"ca.crt": PINNED.pem}, {"crl_path": None}),
    "a broker's own certificate, called by another name": (
        {"ca.crt": PINNED.pem},
        {"crl_path": None, "broker.host": "house.local", "server_hostname": "10.0.0.1"},
    ),
    "a key of no use for its password": ({}, {"keyfile_password": PASSWORD}),
    "whoever it is": ({"ca.crt": None, "ca.crl": None}, {"cert_reqs": "none"}),
    "without TLS": (
        {"ca.crt": None, "ca.crl": None, "node.crt": None, "node.key": b""}, {"use_tls": False},
    ),
    "lines end as on Windows": ({"ca.crt": CA.pem.replace(b"\n", b"\r\n")}, {}),
    "words around a certificate": ({"ca.crt": b"Our CA:\n" + CA.pem + b"that was it\n"}, {}),
}
# fmt: on


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    """Hazard 29: the paths that are configured are those that are looked at."""
    files, more, told = REFUSED[name]
    paths = {"ca_cert_path": "ca.crt", "cert_path": "node.crt", "private_key_path": "node.key"}
    if "paths" in more:
        files_here = {key: tmp_path / path for key, path in paths.items()}
        more = {**more, "paths": files_here | more["paths"], "crl_path": None}
    assert faults_of(tmp_path, files, more) == told


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_right_is_not_objected_to(name: str, tmp_path: Path) -> None:
    files, more = ACCEPTED[name]
    assert faults_of(tmp_path, files, more) == []
