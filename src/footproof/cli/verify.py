"""`footproof verify`: check a study or a package as a verifier does, and propose risks and an evidence plan."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from footproof.cli.chain import checked_suppliers
from footproof.cli.language import language, told
from footproof.cli.options import json_option, known_on_option, read_day, read_file
from footproof.cli.output import exactly, print_json, short
from footproof.errors import FootproofError, Where
from footproof.formats.folder import read_documents, read_folder
from footproof.formats.study import StudyFiles
from footproof.interpret.clauses import show
from footproof.model.engagement import Assurance, EvidencePlan, Risk
from footproof.model.study import Study
from footproof.model.supplier import SupplierFootprint
from footproof.package.archive import MOST_BYTES, Package, open_package
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.texts import say
from footproof.verify.claim import gross_by_stage
from footproof.verify.evidence import evidence_plan
from footproof.verify.finding import ERROR, SEVERITIES, Finding
from footproof.verify.packaged import claim_in
from footproof.verify.recompute import Recomputed
from footproof.verify.risk import risks_of
from footproof.verify.verify import Client, Verification, verify_study

EXAMPLE = "\b\n    footproof verify examples/nmc811-pack --rulebook cn.gbt.24067"
COLOURS = dict(zip(SEVERITIES, ("red", "yellow", "cyan"), strict=True))
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Target:
    """What is verified: the files of a study, what its maker states, and the folder of documents and suppliers."""

    files: StudyFiles
    client: Client | None
    folder: Path | None
    rule: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What follows from a verification: the risks of the claim and the evidence to gather."""

    risks: tuple[Risk, ...]
    plan: EvidencePlan | None


@click.command(help=f"{told('verify.help')}\n\n{EXAMPLE}")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--rulebook", metavar="ID[@EDITION]", help=told("verify.option.rulebook"))
@click.option("--study", "folder", type=click.Path(path_type=Path), metavar="DIR", help=told("verify.option.study"))
@click.option("--coverage", default="0.8", metavar="SHARE", help=told("verify.option.coverage"))
@click.option(
    "--assurance",
    type=click.Choice([item.value for item in Assurance]),
    default=Assurance.REASONABLE.value,
    help=told("verify.option.assurance"),
)
@known_on_option
@json_option
def verify(
    *,
    target: Path,
    rulebook: str | None,
    folder: Path | None,
    coverage: str,
    assurance: str,
    known_on: str | None,
    as_json: bool,
) -> int:
    """Print what verifying a study or a package finds; 1 where something speaks against the claim."""
    found = _target(target, folder, rulebook)
    rule = load_rulebook(found.rule)
    day = None if known_on is None else read_day(known_on)
    verification = verify_study(
        found.files, rule, shipped(), known_on=day, certified=_certified(found), client=found.client
    )
    planned = _planned(verification, _share(coverage), Assurance(assurance))
    if as_json:
        print_json(verification_record(verification, planned))
    else:
        _print(verification, planned)
    return 1 if verification.errors else 0


def _target(path: Path, folder: Path | None, rulebook: str | None) -> Target:
    if path.is_dir():
        if rulebook is None:
            raise click.UsageError(told("verify.needs-rulebook"))
        return Target(read_folder(path), None, path, rulebook)
    if not path.is_file():
        raise FootproofError("E-VERIFY-TARGET", path=str(path)[-120:])
    package = open_package(read_file(path, MOST_BYTES))
    if package.withheld:
        raise FootproofError("E-VERIFY-SEALED", Where(path.name), lines=sum(package.withheld.values()))
    return _of_package(package, folder, rulebook)


def _of_package(package: Package, folder: Path | None, rulebook: str | None) -> Target:
    files, client = claim_in(package)
    documents = None if folder is None else read_documents(folder / "evidence")
    return Target(replace(files, documents=documents), client, folder, rulebook or package.about()["rule"])


def _certified(found: Target) -> Any:
    def certified(study: Study, day: date) -> Mapping[str, SupplierFootprint]:
        return {} if found.folder is None else checked_suppliers(study, found.folder, day)

    return certified


def _share(text: str) -> Decimal:
    try:
        share = Decimal(text)
    except ArithmeticError as problem:
        raise FootproofError("E-VERIFY-MATERIALITY", found=text[:40]) from problem
    if not 0 < share <= 1:
        raise FootproofError("E-VERIFY-MATERIALITY", found=text[:40])
    return share


def _planned(found: Verification, coverage: Decimal, assurance: Assurance) -> Planned:
    if found.assessment is None:
        return Planned((), None)
    risks = risks_of(found.assessment, found.findings)
    return Planned(risks, evidence_plan(found.assessment.study.exchanges, risks, coverage, assurance))


# ---- for programs


def verification_record(found: Verification, planned: Planned) -> dict[str, Any]:
    """Return what `verify --json` prints: findings, figures beside each other, risks and evidence plan, all exact."""
    assessment = found.assessment
    record: dict[str, Any] = {"ok": not found.errors, "findings": [_finding_record(item) for item in found.findings]}
    if assessment is not None:
        record |= {
            "study": assessment.study.id,
            "rulebook": assessment.rule.name,
            "value": assessment.result["value"],
            "unit": assessment.result["unit"],
            "gross": {name: exactly(value) for name, value in gross_by_stage(assessment).items()},
        }
    record["recomputed"] = None if found.recomputed is None else _recomputed_record(found.recomputed)
    record["risks"] = [_risk_record(item) for item in planned.risks]
    record["plan"] = None if planned.plan is None else _plan_record(planned.plan)
    return record


