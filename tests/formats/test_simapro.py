"""SimaPro CSV: the fixtures of bw2io, small files with planted defects, hostile expressions."""

import contextlib
import math
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats import simapro
from footproof.model.dataset import DataSource, Distribution, FlowKind
from footproof.texts import LANGUAGES, say

SAMPLES = Path(__file__).resolve().parents[2] / "../shared/data/lci/format-samples/simapro"
here = pytest.mark.skipif(not SAMPLES.exists(), reason="the format samples are not beside this checkout")

HEAD = """{{SimaPro 9.3.0.3}}
{{processes}}
{{CSV separator: Semicolon}}
{{Decimal separator: {point}}}

Process

Category type
material

Process identifier
ID1

Process name
steel making

Products
{products}

"""
PRODUCT = "Steel {CH};kg;1;100;not defined;Metals\\Steel;"


def document(sections: str, *, products: str = PRODUCT, point: str = ".", after: str = "") -> bytes:
    return (HEAD.format(point=point, products=products) + sections + "\n\nEnd\n\n" + after).encode()


def read_one(data: bytes) -> DataSource:
    return simapro.read([("a.csv", data)])


def codes(source: DataSource) -> Counter[str]:
    return Counter(item.code for item in source.findings)


def assert_told(source: DataSource) -> None:
    for finding in {item.code: item for item in source.findings}.values():
        for lang in LANGUAGES:
            text = say("findings", f"{finding.code}.message", lang, **finding.values)
            assert not re.search(r"\{[a-z_]+\}", text), (finding, text)


@here
@pytest.mark.parametrize(
    ("name", "datasets", "exchanges", "found"),
    [
        ("allocation.csv", 2, 5, {}),
        ("comments.txt", 1, 3, {"F-UNCERTAINTY-NONE": 1}),
        ("empty.txt", 1, 1, {}),
        ("external_documents_and_literature_references.csv", 1, 3, {"F-ENCODING-GUESSED": 1}),
        ("inventory.csv", 1, 2, {}),
        ("metadata.txt", 1, 1, {}),
        ("missing.txt", 2, 3, {}),
        ("multioutput.txt", 1, 2, {"F-SHARES-SUM": 1}),
        ("new-order.csv", 1, 12, {}),
        ("process_with_invalid_lognormal_scale.csv", 1, 2, {"F-UNCERTAINTY-NONE": 1}),
        ("python_builtin_as_unit_name.csv", 1, 1, {}),
        ("simple.txt", 2, 6, {}),
    ],
)
def test_each_sample_is_accounted_for(name: str, datasets: int, exchanges: int, found: dict[str, int]) -> None:
    data = (SAMPLES / name).read_bytes()
    source = simapro.read([(name, data)])
    assert simapro.recognise([name], lambda _: data)
    assert len(source.datasets) == datasets == len(re.findall(rb"(?m)^Process;*\r?$", data))
    assert sum(len(dataset.exchanges) for dataset in source.datasets.values()) == exchanges
    assert {code: count for code, count in codes(source).items() if code != "F-ENCODING-GUESSED"} == {
        code: count for code, count in found.items() if code != "F-ENCODING-GUESSED"
    }
    assert_told(source)


