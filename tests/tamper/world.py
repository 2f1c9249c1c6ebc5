"""Two invented bodies with keys from fixed seeds, three certificates, and their published trees as bytes by name.

Everything a case spoils is a copy of what stands here. The anchors believe both bodies, so that a swap between them is
found for what it is and not because one of them is unknown.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes
from footproof.cli.chain import assess_folder, seal_assessment
from footproof.credential import jose
from footproof.credential.recognized import record_of
from footproof.errors import FootproofError
from footproof.server.certify import Issued, issue
from footproof.server.demo_world import ROLES
from footproof.server.publish import publish
from footproof.server.workspace import CONFIGURATION, FORMAT, Workspace, open_workspace
from footproof.tlog import Log

ASSETS = Path(__file__).resolve().parents[1] / "assets"
AT = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)
NOW = AT + timedelta(minutes=2)
RULE = "cn.gbt.24067"

Key = EllipticCurvePrivateKey | Ed25519PrivateKey


@dataclass
class Tree:
    """A static tree in memory: a source of the check, and what a case edits."""

    files: dict[str, bytes] = field(default_factory=dict)
    place: str = "memory"

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file as `sources.Source` does."""
        data = self.files.get(name)
        if data is not None and len(data) > most:
            raise FootproofError("E-SOURCE-SIZE", found=len(data), limit=most)
        return data

    def names(self, beside: str) -> tuple[str, ...]:
        """Return the files beside a file as `sources.Source` does."""
        folder = beside.rpartition("/")[0]
        return tuple(name for name in self.files if name.rpartition("/")[0] == folder) if beside in self.files else ()

    def copy(self) -> "Tree":
        """Return a tree that may be spoiled."""
        return Tree(dict(self.files), self.place)


@dataclass(frozen=True)
class Body:
    """A body of the world: its workspace, what it issued, what it published."""

    workspace: Workspace
    issued: tuple[Issued, ...]
    tree: Tree

    def key(self, role: str) -> Key:
        """Return a private key of the workspace: "body", "log", or a role of the invented world."""
        name = role if role in ("body", "log") else f"demo-{role}"
        data = (self.workspace.folder / "keys" / f"{name}.pem").read_bytes()
        return serialization.load_pem_private_key(data, None)  # type: ignore[return-value]  # those two kinds only


@dataclass(frozen=True)
class World:
    """Body A with two certificates of two products, body B with one, and anchors that believe both."""

    a: Body
    b: Body
    anchors: bytes


def seeded_workspace(folder: Path, base: str, origin: str, seed: str) -> Workspace:
    """Return a new workspace whose keys follow from a seed."""
    (folder / "keys").mkdir(parents=True)
    for name in ("objects", "public"):
        (folder / name).mkdir()
    _pem(folder, "body", _p256(f"{seed}/body"))
    for name in ("log", *(f"demo-{role}" for role in ROLES)):
        _pem(folder, name, _ed25519(f"{seed}/{name}"))
    for number in (1, 2):  # the same for everybody, so that one policy speaks of all
        _pem(folder, f"demo-witness-{number}", _ed25519(f"witness/{number}"))
    (folder / "keys" / "status.seed").write_bytes(_bytes(f"{seed}/status"))
    Log.create(folder / "log", origin, _ed25519(f"{seed}/log")).close()
    (folder / CONFIGURATION).write_text(f'format = "{FORMAT}"\nbase = "{base}"\norigin = "{origin}"\n')
    return open_workspace(folder)


def _bytes(seed: str) -> bytes:
    return hashlib.sha256(f"footproof tamper corpus {seed}".encode()).digest()


def _p256(seed: str) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(_bytes(seed)[:31], "big"), SECP256R1())


def _ed25519(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_bytes(seed))


def _pem(folder: Path, name: str, key: Key) -> None:
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "keys" / f"{name}.pem").write_bytes(data)


@lru_cache
def sealed(model: str = "K-1") -> bytes:
    """Return the package of the small kettle study; its model makes it another product."""
    study = Path(mkdtemp(prefix="footproof-tamper-")) / "kettle"
    try:
        shutil.copytree(ASSETS / "kettle", study)
        text = (study / "study.toml").read_text("utf-8")
        (study / "study.toml").write_text(text.replace('"K-1"', json.dumps(model)), "utf-8")
        assessment, files = assess_folder(study, RULE, None, dated=True)
        return seal_assessment(assessment, files, RULE)
    finally:
        shutil.rmtree(study.parent)


def tree_of(workspace: Workspace) -> Tree:
    """Return what a workspace has published."""
    root = workspace.public
    return Tree({str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()})


def merged_anchors(*trusts: bytes) -> bytes:
    """Return anchors that believe all of several."""
    records: list[dict[str, Any]] = [json.loads(one) for one in trusts]
    merged: dict[str, Any] = dict(records[0])
    for one in records[1:]:
        merged["bodies"] = merged["bodies"] + one["bodies"]
        merged["logs"] = merged["logs"] + one["logs"]
        merged["policy"] = one["policy"].partition("\n")[0] + "\n" + merged["policy"]
        merged["roots"] = {
            name: value if isinstance(value, bool) else sorted({*value, *one["roots"][name]})
            for name, value in merged["roots"].items()
        }
    return canonical_bytes(merged)


def _body(folder: Path, name: str, models: tuple[str, ...]) -> Body:
    workspace = seeded_workspace(folder, f"https://{name}.footproof.example", f"{name}.footproof.example/log", name)
    issued = tuple(issue(workspace, sealed(model), AT) for model in models)
    publish(workspace, AT)
    return Body(workspace, issued, tree_of(workspace))


def build(folder: Path) -> World:
    """Return the world, in workspaces below a folder."""
    a = _body(folder / "a", "a", ("K-1", "K-2"))
    b = _body(folder / "b", "b", ("K-1",))
    return World(a, b, merged_anchors(a.tree.files["trust.json"], b.tree.files["trust.json"]))


def members(tree: Tree) -> Mapping[str, str]:
    """Return the files of a tree that a check of its first certificate reads, by the kind of artefact."""
    number = min(name.split("/")[1] for name in tree.files if name.startswith("c/"))
    found = {name: f"c/{number}/{name}" for name in ("certificate.jwt", "event.json", "proof.txt", "package.footproof")}
    found |= {"revocation list": "status/1-revocation.jwt", "suspension list": "status/1-suspension.jwt"}
    found |= {"recognition index": "recognition/index.json", "anchors": "trust.json"}
    for name in tree.files:
        if name.startswith("recognition/") and name.endswith(".jwt"):
            found[f"record {record_kind(tree.files[name])}"] = name
    return found


def record_kind(token: bytes) -> str:
    """Return the kind of the record that a recognition credential states."""
    return record_of(jose.read_object(jose.decode(token.split(b".")[1]))).KIND
