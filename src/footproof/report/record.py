"""Collect what a study report says from an assessment: one record for both languages and all formats."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from footproof.assess import Assessment
from footproof.interpret.boundary import stages_counted, stages_inside
from footproof.interpret.clause_view import SeenTerm, View
from footproof.interpret.clauses import clause_report
from footproof.interpret.components import undifferentiated
from footproof.interpret.facts import FactValue, facts
from footproof.interpret.terms import DIMENSIONS, figure, magnitudes, merged_scores, term_weight
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Clause
from footproof.model.study import DATA_KINDS, STAGES, Quality, Study
from footproof.report.form import (
    Answer,
    Choice,
    Course,
    CutOff,
    Document,
    FactorRow,
    Finding,
    Instrument,
    Item,
    Power,
    ProcessPart,
    QualityPart,
    Record,
    Recovery,
    RuleFacts,
    Share,
    SourcePart,
    StagePart,
    StudyFigure,
)
from footproof.report.values import reported_values
from footproof.rules.parameters import shipped
from footproof.sheet.origins import ORIGINS
from footproof.texts import say

DEMO_MARKS = ("示例", "DEMO")
_NOTHING = Bilingual("—", "—")
_RECYCLING = "recycling"
_CUT_OFFS = "cut_offs.csv"


def report_record(assessment: Assessment, *, public: bool = False) -> Record:
    """Return everything a report of an assessment says, neither worded nor rounded.

    Args:
        assessment: Footprint with its study, rule and sheet.
        public: For everybody: results by stage, without amounts, factors and documents of single rows.
    """
    study, rule, result = assessment.study, assessment.rule, assessment.result
    declared = rule.functional_unit or study.declared_unit
    items = tuple(_items(assessment))
    factors = _factors(assessment)
    power = _electricity_factors(assessment)
    nodes = {node.id: node for node in assessment.sheet.nodes}
    known = facts(assessment)
    return Record(
        study=study.id,
        title=study.title,
        note=study.note,
        product=study.product.name,
        model=study.product.model,
        description=study.product.description,
        producer=study.producer.name,
        producer_address=study.producer.address,
        site=study.site.name,
        site_address=study.site.address,
        region=study.region,
        start=study.start,
        end=study.end,
        known_on=assessment.known_on,
        demonstration=is_demonstration(study),
        public=public,
        rule=_rule(assessment),
        unit=result["unit"],
        unit_name=declared.name,
        boundary=declared.boundary,
        flow=figure(result["nodes"]["flow.reference"]),
        flow_unit=nodes["flow.reference"].unit,
        declared=result["declared"],
        value=figure(result["value"]),
        interval=(figure(result["interval"]["low"]), figure(result["interval"]["high"])),
        stages=tuple(_stages(assessment, items)),
        course=tuple(_course(assessment, items)),
        inside=_inside(assessment),
        origins={origin: figure(value) for origin, value in result["origins"].items()},
        whole=magnitudes(assessment)[1],
        aircraft=figure(result["aircraft"]),
        values=reported_values(assessment),
        processes=tuple(_processes(assessment, items, public=public)),
        items=() if public else items,
        sources=tuple(_sources(items)),
        electricity=sum((item.value for item in items if item.electricity), Fraction(0)),
        grid=tuple(row for row in factors if row.id in {item.factor_id for item in items if item.value} & power),
        choices=tuple(_choices(assessment)),
        coproducts=len(study.coproducts),
        shares=() if public else tuple(_shares(assessment)),
        power=tuple(_power(assessment, items)),
        recovered=() if public else tuple(_recovered(study)),
        cut_offs=_cut_offs(study),
        quality=tuple(_quality(assessment, items)),
        potentials=assessment.sheet.gwp,
        factors=() if public else factors,
        figures=() if public else tuple(_figures(assessment)),
        meters=() if public else _meters(study),
        documents=() if public else _documents(study),
        offsets_excluded=_truth(known, "offsets_excluded"),
        allocation_justified=_truth(known, "allocation_justified"),
        undifferentiated=undifferentiated(assessment) or Fraction(0),
        answers=tuple(_answers(assessment)),
        findings=tuple(Finding(f["code"], f["subject"], f["detail"]) for f in assessment.findings),
        sheet_digest=assessment.sheet_digest,
        terms=len(assessment.sheet.terms),
    )


def is_demonstration(study: Study) -> bool:
    """Return whether a study says of itself that it is a demonstration."""
    said = (study.title, study.product.name, study.producer.name, study.site.name)
    return any(mark in text for mark in DEMO_MARKS for both in said for text in (both.zh, both.en))


def _both(value: object) -> Bilingual:
    """Return a text that a sheet carries as one string or as a record of two."""
    if isinstance(value, Mapping):
        return Bilingual(value["zh"], value["en"])
    return Bilingual(str(value), str(value)) if value else _NOTHING


def _rule(assessment: Assessment) -> RuleFacts:
    rule = assessment.rule
    return RuleFacts(
        name=rule.name,
        title=rule.title,
        digest=rule.digest,
        status=rule.status,
        status_note=rule.status_note,
        parent=rule.parent,
        gwp=rule.gwp,
        biogenic=rule.biogenic,
        methane=rule.methane,
        digits=rule.digits,
        electricity_clause=rule.electricity.clause,
        electricity_text=rule.clauses[rule.electricity.clause].text,
        cut_off=tuple((clause.id, clause.text) for clause in rule.clauses.values() if _is_cut_off(clause)),
        sector=bool(rule.parent) or rule.functional_unit is not None,
        local_copy=bool(rule.shipped_digest),
    )


def _is_cut_off(clause: Clause) -> bool:
    """Return whether a clause is about what may be left out: by what it follows, or by where a study answers it."""
    return clause.where == _CUT_OFFS or clause.refers_to == "ISO 14067:2018 6.3.4.3"


def _items(assessment: Assessment) -> Iterator[Item]:
    view, gwp = View(assessment), assessment.sheet.gwp
    kinds = _electricity_factors(assessment)
    names = _factor_names(assessment.study)
    for term, seen in zip(assessment.sheet.terms, view.terms, strict=True):
        info = seen.info
        name = info.get("factor", "")
        yield Item(
            term=term.id,
            stage=term.stage,
            process=term.process,
            name=_name(_both(info.get("name", term.id)), names.get(name), parted="#" in term.id),
            amount=seen.amount,
            amount_unit=term.unit,
            factor=term_weight(term, gwp),
            value=seen.value,
            source=_both(info.get("source", "")),
            factor_id=name,
            year=str(info.get("data_year", "")),
            confidence=info.get("confidence", ""),
            evidence=info.get("evidence", ""),
            data=seen.exchange.data if seen.exchange else "",
            quality=_scores(view, seen),
            electricity=name in kinds,
        )


def _scores(view: View, term: SeenTerm) -> Quality:
    factor = view.factor(term)
    return merged_scores(term.exchange.quality if term.exchange else Quality(), factor.quality if factor else Quality())


def _name(name: Bilingual, factor: Bilingual | None, *, parted: bool) -> Bilingual:
    """Return the name of a row, with its factor where one exchange makes several rows."""
    if not parted or factor is None or factor == name:
        return name
    return Bilingual(f"{name.zh}（{factor.zh}）", f"{name.en} ({factor.en})")


def _electricity_factors(assessment: Assessment) -> set[str]:
    power = assessment.rule.electricity
    return {f"param:{name}" for name in (power.average, power.delivery, *power.technologies.values())}


def _sources(items: tuple[Item, ...]) -> Iterator[SourcePart]:
    """Yield first what amounts rest on, then what factors rest on; each pair or group is the whole."""
    parts: dict[tuple[str, str], list[Fraction]] = {("documented", ""): [], ("undocumented", ""): []}
    parts |= {("data", name): [] for name in DATA_KINDS}
    parts |= {("factor", name): [] for name in ("official", "secondary", "derived", "recalled")}
    for item in items:
        parts["documented" if item.evidence else "undocumented", ""].append(abs(item.value))
        if item.data:
            parts.setdefault(("data", item.data), []).append(abs(item.value))
        kind = "background" if item.factor_id.startswith("db:") else "factor" if item.factor_id else "direct"
        key = (kind, item.confidence) if kind == "factor" else (kind, "")
        parts.setdefault(key, []).append(abs(item.value))
    for (kind, name), sizes in parts.items():
        if sizes:
            yield SourcePart(kind, name, len(sizes), sum(sizes, Fraction(0)))


def _stages(assessment: Assessment, items: tuple[Item, ...]) -> Iterator[StagePart]:
    for name, figures in assessment.result["stages"].items():
        values = [item.value for item in items if item.stage == name]
        yield StagePart(
            id=name,
            name=assessment.rule.stages[name],
            above=sum((value for value in values if value > 0), Fraction(0)),
            below=sum((value for value in values if value < 0), Fraction(0)),
            origins={origin: figure(figures[origin]) for origin in ORIGINS},
        )


def _course(assessment: Assessment, items: tuple[Item, ...]) -> Iterator[Course]:
    """Yield every stage of the life cycle in order, those included that the rule leaves out without naming them."""
    rule, used = assessment.rule, {item.stage for item in items}
    order = list(rule.stages)
    for name in rule.excluded_stages:
        if name not in order:
            after = [place for place, other in enumerate(order) if _before(name, other)]
            order.insert(min(after, default=len(order)), name)
    for name in order:
        yield Course(name, rule.stages.get(name) or _said(f"life_cycle.{name}"), _stand(assessment, name, used))


def _inside(assessment: Assessment) -> frozenset[str]:
    view = View(assessment)
    inside = stages_inside(view)
    return frozenset(stages_counted(view) if inside is None else inside)


def _stand(assessment: Assessment, name: str, used: set[str]) -> str:
    rule, declared = assessment.rule, assessment.study.declared_unit.stages
    if name in rule.excluded_stages:
        return "out"
    if name in used:
        return "in"
    return "outside" if rule.functional_unit is None and declared and name not in declared else "in_zero"


def _before(name: str, other: str) -> bool:
    return name in STAGES and other in STAGES and STAGES.index(name) < STAGES.index(other)


def _processes(assessment: Assessment, items: tuple[Item, ...], *, public: bool) -> Iterator[ProcessPart]:
    """Yield unit processes by the size of what arises in them, largest first."""
    sums: dict[str, Fraction] = {}
    stages: dict[str, str] = {}
    for item in items:
        sums[item.process] = sums.get(item.process, Fraction(0)) + item.value
        stages.setdefault(item.process, item.stage)
    order = sorted(sums, key=lambda name: (-abs(sums[name]), name))
    for name in order:
        process = assessment.study.processes.get(name)
        shown = process.name if process else _recycling_name(name)
        yield ProcessPart(name, shown, process.stage if process else stages[name], None if public else sums[name])


def _recycling_name(name: str) -> Bilingual:
    return _said("life_cycle.formula") if name == _RECYCLING else Bilingual(name, name)


def _said(key: str) -> Bilingual:
    """Return a text of the report in both languages."""
    return Bilingual(say("report", key, "zh"), say("report", key, "en"))


def _choices(assessment: Assessment) -> Iterator[Choice]:
    for item in assessment.sheet.record["alternatives"]:
        value = figure(assessment.result["alternatives"][item["id"]])
        yield Choice(item["id"], item["kind"], _both(item["info"].get("name", item["id"])), value)


def _shares(assessment: Assessment) -> Iterator[Share]:
    study = assessment.study
    for row in study.coproducts:
        group = [other for other in study.coproducts if other.process == row.process]
        process = study.processes[row.process]
        whole = sum((Fraction(other.basis) for other in group), Fraction(0))
        others = [Fraction(other.alternative) for other in group if other.alternative is not None]
        other = sum(others, Fraction(0))
        has_other = row.alternative is not None and other != 0
        yield Share(
            process=process.name,
            product=row.name,
            amount=Fraction(row.amount),
            amount_unit=row.unit,
            basis=process.allocation.value,
            share=Fraction(row.basis) / whole if whole else Fraction(0),
            alternative=process.alternative.value if has_other else "",
            other=Fraction(row.alternative) / other if row.alternative is not None and other else None,
        )


def _power(assessment: Assessment, items: tuple[Item, ...]) -> Iterator[Power]:
    refused = {f["subject"]: f["detail"] for f in assessment.findings if f["code"] == "contract-not-counted"}
    for contract in assessment.study.contracts:
        yield Power(
            id=contract.id,
            technology=contract.technology,
            share=Fraction(contract.share),
            lacking=refused.get(contract.id, ""),
            counted=any(item.value and f"#{contract.id}." in item.term for item in items),
        )


def _recovered(study: Study) -> Iterator[Recovery]:
    for row in study.recovered:
        numbers = {name: Fraction(value) for name, value in row.numbers.items()}
        amount = str(row.amount.number) if row.amount.formula is None else f"= {row.amount.formula}"
        yield Recovery(row.name, amount, row.amount.unit, numbers, row.source)


def _cut_offs(study: Study) -> tuple[CutOff, ...] | None:
    """Return what a study leaves out; None where it does not say."""
    if study.cut_offs is None:
        return None
    found = []
    for row in study.cut_offs:
        shares = {"mass": row.mass_share, "energy": row.energy_share, "footprint": row.footprint_share}
        known = {kind: Fraction(share) for kind, share in shares.items() if share is not None}
        found.append(CutOff(row.name, row.process, known, row.reason))
    return tuple(found)


def _quality(assessment: Assessment, items: tuple[Item, ...]) -> Iterator[QualityPart]:
    for stage in (*assessment.sheet.stages, ""):
        group = [item for item in items if stage in ("", item.stage)]
        scores: dict[str, Fraction] = {}
        for name in DIMENSIONS:
            scored = [(abs(i.value), getattr(i.quality, name)) for i in group if getattr(i.quality, name)]
            weight = sum((size for size, _ in scored), Fraction(0))
            if weight:
                scores[name] = sum((size * score for size, score in scored), Fraction(0)) / weight
        full = [i for i in group if all(getattr(i.quality, name) for name in DIMENSIONS)]
        yield QualityPart(
            stage,
            scores,
            sum((abs(i.value) for i in full), Fraction(0)),
            sum((abs(i.value) for i in group), Fraction(0)),
        )


def _factors(assessment: Assessment) -> tuple[FactorRow, ...]:
    """Return every factor that the sheet uses, once."""
    found: dict[tuple[str, str], FactorRow] = {}
    rows = {item["id"]: item for item in assessment.sheet.record["terms"]}
    gwp = assessment.sheet.gwp
    names = _factor_names(assessment.study)
    for term in assessment.sheet.terms:
        info = rows[term.id]["info"]
        key = info.get("factor", ""), str(info.get("data_year", ""))
        if not key[0] or key in found or key[0].startswith("fuel:"):
            continue
        entries = tuple((entry.origin, entry.gas, entry.number) for entry in term.factor)
        found[key] = FactorRow(
            id=key[0],
            name=names.get(key[0]) or _both(info.get("name", key[0])),
            value=term_weight(term, gwp),
            unit=term.unit,
            entries=entries,
            year=key[1],
            region=str(info.get("region", "")),
            published=str(info.get("published", "")),
            confidence=info.get("confidence", ""),
            source=_both(info.get("source", "")),
        )
    return tuple(found[key] for key in sorted(found))


def _factor_names(study: Study) -> dict[str, Bilingual]:
    names = {f"param:{key}": parameter.name for key, parameter in shipped().items()}
    names |= {f"factor:{factor.id}": factor.name for factor in study.factors.values()}
    return names | {f"db:{factor.id}": factor.name for factor in study.intensities.values()}


def _figures(assessment: Assessment) -> Iterator[StudyFigure]:
    nodes = assessment.result["nodes"]
    for item in assessment.study.quantities.values():
        found = nodes.get(f"study.{item.id}")
        number = figure(found) if isinstance(found, str) and not item.text else None
        yield StudyFigure(
            item.id,
            item.name,
            number,
            item.figure.unit,
            item.text,
            item.figure.formula or "",
            item.source,
            item.evidence,
        )


def _meters(study: Study) -> tuple[Instrument, ...]:
    rows = (study.meters or {}).values()
    return tuple(
        Instrument(row.id, row.name, row.unit, row.serial, row.accuracy, row.calibrated_from, row.calibrated_to)
        for row in rows
    )


def _documents(study: Study) -> tuple[Document, ...]:
    return tuple(
        Document(item.id, item.name, item.file, item.sha256, item.captured) for item in study.evidence.values()
    )


def _truth(known: Mapping[str, FactValue], name: str) -> bool | None:
    found = known.get(name)
    return found if isinstance(found, bool) else None


def _answers(assessment: Assessment) -> Iterator[Answer]:
    for item in clause_report(assessment):
        clause = item.clause
        yield Answer(clause.id, clause.text, clause.severity, item.outcome, item.finding, item.rows)
