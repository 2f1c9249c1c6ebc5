"""A portfolio as a table: recipes of products of one database in, footprints out.

Columns `recipe, product, amount` and, where the amount is not in the product's own unit, `unit`; one row per input. The
table is read in one pass and held as numbers, so a hundred thousand recipes take seconds.
"""

import csv
import io
from collections.abc import Collection, Iterable, Sequence

from footproof.background.intensity_set import IntensitySet
from footproof.background.measures import between
from footproof.background.take import product_of
from footproof.errors import FootproofError, Where
from footproof.quantify.system import Vector

COLUMNS = ("recipe", "product", "amount")
Rows = list[tuple[int, int, float]]


def read_recipes(lines: Iterable[str], name: str, found: IntensitySet) -> tuple[list[str], Rows]:
    """Return the names of the recipes, and their rows as (recipe, product, amount). [product unit]

    Args:
        lines: Of a CSV table.
        name: Of the table, for errors.
        found: Intensities; a product is named by its id, or by its name where only one has it.

    Raises:
        FootproofError: E-TABLE-ROW, E-TABLE-ENCODING, E-TABLE-MISSING, E-TABLE-CELLS, E-NUMBER, E-DB-PRODUCT,
            E-UNIT-MISMATCH, each with its line.
    """
    try:
        return _Table(name, found).read(lines)
    except UnicodeDecodeError as problem:
        raise FootproofError("E-TABLE-ENCODING", Where(name)) from problem
    except csv.Error as problem:
        raise FootproofError("E-TABLE-ROW", Where(name), reason=str(problem)) from problem


def footprints_table(recipes: Sequence[str], values: Vector, doubtful: Collection[int]) -> bytes:
    """Return `recipe, value, unit, sound` as a table. [kg CO2e]

    Args:
        recipes: Names.
        values: One for each.
        doubtful: Numbers of recipes that rest on products the health report flags.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("recipe", "value", "unit", "sound"))
    writer.writerows(
        (name, f"{value:.10g}", "kg CO2e", "no" if number in doubtful else "yes")
        for number, (name, value) in enumerate(zip(recipes, values, strict=True))
    )
    return text.getvalue().encode("utf-8")


class _Table:
    """What is known while a table is read: products and factors that were met."""

    def __init__(self, name: str, found: IntensitySet) -> None:
        self._name, self._found = name, found
        self._place = {product.id: number for number, product in enumerate(found.products)}
        self._products: dict[str, int] = {}
        self._factors: dict[tuple[int, str], float] = {}

    def read(self, lines: Iterable[str]) -> tuple[list[str], Rows]:
        reader = csv.reader(lines, strict=True)
        header = [cell.strip() for cell in next(reader, [])]
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            raise FootproofError("E-TABLE-MISSING", Where(self._name, 1), missing=", ".join(missing))
        at = [header.index(column) for column in COLUMNS]
        unit = header.index("unit") if "unit" in header else -1
        recipes: dict[str, int] = {}
        rows: Rows = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                where = Where(self._name, reader.line_num)
                raise FootproofError("E-TABLE-CELLS", where, found=len(cells), needed=len(header))
            recipe, product, amount = (cells[place] for place in at)
            number = self._product(product, reader.line_num)
            factor = self._factor(number, cells[unit], reader.line_num) if unit >= 0 and cells[unit] else 1.0
            rows.append(
                (recipes.setdefault(recipe, len(recipes)), number, self._amount(amount, reader.line_num) * factor)
            )
        return list(recipes), rows

    def _product(self, text: str, line: int) -> int:
        number = self._products.get(text)
        if number is None:
            try:
                number = self._place[product_of(self._found, text).id]
            except FootproofError as problem:
                raise problem.at(Where(self._name, line, "product")) from problem
            self._products[text] = number
        return number

    def _factor(self, number: int, unit: str, line: int) -> float:
        factor = self._factors.get((number, unit))
        if factor is None:
            own = self._found.products[number].unit
            factor = between(unit, own)
            if factor is None:
                raise FootproofError("E-UNIT-MISMATCH", Where(self._name, line, "unit"), found=unit[:40], needed=own)
            self._factors[number, unit] = factor
        return factor

    def _amount(self, text: str, line: int) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < 1e300:
            where = Where(self._name, line, "amount")
            raise FootproofError("E-NUMBER", where, found=text[:40], digits=12, exponent=30)
        return value
