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
from footproof.certify.operations import EVENTS
from footproof.certify.record import Public, after
from footproof.errors import FootproofError, Where
from footproof.server.store.insert import insert
from footproof.server.store.journal import recorded_of
from footproof.server.store.log import log_size
from footproof.server.store.models import CaseRow, CertificateRow, EventRow, LaboratoryRow, LeafRow, RecordRow
from footproof.server.store.records import Kept, Key, rows_of
from footproof.server.store.rows import case_row, certificate_row, laboratory_rows, plain
from footproof.server.store.seals import SEALED, root_of
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
        for table in (RecordRow, CaseRow, LaboratoryRow, CertificateRow):
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
    problems += _unsealed(workspace)
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
            if (leaf is not None) != (EVENTS[row.kind].public is Public.YES) and row.kind not in SEALED:
                problems.append(_differs("leaves", key[0], key[1], row.version))
        yield _Folded(key, kept, attested, tuple(problems))


def _unsealed(workspace: Workspace) -> Iterator[FootproofError]:
    """Report events of which the log has no seal, or another than theirs."""
    events = EventRow.objects.filter(kind__in=SEALED).order_by("sequence")
    reached = 0
    for leaf in LeafRow.objects.filter(event__kind__in=SEALED):
        last = leaf.event_id or 0
        names = events.filter(sequence__gt=reached, sequence__lte=last).values_list("digest", flat=True)
        if read_canonical(bytes(leaf.entry))["object"] != root_of(workspace, names):
            yield _differs("leaves", "journal", f"{reached + 1}…{last}")
        reached = last
    if events.filter(sequence__gt=reached).exists():
        yield _differs("leaves", "journal", f"{reached + 1}…")


def _next(kept: Kept, row: EventRow) -> Kept:
    recorded = recorded_of(row)
    if row.version != kept.version + 1 or digest_of(recorded) != row.digest:
        raise _differs("events", row.stream, row.record, row.version)
    return Kept(row.version, after(kept.record, recorded.event, recorded.stamp))


def _write(chunk: list[_Folded]) -> None:
    attested = {one.key[1]: one.attested for one in chunk if one.attested is not None}
    insert(*rows_of({one.key: one.kept for one in chunk}, attested))


def _differences(folded: _Folded) -> Iterator[FootproofError]:
    stream, name = folded.key
    record, kept = folded.kept.record, folded.kept
    row = RecordRow.objects.filter(stream=stream, record=name).first()
    if row is None or (row.version, row.state) != (kept.version, to_json(record)):
        yield _differs("records", stream, name)
    if isinstance(record, Case):
        if not _same(CaseRow.objects.filter(case=name).first(), case_row(record)):
            yield _differs("cases", stream, name)
        named = LaboratoryRow.objects.filter(case=name).values_list("laboratory", flat=True)
        if set(named) != {row.laboratory for row in laboratory_rows(record)}:
            yield _differs("case_laboratories", stream, name)
    if isinstance(record, Certified):
        needed = certificate_row(record, *(folded.attested or ()))
        if not _same(CertificateRow.objects.filter(number=name).first(), needed):
            yield _differs("certificates", stream, name)


def _same(found: models.Model | None, needed: models.Model) -> bool:
    """Tell whether a stored row says what it should.

    The figure only sorts, and databases may round it; the day by which a case is due moves when holidays are announced.
    """
    free = ("figure", "due")
    return found is not None and plain(found, free) == plain(needed, free)


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
