"""Status lists: the specification's own bitstring, laws, and every way an entry, a list or a moment can be wrong."""

import base64
import gzip
import itertools
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.credential.status_book import StatusBook
from footproof.credential.status_list import (
    FEWEST_ENTRIES,
    MOST_BYTES,
    PROBLEMS,
    Entry,
    decode_bits,
    encode_bits,
    entries_of,
    list_credential,
    look_up,
    read_entry,
    read_list,
    status_at,
    status_entry,
)
from footproof.errors import FootproofError, ProofRejected

URL = "https://body.example/status/revocation/1"
ISSUER = "did:web:body.example"
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
EMPTY = bytes(FEWEST_ENTRIES // 8)


def some_bits(*places: int) -> bytes:
    bits = bytearray(EMPTY)
    for place in places:
        bits[place // 8] |= 128 >> place % 8
    return bytes(bits)


def listed(bits: bytes = EMPTY, purpose: str = "revocation", **changed: Any) -> dict[str, Any]:
    found = list_credential(
        bits,
        id=URL,
        issuer=ISSUER,
        purpose=purpose,
        valid_from=AT,
        valid_until=AT + timedelta(days=1),
        ttl=timedelta(minutes=5),
    )
    subject = {**found["credentialSubject"], **changed.pop("subject", {})}
    return {**found, "credentialSubject": subject, **changed}


def entry(**changed: Any) -> dict[str, Any]:
    return {**status_entry(URL, 94567, "revocation"), **changed}


def code_of(stated: Mapping[str, Any], found: Mapping[str, Any], at: datetime = LATER, **asked: Any) -> str:
    with pytest.raises(ProofRejected) as caught:
        status_at(stated, found, at, **asked)
    return caught.value.code


def test_the_bitstring_of_the_specification() -> None:
    # W3C Bitstring Status List v1.0, example 2: `encodedList` of a list without a set bit.
    published = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert decode_bits(published) == EMPTY


@given(st.sets(st.integers(0, FEWEST_ENTRIES - 1), max_size=50))
@settings(max_examples=30, deadline=None)
def test_what_is_set_is_found_and_nothing_else(places: set[int]) -> None:
    bits = some_bits(*places)
    known = read_list(listed(bits))
    assert known.bits == bits
    asked = places | {0, 7, 8, FEWEST_ENTRIES - 1}
    assert {place for place in asked if status_at(Entry("revocation", place, URL), known, AT).set} == places


def test_the_first_place_is_the_highest_bit() -> None:
    assert decode_bits(encode_bits(some_bits(0)))[0] == 0x80
    assert decode_bits(encode_bits(some_bits(FEWEST_ENTRIES - 1)))[-1] == 0x01


def test_the_same_bits_give_the_same_text() -> None:
    text = encode_bits(some_bits(1, 2, 3))
    assert text == encode_bits(bytearray(some_bits(1, 2, 3)))
    packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
    assert packed[4:8] == bytes(4)  # No time in the header.
    assert gzip.decompress(packed) == some_bits(1, 2, 3)


def test_knowledge_has_an_age() -> None:
    found = status_at(entry(), listed(some_bits(94567)), LATER)
    assert (found.set, found.value, found.purpose) == (True, 1, "revocation")
    assert (found.as_of, found.age, found.valid_until) == (AT, timedelta(hours=1), AT + timedelta(days=1))
    assert (found.fresh_until, found.fresh) == (AT + timedelta(minutes=5), False)
    assert status_at(entry(), listed(), AT + timedelta(minutes=5)).fresh
    # Without ttl a list is fresh while it holds; without a first moment nobody knows how old it is.
    subject = {key: value for key, value in listed()["credentialSubject"].items() if key != "ttl"}
    assert status_at(entry(), {**listed(), "credentialSubject": subject}, LATER).fresh
    undated = {key: value for key, value in listed().items() if key != "validFrom"}
    unknown = status_at(entry(), undated, LATER)
    assert (unknown.as_of, unknown.age, unknown.fresh_until, unknown.fresh) == (None, None, None, False)


def test_a_list_speaks_of_its_own_time_only() -> None:
    assert code_of(entry(), listed(), AT - timedelta(seconds=1)) == "E-STATUS-NOT-YET"
    assert not status_at(entry(), listed(), AT + timedelta(days=1)).set
    assert code_of(entry(), listed(), AT + timedelta(days=1, seconds=1)) == "E-STATUS-EXPIRED"


@pytest.mark.parametrize("index", [0, 5, 94567, FEWEST_ENTRIES - 1])
def test_both_forms_of_the_index_are_read(index: int) -> None:
    text, number = (status_entry(URL, index, "revocation", index_form=form) for form in ("string", "integer"))
    assert (text["statusListIndex"], number["statusListIndex"]) == (str(index), index)
    assert read_entry(text) == read_entry(number)
    assert text["id"] == f"{URL}#{index}"


@pytest.mark.parametrize(
    "index",
    [
        None,
        True,
        False,
        -1,
        "-1",
        "+1",
        "01",
        "00",
        "",
        " 1",
        "1 ",
        "1e3",
        "1.0",
        1.0,
        1.5,
        "0x1",
        "１",
        "1_000",
        [1],
        {},
        "9" * 13,
        10**13,
    ],
)
def test_no_other_form_of_the_index_is(index: object) -> None:
    assert code_of(entry(statusListIndex=index), listed()) == "E-STATUS-INDEX"
    if isinstance(index, int):
        with pytest.raises(FootproofError, match="E-STATUS-INDEX"):
            status_entry(URL, index, "revocation")


FOUR = [{"status": f"0x{number}", "message": f"state {number}"} for number in range(4)]


def test_entries_of_more_than_one_bit() -> None:
    bits = bytearray(2 * FEWEST_ENTRIES // 8)
    bits[1] = 0b00_10_01_11  # Entries 4 to 7.
    found = listed(bytes(bits), "message")
    for index, value in ((4, 0), (5, 2), (6, 1), (7, 3), (8, 0)):
        asked = entry(statusPurpose="message", statusListIndex=str(index), statusSize=2, statusMessage=FOUR)
        status = status_at(asked, found, AT)
        assert (status.value, status.message, status.set) == (value, f"state {value}", value > 0)
    wide = bytes([0b10101010, 0b11110000, 0b11000000]) + bytes(3 * FEWEST_ENTRIES // 8 - 3)
    eight = [{"status": hex(number), "message": str(number)} for number in range(8)]
    values = [
        status_at(entry(statusListIndex=index, statusSize=3, statusMessage=eight), listed(wide), AT).value
        for index in range(8)
    ]
    assert values == [0b101, 0b010, 0b101, 0b111, 0b000, 0b011, 0, 0]
    # The list must be long enough for entries of that size.
    assert code_of(entry(statusSize=2, statusMessage=FOUR), listed()) == "E-STATUS-SHORT"


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "StatusList2021Entry"},
        {"type": None},
        {"statusPurpose": None},
        {"statusPurpose": ""},
        {"statusPurpose": ["revocation"]},
        {"statusListCredential": None},
        {"statusListCredential": "not a url"},
        {"statusListCredential": URL + "x" * 3000},
        {"statusSize": 0},
        {"statusSize": -1},
        {"statusSize": "1"},
        {"statusSize": True},
        {"statusSize": 9},
        {"statusSize": 2},
        {"statusPurpose": "message"},
        {"statusSize": 2, "statusMessage": FOUR[:3]},
        {"statusSize": 2, "statusMessage": [*FOUR[:3], FOUR[0]]},
        {"statusSize": 2, "statusMessage": [*FOUR[:3], {"status": "0x4", "message": "m"}]},
        {"statusSize": 2, "statusMessage": [*FOUR[:3], {"status": "3", "message": "m"}]},
        {"statusSize": 2, "statusMessage": [*FOUR[:3], {"status": "0x3"}]},
        {"statusMessage": {}},
        {"statusMessage": [1, 2]},
        {"statusReference": 1},
        {"statusReference": []},
    ],
)
def test_an_entry_of_another_form(changed: Mapping[str, Any]) -> None:
    assert code_of(entry(**changed), listed()) == "E-STATUS-ENTRY"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"type": ["VerifiableCredential"]}, "E-STATUS-LIST"),
        ({"type": "BitstringStatusListCredential"}, "E-STATUS-LIST"),
        ({"credentialSubject": None}, "E-STATUS-LIST"),
        ({"credentialSubject": []}, "E-STATUS-LIST"),
        ({"subject": {"type": "StatusList2021"}}, "E-STATUS-LIST"),
        ({"subject": {"statusPurpose": None}}, "E-STATUS-LIST"),
        ({"subject": {"statusPurpose": []}}, "E-STATUS-LIST"),
        ({"subject": {"encodedList": None}}, "E-STATUS-LIST"),
        ({"subject": {"ttl": 0}}, "E-STATUS-LIST"),
        ({"subject": {"ttl": "300000"}}, "E-STATUS-LIST"),
        ({"subject": {"ttl": True}}, "E-STATUS-LIST"),
        ({"issuer": None}, "E-STATUS-LIST"),
        ({"id": 1}, "E-STATUS-LIST"),
        ({"validFrom": "2026-11-22"}, "E-STATUS-LIST"),
        ({"validUntil": None}, "E-STATUS-LIST"),
        ({"subject": {"statusPurpose": "suspension"}}, "E-STATUS-PURPOSE"),
        ({"id": URL + "x"}, "E-STATUS-LIST-ID"),
        ({"id": None}, "E-STATUS-LIST-ID"),
        ({"issuer": {"id": "did:web:other.example"}}, "E-STATUS-ISSUER"),
    ],
)
def test_a_list_of_another_form_or_another_list(changed: dict[str, Any], code: str) -> None:
    assert code_of(entry(), listed(**dict(changed)), issuer=ISSUER) == code


