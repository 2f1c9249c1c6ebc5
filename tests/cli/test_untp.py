"""`footproof untp`: what is written can be read by anybody, what is missing is named, and what is wrong is found."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.running import REPOSITORY, run
from credential.untp import EARLY, INTEROP, NEW, OLD, problems
from footproof.credential import jose
from footproof.credential.anchor import anchor_credential
from footproof.credential.did_key import did_key, key_name
from footproof.credential.recognized import recognized_credential
from footproof.model.recognition import Accreditation
from footproof.server.demo_world import open_world, recognition
from footproof.server.workspace import Workspace
from server_worlds import NUMBER, workspace_with_one

FACTS = REPOSITORY / "examples" / "nmc811-pack" / "untp.toml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Path]:
    """A workspace with one certificate, and a folder with the certificate's file and a maker's key."""
    place = tmp_path_factory.mktemp("untp")
    workspace, one = workspace_with_one(place / "w")
    (place / "certificate.jwt").write_bytes(one.jwt + b"\n")
    key = Ed25519PrivateKey.from_private_bytes(b"an invented maker signs with it.")
    (place / "maker.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return workspace, place


def write(made: tuple[Workspace, Path], kind: str, out: Path, *more: object) -> Mapping[str, Any]:
    """Write a record of the certificate and return its credential."""
    call = ("untp", kind, NUMBER, "--dir", made[0].folder, "-o", out)
    ran = run(*call, *(() if kind == "conformity" else ("--facts", FACTS)), *more, "--json")
    assert ran.code == 0, ran.out
    return jose.payload_of(out.read_bytes())


SCHEMAS = {
    ("passport", "0.7.0"): NEW / "DigitalProductPassport.json",
    ("facility", "0.7.0"): EARLY / "dfr/DigitalFacilityRecord.json",
    ("passport", "0.6.1"): OLD / "dpp/untp-dpp-schema.json",
    ("facility", "0.6.1"): OLD / "dfr/untp-dfr-schema.json",
    ("conformity", "0.6.1"): OLD / "dcc/untp-dcc-schema.json",
}


@pytest.mark.parametrize(("kind", "form"), SCHEMAS)
def test_what_is_written_meets_the_published_schema_and_reads_as_proven(
    made: tuple[Workspace, Path], tmp_path: Path, kind: str, form: str
) -> None:
    (tmp_path / "c6.jwt").write_bytes(b"the certificate in the older form")
    old = form == "0.6.1" and kind != "conformity"
    more = ("--evidence", tmp_path / "c6.jwt", "https://w.footproof.example/c6.jwt") if old else ()
    found = write(made, kind, tmp_path / "x.jwt", "--form", form, *more)
    ran = run("untp", "read", tmp_path / "x.jwt", "--json", "--at", "2026-12-01")
    assert ran.code == 0, ran.out
    assert (ran.record["ok"], ran.record["kind"]) == (True, kind)
    if (kind, form) == ("facility", "0.7.0"):  # the pre-release schema asks for types that the released ones dropped
        assert found["type"] == ["DigitalFacilityRecord", "VerifiableCredential"]
    else:
        assert problems(json.loads(json.dumps(found, default=float)), SCHEMAS[kind, form]) == []


def test_the_conformity_credential_of_today_is_the_certificate_itself(
    made: tuple[Workspace, Path], tmp_path: Path
) -> None:
    write(made, "conformity", tmp_path / "x.jwt")
    assert (tmp_path / "x.jwt").read_bytes() + b"\n" == (made[1] / "certificate.jwt").read_bytes()


def test_the_maker_is_the_issuer_and_keeps_the_name_the_certificate_gives_it(
    made: tuple[Workspace, Path], tmp_path: Path
) -> None:
    call = ("untp", "passport", made[1] / "certificate.jwt", "--facts", FACTS, "--key", made[1] / "maker.pem")
    ran = run(*call, "-o", tmp_path / "p.jwt", "--json")
    assert ran.code == 0, ran.out
    issuer = jose.payload_of((tmp_path / "p.jwt").read_bytes())["issuer"]
    assert issuer["id"] == ran.record["issuer"] != ""
    assert [one["id"] for one in issuer["issuerAlsoKnownAs"]] == ["urn:footproof:demo:kettle:producer"]


@pytest.mark.parametrize("form", ["0.7.0", "0.6.1"])
def test_claims_are_borne_out_by_the_certificate_they_name_and_by_no_other(
    made: tuple[Workspace, Path], tmp_path: Path, form: str
) -> None:
    certificate = made[1] / "certificate.jwt"
    more: tuple[object, ...] = ()
    if form == "0.6.1":
        certificate = tmp_path / "c6.jwt"
        write(made, "conformity", certificate, "--form", form)
        more = ("--evidence", certificate, "https://w.footproof.example/c6.jwt")
    write(made, "passport", tmp_path / "p.jwt", "--form", form, *more)
    call = ("untp", "read", tmp_path / "p.jwt", "--at", "2026-12-01", "--json", "--certificate")
    ran = run(*call, certificate)
    assert ran.code == 0, ran.out
    assert [one["ok"] for one in ran.record["claims"]] == [True]
    if form == "0.7.0":  # the certificate beside it names status lists, the passport none
        assert ran.record["not_asked"] == ["recognition", "status"]
        assert run(*call[:-1]).record["not_asked"] == ["recognition"]
    other = tmp_path / "again.jwt"
    write(made, "conformity", other, "--form", "0.6.1")  # signed once more: another file than the one that is named
    again = run(*call, other)
    assert again.code == 1
    assert "E-UNTP-EVIDENCE" in {each["code"] for each in again.record["claims"][0]["reasons"]}


def test_a_figure_that_the_maker_raised_is_found(made: tuple[Workspace, Path], tmp_path: Path) -> None:
    claim = dict(write(made, "passport", tmp_path / "p.jwt", "--key", made[1] / "maker.pem"))
    measure = claim["credentialSubject"]["performanceClaim"][0]["claimedPerformance"][0]["measure"]
    measure["value"] = measure["value"] - 1
    key = Ed25519PrivateKey.from_private_bytes(b"an invented maker signs with it.")
    (tmp_path / "raised.jwt").write_bytes(jose.sign(claim, key, key_name(key.public_key()), jose.CREDENTIAL))
    call = ("untp", "read", tmp_path / "raised.jwt", "--at", "2026-12-01", "--certificate")
    ran = run(*call, made[1] / "certificate.jwt", "--json")
    assert ran.code == 1
    assert [each["code"] for each in ran.record["claims"][0]["reasons"]] == ["E-UNTP-FIGURE"]
    assert all(one["ok"] for one in ran.record["checks"])
    told = run(*call, made[1] / "certificate.jwt", lang="zh")
    assert "没有证书支持" in told.out


def test_facts_that_are_missing_are_named_all_at_once_and_nothing_is_written(
    made: tuple[Workspace, Path], tmp_path: Path
) -> None:
    (tmp_path / "f.toml").write_text('format = "footproof-untp-facts/1"\n[site]\npostal_code = "1"\n')
    call = ("untp", "facility", NUMBER, "--dir", made[0].folder, "-o", tmp_path / "x.jwt", "--json")
    for more, names in (
        ((), "site.street, site.postal_code, site.locality, site.region, site.processes"),
        (("--facts", tmp_path / "f.toml"), "site.street, site.locality, site.region, site.processes"),
        (("--facts", FACTS, "--form", "0.6.1"), "evidence"),
    ):
        ran = run(*call, *more)
        assert (ran.code, ran.error["code"]) == (1, "E-UNTP-MISSING")
        assert ran.error["message"].endswith(f": {names}")
    assert not (tmp_path / "x.jwt").exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E-UNTP-FACTS"),
        ("format = 1", "E-UNTP-FACTS"),
        ("\x00", "E-UNTP-FACTS"),
        ('format = "footproof-untp-facts/1"\n[product]\ncountri = "CN"', "E-UNTP-FACTS"),
        ('format = "footproof-untp-facts/1"\n[products]', "E-UNTP-FACTS"),
        ('format = "footproof-untp-facts/1"\nproduct = 3', "E-UNTP-FACTS"),
        ('format = "footproof-untp-facts/1"\n[product]\nid_scheme = 3\ncategories = []', "E-UNTP-FACT"),
        (
            'format = "footproof-untp-facts/1"\n[product]\ncategories = 1\n'
            'id_scheme = { id = "a:b", zh = "x", en = "x" }',
            "E-UNTP-FACT",
        ),
    ],
)
def test_facts_of_another_form_are_refused(made: tuple[Workspace, Path], tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "f.toml").write_text(text)
    call = ("untp", "passport", NUMBER, "--dir", made[0].folder, "--facts", tmp_path / "f.toml")
    ran = run(*call, "-o", tmp_path / "x.jwt", "--json")
    assert (ran.code, ran.error["code"]) == (1, code)
    assert not (tmp_path / "x.jwt").exists()


def test_who_has_no_key_of_the_maker_signs_nothing(made: tuple[Workspace, Path], tmp_path: Path) -> None:
    call = ("untp", "passport", made[1] / "certificate.jwt", "--facts", FACTS, "-o", tmp_path / "x.jwt", "--json")
    ran = run(*call)
    assert (ran.code, ran.error["code"]) == (2, "E-UNTP-NO-KEY")
    body = run(*call, "--key", made[0].folder / "keys" / "body.pem")
    assert (body.code, body.error["code"]) == (1, "E-UNTP-SELF")
    assert not (tmp_path / "x.jwt").exists()


Spoil = Callable[[bytes], bytes]
SPOILED: dict[str, tuple[Spoil, str]] = {
    "a flipped byte of the signature": (lambda t: t[:-3] + (b"A" if t[-3:-2] != b"A" else b"B") + t[-2:], "signature"),
    "no signature": (lambda t: t.rpartition(b".")[0] + b".", "signature"),
    "only the content": (lambda t: jose.decode(t.split(b".")[1]), "signature"),
    "of another time": (lambda t: t, "validity"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_what_is_not_proven_is_said_and_the_content_still_shown(
    made: tuple[Workspace, Path], tmp_path: Path, case: str
) -> None:
    write(made, "passport", tmp_path / "p.jwt")
    spoil, check = SPOILED[case]
    (tmp_path / "s.jwt").write_bytes(spoil((tmp_path / "p.jwt").read_bytes()))
    at = "2031-01-01" if check == "validity" else "2026-12-01"
    ran = run("untp", "read", tmp_path / "s.jwt", "--json", "--at", at)
    assert ran.code == 1, ran.out
    assert [one["name"] for one in ran.record["checks"] if not one["ok"]] == [f"untp-{check}"]
    assert ran.record["says"]["items"]


def test_a_key_that_is_not_among_ones_own_is_told(made: tuple[Workspace, Path], tmp_path: Path) -> None:
    write(made, "passport", tmp_path / "p.jwt")
    (tmp_path / "trust.json").write_text('{"bodies":[],"logs":[]}')
    ran = run("untp", "read", tmp_path / "p.jwt", "--json", "--at", "2026-12-01", "--trust", tmp_path / "trust.json")
    assert ran.code == 1
    assert [one["code"] for one in ran.record["checks"] if not one["ok"]] == ["E-CRED-UNKNOWN-KEY"]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"a.b.c", b"\xff\xfe", b"{" * 500, b'{"type":7}', b"x~y~z"])
def test_anything_else_is_answered_and_not_crashed_upon(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    for lang in ("zh", "en"):
        ran = run("untp", "read", tmp_path / "x", lang=lang)
        assert ran.code == 1
        assert "Traceback" not in ran.out + ran.err


SAMPLES = sorted(INTEROP.glob("untp-0.7.0/*/**/*nstance.json")) + sorted(
    INTEROP.glob("untp-0.6.1/d*/untp-d*nstance.json")
)
KINDS = {"dpp": "passport", "dcc": "conformity", "dfr": "facility", "dia": "anchor"}


@pytest.mark.skipif(not SAMPLES, reason="needs UNTP's published samples, kept beside the repository")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_published_samples_are_read_and_unsigned_as_they_are_prove_nothing(path: Path) -> None:
    ran = run("untp", "read", path, "--json", "--at", "2025-06-01")
    assert ran.code == 1
    codes = {one["name"]: one["code"] for one in ran.record["checks"]}
    assert codes["untp-signature"] == "E-UNTP-UNSIGNED"
    kind = next((kind for part, kind in KINDS.items() if part in path.parts), None)
    assert ran.record["kind"] == kind
    assert (codes["untp-content"] is None) is (kind is not None)


def test_anchors_and_recognised_entities_are_read_as_well(made: tuple[Workspace, Path], tmp_path: Path) -> None:
    grant = next(one for one in recognition(made[0]).records if isinstance(one, Accreditation))
    key = open_world(made[0]).keys["accreditor"]
    address = "https://w.footproof.example/recognition/x.jwt"
    for kind, found in {
        "anchor": anchor_credential(grant, address),
        "recognized": recognized_credential(grant, address),
    }.items():
        (tmp_path / "x.jwt").write_bytes(jose.sign(found, key, key_name(key.public_key()), jose.CREDENTIAL))
        ran = run("untp", "read", tmp_path / "x.jwt", "--json", "--at", "2026-12-01")
        assert (ran.code, ran.record["kind"]) == (0, kind), ran.out
        assert grant.holder.id in json.dumps(ran.record["says"])
        for lang in ("zh", "en"):
            told = run("untp", "read", tmp_path / "x.jwt", "--at", "2026-12-01", lang=lang)
            assert told.code == 0
            assert grant.holder.id in told.out


def test_what_a_stranger_wrote_cannot_command_the_terminal(made: tuple[Workspace, Path], tmp_path: Path) -> None:
    found = dict(write(made, "facility", tmp_path / "f.jwt"))
    found["credentialSubject"]["name"] = "plant\x1b[2J\x07"
    (tmp_path / "evil.json").write_text(json.dumps(found))
    ran = run("untp", "read", tmp_path / "evil.json")
    assert "\x1b[2J" not in ran.out
    assert "\x07" not in ran.out


def test_the_name_of_a_key_that_is_not_the_issuers_proves_nothing(made: tuple[Workspace, Path], tmp_path: Path) -> None:
    found = dict(write(made, "facility", tmp_path / "f.jwt"))
    key = Ed25519PrivateKey.generate()
    assert did_key(key.public_key()) != found["issuer"]["id"]
    (tmp_path / "x.jwt").write_bytes(jose.sign(found, key, key_name(key.public_key()), jose.CREDENTIAL))
    ran = run("untp", "read", tmp_path / "x.jwt", "--json", "--at", "2026-12-01")
    assert [one["code"] for one in ran.record["checks"] if not one["ok"]] == ["E-CRED-ISSUER"]
