"""Write a data-collection workbook: labels in Chinese and English, drop-downs, guidance, protected headers.

Every text is written as text, never as a formula, whatever it begins with; where a spreadsheet program would take it
for a formula when edited, it carries the mark of a quoted text. Same form, same bytes: the file holds no time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from footproof.expressions.exact import normalise
from footproof.formats.toml import show_path
from footproof.formats.workbook_cells import cell_name, column_name
from footproof.formats.workbook_form import Form, Offer
from footproof.formats.workbook_layout import (
    CHOICES,
    FIRST_ROW,
    FORMAT,
    GASES,
    GUIDE,
    HEAD,
    HEAD_FIELDS,
    LAYOUTS,
    LISTS,
    MARK,
    ORDER,
    UNITS,
    Column,
    Content,
    HeadField,
    Layout,
    layout_of,
)
from footproof.formats.workbook_toml import write_value
from footproof.formats.workbook_words import choice_label, label_of, tab_name
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Rulebook
from footproof.texts import Record, catalogue

ROWS_TO_FILL = 300  # Rows with drop-downs below what stands there.
LONGEST_PROMPT = 255
_MADE = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # Same bytes whenever it is written.
_FONT = "Microsoft YaHei"
_DARK, _PALE, _GREY, _EDGE, _FILL = "#1F4E5F", "#E8F1F2", "#EFEFEF", "#B7C9CE", "#FFFDF2"
ALWAYS = frozenset(layout.id for layout in LAYOUTS if layout.id != "intensities")  # Sheets shown, filled or not.
_WIDTHS = {
    Content.ID: 20,
    Content.NUMBER: 13,
    Content.AMOUNT: 15,
    Content.UNIT: 10,
    Content.CHOICE: 24,
    Content.REFERENCE: 30,
    Content.TEXT: 24,
    Content.WORDS: 30,
    Content.DAY: 14,
    Content.LITERAL: 24,
}
_NARROW = {"region", "year", "gas", "basis_unit", "alternative_unit", "captured", "serial", "accuracy"}


@dataclass(frozen=True, slots=True)
class _Looks:
    """Formats of cells."""

    key: Any
    title: Any
    note: Any
    needed: Any
    label: Any
    aside: Any
    english: Any
    text: Any
    number: Any
    quoted: Any
    shut: Any
    link: Any


def write_workbook(form: Form, rule: Rulebook | None, offers: Iterable[Offer]) -> bytes:
    """Return the workbook of a form.

    Args:
        form: What stands in it.
        rule: The rule it was made for; its name and digest stand in the document properties.
        offers: Published factors and fuels that cells may point to.
    """
    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": "Footproof", "comments": FORMAT, "created": _MADE})
    book.set_custom_property("footproof.format", FORMAT)
    if rule is not None:
        book.set_custom_property("footproof.rulebook", rule.name)
        book.set_custom_property("footproof.rulebook_digest", rule.digest)
    looks = _looks(book)
    sheets = [layout_of(name) for name in form.rows if form.rows[name] or name in ALWAYS]
    tabs = {name: book.add_worksheet(tab_name(name)) for name in (GUIDE, HEAD, *(item.id for item in sheets), LISTS)}
    _guide(tabs[GUIDE], looks, rule, [item.id for item in sheets])
    _head(tabs[HEAD], looks, form.head)
    offered = tuple(offers)
    lists = _lists(tabs[LISTS], looks, offered, form)
    names = {item.value: _offer(item) for item in offered}
    for layout in sheets:
        _table(tabs[layout.id], looks, layout, _named(form, layout, names), lists)
    book.close()
    return target.getvalue()


# ---- looks


def _looks(book: Any) -> _Looks:
    plain = {"font_name": _FONT, "font_size": 10, "valign": "vcenter"}
    edged = {**plain, "border": 1, "border_color": _EDGE, "text_wrap": True}
    heading = {**edged, "bold": True, "align": "center"}
    return _Looks(
        key=book.add_format({**plain, "font_color": "#808080"}),
        title=book.add_format({**plain, "bold": True, "font_size": 16, "font_color": _DARK}),
        note=book.add_format({**plain, "text_wrap": True, "bg_color": _PALE, "valign": "top"}),
        needed=book.add_format({**heading, "bg_color": _DARK, "font_color": "#FFFFFF"}),
        label=book.add_format({**heading, "bg_color": _PALE}),
        aside=book.add_format({**heading, "bg_color": _GREY, "font_color": "#606060"}),
        english=book.add_format({**edged, "font_color": "#606060"}),
        text=book.add_format({**edged, "num_format": "@", "locked": False, "bg_color": _FILL}),
        number=book.add_format({**edged, "locked": False, "bg_color": _FILL}),
        quoted=book.add_format({**edged, "locked": False, "quote_prefix": True, "bg_color": _FILL}),
        shut=book.add_format({**edged, "bg_color": _GREY}),
        link=book.add_format({**edged, "font_color": "#0B5CAD", "underline": 1}),
    )


def _protect(sheet: Any) -> None:
    """Keep headers from being overwritten by accident; there is no password, since nothing is secret."""
    free = ("insert_rows", "delete_rows", "format_cells", "format_columns", "format_rows", "sort", "autofilter")
    sheet.protect("", dict.fromkeys(free, True))


# ---- the guide


def _guide(sheet: Any, looks: _Looks, rule: Rulebook | None, sheets: Sequence[str]) -> None:
    wording = catalogue("workbook")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 3)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 3, 70)
    sheet.write_string(0, 1, f"{wording['guide.title']['zh']} {wording['guide.title']['en']}", looks.title)
    row = 2
    for key in (
        "purpose",
        "rule",
        "status",
        "boundary",
        "fill",
        "blank",
        "numbers",
        "formula",
        "languages",
        "documents",
        "send",
    ):
        record = _about(rule).get(key) or wording.get(f"guide.{key}")
        if record is None:
            continue
        sheet.write_string(row, 1, " / ".join(_pair(wording[f"guide.head.{key}"])), looks.label)
        sheet.write_string(row, 2, record["zh"], looks.note)
        sheet.write_string(row, 3, record["en"], looks.note)
        sheet.set_row(row, 15 * _lines(record))
        row += 1
    row += 1
    for column, key in enumerate(("sheet", "who_zh", "who_en"), 1):
        sheet.write_string(row, column, " / ".join(_pair(wording[f"guide.contents.{key}"])), looks.needed)
    for name in (HEAD, *sheets, LISTS):
        row += 1
        record = wording.get(f"sheet.{name}.help") or {"zh": name, "en": name}
        sheet.write_url(row, 1, f"internal:'{tab_name(name)}'!A1", looks.link, tab_name(name))
        sheet.write_string(row, 2, record["zh"], looks.note)
        sheet.write_string(row, 3, record["en"], looks.note)
        sheet.set_row(row, 15 * _lines(record))
    sheet.protect("")
    sheet.activate()
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _pair(record: Record) -> tuple[str, str]:
    return record["zh"], record["en"]


def _lines(record: Record) -> int:
    """Return how many lines a text takes in a column of about 70 letters; a Chinese character is two wide."""
    wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in record["zh"])
    return max(1, -(-wide // 74), -(-len(record["en"]) // 74))


def _about(rule: Rulebook | None) -> Mapping[str, Record]:
    """Return what the guide says of a rule."""
    if rule is None:
        return {}
    kept = [name for stage, name in rule.stages.items() if stage not in rule.excluded_stages]
    wording = catalogue("workbook")
    left = [rule.stages.get(stage) or Bilingual(**wording[f"choice.stage.{stage}"]) for stage in rule.excluded_stages]
    boundary = {
        lang: wording["guide.stages"][lang].format(
            kept=_join([name.say(lang) for name in kept], lang),
            left=_join([name.say(lang) for name in left], lang) or wording["guide.none"][lang],
        )
        for lang in ("zh", "en")
    }
    return {
        "rule": {"zh": f"{rule.title.zh}（{rule.name}）", "en": f"{rule.title.en} ({rule.name})"},
        "status": {"zh": rule.status_note.zh, "en": rule.status_note.en},
        "boundary": boundary,
    }


def _join(names: Sequence[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(names)


# ---- product, site and period


def _head(sheet: Any, looks: _Looks, head: Mapping[str, Any]) -> None:
    wording = catalogue("workbook")
    _top(sheet, looks, HEAD, 5)
    for column, (key, width) in enumerate(
        (("key", 4), ("zh", 24), ("en", 26), ("value", 44), ("english", 44), ("help", 60))
    ):
        sheet.set_column(column, column, width, None, {"hidden": column == 0})
        sheet.write_string(0, column, f"{MARK}{HEAD}" if column == 0 else key, looks.key)
        if column:
            for row, text in enumerate(_pair(wording[f"head.column.{key}"]), 2):
                sheet.write_string(row, column, text, looks.needed if key in ("value", "english") else looks.label)
    row = FIRST_ROW
    rest = {key: value for key, value in head.items() if key != "format"}
    for expert in (False, True):
        for item in (item for item in HEAD_FIELDS if item.expert is expert):
            _head_line(sheet, looks, row, item, _take(rest, item.path.split(".")))
            row += 1
    for path, value in _leaves((), rest):
        sheet.write_string(row, 0, f"={path}", looks.key)
        for column in (1, 2):
            sheet.write_string(row, column, path, looks.aside)
        _write_text(sheet, looks, row, 3, write_value(value))
        sheet.write_blank(row, 4, None, looks.shut)
        sheet.write_string(row, 5, " / ".join(_pair(wording["head.other"])), looks.english)
        row += 1
    _protect(sheet)
    sheet.freeze_panes(FIRST_ROW, 3)


def _head_line(sheet: Any, looks: _Looks, row: int, item: HeadField, value: object) -> None:
    wording = catalogue("workbook")
    label, help_ = wording[f"head.{item.path}.label"], wording[f"head.{item.path}.help"]
    star = "* " if item.needed else ""
    sheet.write_string(row, 0, item.path, looks.key)
    for column, text in enumerate(_pair(label), 1):
        sheet.write_string(row, column, star + text, looks.aside if item.expert else looks.label)
    both = value if isinstance(value, Mapping) else {}
    _write_text(sheet, looks, row, 3, str(both.get("zh", "")) if item.both else _shown(value))
    if item.both:
        _write_text(sheet, looks, row, 4, str(both.get("en", "")))
    else:
        sheet.write_blank(row, 4, None, looks.shut)
    sheet.write_string(row, 5, f"{help_['zh']}\n{help_['en']}", looks.english)
    sheet.set_row(row, 32)
    if item.day:
        sheet.data_validation(row, 3, row, 3, _prompt(label, help_))


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | Decimal):
        return normalise(Decimal(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _take(table: dict[str, Any], steps: Sequence[str]) -> object:
    """Return what stands at a path and remove it, with the tables that it leaves empty."""
    if steps[0] not in table:
        return None
    if len(steps) == 1:
        return table.pop(steps[0])
    inner = dict(table[steps[0]])
    found = _take(inner, steps[1:])
    if inner:
        table[steps[0]] = inner
    else:
        del table[steps[0]]
    return found


def _leaves(path: tuple[str | int, ...], table: Mapping[str, Any]) -> Iterable[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves((*path, key), value)
        else:
            yield show_path((*path, key)), value


# ---- look-ups


def _lists(sheet: Any, looks: _Looks, offers: Sequence[Offer], form: Form) -> Mapping[str, str]:
    """Write the lists and return the formula of each; the last columns keep what nobody needs to see."""
    wording = catalogue("workbook")
    _top(sheet, looks, LISTS, 6)
    columns: list[tuple[str, list[str]]] = [
        (name, [choice_label(name, code) for code in codes]) for name, codes in CHOICES.items()
    ]
    columns += [("unit", list(UNITS)), ("gas", list(GASES))]
    for group in ("energy", "transport", "supplier"):
        columns.append((group, [_offer(item) for item in offers if item.group == group]))
    columns += [(f"word-{name}", list(words)) for name, words in form.words.items()]
    formulas: dict[str, str] = {}
    sheet.write_string(0, 0, f"{MARK}{LISTS}", looks.key)
    for column, (name, items) in enumerate(columns, 1):
        shown = name.removeprefix("word-")
        record = wording.get(f"list.{name}") or {"zh": shown, "en": shown}
        longest = max(map(len, items), default=0)
        sheet.set_column(column, column, 64 if longest > 40 else 34 if longest > 12 else 16)
        for row, text in enumerate(_pair(record), 2):
            sheet.write_string(row, column, text, looks.label)
        for row, text in enumerate(items, FIRST_ROW):
            sheet.write_string(row, column, text, looks.english)
        if items:
            letters = column_name(column)
            place = f"${letters}${FIRST_ROW + 1}:${letters}${FIRST_ROW + len(items)}"
            formulas[name] = f"='{tab_name(LISTS)}'!{place}"
    hidden = len(columns) + 1
    sheet.write_string(0, hidden, "suggested", looks.key)
    for row, text in enumerate(form.suggested, FIRST_ROW):
        sheet.write_string(row, hidden, text, looks.key)
    sheet.set_column(hidden, hidden, 4, None, {"hidden": True})
    sheet.set_column(0, 0, 4, None, {"hidden": True})
    sheet.protect("")
    sheet.freeze_panes(FIRST_ROW, 0)
    for name, source in (("process", "processes"), ("evidence", "evidence"), ("meter", "meters")):
        letters = column_name([item.name for item in layout_of(source).columns].index("id") + 1)
        last = FIRST_ROW + len(form.rows[source]) + 200
        formulas[name] = f"='{tab_name(source)}'!${letters}${FIRST_ROW + 1}:${letters}${last}"
    return formulas


def _offer(item: Offer) -> str:
    return f"{item.name.zh} {item.name.en} | {item.value}" if item.name.zh != item.value else item.value


# ---- tables


def _named(form: Form, layout: Layout, names: Mapping[str, str]) -> Form:
    """Show a published factor with its name, as the drop-down does."""
    columns = [column.name for column in layout.columns if column.content is Content.REFERENCE]
    rows = [
        {**row, **{name: names[row[name]] for name in columns if row.get(name) in names}}
        for row in form.rows[layout.id]
    ]
    return replace(form, rows={**form.rows, layout.id: rows})


def _table(sheet: Any, looks: _Looks, layout: Layout, form: Form, lists: Mapping[str, str]) -> None:
    rows = form.rows[layout.id]
    known = [column.name for column in layout.columns]
    more = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in known and key != ORDER]
    columns = [*layout.columns, *(layout.column(name) for name in more)]
    shown = [column for column in columns if not column.aside]
    _top(sheet, looks, layout.id, max(1, min(len(shown), 9)))
    sheet.write_string(0, 0, f"{MARK}{layout.id}", looks.key)
    sheet.set_column(0, 0, 4, looks.number, {"hidden": True})
    last = FIRST_ROW + len(rows) + ROWS_TO_FILL
    for place, column in enumerate(columns, 1):
        _column(sheet, looks, layout, column, place)
        _validate(sheet, layout, column, (FIRST_ROW, place, last, place), lists)
    for row, cells in enumerate(rows, FIRST_ROW):
        if ORDER in cells:
            sheet.write_number(row, 0, int(cells[ORDER]), looks.number)
        for place, column in enumerate(columns, 1):
            _cell(sheet, looks, (row, place), column, cells.get(column.name, ""))
        name = f"word-{cells.get('id', '')}"
        if layout.id == "parameters" and name in lists:
            place = known.index("text") + 1
            sheet.data_validation(row, place, row, place, {"validate": "list", "source": lists[name]})
    sheet.ignore_errors({"number_stored_as_text": f"A1:{cell_name(last, len(columns))}"})
    _protect(sheet)
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.print_area(1, 1, FIRST_ROW + len(rows) + 20, len(shown))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _top(sheet: Any, looks: _Looks, name: str, width: int) -> None:
    """Write the guidance of a sheet over its table, and hide the row of keys."""
    record = catalogue("workbook").get(f"sheet.{name}.help")
    sheet.set_row(0, None, None, {"hidden": True})
    if record is None:
        return
    text = f"{record['zh']}\n{record['en']}"
    sheet.set_row(1, 62)
    if width > 1:
        sheet.merge_range(1, 1, 1, width, text, looks.note)
    else:
        sheet.write_string(1, 1, text, looks.note)


def _column(sheet: Any, looks: _Looks, layout: Layout, column: Column, place: int) -> None:
    needed = column.needed and column.name not in layout.defaults and not column.aside
    shade = looks.aside if column.aside else looks.needed if needed else looks.label
    label = label_of(layout.id, column.name) or {"zh": column.name, "en": column.name}
    help_ = label_of(layout.id, column.name, "help")
    wide = 12 if column.name in _NARROW else 40 if column.name == "source" else _WIDTHS[column.content]
    numeric = column.content in (Content.NUMBER, Content.AMOUNT)
    sheet.set_column(place, place, wide, looks.number if numeric else looks.text)
    sheet.write_string(0, place, column.name, looks.key)
    for row, text in enumerate(_pair(label), 2):
        sheet.write_string(row, place, f"{'* ' if needed else ''}{text}", shade)
    sheet.set_row(2, 30)
    sheet.set_row(3, 30)
    if help_ is not None:
        look = {"x_scale": 2.2, "y_scale": 1.4, "font_size": 9, "author": "Footproof"}
        sheet.write_comment(2, place, f"{help_['zh']}\n{help_['en']}", look)


def _validate(
    sheet: Any, layout: Layout, column: Column, area: tuple[int, int, int, int], lists: Mapping[str, str]
) -> None:
    figures = layout.id == "parameters"
    if figures and column.name == "text":  # Each row has a list of its own, and ranges must not overlap.
        return
    label, help_ = label_of(layout.id, column.name), label_of(layout.id, column.name, "help")
    prompt = _prompt(label, help_) if label and help_ else {"validate": "any"}
    if column.options in lists:
        prompt |= {"validate": "list", "source": lists[column.options]}
        if column.content is Content.CHOICE:
            wrong = catalogue("workbook")["wrong.choice"]
            prompt |= {"error_title": wrong["zh"], "error_message": wrong["en"]}
        else:
            prompt |= {"show_error": False}
    elif column.content is Content.NUMBER and not figures:  # A figure of the product may lie below zero.
        wrong = catalogue("workbook")["wrong.number"]
        prompt |= {"validate": "decimal", "criteria": ">=", "value": 0}
        prompt |= {"error_title": wrong["zh"], "error_message": wrong["en"]}
    if prompt != {"validate": "any"}:
        sheet.data_validation(*area, prompt)


def _prompt(label: Record, help_: Record) -> dict[str, Any]:
    text = f"{help_['zh']}\n{help_['en']}"
    if len(text) > LONGEST_PROMPT:
        text = help_["zh"]
    return {"validate": "any", "input_title": label["zh"][:32], "input_message": text[:LONGEST_PROMPT]}


def _cell(sheet: Any, looks: _Looks, at: tuple[int, int], column: Column, text: str) -> None:
    """Write a cell, a number as a number, everything else as text."""
    if not text:
        return
    row, place = at
    if column.content in (Content.NUMBER, Content.AMOUNT) and not text.startswith("="):
        sheet.write_number(row, place, float(Decimal(text)), looks.number)
    else:
        shown = choice_label(column.options, text) if column.content is Content.CHOICE else text
        _write_text(sheet, looks, row, place, shown)


def _write_text(sheet: Any, looks: _Looks, row: int, column: int, text: str) -> None:
    if text:
        risky = text[0] in "=+-@\t\r'"
        sheet.write_string(row, column, text, looks.quoted if risky else looks.text)
    else:
        sheet.write_blank(row, column, None, looks.text)
