"""What of events is public: no person, no words of a person, no digest from which words could be guessed; and enough.

The checks read the public forms as a stranger does, by the names and values that stand there; they do not ask the
product which fields it hides.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any, get_args, get_type_hints

import pytest

from certify.actions import CHAPTERS, Watched, in_memory, play
from certify.cast import ALPHA, LABEL, NORTH, Script, actor, mark, package, subject
from certify.invariants import DIGEST, named_texts
from footproof.canonical import canonical_bytes, read_canonical
from footproof.certify.applications import AttachPackage, DeclineApplication, SubmitApplication
from footproof.certify.case import Begun, Case, Evidence, Outcome, Plan, TeamMember
from footproof.certify.certificate import Certified, Standing, StatusChange, StatusChanged, Turn
from footproof.certify.codec import digest_of
from footproof.certify.decisions import Decide
from footproof.certify.evaluations import BeginActivity, Conclude, PlanEvaluation
from footproof.certify.filings import Filing
from footproof.certify.forms import form_of, need_form
from footproof.certify.operation import Operation
from footproof.certify.operations import EVENTS, OPERATIONS
from footproof.certify.public import said_of, seal, visible
from footproof.certify.record import Public, Recorded, after
from footproof.certify.register import RegisterPerson
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.scheme import CaseKind

GUESSED = ("reasons", "reason", "text", "action", "notice", "agreement")
"""Fields with words of people, or with digests of a few of them."""
MAIL = re.compile(r"@[\w-]+\.[a-z]{2,}")
PEOPLE = ("person", "raised_by", "closed_by", "handler", "reviewer", "leader", "members")
OPEN = SubmitApplication("C-1", CaseKind.INITIAL, ALPHA, LABEL, subject(NORTH), package(NORTH, 2025), "")
DECIDE = Decide("C-1", Outcome.REFUSE, mark("reasons"), "", "")
CONCLUDE = Conclude("C-1", "number", True, (Evidence(mark("photo"), "photo", "site"),))
WRONG: dict[str, tuple[Operation, str, str]] = {
    "reasons in words": (replace(DECIDE, reasons="Wang Wei was late"), "E-FORM-DIGEST", "reasons"),
    "no reasons": (replace(DECIDE, reasons=""), "E-FORM-DIGEST", "reasons"),
    "a digest in capitals": (replace(DECIDE, reasons=mark("x").upper()), "E-FORM-DIGEST", "reasons"),
    "a digest cut short": (AttachPackage("C-1", mark("x")[:-1]), "E-FORM-DIGEST", "package"),
    "a digest and a line": (AttachPackage("C-1", mark("x") + "\n"), "E-FORM-DIGEST", "package"),
    "evidence in words": (
        replace(CONCLUDE, evidence=(Evidence("王伟 13800000000", "photo", "site"),)),
        "E-FORM-DIGEST",
        "evidence.digest",
    ),
    "a case named after somebody": (replace(OPEN, case="case of Wang Wei"), "E-FORM-NAME", "case"),
    "an address as a case": (replace(OPEN, case="wang.wei@example.cn"), "E-FORM-NAME", "case"),
    "a case with a year before": (replace(OPEN, case="2026/001"), "E-FORM-NAME", "case"),
    "a case with a question": (replace(OPEN, case="2026?001"), "E-FORM-NAME", "case"),
    "a case with a part": (replace(OPEN, case="2026#001"), "E-FORM-NAME", "case"),
    "a case of 201 signs": (replace(OPEN, case="C" * 201), "E-FORM-NAME", "case"),
    "a place in words": (replace(OPEN, subject=replace(OPEN.subject, place="Fujian")), "E-FORM-PLACE", "subject.place"),
    "a place in small letters": (
        replace(OPEN, subject=replace(OPEN.subject, place="cn-fj")),
        "E-FORM-PLACE",
        "subject.place",
    ),
    "a site in words": (replace(OPEN, subject=replace(OPEN.subject, site="王伟家")), "E-FORM-URI", "subject.site"),
    "a person by name": (RegisterPerson("王伟"), "E-FORM-PERSON", "id"),
    "a person by address": (RegisterPerson("wang.wei@example.cn"), "E-FORM-PERSON", "id"),
    "nobody": (RegisterPerson(""), "E-FORM-PERSON", "id"),
    "a scheme without edition": (replace(OPEN, scheme="cn.cfp.label"), "E-FORM-SCHEME", "scheme"),
    "a bell": (replace(OPEN, subject=replace(OPEN.subject, model="M\x07")), "E-FORM-TEXT", "subject.model"),
    "lines in a model": (replace(OPEN, subject=replace(OPEN.subject, model="M\n1")), "E-FORM-TEXT", "subject.model"),
    "writing turned round": (
        replace(OPEN, subject=replace(OPEN.subject, name=Bilingual("示例\u202e产品", "DEMO"))),
        "E-FORM-TEXT",
        "subject.name.zh",
    ),
    "a novel": (replace(OPEN, subject=replace(OPEN.subject, model="M" * 2001)), "E-FORM-TEXT", "subject.model"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_text_of_another_form_is_refused(name: str) -> None:
    operation, code, field = WRONG[name]
    with pytest.raises(FootproofError) as caught:
        need_form(operation)
    assert caught.value.where is not None
    assert (caught.value.code, caught.value.where.field, caught.value.values["rule"]) == (code, field, "I10")


def test_what_is_of_its_form_passes() -> None:
    name = Bilingual("示例产品\n第二行", "DEMO product\nsecond line")
    for operation in (
        OPEN,
        DECIDE,
        CONCLUDE,
        AttachPackage("C-1", mark("x")),
        RegisterPerson("p-7"),
        replace(OPEN, package="", subject=replace(OPEN.subject, model="型号 A/1 (2025)", name=name)),
    ):
        need_form(operation)


def test_the_form_is_asked_before_anything_is_recorded() -> None:
    script = Script(in_memory(0))
    script.apply("first")
    before = len(script.world.world.journal)  # type: ignore[attr-defined]
    with pytest.raises(FootproofError, match="E-FORM-DIGEST"):
        script.do(DeclineApplication("first", "Wang Wei did not call back"), actor(ALPHA, "p"))
    assert len(script.world.world.journal) == before  # type: ignore[attr-defined]
    script.do(DeclineApplication("first", mark("why")), actor(ALPHA, "p"))


def _within(noun: Any, seen: set[Any]) -> Iterator[tuple[str, Any]]:
    """Yield every field of a dataclass and of what it holds, with its type."""
    if not isinstance(noun, type) or not is_dataclass(noun) or noun in seen:
        return
    seen.add(noun)
    hints = get_type_hints(noun, include_extras=True)
    for one in fields(noun):
        yield f"{noun.__name__}.{one.name}", hints[one.name]
        for kind in chain([hints[one.name]], *(get_args(arg) or [arg] for arg in get_args(hints[one.name]))):
            yield from _within(kind, seen)


def test_where_people_or_their_words_may_stand_the_form_is_stated() -> None:
    seen: set[Any] = set()
    found = [one for noun in (*OPERATIONS.values(), *EVENTS.values()) for one in _within(noun, seen)]
    plain = [name for name, hint in found if name.rpartition(".")[2] in (*GUESSED, "person", "digest") and hint is str]
    assert set(plain) == {"Settled.reason", "DecisionDue.reason"}, "made of names of records, by the product"
    assert sum(form_of(hint) is not None for _, hint in found) > 150


CLASSES = {
    Public.YES: {
        "organisation.registered",
        "scope.granted",
        "scope.changed",
        "rule-filing.submitted",
        "rule-filing.filed",
        "rule-filing.returned",
        "rule-filing.resubmitted",
        "rule-filing.deregistered",
        "decision.taken",
        "case.reopened",
        "certificate.issued",
        "certificate.status-changed",
        "certificate.restated",
        "certificate.replaced",
        "mark.licensed",
        "order.issued",
        "statement.issued",
        "statement.fact-answered",
        "complaint.resolved",
        "declaration.declared",
        "declaration.corrected",
        "neutrality.claimed",
        "neutrality.ended",
        "credits.spent",
    },
    Public.NO: {
        "credit-code.taken",
        "staff.joined",
        "staff.left",
        "accreditation.sought",
        "holding.begun",
        "holding.passed",
        "case.opened",
        "case.closed",
        "neutrality.named",
        "credits.block-opened",
        "green-certificates.block-opened",
        "green-certificates.counted",
        "statement.relied-on",
        "pack.declared",
    },
}
"""Classes as the list of events of the domain study has them (6.7); bookkeeping that follows from others is in none."""


def test_the_classes_are_those_of_the_list_of_events() -> None:
    for public, kinds in CLASSES.items():
        assert {kind for kind, event in EVENTS.items() if event.public is public} == kinds
    assert {type(event.public) for event in EVENTS.values()} == {Public}


@pytest.fixture(scope="module")
def journals() -> list[Watched]:
    found = []
    for seed in range(40):
        watched = in_memory(seed % CHAPTERS)
        play(watched, seed, 60)
        found.append(watched)
    return found


def told(watched: Watched) -> Iterator[tuple[Recorded, dict[str, Any], Any]]:
    """Yield each public event with its form, as it reads after a journey through bytes, and the record after it."""
    records: dict[tuple[str, str], Any] = {}
    for one in watched.world.journal:  # type: ignore[attr-defined]
        place = one.record.stream, one.id
        before = records.get(place)
        records[place] = after(before, one.event, one.stamp)
        if one.event.public is Public.YES:
            yield one, read_canonical(canonical_bytes(said_of(one, before, records[place]).form)), records[place]


def leaves_of(form: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts of a public form with the member that they stand under."""
    if isinstance(form, dict):
        for name, one in form.items():
            for inner, text in leaves_of(one):
                yield inner or name, text
    elif isinstance(form, list):
        for one in form:
            yield from leaves_of(one)
    elif isinstance(form, str):
        yield "", form


