"""A supplier's certificate becomes a footprint only where every check of it holds.

The certificate is that of `examples/demo-cell`, whose supplier shows stage subtotals only.
"""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from assess import make_supplier_example as make
from footproof.canonical import canonical_bytes
from footproof.check import Anchors, Material, read_anchors
from footproof.check.supplier import supplier_footprint
from footproof.cli.chain import assess_folder
from footproof.errors import FootproofError, ProofRejected
from footproof.model.supplier import SupplierFootprint
from footproof.package import Package, disclose, open_package, pack
from footproof.package.lines import hidden_lines

AT = date(2026, 6, 30)
FOLDER = make.SUPPLIERS / "cathode"
FILES: Mapping[str, bytes | None] = {
    "jwt": (FOLDER / "certificate.jwt").read_bytes(),
    "event": (FOLDER / "event.json").read_bytes(),
    "proof": (FOLDER / "proof.txt").read_bytes(),
    "package": (FOLDER / "package.footproof").read_bytes(),
}


@cache
def whole() -> Package:
    return open_package(make.sealed())


def anchors() -> Anchors:
    return read_anchors((make.SUPPLIERS / "trust.json").read_bytes())


def footprint(at: date = AT, /, **changes: bytes | None) -> SupplierFootprint:
    return supplier_footprint(Material(**{**FILES, **changes}), anchors(), at)  # type: ignore[arg-type]  # jwt is bytes


@pytest.mark.parametrize(
    ("keep", "said"), [("everything", "all terms"), ("stage-totals", "disclosed subtotals"), ("nothing", "sealed")]
)
def test_a_confidential_supplier_serves_and_says_what_was_recomputed(keep: str, said: str) -> None:
    found = footprint(package=disclose(whole(), [keep]))
    assert found.recomputed == said
    assert found.value == Decimal(whole().record("result.json")["declared"])
    assert found.package == whole().digest
    assert found.demonstration
    assert set(found.stages) == {"raw_materials", "manufacturing"}
    assert (sum(found.origins.values()) == found.value) if said == "all terms" else not found.origins
    assert found.rests_on == ()


FAULTS: Mapping[str, tuple[dict[str, bytes | None], str]] = {
    "no log entry": ({"event": None}, "log"),
    "another log entry": ({"event": b"{}"}, "log"),
    "no package": ({"package": None}, "package"),
    "a package that is none": ({"package": b"x"}, "package"),
    "no certificate": ({"jwt": b"x"}, "signature"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_does_not_hold_is_named(name: str) -> None:
    changes, check = FAULTS[name]
    with pytest.raises(ProofRejected) as refused:
        footprint(**changes)
    assert refused.value.code == "E-SUPPLIER-CHECK"
    assert refused.value.values["check"] == check


@pytest.mark.parametrize("day", [date(2026, 4, 9), date(2028, 4, 10)])
def test_a_certificate_counts_on_its_days_only(day: date) -> None:
    with pytest.raises(ProofRejected) as refused:
        footprint(day)
    assert refused.value.values["check"] == "validity"


def test_a_key_that_the_anchors_do_not_name_is_not_believed() -> None:
    """A `did:key` verifies by itself; what it signs is worth what is known of its owner."""
    with pytest.raises(ProofRejected) as refused:
        supplier_footprint(Material(**FILES), replace(anchors(), keys={}), AT)  # type: ignore[arg-type]  # jwt is bytes
    assert refused.value.code == "E-SUPPLIER-CHECK"


def test_a_package_of_another_content_is_refused() -> None:
    totals = canonical_bytes({"digits": "6", "stages": {"raw_materials": "1"}})
    public = {path: data for path, data in whole().parts.items() if path not in whole().lines}
    lied = pack(public, {**whole().lines, "totals.json": hidden_lines("totals.json", totals, make.SECRET)})
    with pytest.raises(ProofRejected) as refused:
        footprint(package=disclose(open_package(lied), ["stage-totals"]))
    assert refused.value.values["check"] == "package"


# ---------------------------------------------------------------- the example


def test_the_example_is_checked_assessed_and_says_what_was_not_recomputed() -> None:
    done, _ = assess_folder(make.EXAMPLES / "demo-cell", make.RULE, None, dated=True)
    found = done.suppliers["cathode"]
    assert format(found.value, "f") == whole().record("result.json")["declared"]
    assert found.recomputed == "disclosed subtotals"
    assert {item["code"] for item in done.findings} >= {"supplier-sealed", "supplier-demonstration"}


def test_the_package_of_the_example_is_the_one_its_study_seals_today() -> None:
    """Else run `make_supplier_example.py`: the form of packages or a shipped rule has changed."""
    assert open_package(FILES["package"] or b"").digest == whole().digest


def test_a_changed_supplier_stops_the_study_at_its_row(tmp_path: Path) -> None:
    study = tmp_path / "cell"
    shutil.copytree(make.EXAMPLES / "demo-cell", study)
    token = study / "suppliers" / "cathode" / "certificate.jwt"
    token.write_bytes(token.read_bytes()[:-2])
    with pytest.raises(FootproofError) as refused:
        assess_folder(study, make.RULE, None, dated=True)
    assert refused.value.code == "E-SUPPLIER-CHECK"
    assert refused.value.where is not None
    assert (refused.value.where.file, refused.value.where.line) == ("suppliers.csv", 2)
    shutil.rmtree(study / "suppliers")
    with pytest.raises(FootproofError) as refused:
        assess_folder(study, make.RULE, None, dated=True)
    assert refused.value.code == "E-CHECK-MISSING"
