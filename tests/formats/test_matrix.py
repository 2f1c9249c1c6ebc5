"""Matrices: USEEIO with its published totals, a textbook system as CSV, data packages, hostile arrays."""

import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats import matrix
from footproof.model.dataset import DatasetKind, DataSource, Distribution, FlowKind
from footproof.texts import LANGUAGES, say

USEEIO = Path(__file__).resolve().parents[2] / "../shared/data/lci/useeio-v2.0.1-411"

# Heijungs & Suh (2002), The Computational Structure of LCA, chapter 2: electricity from fuel.
TEXTBOOK = {
    "A.csv": b",electricity production,fuel production\nfuel,-2,100\nelectricity,10,0\n",
    "B.csv": b",electricity production,fuel production\nCO2,1,10\nSO2,0.1,2\ncrude oil,0,-50\n",
    "processes.csv": b"id,name,location\nelectricity production,Electricity production,NL\n"
    b"fuel production,Fuel production,NL\n",
    "products.csv": b"id,name,unit\nfuel,Fuel,l\nelectricity,Electricity,kWh\n",
    "flows.csv": b"id,name,unit,category,cas\nCO2,Carbon dioxide,kg,air,000124-38-9\nSO2,Sulfur dioxide,kg,air,\n"
    b"crude oil,Crude oil,l,resource/in ground,\n",
}


def read(files: dict[str, bytes]) -> DataSource:
    return matrix.read(files.items())


def codes(source: DataSource) -> Counter[str]:
    return Counter(item.code for item in source.findings)


def assert_told(source: DataSource) -> None:
    for finding in {item.code: item for item in source.findings}.values():
        for lang in LANGUAGES:
            text = say("findings", f"{finding.code}.message", lang, **finding.values)
            assert not re.search(r"\{[a-z_]+\}", text), (finding, text)


def technosphere(source: DataSource) -> tuple[list[str], Any]:
    """Return products and the matrix products × processes, what is made positive."""
    products = [key for key, flow in source.flows.items() if flow.kind is not FlowKind.ELEMENTARY]
    place = {key: at for at, key in enumerate(products)}
    table = np.zeros((len(products), len(source.datasets)))
    for column, dataset in enumerate(source.datasets.values()):
        for item in dataset.exchanges:
            if item.flow in place:
                table[place[item.flow], column] += -item.amount if item.input else item.amount
    return products, table


@pytest.fixture(scope="module")
def useeio() -> dict[str, bytes]:
    if not USEEIO.exists():
        pytest.skip("USEEIO is not beside this checkout")
    return {path.relative_to(USEEIO).as_posix(): path.read_bytes() for path in sorted(USEEIO.rglob("*.json"))}


def test_useeio_gives_its_published_totals(useeio: dict[str, bytes]) -> None:
    source = read(useeio)
    assert len(source.datasets) == 411
    assert {dataset.kind for dataset in source.datasets.values()} == {DatasetKind.SECTOR}
    products, table = technosphere(source)
    assert products == list(source.datasets)
    np.testing.assert_allclose(table, np.eye(411) - np.array(json.loads(useeio["matrix/A.json"])), rtol=0, atol=1e-15)
    inverse = np.linalg.inv(table)
    np.testing.assert_allclose(inverse, json.loads(useeio["matrix/L.json"]), atol=1e-12)
    gases = [
        sum(item.amount for item in dataset.exchanges if item.flow == "GHG") for dataset in source.datasets.values()
    ]
    row = [item["code"] for item in json.loads(useeio["indicators.json"])].index("GHG")
    np.testing.assert_allclose(np.array(gases) @ inverse, json.loads(useeio["matrix/N.json"])[row], rtol=1e-12)
    assert codes(source) == {"F-MATRIX-ABSENT": 1, "F-MATRIX-DERIVED": 1}  # B is too large to be kept beside
    assert all(sum(item.reference for item in dataset.exchanges) == 1 for dataset in source.datasets.values())
    assert_told(source)


