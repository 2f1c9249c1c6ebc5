"""Stage bars: one column per life-cycle stage on an axis from zero, credits below it, the total beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from footproof.report.figures import fixed, percent
from footproof.report.pictures import svg
from footproof.report.pictures.svg import Picture, figure, told
from footproof.texts import Lang

_LEFT, _TOP, _PLOT, _LABELS = 64, 34, 230, 62
_NAME = "stages"


@dataclass(frozen=True, slots=True)
class StageBar:
    """What one stage emits and what it is credited with.

    Args:
        name: In the language of the picture.
        above: Sum of what is positive. [unit]
        below: Sum of what is negative, zero or less. [unit]
    """

    name: str
    above: Fraction
    below: Fraction

    @property
    def net(self) -> Fraction:
        """Return the result of the stage. [unit]"""
        return self.above + self.below


@dataclass(frozen=True, slots=True)
class _Plot:
    low: Fraction
    high: Fraction
    pitch: float
    unit: str
    places: int

    def y(self, value: Fraction) -> float:
        return _TOP + _PLOT * float((self.high - value) / (self.high - self.low))

    @property
    def bar(self) -> float:
        return min(72.0, self.pitch * 0.56)


def stage_bars(bars: Sequence[StageBar], unit: str, places: int, lang: Lang) -> Picture:
    """Return the columns of the stages and of their total.

    Args:
        bars: In the order of the rule, at least one. [unit]
        unit: Of the result, per functional unit.
        places: Decimals to write.
        lang: "zh" or "en".
    """
    whole = sum((bar.net for bar in bars), Fraction(0))
    gross = sum((bar.above for bar in bars), Fraction(0))
    credit = sum((bar.below for bar in bars), Fraction(0))
    marks = svg.ticks(min(credit, whole, Fraction(0)), max(gross, whole, Fraction(0)))
    plot = _Plot(marks[0], marks[-1], (svg.WIDTH - _LEFT - 8) / (len(bars) + 1), unit, places)
    shown = svg.unit_text(unit)
    title = told(lang, "stages.title", unit=shown)
    said = "; ".join(f"{bar.name} {fixed(bar.net, places)} ({percent(bar.net, whole)})" for bar in bars)
    alt = told(lang, "stages.alt", unit=shown, stages=said, total=fixed(whole, places))
    parts = [svg.text(4, 16, shown, colour=svg.SOFT), *_axis(marks, plot)]
    for index, bar in enumerate(bars):
        parts += _column(plot, index, bar, percent(bar.net, whole), lang)
    parts += _total(plot, bars, whole, told(lang, "total"))
    height = _TOP + _PLOT + _LABELS
    return svg.picture(_NAME, title, alt, height, parts)


def _axis(marks: Sequence[Fraction], plot: _Plot) -> Iterator[str]:
    for mark in marks:
        y = plot.y(mark)
        zero = mark == 0
        yield svg.line(_LEFT, y, svg.WIDTH - 4, y, colour=svg.INK if zero else svg.GRID, width=1.4 if zero else 0.8)
        yield svg.text(_LEFT - 6, y + 4, svg.tick_text(mark, marks), size=11, anchor="end", colour=svg.SOFT)


def _column(plot: _Plot, index: int, bar: StageBar, share: str, lang: Lang) -> Iterator[str]:
    middle = _LEFT + plot.pitch * (index + 0.5)
    x = middle - plot.bar / 2
    zero = plot.y(Fraction(0))
    for value, kind in ((bar.above, "above"), (bar.below, "below")):
        if value:
            top = min(plot.y(value), zero)
            tip = f"{bar.name}: {fixed(value, plot.places)} {svg.unit_text(plot.unit)}"
            data = figure(kind, value, stage=bar.name)
            yield svg.rect(x, top, plot.bar, abs(plot.y(value) - zero), svg.fill(_NAME, index), data=data, title=tip)
    if bar.above and bar.below:
        y = plot.y(bar.net)
        yield svg.line(x - 8, y, x + plot.bar + 8, y, width=2.4)
        yield svg.text(x + plot.bar + 11, y + 4, told(lang, "net"), size=10)
    yield from _value(plot, middle, max(bar.above, Fraction(0)), fixed(bar.net, plot.places), share)
    yield from _name(plot, middle, bar.name)


def _total(plot: _Plot, bars: Sequence[StageBar], whole: Fraction, name: str) -> Iterator[str]:
    """Yield the stack of all stages, credits below zero, and the line of the net result."""
    middle = _LEFT + plot.pitch * (len(bars) + 0.5)
    x = middle - plot.bar / 2
    up = down = Fraction(0)
    yield svg.line(_LEFT + plot.pitch * len(bars), _TOP - 8, _LEFT + plot.pitch * len(bars), _TOP + _PLOT, dash="3 3")
    for index, bar in enumerate(bars):
        for value in (bar.above, bar.below):
            if not value:
                continue
            start = up if value > 0 else down
            end = start + value
            top = min(plot.y(start), plot.y(end))
            tip = f"{bar.name}: {fixed(value, plot.places)}"
            yield svg.rect(
                x,
                top,
                plot.bar,
                abs(plot.y(start) - plot.y(end)),
                svg.fill(_NAME, index),
                data=figure("stack", value, stage=bar.name),
                title=tip,
            )
            up, down = (end, down) if value > 0 else (up, end)
    if down:
        y = plot.y(whole)
        yield svg.line(x - 8, y, x + plot.bar + 8, y, width=2.4)
    data = svg.attributes(figure("total", whole))
    yield f"<g{data}>" + "".join(_value(plot, middle, up, fixed(whole, plot.places), "100.0 %", bold=True)) + "</g>"
    yield from _name(plot, middle, name)


def _value(plot: _Plot, middle: float, top: Fraction, value: str, share: str, *, bold: bool = False) -> Iterator[str]:
    y = plot.y(top)
    yield svg.text(middle, y - 18, value, size=12, anchor="middle", bold=bold, halo=True)
    yield svg.text(middle, y - 5, share, size=11, anchor="middle", colour=svg.SOFT, halo=True)


def _name(plot: _Plot, middle: float, name: str) -> Iterator[str]:
    for row, words in enumerate(svg.wrap(name, 12, plot.pitch - 6, 3)):
        yield svg.text(middle, _TOP + _PLOT + 19 + 15 * row, words, anchor="middle")
