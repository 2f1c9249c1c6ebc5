"""Sheets built to take as long as the limits allow: the reader of a hostile package waits seconds, not hours."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from footproof.canonical import canonical_bytes
from footproof.sheet import evaluate_bytes

PATIENCE = 60.0  # seconds on a slow machine; what was measured stands in the test's own message


def sheet(**parts: object) -> dict[str, Any]:
    """Return a sheet of nothing, with some parts filled."""
    return {
        "sheet": "footproof-sheet/1",
        "info": {},
        "unit": "kg CO2e / kg",
        "rounding": {"digits": 6, "mode": "half-even"},
        "stages": ["s"],
        "gwp": {"fossil": {"CO2": "1"}},
        "tables": {},
        "nodes": [],
        "checks": [],
        "terms": [],
        "beside": [],
        "alternatives": [],
        **parts,
    }


def node(name: str, expr: object) -> dict[str, Any]:
    return {"id": name, "unit": "", "expr": expr, "info": {}}


def term(name: str, amount: object, entries: int = 1) -> dict[str, Any]:
    factor = [["fossil", "CO2", "9"]] * entries
    return {
        "id": name,
        "stage": "s",
        "process": "",
        "unit": "",
        "amount": amount,
        "factor": factor,
        "info": {},
    }


def steps() -> dict[str, Any]:
    """2,000 nodes of 999 sums each: just short of two million steps."""
    return sheet(nodes=[node(f"n{i}", ["+", *["1"] * 999]) for i in range(1999)])


def too_many_steps() -> dict[str, Any]:
    return sheet(nodes=[node(f"n{i}", ["+", *["1"] * 1000]) for i in range(2000)])


def alternatives() -> dict[str, Any]:
    """Many alternatives of a middling sheet: steps are counted over all of them."""
    nodes = [node(f"n{i}", ["+", *["1"] * 99]) for i in range(1000)]
    others = [{"id": f"a{i}", "kind": "axis", "set": {"n0": "2"}, "info": {}} for i in range(64)]
    return sheet(nodes=nodes, alternatives=others)


def grown(bits: int) -> list[dict[str, Any]]:
    """Nodes that square a number up to some bits."""
    nodes = [node("x0", "999999999999")]
    size = 40
    while size * 2 < bits:
        nodes.append(node(f"x{len(nodes)}", ["*", *[["ref", f"x{len(nodes) - 1}"]] * 2]))
        size *= 2
    return nodes


def large_products() -> dict[str, Any]:
    """As many products of large integers as steps allow: each x × y ÷ y keeps the size, but nothing is reduced."""
    nodes = grown(60_000)
    last = nodes[-1]["id"]
    many = [node(f"p{i}", ["*", ["ref", last], *["1"] * 998]) for i in range(1900)]
    return sheet(nodes=[*nodes, *many])


def large_sums() -> dict[str, Any]:
    """Sums of large fractions whose denominators have nothing in common: a greatest common divisor at every step."""
    nodes = grown(30_000)
    last = nodes[-1]["id"]
    nodes += [node("y0", ["/", "1", ["+", ["ref", last], "1"]]), node("y1", ["/", "1", ["+", ["ref", last], "2"]])]
    pair = [["ref", "y0"], ["ref", "y1"]]
    many = [node(f"p{i}", ["+", *(pair * 499)]) for i in range(1200)]
    return sheet(nodes=[*nodes, *many])


def written() -> dict[str, Any]:
    """Every node a number of 20,000 digits, to be written out in decimal."""
    nodes = grown(60_000)
    last = nodes[-1]["id"]
    return sheet(nodes=[*nodes, *[node(f"w{i}", ["ref", last]) for i in range(15_000)]])


def fractions_written() -> dict[str, Any]:
    """Every node a fraction of two large integers, to be reduced and written."""
    nodes = grown(60_000)
    last = nodes[-1]["id"]
    many = [node(f"w{i}", ["/", ["+", ["ref", last], "1"], ["ref", last]]) for i in range(15_000)]
    return sheet(nodes=[*nodes, *many])


def compared() -> dict[str, Any]:
    nodes = grown(60_000)
    last = ["ref", nodes[-1]["id"]]
    return sheet(nodes=[*nodes, *[node(f"c{i}", ["min", *[last] * 999]) for i in range(1100)]])


def entries() -> dict[str, Any]:
    """Terms with two hundred entries each, which cost no steps."""
    nodes = grown(60_000)
    return sheet(nodes=nodes, terms=[term(f"t{i}", ["ref", nodes[-1]["id"]], 200) for i in range(3600)])


def entries_in_alternatives() -> dict[str, Any]:
    nodes = grown(60_000)
    others = [{"id": f"a{i}", "kind": "axis", "set": {"x0": "999999999998"}, "info": {}} for i in range(64)]
    terms = [term(f"t{i}", ["ref", nodes[-1]["id"]], 200) for i in range(3600)]
    return sheet(nodes=nodes, terms=terms, alternatives=others)


HOSTILE: dict[str, tuple[Callable[[], dict[str, Any]], str | None]] = {
    "as many steps as allowed": (steps, None),
    "a step too many": (too_many_steps, "E-SHEET-STEPS"),
    "steps in alternatives": (alternatives, "E-SHEET-STEPS"),
    "products of large integers": (large_products, None),
    "sums of large fractions": (large_sums, None),
    "comparisons of large integers": (compared, None),
    "large integers written out": (written, None),
    "large fractions reduced and written": (fractions_written, None),
    "entries, which cost no steps": (entries, None),
    "entries in alternatives": (entries_in_alternatives, None),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_sheet_ends_within_a_minute(name: str) -> None:
    make, code = HOSTILE[name]
    data = canonical_bytes(make())
    assert len(data) <= 16 * 1024 * 1024
    began = time.process_time()
    result = evaluate_bytes(data)
    took = time.process_time() - began
    if code is not None:
        assert result["error"]["code"] == code
    assert took < PATIENCE, f"{name}: {took:.1f} s for {len(data):,} bytes, {str(result)[:80]}"


def test_as_many_steps_as_allowed_end_within_seconds() -> None:
    began = time.process_time()
    assert "error" not in evaluate_bytes(canonical_bytes(steps()))
    assert evaluate_bytes(canonical_bytes(too_many_steps()))["error"]["code"] == "E-SHEET-STEPS"
    assert time.process_time() - began < PATIENCE
