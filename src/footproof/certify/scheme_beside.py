"""The files beside `scheme.toml`: what is covered, how it is graded, which clauses a management system must meet."""

from itertools import pairwise

from footproof.certify.scheme_parts import confidence, day, each, fact, figure, named_thing
from footproof.errors import FootproofError
from footproof.formats.toml import Table
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence
from footproof.model.scheme import Band, CatalogueItem, Grading, Grid
from footproof.rules.reading import expression, maybe, named, text, word_list


def read_catalogue(head: Table) -> tuple[CatalogueItem, ...]:
    """Return what a scheme covers.

    Raises:
        FootproofError: E-KEY-*, E-TEXT-LANGUAGE, E-SCHEME-TWICE.
    """
    head.refuse_unknown(("source", "confidence", "item"))
    source, known = head.text("source"), confidence(head)
    return each(head, "item", lambda table: _item(table, source, known))


def read_grid(head: Table) -> Grid:
    """Return the clauses of a management system by module.

    Raises:
        FootproofError: E-KEY-*, E-TEXT-LANGUAGE, E-SCHEME-TWICE; E-SCHEME-GRID where a question stands at no module
            and clause of the grid.
    """
    head.refuse_unknown(("source", "confidence", "module", "clause", "question"))
    modules, clauses = each(head, "module", named_thing), each(head, "clause", named_thing)
    known = {(module.id, clause.id) for module in modules for clause in clauses}
    questions: dict[tuple[str, str], Bilingual] = {}
    for table in head.tables("question") if "question" in head.values else ():
        table.refuse_unknown(("module", "clause", "text"))
        place = (table.text("module"), table.text("clause"))
        if place not in known or place in questions:
            raise FootproofError("E-SCHEME-GRID", table.where(), module=place[0], clause=place[1])
        questions[place] = text(table, "text")
    return Grid(modules, clauses, head.text("source"), confidence(head), questions)


def read_grading(head: Table) -> Grading:
    """Return gate, score and bands.

    Raises:
        FootproofError: E-KEY-*, E-TEXT-LANGUAGE, E-EXPR-SYNTAX; E-SCHEME-BANDS where bands do not rise.
    """
    head.refuse_unknown(
        (
            "id",
            "edition",
            "title",
            "fact",
            "figure",
            "gate",
            "score",
            "most",
            "band",
            "failing",
            "source",
            "confidence",
        )
    )
    bands = tuple(map(_band, head.tables("band")))
    for low, high in pairwise(bands):
        if high.above <= low.above or high.grade <= low.grade:
            raise FootproofError("E-SCHEME-BANDS", head.where("band"), low=low.above, high=high.above)
    return Grading(
        id=head.text("id"),
        edition=head.text("edition"),
        title=text(head, "title"),
        facts={name: fact(name, table) for name, table in named(head, "fact")},
        figures={name: figure(name, table) for name, table in named(head, "figure")},
        gate=expression(head, "gate"),
        score=expression(head, "score"),
        most=head.number("most"),
        bands=bands,
        failing=text(head, "failing"),
        source=head.text("source"),
        confidence=confidence(head),
    )


def _band(table: Table) -> Band:
    table.refuse_unknown(("above", "grade", "title"))
    return Band(table.number("above"), table.integer("grade"), text(table, "title"))


def _item(table: Table, source: str, known: Confidence) -> CatalogueItem:
    table.refuse_unknown(
        (
            "code",
            "name",
            "group",
            "definition",
            "excluded",
            "standard",
            "rulebooks",
            "source",
            "confidence",
            "accept_from",
            "mandatory_from",
            "legacy_until",
        )
    )
    return CatalogueItem(
        code=table.text("code"),
        name=text(table, "name"),
        group=text(table, "group"),
        definition=text(table, "definition"),
        standard=maybe(table, "standard"),
        rulebooks=word_list(table, "rulebooks") if "rulebooks" in table.values else (),
        source=maybe(table, "source") or source,
        confidence=confidence(table) if "confidence" in table.values else known,
        excluded=text(table, "excluded") if "excluded" in table.values else None,
        accept_from=day(table, "accept_from"),
        mandatory_from=day(table, "mandatory_from"),
        legacy_until=day(table, "legacy_until"),
    )
