"""EcoSpold 1: the USLCI release, small files with planted defects, hostile files."""

import contextlib
import math
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats import ecospold1
from footproof.model.dataset import DatasetKind, DataSource, Distribution, FlowKind, Severity
from footproof.texts import LANGUAGES, say

LCI = Path(__file__).resolve().parents[2] / "../shared/data/lci"
USLCI = LCI / "uslci/uslci_fy21_q3_01_olca_10_3_ecospold2.zip"
SAMPLES = LCI / "format-samples/ecospold1"

HEAD = '<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold01">'
DATASET = """<dataset number="7"><metaInformation><processInformation>
<referenceFunction name="Steel" localName="Stahl" unit="kg" amount="1" category="metals" subCategory="{sub}"/>
<geography location="CH"/>
<timePeriod>{period}</timePeriod>
<dataSetInformation type="{type}" languageCode="en" localLanguageCode="de"/>
</processInformation><modellingAndValidation><source number="1" firstAuthor="{author}"/></modellingAndValidation>
</metaInformation><flowData>{lines}</flowData></dataset>"""
PRODUCT = (
    '<exchange number="1" name="Steel" location="CH" unit="kg" meanValue="1"><outputGroup>0</outputGroup></exchange>'
)


def document(lines: str, *, period: str = "", kind: str = "1", author: str = "A", sub: str = "steel") -> bytes:
    return f"{HEAD}{DATASET.format(lines=lines, period=period, type=kind, author=author, sub=sub)}</ecoSpold>".encode()


def line(group: str, attributes: str = "", name: str = "coal", value: str = "2") -> str:
    side = "inputGroup" if group[0] == "i" else "outputGroup"
    start = f'<exchange number="9" name="{name}" unit="kg" meanValue="{value}" {attributes}>'
    return f"{start}<{side}>{group[1:]}</{side}></exchange>"


def read_one(data: bytes) -> DataSource:
    return ecospold1.read([("a.xml", data)])


def codes(source: DataSource) -> Counter[str]:
    return Counter(item.code for item in source.findings)


def assert_told(source: DataSource) -> None:
    """Every finding has a sentence in both languages and no brace left open."""
    for finding in {item.code: item for item in source.findings}.values():
        for lang in LANGUAGES:
            text = say("findings", f"{finding.code}.message", lang, **finding.values)
            assert not re.search(r"\{[a-z_]+\}", text), (finding, text)


@pytest.mark.skipif(not USLCI.exists(), reason="USLCI is not beside this checkout")
def test_every_process_and_amount_of_uslci_is_there() -> None:
    with zipfile.ZipFile(USLCI) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    source = ecospold1.read(files)
    text = next(data for name, data in files if "639" in name)
    assert len(source.datasets) == 639 == len(re.findall(rb"<dataset ", text))
    amounts = sorted(item.amount for dataset in source.datasets.values() for item in dataset.exchanges)
    assert amounts == sorted(float(value) for value in re.findall(rb'meanValue="([^"]*)"', text))
    assert len(amounts) == 45656
    assert sum(item.reference for dataset in source.datasets.values() for item in dataset.exchanges) == 639
    assert not [item for item in source.findings if item.severity is Severity.LOST]
    assert all(flow.name == flow.name.strip() for flow in source.flows.values())
    found = codes(source)
    assert found["F-AUTHOR-LONG"] == 1423  # any of them makes strict readers refuse the file
    assert found["F-UNCERTAINTY-NONE"] == 5120
    kept = Counter(
        item.uncertainty.distribution for d in source.datasets.values() for item in d.exchanges if item.uncertainty
    )
    assert kept == {Distribution.TRIANGULAR: 382, Distribution.UNIFORM: 22, Distribution.LOGNORMAL: 12}
    assert_told(source)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the format samples are not beside this checkout")
