"""Cosignatures and the policies that count them."""

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError, ProofRejected
from footproof.tlog import Log, WitnessSigner, add_signatures, parse_note, parse_policy, prove, read_cosignatures
from footproof.tlog.cosignature import WitnessKey, cosigned_message, parse_witness_key
from footproof.tlog.note import Signature, key_id, parse_vkey, write_vkey

WITNESSES = [
    WitnessSigner(f"witness.example/w{n}", Ed25519PrivateKey.from_private_bytes(bytes([n + 1] * 32))) for n in range(6)
]
KEYS = [witness.verifier for witness in WITNESSES]
NOW = 1_790_000_000


def cosigned(signed: bytes, *numbers: int, time: int = NOW) -> bytes:
    text = parse_note(signed).text.encode()
    return add_signatures(signed, [WITNESSES[n].cosign(text, time + n) for n in numbers])


def policy_of(log: Log, *lines: str, witnesses: int = 6) -> bytes:
    known = [f"witness W{n} {KEYS[n].vkey} https://witness.example/{n}/" for n in range(witnesses)]
    return "\n".join([f"log {log.verifier.vkey}", *known, *lines, ""]).encode()


def test_the_signed_message_is_that_of_the_specification() -> None:
    # The example of C2SP tlog-cosignature, "Ed25519 signed message".
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert cosigned_message(1679315147, text) == b"cosignature/v1\ntime 1679315147\n" + text


def test_a_line_holds_key_id_time_and_signature() -> None:
    line = WITNESSES[0].cosign(b"text\n", NOW)
    assert line.key_id == key_id("witness.example/w0", 4, KEYS[0].public)
    assert line.value[:8] == NOW.to_bytes(8, "big")
    Ed25519PublicKey.from_public_bytes(KEYS[0].public).verify(line.value[8:], cosigned_message(NOW, b"text\n"))


@given(st.integers(0, 71), st.integers(1, 255))
def test_no_changed_byte_is_accepted(position: int, change: int) -> None:
    value = bytearray(WITNESSES[0].cosign(b"text\n", NOW).value)
    assert KEYS[0].accepts(b"text\n", bytes(value))
    value[position] ^= change
    assert not KEYS[0].accepts(b"text\n", bytes(value))


def test_a_time_beyond_the_limit_or_another_length_is_refused() -> None:
    signer = WITNESSES[0]
    late = WITNESSES[0].cosign(b"text\n", 2**63)
    assert not signer.verifier.accepts(b"text\n", late.value)
    for value in (b"", late.value[:-1], late.value + b"\0"):
        assert not signer.verifier.accepts(b"text\n", value)


def test_witness_keys_are_read_and_no_others() -> None:
    assert parse_witness_key(KEYS[0].vkey) == KEYS[0]
    log_key = write_vkey("witness.example/w0", 1, KEYS[0].public)
    short = write_vkey("witness.example/w0", 4, KEYS[0].public[:31])
    for bad in (log_key, short, KEYS[0].vkey[:-1], KEYS[0].vkey.replace("w0", "w1"), "", "a+b+c", "a" * 20_000):
        with pytest.raises(FootproofError, match=r"E-LOG-VKEY|E-LOG-WITNESS-KEY"):
            parse_witness_key(bad)
    with pytest.raises(FootproofError, match="E-LOG-VKEY"):
        parse_vkey(KEYS[0].vkey)


def test_lines_of_other_types_are_unknown(log: Log) -> None:
    ml_dsa = Signature(KEYS[0].name, key_id(KEYS[0].name, 6, bytes(1312)), bytes(2428))
    signed = add_signatures(cosigned(log.signed, 0), [ml_dsa])
    assert [one.witness.name for one in read_cosignatures(signed, KEYS)] == ["witness.example/w0"]
    assert len(parse_note(signed).signatures) == 3


def test_the_latest_statement_of_a_witness_counts(log: Log) -> None:
    note = parse_note(log.signed)
    lines = [WITNESSES[1].cosign(note.text.encode(), time) for time in (5, 9, 7)]
    signed = log.signed + "".join(f"{line.line}\n" for line in lines).encode()
    assert [one.time for one in read_cosignatures(signed, KEYS)] == [9]


