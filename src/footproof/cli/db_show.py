"""How databases are shown: health, unlinked inputs and intensities, for people and for programs."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from footproof.background.intensity_set import IntensitySet, Product, by_origin, characterised
from footproof.cli.language import language, told
from footproof.expressions.exact import normalise
from footproof.model.study import Factor
from footproof.server.databases import Database
from footproof.texts import say

UNIT = "kg CO2e"
STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
COLUMNS = (("flow", False), ("unit", False), ("users", True), ("weight", True), ("largest", True))


def print_health(database: Database, report: Mapping[str, Any], limit: int) -> None:
    """Print what is wrong with a database, what to leave out and what is not linked.

    Args:
        database: The database.
        report: Its report.
        limit: Lines of each list.
    """
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(database.name)}[/bold]  {escape(str(database.about['source_format']))}")
    for item in report["health"][:limit]:
        _print_item(console, item)
    if len(report["health"]) > limit:
        console.print(told("db.health.more", count=len(report["health"]) - limit))
    if report["problem"]:
        problem = report["problem"]
        words = say("errors", f"{problem['code']}.message", language(), **problem["values"])
        console.print(f"[bold red]{escape(words)}[/bold red] ({problem['code']})")
    _print_exclusions(console, database.name, report["exclusions"], limit)
    _print_unlinked(console, report["unlinked"], limit)
    console.print(told("db.health.findings"))
    for code, count in sorted(report["finding_counts"].items(), key=lambda pair: -pair[1])[:limit]:
        console.print(f"  {count:>7}  {code}")


def _print_item(console: Console, item: Mapping[str, Any]) -> None:
    style = STYLES[item["severity"]]
    word = told(f"db.health.{item['severity']}").ljust(7)
    message = say("findings", f"{item['code']}.message", language(), **item["values"])
    console.print(f"[{style}]{word}[/{style}]  {escape(message)} ({item['code']})")
    advice = say("findings", f"{item['code']}.try", language(), **item["values"])
    console.print(f"      [dim]{escape(advice)}[/dim]")


def _print_exclusions(console: Console, name: str, exclusions: Sequence[Mapping[str, Any]], limit: int) -> None:
    if not exclusions:
        return
    console.print(told("db.health.exclude", count=len(exclusions), name=name))
    for item in exclusions[:limit]:
        console.print(f"      {escape(item['name'] or item['kind'])}  [dim]{escape(item['dataset'])}[/dim]")


def _print_unlinked(console: Console, unlinked: Sequence[Mapping[str, Any]], limit: int) -> None:
    console.print(told("db.health.unlinked", count=len(unlinked)))
    if not unlinked:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    for key, is_number in COLUMNS:
        table.add_column(told(f"db.unlinked.{key}"), justify="right" if is_number else "left")
    for item in unlinked[:limit]:
        cells = (item["name"], item["unit"], item["users"], item["weight"], item["largest"])
        table.add_row(*(escape(str(cell)) for cell in cells))
    console.print(table)


def find_products(found: IntensitySet, text: str) -> list[Product]:
    """Return the products whose id, name, product or location hold all words of a text."""
    words = text.casefold().split()
    return [
        product
        for product in found.products
        if all(word in f"{product.id} {product.name} {product.product} {product.location}".casefold() for word in words)
    ]


def intensities_record(found: IntensitySet, chosen: Sequence[Product], by_column: Sequence[Decimal]) -> dict[str, Any]:
    """Return what a unit of each chosen product carries, as exact text.

    Args:
        found: The set.
        chosen: Products of it.
        by_column: What a kilogram of each column counts. [kg CO2e / kg]
    """
    return {
        "unit": UNIT,
        "database": dict(found.database),
        "choices": found.choices,
        "solver": dict(found.solver),
        "products": [
            {
                "id": product.id,
                "name": product.name,
                "product": product.product,
                "location": product.location,
                "unit": product.unit,
                "value": normalise(characterised(product, by_column)),
                "origins": {
                    origin: normalise(part) for origin, part in by_origin(product, found.columns, by_column).items()
                },
                "role": product.role,
                "sound": product.sound,
            }
            for product in chosen
        ],
    }


def label(product: Product) -> str:
    """Return what a person calls a product: its dataset, and its flow where that has another name."""
    return product.name if product.name == product.product else f"{product.name} | {product.product}"


def factor_record(factor: Factor) -> dict[str, Any]:
    """Return an intensity as a study has taken it up."""
    entries = [
        {"origin": each.origin, "gas": each.gas, "value": normalise(each.number), "unit": each.unit}
        | ({"tag": "aircraft"} if each.aircraft else {})
        for each in factor.entries
    ]
    return {"id": f"db:{factor.id}", "product": factor.taken.product if factor.taken else "", "entries": entries}


def intensities_table(chosen: Sequence[Product], by_column: Sequence[Decimal]) -> Table:
    """Return the same as a table; what rests on flagged datasets has a question mark."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(told("db.intensities.product"))
    table.add_column(told("db.intensities.location"))
    table.add_column(UNIT, justify="right")
    table.add_column(told("db.intensities.unit"))
    for product in chosen:
        value = characterised(product, by_column)
        shown = f"{value:.6g}" if product.sound else f"[red]{value:.6g} ?[/red]"
        table.add_row(escape(label(product)), escape(product.location), shown, "/ " + escape(product.unit))
    return table
