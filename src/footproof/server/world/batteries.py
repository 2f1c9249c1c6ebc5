"""Packages of battery packs: the small study of the world, assessed by the rulebook that the declaration names.

Figures are per pack; the rulebook divides by the energy that the pack delivers over its life. They are a few hundred,
so each is assessed by the real machinery.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from footproof.assess import assess
from footproof.assess.contents import about, evidence, rule_files
from footproof.certify.declaration import Pack
from footproof.certify.record import Recomputed
from footproof.expressions.exact import normalise
from footproof.formats.study import StudyFiles, read_study
from footproof.model.bilingual import Bilingual
from footproof.package import Contents, open_package, seal
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook, parents_of
from footproof.server.stated import both
from footproof.server.world.engaged import TERMS
from footproof.server.world.packages import Study, tables_of
from footproof.verify.packaged import gross_stated

RULE = "cn.pcf.traction-battery"
BOUNDARY = Bilingual("从摇篮到坟墓，不含使用阶段", "cradle to grave, without the use stage")
_FLOW = (b'flow     = "1"\n', b'flow     = "1 / capacity"\n')
_REFERENCE = (b",manufacturing,1,kWh,", b",manufacturing,1,piece,")
"""The study of the world is per kWh; that of a pack is per pack."""
_PARAMETERS = (
    ("full_cycles_per_year", "60", "1/a", "每年等效全循环次数", "full equivalent cycles per year"),
    ("warranty_years", "8", "a", "质保年限", "years of warranty"),
    ("cycle_life", "1200", "1", "循环寿命", "cycle life"),
    ("average_retention", "0.9", "1", "寿命期平均容量保持率", "mean retention of capacity over life"),
)


@dataclass(frozen=True, slots=True)
class Calculated:
    """The package of a pack, and what comes out of it.

    Args:
        file: The package.
        sheet: Digest of its sheet.
        product: Name of the product.
        came: What recomputing it gives.
        terms: By name. [kg CO2e / kWh]
        stated: What its study states of the pack, by name of the parameter.
    """

    file: bytes
    sheet: str
    product: Bilingual
    came: Recomputed
    terms: Mapping[str, Fraction]
    stated: Mapping[str, str]


def calculated(study: Study, pack: Pack) -> Calculated:
    """Return the package of a pack.

    Args:
        study: Its measurements, per pack.
        pack: As the study states it.
    """
    tables, rule = _tables(study, pack), load_rulebook(RULE)
    found = assess(read_study(StudyFiles(tables, None)), rule, shipped(), study.known)
    parts = (found.sheet_bytes, found.result, found.parameters, rule_files(found.rule, parents_of(RULE)))
    said, sheet = about(found), json.loads(found.sheet_bytes)
    file = seal(Contents(said, tables, *parts, evidence(found)))
    came = Recomputed(
        package=open_package(file).digest,
        ok=True,
        value=Decimal(found.result["declared"]),
        unit=found.result["unit"],
        rule=rule.name,
        edition=rule.digest,
        status=rule.status.value,
        model=study.model,
        first=date(study.year, 1, 1),
        last=date(study.year, 12, 31),
        producer=study.client,
        site=study.site,
        gross=gross_stated(sheet, found.result),
        unit_name=both(said["declared_unit"]),
        boundary=BOUNDARY,
        stages=tuple(sheet["stages"]),
    )
    terms = {name: Fraction(found.result["terms"][name]) for name in TERMS}
    stated = {"capacity": f"{normalise(pack.energy)} kWh", "chemistry": pack.chemistry}
    return Calculated(file, found.sheet_digest, study.product, came, terms, stated)


def _tables(study: Study, pack: Pack) -> dict[str, bytes]:
    tables = tables_of(study)
    for name, (old, new) in (("study.toml", _FLOW), ("processes.csv", _REFERENCE)):
        if tables[name].count(old) != 1:
            raise AssertionError(name)
        tables[name] = tables[name].replace(old, new)
    more = [
        ("capacity", normalise(pack.energy), "kWh", "可用容量", "usable energy"),
        *_PARAMETERS,
        ("chemistry", pack.chemistry, "", "化学体系", "chemistry"),
    ]
    tables["study.toml"] += "".join(_parameter(*one) for one in more).encode("utf-8")
    return tables


def _parameter(name: str, value: str, unit: str, zh: str, en: str) -> str:
    said = f'value = {value}\nunit = "{unit}"' if unit else f'text = "{value}"'
    return f'\n[parameter.{name}]\n{said}\nname = {{ zh = "{zh}", en = "{en}" }}\nsource = "invented (DEMO)"\n'
