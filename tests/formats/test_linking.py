"""The file of choices reads to what was written, and refuses what nobody would read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats.linking import read_settings, write_settings
from footproof.model.linking import (
    AllocationChoice,
    AllocationMethod,
    Exclusion,
    Preference,
    Role,
    Settings,
    SupplierChoice,
)

HEAD = 'format = "footproof-linking/1"\n'
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), min_size=1, max_size=20).filter(
    lambda text: text.strip() and unicodedata.is_normalized("NFC", text)
)
SHARES = st.dictionaries(TEXT, st.integers(1, 10**9).map(lambda number: number / 1000), max_size=4)
SETTINGS = st.builds(
    Settings,
    several=st.lists(st.sampled_from(Preference), min_size=1, max_size=3).map(tuple),
    match_names=st.booleans(),
    allocation=st.lists(st.sampled_from(AllocationMethod), min_size=1, max_size=3).map(tuple),
    suppliers=st.lists(
        st.builds(SupplierChoice, TEXT, SHARES, st.one_of(st.just(""), TEXT), st.one_of(st.just(""), TEXT)), max_size=3
    ).map(tuple),
    allocations=st.lists(st.builds(AllocationChoice, TEXT, st.sampled_from(AllocationMethod), SHARES), max_size=3).map(
        lambda choices: {choice.dataset: choice for choice in choices}
    ),
    exclusions=st.lists(
        st.one_of(
            st.builds(Exclusion, dataset=TEXT, reason=st.one_of(st.just(""), TEXT)),
            st.builds(Exclusion, kind=st.just("system process"), reason=TEXT),
        ),
        max_size=3,
    ).map(tuple),
    roles=st.dictionaries(TEXT, st.sampled_from(Role), max_size=3),
    tags=st.dictionaries(TEXT, st.frozensets(TEXT, max_size=3), max_size=2),
)


@given(SETTINGS)
def test_what_is_written_reads_to_the_same(settings: Settings) -> None:
    assert read_settings(write_settings(settings), "choices.toml", Settings()) == settings


def test_what_the_file_does_not_say_stays_as_preset() -> None:
    preset = Settings(match_names=False, allocation=(AllocationMethod.CUT_OFF,), several=(Preference.LEAVE,))
    assert read_settings(HEAD.encode(), "choices.toml", preset) == preset
    only = read_settings((HEAD + "[suppliers]\nmatch_names = true\n").encode(), "choices.toml", preset)
    assert (only.match_names, only.several) == (True, (Preference.LEAVE,))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('format = "footproof-linking/2"\n', "E-KEY-CHOICE"),
        (HEAD + "[supplies]\n", "E-KEY-UNKNOWN"),
        (HEAD + '[suppliers]\nseveral = ["nearest"]\n', "E-KEY-CHOICE"),
        (HEAD + '[allocation]\ndefault = "mass"\n', "E-KEY-CHOICE"),
        (HEAD + "[[supplier]]\nshares = { a = 1 }\n", "E-KEY-MISSING"),
        (HEAD + '[[supplier]]\nflow = "x"\nshares = { a = "1" }\n', "E-KEY-TYPE"),
        (HEAD + '[[allocate]]\ndataset = "x"\nmethod = "by hand"\n', "E-KEY-CHOICE"),
        (HEAD + '[[exclude]]\nreason = "x"\n', "E-KEY-MISSING"),
        (HEAD + '[[exclude]]\ndataset = "x"\nkind = "system process"\n', "E-KEY-MISSING"),
        (HEAD + '[[exclude]]\nkind = "bad data"\n', "E-KEY-CHOICE"),
        (HEAD + '[[role]]\ndataset = "x"\nrole = "new"\n', "E-KEY-CHOICE"),
        (HEAD + '[[tag]]\ntag = "aircraft"\ndatasets = "x"\n', "E-KEY-TYPE"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read_settings(text.encode(), "choices.toml", Settings())
    assert caught.value.code == code
    assert caught.value.where is not None
    assert caught.value.where.file == "choices.toml"
