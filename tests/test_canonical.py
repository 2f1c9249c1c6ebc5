"""The byte form of a record is that of RFC 8785, whichever way it is written."""

import json
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from footproof.canonical import canonical_bytes, read_canonical, recordable
from footproof.errors import FootproofError

# Around the ends of the surrogates, where the orders by code point and by UTF-16 differ.
NEAR = st.text(st.sampled_from("a~\x7f\xe9\u4e2d\ud7ff\ue000\uff1b\uffff\U00010000\U0001f600\U0010ffff"), max_size=4)
TEXT = st.one_of(NEAR, st.text(max_size=6)).filter(
    lambda text: unicodedata.is_normalized("NFC", text) and not any("\ud800" <= each <= "\udfff" for each in text)
)
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), TEXT)
RECORD = st.recursive(
    SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4))
)


@given(RECORD)
def test_the_bytes_are_those_of_rfc_8785(record: object) -> None:
    data = canonical_bytes(record)
    assert data == rfc8785.dumps(record)  # type: ignore[arg-type]  # as generated
    assert read_canonical(data) == record


@given(st.text())
def test_any_text_becomes_one_that_a_record_may_hold(text: str) -> None:
    clean = recordable(text)
    assert read_canonical(canonical_bytes([clean])) == [clean]
    assert recordable(clean) == clean


@pytest.mark.parametrize("record", [{"a": "\ud800"}, {"\udfff": 1}, {"\U0001f600": "\ud800"}])
def test_a_lone_surrogate_has_no_byte_form(record: object) -> None:
    with pytest.raises((FootproofError, ValueError)):
        canonical_bytes(record)


@given(st.dictionaries(TEXT, SCALAR, min_size=2, max_size=4))
def test_keys_in_another_order_are_refused(record: dict[str, object]) -> None:
    data = canonical_bytes(record)
    turned = dict(reversed(json.loads(data).items()))
    other = json.dumps(turned, ensure_ascii=False, separators=(",", ":")).encode()
    with pytest.raises(FootproofError, match="E-CANONICAL"):
        read_canonical(other)
