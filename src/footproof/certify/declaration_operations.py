"""Operations of the traction-battery declaration; what each one needs is decided in `certify.declaration`.

The maker's figure comes out of its sealed package, the confirmation out of a verification whose statement stands:
neither is typed in. Who confirmed it must have been accredited or approved for it on the day of the statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from footproof.certify import declaration as decide
from footproof.certify.declaration import CLAUSE, Declaration, Moved, Pack, Result
from footproof.certify.declaration_rule import PARTS, DeclarationRule, rule_on
from footproof.certify.forms import Digest, Document, Name, Prose
from footproof.certify.operation import Operation
from footproof.certify.pack_lists import declaring, need_listed, need_undeclared
from footproof.certify.people import Organisation
from footproof.certify.record import Actor, Recomputed, Stamp, Step, Steps, World, fresh, need
from footproof.certify.refusals import need_own, refuse
from footproof.certify.resting import relied_on
from footproof.certify.verifications import Resting, Verification
from footproof.certify.verifiers import need_scope_to_verify
from footproof.expressions.exact import normalise
from footproof.model.days import legal_day
from footproof.model.engagement import OpinionKind, State

_PLAN, _DATA, _CALCULATION, _STATEMENT = PARTS


@dataclass(frozen=True, slots=True)
class StartDeclaration(Operation):
    """Begin a declaration of one's own pack with the plan of data quality control."""

    name: ClassVar[str] = "declarations.start"
    path: ClassVar[str] = "declarations"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    declaration: Name
    pack: Pack
    quality_plan: Document

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the beginning."""
        fresh(world, Declaration, self.declaration)
        need_own(by, self.pack.maker)
        need_listed(world, self.pack)
        need_undeclared(world, self.pack)
        _need_kept(world, _PLAN, self.quality_plan)
        rule = rule_on(legal_day(at))
        return _step(decide.start(rule, self.declaration, self.pack, self.quality_plan, Stamp(by, at)))


@dataclass(frozen=True, slots=True)
class AttachActivityData(Operation):
    """Attach the activity data."""

    name: ClassVar[str] = "declarations.attach-data"
    path: ClassVar[str] = "declarations/{declaration}/activity-data"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    declaration: Name
    activity_data: Document

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the data."""
        found = _own(world, self.declaration, by)
        _need_kept(world, _DATA, self.activity_data)
        return _step(decide.attach_activity_data(found, self.activity_data, Stamp(by, at)))


@dataclass(frozen=True, slots=True)
class SelfCalculate(Operation):
    """Attach one's own calculation; its figure is what the package recomputes to."""

    name: ClassVar[str] = "declarations.calculate"
    path: ClassVar[str] = "declarations/{declaration}/calculation"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    declaration: Name
    package: Digest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the calculation."""
        found = _own(world, self.declaration, by)
        came = _recomputed(world, self.package, found, rule_on(legal_day(at)))
        return _step(decide.self_calculate(found, self.package, came.value, came.unit, Stamp(by, at)))


@dataclass(frozen=True, slots=True)
class AttachStatement(Operation):
    """Attach the statement of a body that verified the calculation."""

    name: ClassVar[str] = "declarations.attach-statement"
    path: ClassVar[str] = "declarations/{declaration}/statement"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    declaration: Name
    verification: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the statement."""
        found = _own(world, self.declaration, by)
        package = found.parts.get(_CALCULATION, "")
        stands = _confirmed(world, self.verification, found, package, rule_on(legal_day(at)))
        claim = stands.engagement.claim
        value = claim.value if claim is not None else None
        if value is None:
            raise refuse("E-STATEMENT-CASE", "I1", "verification", id=self.verification)
        statement = stands.engagement.statement
        moved = decide.attach_statement(
            found, statement, stands.body, value, Stamp(by, at), verification=self.verification
        )
        return _step(moved)


@dataclass(frozen=True, slots=True)
class Declare(Operation):
    """Declare the footprint under the legal state of the day."""

    name: ClassVar[str] = "declarations.declare"
    path: ClassVar[str] = "declarations/{declaration}/declaration"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    declaration: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the declaration."""
        found = _own(world, self.declaration, by)
        need_listed(world, found.pack)
        need_undeclared(world, found.pack)
        rule = rule_on(legal_day(at))
        declared = _step(decide.declare(found, rule, Stamp(by, at)))
        _need_still_confirmed(world, found, rule)
        return *declared, declaring(found.pack, found.id), *_resting(world, found.id, found.verification)


@dataclass(frozen=True, slots=True)
class CorrectDeclaration(Operation):
    """Put a corrected result beside what was declared; it stays."""

    name: ClassVar[str] = "declarations.correct"
    path: ClassVar[str] = "declarations/{declaration}/corrections"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "I18"
    declaration: Name
    quality_plan: Document
    activity_data: Document
    package: Digest
    verification: Name
    reason: Prose

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the correction."""
        found = _own(world, self.declaration, by)
        rule = rule_on(legal_day(at))
        came = _recomputed(world, self.package, found, rule)
        statement = _confirmed(world, self.verification, found, self.package, rule).engagement.statement
        for part, document in ((_PLAN, self.quality_plan), (_DATA, self.activity_data)):
            _need_kept(world, part, document)
        digests = (self.quality_plan, self.activity_data, self.package, statement)
        result = Result(came.value, came.unit, dict(zip(PARTS, digests, strict=True)))
        moved = decide.correct(found, result, self.reason, Stamp(by, at), verification=self.verification)
        return *_step(moved), *_resting(world, found.id, self.verification)


