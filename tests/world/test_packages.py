"""Packages of the world are what sealing the study in them gives, and recompute to what was computed directly."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.assess import assess
from footproof.assess.contents import about
from footproof.canonical import canonical_bytes
from footproof.formats.study import StudyFiles, read_study
from footproof.model.bilingual import Bilingual
from footproof.package import open_package, recompute
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.server.world.packages import RULE, Figures, Study, footprint, sealed
from footproof.server.world.shape import shape

NAME = Bilingual("示例", "DEMO")
AMOUNTS = st.decimals("0.001", "20000", places=3).map(lambda one: one.normalize())


def measured(amounts: tuple[Decimal, ...], grid: Decimal, year: int) -> Figures:
    """Return figures: product, main and other material, power, fuel, in this order, and the factor of the grid."""
    product, main, other, power, fuel = amounts
    return Figures(product, main, other, power, fuel, grid, year)


def study(category: str, *amounts: str, year: int = 2025) -> Study:
    """Return a study."""
    figures = measured(tuple(Decimal(one) for one in amounts), Decimal("0.61"), year - 1)
    return Study(category, figures, "DM-1", NAME, NAME, NAME, year, date(year + 1, 1, 1))


@pytest.mark.parametrize("kind", [one.code for one in shape().kinds])
def test_is_what_assessing_gives(kind: str) -> None:
    """The study in the package, assessed again, gives the same sheet, record and result, byte for byte."""
    made = study(kind, "7", "8.5", "0.25", "12.34", "0.5")
    parts = open_package(sealed(made)).parts
    tables = {name.removeprefix("study/"): data for name, data in parts.items() if name.startswith("study/")}
    found = assess(read_study(StudyFiles(tables, None)), load_rulebook(RULE), shipped(), made.known)
    assert found.sheet_bytes == parts["sheet.json"]
    assert canonical_bytes(found.result) == parts["result.json"]
    assert canonical_bytes(about(found)) == parts["about.json"]


@settings(max_examples=25, deadline=None)
@given(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS), st.sampled_from([one.code for one in shape().kinds]))
def test_recomputes(amounts: tuple[Decimal, ...], kind: str) -> None:
    """Whatever was measured, the package recomputes, and its digest and value are those computed without it."""
    made = Study(kind, measured(amounts, Decimal("0.5"), 2024), "DM-1", NAME, NAME, NAME, 2025, date(2026, 1, 1))
    found, package = footprint(made), open_package(sealed(made))
    again = recompute(package)
    assert again.ok, again.differs
    assert (found.package, found.value) == (package.digest, Decimal(again.declared or 0))
