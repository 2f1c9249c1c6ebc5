"""What was found about a certificate, as bytes; where it was found is the business of whoever found it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from footproof.credential.documents import Documents, OfflineDocuments
from footproof.tlog import Read


@dataclass(frozen=True, slots=True)
class Material:
    """The files of a certificate; None or empty where something was not at hand.

    Args:
        jwt: The signed certificate.
        event: The log entry.
        proof: The tlog-proof of the entry.
        package: The sealed package.
        lists: Status lists by the address that the certificate names.
        listing: `recognition/index.json`, the list of all recognition records.
        recognition: Signed recognition records by their file, whether they are listed or not.
        log: Reads the files of the log, where they are at hand.
        documents: Where the keys of bodies that are not `did:key` are found.
    """

    jwt: bytes
    event: bytes | None
    proof: bytes | None
    package: bytes | None
    lists: Mapping[str, bytes] = field(default_factory=dict)
    listing: bytes | None = None
    recognition: Mapping[str, bytes] = field(default_factory=dict)
    log: Read | None = None
    documents: Documents = field(default_factory=lambda: OfflineDocuments({}))
