"""The page in Chromium: clearly different screens in both languages, its own policy, and no foreign request."""

import base64
import functools
import http.server
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

import pytest

from footproof.model.bilingual import Bilingual
from footproof.model.recognition import Accreditation, Change
from page.entitlement import recognition_files, records, status_files
from page.test_checks_node import Built
from page.test_downgrade_node import witnessed
from page.tree import NUMBER, OTHER_KEY, TODAY, Issued, assessment, build_tree, write_files

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright import sync_api

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP plain.example 127.0.0.1",
]
PREFIX = "some/deep/prefix"
STUDY = "nmc811-pack"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@dataclass(slots=True)
class Visit:
    """What a visit to the page brought."""

    page: sync_api.Page
    requests: list[str] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)
    console: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        return str(self.page.evaluate("document.body.dataset.verdict"))

    def settle(self) -> str:
        self.page.wait_for_selector("body[data-state=done]", timeout=60_000)
        return self.verdict

    def recompute(self) -> str:
        self.page.click("#recompute")
        return self.settle()

    def states(self) -> dict[str, str]:
        found = self.page.eval_on_selector_all(
            ".checks > li:not([hidden])", "rows => rows.map(row => [row.id, row.dataset.state])"
        )
        return {name.removeprefix("check-"): state for name, state in found}


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    build_tree(folder, STUDY)
    return folder


