"""An engagement goes through its steps in order, by the right people, and ends in an opinion that fits (I4, I20)."""

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.model.engagement import (
    Engagement,
    EvidenceItem,
    EvidencePlan,
    Materiality,
    Misstatement,
    Opinion,
    OpinionKind,
    State,
    Team,
)
from footproof.verify import engagement as steps
from footproof.verify.misstatements import evaluate, proposed
from footproof.verify.sampling import draw, frame_of
from verify.engagements import (
    ANALYSIS,
    CLAIM,
    CLEAN,
    DAY,
    PLAN,
    PLANNER,
    REASON,
    RISKS,
    SAMPLES,
    SEED,
    TEAM,
    TERMS,
    draft,
    engaged,
    gathered,
    issued,
    misstatement,
    planned,
)


def refused(action: Callable[..., Engagement], *given_: Any, **named: Any) -> FootproofError:
    with pytest.raises(FootproofError) as caught:
        action(*given_, **named)
    return caught.value


def test_the_steps_in_order() -> None:
    found = issued()
    assert found.state is State.ISSUED
    assert (found.reviewer, found.decider, found.version) == ("reviewer", "decider", 1)
    later = steps.discover(found, REASON, DAY)
    assert later.state is State.FACTS_AFTER_ISSUE
    assert steps.stand(later).state is State.ISSUED
    assert steps.withdraw(later).state is State.WITHDRAWN
    revised = steps.revise(later)
    assert (revised.state, revised.later[-1].outcome) == (State.REVISED, "revised")
    again = steps.amend(revised, REASON, materiality=Materiality(Decimal("0.02")))
    assert (again.state, again.version, again.plan, again.opinion) == (State.ENGAGED, 2, None, None)


@pytest.mark.parametrize("term", ["claim", "objectives", "criteria", "scope", "assurance", "materiality"])
def test_nothing_begins_before_all_is_agreed(term: str) -> None:
    lacking = steps.set_terms(draft(), **{term: () if term == "criteria" else None})
    problem = refused(steps.agree, lacking)
    assert problem.code == "E-VERIFY-INCOMPLETE"
    assert term in str(problem.values["missing"])


@pytest.mark.parametrize(
    ("stage", "action"),
    [
        (draft, lambda e: steps.assign(e, TEAM)),
        (draft, lambda e: steps.plan(e, PLANNER, RISKS, PLAN, SAMPLES)),
        (draft, lambda e: steps.gather(e, "a", "sha256:0", "lead", DAY, "site")),
        (draft, lambda e: steps.misstate(e, misstatement("m", 1))),
        (draft, lambda e: steps.amend(e, REASON)),
        (planned, steps.agree),
        (planned, lambda e: steps.set_terms(e, scope=REASON)),
        (planned, lambda e: steps.assign(e, TEAM)),
        (planned, lambda e: steps.review(e, "reviewer")),
        (planned, lambda e: steps.decide(e, "decider")),
        (planned, lambda e: steps.issue(e, "sha256:0", "decider")),
        (planned, lambda e: steps.discover(e, REASON, DAY)),
        (issued, lambda e: steps.amend(e, REASON)),
        (issued, lambda e: steps.misstate(e, misstatement("m", 1))),
        (issued, steps.revise),
        (issued, steps.withdraw),
        (issued, lambda e: steps.gather(e, "a", "sha256:0", "lead", DAY, "site")),
    ],
)
def test_a_step_out_of_order_is_refused(stage: Callable[[], Engagement], action: Callable[[Any], Engagement]) -> None:
    assert refused(action, stage()).code == "E-VERIFY-STATE"


def test_what_was_agreed_changes_only_as_a_new_version() -> None:
    found = gathered()
    changed = steps.amend(found, REASON, scope=REASON)
    assert (changed.version, changed.changes[-1].fields, changed.state) == (2, ("scope",), State.ENGAGED)
    assert changed.gathered == found.gathered
    assert (changed.analysis, changed.samples, changed.risks) == (None, (), ()), "all of it is made anew"
    replanned = steps.plan(steps.analyse(changed, ANALYSIS), PLANNER, RISKS, PLAN, SAMPLES)
    assert set(steps.open_items(replanned)) >= {"a", "b"}, "evidence of an earlier version is not evidence on this one"
    assert refused(steps.conclude, replanned, CLEAN).code == "E-VERIFY-OPEN"
    assert refused(steps.amend, found, REASON, state=State.DECIDED).code == "E-VERIFY-TERM"
    assert refused(steps.amend, found, REASON, scope=None).code == "E-VERIFY-INCOMPLETE"
    assert refused(steps.amend, found, REASON, consulted=("second",)).code == "E-VERIFY-INDEPENDENT"


