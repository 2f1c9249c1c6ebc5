"""An assessment in the words of PACT version 3: a ProductFootprint, and a list of what nobody has said.

PACT exchanges cradle-to-gate footprints per declared unit of the product, so the stages up to the gate are taken and
divided by the flow of the reference product, whatever the unit of the rule is. Figures that the sheet cannot support
are left out and listed; nothing is invented. Which field means what is data: `rulebooks/pact.v3/3.0/view.toml`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from footproof.assess import Assessment
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.interpret.components import components
from footproof.interpret.values import iso_values
from footproof.rules.views import FilledBy, Needed, View, ViewField, load_view

DIGITS = 12


@dataclass(frozen=True, slots=True)
class ProductFootprint:
    """A record of the exchange format, as far as it can be filled.

    Args:
        record: JSON object; valid by the data model where `complete`.
        missing: Fields that are required or should be there, and are not.
    """

    record: Mapping[str, Any]
    missing: tuple[ViewField, ...]

    @property
    def complete(self) -> bool:
        """Return whether every required field is filled."""
        return all(item.needed is not Needed.REQUIRED for item in self.missing)


def product_footprint(assessment: Assessment, given: Mapping[str, Any] | None = None) -> ProductFootprint:
    """Return an assessment as a PACT ProductFootprint.

    Args:
        assessment: Footprint with its sheet.
        given: What only the issuer knows, by field, such as {"id": …, "pcf.fossilCarbonContent": "0"}.

    Raises:
        FootproofError: E-VIEW-FIELD for a given field that is not the issuer's to give.
    """
    view = load_view("pact.v3", "3.0")
    found = dict(_Exchange(assessment, view).fields())
    for name, value in (given or {}).items():
        field = view.fields.get(name)
        if field is None or field.by is FilledBy.STUDY:
            known = ", ".join(item.id for item in view.fields.values() if item.by is not FilledBy.STUDY)
            raise FootproofError("E-VIEW-FIELD", field=name, known=known)
        found.setdefault(name, value)
    missing = tuple(item for item in view.fields.values() if item.id not in found and item.needed is not Needed.MAY)
    return ProductFootprint(_nested({name: found[name] for name in view.fields if name in found}), missing)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one component of a factor makes of a term. [kg CO2e / unit of the result]"""

    origin: str
    gas: str
    aircraft: bool
    value: Fraction


