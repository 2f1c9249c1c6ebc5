"""Who supplies an input: the provider the file names, a person's choice, a namesake, or a preference among several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from footproof.background.linked import Activity
from footproof.background.measures import between
from footproof.errors import FootproofError
from footproof.model.dataset import DataExchange, Dataset, DatasetKind, DataSource, FlowKind
from footproof.model.linking import Preference, Role, Settings, SupplierChoice

WORLD = frozenset({"", "GLO", "RoW", "ROW", "WORLD", "Global", "RER and RoW"})
Shares = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Supply:
    """Who supplies an input.

    Args:
        shares: Number of the activity and its share; empty where nobody does. [1]
        method: How they were found, or why nobody was.
        flow: Flow they make, which is another than asked for where a namesake was found.
    """

    shares: Shares
    method: str
    flow: str


class Suppliers:
    """Finds suppliers among the activities of a database.

    Args:
        source: The database.
        activities: Its activities.
        settings: What to prefer.

    Raises:
        FootproofError: E-LINK-CHOICE where a choice names a dataset that does not make the flow, or shares that do
            not sum to one.
    """

    def __init__(self, source: DataSource, activities: Sequence[Activity], settings: Settings) -> None:
        self._source, self._activities, self._settings = source, activities, settings
        self._makers: dict[str, list[int]] = {}
        self._of_dataset: dict[str, list[int]] = {}
        names: dict[tuple[str, bool], list[str]] = {}
        for number, activity in enumerate(activities):
            self._of_dataset.setdefault(activity.dataset, []).append(number)
            if activity.supplies:
                flow = source.flows[activity.flow]
                if activity.flow not in self._makers:
                    names.setdefault((_plain(flow.name), flow.kind is FlowKind.WASTE), []).append(activity.flow)
                self._makers.setdefault(activity.flow, []).append(number)
        self._names = names
        self._known: dict[tuple[str, str, str, bool], Supply] = {}
        self._choices = _by_flow(settings.suppliers)
        self._check_choices()

    def supply(self, exchange: DataExchange, user: Dataset) -> Supply:
        """Return who supplies an exchange of a dataset."""
        chosen = self._chosen(exchange.flow, user)
        if exchange.provider and chosen is None:
            given = self._provider(exchange)
            if given is not None:
                return given
        own = any(self._activities[number].dataset == user.id for number in self._makers.get(exchange.flow, ()))
        key = (exchange.flow, exchange.location or user.location, user.id if own or chosen else "", bool(chosen))
        if key not in self._known:
            self._known[key] = self._from_choice(chosen, exchange.flow) if chosen else self._found(exchange, user)
        return self._known[key]

    def _provider(self, exchange: DataExchange) -> Supply | None:
        numbers = self._of_dataset.get(exchange.provider, [])
        exact = [number for number in numbers if self._activities[number].flow == exchange.flow]
        if exact:
            return Supply(((exact[0], 1.0),), "provider", exchange.flow)
        if len(numbers) == 1 and self._activities[numbers[0]].supplies:
            return Supply(((numbers[0], 1.0),), "provider, other flow", self._activities[numbers[0]].flow)
        return None

    def _chosen(self, flow: str, user: Dataset) -> SupplierChoice | None:
        named = (*self._choices.get(flow, ()), *self._choices.get(self._source.flows[flow].name, ()))
        fits = (c for c in named if c.user in {"", user.id} and c.location in {"", user.location})
        return next(fits, None)

    def _from_choice(self, choice: SupplierChoice, flow: str) -> Supply:
        shares = tuple((self._maker(flow, dataset), share) for dataset, share in choice.shares.items())
        other = self._activities[shares[0][0]].flow if shares else flow
        return Supply(shares, "choice" if shares else "left out", other)

    def _maker(self, flow: str, dataset: str) -> int:
        numbers = self._of_dataset.get(dataset, [])
        exact = [number for number in numbers if self._activities[number].flow == flow]
        found = exact or (numbers if len(numbers) == 1 else [])
        if not found:
            name = self._source.flows[flow].name
            raise FootproofError("E-LINK-CHOICE", flow=name, reason=f"{dataset} does not make it")
        return found[0]

    def _found(self, exchange: DataExchange, user: Dataset) -> Supply:
        flow, prefix = exchange.flow, ""
        if flow not in self._makers:
            flow, prefix = self._namesake(flow), "name, "
            if flow in self._makers and not self._settings.match_names:
                return Supply((), "namesake", exchange.flow)
        # A process is not its own supplier as long as others make the same: it would feed on what it sells.
        candidates = self._makers.get(flow, [])
        others = [number for number in candidates if self._activities[number].dataset != user.id]
        left = others if prefix else others or candidates
        if not left:
            return Supply((), "no supplier", exchange.flow)
        if len(left) == 1:
            return Supply(((left[0], 1.0),), f"{prefix}only one", flow)
        applied: list[str] = []
        for preference in self._settings.several:
            if preference is Preference.LEAVE:
                return Supply((), "several suppliers", exchange.flow)
            if preference is Preference.EQUAL:
                break
            kept = self._kept(preference, left, exchange.location or user.location)
            if len(kept) < len(left):
                applied.append(preference.value)
            left = kept
            if len(left) == 1:
                return Supply(((left[0], 1.0),), prefix + ", ".join(applied), flow)
        share = 1.0 / len(left)
        return Supply(tuple((number, share) for number in left), prefix + ", ".join((*applied, "equal")), flow)

    def _namesake(self, flow: str) -> str:
        """Return the flow with makers that has the same name and a unit that converts; the same flow if none."""
        asked = self._source.flows[flow]
        found = self._names.get((_plain(asked.name), asked.kind is FlowKind.WASTE), [])
        return next((each for each in found if between(self._source.flows[each].unit, asked.unit) is not None), flow)

    def _kept(self, preference: Preference, numbers: list[int], location: str) -> list[int]:
        activities = self._activities
        if preference is Preference.LOCATION:
            here = [n for n in numbers if activities[n].location == location]
            return here or [n for n in numbers if activities[n].location in WORLD] or numbers
        if preference is Preference.MARKET:
            return [n for n in numbers if activities[n].role == Role.MARKET_MIX.value] or numbers
        kinds = self._source.datasets
        return [n for n in numbers if kinds[activities[n].dataset].kind is DatasetKind.UNIT] or numbers

    def _check_choices(self) -> None:
        for choice in self._settings.suppliers:
            total = sum(choice.shares.values())
            if choice.shares and (abs(total - 1) > 1e-9 or min(choice.shares.values()) <= 0):
                raise FootproofError("E-LINK-CHOICE", flow=choice.flow, reason=f"Σ = {total:.12g}")
            named = [flow.id for flow in self._source.flows.values() if choice.flow in {flow.id, flow.name}]
            if not named:
                raise FootproofError("E-LINK-CHOICE", flow=choice.flow, reason="no such flow")
            for dataset in choice.shares:
                self._maker(named[0], dataset)


def _by_flow(choices: Iterable[SupplierChoice]) -> Mapping[str, tuple[SupplierChoice, ...]]:
    found: dict[str, tuple[SupplierChoice, ...]] = {}
    for choice in choices:
        found[choice.flow] = (*found.get(choice.flow, ()), choice)
    return found


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