@contextmanager
def served(tree: Path) -> Iterator[int]:
    """Serve a tree below a prefix, as a plain file server would."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return super().translate_path(path.removeprefix(f"/{PREFIX}"))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(tree)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def visit(
    browser: sync_api.Browser,
    tree: Path,
    lang: str,
    *,
    host: str = "127.0.0.1",
    today: str = TODAY,
    script: str = "",
    width: int = 390,
    path: str | None = None,
) -> Iterator[Visit]:
    """Open the page of the certificate and collect requests and console."""
    context = browser.new_context(viewport={"width": width, "height": 844})
    with served(tree) as port:
        page = context.new_page()
        page.clock.set_fixed_time(f"{today}T12:00:00")
        if script:
            page.add_init_script(script)
        found = Visit(page)
        page.on("request", lambda request: found.requests.append(request.url))
        page.on("request", lambda request: found.methods.add(request.method))
        page.on("console", lambda message: found.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: found.console.append(f"error: {error}"))
        where = f"c/{NUMBER}/{'en/' if lang == 'en' else ''}" if path is None else path
        page.goto(f"http://{host}:{port}/{PREFIX}/{where}")
        yield found
        foreign = [url for url in found.requests if not url.startswith((f"http://{host}:{port}/{PREFIX}/", "data:"))]
        assert foreign == []
        assert found.methods <= {"GET"}
    context.close()


def copied(tree: Path, folder: Path) -> Path:
    return Path(shutil.copytree(tree, folder / "tree"))


def change(tree: Path, name: str, work: Callable[[bytes], bytes]) -> None:
    path = tree / "c" / NUMBER / name
    data = path.read_bytes()
    changed = work(data)
    assert changed != data
    path.write_bytes(changed)


TITLES = {
    "authentic": ("证书真实有效", "Genuine and valid"),
    "verified": ("真实有效，数值复算一致", "Genuine, valid and recomputed"),
    "package-tampered": ("封存包被改动，不可采信", "Package altered: do not rely on it"),
    "signature-invalid": ("签名无效，不可采信", "Signature invalid: do not rely on it"),
    "not-in-log": ("公开日志中查无此证", "Not in the public log"),
    "unverifiable": ("在此设备上未能核验", "Could not be checked here"),
    "expired": ("证书已过有效期", "Expired"),
    "withdrawn": ("证书已被撤销", "Withdrawn"),
    "suspended": ("证书已被暂停", "Suspended"),
    "not-entitled": ("机构无此认证资格，不可采信", "Body not entitled: do not rely on it"),
}


def says(found: Visit, verdict: str, lang: str) -> None:
    assert found.verdict == verdict
    assert found.page.inner_text("#verdict h1") == TITLES[verdict][lang == "en"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_good(browser: sync_api.Browser, sound: Path, lang: str) -> None:
    with visit(browser, sound, lang) as found:
        found.settle()
        says(found, "authentic", lang)
        assert not [url for url in found.requests if url.endswith(".footproof")]
        found.recompute()
        says(found, "verified", lang)
        assert set(found.states().values()) == {"passed"}
        terms = len(assessment(STUDY).sheet.terms)
        assert f" {terms} " in found.page.inner_text("#outcome")
        assert re.search(r"[0-9.]+ %", found.page.inner_text("#outcome"))
        assert found.console == []
        assert found.page.locator("#terms tbody tr").count() == 20
        found.page.click("#terms .holder > button")
        assert found.page.locator("#terms tbody tr").count() == terms
        sums = found.page.locator("#terms td.sum").all_inner_texts()
        values = [float(re.split(r"[ ·]", text.replace("−", "-"))[0]) for text in sums]
        assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tampered_package(browser: sync_api.Browser, sound: Path, tmp_path: Path, lang: str) -> None:
    tree = copied(sound, tmp_path)
    change(
        tree,
        "package.footproof",
        lambda data: data.replace(b'"undifferentiated","CO2e","', b'"undifferentiated","CO2e","9', 1),
    )
    with visit(browser, tree, lang) as found:
        assert found.settle() == "authentic"
        found.recompute()
        says(found, "package-tampered", lang)
        assert found.states()["package"] == "failed"
        assert found.states()["recompute"] == "unavailable"
        assert found.page.is_visible("#struck")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_wrong_signature(browser: sync_api.Browser, tmp_path: Path, lang: str) -> None:
    build_tree(tmp_path, key=OTHER_KEY)
    with visit(browser, tmp_path, lang) as found:
        found.settle()
        says(found, "signature-invalid", lang)
        found.recompute()
        says(found, "signature-invalid", lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("how", ["foreign", "removed"])
def test_not_in_the_log(browser: sync_api.Browser, sound: Path, tmp_path: Path, lang: str, how: str) -> None:
    tree = copied(sound, tmp_path)
    if how == "foreign":
        change(tree, "proof.txt", lambda data: data.replace(b"index 3", b"index 1"))
    else:
        (tree / "c" / NUMBER / "proof.txt").unlink()
    with visit(browser, tree, lang) as found:
        found.settle()
        says(found, "not-in-log", lang)
        found.recompute()
        says(found, "not-in-log", lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_plain_http_off_localhost_has_no_cryptography(browser: sync_api.Browser, sound: Path, lang: str) -> None:
    with visit(browser, sound, lang, host="plain.example") as found:
        found.settle()
        says(found, "unverifiable", lang)
        assert "https" in found.page.inner_text("#verdict .reason")
        assert found.recompute() == "unverifiable"
        assert found.states()["recompute"] == "passed"
        assert found.states()["signature"] == "unavailable"


def test_a_browser_without_ed25519(browser: sync_api.Browser, sound: Path) -> None:
    script = """
      const real = SubtleCrypto.prototype.importKey;
      SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
        if (algorithm.name === "Ed25519") return Promise.reject(new DOMException("unknown", "NotSupportedError"));
        return real.call(this, format, key, algorithm, ...rest);
      };
    """
    with visit(browser, sound, "zh", script=script) as found:
        assert found.settle() == "unverifiable"
        assert found.states()["signature"] == "passed"
        assert found.states()["log"] == "unavailable"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_expired(browser: sync_api.Browser, tmp_path: Path, lang: str) -> None:
    build_tree(tmp_path, valid_until=date(2026, 11, 30))
    with visit(browser, tmp_path, lang) as found:
        found.settle()
        says(found, "expired", lang)
    with visit(browser, tmp_path, lang, today="2026-11-30") as found:
        assert found.settle() == "authentic"


def test_withdrawn(browser: sync_api.Browser, tmp_path: Path) -> None:
    build_tree(tmp_path, after=["certificate.withdrawn"])
    with visit(browser, tmp_path, "zh") as found:
        found.settle()
        says(found, "withdrawn", "zh")


def suspend_accreditation(tree: Path, issued: Issued) -> None:
    """Publish that the accreditation was suspended when the certificate was issued."""
    found = records(issued.certificate.rule_id, issued.certificate.rule_edition)
    accreditation = found["accreditation"]
    assert isinstance(accreditation, Accreditation)
    why = Bilingual("监督评审未通过", "surveillance not passed")
    changes = (
        Change("suspended", date(2026, 1, 2), date(2026, 1, 3), (), why),
        Change("restored", date(2026, 2, 1), date(2026, 2, 1)),
    )
    found["accreditation"] = replace(accreditation, changes=changes)
    shutil.rmtree(tree / "recognition")
    write_files(tree, recognition_files(found.values()))


EDGE_NAMES = ["key", "body", "approval", "accreditation", "accreditation-body", "arrangement", "rule"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_chain_is_shown_edge_by_edge(browser: sync_api.Browser, sound: Path, lang: str) -> None:
    with visit(browser, sound, lang) as found:
        found.settle()
        rows = found.page.locator("#check-recognition .edges > li")
        assert [row.get_attribute("data-edge") for row in rows.all()] == EDGE_NAMES
        assert {row.get_attribute("data-verdict") for row in rows.all()} == {"ok"}
        giver = ("示例监管局", "DEMO Authority")[lang == "en"]
        assert giver in rows.nth(2).inner_text()
        assert "DEMO-R-1" not in rows.nth(2).inner_text()
        rows.nth(2).locator("summary").click()
        assert "DEMO-R-1" in rows.nth(2).inner_text()
        assert "2026-01-05" in found.page.inner_text("#check-recognition .check-body > p")
        assert not found.page.is_visible("#check-witness")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_body_that_was_not_entitled(browser: sync_api.Browser, tmp_path: Path, lang: str) -> None:
    suspend_accreditation(tmp_path, build_tree(tmp_path))
    with visit(browser, tmp_path, lang) as found:
        found.settle()
        says(found, "not-entitled", lang)
        reason = found.page.inner_text("#verdict .reason")
        assert "2026-01-31" in reason
        assert ("监督评审未通过", "surveillance not passed")[lang == "en"] in reason
        broken = found.page.locator("#check-recognition .edges > [data-verdict=broken]")
        assert [row.get_attribute("data-edge") for row in broken.all()] == ["accreditation"]
        assert ("怎么办", "What to do")[lang == "en"] in broken.inner_text()
        assert found.page.is_visible("#struck")
        found.recompute()
        says(found, "not-entitled", lang)
        assert found.page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("verdict", ["suspended", "withdrawn"])
def test_a_certificate_that_stands_in_a_list(
    browser: sync_api.Browser, sound: Path, tmp_path: Path, lang: str, verdict: str
) -> None:
    tree = copied(sound, tmp_path)
    write_files(tree, status_files({"suspended": "suspension", "withdrawn": "revocation"}[verdict]))
    with visit(browser, tree, lang) as found:
        found.settle()
        says(found, verdict, lang)
        assert found.states()["lists"] == "failed"
        assert found.states()["status"] == "passed"


@pytest.mark.parametrize(("cosigned", "verdict"), [(2, "authentic"), (1, "not-witnessed")])
def test_witnesses_are_counted_where_a_policy_asks(
    browser: sync_api.Browser, tmp_path: Path, cosigned: int, verdict: str
) -> None:
    asked = witnessed(Built(tmp_path, tmp_path, build_tree(tmp_path)), cosigned)
    for path, data in (
        (f"c/{NUMBER}/proof.txt", asked["files"]["proof"]),
        ("trust.json", asked["files"]["trust"]),
        ("recognition/index.json", asked["tree"]["recognition/index.json"]),
    ):
        (tmp_path / path).write_bytes(base64.b64decode(data))
    with visit(browser, tmp_path, "en") as found:
        assert found.settle() == verdict
        assert f"{cosigned} of 3 witnesses; 2 needed" in found.page.inner_text("#check-witness")


def test_lists_that_cannot_be_had_leave_the_status_unknown(
    browser: sync_api.Browser, sound: Path, tmp_path: Path
) -> None:
    tree = copied(sound, tmp_path)
    shutil.rmtree(tree / "status")
    with visit(browser, tree, "zh") as found:
        assert found.settle() == "status-unknown"
        found.recompute()
        assert found.verdict == "status-unknown"


MOST_MILLISECONDS = 1000


WATCH = """
  const clock = performance.now.bind(performance);
  const times = (window.times = []);
  new MutationObserver(() => times.push([document.body?.dataset.state, clock()]))
    .observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
