"""Read the address in a mark that was drawn: an SVG file, as the static tree publishes it.

The code in it is what a phone would read, so its modules are painted and read like a photo; the same address stands in
its description for those who cannot see. Nothing else of the drawing is rendered, nothing it names is fetched, and a
file that declares entities is refused unread.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError

from PIL import Image, ImageDraw

from footproof.errors import FootproofError, Where
from footproof.server.photo import MOST_TEXT, codes_in

MOST_BYTES = 2_000_000
MOST_MODULES = 177 + 2 * 10
SCALE = 6

_START = re.compile(rb"\s*(<\?xml[^>]{0,200}\?>\s*)?(<!--.{0,2000}?-->\s*)*<svg[\s>]", re.DOTALL)
_DECLARES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_RUN = re.compile(r"M([0-9]{1,3}) ([0-9]{1,3})h([0-9]{1,3})v1h-([0-9]{1,3})z")
_BOX = re.compile(r"0 0 ([0-9]{1,3}) ([0-9]{1,3})")
_ADDRESS = re.compile(r"https?://[\x21\x23-\x3b\x3d\x3f-\x7e]+", re.ASCII)
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_WORDS = frozenset(_NAMESPACE + name for name in ("title", "desc", "text", "tspan"))


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a drawing holds.

    Args:
        codes: Texts of the QR codes drawn in it.
        addresses: Web addresses in its words.
    """

    codes: tuple[str, ...]
    addresses: tuple[str, ...]


def is_drawing(data: bytes) -> bool:
    """Return whether bytes begin like an SVG file."""
    return _START.match(data[:4096].removeprefix(b"\xef\xbb\xbf")) is not None


def read_drawing(data: bytes, file: str) -> Drawn:
    """Return the codes and addresses in a drawing.

    Args:
        data: SVG.
        file: Name for messages.

    Raises:
        FootproofError: E-PHOTO-SIZE beyond 2 MB; E-PHOTO-FORM where it is no XML or declares entities; E-PHOTO-DRAWING
            where it holds neither a code nor an address.
    """
    if len(data) > MOST_BYTES:
        raise FootproofError("E-PHOTO-SIZE", Where(file), found=f"{len(data)} bytes", limit=f"{MOST_BYTES} bytes")
    if _DECLARES.search(data):
        raise FootproofError("E-PHOTO-FORM", Where(file), reason="DOCTYPE")
    try:
        root = ET.fromstring(data)  # noqa: S314  # entities are refused above
    except (ET.ParseError, ExpatError, ValueError, LookupError, RecursionError) as problem:
        raise FootproofError("E-PHOTO-FORM", Where(file), reason=str(problem)[:200]) from problem
    codes = tuple(dict.fromkeys(_codes(root)))
    addresses = tuple(dict.fromkeys(_addresses(root)))
    if not codes and not addresses:
        raise FootproofError("E-PHOTO-DRAWING", Where(file))
    return Drawn(codes, addresses)


def _codes(root: ET.Element) -> Iterator[str]:
    """Yield the texts of codes that are drawn as one path of runs in a square of modules, which is how we draw them."""
    for square in root.iter(f"{_NAMESPACE}svg"):
        box = _BOX.fullmatch(square.get("viewBox", ""))
        if box is None or box[1] != box[2] or not 0 < int(box[1]) <= MOST_MODULES:
            continue
        for path in square.findall(f"{_NAMESPACE}path"):
            runs = path.get("d", "")
            if runs and not _RUN.sub("", runs):
                yield from codes_in(_painted(int(box[1]), runs))


def _painted(modules: int, runs: str) -> Image.Image:
    picture = Image.new("L", (modules * SCALE, modules * SCALE), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, length, _ in ((int(each) for each in run) for run in _RUN.findall(runs)):
        pen.rectangle((x * SCALE, y * SCALE, (x + length) * SCALE - 1, (y + 1) * SCALE - 1), fill=0)
    return picture


def _addresses(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        if element.tag in _WORDS and element.text:
            yield from (found for found in _ADDRESS.findall(element.text) if len(found) <= MOST_TEXT)
