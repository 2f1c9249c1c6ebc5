"""The answer of one check: it holds, or why not under a stable code, with figures and sentences worth showing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found.

    Args:
        name: "signature", "validity", "status", "recognition", "log", "package", "recomputation", and where it was
            asked for "embedded-proof", "pdf-signature" or "assessment".
        problem: None where it holds.
        facts: Figures worth showing, as text.
        notes: Sentences for people.
    """

    name: str
    problem: FootproofError | None
    facts: Mapping[str, str]
    notes: tuple[Bilingual, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether the check holds."""
        return self.problem is None


def attempt(name: str, run: Callable[[], Mapping[str, str]]) -> Outcome:
    """Run one check and keep its answer, whichever it is.

    Args:
        name: Of the check.
        run: Returns its facts, or raises what does not hold.
    """
    try:
        return Outcome(name, None, run())
    except FootproofError as problem:
        return Outcome(name, problem, {})
