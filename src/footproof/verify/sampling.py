"""Samples that anyone can draw again: the list is a function of a public seed and the digest of the frame (I14).

Chance comes from SHA-256 over seed, frame and a label, never from a generator of a library. Drawing by size follows
systematic selection with probability proportional to size (Madow 1949; monetary-unit sampling in auditing): items are
put in an order that the seed decides, and a point falls on every `whole / size` of their running sum.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from footproof.canonical import record_digest
from footproof.errors import FootproofError, ProofRejected
from footproof.expressions import exact
from footproof.model.engagement import Risk, Sample

BY_SIZE = "size"
STRATIFIED = "stratified"
SHORTEST_SEED = 8
_CHANCES = 2**256


@dataclass(frozen=True, slots=True)
class Unit:
    """One item that can be drawn.

    Args:
        id: Name.
        size: What it weighs, such as its positive emissions. [any unit, one for a frame]
        stratum: Group, such as a life-cycle stage or a risk level; empty for none.
    """

    id: str
    size: Fraction
    stratum: str = ""


def frame_of(risks: Iterable[Risk]) -> tuple[Unit, ...]:
    """Return the terms of a claim as a frame: by their share, in strata of their life-cycle stage.

    Nothing of it is a judgement, so that whoever plans cannot shape what is drawn; what has no share is left out.
    """
    return tuple(Unit(risk.id, risk.share, risk.category) for risk in risks if risk.share)


def frame_digest(frame: Iterable[Unit]) -> str:
    """Return the digest of a frame; the order of its items does not matter."""
    rows = sorted([item.id, exact.write((item.size.numerator, item.size.denominator)), item.stratum] for item in frame)
    return record_digest({"frame": rows})


def draw(seed: str, frame: tuple[Unit, ...], size: int, method: str = BY_SIZE) -> Sample:
    """Return the sample that a seed gives.

    Args:
        seed: Public, and fixed before the frame was known.
        frame: Items; those of no size are never drawn.
        size: How many points fall; an item of more than `whole / size` is hit at least once, perhaps often.
        method: "size" over the whole, or "stratified": each stratum by its size, one point at least.

    Raises:
        FootproofError: E-VERIFY-SAMPLE for a size, method, seed or frame that gives none.
    """
    _require(seed, frame, size, method)
    mark = frame_digest(frame)
    counts = {"": size} if method == BY_SIZE else _allocated(frame, size)
    hits: dict[str, int] = {}
    for stratum, points in counts.items():
        items = [item for item in frame if item.size and (method == BY_SIZE or item.stratum == stratum)]
        hits |= _by_size(f"{seed}|{mark}|{stratum}", items, points)
    return Sample(seed, mark, method, size, dict(sorted(hits.items())))


def require_same(sample: Sample, frame: tuple[Unit, ...]) -> None:
    """Draw a sample again.

    Raises:
        ProofRejected: E-VERIFY-DRAW where frame or list are not those of the seed.
    """
    again = draw(sample.seed, frame, sample.size, sample.method)
    if again != sample:
        raise ProofRejected("E-VERIFY-DRAW", found=_listed(sample.items), needed=_listed(again.items))


def stands_for(sample: Sample, frame: tuple[Unit, ...]) -> Mapping[str, Fraction]:
    """Return how many times itself each drawn item stands for: the inverse of its chance to be drawn. [1]

    Each point stands for `whole / size` of its stratum, so an item smaller than that stands for as much; one that a
    point certainly hits stands for itself. A misstatement found in the item is projected by that factor.

    Args:
        sample: As drawn.
        frame: What it was drawn from.
    """
    counts = {"": sample.size} if sample.method == BY_SIZE else _allocated(frame, sample.size)
    factors: dict[str, Fraction] = {}
    for stratum, points in counts.items():
        items = [item for item in frame if item.size and (sample.method == BY_SIZE or item.stratum == stratum)]
        step = sum((item.size for item in items), Fraction(0)) / points
        factors |= {item.id: max(Fraction(1), step / item.size) for item in items if item.id in sample.items}
    return factors


def chance(text: str) -> Fraction:
    """Return the number in [0, 1) that a text gives."""
    return Fraction(int.from_bytes(_digest(text), "big"), _CHANCES)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()


def _by_size(label: str, items: list[Unit], points: int) -> dict[str, int]:
    step, start = sum((item.size for item in items), Fraction(0)) / points, chance(f"{label}|start")
    hits: dict[str, int] = {}
    reached, below = Fraction(0), 0
    for item in sorted(items, key=lambda each: (_digest(f"{label}|order|{each.id}"), each.id)):
        reached += item.size
        before, below = below, _points_below(reached / step - start)
        if below > before:
            hits[item.id] = below - before
    return hits


def _points_below(position: Fraction) -> int:
    """Return how many of 0, 1, 2, … lie below a position."""
    return max(0, -floor(-position))


def _allocated(frame: tuple[Unit, ...], size: int) -> dict[str, int]:
    """Share out points by size, one at least, the rest to the largest remainders."""
    sizes: dict[str, Fraction] = {}
    for item in frame:
        if item.size:
            sizes[item.stratum] = sizes.get(item.stratum, Fraction(0)) + item.size
    if len(sizes) > size:
        raise FootproofError("E-VERIFY-SAMPLE", reason=f"{size} < {len(sizes)}")
    left = size - len(sizes)
    whole = sum(sizes.values(), Fraction(0))
    wanted = {name: left * part / whole for name, part in sizes.items()}
    counts = {name: 1 + floor(part) for name, part in wanted.items()}
    rest = size - sum(counts.values())
    for name in sorted(wanted, key=lambda each: (-(wanted[each] - floor(wanted[each])), each))[:rest]:
        counts[name] += 1
    return dict(sorted(counts.items()))


def _require(seed: str, frame: tuple[Unit, ...], size: int, method: str) -> None:
    ids = [item.id for item in frame]
    reasons = {
        "seed": len(seed) < SHORTEST_SEED,
        "size": size < 1,
        "method": method not in (BY_SIZE, STRATIFIED),
        "frame": not any(item.size for item in frame) or any(item.size < 0 for item in frame),
        "ids": len(set(ids)) != len(ids),
    }
    wrong = [name for name, is_wrong in reasons.items() if is_wrong]
    if wrong:
        raise FootproofError("E-VERIFY-SAMPLE", reason=", ".join(wrong))


def _listed(items: Iterable[str]) -> str:
    return ", ".join(sorted(items))[:200]
