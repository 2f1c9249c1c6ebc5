"""The checks of the page in Node: what is sound passes, and nothing that was changed is ever called verified."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credential.sample import STARS
from footproof.canonical import canonical_bytes
from footproof.credential import jose
from footproof.credential.did_key import key_name
from footproof.package.archive import open_package, pack
from footproof.tlog import Log, prove
from page.entitlement import KEY, LOG_KEY, ORIGIN
from page.node import NODE, ask, encoded, modules, states
from page.tree import NUMBER, OTHER_KEY, TODAY, Issued, build_tree, issue

pytestmark = [pytest.mark.node, pytest.mark.skipif(NODE is None, reason="Node.js is not installed")]

SMALL = {"token": "certificate.jwt", "event": "event.json", "proof": "proof.txt"}
Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Built:
    """A tree on disk, the modules, and the request that a page would make of it."""

    folder: Path
    modules: Path
    issued: Issued

    def request(self, **changes: object) -> Request:
        """Return the request for the tree, with some members replaced."""
        place = self.folder / "c" / NUMBER
        log = self.folder / "log"
        files: Mapping[str, str] = {name: encoded((place / file).read_bytes()) for name, file in SMALL.items()}
        found = self.issued.certificate
        return {
            "files": {**files, "trust": encoded((self.folder / "trust.json").read_bytes())},
            "log": {
                file.relative_to(log).as_posix(): encoded(file.read_bytes())
                for file in log.rglob("*")
                if file.is_file()
            },
            "tree": {
                file.relative_to(self.folder).as_posix(): encoded(file.read_bytes())
                for name in ("status", "recognition")
                for file in (self.folder / name).iterdir()
            },
            "facts": {"number": NUMBER, "value": str(found.value), "unit": found.unit},
            "today": TODAY,
            "package": encoded(self.issued.package),
            **changes,
        }

    def with_tree(self, **files: bytes | None) -> Request:
        """Return the request with files of the tree replaced, added or missing: by path."""
        request = self.request()
        changed = {name: None if data is None else encoded(data) for name, data in files.items()}
        # Another list of records is one of another log than the tree's: the page then reads no log beside it.
        return {**request, "tree": {**request["tree"], **changed}, "scan": "recognition/index.json" not in files}

    def with_file(self, name: str, data: bytes | None) -> Request:
        """Return the request with one small file replaced or missing."""
        request = self.request()
        request["files"] = {**request["files"], name: None if data is None else encoded(data)}
        return request


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("tree"))


def build(folder: Path, **choices: Any) -> Built:
    (folder / "public").mkdir()
    return Built(folder / "public", modules(folder), build_tree(folder / "public", **choices))


@pytest.mark.parametrize("study", ["portland-cement", "nmc811-pack"])
def test_a_sound_certificate_is_verified(study: str, tmp_path: Path) -> None:
    built = build(tmp_path, study=study)
    [answer] = ask(built.modules, [built.request()])
    assert answer["verdict"]["id"] == "verified"
    assert set(states(answer).values()) == {"passed"}
    assert answer["report"]["declared"] == str(built.issued.certificate.value)
    assert answer["report"]["count"] == len(built.issued.assessment.sheet.terms)


def test_without_a_package_it_is_authentic_and_no_more(built: Built) -> None:
    [answer] = ask(built.modules, [built.request(package=None)])
    assert answer["verdict"]["id"] == "authentic"


def test_every_fact_of_the_page_is_compared(built: Built) -> None:
    [facts] = ask(built.modules, [{"facts_of": encoded(built.issued.token)}])
    assert facts["number"] == NUMBER
    assert facts["body.zh"] == "示例认证机构"
    wrong = [built.request(facts={**facts, name: text + "1"}) for name, text in facts.items()]
    unknown = built.request(facts={**facts, "made-up": "x"})
    none = built.request(facts={"number": NUMBER})
    for answer in ask(built.modules, [*wrong, unknown, none]):
        assert answer["verdict"]["id"] in {"page-differs", "not-in-log"}
    [right] = ask(built.modules, [built.request(facts=facts)])
    assert right["verdict"]["id"] == "verified"


def test_a_grade_is_a_fact_of_the_page(tmp_path: Path) -> None:
    graded = build(tmp_path, grade=STARS)
    [facts] = ask(graded.modules, [{"facts_of": encoded(graded.issued.token)}])
    assert (facts["grade.zh"], facts["grade.en"]) == ("三星级", "Three stars")
    for lang, name in (("zh", "index.html"), ("en", "en/index.html")):
        page = (graded.folder / "c" / NUMBER / name).read_text("utf-8")
        assert f'data-fact="grade.{lang}">{facts[f"grade.{lang}"]}</dd>' in page
    payload = dict(jose.payload_of(graded.issued.token))
    payload["credentialSubject"] |= {"profileScore": {"code": "4", "definition": "三星级 / Three stars"}}
    forged = jose.sign(payload, KEY, key_name(KEY.public_key()), jose.CERTIFICATE)
    answers = ask(
        graded.modules,
        [
            graded.request(facts=facts),
            graded.request(facts={**facts, "grade.zh": "四星级"}),
            graded.with_file("token", forged),
        ],
    )
    assert [one["verdict"]["id"] for one in answers][:2] == ["verified", "page-differs"]
    assert "E-CRED-CONTENT" in {one["code"] for one in answers[2]["results"]}


@pytest.mark.parametrize(
    ("today", "verdict"),
    [
        ("2026-01-07", "not-yet"),
        ("2026-01-08", "verified"),
        ("2028-12-31", "verified"),
        ("2029-01-01", "expired"),
    ],
)
def test_first_and_last_day_belong_to_the_validity(built: Built, today: str, verdict: str) -> None:
    [answer] = ask(built.modules, [built.request(today=today)])
    assert answer["verdict"]["id"] == verdict


def test_without_cryptography_nothing_is_called_genuine_but_the_sheet_is_recomputed(built: Built) -> None:
    none, old = ask(built.modules, [built.request(subtle="none"), built.request(subtle="no-ed25519")])
    assert none["verdict"]["id"] == old["verdict"]["id"] == "unverifiable"
    assert states(none)["signature"] == "unavailable E-PAGE-NO-CRYPTO"
    assert states(none)["recompute"] == states(old)["recompute"] == "passed"
    assert states(old)["signature"] == "passed"
    assert states(old)["log"] == "unavailable E-PAGE-NO-ED25519"


def test_an_old_browser_still_refuses_an_entry_that_is_not_in_the_tree(built: Built) -> None:
    request = built.with_file("proof", _replaced(built, "proof.txt", b"index 3", b"index 2"))
    [answer] = ask(built.modules, [{**request, "subtle": "no-ed25519"}])
    assert answer["verdict"]["id"] == "not-in-log"


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("token", "signature-invalid"), ("event", "not-in-log"), ("proof", "not-in-log"), ("trust", "signature-invalid")],
)
def test_a_missing_file_is_never_a_pass(built: Built, name: str, verdict: str) -> None:
    [answer] = ask(built.modules, [built.with_file(name, None)])
    assert answer["verdict"]["id"] == verdict


@pytest.mark.parametrize("name", ["token", "event", "proof", "trust"])
def test_an_unreachable_file_leaves_it_unverifiable(built: Built, name: str) -> None:
    request = built.request()
    del request["files"][name]
    [answer] = ask(built.modules, [request])
    assert answer["verdict"]["id"] == "unverifiable"


def test_a_key_that_is_not_trusted(tmp_path: Path) -> None:
    built = build(tmp_path, key=OTHER_KEY)
    [answer] = ask(built.modules, [built.request()])
    assert answer["verdict"]["id"] == "signature-invalid"
    assert states(answer)["signature"] == "failed E-CRED-SIGNATURE"


@pytest.mark.parametrize(("member", "value"), [("seals", None), ("stamps", []), ("demonstration", "yes")])
def test_members_of_the_trust_list_have_their_kind(built: Built, member: str, value: object) -> None:
    trust = json.loads((built.folder / "trust.json").read_bytes()) | {member: value}
    [answer] = ask(built.modules, [built.with_file("trust", json.dumps(trust).encode())])
    assert states(answer)["signature"] == "failed E-PAGE-TRUST"


@pytest.mark.parametrize(
    ("at", "ok"),
    [("2026-01-04T15:59:59Z", False), ("2026-01-04T16:00:00Z", True), ("2026-01-05T08:30:00Z", True)],
)
def test_a_decision_is_not_later_than_its_entry_in_the_log(built: Built, tmp_path: Path, at: str, ok: bool) -> None:
    """Decided on 5 January, which begins in China when it is 16:00 of the 4th in Greenwich."""
    event = json.loads(built.issued.event) | {"at": at}
    data = canonical_bytes(event)
    (tmp_path / "log").mkdir()
    with Log.create(tmp_path / "log", ORIGIN, LOG_KEY) as log:
        request = built.with_file("event", data)
        request["files"]["proof"] = encoded(prove(log.read, log.append([data])[0]).to_bytes())
    [answer] = ask(built.modules, [request])
    assert states(answer)["log"] == ("passed" if ok else "failed E-CHECK-DECIDED")


def test_a_trusted_key_signs_only_for_its_own_body(built: Built) -> None:
    trust = json.loads((built.folder / "trust.json").read_bytes())
    trust["bodies"][0]["id"] = "did:key:zDnaeSomebodyElse"
    [answer] = ask(built.modules, [built.with_file("trust", json.dumps(trust).encode())])
    assert states(answer)["signature"] == "failed E-CRED-ISSUER"


@pytest.mark.parametrize(
    ("types", "verdict"),
    [
        (["certificate.suspended"], "suspended"),
        (["certificate.suspended", "certificate.restored"], "verified"),
        (["certificate.suspended", "foreign:certificate.restored"], "suspended"),
        (["foreign:certificate.suspended", "foreign:certificate.restored"], "verified"),
        (["foreign:certificate.suspended", "certificate.suspended", "foreign:certificate.restored"], "suspended"),
        (["foreign:certificate.withdrawn", "foreign:certificate.restored"], "withdrawn"),
        (["certificate.withdrawn"], "withdrawn"),
        (["certificate.withdrawn", "certificate.restored"], "withdrawn"),
        (["certificate.suspended", "certificate.cancelled"], "cancelled"),
        (["certificate.surveyed"], "verified"),
    ],
)
def test_later_events(tmp_path: Path, types: list[str], verdict: str) -> None:
    built = build(tmp_path, after=types)
    [answer] = ask(built.modules, [built.request()])
    assert answer["verdict"]["id"] == verdict


def test_an_issue_beyond_the_first_bundle_is_followed_through_full_tiles(tmp_path: Path) -> None:
    built = build(tmp_path, before=700, after=["certificate.withdrawn"])
    [answer] = ask(built.modules, [built.request()])
    assert answer["verdict"]["id"] == "withdrawn"


def test_a_long_log_is_read_in_part_and_says_how_far(tmp_path: Path) -> None:
    built = build(tmp_path)
    with Log.open(built.folder / "log", ORIGIN, LOG_KEY) as log:
        log.append([b"filler %d" % number for number in range(256 * 17)])
    [answer] = ask(built.modules, [built.request()])
    assert answer["verdict"]["id"] == "status-unknown"
    status = next(item for item in answer["results"] if item["id"] == "status")
    assert (status["code"], status["detail"]["seen"]) == ("E-PAGE-LOG-LONG", "4096")


def test_another_log_with_the_same_name_is_foreign(built: Built, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with Log.create(tmp_path / "log", ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)) as log:
        index = log.append([built.issued.event])[0]
        foreign = prove(log.read, index).to_bytes()
    with_name = built.with_file("proof", foreign)
    other_name = built.with_file("proof", foreign.replace(ORIGIN.encode(), b"other.example/log"))
    first, second = ask(built.modules, [with_name, other_name])
    assert states(first)["log"] == "failed E-LOG-UNSIGNED"
    assert states(second)["log"] == "failed E-LOG-ORIGIN"
    assert first["verdict"]["id"] == second["verdict"]["id"] == "not-in-log"


def test_a_log_that_shrank_forked_or_lost_files(built: Built, tmp_path: Path) -> None:
    request = built.request()
    (tmp_path / "log").mkdir()
    with Log.create(tmp_path / "log", ORIGIN, LOG_KEY) as log:
        log.append([b"one"])
        shrunk = {**request, "log": {**request["log"], "checkpoint": encoded(log.signed)}}
        log.append([b"two", b"three", b"four"])
        forked = {**request, "log": {**request["log"], "checkpoint": encoded(log.signed)}}
        log.append([b"five"])
        files = [file for file in (tmp_path / "log/tile").rglob("*") if file.is_file()]
        names = {file.relative_to(tmp_path / "log").as_posix(): encoded(file.read_bytes()) for file in files}
        rewritten = {**request, "log": {**names, "checkpoint": encoded(log.signed)}}
    lost = {**request, "log": {"checkpoint": request["log"]["checkpoint"]}}
    empty = {**request, "log": {}}
    answers = ask(built.modules, [shrunk, forked, rewritten, lost, empty])
    assert [states(answer)["status"].split()[-1] for answer in answers] == [
        "E-LOG-SHRUNK",
        "E-LOG-FORK",
        "E-LOG-REWRITTEN",
        "E-LOG-MISSING",
        "E-PAGE-NO-CHECKPOINT",
    ]
    assert [answer["verdict"]["id"] for answer in answers] == ["log-rewritten"] * 3 + ["status-unknown"] * 2


# ---- every bit counts


@pytest.mark.parametrize("name", ["token", "event", "proof"])
def test_a_flipped_bit_in_a_small_file_is_never_accepted(built: Built, name: str) -> None:
    data = (built.folder / "c" / NUMBER / SMALL[name]).read_bytes()
    step = max(1, len(data) // 300)
    changed = [_flipped(data, position, position % 8) for position in range(0, len(data), step)]
    requests = [{**built.with_file(name, each), "package": None} for each in changed]
    accepted = [
        position * step
        for position, answer in enumerate(ask(built.modules, requests))
        if answer["verdict"]["id"] in {"authentic", "verified"}
    ]
    assert accepted == []


def test_a_flipped_bit_in_the_package_is_never_accepted(built: Built) -> None:
    data = built.issued.package
    inside = range(0, len(data), max(1, len(data) // 250))
    ends = range(len(data) - 120, len(data))
    requests = [built.request(package=encoded(_flipped(data, at, at % 8))) for at in [*range(60), *inside, *ends]]
    verdicts = {answer["verdict"]["id"] for answer in ask(built.modules, requests)}
    assert verdicts == {"package-tampered"}


def test_the_log_files_count_too(built: Built) -> None:
    log = built.request()["log"]
    requests = []
    for name in ["checkpoint", "tile/0/000.p/12", "tile/entries/000.p/12"]:
        data = (built.folder / "log" / name).read_bytes()
        for position in range(0, len(data), max(1, len(data) // 80)):
            changed = encoded(_flipped(data, position, position % 8))
            requests.append(built.request(log={**log, name: changed}, package=None))
    verdicts = [answer["verdict"]["id"] for answer in ask(built.modules, requests)]
    assert set(verdicts) <= {"log-rewritten", "status-unknown"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_bytes_cut_added_or_moved_in_a_package_are_found(built: Built, data: st.DataObject) -> None:
    package = built.issued.package
    at = data.draw(st.integers(0, 2**31)) % (len(package) + 1)  # one choice whatever the length of the package is today
    extra = data.draw(st.binary(min_size=1, max_size=8))
    change: Callable[[], bytes] = data.draw(
        st.sampled_from(
            [
                lambda: package[:at] + extra + package[at:],
                lambda: package[:at],
                lambda: package[at:],
                lambda: package + extra,
                lambda: extra + package,
            ]
        )
    )
    changed = change()
    if changed == package:
        return
    [answer] = ask(built.modules, [built.request(package=encoded(changed))])
    assert answer["verdict"]["id"] == "package-tampered"


def test_a_sound_package_of_other_content_is_another_package(built: Built) -> None:
    parts = dict(open_package(built.issued.package).parts)
    parts["sheet.json"] = parts["sheet.json"].replace(b'"0.65086"', b'"0.55086"')
    [answer] = ask(built.modules, [built.request(package=encoded(pack(parts)))])
    assert states(answer)["package"] == "failed E-PACKAGE-OTHER"
    assert states(answer)["recompute"] == "unavailable E-PAGE-NOT-RECOMPUTED"


def test_a_package_of_many_odd_paths_packs_to_the_same_bytes_in_both_programs(built: Built, tmp_path: Path) -> None:
    parts = {f"a{number}/b.{number}": bytes([number % 256]) * number for number in range(300)} | {"A": b"", "a": b"x"}
    [answer] = ask(built.modules, [built.request(package=encoded(pack(parts)))])
    assert states(answer)["package"] == "failed E-PACKAGE-OTHER"


def test_a_result_that_does_not_follow_from_its_sheet(tmp_path: Path) -> None:
    """A body signs what its package does not give: signature, log and digest hold, the arithmetic does not."""
    built = build(tmp_path, stage_credit=True)
    [answer] = ask(built.modules, [built.request()])
    assert answer["verdict"]["id"] == "recompute-differs"
    assert states(answer)["recompute"] == "failed E-RECOMPUTE-STAGE"


@pytest.mark.parametrize(
    ("certified", "exact", "value", "ok"),
    [
        ("0.136182", "129950455710246131789636257681397/954240000000000000000000000000000", "0.172944", True),
        ("0.136183", "129950455710246131789636257681397/954240000000000000000000000000000", "0.172944", False),
        ("10.1488", "10.1488", "705.276", True),
        ("10.149", "10.1488", "705.276", True),
        ("10.15", "10.1488", "705.276", True),
        ("10.2", "10.1488", "705.276", False),
        ("0", "0", "705.276", True),
        ("0", "0.0004", "705.276", True),
        ("0", "0.6", "705.276", False),
        ("-2.5", "-5/2", "705.276", True),
        ("2.5", "-5/2", "705.276", False),
    ],
)
def test_what_counts_as_rounded(built: Built, certified: str, exact: str, value: str, ok: bool) -> None:
    assert ask(built.modules, [{"rounded": [certified, exact, value]}]) == [{"ok": ok}]


FAULTS = {
    "believes any signature": ("signature", "credential.js", "need(holds, ", "need(true, "),
    "believes any checkpoint": ("log", "tlog.js", "return signatureHolds({", "return true || signatureHolds({"),
    "skips the root of the log": ("log", "merkle.js", "last === 0n && sameBytes(found, root)", "last === 0n"),
    "skips the event's object": ("log", "check.js", "event.object === (await digestText(subtle, token))", "true"),
    "takes any package": ("package", "check.js", "need(opened.digest === certificate.packageDigest", "need(true"),
    "skips packing again": (
        "package",
        "archive.js",
        "sameBytes(pack(new Map(parts).set(MANIFEST, manifestBytes)), data)",
        "true",
    ),
    "skips the entry under the checkpoint of today": (
        "status",
        "check.js",
        "need(sameBytes(entry, event), ",
        "need(true, ",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_lets_its_attack_through(built: Built, tmp_path: Path, fault: str) -> None:
    """Each attack is stopped by exactly the line that the fault takes out; so every one of these lines is needed."""
    check, file, old, new = FAULTS[fault]
    attack = _attack(built, fault, tmp_path)
    [right] = ask(built.modules, [attack])
    [wrong] = ask(modules(tmp_path, {file: (old, new)}), [attack])
    assert states(right)[check].startswith("failed")
    assert states(wrong)[check] == "passed"
    assert right["verdict"]["id"] not in {"verified", "authentic"}


def _attack(built: Built, fault: str, folder: Path) -> Request:
    proof = (built.folder / "c" / NUMBER / "proof.txt").read_bytes()
    lines = proof.split(b"\n")
    # ECDSA signs differently each time, so that a second token is genuine, and not the one that was logged.
    again = issue("portland-cement", built.issued.certificate.valid_until).token
    parts = dict(open_package(built.issued.package).parts)
    attacks: dict[str, Callable[[], Request]] = {
        "believes any signature": lambda: built.with_file("token", _other_letter(built.issued.token, -10)),
        "believes any checkpoint": lambda: built.with_file("proof", _other_letter(proof, -12)),
        "skips the root of the log": lambda: built.with_file(
            "proof", b"\n".join([*lines[:2], _other_letter(lines[2], 5), *lines[3:]])
        ),
        "skips the event's object": lambda: built.with_file("token", again),
        "takes any package": lambda: built.request(package=encoded(pack({**parts, "about.json": b"{}"}))),
        "skips packing again": lambda: built.request(package=encoded(built.issued.package + b"\0")),
        "skips the entry under the checkpoint of today": lambda: _rewritten(built, folder),
    }
    return attacks[fault]()


def _rewritten(built: Built, folder: Path) -> Request:
    """Return the request with a log of today, signed with the log's own key, that no longer holds the issue."""
    (folder / "log").mkdir()
    with Log.create(folder / "log", ORIGIN, LOG_KEY) as log:
        log.append([b"%d" % number for number in range(9)])
    files = [file for file in (folder / "log").rglob("*") if file.is_file() and ".writer" not in file.parts]
    return built.request(
        log={file.relative_to(folder / "log").as_posix(): encoded(file.read_bytes()) for file in files}
    )


def _other_letter(data: bytes, position: int) -> bytes:
    changed = bytearray(data)
    changed[position] = ord("A") if changed[position] != ord("A") else ord("B")
    return bytes(changed)


def test_expired_even_where_all_else_holds(tmp_path: Path) -> None:
    built = build(tmp_path, valid_until=date(2026, 2, 1))
    [answer] = ask(built.modules, [built.request()])
    assert answer["verdict"] == {"id": "expired", "because": "validity"}


def _flipped(data: bytes, position: int, bit: int) -> bytes:
    changed = bytearray(data)
    changed[position] ^= 1 << bit
    return bytes(changed)


def _replaced(built: Built, name: str, old: bytes, new: bytes) -> bytes:
    data = (built.folder / "c" / NUMBER / name).read_bytes()
    assert old in data
    return data.replace(old, new)
