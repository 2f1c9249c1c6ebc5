"""Names are invented, numbers lie in ranges that nobody has, and each says that it is a demonstration."""

from footproof.certify.codes import need_credit_code
from footproof.server.world import names
from footproof.server.world.plan import BODIES
from footproof.server.world.shape import shape


def test_names_say_what_they_are() -> None:
    """Makers and bodies bear the mark in both languages, no blocked beginning, and differ."""
    word = shape().kinds[0].word
    found = [names.maker(number, word) for number in range(3000)] + [names.body_name(one) for one in range(BODIES)]
    assert all("（示例）" in one.zh and "(DEMO)" in one.en for one in found)
    assert not any(one.zh.startswith(tuple(names.BLOCKED)) for one in found)
    assert len({one.zh for one in found}) == len(found)


def test_codes_are_of_reserved_ranges() -> None:
    """Credit codes check and carry a region that is not assigned; product numbers check and begin with 952."""
    for number in (0, 7, 999_999):
        code = names.credit_code(number)
        need_credit_code(code)
        assert code[2:8] == "990000"
        gtin = names.product_code(number)
        assert gtin.startswith("0952")
        assert sum(int(sign) * (3 if place % 2 == 0 else 1) for place, sign in enumerate(gtin)) % 10 == 0


def test_values_have_a_source_or_say_that_they_are_invented() -> None:
    """17 categories in 25 provinces, each band with where it comes from."""
    assert len(shape().kinds) == 17
    assert len(shape().provinces) == 25
    assert all(one.low < one.high and one.source for one in shape().kinds)
    assert shape().outside not in {one.code for one in shape().provinces}