def test_no_public_form_names_a_person_or_what_one_wrote(journals: list[Watched]) -> None:
    kinds = set()
    for watched in journals:
        journal = watched.world.journal  # type: ignore[attr-defined]
        people = {one.id for one in journal if one.record.stream == "person"} | {one.stamp.by.person for one in journal}
        guessed = {text for one in journal for name, text in named_texts(one.event) if name in GUESSED and text}
        assert len(people) > 20
        assert guessed
        for one, form, _ in told(watched):
            kinds.add(one.event.kind)
            for name, text in leaves_of(form):
                assert name not in (*PEOPLE, *GUESSED), (one.event.kind, name)
                assert text not in people, (one.event.kind, name)
                assert text not in guessed, (one.event.kind, name)
                assert not any(person in text for person in people), (one.event.kind, text)
                assert not MAIL.search(text), (one.event.kind, name, text)
    assert len(kinds) > len(CLASSES[Public.YES]) - 6


def standing(form: dict[str, Any], day: date) -> str:
    """Return the status of a certificate on a day as a stranger works it out from public forms alone."""
    if day < date.fromisoformat(form["first"]):
        return "not-yet"
    made = [one for one in form["changes"] if date.fromisoformat(one["on"]) <= day]
    ended = [one for one in made if one["turn"] in ("withdrawn", "cancelled")]
    if ended:
        return str(ended[0]["turn"])
    if day > date.fromisoformat(form["last"]):
        return "expired"
    last = {one["by"]: one for one in made}
    if any(one["turn"] == "suspended" for by, one in last.items() if by != form["body"]):
        return "suspended"
    own = last.get(form["body"], {"turn": ""})
    if own["turn"] == "suspended":
        until = own["until"]
        return "suspended" if until is None or day <= date.fromisoformat(until) else "lapsed"
    return "valid"


