"""Compare: a measure table with what is published of one local authority, its statistical neighbours, its region and England.

Only numbers of the same definition and the same days are compared; a period for which nothing is published says so.
"""

from typing import Any, Final

import polars as pl

from workforce.book import Definition, measure_book
from workforce.errors import UsageError
from workforce.measures.comparison.areas import Authority, find_authority, in_area, systems_of
from workforce.measures.comparison.neighbours import neighbour_figures, neighbours_of, of_neighbours, with_near_zero
from workforce.measures.comparison.official import Official, _provenance_of, figures_of, in_periods, polarity
from workforce.measures.comparison.ranking import ranked
from workforce.measures.frame import FIRST
from workforce.periods import Period, written
from workforce.results import MeasureTable
from workforce.sealed import Provenance

# The added columns: values in the measure's unit, and words about a row.
COMPARED: Final = {
    **dict.fromkeys(("own_published", "england", "region_value", "neighbours_mean", "neighbours_median"), pl.Float64()),
    **dict.fromkeys(("region_name", "neighbours_without", "neighbours_model", "quartile", "quartile_of"), pl.String()),
    **dict.fromkeys(("neighbours_with", "rank", "ranked", "england_rank", "england_ranked"), pl.Int64()),
    "change": pl.Float64(),
    **dict.fromkeys(("better", "compared_with", "covers"), pl.String()),
}
MODELS: Final = {"2021": "April 2021", "2025": "May 2025"}  # of the DfE
A_MONTH: Final = 31  # days at most
_PERIOD = ("period_start", "period_end")


def compare(table: MeasureTable, published: Official, *, area: str, neighbours: str = "2025") -> MeasureTable:
    """Add what is published for the same days to a measure table, in the measure's unit; use it before `release`.

    Parameters
    ----------
    table : MeasureTable
        The organisations' own, or published rows (`wf.benchmark.figures`).
    published : OfficialStore
        What `wf.load_official` returned.
    area : str
        Name or three-digit number of the local authority.
    neighbours : {"2025", "2021"}
        The DfE's neighbour model: May 2025 or April 2021.

    Returns
    -------
    MeasureTable
        The rows with the columns of the comparison added.

    Raises
    ------
    UsageError
        Where the store has no such definition, unit, authority or model.

    Notes
    -----
    Added columns: `own_published`, the authority's figure (of its joint return, where it makes one); `england`; `region_value` and
    `region_name` (of NHS figures, which no local authority has, the integrated care system, where the authority lies in one);
    `neighbours_mean`, `neighbours_median` (a joint return of two neighbours counts once), `neighbours_with` (how many had a figure; one
    that rounds to zero is one), `neighbours_without` (the names of the others, with the reason that is known), `neighbours_model`; `rank`
    of the row's value among `ranked`, the neighbours with a figure and itself, at one decimal place as published: 1 is the better end, or
    the lowest where none is better, and equal values share the better rank; `england_rank` and `england_ranked` likewise, where the
    figures hold nearly all of England; `quartile` in words ("best quarter") among `quartile_of`, England where it is held, else the
    neighbours; `change` on the same days a year before in the table itself; `better`, "lower" or "higher"; `compared_with`, the published
    period or why there is none; `covers`, whom the published figures are about.

    A period matches where its days are the same; where both sides of a definition add up over time (NHS days lost), published periods that
    fill it exactly are added up. One kind of year is never turned into another.

    References
    ----------
    This project's measure book, "Comparison"; DfE, Local Authority Interactive Tool (ranks and quartile bands).

    Examples
    --------
    >>> from workforce.measures.comparison.official import figures
    >>> from workforce.sources.published import load_official
    >>> official = load_official()
    >>> own = figures(official, "turnover", "dfe_fte", areas=["Devon"])
    >>> beside = compare(own, official, area="Devon")
    >>> beside.frame.select("value", "england", "neighbours_median", "neighbours_with", "rank", "ranked", "change").row(-1)
    (14.2, 11.8, 10.4, 10, 10, 11, 2.4)
    """
    if not isinstance(table, MeasureTable):
        raise UsageError("compare takes what a measure returned", where="compare", hint="measure first")
    frame = table.frame
    taken = [c for c in COMPARED if c in table.added]
    if taken:
        raise UsageError(
            "the table already has {columns}", where="compare", hint="start from the measure's table", columns=taken
        )
    authority = find_authority(published.published, published.neighbours, area)
    ten = neighbours_of(published.neighbours, authority, model=neighbours)
    numbered = with_change(table).frame.with_row_index("row_of_table")
    parts = []
    for part in numbered.partition_by([*FIRST, "unit"], maintain_order=True):
        book = _comparable(part, table)
        beside = _beside(part, published, book, authority, ten)
        places = ranked(part, beside, polarity(book), authority)
        official = measure_book().published.get((book.measure, book.definition))
        words = {
            "neighbours_model": f"DfE, {MODELS.get(neighbours, neighbours)}",
            "better": polarity(book),
            "covers": official.covers if official else None,
        }
        joined = part.join(beside.drop("near", "all"), on=_PERIOD, how="left", nulls_equal=True, maintain_order="left")
        parts.append(
            joined.join(places, on="row_of_table", how="left", maintain_order="left").with_columns(
                pl.lit(text, pl.String).alias(name) for name, text in words.items()
            )
        )
    if parts:
        whole = pl.concat(parts).sort("row_of_table")
        frame = whole.select(*frame.columns, *[pl.col(c).cast(dtype) for c, dtype in COMPARED.items()])
    else:
        frame = frame.with_columns(pl.lit(None, dtype).alias(c) for c, dtype in COMPARED.items())
    # Columns that release shows as they are must come from the store.
    provenance = Provenance.of_all([table._provenance, _provenance_of(published)])
    return table._with(frame, added=[*table.added, *COMPARED], _provenance=provenance)


