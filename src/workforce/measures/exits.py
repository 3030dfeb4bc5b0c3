"""Exit interviews: how many leavers were asked, what they answered, and what the records say of the same people.

The reasons are those of the people who were asked, so their coverage is a figure of its own. A leaver is whoever `wf.staffing.leavers`
counts; interviews that belong to no leaver are counted and are in no other figure. Free text is never read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from workforce.bands import UNKNOWN
from workforce.book import definition_of
from workforce.errors import UsageError, did_you_mean
from workforce.frames import Frame, as_by
from workforce.measures.availability import covered, measure, no_end_dates, not_available, rolled_up, without_end_dates
from workforce.measures.presence import employed, observed, timeline
from workforce.measures.turnover import leaving_stretches
from workforce.periods import Period, as_periods, period_frame
from workforce.records import Records
from workforce.results import NOT_APPLICABLE, PERIOD_COLUMNS, MeasureTable, stacked
from workforce.sealed import text_given, texts_given
from workforce.stats.rates import measure_table

ALL: Final = "all"
WITHIN_DAYS: Final = (
    31  # an interview's leaving date is often the end of the month, or of notice, not the last day worked
)
RETURNS: Final = {"yes": True, "no": False}
_DEFINITIONS: Final = ("coverage", "would_return", "share", "beside_records", "unlinked")
_LEAVER: Final = ("organisation", "person_id", "last")


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """Leavers and their interviews. asked: a row a leaver, `reason` (what they said; null = not interviewed), returns, recorded."""

    interviews: pl.DataFrame
    stretches: pl.DataFrame
    pairs: pl.DataFrame
    asked: pl.DataFrame


EMPTY_EXITS: Final = pl.DataFrame(
    schema={**dict.fromkeys(("organisation", "person_id", "reason"), pl.String()), "leaving_date": pl.Date()}
)
# definition: the column that gives the reason, and whether only those interviewed count
_SIDES: Final = {
    "said": ("said", True),
    "recorded": ("recorded", True),
    "recorded_of_all": ("recorded", False),
}


@measure("exits", "assignments", needs=["exits.person_id"])
def reasons(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    reasons: Sequence[str] = (),
    definition: str | Sequence[str] | None = None,
) -> MeasureTable:
    """Why people say that they left, in % of those interviewed, and how many were interviewed at all.

    Parameters
    ----------
    records : Records
        The area's records; uses `exits` and `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns of `assignments` as they were on the leaver's last day: pay_quarter, tenure_band (see `records.with_bands`), team, locality.
    reasons : sequence of str
        Reasons that have a row even if nobody in the exit interviews gave them. Organisations that measure apart name their agreed list, so
        that `share` combines too.
    definition : str or sequence of str, optional
        Only the one or ones that are wanted, as a ladder of breakdowns needs.

    Returns
    -------
    MeasureTable
        Groups: `by`, `reason`, `recorded` ("all" where a figure is not about one). Every group has a row for every reason (and pair) that
        anybody in the exit interviews gave, so that organisations measured together combine. `people`: the denominator's. Limits: Wilson.
        Marker ``x``: an organisation's records do not cover the period.

    Raises
    ------
    UsageError
        Where a definition is unknown or is of whole organisations only, or a column of `by` is neither in the records nor in their schema.

    Notes
    -----
    `coverage`: leavers of the period with an exit interview / leavers. `share`: leavers who gave each reason / leavers interviewed.
    `would_return`: yes / yes and no. `beside_records`: those who gave a reason and have another (`recorded`) in the records / leavers
    interviewed. `unlinked`: interviews dated in the period that belong to nobody recorded as having left / interviews, by organisation only
    and so absent where `by` names other columns.
    An interview is a leaver's if it has their person and organisation and a leaving date within 31 days of the last day worked; of several
    the nearest.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2, "start_date": [date(2020, 1, 1)] * 2,
    ...     "end_date": [date(2023, 3, 10), date(2023, 3, 20)], "leaving_reason": ["resignation"] * 2})
    >>> interviews = pl.DataFrame({"organisation": ["us"], "person_id": ["a"], "leaving_date": [date(2023, 3, 10)],
    ...     "reason": ["pay"], "would_return": ["yes"]})
    >>> table = reasons(Records(exits=interviews, assignments=staff), month("2023-03"))
    >>> table.frame.select("definition", "reason", "recorded", "value").rows()[:2]
    [('beside_records', 'pay', 'resignation', 100.0), ('coverage', 'all', 'all', 50.0)]
    """
    spans, groups, agreed = as_periods(periods), as_by(by), texts_of(reasons, "reasons")
    definitions = _wanted(definition, groups)
    if reason := records.lacks("assignments", columns=groups) or interviews_not_recorded(records):
        return not_available("exit_reasons", sorted(definitions), by=groups, when=spans, reason=reason)
    keys = list(dict.fromkeys(["organisation", *groups]))
    leavers = asked_leavers(records.exits, records.assignments, spans, groups)
    interviews, stretches, pairs, answers = leavers.interviews, leavers.stretches, leavers.pairs, leavers.asked
    grid = stretches.select(keys).unique().join(period_frame(spans), how="cross")
    listed = pl.DataFrame({"reason": sorted({*agreed, *interviews["reason"]})}, schema={"reason": pl.String})
    combinations = answers.select("reason", "recorded").drop_nulls().unique()
    answered, has = pl.col("reason").is_not_null(), pl.col("returns")
    totals = {"reason": pl.lit(ALL), "recorded": pl.lit(ALL)}
    interviewed = _counts(answers, keys, answered, answered).drop("numerator")
    sides = {
        "coverage": _on(grid, _counts(answers, keys, answered, pl.lit(value=True)), keys).with_columns(**totals),
        "would_return": _on(grid, _counts(answers, keys, has, has.is_not_null()), keys).with_columns(**totals),
        "share": _on(
            grid.join(listed, how="cross"), _gave(answers, [*keys, "reason"]), [*keys, "reason"], interviewed
        ).with_columns(recorded=pl.lit(ALL)),
        "beside_records": _on(
            grid.join(combinations, how="cross"),
            _gave(answers, [*keys, "reason", "recorded"]),
            [*keys, "reason", "recorded"],
            interviewed,
        ),
    }
    if "unlinked" in definitions:
        sides["unlinked"] = _unlinked(interviews, pairs, spans, grid, keys).with_columns(**totals)
    days = observed(records.assignments)
    tables = []
    for name in definitions:
        rows = rolled_up(
            covered(sides[name], days, spans, silent=without_end_dates(records)), by=[*groups, "reason", "recorded"]
        )
        tables.append(measure_table(rows, "exit_reasons", name, by=groups))
    table = stacked(tables, sort=["measure", "definition", *groups, "reason", "recorded", *PERIOD_COLUMNS])
    return table._with_reasons(*no_end_dates(records))


@measure("exits", "assignments", needs=["exits.person_id"])
def coverage(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] | str = ()) -> MeasureTable:
    """Share of the leavers of each period who have an exit interview, in %.

    Parameters
    ----------
    records : Records
        The area's records; uses `exits` and `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns of `assignments` as they were on the leaver's last day.

    Returns
    -------
    MeasureTable
        The definition `coverage` of `wf.exits.reasons`, with its groups. Numerator: leavers with an exit interview; denominator: leavers.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in their schema.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2, "start_date": [date(2020, 1, 1)] * 2,
    ...     "end_date": [date(2023, 3, 10), date(2023, 3, 20)]})
    >>> interviews = pl.DataFrame({"organisation": ["us"], "person_id": ["a"], "leaving_date": [date(2023, 3, 10)], "reason": ["pay"]})
    >>> coverage(Records(exits=interviews, assignments=staff), month("2023-03")).frame["value"].item()  # one of two
    50.0
    """
    return reasons(records, periods, by=by, definition="coverage")


def _wanted(definition: str | Sequence[str] | None, groups: Sequence[str]) -> list[str]:
    """The definitions that a call asks for; without a wish, all that its groups allow."""
    by_organisation = set(groups) <= {"organisation"}
    if definition is None:
        return [entry for entry in _DEFINITIONS if by_organisation or entry != "unlinked"]
    definitions = [definition] if isinstance(definition, str) else list(definition)
    for entry in definitions:
        name = definition_of("exit_reasons", entry).definition
        if name == "unlinked" and not by_organisation:
            raise UsageError(
                '"{name}" is of whole organisations',
                where="by=",
                hint="leave by= out, or name organisation only",
                name=name,
            )
    return definitions


def interviews_not_recorded(records: Records) -> str | None:
    """Why nothing can be said of exit interviews, as a sentence without its full stop, or None.

    An organisation that supplies a table without rows asked nobody; no table says nothing.
    """
    if not records.has("exits"):
        return records.lacks("exits")
    return records.lacks(columns=["organisation", "person_id", "leaving_date", "reason"], of="exits")


def texts_of(given: Sequence[str], name: str) -> list[str]:
    """The texts of a list that a caller passed; an iterator is refused, because it could not be read again and recorded."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise UsageError("{argument}= is a list of texts", hint='such as ["pay", "workload"]', argument=name)
    return [text_given(text, name) for text in given]


