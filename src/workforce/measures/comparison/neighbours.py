"""Statistical neighbours: which authorities a model sets beside one, and what figure each of them has.

Each neighbour is found alone or in a joint return, and one without a figure is named with its reason, where there is one. A figure that
rounds to zero (`low`) is a figure.
Source: DfE, statistical neighbour models of April 2021 and May 2025 (Local Authority Interactive Tool).
"""

from datetime import date
from typing import Final

import polars as pl

from workforce.errors import UsageError
from workforce.measures.comparison.areas import ABOLISHED, FORMED, JOINT, Authority, in_area
from workforce.periods import written

NEAR_ZERO: Final = "low"  # the DfE's symbol for a figure that rounds to 0
_PERIOD = ("period_start", "period_end")


def neighbours_of(neighbours: pl.DataFrame, authority: Authority, *, model: str = "2025") -> pl.DataFrame:
    """The statistical neighbours of an authority by one model, nearest first: position, neighbour_code, neighbour_name, closeness.

    >>> from workforce.sources.published import load_official
    >>> neighbours_of(load_official().neighbours, Authority("878", "Devon"))["neighbour_name"].to_list()[:2]
    ['East Sussex', 'Dorset']
    """
    models = neighbours["model"].unique().sort().to_list()
    if model not in models:
        raise UsageError(
            'there is no neighbour model "{model}" at hand',
            hint="at hand: {models}",
            model=model,
            models=", ".join(models) or "none",
        )
    own = neighbours.filter((pl.col("model") == model) & (pl.col("area_code") == authority.code))
    if own.is_empty():
        formed = FORMED.get(authority.code)
        since = f"it was formed on {written(formed)}: name another model" if formed else "name another model"
        raise UsageError(
            "the neighbour model of {model} at hand has no neighbours for {authority}",
            hint="{since} (at hand: {models}), or add the model's file with: workforce published add FILE",
            model=model,
            authority=authority.name,
            since=since,
            models=models,
        )
    return own.select("position", "neighbour_code", "neighbour_name", "closeness").sort("position")


def neighbour_figures(
    rows: pl.DataFrame, ten: pl.DataFrame, authority: Authority, *, periods: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Every neighbour in every period: neighbour_code, neighbour_name, unit (null where there is no figure), value, and why there is none.

    rows: official figures of one measure. periods: those wanted; without it, those of the rows. unit: the return that a figure is of, so
    that two neighbours in one joint return count once. A neighbour that returns with the authority itself has no figure of its own.
    """
    when = (rows if periods is None else periods).select(_PERIOD).unique()
    figures = with_near_zero(rows).filter(
        (pl.col("area_level") == "local_authority") & ~in_area(authority.code) & pl.col("value").is_not_null()
    )
    split = figures.select(
        pl.col("area_code").str.split(JOINT).alias("neighbour_code"),
        pl.col("area_code").alias("unit"),
        *_PERIOD,
        "value",
    ).explode("neighbour_code")
    own = rows.filter(in_area(authority.code))["area_code"].unique().to_list()
    together = {code for joint in own for code in str(joint).split(JOINT)} - {authority.code}
    return (
        ten.join(when, how="cross")
        .join(split, on=["neighbour_code", *_PERIOD], how="left")
        .with_columns(
            named=pl.struct("neighbour_code", "neighbour_name", "period_end").map_elements(
                lambda row: _named(row["neighbour_code"], row["neighbour_name"], row["period_end"], together),
                return_dtype=pl.String,
            )
        )
        .sort(*_PERIOD, "position")
    )


def with_near_zero(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with 0 as the value of a figure that rounds to zero."""
    return rows.with_columns(value=pl.when(pl.col("marker") == NEAR_ZERO).then(0.0).otherwise("value"))


def of_neighbours(near: pl.DataFrame) -> pl.DataFrame:
    """By period, of `neighbour_figures`: mean and median (a joint return once), how many neighbours had a figure, and who had none."""
    had = pl.col("value").is_not_null()
    counts = near.group_by(_PERIOD).agg(
        asked=pl.len().cast(pl.Int64), had=had.sum().cast(pl.Int64), without=pl.col("named").filter(~had)
    )
    # In the order of the neighbours, so that the mean has the same last digit each time.
    once = near.filter(had).unique(["unit", *_PERIOD], maintain_order=True)
    figures = once.group_by(_PERIOD).agg(mean=pl.col("value").mean(), median=pl.col("value").median())
    return counts.join(figures, on=_PERIOD, how="left").sort(_PERIOD)


def _named(code: str, name: str | None, end: date, together: set[str]) -> str:
    """A neighbour's name with the reason, where it is known, why it has no figure of its own in a period."""
    called = name or code
    if code in together:
        return f"{called} (in the same return)"
    if code in FORMED and end < FORMED[code]:
        return f"{called} (formed {written(FORMED[code])})"
    if code in ABOLISHED:
        return f"{called} (abolished {ABOLISHED[code][1]})"
    return called
