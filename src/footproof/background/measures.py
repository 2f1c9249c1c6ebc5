"""Units as databases write them: which closed unit they are, and by what one is multiplied to be another.

The closed table of `units` is for declared figures. Databases write "kilogram", "metric ton*km" or "Item(s)"; what is
known here converts, what is not never converts by a guess.
"""

from functools import lru_cache

from footproof.errors import FootproofError
from footproof.units import conversion, unit

# Symbol of the closed table and how many of it one is.
_KNOWN = {
    "kilogram": ("kg", 1.0), "gram": ("g", 1.0), "ton": ("t", 1.0), "tonne": ("t", 1.0), "metric ton": ("t", 1.0),
    "lb av": ("kg", 0.45359237), "lb": ("kg", 0.45359237), "pound": ("kg", 0.45359237), "sh tn": ("kg", 907.18474),
    "kilowatt hour": ("kWh", 1.0), "kilowatt-hour": ("kWh", 1.0), "megajoule": ("MJ", 1.0),
    "btu": ("MJ", 0.00105505585262), "MMBtu": ("MJ", 1055.05585262), "cubic meter": ("m3", 1.0),
    "cubic metre": ("m3", 1.0), "l": ("L", 1.0), "litre": ("L", 1.0), "liter": ("L", 1.0),
    "gal (US liq)": ("L", 3.785411784), "square meter": ("m2", 1.0), "square metre": ("m2", 1.0),
    "hectare": ("m2", 1e4), "ha": ("m2", 1e4), "meter": ("m", 1.0), "metre": ("m", 1.0), "kilometer": ("km", 1.0),
    "kilometre": ("km", 1.0), "mi": ("km", 1.609344), "ton kilometer": ("tkm", 1.0), "t*km": ("tkm", 1.0),
    "metric ton*km": ("tkm", 1.0), "kg*km": ("tkm", 0.001), "t*mi": ("tkm", 1.609344), "hour": ("h", 1.0),
    "hr": ("h", 1.0), "day": ("d", 1.0), "Item(s)": ("piece", 1.0), "item": ("piece", 1.0), "items": ("piece", 1.0),
    "unit": ("piece", 1.0), "p": ("piece", 1.0), "number": ("piece", 1.0),
}  # fmt: skip


@lru_cache(maxsize=4096)
def closed(text: str) -> tuple[str, float] | None:
    """Return the unit of the closed table that a database's unit stands for, and how many of it one is."""
    known = _KNOWN.get(text) or _KNOWN.get(text.casefold())
    if known:
        return known
    try:
        unit(text)
    except FootproofError:
        return None
    return (text, 1.0) if text.strip() else None


@lru_cache(maxsize=4096)
def between(source: str, target: str) -> float | None:
    """Return by what an amount in `source` is multiplied to be in `target`; None where they do not convert."""
    if source == target:
        return 1.0
    have, want = closed(source), closed(target)
    if have is None or want is None:
        return None
    try:
        return float(conversion(have[0], want[0])) * have[1] / want[1]
    except FootproofError:
        return None


def measures(text: str, symbol: str) -> bool:
    """Return whether a database's unit measures the same as a symbol such as "kg" or "MJ"."""
    return between(text, symbol) is not None
