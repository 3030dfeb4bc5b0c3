"""What tests are made of: records from drawn tables, results and releases with figures that a test chooses."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import numpy as np
import polars as pl
import pytest

import workforce as wf
from workforce.benchmark.glance import authorities_of_today, lines_of
from workforce.benchmark.official import OfficialStore, shaped
from workforce.book import definition_of, measure_book
from workforce.book.identities import SideName, identities
from workforce.book.load import CONSTANTS, read_book
from workforce.book.made import counted
from workforce.cli import main as command
from workforce.disclosure.released import Released
from workforce.disclosure.rules import OPEN_RULES, RULES
from workforce.disclosure.verdicts import verdicts_of
from workforce.present.kinds import flow, kpis, trend
from workforce.present.kinds.official import drawn_series
from workforce.present.text import titles
from workforce.pseudonyms import Key, find_key, pseudonyms
from workforce.records import Notes
from workforce.report import atlas as pages_of
from workforce.report.permitted import Permitted, literals, settings_of
from workforce.results import EXACT_COLUMNS, REST, Curve, Forecast, Hazards, Incidence, MeasureTable, stacked
from workforce.sample import TRUTHS, make_area
from workforce.sample import Area as SampleArea
from workforce.sample.design import CASEWORK_ROLES
from workforce.schemas import ENDS, KEYS, REQUIRED, TABLES
from workforce.sealed import FILES, Provenance
from workforce.settings import Costs, load_settings
from workforce.shipped import shipped
from workforce.sources import make_official as maker
from workforce.sources.area import read_area
from workforce.sources.published import add_published
from workforce.stats.cox import HAZARDS
from workforce.stats.rates import measure_table

MEASURE_BOOK = measure_book().definitions
READERS = ((titles, "groups_tested"), *((module, "change_of") for module in (trend, flow, kpis)))
"""Where charts, tables and sentences read the verdicts of a release: a module, and the name of a function in it."""
DATES = ("_date", "_from", "_to", "service_start")
NUMBERS = ("fte", "annual_pay", "supplement", "full_time_hours", "days_lost", "funded_fte", "covered_by_agency_fte")


@contextmanager
def withheld_rows_stay() -> Iterator[None]:
    """Tables of a release that are mostly withheld keep their rows, so that a test sees what is withheld of each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workforce.disclosure.coarseness.MOST_WITHHELD", 1.0)
        yield


def drawn(text: str, **constants) -> pl.DataFrame:
    """A frame from a drawn table: the first line names the columns, `.` is nothing, words of one cell are joined by an underscore."""
    head, *body = [line.split() for line in text.strip().splitlines()]
    rows = [{name: None if cell == "." else cell for name, cell in zip(head, line, strict=True)} for line in body]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(head, pl.String))
    frame = frame.with_columns(
        pl.col(c).str.to_date() if c.endswith(DATES) else pl.col(c).cast(pl.Float64) if c in NUMBERS else pl.col(c)
        for c in head
    )
    typed = {name: pl.lit(value, pl.Date if isinstance(value, date) else None) for name, value in constants.items()}
    return frame.with_columns(**{name: value for name, value in typed.items() if name not in head})


def staff(text: str, **constants) -> wf.Records:
    """Records of staff alone, from a drawn table; the organisation is `council` unless it is drawn."""
    return wf.Records(assignments=drawn(text, **{"organisation": "council", **constants}))


def casework(allocations, cases, assignments, **tables) -> wf.Records:
    """Records of who held which cases, of the cases and of the staff, and of other tables by name."""
    return wf.Records(allocations=allocations, cases=cases, assignments=assignments, **tables)


def made(area, **tables) -> wf.Records:
    """Records of an area that `make_area` made, with some tables in place of its own; None for a table that it does not record."""
    every = {name: getattr(area, name) for name in TABLES}
    return wf.Records(**{**every, **tables})


def records(**tables: pl.DataFrame | pl.LazyFrame) -> wf.Records:
    """Records from frames."""
    return wf.Records(**tables)


def check_area(path) -> wf.Records:
    """Read an area as `workforce check` does: that nothing is left of it is no error."""
    return read_area(path).records


def measured(sides: pl.DataFrame | dict, measure: str, definition: str, *, by=(), **options) -> MeasureTable:
    """A measure table from its two sides: numerator, denominator, people and the columns of `by`."""
    frame = pl.DataFrame(sides) if isinstance(sides, dict) else sides
    return measure_table(frame, measure, definition, by=list(by), **options)


