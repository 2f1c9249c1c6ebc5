"""What the recognition credentials of UNTP and of W3C share: the lines that carry a record whole.

Neither vocabulary has members for a second language, for suspensions, for the day of publication or for
activity × scheme × category × site. A record therefore stands as one canonical JSON line in `description`, a text
that VCDM 2.0 itself defines, below a sentence for people; all other members follow from it. A reader takes the line,
writes the credential again and compares, so the two cannot say different things.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from footproof.canonical import canonical_bytes, read_canonical
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Party
from footproof.model.days import DAY_ENDS, DAY_STARTS
from footproof.model.recognition import (
    Accreditation,
    Arrangement,
    Change,
    CodeList,
    FiledRule,
    KeyDelegation,
    SchemeEdition,
    Scope,
    Statement,
    in_force,
    state_on,
)
from footproof.model.recognition_records import record_from_json, record_json

V2 = "https://www.w3.org/ns/credentials/v2"
LINE = "footproof-recognition-record/1="
# No part of the content: a status entry may be given to a credential, and a proof may be embedded in it.
_BESIDE = ("credentialStatus", "proof")

Json = dict[str, Any]


def both(text: Bilingual) -> str:
    """Return a name where the vocabulary has one text only: Chinese first.

    Args:
        text: In both languages.
    """
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def description(record: Statement) -> str:
    """Return the sentence for people and the line that carries the record.

    Args:
        record: To be published.

    Raises:
        FootproofError: E-CANONICAL where a text is not in NFC.
    """
    return f"{sentence(record)}\n{LINE}{canonical_bytes(record_json(record)).decode('utf-8')}"


def sentence(record: Statement) -> str:
    """Return what kind of record it is, by whom and about whom, in both languages.

    Args:
        record: Any statement.
    """
    zh, en = _KINDS[record.KIND]
    return f"{zh} {record.id} / {en} {record.id}: {both(stater(record).name)}"


_KINDS = {
    "accreditation": ("认可", "Accreditation"),
    "approval": ("批准", "Approval"),
    "arrangement": ("互认安排", "Arrangement"),
    "filing": ("规则备案", "Rule filing"),
    "key": ("密钥授权", "Key delegation"),
    "scheme": ("认证制度", "Scheme"),
}


def stater(record: Statement) -> Party:
    """Return the party that signs the credential: the one entitled, or a mere identifier where another states it.

    Args:
        record: Any statement.
    """
    if record.stated_by != record.entitled:
        return Party(record.stated_by, Bilingual(record.stated_by, record.stated_by))
    if isinstance(record, Accreditation):
        return record.giver
    if isinstance(record, FiledRule):
        return record.authority
    return record.body if isinstance(record, KeyDelegation) else record.owner


def published(record: Statement) -> date:
    """Return the last day on which a part of a record was published: from then on the credential says all of it.

    Args:
        record: Any statement.
    """
    days = [record.known]
    if isinstance(record, Accreditation | Arrangement):
        days += [one.known for one in record.scopes]
    if not isinstance(record, SchemeEdition):
        days += [one.known for one in record.changes]
    if isinstance(record, Arrangement):
        days += [scope.known for seat in record.parties for scope in seat.scopes]
        days += [change.known for seat in record.parties for change in seat.changes]
    return max(days)


def open_scopes(scopes: tuple[Scope, ...], changes: tuple[Change, ...], day: date) -> tuple[Scope, ...]:
    """Return the scopes in force on a day or to come, for readers who see nothing else.

    Args:
        scopes: Of one record.
        changes: Of the same record.
        day: Of publication.
    """
    return tuple(
        one
        for one in scopes
        if (one.last is None or one.last >= day) and in_force(state_on(changes, max(day, one.first), day, one.id))
    )


def last_day(scopes: tuple[Scope, ...]) -> date | None:
    """Return the last day of the longest scope; None where one is open.

    Args:
        scopes: At least one.
    """
    days = [one.last for one in scopes]
    return None if None in days else max(day for day in days if day is not None)


def validity(first: date, last: date | None) -> Json:
    """Return `validFrom` and, where there is an end, `validUntil`.

    Args:
        first: First day.
        last: Last day.
    """
    found = {"validFrom": first.isoformat() + DAY_STARTS}
    return found if last is None else found | {"validUntil": last.isoformat() + DAY_ENDS}


def scope_uri(scope: Scope) -> str:
    """Return a scope as a URN, for `registrationScope`; every pattern and both days are in it.

    Args:
        scope: Of an accreditation or approval.
    """
    parts = {
        "activity": scope.activities,
        "scheme": scope.schemes,
        "category": scope.categories,
        "place": scope.places,
        "first": (scope.first.isoformat(),),
        "last": () if scope.last is None else (scope.last.isoformat(),),
    }
    said = (f"{name}={','.join(quote(item, safe=':@*.-_/') for item in items)}" for name, items in parts.items())
    return "urn:footproof:scope:" + ";".join(said)


def record_in(credential: Mapping[str, Any], rebuild: Callable[[Statement], Json]) -> Statement:
    """Return the record a credential of ours carries, once all its other members follow from it.

    Args:
        credential: Payload of which a signature has held; the caller has compared key and issuer.
        rebuild: Writes the credential of a record.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL where there is no such line, or a member does not follow from it.
    """
    try:
        line = str(credential["description"]).partition("\n")[2]
        if not line.startswith(LINE):
            raise ValueError(f"no line {LINE!r} in the description")
        record = record_from_json(read_canonical(line.removeprefix(LINE).encode("utf-8")))
        if isinstance(record, CodeList):
            raise ValueError(f"a {record.KIND} states nothing about anybody")
        bare = {key: value for key, value in credential.items() if key not in _BESIDE}
        needed = rebuild(record)
        same = canonical_bytes(needed) == canonical_bytes(bare)
    except FootproofError as problem:
        raise _refused(str(problem)) from problem
    except (LookupError, ValueError, TypeError, AttributeError) as problem:
        raise _refused(f"{type(problem).__name__}: {problem}") from problem
    if not same:
        differing = sorted(key for key in needed.keys() | bare.keys() if needed.get(key) != bare.get(key))
        raise _refused(f"{differing[0] if differing else '$'} does not follow from its line")
    return record


def text_of(found: object, name: str, *, needed: bool = True) -> str | None:
    """Return a text member of a foreign credential.

    Args:
        found: Object of a credential.
        name: Member.
        needed: Whether it must be there.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL where it is missing, no text, or longer than 2,000 characters.
    """
    value = found.get(name) if isinstance(found, Mapping) else None
    if value is None and not needed and isinstance(found, Mapping):
        return None
    if not isinstance(value, str) or not 0 < len(value) <= MOST_TEXT:
        raise _refused(f"{name} is no text of 1–{MOST_TEXT} characters")
    return value


MOST_TEXT = 2000


def listed(value: object, most: int, name: str) -> list[Any]:
    """Return a member that may be one value or a list of values, as a list.

    Args:
        value: Of a foreign credential.
        most: Longest list.
        name: Member, for the message.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL where it is longer.
    """
    found = value if isinstance(value, list) else [] if value is None else [value]
    if len(found) > most:
        raise _refused(f"{name} has {len(found)} items, at most {most}")
    return found


def need_type(credential: Mapping[str, Any], name: str) -> None:
    """Refuse a credential of another type.

    Args:
        credential: Payload.
        name: Type it must have beside VerifiableCredential.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL.
    """
    types = listed(credential.get("type"), 20, "type")
    if name not in types or "VerifiableCredential" not in types:
        raise _refused(f"type lacks {name} or VerifiableCredential")


def _refused(reason: str) -> ProofRejected:
    return ProofRejected("E-RECOG-CREDENTIAL", Where("credential"), reason=reason[:300])
