"""A report as PDF/A-2a and PDF/UA-1 with its Chinese font inside, and pictures as PNG: both set by Typst, offline.

System fonts are left out and the creation time is the report's own day, so that the same report gives the same
bytes on every machine.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from functools import cache

import typst

from footproof.errors import FootproofError
from footproof.report.blocks import Block, Bullets, Figure, Heading, Pairs, Paragraph, Report, Row, Table
from footproof.report.fonts import FAMILY, check_glyphs, font_file
from footproof.report.pictures import Picture

_ALIGN = {"l": "left", "r": "right", "c": "center"}
_LONGEST_WORD = 14
_BREAK = "\u200b"
_SIGNS = re.compile(r"(?<=[@./_:-])(?=.)")
_PPI = 220
_GRID_PPI = 96
_WHOLE = 12

_PREAMBLE = """
#let ink = rgb("#14211b")
#let soft = rgb("#46524c")
#let rule-line = rgb("#c3ccc7")
#let accent = rgb("#0b6e45")
#let tint = rgb("#eef4f0")
#let warn = rgb("#7a4a00")
#let thick(body, size: 1em) = text(size: size, stroke: 0.028em + ink, body)
#let small(body) = text(size: 8.5pt, fill: soft, body)
#let framed(body, colour: accent, fill: none) = block(width: 100%, inset: (x: 9pt, y: 7pt), fill: fill,
  stroke: (left: 3.5pt + colour, rest: 0.5pt + colour), breakable: false, body)
#let blank = box(width: 100%, height: 1.1em, stroke: (bottom: 0.5pt + ink))
#let pairs(whole, ..cells) = block(width: 100%, breakable: not whole, table(columns: (27%, 1fr),
  stroke: (x, y) => (bottom: 0.4pt + rule-line), inset: (x: 3pt, y: 4pt), ..cells))
#let lines = (x, y) => (top: if y == 0 { 0.9pt + ink }, bottom: if y == 0 { 0.6pt + ink } else { 0.35pt + rule-line })
#let caption(body) = block(sticky: true, above: 1.1em, below: 0.5em, thick(size: 9pt, body))
"""


_LAYOUT = """
#set page(paper: "a4", margin: (x: 17mm, top: 21mm, bottom: 20mm), header: align(center, small(running-head)),
  footer: grid(columns: (1fr, auto), text(size: 6pt, fill: soft, running-foot), small(number)))
#set par(justify: false, leading: 0.72em, spacing: 0.95em)
#set text(fill: ink)
#show heading.where(level: 1): it => block(above: 1.9em, below: 0.9em, width: 100%, sticky: true,
  inset: (bottom: 4pt), stroke: (bottom: 1.2pt + accent), thick(size: 14pt, it.body))
#show heading.where(level: 2): it => block(above: 1.4em, below: 0.7em, sticky: true, thick(size: 11pt, it.body))
#show "₂": sub(typographic: false, "2")
#show "₄": sub(typographic: false, "4")
#show "₆": sub(typographic: false, "6")
#show regex("sha256:[0-9a-f]{64}"): set text(size: 0.76em)
#let drawing(body, words) = block(breakable: false, width: 100%, above: 1.2em, below: 1.2em,
  body + v(3pt, weak: true) + align(center, small(words)))
"""


def render_pdf(report: Report) -> bytes:
    """Return the PDF file.

    Raises:
        FootproofError: E-REPORT-FONT where the font or a glyph is missing, E-REPORT-SET where the type setter refuses.
    """
    source = _source(report)
    check_glyphs("".join(_texts(report)))
    return _compiled(source, datetime.combine(report.day, time(), UTC))


def png_of(picture: Picture) -> bytes:
    """Return a picture as PNG, for documents that cannot hold SVG.

    Raises:
        FootproofError: E-REPORT-FONT, E-REPORT-SET.
    """
    check_glyphs(picture.svg)
    scale = 72 / _GRID_PPI
    size = f"width: {picture.width * scale}pt, height: {picture.height * scale}pt"
    source = f"#set page({size}, margin: 0pt)\n{_image(picture)}"
    return _compiled(source, None)


@cache
def _fonts() -> typst.Fonts:
    """Return the one font, read once; whatever else is on the machine is left out."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_file().parent)])


