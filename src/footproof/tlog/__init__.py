"""An append-only log over bytes; it knows nothing of carbon.

`Log` writes one folder; any file server publishes it. `Tiles` and `prove` read proofs from the published
files, `verify_proof`, `verify_inclusion` and `verify_consistency` check them, `fsck` rebuilds the whole log.
The formats are those of C2SP (tlog-tiles, tlog-checkpoint, signed-note, tlog-proof), so that tools written by
others can audit it; docs/reference/log.md describes them.
"""

from footproof.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from footproof.tlog.fsck import Report, fsck
from footproof.tlog.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from footproof.tlog.note import (
    Ed25519Signer,
    Ed25519Verifier,
    Note,
    Signature,
    Signer,
    Verifier,
    open_note,
    parse_note,
    parse_vkey,
    sign_note,
)
from footproof.tlog.proof import LogProof, parse_proof, prove, verify_leaf, verify_proof
from footproof.tlog.tiles import MAX_ENTRY, Read, Tile, Tiles
from footproof.tlog.writer import Log

__all__ = [
    "EMPTY_ROOT",
    "MAX_ENTRY",
    "Checkpoint",
    "Ed25519Signer",
    "Ed25519Verifier",
    "Log",
    "LogProof",
    "Note",
    "Read",
    "Report",
    "Signature",
    "Signer",
    "Tile",
    "Tiles",
    "Verifier",
    "fsck",
    "leaf_hash",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "parse_checkpoint",
    "parse_note",
    "parse_proof",
    "parse_vkey",
    "prove",
    "sign_checkpoint",
    "sign_note",
    "tree_root",
    "verify_consistency",
    "verify_inclusion",
    "verify_leaf",
    "verify_proof",
]
