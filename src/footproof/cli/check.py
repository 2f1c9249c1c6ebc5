"""`footproof check`: everything a stranger can verify about a certificate, with the files beside it."""

from pathlib import Path

import click

from footproof.check import Material, Outcome, check_certificate, read_anchors
from footproof.cli.language import language, told
from footproof.cli.options import dir_option, home, json_option, read_day, read_file, today
from footproof.cli.output import print_json
from footproof.errors import FootproofError, Where
from footproof.model.certificate import Certificate
from footproof.package import MOST_BYTES
from footproof.texts import describe

LARGEST_SMALL_FILE = 1_000_000
EXAMPLE = "\b\n    footproof check public/c/DEMO-2026-000001/certificate.jwt"


@click.command(help=f"{told('check.help')}\n\n{EXAMPLE}")
@click.argument("certificate")
@dir_option
@click.option("--offline", is_flag=True, hidden=True)
@click.option("--at", "at", metavar="DATE", help=told("option.at"))
@json_option
def check(certificate: str, folder: Path | None, offline: bool, at: str | None, as_json: bool) -> int:
    """Print the outcome of every check."""
    del offline  # this version never asks the network
    day = read_day(at) if at else today()
    if "://" in certificate:
        raise FootproofError("E-CALL", reason=told("check.address"))
    file = Path(certificate)
    jwt = read_file(file, LARGEST_SMALL_FILE).strip()
    beside = file.parent
    anchors_file = _anchors_file(beside, folder)
    anchors = read_anchors(read_file(anchors_file, LARGEST_SMALL_FILE))
    material = Material(
        jwt=jwt,
        event=_optional(beside / "event.json", LARGEST_SMALL_FILE),
        proof=_optional(beside / "proof.txt", LARGEST_SMALL_FILE),
        package=_optional(beside / "package.footproof", MOST_BYTES),
    )
    found, outcomes = check_certificate(material, anchors, day)
    if as_json:
        print_json(_record(found, outcomes, anchors_file))
    else:
        _print(found, outcomes, anchors_file)
    return 0 if outcomes and all(outcome.ok for outcome in outcomes) else 1


def _anchors_file(beside: Path, folder: Path | None) -> Path:
    """Seek trust anchors in --dir, above the certificate, then in the workspace."""
    places = [folder / "public" / "trust.json", folder / "trust.json"] if folder else []
    places += [place / "trust.json" for place in (beside, *beside.resolve().parents[:3])]
    places.append(home(None) / "public" / "trust.json")
    for place in places:
        if place.is_file():
            return place
    raise FootproofError("E-CHECK-MISSING", Where(str(beside)), what="trust.json")


def _optional(path: Path, most: int) -> bytes | None:
    return read_file(path, most) if path.is_file() else None


def _record(found: Certificate | None, outcomes: list[Outcome], anchors: Path) -> dict[str, object]:
    return {
        "ok": bool(outcomes) and all(outcome.ok for outcome in outcomes),
        "certificate": found.number if found else None,
        "value": format(found.value, "f") if found else None,
        "unit": found.unit if found else None,
        "anchors": str(anchors),
        "checks": [
            {
                "name": outcome.name,
                "ok": outcome.ok,
                "code": outcome.problem.code if outcome.problem else None,
                "reason": describe(outcome.problem, language())[0] if outcome.problem else None,
                "facts": dict(outcome.facts),
            }
            for outcome in outcomes
        ],
    }


def _print(found: Certificate | None, outcomes: list[Outcome], anchors: Path) -> None:
    lang = language()
    if found:
        click.echo(f"{found.number}  {found.product_name.say(lang)}  {found.value} {found.unit}")
    for outcome in outcomes:
        state = told("check.passed" if outcome.ok else "check.failed")
        facts = ", ".join(f"{key} {value}" for key, value in outcome.facts.items())
        reason = f"{describe(outcome.problem, lang)[0]} ({outcome.problem.code})" if outcome.problem else facts
        click.echo(f"  {state}  {told(f'check.{outcome.name}')}: {reason[:160]}")
    click.echo(told("check.anchors", path=anchors))
    click.echo(told("check.status"))
