"""The seal of the demonstration body for PDF certificates: its own key, and a certificate from an invented authority.

Both are made once, on first use, and kept: the key with the other keys, the certificates in `seal/`, where they may be
read by all.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from footproof.canonical import digest
from footproof.credential.demo_seal import demo_seal
from footproof.credential.seal import Seal, read_certificates
from footproof.errors import FootproofError
from footproof.model.certificate import Party
from footproof.server.bodies import own_body
from footproof.server.keys import read_p256_key, write_key
from footproof.server.workspace import Workspace, write_durably


def open_seal(workspace: Workspace, body: Party, at: datetime) -> tuple[Seal, str]:
    """Return the seal of a body and, as PEM, the root that it leads to.

    Args:
        workspace: Of the demonstration.
        body: Whom the seal names.
        at: Now, for a seal that is made now.
    """
    own = body.id == own_body(workspace)
    name = digest(body.id.encode("utf-8"))[7:23]
    key_file = workspace.folder / "keys" / ("demo-seal.pem" if own else f"demo-seal-{name}.pem")
    folder = workspace.folder / "seal" / ("" if own else name)
    seal_file, root_file = folder / "seal.pem", folder / "root.pem"
    if not key_file.is_file():
        # Certificates first: the key says that all is there.
        made, root = demo_seal(body, at - timedelta(minutes=5))
        if not isinstance(made.key, EllipticCurvePrivateKey):
            raise FootproofError("E-KEY-FILE", reason="the demonstration's seal has no P-256 key")
        write_durably(seal_file, _pem(made.certificate, *made.chain))
        write_durably(root_file, _pem(root))
        write_key(key_file, made.key)
    first, *chain = read_certificates(seal_file.read_bytes())
    return Seal(read_p256_key(key_file), first, tuple(chain)), root_file.read_text("ascii")


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
