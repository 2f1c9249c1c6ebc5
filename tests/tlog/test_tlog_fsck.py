"""fsck on logs with planted defects: each is reported where it lies, and all of them at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.tlog import Checkpoint, Ed25519Signer, Log, fsck, leaf_hash, sign_checkpoint, tree_root
from footproof.tlog.fsck import Report

SIZE = 66_100  # Full and partial tiles on three levels.
Plant = Callable[[Path], object]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, key: Ed25519PrivateKey) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("fsck") / "log"
    with Log.create(folder, "demo.example/log", key) as log:
        log.append([b"entry %d" % number for number in range(66_080)])
        log.append([b"entry %d" % number for number in range(66_080, SIZE)])
    files = [file for file in folder.rglob("*") if file.is_file() and ".writer" not in file.parts]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, published: dict[str, bytes]) -> Path:
    folder = tmp_path_factory.mktemp("damaged")
    for path, data in published.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.fixture
def folder(shared: Path, published: dict[str, bytes]) -> object:
    """The log, to be damaged; put right again afterwards."""
    yield shared
    for file in [file for file in shared.rglob("*") if file.is_file()]:
        if file.relative_to(shared).as_posix() not in published:
            file.unlink()
    for path, data in published.items():
        file = shared / path
        if not file.exists() or file.read_bytes() != data:
            file.write_bytes(data)


def found(report: Report) -> set[tuple[str, str]]:
    return {(problem.code, problem.where.file if problem.where else "") for problem in report.problems}


def flip(path: str, position: int = -1) -> Plant:
    def plant(folder: Path) -> None:
        data = bytearray((folder / path).read_bytes())
        data[position] ^= 1
        (folder / path).write_bytes(data)

    return plant


def forge_signature(folder: Path) -> None:
    text = (folder / "checkpoint").read_text()
    (folder / "checkpoint").write_text(text[:-10] + ("B" if text[-10] == "A" else "A") + text[-9:])


def cut(path: str, count: int = 1) -> Plant:
    return lambda folder: (folder / path).write_bytes((folder / path).read_bytes()[:-count])


def extend(path: str, more: bytes = b"\0") -> Plant:
    return lambda folder: (folder / path).write_bytes((folder / path).read_bytes() + more)


def empty(path: str) -> Plant:
    return lambda folder: (folder / path).write_bytes(b"")


def remove(path: str) -> Plant:
    return lambda folder: (folder / path).unlink()


def add(path: str, data: bytes = b"") -> Plant:
    return lambda folder: (folder / path).write_bytes(data)


LINK, TILE, BUNDLE, MISSING, ROOT = "E-LOG-LINK", "E-LOG-TILE", "E-LOG-BUNDLE", "E-LOG-MISSING", "E-LOG-ROOT"
DEFECTS: list[tuple[str, Plant, set[tuple[str, str]]]] = [
    ("flipped entry", flip("tile/entries/007"), {(LINK, "tile/0/007"), (ROOT, "checkpoint")}),
    ("truncated bundle", cut("tile/entries/007"), {(BUNDLE, "tile/entries/007")}),
    ("bundle with surplus", extend("tile/entries/007"), {(BUNDLE, "tile/entries/007")}),
    ("bundle with one entry more", extend("tile/entries/007", b"\0\1x"), {(BUNDLE, "tile/entries/007")}),
    ("empty bundle", empty("tile/entries/007"), {(BUNDLE, "tile/entries/007")}),
    ("missing bundle", remove("tile/entries/007"), {(MISSING, "tile/entries/007")}),
    ("missing last bundle", remove("tile/entries/258.p/52"), {(MISSING, "tile/entries/258.p/52")}),
    ("flipped leaf tile", flip("tile/0/007"), {(LINK, "tile/0/007"), (LINK, "tile/1/000")}),
    ("flipped last leaf tile", flip("tile/0/258.p/52"), {(LINK, "tile/0/258.p/52"), (ROOT, "checkpoint")}),
    ("truncated leaf tile", cut("tile/0/007", 32), {(TILE, "tile/0/007")}),
    ("leaf tile with surplus", extend("tile/0/007", bytes(32)), {(TILE, "tile/0/007")}),
    ("missing leaf tile", remove("tile/0/007"), {(MISSING, "tile/0/007")}),
    ("flipped middle tile", flip("tile/1/000", 0), {(LINK, "tile/1/000"), (LINK, "tile/2/000.p/1")}),
    ("missing middle tile", remove("tile/1/000"), {(MISSING, "tile/1/000")}),
    ("flipped top tile", flip("tile/2/000.p/1"), {(LINK, "tile/2/000.p/1"), (ROOT, "checkpoint")}),
    ("older partial tile differs", flip("tile/0/258.p/32"), {("E-LOG-PARTIAL", "tile/0/258.p/32")}),
    (
        "older partial bundle differs",
        flip("tile/entries/258.p/32"),
        {("E-LOG-PARTIAL", "tile/entries/258.p/32")},
    ),
    ("older partial tile cut", cut("tile/0/258.p/32", 5), {(TILE, "tile/0/258.p/32")}),
    ("stray file", add("tile/0/notes.txt"), {("E-LOG-STRAY", "tile/0/notes.txt")}),
    ("partial tile of no width", add("tile/0/258.p/0"), {("E-LOG-STRAY", "tile/0/258.p/0")}),
    ("beyond the checkpoint", add("tile/0/259", b"of an interrupted writer"), set()),
    ("missing checkpoint", remove("checkpoint"), {(MISSING, "checkpoint")}),
    ("forged signature", forge_signature, {("E-LOG-SIGNATURE", "checkpoint")}),
    ("checkpoint without newline", cut("checkpoint"), {("E-LOG-NOTE-SHAPE", "checkpoint")}),
]


def test_a_sound_log(folder: Path, key: Ed25519PrivateKey) -> None:
    verifier = Ed25519Signer("demo.example/log", key).verifier
    root = tree_root([leaf_hash(b"entry %d" % number) for number in range(SIZE)])
    assert fsck(folder, verifier) == Report(ok=True, size=SIZE, root=root, signed=True, problems=())
    assert fsck(folder) == Report(ok=True, size=SIZE, root=root, signed=False, problems=())


def test_an_empty_log(log: Log) -> None:
    report = fsck(log._folder.root, log.verifier)
    assert (report.ok, report.size, report.root) == (True, 0, tree_root([]))


@pytest.mark.parametrize(("plant", "expected"), [d[1:] for d in DEFECTS], ids=[d[0] for d in DEFECTS])
def test_a_planted_defect_is_found_where_it_lies(
    folder: Path, key: Ed25519PrivateKey, plant: Plant, expected: set[tuple[str, str]]
) -> None:
    plant(folder)
    report = fsck(folder, Ed25519Signer("demo.example/log", key).verifier)
    assert found(report) == expected
    assert report.ok == (not expected)


def test_many_defects_are_all_reported(folder: Path, key: Ed25519PrivateKey) -> None:
    for plant in (flip("tile/entries/003"), remove("tile/entries/100"), cut("tile/0/200"), add("tile/x")):
        plant(folder)
    forge_signature(folder)
    report = fsck(folder, Ed25519Signer("demo.example/log", key).verifier)
    assert found(report) == {
        ("E-LOG-SIGNATURE", "checkpoint"),
        (LINK, "tile/0/003"),
        (MISSING, "tile/entries/100"),
        (TILE, "tile/0/200"),
        ("E-LOG-STRAY", "tile/x"),
    }
    assert report.root is None


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1, 2**40])
def test_a_signed_checkpoint_over_other_entries(folder: Path, key: Ed25519PrivateKey, size: int) -> None:
    signer = Ed25519Signer("demo.example/log", key)
    checkpoint = Checkpoint("demo.example/log", size, leaf_hash(b"forged"))
    (folder / "checkpoint").write_bytes(sign_checkpoint(checkpoint, [signer]))
    report = fsck(folder, signer.verifier)
    assert not report.ok
    assert (report.problems[-1].code == "E-LOG-MANY") == (size == 2**40)


def test_a_signed_wrong_root(folder: Path, key: Ed25519PrivateKey) -> None:
    signer = Ed25519Signer("demo.example/log", key)
    checkpoint = Checkpoint("demo.example/log", SIZE, leaf_hash(b"forged"))
    (folder / "checkpoint").write_bytes(sign_checkpoint(checkpoint, [signer]))
    assert found(fsck(folder, signer.verifier)) == {(ROOT, "checkpoint")}


def test_a_checkpoint_of_a_stranger(folder: Path) -> None:
    stranger = Ed25519Signer("demo.example/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    assert found(fsck(folder, stranger.verifier)) == {("E-LOG-UNSIGNED", "checkpoint")}
