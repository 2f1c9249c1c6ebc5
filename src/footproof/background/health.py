"""The health report of a background database: what is wrong with it, how much rests on that, and what to leave out.

Judged are loops and references, single rows, flows that lead nowhere, and what reading and linking noted. Nothing is
repaired. The exclusions are proved: the system is assembled again without them, until no loop is bad.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array

from footproof.background.assemble import assemble
from footproof.background.health_items import HealthItem, Severity, figure, short
from footproof.background.health_loops import Cut, Judged, cuts, gross_recipes, idle, judge, reaching
from footproof.background.health_references import FULL, Mismatch, mismatches, own_use, reference_items
from footproof.background.health_rows import row_items
from footproof.background.health_source import source_items
from footproof.background.linked import Background
from footproof.background.products import converter
from footproof.errors import FootproofError
from footproof.formats.database import conversions
from footproof.model.dataset import DatasetKind, Flow
from footproof.model.linking import Exclusion

__all__ = ["Health", "HealthItem", "Severity", "examine"]

ROUNDS = 12
WHOLE_KIND = 10
_ORDER: Mapping[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Health:
    """What was found in a database.

    Args:
        items: Errors, then warnings, then notes; in each, that on which most activities rest goes first.
        exclusions: What to leave out beside what the settings leave out, so that no loop uses up what it makes and the
            system can be solved.
        unsound: Numbers of the activities that an error names, or whose supply chain reaches one it names, as the
            system is *before* these exclusions.
        counts: How many were found, by code.
    """

    items: tuple[HealthItem, ...]
    exclusions: tuple[Exclusion, ...]
    unsound: frozenset[int]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of a system when its loops are judged."""

    background: Background
    recipes: csc_array
    wrong: Mapping[int, Mismatch]
    own: Mapping[int, float]


def examine(background: Background, suspects: Sequence[Flow] = ()) -> Health:
    """Return the health of a database as its settings make it into a system.

    Args:
        background: The system; it may be singular.
        suspects: Elementary flows that no characterisation factor reaches and that look as if one should.
    """
    seen = _look(background)
    judged = judge(seen.recipes)
    exclusions, unproved = _exclusions(seen, judged)
    items = [
        *_loop_items(background, judged),
        *_idle_items(background),
        *reference_items(background, seen.wrong, seen.own),
        *row_items(background, seen.recipes, suspects),
        *source_items(background),
        *unproved,
    ]
    unsound = _resting(background, (each for item in items if item.severity == "error" for each in item.datasets))
    if unsound:
        items.append(_summary(background, unsound))
    weighed = [replace(item, weight=_weight(background, item)) for item in items]
    weighed.sort(key=lambda item: (_ORDER[item.severity], -item.weight, item.code, item.datasets))
    counts: Counter[str] = Counter()
    for item in weighed:
        counts[item.code] += int(item.values.get("count", "1"))
    return Health(tuple(weighed), exclusions, unsound, dict(counts))


def _look(background: Background) -> _Seen:
    converted = converter(background.source, dict(conversions(background.source)))
    return _Seen(background, gross_recipes(background.system), mismatches(background), own_use(background, converted))


# ---- what rests on what


def _resting(background: Background, datasets: Iterable[str]) -> frozenset[int]:
    """Return the activities that are of these datasets or have one of them in their supply chain."""
    named = set(datasets)
    start = [n for n, activity in enumerate(background.activities) if activity.dataset in named]
    return frozenset(np.flatnonzero(reaching(background.system, start)).tolist())


def _weight(background: Background, item: HealthItem) -> float:
    return len(_resting(background, item.datasets)) / len(background.activities)


def _summary(background: Background, unsound: frozenset[int]) -> HealthItem:
    total = len(background.activities)
    values = {"count": str(len(unsound)), "total": str(total), "share": f"{100 * len(unsound) / total:.0f} %"}
    return HealthItem("F-HEALTH-UNSOUND", "note", (), (), values)


# ---- loops


def _loop_items(background: Background, judged: Sequence[Judged]) -> Iterator[HealthItem]:
    """Yield one item for each loop that uses up what it makes, has no inverse, or escapes both by credits alone."""
    for each in judged:
        if each.grows:
            yield _loop_item(background, "F-HEALTH-LOOP", "error", each)
        if each.singular:
            yield _loop_item(background, "F-HEALTH-SINGULAR", "error", each)
        if not each.bad:
            yield _loop_item(background, "F-HEALTH-LOOP-CREDIT", "warning", each)


def _loop_item(background: Background, code: str, severity: Severity, each: Judged) -> HealthItem:
    loop = each.loop
    supplier, user = loop.strongest
    members = (user, supplier, *loop.products)
    values = {
        "gain": figure(loop.gain),
        "size": str(len(loop.products)),
        "supplier": short(background.name(supplier)),
        "user": short(background.name(user)),
    }
    datasets = tuple(dict.fromkeys(background.activities[member].dataset for member in members))
    flows = tuple(dict.fromkeys(background.activities[member].flow for member in members))
    return HealthItem(code, severity, datasets, flows, values)


