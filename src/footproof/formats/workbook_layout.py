"""The sheets of a data-collection workbook: which column stands where, what may go into it, and what it falls back to.

Wording stands in `texts/workbook.toml`: `label.<column>` and `help.<column>`, or `label.<sheet>.<column>` where a sheet
words it in its own way. A sheet of the workbook holds rows of one table of the study (`exchanges.csv`) or of one
section of `study.toml` (`parameter`). Exchanges are spread over five sheets, as a plant keeps its books; a hidden
column keeps their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from footproof.formats.intensities import COLUMNS as INTENSITY_COLUMNS
from footproof.formats.intensities import ORIGINS, ROLES
from footproof.formats.study import CONFIDENCES, QUANTITIES, SCOPES, TECHNOLOGIES
from footproof.model.study import BALANCES, CONTROLS, DATA_KINDS, STAGES, Basis, Kind

FORMAT = "footproof-workbook/1"
MARK = f"{FORMAT}:"
FIRST_ROW = 4  # Of data, counted from 0: keys (hidden), guidance, Chinese labels, English labels stand above.
ORDER = "order"
HEAD = "product"
GUIDE = "guide"
LISTS = "lists"
EXCHANGES = "exchanges.csv"
SECTIONS = ("parameter", "formula", "contract")


class Content(StrEnum):
    """What a column holds."""

    TEXT = "text"
    ID = "id"
    NUMBER = "number"
    AMOUNT = "amount"  # A number, or a formula of the study behind `=`.
    UNIT = "unit"
    CHOICE = "choice"
    REFERENCE = "reference"
    DAY = "day"
    WORDS = "words"  # Several words with commas between them.
    LITERAL = "literal"  # A value as TOML writes it, for what this layout does not know.


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Args:
        name: Column of the table, or key of the section.
        needed: Whether it must be filled in each row.
        options: Name of the list it draws on, for a choice or a reference.
        aside: Whether it stands at the right under a grey header, for the carbon engineer.
    """

    name: str
    content: Content = Content.TEXT
    needed: bool = False
    options: str = ""
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """One sheet.

    Args:
        id: Such as "energy".
        source: Table or section of the study whose rows it holds.
        defaults: What an empty cell stands for.
    """

    id: str
    source: str
    columns: tuple[Column, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        """Return a column; one that the layout does not know is text, or a TOML value in a section of study.toml."""
        for column in self.columns:
            if column.name == name:
                return column
        return Column(name, Content.LITERAL if self.source in SECTIONS else Content.TEXT, aside=bool(self.columns))


@dataclass(frozen=True, slots=True)
class HeadField:
    """One line of the sheet about product, site and period.

    Args:
        path: Key of study.toml; its text in Chinese and English where `both`.
        day: Whether it is a date.
        expert: Whether the carbon engineer fills it in.
    """

    path: str
    both: bool = False
    day: bool = False
    needed: bool = True
    expert: bool = False


HEAD_FIELDS = (
    HeadField("product.name", both=True),
    HeadField("product.model"),
    HeadField("product.description", both=True),
    HeadField("producer.name", both=True),
    HeadField("producer.address", both=True),
    HeadField("site.name", both=True),
    HeadField("site.address", both=True),
    HeadField("site.region"),
    HeadField("period.start", day=True),
    HeadField("period.end", day=True),
    HeadField("id", expert=True),
    HeadField("title", both=True, expert=True),
    HeadField("note", both=True, expert=True),
    HeadField("known_on", day=True, needed=False, expert=True),
    HeadField("reference.process", expert=True),
    HeadField("declared_unit.name", both=True, expert=True),
    HeadField("declared_unit.unit", expert=True),
    HeadField("declared_unit.flow", expert=True),
    HeadField("declared_unit.boundary", both=True, expert=True),
)

CHOICES: Mapping[str, tuple[str, ...]] = {
    "stage": STAGES,
    "kind": tuple(kind.value for kind in Kind),
    "allocation": tuple(basis.value for basis in Basis if basis.value),
    "origin": ORIGINS,
    "role": tuple(role for role in ROLES if role),
    "quantity": QUANTITIES,
    "scope": SCOPES,
    "confidence": CONFIDENCES,
    "technology": TECHNOLOGIES,
    "score": ("1", "2", "3", "4", "5"),
    "tag": ("aircraft",),
    "data": DATA_KINDS,
    "balance": BALANCES,
    "control": CONTROLS,
}
UNITS = (
    "kg", "t", "g", "kWh", "MWh", "MJ", "GJ", "m3", "Nm3", "L", "m2", "m", "km", "t*km", "piece", "h", "d",
    "a", "1", "%",
)  # fmt: skip
GASES = ("CO2", "CH4", "N2O", "SF6", "CF4", "C2F6", "NF3", "HFC-134a", "HFC-32")


def _id(name: str = "id", *, needed: bool = False, aside: bool = False) -> Column:
    return Column(name, Content.ID, needed, aside=aside)


def _pick(name: str, options: str = "", *, needed: bool = False, aside: bool = False) -> Column:
    return Column(name, Content.CHOICE, needed, options or name, aside)


def _refer(name: str, options: str, *, needed: bool = False, aside: bool = False) -> Column:
    return Column(name, Content.REFERENCE, needed, options, aside)


_NAMES = (Column("name_zh", needed=True), Column("name_en", needed=True))
_LOOSE_NAMES = (Column("name_zh"), Column("name_en"))
_NOTES = (Column("note_zh", aside=True), Column("note_en", aside=True))
_AMOUNT = (Column("amount", Content.AMOUNT, needed=True), Column("unit", Content.UNIT, needed=True, options="unit"))
_NUMBER = Content.NUMBER
_SCORES = tuple(_pick(f"dq_{name}", "score", aside=True) for name in ("technology", "geography", "time"))
_EVIDENCE = _refer("evidence", "evidence")
LATER = frozenset(("meter", "data", "balance", "control"))  # Columns that a table has only where they say something.

EXCHANGE_COLUMNS = (
    "process", "id", "kind", "name_zh", "name_en", "amount", "unit", "distance_km", "from", "device", "upstream", "gas",
    "origin", "basis", "stage", "tag", "evidence", "dq_technology", "dq_geography", "dq_time", "source",
    "note_zh", "note_en", "meter", "data",
)  # fmt: skip

_EXCHANGE: Mapping[str, Column] = {
    column.name: column
    for column in (
        _refer("process", "process", needed=True),
        _id(aside=True),
        _pick("kind", needed=True, aside=True),
        *_LOOSE_NAMES,
        *_AMOUNT,
        Column("distance_km", _NUMBER, aside=True),
        _refer("from", "supply", aside=True),
        Column("device", aside=True),
        _refer("upstream", "factor", aside=True),
        Column("gas", options="gas", aside=True),
        _pick("origin", aside=True),
        Column("basis", aside=True),
        _pick("stage"),
        _pick("tag", aside=True),
        _EVIDENCE,
        *_SCORES,
        Column("source"),
        *_NOTES,
        _refer("meter", "meter"),
        _pick("data"),
    )
}


def _exchanges(sheet: str, shown: str, options: Mapping[str, str], **defaults: str) -> Layout:
    """Return a sheet of exchanges: what a plant fills in first, the rest at the right."""
    first = shown.split()
    columns = []
    for name in (*first, *(name for name in EXCHANGE_COLUMNS if name not in first)):
        known = _EXCHANGE[name]
        columns.append(
            Column(name, known.content, known.needed, options.get(name, known.options), aside=name not in first)
        )
    return Layout(sheet, EXCHANGES, tuple(columns), defaults)


LAYOUTS = (
    Layout(
        "parameters",
        "parameter",
        (
            *_NAMES,
            Column("value", _NUMBER),
            Column("unit", Content.UNIT, options="unit"),
            Column("text"),
            Column("source"),
            _refer("meter", "meter"),
            _EVIDENCE,
            _id(needed=True),
        ),
    ),
    Layout(
        "processes",
        "processes.csv",
        (
            _id(needed=True),
            *_NAMES,
            _pick("stage", needed=True),
            *_AMOUNT,
            Column("source"),
            _EVIDENCE,
            _pick("allocation", aside=True),
            _pick("alternative", "allocation", aside=True),
            _pick("balance", aside=True),
            _pick("control", aside=True),
            *_NOTES,
        ),
    ),
    _exchanges(
        "materials",
        "stage name_zh name_en amount unit basis from source data meter evidence process",
        {"from": "supplier"},
        kind="input",
    ),
    _exchanges(
        "energy",
        "stage name_zh name_en from amount unit meter source data evidence process",
        {"from": "energy"},
        kind="input",
    ),
    _exchanges(
        "transport",
        "stage name_zh name_en amount unit distance_km from source data evidence process",
        {"from": "transport"},
        kind="input",
    ),
    _exchanges(
        "emissions",
        "stage name_zh name_en gas origin amount unit source data meter evidence process",
        {},
        kind="emission",
        origin="fossil",
    ),
    _exchanges(
        "waste",
        "stage name_zh name_en kind amount unit from source data meter evidence process",
        {"from": "supplier"},
        kind="treatment",
    ),
    Layout(
        "recycling",
        "recycling.csv",
        (
            *_NAMES,
            *_AMOUNT,
            *(Column(name, _NUMBER, needed=True) for name in ("r1", "r2", "a", "q_in", "q_out")),
            *(Column(name, _NUMBER) for name in ("r3", "b")),
            Column("source"),
            _id(aside=True),
            *(
                _refer(name, "factor", needed=name in ("virgin", "recycled"), aside=True)
                for name in ("virgin", "recycled", "disposal", "recycled_end", "avoided", "recovery", "displaced")
            ),
            *_NOTES,
        ),
        {"q_in": "1", "q_out": "1"},
    ),
    Layout(
        "coproducts",
        "coproducts.csv",
        (
            _refer("process", "process", needed=True),
            _id("product", needed=True),
            *_NAMES,
            Column("amount", _NUMBER, needed=True),
            Column("unit", Content.UNIT, needed=True, options="unit"),
            Column("basis", _NUMBER, needed=True),
            Column("basis_unit", needed=True),
            Column("alternative", _NUMBER),
            Column("alternative_unit"),
        ),
    ),
    Layout(
        "contracts",
        "contract",
        (
            _id(needed=True),
            _pick("technology", needed=True),
            Column("share", _NUMBER, needed=True),
            Column("criteria", Content.WORDS),
            _refer("evidence", "evidence", needed=True),
            Column("certificates.numbers", Content.WORDS),
            Column("certificates.project"),
            Column("certificates.generated", Content.WORDS),
            Column("certificates.site_mwh", _NUMBER),
            Column("certificates.holder"),
            Column("certificates.cancelled_on", Content.DAY),
            Column("certificates.reference"),
        ),
    ),
    Layout(
        "meters",
        "meters.csv",
        (
            *_NAMES,
            Column("unit", Content.UNIT, needed=True, options="unit"),
            Column("serial", needed=True),
            Column("accuracy", needed=True),
            Column("calibrated_from", Content.DAY, needed=True),
            Column("calibrated_to", Content.DAY, needed=True),
            Column("reading", _NUMBER),
            Column("share", _NUMBER),
            _EVIDENCE,
            _id(),
        ),
    ),
    Layout(
        "cut_offs",
        "cut_offs.csv",
        (
            *_NAMES,
            _refer("process", "process"),
            *(Column(f"{name}_share", _NUMBER) for name in ("mass", "energy", "footprint")),
            Column("reason_zh", needed=True),
            Column("reason_en", needed=True),
            _EVIDENCE,
            _id(),
        ),
    ),
    Layout(
        "evidence",
        "evidence.csv",
        (
            Column("file", needed=True),
            *_NAMES,
            Column("captured"),
            _id(),
            Column("sha256", aside=True),
        ),
    ),
    Layout(
        "factors",
        "factors.csv",
        (
            Column("id", needed=True),
            *_NAMES,
            Column("value", _NUMBER, needed=True),
            Column("unit", needed=True),
            _pick("quantity", needed=True),
            _pick("scope", needed=True),
            _pick("role"),
            _pick("origin", needed=True),
            Column("gas", needed=True, options="gas"),
            Column("basis"),
            Column("boundary", needed=True),
            Column("region", needed=True),
            Column("year", needed=True),
            Column("source", needed=True),
            _pick("confidence", needed=True),
            *_SCORES,
            *_NOTES,
        ),
        {
            "quantity": "life-cycle CO2e",
            "scope": "life cycle",
            "origin": "undifferentiated",
            "gas": "CO2e",
        },
    ),
    Layout(
        "formulas",
        "formula",
        (
            _id(needed=True),
            *_NAMES,
            Column("expr", needed=True),
            Column("unit", Content.UNIT, needed=True, options="unit"),
        ),
    ),
    Layout(
        "intensities",
        "intensities.csv",
        tuple(
            Column(name, _NUMBER if name == "value" else Content.TEXT, needed=name not in ("tag", "role"))
            for name in INTENSITY_COLUMNS
        ),
    ),
)

BY_ID: Mapping[str, Layout] = {layout.id: layout for layout in LAYOUTS}
EXCHANGE_SHEETS = tuple(layout.id for layout in LAYOUTS if layout.source == EXCHANGES)


def layout_of(sheet: str) -> Layout:
    """Return the layout of a sheet by its id; one named after a table that has no layout takes its columns as text."""
    return BY_ID.get(sheet) or Layout(sheet, f"{sheet}.csv", ())


def sheet_of(exchange: Mapping[str, str]) -> str:
    """Return the id of the sheet on which an exchange stands."""
    kind, source = exchange.get("kind", ""), exchange.get("from", "")
    if kind == Kind.EMISSION.value:
        return "emissions"
    if kind in (Kind.TREATMENT.value, Kind.CREDIT.value):
        return "waste"
    if (
        kind == Kind.FUEL.value
        or source == "electricity"
        or source.startswith(("fuel:", "param:cn.electricity", "param:cn.heat"))
    ):
        return "energy"
    if (
        exchange.get("distance_km")
        or source.startswith("param:cn.transport")
        or exchange.get("unit") in ("t*km", "tkm")
    ):
        return "transport"
    return "materials"
