"""Signed notes and checkpoints: the vectors of Go's sumdb, and every way to be malformed."""

from base64 import b64decode, b64encode
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError, ProofRejected
from footproof.tlog import (
    EMPTY_ROOT,
    Checkpoint,
    Ed25519Signer,
    Signature,
    leaf_hash,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    sign_checkpoint,
    sign_note,
)

# golang.org/x/mod/sumdb/note, note_test.go; the last key is that of Go's public checksum database.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# C2SP signed-note and tlog-checkpoint, the examples of the specifications.
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def note(*lines: str) -> bytes:
    return (TEXT + "\n" + "".join(lines)).encode()


@pytest.mark.parametrize("vkey", [PETER, ENOCH, SUMDB])
def test_published_keys(vkey: str) -> None:
    assert parse_vkey(vkey).vkey == vkey


def test_every_mangling_of_a_key_is_refused() -> None:
    mangled = {PETER[i:j] for i in range(len(PETER)) for j in range(i + 1, len(PETER) + 1)} - {PETER}
    mangled |= {PETER[:i] + chr(ord(PETER[i]) + 1) + PETER[i + 1 :] for i in range(len(PETER))}
    mangled.add("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")
    mangled.add("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    mangled.add(PETER.replace("c74f20a3", "C74F20A3"))
    for vkey in mangled:
        with pytest.raises(FootproofError):
            parse_vkey(vkey)


def test_published_signatures() -> None:
    peter, enoch = parse_vkey(PETER), parse_vkey(ENOCH)
    assert [s.name for s in open_note(note(PETER_LINE, ENOCH_LINE), [peter]).signatures] == ["PeterNeumann"]
    both = open_note(note(PETER_LINE, ENOCH_LINE), [peter, enoch])
    assert both.text == TEXT
    assert both.to_bytes() == note(PETER_LINE, ENOCH_LINE)
    assert len(open_note(note(PETER_LINE, PETER_LINE), [peter]).signatures) == 1
    seed = b64decode(PETER_SEED)[1:]
    signer = Ed25519Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(seed))
    assert signer.verifier.vkey == PETER
    assert sign_note(TEXT, [signer]) == note(PETER_LINE)
    old = Signature("PeterNeumann", signer.key_id, b"bad")
    assert sign_note(TEXT, [signer], [old]) == note(PETER_LINE)


