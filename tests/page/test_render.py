"""The static pages as bytes: deterministic, one language each, nothing inline that the policy would refuse."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.label.mark import shown_value
from footproof.label.rule import demo_rule
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Stage
from footproof.registry.chart import stage_chart
from footproof.registry.render import POLICY, assets, render_certificate_page, render_index
from footproof.texts import LANGUAGES, Lang, catalogue
from page.tree import Issued, issue

PAGE = Path(__file__).resolve().parents[2] / "src/footproof/page"
CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")


class Reader(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        # A part in another language says so; the language switch is the only one.
        self._quiet += tag in {"script", "style"} or (tag == "a" and "lang" in found)

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= bool(self._quiet) and tag in {"script", "style", "a"}

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.text += data


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue("nmc811-pack", date(2028, 12, 31))


def read(issued: Issued, lang: Lang) -> tuple[str, Reader]:
    page = render_certificate_page(issued.certificate, issued.assessment.result, issued.about, lang).decode()
    reader = Reader()
    reader.feed(page)
    return page, reader


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_certificate_gives_the_same_bytes(issued: Issued, lang: Lang) -> None:
    assert read(issued, lang)[0] == read(issued, lang)[0]
    assert dict(assets()) == {f"assets/{file.name}": file.read_bytes() for file in sorted(PAGE.iterdir())}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_inline_that_the_policy_refuses(issued: Issued, lang: Lang) -> None:
    page, reader = read(issued, lang)
    assert POLICY.replace("'", "&#39;") in page
    for tag, attributes in reader.tags:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "script":
            assert attributes["type"] == "application/json" or attributes["src"].endswith("assets/page.js")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_address_is_relative(issued: Issued, lang: Lang) -> None:
    _, reader = read(issued, lang)
    for _, attributes in reader.tags:
        for name in ("href", "src"):
            assert not attributes.get(name, "").startswith(("/", "http", "//"))


def test_pages_never_mix_languages(issued: Issued) -> None:
    assert CHINESE.findall(read(issued, "en")[1].text) == []
    english = re.findall(r"[A-Za-z]{3,} [A-Za-z]{3,} [A-Za-z]{3,}", read(issued, "zh")[1].text)
    assert [words for words in english if words != "footproof check certificate"] == []


def test_the_number_stands_as_on_the_mark_and_as_certified(issued: Issued) -> None:
    page, reader = read(issued, "zh")
    value = issued.certificate.value
    shown = shown_value(issued.certificate, demo_rule())
    assert f'<span class="digits" data-fact="shown">{shown}</span>' in page
    assert f'<span data-fact="value">{value}</span>' in page
    facts = {attributes["data-fact"] for _, attributes in reader.tags if "data-fact" in attributes}
    assert {"number", "unit", "package", "sheet", "valid-until", "body.zh", "stage:raw_materials"} <= facts
    assert "暂定版" in reader.text
    assert "不得据此作出真实认证决定" in reader.text
    assert "盖章处" in reader.text
    assert "示例" in reader.text


def test_text_of_a_certificate_cannot_become_markup(issued: Issued) -> None:
    evil = "</script><script>alert(1)</script><b onclick=x>"
    found = replace(issued.certificate, product_model=evil, product_name=Bilingual(evil, evil), number="A/../B<i>")
    for page in (
        render_certificate_page(found, {}, {}, "en").decode(),
        render_index([found], "en").decode(),
    ):
        assert "<script>" not in page
        assert "<b onclick" not in page
        assert "<i>" not in page
    assert "c/A%2F..%2FB%3Ci%3E/en/" in render_index([found], "en").decode()


def test_the_list_names_every_certificate_in_both_languages(issued: Issued) -> None:
    other = replace(issued.certificate, number="DEMO-2", demonstration=True)
    zh, en = (render_index([issued.certificate, other], lang).decode() for lang in LANGUAGES)
    assert 'href="c/DEMO-2/"' in zh
    assert 'href="../c/DEMO-2/en/"' in en
    assert "共 2 张" in zh
    assert "尚无证书" in render_index([], "zh").decode()


def test_the_script_has_words_for_every_check_state_and_verdict() -> None:
    script = "".join(file.read_text("utf-8") for file in PAGE.glob("*.js"))
    texts = catalogue("page")
    for check in ("signature", "page", "validity", "log", "status", "package", "recompute"):
        for state in ("name", "passed", "failed", "unavailable", "running"):
            assert f"js.check.{check}.{state}" in texts
    for key in re.findall(r'say\("((?:ui|state)\.\w+)"', script):
        assert f"js.{key}" in texts
    for key in texts:
        if key.startswith("js.code."):
            assert key.removeprefix("js.code.") in script
    verdicts = set(re.findall(r'"([a-z-]+)"\]', script)) | {"verified", "authentic", "unverifiable", "log-rewritten"}
    assert {f"js.verdict.{name}.title" for name in verdicts if "-" in name or name == "verified"} <= set(texts)


CERTIFICATE_STAGE = Bilingual("阶段", "stage")


@given(st.lists(st.decimals(-1000, 1000, places=3), min_size=1, max_size=9))
def test_bars_are_as_long_as_their_share_of_the_axis(values: list[Decimal]) -> None:
    """Widths are proportional, credits lie left of zero, and everything stays on the axis."""
    drawn = stage_chart([Stage(f"s{at}", CERTIFICATE_STAGE, value) for at, value in enumerate(values)], "label")
    zero = float(re.findall(r'x1="([0-9.-]+)%" x2="[0-9.-]+%" y1="0" y2="56" class="zero"', drawn)[0])
    bars = re.findall(r'<rect x="([0-9.-]+)%" y="6" width="([0-9.-]+)%"', drawn)
    shown = [value for value in values if value]
    assert len(bars) == len(shown)
    spans = [(float(x), float(x) + float(width)) for x, width in bars]
    for value, (start, end) in zip(shown, spans, strict=True):
        assert -0.01 <= start <= end <= 100.01
        assert end <= zero + 0.01 if value < 0 else start >= zero - 0.01
    lengths = [(end - start) / abs(float(value)) for value, (start, end) in zip(shown, spans, strict=True)]
    large = [length for length, value in zip(lengths, shown, strict=True) if abs(value) > max(map(abs, shown)) / 10]
    assert not large or max(large) - min(large) <= 0.02 * max(large)


def test_a_credit_is_drawn_left_of_zero(issued: Issued) -> None:
    found: Certificate = issue("nmc811-pack", date(2028, 12, 31), stage_credit=True).certificate
    page = render_certificate_page(found, {}, {}, "en").decode()
    assert f"−{found.value / 8}" in page
    assert "−12.5 %" in page
