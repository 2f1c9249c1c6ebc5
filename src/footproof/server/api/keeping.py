"""How much an organisation may keep here that no record names: whoever may send would else fill the disk.

What records name is found by reading the journal, as webhooks do: it costs nothing where nobody sent anything, and
operations of the command line count as those of the interface.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum

from footproof.certify.people import Organisation
from footproof.certify.retention import Purge
from footproof.errors import FootproofError
from footproof.server.api.documents import called, digests_in
from footproof.server.api.models import Reached, Upload
from footproof.server.store.models import EventRow, RecordRow

UNNAMED = timedelta(days=90)
"""How long what no record names is kept; a purge then gives it up."""
BATCH = 500
_JOURNAL = "uploads"


def need_room(organisation: str, size: int) -> None:
    """Refuse bytes that do not fit; within the transaction that adds them.

    Args:
        organisation: Whose they are; two that it sends at once wait for one another.
        size: Of what is added and counted already. [bytes]

    Raises:
        FootproofError: E-API-QUOTA.
    """
    list(RecordRow.objects.select_for_update().filter(stream=Organisation.stream, record=organisation))
    most: int = settings.FOOTPROOF_QUOTA
    if unnamed_bytes(organisation) > most:
        note_named()
        kept = unnamed_bytes(organisation) - size
        if kept + size > most:
            raise FootproofError("E-API-QUOTA", kept=kept, size=size, limit=most, days=UNNAMED.days)


def unnamed_bytes(organisation: str) -> int:
    """Return how much an organisation keeps that no record names, as far as the journal was read. [bytes]"""
    rows = Upload.objects.filter(organisation=organisation, named=False)
    return rows.aggregate(found=Sum("size"))["found"] or 0


def note_named() -> None:
    """Note which uploads the events since the last time name."""
    while _note_some() == BATCH:
        pass


def _note_some() -> int:
    with transaction.atomic():
        reached, _ = Reached.objects.select_for_update().get_or_create(name=_JOURNAL)
        last: int = EventRow.objects.aggregate(found=Max("sequence"))["found"] or 0
        unnamed = Upload.objects.filter(named=False)
        rows: list[EventRow] = []
        if last > reached.sequence and unnamed.exists():  # in this order: what is sent later is named later still
            rows = list(EventRow.objects.filter(sequence__gt=reached.sequence).order_by("sequence")[:BATCH])
            names = set().union(*(digests_in(row.data) for row in rows if row.stream != Purge.stream))
            unnamed.filter(called(names)).update(named=True)
            last = rows[-1].sequence
        if last > reached.sequence:
            reached.sequence = last
            reached.save(update_fields=["sequence"])
    return len(rows)
