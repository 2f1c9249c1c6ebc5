"""Archives and folders are read whole or refused: traversal, links, encryption, overlaps, bombs, damage."""

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats import archive as archive_module
from footproof.formats.archive import in_order, open_archive


def _zip(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return path


def _code(path: Path) -> str:
    with pytest.raises(FootproofError) as caught, open_archive(path) as archive:
        list(archive)
    return caught.value.code


def _patched(path: Path, change: dict[str, int], offset: int, size: str) -> Path:
    """Change one field of every entry of the central directory."""
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", data, at + 28)[0]
        name = bytes(data[at + 46 : at + 46 + length]).decode()
        if name in change:
            struct.pack_into(size, data, at + offset, change[name])
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(bytes(data))
    return path


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}/[a-z]{1,8}\.json", fullmatch=True), st.binary(max_size=200)))
def test_folder_and_archive_give_the_same(entries: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        for name, content in entries.items():
            (tree / name).parent.mkdir(exist_ok=True)
            (tree / name).write_bytes(content)
        for path in (tree, _zip(Path(folder) / "a.zip", entries)):
            with open_archive(path) as archive:
                assert dict(archive) == entries


def test_a_single_file_is_an_archive_of_one(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<a/>" * 2000)
    with open_archive(tmp_path / "a.xml") as archive:
        assert archive.names == ("a.xml",)
        assert archive.peek("a.xml") == (b"<a/>" * 2000)[: archive_module.HEAD]
        assert archive.read("a.xml") == b"<a/>" * 2000


def test_files_come_in_order_of_rank_and_unwanted_ones_are_not_read() -> None:
    files = [("p/1", b"p"), ("u/1", b"u"), ("x/1", b"x"), ("p/0", b"q")]
    ranks = {"u": 0, "p": 1}
    assert list(in_order(files, lambda name, _: ranks.get(name[0]))) == [
        (0, "u/1", b"u"),
        (1, "p/1", b"p"),
        (1, "p/0", b"q"),
    ]


def test_clutter_of_systems_is_not_data(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"a.json": b"1", "__MACOSX/a.json": b"2", ".DS_Store": b"3", "_rels/.rels": b"4"})
    with open_archive(path) as archive:
        assert archive.names == ("a.json", "_rels/.rels")


@pytest.mark.parametrize("name", ["../a.json", "/etc/a.json", "a/../../b.json", "C:/a.json", "a\\..\\b.json", "a\nb"])
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert _code(_zip(tmp_path / "a.zip", {"ok.json": b"1", name: b"2"})) == "E-DB-PATH"


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
        link = zipfile.ZipInfo("processes")
        link.external_attr = 0o120777 << 16
        target.writestr(link, "/etc")
    assert _code(tmp_path / "a.zip") == "E-DB-PATH"


@pytest.mark.parametrize("target", ["secret.json", "secret"])
def test_a_link_in_a_folder_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret.json").write_text("1")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/link.json").symlink_to(tmp_path / target)
    assert _code(tmp_path / "tree") == "E-DB-PATH"


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = _patched(_zip(tmp_path / "a.zip", {"a.json": b"1"}), {"a.json": 1}, 8, "<H")
    assert _code(path) == "E-DB-ARCHIVE"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_inflates_without_bound_is_refused(tmp_path: Path, method: int) -> None:
    assert _code(_zip(tmp_path / "a.zip", {"a.json": b"1" * 100}, method)) == "E-DB-ARCHIVE"


def test_a_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"a.json": b"0" * (archive_module.SMALL + 1)})
    assert path.stat().st_size < 20_000
    assert _code(path) == "E-DB-ARCHIVE-SIZE"


def test_many_small_steep_entries_are_a_bomb_too(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {f"{number}.json": b"0" * 2_000_000 for number in range(6)})
    assert _code(path) == "E-DB-ARCHIVE-SIZE"


@pytest.mark.parametrize("limit", ["MOST_BYTES", "LARGEST_ENTRY", "MOST_ENTRIES"])
def test_limits_hold_for_archives_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    (tmp_path / "tree").mkdir()
    for name in ("a", "b"):
        (tmp_path / "tree" / name).write_bytes(b"12345")
    path = _zip(tmp_path / "a.zip", {"a": b"12345", "b": b"12345"})
    monkeypatch.setattr(archive_module, "SMALL", 0)
    monkeypatch.setattr(archive_module, limit, {"MOST_BYTES": 9, "LARGEST_ENTRY": 4, "MOST_ENTRIES": 1}[limit])
    assert _code(path) == "E-DB-ARCHIVE-SIZE"
    assert _code(tmp_path / "tree") == "E-DB-ARCHIVE-SIZE"


def test_a_directory_that_understates_a_size_inflates_no_more(tmp_path: Path) -> None:
    path = _patched(_zip(tmp_path / "a.zip", {"a.json": b"0" * 5_000_000}), {"a.json": 10}, 24, "<I")
    assert _code(path) == "E-DB-ARCHIVE"


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"a.json": b"1" * 50, "b.json": b"2" * 50}, zipfile.ZIP_STORED)
    assert _code(_patched(path, {"b.json": 0}, 42, "<I")) == "E-DB-ARCHIVE"


def test_an_entry_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
        target.writestr("a.json", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            target.writestr("a.json", "2")
    assert _code(tmp_path / "a.zip") == "E-DB-ARCHIVE"


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_damaged_archive_is_read_or_refused_but_never_breaks(position: int, value: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("processes/a.json", b'{"a": 1}' * 20)
        target.writestr("flows/b.json", b'{"b": 1}' * 20)
    data = bytearray(buffer.getvalue())
    data[position % len(data)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(bytes(data))
        try:
            with open_archive(path) as archive:
                list(archive)
        except FootproofError as problem:
            assert problem.code.startswith(("E-DB-", "E-FILE-"))  # noqa: PT017


def test_what_is_not_there_is_an_error_of_reading(tmp_path: Path) -> None:
    assert _code(tmp_path / "none.zip") == "E-FILE-READ"