def _compiled(source: str, moment: datetime | None) -> bytes:
    """Return a PDF of that moment, or without one the PNG of a single page."""
    data, fonts = source.encode("utf-8"), _fonts()
    try:
        if moment is None:
            found: object = typst.compile(data, font_paths=fonts, format="png", ppi=_PPI)
        else:
            found = typst.compile(
                data, font_paths=fonts, format="pdf", timestamp=moment, pdf_standards=["a-2a", "ua-1"]
            )
    except RuntimeError as problem:
        raise FootproofError("E-REPORT-SET", reason=str(problem)[:300]) from problem
    if not isinstance(found, bytes):
        raise FootproofError("E-REPORT-SET", reason=type(found).__name__)
    return found


def _source(report: Report) -> str:
    lang = 'lang: "zh", region: "cn"' if report.lang == "zh" else 'lang: "en"'
    day = report.day
    lines = [
        f"#set document(title: {_quoted(report.title)}, author: {_quoted(report.author)}, "
        f"date: datetime(year: {day.year}, month: {day.month}, day: {day.day}))",
        f'#set text(font: "{FAMILY}", fallback: false, size: 9.5pt, {lang})',
        _PREAMBLE,
        f"#let running-head = {_text(report.header)}",
        f"#let running-foot = {_text(report.footer)}",
        _numbering(report.page),
        _LAYOUT,
        _cover(report),
        f"#heading(outlined: false, {_text(report.contents)})",
        "#outline(title: none, depth: 2, indent: 1.2em)",
        "#pagebreak()",
    ]
    return "\n".join([*lines, *_set(report.blocks)])


def _numbering(page: str) -> str:
    before, _, after = page.partition("{page}")
    between, _, end = after.partition("{pages}")
    number, last = "#counter(page).display()", "#counter(page).final().first()"
    return f"#let number = context [#{_text(before)}{number}#{_text(between)}{last}#{_text(end)}]"


def _cover(report: Report) -> str:
    cover = report.cover
    parts = ["#v(14mm)"]
    if cover.demo:
        demo = f"thick(size: 13pt, {_text(cover.demo)})"
        parts.append(f'#box(stroke: 1.2pt + ink, fill: rgb("#ffc53d"), inset: (x: 12pt, y: 7pt), {demo})\n#v(10mm)')
    parts.append(f"#text(size: 13pt, fill: soft, {_text(cover.kind)})\n")
    parts.append(f"#block(above: 1em, below: 0.8em, thick(size: 24pt, {_text(cover.title)}))")
    parts.append(f"#text(size: 13pt, {_text(cover.model)})\n#v(6mm)")
    parts.append(
        _framed(f"thick({_text(cover.status)}) + linebreak() + {_text(cover.status_note)}", warning=cover.warning)
    )
    parts.append("#v(6mm)\n" + _pairs(cover.rows))
    seal = f"small({_text(cover.seal)})"
    stroke = '(paint: soft, thickness: 0.6pt, dash: "dashed")'
    parts.append(
        f"#v(8mm)\n#align(right, box(width: 46mm, height: 30mm, stroke: {stroke}, inset: 6pt, align(center, {seal})))"
    )
    return "\n".join(parts) + "\n#pagebreak()\n"


def _framed(body: str, *, warning: bool) -> str:
    return f'#framed(colour: warn, fill: rgb("#fff4dc"), {body})' if warning else f"#framed({body})"


def _set(blocks: Sequence[Block]) -> list[str]:
    """Return the blocks; words that lead to a table or a picture stay with it on one page."""
    found = []
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        leads = isinstance(block, Paragraph) and isinstance(following, Table | Figure | Pairs)
        found.append(f"#block(sticky: true)[{_block(block)}]" if leads else _block(block))
    return found


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"#heading(level: {block.level}, {_text(block.text)})"
    if isinstance(block, Paragraph):
        return _paragraph(block)
    if isinstance(block, Bullets):
        return f"#list({', '.join(_text(item) for item in block.items)})"
    if isinstance(block, Pairs):
        return _pairs(block.rows)
    if isinstance(block, Table):
        return _table(block)
    return _figure(block)


