"""A UNTP credential somebody else made: whether it is theirs, well formed and in time, and what it then says.

Who signed is proven by the key; whether they may say it is not asked here. A certificate of ours is walked in full by
`check_certificate`.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footproof.canonical import digest
from footproof.check.outcome import Outcome, attempt
from footproof.credential import jose, sd_jwt
from footproof.credential.claims import Matched, Stated, match_claims, read_attested
from footproof.credential.contexts import shipped
from footproof.credential.presentation import Holder, enveloped, verify_contents
from footproof.credential.untp_read import Kind, Said, kind_of, read_untp
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError, ProofRejected, Where

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """What was made of a credential.

    Args:
        kind: Which of UNTP's it is; None where it is none.
        issuer: Who it says has issued it; "" where it does not say.
        said: What it says, whether or not it is proven; None where it cannot be read.
        outcomes: Of "untp-signature", "untp-known" where it was asked, "untp-form", "untp-validity", "untp-content",
            and of "untp-certificate" and "untp-claims" where a certificate was given.
        has_status: Whether it, or the certificate beside it, names a status list, which was not asked.
        claims: Of a passport: whether the certificate bears each claim out.
    """

    kind: Kind | None
    issuer: str
    said: Said | None
    outcomes: tuple[Outcome, ...]
    has_status: bool
    claims: tuple[Matched, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether everything that was asked holds."""
        return all(one.ok for one in self.outcomes) and all(one.ok for one in self.claims)


def check_untp(
    data: bytes,
    keys: jose.FindKey,
    moment: datetime,
    *,
    known: Container[str] | None = None,
    certificate: bytes | None = None,
) -> Read:
    """Return what a credential says and which of the checks of it hold.

    Args:
        data: A token, an `EnvelopedVerifiableCredential`, or JSON with or without an embedded proof.
        keys: Finds the keys.
        moment: The moment asked about.
        known: Names of the keys the reader keeps, one of which must have signed; not asked where left out.
        certificate: Conformity credential, in any of these forms, with which the claims of a passport are compared.
    """
    try:
        document = _document(data)
        stated = _stated(document)
    except FootproofError as problem:
        return Read(None, "", None, (Outcome("untp-signature", problem, {}),), has_status=False)
    signature = attempt("untp-signature", lambda: _signature(document, keys))
    outcomes = [signature]
    if known is not None:
        outcomes.append(attempt("untp-known", lambda: _known(signature.facts.get("key", "—"), known)))
    outcomes += [
        attempt("untp-form", lambda: _form(stated)),
        attempt("untp-validity", lambda: _validity(stated, moment)),
    ]
    said: list[Said] = []
    outcomes.append(attempt("untp-content", lambda: _content(stated, said)))
    claims: tuple[Matched, ...] = ()
    has_status = "credentialStatus" in stated
    if certificate is not None:
        attested: list[Stated] = []
        has_status = has_status or _names_status(certificate)
        outcomes.append(attempt("untp-certificate", lambda: _attested(certificate, keys, moment, attested)))
        outcomes.append(attempt("untp-claims", lambda: _claims(said)))
        if attested and said and isinstance(said[0], Stated) and kind_of(stated) == "passport":
            claims = match_claims(said[0], attested[0], digest(certificate.strip()))
    kind = kind_of(stated) if said else None
    issuer = jose.party_of(stated, jose.CREDENTIAL) or ""
    return Read(kind, str(issuer), said[0] if said else None, tuple(outcomes), has_status, claims)


def _names_status(data: bytes) -> bool:
    """Return whether a credential names a status list; what cannot be read names none, and is refused elsewhere."""
    try:
        return "credentialStatus" in _stated(_document(data))
    except FootproofError:
        return False


def _document(data: bytes) -> dict[str, Any]:
    """Return a credential as it stands in a presentation: a token in its envelope, anything else as it is."""
    if data.lstrip().startswith(b"{"):
        return jose.read_object(data)
    return enveloped(_ascii(data.strip()))


def _ascii(token: bytes) -> bytes:
    if not token.isascii():
        raise ProofRejected("E-CRED-FORM", reason="not ASCII")
    return token


def _stated(document: Json) -> Json:
    """Return what a document says, unverified."""
    start, comma, text = str(document.get("id", "")).partition(",")
    if not (comma and start.startswith("data:application/")):
        return document
    token = _ascii(text.encode("utf-8"))
    return sd_jwt.claims_of(token) if b"~" in token else jose.payload_of(token)


def _signature(document: Json, keys: jose.FindKey) -> Mapping[str, str]:
    if "proof" not in document and not str(document.get("id", "")).startswith("data:"):
        raise ProofRejected("E-UNTP-UNSIGNED", Where("credential"))
    (held,) = verify_contents({"verifiableCredential": [document]}, keys, Holder(None))
    if held.kid is None or held.credential is None:
        raise ProofRejected("E-UNTP-UNSIGNED", Where("credential"))
    issuer = jose.party_of(held.credential, jose.CREDENTIAL)
    if held.kid.partition("#")[0] != issuer:  # a key that is named otherwise than by its holder proves no issuer
        raise ProofRejected("E-CRED-ISSUER", kid=held.kid, issuer=issuer)
    return {"issuer": str(issuer), "key": held.kid}


def _known(kid: str, known: Container[str]) -> Mapping[str, str]:
    if kid not in known:
        raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=kid)
    return {"key": kid}


def _form(stated: Json) -> Mapping[str, str]:
    validate_credential(stated, shipped())
    return {}


def _validity(stated: Json, moment: datetime) -> Mapping[str, str]:
    jose.need_time(stated, moment.replace(microsecond=0))
    return {name: str(stated.get(member, "—")) for name, member in (("from", "validFrom"), ("until", "validUntil"))}


def _content(stated: Json, said: list[Said]) -> Mapping[str, str]:
    kind = kind_of(stated)
    said.append(read_untp(stated))
    return {"kind": kind}


def _attested(data: bytes, keys: jose.FindKey, moment: datetime, found: list[Stated]) -> Mapping[str, str]:
    document = _document(data)
    facts = _signature(document, keys)
    stated = _stated(document)
    _validity(stated, moment)
    found.append(read_attested(stated))
    return facts


def _claims(said: list[Said]) -> Mapping[str, str]:
    """Refuse to compare where there is nothing to compare: no claims are no proof of any."""
    items = said[0].items if said and isinstance(said[0], Stated) else ()
    if not items:
        raise ProofRejected("E-UNTP-NO-CLAIM", Where("credential"))
    return {"count": str(len(items))}