def test_a_list_may_serve_several_purposes_and_have_no_id() -> None:
    several = listed(some_bits(94567), subject={"statusPurpose": ["suspension", "revocation"]}, issuer={"id": ISSUER})
    assert status_at(entry(), several, LATER, issuer=ISSUER).set
    nameless = {key: value for key, value in listed().items() if key != "id"}
    assert code_of(entry(), nameless) == "E-STATUS-LIST-ID"
    assert code_of(entry(), nameless, url=URL + "x") == "E-STATUS-LIST-ID"
    assert not status_at(entry(), nameless, LATER, url=URL).set
    assert code_of(entry(), listed(id=URL + "x"), url=URL) == "E-STATUS-LIST-ID"


def packed(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E-STATUS-ENCODING"),
        ("u", "E-STATUS-ENCODING"),
        (encode_bits(EMPTY)[1:], "E-STATUS-ENCODING"),
        ("z" + encode_bits(EMPTY)[1:], "E-STATUS-ENCODING"),
        (encode_bits(EMPTY) + "=", "E-STATUS-ENCODING"),
        (encode_bits(EMPTY) + "\n", "E-STATUS-ENCODING"),
        ("u" + "A" * 5, "E-STATUS-ENCODING"),
        (packed(EMPTY), "E-STATUS-ENCODING"),
        (packed(zlib.compress(EMPTY)), "E-STATUS-ENCODING"),
        (packed(gzip.compress(EMPTY)[:-9]), "E-STATUS-ENCODING"),
        (packed(gzip.compress(EMPTY) + b"more"), "E-STATUS-ENCODING"),
        (packed(gzip.compress(EMPTY) + gzip.compress(EMPTY)), "E-STATUS-ENCODING"),
        (packed(gzip.compress(EMPTY[:-1])), "E-STATUS-SHORT"),
        (packed(gzip.compress(b"")), "E-STATUS-SHORT"),
        (packed(gzip.compress(bytes(MOST_BYTES + 1))), "E-STATUS-SIZE"),
        (packed(gzip.compress(bytes(500_000_000), 1)), "E-STATUS-SIZE"),
        ("u" + "A" * 13_000_000, "E-STATUS-SIZE"),
    ],
    ids=range(17),
)
def test_a_bitstring_that_is_not_unpacked(text: str, code: str) -> None:
    with pytest.raises(ProofRejected) as caught:
        decode_bits(text)
    assert caught.value.code == code


