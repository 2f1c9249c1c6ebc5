"""A witness: what it answers, what it remembers, and that it never cosigns two histories."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.errors import FootproofError, ProofRejected
from footproof.tlog import (
    Ed25519Signer,
    Log,
    Request,
    Tiles,
    WitnessSigner,
    WitnessState,
    add_signatures,
    leaf_hash,
    parse_note,
    parse_request,
    read_cosignatures,
    sign_note,
    tree_root,
)
from footproof.tlog.checkpoint import Checkpoint, sign_checkpoint
from footproof.tlog.merkle import EMPTY_ROOT, consistency_path
from footproof.tlog.note import Signature, parse_signatures
from footproof.tlog.witness import MAX_REQUEST, SIZE, Answer, Held, answer
from footproof.tlog.witness_state import MAX_EVIDENCE, digest_of

NOW = 1_790_000_000
SIGNER = WitnessSigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes([7] * 32)))
ORIGIN = "demo.example/log"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "witness").mkdir()
    return tmp_path / "witness"


@pytest.fixture
def state(folder: Path, log: Log) -> WitnessState:
    found = WitnessState(folder, SIGNER)
    found.watch(log.verifier.vkey)
    return found


def grown(log: Log, size: int, word: str = "entry") -> bytes:
    log.append([f"{word} {number}".encode() for number in range(log.size, size)])
    return log.signed


def request(log: Log, old: int, signed: bytes | None = None) -> bytes:
    hashes = Tiles(log.size, log.read).consistency(old) if 0 < old <= log.size else []
    return Request(old, tuple(hashes), log.signed if signed is None else signed).to_bytes()


def times_of(log: Log, found: Answer) -> list[int]:
    signed = add_signatures(log.signed, parse_signatures(found.body))
    return [one.time for one in read_cosignatures(signed, [SIGNER.verifier])]


def test_consistent_growth_is_cosigned(state: WitnessState, log: Log) -> None:
    old = 0
    for step, size in enumerate([0, 1, 2, 255, 256, 257, 700, 700]):
        grown(log, size)
        found = state.add_checkpoint(request(log, old), NOW + step)
        assert (found.status, found.kind) == (200, "text/plain; charset=utf-8")
        assert times_of(log, found) == [NOW + step]
        old = size


def test_the_request_has_the_form_of_the_specification(log: Log) -> None:
    grown(log, 3)
    body = request(log, 2)
    lines = body.split(b"\n")
    assert lines[0] == b"old 2"
    assert len(lines[1]) == 44
    assert lines[2] == b""
    assert body.endswith(b"\n\n" + log.signed)
    assert parse_request(body).to_bytes() == body


def test_a_stale_size_is_told(state: WitnessState, log: Log) -> None:
    grown(log, 5)
    assert state.add_checkpoint(request(log, 0), NOW).status == 200
    grown(log, 9)
    for old in (0, 4, 6):
        assert state.add_checkpoint(request(log, old), NOW) == Answer(409, b"5\n", SIZE)
    assert state.add_checkpoint(request(log, 5), NOW).status == 200


def test_an_unknown_log_is_not_found(state: WitnessState, tmp_path: Path) -> None:
    with Log.create(tmp_path / "other", "other.example/log", Ed25519PrivateKey.generate()) as other:
        assert state.add_checkpoint(request(other, 0), NOW).status == 404


def test_another_key_is_forbidden(state: WitnessState, tmp_path: Path) -> None:
    with Log.create(tmp_path / "forged", ORIGIN, Ed25519PrivateKey.generate()) as forged:
        found = state.add_checkpoint(request(forged, 0), NOW)
    assert (found.status, found.body) == (403, b"E-LOG-UNSIGNED\n")


def test_a_signature_that_does_not_hold_is_forbidden(state: WitnessState, log: Log) -> None:
    line = parse_note(log.signed).signatures[0]
    bad = Signature(line.name, line.key_id, line.value[:-1] + bytes([line.value[-1] ^ 1]))
    signed = add_signatures(log.signed, [bad])
    assert state.add_checkpoint(request(log, 0, signed), NOW).status == 403


def test_an_old_size_above_the_new_one_is_a_bad_request(state: WitnessState, log: Log) -> None:
    assert state.add_checkpoint(request(log, 1), NOW).status == 400


def test_a_proof_that_fails_is_unprocessable_and_kept(state: WitnessState, log: Log, folder: Path) -> None:
    first = grown(log, 5)
    assert state.add_checkpoint(request(log, 0), NOW).status == 200
    second = grown(log, 9)
    good = parse_request(request(log, 5))
    for hashes in ((), good.hashes[:-1], (*good.hashes, bytes(32)), (bytes(32), *good.hashes[1:])):
        assert state.add_checkpoint(Request(5, hashes, second).to_bytes(), NOW).status == 422
    (place,) = (folder / "evidence" / digest_of(ORIGIN) / "unexplained").iterdir()
    assert (place / "second").read_bytes() == second
    assert parse_note((place / "first").read_bytes()).text == parse_note(first).text
    assert state.add_checkpoint(request(log, 5), NOW).status == 200


def test_a_first_request_has_no_proof(state: WitnessState, log: Log) -> None:
    signed = grown(log, 5)
    assert state.add_checkpoint(Request(0, (bytes(32),), signed).to_bytes(), NOW).status == 422
    assert state.add_checkpoint(request(log, 0), NOW).status == 200


def rewritten(folder: Path, key: Ed25519PrivateKey, size: int) -> Log:
    log = Log.create(folder, ORIGIN, key)
    grown(log, size, "rewritten")
    return log


def test_two_roots_of_one_size_are_refused_and_proven(
    state: WitnessState, log: Log, tmp_path: Path, key: Ed25519PrivateKey, folder: Path
) -> None:
    grown(log, 5)
    assert state.add_checkpoint(request(log, 0), NOW).status == 200
    with rewritten(tmp_path / "again", key, 5) as other:
        for old in (5, 0):
            assert state.add_checkpoint(request(other, old), NOW).status == 409
        kept = folder / "evidence" / digest_of(ORIGIN) / "proven"
        (place,) = kept.iterdir()
        notes = [(place / name).read_bytes() for name in ("first", "second")]
        assert {parse_note(note).text for note in notes} == {parse_note(one.signed).text for one in (log, other)}
    assert state.held(ORIGIN).checkpoint.root == log.root  # type: ignore[union-attr]


def test_a_history_rewritten_with_the_real_key_is_refused_at_every_size(
    state: WitnessState, log: Log, tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    grown(log, 5)
    assert state.add_checkpoint(request(log, 0), NOW).status == 200
    with rewritten(tmp_path / "again", key, 4) as other:
        for size in range(4, 12):
            grown(other, size, "rewritten")
            for old in range(size + 1):
                assert state.add_checkpoint(request(other, old), NOW).status in {409, 422}


def test_the_clock_may_not_go_back(state: WitnessState, log: Log) -> None:
    assert state.add_checkpoint(request(log, 0), NOW).status == 200
    grown(log, 2)
    assert state.add_checkpoint(request(log, 0), NOW - 1).status == 503
    assert state.add_checkpoint(request(log, 0), NOW).status == 200


def test_a_witness_goes_on_where_it_was(state: WitnessState, folder: Path, log: Log) -> None:
    grown(log, 5)
    assert state.add_checkpoint(request(log, 0), NOW).status == 200
    with pytest.raises(FootproofError, match="E-LOG-LOCKED"):
        WitnessState(folder, SIGNER)
    state.close()
    assert state.add_checkpoint(request(log, 5), NOW).status == 503
    with WitnessState(folder, SIGNER) as again:
        assert again.watch(log.verifier.vkey) == log.verifier
        assert again.add_checkpoint(request(log, 0), NOW) == Answer(409, b"5\n", SIZE)


def test_a_witness_that_lost_or_changed_its_memory_does_not_start(
    state: WitnessState, folder: Path, log: Log, key: Ed25519PrivateKey
) -> None:
    grown(log, 5)
    state.add_checkpoint(request(log, 0), NOW)
    state.close()
    latest = folder / "logs" / digest_of(ORIGIN) / "latest"
    kept = latest.read_bytes()
    own = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), [Ed25519Signer(ORIGIN, key)])
    for changed in (None, kept[:-10], kept.replace(b"\n5\n", b"\n4\n"), own):
        latest.unlink(missing_ok=True)
        if changed is not None:
            latest.write_bytes(changed)
        with pytest.raises(FootproofError):
            WitnessState(folder, SIGNER)
    latest.write_bytes(kept)
    (latest.parent / "vkey").unlink()
    with WitnessState(folder, SIGNER) as again, pytest.raises(FootproofError, match="E-WITNESS-STATE"):
        again.watch(log.verifier.vkey)


def test_one_origin_has_one_key(state: WitnessState) -> None:
    other = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate()).verifier
    with pytest.raises(FootproofError, match="E-WITNESS-KEY"):
        state.watch(other.vkey)
    with pytest.raises(FootproofError, match="E-LOG-VKEY"):
        state.watch(SIGNER.verifier.vkey)


def test_evidence_does_not_fill_the_disk(state: WitnessState, log: Log, folder: Path) -> None:
    grown(log, 2)
    state.add_checkpoint(request(log, 0), NOW)
    for size in range(3, MAX_EVIDENCE + 20):
        signed = grown(log, size)
        assert state.add_checkpoint(Request(2, (bytes(32),), signed).to_bytes(), NOW).status == 422
    assert len(list((folder / "evidence" / digest_of(ORIGIN) / "unexplained").iterdir())) == MAX_EVIDENCE


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failing_disk_stops_the_witness_before_it_answers(
    folder: Path, log: Log, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """At each system call in turn: no cosignature leaves that is not on disk."""
    with WitnessState(folder, SIGNER) as state:
        state.watch(log.verifier.vkey)
    known = 0
    for number in range(100):
        grown(log, known + 3)
        with WitnessState(folder, SIGNER) as state:
            held = state.held(ORIGIN)
            known = held.checkpoint.size if held else 0
            body = request(log, known)
            with monkeypatch.context() as patch:
                fail_at(number, code, patch)
                status = state.add_checkpoint(body, NOW).status
            assert status in {200, 503}
            if status == 503:
                assert state.add_checkpoint(body, NOW).status == 503, "it must not go on"
        with WitnessState(folder, SIGNER) as again:
            after = again.held(ORIGIN)
            assert status == 503 or (after is not None and after.checkpoint.size == log.size)
            assert again.add_checkpoint(request(log, after.checkpoint.size if after else 0), NOW).status == 200
            known = log.size
        if status == 200:
            assert number > 3
            return
    pytest.fail("the answer never came through")


def fail_at(number: int, code: int, patch: pytest.MonkeyPatch) -> None:
    count = iter(range(1_000_000))

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: object, **named: object) -> object:
            if next(count) == number:
                raise OSError(code, os.strerror(code))
            return real(*arguments, **named)

        return call

    for owner, name in ((os, "fsync"), (os, "rename"), (os, "open"), (Path, "open"), (Path, "mkdir")):
        patch.setattr(owner, name, counted(getattr(owner, name)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_order_of_requests_yields_cosignatures_of_two_histories(data: st.DataObject) -> None:
    """Two histories of one log, signed with its real key, in any order: what is cosigned is one history."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    shared = data.draw(st.integers(0, 6))
    trees = [
        {
            n: [*(b"s%d" % i for i in range(min(shared, n))), *(b"%d:%d" % (t, i) for i in range(shared, n))]
            for n in SIZES
        }
        for t in range(2)
    ]
    held: Held | None = None
    accepted: list[list[bytes]] = []
    for _ in range(data.draw(st.integers(1, 12))):
        tree = data.draw(st.integers(0, 1))
        new = data.draw(st.sampled_from(SIZES))
        old = data.draw(st.sampled_from(SIZES))
        body = forged(trees[tree][new], old, key)
        outcome = answer(body, NOW, SIGNER, {ORIGIN: VERIFIER}, {ORIGIN: held}.get)
        if outcome.answer.status == 200:
            assert outcome.keep is not None
            accepted.append(trees[tree][new])
            held = Held(outcome.keep, Checkpoint(ORIGIN, new, root_of(trees[tree][new])), NOW)
    for before, after in pairwise(accepted):
        assert after[: len(before)] == before


