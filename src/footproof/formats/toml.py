"""Read TOML strictly: exact decimals, bounded size, no unknown keys, and the line of whatever is wrong.

TOML 1.0 (toml.io/en/v1.0.0) through `tomllib`. What a person writes by hand reaches the model through here,
so numbers are decimals of at most 12 significant digits with an exponent within ±30, as in the sheet.
"""

import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeVar

from footproof.errors import FootproofError, Where

LARGEST_FILE = 10_000_000
MOST_DIGITS = 12
LARGEST_EXPONENT = 30

Path = tuple[str | int, ...]
S = TypeVar("S", bound=StrEnum)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class LineLookup:
    """Finds the line on which a key, table or array item of one TOML text stands.

    Args:
        text: A text `tomllib` has accepted.
    """

    text: str
    _known: dict[Path, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, path: str | Path) -> int | None:
        """Return the line of a path, or of the closest table around it; None for an unknown text.

        Args:
            path: Such as "value[1].published" or ("value", 1, "published"); keys that hold dots need a tuple.
        """
        if not self._known:
            self._known.update(_lines_of(self.text))
        steps = parse_path(path) if isinstance(path, str) else path
        for length in range(len(steps), 0, -1):
            line = self._known.get(steps[:length])
            if line is not None:
                return line
        return None


def read_toml(data: bytes, name: str) -> tuple[dict[str, Any], LineLookup]:
    """Return what a TOML file says, and a look-up from a path in it to its line.

    Args:
        data: The file.
        name: Its name as the reader of an error knows it.

    Raises:
        FootproofError: E-TOML-SIZE beyond 10 MB; E-TOML-SYNTAX where it is not TOML 1.0 in UTF-8; E-NUMBER
            for NaN, infinity, more than 12 significant digits or an exponent beyond ±30, as no such number
            can be declared or signed.
    """
    if len(data) > LARGEST_FILE:
        raise FootproofError("E-TOML-SIZE", Where(name), found=len(data), most=LARGEST_FILE)
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8-sig").replace("\r\n", "\n"))
        tables = tomllib.loads(text, parse_float=_decimal)
        lines = LineLookup(text)
        _refuse_numbers(tables, (), name, lines)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise FootproofError("E-TOML-SYNTAX", Where(name, line), reason="not UTF-8") from problem
    except RecursionError as problem:
        raise FootproofError("E-TOML-SYNTAX", Where(name), reason="nested too deeply") from problem
    except ValueError as problem:
        # ValueError, not only its child TOMLDecodeError: an integer of thousands of digits and a
        # thirteenth month raise the parent.
        raise FootproofError(
            "E-TOML-SYNTAX", Where(name, _line_in(str(problem), data)), reason=str(problem)
        ) from problem
    return tables, lines


def parse_path(path: str) -> Path:
    """Return the steps of a dotted path: "value[1].published" is ("value", 1, "published")."""
    steps: list[str | int] = []
    for part in path.split("."):
        key, *indices = part.split("[")
        if key:
            steps.append(key)
        steps.extend(int(index.rstrip("]")) for index in indices)
    return tuple(steps)


