"""SD-JWT: a signed document some of whose members the holder may keep to himself, and what a reader sees of it.

RFC 9901 (Selective Disclosure for JSON Web Tokens), with the media types of VC-JOSE-COSE §3.2. A hidden member leaves
only a digest of [salt, name, value] in the signed text; a hidden element of a list leaves {"...": digest}. Who is given
the disclosure can check it; who is not learns that something stands there, and where, but not what. The rules for
reading are those of RFC 9901 §7.1, all of which refuse; in addition there are limits on number, size and depth.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeAlias

from footproof.canonical import canonical_bytes
from footproof.credential import jose
from footproof.credential.did_key import PublicKey
from footproof.credential.jwk import public_jwk, public_key_of
from footproof.errors import FootproofError, ProofRejected

MOST_DISCLOSURES = 512
MOST_DISCLOSURE = 64 * 1024
MOST_DECOYS = 64
LEAST_SALT = 16
OLDEST_BINDING = timedelta(minutes=10)
CLOCKS_DIFFER = timedelta(minutes=1)

Path: TypeAlias = tuple[str | int, ...]
Salt: TypeAlias = Callable[[], bytes]

# Who hides these takes away what a reader must see to judge the rest (RFC 9901 §9.7, VCDM 2.0 §4).
NEVER_HIDDEN = frozenset(
    {"@context", "type", "issuer", "validFrom", "validUntil", "credentialStatus", "credentialSchema"}
    | {"iss", "exp", "nbf", "cnf", "aud", "nonce"}
)
_HASHES = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
_RESERVED = ("_sd", "...", "_sd_alg")
_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[([0-9]{1,6})\]")


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What a verified SD-JWT says to this reader.

    Args:
        kid: Name of the key that signed it.
        claims: The document without its hidden parts and without `_sd`, `_sd_alg`, `...`.
        shown: Path of each member that could have been hidden and is not, in the order of the document.
        hidden: Path of each object or list that hides something, once for each digest; some may be decoys.
        bound: Whether the holder of the key in `cnf` answered our challenge.
    """

    kid: str
    claims: Mapping[str, Any]
    shown: tuple[Path, ...]
    hidden: tuple[Path, ...]
    bound: bool


def read_path(text: str) -> Path:
    """Return a path from its text.

    Args:
        text: Such as "credentialSubject.phoneNumbers[0].number".

    Raises:
        FootproofError: E-SD-PATH.
    """
    steps: list[str | int] = []
    place = 0
    while place < len(text):
        found = _STEP.match(text, place)
        if found is None:
            raise FootproofError("E-SD-PATH", path=text[:120])
        steps.append(found[1] if found[1] is not None else int(found[2]))
        place = found.end()
    if not steps:
        raise FootproofError("E-SD-PATH", path=text)
    return tuple(steps)


