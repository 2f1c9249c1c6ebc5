"""did:webvh 1.0: read a log of DID documents, check every link of it, and say which version held when.

DIF did:webvh DID Method v1.0, §"Read (Resolve)", §"SCID", §"Entry Hash", §"Authorized Keys", §"DID Portability",
§"DID Witnesses". A log is taken whole or not at all: one wrong entry, and no version of it counts. Forms are checked
before anything is hashed, hashes before signatures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footproof.credential.did_web import LONGEST, Location, location
from footproof.credential.jose import read_object
from footproof.credential.moment import read_moment
from footproof.credential.webvh_parameters import Parameters, Witnesses, approvers, first, following, signers
from footproof.credential.webvh_proof import canonical, is_multihash, multihash, proved_by
from footproof.errors import ProofRejected

PREFIX = "did:webvh:"
PLACEHOLDER = "{SCID}"
MOST_LOG = 2 * 1024 * 1024
MOST_ENTRY = 256 * 1024
MOST_ENTRIES = 2000
MOST_PROOFS = 100

_MEMBERS = frozenset({"versionId", "versionTime", "parameters", "state", "proof"})


@dataclass(frozen=True, slots=True)
class Version:
    """One entry of a log, checked.

    Args:
        id: Number, a dash, hash of the entry.
        time: From when it held, as the controller says.
        document: The DID document.
        parameters: In force after it.
        approvers: Who had to approve it.
        replaces: The witness list that it states in place of another; empty otherwise.
    """

    id: str
    time: datetime
    document: Mapping[str, Any]
    parameters: Parameters
    approvers: Witnesses
    replaces: Witnesses


@dataclass(frozen=True, slots=True)
class History:
    """A log whose every entry holds.

    Args:
        did: The DID that was asked for; one of those the log states.
        versions: In order, at least one.
    """

    did: str
    versions: tuple[Version, ...]

    @property
    def latest(self) -> Version:
        """Return the last version."""
        return self.versions[-1]


def webvh_location(did: str) -> tuple[str, Location]:
    """Return the SCID of a did:webvh and the place of its log.

    Raises:
        ProofRejected: As `did_web.location`, and E-DID-FORM where it is no did:webvh.
    """
    scid, mark, identifier = did.removeprefix(PREFIX).partition(":")
    if not did.startswith(PREFIX) or not mark:
        raise ProofRejected("E-DID-FORM", did=did[:LONGEST], reason="did:webvh:SCID:host")
    place = location(did, identifier)
    if not is_multihash(scid):
        raise ProofRejected("E-DID-FORM", did=did, reason=f"{scid[:60]!r} is no SCID")
    return scid, place


def webvh_urls(did: str) -> tuple[str, str]:
    """Return the addresses of log and witness proofs of a did:webvh.

    Raises:
        ProofRejected: As `webvh_location`.
    """
    _, place = webvh_location(did)
    return place.url("did.jsonl"), place.url("did-witness.json")


def read_history(
    did: str, log: bytes, witness: bytes | None, *, now: datetime, new_witnesses_suffice: bool = False
) -> History:
    """Return the history that a log states, once everything in it holds.

    Args:
        did: The DID asked for.
        log: Content of `did.jsonl`.
        witness: Content of `did-witness.json`, or None where there is none.
        now: The reader's moment; no entry may be later.
        new_witnesses_suffice: Accept an entry that replaces a witness list where the new witnesses approve it and the
            old do not. The specification does not: it asks the old ones. Two of five implementations wrote such logs.

    Raises:
        ProofRejected: The codes of `history`; E-WEBVH-WITNESS where too few of the witnesses in charge approve an entry
            or a later one; E-WEBVH-PROOF, E-WEBVH-KEY-NAME, E-WEBVH-SIGNATURE for a witness proof on this log
            that does not hold; E-WEBVH-WITNESS-FILE where the file of proofs has another form.
    """
    return witnessed(history(did, log, now=now), witness, new_witnesses_suffice=new_witnesses_suffice)


def witnessed(found: History, witness: bytes | None, *, new_witnesses_suffice: bool = False) -> History:
    """Return a history once its witnesses approve it; see `read_history`.

    Args:
        found: What `history` returned.
        witness: Content of `did-witness.json`, or None where there is none.
        new_witnesses_suffice: As `read_history`.

    Raises:
        ProofRejected: Those of `read_history` that concern witnesses.
    """
    if any(version.approvers.threshold for version in found.versions):
        _refuse_unwitnessed(found, _approvals(found, witness), new_witnesses_suffice)
    return found


def history(did: str, log: bytes, *, now: datetime) -> History:
    """Return the history that a log states, without asking its witnesses; for who writes it or is a witness.

    Args:
        did: The DID asked for.
        log: Content of `did.jsonl`.
        now: The reader's moment.

    Raises:
        ProofRejected: E-DID-… where the DID is none; E-WEBVH-LOG where the file is too large or not JSON lines of one
            reading; E-WEBVH-NUMBER, E-WEBVH-HASH where an entry does not follow the one before; E-WEBVH-TIME where
            time does not advance; E-WEBVH-FUTURE; E-WEBVH-SCID where the DID is not the one that the first entry
            makes; E-WEBVH-PORTABLE for a move that was not allowed; E-WEBVH-ENDED for an entry after the end;
            E-WEBVH-SIGNER where none of the keys in charge signed; E-DID-ID where the log never states this DID;
            and those of `webvh_parameters` and `webvh_proof`.
    """
    scid, _ = webvh_location(did)
    versions: list[Version] = []
    for entry in _entries(log):
        version = _version(entry, versions[-1] if versions else None, scid)
        if version.time > now:
            raise ProofRejected("E-WEBVH-FUTURE", version=version.id, found=str(entry["versionTime"]))
        _refuse_unchained(entry, versions[-1].id if versions else scid, version.id)
        if not versions:
            _refuse_other_scid(entry, scid)
        _refuse_unsigned(entry, version, versions[-1].parameters if versions else None)
        versions.append(version)
    if did not in {version.document["id"] for version in versions}:
        raise ProofRejected("E-DID-ID", did=did, found=str(versions[-1].document["id"]))
    return History(did, tuple(versions))


def version_at(found: History, at: datetime | None) -> Version:
    """Return the version that held at a moment; the last one without a moment.

    Raises:
        ProofRejected: E-WEBVH-NO-VERSION where the DID did not exist yet.
    """
    held = [version for version in found.versions if at is None or version.time <= at]
    if not held:
        raise ProofRejected("E-WEBVH-NO-VERSION", did=found.did, asked=str(at))
    return held[-1]


def version_named(found: History, name: str) -> Version:
    """Return the version of a full `versionId`, or of a number.

    Raises:
        ProofRejected: E-WEBVH-NO-VERSION where there is none.
    """
    for version in found.versions:
        if name in {version.id, version.id.partition("-")[0]}:
            return version
    raise ProofRejected("E-WEBVH-NO-VERSION", did=found.did, asked=name[:100])


def document_at(found: History, at: datetime | None) -> Mapping[str, Any]:
    """Return the document that held at a moment, for who wants to rely on its keys.

    Raises:
        ProofRejected: E-WEBVH-NO-VERSION; E-WEBVH-DEACTIVATED where the DID had ended by then.
    """
    version = version_at(found, at)
    if version.parameters.deactivated:
        raise ProofRejected("E-WEBVH-DEACTIVATED", did=found.did, version=version.id)
    return version.document


def metadata(found: History, version: Version) -> dict[str, Any]:
    """Return the document metadata of a version, as DID Resolution and §"Read (Resolve)" name them."""
    texts = {each.id: str(each.time.isoformat().replace("+00:00", "Z")) for each in found.versions}
    in_force = found.latest.parameters
    said: dict[str, Any] = {
        "versionId": version.id,
        "versionTime": texts[version.id],
        "created": texts[found.versions[0].id],
        "updated": texts[found.latest.id],
        "scid": in_force.scid,
        "portable": in_force.portable,
        "deactivated": in_force.deactivated,
    }
    if in_force.witnesses.threshold:
        keys = sorted(in_force.witnesses.keys)
        ids = [{"id": f"did:key:{key}"} for key in keys]
        said["witness"] = {"threshold": str(in_force.witnesses.threshold), "witnesses": ids}
    if in_force.watchers:
        said["watchers"] = list(in_force.watchers)
    return said


def entry_hash(entry: Mapping[str, Any], before: str) -> str:
    """Return the hash of an entry that follows another.

    Args:
        entry: As published; its `versionId` and `proof` are left out.
        before: The `versionId` of the entry before, or the SCID.
    """
    bare = {member: value for member, value in entry.items() if member != "proof"}
    return multihash(canonical({**bare, "versionId": before}))


def scid_of(entry: Mapping[str, Any], scid: str = PLACEHOLDER) -> str:
    """Return the SCID that a first entry makes.

    Args:
        entry: As published, or preliminary with placeholders.
        scid: What stands where the placeholder stood.
    """
    bare = {member: value for member, value in entry.items() if member != "proof"}
    text = canonical({**bare, "versionId": PLACEHOLDER}).decode("utf-8").replace(scid, PLACEHOLDER)
    return multihash(canonical(read_object(text.encode("utf-8"))))


def _entries(log: bytes) -> list[dict[str, Any]]:
    lines = log.removesuffix(b"\n").split(b"\n")
    if len(log) > MOST_LOG or len(lines) > MOST_ENTRIES or any(len(line) > MOST_ENTRY for line in lines):
        raise ProofRejected("E-WEBVH-LOG", version="—", reason=f"{len(log)} bytes, {len(lines)} lines")
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entry = read_object(line)
        except ProofRejected as problem:
            raise ProofRejected(
                "E-WEBVH-LOG", version=str(number), reason=str(problem.values["reason"])[:200]
            ) from problem
        if entry.keys() != _MEMBERS:
            raise ProofRejected("E-WEBVH-LOG", version=str(number), reason=", ".join(sorted(entry))[:200])
        entries.append(entry)
    return entries


def _version(entry: Mapping[str, Any], before: Version | None, scid: str) -> Version:
    """Return an entry as a version: numbers, parameters, time and name of the DID; no hash, no signature yet."""
    number = 1 if before is None else int(before.id.partition("-")[0]) + 1
    name = str(entry["versionId"])[:100]
    if not name.startswith(f"{number}-") or not is_multihash(name.partition("-")[2]) or name != entry["versionId"]:
        raise ProofRejected("E-WEBVH-NUMBER", found=name, needed=f"{number}-…")
    if before is not None and before.parameters.deactivated:
        raise ProofRejected("E-WEBVH-ENDED", version=name)
    stated = entry["parameters"]
    then = first(stated, name) if before is None else following(before.parameters, stated, name)
    time = read_moment(entry["versionTime"])
    if time is None or not entry["versionTime"].endswith("Z") or (before is not None and time <= before.time):
        raise ProofRejected("E-WEBVH-TIME", version=name, found=str(entry["versionTime"])[:100])
    document = entry["state"]
    if not isinstance(document, Mapping) or not isinstance(document.get("id"), str):
        raise ProofRejected("E-WEBVH-LOG", version=name, reason="state.id")
    _refuse_other_name(document, before, then, scid, name)
    prior = before.parameters if before else None
    replaces = then.witnesses if "witness" in stated and prior and prior.witnesses.threshold else Witnesses()
    return Version(name, time, document, then, approvers(prior, then), replaces)


def _refuse_other_name(
    document: Mapping[str, Any], before: Version | None, then: Parameters, scid: str, version: str
) -> None:
    """Refuse a document of another DID, and a move that was not allowed or does not say where it came from."""
    did = document["id"]
    stated = did.removeprefix(PREFIX).partition(":")[0]
    if stated != scid or then.scid != scid:
        found = stated if stated != scid else then.scid
        raise ProofRejected("E-WEBVH-SCID", version=version, found=found[:100], needed=scid)
    webvh_location(did)
    if before is None or before.document["id"] == did:
        return
    if not before.parameters.portable:
        raise ProofRejected("E-WEBVH-PORTABLE", version=version, reason=f"{before.document['id']} → {did}")
    names = document.get("alsoKnownAs")
    if not isinstance(names, list) or before.document["id"] not in names:
        raise ProofRejected("E-WEBVH-PORTABLE", version=version, reason=f"alsoKnownAs: {before.document['id']}")


def _refuse_unchained(entry: Mapping[str, Any], before: str, version: str) -> None:
    made = entry_hash(entry, before)
    if version.partition("-")[2] != made:
        raise ProofRejected("E-WEBVH-HASH", version=version, made=made)


def _refuse_other_scid(entry: Mapping[str, Any], scid: str) -> None:
    made = scid_of(entry, scid)
    if made != scid:
        raise ProofRejected("E-WEBVH-SCID", version=str(entry["versionId"]), found=made, needed=scid)


def _refuse_unsigned(entry: Mapping[str, Any], version: Version, before: Parameters | None) -> None:
    """Refuse an entry unless each of its proofs is by a key in charge and holds."""
    allowed = signers(before, version.parameters)
    bare = {member: value for member, value in entry.items() if member != "proof"}
    for proof in _proofs(entry["proof"], version.id):
        key = proved_by(bare, proof, version.id)
        if key not in allowed:
            raise ProofRejected("E-WEBVH-SIGNER", version=version.id, key=key)


def _proofs(stated: object, version: str) -> Sequence[object]:
    if not isinstance(stated, list) or not 0 < len(stated) <= MOST_PROOFS:
        raise ProofRejected("E-WEBVH-PROOF", version=version, field="proof", found=type(stated).__name__)
    return stated


def _approvals(found: History, witness: bytes | None) -> dict[str, int]:
    """Return, by key, the position of the latest entry of this log that it approved.

    Proofs on entries that are not in this log say nothing about it, whoever signed them.
    """
    if witness is None:
        return {}
    positions = {version.id: position for position, version in enumerate(found.versions)}
    latest: dict[str, int] = {}
    for item in _witness_items(witness):
        position = positions.get(str(item.get("versionId")))
        if position is None:
            continue
        version = found.versions[position].id
        for proof in _proofs(item.get("proof"), version):
            key = proved_by({"versionId": version}, proof, version)
            latest[key] = max(position, latest.get(key, -1))
    return latest


def _witness_items(data: bytes) -> Sequence[Mapping[str, Any]]:
    # The one reader of signed JSON reads objects; the file is a list.
    if len(data) > MOST_LOG:
        raise ProofRejected("E-WEBVH-WITNESS-FILE", reason=f"{len(data)} bytes")
    try:
        wrapped = read_object(b'{"items":' + data + b"}")
    except ProofRejected as problem:
        raise ProofRejected("E-WEBVH-WITNESS-FILE", reason=str(problem.values["reason"])[:200]) from problem
    items = wrapped["items"] if wrapped.keys() == {"items"} else None
    if not isinstance(items, list) or len(items) > MOST_ENTRIES or not all(isinstance(item, dict) for item in items):
        raise ProofRejected("E-WEBVH-WITNESS-FILE", reason="[{versionId, proof}]")
    return items


def _refuse_unwitnessed(found: History, latest: Mapping[str, int], new_witnesses_suffice: bool) -> None:
    for position, version in enumerate(found.versions):
        lists = [version.approvers, *([version.replaces] if new_witnesses_suffice else [])]
        counts = [sum(latest.get(key, -1) >= position for key in asked.keys) for asked in lists]
        enough = [count >= asked.threshold for count, asked in zip(counts, lists, strict=True) if asked.threshold]
        if enough and not any(enough):
            raise ProofRejected(
                "E-WEBVH-WITNESS", version=version.id, found=counts[0], needed=version.approvers.threshold
            )
