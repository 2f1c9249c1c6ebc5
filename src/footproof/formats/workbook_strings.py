"""How long the shared texts of a workbook are (ISO/IEC 29500-1, 18.4), so that cells that repeat one are bounded.

A workbook keeps each text once and cells refer to it: a text of megabytes that thousands of cells name takes a few
kilobytes of file and fills any memory once the cells are loaded.
"""

from collections.abc import Mapping, Sequence

from footproof.errors import FootproofError, Where
from footproof.formats.xml import Element, stream

LONGEST_CELL = 32_767  # What spreadsheet programs keep of a text.
MOST_STRINGS = 1_000_000
MOST_TEXT = 100_000_000  # Characters that the cells of a workbook hold together, shared ones at each place.

_STRINGS = "xl/sharedstrings.xml"


def string_lengths(parts: Mapping[str, bytes], name: str) -> Sequence[int]:
    """Return the length of each shared text, in order; none where the workbook shares none. [characters]

    Args:
        parts: Content by path inside the workbook.
        name: Of the workbook, for errors.

    Raises:
        FootproofError: E-WORKBOOK-SIZE where one is longer than a cell can hold, or there are too many; E-DB-* as
            `footproof.formats.xml.stream`.
    """
    lengths: list[int] = []
    for part, data in parts.items():
        if part.lower() != _STRINGS:
            continue
        for item in stream(data, f"{name}/{part}", {"si"}):
            length = _length(item)
            if length > LONGEST_CELL:
                raise FootproofError("E-WORKBOOK-SIZE", Where(f"{name}/{part}"), found=length, most=LONGEST_CELL)
            lengths.append(length)
            if len(lengths) > MOST_STRINGS:
                raise FootproofError(
                    "E-WORKBOOK-SIZE", Where(f"{name}/{part}"), found=f"> {MOST_STRINGS}", most=MOST_STRINGS
                )
    return lengths


def _length(item: Element) -> int:
    return len(item.text) + sum(_length(child) for child in item.children)


class Budget:
    """Adds up the characters of cells.

    Args:
        lengths: Of the shared texts. [characters]
        name: Of the workbook, for errors.
    """

    def __init__(self, lengths: Sequence[int], name: str) -> None:
        self.lengths, self.name = lengths, name
        self.spent = 0

    def spend(self, cell: Element) -> None:
        """Count the text of a cell.

        Raises:
            FootproofError: E-WORKBOOK-SIZE where the cells hold more together than a study can need, E-WORKBOOK-FILE
                where the cell names a text that is not there.
        """
        self.spent += self._of(cell)
        if self.spent > MOST_TEXT:
            raise FootproofError("E-WORKBOOK-SIZE", Where(self.name), found=f"> {MOST_TEXT}", most=MOST_TEXT)

    def _of(self, cell: Element) -> int:
        if cell.attributes.get("t") != "s":
            return _length(cell)
        index = cell.text_at("v")
        if not index:
            return 0
        place = int(index) if index.isascii() and index.isdigit() and len(index) < 8 else len(self.lengths)
        if place >= len(self.lengths):
            raise FootproofError("E-WORKBOOK-FILE", Where(self.name), reason=f"no shared text {index}"[:80])
        return self.lengths[place]
