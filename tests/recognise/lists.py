"""Planted faults of the list of recognition records: what a reader has, and the code that both evaluators must give.

A fault is a change of one sound material: the list of the small world's records in a log of its own, with the records
at hand, a certificate that stands before the list, and the log read from the folder beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes, digest, record_digest
from footproof.model.recognition import Accreditation, Change, CodeList, Statement
from footproof.model.recognition_records import part_json, record_json
from footproof.recognise.listing import LISTED, Listing, ListingFile, LoggedItem, moment_text
from footproof.tlog import Log, Tiles, prove
from recognise.world import sound_world

ORIGIN = "log.footproof.example/lists"
KEY = Ed25519PrivateKey.from_private_bytes(b"\x21" * 32)
ISSUED = datetime(2026, 11, 1, 9, tzinfo=UTC)
UNTIL = ISSUED + timedelta(days=7)
VERBS = {
    "accreditation": "granted",
    "approval": "granted",
    "arrangement": "recorded",
    "filing": "submitted",
    "key": "delegated",
    "scheme": "published",
}
CERTIFICATE = 2
"""Position of the certificate: the third of some entries that concern nobody here."""


@dataclass(frozen=True)
class Had:
    """What a reader has.

    Args:
        listing: The file of the list.
        stated: Records by their file.
        vkeys: Key lines of the logs that the reader believes, by origin.
        place: Origin and position of the certificate.
        moment: Asked about.
        log: Files of the log; None where they are not at hand.
    """

    listing: ListingFile
    stated: Mapping[str, Statement]
    vkeys: Mapping[str, str]
    place: tuple[str, int] = (ORIGIN, CERTIFICATE)
    moment: datetime = ISSUED
    log: Mapping[str, bytes] | None = field(default=None)


class Keeper:
    """Keeps a log and states lists of what is in it; its mistakes are the faults."""

    def __init__(self, folder: Path, key: Ed25519PrivateKey = KEY, origin: str = ORIGIN) -> None:
        self.folder, self.origin = folder, origin
        self.log = Log.create(folder, origin, key)
        self.items: dict[int, tuple[bytes, bytes]] = {}
        self.stated: dict[str, Statement] = {}
        self.log.append([b"%d" % number for number in range(5)])

    def enter(self, kind: str, at: str, actor: str, subject: str, item: Any) -> int:
        data = canonical_bytes(item)
        entry = event(kind, at, actor, subject, data)
        position = self.log.append([entry])[0]
        self.items[position] = (entry, data)
        return position

    def state(self, record: Statement) -> None:
        """Enter a record on the day on which it became known."""
        at = f"{record.known}T08:00:00Z"
        self.enter(f"{record.KIND}.{VERBS[record.KIND]}", at, record.stated_by, record.id, record_json(record))
        self.show(record)

    def show(self, record: Statement) -> None:
        """Have a record at hand, in the place of an older one of its name."""
        for name, one in list(self.stated.items()):
            if (one.KIND, one.stated_by, one.id) == (record.KIND, record.stated_by, record.id):
                del self.stated[name]
        self.stated[file_of(record)] = record

    def suspend(self, record: Statement, day: str) -> Statement:
        """Enter a suspension of an accreditation and have the changed record at hand."""
        assert isinstance(record, Accreditation)
        on = datetime.fromisoformat(day).date()
        change = Change("suspended", on, on)
        item = {"record": record.id, "part": part_json(change)}
        self.enter("accreditation.suspended", f"{day}T08:00:00Z", record.stated_by, record.id, item)
        changed = replace(record, changes=(*record.changes, change))
        self.show(changed)
        return changed

    def listed(self, **changes: Any) -> Had:
        """State a list and return what a reader then has.

        Args:
            changes: Members of the list to state otherwise; `actor` for who states it.
        """
        actor = changes.pop("actor", self.origin)
        records = {name: record_digest(record_json(one)) for name, one in self.stated.items()}
        entries = changes.pop("entries", tuple(self.items))
        listing = replace(
            Listing(ISSUED, UNTIL, self.origin, self.log.size, self.log.root, records, entries), **changes
        )
        entry = event(LISTED, moment_text(listing.issued), actor, "recognition", listing.to_bytes())
        position = self.log.append([entry])[0]
        tiles = Tiles(min(listing.size, position), self.log.read)
        items = tuple(LoggedItem(*self.items[at], tuple(tiles.inclusion(at))) for at in entries)
        file = ListingFile(listing, entry, prove(self.log.read, position).to_bytes(), items)
        return self.had(file)

    def had(self, file: ListingFile) -> Had:
        vkeys = {self.origin: self.log.verifier.vkey}
        return Had(file, dict(self.stated), vkeys, (self.origin, CERTIFICATE), log=self.files())

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file() and ".writer" not in path.parts)
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}

    def reproved(self, had: Had, position: int) -> Had:
        """Return older material with the log of now, and a proof under its checkpoint."""
        proof = prove(self.log.read, position).to_bytes()
        return replace(had, listing=replace(had.listing, proof=proof), log=self.files())


def event(kind: str, at: str, actor: str, subject: str, data: bytes) -> bytes:
    name = digest(f"{kind} {at} {subject}".encode() + data)
    return canonical_bytes(
        {"v": 1, "id": name, "type": kind, "at": at, "actor": actor, "subject": subject, "object": digest(data)}
    )


def file_of(record: Statement) -> str:
    return f"recognition/{record_digest(record_json(record)).removeprefix('sha256:')[:32]}.jwt"


def world_records() -> list[Statement]:
    return [one for one in sound_world()[1].records if not isinstance(one, CodeList)]


def accreditation(keeper: Keeper) -> Accreditation:
    return next(one for one in keeper.stated.values() if isinstance(one, Accreditation) and one.KIND == "accreditation")


def _kept(work: Callable[[Keeper], Had], **how: Any) -> Had:
    with TemporaryDirectory() as folder:
        keeper = Keeper(Path(folder), **how)
        for record in world_records():
            keeper.state(record)
        try:
            return work(keeper)
        finally:
            keeper.log.close()


def _replayed(keeper: Keeper, *, proved: bool) -> Had:
    """The list of before a suspension, with the log of after it."""
    position = keeper.log.size
    old = keeper.listed()
    keeper.suspend(accreditation(keeper), "2026-11-02")
    keeper.listed(issued=ISSUED + timedelta(days=1), until=UNTIL + timedelta(days=1))
    return keeper.reproved(old, position) if proved else replace(old, log=keeper.files())


def _certified_later(keeper: Keeper) -> Had:
    old = keeper.listed()
    return replace(old, place=(ORIGIN, keeper.log.append([b"a certificate"])[0]), log=None)


def _removed(keeper: Keeper) -> Had:
    had = keeper.listed()
    name = next(iter(had.stated))
    return replace(had, stated={place: one for place, one in had.stated.items() if place != name})


def _removed_from_both(keeper: Keeper) -> Had:
    del keeper.stated[next(iter(keeper.stated))]
    return keeper.listed()


def _added(keeper: Keeper) -> Had:
    had = keeper.listed()
    one = replace(accreditation(keeper), id="accreditation-added")
    return replace(had, stated={**had.stated, file_of(one): one})


def _added_to_both(keeper: Keeper) -> Had:
    keeper.show(replace(accreditation(keeper), id="accreditation-added"))
    return keeper.listed()


def _wider(keeper: Keeper) -> Had:
    one = accreditation(keeper)
    keeper.show(replace(one, scopes=(replace(one.scopes[0], places=("*",)), *one.scopes[1:])))
    return keeper.listed()


def _restored_by_another(keeper: Keeper) -> Had:
    """A suspension, and a restoration that the accredited body enters itself: it has no effect."""
    changed = keeper.suspend(accreditation(keeper), "2026-10-01")
    assert isinstance(changed, Accreditation)
    on = datetime(2026, 10, 2, tzinfo=UTC).date()
    change = Change("restored", on, on)
    item = {"record": changed.id, "part": part_json(change)}
    keeper.enter("accreditation.restored", "2026-10-02T08:00:00Z", changed.holder.id, changed.id, item)
    keeper.show(replace(changed, changes=(*changed.changes, change)))
    return keeper.listed()


def _backdated(keeper: Keeper) -> Had:
    one = replace(accreditation(keeper), id="accreditation-backdated")
    late = f"{one.known + timedelta(days=1)}T08:00:00Z"
    keeper.enter("accreditation.granted", late, one.stated_by, one.id, record_json(one))
    keeper.show(one)
    return keeper.listed()


def _of_another_log(keeper: Keeper) -> Had:
    """Both logs are believed; the certificate stands in the other one."""
    had = keeper.listed()
    return replace(had, place=("other.footproof.example/log", CERTIFICATE))


def _of_an_unknown_log(keeper: Keeper) -> Had:
    return replace(keeper.listed(), vkeys={"other.footproof.example/log": keeper.log.verifier.vkey})


def _under_another_key(keeper: Keeper) -> Had:
    """A log of the same name, kept by somebody else."""
    with TemporaryDirectory() as folder:
        stranger = Keeper(Path(folder), Ed25519PrivateKey.from_private_bytes(b"\x22" * 32))
        for record in world_records():
            stranger.state(record)
        had = stranger.listed()
        stranger.log.close()
    return replace(had, vkeys={ORIGIN: keeper.log.verifier.vkey})


def _beside_another_log(keeper: Keeper) -> Had:
    """The same key keeps two logs under one name: what lies beside the list is the other."""
    had = keeper.listed()
    with TemporaryDirectory() as folder:
        fork = Keeper(Path(folder))
        fork.log.append([b"%d" % number for number in range(40)])
        files = fork.files()
        fork.log.close()
    return replace(had, log=files)


def _edited(**changes: Any) -> Callable[[Keeper], Had]:
    def work(keeper: Keeper) -> Had:
        had = keeper.listed()
        return replace(had, listing=replace(had.listing, listing=replace(had.listing.listing, **changes)))

    return work


def _stated(**changes: Any) -> Callable[[Keeper], Had]:
    return lambda keeper: keeper.listed(**changes)


def _asked(moment: datetime) -> Callable[[Keeper], Had]:
    return lambda keeper: replace(keeper.listed(), moment=moment)


def _hidden(keeper: Keeper) -> Had:
    one = accreditation(keeper)
    keeper.suspend(one, "2026-10-01")
    keeper.show(one)
    return keeper.listed(entries=tuple(keeper.items)[:-1])


FAULTS: Mapping[str, tuple[Callable[[Keeper], Had], str]] = {
    "the list has ended": (_asked(UNTIL + timedelta(seconds=1)), "E-CHECK-INDEX-STALE"),
    "the list ended a year ago": (_asked(UNTIL + timedelta(days=365)), "E-CHECK-INDEX-STALE"),
    "the end of the list put off": (_edited(until=UNTIL + timedelta(days=365)), "E-CHECK-INDEX-LOG"),
    "the list dated later": (_edited(issued=ISSUED + timedelta(days=1)), "E-CHECK-INDEX-LOG"),
    "a certificate of another log": (_of_another_log, "E-CHECK-INDEX-ORIGIN"),
    "the list names another log": (_edited(origin="other.footproof.example/log"), "E-CHECK-INDEX-ORIGIN"),
    "the list of an unknown log": (_of_an_unknown_log, "E-CHECK-LOG-UNKNOWN"),
    "the list of a log under another key": (_under_another_key, "E-LOG-UNSIGNED"),
    "a fork of the log beside the list": (_beside_another_log, "E-CHECK-INDEX-LOG"),
    "a member states the list": (_stated(actor="did:web:ab.example"), "E-CHECK-INDEX-LOG"),
    "the list of another size": (_stated(size=4, entries=()), "E-CHECK-INDEX-LOG"),
    "the list of another tree": (_stated(root=bytes(32)), "E-CHECK-INDEX-LOG"),
    "a record removed": (_removed, "E-CHECK-RECORD-LOG"),
    "a record removed, and the list knows": (_removed_from_both, "E-CHECK-RECORD-LOG"),
    "a record added": (_added, "E-CHECK-RECORD-LOG"),
    "a record added, and the list knows": (_added_to_both, "E-CHECK-RECORD-LOG"),
    "a record wider than it was logged": (_wider, "E-CHECK-RECORD-LOG"),
    "a restoration by the body itself": (_restored_by_another, "E-CHECK-RECORD-LOG"),
    "a record logged after the day it claims": (_backdated, "E-CHECK-RECORD-LOG"),
    "an older list beside a newer log": (lambda keeper: _replayed(keeper, proved=False), "E-CHECK-RECORD-LATER"),
    "an older list under a newer checkpoint": (lambda keeper: _replayed(keeper, proved=True), "E-CHECK-RECORD-LATER"),
    "a certificate newer than the list": (_certified_later, "E-CHECK-INDEX-OLDER"),
    "an entry that the list leaves out": (_hidden, "E-CHECK-RECORD-HIDDEN"),
}
BEYOND_THE_PAGE = frozenset({"E-CHECK-RECORD-HIDDEN"})
"""What only whoever reads the whole log finds."""


def _suspended_before(keeper: Keeper) -> Had:
    keeper.suspend(accreditation(keeper), "2026-10-01")
    return keeper.listed()


def _grown_after(keeper: Keeper) -> Had:
    listed = keeper.listed()
    keeper.log.append([b"x"] * 300)
    return listed


SOUND: Mapping[str, Callable[[Keeper], Had]] = {
    "the sound list": lambda keeper: keeper.listed(),
    "on its last second": _asked(UNTIL),
    "asked about a day before it": _asked(ISSUED - timedelta(days=300)),
    "without the log": lambda keeper: replace(keeper.listed(), log=None),
    "with a suspension that it knows": _suspended_before,
    "with later entries on other matters": _grown_after,
}


@cache
def fault(name: str) -> Had:
    """Return what a reader has under a planted fault, or in a sound case."""
    return _kept(FAULTS[name][0] if name in FAULTS else SOUND[name])
