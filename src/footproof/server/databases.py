"""Background databases of a workspace: `databases/<name>/`, each written whole or not at all.

source/          the database as it was imported; a folder becomes one stored ZIP, so that its digest is that of bytes
choices.toml     what steered linking and allocation
database.json    name, format, digests, counts, day of import
intensities.json the intensity set, canonical; missing where the system has no solution
report.json      health, unlinked inputs, choices made, findings
"""

import dataclasses
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from footproof import __version__
from footproof.background.assemble import default_settings
from footproof.background.gases import shipped_gases
from footproof.background.intensity_set import IntensitySet, declare, read_intensities
from footproof.background.prepare import Counted, Prepared, count, prepare
from footproof.background.report import report_record
from footproof.canonical import canonical_bytes, digest, read_canonical
from footproof.errors import FootproofError, Where
from footproof.formats.archive import open_archive
from footproof.formats.database import read_database, uncollected
from footproof.formats.folder import read_folder
from footproof.formats.intensities import TABLE, read_intensities_table, write_intensities_table
from footproof.formats.linking import read_settings, write_settings
from footproof.model.dataset import DataSource
from footproof.model.linking import Exclusion, Settings
from footproof.model.parameter import GwpSet
from footproof.model.study import Factor
from footproof.quantify.solve import SolverName
from footproof.server.workspace import DATABASES, write_durably
from footproof.tlog.durable import sync_directory

