"""Exit interviews: how many leavers were asked, what they said, and what the records say beside it.

Promises: coverage comes first, because the reasons are those of the people who were asked; a leaver is whoever `leavers` counts; interviews
that belong to no leaver are counted and are in no other figure. Refuses: frames without the columns it needs. Free text is never read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from workforce.definitions import definition_of
from workforce.errors import UsageError
from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import as_by, measure_table, need
from workforce.measures.presence import employed, observed, timeline
from workforce.measures.staffing.turnover import leaving_stretches
from workforce.periods import Period, as_periods, period_frame

ALL: Final = "all"
UNKNOWN: Final = "unknown"
WITHIN_DAYS: Final = (
    31  # an interview's leaving date is often the end of the month, or of notice, not the last day worked
)
RETURNS: Final = {"yes": True, "no": False}
Frame = pl.DataFrame | pl.LazyFrame
_PERIOD: Final = ("period_start", "period_end")
_LEAVER: Final = ("organisation", "person_id", "last")


def exit_reasons(
    exits: Frame,
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    reasons: Sequence[str] = (),
    definition: str | Sequence[str] | None = None,
) -> pl.DataFrame:
    """Why people say that they left, in per cent of those interviewed, after how many were interviewed at all.

    Definitions (measure book of this project): `coverage`: leavers of the period with an exit interview / leavers; `share`: leavers who
    gave each reason / leavers interviewed; `would_return`: yes / yes and no; `beside_records`: those who gave a reason and have another
    (`recorded`) in the records / leavers interviewed; `unlinked`: interviews dated in the period that belong to nobody recorded as having
    left / interviews, by organisation only and so absent where `by` names other columns. Limits: Wilson. An interview is a leaver's if it
    has their person and organisation and a leaving date within 31 days of the last day worked; of several the nearest.
    Every group has a row for every reason (and pair) that anybody in `exits` gave, so that organisations measured together combine;
    organisations that measure apart name their agreed list in `reasons`, and `share` combines too.
    `by` takes columns of the assignments as they were on the leaver's last day: pay_quarter, tenure_band (see `banded`), team, locality.
    definition: only the one or ones that are wanted, as a ladder of breakdowns needs.

    Returns by..., `reason`, `recorded` ("all" where a figure is not about one). `people`: the denominator's.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2, "start_date": [date(2020, 1, 1)] * 2,
    ...     "end_date": [date(2023, 3, 10), date(2023, 3, 20)], "leaving_reason": ["resignation"] * 2})
    >>> said = pl.DataFrame({"organisation": ["us"], "person_id": ["a"], "leaving_date": [date(2023, 3, 10)],
    ...     "reason": ["pay"], "would_return": ["yes"]})
    >>> exit_reasons(said, staff, month("2023-03")).select("definition", "reason", "recorded", "value").rows()[:2]
    [('beside_records', 'pay', 'resignation', 100.0), ('coverage', 'all', 'all', 50.0)]
    """
    several, groups = as_periods(periods), as_by(by, assignments)
    own = list(dict.fromkeys(["organisation", *groups]))
    found = asked_leavers(exits, assignments, several, groups)
    interviews, stretches, pairs, asked = found.interviews, found.stretches, found.pairs, found.asked
    grid = stretches.select(own).unique().join(period_frame(several), how="cross")
    listed = pl.DataFrame({"reason": sorted({*reasons, *interviews["reason"]})}, schema={"reason": pl.String})
    given = asked.select("reason", "recorded").drop_nulls().unique()
    said, has = pl.col("reason").is_not_null(), pl.col("returns")
    whole = {"reason": pl.lit(ALL), "recorded": pl.lit(ALL)}
    interviewed = _counts(asked, own, said, said).drop("numerator")
    sides = {
        "coverage": _on(grid, _counts(asked, own, said, pl.lit(value=True)), own).with_columns(**whole),
        "would_return": _on(grid, _counts(asked, own, has, has.is_not_null()), own).with_columns(**whole),
        "share": _on(
            grid.join(listed, how="cross"), _gave(asked, [*own, "reason"]), [*own, "reason"], interviewed
        ).with_columns(recorded=pl.lit(ALL)),
        "beside_records": _on(
            grid.join(given, how="cross"),
            _gave(asked, [*own, "reason", "recorded"]),
            [*own, "reason", "recorded"],
            interviewed,
        ),
    }
    if set(groups) <= {"organisation"}:
        sides["unlinked"] = _unlinked(interviews, pairs, several, grid, own).with_columns(**whole)
    records = observed(assignments)
    tables = []
    wanted = [definition] if isinstance(definition, str) else list(sides if definition is None else definition)
    for name in (definition_of("exit_reasons", one).definition for one in wanted):
        if name not in sides:
            raise UsageError(
                '"{name}" is of whole organisations',
                where="by=",
                hint="leave by= out, or name organisation only",
                name=name,
            )
        rows = rolled_up(covered(sides[name], records, several), by=[*groups, "reason", "recorded"])
        tables.append(measure_table(rows, "exit_reasons", name, by=groups))
    return pl.concat(tables).sort("measure", "definition", *groups, "reason", "recorded", *_PERIOD, nulls_last=True)


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """Leavers and their interviews. asked: a row a leaver, `reason` (what they said; null = not interviewed), returns, recorded."""

    interviews: pl.DataFrame
    stretches: pl.DataFrame
    pairs: pl.DataFrame
    asked: pl.DataFrame


def asked_leavers(exits: Frame, assignments: Frame, periods: Sequence[Period], groups: Sequence[str]) -> Asked:
    """The leavers of each period, each with the interview that is theirs and the reason that the records have."""
    need(exits, ["organisation", "person_id", "leaving_date", "reason"], what="exits")
    interviews, carried = _interviews(exits), _carried(assignments, groups)
    stretches = timeline(employed(assignments, columns=carried), columns=carried)
    gone = leaving_stretches(stretches, periods, reasons=None)
    if "leaving_reason" not in gone.columns:
        gone = gone.with_columns(leaving_reason=pl.lit(None, pl.String))
    pairs = _pairs(interviews, stretches.filter("left"))
    asked = gone.with_columns(recorded=pl.col("leaving_reason").fill_null(UNKNOWN)).join(
        pairs.drop("interview"), on=list(_LEAVER), how="left", maintain_order="left"
    )
    return Asked(interviews, stretches, pairs, asked)


def _carried(assignments: Frame, groups: Sequence[str]) -> list[str]:
    known = assignments.lazy().collect_schema().names()
    wanted = [*groups, *(c for c in ("leaving_reason",) if c in known)]
    return [c for c in dict.fromkeys(wanted) if c != "organisation"]


def _interviews(exits: Frame) -> pl.DataFrame:
    """Interviews, numbered: interview, organisation, person_id, leaving_date, reason, returns (null where not yes or no)."""
    known = exits.lazy().collect_schema().names()
    answer = pl.col("would_return").str.to_lowercase() if "would_return" in known else pl.lit(None, pl.String)
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


def _counts(asked: pl.DataFrame, own: Sequence[str], hit: pl.Expr, base: pl.Expr) -> pl.DataFrame:
    counted = asked.with_columns(hit=(hit & base).fill_null(value=False), base=base.fill_null(value=False))
    return counted.group_by(*own, *_PERIOD).agg(numerator=pl.col("hit").sum(), denominator=pl.col("base").sum())


def _gave(asked: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    return asked.filter(pl.col("reason").is_not_null()).group_by(*keys, *_PERIOD).agg(numerator=pl.len())


def _on(
    grid: pl.DataFrame, counts: pl.DataFrame, keys: Sequence[str], interviewed: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Counts on a grid of groups and periods, 0 where nobody is."""
    rows = grid.join(counts, on=[*keys, *_PERIOD], how="left", nulls_equal=True)
    if interviewed is not None:
        whom = [c for c in keys if c not in ("reason", "recorded")]
        rows = rows.join(interviewed, on=[*whom, *_PERIOD], how="left", nulls_equal=True)
    return rows.with_columns(pl.col("numerator", "denominator").fill_null(0).cast(pl.Float64)).with_columns(
        people=pl.col("denominator").cast(pl.Int64)
    )


def _unlinked(
    interviews: pl.DataFrame, pairs: pl.DataFrame, periods: Sequence[Period], grid: pl.DataFrame, own: Sequence[str]
) -> pl.DataFrame:
    lost = interviews.with_columns(lost=~pl.col("interview").is_in(pairs["interview"].to_list()))
    dated = pl.concat(
        lost.filter(pl.col("leaving_date").is_between(p.start, p.end)).with_columns(
            period_start=pl.lit(p.start), period_end=pl.lit(p.end)
        )
        for p in periods
    )
    counts = dated.group_by(*own, *_PERIOD).agg(numerator=pl.col("lost").sum(), denominator=pl.len())
    return _on(grid, counts, own)
