"""Loops between processes: textbook systems, exact solutions held against two other solvers, balances, refusals.

Heijungs & Suh (2002), The Computational Structure of LCA, chapter 2: two processes, fuel [l] and electricity [kWh].
Producing electricity takes 2 l of fuel for 10 kWh and gives off 1 kg CO2; producing fuel makes 100 l and
gives off 10 kg CO2.
"""

import json
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from assess.draft import Draft, exact
from footproof.canonical import canonical_bytes
from footproof.errors import FootproofError
from footproof.sheet import evaluate_sheet, read_sheet

Matrix = list[list[Fraction]]


def heijungs_suh() -> Draft:
    """The system of chapter 2 for a demand of 1000 kWh."""
    draft = Draft(reference="electricity", flow="1000", unit="kWh")
    draft.process("electricity", "10", "kWh").process("fuel", "100", "L")
    draft.exchange("electricity", "burnt", "2", "L", "process:fuel")
    draft.emission("electricity", "stack", "1", "kg").emission("fuel", "flare", "10", "kg")
    return draft


def runs(draft: Draft) -> dict[str, Fraction]:
    nodes = draft.assess().result["nodes"]
    return {row["id"]: exact(nodes[f"run.{row['id']}"]) for row in draft.processes}


def solve(matrix: Matrix, right: list[Fraction]) -> list[Fraction]:
    """Cramer-free elimination from the last row up, so that it shares no line with the product."""
    size = len(right)
    work = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for column in reversed(range(size)):
        pivot = next(i for i in reversed(range(column + 1)) if work[i][column])
        work[column], work[pivot] = work[pivot], work[column]
        for row in range(size):
            if row != column and work[row][column]:
                part = work[row][column] / work[column][column]
                work[row] = [a - part * b for a, b in zip(work[row], work[column], strict=True)]
    return [work[i][size] / work[i][i] for i in range(size)]


def ring(size: int, seed: int, *, chords: int) -> tuple[Draft, Matrix]:
    """A ring of processes with chords and self-use, and its technosphere: outputs on the diagonal, uses negative."""
    rng = random.Random(seed)
    names = [f"p{i}" for i in range(size)]
    draft = Draft(reference="p0")
    matrix = [[Fraction(0)] * size for _ in names]
    for index, name in enumerate(names):
        made = str(rng.randint(1, 40))
        draft.process(name, made).emission(name, f"e-{name}", str(rng.randint(1, 90)), "kg")
        matrix[index][index] += Fraction(made)
    pairs = [(i, (i + 1) % size) for i in range(size)]
    pairs += [(rng.randrange(size), rng.randrange(size)) for _ in range(chords)]
    for number, (user, used) in enumerate(pairs):
        amount = Fraction(rng.randint(1, 99), 100) * matrix[used][used] / 10
        text = format(float(amount), ".6f")
        draft.exchange(names[user], f"x{number}", text, "kg", f"process:{names[used]}")
        matrix[used][user] -= Fraction(text)
    return draft, matrix


def test_the_system_of_heijungs_and_suh() -> None:
    draft = heijungs_suh()
    assert runs(draft) == {"electricity": 100, "fuel": 2}
    assert draft.value() == 120  # kg CO2, their 120


def test_with_fuel_that_needs_electricity_it_becomes_a_loop() -> None:
    """100 l of fuel take 5 kWh: s = (10 e − 5 f = 1000; −2 e + 100 f = 0), so e = 10000/99, f = 200/99."""
    draft = heijungs_suh().exchange("fuel", "pumps", "5", "kWh", "process:electricity")
    assert runs(draft) == {"electricity": Fraction(10000, 99), "fuel": Fraction(200, 99)}
    assert draft.value() == Fraction(12000, 99)


def test_a_process_that_uses_its_own_product() -> None:
    draft = Draft().process("made", "5").exchange("made", "own", "2", "kg", "process:made")
    draft.emission("made", "stack", "3", "kg")
    assert runs(draft) == {"made": Fraction(1, 3)}
    assert draft.value() == 1


