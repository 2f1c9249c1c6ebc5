"""The package file: a stored ZIP with sorted names and fixed dates, which a reader packs again and compares.

What could differ without changing the content (order, dates, comments, extra fields, bytes between entries) therefore
cannot differ at all, and nothing is ever inflated or written to a path from the file.

A package with confidential parts says so by its format; a part stands in the file with those of its lines that are
opened, one after the other, and the manifest says which those are.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from struct import Struct
from typing import Any

from footproof.canonical import canonical_bytes, digest, read_canonical, recordable
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.package.lines import Line, opened_line
from footproof.package.merkle import (
    SALT_SIZE,
    confidential_leaf,
    content_digest,
    leaf_hash,
    lines_root,
    package_digest,
)

FORMAT = "footproof-package/1"
CONFIDENTIAL_FORMAT = "footproof-package/2"
MANIFEST = "manifest.json"
MOST_BYTES = 64 * 1024 * 1024
MOST_PARTS = 1000
MOST_LINES = 200_000
LONGEST_READER = 200

Lines = Mapping[str, tuple[Line, ...]]

_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]*(/[A-Za-z0-9][A-Za-z0-9_.@-]*){0,7}", re.ASCII)
_HASH = re.compile(f"[0-9a-f]{{{2 * SALT_SIZE}}}", re.ASCII)
# Of every entry (APPNOTE 4.4): version 2.0, no flags, stored, midnight of 1 January 1980; checksum, twice the size,
# and the length of the name follow, and nothing extra.
_FIXED = bytes.fromhex("1400 0000 0000 0000 2100")
_LOCAL, _CENTRAL = b"PK\3\4" + _FIXED, b"PK\1\2\x14\3" + _FIXED  # written under Unix, where files have a mode
_SIZES = Struct("<LLLHH")
_PLACE = Struct("<HHHLL")
_MODE = 0o100644 << 16
_END = Struct("<4sHHHHLLH")


@dataclass(frozen=True, slots=True)
class Package:
    """An opened package whose parts match its manifest.

    Args:
        parts: Content by path of what can be read in full, the manifest left out.
        digest: Its identity, "sha256:…".
        manifest: The manifest as a record.
        lines: Lines of the confidential parts by path, opened and withheld; none in a public package.
        reader: For whom this copy was opened, as it says itself; the digest does not bind it.
    """

    parts: Mapping[str, bytes]
    digest: str
    manifest: Mapping[str, Any]
    lines: Lines = field(default_factory=dict)
    reader: str = ""
    _records: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def withheld(self) -> Mapping[str, int]:
        """Return how many lines are withheld, by part; parts that can be read in full are left out."""
        counts = {path: sum(not line.opened for line in lines) for path, lines in self.lines.items()}
        return {path: count for path, count in counts.items() if count}

    def part_digest(self, path: str) -> str:
        """Return the digest of a part, which for a confidential one tells nothing about what is withheld of it.

        Raises:
            FootproofError: E-PACKAGE-FORM where there is no such part.
        """
        if path in self.lines:
            return "sha256:" + lines_root([line.commitment for line in self.lines[path]]).hex()
        if path not in self.parts:
            raise FootproofError("E-PACKAGE-FORM", Where(path), reason=f"{path} is missing")
        return digest(self.parts[path])

    def record(self, path: str) -> Any:  # JSON
        """Return a part that is a canonical JSON record; it is read once, and nobody changes what is returned.

        Raises:
            FootproofError: E-PACKAGE-WITHHELD where some of it is, E-PACKAGE-FORM where it is missing or not canonical.
        """
        if path in self.withheld:
            raise FootproofError("E-PACKAGE-WITHHELD", Where(path), part=path, lines=self.withheld[path])
        if path not in self.parts:
            raise FootproofError("E-PACKAGE-FORM", Where(path), reason=f"{path} is missing")
        if path not in self._records:
            try:
                self._records[path] = read_canonical(self.parts[path])
            except FootproofError as problem:
                raise FootproofError("E-PACKAGE-FORM", Where(path), reason=str(problem)) from problem
        return self._records[path]

    def about(self) -> Mapping[str, Any]:
        """Return what a reader sees first.

        Raises:
            FootproofError: E-PACKAGE-FORM where it is missing or no record.
        """
        record = self.record("about.json")
        if not isinstance(record, dict):
            raise FootproofError("E-PACKAGE-FORM", Where("about.json"), reason="about.json is no record")
        return record


def pack(parts: Mapping[str, bytes], lines: Lines | None = None, reader: str = "") -> bytes:
    """Return the one package file that holds some parts.

    Args:
        parts: Content of the public parts by path.
        lines: Lines of the confidential parts by path.
        reader: For whom the copy is opened, where there are confidential parts.

    Raises:
        FootproofError: E-PACKAGE-FORM for a path outside the grammar, E-PACKAGE-SIZE beyond the limits.
    """
    hidden = lines or {}
    _check_paths([*parts, *hidden])
    manifest = canonical_bytes(_manifest(_leaves(parts, hidden), hidden, reader))
    opened = {path: b"".join(_opened(of)) for path, of in hidden.items() if any(line.opened for line in of)}
    contents = {**parts, **opened, MANIFEST: manifest}
    _check_size(sum(map(len, contents.values())))
    data = _zipped(contents)
    _check_size(len(data))
    return data


def open_package(data: bytes) -> Package:
    """Open a package and check that its bytes are exactly what its content packs into.

    Raises:
        FootproofError: E-PACKAGE-SIZE, E-PACKAGE-FORM.
        ProofRejected: E-PACKAGE-DIGEST naming the part that does not match, E-PACKAGE-NOT-AS-WRITTEN.
    """
    _check_size(len(data))
    found = _as_written(data)
    contents = _unpack(data) if found is None else found
    manifest_bytes = contents.pop(MANIFEST, None)
    if manifest_bytes is None:
        raise _form("manifest.json is missing")
    manifest = _read_manifest(manifest_bytes)
    lines = _read_lines(manifest, contents)
    public = {path: content for path, content in contents.items() if path not in lines}
    leaves = _leaves(public, lines)
    _match(manifest, leaves)
    root = package_digest(leaves.values())
    if manifest["root"] != root:
        raise ProofRejected("E-PACKAGE-DIGEST", Where(MANIFEST), part="root", found=root, needed=manifest["root"])
    reader = str(manifest.get("for", ""))
    if found is None or canonical_bytes(_manifest(leaves, lines, reader)) != manifest_bytes:
        raise ProofRejected("E-PACKAGE-NOT-AS-WRITTEN")
    whole = {path: b"".join(_opened(of)) for path, of in lines.items() if all(line.opened for line in of)}
    return Package({**public, **whole}, root, manifest, lines, reader)


def plain_digest(parts: Mapping[str, bytes]) -> str:
    """Return the digest that some parts have if all of them are public."""
    return package_digest(leaf_hash(path, b"", content_digest(parts[path])) for path in sorted(parts))


def _opened(lines: tuple[Line, ...]) -> Iterator[bytes]:
    return (line.content for line in lines if line.content is not None)


def _form(reason: str) -> FootproofError:
    return FootproofError("E-PACKAGE-FORM", reason=reason)


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise FootproofError("E-PACKAGE-SIZE", found=size, most=MOST_BYTES)


def _check_paths(paths: list[str]) -> None:
    for path in paths:
        if not _PATH.fullmatch(path) or len(path) > 200 or path == MANIFEST:
            raise _form(f"path {path[:80]!r} is not allowed")
    if len(paths) > MOST_PARTS:
        raise _form(f"{len(paths)} parts, at most {MOST_PARTS}")


def _manifest(leaves: Mapping[str, bytes], hidden: Lines, reader: str) -> dict[str, Any]:
    records: list[dict[str, Any]] = []
    for path, leaf in leaves.items():
        of_lines = {"lines": [_line_record(line) for line in hidden[path]]} if path in hidden else {"salt": ""}
        records.append({"path": path, "leaf": leaf.hex(), **of_lines})
    root = package_digest(leaves.values())
    manifest = {"package": CONFIDENTIAL_FORMAT if hidden else FORMAT, "parts": records, "root": root}
    return {**manifest, "for": reader} if reader else manifest


def _leaves(parts: Mapping[str, bytes], hidden: Lines) -> dict[str, bytes]:
    """Return the leaf of each part, in the order of their paths."""
    return {path: _leaf(path, parts, hidden) for path in sorted([*parts, *hidden])}


def _leaf(path: str, parts: Mapping[str, bytes], hidden: Lines) -> bytes:
    if path not in hidden:
        return leaf_hash(path, b"", content_digest(parts[path]))
    commitments = [line.commitment for line in hidden[path]]
    return confidential_leaf(path, len(commitments), lines_root(commitments))


def _line_record(line: Line) -> str | list[int | str]:
    """Return size and salt of a line that is opened, the commitment of one that is withheld."""
    if line.content is None or line.salt is None:
        return line.commitment.hex()
    return [len(line.content), line.salt.hex()]


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    """Return the one archive that holds some files (APPNOTE 4.3): entries, directory, end."""
    entries: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for path, content in sorted(contents.items()):
        name = path.encode("ascii")
        sizes = _SIZES.pack(zlib.crc32(content), len(content), len(content), len(name), 0)
        entries += (_LOCAL, sizes, name, content)
        directory += (_CENTRAL, sizes, _PLACE.pack(0, 0, 0, _MODE, offset), name)
        offset += len(_LOCAL) + _SIZES.size + len(name) + len(content)
    length = sum(map(len, directory))
    end = _END.pack(b"PK\5\6", 0, 0, len(contents), len(contents), length, offset, 0)
    return b"".join((*entries, *directory, end))


def _as_written(data: bytes) -> dict[str, bytes] | None:
    """Return the files of an archive that is byte for byte as `_zipped` writes it; None for any other."""
    contents: dict[str, bytes] = {}
    position = 0
    while data.startswith(_LOCAL, position):
        begin = position + len(_LOCAL) + _SIZES.size
        if begin > len(data):
            return None
        _, size, _, length, _ = _SIZES.unpack_from(data, position + len(_LOCAL))
        path = data[begin : begin + length].decode("latin-1")
        if not _PATH.fullmatch(path):
            return None
        position = begin + length + size
        contents[path] = data[begin + length : position]
    if len(contents) > MOST_PARTS + 1 or _zipped(contents) != data:
        return None
    _check_paths([path for path in contents if path != MANIFEST])
    return contents


def _unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of any other archive, to tell what is wrong with it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, len(data))
            return {entry.filename: archive.read(entry) for entry in entries}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as problem:
        raise _form(str(problem)[:200]) from problem


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse before anything is read: packed parts, more content than file, wrong paths, parts that stand twice."""
    if len({entry.filename for entry in entries}) != len(entries):
        raise _form("a part stands twice")
    _check_paths([entry.filename for entry in entries if entry.filename != MANIFEST])
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise _form("parts must be stored, not packed")
    if sum(entry.file_size for entry in entries) > size:
        raise _form("the parts are larger than the file")


