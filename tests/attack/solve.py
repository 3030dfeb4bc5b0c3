"""The integer program of an attacker: the smallest and the largest value of each small withheld count, given all that is printed."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import csr_matrix, hstack, vstack
from scipy.sparse.csgraph import connected_components

from attack import knowledge, words
from attack.pages import LARGEST_SMALL, LARGEST_WITHOUT_PAY, Fact, Groups, Listing, Period, Rate, Reading

Terms = dict[int, float]
Kind = TypeVar("Kind")
Key = tuple[str, Groups, Period | None]
SLOW = 0.02  # how much a denominator may differ from those that are printed for other periods of the same groups
EPSILON = 1e-6
ROUNDS = 10  # of leaving out printed numbers
FAR = 0.15  # how far off a withheld sum of days or full-time equivalents has to stay, as a share of it
NO_GROUPS: Groups = frozenset()


@dataclass(frozen=True)
class Recovered:
    """What the attacker makes of one small withheld count."""

    quantity: str
    groups: Groups
    period: Period | None
    least: int
    most: int
    proved: bool  # both ends are reached by a table that agrees with everything printed
    where: tuple[str, ...]
    because: tuple[str, ...] = ()

    @property
    def values(self) -> int:
        """How many values the count can have."""
        return self.most - self.least + 1

    def __str__(self) -> str:
        groups = ", ".join(value for _, value in sorted(self.groups)) or "all"
        when = f"{self.period[0]} to {self.period[1]}" if self.period else "no period"
        return f"{self.quantity} | {groups} | {when}: {self.least} to {self.most}"


@dataclass(frozen=True)
class Sum:
    """What the attacker makes of a withheld sum of days or full-time equivalents."""

    quantity: str
    groups: Groups
    period: Period | None
    least: float
    most: float
    where: tuple[str, ...]
    because: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """How far the ends are from the middle, as a share of it."""
        middle = (self.least + self.most) / 2
        return (self.most - self.least) / 2 / middle if middle > 0 and math.isfinite(middle) else math.inf

    def __str__(self) -> str:
        groups = ", ".join(value for _, value in sorted(self.groups)) or "all"
        when = f"{self.period[0]} to {self.period[1]}" if self.period else "no period"
        return f"{self.quantity} | {groups} | {when}: {self.least:.1f} to {self.most:.1f}"


@dataclass
class Attack:
    """What came of an attack: the small withheld counts, and the printed numbers that contradict what the attacker knows."""

    recovered: list[Recovered] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)  # values between the ends that a count cannot have
    contradictions: list[str] = field(default_factory=list)
    secondary: list[str] = field(default_factory=list)  # marks that cannot be those of small counts
    sums: list[Sum] = field(default_factory=list)
    variables: int = 0
    rows: int = 0
    seconds: float = 0.0

    def below(self, values: int) -> list[Recovered]:
        """The counts with fewer feasible values."""
        return [one for one in self.recovered if one.values < values]

    def near(self, share: float) -> list[Sum]:
        """The withheld sums that are known to less than this share either way."""
        return [one for one in self.sums if one.share < share]


@dataclass
class _Line:
    """An equation or inequality: what it says of which numbers, and whether it is a printed number that could be left out."""

    terms: Terms
    low: float
    high: float
    why: str
    printed: bool

    @property
    def small(self) -> bool:
        """Whether this is a mark that the attacker takes for that of a small count."""
        return self.printed and self.low in (0, 1) and self.high in LARGEST_SMALL.values()

    @property
    def weight(self) -> float:
        """How little an attacker likes to leave this out: a mark may be a secondary one, and large numbers are restated more often."""
        if self.small:
            return 0.05
        return 1 / max(1.0, abs(self.low) if math.isfinite(self.low) else 1.0) ** 0.5


class System:
    """Variables for all counts, in the smallest parts that the printed periods make, and what is known of them."""

    def __init__(
        self, reading: Reading, *, rates: bool = False, identities: Iterable[knowledge.Identity] = knowledge.IDENTITIES
    ) -> None:
        self.reading = reading
        self.identities = tuple(identities)
        self.lines: list[_Line] = []
        self.whole: list[bool] = []
        self.floor: list[float] = []
        self._cells: dict[tuple[str, Groups, Period | None], int] = {}
        self._ends: dict[tuple[str, Groups], set[date]] = defaultdict(set)
        self._flows = {one.quantity for one in self._of(knowledge.Slices)}
        self._means = {one.quantity for one in self._of(knowledge.MeanOf)}
        self._units = dict(words.UNITS)
        self._facts: dict[tuple[str, Groups, Period | None], list[Fact]] = defaultdict(list)
        for fact in reading.facts:
            self._facts[fact.quantity, fact.groups, fact.period].append(fact)
            self._units.setdefault(fact.quantity, fact.unit)
        self.families = list(dict.fromkeys(self._families()))
        self._cut()
        self._print(rates=rates)
        self._know()

    def _of(self, kind: type[Kind]) -> list[Kind]:
        return [one for one in self.identities if isinstance(one, kind)]

    # Groups that add up.

    def _families(self) -> Iterator[tuple[str, Groups, str, tuple[Groups, ...], str]]:
        """Whole, its groups, the quantity of the parts, the groups of the parts, and why they add up."""
        adds = {one.attribute: one.quantities for one in self._of(knowledge.Adds)}
        bands = {(one.band, one.attribute): one.total for one in self._of(knowledge.Bands)}
        for listing in self.reading.listings:
            children = tuple(listing.parent | {(listing.attribute, value)} for value in listing.values)
            quantities = adds.get(listing.attribute)
            if (total := bands.get((listing.quantity, listing.attribute))) is not None:
                yield total, listing.parent, listing.quantity, children, f"bands of {total}: {listing.where}"
            elif quantities is not None and (not quantities or listing.quantity in quantities) and len(children) > 1:
                yield listing.quantity, listing.parent, listing.quantity, children, f"adds up: {listing.where}"
        for one in self._of(knowledge.Across):
            yield from self._across(one)

    def _across(self, one: knowledge.Across) -> Iterator[tuple[str, Groups, str, tuple[Groups, ...], str]]:
        listings: dict[str, list[Listing]] = defaultdict(list)
        bodies: dict[str, dict[str, None]] = defaultdict(dict)
        for listing in self.reading.listings:
            if listing.attribute == one.attribute:
                listings[listing.quantity].append(listing)
            if listing.attribute == "organisation" and not listing.parent:
                bodies[listing.quantity] |= dict.fromkeys(listing.values)
        for quantity, by_attribute in listings.items():
            whole = {value for listing in by_attribute if not listing.parent for value in listing.values}
            own: dict[str, set[str]] = defaultdict(set)
            for listing in by_attribute:
                for name, value in listing.parent:
                    if name == "organisation" and len(listing.parent) == 1:
                        own[value] |= set(listing.values)
            for value in sorted(whole):
                listed = [body for body in bodies[quantity] if value in own.get(body, ())]
                unknown = [body for body in bodies[quantity] if body not in own or not one.listed_completely]
                there = dict.fromkeys([*listed, *unknown])
                children = tuple(frozenset({("organisation", body), (one.attribute, value)}) for body in there)
                if listed:
                    yield (
                        quantity,
                        frozenset({(one.attribute, value)}),
                        quantity,
                        children,
                        f"organisations add up to {value}",
                    )

    # Periods.

    def _cut(self) -> None:
        """Cut periods at each other's ends, until groups that add up have their ends in common."""
        for quantity, groups, period in self._facts:
            if quantity in self._flows or quantity in self._means:
                self._end(quantity, groups, period)
        for rate in self.reading.rates:
            if not rate.sides_printed and rate.top in self._flows:
                self._end(rate.top, rate.groups, rate.period)
        for lost in self._of(knowledge.LostAtMost):
            for groups, period in self._places(lost.stayed):
                self._end(lost.leavers, groups, period)
        self._cut_flows()
        while self._share_ends():
            pass

    def _cut_flows(self) -> None:
        for flow in self._of(knowledge.StockFlow):
            for groups, period in self._places(flow.stock):
                if self._has_flows(flow, groups):
                    self._end(flow.inflow, groups, period, only_last=True)
                    self._end(flow.outflow, groups, period, only_last=True)

    def _end(self, quantity: str, groups: Groups, period: Period | None, *, only_last: bool = False) -> None:
        if period:
            self._ends[quantity, groups] |= (
                {period[1] + timedelta(1)} if only_last else {period[0], period[1] + timedelta(1)}
            )

    def _has_flows(self, flow: knowledge.StockFlow, groups: Groups) -> bool:
        return (flow.inflow, groups) in self._ends and (flow.outflow, groups) in self._ends

    def _share_ends(self) -> bool:
        """Give the ends of groups to each other and to their whole; whether that changed any."""
        changed = False
        for total, parent, part, children, _ in self.families:
            if part in self._flows or part in self._means:
                ends = set().union(*(self._ends[part, child] for child in children))
                for key in [(part, child) for child in children] + [(total, parent)]:
                    changed |= not ends <= self._ends[key]
                    self._ends[key] |= ends
        return changed

    # Variables.

    def cell(self, quantity: str, groups: Groups, period: Period | None) -> int:
        """The variable of one quantity, of groups, in a part of a period."""
        key = (quantity, groups, period)
        if key not in self._cells:
            self._cells[key] = len(self._cells)
            unit = self._units.get(quantity, words.PEOPLE)
            self.whole.append(unit in (words.PEOPLE, words.ROWS))
            self.floor.append(-math.inf if quantity == "vacant FTE" else 0.0)
        return self._cells[key]

    def terms(self, quantity: str, groups: Groups, period: Period | None, factor: float = 1.0) -> Terms:
        """A quantity of a period as a sum over its parts."""
        if period and (quantity in self._flows or quantity in self._means):
            ends = sorted({*self._ends[quantity, groups], period[0], period[1] + timedelta(1)})
            inside = [(a, b) for a, b in pairwise(ends) if period[0] <= a and b <= period[1] + timedelta(1)]
            days = (period[1] - period[0]).days + 1 if quantity in self._means else 1
            return {self.cell(quantity, groups, (a, b - timedelta(1))): factor / days for a, b in inside}
        return {self.cell(quantity, groups, period): factor}

    def line(self, parts: Iterable[Terms], low: float, high: float, why: str, *, printed: bool = False) -> None:
        """Add what is known of a sum of terms."""
        total: Terms = defaultdict(float)
        for part in parts:
            for variable, factor in part.items():
                total[variable] += factor
        if any(abs(factor) > EPSILON * EPSILON for factor in total.values()):
            self.lines.append(_Line(dict(total), low, high, why, printed))

    # What is printed.

    def _print(self, *, rates: bool) -> None:
        for (quantity, groups, period), facts in self._facts.items():
            for fact in facts:
                if (fact.low, fact.high) != (0, math.inf):
                    why = f"{fact.printed} ({fact.where})"
                    self.line([self.terms(quantity, groups, period)], fact.low, fact.high, why, printed=True)
        from_rate = bool(self._of(knowledge.FromRate))
        bases: dict[tuple[str, Groups], list[Fact]] = defaultdict(list)
        for fact in self.reading.facts:
            if math.isfinite(fact.high):
                bases[fact.quantity, fact.groups].append(fact)
        for rate in self.reading.rates:
            if rate.sides_printed and not rates:
                continue
            if rate.sides_printed:
                self._ratio(rate)
            elif from_rate and bases[rate.bottom, rate.groups]:
                days = (rate.period[1] - rate.period[0]).days + 1 if rate.period else 1
                share = days / 365.25 if rate.bottom == "calendar days available" else 1
                sizes = [self._size(fact) for fact in bases[rate.bottom, rate.groups]]
                low = rate.low * min(sizes) * (1 - SLOW) * share
                high = rate.high * max(sizes) * (1 + SLOW) * share
                self.line(
                    [self.terms(rate.top, rate.groups, rate.period)],
                    low,
                    high,
                    f"{rate.printed} ({rate.where})",
                    printed=True,
                )

    @staticmethod
    def _size(fact: Fact) -> float:
        """A denominator by the year, for days that are available, or as it is."""
        middle = (fact.low + fact.high) / 2
        if fact.quantity == "calendar days available" and fact.period:
            return middle / ((fact.period[1] - fact.period[0]).days + 1) * 365.25
        return middle

    def _ratio(self, rate: Rate) -> None:
        top = self.terms(rate.top, rate.groups, self._when(rate.top, rate))
        bottom = self._when(rate.bottom, rate)
        why = f"{rate.printed} ({rate.where})"
        self.line([top, self.terms(rate.bottom, rate.groups, bottom, -rate.low)], -EPSILON, math.inf, why, printed=True)
        self.line(
            [top, self.terms(rate.bottom, rate.groups, bottom, -rate.high)], -math.inf, EPSILON, why, printed=True
        )

    def _when(self, quantity: str, rate: Rate) -> Period | None:
        """The period under which a side of a rate is printed: a stock is that of the last day."""
        if rate.period and (quantity, rate.groups, (rate.period[1], rate.period[1])) in self._facts:
            return rate.period[1], rate.period[1]
        return rate.period

    # What is known besides.

    def _know(self) -> None:
        for total, parent, part, children, why in self.families:
            self._add_up(total, parent, part, children, why)
        makers: dict[type, Callable[..., None]] = {
            knowledge.StockFlow: self._stock_flow,
            knowledge.Overlap: self._overlap,
            knowledge.Within: self._within,
            knowledge.Sum: self._sum,
            knowledge.AtMost: self._at_most,
            knowledge.StartsAs: self._starts_as,
            knowledge.StillThere: self._still_there,
            knowledge.LostAtMost: self._lost_at_most,
            knowledge.Complement: self._complement,
        }
        for one in self.identities:
            if (maker := makers.get(type(one))) is not None:
                maker(one)

    def _sum(self, one: knowledge.Sum) -> None:
        for groups, period in self._places(one.whole, *(name for name, _ in one.terms)):
            parts = [self.terms(name, groups, period, factor) for name, factor in one.terms]
            self.line([self.terms(one.whole, groups, period, -1), *parts], 0, 0, str(one))

    def _starts_as(self, one: knowledge.StartsAs) -> None:
        for groups, period in self._places(one.opening, *(lost.stayed for lost in self._of(knowledge.LostAtMost))):
            before = (period[0] - timedelta(1),) * 2 if period else None
            if (one.stock, groups, before) in self._facts:
                self.line(
                    [self.terms(one.opening, groups, period), self.terms(one.stock, groups, before, -1)], 0, 0, str(one)
                )

    def _still_there(self, one: knowledge.StillThere) -> None:
        for groups, period in self._places(one.stayed):
            last = (period[1], period[1]) if period else None
            if (one.stock, groups, last) in self._facts:
                self.line(
                    [self.terms(one.stayed, groups, period), self.terms(one.stock, groups, last, -1)],
                    -math.inf,
                    0,
                    str(one),
                )

    def _lost_at_most(self, one: knowledge.LostAtMost) -> None:
        for groups, period in self._places(one.stayed):
            lost = [self.terms(one.opening, groups, period), self.terms(one.stayed, groups, period, -1)]
            self.line([*lost, self.terms(one.leavers, groups, period, -1)], -math.inf, 0, str(one))

    def _places(self, *quantities: str) -> list[tuple[Groups, Period | None]]:
        """Groups and periods for which one of the quantities is printed."""
        return list(
            dict.fromkeys((groups, period) for (quantity, groups, period) in self._facts if quantity in quantities)
        )

    def _add_up(self, total: str, parent: Groups, part: str, children: tuple[Groups, ...], why: str) -> None:
        if part in self._flows or part in self._means:
            ends = sorted(set().union(*(self._ends[part, child] for child in children)))
            periods: list[Period | None] = [(a, b - timedelta(1)) for a, b in pairwise(ends)]
        else:
            periods = list(
                dict.fromkeys(period for (q, groups, period) in self._facts if q == part and groups in children)
            )
        for period in periods:
            parts = [self.terms(part, child, period) for child in children]
            self.line([self.terms(total, parent, period, -1), *parts], 0, 0, why)

    def _stock_flow(self, one: knowledge.StockFlow) -> None:
        days: dict[Groups, list[date]] = defaultdict(list)
        for groups, period in self._places(one.stock):
            if period and self._has_flows(one, groups):
                days[groups].append(period[1])
        for groups, ends in days.items():
            for before, after in pairwise(sorted(ends)):
                period = (before + timedelta(1), after)
                stocks = [
                    self.terms(one.stock, groups, (after, after)),
                    self.terms(one.stock, groups, (before, before), -1),
                ]
                flows = [self.terms(one.inflow, groups, period, -1), self.terms(one.outflow, groups, period)]
                self.line([*stocks, *flows], 0, 0, str(one))

    def _overlap(self, one: knowledge.Overlap) -> None:
        for listing in self.reading.listings:
            if listing.quantity == one.part and listing.attribute == one.attribute:
                children = [listing.parent | {(one.attribute, value)} for value in listing.values]
                for period in dict.fromkeys(p for (q, g, p) in self._facts if q == one.part and g in children):
                    total = self.terms(one.total, listing.parent, period, -1)
                    parts = [self.terms(one.part, child, period) for child in children]
                    self.line([total, *parts], 0, math.inf, str(one))
                    for part in parts:
                        self.line([total, part], -math.inf, 0, str(one))

    def _complement(self, one: knowledge.Complement) -> None:
        others = LARGEST_SMALL[self.reading.rule] + 1
        for rate in self.reading.rates:
            if (rate.top, rate.bottom) == (one.share, one.whole) and rate.sides_printed and rate.high < 1:
                lost = [
                    self.terms(one.whole, rate.groups, rate.period),
                    self.terms(one.share, rate.groups, rate.period, -1),
                ]
                self.line(lost, others, math.inf, str(one))

    def _within(self, one: knowledge.Within) -> None:
        for listing in self.reading.listings:
            if listing.quantity == one.part and listing.attribute == one.attribute:
                children = [listing.parent | {(one.attribute, value)} for value in listing.values]
                for period in dict.fromkeys(p for (q, g, p) in self._facts if q == one.part and g in children):
                    if (one.whole, listing.parent, period) in self._facts:
                        parts = [self.terms(one.part, child, period) for child in children]
                        self.line([self.terms(one.whole, listing.parent, period, -1), *parts], -math.inf, 0, str(one))

    def _at_most(self, one: knowledge.AtMost) -> None:
        for groups, period in self._places(one.where or one.less):
            if one.where or (one.more, groups, period) in self._facts:
                self.line(
                    [self.terms(one.less, groups, period), self.terms(one.more, groups, period, -1)],
                    -math.inf,
                    0,
                    str(one),
                )

    # Targets.

    def targets(self) -> list[tuple[Key, list[Fact]]]:
        """The small withheld counts of people, cases and rows, by the strictest rule under which pages are read."""
        largest = LARGEST_WITHOUT_PAY[self.reading.rule]
        return [
            (key, [fact for fact in facts if fact.mark == "small"])
            for key, facts in self._facts.items()
            if facts[0].whole and any(fact.mark == "small" and fact.high <= largest for fact in facts)
        ]

    def sums(self) -> list[tuple[Key, list[Fact]]]:
        """The sums of days and full-time equivalents of few people that are printed nowhere."""
        return [
            (key, facts)
            for key, facts in self._facts.items()
            if key[0] in words.SUMS_OF_FEW and all(fact.mark == "withheld" for fact in facts)
        ]


