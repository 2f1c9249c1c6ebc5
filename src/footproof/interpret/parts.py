"""What two versions of a study differ in, part by part, and a study with some parts of each."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from footproof.model.study import Study

# What belongs together: a row of the inventory names processes, and formulas in it name parameters.
PARTS: Mapping[str, tuple[str, ...]] = {
    "period": ("start", "end"),
    "inventory": (
        "quantities",
        "processes",
        "exchanges",
        "coproducts",
        "recovered",
        "reference",
        "declared_unit",
        "evidence",
    ),
    "factors": ("factors", "intensities", "suppliers", "certified"),
    "contracts": ("contracts",),
}

# What moves no figure of a sheet: names, places and what accompanies a result. Every other field belongs to a part.
APART = frozenset(
    {"id", "title", "note", "known_on", "product", "producer", "site", "region", "reference_place"}
    | {"meters", "cut_offs", "carbon_content", "ranges", "produced"}
)


def different_parts(a: Study, b: Study) -> tuple[str, ...]:
    """Return the parts in which two studies differ, places in files left aside."""
    return tuple(
        name for name, keys in PARTS.items() if any(_bare(getattr(a, k)) != _bare(getattr(b, k)) for k in keys)
    )


def with_parts(to: Study, source: Study, names: frozenset[str]) -> Study:
    """Return a study with some parts of another; what the other lacks and the rest names is kept."""
    changes: dict[str, Any] = {}
    for name in names:
        for key in PARTS[name]:
            changes[key] = getattr(source, key)
    for key in (*PARTS["factors"], "evidence"):
        chosen, other = (source, to) if key in changes else (to, source)
        changes[key] = {**getattr(other, key), **getattr(chosen, key)}
    return replace(to, **changes)


def _bare(value: Any) -> Any:
    """Return a value without places, which move when a line is added above."""
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_bare(item) for item in value)
    if hasattr(value, "__dataclass_fields__"):
        return tuple(_bare(getattr(value, item.name)) for item in fields(value) if item.name != "place")
    return value
