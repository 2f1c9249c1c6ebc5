"""No sequence of actions breaks an invariant, every refusal names its rule and changes nothing; faults are seen.

Longer runs over the stores use the same player (`certify.actions`).
"""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from certify import cast
from certify.actions import CHAPTERS, Watched, in_memory, play
from certify.cast import (
    ALPHA,
    BETA,
    ENERGY,
    FACTS,
    LABEL,
    LONG_AGO,
    NORTH,
    ODD_UNIT,
    OF_ANOTHER,
    OFFICIALS,
    REDUCTION,
    SECOND,
    SOUTH,
    STARS,
    TERMS,
    Script,
    actor,
    evidence,
    ground_for,
    mark,
    package,
    packs_of,
    schemes,
    subject,
)
from certify.invariants import Broken
from footproof.certify import (
    applicability,
    applications,
    case,
    certificate,
    complaints,
    decisions,
    declaration,
    declaration_operations,
    engagements,
    evaluations,
    filing_operations,
    filings,
    impartiality,
    labels,
    memory,
    neutrality,
    neutrality_operations,
    operation,
    orders,
    ownership,
    pack_lists,
    people,
    reduction,
    refusals,
    register,
    reliance,
    surveillance,
    verifiers,
)
from footproof.certify.applications import AcceptApplication, SubmitApplication
from footproof.certify.case import Base, Outcome
from footproof.certify.checklist import all_met, checklist
from footproof.certify.declaration import Pack
from footproof.certify.declaration_operations import (
    AttachActivityData,
    AttachStatement,
    CorrectDeclaration,
    Declare,
    SelfCalculate,
    StartDeclaration,
)
from footproof.certify.engagements import (
    AgreeEngagement,
    ConcludeEngagement,
    DecideEngagement,
    IssueStatement,
    PlanEngagement,
    ReviewEngagement,
)
from footproof.certify.evaluations import CompleteActivity, Conclude
from footproof.certify.operations import EVENTS, OPERATIONS
from footproof.certify.pack_lists import ListPacks
from footproof.certify.record import Public, Step, need
from footproof.certify.scheme import add_months
from footproof.certify.verifications import Agreed, Verification
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import Assurance, State, Team
from footproof.model.recognition import Change, Scope
from footproof.model.scheme import CaseKind
from footproof.verify import engagement as verify
from footproof.verify.sampling import draw, frame_of

LENGTH = 60
REASONS = mark("reasons")


def run(seeds: range, length: int = LENGTH) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Play sequences in memory; return what was done, what was refused, and which events came of it."""
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for seed in seeds:
        watched: Watched = in_memory(seed % CHAPTERS)
        play(watched, seed, length)
        done += watched.done
        refused += watched.refused
        kinds += Counter(watched.ledger.kinds)
    return done, refused, kinds


def test_random_sequences_keep_every_invariant() -> None:
    done, refused, kinds = run(range(330))
    assert sum(done.values()) > 10_000
    assert sum(refused.values()) > 3_000
    assert done["decisions.take"] > 100
    assert set(EVENTS) - set(kinds) == {"records.purged"}, "which the keeper of a store does"


@pytest.mark.slow
def test_ten_thousand_sequences_keep_every_invariant() -> None:
    done, _, kinds = run(range(1_000, 11_000), 50)
    assert set(EVENTS) - set(kinds) == {"records.purged"}, "which the keeper of a store does"
    settled = {"filings.submit", "scopes.seek-accreditation"}
    assert set(OPERATIONS) - set(done) == settled, "which settling the world does"


def test_a_sequence_follows_from_its_seed() -> None:
    first, second = in_memory(1), in_memory(1)
    for watched in (first, second):
        play(watched, 77, LENGTH)
    assert first.world.journal == second.world.journal  # type: ignore[attr-defined]


Patch = Callable[[pytest.MonkeyPatch], None]


def _silent(module: Any, name: str) -> Patch:
    """Plant: a check that never refuses."""
    return lambda patch: patch.setattr(module, name, lambda *given, **named: None)


def _returns(module: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(module, name, value)


def _any_statement(world: Any, case: Any, name: str) -> Any:
    return need(world, Verification, name)


def _any_package(world: Any, package: str, case: Any, scheme: Any) -> Any:
    return world.recomputed(package) if scheme.rulebooks else None


_STANDING = certificate.Certified.standing


def _never_expired(self: certificate.Certified, day: date) -> certificate.Standing:
    return _STANDING(self, min(day, self.held.last))


def _never_lapsed(self: certificate.Certified, day: date) -> certificate.Standing:
    found = _STANDING(self, day)
    return certificate.Standing.SUSPENDED if found is certificate.Standing.LAPSED else found


def _unbounded(self: labels.ReportLabels, world: Any, by: Any, at: Any) -> Any:
    return (Step(certificate.Certified, self.certificate, labels.LabelsUsed(self.batch, max(self.quantity, 1))),)


def _chosen(self: engagements.Drawing, seed: str, risks: Any) -> Any:
    return draw("seed of the planner", frame_of(risks), self.size, self.method)


def _unsampled(found: Any, by: str, *given: Any) -> Any:
    """Plan whatever is sent, without a sample where none is drawn."""
    (risks, evidence, samples, answers), state = given, State.PLANNED
    if None in (found.team, found.analysis):
        raise FootproofError("E-VERIFY-INCOMPLETE", missing="team, analysis")
    planned = replace(found, state=state, risks=risks, plan=evidence, samples=samples, answers=answers)
    return replace(planned, worked=(*found.worked, by))


def _planned_only(found: Any) -> tuple[str, ...]:
    done = {one.item for one in found.gathered if one.version == found.version}
    return tuple(item.id for item in found.plan.items if item.id not in done) if found.plan else ()


def _together(*plants: Patch) -> Patch:
    """Plant several at once: what one layer lets through, the one below would still refuse."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for one in plants:
            one(patch)

    return plant


_COMMIT = memory.MemoryWorld.commit


def _half(self: memory.MemoryWorld, steps: Any, by: Any, at: Any) -> Any:
    return _COMMIT(self, steps[:1], by, at)


def _kept(self: case.PackageAttached, record: case.Case, stamp: Any) -> case.Case:
    return replace(record, package=self.package)


def _forgets(self: certificate.CertificateRestated, record: certificate.Certified, stamp: Any) -> Any:
    return replace(record, held=self.held)


def _latest(self: certificate.Certified, day: date) -> certificate.StatusChange | None:
    told = [one for one in self.changes if one.on <= day]
    ended = [one for one in told if one.turn in (certificate.Turn.WITHDRAWN, certificate.Turn.CANCELLED)]
    return ended[0] if ended else told[-1] if told else None


