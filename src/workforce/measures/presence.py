"""Who is in post, when, and under which post: the ground that every staffing measure stands on.

Promises: for each person one timeline of stretches of days that never overlap, so that no day is lost or counted twice and joiners less
leavers is always the change in headcount. A person with several posts counts once, under the post with the largest FTE, then the
earliest. Two spells with a gap of less than a full week between them are one stay (a full week breaks continuous employment: Employment
Rights Act 1996, s. 212), and the gap's days count as present. Refuses: an unknown scope.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.frame import need
from workforce.periods import Period

FULL_WEEK: Final = 7  # start <= previous end + 7 days is one stay
OPEN: Final = date(2999, 12, 31)  # stands for "still open" inside these frames
SCOPES: Final = ("organisation", "area", "team", "role", "staff_group")
ABSENT_FOR_DFE: Final = ("seconded_out", "career_break")  # DfE's leavers include them (CSWW methodology)
_FTE_UNIT: Final = (
    1e8  # FTE is added up in whole hundred-millionths, so that a sum never depends on the order of the rows
)

_PERSON: Final = 2**32  # more than any day's number, so that people never mix

Frame = pl.DataFrame | pl.LazyFrame


def employed(assignments: Frame, *, columns: Sequence[str], statuses_out: Sequence[str] = ()) -> pl.DataFrame:
    """The spells of employed staff (agency and bank are outside), with open ends as `OPEN`.

    columns: what is kept beside organisation, person_id, start_date, end_date, fte. statuses_out: statuses that count as not in post.
    """
    return spells_of(assignments, ("employed",), columns=columns, statuses_out=statuses_out)


def spells_of(
    assignments: Frame, kinds: Sequence[str], *, columns: Sequence[str], statuses_out: Sequence[str] = ()
) -> pl.DataFrame:
    """The spells of staff of some kinds of employment (not recorded = employed), with open ends as `OPEN`."""
    need(assignments, ["organisation", "person_id", "start_date", "fte"], what="assignments")
    spells = assignments.lazy()
    known = spells.collect_schema().names()
    kind = pl.col("employment").fill_null("employed") if "employment" in known else pl.lit("employed")
    spells = spells.filter(kind.is_in(list(kinds)))
    if statuses_out and "status" in known:
        spells = spells.filter(~pl.col("status").fill_null("active").is_in(statuses_out))
    kept = dict.fromkeys(["organisation", "person_id", *columns])
    end = pl.col("end_date") if "end_date" in known else pl.lit(None, pl.Date)
    return spells.select(*kept, "start_date", end.fill_null(OPEN).alias("end_date"), "fte").collect()


def timeline(spells: pl.DataFrame, *, columns: Sequence[str] = (), scope: str = "organisation") -> pl.DataFrame:
    """Each person's days in post as stretches under one main post: organisation, person_id, the columns, first, last, joined, left, began.

    `joined`: a stay in the scope begins with the stretch; `left`: one ends with it (never where the post is still open). For a scope of
    team, role or staff_group a stay also ends where the main post's value changes; for area, posts in all organisations are one
    person's, so that a transfer is neither a loss nor a gain. `began`: the first day of the stay that the stretch belongs to.
    """
    if scope not in SCOPES:
        raise UsageError(f'"{scope}" is not a scope', hint=did_you_mean(scope, SCOPES))
    key = ["person_id"] if scope == "area" else ["organisation", "person_id"]
    carried = list(dict.fromkeys([*columns, *([] if scope in ("organisation", "area") else [scope])]))
    posts = _one_post_a_day(spells.rename({"start_date": "first", "end_date": "last"}), key, carried)
    same_person = pl.all_horizontal(*[pl.col(c) == pl.col(c).shift(1) for c in key]).fill_null(value=False)
    bridged = same_person & ((pl.col("first") - pl.col("last").shift(1)).dt.total_days() <= FULL_WEEK)
    goes_on = (
        bridged if scope in ("organisation", "area") else bridged & pl.col(scope).eq_missing(pl.col(scope).shift(1))
    )
    return (
        posts.sort(*key, "first")
        .with_columns(bridged=bridged, joined=~goes_on)
        .with_columns(
            last=pl.when(pl.col("bridged").shift(-1, fill_value=False))
            .then(pl.col("first").shift(-1).dt.offset_by("-1d"))
            .otherwise("last"),
            left=pl.col("joined").shift(-1, fill_value=True)
            & ((pl.col("last") < OPEN) | pl.col("bridged").shift(-1, fill_value=False)),
        )
        .with_columns(began=pl.when("joined").then("first").forward_fill())
        .select(*dict.fromkeys(["organisation", "person_id", *carried]), "first", "last", "joined", "left", "began")
    )


def _one_post_a_day(spells: pl.DataFrame, key: Sequence[str], carried: Sequence[str]) -> pl.DataFrame:
    """Spells cut so that none of a person's overlap: on each day the post with the largest FTE, then the earliest, holds the day."""
    rank = ["first", *[c for c in ("organisation", *carried) if c not in key]]
    ordered = spells.sort(*key, "first", "last")
    # One running maximum over person and day together: a maximum within each person costs far more on a nation's rows.
    person = pl.struct(key).rle_id().cast(pl.Int64) * _PERSON
    latest = (person + pl.col("last").to_physical()).cum_max().shift(1)
    overlap = (person + pl.col("first").to_physical() <= latest).fill_null(value=False)
    several = ordered.filter(overlap).select(key).unique()
    if several.is_empty():
        return ordered
    single = ordered.join(several, on=key, how="anti")
    doubled = ordered.join(several, on=key, how="semi")
    edges = pl.concat(
        [doubled.select(*key, day="first"), doubled.select(*key, day=pl.col("last").dt.offset_by("1d"))]
    ).unique()
    pieces = edges.sort(*key, "day").with_columns(next_day=pl.col("day").shift(-1).over(key)).drop_nulls("next_day")
    held = (
        pieces.join(doubled, on=key)
        .filter((pl.col("first") <= pl.col("day")) & (pl.col("last") >= pl.col("day")))
        .sort(
            *key,
            "day",
            "fte",
            *rank,
            descending=[*[False] * len(key), False, True, *[False] * len(rank)],
            nulls_last=True,
        )
        .unique(subset=[*key, "day"], keep="first", maintain_order=True)
        .with_columns(first=pl.col("day"), last=pl.col("next_day").dt.offset_by("-1d"))
    )
    return pl.concat([single, held.select(single.columns)])


