"""A package whose figures were changed and packed again with right digests: recomputing names exactly what differs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.running import GENERIC, KETTLE, run
from footproof.canonical import canonical_bytes
from footproof.package import open_package, pack


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    file = tmp_path_factory.mktemp("sealed") / "kettle.footproof"
    assert run("seal", KETTLE, "--rulebook", GENERIC, "-o", file).code == 0
    return open_package(file.read_bytes()).parts


def _leaves(record: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:  # JSON
    if not isinstance(record, dict):
        return [path]
    return [leaf for key, item in record.items() for leaf in _leaves(item, (*path, key))]


def _changed(record: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(record))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy


def _recomputed(parts: Mapping[str, bytes], tmp_path: Path) -> Any:  # JSON
    file = tmp_path / "changed.footproof"
    file.write_bytes(pack(parts))
    ran = run("recompute", file, "--json")
    assert ran.code == (0 if ran.record["ok"] else 1)
    return ran.record


def test_every_figure_that_is_changed_is_named_and_no_other(parts: Mapping[str, bytes], tmp_path: Path) -> None:
    result = json.loads(parts["result.json"])
    for leaf in _leaves(result):
        changed = {**parts, "result.json": canonical_bytes(_changed(result, leaf, "12345.678"))}
        assert _recomputed(changed, tmp_path)["differs"] == ["/".join(leaf)]


def test_two_changed_figures_are_both_named(parts: Mapping[str, bytes], tmp_path: Path) -> None:
    result = _changed(json.loads(parts["result.json"]), ("value",), "4")
    result = _changed(result, ("terms", "steel"), "4")
    record = _recomputed({**parts, "result.json": canonical_bytes(result)}, tmp_path)
    assert record["differs"] == ["terms/steel", "value"]


@pytest.mark.parametrize("value", [True, None, 4, [], {}, "4.345070", "0x4"])
def test_a_figure_in_another_form_differs(parts: Mapping[str, bytes], tmp_path: Path, value: object) -> None:
    result = _changed(json.loads(parts["result.json"]), ("value",), value)
    assert _recomputed({**parts, "result.json": canonical_bytes(result)}, tmp_path)["differs"] == ["value"]


def test_a_figure_more_and_a_figure_less_are_named(parts: Mapping[str, bytes], tmp_path: Path) -> None:
    result = json.loads(parts["result.json"])
    del result["terms"]["steel"]
    result["terms"]["copper"] = "0"
    record = _recomputed({**parts, "result.json": canonical_bytes(result)}, tmp_path)
    assert record["differs"] == ["terms/copper", "terms/steel"]


def test_a_factor_changed_in_the_sheet_names_the_term_and_the_sums_it_enters(
    parts: Mapping[str, bytes], tmp_path: Path
) -> None:
    sheet = json.loads(parts["sheet.json"])
    term = next(item for item in sheet["terms"] if item["id"] == "carton")
    term["factor"][0][2] = "0.8"
    differs = _recomputed({**parts, "sheet.json": canonical_bytes(sheet)}, tmp_path)["differs"]
    assert "terms/carton" in differs
    assert "value" in differs
    assert {name for name in differs if name.startswith("terms/")} == {"terms/carton"}
    assert not any(name.startswith("nodes/") for name in differs)


def test_the_answer_for_people_names_the_figure_too(parts: Mapping[str, bytes], tmp_path: Path) -> None:
    result = _changed(json.loads(parts["result.json"]), ("stages", "manufacturing", "total"), "4")
    file = tmp_path / "changed.footproof"
    file.write_bytes(pack({**parts, "result.json": canonical_bytes(result)}))
    for lang in ("zh", "en"):
        ran = run("recompute", file, lang=lang)
        assert ran.code == 1
        assert "stages/manufacturing/total" in ran.out + ran.err


@pytest.mark.parametrize("name", ["result.json", "sheet.json"])
def test_a_package_without_its_sheet_or_result_is_no_package(
    parts: Mapping[str, bytes], tmp_path: Path, name: str
) -> None:
    file = tmp_path / "less.footproof"
    file.write_bytes(pack({key: value for key, value in parts.items() if key != name}))
    ran = run("recompute", file, "--json")
    assert ran.code == 1
    assert ran.record["error"]["code"] == "E-PACKAGE-FORM"
    assert name in ran.record["error"]["where"]


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"1", b'"text"', b"{}", b"\xff", b"[" * 50_000])
@pytest.mark.parametrize("name", ["result.json", "sheet.json"])
def test_a_part_of_another_shape_is_refused_or_differs(
    parts: Mapping[str, bytes], tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / "other.footproof"
    file.write_bytes(pack({**parts, name: content}))
    ran = run("recompute", file, "--json")
    assert ran.code == 1
    assert ran.record["ok"] is False
    assert ran.record.get("error") or ran.record["differs"]


def test_a_sheet_that_contradicts_itself_names_the_check(parts: Mapping[str, bytes], tmp_path: Path) -> None:
    sheet = json.loads(parts["sheet.json"])
    sheet["checks"].append({"id": "extra", "expr": "1", "info": {}})
    record = _recomputed({**parts, "sheet.json": canonical_bytes(sheet)}, tmp_path)
    assert record["differs"] == ["E-SHEET-RESIDUAL checks/extra"]
