"""Laws of the recognition chain."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.canonical import canonical_bytes
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.recognition import (
    Accreditation,
    Arrangement,
    Change,
    CodeList,
    Record,
    Scope,
    ended_on,
    in_force,
    state_on,
)
from footproof.model.recognition_records import RecognitionRecords, read_records, write_records
from footproof.recognise import Chain, Edge, problem, read_roots, remedy, roots_json, sentence, walk, walk_both
from recognise.test_cases import CASES
from recognise.world import NOW, changed, sound_world

QUESTION, RECORDS, ROOTS, _ = sound_world()
SOUND = [case for _, case in CASES if "edge" not in case and case["finding"] == "sound"]
ALL = [case for _, case in CASES]
EPOCH = date(2026, 1, 1)
DAYS = st.integers(-400, 1200).map(lambda days: EPOCH + timedelta(days=days))
KINDS = st.sampled_from(["suspended", "restored", "withdrawn"])


def told(chain: Chain) -> list[tuple[object, ...]]:
    """Return what a chain says, without the records, which may hold what nobody knew yet."""
    return [(edge.name, edge.verdict, edge.code, dict(edge.values)) for edge in chain.edges]


def with_scopes(records: RecognitionRecords, widen: Any) -> RecognitionRecords:
    grown: list[Record] = []
    for one in records.records:
        if isinstance(one, Arrangement):
            seats = tuple(replace(seat, scopes=tuple(map(widen, seat.scopes))) for seat in one.parties)
            grown.append(replace(one, scopes=tuple(map(widen, one.scopes)), parties=seats))
        elif isinstance(one, Accreditation):
            grown.append(replace(one, scopes=tuple(map(widen, one.scopes))))
        else:
            grown.append(one)
    return RecognitionRecords(tuple(grown))


@given(
    case=st.sampled_from(SOUND),
    extra=st.fixed_dictionaries(
        {
            "activities": st.lists(st.sampled_from(["*", "verification", "testing"]), max_size=2),
            "schemes": st.lists(st.sampled_from(["*", "pcf@*", "green-product@2025"]), max_size=2),
            "categories": st.lists(st.sampled_from(["*", "cpc-2.1:*", "cpc-2.1:49", "hs-2022:85"]), max_size=2),
            "places": st.lists(st.sampled_from(["*", "place:DE", "place:CN-ZJ"]), max_size=2),
        }
    ),
    earlier=st.integers(0, 400),
    later=st.integers(0, 400) | st.none(),
)
@settings(max_examples=150)
def test_widening_a_scope_never_breaks_a_sound_chain(
    case: dict[str, Any], extra: dict[str, list[str]], earlier: int, later: int | None
) -> None:
    question, records, roots, now = changed(case)

    def widen(scope: Scope) -> Scope:
        wider: dict[str, Any] = {name: (*getattr(scope, name), *items) for name, items in extra.items()}
        last = None if scope.last is None or later is None else scope.last + timedelta(days=later)
        return replace(scope, first=scope.first - timedelta(days=earlier), last=last, **wider)

    assert walk_both(question, with_scopes(records, widen), roots, now=now).finding == "sound"


@pytest.mark.parametrize("case", SOUND, ids=[case["name"] for case in SOUND])
def test_a_chain_needs_every_record_it_rests_on(case: dict[str, Any]) -> None:
    question, records, roots, now = changed(case)
    if case["name"] == "somebody else states a withdrawal of the body's approval":
        records = records.without(next(one for one in records.records if one.id == "approval-17x"))
    for edge in walk(question, records, roots, at=now, known_on=now).edges:
        if edge.record is not None and edge.name != "body":
            left = records.without(edge.record)
            assert not walk(question, left, roots, at=now, known_on=now).sound, edge.name


@pytest.mark.parametrize("name", ["authorities", "arrangement_owners", "scheme_owners"])
def test_a_chain_needs_every_root(name: str) -> None:
    empty: dict[str, Any] = {name: frozenset()}
    assert not walk(QUESTION, RECORDS, replace(ROOTS, **empty), at=NOW, known_on=NOW).sound


@given(day=DAYS)
def test_a_day_outside_any_interval_breaks_and_a_day_inside_all_does_not(day: date) -> None:
    """The world's intervals, by hand: key 2026, approval 2024-03-01–2028-02-29, accreditation 2025-01-10–2029-01-09,
    membership from 2021-06-01, scheme from 2026-01-01."""
    chain = walk(replace(QUESTION, issued=day), RECORDS, ROOTS, at=day, known_on=max(day, NOW))
    assert chain.sound == (date(2026, 1, 1) <= day <= date(2026, 12, 31))
    assert [edge.name for edge in chain.broken] == [
        name
        for name, first, last in (
            ("key", date(2026, 1, 1), date(2026, 12, 31)),
            ("approval", date(2024, 3, 1), date(2028, 2, 29)),
            ("accreditation", date(2025, 1, 10), date(2029, 1, 9)),
            ("rule", date(2026, 1, 1), date.max),
        )
        if not first <= day <= last
    ]


CHANGES = st.builds(Change, kind=KINDS, on=DAYS, known=st.integers(1, 500).map(lambda days: NOW + timedelta(days=days)))


@given(case=st.sampled_from(ALL), changes=st.lists(CHANGES, min_size=1, max_size=4), at=DAYS, wide=st.booleans())
@settings(max_examples=150)
def test_nothing_published_later_has_any_effect(
    case: dict[str, Any], changes: list[Change], at: date, wide: bool
) -> None:
    question, records, roots, _ = changed(case)
    before = walk(question, records, roots, at=at, known_on=NOW)
    later = changes[0].known
    grown: list[Record] = []
    for one in records.records:
        if isinstance(one, Accreditation | Arrangement):
            scope = Scope("later", ("*",), ("*",), ("*",), ("*",), date(2000, 1, 1), None, later)
            more = replace(one, changes=(*one.changes, *changes), scopes=(*one.scopes, *([scope] if wide else [])))
            if isinstance(more, Arrangement):
                seats = tuple(replace(seat, changes=(*seat.changes, *changes)) for seat in more.parties)
                more = replace(more, parties=seats)
            grown += [more, replace(more, id=f"{one.id}-later", known=later)]
        elif isinstance(one, CodeList):
            grown.append(one)
        else:
            grown += [one, replace(one, id=f"{one.id}-later", known=later)]
    after = walk(question, RecognitionRecords(tuple(grown)), roots, at=at, known_on=NOW)
    assert told(after) == told(before)


@given(order=st.permutations(RECORDS.records), cut=st.integers(0, 8))
def test_merging_depends_neither_on_order_nor_on_repetition(order: Sequence[Record], cut: int) -> None:
    left, right = RecognitionRecords(tuple(order[:cut])), tuple(order[cut:])
    assert left.with_records(right).with_records(order[:3]) == RECORDS


@given(changes=st.lists(st.builds(Change, kind=KINDS, on=DAYS, known=DAYS), max_size=4), order=st.randoms())
def test_copies_of_a_record_add_up_in_any_order(changes: list[Change], order: Any) -> None:
    base = RECORDS.approvals["did:web:body.example"][0]
    copies = [replace(base, changes=(one,)) for one in changes]
    order.shuffle(copies)
    found = RecognitionRecords((base, *copies)).records[0]
    assert isinstance(found, Accreditation)
    assert set(found.changes) == set(changes)
    assert RecognitionRecords((found, *reversed(copies))).records == (found,)


@given(changes=st.lists(st.builds(Change, kind=KINDS, on=DAYS, known=DAYS), max_size=6), day=DAYS, known_on=DAYS)
def test_the_state_of_a_day_is_what_a_plain_reading_of_the_rule_says(
    changes: list[Change], day: date, known_on: date
) -> None:
    """The rule of days, read day by day: of each day the last publication, of one day's publications the harder."""
    hard = {"restored": 0, "suspended": 1, "withdrawn": 2}
    state = "in force"
    for one in sorted({change.on for change in changes}):
        said = [change for change in changes if change.on == one and change.known <= known_on]
        if one <= day and said and state != "withdrawn":
            state = max(said, key=lambda change: (change.known, hard[change.kind])).kind
    found = state_on(changes, day, known_on)
    assert in_force(found) == (state in ("in force", "restored"))
    if found is not None and found.kind == "suspended":
        until = ended_on(changes, found, known_on)
        assert until is None or in_force(state_on(changes, until + timedelta(days=1), known_on))