def _read_manifest(data: bytes) -> dict[str, Any]:
    try:
        manifest = read_canonical(data)
    except FootproofError as problem:
        raise FootproofError("E-PACKAGE-FORM", Where(MANIFEST), reason=str(problem)) from problem
    if not isinstance(manifest, dict) or set(manifest) - {"for"} != {"package", "parts", "root"}:
        raise _form("the manifest has the keys package, parts, root")
    if manifest["package"] not in (FORMAT, CONFIDENTIAL_FORMAT):
        needed = f"{FORMAT}, {CONFIDENTIAL_FORMAT}"
        raise _form(f"format {str(manifest['package'])[:40]!r}, this program reads {needed}")
    parts = manifest["parts"]
    if not isinstance(parts, list) or not all(map(_is_part, parts)):
        raise _form("parts of the manifest have path, leaf and either salt or lines")
    confidential = any("lines" in part for part in parts)
    if confidential != (manifest["package"] == CONFIDENTIAL_FORMAT):
        raise _form(f"confidential parts and format {manifest['package']} do not go together")
    reader = manifest.get("for")
    if "for" in manifest and not (confidential and _is_reader(reader)):
        raise _form(f"the reader of a confidential package is a text of at most {LONGEST_READER} characters")
    if sum(len(part["lines"]) for part in parts if "lines" in part) > MOST_LINES:
        raise _form(f"more than {MOST_LINES} lines")
    return manifest


