"""Walk an edition clause by clause: our own words, what carries the clause, and the values it has in a study."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Clause, Rulebook


@dataclass(frozen=True, slots=True)
class Carrier:
    """A part of the edition that carries a clause.

    Args:
        part: "axis", "formula", "decision", "recycling", "table", "data", "electricity", "functional_unit", "reported".
        id: Its name, or empty where there is only one.
        text: What it says: an expression, the option that counts, a source.
        value: What it has in the study as exact text; empty where no study is given or it is not computed.
        unit: Unit of the value.
    """

    part: str
    id: str
    name: Bilingual | None
    text: str
    value: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A clause with what carries it.

    Args:
        clause: The clause.
        carriers: Parts of the edition that name it.
        terms: How many terms of the sheet name it.
        total: Their sum as exact text, or empty without a study. [unit of the result]
    """

    clause: Clause
    carriers: tuple[Carrier, ...]
    terms: int = 0
    total: str = ""


@dataclass(frozen=True, slots=True)
class StudyValues:
    """What a study gives under an edition.

    Args:
        nodes: Value of each node of the sheet (`rule.<formula>`, `axis.<axis>`), as exact text.
        terms: Number of terms and their exact sum by clause id.
    """

    nodes: Mapping[str, Any]
    terms: Mapping[str, tuple[int, str]]


def explain(rule: Rulebook, values: StudyValues | None = None) -> tuple[Explained, ...]:
    """Return the clauses of an edition in order, inherited ones first, each with what carries it.

    Args:
        rule: Edition.
        values: What a study gives; without it only what the edition says.
    """
    carriers = _carriers(rule, values.nodes if values else {})
    found = []
    for name, clause in rule.clauses.items():
        count, total = values.terms.get(name, (0, "")) if values else (0, "")
        found.append(Explained(clause, tuple(item for owner, item in carriers if owner == name), count, total))
    return tuple(found)


def _carriers(rule: Rulebook, nodes: Mapping[str, Any]) -> list[tuple[str, Carrier]]:
    found: list[tuple[str, Carrier]] = []
    if rule.functional_unit:
        unit = rule.functional_unit
        flow = _shown(nodes.get("flow.reference", ""))
        found.append((unit.clause, Carrier("functional_unit", "", unit.name, unit.flow, flow)))
    for axis in rule.axes.values():
        chosen = str(nodes.get(f"axis.{axis.id}", axis.default))
        found.append((axis.clause, Carrier("axis", axis.id, axis.name, " | ".join(o.id for o in axis.options), chosen)))
    power = rule.electricity
    admitted = _shown(nodes.get("electricity.admitted", ""))
    found.append((power.clause, Carrier("electricity", "", None, power.admitted, admitted, "1")))
    for formula in rule.formulas.values():
        part = "decision" if formula.id in rule.decisions else "formula"
        value = _shown(nodes.get(f"rule.{formula.id}", ""))
        found.append((formula.clause, Carrier(part, formula.id, formula.name, formula.expr, value, formula.unit)))
    return [*found, *_statements(rule)]


def _statements(rule: Rulebook) -> Iterator[tuple[str, Carrier]]:
    """Yield the parts that have no value of their own in a study."""
    for term in rule.recycling:
        yield term.clause, Carrier("recycling", term.id, None, f"{term.amount}  × {term.factor}")
    for name, source in rule.sources.items():
        yield source.clause, Carrier("table", name, None, source.source)
    for data in rule.data.values():
        yield data.clause, Carrier("data", data.id, data.name, data.source.value)
    for item in rule.reported.values():
        yield item.clause, Carrier("reported", item.id, item.name, "")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
