"""`footproof quantify`: the footprint of a study under a rulebook."""

from pathlib import Path

import click

from footproof.cli.chain import assess_folder
from footproof.cli.language import told
from footproof.cli.options import json_option, known_on_option, rulebook_option
from footproof.cli.output import print_json, print_result, result_record

EXAMPLE = "\b\n    footproof quantify examples/nmc811-pack --rulebook cn.gbt.24067 --known-on 2025-12-01"


@click.command(help=f"{told('quantify.help')}\n\n{EXAMPLE}")
@click.argument("study", type=click.Path(path_type=Path))
@rulebook_option
@known_on_option
@json_option
def quantify(study: Path, rulebook: str, known_on: str | None, as_json: bool) -> None:
    """Print the footprint of a study."""
    assessment, _ = assess_folder(study, rulebook, known_on, dated=False)
    if as_json:
        print_json(result_record(assessment))
    else:
        print_result(assessment)
