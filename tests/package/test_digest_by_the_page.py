"""The digest of both formats, written a second time from `docs/reference/package.md` with nothing but hashes."""

import hashlib
import hmac
import io
import json
import zipfile
from typing import Any

import pytest

from footproof.package import disclose, open_package, pack, seal
from package.test_disclosure import SECRET, confidential, contents

PINNED = "9ca46601cf967c2b9ad52054c3d25a633b1045926fffe91cf075402facf65a84"  # as the first release computed it


def sha(*pieces: bytes) -> bytes:
    return hashlib.sha256(b"".join(pieces)).digest()


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written there: split at the largest power of two below the count."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01", root(leaves[:split]), root(leaves[split:]))


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def named(path: str) -> bytes:
    return len(path).to_bytes(2, "big") + path.encode("ascii")


def commitments(lines: list[Any], content: bytes) -> list[bytes]:
    found, start = [], 0
    for line in lines:
        if isinstance(line, str):
            found.append(bytes.fromhex(line))
        else:
            size, salt = line
            found.append(sha(b"\x02", bytes.fromhex(salt), content[start : start + size]))
            start += size
    assert start == len(content)
    return found


def part_leaf(part: dict[str, Any], content: bytes) -> bytes:
    if "lines" not in part:
        return sha(b"\x00\x00", named(part["path"]), sha(content))
    of = commitments(part["lines"], content)
    top = root([sha(b"\x00", place.to_bytes(4, "big"), item) for place, item in enumerate(of)])
    return sha(b"\x00\x80", named(part["path"]), len(of).to_bytes(4, "big"), top)


def digest_of(data: bytes) -> str:
    files = unzipped(data)
    parts = json.loads(files["manifest.json"])["parts"]
    return "sha256:" + root([part_leaf(part, files.get(part["path"], b"")) for part in parts]).hex()


@pytest.mark.parametrize("keep", ["nothing", "stage-totals", "terms", "everything"])
def test_a_confidential_package_has_the_digest_of_the_page(keep: str) -> None:
    shown = disclose(open_package(confidential()), [keep])
    assert digest_of(shown) == open_package(confidential()).digest


def test_a_public_package_has_the_digest_of_the_page() -> None:
    public = seal(contents())
    assert digest_of(public) == open_package(public).digest


def test_a_small_public_package_keeps_the_digest_it_had_before_there_were_confidential_ones() -> None:
    data = pack({"a.json": b"{}", "study/b.csv": b"id\n"})
    assert open_package(data).digest == "sha256:" + PINNED


def test_salts_are_derived_as_the_page_says() -> None:
    """The plain digest: the same parts, all public, `about.json` as the assessment wrote it."""
    whole = open_package(confidential())
    public = open_package(seal(contents()))
    plain = {path: whole.parts[path] for path in whole.parts} | {"about.json": public.parts["about.json"]}
    digest = "sha256:" + root([part_leaf({"path": path}, plain[path]) for path in sorted(plain)]).hex()
    key = hmac.digest(SECRET, b"footproof-package/2\0" + digest.encode("ascii"), "sha256")
    files = unzipped(confidential())
    for part in json.loads(files["manifest.json"])["parts"]:
        for place, line in enumerate(part.get("lines", ())):
            message = part["path"].encode("ascii") + b"\0" + place.to_bytes(4, "big")
            assert line[1] == hmac.digest(key, message, "sha256").hex()
