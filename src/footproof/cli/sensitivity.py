"""`footproof sensitivity`: what moves a footprint, how uncertain it is, and what that allows to be said."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from footproof.assess import Assessment
from footproof.cli.chain import assess_folder
from footproof.cli.language import language, told
from footproof.cli.options import json_option, known_on_option, read_day, rulebook_option
from footproof.cli.output import print_json, standing
from footproof.errors import FootproofError
from footproof.interpret.inputs import Input
from footproof.interpret.limits import Judgement, judge, judge_number
from footproof.interpret.uncertainty import (
    MOST_UNVARIED,
    RISK,
    SHARES,
    Bar,
    Paired,
    Sampled,
    paired,
    sampled,
    tornado,
    variance_shares,
)
from footproof.interpret.words import chance
from footproof.rules.limits import load_limit

EXAMPLE = "\b\n    footproof sensitivity examples/nmc811-pack --rulebook cn.pcf.traction-battery --limit 0.18"
MOST_ROWS = 12
MOST_LIMIT = Decimal("1e30")


@click.command(help=f"{told('sensitivity.help')}\n\n{EXAMPLE}")
@click.argument("study", type=click.Path(path_type=Path))
@rulebook_option
@known_on_option
@click.option("--samples", type=int, default=10_000, show_default=True, help=told("sensitivity.option.samples"))
@click.option("--seed", type=int, default=1, show_default=True, help=told("sensitivity.option.seed"))
@click.option("--limit", metavar="NUMBER|ID", help=told("sensitivity.option.limit"))
@click.option("--on", metavar="DATE", help=told("sensitivity.option.on"))
@click.option("--risk", type=click.FloatRange(0.0001, 0.5), default=RISK, help=told("sensitivity.option.risk"))
@click.option("--against", type=click.Path(path_type=Path), metavar="STUDY", help=told("sensitivity.option.against"))
@json_option
def sensitivity(study: Path, rulebook: str, known_on: str | None, as_json: bool, **asked: Any) -> None:
    """Print tornado, percentiles, and decisions where they are asked for."""
    day = read_day(asked["on"]) if asked["on"] is not None else None
    if day is not None and not asked["limit"]:
        raise FootproofError("E-CALL", reason=told("sensitivity.on-limit"))
    assessment, _ = assess_folder(study, rulebook, known_on, dated=False)
    found = sampled(assessment, asked["samples"], asked["seed"])
    decision = _decision(assessment, found, asked["limit"], asked["risk"], day) if asked["limit"] else None
    pair = None
    if asked["against"] is not None:
        other, _ = assess_folder(asked["against"], rulebook, known_on, dated=False)
        pair = paired(assessment, other, asked["samples"], asked["seed"])
    bars = tornado(assessment)
    if as_json:
        print_json(sensitivity_record(assessment, found, bars, decision, pair))
    else:
        _print(assessment, found, bars, decision, pair)


def _decision(assessment: Assessment, found: Sampled, limit: str, risk: float, day: date | None) -> Judgement:
    """Return the decision against a bare number in the unit of the result, or against a limit that is known by name.

    Args:
        day: On which the limit must hold; None for the day whose publications counted.

    Raises:
        FootproofError: E-LIMIT-NUMBER, E-LIMIT-*, E-CALL for the day of a bare number.
    """
    try:
        number = Decimal(limit)
    except InvalidOperation:
        return judge(assessment, load_limit(limit), found, day or assessment.known_on, risk)
    if day is not None:
        raise FootproofError("E-CALL", reason=told("sensitivity.on-limit"))
    if not number.is_finite() or not 0 < number < MOST_LIMIT:
        raise FootproofError("E-LIMIT-NUMBER", found=limit[:40])
    return judge_number(assessment, number, found, risk)


def sensitivity_record(
    assessment: Assessment, found: Sampled, bars: tuple[Bar, ...], decision: Judgement | None, pair: Paired | None
) -> dict[str, Any]:
    """Return what `sensitivity --json` prints: statistics to six digits, the declared figure exactly."""
    shares = {item.key: part for item, part in variance_shares(found)}
    record: dict[str, Any] = {
        "value": assessment.result["value"],
        "unit": found.unit,
        "rulebook": assessment.rule.name,
        "local_copy": bool(assessment.rule.shipped_digest),
        "samples": len(found.samples),
        "seed": found.seed,
        "mean": _six(found.mean),
        "deviation": _six(found.deviation),
        "percentiles": {f"{share:g}": _six(v) for share, v in zip(SHARES, found.percentiles(), strict=True)},
        "unvaried_share": _six(found.unvaried),
        "amounts_varied_share": _six(found.amounts_varied),
        "factors_varied_share": _six(found.factors_varied),
        "left_out": {"draws": found.left_out, "requirements": dict(found.refused)},
        "tornado": [_bar_record(bar, shares) for bar in bars],
    }
    if decision is not None:
        said = decision.decision
        record["decision"] = {
            "verdict": said.verdict.value,
            "declared_keeps_it": decision.declared,
            "limit": _six(said.limit),
            "probability_below": _six(said.below),
            "guard_band": _six(said.guard),
            "risk": _six(said.risk),
            "unvaried_share": _six(said.unvaried),
            "judged_on": decision.day.isoformat() if decision.day else None,
            "known_on": assessment.known_on.isoformat(),
        }
    if pair is not None:
        record["against"] = {
            "probability_smaller": _six(pair.below),
            "probability_if_independent": _six(pair.apart),
            "left_out": pair.left_out,
            "difference": {f"{share:g}": _six(v) for share, v in zip(SHARES, pair.percentiles, strict=True)},
        }
    return record


def _bar_record(bar: Bar, shares: Mapping[str, float]) -> dict[str, Any]:
    return {
        "input": bar.input.key,
        "kind": bar.input.kind,
        "name": {"zh": bar.input.name.zh, "en": bar.input.name.en},
        "low": _six(bar.low),
        "high": _six(bar.high),
        "factor_low": _six(bar.input.spread.low),
        "factor_high": _six(bar.input.spread.high),
        "stated": bar.input.stated,
        "source": bar.input.source,
        "variance_share": _six(shares[bar.input.key]),
    }


def _print(
    assessment: Assessment, found: Sampled, bars: tuple[Bar, ...], decision: Judgement | None, pair: Paired | None
) -> None:
    lang = language()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(assessment.study.title.say(lang))}[/bold]")
    console.print(f"[bold green]{assessment.result['declared']} {found.unit}[/bold green]")
    console.print(standing(assessment.rule))
    low, _, median, _, high = map(_six, found.percentiles())
    about = {"low": low, "high": high, "median": median, "unit": found.unit}
    console.print(told("sensitivity.interval", **about, count=len(found.samples), seed=found.seed))
    for line in _covered(found):
        console.print(escape(line))
    console.print(_table(found, bars))
    if decision is not None:
        for line in _judged(decision, assessment.known_on, found.unit):
            console.print(line)
    if pair is not None:
        for line in _compared(pair, found.unit):
            console.print(line)


def _covered(found: Sampled) -> list[str]:
    """Say how far the samples cover the footprint, and which draws gave none."""
    shares = {"amounts": _percent(found.amounts_varied), "factors": _percent(found.factors_varied)}
    lines = [told("sensitivity.coverage", **shares), told("sensitivity.unvaried", share=_percent(found.unvaried))]
    if found.left_out:
        counts = {"found": found.left_out, "count": len(found.kept), "checks": ", ".join(found.refused)}
        lines.append(told("sensitivity.left-out", **counts))
    return lines


def _compared(pair: Paired, unit: str) -> list[str]:
    first, *_, last = map(_six, pair.percentiles)
    chances = {"below": chance(pair.below, pair.draws), "apart": chance(pair.apart, pair.draws)}
    lines = [told("sensitivity.paired", **chances, low=first, high=last, unit=unit)]
    return [*lines, told("sensitivity.paired-left-out", found=pair.left_out)] if pair.left_out else lines


def _judged(judgement: Judgement, known_on: date, unit: str) -> list[str]:
    found = judgement.decision
    limit = {"limit": _six(found.limit), "unit": unit}
    lines = [told("sensitivity.days", judged=judgement.day, known=known_on)] if judgement.day else []
    lines += [] if judgement.declared else [told("sensitivity.declared-above", **limit)]
    if found.unvaried > MOST_UNVARIED:
        return [*lines, told("sensitivity.too-few", unvaried=_percent(found.unvaried), **limit)]
    said = {"below": chance(found.below, found.draws), "risk": _percent(found.risk), "guard": _six(found.guard)}
    return [*lines, told(f"sensitivity.{found.verdict.value}", **limit, **said)]


def _table(found: Sampled, bars: tuple[Bar, ...]) -> Table:
    lang = language()
    shares = {item.key: part for item, part in variance_shares(found)}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(told("sensitivity.input"), min_width=30, max_width=40)
    for name in ("low", "high", "variance"):
        table.add_column(told(f"sensitivity.{name}", unit=found.unit), justify="right")
    table.add_column(told("sensitivity.ground"))
    for bar in bars[:MOST_ROWS]:
        figures = (_six(bar.low), _six(bar.high), _percent(shares[bar.input.key]))
        name = escape(told(f"sensitivity.kind.{bar.input.kind}", name=bar.input.name.say(lang)))
        table.add_row(name, *figures, _ground(bar.input))
    return table


def _ground(item: Input) -> str:
    return told("sensitivity.stated") if item.stated else told("sensitivity.quality", scores=item.source)


def _six(value: float) -> str:
    return f"{value:.6g}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
