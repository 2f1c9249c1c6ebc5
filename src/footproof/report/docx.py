"""A report as an office document that people can go on writing in; pictures as PNG, since the format cannot hold SVG.

The container is written again with sorted names and fixed dates, so that the same report gives the same bytes.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from footproof.report.blocks import Block, Bullets, Figure, Heading, Pairs, Paragraph, Report, Row, Table
from footproof.report.pdf import png_of

_LATIN, _CHINESE = "Arial", "Microsoft YaHei"
_WIDTH = 176
_ALIGN = {"l": WD_ALIGN_PARAGRAPH.LEFT, "r": WD_ALIGN_PARAGRAPH.RIGHT, "c": WD_ALIGN_PARAGRAPH.CENTER}
_LONGEST = 255  # Characters of a property, as the format has it.
_INK, _SOFT = RGBColor(0x14, 0x21, 0x1B), RGBColor(0x46, 0x52, 0x4C)
_TINT, _WARN = "EEF4F0", "FFF4DC"
_FIXED = (1980, 1, 1, 0, 0, 0)


def render_docx(report: Report) -> bytes:
    """Return the file.

    Raises:
        FootproofError: E-REPORT-FONT, E-REPORT-SET from the pictures.
    """
    document = Document()
    _set_up(document, report)
    _cover(document, report)
    _contents(document, report)
    for block in report.blocks:
        _add(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return _packed(buffer.getvalue())


def _packed(data: bytes) -> bytes:
    """Return the same container with sorted names and fixed dates."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, old.read(name))
    return buffer.getvalue()


def _set_up(document: Any, report: Report) -> None:  # docx has no types
    tag = "zh-CN" if report.lang == "zh" else "en-GB"
    styles = {"Normal": 10.0, "Title": 24.0, "Heading 1": 15.0, "Heading 2": 12.0, "List Bullet": 10.0}
    for name, size in styles.items():
        style = document.styles[name]
        style.font.name = _LATIN
        style.font.size = Pt(size)
        style.font.color.rgb = _INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), _CHINESE)
        fonts.set(qn("w:hAnsi"), _LATIN)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), tag if report.lang == "en" else "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    document.styles["Normal"].element.get_or_add_rPr().append(language)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(17)
    section.top_margin, section.bottom_margin = Mm(22), Mm(20)
    head = section.header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(head, report.header, size=8, colour=_SOFT)
    _foot(section.footer.paragraphs[0], report)
    moment = datetime.combine(report.day, time(), UTC).replace(tzinfo=None)
    properties = document.core_properties
    properties.title, properties.author, properties.language = report.title[:_LONGEST], report.author[:_LONGEST], tag
    properties.subject, properties.keywords, properties.comments = (
        report.header[:_LONGEST],
        report.footer[:_LONGEST],
        "",
    )
    properties.created = properties.modified = moment
    properties.last_modified_by, properties.revision = report.author[:_LONGEST], 1


def _foot(paragraph: Any, report: Report) -> None:
    _run(paragraph, f"{report.footer}    ", size=6, colour=_SOFT)
    before, _, after = report.page.partition("{page}")
    between, _, end = after.partition("{pages}")
    for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (end, "")):
        _run(paragraph, text, size=8, colour=_SOFT)
        if field:
            _field(paragraph, field)


def _field(paragraph: Any, instruction: str) -> None:
    """Add a field that the reader's program fills in."""
    for kind, text in (("begin", ""), ("", instruction), ("separate", ""), ("value", "1"), ("end", "")):
        run = _run(paragraph, text if kind == "value" else "", size=8, colour=_SOFT)
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif not kind:
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {text} "
            run._r.append(code)


def _run(paragraph: Any, text: str, *, size: float = 0, bold: bool = False, colour: RGBColor | None = None) -> Any:
    run = paragraph.add_run(text)
    run.bold = bold or None
    if size:
        run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour
    return run