def test_samples_with_a_wrong_root_and_equal_numbers_are_accounted_for() -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(SAMPLES.iterdir())]
    source = ecospold1.read(files)
    assert list(source.datasets) == ["1", "1#2"]
    assert codes(source)["F-FILE-FOREIGN"] == 1  # its root is notecoSpold
    assert ecospold1.recognise([name for name, _ in files], dict(files).__getitem__)
    assert_told(source)


def test_groups_say_what_comes_in_and_what_goes_out() -> None:
    lines = PRODUCT + line("i5") + line("i4", name="ore") + line("o4", 'CASNumber="000124-38-9"', name="CO2")
    lines += line("o1", name="heat") + line("o2", name="slag") + line("o3", name="sludge")
    (dataset,) = read_one(document(lines)).datasets.values()
    flows = read_one(document(lines)).flows
    seen = {
        flows[item.flow].name: (flows[item.flow].kind, item.input, item.reference, item.avoided)
        for item in dataset.exchanges
    }
    assert seen == {
        "Steel": (FlowKind.PRODUCT, False, True, False),
        "coal": (FlowKind.PRODUCT, True, False, False),
        "ore": (FlowKind.ELEMENTARY, True, False, False),
        "CO2": (FlowKind.ELEMENTARY, False, False, False),
        "heat": (FlowKind.PRODUCT, False, False, True),
        "slag": (FlowKind.PRODUCT, False, False, False),
        "sludge": (FlowKind.WASTE, False, False, False),
    }
    assert next(flow.cas for flow in flows.values() if flow.name == "CO2") == "124-38-9"
    assert dataset.names == {"en": "Steel", "de": "Stahl"}
    assert (dataset.id, dataset.location, dataset.category) == ("7", "CH", ("metals", "steel"))


@given(st.floats(1.0001, 1e6))
def test_the_second_number_of_a_lognormal_is_the_square_of_its_geometric_deviation(square: float) -> None:
    source = read_one(document(PRODUCT + line("i5", f'uncertaintyType="1" standardDeviation95="{square!r}"')))
    spread = source.datasets["7"].exchanges[1].uncertainty
    assert spread is not None
    assert spread.distribution is Distribution.LOGNORMAL
    assert math.isclose(spread.parameters[0] ** 2, square, rel_tol=1e-12)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_amounts_come_back_to_the_last_digit(amount: float) -> None:
    source = read_one(document(PRODUCT + line("i5", value=repr(amount))))
    assert source.datasets["7"].exchanges[1].amount == amount


def test_other_distributions() -> None:
    lines = PRODUCT + line("i1", 'uncertaintyType="2" standardDeviation95="0.2"')
    lines += line("i2", 'uncertaintyType="3" minValue="1" maxValue="3.5"')
    lines += line("i3", 'uncertaintyType="4" minValue="1" maxValue="3"')
    lines += line("i5", 'uncertaintyType="3" minValue="3" mostLikelyValue="2" maxValue="1"')
    lines += line("i5", 'uncertaintyType="3" minValue="1" mostLikelyValue="7" maxValue="3"')
    source = read_one(document(lines))
    spreads = [item.uncertainty.parameters if item.uncertainty else None for item in source.datasets["7"].exchanges]
    assert spreads == [None, (0.1,), (1.0, 1.5, 3.5), (1.0, 3.0), (1.0, 2.0, 3.0), None]
    assert codes(source) >= Counter({"F-UNCERTAINTY-MODE": 1, "F-UNCERTAINTY-ORDER": 1, "F-UNCERTAINTY": 1})
    assert_told(source)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (PRODUCT + line("i5", value="1,5"), "F-AMOUNT"),
        (PRODUCT + line("i5", value="NaN"), "F-AMOUNT"),
        (PRODUCT + line("i5", value="1e999"), "F-AMOUNT"),
        (PRODUCT + line("i9"), "F-DIRECTION-LOST"),
        (PRODUCT + line("i5", name="coal "), "F-NAME-BLANK"),
        (PRODUCT + line("o4", 'CASNumber="12-34-5"'), "F-CAS"),
        (PRODUCT + line("i5", 'uncertaintyType="8"'), "F-UNCERTAINTY-KIND"),
        (PRODUCT + '<exchange name="x" unit="" meanValue="1"><inputGroup>5</inputGroup></exchange>', "F-FLOW-UNITLESS"),
        (line("o2", 'location="CH"', name="Steel"), "F-REFERENCE-TAKEN"),
        (line("i5"), "F-REFERENCE-MISSING"),
        ("", "F-DATASET-HOLLOW"),
        (PRODUCT + '<allocation referenceToCoProduct="5" fraction="50"/>', "F-ALLOCATION-UNREADABLE"),
    ],
)
def test_a_planted_defect_is_found_and_the_rest_is_read(lines: str, code: str) -> None:
    source = read_one(document(lines))
    assert codes(source)[code] == 1
    assert list(source.datasets) == ["7"]
    assert_told(source)


