"""Where a local authority stands on each published indicator, compared with its neighbours, its region and England, by head and by plan.

An indicator is a published figure, or a published count for each 10,000 children aged 0 to 17 or each 1,000 plans of the authority. Ranks
and medians are of the last period that is published. Whether an authority differs from its neighbours' median by more than chance is a test
of its own counts as binomial or Poisson, with the median taken as a fixed standard. All tests of one page are corrected together for a
share of false discoveries of 5% (Benjamini & Hochberg, 1995), which supposes that they are independent or go together.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import polars as pl

from workforce.benchmark.authorities import ABOLISHED, ENGLAND, JOINT, with_near_zero
from workforce.benchmark.compare import DECIMALS, QUARTERS
from workforce.benchmark.official import BY, Official, _table, half_up, shaped
from workforce.book import Better
from workforce.errors import UsageError
from workforce.periods import Period
from workforce.results import NOT_AVAILABLE, MeasureTable

FALSE_DISCOVERIES: Final = 0.05
"""The share of "more than chance" that is expected to be chance, at most."""

CHILDREN: Final = 10_000
PLANS: Final = 1_000
LEAST_PUBLISHED: Final = 100  # authorities with a figure, for a period to be one of the indicator, and for a rank
NEIGHBOURS: Final = 10
Base = Literal["", "children", "plans"]
Chance = Literal["", "share", "count"]
Verdict = Literal["higher", "lower", "not shown", "not tested"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of a page: a published figure, or a published count by head or by plan.

    Attributes
    ----------
    name, topic : str
        What it is called, and under which heading it stands.
    measure, definition : str
        The published figure; of an indicator by head or by plan the count.
    unit : str
        The unit of its value.
    better : {"lower", "higher"} or None
        Which direction is better, where the publisher says one is.
    per : {"", "children", "plans"}
        What the count is divided by.
    chance : {"", "share", "count"}
        How its chance variation is tested: as a share of the cases behind it, as a count of events, or not at all.
    as_drawn : str
        The definition of the measure book under which it is drawn over time; empty where it is not drawn.
    """

    name: str
    topic: str
    measure: str
    definition: str
    unit: str = "%"
    better: Better | None = None
    per: Base = ""
    chance: Chance = "share"
    as_drawn: str = ""


WORKFORCE: Final = "Children's social workers"
PLANNING: Final = "Requests, assessments and new plans"
IN_PLACE: Final = "Plans in place"
BY_HEAD: Final = "per 10,000 children"
BY_HEAD_IN_FULL: Final = "per 10,000 children aged 0 to 17; plans run to 25"
"""How a page writes the unit: there is no base up to 25."""

BY_PLAN: Final = "per 1,000 plans"
INDICATORS: Final = (
    Indicator("Turnover", WORKFORCE, "turnover", "dfe_fte", better="lower", chance="count", as_drawn="dfe_fte"),
    Indicator("Vacancies", WORKFORCE, "vacancy_rate", "dfe", better="lower", as_drawn="dfe"),
    Indicator("Agency workers", WORKFORCE, "agency_rate", "dfe_fte", better="lower", as_drawn="dfe_fte"),
    Indicator("Vacancies covered by agency workers", WORKFORCE, "vacancy_cover", "dfe", better="higher"),
    Indicator("Caseload", WORKFORCE, "caseload", "dfe", unit="cases per FTE", better="lower", chance=""),
    Indicator("Sickness absence", WORKFORCE, "absence", "dfe", better="lower", chance=""),
    Indicator(
        "Children looked after with 3 or more social workers in the year",
        WORKFORCE,
        "lait: Stability_SocialWorker",
        "lait",
        better="lower",
        chance="",
    ),
    Indicator("Plans within 20 weeks", PLANNING, "timeliness", "dfe", better="higher", as_drawn="dfe"),
    Indicator(
        "Plans within 20 weeks, exceptions left out", PLANNING, "timeliness", "dfe_without_exceptions", better="higher"
    ),
    Indicator(
        "Requests for assessment",
        PLANNING,
        "plan_requests",
        "dfe",
        BY_HEAD,
        per="children",
        chance="count",
        as_drawn="by_head",
    ),
    Indicator("Requests refused", PLANNING, "plan_requests", "dfe_refused"),
    Indicator("Requests decided within 6 weeks", PLANNING, "plan_requests", "dfe_six_weeks"),
    Indicator("Assessments that led to a plan", PLANNING, "plan_assessments", "dfe_plan_issued"),
    Indicator("New plans", PLANNING, "new_plans", "dfe", BY_HEAD, per="children", chance="count"),
    Indicator("New plans for those in mainstream schools", PLANNING, "new_plans", "dfe_mainstream"),
    Indicator("Plans", IN_PLACE, "plans", "dfe", BY_HEAD, per="children", chance="count", as_drawn="by_head"),
    Indicator("Plans of those in mainstream schools", IN_PLACE, "plans", "dfe_mainstream"),
    Indicator("Plans of those in special schools", IN_PLACE, "plans", "dfe_special"),
    Indicator("Requests for assessment", IN_PLACE, "plan_requests", "dfe", BY_PLAN, per="plans", chance="count"),
    Indicator("New plans", IN_PLACE, "new_plans", "dfe", BY_PLAN, per="plans", chance="count"),
    Indicator("Decisions within 4 weeks of an annual review", IN_PLACE, "annual_reviews", "dfe_four_weeks"),
    Indicator(
        "Appeals of decisions that could be appealed", IN_PLACE, "appeals", "hmcts_rate", better="lower", chance="count"
    ),
    Indicator("Appeals to the tribunal", IN_PLACE, "appeals", "hmcts", BY_PLAN, per="plans", chance="count"),
    Indicator("Pupils with a plan", IN_PLACE, "lait: SEN_TotStat", "lait", chance=""),
    Indicator("Pupils with SEN support", IN_PLACE, "lait: SEN_TotSENSuP", "lait", chance=""),
)