def _finding_record(item: Finding) -> dict[str, Any]:
    return {
        "code": item.code,
        "severity": item.severity,
        "clause": item.clause,
        "where": [str(row) for row in item.rows],
        "said": {"zh": item.said.zh, "en": item.said.en},
        "effect": None if item.effect is None else exactly(item.effect),
    }


def _recomputed_record(item: Recomputed) -> dict[str, Any]:
    return {
        "same": item.same,
        "stated": _exact(item.stated),
        "client": _exact(item.client),
        "ours": exactly(item.ours),
        "difference": _exact(item.difference),
        "unit": item.unit,
        "error": item.error,
        "terms": [
            {
                "id": term.id,
                "stage": term.stage,
                "client": _exact(term.client),
                "ours": _exact(term.ours),
                "effect": exactly(term.effect),
                "what": list(term.what),
            }
            for term in item.terms
        ],
        "nodes": [
            {
                "id": node.id,
                "client": node.client,
                "ours": node.ours,
                "terms": list(node.terms),
                "alone": _exact(node.alone),
            }
            for node in item.nodes
        ],
    }


def _risk_record(item: Risk) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": {"zh": item.name.zh, "en": item.name.en},
        "category": item.category,
        "assertion": item.assertion.value,
        "share": exactly(item.share),
        "level": item.level.value,
        "reasons": list(item.reasons),
        "findings": list(item.findings),
        "where": [str(row) for row in item.rows],
    }


def _plan_record(plan: EvidencePlan) -> dict[str, Any]:
    return {
        "needed": format(plan.needed, "f"),
        "covered": exactly(plan.covered),
        "items": [
            {
                "id": item.id,
                "share": exactly(item.share),
                "procedures": list(item.procedures),
                "documents": list(item.documents),
            }
            for item in plan.items
        ],
    }


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else exactly(value)


# ---- for people


def _print(found: Verification, planned: Planned) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if found.assessment is not None:
        result = found.assessment.result
        console.print(f"[bold]{escape(found.assessment.study.title.say(language()))}[/bold]")
        console.print(told("verify.ours", value=short(Fraction(result["value"])), unit=result["unit"]))
    if found.recomputed is not None:
        _print_beside(console, found.recomputed)
    counts = Counter(item.severity for item in found.findings)
    console.print("  ".join(f"{told(f'verify.{each}')} {counts[each]}" for each in SEVERITIES))
    for item in found.findings:
        if item.severity == ERROR or found.assessment is None:
            _print_finding(console, item, found)
    for severity in SEVERITIES[1:]:
        codes = sorted({item.code for item in found.findings if item.severity == severity})
        if codes:
            console.print(f"\n[{COLOURS[severity]}]{told(f'verify.{severity}')}[/]  {escape(', '.join(codes))}")
    _print_plan(console, planned)


def _print_finding(console: Console, item: Finding, found: Verification) -> None:
    colour = COLOURS[item.severity]
    places = "; ".join(map(str, item.rows))
    console.print(f"\n[{colour}]{escape(item.code)}[/{colour}]  [dim]{escape(places)}[/dim]")
    console.print(f"    {escape(item.said.say(language()))}")
    if item.effect is not None and found.assessment is not None:
        effect = told("verify.effect", value=short(item.effect), unit=found.assessment.result["unit"])
        console.print(f"    {effect}", style="bold")


def _print_beside(console: Console, beside: Recomputed) -> None:
    if beside.agrees:
        console.print(told("verify.agrees"), style="green")
        return
    client = beside.error if beside.client is None else short(beside.client)
    console.print(told("verify.client", value=client, unit=beside.client_unit), style="red")
    for node in beside.nodes[:MOST_ROWS]:
        values = {"id": node.id, "client": node.client or "–", "ours": node.ours or "–", "terms": len(node.terms)}
        console.print(f"    {escape(told('verify.node', **values))}")
    for term in beside.terms[:MOST_ROWS]:
        values = {"id": term.id, "effect": short(term.effect), "what": ", ".join(term.what)}
        console.print(f"    {escape(told('verify.term', **values))}")


def _print_plan(console: Console, planned: Planned) -> None:
    if planned.plan is None:
        return
    lang = language()
    console.print(f"\n[bold]{told('verify.risks')}[/bold]")
    for risk in planned.risks[:MOST_ROWS]:
        reasons = "、" if lang == "zh" else ", "
        why = reasons.join(say("verification", f"risk.{reason}", lang) for reason in risk.reasons)
        level = say("verification", f"level.{risk.level.value}", lang)
        name = escape(risk.name.say(lang))
        console.print(f"  {level}  {show(risk.share, lang, percent=True):>10}  {name}  [dim]{escape(why)}[/dim]")
    plan = planned.plan
    covered, needed = (show(share, lang, percent=True) for share in (plan.covered, Fraction(plan.needed)))
    console.print(f"\n[bold]{told('verify.plan', count=len(plan.items), covered=covered, needed=needed)}[/bold]")
    for item in plan.items[:MOST_ROWS]:
        steps = " · ".join(say("verification", f"procedure.{name}", lang) for name in item.procedures)
        console.print(f"  {escape(item.id)}  [dim]{escape(', '.join(item.documents))}[/dim]  {steps}")
    if len(plan.items) > MOST_ROWS:
        console.print(f"  {told('verify.more', count=len(plan.items) - MOST_ROWS)}", style="dim")
