"""No sequence of actions breaks an invariant, every refusal names its rule and changes nothing; faults are seen.

Longer runs over the stores use the same player (`certify.actions`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from certify.actions import CHAPTERS, Watched, in_memory, play
from certify.invariants import Broken
from footproof.certify import (
    applications,
    case,
    certificate,
    complaints,
    decisions,
    engagements,
    evaluations,
    filing_operations,
    filings,
    labels,
    memory,
    neutrality_operations,
    operation,
    orders,
    register,
)
from footproof.certify.operations import EVENTS, OPERATIONS
from footproof.certify.record import Step, need
from footproof.certify.scheme import add_months
from footproof.certify.verifications import Verification
from footproof.verify import engagement as verify
from footproof.verify.sampling import draw, frame_of

LENGTH = 60


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


def test_three_hundred_sequences_keep_every_invariant() -> None:
    done, refused, kinds = run(range(300))
    assert sum(done.values()) > 10_000
    assert sum(refused.values()) > 3_000
    assert done["decisions.take"] > 100
    assert set(EVENTS) - set(kinds) == set()


@pytest.mark.slow
def test_ten_thousand_sequences_keep_every_invariant() -> None:
    done, _, kinds = run(range(1_000, 11_000), 50)
    assert set(EVENTS) - set(kinds) == set()
    assert set(OPERATIONS) - set(done) == {"filings.submit"}, "which settling the world does"


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
    return (Step(certificate.Certified, self.certificate, labels.LabelsUsed(max(self.quantity, 1))),)


def _chosen(self: engagements.Drawing, risks: Any) -> Any:
    return replace(draw(self.seed, frame_of(risks), self.size, self.method), items={"row-2": 1})


_COMMIT = memory.MemoryWorld.commit


def _half(self: memory.MemoryWorld, steps: Any, by: Any, at: Any) -> Any:
    return _COMMIT(self, steps[:1], by, at)


def _kept(self: case.PackageAttached, record: case.Case, stamp: Any) -> case.Case:
    return replace(record, package=self.package)


def _forgets(self: certificate.CertificateRestated, record: certificate.Certified, stamp: Any) -> Any:
    return replace(record, held=self.held)


FAULTS: dict[str, tuple[Patch, set[str]]] = {
    "a decision by an evaluator": (_silent(decisions, "need_apart"), {"I4"}),
    "an appeal handled by who decided": (_silent(complaints, "need_apart"), {"I17"}),
    "an urgent suspension by an evaluator": (_silent(orders, "need_apart"), {"I7", "I4"}),
    "a role nobody has": (_silent(operation, "need_role"), {"I15"}),
    "a team with ties or without competence": (_silent(evaluations, "need_fit"), {"I4"}),
    "a decision after a tie came to light": (_silent(decisions, "need_still_impartial"), {"I4"}),
    "no scope": (_silent(applications, "need_scope"), {"I5"}),
    "an evaluation of another body": (_silent(evaluations, "need_own"), {"I15", "I4"}),
    "not all done": (_silent(decisions, "need_complete"), {"I1", "I3", "I7", "I20"}),
    "any package": (_returns(decisions, "_need_recomputed", _any_package), {"I1", "I2", "I3", "I6"}),
    "a package nobody verified": (_silent(decisions, "_need_verified"), {"I3"}),
    "a statement that does not stand": (_returns(evaluations, "need_statement", _any_statement), {"I2", "I4", "I20"}),
    "what was concluded before": (_returns(case.PackageAttached, "apply", _kept), {"I3"}),
    "an opinion that does not fit": (_silent(verify, "require_fitting"), {"I20"}),
    "a reviewer of the verification from its team": (_silent(engagements, "_need_independent"), {"I4", "I15"}),
    "a sample somebody chose": (_returns(engagements.Drawing, "sample", _chosen), {"I14"}),
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
    "a public activity": (_returns(case.ActivityCompleted, "public", True), {"I10"}),
    "a label cut off": (_returns(labels, "label_value", lambda mark, value: str(value)[:4].rstrip(".")), {"I12"}),
    "labels while suspended": (_silent(labels, "need_state"), {"I12"}),
    "more labels than licensed": (_returns(labels.ReportLabels, "steps", _unbounded), {"I12", "I15"}),
    "a credit spent twice": (_returns(neutrality_operations.CreditBlock, "taken", lambda self, credit: None), {"I13"}),
    "a decision without what follows": (_returns(memory.MemoryWorld, "commit", _half), {"I1"}),
    "what was stated is forgotten": (_returns(certificate.CertificateRestated, "apply", _forgets), {"I18"}),
}
"""Faults planted in the product, and the invariants that may show each."""
NEAR: dict[str, int] = {
    "a code that is none": 58,
    "a decision after a tie came to light": 143,
    "a decision by an evaluator": 51,
    "a package nobody verified": 568,
    "a reviewer of the verification from its team": 43,
    "a value that moved too far": 245,
    "an evaluation of another body": 125,
    "any last day of a suspension": 70,
    "no scope": 74,
    "restored against an order": 124,
    "what was stated is forgotten": 55,
}
"""Seeds of sequences that show the rarer ones, to save time; any other seed shows them too, later."""


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
    assert first_seen(NEAR.get(name, 0)) in expected
