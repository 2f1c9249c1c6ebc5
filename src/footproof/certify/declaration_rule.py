"""The legal states of the traction-battery declaration as data: `schemes/cn.battery-declaration/<edition>/`.

A trial and a duty are two editions of one rule; which one holds is a question of the day alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources

from footproof.canonical import digest as file_digest
from footproof.canonical import record_digest
from footproof.certify.scheme_parts import confidence, each, figure, gap
from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table, read_toml
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence
from footproof.model.rulebook import Status
from footproof.model.scheme import Figure, Gap
from footproof.rules.reading import named, text, word_list

FILE = "declaration.toml"
STATED = ("energy", "chemistry")
PARTS = ("quality-plan", "activity-data", "self-calculation", "verification-statement")


@dataclass(frozen=True, slots=True)
class DeclarationRule:
    """One legal state.

    Args:
        digest: Of its file.
        mandatory: Whether it is a duty.
        first: First day it holds.
        last: Last day; None while no end is set.
        market: Where the packs are sold: ISO 3166-1 code.
        every_model: Whether every model in scope is declared, or typical ones only.
        rulebooks: Rulebooks by id that the footprint may be calculated by.
        categories: Product categories, `list:code`, that the verifier has to be accredited for.
        stated: By "energy" and "chemistry": parameters by which a study may state it, the first that it has counts.
        figures: `least_energy` [kWh], `least_models` [item].
    """

    id: str
    edition: str
    digest: str
    status: Status
    title: Bilingual
    mandatory: bool
    first: date
    last: date | None
    market: str
    every_model: bool
    rulebooks: tuple[str, ...]
    categories: tuple[str, ...]
    stated: Mapping[str, tuple[str, ...]]
    figures: Mapping[str, Figure]
    source: str
    confidence: Confidence
    gaps: tuple[Gap, ...]

    @property
    def name(self) -> str:
        """Return `id@edition`."""
        return f"{self.id}@{self.edition}"

    @property
    def least_energy(self) -> Decimal:
        """Return above which rated energy a pack is in scope. [kWh]"""
        return self.figures["least_energy"].value

    @property
    def least_models(self) -> int:
        """Return how many typical models are declared at least; none where every model is. [item]"""
        return int(self.figures["least_models"].value) if "least_models" in self.figures else 0

    def holds(self, day: date) -> bool:
        """Tell whether it is the legal state of a day."""
        return self.first <= day and (self.last is None or day <= self.last)


@cache
def shipped_rules() -> tuple[DeclarationRule, ...]:
    """Return the legal states that come with footproof, oldest first."""
    root = resources.files("footproof") / "schemes"
    found = [
        read_rule((edition / FILE).read_bytes())
        for scheme in root.iterdir()
        if scheme.is_dir()
        for edition in scheme.iterdir()
        if (edition / FILE).is_file()
    ]
    return tuple(sorted(found, key=lambda rule: (rule.id, rule.first)))


def rule_on(day: date, identity: str = "cn.battery-declaration") -> DeclarationRule:
    """Return the legal state of a day.

    Args:
        day: The day.
        identity: Which declaration.

    Raises:
        FootproofError: E-DECL-NONE where there is none.
    """
    rules = [rule for rule in shipped_rules() if rule.id == identity]
    for rule in rules:
        if rule.holds(day):
            return rule
    first = min((rule.first for rule in rules), default="—")
    raise FootproofError("E-DECL-NONE", Where(FILE), name=identity[:80], day=day, first=first)


def read_rule(data: bytes) -> DeclarationRule:
    """Return the legal state that a file describes.

    Args:
        data: The file.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*, E-TEXT-LANGUAGE; E-SCHEME-FIGURE where a figure is no whole number of models.
    """
    values, lines = read_toml(data, FILE)
    head = Table(values, FILE, lines)
    head.refuse_unknown(
        (
            "id",
            "edition",
            "status",
            "title",
            "mandatory",
            "first",
            "last",
            "market",
            "every_model",
            "rulebooks",
            "categories",
            "stated",
            "figure",
            "source",
            "confidence",
            "gap",
        )
    )
    figures = {name: figure(name, table) for name, table in named(head, "figure")}
    every = head.flag("every_model")
    for name, unit in (("least_energy", "kWh"), *(() if every else (("least_models", "item"),))):
        one = figures.get(name)
        if one is None or one.unit != unit or one.value < 0 or (unit == "item" and one.value % 1 != 0):
            found = f"{one.value} {one.unit}" if one else "—"
            raise FootproofError("E-SCHEME-FIGURE", head.where("figure"), name=name, found=found, unit=unit)
    return DeclarationRule(
        id=head.text("id"),
        edition=head.text("edition"),
        digest=record_digest({"files": {FILE: file_digest(data)}}),
        status=head.choice("status", Status),
        title=text(head, "title"),
        mandatory=head.flag("mandatory"),
        first=head.day("first"),
        last=head.day("last") if "last" in head.values else None,
        market=head.text("market"),
        every_model=every,
        rulebooks=word_list(head, "rulebooks"),
        categories=word_list(head, "categories"),
        stated={name: word_list(head.table("stated"), name) for name in STATED},
        figures=figures,
        source=head.text("source"),
        confidence=confidence(head),
        gaps=each(head, "gap", gap),
    )
