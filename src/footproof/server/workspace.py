"""A workspace: one folder with configuration, keys, objects, log and the public tree. One process writes to it.

workspace.toml   base address, name of the log
keys/            private keys, readable by the owner only
objects/         what was sealed, decided and signed, by digest; written once, a file each, or packed where many came at
                 once (see `packs`); readable by the owner only
log/             the append-only log (C2SP tiles)
public/          the static tree, rebuilt from objects and log
schemes/, rules/ scheme and rulebook editions of the register's own, where it has some (see `editions`)
log.index        what the log amounts to, so that nobody reads all of it again; may be deleted, and is then made anew
unpublished      since when something decided waits for its publication, where that failed
db.sqlite3       the store, where there is one and no other database is configured; `store` says that there is one
"""

import os
import re
import time
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import digest
from footproof.errors import FootproofError, Where
from footproof.server.at_once import at_once
from footproof.server.keys import read_ed25519_key, read_p256_key, write_key
from footproof.server.packs import packed
from footproof.tlog import Log
from footproof.tlog.durable import hold_lock, sync_directory, sync_path

CONFIGURATION = "workspace.toml"
DATABASES = "databases"
STORE = "store"
"""A file that says that the workspace has a store: whoever holds it brings what that committed into the log first."""

FORMAT = "footproof-workspace/1"
PATIENCE = 10.0
PAUSE = 0.002
"""Between two tries for a lock: short beside the time of a decision, long beside that of a try. [s]"""

