"""Our error codes as problem details: the types that the W3C's texts define, for programs that know only those.

RFC 9457; VCDM 2.0 §7.2, Bitstring Status List §3.5, Data Integrity §4.7, Controlled Identifiers §3.4.
"""

from typing import Any

from footproof.credential.status_list import PROBLEMS
from footproof.errors import FootproofError
from footproof.texts import Lang, describe

DATA_MODEL = "https://www.w3.org/TR/vc-data-model#"
SECURITY = "https://w3id.org/security#"
STATUS_LIST = "https://www.w3.org/ns/credentials/status-list#"

# No type of the standards fits; the code says more (RFC 9457 §4.2.1).
NO_TYPE = "about:blank"

_MALFORMED = DATA_MODEL + "MALFORMED_VALUE_ERROR"
_TYPES = {
    "E-CRED-FORM": DATA_MODEL + "PARSING_ERROR",
    "E-SD-FORM": DATA_MODEL + "PARSING_ERROR",
    "E-CRED-SIZE": DATA_MODEL + "RANGE_ERROR",
    "E-CRED-NOT-YET": DATA_MODEL + "RANGE_ERROR",
    "E-CRED-EXPIRED": DATA_MODEL + "RANGE_ERROR",
    "E-CRED-CHALLENGE": SECURITY + "INVALID_CHALLENGE_ERROR",
    "E-VCDM-NOT-YET": DATA_MODEL + "RANGE_ERROR",
    "E-VCDM-EXPIRED": DATA_MODEL + "RANGE_ERROR",
    "E-VCDM-PERIOD": DATA_MODEL + "RANGE_ERROR",
    "E-VCDM-DEPTH": DATA_MODEL + "RANGE_ERROR",
    "E-DI-CHALLENGE": SECURITY + "INVALID_CHALLENGE_ERROR",
    "E-DI-DOMAIN": SECURITY + "INVALID_DOMAIN_ERROR",
    "E-DID-PURPOSE": SECURITY + "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD",
    "E-DID-DOCUMENT": SECURITY + "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT",
    "E-DID-ID": SECURITY + "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID",
}
# By the beginning of the code; the first that fits counts.
_FAMILIES = (
    ("E-VCDM-", _MALFORMED),
    ("E-DI-", SECURITY + "PROOF_VERIFICATION_ERROR"),
    ("E-DID-", SECURITY + "INVALID_VERIFICATION_METHOD"),
    ("E-FETCH-", SECURITY + "INVALID_VERIFICATION_METHOD"),
    ("E-CRED-", DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR"),
    ("E-SD-", DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR"),
    ("E-VCAPI-MEMBER", _MALFORMED),
    ("E-VCAPI-OPTION", _MALFORMED),
    ("E-VCAPI-NAMELESS", _MALFORMED),
    ("E-VCAPI-", NO_TYPE),
    ("E-FILE-", NO_TYPE),
)


def problem_type(code: str) -> str:
    """Return the URL of the type of problem that a code belongs to.

    Args:
        code: One of ours.
    """
    if code in PROBLEMS:
        return STATUS_LIST + PROBLEMS[code]
    if code in _TYPES:
        return _TYPES[code]
    return next((url for start, url in _FAMILIES if code.startswith(start)), _MALFORMED)


def problem_of(error: FootproofError, lang: Lang) -> dict[str, Any]:
    """Return the problem details of an error, in the reader's language.

    Args:
        error: What was refused.
        lang: "zh" or "en".
    """
    found, advice = describe(error, lang)
    url = problem_type(error.code)
    details = {
        "type": url,
        "title": url.partition("#")[2] or error.code,
        "detail": found,
        "code": error.code,
        "try": advice,
    }
    if error.where is not None and error.where.field:
        details["pointer"] = error.where.field
    return details
