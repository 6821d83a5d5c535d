"""Whether the broker can be recognised by the files that say whom a node trusts."""

import ssl
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from gwproactor.adapters.certificates import (
    Certificate,
    Parsed,
    RevocationList,
    is_same_name,
    read_certificates,
    read_revocations,
)
from gwproactor.adapters.regular_files import is_absent
from gwproactor.app.config.finding import Finding, outside_its_time
from gwproactor.app.settings import MQTTClient, TLSPaths
from gwproactor.domain.outcome import Failure, Success

CA: Final = ("tls", "paths", "ca_cert_path")
CRL: Final = ("tls", "crl_path")
# By OpenSSL's security level, SSL_CTX_set_security_level(3).
RSA_BITS_MIN: Final = (0, 1_024, 2_048, 3_072, 7_680, 15_360)


def trust_findings(client: MQTTClient, paths: TLSPaths, now: datetime) -> Iterator[Finding]:
    """Nothing, if the broker is not verified."""
    if client.tls.cert_reqs is ssl.CERT_NONE:
        return
    assert paths.ca_cert_path is not None
    trusted: Sequence[Certificate] = ()
    if client.tls.paths.ca_cert_path is not None or not is_absent(paths.ca_cert_path):
        match read_certificates(paths.ca_cert_path):
            case Failure(trouble):
                yield Finding(CA, str(trouble))
            case Success(parsed):
                if not parsed.unread:  # else OpenSSL alone knows who is trusted
                    trusted = parsed.found
                    yield from _authority_findings(client, paths.ca_cert_path, trusted, now)
    if client.tls.crl_path is not None:
        match read_revocations(client.tls.crl_path):
            case Failure(trouble):
                yield Finding(CRL, str(trouble))
            case Success(lists):
                if not lists.unread:
                    yield from _list_findings(client.tls.crl_path, lists.found, paths, trusted, now)


def weak_findings(client: MQTTClient, paths: TLSPaths, security_level: int) -> Iterator[Finding]:
    """Of what has no other fault: whether OpenSSL at its *security_level* takes the keys."""
    path = paths.ca_cert_path
    assert path is not None
    if client.tls.cert_reqs is ssl.CERT_NONE or is_absent(path):
        return
    match read_certificates(path):
        case Success(Parsed(found, unread=0)):
            bits = RSA_BITS_MIN[min(security_level, len(RSA_BITS_MIN) - 1)]
            roots = [each.rsa_bits for each in found if each.is_self_signed]
            if roots and all(length is not None and length < bits for length in roots):
                text = f"{path} holds no key that OpenSSL takes: RSA needs {bits} bits or more"
                yield Finding(CA, text)
        case _:
            pass


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
    if not any(root.is_for_servers and not root.uses_any for root in roots):
        text = f"{path} is not for servers: its extended key usage lacks serverAuth"
        yield Finding(CA, text)
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
    hosts = [name for each in trusted for name in each.hosts or each.common_names]
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
    if trusted and not any(each.is_by(issuer) for each in lists for issuer in trusted):
        yield _list_of_another(path, lists, paths, trusted)
        return
    newest = {each.issuer: each for each in sorted(lists, key=_age)}
    if any(_is_in_its_time(each, now) for each in newest.values()):
        return  # that may be the one of the authority that issued the broker's certificate
    for each in newest.values():
        yield from outside_its_time(
            CRL, path, now, valid_from=each.valid_from, valid_until=each.valid_until
        )


def _is_in_its_time(revocations: RevocationList, now: datetime) -> bool:
    until = revocations.valid_until
    return revocations.valid_from <= now and (until is None or now <= until)


def _list_of_another(
    path: Path, lists: Sequence[RevocationList], paths: TLSPaths, trusted: Sequence[Certificate]
) -> Finding:
    issuers = {each.issuer for each in lists}
    subjects = [each.subject for each in trusted]
    text = f"{path} is by {', '.join(sorted(issuers))}, whose certificate is not in "
    if any(is_same_name(issuer, subject) for issuer in issuers for subject in subjects):
        return Finding(CRL, f"{text}{paths.ca_cert_path}: that of this name has another key")
    # It may be by an intermediate authority, whose certificate the broker sends.
    advice = "add it there if it issued the broker's"
    return Finding(CRL, f"{text}{paths.ca_cert_path}: {advice}", may_pass=True)


def _age(revocations: RevocationList) -> datetime:
    return revocations.valid_from
