"""What is not recorded: how a measure takes records, which organisations are left out of it, and its rows with marker `x`.

An organisation whose records do not cover a period leaves both sides of that period and is named in `left_out` (complete-case); it is never
counted as if nothing had happened there. What nobody records gives rows with marker `x` and the reason, not an exception.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from inspect import signature
from typing import Any, Final, ParamSpec, TypeVar, cast

import polars as pl

from workforce.bands import PAY_QUARTER, without_quarters
from workforce.book import definition_of
from workforce.errors import UsageError
from workforce.frames import as_by
from workforce.measures.presence import OPEN, within_known
from workforce.periods import Period, period_frame
from workforce.records import TABLE_WORDS, Records, column_words
from workforce.results import NOT_APPLICABLE, NOT_AVAILABLE, PERIOD_COLUMNS, MeasureTable, Result, stacked
from workforce.schemas import TABLES
from workforce.stats.rates import WITHOUT_LIMITS, measure_table

NO_ROLES: Final = "no roles of caseworkers are set: caseworker_roles under [casework]"
NOBODY_IN_ROLES: Final = "nobody on record has had one of the roles of caseworkers"
UNUSED: Final = "the file of {words} of {bodies} cannot be used"
NOT_COVERED: Final = "no organisation's records cover these days"
_LIMITS: Final = ("observed_from", "observed_to")
_IN_PARTS: Final = ("team", "role", "staff_group")  # scopes of a stay that are columns
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Assumed:
    """What is assumed where an organisation has no value in a column of a table, and which results say so, in its sentence.

    only_in, but_in: measures, or measures and definitions as "turnover, dfe"; without `only_in` every measure that reads the table.
    """

    table: str
    column: str
    sentence: str
    only_in: tuple[str, ...] = ()
    but_in: tuple[str, ...] = ()

    def is_in(self, result: Result) -> bool:
        """Whether the assumption is behind some of the rows of a result."""
        names = [{book.measure, f"{book.measure}, {book.definition}"} for book in result.definitions]
        concerned = [entry for entry in names if not entry & set(self.but_in)]
        return any(entry & set(self.only_in) or not self.only_in for entry in concerned)


_ASSUMPTIONS: Final = (
    _Assumed(
        "assignments",
        "employment",
        "the records of {bodies} do not say who is employed: everybody is counted as an employee",
        but_in=("caseload", "caseload_distribution", "plans_per_fte", "time_use"),  # agency workers count there
    ),
    _Assumed(
        "assignments",
        "status",
        "the records of {bodies} do not say who is away: everybody is counted as at work",
        only_in=(
            "turnover, dfe",
            "turnover, dfe_fte",
            "vacancy_rate, dfe",
            "agency_rate",
            "absence, dfe",
            "caseload",
            "caseload_distribution",
            "pay_gap",
        ),
    ),
    _Assumed(
        "assignments",
        "supplement",
        "the records of {bodies} do not say what supplements are paid: pay is counted without them",
        only_in=("pay_gap", "pay_position", "change_parts, hourly_pay"),
    ),
    _Assumed(
        "vacancies",
        "closed_date",
        "the records of {bodies} do not say when vacancies closed: one that was not filled or withdrawn is counted as open",
        but_in=("vacancy_rate, establishment",),
    ),
    _Assumed(
        "vacancies",
        "covered_by_agency_fte",
        "the records of {bodies} do not say what agency workers cover: vacancies are counted as not covered",
        only_in=("post_funnel", "vacancy_time"),
    ),
    _Assumed(
        "vacancies",
        "advertised_date",
        "the records of {bodies} do not say when vacancies were advertised: one without an offer is counted as not advertised",
        only_in=("post_funnel",),
    ),
    _Assumed(
        "vacancies",
        "offered_date",
        "the records of {bodies} do not say when offers were accepted: vacancies are counted as without one",
        only_in=("post_funnel", "recruitment", "recruitment_funnel", "time_to_hire", "hiring_time", "vacancy_time"),
    ),
    _Assumed(
        "cases",
        "closed_date",
        "the records of {bodies} do not say when cases closed: a case without the date of an outcome is counted as open",
        only_in=("caseload", "caseload_distribution", "case_flow", "continuity", "worker_changes"),
    ),
    _Assumed(
        "allocations",
        "end_date",
        "the records of {bodies} do not say until when a worker held a case: each is counted as holding it while it is open",
        only_in=("caseload", "caseload_distribution", "continuity", "worker_changes"),
    ),
    _Assumed(
        "cases",
        "child_id",
        "the records of {bodies} do not say whose the cases are: each is counted as a child of its own",
        only_in=("continuity", "worker_changes"),
    ),
)


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
    silent = _names(records, without_end_dates(records))
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
    *tables: str,
    by_definition: Mapping[str, Sequence[str]] | None = None,
    grouped_by: Sequence[str] = ("by", "covariates", "strata"),
    needs: Sequence[str] = (),
    needs_by_option: Mapping[str, Sequence[str]] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function that takes `Records` first a measure of the library.

    The measure refuses anything but records as its first argument with a sentence, hands the provenance of the records and the texts and
    numbers of the caller on to its result, and names the organisations that do not record one of its tables. Staff count on the days on
    which anything is known of them: a row that could not be read is evidence of nothing. An organisation that does not record a column by
    which the result is grouped, or without which there is no answer, is left out as one whose records do not cover the days is; what is
    assumed where it does not record who is employed, or away, is among the reasons.

    Parameters
    ----------
    tables : str
        The tables of the records that the measure reads.
    by_definition : mapping of str to sequence of str, optional
        The tables that single definitions read, where those are not all of them.
    grouped_by : sequence of str, optional
        The options that name columns by which people or cases are grouped.
    needs : sequence of str, optional
        Optional columns without which there is no answer, as "table.column".
    needs_by_option : mapping of str to sequence of str, optional
        The same by the value of an option, such as the name of a definition.
    """
    tables_of = by_definition or {}
    needs_of = needs_by_option or {}

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
            bound = signature(call).bind(*args, **options)
            arguments = dict(bound.arguments)
            bound.apply_defaults()
            chosen = [needs_of.get(option, ()) for option in bound.arguments.values() if isinstance(option, str)]
            needed = [*needs, *(name for names in chosen for name in names)]
            columns = {c for name in grouped_by for c in as_by(cast("Sequence[str] | str", arguments.get(name) or ()))}
            columns |= {scope for scope in _IN_PARTS if arguments.get("scope") == scope}
            lacking = _lacking(records, columns, tables, needed)
            silent = {slug for slugs in lacking.values() for slug in slugs}
            usable = _left_out(_within_known(records), tables, silent)
            if args:
                result = cast("Callable[..., R]", call)(usable, *args[1:], **options)
            else:
                result = cast("Callable[..., R]", call)(**{**options, "records": usable})
            return cast("R", _handed_on(result, records, arguments, tables, tables_of, lacking))

        return measured

    return decorate