def _paragraph(block: Paragraph) -> str:
    body = _text(block.text)
    if block.tone == "warning":
        return _framed(body, warning=True)
    if block.tone == "result":
        return f"#framed(fill: tint, thick(size: 11pt, {body}))"
    return f"#par(small({body}))" if block.tone == "note" else f"#par({body})"


def _pairs(rows: Sequence[tuple[str, str]]) -> str:
    cells = [f"text(fill: soft, {_text(label)}), {_text(text) if text else 'blank'}" for label, text in rows]
    whole = "true" if len(rows) <= _WHOLE else "false"
    return f"#pairs({whole}, {', '.join(cells)})"


def _table(block: Table) -> str:
    columns = ", ".join(f"{width}fr" for width in block.widths)
    align = ", ".join(_ALIGN[letter] for letter in block.align)
    size = "7pt" if block.small else "8.5pt"
    head = ", ".join(f"thick({_cell(cell)})" for cell in block.head)
    rows = ", ".join(_row(row) for row in block.rows)
    whole = "#block(breakable: false)" if len(block.rows) <= _WHOLE else "#"
    return (
        f"{whole}[#caption({_text(block.caption)})\n#[#set text(size: {size})\n#set par(leading: 0.55em)\n"
        f"#table(columns: ({columns},), align: ({align},), stroke: lines, inset: (x: 3pt, y: 3.2pt), "
        f"table.header({head}), {rows})]]"
    )


def _row(row: Row) -> str:
    if row.kind == "plain":
        return ", ".join(_cell(cell) for cell in row.cells)
    return ", ".join(f"table.cell(fill: tint, thick({_cell(cell)}))" for cell in row.cells)


def _figure(block: Figure) -> str:
    return f"#drawing({_image(block.picture)[1:]}, {_text(block.caption)})"


def _image(picture: Picture) -> str:
    return f'#image(bytes({_quoted(picture.svg)}), format: "svg", width: 100%, alt: {_quoted(picture.alt)})'


def _cell(text: str) -> str:
    """Return the text of a cell, with places where a long word may break."""
    words = []
    for word in text.split(" "):
        if len(word) <= _LONGEST_WORD or not word.isascii():
            words.append(word)
        else:
            words.append(_BREAK.join(_pieces(word)))
    return _text(" ".join(words))


def _pieces(word: str) -> Iterator[str]:
    """Yield the parts of a long word: after its signs, and what is still too long in eights."""
    for part in _SIGNS.split(word):
        step = 8 if len(part) > _LONGEST_WORD else _LONGEST_WORD
        yield from (part[n : n + step] for n in range(0, len(part), step))


def _text(text: str) -> str:
    return f"text({_quoted(text)})"


def _quoted(text: str) -> str:
    """Return a Typst string; what is no letter of the text stays out of the markup."""
    kept = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", " ").replace("\t", " ")
    return f'"{kept}"'


def _texts(report: Report) -> list[str]:
    """Return all that is set, for the check of glyphs."""
    cover = report.cover
    found = [report.title, report.author, report.header, report.footer, report.contents, report.page]
    found += [cover.demo, cover.kind, cover.title, cover.model, cover.status, cover.status_note, cover.seal]
    found += [text for row in cover.rows for text in row]
    for block in report.blocks:
        found += _texts_of(block)
    return found


def _texts_of(block: Block) -> list[str]:
    if isinstance(block, Heading | Paragraph):
        return [block.text]
    if isinstance(block, Bullets):
        return list(block.items)
    if isinstance(block, Pairs):
        return [text for row in block.rows for text in row]
    if isinstance(block, Table):
        return [block.caption, *block.head, *(cell for row in block.rows for cell in row.cells)]
    return [block.caption, block.picture.svg]