def as_result(frame: pl.DataFrame, kind=MeasureTable, *, groups=None, **parts):
    """A result of a frame with the columns of its kind, with the definitions that the measure book has for its rows.

    groups: without them, the columns between the names of the measure and its period, or its time. `added` likewise: those after the last
    column of every measure table.
    """
    names = (
        frame.select("measure", "definition").unique(maintain_order=True).rows() if "measure" in frame.columns else []
    )
    end = next((c for c in ("period_start", "time", "covariate") if c in frame.columns), frame.columns[-1])
    before = frame.columns[: frame.columns.index(end)]
    telling = [c for c in before if c not in ("measure", "definition")] if groups is None else groups
    if issubclass(kind, MeasureTable) and "left_out" in frame.columns:
        parts = {"added": frame.columns[frame.columns.index("left_out") + 1 :], **parts}
    return kind(frame, [definition_of(m, d) for m, d in names], telling, **parts)


def life_table_of(frame: pl.DataFrame, measure="retention", definition="product_limit") -> Curve:
    """A life table of a measure from a frame with its columns, those before `time` being its groups."""
    named = frame.select(pl.lit(measure).alias("measure"), pl.lit(definition).alias("definition"), pl.all())
    return as_result(named, Curve)


def released(results, rule="internal", notes=None, verdicts=None) -> Released:
    """Results, or frames with the columns of one, as released without a rule applied: the test chooses the figures that are shown.

    verdicts: for each table, those that a test chooses; without them, what the tests of the library say of the figures.
    """
    named = dict(results) if isinstance(results, dict) else {"table": results}
    kinds = {
        name: one if not isinstance(one, pl.DataFrame) else as_result(one, _kind(one)) for name, one in named.items()
    }
    return Released._of(rule, kinds, notes, verdicts_of(kinds, kinds) if verdicts is None else verdicts)


def official(published: pl.DataFrame, neighbours: pl.DataFrame, areas: pl.DataFrame | None = None) -> OfficialStore:
    """A store of official figures that a test has drawn."""
    return OfficialStore._made(
        _published=published,
        _neighbours=neighbours,
        _areas=pl.DataFrame() if areas is None else areas,
        _provenance=Provenance(loaded=True, official=True),
    )


def benchmark_page(area, out, **options):
    """Make the page of one authority from official statistics, and return its path."""
    return pages_of.benchmark(area, out=out, **options)


def atlas(out, **options):
    """Make the pages of all authorities, and return the path of their index."""
    return pages_of.atlas(out=out, **options)


def drawn_lines(official, codes):
    """The lines over time on the pages of authorities: number of the authority, and a frame for each drawn indicator."""
    series = drawn_series(official)
    for area in authorities_of_today():
        near = official.neighbours.filter(model="2025", area_code=area[0]).sort("position")["neighbour_code"].to_list()
        if area[0] in codes:
            yield area[0], [lines_of(official, indicator, rows, near, area).frame for indicator, rows in series]


def make_official(folder, store) -> None:
    """Make the store that comes with the library from the publishers' files."""
    maker.make(folder, store)


LEVELS = {"region": "regional", "england": "national", "system": "system"}
LONDON = {
    "E13000001": "E12000007",
    "E13000002": "E12000007",
}  # Inner and Outer London, which the social work census has apart


def roll_up(published: pl.DataFrame, measure: str, definition: str, *, to="region") -> pl.DataFrame:
    """The units of an official file added up by `wf.combine`, with the number of units: what a publisher's totals are compared with.

    London is Inner and Outer London together where they are apart. A side that the publisher marks `low` counts as 0.
    """
    rows = published.filter(measure=measure, definition=definition)
    of_level = {"region": ["local_authority"], "system": ["organisation"]}.get(to, ["local_authority", "organisation"])
    units = rows.filter(pl.col("area_level").is_in(of_level)).with_columns(
        unit_of=pl.coalesce("area_name", "area_code"),
        denominator=pl.when(pl.col("denominator_marker") == "low").then(0.0).otherwise("denominator"),
        marker=pl.when(pl.col("numerator_marker") == "low").then(pl.lit("low")).otherwise("marker"),
    )
    if to == "england":
        totals = units.with_columns(area_code=pl.lit("E92000001"), area=pl.lit("England"))
    else:
        in_both = pl.col("part_of").replace_strict(LONDON, default=None, return_dtype=pl.String)
        parts = [
            units.with_columns(area_code=code).filter(pl.col("area_code").is_not_null())
            for code in (pl.col("part_of"), in_both)
        ]
        names = (
            rows.filter(area_level=LEVELS[to]).sort("period_end").group_by("area_code").agg(pl.col("area_name").last())
        )
        names = pl.concat([names, pl.DataFrame({"area_code": ["E12000007"], "area_name": ["London"]})]).unique(
            "area_code"
        )
        totals = pl.concat(parts).join(names.rename({"area_name": "area"}), on="area_code", how="left")
        totals = totals.with_columns(pl.coalesce("area", "area_code").alias("area"))
    groups = ("area", "area_code", "unit_of")
    keys = ["area_code", "period_start", "period_end"]
    summed = wf.combine(as_result(shaped(totals, measure, definition, by=groups)), over=("unit_of",)).frame
    counts = totals.group_by(keys).agg(units=pl.len())
    return (
        summed.drop(EXACT_COLUMNS, strict=False)
        .join(counts, on=keys)
        .with_columns(units=pl.col("units") - pl.col("left_out").list.len(), area_level=pl.lit(LEVELS[to]))
        .sort("area", *keys)
    )


