"""The chain in sentences, Chinese and English: which edge broke, on what, and what to do."""

import re
from collections.abc import Mapping
from datetime import date

from footproof.errors import ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.recognise.chain import Both, Edge, Word
from footproof.texts import LANGUAGES, Lang, say

MOST_ITEMS = 12


def sentence(edge: Edge, lang: Lang) -> str:
    """Return why an edge is broken; empty where it is not.

    Args:
        edge: Of a chain.
        lang: "zh" or "en".
    """
    return "" if edge.code is None else _close(say("errors", f"{edge.code}.message", lang, **_values(edge, lang)))


def remedy(edge: Edge, lang: Lang) -> str:
    """Return what to do about a broken edge; empty where it is not broken.

    Args:
        edge: Of a chain.
        lang: "zh" or "en".
    """
    return "" if edge.code is None else _close(say("errors", f"{edge.code}.try", lang, **_values(edge, lang)))


def explain(both: Both, lang: Lang) -> tuple[str, ...]:
    """Return the finding in one sentence, then one for each further broken edge.

    Args:
        both: The chain at issue and now.
        lang: "zh" or "en".
    """
    head = both.headline
    broken = next((one.broken for one in (both.hindsight, both.now, both.issue) if not one.sound), ())
    first = say(
        "recognise",
        f"finding.{both.finding}",
        lang,
        issued=both.issue.at,
        now=both.now.at,
        what="" if head is None else sentence(head, lang),
    )
    return (first, *(say("recognise", "finding.further", lang, what=sentence(edge, lang)) for edge in broken[1:]))


def problem(edge: Edge) -> ProofRejected | None:
    """Return a broken edge as an error, its values in both languages; None where it is not broken.

    Args:
        edge: Of a chain.
    """
    if edge.code is None:
        return None
    zh, en = (_values(edge, lang) for lang in LANGUAGES)
    values = {name: zh[name] if zh[name] == en[name] else Bilingual(zh[name], en[name]) for name in zh}
    return ProofRejected(edge.code, Where("recognition", field=edge.name), **values)


# Records leave a space around names, for Latin ones; between Chinese characters it has no place.
_BETWEEN = re.compile(r"(?<=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]) (?=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef])")


_BETWEEN_ITEMS = {"zh": "、", "en": ", "}


def _close(text: str) -> str:
    return _BETWEEN.sub("", text)


def _values(edge: Edge, lang: Lang) -> Mapping[str, str]:
    values = {name: _said(value, lang) for name, value in edge.values.items()}
    what = edge.values.get("what")
    if isinstance(what, Word) and "giver" in values:
        values["subject"] = say("recognise", f"subject.{what.key}", lang, **values)
    return values


def _said(value: object, lang: Lang) -> str:
    if isinstance(value, Bilingual):
        return value.say(lang)
    if isinstance(value, Word):
        return say("recognise", f"word.{value.key}", lang)
    if isinstance(value, tuple):
        items = [_said(one, lang) for one in value[:MOST_ITEMS]]
        if len(value) > MOST_ITEMS:
            items.append(say("recognise", "word.more", lang, count=len(value)))
        return _BETWEEN_ITEMS[lang].join(items) if items else _said(Word("none"), lang)
    if value is None:
        return _said(Word("open"), lang)
    return value.isoformat() if isinstance(value, date) else str(value)
