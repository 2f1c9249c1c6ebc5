"""The page in Chromium: it fits a wide and a narrow window, its own policy holds, and it prints on A4."""

from pathlib import Path

import pytest

from footproof.report import compose, render_html
from footproof.texts import LANGUAGES, Lang
from report.made import CASES, record

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright import sync_api

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_fits_its_window_and_prints(lang: Lang, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(render_html(compose(record(*CASES[1]), lang)))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        said: list[str] = []
        asked: list[str] = []
        for width in (1280, 390):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.on("console", lambda message: said.append(message.text))
            page.on("request", lambda request: asked.append(request.url))
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            hidden = "[...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().width < 300).length"
            assert page.evaluate(hidden) == 0
            page.close()
        page = browser.new_page()
        page.goto(path.as_uri())
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
        browser.close()
    assert said == []
    assert {url for url in asked if not url.startswith("file:")} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_words_of_a_picture_leave_it(lang: Lang, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(render_html(compose(record(*CASES[0]), lang)))
    outside = """[...document.querySelectorAll('svg.picture')].flatMap(svg => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(text => {
            const box = text.getBoundingClientRect();
            return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
        }).map(text => text.textContent);
    })"""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(path.as_uri())
        found = page.evaluate(outside)
        browser.close()
    assert found == []
