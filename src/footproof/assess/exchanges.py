"""Exchanges become terms: emissions, cited factors, fuels with their upstream, electricity, recovered materials."""

from typing import Any

from footproof.assess.builder import Sense, SheetBuilder, product, ref, shown, where
from footproof.assess.electricity import Electricity
from footproof.assess.factors import FactorSource, Resolved
from footproof.assess.quantities import Names
from footproof.assess.suppliers import SupplierSource
from footproof.assess.terms import KG, Leaf, TermList, both
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.expressions.tree import Tree
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Fuel
from footproof.model.rulebook import Rulebook
from footproof.model.study import Exchange, Kind, Study
from footproof.units import Unit, unit


class ExchangeWriter:
    """Writes the terms of the exchanges of one study under one rule.

    Args:
        study: Study.
        rule: Rulebook edition.
        names: Names of the study, for formulas in amounts.
        factors: Where factors come from.
        terms: Where terms go.
        electricity: How electricity of the site counts.
        suppliers: Certified footprints of suppliers.
    """

    def __init__(
        self,
        study: Study,
        rule: Rulebook,
        names: Names,
        *,
        factors: FactorSource,
        terms: TermList,
        electricity: Electricity,
        suppliers: SupplierSource,
    ) -> None:
        self.builder: SheetBuilder = terms.builder
        self.study = study
        self.rule = rule
        self.names = names
        self.factors = factors
        self.terms = terms
        self.electricity = electricity
        self.suppliers = suppliers

    def amount(self, exchange: Exchange) -> tuple[Tree, Unit]:
        """Return the amount of an exchange per run of its process, with its unit; a distance makes it a transport.

        Raises:
            FootproofError: E-STUDY-NEGATIVE for a formula below zero, E-UNIT-MISMATCH for a distance without a mass.
        """
        at = where(exchange.place, "amount")
        tree = self.names.figure(exchange.amount, at)
        if exchange.amount.formula is not None:
            tree = self.builder.node(f"amount.{exchange.id}", exchange.amount.unit, tree, {}, at)
            found = f"{exchange.amount.formula[:80]} = {shown(self.builder.value(tree))}"
            below = FootproofError("E-STUDY-NEGATIVE", at, found=found)
            self.builder.require(Sense.NOT_NEGATIVE, tree, exchange.id, below)
        measured = unit(exchange.amount.unit)
        if exchange.distance_km is None:
            return tree, measured
        if measured.dimensions != KG.dimensions:
            at = where(exchange.place, "unit")
            raise FootproofError("E-UNIT-MISMATCH", at, found=exchange.amount.unit, needed="kg")
        return product(tree, normalise(exchange.distance_km)), measured * unit("km")

    def write(self, exchange: Exchange) -> None:
        """Add the terms of an exchange that is not a flow between processes.

        Raises:
            FootproofError: E-FACTOR-*, E-UNIT-MISMATCH, E-BASIS-MISMATCH, E-RULE-STAGE, E-PARAM-*.
        """
        stage = exchange.stage or self.study.processes[exchange.process].stage
        tree, measured = self.amount(exchange)
        amount = product(ref(f"run.{exchange.process}"), tree)
        amount = product("-1", amount) if exchange.kind is Kind.CREDIT else amount
        leaf = Leaf(stage, exchange.process, amount, measured, exchange.aircraft)
        if exchange.kind is Kind.EMISSION:
            self._emission(exchange, leaf)
        elif exchange.source_of.startswith("fuel:"):
            self._fuel(exchange, leaf)
        elif exchange.source_of == "electricity":
            self._electricity(exchange, leaf)
        elif exchange.source_of.startswith("certificate:"):
            self._supplier(exchange, leaf)
        else:
            self._factor(exchange, leaf)

    def stage(self, exchange: Exchange) -> str | None:
        """Return the stage of an exchange, or None, with a finding, where the rule leaves its stage out.

        Raises:
            FootproofError: E-RULE-STAGE for a stage the rule does not know.
        """
        stage = exchange.stage or self.study.processes[exchange.process].stage
        if stage in self.rule.excluded_stages:
            self.terms.finding("left-out", exchange.id, stage)
            return None
        if stage not in self.rule.stages:
            known = ", ".join(self.rule.stages)
            at = where(exchange.place, "stage")
            raise FootproofError("E-RULE-STAGE", at, stage=stage, rule=self.rule.name, known=known)
        return stage

    def _emission(self, exchange: Exchange, leaf: Leaf) -> None:
        name = exchange.name or Bilingual(exchange.gas, exchange.gas)
        direct = Resolved(
            suffix="",
            weight="1",
            unit="kg / kg",
            entries=((exchange.origin, exchange.gas, "1", "kg / kg", ""),),
            scope="direct",
            role="",
            basis=exchange.basis,
            name=name,
            info={"source": exchange.source or "-"},
        )
        self._add(exchange, exchange.id, leaf, direct, where(exchange.place))

    def _factor(self, exchange: Exchange, leaf: Leaf) -> None:
        at = where(exchange.place, "from")
        for factor in self.factors.resolve(exchange.source_of, at):
            if factor.scope == "direct" and not exchange.upstream:
                at = where(exchange.place, "upstream")
                raise FootproofError("E-FACTOR-NO-UPSTREAM", at, name=exchange.source_of)
            self._check_basis(exchange, factor)
            self._add(exchange, f"{exchange.id}{factor.suffix}", leaf, factor, at)
            if exchange.upstream and factor.scope != "direct":
                at = where(exchange.place, "upstream")
                raise FootproofError("E-FACTOR-TWICE", at, name=exchange.source_of, found=factor.scope)
        self._upstream(exchange, leaf)

    def _supplier(self, exchange: Exchange, leaf: Leaf) -> None:
        at = where(exchange.place, "from")
        if exchange.upstream:
            place = where(exchange.place, "upstream")
            raise FootproofError("E-FACTOR-TWICE", place, name=exchange.source_of, found="life cycle")
        factor = self.suppliers.resolve(exchange.source_of.removeprefix("certificate:"), at)
        self._check_basis(exchange, factor)
        self._add(exchange, exchange.id, leaf, factor, at)

    def _upstream(self, exchange: Exchange, leaf: Leaf) -> None:
        if not exchange.upstream:
            return
        at = where(exchange.place, "upstream")
        for factor in self.factors.resolve(exchange.upstream, at):
            if factor.scope == "direct":
                needed = "upstream, life cycle"
                raise FootproofError("E-FACTOR-SCOPE", at, name=exchange.upstream, found=factor.scope, needed=needed)
            self._add(exchange, f"{exchange.id}#upstream{factor.suffix}", leaf, factor, at)

    def _fuel(self, exchange: Exchange, leaf: Leaf) -> None:
        """Add E = FC × NCV × CC × OF × 44/12 (GB/T 32150 family) and the supply of the fuel."""
        at = where(exchange.place, "from")
        key = exchange.source_of.removeprefix("fuel:")
        if not exchange.upstream:
            raise FootproofError("E-FACTOR-NO-UPSTREAM", where(exchange.place, "upstream"), name=exchange.source_of)
        parameter, editions = self.factors.fuel(key, at)
        origin = parameter.origin.value if parameter.origin else "fossil"
        for suffix, weight, fuel in editions:
            carbon = self._carbon(exchange, leaf.measured, fuel)
            direct = Resolved(
                suffix=suffix,
                weight=weight,
                unit="kg / kg",
                entries=((origin, "CO2", "1", "kg / kg", ""),),
                scope="direct",
                role="",
                basis="",
                name=parameter.name,
                info=_fuel_info(key, fuel),
            )
            burnt = leaf.times(self._emission_factor(exchange, key, suffix, fuel))
            burnt = Leaf(burnt.stage, burnt.process, burnt.amount, carbon, burnt.aircraft)
            self._add(exchange, f"{exchange.id}{suffix}", burnt, direct, at)
        self._upstream(exchange, leaf)

    @staticmethod
    def _carbon(exchange: Exchange, measured: Unit, fuel: Fuel) -> Unit:
        """Return the unit of fuel × NCV × carbon content, which must be a mass of carbon."""
        found = measured * unit(fuel.ncv_unit) * unit(fuel.carbon_unit)
        if found.dimensions != (("C", 1), ("kg", 1)):
            needed = fuel.ncv_unit.partition("/")[2].strip()
            raise FootproofError(
                "E-UNIT-MISMATCH", where(exchange.place, "unit"), found=exchange.amount.unit, needed=needed
            )
        return Unit(found.scale, KG.dimensions)

    def _emission_factor(self, exchange: Exchange, key: str, suffix: str, fuel: Fuel) -> Tree:
        share = fuel.oxidised_share(exchange.device or None)
        if share is None or (
            exchange.device and fuel.oxidation is None and exchange.device not in fuel.oxidation_by_device
        ):
            devices = ", ".join(fuel.oxidation_by_device)
            raise FootproofError("E-FUEL-DEVICE", where(exchange.place, "device"), fuel=key, devices=devices)
        factors = [normalise(fuel.ncv), normalise(fuel.carbon), normalise(share), "44"]
        name = f"fuel.{key}{'.' + exchange.device if exchange.device else ''}{suffix}"
        info = {"what": "NCV × carbon content × oxidation × 44/12", "factor": f"fuel:{key}"}
        return self.builder.node(name, "", ("/", ("*", *factors), "12"), info, where(exchange.place, "from"))

    def _electricity(self, exchange: Exchange, leaf: Leaf) -> None:
        at = where(exchange.place, "from")
        for suffix, part, factor in self.electricity.split(leaf, at):
            self._add(exchange, f"{exchange.id}{suffix}", part, factor, at, clause=self.electricity.clause)

    @staticmethod
    def _check_basis(exchange: Exchange, factor: Resolved) -> None:
        if factor.basis != exchange.basis:
            at = where(exchange.place, "basis")
            raise FootproofError("E-BASIS-MISMATCH", at, found=exchange.basis or "-", needed=factor.basis or "-")

    def _add(
        self,
        exchange: Exchange,
        term: str,
        leaf: Leaf,
        factor: Resolved,
        at: Where,
        *,
        clause: str = "",
    ) -> None:
        info: dict[str, Any] = {"name": both(exchange.name or factor.name)}
        if clause:
            info["clause"] = clause
        if exchange.evidence:
            info["evidence"] = exchange.evidence
        self.terms.add(term, leaf, factor, at, info)


def _fuel_info(key: str, fuel: Fuel) -> dict[str, Any]:
    return {
        "factor": f"fuel:{key}",
        "source": both(fuel.source),
        "published": fuel.published.isoformat(),
        "confidence": fuel.confidence.value,
    }