def _appealed(self: complaints.AppealChange, world: Any, by: Any, at: Any) -> Any:
    found = need(world, certificate.Certified, self.certificate)
    said = (self.appeal, "appeal", by.organisation, found.held.body, "", found.id, self.text, self.change)
    return (Step(complaints.Complaint, self.appeal, complaints.ComplaintReceived(*said)),)


def _yesterday(organisation: str, role: str, last: date) -> people.RoleEnded:
    return people.RoleEnded(organisation, role, last - timedelta(days=1))


def _counts(asked: decisions.Decide, case: case.Case, scheme: Any, day: date) -> Any:
    if not case.certificate:
        return ()
    seen = certificate.Surveyed(case.id, day, asked.outcome.value, asked.package, case.subject.first)
    return (Step(certificate.Certified, case.certificate, certificate.SurveillanceDone(seen)),)


def _counts_undone(asked: decisions.Decide, case: case.Case, scheme: Any, day: date) -> Any:
    return _counts(asked, case, scheme, day) if case.kind is CaseKind.SURVEILLANCE else ()


def _vanishes(world: Any, case: case.Case, scheme: Any) -> bool:
    return bool(scheme.footprint_optional)


def _answered(self: certificate.CaseClosed, record: certificate.Certified, stamp: Any) -> Any:
    return replace(record, closed=(*record.closed, self.case), pending=())


def _any_figure(world: Any, package: str, found: Any, rule: Any) -> Any:
    came = world.recomputed(package)
    return replace(came, value=came.value + 1) if found.declared_on else came


def _any_client(world: Any, name: str, declaration: Any, package: str, rule: Any) -> Any:
    return need(world, Verification, name)


def _any_value(
    found: Any, statement: str, verifier: str, confirmed: Any, stamp: Any, *, verification: str | None = None
) -> Any:
    event = declaration.StatementAttached(statement, verifier, verification)
    return event.apply(found, stamp), event


def _as_another(pack: Pack, name: str) -> Any:
    return pack_lists.declaring(replace(pack, model=name), name)


def _largest(shares: Any) -> Decimal:
    """Look at each share alone."""
    return max((one.share for one in shares), default=Decimal(0))


_APPROVED, _ENGAGED, _HELD = case.PlanApproved.apply, verify.plan, decisions._holding


def _unseen_planner(self: case.PlanApproved, record: case.Case, stamp: Any) -> case.Case:
    """Plan, and forget who did."""
    return replace(_APPROVED(self, record, stamp), team_ever=tuple(one.person for one in self.plan.team))


def _unseen_sampler(found: Any, by: str, *given: Any) -> Any:
    """Plan what is looked at, and forget who did."""
    return replace(_ENGAGED(found, by, *given), worked=found.worked)


def _beside(world: Any, held: certificate.Held, case: case.Case, day: date) -> Step:
    """Say whose certificate it is, whatever there was before."""
    name = certificate.Holding.name(held.scheme, held.subject)
    if world.find(certificate.Holding, name) is None:
        return _HELD(world, held, case, day)
    return Step(certificate.Holding, name, certificate.HoldingPassed(held.number))


