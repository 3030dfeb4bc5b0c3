"""Time use: what share of the working time that was recorded went to each activity, and to core casework.

A stretch of days across a period's edge is shared out by its working days, so that no hour is lost and none counts twice. An organisation
that records no time leaves both sides and is named.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.frames import as_by, eager, need
from workforce.measures.availability import measure, not_available
from workforce.measures.clocks import unable_in
from workforce.measures.holders import WORKER
from workforce.measures.presence import observed, spells_of, timeline
from workforce.periods import Period, as_periods, working_days
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, MeasureTable, stacked
from workforce.stats.intervals import ratio_standard_error
from workforce.stats.rates import measure_table

ALL: Final = "all"  # in the column `activity`, where a figure is not about one
EVERYONE: Final = ("employed", "agency", "bank")  # whoever works on cases records time
_OF_HOURS: Final = ("role", "team", "locality")  # what the records of hours may say themselves


class _InPeriod:
    """The hours that fall into one period, who was in post in it, and which organisations recorded nothing."""

    def __init__(self, recorded: pl.DataFrame, staff: pl.DataFrame, period: Period, by: Sequence[str]) -> None:
        # Groups travel under names that no column of the records has.
        self._by, self._groups = list(by), ["all", *[f"group {place}" for place in range(len(by))]]
        self._period = period
        self._hours = self._grouped(_inside(recorded, period))
        present = (pl.col("first") <= period.end) & (pl.col("last") >= period.start)
        self._staff = self._grouped(staff.filter(present)).select(*WORKER, *self._groups).unique()
        recording = self._hours["organisation"].unique()
        # Whoever ever had staff looked at here, or recorded hours of them, could have recorded some now.
        organisations = {*staff["organisation"].unique(), *recorded["organisation"].unique()}
        self._silent = sorted(organisations.difference(recording))
        total = self._hours.group_by(*WORKER, *self._groups).agg(pl.col("hours").sum())
        self._each = total.sort(*WORKER, *self._groups, nulls_last=True)

    def _grouped(self, frame: pl.DataFrame) -> pl.DataFrame:
        group_columns = [pl.col(c).cast(pl.String).alias(g) for c, g in zip(self._by, self._groups[1:], strict=True)]
        return frame.with_columns(pl.lit(0).alias("all"), *group_columns)

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
        with_error = sums.with_columns(standard_error=pl.Series(ratio_standard_error(*spread), dtype=pl.Float64))
        return self._shown(with_error.drop("xx", "xy", "yy"), self._silent, shown)

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
        recording = self._each.select(WORKER).unique().with_columns(recording=pl.lit(value=True))
        staff = self._staff.filter(~pl.col("organisation").is_in(out)).join(recording, on=list(WORKER), how="left")
        sums = staff.group_by(self._groups).agg(
            numerator=pl.col("recording").sum().cast(pl.Float64),
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


@measure("hours", "assignments")
def time_use(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    core: Sequence[str] = (),
    roles: Sequence[str] | None = None,
    by: Sequence[str] = (),
) -> MeasureTable:
    """Where working time went, in per cent of the hours recorded, and how many people recorded any.

    Hours of a stretch that is partly in a period are shared out by working days (Monday to Friday less England's bank holidays); those of
    a stretch without a working day by days.

    Parameters
    ----------
    records : Records
        The area's records; uses `hours` and `assignments`.
    periods : Period or sequence of Period
        For example ``wf.month("2023-03")``.
    core : sequence of str
        The activities of core casework.
    roles : sequence of str, optional
        The roles looked at; without them everybody's. An organisation in which nobody ever had one of them is not part of the measure.
    by : sequence of str
        Columns to group by: any column of `assignments`, read from the post last held in the stretch, unless the hours themselves have
        role, team or locality.

    Returns
    -------
    MeasureTable
        Three definitions, value in %. `coverage`: staff in post at any time in the period who recorded time / staff in post at any time;
        limits: Wilson, 95%. `share`: hours on each activity / all hours recorded (column `activity`; every group has a row for every
        activity that anybody recorded). `core`: hours on core activities / all hours recorded, marker ``x`` where none is named. The last
        two have limits between people; one person in two organisations is two, so that organisations' tables add up. people: those who
        recorded time in the group; of `coverage` the staff. An organisation that recorded nothing in the period leaves both sides and is
        named in `left_out`.

    Raises
    ------
    UsageError
        Where a core activity is nearly one that was recorded: a misspelling.

    References
    ----------
    This project's measure book, "time_use".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 3, "person_id": list("abc"), "fte": [1.0] * 3, "start_date": date(2020, 1, 1)})
    >>> diary = pl.DataFrame({"organisation": ["council"] * 3, "person_id": ["a", "a", "b"], "activity": ["cases", "travel", "cases"],
    ...     "period_start": date(2023, 3, 1), "period_end": date(2023, 3, 31), "hours": [60.0, 40.0, 100.0]})
    >>> use = time_use(Records(hours=diary, assignments=staff), month("2023-03"), core=["cases"])
    >>> use.frame.select("definition", "activity", "numerator", "value").rows()
    [('core', 'all', 160.0, 80.0), ('coverage', 'all', 2.0, 66.66...), ('share', 'cases', 160.0, 80.0), ('share', 'travel', 40.0, 20.0)]
    """
    groups, spans = as_by(by), as_periods(periods)
    if reason := records.lacks("assignments", columns=groups):
        return not_available("time_use", ["core", "coverage", "share"], by=groups, when=spans, reason=reason)
    assignments, hours = records.assignments, eager(records.hours)
    need(hours, [*WORKER, "activity", "period_start", "period_end", "hours"], what="hours")
    _check_spelling(core, hours["activity"].unique().sort().to_list())
    columns = [c for c in dict.fromkeys([*groups, *(["role"] if roles is not None else [])]) if c != "organisation"]
    staff = timeline(spells_of(assignments, EVERYONE, columns=columns), columns=columns)
    recorded = _with_posts(hours, staff, columns)
    if roles is not None:
        staff, recorded = (f.filter(pl.col("role").is_in(list(roles))) for f in (staff, recorded))
    activities = recorded["activity"].unique().sort().to_list() or [None]
    # Without any hours the rows have no figure, whatever is core.
    core_recorded = list(core) if hours.is_empty() else [c for c in core if c in hours["activity"]]
    frames: dict[str, list[pl.DataFrame]] = {"core": [], "coverage": [], "share": []}
    for period in spans:
        within = _InPeriod(recorded, staff, period, groups)
        out = unable_in(observed(assignments), period).to_list()
        frames["coverage"].append(within.coverage(out))
        frames["core"].append(within.hours_on(core_recorded) if core_recorded else within.nothing())
        frames["share"] += [within.hours_on([activity], activity) for activity in activities]
    table = stacked(measure_table(pl.concat(rows), "time_use", name, by=groups) for name, rows in frames.items())
    if reason := records.lacks("hours"):
        return table._with_reasons(reason)
    if core_recorded:
        return table
    return table._with_reasons("no time is recorded on core activities" if core else "core activities are not set")


def _check_spelling(core: Sequence[str], activities: Sequence[str]) -> None:
    for activity in core:
        if activity not in activities and get_close_matches(activity, activities, n=1):
            raise UsageError(
                'nobody recorded time on "{activity}"',
                where="core=",
                hint=did_you_mean(activity, activities),
                activity=activity,
            )


def _with_posts(hours: pl.DataFrame, staff: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Hours with the columns of the post last held in each stretch, unless the hours say them: from, to, hours, activity, columns."""
    recorded = [c for c in columns if c in hours.columns and c in _OF_HOURS]
    stretches = hours.select(
        *WORKER,
        "activity",
        "hours",
        *[pl.col(c).alias(f"{c} as recorded") for c in recorded],
        pl.col("period_start").alias("from"),
        pl.col("period_end").alias("to"),
    )
    posts = staff.select(*WORKER, "first", *columns).sort("first")
    with_posts = stretches.sort("to").join_asof(
        posts, left_on="to", right_on="first", by=list(WORKER), strategy="backward", check_sortedness=False
    )
    return with_posts.with_columns(pl.coalesce(f"{c} as recorded", c).alias(c) for c in recorded).sort(
        *WORKER, "from", "to", "activity", "hours"
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
