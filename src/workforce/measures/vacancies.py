"""Vacancies, agency workers and how the one covers the other on a day, from funded posts to people at work.

Vacant posts, people in post and agency workers are counted from their own tables and never subtracted from one another in silence; an
over-established team has a negative rate and is shown so.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import polars as pl

from workforce.book import definition_of
from workforce.frames import Frame, as_by, eager
from workforce.measures.availability import covered, measure, not_available, rolled_up, rows_or_none, ungrouped
from workforce.measures.headcount import Basis, checked_basis, in_spells, levels
from workforce.measures.presence import ABSENT_FOR_DFE, OPEN, employed, observed, spells_of, timeline
from workforce.periods import Period, as_dates
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, MeasureTable, stacked
from workforce.schemas import last_proven_day
from workforce.stats.rates import measure_table

# The tables that each definition of the vacancy rate reads.
_TABLES: Final = {"dfe": ("vacancies", "assignments"), "establishment": ("posts", "assignments")}
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


@measure("posts", "vacancies", "assignments", by_definition=_TABLES)
def vacancy_rate(
    records: Records,
    on: date | Sequence[date],
    *,
    definition: Literal["dfe", "establishment"],
    by: Sequence[str] = (),
) -> MeasureTable:
    """Vacant full-time equivalents as a share, in percent, on each date.

    An organisation that supplies no vacancies (or no posts) at all has marker ``x``; it is not free of vacancies. A vacancy is open up to
    and with its closing date; one that was filled or withdrawn without such a date, up to the last of its other dates.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`, and `vacancies` or `posts`.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    definition : {"dfe", "establishment"}
        `dfe`: vacant FTE over vacant and in-post FTE, from the open vacancies whether or not they are recruited to or covered; staff
        seconded out or on a career break are not in post. `establishment`: funded less in-post FTE, over funded FTE; staff seconded out
        are in post, agency workers are not. There is no default.
    by : sequence of str
        Columns to group by, which both tables have.

    Returns
    -------
    MeasureTable
        Numerator and denominator: FTE; value in %. A row for each group and date.

    References
    ----------
    `dfe`: DfE, Children's social work workforce. `establishment`: this project's measure book.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [0.8], "start_date": [date(2020, 1, 1)]})
    >>> posts = pl.DataFrame({"organisation": ["council"], "funded_fte": [1.0], "start_date": [date(2020, 1, 1)]})
    >>> table = vacancy_rate(Records(assignments=staff, posts=posts), date(2023, 3, 31), definition="establishment")
    >>> round(table.frame["value"].item(), 9)
    20.0
    """
    book = definition_of("vacancy_rate", definition)
    groups, days = as_by(by), as_dates(on)
    dfe = definition == "dfe"
    planned_in = "vacancies" if dfe else "posts"
    if reason := records.lacks("assignments", columns=groups) or ungrouped(records, planned_in, groups):
        return not_available("vacancy_rate", [definition], by=groups, when=days, reason=reason)
    assignments, source = records.assignments, eager(rows_or_none(records, planned_in))
    keys = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(assignments, columns=groups, statuses_out=ABSENT_FOR_DFE if dfe else ())
    in_post = levels(in_spells(spells), days, by=keys, weight="fte").rename({"level": "in_post"})
    people = levels(timeline(spells, columns=groups), days, by=keys).rename({"level": "people"})
    planned = levels(open_vacancies(source) if dfe else funded_posts(source), days, by=keys, weight="fte")
    sums = side_by_side([in_post, people, planned.rename({"level": "planned"})], keys)
    numerator = pl.col("planned") if dfe else pl.col("planned") - pl.col("in_post")
    denominator = pl.col("planned") + pl.col("in_post") if dfe else pl.col("planned")
    sides = sums.select(
        *keys, "day", numerator=numerator, denominator=denominator, people=pl.col("people").cast(pl.Int64)
    )
    return dated_table(sides, [source], assignments, days, groups, (book.measure, book.definition))


@measure(
    "vacancies",
    "assignments",
    needs=["vacancies.covered_by_agency_fte"],
    needs_by_option={"dfe_of_agency": ["assignments.employment"]},
)
def vacancy_cover(
    records: Records,
    on: date | Sequence[date],
    *,
    definition: Literal["dfe", "dfe_of_agency"],
    by: Sequence[str] = (),
) -> MeasureTable:
    """Agency full-time equivalents that cover vacancies, in percent, on each date.

    Parameters
    ----------
    records : Records
        The area's records; uses `vacancies` and `assignments`.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    definition : {"dfe", "dfe_of_agency"}
        `dfe`: of the vacant FTE. `dfe_of_agency`: of all agency FTE. There is no default.
    by : sequence of str
        Columns to group by, which both tables have.

    Returns
    -------
    MeasureTable
        Numerator and denominator: FTE; value in %. A row for each group and date.

    References
    ----------
    DfE, Children's social work workforce: agency workers covering vacancies.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "employment": ["agency"],
    ...     "start_date": [date(2023, 1, 1)]})
    >>> vacancies = pl.DataFrame({"organisation": ["council"], "fte": [2.0], "opened_date": [date(2023, 1, 1)],
    ...     "covered_by_agency_fte": [1.0]})
    >>> records = Records(assignments=staff, vacancies=vacancies)
    >>> vacancy_cover(records, date(2023, 3, 31), definition="dfe").frame["value"].item()
    50.0
    """
    book = definition_of("vacancy_cover", definition)
    groups, days = as_by(by), as_dates(on)
    kinds = ["employment"] if definition == "dfe_of_agency" else []
    if reason := records.lacks("assignments", columns=[*groups, *kinds]) or ungrouped(records, "vacancies", groups):
        return not_available("vacancy_cover", [definition], by=groups, when=days, reason=reason)
    assignments, source = records.assignments, eager(rows_or_none(records, "vacancies"))
    keys = list(dict.fromkeys(["organisation", *groups]))
    stretches = open_vacancies(source)
    covering = levels(stretches, days, by=keys, weight="cover").rename({"level": "numerator"})
    vacant = levels(stretches, days, by=keys, weight="fte").rename({"level": "vacant"})
    agency = spells_of(assignments, ("agency",), columns=groups)
    agency_fte = levels(in_spells(agency), days, by=keys, weight="fte").rename({"level": "agency"})
    people = levels(timeline(agency, columns=groups), days, by=keys).rename({"level": "people"})
    sums = side_by_side([covering, vacant, agency_fte, people], keys)
    denominator = "vacant" if definition == "dfe" else "agency"
    sides = sums.select(*keys, "day", "numerator", denominator=denominator, people=pl.col("people").cast(pl.Int64))
    return dated_table(sides, [source], assignments, days, groups, (book.measure, book.definition))


@measure("assignments", needs=["assignments.employment"])
def agency_rate(
    records: Records, on: date | Sequence[date], *, by: Sequence[str] = (), basis: Basis = "fte"
) -> MeasureTable:
    """Agency workers as a share of agency workers and staff in post, in percent, on each date.

    Bank staff are on neither side; staff seconded out or on a career break are not in post.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.
    basis : {"fte", "headcount"}
        Whether full-time equivalents or people are counted.

    Returns
    -------
    MeasureTable
        Numerator: agency FTE, or workers; denominator: agency and in-post FTE, or people; value in %. Limits: Wilson, on headcount.

    References
    ----------
    DfE, Children's social work workforce.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4,
    ...     "employment": ["agency", "employed", "employed", "employed"], "start_date": [date(2023, 1, 1)] * 4})
    >>> agency_rate(Records(assignments=staff), date(2023, 3, 31)).frame["value"].item()
    25.0
    """
    groups, days = as_by(by), as_dates(on)
    fte = checked_basis(basis) == "fte"
    name = "dfe_fte" if fte else "dfe"
    if reason := records.lacks("assignments", columns=[*groups, "employment"]):
        return not_available("agency_rate", [name], by=groups, when=days, reason=reason)
    assignments = records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    amounts = []
    for kind, spells in (
        ("agency", spells_of(assignments, ("agency",), columns=groups)),
        ("in_post", employed(assignments, columns=groups, statuses_out=ABSENT_FOR_DFE)),
    ):
        people = levels(timeline(spells, columns=groups), days, by=keys).rename({"level": f"{kind}_people"})
        amount = (
            levels(in_spells(spells), days, by=keys, weight="fte")
            if fte
            else people.rename({f"{kind}_people": "level"})
        )
        amounts += [people, amount.rename({"level": kind})]
    sides = side_by_side(amounts, keys).select(
        *keys,
        "day",
        numerator=pl.col("agency").cast(pl.Float64),
        denominator=(pl.col("agency") + pl.col("in_post")).cast(pl.Float64),
        people=(pl.col("agency_people") + pl.col("in_post_people")).cast(pl.Int64),
    )
    return dated_table(sides, [], assignments, days, groups, ("agency_rate", name))


def open_vacancies(vacancies: pl.DataFrame) -> pl.DataFrame:
    """Vacancies with the days on which they were open (first, last) and the agency FTE that covers them.

    >>> one = pl.DataFrame({"opened_date": [date(2023, 1, 1)], "closed_date": [date(2023, 2, 1)], "fte": [1.0]})
    >>> open_vacancies(one).select("last", "cover").row(0)
    (datetime.date(2023, 2, 1), 0.0)
    """
    if vacancies.is_empty():
        return _nothing(vacancies, cover=True)
    cover = pl.col("covered_by_agency_fte") if "covered_by_agency_fte" in vacancies.columns else pl.lit(0.0)
    closed = pl.col("closed_date") if "closed_date" in vacancies.columns else pl.lit(None, pl.Date)
    last = pl.coalesce(closed, last_proven_day(vacancies.columns), pl.lit(OPEN))
    return vacancies.with_columns(first=pl.col("opened_date"), last=last, cover=cover.fill_null(0.0))


def funded_posts(posts: pl.DataFrame) -> pl.DataFrame:
    """Posts with the days for which they are funded (first, last) and how much as fte.

    >>> funded_posts(pl.DataFrame({"start_date": [date(2020, 4, 1)], "funded_fte": [0.5]})).select("first", "fte").row(0)
    (datetime.date(2020, 4, 1), 0.5)
    """
    if posts.is_empty():
        return _nothing(posts, cover=False)
    end = pl.col("end_date") if "end_date" in posts.columns else pl.lit(None, pl.Date)
    return posts.with_columns(first=pl.col("start_date"), last=end.fill_null(OPEN), fte=pl.col("funded_fte"))


def _nothing(frame: pl.DataFrame, *, cover: bool) -> pl.DataFrame:
    schema = {c: pl.String() for c in (frame.columns or ["organisation"])} | {
        "first": pl.Date(),
        "last": pl.Date(),
        "fte": pl.Float64(),
    }
    return pl.DataFrame(schema=schema | ({"cover": pl.Float64()} if cover else {}))


def side_by_side(amounts: Sequence[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
    """Amounts of each day as columns of one frame, 0 where one has no row of a group that another has."""
    rows = [*keys, "day"]
    sums = pl.concat([amount.select(rows) for amount in amounts]).unique()
    for amount in amounts:
        sums = sums.join(amount, on=rows, how="left", nulls_equal=True)
    return sums.with_columns(pl.col(c).fill_null(0) for c in sums.columns if c not in rows)


def dated_table(
    sides: pl.DataFrame,
    sources: Sequence[pl.DataFrame],
    assignments: Frame,
    days: Sequence[date],
    groups: Sequence[str],
    name: tuple[str, str],
) -> MeasureTable:
    """Sides by organisation, group and day as a measure table; an organisation that one of the sources lacks is not available."""
    dated = sides.rename({"day": "period_start"}).with_columns(period_end="period_start")
    supplied = [s["organisation"].unique().to_list() if "organisation" in s.columns else [] for s in sources]
    if supplied:
        lacks = pl.any_horizontal(~pl.col("organisation").is_in(names) for names in supplied)
        dated = dated.with_columns(marker=pl.when(lacks).then(pl.lit(NOT_AVAILABLE)))
    rows = covered(dated, observed(assignments), [Period(d, d) for d in days])
    if any(source.is_empty() for source in sources):  # organisations without a row of their own among them
        figures = [c for c in ("numerator", "denominator", "people") if c in rows.columns]
        rows = rows.with_columns(pl.lit(None).alias(c) for c in figures).with_columns(marker=pl.lit(NOT_AVAILABLE))
    return measure_table(rolled_up(rows, by=groups), *name, by=groups)


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
