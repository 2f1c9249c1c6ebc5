"""Who rests on the statement of a verification hears of it when the statement is withdrawn or revised."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from certify.actions import in_memory
from certify.cast import (
    ALPHA,
    BETA,
    FACTS,
    LABEL,
    NORTH,
    REDUCTION,
    TERMS,
    Script,
    actor,
    agreed,
    mark,
    package,
    packs_of,
    subject,
)
from footproof.certify.applications import AcceptApplication, SubmitApplication
from footproof.certify.case import Base, Outcome
from footproof.certify.certificate import Certified
from footproof.certify.codec import from_json, to_json
from footproof.certify.declaration import Declaration, Pack, StatementAttached, coverage
from footproof.certify.declaration_operations import (
    AttachActivityData,
    AttachStatement,
    CorrectDeclaration,
    Declare,
    SelfCalculate,
    StartDeclaration,
)
from footproof.certify.declaration_rule import rule_on
from footproof.certify.engagements import AnswerFact, DiscoverFact
from footproof.certify.pack_lists import ListPacks
from footproof.certify.people import Conflict
from footproof.certify.register import DeclareConflict
from footproof.certify.verifications import Resting, Verification
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.scheme import CaseKind
from footproof.texts import describe

NUMBER, SECOND = "DEMO-00001", "DEMO-00002"
MAKER, PACK = actor(NORTH, "c1"), packs_of(NORTH)[0]


@pytest.fixture
def script() -> Script:
    """Return a settled world that is watched."""
    return Script(in_memory(0))


def answer(script: Script, verification: str, outcome: str) -> None:
    """Say what follows from a fact that came to light about a statement."""
    found = script.world.find(Verification, verification)
    assert found is not None
    script.do(DiscoverFact(verification, Bilingual("示例", "DEMO")), actor(found.body, "p"))
    script.do(AnswerFact(verification, outcome), actor(found.body, "r"))


def pending(script: Script, number: str = NUMBER) -> tuple[str, ...]:
    """Return the open questions on a certificate."""
    found = script.world.find(Certified, number)
    assert found is not None
    return found.pending


@pytest.mark.parametrize(("outcome", "asked"), [("withdrawn", True), ("revised", True), ("stands", False)])
def test_a_certificate_hears_of_a_statement_that_it_took_over(script: Script, outcome: str, asked: bool) -> None:
    script.take_over("C", "V")
    answer(script, "V", outcome)
    assert pending(script) == (("statement V",) if asked else ())


@pytest.mark.parametrize("outcome", ["withdrawn", "revised"])
def test_a_reduction_hears_of_the_statement_on_its_base(script: Script, outcome: str) -> None:
    script.certify(NUMBER, REDUCTION)
    name = script.base(NORTH).verification
    answer(script, name, outcome)
    assert pending(script) == (f"statement {name}",)


def test_a_reduction_hears_of_the_statement_behind_the_certificate_of_its_base(script: Script) -> None:
    script.certify(NUMBER, year=2024)
    behind = script.case(f"case-{NUMBER}").activities[-1].verification
    assert behind
    base = Base(package(NORTH, 2024), NUMBER)
    about = subject(NORTH, 2025, REDUCTION)
    script.do(SubmitApplication("C", CaseKind.INITIAL, ALPHA, REDUCTION, about, package(NORTH, 2025), "", base), MAKER)
    script.grant("C", SECOND)
    answer(script, behind, "withdrawn")
    assert pending(script) == pending(script, SECOND) == (f"statement {behind}",)


def test_the_certificate_that_took_the_place_of_another_hears_of_it(script: Script) -> None:
    script.take_over("C", "V")
    script.later("T", NUMBER, CaseKind.TRANSFER, Outcome.GRANT, 2025, SECOND, to=BETA)
    answer(script, "V", "withdrawn")
    assert (pending(script), pending(script, SECOND)) == ((), ("statement V",))


def test_nobody_is_asked_about_what_ended(script: Script) -> None:
    script.certify(NUMBER, REDUCTION)
    script.now += timedelta(days=800)
    answer(script, script.base(NORTH).verification, "withdrawn")
    assert pending(script) == ()


def test_a_verification_knows_each_that_rests_on_it_once(script: Script) -> None:
    script.certify(NUMBER, REDUCTION, year=2025)
    script.now += timedelta(days=330)
    script.later("S", NUMBER, CaseKind.SURVEILLANCE, Outcome.RESTATE, 2026)
    found = script.world.find(Verification, script.base(NORTH).verification)
    assert found is not None
    assert found.resting == (Resting("certificate", NUMBER),)
    assert from_json(Verification, to_json(found)) == found
    assert "resting" not in to_json(replace(found, resting=None))


def test_a_case_that_was_not_decided_has_no_certificate_to_hear(script: Script) -> None:
    script.state("V", NORTH, ALPHA, agreed(package(NORTH, 2025)))
    script.apply("C")
    script.do(AcceptApplication("C", replace(TERMS, reused=("V",)), FACTS[LABEL]), actor(ALPHA, "p"))
    script.plan("C")
    script.complete("C")
    answer(script, "V", "withdrawn")
    with pytest.raises(FootproofError, match="E-STATEMENT-STATE"):
        script.review("C", Outcome.GRANT)


def test_who_decided_on_another_statement_is_not_who_worked_on_it(script: Script) -> None:
    """A tie of the decision-maker asks about the certificates decided on, not about the case that verified the base."""
    script.certify(NUMBER, year=2024)
    base = Base(package(NORTH, 2024), NUMBER)
    about, sent = subject(NORTH, 2025, REDUCTION), package(NORTH, 2025)
    script.do(SubmitApplication("C", CaseKind.INITIAL, BETA, REDUCTION, about, sent, "", base), MAKER)
    script.grant("C", SECOND)
    tie = Conflict(NORTH, "family", legal_day(script.now))
    script.do(DeclareConflict(actor(BETA, "d").person, tie), actor(BETA, "m"))
    assert (pending(script), pending(script, SECOND)) == ((), ("conflict C",))


# ---- declarations


def prepared(script: Script, name: str = "D", pack: Pack = PACK, year: int = 2025) -> str:
    """Bring a declaration up to its statement; return the verification."""
    sent, verification = package(NORTH, year), f"V-{name}"
    script.do(StartDeclaration(name, pack, mark("plan")), MAKER)
    script.do(AttachActivityData(name, mark("data")), MAKER)
    script.do(SelfCalculate(name, sent), MAKER)
    script.state(verification, NORTH, ALPHA, agreed(sent))
    script.do(AttachStatement(name, verification), MAKER)
    return verification


def declaration(script: Script, name: str = "D") -> Declaration:
    """Return a declaration."""
    found = script.world.find(Declaration, name)
    assert found is not None
    return found


@pytest.mark.parametrize("outcome", ["withdrawn", "revised"])
def test_nothing_is_declared_on_a_statement_that_fell(script: Script, outcome: str) -> None:
    answer(script, prepared(script), outcome)
    with pytest.raises(FootproofError, match="E-STATEMENT-STATE"):
        script.do(Declare("D"), MAKER)


def test_nothing_is_declared_while_a_fact_is_open_and_all_is_well_when_the_statement_stands(script: Script) -> None:
    verification = prepared(script)
    script.do(DiscoverFact(verification, Bilingual("示例", "DEMO")), actor(ALPHA, "p"))
    with pytest.raises(FootproofError, match="E-STATEMENT-STATE"):
        script.do(Declare("D"), MAKER)
    script.do(AnswerFact(verification, "stands"), actor(ALPHA, "r"))
    script.do(Declare("D"), MAKER)
    assert declaration(script).verification == verification


def test_a_statement_that_took_the_place_of_the_attached_one_is_another(script: Script) -> None:
    verification = prepared(script)
    found = script.world.find(Verification, verification)
    assert found is not None
    again = replace(found, engagement=replace(found.engagement, statement=mark("another statement")))
    script.world.world._records[Verification.stream, verification] = (1, again)  # type: ignore[attr-defined]
    with pytest.raises(FootproofError, match="E-STATEMENT-STATE"):
        script.do(Declare("D"), MAKER)


@pytest.mark.parametrize("outcome", ["withdrawn", "revised"])
def test_what_was_declared_bears_a_mark_until_it_is_corrected(script: Script, outcome: str) -> None:
    verification = prepared(script)
    script.do(Declare("D"), MAKER)
    answer(script, verification, outcome)
    assert declaration(script).unsupported == legal_day(script.now)
    rule = rule_on(legal_day(script.now))
    assert coverage(rule, [declaration(script)], NORTH, [PACK]).unsupported == (PACK.model,)
    sent = package(NORTH, 2024)
    script.state("V-2", NORTH, ALPHA, agreed(sent))
    script.do(CorrectDeclaration("D", mark("plan 2"), mark("data 2"), sent, "V-2", "示例"), MAKER)
    corrected = declaration(script)
    assert (corrected.unsupported, corrected.verification) == (None, "V-2")
    assert coverage(rule, [corrected], NORTH, [PACK]).unsupported == ()
    answer(script, "V-2", "withdrawn")
    assert declaration(script).unsupported == legal_day(script.now)


def test_what_was_corrected_rests_on_the_later_statement_alone(script: Script) -> None:
    verification, sent = prepared(script), package(NORTH, 2024)
    script.do(Declare("D"), MAKER)
    script.state("V-2", NORTH, ALPHA, agreed(sent))
    script.do(CorrectDeclaration("D", mark("plan 2"), mark("data 2"), sent, "V-2", "示例"), MAKER)
    answer(script, verification, "withdrawn")
    assert declaration(script).unsupported is None


def test_what_was_recorded_without_the_verification_reads_as_before() -> None:
    event = StatementAttached(mark("statement"), ALPHA)
    assert set(to_json(event)) == {"statement", "verifier"}
    assert from_json(StatementAttached, to_json(event)) == event


def test_a_model_is_declared_once(script: Script) -> None:
    prepared(script)
    prepared(script, "E", year=2024)
    script.do(Declare("D"), MAKER)
    for asked in (Declare("E"), StartDeclaration("F", replace(PACK, energy=Decimal("60.0")), mark("plan"))):
        with pytest.raises(FootproofError) as refused:
            script.do(asked, MAKER)
        assert refused.value.code == "E-DECL-TWICE"
        assert all("declarations.correct" in describe(refused.value, lang)[1] for lang in ("zh", "en"))


def test_a_model_that_is_listed_otherwise_is_another_pack(script: Script) -> None:
    prepared(script)
    script.do(Declare("D"), MAKER)
    larger = replace(PACK, energy=Decimal(61))
    script.do(ListPacks((larger,)), MAKER)
    script.do(StartDeclaration("E", larger, mark("plan")), MAKER)
    script.do(ListPacks((PACK,)), MAKER)
    with pytest.raises(FootproofError, match="E-DECL-TWICE"):
        script.do(StartDeclaration("F", PACK, mark("plan")), MAKER)
