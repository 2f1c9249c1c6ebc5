"""The scan page opens packages with withheld lines and says the same as the program does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from footproof.canonical import canonical_bytes
from footproof.credential.did_key import key_name
from footproof.credential.securing import sign_certificate
from footproof.package import Contents, Package, disclose, named_lines, open_package, pack, recompute, seal
from footproof.package.lines import hidden_lines
from page.entitlement import KEY
from page.node import NODE, ask, encoded, modules, states
from page.tree import NUMBER, TODAY, about_record, assessment
from page.tree import _certificate as certificate_for

pytestmark = [pytest.mark.node, pytest.mark.skipif(NODE is None, reason="Node.js is not installed")]

SECRET = bytes(range(32))
STUDY = "portland-cement"
UNTIL = date(2028, 12, 31)
Answer = dict[str, Any]


@cache
def whole() -> Package:
    done = assessment(STUDY)
    folder = Path(__file__).resolve().parents[2] / "examples" / STUDY
    about = {**about_record(done), "unit": done.result["unit"], "term_count": "0"}
    contents = Contents(
        about=about,
        tables={file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in {".toml", ".csv"}},
        sheet=done.sheet_bytes,
        result=done.result,
        parameters=done.parameters,
        rules={"r@1": {"rule.toml": (resources.files("footproof") / "py.typed").name.encode("ascii")}},
        evidence={},
    )
    return open_package(seal(contents, SECRET))


@dataclass(frozen=True, slots=True)
class Page:
    """The modules of the page."""

    modules: Path

    def answers(self, packages: Sequence[bytes], stated: Package | None = None, **changes: Any) -> list[Answer]:
        """Return what the page says of packages, against a certificate of the whole one."""
        return ask(self.modules, [_request(package, stated or whole(), **changes) for package in packages])


def _request(package: bytes, stated: Package, **changes: Any) -> Answer:
    found = replace(
        certificate_for(assessment(STUDY), stated.digest, UNTIL),
        sheet_digest=stated.part_digest("sheet.json"),
        **changes,
    )
    token = sign_certificate(found, KEY, key_name(KEY.public_key()))
    return {
        "files": {"token": encoded(token), "event": None, "proof": None, "trust": None},
        "log": {},
        "facts": {"number": NUMBER, "value": str(found.value), "unit": found.unit},
        "today": TODAY,
        "package": encoded(package),
    }


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(modules(tmp_path_factory.mktemp("modules")))


KEPT = (
    (["everything"], "passed", 0),
    (["terms"], "passed", 1),
    (["stage-totals"], "unavailable E-RECOMPUTE-SUBTOTALS", 1),
    (["stage-totals", "sheet.json"], "unavailable E-RECOMPUTE-SUBTOTALS", 1),
    (["nothing"], "unavailable E-RECOMPUTE-SEALED", 1),
    (["study/exchanges.csv#header"], "unavailable E-RECOMPUTE-SEALED", 1),
)


def test_both_programs_say_the_same_of_what_is_shown(page: Page) -> None:
    files = [disclose(whole(), keep, "示例 Verifier") for keep, _, _ in KEPT]
    for (keep, said, hidden), file, answer in zip(KEPT, files, page.answers(files), strict=True):
        assert states(answer)["package"] == "passed", keep
        assert states(answer)["recompute"] == said, keep
        outcome = recompute(open_package(file))
        assert outcome.ok == (said == "passed")
        assert (outcome.withheld > 0) == bool(hidden)
        if answer["report"]:
            assert answer["report"]["declared"] == outcome.declared
            assert answer["report"]["hidden"] == outcome.withheld


def test_a_sealed_package_is_never_verified(page: Page) -> None:
    names = [item.name for item in named_lines(whole()) if item.part in ("sheet.json", "result.json")]
    chosen = names[:: max(1, len(names) // 6)]
    everything = [item.name for item in named_lines(whole())]
    files = [disclose(whole(), [name for name in everything if name != hidden]) for hidden in chosen]
    for answer in page.answers(files):
        assert states(answer)["recompute"].startswith("unavailable")
        assert answer["report"] is None


def test_a_flipped_bit_in_a_disclosed_package_is_found_by_both(page: Page) -> None:
    file = disclose(whole(), ["stage-totals", "study/exchanges.csv"])
    places = range(0, len(file), max(1, len(file) // 40))
    broken = [file[:at] + bytes([file[at] ^ 4]) + file[at + 1 :] for at in places]
    for at, answer in zip(places, page.answers(broken), strict=True):
        assert states(answer)["package"].startswith("failed"), at


def lied(path: str, content: bytes) -> Package:
    """Return the package of a maker who lies in one part, all digests right."""
    public = {name: data for name, data in whole().parts.items() if name not in whole().lines}
    return open_package(pack(public, {**whole().lines, path: hidden_lines(path, content, SECRET)}))


def test_subtotals_that_do_not_make_the_value_are_refused_by_both(page: Page) -> None:
    totals = whole().record("totals.json")
    name = next(name for name, value in totals["stages"].items() if value != "0")
    stages = {**totals["stages"], name: totals["stages"][name] + "9"}
    liar = lied("totals.json", canonical_bytes({**totals, "stages": stages}))
    shown, full = disclose(liar, ["stage-totals"]), disclose(liar, ["everything"])
    answers = page.answers([shown, full], liar)
    assert [states(answer)["recompute"] for answer in answers] == [
        "failed E-RECOMPUTE-TOTALS",
        "failed E-RECOMPUTE-RESULT",
    ]
    assert not recompute(open_package(shown)).agrees
    assert recompute(open_package(full)).differs == (f"totals/stages/{name}",)


def test_a_certificate_of_another_value_is_refused(page: Page) -> None:
    other = Decimal(assessment(STUDY).result["declared"]) + 1
    [answer] = page.answers([disclose(whole(), ["stage-totals"])], value=other, stages=())
    assert states(answer)["recompute"] == "failed E-RECOMPUTE-VALUE"
