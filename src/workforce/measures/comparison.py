"""One local authority's official figures beside its statistical neighbours, its region and England.

Promises: figures as published; mean and median of the neighbours, with the names of those without a figure; a joint return counts once;
each row names its source. Refuses: measures that the figures do not hold; authorities that are not there or no longer exist.
"""

from typing import Final

import polars as pl

from workforce.definitions import definition_of
from workforce.errors import UsageError
from workforce.measures.areas import JOINT, Authority, find_authority, in_area
from workforce.measures.frame import NOT_AVAILABLE
from workforce.measures.official import Official, figures_of, half_up, published_table, roll_up, shaped

__all__ = [
    "benchmark",
    "beside",
    "half_up",
    "headline",
    "latest",
    "neighbours_of",
    "neighbours_sentence",
    "published_table",
    "roll_up",
    "standing",
]

ENGLAND: Final = "E92000001"
NAMES: Final = {"absence": "Sickness absence", "timeliness": "Timeliness of EHC plans"}


def neighbours_of(neighbours: pl.DataFrame, authority: Authority, *, model: str = "2025") -> pl.DataFrame:
    """The statistical neighbours of an authority by one model, nearest first: position, neighbour_code, neighbour_name, closeness."""
    models = neighbours["model"].unique().sort().to_list()
    if model not in models:
        raise UsageError(
            f'there is no neighbour model "{model}" at hand', hint=f"at hand: {', '.join(models) or 'none'}"
        )
    own = neighbours.filter((pl.col("model") == model) & (pl.col("area_code") == authority.code))
    if own.is_empty():
        raise UsageError(
            f"the neighbour model of {model} at hand has no neighbours for {authority.name}",
            hint="add the model's file with: workforce published add FILE, or name another model",
        )
    return own.select("position", "neighbour_code", "neighbour_name", "closeness").sort("position")


def neighbour_figures(rows: pl.DataFrame, ten: pl.DataFrame, authority: Authority) -> pl.DataFrame:
    """Every neighbour in every period of a measure: neighbour_code, neighbour_name, unit (null where there is no figure), value, source.

    A neighbour that returns jointly with the authority itself has no figure of its own.
    """
    periods = rows.select("period_start", "period_end").unique()
    figures = (
        rows.filter(
            (pl.col("area_level") == "local_authority") & ~in_area(authority.code) & pl.col("value").is_not_null()
        )
        .select(
            pl.col("area_code").str.split(JOINT).alias("neighbour_code"),
            pl.col("area_code").alias("unit"),
            "period_start",
            "period_end",
            "value",
            "source",
        )
        .explode("neighbour_code")
    )
    return (
        ten.join(periods, how="cross")
        .join(figures, on=["neighbour_code", "period_start", "period_end"], how="left")
        .sort("period_start", "period_end", "position")
    )


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
    near = neighbour_figures(rows, ten, authority)
    tables = [
        named.filter((pl.col("area_level") == "local_authority") & in_area(authority.code)),
        _of_neighbours(near, pl.col("value").median(), "Neighbours' median", "neighbours_median", model),
        _of_neighbours(near, pl.col("value").mean(), "Neighbours' mean", "neighbours_mean", model),
        region,
        named.filter(pl.col("area_level") == "national"),
    ]
    return pl.concat([shaped(t, measure, definition).sort("period_start", "period_end", "area_code") for t in tables])


def _of_neighbours(near: pl.DataFrame, how: pl.Expr, title: str, code: str, model: str) -> pl.DataFrame:
    period = ["period_start", "period_end"]
    had = pl.col("value").is_not_null()
    counts = near.group_by(period).agg(
        left_out=pl.col("neighbour_name").filter(~had),
    )
    once = near.filter(had).unique(["unit", *period]).group_by(period).agg(value=how)
    return (
        counts.join(once, on=period, how="left")
        .with_columns(
            area=pl.lit(title),
            area_code=pl.lit(code),
            area_level=pl.lit("neighbours"),
            numerator=pl.lit(None, pl.Float64),
            denominator=pl.lit(None, pl.Float64),
            marker=pl.when(pl.col("value").is_null()).then(pl.lit(NOT_AVAILABLE)),
            source=pl.lit(f"DfE, statistical neighbour model of {model}, over the same figures"),
        )
        .sort(period)
    )


