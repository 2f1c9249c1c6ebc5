"""Reports in both languages and three formats: what must be said is said, nothing breaks out, the same bytes again."""

import io
import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from footproof.cli.report import report as command
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Status
from footproof.report import (
    Cause,
    Comparison,
    Extras,
    Range,
    Record,
    Uncertainty,
    compose,
    png_of,
    render_docx,
    render_html,
    render_pdf,
    report_record,
)
from footproof.report.blocks import Figure, Heading, Table
from footproof.report.fonts import characters, check_glyphs, font_file
from footproof.texts import LANGUAGES, Lang
from report.made import CASES, EXAMPLES, assessment, record

HAN = re.compile(r"[\u3400-\u9fff]")


def extras(found: Record) -> Extras:
    said = Bilingual("方法", "method")
    third = found.value / 3
    return Extras(
        Comparison(
            Cause(Bilingual("甲", "A"), found.value),
            (Cause(Bilingual("电力", "Electricity"), -third, "A:1 / B:2"),),
            Cause(Bilingual("乙", "B"), found.value - third),
            found.unit,
            said,
        ),
        Uncertainty(said, tuple(found.value * Fraction(90 + n, 100) for n in range(21))),
        (Range(Bilingual("能量密度", "Specific energy"), found.value - third, found.value + third, "0.24 … 0.34"),),
    )


def page(found: Record, lang: Lang, more: Extras | None = None) -> str:
    return render_html(compose(found, lang, more)).decode("utf-8")


class Visible(HTMLParser):
    """Collects what a reader sees, and checks that every element is closed in order."""

    VOID = frozenset({"meta", "col", "br", "img", "input", "link", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.seen.append(data)


def visible(text: str) -> str:
    reader = Visible()
    reader.feed(text)
    assert reader.open == []
    return " ".join(reader.seen)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("study", "rule"), CASES)
def test_a_page_says_result_rule_standing_and_digest(study: str, rule: str, lang: Lang) -> None:
    found = record(study, rule)
    text = visible(page(found, lang))
    for needed in (found.declared, rule, found.sheet_digest, found.rule.digest, found.note.say(lang)):
        assert needed in text
    assert found.rule.status_note.say(lang) in text
    assert "示例 DEMO" in text


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_an_english_page_has_no_chinese_but_the_mark_of_a_demonstration(study: str, rule: str) -> None:
    text = visible(page(record(study, rule), "en")).replace("示例 DEMO", "")
    # Sources are quoted as the study and the parameters give them; names in them may be Chinese.
    assert list(HAN.findall(text)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("study", "rule"), CASES)
def test_no_text_is_left_with_an_unfilled_brace(study: str, rule: str, lang: Lang) -> None:
    found = record(study, rule)
    assert re.findall(r"\{[a-z_]+\}", visible(page(found, lang, extras(found)))) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_chapters_follow_the_template(lang: Lang) -> None:
    blocks = compose(record(*CASES[2]), lang).blocks
    numbers = [block.text.split()[0] for block in blocks if isinstance(block, Heading) and block.level == 1]
    assert [number for number in numbers if number.isdigit()] == ["1", "2", "3", "4", "5", "6"]


def test_the_checklist_has_all_twenty_items_and_ticks_nothing_that_is_missing() -> None:
    found = record(*CASES[0])
    tables = [block for block in compose(found, "en").blocks if isinstance(block, Table)]
    rows = next(table.rows for table in tables if [row.cells[0] for row in table.rows][:3] == ["a", "b", "c"])
    stands = {row.cells[0]: row.cells[3] for row in rows}
    assert "".join(stands) == "abcdefghijklmnopqrst"
    assert stands["t"].startswith("not applicable – ")
    assert stands["k"].startswith("in part – ")
    full = [block for block in compose(found, "en", extras(found)).blocks if isinstance(block, Table)]
    again = next(table.rows for table in full if [row.cells[0] for row in table.rows][:3] == ["a", "b", "c"])
    assert {row.cells[0]: row.cells[3] for row in again}["k"] == "shown"


def test_extras_bring_their_pictures() -> None:
    found = record(*CASES[0])
    plain = {block.picture.name for block in compose(found, "zh").blocks if isinstance(block, Figure)}
    more = {block.picture.name for block in compose(found, "zh", extras(found)).blocks if isinstance(block, Figure)}
    assert plain == {"boundary", "stages", "contributions", "sankey", "quality"}
    assert more - plain == {"waterfall", "tornado", "uncertainty"}


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PROVISIONAL])
def test_a_rule_that_is_not_in_force_is_said_on_the_cover_and_on_every_page(status: Status) -> None:
    found = record(*CASES[0])
    report = compose(replace(found, rule=replace(found.rule, status=status)), "en")
    word = {Status.DRAFT: "DRAFT", Status.PROVISIONAL: "PROVISIONAL"}[status]
    assert report.cover.warning
    assert word in report.cover.status
    assert word in report.header
    assert word in page(replace(found, rule=replace(found.rule, status=status)), "en").split("</style>")[0]