def authorities_of_today() -> list[tuple[str, str, str]]:
    """Number, name and region of every authority that exists.

    >>> len(authorities_of_today())
    153
    """
    with (Path(__file__).parent / "authorities.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["code"], row["name"], row["region"]) for row in csv.DictReader(file)]
    return [row for row in rows if row[0] not in ABOLISHED]


def authority_of_today(code: str, name: str) -> tuple[str, str, str]:
    """Number, name and region of an authority that exists.

    >>> authority_of_today("886", "Kent")
    ('886', 'Kent', 'E12000008')
    """
    for row in authorities_of_today():
        if row[0] == code:
            return row
    raise UsageError(
        "{name} ({code}) is not in the library's list of local authorities",
        hint="it may be newer than the library: a newer version has it",
        name=name,
        code=code,
    )


def series_of(published: pl.DataFrame, indicator: Indicator) -> pl.DataFrame:
    """Every row of an indicator: area_code, area_name, area_level, part_of, period, both sides, value, marker, and where it comes from."""
    rows = with_near_zero(published.filter(measure=indicator.measure, definition=indicator.definition))
    if not indicator.per:
        return rows
    year = pl.col("period_end").dt.year().alias("year")
    of_children = indicator.per == "children"
    measure, definition = ("children", "ons") if of_children else ("plans", "dfe")
    # Plans in January are of the year's beginning; children of its middle, and of plans in January those of the summer before.
    january = of_children and indicator.measure == "plans"
    bases = published.filter(measure=measure, definition=definition).select(
        "area_code", (year + (1 if january else 0)).alias("year"), base="value", base_source="source"
    )
    scale = CHILDREN if of_children else PLANS
    divided = rows.with_columns(year).join(bases, on=["area_code", "year"], how="left", maintain_order="left")
    value = pl.when(pl.col("base") > 0).then(pl.col("value") / pl.col("base") * scale)
    return divided.with_columns(
        numerator=pl.col("value"),
        denominator=pl.col("base"),
        value=value,
        marker=pl.when(value.is_null()).then(pl.coalesce("marker", pl.lit(NOT_AVAILABLE))),
        unit=pl.lit(indicator.unit),
        source=pl.when(pl.col("base_source").is_not_null())
        .then(pl.format("{}; {}", "source", "base_source"))
        .otherwise("source"),
    ).drop("year", "base", "base_source")


def standings(
    official: Official, *, model: str = "2025", indicators: Sequence[Indicator] = INDICATORS, areas: Sequence[str] = ()
) -> pl.DataFrame:
    """Where authorities stand, a row an authority and indicator, in the order of both.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    model : str
        The DfE's neighbour model.
    indicators : sequence of Indicator
        Which indicators.
    areas : sequence of str, optional
        The numbers of the authorities; all without it.

    Returns
    -------
    polars.DataFrame
        area_code, area_name; place (of the indicator), topic, indicator, unit, better; period_start, period_end; numerator, denominator,
        value and marker as published or by head or plan; returned_with (the authority in the same return); change on a year before; median
        of the neighbours, neighbours_with a figure and neighbours; region_name, region, england; rank of ranked (1 is the better end, or
        the lowest; none of a store with fewer than 100 returns), quarter in words; p and difference from the median: higher, lower, not
        shown, not tested; source, release, series_break.

    Raises
    ------
    UsageError
        Where there is no such model, or no figure of any indicator.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> kent = standings(load_official(), areas=["886"])
    >>> kent.filter(indicator="Turnover").select("value", "median", "rank", "ranked", "difference").row(0)
    (15.4, 9.65, 112, 148, 'higher')
    """
    published, neighbours = official.published, official.neighbours
    if model not in neighbours["model"].unique().to_list():
        raise UsageError('there is no neighbour model "{model}" at hand', hint='use "2025" or "2021"', model=model)
    nearest = neighbours.filter(model=model).select("area_code", "neighbour_code")
    authorities = pl.DataFrame(
        [row for row in authorities_of_today() if not areas or row[0] in areas],
        schema=["area_code", "area_name", "region_code"],
        orient="row",
    )
    tables = [
        _standing(series_of(published, indicator), indicator, authorities, nearest, place)
        for place, indicator in enumerate(indicators)
    ]
    with_figures = [table for table in tables if table is not None]
    if not with_figures:
        raise UsageError(
            "the official figures at hand have none of the indicators",
            hint="add the official files with: workforce official add FILE",
        )
    return _judged(pl.concat(with_figures)).sort("area_name", "place")


def regions_of(official: Official, *, indicators: Sequence[Indicator] = INDICATORS) -> pl.DataFrame:
    """Every indicator of the regions and of England in the last period that is published.

    Returns
    -------
    polars.DataFrame
        place, topic, indicator, unit, area_code, area_name, period_start, period_end, numerator, denominator, value, marker, source.
    """
    published = official.published
    tables = []
    for place, indicator in enumerate(indicators):
        series = series_of(published, indicator)
        days = _last_period(series)
        if days is None:
            continue
        rows = series.filter(
            pl.col("area_level").is_in(["regional", "national"])
            & (pl.col("period_start") == days[0])
            & (pl.col("period_end") == days[1])
        )
        tables.append(
            rows.select(
                pl.lit(place).alias("place"),
                pl.lit(indicator.topic).alias("topic"),
                pl.lit(indicator.name).alias("indicator"),
                pl.lit(indicator.unit).alias("unit"),
                "area_code",
                "area_name",
                "period_start",
                "period_end",
                "numerator",
                "denominator",
                "value",
                "marker",
                "source",
            )
        )
    return pl.concat(tables).sort("place", "area_code")


def _last_period(series: pl.DataFrame) -> tuple[date, date] | None:
    """The last period for which nearly all authorities that ever have a figure have one."""
    counts = (
        series.filter(pl.col("area_level") == "local_authority")
        .drop_nulls("value")
        .group_by("period_start", "period_end")
        .len()
    )
    full = counts.filter(pl.col("len") >= pl.min_horizontal(pl.lit(LEAST_PUBLISHED), pl.col("len").max()))
    return full.sort("period_end").select("period_start", "period_end").row(-1) if len(full) else None


def _standing(
    series: pl.DataFrame, indicator: Indicator, authorities: pl.DataFrame, nearest: pl.DataFrame, place: int
) -> pl.DataFrame | None:
    councils = series.filter(pl.col("area_level") == "local_authority")
    days = _last_period(series)
    if days is None:
        return None
    start, end = days
    latest = councils.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
    returns = latest.select(
        pl.col("area_code").str.split(JOINT).alias("area_code"),
        pl.col("area_code").alias("unit_code"),
        pl.col("area_name").alias("unit_name"),
        "part_of",
        "numerator",
        "denominator",
        "value",
        "marker",
        "source",
        "release",
        "series_break",
    ).explode("area_code")
    figures = latest.drop_nulls("value").select("area_code", "value")
    # A store of a few authorities has no rank in England.
    ranks = _ranks(figures if len(figures) >= LEAST_PUBLISHED else figures.clear(), indicator.better)
    before = councils.filter(
        pl.col("period_end").dt.offset_by("1d").dt.offset_by("1y") == pl.lit(end).dt.offset_by("1d")
    ).select(unit_code="area_code", before="value")
    own_rows = authorities.join(returns, on="area_code", how="left", maintain_order="left")
    medians = _medians(nearest, returns)
    over = series.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
    regions = over.filter(pl.col("area_level") == "regional").select(
        "area_code", region="value", region_name="area_name"
    )
    england = over.filter(pl.col("area_level") == "national")["value"].to_list()
    parent = pl.coalesce(
        pl.when(pl.col("part_of").is_in(regions["area_code"].implode())).then("part_of"), "region_code"
    )
    change = pl.col("value") - pl.col("before")
    return (
        own_rows.join(ranks, left_on="unit_code", right_on="area_code", how="left", maintain_order="left")
        .join(before.unique("unit_code"), on="unit_code", how="left", maintain_order="left")
        .join(medians, on="area_code", how="left", maintain_order="left")
        .with_columns(parent=parent)
        .join(regions, left_on="parent", right_on="area_code", how="left", maintain_order="left")
        .select(
            "area_code",
            "area_name",
            pl.lit(place).alias("place"),
            pl.lit(indicator.topic).alias("topic"),
            pl.lit(indicator.name).alias("indicator"),
            pl.lit(indicator.unit).alias("unit"),
            pl.lit(indicator.better, pl.String).alias("better"),
            pl.lit(indicator.chance).alias("chance"),
            pl.lit({"children": CHILDREN, "plans": PLANS}.get(indicator.per, 100), pl.Float64).alias("scale"),
            pl.lit(start).alias("period_start"),
            pl.lit(end).alias("period_end"),
            "numerator",
            "denominator",
            "value",
            pl.when(pl.col("value").is_null()).then(pl.coalesce("marker", pl.lit(NOT_AVAILABLE))).alias("marker"),
            pl.when(pl.col("unit_code").str.contains(JOINT)).then("unit_name").alias("returned_with"),
            pl.when(pl.col("series_break").is_null()).then(change).round(10).alias("change"),
            pl.col("median").round(10),
            pl.col("neighbours_with").fill_null(0),
            pl.col("neighbours").fill_null(0),
            "region_name",
            "region",
            pl.lit(england[0] if england else None, pl.Float64).alias("england"),
            "rank",
            pl.when(pl.col("rank").is_not_null()).then(len(ranks)).alias("ranked"),
            "quarter",
            "source",
            "release",
            "series_break",
        )
    )


def _ranks(figures: pl.DataFrame, better: Better | None) -> pl.DataFrame:
    """Rank at one decimal place, as `compare` ranks: 1 is the better end, or the lowest, and equal values share the better rank."""
    ends = ("best", "worst") if better else ("lowest", "highest")
    names = [f"{ends[0]} quarter", "second quarter", "third quarter", f"{ends[1]} quarter"]
    printed = half_up(pl.col("value"), DECIMALS)
    rank = printed.rank("min", descending=better == "higher").cast(pl.Int64)
    quarter = (rank - 1) * QUARTERS // pl.len()
    return figures.select(
        "area_code",
        rank.alias("rank"),
        quarter.replace_strict(dict(enumerate(names)), return_dtype=pl.String).alias("quarter"),
    )


def _medians(nearest: pl.DataFrame, returns: pl.DataFrame) -> pl.DataFrame:
    """The median of each authority's neighbours, a joint return once and never its own; how many had a figure, and how many it has."""
    figures = returns.select(neighbour_code="area_code", unit="unit_code", figure="value")
    own_rows = returns.select("area_code", own_unit="unit_code")
    pairs = (
        nearest.join(figures, on="neighbour_code", how="left")
        .join(own_rows, on="area_code", how="left")
        .with_columns(figure=pl.when(pl.col("unit").ne_missing(pl.col("own_unit"))).then("figure"))
    )
    counts = pairs.group_by("area_code").agg(
        neighbours_with=pl.col("figure").is_not_null().sum().cast(pl.Int64), neighbours=pl.len().cast(pl.Int64)
    )
    once = pairs.drop_nulls("figure").unique(["area_code", "unit"])
    return counts.join(once.group_by("area_code").agg(median=pl.col("figure").median()), on="area_code", how="left")


def _judged(table: pl.DataFrame) -> pl.DataFrame:
    """Add p and difference: whether the authority's own count differs from the neighbours' median by more than chance."""
    import numpy as np
    from scipy.stats import binom, poisson

    median, value = pl.col("median"), pl.col("value")
    tested = (pl.col("chance") != "") & pl.all_horizontal(pl.col("numerator", "denominator").is_not_null(), median > 0)
    rows = table.with_columns(
        tested=(tested & (pl.col("denominator") > 0) & value.is_not_null()).fill_null(value=False)
    )
    tests = rows.filter("tested")
    count = np.rint(tests["numerator"].to_numpy())
    of = np.rint(tests["denominator"].to_numpy())
    rate = (tests["median"] / tests["scale"]).to_numpy()
    share = (tests["chance"] == "share").to_numpy()
    rate_of_share = np.clip(rate, 0.0, 1.0)
    below = np.where(share, binom.cdf(count, of, rate_of_share), poisson.cdf(count, of * rate))
    above = np.where(share, binom.sf(count - 1, of, rate_of_share), poisson.sf(count - 1, of * rate))
    p = pl.Series("p", np.minimum(1.0, 2 * np.minimum(below, above)))
    judged = tests.with_columns(p).with_columns(larger=_discovered("p"))
    with_tests = rows.join(
        judged.select("area_code", "place", "p", "larger"), on=["area_code", "place"], how="left", maintain_order="left"
    )
    verdict = (
        pl.when(pl.col("larger").is_null())
        .then(pl.lit("not tested"))
        .when(~pl.col("larger"))
        .then(pl.lit("not shown"))
        .when(value > median)
        .then(pl.lit("higher"))
        .otherwise(pl.lit("lower"))
    )
    return with_tests.with_columns(difference=verdict).drop("tested", "larger", "chance", "scale")


def _discovered(p: str) -> pl.Expr:
    """Which tests of an authority show more than chance (Benjamini & Hochberg, 1995)."""
    rank = pl.col(p).rank("ordinal").over("area_code")
    holds = pl.col(p) <= FALSE_DISCOVERIES * rank / pl.len().over("area_code")
    last = pl.when(holds).then(rank).max().over("area_code")
    return (rank <= last).fill_null(value=False)


def lines_of(
    official: Official, indicator: Indicator, series: pl.DataFrame, nearest: Sequence[str], area: tuple[str, str, str]
) -> MeasureTable:
    """An indicator over time as lines: the authority, its neighbours' median, its region and England.

    Parameters
    ----------
    official : OfficialStore
        Where the figures come from.
    indicator : Indicator
        One that is drawn.
    series : polars.DataFrame
        What `series_of` returned.
    nearest : sequence of str
        The numbers of the neighbours.
    area : tuple of str
        Number, name and region of the authority, as in `authorities_of_today`.

    Returns
    -------
    MeasureTable
        By area, area_code, area_level and source, with `series_break`.
    """
    code, _, region = area
    councils = series.filter(pl.col("area_level") == "local_authority")
    split = councils.with_columns(member=pl.col("area_code").str.split(JOINT)).explode("member")
    own_rows = split.filter(pl.col("member") == code).drop("member")
    theirs = (
        split.filter(pl.col("member").is_in(list(nearest)))
        .drop_nulls("value")
        .join(own_rows.select("area_code", "period_end"), on=["area_code", "period_end"], how="anti")
        .unique(["area_code", "period_end"])
        .sort("period_end", "area_code")
    )
    medians = theirs.group_by("period_start", "period_end", maintain_order=True).agg(
        pl.col("value").median(), pl.col("series_break").first(), pl.col("source").sort().first()
    )
    parents = {region, *own_rows["part_of"].drop_nulls().to_list()}
    regional = series.filter((pl.col("area_level") == "regional") & pl.col("area_code").is_in(list(parents)))
    finest = regional.filter(pl.col("area_code") != region)["area_code"].unique().to_list()
    if finest:  # Inner and Outer London, where the publisher has them apart
        regional = regional.filter(pl.col("area_code").is_in(finest))
    tables = [
        own_rows.with_columns(area=pl.col("area_name")),
        medians.with_columns(
            area=pl.lit("Neighbours' median"), area_code=pl.lit("neighbours_median"), area_level=pl.lit("neighbours")
        ),
        regional.with_columns(area=pl.col("area_name")),
        series.filter(pl.col("area_code") == ENGLAND).with_columns(area=pl.lit("England")),
    ]
    name = own_rows["area_name"].to_list()[-1:]  # its present name in every period
    rows = pl.concat([table.sort("area_code", "period_end") for table in tables], how="diagonal").with_columns(
        area=pl.when(pl.col("area_level") == "local_authority")
        .then(pl.lit(name[0] if name else None))
        .otherwise("area")
    )
    table = shaped(rows, indicator.measure, indicator.as_drawn, by=BY)
    breaks = rows.select("series_break")
    ordered = pl.concat([table, breaks], how="horizontal")
    return _table(ordered, official, groups=BY, added=["series_break"])


def period_words(period: Period) -> str:
    """A period as a line of a page has it: a calendar year as its number, a month of plans as its month.

    >>> from datetime import date
    >>> period_words(Period(date(2024, 1, 1), date(2024, 12, 31))), period_words(Period(date(2025, 1, 1), date(2025, 1, 31)))
    ('2024', 'January 2025')
    """
    first, last = period.start, period.end
    if first == last:
        return f"{last.day} {last:%B %Y}"
    if (first.month, first.day, last.month, last.day, first.year) == (1, 1, 12, 31, last.year):
        return f"{last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{last:%B %Y}"
    return f"year to {last.day} {last:%B %Y}"
