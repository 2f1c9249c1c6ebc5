"""The envelope: credentials and presentations as JWS compact tokens, signed with ECDSA or Ed25519.

W3C Securing Verifiable Credentials using JOSE and COSE (2025-05-15) §3, RFC 7515, RFC 7518 §3.4, RFC 8037, RFC 9864,
RFC 8725. A *profile* says what a token of one kind may look like. Our certificates have an exact one: two algorithms,
four header members and no other. Tokens of others are read under an open one: header members that are not understood
are ignored, as the standard wants, except those that would change how the token is read or bring a key along.

The payload is the credential itself; there is no `vc` claim. The bytes are read only after the signature holds, and
then by one reader that allows no duplicate key and no float. Signatures go straight to `cryptography`: the header is
already checked by rules stricter than a JOSE library's, and joserfc, PyJWT and jose for Node check us in the tests.

An ECDSA signature (r, s) has a twin (r, n - s), which is also valid. A token's own digest is therefore no name for a
certificate; its payload is.
"""

import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from footproof.canonical import canonical_bytes
from footproof.credential.did_key import PublicKey
from footproof.credential.moment import read_moment
from footproof.errors import FootproofError, ProofRejected

MOST_PAYLOAD = 256 * 1024
MOST_HEADER = 2048
DEEPEST = 64

PrivateKey: TypeAlias = EllipticCurvePrivateKey | Ed25519PrivateKey
FindKey: TypeAlias = Callable[[str, str], PublicKey]
Keys: TypeAlias = Mapping[str, PublicKey] | FindKey

ASSERTION = "assertionMethod"
AUTHENTICATION = "authentication"

_EDDSA = "EdDSA"
# RFC 9864 renames EdDSA over Ed25519 to "Ed25519"; most readers still know only the old name, so that is what we write.
_ED25519_NAMES = frozenset({_EDDSA, "Ed25519"})
# Curve by its name in `cryptography`: algorithm (RFC 7518 §3.1), how it hashes, size of r and of s. [bytes]
_CURVES = {
    "secp256r1": ("ES256", ECDSA(SHA256()), 32),
    "secp384r1": ("ES384", ECDSA(SHA384()), 48),
    "secp521r1": ("ES512", ECDSA(SHA512()), 66),
}
_SIZES = {name: 2 * size for name, _, size in _CURVES.values()} | dict.fromkeys(_ED25519_NAMES, 64)
_KEY_NAMES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", _EDDSA: "Ed25519", "Ed25519": "Ed25519"}


@dataclass(frozen=True, eq=False)
class Profile:
    """What tokens of one kind look like.

    Args:
        type: Media type in `typ`, without "application/".
        content: What `cty` may say, where it stands.
        algorithms: Names allowed in `alg`.
        exact: Only alg, cty, kid and typ may stand in the header, `kid` must, and a type is spelled in one way.
        party: Member of the payload that says who signs: "issuer", "holder", or "" where none does.
        purpose: What the key must be meant for.
        most: Largest payload. [bytes]
    """

    type: str
    content: str | None
    algorithms: frozenset[str]
    exact: bool = False
    party: str = "issuer"
    purpose: str = ASSERTION
    most: int = MOST_PAYLOAD
    types: frozenset[str] = field(init=False)
    contents: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        contents = {self.content} if self.content else set()
        spelled = ("",) if self.exact else ("", "application/")
        object.__setattr__(self, "types", frozenset(f"{start}{self.type}" for start in spelled))
        object.__setattr__(self, "contents", frozenset(f"{start}{each}" for start in spelled for each in contents))


_ALL = frozenset(_SIZES)
CERTIFICATE = Profile("vc+jwt", "vc", frozenset({"ES256", _EDDSA}), exact=True)
CREDENTIAL = Profile("vc+jwt", "vc", _ALL)
PRESENTATION = Profile("vp+jwt", "vp", _ALL, party="holder", purpose=AUTHENTICATION, most=4 * MOST_PAYLOAD)
SD_CREDENTIAL = Profile("vc+sd-jwt", "vc", _ALL)
SD_PRESENTATION = Profile("vp+sd-jwt", "vp", _ALL, party="holder", purpose=AUTHENTICATION, most=4 * MOST_PAYLOAD)
KEY_BINDING = Profile("kb+jwt", None, _ALL, party="", purpose=AUTHENTICATION, most=MOST_HEADER)