def _within_known(records: Records) -> Records:
    """The records with staff cut to the days on which anything is known of them."""
    staff = records._tables.get("assignments")
    cut = None if staff is None else within_known(staff)
    return records if cut is None or cut is staff else records._with({"assignments": cut})


def _lacking(
    records: Records, columns: Collection[str], tables: Sequence[str], needs: Sequence[str]
) -> dict[tuple[str, str], list[str]]:
    """The organisations that do not record what a call needs, by table and column; none where the measure itself says so of all."""
    # Staff are grouped by their own columns, and cases by theirs.
    grouped = [table for table in tables if table not in ("cases", "counts") or "assignments" not in tables]
    lacking = {
        (table, column): slugs
        for table in grouped
        for column in sorted({*columns}.intersection(TABLES[table].column_names()))
        if (slugs := records._without(table, column)) and not records.lacks(table, columns=[column], of=table)
    }
    needed = [tuple(name.split(".")) for name in needs]
    return lacking | {(table, column): slugs for table, column in needed if (slugs := records._without(table, column))}


def _left_out(records: Records, tables: Sequence[str], slugs: Collection[str]) -> Records:
    """The records with organisations that cannot answer as if their records covered no day; their rows stay, for who moves to a partner.

    What is measured of tables that say nothing of the days they cover is measured without the rows of these organisations.
    """
    if not slugs:
        return records
    silent = pl.col("organisation").is_in(list(slugs))
    frames = {name: records._tables[name] for name in tables if name in records._tables}
    dated = {name: frame for name, frame in frames.items() if name in ("assignments", "cases")}
    if not dated:
        rows = {
            name: f.filter(~silent) for name, f in frames.items() if "organisation" in f.lazy().collect_schema().names()
        }
        return records._with(rows)
    changed = {}
    for name, frame in dated.items():
        names = frame.lazy().collect_schema().names()
        since = pl.col("observed_from") if "observed_from" in names else pl.lit(None, pl.Date)
        changed[name] = frame.with_columns(observed_from=pl.when(silent).then(pl.lit(OPEN)).otherwise(since))
    return records._with(changed)


