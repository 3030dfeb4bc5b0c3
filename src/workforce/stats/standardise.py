"""What a group's rate is once the make-up of its staff is taken out of it: indirect and direct standardisation.

A stratum that lacks one side, or has no rate in the standard, leaves both and is named (directly, it has no weight).

Sources: OHID, Public health technical guide (standardisation); Breslow & Day (1987); Dobson et al., Statistics in Medicine 10 (1991) 457.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import polars as pl

from workforce.book import Definition, measure_book
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.errors import UsageError
from workforce.frames import Array, as_by
from workforce.results import A_YEAR, EXACT_COLUMNS, FIRST, NOT_AVAILABLE, PERIOD_COLUMNS, MeasureTable
from workforce.sealed import Provenance
from workforce.stats.intervals import FEW_EVENTS, SURELY, Numbers, byar, z_value
from workforce.stats.rates import FEWEST_UNITS, OF_THE_AREA, contributors_of_parts, measure_table

ALIKE: Final = 1.15  # periods whose lengths differ by more are not alike: months differ by 31 / 28 = 1.11
NO_FIGURE: Final = "no group has a figure"


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
    columns = as_by(strata, ours, standard)
    if not columns:
        raise UsageError("strata= names no column", where="standardise", hint='strata=["age_band", "staff_group"]')
    crude = _one_definition(table)
    book = _standardised(crude, method)
    groups = [c for c in table.groups if c not in columns]
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
    if ours.select(*groups, *columns, *PERIOD_COLUMNS).is_duplicated().any():
        raise UsageError("a stratum comes twice in a group", where="standardise", hint="give each group's table once")
    ready = _ready(ours, crude)
    rates = _standard(standard, ours, crude, columns)
    sides = (indirect if method == "indirect" else direct)(ready, rates, columns, groups, between=_between(crude))
    result = measure_table(sides, book.measure, book.definition, by=groups, annualised=annualised)
    frame = result.frame
    if method == "direct" and not _between(crude):
        frame = with_dobson_limits(frame, sides, groups)
    return result._with(frame, reasons=reasons, _provenance=provenance)


def _has_figures(frame: pl.DataFrame, columns: Sequence[str]) -> bool:
    return not frame.drop_nulls(columns).is_empty()


def _without_figures(ours: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Each group and period once, with marker x and the organisations that its strata left out."""
    return ours.group_by(*groups, *PERIOD_COLUMNS).agg(
        marker=pl.lit(NOT_AVAILABLE), left_out=pl.col("left_out").explode().drop_nulls().unique().sort()
    )


def _one_definition(ours: MeasureTable) -> Definition:
    if ours.frame.is_empty() and len(ours.definitions) == 1:
        return ours.definitions[0]
    definitions = ours.frame.select(*FIRST, "unit").unique()
    if len(definitions) != 1:
        raise UsageError(
            "standardise takes one definition in one unit",
            where="standardise",
            hint="filter the table by definition first",
        )
    return ours.definition(str(definitions["measure"][0]), str(definitions["definition"][0]))


def _standardised(crude: Definition, method: str) -> Definition:
    book = measure_book().definitions.get((crude.measure, f"{crude.definition}_{method}"))
    if book is None:
        names = sorted(
            f"{m} by {d.removesuffix('_indirect')}" for m, d in measure_book().definitions if d.endswith("_indirect")
        )
        raise UsageError(
            "{measure} by {definition} cannot be standardised",
            where="standardise",
            hint="these can: {names}",
            measure=crude.measure,
            definition=crude.definition,
            names=names,
        )
    return book


def _between(crude: Definition) -> bool:
    return crude.limits.startswith("between") or crude.limits in FEWEST_UNITS


