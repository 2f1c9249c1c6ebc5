"""Whether scheme edition, rulebook, unit and data fit one another and the day (I6, I9): at acceptance and at decision.

The category says which rulebooks quantify its products, the rulebook says per what; an edition of a scheme says when it
is used and for which data. The wall clock chooses nothing: a day outside is refused.
"""

from datetime import date

from footproof.certify.case import Case, Subject
from footproof.certify.certificate import Certified
from footproof.certify.record import Recomputed, World
from footproof.certify.refusals import refuse
from footproof.certify.scheme import add_months
from footproof.errors import FootproofError
from footproof.model.scheme import Scheme
from footproof.units import unit

ANY = "*"
PER = "kg CO2e / "
"""How the unit of every footprint begins."""


def need_dates(scheme: Scheme, subject: Subject, day: date) -> None:
    """Refuse an edition that is not used on a day, or not for the data of a subject.

    Args:
        scheme: Edition; one without dates is used until another takes its place.
        subject: Its first and last day are those of the data.
        day: Today.

    Raises:
        FootproofError: E-SCHEME-DATES, E-SCHEME-PERIOD.
    """
    known = scheme.validity
    if known is None:
        return
    if not (known.first or date.min) <= day <= (known.last or date.max):
        needed = _between(known.first, known.last)
        raise refuse("E-SCHEME-DATES", "I6", "scheme", scheme=scheme.name, found=day.isoformat(), needed=needed)
    if not (known.data_first or date.min) <= subject.first <= subject.last <= (known.data_last or date.max):
        found, needed = _between(subject.first, subject.last), _between(known.data_first, known.data_last)
        raise refuse("E-SCHEME-PERIOD", "I6", "subject", scheme=scheme.name, found=found, needed=needed)


def need_applicable(world: World, case: Case, scheme: Scheme, day: date) -> None:
    """Refuse a package that was not quantified as the scheme wants products of its category quantified.

    Args:
        world: What is known.
        case: Its package; without one there is nothing to refuse.
        scheme: Edition of the case.
        day: Today.

    Raises:
        FootproofError: E-RULE-SCHEME for another rulebook, E-RULE-UNIT for another unit than that of the rulebook,
            E-DATA-AGE for data that the certificate does not rest on yet and that are too old to begin with.
    """
    found = world.recomputed(case.package) if case.package and scheme.rulebooks else None
    if found is None:
        return
    admitted = rulebooks_for(scheme, case.subject.category)
    if ANY not in admitted and found.rulebook not in admitted:
        category = case.subject.category
        raise refuse(
            "E-RULE-SCHEME",
            "I9",
            "package",
            rulebook=found.rule,
            scheme=scheme.name,
            category=category,
            needed=admitted,
        )
    _need_unit(world, found)
    _need_recent(world, case, scheme, found, day)


def rulebooks_for(scheme: Scheme, category: str) -> tuple[str, ...]:
    """Return the ids of the rulebooks that products of a category are quantified by; "*" for any.

    Args:
        scheme: Edition.
        category: `list:code`; one that its catalogue says nothing of has those of the scheme.
    """
    item = next((one for one in scheme.catalogue if one.code == category), None)
    return item.rulebooks if item is not None and item.rulebooks else scheme.rulebooks


def _need_unit(world: World, found: Recomputed) -> None:
    """Refuse a figure per something else than its rulebook has it; a rule for all products wants a unit that is one."""
    rule = world.rulebook(found.rule, found.edition)
    fixed = rule.functional_unit if rule is not None else None
    if fixed is not None:
        needed = f"{PER}{fixed.unit}"
        sound = found.unit == needed
    else:
        needed, sound = f"{PER}…", found.unit.startswith(PER) and _is_unit(found.unit.removeprefix(PER))
    if not sound:
        raise refuse("E-RULE-UNIT", "I9", "package", rulebook=found.rule, found=found.unit[:60], needed=needed)


def _is_unit(text: str) -> bool:
    try:
        unit(text)
    except FootproofError:
        return False
    return True


def _need_recent(world: World, case: Case, scheme: Scheme, found: Recomputed, day: date) -> None:
    """Refuse old data; what the certificate rests on grows old under surveillance, which asks for newer ones itself."""
    most = scheme.data_age_months
    old = world.find(Certified, case.certificate) if case.certificate else None
    if most is None or (old is not None and old.held.package == case.package):
        return
    until = add_months(found.last, most)
    if day > until:
        last = found.last.isoformat()
        raise refuse("E-DATA-AGE", "I6", "package", found=last, months=f"{most}", needed=until.isoformat())


def _between(first: date | None, last: date | None) -> str:
    return f"{first or '…'} … {last or '…'}"