def level_and_days(
    stretches: pl.DataFrame, queries: pl.DataFrame, *, by: Sequence[str], weight: str | None = None
) -> pl.DataFrame:
    """How much was in post on each queried day, and how many days of it up to and with that day, for every group.

    stretches: the columns of `by`, first, last (inclusive), and the weight's column (1 each without one). queries: one Date column, day.
    Returns by..., day, level, days: every group with every day. Counted from the changes alone, so a decade by month costs no more than
    one day.
    """
    changes = _changes(stretches, by, weight)
    groups = changes.select(*by).unique().sort(*by, nulls_last=True).with_row_index("group") if by else None
    if groups is None:
        numbered = changes.with_columns(group=pl.lit(0, pl.UInt32))
        grid = queries.select("day").unique().with_columns(group=pl.lit(0, pl.UInt32))
    else:
        numbered = changes.join(groups, on=list(by), how="left", nulls_equal=True)
        grid = groups.select("group").join(queries.select("day").unique(), how="cross")
    steps = (
        numbered.sort("group", "day")
        .with_columns(
            total=pl.col("change").cum_sum().over("group"),
            moment=(pl.col("change") * pl.col("day").to_physical().cast(pl.Int64)).cum_sum().over("group"),
        )
        .select("group", pl.col("day"), "total", "moment")
        .sort("day")
    )
    read = grid.sort("day").join_asof(steps, on="day", by="group", strategy="backward", check_sortedness=False)
    unit = 1.0 if weight is None else _FTE_UNIT
    after = pl.col("day").to_physical().cast(pl.Int64) + 1
    answered = read.with_columns(
        level=pl.col("total").fill_null(0) / unit,
        days=(pl.col("total").fill_null(0) * after - pl.col("moment").fill_null(0)) / unit,
    )
    if groups is not None:
        answered = answered.join(groups, on="group", how="left")
    return answered.select(*by, "day", "level", "days").sort(*by, "day", nulls_last=True)


