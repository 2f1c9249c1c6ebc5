"""Documents and sources of another year than the period they stand for."""

import re
from collections.abc import Iterator

from footproof.errors import Where
from footproof.interpret.clause_view import View
from footproof.rules.parameters import ParameterBook
from footproof.verify.finding import Finding, worded

_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield documents in use whose names give years, none of which lies in the period."""
    del book
    study = view.study
    period = range(study.start.year, study.end.year + 1)
    used = {row.evidence for row in view.counted} | {item.evidence for item in study.quantities.values()}
    for item in study.evidence.values():
        years = {int(year) for year in _YEAR.findall(f"{item.file} {item.name.zh} {item.name.en}")}
        if item.id in used and years and not years & set(period):
            values = {"document": item.id, "years": ", ".join(map(str, sorted(years))), "start": study.start}
            said = worded("V-PERIOD", {**values, "end": study.end})
            yield Finding("V-PERIOD", (Where("evidence.csv", field=item.id),), said, "6.3.6")
