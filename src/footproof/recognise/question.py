"""What is asked of the recognition chain: the facts of one certificate, and whom the asker trusts."""

import base64
import hashlib
from dataclasses import dataclass, field, fields
from datetime import date

from footproof.canonical import canonical_bytes, read_canonical
from footproof.credential.did_key import PublicKey
from footproof.credential.jwk import public_jwk
from footproof.errors import FootproofError, Where
from footproof.model.certificate import Party


@dataclass(frozen=True, slots=True)
class Question:
    """The facts of a certificate that recognition depends on.

    Args:
        certificate: Number or address, for the words.
        body: Who issued it, as it names itself.
        key: DID URL of the key that signed it.
        thumbprint: RFC 7638 SHA-256 thumbprint of the public key whose signature held.
        activity: Such as "product-certification".
        scheme: Certification scheme.
        edition: Edition of the scheme.
        rule: Rule the footprint was computed under.
        rule_edition: Digest of its edition.
        national: Whether the certificate calls the rule one of the scheme's own, so that no filing is needed.
        category: Product category, `list:code`.
        site: URI of the production site.
        country: Where the site is: ISO 3166-1 such as "CN", or 3166-2 such as "CN-FJ".
        issued: Day of issue.
        accredited: Whether the certificate claims accreditation.
        accreditation_number: The number it claims, where it names one.
    """

    certificate: str
    body: Party
    key: str
    thumbprint: str
    activity: str
    scheme: str
    edition: str
    rule: str
    rule_edition: str
    national: bool
    category: str
    site: str
    country: str
    issued: date
    accredited: bool = True
    accreditation_number: str | None = None


@dataclass(frozen=True, slots=True)
class Roots:
    """Whom the asker trusts without being told by anybody; data, never code.

    Args:
        authorities: Identifiers of authorities that approve bodies and file rules.
        accreditation_bodies: Identifiers of accreditation bodies trusted directly.
        arrangement_owners: Identifiers of owners of arrangements.
        scheme_owners: Identifiers of scheme owners.
        needs_approval: Whether a body must be approved by an authority.
        needs_arrangement: Whether an accreditation body trusted directly needs an arrangement as well.
    """

    authorities: frozenset[str] = field(default_factory=frozenset)
    accreditation_bodies: frozenset[str] = field(default_factory=frozenset)
    arrangement_owners: frozenset[str] = field(default_factory=frozenset)
    scheme_owners: frozenset[str] = field(default_factory=frozenset)
    needs_approval: bool = True
    needs_arrangement: bool = True


MOST_ROOTS_BYTES = 1024 * 1024


def read_roots(data: bytes) -> Roots:
    """Read roots of trust from canonical JSON: lists of identifiers and two truth values, all members present.

    Args:
        data: At most 1 MiB.

    Raises:
        FootproofError: E-RECOG-SIZE; E-CANONICAL; E-RECOG-FORM for an unknown, missing or wrong member.
    """
    if len(data) > MOST_ROOTS_BYTES:
        raise FootproofError("E-RECOG-SIZE", found=len(data), limit=MOST_ROOTS_BYTES)
    found = read_canonical(data)
    names = [one.name for one in fields(Roots)]
    if not isinstance(found, dict) or set(found) != set(names):
        raise FootproofError("E-RECOG-FORM", Where("roots"), needed=", ".join(names))
    for name, value in found.items():
        flag = name.startswith("needs_")
        listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if not (isinstance(value, bool) if flag else listed):
            raise FootproofError("E-RECOG-FORM", Where("roots", field=name), needed="true, false" if flag else "[…]")
    return Roots(
        authorities=frozenset(found["authorities"]),
        accreditation_bodies=frozenset(found["accreditation_bodies"]),
        arrangement_owners=frozenset(found["arrangement_owners"]),
        scheme_owners=frozenset(found["scheme_owners"]),
        needs_approval=found["needs_approval"],
        needs_arrangement=found["needs_arrangement"],
    )


def roots_json(roots: Roots) -> dict[str, list[str] | bool]:
    """Return roots of trust as `read_roots` reads them.

    Args:
        roots: To be published.
    """
    found = {one.name: getattr(roots, one.name) for one in fields(Roots)}
    return {name: value if isinstance(value, bool) else sorted(value) for name, value in found.items()}


def thumbprint(key: PublicKey) -> str:
    """Return the RFC 7638 SHA-256 thumbprint of a public key, base64url.

    Args:
        key: P-256 or Ed25519.
    """
    # The thumbprint's form, members sorted and without spaces, is the canonical one.
    found = hashlib.sha256(canonical_bytes(public_jwk(key))).digest()
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode("ascii")
