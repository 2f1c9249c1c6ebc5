"""The parameters of a did:webvh log entry: their forms, their defaults, and when a change takes effect.

did:webvh 1.0 §"did:webvh DID Method Parameters", §"DID Witnesses", §"Pre-Rotation". Everything outside the listed forms
is refused; null is no value. A witness list that replaces another takes effect after its entry, so the old witnesses
approve their own replacement; a first list takes effect at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from footproof.credential.webvh_proof import is_multihash, multihash, update_key
from footproof.errors import ProofRejected

METHOD = "did:webvh:1.0"
MOST_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who has to approve an entry.

    Args:
        threshold: How many of them; 0 where there are none.
        keys: Multikey texts.
    """

    threshold: int = 0
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is in force after an entry.

    Args:
        scid: Self-certifying identifier.
        update_keys: Multikey texts that may sign the next entry, unless pre-rotation is active.
        next_key_hashes: Multihashes of the keys that may appear next; empty without pre-rotation.
        witnesses: Who approves the next entry.
        watchers: Addresses that keep copies.
        portable: Whether the DID may move to another host.
        deactivated: Whether the DID has ended.
        ttl: How long a resolved document may be kept. [s]
    """

    scid: str
    update_keys: tuple[str, ...] = ()
    next_key_hashes: tuple[str, ...] = ()
    witnesses: Witnesses = Witnesses()
    watchers: tuple[str, ...] = ()
    portable: bool = False
    deactivated: bool = False
    ttl: int = 3600


def first(stated: object, version: str) -> Parameters:
    """Return the parameters of a first entry.

    Args:
        stated: The member `parameters`.
        version: Entry, for the error.

    Raises:
        ProofRejected: E-WEBVH-METHOD where the method version is not 1.0; E-WEBVH-PARAMETER for a missing or unknown
            member or another form; E-WEBVH-WITNESS-TWICE and E-WEBVH-THRESHOLD for a witness list that asks for
            less than it shows.
    """
    read = _read(stated, version)
    if _method(stated, None) != METHOD:
        raise ProofRejected("E-WEBVH-METHOD", version=version, found=str(_method(stated, None))[:100])
    for member in ("scid", "update_keys"):
        if not read.get(member):
            raise ProofRejected("E-WEBVH-PARAMETER", version=version, field=member, found="—")
    return Parameters(**read)


def following(before: Parameters, stated: object, version: str) -> Parameters:
    """Return the parameters after a later entry.

    Args:
        before: Those in force before it.
        stated: The member `parameters`.
        version: Entry, for the error.

    Raises:
        ProofRejected: As `first`; E-WEBVH-PREROTATION where promised keys are not shown, or no new promise is stated;
            E-WEBVH-PORTABLE where a DID that was fixed is to become portable.
    """
    read = _read(stated, version)
    if _method(stated, METHOD) != METHOD:
        raise ProofRejected("E-WEBVH-METHOD", version=version, found=str(_method(stated, METHOD))[:100])
    if "scid" in read:
        raise ProofRejected("E-WEBVH-PARAMETER", version=version, field="scid", found=read["scid"])
    if read.get("portable") and not before.portable:
        raise ProofRejected("E-WEBVH-PORTABLE", version=version, reason="portable: false → true")
    if before.next_key_hashes:
        _refuse_unpromised(before, read, version)
    return replace(before, **read)


def signers(before: Parameters | None, after: Parameters) -> tuple[str, ...]:
    """Return the keys that may sign an entry: the promised ones it shows, else those in force before it."""
    if before is None or before.next_key_hashes:
        return after.update_keys
    return before.update_keys


def approvers(before: Parameters | None, after: Parameters) -> Witnesses:
    """Return who has to approve an entry."""
    if before is None or not before.witnesses.threshold:
        return after.witnesses
    return before.witnesses


def _method(stated: object, unsaid: object) -> object:
    """Return the method version that an entry states."""
    return stated.get("method", unsaid) if isinstance(stated, Mapping) else None


def _refuse_unpromised(before: Parameters, read: Mapping[str, Any], version: str) -> None:
    for member in ("update_keys", "next_key_hashes"):
        if member not in read:
            raise ProofRejected("E-WEBVH-PREROTATION", version=version, reason=f"{member} is missing")
    for key in read["update_keys"]:
        if multihash(key.encode("ascii")) not in before.next_key_hashes:
            raise ProofRejected("E-WEBVH-PREROTATION", version=version, reason=key)


def _read(stated: object, version: str) -> dict[str, Any]:
    """Return the members that an entry states, each in its form."""
    if not isinstance(stated, Mapping):
        raise ProofRejected("E-WEBVH-PARAMETER", version=version, field="parameters", found="—")
    found: dict[str, Any] = {}
    for member, value in stated.items():
        if member == "method":
            continue
        if member == "witness":
            found["witnesses"] = _witnesses(value, version)
            continue
        name, read = _FORMS.get(member, ("", _never))
        try:
            found[name] = read(value)
        except ValueError as problem:
            shown = str(value)[:100]
            raise ProofRejected("E-WEBVH-PARAMETER", version=version, field=member[:100], found=shown) from problem
    return found


def _witnesses(value: object, version: str) -> Witnesses:
    if value == {}:
        return Witnesses()
    if not isinstance(value, Mapping) or value.keys() != {"threshold", "witnesses"}:
        raise ProofRejected("E-WEBVH-PARAMETER", version=version, field="witness", found=str(value)[:100])
    threshold, stated = value["threshold"], value["witnesses"]
    if not isinstance(stated, list) or not 0 < len(stated) <= MOST_ITEMS:
        raise ProofRejected("E-WEBVH-PARAMETER", version=version, field="witness", found=str(value)[:100])
    keys: list[str] = []
    for item in stated:
        # The specification wants a did:key; one of five implementations writes the Multikey alone.
        text = item.get("id") if isinstance(item, Mapping) and item.keys() == {"id"} else None
        key = text.removeprefix("did:key:") if isinstance(text, str) else None
        if key is None or update_key(key) is None:
            raise ProofRejected("E-WEBVH-PARAMETER", version=version, field="witness", found=str(item)[:100])
        keys.append(key)
    if len(set(keys)) < len(keys):
        raise ProofRejected("E-WEBVH-WITNESS-TWICE", version=version, count=len(keys), different=len(set(keys)))
    if not isinstance(threshold, int) or isinstance(threshold, bool) or not 1 <= threshold <= len(keys):
        raise ProofRejected("E-WEBVH-THRESHOLD", version=version, found=str(threshold)[:100], count=len(keys))
    return Witnesses(threshold, frozenset(keys))


def _texts(fits: Callable[[object], bool]) -> Callable[[object], tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > MOST_ITEMS or not all(map(fits, value)):
            raise ValueError
        if len(set(value)) < len(value):
            raise ValueError
        return tuple(value)

    return read


def _scid(value: object) -> str:
    if not is_multihash(value):
        raise ValueError
    return str(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _seconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError
    return value


def _never(value: object) -> object:
    raise ValueError(value)


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 1000


_FORMS: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "scid": ("scid", _scid),
    "updateKeys": ("update_keys", _texts(lambda item: update_key(item) is not None)),
    # Extra texts are allowed here that are no hash of anything, as decoys.
    "nextKeyHashes": ("next_key_hashes", _texts(_text)),
    "watchers": ("watchers", _texts(_text)),
    "portable": ("portable", _flag),
    "deactivated": ("deactivated", _flag),
    "ttl": ("ttl", _seconds),
}
