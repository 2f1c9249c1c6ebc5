"""A report in one language as a row of blocks, which page, PDF and office document set alike."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from footproof.report.pictures import Picture
from footproof.texts import Lang


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading with its number inside the text; level 1 opens a chapter."""

    level: Literal[1, 2]
    text: str
    id: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `tone` says how it is set."""

    text: str
    tone: Literal["plain", "note", "warning", "result"] = "plain"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short texts."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels with their text; an empty text is a line to be filled in by hand."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: "group" and "total" rows are set apart."""

    cells: tuple[str, ...]
    kind: Literal["plain", "group", "total"] = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Args:
        head: Names of the columns, with units.
        rows: As many cells each.
        align: One letter a column: "l", "r" or "c".
        widths: Shares of the width.
        caption: What it shows.
        small: Whether it is set in small letters, for long annexes.
    """

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    align: str
    widths: tuple[int, ...]
    caption: str = ""
    small: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption."""

    picture: Picture
    caption: str


Block = Heading | Paragraph | Bullets | Pairs | Table | Figure


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page.

    Args:
        demo: The mark of a demonstration, or empty.
        status: Standing of the rule, in words.
        status_note: What that means.
        warning: Whether the rule is not in force.
        rows: Labels with their text; an empty text is filled in by hand.
        seal: Where the issuing body puts its seal.
    """

    demo: str
    kind: str
    title: str
    model: str
    status: str
    status_note: str
    warning: bool
    rows: tuple[tuple[str, str], ...]
    seal: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report in one language.

    Args:
        header: On every page: rule and its standing, and the mark of a demonstration.
        footer: On every page: the identity of the result.
        contents: Word above the table of contents.
        page: How a page is numbered, with `{page}` and `{pages}`.
    """

    lang: Lang
    title: str
    author: str
    day: date
    cover: Cover
    header: str
    footer: str
    contents: str
    page: str
    blocks: tuple[Block, ...]
