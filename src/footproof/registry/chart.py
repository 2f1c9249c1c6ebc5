"""The stage bar: one stacked bar on an absolute axis from zero, credits on the other side of it.

Its positions are percentages, so that it fills any width without scaling its letters, and its colours are classes,
so that the page's policy needs no inline style.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

from markupsafe import Markup

from footproof.label.rounding import plain_text
from footproof.model.certificate import Stage

COLOURS = 8
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_MOST_TICKS = 5
_BAR_Y, _BAR_HEIGHT, _HEIGHT = 6, 44, 76


def stage_chart(stages: Sequence[Stage], label: str) -> Markup:
    """Return the bar as an SVG element.

    Args:
        stages: In the order of the rule. [unit of the certificate]
        label: What a screen reader says.
    """
    zero = Decimal(0)
    above = sum((stage.value for stage in stages if stage.value > 0), zero)
    below = sum((stage.value for stage in stages if stage.value < 0), zero)
    step = _step((above - below) or Decimal(1))
    low, high = -_cover(-below, step), _cover(above, step) or step
    scale = Decimal(100) / (high - low)
    pieces = [_tick(low + step * number, (step * number) * scale) for number in range(int((high - low) / step) + 1)]
    right, left = -low, -low
    for index, stage in enumerate(stages):
        width = abs(stage.value)
        if stage.value < 0:
            left -= width
        start = left if stage.value < 0 else right
        if stage.value > 0:
            right += width
        if width:
            pieces.append(_bar(start * scale, width * scale, index % COLOURS))
    pieces.append(_line(_percent(-low * scale), "zero"))
    body = Markup("").join(Markup(piece) for piece in pieces)  # noqa: S704  # numbers only
    return Markup('<svg class="bar" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        _HEIGHT, label, body
    )


def _step(span: Decimal) -> Decimal:
    """Return the smallest round step that needs few ticks."""
    power = Decimal(1).scaleb((span / _MOST_TICKS).adjusted())
    return next(step * power for step in _STEPS if step * power * _MOST_TICKS >= span)


def _cover(size: Decimal, step: Decimal) -> Decimal:
    return (size / step).to_integral_value(ROUND_CEILING) * step


def _tick(value: Decimal, at: Decimal) -> str:
    anchor = "start" if at < 2 else "end" if at > 98 else "middle"
    text = plain_text(value.normalize()) if value else "0"
    x = _percent(at)
    return _line(x, "tick") + f'<text x="{x}" y="{_HEIGHT - 4}" text-anchor="{anchor}">{text}</text>'


def _line(x: str, name: str) -> str:
    return f'<line x1="{x}" x2="{x}" y1="0" y2="{_BAR_Y * 2 + _BAR_HEIGHT}" class="{name}"/>'


def _bar(start: Decimal, width: Decimal, colour: int) -> str:
    x, size = _percent(start), _percent(width)
    return f'<rect x="{x}" y="{_BAR_Y}" width="{size}" height="{_BAR_HEIGHT}" class="stage-{colour}"/>'


def _percent(value: Decimal) -> str:
    return f"{value:.3f}%"