def test_useeio_without_a_is_derived_from_l(useeio: dict[str, bytes]) -> None:
    files = {name: data for name, data in useeio.items() if name not in {"matrix/A.json", "matrix/D.json"}}
    _, table = technosphere(read(files))
    np.testing.assert_allclose(table, np.eye(411) - np.array(json.loads(useeio["matrix/A.json"])), rtol=0, atol=1e-12)


@pytest.mark.parametrize("change", [b"[[1,2],[3]]", b"[[1]]", b'{"a":1}', b"[[", b'[["x"]]', b"[" * 100_000])
def test_useeio_with_a_wrong_matrix_is_refused(change: bytes) -> None:
    sectors = json.dumps([{"id": "a", "index": 0, "name": "A"}, {"id": "b", "index": 1, "name": "B"}]).encode()
    with pytest.raises(FootproofError) as caught:
        read({"sectors.json": sectors, "matrix/A.json": change})
    assert caught.value.code == "E-DB-SYNTAX"


def test_the_textbook_system_as_dense_csv() -> None:
    source = read(TEXTBOOK)
    assert matrix.recognise(list(TEXTBOOK), TEXTBOOK.__getitem__)
    assert not source.findings
    products, table = technosphere(source)
    demand = np.array([1000.0 if product == "electricity" else 0.0 for product in products])
    np.testing.assert_allclose(np.linalg.solve(table, demand), [100, 2], rtol=1e-12)  # printed on page 15
    power, fuel = source.datasets.values()
    assert [item.flow for item in power.exchanges if item.reference] == ["electricity"]
    assert [(item.input, item.amount) for item in fuel.exchanges if item.flow == "crude oil"] == [(True, -50)]
    assert source.flows["CO2"].cas == "124-38-9"


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=3, max_size=3))
def test_dense_and_coordinates_say_the_same(rows: list[list[int]]) -> None:
    assume(any(map(any, rows)))
    dense = "x,p,q,r\n" + "".join(f"{name},{','.join(map(str, row))}\n" for name, row in zip("abc", rows, strict=True))
    cells = [
        (row, column, value)
        for row, line in zip("abc", rows, strict=True)
        for column, value in zip("pqr", line, strict=True)
    ]
    listed = "product,process,amount\n" + "".join(f"{a},{b},{value}\n" for a, b, value in cells if value)
    tables = []
    for text in (dense, listed):
        source = read({"A.csv": text.encode(), "processes.csv": b"id\np\nq\nr\n"})
        products, table = technosphere(source)
        tables.append(
            {
                (name, key): table[at, column]
                for at, name in enumerate(products)
                for column, key in enumerate(source.datasets)
                if table[at, column]
            }
        )
    assert tables[0] == tables[1] == {(row, column): value for row, column, value in cells if value}


def test_coordinates_carry_distributions_and_are_added_up() -> None:
    text = b"product;process;amount;distribution;p1;p2;p3\n"
    text += b"a;a;1;;;;\nb;a;-2;lognormal;1.2;;\nb;a;-1;;;;\nc;a;-1;beta;1;;\n"
    source = read({"A.csv": text})
    made, used, other = source.datasets["a"].exchanges
    assert (made.reference, used.amount, used.input) == (True, 3.0, True)
    assert used.uncertainty is not None
    assert (used.uncertainty.distribution, used.uncertainty.parameters) == (Distribution.LOGNORMAL, (1.2,))
    assert other.uncertainty is None
    found = codes(source)
    assert (
        found["F-ENTRY-SUMMED"],
        found["F-UNCERTAINTY-KIND"],
        found["F-LABELS-ABSENT"],
        found["F-MATRIX-ABSENT"],
    ) == (1, 1, 3, 1)
    assert_told(source)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"A.csv": b",p\na,one\nb,1\n"}, "F-AMOUNT"),
        ({"A.csv": b",p\na,1\n", "products.csv": b"id,unit\na,kg\na,t\n"}, "F-LABEL-TWICE"),
        ({"A.csv": b",p\na,1\n", "products.csv": b"name\na\n"}, "F-LABELS-ABSENT"),
        ({"A.csv": ",p\nÖl,1\n".encode("latin-1")}, "F-ENCODING-GUESSED"),
        ({"A.csv": b",p\na,1\nb,1\n"}, "F-REFERENCE-TAKEN"),
        ({"A.csv": b",p\na,-1\n"}, "F-REFERENCE-MISSING"),
    ],
)
def test_a_planted_defect_is_found_and_the_rest_is_read(files: dict[str, bytes], code: str) -> None:
    source = read(files)
    assert codes(source)[code] >= 1
    assert list(source.datasets) == ["p"]
    assert_told(source)


