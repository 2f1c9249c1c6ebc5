"""A monitor: it follows what a log adds, and finds what a log changed."""

import json
import shutil
from collections.abc import Sequence
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.canonical import canonical_bytes
from footproof.check.events import EventState, read_event
from footproof.cli.monitor import monitor as monitor_command
from footproof.errors import FootproofError, ProofRejected
from footproof.server.log_source import folder_source, open_source, web
from footproof.server.monitor import Monitor, compare
from footproof.tlog import (
    Ed25519Verifier,
    Log,
    Seen,
    WitnessSigner,
    agree,
    follow,
    parse_note,
    parse_policy,
    parse_seen,
)
from footproof.tlog import monitor as monitor_module

ORIGIN = "demo.example/log"
NOW = 1_790_000_000


def event(number: int, kind: str = "certificate.issued", subject: str | None = None, at: int | None = None) -> bytes:
    moment = number if at is None else at
    return canonical_bytes(
        {
            "v": 1,
            "id": f"urn:uuid:{number:032x}",
            "type": kind,
            "at": f"2026-11-22T{moment // 3600:02d}:{moment // 60 % 60:02d}:{moment % 60:02d}Z",
            "actor": "did:example:body",
            "subject": subject or f"DEMO-2026-{number:06d}",
            "object": f"sha256:{number:064x}",
        }
    )


def events(first: int, end: int) -> list[bytes]:
    return [event(number) for number in range(first, end)]


@pytest.mark.parametrize("step", [1, 256, monitor_module.STEP])
def test_every_growth_is_followed(log: Log, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_module, "STEP", max(step, 256))
    seen = Seen()
    told: list[bytes] = []

    def hook(first: int, entries: Sequence[bytes]) -> None:
        assert first == len(told)
        told.extend(entries)

    for size in (0, 1, 2, 255, 256, 256, 257, 511, 700, 1400):
        log.append([b"%d" % number for number in range(log.size, size)])
        seen = follow(seen, log.read, log.verifier, hook)
        assert (seen.edge.size, seen.edge.root()) == (log.size, log.root)
        assert parse_seen(seen.to_bytes(), log.verifier) == seen
    assert told == [b"%d" % number for number in range(1400)]


def test_a_large_log_is_followed_across_levels(log: Log) -> None:
    log.append([b"%d" % number for number in range(65_000)])
    seen = follow(Seen(), log.read, log.verifier)
    log.append([b"%d" % number for number in range(65_000, 66_000)])
    seen = follow(seen, log.read, log.verifier)
    assert seen.edge.root() == log.root
    assert parse_seen(seen.to_bytes(), log.verifier) == seen


@given(st.integers(0, 2000), st.integers(1, 255))
@settings(max_examples=80, deadline=None)
def test_no_changed_byte_of_the_state_is_taken(position: int, change: int) -> None:
    state, key = state_of_a_log()
    data = bytearray(state)
    data[position % len(data)] ^= change
    with pytest.raises(FootproofError):
        parse_seen(bytes(data), key)


@cache
def state_of_a_log() -> tuple[bytes, Ed25519Verifier]:
    with TemporaryDirectory() as folder:
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        with Log.create(Path(folder) / "log", ORIGIN, key) as log:
            log.append([b"entry"] * 300)
            return follow(Seen(), log.read, log.verifier).to_bytes(), log.verifier


def look(state: Path, log: Log, **settings: Any) -> Any:
    with Monitor(state, log.verifier) as watcher:
        return watcher.look(log.read, now=NOW, **settings)