def asked_leavers(exits: Frame, assignments: Frame, periods: Sequence[Period], groups: Sequence[str]) -> Asked:
    """The leavers of each period, each with the interview that is theirs and the reason that the records have."""
    interviews, carried = _interviews(exits), _carried(assignments, groups)
    stretches = timeline(employed(assignments, columns=carried), columns=carried)
    left = leaving_stretches(stretches, periods, reasons=None)
    if "leaving_reason" not in left.columns:
        left = left.with_columns(leaving_reason=pl.lit(None, pl.String))
    pairs = _pairs(interviews, stretches.filter("left"))
    with_answers = left.with_columns(recorded=pl.col("leaving_reason").fill_null(UNKNOWN)).join(
        pairs.drop("interview"), on=list(_LEAVER), how="left", maintain_order="left"
    )
    return Asked(interviews, stretches, pairs, with_answers)


def _carried(assignments: Frame, groups: Sequence[str]) -> list[str]:
    columns = assignments.lazy().collect_schema().names()
    needed = [*groups, *(c for c in ("leaving_reason",) if c in columns)]
    return [c for c in dict.fromkeys(needed) if c != "organisation"]


def _interviews(exits: Frame) -> pl.DataFrame:
    """Interviews, numbered: interview, organisation, person_id, leaving_date, reason, returns (null where not yes or no)."""
    columns = exits.lazy().collect_schema().names()
    answer = pl.col("would_return").str.to_lowercase() if "would_return" in columns else pl.lit(None, pl.String)
    return (
        exits.lazy()
        .select(
            "organisation",
            "person_id",
            "leaving_date",
            pl.col("reason").fill_null(UNKNOWN),
            returns=answer.replace_strict(RETURNS, default=None, return_dtype=pl.Boolean),
        )
        .collect()
        .sort(pl.all(), nulls_last=True)
        .with_row_index("interview")
    )


