"""One local authority's official figures beside its statistical neighbours, its region and England, for a page.

Promises: figures as published; mean and median of the neighbours, with the names of those without a figure; a joint return counts once;
each row names its source; sentences follow from the figures as they are printed. Refuses: measures that the figures do not hold;
authorities that are not there or no longer exist.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.definitions import definition_of
from workforce.measures.areas import find_authority, in_area
from workforce.measures.compare import MODELS, compare
from workforce.measures.frame import NOT_AVAILABLE
from workforce.measures.neighbours import neighbour_figures, neighbours_of, of_neighbours
from workforce.measures.official import Held, Official, figures_of, half_up, polarity, published_table, roll_up, shaped
from workforce.periods import Period

__all__ = [
    "at_a_glance",
    "benchmark",
    "beside",
    "compare",
    "half_up",
    "headline",
    "latest",
    "neighbours_of",
    "neighbours_sentence",
    "published_table",
    "roll_up",
    "standing",
    "standing_title",
]

ENGLAND: Final = "E92000001"
MEDIAN: Final = "neighbours_median"
NAMES: Final = {"absence": "Sickness absence", "timeliness": "Timeliness of EHC plans"}
# What a page on one authority shows, and what each is called in a list. NHS sickness is of no authority.
ON_THE_PAGE: Final = {
    ("turnover", "dfe_fte"): "turnover",
    ("agency_rate", "dfe_fte"): "agency workers",
    ("vacancy_rate", "dfe"): "vacancies",
    ("caseload", "dfe"): "caseload",
    ("absence", "dfe"): "sickness absence",
    ("timeliness", "dfe"): "plans within 20 weeks",
}
STANDING: Final = (
    "period",
    "change_on_last_year",
    "rank_among_neighbours",
    "quarter",
    "neighbours_with_a_figure",
    "source",
)
GAP: Final = "cannot be compared"
NOTHING: Final = "not available"
MINUS: Final = "\N{MINUS SIGN}"


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
        source=pl.lit(f"statistical neighbours by the model of {MODELS.get(model, model)}, over the same figures"),
    ).sort("period_start", "period_end")


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

    Group columns: period, change_on_last_year ("+2.4"), rank_among_neighbours ("10 of 11"), quarter ("worst quarter of 148 authorities of
    England"), neighbours_with_a_figure ("9 of 10, without Dorset (formed 1 April 2019)"), source. Ranks and quarters: see `compare`.
    """
    official = Held(published.lazy().collect(), neighbours)
    authority = find_authority(official.published, neighbours, area)
    own = published_table(official.published, measure, definition, areas=[authority.code])
    compared = compare(own, official, area=authority.code, neighbours=model)
    asked = pl.col("neighbours_with") + pl.col("neighbours_without").str.split("; ").list.len().fill_null(0)
    had = pl.format("{} of {}", "neighbours_with", asked)
    change = half_up(pl.col("change"), 1)
    sign = pl.when(change > 0).then(pl.lit("+")).when(change < 0).then(pl.lit(MINUS)).otherwise(pl.lit(""))
    size = change.abs().map_elements(lambda x: f"{x:.1f}", return_dtype=pl.String)
    table = compared.with_columns(
        period=pl.struct("period_start", "period_end").map_elements(
            lambda row: str(Period(row["period_start"], row["period_end"])), return_dtype=pl.String
        ),
        change_on_last_year=pl.when(change.is_not_null()).then(pl.concat_str(sign, size)).otherwise(pl.lit(NOTHING)),
        rank_among_neighbours=pl.when(pl.col("rank").is_not_null())
        .then(pl.format("{} of {}", "rank", "ranked"))
        .otherwise(pl.lit(NOTHING)),
        quarter=pl.when(pl.col("quartile").is_not_null())
        .then(pl.format("{} of {}", "quartile", "quartile_of"))
        .otherwise(pl.lit(NOTHING)),
        neighbours_with_a_figure=pl.when(pl.col("neighbours_without").is_not_null())
        .then(pl.format("{}, without {}", had, "neighbours_without"))
        .otherwise(had)
        .fill_null(NOTHING),
    )
    return shaped(table, measure, definition, by=STANDING).sort("period_start", "period_end")


