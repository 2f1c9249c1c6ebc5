"""Presentations: credentials a holder shows to one verifier, as `vp+jwt`, and what each credential in it is worth.

VCDM 2.0 §4.12 and §4.13, VC-JOSE-COSE §3.1.2: credentials stand in a presentation as `EnvelopedVerifiableCredential`,
a data URL of the token, or with an embedded proof. A presentation proves that its holder answered *this* challenge for
*this* audience; it does not prove its credentials. Each is therefore verified by itself, and how it is tied to the
holder is said: by its subject, by a key, or not at all, in which case anyone could have shown it.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from footproof.credential import jose, sd_jwt
from footproof.credential.conformity import CONTEXTS
from footproof.credential.did_key import PublicKey
from footproof.credential.integrity import verify_proofs
from footproof.credential.jwk import public_key_of
from footproof.errors import FootproofError, ProofRejected

MOST_CREDENTIALS = 64

Binding: TypeAlias = Literal["subject", "key", "none"]

_DATA = "data:application/"
_FORMS = {"vc+jwt": jose.CREDENTIAL, "vc+sd-jwt": jose.SD_CREDENTIAL}
# Secured in a way the standard knows and we do not read.
_UNREAD = frozenset({"vc+cose", "vc+cose;base64"})
_UNJUDGED = frozenset({"E-CRED-UNKNOWN-KEY", "E-PRES-UNREAD"})
_ENVELOPED = "EnvelopedVerifiableCredential"


_Verified: TypeAlias = tuple[Mapping[str, Any], str, tuple[sd_jwt.Path, ...]]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who presents: by identifier, by the name of a key, by the key; whatever the proof of the presentation showed.

    Args:
        id: Such as did:web:maker.example.
        kid: Name of the key that signed the presentation.
        key: That key.
    """

    id: str | None
    kid: str | None = None
    key: PublicKey | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """One credential of a presentation.

    Args:
        form: "vc+jwt", "vc+sd-jwt" or "embedded"; "vc+cose" where it was not verified.
        credential: What it says; None where its signature was not verified.
        kid: Name of the key that signed it, where known.
        binding: How it is tied to the holder.
        hidden: Places where it hides something from this reader.
        problem: Why it was not verified; only where the caller asked for a partial answer.
    """

    form: str
    credential: Mapping[str, Any] | None
    kid: str | None
    binding: Binding
    hidden: tuple[sd_jwt.Path, ...] = ()
    problem: FootproofError | None = None


@dataclass(frozen=True, slots=True)
class Presented:
    """A presentation whose holder signed it.

    Args:
        kid: Name of the holder's key.
        holder: Who presents; where the presentation does not say, the controller that the key's name begins with.
        presentation: What was signed.
        credentials: Its credentials, in their order.
    """

    kid: str
    holder: str | None
    presentation: Mapping[str, Any]
    credentials: tuple[Held, ...]


def presentation_of(
    credentials: Sequence[bytes | Mapping[str, Any]],
    holder: str | None = None,
    *,
    id: str | None = None,  # noqa: A002
) -> dict[str, Any]:
    """Return an unsigned presentation of credentials.

    Args:
        credentials: Tokens (`vc+jwt`; SD-JWT where there is a "~") or credentials with embedded proofs.
        holder: Who presents.
        id: Name of the presentation.
    """
    found: dict[str, Any] = {"@context": [CONTEXTS[0]], "type": ["VerifiablePresentation"]}
    if id is not None:
        found["id"] = id
    if holder is not None:
        found["holder"] = holder
    found["verifiableCredential"] = [enveloped(each) if isinstance(each, bytes) else dict(each) for each in credentials]
    return found


def enveloped(token: bytes) -> dict[str, Any]:
    """Return a token as an `EnvelopedVerifiableCredential`.

    Args:
        token: `vc+jwt`, or SD-JWT where there is a "~".
    """
    form = "vc+sd-jwt" if b"~" in token else "vc+jwt"
    return {"@context": CONTEXTS[0], "id": f"{_DATA}{form},{token.decode('ascii')}", "type": _ENVELOPED}


def sign_presentation(
    presentation: Mapping[str, Any],
    key: jose.PrivateKey,
    kid: str,
    *,
    nonce: str | None = None,
    audience: str | None = None,
) -> bytes:
    """Return a presentation as `vp+jwt`.

    Args:
        presentation: Such as `presentation_of` gives.
        key: Private key of the holder.
        kid: Name of the key.
        nonce: What the verifier asked to sign (its challenge).
        audience: Who the verifier is (its domain).

    Raises:
        FootproofError: As `need_secured` and `jose.sign`.
    """
    need_secured(presentation)
    answer = {"nonce": nonce, "aud": audience}
    claims = {**presentation, **{name: value for name, value in answer.items() if value is not None}}
    return jose.sign(claims, key, kid, jose.PRESENTATION)


