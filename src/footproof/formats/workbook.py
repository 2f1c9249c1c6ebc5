"""The spreadsheet door: a workbook in which a plant collects its data, made from a rule or a study, and read back.

Export and import lose nothing that the study's reader returns; comments of study.toml are not kept
(`docs/reference/workbook.md`).
"""

from collections.abc import Iterable

from footproof.formats.study import StudyFiles
from footproof.formats.workbook_form import Offer, ask, form_of_product, form_of_study
from footproof.formats.workbook_read import CellFinding, Imported, Level, import_workbook, summary
from footproof.formats.workbook_write import write_workbook
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Rulebook


def new_workbook(product: Bilingual, rule: Rulebook, offers: Iterable[Offer] = ()) -> bytes:
    """Return a workbook to be filled in for a product: rows for the rule's stages, the figures and words it asks for.

    Args:
        product: Name of the product.
        rule: The rule under which its footprint will be computed.
        offers: Published factors and fuels for the drop-downs.
    """
    form = form_of_product(product, rule)
    ask(form, rule)
    return write_workbook(form, rule, offers)


def export_workbook(files: StudyFiles, rule: Rulebook | None = None, offers: Iterable[Offer] = ()) -> bytes:
    """Return the workbook of a study; with a rule, what the rule asks for besides stands in it to be filled in.

    Args:
        files: Of a study that `read_study` accepts.
        rule: Its rule, or None.
        offers: Published factors and fuels for the drop-downs.
    """
    form = form_of_study(files)
    if rule is not None:
        ask(form, rule)
    return write_workbook(form, rule, offers)


__all__ = [
    "CellFinding",
    "Imported",
    "Level",
    "Offer",
    "export_workbook",
    "import_workbook",
    "new_workbook",
    "summary",
]
