"""What tests are made of: records from drawn tables, results and releases with figures that a test chooses."""

from datetime import date

import polars as pl

import workforce as wf
from workforce.definitions import definition_of
from workforce.disclosure.released import Released
from workforce.measures.frame import measure_table
from workforce.results import Curve, Forecast, Hazards, Incidence, MeasureTable, stacked

DATES = ("_date", "_from", "_to", "service_start")
NUMBERS = ("fte", "annual_pay", "supplement", "full_time_hours", "days_lost", "funded_fte", "covered_by_agency_fte")


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


def records(**tables: pl.DataFrame | pl.LazyFrame) -> wf.Records:
    """Records from frames."""
    return wf.Records(**tables)


def measured(sides: pl.DataFrame | dict, measure: str, definition: str, *, by=(), **options) -> MeasureTable:
    """A measure table from its two sides: numerator, denominator, people and the columns of `by`."""
    frame = pl.DataFrame(sides) if isinstance(sides, dict) else sides
    return measure_table(frame, measure, definition, by=list(by), **options)


def as_result(frame: pl.DataFrame, kind=MeasureTable, *, groups=(), **parts):
    """A result of a frame that has the columns of its kind, with the definitions that the measure book has for its rows."""
    names = frame.select("measure", "definition").unique(maintain_order=True).rows() if "measure" in frame.columns else []
    return kind(frame, [definition_of(m, d) for m, d in names], groups, **parts)


def released(results, rule="internal", notes=None) -> Released:
    """Results as released, without a rule applied: for charts, tables and words whose figures the test chooses."""
    named = dict(results) if isinstance(results, dict) else {"table": results}
    return Released._of(rule, named, notes)


__all__ = [
    "Curve",
    "Forecast",
    "Hazards",
    "Incidence",
    "MeasureTable",
    "as_result",
    "drawn",
    "measured",
    "records",
    "released",
    "stacked",
    "staff",
]
