"""The page's reader of the list of recognition records agrees with Python on every planted fault and sound list."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from footproof.model.recognition_records import record_json
from page.node import NODE, encoded, modules
from page.test_recognise_node import ask
from recognise.lists import BEYOND_THE_PAGE, FAULTS, SOUND, Had, fault

pytestmark = [pytest.mark.node, pytest.mark.skipif(NODE is None, reason="Node.js is not installed")]

# The page tells an unknown log and a foreign one alike.
PAGE_CODES = {"E-CHECK-LOG-UNKNOWN": "E-LOG-ORIGIN"}
UNKNOWN = {"E-CHECK-INDEX-STALE", "E-CHECK-INDEX-OLDER", "E-CHECK-RECORD-LATER"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return modules(tmp_path_factory.mktemp("lists"))


def request(had: Had) -> dict[str, Any]:
    return {
        "listing": encoded(had.listing.to_bytes()),
        "stated": {name: record_json(one) for name, one in had.stated.items()},
        "logs": [{"origin": origin, "vkey": vkey} for origin, vkey in had.vkeys.items()],
        "place": list(had.place),
        "now": int(had.moment.timestamp() * 1000),
        "log": None if had.log is None else {path: encoded(data) for path, data in had.log.items()},
    }


def test_both_refuse_the_same_faults_under_the_same_codes(place: Path) -> None:
    answers = ask(place, [request(fault(name)) for name in FAULTS])
    for (name, (_, code)), answer in zip(FAULTS.items(), answers, strict=True):
        if code in BEYOND_THE_PAGE:
            assert "refused" not in answer, name
            continue
        assert answer["refused"] == PAGE_CODES.get(code, code), name
        assert answer["unknown"] == (code in UNKNOWN), name


def test_both_take_what_is_sound(place: Path) -> None:
    # The page asks about now alone, so that a list of later is one of the future.
    names = [name for name in SOUND if name != "asked about a day before it"]
    answers = ask(place, [request(fault(name)) for name in names])
    for name, answer in zip(names, answers, strict=True):
        assert answer.get("asOf") == "2026-11-01T09:00:00Z", (name, answer)
        assert (answer["read"] == "") == (fault(name).log is None), name


def test_a_list_of_the_future_is_no_knowledge(place: Path) -> None:
    had = fault("the sound list")
    moments = [had.moment - timedelta(days=1), had.moment - timedelta(days=1, seconds=1)]
    first, second = ask(place, [request(replace(had, moment=moment)) for moment in moments])
    assert "refused" not in first
    assert second == {"refused": "E-CHECK-INDEX-AHEAD", "unknown": True}


# ---- each line that stops a fault is needed: without it the fault passes

PLANTED = {
    "the list has ended": ("now > readMoment(until)", "false"),
    "a certificate of another log": ("needed === index.log.origin", "true"),
    "a certificate newer than the list": ("inclusion.index >= BigInt(index.log.size)", "false"),
    "a member states the list": ("needed.every((word, at) => said[at] === word)", "true"),
    "the list of another tree": ("sameBytes(before, rootOf(index))", "true"),
    "a record removed": ("records.length > 0", "false"),
    "an older list under a newer checkpoint": ("if (at > position) refuseLater(entry, at, staters);", ""),
    "a fork of the log beside the list": ("need(sameBytes(entry, own), ", "need(true, "),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_fault_planted_in_the_page_lets_its_attack_through(name: str, tmp_path: Path) -> None:
    broken = modules(tmp_path, {"listing.js": PLANTED[name]})
    [wrong] = ask(broken, [request(fault(name))])
    assert wrong.get("refused") != FAULTS[name][1]
