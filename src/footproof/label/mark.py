"""The mark as SVG: title, rounded footprint with unit, certificate number, QR code, and 示例 / DEMO in plain
sight. Where a reduction is certified, the mark shows that, with the footprint and the base period as its items.

Our own design on a grid of 1200 × 800; nothing of an official mark is copied. The same certificate, rule and
link give the same bytes. Text stays text, with a stack of fonts any Chinese system has one of, so widths are
estimated generously and a line that would not fit is set smaller, then broken, then refused.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from footproof.canonical import digest
from footproof.errors import FootproofError
from footproof.label.code import code_modules
from footproof.label.rounding import plain_text, round_significant
from footproof.label.rule import LabelRule
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate
from footproof.model.reduction import percent_text

WIDTH = 1200
HEIGHT = 800
QUIET_ZONE = 4
FONTS = (
    "'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei','HarmonyOS Sans SC',"
    "'Hiragino Sans GB','WenQuanYi Micro Hei',sans-serif"
)

_BAND = 172
_STRIP = 74
_LEFT = 56
_COLUMN = 672
_CODE_X = 764
_CODE_Y = 204
_CODE = 388
_LINK = re.compile(r"https?://[\x21\x23-\x3b\x3d\x3f-\x7e]+", re.ASCII)
_LINES_PER_LANGUAGE = 2
_ITEMS_Y = 448
_ITEMS_END = 612
_MOST_SMALLER = 14
_CHINESE = r"\u2e80-\u9fff\uff00-\uffef"
_PIECE = re.compile(rf"[{_CHINESE}][，。；：、）]*|[^\s{_CHINESE}]+|\s+")

Language = Literal["zh", "en"]
_TAGS: dict[Language, str] = {"zh": "zh-Hans", "en": "en"}
_JOINTS: dict[Language, str] = {"zh": "，", "en": ", "}
_ITEM_SIZES: dict[Language, int] = {"zh": 40, "en": 36}
_NARROW = frozenset(" .,:;'|!ijl()[]/·-")
_WIDE = frozenset("mwMW@%&")


@dataclass(frozen=True, slots=True)
class _Style:
    """How a line is set: size on the grid, weight, colour and where its anchor lies."""

    size: int
    colour: str
    weight: int = 400
    anchor: Literal["start", "middle", "end"] = "start"


def render_mark(certificate: Certificate, rule: LabelRule, link: str) -> bytes:
    """Return the mark of a certificate as an SVG file.

    Args:
        certificate: What the mark states.
        rule: Rounding, items, wording and colours.
        link: Web address the QR code leads to.

    Raises:
        FootproofError: E-LABEL-LINK for a link that is no web address or too long for a small code;
            E-LABEL-TEXT for a text that cannot be printed or does not fit.
    """
    parts = [*_words(certificate, rule, link), *_code(rule, link), *_notice(rule), "</svg>"]
    return ("\n".join(parts) + "\n").encode("utf-8")


def need_drawable(certificate: Certificate, rule: LabelRule, link: str) -> None:
    """Refuse a certificate whose mark could not be drawn, without drawing its code.

    Args:
        certificate: What the mark would state.
        rule: Rounding, items, wording and colours.
        link: Web address the QR code would lead to.

    Raises:
        FootproofError: As `render_mark`.
    """
    _words(certificate, rule, link)


def _words(certificate: Certificate, rule: LabelRule, link: str) -> list[str]:
    """Return the mark down to its code: all that depends on the certificate and can be refused."""
    if not _LINK.fullmatch(link) or len(link) > rule.link_limit:
        raise FootproofError("E-LABEL-LINK", found=link[:80], limit=rule.link_limit)
    return [
        *_opening(certificate, rule, link),
        *_header(_title(certificate, rule), rule),
        *_figure(certificate, rule),
        *_number(certificate, rule),
    ]


def shown_value(certificate: Certificate, rule: LabelRule) -> str:
    """Return the figure on the mark: the certified value in the digits of the rule.

    Args:
        certificate: Its value is rounded once. [its unit]
        rule: Digits and mode.
    """
    return plain_text(round_significant(certificate.value, rule.digits, rule.mode))


def _opening(certificate: Certificate, rule: LabelRule, link: str) -> list[str]:
    """Return the root with what a screen reader says; its ids differ between marks on one page."""
    name = digest(f"{certificate.id}\n{link}".encode())[7:19]
    figure = " ".join(_large(certificate, rule))
    demo, title, number = rule.texts["demo"], _title(certificate, rule), rule.texts["number"]
    notice = rule.texts["notice"]
    said = f"{demo.zh} {demo.en}: {title.zh} {title.en} {figure}"
    items = "; ".join(_items(certificate, rule, "zh") + _items(certificate, rule, "en"))
    more = f"{number.zh} {number.en} {certificate.number}. {items}. {notice.zh}. {notice.en}. {link}"
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="t{name} d{name}" font-family="{FONTS}">',
        f'<title id="t{name}">{_printable(said)}</title>',
        f'<desc id="d{name}">{_printable(more)}</desc>',
        f'<clipPath id="c{name}"><rect width="{WIDTH}" height="{HEIGHT}" rx="40"/></clipPath>',
        f'<g clip-path="url(#c{name})">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{rule.colours["paper"]}"/>',
        f'<rect width="{WIDTH}" height="{_BAND}" fill="{rule.colours["main"]}"/>',
        f'<rect y="{HEIGHT - _STRIP}" width="{WIDTH}" height="{_STRIP}" fill="{rule.colours["notice"]}"/>',
        "</g>",
        f'<rect x="5" y="5" width="{WIDTH - 10}" height="{HEIGHT - 10}" rx="36" fill="none" '
        f'stroke="{rule.colours["main"]}" stroke-width="10"/>',
    ]


def _title(certificate: Certificate, rule: LabelRule) -> Bilingual:
    return rule.texts["title" if certificate.reduction is None else "reduction"]


def _large(certificate: Certificate, rule: LabelRule) -> tuple[str, str]:
    """Return the large figure, and what stands under it: the footprint and its unit, or the reduction."""
    if certificate.reduction is None:
        return shown_value(certificate, rule), certificate.unit
    against = rule.texts["against"]
    return percent_text(certificate.reduction.share), f"{against.zh}  {against.en}"


def _header(title: Bilingual, rule: LabelRule) -> list[str]:
    """Return the band: a life cycle of four stages round a leaf, the title and the DEMO plate."""
    paper, ink, notice = rule.colours["paper"], rule.colours["ink"], rule.colours["notice"]
    demo = rule.texts["demo"]
    arcs = "".join(f'<path d="M-49 -15A51 51 0 0 1 -15 -49" transform="rotate({turn})"/>' for turn in (0, 90, 180, 270))
    return [
        f'<g transform="translate(112 88)" fill="none" stroke="{paper}" stroke-width="11" '
        f'stroke-linecap="round">{arcs}'
        f'<path d="M-22 24C-26 -10 -4 -26 25 -25C27 6 10 28 -22 24Z" fill="{paper}" stroke="none"/>'
        f'<path d="M-27 29L6 -6" stroke="{rule.colours["main"]}" stroke-width="5"/></g>',
        _line(196, 92, title.zh, _Style(70, paper, 700), "zh"),
        _line(198, 142, title.en, _Style(38, paper, 500), "en"),
        f'<rect x="884" y="46" width="268" height="88" rx="14" fill="{notice}"/>',
        _line(1018, 106, f"{demo.zh} {demo.en}", _Style(47, ink, 700, "middle"), "zh"),
    ]


def _figure(certificate: Certificate, rule: LabelRule) -> list[str]:
    """Return the large figure, what stands under it, and the items of the rule in both languages."""
    main = rule.colours["main"]
    value, under = _large(certificate, rule)
    lines = [
        _line(_LEFT - 4, 350, value, _Style(_fitting(value, 176, 60), main, 700), "en"),
        _line(_LEFT, 432, under, _Style(_fitting(under, 62, 34), main, 700), "en"),
    ]
    return lines + _item_lines(certificate, rule)


def _item_lines(certificate: Certificate, rule: LabelRule) -> list[str]:
    """Return the items in both languages at the largest size that leaves the number its room."""
    for smaller in range(0, _MOST_SMALLER + 1, 2):
        lines: list[str] = []
        below = _ITEMS_Y
        for language, largest in _ITEM_SIZES.items():
            style = _Style(largest - smaller, rule.colours["ink"])
            for text in _arranged(_items(certificate, rule, language), _JOINTS[language], style.size):
                below += style.size + 10
                lines.append(_line(_LEFT, below, text, style, language))
        if below <= _ITEMS_END and len(lines) <= 2 * _LINES_PER_LANGUAGE:
            return lines
    raise FootproofError("E-LABEL-TEXT", found="; ".join(_items(certificate, rule, "zh"))[:80])


def _number(certificate: Certificate, rule: LabelRule) -> list[str]:
    ink, name = rule.colours["ink"], rule.texts["number"]
    return [
        _line(_LEFT, 652, f"{name.zh}  {name.en}", _Style(30, ink), "zh"),
        _line(_LEFT, 700, certificate.number, _Style(_fitting(certificate.number, 44, 28), ink, 700), "en"),
    ]


def _code(rule: LabelRule, link: str) -> list[str]:
    """Return the QR code with its quiet zone as one path of runs, and the words below it."""
    matrix = code_modules(link)
    modules = len(matrix) + 2 * QUIET_ZONE
    runs = "".join(
        f"M{start + QUIET_ZONE} {row + QUIET_ZONE}h{length}v1h-{length}z"
        for row, cells in enumerate(matrix)
        for start, length in _runs(cells)
    )
    scan = rule.texts["scan"]
    return [
        f'<svg x="{_CODE_X}" y="{_CODE_Y}" width="{_CODE}" height="{_CODE}" '
        f'viewBox="0 0 {modules} {modules}" shape-rendering="crispEdges">'
        f'<rect width="{modules}" height="{modules}" fill="#ffffff"/><path d="{runs}" fill="#000000"/></svg>',
        _line(_CODE_X + _CODE // 2, 638, scan.zh, _Style(42, rule.colours["main"], 700, "middle"), "zh"),
        _line(_CODE_X + _CODE // 2, 686, scan.en, _Style(34, rule.colours["main"], 500, "middle"), "en"),
    ]


def _notice(rule: LabelRule) -> list[str]:
    ink, notice = rule.colours["ink"], rule.texts["notice"]
    return [
        _line(_LEFT, 776, notice.zh, _Style(38, ink, 700), "zh"),
        _line(WIDTH - 48, 776, notice.en, _Style(34, ink, 500, "end"), "en"),
    ]


def _items(certificate: Certificate, rule: LabelRule, language: Language) -> list[str]:
    """Return the items of the rule in one language; of a reduction the footprint and the base period."""
    if certificate.reduction is not None:
        stated, base = certificate.reduction, rule.texts["base"].say(language)
        footprint = f"{rule.texts['title'].say(language)} {shown_value(certificate, rule)} {certificate.unit}"
        return [footprint, f"{base} {stated.first} – {stated.last}"]
    found: dict[str, Bilingual | str] = {
        "unit_name": certificate.unit_name,
        "boundary": certificate.boundary,
        "product_name": certificate.product_name,
        "product_model": certificate.product_model,
        "valid_until": certificate.valid_until.isoformat(),
    }
    items = (found[field] for field in rule.fields)
    return [item if isinstance(item, str) else item.say(language) for item in items]


def _arranged(items: Sequence[str], joint: str, size: int) -> Sequence[str]:
    """Return items on one line, else one to a line, else broken where the words allow."""
    line = joint.join(items)
    if _width(line, size) <= _COLUMN:
        return [line]
    if len(items) <= _LINES_PER_LANGUAGE and all(_width(item, size) <= _COLUMN for item in items):
        return items
    return _wrapped(line, size)


def _line(x: int, y: int, text: str, style: _Style, language: Language) -> str:
    """Return a line of text, with the 2 of CO2e lowered by geometry: not every font has a subscript two."""
    drop = style.size * 18 // 100
    two = f'CO<tspan dy="{drop}" font-size="{style.size * 62 // 100}">2</tspan><tspan dy="-{drop}">e</tspan>'
    anchor = "" if style.anchor == "start" else f' text-anchor="{style.anchor}"'
    return (
        f'<text x="{x}" y="{y}" font-size="{style.size}" font-weight="{style.weight}" '
        f'fill="{style.colour}"{anchor} xml:lang="{_TAGS[language]}">'
        f"{_printable(text).replace('CO2e', two)}</text>"
    )


def _printable(text: str) -> str:
    """Escape a text for XML; refuse what XML or a printer has no form for, or what turns the reading
    order."""
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for letter in text):
        raise FootproofError("E-LABEL-TEXT", found=text[:80])
    return escape(text)


def _width(text: str, size: int) -> int:
    """Return a generous estimate of the width of a text. [grid]"""
    return sum(_advance(letter) for letter in text) * size // 100


def _advance(letter: str) -> int:
    """Return the advance of one letter. [% of the size]"""
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 100
    if letter in _NARROW:
        return 36
    if letter in _WIDE:
        return 95
    return 70 if letter.isupper() else 58


def _fitting(text: str, largest: int, smallest: int) -> int:
    """Return the largest size at which a text fits one line of the column. [grid]"""
    for size in range(largest, smallest - 1, -2):
        if _width(text, size) <= _COLUMN:
            return size
    raise FootproofError("E-LABEL-TEXT", found=text[:80])


def _wrapped(text: str, size: int) -> Sequence[str]:
    """Break a text at spaces, and between Chinese characters, into lines of the column."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if _width((lines[-1] + piece).rstrip(), size) > _COLUMN and lines[-1]:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines


def _runs(cells: Sequence[int]) -> list[tuple[int, int]]:
    """Return start and length of each run of dark modules in a row."""
    found: list[tuple[int, int]] = []
    for column, dark in enumerate(cells):
        if not dark:
            continue
        if found and sum(found[-1]) == column:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((column, 1))
    return found
