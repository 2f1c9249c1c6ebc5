"""Studies with one planted error each, and what verifying them must find, with nothing beyond.

`planted.toml` lists the errors in the form of `interpret/seeding.py`. A finding is named by its code and the row it
points to (`exchanges.csv/precursor`), since line numbers move when a row is added or taken away.
"""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from footproof.errors import Where
from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Rulebook
from footproof.model.study import Study
from footproof.model.supplier import SupplierFootprint
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.verify.verify import Verification, verify_study
from interpret.seeding import BASES as SEEDED_BASES
from interpret.seeding import HERE as SEEDING
from interpret.seeding import REPOSITORY, planted

BASES = {
    **SEEDED_BASES,
    "demo-cathode": REPOSITORY / "examples" / "demo-cathode",
    "demo-cell": REPOSITORY / "examples" / "demo-cell",
    "kettle": REPOSITORY / "tests" / "assets" / "kettle",
}
CORPUS = tomllib.loads((Path(__file__).resolve().parent / "planted.toml").read_text("utf-8"))
CASES: Mapping[str, Mapping[str, Any]] = {case["name"]: case for case in CORPUS["case"]}


@cache
def edition(name: str) -> Rulebook:
    return load_rulebook(str(SEEDING / name) if name.startswith("seeded/") else name)


def stand_in(study: Study, day: date) -> Mapping[str, SupplierFootprint]:
    """Return what checking the suppliers' certificates gives; that check has tests of its own."""
    return {
        row.id: SupplierFootprint(
            certificate=row.certificate,
            digest=row.digest,
            body="did:web:body.example",
            product=row.product,
            product_name=row.name,
            value=Decimal("19.9764"),
            unit=row.unit,
            unit_name=Bilingual("1 kg", "1 kg"),
            boundary=Bilingual("从摇篮到大门", "cradle to gate"),
            stages=("raw_materials", "manufacturing"),
            rule="cn.gbt.24067@2024",
            rule_edition="sha256:" + "1" * 64,
            rule_status="in-force",
            period_start=date(2025, 1, 1),
            period_end=date(2025, 12, 31),
            valid_from=date(2026, 4, 1),
            valid_until=date(2028, 3, 31),
            package="sha256:" + "2" * 64,
            demonstration=True,
            recomputed="all terms",
        )
        for row in study.suppliers.values()
    }


def files_of(case: Mapping[str, Any]) -> StudyFiles:
    """Return the files of a study with its error; documents are as in the folder but for what the case says."""
    found = planted(case, BASES)
    documents = dict(read_folder(BASES[case["base"]]).documents or {})
    for name in case.get("lost", ()):
        del documents[name]
    documents |= dict.fromkeys(case.get("changed", ()), "0" * 64)
    return replace(found, documents=documents or None)


def verified(files: StudyFiles, rulebook: str) -> Verification:
    return verify_study(files, edition(rulebook), shipped(), certified=stand_in)


@cache
def before(base: str, rulebook: str) -> Counter[tuple[str, str]]:
    """Return what verifying a study as it is finds."""
    files = files_of({"base": base})
    return named(verified(files, rulebook), files)


def named(found: Verification, files: StudyFiles) -> Counter[tuple[str, str]]:
    """Return findings by code and row."""
    return Counter((item.code, label(item.rows[0], files) if item.rows else "") for item in found.findings)


def label(at: Where, files: StudyFiles) -> str:
    """Return the name of a row: the file, and the id in that line, else the field."""
    if at.file.endswith(".csv") and at.line is not None:
        text = files.tables[at.file].decode("utf-8")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        row = next(row for row in reader if reader.line_num == at.line)
        return f"{at.file}/{row.get('id') or row['process'] + ':' + row['product']}"
    return f"{at.file}/{at.field}" if at.field else at.file
