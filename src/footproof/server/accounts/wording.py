"""What roles, scopes and events at the door are called on a page, and organisations by their names."""

from collections.abc import Iterable

from footproof.server.api.readings import read
from footproof.texts import Lang, catalogue, say

_ACT = "act:"


def roles_said(roles: Iterable[str], lang: Lang) -> list[str]:
    """Return what roles are called."""
    return [_word("words", f"certify.{one}", lang) for one in roles]


def scopes_said(scopes: Iterable[str], lang: Lang) -> list[str]:
    """Return what scopes of a token are called."""
    return [
        say("accounts", "scope.act", lang, role=roles_said([one.removeprefix(_ACT)], lang)[0])
        if one.startswith(_ACT)
        else _word("accounts", f"scope.{one}", lang)
        for one in scopes
    ]


def event_said(event: str, lang: Lang) -> str:
    """Return what an event at the door is called."""
    return _word("accounts", f"door.{event}", lang)


def organisation_said(name: str, lang: Lang) -> str:
    """Return the name of an organisation; its id where it has no record, which nothing but an old invitation has."""
    found = read("organisation", name) if name else None
    return str(found.record.name.say(lang)) if found is not None else name


def _word(texts: str, key: str, lang: Lang) -> str:
    """Return a word; a name that has none stands for itself: records outlive the words of a version."""
    found = catalogue(texts).get(key)
    return found[lang] if found is not None else key.partition(".")[2]
