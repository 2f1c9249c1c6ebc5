"""One certificate from the application to its end, and the laws of rebuilding: the journal alone gives every record."""

from datetime import date, timedelta
from typing import Any

import pytest

from certify.actions import CHAPTERS, Watched, in_memory, play
from certify.cast import (
    ALPHA,
    BETA,
    ENERGY,
    LABEL,
    NORTH,
    OFFICIALS,
    SOUTH,
    Script,
    actor,
    evidence,
    mark,
    package,
    schemes,
)
from footproof.certify.case import Case, CaseState, Outcome, Severity
from footproof.certify.certificate import Certified, Standing, Turn
from footproof.certify.codec import digest_of, from_json, to_json
from footproof.certify.complaints import Acknowledge, Appeal, CloseComplaint, Complain, Complaint, Investigate, Resolve
from footproof.certify.decisions import CompleteReview, Decide
from footproof.certify.evaluations import AnswerFinding, CloseFinding, RaiseFinding
from footproof.certify.labels import LicenseLabels, ReportLabels
from footproof.certify.operations import EVENTS, RECORDS
from footproof.certify.orders import IssueOrder
from footproof.certify.record import Recorded, Stamp, after
from footproof.certify.surveillance import Due, due_list
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.scheme import CaseKind

NUMBER = "DEMO-2026-0001"
NEW = "DEMO-2026-0002"
REASONS = mark("reasons")


@pytest.fixture
def script() -> Script:
    return Script(in_memory(0))


def certificate(script: Script, number: str = NUMBER) -> Certified:
    found = script.world.find(Certified, number)
    assert found is not None
    return found


def refused(script: Script, operation: Any, by: Any) -> FootproofError:
    with pytest.raises(FootproofError) as caught:
        script.do(operation, by)
    return caught.value