def notes(**columns: list) -> Notes:
    """Notes of an area's files, such as rows read and refused."""
    return Notes._made(_frame=pl.DataFrame(columns), _provenance=Provenance(loaded=True))


def permitted_by(sources, settings, parameters) -> Permitted:
    """What a page of a run may print: what its cells, the area.toml and the run's parameters say."""
    return Permitted(literals(sources, parameters), settings_of(settings), parameters)


def not_permitted(shown, permitted: Permitted) -> list[tuple[str, str | float]]:
    """The texts and numbers for which a run refuses what a cell shows; which files were read is left to the run."""
    texts_and_numbers = shown._provenance.arguments
    return sorted(
        (name, value) for name, value in texts_and_numbers if name != FILES and not permitted.may_print(name, value)
    )


def spells_at_random(rows: int, *, seed: int = 5) -> pl.DataFrame:
    """Spells of staff whose pay, age and site are drawn at random; who is older or paid more leaves sooner."""
    rng = np.random.default_rng(seed)
    pay, age = rng.integers(0, 3, rows), rng.normal(40, 10, rows).round(2)
    entry = rng.integers(0, 200, rows)
    left = rng.exponential(300 / np.exp(0.5 * pay + 0.02 * (age - 40)))
    seen = rng.integers(1, 400, rows)
    return pl.DataFrame(
        {
            "entry": entry,
            "exit": entry + np.ceil(np.minimum(left, seen)).astype(int),
            "event": left <= seen,
            "pay": np.array(["low", "middle", "top"])[pay],
            "age": age,
            "site": rng.integers(0, 3, rows),
        }
    )


def vega_lite(figure):
    """The chart that Altair reads from a figure's specification; what Vega-Lite does not know is an error."""
    from altair import Chart  # after the figure was drawn: the library makes Altair's import short

    return Chart.from_dict(dict(figure.spec), validate=True)


def _kind(frame: pl.DataFrame):
    if "hazard_ratio" in frame.columns:
        return Hazards
    if "at_risk" in frame.columns:
        return Incidence if "cause" in frame.columns else Curve
    return Forecast if "lower_80" in frame.columns else MeasureTable


def constants_of_the_book() -> dict[str, float]:
    """The numbers that the texts of the measure book can quote, by the name in braces."""
    return dict(CONSTANTS)


__all__ = [
    "CASEWORK_ROLES",
    "ENDS",
    "HAZARDS",
    "KEYS",
    "MEASURE_BOOK",
    "OPEN_RULES",
    "READERS",
    "REQUIRED",
    "REST",
    "RULES",
    "TABLES",
    "TRUTHS",
    "Costs",
    "Curve",
    "Forecast",
    "Hazards",
    "Incidence",
    "Key",
    "MeasureTable",
    "Notes",
    "OfficialStore",
    "Provenance",
    "SampleArea",
    "SideName",
    "add_published",
    "as_result",
    "casework",
    "check_area",
    "command",
    "constants_of_the_book",
    "counted",
    "definition_of",
    "drawn",
    "find_key",
    "identities",
    "life_table_of",
    "load_settings",
    "made",
    "make_area",
    "measure_book",
    "measured",
    "not_permitted",
    "notes",
    "official",
    "permitted_by",
    "pseudonyms",
    "read_book",
    "records",
    "released",
    "shipped",
    "spells_at_random",
    "stacked",
    "staff",
    "vega_lite",
    "withheld_rows_stay",
]
