"""Uncertainty: a quantile dot plot of samples, or an interval of given percentiles.

Each dot stands for the same share of the samples, so chances can be counted. M. Kay et al. (2016), When (ish) is
my bus?, section on quantile dotplots.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from footproof.report.figures import significant
from footproof.report.pictures import svg
from footproof.report.pictures.svg import Picture, figure, told
from footproof.texts import Lang

_NAME = "uncertainty"
_EDGE, _TOP = 40, 24
_DIGITS = 4
DOTS = 50


def quantile(ordered: Sequence[Fraction], share: Fraction) -> Fraction:
    """Return a quantile of ordered samples, by linear interpolation between the two nearest.

    Args:
        ordered: At least one, ascending. [unit]
        share: 0 to 1. [1]
    """
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def uncertainty_dots(samples: Sequence[Fraction], stated: Fraction, unit: str, lang: Lang) -> Picture:
    """Return a dot plot of 50 quantiles with the 5–95 % interval and the stated result.

    Args:
        samples: Of the result, at least one, in any order. [unit]
        stated: The result itself. [unit]
        unit: Of the result.
        lang: "zh" or "en".
    """
    ordered = sorted(samples)
    dots = [quantile(ordered, Fraction(2 * n + 1, 2 * DOTS)) for n in range(DOTS)]
    found = {p: quantile(ordered, Fraction(p, 100)) for p in (5, 50, 95)}
    marks = svg.ticks(min(dots[0], stated), max(dots[-1], stated), 7)
    width = svg.WIDTH - 2 * _EDGE
    size = 15.0
    stacks: dict[int, list[Fraction]] = {}
    for dot in dots:
        stacks.setdefault(int(width * (dot - marks[0]) / (marks[-1] - marks[0]) / Fraction(size)), []).append(dot)
    tall = size * max(len(stack) for stack in stacks.values())
    base = _TOP + tall + 18
    drawn = []
    for column, stack in sorted(stacks.items()):
        for row, dot in enumerate(stack):
            x, y = _EDGE + size * (column + 0.5), base - size * (row + 0.5)
            data = svg.attributes(figure("dot", dot))
            drawn.append(
                f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="6.6" fill="{svg.FILLS[1]}" '
                f'stroke="{svg.INK}" stroke-width="0.9"{data}/>'
            )
    key = told(lang, "uncertainty.dot", share=significant(Fraction(100, DOTS), 3), count=len(samples))
    drawn.append(svg.text(_EDGE, 14, key, size=11, colour=svg.SOFT))
    return _finish(drawn, base, marks, found, stated=stated, unit=unit, lang=lang)


def uncertainty_interval(percentiles: Mapping[int, Fraction], stated: Fraction, unit: str, lang: Lang) -> Picture:
    """Return the interval that some percentiles give, with the stated result.

    Args:
        percentiles: Value by percent; 5, 50 and 95 are needed. [unit]
        stated: The result itself. [unit]
        unit: Of the result.
        lang: "zh" or "en".
    """
    marks = svg.ticks(min(*percentiles.values(), stated), max(*percentiles.values(), stated), 7)
    return _finish([], _TOP + 16, marks, percentiles, stated=stated, unit=unit, lang=lang)


def _finish(
    drawn: list[str],
    base: float,
    marks: Sequence[Fraction],
    found: Mapping[int, Fraction],
    *,
    stated: Fraction,
    unit: str,
    lang: Lang,
) -> Picture:
    """Add axis, interval, stated result and words."""

    def x(value: Fraction) -> float:
        return _EDGE + (svg.WIDTH - 2 * _EDGE) * float((value - marks[0]) / (marks[-1] - marks[0]))

    shown = svg.unit_text(unit)
    drawn.append(svg.line(_EDGE, base, svg.WIDTH - _EDGE, base))
    drawn.append(svg.line(x(stated), 22, x(stated), base, width=1.8, dash="5 3"))
    rail = base + 14
    drawn.append(svg.line(x(found[5]), rail, x(found[95]), rail, width=5))
    for share in (5, 50, 95):
        data = svg.attributes(figure(f"p{share}", found[share]))
        drawn.append(f"<g{data}>{svg.line(x(found[share]), rail - 6, x(found[share]), rail + 6, width=2)}</g>")
    for mark in marks:
        drawn.append(svg.line(x(mark), base, x(mark), base + 4))
        words = svg.tick_text(mark, marks)
        drawn.append(svg.text(x(mark), base + 36, words, size=11, anchor="middle", colour=svg.SOFT))
    drawn.append(svg.text(svg.WIDTH - _EDGE, base + 52, shown, size=11, anchor="end", colour=svg.SOFT))
    values = {f"p{share}": significant(found[share], _DIGITS) for share in (5, 50, 95)}
    said = told(lang, "uncertainty.interval", unit=shown, stated=significant(stated, _DIGITS), **values)
    rows = svg.wrap(said, 12, svg.WIDTH - 2 * _EDGE, 3)
    drawn += [svg.text(_EDGE, base + 72 + 17 * row, words) for row, words in enumerate(rows)]
    title = told(lang, "uncertainty.title", unit=shown)
    return svg.picture(_NAME, title, f"{title} {said}", base + 80 + 17 * (len(rows) - 1), drawn)
