"""Official figures as measure tables. A published value stays as its publisher rounded it, and every row names its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import polars as pl

from workforce.benchmark.authorities import JOINT, find_authority, systems_of
from workforce.book import Better, Definition, definition_of, measure_book
from workforce.errors import UsageError, did_you_mean
from workforce.frames import need
from workforce.results import FIRST, PERIOD_COLUMNS, REST, MeasureTable
from workforce.sealed import Provenance, Sealed

BY: Final = ("area", "area_code", "area_level", "source")


class OfficialStore(Sealed):
    """Official figures in memory, as `load_official` read them: the only ones that rule `published` takes.

    The frames are copies: figures that a caller changed are no official figures.
    """

    __slots__ = ("_areas", "_neighbours", "_provenance", "_published")

    _published: pl.DataFrame
    _neighbours: pl.DataFrame
    _areas: pl.DataFrame
    _provenance: Provenance

    @property
    def rule(self) -> str:
        """The disclosure rule of official figures: they are shown as published."""
        return "published"

    @property
    def published(self) -> pl.DataFrame:
        """The figures: canonical table `published`, with part_of and the markers of both sides."""
        return self._published.clone()

    @property
    def neighbours(self) -> pl.DataFrame:
        """Statistical neighbours by model."""
        return self._neighbours.clone()

    @property
    def areas(self) -> pl.DataFrame:
        """The publisher's list of authorities."""
        return self._areas.clone()


class Official(Protocol):
    """What a store of official figures holds: canonical table `published`, and the neighbour models."""

    @property
    def published(self) -> pl.DataFrame:
        """Official figures."""

    @property
    def neighbours(self) -> pl.DataFrame:
        """Statistical neighbours by model."""


@dataclass(frozen=True, slots=True)
class Held:
    """Official figures and neighbour models that were given as two frames."""

    published: pl.DataFrame
    neighbours: pl.DataFrame


MEASURE: Final = ("absence", "nhs")
MONTHS_IN_A_YEAR: Final = 12


def _provenance_of(official: object) -> Provenance:
    """Where official figures come from; figures that are not of the store are nobody's."""
    return official._provenance if isinstance(official, OfficialStore) else Provenance()


def _table(
    rows: pl.DataFrame, official: object, *, groups: Sequence[str] = BY, added: Sequence[str] = ()
) -> MeasureTable:
    """Rows made from official figures as a result that knows whether they are of the store."""
    names = rows.select(FIRST).unique(maintain_order=True).rows()
    definitions = [definition_of(str(measure), str(definition)) for measure, definition in names]
    return MeasureTable(rows, definitions, groups, added=added, _provenance=_provenance_of(official))


def figures(official: Official, measure: str, definition: str, *, areas: Sequence[str] | None = None) -> MeasureTable:
    """Official figures of one measure: the value as published, both sides where they are published.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    measure, definition : str
        As in the measure book.
    areas : sequence of str, optional
        Codes, names, or one code of a joint return; all without it.

    Returns
    -------
    MeasureTable
        By area, area_code, area_level and source. Limits and people are null: the publishers give none.

    References
    ----------
    The publication of each row is in its column `source`.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> figures(load_official(), "turnover", "dfe_fte", areas=["Devon"]).frame["value"].to_list()[-1]
    14.2
    """
    return _table(published_table(official.published, measure, definition, areas=areas), official)


def half_up(expr: pl.Expr, decimals: int = 0) -> pl.Expr:
    """Round as the DfE does: a half goes up (away from zero), also where binary arithmetic leaves it a hair below.

    >>> pl.select(half_up(pl.lit(14.25), 1), half_up(pl.lit(-0.5), 0).alias("b"), half_up(pl.lit(1.005), 2).alias("c")).row(0)
    (14.3, -1.0, 1.01)
    """
    scaled = expr * 10.0**decimals
    return (scaled.abs() + 0.5 + 1e-9).floor() * scaled.sign() / 10.0**decimals


def polarity(book: Definition) -> Better | None:
    """Which direction of a published figure is better: the measure book's, else the DfE's (LAIT data dictionary), else none.

    >>> polarity(definition_of("turnover", "dfe")), polarity(definition_of("vacancy_cover", "dfe_of_agency"))
    ('lower', None)
    """
    published = measure_book().published.get((book.measure, book.definition))
    return book.better or (published.better if published else None)


