"""Study + rulebook + dates → calculation sheet → footprint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import product as combinations
from typing import Any

from footproof.assess.builder import Sense, SheetBuilder, ref, shown, where
from footproof.assess.electricity import Electricity
from footproof.assess.exchanges import ExchangeWriter
from footproof.assess.factors import FactorSource
from footproof.assess.foreground import Foreground
from footproof.assess.quantities import Names, besides, reference_flow, rule_names, study_names, texts_of
from footproof.assess.recycling import RecyclingWriter
from footproof.assess.suppliers import SupplierSource
from footproof.assess.system import Link, Output, add_runs, outputs_of
from footproof.assess.terms import TermList, both
from footproof.canonical import canonical_bytes, digest
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.expressions.tree import Tree
from footproof.model.parameter import GwpSet
from footproof.model.rulebook import Axis, Formula, Rulebook
from footproof.model.study import Exchange, Process, Study
from footproof.model.supplier import SupplierFootprint
from footproof.rules.characterisation import potential
from footproof.rules.parameters import ParameterBook
from footproof.sheet import Sheet, evaluate_sheet, result_record, sheet_of
from footproof.units import Unit, conversion, unit

MOST_ALTERNATIVES = 60


@dataclass(frozen=True, slots=True)
class Assessment:
    """A footprint with everything that makes it.

    Args:
        study: What was assessed.
        rule: Under which edition.
        known_on: Which publications counted.
        sheet_bytes: The calculation sheet in its byte form.
        sheet: The same, read.
        result: What evaluating the sheet gives (`docs/reference/sheet.md`, section 6).
        parameters: Published values that were used, by id and data year.
        findings: What the reader of the result must know.
        foreground: How the processes hang together, for whoever varies their amounts; no part of the sheet.
        suppliers: Certified footprints of suppliers that were used, by id.
    """

    study: Study
    rule: Rulebook
    known_on: date
    sheet_bytes: bytes
    sheet: Sheet
    result: Mapping[str, Any]
    parameters: Mapping[str, Mapping[str, Any]]
    findings: tuple[Mapping[str, str], ...]
    foreground: Foreground
    suppliers: Mapping[str, SupplierFootprint] = field(default_factory=dict)

    @property
    def sheet_digest(self) -> str:
        """Return the digest of the sheet."""
        return digest(self.sheet_bytes)


def assess(
    study: Study,
    rule: Rulebook,
    book: ParameterBook,
    known_on: date,
    suppliers: Mapping[str, SupplierFootprint] | None = None,
) -> Assessment:
    """Return the footprint of a study under a rule, as known on a day.

    Args:
        study: Study whose form has been checked.
        rule: Rulebook edition.
        book: Published parameters.
        known_on: Publications up to and including this day count.
        suppliers: Certified footprints of suppliers by their id in the study, each checked; those that the study
            carries if left out.

    Raises:
        FootproofError: What does not fit together, with the row of the study or the key of the rule.
    """
    builder = SheetBuilder(_tables(rule))
    for axis in rule.axes.values():
        info = {"name": both(axis.name), "clause": f"{rule.name}:{axis.clause}"}
        builder.node(f"axis.{axis.id}", "", ("text", axis.default), info)
    names = study_names(builder, study)
    beside = besides(rule)
    of_rule = rule_names(builder, rule, study, names, [*texts_of(rule), *(item.id for item in beside)])
    flow = _flow(builder, study, rule, names, of_rule)
    factors = FactorSource(builder, study, book, known_on)
    terms = TermList(builder)
    power = Electricity(study, rule, of_rule, factors, terms)
    certified = SupplierSource(study, rule, study.certified if suppliers is None else suppliers, known_on)
    writer = ExchangeWriter(study, rule, names, factors=factors, terms=terms, electricity=power, suppliers=certified)
    outputs = outputs_of(builder, study, _output_amounts(builder, study, names))
    links, leaves = _split(study, outputs, writer)
    loops = add_runs(builder, study, outputs, links, flow)
    for exchange in leaves:
        writer.write(exchange)
    recycling = RecyclingWriter(rule, names, of_rule, factors, terms)
    for template in rule.recycling:
        for row in study.recovered:
            recycling.write(row, template, flow)
    _add_axis_alternatives(builder, rule)
    document = {
        **_head(study, rule, known_on),
        "gwp": _gwp(rule, factors, terms.gases),
        "tables": builder.tables,
        "nodes": builder.nodes,
        "checks": builder.checks,
        "terms": builder.terms,
        "beside": [_beside(rule, item) for item in beside],
        "alternatives": builder.alternatives,
    }
    data = canonical_bytes(document)
    sheet = sheet_of(json.loads(data))  # Our own bytes need no proof that they are canonical.
    result = result_record(sheet, evaluate_sheet(sheet))
    findings = (
        *_local_copy(rule),
        *_defaults(study, rule),
        *_unconfirmed(rule, builder),
        *terms.findings,
        *certified.findings,
        *_unused_content(recycling, study, flow, result["unit"]),
        *_idle(study, result),
    )
    foreground = Foreground(outputs, tuple(links), flow, loops, tuple(builder.guards))
    return Assessment(study, rule, known_on, data, sheet, result, factors.used, findings, foreground, certified.used)


def _tables(rule: Rulebook) -> dict[str, dict[str, str]]:
    return {name: {key: normalise(value) for key, value in rows.items()} for name, (_, rows) in rule.tables.items()}


def _flow(builder: SheetBuilder, study: Study, rule: Rulebook, names: Names, of_rule: Names) -> Tree:
    if study.reference not in study.processes:
        raise FootproofError("E-STUDY-REFERENCE", where(study.reference_place), process=study.reference)
    product_unit = study.processes[study.reference].output.unit
    place = study.declared_unit.place
    if rule.functional_unit is not None:
        declared = rule.functional_unit
        tree = reference_flow(of_rule, declared.flow, declared.unit, product_unit, place)
        name = declared.name
    else:
        own = study.declared_unit
        tree = reference_flow(names, own.flow, own.unit, product_unit, place)
        name = own.name
    info: dict[str, Any] = {"what": "reference product per unit of the result", "name": both(name)}
    if rule.functional_unit is not None:
        info["clause"] = f"{rule.name}:{rule.functional_unit.clause}"
    at = where(place, "flow")
    flow = builder.node("flow.reference", product_unit, tree, info, at)
    nothing = FootproofError("E-STUDY-NEGATIVE", at, found=shown(builder.value(flow)))
    builder.require(Sense.POSITIVE, flow, "flow", nothing)
    return flow


def _output_amounts(builder: SheetBuilder, study: Study, names: Names) -> dict[str, Tree]:
    amounts: dict[str, Tree] = {}
    for process in study.processes.values():
        at = where(process.place, "amount")
        tree = names.figure(process.output, at)
        if process.output.formula is not None:
            tree = builder.node(f"output.{process.id}", process.output.unit, tree, {}, at)
            nothing = FootproofError("E-STUDY-NEGATIVE", at, found=process.output.formula)
            builder.require(Sense.POSITIVE, tree, process.id, nothing)
        amounts[process.id] = tree
    return amounts


def _split(study: Study, outputs: Mapping[str, Output], writer: ExchangeWriter) -> tuple[list[Link], list[Exchange]]:
    """Return flows between processes, and everything else."""
    links: list[Link] = []
    leaves: list[Exchange] = []
    _check_evidence(study)
    for exchange in study.exchanges:
        if exchange.process not in study.processes:
            raise FootproofError("E-STUDY-PROVIDER", where(exchange.place, "process"), name=exchange.process)
        if writer.stage(exchange) is None:
            continue
        if exchange.source_of.startswith("process:"):
            links.append(_link(exchange, outputs, writer))
        else:
            leaves.append(exchange)
    return links, leaves


def _check_evidence(study: Study) -> None:
    """Every document that a row names is listed."""
    rows: tuple[Exchange | Process, ...] = (*study.exchanges, *study.processes.values())
    for item in rows:
        if item.evidence and item.evidence not in study.evidence:
            raise FootproofError("E-EVIDENCE-UNKNOWN", where(item.place, "evidence"), id=item.evidence)


def _link(exchange: Exchange, outputs: Mapping[str, Output], writer: ExchangeWriter) -> Link:
    key = exchange.source_of.removeprefix("process:")
    at = where(exchange.place, "from")
    if key not in outputs:
        raise FootproofError("E-STUDY-PROVIDER", at, name=exchange.source_of)
    tree, measured = writer.amount(exchange)
    output = outputs[key]
    scaled = writer.builder.scaled(tree, _to_product(exchange, measured, output))
    if exchange.kind.value == "credit":
        scaled = ("*", "-1", scaled)
    return Link(exchange.process, key, scaled, exchange.id)


def _to_product(exchange: Exchange, measured: Unit, output: Output) -> Fraction:
    if exchange.distance_km is None:
        try:
            return conversion(exchange.amount.unit, output.unit)
        except FootproofError as problem:
            raise problem.at(where(exchange.place, "unit")) from problem
    wanted = unit(output.unit)
    if measured.dimensions != wanted.dimensions:
        at = where(exchange.place, "from")
        raise FootproofError("E-UNIT-MISMATCH", at, found="t*km", needed=output.unit)
    return measured.scale / wanted.scale


def _add_axis_alternatives(builder: SheetBuilder, rule: Rulebook) -> None:
    """Add every combination of the options of open axes, and the companion result of closed ones."""
    open_axes = [axis for axis in rule.axes.values() if axis.open]
    choices = [[option.id for option in axis.options] for axis in open_axes]
    for chosen in combinations(*choices):
        changed = {a.id: o for a, o in zip(open_axes, chosen, strict=True) if o != a.default}
        if changed:
            _add_alternative(builder, rule, changed, "axis")
    for axis in rule.axes.values():
        if axis.companion and not axis.open:
            _add_alternative(builder, rule, {axis.id: axis.companion}, "companion")
    if len(builder.alternatives) > MOST_ALTERNATIVES:
        raise FootproofError("E-RULE-AXES", Where("rule.toml", field="axis"), found=len(builder.alternatives))


def _add_alternative(builder: SheetBuilder, rule: Rulebook, changed: Mapping[str, str], kind: str) -> None:
    builder.alternatives.append(
        {
            "id": "/".join(f"{axis}:{option}" for axis, option in changed.items()),
            "kind": kind,
            "set": {f"axis.{axis}": ("text", option) for axis, option in changed.items()},
            "info": {"name": _names_of(rule.axes, changed)},
        }
    )


def _names_of(axes: Mapping[str, Axis], changed: Mapping[str, str]) -> dict[str, str]:
    names = [next(item.name for item in axes[axis].options if item.id == option) for axis, option in changed.items()]
    return {"zh": "；".join(name.zh for name in names), "en": "; ".join(name.en for name in names)}


def _gwp(rule: Rulebook, factors: FactorSource, gases: Mapping[tuple[str, str], Where]) -> dict[str, dict[str, str]]:
    """Return the characterisation of the gases a sheet uses: the set and the conventions are choices of the rule."""
    known = factors.book.gwp_set(rule.gwp, factors.known_on)
    table: dict[str, dict[str, str]] = {}
    for origin, gas in sorted(gases):
        table.setdefault(origin, {})[gas] = _potential(rule, known, origin, gas, gases[origin, gas])
    return table


def _potential(rule: Rulebook, known: GwpSet, origin: str, gas: str, at: Where) -> str:
    try:
        split = rule.methane == "split"
        found = potential(known, origin, gas, biogenic=rule.biogenic, split_methane=split, name=rule.gwp)
    except FootproofError as problem:
        raise problem.at(at) from problem
    return normalise(found)


def _head(study: Study, rule: Rulebook, known_on: date) -> dict[str, Any]:
    """Return what stands at the head of a sheet: for people, except unit, rounding and stages."""
    declared = rule.functional_unit or study.declared_unit
    order = [stage for stage in rule.stages if stage not in rule.excluded_stages]
    return {
        "sheet": "footproof-sheet/1",
        "info": {
            "study": study.id,
            "title": both(study.title),
            "rule": rule.name,
            "rule_digest": rule.digest,
            "rule_status": rule.status.value,
            "known_on": known_on.isoformat(),
            "period": {"start": study.start.isoformat(), "end": study.end.isoformat()},
            "declared_unit": both(declared.name),
            "boundary": both(declared.boundary),
            "gwp": rule.gwp,
            "biogenic": rule.biogenic,
            "methane": rule.methane,
            "stages": {name: both(rule.stages[name]) for name in order},
        },
        "unit": f"kg CO2e / {declared.unit}",
        "rounding": {"digits": rule.digits, "mode": "half-even"},
        "stages": order,
    }


def _beside(rule: Rulebook, formula: Formula) -> dict[str, Any]:
    """Return a figure that stands beside the result and never in it."""
    info = {"name": both(formula.name), "clause": f"{rule.name}:{formula.clause}"}
    return {"id": formula.id, "unit": formula.unit, "expr": ref(f"rule.{formula.id}"), "info": info}


def _local_copy(rule: Rulebook) -> list[dict[str, str]]:
    """Return a finding where an edition from a folder bears the id of one that ships, and is another."""
    if not rule.shipped_digest:
        return []
    return [{"code": "rule-local-copy", "subject": rule.name, "detail": f"{rule.digest} ≠ {rule.shipped_digest}"}]


def _unused_content(recycling: RecyclingWriter, study: Study, flow: Tree, unit_: str) -> list[dict[str, str]]:
    """Return a finding for every recycled content that the study states and the rule makes nothing of."""
    found = []
    for row in study.recovered:
        stated = row.numbers["r1"]
        if stated > 0 and not recycling.uses_content(row):
            effect = recycling.content_effect(row, flow)
            change = "" if effect is None else f"; {'+' if effect > 0 else ''}{shown(effect)} {unit_}"
            found.append({"code": "recycled-content-unused", "subject": row.id, "detail": f"R1 = {stated}{change}"})
    return found


def _defaults(study: Study, rule: Rulebook) -> list[dict[str, str]]:
    """Return a finding for every figure that the rule puts in where the study says nothing."""
    return [
        {
            "code": "default-used",
            "subject": item.id,
            "detail": f"{item.default} {'' if item.options else item.unit}".strip(),
        }
        for item in rule.requirements.values()
        if item.default and item.id not in study.quantities
    ]


def _unconfirmed(rule: Rulebook, builder: SheetBuilder) -> list[dict[str, str]]:
    """Return a finding for every table of the rule that the sheet looks up and that is not known officially."""
    used = {name for node in builder.nodes for name in _looked_up(node["expr"])}
    return [
        {"code": "rule-number", "subject": name, "detail": rule.sources[name].confidence}
        for name in sorted(used & rule.sources.keys())
        if rule.sources[name].confidence not in ("", "official")
    ]


def _looked_up(tree: Tree) -> set[str]:
    if isinstance(tree, str):
        return set()
    own = {str(tree[1])} if tree[0] == "lookup" else set()
    return own.union(*(_looked_up(part) for part in tree[1:]))


def _idle(study: Study, result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a finding for every process that the product does not need: a forgotten link looks like that."""
    return [
        {"code": "process-unused", "subject": name, "detail": ""}
        for name in study.processes
        if result["nodes"][f"run.{name}"] == "0"
    ]
