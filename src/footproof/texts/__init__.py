"""Every sentence a person reads, as one record {zh, en} per message.

The command line, the pages (Jinja2 and JavaScript) and later the server draw on the same TOML files. A record
with one language missing is refused when the files are read.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal, Protocol, cast

from footproof.errors import FootproofError

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")
Record = Mapping[str, str]


@cache
def catalogue(name: str) -> Mapping[str, Record]:
    """Return the records of one catalogue, by key.

    Args:
        name: Such as "errors": the file `errors.toml` and all of `errors_*.toml`.

    Raises:
        ValueError: A record lacks a language; the build stops here, not the reader.
    """
    records: dict[str, Record] = {}
    for file in sorted(resources.files("footproof.texts").iterdir(), key=lambda item: item.name):
        if file.name != f"{name}.toml" and not (file.name.startswith(f"{name}_") and file.name.endswith(".toml")):
            continue
        for key, record in _flatten("", tomllib.loads(file.read_text("utf-8"))):
            if set(record) != set(LANGUAGES) or not all(record.values()) or key in records:
                raise ValueError(f"{file.name}: {key} needs zh and en, once; it has {sorted(record)}")
            records[key] = record
    return records


def say(name: str, key: str, lang: Lang, /, **values: object) -> str:
    """Return one message in one language, its braces filled.

    Args:
        name: Text file.
        key: Record in it.
        lang: "zh" or "en".
        values: What the braces refer to.
    """
    return catalogue(name)[key][lang].format_map(_Kept(values))


def describe(error: FootproofError, lang: Lang) -> tuple[str, str]:
    """Return what was found and needed, and what to do, for an error."""
    words = catalogue("words")
    shown = {key: _shown(value, lang) for key, value in error.values.items()}
    values = {key: _Coded(words[text][lang] if text in words else text, lang) for key, text in shown.items()}
    return (
        say("errors", f"{error.code}.message", lang, **values),
        say("errors", f"{error.code}.try", lang, **values),
    )


class _Said(Protocol):
    """A value in both languages, such as `model.bilingual.Bilingual`, which lies above this layer."""

    def say(self, lang: Lang) -> str: ...


def _shown(value: object, lang: Lang) -> str:
    return cast(_Said, value).say(lang) if hasattr(value, "say") else str(value)


class _Coded(str):
    """A value of a message; `{role:certify}` says the code, or each of a list, in the words of that vocabulary.

    `{needed:certify+}` says word and code, for codes that the reader has to write.
    """

    __slots__ = ("lang",)
    lang: Lang

    def __new__(cls, text: str, lang: Lang) -> "_Coded":
        made = super().__new__(cls, text)
        made.lang = lang
        return made

    def __format__(self, vocabulary: str) -> str:
        if not vocabulary:
            return str(self)
        return ("、" if self.lang == "zh" else ", ").join(self._word(vocabulary, code) for code in self.split(", "))

    def _word(self, vocabulary: str, code: str) -> str:
        word = catalogue("words").get(f"{vocabulary.removesuffix('+')}.{code}", {}).get(self.lang, code)
        if word == code or not vocabulary.endswith("+"):
            return word
        return f"{word}（{code}）" if self.lang == "zh" else f"{word} ({code})"


class _Kept(dict[str, object]):
    """Leaves braces alone that nobody fills, so that a message is never lost over one missing figure."""

    def __missing__(self, key: str) -> str:
        return _Coded("{" + key + "}", "en")


def _flatten(prefix: str, table: Mapping[str, object]) -> list[tuple[str, Record]]:
    """Walk nested TOML tables down to the {zh, en} records."""
    found: list[tuple[str, Record]] = []
    for key, value in table.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if not isinstance(value, Mapping):
            raise ValueError(f"{path} is not a record")
        if all(isinstance(item, str) for item in value.values()):
            found.append((path, {str(k): str(v) for k, v in value.items()}))
        else:
            found.extend(_flatten(path, value))
    return found
