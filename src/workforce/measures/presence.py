"""Who is in post, when, and under which post: what every staffing measure is counted from.

Each person has one timeline of stretches of days that never overlap, so that no day is lost or counted twice and joiners less leavers is
always the change in headcount. A person with several posts counts once, under the post with the largest FTE, then the earliest; in the
scopes team, role and staff group, once in each of them in which a post is held: a timeline for each. Two spells
with a gap of less than a full week between them are one stay (a full week breaks continuous employment: Employment Rights Act 1996,
s. 212), and the gap's days count as present. Someone of whom nothing is known after (or before) a day has neither left (nor joined) then.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book.constants import FULL_WEEK
from workforce.errors import UsageError, did_you_mean
from workforce.frames import Frame, Whole, eager, need
from workforce.periods import Period, period_frame

OPEN: Final = date(2999, 12, 31)  # stands for "still open" inside these frames
Scope = Literal["organisation", "area", "team", "role", "staff_group"]
SCOPES: Final = get_args(Scope)
ABSENT_FOR_DFE: Final = ("seconded_out", "career_break")  # DfE's leavers include them (CSWW methodology)
FTE_UNIT: Final = (
    1e8  # FTE is added up in whole hundred-millionths, so that a sum never depends on the order of the rows
)
SPELL_START: Final = "spell_start"  # the first day of a spell whose rows were cut (`wf.caseload.with_history`)
PERSON: Final = "person number"  # numbers the people of a timeline, so that nothing downstream compares their ids
GROUP: Final = "group number"
_DAYS: Final = 2**22  # more than twice any day's number since 1970
KNOWN_FROM: Final = "known_from"
KNOWN_TO: Final = "known_to"
IN_AREA: Final = {KNOWN_FROM: "known_in_area_from", KNOWN_TO: "known_in_area_to"}
"""The same for all of a person's organisations together; only where a row of another organisation was refused."""


def checked_scope(scope: str) -> str:
    """The scope of a stay, or a refusal.

    >>> checked_scope("team")
    'team'
    """
    if scope not in SCOPES:
        raise UsageError('"{scope}" is not a scope', hint=did_you_mean(scope, SCOPES), scope=scope)
    return scope


def employed(assignments: Frame, *, columns: Sequence[str], statuses_out: Sequence[str] = ()) -> pl.DataFrame:
    """The spells of employed staff (agency and bank are outside), with open ends as `OPEN`.

    columns: those to keep besides organisation, person_id, start_date, end_date, fte. statuses_out: statuses that count as not in post.
    """
    return spells_of(assignments, ("employed",), columns=columns, statuses_out=statuses_out)


def spells_of(
    assignments: Frame, kinds: Sequence[str], *, columns: Sequence[str], statuses_out: Sequence[str] = ()
) -> pl.DataFrame:
    """The spells of staff of some kinds of employment (not recorded = employed), with open ends as `OPEN`."""
    need(assignments, ["organisation", "person_id", "start_date", "fte"], what="assignments")
    spells = within_known(assignments).lazy()
    names = spells.collect_schema().names()
    kind = pl.col("employment").fill_null("employed") if "employment" in names else pl.lit("employed")
    spells = spells.filter(kind.is_in(list(kinds)))
    if statuses_out and "status" in names:
        spells = spells.filter(~pl.col("status").fill_null("active").is_in(statuses_out))
    begun = [SPELL_START] if SPELL_START in names else []
    required = ("start_date", "end_date", "fte")
    edges = [*restricted(spells), *(c for c in IN_AREA.values() if c in names)]
    carried = dict.fromkeys(["organisation", "person_id", *(c for c in columns if c not in required), *begun, *edges])
    end = pl.col("end_date") if "end_date" in names else pl.lit(None, pl.Date)
    rows = spells.select(*carried, "start_date", end.fill_null(OPEN).alias("end_date"), "fte").collect()
    return rows.drop(c for c in edges if c not in columns and rows[c].null_count() == rows.height)


