"""Deeds as the rows of the store, made by several processes at a time: events by month, and what follows from them.

What a single operation would do is done here in bulk: events are applied to records, certificates are signed, what is
public becomes the entry of a leaf, and its object part of a pack. Only the numbers of events and leaves are left open;
they are given when everything is in the order of time.
"""

import marshal
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from footproof.canonical import digest
from footproof.certify.applications import ACTIVITIES
from footproof.certify.case import Case
from footproof.certify.certificate import CertificateIssued, CertificateRestated, Certified, Held
from footproof.certify.codec import to_json
from footproof.certify.grading import stated_grade
from footproof.certify.memory import MemoryWorld
from footproof.certify.record import Public, Recorded, Stamp, after
from footproof.certify.scheme import add_months, load_scheme
from footproof.credential.did_key import key_name
from footproof.credential.securing import sign_certificate
from footproof.credential.status_list import FEWEST_ENTRIES
from footproof.model.certificate import Certificate, CertificationScope, Party, StatusPlace
from footproof.package import open_package
from footproof.server.bodies import body_keys
from footproof.server.events import event
from footproof.server.figureless import sign_figureless
from footproof.server.packs import Pack
from footproof.server.stated import Granted, certificate_from, stated_in
from footproof.server.status import hidden_places, place_named
from footproof.server.store.leaves import Told, told
from footproof.server.store.rows import case_row, certificate_row, standing_rows
from footproof.server.workspace import Workspace
from footproof.server.world import names
from footproof.server.world.bulk import values, written
from footproof.server.world.cast import Cast, Deed, maker_deeds, mark
from footproof.server.world.declared import DeclarationStory, Declarer, declarers, lists
from footproof.server.world.folds import DRAFTED, Happened, folded
from footproof.server.world.history import Made, Story
from footproof.server.world.job import Job
from footproof.server.world.packages import sealed
from footproof.server.world.shape import shape
from footproof.server.world.text import digest_of, forget, text

EARLY = -1
"""Place of what is no life in the order of deeds of one moment: before all lives."""
LISTS, DECLARATIONS = 1_000_000, 2_000_000
"""Places of these among what is no life, after all makers."""
Row = tuple[Any, ...]
_NOTHING = MemoryWorld({})
_DRAFTED = {one.stream: one for one in DRAFTED}


