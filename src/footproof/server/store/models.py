"""The tables of the store: events, which are the truth, and what follows from them for questions and lists.

Events and leaves are append-only; triggers in the database refuse to change or remove them (migration 0002). All other
tables but `personal` and `idempotency` can be made again from them (`rebuild`). People stand here as pseudonyms; only
`personal` says who they are, and can be erased.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.db import models

from footproof.certify.forms import LONGEST_NAME

if TYPE_CHECKING:
    T = TypeVar("T")
    Field = models.Field[T, T]

DIGEST = 71
NAME = LONGEST_NAME
ORGANISATION = 600


class EventRow(models.Model):
    """Something that happened to one record."""

    sequence: Field[int] = models.BigIntegerField(primary_key=True)
    stream: Field[str] = models.CharField(max_length=32)
    record: Field[str] = models.CharField(max_length=ORGANISATION)
    version: Field[int] = models.IntegerField()
    kind: Field[str] = models.CharField(max_length=64)
    at: Field[datetime] = models.DateTimeField()
    person: Field[str] = models.CharField(max_length=100)
    role: Field[str] = models.CharField(max_length=40)
    organisation: Field[str] = models.CharField(max_length=ORGANISATION)
    data: Field[Any] = models.JSONField()
    digest: Field[str] = models.CharField(max_length=DIGEST)

    class Meta:
        db_table = "events"
        ordering: ClassVar = ["sequence"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["stream", "record", "version"], name="one_version")]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "sequence"], name="events_organisation"),
            models.Index(fields=["kind", "sequence"], name="events_kind"),
            models.Index(fields=["person", "stream", "record"], name="events_person"),
            models.Index(fields=["at", "sequence"], name="events_at"),
        ]


class RecordRow(models.Model):
    """A record as its events leave it."""

    stream: Field[str] = models.CharField(max_length=32)
    record: Field[str] = models.CharField(max_length=ORGANISATION)
    version: Field[int] = models.IntegerField()
    state: Field[Any] = models.JSONField()

    class Meta:
        db_table = "records"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record", "stream"], name="one_record")]
        indexes: ClassVar = [models.Index(fields=["stream", "record"], name="records_stream")]


class CaseRow(models.Model):
    """What lists and filters of cases ask for."""

    case: Field[str] = models.CharField(max_length=NAME, primary_key=True)
    body: Field[str] = models.CharField(max_length=ORGANISATION)
    client: Field[str] = models.CharField(max_length=ORGANISATION)
    scheme: Field[str] = models.CharField(max_length=NAME)
    state: Field[str] = models.CharField(max_length=32)
    kind: Field[str] = models.CharField(max_length=32)
    category: Field[str] = models.CharField(max_length=NAME)
    certificate: Field[str] = models.CharField(max_length=NAME, blank=True)
    submitted: Field[date] = models.DateField()
    accepted: Field[date | None] = models.DateField(null=True)
    working_days: Field[int | None] = models.IntegerField(null=True)
    due: Field[date | None] = models.DateField(null=True)

    class Meta:
        db_table = "cases"
        indexes: ClassVar = [
            models.Index(fields=["body", "state", "submitted", "case"], name="cases_body"),
            models.Index(fields=["client", "submitted", "case"], name="cases_client"),
            models.Index(fields=["certificate"], name="cases_certificate"),
            models.Index(fields=["body", "due", "case"], name="cases_due"),
        ]


class LaboratoryRow(models.Model):
    """A laboratory that the agreement of a case names."""

    laboratory: Field[str] = models.CharField(max_length=ORGANISATION)
    case: Field[str] = models.CharField(max_length=NAME)

    class Meta:
        db_table = "case_laboratories"
        constraints: ClassVar = [models.UniqueConstraint(fields=["laboratory", "case"], name="one_laboratory")]


class CertificateRow(models.Model):
    """What lists, filters and look-ups of certificates ask for.

    A model may be called longer than an index takes; `model_start` is its beginning.
    """

    number: Field[str] = models.CharField(max_length=NAME, primary_key=True)
    case: Field[str] = models.CharField(max_length=NAME)
    body: Field[str] = models.CharField(max_length=ORGANISATION)
    client: Field[str] = models.CharField(max_length=ORGANISATION)
    scheme: Field[str] = models.CharField(max_length=NAME)
    category: Field[str] = models.CharField(max_length=NAME)
    province: Field[str] = models.CharField(max_length=6)
    name_zh: Field[str] = models.TextField()
    name_en: Field[str] = models.TextField()
    product: Field[str] = models.CharField(max_length=ORGANISATION)
    model: Field[str] = models.TextField(blank=True)
    model_start: Field[str] = models.CharField(max_length=NAME, blank=True)
    value: Field[str] = models.CharField(max_length=80, blank=True)
    figure: Field[Decimal | None] = models.DecimalField(max_digits=60, decimal_places=20, null=True)
    unit: Field[str] = models.CharField(max_length=80, blank=True)
    decided: Field[date] = models.DateField()
    first: Field[date] = models.DateField()
    last: Field[date] = models.DateField()
    turn: Field[str] = models.CharField(max_length=16, blank=True)
    turn_on: Field[date | None] = models.DateField(null=True)
    turn_until: Field[date | None] = models.DateField(null=True)
    replaced_by: Field[str] = models.CharField(max_length=NAME, blank=True)
    list: Field[int] = models.IntegerField()
    place: Field[int] = models.IntegerField()
    token: Field[str] = models.CharField(max_length=DIGEST)
    leaf: Field[int] = models.BigIntegerField()

    class Meta:
        db_table = "certificates"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list", "place"], name="one_place"),
            models.UniqueConstraint(fields=["leaf"], name="one_leaf"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["body", "decided", "number"], name="certificates_body"),
            models.Index(fields=["client", "decided", "number"], name="certificates_client"),
            models.Index(fields=["category", "province", "number"], name="certificates_category"),
            models.Index(fields=["scheme", "number"], name="certificates_scheme"),
            models.Index(fields=["figure", "number"], name="certificates_figure"),
            models.Index(fields=["last", "number"], name="certificates_last"),
            models.Index(fields=["product", "number"], name="certificates_product"),
            models.Index(fields=["model_start", "number"], name="certificates_model"),
        ]


class StandingRow(models.Model):
    """How a certificate stands from one day to another, both included, once something happened to it.

    Until then its first and last day say it all, and it has no row here.
    """

    certificate: Field[str] = models.CharField(max_length=NAME)
    since: Field[date] = models.DateField()
    until: Field[date] = models.DateField()
    standing: Field[str] = models.CharField(max_length=16)

    class Meta:
        db_table = "certificate_standings"
        constraints: ClassVar = [models.UniqueConstraint(fields=["certificate", "since"], name="one_standing")]
        indexes: ClassVar = [models.Index(fields=["standing", "until", "since"], name="standings_until")]


class LeafRow(models.Model):
    """An entry of the log, before or after its tile was written.

    Columns:
        index: In the log; without gaps.
        event: Event it tells of; None for one that was in the log before the store.
        entry: Its bytes.
        at: Time that it states, which never runs back.
        issue: Number of issues of certificates before it; None for what is no issue.
    """

    index: Field[int] = models.BigIntegerField(primary_key=True)
    event_id: int | None
    event: Field[EventRow | None] = models.OneToOneField(EventRow, models.PROTECT, null=True, related_name="leaf")
    entry: Field[bytes] = models.BinaryField()
    at: Field[datetime] = models.DateTimeField()
    issue: Field[int | None] = models.BigIntegerField(null=True, unique=True)

    class Meta:
        db_table = "leaves"
        ordering: ClassVar = ["index"]


class IdempotencyRow(models.Model):
    """What was asked under a key, and the events it led to, so that asking again does nothing again."""

    actor: Field[str] = models.CharField(max_length=800)
    key: Field[str] = models.CharField(max_length=NAME)
    request: Field[str] = models.CharField(max_length=DIGEST)
    first: Field[int] = models.BigIntegerField()
    count: Field[int] = models.IntegerField()
    at: Field[datetime] = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "idempotency"
        constraints: ClassVar = [models.UniqueConstraint(fields=["actor", "key"], name="one_key")]


class PersonalRow(models.Model):
    """Who a pseudonym is; may be erased, and then nobody can say any more."""

    person: Field[str] = models.CharField(max_length=100, primary_key=True)
    name: Field[str] = models.TextField()
    contact: Field[str] = models.TextField(blank=True)

    class Meta:
        db_table = "personal"