def _pairs(interviews: pl.DataFrame, leaving: pl.DataFrame) -> pl.DataFrame:
    """Each leaver's interview, the nearest to the last day: organisation, person_id, last, interview, reason, returns."""
    return (
        leaving.select(_LEAVER)
        .join(interviews, on=["organisation", "person_id"])
        .with_columns(apart=(pl.col("leaving_date") - pl.col("last")).dt.total_days().abs())
        .filter(pl.col("apart") <= WITHIN_DAYS)
        .sort(*_LEAVER, "apart", "interview")
        .unique(subset=list(_LEAVER), keep="first", maintain_order=True)
        .select(*_LEAVER, "interview", "reason", "returns")
    )


def _counts(asked: pl.DataFrame, keys: Sequence[str], hit: pl.Expr, base: pl.Expr) -> pl.DataFrame:
    flagged = asked.with_columns(hit=(hit & base).fill_null(value=False), base=base.fill_null(value=False))
    return flagged.group_by(*keys, *PERIOD_COLUMNS).agg(numerator=pl.col("hit").sum(), denominator=pl.col("base").sum())


def _gave(asked: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    return asked.filter(pl.col("reason").is_not_null()).group_by(*keys, *PERIOD_COLUMNS).agg(numerator=pl.len())


def _on(
    grid: pl.DataFrame, counts: pl.DataFrame, keys: Sequence[str], interviewed: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Counts on a grid of groups and periods, 0 where nobody is."""
    rows = grid.join(counts, on=[*keys, *PERIOD_COLUMNS], how="left", nulls_equal=True)
    if interviewed is not None:
        whom = [c for c in keys if c not in ("reason", "recorded")]
        rows = rows.join(interviewed, on=[*whom, *PERIOD_COLUMNS], how="left", nulls_equal=True)
    return rows.with_columns(pl.col("numerator", "denominator").fill_null(0).cast(pl.Float64)).with_columns(
        people=pl.col("denominator").cast(pl.Int64)
    )


def _unlinked(
    interviews: pl.DataFrame, pairs: pl.DataFrame, periods: Sequence[Period], grid: pl.DataFrame, keys: Sequence[str]
) -> pl.DataFrame:
    lost = interviews.with_columns(lost=~pl.col("interview").is_in(pairs["interview"].to_list()))
    dated = pl.concat(
        lost.filter(pl.col("leaving_date").is_between(p.start, p.end)).with_columns(
            period_start=pl.lit(p.start), period_end=pl.lit(p.end)
        )
        for p in periods
    )
    counts = dated.group_by(*keys, *PERIOD_COLUMNS).agg(numerator=pl.col("lost").sum(), denominator=pl.len())
    return _on(grid, counts, keys)


@measure("exits", "assignments", needs=["exits.person_id"])
def beside_records(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    said: Mapping[str, str] | None = None,
    recorded: Mapping[str, str] | None = None,
) -> MeasureTable:
    """Share of each reason for leaving in %: `said` in interviews, `recorded` of the same people, and `recorded_of_all` who left.

    Parameters
    ----------
    records : Records
        The area's records; uses `exits` and `assignments`. `recorded_of_all` needs no exit interviews.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns of `assignments` as they were on the leaver's last day.
    said, recorded : mapping of str to str, optional
        Words of the interviews, and of the records, into one list, such as ``said={"career progression": "resignation"}``. Words that are
        not named stay as they are.

    Returns
    -------
    MeasureTable
        Groups: `by`, `reason`. `people`: the denominator's. Limits: Wilson.
        Marker ``z``: a reason that interviews (or records) never use, in any period or organisation of the records. Marker ``x``: an
        organisation's records do not cover the period, or there are no exit interviews.

    Raises
    ------
    UsageError
        Where a mapping names a word that its side does not use, or a column of `by` is neither in the records nor in their schema.

    Notes
    -----
    Leavers and their interviews are those of `wf.exits.reasons`; a reason that nobody recorded is `unknown`. Interviews ask why, records
    often only how: where the lists do not meet, that is a finding.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2, "start_date": [date(2020, 1, 1)] * 2,
    ...     "end_date": [date(2023, 3, 10), date(2023, 3, 20)], "leaving_reason": ["resignation", "ill health"]})
    >>> interviews = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["a", "b"], "leaving_date": [date(2023, 3, 10)] * 2,
    ...     "reason": ["pay", "health"]})
    >>> area = Records(exits=interviews, assignments=staff)
    >>> table = beside_records(area, month("2023-03"), said={"health": "ill health"})
    >>> table.frame.select("definition", "reason", "value", "marker").rows()[:3]
    [('recorded', 'ill health', 50.0, None), ('recorded', 'pay', None, 'z'), ('recorded', 'resignation', 50.0, None)]
    """
    spans, groups = as_periods(periods), as_by(by)
    if reason := records.lacks("assignments", columns=groups):
        return not_available("reasons_beside", sorted(_SIDES), by=groups, when=spans, reason=reason)
    no_interviews = interviews_not_recorded(records)
    exits, assignments = (EMPTY_EXITS if no_interviews else records.exits), records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    leavers = asked_leavers(exits, assignments, spans, groups)
    words = {
        "said": {} if no_interviews else _words(leavers.interviews["reason"], said, "said", records),
        "recorded": _words(_recorded(assignments), recorded, "recorded", records),
    }
    with_answers = leavers.asked.with_columns(
        said=pl.col("reason").replace(words["said"]),
        recorded=pl.col("recorded").replace(words["recorded"]),
        interviewed=pl.col("reason").is_not_null(),
    ).drop("reason")
    used = {side: sorted(set(mapping.values())) for side, mapping in words.items()}
    reasons = pl.DataFrame({"reason": sorted({*used["said"], *used["recorded"]})}, schema={"reason": pl.String})
    grid = leavers.stretches.select(keys).unique().join(period_frame(spans), how="cross").join(reasons, how="cross")
    tables = []
    for definition, (column, only_asked) in _SIDES.items():
        if only_asked and no_interviews:
            tables.append(not_available("reasons_beside", [definition], by=groups, when=spans, reason=no_interviews))
            continue
        leavers_counted = with_answers.filter("interviewed") if only_asked else with_answers
        gave = (
            leavers_counted.rename({column: "reason"})
            .group_by(*keys, "reason", *PERIOD_COLUMNS)
            .agg(numerator=pl.len())
        )
        base = leavers_counted.group_by(*keys, *PERIOD_COLUMNS).agg(denominator=pl.len())
        sides = (
            grid.join(gave, on=[*keys, "reason", *PERIOD_COLUMNS], how="left", nulls_equal=True)
            .join(base, on=[*keys, *PERIOD_COLUMNS], how="left", nulls_equal=True)
            .with_columns(pl.col("numerator", "denominator").fill_null(0).cast(pl.Float64))
            .with_columns(people=pl.col("denominator").cast(pl.Int64))
        )
        rows = rolled_up(
            covered(sides, observed(assignments), spans, silent=without_end_dates(records)), by=[*groups, "reason"]
        )
        tables.append(measure_table(_where_used(rows, used[column]), "reasons_beside", definition, by=groups))
    table = stacked(tables, sort=["measure", "definition", *groups, "reason", *PERIOD_COLUMNS])
    return table._with_reasons(*no_end_dates(records))


def _recorded(assignments: Frame) -> pl.Series:
    """The words of the records, and `unknown`, which stands where there is none."""
    staff = assignments.lazy()
    used = [UNKNOWN]
    if "leaving_reason" in staff.collect_schema().names():
        used += staff.select(pl.col("leaving_reason").drop_nulls().unique()).collect().to_series().to_list()
    return pl.Series(used)


def _words(used: pl.Series, mapping: Mapping[str, str] | None, name: str, records: Records) -> dict[str, str]:
    """Every word of one side with what it is called in the one list."""
    words = used.drop_nulls().unique().sort().to_list()
    names = texts_given(mapping or {}, name)
    for word in names:
        if word not in words and not records._narrowed:  # a filter may leave nobody with the word
            raise UsageError(
                'the records have no reason "{word}"' if name == "recorded" else 'no interview has the reason "{word}"',
                where="{name}=",
                hint=did_you_mean(word, words) if words else "leave it out",
                word=word,
                name=name,
            )
    return {word: names.get(word, word) for word in words}


def _where_used(rows: pl.DataFrame, words: Sequence[str]) -> pl.DataFrame:
    """Rows of words that the side never uses, without figures."""
    unused = ~pl.col("reason").is_in(list(words))
    return rows.with_columns(
        *(pl.when(~unused).then(pl.col(c)).alias(c) for c in ("numerator", "denominator", "people")),
        marker=pl.when(unused).then(pl.lit(NOT_APPLICABLE)).otherwise("marker"),
    )
