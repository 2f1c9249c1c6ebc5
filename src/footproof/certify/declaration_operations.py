"""Operations of the traction-battery declaration; what each one needs is decided in `certify.declaration`.

The maker's figure comes out of its sealed package, the confirmation out of a verification whose statement stands:
neither is typed in. Who confirmed it must have been accredited or approved for it on the day of the statement.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from footproof.certify import declaration as decide
from footproof.certify.declaration import Declaration, Moved, Pack, Result
from footproof.certify.declaration_rule import PARTS, DeclarationRule, rule_on
from footproof.certify.forms import Digest, Name, Prose
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Recomputed, Stamp, Step, Steps, World, fresh, need
from footproof.certify.refusals import need_own, refuse
from footproof.certify.verifications import Verification
from footproof.certify.verifiers import need_scope_to_verify
from footproof.model.engagement import OpinionKind, State

CLAUSE = "MIIT 551/2025"
_, _, _CALCULATION, _STATEMENT = PARTS


@dataclass(frozen=True, slots=True)
class StartDeclaration(Operation):
    """Begin a declaration of one's own pack with the plan of data quality control."""

    name: ClassVar[str] = "declarations.start"
    path: ClassVar[str] = "declarations"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    declaration: Name
    pack: Pack
    quality_plan: Digest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the beginning."""
        fresh(world, Declaration, self.declaration)
        need_own(by, self.pack.maker)
        rule = rule_on(at.date())
        return _step(decide.start(rule, self.declaration, self.pack, self.quality_plan, Stamp(by, at)))


@dataclass(frozen=True, slots=True)
class AttachActivityData(Operation):
    """Attach the activity data."""

    name: ClassVar[str] = "declarations.attach-data"
    path: ClassVar[str] = "declarations/{declaration}/activity-data"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    declaration: Name
    activity_data: Digest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the data."""
        found = _own(world, self.declaration, by)
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
        came = _recomputed(world, self.package, found, rule_on(at.date()))
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
        stands = _confirmed(world, self.verification, found.parts.get(_CALCULATION, ""), rule_on(at.date()))
        claim = stands.engagement.claim
        value = claim.value if claim is not None else None
        if value is None:
            raise refuse("E-STATEMENT-CASE", "I1", "verification", id=self.verification)
        statement = stands.engagement.statement
        return _step(decide.attach_statement(found, statement, stands.body, value, Stamp(by, at)))


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
        return _step(decide.declare(found, rule_on(at.date()), Stamp(by, at)))


@dataclass(frozen=True, slots=True)
class CorrectDeclaration(Operation):
    """Put a corrected result beside what was declared; it stays."""

    name: ClassVar[str] = "declarations.correct"
    path: ClassVar[str] = "declarations/{declaration}/corrections"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "I18"
    declaration: Name
    quality_plan: Digest
    activity_data: Digest
    package: Digest
    verification: Name
    reason: Prose

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the correction."""
        found = _own(world, self.declaration, by)
        rule = rule_on(at.date())
        came = _recomputed(world, self.package, found, rule)
        statement = _confirmed(world, self.verification, self.package, rule).engagement.statement
        digests = (self.quality_plan, self.activity_data, self.package, statement)
        result = Result(came.value, came.unit, dict(zip(PARTS, digests, strict=True)))
        return _step(decide.correct(found, result, self.reason, Stamp(by, at)))


def _own(world: World, name: str, by: Actor) -> Declaration:
    found = need(world, Declaration, name)
    need_own(by, found.pack.maker)
    return found


def _recomputed(world: World, package: str, found: Declaration, rule: DeclarationRule) -> Recomputed:
    """Return what came out of a package, which must be about the pack and calculated by a rulebook of the notice."""
    came = world.recomputed(package)
    if came is None or came.model != found.pack.model:
        raise refuse("E-CLAIM-PACKAGE", "I1", "package", found=package[:80])
    if not came.ok:
        raise refuse("E-DECISION-RECOMPUTE", "I2", "package", package=package)
    if "*" not in rule.rulebooks and came.rule not in rule.rulebooks:
        raise refuse("E-RULE-STATUS", "I6", "package", rulebook=came.rule, status=came.status)
    return came


def _confirmed(world: World, name: str, package: str, rule: DeclarationRule) -> Verification:
    """Return a verification that confirmed a package, whose statement stands, by a body that was allowed to give it."""
    found = need(world, Verification, name)
    done, claim = found.engagement, found.engagement.claim
    if claim is None or claim.package != package:
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


def _step(moved: Moved) -> Steps:
    declaration, event = moved
    return (Step(Declaration, declaration.id, event),)
