"""What the tables for lists say of a record: computed from its state, so that they can always be made again."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import models

from footproof.certify.calendar import load_calendar
from footproof.certify.case import Case
from footproof.certify.certificate import Certified
from footproof.certify.clocks import RUNNING, due_of
from footproof.credential.conformity import exact_text
from footproof.credential.status_list import FEWEST_ENTRIES
from footproof.errors import FootproofError
from footproof.model.scheme import Scheme
from footproof.server.store.models import NAME, CaseRow, CertificateRow, LaboratoryRow, StandingRow

ATTESTED = ("token", "leaf")
"""Columns of a certificate that tell of what was signed last; only an issue or a restatement changes them."""


FindScheme = Callable[[str], Scheme]
_DAY = timedelta(days=1)
CALENDAR = "cn"
"""Working days of the bodies whose schemes ship."""


def due_day(case: Case, schemes: FindScheme) -> date | None:
    """Return the last day on which a case is decided in time, by the holidays that are known now.

    Args:
        case: None is returned where no clock runs, or where its scheme is not known.
        schemes: Finds a scheme edition.
    """
    if case.state not in RUNNING:
        return None
    try:
        scheme = schemes(case.scheme)
    except FootproofError as problem:
        if problem.code != "E-SCHEME-UNKNOWN":
            raise
        return None
    return due_of(case, scheme, load_calendar(CALENDAR))


def laboratory_rows(case: Case) -> list[LaboratoryRow]:
    """Return the laboratories that may read a case."""
    named = case.terms.laboratories if case.terms is not None else ()
    return [LaboratoryRow(laboratory=one, case=case.id) for one in dict.fromkeys(named)]


def case_row(case: Case, schemes: FindScheme) -> CaseRow:
    """Return what lists of cases show.

    Args:
        case: The case.
        schemes: Finds a scheme edition.
    """
    return CaseRow(
        case=case.id,
        body=case.body,
        client=case.client,
        scheme=case.scheme,
        state=case.state.value,
        kind=case.kind.value,
        category=case.subject.category,
        certificate=case.certificate or (case.decision.certificate if case.decision else ""),
        submitted=case.submitted,
        accepted=case.accepted,
        working_days=case.terms.working_days if case.terms else None,
        due=due_day(case, schemes),
    )


def certificate_row(found: Certified, token: str = "", leaf: int = -1) -> CertificateRow:
    """Return what lists and look-ups of certificates show.

    Args:
        found: The certificate.
        token: Digest of what was signed last; empty where that is not known here.
        leaf: Index of its leaf.
    """
    held, subject = found.held, found.held.subject
    change = found.last_change(date.max)
    number, place = divmod(held.place, FEWEST_ENTRIES)
    return CertificateRow(
        number=held.number,
        case=held.case,
        body=held.body,
        client=held.client,
        scheme=held.scheme,
        category=subject.category,
        province=subject.place,
        name_zh=subject.name.zh,
        name_en=subject.name.en,
        product=subject.product,
        model=subject.model,
        model_start=subject.model[:NAME],
        value="" if held.value is None else exact_text(held.value),
        figure=held.value,
        unit=held.unit,
        decided=held.decided,
        first=held.first,
        last=held.last,
        turn=change.turn.value if change else "",
        turn_on=change.on if change else None,
        turn_until=change.until if change else None,
        replaced_by=found.replaced_by,
        list=number + 1,
        place=place,
        token=token,
        leaf=leaf,
    )


def standing_rows(found: Certified) -> list[StandingRow]:
    """Return how a certificate stands, from each day on which that may change; nothing while only its dates say so.

    What happens later adds days and takes none away, so that all rows can be written over those that were there.
    """
    if not found.changes:
        return []
    stated = (found.held, *found.former)
    days = {one.first for one in stated} | {one.on for one in found.changes}
    days |= {one.last + _DAY for one in stated}
    days |= {one.until + _DAY for one in found.changes if one.until is not None}
    begins = sorted(days)
    ends = [*(one - _DAY for one in begins[1:]), date.max]
    return [
        StandingRow(certificate=found.id, since=since, until=until, standing=found.standing(since).value)
        for since, until in zip(begins, ends, strict=True)
    ]


def columns(model: type[models.Model], without: tuple[str, ...] = ()) -> list[str]:
    """Return the names of the columns of a table that are not its key.

    Args:
        model: Table.
        without: Names to leave out.
    """
    found = [one.name for one in model._meta.concrete_fields if not one.primary_key]
    return [name for name in found if name not in without]


def plain(row: models.Model, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a row says, key and all, for comparison.

    Args:
        row: Of any table.
        without: Names to leave out.
    """
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if one.name not in without}
