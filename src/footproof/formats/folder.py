"""Read the folder of a study from disk, with limits before anything is loaded.

A table stands in `<table>.csv`, in the first sheet of `<table>.xlsx`, or in the sheet `<table>` of `tables.xlsx`.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from footproof.errors import FootproofError, Where
from footproof.formats.study import OPTIONAL, REQUIRED, StudyFiles
from footproof.formats.table import MOST_BYTES
from footproof.formats.workbook_cells import LARGEST_WORKBOOK
from footproof.formats.workbook_tables import ALL_TABLES, all_tables, one_table

MOST_DOCUMENTS = 2000
LARGEST_DOCUMENT = 500_000_000


def read_folder(folder: Path) -> StudyFiles:
    """Return the files of a study.

    Args:
        folder: Holds study.toml and the tables, and evidence/ if there is any.

    Raises:
        FootproofError: E-STUDY-FOLDER where there is no study, E-TABLE-SIZE for a file of more than 10 MB,
            E-FILE-READ where the disk refuses; E-WORKBOOK-TWICE for a table that stands in two files, and what
            `one_table` and `all_tables` refuse.
    """
    try:
        found = (folder / "study.toml").is_file()
    except OSError:  # a path too long for the system, for one
        found = False
    if not found:
        raise FootproofError("E-STUDY-FOLDER", Where(str(folder)[-120:]), path=str(folder)[-120:])
    names = (*REQUIRED, *OPTIONAL)
    stems = [name.removesuffix(".csv") for name in names if name.endswith(".csv")]
    together = folder / ALL_TABLES
    shared = all_tables(_read(together, LARGEST_WORKBOOK), stems) if together.is_file() else {}
    tables = {name: data for name in names if (data := _table(folder, name, shared)) is not None}
    return StudyFiles(tables, read_documents(folder / "evidence"))


def _table(folder: Path, name: str, shared: Mapping[str, bytes]) -> bytes | None:
    """Return a file of the study, in whichever form it stands."""
    stem = name.removesuffix(".csv")
    plain, sheet = folder / name, folder / f"{stem}.xlsx"
    forms = [path.name for path in (plain, sheet) if path.is_file() and (path is plain or stem != name)]
    forms += [ALL_TABLES] if stem in shared else []
    if len(forms) > 1:
        raise FootproofError("E-WORKBOOK-TWICE", Where(forms[1]), table=stem, first=forms[0], second=forms[1])
    if not forms:
        return None
    if forms == [ALL_TABLES]:
        return shared[stem]
    return _read(plain) if forms == [name] else one_table(_read(sheet, LARGEST_WORKBOOK), sheet.name)


def _read(path: Path, most: int = MOST_BYTES) -> bytes:
    try:
        size = path.stat().st_size
        if size > most:
            raise FootproofError("E-TABLE-SIZE", Where(path.name), found=size, most=most)
        return path.read_bytes()
    except OSError as problem:
        raise FootproofError("E-FILE-READ", Where(path.name), path=path.name, reason=problem.strerror) from problem


def read_documents(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a folder by name; of none where there is no folder.

    Raises:
        FootproofError: E-TABLE-SIZE for too many or too large files, E-FILE-READ where the disk refuses.
    """
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
