"""The measure table: the one shape that every rate, count and median has, and what every measure does with records.

The columns are always the same and sorted, so that equal data gives equal bytes; the rate and its limits follow from the two sides by the
measure book.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import wraps
from inspect import signature
from typing import Any, Final, ParamSpec, TypeVar, cast

import numpy as np
import polars as pl

from workforce.definitions import Definition, definition_of
from workforce.errors import UsageError, did_you_mean
from workforce.measures.intervals import FEW_EVENTS, poisson, wilson, z_value
from workforce.measures.known import within_known
from workforce.periods import DAYS_IN_A_YEAR, Period
from workforce.records import TABLE_WORDS, Records
from workforce.results import MeasureTable, Result, stacked

FIRST: Final = ("measure", "definition")
REST: Final = {
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "people": pl.Int64(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "unit": pl.String(),
    "method": pl.String(),
    "marker": pl.String(),
    "left_out": pl.List(pl.String()),
}
NOT_AVAILABLE: Final = "x"
NOT_APPLICABLE: Final = "z"
_LIMITS: Final = ("observed_from", "observed_to")
NO_ROLES: Final = "no roles of caseworkers are set: caseworker_roles under [casework]"
NOBODY_IN_ROLES: Final = "nobody on record has had one of the roles of caseworkers"
UNUSED: Final = "the file of {words} of {bodies} cannot be used"
NOT_COVERED: Final = "no organisation's records cover these days"
P = ParamSpec("P")
R = TypeVar("R")
A_YEAR: Final = " a year"  # what an annualised unit ends in


def as_by(by: Sequence[str] | str, *frames: pl.DataFrame | pl.LazyFrame) -> list[str]:
    """The `by=` of a call as a list, checked against the frames that must have these columns."""
    wanted = [by] if isinstance(by, str) else list(by)
    if len(set(wanted)) != len(wanted):
        raise UsageError("by= names a column twice", hint="name each column once")
    for frame in frames:
        known = frame.lazy().collect_schema().names()
        for column in wanted:
            if column not in known:
                raise UsageError(
                    'the records have no column "{column}"',
                    where="by=",
                    hint=did_you_mean(column, known),
                    column=column,
                )
    return wanted


def eager(frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """A frame in memory, whichever kind was given; the caller's own is not changed."""
    return frame.collect() if isinstance(frame, pl.LazyFrame) else frame


def need(frame: pl.DataFrame | pl.LazyFrame, columns: Iterable[str], *, what: str) -> None:
    """Refuse a frame that lacks columns that a measure cannot do without."""
    known = frame.lazy().collect_schema().names()
    missing = [c for c in columns if c not in known]
    if missing:
        raise UsageError(
            "{subject} lacks the columns {columns}",
            hint="see data/README.md for the canonical tables",
            subject=what,
            columns=missing,
        )


def measure_table(
    sides: pl.DataFrame,
    measure: str,
    definition: str,
    *,
    by: Sequence[str],
    annualised: bool = False,
    book: Definition | None = None,
) -> MeasureTable:
    """Turn the two sides of a rate into a measure table: value, limits, unit and method by the book.

    book: the definition, where the measure book has none of that name (counts and costs of an area). sides: the columns of `by` and those
    that the definition adds, period_start, period_end, numerator, denominator (either may be absent where the definition has none),
    people, and optionally value (medians), standard_error (of the ratio, for "between people"), marker and left_out. A row with a marker
    shows no figure. annualised: rates are multiplied to a year of 365.25 days, and say so in their unit.

    >>> sides = pl.DataFrame({"numerator": [3.0], "denominator": [60.0], "people": [60]})
    >>> measure_table(sides, "turnover", "nhs", by=[]).frame.select("value", "lower", "upper", "method").row(0)
    (5.0, 1.0311..., 14.612..., 'exact')
    """
    book = book or definition_of(measure, definition)
    groups = [*by, *(c for c in book.adds if c not in by)]
    filled = _with_absent_columns(sides, groups)
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    unit = f"{book.unit}{A_YEAR}" if annualised else book.unit
    filled = filled.with_columns(
        scale=book.scale * (DAYS_IN_A_YEAR / days if annualised else pl.lit(1.0)), unit=pl.lit(unit)
    )
    ratio_scale = pl.col("scale")
    if book.numerator is not None and book.denominator is not None:
        rate = pl.when(pl.col("denominator") > book.more_than).then(
            pl.col("numerator") / pl.col("denominator") * ratio_scale
        )
    elif book.numerator is not None:
        rate = pl.when(pl.lit(value=True)).then(pl.col("numerator") * book.each)
    else:
        rate = pl.when(pl.lit(value=True)).then(pl.col("value"))
    frame = filled.with_columns(value=pl.when(pl.col("marker").is_null()).then(rate))
    table = (
        _with_limits(frame, book)
        .select(
            pl.lit(measure).alias("measure"),
            pl.lit(definition).alias("definition"),
            *[pl.col(c).cast(pl.String) for c in groups],
            *[pl.col(c).cast(dtype) for c, dtype in REST.items()],
        )
        .sort("measure", "definition", *groups, "period_start", "period_end", nulls_last=True)
    )
    return MeasureTable(table, [book], groups)


