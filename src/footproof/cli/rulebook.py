"""`footproof rulebook`: how an edition of a rule is written, tried, read, compared and sealed."""

from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from footproof.assess import Assessment
from footproof.cli.chain import assess_folder
from footproof.cli.clauses import exact_values
from footproof.cli.language import language, told
from footproof.cli.options import json_option, known_on_option
from footproof.cli.output import print_json, write_output
from footproof.cli.rulebook_show import (
    print_cases,
    print_diff,
    print_explained,
    print_findings,
)
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.interpret.clauses import ClauseResult, clause_report
from footproof.interpret.facts import FACTS
from footproof.rules.cases import CaseResult, tried_cases
from footproof.rules.diff import Change, diff
from footproof.rules.explain import Explained, StudyValues, explain
from footproof.rules.lint import Finding, lint
from footproof.rules.reading import LOCK
from footproof.rules.rulebook import edition_files, is_path, load_rulebook, parents_of
from footproof.rules.seal import sealed
from footproof.texts import describe

NAME = "PATH|ID[@EDITION]"


@click.group(help=told("rulebook.help"))
def rulebook() -> None:
    """Hold the commands together; its help comes from the texts."""


@rulebook.command("lint", help=f"{told('rulebook.lint.help')}\n\n\b\n    footproof rulebook lint ./my-rule/2026")
@click.argument("name", metavar=NAME)
@json_option
def lint_command(name: str, as_json: bool) -> int:
    """Print everything that is wrong with an edition."""
    findings = lint(edition_files(name), parents_of(name), _facts())
    if as_json:
        print_json({"rulebook": name, "ok": not findings, "findings": [_finding(item) for item in findings]})
    else:
        print_findings(name, findings)
    return 1 if findings else 0


@rulebook.command("test", help=f"{told('rulebook.test.help')}\n\n\b\n    footproof rulebook test cn.gbt.24067")
@click.argument("name", metavar=NAME)
@json_option
def test_command(name: str, as_json: bool) -> int:
    """Run the worked examples of an edition."""
    rule = load_rulebook(name)
    results = tried_cases(rule)
    failed = sum(not item.holds for item in results)
    if as_json:
        print_json({"rulebook": rule.name, "ok": not failed, "cases": [_case(item) for item in results]})
    else:
        print_cases(rule, results)
    return 1 if failed else 0


@rulebook.command(
    "explain",
    help=f"{told('rulebook.explain.help')}\n\n\b\n    footproof rulebook explain cn.gbt.24067 examples/nmc811-pack",
)
@click.argument("name", metavar=NAME)
@click.argument("study", type=click.Path(path_type=Path), required=False)
@known_on_option
@json_option
def explain_command(name: str, study: Path | None, known_on: str | None, as_json: bool) -> None:
    """Walk an edition clause by clause, with the values of a study."""
    assessment = assess_folder(study, name, known_on, dated=False)[0] if study else None
    rule = assessment.rule if assessment else load_rulebook(name)
    unit = assessment.result["unit"] if assessment else ""
    explained = explain(rule, study_values(assessment) if assessment else None)
    answers = {item.clause.id: item for item in clause_report(assessment)} if assessment else {}
    if as_json:
        clauses = [_explained(item, unit, answers.get(item.clause.id)) for item in explained]
        print_json(
            {
                "rulebook": rule.name,
                "status": rule.status.value,
                "local_copy": bool(rule.shipped_digest),
                "unit": unit,
                "clauses": clauses,
            }
        )
    else:
        print_explained(rule, explained, unit, answers)


