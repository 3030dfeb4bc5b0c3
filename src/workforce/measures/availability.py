"""What is not recorded: how a measure takes records, which organisations are left out of it, and its rows with marker `x`.

An organisation whose records do not cover a period leaves both sides of that period and is named in `left_out` (complete-case); it is never
counted as if nothing had happened there. What nobody records gives rows with marker `x` and the reason, not an exception.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import wraps
from inspect import signature
from typing import Any, Final, ParamSpec, TypeVar, cast

import polars as pl

from workforce.bands import PAY_QUARTER, without_quarters
from workforce.book import definition_of
from workforce.errors import UsageError
from workforce.frames import as_by
from workforce.measures.presence import within_known
from workforce.periods import Period, period_frame
from workforce.records import TABLE_WORDS, Records
from workforce.results import NOT_APPLICABLE, NOT_AVAILABLE, PERIOD_COLUMNS, MeasureTable, Result, stacked
from workforce.stats.rates import WITHOUT_LIMITS, measure_table

NO_ROLES: Final = "no roles of caseworkers are set: caseworker_roles under [casework]"
NOBODY_IN_ROLES: Final = "nobody on record has had one of the roles of caseworkers"
UNUSED: Final = "the file of {words} of {bodies} cannot be used"
NOT_COVERED: Final = "no organisation's records cover these days"
_LIMITS: Final = ("observed_from", "observed_to")
P = ParamSpec("P")
R = TypeVar("R")


def rows_or_none(records: Records, table: str) -> pl.DataFrame | pl.LazyFrame:
    """A table of the records; where it is not recorded, one without rows that has every column.

    From a table without rows a measure gives rows with marker `x` in the groups of its other tables, by the names of the organisations.

    >>> rows_or_none(Records(vacancies=pl.DataFrame()), "vacancies").shape[0]
    0
    """
    return Records()._table(table) if records.lacks(table) else records._table(table)


def ungrouped(records: Records, table: str, groups: Sequence[str]) -> str | None:
    """Why the rows of a table cannot be grouped by some columns, or None; also None without rows, which `rows_or_none` handles."""
    reason = records.lacks(columns=groups, of=table)
    return None if records.lacks(table) else reason


def without_end_dates(records: Records) -> list[str]:
    """Organisations that record no last day of any of their staff, so that their leavers are not known."""
    return sorted(records.without_end_dates)


def no_end_dates(records: Records) -> list[str]:
    """Why organisations have no leavers: a sentence without its full stop, where there are such."""
    names = records._settings.organisation_names if records._settings is not None else {}
    silent = [names.get(slug, slug) for slug in without_end_dates(records)]
    return [f"no end dates are recorded by {listed(silent)}"] if silent else []


def covered(
    sides: pl.DataFrame,
    observed: pl.DataFrame,
    periods: Sequence[Period],
    *,
    opening: bool = False,
    silent: Sequence[str] = (),
) -> pl.DataFrame:
    """Sides by organisation, with both null and marker `x` where the organisation's records do not cover the period.

    observed: organisation, observed_from, observed_to. opening: the measure also looks at the day before the period. Where nothing but
    the organisation groups the sides, an organisation with nobody to count has its row of zeros. silent: organisations whose records do
    not say what is counted.
    """
    figures = [c for c in ("numerator", "denominator", "people") if c in sides.columns]
    if set(sides.columns) <= {"organisation", "marker", *PERIOD_COLUMNS, *figures}:
        grid = observed.select("organisation").join(period_frame(periods), how="cross")
        sides = grid.join(sides, on=["organisation", *PERIOD_COLUMNS], how="left").with_columns(
            pl.col(c).fill_null(0) for c in figures
        )
    first = pl.col("period_start").dt.offset_by("-1d") if opening else pl.col("period_start")
    outside = (pl.col("observed_from") > first) | (pl.col("observed_to") < pl.col("period_end"))
    rows = sides.join(observed, on="organisation", how="left").with_columns(
        marker=pl.when(outside.fill_null(value=False) | pl.col("organisation").is_in(list(silent)))
        .then(pl.lit(NOT_AVAILABLE))
        .otherwise(pl.col("marker") if "marker" in sides.columns else pl.lit(None, pl.String))
    )
    return rows.with_columns(pl.when(pl.col("marker").is_null()).then(pl.col(c)) for c in figures).drop(
        "observed_from", "observed_to"
    )


def rolled_up(sides: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Sides by organisation and group, summed over organisations unless `by` names them; those with a marker leave both sides."""
    if "organisation" in by:
        return sides
    complete = pl.col("marker").is_null()
    figures = [c for c in ("numerator", "denominator", "people") if c in sides.columns]
    return (
        sides.group_by(*by, *PERIOD_COLUMNS)
        .agg(
            *[pl.when(complete.any()).then(pl.col(c).filter(complete).sum()).alias(c) for c in figures],
            marker=pl.when(~complete.any()).then(pl.lit(NOT_AVAILABLE)),
            left_out=pl.col("organisation").filter(~complete).unique().sort(),
        )
        .sort(*by, *PERIOD_COLUMNS, nulls_last=True)
    )


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
        return {
            name: _handed_on(each_result, records, arguments, tables, tables_of) for name, each_result in result.items()
        }
    if not isinstance(result, Result):
        return result
    # A list of roles says whose cases are counted; a mapping of roles has the names of groups, which are printed.
    options = {
        name: value
        for name, value in arguments.items()
        if name not in ("records", "by") and (name != "roles" or isinstance(value, Mapping))
    }
    read = {table for book in result.definitions for table in tables_of.get(book.definition, tables)}
    reasons = [*result.reasons, *_not_recorded(result, records, [table for table in tables if table in read])]
    reasons += _no_quarters(result, records, arguments)
    if NOBODY_IN_ROLES in reasons:
        reasons = [*_unused_staff(records), *reasons]
    if not reasons and without_figures(result):
        reasons = _why_without_figures(result, records, arguments, tables)
    return result._with(
        result.frame,
        # Why a figure has no limits comes after why there is none.
        reasons=sorted(dict.fromkeys(reasons), key=lambda reason: reason in WITHOUT_LIMITS.values()),
        _provenance=records._provenance.with_arguments(**options),
    )


