"""Documents: who has to have sent what an operation names, and who may fetch what a record names.

A digest stands for a document only where somebody concerned sent its bytes: the organisation that names it, or another
one whose matter the record is. Whoever merely knows a digest neither learns whether anybody else sent the bytes nor
gets them. ISO/IEC 17065, 4.5 and 7.12.
"""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Q

from footproof.certify.evaluations import CompleteActivity, Conclude
from footproof.certify.forms import form_of, texts_of
from footproof.certify.operation import Operation
from footproof.certify.reliance import NAMED_APART
from footproof.errors import FootproofError, Where
from footproof.server.api.models import Upload
from footproof.server.api.policy import (
    READABLE,
    Json,
    Reader,
    as_seen,
    body_of,
    may_export,
    may_know_event,
    oversees,
    parties_of,
    place_of,
)
from footproof.server.api.readings import Read, need_read, read, read_many
from footproof.server.store.models import EventRow

BESIDE = ("case", "verification")
"""Kinds of records that are one matter with those that name them: evidence of one is named in the other."""


def called(names: Collection[str]) -> Q:
    """Return what asks for bytes by their own digest or, of packages, by that of what they hold."""
    return Q(digest__in=names) | Q(package__in=names)


def own_upload(reader: Reader, digest: str) -> Upload:
    """Return what the organisation of a reader sent.

    Raises:
        FootproofError: E-API-UNKNOWN.
    """
    row = Upload.objects.filter(called([digest]), organisation=reader.organisation).first()
    if row is None:
        raise _unknown(digest)
    return row


def upload_of(reader: Reader, digest: str, stream: str, name: str) -> Upload:
    """Return what a record names, where the reader sees that it does and its class lets it go there.

    Args:
        reader: Who asks.
        digest: Of the bytes or, of a package, of what it holds.
        stream: Kind of the record.
        name: Its id.

    Raises:
        FootproofError: E-API-UNKNOWN where the record is not the reader's, does not name it as far as the reader sees,
            or where nobody concerned sent it; E-API-EXPORT.
    """
    found = need_read(stream, name)
    seen = as_seen(reader, found.record, found.state)
    events = list(EventRow.objects.filter(stream=stream, record=name).values_list("organisation", "data"))
    if seen is None or digest not in digests_in(seen) | _told(reader, found, events):
        raise _unknown(digest)
    matter = _matter(found)
    senders = _parties(matter).union(organisation for organisation, _ in events)
    rows = list(Upload.objects.filter(called([digest]), organisation__in=senders).order_by("pk"))
    if not rows:
        raise _unknown(digest)
    declared = {export for one in matter for export in _exports(one.state, digest)}
    for row in rows:  # whoever else sent the same bytes, every class that was declared holds
        for export in sorted({row.export, *declared}):
            if not may_export(reader, export, row.organisation, row.place):
                raise FootproofError("E-API-EXPORT", export=export)
    return rows[0]


def need_sent(operation: Operation, organisation: str) -> None:
    """Refuse an operation that names a document which nobody concerned sent.

    Packages and statements are not asked for: an operation says itself which it takes.

    Args:
        operation: What is to be done.
        organisation: Who wants to.

    Raises:
        FootproofError: E-API-DOCUMENT.
    """
    named = documents_in(operation)
    unsent = named.keys() - _sent(named, {organisation})
    if unsent:
        unsent -= _sent(unsent, _concerned(operation, organisation))
    for digest, field in named.items():
        if digest in unsent:
            raise FootproofError("E-API-DOCUMENT", Where("request", field=field), digest=digest)


def documents_in(operation: Operation) -> dict[str, str]:
    """Return the documents that an operation names, each with the field where it first stands."""
    evidence = operation.evidence if isinstance(operation, CompleteActivity | Conclude) else ()
    apart = {one.digest for one in evidence if one.kind in NAMED_APART}
    found: dict[str, str] = {}
    for path, hint, text in texts_of(operation):
        form = form_of(hint)
        if form is not None and form.document and text and text not in apart:
            found.setdefault(text, path)
    return found


def digests_in(state: Any) -> set[str]:
    """Return every text in a record or event that may be a digest."""
    if isinstance(state, dict):
        return set().union(*map(digests_in, state.values())) if state else set()
    if isinstance(state, list):
        return set().union(*map(digests_in, state)) if state else set()
    return {state} if isinstance(state, str) and state.startswith("sha256:") else set()


def _unknown(digest: str) -> FootproofError:
    return FootproofError("E-API-UNKNOWN", record="object", id=digest)


def _sent(names: Collection[str], organisations: Collection[str]) -> set[str]:
    """Return those of some digests that one of some organisations sent."""
    if not names or not organisations:
        return set()
    rows = Upload.objects.filter(called(list(names)), organisation__in=list(organisations))
    return {name for pair in rows.values_list("digest", "package") for name in pair}


def _concerned(operation: Operation, organisation: str) -> set[str]:
    """Return whose matter the records are that an operation is about, as far as they are the organisation's as well."""
    found: set[str] = set()
    for stream in READABLE:
        name = getattr(operation, stream, "")
        one = read(stream, name) if isinstance(name, str) and name else None
        parties = _parties(_matter(one)) if one is not None and organisation in parties_of(one.record) else set()
        found |= parties
    return found


def _matter(found: Read) -> tuple[Read, ...]:
    """Return a record with the cases and verifications that it names."""
    parts = list(_parts(found.state))
    others: list[Read] = []
    for stream in BESIDE:
        names = {name for part in parts if isinstance(name := part.get(stream), str) and name}
        others += read_many(stream, sorted(names)) if names else []
    return found, *others


def _parties(matter: Collection[Read]) -> set[str]:
    return {organisation for one in matter for organisation in parties_of(one.record)}


def _told(reader: Reader, found: Read, events: list[tuple[str, Json]]) -> set[str]:
    """Return the digests in the events of a record that a reader sees; not all of them stay in the record."""
    body, (stream, name) = body_of(found.record), (found.record.stream, str(found.record.id))
    whole = oversees(reader, body, place_of(found.record)) or (bool(body) and body == reader.organisation)
    told = (data for by, data in events if may_know_event(reader, stream, name, by, whole))
    return set().union(*map(digests_in, told))


def _parts(state: Any) -> Iterator[Json]:
    """Yield every object within a record as JSON."""
    if isinstance(state, dict):
        yield state
    for one in state.values() if isinstance(state, dict) else state if isinstance(state, list) else ():
        yield from _parts(one)


def _exports(state: Json, digest: str) -> set[str]:
    """Return the classes that a record itself gives to a document."""
    return {part["export"] for part in _parts(state) if "export" in part and digest in part.values()}
