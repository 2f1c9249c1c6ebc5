"""Seeded calculation sheets on which evaluators are compared: everyday ones, hostile ones, ones with a single fault.

Follows docs/reference/sheet.md; where a fault is planted, the case says which code and place that text asks for.
The same seed gives the same bytes on every machine.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Any

from footproof.canonical import canonical_bytes
from footproof.sheet import ORIGINS

Record = dict[str, Any]
GASES = ("co2", "ch4", "n2o", "co2e")
KINDS = ("axis", "allocation", "companion")
DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Case:
    """A sheet, and what is known about its outcome.

    Args:
        kind: How it was made: everyday, hostile, ties, divisors, deep, large, runtime, form, bytes or spoilt.
        name: Which fault, where one was planted.
        data: The sheet as bytes.
        error: The code and the place that the specification asks for; None where the case is left open.
    """

    kind: str
    name: str
    data: bytes
    error: tuple[str, str] | None = None


def cases(seed: int, count: int) -> Iterator[Case]:
    """Yield `count` cases; about two thirds of them have a value."""
    chance = Random(seed)
    kinds, weights = zip(*((make, weight) for make, weight in _KINDS), strict=True)
    for _ in range(count):
        yield chance.choices(kinds, weights)[0](chance)


# ------------------------------------------------------------------------------------------------------- numbers


def plain(digits: int, exponent: int) -> str:
    """Return digits × 10^exponent in the normal form of section 2."""
    sign, text = ("-" if digits < 0 else ""), str(abs(digits))
    if digits == 0:
        return "0"
    if exponent >= 0:
        return f"{sign}{text}{'0' * exponent}"
    text = text.rjust(1 - exponent, "0")
    return f"{sign}{text[:exponent]}.{text[exponent:]}".rstrip("0").rstrip(".")


def usual(chance: Random) -> str:
    """Return an amount as it stands in an inventory: one to six digits, above zero."""
    return plain(chance.randint(1, 10 ** chance.randint(1, 6)), chance.randint(-6, 2))


def unusual(chance: Random) -> str:
    """Return any number that section 2 allows, its limits among them."""
    if chance.random() < 0.5:
        return chance.choice(_EDGES)
    digits = chance.randint(-(10**12) + 1, 10**12 - 1) // 10 ** chance.choice((0, 0, 6, 9, 10, 11))
    return plain(digits, chance.randint(-30, 30 if abs(digits) < 10**12 else 29))


_EDGES = (
    *("0", "0", "1", "-1", "2", "3", "-3", "0.5", "10", "7", "0.1", "-0.3"),
    *(plain(1, -30), plain(-1, 41), plain(1, 41), plain(999_999_999_999, 30), plain(-999_999_999_999, -30)),
    *(plain(123_456_789_012, -30), "999999999989", "1000000000000", "4294967296"),
)


# -------------------------------------------------------------------------------------------------- everyday sheets


def blank(chance: Random) -> Record:
    """Return a sheet of one stage without terms."""
    return {
        "sheet": "footproof-sheet/1",
        "info": {"study": "示例 DEMO", "note": 'a\n\u2028\\"/é'},
        "unit": "kg CO2e / kWh",
        "rounding": {"digits": chance.randint(1, 15), "mode": "half-even"},
        "stages": ["raw"],
        "gwp": {"fossil": {"co2": "1"}},
        "tables": {},
        "nodes": [],
        "checks": [],
        "terms": [],
        "beside": [],
        "alternatives": [],
    }


def node(name: str, expr: Any) -> Record:
    """Return a node or a figure beside the total."""
    return {"id": name, "unit": "kg", "expr": expr, "info": {}}


def term(name: str, amount: Any, factor: Sequence[Sequence[str]], stage: str = "raw") -> Record:
    """Return a term."""
    words = {"process": "工序 " + name, "unit": "kg", "info": {"source": "invented"}}
    return {"id": name, "stage": stage, "amount": amount, "factor": factor, **words}


def everyday(chance: Random) -> Record:
    """Return a sheet as an assessment makes it: processes and their runs, shares, an axis, checks that hold.

    Each array holds at least one item, and its first term is counted as fossil.
    """
    sheet = blank(chance)
    sheet["stages"] = ["raw", "make", "out", "end"][: chance.randint(1, 4)]
    sheet["gwp"] = {
        origin: {gas: f"{'-' if origin == 'biogenic_removal' else ''}{usual(chance)}" for gas in GASES}
        for origin in ORIGINS
    }
    regions = ("national", *chance.choice((("north", "south"), ("north", "south"), ("north", "south"), ("浙江", "😀"))))
    sheet["tables"] = {"grid": {**{region: usual(chance) for region in regions}, "": "0"}}
    sheet["nodes"].append(node("axis.grid", ["text", chance.choice(regions)]))
    sheet["nodes"].append(node("factor.grid", ["lookup", "grid", ["ref", "axis.grid"]]))
    amounts = _processes(chance, sheet) + _shares(chance, sheet)
    amounts.append(_choice(chance, sheet))
    amounts.append(_stored_ratio(chance, sheet))
    for k in range(chance.randint(1, 6)):
        sheet["terms"].append(_everyday_term(chance, sheet, f"t{k}", amounts, fossil=k == 0))
    for k in range(chance.randint(1, 3)):
        sheet["beside"].append(node(f"b{k}", ["*", chance.choice(amounts), usual(chance)]))
    _add_alternatives(chance, sheet)
    return sheet


def _processes(chance: Random, sheet: Record) -> list[Any]:
    """Chain some processes by their runs; each balance must come out exactly."""
    amounts: list[Any] = ["1"]
    for k in range(chance.randint(1, 5)):
        demand = chance.choice((usual(chance), ["ref", f"runs.{k - 1}"] if k else usual(chance)))
        output = usual(chance)
        sheet["nodes"].append(node(f"runs.{k}", ["/", demand, output]))
        made = ["*", ["ref", f"runs.{k}"], output]
        sheet["checks"].append({"id": f"balance.{k}", "expr": ["-", made, demand], "info": {}})
        amounts += [["ref", f"runs.{k}"], ["*", ["ref", f"runs.{k}"], usual(chance), ["ref", "factor.grid"]]]
    return amounts


def _shares(chance: Random, sheet: Record) -> list[Any]:
    """Allocate by two quantities; the shares add up to one."""
    first, second = usual(chance), usual(chance)
    total = ["+", first, second]
    sheet["nodes"] += [node("share.a", ["/", first, total]), node("share.b", ["/", second, total])]
    sheet["checks"].append(
        {"id": "shares", "expr": ["-", ["+", ["ref", "share.a"], ["ref", "share.b"]], "1"], "info": {}}
    )
    return [["ref", "share.a"], ["*", ["ref", "share.b"], usual(chance)]]


def _choice(chance: Random, sheet: Record) -> Any:
    condition = chance.choice(
        (
            ["=", ["ref", "axis.grid"], ["text", "national"]],
            ["not", ["=", ["ref", "axis.grid"], ["text", "south"]]],
            [chance.choice(("<", "<=", ">", ">=")), ["ref", "factor.grid"], usual(chance)],
        )
    )
    sheet["nodes"].append(node("is.chosen", condition))
    sheet["nodes"].append(node("loss", ["if", ["ref", "is.chosen"], usual(chance), ["max", "0", usual(chance)]]))
    return ["ref", "loss"]


def _stored_ratio(chance: Random, sheet: Record) -> Any:
    bits = chance.choice((8, 8, 20, 20, 40, 40, 60, 100, 300)) if chance.random() < 0.98 else 4095
    p, q = chance.getrandbits(bits) + 1, chance.getrandbits(bits) + 2
    shared = gcd(p, q)
    p, q = p // shared, q // shared
    sheet["nodes"].append(node("level", ["ratio", str(chance.choice((p, -p))), str(q)] if q > 1 else "1"))
    return ["ref", "level"]


def _everyday_term(chance: Random, sheet: Record, name: str, amounts: list[Any], *, fossil: bool) -> Record:
    factor = []
    for k in range(chance.randint(1, 4)):
        origin = "fossil" if fossil and not k else chance.choice(ORIGINS)
        tag = ["aircraft"] if origin == "fossil" and chance.random() < 0.3 else []
        factor.append([origin, chance.choice(GASES), usual(chance), *tag])
    amount = chance.choice((usual(chance), chance.choice(amounts), chance.choice(amounts)))
    return term(name, amount, factor, chance.choice(sheet["stages"]))


def _add_alternatives(chance: Random, sheet: Record) -> None:
    regions = [region for region in sheet["tables"]["grid"] if region]
    choices: list[Callable[[], Record]] = [
        lambda: {"axis.grid": ["text", chance.choice(regions)]},
        lambda: {"runs.0": "1"} if sheet["checks"][0]["expr"][1][2] == sheet["checks"][0]["expr"][2] else {},
        lambda: {"factor.grid": ["/", usual(chance), usual(chance)], "loss": usual(chance)},
        lambda: {"level": ["ratio", "-1", "3"]},
        dict,
    ]
    for k in range(chance.randint(1, 3)):
        chosen = chance.choice(choices)()
        sheet["alternatives"].append({"id": f"v{k}", "kind": chance.choice(KINDS), "set": chosen, "info": {}})


# --------------------------------------------------------------------------------------------------- hostile sheets


class Writer:
    """Writes random expressions of a wanted kind over the nodes so far; now and then of another kind."""

    def __init__(self, chance: Random, slip: float) -> None:
        self.chance = chance
        self.slip = slip
        self.known: dict[str, list[str]] = {"number": [], "truth": [], "text": []}

    def expression(self, kind: str, depth: int) -> Any:
        """Return an expression of at most this depth."""
        if self.chance.random() < self.slip:
            kind = self.chance.choice(("number", "truth", "text"))
        if depth <= 1 or self.chance.random() < 0.15:
            return self._leaf(kind, depth)
        if self.chance.random() < 0.1:
            parts = [self.expression("truth", depth - 1), *(self.expression(kind, depth - 1) for _ in "ab")]
            return ["if", *parts]
        return {"number": self._number, "truth": self._truth, "text": self._leaf_text}[kind](depth)

    def _leaf(self, kind: str, depth: int) -> Any:
        if self.known[kind] and self.chance.random() < 0.5:
            return ["ref", self.chance.choice(self.known[kind])]
        if kind == "number":
            return unusual(self.chance) if self.chance.random() < 0.6 else usual(self.chance)
        if kind == "text":
            return self._leaf_text(depth)
        return ["<", "1", "2"] if depth > 1 else ["ref", "true"]

    def _leaf_text(self, depth: int) -> Any:
        del depth
        return ["text", self.chance.choice(("a", "a", "b", "b", "c" if self.slip else "a"))]

    def _number(self, depth: int) -> Any:
        operator = self.chance.choice(("+", "+", "*", "*", "-", "-", "min", "max", "lookup"))
        if operator == "lookup":
            return ["lookup", self.chance.choice("TU"), self.expression("text", depth - 1)]
        fewest = {"min": 1, "max": 1}.get(operator, 2)
        count = 2 if operator == "-" else self.chance.randint(fewest, fewest + 2)
        return [operator, *(self.expression("number", depth - 1) for _ in range(count))]

    def _truth(self, depth: int) -> Any:
        operator = self.chance.choice(("<", "<=", ">", ">=", "=", "!=", "and", "or", "not"))
        kind = "truth" if operator in ("and", "or", "not") else "number"
        if operator in ("=", "!="):
            kind = self.chance.choice(("number", "text"))
        count = {"not": 1, "and": self.chance.randint(2, 3), "or": self.chance.randint(2, 3)}.get(operator, 2)
        return [operator, *(self.expression(kind, depth - 1) for _ in range(count))]


def hostile(chance: Random) -> Record:
    """Return a sheet of every operator over extreme numbers; some fail while they are evaluated."""
    sheet = blank(chance)
    sheet["gwp"] = {origin: {"g": unusual(chance)} for origin in ORIGINS}
    keys = ("a", "b", "é", "😀") if chance.random() < 0.2 else ("a", "b", "c")
    sheet["tables"] = {"T": {key: unusual(chance) for key in keys}, "U": {key: usual(chance) for key in keys}}
    writer = Writer(chance, chance.choice((0, 0, 0, 0, 0.02)))
    sheet["nodes"].append(node("true", ["<", "1", "2"]))
    writer.known["truth"].append("true")
    for k in range(chance.randint(1, 8)):
        kind = chance.choice(("number", "number", "number", "truth", "text"))
        sheet["nodes"].append(node(f"n{k}", _top(chance, writer, kind)))
        writer.known[kind].append(f"n{k}")
    for k in range(chance.randint(0, 5)):
        factor = [[chance.choice(ORIGINS), "g", unusual(chance)] for _ in range(chance.randint(1, 3))]
        sheet["terms"].append(term(f"t{k}", writer.expression("number", chance.randint(1, 4)), factor))
    residual = writer.expression("number", 2)
    sheet["checks"].append({"id": "c", "expr": ["-", residual, residual], "info": {}})
    sheet["beside"].append(node("b", writer.expression("number", 3)))
    _set_hostile(chance, writer, sheet)
    return sheet


def _top(chance: Random, writer: Writer, kind: str) -> Any:
    if kind == "number" and chance.random() < 0.3:
        divisor = chance.choice((str(chance.randint(1, 10**12 - 1)), writer.expression("number", 2)))
        return ["/", writer.expression("number", 3), divisor]
    return writer.expression(kind, chance.randint(1, 5))


def _set_hostile(chance: Random, writer: Writer, sheet: Record) -> None:
    for k in range(chance.randint(0, 2)):
        chosen = chance.choice(sheet["nodes"][1:])
        number = chosen["id"] in writer.known["number"]
        expr: Any = unusual(chance) if number else deepcopy(chosen["expr"])
        sheet["alternatives"].append(
            {"id": f"v{k}", "kind": chance.choice(KINDS), "set": {chosen["id"]: expr}, "info": {}}
        )


def ties(chance: Random) -> Record:
    """Return a sheet whose value lies on a tie of its rounding, or just beside one."""
    sheet = blank(chance)
    digits = chance.randint(1, 11)
    sheet["rounding"]["digits"] = digits
    exponent = chance.randint(-15, 20)
    tie = chance.choice((1, -1)) * (chance.randint(10 ** (digits - 1), 10**digits - 1) * 10 + 5)
    sheet["terms"].append(term("tie", plain(tie, exponent), [["fossil", "co2", "1"]]))
    beside = chance.choice(("0", "0", plain(1, exponent - 12), plain(-1, exponent - 12)))
    sheet["terms"].append(term("rest", beside, [["fossil", "co2", "1"]]))
    return sheet


def divisors(chance: Random) -> Record:
    """Return a sheet of many terms, each with a divisor of its own."""
    sheet = blank(chance)
    longest = chance.choice((3, 12))
    for k in range(chance.randint(20, 150)):
        divisor = str(chance.randint(10 ** (longest - 1), 10**longest - 1))
        sheet["nodes"].append(node(f"n{k}", ["/", usual(chance), divisor]))
        sheet["terms"].append(term(f"t{k}", ["ref", f"n{k}"], [["fossil", "co2", usual(chance)]]))
    return sheet


def nested(chance: Random, depth: int) -> Any:
    """Return an expression of exactly this depth that gives a number; tables must hold T with the key a."""
    wraps: tuple[Callable[[Any], Any], ...] = (
        lambda inner: ["+", inner, "1"],
        lambda inner: ["-", "1", inner],
        lambda inner: ["max", inner],
        lambda inner: ["if", ["ref", "true"], inner, "0"],
        lambda inner: ["*", "2", inner, ["ref", "one"]],
    )
    inner: Any = chance.choice(("1", ["ref", "one"]))
    for _ in range(depth - 1):
        inner = chance.choice(wraps)(inner)
    return inner


def deep(chance: Random) -> Record:
    """Return a sheet nested as deep as sections 1 and 3 allow."""
    sheet = blank(chance)
    inner: Any = "bottom"
    for _ in range(63):  # the document is 0, `info` 1, the value of "nest" 2; the innermost text stands at 64
        inner = [inner]
    sheet["info"]["nest"] = inner[0]
    sheet["nodes"] += [node("true", ["<", "1", "2"]), node("one", "1"), node("deep", nested(chance, DEEPEST))]
    sheet["terms"].append(term("t", ["ref", "deep"], [["fossil", "co2", "1"]]))
    return sheet


def large(chance: Random) -> Record:
    """Return a sheet whose integers come near 2^65536, on either side."""
    sheet = blank(chance)
    bits = chance.choice((4095, 4095, chance.randint(3000, 4095)))
    p, q = chance.choice((2**bits, 2**bits - 1, -(2**bits))), 3
    if p % 3 == 0:
        q = 5 if p % 5 else 7
    copies, rest = divmod(65536, bits)
    expr: list[Any] = ["*", *[["ref", "n"]] * copies, str(2 ** max(0, rest - chance.choice((0, 1, 2))))]
    while len(expr[-1]) > 12:
        expr[-1] = str(int(expr[-1]) // 2)
    if chance.random() < 0.5:
        ratio = ["ratio", "1", str(abs(p) + 1 + abs(p) % 2)] if p % 2 else ["ratio", "1", str(abs(p))]
    else:
        ratio = ["ratio", str(p), str(q)]
    sheet["nodes"] += [node("n", ratio), node("x", expr)]
    sheet["terms"].append(term("t", ["ref", "x"], [["fossil", "co2", chance.choice(("1", "2", "0.1"))]]))
    return sheet


# ------------------------------------------------------------------------------- faults met while it is evaluated

_A = ["text", "a"]
_TRUE = ["<", "1", "2"]
FAILING: dict[str, tuple[str, Any]] = {
    "a text added": ("E-SHEET-TYPE", ["+", "1", _A]),
    "a truth value subtracted": ("E-SHEET-TYPE", ["-", _TRUE, "1"]),
    "a text multiplied by zero": ("E-SHEET-TYPE", ["*", "0", _A]),
    "a number among truth values": ("E-SHEET-TYPE", ["and", _TRUE, "1"]),
    "or does not stop early": ("E-SHEET-TYPE", ["or", _TRUE, "1"]),
    "not of a number": ("E-SHEET-TYPE", ["not", "0"]),
    "a number as condition": ("E-SHEET-TYPE", ["if", "1", "1", "2"]),
    "a number equal to a text": ("E-SHEET-TYPE", ["=", "1", ["text", "1"]]),
    "two truth values compared": ("E-SHEET-TYPE", ["!=", _TRUE, _TRUE]),
    "two texts in order": ("E-SHEET-TYPE", ["<=", _A, _A]),
    "the least of a text": ("E-SHEET-TYPE", ["min", _A]),
    "the greatest of a truth value": ("E-SHEET-TYPE", ["max", "1", _TRUE]),
    "a number as key": ("E-SHEET-TYPE", ["lookup", "grid", "1"]),
    "kinds are checked after all arguments": ("E-SHEET-LOOKUP", ["+", _A, ["lookup", "grid", ["text", "x"]]]),
    "an unknown key": ("E-SHEET-LOOKUP", ["lookup", "grid", ["text", "National"]]),
    "a key named like a method": ("E-SHEET-LOOKUP", ["lookup", "grid", ["text", "constructor"]]),
    "a key named like a prototype": ("E-SHEET-LOOKUP", ["lookup", "grid", ["text", "__proto__"]]),
    "a key with a blank": ("E-SHEET-LOOKUP", ["lookup", "grid", ["text", "national "]]),
}
ZERO_DIVISORS: tuple[Any, ...] = ("0", ["-", "0.3", "0.3"], ["*", "0", "7"], ["-", ["ref", "loss"], ["ref", "loss"]])


def _failing(chance: Random) -> Case:
    sheet = everyday(chance)
    name = chance.choice((*FAILING, "a zero divisor", "a residual", "not a number"))
    place = chance.choice(("nodes", "checks", "terms", "beside", "alternatives"))
    if name == "a zero divisor":
        return _with_zero_divisor(chance, sheet)
    if name == "a residual":
        return _with_residual(chance, sheet)
    code, expr = FAILING[name] if name in FAILING else ("E-SHEET-TYPE", chance.choice((_A, _TRUE)))
    if place == "nodes" and name not in FAILING:
        place = "checks"
    at = f"{place}/x"
    if place == "alternatives":
        sheet["nodes"].append(node("x", "1"))
        sheet["terms"].append(term("x", ["ref", "x"], [["fossil", "co2", "1"]]))
        sheet["alternatives"].append({"id": "x", "kind": "companion", "set": {"x": expr}, "info": {}})
        at = "alternatives/x/nodes/x" if name in FAILING else "alternatives/x/terms/x"
    else:
        item = term("x", expr, [["fossil", "co2", "1"]]) if place == "terms" else node("x", expr)
        if place == "checks":
            del item["unit"]
        sheet[place].append(item)
    return Case("runtime", name, canonical_bytes(sheet), (code, at))


def _with_zero_divisor(chance: Random, sheet: Record) -> Case:
    zero = chance.choice(ZERO_DIVISORS)
    if chance.random() < 0.5:
        sheet["nodes"].append(node("x", ["/", chance.choice(("0", "1")), zero]))
        at = "nodes/x"
    else:
        sheet["nodes"].append(node("x", "1"))
        sheet["alternatives"].append({"id": "x", "kind": "axis", "set": {"x": ["/", "1", zero]}, "info": {}})
        at = "alternatives/x/nodes/x"
    return Case("runtime", "a zero divisor", canonical_bytes(sheet), ("E-SHEET-DIVISION", at))


def _with_residual(chance: Random, sheet: Record) -> Case:
    rest = chance.choice((plain(1, -30), plain(-1, -30), "1", ["ref", "level"]))
    if chance.random() < 0.5:
        sheet["checks"].append({"id": "x", "expr": ["*", "1", rest], "info": {}})
        at = "checks/x"
    else:
        sheet["nodes"].append(node("x", "0"))
        sheet["checks"].append({"id": "x", "expr": ["ref", "x"], "info": {}})
        sheet["alternatives"].append({"id": "x", "kind": "axis", "set": {"x": plain(1, -30)}, "info": {}})
        at = "alternatives/x/checks/x"
    return Case("runtime", "a residual", canonical_bytes(sheet), ("E-SHEET-RESIDUAL", at))


# --------------------------------------------------------------------------------------------------- faults of form

_BAD_NUMBERS = (
    *("", "-", "+1", "01", "-01", "1.0", "1.", ".5", "-0", "-0.0", "1e3", "1E-3", " 1", "1 ", "1\n", "1,5", "1_000"),
    *("0x1", "NaN", "Infinity", "--1", "1.2.3", "１", "٣", "−1", "1/2", "constructor", "0.10", "00", "0.0"),
    *("1234567890123", "1000000000001", "1.000000000001", "1" + "0" * 42, "-1" + "0" * 42, "1" * 100, "9" * 5000),
    *("0." + "0" * 30 + "1", "0." + "0" * 19 + "123456789012", "0.1" + "0" * 28 + "1", "1" + "0" * 29 + ".5"),
)
_BAD_FORMS: dict[str, Any] = {
    **{f"{name}": value for name, value in (("null", None), ("true", True), ("an object", {}), ("an integer", 5))},
    **{f"{operator} without arguments": [operator] for operator in ("+", "*", "-", "min", "not", "and", "if", "ref")},
    **{f"{operator} with one": [operator, "1"] for operator in ("+", "*", "-", "<", "=", "!=", "and", "or")},
    **{f"{operator} with three": [operator, "1", "2", "3"] for operator in ("-", "<", "<=", ">", ">=", "=", "!=")},
    **{f"the operator {word!r}": [word, "1", "2"] for word in ("pow", "AND", "", "constructor", "__proto__", "−", "÷")},
    "no operator": [],
    "an array as operator": [["+"], "1", "2"],
    "a number as operator": [5, "1"],
    "null as operator": [None, "1", "2"],
    "an integer as argument": ["+", "1", 5],
    "null as argument": ["max", None],
    "not of two": ["not", _TRUE, _TRUE],
    "if without else": ["if", _TRUE, "1"],
    "if with four": ["if", _TRUE, "1", "2", "3"],
    "ref of an integer": ["ref", 1],
    "ref of two": ["ref", "level", "level"],
    "ref of an array": ["ref", ["level"]],
    "text of an integer": ["text", 1],
    "text of two": ["text", "a", "b"],
    "text without text": ["text"],
    "a text of 201 characters": ["text", "x" * 201],
    "a text of 101 characters beyond the first plane": ["text", "😀" * 101],
    "lookup without key": ["lookup", "grid"],
    "lookup with three": ["lookup", "grid", _A, _A],
    "lookup in a computed table": ["lookup", ["text", "grid"], _A],
    "a division inside": ["+", ["/", "1", "2"], "1"],
    "a division in a branch": ["if", _TRUE, ["/", "1", "2"], "1"],
    "a division inside a division": ["/", ["/", "1", "2"], "3"],
    "a ratio inside": ["+", ["ratio", "1", "2"], "1"],
}
_BAD_RATIOS: tuple[Any, ...] = (
    *(["ratio", p, q] for p, q in (("2", "4"), ("1", "1"), ("1", "0"), ("1", "-2"), ("0", "2"), ("-0", "3"))),
    *(["ratio", p, q] for p, q in (("01", "2"), ("1", "02"), ("1.5", "2"), ("+1", "2"), ("", "2"), ("1", ""))),
    *(["ratio", p, "3"] for p in (str(2**4096), str(-(2**4096)), "1" + "0" * 1300, "1" + "0" * 5000, "1e2", "１")),
    *(["ratio", "1", q] for q in (str(2**4096), "7" * 1300, "7" * 5000)),
)


def expression_faults(chance: Random) -> dict[str, tuple[str, Any]]:
    """Return a code and an expression by the name of the fault; all of them may stand as a node."""
    grown: Any = nested(chance, DEEPEST + 1)
    return {
        **{f"number {text[:20]!r}": ("E-SHEET-NUMBER", text) for text in _BAD_NUMBERS},
        **{f"argument {text[:20]!r}": ("E-SHEET-NUMBER", ["+", "1", text]) for text in _BAD_NUMBERS},
        **{name: ("E-SHEET-FORM", expr) for name, expr in _BAD_FORMS.items()},
        **{f"ratio {k}": ("E-SHEET-NUMBER", expr) for k, expr in enumerate(_BAD_RATIOS)},
        "ratio of one": ("E-SHEET-FORM", ["ratio", "1"]),
        "ratio of three": ("E-SHEET-FORM", ["ratio", "1", "2", "3"]),
        "a ratio of integers that are not text": ("E-SHEET-FORM", ["ratio", 1, 2]),
        "an unknown node": ("E-SHEET-REFERENCE", ["ref", "nothing"]),
        "no name": ("E-SHEET-REFERENCE", ["ref", ""]),
        "a node named like a method": ("E-SHEET-REFERENCE", ["ref", "constructor"]),
        "a node named like a prototype": ("E-SHEET-REFERENCE", ["+", "1", ["ref", "__proto__"]]),
        "itself": ("E-SHEET-REFERENCE", ["+", "1", ["ref", "fault"]]),
        "a later node": ("E-SHEET-REFERENCE", ["ref", "later"]),
        "an unknown table": ("E-SHEET-REFERENCE", ["lookup", "nothing", _A]),
        "a table named like a method": ("E-SHEET-REFERENCE", ["lookup", "toString", _A]),
        "depth 33": ("E-SHEET-DEPTH", grown),
        "1,001 arguments": ("E-SHEET-LIMIT", [chance.choice(("+", "*", "min", "max")), *["1"] * 1001]),
    }


_REMOVED = object()
_LONG = "x" * 201
_NOT_TEXT: tuple[Any, ...] = (None, 5, True, [], {}, ["a"])
_NOT_OBJECT: tuple[Any, ...] = (None, 5, "a", True, [])
_NOT_ARRAY: tuple[Any, ...] = (None, 5, "a", True, {})
_NOT_ID: tuple[Any, ...] = ("", "a b", "-a", "é", "a\n", "a" * 129, "_a", "a,b", *_NOT_TEXT)
_ITEMS = {
    "nodes": ("unit", "expr"),
    "checks": ("expr",),
    "terms": ("stage", "process", "unit", "amount", "factor"),
    "beside": ("unit", "expr"),
    "alternatives": ("kind", "set"),
}
_F, _N, _R = "E-SHEET-FORM", "E-SHEET-NUMBER", "E-SHEET-REFERENCE"

# path, code, values of which each is a fault
FIELDS: tuple[tuple[tuple[str | int, ...], str, tuple[Any, ...]], ...] = (
    *(((key,), _F, (_REMOVED,)) for key in blank(Random(0))),
    *(((key, 0, part), _F, (_REMOVED,)) for key, parts in _ITEMS.items() for part in ("id", "info", *parts)),
    *(((key, 0, "extra"), _F, ("x",)) for key in _ITEMS),
    *(((key, 0, "id"), _F, _NOT_ID) for key in _ITEMS),
    *(((key, 0, "info"), _F, (*_NOT_OBJECT, {"a": 1}, {"a": [{"b": [0]}]}, {"a": -1})) for key in _ITEMS),
    *(((key, 0), _F, _NOT_OBJECT) for key in _ITEMS),
    *(((key,), _F, _NOT_ARRAY) for key in (*_ITEMS, "stages")),
    *(((key, 0, "unit"), _F, (*_NOT_TEXT, _LONG, "😀" * 101)) for key in ("nodes", "terms", "beside")),
    (("extra",), _F, ("x",)),
    (("sheet",), "E-SHEET-VERSION", ("footproof-sheet/2", "", None, 1, [], "Footproof-sheet/1")),
    (("info",), _F, (*_NOT_OBJECT, {"a": 1}, {"a": {"b": [2]}})),
    (("unit",), _F, (*_NOT_TEXT, _LONG, "😀" * 101)),
    (("rounding",), _F, (*_NOT_OBJECT, {}, {"digits": 3}, {"digits": 3, "mode": "half-even", "more": "x"})),
    (("rounding", "digits"), _F, (0, 16, -1, "3", True, None, [])),
    (("rounding", "mode"), _F, ("half-up", "", None, 1)),
    (("stages",), _F, ([],)),
    (("stages", 0), _F, _NOT_ID),
    (("gwp",), _F, _NOT_OBJECT),
    (("gwp", "Fossil"), _F, ({},)),
    (("gwp", "__proto__"), _F, ({},)),
    (("gwp", "dluc"), _F, _NOT_OBJECT),
    (("gwp", "dluc", "a b"), _F, ("1",)),
    (("gwp", "dluc", "other"), _F, (5, None, [], {})),
    (("gwp", "dluc", "other"), _N, _BAD_NUMBERS),
    (("tables",), _F, _NOT_OBJECT),
    (("tables", "a b"), _F, ({},)),
    (("tables", "other"), _F, _NOT_OBJECT),
    (("tables", "grid", "row"), _F, (5, None, [], {}, True)),
    (("tables", "grid", "row"), _N, _BAD_NUMBERS),
    (("tables", "grid", _LONG), _F, ("1",)),
    (("tables", "grid", "😀" * 101), _F, ("1",)),
    (("terms", 0, "process"), _F, (*_NOT_TEXT, _LONG)),
    (("terms", 0, "stage"), _R, ("nothing", "", "constructor", "__proto__")),
    (("terms", 0, "stage"), _F, _NOT_TEXT),
    (("terms", 0, "factor"), _F, (*_NOT_ARRAY, [])),
    (("terms", 0, "factor"), "E-SHEET-LIMIT", ([["fossil", "co2", "1"]] * 201,)),
    (("terms", 0, "factor", 0), _F, (*_NOT_ARRAY, ["fossil", "co2"], ["fossil", "co2", "1", "aircraft", "x"])),
    (("terms", 0, "factor", 0), _F, (["fossil", "co2", "1", "Aircraft"], ["fossil", "co2", "1", None])),
    (("terms", 0, "factor", 0), _F, (["dluc", "co2", "1", "aircraft"], [None, "co2", "1"], ["fossil", 1, "1"])),
    (("terms", 0, "factor", 0), _R, (["Fossil", "co2", "1"], ["fossil", "sf6", "1"], ["fossil", "toString", "1"])),
    (("terms", 0, "factor", 0, 2), _F, (5, None, [], {}, True)),
    (("terms", 0, "factor", 0, 2), _N, _BAD_NUMBERS),
    (("terms", 0, "amount"), _F, (["/", "1", "2"], ["ratio", "1", "2"], *_BAD_FORMS.values())),
    (("beside", 0, "expr"), _F, (["/", "1", "2"], ["ratio", "1", "2"])),
    (("checks", 0, "expr"), _F, (["/", "0", "2"], ["ratio", "1", "2"])),
    (("alternatives", 0, "kind"), _F, ("", "Axis", None, 1, [])),
    (("alternatives", 0, "set"), _F, _NOT_OBJECT),
    (("alternatives", 0, "set", "nothing"), _R, ("1",)),
    (("alternatives", 0, "set", "constructor"), _R, ("1",)),
    (("alternatives", 0, "set", "level"), _R, (["ref", "level"], ["ref", "nothing"])),
    (("alternatives", 0, "set", "axis.grid"), _R, (["ref", "factor.grid"], ["ref", "level"])),
    (("alternatives", 0, "set", "level"), _F, (["+", "1", ["/", "1", "2"]], 5, [], ["ratio", "1"])),
    (("alternatives", 0, "set", "level"), _N, (*_BAD_NUMBERS, ["ratio", "2", "4"])),
)


def field_fault(chance: Random, path: tuple[str | int, ...], code: str, value: object) -> Case:
    """Return an everyday sheet in which one field holds what it may not, or is missing."""
    sheet = everyday(chance)
    holder: Any = sheet
    for step in path[:-1]:
        holder = holder[step]
    if value is _REMOVED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    shown = "missing" if value is _REMOVED else repr(value)[:40]
    name = f"{'/'.join(str(step)[:20] for step in path)}: {shown}"
    return Case("form", name, canonical_bytes(sheet), (code, ""))


def expression_fault(chance: Random, name: str, code: str, expr: object) -> Case:
    """Return an everyday sheet with a fault in the expression of one node, or of one set."""
    sheet = everyday(chance)
    sheet["nodes"] = [node("true", _TRUE), node("one", "1"), *sheet["nodes"], node("fault", "1"), node("later", "1")]
    if chance.random() < 0.7:
        sheet["nodes"][-2]["expr"] = expr
    else:
        sheet["alternatives"][-1]["set"]["fault"] = expr
    return Case("form", name, canonical_bytes(sheet), (code, ""))


def repeated_fault(chance: Random, key: str) -> Case:
    """Return an everyday sheet in which an array holds an id twice, or too many items."""
    sheet = everyday(chance)
    code = _R
    if key == "alternatives" and chance.random() < 0.5:
        more = [{"id": f"w{k}", "kind": "axis", "set": {}, "info": {}} for k in range(65 - len(sheet[key]))]
        sheet[key] += more
        code = "E-SHEET-LIMIT"
    elif key == "tables":
        sheet[key].update({f"more{k}": {} for k in range(64)})
        code = "E-SHEET-LIMIT"
    else:
        sheet[key].append(deepcopy(sheet[key][0]))
    return Case("form", f"{key}: {code}", canonical_bytes(sheet), (code, ""))


def _misshapen(chance: Random) -> Case:
    choice = chance.random()
    if choice < 0.45:
        path, code, values = chance.choice(FIELDS)
        return field_fault(chance, path, code, chance.choice(values))
    if choice < 0.92:
        faults = expression_faults(chance)
        name = chance.choice(sorted(faults))
        return expression_fault(chance, name, *faults[name])
    return repeated_fault(chance, chance.choice((*_ITEMS, "stages", "tables")))


# --------------------------------------------------------------------------------------------------- faults of bytes


def _inserted(mark: bytes) -> Callable[[bytes, Random], bytes]:
    """Replace the text of `info.study` by other bytes."""
    right = canonical_bytes("示例 DEMO")
    return lambda data, chance: data.replace(b'"study":' + right, b'"study":' + mark, 1)


def _digits(mark: bytes) -> Callable[[bytes, Random], bytes]:
    """Write `rounding.digits` in another way."""

    def run(data: bytes, chance: Random) -> bytes:
        del chance
        head, tail = data.split(b'"digits":', 1)
        return head + b'"digits":' + mark + tail[tail.index(b",") :]

    return run


def _nested_info(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def _spoil(data: bytes, chance: Random) -> bytes:
    """Set the high bit of one ASCII byte that no continuation follows: this is never UTF-8."""
    places = [k for k in range(0, len(data) - 1, 7) if data[k] < 0x80 and data[k + 1] < 0x80]
    place = chance.choice(places)
    return data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :]


# Each gives bytes that section 1 refuses.
BYTES: dict[str, Callable[[bytes, Random], bytes]] = {
    "nothing": lambda data, chance: b"",
    "a byte order mark": lambda data, chance: b"\xef\xbb\xbf" + data,
    "two byte order marks": lambda data, chance: b"\xef\xbb\xbf" * 2 + data,
    "UTF-16": lambda data, chance: data.decode().encode("utf-16"),
    "UTF-16 without a mark": lambda data, chance: data.decode().encode("utf-16-le"),
    "UTF-32": lambda data, chance: data.decode().encode("utf-32"),
    "a line break after it": lambda data, chance: data + b"\n",
    "a blank before it": lambda data, chance: b" " + data,
    "a NUL after it": lambda data, chance: data + b"\0",
    "a no-break space after it": lambda data, chance: data + b"\xc2\xa0",
    "a second document": lambda data, chance: data + data,
    "a blank after a colon": lambda data, chance: data.replace(b":", b": ", 1),
    "indented": lambda data, chance: json.dumps(json.loads(data), indent=1, ensure_ascii=False).encode(),
    "keys turned around": lambda data, chance: json.dumps(
        dict(reversed(json.loads(data).items())), separators=(",", ":"), ensure_ascii=False
    ).encode(),
    "escaped to ASCII": lambda data, chance: json.dumps(
        json.loads(data), separators=(",", ":"), sort_keys=True
    ).encode(),
    "a key twice": lambda data, chance: data.replace(b'"info":{', b'"info":{},"info":{', 1),
    "a key twice, the same value": lambda data, chance: data.replace(
        b'"sheet":"footproof-sheet/1"', b'"sheet":"footproof-sheet/1","sheet":"footproof-sheet/1"', 1
    ),
    "cut short": lambda data, chance: data[: chance.randrange(len(data))],
    "cut inside a character": lambda data, chance: data[: data.index("示".encode()) + chance.choice((1, 2))],
    "a byte that is not UTF-8": lambda data, chance: data.replace("示".encode(), b"\xff", 1),
    "a character without its end": lambda data, chance: data.replace("示".encode(), b"\xe7\xa4", 1),
    "a lone continuation": lambda data, chance: data.replace("示".encode(), b"\x80", 1),
    "an overlong solidus": lambda data, chance: data.replace("示".encode(), b"\xc0\xaf", 1),
    "a surrogate as bytes": lambda data, chance: data.replace("示".encode(), b"\xed\xa0\x80", 1),
    "beyond U+10FFFF": lambda data, chance: data.replace("示".encode(), b"\xf4\x90\x80\x80", 1),
    "one byte spoilt": _spoil,
    "half a surrogate pair": _inserted(rb'"\ud800"'),
    "the other half": _inserted(rb'"a\udfffb"'),
    "halves the wrong way round": _inserted(rb'"\udc00\ud800"'),
    "a surrogate pair as escapes": _inserted(rb'"\ud83d\ude00"'),
    "an escape that need not be": _inserted(rb'"\u0041"'),
    "an escape in capitals": _inserted(rb'"\u001F"'),
    "a long escape for a line break": _inserted(rb'"\u000a"'),
    "an escaped solidus": _inserted(rb'"\/"'),
    "an unknown escape": _inserted(rb'"\x41"'),
    "a raw tab": _inserted(b'"\t"'),
    "a raw NUL": _inserted(b'"\0"'),
    "a raw line break": _inserted(b'"\n"'),
    "an apostrophe": _inserted(b"'a'"),
    "a bare word": _inserted(b"a"),
    "True": _inserted(b"True"),
    "undefined": _inserted(b"undefined"),
    "a comma at the end": _inserted(b'"a",'),
    "a comment": _inserted(b'"a"/*b*/'),
    "NaN": _digits(b"NaN"),
    "Infinity": _digits(b"-Infinity"),
    "6.0": _digits(b"6.0"),
    "6.5": _digits(b"6.5"),
    "6e0": _digits(b"6e0"),
    "0.6e1": _digits(b"0.6e1"),
    "1e400": _digits(b"1e400"),
    "-0": _digits(b"-0"),
    "-0.0": _digits(b"-0.0"),
    "06": _digits(b"06"),
    "+6": _digits(b"+6"),
    "2^53": _digits(b"9007199254740992"),
    "2^53 + 1": _digits(b"9007199254740993"),
    "-2^53": _digits(b"-9007199254740992"),
    "2^64": _digits(b"18446744073709551616"),
    "10^30": _digits(b"1" + b"0" * 30),
    "an integer of 4,301 digits": _digits(b"1" * 4301),
    "a fraction of 5,000 digits": _digits(b"6." + b"0" * 5000),
    "an integer in info beyond 2^53": _inserted(b"9007199254740993"),
    "a float in info": _inserted(b"0.5"),
    "65 deep": _inserted(_nested_info(64)),
    "70 deep": _inserted(_nested_info(70)),
    "3,000 deep": _inserted(_nested_info(3000)),
    "20,000 brackets": _inserted(b"[" * 20_000),
    "an array": lambda data, chance: b"[" + data + b"]",
    "an empty array": lambda data, chance: b"[]",
    "null": lambda data, chance: b"null",
    "a text": lambda data, chance: b'"footproof-sheet/1"',
    "a number": lambda data, chance: b"1",
}


def byte_fault(chance: Random, name: str) -> Case:
    """Return an everyday sheet whose bytes section 1 refuses."""
    data = BYTES[name](canonical_bytes(everyday(chance)), chance)
    return Case("bytes", name, data, ("E-SHEET-JSON", ""))


def _spoilt(chance: Random) -> Case:
    """Change one byte to another printable one: what comes of it is left open."""
    data = canonical_bytes(chance.choice((everyday, hostile))(chance))
    place = chance.randrange(len(data))
    return Case("spoilt", "", data[:place] + bytes([chance.choice(b'0123456789-."[]{},:aerx')]) + data[place + 1 :])


def _sheet(make: Callable[[Random], Record]) -> Callable[[Random], Case]:
    return lambda chance: Case(make.__name__, "", canonical_bytes(make(chance)))


_KINDS: tuple[tuple[Callable[[Random], Case], float], ...] = (
    (_sheet(everyday), 38),
    (_sheet(hostile), 24),
    (_sheet(ties), 6),
    (_sheet(divisors), 1),
    (_sheet(deep), 4),
    (_sheet(large), 0.25),
    (_failing, 9),
    (_misshapen, 11),
    (lambda chance: byte_fault(chance, chance.choice(sorted(BYTES))), 6),
    (_spoilt, 3),
)
