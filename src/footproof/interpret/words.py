"""Words of the interpretation in both languages."""

from footproof.model.bilingual import Bilingual
from footproof.texts import catalogue


def worded(key: str) -> Bilingual:
    """Return a text of the catalogue "interpret"."""
    record = catalogue("interpret")[key]
    return Bilingual(record["zh"], record["en"])
