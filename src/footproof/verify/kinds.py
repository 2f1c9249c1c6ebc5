"""Which kind of flow a text speaks of: a closed list of words in both languages (`kinds.toml`).

English words match whole, Chinese ones wherever they stand. A text may speak of several kinds, or of none.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

_WORD = re.compile(r"[a-z0-9]+")


@cache
def words() -> Mapping[str, tuple[str, ...]]:
    """Return the words of each kind."""
    text = (resources.files("footproof.verify") / "kinds.toml").read_text("utf-8")
    return {name: (*record["en"], *record["zh"]) for name, record in tomllib.loads(text).items()}


def kinds_of(texts: Iterable[str], among: Iterable[str]) -> frozenset[str]:
    """Return the kinds, of those that are asked about, that some texts speak of."""
    whole = " ".join(texts).lower()
    plain = f" {' '.join(_WORD.findall(whole))} "
    return frozenset(kind for kind in among if any(_stands(word, whole, plain) for word in words()[kind]))


def _stands(word: str, whole: str, plain: str) -> bool:
    return f" {word} " in plain if word.isascii() else word in whole
