"""`footproof parameter`: show a published number as it was known on a day, or list what there is."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import click
from rich.cells import cell_len

from footproof.cli.language import language, told
from footproof.cli.options import json_option, read_day, today
from footproof.errors import FootproofError
from footproof.expressions.exact import normalise
from footproof.model.parameter import AnyEdition, DatedValue, Fuel, GwpSet, Parameter
from footproof.rules.parameters import ParameterBook, shipped

EXAMPLES = """\b
    footproof parameter cn.electricity.average --known-on 2025-06-30
    footproof parameter --list 电力"""


@click.command(help=f"{told('parameter.help')}\n\n{EXAMPLES}")
@click.argument("key", metavar="ID", required=False)
@click.option("--known-on", "day", metavar="DATE", help=told("parameter.option.known-on"))
@click.option("--data-year", type=int, metavar="Y", help=told("parameter.option.data-year"))
@click.option("--list", "listing", is_flag=True, help=told("parameter.option.list"))
@json_option
def parameter(*, key: str | None, day: str | None, data_year: int | None, listing: bool, as_json: bool) -> None:
    """Print a value, or the list of parameters."""
    book = shipped()
    if listing:
        found = matching(book, key or "")
        click.echo(_as_json({"parameters": [_head(item) for item in found]}) if as_json else _table(found))
        return
    if key is None:
        raise FootproofError("E-CALL", reason="ID, --list")
    known_on = read_day(day) if day else today()
    edition = book.edition(key, known_on, data_year)
    if as_json:
        click.echo(_as_json(shown(book[key], edition, known_on)))
    else:
        click.echo(_sentences(book[key], edition))


def matching(book: ParameterBook, text: str) -> list[Parameter]:
    """Return the parameters whose id or name, in either language, holds a text."""
    wanted = text.casefold()
    return [
        item
        for item in book.values()
        if wanted in item.id.casefold() or wanted in item.name.zh or wanted in item.name.en.casefold()
    ]


def shown(item: Parameter, edition: AnyEdition, known_on: date) -> dict[str, object]:
    """Return an edition as JSON shows it: figures as exact strings, texts in both languages."""
    note = edition.note or item.note
    return _head(item) | {
        "known_on": known_on.isoformat(),
        "data_year": edition.data_year,
        "published": edition.published.isoformat(),
        "valid_from": edition.valid_from.isoformat() if edition.valid_from else None,
        "source": {"zh": edition.source.zh, "en": edition.source.en},
        "confidence": edition.confidence.value,
        "published_confidence": edition.published_confidence.value,
        "note": {"zh": note.zh, "en": note.en} if note else None,
        **_figures(edition),
    }


def _head(item: Parameter) -> dict[str, object]:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "name": {"zh": item.name.zh, "en": item.name.en},
        "unit": item.unit,
        "region": item.region,
        "annual": item.annual,
        "quantity": item.quantity.value if item.quantity else None,
        "scope": item.scope.value if item.scope else None,
        "role": item.role.value if item.role else None,
        "origin": item.origin.value if item.origin else None,
        "gas": item.gas,
    }


def _figures(edition: AnyEdition) -> dict[str, object]:
    if isinstance(edition, DatedValue):
        return {"value": normalise(edition.value)}
    if isinstance(edition, Fuel):
        return {
            "ncv": normalise(edition.ncv),
            "ncv_unit": edition.ncv_unit,
            "carbon": normalise(edition.carbon),
            "carbon_unit": edition.carbon_unit,
            "oxidation": normalise(edition.oxidation) if edition.oxidation is not None else None,
            "oxidation_by_device": _plain_all(edition.oxidation_by_device),
        }
    return {"species": {key: normalise(entry.value) for key, entry in edition.species.items()}}


def _plain_all(shares: Mapping[str, Decimal]) -> dict[str, str]:
    return {key: normalise(share) for key, share in shares.items()}


def _sentences(item: Parameter, edition: AnyEdition) -> str:
    lang = language()
    form = "parameter.published" if edition.data_year is None else "parameter.dated"
    known = told(form, year=edition.data_year, day=edition.published)
    sure = told("parameter.sure", value=edition.confidence.value, day=edition.published_confidence.value)
    rows = [("name", item.name.say(lang)), ("known", known), ("source", edition.source.say(lang)), ("confidence", sure)]
    rows += [("note", note.say(lang)) for note in (edition.note, item.note) if note]
    labels = {key: told(f"parameter.label.{key}") for key, _ in rows}
    width = max(cell_len(label) for label in labels.values())
    lines = [f"  {labels[key]}{' ' * (width - cell_len(labels[key]))}  {text}" for key, text in rows]
    return "\n".join([f"{item.id} = {_brief(item, edition)}", *lines])


def _brief(item: Parameter, edition: AnyEdition) -> str:
    if isinstance(edition, DatedValue):
        return f"{format(edition.value, 'f')} {item.unit}"
    if isinstance(edition, GwpSet):
        rows = [f"\n    {key:<16}{normalise(entry.value)}" for key, entry in edition.species.items()]
        return told("parameter.species", count=len(rows), unit=item.unit) + "".join(rows)
    shares = [f"{device} {normalise(share)}" for device, share in edition.oxidation_by_device.items()]
    if edition.oxidation is not None:
        shares.insert(0, normalise(edition.oxidation))
    return told(
        "parameter.fuel",
        ncv=f"{normalise(edition.ncv)} {edition.ncv_unit}",
        carbon=f"{normalise(edition.carbon)} {edition.carbon_unit}",
        oxidation=", ".join(shares) or "–",
    )


def _table(found: list[Parameter]) -> str:
    return "\n".join(f"{item.id}  [{item.unit}]  {item.name.say(language())}" for item in found)


def _as_json(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2)
