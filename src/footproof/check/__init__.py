"""The stranger's walk: signature, validity, log inclusion, package digest, recomputation, each with its own answer.

Pure functions over bytes, trust anchors and a day; whoever calls them says where the bytes came from.
"""

from footproof.check.certificate import Anchors, Material, Outcome, check_certificate, read_anchors

__all__ = ["Anchors", "Material", "Outcome", "check_certificate", "read_anchors"]
