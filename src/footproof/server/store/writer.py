"""One writer at a time, on either database: what a decision reads stays true until it is written.

SQLite takes its write lock at the beginning (IMMEDIATE). PostgreSQL takes an advisory lock of the transaction as its
first statement; each later statement sees all that was committed before (READ COMMITTED). Two decisions that read each
other's records can so never both win, there is nothing to try again, and locks cannot be crossed. See docs/adr/0037.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.db import connection, transaction

from footproof.server.platform.databases import answering
from footproof.server.workspace import Workspace, held

_TURN = Lock()
_KEY = int.from_bytes(b"footprf", "big")


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Keep other threads and processes from deciding, appending or publishing meanwhile.

    Args:
        workspace: Of the store.

    Raises:
        FootproofError: E-WORKSPACE-BUSY where another process holds the workspace for long.
    """
    with _TURN, held(workspace.folder):  # threads wait in a row; the lock of the folder is asked for again and again
        yield


@contextmanager
def writing() -> Iterator[None]:
    """Run one transaction as the only writer of the store.

    Raises:
        FootproofError: E-STORE-UNAVAILABLE where the database does not answer, or another one
            writes for longer than it waits.
    """
    with answering(), transaction.atomic(durable=True):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])
        yield
