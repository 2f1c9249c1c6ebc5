"""Documents of another year than the period they stand for, and of a day after the study was made."""

import re
from collections.abc import Iterator
from datetime import date

from footproof.errors import Where
from footproof.interpret.clause_view import View
from footproof.model.study import Study
from footproof.rules.parameters import ParameterBook
from footproof.verify.finding import Finding, worded

_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield documents in use whose names give years, none of which lies in the period."""
    del book
    yield from of_study(view.study, view.assessment.known_on)


def of_study(study: Study, known_on: date | None = None) -> Iterator[Finding]:
    """Yield the same of a study that need not be assessed.

    Args:
        study: As it was read.
        known_on: Day up to which it knows; its own if left out.
    """
    day = (known_on or study.known_on or date.max).isoformat()
    period = range(study.start.year, study.end.year + 1)
    used = {row.evidence for row in study.exchanges} | {item.evidence for item in study.quantities.values()}
    for item in study.evidence.values():
        years = {int(year) for year in _YEAR.findall(f"{item.file} {item.name.zh} {item.name.en}")}
        if item.id in used and years and not years & set(period):
            values = {"document": item.id, "years": ", ".join(map(str, sorted(years))), "start": study.start}
            said = worded("V-PERIOD", {**values, "end": study.end})
            yield Finding("V-PERIOD", (Where("evidence.csv", field=item.id),), said, "6.3.6")
        # A day before the end of the period is found by the rule.
        if _DAY.fullmatch(item.captured) and item.captured > day >= study.end.isoformat():
            values = {"document": item.id, "captured": item.captured, "known_on": day}
            said = worded("V-LATER", values)
            yield Finding("V-LATER", (Where("evidence.csv", field=item.id),), said, "6.3.6")