class _Exchange:
    """Reads the fields of a view from an assessment."""

    def __init__(self, assessment: Assessment, view: View) -> None:
        self.assessment = assessment
        self.study = assessment.study
        self.rule = assessment.rule
        self.view = view
        self.unit = self.study.processes[self.study.reference].output.unit

    def fields(self) -> Iterator[tuple[str, Any]]:
        yield from self._about()
        for name, value in (*self._frame(), *self._figures(), *self._methods()):
            yield f"pcf.{name}", value

    def _about(self) -> Iterator[tuple[str, Any]]:
        yield "specVersion", self.view.spec_version
        yield "status", "Active"
        yield "companyName", self.study.producer.name.en
        yield "productNameCompany", f"{self.study.product.name.en} {self.study.product.model}".strip()
        yield "productDescription", self.study.product.description.en
        yield "comment", self._comment()

    def _comment(self) -> str:
        parts = [f"{self.rule.title.en}. {self.rule.status_note.en}"]
        if self.rule.shipped_digest:
            parts.append(f"The rulebook {self.rule.name} is a local copy and differs from the shipped edition.")
        if self._undivided:
            parts.append(
                f"fossilGhgEmissions holds {self._shown(self._undivided)} kg CO2e per declared unit from factors that "
                "were published as one number; they do not say what is biogenic, land-use change or aircraft."
            )
        if self.study.note.en:
            parts.append(self.study.note.en)
        return " ".join(parts)

    def _frame(self) -> Iterator[tuple[str, Any]]:
        if self.unit in self.view.units:
            name, amount = self.view.units[self.unit]
            yield "declaredUnitOfMeasurement", name
            yield "declaredUnitAmount", exact.normalise(amount)
            yield from self._mass(name, amount)
        yield "referencePeriodStart", _midnight(self.study.start)
        yield "referencePeriodEnd", _midnight(self.study.end + timedelta(1))
        if len(self.study.region) == 2 and self.study.region.isalpha():
            yield "geographyCountry", self.study.region.upper()
        names = [item.name.en for item in self.study.processes.values() if item.stage in self.view.gate]
        if names:
            yield "boundaryProcessesDescription", "; ".join(names)

    @staticmethod
    def _mass(name: str, amount: Decimal) -> Iterator[tuple[str, Any]]:
        """A mass is its own mass; energy and transport have none; of anything else only the issuer knows it."""
        if name == "kilogram":
            yield "productMassPerDeclaredUnit", exact.normalise(amount)
        elif name in ("kilowatt hour", "megajoule", "ton kilometer", "hour"):
            yield "productMassPerDeclaredUnit", "0"

    def _figures(self) -> Iterator[tuple[str, Any]]:
        total = self._sum()
        uptake = self._sum(origin="biogenic_removal")
        if self.rule.biogenic == "iso" or not self._has("biogenic_emission", "biogenic_removal"):
            yield "pcfExcludingBiogenicUptake", self._shown(total - uptake)
            yield "pcfIncludingBiogenicUptake", self._shown(total)
        yield "fossilGhgEmissions", self._shown(self._sum(origin="fossil") + self._undivided)
        if not self._undivided or self._has("dluc"):
            yield "landUseChangeGhgEmissions", self._shown(self._sum(origin="dluc"))
        if self.rule.biogenic == "iso" and (not self._undivided or self._has("biogenic_removal")):
            yield "biogenicCO2Uptake", self._shown(uptake)
        if not self._undivided or self._has("biogenic_emission"):
            other = sum(
                (p.value for p in self._parts if p.origin == "biogenic_emission" and p.gas != "CO2"), Fraction(0)
            )
            yield "biogenicNonCO2Emissions", self._shown(other)
        if not self._undivided or any(part.aircraft for part in self._parts):
            yield "aircraftGhgEmissions", self._shown(sum((p.value for p in self._parts if p.aircraft), Fraction(0)))
        yield from self._carbon_content()

    def _carbon_content(self) -> Iterator[tuple[str, Any]]:
        content = iso_values(self.assessment)["V10"].figures.get("net")
        if content is not None:
            yield "biogenicCarbonContent", self._shown(content)

    def _methods(self) -> Iterator[tuple[str, Any]]:
        if self.rule.gwp.startswith("gwp100.ar"):
            yield "ipccCharacterizationFactors", [f"AR{self.rule.gwp.removeprefix('gwp100.ar')}"]
        parent = self.rule.parent.partition("@")[0]
        standards = self.view.standards.get(self.rule.id) or self.view.standards.get(parent)
        if standards:
            yield "crossSectoralStandards", list(standards)
        if self.rule.parent:
            rule = {"operator": "Other", "ruleNames": [self.rule.title.en], "otherOperatorName": self.rule.name}
            yield "productOrSectorSpecificRules", [rule]
        shared = [item for item in self.study.processes.values() if item.allocation.value]
        if shared:
            yield "allocationRulesDescription", "; ".join(f"{p.name.en}: by {p.allocation.value}" for p in shared)
        else:
            yield "allocationRulesDescription", "no process of the study makes more than one product"
        sources = self._sources()
        if sources:
            yield "secondaryEmissionFactorSources", sources

    def _sources(self) -> list[dict[str, str]]:
        """Return where factors come from: databases, published parameters, and what the study cites itself."""
        found: dict[str, str] = {}
        for factor in self.study.intensities.values():
            if factor.taken is not None:
                found[factor.taken.database] = factor.taken.digest
        for used in self.assessment.parameters.values():
            found[str(used["source"]["en"])] = str(used.get("data_year") or used["published"])
        cited = {str(record["info"].get("factor", "")) for record in self.assessment.sheet.record["terms"]}
        for factor in self.study.factors.values():
            if f"factor:{factor.id}" in cited:
                found[factor.source] = factor.year or factor.source
        return [{"name": name, "version": version} for name, version in sorted(found.items()) if name and version]

    @cached_property
    def _parts(self) -> list[_Part]:
        """Return the terms of the stages that are exchanged, by component of their factors."""
        return [
            _Part(found.entry.origin, found.entry.gas, found.entry.aircraft, found.value)
            for found in components(self.assessment)
            if found.term.stage in self.view.gate
        ]

    @cached_property
    def _undivided(self) -> Fraction:
        return self._sum(origin="undifferentiated")

    def _sum(self, origin: str | None = None) -> Fraction:
        return sum((part.value for part in self._parts if origin in (None, part.origin)), Fraction(0))

    def _has(self, *origins: str) -> bool:
        return any(part.origin in origins for part in self._parts)

    @cached_property
    def _flow(self) -> Fraction:
        """Return how much of the reference product makes one unit of the result."""
        return Fraction(*exact.read(self.assessment.result["nodes"]["flow.reference"]))

    def _shown(self, per_result: Fraction) -> str:
        """Return a figure per unit of the result as the format wants it: per unit of the reference product."""
        found = per_result / self._flow
        return exact.round_significant((found.numerator, found.denominator), DIGITS)


def _exactly(text: str) -> Fraction:
    return Fraction(*exact.number(text))


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields named `pcf.x` as an object inside the record."""
    found: dict[str, Any] = {name: value for name, value in flat.items() if "." not in name}
    found["pcf"] = {name.removeprefix("pcf."): value for name, value in flat.items() if name.startswith("pcf.")}
    return found