def measure(
    *tables: str, by_definition: Mapping[str, Sequence[str]] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function that takes `Records` first a measure of the library.

    The measure refuses anything but records as its first argument with a sentence, hands the provenance of the records and the texts and
    numbers of the caller on to its result, and names the organisations that do not record one of its tables. Staff count on the days on
    which anything is known of them: a row that could not be read is evidence of nothing.

    Parameters
    ----------
    tables : str
        The tables of the records that the measure reads.
    by_definition : mapping of str to sequence of str, optional
        The tables that single definitions read, where those are not all of them.
    """
    tables_of = by_definition or {}

    def decorate(call: Callable[P, R]) -> Callable[P, R]:
        @wraps(call)
        def measured(*args: P.args, **options: P.kwargs) -> R:
            records = args[0] if args else options.get("records")
            if not isinstance(records, Records):
                raise UsageError(
                    "a measure takes records first",
                    where="{measure}",
                    hint="give what wf.load_area returned, or wf.Records(assignments=frame)",
                    measure=call.__name__,
                )
            arguments = signature(call).bind(*args, **options).arguments
            usable = _within_known(records)
            if args:
                result = cast("Callable[..., R]", call)(usable, *args[1:], **options)
            else:
                result = cast("Callable[..., R]", call)(**{**options, "records": usable})
            return cast("R", _handed_on(result, records, arguments, tables, tables_of))

        return measured

    return decorate


def _within_known(records: Records) -> Records:
    """The records with staff cut to the days on which anything is known of them."""
    staff = records._tables.get("assignments")
    cut = None if staff is None else within_known(staff)
    return records if cut is None or cut is staff else records._with({"assignments": cut})


def _handed_on(
    result: Any,  # noqa: ANN401 - a result, a mapping of results, records or a test
    records: Records,
    arguments: Mapping[str, object],
    tables: Sequence[str],
    tables_of: Mapping[str, Sequence[str]],
) -> Any:  # noqa: ANN401 - the same
    """The result with the records' provenance, what the caller gave, and who does not record its tables."""
    if isinstance(result, Mapping):
        return {name: _handed_on(one, records, arguments, tables, tables_of) for name, one in result.items()}
    if not isinstance(result, Result):
        return result
    # A list of roles says whose cases are counted; a mapping of roles has the names of groups, which are printed.
    given = {
        name: value
        for name, value in arguments.items()
        if name not in ("records", "by") and (name != "roles" or isinstance(value, Mapping))
    }
    read = {table for book in result.definitions for table in tables_of.get(book.definition, tables)}
    reasons = [*result.reasons, *_not_recorded(result, records, [table for table in tables if table in read])]
    if NOBODY_IN_ROLES in reasons:
        reasons = [*_unused_staff(records), *reasons]
    if not reasons and without_figures(result):
        reasons = _why_without_figures(result, records, arguments, tables)
    return result._with(
        result.frame,
        reasons=list(dict.fromkeys(reasons)),
        _provenance=records._provenance.with_given(**given),
    )


def listed(names: Iterable[str]) -> str:
    """Names in a sentence.

    >>> listed(["Council", "Trust", "Schools"])
    'Council, Trust and Schools'
    """
    *several, last = names
    return f"{', '.join(several)} and {last}" if several else last


def without_figures(result: Result) -> bool:
    """Whether a result has no rows, or none but those with marker ``x`` or ``z`` or without anybody to measure."""
    frame = result.frame
    if frame.is_empty() or "marker" not in frame.columns:
        return frame.is_empty()
    figure = next((c for c in ("value", "hazard_ratio") if c in frame.columns), "marker")
    without = pl.col("marker").is_null() | pl.col("marker").is_in([NOT_AVAILABLE, NOT_APPLICABLE])
    return frame.filter(pl.col(figure).is_not_null() | ~without).is_empty()


def _why_without_figures(
    result: Result, records: Records, arguments: Mapping[str, object], tables: Sequence[str]
) -> list[str]:
    """Why a result has no figure at all, where the measure itself gives no reason: sentences without their full stops."""
    roles, staff = arguments.get("roles"), records._tables.get("assignments")
    if isinstance(roles, Sequence) and not roles:
        return [NO_ROLES]
    if isinstance(roles, Sequence) and staff is not None and "role" in staff.lazy().collect_schema().names():
        in_roles = staff.lazy().select(pl.col("role").is_in(list(roles)).any()).collect().item()
        if not in_roles:
            return [*_unused_staff(records), NOBODY_IN_ROLES]
    if reason := records.lacks(*tables):
        return [reason]
    if _outside_the_records(records, arguments):
        return [NOT_COVERED]
    return [f"no {TABLE_WORDS[tables[0]]} are recorded for these days and groups"] if not len(result) and tables else []


def _unused_staff(records: Records) -> list[str]:
    """Whose staff cannot be known because their file is not used, in a sentence."""
    names = records._settings.organisation_names if records._settings is not None else {}
    slugs = records._not_used.filter(table="assignments")["organisation"].unique().sort()
    return (
        [UNUSED.format(words=TABLE_WORDS["assignments"], bodies=listed(names.get(s, s) for s in slugs))]
        if len(slugs)
        else []
    )


def _outside_the_records(records: Records, arguments: Mapping[str, object]) -> bool:
    """Whether the records of no organisation cover one of the periods or days of a call, and the day before it."""
    asked = next((arguments[name] for name in ("periods", "on", "observed") if arguments.get(name) is not None), None)
    several = [asked] if isinstance(asked, Period | date) else list(asked) if isinstance(asked, Iterable) else []
    days = [(one.start, one.end) if isinstance(one, Period) else (one, one) for one in several]
    staff = records._tables.get("assignments")
    limits = [] if staff is None else [c for c in _LIMITS if c in staff.lazy().collect_schema().names()]
    if staff is None or not days or not limits:
        return False
    recorded = staff.lazy().select(limits).unique().collect()
    begins = pl.col("observed_from").fill_null(date.min) if "observed_from" in limits else pl.lit(date.min)
    ends = pl.col("observed_to").fill_null(date.max) if "observed_to" in limits else pl.lit(date.max)
    covered = [(begins < first) & (ends >= last) for first, last in days]
    return not recorded.select(pl.any_horizontal(covered).any()).item()


def _not_recorded(result: Result, records: Records, tables: Sequence[str]) -> list[str]:
    """Why organisations are without a figure, where it is a table that they do not record: a sentence for each table or organisation."""
    if not isinstance(result, MeasureTable):
        return []
    frame = result.frame
    without = set(frame["left_out"].explode().drop_nulls().to_list())
    if "organisation" in result.groups:
        figures = pl.any_horizontal(pl.col("numerator", "denominator", "value").is_not_null())
        of_organisations = frame.group_by("organisation").agg(
            figures=figures.any(), marked=(pl.col("marker") == NOT_AVAILABLE).any()
        )
        marked = of_organisations.filter(pl.col("marked") & ~pl.col("figures"))
        without |= set(marked["organisation"].drop_nulls().to_list())
    if not without:
        return []
    sentences = []
    names = records._settings.organisation_names if records._settings is not None else {}
    for table in tables:
        if reason := records.lacks(table):
            sentences.append(reason)
            continue
        rows = records._table(table)
        if not isinstance(rows, pl.DataFrame) or "organisation" not in rows.columns:
            continue
        missing = without - set(rows["organisation"].unique().to_list())
        unused = missing & set(records._not_used.filter(table=table)["organisation"])
        words = TABLE_WORDS[table]
        sentence = (
            "no {words} of {bodies} are left after the filter"
            if records._narrowed
            else "{words} are not recorded by {bodies}"
        )
        for slugs, text in ((missing - unused, sentence), (unused, UNUSED)):
            if slugs:
                sentences.append(
                    text.format(words=words, bodies=listed(names.get(slug, slug) for slug in sorted(slugs)))
                )
    return sentences


def not_available(
    measure: str,
    definitions: Sequence[str],
    *,
    by: Sequence[str],
    when: Period | date | Sequence[Period] | Sequence[date],
    reason: str,
) -> MeasureTable:
    """Return rows with marker ``x`` for each definition and period: what a measure says of something that is not recorded.

    Parameters
    ----------
    measure : str
        Name of the measure.
    definitions : sequence of str
        The definitions that were asked for.
    by : sequence of str
        The columns that were asked for; they are null in the rows.
    when : period or date, or several
        The periods, or the days.
    reason : str
        Why, as a sentence without its full stop.

    Examples
    --------
    >>> from workforce.periods import month
    >>> rows = not_available("turnover", ["nhs"], by=["team"], when=month("2023-03"), reason="staff are not recorded")
    >>> rows.frame.select("team", "value", "marker").row(0), rows.reasons
    ((None, None, 'x'), ('staff are not recorded',))
    """
    several = [when] if isinstance(when, Period | date) else list(when)
    spans = [(one.start, one.end) if isinstance(one, Period) else (one, one) for one in several]
    tables = []
    for definition in definitions:
        book = definition_of(measure, definition)
        rows = pl.DataFrame(spans, schema={"period_start": pl.Date, "period_end": pl.Date}, orient="row").with_columns(
            *[pl.lit(None, pl.String).alias(c) for c in dict.fromkeys([*by, *book.adds])],
            marker=pl.lit(NOT_AVAILABLE),
        )
        tables.append(measure_table(rows, measure, definition, by=by))
    return stacked(tables)._with_reasons(reason)


def _with_absent_columns(sides: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    lacking = [c for c in groups if c not in sides.columns]
    if lacking:
        raise UsageError("a measure table lacks its group columns {columns}", columns=lacking)
    absent = {
        "period_start": pl.lit(None, pl.Date),
        "period_end": pl.lit(None, pl.Date),
        "numerator": pl.lit(None, pl.Float64),
        "denominator": pl.lit(None, pl.Float64),
        "people": pl.lit(None, pl.Int64),
        "value": pl.lit(None, pl.Float64),
        "standard_error": pl.lit(None, pl.Float64),
        "marker": pl.lit(None, pl.String),
        "left_out": pl.lit([], pl.List(pl.String)),
    }
    return sides.with_columns(**{c: e for c, e in absent.items() if c not in sides.columns})


def _with_limits(frame: pl.DataFrame, book: Definition) -> pl.DataFrame:
    shown = pl.col("value").is_not_null()
    if book.limits == "none" or frame.is_empty():
        return frame.with_columns(lower=pl.lit(None, pl.Float64), upper=pl.lit(None, pl.Float64), method=pl.lit("none"))
    if book.limits.startswith("between"):
        half = z_value() * pl.col("standard_error") * pl.col("scale")
        known = shown & pl.col("standard_error").is_not_null() & pl.col("standard_error").is_not_nan()
        return frame.with_columns(
            lower=pl.when(known).then(pl.col("value") - half),
            upper=pl.when(known).then(pl.col("value") + half),
            method=pl.when(known).then(pl.lit(book.limits)).otherwise(pl.lit("none")),
        )
    count = frame["numerator"].fill_null(0.0).to_numpy()
    total = frame["denominator"].fill_null(0.0).to_numpy()
    scale = frame["scale"].to_numpy()
    if book.limits == "Wilson":
        lower, upper = wilson(count, total)
        method = np.full(len(frame), "Wilson", dtype=object)
    else:
        below, above = poisson(count)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = below / total, above / total
        method = np.where(count < FEW_EVENTS, "exact", "Byar").astype(object)
    limits = pl.DataFrame(
        {"lower": lower * scale, "upper": upper * scale, "method": pl.Series(list(method), dtype=pl.String)}
    )
    return frame.with_columns(limits).with_columns(
        lower=pl.when(shown).then(pl.col("lower").fill_nan(None)),
        upper=pl.when(shown).then(pl.col("upper").fill_nan(None)),
        method=pl.when(shown).then("method").otherwise(pl.lit("none")),
    )
