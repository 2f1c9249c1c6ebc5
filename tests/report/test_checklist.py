"""The checklist of ISO 14067 7.3: each item is answered from the record, and turns when the record turns."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from footproof.model.bilingual import Bilingual
from footproof.report import Cause, Comparison, Extras, Range, Record, Uncertainty, compose
from footproof.report.blocks import Table
from footproof.report.chapters.checklist import Shown, entries
from footproof.report.form import Choice, CutOff, Power, Share, SourcePart, StagePart, Stand
from footproof.texts import LANGUAGES, Lang
from report.made import CASES, record

ONE, NOTHING = Fraction(1), Bilingual("—", "—")
SAID = Bilingual("甲", "A")
RANGES = (Range(SAID, ONE, 2 * ONE),)
UNCERTAIN = Uncertainty(SAID, (ONE, 2 * ONE))
NARROW = Uncertainty(SAID, (ONE, 2 * ONE), covered=False)


def base() -> Record:
    """Return the cement study, which has co-products, a table of cut-offs or none, and no use stage."""
    return record(*CASES[2])


def tracked(*, tracking: bool) -> Comparison:
    return Comparison(Cause(SAID, ONE), (), Cause(SAID, ONE), "kg CO2e / t", SAID, tracking=tracking)


def stage(name: str) -> StagePart:
    return StagePart(name, SAID, ONE, Fraction(0), dict.fromkeys(base().origins, Fraction(0)))


def share(other: Fraction | None) -> Share:
    return Share(SAID, SAID, ONE, "kg", "mass", ONE, "economic", other)


def sources(documented: int, undocumented: int) -> tuple[SourcePart, ...]:
    sizes = {"documented": documented, "undocumented": undocumented}
    return tuple(SourcePart(kind, "", 1, Fraction(size)) for kind, size in sizes.items() if size)


def scored(part: int) -> Callable[[Record], Record]:
    return lambda found: replace(found, quality=(replace(found.quality[-1], scored=Fraction(part), whole=Fraction(2)),))


def mix(stand: Stand) -> Callable[[Record], Record]:
    def made(found: Record) -> Record:
        values = tuple(replace(value, stand=stand) if value.id == "V8" else value for value in found.values)
        return replace(found, power=(Power("c", "wind", ONE, "", counted=True),), values=values)

    return made


def with_(**changes: object) -> Callable[[Record], Record]:
    return lambda found: replace(found, **changes)  # type: ignore[arg-type]


def days(count: int, known: date | None = None) -> Callable[[Record], Record]:
    start = date(2025, 1, 1)
    end = start + timedelta(days=count - 1)
    return with_(start=start, end=end, known_on=known or end + timedelta(days=30))


CUT = CutOff(SAID, "p", {"mass": Fraction(1, 100)}, SAID)
AXIS = Choice("electricity:other", "axis", SAID, ONE)
OTHER_END = Choice("end_of_life:other", "axis", SAID, ONE)
GATE = frozenset({"raw_materials", "manufacturing", "distribution"})
WHOLE = GATE | {"end_of_life"}
USED = WHOLE | {"use"}

CASES_OF_ITEMS: list[tuple[str, Callable[[Record], Record], Extras, Shown, str]] = [
    ("a", with_(), Extras(), Shown.SHOWN, ""),
    ("a", with_(unit_name=NOTHING), Extras(), Shown.ASKED, "unit"),
    ("b", with_(), Extras(), Shown.SHOWN, ""),
    ("b", with_(boundary=NOTHING), Extras(), Shown.ASKED, "boundary"),
    ("c", with_(), Extras(), Shown.SHOWN, ""),
    ("c", with_(processes=()), Extras(), Shown.ASKED, "processes"),
    ("d", with_(sources=sources(1, 0)), Extras(), Shown.SHOWN, ""),
    ("d", with_(sources=sources(1, 1)), Extras(), Shown.PART, "some-documents"),
    ("d", with_(sources=sources(0, 1)), Extras(), Shown.ASKED, "no-documents"),
    ("d", with_(sources=sources(1, 0), public=True), Extras(), Shown.PART, "public"),
    ("e", with_(potentials={"fossil": {"CO2": "1"}}), Extras(), Shown.SHOWN, ""),
    ("e", with_(potentials={}), Extras(), Shown.ASKED, "gases"),
    (
        "e",
        with_(potentials={"undifferentiated": {"CO2e": "1"}}, undifferentiated=ONE),
        Extras(),
        Shown.PART,
        "single-numbers",
    ),
    ("f", with_(), Extras(), Shown.SHOWN, ""),
    ("f", with_(potentials={}), Extras(), Shown.ASKED, "gases"),
    ("g", with_(cut_offs=(CUT,)), Extras(), Shown.SHOWN, ""),
    ("g", with_(cut_offs=()), Extras(), Shown.SHOWN, ""),
    ("g", with_(cut_offs=None), Extras(), Shown.PART, "cut-offs"),
    ("h", with_(coproducts=0, shares=()), Extras(), Shown.NOT_APPLICABLE, "single-products"),
    ("h", with_(coproducts=1, shares=(share(ONE),)), Extras(), Shown.SHOWN, ""),
    ("h", with_(coproducts=1, shares=(share(None),)), Extras(), Shown.PART, "no-alternative"),
    ("h", with_(coproducts=1, public=True), Extras(), Shown.PART, "public"),
    ("i", with_(stages=(stage("manufacturing"),)), Extras(), Shown.SHOWN, ""),
    ("i", with_(stages=(stage("use"),)), Extras(), Shown.PART, "late"),
    ("j", scored(2), Extras(), Shown.SHOWN, ""),
    ("j", scored(1), Extras(), Shown.PART, "some-scores"),
    ("j", scored(0), Extras(), Shown.ASKED, "no-scores"),
    ("k", with_(choices=()), Extras(), Shown.ASKED, "no-analysis"),
    ("k", with_(choices=()), Extras(ranges=RANGES), Shown.PART, "no-uncertainty"),
    ("k", with_(choices=()), Extras(uncertainty=UNCERTAIN), Shown.PART, "no-sensitivity"),
    ("k", with_(choices=(), public=True), Extras(uncertainty=UNCERTAIN, ranges=RANGES), Shown.PART, "no-sensitivity"),
    ("k", with_(choices=()), Extras(uncertainty=UNCERTAIN, ranges=RANGES), Shown.SHOWN, ""),
    ("k", with_(choices=()), Extras(uncertainty=NARROW, ranges=RANGES), Shown.PART, "some-ranges"),
    ("l", with_(electricity=Fraction(0), grid=(), power=()), Extras(), Shown.NOT_APPLICABLE, "no-electricity"),
    ("l", with_(electricity=ONE, power=()), Extras(), Shown.SHOWN, ""),
    ("l", mix(Stand.GIVEN), Extras(), Shown.SHOWN, ""),
    ("l", mix(Stand.NOT_STATED), Extras(), Shown.PART, "no-mix"),
    ("m", with_(), Extras(), Shown.SHOWN, ""),
    ("m", with_(note=NOTHING), Extras(), Shown.PART, "no-note"),
    ("n", with_(choices=(), allocation_justified=True), Extras(), Shown.SHOWN, ""),
    ("n", with_(choices=(AXIS,), allocation_justified=True), Extras(), Shown.PART, "open-choices"),
    ("n", with_(choices=(), allocation_justified=None), Extras(), Shown.PART, "allocation-reason"),
    ("o", with_(), Extras(), Shown.PART, "changes"),
    ("o", with_(boundary=NOTHING), Extras(), Shown.ASKED, "scope"),
    ("p", with_(inside=GATE), Extras(), Shown.NOT_APPLICABLE, "to-the-gate"),
    ("p", with_(inside=WHOLE, stages=(stage("end_of_life"),)), Extras(), Shown.SHOWN, ""),
    ("p", with_(inside=WHOLE, stages=(), recovered=()), Extras(), Shown.PART, "end-of-life"),
    ("p", with_(inside=USED), Extras(), Shown.PART, "use-profile"),
    ("q", with_(inside=GATE), Extras(), Shown.NOT_APPLICABLE, "to-the-gate"),
    ("q", with_(inside=WHOLE, choices=(OTHER_END,)), Extras(), Shown.SHOWN, ""),
    ("q", with_(inside=WHOLE, choices=(AXIS,)), Extras(), Shown.ASKED, "other-scenarios"),
    ("r", days(365), Extras(), Shown.SHOWN, ""),
    ("r", days(364), Extras(), Shown.PART, "period-short"),
    ("r", days(365, date(2025, 6, 1)), Extras(), Shown.PART, "period-open"),
    ("s", lambda found: replace(found, rule=replace(found.rule, sector=True)), Extras(), Shown.SHOWN, ""),
    (
        "s",
        lambda found: replace(found, rule=replace(found.rule, sector=False)),
        Extras(),
        Shown.PART,
        "no-product-rule",
    ),
    ("t", with_(), Extras(), Shown.NOT_APPLICABLE, "no-tracking"),
    ("t", with_(), Extras(comparison=tracked(tracking=False)), Shown.NOT_APPLICABLE, "no-tracking"),
    ("t", with_(), Extras(comparison=tracked(tracking=True)), Shown.SHOWN, ""),
]


@pytest.mark.parametrize(("item", "change", "extras", "shown", "reason"), CASES_OF_ITEMS)
def test_an_item_turns_with_the_record(
    item: str, change: Callable[[Record], Record], extras: Extras, shown: Shown, reason: str
) -> None:
    entry = entries(change(base()), extras)[item]
    assert (entry.shown, entry.reason) == (shown, reason)
    assert (entry.place == "") <= (shown in (Shown.ASKED, Shown.NOT_APPLICABLE))


def test_every_item_is_tried_both_ways() -> None:
    answers = {
        item: {(shown, reason) for name, _, _, shown, reason in CASES_OF_ITEMS if name == item}
        for item, *_ in CASES_OF_ITEMS
    }
    assert "".join(answers) == "abcdefghijklmnopqrst"
    assert all(len(found) > 1 for found in answers.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_annex_says_why(lang: Lang) -> None:
    tables = [block for block in compose(base(), lang).blocks if isinstance(block, Table)]
    rows = next(table.rows for table in tables if [row.cells[0] for row in table.rows][:3] == ["a", "b", "c"])
    assert "".join(row.cells[0] for row in rows) == "abcdefghijklmnopqrst"
    assert all(row.cells[3] for row in rows)
    said = {row.cells[0]: row.cells[3] for row in rows}
    assert (
        said["t"]
        == {
            "zh": "不适用 – 本报告不与同一产品的以往结果比较",
            "en": "not applicable – the report compares with no earlier result of the product",
        }[lang]
    )
