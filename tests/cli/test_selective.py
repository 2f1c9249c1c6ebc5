"""`footproof selective`, and `footproof check` of an SD-JWT certificate."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cli.running import run
from footproof.cli.options import now
from footproof.credential.did_key import key_name
from footproof.credential.selective import GROUPS, issue_selective
from footproof.model.bilingual import Bilingual
from footproof.server.certify import issue, issued
from footproof.server.publish import publish, publish_status
from footproof.server.status import change_status
from footproof.server.workspace import Workspace
from server_worlds import REASON
from tamper.world import sealed, seeded_workspace

NUMBER = f"DEMO-{now().year}-000001"
Made = tuple[Workspace, Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A published workspace, and what its body gave the holder."""
    place = tmp_path_factory.mktemp("selective")
    workspace = seeded_workspace(place / "w", "https://w.footproof.example", "w.footproof.example/log", "w")
    assert issue(workspace, sealed(), now()).certificate.number == NUMBER
    publish(workspace, now())
    key = Ed25519PrivateKey.generate()
    (place / "holder.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (place / "holder.pub").write_bytes(public)
    call = ("selective", "issue", NUMBER, "--dir", workspace.folder, "-o", place / "held.sdjwt")
    assert run(*call, "--holder", place / "holder.pub").code == 0
    return workspace, place


def shown(made: Made, out: Path, *groups: str, more: tuple[object, ...] = ()) -> Path:
    options = [word for group in groups for word in ("--show", group)]
    ran = run("selective", "present", made[1] / "held.sdjwt", *options, *more, "-o", out, "--json")
    assert ran.code == 0, ran.out
    return out


@pytest.mark.parametrize("groups", [(), ("stages",), ("client", "site"), GROUPS])
def test_what_is_shown_is_proven_and_what_is_hidden_is_said(
    made: Made, tmp_path: Path, groups: tuple[str, ...]
) -> None:
    file = shown(made, tmp_path / "s.sdjwt", *groups)
    ran = run("selective", "check", file, "--dir", made[0].folder, "--json")
    assert ran.code == 0, ran.out
    assert ran.record["hidden"] == [group for group in GROUPS if group not in groups]
    assert [one["name"] for one in ran.record["checks"]] == ["selective", "status", "recognition"]
    secret = issued(made[0])[0].certificate.client.name.zh.encode()
    assert ("client" in groups) or secret not in file.read_bytes()
    whole = run("check", file, "--dir", made[0].folder, "--offline", "--json")
    assert whole.code == 0, whole.out
    assert {"log", "recomputation", "selective"} <= {one["name"] for one in whole.record["checks"]}


def test_a_holder_answers_the_challenge_that_was_given_and_no_other(made: Made, tmp_path: Path) -> None:
    answer = ("--key", made[1] / "holder.pem", "--nonce", "n-1", "--audience", "https://buyer.example")
    file = shown(made, tmp_path / "s.sdjwt", more=answer)
    call = ("selective", "check", file, "--dir", made[0].folder, "--json")
    ran = run(*call, "--nonce", "n-1", "--audience", "https://buyer.example")
    assert (ran.code, ran.record["bound"]) == (0, True)
    for more in ((), ("--nonce", "n-2", "--audience", "https://buyer.example"), ("--nonce", "n-1", "--audience", "x")):
        refused = run(*call, *more)
        assert refused.code == 1
        assert refused.record["checks"][0]["code"] == "E-CRED-CHALLENGE"
    bare = run("selective", "check", made[1] / "held.sdjwt", "--nonce", "n", "--audience", "a", "--json", *call[3:5])
    assert bare.record["checks"][0]["code"] == "E-SD-BINDING"


def test_half_a_challenge_is_a_bad_call(made: Made, tmp_path: Path) -> None:
    held = made[1] / "held.sdjwt"
    for call in (
        ("selective", "check", held, "--nonce", "n"),
        ("selective", "present", held, "-o", tmp_path / "x", "--nonce", "n", "--audience", "a"),
        ("selective", "present", held, "-o", tmp_path / "x", "--show", "price"),
    ):
        ran = run(*call, "--json")
        assert (ran.code, ran.error["code"]) == (2, "E-CALL")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_what_is_hidden(made: Made, tmp_path: Path, lang: str) -> None:
    file = shown(made, tmp_path / "s.sdjwt", "stages")
    ran = run("selective", "check", file, "--dir", made[0].folder, lang=lang)
    assert ran.code == 0
    assert ("委托人：未披露" if lang == "zh" else "maker: not disclosed") in ran.out
    assert ("阶段：已披露" if lang == "zh" else "stages: shown") in ran.out


def test_a_disclosure_that_was_spoilt_or_left_out_in_part_is_refused(made: Made, tmp_path: Path) -> None:
    token = (made[1] / "held.sdjwt").read_bytes()
    parts = token.split(b"~")
    for name, data in {
        "one left out": b"~".join(parts[:2] + parts[3:]),
        "one twice": b"~".join([*parts[:2], parts[1], *parts[2:]]),
        "another signature": parts[0][:-4] + b"AAAA~" + b"~".join(parts[1:]),
        "no end": token.rstrip(b"~"),
    }.items():
        (tmp_path / "s.sdjwt").write_bytes(data)
        ran = run("selective", "check", tmp_path / "s.sdjwt", "--dir", made[0].folder, "--json")
        assert ran.code == 1, name
        assert run("check", tmp_path / "s.sdjwt", "--dir", made[0].folder, "--offline").code == 1, name


def test_a_showing_of_another_certificate_under_the_same_number_is_not_what_was_logged(
    made: Made, tmp_path: Path
) -> None:
    key = made[0].body_key()
    one = issued(made[0])[0].certificate
    other = replace(one, product_name=Bilingual("别的", "another"))
    token = issue_selective(other, ["site"], key, key_name(key.public_key()), salt=lambda: os.urandom(16))
    (tmp_path / "s.sdjwt").write_bytes(token)
    ran = run("check", tmp_path / "s.sdjwt", "--dir", made[0].folder, "--offline", "--json")
    assert ran.code == 1
    assert [each["code"] for each in ran.record["checks"] if not each["ok"]] == ["E-SD-LOGGED"]


def test_anything_else_is_no_showing(made: Made, tmp_path: Path) -> None:
    for data in (b"", b"a~b", b"a.b.c~", made[0].public.joinpath("c", NUMBER, "certificate.jwt").read_bytes()):
        (tmp_path / "x").write_bytes(data)
        ran = run("selective", "check", tmp_path / "x", "--dir", made[0].folder, "--json")
        assert (ran.code, ran.error["code"]) == (1, "E-CRED-FORM")
    none = run("selective", "issue", "NONE-1", "--dir", made[0].folder, "-o", tmp_path / "y", "--json")
    assert (none.code, none.error["code"]) == (1, "E-STATUS-NUMBER")
    assert not (tmp_path / "y").exists()


def test_a_suspension_shows_in_what_was_shown_before(made: Made, tmp_path: Path) -> None:
    """Last, since it changes the workspace."""
    file = shown(made, tmp_path / "s.sdjwt")
    change_status(made[0], NUMBER, "suspended", REASON, now())
    publish_status(made[0], now())
    ran = run("selective", "check", file, "--dir", made[0].folder, "--json")
    assert ran.code == 1
    assert [each["code"] for each in ran.record["checks"] if not each["ok"]][:1] == ["E-CHECK-SUSPENDED"]
