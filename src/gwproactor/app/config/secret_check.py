"""Whether the files of user names and passwords hold any."""

from collections.abc import Iterator
from pathlib import Path

from gwproactor.adapters.certificates import read_file
from gwproactor.app.config.finding import Finding
from gwproactor.app.settings import MQTTClient
from gwproactor.domain.outcome import Failure, Outcome, Success


def login_findings(client: MQTTClient) -> Iterator[Finding]:
    """User name and password, with or without TLS."""
    for setting, path in (
        ("username_file", client.username_file),
        ("password_file", client.password_file),
    ):
        if path is None:
            continue
        match first_line(path):
            case Failure(text):
                yield Finding((setting,), text)
            case Success(_):
                pass


def first_line(path: Path) -> Outcome[bytes, str]:
    """What a file holds instead of the settings. Fails: what is wrong, without what it holds."""
    match read_file(path):
        case Failure(trouble):
            return Failure(str(trouble))
        case Success(content):
            line = content.split(b"\n", 1)[0].rstrip(b"\r")
            return Success(line) if line else Failure(f"{path} has nothing on its first line")
