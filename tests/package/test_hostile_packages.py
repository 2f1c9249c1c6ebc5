"""A package is what its content packs into, to the bit.

Every other file is refused at once, with one message and without being unpacked.
"""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.running import GENERIC, KETTLE, is_clean, run
from footproof.errors import FootproofError
from footproof.package import MOST_BYTES, open_package, pack, recompute

REFUSED = {"E-PACKAGE-FORM", "E-PACKAGE-SIZE", "E-PACKAGE-DIGEST", "E-PACKAGE-NOT-AS-WRITTEN"}
FIRST_DAY = (1980, 1, 1, 0, 0, 0)


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The package of the kettle, 30 kB."""
    file = tmp_path_factory.mktemp("sealed") / "kettle.footproof"
    assert run("seal", KETTLE, "--rulebook", GENERIC, "-o", file).code == 0
    return file.read_bytes()


def outcome_of(data: bytes) -> str:
    """Return "same", "differs" or the code of the refusal, as `footproof recompute` would find it."""
    try:
        return "same" if recompute(open_package(data)).ok else "differs"
    except FootproofError as problem:
        return problem.code


def flipped(data: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    return bytes(changed)


def test_the_package_itself_recomputes(sealed: bytes) -> None:
    assert outcome_of(sealed) == "same"


def test_every_bit_of_a_small_package_is_noticed(sealed: bytes) -> None:
    parts = parts_of(sealed)
    small = pack({name: parts[name] for name in ("evidence.json", "study/processes.csv")})
    assert outcome_of(small) == "E-PACKAGE-FORM"  # it has no sheet, yet its parts and digests are whole
    assert open_package(small).digest
    for place in range(len(small)):
        for bit in range(8):
            with pytest.raises(FootproofError) as refused:
                open_package(flipped(small, place, bit))
            assert refused.value.code in REFUSED, (place, bit)


def test_one_flipped_bit_in_every_fifth_byte_is_noticed(sealed: bytes) -> None:
    for place in range(0, len(sealed), 5):
        assert outcome_of(flipped(sealed, place, place % 8)) in REFUSED, place


@pytest.mark.slow
def test_one_flipped_bit_in_each_byte_is_noticed(sealed: bytes) -> None:
    for place in range(len(sealed)):
        assert outcome_of(flipped(sealed, place, place % 8)) in REFUSED, place


def test_every_bit_of_a_sample_of_bytes_is_noticed(sealed: bytes) -> None:
    tail = range(len(sealed) - 200, len(sealed))
    for place in (*range(0, len(sealed), 997), *tail):
        for bit in range(8):
            assert outcome_of(flipped(sealed, place, bit)) in REFUSED, (place, bit)


@pytest.mark.slow
def test_every_bit_is_noticed(sealed: bytes) -> None:
    for place in range(len(sealed)):
        for bit in range(8):
            assert outcome_of(flipped(sealed, place, bit)) in REFUSED, (place, bit)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_cut_repeated_or_inserted_bytes_are_noticed(sealed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sealed) - 1))
    end = data.draw(st.integers(start + 1, len(sealed)))
    what = data.draw(st.binary(max_size=40))
    if sealed[start:end] != what:
        assert outcome_of(sealed[:start] + what + sealed[end:]) in REFUSED


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_code(data: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)):
        assert outcome_of(head + data) in REFUSED


def parts_of(sealed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(sealed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(entries: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED, **attributes: object) -> bytes:
    """Return a ZIP of some entries as a foreign tool would write it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = compression
            for key, value in attributes.items():
                setattr(entry, key, value)
            archive.writestr(entry, content)
    return target.getvalue()


def in_order(sealed: bytes) -> list[tuple[str, bytes]]:
    return sorted(parts_of(sealed).items())


def with_extra_part(name: str) -> Callable[[bytes], bytes]:
    return lambda sealed: zipped([*in_order(sealed), (name, b"x")])


def comment(sealed: bytes) -> bytes:
    end = sealed.rindex(b"PK\x05\x06")
    return sealed[: end + 20] + struct.pack("<H", 4) + b"note"


def declared_size(sealed: bytes, size: int) -> bytes:
    """Declare another size of the first part, in both of its headers."""
    central = sealed.index(b"PK\x01\x02")
    changed = bytearray(sealed)
    struct.pack_into("<II", changed, 18, size, size)
    struct.pack_into("<II", changed, central + 20, size, size)
    return bytes(changed)


def overlapping(sealed: bytes) -> bytes:
    """Let every entry of the directory point at the same local header (as in D. Fifield, A better zip bomb, 2019)."""
    first = sealed.index(b"PK\x01\x02")
    changed = bytearray(sealed)
    place = first
    while sealed[place : place + 4] == b"PK\x01\x02":
        struct.pack_into("<I", changed, place + 42, 0)
        name, extra, note = struct.unpack_from("<HHH", sealed, place + 28)
        place += 46 + name + extra + note
    return bytes(changed)