FAULTS: dict[str, tuple[Patch, set[str]]] = {
    "old data at a surveillance": (_returns(applications, "NEWER", ()), {"I7"}),
    "a change that counts as a surveillance": (_returns(decisions, "_surveyed", _counts), {"I1", "I7"}),
    "questions that nobody answered": (_returns(certificate.CaseClosed, "apply", _answered), {"I7", "I8"}),
    "concluded before the work": (_silent(evaluations, "_need_worked"), {"I3"}),
    "evidence of something else": (_silent(evaluations, "need_named"), {"I1"}),
    "work that outlives its package": (
        _returns(case.Case, "current", property(lambda self: self.activities)),
        {"I3", "I20"},
    ),
    "a family as wide as it likes": (_silent(applications, "need_subject"), {"I2"}),
    "members nobody computed": (
        _together(_silent(decisions, "need_members"), _silent(applications, "need_members")),
        {"I2"},
    ),
    "a laboratory for something else": (_returns(evaluations, "covered", lambda *given: True), {"I5"}),
    "a first audit that is called a later one": (
        _together(
            _silent(applications, "_need_undisputed"),
            _returns(evaluations, "case_facts", lambda scheme, case: applications.facts_of(scheme, case.facts)),
        ),
        {"I3"},
    ),
    "clauses that nobody looks for": (_silent(evaluations, "rule_for"), {"I3"}),
    "a checklist nobody answered": (_returns(evaluations, "checked", lambda *given: None), {"I3"}),
    "any grade": (_returns(decisions, "grade_of", lambda scheme, case: 3 if scheme.grading else None), {"I1"}),
    "no ground": (_returns(decisions.Decide, "_need_ground", lambda *given: None), {"I7"}),
    "an overtaken case": (_silent(decisions, "need_still_later"), {"I1", "I7"}),
    "a decision by an evaluator": (_silent(decisions, "need_apart"), {"I4"}),
    "an appeal handled by who decided": (_silent(complaints, "need_apart"), {"I17"}),
    "an urgent suspension by an evaluator": (_silent(orders, "need_apart"), {"I7", "I4"}),
    "a role nobody has": (_silent(operation, "need_role"), {"I15"}),
    "a team with ties or without competence": (_silent(evaluations, "need_fit"), {"I4"}),
    "a decision after a tie came to light": (_silent(decisions, "need_still_impartial"), {"I4"}),
    "no scope": (_silent(applications, "need_scope"), {"I5"}),
    "an evaluation of another body": (_silent(refusals, "need_own"), {"I15", "I4"}),
    "not all done": (_silent(decisions, "need_complete"), {"I1", "I3", "I7", "I20"}),
    "any package": (_returns(decisions, "_need_recomputed", _any_package), {"I1", "I2", "I3", "I6"}),
    "a package nobody verified": (
        _together(_silent(decisions, "_need_verified"), _silent(evaluations, "need_named")),
        {"I1", "I3"},
    ),
    "a statement that does not stand": (_returns(evaluations, "need_statement", _any_statement), {"I2", "I4", "I20"}),
    "what was concluded before": (_returns(case.PackageAttached, "apply", _kept), {"I3"}),
    "an opinion that does not fit": (_silent(verify, "require_fitting"), {"I20", "I3"}),
    "a reviewer of the verification from its team": (_silent(engagements, "need_independent"), {"I4", "I15"}),
    "a sample somebody chose": (_returns(engagements.Drawing, "sample", _chosen), {"I14"}),
    "a register that leaves open what was proposed": (_silent(engagements, "require_answered"), {"I14", "I3"}),
    "evidence on anything": (_silent(verify, "_require_of_risks"), {"I14", "refusal"}),
    "terms that nobody can look at": (_returns(verify, "plan", _unsampled), {"I14"}),
    "what was drawn and not gathered": (_returns(verify, "open_items", _planned_only), {"I3"}),
    "a misstatement that points to nothing": (_returns(verify, "sampled", lambda found: {}), {"I20"}),
    "a statement issued by its verifier": (
        _together(_silent(engagements, "need_independent"), _silent(verify, "_require_independent")),
        {"I4", "I15"},
    ),
    "a verifier without competence": (_silent(verifiers, "need_competent_in"), {"I4"}),
    "a verification that the body may not do": (_silent(engagements, "need_scope_to_verify"), {"I5"}),
    "a certificate that never expires": (_returns(certificate.Certified, "standing", _never_expired), {"I7"}),
    "a suspension without an end": (_returns(certificate.Certified, "standing", _never_lapsed), {"I7"}),
    "one that comes back": (_silent(orders, "need_state"), {"I7"}),
    "a year too long": (
        _returns(decisions, "valid_until", lambda scheme, on: add_months(on, scheme.valid_months + 12)),
        {"I7"},
    ),
    "any last day of a suspension": (_returns(decisions, "need_until", lambda until, scheme, day: until), {"I7"}),
    "restored against an order": (_silent(decisions, "_need_no_order"), {"I7"}),
    "a value that moved too far": (_silent(decisions, "_need_drift"), {"I7"}),
    "data older than were looked at": (_silent(decisions, "_need_newest"), {"I7"}),
    "newer data given up with the certificate": (_silent(decisions, "_need_newest"), {"I7"}),
    "newer data left with the other body": (_silent(decisions, "_need_newest"), {"I7"}),
    "a late renewal beside another": (_returns(decisions, "_holding", _beside), {"I7"}),
    "a review by who planned": (_returns(case.PlanApproved, "apply", _unseen_planner), {"I4"}),
    "a verification reviewed by who planned it": (_returns(verify, "plan", _unseen_sampler), {"I4"}),
    "a smaller family by an old figure": (_silent(decisions, "_need_as_before"), {"I2", "I7"}),
    "a refused surveillance that counts": (_returns(decisions, "_surveyed", _counts_undone), {"I3"}),
    "a figure that vanishes": (_returns(decisions, "_goes_without", _vanishes), {"I1"}),
    "moved or renewed too late": (_silent(applications, "_need_on_time"), {"I7"}),
    "an answer after its time": (_silent(evaluations, "need_in_time"), {"I3"}),
    "an appeal that leads to nothing": (_returns(complaints, "_reopened", lambda *given: ()), {"I17"}),
    "a figure that comes out otherwise": (_silent(engagements, "need_settled"), {"I2"}),
    "another figure that nobody verifies": (_silent(decisions, "_need_same_figure"), {"I2"}),
    "a finding that nobody answered": (_silent(engagements, "need_settled"), {"I20"}),
    "a product of another category": (_silent(applications, "need_applicable"), {"I9"}),
    "per another unit": (_silent(applicability, "_need_unit"), {"I9"}),
    "data of years ago": (_silent(applicability, "_need_recent"), {"I6"}),
    "an edition of the past": (_silent(applications, "need_dates"), {"I6"}),
    "a green certificate counted twice": (_silent(applications, "need_uncounted"), {"I13"}),
    "a footprint of somebody else": (
        _together(
            _returns(declaration_operations, "_recomputed", lambda world, sent, *given: world.recomputed(sent)),
            _returns(declaration_operations, "_confirmed", _any_client),
        ),
        {"I1"},
    ),
    "a verification for somebody else": (
        _together(
            _returns(declaration_operations, "_confirmed", _any_client),
            _returns(declaration, "attach_statement", _any_value),
        ),
        {"I1", "I2"},
    ),
    "another pack than was verified": (_silent(declaration_operations, "_need_stated"), {"I1"}),
    "a pack that is not sold": (
        _together(_silent(declaration_operations, "need_listed"), _silent(declaration_operations, "_need_stated")),
        {"I1"},
    ),
    "any correction": (
        _together(
            _returns(declaration_operations, "_recomputed", _any_figure),
            _returns(declaration_operations, "_confirmed", _any_client),
        ),
        {"I2"},
    ),
    "a statement taken over that falls unheard": (_returns(decisions, "relying", lambda *given: ()), {"I20"}),
    "a base that falls unheard": (_returns(decisions, "relying", lambda *given: ()), {"I20"}),
    "a declaration whose statement falls unheard": (
        _returns(declaration_operations, "relied_on", lambda *given: ()),
        {"I20"},
    ),
    "declared on what fell": (_silent(declaration_operations, "_need_still_confirmed"), {"I20"}),
    "declared again": (
        _together(
            _silent(declaration_operations, "need_undeclared"),
            _returns(declaration_operations, "declaring", _as_another),
        ),
        {"I18"},
    ),
    "what a scheme asks beforehand": (_silent(applications, "_need_met"), {"I3", "I5"}),
    "a planner nobody found competent": (_silent(impartiality, "need_competent_in"), {"I4"}),
    "a body that is its client's": (
        _together(*(_silent(module, "need_unbound") for module in (applications, decisions, evaluations))),
        {"I4"},
    ),
    "a body of its client's owner": (_silent(impartiality, "need_unowned"), {"I4"}),
    "a half in two parts": (_returns(ownership, "_held", _largest), {"I4"}),
    "a filing struck by a province": (_silent(filing_operations, "need_reach"), {"I15"}),
    "approved by another province": (_silent(register, "need_reach"), {"I15"}),
    "accredited unasked": (_silent(register, "_need_sought"), {"I5"}),
    "a grant that no record can state": (_silent(register, "_need_statable"), {"I5"}),
    "a change of what was never granted": (_silent(register, "_need_statable"), {"I5"}),
    "staff that nobody found competent": (_returns(applications, "_competent", lambda *given: True), {"I5"}),
    "a pilot body by its own word": (_returns(applications, "in_pilot", lambda *given: True), {"I5"}),
    "a product of no catalogue": (_silent(applications, "_need_catalogue"), {"I9"}),
    "a reduction that is none": (_returns(reduction, "reduction_share", lambda *given: Decimal("0.08")), {"I2"}),
    "a base that nobody stands by": (_silent(reduction, "_need_believed"), {"I3"}),
    "a base of another kind": (_returns(reduction, "ALIKE", {}), {"I2"}),
    "a base of an unverified figure": (_returns(reduction, "_certified", lambda *given: True), {"I3"}),
    "a base that was verified loosely": (_silent(reduction, "need_assured"), {"I3"}),
    "a reduction that shrank": (_silent(decisions, "need_no_less"), {"I2"}),
    "a statement on another place": (_returns(reliance, "_same_object", lambda *given: True), {"I1"}),
    "a loose statement taken over": (_silent(reliance, "need_assured"), {"I20"}),
    "a package of another site": (_returns(decisions, "_same_site", lambda *given: True), {"I1"}),
    "neutral by offsets alone": (_returns(neutrality, "_reductions", lambda claim: iter(())), {"I1"}),
    "a number twice": (_returns(decisions, "_need_number", lambda world, number: number), {"I13", "refusal"}),
    "a code that is none": (_silent(register, "need_credit_code"), {"I13"}),
    "two bodies at a time": (_returns(register.EngagePerson, "_refuse_second", lambda *given: None), {"I21"}),
    "a scope that was known before": (_silent(register, "_need_known_today"), {"I18"}),
    "a filing that is not in force": (_returns(filings.Filing, "in_force", lambda self, day: True), {"I8"}),
    "no decision left by deregistration": (_returns(filing_operations, "LIVING", ()), {"I8"}),
    "the national mark for all": (
        _returns(decisions, "MarkLicensed", lambda name: certificate.MarkLicensed("cn.pcf.mark")),
        {"I9"},
    ),
    "words where a digest belongs": (_silent(operation, "need_form"), {"I10", "I15", "I13", "refusal"}),
    "a public activity": (_returns(case.ActivityCompleted, "public", Public.YES), {"I10"}),
    "a label cut off": (_returns(labels, "label_value", lambda mark, value: str(value)[:4].rstrip(".")), {"I12"}),
    "labels while suspended": (_silent(labels, "need_state"), {"I12"}),
    "more labels than licensed": (_returns(labels.ReportLabels, "steps", _unbounded), {"I12", "I15"}),
    "a credit spent twice": (_returns(neutrality_operations.CreditBlock, "taken", lambda self, credit: None), {"I13"}),
    "neutral without a claim": (_returns(decisions, "need_claim", lambda *given: ""), {"I1"}),
    "neutral under any scheme": (_silent(neutrality_operations, "_need_scheme"), {"I1"}),
    "labels on a claim that fell": (_silent(labels, "need_standing"), {"I12"}),
    "a tie that leaves no question": (_returns(register, "_touched", lambda *given: ()), {"I4"}),
    "labels of the old figure": (_returns(decisions, "closing", lambda *given: ()), {"I12"}),
    "an order that ends the body's own suspension": (
        _returns(certificate.Certified, "last_change", _latest),
        {"I7", "I12"},
    ),
    "an appeal against an order": (_returns(complaints.AppealChange, "steps", _appealed), {"I17"}),
    "brought back after it lapsed": (_silent(decisions, "_need_cured"), {"I7"}),
    "an end that counts at once": (_returns(register, "RoleEnded", _yesterday), {"I15"}),
    "a decision without what follows": (_returns(memory.MemoryWorld, "commit", _half), {"I1"}),
    "an authority of another province": (_silent(orders, "need_reach"), {"I15"}),
    "a trigger of another province": (_silent(surveillance, "need_reach"), {"I15"}),
    "what was stated is forgotten": (_returns(certificate.CertificateRestated, "apply", _forgets), {"I18"}),
}
"""Faults planted in the product, and the invariants that may show each."""
NEAR: dict[str, int] = {
    "a code that is none": 152,
    "a family as wide as it likes": 670,
    "members nobody computed": 273,
    "questions that nobody answered": 16,
    "brought back after it lapsed": 168,
    "labels on a claim that fell": 146,
    "neutral without a claim": 272,
    "a decision after a tie came to light": 40,
    "a decision by an evaluator": 59,
    "a package nobody verified": 568,
    "a reviewer of the verification from its team": 26,
    "a number twice": 350,
    "a verification that the body may not do": 531,
    "an evaluation of another body": 127,
    "any last day of a suspension": 70,
    "no scope": 391,
    "restored against an order": 128,
    "a misstatement that points to nothing": 405,
    "what was drawn and not gathered": 37,
    "what was stated is forgotten": 55,
    "any package": 330,
    "an urgent suspension by an evaluator": 170,
}
"""Seeds of sequences that show the rarer ones, to save time; any other seed shows them too, later."""


