"""TIDAS: the same data sets as ILCD, in JSON, give the same."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_ilcd import SAMPLE

from footproof.errors import FootproofError
from footproof.formats import ilcd, tidas
from footproof.formats.archive import open_archive
from footproof.formats.database import read_database
from footproof.model.dataset import DataSource, Severity

LCI = Path(__file__).resolve().parents[2] / "../shared/data/lci"


def _json(element: ET.Element) -> Any:
    """Turn an element into TIDAS JSON, as the published converter does."""
    value: dict[str, Any] = {f"@{key.rpartition('}')[2]}": text for key, text in element.attrib.items()}
    for child in element:
        name = child.tag.rpartition("}")[2]
        part = _json(child)
        if name in value:
            value[name] = [*(value[name] if isinstance(value[name], list) else [value[name]]), part]
        else:
            value[name] = part
    if not value:
        return element.text
    return {**value, "#text": element.text} if (element.text or "").strip() else value


def _files() -> dict[str, Any]:
    files: dict[str, Any] = {}
    for name, content in SAMPLE.items():
        root = ET.fromstring(content)
        space, _, local = root.tag[1:].partition("}")
        record = {"@xmlns": space, **_json(root)}
        files[name.replace("ILCD/", "").replace(".xml", ".json")] = {local: record}
    return files


def _read(files: dict[str, Any]) -> DataSource:
    return tidas.read([(name, json.dumps(content).encode()) for name, content in files.items()])


def test_json_gives_what_xml_gives() -> None:
    source = _read(_files())
    other = ilcd.read([(name, content.encode()) for name, content in SAMPLE.items()])
    assert source.format == "TIDAS"
    assert source.flows == other.flows
    one, two = source.datasets["p"], other.datasets["p"]
    assert (one.exchanges, one.names, one.period, one.kind) == (two.exchanges, two.names, two.period, two.kind)
    assert [finding.code for finding in source.findings] == [finding.code for finding in other.findings]


def test_it_is_recognised_by_content() -> None:
    files = {name: json.dumps(content).encode() for name, content in _files().items()}
    assert tidas.recognise(files, lambda name: files[name][:4096])
    assert not ilcd.recognise(files, lambda name: files[name][:4096])
    assert not tidas.recognise({"processes/a.json": b""}, lambda _: b'{"@type": "Process"}')


def test_numbers_may_be_numbers() -> None:
    files = _files()
    files["processes/p.json"]["processDataSet"]["exchanges"]["exchange"][0]["resultingAmount"] = 1
    assert _read(files).datasets["p"].exchanges[0].amount == 1.0


def test_files_that_cannot_be_read_are_lost_and_said_to_be() -> None:
    pairs = [(name, json.dumps(content).encode()) for name, content in _files().items()]
    broken = [("processes/a.json", b"{"), ("processes/b.json", b"[1]"), ("processes/c.json", b'{"other": {}}')]
    source = tidas.read([*pairs, *broken])
    lost = {finding.file for finding in source.findings if finding.severity is Severity.LOST}
    assert lost == {name for name, _ in broken}


def test_hostile_nesting_and_other_versions_are_refused() -> None:
    with pytest.raises(FootproofError, match="E-DB-DEPTH"):
        tidas.read([("processes/a.json", b'{"processDataSet": ' + b'{"a": ' * 300 + b"1" + b"}" * 301)])
    with pytest.raises(FootproofError, match="E-DB-DEPTH"):
        tidas.read([("processes/a.json", b"[" * 200_000)])
    files = _files()
    files["processes/p.json"]["processDataSet"]["@version"] = "3.0"
    with pytest.raises(FootproofError, match="E-DB-VERSION"):
        _read(files)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_no_value_in_any_place_breaks_the_reader(data: st.DataObject) -> None:
    files = _files()
    record: Any = files[data.draw(st.sampled_from(sorted(files)))]
    while True:
        key = data.draw(st.sampled_from(sorted(record) if isinstance(record, dict) else range(len(record))))
        if not isinstance(record[key], dict | list) or not record[key] or data.draw(st.booleans()):
            break
        record = record[key]
    record[key] = data.draw(_JSON)
    try:
        source = _read(files)
    except FootproofError as problem:
        assert problem.code == "E-DB-VERSION"  # noqa: PT017
        return
    accounted = {d.file for d in source.datasets.values()} | {f.file for f in source.findings}
    assert "processes/p.json" in accounted


def test_the_published_sample_gives_what_its_xml_gives() -> None:
    if not (LCI / "format-samples/tidas").exists() or not (LCI / "tiangong-ilcd").exists():
        pytest.skip("needs the samples of formats and the TianGong database beside the checkout (shared/data/lci)")
    source = read_database(LCI / "format-samples/tidas")
    assert source.format == "TIDAS"
    assert len(source.datasets) == 10
    assert sum(len(dataset.exchanges) for dataset in source.datasets.values()) == 97
    with open_archive(LCI / "tiangong-ilcd/tiangong_v0.2.0_ilcd.zip") as archive:
        names = [f"ILCD/processes/{id_}.xml" for id_ in source.datasets]
        other = ilcd.read([(name, archive.read(name)) for name in names])
    assert {id_: d.exchanges for id_, d in source.datasets.items()} == {
        id_: d.exchanges for id_, d in other.datasets.items()
    }
    assert {id_: (d.names, d.category) for id_, d in source.datasets.items()} == {
        id_: (d.names, d.category) for id_, d in other.datasets.items()
    }
