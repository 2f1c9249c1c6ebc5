"""`footproof db`: background databases of the workspace."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from footproof.background.burdens import weights
from footproof.background.intensity_set import TOLERANCE, compare
from footproof.background.take import differs, product_of
from footproof.background.take import take as take_intensity
from footproof.cli.db_analysis import contributions_command, portfolio_command, uncertainty_command
from footproof.cli.db_options import PATH, counted, gwp_set, working
from footproof.cli.db_show import (
    UNIT,
    factor_record,
    find_products,
    intensities_record,
    intensities_table,
    print_health,
)
from footproof.cli.language import told
from footproof.cli.options import dir_option, home, json_option, read_file, today
from footproof.cli.output import print_json, write_output
from footproof.errors import FootproofError
from footproof.expressions.exact import normalise
from footproof.formats.folder import read_folder
from footproof.formats.intensities import TABLE
from footproof.formats.study import read_study
from footproof.model.parameter import GwpSet
from footproof.quantify.solve import SolverName
from footproof.server.databases import (
    MOST_CHOICES,
    Database,
    add_intensity,
    advised_choices,
    databases,
    declared,
    import_database,
    link_database,
    load_database,
    open_database,
)

SOLVERS = ("superlu", "pardiso")
EXAMPLE_TAKE = "\n\n\b\n    footproof db take uslci 'Portland cement, at plant' --study my-study --id cement"


@click.group(help=told("db.help"))
def db() -> None:
    """Hold the commands of databases together."""


@db.command(name="import", help=told("db.import.help") + "\n\n\b\n    footproof db import uslci.zip --name uslci")
@click.argument("file", type=PATH)
@click.option("--name", metavar="NAME", help=told("db.option.name"))
@click.option("--choices", type=PATH, metavar="FILE", help=told("db.option.choices"))
@click.option("--replace", is_flag=True, help=told("db.option.replace"))
@dir_option
@json_option
def import_(
    file: Path, *, name: str | None, choices: Path | None, replace: bool, folder: Path | None, as_json: bool
) -> None:
    """Import a database and say what it is."""
    if not file.exists():
        raise FootproofError("E-FILE-READ", path=str(file)[-120:], reason="no such file")
    data = read_file(choices, MOST_CHOICES) if choices else None
    with working():
        database = import_database(
            home(folder), file, name or _slug(file), today(), _measure(today()), choices=data, replace=replace
        )
    _tell(database, as_json=as_json)


@db.command(name="list", help=told("db.list.help"))
@dir_option
@json_option
def list_(folder: Path | None, as_json: bool) -> None:
    """Print the databases of the workspace."""
    found = list(databases(home(folder)))
    if as_json:
        print_json({"databases": [dict(database.about) for database in found]})
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for key in ("name", "format", "datasets", "products", "imported"):
        side: Literal["left", "right"] = "right" if key in {"datasets", "products"} else "left"
        table.add_column(told(f"db.list.{key}"), justify=side, overflow="fold")
    for database in found:
        about = database.about
        row = (about["name"], about["source_format"], about["datasets"], about["products"], about["imported"])
        table.add_row(*(escape(str(cell)) for cell in row))
    Console(highlight=False, soft_wrap=True).print(table if found else told("db.list.none"))


@db.command(help=told("db.health.help") + "\n\n\b\n    footproof db health tiangong --choices-out choices.toml")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=15, show_default=True, help=told("db.option.limit"))
@click.option("--choices-out", type=PATH, metavar="FILE", help=told("db.option.choices-out"))
@dir_option
@json_option
def health(name: str, limit: int, choices_out: Path | None, folder: Path | None, as_json: bool) -> int:
    """Print what is wrong with a database; 1 where something makes figures meaningless."""
    database = open_database(home(folder), name)
    report = database.report()
    if choices_out:
        write_output(choices_out, advised_choices(database))
    if as_json:
        print_json({"name": name, "ok": _is_well(report), **report})
    else:
        print_health(database, report, limit)
    return 0 if _is_well(report) else 1


@db.command(help=told("db.link.help") + "\n\n\b\n    footproof db link tiangong --choices choices.toml")
@click.argument("name")
@click.option("--choices", type=PATH, required=True, metavar="FILE", help=told("db.option.choices"))
@dir_option
@json_option
def link(name: str, choices: Path, folder: Path | None, as_json: bool) -> None:
    """Link a database again under other choices."""
    data = read_file(choices, MOST_CHOICES)
    with working():
        database = link_database(home(folder), name, _measure(today()), data)
    _tell(database, as_json=as_json)


@db.command(
    help=told("db.intensities.help") + "\n\n\b\n    footproof db intensities uslci --find electricity --gwp ar6"
)
@click.argument("name")
@counted
@click.option("--find", "text", default="", metavar="TEXT", help=told("db.option.find"))
@click.option("--limit", type=click.IntRange(1), default=None, metavar="N", help=told("db.option.limit"))
@dir_option
@json_option
def intensities(
    name: str, *, gwp: str, biogenic: str, text: str, limit: int | None, folder: Path | None, as_json: bool
) -> None:
    """Print what a unit of each product carries."""
    database = open_database(home(folder), name)
    found = database.intensities()
    chosen = find_products(found, text)
    by_column = weights(found.columns, gwp_set(gwp, today()), biogenic=biogenic, name=f"gwp100.{gwp}")
    if as_json:
        about = {"gwp": f"gwp100.{gwp}", "biogenic": biogenic, "digest": database.about["intensities"]}
        print_json(intensities_record(found, chosen[:limit], by_column) | about)
        return
    console = Console(highlight=False, soft_wrap=True)
    shown = chosen[: limit or 40]
    console.print(intensities_table(shown, by_column))
    console.print(told("db.intensities.foot", shown=len(shown), count=len(chosen), gwp=gwp.upper(), biogenic=biogenic))
    console.print(told("db.intensities.digest", digest=database.about["intensities"]))


@db.command(help=told("db.take.help") + EXAMPLE_TAKE)
@click.argument("name")
@click.argument("product")
@click.option("--study", type=PATH, required=True, metavar="DIR", help=told("db.option.study"))
@click.option("--id", "id_", required=True, metavar="ID", help=told("db.option.id"))
@click.option("--unsound", is_flag=True, help=told("db.option.unsound"))
@dir_option
@json_option
def take(name: str, product: str, *, study: Path, id_: str, unsound: bool, folder: Path | None, as_json: bool) -> None:
    """Take an intensity up into a study."""
    found = open_database(home(folder), name).intensities()
    factor = take_intensity(found, product_of(found, product), id_, unsound=unsound)
    add_intensity(study, factor)
    if as_json:
        print_json(factor_record(factor))
    else:
        click.echo(told("db.take.done", id=id_, source=factor.source, count=len(factor.entries), file=TABLE))


@db.command(help=told("db.verify.help"))
@click.argument("name")
@click.option("--study", type=PATH, metavar="DIR", help=told("db.option.verify-study"))
@click.option(
    "--solver", type=click.Choice(SOLVERS), default="superlu", show_default=True, help=told("db.option.solver")
)
@dir_option
@json_option
def verify(name: str, *, study: Path | None, solver: SolverName, folder: Path | None, as_json: bool) -> int:
    """Solve a database again and compare with its intensity set, and a study with that; 1 where something differs."""
    database = open_database(home(folder), name)
    known = _measure(today())
    found = database.intensities()
    with working():
        prepared = load_database(database, known, solver=solver)
    again = declared(prepared, database.about, str(database.about["choices"]))
    differences = compare(found, again, known) if again else []
    taken = read_study(read_folder(study)).intensities if study else {}
    wrong = differs(taken, found)
    ok = again is not None and not differences and not wrong
    about = {"ok": ok, "digest": database.about["intensities"], "products": len(found.products)}
    if as_json:
        listed = [{"id": each.product, "declared": each.declared, "found": each.found} for each in differences]
        print_json({**about, "tolerance": normalise(TOLERANCE), "unit": UNIT, "differs": listed, "study": list(wrong)})
        return 0 if ok else 1
    count = len(found.products) if ok else len(differences)
    click.echo(told("db.verify.good" if ok else "db.verify.bad", count=count, **about))
    for each in differences[:20]:
        click.echo(f"  {each.product}: {each.declared} → {each.found}")
    for id_ in wrong:
        click.echo("  " + told("db.verify.study", id=id_, file=TABLE))
    return 0 if ok else 1


def _slug(file: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", file.resolve().name.partition(".")[0]).strip("-._")
    return name[:64] or "database"


def _measure(day: date) -> GwpSet:
    """Return the set by which differences and gaps are weighed."""
    return gwp_set("ar6", day)


def _tell(database: Database, *, as_json: bool) -> None:
    report = database.report()
    lost = sum(1 for item in report["findings"] if item["severity"] == "lost")
    errors = sum(1 for item in report["health"] if item["severity"] == "error")
    if as_json:
        counts = {"lost": lost, "health_errors": errors, "unlinked": len(report["unlinked"])}
        print_json({**database.about, **counts, "ok": _is_well(report)})
        return
    about = database.about
    click.echo(told("db.import.done", **about))
    click.echo(told("db.import.counts", **about))
    click.echo(told("db.import.findings", count=sum(report["finding_counts"].values()), lost=lost))
    click.echo(told("db.import.unlinked", count=len(report["unlinked"])))
    click.echo(told("db.import.well" if _is_well(report) else "db.import.ill", count=errors, name=database.name))


def _is_well(report: Mapping[str, Any]) -> bool:
    return report["problem"] is None and not any(item["severity"] == "error" for item in report["health"])


for command in (contributions_command, uncertainty_command, portfolio_command):
    db.add_command(command)
