"""The stranger's walk: signature, validity, status, recognition, log, package, recomputation, each with its own answer.

Pure functions over bytes, trust anchors and a day; whoever calls them says where the bytes came from.
"""

from footproof.check.anchors import Anchors, read_anchors
from footproof.check.certificate import check_certificate
from footproof.check.material import Material
from footproof.check.outcome import Outcome, attempt
from footproof.check.signed import Signed, key_finder, read_signed

__all__ = [
    "Anchors",
    "Material",
    "Outcome",
    "Signed",
    "attempt",
    "check_certificate",
    "key_finder",
    "read_anchors",
    "read_signed",
]