def _own(world: World, name: str, by: Actor) -> Declaration:
    found = need(world, Declaration, name)
    need_own(by, found.pack.maker)
    return found


def _recomputed(world: World, package: str, found: Declaration, rule: DeclarationRule) -> Recomputed:
    """Return what came out of a package: of the pack and its maker, calculated by a rulebook of the notice."""
    came = world.recomputed(package)
    pack = found.pack
    if came is None or (came.model, came.producer) != (pack.model, need(world, Organisation, pack.maker).name):
        raise refuse("E-CLAIM-PACKAGE", "I1", "package", found=package[:80])
    if not came.ok:
        raise refuse("E-DECISION-RECOMPUTE", "I2", "package", package=package)
    if "*" not in rule.rulebooks and came.rulebook not in rule.rulebooks:
        raise refuse("E-RULE-STATUS", "I6", "package", rulebook=came.rule, status=came.status)
    _need_stated(world.parameters(package), pack, rule)
    return came


def _need_stated(parameters: Mapping[str, str], pack: Pack, rule: DeclarationRule) -> None:
    """Refuse a package that states another energy or chemistry, or none; its statement is then about that as well."""
    for part, needed in (("energy", f"{normalise(pack.energy)} kWh"), ("chemistry", pack.chemistry)):
        names = rule.stated[part]
        stated = next((parameters[name] for name in names if name in parameters), "")
        if stated != needed:
            said = {"part": part, "names": ", ".join(names), "found": stated[:80] or "—", "needed": needed[:80]}
            raise refuse("E-DECL-STATED", CLAUSE, f"pack.{part}", **said)


def _need_kept(world: World, part: str, document: str) -> None:
    """Refuse a digest of something that nobody sent: the package holds its parts, not their names alone."""
    if not world.kept(document):
        raise refuse("E-DECL-OBJECT", CLAUSE, part, part=part, found=document)


def _confirmed(world: World, name: str, declaration: Declaration, package: str, rule: DeclarationRule) -> Verification:
    """Return a verification of the maker's own package, whose statement stands, by a body allowed to give it."""
    found = need(world, Verification, name)
    done, claim = found.engagement, found.engagement.claim
    if claim is None or claim.package != package or done.client != declaration.pack.maker:
        raise refuse("E-STATEMENT-CASE", "I1", "verification", id=name[:100])
    if done.state is not State.ISSUED:
        raise refuse("E-STATEMENT-STATE", "ISO/IEC 17029, 9.7", "verification", found=done.state.value)
    if done.opinion is None or done.opinion.kind is not OpinionKind.UNMODIFIED:
        opinion = done.opinion.kind.value if done.opinion is not None else ""
        raise refuse("E-OPINION", "I20", "verification", activity=_STATEMENT, found=opinion)
    if done.category not in rule.categories:
        raise refuse("E-STATEMENT-CATEGORY", "I5", "verification", found=done.category, needed=rule.categories)
    need_scope_to_verify(world, found.body, done, found.statements[-1].on)
    return found


def _need_still_confirmed(world: World, found: Declaration, rule: DeclarationRule) -> None:
    """Refuse to declare on a statement that was withdrawn, or took another one's place, since it was attached."""
    if found.verification is None:  # attached before its name was kept
        return
    stands = _confirmed(world, found.verification, found, found.parts[_CALCULATION], rule)
    if stands.engagement.statement != found.parts[_STATEMENT]:
        revised = State.REVISED.value
        raise refuse("E-STATEMENT-STATE", "ISO/IEC 17029, 9.7", "verification", found=revised)


def _resting(world: World, name: str, verification: str | None) -> Steps:
    """Return that a verification learns of the declaration that rests on its statement."""
    return relied_on(world, verification, Resting(Declaration.stream, name)) if verification is not None else ()


def _step(moved: Moved) -> Steps:
    declaration, event = moved
    return (Step(Declaration, declaration.id, event),)
