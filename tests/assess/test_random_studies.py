"""Random studies equal the oracle, term by term and exactly; and the laws that any footprint obeys.

The oracle (`tests/oracles/study_oracle.py`) knows nothing of the product. Published values are those of the fact base:
electricity and transmission of 2024 (MEE, NBS, NEA), CPCD 2024 for transport, the MEE guideline for fuels, and IPCC AR6
table 7.15.
"""

import random
import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.draft import Draft, Row, exact
from assess.generator import random_study
from footproof.assess import Assessment
from oracles.study_oracle import UNITS, Known, Result, footprint, levels, read_known
from oracles.study_oracle import Study as OracleStudy

BATCHES, BATCH = 16, 20
CARBON = Fraction(44, 12)


def known() -> Known:
    """What is published, with fuels burnt and the potentials of AR6."""
    base = read_known(Path(__file__).parents[1] / "oracles/known_2026.json")
    fuels = {
        "diesel": Fraction("42.652") * Fraction("0.02020") * Fraction("0.98") * CARBON,
        "coke": Fraction("28.435") * Fraction("0.02942") * Fraction("0.93") * CARBON,
        "bituminous_coal/cement_kiln": Fraction("23.076") * Fraction("0.02618") * Fraction("0.99") * CARBON,
    }
    return replace(
        base,
        values={**base.values, **{f"fuel:cn.fuel.mee_cement.{name}": (value, "kg") for name, value in fuels.items()}},
        technologies=base.technologies,
        gwp={
            "CO2": Fraction(1),
            "CO2e": Fraction(1),
            "CH4": Fraction(27),
            "CH4 fossil": Fraction("29.8"),
            "N2O": Fraction(273),
            "SF6": Fraction(25200),
        },
    )


KNOWN = known()
SEEDS = st.integers(0, 10**9)
law = settings(max_examples=40, deadline=None, derandomize=True)


def by_exchange(assessment: Assessment) -> dict[str, Fraction]:
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for name, value in assessment.result["terms"].items():
        sums[re.split("[#@]", name)[0]] += exact(value)
    return dict(sums)


def agrees(found: Assessment, wanted: Result) -> None:
    """The value, every stage and every exchange are the same fractions."""
    assert exact(found.result["value"]) == wanted.total
    stages = {name: exact(stage["total"]) for name, stage in found.result["stages"].items()}
    assert stages == {name: wanted.stages.get(name, Fraction(0)) for name in stages}
    assert set(wanted.stages) <= set(stages)
    assert by_exchange(found) == {term.exchange: term.value for term in wanted.terms}


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_studies_equal_the_oracle(batch: int, tmp_path: Path) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        draft = random_study(seed)
        folder = draft.write(tmp_path / str(seed))
        found = draft.assess()
        agrees(found, footprint(folder, KNOWN, contracts=True, recovery=False))
        alternatives = found.result["alternatives"]
        plain = footprint(folder, KNOWN, contracts=False, recovery=False)
        assert exact(alternatives["electricity:average_only"]) == plain.total, seed
        shared = [row["id"] for row in draft.processes if row.get("alternative")]
        assert set(alternatives) == {"electricity:average_only", *(f"allocation:{name}" for name in shared)}
        for name in shared:
            other = footprint(folder, KNOWN, contracts=True, recovery=False, alternatives=(name,))
            assert exact(alternatives[f"allocation:{name}"]) == other.total, (seed, name)
        runs = levels(OracleStudy(folder))
        assert {name: exact(found.result["nodes"][f"run.{name}"]) for name in runs} == runs, seed


