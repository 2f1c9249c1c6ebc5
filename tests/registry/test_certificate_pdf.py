"""The certificate fits one page in both languages, says what the record says, and reads as nothing but text."""

import shutil
import subprocess
import unicodedata
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from credential.sample import CERTIFICATE, LINK, STARS
from credential.sealing import AT, JWT, ROOT, SEAL
from footproof.credential.conformity import certificate_of
from footproof.credential.pades import read_certificate_pdf
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, CertificationScope, Stage
from footproof.registry.certificate_pdf import render_certificate_pdf, sealed_certificate
from footproof.texts import LANGUAGES, Lang

NAME = (
    "Lithium nickel manganese cobalt oxide (NMC811) traction battery system, 400 V, liquid cooled, for passenger cars"
)
LONG = replace(
    CERTIFICATE,
    demonstration=False,
    rule_status="in-force",
    product_name=Bilingual("镍钴锰酸锂（NMC811）动力电池系统，额定电压 400 V，液冷，适用于纯电动乘用车" * 2, NAME * 2),
    stages=tuple(
        Stage(
            f"s{index}", Bilingual(f"原材料获取与预处理之{index}", f"Raw materials, part {index}"), Decimal("8.123456")
        )
        for index in range(9)
    ),
    scope=CertificationScope("product-certification", "cn.pcf", "2026", "cpc:46420", "CN-FJ", True, "DEMO-C999-P"),
)


def said(certificate: Certificate, lang: Lang, tmp_path: Path) -> str:
    """Return the text of the page, without spaces, as another program reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext of poppler-utils")
    file = tmp_path / "page.pdf"
    file.write_bytes(render_certificate_pdf(certificate, lang))
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True).stdout.decode("utf-8")
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_grade_is_on_the_page(lang: Lang, tmp_path: Path) -> None:
    assert STARS.name.say(lang).replace(" ", "") in said(replace(CERTIFICATE, grade=STARS), lang, tmp_path)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("found", [CERTIFICATE, LONG], ids=["short", "long"])
def test_the_page_is_one_tagged_page_of_pdf_a_3(found: Certificate, lang: Lang) -> None:
    data = render_certificate_pdf(found, lang)
    reader = PdfFileReader(BytesIO(data))
    assert reader.root["/Pages"]["/Count"] == 1
    assert reader.root["/MarkInfo"]["/Marked"]
    metadata = reader.root["/Metadata"].data
    assert b"<pdfaid:part>3</pdfaid:part>" in metadata
    assert b"pdfuaid:part" in metadata
    assert data == render_certificate_pdf(found, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_what_the_certificate_says(lang: Lang, tmp_path: Path) -> None:
    text = said(CERTIFICATE, lang, tmp_path)
    one = CERTIFICATE
    names = [one.body.name, one.client.name, one.site.name, one.product_name, one.unit_name, one.boundary]
    needed = [name.say(lang) for name in [*names, one.rule_title, one.scheme_name, *(each.name for each in one.stages)]]
    needed += [one.number, one.product_model, one.product_id, "61.234", "kgCO2e/kWh", "58.9", "66.02", one.body.id]
    needed += [one.rule_edition, one.package_digest, one.sheet_digest, "2026-11-20", "2026-11-22", "2028-11-21", LINK]
    needed += ["50.1", "13.634", "−2.5", "81.8%", "DEMO", "示例"]
    folded = [unicodedata.normalize("NFKC", "".join(each.split())) for each in needed]
    assert [each for each in folded if each not in text] == []


def test_a_real_certificate_says_nothing_of_demo(tmp_path: Path) -> None:
    text = said(LONG, "zh", tmp_path)
    assert "不具认证效力" not in text
    assert "兹证明" in text
    assert "DEMO-C999-P" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_code_leads_to_the_certificate(lang: Lang, tmp_path: Path) -> None:
    if shutil.which("pdftoppm") is None:
        pytest.skip("needs pdftoppm of poppler-utils")
    file = tmp_path / "page.pdf"
    file.write_bytes(render_certificate_pdf(CERTIFICATE, lang))
    subprocess.run(["pdftoppm", "-r", "110", "-png", "-singlefile", file, tmp_path / "page"], check=True)
    codes = zxingcpp.read_barcodes(Image.open(tmp_path / "page.png"))
    assert [code.text for code in codes] == [LINK]


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    evil = Bilingual('#read("/etc/passwd") $x$', '*bold* #panic() [x] \\ // </svg> "quoted"')
    text = said(replace(CERTIFICATE, product_name=evil, product_model="<b>#1</b>"), "en", tmp_path)
    assert "*bold*#panic()[x]\\//</svg>" in text
    assert "<b>#1</b>" in text


def test_what_does_not_fit_is_refused() -> None:
    stage = CERTIFICATE.stages[0]
    many = tuple(replace_id(stage, f"s{index}") for index in range(40))
    for found in (replace(CERTIFICATE, stages=many), replace(CERTIFICATE, product_model="X1 " * 2000)):
        with pytest.raises(FootproofError, match="E-PDF-PAGE"):
            render_certificate_pdf(found, "en")
    with pytest.raises(FootproofError, match="E-REPORT-FONT"):
        render_certificate_pdf(replace(CERTIFICATE, product_model="\U0001f600"), "en")


def replace_id(stage: Stage, name: str) -> Stage:
    return Stage(name, stage.name, stage.value)


def test_a_certificate_without_stages_and_interval_fits_too() -> None:
    assert render_certificate_pdf(replace(CERTIFICATE, stages=(), interval=None, value=Decimal(0)), "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_follows_from_the_token(lang: Lang) -> None:
    data = sealed_certificate(JWT, lang, SEAL, AT)
    found = read_certificate_pdf(data, [ROOT], AT)
    assert certificate_of(found.credential) == CERTIFICATE
    assert b"/Lang" in data
    # What the file says about archiving survives the seal, and the seal adds no newer version.
    reader = PdfFileReader(BytesIO(data))
    assert b"<pdfaid:part>3</pdfaid:part>" in reader.root["/Metadata"].data
    assert data.startswith(b"%PDF-1.7")
    assert "/Extensions" in reader.root