def test_a_certificate_from_application_to_expiry(script: Script) -> None:
    script.apply("first")
    script.accept("first")
    script.plan("first")
    assessor, holder = actor(ALPHA, "a1"), actor(NORTH, "c1")
    script.do(RaiseFinding("first", "F1", "6.4", Severity.MAJOR, mark("finding")), assessor)
    script.complete("first")
    review = CompleteReview("first", Outcome.GRANT, REASONS)
    assert refused(script, review, actor(ALPHA, "r")).code == "E-FINDINGS-OPEN"
    assert refused(script, CloseFinding("first", "F1"), assessor).code == "E-FINDING-ANSWER"
    script.do(AnswerFinding("first", "F1", mark("action")), holder)
    script.do(CloseFinding("first", "F1"), assessor)
    script.do(review, actor(ALPHA, "r"))
    script.decide("first", Outcome.GRANT, NUMBER)

    granted = legal_day(script.now)
    held = certificate(script).held
    assert (held.value, held.unit, held.national) == (held.value, "kg CO2e / kWh", True)
    assert held.last == date(2028, 3, 2) == date(granted.year + 2, granted.month, granted.day) - timedelta(days=1)
    assert certificate(script).mark == "cn.pcf.mark"
    script.do(LicenseLabels(NUMBER, "B-1", 1000), actor(ALPHA, "p"))
    script.do(ReportLabels(NUMBER, "B-1", 1000), holder)
    assert certificate(script).labels[0].value == "60.4"
    assert refused(script, ReportLabels(NUMBER, "B-1", 1), holder).code == "E-LABEL-QUANTITY"

    script.now += timedelta(days=330)
    due = date(2027, 3, 3)
    looked = [certificate(script)]
    assert due_list(looked, schemes().__getitem__, legal_day(script.now)) == ()
    assert due_list(looked, schemes().__getitem__, legal_day(script.now), 60) == (Due(NUMBER, due, False),)
    assert due_list(looked, schemes().__getitem__, date(2027, 3, 4)) == (Due(NUMBER, due, True),)
    script.later("year-one", NUMBER, CaseKind.SURVEILLANCE, Outcome.MAINTAIN)
    assert [one.outcome for one in certificate(script).surveys] == ["maintain"]
    assert certificate(script).held.value == held.value
    assert certificate(script).newest == date(2026, 1, 1) > held.subject.first

    script.later("new-figure", NUMBER, CaseKind.CHANGE, Outcome.RESTATE, 2026)
    restated = certificate(script)
    assert restated.former == (held,)
    assert restated.held.value != held.value
    assert restated.held.last == held.last

    until = legal_day(script.now) + timedelta(days=90)
    script.later("trouble", NUMBER, CaseKind.SPECIAL, Outcome.SUSPEND, until=until)
    assert certificate(script).standing(legal_day(script.now)) is Standing.SUSPENDED
    assert certificate(script).standing(until + timedelta(days=1)) is Standing.LAPSED
    assert refused(script, LicenseLabels(NUMBER, "B-2", 1), actor(ALPHA, "p")).code == "E-CASE-STATE"
    script.later("mended", NUMBER, CaseKind.SPECIAL, Outcome.RESTORE)
    assert certificate(script).standing(legal_day(script.now)) is Standing.VALID

    script.later("move", NUMBER, CaseKind.TRANSFER, Outcome.GRANT, replacement=NEW, to=BETA)
    assert certificate(script).standing(legal_day(script.now)) is Standing.CANCELLED
    assert certificate(script).replaced_by == NEW
    moved = certificate(script, NEW)
    assert (moved.held.body, moved.held.last, moved.held.value) == (BETA, held.last, restated.held.value)
    assert moved.standing(held.last) is Standing.VALID
    assert moved.standing(held.last + timedelta(days=1)) is Standing.EXPIRED

    script.do(Complain("K-1", NEW, mark("complaint")), actor(SOUTH, "c1"))
    script.do(Acknowledge("K-1"), actor(BETA, "m"))
    script.do(Investigate("K-1"), actor(BETA, "q"))
    script.do(Resolve("K-1", "upheld", REASONS), actor(BETA, "q"))
    script.do(CloseComplaint("K-1"), actor(BETA, "q"))
    assert certificate(script, NEW).pending == ("complaint K-1",)
    assert certificate(script, NEW).standing(legal_day(script.now)) is Standing.VALID
    script.later("answer", NEW, CaseKind.SPECIAL, Outcome.MAINTAIN)
    assert certificate(script, NEW).pending == ()

    before = script.case("answer")
    script.do(Appeal("answer", "A-1", mark("appeal")), holder)
    script.do(Acknowledge("A-1"), actor(BETA, "q"))
    script.do(Investigate("A-1"), actor(BETA, "q"))
    script.do(Resolve("A-1", "upheld", REASONS), actor(BETA, "q"))
    assert script.case("answer") == before
    assert certificate(script, NEW).pending == ("appeal A-1",)
    found = script.world.find(Complaint, "A-1")
    assert found is not None
    assert (found.state, found.outcome) == ("resolved", "upheld")


def test_who_decided_does_not_hear_the_appeal(script: Script) -> None:
    script.apply("first")
    script.evaluate("first")
    script.review("first", Outcome.REFUSE)
    script.do(Decide("first", Outcome.REFUSE, REASONS), actor(ALPHA, "x", "decision-maker"))
    assert script.case("first").state is CaseState.DECIDED
    script.do(Appeal("first", "A-1", mark("appeal")), actor(NORTH, "c2"))
    script.do(Acknowledge("A-1"), actor(ALPHA, "q"))
    seen = refused(script, Investigate("A-1"), actor(ALPHA, "x", "appeals"))
    assert (seen.code, seen.values["rule"]) == ("E-APPEAL-SEPARATE", "I17")