def _is_reader(reader: object) -> bool:
    return isinstance(reader, str) and 0 < len(reader) <= LONGEST_READER and recordable(reader) == reader


def _is_part(part: object) -> bool:
    if not isinstance(part, dict) or not all(isinstance(part.get(key), str) for key in ("path", "leaf")):
        return False
    if set(part) == {"path", "leaf", "lines"}:
        lines = part["lines"]
        return isinstance(lines, list) and bool(lines) and all(map(_is_line, lines))
    return set(part) == {"path", "leaf", "salt"}


def _is_line(line: object) -> bool:
    if isinstance(line, str):
        return bool(_HASH.fullmatch(line))
    if not isinstance(line, list) or len(line) != 2:
        return False
    size, salt = line
    return type(size) is int and size >= 0 and isinstance(salt, str) and bool(_HASH.fullmatch(salt))


def _read_lines(manifest: Mapping[str, Any], contents: Mapping[str, bytes]) -> dict[str, tuple[Line, ...]]:
    """Return the lines of every confidential part; which parts the file holds follows from the manifest."""
    listed = [part["path"] for part in manifest["parts"]]
    _check_paths(listed)
    found: dict[str, tuple[Line, ...]] = {}
    for part in manifest["parts"]:
        if "lines" in part:
            found[part["path"]] = _lines_of(part, contents.get(part["path"], b""))
    held = [path for path in listed if path not in found or any(line.opened for line in found[path])]
    if held != sorted(contents) or listed != sorted(set(listed)):
        raise _form("the manifest lists other parts than the file holds")
    return found


def _lines_of(part: Mapping[str, Any], content: bytes) -> tuple[Line, ...]:
    sizes = sum(line[0] for line in part["lines"] if not isinstance(line, str))
    if sizes != len(content):
        raise ProofRejected(
            "E-PACKAGE-DIGEST", Where(part["path"]), part=part["path"], found=len(content), needed=sizes
        )
    lines: list[Line] = []
    position = 0
    for line in part["lines"]:
        if isinstance(line, str):
            lines.append(Line(bytes.fromhex(line)))
        else:
            lines.append(opened_line(bytes.fromhex(line[1]), content[position : position + line[0]]))
            position += line[0]
    return tuple(lines)


def _match(manifest: Mapping[str, Any], leaves: Mapping[str, bytes]) -> None:
    """Compare the leaves of the parts with those that the manifest lists."""
    for part in manifest["parts"]:
        path, leaf = part["path"], leaves[part["path"]]
        if part.get("salt", "") != "" or part["leaf"] != leaf.hex():
            raise ProofRejected("E-PACKAGE-DIGEST", Where(path), part=path, found=leaf.hex(), needed=str(part["leaf"]))
