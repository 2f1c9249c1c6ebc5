"""Bring what was computed elsewhere (comparison, sensitivity, Monte Carlo) into the form a report shows.

Samples come as floats; they are shown, so they become decimals of six significant digits here, the same on any machine.
"""

from collections.abc import Sequence
from fractions import Fraction

from footproof.interpret import lens
from footproof.interpret.uncertainty import Bar, Sampled
from footproof.model.bilingual import Bilingual
from footproof.report.extras import Cause, Comparison, Range, Uncertainty
from footproof.texts import say

MOST_BARS = 12


def ranges_of(bars: Sequence[Bar]) -> tuple[Range, ...]:
    """Return the widest bars of a tornado. [unit of the result]"""
    widest = sorted(bars, key=lambda bar: (-bar.reach, bar.input.key))[:MOST_BARS]
    return tuple(Range(bar.input.name, _six(bar.low), _six(bar.high), _span(bar)) for bar in widest if bar.reach)


def uncertainty_of(found: Sampled) -> Uncertainty:
    """Return the samples of a Monte Carlo run, with how they were drawn and what was not varied."""
    values = {"count": len(found.samples), "seed": found.seed, "share": f"{100 * found.unvaried:.1f} %"}
    method = _both("uncertainty.method", **values)
    return Uncertainty(method, tuple(_six(float(sample)) for sample in found.samples))


def comparison_of(found: lens.Comparison) -> Comparison:
    """Return the difference of two results, one cause per axis on which they differ."""
    first, second = found.sides
    causes = [
        Cause(share.axis.name, share.value, " / ".join(clause or "—" for clause in share.axis.clauses))
        for share in found.shares
        if share.value
    ]
    start, end = (
        Cause(Bilingual(side.rule.name, side.rule.name), value, f"{side.study.id}, {side.known_on.isoformat()}")
        for side, value in ((first, found.a), (second, found.b))
    )
    return Comparison(start, tuple(causes), end, found.unit, _both("comparison.method"))


def _span(bar: Bar) -> str:
    return f"× {bar.input.spread.low:.3g} … {bar.input.spread.high:.3g}"


def _six(value: float) -> Fraction:
    return Fraction(f"{value:.6g}")


def _both(key: str, **values: object) -> Bilingual:
    return Bilingual(say("report", key, "zh", **values), say("report", key, "en", **values))