def test_a_bad_line_of_a_known_witness_spoils_the_note(log: Log) -> None:
    line = WITNESSES[0].cosign(b"another text\n", NOW)
    with pytest.raises(ProofRejected, match="E-LOG-SIGNATURE"):
        read_cosignatures(add_signatures(log.signed, [line]), KEYS)


@pytest.mark.parametrize(
    ("lines", "needed", "meeting", "failing"),
    [
        (["quorum none"], 0, [(), (0,)], []),
        (["quorum W3"], 1, [(3,), (0, 3)], [(), (0, 1, 2)]),
        (["group G any W0 W1", "quorum G"], 1, [(0,), (1,)], [(), (2,)]),
        (["group G all W0 W1 W2", "quorum G"], 3, [(0, 1, 2)], [(0, 1), (3, 4, 5)]),
        (["group G 2 W0 W1 W2", "quorum G"], 2, [(0, 2), (0, 1, 2)], [(0,), (0, 3)]),
        (
            ["group X 2 W0 W1 W2", "group Y any W3 W4 W5", "group XY all X Y", "quorum XY"],
            3,
            [(0, 1, 5), (0, 1, 2, 3)],
            [(0, 1, 2), (0, 3, 4, 5)],
        ),
        (["# remark", " \t group  G\t2 W0 W1 ", "", "quorum G"], 2, [(0, 1)], [(0,)]),
    ],
)
def test_a_quorum(
    log: Log, lines: list[str], needed: int, meeting: list[tuple[int, ...]], failing: list[tuple[int, ...]]
) -> None:
    policy = parse_policy(policy_of(log, *lines))
    for numbers in meeting:
        standing = policy.require(cosigned(log.signed, *numbers))
        assert (len(standing.cosigned), standing.witnesses, standing.needed) == (len(numbers), 6, needed)
    for numbers in failing:
        assert not policy.judge(cosigned(log.signed, *numbers)).met
        with pytest.raises(ProofRejected, match="E-LOG-QUORUM"):
            policy.require(cosigned(log.signed, *numbers))


def test_old_and_future_cosignatures_do_not_count(log: Log) -> None:
    policy = parse_policy(policy_of(log, "group G 2 W0 W1 W2", "quorum G"))
    signed = cosigned(log.signed, 0, 2)  # at NOW and NOW + 2
    assert policy.judge(signed, since=NOW, until=NOW + 2).met
    assert len(policy.judge(signed, since=NOW + 1).cosigned) == 1
    assert len(policy.judge(signed, until=NOW + 1).cosigned) == 1


def test_a_witness_of_another_type_never_counts(log: Log) -> None:
    other = write_vkey("witness.example/pq", 6, bytes(1312))
    policy = parse_policy(policy_of(log, f"witness PQ {other}", "group G any W0 PQ", "quorum G"))
    assert policy.judge(cosigned(log.signed, 0)).met
    assert policy.judge(log.signed).witnesses == 7
    assert not policy.judge(log.signed).met


def test_a_log_that_the_policy_does_not_name_is_refused(log: Log) -> None:
    other = write_vkey("other.example/log", 1, bytes(range(32)))
    policy = parse_policy(f"log {other}\nquorum none\n".encode())
    with pytest.raises(ProofRejected, match="E-LOG-ORIGIN"):
        policy.judge(log.signed)
    assert policy.believing(log.verifier).judge(log.signed).met


def test_a_proof_file_carries_its_cosignatures(log: Log) -> None:
    log.append([b"a", b"b", b"c"])
    note = parse_note(log.signed)
    log.attach([WITNESSES[n].cosign(note.text.encode(), NOW) for n in (0, 1)])
    policy = parse_policy(policy_of(log, "group G 2 W0 W1 W2", "quorum G"))
    standing = policy.require_entry(prove(log.read, 1), b"b")
    assert (len(standing.cosigned), standing.checkpoint.size) == (2, 3)
    with pytest.raises(ProofRejected, match="E-LOG-INCLUSION"):
        policy.require_entry(prove(log.read, 1), b"c")


