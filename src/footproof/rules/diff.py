"""What differs between two editions, in the terms of a rule and not of a file: "EL-3: option changed"."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from footproof.expressions.exact import normalise
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import (
    Axis,
    Clause,
    DataRequirement,
    Decision,
    ElectricityRule,
    Formula,
    FunctionalUnit,
    RecyclingTerm,
    Requirement,
    Rulebook,
)

T = TypeVar("T")
Facets = Mapping[str, str]
_Parts = dict[tuple[str, str], tuple[str, Facets]]


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that a part says otherwise.

    Args:
        key: Such as "default", "options", "expr", "row M1".
        before: In the first edition; empty where it says nothing.
        after: In the second edition.
    """

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One part that differs.

    Args:
        part: "identity", "stage", "convention", "unit", "electricity", "axis", "require", "data", "table", "formula",
            "decision", "recycling", "reported" or "clause".
        id: Name of the part.
        kind: "added", "removed" or "changed".
        clause: Clause it belongs to, or empty.
        details: What it says otherwise; for a part that is new or gone, all it says.
    """

    part: str
    id: str
    kind: str
    clause: str
    details: tuple[Detail, ...]


def diff(before: Rulebook, after: Rulebook) -> tuple[Change, ...]:
    """Return what differs between two editions, with what they inherit; nothing where they mean the same.

    Args:
        before: First edition.
        after: Second edition.
    """
    return tuple(_changes(_parts(before), _parts(after)))


def _changes(before: _Parts, after: _Parts) -> Iterator[Change]:
    order = [*before, *(key for key in after if key not in before)]
    for key in sorted(order, key=lambda item: _ORDER.index(item[0])):
        clause_before, old = before.get(key, ("", {}))
        clause_after, new = after.get(key, ("", {}))
        kind = "added" if key not in before else "removed" if key not in after else "changed"
        facets = [*old, *(facet for facet in new if facet not in old)]
        details = tuple(
            Detail(facet, old.get(facet, ""), new.get(facet, ""))
            for facet in facets
            if old.get(facet, "") != new.get(facet, "")
        )
        if details or kind != "changed":
            yield Change(key[0], key[1], kind, clause_after or clause_before, details)


_ORDER = (
    "identity",
    "convention",
    "stage",
    "unit",
    "electricity",
    "axis",
    "require",
    "data",
    "table",
    "decision",
    "formula",
    "recycling",
    "reported",
    "clause",
)


def _parts(rule: Rulebook) -> _Parts:
    """Return every part of an edition: its clause and what it says, as text."""
    found: _Parts = {
        ("identity", "status"): ("", {"status": rule.status.value, **_words("note", rule.status_note)}),
        ("identity", "title"): ("", _words("title", rule.title)),
    }
    for key in ("gwp", "biogenic", "methane", "digits"):
        found["convention", key] = ("", {"value": str(getattr(rule, key))})
    for name, text in rule.stages.items():
        excluded = name in rule.excluded_stages
        found["stage", name] = ("", {**_words("name", text), "excluded": "yes" if excluded else "no"})
    for name in rule.excluded_stages:
        found.setdefault(("stage", name), ("", {"excluded": "yes"}))
    if rule.functional_unit:
        found["unit", "functional_unit"] = (rule.functional_unit.clause, _unit(rule.functional_unit))
    found["electricity", "electricity"] = (rule.electricity.clause, _power(rule.electricity))
    decided = {name for name in rule.formulas if name in rule.decisions}
    formulas = {name: item for name, item in rule.formulas.items() if name not in decided}
    tables = {name: rows for name, rows in rule.tables.items() if not name.startswith("decision.")}
    _add(found, "axis", rule.axes, lambda item: item.clause, _axis)
    _add(found, "require", rule.requirements, lambda _: "", _requirement)
    _add(found, "data", rule.data, lambda item: item.clause, _data)
    _add(found, "decision", rule.decisions, lambda item: item.clause, _decision)
    _add(found, "formula", formulas, lambda item: item.clause, _formula)
    _add(found, "recycling", {term.id: term for term in rule.recycling}, lambda item: item.clause, _recycling)
    _add(found, "reported", rule.reported, lambda item: item.clause, lambda item: _words("name", item.name))
    _add(found, "clause", rule.clauses, lambda item: item.id, _clause)
    for name, (unit, rows) in tables.items():
        source = rule.sources.get(name)
        facets = {"unit": unit, **{f"row {key}": normalise(value) for key, value in rows.items()}}
        if source:
            facets |= {"source": source.source, "confidence": source.confidence}
        found["table", name] = (source.clause if source else "", facets)
    return found


def _add(
    found: _Parts, part: str, items: Mapping[str, T], clause: Callable[[T], str], says: Callable[[T], Facets]
) -> None:
    for name, item in items.items():
        found[part, name] = (clause(item), says(item))


def _words(key: str, text: Bilingual) -> dict[str, str]:
    return {f"{key} zh": text.zh, f"{key} en": text.en}


def _unit(item: FunctionalUnit) -> Facets:
    return {"unit": item.unit, "flow": item.flow, **_words("name", item.name), **_words("boundary", item.boundary)}


def _power(item: ElectricityRule) -> Facets:
    return {
        "average": item.average,
        "delivery": item.delivery,
        "admitted": item.admitted,
        "criteria": ", ".join(item.criteria),
        **{f"technology {name}": key for name, key in item.technologies.items()},
    }


def _axis(item: Axis) -> Facets:
    facets = {
        "default": item.default,
        "options": ", ".join(option.id for option in item.options),
        "open": "yes" if item.open else "no",
        "companion": item.companion,
        "extensible": "yes" if item.extensible else "",
        "clause": item.clause,
        **_words("name", item.name),
    }
    for option in item.options:
        facets |= _words(f"option {option.id}", option.name)
    return facets


def _requirement(item: Requirement) -> Facets:
    return {
        "unit": "" if item.options else item.unit,
        "options": ", ".join(item.options),
        "default": item.default,
        **_words("name", item.name),
    }


def _data(item: DataRequirement) -> Facets:
    return {
        "source": item.source.value,
        "quality": normalise(item.quality) if item.quality is not None else "",
        "stages": ", ".join(item.stages),
        "processes": ", ".join(item.processes),
        "share": normalise(item.share) if item.share is not None else "",
        "clause": item.clause,
        **_words("name", item.name),
    }


def _decision(item: Decision) -> Facets:
    facets = {"unit": item.unit, "inputs": ", ".join(item.inputs), "axis": item.axis, "clause": item.clause}
    facets |= _words("name", item.name)
    for row in item.rows:
        conditions = ", ".join(
            f"{name}: {value if isinstance(value, str) else ' | '.join(value)}"
            for name, value in sorted(row.conditions.items())
        )
        facets[f"row {conditions}"] = row.then
    return facets


def _formula(item: Formula) -> Facets:
    return {
        "expr": item.expr,
        "unit": item.unit,
        "axis": item.axis,
        "beside": "yes" if item.beside else "",
        "clause": item.clause,
        **_words("name", item.name),
    }


def _recycling(item: RecyclingTerm) -> Facets:
    return {"amount": item.amount, "factor": item.factor, "stage": item.stage, "clause": item.clause}


def _clause(item: Clause) -> Facets:
    return {
        "kind": item.kind.value,
        "severity": item.severity,
        "refers_to": item.refers_to,
        "confidence": item.confidence,
        "check": item.check,
        "needs": ", ".join(item.needs),
        "where": item.where,
        "axis": item.axis,
        **_words("text", item.text),
        **(_words("finding", item.finding) if item.finding else {}),
    }
