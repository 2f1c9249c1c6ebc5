"""Who may certify what, where and when, and who says so: arrangements, accreditations, approvals, filings, keys.

ISO/IEC 17011 (accreditation and its scopes), ISO/IEC 17065 §4.1 and the Chinese approval of certification bodies, the
filing of rules (CNCA announcement 2024 No. 3), the global arrangement of accreditation bodies, and the delegation of
signing keys. Everything is a statement by somebody (`stated_by`) that became public on a day (`known`).

*The rule of days, stated once.* A day is a whole day, and both ends count: `first` and `last` are the first and the
last day on which a thing holds; a change holds from its day `on`, that day included. "As known on day K" means: only
what was public on K or before. One day has one state: what was published last about that day (so an appeal can annul
a suspension by restoring from the same day); of two things published together, the harder one. What is withdrawn,
reduced, revoked or deregistered stays so; a new scope or record is needed to come back.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, TypeAlias

from footproof.errors import FootproofError, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Party

ANY = "*"
LONGEST = 500
MOST_ITEMS = 2000

RESTORING = frozenset({"restored", "filed"})
FINAL = frozenset({"withdrawn", "reduced", "revoked", "deregistered"})

_TOKEN = r"[a-z][a-z0-9-]*"  # noqa: S105  # a pattern
_NAME = r"[A-Za-z0-9][A-Za-z0-9._/-]*"
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+"
_PLACE = r"[A-Z]{2}(-[A-Z0-9]{1,3})?"
_ACTIVITY = re.compile(rf"\*|{_TOKEN}", re.ASCII)
_SCHEME = re.compile(rf"\*|{_NAME}@(\*|{_NAME})", re.ASCII)
_CATEGORY = re.compile(rf"\*|{_NAME}:(\*|{_NAME})", re.ASCII)
_WHERE = re.compile(rf"\*|place:{_PLACE}|site:{_URI}", re.ASCII)
_IDENTITY = re.compile(_URI, re.ASCII)
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a grant covers: any of its activities × schemes × categories × places, from a first to a last day.

    Args:
        id: Name inside its record, such as "1"; changes name scopes by it.
        activities: Such as "product-certification", "verification", "validation"; "*" for all.
        schemes: `scheme@edition`, `scheme@*` for all editions, "*" for all schemes.
        categories: `list:code` with all that lies below it in that code list, `list:*`, "*".
        places: `site:<URI>` of one site, `place:CN` or `place:CN-FJ` (ISO 3166) with all inside, "*".
        first: First day it covers.
        last: Last day it covers; None while no end is set.
        known: Day on which this scope was published.

    Raises:
        FootproofError: E-RECOG-FIELD where a list is empty or an item has another form.
    """

    id: str
    activities: tuple[str, ...]
    schemes: tuple[str, ...]
    categories: tuple[str, ...]
    places: tuple[str, ...]
    first: date
    last: date | None
    known: date

    def __post_init__(self) -> None:
        _need_text("scope.id", self.id)
        _need_items("activities", self.activities, _ACTIVITY, "*, product-certification, …")
        _need_items("schemes", self.schemes, _SCHEME, "*, scheme@*, scheme@edition")
        _need_items("categories", self.categories, _CATEGORY, "*, list:*, list:code")
        _need_items("places", self.places, _WHERE, "*, place:CN, place:CN-FJ, site:URI")
        _need_order(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of state of a record, or of some of its scopes.

    Args:
        kind: Such as "suspended"; each record says which kinds it knows.
        on: First day of the new state.
        known: Day on which the change was published; may lie after `on`.
        scopes: Names of the scopes it is about; empty for all.
        reason: Why, in both languages, where published.

    Raises:
        FootproofError: E-RECOG-FIELD where the reason does not fit on a line.
    """

    kind: str
    on: date
    known: date
    scopes: tuple[str, ...] = ()
    reason: Bilingual | None = None

    def __post_init__(self) -> None:
        if self.reason is not None:
            _need_name("changes.reason", self.reason)


@dataclass(frozen=True, slots=True)
class Accreditation:
    """An accreditation body attests that a body is competent for the scopes (ISO/IEC 17011).

    Args:
        id: Name of the record, unique for who states it.
        giver: Accreditation body.
        holder: Body.
        number: Number in the giver's register.
        known: Day on which the record was published.
        scopes: What it covers.
        changes: Suspensions, restorations, withdrawals, reductions.
        stated_by: DID whose signature or log entry the record rests on.

    Raises:
        FootproofError: E-RECOG-FIELD where a member has another form.
    """

    KIND: ClassVar[str] = "accreditation"
    CHANGES: ClassVar[frozenset[str]] = frozenset({"suspended", "restored", "withdrawn", "reduced"})

    id: str
    giver: Party
    holder: Party
    number: str
    known: date
    scopes: tuple[Scope, ...]
    changes: tuple[Change, ...]
    stated_by: str

    def __post_init__(self) -> None:
        _check_record(self.id, self.stated_by, self.giver, self.holder)
        _need_text("number", self.number)
        _check_scopes(self.scopes, self.changes, self.CHANGES)

    @property
    def entitled(self) -> str:
        """Return who alone may state this record."""
        return self.giver.id


@dataclass(frozen=True, slots=True)
class Approval(Accreditation):
    """An authority lets a body practise within the scopes; the same members as an accreditation, another giver."""

    KIND: ClassVar[str] = "approval"


@dataclass(frozen=True, slots=True)
class Signatory:
    """One accreditation body inside an arrangement, for the scopes it signed.

    Args:
        party: Accreditation body, or the owner of a smaller arrangement.
        scopes: What it is recognised for.
        changes: Suspensions, restorations, withdrawals, reductions of this membership.
    """

    party: Party
    scopes: tuple[Scope, ...]
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        _check_party(self.party)
        _check_scopes(self.scopes, self.changes, Arrangement.CHANGES)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Accreditation bodies that recognise each other's accreditations within the scopes.

    Args:
        id: Name of the record.
        name: What people call the arrangement.
        owner: Who keeps the list of signatories.
        known: Day on which the record was published.
        scopes: What the arrangement covers at all.
        conditions: What it asks for in words; shown, not evaluated.
        parties: Its signatories.
        changes: Of the arrangement as a whole.
        stated_by: As for an accreditation.

    Raises:
        FootproofError: E-RECOG-FIELD where a member has another form.
    """

    KIND: ClassVar[str] = "arrangement"
    CHANGES: ClassVar[frozenset[str]] = frozenset({"suspended", "restored", "withdrawn", "reduced"})

    id: str
    name: Bilingual
    owner: Party
    known: date
    scopes: tuple[Scope, ...]
    conditions: tuple[Bilingual, ...]
    parties: tuple[Signatory, ...]
    changes: tuple[Change, ...]
    stated_by: str

    def __post_init__(self) -> None:
        _check_record(self.id, self.stated_by, self.owner)
        _need_name("name", self.name)
        for condition in self.conditions:
            _need_name("conditions", condition)
        _check_scopes(self.scopes, self.changes, self.CHANGES)
        _need_once("parties", [one.party.id for one in self.parties])

    @property
    def entitled(self) -> str:
        """Return who alone may state this record."""
        return self.owner.id


@dataclass(frozen=True, slots=True)
class FiledRule:
    """A body files the edition of a rule that is not national, and the authority files, returns or deregisters it.

    Args:
        id: Name of the record.
        body: Who filed it.
        authority: Whose register it is.
        scheme: Scheme in which the body uses the rule.
        rule: Rule.
        edition: Digest of the edition of the rule.
        number: Number in the register.
        known: Day on which the submission was published.
        changes: "filed", "returned", "deregistered"; before the first, the rule is only submitted.
        stated_by: As for an accreditation.

    Raises:
        FootproofError: E-RECOG-FIELD where a member has another form.
    """

    KIND: ClassVar[str] = "filing"
    CHANGES: ClassVar[frozenset[str]] = frozenset({"filed", "returned", "deregistered"})

    id: str
    body: Party
    authority: Party
    scheme: str
    rule: str
    edition: str
    number: str
    known: date
    changes: tuple[Change, ...]
    stated_by: str

    def __post_init__(self) -> None:
        _check_record(self.id, self.stated_by, self.body, self.authority)
        for field in ("scheme", "rule", "edition", "number"):
            _need_text(field, getattr(self, field))
        _check_changes(self.changes, self.CHANGES, ())

    @property
    def entitled(self) -> str:
        """Return who alone may state this record."""
        return self.authority.id


@dataclass(frozen=True, slots=True)
class KeyDelegation:
    """A body lets a key sign for it.

    Args:
        id: Name of the record.
        body: Whose key it is.
        key: DID URL of the key, as certificates name it.
        thumbprint: RFC 7638 SHA-256 thumbprint of the public key, base64url.
        activities: What it may sign; "*" for all.
        first: First day it may sign.
        last: Last day it may sign; None while no end is set.
        known: Day on which the delegation was published.
        changes: "revoked".
        stated_by: As for an accreditation.

    Raises:
        FootproofError: E-RECOG-FIELD where a member has another form.
    """

    KIND: ClassVar[str] = "key"
    CHANGES: ClassVar[frozenset[str]] = frozenset({"revoked"})

    id: str
    body: Party
    key: str
    thumbprint: str
    activities: tuple[str, ...]
    first: date
    last: date | None
    known: date
    changes: tuple[Change, ...]
    stated_by: str

    def __post_init__(self) -> None:
        _check_record(self.id, self.stated_by, self.body)
        _need_uri("key", self.key)
        if not _THUMBPRINT.fullmatch(self.thumbprint):
            raise _refused("thumbprint", self.thumbprint, "RFC 7638, SHA-256")
        _need_items("activities", self.activities, _ACTIVITY, "*, product-certification, …")
        _need_order(self.first, self.last)
        _check_changes(self.changes, self.CHANGES, ())

    @property
    def entitled(self) -> str:
        """Return who alone may state this record."""
        return self.body.id


@dataclass(frozen=True, slots=True)
class SchemeEdition:
    """One edition of a certification scheme, with its transition.

    Args:
        id: Name of the record.
        scheme: Scheme.
        edition: Edition, such as "2026".
        name: What people call it.
        owner: Scheme owner.
        rules: Digests of the rule editions that the scheme itself sets (national rules); others must be filed.
        first: First day on which certificates may be issued under it.
        last: Last such day, the transition to a newer edition included; None while no end is set.
        follows: Edition before it, where scopes for that one are carried over.
        carried_until: Last day on which a scope for `follows` counts for this edition as well.
        known: Day on which the edition was published.
        stated_by: As for an accreditation.

    Raises:
        FootproofError: E-RECOG-FIELD where a member has another form.
    """

    KIND: ClassVar[str] = "scheme"
    CHANGES: ClassVar[frozenset[str]] = frozenset()

    id: str
    scheme: str
    edition: str
    name: Bilingual
    owner: Party
    rules: tuple[str, ...]
    first: date
    last: date | None
    follows: str | None
    carried_until: date | None
    known: date
    stated_by: str

    def __post_init__(self) -> None:
        _check_record(self.id, self.stated_by, self.owner)
        if not _SCHEME.fullmatch(f"{self.scheme}@{self.edition}") or ANY in (self.scheme, self.edition):
            raise _refused("scheme", f"{self.scheme}@{self.edition}", "scheme@edition")
        if (self.follows is None) != (self.carried_until is None):
            raise _refused("carried_until", self.carried_until, "follows + carried_until")
        _need_name("name", self.name)
        _need_order(self.first, self.last)

    @property
    def entitled(self) -> str:
        """Return who alone may state this record."""
        return self.owner.id


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a code list with its name."""

    code: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of product categories in which a code lies below each of its prefixes that is itself a code.

    Whoever loads a list trusts it: it is part of the question's language, not a statement about a body.

    Args:
        id: Name of the list, such as "cpc-2.1"; categories are written `list:code`.
        name: What people call it.
        separator: What stands between levels, such as "."; empty where each further character is a level.
        codes: All codes.
    """

    KIND: ClassVar[str] = "code_list"

    id: str
    name: Bilingual
    separator: str
    codes: tuple[Code, ...]

    def __post_init__(self) -> None:
        _need_text("code_list.id", self.id)
        if len(self.separator) > 1:
            raise _refused("separator", self.separator, "'', '.', '-'")
        _need_once("codes", [one.code for one in self.codes])
        for one in self.codes:
            if not _CATEGORY.fullmatch(f"{self.id}:{one.code}"):
                raise _refused("codes", one.code, "list:code")


Statement: TypeAlias = Accreditation | Approval | Arrangement | FiledRule | KeyDelegation | SchemeEdition
Record: TypeAlias = Statement | CodeList
RECORD_TYPES: tuple[type[Record], ...] = (
    Accreditation,
    Approval,
    Arrangement,
    FiledRule,
    KeyDelegation,
    SchemeEdition,
    CodeList,
)


def state_on(changes: Sequence[Change], day: date, known_on: date, scope: str = "") -> Change | None:
    """Return the last change that decides the state on a day, as known on another; None where nothing has changed.

    Args:
        changes: Of one record.
        day: The day asked about.
        known_on: Only what was published by then counts.
        scope: Only changes of all scopes or of this one count.
    """
    told = [
        one for one in changes if one.on <= day and one.known <= known_on and (not one.scopes or scope in one.scopes)
    ]
    if not told:
        return None
    by_day = {one.on: one for one in sorted(told, key=_order)}
    state: Change | None = None
    for one in by_day.values():
        if state is None or state.kind not in FINAL:
            state = one
    return state


def in_force(state: Change | None) -> bool:
    """Tell whether a state leaves the thing in force; no change at all does."""
    return state is None or state.kind in RESTORING


def ended_on(changes: Sequence[Change], state: Change, known_on: date, scope: str = "") -> date | None:
    """Return the last day of a suspension, as known on a day; None where no end is known.

    Args:
        changes: Of the same record.
        state: The suspension, from `state_on`.
        known_on: Only what was published by then counts.
        scope: As in `state_on`.
    """
    later = sorted({one.on for one in changes if one.on > state.on and one.known <= known_on})
    for day in later:
        if in_force(state_on(changes, day, known_on, scope)):
            return day - timedelta(days=1)
    return None


def _order(change: Change) -> tuple[date, date, int]:
    hardness = 0 if change.kind in RESTORING else 2 if change.kind in FINAL else 1
    return change.on, change.known, hardness


def _refused(field: str, found: object, needed: str) -> FootproofError:
    return FootproofError("E-RECOG-FIELD", Where("recognition", field=field), found=str(found)[:200], needed=needed)


def _need_text(field: str, text: str) -> None:
    """Refuse what would not stand on one line of a terminal or page as it is: controls, bidi marks, endless texts."""
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise _refused(field, ascii(text[:60]), f"1–{LONGEST}")


def _need_name(field: str, name: Bilingual) -> None:
    _need_text(f"{field}.zh", name.zh)
    _need_text(f"{field}.en", name.en)


def _need_uri(field: str, text: str) -> None:
    if len(text) > LONGEST or not _IDENTITY.fullmatch(text):
        raise _refused(field, text, "URI")


def _need_items(field: str, items: Sequence[str], form: re.Pattern[str], needed: str) -> None:
    if not 0 < len(items) <= MOST_ITEMS:
        raise _refused(field, len(items), f"1–{MOST_ITEMS}")
    for item in items:
        if len(item) > LONGEST or not form.fullmatch(item):
            raise _refused(field, item, needed)


def _need_order(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise _refused("last", last, f">= {first}")


def _need_once(field: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _refused(field, name, "1 ×")
        seen.add(name)


def _check_record(name: str, stated_by: str, *parties: Party) -> None:
    _need_text("id", name)
    _need_uri("stated_by", stated_by)
    for party in parties:
        _check_party(party)


def _check_party(party: Party) -> None:
    _need_uri("party.id", party.id)
    _need_name("party.name", party.name)
    if party.address is not None:
        _need_name("party.address", party.address)


def _check_scopes(scopes: Sequence[Scope], changes: Sequence[Change], kinds: frozenset[str]) -> None:
    if not 0 < len(scopes) <= MOST_ITEMS:
        raise _refused("scopes", len(scopes), f"1–{MOST_ITEMS}")
    names = [scope.id for scope in scopes]
    _need_once("scopes", names)
    _check_changes(changes, kinds, names)


def _check_changes(changes: Sequence[Change], kinds: frozenset[str], scopes: Sequence[str]) -> None:
    if len(changes) > MOST_ITEMS:
        raise _refused("changes", len(changes), f"<= {MOST_ITEMS}")
    for one in changes:
        if one.kind not in kinds:
            raise _refused("changes.kind", one.kind, " | ".join(sorted(kinds)))
        if one.kind == "reduced" and not one.scopes:
            raise _refused("changes.scopes", "[]", "scope.id, …")
        unknown = [name for name in one.scopes if name not in scopes]
        if unknown:
            raise _refused("changes.scopes", unknown[0], " | ".join(scopes) or "[]")
