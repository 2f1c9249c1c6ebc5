"""Photos of codes: sharp, tilted, dark, blurred, and pictures that are attacks."""

import io
import random
import struct
import zlib

import pytest
import segno
from PIL import Image, ImageFilter

from footproof.errors import FootproofError
from footproof.server.photo import MOST_BYTES, is_picture, read_codes

ADDRESS = "https://register.example/c/DEMO-2026-000001/"


def _code(scale: int = 8) -> Image.Image:
    data = io.BytesIO()
    segno.make(ADDRESS, error="m").save(data, kind="png", scale=scale, border=4)
    return Image.open(data).convert("RGB")


def _bytes(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_every_kind_of_picture_gives_the_address(kind: str) -> None:
    data = _bytes(_code(), kind)
    assert is_picture(data)
    assert read_codes(data, "mark") == (ADDRESS,)


def test_a_photo_tilted_turned_blurred_and_noisy_gives_the_address() -> None:
    code = _code(12)
    side = code.width
    tilted = code.transform(
        (side, side), Image.Transform.QUAD, (20, 5, 0, side, side - 10, side - 25, side, 0), fillcolor="white"
    )
    photo = Image.new("RGB", (2400, 1800), (188, 180, 170))
    photo.paste(tilted.rotate(11, expand=True, fillcolor=(188, 180, 170)), (700, 400))
    chance = random.Random(5)
    grains = [(chance.randrange(2400), chance.randrange(1800)) for _ in range(20_000)]
    for place in grains:
        photo.putpixel(place, (chance.randrange(256),) * 3)
    photo = photo.filter(ImageFilter.GaussianBlur(1.5)).point(lambda level: int(level * 0.5))
    assert read_codes(_bytes(photo, "JPEG", quality=60), "photo.jpg") == (ADDRESS,)


def test_a_code_on_a_transparent_ground_is_read() -> None:
    code = _code().convert("L")
    clear = Image.new("RGBA", code.size, (0, 0, 0, 0))
    clear.putalpha(code.point(lambda level: 255 - level))
    assert read_codes(_bytes(clear), "mark.png") == (ADDRESS,)


def test_a_picture_without_a_code_says_so() -> None:
    with pytest.raises(FootproofError) as raised:
        read_codes(_bytes(Image.new("RGB", (300, 200), "white")), "white.png")
    assert raised.value.code == "E-PHOTO-CODE"
    assert raised.value.values["width"] == 300


def _png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing: a decompression bomb."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(FootproofError) as raised:
        read_codes(_png_of(50_000, 50_000), "bomb.png")
    assert raised.value.code == "E-PHOTO-SIZE"
    with pytest.raises(FootproofError) as raised:
        read_codes(b"\x89PNG" + bytes(MOST_BYTES), "long.png")
    assert raised.value.code == "E-PHOTO-SIZE"


def test_damaged_pictures_are_refused_and_never_crash() -> None:
    whole = _bytes(_code(), "PNG")
    chance = random.Random(1)
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        data = data[: chance.randrange(8, len(data) + 1)]
        try:
            assert read_codes(bytes(data), "damaged.png") == (ADDRESS,)
        except FootproofError as problem:
            assert problem.code in {"E-PHOTO-FORM", "E-PHOTO-CODE", "E-PHOTO-SIZE"}  # noqa: PT017
