"""Read the address in a QR code from a photo or picture, as a phone would.

The picture comes from outside: its kind, size and number of pixels are limited before anything is decoded. Only QR
codes (ISO/IEC 18004) are sought. What stands in one is text like any other, and nothing is done with it here.
"""

import io
import warnings
from collections.abc import Iterable

from PIL import Image, ImageOps
from zxingcpp import BarcodeFormat, BarcodeFormats, read_barcodes

from footproof.errors import FootproofError, Where

MOST_BYTES = 20_000_000
MOST_PIXELS = 60_000_000
MOST_TEXT = 2_000
KINDS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM", b"GIF8")
_CODES = BarcodeFormats(BarcodeFormat.QRCode)
# A reader looks at the whole picture first and at a smaller one after: noise of a large photo disappears in it.
_LONGEST_SIDES = (4096, 1600, 800)


def is_picture(data: bytes) -> bool:
    """Return whether bytes begin like a picture of a kind that is read."""
    return data.startswith(_SIGNATURES)


def read_codes(data: bytes, file: str) -> tuple[str, ...]:
    """Return the texts of the QR codes in a picture, each once, in the order in which they were found.

    Args:
        data: PNG, JPEG, WebP, BMP or GIF.
        file: Name for messages.

    Raises:
        FootproofError: E-PHOTO-SIZE for a picture beyond 20 MB or 60 megapixels, E-PHOTO-FORM for one that cannot be
            decoded, E-PHOTO-CODE where no code was found in it.
    """
    if len(data) > MOST_BYTES:
        raise FootproofError("E-PHOTO-SIZE", Where(file), found=f"{len(data)} bytes", limit=f"{MOST_BYTES} bytes")
    picture = _grey(data, file)
    for side in _LONGEST_SIDES:
        texts = tuple(dict.fromkeys(_texts(picture, side)))
        if texts:
            return texts
    raise FootproofError("E-PHOTO-CODE", Where(file), width=picture.width, height=picture.height)


def _grey(data: bytes, file: str) -> Image.Image:
    """Return the picture upright, without colours; nothing is decoded before its size is known."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is stricter
            picture = Image.open(io.BytesIO(data), formats=KINDS)
            if picture.width * picture.height > MOST_PIXELS:
                found = f"{picture.width} × {picture.height} pixels"
                raise FootproofError("E-PHOTO-SIZE", Where(file), found=found, limit=f"{MOST_PIXELS} pixels")
            # A code on a transparent ground is meant to stand on white.
            layer = ImageOps.exif_transpose(picture).convert("RGBA")
            ground = Image.new("RGBA", layer.size, "white")
            return Image.alpha_composite(ground, layer).convert("L")
    except FootproofError:
        raise
    except Image.DecompressionBombError as problem:
        raise FootproofError("E-PHOTO-SIZE", Where(file), found=str(problem)[:100], limit=MOST_PIXELS) from problem
    except (OSError, ValueError, SyntaxError, MemoryError) as problem:
        raise FootproofError("E-PHOTO-FORM", Where(file), reason=str(problem)[:200]) from problem


def _texts(picture: Image.Image, side: int) -> Iterable[str]:
    """Yield the texts of the codes in a picture of at most that many pixels a side."""
    smaller = picture
    if max(picture.size) > side:
        smaller = picture.copy()
        smaller.thumbnail((side, side))
    yield from codes_in(smaller)


def codes_in(picture: Image.Image) -> Iterable[str]:
    """Yield the texts of the codes in a picture as it is.

    Args:
        picture: Grey.
    """
    for code in read_barcodes(picture, formats=_CODES):
        if code.valid and 0 < len(code.text) <= MOST_TEXT:
            yield code.text