def need_secured(presentation: Mapping[str, Any]) -> None:
    """Refuse to present credentials that nobody could verify.

    Args:
        presentation: Not yet signed.

    Raises:
        FootproofError: E-PRES-CREDENTIAL where one is neither enveloped nor has an embedded proof; E-PRES-MANY;
            E-PRES-TYPE.
    """
    if "VerifiablePresentation" not in _types(presentation):
        raise FootproofError("E-PRES-TYPE", found=_short(presentation.get("type")))
    for item in _items(presentation):
        if _form(item) is None:
            raise FootproofError("E-PRES-CREDENTIAL", found=_short(item))


def verify_presentation(
    token: bytes,
    keys: jose.Keys,
    *,
    nonce: str | None = None,
    audience: str | None = None,
    at: datetime | None = None,
    partial: bool = False,
) -> Presented:
    """Return what a `vp+jwt` presents, once it and every credential in it are verified.

    Args:
        token: The compact form and nothing else.
        keys: As in `jose.verify`, for holders and issuers alike.
        nonce: What we asked the holder to sign.
        audience: Who we are.
        at: The moment at which presentation and credentials must hold; not asked where absent.
        partial: Say of a credential under a key we do not know, or in COSE, that it was not verified, instead of
            refusing all.

    Raises:
        ProofRejected: As `jose.verify` for the presentation; E-CRED-CHALLENGE where it answers another challenge or
            audience, or one nobody asked for; E-PRES-MANY; E-PRES-CREDENTIAL where a credential is not secured,
            E-PRES-UNREAD where it is in a way we do not read; and whatever the verification of a credential raises.
    """
    signed = jose.verify(token, keys, jose.PRESENTATION)
    _answer(signed.credential, nonce, audience)
    return _presented(signed.kid, signed.credential, keys, at=at, partial=partial)


def verify_sd_presentation(
    token: bytes,
    keys: jose.Keys,
    *,
    nonce: str | None = None,
    audience: str | None = None,
    at: datetime | None = None,
    partial: bool = False,
) -> Presented:
    """Return what a `vp+sd-jwt` presents: as `verify_presentation`, for a presentation that hides parts of itself.

    Args:
        token: Signed part and disclosures.
        keys: As in `jose.verify`.
        nonce: What we asked the holder to sign.
        audience: Who we are.
        at: The moment at which it must hold.
        partial: As in `verify_presentation`.

    Raises:
        ProofRejected: As `sd_jwt.verify` and `verify_presentation`.
    """
    disclosed = sd_jwt.verify(token, keys, profile=jose.SD_PRESENTATION)
    _answer(disclosed.claims, nonce, audience)
    return _presented(disclosed.kid, disclosed.claims, keys, at=at, partial=partial)


def verify_contents(
    presentation: Mapping[str, Any],
    keys: jose.Keys,
    holder: Holder,
    *,
    at: datetime | None = None,
    partial: bool = False,
) -> tuple[Held, ...]:
    """Return the credentials of a presentation, each verified by itself.

    Args:
        presentation: One whose own proof, of whatever kind, was verified.
        keys: As in `jose.verify`.
        holder: Who presents, as that proof showed.
        at: The moment at which they must hold.
        partial: As in `verify_presentation`.

    Raises:
        ProofRejected: E-PRES-MANY, E-PRES-CREDENTIAL, and whatever the verification of a credential raises.
    """
    held: list[Held] = []
    for item in _items(presentation):
        form = _form(item)
        if form is None:
            raise ProofRejected("E-PRES-CREDENTIAL", found=_short(item))
        try:
            held.append(_held(form, item, keys, holder, at))
        except ProofRejected as problem:
            if not partial or problem.code not in _UNJUDGED:
                raise
            held.append(Held(form, None, str(problem.values.get("kid", "")), "none", (), problem))
    return tuple(held)


def _presented(
    kid: str, presentation: Mapping[str, Any], keys: jose.Keys, *, at: datetime | None, partial: bool
) -> Presented:
    if "VerifiablePresentation" not in _types(presentation):
        raise ProofRejected("E-PRES-TYPE", found=_short(presentation.get("type")))
    if at is not None:
        jose.need_time(presentation, at)
    controller, mark, _ = kid.partition("#")
    name = jose.party_of(presentation, jose.PRESENTATION) or (controller if mark else None)
    holder = Holder(name, kid, jose.find_key(keys, kid, jose.AUTHENTICATION))
    held = verify_contents(presentation, keys, holder, at=at, partial=partial)
    return Presented(kid, name, presentation, held)


