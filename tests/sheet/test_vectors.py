"""Both authors' vectors through the Python evaluator; the JavaScript one runs the same files."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from footproof.canonical import canonical_bytes
from footproof.sheet import evaluate_bytes

VECTORS = Path(__file__).parents[1] / "vectors"


def cases() -> Iterator[Any]:
    for path in sorted(VECTORS.glob("*.json")):
        for case in json.loads(path.read_text("utf-8"))["cases"]:
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def sheet_bytes(case: dict[str, Any]) -> bytes:
    if "bytes_b64" in case:
        return base64.b64decode(case["bytes_b64"])
    return canonical_bytes(case["sheet"])


def missing(expected: object, found: object, path: str = "") -> list[str]:
    """Return where `found` does not hold what `expected` says; keys that `expected` leaves out may be anything."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [place for key, value in expected.items() for place in missing(value, found.get(key), f"{path}/{key}")]
    return [] if expected == found else [f"{path}: expected {str(expected)[:200]}, found {str(found)[:200]}"]


@pytest.mark.parametrize("case", list(cases()))
def test_vector(case: dict[str, Any]) -> None:
    assert missing(case["expect"], evaluate_bytes(sheet_bytes(case))) == []
