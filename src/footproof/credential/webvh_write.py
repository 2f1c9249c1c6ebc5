"""Write a did:webvh log: create, update, rotate keys, move, deactivate; and approve an entry as a witness.

did:webvh 1.0 §"Create (Register)", §"Update (Rotate)", §"Deactivate (Revoke)", §"DID Witnesses". Pure: keys and moments
come in, the new content of `did.jsonl` goes out. Whatever is written is read back by the checks of `did_webvh` first,
so that no log leaves here that a reader would refuse.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from footproof.canonical import canonical_bytes
from footproof.credential.did_key import multikey
from footproof.credential.did_webvh import PLACEHOLDER, PREFIX, History, entry_hash, history, scid_of
from footproof.credential.jose import read_object
from footproof.credential.moment import write_moment
from footproof.credential.webvh_parameters import METHOD
from footproof.credential.webvh_proof import canonical, multihash, prove
from footproof.errors import FootproofError

Keys = Sequence[Ed25519PublicKey]


def create(
    place: str,
    document: Mapping[str, Any],
    key: Ed25519PrivateKey,
    moment: datetime,
    *,
    update_keys: Keys = (),
    next_keys: Keys = (),
    witnesses: tuple[int, Keys] | None = None,
    portable: bool = False,
) -> tuple[str, bytes]:
    """Return a new DID and its log of one entry.

    Args:
        place: Where it will lie, as in the DID: `body.example`, `body.example%3A8443:registry`.
        document: The DID document without `id`; `{SCID}` stands wherever the SCID will. Names that start with "#" need
            none.
        key: Signs the entry; one of the update keys.
        moment: From when the entry holds.
        update_keys: Who may sign the next entry; the key alone if left out.
        next_keys: Keys promised for the next entry (pre-rotation); none if left out.
        witnesses: How many of which keys have to approve each entry.
        portable: Whether the DID may move later; it can never be allowed afterwards.

    Raises:
        ProofRejected: The code of the defect, where no reader would accept the entry.
    """
    parameters = {
        "method": METHOD,
        "scid": PLACEHOLDER,
        "portable": portable,
        **_stated(update_keys or (key.public_key(),), next_keys, witnesses),
    }
    did = f"{PREFIX}{PLACEHOLDER}:{place}"
    entry = {
        "versionId": PLACEHOLDER,
        "versionTime": write_moment(moment),
        "parameters": parameters,
        "state": {**document, "id": did},
    }
    scid = scid_of(entry)
    entry = read_object(canonical(entry).decode("utf-8").replace(PLACEHOLDER, scid).encode("utf-8"))
    log = _line(entry, scid, 1, key, moment)
    did = did.replace(PLACEHOLDER, scid)
    history(did, log, now=moment)
    return did, log


def update(
    log: bytes,
    did: str,
    key: Ed25519PrivateKey,
    moment: datetime,
    *,
    document: Mapping[str, Any] | None = None,
    update_keys: Keys | None = None,
    next_keys: Keys | None = None,
    witnesses: tuple[int, Keys] | None = None,
    move_to: str | None = None,
) -> bytes:
    """Return a log with one entry more; what is left out stays as it is.

    Args:
        log: The log so far, checked again here.
        did: The DID as it is named so far.
        key: One of the update keys in force; under pre-rotation, one of those promised and now shown.
        moment: From when the entry holds; later than the entry before.
        document: The new document; its `id` is set here.
        update_keys: Who may sign the next entry. Under pre-rotation these have to be the keys promised.
        next_keys: The keys promised for the next entry; an empty list ends pre-rotation.
        witnesses: The new list; (0, ()) ends witnessing. The old witnesses approve this entry.
        move_to: New place; needs a portable DID. The old name is added to `alsoKnownAs`.

    Raises:
        ProofRejected: The code of the defect, where a reader would refuse the log before or after.
    """
    before = history(did, log, now=moment)
    state: dict[str, Any] = {**(document if document is not None else before.latest.document)}
    state["id"] = before.latest.document["id"]
    if move_to is not None:
        # The SCID stays and every name in the document moves along.
        old, new = state["id"], f"{PREFIX}{before.latest.parameters.scid}:{move_to}"
        state = {**_renamed(state, old, new), "alsoKnownAs": [*state.get("alsoKnownAs", ()), old]}
    return _appended(log, before, key, moment, (_stated(update_keys, next_keys, witnesses), state))


def deactivate(log: bytes, did: str, key: Ed25519PrivateKey, moment: datetime) -> bytes:
    """Return a log whose last entry ends the DID: no key may sign a further one.

    Args:
        log: The log so far.
        did: The DID.
        key: One of the update keys in force.
        moment: From when the DID has ended.

    Raises:
        FootproofError: E-WEBVH-PREROTATION where keys are promised; end pre-rotation by an update first.
        ProofRejected: The code of the defect, where a reader would refuse the log before or after.
    """
    before = history(did, log, now=moment)
    if before.latest.parameters.next_key_hashes:
        raise FootproofError("E-WEBVH-PREROTATION", version=before.latest.id, reason="nextKeyHashes")
    state = dict(before.latest.document)
    return _appended(log, before, key, moment, ({"deactivated": True, "updateKeys": []}, state))


def approve(version: str, witness: Ed25519PrivateKey, moment: datetime) -> dict[str, Any]:
    """Return a witness's proof on one entry, and with it on all before.

    Args:
        version: Full `versionId` of an entry that the witness has checked with `did_webvh.history`.
        witness: Key of the witness.
        moment: Moment that the proof states.
    """
    return prove({"versionId": version}, witness, moment)


def witness_file(proofs: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Return the content of `did-witness.json`, to be published before the log.

    Args:
        proofs: Proofs by full `versionId`.
    """
    return canonical_bytes(
        [{"versionId": version, "proof": [dict(one) for one in some]} for version, some in proofs.items()]
    )


