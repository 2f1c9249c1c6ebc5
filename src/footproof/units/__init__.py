"""Quantities and the closed unit table: exact conversion, and refusal where dimensions differ.

A unit is an exact scale and a product of base dimensions; counted pieces have none. A substance (`CO2e`, `CO2`, `C`) is
a dimension of its own, so that a mass of direct CO2 never passes for a mass of life-cycle CO2e. Factors: BIPM SI
brochure (9th ed.), exact by definition.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from footproof.errors import FootproofError

Dimensions = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement.

    Args:
        scale: How many base units one of it is.
        dimensions: Base dimensions with their exponents, sorted, none zero.
    """

    scale: Fraction
    dimensions: Dimensions

    def __mul__(self, other: "Unit") -> "Unit":
        return Unit(self.scale * other.scale, _combine(self.dimensions, other.dimensions, 1))

    def __truediv__(self, other: "Unit") -> "Unit":
        return Unit(self.scale / other.scale, _combine(self.dimensions, other.dimensions, -1))


ONE = Unit(Fraction(1), ())

# symbol: (scale to the base, base symbols with exponents)
_TABLE: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "kg": ("1", {"kg": 1}),
    "g": ("0.001", {"kg": 1}),
    "mg": ("0.000001", {"kg": 1}),
    "t": ("1000", {"kg": 1}),
    "kt": ("1000000", {"kg": 1}),
    "Mt": ("1000000000", {"kg": 1}),
    "J": ("0.000001", {"MJ": 1}),
    "kJ": ("0.001", {"MJ": 1}),
    "MJ": ("1", {"MJ": 1}),
    "GJ": ("1000", {"MJ": 1}),
    "TJ": ("1000000", {"MJ": 1}),
    "Wh": ("0.0036", {"MJ": 1}),
    "kWh": ("3.6", {"MJ": 1}),
    "MWh": ("3600", {"MJ": 1}),
    "GWh": ("3600000", {"MJ": 1}),
    "W": ("0.0864", {"MJ": 1, "d": -1}),
    "kW": ("86.4", {"MJ": 1, "d": -1}),
    "MW": ("86400", {"MJ": 1, "d": -1}),
    "m": ("1", {"m": 1}),
    "km": ("1000", {"m": 1}),
    "m2": ("1", {"m": 2}),
    "m3": ("1", {"m": 3}),
    "L": ("0.001", {"m": 3}),
    "Nm3": ("1", {"Nm3": 1}),
    "a": ("1", {"a": 1}),
    "d": ("1", {"d": 1}),
    "h": ("1/24", {"d": 1}),
    "piece": ("1", {}),
    "CNY": ("1", {"CNY": 1}),
    "EUR": ("1", {"EUR": 1}),
    "USD": ("1", {"USD": 1}),
    "CO2e": ("1", {"CO2e": 1}),
    "CO2": ("1", {"CO2": 1}),
    "CH4": ("1", {"CH4": 1}),
    "N2O": ("1", {"N2O": 1}),
    "C": ("1", {"C": 1}),
    "tkm": ("1000000", {"kg": 1, "m": 1}),
    "1": ("1", {}),
    "%": ("0.01", {}),
}
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "kgCO2e": ("kg", "CO2e"),
    "tCO2e": ("t", "CO2e"),
    "kgCO2": ("kg", "CO2"),
    "tCO2": ("t", "CO2"),
    "tC": ("t", "C"),
    "kgC": ("kg", "C"),
    "MJ_LHV": ("MJ",),
}
_TOKEN = re.compile(r"\s*(10\^[1-9]|[A-Za-z%][A-Za-z0-9_]*|1(?![0-9])|[*·/()])|\s+")
LONGEST = 80


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """Return the unit that a text names.

    Args:
        text: Symbols of the closed table joined by blank or `*`, with `/` and parentheses: "kg CO2e / (t*km)". A
            solidus divides by all that follows it up to the end or the closing parenthesis.

    Raises:
        FootproofError: E-UNIT-UNKNOWN for a symbol outside the table or a text that is not a unit.
    """
    tokens = _tokens(text)
    found, rest = _product(tokens, text)
    if rest:
        raise FootproofError("E-UNIT-UNKNOWN", text=text)
    return found


def conversion(source: str, target: str) -> Fraction:
    """Return by what an amount in `source` is multiplied to be in `target`, exactly.

    Raises:
        FootproofError: E-UNIT-MISMATCH where they measure different things, E-UNIT-UNKNOWN as `unit`.
    """
    have, want = unit(source), unit(target)
    if have.dimensions != want.dimensions:
        raise FootproofError("E-UNIT-MISMATCH", found=source, needed=target)
    return have.scale / want.scale


def same_dimension(first: str, second: str) -> bool:
    """Return whether two units measure the same thing."""
    return unit(first).dimensions == unit(second).dimensions


def symbols() -> tuple[str, ...]:
    """Return the symbols of the closed table."""
    return tuple(_TABLE)


def _combine(first: Dimensions, second: Dimensions, sign: int) -> Dimensions:
    total = dict(first)
    for name, exponent in second:
        total[name] = total.get(name, 0) + sign * exponent
    return tuple(sorted((name, exponent) for name, exponent in total.items() if exponent))


def _tokens(text: str) -> tuple[str, ...]:
    found: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or len(text) > LONGEST:
            raise FootproofError("E-UNIT-UNKNOWN", text=text[:LONGEST])
        if match.group(1):
            found.append(match.group(1))
        position = match.end()
    if not found:
        raise FootproofError("E-UNIT-UNKNOWN", text=text)
    return tuple(found)


def _product(tokens: tuple[str, ...], text: str) -> tuple[Unit, tuple[str, ...]]:
    total, tokens = _factor(tokens, text)
    while tokens and tokens[0] != ")":
        if tokens[0] == "/":
            divisor, tokens = _product(tokens[1:], text)
            return total / divisor, tokens
        tokens = tokens[1:] if tokens[0] in "*·" else tokens
        factor, tokens = _factor(tokens, text)
        total = total * factor
    return total, tokens


def _factor(tokens: tuple[str, ...], text: str) -> tuple[Unit, tuple[str, ...]]:
    if not tokens:
        raise FootproofError("E-UNIT-UNKNOWN", text=text)
    head, rest = tokens[0], tokens[1:]
    if head == "(":
        inner, rest = _product(rest, text)
        if not rest or rest[0] != ")":
            raise FootproofError("E-UNIT-UNKNOWN", text=text)
        return inner, rest[1:]
    if head.startswith("10^"):
        return Unit(Fraction(10 ** int(head[3:])), ()), rest
    parts = _ALIASES.get(head, (head,))
    total = ONE
    for part in parts:
        if part not in _TABLE:
            raise FootproofError("E-UNIT-UNKNOWN", text=text)
        scale, bases = _TABLE[part]
        total = total * Unit(Fraction(scale), tuple(sorted(bases.items())))
    return total, rest
