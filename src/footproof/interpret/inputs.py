"""What of a study is uncertain, and how far: stated ranges first, data-quality scores where nothing is stated.

An input without either is not varied and is listed as such: plus or minus ten per cent by habit would be an invention.
Quality scores become lognormal spreads by the pedigree of ecoinvent 3 (`quantify.distributions`).
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from footproof.assess import Assessment
from footproof.assess.foreground import range_node
from footproof.canonical import record_digest
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.expressions.tree import references
from footproof.interpret.terms import exchange_of
from footproof.model.bilingual import Bilingual
from footproof.model.study import Exchange, Factor, Quality, Range, Study
from footproof.quantify.distributions import Kind, pedigree_sigma

NORMAL_95 = 1.959963984540054
WORST = 5
_KINDS = {
    "lognormal": Kind.LOGNORMAL,
    "normal": Kind.NORMAL,
    "triangular": Kind.TRIANGULAR,
    "uniform": Kind.UNIFORM,
}
_NO_OWN_AMOUNT = ("run.", "asked.", "link.", "level.", "flow.reference")
_INDICATORS = {"technology": "technological", "geography": "geographical", "time": "temporal"}


@dataclass(frozen=True, slots=True)
class Spread:
    """How the factor on a figure is spread: 95 % of its values lie between `low` and `high`, or all of them.

    Args:
        width: Sigma of the logarithm (lognormal) or coefficient of variation (normal). [1]
        low: Factor at the lower limit. [1]
        high: Factor at the upper limit. [1]
    """

    kind: Kind
    width: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Input:
    """One uncertain figure.

    Args:
        kind: "parameter", "amount" or "factor".
        key: Its random number: equal keys move together, in one study and across studies.
        nodes: Nodes of the sheet that it multiplies.
        terms: Terms of the sheet that it multiplies.
        stated: Whether the study states the range; else quality scores give it.
        range: The stated range, where there is one.
        exchange: Whose amount it is, where it is one.
    """

    kind: str
    key: str
    name: Bilingual
    spread: Spread
    nodes: frozenset[str]
    terms: frozenset[str]
    stated: bool
    source: str
    range: Range | None = None
    exchange: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The uncertain figures of a study, and which terms they cover.

    Args:
        amounts: Terms whose own amount is varied: by its range or scores, or by a parameter in its formula. How often a
            process runs is no part of the amount, else the range of a functional unit would cover every term.
        factors: Terms whose factor is varied.
        unvaried: Terms of which neither is.
        links: Rows between processes whose fixed amounts are varied.
    """

    varied: tuple[Input, ...]
    amounts: frozenset[str]
    factors: frozenset[str]
    unvaried: frozenset[str]
    links: frozenset[str]


def inputs_of(assessment: Assessment) -> Inputs:
    """Return what can be varied in an assessment.

    Raises:
        FootproofError: E-RANGE-TARGET for a range of something that the study does not have, or that is left out.
    """
    study = assessment.study
    ranges = {(item.kind, item.id): item for item in study.ranges}
    found = [
        *_parameters(study, ranges, {node.id for node in assessment.sheet.nodes}),
        *_amounts(study, ranges, assessment),
        *_factors(study, ranges, assessment),
    ]
    idle = [each.range for each in found if each.range and not (each.nodes or each.terms)]
    for item in (*ranges.values(), *idle):  # What nothing took, or what moves nothing.
        raise FootproofError(
            "E-RANGE-TARGET", Where(item.place.file, item.place.line, "id"), kind=item.kind, id=item.id
        )
    amounts = _own_amounts(assessment, found)
    factors = frozenset(name for item in found if item.kind == "factor" for name in item.terms)
    rest = frozenset(term.id for term in assessment.sheet.terms) - amounts - factors
    links = frozenset(item.exchange for item in found if range_node(item.exchange) in item.nodes)
    return Inputs(tuple(found), amounts, factors, rest, links)


def _own_amounts(assessment: Assessment, found: Iterable[Input]) -> frozenset[str]:
    """Return the terms whose own amount is varied."""
    varied = [item for item in found if item.kind != "factor"]
    moved = {node for item in varied for node in item.nodes}
    for node in assessment.sheet.nodes:
        if not node.id.startswith(_NO_OWN_AMOUNT) and references(node.expr) & moved:
            moved.add(node.id)
    touched = {term.id for term in assessment.sheet.terms if references(term.amount) & moved}
    return frozenset(touched.union(*(item.terms for item in varied)))


def _parameters(study: Study, ranges: dict[tuple[str, str], Range], nodes: set[str]) -> Iterator[Input]:
    for name, item in study.quantities.items():
        stated = ranges.pop(("parameter", name), None)
        if stated is not None:
            own = frozenset({f"study.{name}"} & nodes)
            yield _input(f"{study.id}:parameter:{name}", item.name, stated, nodes=own)


