"""What is done to a tree: the verbs of the case files.

A step names a file by its artefact ("certificate.jwt", "record approval") or its path, and is applied to a copy of a
sound tree. What an outsider does keeps signatures; what an insider does signs again with a key that it has.
"""

import base64
import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from footproof.canonical import canonical_bytes
from footproof.credential import jose
from footproof.credential.did_key import base58btc, did_key, key_name
from footproof.credential.integrity import add_proof
from footproof.credential.recognized import recognized_credential
from footproof.credential.status_list import list_credential
from footproof.model.recognition_records import record_from_json
from footproof.package import open_package
from footproof.package.archive import pack
from footproof.recognise.listing import read_listing
from footproof.tlog import Log, WitnessSigner, parse_proof, prove
from tamper.world import AT, Body, Key, Tree, World, members

Step = Mapping[str, Any]
LISTING = "recognition/index.json"
# Orders of the groups: for the other value (r, n - s) of a signature.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Scene:
    """What a case may use.

    Args:
        world: The sound one.
        later: Trees of body A at other times, by name.
        tree: The copy that is spoiled.
    """

    world: World
    later: Mapping[str, Tree]
    tree: Tree

    def path(self, name: str) -> str:
        """Return the path of an artefact, or of a file that is named by its path."""
        return members(self.world.a.tree).get(name, name)

    def source(self, tree: str) -> Tree:
        """Return a sound tree by name: "a", "b", or one of another time."""
        return {"a": self.world.a.tree, "b": self.world.b.tree, **self.later}[tree]

    def key(self, name: str) -> Key:
        """Return a key: of a role of body A ("body", "log", "authority", …), of B ("b/body"), or a stranger's."""
        owner, _, role = name.rpartition("/")
        if owner == "stranger":
            seed = hashlib.sha256(role.encode()).digest()
            if role == "ed25519":
                return Ed25519PrivateKey.from_private_bytes(seed)
            return derive_private_key(int.from_bytes(seed[:31], "big"), {"p256": SECP256R1, "p384": SECP384R1}[role]())
        body: Body = self.world.b if owner == "b" else self.world.a
        return body.key(role)

    def did(self, name: str) -> str:
        """Return who has a key."""
        return _did(self.key(name))


def _did(key: Key) -> str:
    """Return the did:key of a key; also of one on a curve that we do not write."""
    public = key.public_key()
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name != "secp256r1":
        point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return "did:key:z" + base58btc(b"\x81\x24" + point)
    return did_key(public)


def apply(scene: Scene, step: Step) -> None:
    """Apply one step to the tree of a scene."""
    VERBS[step["do"]](scene, step)


# ---- bytes


def _flip(scene: Scene, step: Step) -> None:
    data = bytearray(scene.tree.files[scene.path(step["file"])])
    data[step["at"]] ^= step.get("mask", 1)
    scene.tree.files[scene.path(step["file"])] = bytes(data)


def _cut(scene: Scene, step: Step) -> None:
    name = scene.path(step["file"])
    scene.tree.files[name] = scene.tree.files[name][: step["keep"]]


def _add(scene: Scene, step: Step) -> None:
    name = scene.path(step["file"])
    scene.tree.files[name] += step["text"].encode()


def _drop(scene: Scene, step: Step) -> None:
    del scene.tree.files[scene.path(step["file"])]


def _take(scene: Scene, step: Step) -> None:
    """Put a file of another tree, or another file of this one, in the place of a file."""
    source = scene.source(step.get("tree", "a"))
    name = step.get("source", step["file"])
    scene.tree.files[scene.path(step["file"])] = source.files[members(source).get(name, name)]


def _text(scene: Scene, step: Step) -> None:
    name = scene.path(step["file"])
    scene.tree.files[name] = _replaced(scene.tree.files[name].decode(), [(step["old"], step["new"])]).encode()


def _replaced(text: str, edits: list[tuple[str, str]]) -> str:
    for old, new in edits:
        assert old in text, f"{old!r} is not there"
        text = text.replace(old, new, 1)
    return text


