"""Look a scheme over: what would leave a case stuck, let people judge their own work, or certify without a decision.

ISO/IEC 17065, 7.5 and 7.6: review and decision by people who took no part in the evaluation. ISO/IEC 17067: no scheme
without selection or determination, decision and attestation.
"""

from collections.abc import Collection, Iterator, Mapping

from footproof.certify.people import BODY_ROLES, CLIENT_ROLES, TEAM_ROLES
from footproof.errors import FootproofError, Where
from footproof.expressions.parse import parse
from footproof.expressions.tree import references
from footproof.model.scheme import Activity, CaseKind, Claim, Function, Scheme

ACTIVITY = Where("scheme.toml", field="activity")
AFTER_EVALUATION = (Function.REVIEW, Function.DECISION)
COMPETENCE = ("scheme", "category", "function")
NEEDED = (Function.DETERMINATION, Function.REVIEW, Function.DECISION)
HELD: Mapping[Function, tuple[str, ...]] = {
    **dict.fromkeys(Function, (*BODY_ROLES, *CLIENT_ROLES)),
    **dict.fromkeys((Function.DETERMINATION, Function.SURVEILLANCE), TEAM_ROLES),
    Function.REVIEW: ("reviewer",),
    Function.DECISION: ("decision-maker",),
}
"""Who can carry out an activity, by its function: the roles that operations know and that people can have."""


def lint(scheme: Scheme) -> tuple[FootproofError, ...]:
    """Return everything in a scheme that makes no sense.

    Args:
        scheme: As read.

    Returns:
        E-SCHEME-NEED, -CYCLE, -ROLE, -HELD, -SEPARATION, -FUNCTION, -UNCONDITIONAL, -UNREACHABLE, -ORDER, -FACT, -TIME,
        -MARK, -REDUCTION, -RULEBOOK, -COMPETENCE; nothing where cases can be run under it.
    """
    stages = (_references, _cases, _times)
    for stage in stages:
        if found := tuple(stage(scheme)):  # What comes after would blame the same fault again.
            return found
    return ()


def ancestors(activities: Mapping[str, Activity], name: str) -> set[str]:
    """Return everything an activity needs, directly or not.

    Args:
        activities: Of the scheme, by id.
        name: One of them.
    """
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = activities.get(waiting.pop())
        fresh = set(one.needs) - found if one else set()
        found |= fresh
        waiting += fresh
    return found


def _problem(code: str, name: str, **values: object) -> FootproofError:
    return FootproofError(code, Where("scheme.toml", field=f"activity.{name}"), name=name, **values)


def _by_id(scheme: Scheme) -> dict[str, Activity]:
    return {one.id: one for one in scheme.activities}


def _references(scheme: Scheme) -> Iterator[FootproofError]:
    for look in (_needs, _cycles, _roles, _held, _competence, _facts, _mark, _reduction, _rulebooks):
        yield from look(scheme)


def _cases(scheme: Scheme) -> Iterator[FootproofError]:
    for kind in CaseKind:
        yield from _case(scheme, kind)


def _needs(scheme: Scheme) -> Iterator[FootproofError]:
    known = _by_id(scheme)
    for one in scheme.activities:
        for need in one.needs:
            if need not in known:
                yield _problem("E-SCHEME-NEED", one.id, need=need, known=", ".join(known))
        if not one.kinds:
            yield _problem("E-SCHEME-UNREACHABLE", one.id, kind="—")


def _cycles(scheme: Scheme) -> Iterator[FootproofError]:
    known = _by_id(scheme)
    ring = sorted(name for name in known if name in ancestors(known, name))
    if ring:
        yield FootproofError("E-SCHEME-CYCLE", ACTIVITY, names=", ".join(ring))


def _roles(scheme: Scheme) -> Iterator[FootproofError]:
    for one in scheme.activities:
        for role in (one.role, *one.separate_from):
            if role not in scheme.roles:
                yield _problem("E-SCHEME-ROLE", one.id, role=role, known=", ".join(scheme.roles))
        if one.role in one.separate_from:
            yield _problem("E-SCHEME-ROLE", one.id, role=one.role, known=", ".join(scheme.roles.keys() - {one.role}))
    for conclusion in scheme.conclusions:
        if conclusion.concluded_by not in scheme.roles:
            role = conclusion.concluded_by
            yield _problem("E-SCHEME-ROLE", conclusion.id, role=role, known=", ".join(scheme.roles))


def _held(scheme: Scheme) -> Iterator[FootproofError]:
    """What nobody could do would be left out or never end; a word of one's own for a role is a title (invariant I3)."""
    asked = [(one.id, one.role, HELD[one.function]) for one in scheme.activities]
    for name, role, held in (*asked, *((one.id, one.concluded_by, TEAM_ROLES) for one in scheme.conclusions)):
        if role in scheme.roles and role not in held:
            yield _problem("E-SCHEME-HELD", name, role=role, known=", ".join(held))


def _competence(scheme: Scheme) -> Iterator[FootproofError]:
    for one in scheme.activities:
        for word in one.competence:
            if word not in COMPETENCE:
                yield _problem("E-SCHEME-COMPETENCE", one.id, found=word, known=", ".join(COMPETENCE))


def _facts(scheme: Scheme) -> Iterator[FootproofError]:
    known = scheme.facts.keys() | scheme.figures.keys()
    for name in scheme.facts.keys() & scheme.figures.keys():
        yield FootproofError("E-SCHEME-TWICE", Where("scheme.toml", field=f"fact.{name}"), group="fact", name=name)
    for place, condition in _conditions(scheme):
        for name in sorted(references(parse(condition)) - known) if condition else ():
            at = Where("scheme.toml", field=place)
            yield FootproofError("E-SCHEME-FACT", at, name=name, known=", ".join(sorted(known)))