def timeline(spells: pl.DataFrame, *, columns: Sequence[str] = (), scope: str = "organisation") -> pl.DataFrame:
    """Each person's days in post as stretches under one main post.

    Columns: organisation, person_id, those that are carried, first, last, joined, left, began, stay.

    `joined`: a stay in the scope begins with the stretch; `left`: one ends with it (never where the post is still open). For a scope of
    team, role or staff_group the stays in each of them follow the spells there, whatever else is held at the time: who gives up a second
    post in a team leaves that team, and who moves hours between two posts that both go on neither leaves nor joins. For area, posts in all
    organisations are one person's, so that a transfer is neither a loss nor a gain. `began`: the first day of the stay that the stretch
    belongs to; `stay`: its number. A stay that begins (ends) where what is known of the person begins (ends), or less than a full week
    from there, is there without having joined (left).
    """
    key = columns_of_a_stay(scope)
    if scope == "area":
        spells = eager(within_known(known_in_area(spells)))
    carried = list(dict.fromkeys([*columns, *([] if scope in ("organisation", "area") else [scope])]))
    posts = _one_post_a_day(spells.rename({"start_date": "first", "end_date": "last"}), key, carried)
    bridged = (pl.col(PERSON) == pl.col(PERSON).shift(1)).fill_null(value=False) & (
        pl.col("first").to_physical() - pl.col("last").to_physical().shift(1) <= FULL_WEEK
    )
    goes_over = pl.col("bridged").shift(-1, fill_value=False)
    entered_late, lost_sight = _edges_of_what_is_known(posts, goes_over)
    # The row that could not be read goes on the person's stay here, not the one in a team: it may be in another.
    until = KNOWN_TO if KNOWN_TO in posts.columns and scope in ("organisation", "area") else "last"
    return (
        posts.with_columns(bridged=bridged, begins=~bridged)
        .with_columns(
            last=pl.when(goes_over)
            .then(_day_before(pl.col("first").shift(-1)))
            .when(lost_sight)
            .then(until)
            .otherwise("last"),
            joined=pl.col("begins") & ~entered_late,
            left=pl.col("begins").shift(-1, fill_value=True) & ((pl.col("last") < OPEN) | goes_over) & ~lost_sight,
        )
        .with_columns(began=pl.when("begins").then("first").forward_fill(), stay=pl.col("begins").cum_sum())
        .select(
            *dict.fromkeys(["organisation", "person_id", *carried]),
            "first",
            "last",
            "joined",
            "left",
            "began",
            "stay",
            pl.struct(key[:2]).rle_id().alias(PERSON),
        )
    )


def columns_of_a_stay(scope: str) -> list[str]:
    """The columns that tell whose stay, and where, it is.

    >>> columns_of_a_stay("team")
    ['organisation', 'person_id', 'team']
    """
    if checked_scope(scope) == "area":
        return ["person_id"]
    return ["organisation", "person_id", *([] if scope == "organisation" else [scope])]


