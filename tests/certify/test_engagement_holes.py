"""Ways around the rules of a verification that a review found, each refused now with the rule in the way."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from certify.actions import in_memory
from certify.cast import (
    ALPHA,
    DRAWING,
    EVIDENCE_PLAN,
    LABEL,
    NORTH,
    OFFICIALS,
    REGISTRAR,
    RISKS,
    RULE,
    UNMODIFIED,
    WORK,
    Script,
    _engage,
    actor,
    agreed,
    analyse,
    mark,
    model_of,
    name_of,
    package,
)
from certify.lottery import drawn
from footproof.certify.codec import digest_of
from footproof.certify.declaration import Pack
from footproof.certify.declaration_operations import (
    AttachActivityData,
    AttachStatement,
    SelfCalculate,
    StartDeclaration,
)
from footproof.certify.engagements import (
    AgreeEngagement,
    AmendEngagement,
    AnalyseEngagement,
    ConcludeEngagement,
    DecideEngagement,
    Drawing,
    GatherEvidence,
    IssueStatement,
    PlanEngagement,
    RecordMisstatement,
    ReviewEngagement,
)
from footproof.certify.materiality import ceiling, read_figures, usual
from footproof.certify.operation import Operation
from footproof.certify.people import Competence
from footproof.certify.record import Actor
from footproof.certify.register import (
    AssignRole,
    ChangeScope,
    GrantCompetence,
    GrantScope,
    RegisterOrganisation,
    SeekAccreditation,
)
from footproof.certify.scheme import load_scheme
from footproof.certify.statements import statement_of
from footproof.certify.verifications import Verification
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import (
    Answer,
    Assertion,
    Assurance,
    EvidenceItem,
    EvidencePlan,
    Level,
    Materiality,
    Misstatement,
    MisstatementKind,
    Team,
)
from footproof.model.parameter import Confidence
from footproof.model.recognition import Change, Scope
from footproof.verify.statement import statement_digest, statement_record

WORDS = Bilingual("示例说明", "DEMO words")
GAMMA = "urn:demo:body-gamma"
PLANNER, VERIFIER, REVIEWER = actor(ALPHA, "p"), actor(ALPHA, "v1"), actor(ALPHA, "r")
TEAM = Team(VERIFIER.person, (VERIFIER.person,))
NUMBER = package(NORTH, 2025)


@pytest.fixture
def script() -> Script:
    """Return a world with its cast and no certificate."""
    return Script(in_memory(0))


def refused(script: Script, operation: Operation, by: Actor) -> tuple[str, Any]:
    with pytest.raises(FootproofError) as caught:
        script.do(operation, by)
    return caught.value.code, caught.value.values["rule"]


def found(script: Script, name: str = "V") -> Verification:
    one = script.world.find(Verification, name)
    assert one is not None
    return one


def alone(script: Script) -> None:
    """Agree on a verification without a case, and analyse its claim."""
    script.do(AgreeEngagement("V", NORTH, agreed(NUMBER)), PLANNER)
    script.do(analyse("V"), VERIFIER)


def planned(**changes: Any) -> PlanEngagement:
    asked = PlanEngagement("V", TEAM, RISKS, EVIDENCE_PLAN, (DRAWING,))
    return replace(asked, **changes)


def decided(script: Script) -> None:
    """Bring a verification without a case to its decision."""
    alone(script)
    script.do(planned(), PLANNER)
    script.gather("V", VERIFIER)
    script.do(ConcludeEngagement("V", UNMODIFIED, WORK), VERIFIER)
    script.do(ReviewEngagement("V"), REVIEWER)
    script.do(DecideEngagement("V"), REVIEWER)


# Who may verify


def newcomer(script: Script) -> None:
    """Found a body that holds nothing, and whose people nobody found competent."""
    script.do(RegisterOrganisation(GAMMA, "body", name_of(GAMMA), "CN-FJ", True), REGISTRAR)
    roles = {"m": ("manager",), "p": ("planner",), "v1": ("verifier",), "r": ("reviewer", "decision-maker")}
    for short, names in roles.items():
        _engage(script.world, actor(GAMMA, short), names, script.now, REGISTRAR if short == "m" else actor(GAMMA, "m"))
    script.do(SeekAccreditation(GAMMA, OFFICIALS["accreditor"].organisation), actor(GAMMA, "m"))


def test_a_body_verifies_what_it_is_accredited_for(script: Script) -> None:
    newcomer(script)
    asked, planner = AgreeEngagement("V", NORTH, agreed(NUMBER)), actor(GAMMA, "p")
    assert refused(script, asked, planner) == ("E-SCOPE-MISSING", "I5")
    day = legal_day(script.now)
    scope = Scope("1", ("product-certification",), ("*",), ("cn.pcf:*",), ("place:CN",), date(2020, 1, 1), None, day)
    grant = GrantScope(GAMMA, "accreditation", "DEMO-9", (scope,))
    script.do(grant, OFFICIALS["accreditor"])
    assert refused(script, asked, planner) == ("E-SCOPE-MISSING", "I5"), "certification is not verification"
    wide = replace(scope, id="2", activities=("verification",))
    script.do(replace(grant, grant="accreditation:2", scopes=(wide,)), OFFICIALS["accreditor"])
    others: tuple[dict[str, Any], ...] = ({"site": "urn:x", "place": "DE"}, {"category": "other:1"})
    for other in others:
        wrong = replace(asked, agreed=replace(asked.agreed, **other))
        assert refused(script, wrong, planner) == ("E-SCOPE-MISSING", "I5")
    unsaid = replace(asked, agreed=replace(asked.agreed, category=""))
    assert refused(script, unsaid, planner) == ("E-VERIFY-INCOMPLETE", "ISO/IEC 17029, 9.3")
    script.do(asked, planner)


def test_people_without_a_case_are_competent_too(script: Script) -> None:
    newcomer(script)
    day = legal_day(script.now)
    scope = Scope("1", ("verification",), ("*",), ("cn.pcf:*",), ("place:CN",), date(2020, 1, 1), None, day)
    script.do(GrantScope(GAMMA, "accreditation", "DEMO-9", (scope,)), OFFICIALS["accreditor"])
    verifier, reviewer = actor(GAMMA, "v1"), actor(GAMMA, "r", "reviewer")
    script.do(AgreeEngagement("V", NORTH, agreed(NUMBER)), actor(GAMMA, "p"))
    assert refused(script, analyse("V"), verifier) == ("E-TEAM-COMPETENCE", "ISO/IEC 17065, 6.1.2")
    able = Competence("verifier", "cn.pcf.traction-battery", "cn.pcf:2", date(2020, 1, 1), date(2036, 1, 1))
    script.do(GrantCompetence(verifier.person, replace(able, category="cn.pcf:9")), actor(GAMMA, "m"))
    assert refused(script, analyse("V"), verifier)[0] == "E-TEAM-COMPETENCE"
    script.do(GrantCompetence(verifier.person, able), actor(GAMMA, "m"))
    script.do(analyse("V"), verifier)
    team = Team(verifier.person, (verifier.person,))
    script.do(planned(team=team), actor(GAMMA, "p"))
    script.gather("V", verifier)
    script.do(ConcludeEngagement("V", UNMODIFIED, WORK), verifier)
    assert refused(script, ReviewEngagement("V"), reviewer)[0] == "E-TEAM-COMPETENCE"
    script.do(GrantCompetence(reviewer.person, replace(able, role="reviewer")), actor(GAMMA, "m"))
    script.do(ReviewEngagement("V"), reviewer)


def test_an_accreditation_that_ended_before_the_statement(script: Script) -> None:
    decided(script)
    day = legal_day(script.now)
    for grant, by in (("accreditation", "accreditor"), ("approval", "regulator")):
        change = Change("suspended", day, day)
        script.do(ChangeScope(ALPHA, f"{grant}:{ALPHA}", change), OFFICIALS[by])
    assert refused(script, IssueStatement("V"), REVIEWER) == ("E-SCOPE-MISSING", "I5")


def test_who_verified_does_not_issue(script: Script) -> None:
    jack = actor(ALPHA, "x", "verifier")
    script.do(AgreeEngagement("V", NORTH, agreed(NUMBER)), PLANNER)
    script.do(analyse("V"), jack)
    script.do(planned(), PLANNER)
    script.gather("V", VERIFIER)
    script.do(ConcludeEngagement("V", UNMODIFIED, WORK), VERIFIER)
    as_reviewer = replace(jack, role="reviewer")
    assert refused(script, ReviewEngagement("V"), as_reviewer) == ("E-REVIEW-SEPARATE", "I4")
    script.do(ReviewEngagement("V"), REVIEWER)
    assert refused(script, DecideEngagement("V"), as_reviewer) == ("E-REVIEW-SEPARATE", "I4")
    script.do(DecideEngagement("V"), REVIEWER)
    assert refused(script, IssueStatement("V"), as_reviewer) == ("E-REVIEW-SEPARATE", "I4")
    script.do(IssueStatement("V"), actor(ALPHA, "d"))


def test_who_fixed_what_is_looked_at_does_not_review_it(script: Script) -> None:
    jack, manager = actor(ALPHA, "x", "planner"), actor(ALPHA, "m")
    script.do(AssignRole(jack.person, ALPHA, "planner"), manager)
    as_reviewer = replace(jack, role="reviewer")
    alone(script)
    script.do(planned(), jack)
    script.gather("V", VERIFIER)
    script.do(ConcludeEngagement("V", UNMODIFIED, WORK), VERIFIER)
    assert refused(script, ReviewEngagement("V"), as_reviewer) == ("E-REVIEW-SEPARATE", "I4")
    script.do(ReviewEngagement("V"), REVIEWER)
    for later in (DecideEngagement("V"), IssueStatement("V")):
        assert refused(script, later, as_reviewer) == ("E-REVIEW-SEPARATE", "I4")
        script.do(later, REVIEWER)


def test_who_left_the_team_stays_apart(script: Script) -> None:
    alone(script)
    jack = actor(ALPHA, "x", "verifier")
    script.do(planned(team=Team(jack.person, (jack.person,))), PLANNER)
    script.do(AmendEngagement("V", agreed(NUMBER), WORDS), PLANNER)
    script.do(analyse("V"), VERIFIER)
    script.do(planned(), PLANNER)
    script.gather("V", VERIFIER)
    script.do(ConcludeEngagement("V", UNMODIFIED, WORK), VERIFIER)
    assert refused(script, ReviewEngagement("V"), replace(jack, role="reviewer")) == ("E-REVIEW-SEPARATE", "I4")


def test_a_statement_says_what_the_records_hold(script: Script) -> None:
    decided(script)
    script.do(IssueStatement("V"), REVIEWER)
    first = found(script)
    statement = statement_of(script.world.world, first, legal_day(script.now))  # type: ignore[attr-defined]
    assert statement_digest(statement) == first.engagement.statement
    record = statement_record(statement)
    claim = record["claim"]
    assert (record["number"], record["addressee"]["en"]) == ("V/1", name_of(NORTH).en)
    assert claim["responsible"]["en"] == name_of(NORTH).en, "who makes the claim is the maker of the package"
    assert (record["body"]["accreditation"], record["body"]["demonstration"]) == ("DEMO-2", True)
    assert (record["leader"], record["reviewer"]) == (VERIFIER.person, REVIEWER.person)


def test_evidence_that_never_leaves_the_site_is_not_named_in_a_statement(script: Script) -> None:
    alone(script)
    assert refused(script, AnalyseEngagement("V", mark("a"), analyse("V").aspects, "anybody"), VERIFIER)[1] == "I10"
    script.do(planned(), PLANNER)
    gather = GatherEvidence("V", "row-1", mark("secret recipe"), "site")
    assert refused(script, replace(gather, export="friends"), VERIFIER) == ("E-CASE-WORD", "I10")
    script.do(gather, VERIFIER)
    script.gather("V", VERIFIER)
    script.do(ConcludeEngagement("V", UNMODIFIED, WORK), VERIFIER)
    script.do(ReviewEngagement("V"), REVIEWER)
    script.do(DecideEngagement("V"), REVIEWER)
    script.do(IssueStatement("V"), REVIEWER)
    record = statement_record(statement_of(script.world.world, found(script), legal_day(script.now)))  # type: ignore[attr-defined]
    assert mark("secret recipe") not in record["evidence"]["digests"]
    assert record["evidence"]["withheld"] == "1"
    assert mark("row-1") in record["evidence"]["digests"]


# What is planned, drawn and gathered


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"evidence": EvidencePlan((EvidenceItem("anything", Fraction(1), ("inspect",)),), Decimal(1))}, "RISK-OPEN"),
        ({"evidence": EvidencePlan((*EVIDENCE_PLAN.items, EVIDENCE_PLAN.items[0]), Decimal("0.8"))}, "EVIDENCE"),
        (
            {"evidence": EvidencePlan((replace(EVIDENCE_PLAN.items[0], share=Fraction(1)),), Decimal("0.8"))},
            "RISK-OPEN",
        ),
        (
            {
                "evidence": EvidencePlan(
                    (replace(EVIDENCE_PLAN.items[0], share=Fraction(1, 2)), EVIDENCE_PLAN.items[1]), Decimal("0.8")
                )
            },
            "EVIDENCE",
        ),
        ({"drawings": ()}, "UNSAMPLED"),
        ({"drawings": (Drawing(0),)}, "SAMPLE"),
        ({"drawings": (Drawing(1, "stratified"),)}, "SAMPLE"),
        ({"risks": RISKS[:2]}, "RISK-OPEN"),
        ({"risks": (replace(RISKS[0], share=Fraction(1, 2)), *RISKS[1:])}, "RISK-SHARE"),
        ({"risks": (*RISKS, replace(RISKS[2], id="mine"))}, "RISK-SHARE"),
        ({"risks": (replace(RISKS[0], level=Level.LOW), *RISKS[1:])}, "RISK-OPEN"),
        ({"answers": (Answer("nobody asked", WORDS),)}, "ITEM"),
    ],
)
def test_a_plan_that_spares_something(script: Script, changes: dict[str, Any], code: str) -> None:
    alone(script)
    assert refused(script, planned(**changes), PLANNER) == (f"E-VERIFY-{code}", "ISO 14064-3:2019, 6.1")
    script.do(planned(), PLANNER)


def test_a_proposed_risk_may_be_seen_otherwise_in_words(script: Script) -> None:
    alone(script)
    lower = (replace(RISKS[0], level=Level.MEDIUM), *RISKS[1:])
    assert refused(script, planned(risks=lower), PLANNER)[0] == "E-VERIFY-RISK-OPEN"
    script.do(planned(risks=lower, answers=(Answer("row-1", WORDS),)), PLANNER)
    assert found(script).engagement.answers == (Answer("row-1", WORDS),)


def test_nothing_is_planned_on_a_package_that_nobody_can_look_into(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone(script)
    monkeypatch.setattr(type(script.world.world), "risks", lambda *_: ())  # type: ignore[attr-defined]
    assert refused(script, planned(), PLANNER)[0] == "E-VERIFY-RISK-SHARE"


def test_the_claim_is_understood_before_risks_are_weighed(script: Script) -> None:
    script.do(AgreeEngagement("V", NORTH, agreed(NUMBER)), PLANNER)
    assert refused(script, planned(), PLANNER) == ("E-VERIFY-INCOMPLETE", "ISO 14064-3:2019, 6.1")
    partly = replace(analyse("V"), aspects=("activity", "system", "complexity"))
    assert refused(script, partly, VERIFIER) == ("E-VERIFY-ANALYSIS", "ISO 14064-3:2019, 6.1.1")
    script.do(analyse("V"), VERIFIER)
    script.do(planned(), PLANNER)
    assert refused(script, analyse("V"), VERIFIER)[0] == "E-VERIFY-STATE"
    script.do(AmendEngagement("V", agreed(NUMBER), WORDS), PLANNER)
    assert found(script).engagement.analysis is None, "what is verified may have changed"


def test_the_seed_is_the_agreement_and_amending_draws_no_other_list(script: Script) -> None:
    (event,) = script.do(AgreeEngagement("V", NORTH, agreed(NUMBER)), PLANNER)
    assert found(script).seed == digest_of(event)
    samples = []
    for _ in range(2):
        script.do(analyse("V"), VERIFIER)
        script.do(planned(), PLANNER)
        samples.append(found(script).engagement.samples)
        script.do(AmendEngagement("V", agreed(NUMBER), WORDS), PLANNER)
    assert samples[0] == samples[1]
    frame = {risk.id: (risk.share, risk.category) for risk in RISKS}
    assert dict(samples[0][0].items) == drawn(digest_of(event), frame, 2, "size")[0]
    script.do(AgreeEngagement("W", NORTH, agreed(NUMBER)), PLANNER)
    assert found(script, "W").seed != found(script).seed


def test_a_planner_does_not_shape_the_frame(script: Script) -> None:
    """Neither levels nor risks that were added change what is drawn."""
    alone(script)
    script.do(planned(), PLANNER)
    plain = found(script).engagement.samples
    script.do(AmendEngagement("V", agreed(NUMBER), WORDS), PLANNER)
    script.do(analyse("V"), VERIFIER)
    added = tuple(replace(RISKS[2], id=f"added-{n}", share=Fraction(0)) for n in range(5))
    higher = (*RISKS[:2], replace(RISKS[2], level=Level.HIGH), *added)
    script.do(planned(risks=higher), PLANNER)
    assert found(script).engagement.samples == plain


def drawing_row_3(script: Script) -> Drawing:
    """Return a drawing that hits the row which the plan leaves out."""
    frame = {risk.id: (risk.share, risk.category) for risk in RISKS}
    seed = found(script).seed
    return next(Drawing(n) for n in range(1, 11) if "row-3" in drawn(seed, frame, n, "size")[0])


def test_what_is_drawn_is_gathered_before_an_opinion(script: Script) -> None:
    alone(script)
    script.do(planned(drawings=(drawing_row_3(script),)), PLANNER)
    for item in ("row-1", "row-2"):
        script.do(GatherEvidence("V", item, mark(item), "public"), VERIFIER)
    conclude = ConcludeEngagement("V", UNMODIFIED, WORK)
    assert refused(script, conclude, VERIFIER) == ("E-VERIFY-OPEN", "I20")
    other = GatherEvidence("V", "row-4", mark("row-4"), "public")
    assert refused(script, other, VERIFIER)[0] == "E-VERIFY-ITEM"
    script.do(replace(other, item="row-3"), VERIFIER)
    script.do(conclude, VERIFIER)


def test_what_is_found_in_a_sample_counts_for_what_it_stands_for(script: Script) -> None:
    alone(script)
    drawing = drawing_row_3(script)
    script.do(planned(drawings=(drawing,)), PLANNER)
    script.gather("V", VERIFIER)
    claim = found(script).engagement.claim
    assert claim is not None
    factor = max(Fraction(1), Fraction(1, drawing.size) / RISKS[2].share)
    share = Fraction(5, 100) / factor
    for name, row, part in (("below", "row-3", share * Fraction(3, 10)), ("reached", "row-3", share)):
        item = Misstatement(
            name, row, "production", Assertion.ACCURACY, part * claim.whole, False, MisstatementKind.ERROR
        )
        script.do(RecordMisstatement("V", item), VERIFIER)
        if name == "reached":
            refusal = refused(script, ConcludeEngagement("V", UNMODIFIED, WORK), VERIFIER)
            assert refusal == ("E-VERIFY-OPINION", "I20")


# Materiality, declarations


def test_the_ceiling_is_a_figure_with_a_source(script: Script) -> None:
    scheme = load_scheme(LABEL)
    reasonable = ceiling(Assurance.REASONABLE, scheme)
    assert reasonable == scheme.figures["materiality_reasonable"]
    assert (reasonable.confidence, "assumed" in reasonable.source) == (Confidence.RECALLED, True)
    assert ceiling(Assurance.LIMITED, scheme) == usual()["materiality_limited"], "where the scheme says nothing"
    terms = replace(agreed(NUMBER), materiality=Materiality(Decimal("0.1")), assurance=Assurance.LIMITED)
    script.do(AgreeEngagement("V", NORTH, terms), PLANNER)
    with pytest.raises(FootproofError) as caught:
        script.do(AgreeEngagement("W", NORTH, replace(terms, assurance=Assurance.REASONABLE)), PLANNER)
    assert (caught.value.code, caught.value.values["limit"]) == ("E-VERIFY-CEILING", "0.05")
    assert "assumed" in str(caught.value.values["source"])


@pytest.mark.parametrize(
    "text",
    [
        '[figure.materiality_reasonable]\nvalue = 0.05\nunit = "1"\nsource = "x"\nconfidence = "recalled"\n',
        "".join(
            f'[figure.materiality_{level}]\nvalue = {value}\nunit = "{unit}"\nsource = "x"\nconfidence = "recalled"\n'
            for level, value, unit in (("reasonable", "5", "1"), ("limited", "0.1", "1"))
        ),
    ],
)
def test_a_ceiling_is_a_share_for_each_level(text: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read_figures(text.encode())
    assert caught.value.code == "E-SCHEME-FIGURE"


def test_a_claim_is_about_what_the_case_is_about(script: Script) -> None:
    script.apply("C")
    script.accept("C")
    script.plan("C")
    terms = agreed(script.case("C").package)
    for part, value in (("category", "cn.pcf:3"), ("site", "urn:demo:elsewhere"), ("place", "CN-BJ")):
        other: dict[str, Any] = {part: value}
        asked = AgreeEngagement("V", NORTH, replace(terms, **other), "C")
        assert refused(script, asked, PLANNER) == ("E-STATEMENT-CASE", "I1")
    elsewhere = replace(terms.claim, site=WORDS, responsible=WORDS, rulebook="no.rule@1", rulebook_digest=mark("no"))
    plain = replace(terms, claim=elsewhere, category="", site="", place="")
    script.do(AgreeEngagement("V", NORTH, plain, "C"), PLANNER)
    done = found(script).engagement
    claim, about = done.claim, script.case("C").subject
    assert claim is not None
    assert (done.category, done.site, done.place) == (about.category, about.site, about.place)
    assert (claim.responsible, claim.rulebook) == (name_of(NORTH), RULE.name)
    assert WORDS not in (claim.site, claim.responsible)


def calculated(script: Script) -> Actor:
    """Bring a declaration of the northern maker to its calculation."""
    by = actor(NORTH, "c1")
    script.do(StartDeclaration("D", Pack(NORTH, model_of(NORTH), "nmc", Decimal(60)), mark("plan")), by)
    script.do(AttachActivityData("D", mark("data")), by)
    script.do(SelfCalculate("D", NUMBER), by)
    return by


def test_a_declaration_is_verified_by_somebody_who_may(script: Script) -> None:
    by = calculated(script)
    decided(script)
    script.do(IssueStatement("V"), REVIEWER)
    script.do(AttachStatement("D", "V"), by)


def test_a_declaration_is_not_verified_as_something_else(script: Script) -> None:
    by = calculated(script)
    script.do(AgreeEngagement("V", NORTH, replace(agreed(NUMBER), category="cn.pcf:5")), PLANNER)
    script.do(analyse("V"), VERIFIER)
    script.do(planned(), PLANNER)
    script.gather("V", VERIFIER)
    script.do(ConcludeEngagement("V", UNMODIFIED, WORK), VERIFIER)
    script.do(ReviewEngagement("V"), REVIEWER)
    script.do(DecideEngagement("V"), REVIEWER)
    script.do(IssueStatement("V"), REVIEWER)
    assert refused(script, AttachStatement("D", "V"), by) == ("E-STATEMENT-CATEGORY", "I5")