def test_a_change_of_one_scope_leaves_the_others_alone() -> None:
    changes = (Change("suspended", EPOCH, EPOCH, ("1",)), Change("reduced", EPOCH, EPOCH, ("2",)))
    assert not in_force(state_on(changes, EPOCH, EPOCH, "1"))
    assert not in_force(state_on(changes, EPOCH, EPOCH, "2"))
    assert in_force(state_on(changes, EPOCH, EPOCH, "3"))
    assert in_force(state_on(changes, EPOCH - timedelta(days=1), EPOCH, "1"))


def test_a_scope_nobody_had_published_yet_is_told_as_such() -> None:
    scope = RECORDS.accreditations["did:web:body.example"][0].scopes[0]
    late = with_scopes(RECORDS, lambda one: replace(one, known=date(2026, 6, 1)) if one == scope else one)
    both = walk_both(QUESTION, late, ROOTS, now=NOW)
    assert both.finding == "known-later"
    assert [(edge.name, edge.code) for edge in both.issue.broken] == [("accreditation", "E-RECOG-NO-SCOPE")]


def test_a_thousand_walks_take_no_time_worth_mentioning(record_property: Any) -> None:
    """No benchmark; a guard against a walk that looks at every record (see docs/measurements.md for figures)."""
    crowd: list[Record] = list(RECORDS.records)
    approval = RECORDS.approvals["did:web:body.example"][0]
    for number in range(3000):
        holder = replace(approval.holder, id=f"did:web:body-{number}.example")
        crowd.append(replace(approval, id=f"approval-{number}x", holder=holder))
    records = RecognitionRecords(tuple(crowd))
    looked = [walk(QUESTION, records, ROOTS, at=QUESTION.issued, known_on=NOW) for _ in range(1000)]
    assert all(chain.sound for chain in looked)


