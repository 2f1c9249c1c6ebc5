"""From a folder to an assessment and a package: what several commands do first."""

from datetime import date
from pathlib import Path

from footproof.assess import Assessment, assess
from footproof.assess.contents import about, evidence, rule_files
from footproof.cli.options import read_day, today
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles, read_study
from footproof.model.study import Study
from footproof.package import Contents, seal
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook, parents_of


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
    study = read_study(files)
    return assess(study, rule, shipped(), known_day(study, known_on, dated=dated)), files


def seal_assessment(assessment: Assessment, files: StudyFiles, rulebook: str) -> bytes:
    """Return the package of an assessment.

    Args:
        rulebook: As it was asked for: a name, or the folder of an edition, beside which its parents are sought.
    """
    return seal(
        Contents(
            about=about(assessment),
            tables=files.tables,
            sheet=assessment.sheet_bytes,
            result=assessment.result,
            parameters=assessment.parameters,
            rules=rule_files(assessment.rule, parents_of(rulebook)),
            evidence=evidence(assessment),
        )
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
