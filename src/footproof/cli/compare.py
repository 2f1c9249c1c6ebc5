"""`footproof compare`: why two results differ, term by term."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from footproof.assess import Assessment
from footproof.cli.chain import checked_study, known_day
from footproof.cli.language import language, told
from footproof.cli.options import json_option
from footproof.cli.output import exactly, percent, print_json, short, standing
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.interpret.joint import UNSAID
from footproof.interpret.lens import Case, Comparison, Share
from footproof.interpret.lens import compare as explain
from footproof.model.study import Study
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.texts import Lang

EXAMPLE = "\b\n    footproof compare examples/nmc811-pack --rulebook cn.pcf.traction-battery --rulebook eu.cfb"
SHOWN_DIGEST = len("sha256:") + 12


@click.command(help=f"{told('compare.help')}\n\n{EXAMPLE}")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--rulebook", "rulebooks", multiple=True, metavar="ID[@EDITION]", help=told("compare.option.rulebook"))
@click.option("--study", "other", type=click.Path(path_type=Path), metavar="STUDY", help=told("compare.option.study"))
@click.option("--known-on", "days", multiple=True, metavar="DATE", help=told("compare.option.known-on"))
@json_option
def compare(study: Path, rulebooks: Sequence[str], other: Path | None, days: Sequence[str], as_json: bool) -> None:
    """Print the difference of two results, explained."""
    found = explain(*_cases(study, rulebooks, other, days), shipped())
    if as_json:
        print_json(comparison_record(found))
    else:
        _print(found)


def comparison_record(found: Comparison) -> dict[str, Any]:
    """Return what `compare --json` prints: exact figures as text."""
    return {
        "a": exactly(found.a),
        "b": exactly(found.b),
        "difference": exactly(found.difference),
        "interval": {"low": exactly(found.low), "high": exactly(found.high)},
        "unit": found.unit,
        "sides": {name: _side_record(side) for name, side in zip("ab", found.sides, strict=True)},
        "terms": [_share_record(share) for share in found.shares],
        "order_dependent": "waterfall",
        "not_switched": [
            {
                "axis": item.axis,
                "zh": item.text.zh,
                "en": item.text.en,
                "share": exactly(item.share),
                "terms": item.terms,
            }
            for item in found.unreached
        ],
        "notes": [{"zh": note.zh, "en": note.en} for note in found.notes],
    }


def _side_record(side: Assessment) -> dict[str, str | bool]:
    return {
        "study": side.study.id,
        "rulebook": side.rule.name,
        "rulebook_digest": side.rule.digest,
        "status": side.rule.status.value,
        "local_copy": bool(side.rule.shipped_digest),
        "known_on": side.known_on.isoformat(),
        "sheet_digest": side.sheet_digest,
    }


def _share_record(share: Share) -> dict[str, Any]:
    axis = share.axis
    return {
        "axis": axis.id,
        "value": exactly(share.value),
        "low": exactly(share.low),
        "high": exactly(share.high),
        "waterfall": exactly(share.step),
        "name": {"zh": axis.name.zh, "en": axis.name.en},
        "clauses": {"a": axis.clauses[0], "b": axis.clauses[1]},
        "options": {side: {"zh": o.zh, "en": o.en} for side, o in zip("ab", axis.options, strict=True)},
    }


def _cases(study: Path, rulebooks: Sequence[str], other: Path | None, days: Sequence[str]) -> tuple[Case, Case]:
    given = (len(rulebooks), 1 if other is None else 2, max(len(days), 1))
    if not rulebooks or max(given) != 2:
        raise FootproofError("E-COMPARE-SIDES", found=f"{len(rulebooks)} --rulebook, {len(days)} --known-on")
    day = days[0] if days else None
    first = _read(study, day)
    second = first if other is None else _read(other, days[-1] if days else None)
    return (
        Case(first, load_rulebook(rulebooks[0]), known_day(first, days[0] if days else None)),
        Case(second, load_rulebook(rulebooks[-1]), known_day(second, days[-1] if days else None)),
    )


def _read(folder: Path, known_on: str | None) -> Study:
    return checked_study(read_folder(folder), folder, known_on)[0]


def _print(found: Comparison) -> None:
    lang = language()
    console = Console(highlight=False, soft_wrap=True)
    a, b = (
        f"{name}  {short(value)} {found.unit}" for name, value in zip(_names(found), (found.a, found.b), strict=True)
    )
    console.print(told("compare.head", a=a, b=b))
    for rule in {side.rule.digest: side.rule for side in found.sides}.values():
        console.print(standing(rule))
    console.print(f"[bold]{told('compare.difference', value=_signed(found.difference), unit=found.unit)}[/bold]\n")
    console.print(_table(found))
    for line in (*_choices(found, lang), *_below(found, lang)):
        console.print(line, markup=False)


def _names(found: Comparison) -> list[str]:
    """Return what the sides are called: by rule, by study where those differ, by digest where no name tells them."""
    a, b = found.sides
    names = [side.rule.name for side in found.sides]
    if names[0] == names[1] and a.rule.digest != b.rule.digest:
        names = [f"{side.rule.name} ({_brief(side.rule.digest)})" for side in found.sides]
    if a.study is b.study:
        return names
    return [
        f"{name}  {side.study.id} ({_brief(side.sheet_digest)})" for name, side in zip(names, found.sides, strict=True)
    ]


def _brief(digest: str) -> str:
    return digest[:SHOWN_DIGEST]


def _table(found: Comparison) -> Table:
    lang = language()
    open_options = any(share.low != share.high for share in found.shares)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(told("compare.axis", unit=found.unit))
    for name in ("share", *(["range"] if open_options else []), "step"):
        table.add_column(told(f"compare.{name}"), justify="right")
    for share in _moved(found):
        ranges = [f"{_signed(share.low)} … {_signed(share.high)}"] if open_options else []
        table.add_row(share.axis.name.say(lang), _signed(share.value), *ranges, _signed(share.step))
    total = sum((share.value for share in found.shares), Fraction(0))
    blank = [""] if open_options else []
    table.add_row(told("compare.sum"), _signed(total), *blank, _signed(found.difference), style="bold")
    return table


def _choices(found: Comparison, lang: Lang) -> list[str]:
    """Return what each side chooses on the axes that move the result, with the clauses."""
    lines = []
    for share in _moved(found):
        sides = zip(share.axis.options, share.axis.clauses, strict=True)
        said = [option.say(lang) + (f" [{clause}]" if clause != UNSAID else "") for option, clause in sides]
        lines.append(f"  {share.axis.name.say(lang)}\n    A  {said[0]}\n    B  {said[1]}")
    return lines


def _below(found: Comparison, lang: Lang) -> list[str]:
    lines = [note.say(lang) for note in found.notes]
    agreed = [share.axis.name.say(lang) for share in found.shares if not share.moves]
    if agreed:
        lines.append(told("compare.agree", names=("、" if lang == "zh" else ", ").join(agreed)))
    if found.low != found.high:
        lines.append(told("compare.interval", low=_signed(found.low), high=_signed(found.high), unit=found.unit))
    for item in found.unreached:
        share = percent(exactly(item.share))
        lines.append(told("compare.unreached", text=item.text.say(lang), terms=item.terms, share=share))
    return [*lines, told("compare.order")]


def _moved(found: Comparison) -> list[Share]:
    return [share for share in found.shares if share.moves]


def _signed(value: Fraction) -> str:
    text = short(value)
    return text.replace("-", "−") if value < 0 else f"+{text}" if value > 0 else "0"
