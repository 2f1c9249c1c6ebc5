"""What answers look like, for the description of the interface."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field, JsonValue

from footproof.certify.neutrality_operations import ClaimStanding

State = Annotated[dict[str, Any], Field(description="A record as its events left it; see the reference of records.")]


class Place(Schema):
    """Where in what was sent something was found."""

    file: str
    line: int | None
    field: str | None


class Problem(Schema):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable code; see the reference of errors.")
    try_: str = Field(alias="try", description="What to do.")
    rule: str | None = Field(None, description="Invariant or clause that stands in the way.")
    where: Place | None = None
    fields: list[dict[str, str]] | None = Field(None, description="Members that are not as they should be.")


class EventOut(Schema):
    """An event that was recorded."""

    kind: str
    stream: str
    record: str
    version: int
    digest: str
    at: str


class Done(Schema):
    """What an operation led to."""

    events: list[EventOut]
    records: list[State] = Field(description="The records it changed, as far as the caller may read them.")


class Page(Schema):
    """Lines of a list."""

    items: list[dict[str, JsonValue]]
    next: str | None = Field(description="Cursor of the next page; null after the last.")


class Line(Schema):
    """One record."""

    model_config = ConfigDict(extra="allow")


class Claim(Line):
    """A claim of neutrality."""

    on: str = Field(description="Day of the standing.")
    standing: ClaimStanding | None = Field(description="How it stands on that day; null before the day it was made.")


class ClaimPage(Page):
    """Claims of neutrality."""

    items: list[Claim]  # type: ignore[assignment]  # a line of which some members are known


class TokenOut(Schema):
    """A token; its text is told once, when it is made."""

    id: str
    title: str
    organisation: str
    scopes: list[str]
    created: str
    expires: str
    used: str | None
    token: str | None = None


class WebhookOut(Schema):
    """A receiver; its secret is told once, when it is made."""

    id: str
    url: str
    kinds: list[str]
    created: str
    active: bool
    failures: int
    secret: str | None = None


class UploadOut(Schema):
    """Bytes that were taken; of a package also the digest by which cases and decisions name it."""

    digest: str
    package: str | None
    size: int
    media_type: str
    kind: str
    export: str


class InvitationOut(Schema):
    """An invitation; its link is told once."""

    link: str
    expires: str


class DoorEvent(Schema):
    """Something that happened at the door of an account."""

    at: str
    event: str = Field(description='Such as "session.began" or "account.locked".')
    by: str | None = Field(description="Who did it, where that is somebody else.")


class AccountOut(Schema):
    """Whether an account opens, and what happened at its door; nothing that opens it."""

    person: str
    locked: bool
    second_factor: bool
    sessions: int
    tokens: int
    events: list[DoorEvent] = Field(description="The last hundred, the latest first.")