def published_table(
    published: pl.DataFrame | pl.LazyFrame, measure: str, definition: str, *, areas: Sequence[str] | None = None
) -> pl.DataFrame:
    """Official figures of one measure as a measure table: the value as published, both sides where they are published.

    published: canonical table `published`. areas: codes, names, or one code of a joint return; all when not given. Limits are null:
    the publishers give none. People are null: no record stands behind a published rate. A row without a figure has the publisher's symbol.
    """
    rows = figures_of(published, measure, definition)
    if areas is not None:
        names = list(areas)
        rows = rows.filter(
            pl.col("area_name").is_in(names)
            | pl.col("area_code").is_in(names)
            | pl.col("area_code").str.split(JOINT).list.eval(pl.element().is_in(names)).list.any()
        )
    table = rows.with_columns(area=pl.coalesce("area_name", "area_code"))
    return shaped(table, measure, definition).sort("area", "area_code", "area_level", "period_start", "period_end")


def figures_of(published: pl.DataFrame | pl.LazyFrame, measure: str, definition: str) -> pl.DataFrame:
    """The rows of one measure; refuses one that the book or the figures do not have."""
    need(published, ("area_code", "measure", "definition", "value", "source"), what="the table of published figures")
    definition_of(measure, definition)
    of_definition = (pl.col("measure") == measure) & (pl.col("definition") == definition)
    rows = published.lazy().filter(of_definition).collect()
    if rows.is_empty():
        measures = published.lazy().select("measure").unique().collect()["measure"].to_list()
        raise UsageError(
            "the published figures at hand do not hold {measure} ({definition})",
            hint="{near}; add the official file with: workforce official add FILE"
            if measures
            else "add the official files with: workforce official add FILE",
            measure=measure,
            definition=definition,
            near=did_you_mean(measure, measures),
        )
    return rows


def in_periods(rows: pl.DataFrame, periods: pl.DataFrame, book: Definition) -> pl.DataFrame:
    """The published rows of the table's periods; `parts` is how many published periods were added up, 1 where the days are the same."""
    exact = rows.join(periods, on=PERIOD_COLUMNS, how="semi").with_columns(parts=pl.lit(1, pl.Int64))
    sides = [side for side in (book.numerator, book.denominator) if side is not None]
    missing = periods.join(exact, on=PERIOD_COLUMNS, how="anti").drop_nulls()
    if len(sides) < 2 or any(side.over_time != "sum" for side in sides) or missing.is_empty():  # noqa: PLR2004
        return exact
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    inside = (
        rows.with_columns(days=days)
        .join(missing.select(pl.all().name.prefix("whole_"), whole_days=days), how="cross")
        .filter(
            (pl.col("period_start") >= pl.col("whole_period_start"))
            & (pl.col("period_end") <= pl.col("whole_period_end"))
        )
    )
    unit = ["area_code", "area_level", "whole_period_start", "whole_period_end"]
    complete = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    summed = (
        inside.sort("period_start")
        .group_by(unit, maintain_order=True)
        .agg(
            pl.col("area_name", "part_of").last(),
            pl.col("numerator").sum(),
            pl.col("denominator").sum(),
            parts=pl.len().cast(pl.Int64),
            fills=(pl.col("days").sum() == pl.col("whole_days").first())
            & complete.all()
            & (pl.col("denominator").sum() > 0),
        )
        .filter("fills")
        .with_columns(value=pl.col("numerator") / pl.col("denominator") * book.scale)
        .rename({"whole_period_start": "period_start", "whole_period_end": "period_end"})
        .drop("fills")
    )
    return pl.concat([exact, summed], how="diagonal")


def shaped(rows: pl.DataFrame, measure: str, definition: str, *, by: Sequence[str] = BY) -> pl.DataFrame:
    """Rows of official figures in the columns of a measure table, values untouched."""
    unit = definition_of(measure, definition).unit
    fixed = {
        "measure": pl.lit(measure),
        "definition": pl.lit(definition),
        "people": pl.lit(None, pl.Int64),
        "lower": pl.lit(None, pl.Float64),
        "upper": pl.lit(None, pl.Float64),
        "unit": pl.lit(unit),
        "method": pl.lit("none"),
    }
    filled = rows if "left_out" in rows.columns else rows.with_columns(left_out=pl.lit([], pl.List(pl.String)))
    return filled.with_columns(**fixed).select(
        *FIRST, *[pl.col(c).cast(pl.String) for c in by], *[pl.col(c).cast(dtype) for c, dtype in REST.items()]
    )


