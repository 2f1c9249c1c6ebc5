"""What was not read in an official text is seen in every result that uses it, with the part it makes."""

from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from assess.draft import GENERIC, TRACTION, Draft, exact
from footproof.assess import Assessment, assess
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.components import components
from footproof.interpret.confidence import Source, Unconfirmed, unconfirmed
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

ROOT = Path(__file__).resolve().parents[2]
EU = "eu.cfb@draft-2024-04"


@cache
def example(folder: str, rule: str) -> Assessment:
    study = read_study(read_folder(ROOT / "examples" / folder))
    return assess(study, load_rulebook(rule), shipped(), date(2026, 6, 30))


def by_kind(found: tuple[Unconfirmed, ...], kind: Source) -> dict[str, Unconfirmed]:
    return {item.id: item for item in found if item.kind is kind}


def test_the_draft_shows_its_tables_defaults_and_clauses() -> None:
    found = unconfirmed(example("nmc811-pack", EU))
    assert {name: item.confidence for name, item in by_kind(found, Source.TABLE).items()} == {
        "cycles_a_year": "secondary",
        "distance_a_year": "recalled",
    }
    assert set(by_kind(found, Source.DEFAULT)) == {"warranty_km"}
    clauses = by_kind(found, Source.CLAUSE)
    assert set(clauses) == {f"CFB-{number}" for number in (1, 2, 3, 4, 5, 7, 11, 12)}
    assert clauses["CFB-5"].confidence == "recalled"
    assert clauses["CFB-12"].share is not None


@pytest.mark.parametrize(
    ("folder", "rule"), [("nmc811-pack", EU), ("nmc811-pack", TRACTION), ("portland-cement", GENERIC)]
)
def test_factors_are_those_of_the_sheet_with_their_parts(folder: str, rule: str) -> None:
    assessment = example(folder, rule)
    values = {name: abs(exact(value)) for name, value in assessment.result["terms"].items()}
    weak: dict[str, Fraction] = {}
    for record in assessment.sheet.record["terms"]:
        if record["info"].get("confidence", "official") != "official":
            weak.setdefault(record["info"]["factor"], Fraction(0))
            weak[record["info"]["factor"]] += values[record["id"]] / sum(values.values())
    found = by_kind(unconfirmed(assessment), Source.FACTOR)
    assert {name: item.share for name, item in found.items()} == weak


def test_potentials_count_by_gas_and_carbon_dioxide_is_a_convention() -> None:
    draft = Draft().process("made").emission("made", "a", "1", "kg").emission("made", "b", "1", "kg", "CH4")
    draft.emission("made", "c", "1", "kg", "CH4", origin="biogenic_emission")
    found = by_kind(unconfirmed(draft.assess()), Source.POTENTIAL)
    whole = 1 + Fraction("29.8") + 27
    assert {name: (item.confidence, item.share) for name, item in found.items()} == {
        "CH4_fossil": ("recalled", Fraction("29.8") / whole),
        "CH4_nonfossil": ("recalled", 27 / whole),
    }


def test_the_largest_parts_stand_first() -> None:
    shares = [item.share or Fraction(0) for item in unconfirmed(example("portland-cement", GENERIC))]
    assert shares == sorted(shares, reverse=True)


def test_a_study_of_stated_emissions_rests_on_nothing_unconfirmed_but_the_rule() -> None:
    found = unconfirmed(Draft().process("made").emission("made", "a", "1", "kg").assess())
    assert {item.kind for item in found} <= {Source.CLAUSE}


@pytest.mark.parametrize("study", ["nmc811-pack", "portland-cement"])
def test_components_sum_to_their_terms(study: str) -> None:
    found = example(study, GENERIC)
    sums: dict[str, Fraction] = {}
    for part in components(found):
        sums[part.term.id] = sums.get(part.term.id, Fraction(0)) + part.value
    assert sums == {name: exact(text) for name, text in found.result["terms"].items()}
