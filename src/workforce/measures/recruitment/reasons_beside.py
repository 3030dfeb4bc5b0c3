"""Why people left, as they said it and as it was recorded, side by side over one list of reasons.

Promises: what was said is set beside what was recorded of the same people, and beside what was recorded of all who left; a word that one
side never uses has no figure there (`z`), which is not a nought. Refuses: frames without the columns it needs; a mapping of a word that
neither side uses.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import as_by, measure_table
from workforce.measures.presence import observed
from workforce.measures.recruitment.exits import UNKNOWN, Frame, asked_leavers
from workforce.periods import Period, as_periods, period_frame

NOT_APPLICABLE: Final = "z"
_PERIOD: Final = ("period_start", "period_end")
# definition: the column that gives the reason, and whether only those interviewed count
_SIDES: Final = {
    "said": ("said", True),
    "recorded": ("recorded", True),
    "recorded_of_all": ("recorded", False),
}


def reasons_beside(
    exits: Frame,
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    said: Mapping[str, str] | None = None,
    recorded: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Each reason's share in per cent: `said` in interviews, `recorded` of the same people, and `recorded_of_all` who left.

    Definitions (measure book of this project); leavers and their interviews are those of `exit_reasons`, and a reason that nobody recorded
    is `unknown`. said, recorded: words of the interviews, and of the records, into one list, such as said={"career progression":
    "resignation"}; words that are not named stay as they are and so stand apart. A reason that interviews (or records) never use, in any
    period or organisation of the frames, is not applicable there (marker `z`). Interviews ask why, records often only how: where the lists
    do not meet, that is a finding. Limits: Wilson. Returns by..., `reason`. `people`: the denominator's.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2, "start_date": [date(2020, 1, 1)] * 2,
    ...     "end_date": [date(2023, 3, 10), date(2023, 3, 20)], "leaving_reason": ["resignation", "ill health"]})
    >>> spoken = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["a", "b"], "leaving_date": [date(2023, 3, 10)] * 2,
    ...     "reason": ["pay", "health"]})
    >>> table = reasons_beside(spoken, staff, month("2023-03"), said={"health": "ill health"})
    >>> table.select("definition", "reason", "value", "marker").rows()[:3]
    [('recorded', 'ill health', 50.0, None), ('recorded', 'pay', None, 'z'), ('recorded', 'resignation', 50.0, None)]
    """
    several, groups = as_periods(periods), as_by(by, assignments)
    own = list(dict.fromkeys(["organisation", *groups]))
    found = asked_leavers(exits, assignments, several, groups)
    words = {"said": _words(found.interviews["reason"], said, "said"), "recorded": _recorded(assignments, recorded)}
    asked = found.asked.with_columns(
        said=pl.col("reason").replace(words["said"]),
        recorded=pl.col("recorded").replace(words["recorded"]),
        interviewed=pl.col("reason").is_not_null(),
    ).drop("reason")
    used = {side: sorted(set(mapping.values())) for side, mapping in words.items()}
    reasons = pl.DataFrame({"reason": sorted({*used["said"], *used["recorded"]})}, schema={"reason": pl.String})
    grid = found.stretches.select(own).unique().join(period_frame(several), how="cross").join(reasons, how="cross")
    tables = []
    for definition, (column, only_asked) in _SIDES.items():
        counted = asked.filter("interviewed") if only_asked else asked
        gave = counted.rename({column: "reason"}).group_by(*own, "reason", *_PERIOD).agg(numerator=pl.len())
        base = counted.group_by(*own, *_PERIOD).agg(denominator=pl.len())
        sides = (
            grid.join(gave, on=[*own, "reason", *_PERIOD], how="left", nulls_equal=True)
            .join(base, on=[*own, *_PERIOD], how="left", nulls_equal=True)
            .with_columns(pl.col("numerator", "denominator").fill_null(0).cast(pl.Float64))
            .with_columns(people=pl.col("denominator").cast(pl.Int64))
        )
        rows = rolled_up(covered(sides, observed(assignments), several), by=[*groups, "reason"])
        tables.append(measure_table(_where_used(rows, used[column]), "reasons_beside", definition, by=groups))
    return pl.concat(tables).sort("measure", "definition", *groups, "reason", *_PERIOD, nulls_last=True)


def _recorded(assignments: Frame, mapping: Mapping[str, str] | None) -> dict[str, str]:
    """The words of the records, and `unknown`, which stands where there is none."""
    held = assignments.lazy()
    used = [UNKNOWN]
    if "leaving_reason" in held.collect_schema().names():
        used += held.select(pl.col("leaving_reason").drop_nulls().unique()).collect().to_series().to_list()
    return _words(pl.Series(used), mapping, "recorded")


def _words(used: pl.Series, mapping: Mapping[str, str] | None, name: str) -> dict[str, str]:
    """Every word of one side with what it is called in the one list."""
    known = used.drop_nulls().unique().sort().to_list()
    given = dict(mapping or {})
    for word in given:
        if word not in known:
            raise UsageError(
                'the records have no reason "{word}"' if name == "recorded" else 'no interview has the reason "{word}"',
                where="{name}=",
                hint=did_you_mean(word, known) if known else "leave it out",
                word=word,
                name=name,
            )
    return {word: given.get(word, word) for word in known}


def _where_used(rows: pl.DataFrame, words: Sequence[str]) -> pl.DataFrame:
    """Rows of words that the side never uses, without figures."""
    unused = ~pl.col("reason").is_in(list(words))
    return rows.with_columns(
        *(pl.when(~unused).then(pl.col(c)).alias(c) for c in ("numerator", "denominator", "people")),
        marker=pl.when(unused).then(pl.lit(NOT_APPLICABLE)).otherwise("marker"),
    )
