"""`footproof scheme`: which certification schemes there are, what one asks, and whether one of your own makes sense."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from footproof.certify.scheme import activities_for, derived_type, lint, load_scheme
from footproof.certify.scheme_parts import VALID
from footproof.cli.language import language, told
from footproof.cli.options import json_option
from footproof.cli.output import print_json
from footproof.errors import FootproofError
from footproof.model.scheme import CaseKind, Figure, Scheme
from footproof.server.editions import Editions, editions
from footproof.server.workspace import open_workspace
from footproof.texts import describe

NAME = "PATH|ID@EDITION"
LABEL = "cn.cfp.label@CNCA-CFP-00-2025"
workspace_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), metavar="DIR", help=told("scheme.option.dir")
)


@click.group(help=told("scheme.help"))
def scheme() -> None:
    """Hold the commands together; its help comes from the texts."""


@scheme.command("list", help=f"{told('scheme.list.help')}\n\n\b\n    footproof scheme list")
@workspace_option
@json_option
def list_command(*, folder: Path | None, as_json: bool) -> None:
    """Print the schemes that ship, and those of a workspace that is named."""
    known = _known(folder)
    schemes = [known.scheme(name) for name in known.known]
    if as_json:
        print_json({"schemes": [_head(one) for one in schemes]})
        return
    out = Console(highlight=False, soft_wrap=True)
    for one in schemes:
        status = told(f"result.status.{one.status.value}")
        out.print(f"[bold]{escape(one.name)}[/bold]  {escape(one.title.say(language()))}  [dim]{escape(status)}[/dim]")


@scheme.command("show", help=f"{told('scheme.show.help')}\n\n\b\n    footproof scheme show {LABEL}")
@click.argument("name", metavar=NAME)
@click.option(
    "--kind", type=click.Choice([one.value for one in CaseKind]), default="initial", help=told("scheme.show.kind")
)
@workspace_option
@json_option
def show_command(name: str, kind: str, *, folder: Path | None, as_json: bool) -> None:
    """Print the activities of a scheme in order, its figures with their sources, and what could not be read."""
    known = _known(folder)
    one = known.scheme(name) if name in known.schemes else load_scheme(name)
    if as_json:
        print_json({**_head(one), "kind": kind, **_body(one, CaseKind(kind))})
    else:
        _print(one, CaseKind(kind))


@scheme.command("lint", help=f"{told('scheme.lint.help')}\n\n\b\n    footproof scheme lint ./my.scheme/2026")
@click.argument("name", metavar=NAME)
@json_option
def lint_command(name: str, as_json: bool) -> int:
    """Print everything that makes no sense in a scheme; exit 1 where there is something."""
    try:
        problems = lint(load_scheme(name))
    except FootproofError as problem:
        if problem.code in ("E-SCHEME-UNKNOWN", "E-FILE-READ"):
            raise
        problems = (problem,)
    if as_json:
        print_json({"scheme": name, "ok": not problems, "findings": [_finding(one) for one in problems]})
    else:
        _print_problems(name, problems)
    return 1 if problems else 0


def _known(folder: Path | None) -> Editions:
    return editions(open_workspace(folder).folder) if folder is not None else Editions({}, {})


def _head(one: Scheme) -> dict[str, Any]:
    return {
        "scheme": one.name,
        "digest": one.digest,
        "status": one.status.value,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "object": one.object.value,
        "category": one.category.value,
        "national": one.national,
        "filing_needed": one.filing_needed,
        "valid_months": one.valid_months,
        "type_17067": derived_type(one),
    }


def _body(one: Scheme, kind: CaseKind) -> dict[str, Any]:
    activities = [
        {
            "id": each.id,
            "function": each.function.value,
            "role": each.role,
            "needs": list(each.needs),
            "separate_from": list(each.separate_from),
        }
        for each in activities_for(one, kind)
    ]
    dates = one.validity
    return {
        "rulebooks": list(one.rulebooks),
        "validity": {name: str(getattr(dates, name) or "") for name in VALID} if dates is not None else None,
        "activities": activities,
        "figures": {name: _figure(figure) for name, figure in one.figures.items()},
        "gaps": {gap.id: {"zh": gap.text.zh, "en": gap.text.en} for gap in one.gaps},
    }


def _figure(figure: Figure) -> dict[str, str]:
    return {
        "value": str(figure.value),
        "unit": figure.unit,
        "source": figure.source,
        "confidence": figure.confidence.value,
    }


def _finding(problem: FootproofError) -> dict[str, str]:
    message, advice = describe(problem, language())
    return {"code": problem.code, "where": str(problem.where or ""), "message": message, "try": advice}


def _print(one: Scheme, kind: CaseKind) -> None:
    out, lang = Console(highlight=False, soft_wrap=True), language()
    out.print(f"[bold]{escape(one.name)}[/bold]  {escape(one.title.say(lang))}")
    out.print(escape(f"{told(f'result.status.{one.status.value}')}  {one.status_note.say(lang)}") + "\n")
    for number, each in enumerate(activities_for(one, kind), 1):
        role = one.roles[each.role].say(lang)
        out.print(escape(f"{number:>3}  {each.title.say(lang)}  ({role})"))
    table = Table(box=None, title=told("scheme.show.figures"), title_justify="left", padding=(0, 1))
    for figure in one.figures.values():
        confidence = told(f"rulebook.confidence.{figure.confidence.value}")
        table.add_row(figure.id, f"{figure.value} {figure.unit}", confidence, escape(figure.source))
    out.print("")
    out.print(table)
    out.print("\n" + escape(told("scheme.show.gaps")))
    for gap in one.gaps:
        out.print(f"  · {escape(gap.text.say(lang))}")


def _print_problems(name: str, problems: tuple[FootproofError, ...]) -> None:
    out = Console(highlight=False, soft_wrap=True)
    for problem in problems:
        message, advice = describe(problem, language())
        out.print(f"[bold red]{escape(message)}[/bold red]")
        out.print(f"  {escape(str(problem.where or ''))}")
        out.print(f"  [dim]{escape(advice)}  ({problem.code})[/dim]")
    key = "rulebook.lint.bad" if problems else "rulebook.lint.good"
    out.print(escape(told(key, name=name, count=len(problems))))
