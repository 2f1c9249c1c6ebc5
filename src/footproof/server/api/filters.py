"""What lists of records can be filtered by: members that whoever may read a record sees of it, asked of the database.

A member that is kept from some readers is no filter: asking by it would tell what it is.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from ninja import Schema
from pydantic import Field

from footproof.certify.declaration import DeclarationState
from footproof.model.engagement import State as EngagementState

Text = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
ComplaintType = Literal["complaint", "appeal"]
ComplaintState = Literal["received", "acknowledged", "under-investigation", "resolved", "closed"]
Outcome = Literal["upheld", "rejected"]
FilingState = Literal["submitted", "filed", "returned", "deregistered"]


class Filter(Schema):
    """What a list is asked for.

    Attributes:
        within: Where a member stands in the record, for those that stand deeper.
    """

    within: ClassVar[Mapping[str, str]] = {}

    def asked(self) -> dict[str, Any]:
        """Return the filters that were asked for, as the tables of records have them."""
        given = self.model_dump(mode="json").items()
        return {f"state__{self.within.get(name, name)}": value for name, value in given if value}


class FilingFilter(Filter):
    """Of filings."""

    state: FilingState | None = None
    body: Text = ""
    scheme: Text = ""
    category: Text = ""


class VerificationFilter(Filter):
    """Of verifications."""

    within: ClassVar[Mapping[str, str]] = {name: f"engagement__{name}" for name in ("state", "client", "case")}

    state: EngagementState | None = None
    body: Text = ""
    client: Text = ""
    case: Text = ""


class ComplaintFilter(Filter):
    """Of complaints and appeals."""

    type: ComplaintType | None = None
    state: ComplaintState | None = None
    outcome: Outcome | None = None
    by: Text = ""
    body: Text = ""
    case: Text = ""
    certificate: Text = ""


class NeutralityFilter(Filter):
    """Of claims of neutrality."""

    within: ClassVar[Mapping[str, str]] = {
        "claimant": "claim__claimant",
        "certificate": "claim__footprint__certificate",
    }

    claimant: Text = ""
    certificate: Text = ""


class DeclarationFilter(Filter):
    """Of declarations of battery packs."""

    within: ClassVar[Mapping[str, str]] = {name: f"pack__{name}" for name in ("maker", "model", "chemistry")}

    state: DeclarationState | None = None
    maker: Text = ""
    model: Text = ""
    chemistry: Text = ""
    verifier: Text = ""


FILTERS: Mapping[str, type[Filter]] = {
    "filing": FilingFilter,
    "verification": VerificationFilter,
    "complaint": ComplaintFilter,
    "declaration": DeclarationFilter,
}
"""By kind of record; a list of any other kind has none."""
