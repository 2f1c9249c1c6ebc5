"""The byte form of documents of others is RFC 8785's, whichever way it is written; nothing is rounded on the way."""

import json
import struct
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from footproof.credential.jcs import exact_numbers, jcs_bytes
from footproof.credential.jose import read_object
from footproof.errors import ProofRejected

MOST = 10**6
# Text of all planes, with what sorts otherwise by UTF-16 (U+E000 to U+FFFF against U+10000 and above) made likely.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('\uf8ff\uffff\U00010000\U0001f600，“\\"'), max_size=6
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def _documents(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    inner = st.recursive(
        scalars, lambda item: st.lists(item, max_size=4) | st.dictionaries(TEXT, item, max_size=4), max_leaves=12
    )
    return st.dictionaries(TEXT, inner, max_size=4)


@given(_documents(SCALARS))
@example({"\U00010000": 1, "\uffff": 2})
@example({"a": "\uf8ff0", "b": ["\uf8ff1"]})
def test_without_floats_the_quick_way_gives_the_same_bytes(document: dict[str, Any]) -> None:
    assert jcs_bytes(document, MOST) == rfc8785.dumps(document)


@given(_documents(SCALARS | FLOATS))
@example({"a": "\uf8ff0", "b": 1.5})
@example({"\U00010000": 1.5, "\uffff": 1e21})
@example({"a": [1e-7, 1e21, -0.0, 1e16, 5e-324, 1.0], "t": "T12:00:00.5Z:1.5"})
def test_with_floats_too(document: dict[str, Any]) -> None:
    assert jcs_bytes(document, MOST) == rfc8785.dumps(document)
    read = read_object(json.dumps(document).encode())
    assert jcs_bytes(read, MOST) == rfc8785.dumps(document)


# RFC 8785, appendix B: bits of a double and its text.
@pytest.mark.parametrize(
    ("bits", "text"),
    [
        ("0000000000000000", "0"), ("8000000000000000", "0"), ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"), ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"), ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"), ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"), ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"), ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"), ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"), ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"), ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"), ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)  # fmt: skip
def test_number_of_rfc_8785(bits: str, text: str) -> None:
    (double,) = struct.unpack(">d", bytes.fromhex(bits))
    assert jcs_bytes({"n": double}, MOST) == f'{{"n":{text}}}'.encode()


@pytest.mark.parametrize(
    "text",
    ["9007199254740993", "-9007199254740993", "0.1000000000000000055511151231257827", "1e400", "-1E999", "1e-400",
     "0.30000000000000004441", "123456789012345678901234567890", "1.00000000000000000001"],
)  # fmt: skip
def test_a_number_that_no_double_holds_is_refused(text: str) -> None:
    with pytest.raises(ProofRejected, match="E-DI-NUMBER"):
        jcs_bytes(read_object(f'{{"n": {text}}}'.encode()), MOST)


@pytest.mark.parametrize(
    ("text", "written"),
    [("1.50", "1.5"), ("1E2", "100"), ("10000000000000000", "10000000000000000"), ("-0.0", "0"), ("1e21", "1e+21")],
)
def test_another_spelling_of_the_same_number_has_the_same_bytes(text: str, written: str) -> None:
    assert jcs_bytes(read_object(f'{{"n": {text}}}'.encode()), MOST) == f'{{"n":{written}}}'.encode()


@pytest.mark.parametrize(
    "document",
    [{"a": "\ud800"}, {"\udfff": 1}, {"a": float("nan")}, {"a": float("inf")}, {"a": b"x"}, {"a": Decimal("NaN")}],
)
def test_what_is_no_json_has_no_form(document: dict[str, Any]) -> None:
    with pytest.raises(ProofRejected, match=r"E-DI-(CANONICAL|NUMBER)"):
        jcs_bytes(document, MOST)


def test_deep_nesting_has_no_form() -> None:
    deep: Any = 1.5
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ProofRejected, match="E-DI-CANONICAL"):
        jcs_bytes({"a": deep}, MOST)
    with pytest.raises(ProofRejected, match="E-DI-CANONICAL"):
        exact_numbers({"a": deep})


def test_size_is_limited() -> None:
    with pytest.raises(ProofRejected, match="E-DI-SIZE"):
        jcs_bytes({"a": "x" * 100}, 100)


@pytest.mark.parametrize("digits", range(1, 25))
@pytest.mark.parametrize("form", ["{}.5", "-{}.5", "{}e2", "{}E-2", "{}", "-{}"])
def test_numbers_of_every_length_are_seen(form: str, digits: int) -> None:
    text = form.format("123456789012345678901234567890"[:digits])
    for document in (f'{{"a":{text}}}', f'{{"a":[{text}]}}', f'{{"a":[1,{text}]}}'):
        found = json.loads(document)
        try:
            expected = rfc8785.dumps(found)
        except rfc8785.CanonicalizationError:  # An integer beyond 2^53, which `rfc8785` does not take.
            expected = rfc8785.dumps(json.loads(document, parse_int=float))
        exact = json.loads(document, parse_int=Decimal, parse_float=Decimal)
        try:
            assert jcs_bytes(exact, MOST) == expected
            assert jcs_bytes(found, MOST) == expected
        except ProofRejected as problem:
            assert problem.code == "E-DI-NUMBER"  # noqa: PT017
            assert digits > 14
