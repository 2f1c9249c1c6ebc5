"""Every way a recognition chain can break, one planted fault each, and the tricky ways in which it holds."""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from footproof.canonical import canonical_bytes
from footproof.errors import ProofRejected
from footproof.model.recognition_records import read_records, write_records
from footproof.recognise import EDGES, Both, explain, problem, remedy, sentence, walk_both
from footproof.texts import LANGUAGES, catalogue
from recognise.world import changed

FILES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
CASES = [(path.stem, case) for path in FILES for case in tomllib.loads(path.read_text("utf-8"))["case"]]
IDS = [f"{stem}: {case['name']}" for stem, case in CASES]
# Told by data that is no chain, by readers of credentials and events, or only in rare worlds (see test_rare.py).
ELSEWHERE = {"FIELD", "FORM", "SIZE", "CONFLICT", "EVENT", "BACKDATED", "ACTOR", "CREDENTIAL", "NO-SCOPE"}


def answer(case: Mapping[str, Any]) -> Both:
    question, records, roots, now = changed(case)
    return walk_both(question, records, roots, now=now)


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=IDS)
def test_planted_case(case: Mapping[str, Any]) -> None:
    both = answer(case)
    assert both.finding == case["finding"]
    for lang in LANGUAGES:
        said = explain(both, lang)
        assert said[0] == case[lang]
        assert len(said) == 1 + len(case.get("also", ()))
        assert not re.search(r"[{}]|Bilingual|Word\(|None", " ".join(said))
    if "edge" not in case:
        assert both.sound
        assert both.now.sound
        return
    broken = next(chain for chain in (both.hindsight, both.now) if not chain.sound)
    assert [edge.name for edge in broken.broken] == [case["edge"], *case.get("also", ())]
    head = both.headline
    assert head is not None
    assert (head.name, head.code) == (case["edge"], case["code"])
    error = problem(head)
    assert isinstance(error, ProofRejected)
    assert (error.code, error.where and error.where.field) == (case["code"], case["edge"])
    for lang in LANGUAGES:
        assert sentence(head, lang) in case[lang]
        assert remedy(head, lang)
        assert "{" not in remedy(head, lang)


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=IDS)
def test_a_case_survives_its_json(case: Mapping[str, Any]) -> None:
    question, records, roots, now = changed(case)
    again = read_records(write_records(records))
    assert again == records
    assert walk_both(question, again, roots, now=now) == walk_both(question, records, roots, now=now)


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    planted = [case for _, case in CASES if "edge" in case]
    sound = [case for _, case in CASES if "edge" not in case]
    assert len(planted) >= 100
    assert len(sound) >= 25
    assert {case["edge"] for case in planted} == set(EDGES)
    assert len(set(IDS)) == len(IDS)


def test_distinct_faults_have_distinct_words() -> None:
    """Two cases with the same sentence would be the same fault in two disguises."""
    for lang in LANGUAGES:
        counted = Counter(case[lang] for _, case in CASES if "edge" in case)
        twice = sorted(text for text, count in counted.items() if count > 1)
        assert twice == []


def test_every_code_of_a_chain_is_planted_at_least_once() -> None:
    codes = {key.rpartition(".")[0] for key in catalogue("errors") if key.startswith("E-RECOG-")}
    planted = {case["code"] for _, case in CASES if "code" in case}
    assert codes - planted == {f"E-RECOG-{name}" for name in ELSEWHERE}


def test_no_case_repeats_another() -> None:
    counted = Counter(
        canonical_bytes(
            {"q": str(changed(case)[0]), "r": write_records(changed(case)[1]).decode(), "t": str(changed(case)[2])}
        )
        + str(changed(case)[3]).encode()
        for _, case in CASES
    )
    assert max(counted.values()) == 1
