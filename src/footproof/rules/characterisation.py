"""What one kilogram of a gas from an origin counts, under a GWP set, a biogenic convention and a choice on methane.

ISO 14067:2018, 6.5: biogenic CO2 counts −1 where it is taken up and +1 where it is given off; the Environmental
Footprint method counts both as 0. Methane has one potential, or one for fossil and one for the rest (IPCC AR6, 7.15).
"""

from decimal import Decimal

from footproof.errors import FootproofError
from footproof.model.parameter import GwpSet


def potential(known: GwpSet, origin: str, gas: str, *, biogenic: str, split_methane: bool, name: str = "") -> Decimal:
    """Return what one kilogram counts. [kg CO2e / kg]

    Args:
        known: Set of potentials.
        origin: Where the carbon comes from; "biogenic_removal" is a kilogram taken up.
        gas: Species of the set, or "CO2e".
        biogenic: "iso" or "ef".
        split_methane: Whether fossil and other methane have their own potentials.
        name: Of the set, for the error.

    Raises:
        FootproofError: E-GAS-UNKNOWN where the set has no potential for the gas, or the gas cannot be taken up.
    """
    counted = Decimal(1 if biogenic == "iso" else 0)
    if origin == "biogenic_removal":
        if gas not in ("CO2", "CO2e"):
            raise FootproofError("E-GAS-UNKNOWN", gas=f"{gas} ({origin})", set=name)
        return -counted
    if gas == "CO2e":
        return Decimal(1)
    if gas == "CO2" and origin == "biogenic_emission":
        return counted
    key = gas
    if gas == "CH4" and split_methane and origin != "undifferentiated":
        key = "CH4_fossil" if origin == "fossil" else "CH4_nonfossil"
    if key not in known.species:
        raise FootproofError("E-GAS-UNKNOWN", gas=gas, set=name)
    return Decimal(known.species[key].value)
