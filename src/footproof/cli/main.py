"""The group of commands, and how an error is told."""

import json
import os
import sys
from collections.abc import Sequence

import click

from footproof import __version__
from footproof.cli.check import check
from footproof.cli.clauses import clauses
from footproof.cli.compare import compare
from footproof.cli.db import db
from footproof.cli.demo import demo
from footproof.cli.language import language, told
from footproof.cli.log import log
from footproof.cli.pact import pact
from footproof.cli.parameter import parameter
from footproof.cli.quantify import quantify
from footproof.cli.recompute import recompute
from footproof.cli.report import report
from footproof.cli.rulebook import rulebook
from footproof.cli.seal import seal
from footproof.cli.sensitivity import sensitivity
from footproof.cli.serve import serve
from footproof.cli.workbook import workbook
from footproof.errors import FootproofError
from footproof.texts import describe

BAD_CALLS = frozenset(
    {
        "E-CALL",
        "E-COMPARE-SIDES",
        "E-DATE",
        "E-DB-EXISTS",
        "E-DB-NAME",
        "E-DB-NAME-FORM",
        "E-FILE-READ",
        "E-PARAM-UNKNOWN",
        "E-PORT",
        "E-RULE-UNKNOWN",
        "E-SAMPLES",
        "E-STUDY-FOLDER",
        "E-STUDY-KNOWN-ON",
        "E-WORKSPACE",
        "E-WORKSPACE-EXISTS",
        "E-WORKBOOK-TARGET-FOLDER",
    }
)


PLACED_CALLS = frozenset({"E-STUDY-FOLDER", "E-WORKBOOK-TARGET-FOLDER", "E-WORKSPACE", "E-WORKSPACE-EXISTS"})


@click.group(help=told("group.help"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="footproof")
def footproof() -> None:
    """Hold the commands together; its help comes from the texts."""


for command in (
    check,
    clauses,
    compare,
    db,
    demo,
    log,
    pact,
    parameter,
    quantify,
    recompute,
    report,
    rulebook,
    seal,
    sensitivity,
    serve,
    workbook,
):
    footproof.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; exit 0, 1 for a negative answer or bad content, 2 for a bad call."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        outcome = footproof.main(given, prog_name="footproof", standalone_mode=False)
        code = outcome if isinstance(outcome, int) else 0
    except FootproofError as problem:
        code = tell(problem, as_json="--json" in given)
    except click.exceptions.Abort:
        code = 130
    except click.exceptions.NoArgsIsHelpError as problem:
        click.echo(problem.format_message(), err=True)
        code = 2
    except click.ClickException as problem:
        code = tell(FootproofError("E-CALL", reason=problem.format_message()), as_json="--json" in given)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except (MemoryError, RecursionError, OSError) as problem:
        code = tell(
            FootproofError("E-SYSTEM", reason=f"{type(problem).__name__}: {problem}"[:200]), as_json="--json" in given
        )
    sys.exit(code)


def tell(problem: FootproofError, *, as_json: bool) -> int:
    """Print an error for people on stderr, and for programs on stdout; return the exit code."""
    message, advice = describe(problem, language())
    labels = {key: told(f"error.{key}") for key in ("head", "where", "try", "code")}
    width = max(len(labels[key]) for key in ("where", "try", "code"))
    blank = "" if labels["head"].endswith("：") else " "
    lines = [f"{labels['head']}{blank}{message}"]
    if problem.where is not None:
        lines.append(f"  {labels['where']:<{width}}  {problem.where}")
    lines.append(f"  {labels['try']:<{width}}  {advice}")
    lines.append(f"  {labels['code']:<{width}}  {problem.code}")
    click.echo("\n".join(lines), err=True)
    if as_json:
        where = str(problem.where) if problem.where else None
        click.echo(
            json.dumps({"error": {"code": problem.code, "message": message, "where": where}}, ensure_ascii=False)
        )
    return 2 if problem.code in BAD_CALLS and (problem.where is None or problem.code in PLACED_CALLS) else 1