def write_path(path: Path) -> str:
    """Return a path as text.

    Args:
        path: Names of members and places in lists; places count from 0.
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def issue(
    document: Mapping[str, Any],
    hide: Iterable[Path],
    key: jose.PrivateKey,
    kid: str,
    *,
    salt: Salt,
    decoys: int = 0,
    holder: PublicKey | None = None,
    profile: jose.Profile = jose.SD_CREDENTIAL,
) -> bytes:
    """Return a document as SD-JWT with every disclosure, for its holder.

    Args:
        document: Credential or presentation.
        hide: What the holder may hide; a path may lie inside another.
        key: Private key of the issuer.
        kid: Name of the key.
        salt: Gives at least 16 fresh random bytes at each call; randomness is the caller's.
        decoys: Digests of nothing beside each group of hidden ones, so that their number says less.
        holder: Key that a presenter must hold, if any; it goes into `cnf`.
        profile: Kind of token.

    Raises:
        FootproofError: E-SD-PATH where a path leads nowhere; E-SD-NEVER for members that must stay visible;
            E-SD-RESERVED where the document uses names of SD-JWT itself; E-SD-SALT for short or repeated salts;
            E-SD-MANY for too many disclosures; and as `jose.sign`.
    """
    paths = sorted(set(hide), key=lambda path: (-len(path), write_path(path[:-1]), str(path[-1:])))
    if len(paths) > MOST_DISCLOSURES or not 0 <= decoys <= MOST_DECOYS:
        raise FootproofError("E-SD-MANY", found=max(len(paths), decoys), limit=MOST_DISCLOSURES)
    _refuse_reserved(document)
    payload = deepcopy(dict(document))
    salts = _fresh(salt)
    disclosures: list[bytes] = []
    # Deepest first, and each group is closed before the member that holds it is hidden itself.
    for group, members in groupby(paths, key=lambda path: path[:-1]):
        holder_of_members = _at(payload, group)
        for path in members:
            _need_hideable(path)
            disclosures.append(_hide(holder_of_members, path, next(salts)))
        _mix(holder_of_members, [_digest(jose.encode(next(salts)), "sha-256") for _ in range(decoys)])
    if holder is not None:
        payload["cnf"] = {"jwk": public_jwk(holder)}
    token = jose.sign({**payload, "_sd_alg": "sha-256"}, key, kid, profile)
    return b"~".join([token, *disclosures, b""])


def verify(
    token: bytes,
    keys: jose.Keys,
    *,
    nonce: str | None = None,
    audience: str | None = None,
    at: datetime | None = None,
    profile: jose.Profile = jose.SD_CREDENTIAL,
) -> Disclosed:
    """Return what an SD-JWT says to this reader, once everything about it holds (RFC 9901 §7.1 and §7.3).

    Args:
        token: Signed part, disclosures and, where the holder answers a challenge, the key binding.
        keys: As in `jose.verify`.
        nonce: What we asked the holder to sign; with `audience` it makes a key binding necessary.
        audience: Who we are.
        at: Now; where given, the key binding must be fresh.
        profile: Kind of token to expect.

    Raises:
        ProofRejected: As `jose.verify`; E-SD-FORM for disclosures of another form; E-SD-MANY, E-CRED-SIZE beyond the
            limits; E-SD-DUPLICATE where a digest or disclosure stands twice; E-SD-UNREFERENCED for a disclosure that
            nothing signed names; E-SD-RESERVED for names of SD-JWT where none may stand; E-SD-CLASH where a disclosed
            member stands there already; E-SD-HASH for a hash we do not take; E-SD-BINDING where the key binding is
            missing or does not fit; E-CRED-CHALLENGE where it answers another challenge, or one nobody asked.
    """
    parts = _parts(token, profile)
    opened = jose.open_token(parts[0], keys, profile)
    payload = jose.read_object(opened.payload)
    hash_name = _hash_name(payload)
    reader = _Reader(_by_digest(parts[1:-1], hash_name), [], [], set())
    claims = reader.members(payload, ())
    if reader.disclosures:
        raise ProofRejected("E-SD-UNREFERENCED", count=len(reader.disclosures))
    jose.refuse_claims(claims, opened, profile)
    bound = _binding(parts, hash_name, claims, _Asked(nonce, audience, at))
    return Disclosed(opened.kid, claims, tuple(reader.shown), tuple(reader.hidden), bound)


def disclosures(token: bytes) -> dict[Path, int]:
    """Return where each disclosure of an SD-JWT belongs, for its holder; nothing is verified.

    Args:
        token: As issued.

    Returns:
        Number of the disclosure by the path of its member.

    Raises:
        ProofRejected: As `verify`, apart from signature and claims.
    """
    reader, _, known = _unverified(token)
    numbers = {digest: number for number, digest in enumerate(known)}
    return {path: numbers[digest] for path, digest in zip(reader.shown, reader.used, strict=True)}


def claims_of(token: bytes) -> Mapping[str, Any]:
    """Return what an SD-JWT says with all disclosures at hand, for its holder; nothing is verified.

    Args:
        token: As issued.

    Raises:
        ProofRejected: As `disclosures`.
    """
    return _unverified(token)[1]


def unverified(token: bytes) -> Disclosed:
    """Return what an SD-JWT says with the disclosures at hand; nothing is verified, and no key is named.

    Args:
        token: As shown.

    Raises:
        ProofRejected: As `disclosures`.
    """
    reader, claims, _ = _unverified(token)
    return Disclosed("", claims, tuple(reader.shown), tuple(reader.hidden), bound=False)


def _unverified(token: bytes) -> tuple["_Reader", Mapping[str, Any], list[str]]:
    """Return the walk, the claims and the digests of the disclosures in their order."""
    parts = _parts(token, jose.SD_PRESENTATION)
    payload = jose.read_object(jose.decode([*parts[0].split(b"."), b""][1]))
    known = _by_digest(parts[1:-1], _hash_name(payload))
    digests = list(known)
    reader = _Reader(known, [], [], set())
    return reader, reader.members(payload, ()), digests


def select(token: bytes, show: Iterable[Path]) -> bytes:
    """Return an SD-JWT with only the disclosures its holder wants to show, and those they lie in.

    Args:
        token: As issued, or as shown to the holder.
        show: Paths of hidden members.

    Raises:
        FootproofError: E-SD-PATH where no disclosure belongs to a path.
        ProofRejected: As `disclosures`.
    """
    places = disclosures(token)
    wanted: set[int] = set()
    for path in show:
        if path not in places:
            raise FootproofError("E-SD-PATH", path=write_path(path))
        wanted |= {places[path[:length]] for length in range(1, len(path) + 1) if path[:length] in places}
    parts = token.split(b"~")
    kept = [part for number, part in enumerate(parts[1:-1]) if number in wanted]
    return b"~".join([parts[0], *kept, b""])


def bind(token: bytes, key: jose.PrivateKey, nonce: str, audience: str, at: datetime) -> bytes:
    """Return an SD-JWT with the holder's answer to a challenge (RFC 9901 §4.3).

    Args:
        token: As selected; a former answer is replaced.
        key: Private key of the holder, whose public part stands in `cnf`.
        nonce: What the verifier asked to sign.
        audience: Who the verifier is.
        at: Now.

    Raises:
        FootproofError: E-CRED-KEY, E-CANONICAL.
    """
    shown = token[: token.rindex(b"~") + 1]
    payload = jose.read_object(jose.decode(shown.split(b".")[1]))
    sd_hash = _digest(shown, _hash_name(payload))
    claims = {"iat": int(at.timestamp()), "aud": audience, "nonce": nonce, "sd_hash": sd_hash}
    header = {"alg": jose.algorithm_of(key, jose.KEY_BINDING), "typ": jose.KEY_BINDING.type}
    return shown + jose.seal(jose.encode(canonical_bytes(header)), canonical_bytes(claims), key, jose.KEY_BINDING)


# Issuing.


def _fresh(salt: Salt) -> Iterator[bytes]:
    """Yield salts, each long enough and never one twice: a repeated salt lets a reader compare hidden values."""
    seen: set[bytes] = set()
    while True:
        found = salt()
        if len(found) < LEAST_SALT or found in seen:
            raise FootproofError("E-SD-SALT", limit=LEAST_SALT)
        seen.add(found)
        yield found


def _need_hideable(path: Path) -> None:
    name = path[-1] if path else ""
    if name in {"", "@context", *_RESERVED} or path[0] in NEVER_HIDDEN:
        raise FootproofError("E-SD-NEVER", path=write_path(path) or "—")


def _at(payload: Any, path: Path) -> Any:
    """Return the object or list at a path."""
    found = payload
    try:
        for step in path:
            if isinstance(found, list) != isinstance(step, int):
                raise LookupError(step)
            found = found[step]
    except (LookupError, TypeError) as problem:
        raise FootproofError("E-SD-PATH", path=write_path(path)) from problem
    return found


def _hide(parent: Any, path: Path, salt: bytes) -> bytes:
    """Replace a member or element by its digest and return its disclosure."""
    step = path[-1]
    value = _at(parent, (step,))
    text = jose.encode(salt).decode()
    named = [text, step, value] if isinstance(step, str) else [text, value]
    disclosure = jose.encode(canonical_bytes(named))
    if len(disclosure) > MOST_DISCLOSURE:
        raise FootproofError("E-CRED-SIZE", found=len(disclosure), limit=MOST_DISCLOSURE)
    digest = _digest(disclosure, "sha-256")
    if isinstance(step, int):
        parent[step] = {"...": digest}
    else:
        del parent[step]
        parent.setdefault("_sd", []).append(digest)
    return disclosure


def _mix(parent: Any, decoys: list[str]) -> None:
    """Put decoys among the digests of an object, sorted so that their order says nothing, or at the end of a list."""
    if isinstance(parent, list):
        parent.extend({"...": digest} for digest in decoys)
    else:
        parent["_sd"] = sorted([*parent["_sd"], *decoys])


def _refuse_reserved(value: object) -> None:
    layer = [value]
    while layer:
        for each in layer:
            if isinstance(each, Mapping) and not each.keys().isdisjoint(_RESERVED):
                name = next(name for name in _RESERVED if name in each)
                raise FootproofError("E-SD-RESERVED", name=name)
        inner = [item for each in layer if isinstance(each, Mapping) for item in each.values()]
        inner += [item for each in layer if isinstance(each, list) for item in each]
        layer = [item for item in inner if isinstance(item, Mapping | list)]


def _digest(data: bytes, hash_name: str) -> str:
    return jose.encode(_HASHES[hash_name](data).digest()).decode()


# Reading.


def _parts(token: bytes, profile: jose.Profile) -> list[bytes]:
    if len(token) > 4 * profile.most:
        raise ProofRejected("E-CRED-SIZE", found=len(token), limit=4 * profile.most)
    parts = token.split(b"~")
    if len(parts) < 2:
        raise ProofRejected("E-SD-FORM", reason="no ~ ends the signed part")
    if len(parts) - 2 > MOST_DISCLOSURES:
        raise ProofRejected("E-SD-MANY", found=len(parts) - 2, limit=MOST_DISCLOSURES)
    if any(len(part) > MOST_DISCLOSURE for part in parts[1:]):
        raise ProofRejected("E-CRED-SIZE", found=max(map(len, parts[1:])), limit=MOST_DISCLOSURE)
    return parts


def _hash_name(payload: dict[str, Any]) -> str:
    """Take the name of the hash out of a payload; SHA-256 where it says none."""
    found = payload.pop("_sd_alg", "sha-256")
    if not isinstance(found, str) or found not in _HASHES:
        raise ProofRejected("E-SD-HASH", found=found, needed=", ".join(_HASHES))
    return found


def _by_digest(parts: list[bytes], hash_name: str) -> dict[str, list[Any]]:
    """Return the disclosures by their digest."""
    found: dict[str, list[Any]] = {}
    for part in parts:
        disclosure = jose.read_json(jose.decode(part))
        named = isinstance(disclosure, list) and len(disclosure) == 3
        if not named and not (isinstance(disclosure, list) and len(disclosure) == 2):
            raise ProofRejected("E-SD-FORM", reason="a disclosure is no list of two or three")
        if not isinstance(disclosure[0], str) or (named and not isinstance(disclosure[1], str)):
            raise ProofRejected("E-SD-FORM", reason="salt or name of a disclosure is no text")
        if named and disclosure[1] in _RESERVED:
            raise ProofRejected("E-SD-RESERVED", name=disclosure[1])
        digest = _digest(part, hash_name)
        if digest in found:
            raise ProofRejected("E-SD-DUPLICATE", digest=digest)
        found[digest] = disclosure
    return found


@dataclass(slots=True)
class _Reader:
    """Walks the signed payload, putting disclosures in place; each is used once and taken from `disclosures`."""

    disclosures: dict[str, list[Any]]
    shown: list[Path]
    hidden: list[Path]
    seen: set[str]
    used: list[str] = field(default_factory=list)

    def value(self, value: Any, path: Path) -> Any:
        if len(path) > jose.DEEPEST:
            raise ProofRejected("E-SD-FORM", reason=f"nested deeper than {jose.DEEPEST}")
        if isinstance(value, dict):
            return self.members(value, path)
        return self.elements(value, path) if isinstance(value, list) else value

    def members(self, record: Mapping[str, Any], path: Path) -> dict[str, Any]:
        for name in ("...", "_sd_alg"):
            if name in record:
                raise ProofRejected("E-SD-RESERVED", name=name)
        found = {name: self.value(value, (*path, name)) for name, value in record.items() if name != "_sd"}
        digests = record.get("_sd", [])
        if not isinstance(digests, list) or not all(isinstance(digest, str) for digest in digests):
            raise ProofRejected("E-SD-FORM", reason="_sd is no list of texts")
        for digest in digests:
            disclosure = self.take(digest, 3)
            if disclosure is None:
                self.hidden.append(path)
                continue
            name = disclosure[1]
            if name in found:
                raise ProofRejected("E-SD-CLASH", path=write_path((*path, name)))
            self.shown.append((*path, name))
            found[name] = self.value(disclosure[2], (*path, name))
        return found

    def elements(self, items: Sequence[Any], path: Path) -> Sequence[Any]:
        found: list[Any] = []
        for index, item in enumerate(items):
            place = (*path, index)
            if not (isinstance(item, dict) and "..." in item):
                found.append(self.value(item, place))
                continue
            if len(item) != 1 or not isinstance(item["..."], str):
                raise ProofRejected("E-SD-FORM", reason="an element of digests holds more than ...")
            disclosure = self.take(item["..."], 2)
            if disclosure is None:
                self.hidden.append(path)
                continue
            self.shown.append(place)
            found.append(self.value(disclosure[1], place))
        return found

    def take(self, digest: str, size: int) -> Sequence[Any] | None:
        """Return the disclosure of a digest, or None where it was not handed over."""
        if digest in self.seen:
            raise ProofRejected("E-SD-DUPLICATE", digest=digest[:64])
        self.seen.add(digest)
        disclosure = self.disclosures.pop(digest, None)
        if disclosure is None:
            return None
        if len(disclosure) != size:
            raise ProofRejected("E-SD-FORM", reason=f"a disclosure of {len(disclosure)} where {size} belong")
        self.used.append(digest)
        return disclosure


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a verifier asked of the holder."""

    nonce: str | None
    audience: str | None
    at: datetime | None


