"""Records as the tables have them, read once each, and those that changed, written all together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from footproof.certify.case import Case
from footproof.certify.certificate import Certified
from footproof.certify.codec import from_json, to_json
from footproof.certify.operations import RECORDS
from footproof.certify.record import R
from footproof.server.store.insert import Rows
from footproof.server.store.models import CaseRow, CertificateRow, LaboratoryRow, RecordRow, StandingRow
from footproof.server.store.rows import (
    ATTESTED,
    FindScheme,
    case_row,
    certificate_row,
    columns,
    laboratory_rows,
    standing_rows,
)

LONGEST_NAME = 600
_CHUNK = 500

Key = tuple[str, str]
Attested = Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, and how many events made it; without a record there is nothing of that name."""

    version: int = 0
    record: Any = None


class Records:
    """The records of one unit of work."""

    def __init__(self) -> None:
        self._kept: dict[Key, Kept] = {}
        self._rows: dict[Key, RecordRow] = {}
        self._fetched: set[str] = set()
        self._changed: dict[Key, None] = {}

    def fetch(self, names: Iterable[str]) -> None:
        """Read all records of some names at once; each is then there without a question of its own.

        Args:
            names: Ids, of whatever kind of record.
        """
        wanted = [one for one in dict.fromkeys(names) if one not in self._fetched and len(one) <= LONGEST_NAME]
        for first in range(0, len(wanted), _CHUNK):
            some = wanted[first : first + _CHUNK]
            asked = f'SELECT * FROM "records" WHERE "record" IN ({", ".join(["%s"] * len(some))})'  # noqa: S608
            rows = RecordRow.objects.raw(asked, some)  # as it is: putting it together took most of the time
            self._rows.update({(row.stream, row.record): row for row in rows})
        self._fetched.update(wanted)

    def get(self, key: Key) -> Kept:
        """Return a record as it is now.

        Args:
            key: Stream and id.
        """
        kept = self._kept.get(key)
        if kept is None:
            self.fetch([key[1]])
            row = self._rows.pop(key, None)
            kept = Kept() if row is None else Kept(row.version, from_json(RECORDS[row.stream], row.state))
            self._kept[key] = kept
        return kept

    def put(self, changed: Mapping[Key, Kept]) -> None:
        """Take changed records in.

        Args:
            changed: By stream and id.
        """
        self._kept.update(changed)
        self._changed.update(dict.fromkeys(changed))

    def changed(self, record: type[R]) -> list[R]:
        """Return the records of a kind that were changed and are not yet written."""
        return [self._kept[key].record for key in self._changed if key[0] == record.stream]

    def rows(self, attested: Attested, schemes: FindScheme) -> tuple[Rows, ...]:
        """Return the rows of what changed, and those of lists that follow from it.

        Args:
            attested: Token and leaf of each certificate that was signed anew, by number.
            schemes: Finds a scheme edition.
        """
        return rows_of({key: self._kept[key] for key in self._changed}, attested, schemes)


def rows_of(changed: Mapping[Key, Kept], attested: Attested, schemes: FindScheme) -> tuple[Rows, ...]:
    """Return the rows of records and those of lists that follow from them, all written over what there was.

    Args:
        changed: By stream and id.
        attested: As for `Records.rows`; for certificates that are not in it, what stands there of that stays.
        schemes: Finds a scheme edition.
    """
    rows = [
        RecordRow(stream=stream, record=name, version=kept.version, state=to_json(kept.record))
        for (stream, name), kept in changed.items()
    ]
    records = [kept.record for kept in changed.values()]
    cases = [one for one in records if isinstance(one, Case)]
    certificates = [one for one in records if isinstance(one, Certified)]
    signed = [certificate_row(one, *attested[one.id]) for one in certificates if one.id in attested]
    others = [certificate_row(one) for one in certificates if one.id not in attested]
    standings = [row for one in certificates for row in standing_rows(one)]
    laboratories = [row for one in cases for row in laboratory_rows(one)]  # an agreement, once made, keeps its own
    return (
        Rows(RecordRow, rows, ("record", "stream"), ("version", "state")),
        Rows(CaseRow, [case_row(one, schemes) for one in cases], ("case",), tuple(columns(CaseRow))),
        Rows(LaboratoryRow, laboratories, ("laboratory", "case")),
        Rows(CertificateRow, signed, ("number",), tuple(columns(CertificateRow))),
        Rows(CertificateRow, others, ("number",), tuple(columns(CertificateRow, ATTESTED))),
        Rows(StandingRow, standings, ("certificate", "since"), ("until", "standing")),
    )
