"""What `footproof untp read` prints: what a credential says, what of it holds, and how its claims compare."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import click

from footproof.check.untp import Read
from footproof.cli.language import language, told
from footproof.cli.outcomes import outcome_record, print_outcomes, printable
from footproof.credential.anchor import Anchor
from footproof.credential.claims import Claim, Matched, Stated
from footproof.credential.conformity import exact_text
from footproof.credential.recognized import Recognized
from footproof.credential.untp_read import Said, Site
from footproof.texts import describe

MOST_SHOWN = 50
MOST_DIGITS = 40


def read_record(found: Read) -> dict[str, Any]:
    """Return what `--json` prints.

    Args:
        found: What was made of the credential.
    """
    return {
        "ok": found.ok,
        "kind": found.kind,
        "issuer": found.issuer or None,
        "says": _plain(found.said),
        "checks": [outcome_record(one) for one in found.outcomes],
        "claims": [_matched(one) for one in found.claims],
        "not_asked": ["recognition", *(["status"] if found.has_status else [])],
    }


def print_read(found: Read) -> None:
    """Print it for people: who says what, then what holds.

    Args:
        found: What was made of the credential.
    """
    kind = told(f"untp.kind.{found.kind}") if found.kind else told("untp.kind.none")
    click.echo(printable(told("untp.read.head", kind=kind, issuer=found.issuer or "—")))
    for line in list(_lines(found.said))[:MOST_SHOWN]:
        click.echo(f"  {printable(line)}")
    print_outcomes(found.outcomes)
    for one in found.claims:
        word = told(
            "untp.claim.good" if one.ok else "untp.claim.bad", claim=one.claim, assessment=one.assessment or "—"
        )
        click.echo(f"  {printable(word)}")
        for reason in one.reasons:
            click.echo(printable(f"      {describe(reason, language())[0]} ({reason.code})"))
    click.echo(told("untp.read.good" if found.ok else "untp.read.bad"))
    click.echo(told("untp.read.not-asked-status" if found.has_status else "untp.read.not-asked"))


def _lines(said: Said | None) -> Iterator[str]:
    if isinstance(said, Stated):
        for item in said.items:
            yield from _claim_lines(item)
    elif isinstance(said, Site):
        operators = ", ".join(said.operators) or "—"
        yield told("untp.says.site", name=said.name, id=said.facility, country=said.country or "—", operators=operators)
        for url in said.documents:
            yield told("untp.says.document", url=url)
    elif isinstance(said, Anchor):
        values = {"name": said.name, "subject": said.subject, "number": said.number or "—"}
        yield told("untp.says.anchor", **values, register=said.register or "—")
        for scope in said.scopes:
            yield told("untp.says.scope", scope=scope)
    elif said is not None:
        for one in said:
            yield _recognized(one)


def _claim_lines(item: Claim) -> Iterator[str]:
    yield told("untp.says.claim", id=item.id, products=", ".join(sorted(item.products)) or "—")
    for metric, value, unit in sorted(item.figures):
        yield f"  {metric}: {_figure(value)} {unit}"
    for link in item.evidence:
        yield "  " + told("untp.says.document", url=link.url)


def _recognized(one: Recognized) -> str:
    values = {"name": one.name or "—", "entity": one.entity, "action": one.action or "—", "by": one.by}
    return told("untp.says.recognized", **values, start=one.valid_from or "—", end=one.valid_until or "—")


def _matched(one: Matched) -> dict[str, Any]:
    reasons = [{"code": each.code, "reason": describe(each, language())[0]} for each in one.reasons]
    return {"claim": one.claim, "assessment": one.assessment, "ok": one.ok, "reasons": reasons}


def _figure(value: Decimal) -> str:
    """Return a figure as text; of one with a monstrous exponent its own writing."""
    return exact_text(value) if abs(value.adjusted()) < MOST_DIGITS else str(value)


def _plain(value: object) -> Any:
    """Return a record as JSON, with exact figures as text and sets in order."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, frozenset):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _figure(value) if isinstance(value, Decimal) else value
