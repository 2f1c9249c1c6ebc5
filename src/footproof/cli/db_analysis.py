"""`footproof db contributions | uncertainty | portfolio`: questions that a database answers beyond its intensities."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from footproof.background.burdens import weights
from footproof.background.contribute import Contributions, contributions, contributions_record
from footproof.background.intensity_set import IntensitySet, characterised
from footproof.background.prepare import Counted
from footproof.background.recipes import footprints_table, read_recipes
from footproof.background.take import product_of
from footproof.background.uncertain import score, spread_share, uncertain
from footproof.cli.db_options import PATH, counted, gwp_set, working
from footproof.cli.db_show import UNIT, find_products, label
from footproof.cli.language import told
from footproof.cli.options import dir_option, home, json_option, today
from footproof.cli.output import print_json, write_output
from footproof.errors import FootproofError
from footproof.quantify.montecarlo import Engine, simulate
from footproof.quantify.portfolio import footprints, portfolio
from footproof.quantify.problems import prepare
from footproof.quantify.recording import record, summarise
from footproof.quantify.streams import Summary
from footproof.quantify.system import Vector
from footproof.server.databases import Database, load_counted, open_database

SAMPLES = click.IntRange(2, 10_000_000)
EXAMPLE_PORTFOLIO = "\n\n\b\n    footproof db portfolio uslci recipes.csv -o footprints.csv"
ENGINES = ("auto", "numba", "scipy")


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A database linked again, with what each of its flows counts."""

    database: Database
    found: IntensitySet
    counted: Counted
    score: Vector


def _load(folder: Path | None, name: str, gwp: str, biogenic: str) -> _Loaded:
    database = open_database(home(folder), name)
    found = database.intensities()
    with working():
        counted = load_counted(database)
    columns = counted.burdens.columns
    by_column = np.array([float(w) for w in weights(columns, gwp_set(gwp, today()), biogenic=biogenic)])
    return _Loaded(database, found, counted, score(counted.background, counted.recognised, columns, by_column))


@click.command(
    name="contributions", help=told("db.contributions.help") + "\n\n\b\n    footproof db contributions uslci cement"
)
@click.argument("name")
@click.argument("product")
@click.option("--amount", type=float, default=1.0, show_default=True, help=told("db.option.amount"))
@click.option("--cut-off", type=click.FloatRange(0, 1), default=0.01, show_default=True, help=told("db.option.cut-off"))
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help=told("db.option.limit"))
@counted
@dir_option
@json_option
def contributions_command(
    name: str, product: str, *, amount: float, cut_off: float, limit: int, gwp: str, biogenic: str,
    folder: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Print where the footprint of a product comes from."""
    loaded = _load(folder, name, gwp, biogenic)
    background = loaded.counted.background
    wanted = product_of(loaded.found, product)
    number = next(n for n, each in enumerate(loaded.found.products) if each.id == wanted.id)
    found = contributions(background, number, amount, loaded.score, cut_off=cut_off, count=limit)
    if as_json:
        about = {"unit": UNIT, "gwp": f"gwp100.{gwp}", "biogenic": biogenic, "sound": wanted.sound}
        print_json(contributions_record(background, found) | about)
    else:
        _print_contributions(contributions_record(background, found), found)


@click.command(name="uncertainty", help=told("db.uncertainty.help") + "\n\n\b\n    footproof db uncertainty uslci")
@click.argument("name")
@click.option("--samples", type=SAMPLES, default=1000, show_default=True, help=told("db.option.samples"))
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=1, show_default=True, help=told("db.option.seed"))
@click.option("--find", "text", default="", metavar="TEXT", help=told("db.option.find"))
@click.option("--below", nargs=2, multiple=True, metavar="A B", help=told("db.option.below"))
@click.option("--keep", type=PATH, metavar="FILE", help=told("db.option.keep"))
@click.option("--engine", type=click.Choice(ENGINES), default="auto", help=told("db.option.engine"))
@click.option("--limit", type=click.IntRange(1), metavar="N", help=told("db.option.limit"))
@counted
@dir_option
@json_option
def uncertainty_command(
    name: str, *, samples: int, seed: int, text: str, below: tuple[tuple[str, str], ...], keep: Path | None,
    engine: Engine, limit: int | None, gwp: str, biogenic: str, folder: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Print how uncertain the intensities are, each sample giving all products."""
    loaded = _load(folder, name, gwp, biogenic)
    moved = uncertain(loaded.counted.background, loaded.score)
    problem = prepare(moved)
    place = {product.id: number for number, product in enumerate(loaded.found.products)}
    pairs = tuple((place[product_of(loaded.found, a).id], place[product_of(loaded.found, b).id]) for a, b in below)
    how: Any = {"seed": seed, "engine": engine, "workers": os.cpu_count() or 1}
    with _progress(samples) as so_far:
        if keep:
            direct = record(problem, samples, keep, progress=so_far, **how)
            found = summarise(keep, direct=direct, pairs=pairs)
        else:
            found = simulate(problem, samples, pairs=pairs, progress=so_far, **how)
    chosen = [place[product.id] for product in find_products(loaded.found, text)]
    about = {"samples": samples, "seed": seed, "direct": found.direct, "unit": UNIT, "gwp": f"gwp100.{gwp}"}
    inputs, emissions = spread_share(moved)
    about |= {"spread_inputs": inputs, "spread_emissions": emissions}
    if as_json:
        rows = [_uncertainty_record(loaded, problem.values, found, number) for number in chosen[:limit]]
        pairs_told = [
            {"a": a, "b": b, "share": _digits(share)} for (a, b), share in zip(below, found.below, strict=True)
        ]
        print_json({**about, "below": pairs_told, "products": rows})
    else:
        _print_uncertainty(loaded, problem.values, found, chosen[: limit or 40])
        for (a, b), share in zip(below, found.below, strict=True):
            click.echo(told("db.uncertainty.below", a=a, b=b, share=f"{share:.1%}"))
        click.echo(told("db.uncertainty.foot", **about))


@click.command(name="portfolio", help=told("db.portfolio.help") + EXAMPLE_PORTFOLIO)
@click.argument("name")
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, metavar="FILE", help=told("option.output"))
@counted
@dir_option
@json_option
def portfolio_command(
    name: str, file: Path, *, output: Path, gwp: str, biogenic: str, folder: Path | None, as_json: bool
) -> None:
    """Write the footprint of every recipe of a table."""
    found = open_database(home(folder), name).intensities()
    by_column = weights(found.columns, gwp_set(gwp, today()), biogenic=biogenic)
    values = np.array([float(characterised(product, by_column)) for product in found.products])
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            recipes, rows = read_recipes(lines, file.name, found)
    except OSError as problem:
        raise FootproofError("E-FILE-READ", path=file.name, reason=problem.strerror) from problem
    result = footprints(portfolio(rows, len(recipes), len(values)), values)
    unsound = {number for number, product in enumerate(found.products) if not product.sound}
    doubtful = {recipe for recipe, product, _ in rows if product in unsound}
    write_output(output, footprints_table(recipes, result, doubtful))
    counts = {"recipes": len(recipes), "rows": len(rows), "doubtful": len(doubtful)}
    if as_json:
        print_json({**counts, "unit": UNIT, "file": str(output)})
    else:
        click.echo(told("db.portfolio.done", file=output, **counts))


