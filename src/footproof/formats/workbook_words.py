"""How a data-collection workbook names its parts, and how a finding about it speaks: as the plant reads the sheet.

A column goes by its printed label and a choice by the words of its drop-down. The keys and codes behind them stand in
hidden rows and in the files of a study, which a plant never sees.
"""

from collections.abc import Callable, Iterable, Mapping

from footproof.errors import FootproofError
from footproof.formats.workbook_layout import CHOICES, Content, Layout
from footproof.model.bilingual import Bilingual
from footproof.texts import Record, catalogue

Rewording = Callable[[FootproofError, Layout, str], FootproofError]


def tab_name(sheet: str) -> str:
    """Return the tab of a sheet, in both languages."""
    record = catalogue("workbook").get(f"sheet.{sheet}.name")
    return f"{record['zh']} {record['en']}" if record else sheet[:31]


def choice_label(options: str, code: str) -> str:
    """Return a word of a list as a drop-down shows it: names, a bar, and the word itself."""
    record = catalogue("workbook").get(f"choice.{options}.{code}")
    return f"{record['zh']} {record['en']} | {code}" if record else code


def label_of(sheet: str, column: str, kind: str = "label") -> Record | None:
    """Return the wording of a column: that of the sheet, else that of all sheets."""
    wording = catalogue("workbook")
    return wording.get(f"{kind}.{sheet}.{column}") or wording.get(f"{kind}.{column}")


def column_words(sheet: str, column: str) -> Bilingual | str:
    """Return what is printed above a column; its key where nothing is."""
    return _both(label_of(sheet, column), column)


def head_words(path: str) -> Bilingual | str:
    """Return what is printed beside a field of the sheet on the product; its key where nothing is."""
    return _both(catalogue("workbook").get(f"head.{path}.label"), path)


def choice_words(options: str, code: str) -> Bilingual | str:
    """Return the words of a choice without the code behind the bar; the code where it has none."""
    return _both(catalogue("workbook").get(f"choice.{options}.{code}"), code)


def in_sheet_words(problem: FootproofError, layout: Layout, column: str | None) -> FootproofError:
    """Return a refusal in the words of the sheet.

    Args:
        problem: What the reader of studies says.
        layout: Sheet on which the row stands.
        column: Where in the row, if anywhere.
    """
    name = column or str(problem.values.get("column", problem.values.get("key", "")))
    if problem.code in _REWORDED:
        return _REWORDED[problem.code](problem, layout, name)
    values = dict(problem.values)
    if problem.code in _LINKS:
        sheet, key = _LINKS[problem.code]
        return FootproofError("E-WORKBOOK-LINK", problem.where, found=values.get(key, ""), needed=tab_name(sheet))
    values |= {key: column_words(layout.id, str(values[key])) for key in ("column", "key") if key in values}
    drawn = layout.column(name)
    if "allowed" in values and drawn.content is Content.CHOICE:
        values["allowed"] = _listed(choice_words(drawn.options, code) for code in CHOICES[drawn.options])
    return FootproofError(problem.code, problem.where, **values)


def _negative(problem: FootproofError, layout: Layout, name: str) -> FootproofError:
    return FootproofError(
        "E-WORKBOOK-NEGATIVE",
        problem.where,
        column=column_words(layout.id, name),
        found=problem.values.get("found", ""),
        tab=tab_name("waste"),
        kind=column_words("waste", "kind"),
        credit=choice_words("kind", "credit"),
    )


def _no_meaning(problem: FootproofError, layout: Layout, name: str) -> FootproofError:
    return FootproofError(
        "E-WORKBOOK-COLUMN",
        problem.where,
        column=column_words(layout.id, name),
        kind=choice_words("kind", str(problem.values.get("kind", ""))),
        label=column_words(layout.id, "kind"),
    )


def _unbalanced(problem: FootproofError, layout: Layout, _name: str) -> FootproofError:
    return FootproofError(
        "E-WORKBOOK-BALANCE",
        problem.where,
        column=column_words(layout.id, "balance"),
        balance=choice_words("balance", str(problem.values.get("balance", ""))),
        unit=problem.values.get("unit", ""),
        none=choice_words("balance", "none"),
    )


_REWORDED: Mapping[str, Rewording] = {
    "E-STUDY-NEGATIVE": _negative,
    "E-STUDY-COLUMN": _no_meaning,
    "E-STUDY-BALANCE": _unbalanced,
}
_LINKS: Mapping[str, tuple[str, str]] = {  # Sheet on which the row is missing, and the value that names it.
    "E-STUDY-METER": ("meters", "id"),
    "E-STUDY-PROVIDER": ("processes", "name"),
    "E-EVIDENCE-UNKNOWN": ("evidence", "id"),
}


def _both(record: Record | None, key: str) -> Bilingual | str:
    return Bilingual(record["zh"], record["en"]) if record else key


def _listed(items: Iterable[Bilingual | str]) -> Bilingual:
    words = [item if isinstance(item, Bilingual) else Bilingual(item, item) for item in items]
    return Bilingual("、".join(item.zh for item in words), ", ".join(item.en for item in words))