def with_change(table: MeasureTable) -> MeasureTable:
    """Add `change` to a measure table: the value less that of the same group for the same days a year before; null without one.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.measures.frame import measure_table
    >>> ends = [date(2023, 2, 28), date(2024, 2, 29)]
    >>> with_change(measure_table(pl.DataFrame({"period_start": ends, "period_end": ends, "numerator": [5.0, 7.0]}),
    ...     "headcount", "in_post", by=[])).frame["change"].to_list()
    [None, 2.0]
    """
    # A period is known by its first day and the day after its last: so the end of February finds the end of February.
    next_day = pl.col("period_end").dt.offset_by("1d")
    groups = [c for c in table.groups if c != "source"]
    keys = [*FIRST, "unit", *groups, "from_day", "next_day"]
    now = table.frame.drop("change", strict=False).with_columns(from_day="period_start", next_day=next_day)
    before = now.select(
        *FIRST,
        "unit",
        *groups,
        pl.when(pl.col("period_start") == pl.col("period_end"))
        .then(pl.col("next_day").dt.offset_by("1y").dt.offset_by("-1d"))
        .otherwise(pl.col("period_start").dt.offset_by("1y"))
        .alias("from_day"),
        pl.col("next_day").dt.offset_by("1y"),
        pl.col("value").alias("year_before"),
    ).unique(keys, keep="none")
    changed = (
        now.join(before, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(change=(pl.col("value") - pl.col("year_before")).round(10))
        .drop("from_day", "next_day", "year_before")
    )
    return table._with(changed, added=list(dict.fromkeys([*table.added, "change"])))


def _comparable(part: pl.DataFrame, table: MeasureTable) -> Definition:
    book = table.definition(str(part["measure"][0]), str(part["definition"][0]))
    if part["unit"][0] != book.unit:
        raise UsageError(
            "{measure} by {definition} is published in {unit}, not in {given_unit}",
            where="compare",
            hint="measure whole years, without annualised=True",
            measure=book.measure,
            definition=book.definition,
            unit=book.unit,
            given_unit=part["unit"][0],
        )
    return book


def _beside(
    part: pl.DataFrame, published: Official, book: Definition, authority: Authority, ten: pl.DataFrame
) -> pl.DataFrame:
    """By period of the table: the comparators, and as lists the figures to rank among (`near`, `all`)."""
    rows = figures_of(published.published, book.measure, book.definition)
    periods = part.select(_PERIOD).unique().sort(_PERIOD)
    held = with_near_zero(in_periods(rows, periods, book))
    level = pl.col("area_level")
    code, name = _region(published, held, authority)
    councils = level == "local_authority"
    own = held.filter(councils & in_area(authority.code))
    others = held.filter(councils & ~in_area(authority.code) & pl.col("value").is_not_null())
    near = neighbour_figures(held, ten, authority, periods=periods)
    means = of_neighbours(near).select(
        *_PERIOD,
        neighbours_mean=pl.col("mean").round(10),
        neighbours_median=pl.col("median").round(10),
        neighbours_with="had",
        neighbours_without=pl.when(pl.col("without").list.len() > 0).then(pl.col("without").list.join("; ")),
    )
    by_region = held.filter(level.is_in(["regional", "system"]) & pl.col("area_code").is_in([code] if code else []))
    once = near.drop_nulls("value").unique(["unit", *_PERIOD])
    result = periods.join(means, on=_PERIOD, how="left", nulls_equal=True)
    for frame, column, into in (
        (own, "value", "own_published"),
        (held.filter(level == "national"), "value", "england"),
        (by_region, "value", "region_value"),
        (held.filter(level == "national"), "parts", "parts"),
    ):
        result = result.join(
            frame.select(*_PERIOD, pl.col(column).alias(into)), on=_PERIOD, how="left", nulls_equal=True
        )
    for frame, into in ((once, "near"), (others, "all")):
        lists = frame.group_by(_PERIOD).agg(pl.col("value").sort().alias(into))
        result = result.join(lists, on=_PERIOD, how="left", nulls_equal=True)
    if not (rows["area_level"] == "local_authority").any():  # of NHS figures no authority has one, and none is missing
        result = result.with_columns(neighbours_with=pl.lit(None, pl.Int64), neighbours_without=pl.lit(None, pl.String))
    matched = held.select(_PERIOD).unique().with_columns(matched=pl.lit(value=True))
    return (
        result.join(matched, on=_PERIOD, how="left", nulls_equal=True)
        .with_columns(pl.when("matched").then(c).alias(c) for c in ("neighbours_with", "neighbours_without"))
        .with_columns(
            region_name=pl.when(pl.col("region_value").is_not_null()).then(pl.lit(name, pl.String)),
            compared_with=pl.struct(*_PERIOD, "matched", "parts").map_elements(
                lambda row: _words(row, rows), return_dtype=pl.String
            ),
        )
        .drop("matched", "parts")
    )


def _region(published: Official, held: pl.DataFrame, authority: Authority) -> tuple[str | None, str | None]:
    """Code and name of the region, or of the only NHS system, that an authority lies in."""
    if (held["area_level"] == "system").any():
        systems = systems_of(authority)
        if len(systems) != 1:
            return None, None
        named = held.filter((pl.col("area_level") == "system") & (pl.col("area_code") == systems[0]))
        return systems[0], f"{named['area_name'].to_list()[-1]} (NHS system)" if len(named) else None
    parents = (
        published.published.filter((pl.col("area_level") == "local_authority") & in_area(authority.code))
        .drop_nulls("part_of")
        .sort("period_end")
    )
    if parents.is_empty():
        return None, None
    code = str(parents["part_of"].last())
    named = published.published.filter((pl.col("area_level") == "regional") & (pl.col("area_code") == code))
    return code, str(named.sort("period_end")["area_name"].to_list()[-1]) if len(named) else None


def _words(row: dict[str, Any], rows: pl.DataFrame) -> str | None:
    """What a period is compared with, or what is published instead."""
    start, end = row["period_start"], row["period_end"]
    if start is None or end is None:
        return "not compared: the row has no period"
    if row["matched"]:
        own = str(Period(start, end))
        parts = row["parts"]
        return f"{own}, {parts} published periods added up" if isinstance(parts, int) and parts > 1 else own
    ends = rows.select(_PERIOD).unique().sort("period_end")
    first, last = (Period(*ends.row(i)) for i in (0, -1))
    if first.start == first.end:
        return f"not compared: published for single days, {first} to {last}"
    if first.days <= A_MONTH:
        return f"not compared: published for months, {first} to {last}"
    return f"not compared: published for periods that end {written(first.end)} to {written(last.end)}"
