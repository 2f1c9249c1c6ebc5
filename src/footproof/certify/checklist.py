"""The questions of an activity: from the clauses of the rule, or from what the scheme asks of client and system.

A checklist is derived, never written by hand, so that no clause is left out and each question says where it comes from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import ClauseKind, Rulebook
from footproof.model.scheme import Activity, Checklist, Grid, Scheme
from footproof.texts import say


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        id: Unique within the checklist, such as "client/system", "emission/planning" or "cn.gbt.24067/5.2".
        text: What must hold.
        source: Clause, requirement or part of the scheme it comes from.
        shall: Whether it is a requirement; else a recommendation.
    """

    id: str
    text: Bilingual
    source: str
    shall: bool = True


def checklist(scheme: Scheme, activity: Activity, rule: Rulebook | None = None) -> tuple[Question, ...]:
    """Return the questions of an activity.

    Args:
        scheme: Edition.
        activity: One of its activities.
        rule: Rulebook the footprint was quantified by, for activities that ask by its clauses.

    Returns:
        In the order of scheme or rule; none for an activity without a checklist, or one that asks by the clauses of a
        rule where there is no rule.
    """
    if activity.checklist is Checklist.SCHEME_CLAUSES:
        return tuple(_of_scheme(scheme))
    if activity.checklist is Checklist.RULE_CLAUSES and rule is not None:
        return tuple(_of_rule(rule))
    return ()


def _of_scheme(scheme: Scheme) -> Iterator[Question]:
    for requirement in scheme.client_requirements:
        yield Question(f"client/{requirement.id}", requirement.text, requirement.source)
    for conclusion in scheme.conclusions:
        yield Question(f"conclusion/{conclusion.id}", conclusion.text, scheme.source)
    if scheme.grid is not None:
        yield from _of_grid(scheme.grid)


def _of_grid(grid: Grid) -> Iterator[Question]:
    """Yield one question for each module and clause; where the scheme words none, by their names."""
    for module in grid.modules:
        for clause in grid.clauses:
            worded = grid.questions.get((module.id, clause.id))
            named = Bilingual(
                say("scheme", "checklist.grid", "zh", module=module.title.zh, clause=clause.title.zh),
                say("scheme", "checklist.grid", "en", module=module.title.en, clause=clause.title.en),
            )
            yield Question(f"{module.id}/{clause.id}", worded or named, grid.source)


def _of_rule(rule: Rulebook) -> Iterator[Question]:
    """Yield the clauses that people look at; what the sheet computes is recomputed instead."""
    for clause in rule.clauses.values():
        if clause.kind is not ClauseKind.COMPUTE:
            source = clause.refers_to or rule.name
            yield Question(f"{rule.id}/{clause.id}", clause.text, source, shall=clause.severity == "shall")