@pytest.mark.parametrize(("size", "chords"), [(1, 1), (2, 0), (2, 3), (5, 0), (5, 8), (30, 0), (30, 40)])
def test_a_loop_is_solved_exactly(size: int, chords: int) -> None:
    draft, matrix = ring(size, seed=size * 100 + chords, chords=chords)
    demand = [Fraction(int(i == 0)) for i in range(size)]
    found = runs(draft)
    assert list(found.values()) == solve(matrix, demand)
    floats = np.linalg.solve(
        np.array([[float(v) for v in row] for row in matrix]), np.array([float(v) for v in demand])
    )
    np.testing.assert_allclose([float(v) for v in found.values()], floats, rtol=1e-11)


def test_a_loop_with_two_entries() -> None:
    """Product asks both members of the loop; entry by entry the runs add up."""
    draft = Draft().process("made").process("a", "2").process("b", "4")
    draft.exchange("made", "m-a", "1", "kg", "process:a").exchange("made", "m-b", "3", "kg", "process:b")
    draft.exchange("a", "a-b", "1", "kg", "process:b").exchange("b", "b-a", "1", "kg", "process:a")
    draft.emission("a", "ea", "1", "kg").emission("b", "eb", "10", "kg")
    # 2a − b = 1, −a + 4b = 3
    assert runs(draft) == {"made": 1, "a": 1, "b": 1}
    assert draft.value() == 11
    balances = {item.id for item in draft.assess().sheet.checks}
    assert balances == {f"balance.{name}.{entry}" for name in "ab" for entry in "ab"}


def test_two_loops_one_after_the_other() -> None:
    draft = Draft().process("made").exchange("made", "m", "1", "kg", "process:a0")
    for head in "ab":
        draft.process(f"{head}0", "2").process(f"{head}1", "2").emission(f"{head}1", f"e{head}", "3", "kg")
        draft.exchange(f"{head}0", f"{head}01", "1", "kg", f"process:{head}1")
        draft.exchange(f"{head}1", f"{head}10", "1", "kg", f"process:{head}0")
    draft.exchange("a1", "down", "1", "kg", "process:b0")
    # in each: 2x − y = d, −x + 2y = 0
    assert runs(draft) == {
        "made": 1,
        "a0": Fraction(2, 3),
        "a1": Fraction(1, 3),
        "b0": Fraction(2, 9),
        "b1": Fraction(1, 9),
    }


def test_a_credit_inside_a_loop_may_turn_a_level_negative() -> None:
    draft = Draft().process("made").process("by", "1").emission("by", "e", "4", "kg")
    draft.exchange("made", "avoided", "0.5", "kg", "process:by", kind="credit")
    draft.exchange("by", "back", "0.5", "kg", "process:made")
    # m = 1 + 0.5 b, b = −0.5 m
    assert runs(draft) == {"made": Fraction(4, 5), "by": Fraction(-2, 5)}


# ---- what the sheet keeps


def test_every_balance_is_in_the_sheet() -> None:
    draft, _ = ring(5, seed=1, chords=4)
    sheet = draft.assess().sheet
    assert {check.id for check in sheet.checks} == {f"balance.p{i}.p0" for i in range(5)}


def tampered(draft: Draft, change: Callable[[dict[str, Any]], None]) -> bytes:
    document = json.loads(draft.assess().sheet_bytes)
    change(document)
    return canonical_bytes(document)


@pytest.mark.parametrize("member", range(5))
def test_a_tampered_level_is_refused(member: int) -> None:
    draft, _ = ring(5, seed=1, chords=4)

    def change(document: dict[str, Any]) -> None:
        (node,) = [node for node in document["nodes"] if node["id"] == f"level.p{member}.p0"]
        node["expr"] = "1.01"

    with pytest.raises(FootproofError) as caught:
        evaluate_sheet(read_sheet(tampered(draft, change)))
    assert caught.value.code == "E-SHEET-RESIDUAL"
    assert caught.value.where is not None
    assert (caught.value.where.field or "").startswith("checks/balance.")