def limits(
    reading: Reading, quantity: str, groups: Groups, period: Period | None, *, seconds: float = 20.0
) -> tuple[float, float]:
    """Between which values a quantity lies, whether it is printed or not: the bounds of the linear program."""
    system = System(reading)
    aim = system.terms(quantity, groups, period)
    ends = [0.0, math.inf]
    for program, _ in _programs(system, [aim]):
        program.reconcile(seconds)
        for position, sign in enumerate((1.0, -1.0)):
            solved = program.solve(aim, seconds, sign)
            ends[position] = sign * solved.fun if solved.status == 0 else ends[position]
    return ends[0], ends[1]


def attack(
    reading: Reading,
    *,
    rates: bool = False,
    seconds: float = 20.0,
    between: bool = False,
    secondary: Collection[Key] = (),
    identities: Iterable[knowledge.Identity] = knowledge.IDENTITIES,
) -> Attack:
    """Try to recover each small withheld count.

    Parameters
    ----------
    reading : Reading
        What the pages print.
    rates : bool
        Whether to take printed rates besides, also where both sides are printed.
    seconds : float
        The most that one integer program may take; after that its bound stands.
    between : bool
        Whether to try each value between the ends, too; a value that a count cannot have is listed in `gaps`.
    secondary : collection of keys
        Withheld counts (quantity, groups, period) that are known to be secondary figures: at least 1, without an upper end. No page says
        which they are; every other mark is taken for that of a small count unless that contradicts what is printed.
    identities : iterable of Identity
        What the attacker knows.

    Returns
    -------
    Attack
        The range of each count, and what contradicts the attacker's knowledge.
    """
    begun = time.monotonic()
    if secondary:
        reading = replace(reading, facts=[_as_secondary(fact, secondary) for fact in reading.facts])
    system = System(reading, rates=rates, identities=identities)
    targets, sums = system.targets(), system.sums()
    aims = [system.terms(*key) for key, _ in (*targets, *sums)]
    outcome = Attack(variables=len(system.whole), rows=len(system.lines))
    for program, own in _programs(system, aims):
        contradictions, secondary = program.reconcile(seconds)
        outcome.contradictions += contradictions
        outcome.secondary += secondary
        for position in own:
            if position < len(targets):
                one = _recover(program, aims[position], targets[position], seconds, outcome)
                if between and one:
                    impossible = [
                        value
                        for value in range(one.least + 1, one.most)
                        if not program.can_be(aims[position], value, seconds)
                    ]
                    outcome.gaps += [f"{one}, but not {value}" for value in impossible]
            else:
                _sum(program, aims[position], sums[position - len(targets)], seconds, outcome)
    outcome.seconds = time.monotonic() - begun
    return outcome