@pytest.mark.parametrize("share", ["0", "1", "-0.05", "5"])
def test_materiality_is_a_share(share: str) -> None:
    for wrong in (Materiality(Decimal(share)), Materiality(Decimal("0.05"), {"use": Decimal(share)})):
        assert refused(steps.agree, steps.set_terms(draft(), materiality=wrong)).code == "E-VERIFY-MATERIALITY"
    assert refused(steps.agree, steps.set_terms(draft(), coverage=Decimal("1.1"))).code == "E-VERIFY-MATERIALITY"


def test_a_plan_covers_what_was_agreed() -> None:
    exact = (replace(RISKS[0], share=Fraction(4, 5)), *RISKS[2:])
    thin = (replace(RISKS[0], share=Fraction(4, 5) - Fraction(1, 10**9)), *RISKS[2:])
    for register, code in ((exact, ""), (thin, "E-VERIFY-COVERAGE")):
        items = EvidencePlan((EvidenceItem("a", register[0].share, ()),), Decimal("0.8"))
        sample = (draw(SEED, frame_of(register), 1),)
        if code:
            assert refused(steps.plan, engaged(), PLANNER, register, items, sample).code == code
        else:
            assert steps.plan(engaged(), PLANNER, register, items, sample).state is State.PLANNED


def test_a_plan_rests_on_a_team_and_an_analysis() -> None:
    agreed = steps.agree(draft())
    staffed, analysed = steps.assign(agreed, TEAM), steps.analyse(agreed, ANALYSIS)
    for lacking, name in ((staffed, "analysis"), (analysed, "team")):
        problem = refused(steps.plan, lacking, PLANNER, RISKS, PLAN, SAMPLES)
        assert (problem.code, problem.values["missing"]) == ("E-VERIFY-INCOMPLETE", name)
    partly = replace(ANALYSIS, aspects=("activity", "system", "product"))
    assert refused(steps.analyse, agreed, partly).values["missing"] == "complexity"
    assert refused(steps.analyse, agreed, replace(ANALYSIS, by="adviser")).code == "E-VERIFY-INDEPENDENT"
    alone = steps.assign(analysed, Team("second", ("second",)))
    done = steps.plan(alone, PLANNER, RISKS, PLAN, SAMPLES)
    for item in steps.wanted_items(done):
        done = steps.gather(done, item, "sha256:0", "second", DAY, "site")
    assert refused(steps.review, steps.conclude(done, CLEAN), "lead").code == "E-VERIFY-INDEPENDENT", "who analysed"


def test_evidence_is_on_risks_of_the_register() -> None:
    anything = EvidencePlan((EvidenceItem("anything", Fraction(1), ()),), Decimal("0.8"))
    dearer = EvidencePlan((EvidenceItem("a", Fraction(9, 10), ()),), Decimal("0.8"))
    twice = EvidencePlan((PLAN.items[0], PLAN.items[0]), Decimal("0.8"))
    for wrong in (anything, dearer, twice):
        assert refused(steps.plan, engaged(), PLANNER, RISKS, wrong, SAMPLES).code == "E-VERIFY-EVIDENCE"
    assert refused(steps.plan, engaged(), PLANNER, (*RISKS, RISKS[2]), PLAN, SAMPLES).code == "E-VERIFY-EVIDENCE"