def test_a_level_wrong_in_the_last_digit_is_refused() -> None:
    draft, _ = ring(2, seed=3, chords=0)

    def change(document: dict[str, Any]) -> None:
        (node,) = [node for node in document["nodes"] if node["id"] == "level.p1.p0"]
        operator, above, below = node["expr"]
        assert operator == "ratio"
        far = Fraction(int(above) * 10**40 + 1, int(below) * 10**40)
        node["expr"] = ["ratio", str(far.numerator), str(far.denominator)]

    with pytest.raises(FootproofError, match="E-SHEET-RESIDUAL"):
        evaluate_sheet(read_sheet(tampered(draft, change)))


def test_tampered_shares_that_sum_to_less_are_refused() -> None:
    draft = with_coproduct()

    def change(document: dict[str, Any]) -> None:
        (node,) = [node for node in document["nodes"] if node["id"] == "share.made.made"]
        node["expr"] = "0.5"

    with pytest.raises(FootproofError) as caught:
        evaluate_sheet(read_sheet(tampered(draft, change)))
    assert caught.value.code == "E-SHEET-RESIDUAL"
    assert caught.value.where is not None
    assert caught.value.where.field in ("checks/shares.made", "checks/balance.made.made")


# ---- refusals


def two(gain: str, *, credit: bool = False) -> Draft:
    """Two processes; once round the loop, one run asks `gain` runs of itself."""
    draft = Draft().process("made").process("other")
    draft.exchange("made", "there", gain, "kg", "process:other").exchange("other", "back", "1", "kg", "process:made")
    draft.emission("made", "e", "1", "kg")
    if credit:
        draft.exchange("other", "saved", "0.001", "kg", "process:other", kind="credit")
    return draft


