"""One local authority's official figures as a page shows them: lines, the last period, and its place among other authorities."""

from datetime import date
from typing import Final

import polars as pl

from workforce.benchmark.authorities import (
    find_authority,
    in_area,
    neighbour_figures,
    neighbours_of,
    of_neighbours,
)
from workforce.benchmark.compare import MODELS, compare
from workforce.benchmark.official import Held, Official, _table, figures, figures_of, half_up, shaped
from workforce.periods import Period, written
from workforce.results import FIRST, NOT_AVAILABLE, MeasureTable

NOTHING: Final = "not available"
MINUS: Final = "\N{MINUS SIGN}"
MEDIAN: Final = "neighbours_median"
BREAK: Final = "series_break"  # why a period is not comparable with those before it


def standing(
    published: pl.DataFrame | pl.LazyFrame,
    neighbours: pl.DataFrame,
    *,
    measure: str,
    definition: str,
    area: str,
    model: str = "2025",
) -> pl.DataFrame:
    """Where one authority stands, a row a period, in words for a table: the columns of `compare` that no chart shows.

    Group columns: period, change_on_last_year ("+2.4"), rank_among_neighbours ("10 of 11"), national_quarter ("third (101 of 148)") or,
    where the figures at hand hold no more than its neighbours, quarter_among_neighbours ("worst"), neighbours_with_a_figure ("9 of 10,
    without Dorset (formed 1 April 2019)"), source. Ranks and quarters: see `compare`.
    """
    official = Held(published.lazy().collect(), neighbours)
    authority = find_authority(official.published, neighbours, area)
    authority_figures = figures(official, measure, definition, areas=[authority.code])
    compared = compare(authority_figures, official, area=authority.code, neighbours=model).frame
    ten = pl.col("neighbours_with") + pl.col("neighbours_without").str.split("; ").list.len().fill_null(0)
    had = pl.format("{} of {}", "neighbours_with", ten)
    change = half_up(pl.col("change"), 1)
    sign = pl.when(change > 0).then(pl.lit("+")).when(change < 0).then(pl.lit(MINUS)).otherwise(pl.lit(""))
    size = change.abs().map_elements(lambda x: f"{x:.1f}", return_dtype=pl.String)
    national = bool(compared["england_ranked"].is_not_null().any())
    quarter = pl.col("quartile").str.strip_suffix(" quarter")
    ranked = pl.col("england_ranked" if national else "ranked").is_not_null()
    words = {
        "period": pl.struct("period_start", "period_end").map_elements(_period_in_words, return_dtype=pl.String),
        "change_on_last_year": pl.when(change.is_not_null()).then(pl.concat_str(sign, size)),
        "rank_among_neighbours": pl.when(pl.col("rank").is_not_null()).then(pl.format("{} of {}", "rank", "ranked")),
        "national_quarter" if national else "quarter_among_neighbours": pl.when(ranked).then(
            pl.format("{} ({} of {})", quarter, "england_rank", "england_ranked") if national else quarter
        ),
        "neighbours_with_a_figure": pl.when(pl.col("neighbours_without").is_not_null())
        .then(pl.format("{}, without {}", had, "neighbours_without"))
        .otherwise(had),
    }
    table = compared.with_columns(text.fill_null(NOTHING).alias(name) for name, text in words.items())
    return shaped(table, measure, definition, by=(*words, "source")).sort("period_start", "period_end")


def _period_in_words(row: dict[str, date]) -> str:
    period = Period(row["period_start"], row["period_end"])
    return f"Year to {written(period.end)}" if period.is_a_year else str(period)


