"""Tables of accounts. What can be erased and what cannot are kept apart.

An account is named by the pseudonym of its person (`certify.people.Person`), so that events stay true after the
account was erased. Secrets are stored as digests, or sealed. Records of signing in are only ever added; triggers of
the database refuse anything else.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from footproof.certify.forms import LONGEST_NAME

LONGEST_PERSON = 64
LONGEST_EMAIL = 254
"""RFC 5321, 4.5.3.1.3."""

if TYPE_CHECKING:
    T = TypeVar("T")
    Field = models.Field[T, T]


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by e-mail, whatever its capitals."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """Return the account of an e-mail."""
        return self.get(email=self.plain(username or ""))

    @staticmethod
    def plain(email: str) -> str:
        """Return the one spelling under which an e-mail is stored and looked up."""
        return email.strip().casefold()


class Account(AbstractBaseUser):
    """Somebody who can sign in."""

    id: Field[str] = models.CharField(primary_key=True, max_length=LONGEST_PERSON)
    email: Field[str | None] = models.CharField(
        max_length=LONGEST_EMAIL, unique=True, null=True
    )  # NULL once erased; "" is not unique
    language: Field[str] = models.CharField(max_length=2, default="zh")
    totp: Field[bytes] = models.BinaryField(default=b"")
    totp_step: Field[int] = models.BigIntegerField(default=0)
    is_active: Field[bool] = models.BooleanField(default=True)
    created: Field[datetime] = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        return self.id


class RecoveryCode(models.Model):
    """A code for somebody whose second factor was lost; good once."""

    account: Field[Account] = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    digest: Field[str] = models.CharField(max_length=64, unique=True)


class Invitation(models.Model):
    """An invitation of a person to roles at an organisation; good once, for a while, for one e-mail."""

    digest: Field[str] = models.CharField(max_length=64, unique=True)
    person: Field[str] = models.CharField(max_length=LONGEST_PERSON)
    email: Field[str] = models.CharField(max_length=LONGEST_EMAIL)
    organisation: Field[str] = models.CharField(max_length=LONGEST_NAME)
    roles: Field[Any] = models.JSONField()
    by_person: Field[str] = models.CharField(max_length=LONGEST_PERSON)
    by_role: Field[str] = models.CharField(max_length=40)
    by_organisation: Field[str] = models.CharField(max_length=LONGEST_NAME)
    expires: Field[datetime] = models.DateTimeField()
    used: Field[datetime | None] = models.DateTimeField(null=True)
    renews: Field[bool] = models.BooleanField(default=False)  # a new password for an account whose old ones were lost


class Identity(models.Model):
    """What an identity provider calls the person of an account (OpenID Connect: issuer and subject, nothing else)."""

    account: Field[Account] = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identities")
    issuer: Field[str] = models.CharField(max_length=LONGEST_NAME)
    subject: Field[str] = models.CharField(max_length=255)

    class Meta:
        """One person of a provider has one account."""

        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["issuer", "subject"], name="one_identity")]


class Session(AbstractBaseSession):
    """A session. Its key is the digest of what the browser holds, so that this table opens no session."""

    account: Field[str] = models.CharField(max_length=LONGEST_PERSON, default="", db_index=True)
    began: Field[datetime] = models.DateTimeField()
    seen: Field[datetime] = models.DateTimeField()
    agent: Field[str] = models.CharField(max_length=120, default="")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Return the store."""
        from footproof.server.accounts.sessions import SessionStore

        return SessionStore


class SignIn(models.Model):
    """What happened at a door: whose account (where known), from where, with what outcome. Never changed.

    Where is a digest, empty for the command line of the workspace; `by` is who did it to the account of another.
    """

    at: Field[datetime] = models.DateTimeField()
    account: Field[str] = models.CharField(max_length=LONGEST_PERSON, default="", db_index=True)
    address: Field[str] = models.CharField(max_length=64)
    event: Field[str] = models.CharField(max_length=40)
    by: Field[str | None] = models.CharField(max_length=LONGEST_PERSON, null=True)  # NULL: triggers guard older rows


class Tally(models.Model):
    """How often something was tried in a window of time."""

    key: Field[str] = models.CharField(primary_key=True, max_length=80)
    count: Field[int] = models.PositiveIntegerField()
    until: Field[datetime] = models.DateTimeField(db_index=True)
