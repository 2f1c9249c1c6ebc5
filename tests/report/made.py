"""Assessments and records of the shipped examples, made once."""

from functools import cache
from pathlib import Path

from footproof.assess import Assessment, assess
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.report import Record, report_record
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CASES = [
    ("nmc811-pack", "cn.gbt.24067@2024"),
    ("nmc811-pack", "cn.pcf.traction-battery@2026-provisional"),
    ("portland-cement", "cn.gbt.24067@2024"),
]


@cache
def assessment(study: str, rule: str) -> Assessment:
    read = read_study(read_folder(EXAMPLES / study))
    assert read.known_on is not None
    return assess(read, load_rulebook(rule), shipped(), read.known_on)


@cache
def record(study: str, rule: str, public: bool = False) -> Record:
    return report_record(assessment(study, rule), public=public)
