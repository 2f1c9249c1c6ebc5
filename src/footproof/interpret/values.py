"""The greenhouse gas values that ISO 14067:2018 7.2 wants documented separately, V1 to V10, as separate results.

What is not known is said so and is never zero: a factor that was published as one number does not say how much of it is
fossil, biogenic, from land-use change or from aircraft. While such factors count, the values by origin are the part
that is known, or nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from footproof.assess import Assessment
from footproof.interpret.boundary import ends_at_the_gate
from footproof.interpret.clause_view import View
from footproof.interpret.components import undifferentiated
from footproof.interpret.terms import figure
from footproof.units import conversion, same_dimension

ELECTRICITY = "electricity"
ON_THE_MIX = "average_only"


class Standing(StrEnum):
    """How far a value is given."""

    STATED = "stated"
    PARTLY = "partly"
    NOT_STATED = "not-stated"
    NOT_CALCULATED = "not-calculated"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class IsoValue:
    """One of the values, with what it consists of.

    Args:
        id: "V1" to "V10".
        standing: How far it is given.
        figures: By name; a net value is called "net". Empty where nothing is known. [unit]
        unit: Of the figures.
        shares: Part of the whole, by name, for stages. [1]
        reason: Key of the text that says why it is not given in full, or empty (`interpret_values.toml`).
    """

    id: str
    standing: Standing
    figures: Mapping[str, Fraction] = field(default_factory=dict)
    unit: str = ""
    shares: Mapping[str, Fraction] = field(default_factory=dict)
    reason: str = ""


def iso_values(assessment: Assessment) -> Mapping[str, IsoValue]:
    """Return V1 to V10 of an assessment, all ten, in order.

    Args:
        assessment: Footprint with its sheet.
    """
    makers: tuple[Callable[[Assessment], IsoValue], ...] = (
        _stages,
        _fossil,
        _biogenic,
        _land_use_change,
        _aircraft,
        lambda _: IsoValue("V6", Standing.NOT_CALCULATED, reason="not-offered"),
        _land_use,
        _on_the_mix,
        lambda _: IsoValue("V9", Standing.NOT_CALCULATED, reason="not-offered"),
        _carbon_content,
    )
    return {value.id: value for value in (make(assessment) for make in makers)}


def _stages(assessment: Assessment) -> IsoValue:
    total = figure(assessment.result["value"])
    figures = {name: figure(stage["total"]) for name, stage in assessment.result["stages"].items()}
    shares = {name: value / total for name, value in figures.items()} if total else {}
    return IsoValue("V1", Standing.STATED, figures, assessment.result["unit"], shares)


def _fossil(assessment: Assessment) -> IsoValue:
    return _by_origin(assessment, "V2", ("fossil",))


def _biogenic(assessment: Assessment) -> IsoValue:
    value = _by_origin(assessment, "V3", ("biogenic_emission", "biogenic_removal"))
    if value.standing is Standing.STATED and assessment.rule.biogenic == "ef":
        return IsoValue("V3", Standing.PARTLY, value.figures, value.unit, reason="biogenic-counts-zero")
    return value


def _land_use_change(assessment: Assessment) -> IsoValue:
    return _by_origin(assessment, "V4", ("dluc",))


def _by_origin(assessment: Assessment, name: str, origins: tuple[str, ...]) -> IsoValue:
    """Return the net value of some origins: zero only where every factor says what it is made of."""
    figures = {origin: figure(assessment.result["origins"][origin]) for origin in origins}
    figures["net"] = sum(figures.values(), Fraction(0))
    unit = assessment.result["unit"]
    if not undifferentiated(assessment):
        return IsoValue(name, Standing.STATED, figures, unit)
    if not _occurs(assessment, origins):
        return IsoValue(name, Standing.NOT_STATED, reason="undivided-factors")
    return IsoValue(name, Standing.PARTLY, figures, unit, reason="undivided-factors")


def _occurs(assessment: Assessment, origins: tuple[str, ...]) -> bool:
    return any(entry.origin in origins for term in assessment.sheet.terms for entry in term.factor)


def _aircraft(assessment: Assessment) -> IsoValue:
    tagged = any(entry.aircraft for term in assessment.sheet.terms for entry in term.factor)
    lost = any(finding["code"] == "aircraft-undifferentiated" for finding in assessment.findings)
    figures = {"net": figure(assessment.result["aircraft"])}
    if lost or undifferentiated(assessment):
        if not tagged:
            return IsoValue("V5", Standing.NOT_STATED, reason="undivided-factors")
        return IsoValue("V5", Standing.PARTLY, figures, assessment.result["unit"], reason="undivided-factors")
    return IsoValue("V5", Standing.STATED, figures, assessment.result["unit"])


def _land_use(assessment: Assessment) -> IsoValue:
    if not _occurs(assessment, ("land_use",)):
        return IsoValue("V7", Standing.NOT_CALCULATED, reason="no-land-use")
    return _by_origin(assessment, "V7", ("land_use",))


def _on_the_mix(assessment: Assessment) -> IsoValue:
    """Return the result on the consumption mix, where contractual instruments could move it."""
    nodes, result = assessment.result["nodes"], assessment.result
    if "electricity.admitted" not in nodes:
        return IsoValue("V8", Standing.NOT_APPLICABLE, reason="no-contract-counts")
    axis = assessment.rule.axes.get(ELECTRICITY)
    option = (axis.companion or ON_THE_MIX) if axis else ON_THE_MIX
    found = result["alternatives"].get(f"{ELECTRICITY}:{option}")
    if nodes["electricity.admitted"] == "0":
        found = result["value"]
    if found is None:
        return IsoValue("V8", Standing.NOT_STATED, reason="no-companion")
    return IsoValue("V8", Standing.STATED, {"net": figure(found)}, result["unit"])


def _carbon_content(assessment: Assessment) -> IsoValue:
    content = assessment.study.carbon_content
    if content is None:
        if ends_at_the_gate(View(assessment)):
            return IsoValue("V10", Standing.NOT_STATED, reason="no-carbon-content")
        return IsoValue("V10", Standing.NOT_APPLICABLE, reason="not-to-the-gate")
    mass = "kg C" if same_dimension(content.unit, "kg C") else "kg"
    flow = figure(assessment.result["nodes"]["flow.reference"])
    per_product = Fraction(content.biogenic) * conversion(content.unit, mass)
    declared = assessment.rule.functional_unit or assessment.study.declared_unit
    return IsoValue("V10", Standing.STATED, {"net": per_product * flow}, f"kg C / {declared.unit}")