def test_the_generator_makes_what_it_promises() -> None:
    drafts = [random_study(seed) for seed in range(BATCHES * BATCH)]
    rows = [row for draft in drafts for row in draft.exchanges]
    assert {row["kind"] for row in rows} == {"input", "fuel", "emission", "treatment", "credit"}
    assert {row["from"].partition(":")[0] for row in rows} == {"process", "factor", "param", "fuel", "electricity", ""}
    assert {row["allocation"] for draft in drafts for row in draft.processes if "allocation" in row} == {
        "mass",
        "energy",
        "economic",
        "given",
    }
    own = sum(row["from"] == f"process:{row['process']}" for row in rows)
    loops = sum(any(node["id"].startswith("level.") for node in _nodes(draft)) for draft in drafts[:100])
    assert own > 20
    assert loops > 20
    assert sum("/" in row["amount"] for row in rows) > 50
    assert sum(bool(draft.contracts) for draft in drafts) > 50
    assert sum(bool(row.get("distance_km")) for row in rows) > 50


def _nodes(draft: Draft) -> list[dict[str, str]]:
    return [{"id": node.id} for node in draft.assess().sheet.nodes]


# ---- laws


def scaled(text: str, factor: str) -> str:
    """An amount times a decimal, as a decimal or formula."""
    if text.startswith("="):
        return f"=({text[1:]}) * {factor}"
    return format(Decimal(text) * Decimal(factor), "f")


def leaves(draft: Draft) -> list[Row]:
    return [row for row in draft.exchanges if not row["from"].startswith("process:")]


@law
@given(SEEDS)
def test_the_result_doubles_with_the_flow(seed: int) -> None:
    draft = random_study(seed)
    double = draft.copy()
    double.flow = f"({draft.flow}) * 2"
    assert double.value() == 2 * draft.value()


@law
@given(SEEDS)
def test_the_result_doubles_with_all_amounts(seed: int) -> None:
    draft = random_study(seed)
    before = draft.assess()
    for row in leaves(draft):
        row["amount"] = scaled(row["amount"], "2")
    after = draft.assess()
    for name, value in before.result["terms"].items():
        assert exact(after.result["terms"][name]) == 2 * exact(value)


@law
@given(SEEDS)
def test_a_year_of_twice_as_much_of_everything_is_the_same(seed: int) -> None:
    """Output and all exchanges of one process doubled: one run is larger, the product is not."""
    draft = random_study(seed)
    before = draft.value()
    chosen = random.Random(seed).choice(draft.processes)
    chosen["amount"] = scaled(chosen["amount"], "2")
    for row in [row for row in draft.exchanges + draft.coproducts if row["process"] == chosen["id"]]:
        row["amount"] = scaled(row["amount"], "2")
    assert draft.value() == before


@law
@given(SEEDS)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    draft = random_study(seed)
    before = draft.assess().result
    rng = random.Random(seed)
    for table in (draft.processes, draft.exchanges, draft.coproducts, draft.contracts):
        rng.shuffle(table)
    order = list(draft.factors)
    rng.shuffle(order)
    draft.factors = order
    draft.formulas = dict(reversed(draft.formulas.items()))
    after = draft.assess().result
    for key in ("value", "declared", "stages", "origins", "terms", "alternatives", "interval", "aircraft"):
        assert after[key] == before[key], key


@law
@given(SEEDS)
def test_names_do_not_matter(seed: int) -> None:
    draft = random_study(seed)
    before = draft.assess().result
    for row in draft.processes:
        row["id"] = renamed(row["id"])
    for row in draft.coproducts:
        main = row["product"] == row["process"]
        row["process"] = renamed(row["process"])
        row["product"] = row["process"] if main else f"w_{row['product']}"
    for row in draft.exchanges:
        row["process"], row["id"] = renamed(row["process"]), f"{row['id']}-z"
        if row["from"].startswith("process:"):
            process, slash, product = row["from"].removeprefix("process:").partition("/")
            row["from"] = f"process:{renamed(process)}{slash}{'w_' if slash else ''}{product}"
        for column in ("from", "upstream"):
            row[column] = row.get(column, "").replace("factor:", "factor:Z-")
    for row in draft.factors:
        row["id"] = f"Z-{row['id']}"
    draft.reference = renamed(draft.reference)
    after = draft.assess().result
    for key in ("value", "declared", "stages", "origins", "interval"):
        assert after[key] == before[key], key
    assert sorted(exact(v) for v in after["alternatives"].values()) == sorted(
        exact(v) for v in before["alternatives"].values()
    )