def page(
    official: Official, *, measure: str, definition: str, area: str, model: str = "2025"
) -> dict[str, MeasureTable]:
    """What a page shows of one measure, as three tables.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    measure, definition : str
        As in the measure book.
    area : str
        Name or three-digit number of the local authority.
    model : str
        The DfE's neighbour model.

    Returns
    -------
    dict of MeasureTable
        `lines`: the authority, the neighbours' median, the region and England, by period, with `series_break`, which says in the first
        period after a break why earlier ones are not comparable. `latest`: the last period, with the neighbours'
        mean. `standing`: rank and coverage by period, in words.

    References
    ----------
    DfE, children's services statistical neighbour benchmarking tool; the publication of each row is in its column `source`.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> sorted(page(load_official(), measure="turnover", definition="dfe_fte", area="Devon"))
    ['latest', 'lines', 'standing']
    """
    figures = Held(official.published, official.neighbours)
    chosen = {"measure": measure, "definition": definition, "area": area, "model": model}
    table = beside(figures.published, figures.neighbours, **chosen)
    rank = standing(figures.published, figures.neighbours, **chosen)
    return {
        "lines": _table(table.filter(pl.col("area_code") != "neighbours_mean"), official, added=[BREAK]),
        "latest": _table(latest(table).drop(BREAK), official),
        "standing": _table(rank, official, groups=rank.columns[len(FIRST) : rank.columns.index("period_start")]),
    }


def beside(
    published: pl.DataFrame | pl.LazyFrame,
    neighbours: pl.DataFrame,
    *,
    measure: str,
    definition: str,
    area: str,
    model: str = "2025",
) -> pl.DataFrame:
    """One authority's official figures beside the median and the mean of its statistical neighbours, its region and England, by period.

    area: name or three-digit number. The neighbours' rows are medians and means of published rates, so their sides are null; `left_out`
    names the neighbours without a figure (how many had one stands in `standing`); a joint return of two neighbours counts once.
    Rows come in this order: the authority, the median, the mean, the region, England; each by period.
    """
    frame = published.lazy().collect()
    authority = find_authority(frame, neighbours, area)
    rows = figures_of(frame, measure, definition)
    ten = neighbours_of(neighbours, authority, model=model)
    authority_rows = rows.filter((pl.col("area_level") == "local_authority") & in_area(authority.code))
    with_area = rows.with_columns(area=pl.coalesce("area_name", "area_code"))
    period = ["period_start", "period_end"]
    parents = authority_rows.select(*period, area_code="part_of")
    region = with_area.filter(pl.col("area_level") == "regional").join(parents, on=[*period, "area_code"], how="semi")
    nearest = of_neighbours(neighbour_figures(rows, ten, authority))
    tables = [
        with_area.filter((pl.col("area_level") == "local_authority") & in_area(authority.code)),
        _as_rows(nearest, "median", model),
        _as_rows(nearest, "mean", model),
        region,
        with_area.filter(pl.col("area_level") == "national"),
    ]
    lines = pl.concat([shaped(t, measure, definition).sort("period_start", "period_end", "area_code") for t in tables])
    if BREAK not in rows.columns:
        return lines.with_columns(pl.lit(None, pl.String).alias(BREAK))
    breaks = rows.drop_nulls(BREAK).select(*period, BREAK).unique(period, keep="first", maintain_order=True)
    return lines.join(breaks, on=period, how="left", maintain_order="left")


def _as_rows(near: pl.DataFrame, which: str, model: str) -> pl.DataFrame:
    return near.select(
        "period_start",
        "period_end",
        value=which,
        left_out="without",
        area=pl.lit(f"Neighbours' {which}"),
        area_code=pl.lit(f"neighbours_{which}"),
        area_level=pl.lit("neighbours"),
        numerator=pl.lit(None, pl.Float64),
        denominator=pl.lit(None, pl.Float64),
        marker=pl.when(pl.col(which).is_null()).then(pl.lit(NOT_AVAILABLE)),
        source=pl.lit(f"DfE, statistical neighbour model of {MODELS.get(model, model)}, over the same figures"),
    ).sort("period_start", "period_end")


def latest(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of a measure table's last period."""
    return table.filter(pl.col("period_end") == pl.col("period_end").max())
