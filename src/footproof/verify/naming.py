"""How well the words of a row fit the name of a factor: rare words count, words that many names share count little.

English words are compared in one spelling (sulphate, sulfate), Chinese ones by pairs of characters. What stands in
brackets names the inventory a row was taken from, not what the row is, and is left out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import pairwise

from footproof.model.bilingual import Bilingual
from footproof.model.study import Exchange
from footproof.verify.kinds import words

_BRACKETS = re.compile(r"\[[^\]]*\]")
_LATIN = re.compile(r"[a-z0-9]{2,}")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


class Names:
    """Names that could be meant, with how rare each of their words is.

    Args:
        names: By id.
    """

    def __init__(self, names: Mapping[str, Bilingual]) -> None:
        self.words = {key: frozenset(words_of((name.zh, name.en))) for key, name in names.items()}
        self.counts: dict[str, int] = {}
        for found in self.words.values():
            for word in found:
                self.counts[word] = self.counts.get(word, 0) + 1

    def scores(self, row: Exchange, but: Iterable[str] = ()) -> Mapping[str, Fraction]:
        """Return how well a row fits each name: the sum over shared words of one over the names that have them.

        What the row calls itself counts twice, its source once.

        Args:
            row: Row of a study.
            but: Texts whose words do not count.
        """
        left_out = frozenset(words_of(but))
        called = frozenset(words_of(own_words(row))) - left_out
        said = frozenset(words_of(telling(row))) - left_out
        return {
            key: sum((Fraction(2 if word in called else 1, self.counts[word]) for word in found & said), Fraction(0))
            for key, found in self.words.items()
        }


def own_words(row: Exchange) -> tuple[str, ...]:
    """Return what a row calls itself: its name, and its id without the process it stands in."""
    tail = row.id.removeprefix(row.process).replace("-", " ").replace("_", " ")
    return (tail, *((row.name.zh, row.name.en) if row.name else ()))


def telling(row: Exchange) -> tuple[str, ...]:
    """Return the texts of a row that say what it is: its name and id, and its source where it has no name."""
    own = (row.id.replace("-", " ").replace("_", " "), *((row.name.zh, row.name.en) if row.name else ()))
    return own if row.name else (*own, _BRACKETS.sub(" ", row.source))


def words_of(texts: Iterable[str]) -> Iterator[str]:
    """Yield the words of some texts, in one spelling."""
    for text in texts:
        for word in _LATIN.findall(text.lower().replace("ph", "f").replace("_", " ")):
            plain = word.removesuffix("s") if len(word) > 3 else word
            if not {plain, word} & _common() and not plain.isdigit():
                yield plain
        for run in _HAN.findall(text):
            yield from (pair for pair in map("".join, pairwise(run)) if pair not in _common())


@cache
def _common() -> frozenset[str]:
    """Return words that tell no product apart; origin, virgin or recycled, is compared for itself."""
    return frozenset((*words()["common"], *words()["recycled"]))