def _moved_too_far(script: Script) -> None:
    """Go on as before on a result that moved; a sequence of sixty actions seldom comes that far."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    script.apply("C-1", LABEL, NORTH, kind=CaseKind.SURVEILLANCE, certificate="DEMO-00001", flavour="drift")
    script.evaluate("C-1")
    script.review("C-1", Outcome.MAINTAIN)
    script.decide("C-1", Outcome.MAINTAIN)


def _another_figure(script: Script) -> None:
    """Confirm a claim whose figure comes out otherwise, with nothing said of it."""
    script.apply("C-1", flavour="drift")
    script.accept("C-1")
    script.plan("C-1")
    script.verify("C-1", silent=True)


def _another_figure_unverified(script: Script) -> None:
    """Grant stars on a figure that comes out otherwise, which nobody verifies there."""
    script.apply("C-1", STARS, flavour="drift")
    script.grant("C-1")


def _open_finding(script: Script) -> None:
    """Confirm a claim against which something was found, with nothing said of it."""
    script.apply("C-1", flavour="draft")
    script.accept("C-1")
    script.plan("C-1")
    script.verify("C-1", silent=True)


def _another_category(script: Script) -> None:
    """Certify a battery as cement."""
    about, sent = replace(subject(NORTH, 2025), category="cn.pcf:16"), package(NORTH, 2025)
    script.do(SubmitApplication("C-1", CaseKind.INITIAL, ALPHA, LABEL, about, sent), actor(NORTH, "c1"))
    script.grant("C-1")


def _another_unit(script: Script) -> None:
    """Certify a figure per something else than the rulebook has it."""
    script.apply("C-1", flavour=ODD_UNIT)
    script.grant("C-1")


def _old_data(script: Script) -> None:
    """Certify a figure of years ago."""
    script.now = datetime(2028, 6, 1, 9, tzinfo=UTC)
    script.apply("C-1", year=2024)
    script.grant("C-1")


def _declares(script: Script, pack: Pack, sent: str, statement: str = "", name: str = "D") -> None:
    """Declare a pack of the northern maker with a package, verified as it should be if nothing else is said."""
    _prepares(script, pack, sent, statement, name)
    script.do(Declare(name), actor(NORTH, "c1"))


def _prepares(script: Script, pack: Pack, sent: str, statement: str = "", name: str = "D") -> None:
    """Bring a declaration up to its statement."""
    by = actor(NORTH, "c1")
    script.do(StartDeclaration(name, pack, mark("plan")), by)
    script.do(AttachActivityData(name, mark("data")), by)
    script.do(SelfCalculate(name, sent), by)
    script.do(AttachStatement(name, statement or _verified(script, NORTH)), by)


def _falls(script: Script, verification: str) -> None:
    """Withdraw a statement."""
    script.do(engagements.DiscoverFact(verification, Bilingual("示例", "DEMO")), actor(ALPHA, "p"))
    script.do(engagements.AnswerFact(verification, "withdrawn"), actor(ALPHA, "r"))


def _taken_over_and_fallen(script: Script) -> None:
    """Withdraw a statement that another case took over."""
    script.take_over("C-1", "V")
    _falls(script, "V")


def _fallen_base(script: Script) -> None:
    """Withdraw the statement on the base of a certified reduction."""
    script.certify("DEMO-00001", REDUCTION)
    _falls(script, script.base(NORTH).verification)


def _declared_and_fallen(script: Script) -> None:
    """Withdraw the statement on what was declared."""
    _declares(script, packs_of(NORTH)[0], package(NORTH, 2025))
    _falls(script, "V-2025")


def _fallen_and_declared(script: Script) -> None:
    """Declare on a statement that was withdrawn since it was attached."""
    _prepares(script, packs_of(NORTH)[0], package(NORTH, 2025))
    _falls(script, "V-2025")
    script.do(Declare("D"), actor(NORTH, "c1"))


def _declared_again(script: Script) -> None:
    """Declare the same pack once more, on data that suit better."""
    pack = packs_of(NORTH)[0]
    _declares(script, pack, package(NORTH, 2025))
    _declares(script, pack, package(NORTH, 2024), _verified(script, NORTH, 2024), "E")


def _verified(script: Script, client: str, year: int = 2025, reviewer: Any = None) -> str:
    """Verify a package for its maker and return the verification."""
    name, verifier, reviewer = f"V-{year}", actor(ALPHA, "v1"), reviewer or actor(ALPHA, "r")
    team = Team(verifier.person, (verifier.person,))
    script.do(AgreeEngagement(name, client, cast.agreed(package(client, year))), actor(ALPHA, "p"))
    script.do(cast.analyse(name), verifier)
    script.do(PlanEngagement(name, team, cast.RISKS, cast.EVIDENCE_PLAN, (cast.DRAWING,)), actor(ALPHA, "p"))
    script.gather(name, verifier)
    script.do(ConcludeEngagement(name, cast.UNMODIFIED, cast.WORK), verifier)
    for last in (ReviewEngagement, DecideEngagement, IssueStatement):
        script.do(last(name), reviewer)
    return name


def _declared_by_another(script: Script) -> None:
    """Declare, as one's own, what another made and had verified."""
    pack = replace(packs_of(SOUTH)[0], maker=NORTH)
    script.do(ListPacks((pack,)), actor(NORTH, "c1"))
    _declares(script, pack, package(SOUTH, 2025), _verified(script, SOUTH))