def _idle_items(background: Background) -> Iterator[HealthItem]:
    for number in idle(background.system):
        activity = background.activities[number]
        name = short(background.name(int(number)))
        values = {"gain": "–", "size": "1", "supplier": name, "user": name}
        yield HealthItem("F-HEALTH-SINGULAR", "error", (activity.dataset,), (activity.flow,), values)


# ---- what to leave out


def _exclusions(seen: _Seen, judged: Sequence[Judged]) -> tuple[tuple[Exclusion, ...], tuple[HealthItem, ...]]:
    """Return what to leave out, each round proved on the system assembled without it.

    What is left out changes who supplies whom, so new loops may close; a few rounds are enough. Where a choice of the
    settings names a dataset that should go, the system cannot be assembled: the second part of the answer says so.
    """
    found: tuple[Exclusion, ...] = ()
    start = seen.background
    for _ in range(ROUNDS):
        new = _round(seen, judged)
        if not new:
            return found, ()
        found = (*found, *new)
        settings = replace(start.settings, exclusions=(*start.settings.exclusions, *found))
        try:
            seen = _look(assemble(start.source, settings))
        except FootproofError as error:
            return found, (_unproved(found, error.code),)
        judged = judge(seen.recipes)
    return found, (_unproved(found, "–"),) if _round(seen, judged) else ()


def _unproved(found: Sequence[Exclusion], reason: str) -> HealthItem:
    datasets = tuple(each.dataset for each in found if each.dataset)
    return HealthItem("F-HEALTH-UNPROVED", "warning", datasets, (), {"count": str(len(found)), "reason": reason})


def _round(seen: _Seen, judged: Sequence[Judged]) -> tuple[Exclusion, ...]:
    activities = seen.background.activities
    blank = [_named(seen, Cut(int(number), "itself", float("inf"))) for number in idle(seen.background.system)]
    bad = {activities[number].dataset for each in judged if each.bad for number in each.loop.products}
    if not bad:
        return tuple(blank)
    kinds = _whole_kinds(seen, bad)
    recipes = _without(seen, {kind.kind for kind in kinds})
    wrong = {n: each.ratio / each.limit.odd for n, each in seen.wrong.items()}
    eaters = {n for n, share in seen.own.items() if share >= FULL}
    chosen = cuts(recipes, wrong, eaters, [activity.dataset for activity in activities])
    single = {exclusion.dataset: exclusion for exclusion in (*blank, *(_named(seen, cut) for cut in chosen))}
    return (*kinds, *single.values())


def _named(seen: _Seen, cut: Cut) -> Exclusion:
    activity = seen.background.activities[cut.activity]
    wrong = seen.wrong.get(cut.activity)
    parts = [f"F-HEALTH-LOOP {figure(cut.gain)}"]
    if wrong is not None:
        parts.append(f"{wrong.limit.code} {figure(wrong.ratio)}")
    if cut.activity in seen.own:
        parts.append(f"F-HEALTH-SELF-FED {figure(seen.own[cut.activity])}")
    return Exclusion(dataset=activity.dataset, reason=f"{', '.join(parts)} ({cut.rule})")


def _whole_kinds(seen: _Seen, bad: set[str]) -> tuple[Exclusion, ...]:
    """Return the kinds of datasets of which every one has an absurd reference, and some are in a bad loop.

    They come from one faulty conversion: to leave out those few that close loops would leave the others standing.
    """
    background = seen.background
    kinds: dict[DatasetKind, list[int]] = {}
    for number, activity in enumerate(background.activities):
        kinds.setdefault(background.source.datasets[activity.dataset].kind, []).append(number)
    found = []
    for kind, numbers in kinds.items():
        wrong = [seen.wrong[number] for number in numbers if number in seen.wrong and seen.wrong[number].absurd]
        closing = any(background.activities[number].dataset in bad for number in numbers)
        if closing and len(kinds) > 1 and len(wrong) == len(numbers) >= WHOLE_KIND:
            lowest = min(wrong, key=lambda each: each.ratio)
            reason = f"{lowest.limit.code} ≥ {figure(lowest.ratio)} (all {len(numbers)})"
            found.append(Exclusion(kind=kind.value, reason=reason))
    return tuple(found)


def _without(seen: _Seen, kinds: set[str]) -> csc_array:
    """Return the recipes with empty rows and columns for whole kinds that are left out."""
    background = seen.background
    datasets = background.source.datasets
    kept = [float(datasets[activity.dataset].kind.value not in kinds) for activity in background.activities]
    mask = np.array(kept)
    recipes = csc_array(seen.recipes.multiply(mask[:, None]).multiply(mask[None, :]))
    recipes.eliminate_zeros()
    return recipes
