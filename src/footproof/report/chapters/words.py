"""Wording and rounding for one report: the language, and the decimals in which every result is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from footproof.model.bilingual import Bilingual
from footproof.report.blocks import Row, Table
from footproof.report.figures import fixed, percent, places_of, significant
from footproof.report.form import Record, RuleFacts
from footproof.report.pictures.svg import chemical, unit_text
from footproof.texts import Lang, catalogue, say

AMOUNT_DIGITS = 4
WEAK = {"derived": "†", "recalled": "‡"}


@dataclass(frozen=True, slots=True)
class Words:
    """What chapters need to speak.

    Args:
        lang: "zh" or "en".
        places: Decimals of every result, so that columns align and the declared value keeps its digits.
    """

    lang: Lang
    places: int

    def say(self, key: str, /, **values: object) -> str:
        """Return a text of the report."""
        return say("report", key, self.lang, **values)

    def word(self, group: str, name: str) -> str:
        """Return a term of the field, or the name itself where the texts do not know it."""
        record = catalogue("report").get(f"{group}.{name}")
        return record[self.lang] if record else name

    def detail(self, text: str) -> str:
        """Return the detail of a finding: criteria and grades by their names, anything else as it stands."""
        names = {**self._names("criterion"), **self._names("confidence")}
        return self.joined(names.get(part, part) for part in text.split(", "))

    def _names(self, group: str) -> dict[str, str]:
        prefix = f"{group}."
        records = catalogue("report").items()
        return {key.removeprefix(prefix): item[self.lang] for key, item in records if key.startswith(prefix)}

    def standing(self, rule: RuleFacts) -> str:
        """Return how a rule stands, and whether it is a local copy that is not what ships."""
        status = self.say(f"status.{rule.status.value}")
        return f"{status} · {self.say('local_copy')}" if rule.local_copy else status

    def both(self, text: Bilingual) -> str:
        """Return a text of the study or the rule."""
        return chemical(text.say(self.lang))

    def result(self, value: Fraction) -> str:
        """Return a result in the decimals of the report. [unit of the result]"""
        return fixed(value, self.places)

    def amount(self, value: Fraction) -> str:
        """Return an amount in four significant digits. [any unit]"""
        return significant(value, AMOUNT_DIGITS)

    def share(self, part: Fraction, whole: Fraction) -> str:
        """Return a part in percent."""
        return percent(part, whole)

    def change(self, difference: Fraction, base: Fraction) -> str:
        """Return a difference in percent of a base, with its sign."""
        text = percent(difference, base)
        return f"+{text}" if difference > 0 and base else text

    def unit(self, unit: str) -> str:
        """Return a unit as people write it."""
        product = "·" if self.lang == "zh" else "\u00a0"
        return unit_text(unit).replace("*", product)

    def per(self, unit: str) -> str:
        """Return the unit of a factor per amount."""
        return self.unit(f"kg CO2e / {unit}")

    def joined(self, texts: Iterable[str]) -> str:
        """Return texts in one sentence."""
        return ("、" if self.lang == "zh" else ", ").join(texts)

    def stage(self, record: Record, name: str) -> str:
        """Return the name of a stage of the rule."""
        return next((self.both(stage.name) for stage in record.stages if stage.id == name), name)

    def process(self, record: Record, name: str) -> str:
        """Return the name of a unit process, or its id where nothing arises in it."""
        return next((self.both(part.name) for part in record.processes if part.id == name), name)


def words_for(record: Record, lang: Lang) -> Words:
    """Return the wording of a record: as many decimals as its declared value has."""
    return Words(lang, places_of(record.declared))


def table(
    head: Iterable[str],
    rows: Iterable[Row],
    align: str,
    widths: tuple[int, ...],
    caption: str = "",
    *,
    small: bool = False,
) -> Table:
    """Return a table."""
    return Table(tuple(head), tuple(rows), align, widths, caption, small)
