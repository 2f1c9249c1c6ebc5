"""What a check found in a study: a stable code, a place, a clause, and what it does to the footprint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from footproof.errors import Where
from footproof.model.bilingual import Bilingual
from footproof.model.study import Study
from footproof.texts import say

Remedy: TypeAlias = Callable[[Study], Study]

ERROR, GAP, NOTE = "error", "gap", "note"
SEVERITIES = (ERROR, GAP, NOTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Args:
        code: "V-…" of a check of this layer, the id of a clause as "clause:6.4.3", or "E-…" of a refusal.
        rows: Where; the first is the place to look at first.
        said: What was found, in words.
        clause: Clause of the rule that it touches, or empty.
        severity: "error" where a requirement is not met or a figure cannot be right, "gap" where the study gives no
            ground to say, "note" for a recommendation.
        remedy: How the study looks with this put right, where that follows from the study itself.
        effect: Claimed less right, once `remedy` was assessed; None where it cannot be computed. [unit of the result]
    """

    code: str
    rows: tuple[Where, ...]
    said: Bilingual
    clause: str = ""
    severity: str = ERROR
    remedy: Remedy | None = field(default=None, compare=False)
    effect: Fraction | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes it the same finding: its code at its first place."""
        return self.code, str(self.rows[0]) if self.rows else ""


def worded(code: str, values: Mapping[str, object]) -> Bilingual:
    """Return the words of a check.

    Args:
        code: Of the check, such as "V-SLIP"; its text stands under "verify.<code>" of the findings.
        values: What its braces refer to; a text in both languages shows in each.
    """
    key = f"verify.{code}"
    zh = {name: value.zh if isinstance(value, Bilingual) else value for name, value in values.items()}
    en = {name: value.en if isinstance(value, Bilingual) else value for name, value in values.items()}
    return Bilingual(say("findings", key, "zh", **zh), say("findings", key, "en", **en))
