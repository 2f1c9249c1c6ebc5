"""Whether bytes are DER and nothing else: one length, one spelling of each whole number and object identifier (X.690).

Parsers of certificates and signatures read BER, in which one value has many spellings. Outside what a signature covers
a second spelling would be a change that nobody notices.
"""

from footproof.errors import ProofRejected

DEEPEST = 40
MOST_ELEMENTS = 20_000
_INTEGER, _OBJECT, _HIGH = 0x02, 0x06, 0x1F


def der_length(data: bytes) -> int:
    """Return how long the DER value at the start is; what follows it is the caller's to judge. [bytes]

    Args:
        data: Begins with the value.

    Raises:
        ProofRejected: E-DER-FORM for another encoding.
    """
    elements = 0

    def walk(start: int, end: int, depth: int) -> None:
        nonlocal elements
        while start < end:
            elements += 1
            tag, first, after = _header(data, start, end)
            if depth >= DEEPEST or elements > MOST_ELEMENTS:
                raise _refused(f"deeper than {DEEPEST} or more than {MOST_ELEMENTS} values")
            if tag & 0x20:
                walk(first, after, depth + 1)
            else:
                _need_one_spelling(tag, data[first:after])
            start = after

    _, _, end = _header(data, 0, len(data))
    walk(0, end, 0)
    return end


def der_tags(data: bytes) -> bytes:
    """Return the tags of the values directly inside a DER value, one byte each.

    Args:
        data: One whole value.

    Raises:
        ProofRejected: E-DER-FORM.
    """
    _, start, end = _header(data, 0, len(data))
    tags = bytearray()
    while start < end:
        tag, _, start = _header(data, start, end)
        tags.append(tag)
    return bytes(tags)


def _header(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Return tag, where the content begins, and where it ends."""
    if end - start < 2:
        raise _refused("cut short")
    tag, size, first = data[start], data[start + 1], start + 2
    if tag == 0 or tag & _HIGH == _HIGH or size == 0x80:
        raise _refused("no tag, a long tag, or a length without an end")
    if size > 0x80:
        count = size - 0x80
        digits = data[first : first + count]
        size, first = int.from_bytes(digits, "big"), first + count
        if len(digits) < count or count > 4 or digits[0] == 0 or size < 0x80:
            raise _refused("a length in a second spelling")
    if first + size > end:
        raise _refused("a length beyond the end")
    return tag, first, first + size


def _need_one_spelling(tag: int, content: bytes) -> None:
    if tag == _INTEGER and (not content or (len(content) > 1 and _idle(content))):
        raise _refused("a whole number in a second spelling")
    if tag == _OBJECT:
        starts = (0, *(index + 1 for index, octet in enumerate(content[:-1]) if octet < 0x80))
        if not content or content[-1] >= 0x80 or any(content[index] == 0x80 for index in starts):
            raise _refused("an object identifier in a second spelling")


def _idle(content: bytes) -> bool:
    return (content[0] == 0x00 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)


def _refused(reason: str) -> ProofRejected:
    return ProofRejected("E-DER-FORM", reason=reason)