def sickness_by_month(official: Official, *, area: str, system: str = "") -> MeasureTable:
    """NHS sickness absence by month in the systems of a local authority, and in England: FTE days lost / FTE days available, in %.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    area : str
        Name or three-digit number of the local authority.
    system : str
        Code or name of one NHS system, in place of those of the authority.

    Returns
    -------
    MeasureTable
        By area, area_code, area_level and source, a row a month.

    Raises
    ------
    UsageError
        Where there is no such authority or system.

    References
    ----------
    NHS England, NHS sickness absence rates.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> by_month = sickness_by_month(load_official(), area="Devon").frame
    >>> by_month["area_level"].unique().sort().to_list()
    ['national', 'system']
    """
    table = published_table(official.published, *MEASURE)
    systems = _systems(official, area, system)
    rows = table.filter(_is_of_systems_or_england(systems)).with_columns(area=_area_in_words(), source=_source(table))
    return _table(rows, official)


def sickness_by_organisation(official: Official, *, area: str, system: str = "") -> MeasureTable:
    """NHS sickness absence of each organisation round a local authority over the last twelve months that are published, highest first.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    area : str
        Name or three-digit number of the local authority.
    system : str
        Code or name of one NHS system, in place of those of the authority.

    Returns
    -------
    MeasureTable
        A row an organisation, then its systems, then England, each from days summed over the months. An organisation that did not report
        every month has the months that it reported, and `left_out` names the others.

    Raises
    ------
    UsageError
        Where there is no such authority or system.

    References
    ----------
    NHS England, NHS sickness absence rates.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> year = sickness_by_organisation(load_official(), area="Devon").frame
    >>> year["area_level"].to_list()[-1]
    'national'
    """
    systems = _systems(official, area, system)
    rows = figures_of(official.published, *MEASURE)
    months = rows["period_start"].unique().sort().tail(MONTHS_IN_A_YEAR)
    of_organisations = (pl.col("area_level") == "organisation") & pl.col("part_of").is_in(systems)
    ours = rows.filter(
        pl.col("period_start").is_in(months.implode()) & (of_organisations | _is_of_systems_or_england(systems))
    ).filter(pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null())
    scale = definition_of(*MEASURE).scale
    all_months = months.to_list()
    summed = (
        ours.group_by("area_code", "area_level")
        .agg(
            area=pl.col("area_name").sort_by("period_start").last(),
            numerator=pl.col("numerator").sum(),
            denominator=pl.col("denominator").sum(),
            reported=pl.col("period_start").unique(),
        )
        .with_columns(
            value=pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator") * scale),
            period_start=pl.lit(all_months[0]),
            period_end=pl.lit(rows["period_end"].max(), pl.Date),
            left_out=pl.col("reported").map_elements(
                lambda had: [f"{m:%B %Y}" for m in all_months if m not in set(had)], return_dtype=pl.List(pl.String)
            ),
            source=_source(ours),
            area=_area_in_words(),
            marker=pl.lit(None, pl.String),
            order=pl.col("area_level").replace_strict(
                {"organisation": 0, "system": 1, "national": 2}, return_dtype=pl.Int8
            ),
        )
        .sort("order", "value", "area_code", descending=[False, True, False], nulls_last=True)
    )
    return _table(shaped(summed, *MEASURE), official)


def _is_of_systems_or_england(systems: Sequence[str]) -> pl.Expr:
    level = pl.col("area_level")
    return ((level == "system") & pl.col("area_code").is_in(systems)) | (level == "national")


def _area_in_words() -> pl.Expr:
    """The name of an area, of a system with the word that it is one: Devon is a council, too."""
    return pl.when(pl.col("area_level") == "system").then(pl.format("{} (NHS system)", "area")).otherwise("area")


def _source(rows: pl.DataFrame) -> pl.Expr:
    """One source for figures that come from a file a month."""
    first, last = (day.strftime("%B %Y") for day in (rows["period_end"].sort()[0], rows["period_end"].sort()[-1]))
    return pl.lit(f"NHS England, NHS sickness absence rates, {first} to {last}; systems and England from summed days")


def _systems(official: Official, area: str, system: str) -> list[str]:
    rows = figures_of(official.published, *MEASURE)
    listed = rows.filter(pl.col("area_level") == "system").select("area_code", "area_name").unique().sort("area_name")
    if system:
        codes = listed.filter((pl.col("area_code") == system) | (pl.col("area_name") == system))["area_code"].to_list()
        names = ", ".join(listed["area_name"].to_list())
        if not codes:
            raise UsageError(
                'no NHS system is called "{system}" in the figures at hand',
                hint="systems: {known}",
                system=system,
                known=names,
            )
        return codes
    authority = find_authority(official.published, official.neighbours, area)
    codes = [code for code in systems_of(authority) if code in listed["area_code"].to_list()]
    if not codes:
        raise UsageError(
            "the figures at hand have no NHS system round {authority}",
            hint="add the monthly files with: workforce official add FILE, or name a system",
            authority=authority.name,
        )
    return codes