def test_a_place_outside_the_list() -> None:
    assert code_of(entry(statusListIndex=str(FEWEST_ENTRIES)), listed()) == "E-STATUS-RANGE"
    assert code_of(entry(statusListIndex=999_999_999_999), listed()) == "E-STATUS-RANGE"


def test_a_list_that_nobody_should_publish() -> None:
    whole = {"id": URL, "issuer": ISSUER, "purpose": "revocation", "valid_from": AT, "valid_until": LATER}
    for bits, changed, code in (
        (EMPTY[:-1], {}, "E-STATUS-SHORT"),
        (bytes(MOST_BYTES + 1), {}, "E-STATUS-SIZE"),
        (EMPTY, {"valid_until": AT}, "E-STATUS-LIST"),
        (EMPTY, {"ttl": timedelta()}, "E-STATUS-LIST"),
    ):
        with pytest.raises(FootproofError) as caught:
            list_credential(bits, **{**whole, **changed})  # type: ignore[arg-type]
        assert caught.value.code == code


def test_all_entries_of_a_credential() -> None:
    suspension = status_entry(URL, 3, "suspension")
    assert [one.purpose for one in entries_of({"credentialStatus": [entry(), suspension]})] == [
        "revocation",
        "suspension",
    ]
    assert [one.index for one in entries_of({"credentialStatus": entry()})] == [94567]
    assert entries_of({}) == ()
    for stated in ([entry(), {"type": "Other"}], [entry()] * 21, "x", [None]):
        with pytest.raises(ProofRejected, match="E-STATUS-ENTRY"):
            entries_of({"credentialStatus": stated})


