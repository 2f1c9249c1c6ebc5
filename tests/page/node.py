"""Ask the page's modules questions, in one Node process for many of them."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

MODULES = Path(__file__).resolve().parents[2] / "src/footproof/page"
RUNNER = Path(__file__).with_name("run_checks.mjs")
NODE = shutil.which("node")


def modules(folder: Path, faults: Mapping[str, tuple[str, str]] | None = None) -> Path:
    """Return a folder with the modules, some with a planted fault: file -> (text, other text)."""
    place = folder / "modules"
    shutil.copytree(MODULES, place)
    (place / "package.json").write_text('{"type": "module"}')
    for name, (old, new) in (faults or {}).items():
        source = (place / name).read_text("utf-8")
        assert source.count(old) == 1, (name, old)
        (place / name).write_text(source.replace(old, new), "utf-8")
    return place


def ask(place: Path, requests: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the answers of `run_checks.mjs`."""
    assert NODE is not None
    text = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(
        [NODE, str(RUNNER), str(place)], input=text, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def encoded(data: bytes) -> str:
    """Return bytes as a request carries them."""
    return base64.b64encode(data).decode("ascii")


def states(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return state and code of each check."""
    results: Sequence[Mapping[str, str]] = answer["results"]
    return {item["id"]: f"{item['state']} {item['code']}".strip() for item in results}
