"""An append-only log over bytes; it knows nothing of carbon.

`Log` writes one folder; any file server publishes it. `Tiles` and `prove` read proofs from the published
files, `verify_proof`, `verify_inclusion` and `verify_consistency` check them, `fsck` rebuilds the whole log.
`WitnessState` is a witness, `follow` a monitor, `Policy` says how many witnesses a reader demands.
The formats are those of C2SP (tlog-tiles, tlog-checkpoint, signed-note, tlog-proof, tlog-cosignature, tlog-witness,
tlog-policy), so that tools written by others can audit it; docs/reference/log.md describes them.
"""

from footproof.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from footproof.tlog.cosignature import (
    Cosignature,
    WitnessKey,
    WitnessSigner,
    parse_witness_key,
    read_cosignatures,
)
from footproof.tlog.fsck import Report, fsck
from footproof.tlog.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    prefix_root,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from footproof.tlog.monitor import Seen, agree, follow, parse_seen
from footproof.tlog.note import (
    Ed25519Signer,
    Ed25519Verifier,
    Note,
    Signature,
    Signer,
    Verifier,
    add_signatures,
    open_note,
    parse_note,
    parse_vkey,
    sign_note,
)
from footproof.tlog.policy import Policy, Standing, parse_policy
from footproof.tlog.proof import LogProof, parse_proof, prove, verify_leaf, verify_proof
from footproof.tlog.tiles import MAX_ENTRY, Read, Tile, Tiles
from footproof.tlog.witness import Answer, Request, answer, parse_request
from footproof.tlog.witness_state import WitnessState
from footproof.tlog.writer import Log, attach_signatures

__all__ = [
    "EMPTY_ROOT",
    "MAX_ENTRY",
    "Answer",
    "Checkpoint",
    "Cosignature",
    "Ed25519Signer",
    "Ed25519Verifier",
    "Log",
    "LogProof",
    "Note",
    "Policy",
    "Read",
    "Report",
    "Request",
    "Seen",
    "Signature",
    "Signer",
    "Standing",
    "Tile",
    "Tiles",
    "Verifier",
    "WitnessKey",
    "WitnessSigner",
    "WitnessState",
    "add_signatures",
    "agree",
    "answer",
    "attach_signatures",
    "follow",
    "fsck",
    "leaf_hash",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "parse_checkpoint",
    "parse_note",
    "parse_policy",
    "parse_proof",
    "parse_request",
    "parse_seen",
    "parse_vkey",
    "parse_witness_key",
    "prefix_root",
    "prove",
    "read_cosignatures",
    "sign_checkpoint",
    "sign_note",
    "tree_root",
    "verify_consistency",
    "verify_inclusion",
    "verify_leaf",
    "verify_proof",
]
