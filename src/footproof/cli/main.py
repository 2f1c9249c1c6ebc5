"""The group of commands, and how an error is told."""

import importlib
import json
import os
import re
import sys
from collections.abc import Sequence

import click

from footproof import __version__
from footproof.cli.language import language, told
from footproof.errors import FootproofError
from footproof.texts import describe

BAD_CALLS = frozenset(
    {
        "E-CALL",
        "E-CHECK-KIND",
        "E-CHECK-OFFLINE",
        "E-COMPARE-SIDES",
        "E-DATE",
        "E-DB-EXISTS",
        "E-DB-NAME",
        "E-DB-NAME-FORM",
        "E-FILE-READ",
        "E-LOG-POLICY",
        "E-MONITOR-KEY",
        "E-PARAM-UNKNOWN",
        "E-PORT",
        "E-RULE-UNKNOWN",
        "E-SAMPLES",
        "E-SCHEME-UNKNOWN",
        "E-SECRET-EXISTS",
        "E-SECRET-MISSING",
        "E-STUDY-FOLDER",
        "E-STUDY-KNOWN-ON",
        "E-UNTP-NO-KEY",
        "E-VERIFY-TARGET",
        "E-WITNESS",
        "E-WITNESS-EXISTS",
        "E-WORKSPACE",
        "E-WORKSPACE-EXISTS",
        "E-WORKBOOK-TARGET-FOLDER",
    }
)


PLACED_CALLS = frozenset(
    {
        "E-SECRET-EXISTS",
        "E-SECRET-MISSING",
        "E-STUDY-FOLDER",
        "E-WORKBOOK-TARGET-FOLDER",
        "E-WORKSPACE",
        "E-WORKSPACE-EXISTS",
    }
)


# The function of each command in the module of its name; read only when it is called, since numbers and documents
# take longer to load than most commands to run.
COMMANDS = {
    "account": "account",
    "batch": "batch",
    "check": "check",
    "clauses": "clauses",
    "compare": "compare",
    "db": "db",
    "demo": "demo",
    "disclose": "disclose",
    "jose": "jose_commands",
    "log": "log",
    "monitor": "monitor",
    "pact": "pact",
    "parameter": "parameter",
    "quantify": "quantify",
    "recompute": "recompute",
    "report": "report",
    "rulebook": "rulebook",
    "scheme": "scheme",
    "seal": "seal",
    "selective": "selective",
    "sensitivity": "sensitivity",
    "serve": "serve",
    "status": "status",
    "store": "store",
    "suppliers": "suppliers",
    "verify": "verify",
    "untp": "untp",
    "witness": "witness",
    "workbook": "workbook",
    "workspace": "workspace",
}


_FIRST = re.compile(r"[:.] |[：。]|\.$")
"""Where the first sentence of a help text ends, in either language."""


class Commands(click.Group):
    """The commands, each loaded when somebody asks for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in order."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None where there is none of the name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"footproof.cli.{cmd_name}")
        found: click.Command = getattr(module, COMMANDS[cmd_name])
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the texts alone."""
        rows = [(name, _FIRST.split(told(f"{name}.help"), maxsplit=1)[0]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=Commands, help=told("group.help"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="footproof")
def footproof() -> None:
    """Hold the commands together; its help comes from the texts."""


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