def test_a_treatment_takes_its_waste() -> None:
    source = read(
        {"A.csv": b",sludge\nsludge,-1\npower,-2\n", "products.csv": b"id,kind,unit\nsludge,waste,kg\npower,,kWh\n"}
    )
    reference, power = source.datasets["sludge"].exchanges
    assert (reference.reference, reference.input, power.reference) == (True, True, False)
    assert source.flows["sludge"].kind is FlowKind.WASTE


def test_useeio_with_wrong_sectors_is_refused() -> None:
    for sectors in (b'[{"id":"a"},{"id":"a"}]', b'[{"index":"x"}]', b"[1]", b"{}"):
        with pytest.raises(FootproofError) as caught:
            read({"sectors.json": sectors, "matrix/A.json": b"[[0,0],[0,0]]"})
        assert caught.value.code == "E-DB-SYNTAX"


# ---- data packages

INDICES = [("row", "<i4"), ("col", "<i4")]
SPREAD = [
    ("uncertainty_type", "u1"),
    ("loc", "<f4"),
    ("scale", "<f4"),
    ("shape", "<f4"),
    ("minimum", "<f4"),
    ("maximum", "<f4"),
    ("negative", "?"),
]


def npy(array: Any, *, pickle: bool = False) -> bytes:
    target = io.BytesIO()
    np.save(target, array, allow_pickle=pickle)
    return target.getvalue()


def package(*groups: dict[str, Any], **more: Any) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    resources = []
    for number, group in enumerate(groups):
        name = group.get("matrix", "technosphere_matrix")
        for kind in ("indices", "data", "flip", "distributions"):
            if kind in group:
                path = f"{number}.{kind}.npy"
                files[path] = group[kind] if isinstance(group[kind], bytes) else npy(group[kind])
                resources.append({"path": path, "kind": kind, "matrix": name, "group": str(number), "name": path})
    files["datapackage.json"] = json.dumps({"resources": resources, **more}).encode()
    return files


def technosphere_group(values: list[tuple[int, int, float, bool]]) -> dict[str, Any]:
    return {
        "indices": np.array([(row, column) for row, column, _, _ in values], dtype=INDICES),
        "data": np.array([value for _, _, value, _ in values]),
        "flip": np.array([flip for *_, flip in values]),
    }


