"""Options of the commands on databases, and the GWP set that one names."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click
from rich.console import Console

from footproof.cli.language import told
from footproof.cli.options import F
from footproof.model.parameter import GwpSet
from footproof.rules.parameters import shipped

PATH = click.Path(path_type=Path)
SETS = ("ar4", "ar5", "ar6")
CONVENTIONS = ("iso", "ef")


def counted(function: F) -> F:
    """Add --gwp and --biogenic."""
    gwp = click.option("--gwp", type=click.Choice(SETS), default="ar6", show_default=True, help=told("db.option.gwp"))
    biogenic = click.option(
        "--biogenic", type=click.Choice(CONVENTIONS), default="iso", show_default=True, help=told("db.option.biogenic")
    )
    return gwp(biogenic(function))


@contextmanager
def working() -> Iterator[None]:
    """Show on stderr, where somebody watches, that a long task is under way."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(told("db.working")):
        yield


def gwp_set(name: str, day: date) -> GwpSet:
    """Return a set of potentials as known on a day."""
    return shipped().gwp_set(f"gwp100.{name}", day)
