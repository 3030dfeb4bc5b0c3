"""One local authority's official figures as a page shows them: lines, the last period, and where it stands."""

from datetime import date
from typing import Final

import polars as pl

from workforce.measures.comparison.areas import find_authority
from workforce.measures.comparison.beside import beside, latest
from workforce.measures.comparison.compare import compare
from workforce.measures.comparison.official import Held, Official, _table, figures, half_up, shaped
from workforce.measures.frame import FIRST
from workforce.periods import Period, written
from workforce.results import MeasureTable

NOTHING: Final = "not available"
MINUS: Final = "\N{MINUS SIGN}"


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
    own = figures(official, measure, definition, areas=[authority.code])
    compared = compare(own, official, area=authority.code, neighbours=model).frame
    asked = pl.col("neighbours_with") + pl.col("neighbours_without").str.split("; ").list.len().fill_null(0)
    had = pl.format("{} of {}", "neighbours_with", asked)
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
        `lines`: the authority, the neighbours' median, the region and England, by period. `latest`: the last period, with the neighbours'
        mean. `standing`: rank and coverage by period, in words.
    """
    held = Held(official.published, official.neighbours)
    chosen = {"measure": measure, "definition": definition, "area": area, "model": model}
    table = beside(held.published, held.neighbours, **chosen)
    rank = standing(held.published, held.neighbours, **chosen)
    return {
        "lines": _table(table.filter(pl.col("area_code") != "neighbours_mean"), official),
        "latest": _table(latest(table), official),
        "standing": _table(rank, official, groups=rank.columns[len(FIRST) : rank.columns.index("period_start")]),
    }
