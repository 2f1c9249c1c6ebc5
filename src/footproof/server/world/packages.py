"""The packages of the world: small studies, assessed by the real machinery, one form for each category of products.

A form is assessed once, with figures and names that stand nowhere else; the package of a product is the same with its
own in their place. The sheet is linear, so what evaluating it gives is computed here directly: whoever opens such a
package evaluates the sheet and gets the same digits (the tests do, and assess the study again).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache

from footproof.assess import assess
from footproof.assess.contents import about, evidence, rule_files
from footproof.canonical import canonical_bytes, digest
from footproof.credential.conformity import exact_text
from footproof.formats.study import StudyFiles, read_study
from footproof.model.bilingual import Bilingual
from footproof.package import Contents, leaf_hash, pack, package_digest, seal
from footproof.package.archive import open_package
from footproof.package.merkle import content_digest
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook, parents_of
from footproof.server.world.shape import Kind, shape

RULE = "cn.gbt.24067"
DECLARED = Context(prec=6, rounding=ROUND_HALF_EVEN)
OTHER, HEAT, WASTE = Decimal("2.1"), Decimal("0.07"), Decimal("0.03")


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured, per declared unit.

    Args:
        product: Mass of the product. [kg]
        main: Main material that goes in. [kg]
        other: Other material that goes in. [kg]
        power: Electricity. [kWh]
        fuel: Heat from fuel. [MJ]
        grid: Factor of the electricity. [kg CO2e / kWh]
        grid_year: Year of that factor.
    """

    product: Decimal
    main: Decimal
    other: Decimal
    power: Decimal
    fuel: Decimal
    grid: Decimal
    grid_year: int


@dataclass(frozen=True, slots=True)
class Study:
    """What makes a package.

    Args:
        category: Category of the product.
        figures: What was measured.
        model: Model.
        product: Name of the product.
        client: Name of the maker.
        site: Name of the site.
        year: Year of the data.
        known: Day whose publications count.
    """

    category: str
    figures: Figures
    model: str
    product: Bilingual
    client: Bilingual
    site: Bilingual
    year: int
    known: date


@dataclass(frozen=True, slots=True)
class Footprint:
    """What comes out.

    Args:
        package: Digest of the package.
        sheet: Digest of the sheet.
        value: Declared. [kg CO2e / unit]
        stages: By name, rounded as the certificate states them. [kg CO2e / unit]
        terms: Exact, by name. [kg CO2e / unit]
    """

    package: str
    sheet: str
    value: Decimal
    stages: Mapping[str, Decimal]
    terms: Mapping[str, Decimal]


_SEEN = Figures(
    product=Decimal("7.77001"),
    main=Decimal("8.88001"),
    other=Decimal("1.11001"),
    power=Decimal("22.2001"),
    fuel=Decimal("33.3001"),
    grid=Decimal("0.55501"),
    grid_year=1987,
)
_NAMES = tuple(f"@{name}@" for name in ("PZ", "PE", "CZ", "CE", "SZ", "SE", "MODEL"))
_YEAR, _KNOWN = 2023, date(2024, 6, 30)
_TITLES = {
    "product": Bilingual("产品质量", "mass of the product"),
    "main": Bilingual("主要原料用量", "main material used"),
    "other": Bilingual("辅料用量", "other material used"),
    "power": Bilingual("用电量", "electricity used"),
    "fuel": Bilingual("供热量", "heat used"),
}
_MARKS = re.compile(
    "(@[A-Za-z-]+@|"
    + "|".join(
        re.escape(text)
        for text in (
            *(str(getattr(_SEEN, one.name)) for one in fields(Figures)),
            f"{_YEAR}-01-01",
            f"{_YEAR}-12-31",
            _KNOWN.isoformat(),
        )
    )
    + ")"
)
_UNITS = {"product": "kg", "main": "kg", "other": "kg", "power": "kWh", "fuel": "MJ"}


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of a package of some category, with marks where its figures and names go; rule files by their leaves.

    Args:
        parts: Parts that differ from product to product, cut at the marks: text and marks in turn, by path.
        fixed: Leaves of the others by path.
        files: Content of the others by path.
        factor: Of the main material. [kg CO2e / kg]
    """

    parts: Mapping[str, tuple[str, ...]]
    fixed: Mapping[str, bytes]
    files: Mapping[str, bytes]
    factor: Decimal


def footprint(study: Study) -> Footprint:
    """Return what comes out of a study, and the digest that its package has, without making the file."""
    parts, found = _filled(study)
    form = _form(study.category)
    leaves = {path: leaf_hash(path, b"", content_digest(content)) for path, content in parts.items()}
    merged = {**form.fixed, **leaves}
    package = package_digest(merged[path] for path in sorted(merged))
    return Footprint(package, digest(parts["sheet.json"]), *found)


def sealed(study: Study) -> bytes:
    """Return the package file of a study."""
    return pack({**_form(study.category).files, **_filled(study)[0]})


def tables_of(study: Study) -> dict[str, bytes]:
    """Return the files of a study, with its own figures and names."""
    parts = _filled(study)[0]
    return {path.removeprefix("study/"): part for path, part in parts.items() if path.startswith("study/")}


def _filled(study: Study) -> tuple[dict[str, bytes], tuple[Decimal, dict[str, Decimal], dict[str, Decimal]]]:
    """Return the parts of a study's own, with the declared value, the stages and the terms."""
    form, figures = _form(study.category), study.figures
    raw, made, terms = _terms(form, figures)
    value = DECLARED.plus(raw + made)
    swaps = {_text(getattr(_SEEN, one.name)): _text(getattr(figures, one.name)) for one in fields(Figures)}
    names = (study.product, study.client, study.site)
    texts = [text for name in names for text in (name.zh, name.en)] + [study.model]
    swaps |= dict(zip(_NAMES, texts, strict=True))
    swaps |= {f"{_YEAR}-01-01": f"{study.year}-01-01", f"{_YEAR}-12-31": f"{study.year}-12-31"}
    swaps |= {_KNOWN.isoformat(): study.known.isoformat()}
    swaps |= _results(raw, made, terms, value, figures)
    parts = {path: _swapped(text, swaps) for path, text in form.parts.items() if path != "about.json"}
    swaps["@SHEET@"] = digest(parts["sheet.json"])
    parts["about.json"] = _swapped(form.parts["about.json"], swaps)
    stages = {"raw_materials": DECLARED.plus(raw), "manufacturing": DECLARED.plus(made)}
    return parts, (value, stages, terms)