def test_an_order_is_lifted_by_who_gave_it(script: Script) -> None:
    script.certify(NUMBER, ENERGY)
    regulator = OFFICIALS["regulator"]
    script.do(IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), regulator)
    script.apply("mend", ENERGY, kind=CaseKind.SPECIAL, certificate=NUMBER)
    script.evaluate("mend")
    script.review("mend", Outcome.RESTORE)
    with pytest.raises(FootproofError, match="E-ORDER-STANDS"):
        script.decide("mend", Outcome.RESTORE)
    script.do(IssueOrder(NUMBER, Turn.RESTORED, REASONS), regulator)
    assert certificate(script).standing(legal_day(script.now)) is Standing.VALID
    script.do(IssueOrder(NUMBER, Turn.WITHDRAWN, REASONS), regulator)
    for turn in Turn:
        assert refused(script, IssueOrder(NUMBER, turn, REASONS), regulator).values["rule"]


def test_another_package_has_to_be_verified_and_concluded_anew(script: Script) -> None:
    script.apply("first", LABEL, NORTH, year=2025, flavour="drift")
    script.evaluate("first")
    script.attach("first", package(NORTH, 2025))
    seen = refused(script, CompleteReview("first", Outcome.GRANT, REASONS), actor(ALPHA, "r"))
    everything = "document-review, site-inspection, pcf-verification"
    assert (seen.code, seen.values["needed"]) == ("E-ACTIVITIES-OPEN", everything)
    assessor = actor(ALPHA, "a1")
    script.do(script.done("first", "document-review", evidence("record")), assessor)
    script.do(script.done("first", "site-inspection", evidence("record")), assessor)
    verification = script.verify("first")
    script.do(script.done("first", "pcf-verification", evidence("record"), verification), actor(ALPHA, "v1"))
    seen = refused(script, CompleteReview("first", Outcome.GRANT, REASONS), actor(ALPHA, "r"))
    assert seen.code == "E-CONCLUSIONS-OPEN"


@pytest.fixture(scope="module")
def journals() -> list[Watched]:
    played = []
    for seed in range(24):
        watched = in_memory(seed % CHAPTERS)
        play(watched, seed, 60)
        played.append(watched)
    return played


def test_the_journal_alone_gives_every_record(journals: list[Watched]) -> None:
    for watched in journals:
        records: dict[tuple[str, str], Any] = {}
        for one in watched.world.journal:  # type: ignore[attr-defined]
            place = one.record.stream, one.id
            records[place] = after(records.get(place), one.event, one.stamp)
        kept = {place: record for place, (_, record) in watched.world._records.items()}  # type: ignore[attr-defined]
        assert records == kept


def test_every_event_and_record_survives_as_json(journals: list[Watched]) -> None:
    for watched in journals:
        for one in watched.world.journal[150:]:  # type: ignore[attr-defined]
            data = to_json(one.event)
            again = from_json(EVENTS[one.event.kind], data)
            assert again == one.event
            assert to_json(again) == data
            assert digest_of(Recorded(one.record, one.id, one.version, again, one.stamp)) == digest_of(one)
        for (stream, _), (_, record) in watched.world._records.items():  # type: ignore[attr-defined]
            assert from_json(RECORDS[stream], to_json(record)) == record


def test_the_digest_of_an_event_does_not_change(script: Script) -> None:
    script.apply("first")
    one = script.world.world.journal[-1]  # type: ignore[attr-defined]
    assert one.stamp == Stamp(actor(NORTH, "c1"), script.now)
    assert digest_of(one) == PINNED


PINNED = "sha256:9f383087fbd9b4cd2a34bcb07121a69bb7b9f1db5cc3517f044ec62224cc939c"


def test_a_case_is_what_its_events_say(script: Script) -> None:
    script.certify(NUMBER)
    found = script.world.find(Case, f"case-{NUMBER}")
    assert found is not None
    assert found.done == {"document-review", "site-inspection", "pcf-verification"}
    assert found.evaluators == {"body-alpha-p", "body-alpha-a1", "body-alpha-v1"}