def _json(scene: Scene, step: Step) -> None:
    """Set members of a canonical JSON file and write it canonically."""
    name = scene.path(step["file"])
    record = json.loads(scene.tree.files[name])
    _set(scene, record, step)
    scene.tree.files[name] = canonical_bytes(record)


def _set(scene: Scene, record: Any, step: Step) -> None:  # JSON
    for pointer, value in step.get("set", {}).items():
        found = _value(scene, value)
        if isinstance(value, str) and value.startswith("copy("):
            found = _found(record, value[5:-1])
        holder, key = _place(record, pointer)
        holder[key] = found
    for pointer in step.get("unset", []):
        holder, key = _place(record, pointer)
        del holder[key]


def _place(record: Any, pointer: str) -> tuple[Any, Any]:
    """Return the object or list that a JSON pointer leads into, and the key there."""
    *parents, last = [part.replace("~1", "/") for part in pointer.strip("/").split("/")]
    for part in parents:
        record = record[int(part)] if isinstance(record, list) else record[part]
    return record, int(last) if isinstance(record, list) else last


def _found(record: Any, pointer: str) -> Any:
    holder, key = _place(record, pointer)
    return holder[key]


def _value(scene: Scene, value: Any) -> Any:
    """Return a value: "did(b/body)" is a party, "kid(…)" the name of its key, "policy" one that asks for a witness."""
    if value == "policy":
        vkey = json.loads(scene.world.a.tree.files["trust.json"])["logs"][0]["vkey"]
        witness = WitnessSigner("witness.footproof.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(32)))
        return f"log {vkey}\nwitness w1 {witness.verifier.vkey}\nquorum w1\n"
    if isinstance(value, str) and value.startswith("did(") and value.endswith(")"):
        return scene.did(value[4:-1])
    if isinstance(value, str) and value.startswith("kid(") and value.endswith(")"):
        return f"{scene.did(value[4:-1])}#{scene.did(value[4:-1]).removeprefix('did:key:')}"
    return value


# ---- tokens


def _token(scene: Scene, step: Step) -> None:
    """Edit header and payload of a token and sign it, or not, in one of many ways."""
    name = scene.path(step["file"])
    head, body, old = scene.tree.files[name].split(b".")
    header = json.loads(jose.decode(head))
    for member, value in step.get("header", {}).items():
        header[member] = _value(scene, value)
    for member in step.get("unset_header", []):
        del header[member]
    text = jose.decode(body).decode()
    if step.keys() & {"set", "unset"}:
        record = json.loads(text)
        _set(scene, record, step)
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    text = _replaced(text, [tuple(pair) for pair in step.get("raw", [])])
    sign = step.get("sign", "keep")
    if "/" in sign or sign in ("body", "log", "authority", "accreditor", "arrangement", "scheme"):
        key = scene.key(sign)
        if not step.get("keep_kid", False):
            header["kid"] = _value(scene, f"kid({sign})")
            if "alg" not in step.get("header", {}):
                header["alg"] = "EdDSA" if isinstance(key, Ed25519PrivateKey) else "ES256"
    plain = _replaced(json.dumps(header, separators=(",", ":")), [tuple(pair) for pair in step.get("raw_header", [])])
    signed = jose.encode(plain.encode()) + b"." + jose.encode(text.encode())
    scene.tree.files[name] = signed + b"." + _signature(scene, sign, signed, old)


def _signature(scene: Scene, sign: str, signed: bytes, old: bytes) -> bytes:
    if sign not in FORGERIES:
        return jose.encode(_signed(scene.key(sign), signed))
    return FORGERIES[sign](scene, signed, old)


def _signed(key: Key, signed: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(signed)
    size, hashed = (32, SHA256()) if key.curve.name == "secp256r1" else (48, SHA384())
    r, s = decode_dss_signature(key.sign(signed, ECDSA(hashed)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _numbers(signature: bytes) -> tuple[int, int]:
    data = jose.decode(signature)
    return int.from_bytes(data[:32], "big"), int.from_bytes(data[32:], "big")


def _hmac(scene: Scene, signed: bytes, _: bytes) -> bytes:
    """Use the public key as the secret of HS256."""
    public = scene.key("body").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return jose.encode(hmac.new(public, signed, hashlib.sha256).digest())


def _twin(_: Scene, __: bytes, old: bytes) -> bytes:
    r, s = _numbers(old)
    return jose.encode(r.to_bytes(32, "big") + (_ORDER - s).to_bytes(32, "big"))


FORGERIES: Mapping[str, Callable[[Scene, bytes, bytes], bytes]] = {
    "keep": lambda _, __, old: old,
    "empty": lambda _, __, ___: b"",
    "zero": lambda _, __, ___: jose.encode(bytes(64)),
    "der": lambda _, __, old: jose.encode(encode_dss_signature(*_numbers(old))),
    "hmac": _hmac,
    "twin": _twin,
}


# ---- lists, records, events, packages, proofs: made anew, by whoever signs them


def _list(scene: Scene, step: Step) -> None:
    """Put a new status list in the place of one."""
    name = scene.path(step["file"])
    key = scene.key(step.get("sign", "body"))
    purpose = step.get("purpose", step["file"].split()[0])
    bits = bytearray(16384)
    if step.get("set_all", False):
        bits = bytearray(b"\xff" * 16384)
    content = list_credential(
        bits,
        id=step.get("id", f"{scene.world.a.workspace.base}/{name}"),
        issuer=_value(scene, step.get("issuer", "did(body)")),
        purpose=purpose,
        valid_from=AT + timedelta(hours=step.get("from_hours", 0)),
        valid_until=AT + timedelta(hours=step.get("until_hours", 24)),
        ttl=timedelta(minutes=5),
    )
    for member in step.get("without", []):
        holder, part = _place(content, member)
        del holder[part]
    for pointer, value in step.get("with", {}).items():
        holder, part = _place(content, pointer)
        holder[part] = value
    scene.tree.files[name] = jose.sign(content, key, key_name(key.public_key()), jose.CREDENTIAL)


def _record(scene: Scene, step: Step) -> None:
    """Put an altered recognition record, stated by whoever signs it, in the place of one."""
    name = scene.path(step["file"])
    found = json.loads(jose.decode(scene.tree.files[name].split(b".")[1]))
    record = json.loads(found["description"].partition("=")[2])
    key = scene.key(step["sign"])
    record["stated_by"] = did_key(key.public_key())
    _set(scene, record, step)
    content = recognized_credential(record_from_json(record), found["id"])  # type: ignore[arg-type]  # no code list
    scene.tree.files[name] = jose.sign(content, key, key_name(key.public_key()), jose.CREDENTIAL)


def _event(scene: Scene, step: Step) -> None:
    """Enter another event in a log with the log's own key, and put it and its proof in place: the log conspires."""
    name = scene.path("event.json")
    record = json.loads(scene.tree.files[name])
    if step.get("of_token", False):
        record["object"] = "sha256:" + hashlib.sha256(scene.tree.files[scene.path("certificate.jwt")]).hexdigest()
    _set(scene, record, step)
    data = _replaced(canonical_bytes(record).decode(), [tuple(pair) for pair in step.get("raw", [])]).encode()
    key = scene.key(step.get("log", "log"))
    assert isinstance(key, Ed25519PrivateKey)
    origin = step.get("origin", scene.world.a.workspace.origin)
    with TemporaryDirectory() as folder, Log.create(Path(folder) / "log", origin, key) as log:
        log.append([b"before", data, b"after"])
        proof = prove(log.read, 1, log.signed)
    scene.tree.files[name], scene.tree.files[scene.path("proof.txt")] = data, proof.to_bytes()


def _package(scene: Scene, step: Step) -> None:
    """Change a part of the package and pack it anew, or pack it as a ZIP file like any other."""
    name = scene.path("package.footproof")
    parts = dict(open_package(scene.tree.files[name]).parts)
    if "part" in step:
        parts[step["part"]] = _replaced(parts[step["part"]].decode(), [(step["old"], step["new"])]).encode()
    for extra, text in step.get("extra", {}).items():
        parts[extra] = text.encode()
    for gone in step.get("without", []):
        del parts[gone]
    scene.tree.files[name] = pack(parts)
    if "zip" in step:
        scene.tree.files[name] = _zipped(scene.tree.files[name], step["zip"])


def _zipped(data: bytes, how: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        parts = [(entry.filename, old.read(entry)) for entry in old.infolist()]
        for name, content in reversed(parts) if how == "reversed" else parts:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED if how == "deflated" else zipfile.ZIP_STORED
            new.writestr(entry, content)
        if how == "comment":
            new.comment = b"approved"
    return made.getvalue()


def _proof(scene: Scene, step: Step) -> None:
    """Edit the certificate with the embedded proof, and prove it again where a key is named."""
    name = "c/DEMO-2026-000001/certificate.json"
    record = json.loads(scene.tree.files[name])
    if "sign" in step:
        old = record.pop("proof")
        _set(scene, record, step)
        key = scene.key(step["sign"])
        suite = "eddsa-jcs-2022" if isinstance(key, Ed25519PrivateKey) else "ecdsa-jcs-2019"
        if step.get("beside", False):
            record["proof"] = old
        options = {"purpose": step.get("purpose", "assertionMethod"), "expires": step.get("expires")}
        record = add_proof(
            record, key, key_name(key.public_key()), "2026-11-22T09:00:00Z", cryptosuite=suite, **options
        )
    else:
        _set(scene, record, step)
    text = _replaced(
        json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        [tuple(pair) for pair in step.get("raw", [])],
    )
    scene.tree.files[name] = text.encode()


def _second_spelling(scene: Scene, step: Step) -> None:
    """Write the payload in another base64url that decodes alike: with padding, or with bits that say nothing."""
    name = scene.path(step["file"])
    head, body, signature = scene.tree.files[name].split(b".")
    if step["how"] == "padding":
        body += b"=" * (-len(body) % 4 or 4)
    elif step["how"] == "plain":
        body = base64.b64encode(jose.decode(body)).rstrip(b"=")
        assert b"+" in body or b"/" in body
    elif step["how"] == "bits":
        letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        signature = (
            signature[:-1] + letters[letters.index(signature[-1:]) ^ 1 : (letters.index(signature[-1:]) ^ 1) + 1]
        )
    scene.tree.files[name] = b".".join((head, body, signature))


def _unlist(scene: Scene, step: Step) -> None:
    """Take a record out of the folder and off the list."""
    name = scene.path(step["file"])
    del scene.tree.files[name]
    file = json.loads(scene.tree.files[LISTING])
    file["index"]["records"] = [one for one in file["index"]["records"] if one["file"] != name]
    scene.tree.files[LISTING] = canonical_bytes(file)


def _records(scene: Scene, step: Step) -> None:
    """Put the recognition folder of another tree in the place of this one's."""
    _folder(scene, step, "recognition/")


def _logs(scene: Scene, step: Step) -> None:
    """Put the log of another tree in the place of this one's."""
    _folder(scene, step, "log/")


def _folder(scene: Scene, step: Step, folder: str) -> None:
    kept = {name: data for name, data in scene.tree.files.items() if not name.startswith(folder)}
    other = {name: data for name, data in scene.source(step["tree"]).files.items() if name.startswith(folder)}
    scene.tree.files.clear()
    scene.tree.files.update(kept | other)


def _reprove(scene: Scene, _: Step) -> None:
    """Prove the list anew under the checkpoint of the tree, as anybody can from its tiles."""
    file = read_listing(scene.tree.files[LISTING])
    proof = prove(lambda path: scene.tree.files[f"log/{path}"], parse_proof(file.proof).index)
    scene.tree.files[LISTING] = replace(file, proof=proof.to_bytes()).to_bytes()


VERBS: Mapping[str, Callable[[Scene, Step], None]] = {
    "flip": _flip,
    "cut": _cut,
    "add": _add,
    "drop": _drop,
    "take": _take,
    "text": _text,
    "json": _json,
    "token": _token,
    "list": _list,
    "record": _record,
    "event": _event,
    "unlist": _unlist,
    "records": _records,
    "logs": _logs,
    "reprove": _reprove,
    "package": _package,
    "proof": _proof,
    "spell": _second_spelling,
}