def _changes(stretches: pl.DataFrame, by: Sequence[str], weight: str | None) -> pl.DataFrame:
    size = pl.lit(1, pl.Int64) if weight is None else (pl.col(weight) * _FTE_UNIT).round().cast(pl.Int64)
    begins = stretches.select(*by, day=pl.col("first"), change=size)
    ends = stretches.filter(pl.col("last") < OPEN).select(*by, day=pl.col("last").dt.offset_by("1d"), change=-size)
    return pl.concat([begins, ends]).group_by(*by, "day").agg(pl.col("change").sum())


def present_in(
    stretches: pl.DataFrame, periods: Sequence[Period], *, by: Sequence[str], key: Sequence[str]
) -> pl.DataFrame:
    """The number of different people present at any time in each period: by..., period_start, period_end, people.

    Counted as stretches that touch the period less the returns inside it, so that someone who comes back counts once.
    """
    own = list(dict.fromkeys([*key, *by]))
    ordered = stretches.sort(*own, "first", nulls_last=True).with_columns(previous=pl.col("last").shift(1).over(own))
    begun = pl.DataFrame({"day": sorted({p.end for p in periods} | {p.day_before for p in periods})})
    starts = level_and_days(ordered.with_columns(last=pl.lit(OPEN)), begun, by=by)
    ends = level_and_days(
        ordered.filter(pl.col("last") < OPEN).with_columns(first=pl.col("last"), last=pl.lit(OPEN)), begun, by=by
    )
    longest = max(p.days for p in periods)
    returns = ordered.filter((pl.col("first") - pl.col("previous")).dt.total_days() <= longest)
    frames = []
    for period in periods:
        came = starts.filter(pl.col("day") == period.end).select(*by, came="level")
        gone = ends.filter(pl.col("day") == period.day_before).select(*by, gone="level")
        again = (
            returns.filter((pl.col("previous") >= period.start) & (pl.col("first") <= period.end))
            .group_by(by or [pl.lit(0).alias("all")])
            .agg(again=pl.len())
        )
        joined = _beside(_beside(came, gone, by), again.drop("all", strict=False), by)
        frames.append(
            joined.select(
                *by,
                pl.lit(period.start).alias("period_start"),
                pl.lit(period.end).alias("period_end"),
                people=(pl.col("came") - pl.col("gone").fill_null(0) - pl.col("again").fill_null(0)).cast(pl.Int64),
            )
        )
    return pl.concat(frames)


def _beside(left: pl.DataFrame, right: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    if by:
        return left.join(right, on=list(by), how="left", nulls_equal=True)
    if right.is_empty():
        return left.with_columns(*[pl.lit(None, dtype).alias(name) for name, dtype in right.schema.items()])
    return left.join(right, how="cross")


def fte_on_day(spells: pl.DataFrame, events: pl.DataFrame, *, day: str, by: Sequence[str]) -> pl.DataFrame:
    """The FTE of each person of `events` on their day, in the group of each post they held then: by..., period columns, fte.

    events: organisation, person_id, the day's column, period_start, period_end.
    """
    return (
        events.select("organisation", "person_id", day, "period_start", "period_end")
        .join(
            spells.select(*dict.fromkeys(["organisation", "person_id", *by]), "start_date", "end_date", "fte"),
            on=["organisation", "person_id"],
        )
        .filter((pl.col("start_date") <= pl.col(day)) & (pl.col("end_date") >= pl.col(day)))
        .group_by(*by, "period_start", "period_end")
        .agg(fte=pl.col("fte").sum())
    )


def observed(assignments: Frame) -> pl.DataFrame:
    """For which days each organisation's records are complete: organisation, observed_from, observed_to (null = no limit known)."""
    frame = assignments.lazy()
    known = frame.collect_schema().names()
    limits = [(pl.col(c) if c in known else pl.lit(None, pl.Date)).alias(c) for c in ("observed_from", "observed_to")]
    return (
        frame.select("organisation", *limits)
        .group_by("organisation")
        .agg(pl.col("observed_from").max(), pl.col("observed_to").min())
        .sort("organisation")
        .collect()
    )
