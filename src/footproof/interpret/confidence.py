"""What a result rests on that was not read in an official text, so that it is seen wherever the result is used.

Factors and published parameters carry their confidence in the terms; potentials of gases, tables, defaults and clauses
of the rule carry theirs in their own data. Conventions (carbon dioxide counts one) are no figures to confirm.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from footproof.assess import Assessment
from footproof.interpret.components import components
from footproof.interpret.terms import magnitudes
from footproof.model.parameter import Confidence, GwpSet
from footproof.rules.parameters import ParameterBook, shipped


class Source(StrEnum):
    """What kind of thing is not confirmed."""

    FACTOR = "factor"
    POTENTIAL = "potential"
    TABLE = "table"
    DEFAULT = "default"
    CLAUSE = "clause"


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Something a result rests on that was not read in an official text.

    Args:
        id: Of the factor, species, table, figure or clause.
        confidence: "secondary", "derived" or "recalled".
        share: Part of the result it makes, terms taken without their signs; None where it makes no part of its own. [1]
    """

    kind: Source
    id: str
    confidence: str
    share: Fraction | None = None


def unconfirmed(assessment: Assessment, book: ParameterBook | None = None) -> tuple[Unconfirmed, ...]:
    """Return everything a result rests on that was not read in an official text, the largest parts first.

    Args:
        assessment: Footprint with its sheet.
        book: Published parameters it was computed with; those that ship by default.
    """
    found = [
        *_factors(assessment),
        *_potentials(assessment, book or shipped()),
        *_of_the_rule(assessment),
        *_clauses(assessment),
    ]
    return tuple(sorted(found, key=lambda item: (-(item.share or 0), item.kind, item.id)))


def _factors(assessment: Assessment) -> Iterator[Unconfirmed]:
    values, whole = magnitudes(assessment)
    parts: dict[tuple[str, str], Fraction] = {}
    for record in assessment.sheet.record["terms"]:
        confidence = str(record["info"].get("confidence", ""))
        if confidence not in ("", Confidence.OFFICIAL):
            key = str(record["info"]["factor"]), confidence
            parts[key] = parts.get(key, Fraction(0)) + values[record["id"]]
    for (name, confidence), value in parts.items():
        yield Unconfirmed(Source.FACTOR, name, confidence, value / whole if whole else None)


def _potentials(assessment: Assessment, book: ParameterBook) -> Iterator[Unconfirmed]:
    """Yield the potentials of other gases than carbon dioxide, each with what it makes."""
    known: GwpSet = book.gwp_set(assessment.rule.gwp, assessment.known_on)
    parts: dict[str, Fraction] = {}
    whole = Fraction(0)
    for found in components(assessment):  # Without signs: an uptake must not hide an emission.
        whole += abs(found.value)
        species = _species(assessment, found.entry.origin, found.entry.gas)
        if species in known.species and species != "CO2":
            parts[species] = parts.get(species, Fraction(0)) + abs(found.value)
    for species, value in parts.items():
        confidence = known.species[species].confidence
        if confidence is not Confidence.OFFICIAL:
            yield Unconfirmed(Source.POTENTIAL, species, confidence.value, value / whole if whole else None)


def _species(assessment: Assessment, origin: str, gas: str) -> str:
    if gas == "CH4" and assessment.rule.methane == "split" and origin != "undifferentiated":
        return "CH4_fossil" if origin == "fossil" else "CH4_nonfossil"
    return gas


def _of_the_rule(assessment: Assessment) -> Iterator[Unconfirmed]:
    """Yield tables that are looked up and defaults that stand in, by the findings of the assessment."""
    for finding in assessment.findings:
        if finding["code"] == "rule-number":
            yield Unconfirmed(Source.TABLE, finding["subject"], finding["detail"])
        elif finding["code"] == "default-used":
            yield Unconfirmed(Source.DEFAULT, finding["subject"], Confidence.DERIVED.value)


def _clauses(assessment: Assessment) -> Iterator[Unconfirmed]:
    """Yield the clauses that nodes and terms of the sheet carry."""
    values, whole = magnitudes(assessment)
    record = assessment.sheet.record
    parts: dict[str, Fraction] = {}
    for term in record["terms"]:
        name = str(term["info"].get("clause", ""))
        if name:
            parts[name] = parts.get(name, Fraction(0)) + values[term["id"]]
    for node in record["nodes"]:
        if "clause" in node["info"]:
            parts.setdefault(str(node["info"]["clause"]), Fraction(0))
    for name, value in parts.items():
        clause = assessment.rule.clauses.get(name.partition(":")[2])
        if clause is not None and clause.confidence != Confidence.OFFICIAL:
            share = value / whole if whole and value else None
            yield Unconfirmed(Source.CLAUSE, clause.id, clause.confidence, share)
