"""Random small studies from a seed: the same seed is the same study.

They mix everything a study may hold: chains and loops, self-use, co-products, credits, treatment, transport over a
distance, fuels, vectors of gases, contracts, formulas with inner divisions, and units of one kind for another.
"""

import random
from decimal import Decimal

from assess.draft import Contract, Draft, Row
from oracles.study_oracle import UNITS

KINDS = {
    "mass": ("kg", "t", "g"),
    "energy": ("kWh", "MJ", "GJ", "MWh"),
    "volume": ("m3", "L"),
    "piece": ("piece",),
    "transport": ("t*km", "tkm"),
}
MEASURED = {"kg": "mass", "MJ": "energy", "m3": "volume", "piece": "piece", "t*km": "transport"}
STAGES = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
GASES = (
    ("CO2", "fossil"),
    ("CH4", "fossil"),
    ("CH4", "biogenic_emission"),
    ("N2O", "fossil"),
    ("SF6", "fossil"),
    ("CO2", "biogenic_emission"),
    ("CO2", "biogenic_removal"),
    ("CO2", "dluc"),
    ("CO2", "land_use"),
)
BASES = ("mass", "energy", "economic", "given")


def random_study(seed: int) -> Draft:
    """Return a study of one to seven processes."""
    return _Maker(seed).study()


