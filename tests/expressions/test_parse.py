"""The written form of expressions: it binds as Python does where the two share signs; hostile text is refused."""

import ast
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.expressions.evaluate import Scope, evaluate
from footproof.expressions.parse import LONGEST, parse
from footproof.expressions.tree import check_form, references

NAMES: Mapping[str, Fraction] = {"a": Fraction(7, 3), "b": Fraction(-2), "c_d": Fraction(1, 8), "e.f": Fraction(5)}
VALUES: Any = {name: (value.numerator, value.denominator) for name, value in NAMES.items()}
BINARY: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def by_python(tree: ast.AST, text: str) -> Any:  # noqa: PLR0911  # one case each
    """Evaluate Python's own tree of a text with fractions."""
    match tree:
        case ast.Expression():
            return by_python(tree.body, text)
        case ast.BinOp():
            return BINARY[type(tree.op)](by_python(tree.left, text), by_python(tree.right, text))
        case ast.UnaryOp(op=ast.USub()):
            return -by_python(tree.operand, text)
        case ast.UnaryOp(op=ast.Not()):
            return not by_python(tree.operand, text)
        case ast.BoolOp():
            parts = [by_python(part, text) for part in tree.values]
            return all(parts) if isinstance(tree.op, ast.And) else any(parts)
        case ast.Compare():
            return BINARY[type(tree.ops[0])](by_python(tree.left, text), by_python(tree.comparators[0], text))
        case ast.Name() | ast.Attribute():
            return NAMES[ast.unparse(tree)]
    return Fraction(str(ast.get_source_segment(text, tree)))


FIGURES = st.integers(0, 10**6).map(str) | st.decimals(0, 1000, places=3).map(str)
BLANKS = st.sampled_from(("", " ", "  "))


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(("+", "-", "*", "/"))
    chain = st.lists(st.tuples(signs, BLANKS, inner), min_size=1, max_size=4)
    return st.one_of(
        st.builds(lambda first, more: first + "".join(f" {s}{b}{part}" for s, b, part in more), inner, chain),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"-{part}"),
    )


SUMS = st.recursive(FIGURES | st.sampled_from(tuple(NAMES)), grown, max_leaves=12).filter(lambda text: len(text) < 900)
COMPARISONS = st.tuples(SUMS, st.sampled_from(("<", "<=", ">", ">=", "=", "!=")), SUMS)


def sense(work: Callable[[], Any]) -> Any:
    """Return what a calculation gives, or that it divides by zero."""
    try:
        return work()
    except ZeroDivisionError:
        return "E-SHEET-DIVISION"
    except FootproofError as problem:
        return problem.code


def ours(text: str) -> Any:
    found = evaluate(parse(text), Scope(values=dict(VALUES)))
    return Fraction(*found) if isinstance(found, tuple) else found


def theirs(text: str) -> Any:
    text = " ".join(word if word != "=" else "==" for word in text.split(" "))
    return by_python(ast.parse(text, mode="eval"), text)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(SUMS)
@example("1 - 2 - 3")
@example("8 / 4 / 2")
@example("8 / 4 * 2")
@example("2 * 3 / 4 * 5")
@example("1 - 2 + 3")
@example("1 + 2 - 3 + 4")
@example("1 + (2 + 3) + 4")
@example("2 * -3")
@example("--2 - -3")
@example("-2 * 3 + 1")
@example("-a / b * c_d - e.f")
@example("(1 + 2) * 3")
def test_arithmetic_binds_as_in_python(text: str) -> None:
    assert sense(lambda: ours(text)) == sense(lambda: theirs(text))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(COMPARISONS, min_size=1, max_size=3), st.lists(st.sampled_from(("and", "or")), max_size=2), st.booleans()
)
def test_comparisons_and_words_bind_as_in_python(
    parts: list[tuple[str, str, str]], words: list[str], negated: bool
) -> None:
    written = [f"{left} {sign} {right}" for left, sign, right in parts]
    text = "not " * negated + written[0]
    for word, part in zip(words, written[1:], strict=False):
        text += f" {word} {part}"
    expected, found = sense(lambda: theirs(text)), sense(lambda: ours(text))
    # Python's fractions meet the same zero divisor, wherever it stands: all parts are evaluated on both sides.
    assert found == expected


def test_words_bind_in_order() -> None:
    assert parse("a < 1 or b < 2 and not c < 3") == (
        "or",
        ("<", ("ref", "a"), "1"),
        ("and", ("<", ("ref", "b"), "2"), ("not", ("<", ("ref", "c"), "3"))),
    )


def test_a_long_sum_stays_flat_and_keeps_its_order() -> None:
    assert parse("1 + 2 + 3 - 4 + 5") == ("+", ("-", ("+", "1", "2", "3"), "4"), "5")
    assert parse("sum(1, 2, 3)") == ("+", "1", "2", "3")
    assert parse("2 * 3 * a") == ("*", "2", "3", ("ref", "a"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1 +",
        "(1",
        "1)",
        "1 2",
        "a b",
        "1 < 2 < 3",
        "min()",
        "if(1, 2)",
        "lookup(1, a)",
        "and",
        "not",
        "1..2",
        ".5",
        "5.",
        "a +* b",
        '"a',
        "a = = b",
        "**",
        "1,2",
        "f(1)",
        "#",
        "1e5",
        "min",
        "lookup(t)",
        "not not",
        "a or",
        "--",
        "()",
    ],
)
def test_broken_text_is_refused(text: str) -> None:
    with pytest.raises(FootproofError, match="E-EXPR-SYNTAX"):
        parse(text)


SIGNS = [
    *"+-*/()<>=!,\"'._ \t\n09az",
    "and",
    "or",
    "not",
    "min(",
    "max(",
    "sum(",
    "if(",
    "lookup(",
    "a.b",
    "1.5",
    "<=",
    "é",
]
WORDS = st.lists(st.sampled_from(SIGNS), max_size=40).map("".join)


@settings(max_examples=400)
@given(st.text() | WORDS | st.lists(st.sampled_from(SIGNS), max_size=30).map(" ".join))
@example("(" * 1000)
@example("-" * 1000)
@example("not " * 400)
@example("min(" * 400)
@example("(" * 600 + "1" + ")" * 600)
@example("1" * 2000)
@example("a" * 2001)
@example("lookup(" * 24)
@example("\x00")
@example("１ + ２")
@example('"' + "x" * 201 + '"')
@example("\ud800")
def test_arbitrary_text_is_parsed_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except FootproofError as problem:
        known = problem.code in {"E-EXPR-SYNTAX", "E-SHEET-NUMBER"}
        assert known and (len(text) <= LONGEST or problem.values["column"] == LONGEST)  # noqa: PT017, PT018
    else:
        assert isinstance(references(tree), set)
        accepted(tree)


def accepted(tree: Any) -> None:
    """What is parsed may still divide inside or nest deeply, as only a sheet minds; nothing else is wrong with it."""
    names = references(tree)
    try:
        check_form(tree, names, Everything(), named=True)
    except FootproofError as problem:
        inner = problem.code == "E-SHEET-FORM" and "'/'" in str(problem.values.get("reason"))
        assert inner or problem.code == "E-SHEET-DEPTH"  # noqa: PT017


class Everything(frozenset[str]):
    """A set of table names that holds any name."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)
