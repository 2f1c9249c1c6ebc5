"""Two small invented editions, 示例 / DEMO, a frame and a rule that inherits it: `lint` finds nothing in them."""

from collections.abc import Mapping

from footproof.model.rulebook import Rulebook
from footproof.rules.lint import Finding, lint
from footproof.rules.rulebook import load_rulebook, read_rulebook

FRAME_RULE = """\
id      = "demo.frame"
edition = "1"
status  = "provisional"
title   = { zh = "示例框架规则", en = "Demonstration frame" }
gwp      = "gwp100.ar6"
biogenic = "iso"
methane  = "split"
digits   = 6
given    = ["worked_share"]

[status_note]
zh = "示例。"
en = "DEMO."

[stage.raw_materials]
name = { zh = "原材料", en = "Materials" }
[stage.manufacturing]
name = { zh = "生产", en = "Production" }
[stage.end_of_life]
name = { zh = "生命末期", en = "End of life" }

[electricity]
clause   = "F-1"
average  = "cn.electricity.average"
delivery = "cn.electricity.transmission_with_losses"
admitted = 'if(electricity = "contracts", 1, 0)'
criteria = ["unique", "retired"]
[electricity.technology]
wind = "cn.electricity.wind"

[axis.electricity]
name      = { zh = "电力", en = "Electricity" }
clause    = "F-1"
default   = "contracts"
open      = false
companion = "average"
[axis.electricity.option.contracts]
name = { zh = "合同电力", en = "contracts" }
[axis.electricity.option.average]
name = { zh = "平均电网", en = "average grid" }

[axis.end_of_life]
name       = { zh = "报废", en = "End of life" }
clause     = "F-2"
default    = "cut_off"
open       = false
extensible = true
[axis.end_of_life.option.cut_off]
name = { zh = "截断", en = "cut-off" }
[axis.end_of_life.option.credit]
name = { zh = "抵扣", en = "credit" }

[data.energy]
name    = { zh = "能源消耗", en = "energy used" }
clause  = "F-3"
source  = "primary"
quality = 3
stages  = ["manufacturing"]

[formula.credit_share]
clause = "F-2"
axis   = "end_of_life"
name   = { zh = "抵扣份额", en = "share that is credited" }
unit   = "1"
expr   = 'if(end_of_life = "credit", 1, 0)'

[formula.worked]
clause = "F-2"
name   = { zh = "算例", en = "worked" }
unit   = "1"
expr   = "worked_share * 2"

[[recycling]]
id     = "avoided"
stage  = "end_of_life"
clause = "F-2"
factor = "virgin"
amount = "0 - amount * r2 * credit_share"
"""

FRAME_CLAUSES = """\
[[clause]]
id         = "F-1"
refers_to  = "invented"
kind       = "compute"
confidence = "derived"
text       = { zh = "合同电力须满足两项条件。", en = "Contracts count where they meet two conditions." }

[[clause]]
id         = "F-2"
refers_to  = "invented"
kind       = "compute"
confidence = "derived"
text       = { zh = "报废按所选方法计。", en = "End of life as chosen." }

[[clause]]
id         = "F-3"
refers_to  = "invented"
kind       = "evidence"
confidence = "derived"
text       = { zh = "能源为实测。", en = "Energy is measured." }
needs      = ["energy_measured"]

[[clause]]
id         = "F-4"
refers_to  = "invented"
kind       = "check"
severity   = "should"
confidence = "derived"
text       = { zh = "舍去不超过 5 %。", en = "No more than 5 % is left out." }
check      = "left_out <= 0.05"
where      = "cut_offs.csv"
finding    = { zh = "舍去 {left_out:%}，限值 5 %。", en = "{left_out:%} is left out; the limit is 5 %." }
"""

RULE = """\
id      = "demo.kettle"
edition = "1"
status  = "provisional"
parent  = "demo.frame@1"
title   = { zh = "示例水壶规则", en = "Demonstration rule for kettles" }

[status_note]
zh = "示例。"
en = "DEMO."

[functional_unit]
clause   = "K-1"
name     = { zh = "烧开 1 m3 水", en = "1 m3 of water boiled" }
unit     = "m3"
flow     = "1 / (water_a_year * years_of_use)"
boundary = { zh = "从摇篮到坟墓", en = "cradle to grave" }

[require.water_a_year]
unit = "m3 / a"
name = { zh = "每年烧水量", en = "water boiled a year" }
[require.kind]
options = ["plain", "insulated", "travel"]
name    = { zh = "类型", en = "kind" }
[require.power]
unit = "kWh"
name = { zh = "单次耗能", en = "energy of one boil" }

[axis.life]
name    = { zh = "寿命", en = "Life" }
clause  = "K-2"
default = "table"
open    = true
[axis.life.option.table]
name = { zh = "按表", en = "by the table" }
[axis.life.option.fixed]
name = { zh = "固定年限", en = "fixed years" }

[axis.electricity]
choose = "average"

[table.years]
unit       = "a"
source     = "invented"
confidence = "derived"
clause     = "K-2"
[table.years.rows]
plain     = 5
insulated = 8
fixed     = 4

[formula.years_of_use]
axis   = "life"
clause = "K-2"
name   = { zh = "使用年限", en = "years of use" }
unit   = "a"
expr   = '''
if(life = "fixed", lookup(years, "fixed"),
   if(kind = "travel", 0.5 * lookup(years, "plain"), lookup(years, kind))) * wear
'''

[decision.wear]
clause = "K-3"
name   = { zh = "磨损系数", en = "allowance for wear" }
unit   = "1"
hit    = "unique"
inputs = ["kind", "power"]
[[decision.wear.row]]
kind  = ["plain", "travel"]
power = "<= 2"
then  = "1"
[[decision.wear.row]]
kind  = ["plain", "travel"]
power = "> 2"
then  = "0.9"
[[decision.wear.row]]
kind  = "insulated"
power = "*"
then  = "1"

[report.values.V1]
clause = "K-1"
name   = { zh = "总量", en = "total" }
"""