class _Maker:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.draft = Draft(reference="p0")
        self.outputs: list[tuple[str, str, float]] = []  # product as `from` names it, unit, amount of one run
        self.users: dict[str, int] = {}
        self.count = 0

    def study(self) -> Draft:
        rng, size, loops = self.rng, self.rng.randint(1, 7), self.rng.random() < 0.5
        self._parameters()
        for index in range(size):
            self._process(f"p{index}")
        names = [row["id"] for row in self.draft.processes]
        for name in names:
            self._links(name, names, loops=loops)
            for _ in range(rng.randint(1, 4)):
                rng.choice((self._input, self._emission, self._electricity, self._transport, self._fuel, self._direct))(
                    name
                )
        self._demand()
        if rng.random() < 0.4:
            shares = ("0.25",) if rng.random() < 0.5 else ("0.125", "0.5")
            technologies = rng.sample(("wind", "pv", "hydro", "nuclear", "coal"), len(shares))
            self.draft.contracts = [Contract(t, t, s) for t, s in zip(technologies, shares, strict=True)]
        return self.draft

    def _parameters(self) -> None:
        for unit in ("kg", "MJ", "m3", "piece", "t*km"):
            self.draft.parameters[_parameter(unit)] = (self.number(0.5, 20), unit)
        self.draft.parameters["ratio"] = (self.number(0.1, 0.9), "1")
        self.draft.formulas["part"] = ("1 - ratio / (ratio + 2)", "1")
        self.draft.formulas["later"] = ("part * 3 / (4 - part)", "1")

    def number(self, low: float, high: float) -> str:
        """A plain decimal of few digits, never zero."""
        digits = self.rng.randint(1, 5)
        return format(Decimal(f"{self.rng.uniform(low, high):.{digits}g}").normalize(), "f")

    def figure(self, low: float, high: float, unit: str) -> str:
        """A decimal, or a formula in a unit for which there is a parameter."""
        name = _parameter(unit)
        if self.rng.random() < 0.65 or name not in self.draft.parameters:
            return self.number(low, high)
        forms = (
            f"={name} * ratio",
            f"={name} / 7 * part",
            f"=({name} + {name} / 3) * later",
            f"={name}*{self.number(0.1, 3)}",
        )
        return self.rng.choice(forms)

    def _process(self, name: str) -> None:
        rng = self.rng
        kind = rng.choice(list(KINDS))
        unit = rng.choice(KINDS[kind])
        amount = self.number(0.5, 50)
        shared = rng.random() < 0.35
        more = {"allocation": rng.choice(BASES), "alternative": rng.choice(("", *BASES))} if shared else {}
        self.draft.process(name, amount, unit, stage=rng.choice(STAGES), **more)
        self.outputs.append((name, unit, float(amount)))
        if shared:
            self._coproducts(name, amount, unit, bool(more["alternative"]))

    def _coproducts(self, name: str, amount: str, unit: str, alternative: bool) -> None:
        rng = self.rng
        self.draft.coproduct(
            name, name, amount, unit, self.number(1, 90), alternative=self.number(1, 9) if alternative else ""
        )
        for index in range(rng.randint(1, 2)):
            other, product = rng.choice(KINDS[rng.choice(list(KINDS))]), f"by{index}"
            made = self.number(0.5, 50)
            basis = "0" if rng.random() < 0.15 else self.number(0.1, 60)
            other_basis = self.number(0.1, 9) if alternative else ""
            self.draft.coproduct(name, product, made, other, basis, alternative=other_basis)
            self.outputs.append((f"{name}/{product}", other, float(made)))

    def _links(self, name: str, names: list[str], *, loops: bool) -> None:
        """Take from any process where loops may be, else from later ones; what one run takes stays below its means."""
        later = names if loops else names[names.index(name) + 1 :]
        products = [found for found in self.outputs if found[0].split("/")[0] in later]
        wanted = min(len(products), self.rng.randint(0, 3) + (names.index(name) == 0))
        for product, unit, made in self.rng.sample(products, wanted):
            most = 0.8 / wanted if loops else 3
            chosen = self.rng.choice(KINDS[UNITS[unit][0]])
            size = float(UNITS[unit][1] / UNITS[chosen][1])
            amount = self.number(0.02 * made * size, most * made * size)
            kind = "credit" if self.rng.random() < 0.1 else "input"
            self._exchange(name, amount, chosen, f"process:{product}", kind=kind)

    def _exchange(self, process: str, amount: str, unit: str, source: str, **more: str) -> None:
        self.count += 1
        stage = self.rng.choice(STAGES) if self.rng.random() < 0.15 else ""
        self.draft.exchange(process, f"x{self.count}", amount, unit, source, **({"stage": stage} | more))

    def _input(self, process: str) -> None:
        rng = self.rng
        base = rng.choice(list(MEASURED))
        kind = rng.choice(("input", "input", "credit", "treatment"))
        unit = rng.choice(KINDS[MEASURED[base]])
        self._exchange(process, self.figure(0.1, 9, unit), unit, f"factor:{self._factor(base)}", kind=kind)

    def _factor(self, base: str, **more: str) -> str:
        """Add a factor per unit of some kind, one third of them vectors, and return its id."""
        rng = self.rng
        per = rng.choice(KINDS[MEASURED[base]])
        name = f"F{len(self.draft.factors)}"
        shown = f"({per})" if "*" in per else per
        self.draft.factor(name, self.number(0.01, 8), f"{rng.choice(('kg', 'g', 't'))} CO2e / {shown}", **more)
        if rng.random() < 0.33:
            mass = self.draft.factors[-1]["unit"].split()[0]
            for gas, origin in rng.sample(GASES, rng.randint(1, 3)):
                self.draft.factor(name, self.number(0.001, 1), f"{mass} / {shown}", origin=origin, gas=gas, **more)
        return name

    def _emission(self, process: str) -> None:
        gas, origin = self.rng.choice(GASES)
        unit = self.rng.choice(KINDS["mass"])
        self._exchange(process, self.figure(0.1, 9, unit), unit, "", kind="emission", gas=gas, origin=origin)

    def _electricity(self, process: str) -> None:
        unit = self.rng.choice(KINDS["energy"])
        self._exchange(process, self.figure(0.1, 9, unit), unit, "electricity")

    def _transport(self, process: str) -> None:
        road = "param:cn.transport.truck.diesel.heavy"
        if self.rng.random() < 0.3:
            self._exchange(process, self.figure(1, 9, "t*km"), "t*km", road)
        elif self.rng.random() < 0.5:
            unit = self.rng.choice(KINDS["mass"])
            self._exchange(process, self.figure(0.1, 9, unit), unit, road, distance_km=self.number(1, 900))
        else:
            upstream = f"factor:{self._factor('t*km')}"
            rail = "param:cn.transport.rail"
            self._exchange(process, self.number(0.1, 9), "t", rail, distance_km=self.number(1, 900), upstream=upstream)

    def _fuel(self, process: str) -> None:
        fuel, unit, device = self.rng.choice(
            (("diesel", "kg", ""), ("diesel", "t", ""), ("bituminous_coal", "kg", "cement_kiln"), ("coke", "t", ""))
        )
        upstream = f"factor:{self._factor('kg', scope='upstream')}"
        source = f"fuel:cn.fuel.mee_cement.{fuel}"
        self._exchange(process, self.figure(0.1, 2, unit), unit, source, kind="fuel", device=device, upstream=upstream)

    def _direct(self, process: str) -> None:
        name = f"F{len(self.draft.factors)}"
        traits: Row = {"quantity": "direct CO2", "scope": "direct", "origin": "fossil", "gas": "CO2"}
        self.draft.factor(name, self.number(0.1, 3), self.rng.choice(("kg CO2 / kg", "kg / kg")), **traits)
        upstream = f"factor:{self._factor('kg', scope='upstream')}"
        self._exchange(process, self.figure(0.1, 2, "kg"), "kg", f"factor:{name}", kind="fuel", upstream=upstream)

    def _demand(self) -> None:
        unit = self.draft.processes[0]["unit"]
        if self.rng.random() < 0.5:
            self.draft.unit, self.draft.flow = unit, self.number(0.1, 30)
        else:
            self.draft.parameters["size"] = (self.number(0.1, 30), unit)
            self.draft.unit, self.draft.flow = "piece", "size / (2 + 1) * part"


def _parameter(unit: str) -> str:
    return "q_" + "".join(letter for letter in unit if letter.isalnum())
