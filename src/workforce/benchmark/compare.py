"""A measure table compared with what is published of one local authority, its statistical neighbours, its region and England.

Only numbers of the same definition and the same days are compared; a period for which nothing is published says so.
"""

from typing import Any, Final

import polars as pl

from workforce.benchmark.authorities import (
    Authority,
    find_authority,
    in_area,
    neighbour_figures,
    neighbours_of,
    of_neighbours,
    systems_of,
    with_near_zero,
)
from workforce.benchmark.official import Official, _provenance_of, figures_of, half_up, in_periods, polarity
from workforce.book import Better, Definition, measure_book
from workforce.errors import UsageError
from workforce.periods import Period, written
from workforce.results import FIRST, PERIOD_COLUMNS, MeasureTable
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
DECIMALS: Final = 1  # authorities' figures are published to one decimal place
NEARLY_ENGLAND: Final = (
    100  # authorities with a figure; England has about 150 returns, and with fewer the figures are an extract
)
QUARTERS: Final = 4


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
    >>> from workforce.benchmark.official import figures
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
    clashing = [c for c in COMPARED if c in table.added]
    if clashing:
        raise UsageError(
            "the table already has {columns}", where="compare", hint="start from the measure's table", columns=clashing
        )
    authority = find_authority(published.published, published.neighbours, area)
    ten = neighbours_of(published.neighbours, authority, model=neighbours)
    rows = with_change(table).frame.with_row_index("row_of_table")
    tables = []
    for of_definition in rows.partition_by([*FIRST, "unit"], maintain_order=True):
        book = _comparable(of_definition, table)
        comparators = _beside(of_definition, published, book, authority, ten)
        places = ranked(of_definition, comparators, polarity(book), authority)
        official = measure_book().published.get((book.measure, book.definition))
        words = {
            "neighbours_model": f"DfE, {MODELS.get(neighbours, neighbours)}",
            "better": polarity(book),
            "covers": official.covers if official else None,
        }
        compared = of_definition.join(
            comparators.drop("near", "all"), on=PERIOD_COLUMNS, how="left", nulls_equal=True, maintain_order="left"
        )
        tables.append(
            compared.join(places, on="row_of_table", how="left", maintain_order="left").with_columns(
                pl.lit(text, pl.String).alias(name) for name, text in words.items()
            )
        )
    if tables:
        combined = pl.concat(tables).sort("row_of_table")
        frame = combined.select(*frame.columns, *[pl.col(c).cast(dtype) for c, dtype in COMPARED.items()])
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
    >>> from workforce.stats.rates import measure_table
    >>> ends = [date(2023, 2, 28), date(2024, 2, 29)]
    >>> with_change(measure_table(pl.DataFrame({"period_start": ends, "period_end": ends, "numerator": [5.0, 7.0]}),
    ...     "headcount", "in_post", by=[])).frame["change"].to_list()
    [None, 2.0]
    """
    # A period is known by its first day and the day after its last: so the end of February finds the end of February.
    next_day = pl.col("period_end").dt.offset_by("1d")
    groups = [c for c in table.groups if c != "source"]
    keys = [*FIRST, "unit", *groups, "from_day", "next_day"]
    current = table.frame.drop("change", strict=False).with_columns(from_day="period_start", next_day=next_day)
    before = current.select(
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
        current.join(before, on=keys, how="left", nulls_equal=True, maintain_order="left")
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
    periods = part.select(PERIOD_COLUMNS).unique().sort(PERIOD_COLUMNS)
    figures = with_near_zero(in_periods(rows, periods, book))
    level = pl.col("area_level")
    code, name = _region(published, figures, authority)
    councils = level == "local_authority"
    authority_rows = figures.filter(councils & in_area(authority.code))
    authorities = figures.filter(councils & ~in_area(authority.code) & pl.col("value").is_not_null())
    neighbours = neighbour_figures(figures, ten, authority, periods=periods)
    means = of_neighbours(neighbours).select(
        *PERIOD_COLUMNS,
        neighbours_mean=pl.col("mean").round(10),
        neighbours_median=pl.col("median").round(10),
        neighbours_with="had",
        neighbours_without=pl.when(pl.col("without").list.len() > 0).then(pl.col("without").list.join("; ")),
    )
    by_region = figures.filter(level.is_in(["regional", "system"]) & pl.col("area_code").is_in([code] if code else []))
    once = neighbours.drop_nulls("value").unique(["unit", *PERIOD_COLUMNS])
    result = periods.join(means, on=PERIOD_COLUMNS, how="left", nulls_equal=True)
    for frame, column, into in (
        (authority_rows, "value", "own_published"),
        (figures.filter(level == "national"), "value", "england"),
        (by_region, "value", "region_value"),
        (figures.filter(level == "national"), "parts", "parts"),
    ):
        result = result.join(
            frame.select(*PERIOD_COLUMNS, pl.col(column).alias(into)), on=PERIOD_COLUMNS, how="left", nulls_equal=True
        )
    for frame, into in ((once, "near"), (authorities, "all")):
        lists = frame.group_by(PERIOD_COLUMNS).agg(pl.col("value").sort().alias(into))
        result = result.join(lists, on=PERIOD_COLUMNS, how="left", nulls_equal=True)
    if not (rows["area_level"] == "local_authority").any():  # of NHS figures no authority has one, and none is missing
        result = result.with_columns(neighbours_with=pl.lit(None, pl.Int64), neighbours_without=pl.lit(None, pl.String))
    matched = figures.select(PERIOD_COLUMNS).unique().with_columns(matched=pl.lit(value=True))
    return (
        result.join(matched, on=PERIOD_COLUMNS, how="left", nulls_equal=True)
        .with_columns(pl.when("matched").then(c).alias(c) for c in ("neighbours_with", "neighbours_without"))
        .with_columns(
            region_name=pl.when(pl.col("region_value").is_not_null()).then(pl.lit(name, pl.String)),
            compared_with=pl.struct(*PERIOD_COLUMNS, "matched", "parts").map_elements(
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
        area_rows = held.filter((pl.col("area_level") == "system") & (pl.col("area_code") == systems[0]))
        return systems[0], f"{area_rows['area_name'].to_list()[-1]} (NHS system)" if len(area_rows) else None
    parents = (
        published.published.filter((pl.col("area_level") == "local_authority") & in_area(authority.code))
        .drop_nulls("part_of")
        .sort("period_end")
    )
    if parents.is_empty():
        return None, None
    code = str(parents["part_of"].last())
    area_rows = published.published.filter((pl.col("area_level") == "regional") & (pl.col("area_code") == code))
    return code, str(area_rows.sort("period_end")["area_name"].to_list()[-1]) if len(area_rows) else None


def _words(row: dict[str, Any], rows: pl.DataFrame) -> str | None:
    """What a period is compared with, or what is published instead."""
    start, end = row["period_start"], row["period_end"]
    if start is None or end is None:
        return "not compared: the row has no period"
    if row["matched"]:
        period = str(Period(start, end))
        added = row["parts"]
        return f"{period}, {added} published periods added up" if isinstance(added, int) and added > 1 else period
    ends = rows.select(PERIOD_COLUMNS).unique().sort("period_end")
    first, last = (Period(*ends.row(i)) for i in (0, -1))
    if first.start == first.end:
        return f"not compared: published for single days, {first} to {last}"
    if first.days <= A_MONTH:
        return f"not compared: published for months, {first} to {last}"
    return f"not compared: published for periods that end {written(first.end)} to {written(last.end)}"


def ranked(part: pl.DataFrame, beside: pl.DataFrame, better: Better | None, authority: Authority) -> pl.DataFrame:
    """Return rank, ranked, england_rank, england_ranked, quartile and quartile_of by `row_of_table`.

    Parameters
    ----------
    part : polars.DataFrame
        Rows of a measure table with `row_of_table`.
    beside : polars.DataFrame
        By period, the lists `near` and `all` of the numbers to rank among.
    better : {"lower", "higher"} or None
        Which direction is better.
    authority : Authority
        Whose neighbours `near` are.
    """
    rows = part.select("row_of_table", "value", *PERIOD_COLUMNS).join(
        beside.select(*PERIOD_COLUMNS, "near", "all"), on=PERIOD_COLUMNS, how="left", nulls_equal=True
    )
    columns = rows.select("row_of_table")
    for peers, into, of, least in (
        ("near", "rank", "ranked", 2),
        ("all", "england_rank", "england_ranked", NEARLY_ENGLAND),
    ):
        columns = columns.join(_rank(rows, peers, into, of, better, least), on="row_of_table", how="left")
    nationally = pl.col("england_ranked").is_not_null()
    place = pl.when(nationally).then("england_rank").otherwise("rank")
    size = pl.when(nationally).then("england_ranked").otherwise("ranked")
    ends = ("best", "worst") if better else ("lowest", "highest")
    quarters = [f"{ends[0]} quarter", "second quarter", "third quarter", f"{ends[1]} quarter"]
    quarter = (place - 1) * QUARTERS // size
    enough = size >= QUARTERS
    return columns.with_columns(
        quartile=pl.when(enough).then(quarter.replace_strict(dict(enumerate(quarters)), return_dtype=pl.String)),
        quartile_of=pl.when(enough & nationally)
        .then(pl.format("{} authorities of England", size))
        .when(enough)
        .then(pl.format("{} figures: {} and its neighbours", size, pl.lit(authority.name))),
    )


def _rank(joined: pl.DataFrame, others: str, into: str, of: str, better: Better | None, fewest: int) -> pl.DataFrame:
    exploded = joined.drop_nulls(["value", others]).explode(others)
    mine, theirs = (half_up(pl.col(c), DECIMALS) for c in ("value", others))
    ahead = theirs > mine if better == "higher" else theirs < mine
    return (
        exploded.group_by("row_of_table")
        .agg(ahead.sum().cast(pl.Int64).alias("ahead") + 1, (pl.len().cast(pl.Int64) + 1).alias(of))
        .filter(pl.col(of) >= fewest)
        .rename({"ahead": into})
    )