def _cover(document: Any, report: Report) -> None:
    cover = report.cover
    if cover.demo:
        _run(_shaded(document.add_paragraph(), "FFC53D"), cover.demo, size=14, bold=True)
    _run(document.add_paragraph(), cover.kind, size=13, colour=_SOFT)
    document.add_paragraph(cover.title, style="Title")
    _run(document.add_paragraph(), cover.model, size=13)
    status = _shaded(document.add_paragraph(), _WARN if cover.warning else _TINT)
    _run(status, cover.status, bold=True).add_break()
    _run(status, cover.status_note)
    _pairs(document, cover.rows)
    seal = document.add_paragraph()
    seal.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    seal.paragraph_format.space_before = Pt(36)
    _run(seal, cover.seal, size=9, colour=_SOFT)
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _contents(document: Any, report: Report) -> None:
    _run(document.add_paragraph(), report.contents, size=15, bold=True)
    for block in report.blocks:
        if isinstance(block, Heading):
            line = document.add_paragraph()
            line.paragraph_format.left_indent = Mm(6 * (block.level - 1))
            line.paragraph_format.space_after = Pt(2)
            _run(line, block.text, size=10)
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _shaded(paragraph: Any, colour: str) -> Any:
    properties = paragraph._p.get_or_add_pPr()
    properties.append(_shade(colour))
    return paragraph


def _shade(colour: str) -> Any:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{key}"), value)
    return shade


def _add(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.text, level=block.level)
    elif isinstance(block, Paragraph):
        _paragraph(document, block)
    elif isinstance(block, Bullets):
        for item in block.items:
            document.add_paragraph(item, style="List Bullet")
    elif isinstance(block, Pairs):
        _pairs(document, block.rows)
    elif isinstance(block, Table):
        _table(document, block)
    else:
        _figure(document, block)


def _paragraph(document: Any, block: Paragraph) -> None:
    line = document.add_paragraph()
    if block.tone == "warning":
        _run(_shaded(line, _WARN), block.text)
    elif block.tone == "result":
        _run(_shaded(line, _TINT), block.text, size=11.5, bold=True)
    elif block.tone == "note":
        _run(line, block.text, size=9, colour=_SOFT)
    else:
        _run(line, block.text)


def _pairs(document: Any, rows: Sequence[tuple[str, str]]) -> None:
    table = _grid(document, len(rows), (27, 73))
    for row, (label, text) in zip(table.rows, rows, strict=True):
        _cell(row.cells[0], label, size=9, colour=_SOFT)
        _cell(row.cells[1], text, size=9.5)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _table(document: Any, block: Table) -> None:
    caption = document.add_paragraph()
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_after = Pt(3)
    _run(caption, block.caption, size=9, bold=True)
    table = _grid(document, len(block.rows) + 1, block.widths)
    size = 7.0 if block.small else 8.5
    head = table.rows[0]
    repeat = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(repeat)
    grid = [head.cells, *(row.cells for row in table.rows[1:])]
    rows = [Row(block.head, "group"), *block.rows]
    for cells, row in zip(grid, rows, strict=True):
        for cell, text, letter in zip(cells, row.cells, block.align, strict=True):
            _cell(cell, text, size=size, bold=row.kind != "plain", align=letter)
            if row.kind != "plain":
                cell._tc.get_or_add_tcPr().append(_shade(_TINT))
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _grid(document: Any, rows: int, widths: Sequence[int]) -> Any:
    """Return an empty table with hairlines between its rows and rows that stay whole."""
    table = document.add_table(rows=rows, cols=len(widths))
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    borders = OxmlElement("w:tblBorders")
    for side, weight in (("top", "8"), ("bottom", "8"), ("insideH", "4")):
        border = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", weight), ("space", "0"), ("color", "8A958F")):
            border.set(qn(f"w:{key}"), value)
        borders.append(border)
    # The schema fixes the order of these elements, and strict readers refuse any other.
    properties = table._tbl.tblPr
    later = [child for child in properties if child.tag in {qn("w:tblLayout"), qn("w:tblCellMar"), qn("w:tblLook")}]
    properties.insert(properties.index(later[0]) if later else len(properties), borders)
    for column, share in zip(table.columns, widths, strict=True):
        column.width = Mm(_WIDTH * share / sum(widths))
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, share in zip(row.cells, widths, strict=True):
            cell.width = Mm(_WIDTH * share / sum(widths))
    return table


def _cell(
    cell: Any, text: str, *, size: float, bold: bool = False, align: str = "l", colour: RGBColor | None = None
) -> None:
    line = cell.paragraphs[0]
    line.alignment = _ALIGN[align]
    line.paragraph_format.space_after = Pt(1)
    _run(line, text, size=size, bold=bold, colour=colour)


def _figure(document: Any, block: Figure) -> None:
    line = document.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.keep_with_next = True
    line.add_run().add_picture(io.BytesIO(png_of(block.picture)), width=Mm(_WIDTH - 8))
    shape = document.inline_shapes[-1]._inline.docPr
    shape.set("descr", block.picture.alt)
    shape.set("title", block.picture.title)
    caption = document.add_paragraph()
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(caption, block.caption, size=9, colour=_SOFT)
