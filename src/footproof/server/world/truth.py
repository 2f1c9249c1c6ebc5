"""What is wrong in the world, and who should find it: written beside the store, never into it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from footproof.model.days import legal_day
from footproof.server.world.cast import Cast
from footproof.server.world.declared import declared_faults
from footproof.server.world.plan import PLANTED, Life


@dataclass(frozen=True, slots=True)
class Finder:
    """How a kind of fault is found.

    Args:
        who: Whose work it is to find it.
        by: What tells: "refusal" (the operation, carried out on what was known then, is refused), "due-list",
            "package" (what the sealed package says), "certificate" (certificate against package), "coverage" (what a
            maker has declared against what it sells).
        code: Code of the refusal; empty for others.
    """

    who: str
    by: str
    code: str = ""


FINDERS: Mapping[str, Finder] = {
    "outside-scope": Finder("regulator, accreditation body", "refusal", "E-SCOPE-MISSING"),
    "during-suspension": Finder("regulator", "refusal", "E-SCOPE-MISSING"),
    "scope-a-day-late": Finder("regulator, accreditation body", "refusal", "E-SCOPE-MISSING"),
    "expired-accreditation": Finder("accreditation body", "refusal", "E-SCOPE-MISSING"),
    "evaluator-decided": Finder("accreditation body", "refusal", "E-DECISION-SEPARATE"),
    "consultant-evaluated": Finder("accreditation body", "refusal", "E-TEAM-CONFLICT"),
    "without-filing": Finder("regulator", "refusal", "E-FILING-NEEDED"),
    "outside-provinces": Finder("regulator", "refusal", "E-SCOPE-MISSING"),
    "missing-surveillance": Finder("certification body, regulator", "due-list"),
    "labels-exceeded": Finder("certification body", "refusal", "E-LABEL-QUANTITY"),
    "value-not-package": Finder("anybody who checks the certificate", "certificate"),
    "stale-grid-year": Finder("verifier", "package"),
    "duplicated-inventory": Finder("regulator", "package"),
    "outlier-value": Finder("verifier, regulator", "package"),
    "impossible-balance": Finder("verifier", "package"),
    "family-too-wide": Finder("accreditation body", "refusal", "E-CASE-SPREAD"),
    "credits-twice": Finder("regulator", "refusal", "E-NEUTRAL-TWICE"),
    "two-bodies": Finder("regulator", "refusal", "E-PERSON-BODY"),
    "pack-unlisted": Finder("regulator", "refusal", "E-DECL-UNLISTED"),
    "pack-misstated": Finder("verifier, regulator", "refusal", "E-DECL-STATED"),
    "declared-unscoped": Finder("accreditation body, regulator", "refusal", "E-SCOPE-MISSING"),
    "declared-not-package": Finder("regulator", "refusal", "E-DECL-CONFIRMED"),
    "chemistry-missing": Finder("regulator", "coverage", "E-DECL-CHEMISTRY"),
}


def truth(cast: Cast) -> dict[str, Any]:
    """Return every planted fault with where it is.

    Args:
        cast: Of the world.

    Returns:
        Numbers of certificates and cases, ids of declarations and makers, pseudonyms of people; nothing that depends on
        keys.
    """
    plan = cast.plan
    return {
        "demonstration": True,
        "seed": plan.seed,
        "until": plan.until.isoformat(),
        "entered": "as the imported history of badly run bodies: its events were never asked of the operations",
        "kinds": {kind: {"who": found.who, "by": found.by, "code": found.code} for kind, found in FINDERS.items()},
        "faults": [
            *(_fault(life) for kind in PLANTED for life in plan.lives if life.defect == kind),
            *_people(cast),
            *declared_faults(plan),
        ],
    }


def _fault(life: Life) -> dict[str, str]:
    other = {"twin": f"case-{life.twin + 1:06d}"} if life.twin >= 0 else {}
    return {
        "kind": life.defect,
        "certificate": life.first.number,
        "case": f"case-{life.index + 1:06d}",
        "body": f"body-{life.body + 1:02d}",
        **other,
    }


def _people(cast: Cast) -> Iterator[dict[str, str]]:
    for deed in cast.moonlighting():
        yield {"kind": "two-bodies", "person": deed.steps[0].id, "since": legal_day(deed.at).isoformat()}
