"""Facts of an invented maker, and the published schemas of UNTP where they are at hand."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from footproof.credential.facility import FacilityFacts
from footproof.credential.passport import PassportFacts
from footproof.credential.status_list import status_entry
from footproof.credential.untp import Address, Category, Evidence
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Party

INTEROP = Path(__file__).resolve().parents[2] / "../shared/data/interop"
NEW = INTEROP / "untp-0.7.0/published/schema"
EARLY = INTEROP / "untp-0.7.0/prerelease-2026-04/artefacts/schema/v0.7.0"
OLD = INTEROP / "untp-0.6.1"
STATUS = status_entry("https://footproof.example/status/1-revocation.jwt", 94567, "revocation")
STATUS_UNTP = status_entry(
    "https://footproof.example/status/1-revocation.jwt", 94567, "revocation", index_form="integer"
)

EVIDENCE = Evidence("https://footproof.example/c/DEMO-CFP-2026-000123/certificate.jwt", "sha256:" + "4d" * 32)
CPC = Party(
    "https://unstats.un.org/unsd/classifications/Econ/cpc/",
    Bilingual("联合国产品总分类", "UN Central Product Classification"),
)
PASSPORT = PassportFacts(
    address="https://maker.footproof.example/passports/DM-811-75",
    published=date(2026, 11, 25),
    id_scheme=Party("https://maker.footproof.example/models", Bilingual("示例型号", "Demo model numbers")),
    categories=(Category("46420", Bilingual("蓄电池", "Electric accumulators"), CPC),),
    country="CN",
    evidence=EVIDENCE,
)
FACILITY = FacilityFacts(
    address="https://maker.footproof.example/sites/1/record",
    published=date(2026, 11, 25),
    place=Address(
        Bilingual("示例路 1 号", "1 Demo Road"), "000000", Bilingual("示例市", "Demo City"), Bilingual("福建", "Fujian")
    ),
    country="CN",
    processes=(Category("46420", Bilingual("蓄电池", "Electric accumulators"), CPC),),
    evidence=EVIDENCE,
    plus_code="https://plus.codes/8Q000000+",
)


def problems(credential: Mapping[str, Any], schema: Path) -> list[str]:
    """Return what a published schema finds in a credential; skip where the schema is absent."""
    if not schema.exists():
        pytest.skip(f"needs the published schema {schema.name}, kept beside the repository")
    rules = json.loads(schema.read_text("utf-8"))
    checker = jsonschema.Draft202012Validator(rules, format_checker=jsonschema.FormatChecker())
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in checker.iter_errors(credential)]
