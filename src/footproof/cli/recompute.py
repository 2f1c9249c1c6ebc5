"""`footproof recompute`: evaluate a package again, anywhere, with nothing but the package."""

from collections.abc import Iterator
from pathlib import Path

import click

from footproof.cli.language import language, told
from footproof.cli.options import json_option, read_file
from footproof.cli.output import percent, print_json
from footproof.errors import FootproofError
from footproof.package import MOST_BYTES, Extent, Recomputation, open_package
from footproof.package import recompute as recompute_package
from footproof.texts import describe

PARTIAL = 3
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
    elif outcome.differs:
        click.echo(told("recompute.differs", differs=", ".join(outcome.differs)))
    else:
        click.echo("\n".join(_said(outcome)))
    return _exit_code(outcome)


def _exit_code(outcome: Recomputation) -> int:
    """Return 0 where all terms were recomputed, 1 where something differs, 3 where terms are withheld."""
    if outcome.ok:
        return 0
    return PARTIAL if outcome.agrees else 1


def _said(outcome: Recomputation) -> Iterator[str]:
    """Yield the lines for people where nothing speaks against the value."""
    if outcome.extent is Extent.ALL_TERMS:
        yield told("recompute.same", declared=outcome.declared, unit=outcome.unit, terms=outcome.terms)
        yield told("recompute.scope")
        yield told("recompute.background", share=percent(outcome.background))
    else:
        key = "subtotals" if outcome.extent is Extent.SUBTOTALS else "sealed"
        yield told(f"recompute.{key}", declared=outcome.declared, unit=outcome.unit)
    if outcome.withheld:
        yield told("recompute.withheld", lines=outcome.withheld)
    if outcome.reader:
        yield told("recompute.reader", reader=outcome.reader)
    yield told("seal.digest", digest=outcome.package_digest)


def _record(outcome: Recomputation) -> dict[str, object]:
    reader = {"for": outcome.reader} if outcome.reader else {}
    return {
        **reader,
        "ok": outcome.ok,
        "value": outcome.value,
        "declared": outcome.declared,
        "unit": outcome.unit,
        "package_digest": outcome.package_digest,
        "differs": list(outcome.differs),
        "terms": outcome.terms,
        "scope": outcome.extent.value,
        "agrees": outcome.agrees,
        "withheld": outcome.withheld,
        "background_share": outcome.background,
    }


def _refused(problem: FootproofError) -> dict[str, object]:
    message, _ = describe(problem, language())
    where = str(problem.where) if problem.where else None
    error = {"code": problem.code, "message": message, "where": where}
    return {"ok": False, "value": None, "unit": None, "package_digest": None, "differs": [], "error": error}
