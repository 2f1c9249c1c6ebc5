"""`footproof pact`: a footprint as a record of the PACT exchange format, with what is missing."""

import json
from pathlib import Path
from typing import Any

import click

from footproof.cli.chain import assess_folder
from footproof.cli.language import language, told
from footproof.cli.options import json_option, known_on_option, read_file, rulebook_option
from footproof.cli.output import print_json, write_output
from footproof.errors import FootproofError, Where
from footproof.interpret.pact import product_footprint

EXAMPLE = "\b\n    footproof pact examples/portland-cement --rulebook cn.cement -o cement.json"
MOST_GIVEN = 1_000_000


@click.command(help=f"{told('pact.help')}\n\n{EXAMPLE}")
@click.argument("study", type=click.Path(path_type=Path))
@rulebook_option
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=told("option.output")
)
@click.option("--given", type=click.Path(path_type=Path), metavar="FILE", help=told("pact.option.given"))
@known_on_option
@json_option
def pact(study: Path, rulebook: str, output: Path, as_json: bool, **asked: Any) -> int:
    """Write the record, and say what it lacks; exit 1 where a required field is missing."""
    assessment, _ = assess_folder(study, rulebook, asked["known_on"], dated=False)
    found = product_footprint(assessment, _given(asked["given"]))
    write_output(output, (json.dumps(found.record, ensure_ascii=False, indent=2) + "\n").encode("utf-8"))
    if as_json:
        missing = [{"field": item.id, "needed": item.needed.value, "by": item.by.value} for item in found.missing]
        print_json({"file": str(output), "complete": found.complete, "missing": missing})
    else:
        click.echo(told("pact.written", path=str(output)))
        for item in found.missing:
            needed = told(f"pact.needed.{item.needed.value}")
            click.echo(told("pact.missing", field=item.id, needed=needed, text=item.text.say(language())))
    return 0 if found.complete else 1


def _given(path: Path | None) -> dict[str, Any]:
    """Return what the issuer gives by field.

    Raises:
        FootproofError: E-FILE-READ, E-VIEW-GIVEN where it is no JSON object.
    """
    if path is None:
        return {}
    try:
        found = json.loads(read_file(path, MOST_GIVEN))
    except (ValueError, RecursionError) as problem:
        raise FootproofError("E-VIEW-GIVEN", Where(path.name), reason=str(problem)[:200]) from problem
    if not isinstance(found, dict):
        raise FootproofError("E-VIEW-GIVEN", Where(path.name), reason=type(found).__name__)
    return found
