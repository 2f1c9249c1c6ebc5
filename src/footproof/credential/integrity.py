"""Proofs embedded in a document: W3C Data Integrity 1.0, with its EdDSA and ECDSA cryptosuites.

Recommendations of 15 May 2025: VC Data Integrity 1.0 §4, vc-di-eddsa §3.2 and §3.3, vc-di-ecdsa §3.2 and §3.3. We
write and read `eddsa-jcs-2022` and `ecdsa-jcs-2019`; `eddsa-rdfc-2022` and `ecdsa-rdfc-2019` are read only;
`ecdsa-sd-2023` and `bbs-2023` are not. Stricter than the texts: every proof must hold, each purpose is the one asked
for, a proof value has one spelling, and some proof must cover the whole `@context`.

An ECDSA value (r, s) has a twin (r, n - s), which is also valid; a proof value is therefore no name for a document.
Whether a key belongs to the issuer is for the caller to compare: `Proved.controller`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from footproof.canonical import canonical_bytes
from footproof.credential.contexts import Contexts, shipped
from footproof.credential.datetimestamp import seconds_at, seconds_of
from footproof.credential.did_key import PublicKey, base58btc, from_base58btc
from footproof.credential.jcs import jcs_bytes
from footproof.credential.rdfc import rdfc_bytes
from footproof.credential.terms import is_url
from footproof.errors import FootproofError, ProofRejected, Where

PROOF = "DataIntegrityProof"
MOST_BYTES = 4 * 1024 * 1024
MOST_PROOFS = 16
LONGEST_VALUE = 140
# Each takes up to seconds; four proofs in a chain need seven.
MOST_RDFC = 12

PrivateKey: TypeAlias = EllipticCurvePrivateKey | Ed25519PrivateKey
FindKey: TypeAlias = Callable[[str, str], PublicKey]
Json: TypeAlias = dict[str, Any]

_SUITES = {
    "eddsa-jcs-2022": ("jcs", "Ed25519"),
    "ecdsa-jcs-2019": ("jcs", "P-256, P-384"),
    "eddsa-rdfc-2022": ("rdfc", "Ed25519"),
    "ecdsa-rdfc-2019": ("rdfc", "P-256, P-384"),
}
_KNOWN_NOT_READ = frozenset({"ecdsa-sd-2023", "bbs-2023", "ecdsa-xi-2023"})


@dataclass(frozen=True, slots=True)
class Proved:
    """What one proof that holds says.

    Args:
        method: URL of the verification method; its key verified the proof.
        cryptosuite: Such as "eddsa-jcs-2022".
        purpose: Such as "assertionMethod".
        created: When the signer says it was made, as written, or None.
        expires: Until when it counts, as written, or None.
        id: Name of the proof, or None.
        previous: Names of the proofs this one covers as well.
    """

    method: str
    cryptosuite: str
    purpose: str
    created: str | None
    expires: str | None
    id: str | None
    previous: tuple[str, ...]

    @property
    def controller(self) -> str:
        """The DID or URL that the method belongs to by its name."""
        return self.method.partition("#")[0]


def add_proof(
    document: Mapping[str, Any],
    key: PrivateKey,
    method: str,
    created: str,
    *,
    cryptosuite: str,
    purpose: str = "assertionMethod",
    challenge: str | None = None,
    domain: str | None = None,
    previous: str | Sequence[str] | None = None,
    expires: str | None = None,
    proof_id: str | None = None,
    fractions: bool = False,
) -> Json:
    """Return a document with one more proof; proofs that it has already stay, as a set.

    Args:
        document: JSON object of text, integers, booleans, lists and objects; floats have no place in what we sign.
        key: Ed25519 for eddsa-jcs-2022; P-256 or P-384 for ecdsa-jcs-2019.
        method: URL under which a verifier finds the public key.
        created: A dateTimeStamp; the clock is the caller's.
        cryptosuite: "eddsa-jcs-2022" or "ecdsa-jcs-2019".
        purpose: Relationship the key has to its controller.
        challenge: What the verifier asked to have signed.
        domain: For whom the proof is meant.
        previous: Name or names of proofs of the document that this one covers as well (a chain).
        expires: A dateTimeStamp.
        proof_id: Name of this proof, a URL, so that others can follow it.
        fractions: Whether the document is somebody else's and may hold numbers with a fraction, which JCS writes as
            doubles. What we state ourselves never does.

    Raises:
        FootproofError: E-DI-SUITE for a suite we do not write; E-DI-KEY where the key does not fit it; E-DI-FORM for
            a malformed option or more proofs than a verifier reads; E-DI-DATE; E-DI-PREVIOUS where a named proof is
            not in the document; E-CANONICAL where the document holds a float or has no single byte form; E-DI-SIZE.
    """
    if _SUITES.get(cryptosuite, ("", ""))[0] != "jcs":
        raise FootproofError("E-DI-SUITE", found=cryptosuite, needed="eddsa-jcs-2022, ecdsa-jcs-2019")
    hash_name = _fitting(key.public_key(), cryptosuite)
    names = [previous] if isinstance(previous, str) else list(previous or ())
    base = {name: value for name, value in document.items() if name != "proof"}
    proofs = _proofs(document) if "proof" in document else []
    if len(proofs) >= MOST_PROOFS:
        raise FootproofError("E-DI-FORM", Where("document", field="$.proof"), found=len(proofs) + 1)
    options: Json = {"type": PROOF, "cryptosuite": cryptosuite, "created": created, "verificationMethod": method}
    options["proofPurpose"] = purpose
    given = {"id": proof_id, "expires": expires, "challenge": challenge, "domain": domain, "previousProof": previous}
    options |= {name: value for name, value in given.items() if value is not None}
    if names:
        options["previousProof"] = names[0] if isinstance(previous, str) else names
        base["proof"] = _earlier(proofs, names, "$.proof")
    if "@context" in document:
        options["@context"] = document["@context"]
    written = jcs_bytes(options, MOST_BYTES) if fractions else canonical_bytes(options)
    _read(options, len(proofs), signed=False)
    data = jcs_bytes(base, MOST_BYTES) if fractions else canonical_bytes(base)
    if len(data) > MOST_BYTES:
        raise FootproofError("E-DI-SIZE", found=len(data), limit=MOST_BYTES)
    digest = hashlib.new(hash_name, written).digest() + hashlib.new(hash_name, data).digest()
    base["proof"] = [*proofs, {**options, "proofValue": base58btc(_signed(key, digest))}]
    if not proofs:
        base["proof"] = base["proof"][0]
    return base


def verify_proofs(
    document: Mapping[str, Any],
    keys: FindKey,
    *,
    purpose: str = "assertionMethod",
    at: datetime | None = None,
    challenge: str | None = None,
    domain: str | None = None,
    contexts: Contexts | None = None,
) -> tuple[Proved, ...]:
    """Return what the proofs of a document say, once each of them holds.

    Args:
        document: As read by `jose.read_object`.
        keys: Gives the public key of a verification method for a purpose, or raises E-CRED-UNKNOWN-KEY. It has to
            refuse a method that its controller does not list for that purpose.
        purpose: What every proof must be for.
        at: Moment to ask about, with a time zone; None leaves `created` and `expires` out.
        challenge: What a proof must have signed; None accepts any.
        domain: For whom a proof must be meant; None accepts any.
        contexts: Contexts at hand for the rdfc suites; those shipped where left out.

    Raises:
        ProofRejected: E-DI-MISSING without a proof; E-DI-FORM, E-DI-TYPE, E-DI-SUITE, E-DI-SUITE-UNSUPPORTED,
            E-DI-METHOD, E-DI-VALUE, E-DI-DATE for a proof of another form; E-DI-PURPOSE, E-DI-NOT-YET, E-DI-EXPIRED,
            E-DI-CHALLENGE, E-DI-DOMAIN for a proof made for something else; E-DI-PREVIOUS where a chain is broken;
            E-DI-CONTEXT where contexts were changed or added without a proof; E-DI-KEY where the key does not fit;
            E-DI-NUMBER, E-DI-CANONICAL, E-DI-SIZE, E-DI-RDFC, E-DI-RDFC-ABSENT where the document has no byte form;
            E-DI-SIGNATURE where the signature does not hold.
    """
    proofs = _proofs(document)
    now = None if at is None else seconds_at(at)
    read: list[Proved] = []
    for number, proof in enumerate(proofs):
        one = _read(proof, number, signed=True)
        _refuse_purpose(proof, number, purpose=purpose, challenge=challenge, domain=domain)
        _refuse_time(one, now, number, at)
        read.append(one)
    base = {name: value for name, value in document.items() if name != "proof"}
    forms = _Forms(base, proofs, contexts)
    for number, (proof, one) in enumerate(zip(proofs, read, strict=True)):
        _verify(forms, proof, one, keys, number)
    if not forms.whole_context:
        raise ProofRejected("E-DI-CONTEXT", Where("document", field="$['@context']"))
    return tuple(read)


class _Forms:
    """Byte forms of the parts of one document; the plain one, which most proofs share, is made once."""

    def __init__(self, base: Json, proofs: list[Json], contexts: Contexts | None) -> None:
        self.whole_context = False
        self._base = base
        self._proofs = proofs
        self._contexts = contexts
        self._plain: dict[str, bytes] = {}
        self._left = MOST_RDFC

    def digest(self, proof: Json, one: Proved, hash_name: str, number: int) -> bytes:
        """Return hash of the proof options and hash of the document, joined (§3.2.4, §3.3.4)."""
        options = {name: value for name, value in proof.items() if name != "proofValue"}
        base = self._base
        if one.cryptosuite in _SUITES and _SUITES[one.cryptosuite][0] == "rdfc":
            self.whole_context = True
            if "@context" in base:
                options["@context"] = base["@context"]
        else:
            base = self._with_signed_context(options, number)
        form = f"{one.cryptosuite}/{hash_name}"
        if one.previous:
            base = {**base, "proof": _earlier(self._proofs, one.previous, f"$.proof[{number}].previousProof")}
            data = self._bytes(base, one.cryptosuite, hash_name)
        elif base is self._base:
            if form not in self._plain:
                self._plain[form] = self._bytes(base, one.cryptosuite, hash_name)
            data = self._plain[form]
        else:
            data = self._bytes(base, one.cryptosuite, hash_name)
        first = hashlib.new(hash_name, self._bytes(options, one.cryptosuite, hash_name)).digest()
        return first + hashlib.new(hash_name, data).digest()

    def _with_signed_context(self, options: Json, number: int) -> Json:
        """Return the document with the contexts the proof was made for, which the present ones must begin with."""
        here, signed = self._base.get("@context", ...), options.get("@context", ...)
        if signed is ... or signed == here:
            self.whole_context = True
            return self._base
        wanted = signed if isinstance(signed, list) else [signed]
        if not isinstance(here, list) or here[: len(wanted)] != wanted or len(here) == len(wanted):
            raise ProofRejected("E-DI-CONTEXT", Where("document", field=f"$.proof[{number}]['@context']"))
        return {**self._base, "@context": signed}

    def _bytes(self, part: Json, cryptosuite: str, hash_name: str) -> bytes:
        if _SUITES[cryptosuite][0] == "rdfc":
            self._left -= 1
            if self._left < 0:
                raise ProofRejected("E-DI-FORM", Where("document", field="$.proof"), found=len(self._proofs))
            return rdfc_bytes(part, self._contexts or shipped(), hash_name)
        return jcs_bytes(part, MOST_BYTES)


def _verify(forms: _Forms, proof: Json, one: Proved, keys: FindKey, number: int) -> None:
    value = _value(proof, number)
    key = keys(one.method, one.purpose)
    hash_name = _fitting(key, one.cryptosuite)
    digest = forms.digest(proof, one, hash_name, number)
    if not _holds(key, value, digest):
        raise ProofRejected(
            "E-DI-SIGNATURE", Where("document", field=f"$.proof[{number}].proofValue"), method=one.method
        )


def _proofs(document: Mapping[str, Any]) -> list[Json]:
    """Return the proofs of a document, at least one and not too many, with names that differ."""
    value = document.get("proof")
    proofs: list[Any] = value if isinstance(value, list) else [value]
    if value is None or not proofs:
        raise ProofRejected("E-DI-MISSING", Where("document", field="$.proof"))
    if len(proofs) > MOST_PROOFS or not all(isinstance(proof, dict) for proof in proofs):
        raise ProofRejected("E-DI-FORM", Where("document", field="$.proof"), found=repr(value)[:80])
    names = [str(proof["id"]) for proof in proofs if "id" in proof]
    if len(set(names)) < len(names):
        raise ProofRejected("E-DI-FORM", Where("document", field="$.proof"), found=names)
    return proofs


def _read(proof: Json, number: int, *, signed: bool) -> Proved:
    """Read one proof; every member that Data Integrity defines must have the form it defines."""

    def need(name: str, good: bool, code: str = "E-DI-FORM") -> None:
        if not good:
            where = Where("document", field=f"$.proof[{number}].{name}")
            raise ProofRejected(code, where, found=repr(proof.get(name))[:80])

    need("type", proof.get("type") == PROOF, "E-DI-TYPE")
    suite = _suite(proof, number)
    need("verificationMethod", is_url(proof.get("verificationMethod")), "E-DI-METHOD")
    need("proofPurpose", isinstance(proof.get("proofPurpose"), str))
    for name in ("created", "expires"):
        need(name, name not in proof or seconds_of(proof[name]) is not None, "E-DI-DATE")
    need("id", "id" not in proof or is_url(proof["id"]))
    for name in ("challenge", "nonce"):
        need(name, isinstance(proof.get(name, ""), str))
    for name in ("domain", "previousProof"):
        need(name, name not in proof or bool(_listed(proof[name])))
    need("proofValue", isinstance(proof.get("proofValue"), str) is signed, "E-DI-VALUE")
    return Proved(
        method=proof["verificationMethod"],
        cryptosuite=suite,
        purpose=proof["proofPurpose"],
        created=proof.get("created"),
        expires=proof.get("expires"),
        id=proof.get("id"),
        previous=tuple(_listed(proof.get("previousProof", []))),
    )


def _suite(proof: Json, number: int) -> str:
    """Return the cryptosuite, one of those we read."""
    suite = proof.get("cryptosuite")
    where = Where("document", field=f"$.proof[{number}].cryptosuite")
    if not isinstance(suite, str) or suite not in {*_SUITES, *_KNOWN_NOT_READ}:
        raise ProofRejected("E-DI-SUITE", where, found=repr(suite)[:80], needed=", ".join(_SUITES))
    if suite in _KNOWN_NOT_READ:
        raise ProofRejected("E-DI-SUITE-UNSUPPORTED", where, found=suite)
    return suite


def _listed(value: object) -> list[str]:
    """Return text, or a list of texts that differ, as a list; empty where it is neither."""
    items = value if isinstance(value, list) else [value]
    good = all(isinstance(item, str) and item for item in items) and len(set(map(str, items))) == len(items)
    return [str(item) for item in items] if good else []


def _refuse_purpose(proof: Json, number: int, *, purpose: str, challenge: str | None, domain: str | None) -> None:
    """Refuse a proof made for another purpose, challenge or domain (Data Integrity §4.4, steps 7 to 9)."""
    asked = (
        ("proofPurpose", "E-DI-PURPOSE", purpose, [proof["proofPurpose"]]),
        ("challenge", "E-DI-CHALLENGE", challenge, [proof.get("challenge")]),
        ("domain", "E-DI-DOMAIN", domain, _listed(proof.get("domain"))),
    )
    for name, code, needed, found in asked:
        if needed is not None and needed not in found:
            where = Where("document", field=f"$.proof[{number}].{name}")
            raise ProofRejected(code, where, found=repr(proof.get(name))[:80], needed=needed)


def _refuse_time(one: Proved, now: Decimal | None, number: int, at: datetime | None) -> None:
    """Refuse a proof that was made later or counts no longer (Data Integrity §4.4, step 6)."""
    if now is None:
        return
    where = Where("document", field=f"$.proof[{number}]")
    created, expires = seconds_of(one.created), seconds_of(one.expires)
    if created is not None and now < created:
        raise ProofRejected("E-DI-NOT-YET", where, created=one.created, at=at)
    if expires is not None and now > expires:
        raise ProofRejected("E-DI-EXPIRED", where, expires=one.expires, at=at)


def _earlier(proofs: list[Json], names: Sequence[str], field: str) -> list[Json]:
    """Return the proofs that a chain names, in the order of the document (Data Integrity §4.5, step 5)."""
    found = [proof for proof in proofs if proof.get("id") in names]
    missing = set(names) - {str(proof["id"]) for proof in found}
    if missing:
        raise ProofRejected("E-DI-PREVIOUS", Where("document", field=field), missing=min(missing))
    return found


def _value(proof: Json, number: int) -> bytes:
    """Return the bytes of `proofValue`, base58btc with its "z" and nothing else."""
    where = Where("document", field=f"$.proof[{number}].proofValue")
    try:
        return from_base58btc(proof["proofValue"], LONGEST_VALUE)
    except FootproofError as problem:
        raise ProofRejected("E-DI-VALUE", where, found=proof["proofValue"][:80]) from problem


def _fitting(key: PublicKey, cryptosuite: str) -> str:
    """Return the hash that key and suite ask for; a key of another kind is refused."""
    needed = _SUITES[cryptosuite][1]
    if isinstance(key, Ed25519PublicKey) and needed == "Ed25519":
        return "sha256"
    if isinstance(key, EllipticCurvePublicKey) and needed != "Ed25519":
        if isinstance(key.curve, SECP256R1):
            return "sha256"
        if isinstance(key.curve, SECP384R1):
            return "sha384"
    found = key.curve.name if isinstance(key, EllipticCurvePublicKey) else type(key).__name__
    raise ProofRejected("E-DI-KEY", found=found, needed=needed, cryptosuite=cryptosuite)


def _holds(key: PublicKey, value: bytes, digest: bytes) -> bool:
    """Tell whether a signature of the one length its curve has holds over the joined hashes."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(value, digest)
            return True
        size = key.key_size // 8
        if len(value) != 2 * size:
            return False
        pair = encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))
        key.verify(pair, digest, ECDSA(SHA256() if size == 32 else SHA384()))
    except InvalidSignature:
        return False
    return True


def _signed(key: PrivateKey, digest: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(digest)
    size = key.key_size // 8
    r, s = decode_dss_signature(key.sign(digest, ECDSA(SHA256() if size == 32 else SHA384())))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
