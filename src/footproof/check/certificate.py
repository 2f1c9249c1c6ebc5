"""Check one certificate against trust anchors, as of a day, from bytes alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from joserfc.jwk import ECKey

from footproof.canonical import digest, read_canonical
from footproof.credential.conformity import certificate_of
from footproof.credential.jose import verify
from footproof.credential.securing import verify_certificate
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.certificate import Certificate
from footproof.package import Package, open_package, recompute
from footproof.tlog import Verifier, parse_proof, parse_vkey, verify_proof


@dataclass(frozen=True, slots=True)
class Anchors:
    """Whom to believe: keys of bodies by name of the key, and verifiers of logs by origin."""

    keys: Mapping[str, EllipticCurvePublicKey]
    logs: Mapping[str, Verifier]


@dataclass(frozen=True, slots=True)
class Material:
    """What was found about a certificate; None where it was not at hand.

    Args:
        jwt: The signed certificate.
        event: The log entry.
        proof: The tlog-proof of the entry.
        package: The sealed package.
    """

    jwt: bytes
    event: bytes | None
    proof: bytes | None
    package: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one check: it holds, or why not under a stable code.

    Args:
        name: "signature", "validity", "log", "package" or "recomputation".
        problem: None where it holds.
        facts: Figures worth showing, as text.
    """

    name: str
    problem: FootproofError | None
    facts: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Return whether the check holds."""
        return self.problem is None


def read_anchors(data: bytes) -> Anchors:
    """Read trust anchors from `trust.json`.

    Raises:
        FootproofError: E-CHECK-ANCHORS where it has another form.
    """
    try:
        record = read_canonical(data)
        keys = {
            name: ECKey.import_key(dict(jwk)).public_key
            for body in record["bodies"]
            for name, jwk in body["keys"].items()
        }
        logs = {log["origin"]: parse_vkey(log["vkey"]) for log in record["logs"]}
    except (FootproofError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise FootproofError("E-CHECK-ANCHORS", Where("trust.json"), reason=str(problem)[:200]) from problem
    return Anchors(keys, logs)


def check_certificate(material: Material, anchors: Anchors, at: date) -> tuple[Certificate | None, list[Outcome]]:
    """Return the certificate, where its signature holds, and the outcome of every check.

    Args:
        material: What was found.
        anchors: Whom to believe.
        at: The day to ask about.
    """
    outcomes: list[Outcome] = []
    certificate = _signature(material.jwt, anchors, outcomes)
    if certificate is None:
        return None, outcomes
    found = certificate
    outcomes.append(_outcome("validity", lambda: _validity(material.jwt, anchors, at)))
    outcomes.append(_outcome("log", lambda: _log(found, material, anchors)))
    package: list[Package] = []
    outcomes.append(_outcome("package", lambda: _package(found, material, package)))
    if package:
        outcomes.append(_outcome("recomputation", lambda: _recomputation(found, package[0])))
    return certificate, outcomes


def _outcome(name: str, run: Callable[[], Mapping[str, str]]) -> Outcome:
    try:
        return Outcome(name, None, run())
    except FootproofError as problem:
        return Outcome(name, problem, {})


def _signature(jwt: bytes, anchors: Anchors, outcomes: list[Outcome]) -> Certificate | None:
    found: list[Certificate] = []

    def run() -> Mapping[str, str]:
        signed = verify(jwt, anchors.keys)
        certificate = certificate_of(signed.credential)
        if signed.kid.partition("#")[0] != certificate.body.id:
            raise ProofRejected("E-CRED-ISSUER", kid=signed.kid, issuer=certificate.body.id)
        found.append(certificate)
        return {"body": certificate.body.id, "key": signed.kid}

    outcomes.append(_outcome("signature", run))
    return found[0] if found else None


def _validity(jwt: bytes, anchors: Anchors, at: date) -> Mapping[str, str]:
    certificate = verify_certificate(jwt, anchors.keys, at)
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
    if not isinstance(event, dict) or event.get("type") != "certificate.issued":
        raise ProofRejected("E-CHECK-EVENT", found=str(event)[:80])
    if event.get("object") != digest(material.jwt) or event.get("subject") != certificate.number:
        raise ProofRejected("E-CHECK-EVENT", found=f"{event.get('subject')} {event.get('object')}")
    return {"origin": origin, "index": str(proof.index), "size": str(checkpoint.size)}


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
    if not outcome.ok:
        raise ProofRejected("E-RECOMPUTE-DIFFERS", nodes=", ".join(outcome.differs[:5]))
    stated: Mapping[str, Any] = {"value": format(certificate.value, "f"), "unit": certificate.unit}
    if outcome.declared != stated["value"] or outcome.unit != stated["unit"]:
        raise ProofRejected("E-RECOMPUTE-DIFFERS", nodes=f"declared {outcome.declared} {outcome.unit}")
    return {"value": outcome.value or "", "declared": outcome.declared or "", "terms": str(outcome.terms)}
