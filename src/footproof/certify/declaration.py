"""Declare a traction battery's footprint: quality plan, activity data, self-calculation, statement, declaration.

MIIT notice 工信厅通装函〔2025〕551号: a trial, then a duty. The two legal states are two editions of data in
`schemes/cn.battery-declaration/`. A declaration is the fold of its events; what was declared is never edited, a
correction stands beside it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from footproof.canonical import record_digest
from footproof.certify.codec import ADDED
from footproof.certify.declaration_rule import PARTS, DeclarationRule
from footproof.certify.forms import Digest, Document, Name, Prose, SchemeKey
from footproof.certify.record import Beginning, Event, Public, Stamp
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.model.days import legal_day

CLAUSE = "MIIT 551/2025"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
QUALITY_PLAN, ACTIVITY_DATA, CALCULATION, STATEMENT = PARTS


class DeclarationState(StrEnum):
    """How far a declaration has come."""

    QUALITY_PLAN = "quality-plan"
    ACTIVITY_DATA = "activity-data"
    SELF_CALCULATED = "self-calculated"
    VERIFIED = "verified"
    DECLARED = "declared"
    CORRECTED = "corrected"


State = DeclarationState


@dataclass(frozen=True, slots=True)
class Pack:
    """A battery pack model.

    Args:
        maker: Id of the organisation that is responsible.
        model: Model.
        chemistry: Word of the maker's list, such as "lfp" or "nmc".
        energy: Rated energy. [kWh]
        market: Where it is sold: ISO 3166-1 code.
    """

    maker: Name
    model: str
    chemistry: str
    energy: Decimal
    market: str = "CN"


@dataclass(frozen=True, slots=True)
class Result:
    """A footprint as it was calculated.

    Args:
        value: The figure. [unit]
        unit: Such as "kg CO2e/kWh".
        parts: Digest by part: what the figure rests on.
    """

    value: Decimal
    unit: str
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Correction:
    """A later result that stands beside what was declared.

    Args:
        on: Day of the correction.
        reason: Why.
        result: The corrected result with its parts.
        supersedes: Digest of the package it corrects.
    """

    on: date
    reason: Prose
    result: Result
    supersedes: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration of one pack model.

    Args:
        id: Name of the declaration.
        rule: Edition under which it stands, `id@edition`.
        state: How far it has come.
        parts: Digest by part so far.
        value: Self-calculated footprint; None before. [unit]
        verifier: Id of the verification body; empty before.
        declared_on: Day of the declaration.
        corrections: What was put right since.
        verification: Id of the verification that confirms what counts now; None before, and where it was not recorded.
        unsupported: Day on which the statement of what was declared was withdrawn or revised; None while it stands, and
            once a correction rests on another.
    """

    stream: ClassVar[str] = "declaration"

    id: str
    rule: str
    pack: Pack
    state: DeclarationState
    parts: Mapping[str, str]
    value: Decimal | None = None
    unit: str = ""
    verifier: str = ""
    declared_on: date | None = None
    corrections: tuple[Correction, ...] = ()
    verification: Annotated[str | None, ADDED] = None
    unsupported: Annotated[date | None, ADDED] = None


@dataclass(frozen=True, slots=True)
class DeclarationStarted(Beginning[Declaration]):
    """A maker begins with a plan of data quality control."""

    kind: ClassVar[str] = "declaration.started"
    id: Name
    rule: SchemeKey
    pack: Pack
    quality_plan: Document

    def begin(self, _: Stamp) -> Declaration:
        """Return the new declaration."""
        return Declaration(self.id, self.rule, self.pack, State.QUALITY_PLAN, {QUALITY_PLAN: self.quality_plan})


@dataclass(frozen=True, slots=True)
class ActivityDataAttached(Event[Declaration]):
    """The activity data are complete."""

    kind: ClassVar[str] = "declaration.activity-data"
    activity_data: Document

    def apply(self, record: Declaration, _: Stamp) -> Declaration:
        """Return the declaration with its activity data."""
        return replace(record, state=State.ACTIVITY_DATA, parts={**record.parts, ACTIVITY_DATA: self.activity_data})


@dataclass(frozen=True, slots=True)
class SelfCalculated(Event[Declaration]):
    """The maker has calculated the footprint."""

    kind: ClassVar[str] = "declaration.self-calculated"
    package: Digest
    value: Decimal
    unit: str

    def apply(self, record: Declaration, _: Stamp) -> Declaration:
        """Return the declaration with its figure."""
        parts = {**record.parts, CALCULATION: self.package}
        return replace(record, state=State.SELF_CALCULATED, parts=parts, value=self.value, unit=self.unit)


