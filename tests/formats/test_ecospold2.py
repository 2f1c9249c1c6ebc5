"""EcoSpold 2: the USLCI release, the samples of bw2io, small files with planted defects."""

import math
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats import ecospold2
from footproof.model.dataset import DatasetKind, DataSource, Distribution, FlowKind, Severity
from footproof.texts import LANGUAGES, say

LCI = Path(__file__).resolve().parents[2] / "../shared/data/lci"
USLCI = LCI / "uslci/uslci_fy18_q3_01_olca1_7_2.ecospold2.zip"
SAMPLES = LCI / "format-samples/ecospold2"

DOCUMENT = """<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02"><{element}><activityDescription>
<activity id="{id}" type="{type}" specialActivityType="{special}" {more}>
<activityName xml:lang="en">steel making</activityName>
<activityName xml:lang="de">Stahlherstellung</activityName></activity>
<geography><shortname>CH</shortname></geography>
<timePeriod startDate="2009-12-31T00:00:00-07:00" endDate="2012-12-31"/></activityDescription>
<flowData>{lines}</flowData></{element}></ecoSpold>"""


def document(
    lines: str,
    *,
    name: str = "a1",
    kind: str = "1",
    special: str = "0",
    more: str = "",
    element: str = "activityDataset",
) -> bytes:
    return DOCUMENT.format(id=name, lines=lines, type=kind, special=special, more=more, element=element).encode()


def line(
    group: str, product: str = "p1", attributes: str = 'amount="1"', inside: str = "", tag: str = "intermediate"
) -> str:
    side = "inputGroup" if group[0] == "i" else "outputGroup"
    return (
        f'<{tag}Exchange id="x" {tag}ExchangeId="{product}" {attributes}><name xml:lang="en">{product} name</name>'
        f"<unitName>kg</unitName>{inside}<{side}>{group[1:]}</{side}></{tag}Exchange>"
    )


def read_one(*documents: bytes) -> DataSource:
    return ecospold2.read([(f"{at}.spold", data) for at, data in enumerate(documents)])


def codes(source: DataSource) -> Counter[str]:
    return Counter(item.code for item in source.findings)


def assert_told(source: DataSource) -> None:
    for finding in {item.code: item for item in source.findings}.values():
        for lang in LANGUAGES:
            text = say("findings", f"{finding.code}.message", lang, **finding.values)
            assert not re.search(r"\{[a-z_]+\}", text), (finding, text)


@pytest.mark.skipif(not USLCI.exists(), reason="USLCI is not beside this checkout")
def test_every_file_of_uslci_is_a_process() -> None:
    with zipfile.ZipFile(USLCI) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    source = ecospold2.read(files)
    texts = [data for name, data in files if name.endswith(".spold")]
    assert len(source.datasets) == 771 == len(texts)
    amounts = sorted(item.amount for dataset in source.datasets.values() for item in dataset.exchanges)
    written = [float(value) for text in texts for value in re.findall(rb'Exchange id=[^>]* amount="([^"]*)"', text)]
    assert amounts == sorted(written)
    assert len(amounts) == 891
    found = codes(source)
    assert found["F-DATASET-HOLLOW"] == 726 == sum(b"<flowData/>" in text or b"Exchange " not in text for text in texts)
    assert found["F-DATE-TIME"] == 2 * 771  # any of them makes strict readers refuse its file
    assert {dataset.period for dataset in source.datasets.values() if "T" in "".join(dataset.period)} == set()
    assert_told(source)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the format samples are not beside this checkout")
def test_the_sample_as_ecoinvent_writes_it() -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(SAMPLES.iterdir())]
    source = ecospold2.read(files[:1])
    (dataset,) = source.datasets.values()
    assert (dataset.name, dataset.location, dataset.period) == (
        "concrete block production",
        "DE",
        ("1997-01-01", "2018-12-31"),
    )
    clay, block, water = dataset.exchanges
    assert (clay.provider, clay.input, clay.amount) == ("759fac54-b912-4781-9833-0ddd6e8cda24", True, 9999)
    assert clay.uncertainty is not None
    assert clay.uncertainty.pedigree == (1, 1, 5, 1, 1)
    assert math.isclose(clay.uncertainty.parameters[0], math.exp(math.sqrt(0.2)))
    assert block.reference
    assert source.flows[water.flow].category == ("air", "unspecified")
    assert source.flows[water.flow].cas == "7732-18-5"
    assert codes(source) == {"F-FORMULA": 1, "F-PROVIDER-MISSING": 1}
    assert_told(source)


def test_kinds_names_and_mixes() -> None:
    source = read_one(document(line("o0"), special="1"), document(line("o0"), name="a2", kind="2"))
    first, second = source.datasets.values()
    assert first.names == {"en": "steel making", "de": "Stahlherstellung"}
    assert (first.role, first.kind, second.kind) == ("market mix", DatasetKind.UNIT, DatasetKind.SYSTEM)
    assert (first.location, first.period) == ("CH", ("2009-12-31", "2012-12-31"))


