"""A demonstration body decides on a sealed package and issues a certificate.

Roles, review and schemes come with the certification system; here one invented body decides alone, and everything it
issues says 示例 / DEMO. The order is fixed: objects first, then the log, then publication, so that nothing public lacks
its leaf and a crash leaves at most an object nobody names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from footproof.canonical import canonical_bytes, read_canonical
from footproof.credential.conformity import certificate_of
from footproof.credential.did_key import did_key, key_name
from footproof.credential.jose import verify
from footproof.credential.securing import sign_certificate
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Party, Stage
from footproof.package import Package, open_package, recompute
from footproof.server.demo_world import certification_scope, demo_text, open_world, recognise_body
from footproof.server.events import event, logged
from footproof.server.references import enter_references
from footproof.server.status import ISSUES, places
from footproof.server.workspace import Workspace, write_durably

VALID_YEARS = 2


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate in the workspace.

    Args:
        index: Of its entry in the log.
        entry: Bytes of the entry.
        jwt: The signed certificate.
        package: The sealed package it names.
        certificate: What the token says.
        shown: What the maker lets the public see of a confidential package.
    """

    index: int
    entry: bytes
    jwt: bytes
    package: bytes
    certificate: Certificate
    shown: tuple[str, ...] = ("nothing",)


def issue(workspace: Workspace, sealed: bytes, at: datetime, shown: Sequence[str] = ("nothing",)) -> Issued:
    """Recompute a package, decide, sign the certificate and enter it in the log; the same package is certified once.

    Args:
        workspace: Where the body keeps its keys and records.
        sealed: Package file; of a confidential one the full copy.
        at: Now, with a time zone.
        shown: What the maker lets the public see of a confidential package, as for `package.disclose`.

    Raises:
        FootproofError: E-RECOMPUTE-DIFFERS where the package does not state what its sheet gives, or as `open_package`.
    """
    package = open_package(sealed)
    outcome = recompute(package)
    if not outcome.ok:
        raise FootproofError("E-RECOMPUTE-DIFFERS", nodes=", ".join(outcome.differs[:5]))
    with workspace.hold():
        known = issued(workspace)
        for one in known:
            if one.certificate.package_digest == package.digest:
                return one
        key = workspace.body_key()
        number = f"DEMO-{at.year}-{len(known) + 1:06d}"
        stages = not package.lines or "stage-totals" in shown
        today = at.astimezone(UTC).date()
        certificate = _certificate(workspace, package, key.public_key(), number, today, stages=stages)
        recognise_body(workspace, certificate.body, certificate.rule_id, certificate.rule_edition, at)
        enter_references(workspace, package, open_world(workspace).party("scheme").id, at)
        jwt = sign_certificate(certificate, key, key_name(key.public_key()))
        decision = {
            "what": "decision.granted",
            "package": package.digest,
            "value": outcome.declared,
            "unit": outcome.unit,
            "reason": "demonstration: recomputed to the same digits",
            "public": list(shown) if package.lines else ["all"],
        }
        actor = certificate.body.id
        events = [
            event("decision.granted", at, actor, number, workspace.put(canonical_bytes(decision))),
            event("certificate.issued", at, actor, number, workspace.put(jwt)),
        ]
        _keep(workspace, package.digest, sealed)
        with workspace.open_log() as log:
            indices = log.append(events)
        return Issued(indices[-1], events[-1], jwt, sealed, certificate, tuple(shown))


def issued(workspace: Workspace) -> list[Issued]:
    """Return every certificate of the workspace, from its log and objects.

    Raises:
        FootproofError: E-OBJECT where the log names something that is not there.
    """
    public = workspace.body_key().public_key()
    keys = {key_name(public): public}
    decided = {}
    for _, entry in logged(workspace, b'"type":"decision.granted"'):
        event_of = read_canonical(entry)
        decided[event_of["subject"]] = event_of["object"]
    found = []
    for index, entry in logged(workspace, ISSUES):
        jwt = workspace.get(read_canonical(entry)["object"])
        certificate = certificate_of(verify(jwt, keys).credential)
        sealed = workspace.get(package_file(workspace, certificate.package_digest))
        decision = decided.get(certificate.number)
        shown = read_canonical(workspace.get(decision)).get("public", ["nothing"]) if decision else ["nothing"]
        found.append(Issued(index, entry, jwt, sealed, certificate, tuple(shown)))
    return found