def _as_secondary(fact: Fact, secondary: Collection[Key]) -> Fact:
    """A withheld count without its upper end, where it is known to be a secondary figure."""
    if fact.mark == "small" and (fact.quantity, fact.groups, fact.period) in secondary:
        return replace(fact, low=1, high=math.inf, mark="withheld")
    return fact


def _recover(
    program: _Program,
    aim: Terms,
    target: tuple[Key, list[Fact]],
    seconds: float,
    outcome: Attack,
) -> Recovered | None:
    (quantity, groups, period), facts = target
    small = min(fact.high for fact in facts)
    least, most, proved = program.ends(aim, min(fact.low for fact in facts), seconds)
    if least > small:  # it cannot be a small one: a secondary figure, whose range the rule does not protect
        outcome.secondary.append(str(Recovered(quantity, groups, period, least, most, proved, ())))
        return None
    because = tuple(program.reasons(aim)) if most - least + 1 < small else ()
    where = tuple(dict.fromkeys(fact.where for fact in facts))
    one = Recovered(quantity, groups, period, least, most, proved, where, because)
    outcome.recovered.append(one)
    return one


def _sum(
    program: _Program,
    aim: Terms,
    target: tuple[Key, list[Fact]],
    seconds: float,
    outcome: Attack,
) -> None:
    (quantity, groups, period), facts = target
    if not program.holds(aim):
        return
    ends = [0.0, math.inf]
    for position, sign in enumerate((1.0, -1.0)):
        solved = program.solve(aim, seconds, sign)
        ends[position] = sign * solved.fun if solved.status == 0 else ends[position]
    where = tuple(dict.fromkeys(fact.where for fact in facts))
    known = Sum(quantity, groups, period, ends[0], ends[1], where)
    outcome.sums.append(replace(known, because=tuple(program.reasons(aim))) if known.share < FAR else known)


