"""Rulebook editions: folders of `rule.toml`, `clauses.toml` and `cases/*.toml`, shipped or of one's own.

The digest of an edition covers its own files and the digest of its parent, so that a change anywhere is another
edition. Where a lock stands beside the files (`seal`), what is read must be what was sealed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from footproof.canonical import digest, record_digest
from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Rulebook, Status
from footproof.rules.compile import with_decisions
from footproof.rules.edition import Own, read_own
from footproof.rules.inherit import (
    Inheritance,
    free,
    narrower_requirement,
    stricter_data,
    unchanged,
    unchanged_rows,
)
from footproof.rules.lock import check_lock
from footproof.rules.reading import LOCK, RULE, Reading, text, word
from footproof.rules.sense import MOST_DIGITS, RECYCLING_COLUMNS, RECYCLING_NUMBERS, check_sense

__all__ = [
    "MOST_DIGITS",
    "RECYCLING_COLUMNS",
    "RECYCLING_NUMBERS",
    "edition_digest",
    "edition_files",
    "load_rulebook",
    "parents_of",
    "read_rulebook",
    "shipped_editions",
    "survey",
]

LARGEST_EDITION = 20_000_000
DEEPEST = 3  # Folders inside an edition.


def shipped_editions() -> Mapping[str, tuple[str, ...]]:
    """Return the editions that come with footproof by rulebook id, newest last."""
    root = resources.files("footproof") / "rulebooks"
    found = {
        folder.name: tuple(sorted(edition.name for edition in folder.iterdir() if (edition / RULE).is_file()))
        for folder in sorted(root.iterdir(), key=lambda item: item.name)
        if folder.is_dir()
    }
    return {name: editions for name, editions in found.items() if editions}


def load_rulebook(name: str) -> Rulebook:
    """Return a shipped edition, or one in a folder.

    Args:
        name: `id` for the newest shipped edition, `id@edition`, or a path (it holds a separator or starts with a dot).

    Raises:
        FootproofError: E-RULE-UNKNOWN, E-RULE-LOCK, or as `read_rulebook`.
    """
    if not is_path(name):
        return _shipped(name)
    rule = _read_folder(name)
    return replace(rule, shipped_digest=_shipped_instead(rule))


def _shipped_instead(rule: Rulebook) -> str:
    """Return the digest of the shipped edition whose name or id an edition in a folder bears without being it."""
    editions = shipped_editions().get(rule.id, ())
    digests = {edition: _shipped(f"{rule.id}@{edition}").digest for edition in editions}
    if not digests or rule.digest in digests.values():
        return ""
    return digests.get(rule.edition, digests[editions[-1]])


@cache
def _shipped(name: str) -> Rulebook:
    """Read what ships once: it does not change while the program runs."""
    return _read_folder(name)


def _read_folder(name: str, below: tuple[str, ...] = ()) -> Rulebook:
    return read_rulebook(edition_files(name), parents_of(name, below))


def edition_files(name: str) -> Mapping[str, bytes]:
    """Return the files of an edition, its lock included.

    Args:
        name: As for `load_rulebook`.

    Raises:
        FootproofError: E-RULE-UNKNOWN, E-FILE-READ, E-RULE-SIZE, E-RULE-DEPTH, E-RULE-LINK for what is no ordinary
            file, E-RULE-CASES where cases is no folder.
    """
    folder = _folder(name)
    files: dict[str, bytes] = {}
    left = LARGEST_EDITION
    try:
        for path, entry in _files_in(folder, ""):
            with entry.open("rb") as file:  # Never more than the limit, however large the file says it is.
                files[path] = file.read(left + 1)
            left -= len(files[path])
            if left < 0:
                raise FootproofError(
                    "E-RULE-SIZE", Where(name[-120:]), found=f"> {LARGEST_EDITION}", most=LARGEST_EDITION
                )
    except OSError as problem:
        raise FootproofError("E-FILE-READ", path=name[-120:], reason=problem.strerror) from problem
    return files


def parents_of(name: str, below: tuple[str, ...] = ()) -> Callable[[str], Rulebook]:
    """Return what finds parents: what ships, since such a name means one thing everywhere; for an edition in a folder
    also what lies beside it, in `<id>/<edition>`.

    Args:
        name: As for `load_rulebook`.
        below: Folders of the editions that inherit from this one. Finding one of them again is E-RULE-CYCLE.
    """
    if not is_path(name):
        return load_rulebook
    folder = Path(name).resolve()
    root, line = folder.parent.parent, (*below, str(folder))

    def find(parent: str) -> Rulebook:
        wanted, _, edition = parent.partition("@")
        beside = root / wanted / edition
        ships = edition in shipped_editions().get(wanted, ())
        if not ships and wanted and edition and ".." not in (wanted, edition) and (beside / RULE).is_file():
            if str(beside) in line:
                raise FootproofError("E-RULE-CYCLE", Where(RULE, field="parent"), parent=parent[:120])
            return _read_folder(str(beside), line)
        return load_rulebook(parent)

    return find


def is_path(name: str) -> bool:
    """Return whether a name means a folder."""
    return "/" in name or "\\" in name or name.startswith(".")


def read_rulebook(files: Mapping[str, bytes], parents: Callable[[str], Rulebook]) -> Rulebook:
    """Return the edition that some files describe.

    Args:
        files: Content by path inside the folder of the edition.
        parents: Gives an edition by name, for the parent.

    Raises:
        FootproofError: The first problem that `survey` finds.
    """
    rule, problems = survey(files, parents)
    if problems:
        raise problems[0]
    if rule is None:  # a rule is absent only where there is a problem
        raise FootproofError("E-RULE-FILE", Where(RULE))
    return rule


def survey(
    files: Mapping[str, bytes], parents: Callable[[str], Rulebook]
) -> tuple[Rulebook | None, list[FootproofError]]:
    """Return as much of an edition as can be read, and everything that is wrong with it.

    Args:
        files: Content by path inside the folder of the edition.
        parents: Gives an edition by name, for the parent.

    Returns:
        The edition, or None where its identity or conventions are not clear; problems in the order of the files:
        E-RULE-FILE, E-KEY-*, E-TOML-*, E-EXPR-SYNTAX, E-UNIT-UNKNOWN, E-RULE-*.
    """
    own, reading = read_own(files)
    if own is None:
        return None, reading.problems
    head = own.head
    parent = reading.attempt(lambda: _parent(head, parents)) if "parent" in head.values else None
    if parent is None and "parent" in head.values:
        return None, reading.problems
    rule = _joined(own, parent, reading)
    if rule is None:
        return None, reading.problems
    check_sense(rule, own, reading)
    if LOCK in files:
        reading.attempt(partial(check_lock, files[LOCK], rule))
    return rule, reading.problems


def _parent(head: Table, parents: Callable[[str], Rulebook]) -> Rulebook:
    """Return the parent; what is wrong with its name is wrong at the line that names it."""
    try:
        return parents(head.text("parent"))
    except FootproofError as problem:
        raise problem if problem.where else problem.at(head.where("parent")) from None


def edition_digest(files: Mapping[str, bytes], parent: str | None) -> str:
    """Return the identity of an edition. The lock is no part of it.

    Args:
        files: Content by path.
        parent: Digest of the parent edition.
    """
    return record_digest(
        {"files": {name: digest(data) for name, data in files.items() if name != LOCK}, "parent": parent}
    )


def _folder(name: str) -> Traversable:
    if is_path(name):
        folder = Path(name)
        if not (folder / RULE).is_file():
            raise FootproofError("E-RULE-UNKNOWN", name=name[-120:], known=_known())
        return folder
    wanted, _, edition = name.partition("@")
    editions = shipped_editions()
    if wanted not in editions or (edition and edition not in editions[wanted]):
        raise FootproofError("E-RULE-UNKNOWN", name=name, known=_known())
    return resources.files("footproof") / "rulebooks" / wanted / (edition or editions[wanted][-1])


def _known() -> str:
    return ", ".join(f"{key}@{each}" for key, found in shipped_editions().items() for each in found)


def _files_in(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = f"{prefix}{entry.name}"
        if isinstance(entry, Path) and entry.is_symlink():
            raise FootproofError("E-RULE-LINK", Where(path))
        if entry.is_dir() and path != LOCK:
            if prefix.count("/") >= DEEPEST:  # Leaving it out would leave it out of the digest.
                raise FootproofError("E-RULE-DEPTH", Where(path), most=DEEPEST)
            yield from _files_in(entry, f"{path}/")
        elif path == "cases":  # The worked examples would be missing, and nobody would say so.
            raise FootproofError("E-RULE-CASES", Where("cases"), place="cases")
        elif not entry.is_file():  # A pipe or a device never ends; a folder is no lock.
            raise FootproofError("E-RULE-LINK", Where(path))
        elif entry.name.endswith((".toml", ".md")) or path == LOCK:
            yield path, entry


def _joined(own: Own, parent: Rulebook | None, reading: Reading) -> Rulebook | None:
    """Return an edition with what it inherits; None where its identity or a convention is not known."""
    head = own.head
    family = Inheritance(own, parent, reading)
    identity = reading.attempt(partial(_identity, head))
    gwp = family.convention("gwp", partial(head.text, "gwp"))
    biogenic = family.convention("biogenic", partial(word, head, "biogenic", ("iso", "ef")))
    methane = family.convention("methane", partial(word, head, "methane", ("split", "single")))
    digits = family.digits()
    electricity = family.electricity()
    stages = family.stages()
    if identity is None or gwp is None or biogenic is None or methane is None:
        return None
    if digits is None or electricity is None or stages is None:
        return None
    rule = Rulebook(
        id=identity.id,
        edition=identity.edition,
        digest=edition_digest(reading.files, parent.digest if parent else None),
        status=identity.status,
        status_note=identity.status_note,
        title=identity.title,
        parent=parent.name if parent else "",
        stages=stages,
        excluded_stages=family.excluded_stages(),
        gwp=gwp,
        biogenic=biogenic,
        methane=methane,
        digits=digits,
        functional_unit=own.functional_unit or (parent.functional_unit if parent else None),
        electricity=electricity,
        axes=family.axes(),
        requirements=family.joined("require", lambda rule: rule.requirements, own.requirements, narrower_requirement),
        tables=family.joined("table", lambda rule: rule.tables, own.tables, unchanged_rows),
        formulas=family.joined("formula", lambda rule: rule.formulas, own.formulas, unchanged),
        recycling=family.recycling(),
        clauses=family.clauses(),
        cases=own.cases,
        files={name: data for name, data in reading.files.items() if name != LOCK},
        parent_digest=parent.digest if parent else "",
        given=family.given(),
        data=family.joined("data", lambda rule: rule.data, own.data, stricter_data),
        decisions=family.joined("decision", lambda rule: rule.decisions, own.decisions, unchanged),
        check_cases=own.check_cases,
        reported=family.joined("report", lambda rule: rule.reported, own.reported, free),
        sources=family.joined("table", lambda rule: rule.sources, own.sources, free),
    )
    return with_decisions(rule, own, reading)


@dataclass(frozen=True, slots=True)
class _Identity:
    id: str
    edition: str
    status: Status
    status_note: Bilingual
    title: Bilingual


def _identity(head: Table) -> _Identity:
    return _Identity(
        head.text("id"),
        head.text("edition"),
        head.choice("status", Status),
        text(head, "status_note"),
        text(head, "title"),
    )
