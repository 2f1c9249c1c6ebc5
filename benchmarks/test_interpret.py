"""Interpretation as its user waits for it: a figure is edited, two rules are compared, a range is sampled.

Targets: from an edited study of 1,000 terms to its result 200 ms; two sides that differ on eight axes 2 s. The peer of
the comparison is the same by brute force, one assessment for each of 256 mixtures.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from footproof.assess import assess
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.lens import Case, compare
from footproof.interpret.uncertainty import sampled, tornado
from footproof.model.study import Study
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

ROOT = Path(__file__).resolve().parents[1]
PACK = read_study(read_folder(ROOT / "examples" / "nmc811-pack"))
TRACTION = load_rulebook("cn.pcf.traction-battery@2026-provisional")
BOOK = shipped()
DAY = date(2026, 6, 30)
RUNS = 7


def timed(step: Callable[[], Any]) -> tuple[float, Any]:
    """Return the median time of a step and its last answer. [s]"""
    times, answer = [], None
    for _ in range(RUNS):
        start = time.perf_counter()
        answer = step()
        times.append(time.perf_counter() - start)
    return median(times), answer


def with_rows(study: Study, terms: int) -> Study:
    """Return a study whose leaf exchanges are repeated until it has about so many terms."""
    leaves = [exchange for exchange in study.exchanges if not exchange.source_of.startswith("process:")]
    rows = list(study.exchanges)
    copies = range(1, terms // len(leaves) + 1)
    rows += [replace(each, id=f"{each.id[:40]}-c{number}") for number in copies for each in leaves]
    links = len(study.exchanges) - len(leaves)
    return replace(study, exchanges=tuple(rows[: links + round(terms * len(leaves) / 152)]))


def test_from_an_edit_to_its_result() -> None:
    rule = load_rulebook("cn.gbt.24067@2024")
    study = with_rows(PACK, 1000)
    mass = study.quantities["pack_mass"]
    edited = replace(
        study,
        quantities={**study.quantities, "pack_mass": replace(mass, figure=replace(mass.figure, number=Decimal(401)))},
    )
    before = assess(study, rule, BOOK, DAY)
    spent, after = timed(lambda: assess(edited, rule, BOOK, DAY))
    print(f"\n{len(after.sheet.terms)} terms, edit to result: {1e3 * spent:.0f} ms")
    assert 950 <= len(after.sheet.terms) <= 1050
    assert after.result["value"] != before.result["value"]


def test_eight_axes_are_explained() -> None:
    options = {"electricity": "contractual_instruments", "lifetime": "cycle_life", "end_of_life": "cff"}
    axes = {name: replace(axis, default=options[name], open=False) for name, axis in TRACTION.axes.items()}
    first = replace(TRACTION, axes={name: replace(axis, open=False) for name, axis in TRACTION.axes.items()})
    other = replace(TRACTION, axes=axes, gwp="gwp100.ar5", biogenic="ef", methane="single")
    contract = replace(PACK.contracts[0], share=Decimal("0.5"))
    second = replace(PACK, contracts=(contract,))
    sides = Case(PACK, first, date(2025, 6, 30)), Case(second, other, DAY)
    spent, found = timed(lambda: compare(*sides, BOOK))
    alone, _ = timed(lambda: assess(PACK, first, BOOK, DAY))
    print(f"\n8 axes: {spent:.2f} s; 256 assessments one by one: {256 * alone:.1f} s")
    assert sum((share.value for share in found.shares), Fraction(0)) == found.difference
    assert (
        len([share for share in found.shares if share.axis.switch or share.axis.options[0] != share.axis.options[1]])
        >= 8
    )


def test_uncertainty_of_a_study() -> None:
    found = assess(PACK, TRACTION, BOOK, DAY)
    sampling, result = timed(lambda: sampled(found, 10_000, 1))
    ranking, bars = timed(lambda: tornado(found))
    print(f"\n10,000 samples: {1e3 * sampling:.0f} ms; tornado of {len(bars)} inputs: {1e3 * ranking:.0f} ms")
    assert result.deviation > 0