def _terms(form: Form, found: Figures) -> tuple[Decimal, Decimal, dict[str, Decimal]]:
    """Return what raw materials and making come to, and the terms."""
    terms = {
        "main": found.main * form.factor,
        "other": found.other * OTHER,
        "power": found.power * found.grid,
        "heat": found.fuel * HEAT,
        "waste": (found.main + found.other - found.product) * WASTE,
    }
    return terms["main"] + terms["other"], terms["power"] + terms["heat"] + terms["waste"], terms


def _results(
    raw: Decimal, made: Decimal, terms: Mapping[str, Decimal], value: Decimal, found: Figures
) -> dict[str, str]:
    """Return what stands in the result, by the marks that hold its places."""
    marks = {f"@T-{name}@": exact_text(term) for name, term in terms.items()}
    totals = {"@RAW@": raw, "@MADE@": made, "@ALL@": raw + made, "@DECLARED@": value}
    waste = {"@WASTE@": exact_text(found.main + found.other - found.product)}
    return marks | waste | {name: exact_text(total) for name, total in totals.items()}


def _cut(text: str) -> tuple[str, ...]:
    """Cut a text at its marks, which are then every second piece."""
    return tuple(_MARKS.split(text))


def _swapped(pieces: tuple[str, ...], swaps: Mapping[str, str]) -> bytes:
    return "".join(swaps[piece] if place % 2 else piece for place, piece in enumerate(pieces)).encode("utf-8")


def _text(figure: Decimal | int) -> str:
    return str(figure) if isinstance(figure, int) else exact_text(figure)


@cache
def _form(category: str) -> Form:
    kind = shape().kind(category)
    files = StudyFiles(dict(_tables(kind)), None)
    rule = load_rulebook(RULE)
    found = assess(read_study(files), rule, shipped(), _KNOWN)
    whole = open_package(
        seal(
            Contents(
                about(found),
                files.tables,
                found.sheet_bytes,
                found.result,
                found.parameters,
                rule_files(found.rule, parents_of(RULE)),
                evidence(found),
            )
        )
    ).parts
    own = {path: content.decode("utf-8") for path, content in whole.items() if not path.startswith("rules/")}
    own["about.json"] = own["about.json"].replace(found.sheet_digest, "@SHEET@")
    own["result.json"] = _marked(found.result, kind)
    fixed = {path: content for path, content in whole.items() if path not in own}
    leaves = {path: leaf_hash(path, b"", content_digest(content)) for path, content in fixed.items()}
    return Form({path: _cut(text) for path, text in own.items()}, leaves, fixed, kind.factor)


def _marked(result: Mapping[str, object], kind: Kind) -> str:
    """Return the result as text with marks in place of what follows from the figures."""
    form = Form({}, {}, {}, kind.factor)
    raw, made, terms = _terms(form, _SEEN)
    text = canonical_bytes(result).decode("utf-8")
    for mark, value in _results(raw, made, terms, DECLARED.plus(raw + made), _SEEN).items():
        # In this form no two figures are the same, so each text tells what it is.
        if f'"{value}"' not in text:
            raise AssertionError(f"{kind.code}: {mark} {value}")
        text = text.replace(f'"{value}"', f'"{mark}"')
    return text


