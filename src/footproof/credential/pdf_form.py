"""The one form in which a PDF certificate is read: a single revision, everything in plain sight, nothing that acts.

ISO 32000-1 allows far more than a certificate needs, and most attacks on signed PDFs live in that room: later revisions
that change what is shown (shadow attacks), objects hidden in compressed streams, a signature whose gap holds more than
the signature, scripts and launch actions, files attached twice under one name. The form leaves no such room. Nothing is
decompressed, drawn or run; the parser is pyHanko's in strict mode, over at most 10 MB.
"""

# mypy: disallow-untyped-calls=False

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import extract_contents

from footproof.errors import ProofRejected, Where

MOST_BYTES = 10 * 1024 * 1024
MOST_OBJECTS = 4000
MOST_NODES = 200_000
MOST_READS = 300_000
MOST_PAGES = 4
DEEPEST = 40
JWT_NAME = "certificate.jwt"
JSON_NAME = "certificate.json"
JWT_TYPE = "application/vc+jwt"
JSON_TYPE = "application/vc"

# Names that make a file act, reach out, or show what is not in it, as keys or as values.
_ACTIVE = frozenset(
    {
        "/3D", "/AA", "/Collection", "/DSS", "/EmbeddedFDFs", "/FileAttachment", "/GoTo3DView", "/GoToE", "/GoToR",
        "/Hide", "/ImportData", "/JS", "/JavaScript", "/Launch", "/Movie", "/OCProperties", "/OpenAction", "/PRC",
        "/Rendition", "/Requirements", "/ResetForm", "/RichMedia", "/RichMediaContent", "/SetOCGState",
        "/Sound", "/SubmitForm", "/Trans", "/U3D", "/XFA",
    }
)  # fmt: skip
_HIDDEN = frozenset({"/ObjStm", "/XRef"})
# In letters of one size, so that no digit can be written in two ways.
_GAP = re.compile(rb"<((?:[0-9A-F]{2})+|(?:[0-9a-f]{2})+)>")
# The page is made from the token, and the JSON says the same as the page (ISO 19005-3, AFRelationship).
_FILES = {JSON_NAME: (JSON_TYPE, "/Alternative"), JWT_NAME: (JWT_TYPE, "/Source")}


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPdf:
    """A file that has the form; its signature is not checked yet.

    Args:
        reader: The parsed file.
        files: The attachments by name: `certificate.jwt` and `certificate.json`.
        contents: What stands in the gap of the signature, decoded, with the zeros that fill it.
    """

    reader: PdfFileReader
    files: dict[str, bytes]
    contents: bytes


def open_pdf(data: bytes, file: str = "PDF") -> OpenedPdf:
    """Return a PDF certificate that has the form.

    Args:
        data: Of anybody.
        file: Name for messages.

    Raises:
        ProofRejected: E-PDF-SIZE, E-PDF-FORM, E-PDF-ENCRYPTED, E-PDF-REVISIONS, E-PDF-ACTIVE, E-PDF-UNSIGNED,
            E-PDF-COVERAGE, E-PDF-ATTACHMENT.
    """
    if len(data) > MOST_BYTES:
        raise ProofRejected("E-PDF-SIZE", Where(file), found=len(data), limit=MOST_BYTES)
    if not data.startswith(b"%PDF-1.") or data.count(b" 00000 n") > MOST_OBJECTS:
        raise ProofRejected("E-PDF-FORM", Where(file), reason=f"%PDF-1.…, at most {MOST_OBJECTS} objects")
    try:
        return _opened(data)
    except ProofRejected as problem:
        raise problem.at(Where(file, field=problem.where.field if problem.where else None)) from problem
    except Exception as problem:  # whatever a hostile file makes the parser trip over is one answer
        raise ProofRejected("E-PDF-FORM", Where(file), reason=f"{type(problem).__name__}: {problem}"[:300]) from problem


def _opened(data: bytes) -> OpenedPdf:
    reader = PdfFileReader(_Metered(data), strict=True)
    if "/Encrypt" in reader.trailer:
        raise ProofRejected("E-PDF-ENCRYPTED")
    if reader.xrefs.total_revisions != 1:
        raise ProofRejected("E-PDF-REVISIONS", found=reader.xrefs.total_revisions)
    if reader.has_xref_stream or reader.xrefs.hybrid_xrefs_present:
        raise _form("a cross-reference stream")
    found = _Census(reader)
    found.need_counts()
    gap = _gap(data, found.signature)
    return OpenedPdf(reader, _files(reader), gap)


