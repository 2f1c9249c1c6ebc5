"""`footproof report`: the study report in zh or en, as HTML, PDF or DOCX."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from footproof.assess import Assessment
from footproof.canonical import digest
from footproof.cli.chain import assess_folder
from footproof.cli.language import language, told
from footproof.cli.options import json_option, known_on_option, rulebook_option
from footproof.cli.output import print_json, write_output
from footproof.errors import FootproofError
from footproof.interpret.lens import Case
from footproof.interpret.lens import compare as explain
from footproof.interpret.uncertainty import sampled, tornado
from footproof.report import (
    Extras,
    comparison_of,
    compose,
    ranges_of,
    render_docx,
    render_html,
    render_pdf,
    report_record,
    uncertainty_of,
)
from footproof.report.blocks import Report
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.texts import LANGUAGES

EXAMPLE = "\b\n    footproof report examples/portland-cement --rulebook cn.gbt.24067 --lang zh -o cement.pdf"
SAMPLES, MOST = 2000, 100_000
WRITERS: Mapping[str, Callable[[Report], bytes]] = {"html": render_html, "pdf": render_pdf, "docx": render_docx}


@click.command(help=f"{told('report.help')}\n\n{EXAMPLE}")
@click.argument("study", type=click.Path(path_type=Path))
@rulebook_option
@click.option("--lang", type=click.Choice(LANGUAGES), help=told("option.lang"))
@click.option("--format", "form", type=click.Choice(list(WRITERS)), help=told("option.report-format"))
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=told("option.output")
)
@known_on_option
@click.option("--compare", "other", metavar="ID[@EDITION]", help=told("option.compare"))
@click.option(
    "--samples", type=click.IntRange(0, MOST), default=SAMPLES, show_default=True, help=told("option.samples")
)
@click.option("--seed", type=int, default=1, show_default=True, help=told("option.seed"))
@click.option("--public", is_flag=True, help=told("option.public"))
@json_option
def report(study: Path, rulebook: str, known_on: str | None, as_json: bool, **asked: Any) -> None:
    """Write the report of a study."""
    output: Path = asked["output"]
    write = WRITERS[asked["form"] or _form_of(output)]
    assessment, _ = assess_folder(study, rulebook, known_on, dated=False)
    record = report_record(assessment, public=asked["public"])
    extras = _extras(assessment, asked["other"], asked["samples"], asked["seed"])
    data = write(compose(record, asked["lang"] or language(), extras))
    write_output(output, data)
    if as_json:
        print_json(
            {
                "path": str(output),
                "digest": digest(data),
                "sheet_digest": record.sheet_digest,
                "value": assessment.result["value"],
                "declared": record.declared,
                "unit": record.unit,
                "rulebook": record.rule.name,
                "status": record.rule.status.value,
            }
        )
        return
    click.echo(told("report.done", path=output))
    click.echo(told("report.digest", digest=record.sheet_digest))
    click.echo(told("report.status", status=record.rule.status.value))


def _extras(assessment: Assessment, other: str | None, samples: int, seed: int) -> Extras:
    """Return sensitivity and uncertainty, and the comparison where another rule is named."""
    comparison = None
    if other is not None:
        sides = [Case(assessment.study, rule, assessment.known_on) for rule in (assessment.rule, load_rulebook(other))]
        comparison = comparison_of(explain(sides[0], sides[1], shipped()))
    if not samples:
        return Extras(comparison)
    return Extras(comparison, uncertainty_of(sampled(assessment, samples, seed)), ranges_of(tornado(assessment)))


def _form_of(path: Path) -> str:
    """Return the format that a file's suffix names.

    Raises:
        FootproofError: E-CALL.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in WRITERS:
        raise FootproofError("E-CALL", reason=told("report.format", name=path.name))
    return form