def renamed(process: str) -> str:
    """Turns the order of names round, so that whatever goes by their alphabet goes another way."""
    return f"n{9 - int(process[1:])}-{process}"


@law
@given(SEEDS)
def test_a_process_nobody_uses_changes_nothing_and_is_found(seed: int) -> None:
    draft = random_study(seed)
    before = draft.assess()
    draft.process("idle", "3").emission("idle", "idle-stack", "7", "kg", "N2O")
    draft.exchange("idle", "idle-power", "2", "kWh", "electricity")
    draft.exchange("idle", "idle-link", "1", draft.processes[0]["unit"], "process:p0")
    after = draft.assess()
    assert after.result["value"] == before.result["value"]
    assert after.result["alternatives"] == before.result["alternatives"]
    added = [finding for finding in after.findings if finding not in before.findings]
    assert [(finding["code"], finding["subject"]) for finding in added] == [("process-unused", "idle")]


@law
@given(SEEDS)
def test_two_halves_are_the_whole(seed: int) -> None:
    draft = random_study(seed)
    before = draft.assess().result
    halves = []
    for row in draft.exchanges:
        half = row | {"amount": scaled(row["amount"], "0.5")}
        halves += [half, half | {"id": f"{row['id']}-b"}]
    draft.exchanges = halves
    after = draft.assess().result
    for key in ("value", "stages", "origins", "interval", "alternatives"):
        assert after[key] == before[key], key


@law
@given(SEEDS)
def test_stages_origins_and_terms_sum_to_the_value(seed: int) -> None:
    result = random_study(seed).assess().result
    value = exact(result["value"])
    assert sum(exact(stage["total"]) for stage in result["stages"].values()) == value
    assert sum(map(exact, result["origins"].values())) == value
    assert sum(map(exact, result["terms"].values())) == value
    for stage in result["stages"].values():
        assert sum(exact(number) for key, number in stage.items() if key != "total") == exact(stage["total"])
    for origin, number in result["origins"].items():
        assert sum(exact(stage[origin]) for stage in result["stages"].values()) == exact(number)
    assert exact(result["interval"]["low"]) <= value <= exact(result["interval"]["high"])


@law
@given(SEEDS)
def test_shares_of_every_process_sum_to_one(seed: int) -> None:
    draft = random_study(seed)
    nodes = draft.assess().result["nodes"]
    for name in {row["process"] for row in draft.coproducts}:
        assert sum(exact(value) for key, value in nodes.items() if key.startswith(f"share.{name}.")) == 1


@law
@given(SEEDS)
def test_another_unit_is_the_same_amount(seed: int) -> None:
    """Each decimal amount is written in the smallest unit of its kind; the result is the same fraction."""
    draft = random_study(seed)
    before = draft.assess().result
    smaller = {"mass": "mg", "energy": "kJ", "volume": "L"}
    changed = 0
    for row in draft.exchanges:
        kind, size = UNITS[row["unit"]]
        if kind in smaller and not row["amount"].startswith("="):
            amount = Fraction(row["amount"]) * size / UNITS[smaller[kind]][1]
            row["amount"], row["unit"] = decimal(amount), smaller[kind]
            changed += 1
    after = draft.assess().result
    for key in ("value", "stages", "origins", "terms", "alternatives"):
        assert after[key] == before[key], key


@law
@given(SEEDS)
def test_a_formula_is_converted_to_the_unit_of_its_row(seed: int) -> None:
    """A formula has a unit of its own: the same row in grams, megajoules or kilometre-tonnes is the same amount."""
    draft = random_study(seed)
    before = draft.assess().result["terms"]
    other = {"kg": "t", "MJ": "kWh", "m3": "L", "t*km": "kg*km"}
    for row in draft.exchanges:
        if row["amount"].startswith("="):
            row["unit"] = other.get(row["unit"], row["unit"])
    assert draft.assess().result["terms"] == before


def decimal(number: Fraction) -> str:
    return format((Decimal(number.numerator) / Decimal(number.denominator)).normalize(), "f")
