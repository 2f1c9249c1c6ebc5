"""Co-products that the words of a process speak of and its tables do not.

An allocation without rows, or rows without an allocation, is refused by the assessment already.
"""

from collections.abc import Iterator

from footproof.interpret.clause_view import View, place
from footproof.model.study import Process
from footproof.rules.parameters import ParameterBook
from footproof.verify.finding import Finding, worded
from footproof.verify.kinds import kinds_of


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield processes that call themselves joint production and have one product only."""
    del book
    several = {row.process for row in view.study.coproducts}
    for process in view.study.processes.values():
        if process.id not in several and _speaks_of_several(process):
            said = worded("V-COPRODUCT", {"process": process.id})
            yield Finding("V-COPRODUCT", (place(process.place, "allocation"),), said, "6.4.6")


def _speaks_of_several(process: Process) -> bool:
    note = (process.note.zh, process.note.en) if process.note else ()
    return bool(kinds_of((process.name.zh, process.name.en, *note), ("coproduct",)))