# Where these stand, a reader that ignores them reads another token, or one under a key the attacker brought along.
_DANGEROUS = ("crit", "b64", "zip", "enc", "jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256")
_HEADER = frozenset({"alg", "typ", "cty", "kid"})
_WRAPPERS = ("vc", "vp")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a verified token says.

    Args:
        kid: Name of the key that signed it.
        credential: The payload; figures are integers or Decimals, never floats.
        algorithm: Name in `alg`.
    """

    kid: str
    credential: Mapping[str, Any]
    algorithm: str = "ES256"


@dataclass(frozen=True, slots=True)
class Opened:
    """A token whose signature holds; nothing of its payload is read yet.

    Args:
        kid: Name of the key that signed it.
        payload: The bytes that were signed.
        header: The protected header.
    """

    kid: str
    payload: bytes
    header: Mapping[str, Any]


def sign(credential: Mapping[str, object], key: PrivateKey, kid: str, profile: Profile = CERTIFICATE) -> bytes:
    """Return a credential or presentation as a signed token, its claims in canonical order.

    Args:
        credential: VCDM 2.0 document of text, integers, booleans, lists and objects.
        key: Its kind decides the algorithm: P-256 gives ES256, Ed25519 gives EdDSA.
        kid: Name under which a verifier finds the public key.
        profile: Kind of token.

    Raises:
        FootproofError: E-CRED-KEY where the profile has no algorithm for the key; E-CANONICAL where the credential
            holds a float or has no single byte form; E-CRED-SIZE where no verifier of ours would read it.
    """
    start = header_segment(key, kid, profile)
    return seal(start, canonical_bytes(credential), key, profile)


def header_segment(key: PrivateKey, kid: str, profile: Profile) -> bytes:
    """Return the first part of every token of one kind under one key.

    Args:
        key: Its kind decides the algorithm.
        kid: Name of the key.
        profile: Kind of token.

    Raises:
        FootproofError: E-CRED-KEY, E-CRED-SIZE.
    """
    return _header_segment(algorithm_of(key, profile), kid, profile)


def seal(start: bytes, payload: bytes, key: PrivateKey, profile: Profile) -> bytes:
    """Return the token of a header segment and a payload.

    Args:
        start: From `header_segment` for the same key.
        payload: Bytes to sign.
        key: Private key.
        profile: Kind of token.

    Raises:
        FootproofError: E-CRED-SIZE.
    """
    if len(payload) > profile.most:
        raise FootproofError("E-CRED-SIZE", found=len(payload), limit=profile.most)
    signed = start + b"." + encode(payload)
    return signed + b"." + encode(_signature(signed, key))


def verify(token: bytes, keys: Keys, profile: Profile = CERTIFICATE) -> Signed:
    """Return what a token says, once its signature holds under the key it names.

    Args:
        token: The compact form and nothing else: no white space, no line end.
        keys: Public keys the caller trusts, by `kid`; or a function of the name and the purpose that finds one.
        profile: Kind of token to expect; there is no guessing.

    Raises:
        ProofRejected: E-CRED-FORM where the token or its JSON has not exactly one reading; E-CRED-SIZE where it is too
            large; E-CRED-HEADER for another type, algorithm or header member; E-CRED-UNKNOWN-KEY where no key is known
            by that name; E-CRED-SIGNATURE where the signature does not hold; E-CRED-CLAIMS for a wrapped credential or
            registered claims that contradict it; E-CRED-ISSUER where a key of one party signed for another.
        FootproofError: E-CRED-KEY where the profile has no algorithm for the caller's key.
    """
    opened = open_token(token, keys, profile)
    return Signed(opened.kid, read_opened(opened, profile), opened.header["alg"])


def open_token(token: bytes, keys: Keys, profile: Profile) -> Opened:
    """Return header and payload of a token whose signature holds; the payload is not read.

    Args:
        token: The compact form and nothing else.
        keys: As in `verify`.
        profile: Kind of token to expect.

    Raises:
        ProofRejected: E-CRED-FORM, E-CRED-SIZE, E-CRED-HEADER, E-CRED-UNKNOWN-KEY, E-CRED-SIGNATURE as in `verify`.
        FootproofError: E-CRED-KEY.
    """
    if len(token) > (profile.most + MOST_HEADER) * 4 // 3 + 256:
        raise ProofRejected("E-CRED-SIZE", found=len(token), limit=profile.most)
    signed, _, end = token.rpartition(b".")
    start, mark, middle = signed.partition(b".")
    if not mark or b"." in middle:
        raise ProofRejected("E-CRED-FORM", reason=f"{token.count(b'.') + 1} parts between dots, not 3")
    if len(start) > MOST_HEADER * 4 // 3 + 2:
        raise ProofRejected("E-CRED-SIZE", found=len(start), limit=MOST_HEADER)
    payload, signature = decode(middle), decode(end)
    if len(payload) > profile.most:
        raise ProofRejected("E-CRED-SIZE", found=len(payload), limit=profile.most)
    header = _header(start, profile)
    kid, algorithm = header.get("kid") or header.get("iss", ""), header["alg"]
    if len(signature) != _SIZES[algorithm]:
        reason = f"the signature has {len(signature)} bytes, not {_SIZES[algorithm]}"
        raise ProofRejected("E-CRED-FORM", reason=reason)
    key = find_key(keys, kid, profile.purpose)
    needed = algorithm_of(key, profile)
    if algorithm != needed and not {algorithm, needed} <= _ED25519_NAMES:
        raise ProofRejected("E-CRED-HEADER", field="alg", found=algorithm, needed=needed)
    if not _holds(signed, signature, key):
        raise ProofRejected("E-CRED-SIGNATURE", kid=kid)
    return Opened(kid, payload, header)


def read_opened(opened: Opened, profile: Profile) -> dict[str, Any]:
    """Return what a token says whose signature holds.

    Args:
        opened: The token.
        profile: Its kind.

    Raises:
        ProofRejected: E-CRED-FORM, E-CRED-CLAIMS, E-CRED-ISSUER as in `verify`.
    """
    credential = read_object(opened.payload)
    refuse_claims(credential, opened, profile)
    return credential


def payload_of(token: bytes) -> dict[str, Any]:
    """Return what a token says, without a look at its signature: to find what belongs to it, never to believe it.

    Args:
        token: Header, payload and signature.

    Raises:
        ProofRejected: E-CRED-FORM, E-CRED-SIZE.
    """
    parts = token.split(b".")
    if len(parts) != 3:
        raise ProofRejected("E-CRED-FORM", reason=f"{len(parts)} parts, not 3")
    payload = decode(parts[1])
    if len(payload) > MOST_PAYLOAD:
        raise ProofRejected("E-CRED-SIZE", found=len(payload), limit=MOST_PAYLOAD)
    return read_object(payload)


def find_key(keys: Keys, kid: str, purpose: str) -> PublicKey:
    """Return the public key of a name.

    Args:
        keys: As in `verify`.
        kid: Name in the token.
        purpose: Such as "assertionMethod".

    Raises:
        ProofRejected: E-CRED-UNKNOWN-KEY.
    """
    if not isinstance(keys, Mapping):
        return keys(kid, purpose)
    if kid not in keys:
        raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=kid)
    return keys[kid]


def algorithm_of(key: PrivateKey | PublicKey, profile: Profile) -> str:
    """Return the algorithm that goes with a key.

    Args:
        key: Private or public key.
        profile: Kind of token.

    Raises:
        FootproofError: E-CRED-KEY where the profile has none.
    """
    curve = getattr(key, "curve", None)
    if curve is None and isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
        name, found = _EDDSA, "Ed25519"
    else:
        found = getattr(curve, "name", type(key).__name__)
        name = _CURVES[found][0] if found in _CURVES else ""
    if name not in profile.algorithms:
        needed = ", ".join(sorted({_KEY_NAMES[each] for each in profile.algorithms}))
        raise FootproofError("E-CRED-KEY", found=found, needed=needed)
    return name


def read_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object that every reader understands alike.

    Args:
        data: UTF-8 without byte order mark.

    Raises:
        ProofRejected: E-CRED-FORM for a duplicate key, NaN or Infinity, trailing text, wrong UTF-8, nesting deeper than
            64, or anything but an object.
    """
    found = read_json(data)
    if not isinstance(found, dict):
        raise ProofRejected("E-CRED-FORM", reason="the JSON is not an object")
    return found