def test_a_data_package_is_read_with_flips_and_distributions() -> None:
    group = technosphere_group([(1, 101, 1.0, False), (2, 101, 0.5, True), (2, 102, 2.0, False)])
    group["distributions"] = np.zeros(3, dtype=SPREAD)
    group["distributions"][1] = (2, np.log(0.5), 0.25, 0, 0, 0, False)
    emission = {"matrix": "biosphere_matrix", "indices": np.array([(9, 101)], dtype=INDICES), "data": np.array([3.0])}
    factors = {
        "matrix": "characterization_matrix",
        "indices": np.array([(9, 0)], dtype=INDICES),
        "data": np.array([1.0]),
    }
    files = package(group, emission, factors)
    source = read(files)
    assert matrix.recognise(list(files), files.__getitem__)
    first, second = source.datasets.values()
    assert [(item.flow, item.amount, item.input, item.reference) for item in first.exchanges] == [
        ("1", 1.0, False, True),
        ("2", 0.5, True, False),
        ("9", 3.0, False, False),
    ]
    assert first.exchanges[1].uncertainty is not None
    assert first.exchanges[1].uncertainty.parameters == pytest.approx((np.exp(0.25),))
    assert (second.id, len(second.exchanges)) == ("102", 1)
    assert codes(source) == {"F-LABELS-ABSENT": 1, "F-FLOW-UNITLESS": 3, "F-FILE-UNREAD": 2}
    assert_told(source)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_bw_processing_writes_is_read(tmp_path: Path) -> None:
    processing = pytest.importorskip("bw_processing", reason="bw_processing is not installed")
    data = processing.create_datapackage(fs=processing.generic_directory_filesystem(dirpath=tmp_path), name="sample")
    data.add_persistent_vector(
        matrix="technosphere_matrix",
        name="techno",
        indices_array=np.array([(1, 1), (2, 1), (2, 2)], dtype=processing.INDICES_DTYPE),
        data_array=np.array([1.0, 0.5, 2.0]),
        flip_array=np.array([False, True, False]),
    )
    data.finalize_serialization()
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    _, table = technosphere(read(files))
    np.testing.assert_array_equal(table, [[1, 0], [-0.5, 2]])


def test_later_groups_replace_unless_the_package_adds_up() -> None:
    groups = [technosphere_group([(1, 1, 1.0, False), (1, 1, 1.0, False)]), technosphere_group([(1, 1, 5.0, False)])]
    replaced = read(package(*groups))
    assert replaced.datasets["1"].exchanges[0].amount == 5.0
    assert codes(replaced)["F-ENTRY-REPLACED"] == 1
    assert read(package(*groups, sum_inter_duplicates=True)).datasets["1"].exchanges[0].amount == 7.0
    assert_told(replaced)


def test_scenarios_give_their_first() -> None:
    group = {"indices": np.array([(1, 1)], dtype=INDICES), "data": np.array([[2.0, 3.0]])}
    source = read(package(group))
    assert source.datasets["1"].exchanges[0].amount == 2.0
    assert codes(source)["F-SCENARIO-FIRST"] == 1
    assert_told(source)


@pytest.mark.parametrize(
    "bad",
    [
        {"data": npy(np.array([{"a": 1}], dtype=object), pickle=True)},
        {"data": b"\x93NUMPY\x01\x00"},
        {"data": b"not an array"},
        {"data": np.array(["x"])},
        {"data": np.array([1.0, 2.0])},
        {"data": b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8"},
        {"data": npy(np.zeros(1)).replace(b"(1,), }", b"(9**9,)")},
        {"data": npy(np.zeros(1)).replace(b"(1,), }            ", b"(99999999999,), }  ")},
        {"indices": np.array([1])},
        {"flip": np.array(True)},
        {"distributions": np.zeros(1, dtype=[("loc", "<f4")])},
    ],
)
def test_arrays_that_do_not_fit_are_found_and_the_rest_is_read(bad: dict[str, Any]) -> None:
    good = technosphere_group([(1, 1, 1.0, False)])
    source = read(package(good, {**technosphere_group([(2, 2, 1.0, False)]), **bad}))
    assert list(source.datasets) == ["1"]
    assert codes(source)["F-MATRIX-ABSENT"] == 1
    assert_told(source)


def test_amounts_that_are_no_numbers_are_found() -> None:
    source = read(package(technosphere_group([(1, 1, 1.0, False), (2, 1, float("nan"), True)])))
    assert codes(source)["F-AMOUNT"] == 1
    assert len(source.datasets["1"].exchanges) == 1


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"datapackage.json": b"{"}, "E-DB-SYNTAX"),
        ({"datapackage.json": b"[]"}, "E-DB-VERSION"),
        ({"datapackage.json": b'{"resources": []}'}, "E-DB-UNKNOWN"),
        ({"A.csv": b""}, "E-DB-UNKNOWN"),
        ({"readme.md": b""}, "E-DB-UNKNOWN"),
    ],
)
def test_nothing_is_read_as_an_empty_database(files: dict[str, bytes], code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read(files)
    assert caught.value.code == code
