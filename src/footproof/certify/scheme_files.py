"""Scheme editions as folders of TOML: `<id>/<edition>/scheme.toml`, shipped or of one's own.

Beside it `catalogue.toml` (what is covered), `grading.toml` (gate, score, bands) and `grid.toml` (clauses of a
management system). Unknown keys and files are errors. The digest of an edition covers all of them.
"""

from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from footproof.certify import scheme_parts as part
from footproof.certify.scheme_beside import read_catalogue, read_grading, read_grid
from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table, read_toml
from footproof.model.rulebook import Status
from footproof.model.scheme import Category, CertifiedObject, Scheme
from footproof.rules.reading import named, text, word_list
from footproof.rules.rulebook import edition_digest, is_path

SCHEME = "scheme.toml"
CATALOGUE = "catalogue.toml"
GRADING = "grading.toml"
GRID = "grid.toml"
FILES = (SCHEME, CATALOGUE, GRADING, GRID)
LARGEST_FILE = 2_000_000

HEAD = (
    "id",
    "edition",
    "status",
    "status_note",
    "title",
    "owner",
    "object",
    "category",
    "national",
    "filing_needed",
    "standards",
    "rulebooks",
    "footprint_optional",
    "languages",
    "transfer",
    "source",
    "validity",
    "provinces",
    "figure",
    "fact",
    "role",
    "body_requirement",
    "client_requirement",
    "activity",
    "trigger",
    "suspension_then",
    "ground",
    "time_limit",
    "fee",
    "conclusion",
    "reduction",
    "mark",
    "gap",
)


@cache
def shipped_schemes() -> tuple[str, ...]:
    """Return the editions that come with footproof, as `id@edition`."""
    return tuple(name for name, _ in _editions(_shipped_root()))


def load_scheme(name: str) -> Scheme:
    """Return a shipped edition by `id@edition`, or one in a folder.

    Args:
        name: `id@edition`, or a path (it holds a separator or starts with a dot).

    Raises:
        FootproofError: E-SCHEME-UNKNOWN, E-SCHEME-FILE, E-SCHEME-SHADOW where a folder bears the name of a shipped
            edition without being it, or as `read_scheme`.
    """
    if not is_path(name):
        return _shipped(name)
    folder = Path(name)
    if not (folder / SCHEME).is_file():
        raise FootproofError("E-SCHEME-UNKNOWN", name=name[-120:], known=", ".join(shipped_schemes()))
    scheme = read_scheme(_files(folder))
    if scheme.name in shipped_schemes() and _shipped(scheme.name).digest != scheme.digest:
        raise FootproofError("E-SCHEME-SHADOW", Where(SCHEME, field="id"), name=scheme.name)
    return scheme


def schemes_in(folder: Path) -> Mapping[str, Scheme]:
    """Return the editions below a folder of one's own, `<id>/<edition>/scheme.toml`, by `id@edition`.

    Args:
        folder: Holds one folder for each scheme.

    Raises:
        FootproofError: E-SCHEME-NAME where a folder is not named as its edition, or as `load_scheme`.
    """
    found: dict[str, Scheme] = {}
    for name, _ in _editions(folder):
        identity, _, edition = name.partition("@")
        scheme = load_scheme(str(folder.resolve() / identity / edition))
        if scheme.name != name:
            raise FootproofError("E-SCHEME-NAME", Where(SCHEME, field="id"), found=scheme.name, needed=name)
        found[name] = scheme
    return found


