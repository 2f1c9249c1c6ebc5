"""Every planted fault of the list of recognition records is refused under its own code, and what is sound is not."""

import pytest

from footproof.check.anchors import Anchors
from footproof.check.listing import Listed, check_listing
from footproof.check.material import Material
from footproof.errors import FootproofError
from footproof.texts import LANGUAGES, describe
from footproof.tlog import parse_vkey
from recognise.lists import FAULTS, SOUND, Had, fault


def asked(had: Had) -> Listed:
    """Return what Python says of a material."""

    def read(path: str) -> bytes:
        assert had.log is not None
        try:
            return had.log[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    material = Material(b"", None, None, None, listing=had.listing.to_bytes(), log=None if had.log is None else read)
    anchors = Anchors({}, {origin: parse_vkey(vkey) for origin, vkey in had.vkeys.items()})
    return check_listing(material, had.stated, anchors, had.moment, place=had.place)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_list_is_refused(name: str) -> None:
    with pytest.raises(FootproofError) as caught:
        asked(fault(name))
    assert caught.value.code == FAULTS[name][1]
    for lang in LANGUAGES:
        message, remedy = describe(caught.value, lang)
        assert message
        assert remedy
        assert "{" not in message + remedy


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_list_is_taken(name: str) -> None:
    had = fault(name)
    found = asked(had)
    assert found.facts["as_of"] == "2026-11-01T09:00:00Z"
    assert (found.facts["log_read"] == "—") == (had.log is None)
    assert len(found.notes) == 2