@pytest.mark.parametrize(
    ("gain", "code"),
    [("1", "E-LOOP-SINGULAR"), ("1.000000001", "E-LOOP-GAIN"), ("2", "E-LOOP-GAIN"), ("50", "E-LOOP-GAIN")],
)
def test_a_loop_that_feeds_itself_is_refused(gain: str, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        two(gain).assess()
    assert caught.value.code == code
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == ("processes.csv", 2)


def test_just_below_gain_one_is_solved() -> None:
    assert two("0.999999999").value() == 10**9


def test_self_use_of_all_output_is_refused() -> None:
    draft = (
        Draft().process("made", "3").exchange("made", "own", "3", "kg", "process:made").emission("made", "e", "1", "kg")
    )
    with pytest.raises(FootproofError, match="E-LOOP-SINGULAR"):
        draft.assess()


def test_gain_above_one_is_refused_from_every_entry() -> None:
    """A loop of three with gain 8, asked only at its last member."""
    draft = Draft().process("made").exchange("made", "m", "1", "kg", "process:c").emission("made", "e", "1", "kg")
    for name, used in (("a", "b"), ("b", "c"), ("c", "a")):
        draft.process(name).exchange(name, f"{name}-{used}", "2", "kg", f"process:{used}")
    with pytest.raises(FootproofError, match="E-LOOP-GAIN"):
        draft.assess()


def test_a_loop_of_more_than_sixty_is_refused() -> None:
    assert len(runs(ring(60, seed=4, chords=0)[0])) == 60
    with pytest.raises(FootproofError, match="E-LOOP-SIZE"):
        ring(61, seed=4, chords=0)[0].assess()


def test_a_small_credit_does_not_excuse_a_gain_above_one() -> None:
    with pytest.raises(FootproofError, match="E-LOOP-GAIN"):
        two("2", credit=True).assess()


def test_long_process_ids_in_a_loop() -> None:
    draft = two("0.5")
    longer = {"made": "m" * 48, "other": "o" * 48}
    for row in draft.processes:
        row["id"] = longer[row["id"]]
    for row in draft.exchanges:
        row["process"] = longer[row["process"]]
        kind, _, used = row["from"].partition(":")
        row["from"] = f"{kind}:{longer[used]}" if used else ""
    draft.reference = longer["made"]
    assert draft.value() == 2


# ---- loops with co-products


def with_coproduct() -> Draft:
    """A kiln that makes heat besides; the heat drives a mill on which the kiln depends."""
    draft = Draft().process("made", "10", allocation="mass", alternative="economic")
    draft.coproduct("made", "made", "10", "kg", "3", alternative="9").coproduct(
        "made", "heat", "50", "MJ", "1", alternative="1"
    )
    draft.process("mill", "7").exchange("mill", "hot", "20", "MJ", "process:made/heat")
    draft.exchange("made", "meal", "6", "kg", "process:mill")
    return draft.emission("made", "stack", "8", "kg").emission("mill", "dust", "2", "kg")


def swapped(draft: Draft, *processes: str) -> Draft:
    """The same study with the alternative basis of some processes as the main one."""
    other = draft.copy()
    for row in other.coproducts:
        if row["process"] in processes:
            row["basis"], row["alternative"] = row["alternative"], row["basis"]
    return other


def test_a_loop_through_a_coproduct() -> None:
    """k = share of clinker / 10 + share of heat × 20/50 × mill; mill = 6/7 k. Mass: 3/4 and 1/4."""
    level = (Fraction(3, 4) / 10) / (1 - Fraction(1, 4) * Fraction(20, 50) * Fraction(6, 7))
    assert runs(with_coproduct()) == {"made": level, "mill": level * 6 / 7}
    assert with_coproduct().value() == level * 8 + level * Fraction(6, 7) * 2


def test_the_alternative_equals_the_study_with_that_basis() -> None:
    draft = with_coproduct()
    found = draft.assess().result["alternatives"]
    assert exact(found["allocation:made"]) == swapped(draft, "made").value() != draft.value()
    assert exact(swapped(draft, "made").assess().result["alternatives"]["allocation:made"]) == draft.value()


def test_alternatives_of_two_processes_of_one_loop_stand_apart() -> None:
    draft = with_coproduct()
    draft.processes[1] |= {"allocation": "given", "alternative": "energy"}
    draft.coproduct("mill", "mill", "7", "kg", "2", alternative="5").coproduct(
        "mill", "dust", "1", "kg", "1", alternative="1"
    )
    draft.exchange("made", "dust-back", "0.5", "kg", "process:mill/dust")
    found = draft.assess().result["alternatives"]
    assert exact(found["allocation:made"]) == swapped(draft, "made").value()
    assert exact(found["allocation:mill"]) == swapped(draft, "mill").value()
    assert len({exact(v) for v in found.values()} | {draft.value()}) >= 3


def test_an_alternative_upstream_of_a_loop() -> None:
    draft = two("0.5").process("ore", "4", allocation="mass", alternative="economic").emission("ore", "eo", "8", "kg")
    draft.coproduct("ore", "ore", "4", "kg", "1", alternative="3").coproduct(
        "ore", "rock", "4", "kg", "1", alternative="1"
    )
    draft.exchange("made", "o", "1", "kg", "process:ore").exchange("other", "r", "2", "kg", "process:ore/rock")
    assert exact(draft.assess().result["alternatives"]["allocation:ore"]) == swapped(draft, "ore").value()


def test_a_share_of_zero_opens_the_loop_and_its_alternative_closes_it() -> None:
    draft = with_coproduct()
    for row, basis in zip(draft.coproducts, ("1", "0"), strict=True):
        row["basis"] = basis
    assert runs(draft)["made"] == Fraction(1, 10)
    assert exact(draft.assess().result["alternatives"]["allocation:made"]) == swapped(draft, "made").value()
