"""The sealed package: study, sheet, rule, parameters and result under one digest, which anyone can open and recompute.

Its lines can be withheld one by one without changing the digest. The form is specified in
`docs/reference/package.md`. Nothing here needs the machinery that made the sheet.
"""

from footproof.package.archive import MOST_BYTES, Package, open_package, pack
from footproof.package.disclose import WORDS, Named, disclose, named_lines, public_copy
from footproof.package.downstream import Affected, Downstream, Held, downstream
from footproof.package.lines import Line
from footproof.package.merkle import leaf_hash, package_digest
from footproof.package.recompute import Extent, Recomputation, recompute
from footproof.package.seal import Contents, normal_text, seal

__all__ = [
    "MOST_BYTES",
    "WORDS",
    "Affected",
    "Contents",
    "Downstream",
    "Extent",
    "Held",
    "Line",
    "Named",
    "Package",
    "Recomputation",
    "disclose",
    "downstream",
    "leaf_hash",
    "named_lines",
    "normal_text",
    "open_package",
    "pack",
    "package_digest",
    "public_copy",
    "recompute",
    "seal",
]
