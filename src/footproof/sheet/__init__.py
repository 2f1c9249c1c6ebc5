"""The calculation sheet (核算表): the closed, finite list of what makes a footprint, and its evaluator.

`docs/reference/sheet.md` is the specification. `read` takes bytes and checks the form; `evaluate` computes;
`result_record` gives what is written into a package and compared by whoever recomputes.
"""

from footproof.sheet.evaluate import evaluate_sheet
from footproof.sheet.form import Alternative, Check, Entry, Figure, Node, Sheet, Term, read_sheet, sheet_of
from footproof.sheet.origins import ORIGINS
from footproof.sheet.result import differences, evaluate_bytes, evaluate_document, result_record

__all__ = [
    "ORIGINS",
    "Alternative",
    "Check",
    "Entry",
    "Figure",
    "Node",
    "Sheet",
    "Term",
    "differences",
    "evaluate_bytes",
    "evaluate_document",
    "evaluate_sheet",
    "read_sheet",
    "result_record",
    "sheet_of",
]
