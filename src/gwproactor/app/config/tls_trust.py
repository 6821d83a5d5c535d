"""Whether the broker can be recognised by the files that say whom a node trusts."""

import ssl
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from gwproactor.adapters.certificates import (
    Certificate,
    RevocationList,
    is_absent,
    read_certificates,
    read_revocations,
)
from gwproactor.app.config.finding import Finding, outside_its_time
from gwproactor.app.settings import MQTTClient, TLSPaths
from gwproactor.domain.outcome import Failure, Success

CA: Final = ("tls", "paths", "ca_cert_path")
CRL: Final = ("tls", "crl_path")


def trust_findings(client: MQTTClient, paths: TLSPaths, now: datetime) -> Iterator[Finding]:
    """Nothing, if the broker is not verified."""
    if client.tls.cert_reqs is ssl.CERT_NONE:
        return
    trusted: Sequence[Certificate] = ()
    assert paths.ca_cert_path is not None
    if client.tls.paths.ca_cert_path is not None or not is_absent(paths.ca_cert_path):
        match read_certificates(paths.ca_cert_path):
            case Failure(trouble):
                yield Finding(CA, str(trouble))
            case Success(trusted):
                yield from _authority_findings(client, paths.ca_cert_path, trusted, now)
    if client.tls.crl_path is not None:
        match read_revocations(client.tls.crl_path):
            case Failure(trouble):
                yield Finding(CRL, str(trouble))
            case Success(lists):
                yield from _list_findings(client.tls.crl_path, lists, paths, trusted, now)


def _authority_findings(
    client: MQTTClient, path: Path, trusted: Sequence[Certificate], now: datetime
) -> Iterator[Finding]:
    roots = [certificate for certificate in trusted if certificate.is_self_signed]
    if not roots:
        yield Finding(CA, _no_root(path, trusted))
        return
    if not any(root.valid_from <= now <= root.valid_until for root in roots):
        newest = max(roots, key=lambda root: root.valid_until)
        yield from _time_findings(path, newest, now)
    yield from _host_findings(client, path, trusted)


def _no_root(path: Path, trusted: Sequence[Certificate]) -> str:
    if any(certificate.may_issue for certificate in trusted):
        return (
            f"{path} holds an intermediate authority ({trusted[0].subject}) without the one that "
            f"signed it: add that of {trusted[0].issuer}"
        )
    return (
        f"{path} holds no authority, but a certificate of {trusted[0].subject}: name that of "
        f"{trusted[0].issuer}, which issued it"
    )


def _time_findings(path: Path, certificate: Certificate, now: datetime) -> Iterator[Finding]:
    return outside_its_time(
        CA, path, now, valid_from=certificate.valid_from, valid_until=certificate.valid_until
    )


def _host_findings(
    client: MQTTClient, path: Path, trusted: Sequence[Certificate]
) -> Iterator[Finding]:
    """Where all that is trusted are brokers' own certificates, the broker shows one of them."""
    host = client.tls.server_hostname or client.host
    if any(each.may_issue and not each.hosts for each in trusted):
        return
    if any(each.is_for(host) for each in trusted):
        return
    hosts = [name for each in trusted for name in each.hosts or (each.common_name,)]
    # An authority might have a host's name, and have signed the broker's certificate.
    is_authority = any(each.may_issue for each in trusted)
    text = (
        f"{path} is {'' if is_authority else 'not an authority, but '}a broker's own certificate, "
        f"for {', '.join(hosts)}, not for {host!r}: tls.server_hostname may name it"
    )
    yield Finding(CA, text, may_pass=is_authority)


def _list_findings(
    path: Path,
    lists: Sequence[RevocationList],
    paths: TLSPaths,
    trusted: Sequence[Certificate],
    now: datetime,
) -> Iterator[Finding]:
    by_trusted = [each for each in lists if any(each.is_by(issuer) for issuer in trusted)]
    if trusted and not by_trusted:
        yield _list_of_another(path, lists, paths, trusted)
        return
    newest = {each.issuer: each for each in sorted(by_trusted or lists, key=_age)}
    for each in newest.values():
        yield from outside_its_time(
            CRL, path, now, valid_from=each.valid_from, valid_until=each.valid_until
        )


def _list_of_another(
    path: Path, lists: Sequence[RevocationList], paths: TLSPaths, trusted: Sequence[Certificate]
) -> Finding:
    issuers = {each.issuer for each in lists}
    text = f"{path} is by {', '.join(sorted(issuers))}, whose certificate is not in "
    if issuers & {each.subject for each in trusted}:
        return Finding(CRL, f"{text}{paths.ca_cert_path}: that of this name has another key")
    # It may be by an intermediate authority, whose certificate the broker sends.
    advice = "add it there if it issued the broker's"
    return Finding(CRL, f"{text}{paths.ca_cert_path}: {advice}", may_pass=True)


def _age(revocations: RevocationList) -> datetime:
    return revocations.valid_from
