"""Study report in zh and en from one record: ISO 14067 clause 7 in the order of the Chinese template, and its pictures.

`report_record` collects, `compose` words, `render_html`, `render_pdf` and `render_docx` set. No clock, no network.
"""

from footproof.report.adapt import comparison_of, limit_of, ranges_of, uncertainty_of
from footproof.report.compose import compose
from footproof.report.docx import render_docx
from footproof.report.extras import Cause, Comparison, Extras, Left, LimitDecision, Range, Uncertainty
from footproof.report.form import Record
from footproof.report.html import render_html
from footproof.report.pdf import png_of, render_pdf
from footproof.report.record import report_record

__all__ = [
    "Cause",
    "Comparison",
    "Extras",
    "Left",
    "LimitDecision",
    "Range",
    "Record",
    "Uncertainty",
    "comparison_of",
    "compose",
    "limit_of",
    "png_of",
    "ranges_of",
    "render_docx",
    "render_html",
    "render_pdf",
    "report_record",
    "uncertainty_of",
]