def test_edges_that_are_not_broken_say_nothing() -> None:
    edge = Edge("key", "ok")
    assert (sentence(edge, "zh"), remedy(edge, "en"), problem(edge)) == ("", "", None)


GOOD = write_records(RECORDS)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"format":"footproof-recognition/1"', b'"format":"footproof-recognition/2"', "E-RECOG-FORM"),
        (b'"kind":"approval"', b'"kind":"licence"', "E-RECOG-FORM"),
        (b'"known":"2025-12-20"', b'"known":"2025-12-20","knows":"x"', "E-RECOG-FORM"),
        (b'"known":"2025-12-20"', b'"known":"20251220"', "E-RECOG-FORM"),
        (b'"known":"2025-12-20"', b'"known":20251220', "E-RECOG-FORM"),
        (b'"known":"2025-12-20",', b"", "E-RECOG-FORM"),
        (b'"places":["place:CN"]', b'"places":["place:china"]', "E-RECOG-FIELD"),
        (b'"places":["place:CN"]', b'"places":[]', "E-RECOG-FIELD"),
        (b'"places":["place:CN"]', b'"places":"place:CN"', "E-RECOG-FORM"),
        (b'"schemes":["pcf@2026"]', b'"schemes":["pcf"]', "E-RECOG-FIELD"),
        (b'"last":"2029-01-09"', b'"last":"2024-01-09"', "E-RECOG-FIELD"),
        (b'"kind":"filed"', b'"kind":"suspended"', "E-RECOG-FIELD"),
        (b"{", b" {", "E-CANONICAL"),
        (b'"separator":""', b'"separator":"--"', "E-RECOG-FIELD"),
        (b'"stated_by":"did:web:ab.example"', b'"stated_by":"ab"', "E-RECOG-FIELD"),
    ],
)
def test_a_record_set_of_another_form_is_refused(old: bytes, new: bytes, code: str) -> None:
    assert old in GOOD
    with pytest.raises(FootproofError) as caught:
        read_records(GOOD.replace(old, new, 1))
    assert caught.value.code == code