def _binding(parts: list[bytes], hash_name: str, claims: Mapping[str, Any], asked: _Asked) -> bool:
    """Return whether the holder answered our challenge; refuse a wrong answer, and one nobody asked for."""
    if (asked.nonce is None) != (asked.audience is None):
        raise FootproofError("E-SD-BINDING", reason="nonce and audience go together")
    if asked.nonce is None:
        if parts[-1]:
            raise ProofRejected("E-CRED-CHALLENGE", field="nonce", found="—", needed="—")
        return False
    if not parts[-1]:
        raise ProofRejected("E-SD-BINDING", reason="the holder's answer is missing")
    key = _holder_key(claims)
    answer = jose.read_object(jose.open_token(parts[-1], lambda _, __: key, jose.KEY_BINDING).payload)
    needed = {
        "sd_hash": _digest(b"~".join([*parts[:-1], b""]), hash_name),
        "nonce": asked.nonce,
        "aud": asked.audience,
    }
    for name, value in needed.items():
        if answer.get(name) != value:
            raise ProofRejected("E-CRED-CHALLENGE", field=name, found=answer.get(name), needed=value)
    _need_fresh(answer.get("iat"), asked.at)
    return True


def _holder_key(claims: Mapping[str, Any]) -> PublicKey:
    confirmation = claims.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, Mapping) else None
    if not isinstance(jwk, Mapping):
        raise ProofRejected("E-SD-BINDING", reason="the issuer named no key of the holder in cnf.jwk")
    try:
        return public_key_of(jwk)
    except FootproofError as problem:
        raise ProofRejected("E-SD-BINDING", reason=str(problem)) from problem


def _need_fresh(issued: object, at: datetime | None) -> None:
    if type(issued) is not int:
        raise ProofRejected("E-SD-BINDING", reason="iat is no whole number")
    if at is not None:
        age = at.timestamp() - issued
        if not -CLOCKS_DIFFER.total_seconds() <= age <= OLDEST_BINDING.total_seconds():
            raise ProofRejected(
                "E-SD-BINDING", reason=f"the answer was signed at {issued}, now is {int(at.timestamp())}"
            )
