"""Two witnesses of the demonstration: they run inside the workspace, so they show the mechanism and prove nothing.

Each has its own key and its own state, and cosigns a checkpoint only where it extends the one it saw last (C2SP
tlog-witness). Real witnesses are run by others: `footproof witness`.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.server.at_once import at_once
from footproof.server.keys import read_ed25519_key, write_key
from footproof.server.witness_client import Reply, ask
from footproof.server.workspace import Workspace, make_folder
from footproof.tlog import Log, Signature, WitnessSigner, WitnessState, read_cosignatures

NAMES = ("witness-1.footproof.demo", "witness-2.footproof.demo")


def policy(workspace: Workspace, log: Log) -> str:
    """Return the policy that asks for both witnesses (C2SP tlog-policy)."""
    signers = list(_signers(workspace))
    lines = [f"log {log.verifier.vkey}"]
    lines += [f"witness w{number} {signer.verifier.vkey}" for number, signer in enumerate(signers, 1)]
    names = " ".join(f"w{number}" for number in range(1, len(signers) + 1))
    return "\n".join([*lines, f"group both all {names}", "quorum both", ""])


def cosign(workspace: Workspace, log: Log, at: datetime) -> None:
    """Have both witnesses cosign the checkpoint of the log, unless they have.

    Args:
        workspace: Of the demonstration.
        log: Its log, opened.
        at: Now.

    Raises:
        FootproofError: E-WITNESS-REFUSED, E-WITNESS-AHEAD where a witness has seen another history.
    """
    signers = list(_signers(workspace))
    if len(read_cosignatures(log.signed, [signer.verifier for signer in signers])) == len(signers):
        return
    homes = [(signer, workspace.folder / "witnesses" / str(number)) for number, signer in enumerate(signers, 1)]
    log.attach(at_once(partial(_cosigned, log, int(at.timestamp())), homes))  # each waits for the disk


def _cosigned(log: Log, now: int, home: tuple[WitnessSigner, Path]) -> Signature:
    """Return the cosignature of one witness with its folder."""
    signer, folder = home
    make_folder(folder)
    with WitnessState(folder, signer) as state:
        state.watch(log.verifier.vkey)
        held = state.held(log.verifier.name)
        old = 0 if held is None else min(held.checkpoint.size, log.size)
        return ask(log.signed, log.read, signer.verifier, partial(_send, state, now), old)


def _send(state: WitnessState, now: int, body: bytes) -> Reply:
    """Hand a request to a witness in the same process."""
    found = state.add_checkpoint(body, now)
    return Reply(found.status, found.kind, found.body)


def _signers(workspace: Workspace) -> Iterator[WitnessSigner]:
    for number, name in enumerate(NAMES, 1):
        path: Path = workspace.folder / "keys" / f"demo-witness-{number}.pem"
        if not path.is_file():
            write_key(path, Ed25519PrivateKey.generate())
        yield WitnessSigner(name, read_ed25519_key(path))
