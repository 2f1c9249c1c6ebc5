"""A calculation sheet as its reader waits for it: 1,000 terms from bytes to digits, in Python, in Node and in Chromium.

The same sheets as `sheet_node.mjs`: decimals only, 1,000 divisors of three digits and four, 1,000 of twelve digits.
Each answer is checked; the peer is the same sum with Python's fractions. Targets: Python 50 ms, a browser 100 ms.
"""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.canonical import canonical_bytes
from footproof.sheet import evaluate_bytes, evaluate_sheet, read_sheet, result_record

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path("/usr/bin/chromium")
NODE = shutil.which("node")
TERMS = 1000
RUNS = 15
FACTOR = Fraction("1.25") + Fraction("0.00375") * Fraction("29.8")
Divisor = Callable[[int], int] | None
DIVISORS: dict[str, Divisor] = {
    "decimals": None,
    "divisors of 3 digits": lambda i: 100 + i,
    "divisors of 12 digits": lambda i: 999_999_999_989 - 2 * i * 7919,
}
NAMED = pytest.mark.parametrize("name", DIVISORS)


def sheet(name: str) -> bytes:
    """Return the bytes of a sheet of 1,000 terms."""
    divisor = DIVISORS[name]
    nodes, terms = [], []
    for i in range(TERMS):
        if divisor:
            nodes.append({"id": f"n{i}", "unit": "kg", "expr": ["/", "1", str(divisor(i))], "info": {}})
        amount = ["ref", f"n{i}"] if divisor else f"{i + 1}.{123456 + i}1"
        factor = [["fossil", "co2", "1.25"], ["fossil", "ch4", "0.00375"]]
        words = {"stage": f"s{i % 5}", "process": "p", "unit": "kg", "info": {}}
        terms.append({"id": f"t{i}", "amount": amount, "factor": factor, **words})
    head = {"sheet": "footproof-sheet/1", "info": {}, "unit": "kg CO2e", "stages": [f"s{i}" for i in range(5)]}
    rule = {
        "rounding": {"digits": 6, "mode": "half-even"},
        "gwp": {"fossil": {"co2": "1", "ch4": "29.8"}},
        "tables": {},
    }
    return canonical_bytes(
        {**head, **rule, "nodes": nodes, "checks": [], "terms": terms, "beside": [], "alternatives": []}
    )


def by_fractions(name: str) -> Fraction:
    """Return the value of the sheet as a sum of Python's fractions, reduced at every step."""
    divisor = DIVISORS[name]
    total = Fraction(0)
    for i in range(TERMS):
        total += (Fraction(1, divisor(i)) if divisor else Fraction(f"{i + 1}.{123456 + i}1")) * FACTOR
    return total


def check(result: Any, name: str) -> None:
    p, _, q = result["value"].partition("/")
    assert Fraction(Decimal(p)) / int(Decimal(q or "1")) == by_fractions(name)


def repeated(benchmark: BenchmarkFixture) -> Callable[..., Any]:
    """Return the way to time a step that takes long enough to be timed singly."""
    pedantic: Callable[..., Any] = benchmark.pedantic
    return pedantic


def note(benchmark: BenchmarkFixture, name: str, **figures: object) -> None:
    benchmark.extra_info.update({"sheet": name, "terms": TERMS, **figures})


def note_ratio(benchmark: BenchmarkFixture, name: str, rounds: int) -> None:
    """Time plain fractions in the same run and note how many times as long they take."""
    if benchmark.stats is None:
        return
    times = []
    for _ in range(rounds):
        start = benchmark._timer()
        by_fractions(name)
        times.append(benchmark._timer() - start)
    ours = benchmark.stats.stats.median
    note(
        benchmark, name, fractions_ms=round(1000 * median(times), 2), fractions_over_ours=round(median(times) / ours, 2)
    )


@NAMED
def test_from_bytes_to_result_in_python(benchmark: BenchmarkFixture, name: str) -> None:
    data = sheet(name)
    result = repeated(benchmark)(evaluate_bytes, args=(data,), rounds=RUNS, warmup_rounds=1)
    check(result, name)
    note_ratio(benchmark, name, 7)


@NAMED
def test_evaluation_alone_in_python(benchmark: BenchmarkFixture, name: str) -> None:
    read = read_sheet(sheet(name))
    evaluation = repeated(benchmark)(evaluate_sheet, args=(read,), rounds=RUNS, warmup_rounds=1)
    check(result_record(read, evaluation), name)
    note_ratio(benchmark, name, 7)


@pytest.mark.node
@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_in_node(benchmark: BenchmarkFixture) -> None:
    """`sheet_node.mjs` takes the medians of 15 runs itself and checks its answers; here they are noted."""
    command = [str(NODE), str(Path(__file__).with_name("sheet_node.mjs"))]
    done = repeated(benchmark)(
        subprocess.run, args=(command,), kwargs={"capture_output": True, "check": True}, rounds=1
    )
    medians = dict(re.findall(r"^(.*?) +([0-9.]+) ms ", done.stdout.decode(), re.MULTILINE))
    assert len(medians) == 6
    note(benchmark, "all", medians_ms=medians)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
def test_in_chromium(benchmark: BenchmarkFixture) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    source = (ROOT / "src/footproof/page/evaluator.js").read_bytes()
    script = """async ([module, text, runs]) => {
        const { evaluate } = await import(module);
        const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        const times = [];
        let result;
        for (let run = 0; run < runs; run++) {
            const start = performance.now();
            result = evaluate(bytes);
            times.push(performance.now() - start);
        }
        return [JSON.stringify(result), times];
    }"""
    module = "data:text/javascript;base64," + base64.b64encode(source).decode()
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = chromium.new_page()

        def run() -> dict[str, float]:
            medians = {}
            for name in DIVISORS:
                text, times = page.evaluate(script, [module, base64.b64encode(sheet(name)).decode(), RUNS])
                check(json.loads(text), name)
                medians[name] = round(median(times), 1)
                note(benchmark, "all", **{f"first run, {name}, ms": round(times[0], 1)})
            return medians

        medians = repeated(benchmark)(run, rounds=1)
        chromium.close()
    note(benchmark, "all", medians_ms=medians)
