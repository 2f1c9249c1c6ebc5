"""Tables of the interface: tokens, remembered answers, uploads, webhooks and what is to be delivered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.db import models

from footproof.server.accounts.models import LONGEST_PERSON, Account
from footproof.server.store.models import DIGEST, NAME, ORGANISATION

if TYPE_CHECKING:
    T = TypeVar("T")
    Field = models.Field[T, T]


class Token(models.Model):
    """A token of an account for one organisation. Its secret is stored as a digest and shown once."""

    id: Field[str] = models.CharField(primary_key=True, max_length=16)
    digest: Field[str] = models.CharField(max_length=64)
    account: Field[Account] = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    organisation: Field[str] = models.CharField(max_length=ORGANISATION)
    title: Field[str] = models.CharField(max_length=100)
    scopes: Field[Any] = models.JSONField()
    created: Field[datetime] = models.DateTimeField()
    expires: Field[datetime] = models.DateTimeField()
    used: Field[datetime | None] = models.DateTimeField(null=True)


class Answer(models.Model):
    """What was answered under an Idempotency-Key; sealed, since an answer may hold a secret that is shown once."""

    caller: Field[str] = models.CharField(max_length=400)
    key: Field[str] = models.CharField(max_length=NAME)
    request: Field[str] = models.CharField(max_length=DIGEST)
    status: Field[int] = models.PositiveSmallIntegerField(default=0)
    body: Field[bytes] = models.BinaryField(default=b"")
    at: Field[datetime] = models.DateTimeField(db_index=True)

    class Meta:
        """One caller uses a key once."""

        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer")]


class Upload(models.Model):
    """Bytes that somebody sent: a package, or evidence. The bytes lie in the object store of the workspace.

    A package is named by the digest of what it holds (`package`), which cases and decisions use; other bytes have none.
    Whether a record names them (`named`) is known as far as the journal was read; a purge looks itself.
    """

    digest: Field[str] = models.CharField(max_length=DIGEST)
    package: Field[str] = models.CharField(max_length=DIGEST, default="", db_index=True)
    organisation: Field[str] = models.CharField(max_length=ORGANISATION)
    person: Field[str] = models.CharField(max_length=LONGEST_PERSON)
    kind: Field[str] = models.CharField(max_length=40)
    media_type: Field[str] = models.CharField(max_length=100)
    size: Field[int] = models.BigIntegerField()
    export: Field[str] = models.CharField(max_length=20)
    place: Field[str] = models.CharField(max_length=10)
    at: Field[datetime] = models.DateTimeField()
    named: Field[bool] = models.BooleanField(default=False)

    class Meta:
        """An organisation sends the same bytes once."""

        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["digest", "organisation"], name="one_upload")
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["organisation", "named"], name="uploads_named")]


class Webhook(models.Model):
    """Somebody who wants to be told."""

    id: Field[str] = models.CharField(primary_key=True, max_length=16)
    organisation: Field[str] = models.CharField(max_length=ORGANISATION)
    account: Field[Account] = models.ForeignKey(Account, on_delete=models.CASCADE)
    url: Field[str] = models.CharField(max_length=2000)
    kinds: Field[Any] = models.JSONField()
    secret: Field[bytes] = models.BinaryField()
    created: Field[datetime] = models.DateTimeField()
    failures: Field[int] = models.PositiveIntegerField(default=0)
    active: Field[bool] = models.BooleanField(default=True)


class Delivery(models.Model):
    """One message to one receiver, until it was taken or given up."""

    id: Field[str] = models.CharField(primary_key=True, max_length=32)
    webhook: Field[Webhook] = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    body: Field[str] = models.TextField()
    due: Field[datetime | None] = models.DateTimeField(null=True, db_index=True)
    tries: Field[int] = models.PositiveIntegerField(default=0)
    delivered: Field[datetime | None] = models.DateTimeField(null=True)
    problem: Field[str] = models.CharField(max_length=60, default="")


class Reached(models.Model):
    """How far a reader of the journal came; one row for each reader."""

    name: Field[str] = models.CharField(primary_key=True, max_length=40)
    sequence: Field[int] = models.BigIntegerField(default=0)
    note: Field[Any] = models.JSONField(default=dict)
