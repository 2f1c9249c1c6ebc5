"""Whether scopes cover a case on a day, as known on a day; and if not, the nearest miss."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from footproof.model.recognition import ANY, Change, Scope, ended_on, in_force, state_on
from footproof.model.recognition_records import RecognitionRecords
from footproof.recognise.question import Question, Roots

# From the mildest miss to the worst: of several scopes that miss in one point each, the mildest is told.
CAUSES = (
    "suspended",
    "early",
    "late",
    "reduced",
    "withdrawn",
    "category",
    "site",
    "edition",
    "scheme",
    "activity",
)
_RANK = {cause: rank for rank, cause in enumerate(CAUSES)}


@dataclass(frozen=True, slots=True)
class Case:
    """A question as scopes see it: for each of the four dimensions, every pattern that covers it.

    Args:
        question: What is asked.
        roots: Whom the asker trusts.
        at: The day to judge.
        known_on: Only what was published by then counts.
        activities: Patterns that cover the activity.
        schemes: Patterns that cover the scheme edition.
        categories: Patterns that cover the category.
        places: Patterns that cover the site.
    """

    question: Question
    roots: Roots
    at: date
    known_on: date
    activities: frozenset[str]
    schemes: frozenset[str]
    categories: frozenset[str]
    places: frozenset[str]


def case_of(question: Question, records: RecognitionRecords, roots: Roots, *, at: date, known_on: date) -> Case:
    """Return a question with all patterns that cover it.

    Args:
        question: What is asked.
        records: For code lists, and for editions that carry over the scopes of the one before.
        roots: Whom the asker trusts; scheme owners decide what is carried over.
        at: The day to judge.
        known_on: Only what was published by then counts.
    """
    country, site = question.country, question.site
    return Case(
        question,
        roots,
        at,
        known_on,
        frozenset((ANY, question.activity)),
        frozenset((ANY, f"{question.scheme}@{ANY}", *_editions(question, records, roots, known_on))),
        frozenset(_categories(question.category, records)),
        frozenset((ANY, f"site:{site}", f"place:{country}", f"place:{country.partition('-')[0]}")),
    )


def _editions(question: Question, records: RecognitionRecords, roots: Roots, known_on: date) -> list[str]:
    """Return the edition, and the one before it while scopes for that one are carried over to the day of issue."""
    found = [f"{question.scheme}@{question.edition}"]
    for one in records.schemes.get((question.scheme, question.edition), ()):
        carried = one.carried_until is not None and question.issued <= one.carried_until
        if carried and one.known <= known_on and one.stated_by == one.entitled and one.owner.id in roots.scheme_owners:
            found.append(f"{question.scheme}@{one.follows}")
    return found


def _categories(category: str, records: RecognitionRecords) -> list[str]:
    """Return a category and everything above it; a prefix counts only where the code list has it as a code."""
    name, _, code = category.partition(":")
    found = [ANY, category, f"{name}:{ANY}"]
    listed = records.code_lists.get(name)
    codes = records.codes.get(name, {})
    if listed is None or code not in codes:
        # A list whose codes we do not have, or a code outside it: only the very same text covers it.
        return [ANY, category] if listed is not None else found
    separator = listed.separator
    above = (end for end in range(1, len(code)) if not separator or code[end] == separator)
    found.extend(f"{name}:{code[:end]}" for end in above if code[:end] in codes)
    return found


class Miss(NamedTuple):
    """Why scopes do not cover a case, told by the scope that comes nearest.

    Args:
        cause: One of CAUSES.
        rank: Number of points missed, mildness of the worst, days away.
        scope: The nearest scope.
        change: What took it out of force, for "suspended", "reduced" and "withdrawn".
        until: Last day of the suspension, where known.
    """

    cause: str
    rank: tuple[int, int, int]
    scope: Scope
    change: Change | None = None
    until: date | None = None


def covering(scopes: Sequence[Scope], changes: Sequence[Change], case: Case) -> Scope | None:
    """Return a scope that covers the case and is in force, or None.

    Args:
        scopes: Of one record.
        changes: Of the same record.
        case: What is asked.
    """
    at, known_on = case.at, case.known_on
    for scope in scopes:
        if (
            scope.first <= at
            and (scope.last is None or at <= scope.last)
            and scope.known <= known_on
            and not case.categories.isdisjoint(scope.categories)
            and not case.activities.isdisjoint(scope.activities)
            and not case.schemes.isdisjoint(scope.schemes)
            and not case.places.isdisjoint(scope.places)
            and (not changes or in_force(state_on(changes, at, known_on, scope.id)))
        ):
            return scope
    return None


def nearest_miss(scopes: Sequence[Scope], changes: Sequence[Change], case: Case) -> Miss | None:
    """Return the nearest miss where no scope covers the case; None where no scope was published by then.

    Args:
        scopes: Of one record.
        changes: Of the same record.
        case: What is asked.
    """
    found = [_miss(scope, changes, case) for scope in scopes if scope.known <= case.known_on]
    return min(found, key=lambda one: one.rank, default=None)


def held(scopes: Sequence[Scope], case: Case, dimension: str) -> tuple[str, ...]:
    """Return what the scopes in time hold in one dimension, for the words.

    Args:
        scopes: Of one record.
        case: What is asked.
        dimension: "activities", "schemes", "categories" or "places".
    """
    known = [scope for scope in scopes if scope.known <= case.known_on]
    timely = [scope for scope in known if scope.first <= case.at and (scope.last is None or case.at <= scope.last)]
    items = [item for scope in timely or known for item in getattr(scope, dimension)]
    return tuple(dict.fromkeys(items))


def _miss(scope: Scope, changes: Sequence[Change], case: Case) -> Miss:
    causes = _uncovered(scope, case)
    away = 0
    if case.at < scope.first:
        causes.append("early")
        away = (scope.first - case.at).days
    elif scope.last is not None and case.at > scope.last:
        causes.append("late")
        away = (case.at - scope.last).days
    state = state_on(changes, case.at, case.known_on, scope.id)
    change = until = None
    if state is not None and not in_force(state):
        causes.append(state.kind)
        change = state
        until = ended_on(changes, state, case.known_on, scope.id) if state.kind == "suspended" else None
    worst = max(causes, key=_RANK.__getitem__)
    return Miss(worst, (len(causes), _RANK[worst], away), scope, change, until)


def _uncovered(scope: Scope, case: Case) -> list[str]:
    causes = []
    if case.activities.isdisjoint(scope.activities):
        causes.append("activity")
    if case.schemes.isdisjoint(scope.schemes):
        scheme = case.question.scheme
        # An edition that was not carried over still belongs to the same scheme.
        related = any(one.partition("@")[0] == scheme for one in scope.schemes)
        causes.append("edition" if related else "scheme")
    if case.categories.isdisjoint(scope.categories):
        causes.append("category")
    if case.places.isdisjoint(scope.places):
        causes.append("site")
    return causes