def test_what_the_plan_leaves_out_can_be_drawn() -> None:
    assert refused(steps.plan, engaged(), PLANNER, RISKS, PLAN).code == "E-VERIFY-UNSAMPLED"
    whole = EvidencePlan(tuple(EvidenceItem(risk.id, risk.share, ()) for risk in RISKS), Decimal("0.8"))
    assert steps.plan(engaged(), PLANNER, RISKS, whole).samples == ()
    chosen = (replace(SAMPLES[0], items={"a": 1, "b": 1}),)
    assert refused(steps.plan, engaged(), PLANNER, RISKS, PLAN, chosen).code == "E-VERIFY-DRAW"


def drawing_c() -> Engagement:
    """Return an engagement in which the item that the plan leaves out is drawn."""
    samples = (draw(SEED, frame_of(RISKS), n) for n in range(1, 20))
    sample = next(one for one in samples if "c" in one.items and one.size < 10)
    return steps.plan(engaged(), PLANNER, RISKS, PLAN, (sample,))


def test_what_is_drawn_is_gathered_before_an_opinion() -> None:
    found = drawing_c()
    for item in ("a", "b"):
        found = steps.gather(found, item, "sha256:0", "lead", DAY, "site")
    assert steps.open_items(found) == ("c",)
    assert refused(steps.conclude, found, CLEAN).code == "E-VERIFY-OPEN"
    found = steps.gather(found, "c", "sha256:0", "lead", DAY, "site")
    assert steps.conclude(found, CLEAN).state is State.EXECUTED


def test_a_misstatement_in_a_sample_points_to_more() -> None:
    found = drawing_c()
    factor = Fraction(10, found.samples[0].size)  # one of ten equal steps, so many points
    assert steps.sampled(found) == {"c": factor}
    stated = steps.misstate(steps.misstate(found, misstatement("m", 1)), misstatement("n", 1, "manufacturing"))
    assert steps.weigh(stated).overall.gross == 2, "in what is looked at anyhow, it is what it is"
    drawn = replace(stated.misstatements[1], row="c")
    pointing = replace(stated, misstatements=(stated.misstatements[0], drawn))
    assert steps.weigh(pointing).overall.gross == 1 + factor
    corrected = replace(drawn, corrected=True)
    assert steps.weigh(replace(stated, misstatements=(corrected,))).clean


@pytest.mark.parametrize("person", ["lead", "second", "adviser", ""])
def test_who_reviews_and_decides_took_no_part(person: str) -> None:
    done = steps.conclude(gathered(), CLEAN)
    assert refused(steps.review, done, person).code == "E-VERIFY-INDEPENDENT"
    assert refused(steps.decide, steps.review(done, "reviewer"), person).code == "E-VERIFY-INDEPENDENT"
    decided = steps.decide(steps.review(done, "reviewer"), "reviewer")
    assert decided.decider == "reviewer"
    assert refused(steps.issue, decided, "sha256:0", person).code == "E-VERIFY-INDEPENDENT"


def test_who_gathered_evidence_and_left_the_team_is_not_independent() -> None:
    changed = steps.assign(steps.amend(gathered(), REASON, scope=REASON), Team("lead", ("lead",)))
    again = steps.plan(steps.analyse(changed, ANALYSIS), PLANNER, RISKS, PLAN, SAMPLES)
    for item in steps.wanted_items(again):
        again = steps.gather(again, item, "sha256:0", "lead", DAY, "site")
    assert refused(steps.review, steps.conclude(again, CLEAN), "second").code == "E-VERIFY-INDEPENDENT"


def test_who_planned_the_evidence_neither_reviews_nor_decides_nor_issues() -> None:
    concluded = steps.conclude(gathered(), CLEAN)
    assert refused(steps.review, concluded, PLANNER).code == "E-VERIFY-INDEPENDENT"
    reviewed = steps.review(concluded, "reviewer")
    assert refused(steps.decide, reviewed, PLANNER).code == "E-VERIFY-INDEPENDENT"
    decided = steps.decide(reviewed, "decider")
    assert refused(steps.issue, decided, "sha256:0", PLANNER).code == "E-VERIFY-INDEPENDENT"
    again = steps.plan(steps.analyse(steps.amend(reviewed, REASON), ANALYSIS), "other", RISKS, PLAN, SAMPLES)
    assert {PLANNER, "other"} <= set(again.worked), "another version does not undo what was planned"
    assert refused(steps.plan, engaged(), "adviser", RISKS, PLAN, SAMPLES).code == "E-VERIFY-INDEPENDENT"


