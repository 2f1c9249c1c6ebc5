"""`footproof recompute`: evaluate a package again, anywhere, with nothing but the package."""

from pathlib import Path

import click

from footproof.cli.language import language, told
from footproof.cli.options import json_option, read_file
from footproof.cli.output import percent, print_json
from footproof.errors import FootproofError
from footproof.package import MOST_BYTES, Recomputation, open_package
from footproof.package import recompute as recompute_package
from footproof.texts import describe

EXAMPLE = "\b\n    footproof recompute cement.footproof"


@click.command(help=f"{told('recompute.help')}\n\n{EXAMPLE}")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def recompute(file: Path, as_json: bool) -> int:
    """Print whether a package states what its sheet gives."""
    data = read_file(file, MOST_BYTES)
    try:
        outcome = recompute_package(open_package(data))
    except FootproofError as problem:
        if not as_json:
            raise
        print_json(_refused(problem))
        return 1
    if as_json:
        print_json(_record(outcome))
    elif outcome.ok:
        click.echo(
            told("recompute.same", declared=outcome.declared, unit=outcome.unit, terms=outcome.terms)
            + "\n"
            + told("recompute.scope")
            + "\n"
            + told("recompute.background", share=percent(outcome.background))
            + "\n"
            + told("seal.digest", digest=outcome.package_digest)
        )
    else:
        click.echo(told("recompute.differs", differs=", ".join(outcome.differs)))
    return 0 if outcome.ok else 1


def _record(outcome: Recomputation) -> dict[str, object]:
    return {
        "ok": outcome.ok,
        "value": outcome.value,
        "declared": outcome.declared,
        "unit": outcome.unit,
        "package_digest": outcome.package_digest,
        "differs": list(outcome.differs),
        "terms": outcome.terms,
        "scope": "all terms",
        "background_share": outcome.background,
    }


def _refused(problem: FootproofError) -> dict[str, object]:
    message, _ = describe(problem, language())
    where = str(problem.where) if problem.where else None
    error = {"code": problem.code, "message": message, "where": where}
    return {"ok": False, "value": None, "unit": None, "package_digest": None, "differs": [], "error": error}
