"""Why people left, as they said it and as it was recorded, over one list of reasons.

What was said is compared with what was recorded of the same people, and with what was recorded of all who left. A word that one side never
uses has no figure there (`z`), which is not 0.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.availability import covered, no_end_dates, rolled_up, without_end_dates
from workforce.measures.frame import as_by, measure, measure_table, not_available
from workforce.measures.presence import observed
from workforce.measures.recruitment.exits import UNKNOWN, Frame, asked_leavers, interviews_not_recorded
from workforce.periods import Period, as_periods, period_frame
from workforce.records import Records
from workforce.results import MeasureTable, stacked
from workforce.sealed import texts_given

NOT_APPLICABLE: Final = "z"
EMPTY_EXITS: Final = pl.DataFrame(
    schema={**dict.fromkeys(("organisation", "person_id", "reason"), pl.String()), "leaving_date": pl.Date()}
)
_PERIOD: Final = ("period_start", "period_end")
# definition: the column that gives the reason, and whether only those interviewed count
_SIDES: Final = {
    "said": ("said", True),
    "recorded": ("recorded", True),
    "recorded_of_all": ("recorded", False),
}


@measure("exits", "assignments")
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
    asked = leavers.asked.with_columns(
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
        leavers_counted = asked.filter("interviewed") if only_asked else asked
        gave = leavers_counted.rename({column: "reason"}).group_by(*keys, "reason", *_PERIOD).agg(numerator=pl.len())
        base = leavers_counted.group_by(*keys, *_PERIOD).agg(denominator=pl.len())
        sides = (
            grid.join(gave, on=[*keys, "reason", *_PERIOD], how="left", nulls_equal=True)
            .join(base, on=[*keys, *_PERIOD], how="left", nulls_equal=True)
            .with_columns(pl.col("numerator", "denominator").fill_null(0).cast(pl.Float64))
            .with_columns(people=pl.col("denominator").cast(pl.Int64))
        )
        rows = rolled_up(
            covered(sides, observed(assignments), spans, silent=without_end_dates(records)), by=[*groups, "reason"]
        )
        tables.append(measure_table(_where_used(rows, used[column]), "reasons_beside", definition, by=groups))
    return stacked(tables, sort=["measure", "definition", *groups, "reason", *_PERIOD])._with_reasons(
        *no_end_dates(records)
    )


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
