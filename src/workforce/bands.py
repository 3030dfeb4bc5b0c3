"""Bands: age, tenure and pay quarter as text columns that any measure can group by; what cannot be banded is `unknown`."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import polars as pl

from workforce.errors import UsageError
from workforce.frames import Array, Flags, Whole

AGES: Final = (25, 35, 45, 55)
TENURES: Final = (1, 2, 5, 10)
QUARTERS: Final = ("Q1 (lowest paid)", "Q2", "Q3", "Q4 (highest paid)")
UNKNOWN: Final = "unknown"
PAY_QUARTER: Final = "pay_quarter"
NO_QUARTERS: Final = "no quarters"  # of a staff group in which one rate of pay has more than a third of the people
LARGEST_TIE: Final = 3  # one in so many, of a staff group, may be on one rate of pay where it has quarters
FEWEST_NAMED: Final = 10  # people in a staff group whose pay a sentence says something about
_SMALL_GROUPS: Final = "staff groups of few people"
_TAKES_EXTRA: Final = ((), (0,), (0, 2), (0, 1, 2))  # of a remainder of 0, 1, 2, 3 people: which quarters take one more
_NOTHING: Final = 1e-9  # what is left of a share that is used up, whatever the last bits of a division make of it
_UNIT: Final = [
    "organisation",
    "person_id",
    "staff_group",
    "annual_pay",
]  # who is in a quarter: a person at a rate of pay


def banded(
    assignments: pl.DataFrame | pl.LazyFrame,
    on: date,
    *,
    age: Sequence[int] | None = AGES,
    tenure: Sequence[int] | None = TENURES,
    pay: Literal["quarter"] | None = "quarter",
) -> pl.DataFrame:
    """The assignments with age_band, tenure_band and pay_quarter as on a date; None leaves a band out.

    Ages and tenures are completed years on the date. Pay quarters are taken within the staff group, by full-time-equivalent annual pay of
    its employed staff in post on the date, one post a person (the largest FTE, then the earliest). They are as large as the statutory
    quarters of a pay gap. People on one rate that lies across a boundary are shared in proportion, evenly over their lengths
    of service, so that nobody is in a quarter because of how long they have been there. Everyone else of the group is placed by the same
    rates, so that someone who left before is placed among those who stayed: at a rate that is shared in the same proportion, between two
    rates with the nearer. A group in which more than a third are on one rate has no quarters (`NO_QUARTERS`): a
    boundary would divide people who are paid alike. Definition: this project's measure book.

    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4, "staff_group": ["SEND"] * 4,
    ...     "start_date": [date(2020, 1, 1)] * 4, "annual_pay": [20e3, 30e3, 40e3, 50e3]})
    >>> banded(staff, date(2023, 3, 31), age=None, tenure=None)["pay_quarter"].to_list()
    ['Q1 (lowest paid)', 'Q2', 'Q3', 'Q4 (highest paid)']
    """
    frame = _with_columns(assignments, birth_date=pl.Date, annual_pay=pl.Float64, staff_group=pl.String)
    if age is not None:
        frame = frame.with_columns(age_band=_band(completed_years("birth_date", on), age, "under {}", "{} and over"))
    if tenure is not None:
        begun = pl.coalesce("service_start", "start_date") if "service_start" in frame.columns else pl.col("start_date")
        bands = _band(completed_years(begun, on), tenure, "under {} years", "{} years and over")
        frame = frame.with_columns(tenure_band=bands)
    if pay is not None:
        frame = _with_pay_quarter(frame, on)
    return frame


def service_at_leaving(assignments: pl.DataFrame | pl.LazyFrame, *, tenure: Sequence[int] = TENURES) -> pl.DataFrame:
    """The assignments with tenure_band as on the last day of each spell: for comparisons of leavers, and only for those.

    A band taken on one date would give those who left before it years that they never served. A spell that goes on has the band of the
    last day that its records cover (`observed_to`, else the latest date in the frame). Definition: this project's measure book,
    completed years from `service_start` (else the spell's first day) to the last day.

    >>> staff = pl.DataFrame({"start_date": [date(2018, 1, 1)] * 2, "end_date": [date(2018, 12, 31), date(2021, 1, 1)]})
    >>> service_at_leaving(staff)["tenure_band"].to_list()
    ['under 1 year', '2 to 4 years']
    """
    frame = _with_columns(assignments, end_date=pl.Date)
    begun = pl.coalesce("service_start", "start_date") if "service_start" in frame.columns else pl.col("start_date")
    latest = pl.max_horizontal(pl.col("start_date").max(), pl.col("end_date").max())
    seen_to = pl.coalesce("observed_to", latest) if "observed_to" in frame.columns else latest
    years = completed_years(begun, pl.coalesce(pl.col("end_date"), seen_to))
    return frame.with_columns(tenure_band=_band(years, tenure, "under {} years", "{} years and over"))


def _with_columns(assignments: pl.DataFrame | pl.LazyFrame, **columns: type[pl.DataType]) -> pl.DataFrame:
    """The frame in memory, with null where a column that bands need is not recorded."""
    frame = assignments.collect() if isinstance(assignments, pl.LazyFrame) else assignments
    return frame.with_columns(pl.lit(None, dtype).alias(c) for c, dtype in columns.items() if c not in frame.columns)


def completed_years(column: str | pl.Expr, on: date | pl.Expr) -> pl.Expr:
    """Completed years from a date column to a date: the anniversary decides, not a count of days.

    >>> people = pl.DataFrame({"born": [date(2000, 3, 31), date(2000, 4, 1)]})
    >>> people.select(completed_years("born", date(2023, 3, 31))).to_series().to_list()
    [23, 22]
    """
    start = pl.col(column) if isinstance(column, str) else column
    until = pl.lit(on) if isinstance(on, date) else on
    still_to_come = _in_the_year(start) > _in_the_year(until)
    return (until.dt.year() - start.dt.year() - still_to_come.cast(pl.Int32)).cast(pl.Int32)


def _in_the_year(day: pl.Expr) -> pl.Expr:
    """A date's place in its year."""
    return day.dt.month().cast(pl.Int32) * 100 + day.dt.day().cast(pl.Int32)


def _band(years: pl.Expr, cuts: Sequence[int], lowest: str, highest: str) -> pl.Expr:
    ordered = list(cuts)
    if not ordered or ordered != sorted(set(ordered)):
        raise UsageError(
            "cut points must rise", where="with_bands", hint="give whole years in order, such as (25, 35, 45)"
        )
    names = [_one_year(lowest.format(ordered[0]))]
    suffix = " years" if "years" in lowest else ""
    for low, high in pairwise(ordered):
        names.append(_one_year(f"{low} to {high - 1}{suffix}" if high - low > 1 else f"{low}{suffix}"))
    names.append(highest.format(ordered[-1]))
    text: pl.Expr = pl.lit(names[-1])
    for cut, name in zip(reversed(ordered), reversed(names[:-1]), strict=True):
        text = pl.when(years < cut).then(pl.lit(name)).otherwise(text)
    return pl.when(years.is_null()).then(pl.lit(UNKNOWN)).otherwise(text)


def _one_year(words: str) -> str:
    """The singular where the words are of one year."""
    return words.removesuffix("s") if words in ("under 1 years", "1 years") else words


def without_quarters(assignments: pl.DataFrame | pl.LazyFrame) -> tuple[str | None, bool]:
    """Why staff groups have no pay quarters, as a sentence without its full stop or None, and whether no group has any.

    assignments: as `banded` returns them, or without pay quarters. Groups of few people are not named.

    >>> staff = pl.DataFrame({"person_id": ["a", "b"], "staff_group": ["SEND"] * 2, "pay_quarter": [NO_QUARTERS, "Q1 (lowest paid)"]})
    >>> without_quarters(staff)
    ('staff groups of few people have no pay quarters, as more than a third are on one rate of pay; grades can be compared', False)
    """
    if PAY_QUARTER not in assignments.lazy().collect_schema().names():
        return None, False
    groups = (
        assignments.lazy()
        .group_by("staff_group")
        .agg(
            none=(pl.col(PAY_QUARTER) == NO_QUARTERS).any(),
            some=pl.col(PAY_QUARTER).is_in(QUARTERS).any(),
            people=pl.col("person_id").n_unique(),
        )
        .sort("staff_group")
        .collect()
    )
    without = groups.filter("none")
    if without.is_empty():
        return None, False
    names = [*without.filter(pl.col("people") >= FEWEST_NAMED)["staff_group"]]
    names += [] if len(names) == without.height else [_SMALL_GROUPS]
    *head, last = names
    subject = f"{', '.join(head)} and {last}" if head else last
    sentence = f"{subject} have no pay quarters, as more than a third are on one rate of pay; grades can be compared"
    return sentence, not groups["some"].any()


def sizes_of_quarters(total: int) -> list[int]:
    """How many of so many people are in each quarter of pay: of a remainder the lower quarters take the extra.

    >>> sizes_of_quarters(8), sizes_of_quarters(10), sizes_of_quarters(11)
    ([2, 2, 2, 2], [3, 2, 3, 2], [3, 3, 3, 2])
    """
    return [total // 4 + (quarter in _TAKES_EXTRA[total % 4]) for quarter in range(4)]


def shares_of_quarters(people: Array) -> Array:
    """How many of the people on each (rising) rate of pay are in each quarter: a row for each rate, a column for each quarter.

    >>> shares_of_quarters(np.array([3.0, 2.0])).tolist()  # two in the lowest quarter, one in each of the others
    [[2.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]
    """
    ends = np.cumsum(sizes_of_quarters(int(people.sum())))
    begins = np.concatenate([[0], ends[:-1]])
    last = np.cumsum(people)[:, None]
    shares: Array = np.clip(np.minimum(last, ends) - np.maximum(last - people[:, None], begins), 0.0, None)
    return shares


def _with_pay_quarter(frame: pl.DataFrame, on: date) -> pl.DataFrame:
    in_post = pl.col("start_date") <= on
    if "end_date" in frame.columns:
        in_post &= pl.col("end_date").fill_null(on) >= on
    if "employment" in frame.columns:
        in_post &= pl.col("employment").fill_null("employed") == "employed"
    usable = frame.filter(pl.col("annual_pay").is_finite())
    # Of a person's posts on the date the main one.
    main_posts = (
        usable.filter(in_post)
        .sort(
            "fte",
            "start_date",
            "role" if "role" in frame.columns else "annual_pay",
            "annual_pay",
            "staff_group",
            descending=[True, False, False, False, False],
        )
        .unique(subset=["organisation", "person_id"], keep="first", maintain_order=True)
        .select(*_UNIT, counted=pl.lit(value=True))
    )
    begun = pl.coalesce("service_start", "start_date") if "service_start" in frame.columns else pl.col("start_date")
    units = (
        usable.filter(pl.col("staff_group").is_not_null())
        .group_by(_UNIT)
        .agg(begun=begun.min(), start_date=pl.col("start_date").min())
        .join(main_posts, on=_UNIT, how="left")
        .with_columns(pl.col("counted").fill_null(value=False))
        .sort("staff_group", "annual_pay", "begun", "start_date", "organisation", "person_id")
    )
    names = pl.Series([*QUARTERS, NO_QUARTERS, UNKNOWN])
    placed = [
        units_of_group.select(_UNIT).with_columns(
            names.gather(
                _quarters_of(units_of_group["annual_pay"].to_numpy(), units_of_group["counted"].to_numpy())
            ).alias(PAY_QUARTER)
        )
        for units_of_group in units.partition_by("staff_group", maintain_order=True)
    ]
    if not placed:
        return frame.with_columns(pl.lit(UNKNOWN).alias(PAY_QUARTER))
    return (
        frame.drop(PAY_QUARTER, strict=False)
        .join(pl.concat(placed), on=_UNIT, how="left", maintain_order="left")
        .with_columns(pl.col(PAY_QUARTER).fill_null(UNKNOWN))
    )


def _quarters_of(pay: Array, counted: Flags) -> Whole:
    """The quarter (0 to 3) of each of a staff group's people at a rate of pay, ordered by rate and length of service; 4 none, 5 unknown."""
    rates, people = np.unique(pay[counted], return_counts=True)
    if not len(rates):
        return np.full(len(pay), len(QUARTERS) + 1)
    if people.max() > 1 and people.max() * LARGEST_TIE > people.sum():
        return np.full(len(pay), len(QUARTERS))
    shares = shares_of_quarters(people.astype(np.float64))
    lowest, highest = (shares > 0).argmax(axis=1), 3 - (shares[:, ::-1] > 0).argmax(axis=1)
    after = np.clip(np.searchsorted(rates, pay), 0, len(rates) - 1)
    before = np.clip(np.searchsorted(rates, pay, "right") - 1, 0, None)
    nearer_below = pay - rates[before] <= rates[after] - pay
    quarter: Whole = np.where(nearer_below | (pay > rates[-1]), highest[before], lowest[after])
    quarter = np.where(pay < rates[0], lowest[0], quarter)
    for place in np.flatnonzero(lowest < highest):
        tied = pay == rates[place]
        for of_tie in (tied & counted, tied & ~counted):
            quarter[of_tie] = _dealt(shares[place], int(of_tie.sum()))
    return quarter


def _dealt(shares: Array, people: int) -> Whole:
    """Quarters for so many people in a row, in proportion to the shares and spread evenly over the row.

    >>> _dealt(np.array([2.0, 4.0, 0.0, 0.0]), 6).tolist()
    [1, 0, 1, 1, 0, 1]
    """
    proportions = shares / shares.sum()
    dealt = np.zeros(len(shares))
    out = np.zeros(people, dtype=np.int64)
    for place in range(people):
        # Nobody goes where the share is used up: with people of whole shares every quarter gets its own number.
        short = np.where(dealt < proportions * people - _NOTHING, proportions * (place + 1) - dealt, -np.inf)
        out[place] = short.argmax()
        dealt[out[place]] += 1
    return out