def _amounts(study: Study, ranges: dict[tuple[str, str], Range], assessment: Assessment) -> Iterator[Input]:
    terms = _terms_by_exchange(assessment)
    nodes = _amount_nodes(assessment)
    for exchange in study.exchanges:
        stated = ranges.pop(("amount", exchange.id), None)
        key = f"{study.id}:amount:{exchange.id}"
        own = nodes.get(exchange.id, frozenset[str]())
        of_terms = frozenset() if own else terms.get(exchange.id, frozenset())
        if stated is not None:
            found = _input(key, _name_of(exchange), stated, nodes=own, terms=of_terms)
            yield replace(found, exchange=exchange.id)
        elif (own or of_terms) and (spread := _by_quality(exchange.quality)) is not None:
            source = _scores(exchange.quality)
            found = Input("amount", key, _name_of(exchange), spread, own, of_terms, stated=False, source=source)
            yield replace(found, exchange=exchange.id)


def _amount_nodes(assessment: Assessment) -> Mapping[str, frozenset[str]]:
    """Return the node to multiply where an amount is a formula, or is fixed and stands between processes."""
    links = {link.exchange: range_node(link.exchange) for link in assessment.foreground.links}
    formulas = {node.id.removeprefix("amount."): node.id for node in assessment.sheet.nodes if _is_amount(node.id)}
    return {name: frozenset({node}) for name, node in {**links, **formulas}.items()}


def _is_amount(node: str) -> bool:
    return node.startswith("amount.") and "#" not in node


def _factors(study: Study, ranges: dict[tuple[str, str], Range], assessment: Assessment) -> Iterator[Input]:
    terms: dict[str, set[str]] = {}
    for term in assessment.sheet.record["terms"]:
        terms.setdefault(str(term["info"].get("factor", "")), set()).add(term["id"])
    for name, factor in _all_factors(study):
        stated = ranges.pop(("factor", factor.id), None)
        touched = frozenset(terms.get(name, ()))
        if stated is not None:
            yield _input(_identity(factor), factor.name, stated, terms=touched)
        elif touched and (spread := _by_quality(factor.quality)) is not None:
            source = _scores(factor.quality)
            yield Input(
                "factor", _identity(factor), factor.name, spread, frozenset(), touched, stated=False, source=source
            )


def _all_factors(study: Study) -> Iterator[tuple[str, Factor]]:
    yield from ((f"factor:{name}", factor) for name, factor in study.factors.items())
    yield from ((f"db:{name}", factor) for name, factor in study.intensities.items())


def _identity(factor: Factor) -> str:
    """Return a key that two studies share where they cite the same figure from the same source."""
    figures = [[entry.origin, entry.gas, normalise(entry.number), entry.unit] for entry in factor.entries]
    return f"factor:{record_digest({'source': factor.source, 'figures': figures, 'year': factor.year})}"


def _terms_by_exchange(assessment: Assessment) -> Mapping[str, frozenset[str]]:
    """Return the terms that each exchange makes: its id, or its id with a suffix."""
    found: dict[str, set[str]] = {}
    for term in assessment.sheet.terms:
        found.setdefault(exchange_of(term.id), set()).add(term.id)
    return {name: frozenset(terms) for name, terms in found.items()}


def _input(
    key: str,
    name: Bilingual,
    stated: Range,
    *,
    nodes: frozenset[str] = frozenset(),
    terms: frozenset[str] = frozenset(),
) -> Input:
    shared = f"group:{stated.group}" if stated.group else key
    return Input(
        stated.kind, shared, name, _stated(stated), nodes, terms, stated=True, source=stated.source, range=stated
    )


def _stated(item: Range) -> Spread:
    low, high = float(item.low), float(item.high)
    kind = _KINDS[item.distribution]
    width = 0.0
    if kind is Kind.LOGNORMAL:
        width = math.log(high / low) / (2 * NORMAL_95)
    elif kind is Kind.NORMAL:
        width = (high - low) / (2 * NORMAL_95)
    return Spread(kind, width, low, high)


def _by_quality(quality: Quality) -> Spread | None:
    given = {name: getattr(quality, key) for key, name in _INDICATORS.items()}
    if all(score is None for score in given.values()):
        return None
    scores = {name: WORST if score is None else score for name, score in given.items()}  # Silence is no good score.
    sigma = pedigree_sigma(scores)
    return Spread(Kind.LOGNORMAL, sigma, math.exp(-NORMAL_95 * sigma), math.exp(NORMAL_95 * sigma))


def _scores(quality: Quality) -> str:
    return "/".join(str(getattr(quality, key) or "–") for key in _INDICATORS)


def _name_of(exchange: Exchange) -> Bilingual:
    return exchange.name or Bilingual(exchange.id, exchange.id)


def share(value: float) -> Decimal:
    """Return a statistical figure as a decimal of six significant digits."""
    return Decimal(f"{value:.6g}")