def _stated(update_keys: Keys | None, next_keys: Keys | None, witnesses: tuple[int, Keys] | None) -> dict[str, Any]:
    """Return the parameters that an entry states; what is None is not stated."""
    stated: dict[str, Any] = {}
    if update_keys is not None:
        stated["updateKeys"] = [multikey(key) for key in update_keys]
    if next_keys is not None:
        stated["nextKeyHashes"] = [multihash(multikey(key).encode("ascii")) for key in next_keys]
    if witnesses is not None:
        threshold, keys = witnesses
        ids = [{"id": f"did:key:{multikey(key)}"} for key in keys]
        stated["witness"] = {"threshold": threshold, "witnesses": ids} if threshold or ids else {}
    return stated


def _appended(
    log: bytes, before: History, key: Ed25519PrivateKey, moment: datetime, said: tuple[dict[str, Any], dict[str, Any]]
) -> bytes:
    """Return a log with one entry more, of these parameters and this document."""
    parameters, state = said
    entry = {"versionTime": write_moment(moment), "parameters": parameters, "state": state}
    written = log.removesuffix(b"\n") + b"\n" + _line(entry, before.latest.id, len(before.versions) + 1, key, moment)
    history(before.did, written, now=moment)
    return written


def _line(entry: Mapping[str, Any], before: str, number: int, key: Ed25519PrivateKey, moment: datetime) -> bytes:
    bare = {member: value for member, value in entry.items() if member != "versionId"}
    named = {"versionId": f"{number}-{entry_hash(bare, before)}", **bare}
    return canonical({**named, "proof": [prove(named, key, moment)]}) + b"\n"


def _renamed(value: Any, old: str, new: str) -> Any:
    """Return a document with its own name, and the names of what is in it, changed."""
    if isinstance(value, dict):
        return {member: _renamed(item, old, new) for member, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    if isinstance(value, str) and (value == old or value.startswith((old + "#", old + "?", old + "/"))):
        return new + value.removeprefix(old)
    return value
