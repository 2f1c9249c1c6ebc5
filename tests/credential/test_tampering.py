"""Presentations and SD-JWTs, byte by byte: every change is refused, and nothing but a refusal ever comes out."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.sample import AT, CERTIFICATE, KEY, KID
from credential.test_presentation import ASKED, EMBEDDED, HOLDER, HOLDER_KID, KEYS, MAKER, NOW, SELECTIVE, TOKEN, salts
from footproof.credential import jose, sd_jwt
from footproof.credential.presentation import presentation_of, sign_presentation, verify_presentation
from footproof.credential.selective import issue_selective, show, verify_selective
from footproof.errors import ProofRejected

PRESENTATION = sign_presentation(presentation_of([TOKEN, SELECTIVE, EMBEDDED], MAKER), HOLDER, HOLDER_KID, **ASKED)
BOUND = sd_jwt.bind(SELECTIVE, HOLDER, ASKED["nonce"], ASKED["audience"], NOW)
HIDDEN = show(issue_selective(CERTIFICATE, ["client", "stages"], KEY, KID, salt=salts()), ["stages"])

READERS: dict[str, tuple[bytes, Any]] = {
    "vp+jwt": (PRESENTATION, lambda token: verify_presentation(token, KEYS, at=NOW, **ASKED)),
    "vc+sd-jwt": (BOUND, lambda token: sd_jwt.verify(token, KEYS, at=NOW, **ASKED)),
    "certificate": (HIDDEN, lambda token: verify_selective(token, KEYS, AT)),
}


@pytest.mark.parametrize("name", READERS)
def test_a_changed_byte_is_refused_wherever_it_stands(name: str) -> None:
    token, read = READERS[name]
    read(token)
    chance = random.Random(name)
    places = range(len(token)) if len(token) < 4000 else sorted(chance.sample(range(len(token)), 3000))
    survivors = []
    for place in places:
        changed = bytearray(token)
        changed[place] ^= 1 << chance.randrange(8)
        try:
            read(bytes(changed))
            survivors.append(place)
        except ProofRejected:
            continue
    assert survivors == []


@pytest.mark.parametrize("name", READERS)
def test_parts_taken_away_repeated_or_swapped_are_refused(name: str) -> None:
    token, read = READERS[name]
    for mark in (b".", b"~"):
        parts = token.split(mark)
        for number in range(len(parts) - 1):
            gone = mark.join(parts[:number] + parts[number + 1 :])
            twice = mark.join([*parts[: number + 1], *parts[number:]])
            for changed in (gone, twice):
                with pytest.raises(ProofRejected):
                    read(changed)


def test_disclosures_may_stand_in_any_order_but_not_under_a_key_binding() -> None:
    """RFC 9901 gives their order no meaning; the holder's answer covers the order as well."""
    head, *disclosures, end = HIDDEN.split(b"~")
    turned = b"~".join([head, *reversed(disclosures), end])
    assert verify_selective(turned, KEYS, AT) == verify_selective(HIDDEN, KEYS, AT)


@pytest.mark.parametrize("name", READERS)
def test_what_one_reader_takes_no_other_does(name: str) -> None:
    token, _ = READERS[name]
    for other, (_, read) in READERS.items():
        if other != name and not (name == "certificate" and other == "vc+sd-jwt"):
            with pytest.raises(ProofRejected):
                read(token)


PIECES = st.sampled_from(
    [TOKEN, BOUND, HIDDEN, b"~", b".", b"", b"e30", b"W10", b"WyJhIiwiYiIsMV0", b"\xff", b"=", b" "]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES | st.binary(max_size=12), max_size=8))
def test_nothing_but_a_refusal_comes_out_of_rubbish(pieces: list[bytes]) -> None:
    token = b"".join(pieces)
    for _, read in READERS.values():
        if token not in {PRESENTATION, BOUND, HIDDEN}:
            with pytest.raises(ProofRejected):
                read(token)


INNER = st.sampled_from(["_sd", "...", "_sd_alg", "cnf", "jwk", "iss", "exp", "id", "type"])
OUTER = st.sampled_from(["_sd", "cnf", "issuer", "holder", "credentialSubject", "exp", "type", "aud"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["_sd", "...", "_sd_alg", "cnf", "jwk", "iss", "exp", "id", "type"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(["_sd", "cnf", "issuer", "holder", "credentialSubject", "exp", "type", "aud"]), JSON
    ),
    JSON,
)
def test_any_signed_json_is_read_or_refused(payload: dict[str, Any], disclosure: object) -> None:
    """A trusted key signs nonsense: the answer is a refusal or claims, never another exception."""
    data = json.dumps(payload).encode()
    for profile, key, kid in ((jose.SD_CREDENTIAL, KEY, KID), (jose.PRESENTATION, HOLDER, HOLDER_KID)):
        token = jose.seal(jose.header_segment(key, kid, profile), data, key, profile)
        behind = jose.encode(json.dumps(disclosure).encode())
        for read in (
            lambda token=token: sd_jwt.verify(token + b"~", KEYS),
            lambda token=token, behind=behind: sd_jwt.verify(token + b"~" + behind + b"~", KEYS, at=NOW),
            lambda token=token: verify_presentation(token, KEYS, at=datetime(2026, 1, 1, tzinfo=UTC)),
        ):
            try:
                read()
            except ProofRejected:
                continue
