"""Deeds as the rows of the store, made by several processes at a time: events by month, and what follows from them.

What a single operation would do is done here in bulk: events are applied to records, certificates are signed, what is
public becomes the entry of a leaf, and its object a file. Only the numbers of events and leaves are left open; they are
given when everything is in the order of time.
"""

import json
import os
import pickle
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from footproof.canonical import digest
from footproof.certify.applications import ACTIVITIES
from footproof.certify.case import Case
from footproof.certify.certificate import CertificateIssued, CertificateRestated, Certified, Held
from footproof.certify.codec import adapter, to_json
from footproof.certify.filings import FilingUsed
from footproof.certify.memory import MemoryWorld
from footproof.certify.record import Actor, Recorded, Stamp, after
from footproof.credential.did_key import key_name
from footproof.credential.securing import sign_certificate
from footproof.credential.status_list import FEWEST_ENTRIES
from footproof.model.certificate import Certificate, CertificationScope, Party, StatusPlace
from footproof.package import open_package
from footproof.server.bodies import body_keys
from footproof.server.events import event
from footproof.server.figureless import sign_figureless
from footproof.server.stated import Granted, certificate_from, stated_in
from footproof.server.status import hidden_place, place_named
from footproof.server.store.leaves import Told, told
from footproof.server.store.rows import case_row, certificate_row
from footproof.server.workspace import Workspace
from footproof.server.world import names
from footproof.server.world.bulk import values
from footproof.server.world.cast import Cast, Deed, maker_deeds
from footproof.server.world.history import Made, Story
from footproof.server.world.job import Job
from footproof.server.world.packages import sealed
from footproof.server.world.shape import shape

EARLY = -1
"""Place of what is no life in the order of deeds of one moment: before all lives."""
Row = tuple[Any, ...]
_NOTHING = MemoryWorld({})


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
        self._objects = f"{workspace.folder}/objects/"
        self._months: dict[tuple[int, int], list[Row]] = defaultdict(list)
        self._records: list[Row] = []
        self._cases: list[Row] = []
        self._certificates: list[Row] = []

    def make(self, job: Job) -> tuple[int, int]:
        """Write the rows of a job; return how many events, and how many leaves."""
        self._months.clear()
        self._records, self._cases, self._certificates = [], [], []
        if job.cast:
            self._tell(EARLY, sorted(self.cast.deeds(), key=lambda one: one.at), {})
        for client in job.makers:
            self._tell(EARLY, maker_deeds(self.cast.plan, client), {}, client + 1)
        for index in job.lives:
            story = Story(self.cast, self.cast.plan.lives[index], lambda order: hidden_place(self.workspace, order))
            self._tell(index, story.deeds(), story.made)
        for (year, month), rows in self._months.items():
            self._write(f"events-{year}-{month:02d}", job.name, rows)
        self._write("records", job.name, self._records)
        self._write("cases", job.name, self._cases)
        self._write("certificates", job.name, self._certificates)
        rows = [row for month in self._months.values() for row in month]
        return len(rows), sum(row[-1] is not None for row in rows)

    def _write(self, kind: str, name: str, rows: object) -> None:
        folder = self.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(pickle.dumps(rows, pickle.HIGHEST_PROTOCOL))

    def _tell(self, index: int, deeds: Iterable[Deed], made: Mapping[str, Made], among: int = 0) -> None:
        known: dict[tuple[str, str], tuple[int, Any]] = {}
        tokens: dict[str, str] = {}
        place = among * 100_000
        for deed in deeds:
            stamp = Stamp(deed.by, deed.at)
            for step in deed.steps:
                place += 1
                key = step.record.stream, step.id
                version, before = known.get(key, (0, None))
                later = None
                if isinstance(step.event, FilingUsed):  # of a record that many lives add to: see `load`
                    version = self._used(index, step.event.certificate) - 1
                else:
                    later = after(before, step.event, stamp)
                    known[key] = version + 1, later
                recorded = Recorded(step.record, step.id, version + 1, step.event, stamp)
                self._add(index, place, recorded, self._said(recorded, before, later, made), tokens)
        for (stream, name), (version, found) in known.items():
            self._records.append((stream, name, version, _text(found)))
            if isinstance(found, Case):
                self._cases.append(values(case_row(found)))
            if isinstance(found, Certified):
                self._certificates.append(values(certificate_row(found, tokens[name])))

    def _used(self, index: int, number: str) -> int:
        """Return the version of the filing that names a certificate of a life."""
        life = self.cast.plan.lives[index]
        return (life.second if life.second and number == life.second.number else life.first).used

    def _add(self, index: int, place: int, recorded: Recorded, said: Told | None, tokens: dict[str, str]) -> None:
        by, at, kind = recorded.stamp.by, recorded.stamp.at, recorded.event.kind
        data = _text(recorded.event)
        leaf = None
        if said is not None:
            name = self._keep(said.item)
            issued = isinstance(recorded.event, CertificateIssued)
            signed = isinstance(recorded.event, CertificateIssued | CertificateRestated)
            leaf = (event(said.kind, at, by.organisation, said.subject, name), issued, recorded.id if signed else "")
            if signed:
                tokens[recorded.id] = name
        row = (
            at, index, place, recorded.record.stream, recorded.id, recorded.version, kind,
            by.person, by.role, by.organisation, data, _digest(recorded, data), leaf,
        )  # fmt: skip
        self._months[at.year, at.month].append(row)

    def _keep(self, item: bytes) -> str:
        """Store an object; all of them are made durable together, before any row names one.

        What is written is named at once: a load that was interrupted leaves a workspace of no use.
        """
        name = digest(item)
        path = f"{self._objects}{name[7:9]}/{name[7:]}"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return name
        except FileNotFoundError:
            self.workspace.put(item)
            return name
        try:
            os.write(handle, item)
        finally:
            os.close(handle)
        return name

    def _said(self, recorded: Recorded, before: Any, later: Any, made: Mapping[str, Made]) -> Told | None:
        if isinstance(recorded.event, CertificateIssued | CertificateRestated):
            return Told(recorded.event.kind, recorded.id, self._signed(recorded.event.held, made))
        return told(self.workspace, _NOTHING, recorded, before, later) if recorded.event.public else None

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
        )
        return sign_certificate(certificate, key, self._key_names[held.body])


