"""Digests that a credential gives for resources outside it, and their comparison where the bytes are at hand.

VCDM 2.0 §5.3; Subresource Integrity §3.1 (`digestSRI`); Controlled Identifiers 1.0 §2.4 and §2.5 (`digestMultibase`).
W3C's own test suite writes `digestSRI` in hexadecimal, which the grammar of base64 happens to allow; both readings
are compared.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from footproof.credential.did_key import from_base58btc
from footproof.credential.terms import is_url
from footproof.errors import FootproofError, ProofRejected, Where

MOST_RESOURCES = 256
_SRI = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(\?[\x21-\x7e]*)?")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
# Multihash code and length of the digest.
_MULTIHASHES = {(0x12, 32): "sha256", (0x20, 48): "sha384", (0x13, 64): "sha512"}


def related_resources(value: object, known: Mapping[str, bytes], path: str) -> None:
    """Refuse related resources that are not named once, carry no digest, or differ from the bytes at hand.

    Args:
        value: Member `relatedResource`.
        known: Bytes by URL. A resource that is not among them is not fetched; its digest is only read.
        path: JSON path of the member.

    Raises:
        ProofRejected: E-VCDM-OBJECT, E-VCDM-ID, E-VCDM-ID-MISSING, E-VCDM-RESOURCE-TWICE, E-VCDM-DIGEST-MISSING,
            E-VCDM-DIGEST, and E-VCDM-RESOURCE-DIFFERS where the bytes at hand have another digest.
    """
    items = value if isinstance(value, list) else [value]
    if not items or len(items) > MOST_RESOURCES:
        raise ProofRejected("E-VCDM-OBJECT", Where("credential", field=path), found=repr(value)[:80])
    seen: set[str] = set()
    for number, item in enumerate(items):
        here = f"{path}[{number}]" if isinstance(value, list) else path
        where = Where("credential", field=here)
        if not isinstance(item, dict):
            raise ProofRejected("E-VCDM-OBJECT", where, found=repr(item)[:80])
        name = _name(item, here)
        if name in seen:
            raise ProofRejected("E-VCDM-RESOURCE-TWICE", where, id=name)
        seen.add(name)
        _compare(item, known.get(name), here)


def _name(item: Mapping[str, Any], path: str) -> str:
    if "id" not in item:
        raise ProofRejected("E-VCDM-ID-MISSING", Where("credential", field=path))
    if not is_url(item["id"]):
        raise ProofRejected("E-VCDM-ID", Where("credential", field=f"{path}.id"), found=repr(item["id"])[:80])
    return str(item["id"])


def _compare(item: Mapping[str, Any], data: bytes | None, path: str) -> None:
    if "digestSRI" not in item and "digestMultibase" not in item:
        raise ProofRejected("E-VCDM-DIGEST-MISSING", Where("credential", field=path))
    for field, matches in (("digestSRI", _sri_matches), ("digestMultibase", _multibase_matches)):
        if field not in item:
            continue
        where = Where("credential", field=f"{path}.{field}")
        same = matches(item[field], data) if isinstance(item[field], str) and len(item[field]) <= 1024 else None
        if same is None:
            raise ProofRejected("E-VCDM-DIGEST", where, found=repr(item[field])[:80])
        if data is not None and not same:
            raise ProofRejected("E-VCDM-RESOURCE-DIFFERS", where, id=item["id"])


def _sri_matches(text: str, data: bytes | None) -> bool | None:
    """Return whether one of the digests is that of the data; None where the text is no integrity metadata."""
    found = [_SRI.fullmatch(part) for part in text.split(" ") if part]
    if not found or None in found:
        return None
    if data is None:
        return True
    for match in found:
        assert match is not None  # noqa: S101  # none is, see above
        digest = hashlib.new(match[1], data).digest()
        standard = match[2].replace("-", "+").replace("_", "/").rstrip("=")
        if standard == base64.b64encode(digest).decode().rstrip("=") or match[2].lower() == digest.hex():
            return True
    return False


def _multibase_matches(text: str, data: bytes | None) -> bool | None:
    """Return whether the multihash is that of the data; None where it is none, in base58btc or base64url.

    The suite of W3C writes SHA-256 digests without the two bytes of a multihash; 32 bytes can be nothing else.
    """
    try:
        if text.startswith("u") and _BASE64URL.fullmatch(text[1:]):
            raw = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
        else:
            raw = from_base58btc(text)
    except (ValueError, binascii.Error, FootproofError):
        return None
    if len(raw) == 32:
        return data is None or hashlib.sha256(data).digest() == raw
    name = _MULTIHASHES.get((raw[0], len(raw) - 2)) if len(raw) > 2 and raw[1] == len(raw) - 2 else None
    if name is None:
        return None
    return data is None or hashlib.new(name, data).digest() == raw[2:]
