"""What is wrong with TLS files, told exactly, and with nothing from them."""

import os
import ssl
import stat
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.mqtt import TLSFiles
from gwproactor.adapters.mqtt.tls_files import tls_context
from gwproactor.domain.outcome import Failure, Success
from tests.support.tls_authority import Authority

PASSWORD = "correct horse"


@pytest.fixture
def files(tmp_path: Path) -> TLSFiles:
    """`authority.pem`, and `node.crt` with `node.key` that needs the password."""
    authority = Authority(tmp_path)
    shown = authority.issue("node", password=PASSWORD)
    return TLSFiles(
        ca_cert_path=authority.path,
        cert_path=shown.path,
        private_key_path=shown.key_path,
        key_password=PASSWORD,
    )


def fault_of(files: TLSFiles) -> str:
    outcome = tls_context(files)
    assert isinstance(outcome, Failure)
    return outcome.failure().text


def test_the_files_make_a_context_that_verifies_broker_and_host(files: TLSFiles) -> None:
    context = tls_context(files).unwrap()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert [ca["subject"] for ca in context.get_ca_certs()] == [
        ((("commonName", "authority"),),),
    ]


def replaced(name: str, content: bytes) -> Callable[[TLSFiles, Path], TLSFiles]:
    def change(files: TLSFiles, folder: Path) -> TLSFiles:
        (folder / name).write_bytes(content)
        return files

    return change


def removed(name: str) -> Callable[[TLSFiles, Path], TLSFiles]:
    def change(files: TLSFiles, folder: Path) -> TLSFiles:
        (folder / name).unlink()
        return files

    return change


def a_folder(name: str) -> Callable[[TLSFiles, Path], TLSFiles]:
    def change(files: TLSFiles, folder: Path) -> TLSFiles:
        (folder / name).unlink()
        (folder / name).mkdir()
        return files

    return change


def a_pipe(name: str) -> Callable[[TLSFiles, Path], TLSFiles]:
    """It would keep whoever opens it waiting for ever."""

    def change(files: TLSFiles, folder: Path) -> TLSFiles:
        (folder / name).unlink()
        os.mkfifo(folder / name)
        return files

    return change


def given(**changes: object) -> Callable[[TLSFiles, Path], TLSFiles]:
    """Paths are below the folder."""

    def change(files: TLSFiles, folder: Path) -> TLSFiles:
        values = {
            name: folder / value if isinstance(value, Path) else value
            for name, value in changes.items()
        }
        return attrs.evolve(files, **values)  # type: ignore[arg-type]  # names of its fields

    return change


def another_key(files: TLSFiles, folder: Path) -> TLSFiles:
    other = Authority(folder, "other").issue("stranger", password=PASSWORD)
    return attrs.evolve(files, private_key_path=other.key_path)


def a_crl_that_is_a_certificate(files: TLSFiles, folder: Path) -> TLSFiles:
    return attrs.evolve(files, crl_path=Authority(folder, "intruder").path)


