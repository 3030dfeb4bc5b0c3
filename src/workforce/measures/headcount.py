"""How many people, or full-time equivalents, are in post on a day, how many could retire within some years, and names of few put together.

A person with two employers is one person of each, and two in their sum; `people_in_area` counts them once.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal

import polars as pl

from workforce.bands import completed_years
from workforce.book.constants import PIPELINE_AGE
from workforce.errors import UsageError
from workforce.frames import as_by
from workforce.measures.availability import covered, listed, measure, not_available, rolled_up
from workforce.measures.presence import employed, level_and_days, observed, timeline
from workforce.periods import Period, as_date, as_dates
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, MeasureTable
from workforce.stats.rates import measure_table

Basis = Literal["headcount", "fte"]
NO_SHARED_NUMBERS: Final = "no two organisations share staff numbers, so people with two employers cannot be told"
OWN_NUMBERS: Final = (
    "staff numbers of {bodies} are shared with nobody, so people who also work elsewhere are counted twice"
)

FEWEST_WITH_A_NAME: Final = 3
"""People. A name that fewer have ever had is on no page."""
NAMES: Final = ("role", "grade", "team", "locality")
_OTHER_NAMES: Final = {
    "locality": "other localities",
    "role": "other roles",
    "team": "other teams",
    "grade": "other grades",
}


@measure("assignments")
def headcount(
    records: Records,
    on: date | Sequence[date],
    *,
    by: Sequence[str] = (),
    basis: Basis = "headcount",
) -> MeasureTable:
    """People (or FTE) in post on each date, without agency and bank staff.

    A person counts once in each employer, under the post there with the largest FTE, then the earliest; the area is the sum of its
    employers (`people_in_area` counts a person with two of them once). Staff who are seconded out are in post.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.
    basis : {"headcount", "fte"}
        Whether people or full-time equivalents are counted.

    Returns
    -------
    MeasureTable
        Numerator: people, or FTE; no denominator. A row for each group and date.

    References
    ----------
    This project's measure book, "in post".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0, 0.5],
    ...     "start_date": [date(2020, 1, 1), date(2023, 1, 1)]})
    >>> headcount(Records(assignments=staff), date(2022, 12, 31)).frame["value"].item()
    1.0
    """
    groups, days = as_by(by), as_dates(on)
    fte = checked_basis(basis) == "fte"
    name = "in_post_fte" if fte else "in_post"
    if reason := records.lacks("assignments", columns=groups):
        return not_available("headcount", [name], by=groups, when=days, reason=reason)
    assignments = records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(assignments, columns=groups)
    people = levels(timeline(spells, columns=groups), days, by=keys).rename({"level": "people"})
    amounts = levels(in_spells(spells), days, by=keys, weight="fte") if fte else people.rename({"people": "level"})
    sides = amounts.join(people, on=[*keys, "day"], nulls_equal=True).select(
        *keys, period_start="day", period_end="day", numerator="level", people=pl.col("people").cast(pl.Int64)
    )
    return measure_table(
        rolled_up(covered(sides, observed(assignments), [Period(d, d) for d in days]), by=groups),
        "headcount",
        name,
        by=groups,
    )


@measure("assignments")
def people_in_area(records: Records, on: date | Sequence[date], *, by: Sequence[str] = ()) -> MeasureTable:
    """People in post in the area on each date, each once however many employers they have; agency and bank staff are outside.

    A person counts under the post with the largest FTE in any employer, then the earliest. This is the denominator of no rate: rates are of
    each employer's staff and their sum.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`. People of two organisations are the same where both name the same `id_scheme` in the
        settings; in records without settings, where their ids are the same.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    by : sequence of str
        Columns to group by, of the main post in the area; not `organisation`.

    Returns
    -------
    MeasureTable
        Numerator: people; no denominator. Marker ``x`` where no two organisations share staff numbers. An organisation with numbers of its
        own is counted, and named in the result's reasons; one whose records do not cover the day is in `left_out`.

    Raises
    ------
    UsageError
        Where a column is unknown, or is `organisation`.

    References
    ----------
    This project's measure book, "in post".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council", "nhs"], "person_id": ["a", "a"], "fte": [0.5, 0.5],
    ...     "start_date": [date(2020, 1, 1)] * 2})
    >>> records = Records(assignments=staff)
    >>> [count(records, date(2022, 12, 31)).frame["value"].item() for count in (headcount, people_in_area)]
    [2.0, 1.0]
    """
    groups, days = as_by(by), as_dates(on)
    if "organisation" in groups:
        raise UsageError(
            "people in the area are counted over organisations", where="by=", hint="wf.staffing.headcount counts each"
        )
    unlinked, nobody_shares = _numbers_of_their_own(records)
    if reason := records.lacks("assignments", columns=groups) or nobody_shares:
        return not_available("people_in_area", ["in_post"], by=groups, when=days, reason=reason)
    spells = employed(records.assignments, columns=groups)
    limits = observed(records.assignments)
    by_absent: dict[tuple[str, ...], list[date]] = {}
    for day in days:
        outside = limits.filter((pl.col("observed_from") > day) | (pl.col("observed_to") < day))
        by_absent.setdefault(tuple(outside["organisation"]), []).append(day)
    frames = []
    for absent, on_days in by_absent.items():
        covered_spells = spells.filter(~pl.col("organisation").is_in(absent))
        people = levels(timeline(covered_spells, columns=groups, scope="area"), on_days, by=groups)
        nobody = pl.lit(len(absent) == limits.height)
        frames.append(
            people.select(
                *groups,
                period_start="day",
                period_end="day",
                numerator=pl.when(~nobody).then(pl.col("level").cast(pl.Float64)),
                people=pl.when(~nobody).then(pl.col("level").cast(pl.Int64)),
                marker=pl.when(nobody).then(pl.lit(NOT_AVAILABLE)),
                left_out=pl.lit(list(absent), pl.List(pl.String)),
            )
        )
    return measure_table(pl.concat(frames), "people_in_area", "in_post", by=groups)._with_reasons(*unlinked)


def _numbers_of_their_own(records: Records) -> tuple[list[str], str | None]:
    """Whose staff numbers link with nobody's, in a sentence, and why nobody's do, where that is so."""
    settings = records._settings
    if settings is None or records.lacks("assignments"):
        return [], None
    slugs = records.assignments.lazy().select(pl.col("organisation").unique().sort()).collect().to_series().to_list()
    schemes = [settings.id_scheme(slug) for slug in slugs]
    names = [
        settings.organisation_names[s] for s, scheme in zip(slugs, schemes, strict=True) if schemes.count(scheme) == 1
    ]
    if len(slugs) == 1 or not names:
        return [], None
    if len(names) == len(slugs):
        return [], NO_SHARED_NUMBERS
    return [OWN_NUMBERS.format(bodies=listed(names))], None


def checked_basis(basis: str) -> str:
    """The basis of a count, or a refusal.

    >>> checked_basis("fte")
    'fte'
    """
    if basis not in ("headcount", "fte"):
        raise UsageError('"{basis}" is not a basis', hint='use "headcount" or "fte"', basis=basis)
    return basis


def in_spells(spells: pl.DataFrame) -> pl.DataFrame:
    """Spells under the names that `level_and_days` reads: first and last day."""
    return spells.rename({"start_date": "first", "end_date": "last"})


def levels(
    stretches: pl.DataFrame, days: Sequence[date], *, by: Sequence[str], weight: str | None = None
) -> pl.DataFrame:
    """How much was in post on each day, by group: by..., day, level."""
    queries = pl.DataFrame({"day": list(days)}, schema={"day": pl.Date})
    return level_and_days(stretches, queries, by=by, weight=weight).drop("days")


@measure("assignments", needs=["assignments.birth_date"])
def retirement_pipeline(records: Records, on: date | Sequence[date], *, by: Sequence[str] = ()) -> MeasureTable:
    """Of the people in post on each date whose age is recorded, the share aged 55 and over, in percent.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and their `birth_date`.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.

    Returns
    -------
    MeasureTable
        Numerator: people aged 55 and over; denominator: people in post whose birth date is recorded; value in %. Limits: Wilson, 95%.

    References
    ----------
    This project's measure book, "retirement pipeline".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2020, 1, 1)] * 2, "birth_date": [date(1968, 3, 31), date(1968, 4, 1)]})
    >>> retirement_pipeline(Records(assignments=staff), date(2023, 3, 31)).frame["value"].item()
    50.0
    """
    groups, days = as_by(by), as_dates(on)
    if reason := records.lacks("assignments", columns=[*groups, "birth_date"]):
        return not_available("retirement_pipeline", ["aged_55"], by=groups, when=days, reason=reason)
    assignments = records.assignments
    columns = [c for c in dict.fromkeys([*groups, "birth_date"]) if c != "organisation"]
    keys = list(dict.fromkeys(["organisation", *groups]))
    stretches = timeline(employed(assignments, columns=columns), columns=columns)
    everyone = stretches.select(keys).unique()
    frames = []
    for day in days:
        counts = (
            stretches.filter((pl.col("first") <= day) & (pl.col("last") >= day) & pl.col("birth_date").is_not_null())
            .group_by(keys)
            .agg(
                numerator=(completed_years("birth_date", day) >= PIPELINE_AGE).sum().cast(pl.Float64),
                denominator=pl.len().cast(pl.Float64),
                people=pl.len().cast(pl.Int64),
            )
        )
        frames.append(
            everyone.join(counts, on=keys, how="left", nulls_equal=True).with_columns(
                pl.col("numerator", "denominator", "people").fill_null(0),
                period_start=pl.lit(day),
                period_end=pl.lit(day),
            )
        )
    rows = rolled_up(covered(pl.concat(frames), observed(assignments), [Period(d, d) for d in days]), by=groups)
    return measure_table(rows, "retirement_pipeline", "aged_55", by=groups)


@measure("assignments")
def smallest_together(records: Records, column: str, on: date, *, fewest: int = 10) -> Records:
    """Records in which the groups of few people have one name together, and with the next smallest, until they are enough.

    The joint name lists the groups by size, smallest first. Every row stays; only the names in the column change, in every table that has
    it, so that whoever was counted before is counted after. Groups that nobody is in on the day, and rows without a name, keep theirs.

    Parameters
    ----------
    records : Records
        The area's records; counts the people of `assignments`.
    column : str
        For example "locality", "team" or "role".
    on : date
        The day on which people are counted.
    fewest : int
        The people that a group needs to stay by itself.

    Returns
    -------
    Records
        The same records with joint names; unchanged where no group is too small, or the column is not recorded.

    References
    ----------
    This project's measure book, "merged localities".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 5, "person_id": list("abcde"), "start_date": [date(2020, 1, 1)] * 5,
    ...     "fte": [1.0] * 5, "locality": ["Hill", "Isle", "Lea", "Lea", "Hill"]})
    >>> merged = smallest_together(Records(assignments=staff), "locality", date(2023, 3, 31), fewest=2)
    >>> merged.assignments["locality"].to_list()
    ['Isle and Hill', 'Isle and Hill', 'Lea', 'Lea', 'Isle and Hill']
    """
    day = as_date(on)
    if records.lacks("assignments", columns=as_by([column])):
        return records
    sizes = headcount(records, day, by=[column]).frame.filter(pl.col(column).is_not_null() & (pl.col("people") > 0))
    small: list[str] = []
    people = 0
    for name, count in sizes.sort("people", column).select(column, "people").iter_rows():
        if count >= fewest and (not small or people >= fewest):
            break
        small.append(name)
        people += count
    if len(small) < 2:  # noqa: PLR2004 - a group alone has none to be merged with
        return records
    joint = f"{', '.join(small[:-1])} and {small[-1]}"
    return _with_names(records, {column: dict.fromkeys(small, joint)})


def rare_names_together(
    records: Records, columns: Sequence[str] = NAMES, *, fewest: int = FEWEST_WITH_A_NAME
) -> Records:
    """Records in which names that few people have ever had are one name together, such as "other roles".

    A table lists a group also where its figure is withheld, so that the name alone tells that someone has it. Names are put together before
    anything is measured: every row stays, so totals stay, and a rate of "other roles" is one of all its people. Names that the settings
    list (common roles, localities of the area) are kinds of posts and places that are known anyway, and names that nobody has, such as a
    post that is vacant, are about nobody: both stay.

    Parameters
    ----------
    records : Records
        The area's records; counts the people of `assignments`, over all days.
    columns : sequence of str
        Columns with names; those that are not recorded are skipped.
    fewest : int
        How many people have to have had a name for it to stay.

    Returns
    -------
    Records
        The same records with joint names, in every table that has the column.

    References
    ----------
    This project's measure book, "Disclosure".

    Examples
    --------
    >>> from datetime import date
    >>> staff = pl.DataFrame({"organisation": ["council"] * 5, "person_id": list("abcde"), "start_date": [date(2020, 1, 1)] * 5,
    ...     "fte": [1.0] * 5, "role": ["Adviser"] * 3 + ["Cover for the head", "Envoy"]})
    >>> rare_names_together(Records(assignments=staff)).assignments["role"].to_list()
    ['Adviser', 'Adviser', 'Adviser', 'other roles', 'other roles']
    """
    staff = records.assignments.lazy()
    agreed = _agreed_names(records)
    joint: dict[str, dict[str, str]] = {}
    for column in as_by(columns):
        if column not in staff.collect_schema().names():
            continue
        names = pl.col(column).cast(pl.String)
        people = staff.filter(names.is_not_null()).group_by(names.alias(column)).agg(pl.col("person_id").n_unique())
        rare = people.filter(pl.col("person_id") < fewest).collect()[column].to_list()
        others = _OTHER_NAMES.get(column, f"other {column.replace('_', ' ')}s")
        joint[column] = {name: others for name in rare if name not in agreed}
    return _with_names(records, joint)


def _with_names(records: Records, joint: Mapping[str, Mapping[str, str]]) -> Records:
    """The same records with joint names; joint: for each column the new name of each that is replaced."""
    return records._with(
        {
            name: frame.with_columns(
                pl.col(column).cast(pl.String).replace(names)
                for column, names in joint.items()
                if names and column in frame.lazy().collect_schema().names()
            )
            for name, frame in records.tables()
        }
    )


def _agreed_names(records: Records) -> set[str]:
    """The names that the settings list; none for records without settings."""
    if records._settings is None:
        return set()
    settings = records._settings
    return {*settings.common_roles, *settings.area.localities, *settings.casework.caseworker_roles}
