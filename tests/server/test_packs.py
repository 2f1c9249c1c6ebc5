"""Packed objects are found by their digest as single files are, and nothing else is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.canonical import digest
from footproof.errors import FootproofError
from footproof.server.packs import FOLDER, Pack, packed, write_index
from footproof.server.workspace import Workspace


def packs(objects: Path, *contents: list[bytes]) -> None:
    """Write packs and their index."""
    objects.mkdir(exist_ok=True)
    parts = []
    for number, items in enumerate(contents):
        pack = Pack(objects, number)
        for item in items:
            pack.put(digest(item), item)
        parts.append(pack.close())
    write_index(objects, parts)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.binary(max_size=40), max_size=9), min_size=1, max_size=4))
def test_every_object_is_found(tmp_path_factory: pytest.TempPathFactory, contents: list[list[bytes]]) -> None:
    """Whatever was packed, in however many packs, is found; what was not is not."""
    objects = tmp_path_factory.mktemp("packed") / "objects"
    packs(objects, *contents)
    known = {item for items in contents for item in items}
    assert all(packed(objects, digest(item)) == item for item in known)
    assert packed(objects, digest(b"of no pack, since it is longer than any of them")) is None


def test_a_workspace_reads_both(tmp_path: Path) -> None:
    """An object is a file or in a pack; one that was changed in its pack is refused, one that is nowhere too."""
    workspace = Workspace(tmp_path, "https://w.example", "w.example/log")
    packs(tmp_path / "objects", [b"first", b"second"])
    single = workspace.put(b"third")
    assert [workspace.get(digest(item)) for item in (b"first", b"second")] == [b"first", b"second"]
    assert workspace.get(single) == b"third"
    file = tmp_path / "objects" / FOLDER / "00000000"
    file.write_bytes(file.read_bytes().replace(b"second", b"secOnd"))
    for name in (digest(b"second"), digest(b"nowhere")):
        with pytest.raises(FootproofError) as refused:
            workspace.get(name)
        assert refused.value.code == "E-OBJECT"


def test_without_an_index_nothing_is_there(tmp_path: Path) -> None:
    """Packs of a load that never ended hold nothing."""
    (tmp_path / "objects").mkdir()
    pack = Pack(tmp_path / "objects", 0)
    pack.put(digest(b"one"), b"one")
    pack.close()
    assert packed(tmp_path / "objects", digest(b"one")) is None