def _verified_for_another(script: Script) -> None:
    """Confirm one's own figure by a statement that another asked for, as if it were about the same."""
    statement = _verified(script, SOUTH)
    _declares(script, packs_of(NORTH)[0], package(NORTH, 2025), statement)


def _declared_as_larger(script: Script) -> None:
    """Declare a pack of more energy than the one that was calculated."""
    pack = replace(packs_of(NORTH)[0], energy=Decimal(61))
    script.do(ListPacks((pack,)), actor(NORTH, "c1"))
    _declares(script, pack, package(NORTH, 2025))


def _declared_unlisted(script: Script) -> None:
    """Declare a pack of a chemistry that its maker does not say it makes."""
    _declares(script, replace(packs_of(NORTH)[0], chemistry="lfp"), package(NORTH, 2025))


def _corrected_anyhow(script: Script) -> None:
    """Correct what was declared by a figure that nobody verified."""
    _declares(script, packs_of(NORTH)[0], package(NORTH, 2025))
    sent = package(NORTH, 2026)
    asked = CorrectDeclaration("D", mark("plan 2"), mark("data 2"), sent, "V-2025", "as we like it")
    script.do(asked, actor(NORTH, "c1"))


def _green_twice(script: Script) -> None:
    """Certify a figure that counts on green certificates of somebody else."""
    script.certify("DEMO-00001", client=SOUTH)
    script.apply("C-1", flavour=OF_ANOTHER)
    script.grant("C-1", "DEMO-00002")


