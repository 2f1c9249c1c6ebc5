"""From a folder to an assessment and a package: what several commands do first."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from footproof.assess import Assessment, assess
from footproof.assess.contents import about, evidence, rule_files, suppliers
from footproof.cli.options import read_day, today
from footproof.errors import FootproofError, Where
from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles, read_study
from footproof.model.study import Study, Supplier
from footproof.model.supplier import SupplierFootprint
from footproof.package import Contents, seal
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook, parents_of

LARGEST_ANCHORS = 64_000_000


def assess_folder(folder: Path, rulebook: str, known_on: str | None, *, dated: bool) -> tuple[Assessment, StudyFiles]:
    """Return the assessment of a study folder, and its files.

    Args:
        folder: Study.
        rulebook: `id` or `id@edition`.
        known_on: Date as text, which goes before the study's own.
        dated: Whether a date must be given somewhere; else today counts.

    Raises:
        FootproofError: E-STUDY-KNOWN-ON, or whatever is wrong with the study.
    """
    rule = load_rulebook(rulebook)
    files = read_folder(folder)
    study, day = checked_study(files, folder, known_on, dated=dated)
    return assess(study, rule, shipped(), day), files


def checked_study(files: StudyFiles, folder: Path, known_on: str | None, *, dated: bool = False) -> tuple[Study, date]:
    """Return a study that carries the checked footprints of its suppliers, and the day whose publications count.

    Args:
        files: Of the study.
        folder: Where it lies.
        known_on: Date as text, which goes before the study's own.
        dated: Whether a date must be given somewhere; else today counts.

    Raises:
        FootproofError: E-STUDY-KNOWN-ON, what is wrong with the study, or as `checked_suppliers`.
    """
    study = read_study(files)
    day = known_day(study, known_on, dated=dated)
    return replace(study, certified=checked_suppliers(study, folder, day)), day


def checked_suppliers(study: Study, folder: Path, at: date) -> Mapping[str, SupplierFootprint]:
    """Return the certified footprints of a study's suppliers, each checked in full.

    The material of each lies in `suppliers/<folder>`, whom to believe in `suppliers/trust.json`: what lies in the
    folder of a supplier is the supplier's own choice.

    Args:
        study: Study.
        folder: Where it lies.
        at: Day on which the certificates must hold.

    Raises:
        FootproofError: E-CHECK-MISSING where a file is not there, E-CHECK-ANCHORS.
        ProofRejected: E-SUPPLIER-CHECK for a check that does not hold, at the row of the supplier.
    """
    return {row.id: _at_row(row, folder / "suppliers", at) for row in study.suppliers.values()}


def checked_supplier(folder: Path, at: date) -> SupplierFootprint:
    """Return the certified footprint whose material lies in a folder, with `trust.json` beside the folder.

    Raises:
        FootproofError: E-CHECK-MISSING, E-CHECK-ANCHORS.
        ProofRejected: E-SUPPLIER-CHECK.
    """
    # Signatures and logs take half a second to load, and most studies have no suppliers.
    from footproof.check import read_anchors
    from footproof.check.supplier import supplier_footprint
    from footproof.server.gather import MOST_TOKEN, gather
    from footproof.server.sources import FirstOf, LooseFiles, TreeFolder

    anchors = TreeFolder(folder.parent).read("trust.json", LARGEST_ANCHORS)
    jwt = LooseFiles(folder).read("certificate.jwt", MOST_TOKEN)
    for name, data in (("suppliers/trust.json", anchors), (f"suppliers/{folder.name}/certificate.jwt", jwt)):
        if data is None:
            raise FootproofError("E-CHECK-MISSING", Where(str(folder)[-120:]), what=name)
    material = gather(
        (jwt or b"").strip(), FirstOf((LooseFiles(folder), TreeFolder(folder), TreeFolder(folder.parent)))
    )
    return supplier_footprint(material, read_anchors(anchors or b""), at)


def _at_row(row: Supplier, folder: Path, at: date) -> SupplierFootprint:
    try:
        return checked_supplier(folder / row.folder, at)
    except FootproofError as problem:
        raise problem.at(Where(row.place.file, row.place.line, "folder")) from problem


def seal_assessment(assessment: Assessment, files: StudyFiles, rulebook: str, secret: bytes | None = None) -> bytes:
    """Return the package of an assessment.

    Args:
        rulebook: As it was asked for: a name, or the folder of an edition, beside which its parents are sought.
        secret: Of the study, where its lines shall be withheld later.
    """
    return seal(contents_of(assessment, files, rulebook), secret)


def contents_of(assessment: Assessment, files: StudyFiles, rulebook: str) -> Contents:
    """Return what goes into the package of an assessment.

    Args:
        rulebook: As it was asked for: a name, or the folder of an edition, beside which its parents are sought.
    """
    return Contents(
        about=about(assessment),
        tables=files.tables,
        sheet=assessment.sheet_bytes,
        result=assessment.result,
        parameters=assessment.parameters,
        rules=rule_files(assessment.rule, parents_of(rulebook)),
        evidence=evidence(assessment),
        suppliers=suppliers(assessment),
    )


def known_day(study: Study, given: str | None, *, dated: bool = False) -> date:
    """Return the day whose publications count: the given one, that of the study, or today.

    Raises:
        FootproofError: E-DATE; E-STUDY-KNOWN-ON where one must be given and is not.
    """
    if given is not None:
        return read_day(given)
    if study.known_on is not None:
        return study.known_on
    if dated:
        raise FootproofError("E-STUDY-KNOWN-ON")
    return today()
