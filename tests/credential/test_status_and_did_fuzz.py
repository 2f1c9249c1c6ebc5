"""Whatever JSON a stranger sends as entry, list, document, key or log: a refusal by name, never a crash."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.test_did_webvh import DID, LOG, NOW, PROOFS
from credential.test_documents import JWK, METHOD, document
from credential.test_status_list import FOUR, URL, entry, listed
from footproof.credential.did_webvh import read_history
from footproof.credential.documents import OfflineDocuments, method_key, verification_key
from footproof.credential.jose import read_object
from footproof.credential.status_list import read_entry, read_list, status_at
from footproof.errors import FootproofError

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["0", URL, "#key-1", "Multikey"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the way to every value inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """Return a JSON value with one value inside it exchanged."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


def key_of(stated: Any) -> object:
    if not isinstance(stated, Mapping):
        return None
    return verification_key(OfflineDocuments({document()["id"]: stated}), METHOD["id"], "assertionMethod", AT)


def status_of(stated: Any) -> object:
    return status_at(read_entry(stated), read_list(listed()), AT)


def list_of(stated: Any) -> object:
    return status_at(entry(), stated, AT) if isinstance(stated, Mapping) else None


TARGETS: list[tuple[Any, Callable[[Any], object]]] = [
    (entry(statusSize=2, statusMessage=FOUR, statusReference=[URL]), status_of),
    (listed(), list_of),
    (
        document(verificationMethod=[METHOD, {**JWK, "id": "#key-2"}], authentication=[{**METHOD, "id": "#key-3"}]),
        key_of,
    ),
    (JWK, lambda stated: method_key(stated, "key") if isinstance(stated, Mapping) else None),
]


@pytest.mark.parametrize(("whole", "read"), TARGETS, ids=["entry", "list", "document", "key"])
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_one_value_exchanged(whole: Any, read: Callable[[Any], object], data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(whole)))
    with suppress(FootproofError):
        read(changed(whole, place, data.draw(JSON)))


ENTRIES = [json.loads(line) for line in LOG.splitlines()]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_one_value_of_a_log_exchanged(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(ENTRIES) - 1))
    place = data.draw(st.sampled_from(places(ENTRIES[number])))
    entries = changed(ENTRIES, (number, *place), data.draw(JSON))
    log = "".join(json.dumps(one) + "\n" for one in entries).encode()
    with suppress(FootproofError):
        found = read_history(DID, log, PROOFS, now=NOW)
        assert entries == ENTRIES
        assert found.did == DID


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_one_value_of_the_witnesses_exchanged(data: st.DataObject) -> None:
    whole = read_object(b'{"items":' + PROOFS + b"}")["items"]
    place = data.draw(st.sampled_from(places(whole)))
    changed_items = changed(whole, place, data.draw(JSON))
    with suppress(FootproofError):
        read_history(DID, LOG, json.dumps(changed_items).encode(), now=NOW)
        assert changed_items == whole