class Maker:
    """Makes rows of deeds.

    Args:
        workspace: For which; it gets the objects.
        cast: Who is there.
        folder: For the rows, by month.
    """

    def __init__(self, workspace: Workspace, cast: Cast, folder: Path) -> None:
        self.workspace, self.cast, self.folder = workspace, cast, folder
        self.keys = body_keys(workspace)
        self._key_names = {body: key_name(key.public_key()) for body, key in self.keys.items()}
        self._lists: dict[tuple[int, str], StatusPlace] = {}
        self._hidden = hidden_places(workspace)
        self._pack: Pack
        self._months: dict[str, list[Row]] = defaultdict(list)
        self._records: list[Row] = []
        self._cases: list[Row] = []
        self._certificates: list[Row] = []
        self._standings: list[Row] = []

    def make(self, job: Job) -> bytes:
        """Write the rows and objects of a job; return what the index has to say of the objects."""
        self._months.clear()
        self._records, self._cases, self._certificates, self._standings = [], [], [], []
        self._pack = Pack(self.workspace.folder / "objects", job.number)
        if job.cast:
            self._tell(EARLY, sorted(self.cast.deeds(), key=lambda one: one.at))
        for client in job.makers:
            self._tell(EARLY, maker_deeds(self.cast.plan, client), client + 1)
        for index in job.lives:
            story = Story(self.cast, self.cast.plan.lives[index], self._hidden)
            self._tell(index, story.deeds(), story=story)
        for maker in declarers(self.cast.plan)[job.declarers.start : job.declarers.stop]:
            self._declare(maker)
        for month, rows in self._months.items():
            self._write(f"events-{month}", job, rows)
        self._write("records", job, self._records)
        self._write("cases", job, self._cases)
        self._write("certificates", job, self._certificates)
        self._write("standings", job, self._standings)
        return self._pack.close()

    def _declare(self, maker: Declarer) -> None:
        """Tell of the lists and declarations of a maker, and keep the documents that these name."""
        self._tell(EARLY, lists(self.cast.plan, maker), LISTS + maker.client)
        for one in maker.declarations:
            story = DeclarationStory(self.cast, one)
            self._tell(EARLY, story.deeds(), DECLARATIONS + one.number)
            for document in story.documents:
                self._pack.put(mark(document), document.encode("utf-8"))

    def _write(self, kind: str, job: Job, rows: list[Row]) -> None:
        folder = self.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{job.number:06d}").write_bytes(marshal.dumps(rows))

    def _tell(self, index: int, deeds: Iterable[Deed], among: int = 0, story: Story | None = None) -> None:
        made = story.made if story else {}
        known: dict[tuple[str, str], tuple[int, Any]] = {}
        drafted: dict[tuple[str, str], list[Happened]] = defaultdict(list)
        tokens: dict[str, str] = {}
        place = among * 100_000
        forget()
        for deed in deeds:
            stamp, moment = Stamp(deed.by, deed.at), written(deed.at)
            for step in deed.steps:
                place += 1
                key = step.record.stream, step.id
                version, before = known.get(key, (0, None))
                if step.record not in DRAFTED:
                    later = after(before, step.event, stamp)
                else:
                    drafted[key].append((step.event, stamp))
                    public = step.event.public is Public.YES
                    later = folded(step.record, step.id, drafted[key]) if public else None
                known[key] = version + 1, later
                recorded = Recorded(step.record, step.id, version + 1, step.event, stamp)
                data = text(step.event)
                name = digest_of(recorded)
                said = self._said(recorded, before, later, made, name)
                leaf = None if said is None else self._leaf(recorded, said, tokens)
                self._months[moment[:7]].append((moment, index, *_row(place, recorded, data, name, leaf)))
        for (stream, name), (version, found) in known.items():
            if found is None:
                found = folded(_DRAFTED[stream], name, drafted[stream, name])  # noqa: PLW2901
            self._records.append((stream, name, version, text(found)))
            if isinstance(found, Case):
                self._cases.append(values(case_row(found, load_scheme)))
            if isinstance(found, Certified):
                self._certificates.append(values(certificate_row(found, tokens[name])))
                self._standings += [values(one)[1:] for one in standing_rows(found)]  # the table numbers its rows

    def _leaf(self, recorded: Recorded, said: Told, tokens: dict[str, str]) -> Row:
        """Return entry, whether it is of an issue, and the certificate that it attests; keep what was told."""
        name = digest(said.item)
        self._pack.put(name, said.item)
        signed = isinstance(recorded.event, CertificateIssued | CertificateRestated)
        if signed:
            tokens[recorded.id] = name
        entry = event(said.kind, recorded.stamp.at, recorded.stamp.by.organisation, said.subject, name)
        return entry, isinstance(recorded.event, CertificateIssued), recorded.id if signed else ""

    def _said(self, recorded: Recorded, before: Any, later: Any, made: Mapping[str, Made], name: str) -> Told | None:
        """Return what the log says of an event in a leaf of its own; others are sealed, see `load`."""
        if recorded.event.public is not Public.YES:
            return None
        if isinstance(recorded.event, CertificateIssued | CertificateRestated):
            return Told(recorded.event.kind, recorded.id, self._signed(recorded.event.held, made))
        return told(self.workspace, _NOTHING, recorded, before, later, name=name)

    def _place(self, held: Held) -> StatusPlace:
        """Return the place of a certificate in the lists; the names of the lists are worked out once."""
        number, within = divmod(held.place, FEWEST_ENTRIES)
        if (number, held.body) not in self._lists:
            self._lists[number, held.body] = place_named(self.workspace, held.place, held.body)
        return replace(self._lists[number, held.body], index=within)

    def _signed(self, held: Held, made: Mapping[str, Made]) -> bytes:
        """Return the signed certificate: the same that `store.attest` signs, without opening its package."""
        key: EllipticCurvePrivateKey = self.keys[held.body]
        address, place = f"{self.workspace.base}/c/{held.number}/", self._place(held)
        if held.value is None:
            return sign_figureless(address, held.body, to_json(held), place, key)
        found = made[held.package]
        body = self.cast.bodies.index(held.body)
        form = _form(found.study.category, held.scheme)
        study, subject = found.study, held.subject
        certificate = replace(
            form,
            id=address,
            number=held.number,
            body=Party(held.body, names.body_name(body)),
            client=Party(held.client, study.client),
            site=Party(subject.site, study.site, form.site.address),
            product_name=study.product,
            product_model=study.model,
            product_id=subject.product,
            value=held.value,
            stages=tuple(one._replace(value=found.footprint.stages.get(one.id, Decimal(0))) for one in form.stages),
            interval=_interval(found, form),
            period_start=subject.first,
            period_end=subject.last,
            decided_on=held.decided,
            valid_from=max(held.first, held.decided),  # what was restated holds from the new decision on
            valid_until=held.last,
            package_digest=held.package,
            sheet_digest=found.footprint.sheet,
            scope=_scope(held.scheme, subject.category, subject.place),
            status=place,
            grade=stated_grade(shape().schemes()[held.scheme], held.grade),
            reduction=held.reduction,
        )
        return sign_certificate(certificate, key, self._key_names[held.body])


