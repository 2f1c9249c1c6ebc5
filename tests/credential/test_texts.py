"""Every error of this area has its wording in both languages, with exactly the values that are raised."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "src/footproof"
AREAS = ("credential", "label", "model/certificate.py", "model/bilingual.py")


def _codes() -> set[str]:
    files: list[Path] = []
    for area in AREAS:
        files.extend([ROOT / area] if area.endswith(".py") else (ROOT / area).glob("*.py"))
    return {code for path in files for code in re.findall(r'"(E-[A-Z-]+)"', path.read_text("utf-8"))}


def _braces(text: str) -> set[str]:
    return set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", text))


def test_every_code_has_its_wording_and_no_wording_is_idle() -> None:
    records: dict[str, dict[str, dict[str, str]]] = {}
    for path in (ROOT / "texts").glob("errors*.toml"):
        records |= tomllib.loads(path.read_text("utf-8"))
    assert _codes() - records.keys() == set()
    for code in _codes():
        for part in ("message", "try"):
            zh, en = (records[code][part][language] for language in ("zh", "en"))
            assert zh
            assert en
            assert _braces(zh) == _braces(en)
