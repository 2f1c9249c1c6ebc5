"""The code of a mark is the one with the lowest penalty of the eight that the standard allows, however it is found."""

from random import Random

import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from segno.encoder import evaluate_mask

from footproof.label.code import code_modules, penalty

LETTERS = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
FINDER = (1, 0, 1, 1, 1, 0, 1)
PLANTED = st.sampled_from(
    (FINDER, (0, 0, 0, 0, *FINDER), (*FINDER, 0, 0, 0, 0), (*FINDER, 1, 1, 0, 1), (*FINDER, *FINDER[1:]))
)


@settings(deadline=None, max_examples=150)
@given(st.text(LETTERS, min_size=1, max_size=250))
def test_the_code_is_the_one_of_a_module_by_module_search(tail: str) -> None:
    link = f"https://{tail}"
    searched = segno.make_qr(link, error="m", boost_error=True).matrix
    assert list(code_modules(link)) == [bytes(row) for row in searched]


@settings(deadline=None, max_examples=40)
@given(
    st.text(LETTERS, min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 59), LETTERS), max_size=9),
)
def test_the_code_of_a_text_like_another_one_is_its_own(tail: str, changes: list[tuple[int, str]]) -> None:
    """Law: which text of a length was drawn before makes no difference, nor how many letters are others."""
    link = f"https://{tail}"
    code_modules(link)
    for place, letter in changes:
        link = link[: place % len(link)] + letter + link[place % len(link) + 1 :]
        searched = segno.make_qr(link, error="m", boost_error=True).matrix
        assert list(code_modules(link)) == [bytes(row) for row in searched]


@settings(deadline=None)
@given(
    st.sampled_from((21, 25, 45)),
    st.randoms(use_true_random=False),
    st.sampled_from((0.5, 0.2, 0.8)),
    st.lists(st.tuples(PLANTED, st.booleans()), max_size=12),
)
def test_the_penalty_is_that_of_every_module_looked_at(
    size: int, chance: Random, dark: float, planted: list[tuple[tuple[int, ...], bool]]
) -> None:
    """Patterns that look like a finder are planted at random places, across and down, some over others."""
    rows = [bytearray(chance.random() < dark for _ in range(size)) for _ in range(size)]
    for pattern, across in planted:
        line, begin = chance.randrange(size), chance.randrange(size - len(pattern) + 1)
        for place, module in enumerate(pattern, start=begin):
            row, column = (line, place) if across else (place, line)
            rows[row][column] = module
    symbol = sum(module << row * size + column for row, cells in enumerate(rows) for column, module in enumerate(cells))
    assert penalty(symbol, size) == evaluate_mask(rows, size, size)  # type: ignore[no-untyped-call]