def test_the_specifications_examples_parse() -> None:
    assert parse_note(QUASIMODO.encode()).text.endswith("\n\ned è subito sera.\n")
    found = parse_note(SOFA.encode())
    assert found.signatures[0].key_id == bytes.fromhex("033de0ae")
    checkpoint = parse_checkpoint(found.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text == found.text


def test_a_note_without_a_known_signature_is_rejected() -> None:
    with pytest.raises(ProofRejected, match="E-LOG-UNSIGNED"):
        open_note(note(ENOCH_LINE), [parse_vkey(PETER)])
    with pytest.raises(ProofRejected, match="E-LOG-UNSIGNED"):
        open_note(note(PETER_LINE.replace("PeterNeumann", "CarmenSandiego")), [parse_vkey(PETER)])
    with pytest.raises(ProofRejected, match="E-LOG-UNSIGNED"):
        open_note(note(PETER_LINE.replace("x08g", "xxxx")), [parse_vkey(PETER)])


def test_a_bad_signature_of_a_known_key_spoils_the_note() -> None:
    bad = PETER_LINE[:60] + "ABCD" + PETER_LINE[60:]
    for lines in ([bad], [bad, PETER_LINE], [PETER_LINE, bad]):
        with pytest.raises(ProofRejected, match="E-LOG-SIGNATURE"):
            open_note(note(*lines), [parse_vkey(PETER)])
    with pytest.raises(ProofRejected, match="E-LOG-SIGNATURE"):
        open_note(note(PETER_LINE).replace(b"answer", b"Answer"), [parse_vkey(PETER)])


def test_sixteen_unknown_lines_and_other_algorithms_are_ignored() -> None:
    unknown = [f"— witness{n}.example {b64encode(bytes([n]) * 3000).decode()}\n" for n in range(1, 17)]
    sm2 = f"— PeterNeumann {b64encode(b'sm2!' + bytes(64)).decode()}\n"
    assert len(open_note(note(*unknown, sm2, PETER_LINE), [parse_vkey(PETER)]).signatures) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        TEXT.encode(),
        note(),
        note(PETER_LINE[:-1]),
        note(PETER_LINE, "Unexpected line.\n"),
        note("— Bad Name " + PETER_LINE.split(" ")[2]),
        note("— Bad+Name " + PETER_LINE.split(" ")[2]),
        note("— Bad\u2003Name " + PETER_LINE.split(" ")[2]),
        note("—  " + PETER_LINE.split(" ")[2]),
        note(PETER_LINE.replace("— ", "- ")),
        note(PETER_LINE.replace("— ", "—  ")),
        note(PETER_LINE.replace("=\n", "\n")),
        note(PETER_LINE.replace("nAM=\n", "nAN=\n")),
        note(PETER_LINE.replace("=\n", "= \n")),
        note("— PeterNeumann x08gow==\n"),
        note(PETER_LINE).replace(b"\n", b"\r\n"),
        b"\x01" + note(PETER_LINE),
        b"\xff" + note(PETER_LINE),
        b"\xed\xa0\x80" + note(PETER_LINE),
        note(*[PETER_LINE] * 101),
        b"x" * 1_000_001 + note(PETER_LINE),
    ],
)
def test_a_malformed_note_is_rejected(data: bytes) -> None:
    with pytest.raises(ProofRejected, match="E-LOG-NOTE"):
        open_note(data, [parse_vkey(PETER)])


@pytest.mark.parametrize(
    "text",
    [
        "go.sum database tree\n0xabcdef\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBTOOBIG=\n",
        "\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n01\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n+1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n1_0\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n١\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n9223372036854775808\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\nextension\n",
        "a\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=",
        "a\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n\n",
        "a\n0\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n1\n",
    ],
)
def test_a_malformed_checkpoint_is_rejected(text: str) -> None:
    with pytest.raises(ProofRejected, match="E-LOG-CHECKPOINT"):
        parse_checkpoint(text)


def test_go_tree_vector() -> None:
    # golang.org/x/mod/sumdb/tlog, note_test.go
    text = "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"
    assert parse_checkpoint(text) == Checkpoint("go.sum database tree", 123_456_789_012, leaf_hash(b"hello world"))


def test_a_checkpoint_of_another_log_is_rejected(key: Ed25519PrivateKey) -> None:
    signer = Ed25519Signer("demo.example/log", key)
    data = sign_checkpoint(Checkpoint("demo.example/other", 0, EMPTY_ROOT), [signer])
    assert open_checkpoint(data, signer.verifier, "demo.example/other").size == 0
    with pytest.raises(ProofRejected, match="E-LOG-ORIGIN"):
        open_checkpoint(data, signer.verifier)


@pytest.mark.parametrize(("origin", "size"), [("", 1), ("a\n5", 1), ("a", -1), ("a", 2**63), ("a", 0)])
def test_a_checkpoint_that_would_read_back_as_another_is_refused(origin: str, size: int) -> None:
    with pytest.raises(FootproofError, match="E-LOG-CHECKPOINT"):
        Checkpoint(origin, size, leaf_hash(b""))


@given(st.text())
def test_what_is_signed_reads_back_or_is_refused(text: str) -> None:
    signer = Ed25519Signer("demo.example/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    try:
        data = sign_note(text, [signer])
    except (ProofRejected, UnicodeEncodeError):
        return
    assert open_note(data, [signer.verifier]).text == text


@given(st.binary(max_size=400))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    for tried in (data, note(PETER_LINE) + data, data + note(PETER_LINE)):
        with suppress(ProofRejected):
            assert parse_note(tried).to_bytes() == tried
