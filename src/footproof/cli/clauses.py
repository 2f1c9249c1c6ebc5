"""`footproof clauses`: what a rule asks of a study, clause by clause, and what the study shows."""

from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from footproof.assess import Assessment
from footproof.cli.chain import assess_folder
from footproof.cli.language import language, told
from footproof.cli.options import json_option, known_on_option, rulebook_option
from footproof.cli.output import print_json, standing
from footproof.expressions import exact
from footproof.interpret.clause_view import FactValue
from footproof.interpret.clauses import ClauseResult, Outcome, clause_report, fact_name, show, unmet
from footproof.model.bilingual import Bilingual

EXAMPLE = "\b\n    footproof clauses examples/nmc811-pack --rulebook cn.gbt.24067"
ORDER = (Outcome.NOT_MET, Outcome.EVIDENCE_MISSING, Outcome.NEEDS_JUDGEMENT, Outcome.MET)
COLOURS = {
    Outcome.NOT_MET: "red",
    Outcome.EVIDENCE_MISSING: "yellow",
    Outcome.NEEDS_JUDGEMENT: "cyan",
    Outcome.MET: "green",
}
MOST_ROWS = 5


@click.command(help=f"{told('clauses.help')}\n\n{EXAMPLE}")
@click.argument("study", type=click.Path(path_type=Path))
@rulebook_option
@known_on_option
@json_option
def clauses(study: Path, rulebook: str, known_on: str | None, as_json: bool) -> int:
    """Print the clause report of a study; 1 where a requirement is not met."""
    assessment, _ = assess_folder(study, rulebook, known_on, dated=False)
    report = clause_report(assessment)
    if as_json:
        print_json(report_record(assessment, report))
    else:
        _print(assessment, report)
    return 1 if unmet(report) else 0


def report_record(assessment: Assessment, report: tuple[ClauseResult, ...]) -> dict[str, Any]:
    """Return what `clauses --json` prints: every clause with its outcome and the facts it rests on, as exact text."""
    counts = Counter(item.outcome for item in report)
    return {
        "study": assessment.study.id,
        "rulebook": assessment.rule.name,
        "rulebook_digest": assessment.rule.digest,
        "status": assessment.rule.status.value,
        "local_copy": bool(assessment.rule.shipped_digest),
        "sheet_digest": assessment.sheet_digest,
        "counts": {outcome.value: counts[outcome] for outcome in ORDER},
        "ok": not unmet(report),
        "clauses": [_record(item) for item in report],
    }


def _record(item: ClauseResult) -> dict[str, Any]:
    return {
        "id": item.clause.id,
        "refers_to": item.clause.refers_to,
        "kind": item.clause.kind.value,
        "severity": item.clause.severity,
        "confidence": item.clause.confidence,
        "text": _both(item.clause.text),
        "outcome": item.outcome.value,
        "values": exact_values(item),
        "missing": list(item.missing),
        "finding": _both(item.finding) if item.finding else None,
        "part": item.clause.where,
        "where": [str(row) for row in item.rows],
    }


def exact_values(item: ClauseResult) -> dict[str, str | bool]:
    """Return the facts that an answer rests on, figures as exact text."""
    return {name: _written(value) for name, value in item.values.items()}


def value_lines(item: ClauseResult) -> list[str]:
    """Return the facts that an answer rests on as a person reads them, one a line."""
    lang = language()
    colon = "：" if lang == "zh" else ": "
    return [f"{fact_name(name, lang)}{colon}{show(value, lang)}" for name, value in item.values.items()]


def _both(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _written(value: FactValue) -> str | bool:
    return value if isinstance(value, bool | str) else exact.write((value.numerator, value.denominator))


def _print(assessment: Assessment, report: tuple[ClauseResult, ...]) -> None:
    lang = language()
    console = Console(highlight=False, soft_wrap=True)
    rule = assessment.rule
    console.print(f"[bold]{escape(assessment.study.title.say(lang))}[/bold]")
    console.print(told("result.rule", rule=f"{rule.name}  {rule.title.say(lang)}"))
    console.print(standing(rule))
    counts = Counter(item.outcome for item in report)
    console.print("  ".join(f"{told(f'clauses.{each.value}')} {counts[each]}" for each in ORDER))
    for outcome in ORDER:
        for item in (each for each in report if each.outcome is outcome):
            _print_one(console, item)


def _print_one(console: Console, item: ClauseResult) -> None:
    lang = language()
    colour = COLOURS[item.outcome]
    mark = f"[{colour}]{told(f'clauses.{item.outcome.value}')}[/{colour}]"
    severity = "" if item.clause.severity == "shall" else f"（{told(f'clauses.{item.clause.severity}')}）"
    console.print(f"\n{mark}  [bold]{escape(item.clause.id)}[/bold]{severity if lang == 'zh' else _latin(severity)}")
    console.print(f"    {escape(item.clause.text.say(lang))}")
    if item.finding and item.outcome is not Outcome.NEEDS_JUDGEMENT:
        console.print(f"    {escape(item.finding.say(lang))}")
    for line in value_lines(item):
        console.print(f"    {escape(line)}", style="dim")
    for row in item.rows[:MOST_ROWS]:
        console.print(f"    {escape(str(row))}", style="dim")
    if len(item.rows) > MOST_ROWS:
        console.print(f"    {told('clauses.more', count=len(item.rows) - MOST_ROWS)}", style="dim")


def _latin(text: str) -> str:
    return text.replace("（", " (").replace("）", ")")