SIZES = [0, 1, 2, 3, 5, 8, 9]
VERIFIER = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32)))).verifier


def root_of(entries: list[bytes]) -> bytes:
    return tree_root([leaf_hash(entry) for entry in entries])


def forged(entries: list[bytes], old: int, key: Ed25519PrivateKey) -> bytes:
    signed = sign_checkpoint(Checkpoint(ORIGIN, len(entries), root_of(entries)), [Ed25519Signer(ORIGIN, key)])
    path = (
        consistency_path(old, len(entries), lambda first, end: root_of(entries[first:end]))
        if old <= len(entries)
        else []
    )
    return Request(old, tuple(path), signed).to_bytes()


BAD_REQUESTS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "no blank line": lambda body: body.replace(b"\n\n", b"\n"),
    "no old line": lambda body: body.partition(b"\n")[2],
    "a negative size": lambda body: body.replace(b"old 2", b"old -2"),
    "a leading zero": lambda body: body.replace(b"old 2", b"old 02"),
    "two spaces": lambda body: body.replace(b"old 2", b"old  2"),
    "a size above 2**63": lambda body: body.replace(b"old 2", b"old 9223372036854775808"),
    "other digits": lambda body: body.replace(b"old 2", "old ２".encode()),
    "a carriage return": lambda body: body.replace(b"old 2\n", b"old 2\r\n"),
    "short hashes": lambda body: body.replace(b"\n\n", b"\nAAAA\n\n", 1),
    "base64 of another form": lambda body: body.replace(b"=\n", b"\n", 1),
    "base64url": lambda body: body.replace(b"\n\n", b"\n" + b"-" * 43 + b"=\n\n", 1),
    "64 hashes": lambda body: body.replace(b"\n\n", b"\n" + (b"A" * 43 + b"=\n") * 64 + b"\n", 1),
    "no checkpoint": lambda body: body[: body.index(b"\n\n") + 2],
    "a checkpoint without signatures": lambda body: body[: body.rindex(b"\n\n") + 2],
    "an extension line": lambda body: body.replace(b"\n\n\xe2", b"\nextension\n\n\xe2", 1),
    "101 signature lines": lambda body: body + body[body.rindex(b"\n\n") + 2 :] * 100,
    "too many bytes": lambda body: body + b"x" * MAX_REQUEST,
    "a huge proof": lambda body: body.replace(b"\n\n", b"\n" + (b"A" * 43 + b"=\n") * 4000 + b"\n", 1),
    "broken UTF-8": lambda body: body[:-1] + b"\xff\n",
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_a_bad_request_with(name: str, state: WitnessState, log: Log) -> None:
    grown(log, 3)
    body = request(log, 2)
    spoiled = BAD_REQUESTS[name](body)
    assert spoiled != body
    found = state.add_checkpoint(spoiled, NOW)
    assert found.status == 400, found
    assert state.held(ORIGIN) is None


@given(st.binary(max_size=400))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    with suppress(ProofRejected):
        assert parse_request(data).to_bytes() == data


def test_many_lines_of_strangers_are_dropped(state: WitnessState, log: Log) -> None:
    strangers = [Signature(f"s{n}.example", b"abcd", bytes(64)) for n in range(99)]
    signed = sign_note(parse_note(log.signed).text, [], [*strangers, *parse_note(log.signed).signatures])
    assert state.add_checkpoint(request(log, 0, signed), NOW).status == 200
    held = state.held(ORIGIN)
    assert held is not None
    assert len(parse_note(held.note).signatures) == 2
