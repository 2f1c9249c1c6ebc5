"""A package has one byte form: what is read and written here directly is held against the ZIP module of the library."""

import io
import zipfile
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.package import archive, disclose, open_package
from footproof.package.archive import pack
from package.test_disclosure import confidential, whole
from tamper.world import sealed

PARTS = st.dictionaries(st.from_regex(r"[a-z][a-z0-9.]{0,6}(/[a-z0-9]{1,4})?", fullmatch=True), st.binary(max_size=40))
SMALL = pack({"about.json": b"{}", "evidence/a.csv": b"PK\3\4 as content", "evidence/b.csv": b""})
KINDS: dict[str, Callable[[], bytes]] = {
    "small": lambda: SMALL,
    "public": cache(lambda: sealed("M-1")),
    "confidential": confidential,
    "disclosed": cache(lambda: disclose(whole(), ["totals.json"], "示例 / DEMO")),
}


def zipped(contents: dict[str, bytes]) -> bytes:
    """Return the archive as the library writes it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
        for path, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            written.writestr(entry, content)
    return target.getvalue()


def by_the_library(data: bytes) -> dict[str, bytes] | None:
    """Return the files of an archive that the library reads and writes again to the same bytes."""
    contents = archive._unpack(data)
    return contents if zipped(contents) == data else None


def outcome(data: bytes) -> str:
    """Return the digest of a package, or the code that says why it is none."""
    try:
        return open_package(data).digest
    except FootproofError as problem:
        return problem.code


def both(data: bytes) -> tuple[str, str]:
    """Return the outcome read directly, and read by the library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "_as_written", by_the_library)
        expected = outcome(data)
    return outcome(data), expected


@given(PARTS)
def test_written_as_by_the_library(parts: dict[str, bytes]) -> None:
    """Law: the archive is byte for byte what the library writes, of whatever parts."""
    data = pack(parts)
    assert data == zipped(archive._unpack(data))
    assert archive._as_written(data) == archive._unpack(data)


def changed(data: bytes, at: int, what: int, piece: bytes) -> bytes:
    """Return an archive with one thing done to it."""
    first, last = data[:at], data[at:]
    ways: list[Callable[[], bytes]] = [
        lambda: first + bytes([what % 256]) + last[1:],
        lambda: first + last[1 + what % 64 :],
        lambda: first + piece + last,
        lambda: first + piece + last[len(piece) :],
        lambda: first,
        lambda: data + piece,
        lambda: last + first,
        lambda: first + data[what % len(data) :] + last,
    ]
    return ways[what % len(ways)]()


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(KINDS)), st.integers(0), st.integers(0, 2**16), st.binary(max_size=8))
def test_refused_as_by_the_library(kind: str, at: int, what: int, piece: bytes) -> None:
    """Law: of whatever is done to a package, exactly the same is refused, for the same reason."""
    data = KINDS[kind]()
    direct, expected = both(changed(data, at % len(data), what, piece))
    assert direct == expected


def test_every_byte_counts() -> None:
    """Planted: each byte of an archive changed in turn is refused for the same reason as by the library."""
    assert outcome(SMALL).startswith("sha256:")
    for at in range(len(SMALL)):
        for flip in (1, 0x20, 0x80):
            direct, expected = both(SMALL[:at] + bytes([SMALL[at] ^ flip]) + SMALL[at + 1 :])
            assert direct == expected
            assert direct.startswith("E-")


@pytest.mark.parametrize("names", ["ba", "aa", ".a", "a\0", "a/", "é", ""])
def test_names(names: str) -> None:
    """Planted: wrong order, doubles, wrong paths, none at all."""
    marks = "xyz"[: len(names)]
    data = zipped(dict.fromkeys(marks, b""))
    for mark, name in zip(marks, names, strict=True):
        data = data.replace(mark.encode(), name.encode("latin-1"))
    direct, expected = both(data)
    assert direct == expected == "E-PACKAGE-FORM"
