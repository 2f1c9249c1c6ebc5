"""The mark says what the certificate says, never looks official, and its code scans at a small size."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.sample import CERTIFICATE, LINK
from footproof.errors import FootproofError
from footproof.label.mark import render_mark, shown_value
from footproof.label.rounding import plain_text, round_significant
from footproof.label.rule import demo_rule, read_label_rule
from footproof.model.bilingual import Bilingual

SVG = "{http://www.w3.org/2000/svg}"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DEMO = resources.files("footproof.label").joinpath("demo.toml").read_text("utf-8")


def _texts(svg: bytes) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_same_certificate_gives_the_same_bytes() -> None:
    assert render_mark(CERTIFICATE, demo_rule(), LINK) == render_mark(CERTIFICATE, demo_rule(), LINK)


def test_the_mark_shows_what_it_must_in_both_languages() -> None:
    texts = _texts(render_mark(CERTIFICATE, demo_rule(), LINK))
    assert "61.2" in texts
    assert "kg CO2e / kWh" in texts
    assert CERTIFICATE.number in texts
    for needed in ("产品碳足迹", "Product carbon footprint", "示例 DEMO", "演示用，不具认证效力"):
        assert needed in texts
    assert any("每千瓦时额定容量" in text for text in texts)
    assert any("per kWh of rated capacity" in text for text in texts)


def test_a_screen_reader_hears_the_value_and_that_it_is_a_demonstration() -> None:
    root = ET.fromstring(render_mark(CERTIFICATE, demo_rule(), LINK))
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "示例 DEMO: 产品碳足迹 Product carbon footprint 61.2 kg CO2e / kWh"
    assert LINK in str(description.text)


def test_two_marks_on_one_page_share_no_id() -> None:
    marks = [render_mark(CERTIFICATE, demo_rule(), LINK + tail) for tail in ("", "/2")]
    first, second = ({e.get("id") for e in ET.fromstring(m).iter() if e.get("id")} for m in marks)
    assert first.isdisjoint(second)


@settings(deadline=None)  # a busy machine is not a defect
@given(st.integers(1, 10**15 - 1), st.integers(-12, -3))
def test_the_shown_value_is_the_rounded_certified_value(digits: int, exponent: int) -> None:
    value = Decimal(digits).scaleb(exponent)
    certificate = replace(CERTIFICATE, value=value, interval=None)
    shown = shown_value(certificate, demo_rule())
    assert shown == plain_text(round_significant(value, 3, "half-even"))
    if len(shown) < 10:
        assert shown in _texts(render_mark(certificate, demo_rule(), LINK))


def test_the_code_keeps_its_quiet_zone() -> None:
    code = ET.fromstring(render_mark(CERTIFICATE, demo_rule(), LINK)).find(f"{SVG}svg")
    assert code is not None
    modules = int(code.attrib["viewBox"].split()[-1])
    drawn = code.find(f"{SVG}path")
    assert drawn is not None
    runs = [tuple(map(int, run)) for run in re.findall(r"M(\d+) (\d+)h(\d+)", drawn.attrib["d"])]
    assert min(x for x, _, _ in runs) == min(y for _, y, _ in runs) == 4
    assert max(x + length for x, _, length in runs) == max(y + 1 for _, y, _ in runs) == modules - 4


def test_hostile_text_stays_text() -> None:
    hostile = Bilingual("<script>&\"'", "]]><a href='x'>")
    certificate = replace(CERTIFICATE, unit_name=hostile, number="<b>&")
    svg = render_mark(certificate, demo_rule(), "https://footproof.example/?a=1&b=2'")
    assert "<b>&" in _texts(svg)
    assert not list(ET.fromstring(svg).iter(f"{SVG}script"))
    assert not list(ET.fromstring(svg).iter(f"{SVG}a"))


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\u200bb", "\ud800", "a\nb"])
def test_a_text_that_cannot_be_printed_is_refused(text: str) -> None:
    with pytest.raises(FootproofError, match="E-LABEL-TEXT"):
        render_mark(replace(CERTIFICATE, number=text), demo_rule(), LINK)


def test_a_text_is_set_smaller_then_broken_then_refused() -> None:
    for words, fits in ((5, True), (9, True), (60, False)):
        named = replace(CERTIFICATE, unit_name=Bilingual("每吨", "per tonne " * words))
        if fits:
            assert any("tonne" in text for text in _texts(render_mark(named, demo_rule(), LINK)))
        else:
            with pytest.raises(FootproofError, match="E-LABEL-TEXT"):
                render_mark(named, demo_rule(), LINK)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "footproof.example",
        "https://",
        'https://x.example/"',
        "https://x.example/" + "a" * 200,
    ],
)
def test_a_link_nobody_can_follow_is_refused(link: str) -> None:
    with pytest.raises(FootproofError, match="E-LABEL-LINK"):
        render_mark(CERTIFICATE, demo_rule(), link)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("demonstration = true", "demonstration = false", "E-LABEL-LICENCE"),
        ("demonstration = true", 'demonstration = "yes"', "E-LABEL-LICENCE"),
        ("digits = 3", "digits = 0", "E-LABEL-RULE"),
        ("digits = 3", 'digits = "many"', "E-LABEL-RULE"),
        ('"half-even"', '"down"', "E-LABEL-RULE"),
        ('"boundary"]', '"price"]', "E-LABEL-RULE"),
        ('"#0b6e45"', '"green"', "E-LABEL-RULE"),
        ("id            =", "name =", "E-LABEL-RULE"),
        ('zh = "示例", en = "DEMO"', 'zh = "示例"', "E-LABEL-RULE"),
        ("[rounding]", "[rounding", "E-LABEL-RULE"),
    ],
)
def test_a_wrong_label_rule_is_refused(old: str, new: str, code: str) -> None:
    assert old in DEMO
    with pytest.raises(FootproofError) as caught:
        read_label_rule(DEMO.replace(old, new, 1), "label.toml")
    assert caught.value.code == code


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium to render the mark")
@pytest.mark.parametrize("width", [300, 1200])
def test_the_code_scans_from_the_rendered_mark(width: int, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    scanner = pytest.importorskip("zxingcpp")
    page, picture = tmp_path / "mark.html", tmp_path / "mark.png"
    mark = render_mark(CERTIFICATE, demo_rule(), LINK).decode("utf-8")
    page.write_text(f'<meta charset="utf-8"><body style="margin:0"><div style="width:{width}px">{mark}</div>', "utf-8")
    subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={width},{width * 2 // 3}",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    found = scanner.read_barcodes(image.open(picture))
    assert [code.text for code in found] == [LINK]
    assert str(found[0].ec_level) in {"M", "Q", "H"}