def _no_quarters(result: Result, records: Records, arguments: Mapping[str, object]) -> list[str]:
    """Why people are in no pay quarter, where a result compares by quarters of pay."""
    options = [cast("Sequence[str] | str", arguments.get(name) or ()) for name in ("by", "covariates", "strata")]
    compared = {*result.groups, *(column for option in options for column in as_by(option))}
    staff = records._tables.get("assignments")
    if staff is None or PAY_QUARTER not in compared:
        return []
    sentence, _ = without_quarters(staff)
    return [sentence] if sentence else []


def listed(names: Iterable[str]) -> str:
    """Names in a sentence.

    >>> listed(["Council", "Trust", "Schools"])
    'Council, Trust and Schools'
    """
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last


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
    option = next((arguments[name] for name in ("periods", "on", "observed") if arguments.get(name) is not None), None)
    periods = [option] if isinstance(option, Period | date) else list(option) if isinstance(option, Iterable) else []
    days = [(period.start, period.end) if isinstance(period, Period) else (period, period) for period in periods]
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
        unavailable = of_organisations.filter(pl.col("marked") & ~pl.col("figures"))
        without |= set(unavailable["organisation"].drop_nulls().to_list())
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
    moments = [when] if isinstance(when, Period | date) else list(when)
    spans = [(moment.start, moment.end) if isinstance(moment, Period) else (moment, moment) for moment in moments]
    tables = []
    for definition in definitions:
        book = definition_of(measure, definition)
        rows = pl.DataFrame(spans, schema={"period_start": pl.Date, "period_end": pl.Date}, orient="row").with_columns(
            *[pl.lit(None, pl.String).alias(c) for c in dict.fromkeys([*by, *book.adds])],
            marker=pl.lit(NOT_AVAILABLE),
        )
        tables.append(measure_table(rows, measure, definition, by=by))
    return stacked(tables)._with_reasons(reason)
