"""The package file: a stored ZIP with sorted names and fixed dates, which a reader packs again and compares.

What could differ without changing the content (order, dates, comments, extra fields, bytes between entries) therefore
cannot differ at all, and nothing is ever inflated or written to a path from the file.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from footproof.canonical import canonical_bytes, read_canonical
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.package.merkle import content_digest, leaf_hash, package_digest

FORMAT = "footproof-package/1"
MANIFEST = "manifest.json"
MOST_BYTES = 64 * 1024 * 1024
MOST_PARTS = 1000

_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]*(/[A-Za-z0-9][A-Za-z0-9_.@-]*){0,7}", re.ASCII)
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Package:
    """An opened package whose parts match its manifest.

    Args:
        parts: Content by path, the manifest left out.
        digest: Its identity, "sha256:…".
        manifest: The manifest as a record.
    """

    parts: Mapping[str, bytes]
    digest: str
    manifest: Mapping[str, Any]

    def record(self, path: str) -> Any:  # JSON
        """Return a part that is a canonical JSON record.

        Raises:
            FootproofError: E-PACKAGE-FORM where it is missing or not canonical.
        """
        if path not in self.parts:
            raise FootproofError("E-PACKAGE-FORM", Where(path), reason=f"{path} is missing")
        try:
            return read_canonical(self.parts[path])
        except FootproofError as problem:
            raise FootproofError("E-PACKAGE-FORM", Where(path), reason=str(problem)) from problem


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Return the one package file that holds some parts.

    Args:
        parts: Content by path.

    Raises:
        FootproofError: E-PACKAGE-FORM for a path outside the grammar, E-PACKAGE-SIZE beyond the limits.
    """
    _check_paths(list(parts))
    manifest = canonical_bytes(_manifest(parts))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted({**parts, MANIFEST: manifest}.items()):
            entry = zipfile.ZipInfo(path, _FIRST_DAY)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    data = target.getvalue()
    if len(data) > MOST_BYTES:
        raise FootproofError("E-PACKAGE-SIZE", found=len(data), most=MOST_BYTES)
    return data


def open_package(data: bytes) -> Package:
    """Open a package and check that its bytes are exactly what its content packs into.

    Raises:
        FootproofError: E-PACKAGE-SIZE, E-PACKAGE-FORM.
        ProofRejected: E-PACKAGE-DIGEST naming the part that does not match, E-PACKAGE-NOT-AS-WRITTEN.
    """
    if len(data) > MOST_BYTES:
        raise FootproofError("E-PACKAGE-SIZE", found=len(data), most=MOST_BYTES)
    contents = _unpack(data)
    manifest_bytes = contents.pop(MANIFEST, None)
    if manifest_bytes is None:
        raise _form("manifest.json is missing")
    manifest = _read_manifest(manifest_bytes)
    leaves = _match(manifest, contents)
    if manifest["root"] != package_digest(leaves):
        raise ProofRejected(
            "E-PACKAGE-DIGEST",
            Where(MANIFEST),
            part="root",
            found=package_digest(leaves),
            needed=manifest["root"],
        )
    if pack(contents) != data:
        raise ProofRejected("E-PACKAGE-NOT-AS-WRITTEN")
    return Package(contents, str(manifest["root"]), manifest)


def _form(reason: str) -> FootproofError:
    return FootproofError("E-PACKAGE-FORM", reason=reason)


def _check_paths(paths: list[str]) -> None:
    for path in paths:
        if not _PATH.fullmatch(path) or len(path) > 200 or path == MANIFEST:
            raise _form(f"path {path[:80]!r} is not allowed")
    if len(paths) > MOST_PARTS:
        raise _form(f"{len(paths)} parts, at most {MOST_PARTS}")


def _manifest(parts: Mapping[str, bytes]) -> dict[str, Any]:
    leaves = {path: leaf_hash(path, b"", content_digest(parts[path])) for path in sorted(parts)}
    return {
        "package": FORMAT,
        "parts": [{"path": path, "salt": "", "leaf": leaf.hex()} for path, leaf in leaves.items()],
        "root": package_digest(leaves.values()),
    }


def _unpack(data: bytes) -> dict[str, bytes]:
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
    if not isinstance(manifest, dict) or set(manifest) != {"package", "parts", "root"}:
        raise _form("the manifest has the keys package, parts, root")
    if manifest["package"] != FORMAT:
        raise _form(f"format {str(manifest['package'])[:40]!r}, this program reads {FORMAT}")
    parts = manifest["parts"]
    if not isinstance(parts, list) or not all(
        isinstance(part, dict) and set(part) == {"path", "salt", "leaf"} for part in parts
    ):
        raise _form("parts of the manifest have path, salt, leaf")
    return manifest


def _match(manifest: Mapping[str, Any], contents: Mapping[str, bytes]) -> list[bytes]:
    listed = [part["path"] for part in manifest["parts"]]
    if listed != sorted(contents):
        raise _form("the manifest lists other parts than the file holds")
    leaves: list[bytes] = []
    for part in manifest["parts"]:
        leaf = leaf_hash(part["path"], b"", content_digest(contents[part["path"]]))
        if part["salt"] != "" or part["leaf"] != leaf.hex():
            raise ProofRejected(
                "E-PACKAGE-DIGEST",
                Where(part["path"]),
                part=part["path"],
                found=leaf.hex(),
                needed=str(part["leaf"]),
            )
        leaves.append(leaf)
    return leaves
