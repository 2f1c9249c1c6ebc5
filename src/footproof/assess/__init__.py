"""Study + rulebook + dates → calculation sheet → footprint.

Everything here is exact: a study's figures are decimals, loops are solved in rationals, and what comes out is a sheet
that anyone evaluates without this code.
"""

from footproof.assess.assess import Assessment, assess

__all__ = ["Assessment", "assess"]