def _answer(claims: Mapping[str, Any], nonce: str | None, audience: str | None) -> None:
    """Refuse another challenge than ours, and one we did not give: it was meant for somebody else."""
    if claims.get("nonce") != nonce:
        raise ProofRejected("E-CRED-CHALLENGE", field="nonce", found=claims.get("nonce"), needed=nonce or "—")
    found = claims.get("aud")
    named = found if isinstance(found, list) else [found]
    if (audience is None and found is not None) or (audience is not None and audience not in named):
        raise ProofRejected("E-CRED-CHALLENGE", field="aud", found=found, needed=audience or "—")


def _items(presentation: Mapping[str, Any]) -> list[Any]:
    found = presentation.get("verifiableCredential", [])
    items = found if isinstance(found, list) else [found]
    if len(items) > MOST_CREDENTIALS:
        raise ProofRejected("E-PRES-MANY", found=len(items), limit=MOST_CREDENTIALS)
    return items


def _form(item: object) -> str | None:
    """Return how a credential is secured, or None where it is not, or in a way we do not know."""
    if not isinstance(item, Mapping):
        return None
    if _ENVELOPED not in _types(item):
        return "embedded" if "proof" in item else None
    start, comma, _ = str(item.get("id", "")).partition(",")
    form = start.removeprefix(_DATA)
    return (
        form if comma and start.startswith(_DATA) and form in _FORMS.keys() | _UNREAD and "@context" in item else None
    )


def _held(form: str, item: Mapping[str, Any], keys: jose.Keys, holder: Holder, at: datetime | None) -> Held:
    if form in _UNREAD:
        raise ProofRejected("E-PRES-UNREAD", found=form, needed=", ".join(_FORMS))
    credential, kid, hidden = _embedded(item, keys, at) if form == "embedded" else _opened(form, item, keys)
    if "VerifiableCredential" not in _types(credential):
        raise ProofRejected("E-PRES-CREDENTIAL", found=_short(credential.get("type")))
    if at is not None:
        jose.need_time(credential, at)
    return Held(form, credential, kid, _bound(credential, holder), hidden)


def _opened(form: str, item: Mapping[str, Any], keys: jose.Keys) -> _Verified:
    try:
        token = str(item["id"]).partition(",")[2].encode("ascii")
    except UnicodeEncodeError as problem:
        raise ProofRejected("E-PRES-CREDENTIAL", found=_short(item["id"])) from problem
    if form == "vc+sd-jwt":
        disclosed = sd_jwt.verify(token, keys)
        return disclosed.claims, disclosed.kid, disclosed.hidden
    signed = jose.verify(token, keys, _FORMS[form])
    return signed.credential, signed.kid, ()


def _embedded(item: Mapping[str, Any], keys: jose.Keys, at: datetime | None) -> _Verified:
    """Return a credential whose proofs all hold, one of them by a key of its issuer."""
    proofs = verify_proofs(item, lambda url, purpose: jose.find_key(keys, url, purpose), at=at)
    issuer = jose.party_of(item, jose.CREDENTIAL)
    for proof in proofs:
        if proof.controller == issuer:
            return item, proof.method, ()
    raise ProofRejected("E-CRED-ISSUER", kid=proofs[0].method, issuer=issuer)


def _bound(credential: Mapping[str, Any], holder: Holder) -> Binding:
    """Return how a credential is tied to who presents it."""
    subjects = credential.get("credentialSubject")
    for subject in subjects if isinstance(subjects, list) else [subjects]:
        if holder.id is not None and isinstance(subject, Mapping) and subject.get("id") == holder.id:
            return "subject"
    confirmation = credential.get("cnf")
    if not isinstance(confirmation, Mapping):
        return "none"
    if holder.kid is not None and confirmation.get("kid") == holder.kid:
        return "key"
    jwk = confirmation.get("jwk")
    with suppress(FootproofError):
        if holder.key is not None and isinstance(jwk, Mapping) and public_key_of(jwk) == holder.key:
            return "key"
    return "none"


def _types(document: Mapping[str, Any]) -> list[Any]:
    found = document.get("type")
    return found if isinstance(found, list) else [found]


def _short(found: object) -> str:
    return str(found)[:80]
