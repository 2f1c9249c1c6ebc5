"""What all pictures are made of: shapes, letters, hatched fills and an axis with round steps.

Positions are rounded to a hundredth, so the same figures give the same bytes. Widths of letters are estimated
generously, since the reader's fonts are not known.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from footproof.report.figures import exact_text, fixed
from footproof.texts import Lang, say

Anchor = Literal["start", "middle", "end"]

WIDTH = 720
INK = "#14211b"
SOFT = "#46524c"
GRID = "#ccd4d0"
PAPER = "#ffffff"
FONTS = (
    "'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',"
    "'Hiragino Sans GB','WenQuanYi Micro Hei',sans-serif"
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML has no way to write these.
# Light and dark alternate, and each has a hatching of its own.
FILLS = ("#0b6e45", "#9fd3ec", "#e8b62b", "#6a4a98", "#f0a98c", "#3d5d17", "#e3a6c6", "#44546a")
_HATCH = (
    "",
    '<path d="M0 8L8 0M-2 2L2 -2M6 10L10 6" stroke="#14211b" stroke-width="1"/>',
    '<circle cx="2" cy="2" r="1.1" fill="#14211b"/><circle cx="6" cy="6" r="1.1" fill="#14211b"/>',
    '<path d="M0 4H8" stroke="#ffffff" stroke-width="1.2"/>',
    '<path d="M0 0L8 8M-2 6L2 10M6 -2L10 2" stroke="#14211b" stroke-width="1"/>',
    '<path d="M4 0V8" stroke="#ffffff" stroke-width="1.2"/>',
    '<path d="M0 4H8M4 0V8" stroke="#14211b" stroke-width="0.8"/>',
    '<path d="M0 8L8 0M0 0L8 8" stroke="#ffffff" stroke-width="0.9"/>',
)
UP, DOWN, TOTAL, REST = 4, 1, 7, 2
LOWERED = {"₂": "2", "₄": "4", "₆": "6"}
_CLOSING, _OPENING = frozenset("）)，。、；：%"), frozenset("（(“")
_STEPS = (Fraction(1), Fraction(2), Fraction(5, 2), Fraction(5), Fraction(10))


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture.

    Args:
        name: Kind of picture, such as "sankey".
        svg: The SVG element.
        title: What it shows, with its unit.
        alt: The same with its figures, for who cannot see it.
        width: Of its grid. [px]
        height: Of its grid. [px]
    """

    name: str
    svg: str
    title: str
    alt: str
    width: int
    height: int


def told(lang: Lang, key: str, /, **values: object) -> str:
    """Return words of a picture in one language."""
    return say("report", f"picture.{key}", lang, **values)


def chemical(text: str) -> str:
    """Return a unit or a text with the digits of CO2, CH4, N2O and SF6 lowered."""
    for plain, lowered in (("CO2", "CO₂"), ("CH4", "CH₄"), ("N2O", "N₂O"), ("SF6", "SF₆")):
        text = text.replace(plain, lowered)
    return text


def unit_text(unit: str) -> str:
    """Return a unit without blanks and needless brackets, such as "kg CO₂e/(t*km)"."""
    return chemical(re.sub(r"^\((.*)\)$", r"\1", unit).replace(" / ", "/"))


def picture(name: str, title: str, alt: str, height: float, parts: Iterable[str], *, width: int = WIDTH) -> Picture:
    """Return a picture of its parts, with the title on top of the drawing left to the caption.

    Args:
        name: Prefix of its ids and its class.
        title: What it shows, with its unit.
        alt: Text alternative with the figures.
        height: Of the grid. [px]
        parts: SVG elements.
        width: Of the grid. [px]
    """
    body = "".join(parts)
    used = [index for index in range(len(FILLS)) if f"url(#{name}-f{index})" in body]
    defs = "".join(_pattern(name, index) for index in used)
    tall = round(height)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture {name}" viewBox="0 0 {width} {tall}" '
        f'width="{width}" height="{tall}" role="img" aria-label={quoteattr(alt)} font-family="{FONTS}">'
        f"<title>{escape(title)}</title>"
        f'{f"<defs>{defs}</defs>" if defs else ""}<rect width="{width}" height="{tall}" fill="{PAPER}"/>{body}</svg>'
    )
    return Picture(name, _UNPRINTABLE.sub("", svg), title, alt, width, tall)


def _pattern(name: str, index: int) -> str:
    return (
        f'<pattern id="{name}-f{index}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{FILLS[index]}"/>{_HATCH[index]}</pattern>'
    )


def fill(name: str, index: int) -> str:
    """Return the fill of the n-th part of a picture: a colour with a hatching of its own."""
    index %= len(FILLS)
    return f"url(#{name}-f{index})" if _HATCH[index] else FILLS[index]


