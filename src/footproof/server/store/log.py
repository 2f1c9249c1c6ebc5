"""The log follows from the leaf rows: what is committed is appended, whatever interrupted the last process.

Order of a decision: objects (files, durable), the transaction, then tiles, checkpoint, publication. After the
transaction nothing can be lost any more, and nothing before it is named by anybody.
"""

from collections.abc import Sequence
from datetime import datetime

from footproof.canonical import read_canonical
from footproof.check.events import ISSUED
from footproof.errors import FootproofError, Where
from footproof.server.events import logged
from footproof.server.store.models import LeafRow
from footproof.server.store.unit import Heads
from footproof.server.store.writer import alone, writing
from footproof.server.workspace import STORE, Workspace, write_durably
from footproof.tlog import Log, parse_checkpoint, parse_note
from footproof.tlog.durable import Folder

_CHUNK = 2000
_LAST = 'SELECT "index", "entry" FROM "leaves" ORDER BY "index" DESC LIMIT 1'


def recover(workspace: Workspace) -> int:
    """Bring log and store together after a start: to be called before the first request.

    Args:
        workspace: Of the store.

    Returns:
        Size of the log.

    Raises:
        FootproofError: E-STORE-LOG where they contradict each other.
    """
    with alone(workspace), workspace.open_log() as log:
        for draft in (workspace.public / "log").rglob(".*.tmp"):  # of a process that was killed
            draft.unlink(missing_ok=True)
        settle_log(workspace, log)
        return log.size


def claim(workspace: Workspace) -> None:
    """Say in the workspace that it has a store, before the first row is written."""
    if not (workspace.folder / STORE).exists():
        write_durably(workspace.folder / STORE, b"")


def settle_log(workspace: Workspace, log: Log) -> None:
    """Do what `recover` does, for a caller who holds the workspace.

    Args:
        workspace: Of the store.
        log: Its log, opened.

    Raises:
        FootproofError: E-STORE-LOG.
    """
    last = next(iter(LeafRow.objects.raw(_LAST)), None)
    rows = 0 if last is None else last.index + 1
    if log.size > rows:
        _adopt(workspace, rows)
    elif log.size < rows:
        append_rows(log)
    elif last is not None and bytes(last.entry) != log.tiles().entry(last.index):
        raise FootproofError("E-STORE-LOG", Where("leaves"), index=last.index)


def catch_up(workspace: Workspace) -> None:
    """Append what is committed and not in the log; entries that the store does not know are left for `settle_log`.

    Args:
        workspace: Held by the caller.

    Raises:
        FootproofError: E-STORE-LOG.
    """
    if log_size(workspace) < _rows():
        derive_log(workspace)


def _rows() -> int:
    """Return the index that the next leaf gets."""
    last = LeafRow.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def log_size(workspace: Workspace) -> int:
    """Return the size of the log, without opening it."""
    return parse_checkpoint(parse_note(Folder(workspace.log_folder).read("checkpoint")).text).size


def derive_log(workspace: Workspace, chunk: int = _CHUNK) -> int:
    """Append the leaf rows beyond the tree to the log; nothing happens where there are none.

    Args:
        workspace: Held by the caller.
        chunk: Entries that are made durable together.

    Returns:
        Size of the log.

    Raises:
        FootproofError: E-STORE-LOG where the log has another entry than the store, or rows are missing; what the log
            raises, and then nothing of it is known until it is opened again.
    """
    with workspace.open_log() as log:
        return append_rows(log, chunk)


def append_rows(log: Log, chunk: int = _CHUNK) -> int:
    """Append the leaf rows beyond the tree to an opened log and return its size.

    Args:
        log: Of the workspace of the store; where it is ahead of the store, its entries are adopted by `settle_log`.
        chunk: As in `derive_log`.

    Raises:
        FootproofError: As `derive_log`.
    """
    _need_same(log)
    leaves = LeafRow.objects.values_list("index", "entry")
    while rows := list(leaves.filter(index__gte=log.size)[:chunk]):
        if [index for index, _ in rows] != list(range(log.size, log.size + len(rows))):
            raise FootproofError("E-STORE-LOG", Where("leaves"), index=log.size)
        log.append([bytes(entry) for _, entry in rows])
    return log.size


def append_leaves(log: Log, leaves: Sequence[LeafRow]) -> None:
    """Append to an opened log what was just committed; `settle_log` found it to agree with the store before that.

    Args:
        log: Of the workspace of the store.
        leaves: As they were written.

    Raises:
        FootproofError: E-STORE-LOG where they do not come next; what the log raises.
    """
    if leaves and leaves[0].index != log.size:
        raise FootproofError("E-STORE-LOG", Where("leaves"), index=log.size)
    log.append([bytes(leaf.entry) for leaf in leaves])


def _need_same(log: Log) -> None:
    """Refuse to go on where the last entry of the log is not that of its row."""
    row = LeafRow.objects.filter(index=log.size - 1).first()
    if row is not None and bytes(row.entry) != log.tiles().entry(log.size - 1):
        raise FootproofError("E-STORE-LOG", Where("leaves"), index=log.size - 1)


def _adopt(workspace: Workspace, first: int) -> None:
    """Take entries into the store that were in the log before it."""
    with writing():
        issues = Heads.load().issue
        rows = []
        for index, entry in logged(workspace, start=first):
            said = read_canonical(entry)
            issued = said["type"] == ISSUED
            rows.append(LeafRow(index=index, entry=entry, at=_time(said["at"]), issue=issues if issued else None))
            issues += issued
        LeafRow.objects.bulk_create(rows, batch_size=500)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
