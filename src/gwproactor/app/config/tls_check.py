"""What is wrong with the files that a node shows and trusts, found before it connects.

A node reads these files anew at each connect, so they may be replaced while it runs.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from gwproactor.app.config.fault import Fault
from gwproactor.app.config.finding import Finding
from gwproactor.app.config.secret_check import login_findings
from gwproactor.app.config.tls_identity import identity_findings
from gwproactor.app.config.tls_trust import trust_findings
from gwproactor.app.settings import ProactorSettings


def tls_faults(
    settings: ProactorSettings, place: Callable[..., str], now: datetime
) -> tuple[Fault, ...]:
    """Of every broker that a link uses: what is wrong with its TLS files, and with those of user
    name and passwords. `place(*names)` says where a setting was written; *now* has a time zone.

    Reads the files, and blocks as long as that takes. Shows nothing from a key or a password.
    """
    return tuple(
        Fault(place(*_path_of(settings, broker), *finding.setting), finding.text, finding.may_pass)
        for broker in settings.used_brokers
        for finding in _findings(settings, broker, now)
    )


def _path_of(settings: ProactorSettings, broker: str) -> tuple[str, ...]:
    """A subclass may have brokers as fields of its own."""
    return ("brokers", broker) if broker in settings.brokers else (broker,)


def _findings(settings: ProactorSettings, broker: str, now: datetime) -> Iterator[Finding]:
    client = settings.every_broker[broker]
    yield from login_findings(client)
    if client.tls.use_tls:
        paths = settings.tls_paths(broker)
        yield from trust_findings(client, paths, now)
        yield from identity_findings(client.tls, paths, now)