def test_a_monitor_goes_on_where_it_was(log: Log, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert look(state, log).ok
    log.append(events(0, 300))
    first = look(state, log)
    assert (first.ok, first.size, first.new, first.root) == (True, 300, 300, log.root)
    log.append(events(300, 305))
    again = look(state, log)
    assert (again.ok, again.size, again.new) == (True, 305, 5)
    assert sorted(path.name for path in state.iterdir()) == [".writer", "events-305", "seen", "vkey"]
    with Monitor(state, None) as watcher:  # the key is remembered
        assert watcher.look(log.read, now=NOW).new == 0


def test_a_monitor_needs_the_right_key(log: Log, tmp_path: Path, key: Ed25519PrivateKey) -> None:
    with pytest.raises(FootproofError, match="E-MONITOR-KEY"):
        Monitor(tmp_path / "state", None)
    look(tmp_path / "state", log)
    with pytest.raises(FootproofError, match="E-MONITOR-KEY"):
        Monitor(tmp_path / "state", Ed25519Verifier(ORIGIN, bytes(32)))
    with Monitor(tmp_path / "state", None), pytest.raises(FootproofError, match="E-LOG-LOCKED"):
        Monitor(tmp_path / "state", None)


def test_a_monitor_does_not_start_with_half_its_memory(log: Log, tmp_path: Path) -> None:
    log.append(events(0, 3))
    look(tmp_path / "state", log)
    (tmp_path / "state" / "events-3").unlink()
    with pytest.raises(ProofRejected, match="E-MONITOR-STATE"):
        Monitor(tmp_path / "state", None)


def rewritten(folder: Path, key: Ed25519PrivateKey, entries: Sequence[bytes]) -> Log:
    log = Log.create(folder, ORIGIN, key)
    log.append(entries)
    return log


@pytest.mark.parametrize("size", [299, 300, 301, 600])
def test_a_rewritten_history_is_an_alarm_with_evidence(
    log: Log, tmp_path: Path, key: Ed25519PrivateKey, size: int
) -> None:
    state = tmp_path / "state"
    log.append(events(0, 300))
    assert look(state, log).ok
    entries = events(0, size)
    entries[17] = event(17, subject="DEMO-2026-999999")
    other = rewritten(tmp_path / "other", key, entries)
    found = look(state, other)
    assert not found.ok
    assert [problem.code for problem in found.problems] == ["E-LOG-SHRUNK" if size < 300 else "E-LOG-SPLIT"]
    (place,) = (state / "evidence").iterdir()
    texts = [parse_note((place / name).read_bytes()).text for name in ("first", "second")]
    assert texts == [parse_note(one.signed).text for one in (log, other)]
    assert found.size == 300, "what was known stays known"
    after = look(state, log)
    assert (after.problems, len(after.alarms)) == ((), 1)
    assert not after.ok
    (state / "alarms").unlink()
    assert look(state, log).ok


@pytest.mark.parametrize("path", ["tile/entries/001", "tile/0/001", "tile/1/000.p/3", "tile/0/003.p/32", "checkpoint"])
def test_a_damaged_file_is_found_and_is_no_fork(log: Log, tmp_path: Path, path: str) -> None:
    state = tmp_path / "state"
    log.append(events(0, 200))
    assert look(state, log).ok
    log.append(events(200, 800))
    file = log._folder.root / path
    data = file.read_bytes()
    for spoiled in (data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], data[:-1], b"", None):
        file.unlink()
        if spoiled is not None:
            file.write_bytes(spoiled)
        found = look(state, log)
        assert not found.ok
        assert found.problems[0].code not in {"E-LOG-SPLIT", "E-LOG-SHRUNK"}
        file.write_bytes(data)
        assert found.size == 200
    assert look(state, log).ok


def test_witnesses_and_freshness(log: Log, tmp_path: Path) -> None:
    state = tmp_path / "state"
    signer = WitnessSigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes([7] * 32)))
    policy = parse_policy(f"witness W {signer.verifier.vkey}\nquorum W\n".encode())
    found = look(state, log, policy=policy)
    assert [problem.code for problem in found.problems] == ["E-LOG-QUORUM"]
    assert found.alarms == ()
    log.attach([signer.cosign(parse_note(log.signed).text.encode(), NOW - 7200)])
    found = look(state, log, policy=policy, max_age=3600)
    assert ([problem.code for problem in found.problems], found.standing) == (["E-LOG-QUORUM"], None)
    found = look(state, log, policy=policy, max_age=7200)
    assert (found.ok, found.age, len(found.standing.cosigned)) == (True, 7200, 1)


