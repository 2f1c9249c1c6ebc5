"""Everything that follows from events, made again from them, or compared with what is stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import models
from pydantic import ValidationError

from footproof.canonical import read_canonical
from footproof.certify.case import Case
from footproof.certify.certificate import Certified
from footproof.certify.codec import digest_of, to_json
from footproof.certify.record import after
from footproof.errors import FootproofError, Where
from footproof.server.store.journal import recorded_of
from footproof.server.store.log import log_size
from footproof.server.store.models import CaseRow, CertificateRow, EventRow, LeafRow, RecordRow
from footproof.server.store.records import Kept, Key, write_cases, write_certificates, write_records
from footproof.server.store.rows import case_row, certificate_row, plain
from footproof.server.store.writer import alone, writing
from footproof.server.workspace import Workspace

_CHUNK = 500
_SIGNED = ("certificate.issued", "certificate.restated")


@dataclass(frozen=True, slots=True)
class _Folded:
    """A record as its events make it, and what was signed of it last."""

    key: Key
    kept: Kept
    attested: tuple[str, int] | None
    problems: tuple[FootproofError, ...]


def rebuild(workspace: Workspace) -> int:
    """Make every record and row again from the events; the tables of events and leaves are not touched.

    Args:
        workspace: Of the store.

    Returns:
        How many records there are.

    Raises:
        FootproofError: E-STORE-DIFFERS where an event is not what its digest says; nothing is then changed.
    """
    count = 0
    with alone(workspace), writing():
        for table in (RecordRow, CaseRow, CertificateRow):
            table.objects.all().delete()
        chunk: list[_Folded] = []
        for folded in _fold():
            if folded.problems:
                raise folded.problems[0]
            chunk.append(folded)
            count += 1
            if len(chunk) == _CHUNK:
                _write(chunk)
                chunk = []
        _write(chunk)
    return count


def verify_store(workspace: Workspace) -> list[FootproofError]:
    """Return what is stored otherwise than the events say; nothing where all is well.

    Args:
        workspace: Of the store, in which nobody writes meanwhile.
    """
    problems = [*_gaps(EventRow, "sequence", 1), *_gaps(LeafRow, "index", 0)]
    seen: set[Key] = set()
    for folded in _fold():
        seen.add(folded.key)
        problems += [*folded.problems, *_differences(folded)]
    stored = RecordRow.objects.values_list("stream", "record")
    problems += [_differs("records", *key) for key in stored if key not in seen]
    for name, table, column, record in (
        ("cases", CaseRow, "case", Case),
        ("certificates", CertificateRow, "number", Certified),
    ):
        names = table.objects.values_list(column, flat=True)
        problems += [_differs(name, record.stream, one) for one in names if (record.stream, one) not in seen]
    if log_size(workspace) != LeafRow.objects.count():
        problems.append(FootproofError("E-STORE-LOG", Where("leaves"), index=log_size(workspace)))
    return problems


def _fold() -> Iterator[_Folded]:
    """Yield every record as its events make it, one after another."""
    rows = EventRow.objects.select_related("leaf").order_by("stream", "record", "version").iterator(chunk_size=2000)
    for key, of in groupby(rows, key=lambda row: (row.stream, row.record)):
        kept, attested = Kept(), None
        problems: list[FootproofError] = []
        for row in of:
            try:
                kept = _next(kept, row)
            except (FootproofError, ValidationError, KeyError):
                problems.append(_differs("events", key[0], key[1], row.version))
                break
            leaf = getattr(row, "leaf", None)
            if leaf is not None and row.kind in _SIGNED:
                attested = (str(read_canonical(bytes(leaf.entry))["object"]), leaf.index)
            if (leaf is not None) != recorded_of(row).event.public:
                problems.append(_differs("leaves", key[0], key[1], row.version))
        yield _Folded(key, kept, attested, tuple(problems))


def _next(kept: Kept, row: EventRow) -> Kept:
    recorded = recorded_of(row)
    if row.version != kept.version + 1 or digest_of(recorded) != row.digest:
        raise _differs("events", row.stream, row.record, row.version)
    return Kept(row.version, after(kept.record, recorded.event, recorded.stamp))


def _write(chunk: list[_Folded]) -> None:
    records = [one.kept.record for one in chunk]
    attested = {one.key[1]: one.attested for one in chunk if one.attested is not None}
    write_records({one.key: one.kept for one in chunk})
    write_cases([one for one in records if isinstance(one, Case)])
    write_certificates([one for one in records if isinstance(one, Certified)], attested)


def _differences(folded: _Folded) -> Iterator[FootproofError]:
    stream, name = folded.key
    record, kept = folded.kept.record, folded.kept
    row = RecordRow.objects.filter(stream=stream, record=name).first()
    if row is None or (row.version, row.state) != (kept.version, to_json(record)):
        yield _differs("records", stream, name)
    if isinstance(record, Case) and not _same(CaseRow.objects.filter(case=name).first(), case_row(record)):
        yield _differs("cases", stream, name)
    if isinstance(record, Certified):
        needed = certificate_row(record, *(folded.attested or ()))
        if not _same(CertificateRow.objects.filter(number=name).first(), needed):
            yield _differs("certificates", stream, name)


def _same(found: models.Model | None, needed: models.Model) -> bool:
    """Tell whether a stored row says what it should; the figure only sorts, databases may round it."""
    return found is not None and plain(found, ("figure",)) == plain(needed, ("figure",))


def _gaps(table: type[models.Model], column: str, first: int) -> Iterator[FootproofError]:
    """Report that rows are missing in a table whose numbers have no gaps."""
    found: dict[str, Any] = table._default_manager.aggregate(
        least=models.Min(column), most=models.Max(column), count=models.Count("pk")
    )
    if found["count"] and (found["least"], found["most"]) != (first, first + found["count"] - 1):
        yield _differs(table._meta.db_table, column, f"{found['least']}…{found['most']}: {found['count']}")


def _differs(table: str, stream: str, name: str, version: int = 0) -> FootproofError:
    return FootproofError(
        "E-STORE-DIFFERS", Where(table), table=table, record=f"{stream} {name}"[:200], version=version
    )