def flag(bit: int) -> Callable[[bytes], bytes]:
    def change(sealed: bytes) -> bytes:
        changed = bytearray(sealed)
        central = sealed.index(b"PK\x01\x02")
        struct.pack_into("<H", changed, 6, bit)
        struct.pack_into("<H", changed, central + 8, bit)
        return bytes(changed)

    return change


def zip64(sealed: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in in_order(sealed):
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            with archive.open(entry, "w", force_zip64=True) as file:
                file.write(content)
    return target.getvalue()


def streamed(sealed: bytes) -> bytes:
    """Write to something that cannot seek: sizes then stand in data descriptors behind the content."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]  # a buffer
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, content in in_order(sealed):
            archive.writestr(zipfile.ZipInfo(name, FIRST_DAY), content)
    return pipe.data


def manifest_of(sealed: bytes, change: Callable[[bytes], bytes]) -> bytes:
    parts = parts_of(sealed)
    parts["manifest.json"] = change(parts["manifest.json"])
    return zipped(sorted(parts.items()))


def twice(sealed: bytes) -> bytes:
    """Name a part twice: the directory is patched, as the writer of the standard library would warn."""
    parts = dict(in_order(sealed))
    parts["about.jsom"] = b"{}"
    return zipped(sorted(parts.items())).replace(b"about.jsom", b"about.json")


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "nothing at all": lambda _: b"",
    "an empty archive": lambda _: b"PK\x05\x06" + bytes(18),
    "an empty archive that claims many parts": lambda _: b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2),
    "bytes before": lambda sealed: b"#!/bin/sh\n" + sealed,
    "bytes behind": lambda sealed: sealed + b"\n",
    "another package behind": lambda sealed: sealed + sealed,
    "a comment": comment,
    "parts in another order": lambda sealed: zipped(in_order(sealed)[::-1]),
    "deflated parts": lambda sealed: zipped(in_order(sealed), zipfile.ZIP_DEFLATED),
    "bzip2 parts": lambda sealed: zipped(in_order(sealed), zipfile.ZIP_BZIP2),
    "lzma parts": lambda sealed: zipped(in_order(sealed), zipfile.ZIP_LZMA),
    "a bomb of a hundred million zeros": lambda _: zipped([("sheet.json", bytes(1 << 27))], zipfile.ZIP_DEFLATED),
    "a bomb in a bomb": lambda _: zipped(
        [("study/inner.zip", zipped([("a", bytes(1 << 26))], zipfile.ZIP_DEFLATED))], zipfile.ZIP_DEFLATED
    ),
    "overlapping parts": overlapping,
    "a part that claims to be huge": lambda sealed: declared_size(sealed, 0xFFFFFFFE),
    "a part that claims zip64": lambda sealed: declared_size(sealed, 0xFFFFFFFF),
    "a part that claims to be shorter": lambda sealed: declared_size(sealed, 1),
    "zip64 headers": zip64,
    "data descriptors": streamed,
    "an encrypted part": flag(0x1),
    "strong encryption": flag(0x40),
    "patched data": flag(0x20),
    "a name flagged as UTF-8": flag(0x800),
    "a part twice": twice,
    "a path that climbs out": with_extra_part("../evil"),
    "a path that climbs out further inside": with_extra_part("study/../../evil"),
    "an absolute path": with_extra_part("/etc/cron.d/evil"),
    "a Windows path": with_extra_part("..\\evil"),
    "a drive": with_extra_part("C:evil"),
    "a hidden file": with_extra_part("study/.ssh"),
    "a folder": with_extra_part("study/"),
    "a Chinese name": with_extra_part("study/研究.csv"),
    "a name with a line end": with_extra_part("study/a\nb"),
    "a name of three hundred letters": with_extra_part("a" * 300),
    "a part nobody listed": with_extra_part("study/extra.csv"),
    "names that differ in case only": with_extra_part("About.json"),
    "a symlink": lambda sealed: zipped(in_order(sealed), external_attr=0o120777 << 16),
    "an executable": lambda sealed: zipped(in_order(sealed), external_attr=0o100755 << 16),
    "another system": lambda sealed: zipped(in_order(sealed), create_system=0),
    "another day": lambda sealed: zipped(in_order(sealed), date_time=(2026, 1, 1, 0, 0, 0)),
    "extra fields": lambda sealed: zipped(in_order(sealed), extra=b"\x99\x99\x02\x00ab"),
    "broken extra fields": lambda sealed: zipped(in_order(sealed), extra=b"\x01\x00\x08\x00abc"),
    "notes on parts": lambda sealed: zipped(in_order(sealed), comment=b"note"),
    "no manifest": lambda sealed: zipped([item for item in in_order(sealed) if item[0] != "manifest.json"]),
    "no parts but the manifest": lambda sealed: zipped([("manifest.json", parts_of(sealed)["manifest.json"])]),
    "a part less": lambda sealed: zipped([item for item in in_order(sealed) if item[0] != "evidence.json"]),
    "a manifest that is no JSON": lambda sealed: manifest_of(sealed, lambda _: b"{"),
    "a manifest that is a list": lambda sealed: manifest_of(sealed, lambda _: b"[]"),
    "a manifest with blanks": lambda sealed: manifest_of(sealed, lambda old: old.replace(b":", b": ", 1)),
    "a manifest with a key twice": lambda sealed: manifest_of(sealed, lambda old: b'{"package":"x",' + old[1:]),
    "a manifest nested beyond reason": lambda sealed: manifest_of(sealed, lambda _: b"[" * 100_000),
    "a manifest with a huge integer": lambda sealed: manifest_of(sealed, lambda _: b"9" * 100_000),
    "a manifest of another format": lambda sealed: manifest_of(
        sealed, lambda old: old.replace(b"footproof-package/1", b"footproof-package/2")
    ),
    "a manifest whose paths are numbers": lambda sealed: manifest_of(
        sealed, lambda old: old.replace(b'"path":"about.json"', b'"path":1')
    ),
    "a manifest whose paths are lists": lambda sealed: manifest_of(
        sealed, lambda old: old.replace(b'"path":"about.json"', b'"path":[]')
    ),
    "a manifest whose root is a number": lambda sealed: manifest_of(
        sealed, lambda old: old[: old.index(b'"root"')] + b'"root":1}'
    ),
    "a manifest with salts nobody needs": lambda sealed: manifest_of(
        sealed, lambda old: old.replace(b'"salt":""', b'"salt":"00"', 1)
    ),
    "a manifest with NaN": lambda sealed: manifest_of(sealed, lambda old: old[: old.index(b'"root"')] + b'"root":NaN}'),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused_with_one_message(sealed: bytes, name: str, tmp_path: Path) -> None:
    file = tmp_path / "forged.footproof"
    file.write_bytes(FORGERIES[name](sealed))
    ran, chinese, as_json = (
        run("recompute", file),
        run("recompute", file, lang="zh"),
        run("recompute", file, "--json"),
    )
    assert ran.code == chinese.code == as_json.code == 1
    code = as_json.error["code"] if set(as_json.record) == {"error"} else as_json.record["error"]["code"]
    assert code in REFUSED
    assert f"code   {code}\n" in ran.err
    assert is_clean(ran.err)
    assert is_clean(chinese.err)
    assert len(ran.err) < 1500
    assert ran.out == chinese.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["forged.footproof"]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = FORGERIES["a bomb of a hundred million zeros"](b"")
    tracemalloc.start()
    assert outcome_of(bomb) == "E-PACKAGE-FORM"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.footproof"
    with file.open("wb") as target:
        target.truncate(MOST_BYTES + 1)
    ran = run("recompute", file)
    assert ran.code == 1
    assert "E-PACKAGE-SIZE" in ran.err
    assert "large.footproof" in ran.err


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full"])
def test_a_device_is_no_package(path: str) -> None:
    if not Path(path).exists():
        pytest.skip(f"this system has no {path}")
    pytest.importorskip("resource")
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, before[1]))
    try:
        ran = run("recompute", path)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert ran.code in (1, 2)
    assert ran.err.startswith("error: ")


def test_a_folder_is_no_package(tmp_path: Path) -> None:
    ran = run("recompute", tmp_path)
    assert ran.code == 2
    assert "E-FILE-READ" in ran.err


@settings(max_examples=30, deadline=None)
@given(
    parts=st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_.@-]{0,8}(/[a-z][a-z0-9]{0,8}){0,3}", fullmatch=True), st.binary(max_size=100)
    )
)
def test_whatever_is_packed_opens_to_the_same_parts_and_digest(parts: dict[str, bytes]) -> None:
    data = pack(parts)
    package = open_package(data)
    assert dict(package.parts) == parts
    assert pack(dict(sorted(parts.items(), reverse=True))) == data


def test_paths_are_at_most_eight_deep() -> None:
    assert open_package(pack({"a/a/a/a/a/a/a/a": b""})).parts
    with pytest.raises(FootproofError) as refused:
        pack({"a/a/a/a/a/a/a/a/a": b""})
    assert refused.value.code == "E-PACKAGE-FORM"
