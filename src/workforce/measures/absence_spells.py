"""Spells of sickness absence: how often people fall ill, how long it lasts, and how many are absent again and again.

An absence counts once, on the first of its days that the person was in post, in the group of the main post on that day. The Bradford
factor is shown as a distribution of people by band, never for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

import numpy as np
import polars as pl

from workforce.book.constants import LONG_ABSENCE_DAYS
from workforce.frames import Whole, as_by, need
from workforce.measures.absence import complete_for, covered_whole, laid_out, left_out_of, unrecorded
from workforce.measures.absence_records import (
    EMPLOYEE,
    Absences,
    Calendar,
    Chain,
    Lost,
    Posts,
    Real,
    Spans,
    Staff,
    Sums,
    add_exposure,
    add_lost,
    add_to,
    batches,
    joined,
    meetings,
    records_of,
    summed,
)
from workforce.measures.availability import measure, not_available, rows_or_none
from workforce.measures.people_spread import Amounts, spread_between_people
from workforce.measures.presence import chains, employed, places, timeline, written_out
from workforce.periods import Period, as_periods
from workforce.records import Records
from workforce.results import MeasureTable, stacked
from workforce.stats.rates import measure_table

DEFINITIONS: Final = ("bradford", "frequency", "length")
LENGTHS: Final = {
    "short (up to 7 days)": 1,
    f"medium (8 to {LONG_ABSENCE_DAYS - 1} days)": 8,
    f"long ({LONG_ABSENCE_DAYS} days and over)": LONG_ABSENCE_DAYS,
}
WINDOW: Final = 364  # days: 52 weeks, the period's last day among them
# Bradford scores at which each band begins, after the triggers commonly cited (51, 201, 401).
SCORES: Final = {"0": 0, "1 to 50": 1, "51 to 200": 51, "201 to 400": 201, "401 and over": 401}
ALL: Final = "all"


@dataclass(slots=True)
class _Begun:
    """Absences that began in each period of a chain: how many for each person's time in post, and how long they lasted.

    The last axis of `of_band` and what follows is the band of length. spells: of all bands; squares, products: of the persons' counts.
    """

    chain: Chain
    covered: tuple[Whole, Whole]
    sums: Sums
    of_band: Real
    squares: Real
    products: Real
    people_of_band: Real
    largest_of_band: Real
    amounts_of_band: Amounts
    people: Real
    spells_squared: Real

    @classmethod
    def of(cls, periods: Sequence[Period], complete: tuple[Whole, Whole], groups: int) -> Self:
        starts, ends = _ordinals(periods)
        chain = Chain(starts, ends, 1 / (ends - starts + 1), np.zeros(len(periods)))
        shape, banded = (groups, len(periods)), (groups, len(periods), len(LENGTHS))
        return cls(
            chain,
            covered_whole(chain, complete),
            Sums.empty(groups, len(periods), 1),
            of_band=np.zeros(banded),
            squares=np.zeros(banded),
            products=np.zeros(banded),
            people_of_band=np.zeros(banded),
            largest_of_band=np.zeros(banded),
            amounts_of_band=Amounts(len(periods) * len(LENGTHS)),
            people=np.zeros(shape),
            spells_squared=np.zeros(shape),
        )

    def add(self, posts: Posts, whole: Absences, pairs: tuple[Whole, Whole]) -> None:
        """Count the absences of some people, each once, on the first of its days in post."""
        first, last = self.covered
        spans = Spans.of(posts, self.chain, first[posts.organisation], last[posts.organisation])
        exposure = add_exposure(posts, self.chain, spans, self.sums)
        absence, post = pairs
        opening = np.flatnonzero(np.diff(absence, prepend=-1))  # posts come in the order of their days
        absence, post = absence[opening], post[opening]
        day = np.maximum(whole.start[absence], posts.start[post])
        begins, until = self.chain.touched(day, day)
        row, period = written_out(np.maximum(begins, spans.first[post]), np.minimum(until, spans.last[post]))
        absence, post = absence[row], post[row]
        once = np.ones(len(row))
        add_lost(posts, Lost(post, period, np.zeros_like(post), once), self.chain, spans, exposure, self.sums)
        length = whole.end[absence] - whole.start[absence] + 1
        band = np.searchsorted(list(LENGTHS.values()), length, "right") - 1
        self._add_lengths((posts.employee[post], posts.group[post], period, band))

    def _add_lengths(self, rows: tuple[Whole, Whole, Whole, Whole]) -> None:
        """Add counts of bands, and of all, with the squares and products that their variance between people needs."""
        employee, group, period, band = rows
        groups, periods, bands = self.of_band.shape
        person, number = np.unique((employee * groups + group) * periods + period, return_inverse=True)
        of_person = (
            np.bincount(number * bands + band, minlength=len(person) * bands).reshape(-1, bands).astype(np.float64)
        )
        absences = of_person.sum(axis=1)
        cell = person % (groups * periods)
        place = (cell[:, None] * bands + np.arange(bands)).ravel()
        for side, values in (
            (self.of_band, of_person),
            (self.squares, of_person**2),
            (self.products, of_person * absences[:, None]),
            (self.people_of_band, (of_person > 0).astype(np.float64)),
        ):
            add_to(side, place, values.ravel())
        np.maximum.at(self.largest_of_band.reshape(-1), place, of_person.ravel())
        self.amounts_of_band.add(place % (periods * bands), of_person.ravel())
        add_to(self.people, cell, np.ones(len(cell)))
        add_to(self.spells_squared, cell, absences**2)

    @property
    def frequency(self) -> dict[str, Real]:
        """Absences for each person in post on average."""
        people, y, yy = (side[:, :, None] for side in (self.sums.people, self.sums.y, self.sums.yy))
        of_people = {"n": people, "x": self.sums.x, "y": y, "xx": self.sums.xx, "xy": self.sums.xy, "yy": yy}
        spread = spread_between_people(
            {**of_people, "absent": self.sums.absent, "largest": self.sums.largest},
            self.sums.area_largest,
            self.chain.days,
        )
        return {"numerator": self.sums.x, "denominator": y, "people": people, **spread}

    @property
    def length(self) -> dict[str, Real]:
        """Absences of each band among all."""
        x, absences = self.of_band, self.of_band.sum(axis=2, keepdims=True)
        ill, squared = self.people[:, :, None], self.spells_squared[:, :, None]
        of_people = {"n": ill, "x": x, "y": absences, "xx": self.squares, "xy": self.products, "yy": squared}
        # A person with an absence of a band has one at least, also where nobody in the area had one.
        largest = np.maximum(self.amounts_of_band.largest().reshape(x.shape[1:]), 1.0)
        # Behind a share are those who had any absence, of whatever length.
        people = np.broadcast_to(ill, x.shape)
        spread = spread_between_people(
            {**of_people, "absent": people, "largest": self.largest_of_band}, largest, self.chain.days
        )
        return {"numerator": x, "denominator": absences, "people": self.people_of_band, **spread}


@dataclass(slots=True)
class _Scored:
    """People in post on the last day of each period of a chain, by the band of their Bradford factor over the 52 weeks before."""

    windows: Chain
    last_days: Chain
    covered: tuple[Whole, Whole]
    banded: Real

    @classmethod
    def of(cls, periods: Sequence[Period], complete: tuple[Whole, Whole], groups: int) -> Self:
        _, ends = _ordinals(periods)
        nothing = np.zeros(len(periods))
        windows = Chain(ends - WINDOW + 1, ends, nothing, nothing)
        banded = np.zeros((groups, len(periods), len(SCORES)))
        return cls(windows, Chain(ends, ends, nothing, nothing), covered_whole(windows, complete), banded)

    def add(self, posts: Posts, whole: Absences, pairs: tuple[Whole, Whole]) -> None:
        """Score some people and count them by band."""
        ends, periods = self.windows.ends, len(self.windows.ends)
        first, last = self.covered[0][posts.organisation], self.covered[1][posts.organisation]
        people, scores = self._scores(posts, whole, pairs)
        row, period = written_out(
            np.maximum(places(ends, posts.start), first), np.minimum(places(ends, posts.end + 1) - 1, last)
        )
        person = posts.employee[row] * periods + period
        at = np.minimum(np.searchsorted(people, person), max(len(people) - 1, 0))
        score = np.where(people[at] == person, scores[at], 0) if len(people) else np.zeros_like(person)
        band = np.searchsorted(list(SCORES.values()), score, "right") - 1
        add_to(self.banded, (posts.group[row] * periods + period) * len(SCORES) + band, np.ones(len(row)))

    def _scores(self, posts: Posts, whole: Absences, pairs: tuple[Whole, Whole]) -> tuple[Whole, Whole]:
        """Each person and window with an absence in it (one number, rising), and the Bradford factor there."""
        absence, post = pairs
        start = np.maximum(posts.start[post], whole.start[absence])
        end = np.minimum(posts.end[post], whole.end[absence])
        row, window = written_out(*self.windows.touched(start, end))
        inside = (
            np.minimum(end[row], self.windows.ends[window]) - np.maximum(start[row], self.windows.starts[window]) + 1
        )
        # An absence under several posts is one: its days first, then those of the person's absences.
        windows = len(self.windows.ends)
        cell, days = summed(absence[row] * windows + window, inside.astype(np.float64))
        people = whole.employee[cell // windows] * windows + cell % windows
        person, total = summed(people, days)
        _, absences = summed(people, np.ones(len(people)))
        return person, bradford(absences, total)


@measure("assignments", "absences", needs=["absences.end_date"])
def spells(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """How often staff were absent through sickness in each period, for how long, and how many of them again and again.

    Three definitions in one table, told apart by `definition` and `band`. `frequency` (band "all"): absences that began in the period
    over average headcount in post. `length`: those absences by the calendar days of the whole absence, unclipped (short up to 7, long
    from 28), in percent of all that began. `bradford`: people in post on the period's last day by their Bradford factor, S x S x D over
    the 52 weeks (364 days) that end on it, in percent: S counts the absences that touch the window, D their calendar days inside the
    window and the person's employment, neither working days nor FTE. Its bands begin at 1, 51, 201 and 401. Every band has a row, empty
    ones too.

    Employed staff, each person once, in the group of the main post as `headcount` has it. Records that overlap or touch (no working day
    between) are one absence, as in `rate`; an open one has lasted until the last day that is asked for. An absence that is under way when
    the person comes into post counts on the first day there. The share of days by reason is `rate` with ``by=["reason"]``.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and `absences`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.

    Returns
    -------
    MeasureTable
        Numerator: absences, or people; denominator: people, or absences. Limits: gamma, between people for `frequency` and `length` (as in
        `rate`), Wilson for `bradford`. people: for `length`, those who had an absence of the band. An organisation without any row in
        `absences` does not record it: it leaves both sides, by name, as does one whose records do not cover the period, or for `bradford`
        the 52 weeks.

    References
    ----------
    This project's measure book, "absence spells".

    Examples
    --------
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2020, 1, 1)] * 2})
    >>> sick = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a"] * 2, "start_date": [date(2023, 3, 6), date(2023, 3, 20)],
    ...     "end_date": [date(2023, 3, 10), date(2023, 3, 24)]})
    >>> table = spells(Records(assignments=staff, absences=sick), month("2023-03")).filter(pl.col("numerator") > 0)
    >>> for row in table.frame.select("definition", "band", "numerator", "denominator").rows():   # Bradford: 2 x 2 x 10 days = 40
    ...     print(row)
    ('bradford', '0', 1.0, 2.0)
    ('bradford', '1 to 50', 1.0, 2.0)
    ('frequency', 'all', 2.0, 2.0)
    ('length', 'short (up to 7 days)', 2.0, 2.0)
    """
    spans, groups = as_periods(periods), as_by(by)
    if reason := records.lacks("assignments", columns=groups):
        return not_available("absence_spells", DEFINITIONS, by=groups, when=spans, reason=reason)
    assignments, absences = records.assignments, rows_or_none(records, "absences")
    need(absences, [*EMPLOYEE, "start_date"], what="absences")
    span = Period(spans[0].start, max(p.end for p in spans))
    posts_by_day = timeline(employed(assignments, columns=groups), columns=groups)
    # From the beginning of each post: an absence under way when the first period opens began before it.
    staff = Staff.of(
        posts_by_day.rename({"first": "start_date", "last": "end_date"}).with_columns(fte=pl.lit(1.0)),
        groups,
        Period(date.min, span.end),
    )
    records_of_staff, _ = records_of(absences, staff.employees, span, with_reasons=False, with_days=False)
    calendar = Calendar.over(*records_of_staff.reach(span))
    complete = complete_for(assignments, absences, staff.organisations)
    dealt = chains(spans)
    begun = [_Begun.of(chain, complete, len(staff.labels)) for chain in dealt]
    scored = [_Scored.of(chain, complete, len(staff.labels)) for chain in dealt]
    for rows in batches(staff.posts.employee):
        posts = staff.posts.take(rows)
        absences_of_batch = joined(records_of_staff.of(posts.employee), calendar, with_reasons=False)
        pairs = meetings(posts, absences_of_batch)
        for counts, scores in zip(begun, scored, strict=True):
            counts.add(posts, absences_of_batch, pairs)
            scores.add(posts, absences_of_batch, pairs)
    frames: dict[str, list[pl.DataFrame]] = {name: [] for name in DEFINITIONS}
    for chain, counts, scores in zip(dealt, begun, scored, strict=True):
        out = left_out_of(staff, (counts.chain, *counts.covered))
        frames["frequency"].append(laid_out(chain, staff, out, counts.sums.people, {"band": [ALL]}, counts.frequency))
        frames["length"].append(laid_out(chain, staff, out, counts.sums.people, {"band": list(LENGTHS)}, counts.length))
        out = left_out_of(staff, (scores.last_days, *scores.covered))
        people = scores.banded.sum(axis=2)
        figures = {"numerator": scores.banded, "denominator": people[:, :, None], "people": people[:, :, None]}
        frames["bradford"].append(laid_out(chain, staff, out, people, {"band": list(SCORES)}, figures))
    reason = records.lacks("absences")
    sides = {name: pl.concat(laid) for name, laid in frames.items()}
    table = stacked(
        measure_table(unrecorded(rows) if reason else rows, "absence_spells", name, by=groups)
        for name, rows in sides.items()
    )
    rising = pl.col("band").cast(pl.Enum([ALL, *SCORES, *LENGTHS]))  # bands from low to high, not by the alphabet
    ordered = table._with(
        table.frame.sort("definition", *groups, rising, "period_start", "period_end", nulls_last=True)
    )
    return ordered._with_reasons(reason) if reason else ordered


def _ordinals(periods: Sequence[Period]) -> tuple[Whole, Whole]:
    starts = np.array([p.start.toordinal() for p in periods], dtype=np.int64)
    return starts, np.array([p.end.toordinal() for p in periods], dtype=np.int64)


def bradford(spells: Real, days: Real) -> Whole:
    """The Bradford factor, S x S x D.

    >>> bradford(np.array([3.0]), np.array([10.0])).tolist()
    [90]
    """
    score: Whole = np.rint(spells**2 * days).astype(np.int64)
    return score