def read(told_of: dict[str, dict[str, Any]], form: dict[str, Any]) -> None:
    """Take one public form in, as a stranger who keeps account of certificates and filings does."""
    what = form["what"]
    if what in ("certificate.issued", "certificate.restated"):
        known = told_of.setdefault(form["id"], {"changes": []})
        known.update(form["held"])
    elif "change" in form and "number" in form:
        told_of[form["number"]]["changes"].append(form["change"])
    elif "by" in form and "number" in form:
        change = {"turn": "cancelled", "on": form["on"], "until": None}
        told_of[form["number"]]["changes"].append(change)
        told_of[form["number"]]["replaced_by"] = form["by"]
    elif what.startswith("rule-filing."):
        told_of.setdefault(form["id"], {})["state"] = what.removeprefix("rule-filing.").replace("resub", "sub")


def test_public_forms_alone_tell_how_certificates_and_filings_stand(journals: list[Watched]) -> None:
    seen = set()
    for watched in journals:
        read_of: dict[str, dict[str, Any]] = {}
        for _, form, _ in told(watched):
            read(read_of, form)
        for found in _all(watched, Certified):
            known = read_of[found.id]
            assert known.get("replaced_by", "") == found.replaced_by
            assert (known["client"], known["package"], known["scheme"]) == (
                found.held.client,
                found.held.package,
                found.held.scheme,
            )
            days = {found.held.first, found.held.last, *(one.on for one in found.changes)}
            days |= {one.until for one in found.changes if one.until is not None}
            for day in {one + timedelta(days=step) for one in days for step in (-1, 0, 1)}:
                assert standing(known, day) == found.standing(day).value
                seen.add(found.standing(day))
        for filing in _all(watched, Filing):
            assert read_of[filing.id]["state"] == filing.state
    assert seen == set(Standing)