def _another_site(script: Script) -> None:
    """Go on as before on a figure of another site."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    script.apply("C-1", LABEL, NORTH, kind=CaseKind.SURVEILLANCE, certificate="DEMO-00001", flavour=SECOND)
    script.evaluate("C-1")
    script.review("C-1", Outcome.MAINTAIN)
    script.decide("C-1", Outcome.MAINTAIN)


def _fallen_statement(script: Script) -> None:
    """Complete a verification whose statement rests on what has turned out otherwise."""
    script.apply("C-1")
    script.accept("C-1")
    script.plan("C-1")
    script.do(script.done("C-1", "document-review", evidence("record")), actor(ALPHA, "a1"))
    name = script.verify("C-1")
    words = Bilingual("示例", "DEMO")
    script.do(engagements.DiscoverFact(name, words), actor(ALPHA, "v1"))
    script.do(script.done("C-1", "pcf-verification", evidence("record"), name), actor(ALPHA, "v1"))


def _newcomer_plans(script: Script) -> None:
    """Accept an application as somebody whom nobody found competent yet."""
    script.apply("C-1")
    script.do(AcceptApplication("C-1", TERMS, FACTS[LABEL]), actor(ALPHA, "n", "planner"))


def _owned_body(script: Script) -> None:
    """Certify for a client of whom the manager of the body owns a part."""
    tie = people.Conflict(NORTH, "owned", date(2026, 1, 1))
    script.do(register.DeclareConflict(actor(ALPHA, "m").person, tie), actor(ALPHA, "m"))
    script.apply("C-1")
    script.accept("C-1")


def _sister(script: Script) -> None:
    """Certify for a client that belongs to the owner of the body."""
    day = legal_day(script.now)
    for owned in (ALPHA, NORTH):
        script.do(ownership.StateOwner(owned, SOUTH, Decimal("0.8"), day), cast.REGISTRAR)
    script.apply("C-1")
    script.accept("C-1")


def _niece(script: Script) -> None:
    """Certify for a client whose owner holds the body in two parts, one through a company of its own."""
    day = legal_day(script.now)
    for owned, owner, share in (
        (NORTH, SOUTH, "1"),
        (cast.LABORATORY, SOUTH, "1"),
        (ALPHA, SOUTH, "0.4"),
        (ALPHA, cast.LABORATORY, "0.4"),
    ):
        script.do(ownership.StateOwner(owned, owner, Decimal(share), day), cast.REGISTRAR)
    script.apply("C-1")
    script.accept("C-1")


def _struck_elsewhere(script: Script) -> None:
    """Strike, as the authority of a province, a rule that is filed for the whole country."""
    script.do(filing_operations.DeregisterFiling(ALPHA, REDUCTION, REASONS), OFFICIALS["elsewhere"])


def _approved_elsewhere(script: Script) -> None:
    """Approve a body for what lies in another province."""
    scope = Scope("1", ("*",), ("*",), ("*",), ("place:CN-FJ",), LONG_AGO, None, legal_day(script.now))
    script.do(register.GrantScope(ALPHA, "approval-2", "DEMO-9", (scope,)), OFFICIALS["elsewhere"])


def _unasked(script: Script) -> None:
    """Accredit a body that applied to nobody, and so come to oversee it."""
    scope = Scope("1", ("*",), ("*",), ("*",), ("*",), LONG_AGO, None, legal_day(script.now))
    script.do(register.GrantScope(BETA, "accreditation-1", "DEMO-9", (scope,)), OFFICIALS["accreditor"])


def _granted_nothing(script: Script) -> None:
    """Approve a body for no scope at all."""
    script.do(register.GrantScope(BETA, "approval-2", "DEMO-9", ()), OFFICIALS["regulator"])


def _changed_nothing(script: Script) -> None:
    """Suspend a scope that an approval does not have."""
    day = legal_day(script.now)
    change = Change("suspended", day, day, ("9",))
    script.do(register.ChangeScope(ALPHA, f"approval:{ALPHA}", change), OFFICIALS["regulator"])


def _few_competent(script: Script) -> None:
    """Certify with ten people, of whom some were found competent once; what ends today ends tomorrow."""
    for short, role in (("q2", "appeals"), ("q3", "appeals")):
        script.do(register.EndCompetence(actor(ALPHA, short).person, role, "*", "*"), actor(ALPHA, "m"))
    script.now += timedelta(days=1)
    script.apply("C-1")
    script.accept("C-1")


def _no_pilot(script: Script) -> None:
    """Declare to be on the list of a pilot, on which no authority put the body."""
    gone = Change("reduced", legal_day(script.now), legal_day(script.now), ("1",))
    script.do(register.ChangeScope(ALPHA, f"approval:{ALPHA}", gone), OFFICIALS["regulator"])
    usual = ("product-certification", "verification")
    scope = Scope("1", usual, ("*",), ("*",), ("*",), LONG_AGO, None, legal_day(script.now))
    script.do(register.GrantScope(ALPHA, "approval-2", "DEMO-9", (scope,)), OFFICIALS["regulator"])
    script.apply("C-1")
    script.accept("C-1")


def _past_edition(script: Script) -> None:
    """Certify by an edition that is used no more."""
    script.now = datetime(2031, 2, 3, 9, tzinfo=UTC)
    script.apply("C-1", ENERGY, year=2027)
    script.grant("C-1")


def _no_first_audit(script: Script) -> None:
    """Leave out the first stage of a first audit, because somebody declares that it is none."""
    script.apply("C-1", ENERGY)
    facts = (*FACTS[ENERGY], ("first_audit", "false"), ("system_changed", "false"))
    script.do(AcceptApplication("C-1", TERMS, facts), actor(ALPHA, "p"))
    script.plan("C-1")
    script.do(script.done("C-1", "stage-2", evidence("record")), actor(ALPHA, "a1"))
    script.do(Conclude("C-1", "conformity", True, evidence("audit-report")), actor(ALPHA, "a1"))


def _no_clauses(script: Script) -> None:
    """Review the documents by the questions of the scheme alone."""
    script.apply("C-1")
    script.accept("C-1")
    script.plan("C-1")
    scheme = schemes()[LABEL]
    alone = all_met(checklist(scheme, next(one for one in scheme.activities if one.id == "document-review")))
    script.do(CompleteActivity("C-1", "document-review", evidence("record"), answers=alone), actor(ALPHA, "a1"))


def _suspended_by_newer(script: Script) -> None:
    """Suspend a certificate because newer data came out otherwise."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    script.apply("C-1", LABEL, NORTH, kind=CaseKind.SURVEILLANCE, certificate="DEMO-00001", flavour="drift")
    script.evaluate("C-1")
    script.review("C-1", Outcome.SUSPEND)
    script.decide("C-1", Outcome.SUSPEND, until=legal_day(script.now) + timedelta(days=100))


def _older_data(script: Script) -> None:
    """Bring back by the data of the grant what was suspended because newer ones came out otherwise."""
    _suspended_by_newer(script)
    script.later("C-2", "DEMO-00001", CaseKind.SPECIAL, Outcome.RESTORE, 2024)


def _given_up(script: Script) -> None:
    """Give up what newer data suspended, and apply anew with the old ones."""
    _suspended_by_newer(script)
    script.do(orders.CancelCertificate("DEMO-00001", REASONS), actor(NORTH, "c1"))
    script.certify("DEMO-00002", LABEL, NORTH, year=2024)


def _left_behind(script: Script) -> None:
    """Move by the data of the grant what newer ones, in a change that was refused, speak against."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    script.apply("C-1", LABEL, NORTH, kind=CaseKind.CHANGE, certificate="DEMO-00001", flavour="drift")
    script.evaluate("C-1")
    script.review("C-1", Outcome.REFUSE)
    script.decide("C-1", Outcome.REFUSE)
    script.later("C-2", "DEMO-00001", CaseKind.TRANSFER, Outcome.GRANT, 2024, "DEMO-00002", to=cast.BETA)


def _renewed_beside(script: Script) -> None:
    """Renew what expired, though it was certified anew since."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    script.now = datetime(2028, 3, 20, 9, tzinfo=UTC)
    script.certify("DEMO-00002", LABEL, NORTH, year=2026)
    script.later("C-1", "DEMO-00001", CaseKind.RENEWAL, Outcome.GRANT, 2027, "DEMO-00003")


def _judging(script: Script) -> Any:
    """Return the planner of the body, who is a competent reviewer as well."""
    person, manager = actor(ALPHA, "p").person, actor(ALPHA, "m")
    script.do(register.AssignRole(person, ALPHA, "reviewer"), manager)
    competence = people.Competence("reviewer", "*", "*", LONG_AGO, date(2036, 1, 1))
    script.do(register.GrantCompetence(person, competence), manager)
    return actor(ALPHA, "p", "reviewer")


