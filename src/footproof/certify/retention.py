"""How long the records of a certificate are kept (ISO/IEC 17065, 7.12.3; ISO/IEC 17021-1, 9.9.4).

The time of a scheme spans the current and the previous cycle, so it runs from the first day of the cycle that a
certificate opened; records are never given up while the certificate could still be valid. Who a pseudonym is belongs to
the records: it is erased only after them (Personal Information Protection Law of the PRC, article 47).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from footproof.certify.case import Case, CaseState
from footproof.certify.certificate import Certified
from footproof.certify.forms import Pseudonym, TextDigest
from footproof.certify.impartiality import latest
from footproof.certify.people import Person
from footproof.certify.record import Beginning, Stamp, World, need
from footproof.certify.refusals import refuse
from footproof.certify.scheme import add_months
from footproof.certify.verifications import Verification
from footproof.model.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Purge:
    """What the keeper of the records gave up at one time, because none of it had to be there any more.

    Args:
        id: Name of the purge.
        on: Day by which the times of keeping were reckoned.
        documents: Digests of documents whose bytes are gone; records go on naming them.
        people: Pseudonyms of which nobody can say any more who they are.
    """

    stream: ClassVar[str] = "purge"

    id: str
    on: date
    documents: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordsPurged(Beginning[Purge]):
    """Documents and names are given up."""

    kind: ClassVar[str] = "records.purged"
    id: str
    on: date
    documents: tuple[TextDigest, ...]
    people: tuple[Pseudonym, ...]

    def begin(self, _: Stamp) -> Purge:
        """Return what was given up."""
        return Purge(self.id, self.on, self.documents, self.people)


def keep_until(scheme: Scheme, certified: Certified) -> date | None:
    """Return the last day on which the records of a certificate have to be there.

    Args:
        scheme: Edition of the certificate.
        certified: The certificate; an early end does not shorten the time.

    Returns:
        None where the scheme sets no time: then nothing says that they may be given up.
    """
    years = scheme.retention_years
    if years is None:
        return None
    stated = (certified.held, *certified.former)
    kept = add_months(min(one.first for one in stated), 12 * years) - timedelta(days=1)
    return max((kept, *(one.last for one in stated)))


def keep_case_until(world: World, case: Case) -> date | None:
    """Return the last day on which the records of a case have to be there; None where nothing sets an end.

    Args:
        world: What is known.
        case: With its certificate, the time of that counts; without one, it runs from the last day the case knows.
    """
    if case.state not in _ENDED:
        return None
    scheme = world.scheme(case.scheme)
    found = latest(world, case.decision.certificate if case.decision is not None else case.certificate)
    if found is not None:
        return keep_until(scheme, found)
    if scheme.retention_years is None:
        return None
    days = (case.submitted, case.accepted, case.decision.on if case.decision is not None else None)
    return add_months(max(day for day in days if day is not None), 12 * scheme.retention_years)


def keep_record_until(world: World, stream: str, name: str) -> date | None:
    """Return the last day on which the documents that a record names have to be there; None where nothing sets an end.

    Args:
        world: What is known.
        stream: Kind of the record; only certificates, cases and verifications in a case have an end.
        name: Its id.
    """
    if stream == Certified.stream:
        certified = need(world, Certified, name)
        return keep_until(world.scheme(certified.held.scheme), certified)
    if stream == Verification.stream:
        name = need(world, Verification, name).case
    if stream not in (Case.stream, Verification.stream) or not name:
        return None
    return keep_case_until(world, need(world, Case, name))


_ENDED = (CaseState.DECIDED, CaseState.DECLINED, CaseState.WITHDRAWN)


def need_forgettable(world: World, person: str, day: date) -> None:
    """Refuse to erase who a pseudonym is while records need it: while the person works somewhere, or a case is kept.

    Args:
        world: What is known.
        person: Pseudonym.
        day: Today.

    Raises:
        FootproofError: E-RETENTION-WORKS, E-RETENTION-RUNS.
    """
    found = world.find(Person, person)
    engagements = found.engagements if found is not None else ()  # also one that begins after the day asked about
    working = tuple(one.organisation for one in engagements if one.last is None or day <= one.last)
    if working:
        raise refuse("E-RETENTION-WORKS", CLAUSE, "person", person=person, organisation=working[0])
    for name in world.cases_by(person):
        until = keep_case_until(world, need(world, Case, name))
        if until is None or day <= until:
            end = until.isoformat() if until is not None else "—"
            raise refuse("E-RETENTION-RUNS", CLAUSE, "person", person=person, case=name, until=end)


CLAUSE = "ISO/IEC 17065, 7.12"
