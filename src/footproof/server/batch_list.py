"""A list of certificates to issue together: one package a line, as CSV or JSON lines, and what is left of it to do.

Whatever is wrong with a line is found before anything is written: the list is then issued whole, as a batch. A
list that was issued is a list with nothing left to do, so the same call may be made again after a crash, and a list
that grew is issued from where it stands.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from footproof.errors import FootproofError, Where
from footproof.model.certificate import Certificate
from footproof.package import MOST_BYTES, Package, open_package, recompute
from footproof.server.batch import NUMBER, issue_held
from footproof.server.certify import draft_certificate, issued, keep_package, next_number, renumbered
from footproof.server.demo_world import open_world, recognise_body
from footproof.server.references import enter_references
from footproof.server.sources import read_place
from footproof.server.workspace import Workspace

T = TypeVar("T")

MOST_LINES = 200_000
MOST_LIST = 64_000_000
COLUMNS = ("package", "number")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list.

    Args:
        line: Where it stands.
        package: File of the sealed package.
        number: Number the certificate gets; "" where the body gives the next one.
    """

    line: int
    package: Path
    number: str


@dataclass(frozen=True, slots=True)
class BatchDone:
    """What a call did.

    Args:
        new: Numbers issued now, in the order of the list.
        known: Numbers of lines that had been issued before.
    """

    new: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A package that recomputes."""

    data: bytes
    package: Package


def read_list(path: Path, data: bytes) -> tuple[Line, ...]:
    """Return the lines of a list.

    Args:
        path: Of the list; packages are named relative to its folder. A name that ends in .jsonl means JSON lines.
        data: Its bytes.

    Raises:
        FootproofError: E-BATCH-LIST where a line has another form, or the list none or too many.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise FootproofError("E-BATCH-LIST", Where(path.name), reason="UTF-8") from problem
    rows = _json_rows if path.suffix.lower() == ".jsonl" else _csv_rows
    lines = tuple(_line(path, number, row) for number, row in rows(path.name, text))
    if not 0 < len(lines) <= MOST_LINES:
        raise FootproofError("E-BATCH-LIST", Where(path.name), reason=f"{len(lines)} (1–{MOST_LINES})")
    twice = next((name for name, count in Counter(one.number for one in lines).items() if name and count > 1), None)
    if twice is not None:
        raise FootproofError("E-BATCH-NUMBER", Where(path.name), number=twice)
    return lines


def issue_list(workspace: Workspace, name: str, lines: Sequence[Line], at: datetime) -> BatchDone:
    """Issue what is left of a list, whole or not at all.

    Args:
        workspace: Of the body.
        name: Of the list, for messages.
        lines: As `read_list` gives them.
        at: Now, with a time zone.

    Raises:
        FootproofError: At the line that is wrong: E-FILE-READ, E-RECOMPUTE-DIFFERS, what `open_package` raises, or
            E-BATCH-NUMBER where its number was issued for another package. Nothing is then issued.
    """
    sealed = dict(_opened(name, lines))
    with workspace.hold():
        by_number = {one.certificate.number: one.certificate.package_digest for one in issued(workspace)}
        plan = list(_plan(name, lines, sealed, by_number, at))
        wanted = [(line, number) for line, number, is_new in plan if is_new]
        drafts = list(_drafts(workspace, name, wanted, sealed, at))
        _prepare(workspace, {line.package: sealed[line.package] for line, _ in wanted}, drafts, at)
        issue_held(workspace, drafts, at)
    return BatchDone(
        tuple(number for _, number, is_new in plan if is_new), tuple(number for _, number, is_new in plan if not is_new)
    )


def _prepare(workspace: Workspace, packages: dict[Path, _Sealed], drafts: Sequence[Certificate], at: datetime) -> None:
    """Store what the certificates rest on: packages, the filing of each rule, parameters. All of it may stand alone."""
    for one in packages.values():
        keep_package(workspace, one.data)
    for rule, edition, body in dict.fromkeys((one.rule_id, one.rule_edition, one.body) for one in drafts):
        recognise_body(workspace, body, rule, edition, at)
    owner = open_world(workspace).party("scheme").id if drafts else ""
    for one in packages.values():
        enter_references(workspace, one.package, owner, at)


