"""One local authority's official figures beside its statistical neighbours, its region and England, as rows of a measure table.

Promises: figures as published; mean and median of the neighbours, with the names of those without a figure; a joint return counts once;
each row names its source. Refuses: measures that the figures do not hold; authorities that are not there or no longer exist.
"""

from typing import Final

import polars as pl

from workforce.measures.comparison.areas import find_authority, in_area
from workforce.measures.comparison.compare import MODELS
from workforce.measures.comparison.neighbours import neighbour_figures, neighbours_of, of_neighbours
from workforce.measures.comparison.official import figures_of, shaped
from workforce.measures.frame import NOT_AVAILABLE

ENGLAND: Final = "E92000001"
MEDIAN: Final = "neighbours_median"


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
    own = rows.filter((pl.col("area_level") == "local_authority") & in_area(authority.code))
    named = rows.with_columns(area=pl.coalesce("area_name", "area_code"))
    period = ["period_start", "period_end"]
    parents = own.select(*period, area_code="part_of")
    region = named.filter(pl.col("area_level") == "regional").join(parents, on=[*period, "area_code"], how="semi")
    near = of_neighbours(neighbour_figures(rows, ten, authority))
    tables = [
        named.filter((pl.col("area_level") == "local_authority") & in_area(authority.code)),
        _as_rows(near, "median", model),
        _as_rows(near, "mean", model),
        region,
        named.filter(pl.col("area_level") == "national"),
    ]
    return pl.concat([shaped(t, measure, definition).sort("period_start", "period_end", "area_code") for t in tables])


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
