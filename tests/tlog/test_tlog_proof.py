"""The proof file of C2SP tlog-proof: round trip, verification, and each line spoiled in turn."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.errors import ProofRejected
from footproof.tlog import (
    Checkpoint,
    Ed25519Signer,
    Log,
    LogProof,
    leaf_hash,
    open_checkpoint,
    parse_proof,
    prove,
    sign_checkpoint,
    tree_root,
    verify_leaf,
    verify_proof,
)

SIGNER = Ed25519Signer("demo.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
# The head of the example of the specification; its checkpoint is abridged there.
HEAD = """c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

"""


def small_proof(extra: bytes = b"") -> LogProof:
    leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")]
    signed = sign_checkpoint(Checkpoint("demo.example/log", 3, tree_root(leaves)), [SIGNER])
    return LogProof(2, (tree_root(leaves[:2]),), signed, extra)


def test_the_specifications_example_reads() -> None:
    proof = parse_proof(HEAD.encode() + b"rest\n")
    assert (proof.index, len(proof.hashes), proof.checkpoint) == (73_894, 5, b"rest\n")
    assert proof.extra == b"age-v1.2.1-darwin-arm64.tar.gz"
    assert proof.to_bytes() == HEAD.encode() + b"rest\n"


def test_a_file_proves_its_entry_and_no_other() -> None:
    proof = parse_proof(small_proof(b"\0extra").to_bytes())
    assert verify_proof(proof, b"c", SIGNER.verifier).size == 3
    assert verify_leaf(proof, leaf_hash(b"c"), SIGNER.verifier).size == 3
    for entry in (b"a", b"", b"c\0"):
        with pytest.raises(ProofRejected, match="E-LOG-INCLUSION"):
            verify_proof(proof, entry, SIGNER.verifier)
    stranger = Ed25519Signer("demo.example/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(ProofRejected, match="E-LOG-UNSIGNED"):
        verify_proof(proof, b"c", stranger.verifier)
    with pytest.raises(ProofRejected, match="E-LOG-ORIGIN"):
        verify_proof(proof, b"c", SIGNER.verifier, "demo.example/other")


def test_every_entry_of_a_log_on_disk_proves_itself(log: Log) -> None:
    entries = [b"entry %d" % number for number in range(700)]
    log.append(entries[:300])
    earlier = log.signed
    log.append(entries[300:])
    for index in (0, 1, 255, 256, 299):
        for checkpoint in (None, earlier):
            proof = prove(log.read, index, checkpoint)
            assert verify_proof(parse_proof(proof.to_bytes()), entries[index], log.verifier)
    with pytest.raises(ProofRejected, match="E-LOG-INDEX"):
        prove(log.read, 700)
    with pytest.raises(ProofRejected, match="E-LOG-INDEX"):
        prove(log.read, 300, earlier)
    assert open_checkpoint(earlier, log.verifier).size == 300


def test_no_proof_is_made_from_a_damaged_tile(log: Log) -> None:
    log.append([b"entry %d" % number for number in range(300)])

    def damaged(path: str) -> bytes:
        data = log.read(path)
        return data[:-1] + bytes([data[-1] ^ 1]) if path == "tile/0/000" else data

    with pytest.raises(ProofRejected, match="E-LOG-INCLUSION"):
        prove(damaged, 254)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 2", b"index 02"),
        (b"index 2", b"index -2"),
        (b"index 2", b"index"),
        (b"index 2", b"Index 2"),
        (b"index 2\n", b"index 2 \n"),
        (b"index 2\n", b"index 2\r\n"),
        (b"index 2\n", b"index 2\nindex 2\n"),
        (b"index 2\n", b"extra YQ==\nextra YQ==\nindex 2\n"),
        (b"index 2\n", b"extra \nindex 2\n"),
        (b"index 2\n", b"extra YQ\nindex 2\n"),
        (b"index 2\n", b"index 2\nYQ==\n"),
        (b"index 2\n", b"index 2\n" + b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n" * 64),
        (b"=\n\n", b"= \n\n"),
        (b"=\n\n", b"=\n"),
        (b"c2sp", b"\xc3\xa92sp"),
    ],
)
def test_a_malformed_file_is_rejected(old: bytes, new: bytes) -> None:
    data = small_proof().to_bytes()
    assert old in data
    with pytest.raises(ProofRejected, match="E-LOG-"):
        verify_proof(parse_proof(data.replace(old, new, 1)), b"c", SIGNER.verifier)


@given(st.data())
@settings(max_examples=300)
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    whole = small_proof().to_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:position] + bytes([whole[position] ^ data.draw(st.integers(1, 255))]) + whole[position + 1 :]
    with pytest.raises(ProofRejected):
        verify_proof(parse_proof(changed), b"c", SIGNER.verifier)
