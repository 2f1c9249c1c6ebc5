"""Read XML without trusting it: no document type, hence no entities; bounded depth, tokens and elements; line numbers.

Built on expat of the standard library. A document type can stand before the root element only, so that part is fed to
the parser in small pieces and refused before anything could be expanded to effect. Elements keep their local name; data
set formats differ in prefixes, not in local names. W3C XML 1.0 (fifth edition).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from footproof.errors import FootproofError, Where

DEEPEST = 100
MOST_ELEMENTS = 1_000_000  # Held at one time.
LONGEST_TOKEN = 10_000_000
LONGEST_PROLOG = 65_536
PIECE = 64  # Bytes fed at a time before the root.
CHUNK = 1 << 20

_GB = re.compile(rb"""^<\?xml[^>]{0,100}encoding\s*=\s*["'](?:gb2312|gbk|gb18030)["']""", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Element:
    """An element with what is in it.

    Args:
        name: Local name.
        namespace: Its namespace, or empty.
        attributes: By local name.
        line: Where it begins; the first line is 1.
        text: Its own character data, not that of its children; blanks around it are not significant.
        children: In the order of the file.
    """

    name: str
    namespace: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    line: int = 0
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, name: str) -> list["Element"]:
        """Return the children of that local name."""
        return [child for child in self.children if child.name == name]

    def at(self, *path: str) -> "Element | None":
        """Return the first element down a path of local names, or None."""
        found = self
        for name in path:
            for child in found.children:
                if child.name == name:
                    found = child
                    break
            else:
                return None
        return found

    def text_at(self, *path: str) -> str:
        """Return the text of the first element down a path, without surrounding blanks, or nothing."""
        found = self.at(*path)
        return found.text.strip() if found else ""


def parse(data: bytes, file: str, skip: Collection[str] = ()) -> Element:
    """Return the root of a document.

    Args:
        data: The document.
        file: Its name, for errors.
        skip: Local names, or "namespace}name", of elements that are checked but not kept, with all they hold.

    Raises:
        FootproofError: E-DB-XML-ENTITY for a document type, E-DB-DEPTH, E-DB-XML-SIZE beyond the limits,
            E-DB-SYNTAX where it is not well-formed.
    """
    roots = list(stream(data, file, None, skip))
    if not roots:
        raise FootproofError("E-DB-SYNTAX", Where(file), reason="no root element")
    return roots[0]


def stream(data: bytes, file: str, names: Collection[str] | None, skip: Collection[str] = ()) -> Iterator[Element]:
    """Yield elements one after the other, so that a large document is never held as a whole.

    Args:
        data: The document.
        file: Its name, for errors.
        names: Local names of the elements to yield, the outermost of them each; None for the root.
        skip: Local names, or "namespace}name", of elements that are checked but not kept, with all they hold.

    Raises:
        FootproofError: As `parse`.
    """
    if _GB.match(data):  # Expat does not know the Chinese encodings.
        yield from _Parser(_decode(data, file), file, names, skip, "utf-8").run()
    else:
        yield from _Parser(data, file, names, skip, None).run()


def root_name(head: bytes) -> tuple[str, str]:
    """Return local name and namespace of the root from the beginning of a document, for recognition only."""
    text = re.sub(r"<!--.*?-->", "", head.replace(b"\0", b"").decode("utf-8", "replace"), flags=re.DOTALL)
    match = re.search(r"<(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)([^>]*)", text)
    if match is None:
        return "", ""
    prefix = f":{match[1]}" if match[1] else ""
    space = re.search(rf"""\sxmlns{re.escape(prefix)}\s*=\s*["']([^"']*)""", match[3])
    return match[2], space[1] if space else ""


def _decode(data: bytes, file: str) -> bytes:
    try:
        return data.decode("gb18030").encode("utf-8")
    except UnicodeDecodeError as problem:
        raise FootproofError("E-DB-SYNTAX", Where(file), reason=str(problem)[:200]) from problem


