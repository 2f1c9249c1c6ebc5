"""Decision tables: what the proof says agrees with trying many inputs, and the formula gives what the row says."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.expressions.evaluate import Scope, Value, evaluate
from footproof.expressions.exact import normalise, number
from footproof.expressions.parse import parse
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Decision, DecisionRow
from footproof.rules.cases import worked_out, written
from footproof.rules.decision import check_conditions, compiled, interval, matching, prove, replace_names
from footproof.rules.rulebook import read_rulebook, survey
from rules.small import KETTLE, RULE, edited, encoded, kettle, linted, parents

WORDS = {"kind": ("a", "b", "c"), "place": ("x", "y")}
Row = dict[str, tuple[str, ...] | str]
TEXT = Bilingual("示例", "DEMO")


def table(*rows: Mapping[str, tuple[str, ...] | str], inputs: tuple[str, ...], unit: str = "1") -> Decision:
    """Return a table whose rows give 0, 1, 2 …"""
    made = tuple(DecisionRow(dict(row), str(index)) for index, row in enumerate(rows))
    return Decision("d", "D-1", TEXT, unit, inputs, made)


# ---- intervals


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("[2, 5)", ["2", "4.999"], ["1.999", "5"]),
        ("(2, 5]", ["2.001", "5"], ["2", "5.001"]),
        ("[2, 2]", ["2"], ["1.9", "2.1"]),
        ("> 20", ["20.1"], ["20"]),
        (">= 20", ["20"], ["19.9"]),
        ("< -1", ["-2"], ["-1"]),
        ("<=3", ["3"], ["3.1"]),
        ("= 4", ["4"], ["4.1"]),
        ("*", ["-5", "0", "1000"], []),
    ],
)
def test_an_interval_holds_what_it_says(text: str, inside: list[str], outside: list[str]) -> None:
    found = interval(text)
    assert all(found.holds(Decimal(item)) for item in inside)
    assert not any(found.holds(Decimal(item)) for item in outside)


@pytest.mark.parametrize("text", ["", "2", "[5, 2]", "(2, 2]", "(2, 2)", "[2; 5]", "> x", "≥ 2", "1e3", "> 1e3"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(FootproofError, match="E-RULE-INTERVAL"):
        interval(text)


# ---- proof


def test_a_gap_is_shown_by_an_example() -> None:
    rows: tuple[Row, ...] = (
        {"kind": ("a", "b"), "power": "< 2"},
        {"kind": ("a", "b"), "power": "> 2"},
        {"kind": "c", "power": "*"},
    )
    problems = prove(table(*rows, inputs=("kind", "power")), WORDS)
    assert [problem.code for problem in problems] == ["E-RULE-DECISION-GAP"]
    assert problems[0].values["example"] == "kind = a, power = 2"


def test_an_overlap_names_both_rows_and_an_example() -> None:
    rows = ({"power": "<= 2"}, {"power": "[2, 5)"}, {"power": ">= 5"})
    problems = prove(table(*rows, inputs=("power",)), WORDS)
    assert [problem.code for problem in problems] == ["E-RULE-DECISION-OVERLAP"]
    assert problems[0].values == {"id": "d", "first": 1, "second": 2, "example": "power = 2"}


def test_numbers_close_together_are_told_apart() -> None:
    low, high = "0.000000000000000000000000000001", "1000000000000000000000000000000"
    rows = ({"power": f"< {high}"}, {"power": f"= {high}"}, {"power": f"> {high}"})
    assert prove(table(*rows, inputs=("power",)), WORDS) == []
    rows = ({"power": "< 1"}, {"power": f"(1, 1{low[1:]})"}, {"power": f">= 1{low[1:]}"})
    assert [problem.values["example"] for problem in prove(table(*rows, inputs=("power",)), WORDS)] == ["power = 1"]


def test_a_table_too_large_to_prove_says_so() -> None:
    rows = tuple({f"n{index}": f"< {bound}" for index in range(6)} for bound in range(6))
    problems = prove(table(*rows, inputs=tuple(f"n{index}" for index in range(6))), {})
    assert [problem.code for problem in problems] == ["E-RULE-DECISION-SIZE"]


BOUNDS = st.integers(-3, 3)
SIDES = st.builds(lambda sign, bound: f"{sign} {bound}", st.sampled_from(["<", "<=", ">", ">=", "="]), BOUNDS)
SPANS = st.builds(
    lambda low, wide, left, right: f"{left}{low}, {low + wide}{right}",
    BOUNDS,
    st.integers(1, 4),
    st.sampled_from("[("),
    st.sampled_from("])"),
)
NUMBERS = st.one_of(st.just("*"), SIDES, SPANS)
CHOSEN = st.one_of(st.just("*"), st.lists(st.sampled_from(WORDS["kind"]), min_size=1, max_size=3).map(tuple))
ROWS = st.lists(st.fixed_dictionaries({"kind": CHOSEN, "power": NUMBERS, "load": NUMBERS}), min_size=1, max_size=5)
GRID = [Decimal(half) / 4 for half in range(-20, 33)]


def holds_plainly(text: str, value: Decimal) -> bool:
    """Return whether a number lies in an interval, read without the code under test."""
    if text == "*":
        return True
    if text[0] in "[(":
        low, high = (Decimal(part) for part in text[1:-1].split(","))
        above = value >= low if text[0] == "[" else value > low
        return above and (value <= high if text[-1] == "]" else value < high)
    sign, bound = text.split()
    limit = Decimal(bound)
    return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit, "=": value == limit}[
        sign
    ]


@settings(max_examples=120, deadline=None)
@given(ROWS)
def test_the_proof_agrees_with_trying_a_fine_grid(rows: list[dict[str, tuple[str, ...] | str]]) -> None:
    """Bounds are whole numbers, so quarters from -5 to 8 meet every cell."""
    decision = table(*rows, inputs=("kind", "power", "load"))
    found = {problem.code for problem in prove(decision, WORDS)}
    by_power = {value: {i for i, row in enumerate(rows) if holds_plainly(str(row["power"]), value)} for value in GRID}
    by_load = {value: {i for i, row in enumerate(rows) if holds_plainly(str(row["load"]), value)} for value in GRID}
    counts = set()
    for word in WORDS["kind"]:
        of_word = {i for i, row in enumerate(rows) if row["kind"] == "*" or word in row["kind"]}
        for first in {frozenset(item) for item in by_power.values()}:
            for second in {frozenset(item) for item in by_load.values()}:
                counts.add(len(of_word & first & second))
    expected = {"E-RULE-DECISION-GAP"} if 0 in counts else set()
    expected |= {"E-RULE-DECISION-OVERLAP"} if max(counts) > 1 else set()
    assert found == expected


# ---- the formula


def valued(decision: Decision, inputs: Mapping[str, Decimal | str], units: Mapping[str, str]) -> Value:
    """Return what the formula of a table gives."""
    made = compiled(decision, WORDS, units)
    values: dict[str, Value] = {
        name: item if isinstance(item, str) else number(normalise(item)) for name, item in inputs.items()
    }
    tables = {name: {key: normalise(item) for key, item in rows.items()} for name, (_, rows) in made.tables.items()}
    return evaluate(parse(made.expr), Scope(values=values, tables=tables))


PARTITION = st.lists(st.integers(-5, 5), unique=True, min_size=1, max_size=4).map(sorted)


@settings(max_examples=120, deadline=None)
@given(PARTITION, st.sampled_from(WORDS["kind"]), st.integers(-24, 24), st.sampled_from(["1", "kWh"]))
def test_the_formula_gives_what_the_only_matching_row_says(
    bounds: list[int], word: str, quarters: int, unit: str
) -> None:
    spans = [f"< {bounds[0]}", *(f"[{a}, {b})" for a, b in pairwise(bounds)), f">= {bounds[-1]}"]
    rows: list[Row] = [{"kind": ("a", "b"), "power": span} for span in spans]
    rows.append({"kind": "c", "power": "*"})
    decision = table(*rows, inputs=("kind", "power"), unit=unit)
    assert prove(decision, WORDS) == []
    value = Decimal(quarters) / 4
    found = valued(decision, {"kind": word, "power": value}, {"power": unit})
    assert isinstance(found, tuple)
    assert [int(Fraction(*found))] == matching(decision, {"kind": word, "power": value})


def test_a_table_of_words_is_written_out_where_it_stands() -> None:
    more = (
        '\n[decision.size]\nclause = "K-3"\nname = { zh = "大小", en = "size" }\ninputs = ["power"]\n'
        '[[decision.size.row]]\npower = "< 1"\nthen = "plain"\n'
        '[[decision.size.row]]\npower = ">= 1"\nthen = "insulated"\n'
        '[formula.guess]\nclause = "K-3"\nbeside = true\nname = { zh = "估计", en = "guess" }\nunit = "a"\n'
        'expr = "lookup(years, size)"\n'
    )
    case = 'formula = "{}"\nsource = "by hand"\n[[case]]\nname = "a strong one, a weak one"\nexpect = {}\ngiven = {}\n'
    word = case.format("size", '"plain"', "{ power = 0.5 }")
    case = case.format("guess", "8", "{ power = 1 }")
    files = {**KETTLE, "rule.toml": RULE + more, "cases/guess.toml": case, "cases/size.toml": word}
    rule = read_rulebook(encoded(files), parents)
    assert "size" not in rule.formulas
    assert rule.decisions["size"].unit == ""
    assert written(worked_out(rule, "guess", {"power": Decimal("0.5")})) == "5"
    assert [str(item.problem) for item in linted(files)] == []


def test_names_inside_quotes_stay() -> None:
    assert replace_names('if(size = "size", size, sizes)', {"size": "x"}) == 'if((x) = "size", (x), sizes)'


def test_conditions_must_fit_their_inputs() -> None:
    with pytest.raises(FootproofError, match="E-RULE-DECISION-WORD"):
        check_conditions(table({"kind": "z"}, inputs=("kind",)), WORDS)
    with pytest.raises(FootproofError, match="E-RULE-INTERVAL"):
        check_conditions(table({"power": ("a",)}, inputs=("power",)), WORDS)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('power = "> 2"', 'power = "> 3"', "E-RULE-DECISION-GAP"),
        ('power = "> 2"', 'power = ">= 2"', "E-RULE-DECISION-OVERLAP"),
        ('power = "> 2"', 'power = "more than 2"', "E-RULE-INTERVAL"),
        ('kind  = "insulated"', 'kind = "glass"', "E-RULE-DECISION-WORD"),
        ('inputs = ["kind", "power"]', 'inputs = ["kind", "weight"]', "E-KEY-UNKNOWN"),
        ('hit    = "unique"', 'hit = "first"', "E-KEY-CHOICE"),
        ('then  = "0.9"', 'then = "0.9 +"', "E-EXPR-SYNTAX"),
        ('then  = "0.9"', 'then = "worn"', "E-RULE-SENSE"),
    ],
)
def test_a_faulty_table_is_refused_where_it_stands(before: str, after: str, code: str) -> None:
    _rule, problems = survey(encoded(edited(KETTLE, rule=(before, after))), parents)
    assert code in [problem.code for problem in problems]
    place = next(problem.where for problem in problems if problem.code == code)
    assert place is not None
    assert (place.file, str(place.field).startswith("decision.wear")) == ("rule.toml", True)


def test_a_bound_has_the_unit_of_what_it_bounds() -> None:
    """A plain 2 has no unit; power is in kWh."""
    assert kettle().tables["decision.wear.power"] == ("kWh", {"2": Decimal(2)})
    assert linted(KETTLE) == ()
