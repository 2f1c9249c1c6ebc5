"""How a result is printed, for people and for programs."""

import json
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from footproof.assess import Assessment
from footproof.cli.language import language, told
from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.interpret.components import undifferentiated
from footproof.interpret.confidence import Source, Unconfirmed, unconfirmed
from footproof.model.rulebook import Rulebook
from footproof.server.workspace import write_durably

WEAK = ("recalled", "derived")


def write_output(path: Path, data: bytes) -> None:
    """Write a file that was asked for, whole or not at all.

    Raises:
        FootproofError: E-FILE-WRITE where the disk refuses.
    """
    try:
        write_durably(path, data)
    except OSError as problem:
        raise FootproofError("E-FILE-WRITE", Where(str(path)), path=path, reason=problem.strerror) from problem


def print_json(record: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    click.echo(json.dumps(record, ensure_ascii=False, indent=2))


def result_record(assessment: Assessment) -> dict[str, Any]:
    """Return what `quantify --json` prints: exact figures as text."""
    result = assessment.result
    return {
        "value": result["value"],
        "declared": result["declared"],
        "unit": result["unit"],
        "stages": {name: figures["total"] for name, figures in result["stages"].items()},
        "origins": result["origins"],
        "aircraft": result["aircraft"],
        "interval": result["interval"],
        "alternatives": result["alternatives"],
        "rulebook": assessment.rule.name,
        "rulebook_digest": assessment.rule.digest,
        "status": assessment.rule.status.value,
        "local_copy": bool(assessment.rule.shipped_digest),
        "known_on": assessment.known_on.isoformat(),
        "sheet_digest": assessment.sheet_digest,
        "beside": result["beside"],
        "unconfirmed": [_unconfirmed_record(item) for item in unconfirmed(assessment)],
        "parameters": assessment.parameters,
        "findings": [dict(finding) for finding in assessment.findings],
    }


def standing(rule: Rulebook) -> str:
    """Return how a rule stands, for people: its status, and whether it is a local copy that is not what ships."""
    status = told(f"result.status.{rule.status.value}")
    return f"{status}\n{told('result.local-copy')}" if rule.shipped_digest else status


def print_result(assessment: Assessment) -> None:
    """Print an assessment as a person reads it: the number first, then what it rests on."""
    study, rule, result = assessment.study, assessment.rule, assessment.result
    declared = rule.functional_unit or study.declared_unit
    lang = language()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(study.title.say(lang))}[/bold]")
    console.print(f"[bold green]{result['declared']} {result['unit']}[/bold green]\n")
    console.print(told("result.rule", rule=f"{rule.name}  {rule.title.say(lang)}"))
    console.print(standing(rule))
    console.print(told("result.unit", name=declared.name.say(lang)))
    console.print(told("result.boundary", name=declared.boundary.say(lang)))
    known = {"start": study.start, "end": study.end, "known_on": assessment.known_on}
    console.print(told("result.known", **known))
    console.print(_stage_table(assessment))
    for line in _besides(assessment):
        console.print(line)


def _stage_table(assessment: Assessment) -> Table:
    lang = language()
    result = assessment.result
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(told("result.stage"))
    table.add_column(result["unit"], justify="right")
    table.add_column(told("result.share"), justify="right")
    whole = _fraction(result["value"])
    for name, figures in result["stages"].items():
        value = _fraction(figures["total"])
        table.add_row(assessment.rule.stages[name].say(lang), short(value), _percent(value, whole))
    table.add_row(told("result.total"), short(whole), _percent(whole, whole), style="bold")
    return table


def _besides(assessment: Assessment) -> list[str]:
    result = assessment.result
    lang = language()
    lines = []
    if result["interval"]["low"] != result["interval"]["high"]:
        low, high = (short(_fraction(result["interval"][end])) for end in ("low", "high"))
        lines.append(told("result.interval", low=low, high=high, unit=result["unit"]))
    for item in assessment.sheet.record["alternatives"]:
        value = short(_fraction(result["alternatives"][item["id"]]))
        lines.append("  " + told(f"result.alternative.{item['kind']}", name=item["info"]["name"][lang], value=value))
    for item in assessment.sheet.record["beside"]:
        value, unit = short(_fraction(result["beside"][item["id"]])), item["unit"].removeprefix("1")
        lines.append("  " + told("result.beside", name=item["info"]["name"][lang], value=value, unit=unit).rstrip())
    lines.append(told("result.inputs", **shares(assessment)))
    lines.append(told("result.unconfirmed", **_unconfirmed_counts(assessment)))
    lines += [told(f"finding.{item['code']}", **item) for item in assessment.findings]
    lines.append(told("result.digest", digest=assessment.sheet_digest))
    return lines


def shares(assessment: Assessment) -> dict[str, str]:
    """Return how many terms there are, and the shares of one-number and of weak factors in their absolute sum."""
    terms = {item["id"]: item for item in assessment.sheet.record["terms"]}
    sizes = {name: abs(_fraction(value)) for name, value in assessment.result["terms"].items()}
    whole = sum(sizes.values()) or Fraction(1)
    plain = undifferentiated(assessment)
    solved = sum(sizes[name] for name, item in terms.items() if item["info"].get("intensities"))
    weak = sum(sizes[name] for name, item in terms.items() if item["info"].get("confidence") in WEAK)
    return {
        "terms": str(len(terms)),
        "undifferentiated": _percent(plain or Fraction(0), Fraction(1)),
        "weak": _percent(Fraction(weak), whole),
        "background": _percent(Fraction(solved), whole),
    }


def _unconfirmed_record(item: Unconfirmed) -> dict[str, str | None]:
    share = None if item.share is None else exactly(item.share)
    return {"kind": item.kind.value, "id": item.id, "confidence": item.confidence, "share": share}


def _unconfirmed_counts(assessment: Assessment) -> dict[str, str]:
    """Return how many things of each kind were not read in an official text."""
    counts = Counter(item.kind for item in unconfirmed(assessment))
    return {kind.value: str(counts[kind]) for kind in Source}


def exactly(value: Fraction) -> str:
    """Return a figure as exact text, for programs."""
    return exact.write((value.numerator, value.denominator))


def percent(share: str) -> str:
    """Return a share given as exact text as a percentage."""
    return _percent(_fraction(share), Fraction(1))


def _fraction(text: str) -> Fraction:
    return Fraction(*exact.read(text))


def short(value: Fraction) -> str:
    """Return a figure to six significant digits, for people."""
    return exact.round_significant((value.numerator, value.denominator), 6)


def _percent(part: Fraction, whole: Fraction) -> str:
    if whole == 0:
        return "–"
    ratio = part / whole * 1000
    return f"{round(ratio) / 10:.1f} %"
