"""A world in one call: planned, loaded, its truth written, a sample of packages sealed, the newest shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.registry.render import render_index
from footproof.server.publish import PLACE
from footproof.server.store.journal import Journal
from footproof.server.store.models import CertificateRow
from footproof.server.workspace import Workspace, write_many
from footproof.server.world.again import keep_truth, known_world, newest, publish_some
from footproof.server.world.front import publish_front
from footproof.server.world.load import Loaded, body_names, load
from footproof.server.world.newest import keeping
from footproof.server.world.shape import shape
from footproof.texts import LANGUAGES

SHOWN = 20
Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """What was made.

    Args:
        loaded: What was loaded.
        truth: File of the planted faults.
        packages: How many packages were sealed, opened and recomputed.
        wrong: How many of them do not recompute to what they declare.
    """

    loaded: Loaded
    truth: Path
    packages: int
    wrong: int


def make_world(workspace: Workspace, count: int, seed: int, until: date, at: datetime, say: Say) -> Ran:  # noqa: PLR0917
    """Make a world in the empty store of a workspace.

    Args:
        workspace: For which Django is configured, its tables made.
        count: How many certificates.
        seed: From which all is drawn.
        until: Last day.
        at: Now, for what is published.
        say: Told of each part that is done, and its seconds.

    Raises:
        FootproofError: What database, log or signing refuse.
    """
    bodies = body_names(workspace)
    cast, _ = known_world(bodies, count, seed, until)
    with keeping(workspace.folder, bodies, count, seed, until) as keeping_on:
        loaded = load(workspace, cast.plan, say)
        file = keep_truth(workspace, cast, count)
        kept = keeping_on.result()
        say("packages", kept.seconds)
    start = perf_counter()
    _publish(workspace, newest(SHOWN), at)
    say("publish", perf_counter() - start)
    return Ran(loaded, file, kept.packages, kept.wrong)


def _publish(workspace: Workspace, numbers: list[str], at: datetime) -> None:
    """Publish what a check needs of all bodies, some certificates, and an index of these."""
    publish_front(Journal(workspace, shape().schemes().__getitem__), at)
    publish_some(workspace, numbers, at)
    rows = CertificateRow.objects.in_bulk(numbers)
    shown = [certificate_of(jose.payload_of(workspace.get(rows[number].token))) for number in numbers]
    files = {f"{PLACE[lang]}index.html": render_index(shown, lang) for lang in LANGUAGES}
    write_many({workspace.public / name: data for name, data in files.items()})
