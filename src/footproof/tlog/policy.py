"""Which logs and how many witnesses a reader demands before it believes a checkpoint.

Follows C2SP tlog-policy (c2sp.org/tlog-policy): lines `log`, `witness`, `group` and one `quorum`. Names are
opaque and live in the file only; what counts is the key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from footproof.errors import FootproofError, ProofRejected, Where
from footproof.tlog.checkpoint import Checkpoint, open_checkpoint
from footproof.tlog.cosignature import COSIGNATURE, Cosignature, WitnessKey, read_cosignatures
from footproof.tlog.encoding import decode_number
from footproof.tlog.note import ED25519, Ed25519Verifier, read_vkey
from footproof.tlog.proof import LogProof, verify_proof

MAX_POLICY = 200_000
MAX_NAMES = 256
NONE = "none"
_OTHER_COSIGNATURE = 0x06
_BLANK = re.compile(r"[ \t]+")
_OCTETS = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of a policy.

    Args:
        key: Its key; None where its type is one that is not verified here, so that it never counts.
        url: Where it is asked, if the file says so.
    """

    key: WitnessKey | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Members of which `needed` must have cosigned; a member is a witness or a group."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a policy says about a checkpoint whose log signature holds.

    Args:
        checkpoint: The tree.
        cosigned: Those witnesses of the policy that cosigned it in the time asked for.
        witnesses: How many the policy names.
        needed: The fewest that can make the quorum.
        met: Whether these make it.
    """

    checkpoint: Checkpoint
    cosigned: tuple[Cosignature, ...]
    witnesses: int
    needed: int
    met: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy; made by `parse_policy`.

    Args:
        logs: Keys of the logs that are believed, by origin, with their address where given.
        witnesses: By their name in the file.
        groups: By their name in the file.
        quorum: Name of a witness or group, or "none".
    """

    logs: Mapping[str, tuple[Ed25519Verifier, str | None]]
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    def believing(self, log: Ed25519Verifier) -> "Policy":
        """Return the same policy with one more log, for files that leave the log to the reader."""
        return replace(self, logs={**self.logs, log.name: (log, None)})

    def judge(self, signed: bytes, since: int = 0, until: int | None = None) -> Standing:
        """Return how a signed checkpoint stands under this policy.

        Args:
            signed: The signed note.
            since: Older cosignatures do not count. [seconds since 1970]
            until: Later ones do not count: their clock is wrong. [seconds since 1970]

        Raises:
            ProofRejected: Malformed, of no log of the policy, or a line of a known key is not its signature.
        """
        origin = signed.partition(b"\n")[0].decode("utf-8", "replace")
        if origin not in self.logs:
            raise ProofRejected("E-LOG-ORIGIN", found=origin[:200], expected=", ".join(sorted(self.logs)))
        checkpoint = open_checkpoint(signed, self.logs[origin][0])
        keys = [witness.key for witness in self.witnesses.values() if witness.key is not None]
        found = read_cosignatures(signed, keys)
        cosigned = tuple(one for one in found if since <= one.time and (until is None or one.time <= until))
        present = {one.witness for one in cosigned}
        names = {name for name, witness in self.witnesses.items() if witness.key in present}
        needed = 0 if self.quorum == NONE else self._fewest(self.quorum)
        met = self.quorum == NONE or self._holds(self.quorum, names)
        return Standing(checkpoint, cosigned, len(self.witnesses), needed, met)

    def require(self, signed: bytes, since: int = 0, until: int | None = None) -> Standing:
        """Return the same where the quorum is met.

        Raises:
            ProofRejected: As `judge`; E-LOG-QUORUM where too few witnesses cosigned.
        """
        standing = self.judge(signed, since, until)
        if not standing.met:
            found, total = len(standing.cosigned), standing.witnesses
            raise ProofRejected("E-LOG-QUORUM", found=found, total=total, needed=standing.needed)
        return standing

    def require_entry(self, proof: LogProof, entry: bytes) -> Standing:
        """Check that a log of this policy holds an entry under a checkpoint with a quorum.

        Raises:
            ProofRejected: As `require`, or the entry is not there.
        """
        standing = self.require(proof.checkpoint)
        verify_proof(proof, entry, self.logs[standing.checkpoint.origin][0])
        return standing

    def _holds(self, name: str, present: set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in present
        return sum(self._holds(member, present) for member in group.members) >= group.needed

    def _fewest(self, name: str) -> int:
        group = self.groups.get(name)
        if group is None:
            return 1
        return sum(sorted(self._fewest(member) for member in group.members)[: group.needed])


@dataclass(slots=True)
class _Draft:
    """A policy while its lines are read."""

    logs: dict[str, tuple[Ed25519Verifier, str | None]] = field(default_factory=dict)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    keys: set[bytes] = field(default_factory=set)
    placed: set[str] = field(default_factory=set)

    def read(self, words: list[str]) -> None:
        """Take in one line; ValueError or FootproofError where it does not fit."""
        match words:
            case ["log", vkey, *rest] if len(rest) <= 1:
                self._log(vkey, rest[0] if rest else None)
            case ["witness", name, vkey, *rest] if len(rest) <= 1:
                self._witness(name, vkey, rest[0] if rest else None)
            case ["group", name, needed, _, *_]:
                self._group(name, needed, words[3:])
            case ["quorum", name] if self.quorum is None and (name == NONE or self._known(name)):
                self.quorum = name
            case _:
                raise ValueError

    def _log(self, vkey: str, url: str | None) -> None:
        name, kind, public = read_vkey(vkey)
        key = Ed25519Verifier(name, public)
        if kind != ED25519 or name in self.logs or any(other.public == public for other, _ in self.logs.values()):
            raise ValueError
        self.logs[name] = (key, url)

    def _witness(self, name: str, vkey: str, url: str | None) -> None:
        key_name, kind, public = read_vkey(vkey)
        if kind not in {COSIGNATURE, _OTHER_COSIGNATURE} or public in self.keys or self._taken(name):
            raise ValueError
        self.keys.add(public)
        self.witnesses[name] = Witness(WitnessKey(key_name, public) if kind == COSIGNATURE else None, url)

    def _group(self, name: str, needed: str, members: list[str]) -> None:
        words = {"all": len(members), "any": 1}
        count = words.get(needed) or decode_number(needed) or 0
        if self._taken(name) or not 1 <= count <= len(members):
            raise ValueError
        for member in members:
            if not self._known(member) or member in self.placed:
                raise ValueError
            self.placed.add(member)
        self.groups[name] = Group(count, tuple(members))

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _taken(self, name: str) -> bool:
        return name == NONE or self._known(name)


def parse_policy(data: bytes) -> Policy:
    """Return the policy of a file.

    Raises:
        FootproofError: E-LOG-POLICY with the line that is not what the format demands.
    """
    if len(data) > MAX_POLICY or not _OCTETS.fullmatch(data):
        raise FootproofError("E-LOG-POLICY", Where("policy"))
    draft = _Draft()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), start=1):
        words = [word for word in _BLANK.split(line) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            draft.read(words)
        except (ValueError, FootproofError):
            raise FootproofError("E-LOG-POLICY", Where("policy", line=number)) from None
        if len(draft.logs) + len(draft.witnesses) + len(draft.groups) > MAX_NAMES:
            raise FootproofError("E-LOG-POLICY", Where("policy", line=number))
    if draft.quorum is None:
        raise FootproofError("E-LOG-POLICY", Where("policy", field="quorum"))
    return Policy(draft.logs, draft.witnesses, draft.groups, draft.quorum)
