"""Check one certificate against trust anchors, as of a day, from bytes alone.

The order is fixed: nothing of a certificate is believed before its signature holds. Each check gives its own answer;
all are given, so that a reader sees everything that is wrong and not just the first thing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from footproof.canonical import digest, read_canonical
from footproof.check.anchors import Anchors
from footproof.check.listing import note
from footproof.check.material import Material
from footproof.check.outcome import Outcome, attempt
from footproof.check.recognition import recognition_outcome
from footproof.check.signed import Signed, key_finder, read_signed
from footproof.check.status import check_status
from footproof.credential import jose
from footproof.credential.moment import read_legal_day
from footproof.credential.securing import need_validity
from footproof.errors import ProofRejected
from footproof.model.certificate import Certificate
from footproof.model.days import end_of_legal_day
from footproof.package import Extent, Package, open_package, recompute
from footproof.tlog import parse_proof, verify_proof

_AT_ONCE = timedelta(days=1)
_ATTESTS = ("certificate.issued", "certificate.restated")
"""Events whose object is the token of a certificate: its issue, or a later decision that states another figure."""


def check_certificate(
    material: Material, anchors: Anchors, at: date, moment: datetime | None = None, *, present: datetime | None = None
) -> tuple[Certificate | None, list[Outcome]]:
    """Return the certificate, where its signature holds, and the outcome of every check.

    Args:
        material: What was found.
        anchors: Whom to believe.
        at: The legal day to ask about.
        moment: The moment on it, for the age of what is known of the status; its end if left out.
        present: Now: no status list may claim to know what comes after it. Not asked where left out.
    """
    outcomes: list[Outcome] = []
    keys = key_finder(anchors, material.documents)
    signed = _signature(material.jwt, keys, outcomes)
    if signed is None:
        return None, outcomes
    found = signed.certificate
    asked = moment or end_of_legal_day(at)
    outcomes.append(attempt("validity", lambda: _validity(found, at)))
    outcomes.append(attempt("status", lambda: check_status(found, material, keys, asked, present=present)))
    logged = attempt("log", lambda: _log(found, material, anchors))
    place = (logged.facts["origin"], int(logged.facts["index"])) if logged.ok else None
    outcomes.append(recognition_outcome(signed, material, anchors, keys, asked, present=present, place=place))
    outcomes.append(_told_late(logged))
    package: list[Package] = []
    outcomes.append(attempt("package", lambda: _package(found, material, package)))
    if package:
        outcomes.append(attempt("recomputation", lambda: _recomputation(found, package[0])))
    return found, outcomes


def _signature(jwt: bytes, keys: jose.FindKey, outcomes: list[Outcome]) -> Signed | None:
    found: list[Signed] = []

    def run() -> Mapping[str, str]:
        found.append(read_signed(jwt, keys))
        return {"body": found[0].certificate.body.id, "key": found[0].kid}

    outcomes.append(attempt("signature", run))
    return found[0] if found else None


def _validity(certificate: Certificate, at: date) -> Mapping[str, str]:
    need_validity(certificate, at)
    return {"from": certificate.valid_from.isoformat(), "until": certificate.valid_until.isoformat()}


def _log(certificate: Certificate, material: Material, anchors: Anchors) -> Mapping[str, str]:
    if material.event is None or material.proof is None:
        raise ProofRejected("E-CHECK-MISSING", what="event.json, proof.txt")
    proof = parse_proof(material.proof)
    origin = proof.checkpoint.split(b"\n", 1)[0].decode("utf-8", "replace")
    if origin not in anchors.logs:
        raise ProofRejected("E-CHECK-LOG-UNKNOWN", origin=origin)
    checkpoint = verify_proof(proof, material.event, anchors.logs[origin], origin)
    event = read_canonical(material.event)
    if not isinstance(event, dict) or event.get("type") not in _ATTESTS:
        found = event.get("type") if isinstance(event, dict) else type(event).__name__
        raise ProofRejected("E-CHECK-EVENT", found=str(found)[:80])
    said = (event.get("actor"), event.get("subject"), event.get("object"))
    if said != (certificate.body.id, certificate.number, digest(material.jwt)):
        raise ProofRejected("E-CHECK-EVENT", found=" ".join(str(one)[:80] for one in said))
    facts = {"origin": origin, "index": str(proof.index), "size": str(checkpoint.size)}
    facts |= _days(certificate, event)
    if anchors.policy is not None:
        standing = anchors.policy.require_entry(proof, material.event)
        facts["witnesses"] = f"{len(standing.cosigned)}/{standing.witnesses}"
        facts["quorum"] = str(standing.needed)
    return facts


def _days(certificate: Certificate, event: Mapping[str, Any]) -> dict[str, str]:
    """Return the legal days of decision and of entry in the log.

    Raises:
        ProofRejected: E-CHECK-EVENT where the entry has no moment; E-CHECK-DECIDED where it came before the decision.
    """
    decided, logged = certificate.decided_on, read_legal_day(event.get("at"))
    if logged is None:
        raise ProofRejected("E-CHECK-EVENT", found=str(event.get("at"))[:80])
    if decided > logged:
        raise ProofRejected("E-CHECK-DECIDED", decided=decided, logged=logged)
    return {"decided": decided.isoformat(), "logged": logged.isoformat()}


def _told_late(outcome: Outcome) -> Outcome:
    """Add a sentence where a decision was entered in the log late: until then its day is the word of the body."""
    if not outcome.ok:
        return outcome
    decided, logged = (date.fromisoformat(outcome.facts[name]) for name in ("decided", "logged"))
    if logged <= decided + _AT_ONCE:
        return outcome
    return replace(outcome, notes=(note("late", {**outcome.facts, "days": (logged - decided).days}),))


def _package(certificate: Certificate, material: Material, found: list[Package]) -> Mapping[str, str]:
    if material.package is None:
        raise ProofRejected("E-CHECK-MISSING", what="package.footproof")
    package = open_package(material.package)
    if package.digest != certificate.package_digest:
        raise ProofRejected("E-PACKAGE-DIGEST", part="package", found=package.digest, needed=certificate.package_digest)
    found.append(package)
    return {"digest": package.digest}


def _recomputation(certificate: Certificate, package: Package) -> Mapping[str, str]:
    outcome = recompute(package)
    if outcome.differs:
        raise ProofRejected("E-RECOMPUTE-DIFFERS", nodes=", ".join(outcome.differs[:5]))
    if outcome.extent is Extent.SEALED:
        raise ProofRejected("E-CHECK-SEALED", lines=outcome.withheld)
    stated: Mapping[str, Any] = {"value": format(certificate.value, "f"), "unit": certificate.unit}
    if outcome.declared != stated["value"] or outcome.unit != stated["unit"]:
        raise ProofRejected("E-RECOMPUTE-DIFFERS", nodes=f"declared {outcome.declared} {outcome.unit}")
    facts = {"declared": outcome.declared or "", "terms": str(outcome.terms)}
    return facts | ({"withheld": str(outcome.withheld)} if outcome.extent is Extent.SUBTOTALS else {})
