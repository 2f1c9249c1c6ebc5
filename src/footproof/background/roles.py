"""What a dataset is: virgin, recycled, market mix or disposal, and whether it is transport by aircraft.

The file says it (`Dataset.role`), a person says it, or its name does. What was read from a name is recorded as such: a
recycling formula that uses it should be checked by somebody.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from footproof.model.dataset import Dataset
from footproof.model.linking import Role, Settings

AIRCRAFT = "aircraft"

_ROLES: Mapping[Role, re.Pattern[str]] = {
    Role.MARKET_MIX: re.compile(
        r"^market (?:group )?for\b|\b(?:consumption|production|supply|market|grid|residual) mix\b"
        r"|电网平均|平均电力|消费组合|生产组合|市场组合"
    ),
    Role.DISPOSAL: re.compile(
        r"^(?:treatment|disposal) of\b|^disposal,|\blandfill(?:ing)?\b|\b(?:waste )?incineration of\b"
        r"|填埋|焚烧处置|废弃物处置|垃圾焚烧"
    ),
    Role.RECYCLED: re.compile(
        r"\b(?:recycled|secondary|from scrap|scrap[- ]based|recycling of|reclaimed)\b|再生|回收料"
    ),
    Role.VIRGIN: re.compile(r"\b(?:virgin|primary)\b(?! energy)|原生|原铝|电解铝"),
}
_AIRCRAFT = re.compile(
    r"\b(?:transport|freight|operation)\b.*\b(?:aircraft|airplane|plane|air)\b"
    r"|\b(?:aircraft|air) (?:freight|transport|operation)|航空运输|空运|飞机运输|航空货运"
)
_NOT_FLYING = re.compile(
    r"\b(?:production|manufactur\w+|construction|maintenance|compressed air|air compressor)\b|制造|生产"
)


def role_of(dataset: Dataset, settings: Settings) -> tuple[str, str]:
    """Return the role of a dataset, or nothing, and how it is known: "choice", "file", "name" or nothing."""
    chosen = settings.roles.get(dataset.id)
    if chosen is not None:
        return chosen.value, "choice"
    if dataset.role:
        return dataset.role, "file"
    found = _named_role(_words(dataset))
    return found, "name" if found else ""


@lru_cache(maxsize=65_536)  # A database is linked several times while it is examined.
def _named_role(words: str) -> str:
    return next((role.value for role, pattern in _ROLES.items() if pattern.search(words)), "")


def is_tagged(tag: str, dataset: Dataset, settings: Settings) -> tuple[bool, str]:
    """Return whether a dataset carries a tag, and how that is known: "choice" or "name"."""
    if tag in settings.tags:
        return dataset.id in settings.tags[tag], "choice"
    words = _words(dataset)
    return tag == AIRCRAFT and bool(_AIRCRAFT.search(words)) and not _NOT_FLYING.search(words), "name"


def _words(dataset: Dataset) -> str:
    return " | ".join((dataset.name, *dataset.names.values())).casefold()
