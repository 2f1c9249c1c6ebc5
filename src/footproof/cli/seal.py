"""`footproof seal`: compute, and write the package that anyone can recompute."""

from pathlib import Path

import click

from footproof.cli.chain import assess_folder, seal_assessment
from footproof.cli.language import told
from footproof.cli.options import json_option, known_on_option, rulebook_option
from footproof.cli.output import print_json, write_output
from footproof.package import open_package

EXAMPLE = "\b\n    footproof seal examples/portland-cement --rulebook cn.gbt.24067 -o cement.footproof"


@click.command(help=f"{told('seal.help')}\n\n{EXAMPLE}")
@click.argument("study", type=click.Path(path_type=Path))
@rulebook_option
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=told("option.output")
)
@known_on_option
@json_option
def seal(study: Path, rulebook: str, output: Path, known_on: str | None, as_json: bool) -> None:
    """Write the sealed package of a study and print its digest."""
    assessment, files = assess_folder(study, rulebook, known_on, dated=True)
    data = seal_assessment(assessment, files, rulebook)
    write_output(output, data)
    digest = open_package(data).digest
    if as_json:
        result = assessment.result
        print_json(
            {
                "package": str(output),
                "package_digest": digest,
                "value": result["value"],
                "declared": result["declared"],
                "unit": result["unit"],
                "sheet_digest": assessment.sheet_digest,
            }
        )
    else:
        click.echo(told("seal.done", path=output))
        click.echo(told("seal.digest", digest=digest))
