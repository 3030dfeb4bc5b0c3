"""Time use: what share of the working time that was recorded went to each activity, and to core casework.

Promises: a stretch of days that lies across a period's edge is shared out by its working days, so that no hour is lost and none counts
twice; who was asked stands beside what they recorded. An organisation that records no time leaves both sides and is named: nothing is
made up for it. Refuses: core activities that nobody ever recorded, frames without the columns it needs or named in `by`.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.casework.clocks import unable_in
from workforce.measures.casework.holders import WORKER
from workforce.measures.frame import NOT_AVAILABLE, as_by, eager, measure_table, need
from workforce.measures.intervals import ratio_standard_error
from workforce.measures.presence import observed, spells_of, timeline
from workforce.periods import Period, as_periods, working_days

Frame = pl.DataFrame | pl.LazyFrame
ALL: Final = "all"  # in the column `activity`, where a figure is not about one
EVERYONE: Final = ("employed", "agency", "bank")  # whoever works on cases records time
_OWN: Final = ("role", "team", "locality")  # what the records of hours may say themselves


def time_use(
    hours: Frame,
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    core: Sequence[str] = (),
    roles: Sequence[str] | None = None,
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """Where working time went, in per cent of the hours recorded, after how many people recorded any.

    Definitions, all of this project's measure book, told apart by `definition`: `coverage`, staff in post at any time in the period who
    recorded time / staff in post at any time (limits: Wilson); `share`, hours on each activity / all hours recorded (column `activity`;
    every group has a row for every activity that anybody recorded); `core`, hours on the activities named in `core` / all hours recorded,
    not available (marker `x`) where none is named. The last two have limits between people (one person in two organisations is two, so
    that organisations' tables add up).

    Hours of a stretch that a period holds in part are shared out by working days (Monday to Friday less England's bank holidays); those of
    a stretch without a working day by days. roles: the roles looked at; without them everybody's. An organisation in which nobody ever had
    one of them is not part of the measure; one that recorded nothing in the period leaves both sides, by name.
    by: columns of the assignments, read from the post last held in the stretch, unless the hours themselves say role, team or locality.
    people: those who recorded time in the group; of `coverage` the staff.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 3, "person_id": list("abc"), "fte": [1.0] * 3, "start_date": date(2020, 1, 1)})
    >>> told = pl.DataFrame({"organisation": ["council"] * 3, "person_id": ["a", "a", "b"], "activity": ["cases", "travel", "cases"],
    ...     "period_start": date(2023, 3, 1), "period_end": date(2023, 3, 31), "hours": [60.0, 40.0, 100.0]})
    >>> time_use(told, staff, month("2023-03"), core=["cases"]).select("definition", "activity", "numerator", "value").rows()
    [('core', 'all', 160.0, 80.0), ('coverage', 'all', 2.0, 66.66...), ('share', 'cases', 160.0, 80.0), ('share', 'travel', 40.0, 20.0)]
    """
    need(hours, [*WORKER, "activity", "period_start", "period_end", "hours"], what="hours")
    several, groups = as_periods(periods), as_by(by, assignments)
    _refuse_unknown(core, hours)
    kept = [c for c in dict.fromkeys([*groups, *(["role"] if roles is not None else [])]) if c != "organisation"]
    staff = timeline(spells_of(assignments, EVERYONE, columns=kept), columns=kept)
    recorded = _with_posts(eager(hours), staff, kept)
    if roles is not None:
        staff, recorded = (f.filter(pl.col("role").is_in(list(roles))) for f in (staff, recorded))
    activities = recorded["activity"].unique().sort().to_list() or [None]
    parts: dict[str, list[pl.DataFrame]] = {"core": [], "coverage": [], "share": []}
    for period in several:
        one = _InPeriod(recorded, staff, period, groups)
        out = unable_in(observed(assignments), period).to_list()
        parts["coverage"].append(one.coverage(out))
        parts["core"].append(one.hours_on(list(core)) if core else one.nothing())
        parts["share"] += [one.hours_on([activity], activity) for activity in activities]
    return pl.concat([measure_table(pl.concat(rows), "time_use", name, by=groups) for name, rows in parts.items()])


def _refuse_unknown(core: Sequence[str], hours: Frame) -> None:
    known = hours.lazy().select(pl.col("activity").unique().sort()).collect()["activity"].to_list()
    for activity in core if known else ():
        if activity not in known:
            raise UsageError(
                'nobody recorded time on "{activity}"',
                where="core=",
                hint=did_you_mean(activity, known),
                activity=activity,
            )


def _with_posts(hours: pl.DataFrame, staff: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Hours with the columns of the post last held in each stretch, unless the hours say them: from, to, hours, activity, columns."""
    said = [c for c in columns if c in hours.columns and c in _OWN]
    own = hours.select(
        *WORKER,
        "activity",
        "hours",
        *[pl.col(c).alias(f"{c} as recorded") for c in said],
        pl.col("period_start").alias("from"),
        pl.col("period_end").alias("to"),
    )
    posts = staff.select(*WORKER, "first", *columns).sort("first")
    found = own.sort("to").join_asof(
        posts, left_on="to", right_on="first", by=list(WORKER), strategy="backward", check_sortedness=False
    )
    return found.with_columns(pl.coalesce(f"{c} as recorded", c).alias(c) for c in said).sort(
        *WORKER, "from", "to", "activity", "hours"
    )


