"""Exchanges become terms: an amount per unit of the result times a factor vector, in a stage, with its source."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from footproof.assess.builder import SheetBuilder, product, ref, where
from footproof.assess.factors import FactorSource, Resolved
from footproof.assess.quantities import Names
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.expressions.tree import Tree
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import RecyclingTerm, Rulebook
from footproof.model.study import Contract, Exchange, Kind, Recovered, Study
from footproof.units import Unit, unit

KG = unit("kg")


class TermWriter:
    """Writes the terms of one study under one rule.

    Args:
        names: Names of the study, for formulas in amounts.
        rule_names: Names of the rule.
        factors: Where factors come from.
    """

    def __init__(
        self,
        builder: SheetBuilder,
        study: Study,
        rule: Rulebook,
        names: Names,
        rule_names: Names,
        factors: FactorSource,
    ) -> None:
        self.builder = builder
        self.study = study
        self.rule = rule
        self.names = names
        self.rule_names = rule_names
        self.factors = factors
        self.gases: set[tuple[str, str]] = set()
        self.findings: list[dict[str, str]] = []
        self.contracts = self._contracts()

    def amount(self, exchange: Exchange) -> tuple[Tree, Unit]:
        """Return the amount of an exchange per run of its process, with its unit; a distance makes it a transport."""
        at = where(exchange.place, "amount")
        tree = self.builder.plain(self.names.figure(exchange.amount, at), f"amount.{exchange.id}", at)
        if exchange.amount.formula is not None:
            tree = self.builder.node(f"amount.{exchange.id}", exchange.amount.unit, tree, {}, at)
            if self.builder.value(tree) < 0:
                found = self.builder.value(tree)
                raise FootproofError("E-STUDY-NEGATIVE", at, found=f"{exchange.amount.formula} = {float(found):g}")
        measured = unit(exchange.amount.unit)
        if exchange.distance_km is not None:
            if measured.dimensions != KG.dimensions:
                raise FootproofError(
                    "E-UNIT-MISMATCH", where(exchange.place, "unit"), found=exchange.amount.unit, needed="kg"
                )
            return product(tree, normalise(exchange.distance_km)), measured * unit("km")
        return tree, measured

    def write(self, exchange: Exchange) -> None:
        """Add the terms of an exchange that is not a flow between processes.

        Raises:
            FootproofError: E-FACTOR-*, E-UNIT-MISMATCH, E-BASIS-MISMATCH, E-RULE-STAGE, E-PARAM-*.
        """
        stage = self._stage(exchange)
        if stage is None:
            return
        tree, measured = self.amount(exchange)
        tree = product(ref(f"run.{exchange.process}"), tree)
        if exchange.kind is Kind.EMISSION:
            self._emission(exchange, stage, tree, measured)
        elif exchange.source_of.startswith("fuel:"):
            self._fuel(exchange, stage, tree, measured)
        elif exchange.source_of == "electricity":
            self._electricity(exchange, stage, tree, measured)
        else:
            self._factor(exchange, stage, tree, measured)

    def recycling(self, row: Recovered, template: RecyclingTerm, reference_flow: Tree) -> None:
        """Add one term that the rule makes of a recovered material.

        Raises:
            FootproofError: E-FACTOR-ROLE where a market mix or a recycled material stands for the virgin one.
        """
        name = {"virgin": row.virgin, "recycled": row.recycled, "disposal": row.disposal}[template.factor]
        if not name:
            return
        at = where(row.place, template.factor)
        local = Names(
            self.builder,
            {
                **self.rule_names.units,
                "amount": unit(row.amount.unit),
                **dict.fromkeys(row.numbers, unit("1")),
            },
            {**self.rule_names.nodes, "amount": self._recovered(row), **self._numbers(row)},
        )
        tree = local.tree(template.amount, row.amount.unit, Where("rule.toml", field=f"recycling.{template.id}"))[0]
        tree = product(self.builder.plain(tree, f"recycling.{row.id}.{template.id}"), reference_flow)
        for factor in self.factors.resolve(name, at):
            self._check_role(factor, template.factor, at)
            info = {
                "name": _both(row.name),
                "what": template.id,
                "clause": f"{self.rule.name}:{template.clause}",
            }
            term = f"{row.id}.{template.id}{factor.suffix}"
            self._term(term, template.stage, "recycling", tree, unit(row.amount.unit), factor, at, info)

    def _recovered(self, row: Recovered) -> Tree:
        at = where(row.place, "amount")
        tree = self.names.figure(row.amount, at)
        return self.builder.node(f"amount.recovered.{row.id}", row.amount.unit, tree, {"name": _both(row.name)}, at)

    @staticmethod
    def _numbers(row: Recovered) -> dict[str, Tree]:
        return {name: normalise(value) for name, value in row.numbers.items()}

    @staticmethod
    def _check_role(factor: Resolved, wanted: str, at: Where) -> None:
        if wanted == "virgin" and factor.role != "virgin":
            raise FootproofError(
                "E-FACTOR-ROLE", at, name=factor.info["factor"], found=factor.role or "-", needed=wanted
            )

    def _stage(self, exchange: Exchange) -> str | None:
        stage = exchange.stage or self.study.processes[exchange.process].stage
        if stage in self.rule.excluded_stages:
            self._finding("left-out", exchange.id, stage)
            return None
        if stage not in self.rule.stages:
            known = ", ".join(self.rule.stages)
            raise FootproofError(
                "E-RULE-STAGE", where(exchange.place, "stage"), stage=stage, rule=self.rule.name, known=known
            )
        return stage

    def _finding(self, code: str, subject: str, detail: str) -> None:
        self.findings.append({"code": code, "subject": subject, "detail": detail})

    def _emission(self, exchange: Exchange, stage: str, tree: Tree, measured: Unit) -> None:
        at = where(exchange.place)
        entry = (exchange.origin, exchange.gas, "1", "kg / kg")
        name = exchange.name or Bilingual(exchange.gas, exchange.gas)
        direct = Resolved(
            "",
            "1",
            "kg / kg",
            (entry,),
            "direct",
            "",
            exchange.basis,
            name,
            {"source": exchange.source or "-"},
        )
        self._write(exchange, exchange.id, stage, tree, measured, direct, at)

    def _factor(self, exchange: Exchange, stage: str, tree: Tree, measured: Unit) -> None:
        at = where(exchange.place, "from")
        if exchange.kind is Kind.CREDIT:
            tree = product("-1", tree)
        for factor in self.factors.resolve(exchange.source_of, at):
            if factor.scope == "direct" and not exchange.upstream:
                raise FootproofError("E-FACTOR-NO-UPSTREAM", where(exchange.place, "upstream"), name=exchange.source_of)
            self._write(exchange, f"{exchange.id}{factor.suffix}", stage, tree, measured, factor, at)
        self._upstream(exchange, stage, tree, measured)

    def _upstream(self, exchange: Exchange, stage: str, tree: Tree, measured: Unit) -> None:
        if not exchange.upstream:
            return
        at = where(exchange.place, "upstream")
        for factor in self.factors.resolve(exchange.upstream, at):
            if factor.scope == "direct":
                raise FootproofError(
                    "E-FACTOR-SCOPE", at, name=exchange.upstream, found=factor.scope, needed="upstream"
                )
            self._write(
                exchange,
                f"{exchange.id}#upstream{factor.suffix}",
                stage,
                tree,
                measured,
                factor,
                at,
                basis=False,
            )

    def _fuel(self, exchange: Exchange, stage: str, tree: Tree, measured: Unit) -> None:
        """Add E = FC × NCV × CC × OF × 44/12 (GB/T 32150 family) and the supply of the fuel."""
        at = where(exchange.place, "from")
        key = exchange.source_of.removeprefix("fuel:")
        if not exchange.upstream:
            raise FootproofError("E-FACTOR-NO-UPSTREAM", where(exchange.place, "upstream"), name=exchange.source_of)
        parameter, editions = self.factors.fuel(key, at)
        for suffix, weight, fuel in editions:
            share = fuel.oxidised_share(exchange.device or None)
            if share is None:
                devices = ", ".join(fuel.oxidation_by_device)
                raise FootproofError("E-FUEL-DEVICE", where(exchange.place, "device"), fuel=key, devices=devices)
            carbon = unit(fuel.ncv_unit) * unit(fuel.carbon_unit)
            factors = [normalise(fuel.ncv), normalise(fuel.carbon), normalise(share), "44"]
            info = {"what": "NCV × carbon content × oxidation × 44/12", "factor": f"fuel:{key}"}
            name = f"fuel.{key}{'.' + exchange.device if exchange.device else ''}{suffix}"
            node = self.builder.node(name, "", ("/", ("*", *factors), "12"), info, at)
            origin = parameter.origin.value if parameter.origin else "fossil"
            mass = measured * carbon
            if mass.dimensions != (("C", 1), ("kg", 1)):
                needed = fuel.ncv_unit.partition("/")[2].strip()
                raise FootproofError(
                    "E-UNIT-MISMATCH",
                    where(exchange.place, "unit"),
                    found=exchange.amount.unit,
                    needed=needed,
                )
            source = self._fuel_info(key, fuel)
            direct = Resolved(
                suffix,
                weight,
                "kg / kg",
                ((origin, "CO2", "1", "kg / kg"),),
                "direct",
                "",
                "",
                parameter.name,
                source,
            )
            amount = product(tree, node)
            self._write(exchange, f"{exchange.id}{suffix}", stage, amount, Unit(mass.scale, KG.dimensions), direct, at)
        self._upstream(exchange, stage, tree, measured)

    @staticmethod
    def _fuel_info(key: str, fuel: Any) -> dict[str, Any]:  # an Edition
        return {
            "factor": f"fuel:{key}",
            "source": _both(fuel.source),
            "published": fuel.published.isoformat(),
            "confidence": fuel.confidence.value,
        }

    def _contracts(self) -> list[Contract]:
        """Return the contracts that count: all criteria of the rule met, and their factors known by then."""
        needed = set(self.rule.electricity.criteria)
        counted: list[Contract] = []
        for contract in self.study.contracts:
            lacking = sorted(needed - set(contract.criteria)) or self._unknown_factors(contract)
            if lacking:
                self._finding("contract-not-counted", contract.id, ", ".join(lacking))
            else:
                counted.append(contract)
        return counted

    def _unknown_factors(self, contract: Contract) -> list[str]:
        """Return which factors of a contract were not published yet: power counts as grid power until they are."""
        rule = self.rule.electricity
        unknown = []
        for name in (rule.technologies[contract.technology], rule.delivery):
            try:
                self.factors.resolve(f"param:{name}", where(contract.place))
            except FootproofError as problem:
                if problem.code not in ("E-PARAM-NOT-KNOWN", "E-PARAM-DATA-YEAR"):
                    raise
                unknown.append(name)
        return unknown

    def _electricity(self, exchange: Exchange, stage: str, tree: Tree, measured: Unit) -> None:
        """Split the electricity of the site into contracted generation and the grid, as the rule admits."""
        rule = self.rule.electricity
        at = where(exchange.place, "from")
        clause = {"clause": f"{self.rule.name}:{rule.clause}"}
        grid: Tree = "1"
        if self.contracts:
            admitted = self.rule_names.tree(rule.admitted, "1", Where("rule.toml", field="electricity.admitted"))[0]
            share = self.builder.node("electricity.admitted", "1", admitted, clause)
            contracted = sum((contract.share for contract in self.contracts), Decimal(0))
            grid = self.builder.node("electricity.grid", "1", ("-", "1", product(share, normalise(contracted))), clause)
            for contract in self.contracts:
                part = product(tree, share, normalise(contract.share))
                generation = f"param:{rule.technologies[contract.technology]}"
                for step, name in (("generation", generation), ("delivery", f"param:{rule.delivery}")):
                    for factor in self.factors.resolve(name, at):
                        term = f"{exchange.id}#{contract.id}.{step}{factor.suffix}"
                        self._write(exchange, term, stage, part, measured, factor, at, extra=clause)
        for factor in self.factors.resolve(f"param:{rule.average}", at):
            term = f"{exchange.id}{factor.suffix}"
            self._write(exchange, term, stage, product(tree, grid), measured, factor, at, extra=clause)

    def _write(
        self,
        exchange: Exchange,
        term: str,
        stage: str,
        tree: Tree,
        measured: Unit,
        factor: Resolved,
        at: Where,
        *,
        basis: bool = True,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        if basis and factor.basis != exchange.basis:
            raise FootproofError(
                "E-BASIS-MISMATCH",
                where(exchange.place, "basis"),
                found=exchange.basis or "-",
                needed=factor.basis or "-",
            )
        info: dict[str, Any] = {"name": _both(exchange.name or factor.name), **(extra or {})}
        if exchange.evidence:
            info["evidence"] = exchange.evidence
        self._term(term, stage, exchange.process, tree, measured, factor, at, info, aircraft=exchange.aircraft)

    def _term(
        self,
        term: str,
        stage: str,
        process: str,
        tree: Tree,
        measured: Unit,
        factor: Resolved,
        at: Where,
        info: Mapping[str, Any],
        *,
        aircraft: bool = False,
    ) -> None:
        entries = []
        scale = _to_kg(measured, factor.entries[0][3], factor.entries[0][1], at)
        for origin, gas, number, entry_unit in factor.entries:
            if _to_kg(measured, entry_unit, gas, at) != scale:
                raise FootproofError("E-STUDY-VECTOR", at, id=factor.info.get("factor", term))
            self.gases.add((origin, gas))
            tag = ["aircraft"] if aircraft and origin == "fossil" else []
            entries.append([origin, gas, number, *tag])
        if aircraft and all(entry[0] != "fossil" for entry in entries):
            self._finding("aircraft-undifferentiated", term, "")
        amount = self.builder.scaled(product(tree, factor.weight), scale)
        self.builder.terms.append(
            {
                "id": term,
                "stage": stage,
                "process": process,
                "unit": factor.unit.partition("/")[2].strip() or "kg",
                "amount": amount,
                "factor": entries,
                "info": {**factor.info, **info},
            }
        )


def _to_kg(measured: Unit, factor: str, gas: str, at: Where) -> Fraction:
    """Return by what amount × factor is multiplied to be in kg of gas.

    Raises:
        FootproofError: E-UNIT-MISMATCH where they do not fit.
    """
    found = measured * unit(factor)
    bare = tuple(item for item in found.dimensions if item != (gas, 1))
    if bare != KG.dimensions or (gas == "CO2e" and ("CO2e", 1) not in found.dimensions):
        needed = factor.partition("/")[2].strip() or factor
        raise FootproofError("E-UNIT-MISMATCH", at, found=_unit_name(measured), needed=needed)
    return found.scale / KG.scale


def _unit_name(measured: Unit) -> str:
    names = {
        (("MJ", 1),): "energy [MJ]",
        (("kg", 1),): "mass [kg]",
        (("kg", 1), ("m", 1)): "transport [t*km]",
    }
    names |= {(("m", 3),): "volume [m3]", (): "count [1]"}
    return names.get(measured.dimensions, " ".join(f"{name}^{power}" for name, power in measured.dimensions))


def _both(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
