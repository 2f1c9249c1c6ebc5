"""The draw of a sample once more, from its description (docs/reference/verification.md) and with none of the product.

Anyone who has the seed and the frame must come to the same list; this is somebody who does.
"""

import json
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import count
from math import ceil

Frame = dict[str, tuple[Fraction, str]]
"""Share and stratum of every item."""


def frame_mark(frame: Frame) -> str:
    """Return the digest of a frame."""
    rows = sorted([name, written(size), stratum] for name, (size, stratum) in frame.items())
    text = json.dumps({"frame": rows}, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def written(size: Fraction) -> str:
    """Return an exact figure: decimal where it ends, else a fraction."""
    rest = size.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{size.numerator}/{size.denominator}"
    digits = next(n for n in count() if 10**n % size.denominator == 0)
    return format(Decimal(size.numerator * (10**digits // size.denominator)).scaleb(-digits), "f")


def drawn(seed: str, frame: Frame, size: int, method: str) -> tuple[dict[str, int], dict[str, Fraction]]:
    """Return how often each item is hit, and how many times itself each stands for.

    Args:
        seed: Of the draw.
        frame: What it is drawn from.
        size: How many points fall.
        method: "size" or "stratified".
    """
    mark = frame_mark(frame)
    hits: dict[str, int] = {}
    factors: dict[str, Fraction] = {}
    for stratum, points in _points(frame, size, method).items():
        label = f"{seed}|{mark}|{stratum}"
        inside = {name: part for name, (part, group) in frame.items() if method == "size" or group == stratum}
        step = sum(inside.values(), Fraction(0)) / points
        start = Fraction(int.from_bytes(sha256(f"{label}|start".encode()).digest(), "big"), 2**256)
        order = sorted(inside, key=lambda name, label=label: sha256(f"{label}|order|{name}".encode()).digest())  # type: ignore[misc]
        below = Fraction(0)
        for name in order:
            above = below + inside[name]
            first, end = ceil(below / step - start), ceil(above / step - start)
            if end > max(first, 0):
                hits[name] = end - max(first, 0)
                factors[name] = max(Fraction(1), step / inside[name])
            below = above
    return hits, factors


def _points(frame: Frame, size: int, method: str) -> dict[str, int]:
    """Return the points of each stratum: one, and the rest by share with the largest remainders."""
    if method == "size":
        return {"": size}
    shares: dict[str, Fraction] = {}
    for part, group in frame.values():
        shares[group] = shares.get(group, Fraction(0)) + part
    whole = sum(shares.values(), Fraction(0))
    wanted = {group: (size - len(shares)) * part / whole for group, part in shares.items()}
    points = {group: 1 + int(part) for group, part in wanted.items()}
    by_rest = sorted(wanted, key=lambda group: (-(wanted[group] % 1), group))
    for group in by_rest[: size - sum(points.values())]:
        points[group] += 1
    return points
