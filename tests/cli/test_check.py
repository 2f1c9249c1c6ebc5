"""`footproof check` and `footproof status`: every kind of input, exit codes, the JSON form, both languages."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
import segno
from PIL import Image

from cli.running import environment, is_clean, run
from credential.sample import STARS
from footproof.canonical import canonical_bytes
from footproof.model.days import legal_day
from footproof.server.certify import issue
from footproof.server.publish import publish
from page.tree import NUMBER, TODAY, build_tree
from tamper.world import sealed, seeded_workspace

ALL = ["signature", "validity", "status", "recognition", "log", "package", "recomputation"]
REASONS = ("--reason-zh", "数据待核实", "--reason-en", "data under review")


def free_port() -> int:
    """Return a port of this machine that nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def made(folder: Path, base: str) -> Path:
    """Return the folder of a published workspace with two certificates of today."""
    workspace = seeded_workspace(folder, base, "cli.footproof.example/log", "cli")
    for model in ("K-1", "K-2"):
        issue(workspace, sealed(model), datetime.now(UTC))
    publish(workspace, datetime.now(UTC))
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace; tests that change it work on a copy."""
    return made(tmp_path_factory.mktemp("check") / "w", "https://register.footproof.example")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path) -> Iterator[None]:
    """No workspace of the user is in the way."""
    with environment(FOOTPROOF_HOME=str(tmp_path / "none")):
        yield


@pytest.fixture
def workspace(base: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(base, tmp_path / "w"))


def numbers(workspace: Path) -> list[str]:
    """Return the numbers of the published certificates."""
    return sorted(path.name for path in (workspace / "public" / "c").iterdir())


def place(workspace: Path, which: int = 0) -> Path:
    """Return the published folder of a certificate."""
    return workspace / "public" / "c" / numbers(workspace)[which]


def picture(text: str) -> bytes:
    """Return a picture of a code."""
    data = io.BytesIO()
    segno.make(text, error="m").save(data, kind="png", scale=6, border=4)
    return data.getvalue()


# ---- what may be handed over


def test_a_token_in_its_tree_passes_every_check(base: Path) -> None:
    ran = run("check", place(base) / "certificate.jwt", "--json")
    assert (ran.code, ran.err) == (0, "")
    record = ran.record
    assert record["ok"] is True
    assert [one["name"] for one in record["checks"]] == ALL
    for one in record["checks"]:
        assert {"name", "ok", "code", "reason", "facts", "notes"} <= set(one)
        assert (one["ok"], one["code"], one["reason"]) == (True, None, None)
    assert (record["certificate"], record["grade"]) == (numbers(base)[0], None)
    assert record["anchors"].endswith("trust.json")


def test_a_grade_is_said_in_both_languages(tmp_path: Path) -> None:
    build_tree(tmp_path, grade=STARS)
    anchors = tmp_path / "trust.json"
    anchors.write_bytes(canonical_bytes(json.loads(anchors.read_bytes())))
    token = tmp_path / "c" / NUMBER / "certificate.jwt"
    names = {"zh": "三星级", "en": "Three stars"}
    assert run("check", token, "--json", "--at", TODAY).record["grade"] == {"level": "3", "name": names}
    for lang, name in names.items():
        assert run("check", token, "--at", TODAY, lang=lang).out.splitlines()[0].endswith(f"  {name}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_one_line_for_each_check_and_where_trust_came_from(base: Path, lang: str) -> None:
    ran = run("check", place(base) / "certificate.jwt", lang=lang)
    assert ran.code == 0
    assert is_clean(ran.out)
    words = {
        "zh": ("全部通过", "前）", "信任锚与材料同处一地"),
        "en": ("All 7 checks passed", " old;", "only as good as"),
    }
    assert all(word in ran.out for word in words[lang])


def test_json_with_an_embedded_proof_is_compared_with_the_logged_token(base: Path) -> None:
    ran = run("check", place(base) / "certificate.json", "--json")
    assert ran.code == 0, ran.out
    assert [one["name"] for one in ran.record["checks"]] == [*ALL, "embedded-proof"]


def test_an_address_is_found_in_a_tree_at_hand(base: Path) -> None:
    address = f"https://register.footproof.example/c/{numbers(base)[0]}/"
    for given in (address, f"{address}en/"):
        ran = run("check", given, "--dir", base, "--offline", "--json")
        assert ran.code == 0, ran.out
        assert ran.record["checks"][-1]["name"] == "address"


def test_a_photo_of_the_mark_is_found_in_a_tree_at_hand(base: Path, tmp_path: Path) -> None:
    photo = tmp_path / "mark.png"
    photo.write_bytes(picture(f"https://register.footproof.example/c/{numbers(base)[1]}/"))
    ran = run("check", photo, "--dir", base / "public", "--offline", "--json")
    assert ran.code == 0, ran.out
    assert ran.record["certificate"] == numbers(base)[1]


def test_loose_files_in_one_folder_are_enough(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    folder.mkdir()
    public = base / "public"
    for file in [*place(base).iterdir(), *(public / "status").iterdir(), *(public / "recognition").iterdir()]:
        if file.is_file():
            shutil.copy(file, folder)
    shutil.copy(public / "trust.json", folder)
    ran = run("check", folder / "certificate.jwt", "--json")
    assert ran.code == 0, ran.out


def test_anchors_of_ones_own_go_before_those_beside(base: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.json"
    record = json.loads((base / "public" / "trust.json").read_text("utf-8"))
    record["logs"] = []
    del record["policy"]
    mine.write_bytes(json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
    ran = run("check", place(base) / "certificate.jwt", "--trust", mine, "--json")
    assert ran.code == 1
    assert {one["code"] for one in ran.record["checks"]} == {None, "E-CHECK-LOG-UNKNOWN"}
    assert ran.record["anchors"] == str(mine)
    assert "Trust anchors of your own" in run("check", place(base) / "certificate.jwt", "--trust", mine).out


# ---- days


def test_a_day_before_the_first_and_one_after_the_last(base: Path) -> None:
    today = legal_day(datetime.now(UTC))
    for day, codes in (
        (today - timedelta(days=1), {"validity": "E-CRED-NOT-YET", "recognition": "E-RECOG-KEY-NONE"}),
        (
            date(today.year + 3, 1, 1),
            {"validity": "E-CRED-EXPIRED", "status": "E-STATUS-EXPIRED", "recognition": "E-CHECK-INDEX-STALE"},
        ),
    ):
        ran = run("check", place(base) / "certificate.jwt", "--at", day, "--json")
        assert ran.code == 1
        assert {one["name"]: one["code"] for one in ran.record["checks"] if not one["ok"]} == codes


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "20261122", "2026-11-22T00:00:00Z"])
def test_a_day_that_is_none_is_a_mistake_of_the_caller(base: Path, day: str) -> None:
    ran = run("check", place(base) / "certificate.jwt", "--at", day, "--json")
    assert ran.code == 2
    assert ran.error["code"] == "E-DATE"


# ---- what cannot be checked


WRONG = {
    "no such file": (None, "E-FILE-READ"),
    "an address that is none of a certificate": ("https://register.footproof.example/", "E-CHECK-KIND"),
    "another scheme": ("ftp://register.footproof.example/c/DEMO-1/", "E-CHECK-KIND"),
    "an address that nobody has at hand": ("https://register.footproof.example/c/DEMO-1/", "E-CHECK-OFFLINE"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_what_is_nothing_to_check_says_so(base: Path, tmp_path: Path, case: str) -> None:
    given, code = WRONG[case]
    ran = run("check", given or tmp_path / "none.jwt", "--dir", base, "--offline", "--json")
    assert ran.code == 2
    assert ran.error["code"] == code
    assert is_clean(ran.error["message"])


FILES = {
    "a JSON object that is no certificate": (b'{"a":1}', "E-CHECK-KIND"),
    "JSON with a key twice": (b'{"id":"x","id":"https://r.example/c/DEMO-1/"}', "E-CRED-FORM"),
    "a picture without a code": (b"", "E-PHOTO-CODE"),
    "a code with another address": (picture("https://example.org/menu"), "E-PHOTO-OTHER"),
    "a code with a script": (picture("javascript:alert(1)"), "E-PHOTO-OTHER"),
    "a code with a file": (picture("file:///etc/passwd"), "E-PHOTO-OTHER"),
    "a code that leads nowhere at hand": (picture("https://r.footproof.example/c/DEMO-9/"), "E-CHECK-OFFLINE"),
    "a broken picture": (b"\x89PNG\r\n\x1a\nxxxx", "E-PHOTO-FORM"),
}


@pytest.mark.parametrize("case", sorted(FILES))
def test_a_file_of_another_kind_says_what_it_is_not(base: Path, tmp_path: Path, case: str) -> None:
    data, code = FILES[case]
    if not data:
        made_of = io.BytesIO()
        Image.new("L", (200, 200), 255).save(made_of, "PNG")
        data = made_of.getvalue()
    file = tmp_path / "given"
    file.write_bytes(data)
    ran = run("check", file, "--dir", base, "--offline", "--json")
    assert ran.code == (2 if code == "E-CHECK-OFFLINE" else 1)
    assert ran.error["code"] == code
    assert is_clean(ran.error["message"])


@pytest.mark.parametrize("text", ["", "hello", "a.b.c", "....", "\0\0\0"])
def test_a_text_that_is_no_token_fails_by_its_signature(base: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.jwt"
    file.write_text(text)
    ran = run("check", file, "--dir", base, "--json")
    assert ran.code == 1
    assert ran.record["ok"] is False
    assert [one["name"] for one in ran.record["checks"]] == ["signature"]


def test_of_two_marks_in_one_photo_none_is_chosen(base: Path, tmp_path: Path) -> None:
    """The one that is at hand and sound may be the one that somebody laid beside the other."""
    sheet = Image.new("RGB", (1200, 600), "white")
    for place_of, host in ((0, "register"), (600, "other")):
        code = Image.open(io.BytesIO(picture(f"https://{host}.footproof.example/c/{numbers(base)[0]}/")))
        sheet.paste(code.convert("RGB").resize((500, 500)), (place_of + 50, 50))
    photo = tmp_path / "two.png"
    sheet.save(photo)
    ran = run("check", photo, "--dir", base, "--offline", "--json")
    assert ran.code == 1
    assert ran.error["code"] == "E-PHOTO-MANY"


def test_a_photo_does_not_lead_to_this_machine(base: Path, tmp_path: Path) -> None:
    """Whoever prints a code must not make the checker ask its own network."""
    photo = tmp_path / "mark.png"
    for host in ("127.0.0.1:1", "localhost", "10.0.0.1", "[::1]", "169.254.169.254"):
        photo.write_bytes(picture(f"http://{host}/c/{numbers(base)[0]}/"))
        ran = run("check", photo, "--json")
        assert ran.code == 1
        assert ran.error["code"].startswith("E-FETCH-")


def test_another_certificate_at_the_address_is_found(workspace: Path, tmp_path: Path) -> None:
    """Sound in itself, but not the one that the mark names."""
    first, second = place(workspace, 0), place(workspace, 1)
    shutil.copy(second / "certificate.jwt", first / "certificate.jwt")
    photo = tmp_path / "mark.png"
    photo.write_bytes(picture(f"https://register.footproof.example/c/{first.name}/"))
    ran = run("check", photo, "--dir", workspace, "--offline", "--json")
    assert ran.code == 1
    assert [one["code"] for one in ran.record["checks"] if not one["ok"]] == ["E-CHECK-ADDRESS"]
    for lang in ("zh", "en"):
        assert second.name in run("check", photo, "--dir", workspace, "--offline", lang=lang).out


def test_another_host_than_the_certificate_names_is_said_and_no_failure(workspace: Path, tmp_path: Path) -> None:
    number = next((workspace / "public" / "c").iterdir()).name
    photo = tmp_path / "mark.png"
    for host, other in (("register.footproof.example", False), ("mirror.footproof.example", True)):
        photo.write_bytes(picture(f"https://{host}/c/{number}/"))
        ran = run("check", photo, "--dir", workspace, "--offline", "--json")
        assert ran.code == 0
        facts = next(one["facts"] for one in ran.record["checks"] if one["name"] == "address")
        assert facts == {"number": number} | (
            {"asked": host, "elsewhere": "register.footproof.example"} if other else {}
        )
        for lang in ("zh", "en"):
            assert ("mirror" in run("check", photo, "--dir", workspace, "--offline", lang=lang).out) == other


@pytest.mark.parametrize("member", ["seals", "stamps", "demonstration", "policy", "roots", "code_lists"])
def test_a_member_of_the_anchors_that_is_null_is_refused(workspace: Path, member: str) -> None:
    path = workspace / "public" / "trust.json"
    record = json.loads(path.read_text()) | {member: None}
    path.write_bytes(json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    ran = run("check", place(workspace) / "certificate.jwt", "--json")
    assert ran.code == 1
    assert ran.error["code"] == "E-CHECK-ANCHORS"


def test_anchors_of_a_demonstration_are_named_as_such(workspace: Path) -> None:
    for lang, word in (("zh", "示例"), ("en", "DEMO trust anchors")):
        assert word in run("check", place(workspace) / "certificate.jwt", lang=lang).out


def test_an_index_that_leads_out_of_the_tree_is_refused(workspace: Path) -> None:
    index = workspace / "public" / "recognition" / "index.json"
    record = json.loads(index.read_text())
    record["index"]["records"][0]["file"] = "../../keys/body.pem"
    index.write_bytes(json.dumps(record, sort_keys=True, separators=(",", ":")).encode())
    ran = run("check", place(workspace) / "certificate.jwt", "--json")
    assert ran.code == 1
    assert [one["code"] for one in ran.record["checks"] if not one["ok"]] == ["E-CHECK-INDEX"]
    assert "PRIVATE" not in ran.out


# ---- status


def test_a_suspension_is_seen_and_ends(workspace: Path) -> None:
    number = numbers(workspace)[0]
    token = place(workspace) / "certificate.jwt"
    changed = run("status", "change", number, "suspended", *REASONS, "--dir", workspace, "--json")
    assert changed.code == 0
    assert changed.record["state"] == "suspended"
    ran = run("check", token, "--json")
    assert ran.code == 1
    assert [one["code"] for one in ran.record["checks"] if not one["ok"]] == ["E-CHECK-SUSPENDED"]
    assert run("check", place(workspace, 1) / "certificate.jwt").code == 0
    assert run("status", "show", number, "--dir", workspace, "--json").record["state"] == "suspended"
    assert run("status", "change", number, "restored", *REASONS, "--dir", workspace).code == 0
    assert run("check", token).code == 0
    assert run("status", "change", number, "cancelled", *REASONS, "--dir", workspace).code == 0
    assert run("check", token, "--json").record["checks"][2]["code"] == "E-CHECK-WITHDRAWN"
    refused = run("status", "change", number, "restored", *REASONS, "--dir", workspace, "--json")
    assert refused.code == 1
    assert refused.error["code"] == "E-STATUS-STEP"


def test_an_unknown_number_has_no_status(workspace: Path) -> None:
    ran = run("status", "change", "DEMO-1999-000001", "suspended", *REASONS, "--dir", workspace, "--json")
    assert (ran.code, ran.error["code"]) == (1, "E-STATUS-NUMBER")
    assert run("status", "show", "DEMO-1999-000001", "--dir", workspace).code == 1


def test_an_older_list_that_still_counts_passes_and_says_how_old_it_is(workspace: Path) -> None:
    """What one offline check cannot know, it must not claim: it says as of when it speaks."""
    held = workspace / "public" / "status"
    older = {file.name: file.read_bytes() for file in held.iterdir()}
    stated = run("check", place(workspace) / "certificate.jwt", "--json").record["checks"][2]["facts"]["as_of"]
    run("status", "change", numbers(workspace)[0], "suspended", *REASONS, "--dir", workspace)
    for name, data in older.items():
        (held / name).write_bytes(data)
    day = legal_day(datetime.now(UTC)) + timedelta(days=3)
    ran = run("check", place(workspace) / "certificate.jwt", "--at", day, "--json")
    assert ran.code == 0
    facts = ran.record["checks"][2]["facts"]
    assert facts["as_of"] == stated
    assert facts["age"] in ("3 d", "4 d")
    assert facts["fresh"] == "no"
    said = run("check", place(workspace) / "certificate.jwt", "--at", day).out
    assert f"as of {stated}" in said
    too_late = legal_day(datetime.now(UTC)) + timedelta(days=8)
    assert run("check", place(workspace) / "certificate.jwt", "--at", too_late).code == 1


# ---- over the network


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A workspace that is served on this machine, and its address."""
    port = free_port()
    folder = made(tmp_path / "served", f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "footproof", "serve", "--dir", str(folder), "--port", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "FOOTPROOF_LANG": "en"}
    )
    try:
        for _ in range(150):
            try:
                with urlopen(f"http://127.0.0.1:{port}/trust.json", timeout=1) as answer:
                    answer.read()
                    break
            except OSError:
                time.sleep(0.1)
        yield folder, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def test_an_address_is_checked_online_and_a_suspension_shows_within_a_second(served: tuple[Path, str]) -> None:
    folder, address = served
    page = f"{address}/c/{numbers(folder)[0]}/"
    ran = run("check", page, "--json")
    assert ran.code == 0, ran.out
    assert ran.record["source"] == address
    begun = time.perf_counter()
    changed = run("status", "change", numbers(folder)[0], "suspended", *REASONS, "--dir", folder)
    decided = time.perf_counter()
    assert changed.code == 0
    seen = run("check", page, "--json")
    checked = time.perf_counter()
    assert [one["code"] for one in seen.record["checks"] if not one["ok"]] == ["E-CHECK-SUSPENDED"]
    print(f"\ndecided, logged, published: {decided - begun:.3f} s; checked online: {checked - decided:.3f} s")
    assert checked - begun < 1.0
    missing = run("check", f"{address}/c/DEMO-1999-000001/", "--json")
    assert (missing.code, missing.error["code"]) == (1, "E-CHECK-MISSING")