def _planned_and_reviewed(script: Script) -> None:
    """Review an audit that one planned."""
    planner = _judging(script)
    script.apply("C-1", ENERGY)
    script.evaluate("C-1")
    script.do(decisions.CompleteReview("C-1", Outcome.GRANT, REASONS), planner)


def _sampled_and_reviewed(script: Script) -> None:
    """Review a verification of which one fixed what is looked at."""
    _verified(script, NORTH, reviewer=_judging(script))


def _smaller_family(script: Script) -> None:
    """Reduce what moved, and keep its figure."""
    script.certify("DEMO-00001", LABEL, SOUTH, year=2024)
    script.apply("C-1", LABEL, SOUTH, kind=CaseKind.SURVEILLANCE, certificate="DEMO-00001", flavour="drift")
    script.evaluate("C-1")
    script.review("C-1", Outcome.REDUCE)
    found = script.world.find(certificate.Certified, "DEMO-00001")
    assert found is not None
    held = found.held.subject
    assert held.family is not None
    less = replace(held, family=replace(held.family, members=held.family.members[:2]))
    ground = ground_for(LABEL, Outcome.REDUCE)
    sent = script.case("C-1").package
    script.do(decisions.Decide("C-1", Outcome.REDUCE, REASONS, sent, subject=less, ground=ground), actor(ALPHA, "d"))


def _no_reduction(script: Script) -> None:
    """Certify a reduction of what lies above its base."""
    script.apply("C-1", REDUCTION, flavour=cast.HIGHER)
    script.grant("C-1")


def _unfounded_base(script: Script) -> None:
    """Certify a reduction against a package that nobody verified."""
    _reduced(script, Base(package(NORTH, cast.BASE_YEAR)))


def _guessed_base(script: Script) -> None:
    """Certify a reduction against a figure that came with stars, which nobody verified."""
    script.certify("DEMO-00007", STARS, year=2024)
    _reduced(script, Base(package(NORTH, 2024), "DEMO-00007"))


def _loose_base(script: Script) -> None:
    """Certify a reduction against a figure of limited assurance."""
    sent = package(NORTH, cast.BASE_YEAR)
    script.state("V", NORTH, ALPHA, replace(cast.agreed(sent, "0.10"), assurance=Assurance.LIMITED))
    _reduced(script, Base(sent, verification="V"))


def _less_reduced(script: Script) -> None:
    """Go on stating a reduction of which little is left."""
    script.certify("DEMO-00001", REDUCTION)
    script.now += timedelta(days=330)
    script.apply("C-1", REDUCTION, NORTH, ALPHA, CaseKind.SURVEILLANCE, "DEMO-00001", 2026, cast.HIGHER)
    script.evaluate("C-1")
    script.review("C-1", Outcome.MAINTAIN)
    script.decide("C-1", Outcome.MAINTAIN)


def _elsewhere_taken_over(script: Script) -> None:
    """Take over a statement on what is made at another place."""
    _take_over(script, replace(cast.agreed(package(NORTH, 2025)), place="CN-XJ"))


def _loosely_taken_over(script: Script) -> None:
    """Take over a statement of limited assurance."""
    _take_over(script, replace(cast.agreed(package(NORTH, 2025), "0.10"), assurance=Assurance.LIMITED))


def _take_over(script: Script, terms: Agreed) -> None:
    script.state("V", NORTH, ALPHA, terms)
    script.apply("C-1")
    script.do(AcceptApplication("C-1", replace(TERMS, reused=("V",)), FACTS[LABEL]), actor(ALPHA, "p"))


def _other_base(script: Script) -> None:
    """Certify a reduction against a figure per another unit."""
    _reduced(script, script.base(NORTH, flavour=cast.ODD_UNIT))


def _reduced(script: Script, base: Base) -> None:
    about, sent = subject(NORTH, 2025, REDUCTION), package(NORTH, 2025)
    asked = SubmitApplication("C-1", CaseKind.INITIAL, ALPHA, REDUCTION, about, sent, "", base)
    script.do(asked, actor(NORTH, "c1"))
    script.grant("C-1")


def _ordered_elsewhere(script: Script) -> None:
    """Suspend by order of a province what is made in another."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    script.do(orders.IssueOrder("DEMO-00001", certificate.Turn.SUSPENDED, REASONS), OFFICIALS["elsewhere"])


def _triggered_elsewhere(script: Script) -> None:
    """Report as the authority of a province what was found on something made in another."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    told = surveillance.ReportTrigger("DEMO-00001", (("market_finding", "true"),))
    script.do(told, OFFICIALS["elsewhere"])