def _plan(
    name: str, lines: Sequence[Line], sealed: dict[Path, _Sealed], by_number: dict[str, str], at: datetime
) -> Iterator[tuple[Line, str, bool]]:
    """Yield each line with its number and whether it is still to be issued.

    A line without a number is one whose package has a certificate: the same package is certified once, unless numbers
    say otherwise.
    """
    by_package = {package: number for number, package in reversed(by_number.items())}
    taken = set(by_number) | {line.number for line in lines if line.number}
    for line in lines:
        package = sealed[line.package].package.digest
        known = by_number.get(line.number) if line.number else None
        if known is not None and known != package:
            raise FootproofError("E-BATCH-NUMBER", Where(name, line.line), number=line.number)
        if known is not None or (not line.number and package in by_package):
            yield line, line.number or by_package[package], False
            continue
        number = line.number or next_number(taken, at)
        taken.add(number)
        by_package.setdefault(package, number)
        yield line, number, True


def _drafts(
    workspace: Workspace, name: str, wanted: Sequence[tuple[Line, str]], sealed: dict[Path, _Sealed], at: datetime
) -> Iterator[Certificate]:
    """Yield the certificate of each line; a package is read once."""
    first: dict[Path, Certificate] = {}
    for line, number in wanted:
        draft, package = first.get(line.package), sealed[line.package].package
        make = (
            partial(draft_certificate, workspace, package, number, at)
            if draft is None
            else partial(renumbered, workspace, draft, number)
        )
        found = _at(Where(name, line.line), make)
        first.setdefault(line.package, found)
        yield found


def _at(where: Where, make: Callable[[], T]) -> T:
    """Return what a function makes; what is wrong with it is told at its line."""
    try:
        return make()
    except FootproofError as problem:
        raise problem.at(where) from problem


def _opened(name: str, lines: Sequence[Line]) -> Iterator[tuple[Path, _Sealed]]:
    """Yield every package of a list once, opened and recomputed."""
    for path, line in {line.package: line for line in reversed(lines)}.items():
        yield path, _at(Where(name, line.line, path.name), partial(_sealed, path))


def _sealed(path: Path) -> _Sealed:
    data = read_place(path, path.name, MOST_BYTES)
    if data is None:
        raise FootproofError("E-FILE-READ", path=path.name, reason="no such file")
    package = open_package(data)
    outcome = recompute(package)
    if not outcome.ok:
        raise FootproofError("E-RECOMPUTE-DIFFERS", nodes=", ".join(outcome.differs[:5]))
    return _Sealed(data, package)


def _csv_rows(name: str, text: str) -> Iterator[tuple[int, dict[str, object]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if "package" not in (reader.fieldnames or ()):
            raise FootproofError("E-BATCH-LIST", Where(name, 1), reason=f"package ({', '.join(COLUMNS)})")
        for row in reader:
            if any(row.values()):
                yield reader.line_num, {str(key): value or "" for key, value in row.items()}
    except csv.Error as problem:
        raise FootproofError("E-BATCH-LIST", Where(name, reader.line_num), reason=str(problem)) from problem


def _json_rows(name: str, text: str) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as problem:
                raise FootproofError("E-BATCH-LIST", Where(name, number), reason=str(problem)[:200]) from problem
            if not isinstance(row, dict):
                raise FootproofError("E-BATCH-LIST", Where(name, number), reason="{ }")
            yield number, row


def _line(path: Path, number: int, row: dict[str, object]) -> Line:
    where = Where(path.name, number)
    for column, value in row.items():
        if column not in COLUMNS or not isinstance(value, str):
            raise FootproofError("E-BATCH-LIST", where, reason=f"{column[:80]!r} ({', '.join(COLUMNS)})")
    package, name = str(row.get("package", "")).strip(), str(row.get("number", "")).strip()
    if not package or "\0" in package:
        raise FootproofError("E-BATCH-LIST", where, reason="package")
    if name and not NUMBER.fullmatch(name):
        raise FootproofError("E-BATCH-LIST", where, reason=f"number {name[:80]!r}")
    return Line(number, path.parent / package, name)
