"""A time stamp proves when a digest was shown, and nothing else passes for one; the authority is on this machine."""

import hashlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.sealing import AT, JWT, ROOT, SEAL, Authority, page
from footproof.credential.pades import read_certificate_pdf, seal_pdf
from footproof.credential.timestamp import RESPONSE_TYPE, build_request, verify_response
from footproof.errors import FootproofError, ProofRejected
from footproof.server.timestamps import post, stamper

AUTHORITY = Authority()
REQUEST = build_request(b"what is stamped")
ANSWER = AUTHORITY.answer(REQUEST.data)
ROOTS = [AUTHORITY.root]


def code_of(answer: bytes, **changed: object) -> str:
    asked: dict[str, object] = {"digest": REQUEST.digest, "roots": ROOTS, "nonce": REQUEST.nonce, "at": AT} | changed
    with pytest.raises(ProofRejected) as refused:
        verify_response(answer, **asked)  # type: ignore[arg-type]
    return refused.value.code


def test_a_stamp_says_digest_moment_and_authority() -> None:
    found = verify_response(ANSWER, REQUEST.digest, ROOTS, nonce=REQUEST.nonce, at=AT)
    assert found.digest == f"sha256:{hashlib.sha256(b'what is stamped').hexdigest()}"
    assert (found.at, found.authority, found.accuracy) == (AT, "CN=DEMO TSA", 0.0)
    assert verify_response(ANSWER, REQUEST.digest, ROOTS) == found


def test_openssl_agrees(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    (tmp_path / "answer.tsr").write_bytes(ANSWER)
    (tmp_path / "root.pem").write_bytes(AUTHORITY.root.public_bytes(Encoding.PEM))
    command = ["openssl", "ts", "-verify", "-digest", REQUEST.digest.removeprefix("sha256:"), "-attime"]
    command += [str(int(AT.timestamp())), "-in", "answer.tsr", "-CAfile", "root.pem"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in said.stdout + said.stderr


def test_only_the_digest_leaves_the_house() -> None:
    assert b"what is stamped" not in REQUEST.data
    assert hashlib.sha256(b"what is stamped").digest() in REQUEST.data
    assert build_request(b"x").nonce != build_request(b"x").nonce


def test_each_defect_has_its_code() -> None:
    assert code_of(ANSWER, digest="sha256:" + "00" * 32) == "E-STAMP-DIGEST"
    assert code_of(ANSWER, roots=[ROOT]) == "E-STAMP-SIGNATURE"
    assert code_of(ANSWER, roots=[]) == "E-STAMP-SIGNATURE"
    assert code_of(ANSWER, nonce=REQUEST.nonce + 1) == "E-STAMP-SIGNATURE"
    assert code_of(ANSWER, at=AT - timedelta(hours=1)) == "E-STAMP-FUTURE"
    assert code_of(b"\x30\x05\x30\x03\x02\x01\x02") == "E-STAMP-REFUSED"


@pytest.mark.parametrize(
    "answer", [b"", b"x", ANSWER[:-1], ANSWER + b"\0", b"\x30\x05\x30\x03\x02\x01\x00", bytes(70_000)]
)
def test_another_form_is_refused(answer: bytes) -> None:
    assert code_of(answer) == "E-STAMP-FORM"


def test_a_certificate_for_other_uses_is_no_authority() -> None:
    other = Authority(stamps=False)
    assert code_of(other.answer(REQUEST.data), roots=[other.root]) == "E-STAMP-SIGNATURE"


def test_the_authority_had_to_be_valid_at_the_moment_it_names() -> None:
    expired = Authority(moment=AT + timedelta(days=20), last=AT + timedelta(days=10))
    assert code_of(expired.answer(REQUEST.data), roots=[expired.root], at=None) == "E-STAMP-SIGNATURE"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(ANSWER) - 1), st.integers(1, 255))
def test_a_changed_byte_never_changes_what_a_stamp_says(place: int, flip: int) -> None:
    changed = bytearray(ANSWER)
    changed[place] ^= flip
    try:
        found = verify_response(bytes(changed), REQUEST.digest, ROOTS, nonce=REQUEST.nonce, at=AT)
    except ProofRejected:
        return
    # Some members of the envelope are covered by no signature; what the stamp says never lies there.
    assert found == verify_response(ANSWER, REQUEST.digest, ROOTS)


@contextmanager
def served(answer: bytes, kind: str = RESPONSE_TYPE, status: int = 200, *, live: bool = False) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            said = AUTHORITY.answer(body) if live else answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_authority_is_asked_over_http() -> None:
    with served(b"", live=True) as url:
        request = build_request(JWT)
        found = verify_response(post(url, request.data), request.digest, ROOTS, nonce=request.nonce)
        sealed = seal_pdf(page(), JWT, SEAL, AT, stamper(url))
    assert found.at == AT
    assert read_certificate_pdf(sealed, [ROOT], AT, stamp_roots=ROOTS).timestamp == AT


@pytest.mark.parametrize(
    ("answer", "kind", "status"),
    [(ANSWER, "text/html", 200), (ANSWER, RESPONSE_TYPE, 500), (bytes(70_000), RESPONSE_TYPE, 200)],
)
def test_another_answer_is_refused(answer: bytes, kind: str, status: int) -> None:
    with served(answer, kind, status) as url, pytest.raises(FootproofError, match="E-STAMP-POST"):
        post(url, REQUEST.data)


@pytest.mark.parametrize(
    "url", ["ftp://x/", "http://", "http://user@host/", "file:///etc/passwd", "http://127.0.0.1:1/"]
)
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(FootproofError, match="E-STAMP-POST"):
        post(url, REQUEST.data, seconds=2)
