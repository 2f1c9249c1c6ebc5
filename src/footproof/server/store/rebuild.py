"""Everything that follows from events, made again from them, or compared with what is stored."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice, zip_longest
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
from footproof.server.editions import editions
from footproof.server.events import logged
from footproof.server.store.insert import insert
from footproof.server.store.journal import recorded_of
from footproof.server.store.models import (
    CaseRow,
    CertificateRow,
    EventRow,
    LaboratoryRow,
    LeafRow,
    RecordRow,
    StandingRow,
)
from footproof.server.store.records import Kept, Key, rows_of
from footproof.server.store.rows import FindScheme, case_row, certificate_row, laboratory_rows, plain, standing_rows
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
    count, schemes = 0, editions(workspace.folder).scheme
    with alone(workspace), writing():
        for table in (RecordRow, CaseRow, LaboratoryRow, CertificateRow, StandingRow):
            table.objects.all().delete()
        folded = _fold()
        while chunk := list(islice(folded, _CHUNK)):
            for problem in chain.from_iterable(one.problems for one in chunk):
                raise problem
            _write(chunk, schemes)
            count += len(chunk)
    return count


def verify_store(workspace: Workspace) -> list[FootproofError]:
    """Return what is stored otherwise than the events say; nothing where all is well.

    Args:
        workspace: Of the store, in which nobody writes meanwhile.
    """
    problems = [*_gaps(EventRow, "sequence", 1), *_gaps(LeafRow, "index", 0)]
    seen: set[Key] = set()
    schemes = editions(workspace.folder).scheme
    folded = _fold()
    while chunk := list(islice(folded, _CHUNK)):
        seen.update(one.key for one in chunk)
        problems += chain.from_iterable(one.problems for one in chunk)
        problems += _differences(chunk, schemes)
    stored = RecordRow.objects.values_list("stream", "record")
    problems += [_differs("records", *key) for key in stored if key not in seen]
    for name, table, column, record in (
        ("cases", CaseRow, "case", Case),
        ("certificates", CertificateRow, "number", Certified),
        ("certificate_standings", StandingRow, "certificate", Certified),
    ):
        names = table.objects.values_list(column, flat=True)
        problems += [_differs(name, record.stream, one) for one in names if (record.stream, one) not in seen]
    problems += _unsealed(workspace)
    problems += _logged_otherwise(workspace)
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


def _logged_otherwise(workspace: Workspace) -> Iterator[FootproofError]:
    """Report the first leaf that the log does not have, or has otherwise.

    The log may be ahead: what publishing or the command line entered is taken into the store by its next writer.
    """
    leaves = LeafRow.objects.order_by("index").values_list("index", "entry").iterator(chunk_size=2000)
    for (index, entry), found in zip_longest(leaves, logged(workspace), fillvalue=(-1, b"")):
        if index >= 0 and found != (index, bytes(entry)):
            yield FootproofError("E-STORE-LOG", Where("leaves"), index=index)
            return


def _next(kept: Kept, row: EventRow) -> Kept:
    recorded = recorded_of(row)
    if row.version != kept.version + 1 or digest_of(recorded) != row.digest:
        raise _differs("events", row.stream, row.record, row.version)
    return Kept(row.version, after(kept.record, recorded.event, recorded.stamp))


def _write(chunk: list[_Folded], schemes: FindScheme) -> None:
    attested = {one.key[1]: one.attested for one in chunk if one.attested is not None}
    insert(*rows_of({one.key: one.kept for one in chunk}, attested, schemes))


def _differences(chunk: Sequence[_Folded], schemes: FindScheme) -> Iterator[FootproofError]:
    """Report records of a chunk, and rows of lists that follow from them, that are stored otherwise."""
    keys = {one.key: one.kept for one in chunk}
    attested = {one.key[1]: one.attested for one in chunk if one.attested is not None}
    names = [name for _, name in keys]
    rows = {(row.stream, row.record): row for row in RecordRow.objects.filter(record__in=names)}
    cases = CaseRow.objects.in_bulk(names, field_name="case")
    certificates = CertificateRow.objects.in_bulk(names, field_name="number")
    standings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for standing in StandingRow.objects.filter(certificate__in=names).order_by("since"):
        standings[standing.certificate].append(plain(standing, ("id",)))
    named = set(LaboratoryRow.objects.filter(case__in=names).values_list("case", "laboratory"))
    for key, kept in keys.items():
        row, name, record = rows.get(key), key[1], kept.record
        if row is None or (row.version, row.state) != (kept.version, to_json(record)):
            yield _differs("records", *key)
        if isinstance(record, Case):
            if not _same(cases.get(name), case_row(record, schemes)):
                yield _differs("cases", *key)
            if {one for one in named if one[0] == name} != {(name, one.laboratory) for one in laboratory_rows(record)}:
                yield _differs("case_laboratories", *key)
        if isinstance(record, Certified):
            if not _same(certificates.get(name), certificate_row(record, *attested.get(name, ()))):
                yield _differs("certificates", *key)
            if standings[name] != [plain(one, ("id",)) for one in standing_rows(record)]:
                yield _differs("certificate_standings", *key)


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
