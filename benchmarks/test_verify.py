"""Verification as its user waits for it: a study is verified, a package recomputed beside it, a sample drawn.

Target: the shipped battery study in 2 s, findings, risks and evidence plan included.
"""

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from footproof.formats.folder import read_folder
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.verify.evidence import evidence_plan
from footproof.verify.recompute import recompute_beside
from footproof.verify.risk import risks_of
from footproof.verify.sampling import Unit, draw, require_same
from footproof.verify.verify import Verification, verify_study

ROOT = Path(__file__).resolve().parents[1]
RULE = load_rulebook("cn.gbt.24067")
BOOK = shipped()
RUNS = 7


def timed(step: Callable[[], Any]) -> tuple[float, Any]:
    """Return the median time of a step and its last answer. [s]"""
    times, answer = [], None
    for _ in range(RUNS):
        start = time.perf_counter()
        answer = step()
        times.append(time.perf_counter() - start)
    return median(times), answer


def verified(name: str) -> Verification:
    return verify_study(read_folder(ROOT / "examples" / name), RULE, BOOK)


def test_a_study_is_verified_within_two_seconds() -> None:
    def whole() -> tuple[Verification, Any]:
        found = verified("nmc811-pack")
        assert found.assessment is not None
        risks = risks_of(found.assessment, found.findings)
        return found, evidence_plan(found.assessment.study.exchanges, risks)

    seconds, (found, plan) = timed(whole)
    assert plan.covered >= plan.needed
    assert {item.code for item in found.errors} == {"clause:6.3.5-verified"}
    print(f"\nbattery verified, with risks and plan: {seconds * 1000:.0f} ms")
    assert seconds < 2


def test_a_sheet_is_recomputed_beside_the_clients() -> None:
    assessment = verified("nmc811-pack").assessment
    assert assessment is not None
    seconds, found = timed(lambda: recompute_beside(assessment, assessment.sheet_bytes.replace(b'"79.52"', b'"80"', 1)))
    assert found.difference == sum((item.effect for item in found.terms), Fraction(0)) != 0
    print(f"\nclient's sheet beside ours, {len(found.terms)} terms that differ: {seconds * 1000:.0f} ms")
    assert seconds < 1


def test_a_sample_of_a_large_frame() -> None:
    frame = tuple(Unit(f"row-{n}", Fraction(1 + n % 97)) for n in range(20_000))
    seconds, sample = timed(lambda: draw("a public seed", frame, 60))
    require_same(sample, frame)
    assert sum(sample.items.values()) == 60
    print(f"\n60 of 20,000 drawn by size: {seconds * 1000:.0f} ms")
    assert seconds < 5
