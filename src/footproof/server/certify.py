"""A demonstration body decides on a sealed package and issues a certificate.

Roles, review and schemes come with the certification system; here one invented body decides alone, and everything it
issues says 示例 / DEMO. The order is fixed: objects first, then the log, then publication, so that nothing public lacks
its leaf and a crash leaves at most an object nobody names.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from footproof.canonical import canonical_bytes, read_canonical
from footproof.check.events import ISSUED
from footproof.credential.conformity import certificate_of
from footproof.credential.did_key import did_key, key_name
from footproof.credential.jose import verify
from footproof.credential.securing import sign_certificate
from footproof.errors import FootproofError
from footproof.label.mark import need_drawable
from footproof.label.rule import demo_rule
from footproof.model.certificate import Certificate, Party
from footproof.model.days import legal_day
from footproof.package import Package, open_package, recompute
from footproof.server.bodies import body_keys
from footproof.server.demo_world import certification_scope, demo_text, open_world, recognise_body
from footproof.server.events import event, logged
from footproof.server.figureless import is_figureless
from footproof.server.references import enter_references
from footproof.server.stated import Granted, certificate_from, party, stated_in
from footproof.server.status import places
from footproof.server.workspace import Workspace, write_durably

KEPT = 16
VALID_YEARS = 2
RESTATED = "certificate.restated"


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
        number = next_number({one.certificate.number for one in known}, at)
        stages = not package.lines or "stage-totals" in shown
        draft = draft_certificate(workspace, package, number, at, stages=stages)
        certificate = replace(draft, status=places(workspace, 1)[0])
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
    keys = {key_name(key.public_key()): key.public_key() for key in body_keys(workspace).values()}
    decided = {}
    for _, entry in logged(workspace, b'"type":"decision.granted"'):
        event_of = read_canonical(entry)
        decided[event_of["subject"]] = event_of["object"]
    found = {}
    for index, entry in logged(workspace, b'"type":"certificate.'):
        stated = read_canonical(entry)
        if stated["type"] not in (ISSUED, RESTATED) or is_figureless(jwt := workspace.get(stated["object"])):
            continue
        certificate = certificate_of(verify(jwt, keys).credential)
        sealed = workspace.get(package_file(workspace, certificate.package_digest))
        decision = decided.get(certificate.number)
        shown = read_canonical(workspace.get(decision)).get("public", ["nothing"]) if decision else ["nothing"]
        found[certificate.number] = Issued(index, entry, jwt, sealed, certificate, tuple(shown))
    return list(found.values())


def keep_package(workspace: Workspace, sealed: bytes) -> str:
    """Store a package and return its digest, under which `package_file` finds it again.

    Raises:
        FootproofError: As `open_package`.
    """
    package = open_package(sealed).digest
    _keep(workspace, package, sealed)
    return package


def _keep(workspace: Workspace, package: str, sealed: bytes) -> None:
    name_package(workspace, package, workspace.put(sealed))


def name_package(workspace: Workspace, package: str, file: str) -> None:
    """Note which object holds a package, so that `package_file` finds it.

    Args:
        workspace: Where both are kept.
        package: Digest of the package.
        file: Digest of the object.
    """
    write_durably(_hint(workspace, package), file.encode("ascii"))


@lru_cache(maxsize=KEPT)
def opened(sealed: bytes) -> Package:
    """Return a package that was opened; the last ones are kept, since what is decided on is published next.

    Raises:
        FootproofError: As `open_package`.
    """
    return open_package(sealed)


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


def knows_package(workspace: Workspace, package: str) -> bool:
    """Tell whether a package is known here, as `package_file` finds it.

    Args:
        workspace: Where it would be kept.
        package: Digest, of a package or of anything else.
    """
    return _hint(workspace, package).exists()


def forget_package(workspace: Workspace, package: str) -> None:
    """Remove a package; done again after it was cut short, it ends what it began.

    Args:
        workspace: Where it is kept.
        package: Digest of a package that is known and that nothing needs.
    """
    workspace.object_file(package_file(workspace, package)).unlink(missing_ok=True)
    _hint(workspace, package).unlink()


def _hint(workspace: Workspace, package: str) -> Path:
    return workspace.folder / "objects" / "packages" / package.removeprefix("sha256:")


def demo_body(key: EllipticCurvePublicKey) -> Party:
    """Return the invented certification body of the demonstration."""
    return Party(did_key(key), demo_text("demo.body.name"), demo_text("demo.body.address"))


def next_number(taken: Collection[str], at: datetime) -> str:
    """Return the next number of the demonstration body: one more than it has issued, or the first free one after.

    Args:
        taken: Every number that was issued, or is about to be.
        at: Now, with a time zone.
    """
    serial = len(taken) + 1
    while (number := f"DEMO-{legal_day(at).year}-{serial:06d}") in taken:
        serial += 1
    return number


def draft_certificate(
    workspace: Workspace, package: Package, number: str, at: datetime, *, stages: bool | None = None
) -> Certificate:
    """Return the certificate that the demonstration body would issue for a package; it has no status yet.

    Args:
        workspace: Of the body.
        package: Opened and recomputed.
        number: Number it gets.
        at: Now, with a time zone.
        stages: Whether to state the stages; if left out, those of a package without confidential lines.

    Raises:
        FootproofError: E-CERT-FIELD where a member has a form that cannot be signed; E-LABEL-TEXT or E-LABEL-LINK where
            its mark cannot be drawn: what cannot be published is not issued.
    """
    key, today = workspace.body_key().public_key(), legal_day(at)
    stated = stated_in(package)
    about = stated.about
    name = f"urn:footproof:demo:{about['study']}"
    granted = Granted(
        id=f"{workspace.base}/c/{number}/",
        number=number,
        body=demo_body(key),
        client=party(about["producer"], f"{name}:producer"),
        site=f"{name}:site",
        product=f"{name}:product",
        decided=today,
        first=today,
        last=_years_later(today),
        demonstration=True,
        scheme_name=demo_text("demo.scheme"),
        scope=certification_scope(about["rule"], about["site"]["region"]),
    )
    draft = certificate_from(stated, granted, stages=stated.open if stages is None else stages)
    need_drawable(draft, demo_rule(), draft.id)
    return draft


def renumbered(workspace: Workspace, draft: Certificate, number: str) -> Certificate:
    """Return the draft of another certificate on the same package.

    Args:
        workspace: Of the body.
        draft: As `draft_certificate` gives it.
        number: Number of the other.

    Raises:
        FootproofError: As `draft_certificate`.
    """
    found = replace(draft, number=number, id=f"{workspace.base}/c/{number}/")
    need_drawable(found, demo_rule(), found.id)
    return found


def _years_later(day: date) -> date:
    """Return the last day of the validity: two years less a day; 29 February counts as 1 March."""
    following = date(day.year + VALID_YEARS, 3, 1) if (day.month, day.day) == (2, 29) else None
    last = following or day.replace(year=day.year + VALID_YEARS)
    return date.fromordinal(last.toordinal() - 1)