def number(value: Fraction | float) -> str:
    """Return a position. [px]"""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def rect(
    x: Fraction | float,
    y: Fraction | float,
    width: Fraction | float,
    height: Fraction | float,
    paint: str,
    *,
    data: Mapping[str, str] | None = None,
    stroke: str = INK,
    title: str = "",
) -> str:
    """Return a rectangle with a thin outline, its data attributes and a tool tip."""
    said = f"<title>{escape(title)}</title>" if title else ""
    outline = f' stroke="{stroke}" stroke-width="0.8"' if stroke else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}" '
        f'fill="{paint}"{outline}{attributes(data)}>{said}</rect>'
    )


def attributes(data: Mapping[str, str] | None) -> str:
    """Return `data-` attributes."""
    return "".join(f" data-{key}={quoteattr(value)}" for key, value in (data or {}).items())


def figure(kind: str, value: Fraction, **more: str) -> dict[str, str]:
    """Return the data attributes of a drawn figure: its part in the picture and its exact value."""
    return {"part": kind, "value": exact_text(value), **more}


def text(
    x: Fraction | float,
    y: Fraction | float,
    content: str,
    *,
    size: float = 12,
    anchor: Anchor = "start",
    colour: str = INK,
    bold: bool = False,
    halo: bool = False,
) -> str:
    """Return a line of letters; a halo keeps them legible on a filled ground."""
    weight = ' font-weight="700"' if bold else ""
    line = (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{anchor}" '
        f'fill="{colour}"{weight}>{_lowered(escape(content), size)}</text>'
    )
    if not halo:
        return line
    ground = line.replace(f'fill="{colour}"', f'fill="{PAPER}" stroke="{PAPER}" stroke-width="3.5" aria-hidden="true"')
    return ground + line


def _lowered(content: str, size: float) -> str:
    """Return letters with the digits of CO₂ set small and low: not every font has glyphs for them."""
    shift = number(size * 0.2)
    for sign, digit in LOWERED.items():
        small = (
            f'<tspan font-size="{number(size * 0.7)}" dy="{shift}">{digit}</tspan><tspan dy="-{shift}">\u200b</tspan>'
        )
        content = content.replace(sign, small)
    return content


def line(
    x1: Fraction | float,
    y1: Fraction | float,
    x2: Fraction | float,
    y2: Fraction | float,
    *,
    colour: str = INK,
    width: float = 1,
    dash: str = "",
) -> str:
    """Return a straight line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" '
        f'stroke="{colour}" stroke-width="{number(width)}"{dashes}/>'
    )


def width_of(content: str, size: float) -> float:
    """Return about how wide a text is set. [px]"""
    wide = sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.54 for c in content)
    return wide * size


def fit(content: str, size: float, width: float) -> str:
    """Return a text cut with an ellipsis so that it fits a width. [px]"""
    if width_of(content, size) <= width:
        return content
    while content and width_of(content + "…", size) > width:
        content = content[:-1]
    return content.rstrip(" ,，、（(") + "…"


def wrap(content: str, size: float, width: float, most: int = 2) -> list[str]:
    """Return a text broken into at most so many lines; the last one is cut where it does not fit.

    Args:
        content: Words in Chinese or English.
        size: Of the letters. [px]
        width: Of a line. [px]
        most: Lines.
    """
    lines: list[str] = []
    rest = content
    while rest and len(lines) < most - 1 and width_of(rest, size) > width:
        cut = next(n for n in range(len(rest), 0, -1) if n == 1 or width_of(rest[:n], size) <= width)
        cut = _break(rest, cut)
        lines.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*lines, fit(rest, size, width)]


def _break(content: str, cut: int) -> int:
    """Return where to break at or before a place: not inside a word or figure, nor before what closes a phrase."""
    for place in range(cut, 0, -1):
        before, after = content[place - 1], content[place : place + 1]
        inside = all(sign.isascii() and not sign.isspace() for sign in (before, after))
        if after not in _CLOSING and before not in _OPENING and not inside:
            return place
    return cut


def ticks(low: Fraction, high: Fraction, most: int = 6) -> list[Fraction]:
    """Return round positions that cover an interval; the first is not above `low`, the last not below `high`.

    Args:
        low: [unit of the picture]
        high: Above `low`; where equal, one step is put on top. [unit of the picture]
        most: About how many steps.
    """
    span = high - low or abs(high) or Fraction(1)
    power = Fraction(1)
    while power * most < span:
        power *= 10
    while power * most >= span * 10:
        power /= 10
    step = next((s * power / 10 for s in _STEPS if s * power * most / 10 >= span), power)
    first, last = low // step, -(-high // step)
    last = last if last > first else first + 1
    return [step * n for n in range(int(first), int(last) + 1)]


def tick_text(value: Fraction, all_ticks: Sequence[Fraction]) -> str:
    """Return a tick in as few decimals as its axis needs."""
    places = next(n for n in range(31) if n == 30 or all((tick * 10**n).denominator == 1 for tick in all_ticks))
    return fixed(value, places) if value else "0"