@dataclass(frozen=True, slots=True)
class StatementAttached(Event[Declaration]):
    """A verification body has confirmed the figure."""

    kind: ClassVar[str] = "declaration.verified"
    statement: Digest
    verifier: Name
    verification: Annotated[Name | None, ADDED] = None

    def apply(self, record: Declaration, _: Stamp) -> Declaration:
        """Return the declaration with the statement."""
        parts = {**record.parts, STATEMENT: self.statement}
        return replace(
            record, state=State.VERIFIED, parts=parts, verifier=self.verifier, verification=self.verification
        )


@dataclass(frozen=True, slots=True)
class Declared(Event[Declaration]):
    """The footprint is declared, under the legal state of the day."""

    kind: ClassVar[str] = "declaration.declared"
    public: ClassVar[Public] = Public.YES
    rule: SchemeKey
    package: Digest

    def apply(self, record: Declaration, stamp: Stamp) -> Declaration:
        """Return the declared declaration."""
        return replace(record, state=State.DECLARED, rule=self.rule, declared_on=legal_day(stamp.at))


@dataclass(frozen=True, slots=True)
class Corrected(Event[Declaration]):
    """A corrected result stands beside what was declared."""

    kind: ClassVar[str] = "declaration.corrected"
    public: ClassVar[Public] = Public.YES
    reason: Prose
    result: Result
    supersedes: Digest
    verification: Annotated[Name | None, ADDED] = None

    def apply(self, record: Declaration, stamp: Stamp) -> Declaration:
        """Return the declaration with one more correction, whose own statement stands."""
        added = Correction(legal_day(stamp.at), self.reason, self.result, self.supersedes)
        corrections = (*record.corrections, added)
        return replace(
            record, state=State.CORRECTED, corrections=corrections, verification=self.verification, unsupported=None
        )


@dataclass(frozen=True, slots=True)
class StatementLost(Event[Declaration]):
    """The statement behind what was declared is withdrawn or revised; the maker owes a correction.

    Args:
        verification: Which.
        outcome: "withdrawn" or "revised".
    """

    kind: ClassVar[str] = "declaration.statement-lost"
    verification: Name
    outcome: str

    def apply(self, record: Declaration, stamp: Stamp) -> Declaration:
        """Return the declaration with the open mark, of the first such day."""
        return replace(record, unsupported=record.unsupported or legal_day(stamp.at))


