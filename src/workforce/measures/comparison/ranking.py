"""Ranking: the rank of a number among those of other authorities, and its quarter.

Numbers are ranked at the one decimal place at which they are published. Equal ones share the better rank. 1 is the better end by the
measure book, or the lowest where none is better. Without a number there is no rank, and of fewer than four no quarter.
Source: DfE, Local Authority Interactive Tool (national rank, quartile bands, polarity); here bands are by rank.
"""

from typing import Final

import polars as pl

from workforce.book import Better
from workforce.measures.comparison.areas import Authority
from workforce.measures.comparison.official import half_up

DECIMALS: Final = 1  # authorities' figures are published to one decimal place
NEARLY_ENGLAND: Final = (
    100  # authorities with a figure; England has about 150 returns, and with fewer the figures are an extract
)
QUARTERS: Final = 4
_PERIOD = ("period_start", "period_end")


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
    joined = part.select("row_of_table", "value", *_PERIOD).join(
        beside.select(*_PERIOD, "near", "all"), on=_PERIOD, how="left", nulls_equal=True
    )
    columns = joined.select("row_of_table")
    for others, into, of, fewest in (
        ("near", "rank", "ranked", 2),
        ("all", "england_rank", "england_ranked", NEARLY_ENGLAND),
    ):
        columns = columns.join(_rank(joined, others, into, of, better, fewest), on="row_of_table", how="left")
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
    known = joined.drop_nulls(["value", others]).explode(others)
    mine, theirs = (half_up(pl.col(c), DECIMALS) for c in ("value", others))
    ahead = theirs > mine if better == "higher" else theirs < mine
    return (
        known.group_by("row_of_table")
        .agg(ahead.sum().cast(pl.Int64).alias("ahead") + 1, (pl.len().cast(pl.Int64) + 1).alias(of))
        .filter(pl.col(of) >= fewest)
        .rename({"ahead": into})
    )
