"""Vacancies, agency workers and how the one covers the other, on a day.

Promises: one row per group and date; vacant posts, people in post and agency workers are counted from their own tables and never subtracted
from one another in silence; an over-established team has a negative rate and is shown so. Refuses: a vacancy rate or cover without a
definition, frames without the columns named in `by`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import polars as pl

from workforce.definitions import definition_of
from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import NOT_AVAILABLE, as_by, eager, measure_table
from workforce.measures.presence import ABSENT_FOR_DFE, OPEN, employed, observed, spells_of, timeline
from workforce.measures.staffing.headcount import Basis, checked_basis, in_spells, levels
from workforce.periods import Period, as_dates

Frame = pl.DataFrame | pl.LazyFrame


def vacancy_rate(
    posts: Frame,
    vacancies: Frame,
    assignments: Frame,
    on: date | Sequence[date],
    *,
    definition: Literal["dfe", "establishment"],
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """Vacant full-time equivalents as a share, in percent, on each date.

    Definitions (none is the default): `dfe`, vacant FTE / (vacant FTE + in-post FTE), vacant from the open vacancies whether or not they
    are recruited to or covered, DfE children's social work workforce; `establishment`, (funded FTE - in-post FTE) / funded FTE, this
    project's measure book: seconded-out staff are in post, agency workers are not. An organisation that supplies no vacancies (or no
    posts) at all is not available (`x`), not free of vacancies. A vacancy is open up to and with its closing date.

    >>> day = date(2023, 3, 31)
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [0.8], "start_date": [date(2020, 1, 1)]})
    >>> posts = pl.DataFrame({"organisation": ["council"], "funded_fte": [1.0], "start_date": [date(2020, 1, 1)]})
    >>> round(vacancy_rate(posts, pl.DataFrame(), staff, day, definition="establishment")["value"].item(), 9)
    20.0
    """
    book = definition_of("vacancy_rate", definition)
    source = eager(vacancies if definition == "dfe" else posts)
    groups, days = as_by(by, assignments, source), as_dates(on)
    own = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(assignments, columns=groups, statuses_out=ABSENT_FOR_DFE if definition == "dfe" else ())
    in_post = levels(in_spells(spells), days, by=own, weight="fte").rename({"level": "in_post"})
    people = levels(timeline(spells, columns=groups), days, by=own).rename({"level": "people"})
    planned = levels(
        open_vacancies(source) if definition == "dfe" else funded_posts(source), days, by=own, weight="fte"
    )
    both = side_by_side([in_post, people, planned.rename({"level": "planned"})], own)
    numerator = pl.col("planned") if definition == "dfe" else pl.col("planned") - pl.col("in_post")
    denominator = pl.col("planned") + pl.col("in_post") if definition == "dfe" else pl.col("planned")
    sides = both.select(
        *own, "day", numerator=numerator, denominator=denominator, people=pl.col("people").cast(pl.Int64)
    )
    return dated_table(sides, [source], assignments, days, groups, (book.measure, book.definition))


def vacancy_cover(
    vacancies: Frame,
    assignments: Frame,
    on: date | Sequence[date],
    *,
    definition: Literal["dfe", "dfe_of_agency"],
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """Agency full-time equivalents that cover vacancies, in percent of the vacant (`dfe`) or of all agency FTE (`dfe_of_agency`).

    Definition: DfE, children's social work workforce: agency workers covering vacancies.

    >>> day = date(2023, 3, 31)
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "employment": ["agency"],
    ...     "start_date": [date(2023, 1, 1)]})
    >>> open_posts = pl.DataFrame({"organisation": ["council"], "fte": [2.0], "opened_date": [date(2023, 1, 1)],
    ...     "closed_date": [None], "covered_by_agency_fte": [1.0]}, schema_overrides={"closed_date": pl.Date})
    >>> vacancy_cover(open_posts, staff, day, definition="dfe")["value"].item()
    50.0
    """
    book = definition_of("vacancy_cover", definition)
    source = eager(vacancies)
    groups, days = as_by(by, assignments, source), as_dates(on)
    own = list(dict.fromkeys(["organisation", *groups]))
    stretches = open_vacancies(source)
    covering = levels(stretches, days, by=own, weight="cover").rename({"level": "numerator"})
    vacant = levels(stretches, days, by=own, weight="fte").rename({"level": "vacant"})
    agency = spells_of(assignments, ("agency",), columns=groups)
    agency_fte = levels(in_spells(agency), days, by=own, weight="fte").rename({"level": "agency"})
    people = levels(timeline(agency, columns=groups), days, by=own).rename({"level": "people"})
    both = side_by_side([covering, vacant, agency_fte, people], own)
    denominator = "vacant" if definition == "dfe" else "agency"
    sides = both.select(*own, "day", "numerator", denominator=denominator, people=pl.col("people").cast(pl.Int64))
    return dated_table(sides, [source], assignments, days, groups, (book.measure, book.definition))


def agency_rate(
    assignments: Frame, on: date | Sequence[date], *, by: Sequence[str] = (), basis: Basis = "fte"
) -> pl.DataFrame:
    """Agency workers as a share of agency workers and staff in post, in percent, FTE or headcount.

    Definition: DfE, children's social work workforce. Bank staff are on neither side. Limits: Wilson on headcount.

    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4,
    ...     "employment": ["agency", "employed", "employed", "employed"], "start_date": [date(2023, 1, 1)] * 4})
    >>> agency_rate(staff, date(2023, 3, 31))["value"].item()
    25.0
    """
    groups, days = as_by(by, assignments), as_dates(on)
    own = list(dict.fromkeys(["organisation", *groups]))
    fte = checked_basis(basis) == "fte"
    parts = []
    for kind, spells in (
        ("agency", spells_of(assignments, ("agency",), columns=groups)),
        ("in_post", employed(assignments, columns=groups, statuses_out=ABSENT_FOR_DFE)),
    ):
        people = levels(timeline(spells, columns=groups), days, by=own).rename({"level": f"{kind}_people"})
        amount = (
            levels(in_spells(spells), days, by=own, weight="fte") if fte else people.rename({f"{kind}_people": "level"})
        )
        parts += [people, amount.rename({"level": kind})]
    both = side_by_side(parts, own)
    sides = both.select(
        *own,
        "day",
        numerator=pl.col("agency").cast(pl.Float64),
        denominator=(pl.col("agency") + pl.col("in_post")).cast(pl.Float64),
        people=(pl.col("agency_people") + pl.col("in_post_people")).cast(pl.Int64),
    )
    return dated_table(sides, [], assignments, days, groups, ("agency_rate", "dfe_fte" if fte else "dfe"))


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
    return vacancies.with_columns(first=pl.col("opened_date"), last=closed.fill_null(OPEN), cover=cover.fill_null(0.0))


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


def side_by_side(parts: Sequence[pl.DataFrame], own: Sequence[str]) -> pl.DataFrame:
    """The parts side by side, 0 where one has no row of a group that another has."""
    keys = [*own, "day"]
    both = pl.concat([part.select(keys) for part in parts]).unique()
    for part in parts:
        both = both.join(part, on=keys, how="left", nulls_equal=True)
    return both.with_columns(pl.col(c).fill_null(0) for c in both.columns if c not in keys)


def dated_table(
    sides: pl.DataFrame,
    sources: Sequence[pl.DataFrame],
    assignments: Frame,
    days: Sequence[date],
    groups: Sequence[str],
    name: tuple[str, str],
) -> pl.DataFrame:
    """Sides by organisation, group and day as a measure table; an organisation that one of the sources lacks is not available."""
    dated = sides.rename({"day": "period_start"}).with_columns(period_end="period_start")
    supplied = [s["organisation"].unique().to_list() if "organisation" in s.columns else [] for s in sources]
    if supplied:
        lacks = pl.any_horizontal(~pl.col("organisation").is_in(names) for names in supplied)
        dated = dated.with_columns(marker=pl.when(lacks).then(pl.lit(NOT_AVAILABLE)))
    shown = covered(dated, observed(assignments), [Period(d, d) for d in days])
    return measure_table(rolled_up(shown, by=groups), *name, by=groups)
