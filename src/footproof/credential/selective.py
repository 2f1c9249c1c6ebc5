"""A certificate some of whose members its holder may hide: maker, site, stages. What is hidden is said.

The credential is the one of `conformity`, as SD-JWT, with one more line: `selective=client:4,stages:16` names, signed,
each group that may be hidden and how many digests it has. A group is shown or hidden as a whole. A reader puts the
words "not disclosed" where a group is missing, builds the whole credential from its lines as always, takes the same
places out of it and compares. Nothing outside the named groups can be missing: the digests are counted.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import InvalidOperation
from typing import Any, Literal, TypeAlias, cast, get_args

from footproof.credential import jose, sd_jwt
from footproof.credential.conformity import certificate_from_lines, composed, credential_of, lines_of, same_json
from footproof.credential.did_key import PublicKey
from footproof.credential.securing import need_issuer, need_validity
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Party

Group: TypeAlias = Literal["client", "site", "stages"]
GROUPS: tuple[Group, ...] = get_args(Group)
NOT_DISCLOSED = {"zh": "未披露", "en": "not disclosed"}
HIDDEN_ID = "urn:footproof:not-disclosed"

_LINE = "selective="
_SUBJECT = "credentialSubject"
_ASSESSMENT: sd_jwt.Path = (_SUBJECT, "conformityAssessment", 0)


@dataclass(frozen=True, slots=True)
class Selective:
    """A certificate as its holder showed it.

    Args:
        certificate: What it says; hidden parties are called "not disclosed", hidden stages are absent.
        hidden: Groups this reader was not shown, in the order of `GROUPS`.
        may_hide: Groups the body let the holder hide.
        bound: Whether the holder of the key in the certificate answered our challenge.
        kid: Name of the body's key that signed it.
    """

    certificate: Certificate
    hidden: tuple[Group, ...]
    may_hide: tuple[Group, ...]
    bound: bool
    kid: str


def is_selective(data: bytes) -> bool:
    """Return whether bytes are a token in this form by what its header says.

    Args:
        data: As handed over.
    """
    start, _, rest = data.strip().partition(b".")
    if b"~" not in rest or len(start) > jose.MOST_HEADER * 4 // 3 + 2:
        return False
    try:
        return bool(jose.read_object(jose.decode(start)).get("typ") == jose.SD_CREDENTIAL.type)
    except ProofRejected:
        return False


def stated(token: bytes) -> Certificate | None:
    """Return what a certificate in this form says, unverified: to find what belongs to it, never to believe it.

    Args:
        token: As shown.
    """
    try:
        return _read(sd_jwt.unverified(token))[0]
    except (FootproofError, LookupError, ValueError, TypeError, AttributeError, InvalidOperation):
        return None


def issue_selective(
    certificate: Certificate,
    may_hide: Iterable[Group],
    key: jose.PrivateKey,
    kid: str,
    *,
    salt: sd_jwt.Salt,
    holder: PublicKey | None = None,
) -> bytes:
    """Return a certificate as SD-JWT, with everything that opens it, for its holder.

    Args:
        certificate: The decision to publish.
        may_hide: What the holder may hide.
        key: Key of the body.
        kid: Name of the key, a DID URL of the body.
        salt: Gives at least 16 fresh random bytes at each call.
        holder: Key that a presenter must hold, if any.

    Raises:
        FootproofError: E-CRED-ISSUER, and as `sd_jwt.issue`; E-SD-GROUP for another group.
    """
    need_issuer(kid, certificate.body.id, FootproofError)
    wanted = set(may_hide)
    if not wanted <= set(GROUPS):
        raise FootproofError("E-SD-GROUP", found=", ".join(sorted(wanted)), needed=", ".join(GROUPS))
    credential = credential_of(certificate)
    paths = {group: _paths(credential, group) for group in GROUPS if group in wanted}
    text = ",".join(f"{group}:{len(each)}" for group, each in paths.items())
    _assessment(credential)["specifiedCondition"].append(f"{_LINE}{text}")
    every = [path for each in paths.values() for path in each]
    return sd_jwt.issue(credential, every, key, kid, salt=salt, holder=holder)


def show(token: bytes, groups: Iterable[Group]) -> bytes:
    """Return a certificate with some groups shown and the others hidden; for its holder.

    Args:
        token: As `issue_selective` gave it.
        groups: What to show.

    Raises:
        FootproofError: E-SD-GROUP where the certificate cannot show a group.
        ProofRejected: As `sd_jwt.disclosures`.
    """
    places = list(sd_jwt.disclosures(token))
    whole = sd_jwt.claims_of(token)
    wanted: list[sd_jwt.Path] = []
    for group in groups:
        paths = _paths(whole, group)
        if not paths or not set(paths) <= set(places):
            raise FootproofError("E-SD-GROUP", found=group, needed=", ".join(GROUPS))
        wanted += paths
    return sd_jwt.select(token, wanted)


def hidden_as(certificate: Certificate, hidden: Iterable[Group]) -> Certificate:
    """Return a certificate as a reader sees it who was not shown some groups.

    Args:
        certificate: In whole.
        hidden: What is not shown.
    """
    nobody = Party(HIDDEN_ID, Bilingual(**NOT_DISCLOSED))
    instead: dict[Group, Any] = {"client": nobody, "site": nobody, "stages": ()}
    return replace(certificate, **{group: instead[group] for group in hidden})


def verify_selective(
    token: bytes,
    keys: jose.Keys,
    at: date,
    *,
    nonce: str | None = None,
    audience: str | None = None,
    moment: datetime | None = None,
) -> Selective:
    """Return what a certificate in SD-JWT form says on a day, and what it does not.

    Args:
        token: As shown.
        keys: Public keys the caller trusts.
        at: The day to ask about.
        nonce: What we asked the holder to sign; with `audience` it makes an answer necessary.
        audience: Who we are.
        moment: Now; where given, the holder's answer must be fresh.

    Raises:
        ProofRejected: As `sd_jwt.verify` and `verify_certificate`; E-CRED-CONTENT where a group is shown in part, or
            something is hidden that the body did not let be hidden.
    """
    disclosed = sd_jwt.verify(token, keys, nonce=nonce, audience=audience, at=moment)
    try:
        found, hidden, may_hide = _read(disclosed)
    except FootproofError as problem:
        raise ProofRejected("E-CRED-CONTENT", Where("credential"), reason=str(problem)) from problem
    except (LookupError, ValueError, TypeError, AttributeError, InvalidOperation) as problem:
        reason = f"{type(problem).__name__}: {problem}"[:200]
        raise ProofRejected("E-CRED-CONTENT", Where("credential"), reason=reason) from problem
    need_issuer(disclosed.kid, found.body.id, ProofRejected)
    need_validity(found, at)
    return Selective(found, hidden, may_hide, disclosed.bound, disclosed.kid)


def _read(disclosed: sd_jwt.Disclosed) -> tuple[Certificate, tuple[Group, ...], tuple[Group, ...]]:
    credential = deepcopy(dict(disclosed.claims))
    credential.pop("cnf", None)
    conditions = _assessment(credential)["specifiedCondition"]
    counts = _counts(conditions.pop())
    hidden = tuple(group for group in counts if not any(line.startswith(_START[group]) for line in conditions))
    missing = sum(counts[group] for group in hidden)
    if len(disclosed.hidden) != missing or len(disclosed.shown) != sum(counts.values()) - missing:
        raise ValueError(f"{len(disclosed.hidden)} parts are hidden, {missing} by the groups named")
    whole = deepcopy(credential)
    for group in hidden:
        _fill(whole, group)
    found = certificate_from_lines(lines_of(whole))
    needed = credential_of(found)
    for path in sorted((path for group in hidden for path in _paths(needed, group)), key=_last_first):
        parent = _at(needed, path[:-1])
        del parent[path[-1]]
    if not same_json(needed, credential) or not composed(whole):
        raise ValueError("what is shown does not follow from its lines")
    return found, hidden, tuple(counts)


# What shows that a group is there: a line that it always has, and that has no meaning without it.
_START: Mapping[Group, str] = {"client": "client.name.zh=", "site": "site.name.zh=", "stages": "stages="}


def _counts(line: str) -> dict[Group, int]:
    if not line.startswith(_LINE):
        raise ValueError("the last line does not say what may be hidden")
    counts: dict[Group, int] = {}
    for item in filter(None, line.removeprefix(_LINE).split(",")):
        group, _, number = item.partition(":")
        if group not in GROUPS or not number.isdecimal() or not number.isascii() or number != str(int(number[:6])):
            raise ValueError(f"{item[:40]!r} names no group")
        counts[group] = int(number)
    if ",".join(f"{group}:{counts[group]}" for group in GROUPS if group in counts) != line.removeprefix(_LINE):
        raise ValueError("the groups are not in their order")
    return counts


def _paths(credential: Mapping[str, Any], group: Group) -> list[sd_jwt.Path]:
    """Return every place in a whole credential that speaks of a group."""
    assessment = _assessment(credential)
    prefixes = ("stages=", "stage.") if group == "stages" else (f"{group}.",)
    paths: list[sd_jwt.Path] = [
        (*_ASSESSMENT, "specifiedCondition", index)
        for index, line in enumerate(assessment["specifiedCondition"])
        if line.startswith(prefixes)
    ]
    if group == "client":
        paths += [(_SUBJECT, "issuedToParty"), (*_ASSESSMENT, "assessedOrganisation")]
    elif group == "site":
        paths.append((*_ASSESSMENT, "assessedFacility"))
    else:
        count = len(assessment["assessedPerformance"])
        paths += [(*_ASSESSMENT, "assessedPerformance", index) for index in range(1, count)]
    return paths


def _fill(credential: dict[str, Any], group: Group) -> None:
    """Put "not disclosed" where a group is missing, so that the lines make a whole certificate."""
    assessment = _assessment(credential)
    if group == "stages":
        assessment["specifiedCondition"].append("stages=0")
        return
    party = {"id": HIDDEN_ID}
    if group == "client":
        credential[_SUBJECT]["issuedToParty"] = party
    else:
        assessment["assessedFacility"] = [{"facility": party}]
    assessment["specifiedCondition"] += [f"{group}.name.{language}={text}" for language, text in NOT_DISCLOSED.items()]


def _assessment(credential: Mapping[str, Any]) -> dict[str, Any]:
    return cast(dict[str, Any], _at(credential, _ASSESSMENT))


def _at(value: Any, path: sd_jwt.Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _last_first(path: sd_jwt.Path) -> tuple[str, int]:
    """Order places so that taking one out of a list does not move those still to come."""
    return str(path[:-1]), -path[-1] if isinstance(path[-1], int) else 0