def test_shares_are_taken_where_they_hold_for_all_lines() -> None:
    both = line("o2", name="Steel") + line("o2", name="slag").replace('number="9"', 'number="10"')
    share = '<allocation referenceToCoProduct="{0}" allocationMethod="1" fraction="{1}"/>'
    source = read_one(document(both + share.format(9, 80) + share.format(10, 20) + share.format(9, 80), kind="5"))
    shares = source.datasets["7"].allocation["economic"]
    assert sorted(shares.values()) == [0.2, 0.8]
    source = read_one(document(both + share.format(9, 80) + share.format(9, 70)))
    assert source.datasets["7"].allocation == {}
    assert codes(source)["F-ALLOCATION-BY-LINE"] == 1


def test_dates_authors_and_kinds() -> None:
    period = "<startDate>2003-12-31T00:00:00-07:00</startDate><endYear>2006</endYear>"
    source = read_one(document(PRODUCT, period=period, author="x" * 41, kind="2"))
    assert source.datasets["7"].period == ("2003-12-31", "2006")
    assert source.datasets["7"].kind is DatasetKind.SYSTEM
    assert codes(source) == {"F-DATE-TIME": 1, "F-AUTHOR-LONG": 1}
    assert codes(read_one(document(PRODUCT, kind="4")))["F-DATASET-NO-PROCESS"] == 1


def test_a_damaged_file_keeps_what_stands_before_the_damage() -> None:
    whole = document(PRODUCT).decode()
    one = whole[len(HEAD) : -len("</ecoSpold>")]
    source = read_one(f"{HEAD}{one}{one}<dataset number='8'><meta".encode())
    assert len(source.datasets) == 2
    (finding,) = [item for item in source.findings if item.code == "F-FILE-BROKEN"]
    assert (finding.severity, finding.values["read"], finding.values["lost"]) == (Severity.LOST, "2", "1")
    assert_told(source)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02"><activityDataset/></ecoSpold>', "E-DB-VERSION"),
        (b"<html><body/></html>", "E-DB-VERSION"),
        (b"\x00\x01\x02", "E-DB-VERSION"),
        (f"{HEAD}</ecoSpold>".encode(), "E-DB-UNKNOWN"),
        (b'<!DOCTYPE ecoSpold [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + document(PRODUCT), "E-DB-XML-ENTITY"),
        (b'<!DOCTYPE ecoSpold SYSTEM "file:///etc/passwd">' + document(PRODUCT), "E-DB-XML-ENTITY"),
        (HEAD.encode() + b"<a>" * 5000, "E-DB-DEPTH"),
    ],
)
def test_other_and_hostile_files_are_never_an_empty_database(data: bytes, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read_one(data)
    assert caught.value.code == code


@given(st.binary(max_size=200))
def test_rubbish_never_ends_in_anything_but_an_error_of_ours(data: bytes) -> None:
    with contextlib.suppress(FootproofError):
        read_one(HEAD.encode() + data)
