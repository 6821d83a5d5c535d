"""Whether the files of user names and passwords hold any."""

from collections.abc import Iterator
from pathlib import Path

from gwproactor.adapters.certificates import read_file
from gwproactor.adapters.mqtt.secret_file import read_secret
from gwproactor.app.config.finding import Finding
from gwproactor.app.settings import MQTTClient
from gwproactor.domain.outcome import Failure, Outcome, Success


def login_findings(client: MQTTClient) -> Iterator[Finding]:
    """User name and password, with or without TLS."""
    for setting, path, what in (
        ("username_file", client.username_file, "user name"),
        ("password_file", client.password_file, "password"),
    ):
        if path is None:
            continue
        match first_line(path, what):
            case Failure(text):
                yield Finding((setting,), text)
            case Success(_):
                pass


def first_line(path: Path, what: str) -> Outcome[str, str]:
    """What a file holds instead of the settings, as it is read for a connect. Fails: what is wrong
    with the file, without what it holds.
    """
    match read_file(path):
        case Failure(trouble):
            return Failure(str(trouble))
        case Success(_):
            return read_secret(path, what)
