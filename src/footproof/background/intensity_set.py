"""An intensity set: what one unit of each product of a database carries, as declared decimals with a digest.

Stored before characterisation, by gas and origin, so that one set serves every GWP set and both biogenic conventions.
It names the database and the choices by digest and the solver by version. Whoever has the database solves it again and
compares within the tolerance (`compare`); nobody needs to solve anything to use it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np

from footproof.background.burdens import weight
from footproof.background.linked import Background
from footproof.canonical import canonical_bytes, digest, read_canonical, recordable
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.model.parameter import GwpSet
from footproof.quantify.intensities import Column, Intensities
from footproof.quantify.system import Vector

FORMAT = "footproof-intensities/1"
DIGITS = 10
TOLERANCE = Decimal("1e-8")
LEAST = Decimal("1e-30")
_TEXTS = ("id", "dataset", "flow", "name", "product", "location", "unit", "role", "period")
_ROUND = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Product:
    """What one unit of a product carries.

    Args:
        id: Id of the activity.
        dataset: Id of the dataset.
        flow: Id of the flow.
        name: Name of the dataset.
        product: Name of the flow.
        location: Code, or empty.
        unit: Unit of the product, as the database writes it.
        role: "virgin", "recycled", "market mix", "disposal" or empty.
        period: First and last year or day the dataset is about, or empty.
        names: Name of the dataset by language, "zh" and "en", where the database has them.
        sound: Whether nothing in its supply chain is flagged by the health report.
        values: Kilograms given off by number of the column; what is left out is zero. [kg / unit]
    """

    id: str
    dataset: str
    flow: str
    name: str
    product: str
    location: str
    unit: str
    role: str
    period: str
    names: Mapping[str, str]
    sound: bool
    values: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class IntensitySet:
    """The intensities of a database.

    Args:
        database: Its name, format and digest.
        choices: Digest of the choices that made the system.
        solver: Name and versions of what solved it.
        forward_error: Estimated relative error of the worst component. [1]
        columns: What is counted.
        products: One for each activity, in order.
    """

    database: Mapping[str, str]
    choices: str
    solver: Mapping[str, str]
    forward_error: str
    columns: tuple[Column, ...]
    products: tuple[Product, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical record."""
        return canonical_bytes(
            {
                "format": FORMAT,
                "database": dict(self.database),
                "choices": self.choices,
                "solver": dict(self.solver),
                "accuracy": {"digits": DIGITS, "forward_error": self.forward_error, "tolerance": normalise(TOLERANCE)},
                "columns": [[column.gas, column.origin, column.tag] for column in self.columns],
                "products": [_product_record(product) for product in self.products],
            }
        )

    def digest(self) -> str:
        """Return the digest of the record."""
        return digest(self.to_bytes())


@dataclass(frozen=True, slots=True)
class Difference:
    """A product whose declared intensity is not what solving again gives. [kg CO2e / unit]"""

    product: str
    declared: str
    found: str


def declare(
    background: Background,
    found: Intensities,
    *,
    unsound: frozenset[int],
    database: Mapping[str, str],
    choices: str,
    solver: Mapping[str, str],
) -> IntensitySet:
    """Return the intensities of a system as decimals of ten significant digits.

    Args:
        background: The system.
        found: Its solution.
        unsound: Activities whose supply chain reaches what the health report flags.
        database: Name, format and digest.
        choices: Digest of the choices.
        solver: Versions, beside the name of the solver.
    """
    return IntensitySet(
        database=database,
        choices=choices,
        solver={"name": found.solver, **solver},
        forward_error=f"{found.forward_error:.1e}",
        columns=found.columns,
        products=tuple(
            _product(background, number, row, sound=number not in unsound) for number, row in enumerate(found.values)
        ),
    )


