"""The pages in Chromium, over the server as it is started: invitation, second factor, account, both languages."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from footproof.server.workspace import create_workspace
from serving import free_port, platform_served

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]
PASSWORD = "correct horse battery 示例"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Address of a server, and the invitation of its first registrar."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    workspace = create_workspace(tmp_path / "workspace", base, "demo.footproof.example/log")
    call = [sys.executable, "-m", "footproof"]
    place = ["--dir", str(workspace.folder)]
    monkeypatch.delenv("FOOTPROOF_DATABASE", raising=False)
    environment = os.environ | {"FOOTPROOF_LANG": "en"}
    first = subprocess.run(
        [*call, "account", "invite", *place, "--email", "ann@demo.example", "--person", "p-ann"],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    link = re.search(r"http\S+", first.stdout)
    assert link is not None
    with platform_served(workspace.folder, port):
        yield base, link[0]


def test_somebody_new_comes_in(served: tuple[str, str], tmp_path: Path) -> None:
    base, link = served
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB")
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(link)
        assert page.url == f"{base}/accounts/invitation", "the secret stays in no address"
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("New password again").fill(PASSWORD)
        page.get_by_role("button", name="Accept the invitation").click()
        secret = page.locator("code.secret").inner_text()
        assert page.locator("img.code").evaluate("one => one.naturalWidth") > 100, "the policy lets the picture show"
        page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(datetime.now(UTC)))
        page.get_by_role("button", name="Confirm").click()
        assert page.locator(".codes li").count() == 10
        page.get_by_role("link", name="Continue").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Your account"
        page.get_by_label("Name", exact=True).fill("trial")
        page.get_by_label("read", exact=True).check()
        page.get_by_role("button", name="Make a token").click()
        token = page.locator("code.secret").inner_text()
        asked = urllib.request.Request(f"{base}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert b'"p-ann"' in answer.read()
        page.goto(f"{base}/accounts/")
        page.get_by_role("button", name="中文").click()
        assert page.get_by_role("heading", level=1).inner_text() == "我的账户"
        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out on a phone"
        unnamed = (
            "[...document.querySelectorAll('input:not([type=hidden]),select')].filter(one => !one.labels.length).length"
        )
        assert page.evaluate(unnamed) == 0
        page.screenshot(path=str(tmp_path / "account.png"), full_page=True)
        page.get_by_role("button", name="退出登录").click()
        assert page.url == f"{base}/accounts/sign-in"
        assert problems == []
        browser.close()
