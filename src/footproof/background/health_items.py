"""What a health report consists of: its items, and how names and figures are written in them.

An item carries no wording: that is the record of its code in `texts/findings_health.toml`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from footproof.background.linked import Background
from footproof.model.dataset import Dataset

Severity = Literal["error", "warning", "note"]
EXAMPLES = 3
LONGEST = 80


@dataclass(frozen=True, slots=True)
class HealthItem:
    """One thing that is wrong or worth knowing, with everything it concerns.

    Args:
        code: Such as "F-HEALTH-LOOP".
        severity: "error": figures that rest on it mean nothing; "warning": they may be wrong; "note": worth knowing.
        datasets: Ids of the datasets concerned, the worst first.
        flows: Ids of the flows concerned, the worst first.
        values: What the wording refers to; "count" says how many were found.
        weight: Share of all activities whose supply chain reaches a dataset concerned. [1]
    """

    code: str
    severity: Severity
    datasets: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    weight: float = 0.0


def kept_datasets(background: Background) -> tuple[Dataset, ...]:
    """Return the datasets that the settings of a system do not exclude, in the order of the file."""
    settings = background.settings
    names = {item.dataset for item in settings.exclusions if item.dataset}
    kinds = {item.kind for item in settings.exclusions if item.kind}
    every = background.source.datasets.values()
    return tuple(each for each in every if each.id not in names and each.kind.value not in kinds)


def figure(number: float) -> str:
    """Return a figure as short text; a little above or below one does not read as one."""
    if 0.99 < number < 1.01:
        return f"{number:.6g}"
    return f"{number:,.0f}" if 1e3 <= number < 1e6 else f"{number:.3g}"


def dataset_names(background: Background, datasets: Iterable[str]) -> str:
    """Return the names of the first few datasets, joined."""
    return _joined([background.source.datasets[dataset].name or dataset for dataset in datasets])


def flow_names(background: Background, flows: Iterable[str]) -> str:
    """Return the names of the first few flows, joined."""
    return _joined([background.source.flows[flow].name or flow for flow in flows])


def short(name: str) -> str:
    """Return a name cut to a length that fits a sentence."""
    plain = " ".join(name.split())
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def _joined(names: Sequence[str]) -> str:
    shown = " | ".join(short(name) for name in list(dict.fromkeys(names))[:EXAMPLES])
    return shown + (" | …" if len(set(names)) > EXAMPLES else "")