def standing_title(table: pl.DataFrame, *, area: str) -> str:
    """What a table of `standing` shows, with the end from which its ranks are counted.

    >>> from workforce.sources.published import load_published
    >>> official = load_published()
    >>> table = standing(official.published, official.neighbours, measure="turnover", definition="dfe_fte", area="Devon")
    >>> standing_title(table, area="Devon")
    'Turnover: Devon among its statistical neighbours, by period; rank 1 is the lowest, which is better'
    """
    book = definition_of(table["measure"][0], table["definition"][0])
    better = polarity(book)
    end = f"{better.replace('er', 'est')}, which is better" if better else "lowest; neither end is better"
    return f"{_name(book.measure)}: {area} among its statistical neighbours, by period; rank 1 is the {end}"


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
    what = f"{_name(last['measure'])} in {last['area']} in {last['period_end'].year}"
    if last["value"] is None:
        return f"{what}: no figure is published"
    figures = _last_figures(table)
    mine = figures[last["area_code"]]
    unit = "%" if last["unit"] == "%" else f" {last['unit']}"
    others = (("its neighbours' median", MEDIAN), ("England", ENGLAND))
    known = [
        (_against(mine, figures[code]), words, figures[code]) for words, code in others if figures.get(code) is not None
    ]
    if not known:
        return f"{what} was {mine:.1f}{unit}"
    first, *rest = known
    clauses = [f"{first[0]} {first[1]} ({first[2]:.1f}{unit})"]
    clauses += [f"{'' if how == first[0] else how + ' '}{words} ({other:.1f}{unit})" for how, words, other in rest]
    return f"{what}, {mine:.1f}{unit}, was {' and '.join(clauses)}"


def at_a_glance(official: Official, *, area: str, model: str = "2025") -> str:
    """On how many of a page's figures an authority stands better or worse than its neighbours' median, and which they are.

    Each in the last period with a figure in the file, as printed, by the direction that the measure book calls better.

    >>> from workforce.sources.published import load_published
    >>> at_a_glance(load_published(), area="Devon")
    'Of 6 figures in the last published year, Devon stood better than its neighbours\' median in 1 (...) and worse in 5 (...).'
    """
    authority = find_authority(official.published, official.neighbours, area)
    sides: dict[str, list[str]] = {}
    for (measure, definition), name in ON_THE_PAGE.items():
        table = beside(
            official.published, official.neighbours, measure=measure, definition=definition, area=area, model=model
        )
        figures = _last_figures(table)
        own = table.filter(pl.col("area_level") == "local_authority").sort("period_end")
        mine = figures.get(own["area_code"][-1]) if len(own) else None
        median, better = figures.get(MEDIAN), polarity(definition_of(measure, definition))
        if mine is None or median is None:
            side = GAP
        elif mine == median:
            side = "level"
        else:
            side = "better" if (mine > median) == (better == "higher") else "worse"
        sides.setdefault(side, []).append(name)
    parts = [f"{side} in {_counted(sides[side])}" for side in ("better", "worse", "level") if side in sides]
    gaps = f"; {_counted(sides[GAP])} cannot be compared" if GAP in sides else ""
    if not parts:
        return f"None of {len(ON_THE_PAGE)} figures of {authority.name} can be compared with its neighbours' median."
    parts[0] = parts[0].replace(" in ", " than its neighbours' median in ", 1)
    return f"Of {len(ON_THE_PAGE)} figures in the last published year, {authority.name} stood {_listed(parts)}{gaps}."


def _name(measure: str) -> str:
    return NAMES.get(measure, measure.replace("_", " ").capitalize())


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} ({', '.join(names)})"


def _last_figures(table: pl.DataFrame) -> dict[str, float | None]:
    """The figures of the last period as they are printed, by area code."""
    shown = latest(table).select("area_code", half_up(pl.col("value"), 1))
    return dict(shown.iter_rows())


def _against(mine: float | None, other: float | None) -> str:
    if mine is None or other is None or mine == other:
        return "level with"
    return "above" if mine > other else "below"


def neighbours_sentence(official: Official, *, area: str, model: str = "2025") -> str:
    """With whom an authority is compared, and by which model.

    >>> from workforce.sources.published import load_published
    >>> neighbours_sentence(load_published(), area="Devon")
    'Devon is compared with 10 statistical neighbours by the DfE\'s model of May 2025, nearest first: East Sussex; Dorset; Norfolk; ...'
    """
    authority = find_authority(official.published, official.neighbours, area)
    names = neighbours_of(official.neighbours, authority, model=model)["neighbour_name"].to_list()
    return (
        f"{authority.name} is compared with {len(names)} statistical neighbours by the DfE's model of {MODELS.get(model, model).removeprefix('DfE, ')}, nearest first: "
        f"{'; '.join(str(n) for n in names)}."
    )