def _conditions(scheme: Scheme) -> Iterator[tuple[str, str]]:
    yield from ((f"activity.{one.id}", one.condition) for one in scheme.activities)
    yield from ((f"trigger.{one.id}", one.check) for one in scheme.surveillance.triggers)
    yield from ((f"body_requirement.{one.id}", one.check) for one in scheme.body_requirements)
    yield from ((f"client_requirement.{one.id}", one.check) for one in scheme.client_requirements)


def _times(scheme: Scheme) -> Iterator[FootproofError]:
    known = _by_id(scheme)
    for one in scheme.time_limits:
        if one.start not in known or one.end not in known or one.start not in ancestors(known, one.end):
            at = Where("scheme.toml", field=f"time_limit.{one.id}")
            yield FootproofError("E-SCHEME-TIME", at, name=one.id, start=one.start, end=one.end)


def _mark(scheme: Scheme) -> Iterator[FootproofError]:
    """The national mark stands under the national scheme only; a grade needs bands (invariant I9)."""
    mark = scheme.mark
    if mark is None:
        return
    at = Where("scheme.toml", field="mark")
    if mark.national and not scheme.national:
        yield FootproofError("E-SCHEME-MARK", at, name=mark.id, needed="national = true")
    if mark.shows == "grade" and scheme.grading is None:
        yield FootproofError("E-SCHEME-MARK", at, name=mark.id, needed="grading.toml")
    if (mark.claim is Claim.OWN_REDUCTION or mark.shows == "reduction") and scheme.least_reduction is None:
        yield FootproofError("E-SCHEME-MARK", at, name=mark.id, needed="[reduction]")
    if mark.object is not scheme.object:
        yield FootproofError("E-SCHEME-MARK", at, name=mark.id, needed=f'object = "{scheme.object}"')


def _reduction(scheme: Scheme) -> Iterator[FootproofError]:
    """A reduction is that of a footprint, so there has to be one (invariant I2)."""
    if scheme.least_reduction is not None and (not scheme.rulebooks or scheme.footprint_optional):
        at = Where("scheme.toml", field="reduction")
        yield FootproofError("E-SCHEME-REDUCTION", at, rulebooks=", ".join(scheme.rulebooks) or "—")


def _rulebooks(scheme: Scheme) -> Iterator[FootproofError]:
    """A category has no rulebook that its scheme does not take: a list of names would then say less than it seems."""
    for item in scheme.catalogue:
        for name in item.rulebooks if "*" not in scheme.rulebooks else ():
            if name not in scheme.rulebooks:
                at = Where("catalogue.toml", field=f"item.{item.code}")
                known = ", ".join(scheme.rulebooks) or "—"
                yield FootproofError("E-SCHEME-RULEBOOK", at, name=item.code, rulebook=name, known=known)


def _case(scheme: Scheme, kind: CaseKind) -> Iterator[FootproofError]:
    """Yield what is wrong with the cases of one kind; a scheme need not have all kinds."""
    chosen = [one for one in scheme.activities if kind in one.kinds]
    if not chosen and kind is not CaseKind.INITIAL:
        return
    by_function = {function: [one for one in chosen if one.function is function] for function in Function}
    wanted = (*NEEDED, Function.ATTESTATION) if kind is CaseKind.INITIAL else NEEDED
    missing = [function for function in wanted if not by_function[function]]
    for function in missing:
        yield FootproofError("E-SCHEME-FUNCTION", ACTIVITY, function=function.value, kind=kind.value)
    if missing:
        return
    if all(one.condition for one in by_function[Function.DETERMINATION]):
        yield FootproofError("E-SCHEME-UNCONDITIONAL", ACTIVITY, kind=kind.value)
    known = _by_id(scheme)
    yield from _separation(by_function, kind)
    disorder = tuple(_order(known, by_function, kind))
    yield from disorder or _unreachable(known, chosen, by_function[Function.DECISION], kind)


def _separation(by_function: Mapping[Function, list[Activity]], kind: CaseKind) -> Iterator[FootproofError]:
    roles = dict.fromkeys(one.role for one in by_function[Function.DETERMINATION])
    for one in (one for function in AFTER_EVALUATION for one in by_function[function]):
        for role in roles:
            if role not in one.separate_from:
                yield _problem("E-SCHEME-SEPARATION", one.id, role=role, kind=kind.value)


def _order(
    known: Mapping[str, Activity], by_function: Mapping[Function, list[Activity]], kind: CaseKind
) -> Iterator[FootproofError]:
    """Review after every determination, decision after review, attestation and licence after the decision."""
    after = (
        (Function.REVIEW, Function.DETERMINATION),
        (Function.DECISION, Function.REVIEW),
        (Function.ATTESTATION, Function.DECISION),
        (Function.LICENSING, Function.DECISION),
    )
    for later, earlier in after:
        for one in by_function[later]:
            before = ancestors(known, one.id)
            for other in by_function[earlier]:
                if other.id not in before:
                    yield _problem("E-SCHEME-ORDER", one.id, other=other.id, kind=kind.value)


def _unreachable(
    known: Mapping[str, Activity], chosen: Collection[Activity], decisions: Collection[Activity], kind: CaseKind
) -> Iterator[FootproofError]:
    """An activity that neither the decision rests on nor follows from it would be done for nothing."""
    before = {name for one in decisions for name in ancestors(known, one.id)}
    names = {one.id for one in decisions}
    for one in chosen:
        if one.id not in before | names and not names & ancestors(known, one.id):
            yield _problem("E-SCHEME-UNREACHABLE", one.id, kind=kind.value)
