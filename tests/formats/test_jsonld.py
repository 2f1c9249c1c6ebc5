"""openLCA JSON-LD: both versions, the United States database as published, and planted defects."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats import jsonld
from footproof.formats.database import conversions, read_database
from footproof.model.dataset import DataSource, Distribution, FlowKind, Severity

LCI = Path(__file__).resolve().parents[2] / "../shared/data/lci"

Files = dict[str, Any]


def _sample(version: int) -> Files:
    """Return a small package: steam from coal, a co-product, an emission, waste, an avoided product."""
    one = version == 1
    words = (
        ("input", "quantitativeReference", "avoidedProduct")
        if one
        else ("isInput", "isQuantitativeReference", "isAvoidedProduct")
    )
    unit = {"referenceUnit" if one else "isRefUnit": True}
    prop = {"referenceFlowProperty" if one else "isRefFlowProperty": True}

    def flow(id_: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
        factors = [
            {"flowProperty": {"@id": "mass"}, "conversionFactor": 1.0, **prop},
            {"flowProperty": {"@id": "energy"}, "conversionFactor": 25.0},
        ]
        return {"@type": "Flow", "@id": id_, "name": name, "flowType": kind, "flowProperties": factors, **more}

    def line(flow_: str, amount: float, input_: bool, unit_: Any = "kg", **more: Any) -> dict[str, Any]:
        return {
            "amount": amount,
            words[0]: input_,
            words[2]: False,
            "flow": {"@id": flow_, "name": flow_},
            "unit": {"@id": unit_, "name": unit_},
            "flowProperty": {"@id": "energy" if unit_ == "kWh" else "mass"},
            **more,
        }

    exchanges = [
        line("steam", 10.0, False, **{words[1]: True}),
        line("ash", 0.2, False),
        line("coal", 2.0, True, "t", defaultProvider={"@id": "p2"}),
        line("coal", 1.0, True, "kWh"),
        line(
            "co2",
            5.0,
            False,
            uncertainty={"distributionType": "LOG_NORMAL_DISTRIBUTION", "geomMean": 5.0, "geomSd": 1.2},
        ),
        line("gypsum", 1.0, True, **{words[2]: True}),
    ]
    factors = [
        {"allocationType": "PHYSICAL_ALLOCATION", "product": {"@id": "steam"}, "value": 0.9},
        {"allocationType": "PHYSICAL_ALLOCATION", "product": {"@id": "gypsum"}, "value": 0.1},
    ]
    category: Any = {"@type": "Category", "@id": "c2", "name": "Steam"} if one else "Energy/Steam"
    return {
        ("context.json" if one else "olca-schema.json"): (
            {"@vocab": "http://openlca.org/schema/v1.0/"} if one else {"version": 2}
        ),
        "processes/p1.json": {
            "@type": "Process",
            "@id": "p1",
            "name": "Steam, at plant",
            "processType": "UNIT_PROCESS",
            "category": category,
            "location": {"@id": "l1", "name": "China"},
            "processDocumentation": {"validFrom": "2020-01-01", "validUntil": "2022-12-31"},
            "exchanges": exchanges,
            "allocationFactors": factors,
        },
        "processes/p2.json": {
            "@type": "Process",
            "@id": "p2",
            "name": "Coal, at mine",
            "processType": "LCI_RESULT",
            "exchanges": [line("coal", 1.0, False, **{words[1]: True})],
        },
        "flows/steam.json": flow("steam", "Steam", "PRODUCT_FLOW"),
        "flows/coal.json": flow("coal", "Coal", "PRODUCT_FLOW"),
        "flows/gypsum.json": flow("gypsum", "Gypsum", "PRODUCT_FLOW"),
        "flows/ash.json": flow("ash", "Ash", "WASTE_FLOW"),
        "flows/co2.json": flow("co2", "Carbon dioxide, fossil ", "ELEMENTARY_FLOW", cas="000124-38-9"),
        "flow_properties/mass.json": {"@type": "FlowProperty", "@id": "mass", "unitGroup": {"@id": "of mass"}},
        "flow_properties/energy.json": {"@type": "FlowProperty", "@id": "energy", "unitGroup": {"@id": "of energy"}},
        "unit_groups/m.json": {
            "@type": "UnitGroup",
            "@id": "of mass",
            "units": [
                {"@id": "kg", "name": "kg", "conversionFactor": 1.0, **unit},
                {"@id": "t", "name": "t", "conversionFactor": 1000.0},
            ],
        },
        "unit_groups/e.json": {
            "@type": "UnitGroup",
            "@id": "of energy",
            "units": [
                {"@id": "MJ", "name": "MJ", "conversionFactor": 1.0, **unit},
                {"@id": "kWh", "name": "kWh", "conversionFactor": 3.6},
            ],
        },
        "locations/l1.json": {"@type": "Location", "@id": "l1", "name": "China", "code": "CN"},
        "categories/c1.json": {"@type": "Category", "@id": "c1", "name": "Energy"},
        "categories/c2.json": {"@type": "Category", "@id": "c2", "name": "Steam", "category": {"@id": "c1"}},
    }


def _read(files: Files) -> DataSource:
    return jsonld.read([(name, json.dumps(content).encode()) for name, content in files.items()])


def _codes(source: DataSource) -> Counter[str]:
    return Counter(finding.code for finding in source.findings)


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_say_the_same(version: int) -> None:
    source = _read(_sample(version))
    assert source.format == f"openLCA JSON-LD {version}"
    steam = source.datasets["p1"]
    assert (steam.name, steam.location, steam.category) == ("Steam, at plant", "CN", ("Energy", "Steam"))
    assert steam.period == ("2020-01-01", "2022-12-31")
    assert [(e.flow, e.amount, e.unit, e.input) for e in steam.exchanges] == [
        ("steam", 10.0, "kg", False),
        ("ash", 0.2, "kg", False),
        ("coal", 2.0, "t", True),
        ("coal", 1.0, "kWh", True),
        ("co2", 5.0, "kg", False),
        ("gypsum", 1.0, "kg", True),
    ]
    assert [e.reference for e in steam.exchanges] == [True] + [False] * 5
    assert [e.avoided for e in steam.exchanges] == [False] * 5 + [True]
    assert steam.exchanges[2].provider == "p2"
    assert steam.exchanges[4].uncertainty is not None
    assert steam.exchanges[4].uncertainty.parameters == (1.2,)
    assert steam.allocation == {"physical": {"steam": 0.9, "gypsum": 0.1}}
    assert source.datasets["p2"].kind == "system process"
    dioxide = source.flows["co2"]
    assert (dioxide.name, dioxide.kind, dioxide.unit, dioxide.cas) == (
        "Carbon dioxide, fossil",
        FlowKind.ELEMENTARY,
        "kg",
        "124-38-9",
    )
    assert source.flows["ash"].kind is FlowKind.WASTE
    assert _codes(source) == {"F-NAME-BLANK": 1, "F-UNIT-OTHER": 2}


@pytest.mark.parametrize("version", [1, 2])
def test_factors_to_the_unit_of_the_flow_come_from_the_file(version: int) -> None:
    # 1 kWh of coal is 3.6 MJ, and a kg of it has 25 MJ.
    assert conversions(_read(_sample(version))) == {("coal", "t"): 1000.0, ("coal", "kWh"): 3.6 / 25}


def test_the_order_of_the_files_does_not_matter() -> None:
    files = _sample(2)
    other = _read(dict(reversed(files.items())))
    assert dict(other.datasets) == dict(_read(files).datasets)


@pytest.mark.parametrize("declared", [1, 2])
def test_the_version_is_that_of_the_content(declared: int) -> None:
    files = _sample(3 - declared)
    files.pop("olca-schema.json", None)
    files["olca-schema.json"] = {"version": declared}
    source = _read(files)
    assert source.format == f"openLCA JSON-LD {3 - declared}"
    assert sum(e.input for d in source.datasets.values() for e in d.exchanges) == 3
    assert _codes(source)["F-VERSION-FROM-CONTENT"] == 1


@pytest.mark.parametrize("version", [3, 0, "x", None, True, 2.5])
def test_another_version_is_refused(version: object) -> None:
    with pytest.raises(FootproofError, match="E-DB-VERSION"):
        _read({**_sample(2), "olca-schema.json": {"version": version}})


def test_exchanges_without_any_known_direction_are_refused_not_read_as_outputs() -> None:
    text = json.dumps(_sample(2)).replace('"isInput"', '"takesIn"')
    with pytest.raises(FootproofError, match="E-DB-VERSION"):
        _read(json.loads(text))


DEFECTS: dict[str, tuple[str, str, Any]] = {
    "an amount in words": ("F-AMOUNT", "amount", "many"),
    "an amount without bound": ("F-AMOUNT", "amount", 1e999),
    "no amount": ("F-AMOUNT", "amount", None),
    "no flow": ("F-EXCHANGE-FLOW", "flow", {}),
    "a flow that is not there": ("F-FLOW-MISSING", "flow", {"@id": "none", "name": "None", "flowType": "WASTE_FLOW"}),
    "a formula": ("F-FORMULA", "amountFormula", "2 * x"),
    "a direction in words": ("F-DIRECTION", "isInput", "yes"),
    "a supplier that is not there": ("F-PROVIDER-MISSING", "defaultProvider", {"@id": "none"}),
    "an unknown unit": ("F-UNIT-UNKNOWN", "unit", {"@id": "none", "name": "stone"}),
    "no unit": ("F-UNIT-MISSING", "unit", None),
    "a flow property that the flow has not": ("F-UNIT-UNKNOWN", "flowProperty", {"@id": "volume"}),
    "scores without a distribution": ("F-PEDIGREE-ALONE", "dqEntry", "(1;2;3;4;5)"),
    "an unknown distribution": ("F-UNCERTAINTY", "uncertainty", {"distributionType": "BETA"}),
    "a distribution without parameters": (
        "F-UNCERTAINTY",
        "uncertainty",
        {"distributionType": "NORMAL_DISTRIBUTION", "mean": 2.0},
    ),
    "a geometric deviation of one": (
        "F-UNCERTAINTY-NONE",
        "uncertainty",
        {"distributionType": "LOG_NORMAL_DISTRIBUTION", "geomSd": 1.0},
    ),
    "limits the wrong way round": (
        "F-UNCERTAINTY-ORDER",
        "uncertainty",
        {"distributionType": "UNIFORM_DISTRIBUTION", "minimum": 3.0, "maximum": 1.0},
    ),
    "an amount outside its limits": (
        "F-UNCERTAINTY-CENTRE",
        "uncertainty",
        {"distributionType": "UNIFORM_DISTRIBUTION", "minimum": 3.0, "maximum": 4.0},
    ),
}


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_a_defect_of_an_exchange_is_reported_and_the_rest_read(defect: str) -> None:
    code, key, value = DEFECTS[defect]
    files = _sample(2)
    files["processes/p1.json"]["exchanges"][2][key] = value
    source = _read(files)
    found = [finding for finding in source.findings if finding.code == code]
    assert len(found) == 1
    assert found[0].file == "processes/p1.json"
    lost = sum(
        finding.severity is Severity.LOST and finding.code in {"F-AMOUNT", "F-EXCHANGE-FLOW"} for finding in found
    )
    assert len(source.datasets["p1"].exchanges) + lost == 6
    assert len(source.datasets) == 2


def test_every_distribution_and_its_scores_are_read() -> None:
    files = _sample(2)
    lines = files["processes/p1.json"]["exchanges"]
    given_ = [
        {"distributionType": "LOG_NORMAL_DISTRIBUTION", "geomMean": 10.0, "geomSd": 1.5},
        {"distributionType": "NORMAL_DISTRIBUTION", "mean": 0.2, "sd": 0.1},
        {"distributionType": "TRIANGLE_DISTRIBUTION", "minimum": 1.0, "mode": 2.0, "maximum": 4.0},
        {"distributionType": "UNIFORM_DISTRIBUTION", "minimum": 0.5, "maximum": 1.5},
        {"distributionType": "NO_DISTRIBUTION"},
    ]
    for line, uncertainty in zip(lines, given_, strict=False):
        line["uncertainty"] = uncertainty
    lines[0]["dqEntry"] = "(1; 2; 3; 4; 5)"
    lines[1]["dqEntry"] = "(1;n.a.;3;4;5)"
    read = [e.uncertainty for e in _read(files).datasets["p1"].exchanges]
    assert [None if u is None else (u.distribution, u.parameters, u.pedigree) for u in read[:5]] == [
        (Distribution.LOGNORMAL, (1.5,), (1, 2, 3, 4, 5)),
        (Distribution.NORMAL, (0.1,), ()),
        (Distribution.TRIANGULAR, (1.0, 2.0, 4.0), ()),
        (Distribution.UNIFORM, (0.5, 1.5), ()),
        None,
    ]


def test_references_that_cannot_serve_are_reported() -> None:
    files = _sample(2)
    files["processes/p2.json"]["exchanges"][0]["isQuantitativeReference"] = False
    _, *rest = files["processes/p1.json"]["exchanges"]
    rest[3]["isQuantitativeReference"] = True
    codes = _codes(_read(files))
    assert (codes["F-REFERENCE-MISSING"], codes["F-REFERENCE-SEVERAL"], codes["F-REFERENCE-ELEMENTARY"]) == (1, 1, 1)


def test_shares_that_the_process_does_not_have_are_reported() -> None:
    files = _sample(2)
    process = files["processes/p1.json"]
    process["exchanges"][5].update(isInput=False, isAvoidedProduct=False)
    factors = process["allocationFactors"]
    factors[0]["value"] = 0.8
    factors += [
        {
            "allocationType": "CAUSAL_ALLOCATION",
            "product": {"@id": "steam"},
            "exchange": {"internalId": 1},
            "value": value,
        }
        for value in (0.3, 0.4)
    ]
    factors.append({"allocationType": "PHYSICAL_ALLOCATION", "value": 1.0})
    source = _read(files)
    assert source.datasets["p1"].allocation == {"physical": {"steam": 0.8, "gypsum": 0.1}}
    codes = _codes(source)
    assert (codes["F-SHARES-SUM"], codes["F-ALLOCATION-SINGLE"], codes["F-ALLOCATION-PRODUCT"]) == (1, 1, 1)
    process["allocationFactors"] = []
    assert _codes(_read(files))["F-ALLOCATION-NONE"] == 1


def test_files_that_cannot_be_read_are_lost_and_said_to_be() -> None:
    files = _sample(2)
    files["processes/p3.json"] = {"@type": "Process", "name": "nameless"}
    files["processes/p4.json"] = {**files["processes/p1.json"], "name": "again"}
    files["processes/p5.json"] = ["no object"]
    pairs = [(name, json.dumps(content).encode()) for name, content in files.items()]
    source = jsonld.read([*pairs, ("processes/p6.json", b'{"@id": "p6",'), ("processes/p7.json", b"\xff\xfe\xfd")])
    lost = {finding.file for finding in source.findings if finding.severity is Severity.LOST}
    assert {dataset.file for dataset in source.datasets.values()} | lost >= {
        f"processes/p{n}.json" for n in range(1, 8)
    }
    assert len(source.datasets) == 2


def test_hostile_nesting_is_refused() -> None:
    with pytest.raises(FootproofError, match="E-DB-DEPTH"):
        jsonld.read([("processes/a.json", b"[" * 200_000)])


def test_categories_in_a_ring_end() -> None:
    files = _sample(1)
    files["categories/c1.json"]["category"] = {"@id": "c2"}
    assert _read(files).datasets["p1"].category


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_no_value_in_any_place_breaks_the_reader(data: st.DataObject) -> None:
    files = _sample(data.draw(st.sampled_from([1, 2])))
    record: Any = files[data.draw(st.sampled_from(sorted(files)))]
    while True:
        keys = sorted(record) if isinstance(record, dict) else range(len(record))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(record[key], dict | list) or not record[key] or data.draw(st.booleans()):
            break
        record = record[key]
    record[key] = data.draw(_JSON)
    try:
        source = _read(files)
    except FootproofError as problem:
        assert problem.code == "E-DB-VERSION"  # noqa: PT017
        return
    for dataset in source.datasets.values():
        assert all(exchange.flow in source.flows for exchange in dataset.exchanges)
    accounted = {d.file for d in source.datasets.values()} | {f.file for f in source.findings}
    assert {"processes/p1.json", "processes/p2.json"} <= accounted


# ---- real files


@pytest.fixture(scope="module")
def uslci() -> DataSource:
    path = LCI / "uslci/uslci_olca1_5_0_json_ld.zip"
    if not path.exists():
        pytest.skip("needs the USLCI database beside the checkout (shared/data/lci/uslci)")
    return read_database(path)


def test_uslci_is_read_whole(uslci: DataSource) -> None:
    assert uslci.format == "openLCA JSON-LD 1"
    assert len(uslci.datasets) == 766
    assert len(uslci.flows) == 4601
    assert sum(len(dataset.exchanges) for dataset in uslci.datasets.values()) == 32_526
    kinds = Counter(dataset.kind.value for dataset in uslci.datasets.values())
    assert kinds == {"unit process": 762, "system process": 4}
    assert sum(e.input for d in uslci.datasets.values() for e in d.exchanges) == 2716 + 6480
    assert all(sum(e.reference for e in d.exchanges) == 1 for d in uslci.datasets.values())
    assert not any(finding.severity is Severity.LOST for finding in uslci.findings if "ALLOC" not in finding.code)


def test_uslci_accounts_for_every_uncertainty(uslci: DataSource) -> None:
    spreads = [e.uncertainty for d in uslci.datasets.values() for e in d.exchanges if e.uncertainty]
    derived = [spread for spread in spreads if not spread.parameters]
    assert len(derived) == sum(f.code == "F-PEDIGREE-ALONE" for f in uslci.findings) - 19  # 19 amounts are zero.
    assert all(len(spread.pedigree) == 5 for spread in derived)
    read = Counter(spread.distribution for spread in spreads if spread.parameters)
    none = Counter(f.values["distribution"] for f in uslci.findings if f.code == "F-UNCERTAINTY-NONE")
    assert {kind.value: read[kind] + none[kind.value] for kind in read} == {
        "lognormal": 5130,
        "triangular": 385,
        "uniform": 24,
    }
    # 4,811 lognormals give a geometric standard deviation of 0 and 307 one of 1: nothing spreads there.
    assert none == {"lognormal": 5118}


def test_uslci_finds_the_dioxide_with_the_blank(uslci: DataSource) -> None:
    blank = [finding for finding in uslci.findings if finding.values.get("name") == "'Carbon dioxide, fossil '"]
    assert len(blank) == 1
    names = Counter(flow.name for flow in uslci.flows.values() if flow.kind is FlowKind.ELEMENTARY)
    assert names["Carbon dioxide, fossil"] > 1
    assert not any(flow.name != flow.name.strip() for flow in uslci.flows.values())


def test_uslci_reports_what_it_lacks(uslci: DataSource) -> None:
    codes = _codes(uslci)
    shared = sum(bool(dataset.allocation) for dataset in uslci.datasets.values())
    assert codes["F-ALLOCATION-NONE"] == 129
    assert shared > 0
    assert codes["F-FORMULA"] == 259
    assert codes["F-PEDIGREE-ALONE"] == 478


def test_uslci_converts_every_unit_by_its_own_groups(uslci: DataSource) -> None:
    factors = conversions(uslci)
    other = {
        (e.flow, e.unit) for d in uslci.datasets.values() for e in d.exchanges if e.unit != uslci.flows[e.flow].unit
    }
    assert other == set(factors)
    units = {(unit, uslci.flows[flow].unit): factor for (flow, unit), factor in factors.items()}
    assert units["kWh", "MJ"] == pytest.approx(3.6)
    assert units["sh tn", "kg"] == pytest.approx(907.18474, rel=1e-5)


@pytest.mark.parametrize(("name", "datasets", "exchanges"), [("US-FPL", 4, 31), ("beef-cattle-finishing", 8, 105)])
def test_folders_of_other_publishers_are_read(name: str, datasets: int, exchanges: int) -> None:
    path = LCI / "format-samples/json-ld" / name
    if not path.exists():
        pytest.skip("needs the samples of formats beside the checkout (shared/data/lci/format-samples)")
    source = read_database(path)
    assert len(source.datasets) == datasets
    assert sum(len(dataset.exchanges) for dataset in source.datasets.values()) == exchanges
