"""JSON texts with slots: what all records of a kind share is put into canonical form once, their values each time.

A structure is written as a record in which a text "{name}" stands for any text and "{=name=}" for any JSON value. Keys
stand in the structure alone, so their order never depends on a value, and the text that is written is the canonical one
(RFC 8785) wherever the values put in are.
"""

import re
from collections.abc import Collection, Mapping
from json.encoder import encode_basestring
from operator import itemgetter

from footproof.canonical import canonical_bytes

_SLOT = re.compile(r"\{([a-z_]+)\}")
# As much of the text around a slot as finds it; longer ones take longer to look for. [characters]
_BEFORE, _AFTER = 40, 12


def escaped(text: str) -> str:
    """Return a text as canonical JSON writes it between its quotes.

    Args:
        text: Any.
    """
    return encode_basestring(text)[1:-1]


class Template:
    """A structure with at least two slots, ready to be written, and read, many times."""

    __slots__ = ("_parts", "_pick", "_wanted")

    def __init__(self, structure: object, wanted: Collection[str] = ()) -> None:
        """Make a template.

        Args:
            structure: A record with slots; a name may stand more than once.
            wanted: Slots to read.
        """
        text = canonical_bytes(structure).decode("utf-8").replace('"{=', "{").replace('=}"', "}")
        parts = _SLOT.split(text)
        names = parts[1::2]
        self._parts = parts
        self._pick = itemgetter(*names)
        between = parts[::2]
        first = sorted(map(names.index, wanted))
        self._wanted = [(names[place], between[place][-_BEFORE:], between[place + 1][:_AFTER]) for place in first]

    def write(self, values: Mapping[str, str]) -> str:
        """Return the text of a record.

        Args:
            values: For each slot, a text as `escaped` gives it, any other value as canonical JSON.

        Raises:
            KeyError: A slot has no value.
        """
        parts = self._parts.copy()
        parts[1::2] = self._pick(values)
        return "".join(parts)

    def read(self, text: str) -> dict[str, str]:
        """Return what seems to stand in the slots that are wanted of a text that this template may have written.

        This only looks for what stands before and after them. Whether the text is of this form, and each value a
        value, is known once a record made of them writes the same text again.

        Args:
            text: Any.

        Raises:
            ValueError: Something is not there.
        """
        found: dict[str, str] = {}
        end = 0
        for name, before, after in self._wanted:
            start = text.index(before, end) + len(before)
            end = text.index(after, start)
            found[name] = text[start:end]
        return found
