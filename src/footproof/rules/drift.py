"""Whether the Chinese and the English of a text say the same: figures, placeholders, and the language itself.

Words are not compared, only what a machine can judge: a limit that is 5 % in one language and absent in the other.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from footproof.expressions.exact import normalise

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_FIGURE = re.compile(
    r"(?<![A-Za-z0-9])(?<![0-9][.,])([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)*)(?![A-Za-z0-9])"
    r"(?:\s*(%|％|per ?cent\b)|\s*([万亿]))?"
)
_BRACES = re.compile(r"\{([^{}:]+)(?::[^{}]*)?\}")
_WIDE = str.maketrans("０１２３４５６７８９％", "0123456789%")
_LARGE = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_MONTHS = "january february march april may june july august september october november december"
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ONES = {"a", "an", "per", "each", "every", "single"}
_ZH = "零一二三四五六七八九十"


def figures(text: str) -> set[str]:
    """Return the figures of a text in one form: `5 %`, `28800`, `6.4.9.4`; digits inside names such as CO2 are none."""
    found = set()
    for match in _FIGURE.finditer(_BRACES.sub(" ", text).translate(_WIDE)):
        found.add(_normal(match[1].replace(",", ""), match[3]) + (" %" if match[2] else ""))
    return found


def braces(text: str) -> set[str]:
    """Return the names of the placeholders of a text."""
    return set(_BRACES.findall(text))


def figures_apart(zh: str, en: str) -> tuple[set[str], set[str]]:
    """Return the figures that stand in one language only: in Chinese, in English.

    A figure that the other language writes as a word (two, 二, April) is in both.
    """
    in_zh, in_en = figures(zh), figures(en)
    return in_zh - in_en - _said_en(en), in_en - in_zh - _said_zh(zh)


def wrong_language(text: Mapping[str, str]) -> list[str]:
    """Return the languages of a record in which it is not written."""
    found = []
    if len(text["zh"]) > 3 and re.search(r"[A-Za-z]{3,}\s+[a-z]{2,}", text["zh"]) and not _HAN.search(text["zh"]):
        found.append("zh")
    if _HAN.search(text["en"].replace("示例", "")):
        found.append("en")
    return found


def _normal(digits: str, large: str | None) -> str:
    if digits.count(".") > 1:
        return digits
    return normalise(Decimal(digits) * _LARGE.get(large or "", Decimal(1)))


def _said_en(text: str) -> set[str]:
    words = set(re.findall(r"[a-z]+", text.lower()))
    said = {"1"} if words & _ONES else set()
    for listed, start in ((_NUMBERS, 0), (_MONTHS, 1), (_ORDINALS, 1)):
        said |= {str(number) for number, word in enumerate(listed.split(), start) if word in words}
    return said


def _said_zh(text: str) -> set[str]:
    said = {str(number) for number, sign in enumerate(_ZH) if sign in text}
    return said | ({"2"} if "两" in text else set())
