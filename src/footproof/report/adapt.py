"""Bring what was computed elsewhere (comparison, sensitivity, Monte Carlo) into the form a report shows.

Samples come as floats; they are shown, so they become decimals of six significant digits here, the same on any machine.
"""

from collections.abc import Sequence
from fractions import Fraction

from footproof.interpret import lens
from footproof.interpret.joint import UNSAID
from footproof.interpret.limits import Judgement
from footproof.interpret.uncertainty import MOST_UNVARIED, Bar, Sampled
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Rulebook
from footproof.report.extras import Cause, Comparison, Left, LimitDecision, Range, Uncertainty
from footproof.texts import say

MOST_BARS = 12


def ranges_of(bars: Sequence[Bar]) -> tuple[Range, ...]:
    """Return the widest bars of a tornado. [unit of the result]"""
    widest = sorted(bars, key=lambda bar: (-bar.reach, bar.input.key))[:MOST_BARS]
    return tuple(Range(_named(bar), _six(bar.low), _six(bar.high), _span(bar)) for bar in widest if bar.reach)


def uncertainty_of(found: Sampled) -> Uncertainty:
    """Return the samples of a Monte Carlo run, with how they were drawn and what was not varied."""
    shares = {"share": found.unvaried, "amounts": found.amounts_varied, "factors": found.factors_varied}
    shown = {name: f"{100 * share:.1f} %" for name, share in shares.items()}
    parts = [_both("uncertainty.method", count=len(found.kept), seed=found.seed, **shown)]
    if found.left_out:
        parts.append(_both("uncertainty.left_out", found=found.left_out, checks=", ".join(found.refused)))
    method = Bilingual("".join(part.zh for part in parts), " ".join(part.en for part in parts))
    samples = tuple(_six(float(sample)) for sample in found.samples)
    return Uncertainty(method, samples, covered=found.unvaried <= MOST_UNVARIED)


def comparison_of(found: lens.Comparison) -> Comparison:
    """Return the difference of two results, one cause per axis that can move them, if only under an open option."""
    start, end = (
        Cause(_rule_name(side.rule), value, f"{side.study.id}, {side.known_on.isoformat()}")
        for side, value in zip(found.sides, (found.a, found.b), strict=True)
    )
    first, second = found.sides
    return Comparison(
        start,
        tuple(_cause(share) for share in found.shares if share.moves),
        end,
        found.unit,
        _both("comparison.method"),
        interval=(found.low, found.high) if found.low != found.high else None,
        left=tuple(Left(item.text, item.share, item.terms) for item in found.unreached),
        notes=found.notes,
        agreed=tuple(share.axis.name for share in found.shares if not share.moves),
        tracking=first.rule.digest == second.rule.digest,
    )


def _rule_name(rule: Rulebook) -> Bilingual:
    name = rule.name
    if not rule.shipped_digest:
        return Bilingual(name, name)
    mark = _both("local_copy")
    return Bilingual(f"{name}（{mark.zh}）", f"{name} ({mark.en})")


def _cause(share: lens.Share) -> Cause:
    axis = share.axis
    note = " / ".join("—" if clause == UNSAID else clause.rpartition(":")[2] for clause in axis.clauses)
    low, high = (share.low, share.high) if share.low != share.high else (None, None)
    return Cause(axis.name, share.value, note, low, high, share.step, axis.options)


def limit_of(found: Judgement) -> LimitDecision | None:
    """Return what a report says of a limit that is known by name; None of a bare number, which has no day either."""
    if found.limit is None or found.day is None:
        return None
    said = found.decision
    figures = (_six(said.below), _six(said.guard), _six(said.risk), _six(said.unvaried))
    covered = said.unvaried <= MOST_UNVARIED
    return LimitDecision(found.limit, found.day, found.declared, said.verdict, *figures, covered, said.draws)


def _named(bar: Bar) -> Bilingual:
    """Return the name of an input with its kind: the amount and the factor of one material are two inputs."""
    key, name = f"sensitivity.kind.{bar.input.kind}", bar.input.name
    return Bilingual(say("cli", key, "zh", name=name.zh), say("cli", key, "en", name=name.en))


def _span(bar: Bar) -> str:
    return f"× {bar.input.spread.low:.3g} … {bar.input.spread.high:.3g}"


def _six(value: float) -> Fraction:
    return Fraction(f"{value:.6g}")


def _both(key: str, **values: object) -> Bilingual:
    return Bilingual(say("report", key, "zh", **values), say("report", key, "en", **values))
