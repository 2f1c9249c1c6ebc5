"""Contribution bars: what the result is made of, largest first, the rest in one bar, everything in the sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from footproof.report.figures import fixed, percent
from footproof.report.pictures import svg
from footproof.report.pictures.svg import Picture, figure, told
from footproof.texts import Lang

_NAME = "contributions"
_LEFT, _RIGHT, _TOP, _PITCH, _BAR = 214, 116, 30, 26, 16


@dataclass(frozen=True, slots=True)
class Contribution:
    """One part of the result.

    Args:
        name: In the language of the picture.
        value: Negative for a credit. [unit]
        rest: Whether it gathers everything that has no bar of its own.
    """

    name: str
    value: Fraction
    rest: bool = False


def contribution_bars(parts: Sequence[Contribution], unit: str, places: int, lang: Lang) -> Picture:
    """Return a bar per part, in the given order, and the sum below.

    Args:
        parts: All of the result: their values sum to it. At least one. [unit]
        unit: Of the result.
        places: Decimals to write.
        lang: "zh" or "en".
    """
    whole = sum((part.value for part in parts), Fraction(0))
    low = min((part.value for part in parts), default=Fraction(0))
    high = max((part.value for part in parts), default=Fraction(0))
    marks = svg.ticks(min(low, Fraction(0)), max(high, Fraction(0)), 5)
    width = svg.WIDTH - _LEFT - _RIGHT
    bottom = _TOP + _PITCH * len(parts)
    shown = svg.unit_text(unit)

    def x(value: Fraction) -> float:
        return _LEFT + width * float((value - marks[0]) / (marks[-1] - marks[0]))

    drawn = [svg.line(x(m), _TOP - 4, x(m), bottom, colour=svg.INK if m == 0 else svg.GRID) for m in marks]
    drawn += [
        svg.text(x(m), _TOP - 10, svg.tick_text(m, marks), size=11, anchor="middle", colour=svg.SOFT) for m in marks
    ]
    drawn.append(svg.text(4, 16, shown, colour=svg.SOFT))
    for row, part in enumerate(parts):
        y = _TOP + _PITCH * row + (_PITCH - _BAR) / 2
        paint = svg.fill(_NAME, svg.REST if part.rest else svg.DOWN if part.value < 0 else 0)
        left = min(x(part.value), x(Fraction(0)))
        size = abs(x(part.value) - x(Fraction(0)))
        tip = f"{part.name}: {fixed(part.value, places)} {shown}"
        drawn.append(svg.rect(left, y, size, _BAR, paint, data=figure("part", part.value), title=tip))
        drawn += _name(part.name, y + 12.5)
        said = f"{fixed(part.value, places)}  ({percent(part.value, whole)})"
        drawn.append(svg.text(left + size + 6, y + 12.5, said, size=11, halo=True))
    drawn.append(svg.line(_LEFT, bottom + 2, svg.WIDTH - 4, bottom + 2))
    data = svg.attributes(figure("total", whole))
    total = f"{told(lang, 'total')}  {fixed(whole, places)} {shown}"
    drawn.append(f"<g{data}>{svg.text(svg.WIDTH - 6, bottom + 20, total, anchor='end', bold=True)}</g>")
    title = told(lang, "contributions.title", unit=shown)
    names = "; ".join(f"{part.name} {fixed(part.value, places)} ({percent(part.value, whole)})" for part in parts)
    alt = told(lang, "contributions.alt", unit=shown, parts=names, total=fixed(whole, places))
    return svg.picture(_NAME, title, alt, bottom + 28, drawn)


def _name(name: str, y: float) -> list[str]:
    """Return a name on one line, or on two smaller ones where it is long."""
    room = _LEFT - 12
    if svg.width_of(name, 12) <= room:
        return [svg.text(_LEFT - 8, y, name, anchor="end")]
    lines = svg.wrap(name, 10.5, room)
    top = y - 6 * (len(lines) - 1) - 0.5
    return [svg.text(_LEFT - 8, top + 12 * row, words, size=10.5, anchor="end") for row, words in enumerate(lines)]
