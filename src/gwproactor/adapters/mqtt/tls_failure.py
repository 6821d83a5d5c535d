"""Why there is no TLS connection: what OpenSSL says, sorted by what has to be mended.

The numbers are OpenSSL's, `X509_V_ERR_…` in x509_vfy.h; Python names none of them.
"""

import ssl
from typing import Final

from gwproactor.ports.link_transport import ConnectFailed

CAUSES: Final = {
    3: "tls revocation list",  # UNABLE_TO_GET_CRL
    8: "tls revocation list",  # CRL_SIGNATURE_FAILURE
    9: "tls not yet valid",  # CERT_NOT_YET_VALID
    10: "tls expired",  # CERT_HAS_EXPIRED
    11: "tls revocation list",  # CRL_NOT_YET_VALID
    12: "tls revocation list",  # CRL_HAS_EXPIRED
    23: "tls revoked",  # CERT_REVOKED
    33: "tls revocation list",  # UNABLE_TO_GET_CRL_ISSUER
    62: "tls host name",  # HOSTNAME_MISMATCH
    64: "tls host name",  # IP_ADDRESS_MISMATCH
}
NOT_TRUSTED: Final = "tls not trusted"

# What a broker says of our certificate, by names of alerts in RFC 8446 §6.2; the rest are general.
OF_OUR_CERTIFICATE: Final = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")


def tls_failure(error: OSError | ValueError) -> ConnectFailed:
    """*error* is of a handshake, or of the first data after it: TLS 1.3 ends it before the broker
    has looked at our certificate.
    """
    match error:
        case ssl.SSLCertVerificationError():
            cause = CAUSES.get(error.verify_code, NOT_TRUSTED)
            return ConnectFailed(cause, f"{error.verify_message} ({error.reason})")
        case ssl.SSLError():
            detail = str(error.reason or error.strerror or error)
            is_of_ours = "_ALERT_" in detail and any(name in detail for name in OF_OUR_CERTIFICATE)
            return ConnectFailed("tls client certificate" if is_of_ours else "tls", detail)
        case OSError():
            return ConnectFailed("tls", error.strerror or str(error))
        case _:
            return ConnectFailed("tls", str(error))