def in_order(folder: Path, known: set[str], end: date) -> Iterator[list[Row]]:
    """Yield the events of each month in the order of time.

    Args:
        folder: With the rows of all jobs.
        known: Months that were yielded before; those that are yielded come to them.
        end: Day before which nothing is missing any more.
    """
    for month in sorted(folder.glob("events-*")):
        first = date.fromisoformat(f"{month.name[7:]}-01")
        if month.name in known or add_months(first, 1) > end:
            continue
        known.add(month.name)
        rows = [row for file in sorted(month.iterdir()) for row in marshal.loads(file.read_bytes())]  # noqa: S302
        rows.sort(key=lambda row: row[:3])
        yield rows


def part(folder: Path, kind: str, number: int) -> list[Any]:
    """Return what a job left of a kind: "records", "cases", "certificates" or "standings"."""
    found: list[Any] = marshal.loads((folder / kind / f"{number:06d}").read_bytes())  # noqa: S302  (our own, of now)
    return found


@cache
def _form(category: str, scheme: str) -> Certificate:
    """Return a certificate of a category and scheme, of which each certificate changes what is its own."""
    from footproof.server.world.samples import sample_study

    study = sample_study(category)
    found = shape().schemes()[scheme]
    anybody = Party("urn:footproof:demo:anybody", study.client)
    granted = Granted(
        id="https://id.example/c/1/",
        number="DEMO",
        body=anybody,
        client=anybody,
        site="urn:footproof:demo:site",
        product="urn:footproof:demo:product",
        decided=date(2030, 1, 1),
        first=date(2030, 1, 1),
        last=date(2031, 1, 1),
        demonstration=True,
        scheme_name=found.title,
        scope=CertificationScope("product-certification", found.id, found.edition, category, "CN", found.national),
    )
    return certificate_from(stated_in(open_package(sealed(study))), granted, stages=True)


@cache
def _scope(scheme: str, category: str, place: str) -> CertificationScope:
    found = shape().schemes()[scheme]
    return CertificationScope(ACTIVITIES[found.object], found.id, found.edition, category, place, found.national)


def _interval(found: Made, form: Certificate) -> tuple[Decimal, Decimal] | None:
    return None if form.interval is None else (found.footprint.value, found.footprint.value)


def _row(place: int, recorded: Recorded, data: str, name: str, leaf: Row | None) -> Row:
    by, kind = recorded.stamp.by, recorded.event.kind
    return (
        place, recorded.record.stream, recorded.id, recorded.version, kind,
        by.person, by.role, by.organisation, data, name, leaf,
    )  # fmt: skip