def _ready(frame: pl.DataFrame, crude: Definition) -> pl.DataFrame:
    """Both sides of each row as numbers, and the variance of its numerator between people (null where unknown)."""
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    scale = pl.when(pl.col("unit").str.ends_with(A_YEAR)).then(DAYS_IN_A_YEAR / days).otherwise(1.0) * crude.scale
    error = (pl.col("upper") - pl.col("lower")) / (2 * z_value()) / scale
    empty = (pl.col("denominator") == 0) | (pl.col("people") == 0)
    of_ratio = pl.col("variance") if "variance" in frame.columns else error**2
    absent = [pl.lit(None, pl.Float64).alias(c) for c in EXACT_COLUMNS[1:] if c not in frame.columns]
    return frame.with_columns(
        pl.col("numerator", "denominator").cast(pl.Float64),
        *absent,
        variance=pl.when(empty).then(0.0).otherwise(of_ratio * pl.col("denominator") ** 2),
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
    periods = ours.select(PERIOD_COLUMNS).unique(maintain_order=True)
    of_one_period = same.select(PERIOD_COLUMNS).n_unique() == 1
    if same.select(*strata, *PERIOD_COLUMNS).is_duplicated().any():
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
    rows = _ready(same, crude).select(
        *strata,
        *PERIOD_COLUMNS,
        count="numerator",
        size="denominator",
        per_person=_per_person(),
    )
    if of_one_period:
        return rows.drop(PERIOD_COLUMNS).join(periods, how="cross")
    missing = periods.join(rows, on=PERIOD_COLUMNS, how="anti", nulls_equal=True)
    if len(missing):
        raise UsageError(
            "the standard lacks {missing} of {periods} periods",
            where="reference=",
            hint="give it for the same periods, or for one period that stands for all",
            missing=len(missing),
            periods=len(periods),
        )
    return rows.join(periods, on=PERIOD_COLUMNS, how="semi", nulls_equal=True)


def _per_person() -> pl.Expr:
    """The variance that one person brings to a stratum; where its only person tells none, the mean of the period's strata."""
    estimated = pl.col("variance").is_not_null() & (pl.col("people") > 0)
    mean = pl.col("variance").filter(estimated).sum() / pl.col("people").filter(estimated).sum()
    return (
        pl.when(estimated)
        .then(pl.col("variance") / pl.col("people"))
        .otherwise(mean.over(PERIOD_COLUMNS))
        .fill_nan(None)
    )


def _alike(periods: pl.DataFrame, same: pl.DataFrame) -> bool:
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    lengths = (
        pl.concat([periods, same.select(PERIOD_COLUMNS)]).select(days.alias("days"))["days"].drop_nulls().to_list()
    )
    return max(lengths, default=1) <= ALIKE * min(lengths, default=1)


def dobson(rate: Numbers, variance: Numbers, events: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Return the limits of a directly standardised rate; nan below ten events, where it is not shown.

    Parameters
    ----------
    rate : array of float
        The rates, bare ratios.
    variance : array of float
        Their variances: the sum over strata of (weight / size) squared x events (x events per person squared, where one person has
        several).
    events : array of float
        The whole counts.
    confidence : float
        Level of the limits.

    References
    ----------
    Dobson et al. (1991), Statistics in Medicine 10:457, on Byar's limits of the whole count.

    Examples
    --------
    >>> lower, upper = dobson([0.1], [0.0001], [100])
    >>> round(float(lower[0]), 4), round(float(upper[0]), 4)
    (0.0814, 0.1216)
    """
    value, spread, count = (np.asarray(v, dtype=np.float64) for v in (rate, variance, events))
    enough = count >= FEW_EVENTS
    safe = np.where(enough, count, FEW_EVENTS)
    step = np.sqrt(spread / safe)
    lower, upper = (value + step * (side - safe) for side in byar(safe, confidence=confidence))
    return np.where(enough, lower, np.nan), np.where(enough, upper, np.nan)


def _stratum_name(strata: Sequence[str]) -> pl.Expr:
    return pl.concat_str([pl.col(c).fill_null("unknown") for c in strata], separator=" / ")


def _for_no_unit() -> pl.Expr:
    """Where no unit is to blame: a stratum that is empty because an organisation has no records is told by the organisation's name."""
    return pl.col("left_out").list.len().fill_null(0) == 0


def _own_variance() -> pl.Expr:
    """Of the observed number: the stratum's own, else, where one person is alone in it, what the standard's people bring each."""
    alone = pl.col("variance").is_null() & (pl.col("people") == 1)
    return pl.when(alone).then(pl.col("people") * pl.col("per_person")).otherwise("variance")


def indirect(
    ready: pl.DataFrame, known: pl.DataFrame, strata: Sequence[str], groups: Sequence[str], *, between: bool
) -> pl.DataFrame:
    """Return every group and period with its observed and expected numbers, as sides of a measure table.

    Parameters
    ----------
    ready : polars.DataFrame
        The crude rows with `variance`, that of the numerator.
    known : polars.DataFrame
        The standard by stratum and period with count, size and per_person.
    strata, groups : sequence of str
        The columns whose mix is taken out, and those that remain.
    between : bool
        Whether the measure varies between people.
    """
    rate = pl.when(pl.col("size") > 0).then(pl.col("count") / pl.col("size"))
    with_standard = ready.join(known, on=[*strata, *PERIOD_COLUMNS], how="left", nulls_equal=True).with_columns(
        # Nobody in a stratum: nothing is expected of it, whatever the standard's rate.
        expected=pl.when(pl.col("denominator") == 0).then(0.0).otherwise(pl.col("denominator") * rate),
        own=_own_variance(),
        stratum=_stratum_name(strata),
    )
    complete = pl.col("numerator").is_not_null() & pl.col("expected").is_not_null()
    if with_standard.height and not with_standard.select((complete & (pl.col("denominator") > 0)).any()).item():
        raise UsageError(
            "the standard shares no stratum with the groups", where="reference=", hint="band and name the strata alike"
        )
    error = pl.when((pl.col("own").is_not_null() | ~complete).all()).then(pl.col("own").filter(complete).sum().sqrt())
    return (
        with_standard.group_by(*groups, *PERIOD_COLUMNS)
        .agg(
            numerator=pl.when(complete.any()).then(pl.col("numerator").filter(complete).sum()),
            denominator=pl.when(complete.any()).then(pl.col("expected").filter(complete).sum()),
            people=pl.when(complete.any()).then(pl.col("people").filter(complete).sum()),
            error=error if between else pl.lit(None, pl.Float64),
            **_largest_of_strata(complete, pl.lit(1.0)),
            **contributors_of_parts(complete),
            marker=pl.when(~complete.any()).then(pl.lit(NOT_AVAILABLE)),
            now_out=pl.col("stratum").filter(~complete & _for_no_unit()),
            already_out=pl.col("left_out").explode().drop_nulls(),
        )
        .with_columns(
            variance=(pl.col("error") / pl.col("denominator")) ** 2,
            largest=pl.col("largest") / pl.col("denominator"),
            left_out=pl.concat_list("now_out", "already_out").list.unique().list.sort(),
        )
    )


def direct(
    ready: pl.DataFrame, known: pl.DataFrame, strata: Sequence[str], groups: Sequence[str], *, between: bool
) -> pl.DataFrame:
    """Return every group and period with the standard's numbers at the group's rates; arguments as in `indirect`.

    Each group meets every stratum of the standard: without one of them the standard's rate cannot be built.
    """
    weighted = known.filter(pl.col("size") > 0)
    group_periods = ready.select(*groups, *PERIOD_COLUMNS).unique(maintain_order=True)
    grid = group_periods.join(weighted, on=PERIOD_COLUMNS, how="left", nulls_equal=True)
    share = pl.col("size") / pl.col("denominator")
    known_here = pl.col("numerator").is_not_null() & (pl.col("denominator") > 0)
    with_group = grid.join(
        ready.select(
            *groups,
            *strata,
            *PERIOD_COLUMNS,
            "numerator",
            "denominator",
            "people",
            *EXACT_COLUMNS,
            "method",
            "left_out",
        ),
        on=[*groups, *strata, *PERIOD_COLUMNS],
        how="left",
        nulls_equal=True,
    ).with_columns(
        complete=known_here.fill_null(value=False),
        at_rates=pl.col("numerator") * share,
        spread=(_own_variance() if between else pl.col("numerator")) * share**2,
        stratum=_stratum_name(strata),
    )
    complete = pl.col("complete").all()
    if with_group.height and not with_group["complete"].any():
        raise UsageError(
            "the standard shares no stratum with the groups", where="reference=", hint="band and name the strata alike"
        )
    total = pl.col("size").sum()
    publishable = complete if between else complete & (pl.col("numerator").sum() >= FEW_EVENTS)
    known_spread = pl.col("spread").is_not_null().all()
    return (
        with_group.group_by(*groups, *PERIOD_COLUMNS)
        .agg(
            # What is not shown takes its numbers with it: they would tell the few events behind it.
            numerator=pl.when(publishable).then(pl.col("at_rates").sum()),
            denominator=pl.when(publishable).then(total),
            people=pl.when(publishable).then(pl.col("people").sum()),
            events=pl.col("numerator").sum(),
            standard_error=pl.when(publishable & known_spread).then(pl.col("spread").sum().sqrt() / total),
            **_largest_of_strata(pl.col("complete"), share),
            **contributors_of_parts(pl.col("complete"), share),
            marker=pl.when(~publishable).then(pl.lit(NOT_AVAILABLE)),
            now_out=pl.col("stratum").filter(~pl.col("complete") & _for_no_unit()),
            already_out=pl.col("left_out").explode().drop_nulls(),
        )
        .with_columns(
            variance=pl.col("standard_error") ** 2,
            largest=pl.col("largest") / pl.col("denominator"),
            left_out=pl.concat_list("now_out", "already_out").list.unique().list.sort(),
        )
    )


def _largest_of_strata(complete: pl.Expr, weight: pl.Expr) -> dict[str, pl.Expr]:
    """What the largest person of any stratum adds to the numerator, and the people behind the strata's spread."""
    return {
        "largest": (pl.col("largest") * pl.col("denominator") * weight).filter(complete).max(),
        "units": pl.col("units").filter(complete).sum(),
        "spread_of_area": (pl.col("method") == OF_THE_AREA).any(),
    }


def with_dobson_limits(result: pl.DataFrame, sides: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """The limits of direct rates of counts, which do not follow from the two sides alone."""
    keys = [*groups, *PERIOD_COLUMNS]
    with_sides = result.select(keys).join(
        sides.select(*keys, "numerator", "denominator", "standard_error", "events"),
        on=keys,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    rate = (with_sides["numerator"] / with_sides["denominator"]).to_numpy()
    lower, upper = dobson(rate, with_sides["standard_error"].to_numpy() ** 2, with_sides["events"].to_numpy())
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = result["value"].to_numpy() / rate
    has_value = pl.col("value").is_not_null()
    return result.with_columns(
        lower=pl.when(has_value).then(pl.Series(lower * scale).fill_nan(None)),
        upper=pl.when(has_value).then(pl.Series(upper * scale).fill_nan(None)),
        method=pl.when(has_value).then(pl.lit("Dobson")).otherwise(pl.lit("none")),
    )
