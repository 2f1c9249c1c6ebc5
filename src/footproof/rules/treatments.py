"""What a rule treats in an order or apart, as data: `<id>.treatments/<edition>/treatment.toml` beside the rulebooks.

Hierarchies (electricity, allocation) and what is stated apart, each with its clause, for reports and forms. An edition
without the file takes that of its parent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

from footproof.formats.toml import Table, read_toml
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence
from footproof.model.rulebook import Rulebook
from footproof.rules.rulebook import load_rulebook

FILE = "treatment.toml"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a hierarchy.

    Args:
        needs: What there must be evidence for; the first step whose needs are met is taken.
        modelled: How a study writes it.
    """

    id: str
    clause: str
    confidence: Confidence
    name: Bilingual
    text: Bilingual
    needs: tuple[str, ...]
    modelled: Bilingual


@dataclass(frozen=True, slots=True)
class Apart:
    """Something that is stated on its own.

    Args:
        in_result: Whether it is part of the result as well.
    """

    id: str
    clause: str
    confidence: Confidence
    name: Bilingual
    text: Bilingual
    in_result: bool


@dataclass(frozen=True, slots=True)
class Treatments:
    """The treatment rules of an edition; hierarchies from first to last.

    Args:
        rule: Edition they belong to, `id@edition`; empty where there are none.
    """

    rule: str
    electricity: tuple[Step, ...]
    allocation: tuple[Step, ...]
    apart: tuple[Apart, ...]


def treatments(rule: Rulebook, parents: Callable[[str], Rulebook] = load_rulebook) -> Treatments:
    """Return the treatment rules of an edition: its own, else those of its parent, else none.

    Args:
        rule: Edition.
        parents: Gives an edition by name.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*, E-TEXT-LANGUAGE.
    """
    root = resources.files("footproof") / "rulebooks"
    while not (file := root / f"{rule.id}.treatments" / rule.edition / FILE).is_file():
        if not rule.parent:
            return Treatments("", (), (), ())
        rule = parents(rule.parent)
    return read_treatments(file.read_bytes())


def read_treatments(data: bytes) -> Treatments:
    """Return the treatment rules that a file describes.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*, E-TEXT-LANGUAGE.
    """
    values, lines = read_toml(data, FILE)
    head = Table(values, FILE, lines)
    head.refuse_unknown(("rule", "electricity", "allocation", "apart"))
    return Treatments(
        head.text("rule"),
        tuple(map(_step, head.tables("electricity"))),
        tuple(map(_step, head.tables("allocation"))),
        tuple(map(_apart, head.tables("apart"))),
    )


def _step(table: Table) -> Step:
    table.refuse_unknown(("id", "clause", "confidence", "name", "text", "needs", "modelled"))
    return Step(
        table.text("id"),
        table.text("clause"),
        table.choice("confidence", Confidence),
        Bilingual(*table.bilingual("name")),
        Bilingual(*table.bilingual("text")),
        tuple(map(str, table.values.get("needs", ()))),
        Bilingual(*table.bilingual("modelled")),
    )


def _apart(table: Table) -> Apart:
    table.refuse_unknown(("id", "clause", "confidence", "name", "text", "in_result"))
    return Apart(
        table.text("id"),
        table.text("clause"),
        table.choice("confidence", Confidence),
        Bilingual(*table.bilingual("name")),
        Bilingual(*table.bilingual("text")),
        table.flag("in_result"),
    )