def show_path(path: Path) -> str:
    """Return a path as people write it, the opposite of `parse_path`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True)
class Table:
    """A TOML table that is read key by key, each with the type it must have.

    Args:
        values: What the table says.
        name: File, for errors.
        lines: Look-up of the same file.
        path: Where the table stands in the file.
    """

    values: Mapping[str, Any]
    name: str
    lines: LineLookup
    path: Path = ()

    def where(self, key: str | None = None) -> Where:
        """Return the place of a key of this table, or of the table."""
        path = (*self.path, key) if key is not None else self.path
        return Where(self.name, self.lines(path), show_path(path) or None)

    def refuse_unknown(self, allowed: Iterable[str]) -> None:
        """Refuse keys that nobody reads: a misspelt key would change nothing in silence.

        Raises:
            FootproofError: E-KEY-UNKNOWN.
        """
        known = sorted(allowed)
        for key in self.values:
            if key not in known:
                raise FootproofError("E-KEY-UNKNOWN", self.where(key), key=key, known=", ".join(known))

    def text(self, key: str) -> str:
        """Return a text that is not empty.

        Raises:
            FootproofError: E-KEY-MISSING or E-KEY-TYPE.
        """
        value = self._typed(key, str, "text")
        if not value.strip():
            raise self._wrong(key, value, "text")
        if CONTROL.search(value):
            raise FootproofError("E-TEXT-CONTROL", self.where(key))
        return str(value)

    def bilingual(self, key: str) -> tuple[str, str]:
        """Return a text in Chinese and in English, from {zh, en}.

        Raises:
            FootproofError: E-KEY-MISSING, E-KEY-TYPE, E-KEY-UNKNOWN, or E-TEXT-LANGUAGE where one is absent.
        """
        record = self.table(key)
        record.refuse_unknown(("zh", "en"))
        for lang in ("zh", "en"):
            if lang not in record.values or record.values[lang] == "":
                raise FootproofError("E-TEXT-LANGUAGE", record.where(), key=key, missing=lang)
        return record.text("zh"), record.text("en")

    def number(self, key: str) -> Decimal:
        """Return an exact number.

        Raises:
            FootproofError: E-KEY-MISSING or E-KEY-TYPE.
        """
        value = self._present(key)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._wrong(key, value, "number")
        return Decimal(value)

    def integer(self, key: str) -> int:
        """Return a whole number.

        Raises:
            FootproofError: E-KEY-MISSING or E-KEY-TYPE.
        """
        value = self._present(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(key, value, "integer")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false.

        Raises:
            FootproofError: E-KEY-MISSING or E-KEY-TYPE.
        """
        return bool(self._typed(key, bool, "true or false"))

    def day(self, key: str) -> date:
        """Return a date without a time.

        Raises:
            FootproofError: E-KEY-MISSING or E-KEY-TYPE.
        """
        value = self._present(key)
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self._wrong(key, value, "date")
        return value

    def choice(self, key: str, options: type[S]) -> S:
        """Return one of a closed list of words.

        Raises:
            FootproofError: E-KEY-MISSING, E-KEY-TYPE, or E-KEY-CHOICE for a word that is not in the list.
        """
        value = self.text(key)
        if value not in {option.value for option in options}:
            allowed = ", ".join(option.value for option in options)
            raise FootproofError("E-KEY-CHOICE", self.where(key), key=key, found=value, allowed=allowed)
        return options(value)

    def table(self, key: str) -> "Table":
        """Return a table inside this one.

        Raises:
            FootproofError: E-KEY-MISSING or E-KEY-TYPE.
        """
        value = self._typed(key, dict, "table")
        return Table(value, self.name, self.lines, (*self.path, key))

    def tables(self, key: str) -> tuple["Table", ...]:
        """Return the tables of an array.

        Raises:
            FootproofError: E-KEY-MISSING or E-KEY-TYPE.
        """
        items = self._typed(key, list, "array of tables")
        if not items or not all(isinstance(item, dict) for item in items):
            raise self._wrong(key, items, "array of tables")
        return tuple(Table(item, self.name, self.lines, (*self.path, key, index)) for index, item in enumerate(items))

    def _present(self, key: str) -> Any:  # TOML has no narrower type
        if key not in self.values:
            raise FootproofError("E-KEY-MISSING", self.where(key), key=key)
        return self.values[key]

    def _typed(self, key: str, kind: type, needed: str) -> Any:  # narrowed by the caller
        value = self._present(key)
        if not isinstance(value, kind):
            raise self._wrong(key, value, needed)
        return value

    def _wrong(self, key: str, found: object, needed: str) -> FootproofError:
        return FootproofError("E-KEY-TYPE", self.where(key), key=key, found=_short(found), needed=needed)