CLAUSES = """\
[[clause]]
id         = "K-1"
refers_to  = "invented"
kind       = "compute"
confidence = "derived"
text       = { zh = "以烧水量表示。", en = "Stated per water boiled." }

[[clause]]
id         = "K-2"
refers_to  = "invented"
kind       = "compute"
confidence = "derived"
text       = { zh = "寿命取表中年限。", en = "Life is taken from the table." }

[[clause]]
id         = "K-3"
refers_to  = "invented"
kind       = "compute"
confidence = "derived"
text       = { zh = "功耗高于 2 kWh 者折减。", en = "Above 2 kWh there is an allowance." }

[[clause]]
id         = "K-4"
refers_to  = "invented"
kind       = "check"
confidence = "derived"
text       = { zh = "实测份额不低于 80 %。", en = "At least 80 % is measured." }
check      = "measured_share >= 0.8"
where      = "exchanges.csv"
finding    = { zh = "实测 {measured_share:%}，应不低于 80 %。", en = "{measured_share:%} is measured; 80 % is needed." }

[[clause]]
id         = "K-5"
refers_to  = "invented"
kind       = "judgement"
confidence = "derived"
text       = { zh = "由评审人员判断。", en = "A reviewer decides." }
"""

CASES = """\
formula = "years_of_use"
source  = "worked by hand"

[[case]]
name   = "a plain kettle lasts five years"
expect = 5
given  = { life = "table", kind = "plain", power = 1 }

[[case]]
name   = "a thirsty travel kettle lasts 2.25 years"
expect = 2.25
given  = { life = "table", kind = "travel", power = 2.5 }
"""

CHECK_CASES = """\
clause = "K-4"

[[case]]
name  = "eighty per cent is enough"
facts = { measured_share = 0.8 }
met   = true

[[case]]
name  = "a little less is not"
facts = { measured_share = 0.799 }
met   = false
"""

FRAME_CASES = """\
formula = "worked"
source  = "worked by hand"

[[case]]
name   = "twice a share"
expect = 0.6
given  = { worked_share = 0.3 }
"""

FRAME_CHECK = """\
clause = "F-4"

[[case]]
name  = "five percent is still within the limit"
facts = { left_out = 0.05 }
met   = true
"""

FRAME = {
    "rule.toml": FRAME_RULE,
    "clauses.toml": FRAME_CLAUSES,
    "cases/worked.toml": FRAME_CASES,
    "cases/F-4.toml": FRAME_CHECK,
}
KETTLE = {
    "rule.toml": RULE,
    "clauses.toml": CLAUSES,
    "cases/years.toml": CASES,
    "cases/K-4.toml": CHECK_CASES,
}
FACTS = {"measured_share": "1", "left_out": "1", "energy_measured": "truth"}


def encoded(files: Mapping[str, str]) -> dict[str, bytes]:
    """Return files as bytes."""
    return {name: text.encode() for name, text in files.items()}


def parents(name: str) -> Rulebook:
    """Return an edition by name: the frame, or one that ships."""
    return frame() if name == "demo.frame@1" else load_rulebook(name)


def frame(**edits: tuple[str, str]) -> Rulebook:
    """Return the frame."""
    return read_rulebook(encoded(edited(FRAME, **edits)), parents)


def kettle() -> Rulebook:
    """Return the sector rule."""
    return read_rulebook(encoded(KETTLE), parents)


def edited(files: Mapping[str, str], **edits: tuple[str, str]) -> dict[str, str]:
    """Return files in which a text is replaced, once: `rule=(before, after)`, `clauses=(…)`, `years=(…)`."""
    found = dict(files)
    for key, (before, after) in edits.items():
        name = next(file for file in files if file.removeprefix("cases/").removesuffix(".toml").replace("-", "") == key)
        assert found[name].count(before) == 1, (name, before, found[name].count(before))
        found[name] = found[name].replace(before, after)
    return found


def linted(files: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return what lint finds."""
    return lint(encoded(files), parents, FACTS)


def line_of(text: str, part: str) -> int:
    """Return the line on which a part of a text stands, once."""
    assert text.count(part) == 1, part
    return text[: text.index(part)].count("\n") + 1
