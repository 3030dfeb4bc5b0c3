"""Standardise: what a group's rate says once the make-up of its staff is taken out of it.

A stratum that lacks one side, or has no rate in the standard, leaves both and is named (directly, it has no weight).
Sources: OHID, Public health technical guide (standardisation); Breslow & Day (1987); Dobson et al., Statistics in Medicine 10 (1991) 457.
"""

from collections.abc import Sequence
from typing import Final, Literal

import polars as pl

from workforce.definitions import MEASURE_BOOK, Definition
from workforce.errors import UsageError
from workforce.measures.comparison.strata import direct, indirect, with_dobson_limits
from workforce.measures.frame import A_YEAR, FIRST, NOT_AVAILABLE, as_by, measure_table
from workforce.measures.intervals import z_value
from workforce.periods import DAYS_IN_A_YEAR
from workforce.results import MeasureTable
from workforce.sealed import Provenance

ALIKE: Final = 1.15  # periods whose lengths differ by more are not alike: months differ by 31 / 28 = 1.11
NO_FIGURE: Final = "no group has a figure"
_PERIOD = ("period_start", "period_end")


def standardise(
    table: MeasureTable,
    reference: MeasureTable,
    *,
    strata: Sequence[str],
    method: Literal["indirect", "direct"] = "indirect",
) -> MeasureTable:
    """Compare groups as if their staff were made up alike; use it before `release`.

    Parameters
    ----------
    table : MeasureTable
        One definition of turnover or absence by the strata (age band, staff group) and the groups to compare (locality).
    reference : MeasureTable
        The standard: the same definition by the strata alone, such as the whole area's; of the same periods, or one period for all.
    strata : sequence of str
        The columns whose mix is taken out.
    method : {"indirect", "direct"}
        Observed over expected, or the rate at the standard's mix.

    Returns
    -------
    MeasureTable
        The remaining groups; rows with marker ``x`` and the table's reasons where it has no figure at all.

    Raises
    ------
    UsageError
        Where the definition has no standardised one, or the standard has another unit, length of period or grouping.

    Notes
    -----
    indirect: `numerator` is what was observed, `denominator` what was expected at the standard's rates, `value` 100 times their ratio (100
    is as expected). Limits: Byar, exact below ten events; between people, from the sum over strata of the variances of what was observed.
    The expected number is taken as fixed: the standard is the larger body. direct: `value` is the crude measure at the standard's mix,
    `numerator` and `denominator` those of the standard at the group's rates. Limits: Dobson on Byar, and no figure (marker `x`) below
    ten events, or where the group has nobody in a stratum of the standard; between people, from the strata's standard errors.
    A stratum with one person has no variance of its own and takes the standard's, person for person (the mean of its strata, where the
    standard has one person there too). `left_out` names the strata that
    lacked a side. A standardised figure never rolls up.

    References
    ----------
    OHID, Public health technical guide (standardisation); Breslow & Day (1987); Dobson et al. (1991), Statistics in Medicine 10:457.

    Examples
    --------
    >>> sides = pl.DataFrame({"locality": ["Hill", "Hill", "Vale", "Vale"], "age_band": ["under 50", "50 and over"] * 2,
    ...     "numerator": [5.0, 30.0, 15.0, 10.0], "denominator": [50.0, 150.0, 150.0, 50.0], "people": [50, 150, 150, 50]})
    >>> own = measure_table(sides, "turnover", "average", by=["locality", "age_band"])   # Hill 17.5%, Vale 12.5%
    >>> whole = measure_table(sides.drop("locality").group_by("age_band").sum(), "turnover", "average", by=["age_band"])   # 10% and 20%
    >>> standardise(own, whole, strata=["age_band"]).frame.select("locality", "numerator", "denominator", "value").rows()
    [('Hill', 35.0, 35.0, 100.0), ('Vale', 25.0, 25.0, 100.0)]
    """
    if not isinstance(table, MeasureTable) or not isinstance(reference, MeasureTable):
        raise UsageError(
            "standardise takes what measures returned", where="standardise", hint="measure by the strata first"
        )
    ours, standard = table.frame, reference.frame
    if method not in ("indirect", "direct"):
        raise UsageError('method= is "indirect" or "direct"', where="standardise")
    wanted = as_by(strata, ours, standard)
    if not wanted:
        raise UsageError("strata= names no column", where="standardise", hint='strata=["age_band", "staff_group"]')
    crude = _one_definition(table)
    book = _standardised(crude, method)
    groups = [c for c in table.groups if c not in wanted]
    annualised = method == "direct" and not ours.is_empty() and str(ours["unit"][0]).endswith(A_YEAR)
    provenance = Provenance.of_all([table._provenance, reference._provenance])
    reasons = [*table.reasons, *reference.reasons]
    # A rate at the standard's mix takes the standard's sizes and none of its counts.
    needed = ("denominator",) if method == "direct" else ("numerator", "denominator")
    if not (_has_figures(ours, ("numerator", "denominator")) and _has_figures(standard, needed)):
        nothing = measure_table(
            _without_figures(ours, groups), book.measure, book.definition, by=groups, annualised=annualised
        )
        return nothing._with(nothing.frame, reasons=reasons or [NO_FIGURE], _provenance=provenance)
    if ours.select(*groups, *wanted, *_PERIOD).is_duplicated().any():
        raise UsageError("a stratum comes twice in a group", where="standardise", hint="give each group's table once")
    ready = _ready(ours, crude)
    known = _standard(standard, ours, crude, wanted)
    sides = (indirect if method == "indirect" else direct)(ready, known, wanted, groups, between=_between(crude))
    result = measure_table(sides, book.measure, book.definition, by=groups, annualised=annualised)
    frame = result.frame
    if method == "direct" and not _between(crude):
        frame = with_dobson_limits(frame, sides, groups)
    return result._with(frame, reasons=reasons, _provenance=provenance)