def test_copies_that_contradict_each_other_are_refused() -> None:
    approval = RECORDS.approvals["did:web:body.example"][0]
    for other in (
        replace(approval, number="R-1"),
        replace(approval, scopes=(replace(approval.scopes[0], places=("place:DE",)),)),
    ):
        with pytest.raises(FootproofError, match="E-RECOG-CONFLICT"):
            RECORDS.with_records([other])
    assert (
        len(RECORDS.with_records([replace(approval, stated_by="did:web:mallory.example", number="R-1")]).records) == 8
    )


def test_a_set_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("footproof.model.recognition_records.MOST_BYTES", len(GOOD) - 1)
    with pytest.raises(FootproofError, match="E-RECOG-SIZE"):
        read_records(GOOD)
    monkeypatch.setattr("footproof.model.recognition_records.MOST_RECORDS", 3)
    with pytest.raises(FootproofError, match="E-RECOG-SIZE"):
        RecognitionRecords(RECORDS.records)


def test_cases_lie_where_they_are_sought() -> None:
    assert len(list((Path(__file__).parent / "cases").glob("*.toml"))) == 8


@pytest.mark.parametrize("text", ["DEMO\nBody", "DEMO\u202eydoB", "DEMO\x1b[31m", "D" * 501, "\u200b"])
def test_a_name_that_would_spoil_a_line_is_refused(text: str) -> None:
    approval = RECORDS.approvals["did:web:body.example"][0]
    with pytest.raises(FootproofError, match="E-RECOG-FIELD"):
        replace(approval, holder=replace(approval.holder, name=Bilingual("示例", text)))
    with pytest.raises(FootproofError, match="E-RECOG-FIELD"):
        Change("suspended", EPOCH, EPOCH, (), Bilingual("示例", text))


def test_the_width_of_brackets_makes_no_other_name() -> None:
    name = Bilingual("示例认证（北京）中心", "DEMO Certification Centre")
    narrow = Bilingual("示例认证(北京) 中心", "Demo  Certification Centre")
    records = RecognitionRecords(
        tuple(
            replace(one, holder=replace(one.holder, name=name)) if isinstance(one, Accreditation) else one
            for one in RECORDS.records
        )
    )
    question = replace(QUESTION, body=replace(QUESTION.body, name=narrow))
    assert walk(question, records, ROOTS, at=NOW, known_on=NOW).sound


def test_arrangements_without_number_do_not_hold_up_a_walk() -> None:
    """A hundred invented owners who all recognise each other: 100 levels of 100 ways if each were tried."""
    base = next(one for one in RECORDS.records if isinstance(one, Arrangement))
    seat = base.parties[0]

    def party(number: int) -> Any:
        return replace(base.owner, id=f"did:web:invented-{number}.example")

    invented = [
        replace(
            base,
            id=f"invented-{number}",
            owner=party(number),
            stated_by=party(number).id,
            parties=(seat, *(replace(seat, party=party(other)) for other in range(100) if other != number)),
        )
        for number in range(100)
    ]
    without = RECORDS.without(base).with_records(invented)
    chain = walk(QUESTION, without, ROOTS, at=NOW, known_on=NOW)
    assert [(edge.name, edge.code) for edge in chain.broken] == [("arrangement", "E-RECOG-CYCLE")]
    assert walk(QUESTION, without.with_records([base]), ROOTS, at=NOW, known_on=NOW).sound


# A second opinion: the same question answered by brute force over all records, in another shape, over small worlds.

