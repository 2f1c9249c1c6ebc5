"""Terms: an amount per unit of the result times a factor vector, in a stage, with its source."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from footproof.assess.builder import SheetBuilder, product
from footproof.assess.factors import Resolved
from footproof.errors import FootproofError, Where
from footproof.expressions.tree import Tree
from footproof.model.bilingual import Bilingual
from footproof.units import Unit, unit

KG = unit("kg")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a term is made of before it meets a factor.

    Args:
        stage: Where it counts.
        process: Where it arises.
        amount: Per unit of the result. [measured]
        measured: Its unit.
        aircraft: Whether it is transport by aircraft.
    """

    stage: str
    process: str
    amount: Tree
    measured: Unit
    aircraft: bool = False

    def times(self, *factors: Tree) -> "Leaf":
        """Return the leaf with its amount multiplied."""
        return replace(self, amount=product(self.amount, *factors))


class TermList:
    """The terms of a sheet in the making, the gases they use, and what a reader must know of them."""

    def __init__(self, builder: SheetBuilder) -> None:
        self.builder = builder
        self.gases: dict[tuple[str, str], Where] = {}
        self.findings: list[dict[str, str]] = []

    def finding(self, code: str, subject: str, detail: str = "") -> None:
        """Note something that changes no figure but that a reader must know."""
        self.findings.append({"code": code, "subject": subject, "detail": detail})

    def add(self, term: str, leaf: Leaf, factor: Resolved, at: Where, info: Mapping[str, Any]) -> None:
        """Add a term.

        Args:
            term: Its id.
            leaf: Amount and stage.
            factor: Vector.
            at: Row of the study, for errors.
            info: Name, source and evidence, for people.

        Raises:
            FootproofError: E-UNIT-MISMATCH where amount and factor do not fit, E-STUDY-VECTOR where the entries of the
                factor need different conversions.
        """
        scale = scale_to_kg(leaf.measured, factor.entries[0][3], factor.entries[0][1], at)
        entries = []
        for origin, gas, number, entry_unit, tag in factor.entries:
            if scale_to_kg(leaf.measured, entry_unit, gas, at) != scale:
                raise FootproofError("E-STUDY-VECTOR", at, id=factor.info.get("factor", term))
            self.gases.setdefault((origin, gas), at)
            flies = tag or ("aircraft" if leaf.aircraft and origin == "fossil" else "")
            entries.append([origin, gas, number, *([flies] if flies else [])])
        if leaf.aircraft and all(len(entry) == 3 for entry in entries):
            self.finding("aircraft-undifferentiated", term)
        self.builder.terms.append(
            {
                "id": term,
                "stage": leaf.stage,
                "process": leaf.process,
                "unit": factor.unit.partition("/")[2].strip() or "kg",
                "amount": self.builder.scaled(product(leaf.amount, factor.weight), scale),
                "factor": entries,
                "info": {**factor.info, **info},
            }
        )


def both(text: Bilingual) -> dict[str, str]:
    """Return a text in both languages as a record."""
    return {"zh": text.zh, "en": text.en}


def scale_to_kg(measured: Unit, factor: str, gas: str, at: Where) -> Fraction:
    """Return by what amount × factor is multiplied to be in kg of gas.

    Raises:
        FootproofError: E-UNIT-MISMATCH where they do not fit.
    """
    found = _known_scale(measured, factor, gas)
    if found is None:
        needed = factor.partition("/")[2].strip() or factor
        raise FootproofError("E-UNIT-MISMATCH", at, found=_unit_name(measured), needed=needed)
    return found


@lru_cache(maxsize=4096)
def _known_scale(measured: Unit, factor: str, gas: str) -> Fraction | None:
    found = measured * unit(factor)
    bare = tuple(item for item in found.dimensions if item != (gas, 1))
    if bare != KG.dimensions or (gas == "CO2e" and ("CO2e", 1) not in found.dimensions):
        return None
    return found.scale / KG.scale


def _unit_name(measured: Unit) -> str:
    names = {
        (("MJ", 1),): "MJ",
        (("kg", 1),): "kg",
        (("kg", 1), ("m", 1)): "t*km",
        (("m", 3),): "m3",
        (("Nm3", 1),): "Nm3",
        (): "1",
    }
    return names.get(measured.dimensions, " ".join(f"{name}^{power}" for name, power in measured.dimensions))