class _Parser:
    """Feeds a document to expat and keeps the elements that are wanted."""

    def __init__(
        self, data: bytes, file: str, names: Collection[str] | None, skip: Collection[str], encoding: str | None
    ) -> None:
        self.data, self.file = data, file
        self.names = None if names is None else frozenset(names)
        self.skip = frozenset(skip)
        self.done: list[Element] = []
        self.open: list[Element] = []
        self.pieces: list[list[str]] = []  # Of the text of each open element.
        self.depth = 0
        self.skipped = 0  # Depth at which skipping began.
        self.held = 0
        self.known: dict[str, tuple[str, str, bool]] = {}  # Local name, namespace, whether to skip.
        self.started = False
        self.expat = expat.ParserCreate(encoding, "}")
        self.expat.buffer_text = True
        self.expat.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.expat.StartDoctypeDeclHandler = self._doctype
        self.expat.EntityDeclHandler = self._doctype
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._text

    def run(self) -> Iterator[Element]:
        try:
            at = self._prolog()
            yield from self._finished()
            while at < len(self.data):
                self.expat.Parse(self.data[at : at + CHUNK], False)
                at = min(at + CHUNK, len(self.data))
                if at - self.expat.CurrentByteIndex > LONGEST_TOKEN:
                    raise self._too_large(at - self.expat.CurrentByteIndex, LONGEST_TOKEN)
                yield from self._finished()
            self.expat.Parse(b"", True)
            yield from self._finished()
        except expat.ExpatError as problem:
            where = Where(self.file, problem.lineno)
            raise FootproofError("E-DB-SYNTAX", where, reason=expat.ErrorString(problem.code)) from problem
        except (LookupError, ValueError) as problem:  # An encoding that nobody knows, or of several bytes.
            raise FootproofError("E-DB-SYNTAX", Where(self.file, 1), reason=str(problem)[:200]) from problem

    def _prolog(self) -> int:
        """Feed what stands before the root in small pieces: a refusal ends a piece, and little expands in 64 bytes."""
        at = 0
        while not self.started and at < len(self.data):
            if at >= LONGEST_PROLOG:
                raise self._too_large(at, LONGEST_PROLOG)
            self.expat.Parse(self.data[at : at + PIECE], False)
            at = min(at + PIECE, len(self.data))
        return at

    def _finished(self) -> list[Element]:
        done, self.done = self.done, []
        return done

    def _too_large(self, found: int, most: int) -> FootproofError:
        return FootproofError("E-DB-XML-SIZE", Where(self.file, self.expat.CurrentLineNumber), found=found, most=most)

    def _doctype(self, *_: object) -> None:
        raise FootproofError("E-DB-XML-ENTITY", Where(self.file, self.expat.CurrentLineNumber))

    def _name(self, name: str) -> tuple[str, str, bool]:
        space, _, local = name.rpartition("}")
        known = self.known[name] = local, space, local in self.skip or name in self.skip
        return known

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.started = True
        self.depth += 1
        if self.depth > DEEPEST:
            raise FootproofError("E-DB-DEPTH", Where(self.file, self.expat.CurrentLineNumber), most=DEEPEST)
        if self.skipped:
            return
        local, space, skip = self.known.get(name) or self._name(name)
        if skip:
            self.skipped = self.depth
        elif self.open or self.names is None or local in self.names:
            self._keep(local, space, attributes)

    def _keep(self, local: str, space: str, attributes: dict[str, str]) -> None:
        if "}" in "".join(attributes):
            attributes = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        element = Element(local, space, attributes, self.expat.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(element)
        self.open.append(element)
        self.pieces.append([])
        self.held += 1
        if self.held > MOST_ELEMENTS:
            raise self._too_large(self.held, MOST_ELEMENTS)

    def _end(self, _: str) -> None:
        if self.skipped:
            if self.depth == self.skipped:
                self.skipped = 0
        elif self.open:
            element = self.open.pop()
            element.text = "".join(self.pieces.pop())
            if not self.open:
                self.done.append(element)
                self.held = 0
        self.depth -= 1

    def _text(self, text: str) -> None:
        if self.open and not self.skipped and (self.pieces[-1] or not text.isspace()):
            self.pieces[-1].append(text)