def keep_package(workspace: Workspace, sealed: bytes) -> str:
    """Store a package and return its digest, under which `package_file` finds it again.

    Raises:
        FootproofError: As `open_package`.
    """
    package = open_package(sealed).digest
    _keep(workspace, package, sealed)
    return package


def _keep(workspace: Workspace, package: str, sealed: bytes) -> None:
    write_durably(_hint(workspace, package), workspace.put(sealed).encode("ascii"))


def package_file(workspace: Workspace, package: str) -> str:
    """Return the digest of the file that holds a package: a hint that whoever opens the file verifies.

    Raises:
        FootproofError: E-OBJECT where the workspace has no such package.
    """
    try:
        return _hint(workspace, package).read_text("ascii")
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or type(problem).__name__
        raise FootproofError("E-OBJECT", digest=package, reason=reason) from problem


def _hint(workspace: Workspace, package: str) -> Path:
    return workspace.folder / "objects" / "packages" / package.removeprefix("sha256:")


def demo_body(key: EllipticCurvePublicKey) -> Party:
    """Return the invented certification body of the demonstration."""
    return Party(did_key(key), demo_text("demo.body.name"), demo_text("demo.body.address"))


def _certificate(
    workspace: Workspace, package: Package, key: EllipticCurvePublicKey, number: str, today: date, *, stages: bool
) -> Certificate:
    about, result = package.record("about.json"), package.record("result.json")
    sheet = package.record("sheet.json")
    digits = sheet["rounding"]["digits"]
    return Certificate(
        id=f"{workspace.base}/c/{number}/",
        number=number,
        body=demo_body(key),
        client=_party(about["producer"], f"urn:footproof:demo:{about['study']}:producer"),
        site=_party(about["site"], f"urn:footproof:demo:{about['study']}:site"),
        product_name=_both(about["product"]["name"]),
        product_model=about["product"]["model"],
        product_id=f"urn:footproof:demo:{about['study']}:product",
        value=Decimal(result["declared"]),
        unit=result["unit"],
        unit_name=_both(about["declared_unit"]),
        boundary=_both(about["boundary"]),
        stages=tuple(_stage(name, about, result, digits) for name in sheet["stages"]) if stages else (),
        interval=_interval(result, digits),
        rule_id=about["rule"],
        rule_edition=about["rule_digest"],
        rule_title=_both(about["rule_title"]),
        rule_status=about["rule_status"],
        period_start=date.fromisoformat(about["period"]["start"]),
        period_end=date.fromisoformat(about["period"]["end"]),
        decided_on=today,
        valid_from=today,
        valid_until=_years_later(today),
        package_digest=package.digest,
        sheet_digest=about["sheet_digest"],
        demonstration=True,
        scheme_name=demo_text("demo.scheme"),
        scope=certification_scope(about["rule"], about["site"]["region"]),
        status=places(workspace, 1)[0],
    )


def _stage(name: str, about: Mapping[str, Any], result: Mapping[str, Any], digits: int) -> Stage:
    return Stage(name, _both(about["stages"][name]), _rounded(result["stages"][name]["total"], digits))


def _interval(result: Mapping[str, Any], digits: int) -> tuple[Decimal, Decimal] | None:
    low, high = result["interval"]["low"], result["interval"]["high"]
    return None if low == high else (_rounded(low, digits), _rounded(high, digits))


def _rounded(text: str, digits: int) -> Decimal:
    return Decimal(exact.round_significant(exact.read(text), digits))


def _years_later(day: date) -> date:
    """Return the last day of the validity: two years less a day; 29 February counts as 1 March."""
    following = date(day.year + VALID_YEARS, 3, 1) if (day.month, day.day) == (2, 29) else None
    last = following or day.replace(year=day.year + VALID_YEARS)
    return date.fromordinal(last.toordinal() - 1)


def _party(record: Mapping[str, Any], name: str) -> Party:
    return Party(name, _both(record["name"]), _both(record["address"]))


def _both(record: Mapping[str, str]) -> Bilingual:
    return Bilingual(record["zh"], record["en"])