@here
@pytest.mark.parametrize("name", ["damagecategory.txt", "invalid.txt"])
def test_methods_and_other_programs_are_no_processes(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    with pytest.raises(FootproofError) as caught:
        simapro.read([(name, data)])
    assert caught.value.code == "E-DB-VERSION"


@here
@pytest.mark.parametrize(
    "name",
    [
        "allocation.csv",
        "external_documents_and_literature_references.csv",
        "inventory.csv",
        "process_with_invalid_lognormal_scale.csv",
    ],
)
def test_amounts_are_those_that_bw_simapro_csv_reads(name: str) -> None:
    oracle = pytest.importorskip("bw_simapro_csv", reason="bw_simapro_csv is not installed")
    read_by_oracle = oracle.SimaProCSV(SAMPLES / name, stderr_logs=False, write_logs=False)
    theirs = [
        sorted(float(line["amount"]) for part in block.blocks.values() for line in part.parsed if "amount" in line)
        for block in read_by_oracle.blocks
        if type(block).__name__ == "Process"
    ]
    source = simapro.read([(name, (SAMPLES / name).read_bytes())])
    assert [sorted(item.amount for item in dataset.exchanges) for dataset in source.datasets.values()] == theirs


@here
def test_cas_numbers_come_from_the_list_of_substances() -> None:
    path = SAMPLES / "external_documents_and_literature_references.csv"
    source = simapro.read([(path.name, path.read_bytes())])
    assert {flow.name: flow.cas for flow in source.flows.values() if flow.cas} == {
        "Beryllium": "7440-41-7",
        "Calcium": "7440-70-2",
    }


def test_sections_say_what_comes_in_and_what_goes_out() -> None:
    sections = """Avoided products
heat;MJ;2;Undefined;0;0;0;

Resources
ore;in ground;kg;3;Undefined;0;0;0;

Materials/fuels
coal;kg;4;Undefined;0;0;0;

Electricity/heat
power;kWh;5;Undefined;0;0;0;

Emissions to air
CO2;high. pop.;kg;6;Undefined;0;0;0;

Final waste flows
slag;;kg;7;Undefined;0;0;0;

Waste to treatment
sludge;kg;8;Undefined;0;0;0;"""
    source = read_one(document(sections))
    seen = {
        item.flow: (source.flows[item.flow].kind, item.amount, item.input, item.avoided)
        for item in source.datasets["ID1"].exchanges
    }
    assert seen == {
        "Steel {CH}": (FlowKind.PRODUCT, 1, False, False),
        "heat": (FlowKind.PRODUCT, 2, False, True),
        "ore | Raw materials | in ground": (FlowKind.ELEMENTARY, 3, True, False),
        "coal": (FlowKind.PRODUCT, 4, True, False),
        "power": (FlowKind.PRODUCT, 5, True, False),
        "CO2 | Airborne emissions | high. pop.": (FlowKind.ELEMENTARY, 6, False, False),
        "slag | Final waste flows": (FlowKind.ELEMENTARY, 7, False, False),
        "sludge": (FlowKind.WASTE, 8, False, False),
    }
    dataset = source.datasets["ID1"]
    assert (dataset.name, dataset.location, dataset.category) == ("steel making", "CH", ("Metals", "Steel"))
    assert not source.findings


def test_a_waste_treatment_takes_its_waste() -> None:
    data = document("", products="").replace(
        b"Products\n", b"Waste treatment\nsludge;kg;1;All waste types;Waste\\Others;\n"
    )
    (dataset,) = read_one(data).datasets.values()
    (reference,) = dataset.exchanges
    assert (reference.input, reference.reference, dataset.role) == (True, True, "disposal")


def test_distributions() -> None:
    lines = """Materials/fuels
a;kg;2;Lognormal;1.44;0;0;(1,2,3,4,5,na)
b;kg;2;Normal;0.2;0;0;
c;kg;2;Triangle;0;1;4;
d;kg;2;Uniform;0;1;4;
e;kg;2;Weibull;0;1;4;
f;kg;2;Lognormal;;;;"""
    source = read_one(document(lines))
    spreads = [item.uncertainty for item in source.datasets["ID1"].exchanges[1:]]
    assert [item.distribution if item else None for item in spreads] == [
        Distribution.LOGNORMAL,
        Distribution.NORMAL,
        Distribution.TRIANGULAR,
        Distribution.UNIFORM,
        None,
        None,
    ]
    parameters = [item.parameters for item in spreads if item]
    assert parameters == [(1.2,), (0.1,), (1.0, 2.0, 4.0), (1.0, 4.0)]
    assert spreads[0] is not None
    assert spreads[0].pedigree == (1, 2, 3, 4, 5)
    assert codes(source) == {"F-UNCERTAINTY-KIND": 1, "F-UNCERTAINTY": 1}
    assert_told(source)


def test_decimal_commas_and_older_encodings() -> None:
    text = document("Materials/fuels\nKohle für Öfen;kg;0,25;Undefined;0;0;0;", point=",").decode()
    source = read_one(text.encode("cp1252"))
    assert source.datasets["ID1"].exchanges[1].amount == 0.25
    assert "Kohle für Öfen" in source.flows
    assert codes(source) == {"F-ENCODING-GUESSED": 1}
    assert_told(source)


def test_expressions_see_parameters_of_process_project_and_database() -> None:
    sections = """Materials/fuels
coal;kg;2*(Share + base)^2;Undefined;0;0;0;
iron;kg;missing*2;Undefined;0;0;0;

Input parameters
share;0.5;Undefined;0;0;0;No;

Calculated parameters
half;share/2;"""
    after = "Project Input parameters\nbase;1;Undefined;0;0;0;No;\nshare;9;\n\nEnd\n\n"
    after += "Database Input parameters\nbase;7;\n\nEnd\n"
    source = read_one(document(sections, after=after))
    assert [item.amount for item in source.datasets["ID1"].exchanges] == [1.0, 4.5]
    assert codes(source) == {"F-EXPRESSION-EVALUATED": 1, "F-EXPRESSION-UNREADABLE": 1}
    assert_told(source)


def test_rings_and_doublings_of_parameters_end() -> None:
    doubling = "\n".join(f"p{at};p{at - 1}+p{at - 1};" for at in range(1, 45))
    sections = "Materials/fuels\na;kg;p44;Undefined;0;0;0;\nb;kg;ring;Undefined;0;0;0;\n\n"
    sections += f"Calculated parameters\np0;1;\n{doubling}\nring;ring+1;"
    source = read_one(document(sections))
    assert [item.amount for item in source.datasets["ID1"].exchanges[1:]] == [2.0**44]
    assert codes(source)["F-EXPRESSION-UNREADABLE"] == 1


@given(
    st.recursive(
        st.integers(1, 99).map(str),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
        max_leaves=8,
    )
)
def test_expressions_of_numbers_are_arithmetic(text: str) -> None:
    assert simapro.evaluate(text, lambda name: 0.0) == eval(text)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "().__class__",
        "9**9**9**9",
        "9^9^9^9",
        "(" * 300 + "1" + ")" * 300,
        "-" * 900 + "1",
        "1/0",
        "sqrt(-1)",
        "(-8)^0.5",
        "[x for x in ()]",
        "x" * 2000,
        "1e400",
        "True",
        "\0",
        "",
    ],
)
def test_what_is_no_expression_of_numbers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        simapro.evaluate(text, lambda name: 1.0)


