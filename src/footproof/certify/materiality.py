"""How high materiality may be agreed: a figure of the scheme, or the usual one where no scheme says.

ISO 14064-3:2019 sets no number; `schemes/verification.toml` holds the usual ones and says that they are assumed.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources

from footproof.certify.refusals import refuse
from footproof.certify.scheme_parts import figure
from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table, read_toml
from footproof.model.engagement import Assurance, Materiality
from footproof.model.scheme import Figure, Scheme
from footproof.rules.reading import named

FILE = "verification.toml"


def need_ceiling(
    limits: Materiality, assurance: Assurance, scheme: Scheme | None, where: str = "agreed.materiality"
) -> None:
    """Refuse a materiality above what scheme or custom allow at a level of assurance (I20).

    Args:
        limits: What is agreed, of the whole and of categories.
        assurance: Level of assurance.
        scheme: Of the case that the verification serves; None where it serves none.
        where: Field that names what was agreed.

    Raises:
        FootproofError: E-VERIFY-CEILING.
    """
    most = ceiling(assurance, scheme)
    highest = max(limits.overall, *limits.categories.values(), Decimal(0))
    if highest > most.value:
        raise refuse(
            "E-VERIFY-CEILING",
            "I20",
            where,
            found=f"{highest}",
            limit=f"{most.value}",
            source=most.source,
        )


def ceiling(assurance: Assurance, scheme: Scheme | None) -> Figure:
    """Return the highest materiality at a level of assurance, with where it comes from. [1]"""
    name = f"materiality_{assurance.value}"
    own = scheme.figures.get(name) if scheme is not None else None
    return own or usual()[name]


@cache
def usual() -> Mapping[str, Figure]:
    """Return the figures of a verification that no scheme sets."""
    data = (resources.files("footproof") / "schemes" / FILE).read_bytes()
    return read_figures(data)


def read_figures(data: bytes) -> Mapping[str, Figure]:
    """Return the figures of a file, which holds one for each level of assurance.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*; E-SCHEME-FIGURE for one that is missing or no share.
    """
    values, lines = read_toml(data, FILE)
    head = Table(values, FILE, lines)
    head.refuse_unknown(("figure",))
    figures = {name: figure(name, table) for name, table in named(head, "figure")}
    for level in Assurance:
        name = f"materiality_{level.value}"
        one = figures.get(name)
        if one is None or one.unit != "1" or not 0 < one.value < 1:
            found = f"{one.value} {one.unit}" if one else "—"
            raise FootproofError("E-SCHEME-FIGURE", Where(FILE, field=name), name=name, found=found, unit="1")
    return figures