def in_order(folder: Path) -> Iterator[list[Row]]:
    """Yield the events of each month in the order of time.

    Args:
        folder: With the rows of all jobs.
    """
    for month in sorted(folder.glob("events-*")):
        rows = [row for file in sorted(month.iterdir()) for row in pickle.loads(file.read_bytes())]  # noqa: S301
        rows.sort(key=lambda row: row[:3])
        yield rows


def parts(folder: Path, kind: str) -> Iterator[list[Any]]:
    """Yield what the jobs left of a kind: "records", "cases" or "certificates"."""
    for file in sorted((folder / kind).iterdir()):
        yield pickle.loads(file.read_bytes())  # noqa: S301  (our own, of a moment ago)


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


_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
_quoted = json.encoder.encode_basestring  # what the encoder itself uses for text
_write = json.encoder.c_make_encoder(  # type: ignore[attr-defined]  # JSONEncoder makes one anew for each value
    None, _WRITER.default, _quoted, None, ":", ",", True, False, True
)


def _text(value: object) -> str:
    """Return the canonical JSON of an event or record."""
    kind: Any = type(value)
    return "".join(_write(_plain(kind).to_python(value, mode="json"), 0))


@cache
def _plain(kind: Any) -> Any:
    """Return what makes JSON of a type; `to_json` looks for it anew each time."""
    return adapter(kind).serializer


@lru_cache(maxsize=4096)
def _actor(by: Actor) -> str:
    return _WRITER.encode({"person": by.person, "role": by.role, "organisation": by.organisation})


def _digest(recorded: Recorded, data: str) -> str:
    """Return what `digest_of` gives, for an event whose data are text already."""
    rest = (
        f'{{"actor":{_actor(recorded.stamp.by)},"at":"{recorded.stamp.at.isoformat()}","data":{data},'
        f'"id":{_quoted(recorded.id)},'
        f'"record":"{recorded.record.stream}","type":"{recorded.event.kind}","version":{recorded.version}}}'
    )
    return digest(rest.encode("utf-8"))
