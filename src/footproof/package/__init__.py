"""The sealed package: study, sheet, rule, parameters and result under one digest, which anyone can open and recompute.

The form is specified in `docs/reference/package.md`. Nothing here needs the machinery that made the sheet.
"""

from footproof.package.archive import MOST_BYTES, Package, open_package, pack
from footproof.package.merkle import leaf_hash, package_digest
from footproof.package.recompute import Recomputation, recompute
from footproof.package.seal import Contents, normal_text, seal

__all__ = [
    "MOST_BYTES",
    "Contents",
    "Package",
    "Recomputation",
    "leaf_hash",
    "normal_text",
    "open_package",
    "pack",
    "package_digest",
    "recompute",
    "seal",
]