def test_rules_of_the_union_get_the_fields_of_the_declaration() -> None:
    found = record(*CASES[1])
    union = replace(found, rule=replace(found.rule, name="eu.battery@draft"))
    tables = [block for block in compose(union, "en").blocks if isinstance(block, Table)]
    rows = next(table.rows for table in tables if table.caption == "Fields of the declaration")
    assert [row.cells[0] for row in rows] == ["a", "b", "c", "d", "e", "e", "e", "e", "f", "g"]
    assert not any("Fields of the declaration" in repr(block) for block in compose(found, "en").blocks)


def test_texts_of_a_study_cannot_break_out_of_any_format() -> None:
    evil = '</style></td><script>alert(1)</script>#panic("x") \\ $ * _ @ < "'
    made = assessment(*CASES[2])
    both = Bilingual(f"示例{evil}", f"DEMO {evil}")
    study = replace(made.study, title=both, product=replace(made.study.product, name=both, model=evil))
    found = report_record(replace(made, study=study))
    for lang in LANGUAGES:
        report = compose(found, lang)
        text = render_html(report).decode("utf-8")
        assert "<script" not in text
        assert text.count("</style>") == 1
        assert evil in visible(text)
        assert render_pdf(report).startswith(b"%PDF")
        with zipfile.ZipFile(io.BytesIO(render_docx(report))) as file:
            document = "".join(ET.fromstring(file.read("word/document.xml")).itertext())
        assert evil in document


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_report_gives_the_same_bytes(lang: Lang) -> None:
    found = record(*CASES[2])
    for render in (render_html, render_pdf, render_docx):
        assert render(compose(found, lang, extras(found))) == render(compose(found, lang, extras(found)))


def test_a_pdf_holds_its_font_its_day_and_its_language() -> None:
    data = render_pdf(compose(record(*CASES[2]), "zh"))
    assert b"NotoSansSC" in data
    assert b"D:20260630" in data
    assert b"/Lang(zh-CN)" in data
    assert b"/StructTreeRoot" in data
    assert b"pdfaid:part>2<" in data
    assert b"pdfaid:conformance>A<" in data
    assert b"/MarkInfo" in data
    assert record(*CASES[2]).title.zh.encode("utf-8") in data  # XMP: dc:title
    assert b"pdfuaid:part>1<" in data


def test_an_office_document_has_pictures_with_text_alternatives_and_repeats_its_heads() -> None:
    report = compose(record(*CASES[2]), "zh")
    with zipfile.ZipFile(io.BytesIO(render_docx(report))) as file:
        assert [info.date_time for info in file.infolist()] == [(1980, 1, 1, 0, 0, 0)] * len(file.infolist())
        document = file.read("word/document.xml").decode()
        header = file.read("word/header1.xml").decode()
        core = file.read("docProps/core.xml").decode()
    order = re.findall(r"<w:(tblBorders|tblLayout|tblLook)\b", document)
    assert order[:3] == ["tblBorders", "tblLayout", "tblLook"]
    figures = [block for block in report.blocks if isinstance(block, Figure)]
    assert document.count("<pic:pic") == document.count('descr="') == len(figures)
    assert document.count("<w:tblHeader") == sum(isinstance(block, Table) for block in report.blocks)
    assert report.header in header
    assert core.count("2026-06-30T00:00:00Z") == 2


def test_a_picture_becomes_a_png() -> None:
    figure = next(block for block in compose(record(*CASES[2]), "zh").blocks if isinstance(block, Figure))
    assert png_of(figure.picture).startswith(b"\x89PNG")


def test_the_font_of_the_wheel_covers_chinese_and_the_signs_of_a_report() -> None:
    assert {ord(c) for c in "碳足迹核算√□†‡−–…×·“”（）αΣ"} <= characters(font_file())


def test_a_character_without_a_glyph_is_an_error_not_a_gap() -> None:
    with pytest.raises(FootproofError) as problem:
        check_glyphs("电池 \U0001f50b")
    assert problem.value.code == "E-REPORT-FONT"
    assert "U+1F50B" in str(problem.value.values["missing"])
    found = record(*CASES[2])
    with pytest.raises(FootproofError, match="E-REPORT-FONT"):
        render_pdf(compose(replace(found, title=Bilingual("电池 \U0001f50b", "battery \U0001f50b")), "zh"))


def test_a_file_that_is_no_font_is_an_error(tmp_path: Path) -> None:
    for data in (b"", b"OTTO", b"\0" * 40):
        path = tmp_path / f"{len(data)}.otf"
        path.write_bytes(data)
        with pytest.raises(FootproofError, match="E-REPORT-FONT"):
            characters(path)


@pytest.mark.parametrize("form", ["html", "pdf", "docx"])
def test_the_command_writes_each_format(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"cement.{form}"
    study = str(EXAMPLES / "portland-cement")
    arguments = [study, "--rulebook", "cn.gbt.24067", "--lang", "en", "--samples", "50", "-o", str(path), "--json"]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert '"status": "in-force"' in result.output
    assert path.read_bytes()[:2] in (b"<!", b"%P", b"PK")


def test_the_command_wants_a_format_it_knows(tmp_path: Path) -> None:
    arguments = [str(EXAMPLES / "portland-cement"), "--rulebook", "cn.gbt.24067", "-o", str(tmp_path / "x.odt")]
    result = CliRunner().invoke(command, arguments)
    assert isinstance(result.exception, FootproofError)
    assert result.exception.code == "E-CALL"