def _programs(system: System, aims: list[Terms]) -> Iterator[tuple[_Program, list[int]]]:
    """The parts of the system that have nothing to do with each other, each with the targets in it."""
    count = len(system.whole)
    owner = np.repeat(np.arange(len(system.lines)), [len(line.terms) for line in system.lines])
    column = np.array([variable for line in system.lines for variable in line.terms], dtype=int)
    graph = csr_matrix((np.ones(len(column)), (column, owner + count)), shape=(count + len(system.lines),) * 2)
    _, label = connected_components(graph, directed=False)
    wanted: dict[int, list[int]] = defaultdict(list)
    for position, aim in enumerate(aims):
        wanted[int(label[next(iter(aim))])].append(position)
    lines: dict[int, list[_Line]] = defaultdict(list)
    for number, line in enumerate(system.lines):
        lines[int(label[count + number])].append(line)
    for part, own in wanted.items():
        if lines[part]:
            yield _Program(system, lines[part]), own


class _Program:
    """One connected part of the system."""

    def __init__(self, system: System, lines: list[_Line]) -> None:
        self._lines = lines
        names = sorted({variable for line in lines for variable in line.terms})
        self._place = {variable: position for position, variable in enumerate(names)}
        self._whole = np.array([int(system.whole[variable]) for variable in names])
        self._floor = np.array([system.floor[variable] for variable in names])

    def holds(self, aim: Terms) -> bool:
        """Whether anything is known of all that an aim is made of."""
        return set(aim) <= set(self._place)

    def _matrix(self, lines: list[_Line]) -> LinearConstraint:
        rows = np.repeat(np.arange(len(lines)), [len(line.terms) for line in lines])
        columns = [self._place[variable] for line in lines for variable in line.terms]
        factors = [factor for line in lines for factor in line.terms.values()]
        matrix = csr_matrix((factors, (rows, columns)), shape=(len(lines), len(self._place)))
        return LinearConstraint(matrix, [line.low for line in lines], [line.high for line in lines])

    def reconcile(self, seconds: float) -> tuple[list[str], list[str]]:
        """Leave out the fewest printed numbers that make the rest possible.

        Returns
        -------
        tuple of lists
            The numbers that were left out, with why; and the marks that cannot all be those of small counts, which stay at least 1.
        """
        contradictions: list[str] = []
        secondary: list[str] = []
        for _ in range(ROUNDS):
            if self.solve({}, seconds).x is not None:
                return contradictions, secondary
            off = self._wrong(3 * seconds)
            if not off:
                break
            for number in sorted(off, reverse=True):
                line = self._lines[number]
                (secondary if line.small else contradictions).append(f"{line.why}: off by {off[number]:.2f}")
                if line.small:
                    line.high = math.inf
                else:
                    del self._lines[number]
        return [
            *contradictions,
            f"no solution within {seconds:.0f} s, whatever printed numbers are left out",
        ], secondary

    def _wrong(self, seconds: float) -> dict[int, float]:
        """Printed lines to leave out, each with how far it is off: those that cost least together."""
        printed = [number for number, line in enumerate(self._lines) if line.printed]
        constraint = self._matrix(self._lines)
        count, slack = len(self._place), len(printed)
        up = csr_matrix((np.ones(slack), (printed, np.arange(slack))), shape=(len(self._lines), slack))
        weight = [self._lines[number].weight for number in printed]
        solved = milp(
            np.concatenate([np.zeros(count), weight, weight]),
            constraints=LinearConstraint(hstack([constraint.A, up, -up]).tocsr(), constraint.lb, constraint.ub),
            integrality=np.concatenate([self._whole, np.zeros(2 * slack)]),
            bounds=Bounds(np.concatenate([self._floor, np.zeros(2 * slack)]), np.inf),
            options={"time_limit": seconds, "mip_rel_gap": 0.05},
        )
        if solved.x is None:
            return {}
        off = solved.x[count : count + slack] + solved.x[count + slack :]
        return {number: float(amount) for number, amount in zip(printed, off, strict=True) if amount > EPSILON}

    def solve(self, aim: Terms, seconds: float, sign: float = 1.0) -> OptimizeResult:
        """The smallest (or, with sign -1, the largest) value of an aim."""
        objective = np.zeros(len(self._place))
        for variable, factor in aim.items():
            objective[self._place[variable]] = sign * factor
        return milp(
            objective,
            constraints=self._matrix(self._lines),
            integrality=self._whole,
            bounds=Bounds(self._floor, np.inf),
            options={"time_limit": seconds},
        )

    def ends(self, aim: Terms, low: float, seconds: float) -> tuple[int, int, bool]:
        """The smallest and the largest value, and whether both are reached."""
        ends, proved = [low, 1e9], True
        for position, sign in enumerate((1.0, -1.0)):
            solved = self.solve(aim, seconds, sign)
            if solved.status == 0:
                ends[position] = sign * solved.fun
            else:
                proved = False
                bound = getattr(solved, "mip_dual_bound", None)
                if bound is not None and math.isfinite(bound):
                    ends[position] = max(bound, low) if sign > 0 else -bound
        least, most = math.ceil(ends[0] - 1e-4), math.floor(min(ends[1], 1e9) + 1e-4)
        return least, most, proved

    def can_be(self, aim: Terms, value: int, seconds: float) -> bool:
        """Whether an aim can have this value; where time runs out, it is taken to."""
        self._lines.append(_Line(aim, value, value, "tried", printed=False))
        solved = self.solve({}, seconds)
        self._lines.pop()
        return solved.status in (0, 1)

    def reasons(self, aim: Terms) -> list[str]:
        """The lines on which the bounds of the linear program rest."""
        constraint = self._matrix(self._lines)
        matrix, low, high = constraint.A.tocsr(), np.asarray(constraint.lb), np.asarray(constraint.ub)
        equal = np.flatnonzero(low == high)
        above, below = (
            np.flatnonzero((low != high) & np.isfinite(high)),
            np.flatnonzero((low != high) & np.isfinite(low)),
        )
        objective = np.zeros(len(self._place))
        for variable, factor in aim.items():
            objective[self._place[variable]] = factor
        used: dict[str, None] = {}
        bounds = [(low_end if math.isfinite(low_end) else None, None) for low_end in self._floor]
        for sign in (1.0, -1.0):
            solved = linprog(
                sign * objective,
                A_ub=vstack([matrix[above], -matrix[below]]),
                b_ub=np.concatenate([high[above], -low[below]]),
                A_eq=matrix[equal],
                b_eq=low[equal],
                bounds=bounds,
            )
            if solved.status != 0:
                continue
            for number in np.concatenate([above, below])[np.abs(solved.ineqlin.marginals) > EPSILON]:
                used[self._lines[number].why] = None
            for number in equal[np.abs(solved.eqlin.marginals) > EPSILON]:
                used[self._lines[number].why] = None
        return list(used)
