"""Read the folder of a study from disk, with limits before anything is loaded."""

import hashlib
from pathlib import Path

from footproof.errors import FootproofError, Where
from footproof.formats.study import OPTIONAL, REQUIRED, StudyFiles
from footproof.formats.table import MOST_BYTES

MOST_DOCUMENTS = 2000
LARGEST_DOCUMENT = 500_000_000


def read_folder(folder: Path) -> StudyFiles:
    """Return the files of a study.

    Args:
        folder: Holds study.toml and the tables, and evidence/ if there is any.

    Raises:
        FootproofError: E-STUDY-FOLDER where there is no study, E-TABLE-SIZE for a file of more than 10 MB,
            E-FILE-READ where the disk refuses.
    """
    try:
        found = (folder / "study.toml").is_file()
    except OSError:  # a path too long for the system, for one
        found = False
    if not found:
        raise FootproofError("E-STUDY-FOLDER", Where(str(folder)[-120:]), path=str(folder)[-120:])
    tables = {name: _read(folder / name) for name in (*REQUIRED, *OPTIONAL) if (folder / name).is_file()}
    return StudyFiles(tables, _documents(folder / "evidence"))


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise FootproofError("E-TABLE-SIZE", Where(path.name), found=size, most=MOST_BYTES)
        return path.read_bytes()
    except OSError as problem:
        raise FootproofError("E-FILE-READ", Where(path.name), path=path.name, reason=problem.strerror) from problem


def _documents(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if len(files) > MOST_DOCUMENTS:
        raise FootproofError("E-TABLE-SIZE", Where("evidence/"), found=len(files), most=MOST_DOCUMENTS)
    return {path.name: _hash(path) for path in files}


def _hash(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_DOCUMENT:
            raise FootproofError(
                "E-TABLE-SIZE", Where(f"evidence/{path.name}"), found=path.stat().st_size, most=LARGEST_DOCUMENT
            )
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise FootproofError("E-FILE-READ", Where(path.name), path=path.name, reason=problem.strerror) from problem
