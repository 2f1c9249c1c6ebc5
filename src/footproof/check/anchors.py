"""Whom a checker believes: `trust.json`, found beside the material or kept by whoever checks.

Three kinds of trust stand in it and are never mixed: keys of bodies believed by themselves, roots of the recognition
chain (authorities, accreditation bodies, owners of arrangements and schemes), logs with the policy of their witnesses.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from footproof.canonical import canonical_bytes, read_canonical
from footproof.credential.did_key import PublicKey
from footproof.credential.documents import OfflineDocuments, verification_key
from footproof.credential.jose import ASSERTION
from footproof.credential.jwk import public_key_of
from footproof.credential.seal import read_certificates
from footproof.errors import FootproofError, Where
from footproof.model.recognition import CodeList
from footproof.model.recognition_records import record_from_json
from footproof.recognise import Roots, read_roots
from footproof.tlog import Ed25519Verifier, Policy, parse_policy, parse_vkey

MOST_BODIES = 100_000
MOST_LOGS = 1000
_MEMBERS = frozenset({"bodies", "code_lists", "demonstration", "logs", "policy", "roots", "seals", "stamps"})


@dataclass(frozen=True, slots=True)
class Anchors:
    """Whom to believe.

    Args:
        keys: Keys of bodies by name of the key.
        logs: Verifiers of logs by origin.
        roots: Where recognition ends; None where the anchors name none.
        code_lists: Lists of product categories that scopes are written in.
        policy: Which witnesses must have cosigned a checkpoint; None where none is asked for.
        seals: Roots of the certificates that bodies seal PDF files with.
        stamps: Roots of time stamp authorities.
        demonstration: Whether they are those of a demonstration, which certifies nothing.
    """

    keys: Mapping[str, PublicKey]
    logs: Mapping[str, Ed25519Verifier]
    roots: Roots | None = None
    code_lists: tuple[CodeList, ...] = ()
    policy: Policy | None = None
    seals: tuple[x509.Certificate, ...] = ()
    stamps: tuple[x509.Certificate, ...] = ()
    demonstration: bool = False


def read_anchors(data: bytes) -> Anchors:
    """Read trust anchors from `trust.json`.

    Args:
        data: Canonical JSON with `bodies` and `logs`, and where there are any `roots`, `code_lists`, `policy`, `seals`
            and `stamps` (PEM) and `demonstration`.

    Raises:
        FootproofError: E-CHECK-ANCHORS where it has another form.
    """
    try:
        record = read_canonical(data)
        # A member that is misspelled must not pass for one that is not there: "policy" asks for witnesses.
        if record.keys() - _MEMBERS:
            raise ValueError(f"unknown members: {', '.join(sorted(record.keys() - _MEMBERS))}")
        if len(record["bodies"]) > MOST_BODIES or len(record["logs"]) > MOST_LOGS:
            raise ValueError(f"more than {MOST_BODIES} bodies or {MOST_LOGS} logs")
        keys = _keys(record["bodies"])
        logs = {log["origin"]: parse_vkey(log["vkey"]) for log in record["logs"]}
        if len(logs) != len(record["logs"]):
            raise ValueError("a log stands twice")
        roots = read_roots(canonical_bytes(record["roots"])) if "roots" in record else None
        policy = parse_policy(record["policy"].encode("utf-8")) if "policy" in record else None
        seals, stamps = (_certificates(record.get(name, "")) for name in ("seals", "stamps"))
        demonstration = record.get("demonstration", False)
        if not isinstance(demonstration, bool):
            raise ValueError("demonstration is neither true nor false")
        return Anchors(keys, logs, roots, _code_lists(record), policy, seals, stamps, demonstration)
    except (FootproofError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise FootproofError("E-CHECK-ANCHORS", Where("trust.json"), reason=str(problem)[:200]) from problem


def _keys(bodies: list[Mapping[str, Any]]) -> dict[str, PublicKey]:
    """Return the keys of all bodies by name; a body has no key under the name of another."""
    found: dict[str, PublicKey] = {}
    for body in bodies:
        for name, jwk in body["keys"].items():
            if name.partition("#")[0] != body["id"] or name in found:
                raise ValueError(f"key {name!r} of body {body['id']!r}")
            found[name] = public_key_of(jwk)
            if name.startswith("did:key:") and verification_key(OfflineDocuments({}), name, ASSERTION) != found[name]:
                raise ValueError(f"key {name!r} is another than its name says")
    return found


def _code_lists(record: Mapping[str, Any]) -> tuple[CodeList, ...]:
    found = tuple(record_from_json(one) for one in record.get("code_lists", []))
    lists = tuple(one for one in found if isinstance(one, CodeList))
    if len(lists) != len(found):
        raise ValueError("code_lists: a record that is none")
    return lists


def _certificates(pem: object) -> tuple[x509.Certificate, ...]:
    if not isinstance(pem, str):
        raise ValueError("seals, stamps: no text")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what the library only warns of, a serial number below one, is no anchor
        try:
            return read_certificates(pem.encode("ascii")) if pem else ()
        except Warning as problem:
            raise ValueError(str(problem)) from problem
