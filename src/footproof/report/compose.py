"""Put the chapters of a report together, in one language."""

from footproof.report.blocks import Block, Report
from footproof.report.chapters.annexes import annexes
from footproof.report.chapters.cover import cover, header, summary
from footproof.report.chapters.declaration import declaration
from footproof.report.chapters.inventory import inventory
from footproof.report.chapters.results import impact, interpretation
from footproof.report.chapters.scope import goal, overview, scope
from footproof.report.chapters.words import words_for
from footproof.report.extras import Extras
from footproof.report.form import Record
from footproof.texts import Lang


def compose(record: Record, lang: Lang, extras: Extras | None = None) -> Report:
    """Return a report in one language, ready to be set.

    Args:
        record: What it says.
        lang: "zh" or "en".
        extras: Comparison, uncertainty and sensitivity, where they were computed.
    """
    words = words_for(record, lang)
    more = extras or Extras()
    blocks: list[Block] = [
        *summary(record, words),
        *overview(record, words),
        *goal(record, words),
        *scope(record, words),
        *inventory(record, words),
        *impact(record, words),
        *interpretation(record, words, more),
        *declaration(record, words),
        *annexes(record, words, more),
    ]
    return Report(
        lang=lang,
        title=words.both(record.title),
        author=words.both(record.producer),
        day=record.known_on,
        cover=cover(record, words),
        header=header(record, words),
        footer=words.say("footer", digest=record.sheet_digest),
        contents=words.say("contents"),
        page=words.say("page"),
        blocks=tuple(blocks),
    )