VKEY = KEYS[0].vkey
BAD_POLICIES = {
    "no quorum": "",
    "two quorums": "quorum none\nquorum none",
    "an unknown quorum": "quorum G",
    "a group after the quorum line": "quorum G\ngroup G any W",
    "an unknown word": "quorum none\nmirror x",
    "a member named twice": f"witness W {VKEY}\ngroup G 1 W W\nquorum G",
    "a member of two groups": f"witness W {VKEY}\ngroup G any W\ngroup H any W\nquorum H",
    "a threshold of none": f"witness W {VKEY}\ngroup G 0 W\nquorum G",
    "a threshold above the members": f"witness W {VKEY}\ngroup G 2 W\nquorum G",
    "a threshold with a leading zero": f"witness W {VKEY}\ngroup G 01 W\nquorum G",
    "an empty group": "group G all\nquorum G",
    "none as a member": "group G any none\nquorum G",
    "none as a name": f"witness none {VKEY}\nquorum none",
    "one name twice": f"witness W {VKEY}\nwitness W {KEYS[1].vkey}\nquorum W",
    "one key twice": f"witness W {VKEY}\nwitness V {VKEY}\nquorum W",
    "one key under two names": f"witness W {VKEY}\nwitness V {WitnessKey('v.example', KEYS[0].public).vkey}\nquorum W",
    "a log's key as a witness": f"witness W {write_vkey('w.example', 1, KEYS[0].public)}\nquorum W",
    "a witness's key as a log": f"log {VKEY}\nquorum none",
    "one log twice": 2 * f"log {write_vkey('l.example', 1, bytes(range(32)))}\n" + "quorum none",
    "a key with another id": f"witness W {VKEY.replace('+', '+0', 1)}\nquorum W",
    "too many words": f"witness W {VKEY} https://a/ b\nquorum W",
    "a control character": "quorum none\r",
    "too many lines": "\n".join(
        f"witness W{n} {WitnessKey('w.example', n.to_bytes(32, 'big')).vkey}" for n in range(300)
    )
    + "\nquorum none",
    "too large": "#" * 300_000 + "\nquorum none",
}


@pytest.mark.parametrize("name", BAD_POLICIES)
def test_a_policy_with(name: str) -> None:
    with pytest.raises(FootproofError, match="E-LOG-POLICY"):
        parse_policy(BAD_POLICIES[name].encode() + b"\n")


def test_names_are_opaque_octets() -> None:
    data = b"witness \xff\xfe " + VKEY.encode() + b"\nwitness \xe2\x84\xaa " + KEYS[1].vkey.encode()
    policy = parse_policy(data + b"\ngroup K all \xff\xfe \xe2\x84\xaa\nquorum K\n")
    assert len(policy.witnesses) == 2


def test_the_deepest_policy_is_evaluated(log: Log) -> None:
    lines = ["group G0 any W0", *(f"group G{n} any G{n - 1}" for n in range(1, 240)), "quorum G239"]
    policy = parse_policy(policy_of(log, *lines))
    assert policy.judge(cosigned(log.signed, 0)).met


@given(st.binary(max_size=300))
def test_any_bytes_are_a_policy_or_refused(data: bytes) -> None:
    with suppress(FootproofError):
        assert parse_policy(data).quorum


def test_a_log_goes_on_after_cosignatures(log: Log) -> None:
    log.append([b"a"])
    log.attach([WITNESSES[0].cosign(parse_note(log.signed).text.encode(), NOW)])
    assert len(parse_note(log.signed).signatures) == 2
    log.append([b"b"])
    assert len(parse_note(log.signed).signatures) == 1, "the new checkpoint was not cosigned yet"
    folder = log._folder.root
    log.close()
    with Log.open(folder, "demo.example/log", log._signers[0].key) as again:  # type: ignore[attr-defined]
        assert again.size == 2