def read_json(data: bytes) -> Any:  # JSON has no narrower type
    """Read one JSON value under the rules of `read_object`.

    Args:
        data: UTF-8 without byte order mark.

    Raises:
        ProofRejected: E-CRED-FORM.
    """
    try:
        found = _DECODER.decode(data.decode("utf-8"))
        if data.count(b"{") + data.count(b"[") > DEEPEST:
            _refuse_depth(found)
    except (ValueError, ArithmeticError, RecursionError) as problem:
        raise ProofRejected("E-CRED-FORM", reason=str(problem)[:200]) from problem
    return found


def refuse_claims(credential: Mapping[str, Any], opened: Opened, profile: Profile) -> None:
    """Refuse wrapped credentials, claims that contradict the credential, and a key that belongs to another party.

    Args:
        credential: What the token says.
        opened: The token.
        profile: Its kind.

    Raises:
        ProofRejected: E-CRED-CLAIMS, E-CRED-ISSUER.
    """
    for wrapper in _WRAPPERS:
        if wrapper in credential:
            raise ProofRejected("E-CRED-CLAIMS", claim=wrapper)
    party = party_of(credential, profile)
    said = {"iss": party, "jti": credential.get("id")}
    subject = credential.get("credentialSubject")
    if isinstance(subject, dict) and "id" in subject and not profile.exact:
        said["sub"] = subject["id"]
    for claim, needed in said.items():
        # A holder need not be named; then `iss` is the only name there is.
        if claim in credential and credential[claim] != needed and not (needed is None and claim == "iss"):
            raise ProofRejected("E-CRED-CLAIMS", claim=claim)
    if "iss" in opened.header and opened.header["iss"] != (credential.get("iss") if party is None else party):
        raise ProofRejected("E-CRED-CLAIMS", claim="iss")
    # A certificate's key is compared by `securing`, which knows what the certificate says.
    # A name that is no URL says nothing of whose it is: whoever handed over the keys by such names vouches for them.
    controller = opened.kid.partition("#")[0]
    if not profile.exact and ":" in controller and party is not None and controller != party:
        raise ProofRejected("E-CRED-ISSUER", kid=opened.kid, issuer=party)