@contextmanager
def _progress(count: int) -> Iterator[Callable[[int], None]]:
    """Show how far a long task is on stderr, where somebody watches."""
    columns = (TextColumn(told("db.uncertainty.running")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=count)
        yield lambda done: bar.update(task, completed=done)


def _print_contributions(record: Mapping[str, Any], found: Contributions) -> None:
    console = Console(highlight=False, soft_wrap=True)
    total = found.of.total
    head = f"{record['amount']} {record['per']}  {record['name']}"
    console.print(f"[bold]{escape(head)}[/bold]   {record['value']} {UNIT}\n")
    for key, parts in (("dataset", found.by_dataset), ("flow", found.by_flow), ("stage", found.by_stage[:10])):
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2), title=told(f"db.by.{key}"), title_justify="left")
        table.add_column(UNIT, justify="right")
        table.add_column("%", justify="right")
        table.add_column("")
        for part in parts:
            table.add_row(_digits(part.value), _share(part.value, total), escape(part.name) or told("db.by.rest"))
        console.print(table)
    console.print(told("db.by.path", cut_off=f"{found.cut_off:.3g}"))
    depths = [0] * len(found.steps)
    for number, step in enumerate(found.steps[:40]):
        depths[number] = depths[step.parent] + 1 if step.parent >= 0 else 0
        line = record["path"][number]
        console.print(f"  {_share(step.score, total):>7}  {'  ' * depths[number]}{escape(line['name'])}")


def _uncertainty_record(loaded: _Loaded, values: Vector, found: Summary, number: int) -> dict[str, Any]:
    product = loaded.found.products[number]
    figures = zip(found.shares, found.percentiles[:, number], strict=True)
    return {
        "id": product.id,
        "name": product.name,
        "location": product.location,
        "unit": product.unit,
        "value": _digits(values[number]),
        "mean": _digits(found.mean[number]),
        "deviation": _digits(found.deviation[number]),
        "percentiles": {f"{share:g}": _digits(value) for share, value in figures},
        "resolution": _digits(found.resolution[number]),
        "sound": product.sound,
    }


def _print_uncertainty(loaded: _Loaded, values: Vector, found: Summary, chosen: Sequence[int]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    heads = (told("db.uncertainty.nominal"), told("db.uncertainty.mean"), *(f"{share:.1%}" for share in found.shares))
    table.add_column(told("db.intensities.product"))
    for head in heads:
        table.add_column(head, justify="right")
    table.add_column(told("db.intensities.unit"))
    for number in chosen:
        product = loaded.found.products[number]
        figures = (values[number], found.mean[number], *found.percentiles[:, number])
        cells = (f"{value:.4g}" for value in figures)
        table.add_row(escape(label(product)), *cells, escape(f"{UNIT} / {product.unit}"))
    Console(highlight=False, soft_wrap=True).print(table)


def _digits(value: float) -> str:
    return f"{value:.6g}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "–"