def test_gossip_finds_a_split_view(log: Log, tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """Two readers are shown two logs, each sound by itself; only their checkpoints together tell."""
    log.append(events(0, 300))
    for size in (200, 300, 400):
        entries = events(0, size)
        entries[5] = event(5, subject="DEMO-2026-999999")
        with rewritten(tmp_path / f"other{size}", key, entries) as other:
            mine, theirs = tmp_path / f"mine{size}", tmp_path / f"theirs{size}"
            assert look(mine, log).ok
            assert look(theirs, other).ok
            found = look(mine, log, others={"friend": other.read})
            assert [(one.code, str(one.where)) for one in found.problems] == [("E-LOG-SPLIT", "friend")]
            assert len(list((mine / "evidence").iterdir())) == 1
            with pytest.raises(ProofRejected, match="E-LOG-SPLIT"):
                compare(log.read, other.read, log.verifier)
            with pytest.raises(ProofRejected, match="E-LOG-SPLIT"):
                compare(other.read, log.read, log.verifier)


def test_two_views_of_one_history_agree(log: Log, tmp_path: Path) -> None:
    for size in (1, 100, 300):
        log.append(events(log.size, size))
        shutil.copytree(log._folder.root, tmp_path / f"view{size}")
        (tmp_path / f"note{size}").write_bytes(log.signed)
    views = [folder_source(tmp_path / f"view{size}") for size in (1, 100, 300)]
    for a, first in zip((1, 100, 300), views, strict=True):
        for b, second in zip((1, 100, 300), views, strict=True):
            assert compare(first, second, log.verifier) == (min(a, b), max(a, b))
    single = folder_source(tmp_path / "note100")
    assert compare(single, views[2], log.verifier) == (100, 300)
    with pytest.raises(ProofRejected, match="E-LOG-MISSING"):
        compare(single, views[0], log.verifier)


def test_files_that_do_not_lead_to_the_checkpoint_prove_no_split(log: Log) -> None:
    notes = {}
    for size in (64, 100, 256, 300, 700):
        log.append(events(log.size, size))
        notes[size] = log.signed
    for path in sorted((log._folder.root / "tile").rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        for spot in (0, len(data) // 2, len(data) - 1):
            path.write_bytes(data[:spot] + bytes([data[spot] ^ 1]) + data[spot + 1 :])
            for size in (64, 100, 256, 300):
                try:
                    agree(notes[size], log.signed, log.read, log.verifier)
                except ProofRejected as error:
                    assert error.code == "E-LOG-ROOT", (path, spot, size)  # noqa: PT017
        path.write_bytes(data)


BAD_EVENTS = {
    "not canonical": ([event(0), b'{"v": 1}'], "E-EVENT-FORM"),
    "no JSON": ([b"entry"], "E-EVENT-FORM"),
    "a list": ([b"[]"], "E-EVENT-FORM"),
    "another version": ([event(0).replace(b'"v":1', b'"v":2')], "E-EVENT-FORM"),
    "no subject": ([event(0).replace(b'"subject"', b'"tubject"')], "E-EVENT-FORM"),
    "a time with an offset": ([event(0).replace(b"Z", b"+")], "E-EVENT-FORM"),
    "30 February": ([event(0).replace(b"11-22", b"02-30")], "E-EVENT-FORM"),
    "a time that runs back": ([event(5), event(4)], "E-EVENT-TIME"),
    "one number twice": ([event(0), event(1, subject="DEMO-2026-000000")], "E-EVENT-TWICE"),
    "a withdrawal before the issue": ([event(0, "certificate.withdrawn")], "E-EVENT-ORDER"),
    "a suspension after the end": (
        [
            event(0),
            event(1, "certificate.withdrawn", "DEMO-2026-000000"),
            event(2, "certificate.suspended", "DEMO-2026-000000"),
        ],
        "E-EVENT-ORDER",
    ),
    "a restoration without suspension": (
        [event(0), event(1, "certificate.restored", "DEMO-2026-000000")],
        "E-EVENT-ORDER",
    ),
    "a second issue after the end": (
        [event(0), event(1, "certificate.withdrawn", "DEMO-2026-000000"), event(2, subject="DEMO-2026-000000")],
        "E-EVENT-TWICE",
    ),
    "a list of recognition records by another than the log": (
        [event(0), event(1, "recognition.listed", "recognition")],
        "E-EVENT-LISTED",
    ),
}


@pytest.mark.parametrize("name", BAD_EVENTS)
def test_an_event_that_is(name: str, log: Log, tmp_path: Path) -> None:
    entries, code = BAD_EVENTS[name]
    log.append(entries)
    found = look(tmp_path / "state", log)
    assert [(one.code, str(one.where)) for one in found.problems] == [(code, f"entry {len(entries) - 1}")]
    assert not look(tmp_path / "state", log).ok, "the alarm stands"


def test_the_log_may_list_its_recognition_records(log: Log, tmp_path: Path) -> None:
    listed = event(1, "recognition.listed", "recognition").replace(b"did:example:body", ORIGIN.encode())
    log.append([event(0), listed])
    assert look(tmp_path / "state", log).ok
    log.append([event(2, "recognition.listed", "recognition")])
    found = look(tmp_path / "state", log)
    assert [one.code for one in found.problems] == ["E-EVENT-LISTED"], "the origin is known again from what was kept"


def test_events_in_order_are_let_pass_in_any_pieces(log: Log, tmp_path: Path) -> None:
    number = "DEMO-2026-000000"
    order = ["issued", "suspended", "restored", "suspended", "cancelled"]
    entries = [event(n, f"certificate.{kind}", number) for n, kind in enumerate(order)]
    entries += [event(7, "parameter.published", "grid.cn"), event(7, "decision.granted", number)]
    for entry in entries:
        log.append([entry])
        assert look(tmp_path / "state", log).ok
    state = EventState()
    state.read(0, entries)
    assert EventState.from_bytes(state.to_bytes()) == state
    assert state.standing == {number: "cancelled"}
    assert read_event(entries[0])["type"] == "certificate.issued"
    for bad in (b"", b"{}", b'{"latest":1,"standing":{}}', b'{"latest":"","standing":[]}'):
        with pytest.raises(FootproofError, match="E-EVENT-STATE"):
            EventState.from_bytes(bad)


def run(*arguments: str) -> tuple[int, Any]:
    result = CliRunner().invoke(monitor_command, [*arguments], standalone_mode=False, catch_exceptions=False)
    return result.return_value or 0, json.loads(result.stdout) if "--json" in arguments else result.stdout


def test_the_commands(log: Log, tmp_path: Path, key: Ed25519PrivateKey) -> None:
    log.append(events(0, 300))
    source, state = str(log._folder.root), str(tmp_path / "state")
    code, found = run("run", source, "--state", state, "--key", log.verifier.vkey, "--json")
    assert (code, found["ok"], found["size"], found["new"]) == (0, True, 300, 300)
    code, words = run("run", source, "--state", state)
    assert code == 0
    assert "300" in words
    other = rewritten(tmp_path / "other", key, [event(9), *events(10, 300)])
    code, found = run("run", str(tmp_path / "other"), "--state", state, "--json")
    assert (code, [one["code"] for one in found["problems"]]) == (1, ["E-LOG-SHRUNK"])
    code, found = run("compare", source, str(tmp_path / "other"), "--key", log.verifier.vkey, "--json")
    assert (code, found["code"]) == (1, "E-LOG-SPLIT")
    assert found["notes"] == [one.signed.decode() for one in (log, other)]
    code, words = run("compare", source, source, "--key", log.verifier.vkey)
    assert (code, "300" in words) == (0, True)
    with pytest.raises(FootproofError, match="E-LOG-ABSENT"):
        open_source(state, web())
    code, found = run("run", "https://127.0.0.1/log/", "--state", state, "--json")
    assert (code, found["problems"][0]["code"]) == (1, "E-FETCH-URL")


def test_a_log_behind_an_address(log: Log, tmp_path: Path) -> None:
    log.append(events(0, 600))
    handler = partial(Quiet, directory=str(log._folder.root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/"
            arguments = ("run", address, "--state", str(tmp_path / "s"), "--key", log.verifier.vkey, "--allow-private")
            code, found = run(*arguments, "--with", str(log._folder.root), "--json")
            assert (code, found["ok"], found["size"]) == (0, True, 600)
            (log._folder.root / "tile/0/001").unlink()
            log.append(events(600, 601))
            (log._folder.root / "tile/0/002.p/89").unlink()
            code, found = run(*arguments, "--json")
            assert (code, found["problems"][0]["code"]) == (1, "E-LOG-MISSING")
        finally:
            server.shutdown()
            thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """A plain file server."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""
