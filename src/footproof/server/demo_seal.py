"""The seal of the demonstration body for PDF certificates: its own key, and a certificate from an invented authority.

Both are made once, on first use, and kept: the key with the other keys, the certificates in `seal/`, where they may be
read by all.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from footproof.credential.demo_seal import demo_seal
from footproof.credential.seal import Seal, read_certificates
from footproof.errors import FootproofError
from footproof.model.certificate import Party
from footproof.server.keys import read_p256_key, write_key
from footproof.server.workspace import Workspace, write_durably


def open_seal(workspace: Workspace, body: Party, at: datetime) -> tuple[Seal, str]:
    """Return the seal of the body and, as PEM, the root that it leads to.

    Args:
        workspace: Of the demonstration.
        body: Whom the seal names.
        at: Now, for a seal that is made now.
    """
    key_file = workspace.folder / "keys" / "demo-seal.pem"
    seal_file, root_file = (workspace.folder / "seal" / name for name in ("seal.pem", "root.pem"))
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