def standing(
    published: pl.DataFrame | pl.LazyFrame,
    neighbours: pl.DataFrame,
    *,
    measure: str,
    definition: str,
    area: str,
    model: str = "2025",
) -> pl.DataFrame:
    """Where one authority stands among its neighbours, a row a period: value, rank, how many neighbours had a figure, who had none.

    Group columns: area, rank ("3 of 11, 1 is the lowest"; 1 is the better end where the measure book says which that is), coverage
    ("9 of 10, without Dorset"), source. Equal values share the better rank. `left_out` names the neighbours without a figure.
    """
    frame = published.lazy().collect()
    authority = find_authority(frame, neighbours, area)
    rows = figures_of(frame, measure, definition)
    near = neighbour_figures(rows, neighbours_of(neighbours, authority, model=model), authority)
    period = ["period_start", "period_end"]
    own = rows.filter((pl.col("area_level") == "local_authority") & in_area(authority.code)).with_columns(
        area=pl.coalesce("area_name", "area_code")
    )
    highest = definition_of(measure, definition).better == "higher"
    others = near.filter(pl.col("value").is_not_null()).unique(["unit", *period]).select(*period, other="value")
    ahead = pl.col("other") > pl.col("value") if highest else pl.col("other") < pl.col("value")
    ranks = (
        own.select(*period, "value")
        .join(others, on=period, how="left")
        .group_by(period)
        .agg(place=ahead.fill_null(value=False).sum() + 1, size=pl.col("other").is_not_null().sum() + 1)
    )
    counts = near.group_by(period).agg(
        had=pl.col("value").is_not_null().sum(),
        asked=pl.len(),
        left_out=pl.col("neighbour_name").filter(pl.col("value").is_null()),
    )
    end = "highest" if highest else "lowest"
    table = (
        own.join(ranks, on=period, how="left")
        .join(counts, on=period, how="left")
        .with_columns(
            rank=pl.when(pl.col("value").is_not_null()).then(
                pl.format(f"{{}} of {{}}, 1 is the {end}", "place", "size")
            ),
            coverage=pl.when(pl.col("left_out").list.len() > 0)
            .then(pl.format("{} of {}, without {}", "had", "asked", pl.col("left_out").list.join("; ")))
            .otherwise(pl.format("{} of {}", "had", "asked")),
        )
    )
    return shaped(table, measure, definition, by=("area", "rank", "coverage", "source")).sort(*period)


def latest(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of a measure table's last period."""
    return table.filter(pl.col("period_end") == pl.col("period_end").max())


def benchmark(
    official: Official, *, measure: str, definition: str, area: str, model: str = "2025"
) -> dict[str, pl.DataFrame]:
    """What a page shows of one measure, as three tables.

    `lines`: the authority, the neighbours' median, the region, England, by period: as many lines as a chart holds. `latest`: the last
    period, with the neighbours' mean. `standing`: rank and coverage by period.
    """
    table = beside(
        official.published, official.neighbours, measure=measure, definition=definition, area=area, model=model
    )
    return {
        "lines": table.filter(pl.col("area_code") != "neighbours_mean"),
        "latest": latest(table),
        "standing": standing(
            official.published, official.neighbours, measure=measure, definition=definition, area=area, model=model
        ),
    }


def headline(table: pl.DataFrame) -> str:
    """What the last period of `beside` says: the authority's figure, and whether it is above or below its neighbours' median and England.

    Figures are compared as they are printed, to one decimal place, half up.

    >>> from workforce.sources.published import load_published
    >>> official = load_published()
    >>> headline(beside(official.published, official.neighbours, measure="turnover", definition="dfe_fte", area="Devon"))
    "Turnover in Devon in 2025, 14.2%, was above its neighbours' median (10.4%) and England (11.8%)"
    """
    own = table.filter(pl.col("area_level") == "local_authority").sort("period_end")
    if own.is_empty():
        return "No figure is published for the authority"
    last = own.row(-1, named=True)
    name = NAMES.get(last["measure"], last["measure"].replace("_", " ").capitalize())
    what = f"{name} in {last['area']} in {last['period_end'].year}"
    if last["value"] is None:
        return f"{what}: no figure is published"
    same_time = table.filter(pl.col("period_end") == last["period_end"]).with_columns(shown=half_up(pl.col("value"), 1))
    figures = dict(same_time.select("area_code", "shown").rows())
    mine = figures[last["area_code"]]
    unit = "%" if last["unit"] == "%" else f" {last['unit']}"
    others = (("its neighbours' median", "neighbours_median"), ("England", ENGLAND))
    known = [
        (_against(mine, figures[code]), words, figures[code]) for words, code in others if figures.get(code) is not None
    ]
    if not known:
        return f"{what} was {mine:.1f}{unit}"
    first, *rest = known
    clauses = [f"{first[0]} {first[1]} ({first[2]:.1f}{unit})"]
    clauses += [f"{'' if how == first[0] else how + ' '}{words} ({other:.1f}{unit})" for how, words, other in rest]
    return f"{what}, {mine:.1f}{unit}, was {' and '.join(clauses)}"


def _against(mine: float, other: float) -> str:
    if mine == other:
        return "level with"
    return "above" if mine > other else "below"


def neighbours_sentence(official: Official, *, area: str, model: str = "2025") -> str:
    """With whom an authority is compared, and by which model.

    >>> from workforce.sources.published import load_published
    >>> neighbours_sentence(load_published(), area="Devon")
    'Devon is compared with 10 statistical neighbours by the DfE model of 2025, nearest first: East Sussex; Dorset; Norfolk; ...'
    """
    authority = find_authority(official.published, official.neighbours, area)
    names = neighbours_of(official.neighbours, authority, model=model)["neighbour_name"].to_list()
    return (
        f"{authority.name} is compared with {len(names)} statistical neighbours by the DfE model of {model}, nearest first: "
        f"{'; '.join(str(n) for n in names)}."
    )
