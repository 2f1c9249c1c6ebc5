"""Withhold lines of a confidential package; its digest stays the same.

What to open is a list of patterns: a part (`study/exchanges.csv`), a line of it (`sheet.json#terms/cell.*`), or one
of the words below. All else that is confidential is withheld.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from footproof.errors import FootproofError
from footproof.package.archive import Package, open_package, pack
from footproof.package.lines import Line, labels
from footproof.package.totals import TOTALS

WORDS = {
    "nothing": (),
    "stage-totals": (TOTALS,),
    "terms": (TOTALS, "sheet.json", "result.json"),
    "evidence": ("evidence.json", "study/evidence.csv"),
    "everything": ("*",),
}
"""What a word opens."""


@dataclass(frozen=True, slots=True)
class Named:
    """A line of a confidential part by its name.

    Args:
        part: Path of the part.
        label: Such as "terms/cell.nickel"; the name of a line that is withheld is its number.
        line: The line.
    """

    part: str
    label: str
    line: Line

    @property
    def name(self) -> str:
        """Return the whole name, as patterns know it."""
        return f"{self.part}#{self.label}"


def disclose(package: Package, keep: Sequence[str], reader: str = "") -> bytes:
    """Return the file of a package with only some of its confidential lines opened.

    Args:
        package: Confidential package; what is withheld in it already stays withheld.
        keep: Words of WORDS, and patterns of parts and lines (`*` and `?` as in file names).
        reader: For whom the copy is.

    Raises:
        FootproofError: E-DISCLOSE-PUBLIC where the package has nothing confidential, E-DISCLOSE-NOTHING for a pattern
            that no opened line has: a slip of the pen would else withhold what was meant to be shown.
    """
    if not package.lines:
        raise FootproofError("E-DISCLOSE-PUBLIC")
    patterns = [pattern for word in keep for pattern in WORDS.get(word, (word,))]
    names = list(named_lines(package))
    for pattern in patterns:
        if not any(item.line.opened and _matches(item, pattern) for item in names):
            raise FootproofError("E-DISCLOSE-NOTHING", pattern=pattern[:120], known=", ".join(sorted(package.lines)))
    lines: dict[str, list[Line]] = {path: [] for path in package.lines}
    for item in names:
        kept = any(_matches(item, pattern) for pattern in patterns)
        lines[item.part].append(item.line if kept else item.line.withheld())
    public = {path: content for path, content in package.parts.items() if path not in package.lines}
    return pack(public, {path: tuple(of) for path, of in lines.items()}, reader)


def public_copy(data: bytes, keep: Sequence[str] = ("nothing",)) -> bytes:
    """Return the file that may be published of a package: a public one as it is, of a confidential one what is chosen.

    Args:
        data: Package file.
        keep: What the maker wants the public to see, as for `disclose`.

    Raises:
        FootproofError: As `open_package` and `disclose`.
    """
    package = open_package(data)
    return disclose(package, keep) if package.lines else data


def named_lines(package: Package) -> Iterator[Named]:
    """Yield every confidential line; where some of a part are withheld, its lines have numbers for names."""
    for path, lines in package.lines.items():
        known = labels(path, package.parts[path]) if path in package.parts else map(str, range(len(lines)))
        for label, line in zip(known, lines, strict=True):
            yield Named(path, label, line)


def _matches(item: Named, pattern: str) -> bool:
    return fnmatchcase(item.part, pattern) or fnmatchcase(item.name, pattern)