def read_intensities(data: bytes, name: str) -> IntensitySet:
    """Read an intensity set from its canonical record.

    Raises:
        FootproofError: E-CANONICAL for another byte form, E-INTENSITIES-FORM for another content.
    """
    record = read_canonical(data)
    try:
        if record["format"] != FORMAT:
            raise KeyError(record["format"])
        return IntensitySet(
            database={key: str(value) for key, value in record["database"].items()},
            choices=str(record["choices"]),
            solver={key: str(value) for key, value in record["solver"].items()},
            forward_error=str(record["accuracy"]["forward_error"]),
            columns=tuple(Column(*map(str, column)) for column in record["columns"]),
            products=tuple(map(_read_product, record["products"])),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as problem:
        raise FootproofError("E-INTENSITIES-FORM", Where(name), reason=str(problem)[:120]) from problem


def characterised(product: Product, weights: Sequence[Decimal]) -> Decimal:
    """Return what one unit of a product counts, to ten digits. [kg CO2e / unit]

    Args:
        product: The product.
        weights: By column, from `burdens.weights`.
    """
    total = sum((value * weights[column] for column, value in product.values.items()), Decimal(0))
    return _ROUND.plus(total)


def by_origin(product: Product, columns: Sequence[Column], weights: Sequence[Decimal]) -> dict[str, Decimal]:
    """Return the same by origin; tagged columns are left out. [kg CO2e / unit]"""
    parts: dict[str, Decimal] = {}
    for column, value in product.values.items():
        if not columns[column].tag:
            origin = columns[column].origin
            parts[origin] = parts.get(origin, Decimal(0)) + value * weights[column]
    return {origin: _ROUND.plus(part) for origin, part in sorted(parts.items())}


def compare(declared: IntensitySet, again: IntensitySet, known: GwpSet) -> list[Difference]:
    """Return the products whose declared figures differ from a second solution by more than the tolerance.

    A difference is measured against the sum of the magnitudes of the product's columns in CO2e, since the difference of
    a large emission and a large removal has no more digits than these.

    Args:
        declared: Published set.
        again: The same database solved again.
        known: A GWP set, as the measure of what matters.
    """
    second = {product.id: product for product in again.products}
    differences = []
    for product in declared.products:
        other = second.pop(product.id, None)
        if other is None or _apart(product, declared.columns, other, again.columns, known):
            shown = "-" if other is None else _shown(other, again.columns, known)
            differences.append(Difference(product.id, _shown(product, declared.columns, known), shown))
    return [*differences, *(Difference(id_, "-", _shown(each, again.columns, known)) for id_, each in second.items())]


def _product(background: Background, number: int, row: Vector, *, sound: bool) -> Product:
    activity = background.activities[number]
    flow = background.source.flows[activity.flow]
    dataset = background.source.datasets[activity.dataset]
    values = {column: declared for column in np.flatnonzero(row) if (declared := _declared(float(row[column])))}
    return Product(
        id=recordable(activity.id),
        dataset=recordable(activity.dataset),
        flow=recordable(activity.flow),
        name=recordable(background.name(number)),
        product=recordable(flow.name),
        location=recordable(activity.location),
        unit=recordable(flow.unit),
        role=activity.role,
        period=recordable("/".join(day for day in dict.fromkeys(dataset.period) if day)),
        names={lang: recordable(dataset.names[lang]) for lang in ("zh", "en") if dataset.names.get(lang)},
        sound=sound and bool(np.isfinite(row).all()),
        values={int(column): value for column, value in values.items()},
    )


def _declared(value: float) -> Decimal | None:
    """Return a float as a decimal of ten digits; None where it is not finite or beyond the range of a sheet."""
    if not np.isfinite(value):
        return None
    found = _ROUND.create_decimal_from_float(value)
    return found if LEAST <= abs(found) < 1 / LEAST else None


def _product_record(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "dataset": product.dataset,
        "flow": product.flow,
        "name": product.name,
        "product": product.product,
        "location": product.location,
        "unit": product.unit,
        "role": product.role,
        "period": product.period,
        "names": dict(product.names),
        "sound": product.sound,
        "values": [[column, normalise(value)] for column, value in product.values.items()],
    }


def _read_product(record: Mapping[str, Any]) -> Product:
    texts = {key: record[key] for key in _TEXTS}
    names = {lang: record["names"][lang] for lang in record["names"]}
    if not all(isinstance(text, str) for text in (*texts.values(), *names.values())):
        raise TypeError(record["id"])
    if not isinstance(record["sound"], bool):
        raise TypeError(record["id"])
    values = {int(column): Decimal(value) for column, value in record["values"]}
    if not all(value.is_finite() for value in values.values()):
        raise ValueError(record["id"])
    return Product(**texts, names=names, sound=record["sound"], values=values)


def _apart(
    one: Product, columns: Sequence[Column], other: Product, other_columns: Sequence[Column], known: GwpSet
) -> bool:
    first = {columns[number]: value for number, value in one.values.items()}
    second = {other_columns[number]: value for number, value in other.values.items()}
    keys = first.keys() | second.keys()
    sizes = {key: abs(weight(key, known, biogenic="iso")) for key in keys}
    none = Decimal(0)
    larger = {key: max(abs(first.get(key, none)), abs(second.get(key, none))) * sizes[key] for key in keys}
    room = TOLERANCE * sum((size for key, size in larger.items() if not key.tag), none)
    return any(abs(first.get(key, none) - second.get(key, none)) * sizes[key] > room for key in keys)


def _shown(product: Product, columns: Sequence[Column], known: GwpSet) -> str:
    weights = [Decimal(0) if column.tag else weight(column, known, biogenic="iso") for column in columns]
    return normalise(characterised(product, weights))