FORMAT = "footproof-database/1"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
MOST_CHOICES = 10_000_000
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Database:
    """A database of a workspace.

    Args:
        folder: Where it lies.
        about: Content of database.json.
    """

    folder: Path
    about: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return its name."""
        return str(self.about["name"])

    def report(self) -> Mapping[str, Any]:
        """Return health, unlinked inputs, choices and findings."""
        found: Mapping[str, Any] = json.loads(_read(self.folder / "report.json"))
        return found

    def intensities(self) -> IntensitySet:
        """Return the intensity set, checked against the digest in database.json.

        Raises:
            FootproofError: E-DB-UNSOLVED where the system has no solution, E-OBJECT where the file was changed.
        """
        wanted = self.about["intensities"]
        if wanted is None:
            raise FootproofError("E-DB-UNSOLVED", Where(self.name), name=self.name)
        data = _read(self.folder / "intensities.json")
        if digest(data) != wanted:
            raise FootproofError("E-OBJECT", Where("intensities.json"), digest=wanted, reason="changed")
        return read_intensities(data, "intensities.json")

    def source_file(self) -> Path:
        """Return the file of the database, checked against its digest.

        Raises:
            FootproofError: E-OBJECT where it was changed.
        """
        path = self.folder / "source" / str(self.about["file"])
        if _file_digest(path) != self.about["digest"]:
            raise FootproofError("E-OBJECT", Where(path.name), digest=self.about["digest"], reason="changed")
        return path

    def settings(self, source: DataSource) -> Settings:
        """Return the choices that made its system."""
        return read_settings(_read(self.folder / "choices.toml"), "choices.toml", default_settings(source))


def databases(home: Path) -> Iterator[Database]:
    """Yield the databases of a workspace by name."""
    folder = home / DATABASES
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (path / "database.json").is_file() and not path.name.startswith("."):
            yield _open(path)


def open_database(home: Path, name: str) -> Database:
    """Return a database by name.

    Raises:
        FootproofError: E-DB-NAME where there is none of that name.
    """
    path = home / DATABASES / name
    if not NAME.fullmatch(name) or not (path / "database.json").is_file():
        known = ", ".join(each.name for each in databases(home)) or "-"
        raise FootproofError("E-DB-NAME", name=name[:80], known=known)
    return _open(path)


def import_database(
    home: Path, path: Path, name: str, day: date, known: GwpSet, *, choices: bytes | None = None, replace: bool = False
) -> Database:
    """Read a database, link it, examine it, solve it and keep all of that.

    Args:
        home: Folder of the workspace; it need not hold anything else.
        path: Folder, ZIP archive or file.
        name: Under which it is kept.
        day: Day of the import.
        known: GWP set that measures what unlinked inputs may hide.
        choices: TOML; the preset for the format if left out.
        replace: Whether a database of that name gives way.

    Raises:
        FootproofError: E-DB-NAME-FORM, E-DB-EXISTS, whatever reading and linking raise, E-FILE-WRITE where the disk
            refuses. Nothing is then kept.
    """
    folder = home / DATABASES
    _check_name(folder, name, replace=replace)
    with uncollected():
        source = read_database(path)
        settings = _settings(choices, source)
        with _room(folder / name) as room:
            kept = _keep(path, room / "source")
            about = {"name": name, "file": kept.name, "digest": _file_digest(kept), "imported": day.isoformat()}
            _fill(room, source, settings, about, known)
    return open_database(home, name)


def link_database(home: Path, name: str, known: GwpSet, settings: bytes | Settings) -> Database:
    """Link, examine and solve a database again under other choices.

    Raises:
        FootproofError: E-DB-NAME, E-OBJECT, whatever linking raises. The database then stays as it was.
    """
    database = open_database(home, name)
    source = read_database(database.source_file())
    chosen = settings if isinstance(settings, Settings) else _settings(settings, source)
    about = {key: database.about[key] for key in ("name", "file", "digest", "imported")}
    with _room(database.folder) as room:
        shutil.copytree(database.folder / "source", room / "source")
        _fill(room, source, chosen, about, known)
    return open_database(home, name)


def load_database(database: Database, known: GwpSet, *, solver: SolverName = "auto") -> Prepared:
    """Read a kept database again, link it by its own choices, examine and solve it.

    Raises:
        FootproofError: E-OBJECT where the source was changed.
    """
    source = read_database(database.source_file())
    return prepare(source, database.settings(source), shipped_gases(), known, solver=solver)


def load_counted(database: Database) -> Counted:
    """Read a kept database again and link it by its own choices, neither examined nor solved.

    Raises:
        FootproofError: E-OBJECT where the source was changed.
    """
    source = read_database(database.source_file())
    return count(source, database.settings(source), shipped_gases())


def declared(prepared: Prepared, about: Mapping[str, Any], choices: str) -> IntensitySet | None:
    """Return the intensity set of a prepared database; None where it has no solution."""
    if prepared.intensities is None:
        return None
    return declare(
        prepared.background,
        prepared.intensities,
        unsound=prepared.health.unsound,
        database={
            "name": str(about["name"]),
            "format": prepared.background.source.format,
            "digest": str(about["digest"]),
        },
        choices=choices,
        solver={"footproof": __version__, "numpy": version("numpy"), "scipy": version("scipy")},
    )


def advised_choices(database: Database) -> bytes:
    """Return the choices of a database with what its health report says to leave out, as TOML."""
    settings = read_settings(_read(database.folder / "choices.toml"), "choices.toml", Settings())
    known = {item.dataset for item in settings.exclusions}
    advised = (
        Exclusion(dataset=item["dataset"], kind=item["kind"], reason=item["reason"])
        for item in database.report()["exclusions"]
    )
    added = tuple(item for item in advised if item.kind or item.dataset not in known)
    return write_settings(dataclasses.replace(settings, exclusions=(*settings.exclusions, *added)))


def add_intensity(folder: Path, factor: Factor) -> None:
    """Add an intensity to a study, or put it in the place of one with the same id.

    Raises:
        FootproofError: E-STUDY-FOLDER where there is no study, E-TABLE-* where its table cannot be read,
            E-WORKBOOK-TWICE where its intensities stand in a workbook, E-FILE-WRITE where the disk refuses. The
            study is then as it was.
    """
    tables = read_folder(folder).tables
    if TABLE in tables and not (folder / TABLE).is_file():
        stem = TABLE.removesuffix(".csv")
        raise FootproofError("E-WORKBOOK-TWICE", Where(TABLE), table=stem, first=f"{stem}.xlsx", second=TABLE)
    factors = dict(read_intensities_table(tables[TABLE])) if TABLE in tables else {}
    data = write_intensities_table({**factors, factor.id: factor}.values())
    read_intensities_table(data)  # What cannot be read again is not written.
    try:
        write_durably(folder / TABLE, data)
    except OSError as problem:
        raise FootproofError("E-FILE-WRITE", Where(TABLE), path=TABLE, reason=problem.strerror) from problem


def _settings(choices: bytes | None, source: DataSource) -> Settings:
    preset = default_settings(source)
    if choices is None:
        return preset
    if len(choices) > MOST_CHOICES:
        raise FootproofError("E-TABLE-SIZE", Where("choices.toml"), found=len(choices), most=MOST_CHOICES)
    return read_settings(choices, "choices.toml", preset)


def _fill(room: Path, source: DataSource, settings: Settings, about: Mapping[str, str], known: GwpSet) -> None:
    prepared = prepare(source, settings, shipped_gases(), known)
    choices = write_settings(settings)
    found = declared(prepared, about, digest(choices))
    data = found.to_bytes() if found else None
    record = {
        "format": FORMAT,
        **about,
        "source_format": source.format,
        "datasets": len(source.datasets),
        "flows": len(source.flows),
        "exchanges": sum(len(dataset.exchanges) for dataset in source.datasets.values()),
        "products": len(prepared.background.activities),
        "choices": digest(choices),
        "intensities": digest(data) if data else None,
    }
    write_durably(room / "choices.toml", choices)
    write_durably(room / "report.json", json.dumps(report_record(prepared)).encode("ascii"))
    if data:
        write_durably(room / "intensities.json", data)
    write_durably(room / "database.json", canonical_bytes(record))


def _check_name(folder: Path, name: str, *, replace: bool) -> None:
    if not NAME.fullmatch(name):
        raise FootproofError("E-DB-NAME-FORM", name=name[:80])
    if (folder / name).exists() and not replace:
        raise FootproofError("E-DB-EXISTS", name=name)


def _keep(path: Path, folder: Path) -> Path:
    """Copy a database; a folder becomes one ZIP with sorted names, fixed dates and nothing compressed."""
    folder.mkdir(parents=True)
    if not path.is_dir():
        target = folder / path.name
        shutil.copyfile(path, target)
        return target
    target = folder / f"{path.resolve().name}.zip"
    with open_archive(path) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for name, data in archive:
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return target


@contextmanager
def _room(place: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of another, as a whole, once it is filled.

    Raises:
        FootproofError: E-FILE-WRITE where the disk refuses; what was there stays.
    """
    folder = place.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=f".{place.name}.") as draft:
            new = Path(draft) / "new"
            new.mkdir()
            yield new
            if place.exists():
                place.rename(Path(draft) / "old")
            new.rename(place)
            sync_directory(folder)
    except OSError as problem:
        raise FootproofError("E-FILE-WRITE", Where(str(folder)), path=folder, reason=problem.strerror) from problem


def _open(path: Path) -> Database:
    record = read_canonical(_read(path / "database.json"))
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise FootproofError("E-DB-RECORD", Where(str(path)), path=path.name)
    return Database(path, record)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise FootproofError("E-FILE-READ", Where(path.name), path=path.name, reason=problem.strerror) from problem


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{file_digest(file, 'sha256').hexdigest()}"