def without_overlaps(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbered people's stretches in numbered groups with those that overlap joined, as `people_of` needs them.

    A person may be in two teams at once, which are two stretches in a group that does not tell teams apart.

    >>> days = [date(2023, 3, 1), date(2023, 3, 5), date(2023, 3, 3), date(2023, 3, 9)]
    >>> rows = pl.DataFrame({PERSON: [0, 0], GROUP: [0, 0], "first": days[:2], "last": days[2:]})
    >>> without_overlaps(rows).height, without_overlaps(rows.with_columns(last=pl.lit(days[3]))).height
    (2, 1)
    """
    key = [PERSON, GROUP]
    ordered = rows.sort(*key, "first", "last")
    latest = pl.col("last").cum_max().shift(1).over(key)
    block = (pl.col("first") > latest).fill_null(value=True).cum_sum().alias("block")
    return (
        ordered.with_columns(block)
        .group_by("block", maintain_order=True)
        .agg(pl.col(*key, "first").first(), pl.col("last").max())
    )


def _edges_of_what_is_known(posts: pl.DataFrame, goes_over: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Whether a stretch may go on from a row that could not be read, and whether one may go on from it."""
    never = pl.lit(value=False)
    entered_late = lost_sight = never
    if KNOWN_FROM in posts.columns:
        since = pl.col("first").to_physical() - pl.col(KNOWN_FROM).to_physical()
        entered_late = ~pl.col("bridged") & (since < FULL_WEEK).fill_null(value=False)
    if KNOWN_TO in posts.columns:
        until = pl.col(KNOWN_TO).to_physical() - pl.col("last").to_physical()
        lost_sight = ~goes_over & (until < FULL_WEEK).fill_null(value=False)
    return entered_late, lost_sight


def _day_before(day: pl.Expr) -> pl.Expr:
    return (day.to_physical() - 1).cast(pl.Date)


def _day_after(day: pl.Expr) -> pl.Expr:
    return (day.to_physical() + 1).cast(pl.Date)


def _one_post_a_day(spells: pl.DataFrame, key: Sequence[str], carried: Sequence[str]) -> pl.DataFrame:
    """Spells cut so that none of a person's overlap: on each day the post with the largest FTE, then the earliest, holds the day.

    People are numbered, and the rows ordered by person and first day.
    """
    # Of posts that were cut on one day the earlier is told by when they began.
    begun = pl.coalesce(SPELL_START, "first") if SPELL_START in spells.columns else pl.col("first")
    rank = [begun, *[pl.col(c) for c in ("organisation", *carried) if c not in key]]
    ordered = spells.sort(*key, "first", "last").with_columns(pl.struct(key).rle_id().alias(PERSON))
    # One running maximum over person and day together: a maximum within each person costs far more on a nation's rows.
    person = pl.col(PERSON).cast(pl.Int64) * _DAYS
    latest = (person + pl.col("last").to_physical()).cum_max().shift(1)
    overlap = (person + pl.col("first").to_physical() <= latest).fill_null(value=False)
    doubled_people = ordered.filter(overlap)[PERSON].unique()
    if doubled_people.is_empty():
        return ordered
    alone = np.ones(int(ordered[PERSON][-1]) + 1, dtype=np.bool_)
    alone[doubled_people.to_numpy()] = False
    single = pl.Series(alone[ordered[PERSON].to_numpy()], dtype=pl.Boolean)
    doubled = ordered.filter(~single)
    edges = pl.concat(
        [doubled.select(PERSON, day="first"), doubled.select(PERSON, day=_day_after(pl.col("last")))]
    ).unique()
    pieces = (
        edges.sort(PERSON, "day").with_columns(next_day=pl.col("day").shift(-1).over(PERSON)).drop_nulls("next_day")
    )
    main_posts = (
        pieces.join(doubled, on=PERSON)
        .filter((pl.col("first") <= pl.col("day")) & (pl.col("last") >= pl.col("day")))
        .sort(PERSON, "day", "fte", *rank, descending=[False, False, True, *[False] * len(rank)], nulls_last=True)
        .unique(subset=[PERSON, "day"], keep="first", maintain_order=True)
        .with_columns(first=pl.col("day"), last=_day_before(pl.col("next_day")))
    )
    return ordered.filter(single).merge_sorted(main_posts.select(ordered.columns), key=PERSON)


def numbered(frame: pl.DataFrame, by: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frame with the number of each row's group by the columns of `by`, and what the numbers stand for, in their order.

    >>> rows, labels = numbered(pl.DataFrame({"team": ["south", None, "north"]}), ["team"])
    >>> rows[GROUP].to_list(), labels["team"].to_list()
    ([1, 2, 0], ['north', 'south', None])
    """
    if not by:
        return frame.with_columns(pl.lit(0, pl.UInt32).alias(GROUP)), pl.DataFrame({GROUP: [0]}, {GROUP: pl.UInt32})
    labels = frame.select(*by).unique().sort(*by, nulls_last=True).with_row_index(GROUP)
    return frame.join(labels, on=list(by), nulls_equal=True, maintain_order="left"), labels


def level_and_days(
    stretches: pl.DataFrame, queries: pl.DataFrame, *, by: Sequence[str], weight: str | None = None
) -> pl.DataFrame:
    """How much was in post on each queried day, and how many days of it up to and with that day, for every group.

    stretches: the columns of `by`, first, last (inclusive), and the weight's column (1 each without one). queries: one Date column, day.
    Returns by..., day, level, days: every group with every day. Counted from the changes alone, so a decade by month costs no more than
    one day.
    """
    rows, labels = numbered(stretches, by)
    days = queries["day"].unique().sort()
    level, until = levels_of(rows, labels.height, ordinals(days), weight=weight)
    return (
        labels.join(pl.DataFrame({"day": days}), how="cross", maintain_order="left_right")
        .with_columns(level=pl.Series(level.ravel()), days=pl.Series(until.ravel()))
        .select(*by, "day", "level", "days")
    )


def ordinals(days: pl.Series) -> Whole:
    """Dates as whole numbers (days since 1970)."""
    numbers: Whole = days.to_physical().cast(pl.Int64).to_numpy()
    return numbers


def levels_of(
    rows: pl.DataFrame, groups: int, days: Whole, *, weight: str | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """What `level_and_days` says, for numbered groups: a row for each group and a column for each of the (rising) days."""
    line = rows[GROUP].to_numpy().astype(np.int64) * len(days)
    first, after = ordinals(rows["first"]), ordinals(rows["last"]) + 1
    # FTE is added up in whole numbers, so that a sum never depends on the order of the rows.
    size = (
        np.ones(len(line), dtype=np.int64)
        if weight is None
        else (rows[weight] * FTE_UNIT).round().cast(pl.Int64).to_numpy()
    )
    total, moment = np.zeros((2, groups, len(days)), dtype=np.int64)
    for day, change in ((first, size), (after, -size)):
        at = places(days, day)
        inside = at < len(days)
        cell = (line + at)[inside]
        np.add.at(total.reshape(-1), cell, change[inside])
        np.add.at(moment.reshape(-1), cell, (change * day)[inside])
    total, moment = np.cumsum(total, axis=1), np.cumsum(moment, axis=1)
    unit = 1.0 if weight is None else FTE_UNIT
    return total / unit, (total * (days + 1) - moment) / unit


def people_of(rows: pl.DataFrame, groups: int, periods: Sequence[Period]) -> Whole:
    """The number of different people present at any time in each period: a row for each numbered group, a column for each period.

    rows: stretches of numbered people in numbered groups, first, last; none of a person in a group overlap. Counted as stretches that touch
    the period less the returns inside it, so that someone who comes back counts once.
    """
    group, person = (rows[c].to_numpy().astype(np.int64) for c in (GROUP, PERSON))
    first, last = ordinals(rows["first"]), ordinals(rows["last"])
    frame = period_frame(periods)
    starts, ends = ordinals(frame["period_start"]), ordinals(frame["period_end"])
    people = _so_far(group, first, groups, ends) - _so_far(group, last, groups, starts - 1)
    # A return: the same person's next stretch in the group. It lies inside the periods that hold both its ends.
    returning = np.flatnonzero(np.bincount(person)[person] > 1)
    order = returning[np.argsort(((person * groups + group) * _DAYS + first + _DAYS // 2)[returning], kind="stable")]
    before, after = order[:-1], order[1:]
    same = (person[before] == person[after]) & (group[before] == group[after])
    before, after = before[same], after[same]
    place = {period: number for number, period in enumerate(periods)}
    for chain in chains(sorted(place)):
        order_in_chain = np.array([place[p] for p in chain])
        lower, upper = places(ends[order_in_chain], first[after]), places(starts[order_in_chain], last[before] + 1) - 1
        inside = lower <= upper
        steps = np.zeros((groups, len(chain) + 1), dtype=np.int64)
        np.add.at(steps, (group[after][inside], lower[inside]), 1)
        np.add.at(steps, (group[after][inside], upper[inside] + 1), -1)
        people[:, order_in_chain] -= np.cumsum(steps, axis=1)[:, :-1]
    return people


def _so_far(group: Whole, day: Whole, groups: int, until: Whole) -> Whole:
    """How many of the days lie on or before each of some others, for every group."""
    days, back = np.unique(until, return_inverse=True)
    cells = np.bincount(group * (len(days) + 1) + places(days, day), minlength=groups * (len(days) + 1))
    totals: Whole = np.cumsum(cells.reshape(groups, len(days) + 1), axis=1)[:, :-1][:, back]
    return totals


def fte_on_day(
    spells: pl.DataFrame, events: pl.DataFrame, *, day: str, by: Sequence[str], scope: str = "organisation"
) -> pl.DataFrame:
    """The FTE of each person of `events` on their day in the scope, in the group of each post held there: by..., period columns, fte.

    events: the columns that tell stays in the scope apart, the day's column, period_start, period_end.
    """
    key = columns_of_a_stay(scope)
    return (
        events.select(*key, day, "period_start", "period_end")
        .join(
            spells.select(*dict.fromkeys([*key, *by]), "start_date", "end_date", "fte"),
            on=key,
            nulls_equal=True,
        )
        .filter((pl.col("start_date") <= pl.col(day)) & (pl.col("end_date") >= pl.col(day)))
        .group_by(*by, "period_start", "period_end")
        .agg(fte=pl.col("fte").sum())
    )


def observed(assignments: Frame) -> pl.DataFrame:
    """For which days each organisation's records are complete: organisation, observed_from, observed_to (null = no limit known)."""
    frame = assignments.lazy()
    names = frame.collect_schema().names()
    limits = [(pl.col(c) if c in names else pl.lit(None, pl.Date)).alias(c) for c in ("observed_from", "observed_to")]
    return (
        frame.select("organisation", *limits)
        .group_by("organisation")
        .agg(pl.col("observed_from").max(), pl.col("observed_to").min())
        .sort("organisation")
        .collect()
    )


def restricted(frame: Frame) -> list[str]:
    """Return which of `known_from` and `known_to` a frame has.

    >>> restricted(pl.DataFrame({"known_to": [None]}))
    ['known_to']
    """
    names = frame.collect_schema().names()
    return [c for c in (KNOWN_FROM, KNOWN_TO) if c in names]


def known_in_area(spells: pl.DataFrame) -> pl.DataFrame:
    """Return spells whose `known_from` and `known_to` are those of the person in all organisations together.

    Parameters
    ----------
    spells : polars.DataFrame
        Spells with person_id; where they do not say what is known in the area, the narrowest days of any organisation count.

    Examples
    --------
    >>> from datetime import date
    >>> day = date(2022, 6, 30)
    >>> spells = pl.DataFrame({"person_id": ["p", "p"], "known_to": [None, day]})
    >>> known_in_area(spells)["known_to"].to_list() == [day, day]
    True
    """
    stated = {ours: area for ours, area in IN_AREA.items() if area in spells.columns}
    if stated:
        return spells.with_columns(pl.col(area).alias(ours) for ours, area in stated.items())
    narrowest = {KNOWN_FROM: pl.col(KNOWN_FROM).max(), KNOWN_TO: pl.col(KNOWN_TO).min()}
    return spells.with_columns(narrowest[c].over("person_id") for c in restricted(spells))


def within_known(assignments: Frame) -> Frame:
    """Return spells cut to the days on which anything is known of the person, without those that lie outside of them.

    Parameters
    ----------
    assignments : polars.DataFrame or polars.LazyFrame
        Spells; `known_from` and `known_to` are null where nothing restricts them, and may be absent.

    Examples
    --------
    >>> from datetime import date
    >>> spells = pl.DataFrame({"start_date": [date(2020, 1, 1), date(2023, 1, 1)], "end_date": [None, None],
    ...     "known_to": [date(2022, 6, 30)] * 2}, schema_overrides={"end_date": pl.Date})
    >>> within_known(spells)["end_date"].to_list()
    [datetime.date(2022, 6, 30)]
    """
    edges = restricted(assignments)
    if isinstance(assignments, pl.DataFrame):
        edges = [c for c in edges if assignments[c].null_count() < assignments.height]
    if not edges:
        return assignments
    names = assignments.collect_schema().names()
    first, last = (pl.col(c) if c in edges else pl.lit(None, pl.Date) for c in (KNOWN_FROM, KNOWN_TO))
    end = pl.col("end_date") if "end_date" in names else pl.lit(None, pl.Date)
    outside = (pl.col("start_date") > last).fill_null(value=False) | (end < first).fill_null(value=False)
    return assignments.filter(~outside).with_columns(
        start_date=pl.max_horizontal("start_date", first), end_date=pl.min_horizontal(end, last)
    )


def chains(periods: list[Period]) -> list[list[Period]]:
    """Deal periods out into chains, in each of which starts and ends both rise.

    >>> from workforce.periods import months, year_to
    >>> [len(chain) for chain in chains([*months("2022-01", "2022-12"), year_to("2022-12")])]
    [12, 1]
    """
    dealt: list[list[Period]] = []
    for period in sorted(periods):
        for chain in dealt:
            if chain[-1].start < period.start and chain[-1].end < period.end:
                chain.append(period)
                break
        else:
            dealt.append([period])
    return dealt


def places(days: Whole, wanted: Whole) -> Whole:
    """The place of the first of the (rising) days that is not before each wanted day; read from a table, one entry for each day.

    >>> places(np.array([10, 20]), np.array([9, 10, 11, 21])).tolist()
    [0, 0, 1, 2]
    """
    if not len(days):
        return np.zeros(len(wanted), dtype=np.int64)
    low, high = int(days[0]), int(days[-1])
    table = np.searchsorted(days, np.arange(low, high + 2), "left")
    first: Whole = table[np.clip(wanted, low, high + 1) - low]
    return first


def written_out(first: Whole, last: Whole) -> tuple[Whole, Whole]:
    """Every place from first to last of each row: row numbers and places.

    >>> written_out(np.array([3, 5, 1]), np.array([4, 4, 1]))
    (array([0, 0, 2]), array([3, 4, 1]))
    """
    times = np.maximum(last - first + 1, 0)
    row = np.repeat(np.arange(len(times)), times)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    return row, first[row] + offset
