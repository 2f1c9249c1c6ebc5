"""`footproof report`: the study report in zh or en, as HTML, PDF or DOCX."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from footproof.assess import Assessment
from footproof.canonical import digest
from footproof.cli.chain import assess_folder
from footproof.cli.language import language, told
from footproof.cli.options import json_option, known_on_option, read_day, rulebook_option
from footproof.cli.output import print_json, write_output
from footproof.errors import FootproofError
from footproof.interpret.lens import Case
from footproof.interpret.lens import compare as explain
from footproof.interpret.limits import judge
from footproof.interpret.uncertainty import LEAST_SAMPLES, RISK, Sampled, sampled, tornado
from footproof.report import (
    Extras,
    LimitDecision,
    comparison_of,
    compose,
    limit_of,
    ranges_of,
    render_docx,
    render_html,
    render_pdf,
    report_record,
    uncertainty_of,
)
from footproof.report.blocks import Report
from footproof.rules.limits import load_limit
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
@click.option("--limit", metavar="ID", help=told("option.report-limit"))
@click.option("--on", "judged_on", metavar="DATE", help=told("option.report-judged-on"))
@click.option(
    "--samples", type=click.IntRange(max=MOST), default=SAMPLES, show_default=True, help=told("option.samples")
)
@click.option("--seed", type=int, default=1, show_default=True, help=told("option.seed"))
@click.option("--public", is_flag=True, help=told("option.public"))
@json_option
def report(study: Path, rulebook: str, known_on: str | None, as_json: bool, **asked: Any) -> None:
    """Write the report of a study."""
    output: Path = asked["output"]
    _check_samples(asked["samples"])
    write = WRITERS[asked["form"] or _form_of(output)]
    assessment, _ = assess_folder(study, rulebook, known_on, dated=False)
    record = report_record(assessment, public=asked["public"])
    extras = _extras(assessment, asked)
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
                "local_copy": record.rule.local_copy,
            }
        )
        return
    click.echo(told("report.done", path=output))
    click.echo(told("report.digest", digest=record.sheet_digest))
    click.echo(told("report.status", status=record.rule.status.value))
    if record.rule.local_copy:
        click.echo(told("result.local-copy"))


def _extras(assessment: Assessment, asked: Mapping[str, Any]) -> Extras:
    """Return sensitivity and uncertainty, and comparison and decision where another rule or a limit is named.

    Raises:
        FootproofError: E-CALL for a limit without samples; E-LIMIT-*.
    """
    comparison = None
    if asked["other"] is not None:
        rules = assessment.rule, load_rulebook(asked["other"])
        sides = [Case(assessment.study, rule, assessment.known_on) for rule in rules]
        comparison = comparison_of(explain(sides[0], sides[1], shipped()))
    if not asked["samples"]:
        if asked["limit"] is not None:
            raise FootproofError("E-CALL", reason=told("report.limit-samples"))
        return Extras(comparison)
    found = sampled(assessment, asked["samples"], asked["seed"])
    decision = _decision(assessment, found, asked["limit"], asked["judged_on"])
    return Extras(comparison, uncertainty_of(found), ranges_of(tornado(assessment)), decision)


def _decision(assessment: Assessment, found: Sampled, limit: str | None, judged_on: str | None) -> LimitDecision | None:
    if limit is None:
        if judged_on is not None:
            raise FootproofError("E-CALL", reason=told("sensitivity.on-limit"))
        return None
    day = assessment.known_on if judged_on is None else read_day(judged_on)
    return limit_of(judge(assessment, load_limit(limit), found, day, RISK))


def _check_samples(samples: int) -> None:
    """Refuse a number of samples that makes no distribution.

    Raises:
        FootproofError: E-CALL.
    """
    if samples and samples < LEAST_SAMPLES:
        said = {"least": LEAST_SAMPLES, "most": MOST, "found": samples}
        raise FootproofError("E-CALL", reason=told("report.samples", **said))


def _form_of(path: Path) -> str:
    """Return the format that a file's suffix names.

    Raises:
        FootproofError: E-CALL.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in WRITERS:
        raise FootproofError("E-CALL", reason=told("report.format", name=path.name))
    return form