SOME = st.sampled_from
SCOPES = st.builds(
    Scope,
    id=st.just("1"),
    activities=st.lists(SOME(["*", "product-certification", "testing"]), min_size=1, max_size=2).map(tuple),
    schemes=st.lists(SOME(["*", "pcf@*", "pcf@2026", "pcf@2024", "x@2026"]), min_size=1, max_size=2).map(tuple),
    categories=st.lists(SOME(["*", "cpc-2.1:46", "cpc-2.1:464", "cpc-2.1:49"]), min_size=1, max_size=2).map(tuple),
    places=st.lists(SOME(["*", "place:CN", "place:CN-FJ", "place:DE"]), min_size=1, max_size=2).map(tuple),
    first=SOME([date(2025, 1, 1), date(2026, 5, 20), date(2026, 5, 21)]),
    last=SOME([None, date(2026, 12, 31), date(2027, 5, 20)]),
    known=SOME([date(2025, 1, 1), date(2026, 6, 1)]),
)
STATES = st.lists(
    st.builds(
        Change,
        kind=KINDS,
        on=SOME([date(2026, 5, 1), date(2026, 5, 20), date(2026, 5, 25)]),
        known=SOME([date(2026, 5, 1), date(2026, 5, 30)]),
    ),
    max_size=2,
).map(tuple)
WILD: dict[str, Callable[[str], bool]] = {
    "activities": lambda item: item in ("*", "product-certification"),
    "schemes": lambda item: item in ("*", "pcf@*", "pcf@2026"),
    "categories": lambda item: item == "*" or "cpc-2.1:46410".startswith(item),
    "places": lambda item: item == "*" or "place:CN-FJ".startswith(item),
}


def plainly(grant: Any, at: date, known_on: date) -> bool:
    """Read the rules once more, without indices, sets or early ends."""
    answers = []
    for scope in grant.scopes:
        fits = [any(test(item) for item in getattr(scope, name)) for name, test in WILD.items()]
        days = scope.first <= at <= (scope.last or date.max) and scope.known <= known_on
        answers.append(all(fits) and days and in_force(state_on(grant.changes, at, known_on, scope.id)))
    return any(answers)


@given(
    scopes=st.lists(SCOPES, min_size=3, max_size=3),
    states=st.lists(STATES, min_size=3, max_size=3),
    at=SOME([date(2026, 5, 20), date(2026, 5, 26), date(2027, 1, 1)]),
    known_on=SOME([date(2026, 5, 20), date(2026, 6, 2)]),
)
@settings(max_examples=300, deadline=None)
def test_a_second_opinion_agrees(
    scopes: list[Scope], states: list[tuple[Change, ...]], at: date, known_on: date
) -> None:
    approval = replace(RECORDS.approvals["did:web:body.example"][0], scopes=(scopes[0],), changes=states[0])
    accreditation = RECORDS.accreditations["did:web:body.example"][0]
    accreditation = replace(accreditation, scopes=(scopes[1],), changes=states[1])
    arrangement = next(one for one in RECORDS.records if isinstance(one, Arrangement))
    seat = replace(arrangement.parties[0], scopes=(scopes[2],), changes=states[2])
    others = [one for one in RECORDS.records if not isinstance(one, Accreditation | Arrangement)]
    records = RecognitionRecords((*others, approval, accreditation, replace(arrangement, parties=(seat,))))
    chain = walk(QUESTION, records, ROOTS, at=at, known_on=known_on)
    assert chain.sound == all(plainly(one, at, known_on) for one in (approval, accreditation, seat))


def test_roots_survive_their_json() -> None:
    assert read_roots(canonical_bytes(roots_json(ROOTS))) == ROOTS


@pytest.mark.parametrize(
    ("name", "value"),
    [("authorities", "did:web:a.example"), ("authorities", [1]), ("needs_approval", "yes"), ("more", []), ("", None)],
)
def test_roots_of_another_form_are_refused(name: str, value: Any) -> None:
    spoilt: dict[str, Any] = roots_json(ROOTS) | {name: value}
    if value is None:
        del spoilt[name], spoilt["authorities"]
    with pytest.raises(FootproofError, match="E-RECOG-FORM"):
        read_roots(canonical_bytes(spoilt))
