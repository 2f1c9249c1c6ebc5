"""The log on a disk that loses power after any system call: thousands of states, and mistakes that must be noticed.

Reopened after every cut, the log must hold all that was acknowledged, pass fsck, and be fit to go on.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import FootproofError
from footproof.tlog import Log, Request, WitnessSigner, WitnessState, fsck, parse_note
from tlog.power import Call, Disk, Tree, materialise, recorded

ORIGIN = "demo.example/log"
BATCHES = [1, 3, 100, 152, 1, 300, 7, 40, 256, 2, 5, 9]
RANDOM_STATES = 48
"""States with a coin after every call, beside nothing and everything."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the recorder needs /proc/self/fd")


@pytest.fixture(name="scratch")
def _scratch(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: states are looked at, not kept."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture(name="calls", scope="module")
def _calls(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """What a writer calls that makes a log, appends batches, has a checkpoint cosigned, and is opened again."""
    folder = tmp_path_factory.mktemp("writer") / "log"
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    witness = WitnessSigner("witness.example/w1", key)
    with recorded(folder) as recorder:
        log = Log.create(folder, ORIGIN, key)
        recorder.acknowledge(0)
        for number, batch in enumerate(BATCHES):
            log.append([b"%d" % (log.size + n) for n in range(batch)])
            recorder.acknowledge(log.size)
            if number == 4:
                log.attach([witness.cosign(parse_note(log.signed).text.encode(), 1_790_000_000)])
            if number == 6:
                log.close()
                log = Log.open(folder, ORIGIN, key)
        log.close()
    return recorder.calls


def states(calls: Sequence[Call], coins: int, seed: int = 1) -> Iterator[tuple[int, Tree, int]]:
    """Yield number of the call, what a power cut after it leaves, and how many entries were acknowledged; once each."""
    disk = Disk()
    coin = random.Random(seed)
    known: set[int] = set()
    for number, call in enumerate(calls):
        disk.apply(call)
        trees = [disk.after_power_cut(None), disk.after_power_cut(None, everything=True)]
        trees += [disk.after_power_cut(coin) for _ in range(coins)]
        for tree in trees:
            mark = hash((disk.acknowledged, frozenset(tree.items())))
            if mark not in known:
                known.add(mark)
                yield number, tree, disk.acknowledged


def wrong_with(tree: Tree, acknowledged: int, folder: Path, *, more: bool) -> str | None:
    """Return what is wrong with a state; `more` appends to it as well."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    materialise(tree, folder)
    patch = pytest.MonkeyPatch()
    patch.setattr(os, "fsync", lambda _: None)  # Nothing more is lost while a state is looked at.
    try:
        with Log.open(folder, ORIGIN, key) as log:
            if log.size < acknowledged:
                return f"{log.size} entries, {acknowledged} were acknowledged"
            if more:
                log.append([b"more"] * 270)
                acknowledged = log.size
        report = fsck(folder, log.verifier)
        if not report.ok or report.size < acknowledged:
            return f"fsck: {report.size} entries, {report.problems[:1]}"
    except FootproofError as error:
        if error.code == "E-LOG-ABSENT" and "checkpoint" not in tree and acknowledged == 0:
            return None  # The log was being made.
        return str(error)
    finally:
        patch.undo()
        shutil.rmtree(folder)
    return None


def test_a_loss_of_power_after_every_call(calls: list[Call], scratch: Path) -> None:
    count = 0
    violations = []
    for count, (number, tree, acknowledged) in enumerate(states(calls, RANDOM_STATES), start=1):
        found = wrong_with(tree, acknowledged, scratch / "state", more=count % 4 == 0)
        if found is not None:
            violations.append(f"after call {number} ({calls[number].what} {calls[number].path}): {found}")
    assert violations == []
    assert count >= 2000, count


def test_a_witness_forgets_no_answer_when_the_power_fails(tmp_path: Path, scratch: Path) -> None:
    """What it answered before any cut, it holds after it; it starts again, or it was never fully made."""
    signer = WitnessSigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes([7] * 32)))
    (tmp_path / "witness").mkdir()
    with Log.create(tmp_path / "log", ORIGIN, signer.key) as log:
        vkey = log.verifier.vkey
        with recorded(tmp_path / "witness") as recorder, WitnessState(tmp_path / "witness", signer) as state:
            state.watch(vkey)
            old = 0
            for size in (0, 1, 5, 300, 301, 600):
                log.append([b"%d" % n for n in range(log.size, size)])
                proof = log.tiles().consistency(old) if old else []
                assert state.add_checkpoint(Request(old, tuple(proof), log.signed).to_bytes(), size).status == 200
                recorder.acknowledge(size)
                bad = Request(size, (bytes(32),), log.signed).to_bytes()
                assert state.add_checkpoint(bad, size).status == 422  # evidence is written too
                old = size
    cuts = list(states(recorder.calls, 16))
    assert len(cuts) > 100
    for _, tree, acknowledged in cuts:
        materialise(tree, scratch / "state")
        with WitnessState(scratch / "state", signer) as found:
            held = found.held(ORIGIN)
            assert acknowledged == 0 or (held is not None and held.checkpoint.size >= acknowledged)
            found.watch(vkey)
        shutil.rmtree(scratch / "state")


def without(what: str, suffix: str = "") -> Callable[[Sequence[Call]], list[Call]]:
    return lambda calls: [call for call in calls if call.what != what or not call.path.endswith(suffix)]


def checkpoint_first(calls: Sequence[Call]) -> list[Call]:
    """Move the writing of each checkpoint before that of the tiles it covers."""
    found: list[Call] = []
    for part in between_acknowledgements(calls):
        last = next((n for n, call in enumerate(part) if call.target == "checkpoint"), None)
        if last is None or not any(call.target.startswith("tile/") for call in part):
            found += part
            continue
        first = max(n for n, call in enumerate(part[:last]) if call.what == "create")
        block = part[first : last + 2]
        block = [replace(call, path=call.path.replace("0.tmp", "early.tmp")) for call in block]
        found += block + part[:first] + part[last + 2 :]
    return found


def between_acknowledgements(calls: Sequence[Call]) -> Iterator[list[Call]]:
    part: list[Call] = []
    for call in calls:
        part.append(call)
        if call.what == "acknowledge":
            yield part
            part = []
    yield part


def acknowledged_early(calls: Sequence[Call]) -> list[Call]:
    """Tell that entries are safe before the name of the checkpoint is."""
    found = list(calls)
    for number in range(1, len(found)):
        if found[number].what == "acknowledge":
            back = number
            while back and found[back - 1].what in {"unlink", "rmdir"}:
                back -= 1
            if back and found[back - 1].what == "sync names":
                back -= 1
            found.insert(back, found.pop(number))
    return found


def wrong_file(calls: Sequence[Call]) -> list[Call]:
    """Sync, each time, the file that was written before the one that was meant."""
    found: list[Call] = []
    made: list[int] = []
    for call in calls:
        made += [call.inode] if call.what == "create" else []
        others = [inode for inode in made if inode != call.inode]
        found.append(replace(call, inode=others[-1]) if call.what == "sync bytes" and others else call)
    return found


def renamed_before_sync(calls: Sequence[Call]) -> list[Call]:
    """Give a file its final name first and sync its bytes, and the directory, only at the end of an append."""
    found: list[Call] = []
    for part in between_acknowledgements(calls):
        late = [call for call in part if call.what == "sync bytes"]
        found += [call for call in part if call.what not in {"sync bytes", "acknowledge"}]
        found += late + [call for call in part if call.what == "acknowledge"]
    return found


def written_in_place(calls: Sequence[Call]) -> list[Call]:
    """Write the checkpoint under its own name instead of renaming a finished file."""
    found = list(calls)
    for number, call in enumerate(calls):
        if call.what == "rename" and call.target == "checkpoint":
            back = max(n for n in range(number) if found[n].what == "create")
            found[back] = replace(found[back], path="checkpoint")
            found[number] = Call("nothing")
    return found


MISTAKES: dict[str, Callable[[Sequence[Call]], list[Call]]] = {
    "no sync of files": without("sync bytes"),
    "no sync of directories": without("sync names"),
    "no sync of the log's own folder": lambda calls: [
        call for call in calls if call.what != "sync names" or call.path not in {".", ""}
    ],
    "no sync of new directories in their parents": lambda calls: [
        call for call in calls if call.what != "sync names" or call.path not in {"tile", ".", ""}
    ],
    "the checkpoint before the tiles": checkpoint_first,
    "renamed before it is synced": renamed_before_sync,
    "the wrong file synced": wrong_file,
    "acknowledged before it is safe": acknowledged_early,
    "the checkpoint written in place": written_in_place,
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_model_notices(name: str, calls: list[Call], scratch: Path) -> None:
    mistaken = MISTAKES[name](calls)
    assert mistaken != calls
    checked = 0
    found = []
    for checked, (_, tree, acknowledged) in enumerate(states(mistaken, 2), start=1):  # noqa: B007
        problem = wrong_with(tree, acknowledged, scratch / "state", more=False)
        if problem is not None:
            found.append(problem)
        if len(found) >= 20:
            break
    assert len(found) >= 5, (checked, found)