class _Metered(BytesIO):
    """Bytes that can be read so often and no more: the parser reads letter by letter, and time is what it costs."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left = MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise _form(f"more than {MOST_READS} steps of reading")
        return super().read(size)


class _Census:
    """What stands anywhere in the file, reachable or not."""

    def __init__(self, reader: PdfFileReader) -> None:
        self.pages = self.fields = 0
        self.signatures: list[Any] = []
        self.specs: list[Any] = []
        self.streams: list[Any] = []
        self._left = MOST_NODES
        references = reader.xrefs.explicit_refs_in_revision(0)
        if len(references) > MOST_OBJECTS:
            raise _form(f"{len(references)} objects, at most {MOST_OBJECTS}")
        for reference in references:
            self._visit(reader.get_object(reference), 0)
        self._visit(reader.trailer.flatten(), 0)

    @property
    def signature(self) -> Any:
        return self.signatures[0]

    def need_counts(self) -> None:
        if not self.signatures:
            raise ProofRejected("E-PDF-UNSIGNED")
        if len(self.signatures) > 1 or self.fields != 1:
            raise _form(f"{len(self.signatures)} signatures, {self.fields} form fields; one is needed")
        if not 1 <= self.pages <= MOST_PAGES:
            raise _form(f"{self.pages} pages, at most {MOST_PAGES}")
        if len(self.specs) != len(_FILES) or len(self.streams) != len(_FILES):
            raise _attachment(f"{len(self.specs)} / {len(self.streams)}")

    def _visit(self, value: Any, depth: int) -> None:
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise _form(f"deeper than {DEEPEST} or more than {MOST_NODES} values")
        if isinstance(value, generic.NameObject):
            self._name(value)
        elif isinstance(value, generic.ArrayObject):
            for index in range(len(value)):
                self._visit(value.raw_get(index), depth + 1)
        elif isinstance(value, generic.DictionaryObject):
            self._count(value)
            for key in value:
                self._name(key)
                self._visit(value.raw_get(key), depth + 1)

    def _name(self, name: str) -> None:
        if name in _ACTIVE:
            raise ProofRejected("E-PDF-ACTIVE", found=name)
        if name in _HIDDEN:
            raise _form(name)
        if name == "/Encrypt":
            raise ProofRejected("E-PDF-ENCRYPTED")

    def _count(self, value: Any) -> None:
        kind = value.get("/Type")
        self.pages += kind == "/Page"
        self.fields += "/FT" in value
        if "/ByteRange" in value or kind in ("/Sig", "/DocTimeStamp"):
            self.signatures.append(value)
        if "/EF" in value or kind in ("/Filespec", "/F"):
            self.specs.append(value)
        if kind == "/EmbeddedFile":
            self.streams.append(value)


def _gap(data: bytes, signature: Any) -> bytes:
    """Return what the signature leaves out, once that is its own /Contents and everything else is covered."""
    numbers = signature.raw_get("/ByteRange")
    if len(numbers) != 4 or not all(type(number) is generic.NumberObject for number in numbers):
        raise _coverage(str(numbers)[:100])
    zero, before, start, after = (int(number) for number in numbers)
    if zero != 0 or not 0 < before < start or start + after != len(data):
        raise _coverage(f"[{zero} {before} {start} {after}], {len(data)} bytes")
    match = _GAP.fullmatch(data[before:start])
    if match is None:
        raise _coverage("the gap is not one string of hexadecimal digits in one spelling")
    gap = bytes.fromhex(match[1].decode("ascii"))
    if extract_contents(signature) != gap:
        raise _coverage("the gap is not the /Contents of the signature")
    return gap


def _files(reader: PdfFileReader) -> dict[str, bytes]:
    """Return the attachments: the same two in the name tree and among the associated files, each once."""
    root = reader.root
    tree = root["/Names"]["/EmbeddedFiles"]
    if set(tree) - {"/Names", "/Limits"}:
        raise _attachment("/Kids")
    names = tree["/Names"]
    if len(names) != 2 * len(_FILES):
        raise _attachment(f"{len(names)} / 2")
    files: dict[str, bytes] = {}
    listed = []
    for index in range(0, len(names), 2):
        spec = names[index + 1]
        listed.append(names.raw_get(index + 1))
        name = str(names[index])
        if name in files:
            raise _attachment(f"{name} × 2")
        files[name] = _file(name, spec)
    associated = [root["/AF"].raw_get(index) for index in range(len(root["/AF"]))]
    if sorted(map(str, associated)) != sorted(map(str, listed)) or files.keys() != _FILES.keys():
        raise _attachment(", ".join(sorted(files)))
    return files


def _file(name: str, spec: Any) -> bytes:
    stream = spec["/EF"]["/F"]
    same = str(spec.get("/F")) == name and str(spec.get("/UF")) == name
    plain = isinstance(stream, generic.StreamObject) and "/Filter" not in stream and "/F" not in stream
    if not same or not plain or set(spec["/EF"]) - {"/F", "/UF"}:
        raise _attachment(name)
    if spec["/EF"].raw_get("/F") != spec["/EF"].raw_get("/UF") or stream.get("/Type") != "/EmbeddedFile":
        raise _attachment(name)
    if (str(stream.get("/Subtype"))[1:], spec.get("/AFRelationship")) != _FILES.get(name):
        raise _attachment(name)
    return bytes(stream.encoded_data)


def needed_files() -> Iterator[tuple[str, str, str]]:
    """Yield name, media type and relationship of each attachment, in the order of the name tree."""
    for name, (media_type, relationship) in sorted(_FILES.items()):
        yield name, media_type, relationship


def _form(reason: str) -> ProofRejected:
    return ProofRejected("E-PDF-FORM", reason=reason)


def _coverage(reason: str) -> ProofRejected:
    return ProofRejected("E-PDF-COVERAGE", reason=reason)


def _attachment(reason: str) -> ProofRejected:
    return ProofRejected("E-PDF-ATTACHMENT", reason=reason[:200])
