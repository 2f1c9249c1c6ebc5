"""How `footproof rulebook` speaks to people."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.markup import escape

from footproof.cli.clauses import value_lines
from footproof.cli.language import language, told
from footproof.cli.output import standing
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.interpret.clauses import ClauseResult
from footproof.model.rulebook import Clause, Rulebook
from footproof.rules.cases import CaseResult
from footproof.rules.diff import Change, Detail
from footproof.rules.explain import Carrier, Explained
from footproof.rules.lint import Finding
from footproof.texts import catalogue, describe

LONGEST = 160


def console() -> Console:
    """Return where it is printed."""
    return Console(highlight=False, soft_wrap=True)


def print_findings(name: str, findings: Sequence[Finding]) -> None:
    """Print what is wrong: code, place, clause, what to do.

    Args:
        name: Edition as it was asked for.
        findings: In the order of files and lines.
    """
    out = console()
    for item in findings:
        message, advice = describe(item.problem, language())
        clause = told("rulebook.clause", id=item.clause) if item.clause else ""
        out.print(f"[bold red]{escape(message)}[/bold red]")
        out.print(f"  {escape(str(item.problem.where or ''))}  {escape(clause)}")
        out.print(f"  [dim]{escape(advice)}  ({item.code})[/dim]")
    key = "rulebook.lint.bad" if findings else "rulebook.lint.good"
    out.print(escape(told(key, name=name, count=len(findings))))


def print_cases(rule: Rulebook, results: Sequence[CaseResult]) -> None:
    """Print the examples that were tried, those that do not hold with what they give."""
    out = console()
    for item in results:
        mark = "[green]✓[/green]" if item.holds else "[bold red]✗[/bold red]"
        out.print(f"{mark} {escape(item.clause or '–')}  {escape(item.subject)}: {escape(item.name)}")
        if not item.holds:
            found = describe(item.problem, language())[0] if item.problem else item.found
            out.print("    " + escape(told("rulebook.test.differs", expected=item.expected, found=found)))
            out.print(f"    [dim]{escape(str(item.place))}[/dim]")
    failed = sum(not item.holds for item in results)
    out.print(escape(told("rulebook.test.done", name=rule.name, count=len(results), failed=failed)))


def print_explained(
    rule: Rulebook, clauses: Sequence[Explained], unit: str, answers: Mapping[str, ClauseResult]
) -> None:
    """Print an edition clause by clause.

    Args:
        rule: Edition.
        clauses: Its clauses.
        unit: Of the result of the study, or empty without one.
        answers: What the study shows of each clause, by its id; empty without one.
    """
    out = console()
    lang = language()
    out.print(f"[bold]{escape(rule.name)}[/bold]  {escape(rule.title.say(lang))}")
    out.print(escape(standing(rule)) + "\n")
    for item in clauses:
        clause = item.clause
        kind = told(f"rulebook.kind.{clause.kind.value}")
        severity = told(f"rulebook.severity.{clause.severity}")
        out.print(
            f"[bold]{escape(clause.id)}[/bold]  {escape(kind)} · {escape(severity)}  [dim]{_follows(clause)}[/dim]"
        )
        out.print(f"    {escape(clause.text.say(lang))}")
        for key, text in (("check", clause.check), ("needs", ", ".join(clause.needs))):
            if text:
                out.print(f"    {escape(told(f'rulebook.explain.{key}'))} {escape(text)}")
        for line in _answer(answers.get(clause.id)):
            out.print(f"    [green]{escape(line)}[/green]")
        for carrier in item.carriers:
            out.print(f"    {_carrier(carrier)}")
        if item.total:
            out.print(
                "    " + escape(told("rulebook.explain.terms", count=item.terms, total=brief(item.total), unit=unit))
            )
        out.print()


def _answer(answer: ClauseResult | None) -> list[str]:
    return [told(f"clauses.{answer.outcome.value}"), *value_lines(answer)] if answer else []


def _follows(clause: Clause) -> str:
    return escape(f"{clause.refers_to} ({told(f'rulebook.confidence.{clause.confidence}')})")


def _carrier(item: Carrier) -> str:
    name = item.name.say(language()) if item.name else ""
    head = " ".join(part for part in (told(f"rulebook.part.{item.part}"), item.id, name) if part)
    value = f" = [green]{escape(brief(item.value))} {escape(item.unit)}[/green]" if item.value else ""
    text = f"  [dim]{escape(_short(item.text))}[/dim]" if item.text else ""
    return f"{escape(head)}{value}{text}"


def print_diff(names: tuple[str, str], changes: Sequence[Change], effects: Sequence[Mapping[str, Any]]) -> None:
    """Print what differs between two editions, and what it does to some studies.

    Args:
        names: What the editions are called.
        changes: What differs.
        effects: Footprints of studies under both.
    """
    out = console()
    out.print(f"[bold]{escape(names[0])} → {escape(names[1])}[/bold]")
    for item in changes:
        _print_change(out, item)
    if not changes:
        out.print(escape(told("rulebook.diff.none")))
    for effect in effects:
        out.print(escape(told("rulebook.diff.effect", study=effect["study"])))
        for name, key in zip(names, ("a", "b"), strict=True):
            side = effect[key]
            shown = side["error"]["message"] if "error" in side else f"{side['declared']} {side['unit']}"
            code = f" ({side['error']['code']})" if "error" in side else ""
            out.print(f"  {escape(name)}: {escape(shown)}{code}")
        if effect["difference"] is not None:
            shown = f"{brief(effect['difference'])} {effect['unit']}"
            out.print("  " + escape(told("rulebook.diff.difference", value=shown)))


def _print_change(out: Console, item: Change) -> None:
    part = told(f"rulebook.part.{item.part}")
    lead = f"{item.clause}: " if item.clause else ""
    style = {"added": "green", "removed": "red", "changed": "yellow"}[item.kind]
    if item.kind != "changed":
        words = told(f"rulebook.diff.{item.kind}", part=part, id=item.id)
        out.print(f"[{style}]{escape(lead + words)}[/{style}]")
        return
    for detail in _in_language(item):
        words = told("rulebook.diff.changed", key=_key(item, detail), part=part, id=item.id)
        out.print(f"[{style}]{escape(lead + words)}[/{style}]")
        out.print(f"    {escape(_said(detail.before))} → {escape(_said(detail.after))}")


def _in_language(item: Change) -> list[Detail]:
    """Return what changed, a wording once: in the reader's language where it changed in both."""
    keys = {detail.key for detail in item.details}
    lang = language()
    other = "en" if lang == "zh" else "zh"
    doubled = {key for key in keys if key.endswith(f" {other}") and f"{key[:-2]}{lang}" in keys}
    return [
        replace(detail, key=detail.key.removesuffix(f" {lang}")) for detail in item.details if detail.key not in doubled
    ]


def _key(item: Change, detail: Detail) -> str:
    """Return what a detail is called: the default of an axis is the option that counts."""
    known = catalogue("cli")
    for key in (f"rulebook.key.{item.part}-{detail.key}", f"rulebook.key.{detail.key}"):
        if key in known:
            return known[key][language()]
    word, _, rest = detail.key.partition(" ")
    record = known.get(f"rulebook.key.{word}")
    return f"{record[language()]} {rest}" if record else detail.key


def brief(text: str) -> str:
    """Return exact text as a person reads it: numbers to six significant digits."""
    try:
        value = Fraction(*exact.read(text))
    except FootproofError:  # a word or a truth value
        return text
    return exact.round_significant((value.numerator, value.denominator), 6)


def _said(text: str) -> str:
    return told(f"rulebook.value.{text}") if text in ("yes", "no") else _short(text) or "–"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