def test_the_team_is_one_and_did_not_advise() -> None:
    engaged = steps.agree(draft())
    assert refused(steps.assign, engaged, Team("x", ("lead",))).code == "E-VERIFY-TEAM"
    assert refused(steps.assign, engaged, Team("lead", ("lead", "adviser"))).code == "E-VERIFY-INDEPENDENT"
    assert refused(steps.gather, planned(), "a", "sha256:0", "reviewer", DAY, "site").code == "E-VERIFY-OUTSIDER"
    assert refused(steps.gather, planned(), "z", "sha256:0", "lead", DAY, "site").code == "E-VERIFY-ITEM"


def test_misstatements_stand_once_and_can_be_corrected() -> None:
    found = steps.misstate(gathered(), misstatement("m", 50))
    assert refused(steps.misstate, found, misstatement("m", 1)).code == "E-VERIFY-TWICE"
    assert refused(steps.correct, found, "z").code == "E-VERIFY-ITEM"
    assert refused(steps.conclude, found, CLEAN).code == "E-VERIFY-OPINION"
    assert steps.conclude(steps.correct(found, "m"), CLEAN).state is State.EXECUTED


@pytest.mark.parametrize(
    ("misstatements", "clean"),
    [
        ([], True),
        ([misstatement("m", Fraction(399, 100))], True),
        ([misstatement("m", 4)], False),  # 5 % of 80, the limit itself, of the category
        ([misstatement("m", 3), misstatement("n", -3)], False),  # net nothing, gross 7.5 % of the category
        ([misstatement("m", 2, "manufacturing")], False),  # 10 % of 20, by the category's own limit
        ([misstatement("m", Fraction(19, 10), "manufacturing")], True),
        ([misstatement("m", 3), misstatement("n", Fraction(19, 10), "manufacturing")], True),
        ([misstatement("m", Fraction(32, 10)), misstatement("n", Fraction(18, 10), "manufacturing")], False),  # overall
        ([misstatement("m", Fraction(1, 1000), "end_of_life")], False),  # nothing is claimed there
        ([misstatement("m", None)], False),
        ([misstatement("m", None, corrected=True), misstatement("n", 50, corrected=True)], True),
    ],
)
def test_an_unmodified_opinion_needs_net_and_gross_below_materiality(
    misstatements: list[Misstatement], clean: bool
) -> None:
    found = gathered()
    for item in misstatements:
        found = steps.misstate(found, item)
    assert steps.weigh(found).clean is clean
    for kind in OpinionKind:
        opinion = Opinion(kind, () if kind is OpinionKind.UNMODIFIED else (REASON,))
        fits = {OpinionKind.UNMODIFIED: clean, OpinionKind.ADVERSE: not clean}.get(kind, True)
        if fits:
            assert steps.conclude(found, opinion).opinion == opinion
        else:
            assert refused(steps.conclude, found, opinion).code == "E-VERIFY-OPINION"


def test_a_credit_cannot_hide_a_misstatement() -> None:
    # 100 of positive emissions and 90 of credits: 1 is 10 % of the net total and 1 % of what is measured on.
    net = replace(CLAIM, value=Decimal(10))
    assert evaluate(net, Materiality(Decimal("0.05")), [misstatement("m", 1)]).clean
    assert evaluate(net, Materiality(Decimal("0.05")), [misstatement("m", 1)]).overall.base == 100


def test_a_qualified_opinion_says_why() -> None:
    assert refused(steps.conclude, gathered(), Opinion(OpinionKind.MODIFIED)).code == "E-VERIFY-QUALIFICATION"
    qualified = Opinion(OpinionKind.UNMODIFIED, (REASON,))
    assert refused(steps.conclude, gathered(), qualified).code == "E-VERIFY-QUALIFICATION"
    disclaimed = Opinion(OpinionKind.DISCLAIMER, (REASON,))
    assert steps.conclude(planned(), disclaimed).opinion == disclaimed


AMOUNTS = st.lists(
    st.tuples(
        st.fractions(min_value=-8, max_value=8, max_denominator=1000),
        st.sampled_from(["raw_materials", "manufacturing", "end_of_life"]),
        st.booleans(),
    ),
    max_size=6,
)


