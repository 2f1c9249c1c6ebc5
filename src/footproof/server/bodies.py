"""Keys of the bodies that issue in a workspace: the one it was made for, and further ones in `keys/bodies`."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from footproof.credential.did_key import did_key
from footproof.errors import FootproofError
from footproof.server.keys import read_p256_key, write_key
from footproof.server.workspace import Workspace, make_folder

FOLDER = "bodies"


def body_keys(workspace: Workspace) -> Mapping[str, EllipticCurvePrivateKey]:
    """Return the signing keys of all bodies of a workspace by their DIDs.

    Raises:
        FootproofError: E-KEY-FILE where one cannot be read.
    """
    folder = workspace.folder / "keys"
    return _keys((folder / "body.pem", *sorted((folder / FOLDER).glob("*.pem"))))


def own_body(workspace: Workspace) -> str:
    """Return the DID of the body that the workspace was made for.

    Raises:
        FootproofError: E-KEY-FILE where its key cannot be read.
    """
    return next(iter(_keys((workspace.folder / "keys" / "body.pem",))))


def body_key(workspace: Workspace, body: str) -> EllipticCurvePrivateKey:
    """Return the signing key of a body.

    Args:
        workspace: Where it issues.
        body: Its DID.

    Raises:
        FootproofError: E-BODY-KEY where no key here is of that body.
    """
    own = workspace.folder / "keys" / "body.pem"
    found = _keys((own,)).get(body) or body_keys(workspace).get(body)
    if found is None:
        raise FootproofError("E-BODY-KEY", body=body[:200])
    return found


def add_body(workspace: Workspace, name: str) -> str:
    """Make the key of a further body and return its DID.

    Args:
        workspace: Where it will issue.
        name: Of its key file, such as "body-07".

    Raises:
        OSError: There is one of that name, or the disk refuses.
    """
    folder = workspace.folder / "keys" / FOLDER
    make_folder(folder)
    folder.chmod(0o700)
    key = generate_private_key(SECP256R1())
    write_key(folder / f"{name}.pem", key)
    return did_key(key.public_key())


@lru_cache(maxsize=8)
def _keys(files: tuple[Path, ...]) -> dict[str, EllipticCurvePrivateKey]:
    keys = [read_p256_key(file) for file in files]
    return {did_key(key.public_key()): key for key in keys}
