"""How certificates stand on a day is found in the tables as it follows from their events."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.certify.case import Subject
from footproof.certify.certificate import Certified, Held, Standing, StatusChange, Turn
from footproof.model.bilingual import Bilingual
from footproof.server.store.models import CertificateRow, StandingRow
from footproof.server.store.rows import certificate_row, standing_rows
from footproof.server.store.standings import standing_on
from store.worlds import CATEGORY, CLIENT, LABEL, MARKER, Shop

FIRST, BODY, AUTHORITY = date(2026, 3, 1), "urn:footproof:demo:body", "urn:footproof:demo:authority"
SPAN = 60
DAYS = st.integers(-5, SPAN).map(lambda number: FIRST + timedelta(days=number))
CHANGES = st.builds(
    StatusChange,
    st.sampled_from(Turn),
    DAYS,
    st.none() | DAYS,
    st.just(""),
    st.sampled_from((BODY, AUTHORITY)),
    st.just(MARKER),
)


def certified(number: str = "DEMO-1", last: date = FIRST + timedelta(days=40)) -> Certified:
    subject = Subject(
        "urn:footproof:demo:product", Bilingual("示例", "DEMO"), "K-1", CATEGORY, "urn:footproof:demo:site",
        "CN-FJ", FIRST, FIRST,
    )  # fmt: skip
    held = Held(number, "case-1", BODY, CLIENT, LABEL, subject, "", None, "", "", FIRST, FIRST, last, False, 0)
    return Certified(held)


def restated(found: Certified, last: date) -> Certified:
    return replace(found, held=replace(found.held, last=last), former=(*found.former, found.held))


@given(st.lists(CHANGES | DAYS, max_size=8))
def test_rows_written_over_those_before_are_those_made_anew(steps: list[StatusChange | date]) -> None:
    found = certified()
    written: dict[date, tuple[date, str]] = {}
    for step in steps:
        found = found.changed(step) if isinstance(step, StatusChange) else restated(found, max(step, FIRST))
        written |= {row.since: (row.until, row.standing) for row in standing_rows(found)}
    assert written == {row.since: (row.until, row.standing) for row in standing_rows(found)}
    days = [FIRST + timedelta(days=number) for number in range(-10, SPAN + 10)]
    for day in (*days, date.max) if found.changes else ():
        rows = [until_standing for since, until_standing in written.items() if since <= day <= until_standing[0]]
        assert [standing for _, standing in rows] == ([found.standing(day).value] if day >= min(written) else [])
        assert rows or found.standing(day) is Standing.NOT_YET


def test_nothing_is_written_while_the_dates_say_it_all() -> None:
    assert standing_rows(restated(certified(), FIRST)) == []


@pytest.mark.usefixtures("shop")
def test_the_tables_answer_for_every_standing_and_day(shop: Shop) -> None:
    """Made of all pairs of changes that a certificate may have."""
    changes = [
        StatusChange(turn, FIRST + timedelta(days=on), until, "", by, MARKER)
        for turn in Turn
        for on, until in ((10, None), (20, FIRST + timedelta(days=25)))
        for by in (BODY, AUTHORITY)
    ]
    found = [certified("DEMO-0"), *(certified().changed(one) for one in changes)]
    found += [one.changed(other) for one in found for other in changes]
    for place, one in enumerate(found):
        named = replace(one, held=replace(one.held, number=f"DEMO-{place:04}", place=place))
        found[place] = named
        certificate_row(named, leaf=place).save()
        StandingRow.objects.bulk_create(standing_rows(named))
    for number in (-1, 0, 9, 10, 15, 20, 25, 26, 40, 41, 400):
        day = FIRST + timedelta(days=number)
        for standing in Standing:
            names = standing_on(CertificateRow.objects.all(), standing, day).order_by("number")
            expected = sorted(one.id for one in found if one.standing(day) is standing)
            assert list(names.values_list("number", flat=True)) == expected, (standing, day)