@given(st.text(max_size=60))
def test_no_text_breaks_an_expression(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert math.isfinite(simapro.evaluate(text, lambda name: 1.0))


@pytest.mark.parametrize(
    ("sections", "code"),
    [
        ("Materials/fuels\ncoal;kg", "F-LINE-SHORT"),
        ('Materials/fuels\ncoal;kg;1;Undefined;0;0;0;a 5" pipe', "F-QUOTE-STRAY"),
        ("Materials/fuels\n coal;kg;1;Undefined;0;0;0;", "F-NAME-BLANK"),
        ("Materials/fuels\ncoal;;1;Undefined;0;0;0;", "F-FLOW-UNITLESS"),
        ("Remaining waste\nsludge;Waste;50;", "F-BLOCK-UNREAD"),
        ("Resources\nSteel {CH};;kg;1;Undefined;0;0;0;\n\nWaste to treatment\nSteel {CH};kg;1;", "F-FLOW-TWO-FACES"),
    ],
)
def test_a_planted_defect_is_found_and_the_rest_is_read(sections: str, code: str) -> None:
    source = read_one(document(sections))
    assert codes(source)[code] == 1
    assert list(source.datasets) == ["ID1"]
    assert_told(source)


def test_shares_and_blocks_that_are_no_processes() -> None:
    products = "a;kg;1;60;not defined;x;\nb;kg;1;30;not defined;x;"
    source = read_one(document("", products=products, after="Product stage\n\nCategory type\nassembly\n\nEnd\n"))
    assert source.datasets["ID1"].allocation == {"unspecified": {"a": 0.6, "b": 0.3}}
    assert codes(source) == {"F-SHARES-SUM": 1, "F-BLOCK-UNREAD": 1}
    assert_told(source)


@given(st.binary(max_size=300))
def test_rubbish_never_ends_in_anything_but_an_error_of_ours(data: bytes) -> None:
    with contextlib.suppress(FootproofError):
        read_one(b"{SimaPro 9}\nProcess\n\nProducts\n" + data)
