"""The tree of RFC 6962: published vectors, and the law that every leaf and earlier tree proves itself."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.errors import ProofRejected
from footproof.tlog import (
    EMPTY_ROOT,
    Tile,
    Tiles,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from footproof.tlog.edge import Edge, grow, read_edge

# Reference tree of the certificate-transparency project, also in transparency-dev/merkle.
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_0_OF_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
PATH_6_TO_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


class Memory:
    """The published files of a log, in memory; counts what is opened."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.edge = Edge()
        self.opened: list[str] = []

    def append(self, entries: list[bytes]) -> None:
        files, self.edge = grow(self.edge, entries)
        self.files.update((tile.path, data) for tile, data in files.items())

    def read(self, path: str) -> bytes:
        self.opened.append(path)
        try:
            return self.files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    def tiles(self, size: int | None = None) -> Tiles:
        return Tiles(self.edge.size if size is None else size, self.read)


def entries_of(first: int, end: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(first, end)]


def memory_of(size: int) -> Memory:
    memory = Memory()
    memory.append(entries_of(0, size))
    return memory


def test_published_roots() -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]
    assert [tree_root(leaves[:size]).hex() for size in range(9)] == ROOTS


def test_published_proofs() -> None:
    memory = Memory()
    memory.append([bytes.fromhex(text) for text in INPUTS])
    assert [value.hex() for value in memory.tiles().inclusion(0)] == PATH_0_OF_8
    assert [value.hex() for value in memory.tiles().consistency(6)] == PATH_6_TO_8


def test_every_leaf_of_every_small_size_proves_itself() -> None:
    memory = Memory()
    leaves = [leaf_hash(entry) for entry in entries_of(0, 300)]
    for size in range(301):
        if size:
            memory.append(entries_of(size - 1, size))
        tiles = memory.tiles()
        root = tree_root(leaves[:size])
        assert tiles.root() == memory.edge.root() == root
        for index in range(size):
            verify_inclusion(leaves[index], index, size, root, tiles.inclusion(index))


