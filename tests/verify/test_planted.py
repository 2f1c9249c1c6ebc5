"""Verification finds every planted error, at its place, and nothing that is not there."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from footproof.assess import assess
from footproof.formats.study import read_study
from footproof.interpret.terms import figure
from footproof.model.study import Study
from footproof.model.supplier import SupplierFootprint
from footproof.rules.parameters import shipped
from footproof.verify.checks.factors import could_replace, names_by_unit, of_other_product
from footproof.verify.finding import ERROR, GAP, NOTE
from footproof.verify.verify import verify_study
from interpret.test_clauses import SEEDED
from verify.planting import BASES, CASES, CORPUS, before, edition, files_of, named, stand_in, verified

UNCHANGED = [(base["name"], base["rulebook"], base) for base in CORPUS["base"]]
GENERIC = "cn.gbt.24067"

# What this layer finds in the corpus of the clause report beside what that expects, and what a clause asks of a row.
BESIDE = {
    "air-at-truck": {"V-FACTOR-KIND"},
    "bags-at-grinding-aid": {"V-FACTOR-NAME"},
    "clinker-link-forgotten": {"V-MASS-CREATED"},
    "delivered-in-tonnes": {"V-MAGNITUDE"},
    "power-in-megawatt-hours": {"V-MAGNITUDE"},
    "press-power-a-thousandfold": {"V-MAGNITUDE"},
    "salt-at-solvent": {"V-FACTOR-NAME"},
    "strips-in-tonnes": {"V-MAGNITUDE"},
    "synthetic-at-natural-graphite": {"V-FACTOR-NAME"},
    "cancelled-too-late": {"V-LATER"},
    "harvest-at-incineration": {"V-FACTOR-ROLE"},
    "negative-factor": {"V-FACTOR-SIGN"},
    "sawdust-forgotten": {"V-COPRODUCT"},
    "cell-share-from-nowhere": {"clause:6.3.5"},  # a gap already, now at a row of its own
}


def test_the_corpus_is_wide_enough() -> None:
    kinds = {case["kind"] for case in CASES.values()}
    assert len(CASES) >= 100
    assert len(kinds) >= 12
    shipped_studies = {"demo-cathode", "demo-cell", "nmc811-pack", "portland-cement"}
    for base in shipped_studies:
        assert len({case["kind"] for case in CASES.values() if case["base"] == base}) >= 6, base
    assert {path.parent.name for path in BASES["demo-cathode"].parent.glob("*/study.toml")} == shipped_studies


@pytest.mark.parametrize("name", CASES)
def test_a_planted_error_is_found_and_nothing_else(name: str) -> None:
    case = CASES[name]
    files = files_of(case)
    new = named(verified(files, case["rulebook"]), files) - before(case["base"], case["rulebook"])
    expected = Counter(tuple(item) for item in (*case["expect"], *case.get("follows", ())))
    assert new == expected


@pytest.mark.parametrize("name", CASES)
def test_what_is_found_speaks_both_languages_and_names_a_place(name: str) -> None:
    case = CASES[name]
    for item in verified(files_of(case), case["rulebook"]).findings:
        assert re.search(r"[\u4e00-\u9fff]", item.said.zh)
        assert not re.search(r"[{}]", item.said.zh + item.said.en)
        assert item.rows, item.code
        assert item.severity in (ERROR, GAP, NOTE)


@pytest.mark.parametrize(("name", "rulebook", "base"), UNCHANGED, ids=lambda value: str(value)[:30])
def test_an_unchanged_study_has_only_what_is_true_of_it(name: str, rulebook: str, base: dict[str, list[str]]) -> None:
    files = files_of({"base": name})
    found = verified(files, rulebook)
    labels = named(found, files)
    codes = {severity: {item.code for item in found.findings if item.severity == severity} for severity in (GAP, NOTE)}
    wanted = Counter(tuple(item) for item in base["errors"])
    assert Counter({key: labels[key] for key in labels if key[0] not in codes[GAP] | codes[NOTE]}) == wanted
    assert codes[GAP] == set(base["gaps"])
    assert codes[NOTE] == set(base["notes"])
    assert sorted(BASES) == sorted({item[0] for item in UNCHANGED})


@pytest.mark.parametrize("name", SEEDED)
def test_the_corpus_of_the_clause_report_is_found_as_well(name: str) -> None:
    case = SEEDED[name]
    files = files_of(case)
    # Some of its errors exchange whole files, so documents are taken as listed here.
    files = replace(files, documents=None)
    codes = {
        code for code, _ in named(verified(files, case["rulebook"]), files) - before(case["base"], case["rulebook"])
    }
    expected = {case["error"]} if "error" in case else {f"clause:{item['clause']}" for item in case["expect"]}
    assert expected <= codes
    assert codes - expected <= BESIDE.get(name, set())


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("cathode: lithium salt again in tonnes", "V-ROW-TWICE"),
        ("cathode: grid factor of 2023", "V-FACTOR-SUPERSEDED"),
        ("cement: quarry power in MWh", "V-SLIP"),
        ("cathode: oxygen at the factor of lithium salt", "V-FACTOR-NAME"),
    ],
)
def test_the_effect_of_a_finding_is_what_the_error_added(case: str, code: str) -> None:
    wrong, base = CASES[case], CASES[case]["base"]
    found = verified(files_of(wrong), GENERIC)
    assert found.assessment is not None
    item = next(item for item in found.findings if item.code == code)
    right = read_study(files_of({"base": base}))
    value = assess(right, edition(GENERIC), shipped(), right.known_on or found.assessment.known_on).result["value"]
    assert item.effect == figure(found.assessment.result["value"]) - figure(value)
    assert item.effect != 0


def test_a_remedy_leaves_the_rest_of_a_study_alone() -> None:
    found = verified(files_of(CASES["cement: quarry power in MWh"]), GENERIC)
    item = next(item for item in found.findings if item.code == "V-SLIP")
    assert item.remedy is not None
    assert found.assessment is not None
    study = found.assessment.study
    remedied = item.remedy(study)
    changed = [new.id for old, new in zip(study.exchanges, remedied.exchanges, strict=True) if old != new]
    assert changed == ["quarry-power"]
    assert item.effect is not None
    assert item.effect > Fraction(600)


def test_a_refused_study_has_its_refusal_and_its_documents() -> None:
    case = {**CASES["cement: diesel without its supply"], "lost": ["materials-2025.csv"]}
    found = verified(files_of(case), GENERIC)
    assert found.assessment is None
    assert [item.code for item in found.findings] == ["E-FACTOR-NO-UPSTREAM", "V-EVIDENCE-ABSENT"]
    assert found.errors == found.findings


def test_suppliers_are_checked_by_whoever_calls() -> None:
    asked: list[tuple[str, date]] = []

    def certified(study: Study, day: date) -> Mapping[str, SupplierFootprint]:
        asked.append((study.id, day))
        return stand_in(study, day)

    found = verify_study(files_of({"base": "demo-cell"}), edition(GENERIC), shipped(), certified=certified)
    assert asked == [("demo-cell", date(2026, 6, 30))]
    alone = verify_study(files_of({"base": "demo-cell"}), edition(GENERIC), shipped())
    assert found.assessment is not None
    assert alone.assessment is None


@pytest.mark.parametrize(
    ("base", "most"),
    [("nmc811-pack", Fraction(6, 100)), ("demo-cathode", Fraction(0)), ("demo-cell", Fraction(0))],
)
def test_a_row_at_any_other_factor_is_nearly_always_told(base: str, most: Fraction) -> None:
    """Every row takes every other factor that unit and origin allow; what is missed shares its words, or has none."""
    study = read_study(files_of({"base": base}))
    names = names_by_unit(study)
    rows = [row for row in study.exchanges if row.source_of.startswith("factor:")]
    tried = missed = 0
    for row in rows:
        own = study.factors[row.source_of.removeprefix("factor:")]
        assert not list(of_other_product(study, row, own, names))
        for other in study.factors.values():
            if other.id != own.id and could_replace(other, own):
                tried += 1
                missed += not list(of_other_product(study, row, other, names))
    assert tried
    assert Fraction(missed, tried) <= most