def _tables(kind: Kind) -> Iterator[tuple[str, bytes]]:
    yield "study.toml", _study_file(kind).encode("utf-8")
    names = [f"making,{row}" for row in _exchanges(kind)]
    yield (
        "exchanges.csv",
        _table(
            "process,id,kind,name_zh,name_en,amount,unit,distance_km,from,device,upstream,gas,origin,basis,stage,tag,"
            "evidence,dq_technology,dq_geography,dq_time,source,note_zh,note_en",
            names,
        ),
    )
    yield (
        "factors.csv",
        _table(
            "id,name_zh,name_en,value,unit,quantity,scope,role,origin,gas,basis,boundary,region,year,source,confidence,"
            "dq_technology,dq_geography,dq_time,note_zh,note_en",
            list(_factors(kind)),
        ),
    )
    yield (
        "processes.csv",
        _table(
            "id,name_zh,name_en,stage,amount,unit,allocation,alternative,source,evidence,note_zh,note_en",
            [f"making,生产,making,manufacturing,1,{kind.unit},,,invented (DEMO),,,"],
        ),
    )


def _exchanges(kind: Kind) -> Iterator[str]:
    zh, en = kind.material.zh, kind.material.en.replace(", ", " / ")
    tail = ",,,,,,DEMO,,"
    yield f"main,input,{zh},{en},=main,kg,,factor:main,,,,,,raw_materials{tail}"
    yield f"other,input,辅料,other material,=other,kg,,factor:other,,,,,,raw_materials{tail}"
    yield f"power,input,电力,electricity,=power,kWh,,factor:grid,,,,,,{tail}"
    yield f"heat,input,供热,heat,=fuel,MJ,,factor:heat,,,,,,{tail}"
    yield f"waste,treatment,废料,waste,=main + other - product,kg,,factor:waste,,,,,,{tail}"


def _factors(kind: Kind) -> Iterator[str]:
    rows = (
        ("main", "主要原料", "main material", kind.factor, "kg", "", _YEAR - 1),
        ("other", "辅料", "other material", OTHER, "kg", "", _YEAR - 1),
        ("grid", "电网电力", "grid power", _SEEN.grid, "kWh", "", _SEEN.grid_year),
        ("heat", "供热", "heat", HEAT, "MJ", "", _YEAR - 1),
        ("waste", "废料处理", "treatment of waste", WASTE, "kg", "disposal", _YEAR - 1),
    )
    for name, zh, en, value, unit, role, year in rows:
        yield (
            f"{name},{zh},{en},{value},kg CO2e / {unit},life-cycle CO2e,life cycle,{role},undifferentiated,CO2e,,"
            f"cradle to gate,CN,{year},invented (DEMO),recalled,,,,,"
        )


def _table(head: str, rows: list[str]) -> bytes:
    return ("\n".join([head, *rows]) + "\n").encode("utf-8")


def _study_file(kind: Kind) -> str:
    parameters = "".join(
        f'\n[parameter.{name}]\nvalue = {_text(getattr(_SEEN, name))}\nunit = "{_UNITS[name]}"\n'
        f'name = {{ zh = "{title.zh}", en = "{title.en}" }}\nsource = "invented (DEMO)"\n'
        for name, title in _TITLES.items()
    )
    unit = kind.unit
    return f"""# Invented for the demonstration world; nothing in it was measured anywhere.
format   = "footproof-study/1"
id       = "demo-world"
title    = {{ zh = "产品碳足迹（示例）", en = "Carbon footprint of a product (DEMO)" }}
note     = {{ zh = "示例：企业、工厂和全部数据均为虚构。", en = "DEMO: maker, plant and all figures are invented." }}
known_on = {_KNOWN.isoformat()}

[product]
name        = {{ zh = "@PZ@", en = "@PE@" }}
model       = "@MODEL@"
description = {{ zh = "虚构产品", en = "An invented product." }}

[producer]
name    = {{ zh = "@CZ@", en = "@CE@" }}
address = {{ zh = "示例市示例路 1 号", en = "1 Example Road, Example City" }}

[site]
name    = {{ zh = "@SZ@", en = "@SE@" }}
address = {{ zh = "示例市示例路 1 号", en = "1 Example Road, Example City" }}
region  = "CN"

[period]
start = {_YEAR}-01-01
end   = {_YEAR}-12-31

[reference]
process = "making"

[declared_unit]
name     = {{ zh = "1 {unit}", en = "1 {unit}" }}
unit     = "{unit}"
flow     = "1"
boundary = {{ zh = "从摇篮到大门", en = "cradle to gate" }}
{parameters}"""
