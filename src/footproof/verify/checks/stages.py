"""Stages that the boundary claims in words and that no term counts in.

Stages that a study lists, or a rule prescribes, are checked by the rule (6.3.3).
"""

import re
from collections.abc import Iterator

from footproof.interpret.boundary import stages_counted, stages_inside
from footproof.interpret.clause_view import View, place
from footproof.rules.parameters import ParameterBook
from footproof.verify.finding import Finding, worded
from footproof.verify.kinds import kinds_of

SPOKEN_OF = ("raw_materials", "manufacturing", "distribution", "end_of_life")
_NOT = re.compile(r"(?:\bwithout\b|\bexclud\w+|\bexcept\b|\bno\b|不含|不包括|除).*", re.IGNORECASE)


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield the stages that the words of the boundary name and the study leaves empty."""
    del book
    if stages_inside(view) is not None:
        return
    declared = view.study.declared_unit
    texts = (_NOT.sub("", declared.boundary.zh), _NOT.sub("", declared.boundary.en))
    claimed = kinds_of(texts, SPOKEN_OF)
    for stage in SPOKEN_OF:
        if stage in claimed and stage in view.sheet.stages and stage not in stages_counted(view):
            said = worded("V-STAGE", {"stage": view.rule.stages[stage], "boundary": declared.boundary})
            yield Finding("V-STAGE", (place(declared.place, f"boundary/{stage}"),), said, "6.3.3")
