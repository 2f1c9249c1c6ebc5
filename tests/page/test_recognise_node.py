"""The second evaluator of recognition agrees with the first: edges, codes, values and words."""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes
from footproof.credential.did_key import base58btc, did_key, from_did_key, key_name
from footproof.credential.jwk import public_jwk
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.recognition import CodeList, Record
from footproof.model.recognition_records import (
    RecognitionRecords,
    part_from_json,
    part_json,
    plain_name,
    record_from_json,
    record_json,
)
from footproof.recognise import (
    Both,
    Edge,
    Question,
    Roots,
    Word,
    explain,
    read_roots,
    remedy,
    roots_json,
    thumbprint,
    walk_both,
)
from footproof.registry.render import _script_texts
from footproof.texts import LANGUAGES
from page.node import NODE, modules
from recognise.test_cases import CASES, IDS
from recognise.world import WORLD, changed, plain

pytestmark = [pytest.mark.node, pytest.mark.skipif(NODE is None, reason="Node.js is not installed")]

RUNNER = Path(__file__).with_name("run_recognise.mjs")
MUTATIONS = 1500
Json = dict[str, Any]
World = tuple[Question, RecognitionRecords, Roots, date]


def ask(place: Path, requests: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return the answers of `run_recognise.mjs`, which is given the words of the page first."""
    assert NODE is not None
    words = {"texts": {lang: dict(_script_texts(lang)) for lang in LANGUAGES}}
    text = "".join(json.dumps(request) + "\n" for request in (words, *requests))
    done = subprocess.run(
        [NODE, str(RUNNER), str(place)], input=text, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()][1:]


def told_value(value: object) -> object:
    """Return a value of an edge as the page has it."""
    if isinstance(value, Word):
        return {"word": value.key}
    if isinstance(value, Bilingual):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, tuple):
        return [told_value(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def told_edge(edge: Edge) -> Json:
    record = edge.record
    return {
        "name": edge.name,
        "verdict": edge.verdict,
        "record": record and [record.KIND, "" if isinstance(record, CodeList) else record.stated_by, record.id],
        "code": edge.code,
        "values": {name: told_value(value) for name, value in edge.values.items()},
    }


def told(both: Both, records: RecognitionRecords) -> Json:
    """Return what Python says, in the form in which the page says it."""
    broken = next((one.broken for one in (both.hindsight, both.now, both.issue) if not one.sound), ())
    found: Json = {
        "finding": both.finding,
        **{name: [told_edge(edge) for edge in getattr(both, name).edges] for name in ("issue", "hindsight", "now")},
        "order": [record_json(one) for one in records.records],
    }
    for lang in LANGUAGES:
        found[lang] = list(explain(both, lang))
        found[f"remedies.{lang}"] = [remedy(edge, lang) for edge in broken]
    return found


def request(question: Question, records: Iterable[Json], roots: Roots, now: date) -> Json:
    return {
        "question": part_json(question),
        "records": list(records),
        "roots": roots_json(roots),
        "now": now.isoformat(),
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return modules(tmp_path_factory.mktemp("recognise"))


@pytest.fixture(scope="module")
def answers(place: Path) -> list[Json]:
    worlds = [changed(case) for _, case in CASES]
    return ask(place, [request(q, map(record_json, records.records), roots, now) for q, records, roots, now in worlds])


@pytest.mark.parametrize("at", range(len(CASES)), ids=IDS)
def test_a_planted_case(answers: list[Json], at: int) -> None:
    case = CASES[at][1]
    question, records, roots, now = changed(case)
    assert answers[at] == told(walk_both(question, records, roots, now=now), records)
    assert answers[at]["finding"] == case["finding"]
    assert [answers[at][lang][0] for lang in LANGUAGES] == [case[lang] for lang in LANGUAGES]


# ---- mutations of the small world


DAYS = ("known", "first", "last", "on", "carried_until")
PATTERNS = {
    "activities": ["*", "product-certification", "verification", "testing", "made-up"],
    "schemes": ["*", "pcf@*", "pcf@2025", "pcf@2026", "other@2026"],
    "categories": ["*", "cpc-2.1:*", "cpc-2.1:46", "cpc-2.1:464", "cpc-2.1:46410", "cpc-2.1:491", "hs:85"],
    "places": ["*", "place:CN", "place:CN-FJ", "place:DE", "site:https://sites.example/ningde-1"],
}
CHANGE_KINDS = {
    "filing": ["filed", "returned", "deregistered"],
    "key": ["revoked"],
    "scheme": [],
    "code_list": [],
}


def parties(records: list[Json]) -> list[str]:
    found = {one["stated_by"] for one in records if "stated_by" in one}
    return sorted(found | {"did:web:stranger.example", "did:web:global.example", "did:web:regional.example"})


def day_near(chance: random.Random, day: str) -> str:
    return (
        date.fromisoformat(day) + timedelta(days=chance.choice([-900, -40, -2, -1, 1, 2, 30, 200, 900]))
    ).isoformat()


def places_of(item: Any, names: Iterable[str]) -> list[tuple[Any, str]]:
    """Return every place, at any depth, at which one of some members stands."""
    wanted, found, layer = set(names), [], [item]
    while layer:
        one = layer.pop()
        if isinstance(one, dict):
            found += [(one, key) for key in one if key in wanted]
            layer.extend(one.values())
        elif isinstance(one, list):
            layer.extend(one)
    return found


def change_for(chance: random.Random, record: Json) -> Json | None:
    kinds = CHANGE_KINDS.get(record["kind"], ["suspended", "restored", "withdrawn", "reduced"])
    if not kinds:
        return None
    kind = chance.choice(kinds)
    on = (date(2026, 5, 20) + timedelta(days=chance.randint(-300, 200))).isoformat()
    known = day_near(chance, on) if chance.random() < 0.5 else on
    named = [one["id"] for one in record.get("scopes", ()) if kind == "reduced" or chance.random() < 0.3]
    reason = {"reason": {"zh": "抽查", "en": "a spot check"}} if chance.random() < 0.3 else {}
    return {"kind": kind, "on": on, "known": known, "scopes": named, **reason}


def change_state(chance: random.Random, record: Json, world: Json) -> None:
    holders = [one for one in (record, *record.get("parties", ())) if "changes" in one]
    if holders:
        holder = chance.choice(holders)
        new = change_for(chance, record if holder is record else {"kind": "accreditation", **holder})
        holder["changes"] += [] if new is None else [new]


def change_day(chance: random.Random, record: Json, world: Json) -> None:
    spots = places_of(record, DAYS)
    if spots:
        spot, name = chance.choice(spots)
        spot[name] = day_near(chance, spot[name])


def change_pattern(chance: random.Random, record: Json, world: Json) -> None:
    spots = places_of(record, PATTERNS)
    if spots:
        spot, name = chance.choice(spots)
        spot[name] = chance.sample(PATTERNS[name], chance.randint(1, 3))


def change_stater(chance: random.Random, record: Json, world: Json) -> None:
    record["stated_by"] = chance.choice(parties(world["records"]))


def change_party(chance: random.Random, record: Json, world: Json) -> None:
    spot, name = chance.choice(places_of(record, ["id"]))
    if spot is not record and "name" in spot:
        spot[name] = chance.choice(parties(world["records"]))


def copy_record(chance: random.Random, record: Json, world: Json) -> None:
    copy = json.loads(json.dumps(record)) | {"id": record["id"] + chance.choice(["", "-b", "-a"])}
    world["records"].append(copy)


def drop_record(chance: random.Random, record: Json, world: Json) -> None:
    world["records"].remove(record)


def change_question(chance: random.Random, record: Json, world: Json) -> None:
    question = world["question"]
    options: list[Json] = [
        {"issued": day_near(chance, question["issued"])},
        {"scheme": chance.choice(["pcf", "other"])},
        {"edition": chance.choice(["2025", "2026", "2027"])},
        {"category": chance.choice(["cpc-2.1:46420", "cpc-2.1:491", "cpc-2.1:9", "hs:85"])},
        {"country": chance.choice(["CN", "CN-ZJ", "DE"])},
        {"activity": chance.choice(["verification", "made-up"])},
        {"national": not question["national"], "rule_edition": chance.choice(["sha256:aaaa", "x"])},
        {"accredited": chance.random() < 0.5, "accreditation_number": chance.choice(["AB-C-0042", "N"])},
    ]
    question.update(chance.choice(options))


def change_roots(chance: random.Random, record: Json, world: Json) -> None:
    roots = world["roots"]
    name = chance.choice([*roots])
    if isinstance(roots[name], bool):
        roots[name] = not roots[name]
    else:
        roots[name] = sorted(chance.sample(parties(world["records"]), chance.randint(0, 3)))


STEPS = [change_state] * 3 + [
    change_day,
    change_pattern,
    change_stater,
    change_party,
    copy_record,
    drop_record,
    change_question,
    change_roots,
]


def mutated(seed: int) -> tuple[Json, list[Json], Json, date]:
    chance = random.Random(seed)
    base: Mapping[str, Any] = chance.choice(CASES)[1] if chance.random() < 0.6 else {}
    question, found, roots, now = changed(base)
    records = [json.loads(json.dumps(record_json(one))) for one in found.records]
    asked: Json = part_json(question)
    trusted: Json = dict(roots_json(roots))
    world = {"records": records, "question": asked, "roots": trusted}
    for _ in range(chance.randint(1, 4)):
        record = chance.choice([one for one in records if one["kind"] != "code_list"])
        chance.choice(STEPS)(chance, record, world)
    chance.shuffle(records)
    return asked, records, trusted, now + timedelta(days=chance.choice([0, 0, 0, 60, 400]))


def python_says(asked: Json, records: list[Json], trusted: Json, now: date) -> Json:
    try:
        read: list[Record] = [record_from_json(one) for one in records]
        found = RecognitionRecords(tuple(read))
    except FootproofError as problem:
        return {"refused": problem.code}
    question, roots = part_from_json(Question, asked, "question"), read_roots(canonical_bytes(trusted))
    return told(walk_both(question, found, roots, now=now), found)


def test_mutations_of_the_world(place: Path) -> None:
    """Both refuse the same sets of records, and say the same of all others."""
    worlds = [mutated(seed) for seed in range(MUTATIONS)]
    requests = [
        {"question": asked, "records": records, "roots": roots, "now": now.isoformat()}
        for asked, records, roots, now in worlds
    ]
    found = ask(place, requests)
    codes: set[str] = set()
    refused = 0
    for seed, (world, page) in enumerate(zip(worlds, found, strict=True)):
        python = python_says(*world)
        assert page == python, seed
        refused += "refused" in python
        codes |= {edge["code"] for name in ("issue", "hindsight", "now") for edge in python.get(name, ())}
    assert refused < MUTATIONS / 4
    assert len(codes - {None}) >= 30, sorted(filter(None, codes))
    sys.stdout.write(f"{MUTATIONS} mutations, {refused} refused by both, {len(codes) - 1} codes\n")


# ---- forms


WRONG: list[Any] = [
    None, 0, 1.5, True, "", " ", "x", "*", "a:b", "did:key:z", "2026-02-29", "2024-02-29", "0000-01-01", "2026-1-01",
    "2026-05-20", [], {}, ["*"], ["a", 1], [[]], {"zh": "一", "en": "one"}, {"zh": " ", "en": "one"}, {"zh": "一"},
    {"zh": "一", "en": "one", "de": "eins"}, "line\nfeed", "\u202eright", "x" * 501, "place:CN-FJ", "pcf@*",
    {"kind": "suspended", "on": "2026-01-01", "known": "2026-01-01", "scopes": ["9"]},
]  # fmt: skip


def test_records_of_another_form_are_refused_alike(place: Path) -> None:
    """Any member, at any depth, left out, renamed or replaced: both refuse it with one code, or both read it."""
    forms: list[Any] = [*WRONG, {"kind": "made-up"}, {"kind": "__proto__"}, {"kind": "constructor"}]
    for record in map(plain, WORLD["record"]):
        for path in _paths(record):
            wrongs = [one for one in WRONG if path != ["kind"] or isinstance(one, str)]
            forms += [_replaced(record, path, wrong) for wrong in wrongs]
            forms += [_replaced(record, path, ...), _replaced(record, [*path[:-1], "unknown"], "x")]
    found = ask(place, [{"record": one} for one in forms])
    for one, page in zip(forms, found, strict=True):
        try:
            expected: Json = {"record": record_json(record_from_json(one))}
        except FootproofError as problem:
            expected = {"refused": problem.code}
        assert page == expected, one
    assert sum("refused" in one for one in found) > len(found) / 2


def _paths(item: Any, path: tuple[Any, ...] = ()) -> list[list[Any]]:
    """Return the path of every member at any depth; of a list, its first item stands for all."""
    found = [list(path)] if path and not isinstance(path[-1], int) else []
    inner = item.items() if isinstance(item, dict) else list(enumerate(item))[:1] if isinstance(item, list) else []
    for key, value in inner:
        found += _paths(value, (*path, key))
    return found


def _replaced(record: Json, path: list[Any], value: Any) -> Json:
    copy: Any = json.loads(json.dumps(record))
    place = copy
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    found: Json = copy
    return found


def test_names_are_compared_alike(place: Path) -> None:
    """Over all letters of the first two planes: what one takes for the same name, so does the other."""
    letters = [chr(code) for code in range(0x21, 0x20000) if chr(code).isprintable()]
    names = ["ＡＢ（示例） Centre", "AB(示例)centre", "Straße", "STRASSE", "ΣΑΣ", "σας", "ﬁ", "FI", "示 例", *letters]
    [answer] = ask(place, [{"plain": names}])
    pairs = set(zip(map(plain_name, names), answer["plain"], strict=True))
    by_page, by_python = Counter(page for _, page in pairs), Counter(python for python, _ in pairs)
    assert [pair for pair in pairs if by_python[pair[0]] > 1 or by_page[pair[1]] > 1] == []


def test_keys_name_themselves_alike(place: Path) -> None:
    keys: list[Any] = [derive_private_key(number, SECP256R1()).public_key() for number in range(1, 60)]
    keys += [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key() for number in range(20)]
    names = [did_key(key) for key in keys] + [key_name(key) for key in keys]
    found = ask(place, [{"key": name} for name in names])
    for name, page in zip(names, found, strict=True):
        key = from_did_key(name)
        assert page == {"jwk": public_jwk(key), "thumbprint": thumbprint(key)}
    good = names[0]
    point = from_did_key(good)
    assert not isinstance(point, type(keys[-1]))
    wrong = [
        "did:web:x", "did:key:", "did:key:z", good + "1", good[:-1], good.replace("did:key:z", "did:key:m"),
        good + "#" + good, good + "#zOther", good + "#", good.replace("zD", "z0"), "did:key:z" + "1" * 400,
        "did:key:" + base58btc(bytes([0x80, 0x24, 4]) + bytes(32)),
        "did:key:" + base58btc(bytes([0x80, 0x24, 2]) + b"\xff" * 32),
        "did:key:" + base58btc(bytes([0x80, 0x24, 2]) + bytes(31) + b"\x04"),
        "did:key:" + base58btc(bytes([0xED, 0x01]) + bytes(31)),
        "did:key:" + base58btc(bytes([0xE7, 0x01, 2]) + bytes(32)),
    ]  # fmt: skip
    for name, page in zip(wrong, ask(place, [{"key": name} for name in wrong]), strict=True):
        with pytest.raises(FootproofError, match="E-CRED-KEY-NAME"):
            from_did_key(name)
        assert page == {"refused": "E-CRED-KEY-NAME"}, name
    [beyond] = ask(place, [{"key": did_key(derive_private_key(7, SECP384R1()).public_key())}])
    assert beyond == {"refused": "E-PAGE-KEY-KIND"}