def _all(watched: Watched, kind: type[Any]) -> list[Any]:
    found: list[Any] = watched.world.all(kind)  # type: ignore[attr-defined]
    return found


def test_who_begins_an_activity_ends_it() -> None:
    script = Script(in_memory(0))
    script.apply("first")
    script.accept("first")
    first, second = actor(ALPHA, "a1"), actor(ALPHA, "a2")
    two = tuple(TeamMember(one.person, "assessor") for one in (first, second))
    script.do(
        PlanEvaluation("first", Plan((*two, TeamMember(actor(ALPHA, "v1").person, "verifier")))), actor(ALPHA, "p")
    )
    begin, done = BeginActivity("first", "document-review"), script.done("first", "document-review")
    script.do(begin, first)
    assert [(one.activity, one.person, one.at) for one in _begun(script)] == [
        ("document-review", first.person, script.now)
    ]
    for operation, by in ((begin, first), (begin, second), (done, second)):
        with pytest.raises(FootproofError) as caught:
            script.do(operation, by)
        assert (caught.value.code, caught.value.values["rule"]) == ("E-ACTIVITY-BEGUN", "ISO/IEC 17065, 7.4.4")
    script.do(done, first)
    assert _begun(script) == ()
    # Nobody waits for somebody who left the team.
    begin, done = BeginActivity("first", "site-inspection"), script.done("first", "site-inspection")
    script.do(begin, first)
    script.do(
        PlanEvaluation("first", Plan((*two[1:], TeamMember(actor(ALPHA, "v1").person, "verifier")))), actor(ALPHA, "p")
    )
    assert _begun(script) == ()
    script.do(begin, second)


def _begun(script: Script) -> tuple[Begun, ...]:
    found = script.world.find(Case, "first")
    assert found is not None
    return found.begun


def test_a_suspension_tells_until_when_and_not_by_whom() -> None:
    until = date(2026, 12, 31)
    change = StatusChange(Turn.SUSPENDED, date(2026, 7, 1), until, "", ALPHA, mark("reasons"), "body-alpha-d")
    form = visible(StatusChanged(change))["change"]
    assert set(form) == {one.name for one in fields(change)} - {"person", "reasons"}
    assert (form["until"], form["by"]) == (until.isoformat(), ALPHA)


def test_a_seal_proves_an_event_to_whom_it_was_shown_and_tells_others_nothing() -> None:
    script = Script(in_memory(0))
    script.apply("first")
    one = script.world.world.journal[-1]  # type: ignore[attr-defined]
    name, salt = digest_of(one), b"\1" * 32
    assert DIGEST.fullmatch(seal(name, salt))
    assert seal(name, salt) == seal(digest_of(one), salt)
    other = replace(one, event=replace(one.event, id="second"))
    assert len({seal(name, salt), seal(name, b"\2" * 32), seal(digest_of(other), salt)}) == 3
