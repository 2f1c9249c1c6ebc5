"""The bodies of requests: members and options of the VC API, read strictly, since an option not obeyed misleads.

VCALM 1.0 §3.2 and §3.3. What stands in a body and is none of these is refused, not passed over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from footproof.credential.datetimestamp import seconds_of
from footproof.credential.status_list import ENTRY_TYPE
from footproof.errors import FootproofError, Where

MOST_TEXT = 2000
PURPOSES = ("revocation", "suspension")
PROOF = "proof"
STATUS = "credentialStatus"
CHECKS = frozenset({PROOF, STATUS})

# What is signed, with which key of the instance, by which cryptosuite (none: an envelope).
SECURINGS: Mapping[str, tuple[str, str | None]] = {
    "eddsa-jcs-2022": ("ed25519", "eddsa-jcs-2022"),
    "ecdsa-jcs-2019": ("p256", "ecdsa-jcs-2019"),
    "vc-jwt-es256": ("p256", None),
    "vc-jwt-eddsa": ("ed25519", None),
}
DEFAULT_SECURING = "eddsa-jcs-2022"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IssueOptions:
    """How to issue.

    Args:
        created: When the proof is said to be made; None for now.
        expires: Until when the proof counts.
        proof_id: Name of the proof.
        previous: Proofs of the credential that the new one covers.
        credential_id: Name under which its status is kept, where the credential has none.
        purposes: Which statuses the credential is to have.
        bare: Whether the answer is the credential itself.
    """

    created: str | None
    expires: str | None
    proof_id: str | None
    previous: tuple[str, ...]
    credential_id: str | None
    purposes: tuple[str, ...]
    bare: bool


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What a verifier is asked.

    Args:
        checks: What is to be checked beside form and validity; None for everything.
        challenge: What the proof must answer.
        domain: For whom it must be made.
        purpose: What it must be for; None for the usual one.
    """

    checks: frozenset[str] | None
    challenge: str | None
    domain: str | None
    purpose: str | None

    def asks(self, check: str) -> bool:
        """Return whether a check is asked for."""
        return self.checks is None or check in self.checks


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status to set or clear.

    Args:
        credential: Identifier of the credential.
        changes: Purposes, each with whether it is to be set.
    """

    credential: str
    changes: tuple[tuple[str, bool], ...]


def member(body: Json, name: str) -> Any:
    """Return a member that must be there.

    Raises:
        FootproofError: E-VCAPI-MEMBER.
    """
    if name not in body:
        raise _refused(name, "—", "object")
    return body[name]


def only(body: Json, names: Collection[str], place: str = "$") -> None:
    """Refuse members that are none of these.

    Raises:
        FootproofError: E-VCAPI-OPTION.
    """
    for name in body:
        if name not in names:
            where = Where("request", field=f"{place}.{name}"[:200])
            raise FootproofError("E-VCAPI-OPTION", where, found=str(name)[:80], needed=", ".join(sorted(names)))


def issue_options(body: Json, securing: str) -> IssueOptions:
    """Return the options of a request to issue.

    Args:
        body: The request.
        securing: How the instance secures; options that name another way contradict it.

    Raises:
        FootproofError: E-VCAPI-OPTION, E-VCAPI-MEMBER.
    """
    options = _options(body)
    known = ("type", "cryptosuite", "created", "expires", "proofId", "previousProof", "proofPurpose")
    only(options, (*known, "credentialId", "credentialStatus", "mandatoryPointers", "answer"), "$.options")
    suite = SECURINGS[securing][1]
    _equal(options, "type", "DataIntegrityProof" if suite else "vc+jwt")
    _equal(options, "cryptosuite", suite or "—")
    _equal(options, "proofPurpose", "assertionMethod")
    _equal(options, "mandatoryPointers", [])
    bare = _equal(options, "answer", "bare")
    created, expires = (_time(options, name) for name in ("created", "expires"))
    previous = options.get("previousProof", [])
    previous = previous if isinstance(previous, list) else [previous]
    if len(previous) > 16 or not all(isinstance(name, str) for name in previous):
        raise _refused("options.previousProof", previous, "text")
    if suite is None and not options.keys().isdisjoint({"created", "expires", "previousProof", "proofId"}):
        raise _refused("options", "created, expires, previousProof, proofId", "DataIntegrityProof")
    purposes = tuple(purpose for purpose, _ in _entries(options)) if "credentialStatus" in options else ()
    name, credential = _text(options, "proofId"), _text(options, "credentialId")
    return IssueOptions(created, expires, name, tuple(previous), credential, purposes, bare)


def verify_options(body: Json) -> VerifyOptions:
    """Return the options of a request to verify.

    Raises:
        FootproofError: E-VCAPI-OPTION, E-VCAPI-MEMBER.
    """
    options = _options(body)
    only(options, ("checks", "challenge", "domain", "expectedProofPurpose"), "$.options")
    checks = options.get("checks")
    if checks is not None:
        if not isinstance(checks, list) or not all(isinstance(check, str) and check in CHECKS for check in checks):
            raise _refused("options.checks", checks, ", ".join(sorted(CHECKS)))
        checks = frozenset(checks)
    texts = (_text(options, name) for name in ("challenge", "domain", "expectedProofPurpose"))
    return VerifyOptions(checks, *texts)


def status_change(body: Json) -> StatusChange:
    """Return the statuses that a request sets or clears.

    Raises:
        FootproofError: E-VCAPI-OPTION, E-VCAPI-MEMBER.
    """
    only(body, ("credentialId", "credentialStatus", "status", "indexAllocator"))
    name = _text(body, "credentialId")
    if name is None:
        raise _refused("credentialId", "—", "text")
    return StatusChange(name, tuple(_entries(body)))


def _entries(holder: Json) -> list[tuple[str, bool]]:
    """Return purposes and values of `credentialStatus`, which may be one or several."""
    listed = member(holder, "credentialStatus")
    listed = listed if isinstance(listed, list) else [listed]
    if not listed or len(listed) > len(PURPOSES):
        raise _refused("credentialStatus", listed, ENTRY_TYPE)
    found: list[tuple[str, bool]] = []
    for entry in listed:
        if not isinstance(entry, dict) or entry.get("type") != ENTRY_TYPE:
            raise _refused("credentialStatus.type", entry, ENTRY_TYPE)
        purpose = entry.get("statusPurpose", PURPOSES[0])
        if not isinstance(purpose, str) or purpose not in PURPOSES:
            raise _refused("credentialStatus.statusPurpose", purpose, ", ".join(PURPOSES))
        value = entry.get("status", holder.get("status", True))
        value = {"1": True, "0": False}.get(value, value) if isinstance(value, str) else value
        if not isinstance(value, bool):
            raise _refused("status", value, "true, false")
        found.append((purpose, value))
    if len({purpose for purpose, _ in found}) < len(found):
        raise _refused("credentialStatus.statusPurpose", found, "each once")
    return found


def _options(body: Json) -> Json:
    options = body.get("options", {})
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise _refused("options", options, "object")
    return options


def _text(holder: Json, name: str) -> str | None:
    found = holder.get(name)
    if found is not None and not (isinstance(found, str) and 0 < len(found) <= MOST_TEXT):
        raise _refused(name, found, f"text ≤ {MOST_TEXT}")
    return found


def _time(options: Json, name: str) -> str | None:
    found = _text(options, name)
    if found is not None and seconds_of(found) is None:
        raise _refused(f"options.{name}", found, "dateTimeStamp")
    return found


def _equal(options: Json, name: str, needed: object) -> bool:
    """Return whether an option stands there; it may have one value only."""
    if name in options and options[name] != needed:
        raise _refused(f"options.{name}", options[name], str(needed))
    return name in options


def _refused(name: str, found: object, needed: str) -> FootproofError:
    return FootproofError("E-VCAPI-MEMBER", Where("request", field=f"$.{name}"), found=str(found)[:80], needed=needed)