def a_crl_with_a_certificate(files: TLSFiles, folder: Path) -> TLSFiles:
    intruder = Authority(folder, "intruder")
    path = intruder.revoke()
    path.write_bytes(path.read_bytes() + intruder.path.read_bytes())
    return attrs.evolve(files, crl_path=path)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(change, fault, id=fault)
        for change, fault in (
            (removed("authority.pem"), "{}/authority.pem does not exist"),
            (a_folder("authority.pem"), "{}/authority.pem is a folder, not a file"),
            (replaced("authority.pem", b""), "{}/authority.pem holds no certificate"),
            (
                replaced("authority.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n"),
                "{}/authority.pem holds what OpenSSL cannot read",
            ),
            (removed("node.crt"), "{}/node.crt does not exist"),
            (replaced("node.crt", b"hello"), "{}/node.crt holds no certificate"),
            (removed("node.key"), "{}/node.key does not exist"),
            (replaced("node.key", b"hello"), "{}/node.key holds no private key"),
            (another_key, "{0}/stranger.key is not the key of {0}/node.crt"),
            (given(key_password="wrong horse"), "the password of {}/node.key is another"),
            (given(key_password=""), "{}/node.key is encrypted, and there is no password"),
            (
                given(key_password="x" * 2_000),
                "the password of {}/node.key is longer than OpenSSL takes",
            ),
            (
                given(key_password=Path("password")),
                "{}/password does not exist",
            ),
            (given(crl_path=Path("none.crl")), "{}/none.crl does not exist"),
            (given(crl_path=Path("node.key")), "{}/node.key is no list of revoked certificates"),
            (a_crl_that_is_a_certificate, "{}/intruder.pem is no list of revoked certificates"),
            (a_crl_with_a_certificate, "{}/revoked.crl is no list of revoked certificates"),
            (given(ciphers="DEFAULT\0"), "OpenSSL knows none of the ciphers 'DEFAULT\\x00'"),
            *(
                (a_pipe(name), f"{{}}/{name} is no regular file")
                for name in ("authority.pem", "node.crt", "node.key")
            ),
            (
                replaced("authority.pem", b"x" * 4_000_001),
                "{}/authority.pem is larger than 4,000,000 bytes",
            ),
            (given(crl_path=Path("/dev/zero")), "/dev/zero is no regular file"),
            (given(key_password=Path("/dev/zero")), "/dev/zero is no regular file"),
            (given(ciphers="ROT13"), "OpenSSL knows none of the ciphers 'ROT13'"),
        )
    ],
)
def test_each_fault_names_its_file_and_shows_no_secret(
    files: TLSFiles, tmp_path: Path, change: Callable[[TLSFiles, Path], TLSFiles], fault: str
) -> None:
    told = fault_of(change(files, tmp_path))
    assert told == fault.format(tmp_path)
    assert PASSWORD not in told


def test_a_password_may_be_on_the_first_line_of_a_file(files: TLSFiles, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\nand a note\n")
    assert isinstance(tls_context(attrs.evolve(files, key_password=path)), Success)


def test_the_password_is_not_in_the_text_of_the_files(files: TLSFiles) -> None:
    assert PASSWORD not in repr(files)


def test_default_files_may_be_absent(files: TLSFiles, tmp_path: Path) -> None:
    absent = attrs.evolve(
        files,
        ca_cert_path=tmp_path / "no.pem",
        cert_path=tmp_path / "no.crt",
        private_key_path=tmp_path / "no.key",
        needs_ca_cert=False,
        needs_cert=False,
    )
    system = ssl.create_default_context().cert_store_stats()
    assert tls_context(absent).unwrap().cert_store_stats() == system


def test_a_default_certificate_without_its_key_is_a_fault_all_the_same(files: TLSFiles) -> None:
    files.private_key_path.unlink()
    default = attrs.evolve(files, needs_ca_cert=False, needs_cert=False)
    assert fault_of(default) == f"{files.private_key_path} does not exist"


def test_a_default_authority_that_is_no_certificate_is_not_passed_over(files: TLSFiles) -> None:
    files.ca_cert_path.write_text("")
    default = attrs.evolve(files, needs_ca_cert=False)
    assert fault_of(default) == f"{files.ca_cert_path} holds no certificate"


def test_a_default_file_behind_a_file_is_not_absent_but_wrong(files: TLSFiles) -> None:
    behind = attrs.evolve(files, ca_cert_path=files.cert_path / "ca.crt", needs_ca_cert=False)
    assert fault_of(behind) == f"{files.cert_path}/ca.crt cannot be read: Not a directory"


def test_whoever_is_not_verified_needs_no_authority(files: TLSFiles) -> None:
    files.ca_cert_path.unlink()
    context = tls_context(attrs.evolve(files, verify_mode=ssl.CERT_NONE)).unwrap()
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname


def test_the_chosen_ciphers_alone_are_offered(files: TLSFiles) -> None:
    chosen = "ECDHE-ECDSA-AES256-GCM-SHA384"
    context = tls_context(attrs.evolve(files, ciphers=chosen)).unwrap()
    old = [one["name"] for one in context.get_ciphers() if one["protocol"] == "TLSv1.2"]
    assert old == [chosen]


def test_a_replaced_file_is_in_the_next_context(files: TLSFiles, tmp_path: Path) -> None:
    before = tls_context(files).unwrap().get_ca_certs()
    Authority(tmp_path)
    assert tls_context(files).unwrap().get_ca_certs() != before


def test_files_that_only_their_owner_reads_will_do(files: TLSFiles) -> None:
    files.private_key_path.chmod(stat.S_IRUSR)
    assert isinstance(tls_context(files), Success)
