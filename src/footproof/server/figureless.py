"""Certificates without a figure (a management system, a service, a grade) as signed tokens.

There is no package to recompute: the body signs the record it holds, with the place of its status. The type in the
header keeps such a token from ever being read as the certificate of a footprint.
"""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from footproof.credential import jose
from footproof.credential.did_key import key_name
from footproof.model.certificate import StatusPlace

PROFILE = jose.Profile("footproof-certificate+jwt", None, frozenset({"ES256"}))


def sign_figureless(
    address: str, body: str, record: Mapping[str, Any], place: StatusPlace, key: EllipticCurvePrivateKey
) -> bytes:
    """Return the signed token.

    Args:
        address: Web address of the certificate.
        body: DID of the body.
        record: What it certifies.
        place: In the status lists.
        key: Of the body.

    Raises:
        FootproofError: As `jose.sign`.
    """
    status = {"lists": place.lists, "index": str(place.index)}
    content = {"id": address, "issuer": body, "certificate": record, "status": status}
    return jose.sign(content, key, key_name(key.public_key()), PROFILE)


def is_figureless(token: bytes) -> bool:
    """Tell whether a token states no figure; nothing is believed of it by that.

    Args:
        token: Header, payload and signature.
    """
    header = json.loads(jose.decode(token.partition(b".")[0]))
    return isinstance(header, dict) and header.get("typ") == PROFILE.type


def place_of(token: bytes) -> StatusPlace:
    """Return the place of the status of a certificate without a figure, as it says itself.

    Args:
        token: As `sign_figureless` made it.

    Raises:
        ProofRejected: E-CRED-FORM.
    """
    status = jose.payload_of(token)["status"]
    return StatusPlace(status["lists"], int(status["index"]))