def test_an_activity_in_two_files_is_linked_by_product() -> None:
    user = line("o0", "q") + line("i5", "p2", 'amount="3" activityLinkId="a1"')
    source = read_one(document(line("o0", "p1")), document(line("o0", "p2")), document(user, name="b"))
    assert list(source.datasets) == ["a1_p1", "a1_p2", "b"]
    assert source.datasets["b"].exchanges[1].provider == "a1_p2"
    assert "F-PROVIDER-MISSING" not in codes(source)


def test_a_treatment_keeps_its_negative_reference_and_waste_is_waste() -> None:
    waste = (
        "<classification><classificationSystem>By-product classification</classificationSystem>"
        "<classificationValue>Waste</classificationValue></classification>"
    )
    source = read_one(document(line("o0", "w", 'amount="-1"', waste) + line("o2", "v", 'amount="2"', waste)))
    first, second = source.datasets["a1"].exchanges
    assert (first.amount, first.reference) == (-1, True)
    assert {source.flows[item.flow].kind for item in (first, second)} == {FlowKind.WASTE}


@given(st.floats(1e-6, 100))
def test_variances_are_those_with_pedigree(variance: float) -> None:
    shape = f'<lognormal mu="0" variance="0.5" varianceWithPedigreeUncertainty="{variance!r}"/>'
    inside = f"<uncertainty>{shape}</uncertainty>"
    source = read_one(document(line("o0") + line("i5", "q", inside=inside)))
    spread = source.datasets["a1"].exchanges[1].uncertainty
    assert spread is not None
    assert math.isclose(math.log(spread.parameters[0]) ** 2, variance, rel_tol=1e-9)


def test_other_distributions() -> None:
    shapes = [
        '<normal meanValue="1" variance="4" varianceWithPedigreeUncertainty="9"/>',
        '<triangular minValue="0.5" mostLikelyValue="1" maxValue="2"/>',
        '<uniform minValue="0.5" maxValue="2"/>',
        '<beta minValue="0"/>',
        "<undefined/>",
        '<lognormal variance="NaN"/>',
    ]
    lines = "".join(
        line("i5", f"q{at}", inside=f"<uncertainty>{shape}</uncertainty>") for at, shape in enumerate(shapes)
    )
    source = read_one(document(line("o0") + lines))
    spreads = [item.uncertainty for item in source.datasets["a1"].exchanges[1:]]
    kinds = [item.distribution if item else None for item in spreads]
    assert kinds == [Distribution.NORMAL, Distribution.TRIANGULAR, Distribution.UNIFORM, None, None, None]
    assert spreads[0] is not None
    assert spreads[0].parameters == (3.0,)
    assert codes(source) >= Counter({"F-UNCERTAINTY-KIND": 1, "F-UNCERTAINTY": 1})
    assert_told(source)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (line("o0") + line("i5", "q", 'amount="zwei"'), "F-AMOUNT"),
        (line("o0") + line("i5", "q", ""), "F-AMOUNT"),
        (line("o0") + line("i5", "q").replace("<inputGroup>5</inputGroup>", ""), "F-DIRECTION-LOST"),
        (line("o0") + line("o4", "e", tag="elementary"), "F-COMPARTMENT-ABSENT"),
        (line("o0") + line("i5", "q", 'amount="1" mathematicalRelation="2*x"'), "F-FORMULA"),
        (line("o0") + line("i5", "q", 'amount="1" activityLinkId="gone"'), "F-PROVIDER-MISSING"),
        (line("o0") + line("i5", "q").replace("q name", ""), "F-FLOW-NAMELESS"),
        (line("o0") + line("i5", "q").replace("<unitName>kg</unitName>", ""), "F-FLOW-UNITLESS"),
        (line("o0") + "<impactIndicator amount='1'/>", "F-RESULTS-UNREAD"),
        (line("i5"), "F-REFERENCE-MISSING"),
    ],
)
def test_a_planted_defect_is_found_and_the_rest_is_read(lines: str, code: str) -> None:
    source = read_one(document(lines))
    assert codes(source)[code] == 1
    assert list(source.datasets) == ["a1"]
    assert_told(source)


def test_a_child_that_inherits_is_found() -> None:
    source = read_one(
        document(line("o0"), element="childActivityDataset", more='parentActivityId="p" inheritanceDepth="1"')
    )
    assert codes(source)["F-PARENT-NOT-APPLIED"] == 1
    assert len(source.datasets) == 1


def test_one_bad_file_does_not_take_the_others_along() -> None:
    source = read_one(document(line("o0")), document(line("o0"), name="b")[:-40], b"<MasterData/>")
    assert len(source.datasets) == 1
    assert codes(source) == {"F-DATE-TIME": 1, "F-FILE-BROKEN": 1, "F-FILE-FOREIGN": 1}
    assert sum(item.severity is Severity.LOST for item in source.findings) == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold01"><dataset number="1"/></ecoSpold>', "E-DB-VERSION"),
        (b'<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02"/>', "E-DB-UNKNOWN"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + document(line("o0")), "E-DB-XML-ENTITY"),
    ],
)
def test_other_and_hostile_files_are_never_an_empty_database(data: bytes, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read_one(data)
    assert caught.value.code == code
