"""Whether the files of user names and passwords hold any."""

from collections.abc import Iterator

from gwproactor.adapters.mqtt.secret_file import read_secret
from gwproactor.app.config.finding import Finding
from gwproactor.app.settings import MQTTClient
from gwproactor.domain.outcome import Failure, Success


def login_findings(client: MQTTClient) -> Iterator[Finding]:
    """User name and password, with or without TLS."""
    for setting, path in (
        ("username_file", client.username_file),
        ("password_file", client.password_file),
    ):
        if path is None:
            continue
        match read_secret(path):
            case Failure(trouble):
                yield Finding((setting,), str(trouble))
            case Success(_):
                pass