def need_time(document: Mapping[str, Any], at: datetime) -> None:
    """Refuse a document at a moment outside the times it states: nbf and exp, validFrom and validUntil.

    Args:
        document: What a token says.
        at: The moment to ask about, with a time zone.

    Raises:
        ProofRejected: E-CRED-NOT-YET, E-CRED-EXPIRED; E-CRED-CLAIMS where a time is none.
    """
    for start, end in (("nbf", "exp"), ("validFrom", "validUntil")):
        begins, ends = (_moment(document, claim) for claim in (start, end))
        if begins is not None and at < begins:
            raise ProofRejected("E-CRED-NOT-YET", at=at, valid_from=begins)
        if ends is not None and at > ends:
            raise ProofRejected("E-CRED-EXPIRED", at=at, valid_until=ends)


def _moment(document: Mapping[str, Any], claim: str) -> datetime | None:
    if claim not in document:
        return None
    value = document[claim]
    if claim in {"nbf", "exp"}:
        # NumericDate (RFC 7519 §2); seconds beyond the year 9999 are no moment.
        whole = type(value) in {int, Decimal} and 0 <= value < 253402300800
        found = datetime.fromtimestamp(int(value), UTC) if whole else None
    else:
        found = read_moment(value)
    if found is None:
        raise ProofRejected("E-CRED-CLAIMS", claim=claim)
    return found


def party_of(document: Mapping[str, Any], profile: Profile) -> str | None:
    """Return who a document says has signed it: its issuer or its holder, by identifier.

    Args:
        document: Credential or presentation.
        profile: Its kind.
    """
    party = document.get(profile.party)
    return cast("str | None", party.get("id") if isinstance(party, dict) else party)


