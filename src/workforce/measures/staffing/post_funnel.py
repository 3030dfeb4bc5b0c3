"""From funded post to person in post, on a day: what is funded, filled, short, vacant, being recruited to, covered and not covered.

The steps add up (funded = in post + short; short = vacant + no vacancy; vacant = not advertised + recruiting + offer accepted = covered +
uncovered), so that vacancy records that do not agree with the establishment show. An organisation that lacks posts, vacancies or staff is
in no step, by name.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.availability import rows_or_none, ungrouped
from workforce.measures.frame import as_by, eager, measure, not_available
from workforce.measures.presence import employed, spells_of, timeline
from workforce.measures.staffing.headcount import in_spells, levels
from workforce.measures.staffing.vacancies import dated_table, funded_posts, open_vacancies, side_by_side
from workforce.periods import as_dates
from workforce.records import Records
from workforce.results import MeasureTable, stacked

STEPS: Final = (
    "funded",
    "in_post",
    "short",
    "no_vacancy",
    "vacant",
    "unadvertised",
    "recruiting",
    "offered",
    "covered",
    "uncovered",
)
_BEHIND: Final = {
    **dict.fromkeys(("in_post", "short", "no_vacancy"), "staff"),
    **dict.fromkeys(("covered", "uncovered"), "covering"),
}
_OF_DATES: Final = ("unadvertised", "recruiting", "offered")


@measure("posts", "vacancies", "assignments")
def post_funnel(records: Records, on: date | Sequence[date], *, by: Sequence[str] | str = ()) -> MeasureTable:
    """Full-time equivalents at each step from the funded establishment to people in post, on each date.

    `funded` is the establishment. `in_post` is employed staff, those seconded out among them. `short` = funded - in_post, negative where
    over-established. `vacant` is the vacancies open on the day, up to and with their closing date. `no_vacancy` = short - vacant: posts
    empty without an open vacancy, negative where more is open than is empty, as for someone who is yet to leave. Of what is vacant,
    `unadvertised`, `recruiting` (advertised, no offer accepted) and `offered` (offer accepted, not yet started) add up to it, and have
    marker ``x`` for an organisation that gives no such date for any vacancy; so do `covered`, the agency FTE that each vacancy names, no
    more than the vacancy, and `uncovered`. The steps add up over groups, never over time.

    Parameters
    ----------
    records : Records
        The area's records; uses `posts`, `vacancies` and `assignments`.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    by : sequence of str
        Columns to group by, which all three tables have.

    Returns
    -------
    MeasureTable
        Numerator: FTE; no denominator. A row for each step, group and date, in the order of the steps. people: those in post behind
        `in_post`, `short` and `no_vacancy`; the agency workers of the group behind `covered` and `uncovered`, at most one for each FTE
        covered; 0 behind funded posts and vacancies.

    References
    ----------
    This project's measure book, "post funnel".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)]})
    >>> posts = pl.DataFrame({"organisation": ["council"], "funded_fte": [3.0], "start_date": [date(2020, 1, 1)]})
    >>> vacancies = pl.DataFrame({"organisation": ["council"], "fte": [1.0], "opened_date": [date(2023, 1, 1)],
    ...     "advertised_date": [date(2023, 2, 1)], "covered_by_agency_fte": [0.5]})
    >>> records = Records(assignments=staff, posts=posts, vacancies=vacancies)
    >>> table = post_funnel(records, date(2023, 3, 31)).frame
    >>> table.select("definition", "value").rows()[:5]
    [('funded', 3.0), ('in_post', 1.0), ('short', 2.0), ('no_vacancy', 1.0), ('vacant', 1.0)]
    >>> table.select("definition", "value").rows()[5:]
    [('unadvertised', 0.0), ('recruiting', 1.0), ('offered', 0.0), ('covered', 0.5), ('uncovered', 0.5)]
    """
    groups, days = as_by(by), as_dates(on)
    ungroupable = (ungrouped(records, table, groups) for table in ("posts", "vacancies"))
    if reason := records.lacks("assignments", columns=groups) or next(filter(None, ungroupable), None):
        return not_available("post_funnel", STEPS, by=groups, when=days, reason=reason)
    staff = eager(records.assignments)
    establishment, vacancies = (eager(rows_or_none(records, table)) for table in ("posts", "vacancies"))
    keys = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(staff, columns=groups)
    agency = timeline(spells_of(staff, ("agency",), columns=groups), columns=groups)
    amounts = {
        "funded": levels(funded_posts(establishment), days, by=keys, weight="fte"),
        "in_post": levels(in_spells(spells), days, by=keys, weight="fte"),
        "staff": levels(timeline(spells, columns=groups), days, by=keys),
        "agency": levels(agency, days, by=keys),
        **{step: levels(rows, days, by=keys, weight="fte") for step, rows in _vacant(vacancies).items()},
    }
    steps = _with_differences(side_by_side([rows.rename({"level": step}) for step, rows in amounts.items()], keys))
    tables = []
    for step in STEPS:
        people = pl.col(_BEHIND[step]) if step in _BEHIND else pl.lit(0)
        sides = steps.select(*keys, "day", numerator=step, people=people.cast(pl.Int64))
        sources = [establishment, _dated(vacancies) if step in _OF_DATES else vacancies, staff]
        tables.append(dated_table(sides, sources, staff, days, groups, ("post_funnel", step)))
    return stacked(tables)


def _with_differences(steps: pl.DataFrame) -> pl.DataFrame:
    """The steps that are differences of others, and how many people disclosure control takes to be behind the cover."""
    covered, agency = pl.col("covered"), pl.col("agency")
    at_most = pl.max_horizontal((covered + 0.5).floor(), pl.lit(1.0))  # few full-time equivalents are few people
    workers = pl.when(agency > 0).then(pl.min_horizontal(agency, at_most)).otherwise(at_most)
    differences = {
        "short": pl.col("funded") - pl.col("in_post"),
        "no_vacancy": pl.col("funded") - pl.col("in_post") - pl.col("vacant"),
        "recruiting": pl.col("vacant") - pl.col("unadvertised") - pl.col("offered"),
        "uncovered": pl.col("vacant") - covered,
    }
    # FTE is summed in whole hundred-millionths: what a difference leaves beyond them is rounding.
    return steps.with_columns(
        **{step: difference.round(8) + 0.0 for step, difference in differences.items()},
        covering=pl.when(covered > 0).then(workers).otherwise(0.0),
    )


def _dated(vacancies: pl.DataFrame) -> pl.DataFrame:
    """The vacancies that say when they were advertised or offered."""
    dates = [c for c in ("advertised_date", "offered_date") if c in vacancies.columns]
    return vacancies.filter(pl.any_horizontal(pl.col(c).is_not_null() for c in dates)) if dates else vacancies.clear()


def _vacant(vacancies: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Stretches of days with their fte, by step: vacant, unadvertised, offered, covered."""
    stretches = open_vacancies(vacancies)
    if stretches.is_empty():
        return dict.fromkeys(("vacant", "unadvertised", "offered", "covered"), stretches)
    absent = [c for c in ("advertised_date", "offered_date") if c not in stretches.columns]
    dated = stretches.with_columns(pl.lit(None, pl.Date).alias(c) for c in absent).filter(
        pl.col("last") >= pl.col("first")
    )
    out = pl.min_horizontal("advertised_date", "offered_date")  # an offer without an advertisement is recruiting, too
    until = pl.min_horizontal(out.dt.offset_by("-1d"), "last")
    steps = {
        "vacant": dated,
        "unadvertised": dated.with_columns(last=until),
        "offered": dated.filter(pl.col("offered_date").is_not_null()).with_columns(
            first=pl.max_horizontal("first", "offered_date")
        ),
        "covered": dated.with_columns(fte=pl.min_horizontal("cover", "fte")),
    }
    return {step: rows.filter(pl.col("last") >= pl.col("first")) for step, rows in steps.items()}
