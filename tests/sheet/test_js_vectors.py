"""The evaluator of the scan page, run in Node on every vector: the second of two independent programs.

The vectors (`tests/vectors/*.json`) follow docs/reference/sheet.md; beside them stand laws checked against
Python's fractions, and defects planted into the evaluator, each of which the vectors must notice.
"""

import base64
import json
import math
import random
import shutil
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from footproof.canonical import canonical_bytes

ROOT = Path(__file__).resolve().parents[2]
EVALUATOR = ROOT / "src/footproof/page/evaluator.js"
RUNNER = Path(__file__).with_name("run_vectors.mjs")
FILES = sorted((ROOT / "tests/vectors").glob("*.json"))
NODE = shutil.which("node")

pytestmark = [pytest.mark.node, pytest.mark.skipif(NODE is None, reason="Node.js is not installed")]

# Each fault is one replacement in the source; the vectors must tell the faulty program from the right one.
FAULTS = {
    "rounds half up": ("&& rounded % 2n === 1n", ""),
    "allows 13 digits": ("significant.length <= 12", "significant.length <= 13"),
    "reduces products": (
        "return charged(budget, STEPS.product, sized(a.n * b.n, a.d * b.d));",
        "const g = gcd(a.n * b.n, a.d * b.d) || 1n; return sized((a.n * b.n) / g, (a.d * b.d) / g);",
    ),
    "adds over the product of denominators": ("const common = gcd(a.d, b.d);", "const common = 1n;"),
    "stops and at the first false": (
        "parts.map((part) => part.run(state))",
        'name === "and" && parts[0].run(state) === false ? [false] : parts.map((part) => part.run(state))',
    ),
    "keeps the last of equals": (
        'isLess(budget, b, a) ? b : a)) }],\n  ["max"',
        'isLess(budget, a, b) ? a : b)) }],\n  ["max"',
    ),
    "forgets that a set may not look ahead": (
        "{ ...scope, before: index, divides: true }));",
        "{ ...scope, divides: true }));",
    ),
    "does not share the steps": (
        "{ budget, values: [] }, overrides",
        "{ budget: { steps: 0 }, values: [] }, overrides",
    ),
    "takes steps for a sum by its longer denominator": ("STEPS.sum[Math.min(", "STEPS.sum[Math.max("),
    "takes no steps for a sum": ("charge(budget, STEPS.sum[", "charge(budget, 0 * STEPS.sum["),
    "takes steps for a sum over large denominators too few": ("sum: [0, 100, 4_000]", "sum: [0, 99, 4_000]"),
    "takes steps for a sum over huge denominators too many": ("sum: [0, 100, 4_000]", "sum: [0, 100, 4_001]"),
    "takes steps for a large product too few": ("product: [0, 2, 40]", "product: [0, 1, 40]"),
    "takes steps for a huge product too many": ("product: [0, 2, 40]", "product: [0, 2, 41]"),
    "takes steps for a product before its size is checked": (
        "return charged(budget, STEPS.product, sized(a.n * b.n, a.d * b.d));",
        "return sized(...Object.values(charged(budget, STEPS.product, { n: a.n * b.n, d: a.d * b.d })));",
    ),
    "takes no steps for a quotient": ("return charged(budget, STEPS.product, quotient);", "return quotient;"),
    "takes steps for a large comparison too many": ("comparison: [0, 2, 40]", "comparison: [0, 3, 40]"),
    "takes steps for a huge comparison too few": ("comparison: [0, 2, 40]", "comparison: [0, 2, 39]"),
    "takes steps for a comparison by two of four integers": (
        "rank(a.n), rank(a.d), rank(b.n), rank(b.d)",
        "rank(a.n), rank(b.n)",
    ),
    "takes steps for a large value too few": ("value: [0, 100, 4_000]", "value: [0, 99, 4_000]"),
    "takes steps for a huge value too many": ("value: [0, 100, 4_000]", "value: [0, 100, 4_001]"),
    "takes no steps for figures beside": ("keep(budget, expr.run(state))", "expr.run(state)"),
    "takes no steps for the value of a term": ("keep(budget, total)", "total"),
    "takes no steps for the value of a node": ("keep(state.budget, chosen.run(state))", "chosen.run(state)"),
    "takes steps for an entry too few": ("entry: 4,", "entry: 3,"),
    "takes steps for negative integers as for small ones": (
        "integer < LARGE && integer > MINUS_LARGE",
        "integer < LARGE",
    ),
    "takes steps for huge integers from beyond 2^8192": ("integer < HUGE &&", "integer <= HUGE &&"),
    "takes steps for large integers from beyond 2^1024": ("integer < LARGE &&", "integer <= LARGE &&"),
    "takes steps for negative large integers from beyond": ("integer > MINUS_LARGE)", "integer >= MINUS_LARGE)"),
    "takes steps for negative huge integers from beyond": ("integer > MINUS_HUGE ?", "integer >= MINUS_HUGE ?"),
    "gives the totals steps of their own": (
        "addTotals(sheet, sums.cells, budget)",
        "addTotals(sheet, sums.cells, { steps: 0 })",
    ),
    "allows 101 stages": ("stages: 100,", "stages: 101,"),
    "allows 2^65536": ("1n << 65536n", "(1n << 65536n) + 1n"),
    "writes 61 places": ("const PLACES = 60", "const PLACES = 61"),
    "leaves checks out of alternatives": (
        "for (const { id, expr } of sheet.checks)",
        "if (!place) for (const { id, expr } of sheet.checks)",
    ),
    "reads a byte order mark": ("ignoreBOM: true", "ignoreBOM: false"),
    "asks for NFC": (
        "/\\p{Surrogate}/u.test(text)",
        '(/\\p{Surrogate}/u.test(text) || text.normalize("NFC") !== text)',
    ),
}