def _has_figures(frame: pl.DataFrame, columns: Sequence[str]) -> bool:
    return not frame.drop_nulls(columns).is_empty()


def _without_figures(ours: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Each group and period once, with marker x and the organisations that its strata left out."""
    return ours.group_by(*groups, *_PERIOD).agg(
        marker=pl.lit(NOT_AVAILABLE), left_out=pl.col("left_out").explode().drop_nulls().unique().sort()
    )


def _one_definition(ours: MeasureTable) -> Definition:
    if ours.frame.is_empty() and len(ours.definitions) == 1:
        return ours.definitions[0]
    named = ours.frame.select(*FIRST, "unit").unique()
    if len(named) != 1:
        raise UsageError(
            "standardise takes one definition in one unit",
            where="standardise",
            hint="filter the table by definition first",
        )
    return ours.definition(str(named["measure"][0]), str(named["definition"][0]))


def _standardised(crude: Definition, method: str) -> Definition:
    book = MEASURE_BOOK.get((crude.measure, f"{crude.definition}_{method}"))
    if book is None:
        known = sorted(f"{m} by {d.removesuffix('_indirect')}" for m, d in MEASURE_BOOK if d.endswith("_indirect"))
        raise UsageError(
            "{measure} by {definition} cannot be standardised",
            where="standardise",
            hint="these can: {names}",
            measure=crude.measure,
            definition=crude.definition,
            names=known,
        )
    return book


def _between(crude: Definition) -> bool:
    return crude.limits.startswith("between")


def _ready(frame: pl.DataFrame, crude: Definition) -> pl.DataFrame:
    """Both sides of each row as numbers, and the variance of its numerator between people (null where unknown)."""
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    scale = pl.when(pl.col("unit").str.ends_with(A_YEAR)).then(DAYS_IN_A_YEAR / days).otherwise(1.0) * crude.scale
    error = (pl.col("upper") - pl.col("lower")) / (2 * z_value()) / scale
    empty = (pl.col("denominator") == 0) | (pl.col("people") == 0)
    return frame.with_columns(
        pl.col("numerator", "denominator").cast(pl.Float64),
        variance=pl.when(empty).then(0.0).otherwise((error * pl.col("denominator")) ** 2),
    )


def _standard(standard: pl.DataFrame, ours: pl.DataFrame, crude: Definition, strata: Sequence[str]) -> pl.DataFrame:
    """The standard by stratum and period of ours: count, size (its two sides), and the variance that one of its people brings."""
    unit = ours["unit"][0]
    same = standard.filter(
        pl.col("measure") == crude.measure, pl.col("definition") == crude.definition, pl.col("unit") == unit
    )
    if same.is_empty():
        raise UsageError(
            "the standard has no {measure} by {definition} in {unit}",
            where="reference=",
            hint="measure it with the same definition, by the strata alone",
            measure=crude.measure,
            definition=crude.definition,
            unit=unit,
        )
    periods = ours.select(_PERIOD).unique(maintain_order=True)
    of_one_period = same.select(_PERIOD).n_unique() == 1
    if same.select(*strata, *_PERIOD).is_duplicated().any():
        raise UsageError(
            "a stratum comes twice in the standard",
            where="reference=",
            hint="measure it by the strata alone, nothing else",
        )
    if of_one_period and same["period_start"][0] is not None and not _alike(periods, same):
        raise UsageError(
            "the standard's period is longer or shorter than those to be compared",
            where="reference=",
            hint="measure both over periods of one length",
        )
    kept = _ready(same, crude).select(
        *strata,
        *_PERIOD,
        count="numerator",
        size="denominator",
        per_person=_per_person(),
    )
    if of_one_period:
        return kept.drop(_PERIOD).join(periods, how="cross")
    lacking = periods.join(kept, on=_PERIOD, how="anti", nulls_equal=True)
    if len(lacking):
        raise UsageError(
            "the standard lacks {missing} of {periods} periods",
            where="reference=",
            hint="give it for the same periods, or for one period that stands for all",
            missing=len(lacking),
            periods=len(periods),
        )
    return kept.join(periods, on=_PERIOD, how="semi", nulls_equal=True)


def _per_person() -> pl.Expr:
    """The variance that one person brings to a stratum; where its only person tells none, the mean of the period's strata."""
    known = pl.col("variance").is_not_null() & (pl.col("people") > 0)
    whole = pl.col("variance").filter(known).sum() / pl.col("people").filter(known).sum()
    return pl.when(known).then(pl.col("variance") / pl.col("people")).otherwise(whole.over(_PERIOD)).fill_nan(None)


def _alike(periods: pl.DataFrame, same: pl.DataFrame) -> bool:
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    lengths = pl.concat([periods, same.select(_PERIOD)]).select(days.alias("days"))["days"].drop_nulls().to_list()
    return max(lengths, default=1) <= ALIKE * min(lengths, default=1)
