"""The evaluators agree: Python, the scan page's JavaScript in Node and in Chromium, and simple fractions.

Ten thousand generated sheets (`generate.py`), every fault alone, limits that take many items, the shipped examples.
A disagreement is written out with the smallest sheet that shows it.
"""

import base64
import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from footproof.assess import assess
from footproof.canonical import canonical_bytes
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.sheet import evaluate_bytes
from sheet import generate, naive
from sheet.generate import Case

ROOT = Path(__file__).resolve().parents[2]
EVALUATOR = ROOT / "src/footproof/page/evaluator.js"
RUNNER = Path(__file__).with_name("run_vectors.mjs")
CHROMIUM = Path("/usr/bin/chromium")
NODE = shutil.which("node")
SEED = 14067
EXAMPLES = (
    ("nmc811-pack", "cn.gbt.24067"),
    ("nmc811-pack", "cn.pcf.traction-battery"),
    ("portland-cement", "cn.gbt.24067"),
)
FORM_CODES = {f"E-SHEET-{word}" for word in ("JSON", "VERSION", "FORM", "NUMBER", "REFERENCE", "DEPTH", "LIMIT")}

node = [pytest.mark.node, pytest.mark.skipif(NODE is None, reason="Node.js is not installed")]
browser = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")]


@contextmanager
def asked(sheets: Sequence[bytes]) -> Iterator[Iterator[str]]:
    """Run Node beside this process on all sheets; yields its answers, one line of JSON each."""
    assert NODE is not None
    with tempfile.TemporaryFile("w+", encoding="ascii") as questions, tempfile.TemporaryFile("w+b") as answers:
        questions.writelines(f'{{"sheet_b64":"{base64.b64encode(sheet).decode()}"}}\n' for sheet in sheets)
        questions.seek(0)
        with subprocess.Popen([NODE, str(RUNNER), str(EVALUATOR)], stdin=questions, stdout=answers) as process:

            def lines() -> Iterator[str]:
                assert process.wait() == 0
                answers.seek(0)
                for line in answers:
                    yield line.decode("utf-8").removesuffix("\n")

            yield lines()


def python(data: bytes) -> dict[str, Any]:
    """Return the Python result; an evaluator that breaks counts as one that disagrees."""
    try:
        return evaluate_bytes(data)
    except Exception as problem:  # any exception is a finding here
        return {"error": {"code": type(problem).__name__, "at": "raised"}}


def javascript(sheets: Sequence[bytes]) -> list[Any]:
    with asked(sheets) as lines:
        return [json.loads(line) for line in lines]


def short(result: Any) -> str:
    return json.dumps(result.get("error", {"value": result.get("value")}), ensure_ascii=False)[:160]


def verdict(case: Case, ours: Any, theirs: Any) -> str | None:
    """Say how the two results, or one of them and the specification, differ."""
    wanted = case.error and {"error": {"code": case.error[0], "at": case.error[1]}}
    same = canonical_bytes(ours) == canonical_bytes(theirs)
    if case.kind == "spoilt" and not same:
        # One changed byte may be several faults of form, and section 4 leaves open which of them is reported.
        errors = [result.get("error", {}) for result in (ours, theirs)]
        same = all(error.get("code") in FORM_CODES - {"E-SHEET-JSON"} and error["at"] == "" for error in errors)
    if same and (wanted is None or ours == wanted):
        return None
    asks = f", the text asks for {short(wanted)}" if wanted else ""
    return f"{case.kind}, {case.name}: Python {short(ours)}, JavaScript {short(theirs)}{asks}"


def compared(cases: Sequence[Case]) -> tuple[list[str], Counter[str], list[tuple[Case, Any]]]:
    """Return all disagreements, how many cases have which outcome, and the cases that have a value."""
    with asked([case.data for case in cases]) as lines:
        ours = [python(case.data) for case in cases]
        theirs = [json.loads(line) for line in lines]
    wrong: dict[str, Case] = {}
    for case, mine, other in zip(cases, ours, theirs, strict=True):
        found = verdict(case, mine, other)
        if found and (found not in wrong or len(case.data) < len(wrong[found].data)):
            wrong[found] = case
    counts = Counter(result["error"]["code"] if "error" in result else "value" for result in ours)
    valued = [(case, result) for case, result in zip(cases, ours, strict=True) if "error" not in result]
    return [f"{text}\n    {case.data[:3000]!r}" for text, case in sorted(wrong.items())], counts, valued


def check_naively(valued: Sequence[tuple[Case, Any]]) -> None:
    for case, result in valued:
        place = naive.disagreement(naive.result_of(json.loads(case.data)), result)
        assert place is None, f"{case.kind}: {place} differs from plain fractions in {case.data[:3000]!r}"


def each_fault() -> list[Case]:
    """Return every fault of form and of bytes once."""
    chance = Random(SEED)
    found = [
        generate.field_fault(chance, path, code, value) for path, code, values in generate.FIELDS for value in values
    ]
    expressions = generate.expression_faults(chance)
    found += [generate.expression_fault(chance, name, *expressions[name]) for name in expressions]
    found += [generate.byte_fault(chance, name) for name in generate.BYTES]
    keys = ("nodes", "checks", "terms", "beside", "alternatives", "alternatives", "stages", "tables")
    return found + [generate.repeated_fault(chance, key) for key in keys]


