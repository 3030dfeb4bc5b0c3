"""From funded post to person in post, on a day: what is funded, filled, short, vacant, being recruited to, covered and not covered.

Promises: the steps add up (funded = in post + short; short = vacant + no vacancy; vacant = not advertised + recruiting + offer accepted =
covered + uncovered), so that vacancy records that do not agree with the establishment are seen and not hidden. Complete-case over all
steps: an organisation that lacks posts, vacancies or staff is in none of them, by name. Refuses: frames without the columns in `by`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.frame import as_by, eager
from workforce.measures.presence import employed, spells_of, timeline
from workforce.measures.staffing.headcount import in_spells, levels
from workforce.measures.staffing.vacancies import dated_table, funded_posts, open_vacancies, side_by_side
from workforce.periods import as_dates

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
Frame = pl.DataFrame | pl.LazyFrame


def post_funnel(
    posts: Frame, vacancies: Frame, assignments: Frame, on: date | Sequence[date], *, by: Sequence[str] | str = ()
) -> pl.DataFrame:
    """Full-time equivalents at each step from the funded establishment to people in post, on each date.

    Definitions (measure book of this project), in FTE: `funded`, the establishment; `in_post`, employed staff, those seconded out among
    them; `short` = funded - in_post, negative where over-established; `vacant`, vacancies open on the day (up to and with their closing
    date); `no_vacancy` = short - vacant: posts empty without an open vacancy, negative where more is open than is empty, as for someone
    who is yet to leave. Of what is vacant: `unadvertised`, `recruiting` (advertised, no offer accepted) and `offered` (offer accepted, not
    yet started) add up to it, and are not available of an organisation that gives no such date for any vacancy; so do `covered`, the
    agency FTE that each vacancy names, no more than the vacancy, and `uncovered`.
    `people`: those in post behind `in_post`, `short` and `no_vacancy`; behind `covered`, and `uncovered` which gives it away, the agency
    workers of the group, at most one for each FTE covered; 0 behind funded posts and vacancies. Rows come by step, in the order above.
    The steps add up over groups, never over time.

    >>> day = date(2023, 3, 31)
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)]})
    >>> posts = pl.DataFrame({"organisation": ["council"], "funded_fte": [3.0], "start_date": [date(2020, 1, 1)]})
    >>> vacancies = pl.DataFrame({"organisation": ["council"], "fte": [1.0], "opened_date": [date(2023, 1, 1)],
    ...     "advertised_date": [date(2023, 2, 1)], "covered_by_agency_fte": [0.5]})
    >>> table = post_funnel(posts, vacancies, staff, day)
    >>> table.select("definition", "value").rows()[:5]
    [('funded', 3.0), ('in_post', 1.0), ('short', 2.0), ('no_vacancy', 1.0), ('vacant', 1.0)]
    >>> table.select("definition", "value").rows()[5:]
    [('unadvertised', 0.0), ('recruiting', 1.0), ('offered', 0.0), ('covered', 0.5), ('uncovered', 0.5)]
    """
    establishment, held, staff = eager(posts), eager(vacancies), eager(assignments)
    groups, days = as_by(by, staff, establishment, held), as_dates(on)
    own = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(staff, columns=groups)
    agency = timeline(spells_of(staff, ("agency",), columns=groups), columns=groups)
    parts = {
        "funded": levels(funded_posts(establishment), days, by=own, weight="fte"),
        "in_post": levels(in_spells(spells), days, by=own, weight="fte"),
        "staff": levels(timeline(spells, columns=groups), days, by=own),
        "agency": levels(agency, days, by=own),
        **{step: levels(rows, days, by=own, weight="fte") for step, rows in _vacant(held).items()},
    }
    steps = _with_differences(side_by_side([part.rename({"level": step}) for step, part in parts.items()], own))
    tables = []
    for step in STEPS:
        people = pl.col(_BEHIND[step]) if step in _BEHIND else pl.lit(0)
        sides = steps.select(*own, "day", numerator=step, people=people.cast(pl.Int64))
        sources = [establishment, _dated(held) if step in _OF_DATES else held, staff]
        tables.append(dated_table(sides, sources, staff, days, groups, ("post_funnel", step)))
    return pl.concat(tables)


def _with_differences(steps: pl.DataFrame) -> pl.DataFrame:
    """The steps that are differences of others, and how many people disclosure control takes to be behind the cover."""
    covered, agency = pl.col("covered"), pl.col("agency")
    at_most = pl.max_horizontal((covered + 0.5).floor(), pl.lit(1.0))  # few full-time equivalents are few people
    workers = pl.when(agency > 0).then(pl.min_horizontal(agency, at_most)).otherwise(at_most)
    found = {
        "short": pl.col("funded") - pl.col("in_post"),
        "no_vacancy": pl.col("funded") - pl.col("in_post") - pl.col("vacant"),
        "recruiting": pl.col("vacant") - pl.col("unadvertised") - pl.col("offered"),
        "uncovered": pl.col("vacant") - covered,
    }
    # FTE is summed in whole hundred-millionths: what a difference leaves beyond them is rounding.
    return steps.with_columns(
        **{step: difference.round(8) + 0.0 for step, difference in found.items()},
        covering=pl.when(covered > 0).then(workers).otherwise(0.0),
    )


def _dated(vacancies: pl.DataFrame) -> pl.DataFrame:
    """The vacancies that say when they were advertised or offered."""
    known = [c for c in ("advertised_date", "offered_date") if c in vacancies.columns]
    return vacancies.filter(pl.any_horizontal(pl.col(c).is_not_null() for c in known)) if known else vacancies.clear()


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
    found = {
        "vacant": dated,
        "unadvertised": dated.with_columns(last=until),
        "offered": dated.filter(pl.col("offered_date").is_not_null()).with_columns(
            first=pl.max_horizontal("first", "offered_date")
        ),
        "covered": dated.with_columns(fte=pl.min_horizontal("cover", "fte")),
    }
    return {step: rows.filter(pl.col("last") >= pl.col("first")) for step, rows in found.items()}