def _short(value: object) -> str:
    shown = str(value)
    return shown if len(shown) <= 40 else shown[:39] + "…"


class _Unreadable(str):
    """A number as written that no decimal can hold."""

    __slots__ = ()


def _decimal(text: str) -> Decimal | _Unreadable:
    try:
        return Decimal(text)
    except InvalidOperation:  # the exponent is beyond what any Decimal can hold
        return _Unreadable(text)


def _refuse_numbers(value: object, path: Path, name: str, lines: LineLookup) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_numbers(item, (*path, key), name, lines)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_numbers(item, (*path, index), name, lines)
    elif _is_number(value) and not _fits(value):
        where = Where(name, lines(path), show_path(path))
        raise FootproofError("E-NUMBER", where, found=_short(value), digits=MOST_DIGITS, exponent=LARGEST_EXPONENT)


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal | _Unreadable) and not isinstance(value, bool)


def _fits(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) < 10 ** (LARGEST_EXPONENT + 1) and len(str(abs(value)).rstrip("0")) <= MOST_DIGITS
    if not isinstance(value, Decimal) or not value.is_finite():
        return False
    parts = value.as_tuple()
    digits = "".join(map(str, parts.digits)).strip("0")
    # Trailing zeros keep no secret, but a zero with an absurd exponent would still travel as one.
    return (
        len(digits) <= MOST_DIGITS
        and isinstance(parts.exponent, int)
        and abs(parts.exponent) <= LARGEST_EXPONENT
        and abs(value.adjusted()) <= LARGEST_EXPONENT
    )


_AT_LINE: Final = re.compile(r"at line (\d+)")


def _line_in(message: str, data: bytes) -> int | None:
    found = _AT_LINE.search(message)
    if found:
        return int(found.group(1))
    return data.rstrip().count(b"\n") + 1 if "end of document" in message else None


def _lines_of(text: str) -> dict[Path, int]:
    """Return the line of each path; of none where the text is nested beyond what a stack holds."""
    try:
        return _Scanner(text).lines()
    except (RecursionError, IndexError):
        return {}


_BLANK: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|\'[^\']*\'',
    re.DOTALL,
)
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")
_SPACE: Final = re.compile(r"[ \t]*")


class _Scanner:
    """Walks a valid TOML text and notes on which line each key and array item begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.known: dict[Path, int] = {}
        self.items: dict[Path, int] = {}
        self.starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def lines(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.known

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match.group()

    def _note(self, path: Path, start: int) -> None:
        self.known.setdefault(path, bisect_right(self.starts, start))

    def _header(self) -> Path:
        start = self.at
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        keys = self._keys()
        self.at += 2 if array else 1
        path: Path = ()
        for key in keys[:-1]:
            self._note((*path, key), start)
            path = self._inside((*path, key))
        path = (*path, keys[-1])
        if not array:
            self._note(path, start)
            return path
        index = self.items.get(path, -1) + 1
        self.items[path] = index
        self._note(path, start)
        self._note((*path, index), start)
        return (*path, index)

    def _inside(self, path: Path) -> Path:
        """A header below an array of tables speaks of its last item."""
        return (*path, self.items[path]) if path in self.items else path

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _key(self) -> str:
        if self.text[self.at] not in "\"'":
            return self._skip(_WORD)
        quoted = self._skip(_STRING)
        return next(iter(tomllib.loads(f"{quoted} = 0")))

    def _pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._keys())
        for length in range(len(table) + 1, len(path) + 1):
            self._note(path[:length], start)
        self.at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self._series("]", lambda index: self._item((*path, index)))
        elif opening == "{":
            self._series("}", lambda _: self._pair(path))
        elif opening in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _item(self, path: Path) -> None:
        self._note(path, self.at)
        self._value(path)

    def _series(self, closing: str, read: Callable[[int], None]) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while self.text[self.at] != closing:
            read(index)
            index += 1
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self._skip(_BLANK)
        self.at += 1