def encode(data: bytes) -> bytes:
    """Return bytes as base64url without padding (RFC 7515 §2).

    Args:
        data: Any bytes.
    """
    # Letters 62 and 63 are rare, so that to replace them takes less than to look up every letter in a table.
    plain = binascii.b2a_base64(data, newline=False).rstrip(b"=")
    return plain.replace(b"+", b"-").replace(b"/", b"_")


def decode(segment: bytes) -> bytes:
    """Decode base64url without padding, refusing a last letter with bits that say nothing (RFC 4648 §3.5).

    Args:
        segment: Letters, nothing else.

    Raises:
        ProofRejected: E-CRED-FORM.
    """
    try:
        if b"+" in segment or b"/" in segment or b"=" in segment:
            raise ValueError("plain base64, or padding, is no base64url")
        plain = segment.replace(b"-", b"+").replace(b"_", b"/")
        data = binascii.a2b_base64(plain + b"=" * (-len(segment) % 4), strict_mode=True)
        if not data:
            raise ValueError("a part is empty")
        rest = len(data) % 3
        if rest and encode(data[-rest:])[-1:] != segment[-1:]:
            raise ValueError("a part has a second spelling in base64url")
    except ValueError as problem:
        raise ProofRejected("E-CRED-FORM", reason=str(problem)) from problem
    return data


@lru_cache(maxsize=256)
def _header_segment(algorithm: str, kid: str, profile: Profile) -> bytes:
    header = {"alg": algorithm, "kid": kid, "typ": profile.type}
    data = canonical_bytes(header | ({"cty": profile.content} if profile.content else {}))
    if len(data) > MOST_HEADER:
        raise FootproofError("E-CRED-SIZE", found=len(data), limit=MOST_HEADER)
    return encode(data)


@lru_cache(maxsize=256)  # One body signs many certificates; what is refused is not kept.
def _header(segment: bytes, profile: Profile) -> Mapping[str, Any]:
    """Return a header that says nothing we would have to obey and do not understand."""
    data = decode(segment)
    if len(data) > MOST_HEADER:
        raise ProofRejected("E-CRED-SIZE", found=len(data), limit=MOST_HEADER)
    header = read_object(data)
    refused = sorted(header.keys() - _HEADER) if profile.exact else [name for name in _DANGEROUS if name in header]
    if refused:
        raise ProofRejected("E-CRED-HEADER", field=refused[0], found=header[refused[0]], needed="—")
    _need(header, "alg", profile.algorithms)
    _need(header, "typ", profile.types)
    if "cty" in header:
        _need(header, "cty", profile.contents)
    # A key binding names no key: the caller holds the one that the issuer named.
    name = "kid" if "kid" in header or profile.exact or "iss" not in header else "iss"
    if (profile.party or name in header) and (not isinstance(header.get(name), str) or not header[name]):
        raise ProofRejected("E-CRED-HEADER", field=name, found=header.get(name), needed="text")
    return MappingProxyType(header)


def _need(header: Mapping[str, Any], field: str, allowed: frozenset[str]) -> None:
    found = header.get(field)
    if not isinstance(found, str) or found not in allowed:
        raise ProofRejected("E-CRED-HEADER", field=field, found=found, needed=", ".join(sorted(allowed)) or "—")


def _signature(data: bytes, key: PrivateKey) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    _, scheme, size = _CURVES[key.curve.name]
    r, s = decode_dss_signature(key.sign(data, scheme))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _holds(data: bytes, signature: bytes, key: PublicKey) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
            return True
        _, scheme, size = _CURVES[key.curve.name]
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        key.verify(encode_dss_signature(r, s), data, scheme)
    except InvalidSignature:
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_depth(found: object) -> None:
    layer = [found]
    for _ in range(DEEPEST):
        inner = [item for each in layer if isinstance(each, dict) for item in each.values()]
        inner += [item for each in layer if isinstance(each, list) for item in each]
        layer = [item for item in inner if isinstance(item, dict | list)]
        if not layer:
            return
    raise ValueError(f"nested deeper than {DEEPEST}")


def _whole(text: str) -> int | Decimal:
    """Return an integer, and -0 as the figure with a sign that it is to some readers: where 0 is due it is another."""
    return Decimal(text) if text == "-0" else int(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=_whole, parse_float=Decimal, parse_constant=_no_constant)
