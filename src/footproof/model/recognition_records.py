"""A set of recognition records: immutable, indexed for the walk, merged by union, with one canonical JSON form.

Merging never depends on order: two copies of a record must agree in what they both say, and their scopes, changes and
signatories add up. Records of the same name stated by different parties stay two records, so nobody can
overwrite or spoil another's.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from functools import cache, partial
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from footproof.canonical import canonical_bytes, read_canonical
from footproof.errors import FootproofError, Where
from footproof.model.recognition import (
    RECORD_TYPES,
    Accreditation,
    Approval,
    Arrangement,
    Change,
    CodeList,
    FiledRule,
    KeyDelegation,
    Record,
    SchemeEdition,
    Scope,
    Signatory,
)

FORMAT = "footproof-recognition/1"
MOST_BYTES = 64 * 1024 * 1024
MOST_RECORDS = 200_000

Part = TypeVar("Part")
_TYPES = {kind.KIND: kind for kind in RECORD_TYPES}


@dataclass(frozen=True, slots=True)
class RecognitionRecords:
    """Everything known about who recognises whom.

    Args:
        records: In any order; one per name and stater.

    Raises:
        FootproofError: E-RECOG-SIZE above 200,000 records; E-RECOG-CONFLICT where a name stands twice with
            contradicting content.
    """

    records: tuple[Record, ...] = ()
    accreditations: Mapping[str, tuple[Accreditation, ...]] = field(init=False, repr=False, compare=False)
    approvals: Mapping[str, tuple[Approval, ...]] = field(init=False, repr=False, compare=False)
    arrangements: Mapping[str, tuple[tuple[Arrangement, Signatory], ...]] = field(init=False, repr=False, compare=False)
    filings: Mapping[str, tuple[FiledRule, ...]] = field(init=False, repr=False, compare=False)
    keys: Mapping[str, tuple[KeyDelegation, ...]] = field(init=False, repr=False, compare=False)
    delegated: Mapping[str, tuple[KeyDelegation, ...]] = field(init=False, repr=False, compare=False)
    schemes: Mapping[tuple[str, str], tuple[SchemeEdition, ...]] = field(init=False, repr=False, compare=False)
    code_lists: Mapping[str, CodeList] = field(init=False, repr=False, compare=False)
    codes: Mapping[str, Mapping[str, int]] = field(init=False, repr=False, compare=False)
    named: Mapping[str, tuple[Accreditation, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.records) > MOST_RECORDS:
            raise FootproofError("E-RECOG-SIZE", found=len(self.records), limit=MOST_RECORDS)
        ordered = tuple(sorted(_merged(self.records).values(), key=_name))
        grants = _of(ordered, Accreditation)
        own = [one for one in grants if not isinstance(one, Approval)]
        approvals = [one for one in grants if isinstance(one, Approval)]
        seats = [(one, seat) for one in _of(ordered, Arrangement) for seat in one.parties]
        lists = {one.id: one for one in _of(ordered, CodeList)}
        for name, value in {
            "records": ordered,
            "accreditations": _by(own, lambda one: one.holder.id),
            "approvals": _by(approvals, lambda one: one.holder.id),
            "arrangements": _by(seats, lambda one: one[1].party.id),
            "filings": _by(_of(ordered, FiledRule), lambda one: one.rule),
            "keys": _by(_of(ordered, KeyDelegation), lambda one: one.key),
            "delegated": _by(_of(ordered, KeyDelegation), lambda one: one.body.id),
            "schemes": _by(_of(ordered, SchemeEdition), lambda one: (one.scheme, one.edition)),
            "code_lists": lists,
            "codes": {one.id: {code.code: at for at, code in enumerate(one.codes)} for one in lists.values()},
            "named": _by_name(grants),
        }.items():
            object.__setattr__(self, name, value)

    def with_records(self, records: Iterable[Record]) -> "RecognitionRecords":
        """Return the set with more records in it.

        Args:
            records: New ones, or fuller copies of known ones.

        Raises:
            FootproofError: E-RECOG-CONFLICT where a copy contradicts what is known.
        """
        return RecognitionRecords((*self.records, *records))

    def without(self, record: Record) -> "RecognitionRecords":
        """Return the set without one record, for "what if" questions.

        Args:
            record: One of the set.
        """
        return RecognitionRecords(tuple(one for one in self.records if one != record))


def plain_name(name: str) -> str:
    """Return a name as two readers would compare it: no spaces, no case, one width of letters and brackets.

    Args:
        name: In one language.
    """
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def write_records(records: RecognitionRecords) -> bytes:
    """Return the canonical JSON of a set; the same set always gives the same bytes.

    Args:
        records: The set.

    Raises:
        FootproofError: E-CANONICAL where a text is not in NFC.
    """
    return canonical_bytes({"format": FORMAT, "records": [record_json(one) for one in records.records]})


def read_records(data: bytes) -> RecognitionRecords:
    """Read a set from canonical JSON.

    Args:
        data: As written by `write_records`.

    Raises:
        FootproofError: E-RECOG-SIZE above 64 MiB; E-CANONICAL where the bytes are not canonical; E-RECOG-FORM for an
            unknown, missing or wrong member; E-RECOG-FIELD, E-TEXT-MISSING, E-RECOG-CONFLICT from the records.
    """
    if len(data) > MOST_BYTES:
        raise FootproofError("E-RECOG-SIZE", found=len(data), limit=MOST_BYTES)
    found = read_canonical(data)
    if not isinstance(found, dict) or found.keys() != {"format", "records"} or found["format"] != FORMAT:
        raise _form("$", f"format, records; {FORMAT}")
    if not isinstance(found["records"], list):
        raise _form("$.records", "[…]")
    return RecognitionRecords(
        tuple(record_from_json(one, f"$.records[{at}]") for at, one in enumerate(found["records"]))
    )


def record_json(record: Record) -> dict[str, Any]:
    """Return a record as JSON, its kind among the members.

    Args:
        record: Any.
    """
    return {"kind": record.KIND, **part_json(record)}


def record_from_json(found: object, path: str = "$") -> Record:
    """Return the record a JSON object states.

    Args:
        found: Parsed JSON.
        path: Where it stands, for the message.

    Raises:
        FootproofError: E-RECOG-FORM for an unknown, missing or wrong member; E-RECOG-FIELD for a wrong form.
    """
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str) or found["kind"] not in _TYPES:
        raise _form(f"{path}.kind", " | ".join(_TYPES))
    kind = _TYPES[found["kind"]]
    rest = {key: value for key, value in found.items() if key != "kind"}
    return part_from_json(kind, rest, path)


def part_json(value: object) -> Any:  # JSON has no narrower type
    """Return a dataclass, or what one holds, as JSON; members that are None are left out.

    Args:
        value: Dataclass, tuple, date, text or truth value.
    """
    if is_dataclass(value):
        members = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: part_json(item) for name, item in members if item is not None}
    if isinstance(value, tuple):
        return [part_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def part_from_json(kind: type[Part], found: object, path: str) -> Part:
    """Return a dataclass from JSON, strictly: no unknown member, none missing but those that may be None.

    Args:
        kind: The dataclass.
        found: Parsed JSON.
        path: Where it stands, for the message.

    Raises:
        FootproofError: E-RECOG-FORM for an unknown, missing or wrong member; E-RECOG-FIELD for a wrong form.
    """
    if not isinstance(found, dict):
        raise _form(path, "{…}")
    readers = _readers(cast(Any, kind))
    if not found.keys() <= readers.keys():
        raise _form(f"{path}.{min(found.keys() - readers.keys())}", " | ".join(readers))
    return kind(**{name: read(found.get(name), f"{path}.{name}") for name, read in readers.items()})


Reader = Callable[[Any, str], Any]


@cache
def _readers(kind: Any) -> Mapping[str, Reader]:
    hints = get_type_hints(kind)
    return {one.name: _reader(hints[one.name]) for one in fields(kind)}


def _reader(hint: Any) -> Reader:
    """Return what reads a member of a type: an optional, a tuple, a day, a dataclass, a text or a truth value."""
    options = get_args(hint)
    if NoneType in options:
        inner = _reader(next(one for one in options if one is not NoneType))
        return lambda found, path: None if found is None else inner(found, path)
    if get_origin(hint) is tuple:
        return partial(_several, _reader(options[0]))
    if hint is date:
        return _day
    if is_dataclass(hint):
        return partial(part_from_json, cast(type[Any], hint))
    return partial(_plain, hint)


def _several(read: Reader, found: object, path: str) -> tuple[Any, ...]:
    if not isinstance(found, list):
        raise _form(path, "[…]")
    return tuple([read(one, f"{path}[{at}]") for at, one in enumerate(found)])


def _plain(kind: type[Part], found: object, path: str) -> Part:
    if type(found) is not kind:
        raise _form(path, kind.__name__)
    return found


def _day(found: object, path: str) -> date:
    try:
        day = date.fromisoformat(cast(str, found))
    except (TypeError, ValueError) as problem:
        raise _form(path, "YYYY-MM-DD") from problem
    if day.isoformat() != found:
        raise _form(path, "YYYY-MM-DD")
    return day


def _form(path: str, needed: str) -> FootproofError:
    return FootproofError("E-RECOG-FORM", Where("recognition", field=path), needed=needed)


Key = TypeVar("Key")
Item = TypeVar("Item")
Kind = TypeVar("Kind", bound=Record)


def _of(records: Iterable[Record], kind: type[Kind]) -> list[Kind]:
    return [one for one in records if isinstance(one, kind)]


def _by(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, tuple[Item, ...]]:
    found: dict[Key, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return {name: tuple(group) for name, group in found.items()}


def _by_name(grants: Iterable[Accreditation]) -> dict[str, tuple[Accreditation, ...]]:
    found: dict[str, list[Accreditation]] = {}
    for one in grants:
        for name in {plain_name(one.holder.name.zh), plain_name(one.holder.name.en)}:
            found.setdefault(name, []).append(one)
    return {name: tuple(group) for name, group in found.items()}


def _name(record: Record) -> tuple[str, str, str]:
    return record.KIND, "" if isinstance(record, CodeList) else record.stated_by, record.id


def _merged(records: Iterable[Record]) -> dict[tuple[str, str, str], Record]:
    found: dict[tuple[str, str, str], Record] = {}
    for one in records:
        name = _name(one)
        found[name] = _union(found[name], one) if name in found else one
    return found


def _union(left: Record, right: Record) -> Record:
    """Return one record that says what both say."""
    if left == right:
        return left
    bare = [_bare(one) for one in (left, right)]
    if type(left) is not type(right) or isinstance(left, CodeList) or bare[0] != bare[1]:
        raise FootproofError("E-RECOG-CONFLICT", record=left.id, field=_differing(*bare))
    grown: dict[str, Any] = {}
    if hasattr(left, "changes") and hasattr(right, "changes"):
        grown["changes"] = _changes(left.changes, right.changes)
    if hasattr(left, "scopes") and hasattr(right, "scopes"):
        grown["scopes"] = _scopes(left.id, left.scopes, right.scopes)
    if isinstance(left, Arrangement) and isinstance(right, Arrangement):
        grown["parties"] = _parties(left.id, left.parties, right.parties)
    return cast(Record, replace(cast(Any, left), **grown))


def _bare(record: Record) -> dict[str, Any]:
    return {key: value for key, value in record_json(record).items() if key not in ("scopes", "changes", "parties")}


def _differing(left: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    return next((key for key in left if left[key] != right.get(key)), "kind")


def _changes(left: tuple[Change, ...], right: tuple[Change, ...]) -> tuple[Change, ...]:
    return tuple(sorted({*left, *right}, key=lambda one: (one.on, one.known, one.kind, one.scopes)))


def _scopes(record: str, left: tuple[Scope, ...], right: tuple[Scope, ...]) -> tuple[Scope, ...]:
    found = {one.id: one for one in left}
    for one in right:
        if found.setdefault(one.id, one) != one:
            raise FootproofError("E-RECOG-CONFLICT", record=record, field=f"scopes.{one.id}")
    return tuple(found[name] for name in sorted(found))


def _parties(record: str, left: tuple[Signatory, ...], right: tuple[Signatory, ...]) -> tuple[Signatory, ...]:
    found = {one.party.id: one for one in left}
    for one in right:
        known = found.setdefault(one.party.id, one)
        if known.party != one.party:
            raise FootproofError("E-RECOG-CONFLICT", record=record, field=f"parties.{one.party.id}")
        found[one.party.id] = Signatory(
            one.party, _scopes(record, known.scopes, one.scopes), _changes(known.changes, one.changes)
        )
    return tuple(found[name] for name in sorted(found))