def full(key: str, count: int) -> bytes:
    """Return a sheet with many items of one sort."""
    chance = Random(0)
    sheet = generate.everyday(chance) if key == "grid" else generate.blank(chance)
    if key == "grid":
        sheet["tables"]["full"] = {f"k{k}": "1" for k in range(count)}
    elif key == "terms":
        sheet[key] = [generate.term(f"i{k}", "1", [["fossil", "co2", "1"]]) for k in range(count)]
    else:
        sheet[key] = [generate.node(f"i{k}", "0") for k in range(count)]
        for item in sheet[key] if key == "checks" else ():
            del item["unit"]
    return canonical_bytes(sheet)


def real_sheets() -> list[bytes]:
    """Return the sheets of the shipped examples."""
    sheets = []
    for name, rulebook in EXAMPLES:
        study = read_study(read_folder(ROOT / "examples" / name))
        assert study.known_on is not None
        sheets.append(assess(study, load_rulebook(rulebook), shipped(), study.known_on).sheet_bytes)
    return sheets


class TestInNode:
    pytestmark = node

    def test_ten_thousand_sheets(self) -> None:
        wrong, counts, valued = compared(list(generate.cases(SEED, 10_000)))
        assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong)
        assert counts["value"] >= 6_000
        assert counts.total() - counts["value"] >= 2_500
        for code in (
            "TYPE",
            "DIVISION",
            "LOOKUP",
            "RESIDUAL",
            "SIZE",
            *(c.removeprefix("E-SHEET-") for c in FORM_CODES),
        ):
            assert counts[f"E-SHEET-{code}"] >= 3, code
        fast = [(case, result) for case, result in valued if case.kind != "large"]
        check_naively(fast[:2_500])

    def test_each_fault_of_form_alone(self) -> None:
        wrong, counts, _ = compared(each_fault())
        assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(line.split("\n")[0] for line in wrong)
        assert counts["value"] == 0

    @pytest.mark.parametrize(
        ("key", "most"),
        [("nodes", 20_000), ("checks", 20_000), ("beside", 20_000), ("terms", 50_000), ("grid", 10_000)],
    )
    def test_many_items(self, key: str, most: int) -> None:
        sheets = [full(key, most), full(key, most + 1)]
        for data, theirs, code in zip(sheets, javascript(sheets), (None, "E-SHEET-LIMIT"), strict=True):
            ours = python(data)
            assert (ours == theirs, ours.get("error", {}).get("code")) == (True, code), (short(ours), short(theirs))

    def test_sixteen_mebibytes(self) -> None:
        sheet = generate.blank(Random(0))
        sheet["info"]["note"] = ""
        sheet["info"]["note"] = "x" * (16 * 1024 * 1024 - len(canonical_bytes(sheet)))
        most = canonical_bytes(sheet)
        sheet["info"]["note"] += "x"
        for data, theirs, code in zip(
            (most, canonical_bytes(sheet)),
            javascript([most, canonical_bytes(sheet)]),
            (None, "E-SHEET-JSON"),
            strict=True,
        ):
            ours = python(data)
            assert (ours == theirs, ours.get("error", {}).get("code")) == (True, code)

    def test_the_shipped_examples_give_the_same_bytes(self) -> None:
        sheets = real_sheets()
        with asked(sheets) as lines:
            for (name, _), data, line in zip(EXAMPLES, sheets, lines, strict=True):
                ours = evaluate_bytes(data)
                assert json.dumps(ours, ensure_ascii=False, separators=(",", ":")) == line, name
                assert naive.disagreement(naive.result_of(json.loads(data)), ours) is None, name
                assert ours["value"] != "0"

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", range(20))
    def test_two_hundred_thousand_sheets(self, seed: int) -> None:
        wrong, counts, valued = compared(list(generate.cases(1_000_000 + seed, 10_000)))
        assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong)
        assert counts["value"] >= 6_000
        check_naively([each for each in valued if each[0].kind != "large"])


class TestInChromium:
    pytestmark = browser

    def test_three_hundred_sheets_and_the_examples(self) -> None:
        sheets = [case.data for case in islice(generate.cases(SEED + 1, 1000), 300)] + real_sheets()
        with page_with_evaluator() as evaluate_all:
            answers = evaluate_all(sheets)
        wrong = [
            f"Python {short(ours)}, Chromium {short(theirs)}: {data[:2000]!r}"
            for data, theirs in zip(sheets, answers, strict=True)
            if (ours := python(data)) != theirs
        ]
        assert not wrong, "\n".join(wrong)
        assert 60 <= sum("error" in answer for answer in answers) <= 120


@contextmanager
def page_with_evaluator() -> Iterator[Any]:
    """Open Chromium with the evaluator loaded; yields a function from sheets to results."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    module = "data:text/javascript;base64," + base64.b64encode(EVALUATOR.read_bytes()).decode()
    script = """async ([module, sheets]) => {
        const { evaluate } = await import(module);
        return sheets.map((text) => JSON.stringify(evaluate(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)))));
    }"""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = chromium.new_page()

        def evaluate_all(sheets: Sequence[bytes]) -> list[Any]:
            texts = page.evaluate(script, [module, [base64.b64encode(sheet).decode() for sheet in sheets]])
            return [json.loads(text) for text in texts]

        yield evaluate_all
        chromium.close()
