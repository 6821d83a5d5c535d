"""A small authority of one's own: what it makes, what it leaves as it is, and what it refuses."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gwproactor.adapters.certificates import (
    IssuedFiles,
    Step,
    Wanted,
    Was,
    open_authority,
    read_certificates,
    supply,
)
from gwproactor.adapters.regular_files import FileTrouble
from gwproactor.domain.outcome import Failure, Success
from tests.support.handshake import handshake
from tests.support.issuing import DAY, Issuing

NOW: Final = datetime.now(UTC)
SERVER: Final = Wanted("broker", ("localhost", "127.0.0.1"), days=2, now=NOW)
CLIENT: Final = Wanted("house.child", (), days=2, now=NOW)


@attrs.frozen
class Place:
    """A folder with an authority, and with files for one other."""

    folder: Path
    steps: list[Step] = attrs.Factory(list)

    @property
    def authority(self) -> IssuedFiles:
        return files_in(self.folder / "ca")

    @property
    def own(self) -> IssuedFiles:
        return files_in(self.folder / "own")

    def make(self, wanted: Wanted = SERVER, *, to: IssuedFiles | None = None) -> str:
        """Empty, or what went wrong."""
        self.steps.clear()
        authority = self.authority
        opened = open_authority(authority.certificate, authority.key, wanted.now, self.steps.append)
        if isinstance(opened, Failure):
            return self.short(opened.failure())
        match supply(opened.unwrap(), to or self.own, wanted, self.steps.append):
            case Failure(trouble):
                return self.short(trouble)
            case Success(None):
                return ""

    def short(self, trouble: FileTrouble) -> str:
        return str(trouble).replace(f"{self.folder}/", "$")

    def became(self) -> dict[str, Was]:
        return {str(step.path.relative_to(self.folder)): step.was for step in self.steps}

    def contents(self) -> dict[str, bytes]:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


def files_in(folder: Path) -> IssuedFiles:
    return IssuedFiles(folder / "ca.crt", folder / "own.crt", folder / "private" / "own.pem")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_all_is_made_and_then_left_as_it_is(place: Place) -> None:
    assert place.make() == ""
    made, before = place.became(), place.contents()
    assert set(made.values()) == {Was.MADE}
    assert set(made) == set(before)

    assert place.make() == ""
    assert place.became() == dict.fromkeys(made, Was.THERE)
    assert place.contents() == before


def test_keys_are_for_their_owner_alone(place: Place) -> None:
    place.make()

    for files in (place.authority, place.own):
        assert files.key.stat().st_mode & 0o777 == 0o600
        assert files.key.parent.stat().st_mode & 0o777 == 0o700
        assert files.certificate.stat().st_mode & 0o777 == 0o644


def test_broker_and_node_know_each_other(place: Place) -> None:
    """Held against the strict rules, which newer Pythons hold by default."""
    node = files_in(place.folder / "node")
    place.make()
    place.make(CLIENT, to=node)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(place.own.certificate, place.own.key)
    server.load_verify_locations(place.own.authority)
    server.verify_mode = ssl.CERT_REQUIRED
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(node.authority)
    client.load_cert_chain(node.certificate, node.key)
    for context in (server, client):
        context.verify_flags |= ssl.VERIFY_X509_STRICT

    assert handshake(client, server, "localhost")
    assert handshake(client, server, "127.0.0.1")
    assert not handshake(client, server, "other.lan")


def test_a_node_cannot_pretend_to_be_the_broker(place: Place) -> None:
    place.make(attrs.evolve(CLIENT, name="localhost"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(place.own.certificate, place.own.key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(place.own.authority)

    assert not handshake(client, server, "localhost")


def test_a_further_host_renews_the_certificate_for_its_key(place: Place) -> None:
    place.make()
    before = place.contents()

    place.make(attrs.evolve(SERVER, hosts=("pi.local",)))

    changed = {name for name, content in place.contents().items() if before[name] != content}
    assert changed == {"own/own.crt"}
    assert place.steps[-1] == Step(place.own.certificate, Was.RENEWED, "now also for pi.local")
    (certificate,) = read_certificates(place.own.certificate).unwrap().found
    assert certificate.hosts == ("localhost", "pi.local", "127.0.0.1")


def test_an_expired_certificate_is_renewed_for_its_key(place: Place) -> None:
    place.make()
    before = place.contents()

    place.make(attrs.evolve(SERVER, now=NOW + 3 * DAY))

    changed = {name for name, content in place.contents().items() if before[name] != content}
    assert changed == {"own/own.crt"}
    assert place.steps[-1] == Step(place.own.certificate, Was.RENEWED, "it had expired")


def test_a_lost_key_is_followed_by_another_and_its_certificate(place: Place) -> None:
    place.make()
    place.own.key.unlink()

    place.make()

    assert place.steps[-2:] == [
        Step(place.own.key, Was.MADE),
        Step(place.own.certificate, Was.RENEWED, "its key was another"),
    ]


def test_nothing_outlives_its_authority(place: Place) -> None:
    place.make(attrs.evolve(SERVER, days=100_000))

    (own,) = read_certificates(place.own.certificate).unwrap().found
    (authority,) = read_certificates(place.own.authority).unwrap().found
    assert own.valid_until == authority.valid_until


def test_what_was_begun_is_finished(place: Place) -> None:
    """As after a kill between the two files."""
    place.make()
    keys = place.authority.key.read_bytes(), place.own.key.read_bytes()
    for path in (place.authority.certificate, place.own.certificate, place.own.authority):
        path.unlink()

    assert place.make() == ""

    assert (place.authority.key.read_bytes(), place.own.key.read_bytes()) == keys
    assert place.make() == ""
    assert set(place.became().values()) == {Was.THERE}


@pytest.mark.parametrize("kind", ["RSA", "Ed25519"])
def test_an_authority_of_another_kind_is_used(place: Place, kind: str) -> None:
    if kind == "RSA":
        key = rsa.generate_private_key(65_537, 2_048)
        holder = Issuing(NOW).certificate("CA", is_authority=True, key=key)
        write(place.authority, holder.pem, holder.key_pem())
    else:
        own = ed25519.Ed25519PrivateKey.generate()
        pem = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        place.authority.key.parent.mkdir(parents=True)
        place.authority.key.write_bytes(pem)

    assert place.make() == ""

    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(place.own.certificate, place.own.key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(place.own.authority)
    assert handshake(client, server, "localhost")


def write(files: IssuedFiles, certificate: bytes, key: bytes) -> None:
    files.key.parent.mkdir(parents=True, exist_ok=True)
    files.certificate.write_bytes(certificate)
    files.key.write_bytes(key)


Spoil: TypeAlias = Callable[[Place], None]
AUTHORITY: Final = Issuing(NOW).certificate("CA", is_authority=True)
STRANGER: Final = Issuing(NOW).certificate("stranger", is_authority=True)


def lose_authority_key(place: Place) -> None:
    place.authority.key.unlink()


def encrypt_authority_key(place: Place) -> None:
    write(place.authority, AUTHORITY.pem, AUTHORITY.key_pem("word"))


def mix_authority(place: Place) -> None:
    write(place.authority, AUTHORITY.pem, STRANGER.key_pem())


def no_authority(place: Place) -> None:
    holder = Issuing(NOW).certificate("leaf")
    write(place.authority, holder.pem, holder.key_pem())


def old_authority(place: Place) -> None:
    holder = Issuing(NOW).certificate("CA", is_authority=True, until=timedelta(hours=-1))
    write(place.authority, holder.pem, holder.key_pem())


def another_authority_for_own(place: Place) -> None:
    place.own.authority.write_bytes(STRANGER.pem)


def another_certificate_for_own(place: Place) -> None:
    place.own.certificate.write_bytes(STRANGER.pem)


def junk_key(place: Place) -> None:
    place.own.key.write_bytes(b"junk")


def junk_certificate(place: Place) -> None:
    place.own.certificate.write_bytes(place.own.key.read_bytes())


def file_for_folder(place: Place) -> None:
    for path in (place.own.certificate, place.own.authority, place.own.key):
        path.unlink()
    place.own.key.parent.rmdir()
    place.own.key.parent.parent.rmdir()
    place.own.key.parent.parent.write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (
            lose_authority_key,
            "$ca/private/own.pem does not exist; without it nothing can be issued by $ca/own.crt",
        ),
        (encrypt_authority_key, "$ca/private/own.pem is encrypted, and so of no use here"),
        (mix_authority, "$ca/own.crt is not the certificate of the key beside it"),
        (no_authority, "$ca/own.crt is no authority"),
        (old_authority, f"$ca/own.crt expired on {NOW - DAY / 24:%Y-%m-%d}: begin a new folder"),
        (another_authority_for_own, "$own/ca.crt is another authority: move it away"),
        (another_certificate_for_own, "$own/own.crt is of another authority: move it away"),
        (junk_key, "$own/private/own.pem is not PEM"),
        (junk_certificate, "$own/own.crt holds no certificate"),
        (file_for_folder, "$own/ca.crt cannot be read: Not a directory"),
    ],
)
def test_what_is_not_its_own_is_told_and_left(place: Place, spoil: Spoil, told: str) -> None:
    place.make()
    spoil(place)
    before = place.contents()

    assert place.make() == told
    assert place.contents() == before
