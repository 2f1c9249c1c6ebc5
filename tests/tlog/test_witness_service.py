"""Witnesses over HTTP: the service with hostile callers, the client with hostile witnesses, both as programs."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.cli.log import log as log_command
from footproof.cli.witness import witness as witness_command
from footproof.errors import FootproofError, ProofRejected
from footproof.server.witness import WitnessService, init_witness, read_witness
from footproof.server.witness_client import MAX_ANSWER, Reply, ask, post
from footproof.tlog import (
    Log,
    Request,
    Tiles,
    WitnessKey,
    WitnessSigner,
    WitnessState,
    fsck,
    parse_note,
    parse_policy,
)
from footproof.tlog.witness import MAX_REQUEST, SIZE
from footproof.tlog.witness_state import digest_of

NOW = 1_790_000_000
ORIGIN = "demo.example/log"


@pytest.fixture(name="signer")
def _signer(tmp_path: Path) -> WitnessSigner:
    return init_witness(tmp_path / "witness", "witness.example/w1")


@pytest.fixture(name="service")
def _service(tmp_path: Path, signer: WitnessSigner, log: Log) -> WitnessService:
    state = WitnessState(tmp_path / "witness", signer)
    state.watch(log.verifier.vkey)
    return WitnessService(state, lambda: NOW + 0.5, seconds=0.2)


def called(
    service: WitnessService,
    method: str,
    path: str,
    parts: list[bytes] | None = None,
    headers: Mapping[bytes, bytes] | None = None,
    *,
    pause: float = 0.0,
) -> Reply:
    """Return what the application answers to a body that comes in parts."""
    waiting = list(parts or [b""])
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        await asyncio.sleep(pause)
        if not waiting:
            return {"type": "http.disconnect"}
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list((headers or {}).items())}
    asyncio.run(service(scope, receive, send))
    kind = dict(sent[0]["headers"])[b"content-type"].decode()
    return Reply(sent[0]["status"], kind, sent[1]["body"])


def body_of(log: Log, old: int = 0) -> bytes:
    hashes = Tiles(log.size, log.read).consistency(old) if old else []
    return Request(old, tuple(hashes), log.signed).to_bytes()


def test_a_checkpoint_is_cosigned_and_shown(service: WitnessService, signer: WitnessSigner, log: Log) -> None:
    log.append([b"a", b"b"])
    body = body_of(log)
    assert called(service, "GET", f"/{digest_of(ORIGIN)}/checkpoint").status == 404
    found = called(service, "POST", "/add-checkpoint", [body[:7], body[7:]])
    assert found.status == 200
    (line,) = parse_note(b"-\n\n" + found.body).signatures
    assert signer.verifier.accepts(parse_note(log.signed).text.encode(), line.value)
    shown = called(service, "GET", f"/{digest_of(ORIGIN)}/checkpoint")
    assert shown.status == 200
    assert len(parse_note(shown.body).signatures) == 2
    log.append([b"c"])
    assert called(service, "POST", "/add-checkpoint", [body_of(log)]) == Reply(409, SIZE, b"2\n")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/add-checkpoint", 405),
        ("POST", "/", 404),
        ("GET", "/", 404),
        ("GET", "/../key.pem", 404),
        ("GET", "/checkpoint", 404),
        ("PUT", "/add-checkpoint", 405),
        ("DELETE", "/logs", 404),
    ],
)
def test_nothing_else_is_served(service: WitnessService, method: str, path: str, status: int) -> None:
    assert called(service, method, path).status == status


def test_a_body_that_is_too_large_is_not_read(service: WitnessService) -> None:
    large = {b"content-length": str(MAX_REQUEST + 1).encode()}
    assert called(service, "POST", "/add-checkpoint", [b"x"], large).status == 413
    assert called(service, "POST", "/add-checkpoint", [b"x"], {b"content-length": b"-1"}).status == 413
    assert called(service, "POST", "/add-checkpoint", [b"x" * 50_000] * 5).status == 413


def test_a_body_that_takes_too_long_is_given_up(service: WitnessService, log: Log) -> None:
    parts = [bytes([byte]) for byte in body_of(log)]
    assert called(service, "POST", "/add-checkpoint", parts, pause=0.05).status == 408
    assert called(service, "POST", "/add-checkpoint", [body_of(log)]).status == 200


def test_a_caller_that_goes_away_leaves_nothing(service: WitnessService, log: Log) -> None:
    assert called(service, "POST", "/add-checkpoint", []).status == 400
    assert called(service, "POST", "/add-checkpoint", [body_of(log)]).status == 200


def test_a_witness_is_made_once(tmp_path: Path, signer: WitnessSigner) -> None:
    assert read_witness(tmp_path / "witness").verifier == signer.verifier
    assert (tmp_path / "witness" / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FootproofError, match="E-WITNESS-EXISTS"):
        init_witness(tmp_path / "witness", "witness.example/w2")
    for name in ("", "two words", 'a"b', "a+b"):
        with pytest.raises(FootproofError, match="E-LOG-NAME"):
            init_witness(tmp_path / "other", name)
    with pytest.raises(FootproofError, match="E-WITNESS "):
        read_witness(tmp_path)


def to(service: WitnessService) -> Callable[[bytes], Reply]:
    return lambda body: called(service, "POST", "/add-checkpoint", [body])


def test_the_client_finds_out_the_size(service: WitnessService, signer: WitnessSigner, log: Log) -> None:
    for size in (0, 1, 300, 300, 1000):
        log.append([b"entry %d" % number for number in range(log.size, size)])
        line = ask(log.signed, log.read, signer.verifier, to(service))
        assert signer.verifier.accepts(parse_note(log.signed).text.encode(), line.value)


def test_a_log_restored_from_an_older_copy_is_stopped(
    service: WitnessService, signer: WitnessSigner, log: Log, tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    log.append([b"a", b"b", b"c"])
    ask(log.signed, log.read, signer.verifier, to(service))
    with Log.create(tmp_path / "restored", ORIGIN, key) as restored:
        restored.append([b"a", b"b"])
        with pytest.raises(ProofRejected, match="E-WITNESS-AHEAD"):
            ask(restored.signed, restored.read, signer.verifier, to(service))
        restored.append([b"other", b"another"])
        with pytest.raises(FootproofError, match=r"E-WITNESS-REFUSED.*422"):
            ask(restored.signed, restored.read, signer.verifier, to(service))


LIES = {
    "another key": (200, "text/plain", None, "E-WITNESS-ANSWER"),
    "no signature": (200, "text/plain", b"hello\n", "E-WITNESS-ANSWER"),
    "nothing": (200, "text/plain", b"", "E-WITNESS-ANSWER"),
    "a size with a zero": (409, SIZE, b"02\n", "E-WITNESS-REFUSED"),
    "a size that is none": (409, SIZE, b"\xff\n", "E-WITNESS-REFUSED"),
    "the size that was asked with": (409, SIZE, b"0\n", "E-WITNESS-REFUSED"),
    "a conflict without size": (409, "text/plain", b"no\n", "E-WITNESS-REFUSED"),
    "control characters": (500, "text/plain", b"\x1b[31m", "E-WITNESS-REFUSED"),
    "a redirect": (302, "text/plain", b"", "E-WITNESS-REFUSED"),
    "a huge size": (409, SIZE, b"9223372036854775807\n", "E-WITNESS-AHEAD"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_witness_that_answers_with(name: str, signer: WitnessSigner, log: Log) -> None:
    log.append([b"a", b"b"])
    status, kind, body, code = LIES[name]
    if body is None:
        other = WitnessSigner(signer.name, Ed25519PrivateKey.generate())
        body = f"{other.cosign(parse_note(log.signed).text.encode(), NOW).line}\n".encode()
    with pytest.raises(FootproofError, match=code) as caught:
        ask(log.signed, log.read, signer.verifier, lambda _: Reply(status, kind, body))
    assert "\x1b" not in str(caught.value.values.get("reason", ""))


def test_a_witness_that_never_settles_is_given_up(signer: WitnessSigner, log: Log) -> None:
    log.append([b"entry"] * 9)
    sizes = iter(range(1, 100))
    with pytest.raises(ProofRejected, match="E-WITNESS-ANSWER"):
        ask(log.signed, log.read, signer.verifier, lambda _: Reply(409, SIZE, b"%d\n" % next(sizes)))
    assert next(sizes) < 9


Talk = Callable[[socket.socket], None]


@pytest.fixture(name="peer")
def _peer() -> Iterator[Callable[[Talk], str]]:
    """Start servers that say what a test wants; returns their address."""
    threads: list[Thread] = []
    doors: list[socket.socket] = []

    def start(talk: Talk) -> str:
        door = socket.create_server(("127.0.0.1", 0))
        doors.append(door)

        def run() -> None:
            try:
                with closing(door.accept()[0]) as connected:
                    talk(connected)
            except OSError:
                pass

        threads.append(Thread(target=run, daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{door.getsockname()[1]}/w1/"

    yield start
    for door in doors:
        door.close()
    for thread in threads:
        thread.join(5)


def says(text: bytes) -> Talk:
    def talk(connected: socket.socket) -> None:
        connected.recv(100_000)
        connected.sendall(text)

    return talk


def drips(head: bytes) -> Talk:
    def talk(connected: socket.socket) -> None:
        connected.recv(100_000)
        connected.sendall(head)
        for _ in range(200):
            connected.sendall(b"x")
            time.sleep(0.05)

    return talk


def test_a_post_over_a_socket(peer: Callable[[Talk], str]) -> None:
    address = peer(says(b"HTTP/1.1 409 Conflict\r\ncontent-type: text/x.tlog.size\r\ncontent-length: 2\r\n\r\n7\n"))
    assert post(address, b"old 0\n\n") == Reply(409, SIZE, b"7\n")


@pytest.mark.parametrize(
    "talk",
    [
        says(b""),
        says(b"nonsense\r\n\r\n"),
        says(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_ANSWER + 1)),
        says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"),
        says(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"),
        drips(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"),
        drips(b"HTTP/1.1 200 OK\r\na: "),
    ],
    ids=["nothing", "nonsense", "too-much", "cut", "many-headers", "slow-body", "slow-header"],
)
def test_a_peer_that_says(talk: Talk, peer: Callable[[Talk], str]) -> None:
    begun = time.monotonic()
    with pytest.raises(FootproofError, match="E-WITNESS-REACH"):
        post(peer(talk), b"old 0\n\n", seconds=0.5)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "address", ["ftp://a/", "http://", "file:///etc/passwd", "http://user@a/", "http://a/?q", "http://127.0.0.1:1/", ""]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(FootproofError, match="E-WITNESS-REACH"):
        post(address, b"", seconds=1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def command(group: Any, *arguments: str) -> tuple[int, Any]:
    result = CliRunner().invoke(group, [*arguments], standalone_mode=False, catch_exceptions=False)
    return result.return_value or 0, json.loads(result.stdout) if "--json" in arguments else result.stdout


def test_two_witnesses_as_programs(tmp_path: Path, log: Log) -> None:
    """Two witnesses of three run; a log gets its quorum of two, publishes it, and loses it when one forgets."""
    log.append([b"entry %d" % number for number in range(700)])
    place = log._folder.root
    log.close()
    keys, ports = [], [free_port() for _ in range(3)]
    for number in range(3):
        folder = str(tmp_path / f"w{number}")
        _, made = command(witness_command, "init", "--dir", folder, "--name", f"witness.example/w{number}", "--json")
        keys.append(made["vkey"])
        command(witness_command, "watch", log.verifier.vkey, "--dir", folder)
        assert command(witness_command, "show", "--dir", folder)[1].strip() == keys[-1]
    rules = [f"log {log.verifier.vkey}"]
    rules += [
        f"witness W{n} {key} http://127.0.0.1:{port}/" for n, (key, port) in enumerate(zip(keys, ports, strict=True))
    ]
    policy = tmp_path / "policy"
    policy.write_text("\n".join([*rules, "group G 2 W0 W1 W2", "quorum G", ""]))
    running = [serve(tmp_path / f"w{n}", ports[n]) for n in range(2)]
    try:
        code, found = command(log_command, "cosign", str(place), "--policy", str(policy), "--json")
        assert (code, found["ok"], len(found["cosigned"])) == (0, True, 2)
        assert [one["code"] for one in found["failed"]] == ["E-WITNESS-REACH"]
        assert found["witnesses"]["needed"] == 2
        signed = (place / "checkpoint").read_bytes()
        assert parse_policy(policy.read_bytes()).require(signed).met
        assert fsck(place, log.verifier).ok
        code, words = command(log_command, "cosign", str(place), "--witness", f"http://127.0.0.1:{ports[1]}", keys[1])
        assert code == 0
        assert "1" in words
        stop(running.pop())
        code, found = command(
            log_command, "cosign", str(place), "--witness", f"http://127.0.0.1:{ports[1]}", keys[1], "--json"
        )
        assert (code, found["ok"]) == (1, False)
    finally:
        for each in running:
            stop(each)
    with WitnessState(tmp_path / "w0", read_witness(tmp_path / "w0")) as state:
        held = state.held(ORIGIN)
        assert held is not None
        assert held.checkpoint.size == 700


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    program = "import sys; from footproof.cli.witness import witness; witness(sys.argv[1:])"
    arguments = ["serve", "--dir", str(folder), "--port", str(port)]
    running = subprocess.Popen([sys.executable, "-c", program, *arguments], env={**os.environ, "FOOTPROOF_LANG": "en"})
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return running
        time.sleep(0.05)
    stop(running)
    pytest.fail("the witness did not start")


def stop(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    running.wait(10)


def test_the_key_of_a_witness_has_its_own_type(signer: WitnessSigner) -> None:
    assert isinstance(signer.verifier, WitnessKey)
    assert signer.verifier.vkey.split("+")[2].startswith("B")  # type 0x04 in base64