def read_scheme(files: Mapping[str, bytes]) -> Scheme:
    """Return the edition that some files describe. What it says may still make no sense; see `scheme_lint`.

    Args:
        files: Content by name.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*, E-TEXT-LANGUAGE, E-EXPR-SYNTAX, E-SCHEME-FILE, E-SCHEME-FIGURE,
            E-SCHEME-TWICE.
    """
    head = _open(files, SCHEME)
    head.refuse_unknown(HEAD)
    figures = {name: part.figure(name, table) for name, table in named(head, "figure")}
    part.check_whole(figures, head)
    return Scheme(
        id=head.text("id"),
        edition=head.text("edition"),
        digest=edition_digest(files, None),
        status=head.choice("status", Status),
        status_note=text(head, "status_note"),
        title=text(head, "title"),
        owner=text(head, "owner"),
        object=head.choice("object", CertifiedObject),
        category=head.choice("category", Category),
        national=head.flag("national"),
        filing_needed=head.flag("filing_needed"),
        standards=word_list(head, "standards"),
        rulebooks=word_list(head, "rulebooks"),
        languages=word_list(head, "languages"),
        transfer=head.flag("transfer"),
        source=head.text("source"),
        figures=figures,
        facts={name: part.fact(name, table) for name, table in named(head, "fact")},
        roles={name: text(table, "title") for name, table in named(head, "role")},
        body_requirements=part.each(head, "body_requirement", part.requirement),
        client_requirements=part.each(head, "client_requirement", part.requirement),
        activities=part.each(head, "activity", part.activity),
        surveillance=part.surveillance(head, figures),
        suspension=part.suspension(head, figures),
        grounds=part.each(head, "ground", part.ground),
        time_limits=part.each(head, "time_limit", partial(part.time_limit, figures)),
        fees=part.each(head, "fee", part.fee),
        conclusions=part.each(head, "conclusion", part.conclusion),
        catalogue=read_catalogue(_open(files, CATALOGUE)) if CATALOGUE in files else (),
        provinces=word_list(head, "provinces"),
        mark=part.mark(head.table("mark")) if "mark" in head.values else None,
        grading=read_grading(_open(files, GRADING)) if GRADING in files else None,
        grid=read_grid(_open(files, GRID)) if GRID in files else None,
        gaps=part.each(head, "gap", part.gap),
        validity=part.validity(head.table("validity")) if "validity" in head.values else None,
        least_reduction=part.reduction(head.table("reduction"), figures) if "reduction" in head.values else None,
        footprint_optional="footprint_optional" in head.values and head.flag("footprint_optional"),
    )


@cache
def _shipped(name: str) -> Scheme:
    """Read what ships once: it does not change while the program runs."""
    for known, folder in _editions(_shipped_root()):
        if known == name:
            return read_scheme(_files(folder))
    raise FootproofError("E-SCHEME-UNKNOWN", name=name[:120], known=", ".join(shipped_schemes()))


def _shipped_root() -> Traversable:
    return resources.files("footproof") / "schemes"


def _editions(root: Traversable) -> Iterator[tuple[str, Traversable]]:
    for scheme in sorted(root.iterdir(), key=lambda item: item.name):
        if scheme.is_dir():
            for edition in sorted(scheme.iterdir(), key=lambda item: item.name):
                if (edition / SCHEME).is_file():
                    yield f"{scheme.name}@{edition.name}", edition


def _files(folder: Traversable) -> dict[str, bytes]:
    """Return the files of an edition; what would stay out of its digest is refused."""
    found: dict[str, bytes] = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        ordinary = entry.is_file() and not (isinstance(entry, Path) and entry.is_symlink())
        if entry.name not in FILES or not ordinary:
            raise FootproofError("E-SCHEME-FILE", Where(entry.name), name=entry.name, known=", ".join(FILES))
        with entry.open("rb") as file:
            found[entry.name] = file.read(LARGEST_FILE + 1)
        if len(found[entry.name]) > LARGEST_FILE:
            raise FootproofError("E-TOML-SIZE", Where(entry.name), found=f"> {LARGEST_FILE}", most=LARGEST_FILE)
    return found


def _open(files: Mapping[str, bytes], name: str) -> Table:
    if name not in files:
        raise FootproofError("E-SCHEME-FILE", Where(name), name=name, known=", ".join(FILES))
    values, lines = read_toml(files[name], name)
    return Table(values, name, lines)
