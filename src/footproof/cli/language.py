"""In which language this person reads: FOOTPROOF_LANG, else the locale, else English."""

import os

from footproof.texts import Lang, say


def language() -> Lang:
    """Return "zh" or "en"."""
    for name in ("FOOTPROOF_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").lower()
        if value:
            return "zh" if value.startswith("zh") else "en"
    return "en"


def told(key: str, /, **values: object) -> str:
    """Return a message of the command line in the reader's language."""
    return say("cli", key, language(), **values)