def _not_recorded_by(
    result: Result, records: Records, tables: Sequence[str], lacking: Mapping[tuple[str, str], Sequence[str]]
) -> list[str]:
    """Which column is not recorded by whom: a sentence for each, without its full stop.

    An organisation that would have no part in the result anyway, as one without a case of its type, is not named.
    """
    sentences = []
    out = None
    if isinstance(result, MeasureTable) and {"assignments", "cases"} & set(tables):
        names = result.frame["organisation"] if "organisation" in result.groups else pl.Series([None], dtype=pl.String)
        out = {*names, *result.frame["left_out"].explode()}
    for (table, column), lacking_slugs in lacking.items():
        slugs = [slug for slug in lacking_slugs if out is None or slug in out]
        if not slugs:
            continue
        nobody = records.lacks(columns=[column], of=table)
        words = f"the {column_words(column)} of {TABLE_WORDS[table]} is not recorded"
        sentences.append(nobody or f"{words} by {listed(_names(records, slugs))}")
    return sentences


def _names(records: Records, slugs: Iterable[str]) -> list[str]:
    names = records._settings.organisation_names if records._settings is not None else {}
    return [names.get(slug, slug) for slug in slugs]


def _assumed(result: Result, records: Records, tables: Collection[str], left_out: Collection[str]) -> list[str]:
    """What is assumed of organisations that are in a result and do not record a column: a sentence for each column."""
    unended = (
        [] if set(no_end_dates(records)) & set(result.reasons) or "assignments" not in tables else no_end_dates(records)
    )
    return [
        *(f"{sentence}: whoever began is counted as in post" for sentence in unended),
        *(
            entry.sentence.format(bodies=listed(_names(records, slugs)))
            for entry in _ASSUMPTIONS
            if entry.table in tables and entry.is_in(result)
            if (slugs := [slug for slug in records._without(entry.table, entry.column) if slug not in left_out])
        ),
    ]


def _handed_on(
    result: Any,  # noqa: ANN401 - a result, a mapping of results, records or a test
    records: Records,
    arguments: Mapping[str, object],
    tables: Sequence[str],
    tables_of: Mapping[str, Sequence[str]],
    lacking: Mapping[tuple[str, str], Sequence[str]],
) -> Any:  # noqa: ANN401 - the same
    """The result with the records' provenance, what the caller gave, and who does not record its tables."""
    if isinstance(result, Mapping):
        return {
            name: _handed_on(each_result, records, arguments, tables, tables_of, lacking)
            for name, each_result in result.items()
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
    reasons = [
        *_not_recorded_by(result, records, tables, lacking),
        *result.reasons,
        *_not_recorded(result, records, [table for table in tables if table in read]),
    ]
    reasons += _no_quarters(result, records, arguments)
    if NOBODY_IN_ROLES in reasons:
        reasons = [*_unused_staff(records), *reasons]
    if not reasons and without_figures(result):
        reasons = _why_without_figures(result, records, arguments, tables)
    if not without_figures(result):
        reasons += _assumed(result, records, read, {slug for slugs in lacking.values() for slug in slugs})
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
    if "statistic" in frame.columns:  # of a test
        return frame["statistic"].is_null().all()
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
