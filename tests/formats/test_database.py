"""The reader is picked by content; what none knows, and what is empty, is refused; every finding has its wording."""

import ast
import json
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from footproof.errors import FootproofError
from footproof.formats import database
from footproof.formats.database import READERS, conversions, read_database
from footproof.model.dataset import DataSource, Finding, Severity
from footproof.texts import catalogue

ROOT = Path(__file__).resolve().parents[2]
LCI = ROOT / "../shared/data/lci"
OWN = ("jsonld", "ilcd", "tidas", "repair", "database", "archive", "xml")

ILCD = (
    '<processDataSet version="1.1" xmlns="http://lca.jrc.it/ILCD/Process" xmlns:c="http://lca.jrc.it/ILCD/Common">'
    "<processInformation><dataSetInformation><c:UUID>p</c:UUID><name><baseName>Lime</baseName></name></dataSetInformation>"
    "</processInformation></processDataSet>"
)
TIDAS = {
    "processDataSet": {
        "@version": "1.1",
        "processInformation": {"dataSetInformation": {"common:UUID": "p", "name": {"baseName": "Lime"}}},
    }
}
JSONLD = {"@type": "Process", "@id": "p", "name": "Lime", "processType": "UNIT_PROCESS", "exchanges": []}
SAMPLES = {"ILCD": ILCD, "TIDAS": json.dumps(TIDAS), "openLCA JSON-LD 2": json.dumps(JSONLD)}


def _zip(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("format_", sorted(SAMPLES))
@pytest.mark.parametrize("place", ["processes/p", "ILCD/processes/p", "p"])
@pytest.mark.parametrize("ending", ["zip", "data"])
def test_the_reader_is_picked_by_content(tmp_path: Path, format_: str, place: str, ending: str) -> None:
    suffix = ".xml" if format_ == "ILCD" else ".json"
    path = _zip(tmp_path / f"a.{ending}", {place + suffix: SAMPLES[format_], "readme.txt": "x"})
    source = read_database(path)
    assert (source.format, list(source.datasets)) == (format_, ["p"])


@pytest.mark.parametrize("format_", sorted(SAMPLES))
def test_a_folder_and_a_single_file_do_as_well(tmp_path: Path, format_: str) -> None:
    path = tmp_path / ("p.xml" if format_ == "ILCD" else "p.json")
    path.write_text(SAMPLES[format_], "utf-8")
    assert read_database(path).format == format_
    assert read_database(tmp_path).format == format_


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.txt": "text"},
        {"a.json": "{}", "b.json": "[]"},
        {"a.xml": "<a/>"},
        {"a.xml": "<!DOCTYPE a><a/>"},
        {"processes/a.json": '{"@type": "Flow"}'},
        {"a.pdf": "%PDF-1.7"},
    ],
)
def test_what_no_reader_knows_is_refused_with_what_was_found(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(FootproofError) as caught:
        read_database(_zip(tmp_path / "a.zip", files))
    assert caught.value.code in {"E-DB-UNKNOWN", "E-DB-XML-ENTITY"}
    for name in files:
        assert caught.value.code == "E-DB-XML-ENTITY" or name.rpartition(".")[2] in str(caught.value.values["found"])


@pytest.mark.parametrize("format_", sorted(SAMPLES))
def test_a_database_without_a_readable_process_is_an_error_not_an_empty_result(tmp_path: Path, format_: str) -> None:
    broken = SAMPLES[format_][: int(len(SAMPLES[format_]) * 0.8)]
    with pytest.raises(FootproofError) as caught:
        read_database(
            _zip(tmp_path / "a.zip", {"processes/p.xml" if format_ == "ILCD" else "processes/p.json": broken})
        )
    assert caught.value.code == "E-DB-EMPTY"
    assert caught.value.values["lost"] == 1


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "a.zip", {"olca-schema.json": '{"version": 3}', "processes/p.json": SAMPLES["openLCA JSON-LD 2"]}
    )
    with pytest.raises(FootproofError, match="E-DB-VERSION"):
        read_database(path)


def test_factors_come_from_findings() -> None:
    values = {"flow": "f", "unit": "t", "own": "kg", "factor": "1000.0"}
    finding = Finding("F-UNIT-OTHER", Severity.WARNING, "a", "", values)
    assert conversions(DataSource("x", {}, {}, (finding,))) == {("f", "t"): 1000.0}


@pytest.mark.parametrize("format_", sorted(SAMPLES))
def test_readers_do_not_claim_each_others_files(format_: str) -> None:
    name = "processes/p.xml" if format_ == "ILCD" else "processes/p.json"
    head = SAMPLES[format_].encode()[:4096]
    assert sum(reader.recognise({name}, lambda _: head) for reader in READERS) == 1


def test_two_formats_in_one_place_are_never_taken_for_one(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"a/processes/p.xml": ILCD, "b/processes/p.json": SAMPLES["TIDAS"]})
    source = read_database(path)
    assert source.format == "ILCD"
    other = [finding for finding in source.findings if finding.code == "F-FORMAT-OTHER"]
    assert [(finding.severity, finding.values["format"]) for finding in other] == [(Severity.LOST, "tidas")]


def test_every_file_beside_the_checkout_is_read() -> None:
    if not LCI.exists():
        pytest.skip("needs the databases beside the checkout (shared/data/lci)")
    counts = {
        str(path.relative_to(LCI)): len(read_database(path).datasets)
        for path in (
            LCI / "format-samples/tidas",
            LCI / "format-samples/json-ld/US-FPL",
            LCI / "format-samples/json-ld/beef-cattle-finishing",
        )
    }
    assert list(counts.values()) == [10, 4, 8]
    with pytest.raises(FootproofError, match="E-DB-UNKNOWN"):
        read_database(LCI / "format-samples/json-ld/AWARE")  # An impact method; it holds no processes.


# ---- wording


def _noted() -> dict[str, set[str]]:
    """Return the codes that the readers note, with the values given to each."""
    found: dict[str, set[str]] = {}
    for name in OWN:
        path = ROOT / f"src/footproof/formats/{name}.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            code = node.args[0]
            if node.func.attr in {"repaired", "warn", "lost"} and isinstance(code, ast.Constant):
                given = {keyword.arg for keyword in node.keywords if keyword.arg}
                found[str(code.value)] = found.get(str(code.value), given) & given
    return found


def test_every_finding_has_its_wording_in_both_languages_and_every_wording_its_finding() -> None:
    records = catalogue("findings")
    own = tomllib.loads((ROOT / "src/footproof/texts/findings.toml").read_text("utf-8"))
    noted = _noted()
    assert set(noted) == set(own)
    for code, given in noted.items():
        record = records[f"{code}.message"]
        braces = {lang: set(re.findall(r"\{(\w+)\}", text)) for lang, text in record.items()}
        assert braces["zh"] == braces["en"], code
        assert braces["en"] <= given, code


def test_contents_are_named_even_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FootproofError, match="E-DB-UNKNOWN"):
        database.read_database(tmp_path / "empty")