def test_what_cannot_be_had_is_not_known() -> None:
    assert look_up(entry(), lambda _: listed(some_bits(94567)), LATER).set
    nameless = {key: value for key, value in listed().items() if key != "id"}
    assert not look_up(entry(), lambda _: nameless, LATER, issuer=ISSUER).set

    def raising(problem: FootproofError) -> Any:
        def retrieve(url: str) -> Mapping[str, Any]:
            assert url == URL
            raise problem

        return retrieve

    for problem, code in (
        (FootproofError("E-FETCH-TIME", url=URL), "E-STATUS-RETRIEVAL"),
        (ProofRejected("E-CRED-SIGNATURE", kid="k"), "E-STATUS-PROOF"),
        (ProofRejected("E-STATUS-SHORT", found=1, needed=2), "E-STATUS-SHORT"),
    ):
        with pytest.raises(ProofRejected) as caught:
            look_up(entry(), raising(problem), LATER)
        assert caught.value.code == code


def test_every_processing_error_has_a_counterpart() -> None:
    # W3C Bitstring Status List v1.0, section 3.5, and the two it takes from VCDM 2.0.
    assert set(PROBLEMS.values()) == {
        "STATUS_RETRIEVAL_ERROR",
        "STATUS_VERIFICATION_ERROR",
        "STATUS_LIST_LENGTH_ERROR",
        "RANGE_ERROR",
        "MALFORMED_VALUE_ERROR",
    }


SEED = b"a secret of the body"


def test_places_look_random_and_never_meet() -> None:
    book = StatusBook(SEED)
    places = [book.assign() for _ in range(FEWEST_ENTRIES)]
    assert sorted(places) == list(range(FEWEST_ENTRIES))
    with pytest.raises(FootproofError, match="E-STATUS-FULL"):
        book.assign()
    with pytest.raises(FootproofError, match="E-STATUS-FULL"):
        StatusBook(SEED, assigned=FEWEST_ENTRIES + 1)
    steps = {later - earlier for earlier, later in itertools.pairwise(places)}
    assert len(steps) > 1900  # Nobody tells from one place where the next is.
    halves = sum(place < FEWEST_ENTRIES // 2 for place in places[:4000])
    assert 1800 < halves < 2200
    assert [StatusBook(SEED + b"!").assign(), StatusBook(SEED).assign()] != [places[0], places[0]]


def test_a_book_comes_out_the_same_when_it_is_rebuilt() -> None:
    book = StatusBook(SEED, 1 << 18)
    places = [book.assign() for _ in range(100)]
    book.revoke(places[3])
    book.suspend(places[5])
    assert places == [book.place_of(number) for number in range(100)]
    again = StatusBook(SEED, 1 << 18, assigned=100, revoked=[places[3]], suspended=[places[5]])
    assert all(again.bits(purpose) == book.bits(purpose) for purpose in ("revocation", "suspension"))
    assert again.assign() == book.assign()


@given(st.integers(FEWEST_ENTRIES // 8, FEWEST_ENTRIES), st.integers(0, FEWEST_ENTRIES - 1), st.integers(0, 2000))
def test_a_place_is_taken_when_it_was_given_out(eighth: int, number: int, assigned: int) -> None:
    book = StatusBook(SEED, eighth * 8, assigned=assigned)
    place = book.place_of(number)
    assert 0 <= place < eighth * 8
    if number < assigned:
        assert not book.is_revoked(place)
    else:
        with pytest.raises(FootproofError, match="E-STATUS-UNASSIGNED"):
            book.revoke(place)


def test_suspension_is_lifted_and_revocation_stays() -> None:
    book = StatusBook(SEED)
    one, two = book.assign(), book.assign()
    for _ in range(2):
        book.suspend(one)
        book.revoke(two)
    assert (book.is_suspended(one), book.is_revoked(one), book.is_revoked(two)) == (True, False, True)
    for purpose, place in (("suspension", one), ("revocation", two)):
        asked = Entry(purpose, place, URL)
        assert status_at(asked, listed(book.bits(purpose), purpose), AT).set
    book.lift(one)
    book.lift(one)
    assert not book.is_suspended(one)
    assert book.bits("suspension") == EMPTY
    assert not hasattr(book, "unrevoke")


def test_what_no_book_does() -> None:
    book = StatusBook(SEED)
    free = next(place for place in range(10) if place != book.assign())
    for ask in (
        lambda: book.revoke(free),
        lambda: book.suspend(-1),
        lambda: book.lift(FEWEST_ENTRIES),
        lambda: book.is_revoked(free),
    ):
        with pytest.raises(FootproofError, match="E-STATUS-UNASSIGNED"):
            ask()
    for ask in (  # type: ignore[assignment]
        lambda: StatusBook(b"short"),
        lambda: StatusBook(SEED, FEWEST_ENTRIES - 8),
        lambda: StatusBook(SEED, FEWEST_ENTRIES + 1),
        lambda: StatusBook(SEED, MOST_BYTES * 8 + 8),
        lambda: book.bits("refresh"),
    ):
        with pytest.raises(FootproofError, match="E-STATUS-BOOK"):
            ask()
