"""Grade by gate, score and bands: stars of a product, or of an association that sets standards.

The gate must hold, else there is no grade whatever the score. A score belongs to the highest band it lies
strictly above.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from importlib import resources

from footproof.certify.applications import facts_of
from footproof.certify.case import Case
from footproof.certify.conditions import Facts, Unknown, answer, check_facts, holds
from footproof.certify.refusals import refuse
from footproof.certify.scheme_beside import read_grading
from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table, read_toml
from footproof.model.certificate import StatedGrade
from footproof.model.scheme import Band, Grading, Scheme

FILE = "grading.toml"


@dataclass(frozen=True, slots=True)
class Grade:
    """What a grading comes to.

    Args:
        passed: Whether the gate holds.
        score: The score, exactly; None where the gate does not hold. [point]
        band: The band; None where the score lies in none.
    """

    passed: bool
    score: Fraction | None
    band: Band | None

    @property
    def grade(self) -> int:
        """Return the grade, 0 for none."""
        return self.band.grade if self.band else 0


def grade(grading: Grading, facts: Facts) -> Grade:
    """Return the grade that the answers come to.

    Args:
        grading: Gate, score and bands.
        facts: The answers; every one the gate and the score ask for.

    Raises:
        FootproofError: E-SCHEME-FACT, E-SCHEME-FACT-VALUE for an answer that is not asked for or out of range;
            E-SCHEME-GRADE-OPEN where one is missing; E-SCHEME-GRADE-SCORE for a score beyond the highest.
    """
    check_facts(facts, grading.facts)
    gate, score = holds(grading.gate, facts, grading.figures), answer(grading.score, facts, grading.figures)
    missing = [name for found in (gate, score) if isinstance(found, Unknown) for name in found.facts]
    if missing:
        raise FootproofError("E-SCHEME-GRADE-OPEN", Where(FILE), title=grading.title, facts=", ".join(missing))
    if gate is not True:
        return Grade(False, None, None)
    if not isinstance(score, tuple):
        raise FootproofError("E-SHEET-TYPE", Where(FILE, field="score"), found=str(score)[:40], needed="number")
    points = Fraction(*score)
    if not 0 <= points <= Fraction(grading.most):
        raise FootproofError("E-SCHEME-GRADE-SCORE", Where(FILE, field="score"), found=points, most=grading.most)
    reached = [band for band in grading.bands if points > Fraction(band.above)]
    return Grade(True, points, reached[-1] if reached else None)


def graded(scheme: Scheme, declared: tuple[tuple[str, str], ...]) -> Grade:
    """Return the grade that declared answers come to under a scheme.

    Args:
        scheme: One with a grading.
        declared: Answers as text, by name: "true", "false" or a number.

    Raises:
        FootproofError: E-SCHEME-GRADE-NONE where the scheme gives no grade, or as `grade`.
    """
    if scheme.grading is None:
        raise FootproofError("E-SCHEME-GRADE-NONE", Where(FILE), scheme=scheme.title)
    return grade(scheme.grading, facts_of(replace(scheme, facts=scheme.grading.facts), declared))


def grade_of(scheme: Scheme, case: Case) -> int | None:
    """Return the grade that the conclusions of a case come to; None where the scheme gives none.

    Raises:
        FootproofError: E-SCHEME-GRADE-OPEN where the team answered less than is asked; E-DECISION-GRADE where what it
            answered comes to no grade.
    """
    if scheme.grading is None:
        return None
    found = graded(scheme, tuple(one for item in case.conclusions if item.positive for one in item.answers))
    if not found.grade:
        raise refuse("E-DECISION-GRADE", scheme.name, "case", title=scheme.grading.title, found=f"{found.score or '—'}")
    return found.grade


def stated_grade(scheme: Scheme, found: int | None) -> StatedGrade | None:
    """Return a grade as a certificate states it; None where none was found.

    Args:
        scheme: Edition that it was found under; without a band of that grade the answer is None too.
        found: As `grade_of` gave it.
    """
    bands = scheme.grading.bands if scheme.grading is not None else ()
    return next((StatedGrade(one.grade, one.title) for one in bands if one.grade == found), None)


def load_grading(name: str) -> Grading:
    """Return a grading that comes with footproof, of a scheme or on its own.

    Args:
        name: `id@edition`.

    Raises:
        FootproofError: E-SCHEME-UNKNOWN.
    """
    identity, _, edition = name.partition("@")
    root = resources.files("footproof") / "schemes"
    known = [
        f"{one.name}@{each.name}"
        for one in sorted(root.iterdir(), key=lambda item: item.name)
        if one.is_dir()
        for each in sorted(one.iterdir(), key=lambda item: item.name)
        if (each / FILE).is_file()
    ]
    if name not in known:
        raise FootproofError("E-SCHEME-UNKNOWN", name=name[:120], known=", ".join(known))
    values, lines = read_toml((root / identity / edition / FILE).read_bytes(), FILE)
    return read_grading(Table(values, FILE, lines))
