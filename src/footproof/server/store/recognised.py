"""What the register says of bodies as recognition records: who was approved for what, and which rule is filed.

A certificate is worth what its body was allowed to do. The register holds that as grants and filings; here they become
statements of the demonstration's authority, accreditation body and scheme owner, entered in the log and published like
all others (server/demo_world), so that a check walks the same chain whoever issued. A statement is known from the day
on which it is entered, whatever day it speaks of: nothing is dated back. A body of which something stands in the
register that no record can state is left out, and the server's log says so; that stops nobody else's publication.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from footproof.canonical import digest
from footproof.certify.attestation import attestation
from footproof.certify.certificate import CertificateIssued, CertificateRestated, Certified, Held
from footproof.certify.filings import Filing
from footproof.certify.people import Grant, Organisation
from footproof.certify.record import Public, R, Recorded
from footproof.credential.did_key import key_name
from footproof.errors import FootproofError
from footproof.model.certificate import Party
from footproof.model.days import legal_day
from footproof.model.recognition import (
    Accreditation,
    Approval,
    Change,
    CodeList,
    FiledRule,
    KeyDelegation,
    SchemeEdition,
    Statement,
)
from footproof.model.scheme import Scheme
from footproof.recognise import thumbprint
from footproof.server.bodies import body_key, body_keys
from footproof.server.demo_world import append_changes, append_records, arrangement, open_world, recognition
from footproof.server.editions import editions
from footproof.server.store.models import RecordRow
from footproof.server.store.records import Records
from footproof.server.store.rows import FindScheme
from footproof.server.workspace import Workspace
from footproof.tlog import Log

MOVING = (Organisation.stream, Filing.stream)
"""Kinds of records whose public events move what is recognised."""

_log = logging.getLogger("footproof.store")


@dataclass(frozen=True, slots=True)
class Use:
    """A rule under which a body certified.

    Args:
        body: DID of the body.
        scheme: Scheme edition, `id@edition`.
        rule: Rulebook and digest of its edition, with a space between; empty for a certificate without a figure.
    """

    body: str
    scheme: str
    rule: str


def use_of(held: Held) -> Use:
    """Return the use that a certificate makes of a rule."""
    return Use(held.body, held.scheme, held.rule)


def uses() -> set[Use]:
    """Return every use that a certificate of the store makes of a rule now."""
    columns = {name: F(f"state__held__{name}") for name in ("body", "scheme", "rule")}
    rows = RecordRow.objects.filter(stream=Certified.stream).values_list(*columns.values()).distinct()
    return {Use(*row) for row in rows}


def uses_in(added: Iterable[Recorded]) -> set[Use]:
    """Return the uses of rules that some events brought.

    Args:
        added: Events.
    """
    return {use_of(one.event.held) for one in added if isinstance(one.event, CertificateIssued | CertificateRestated)}


def moves(one: Recorded) -> bool:
    """Tell whether an event may change what bodies are recognised for."""
    return one.event.public is Public.YES and one.record.stream in MOVING


def enter_recognition(workspace: Workspace, log: Log, schemes: FindScheme, made: Iterable[Use], at: datetime) -> bool:
    """Enter in the log what the register says and the log does not say yet.

    Args:
        workspace: Held by the caller.
        log: Opened.
        schemes: Finds a scheme edition.
        made: Uses that certificates make of rules, besides what bodies were granted.
        at: Now, with a time zone.

    Returns:
        Whether anything was entered.
    """
    known = {(one.KIND, one.id): one for one in recognition(workspace).records if not isinstance(one, CodeList)}
    stated = list(_Register(workspace, schemes, legal_day(at)).statements(set(made)))
    fresh = [one for one in stated if (one.KIND, one.id) not in known]
    changes = [
        (known[one.KIND, one.id], change)
        for one in stated
        if (one.KIND, one.id) in known
        for change in _changes(one)[len(_changes(known[one.KIND, one.id])) :]
    ]
    append_records(workspace, log, fresh, at)
    append_changes(workspace, log, changes, at)
    return bool(fresh or changes)


class _Register:
    """What the store knows of bodies, as statements of a day."""

    def __init__(self, workspace: Workspace, schemes: FindScheme, day: date) -> None:
        self._workspace, self._schemes, self._day = workspace, schemes, day
        self._records = Records()
        self._world = open_world(workspace)

    def statements(self, made: set[Use]) -> Iterator[Statement]:
        """Yield every statement."""
        self._records.fetch(body_keys(self._workspace))
        bodies = {name: found for name in body_keys(self._workspace) if (found := self._find(Organisation, name))}
        for body in bodies.values():
            yield from _told(body, self._granted(body))
        if any(grant.kind == "accreditation" for body in bodies.values() for grant in body.grants):
            yield arrangement(self._world, self._day)
        for scheme in sorted({one.scheme for one in made}):
            edition = self._schemes(scheme)
            yield self._edition(edition, {one.rule for one in made if one.scheme == scheme and one.rule})
            for use in sorted(made, key=lambda one: (one.body, one.rule)):
                if use.scheme == scheme and use.rule and edition.filing_needed and use.body in bodies:
                    yield from _told(bodies[use.body], self._filed(bodies[use.body], edition, use.rule))

    def _find(self, kind: type[R], name: str) -> R | None:
        found: R | None = self._records.get((kind.stream, name)).record
        return found

    def _granted(self, body: Organisation) -> Iterator[Statement]:
        """Yield the key of a body and what it was granted; a body without a grant is not recognised."""
        if not body.grants:
            return
        grants = [self._grant(body, one) for one in body.grants]
        key, scopes = body_key(self._workspace, body.id).public_key(), [s for one in body.grants for s in one.scopes]
        yield KeyDelegation(
            id=f"key-{_short(body.id)}",
            body=Party(body.id, body.name),
            key=key_name(key),
            thumbprint=thumbprint(key),
            activities=tuple(sorted({one for scope in scopes for one in scope.activities})),
            first=min(scope.first for scope in scopes),
            last=None,
            known=self._day,
            changes=(),
            stated_by=body.id,
        )
        yield from grants

    def _grant(self, body: Organisation, grant: Grant) -> Accreditation:
        giver = self._world.party("authority" if grant.kind == Approval.KIND else "accreditor")
        return attestation(body, grant, giver, f"{grant.kind}-{_short(f'{body.id} {grant.id}')}", self._day)

    def _edition(self, scheme: Scheme, used: set[str]) -> SchemeEdition:
        """Return an edition of a scheme; the rules it sets itself are all that it allows where none is to be filed."""
        owner = self._world.party("scheme")
        known = editions(self._workspace.folder)
        own = {one.partition(" ")[2] for one in used}.union(*map(known.digests_of, scheme.rulebooks))
        dates = scheme.validity
        return SchemeEdition(
            id=f"{scheme.id}-{scheme.edition}",
            scheme=scheme.id,
            edition=scheme.edition,
            name=scheme.title,
            owner=owner,
            rules=() if scheme.filing_needed else tuple(sorted(own)),
            first=(dates.first if dates else None) or date(2015, 1, 1),
            last=dates.last if dates else None,
            follows=None,
            carried_until=None,
            known=self._day,
            stated_by=owner.id,
        )

    def _filed(self, body: Organisation, scheme: Scheme, rule: str) -> Iterator[FiledRule]:
        """Yield the filing of a rule as the register has it: submitted only, filed, or struck off again."""
        authority, (name, _, edition) = self._world.party("authority"), rule.partition(" ")
        filing = self._find(Filing, Filing.name(body.id, scheme.name))
        days = (("filed", filing.filed), ("deregistered", filing.ended)) if filing else ()
        yield FiledRule(
            id=f"filing-{_short(f'{body.id} {scheme.name} {rule}')}",
            body=Party(body.id, body.name),
            authority=authority,
            scheme=scheme.id,
            rule=name,
            edition=edition,
            number=f"DEMO-F-{_short(Filing.name(body.id, scheme.name))}",
            known=self._day,
            changes=tuple(Change(kind, on, self._day) for kind, on in days if on is not None),
            stated_by=authority.id,
        )


def _told(body: Organisation, statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Return the statements about a body: none of them where one cannot be made, so that those of others go on."""
    try:
        return tuple(statements)
    except FootproofError as problem:
        _log.error(
            "recognition of %s is left out: %s, %s", body.id, problem.code, problem.where and problem.where.field
        )
        return ()


def _changes(record: Statement) -> tuple[Change, ...]:
    return () if isinstance(record, SchemeEdition) else record.changes


def _short(name: str) -> str:
    return digest(name.encode("utf-8"))[7:23]