Moved = tuple[Declaration, Event[Declaration]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a maker has come, and what is missing.

    Args:
        declared: Models declared.
        problems: What is missing.
        unsupported: Models among them whose statement was withdrawn or revised, without a correction since.
    """

    declared: tuple[str, ...]
    problems: tuple[FootproofError, ...] = field(default=())
    unsupported: tuple[str, ...] = ()


def start(rule: DeclarationRule, identity: str, pack: Pack, quality_plan: str, stamp: Stamp) -> Moved:
    """Begin a declaration with the plan of data quality control.

    Args:
        rule: Legal state of the day.
        identity: Id of the declaration.
        pack: The model.
        quality_plan: Digest of the plan.
        stamp: By whom and when.

    Raises:
        FootproofError: E-DECL-RULE where the legal state does not hold that day; E-DECL-SCOPE for a pack it does not
            cover; E-DECL-DIGEST.
    """
    _need_scope(rule, pack, stamp)
    event = DeclarationStarted(identity, rule.name, pack, _digest(QUALITY_PLAN, quality_plan))
    return event.begin(stamp), event


def attach_activity_data(declaration: Declaration, activity_data: str, stamp: Stamp) -> Moved:
    """Attach the activity data.

    Args:
        declaration: In state quality-plan.
        activity_data: Digest of the data.
        stamp: By whom and when.

    Raises:
        FootproofError: E-DECL-ORDER, E-DECL-DIGEST.
    """
    _need_state(declaration, State.QUALITY_PLAN)
    return _move(declaration, ActivityDataAttached(_digest(ACTIVITY_DATA, activity_data)), stamp)


def self_calculate(declaration: Declaration, package: str, value: Decimal, unit: str, stamp: Stamp) -> Moved:
    """Attach the maker's own calculation.

    Args:
        declaration: In state activity-data.
        package: Digest of the sealed package that recomputes the figure.
        value: The figure. [unit]
        unit: Such as "kg CO2e/kWh".
        stamp: By whom and when.

    Raises:
        FootproofError: E-DECL-ORDER, E-DECL-DIGEST, E-DECL-VALUE for a figure that is none.
    """
    _need_state(declaration, State.ACTIVITY_DATA)
    return _move(declaration, SelfCalculated(_digest(CALCULATION, package), _figure(value), unit), stamp)


def attach_statement(
    declaration: Declaration,
    statement: str,
    verifier: str,
    confirmed: Decimal,
    stamp: Stamp,
    *,
    verification: str | None = None,
) -> Moved:
    """Attach the statement of a verification body.

    Args:
        declaration: In state self-calculated.
        statement: Digest of the statement.
        verifier: Id of the body; not the maker.
        confirmed: The figure the statement is about. [unit of the declaration]
        stamp: By whom and when.
        verification: Id of the verification.

    Raises:
        FootproofError: E-DECL-ORDER, E-DECL-DIGEST; E-DECL-VERIFIER where the maker verifies itself; E-DECL-CONFIRMED
            where the statement is about another figure.
    """
    _need_state(declaration, State.SELF_CALCULATED)
    if not verifier.strip() or verifier == declaration.pack.maker:
        raise _problem("E-DECL-VERIFIER", "verifier", maker=declaration.pack.maker)
    if confirmed != declaration.value:
        raise _problem("E-DECL-CONFIRMED", "value", found=confirmed, needed=declaration.value)
    return _move(declaration, StatementAttached(_digest(STATEMENT, statement), verifier, verification), stamp)


def declare(declaration: Declaration, rule: DeclarationRule, stamp: Stamp) -> Moved:
    """Declare the footprint under the legal state of the day, which may be a later one than at the start.

    Args:
        declaration: In state verified.
        rule: Legal state of the day.
        stamp: By whom and when.

    Raises:
        FootproofError: E-DECL-ORDER; E-DECL-RULE, E-DECL-SCOPE; E-DECL-PARTS where a part is missing.
    """
    _need_state(declaration, State.VERIFIED)
    if rule.id != declaration.rule.partition("@")[0]:
        raise _problem(
            "E-DECL-RULE", "rule", rule=rule.title, day=legal_day(stamp.at), first=rule.first, last=_last(rule)
        )
    _need_scope(rule, declaration.pack, stamp)
    _need_parts(declaration.parts)
    return _move(declaration, Declared(rule.name, package_digest(declaration)), stamp)


def correct(
    declaration: Declaration, result: Result, reason: str, stamp: Stamp, *, verification: str | None = None
) -> Moved:
    """Add a corrected result; what was declared stays as it is.

    Args:
        declaration: Declared, corrected before or not.
        result: Corrected figure with all four parts of its own.
        reason: Why; not empty.
        stamp: By whom and when.
        verification: Id of the verification that confirms it.

    Raises:
        FootproofError: E-DECL-ORDER, E-DECL-PARTS, E-DECL-DIGEST, E-DECL-VALUE; E-DECL-REASON without a reason;
            E-DECL-UNCHANGED where it rests on the same calculation; E-DECL-UNIT where the unit is another one.
    """
    _need_state(declaration, State.DECLARED, State.CORRECTED)
    current = current_result(declaration)
    _need_parts(result.parts)
    for part in PARTS:
        _digest(part, result.parts[part])
    _figure(result.value)
    if not reason.strip():
        raise _problem("E-DECL-REASON", "reason")
    if result.unit != current.unit:
        raise _problem("E-DECL-UNIT", "unit", found=result.unit, needed=current.unit)
    if result.parts == current.parts:
        raise _problem("E-DECL-UNCHANGED", "parts")
    return _move(declaration, Corrected(reason, result, package_digest(declaration), verification), stamp)


def current_result(declaration: Declaration) -> Result:
    """Return what counts now: the last correction, else what was calculated.

    Raises:
        FootproofError: E-DECL-ORDER before anything was calculated.
    """
    if declaration.corrections:
        return declaration.corrections[-1].result
    if declaration.value is None:
        raise _order(declaration, State.SELF_CALCULATED)
    return Result(declaration.value, declaration.unit, declaration.parts)


def package_digest(declaration: Declaration) -> str:
    """Return the digest of the declaration package.

    Raises:
        FootproofError: As `manifest`.
    """
    return record_digest(manifest(declaration))


def manifest(declaration: Declaration) -> dict[str, object]:
    """Return what binds the declaration package: pack, figure and the digests of all four parts, corrections included.

    Raises:
        FootproofError: E-DECL-ORDER, E-DECL-PARTS before all parts are there.
    """
    result = current_result(declaration)
    _need_parts(result.parts)
    pack = declaration.pack
    return {
        "id": declaration.id,
        "pack": {
            "maker": pack.maker,
            "model": pack.model,
            "chemistry": pack.chemistry,
            "energy": normalise(pack.energy),
            "market": pack.market,
        },
        "value": normalise(result.value),
        "unit": result.unit,
        "parts": dict(result.parts),
        "supersedes": [one.supersedes for one in declaration.corrections],
    }


def coverage(rule: DeclarationRule, declarations: Iterable[Declaration], maker: str, made: Sequence[Pack]) -> Coverage:
    """Return which duty of a maker is not met yet.

    In the trial: so many typical models, and each chemistry the maker makes; a maker of fewer models owes each of them.
    After it: every model in scope.

    Args:
        rule: Legal state.
        declarations: Of anybody; those of the maker under this rule that are declared count.
        maker: Id of the organisation.
        made: Every model the maker sells.

    Returns:
        The declared models and E-DECL-MODELS, E-DECL-CHEMISTRY, E-DECL-MODEL findings.
    """
    owed = [pack for pack in made if pack.maker == maker and covers(rule, pack)]
    mine = [one for one in declarations if one.pack.maker == maker and one.rule.partition("@")[0] == rule.id]
    done = {one.pack.model: one.pack for one in mine if one.declared_on is not None}
    lost = {one.pack.model for one in mine if one.unsupported is not None}
    looks = _all_models if rule.every_model else _typical_models
    return Coverage(tuple(sorted(done)), tuple(looks(rule, done, owed)), tuple(sorted(lost)))


def covers(rule: DeclarationRule, pack: Pack) -> bool:
    """Tell whether a pack is in scope: sold where the rule holds, and above its energy."""
    return pack.market == rule.market and pack.energy > rule.least_energy


def _typical_models(rule: DeclarationRule, done: Mapping[str, Pack], owed: Sequence[Pack]) -> Iterator[FootproofError]:
    needed = min(rule.least_models, len({pack.model for pack in owed}))
    if len(done) < needed:
        yield _problem("E-DECL-MODELS", "models", found=len(done), needed=needed)
    for chemistry in sorted({pack.chemistry for pack in owed} - {pack.chemistry for pack in done.values()}):
        yield _problem("E-DECL-CHEMISTRY", "chemistry", chemistry=chemistry)


def _all_models(rule: DeclarationRule, done: Mapping[str, Pack], owed: Sequence[Pack]) -> Iterator[FootproofError]:
    for model in sorted({pack.model for pack in owed} - done.keys()):
        yield _problem("E-DECL-MODEL", "models", model=model, first=rule.first)


def _move(declaration: Declaration, event: Event[Declaration], stamp: Stamp) -> Moved:
    return event.apply(declaration, stamp), event


def _problem(code: str, name: str, **values: object) -> FootproofError:
    return FootproofError(code, Where("declaration", field=name), **values)


def _order(declaration: Declaration, *needed: DeclarationState) -> FootproofError:
    return _problem("E-DECL-ORDER", "state", found=declaration.state.value, needed=" | ".join(needed))


def _need_state(declaration: Declaration, *needed: DeclarationState) -> None:
    if declaration.state not in needed:
        raise _order(declaration, *needed)


def _need_scope(rule: DeclarationRule, pack: Pack, stamp: Stamp) -> None:
    day = legal_day(stamp.at)
    if not rule.holds(day):
        raise _problem("E-DECL-RULE", "rule", rule=rule.title, day=day, first=rule.first, last=_last(rule))
    if not covers(rule, pack):
        found = f"{pack.energy} kWh, {pack.market}"
        raise _problem("E-DECL-SCOPE", "pack", found=found, least=rule.least_energy, market=rule.market)


def _need_parts(parts: Mapping[str, str]) -> None:
    missing = [part for part in PARTS if part not in parts]
    if missing or len(parts) != len(PARTS):
        raise _problem("E-DECL-PARTS", "parts", missing=", ".join(missing) or "—", needed=", ".join(PARTS))


def _digest(name: str, text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise _problem("E-DECL-DIGEST", name, found=text[:80])
    return text


def _figure(value: Decimal) -> Decimal:
    if not value.is_finite() or len(value.as_tuple().digits) > 15:
        raise _problem("E-DECL-VALUE", "value", found=str(value)[:40])
    return value


def _last(rule: DeclarationRule) -> object:
    return rule.last or "—"