def test_every_pair_of_small_sizes_is_consistent() -> None:
    memory = memory_of(140)
    leaves = [leaf_hash(entry) for entry in entries_of(0, 140)]
    roots = [tree_root(leaves[:size]) for size in range(141)]
    memories = {size: memory_of(size) for size in range(141)}
    for new in range(141):
        tiles = memories[new].tiles()
        for old in range(new + 1):
            path = tiles.consistency(old)
            verify_consistency(old, roots[old], new, roots[new], path)
            if 0 < old < new:
                with pytest.raises(ProofRejected):
                    verify_consistency(old, roots[old - 1], new, roots[new], path)
    assert memory.edge.root() == roots[140]


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_793])
def test_sizes_around_full_tiles(size: int) -> None:
    memory = memory_of(size)
    leaves = [leaf_hash(entry) for entry in entries_of(0, size)]
    root = tree_root(leaves)
    tiles = memory.tiles()
    assert tiles.root() == root
    spots = {0, 1, 254, 255, 256, size // 2, size - 257, size - 256, size - 2, size - 1}
    for index in (spot for spot in spots if 0 <= spot < size):
        verify_inclusion(leaves[index], index, size, root, tiles.inclusion(index))
        assert tiles.entry(index) == b"entry %d" % index
        verify_consistency(index, tree_root(leaves[:index]), size, root, tiles.consistency(index))


def test_a_proof_opens_a_logarithmic_number_of_tiles() -> None:
    memory = memory_of(70_000)
    memory.opened.clear()
    memory.tiles().inclusion(12_345)
    assert len(memory.opened) <= 5
    memory.opened.clear()
    memory.tiles().consistency(33_333)
    assert len(memory.opened) <= 5


def test_a_log_of_70_000_has_the_tiles_that_the_specification_counts() -> None:
    paths = set(memory_of(70_000).files)
    assert sum(path.startswith("tile/0/") and ".p" not in path for path in paths) == 273
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= paths
    assert len([path for path in paths if path.startswith("tile/entries/")]) == 274


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
@settings(deadline=None, max_examples=40)
def test_growth_in_steps_gives_the_same_log_as_growth_at_once(steps: list[int]) -> None:
    memory, size = Memory(), 0
    for step in steps:
        memory.append(entries_of(size, size + step))
        size += step
    whole = memory_of(size)
    assert memory.edge == whole.edge == read_edge(size, memory.read)
    assert whole.files.items() <= memory.files.items()


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_a_changed_inclusion_proof_is_rejected(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    tiles = memory_of(size).tiles()
    leaf, root, path = tiles.leaf(index), tiles.root(), tiles.inclusion(index)
    verify_inclusion(leaf, index, size, root, path)
    changes: list[list[bytes]] = [[*path, b"\0" * 32], [b"\0" * 32, *path], path[:-1], path[1:]]
    changes += [[*path[:n], path[n][:-1] + bytes([path[n][-1] ^ 1]), *path[n + 1 :]] for n in range(len(path))]
    changes += [[*path[:n], path[n] + b"\0", *path[n + 1 :]] for n in range(len(path))]
    changes += [[*path[:n], b, a, *path[n + 2 :]] for n, (a, b) in enumerate(pairwise(path))]
    for changed in changes:
        if changed != path:
            with pytest.raises(ProofRejected, match="E-LOG-INCLUSION"):
                verify_inclusion(leaf, index, size, root, changed)
    other = data.draw(st.integers(0, size + 5).filter(lambda n: n != index))
    with pytest.raises(ProofRejected):
        verify_inclusion(leaf, other, size, root, path)
    with pytest.raises(ProofRejected):
        verify_inclusion(leaf_hash(b"other"), index, size, root, path)


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_a_changed_consistency_proof_is_rejected(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 600))
    old = data.draw(st.integers(1, new - 1))
    tiles = memory_of(new).tiles()
    before, after, path = tiles.subtree(0, old), tiles.root(), tiles.consistency(old)
    verify_consistency(old, before, new, after, path)
    changes: list[list[bytes]] = [[*path, b"\0" * 32], [b"\0" * 32, *path], path[:-1], path[1:], []]
    changes += [[*path[:n], path[n][:-1] + bytes([path[n][-1] ^ 1]), *path[n + 1 :]] for n in range(len(path))]
    for changed in changes:
        with pytest.raises(ProofRejected, match="E-LOG-CONSISTENCY"):
            verify_consistency(old, before, new, after, changed)
    with pytest.raises(ProofRejected):
        verify_consistency(old, leaf_hash(b"other"), new, after, path)
    with pytest.raises(ProofRejected):
        verify_consistency(old, before, new, leaf_hash(b"other"), path)


def test_the_empty_tree_has_one_root_only() -> None:
    other = leaf_hash(b"other")
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    verify_consistency(0, EMPTY_ROOT, 5, other, [])
    for arguments in ((0, other, 5, other), (0, other, 0, other), (0, EMPTY_ROOT, 0, other)):
        with pytest.raises(ProofRejected, match="E-LOG-CONSISTENCY"):
            verify_consistency(*arguments, [])
    with pytest.raises(ProofRejected, match="E-LOG-CONSISTENCY"):
        verify_consistency(0, EMPTY_ROOT, 5, other, [other])
    with pytest.raises(ProofRejected, match="E-LOG-SHRUNK"):
        verify_consistency(5, other, 4, other, [])
    with pytest.raises(ProofRejected, match="E-LOG-INDEX"):
        verify_inclusion(other, 0, 0, EMPTY_ROOT, [])


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("tile/0/000", Tile(0, 0)),
        ("tile/entries/273.p/112", Tile(None, 273, 112)),
        ("tile/2/x001/x234/067", Tile(2, 1_234_067)),  # index of the specification's own example
        ("tile/1/x001/000.p/7", Tile(1, 1000, 7)),
    ],
)
def test_tile_paths(path: str, tile: Tile) -> None:
    from footproof.tlog.tiles import parse_path

    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        *("tile/00/000", "tile/64/000", "tile/0/0", "tile/0/x000/001", "tile/0/001/002", "tile/0/000.p/0"),
        *(
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/data/000",
            "tile/0/000.tmp",
            "tile/0/x001",
            "checkpoint",
        ),
    ],
)
def test_other_paths_are_no_tiles(path: str) -> None:
    from footproof.tlog.tiles import parse_path

    assert parse_path(path) is None


@given(st.lists(st.binary(max_size=300), max_size=300))
def test_a_bundle_returns_its_entries(entries: list[bytes]) -> None:
    from footproof.tlog.tiles import decode_bundle, encode_bundle

    data = encode_bundle(entries)
    assert decode_bundle(data) == entries
    if data:
        with pytest.raises(ProofRejected, match="E-LOG-BUNDLE"):
            decode_bundle(data + b"\0")
