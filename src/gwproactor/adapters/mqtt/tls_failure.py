"""Why there is no TLS connection: what OpenSSL says, sorted by what has to be mended.

The numbers are OpenSSL's, `X509_V_ERR_…` in x509_vfy.h; Python names none of them.
"""

import ssl
from typing import Final

from gwproactor.ports.link_transport import ConnectFailed

CAUSES: Final = {
    "tls not trusted": (
        2,  # UNABLE_TO_GET_ISSUER_CERT
        7,  # CERT_SIGNATURE_FAILURE
        18,  # DEPTH_ZERO_SELF_SIGNED_CERT
        19,  # SELF_SIGNED_CERT_IN_CHAIN
        20,  # UNABLE_TO_GET_ISSUER_CERT_LOCALLY
        21,  # UNABLE_TO_VERIFY_LEAF_SIGNATURE
    ),
    "tls host name": (62, 64),  # HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH
    "tls not yet valid": (9,),  # CERT_NOT_YET_VALID
    "tls expired": (10,),  # CERT_HAS_EXPIRED
    "tls revoked": (23,),  # CERT_REVOKED
    "tls revocation list": (
        3,  # UNABLE_TO_GET_CRL
        5,  # UNABLE_TO_DECRYPT_CRL_SIGNATURE
        8,  # CRL_SIGNATURE_FAILURE
        11,  # CRL_NOT_YET_VALID
        12,  # CRL_HAS_EXPIRED
        15,  # ERROR_IN_CRL_LAST_UPDATE_FIELD
        16,  # ERROR_IN_CRL_NEXT_UPDATE_FIELD
        33,  # UNABLE_TO_GET_CRL_ISSUER
        35,  # KEYUSAGE_NO_CRL_SIGN
        36,  # UNHANDLED_CRITICAL_CRL_EXTENSION
        44,  # DIFFERENT_CRL_SCOPE
        54,  # CRL_PATH_VALIDATION_ERROR
    ),
    "tls certificate too weak": (
        66,  # EE_KEY_TOO_SMALL
        67,  # CA_KEY_TOO_SMALL
        68,  # CA_MD_TOO_WEAK
    ),
}
CAUSE_OF: Final = {code: cause for cause, codes in CAUSES.items() for code in codes}
# Purpose, name constraints, length of the chain, and what else forbids the use of a certificate.
OTHER: Final = "tls certificate not fit"

# What a broker says of our certificate, by names of alerts in RFC 8446 §6.2; the rest are general.
OF_OUR_CERTIFICATE: Final = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")


def tls_failure(error: OSError | ValueError) -> ConnectFailed:
    """*error* is of a handshake, or of the first data after it: TLS 1.3 ends it before the broker
    has looked at our certificate.
    """
    match error:
        case ssl.SSLCertVerificationError():
            cause = CAUSE_OF.get(error.verify_code, OTHER)
            return ConnectFailed(cause, f"{error.verify_message} ({error.reason})")
        case ssl.SSLError():
            detail = str(error.reason or error.strerror or error)
            is_of_ours = "_ALERT_" in detail and any(name in detail for name in OF_OUR_CERTIFICATE)
            return ConnectFailed("tls client certificate" if is_of_ours else "tls", detail)
        case OSError():
            return ConnectFailed("tls", error.strerror or str(error))
        case _:
            return ConnectFailed("tls", str(error))
