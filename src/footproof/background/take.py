"""An intensity of a database becomes a factor of a study: decimals by gas and origin, with where they are from.

In an intensity set an uptake is negative and the part of aircraft stands within the whole; in a study a removal is a
positive mass and the part of aircraft stands beside the rest. The sign is turned here, once.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal

from footproof.background.intensity_set import IntensitySet, Product
from footproof.background.measures import closed
from footproof.errors import FootproofError, Where
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import EmissionOrigin
from footproof.model.study import Factor, FactorEntry, IntensityOrigin, Place, Quality
from footproof.quantify.intensities import Column

_ROUND = Context(prec=12, rounding=ROUND_HALF_EVEN)


def product_of(found: IntensitySet, wanted: str) -> Product:
    """Return a product by its id, or by its name where only one has it.

    Raises:
        FootproofError: E-DB-PRODUCT where there is none, or several have that name.
    """
    exact = [product for product in found.products if product.id == wanted]
    named = exact or [product for product in found.products if wanted in {product.name, product.product}]
    if len(named) != 1:
        listed = "; ".join(f"{product.id} {product.name} {product.location}" for product in named[:8]) or "-"
        raise FootproofError("E-DB-PRODUCT", Where(found.database["name"]), name=wanted[:120], found=listed)
    return named[0]


def take(found: IntensitySet, product: Product, id_: str, *, unsound: bool = False) -> Factor:
    """Return an intensity as a factor of a study.

    Args:
        found: The set.
        product: A product of it.
        id_: Id of the factor in the study.
        unsound: Whether a product may be taken whose supply chain reaches what the health report flags.

    Raises:
        FootproofError: E-DB-UNSOUND for such a product, E-DB-UNIT where its unit has no place in a study, E-DB-NOTHING
            where it carries nothing at all.
    """
    if not product.sound and not unsound:
        raise FootproofError("E-DB-UNSOUND", Where(product.id), name=product.name)
    known = closed(product.unit)
    if known is None:
        raise FootproofError("E-DB-UNIT", Where(product.id), name=product.name, unit=product.unit)
    entries = tuple(_entries(found, product, known[0], Decimal(repr(known[1]))))
    if not entries:
        raise FootproofError("E-DB-NOTHING", Where(product.id), name=product.name)
    return Factor(
        id=id_,
        name=Bilingual(product.names.get("zh", product.name), product.names.get("en", product.name)),
        unit=entries[0].unit,
        quantity="life-cycle CO2e",
        scope="life cycle",
        role=product.role,
        entries=entries,
        basis="",
        boundary="cradle to gate",
        region=product.location or "-",
        year=product.period or "-",
        source=f"{found.database['name']}: {product.id}",
        confidence="secondary",
        quality=Quality(None, None, None),
        note=None,
        place=Place("", None, None),
        taken=IntensityOrigin(
            database=found.database["name"],
            digest=found.database["digest"],
            set=found.digest(),
            product=product.id,
            solver=" ".join(f"{name} {number}" for name, number in sorted(found.solver.items())),
        ),
    )


def _entries(found: IntensitySet, product: Product, symbol: str, scale: Decimal) -> list[FactorEntry]:
    amounts = {found.columns[number]: value / scale for number, value in product.values.items()}
    flying = {(column.gas, column.origin): value for column, value in amounts.items() if column.tag}
    entries = []
    for column, value in amounts.items():
        aircraft = flying.get((column.gas, column.origin), Decimal(0)) if not column.tag else Decimal(0)
        number = _ROUND.plus(_signed(column, value) - aircraft)
        if number:
            per = f"kg CO2e / {symbol}" if column.gas == "CO2e" else f"kg / {symbol}"
            entries.append(FactorEntry(column.origin, column.gas, number, per, bool(column.tag)))
    return entries


def _signed(column: Column, value: Decimal) -> Decimal:
    return -value if column.origin == EmissionOrigin.BIOGENIC_REMOVAL.value else value


def differs(factors: Mapping[str, Factor], found: IntensitySet) -> tuple[str, ...]:
    """Return the ids of intensities in a study that are not those of the set they name.

    Args:
        factors: Intensities of a study by id.
        found: A set; factors that name another one are passed over.
    """
    digest = found.digest()
    products = {product.id: product for product in found.products}
    wrong = []
    for id_, factor in factors.items():
        if factor.taken is None or factor.taken.set != digest:
            continue
        product = products.get(factor.taken.product)
        if product is None or set(take(found, product, id_, unsound=True).entries) != set(factor.entries):
            wrong.append(id_)
    return tuple(wrong)
