"""Exact figures and how a report writes them: rounded once, half to even, never through a float."""

from fractions import Fraction

from footproof.expressions import exact

MINUS = "−"


def exact_text(value: Fraction) -> str:
    """Return the exact value as text: a decimal where one is exact, else `p/q`."""
    return exact.write((value.numerator, value.denominator))


def places_of(text: str) -> int:
    """Return how many decimals a written figure has.

    Args:
        text: A plain decimal. [any unit]
    """
    return len(text.partition(".")[2])


def fixed(value: Fraction, places: int) -> str:
    """Return a value with a fixed number of decimals; what would read as zero but is not says so.

    Args:
        value: Exact. [any unit]
        places: Decimals to show.
    """
    scale: int = 10**places
    scaled = round(value * scale)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    text = f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else digits
    if scaled == 0 and value:
        least = f"0.{'1'.rjust(places, '0')}" if places else "1"
        return f"<{least}" if value > 0 else f">{MINUS}{least}"
    return f"{MINUS}{text}" if scaled < 0 else text


def significant(value: Fraction, digits: int) -> str:
    """Return a value in significant digits with a true minus sign.

    Args:
        value: Exact. [any unit]
        digits: 1 to 15.
    """
    text = exact.round_significant((value.numerator, value.denominator), digits)
    return text.replace("-", MINUS)


def percent(part: Fraction, whole: Fraction) -> str:
    """Return a part of a whole in percent with one decimal; a dash where the whole is zero. [%]"""
    return "–" if whole == 0 else f"{fixed(100 * part / whole, 1)} %"


def signed(value: Fraction, digits: int) -> str:
    """Return a difference in significant digits with its sign always written.

    Args:
        value: Exact. [any unit]
        digits: 1 to 15.
    """
    text = significant(value, digits)
    return f"+{text}" if value > 0 else text