FEW = 64
"""Files up to which each is synced for itself; more are made durable by one wait for all that is unwritten."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Workspace:
    """An opened workspace.

    Args:
        folder: Where it lies.
        base: Address under which the public tree is served, without a slash at the end.
        origin: Name of the log.
        stamps: Address of a time stamp authority for PDF certificates; None where none is configured.
        stamp_roots: File with the roots (PEM) that its stamps lead to.
    """

    folder: Path
    base: str
    origin: str
    stamps: str | None = None
    stamp_roots: Path | None = None

    @property
    def public(self) -> Path:
        """Return the folder of the static tree."""
        return self.folder / "public"

    @property
    def log_folder(self) -> Path:
        """Return the folder of the log."""
        return self.folder / "log"

    def body_key(self) -> EllipticCurvePrivateKey:
        """Return the signing key of the certification body.

        Raises:
            FootproofError: E-KEY-FILE where it is missing or of another kind.
        """
        return read_p256_key(self.folder / "keys" / "body.pem")

    def log_key(self) -> Ed25519PrivateKey:
        """Return the signing key of the log.

        Raises:
            FootproofError: E-KEY-FILE where it is missing or of another kind.
        """
        return read_ed25519_key(self.folder / "keys" / "log.pem")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other processes from deciding or publishing meanwhile: what was read stays true until it is written.

        What the store committed and a crash kept out of the log is brought into it first.

        Raises:
            FootproofError: E-WORKSPACE-BUSY where another process holds it for longer than 10 s; E-STORE-LOG.
        """
        with held(self.folder):
            if (self.folder / STORE).exists():
                from footproof.server.platform.pending import append_pending  # needs Django, which most commands do not

                append_pending(self)
            yield

    def open_log(self) -> Log:
        """Return the log, opened for appending by this process alone."""
        return Log.open(self.log_folder, self.origin, self.log_key())

    def put(self, data: bytes) -> str:
        """Store an object and return its digest; what is stored already stays as it is."""
        name = digest(data)
        path = self._object(name)
        if not path.exists():
            write_durably(path, data)
        return name

    def put_many(self, items: Iterable[bytes]) -> list[str]:
        """Store many objects with one wait for the disk and return their digests, in order."""
        return self.settle([self.stage(data) for data in items])

    def stage(self, data: bytes) -> tuple[str, Path | None]:
        """Write an object as a draft that is not yet durable; other processes may do so as well.

        Returns:
            Its digest, and its draft; None where the object is there already.
        """
        name = digest(data)
        path = self._object(name)
        return name, None if path.exists() else _draft(path, data)

    def settle(self, staged: Iterable[tuple[str, Path | None]]) -> list[str]:
        """Make drafts durable together, then give each its name: an object that has its name is whole.

        Args:
            staged: What `stage` returned.

        Returns:
            The digests, in order.
        """
        pairs = list(staged)
        drafts = {name: draft for name, draft in pairs if draft is not None}
        try:
            _wait_for(drafts.values())
            for name, draft in drafts.items():
                draft.replace(self._object(name))
        except OSError:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)
            raise
        _wait_for({draft.parent for draft in drafts.values()})
        return [name for name, _ in pairs]

    def adopt(self, draft: Path, name: str) -> None:
        """Give a durable draft on the same disk its name among the objects; what is stored already stays as it is.

        Args:
            draft: A file with the bytes.
            name: Their digest, as whoever wrote the draft computed it.
        """
        path = self.object_file(name)
        if not path.exists():
            make_folder(path.parent)
            draft.replace(path)
            sync_directory(path.parent)

    def object_file(self, name: str) -> Path:
        """Return where an object lies, for bytes too many to hold at once.

        Raises:
            FootproofError: E-OBJECT where the name is no digest.
        """
        if not _DIGEST.fullmatch(name):  # else it might name a file elsewhere
            raise FootproofError("E-OBJECT", Where("objects"), digest=name[:80], reason="no digest")
        return self._object(name)

    def has(self, name: str) -> bool:
        """Tell whether an object is here, as a file of its own or in a pack.

        Raises:
            FootproofError: E-OBJECT where the name is no digest.
        """
        return self.object_file(name).is_file() or packed(self.folder / "objects", name) is not None

    def get(self, name: str) -> bytes:
        """Return an object and check that it is what its name says.

        Raises:
            FootproofError: E-OBJECT where it is missing or was changed.
        """
        if not _DIGEST.fullmatch(name):  # else it might name a file elsewhere
            raise FootproofError("E-OBJECT", Where("objects"), digest=name[:80], reason="no digest")
        try:
            data = self._read(name)
        except OSError as problem:
            raise FootproofError("E-OBJECT", Where("objects"), digest=name, reason=problem.strerror) from problem
        if digest(data) != name:
            raise FootproofError("E-OBJECT", Where("objects"), digest=name, reason="changed")
        return data

    def _read(self, name: str) -> bytes:
        """Return the bytes of an object, which is a file of its own or stands in a pack."""
        try:
            return self._object(name).read_bytes()
        except FileNotFoundError:
            found = packed(self.folder / "objects", name)
            if found is None:
                raise
            return found

    def _object(self, name: str) -> Path:
        plain = name.removeprefix("sha256:")
        return self.folder / f"objects/{plain[:2]}/{plain}"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, waiting for whoever has it; who came first is next.

    Raises:
        FootproofError: E-WORKSPACE-BUSY where another process holds it for longer than 10 s.
    """
    end = time.monotonic() + PATIENCE
    # Whoever is next has this one: else who gives the lock back and wants it again would always be quicker.
    turn = _waited(folder, "next", end)
    try:
        handle = _waited(folder, "lock", end)
    finally:
        os.close(turn)
    try:
        yield
    finally:
        os.close(handle)


def _waited(folder: Path, name: str, end: float) -> int:
    """Return the handle of a lock; it is asked for again and again, since no system waits for one only so long.

    Args:
        folder: Whose lock.
        name: Of the lock.
        end: Until when. [s of the monotonic clock]
    """
    while True:
        try:
            return hold_lock(folder, name)
        except FootproofError as problem:
            if problem.code != "E-LOG-LOCKED":
                raise
            if time.monotonic() > end:
                raise FootproofError("E-WORKSPACE-BUSY", Where(str(folder)), path=folder) from problem
            time.sleep(PAUSE)


def open_workspace(folder: Path) -> Workspace:
    """Return the workspace of a folder.

    Raises:
        FootproofError: E-WORKSPACE where there is none, or one of another format.
    """
    try:
        settings = tomllib.loads((folder / CONFIGURATION).read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise FootproofError("E-WORKSPACE", Where(str(folder)), path=folder, reason=str(problem)) from problem
    named = {key: settings.get(key) for key in ("format", "base", "origin")}
    if named["format"] != FORMAT or not all(isinstance(value, str) and value for value in named.values()):
        reason = f"format, base, origin: {named}"
        raise FootproofError("E-WORKSPACE", Where(CONFIGURATION), path=folder, reason=reason)
    stamps, roots = (settings.get("timestamps", {}).get(key) for key in ("address", "roots"))
    if not all(value is None or isinstance(value, str) for value in (stamps, roots)) or (stamps is None) != (
        roots is None
    ):
        raise FootproofError("E-WORKSPACE", Where(CONFIGURATION), path=folder, reason="timestamps: address, roots")
    return Workspace(folder, str(named["base"]), str(named["origin"]), stamps, folder / roots if roots else None)


def create_workspace(folder: Path, base: str, origin: str) -> Workspace:
    """Make a workspace with new keys and an empty log.

    Args:
        folder: Missing, or with nothing in it but databases.
        base: Address under which the public tree will be served.
        origin: Name of the log, such as "footproof.example/log".

    Raises:
        FootproofError: E-WORKSPACE-EXISTS for a folder with something else in it, E-FILE-WRITE where the disk refuses.
    """
    try:
        there = {path.name for path in folder.iterdir()} if folder.exists() else set()
        if there - {DATABASES}:
            raise FootproofError("E-WORKSPACE-EXISTS", Where(str(folder)), path=folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Built beside and moved into place: a folder that was killed half-way never stands in the way of the next try.
        with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as draft:
            _fill(Path(draft) / "workspace", base, origin)
            _move(Path(draft) / "workspace", folder, whole=not there)
        sync_directory(folder.parent)
    except OSError as problem:
        raise FootproofError("E-FILE-WRITE", Where(str(folder)), path=folder, reason=problem.strerror) from problem
    return open_workspace(folder)


def _move(draft: Path, folder: Path, *, whole: bool) -> None:
    """Move a new workspace into place, beside databases that were there before it; what makes it one comes last."""
    if whole:
        draft.replace(folder)
        return
    for part in sorted(draft.iterdir(), key=lambda path: path.name == CONFIGURATION):
        part.replace(folder / part.name)
    sync_directory(folder)


def _fill(folder: Path, base: str, origin: str) -> None:
    for name in ("keys", "objects", "public"):
        (folder / name).mkdir(parents=True)
    for name in ("keys", "objects"):  # objects hold confidential packages in full, with their salts
        (folder / name).chmod(0o700)
    write_key(folder / "keys" / "body.pem", generate_private_key(SECP256R1()))
    log_key = Ed25519PrivateKey.generate()
    write_key(folder / "keys" / "log.pem", log_key)
    Log.create(folder / "log", origin, log_key).close()
    text = f'format = "{FORMAT}"\nbase   = "{base.rstrip("/")}"\norigin = "{origin}"\n'
    write_durably(folder / CONFIGURATION, text.encode("utf-8"))
    (folder / CONFIGURATION).chmod(0o600)  # it may come to hold the password of a database


def make_folder(folder: Path) -> None:
    """Make a folder and those above it so that a crash does not lose them.

    Raises:
        OSError: The disk refuses.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_directory(folder.parent)


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return a published file as it stands, and make it only where there is none: a signature differs each time.

    Args:
        path: Where it is published.
        make: Makes its bytes.
    """
    return path.read_bytes() if path.is_file() else make()


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is there whole or not at all.

    Raises:
        OSError: The disk refuses; the file is then not there.
    """
    make_folder(path.parent)
    draft = _draft_name(path)
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def write_many(files: Mapping[Path, bytes]) -> None:
    """Write files so that after a crash each is there whole or not at all; many of them with one wait for the disk.

    Args:
        files: Bytes by path; what says so already is left alone.

    Raises:
        OSError: The disk refuses; some of the files may be there.
    """
    wanted = {path: data for path, data in files.items() if not _says(path, data)}
    folders = {path.parent for path in wanted}
    folders |= {above.parent for folder in folders.copy() for above in _new_folders(folder)}
    drafts = {path: _draft(path, data) for path, data in wanted.items()}
    try:
        _wait_for(drafts.values())
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
        raise
    _wait_for(folders)


def _new_folders(folder: Path) -> list[Path]:
    """Make a folder with those above it, not yet durable, and return the ones that are new."""
    new = [one for one in (folder, *folder.parents) if not one.is_dir()]
    folder.mkdir(parents=True, exist_ok=True)
    return new


def _wait_for(paths: Collection[Path]) -> None:
    """Make files, or the names in folders, durable: a few of them each, at once; many with all that is unwritten."""
    if len(paths) > FEW:
        os.sync()
    else:
        at_once(sync_path, paths)


def _says(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _draft_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _draft(path: Path, data: bytes) -> Path:
    """Write a draft of a file beside it, not yet durable."""
    draft = _draft_name(path)
    try:
        draft.write_bytes(data)
    except FileNotFoundError:  # once for each folder: looking first would cost every file a question
        make_folder(path.parent)
        draft.write_bytes(data)
    return draft
