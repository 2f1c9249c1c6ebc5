"""Lists are filtered by the database: pages together are the whole list, and nothing else is listed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.routes import MOST_QUERIES, queries_in
from api.stores import on_both_stores
from api.worlds import RIVAL_BODY, RIVAL_CLIENT, Site
from footproof.certify import complaints
from footproof.certify.certificate import CertificateRestated, Certified, Standing, StatusChange, StatusChanged, Turn
from footproof.certify.complaints import Complaint, ComplaintAcknowledged, ComplaintReceived, ComplaintResolved
from footproof.certify.declaration import Declaration, DeclarationStarted, Pack
from footproof.certify.filings import Filing, FilingFiled, FilingSubmitted
from footproof.certify.record import Stamp, Step
from footproof.server.api import filters
from footproof.server.api.readings import read
from footproof.server.store.models import EventRow
from store.worlds import AT, CLIENT, LABEL, MARKER, REGISTRAR, SYSTEM

USUAL = settings(
    deadline=None, max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
NUMBERS = [f"DEMO-2026-00000{place}" for place in range(1, 6)]
LONG = "K" * 250


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("footproof.server.api.callers.need_turn", lambda *_: None)


def add(site: Site, *steps: Step, at: datetime = AT) -> None:
    with site.shop.journal._unit() as unit:
        unit.add(steps, Stamp(REGISTRAR, at))


def certified(site: Site) -> None:
    """Grant certificates of several models that stand in every way there is, one of them twice as long."""
    shop = site.shop
    day = AT.date()
    for place, number in enumerate(NUMBERS):
        case, model = f"case-{place}", ("K-1", "K-2", LONG, f"{LONG}+", "K-1")[place]
        scheme = LABEL if model == "K-1" else SYSTEM
        shop.ready(case, scheme=scheme, model=model)
        shop.journal.carry_out(shop.asked(case, number, scheme), shop.decider, AT + timedelta(seconds=place))
    for number, turn, until in (
        (NUMBERS[1], Turn.SUSPENDED, day + timedelta(days=30)),
        (NUMBERS[2], Turn.WITHDRAWN, None),
        (NUMBERS[3], Turn.CANCELLED, None),
    ):
        change = StatusChange(turn, day + timedelta(days=10), until, "", shop.body, MARKER)
        add(site, Step(Certified, number, StatusChanged(change)), at=AT + timedelta(minutes=1))
    found = read("certificate", NUMBERS[4])
    assert found is not None
    held = replace(found.record.held, last=day + timedelta(days=5000))
    add(site, Step(Certified, NUMBERS[4], CertificateRestated(held)), at=AT + timedelta(minutes=2))


def complained(site: Site) -> None:
    """Enter complaints and appeals of several parties, in several states."""
    for place in range(9):
        name, by = f"co-{place}", (CLIENT, RIVAL_CLIENT)[place % 2]
        kind = "appeal" if place % 3 == 0 else "complaint"
        body = RIVAL_BODY if place == 8 else site.shop.body
        number = NUMBERS[place % 2] if kind == "complaint" else ""
        case = f"case-{place}" if kind == "appeal" else ""
        steps = [Step(Complaint, name, ComplaintReceived(name, kind, by, body, case, number, MARKER))]
        steps += [Step(Complaint, name, ComplaintAcknowledged())] * (place > 3)
        steps += [Step(Complaint, name, ComplaintResolved("upheld", MARKER))] * (place > 6)
        add(site, *steps)


def pages(site: Site, path: str, person: str, asked: dict[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    """Yield the lines of all pages of a list."""
    cursor = ""
    while cursor is not None:
        query = urlencode({**asked, "limit": limit, "cursor": cursor})
        with CaptureQueriesContext(connection) as queries:
            answer = site.get(f"{path}?{query}", person)
        assert answer.status_code == 200, answer.content
        assert queries_in(queries) <= MOST_QUERIES
        page = answer.json()
        assert len(page["items"]) <= limit
        assert page["items"] or page["next"] is None
        yield from page["items"]
        cursor = page["next"]


def of(values: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(sorted(values))


@on_both_stores
def test_certificates_are_filtered_as_they_stand(fresh_site: Site) -> None:
    site = fresh_site
    certified(site)
    whole = list(pages(site, "/certificates", "", {}, 200))
    assert [one["number"] for one in whole] == NUMBERS
    days = [AT.date() + timedelta(days=number) for number in (-1, 0, 9, 10, 30, 40, 41, 4000, 6000)]
    asked = st.fixed_dictionaries(
        {
            "status": of(one.value for one in Standing),
            "on": of(one.isoformat() for one in days),
            "model": of({"K-1", "K-2", LONG, f"{LONG}+", "none"}),
            "product": of({whole[0]["product"], "urn:footproof:demo:none"}),
            "sort": of({"number", "-number", "-decided", "figure", "-last"}),
        }
    )
    known = {number: read("certificate", number) for number in NUMBERS}

    @USUAL
    @given(asked, st.integers(1, 4))
    def law(given: dict[str, Any], limit: int) -> None:
        given = {name: value for name, value in given.items() if value is not None}
        found = list(pages(site, "/certificates", "", given, limit))
        sort = {"sort": given.get("sort", "number")}
        on = {"on": given["on"]} if "on" in given else {}
        expected = [
            one
            for one in pages(site, "/certificates", "", {**sort, **on}, 200)
            if all(one[name] == given[name] for name in ("status", "model", "product") if name in given)
        ]
        assert found == expected
        for one in found:
            day = datetime.fromisoformat(one["on"]).date()
            assert one["status"] == known[one["number"]].record.standing(day).value  # type: ignore[union-attr]

    law()


@on_both_stores
def test_records_are_filtered_by_what_is_seen_of_them(fresh_site: Site) -> None:
    site = fresh_site
    complained(site)
    asked = st.fixed_dictionaries(
        {
            "type": of({"complaint", "appeal"}),
            "state": of({"received", "acknowledged", "resolved", "closed"}),
            "outcome": of({"upheld", "rejected"}),
            "by": of({CLIENT, RIVAL_CLIENT}),
            "body": of({site.shop.body, RIVAL_BODY}),
            "case": of({"case-0", "case-1"}),
            "certificate": of(NUMBERS[:3]),
        }
    )
    people = st.sampled_from(["p-manager", "p-client", "p-rival-client", "p-rival-manager", "p-regulator"])
    seen = {"p-regulator": 9, "p-manager": 8, "p-client": 5, "p-rival-client": 4, "p-rival-manager": 1}
    for person, count in seen.items():
        assert len(list(pages(site, "/complaints", person, {}, 4))) == count

    @USUAL
    @given(asked, people, st.integers(1, 4))
    def law(given: dict[str, Any], person: str, limit: int) -> None:
        given = {name: value for name, value in given.items() if value is not None}
        found = list(pages(site, "/complaints", person, given, limit))
        whole = pages(site, "/complaints", person, {}, 200)
        assert found == [one for one in whole if all(one[name] == value for name, value in given.items())]

    law()


@on_both_stores
def test_every_kind_has_filters_of_its_own(fresh_site: Site) -> None:
    site, body = fresh_site, fresh_site.shop.body
    site.shop.ready("case-1", "case-2")
    packs = {f"d-{model}": Pack(CLIENT, model, "lfp", Decimal(70)) for model in ("M-1", "M-2")}
    add(
        site,
        *(Step(Declaration, name, DeclarationStarted(name, LABEL, pack, MARKER)) for name, pack in packs.items()),
        *(
            Step(Filing, Filing.name(body, scheme), FilingSubmitted(body, scheme, "neutrality", MARKER))
            for scheme in (LABEL, SYSTEM)
        ),
        Step(Filing, Filing.name(body, LABEL), FilingFiled()),
    )

    def listed(path: str) -> list[str]:
        answer = site.get(path, "p-regulator")
        assert answer.status_code == 200, answer.content
        return [one.get("id") or one["engagement"]["id"] for one in answer.json()["items"]]

    assert listed("/declarations?model=M-2&state=quality-plan&chemistry=lfp") == ["d-M-2"]
    assert listed("/declarations?state=declared") == []
    assert listed(f"/declarations?maker={RIVAL_CLIENT}") == []
    assert listed("/filings?state=submitted") == [Filing.name(body, SYSTEM)]
    assert listed(f"/filings?scheme={LABEL}&category=neutrality&body={body}") == [Filing.name(body, LABEL)]
    assert listed("/verifications?case=case-1&state=statement-issued") == ["v-case-1"]
    assert listed(f"/verifications?client={RIVAL_CLIENT}") == []
    assert listed("/verifications?state=planned") == []
    assert listed("/neutrality?certificate=DEMO-1&claimant=x") == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/complaints?handler=p-reviewer", "E-API-QUERY"),
        ("/verifications?reviewer=p-reviewer", "E-API-QUERY"),
        ("/pack-lists?state=declared", "E-API-QUERY"),
        ("/complaints?state=lost", "E-API-FIELDS"),
        ("/certificates?status=good", "E-API-FIELDS"),
        ("/events?since=yesterday", "E-API-FIELDS"),
        ("/events?since=2026-11-22T09:00:00", "E-API-FIELDS"),
        ("/events?until=0001-01-01T00:00:00%2B08:00", "E-API-FIELDS"),
        ("/events?until=9999-12-31T23:00:00-08:00", "E-API-FIELDS"),
    ],
)
def test_a_filter_that_is_none_is_refused(site: Site, path: str, code: str) -> None:
    answer = site.get(path, "p-regulator")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@on_both_stores
def test_events_are_filtered_by_their_time(fresh_site: Site) -> None:
    complained(fresh_site)
    for minutes in (1, 2, 3):
        add(fresh_site, later(minutes), at=AT + timedelta(minutes=minutes))
    whole = list(pages(fresh_site, "/events", "p-regulator", {}, 200))
    moments = [AT + timedelta(minutes=number) for number in (-2000, 0, 1, 2, 3, 4)]
    kinds = of({one["kind"] for one in whole})

    @USUAL
    @given(of(moments), of(moments), kinds, st.integers(1, 30), st.booleans())
    def law(since: datetime | None, until: datetime | None, kind: str | None, limit: int, up: bool) -> None:
        asked = {"since": since, "until": until}
        given: dict[str, str] = {name: one.isoformat() for name, one in asked.items() if one is not None}
        given |= {"kind": kind} if kind else {}
        expected = [
            one
            for one in whole
            if (since is None or moment(one) >= since)
            and (until is None or moment(one) < until)
            and kind in (None, one["kind"])
        ]
        sort = {} if up else {"sort": "-sequence"}
        found = list(pages(fresh_site, "/events", "p-regulator", {**given, **sort}, limit))
        assert found == (expected if up else expected[::-1])

    law()


@pytest.mark.parametrize("fresh_site", ["sqlite"], indirect=True)  # PostgreSQL reads few rows without one
def test_events_of_a_moment_are_found_by_an_index(fresh_site: Site) -> None:
    rows = EventRow.objects.filter(at__gte=AT + timedelta(days=1), at__lt=AT + timedelta(days=2))
    assert "events_at" in rows.explain()


def moment(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["at"]).astimezone(UTC)


def later(number: int) -> Step:
    name = f"co-later-{number}"
    return Step(Complaint, name, ComplaintReceived(name, "complaint", CLIENT, RIVAL_BODY, "", NUMBERS[0], MARKER))


def test_words_of_filters_are_those_of_the_records() -> None:
    assert get_args(filters.ComplaintType) == complaints.KINDS
    assert get_args(filters.ComplaintState) == complaints.STATES
    assert get_args(filters.Outcome) == complaints.OUTCOMES