def read_cases(file: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["cases"]
    return cases


def request(case: dict[str, Any]) -> dict[str, Any]:
    if "bytes_b64" in case:
        return {"sheet_b64": case["bytes_b64"]}
    return {"sheet_b64": base64.b64encode(canonical_bytes(case["sheet"])).decode()}


def ask(requests: Sequence[dict[str, Any]], evaluator: Path = EVALUATOR) -> list[Any]:
    """Send all requests through one Node process; the answers come in the same order."""
    assert NODE is not None
    lines = "".join(json.dumps(each) + "\n" for each in requests)
    done = subprocess.run(
        [NODE, str(RUNNER), str(evaluator)], input=lines, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    answers = done.stdout.split("\n")[:-1]  # not splitlines: JSON may hold U+2028
    assert len(answers) == len(requests)
    return [json.loads(answer) for answer in answers]


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Say where the found result lacks or changes what is expected; more keys may stand beside."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if "error" in found and "error" not in expected:
            return [f"{path}: {found['error']} instead of a result"]
        return [
            line
            for key, value in expected.items()
            for line in (
                differences(value, found[key], f"{path}/{key}") if key in found else [f"{path}/{key} is missing"]
            )
        ]
    return [] if type(expected) is type(found) and expected == found else [f"{path}: {found!r}, not {expected!r}"]


def sheet_of(amounts: Sequence[Fraction], digits: int = 15) -> dict[str, Any]:
    """A sheet whose value is the sum of the amounts, each a quotient of two integers."""
    item = {"unit": "kg", "info": {}}
    nodes, terms = [], []
    for k, amount in enumerate(amounts):
        quotient = ["/", str(amount.numerator), str(amount.denominator)]
        nodes.append({**item, "id": f"a{k}", "expr": quotient})
        source = {"stage": "ab"[k % 2], "process": "p", "factor": [["fossil", "co2", "1"]]}
        terms.append({**item, **source, "id": f"a{k}", "amount": ["ref", f"a{k}"]})
    head = {"sheet": "footproof-sheet/1", "info": {}, "unit": "kg", "stages": ["a", "b"], "tables": {}}
    rule = {"gwp": {"fossil": {"co2": "1"}}, "rounding": {"digits": digits, "mode": "half-even"}}
    return {**head, **rule, "nodes": nodes, "checks": [], "terms": terms, "beside": [], "alternatives": []}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_vector_gives_its_result(file: Path) -> None:
    cases = read_cases(file)
    results = ask([request(case) for case in cases])
    wrong = [
        f"{case['name']}: {line}"
        for case, result in zip(cases, results, strict=True)
        for line in differences(case["expect"], result)
    ]
    assert not wrong, "\n".join(wrong)
    assert cases


@pytest.mark.parametrize("fault", FAULTS)
def test_the_vectors_notice_a_planted_fault(fault: str, tmp_path: Path) -> None:
    right, wrong = FAULTS[fault]
    source = EVALUATOR.read_text(encoding="utf-8")
    assert source.count(right) == 1, "the place of the fault is not unique"
    faulty = tmp_path / "evaluator.js"
    faulty.write_text(source.replace(right, wrong), encoding="utf-8")
    # The vectors at the limit of steps are many and long; only the faults about steps need them.
    about_steps = "steps" in fault
    file = ROOT / "tests/vectors/second_author.json"
    cases = [case for case in read_cases(file) if (" steps" in case["name"]) == about_steps]
    results = ask([request(case) for case in cases], faulty)
    assert any(differences(case["expect"], result) for case, result in zip(cases, results, strict=True))


def test_a_vector_is_compared_as_a_subset_and_in_depth() -> None:
    found = {"value": "1", "nodes": {"a": True, "b": "2"}}
    assert differences({"nodes": {"a": True}}, found) == []
    assert differences({"nodes": {"a": 1}}, found)
    assert differences({"nodes": {"c": "2"}}, found)
    assert differences({"value": "1"}, {"error": {"code": "E-SHEET-JSON", "at": ""}})
    assert differences({"nodes": {}}, {"error": {"code": "E-SHEET-JSON", "at": ""}})


amounts = st.fractions(max_denominator=10**11).filter(
    lambda f: abs(f.numerator) < 10**12 and len(str(f.denominator)) <= 12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(amounts, min_size=1, max_size=12), st.integers(1, 15))
def test_a_sum_is_exact_and_is_rounded_once(parts: list[Fraction], digits: int) -> None:
    (result,) = ask([request({"sheet": sheet_of(parts, digits)})])
    total = sum(parts, Fraction(0))
    assert Fraction(result["value"]) == total
    assert sum(Fraction(stage["total"]) for stage in result["stages"].values()) == total
    assert sum(map(Fraction, result["origins"].values())) == total
    declared = Fraction(result["declared"])
    if total:
        power = math.floor(math.log10(abs(total)))  # may be one off near a power of ten, hence a step twice as wide
        assert abs(declared - total) <= Fraction(10) ** (power + 1 - digits)
    else:
        assert result["declared"] == "0"


def test_the_greatest_common_divisor_is_that_of_python() -> None:
    chance = random.Random(24067)
    pairs = [(0, 0), (0, 2**99), (2**99, 0), (2**5000, 2**4999 + 1), (2**5000, 2**4000)]
    for bits in [*range(1, 130), 800, 801, 1600, 1601, 2400, 4096, 9000, 12000] * 3:
        a, b = chance.getrandbits(bits), chance.getrandbits(chance.choice([bits, bits + 3, bits // 2 + 1]))
        common = chance.getrandbits(chance.choice([1, 30, bits]))
        pairs.append((a * common, b * common))
    old, new = 1, 1
    for _ in range(5000):
        old, new = new, old + new
    pairs.append((old, new))  # Fibonacci numbers take the most divisions
    answers = ask([{"gcd": [hex(a), hex(b)]} for a, b in pairs])
    assert [int(answer["gcd"], 16) for answer in answers] == [math.gcd(a, b) for a, b in pairs]
    assert ask([{"gcd": ["-12", "18"]}, {"gcd": ["12", "-18"]}]) == [{"gcd": "6"}] * 2


def test_rounding_goes_to_the_even_neighbour() -> None:
    ties = [(f"{sign}{n}.5", n + n % 2, sign) for n in range(100, 400) for sign in ("", "-")]
    answers = ask([{"round": [text, 3]} for text, _, _ in ties])
    assert [answer["round"] for answer in answers] == [f"{sign}{even}" for _, even, sign in ties]
    assert [answer["exact"] for answer in answers] == [text for text, _, _ in ties]


def test_changed_bytes_are_refused_and_never_crash() -> None:
    good = canonical_bytes(sheet_of([Fraction(1, 3), Fraction(5, 7)]))
    (expected,) = ask([request({"bytes_b64": base64.b64encode(good).decode()})])
    spoilt = [good[:k] + bytes([good[k] ^ 0x80]) + good[k + 1 :] for k in range(len(good))]  # never ASCII again
    spoilt += [good[:k] for k in range(len(good))]
    answers = ask([{"sheet_b64": base64.b64encode(data).decode()} for data in spoilt])
    assert {answer["error"]["code"] for answer in answers} == {"E-SHEET-JSON"}
    assert "error" not in expected
