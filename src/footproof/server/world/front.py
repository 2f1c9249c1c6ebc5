"""What of a world is published besides the files of its certificates: recognition, trust, status lists, and the log."""

from datetime import datetime
from itertools import chain

from footproof.registry.render import assets
from footproof.server.ledger import keep_ledger
from footproof.server.publish import publish_records, trust_file
from footproof.server.status import status_lists
from footproof.server.store.journal import Journal
from footproof.server.store.log import settle_log
from footproof.server.store.recognised import enter_recognition, uses
from footproof.server.workspace import write_many
from footproof.tlog.tiles import tiles_of


def publish_front(journal: Journal, at: datetime) -> None:
    """Publish what a check of any certificate needs besides the files of that certificate.

    What bodies were approved and accredited for, and the rules they filed, is entered in the log first.

    Args:
        journal: The store.
        at: Now, with a time zone.

    Raises:
        FootproofError: What log and disk refuse.
    """
    workspace = journal.workspace
    with journal.opened() as log:
        keep_ledger(workspace)  # before anybody asks: a whole log is read once
        enter_recognition(workspace, log, journal.schemes, uses(), at)
        publish_records(workspace, log, at)
        settle_log(workspace, log)
        files = {f"log/{tile.path}": log.read(tile.path) for tile in tiles_of(log.size)}
        files["trust.json"] = trust_file(workspace, log, at)
        files["log/checkpoint"] = log.signed
        whole = chain(files.items(), assets().items(), status_lists(workspace, at))
        write_many({workspace.public / name: data for name, data in whole})