"""


def test_the_whole_check_takes_less_than_a_second(browser: sync_api.Browser, sound: Path) -> None:
    """From its first step to the verdict, fetching included, and from the button to the figure; best of three."""
    found: list[tuple[float, float, float]] = []
    for _ in range(3):
        with visit(browser, sound, "zh", script=WATCH) as one:
            one.settle()
            one.recompute()
            times: list[tuple[str, float]] = one.page.evaluate("window.times")
        first = dict(reversed(times))
        last = next(at for state, at in reversed(times) if state == "done")
        found.append((first["running"], first["done"] - first["running"], last - first["working"]))
    loading, check, recomputation = min(found, key=lambda one: one[1] + one[2])
    told = f"page there after {loading:.0f} ms, check {check:.0f} ms, recomputation {recomputation:.0f} ms"
    sys.stdout.write(told + "\n")
    assert check + recomputation < MOST_MILLISECONDS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb'(data-fact="value">)([0-9])', rb"\g<1>9\g<2>"),
        (rb'(data-fact="shown">)([0-9])', rb"\g<1>9\g<2>"),
        (rb'(data-fact="stage:[a-z_]+">)([0-9])', rb"\g<1>9\g<2>"),
        (rb">2028-12-31<", rb">2038-12-31<"),
        ("示例认证机构".encode(), "国家认证机构".encode()),
    ],
)
def test_a_page_that_shows_something_else_is_found_out(
    browser: sync_api.Browser, sound: Path, tmp_path: Path, old: bytes, new: bytes
) -> None:
    tree = copied(sound, tmp_path)
    change(tree, "index.html", lambda data: re.sub(old, new, data, count=1))
    with visit(browser, tree, "zh") as found:
        assert found.settle() == "page-differs"


def test_a_certificate_under_the_address_of_another(browser: sync_api.Browser, sound: Path, tmp_path: Path) -> None:
    tree = copied(sound, tmp_path)
    shutil.copytree(tree / "c" / NUMBER, tree / "c" / "OTHER-1")
    with visit(browser, tree, "zh", path="c/OTHER-1/") as found:
        assert found.settle() == "page-differs"


def test_a_package_that_never_ends_cannot_hold_the_page(browser: sync_api.Browser, sound: Path, tmp_path: Path) -> None:
    tree = copied(sound, tmp_path)
    worker = tree / "assets" / "worker.js"
    worker.write_text('self.addEventListener("message", () => { for (;;); });', "utf-8")
    page = tree / "assets" / "page.js"
    page.write_text(page.read_text("utf-8").replace("TIME_LIMIT = 20_000", "TIME_LIMIT = 500"), "utf-8")
    with visit(browser, tree, "zh") as found:
        found.settle()
        assert found.recompute() == "authentic"
        assert found.states()["recompute"] == "unavailable"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_policy_is_enforced(browser: sync_api.Browser, sound: Path, lang: str) -> None:
    with visit(browser, sound, lang) as found:
        found.settle()
        ran = found.page.evaluate(
            """() => new Promise((resolve) => {
              document.addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective));
              const script = document.createElement("script");
              script.textContent = "window.ran = true";
              document.body.append(script);
              setTimeout(() => resolve(String(window.ran)), 500);
            })"""
        )
        assert ran.startswith("script-src")


@pytest.mark.parametrize("width", [320, 390, 768, 1366, 1600])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_runs_over_the_edge(browser: sync_api.Browser, sound: Path, lang: str, width: int) -> None:
    with visit(browser, sound, lang, width=width) as found:
        found.settle()
        found.recompute()
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width


def test_language_switch_keeps_the_page_and_keyboard_reaches_the_button(browser: sync_api.Browser, sound: Path) -> None:
    with visit(browser, sound, "zh") as found:
        found.settle()
        found.page.click(".switch")
        assert found.settle() == "authentic"
        assert found.page.get_attribute("html", "lang") == "en"
        assert found.page.url.endswith(f"/c/{NUMBER}/en/")
        for _ in range(6):
            found.page.keyboard.press("Tab")
            if found.page.evaluate("document.activeElement.id") == "recompute":
                break
        found.page.keyboard.press("Enter")
        assert found.settle() == "verified"
        found.page.click(".switch")
        assert found.page.get_attribute("html", "lang") == "zh-Hans"


CONTRAST = """() => {
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const behind = (item) => {
    for (let at = item; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const item of document.querySelectorAll("body *")) {
    const own = [...item.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !item.checkVisibility() || item.closest("svg, noscript, [hidden]")) continue;
    const style = getComputedStyle(item);
    const [a, b] = [luminance(parse(style.color).slice(0, 3)), luminance(behind(item))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) weak.push(`${item.tagName}.${item.className} ${ratio.toFixed(2)}`);
  }
  return weak;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["good", "bad", "unknown", "caution"])
def test_contrast_is_aa(browser: sync_api.Browser, sound: Path, scheme: Literal["light", "dark"], kind: str) -> None:
    with visit(browser, sound, "zh") as found:
        found.page.emulate_media(color_scheme=scheme)
        found.settle()
        found.recompute()
        if kind != "good":
            found.page.evaluate(f"document.body.dataset.kind = '{kind}'")
        assert found.page.evaluate(CONTRAST) == []


def test_the_list_leads_to_the_certificate(browser: sync_api.Browser, sound: Path) -> None:
    with visit(browser, sound, "en", path="en/") as found:
        found.page.click(".list a")
        assert found.settle() == "authentic"
        assert found.page.get_attribute("html", "lang") == "en"


def test_without_scripts_the_page_says_what_to_do(browser: sync_api.Browser, sound: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    with served(sound) as port:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/c/{NUMBER}/")
        assert "footproof check" in page.inner_text(".noscript")
        assert page.get_attribute("body", "data-verdict") == "none"
    context.close()


def test_paper_has_a_place_for_the_stamp(browser: sync_api.Browser, sound: Path) -> None:
    with visit(browser, sound, "zh") as found:
        found.settle()
        assert not found.page.is_visible(".stamp")
        found.page.emulate_media(media="print")
        assert found.page.is_visible(".stamp")
        assert not found.page.is_visible("#recompute")