class _InPeriod:
    """The hours that fall into one period, who was in post in it, and which organisations recorded nothing."""

    def __init__(self, recorded: pl.DataFrame, staff: pl.DataFrame, period: Period, by: Sequence[str]) -> None:
        # Groups travel under names that no column of the records has.
        self._by, self._groups = list(by), ["all", *[f"group {place}" for place in range(len(by))]]
        self._period = period
        self._hours = self._grouped(_inside(recorded, period))
        there = (pl.col("first") <= period.end) & (pl.col("last") >= period.start)
        self._staff = self._grouped(staff.filter(there)).select(*WORKER, *self._groups).unique()
        recording = self._hours["organisation"].unique()
        # Whoever ever had staff looked at here, or recorded hours of them, could have recorded some now.
        every = {*staff["organisation"].unique(), *recorded["organisation"].unique()}
        self._silent = sorted(every.difference(recording))
        total = self._hours.group_by(*WORKER, *self._groups).agg(pl.col("hours").sum())
        self._each = total.sort(*WORKER, *self._groups, nulls_last=True)

    def _grouped(self, frame: pl.DataFrame) -> pl.DataFrame:
        named = [pl.col(c).cast(pl.String).alias(g) for c, g in zip(self._by, self._groups[1:], strict=True)]
        return frame.with_columns(pl.lit(0).alias("all"), *named)

    def hours_on(self, activities: Sequence[str | None], shown: str | None = ALL) -> pl.DataFrame:
        """Both sides for each group that recorded any time, and a row without figures for each that could not."""
        key = [*WORKER, *self._groups]
        spent = (
            self._hours.filter(pl.col("activity").is_in(list(activities))).group_by(key).agg(x=pl.col("hours").sum())
        )
        people = self._each.join(spent, on=key, how="left", nulls_equal=True).with_columns(pl.col("x").fill_null(0.0))
        x, y = pl.col("x"), pl.col("hours")
        sums = people.group_by(self._groups).agg(
            numerator=x.sum(),
            denominator=y.sum(),
            people=pl.len().cast(pl.Int64),
            xx=(x * x).sum(),
            xy=(x * y).sum(),
            yy=(y * y).sum(),
        )
        spread = [sums[c] for c in ("people", "xx", "xy", "yy", "numerator", "denominator")]
        found = sums.with_columns(standard_error=pl.Series(ratio_standard_error(*spread), dtype=pl.Float64))
        return self._shown(found.drop("xx", "xy", "yy"), self._silent, shown)

    def nothing(self) -> pl.DataFrame:
        """No figure for any group: the activities that would be counted are not named."""
        rows = self.hours_on([])
        figures = ("numerator", "denominator", "people", "standard_error")
        return rows.with_columns(
            *[pl.lit(None, rows.schema[c]).alias(c) for c in figures], marker=pl.lit(NOT_AVAILABLE)
        )

    def coverage(self, not_covered: Sequence[str]) -> pl.DataFrame:
        """Staff of each group, and how many of them recorded time, whichever group they recorded it in."""
        out = sorted({*self._silent, *(o for o in not_covered if o in self._staff["organisation"])})
        told = self._each.select(WORKER).unique().with_columns(told=pl.lit(value=True))
        staff = self._staff.filter(~pl.col("organisation").is_in(out)).join(told, on=list(WORKER), how="left")
        sums = staff.group_by(self._groups).agg(
            numerator=pl.col("told").sum().cast(pl.Float64),
            denominator=pl.len().cast(pl.Float64),
            people=pl.len().cast(pl.Int64),
        )
        return self._shown(sums.with_columns(standard_error=pl.lit(None, pl.Float64)), out, ALL)

    def _shown(self, sums: pl.DataFrame, out: Sequence[str], activity: str | None) -> pl.DataFrame:
        absent = self._staff.filter(pl.col("organisation").is_in(list(out)))
        names = absent.group_by(self._groups).agg(left_out=pl.col("organisation").unique().sort())
        if not self._by:  # the whole has a row whether or not anybody recorded anything
            names = pl.DataFrame(
                {"all": [0], "left_out": [list(out)]}, schema={"all": pl.Int32, "left_out": pl.List(pl.String)}
            )
        rows = sums.join(names, on=self._groups, how="full", coalesce=True, nulls_equal=True)
        empty = pl.lit([], pl.List(pl.String))
        return rows.with_columns(
            activity=pl.lit(activity, pl.String),
            period_start=pl.lit(self._period.start),
            period_end=pl.lit(self._period.end),
            marker=pl.when(pl.col("denominator").is_null()).then(pl.lit(NOT_AVAILABLE)),
            left_out=empty if "organisation" in self._by else pl.col("left_out").fill_null(empty),
        ).select(
            *[pl.col(g).alias(c) for c, g in zip(self._by, self._groups[1:], strict=True)],
            "activity",
            *[
                "period_start",
                "period_end",
                "numerator",
                "denominator",
                "people",
                "standard_error",
                "marker",
                "left_out",
            ],
        )


def _inside(recorded: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The hours of each stretch that fall into the period: by its working days, or by its days where it has no working day."""
    first = pl.max_horizontal("from", pl.lit(period.start))
    last = pl.min_horizontal("to", pl.lit(period.end))
    worked, of_them = working_days("from", "to"), working_days(first, last)
    days = (pl.col("to") - pl.col("from")).dt.total_days() + 1
    share = pl.when(worked > 0).then(of_them / worked).otherwise(((last - first).dt.total_days() + 1) / days)
    touching = recorded.filter((pl.col("from") <= period.end) & (pl.col("to") >= period.start))
    return touching.with_columns(pl.col("hours") * share).filter(pl.col("hours") > 0)
