"""The few encodings that the text files of a log share: strict base64 and decimals without leading zeros.

Both refuse a second spelling of the same value, so that a file that verifies has one form only.
"""

import binascii
from base64 import b64decode, b64encode

MAX_NUMBER = 2**63 - 1


def encode_base64(data: bytes) -> str:
    """Return standard base64 with padding (RFC 4648 section 4)."""
    return b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes | None:
    """Return the bytes, or None where the text is not the base64 that `encode_base64` writes."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encode_base64(data) == text else None


def decode_number(text: str) -> int | None:
    """Return a number of 0 to 2**63 - 1, or None for a sign, leading zero, other digits or more."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or (text[0] == "0" and text != "0"):
        return None
    number = int(text)
    return number if number <= MAX_NUMBER else None
