"""`gwproactor certs show`."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from gwproactor.app.commands import app
from gwproactor.domain.message import Json
from tests.support.issuing import CLIENT, DAY, Issuing

NOW: Final = datetime.now(UTC).replace(microsecond=0)
ISSUING: Final = Issuing(NOW)
CA: Final = ISSUING.certificate("CA", is_authority=True, until=100 * DAY + DAY / 2)
NODE: Final = ISSUING.certificate(
    "node", by=CA, uses=[CLIENT], hosts=["a.lan", "10.0.0.1"], until=40 * DAY + DAY / 2
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["certs", "show", *map(str, arguments)], env={"COLUMNS": "200"})


def objects_of(result: Result) -> list[dict[str, Json]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_certificate_is_shown_as_json(tmp_path: Path) -> None:
    certificate, _ = NODE.files(tmp_path, "node")
    (shown,) = objects_of(run(certificate, "--json"))

    digest = shown.pop("sha256")
    assert isinstance(digest, str)
    assert len(digest) == 64
    assert shown == {
        "path": str(certificate),
        "what": "certificate",
        "subject": "CN=node",
        "issuer": "CN=CA",
        "hosts": ["a.lan", "10.0.0.1"],
        "uses": ["client"],
        "key": "EC secp256r1",
        "valid_from": (NOW - DAY).isoformat(),
        "valid_until": (NOW + 40 * DAY + DAY / 2).isoformat(),
        "days_left": 40,
        "note": None,
        "is_fault": False,
    }


def test_a_folder_is_shown_whole(tmp_path: Path) -> None:
    CA.files(tmp_path, "ca")
    (tmp_path / "below").mkdir()
    _, key = NODE.files(tmp_path / "below", "node", password="secret")
    for path in (key, tmp_path / "ca.key"):
        path.chmod(0o600)
    (tmp_path / "ca.crl").write_bytes(ISSUING.revocations(CA, [NODE], until=50 * DAY + DAY / 2))
    (tmp_path / "README").write_text("not looked at")

    result = run(tmp_path)

    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [(row[0].removeprefix(f"{tmp_path}/"), row[1], row[-2], row[-1]) for row in rows] == [
        ("below/node.crt", "certificate", "40", "-"),
        ("below/node.key", "private key", "-", "encrypted"),
        ("ca.crl", "revocation list", "50", "1 revoked"),
        ("ca.crt", "authority", "100", "-"),
        ("ca.key", "private key", "-", "-"),
    ]
    assert "secret" not in result.output


@pytest.mark.parametrize(
    ("since", "until", "note", "code"),
    [
        (-DAY, 30 * DAY, "", 0),
        (-DAY, 30 * DAY, "expires soon", 0),
        (-DAY, timedelta(seconds=-1), "expired", 1),
        (DAY, 31 * DAY, f"not valid before {NOW + DAY:%Y-%m-%d %H:%M}", 1),
    ],
)
def test_what_is_soon_over_is_noted(
    tmp_path: Path, since: timedelta, until: timedelta, note: str, code: int
) -> None:
    until += timedelta(minutes=5) if code == 0 and not note else timedelta()
    holder = ISSUING.certificate("node", by=CA, since=since, until=until)
    certificate, _ = holder.files(tmp_path, "node")
    result = run(certificate, "--json")

    (shown,) = objects_of(result)
    assert (shown["note"] or "", result.exit_code) == (note, code)
    assert shown["is_fault"] is (code == 1)


def test_an_old_list_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "ca.crl"
    path.write_bytes(ISSUING.revocations(CA, since=-2 * DAY, until=-DAY))
    result = run(path, "--json")

    (shown,) = objects_of(result)
    assert (shown["note"], shown["is_fault"], result.exit_code) == ("0 revoked, expired", True, 1)


def test_a_key_that_others_may_read_is_a_fault(tmp_path: Path) -> None:
    _, key = NODE.files(tmp_path, "node")
    key.chmod(0o640)
    result = run(key, "--json")

    (shown,) = objects_of(result)
    assert (shown["note"], result.exit_code) == ("others may read it (0640): chmod 600", 1)


@pytest.mark.parametrize(
    ("content", "what", "note"),
    [
        (b"junk", "-", "is not PEM"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "certificate",
            "cannot be read",
        ),
    ],
)
def test_what_is_no_certificate_is_told(
    tmp_path: Path, content: bytes, what: str, note: str
) -> None:
    path = tmp_path / "node.crt"
    path.write_bytes(content)
    result = run(path, "--json")

    (shown,) = objects_of(result)
    assert (shown["what"], shown["note"], result.exit_code) == (what, note, 1)


def test_a_path_to_nothing_is_told(tmp_path: Path) -> None:
    missing, empty = run(tmp_path / "missing"), run(tmp_path)

    assert missing.exit_code == empty.exit_code == 1
    assert "does not exist" in missing.stdout
    assert empty.stderr.startswith(f"{tmp_path}: there is no file with one of the endings .cer, ")


def test_what_is_no_file_is_told_in_a_folder_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "node.key")
    (tmp_path / "gone.crt").symlink_to(tmp_path / "nowhere")
    result = run(tmp_path, "--json")

    assert [shown["note"] for shown in objects_of(result)] == [
        "does not exist",
        "is no regular file",
    ]
    assert result.exit_code == 1


def test_a_file_name_that_is_not_utf_8_is_valid_json(tmp_path: Path) -> None:
    certificate, _ = NODE.files(tmp_path, "node")
    certificate.rename(os.fsdecode(os.fsencode(tmp_path) + b"/n\xf6de.crt"))
    result = run(tmp_path, "--json")

    _, shown = objects_of(result)
    assert str(shown["path"]) == f"{tmp_path}/n\ufffdde.crt"
    assert result.stdout_bytes.decode()