@given(AMOUNTS, st.sampled_from(["0.01", "0.05", "0.1", "0.5"]))
@settings(max_examples=300, deadline=None)
def test_unmodified_exactly_where_every_sum_is_below_its_limit(
    rows: list[tuple[Fraction, str, bool]], limit: str
) -> None:
    items = [misstatement(str(n), amount, name, corrected=done) for n, (amount, name, done) in enumerate(rows)]
    found = evaluate(CLAIM, Materiality(Decimal(limit)), items)
    below = True
    for names in (set(CLAIM.gross), *({name} for name in CLAIM.gross)):
        open_ = [amount for amount, name, done in rows if not done and name in names]
        base = sum((CLAIM.gross[name] for name in names), Fraction(0))
        for total in (abs(sum(open_, Fraction(0))), sum(map(abs, open_), Fraction(0))):
            below &= total == 0 or total < Fraction(limit) * base
    assert found.clean is below
    assert (proposed(found, complete=True) is OpinionKind.UNMODIFIED) is below
    assert proposed(found, complete=False) is OpinionKind.DISCLAIMER


PERSONS = ("lead", "second", "adviser", "reviewer", "decider")


def random_step(found: Engagement, chance: random.Random) -> Engagement:
    """Try any step with any arguments; a refusal leaves the engagement as it is."""
    person = chance.choice(PERSONS)
    kind = chance.choice(list(OpinionKind))
    amount = chance.choice([None, Fraction(1), Fraction(-1), Fraction(9)])
    tries: list[Callable[[], Engagement]] = [
        lambda: steps.set_terms(found, **TERMS),
        lambda: steps.agree(found),
        lambda: steps.amend(found, REASON, scope=REASON),
        lambda: steps.assign(found, Team("lead", ("lead", person))),
        lambda: steps.analyse(found, replace(ANALYSIS, by=person)),
        lambda: steps.plan(found, person, RISKS, PLAN, SAMPLES),
        lambda: steps.gather(found, chance.choice("abcd"), "sha256:0", person, DAY, "site"),
        lambda: steps.misstate(found, misstatement(str(chance.randrange(4)), amount)),
        lambda: steps.correct(found, str(chance.randrange(4))),
        lambda: steps.conclude(found, Opinion(kind, () if kind is OpinionKind.UNMODIFIED else (REASON,))),
        lambda: steps.review(found, person),
        lambda: steps.decide(found, person),
        lambda: steps.issue(found, "sha256:0", person),
        lambda: steps.discover(found, REASON, DAY),
        lambda: steps.stand(found),
        lambda: steps.revise(found),
        lambda: steps.withdraw(found),
    ]
    try:
        return chance.choice(tries)()
    except FootproofError:
        return found


LATE = (State.EXECUTED, State.REVIEWED, State.DECIDED, State.ISSUED)


def require_sound(found: Engagement, before: Engagement) -> None:
    if found.gathered or found.misstatements:
        assert all(getattr(found, term) for term in steps.AGREED)
    if found.state in LATE and found.opinion is not None and found.opinion.kind is OpinionKind.UNMODIFIED:
        assert steps.weigh(found).clean
        assert not steps.open_items(found)
    if found.state in LATE[1:] and found.team is not None:
        assert found.reviewer not in (*found.team.members, *found.consulted, *(item.by for item in found.gathered))
        assert found.decider not in found.team.members
        assert not {found.reviewer, found.decider} & set(found.worked)
    if before.state is not State.PRE_ENGAGEMENT and found.claim != before.claim:
        assert found.version == before.version + 1
    assert found.gathered[: len(before.gathered)] == before.gathered, "records are added, never taken away"


def test_no_sequence_of_steps_breaks_an_invariant() -> None:
    reached = set()
    for seed in range(400):
        chance = random.Random(seed)
        found = (Engagement("E", "", "client"), gathered(), issued())[seed % 3]
        for _ in range(60):
            later = random_step(found, chance)
            require_sound(later, found)
            found = later
            reached.add(found.state)
    assert reached == set(State)