def _refused_surveillance(script: Script) -> None:
    """Suspend at a surveillance of which nothing was done."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    script.apply("C-1", LABEL, NORTH, kind=CaseKind.SURVEILLANCE, certificate="DEMO-00001")
    script.accept("C-1")
    script.plan("C-1")
    script.review("C-1", Outcome.SUSPEND)
    script.decide("C-1", Outcome.SUSPEND, until=legal_day(script.now) + timedelta(days=100))


def _vanished(script: Script) -> None:
    """Restate stars that come with a figure, without one."""
    script.certify("DEMO-00001", STARS, NORTH, year=2024)
    about = subject(NORTH, 2025, STARS)
    asked = SubmitApplication("C-1", CaseKind.SURVEILLANCE, ALPHA, STARS, about, "", "DEMO-00001")
    script.do(asked, actor(NORTH, "c1"))
    script.evaluate("C-1")
    script.review("C-1", Outcome.RESTATE)
    script.decide("C-1", Outcome.RESTATE)


def _long_expired(script: Script) -> None:
    """Renew what expired years ago."""
    script.certify("DEMO-00001", LABEL, NORTH, year=2024)
    script.now += timedelta(days=2 * 366 + 200)
    script.later("C-1", "DEMO-00001", CaseKind.RENEWAL, Outcome.GRANT, 2027, "DEMO-00002")


def _late_answer(script: Script) -> None:
    """Answer a nonconformity long after its day."""
    script.apply("C-1")
    script.accept("C-1")
    script.plan("C-1")
    script.do(evaluations.RaiseFinding("C-1", "N", "5.1", case.Severity.MINOR, REASONS), actor(ALPHA, "a1"))
    script.now += timedelta(days=70)
    script.do(evaluations.AnswerFinding("C-1", "N", REASONS), actor(NORTH, "c1"))


def _idle_appeal(script: Script) -> None:
    """Uphold an appeal against a refusal."""
    script.apply("C-1")
    script.evaluate("C-1")
    script.review("C-1", Outcome.REFUSE)
    script.decide("C-1", Outcome.REFUSE)
    script.do(complaints.Appeal("C-1", "A", REASONS), actor(NORTH, "c1"))
    script.do(complaints.Acknowledge("A"), actor(ALPHA, "m"))
    script.do(complaints.Investigate("A"), actor(ALPHA, "q"))
    script.do(complaints.Resolve("A", "upheld", REASONS), actor(ALPHA, "q"))


WAYS: dict[str, tuple[Callable[[Script], None], str]] = {
    "a value that moved too far": (_moved_too_far, "E-CASE-DRIFT"),
    "data older than were looked at": (_older_data, "E-CASE-OLDER"),
    "newer data given up with the certificate": (_given_up, "E-CASE-OLDER"),
    "newer data left with the other body": (_left_behind, "E-CASE-OLDER"),
    "a late renewal beside another": (_renewed_beside, "E-CASE-HELD"),
    "a review by who planned": (_planned_and_reviewed, "E-REVIEW-SEPARATE"),
    "a verification reviewed by who planned it": (_sampled_and_reviewed, "E-REVIEW-SEPARATE"),
    "a smaller family by an old figure": (_smaller_family, "E-CASE-DRIFT"),
    "a refused surveillance that counts": (_refused_surveillance, ""),
    "a figure that vanishes": (_vanished, "E-DECISION-PACKAGE"),
    "moved or renewed too late": (_long_expired, "E-CASE-EXPIRED"),
    "an answer after its time": (_late_answer, "E-FINDING-LATE"),
    "an appeal that leads to nothing": (_idle_appeal, ""),
    "a figure that comes out otherwise": (_another_figure, "E-VERIFY-DIFFERENCE"),
    "a first audit that is called a later one": (_no_first_audit, "E-FACT-KNOWN"),
    "clauses that nobody looks for": (_no_clauses, "E-CHECKLIST"),
    "another figure that nobody verifies": (_another_figure_unverified, "E-DECISION-RECOMPUTE"),
    "a finding that nobody answered": (_open_finding, "E-VERIFY-FINDING"),
    "a reduction that is none": (_no_reduction, "E-REDUCTION-SHARE"),
    "a base that nobody stands by": (_unfounded_base, "E-REDUCTION-BELIEVED"),
    "a base of another kind": (_other_base, "E-REDUCTION-COMPARED"),
    "a base of an unverified figure": (_guessed_base, "E-REDUCTION-BELIEVED"),
    "a base that was verified loosely": (_loose_base, "E-STATEMENT-ASSURANCE"),
    "a reduction that shrank": (_less_reduced, "E-REDUCTION-LESS"),
    "a statement on another place": (_elsewhere_taken_over, "E-STATEMENT-CASE"),
    "a loose statement taken over": (_loosely_taken_over, "E-STATEMENT-ASSURANCE"),
    "a product of another category": (_another_category, "E-RULE-SCHEME"),
    "per another unit": (_another_unit, "E-RULE-UNIT"),
    "an authority of another province": (_ordered_elsewhere, "E-AUTHORITY-PLACE"),
    "a trigger of another province": (_triggered_elsewhere, "E-AUTHORITY-PLACE"),
    "data of years ago": (_old_data, "E-DATA-AGE"),
    "an edition of the past": (_past_edition, "E-SCHEME-DATES"),
    "a footprint of somebody else": (_declared_by_another, "E-CLAIM-PACKAGE"),
    "a verification for somebody else": (_verified_for_another, "E-STATEMENT-CASE"),
    "another pack than was verified": (_declared_as_larger, "E-DECL-STATED"),
    "a pack that is not sold": (_declared_unlisted, "E-DECL-UNLISTED"),
    "any correction": (_corrected_anyhow, "E-STATEMENT-CASE"),
    "a statement taken over that falls unheard": (_taken_over_and_fallen, ""),
    "a base that falls unheard": (_fallen_base, ""),
    "a declaration whose statement falls unheard": (_declared_and_fallen, ""),
    "declared on what fell": (_fallen_and_declared, "E-STATEMENT-STATE"),
    "declared again": (_declared_again, "E-DECL-TWICE"),
    "a green certificate counted twice": (_green_twice, "E-GREEN-TWICE"),
    "a package of another site": (_another_site, "E-DECISION-SUBJECT"),
    "a statement that does not stand": (_fallen_statement, "E-STATEMENT-STATE"),
    "a planner nobody found competent": (_newcomer_plans, "E-TEAM-COMPETENCE"),
    "a body that is its client's": (_owned_body, "E-BODY-CONFLICT"),
    "a body of its client's owner": (_sister, "E-BODY-OWNED"),
    "a half in two parts": (_niece, "E-BODY-OWNED"),
    "a filing struck by a province": (_struck_elsewhere, "E-AUTHORITY-PLACE"),
    "approved by another province": (_approved_elsewhere, "E-AUTHORITY-PLACE"),
    "accredited unasked": (_unasked, "E-SCOPE-SOUGHT"),
    "a grant that no record can state": (_granted_nothing, "E-RECOG-FIELD"),
    "a change of what was never granted": (_changed_nothing, "E-RECOG-FIELD"),
    "staff that nobody found competent": (_few_competent, "E-SCHEME-REQUIREMENT"),
    "a pilot body by its own word": (_no_pilot, "E-FACT-KNOWN"),
}
"""Straight ways to the faults that random sequences come to too seldom, and how the sound product refuses each; a way
without a code is open, and leads elsewhere where the product is sound."""


def first_seen(begin: int) -> str:
    """Play sequences until an invariant is seen broken, from a seed on that is known to be near; return which."""
    for seed in (*range(begin, begin + 200), *range(1_500)):
        try:
            play(in_memory(seed % CHAPTERS), seed, LENGTH)
        except Broken as seen:
            return str(seen).partition(":")[0]
    return ""


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for chapter in range(CHAPTERS):
        in_memory(chapter)  # The world itself is settled by a sound product.
    plant, expected = FAULTS[name]
    plant(monkeypatch)
    if name in WAYS:
        with pytest.raises(Broken) as seen:
            WAYS[name][0](Script(in_memory(0)))
        assert str(seen.value).partition(":")[0] in expected
    else:
        assert first_seen(NEAR.get(name, 0)) in expected


@pytest.mark.parametrize("name", sorted(WAYS))
def test_the_sound_product_refuses_what_a_straight_way_asks(name: str) -> None:
    way, code = WAYS[name]
    with pytest.raises(FootproofError, match=code) if code else nullcontext():
        way(Script(in_memory(0)))
