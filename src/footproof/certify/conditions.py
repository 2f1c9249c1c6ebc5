"""Conditions of a scheme: expressions of the total expression language over declared facts and figures.

A fact that nobody has declared is unknown, never false and never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from footproof.errors import FootproofError, Where
from footproof.expressions.evaluate import Scope, Value, evaluate
from footproof.expressions.parse import parse
from footproof.expressions.tree import Tree, references
from footproof.model.scheme import Fact, FactKind, Figure, Requirement

FactValue: TypeAlias = Decimal | str | bool
Facts: TypeAlias = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A condition that has no answer, because these facts were not declared."""

    facts: tuple[str, ...]


def answer(text: str, facts: Facts, figures: Mapping[str, Figure]) -> Value | Unknown:
    """Return the value of an expression, or which facts it lacks.

    Args:
        text: Expression.
        facts: What is declared; a figure of the same name is not overridden by it.
        figures: Numbers of the scheme.

    Raises:
        FootproofError: E-EXPR-SYNTAX, E-SHEET-* where it cannot be evaluated.
    """
    tree = _parsed(text)
    missing = sorted(references(tree) - facts.keys() - figures.keys())
    if missing:
        return Unknown(tuple(missing))
    known = {name: _exact(value) for name, value in facts.items()}
    known.update({name: _exact(figure.value) for name, figure in figures.items()})
    return evaluate(tree, Scope(values=known))


def holds(text: str, facts: Facts, figures: Mapping[str, Figure]) -> bool | Unknown:
    """Tell whether a condition holds; the empty one always does.

    Raises:
        FootproofError: E-SHEET-TYPE where it is no truth value, or as `answer`.
    """
    if not text:
        return True
    found = answer(text, facts, figures)
    if not isinstance(found, bool | Unknown):
        raise FootproofError("E-SHEET-TYPE", Where("scheme.toml"), found=str(found)[:40], needed="truth value")
    return found


def unmet(
    requirements: tuple[Requirement, ...], facts: Facts, figures: Mapping[str, Figure]
) -> tuple[FootproofError, ...]:
    """Return the requirements that do not hold or cannot be answered, each as a problem to show.

    Args:
        requirements: Of a body or a client.
        facts: What is declared of it.
        figures: Numbers of the scheme.
    """
    return tuple(problem for one in requirements if (problem := _problem(one, facts, figures)) is not None)


def check_facts(facts: Facts, declared: Mapping[str, Fact]) -> None:
    """Refuse facts that a scheme does not know, of another kind, or out of range.

    Raises:
        FootproofError: E-SCHEME-FACT, E-SCHEME-FACT-VALUE.
    """
    for name, value in facts.items():
        fact = declared.get(name)
        if fact is None:
            raise FootproofError("E-SCHEME-FACT", Where("facts", field=name), name=name[:80], known=", ".join(declared))
        needed = _needed(fact, value)
        if needed:
            raise FootproofError(
                "E-SCHEME-FACT-VALUE", Where("facts", field=name), name=name, found=value, needed=needed
            )


def _needed(fact: Fact, value: FactValue) -> str:
    """Return what a value should have been; empty where it is right."""
    kinds = {FactKind.TRUTH: bool, FactKind.NUMBER: Decimal, FactKind.TEXT: str}
    if not isinstance(value, kinds[fact.kind]):
        return fact.kind.value
    if not isinstance(value, Decimal):
        return ""
    if not value.is_finite():
        return "finite"
    if fact.least is not None and value < fact.least:
        return f">= {fact.least}"
    return f"<= {fact.most}" if fact.most is not None and value > fact.most else ""


def _problem(one: Requirement, facts: Facts, figures: Mapping[str, Figure]) -> FootproofError | None:
    found = holds(one.check, facts, figures)
    if isinstance(found, Unknown):
        return FootproofError(
            "E-SCHEME-REQUIREMENT-OPEN", Where("scheme", field=one.id), text=one.text, facts=", ".join(found.facts)
        )
    return None if found else FootproofError("E-SCHEME-REQUIREMENT", Where("scheme", field=one.id), text=one.text)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Tree:
    """Parse a condition once: a scheme has few, and each case asks them again and again."""
    return parse(text)


def _exact(value: FactValue) -> Value:
    if isinstance(value, bool | str):
        return value
    number = Fraction(value)
    return number.numerator, number.denominator