@rulebook.command(
    "diff",
    help=f"{told('rulebook.diff.help')}\n\n\b\n    footproof rulebook diff ./rule/2025 ./rule/2026 --study my-study",
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--study", "studies", type=click.Path(path_type=Path), multiple=True, help=told("rulebook.diff.study"))
@known_on_option
@json_option
def diff_command(first: str, second: str, studies: tuple[Path, ...], known_on: str | None, as_json: bool) -> None:
    """Say what differs between two editions, and what that does to some studies."""
    before, after = load_rulebook(first), load_rulebook(second)
    changes = diff(before, after)
    effects = [_effect(study, first, second, known_on) for study in studies]
    if as_json:
        print_json(
            {
                "a": before.name,
                "b": after.name,
                "same_digest": before.digest == after.digest,
                "changes": [_change(item) for item in changes],
                "effects": effects,
            }
        )
    else:
        names = (before.name, after.name) if before.name != after.name else (first, second)
        print_diff(names, changes, effects)


@rulebook.command("seal", help=f"{told('rulebook.seal.help')}\n\n\b\n    footproof rulebook seal ./my-rule/2026")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@json_option
def seal_command(folder: Path, as_json: bool) -> None:
    """Write the lock of an edition in which nothing is wrong."""
    name = str(folder) if is_path(str(folder)) else f"./{folder}"
    rule, lock = sealed(edition_files(name), parents_of(name), _facts())
    path = folder / LOCK
    if not path.exists():
        write_output(path, lock)
    if as_json:
        print_json({"rulebook": rule.name, "digest": rule.digest, "lock": str(path)})
    else:
        click.echo(told("rulebook.seal.done", name=rule.name, digest=rule.digest, path=path))


def study_values(assessment: Assessment) -> StudyValues:
    """Return what a study gives: values of the nodes, and terms by clause with their exact sum."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    counts: dict[str, int] = defaultdict(int)
    for term in assessment.sheet.record["terms"]:
        clause = str(term["info"].get("clause", "")).rpartition(":")[2]
        if clause:
            counts[clause] += 1
            sums[clause] += Fraction(*exact.read(assessment.result["terms"][term["id"]]))
    terms = {name: (counts[name], _written(total)) for name, total in sums.items()}
    return StudyValues(assessment.result["nodes"], terms)


def _facts() -> dict[str, str]:
    return {name: fact.unit for name, fact in FACTS.items()}


def _finding(item: Finding) -> dict[str, Any]:
    message, advice = describe(item.problem, language())
    where = item.problem.where
    return {
        "code": item.code,
        "message": message,
        "try": advice,
        "file": where.file if where else None,
        "line": where.line if where else None,
        "field": where.field if where else None,
        "clause": item.clause or None,
    }


def _case(item: CaseResult) -> dict[str, Any]:
    return {
        "name": item.name,
        "subject": item.subject,
        "clause": item.clause or None,
        "expected": item.expected,
        "found": item.found or None,
        "ok": item.holds,
        "file": item.place.file,
        "line": item.place.line,
        "error": item.problem.code if item.problem else None,
    }


def _explained(item: Explained, unit: str, answer: ClauseResult | None) -> dict[str, Any]:
    clause = item.clause
    return {
        "id": clause.id,
        "kind": clause.kind.value,
        "severity": clause.severity,
        "refers_to": clause.refers_to,
        "confidence": clause.confidence,
        "text": {"zh": clause.text.zh, "en": clause.text.en},
        "check": clause.check or None,
        "needs": list(clause.needs),
        "outcome": answer.outcome.value if answer else None,
        "values": exact_values(answer) if answer else {},
        "carriers": [
            {
                "part": each.part,
                "id": each.id or None,
                "name": {"zh": each.name.zh, "en": each.name.en} if each.name else None,
                "text": each.text,
                "value": each.value or None,
                "unit": each.unit or None,
            }
            for each in item.carriers
        ],
        "terms": item.terms,
        "total": item.total or None,
        "unit": unit if item.total else None,
    }


def _change(item: Change) -> dict[str, Any]:
    return {
        "part": item.part,
        "id": item.id,
        "kind": item.kind,
        "clause": item.clause or None,
        "details": [{"key": each.key, "before": each.before, "after": each.after} for each in item.details],
    }


def _effect(study: Path, first: str, second: str, known_on: str | None) -> dict[str, Any]:
    """Return the footprint of a study under both editions, or what prevents it."""
    found: dict[str, Any] = {"study": str(study)}
    values: list[Fraction] = []
    units: list[str] = []
    for key, name in (("a", first), ("b", second)):
        try:
            result = assess_folder(study, name, known_on, dated=False)[0].result
        except FootproofError as problem:
            message = describe(problem, language())[0]
            found[key] = {"error": {"code": problem.code, "message": message}}
            continue
        found[key] = {"value": result["value"], "declared": result["declared"], "unit": result["unit"]}
        values.append(Fraction(*exact.read(result["value"])))
        units.append(result["unit"])
    comparable = len(values) == 2 and units[0] == units[1]
    found["difference"] = _written(values[1] - values[0]) if comparable else None
    found["unit"] = units[0] if comparable else None
    return found


def _written(value: Fraction) -> str:
    return exact.write((value.numerator, value.denominator))
