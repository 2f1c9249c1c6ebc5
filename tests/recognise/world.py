"""The small world of the recognition tests, and what a case changes in it."""

import copy
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from footproof.canonical import canonical_bytes
from footproof.model.recognition_records import RecognitionRecords, part_from_json, record_from_json
from footproof.recognise import Question, Roots, read_roots

HERE = Path(__file__).parent
WORLD = tomllib.loads((HERE / "world.toml").read_text("utf-8"))
NOW = date(2026, 11, 1)


def plain(value: Any) -> Any:
    """Return TOML as JSON: days as text."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def changed(case: Mapping[str, Any]) -> tuple[Question, RecognitionRecords, Roots, date]:
    """Return question, records, roots and today of a case.

    A case may override members of the question and of the roots, drop records, add records (a copy of another with
    other members: `like`), and set members of records by path, such as "approval-17.scopes.0.last".
    """
    records = {one["id"]: one for one in copy.deepcopy(WORLD["record"])}
    for one in case.get("add", ()):
        like = copy.deepcopy(records[one["like"]]) if "like" in one else {}
        new = like | {key: value for key, value in one.items() if key != "like"}
        records[new["id"]] = new
    for path, value in case.get("set", {}).items():
        name, *steps = path.split(".")
        place: Any = records[name]
        for step in steps[:-1]:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if isinstance(place, list):
            place.insert(int(steps[-1]), value)
        elif value == "":
            del place[steps[-1]]
        else:
            place[steps[-1]] = value
    for name in case.get("drop", ()):
        del records[name]
    found = tuple(record_from_json(plain(one)) for one in records.values())
    asked = plain(WORLD["question"] | case.get("question", {}))
    question = part_from_json(Question, {k: v for k, v in asked.items() if v != ""}, "question")
    roots = read_roots(canonical_bytes(plain(WORLD["roots"] | case.get("roots", {}))))
    return question, RecognitionRecords(found), roots, case.get("now", NOW)


def sound_world() -> tuple[Question, RecognitionRecords, Roots, date]:
    """Return the world in which nothing is broken."""
    return changed({})
