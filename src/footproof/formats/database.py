"""Read a background database in any known format: the reader is picked by content, never by a name alone."""

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from footproof.errors import FootproofError, Where
from footproof.formats import brightway, ecospold1, ecospold2, ilcd, jsonld, matrix, simapro, tidas
from footproof.formats.archive import Archive, open_archive
from footproof.formats.repair import Notes
from footproof.model.dataset import DataSource, Finding, Severity


class Reader(Protocol):
    """A module that reads one format."""

    def recognise(self, names: Collection[str], peek: Callable[[str], bytes]) -> bool:
        """Say whether these files are of the format."""

    def read(self, files: Archive) -> DataSource:
        """Return what the files hold."""


# In this order: what is told apart surely comes before what takes any table or workbook.
READERS: tuple[Reader, ...] = (jsonld, ilcd, tidas, ecospold2, ecospold1, simapro, matrix, brightway)


def read_database(path: Path) -> DataSource:
    """Return the processes and flows of a database with all that was repaired, missing or lost.

    Args:
        path: A folder, a ZIP archive or a single file.

    Raises:
        FootproofError: E-DB-UNKNOWN where no reader knows it, E-DB-EMPTY where not one process could be read, and what
            the readers and `open_archive` raise.
    """
    with open_archive(path) as archive, uncollected():
        for reader in READERS:
            if reader.recognise(archive.names, archive.peek):
                source = _not_empty(path, reader.read(archive))
                return replace(source, findings=(*source.findings, *_others(archive, reader)))
        raise FootproofError("E-DB-UNKNOWN", Where(path.name), found=_contents(archive))


@contextmanager
def uncollected() -> Iterator[None]:
    """Spare the collector of cycles the walk through millions of records that all stay: a quarter of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def conversions(source: DataSource) -> Mapping[tuple[str, str], float]:
    """Return how many units of the flow one unit of an exchange is, by flow id and unit, where the two differ.

    Args:
        source: A database as read; its findings F-UNIT-OTHER hold the factors of its own unit groups.

    Returns:
        Factors. [unit of the flow / unit of the exchange]
    """
    return {
        (finding.values["flow"], finding.values["unit"]): float(finding.values["factor"])
        for finding in source.findings
        if finding.code == "F-UNIT-OTHER"
    }


def _not_empty(path: Path, source: DataSource) -> DataSource:
    if source.datasets:
        return source
    lost = [finding for finding in source.findings if finding.severity is Severity.LOST]
    first = f"{lost[0].code} {lost[0].file}" if lost else "-"
    raise FootproofError("E-DB-EMPTY", Where(path.name), format=source.format, lost=len(lost), first=first)


def _others(archive: Archive, taken: Reader) -> tuple[Finding, ...]:
    """Say which further formats the same archive holds, since one of them only is read."""
    others = [reader for reader in READERS if reader is not taken and reader.recognise(archive.names, archive.peek)]
    notes = Notes()
    for reader in others:
        notes.lost("F-FORMAT-OTHER", "", format=getattr(reader, "__name__", "?").rpartition(".")[2])
    return tuple(notes.findings)


def _contents(archive: Archive) -> str:
    """Say what an archive holds, for somebody who wonders why it is not known."""
    kinds = Counter(name.rpartition(".")[2] if "." in name else "?" for name in archive.names)
    shown = ", ".join(f"{count} .{kind}" for kind, count in kinds.most_common(4)) or "0"
    start = archive.peek(archive.names[0])[:60].decode("utf-8", "replace") if archive.names else ""
    return f"{shown}: {archive.names[0] if archive.names else ''} {start!r}"
