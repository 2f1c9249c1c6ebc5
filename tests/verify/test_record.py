"""Engagements come back from their records as they were, and nothing else is read."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from footproof.canonical import canonical_bytes, read_canonical
from footproof.errors import FootproofError, Where
from footproof.model.engagement import Engagement
from footproof.verify.record import engagement_digest, engagement_record, read_engagement
from footproof.verify.sampling import Unit, draw
from verify.engagements import RISKS, draft, gathered, issued, misstatement
from verify.test_engagement import random_step
from verify.test_sampling import FRAME


def test_every_stage_comes_back() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        found = (Engagement("E", "", "client"), gathered(), issued())[seed % 3]
        for _ in range(20):
            found = random_step(found, chance)
        again = read_engagement(read_canonical(canonical_bytes(engagement_record(found))))
        assert again == found
        assert engagement_digest(again) == engagement_digest(found)


def test_samples_places_and_open_amounts_come_back() -> None:
    found = replace(
        issued(),
        samples=(draw("a public seed", FRAME, 4),),
        risks=(replace(RISKS[0], rows=(Where("exchanges.csv", 4, "unit"), Where("study.toml"))),),
        misstatements=(misstatement("m", None), misstatement("n", 3, corrected=True)),
    )
    assert read_engagement(engagement_record(found)) == found
    assert Unit("a", RISKS[0].share).size == RISKS[0].share


def at(record: Any, *path: str | int) -> Any:
    for key in path[:-1]:
        record = record[key]
    return record, path[-1]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("engagement",), "footproof-engagement/2"),
        (("content", "version"), "1"),
        (("content", "version"), True),
        (("content", "state"), "signed"),
        (("content", "strange"), "x"),
        (("content", "claim", "value"), "ninety"),
        (("content", "claim", "value"), "9E1"),
        (("content", "claim", "gross", "manufacturing"), "2/4"),
        (("content", "claim", "start"), "1 January"),
        (("content", "criteria"), "ISO 14067"),
        (("content", "plan", "items"), {}),
        (("content", "misstatements", 0, "corrected"), 1),
        (("content", "misstatements", 0, "amount"), 3),
        (("content", "team"), "lead"),
    ],
)
def test_what_is_not_of_the_form_is_refused(path: tuple[str | int, ...], value: object) -> None:
    found = replace(gathered(), misstatements=(misstatement("m", 3),))
    record = json.loads(json.dumps(engagement_record(found)))
    target, key = at(record, *path)
    target[key] = value
    with pytest.raises(FootproofError) as caught:
        read_engagement(record)
    assert caught.value.code == "E-VERIFY-RECORD"


def test_a_record_that_lacks_a_field_is_refused() -> None:
    record = json.loads(json.dumps(engagement_record(draft())))
    del record["content"]["later"]
    others: list[object] = [record, [], None, {"content": {}}]
    for wrong in others:
        with pytest.raises(FootproofError):
            read_engagement(wrong)
