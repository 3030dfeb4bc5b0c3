"""Whether people in the same role are paid alike, whatever group they belong to, and how much of a pay gap goes with what is recorded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from workforce.errors import InputError, UsageError
from workforce.frames import Array, as_by
from workforce.measures.availability import measure, not_available
from workforce.measures.compared import known_group, named_group, reference_or_reason
from workforce.measures.pay import hourly_staff, nobody_compared, pay_not_recorded
from workforce.measures.pay_gap import DOMINANT, FEWEST
from workforce.periods import as_dates
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, MeasureTable, stacked
from workforce.stats.intervals import SURELY, z_value
from workforce.stats.oaxaca import INTERCEPT, PARTS, oaxaca_blinder
from workforce.stats.rates import measure_table

ALL: Final = "all"
LEAST_IN_A_ROLE: Final = (
    10  # of either group in a role, so that no role stands behind the whole that no rule would show by itself
)
TOO_FEW_TO_COMPARE: Final = (
    "a difference needs two people with known pay in both groups, and one inside roles a role with ten of both"
)
_EQUITY: Final = ("difference", "like_for_like", "overall")
TWO: Final = 2  # people of a group: one alone has no spread


@dataclass(frozen=True, slots=True)
class _Difference:
    """A difference of means and what stands behind it: the variance that each mean adds, and the degrees of freedom of each."""

    value: float
    parts: tuple[tuple[float, int], ...]
    people: int

    @property
    def standard_error(self) -> float:
        return float(np.sqrt(sum(variance for variance, _ in self.parts)))

    @property
    def freedom(self) -> float:
        """Satterthwaite's degrees of freedom; infinite where nobody differs from the mean."""
        below = sum(variance**2 / freedom for variance, freedom in self.parts)
        return float(sum(variance for variance, _ in self.parts) ** 2 / below) if below > 0 else float("inf")


# Of either group, at every level of a covariate whose levels are shown: the smallest number of people behind pay under any rule.
LEAST_AT_A_LEVEL: Final = 10
UNKNOWN: Final = "unknown"
TOO_ALIKE: Final = "the groups are too small or too different to be compared by these covariates"
_DECOMPOSED: Final = ("compared", "explained", "gap", "unexplained")


@measure("assignments")
def equity(
    records: Records,
    on: date | Sequence[date],
    *,
    between: str = "sex",
    within: str = "role",
    by: Sequence[str] | str = (),
    reference: str | None = None,
) -> MeasureTable:
    """Difference in mean hourly pay between two groups of staff inside each role, in pounds.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    on : date or sequence of date
        The days on which pay is compared.
    between : str
        The column that tells the groups apart: sex, ethnicity, disability or any other.
    within : str
        The column in which people are compared with their like: role, grade or any other.
    by : sequence of str
        Columns of `assignments` to group by.
    reference : str, optional
        The group that the others are compared with; as in `wf.pay.gap`.

    Returns
    -------
    MeasureTable
        Groups: `by`, `within` (`all` in `overall` and `like_for_like`), `group`. Value: pounds an hour, negative where the group is paid
        more than the reference group, with Welch's limits. Denominator: people of both groups; people: those of the smaller, or 1 where
        over half of a group's total is one person's. Organisations whose records do not cover the date are in no row, and named in
        `left_out`.
        Marker ``x``: a group is missing, or has only one person.

    Raises
    ------
    UsageError
        Where a column is neither in the records nor in their schema, nobody in the records is in the reference group asked for, or none is
        asked for and the column has no usual one.

    Notes
    -----
    `difference`: mean of the reference group - mean of the other, in each role in which both have two people. `overall`: the same over all
    roles together, so with the mix of roles in it. `like_for_like`: the differences inside roles, weighted by how many of the other group
    are in each, over roles in which both groups have at least ten: what that group would gain by the pay of the reference group in the
    same roles.
    Hourly pay is basic pay and supplement of employed staff in post on the date, one row a person and organisation. Those whose pay or
    group is not known are left out, as `wf.pay.unusable` and `wf.pay.gap` count them. Equal pay for equal work is a legal question; this
    shows where to look.

    References
    ----------
    This project's measure book. Limits: Welch, Biometrika 34 (1947); Satterthwaite, Biometrics Bulletin 2 (1946).

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["us"] * 4, "person_id": list("ABCD"), "start_date": [date(2022, 1, 1)] * 4, "fte": [1.0] * 4,
    ...     "role": ["nurse"] * 4, "annual_pay": [38585.82, 42444.40, 38585.82, 38585.82], "full_time_hours": [37.0] * 4,
    ...     "sex": ["male", "male", "female", "female"]})
    >>> table = equity(Records(assignments=staff), date(2023, 3, 31)).filter(pl.col("definition") == "difference")
    >>> table.frame.select("role", "group", pl.col("value").round(2)).rows()  # 20 and 22 against 20 and 20
    [('nurse', 'female against male', 1.0)]
    """
    groups, days = [c for c in as_by(by) if c != within], as_dates(on)
    needed = list(dict.fromkeys([*groups, within, between]))
    if reason := records.lacks("assignments", columns=needed) or pay_not_recorded(records):
        return not_available("pay_equity", _EQUITY, by=[*groups, within], when=days, reason=reason)
    rows: list[dict[str, object]] = []
    tables = []
    for day in days:
        staff = hourly_staff(records.assignments, day, columns=needed)
        absent = staff.filter(~pl.col("covered"))["organisation"].unique().sort().to_list()
        ready = (
            staff.with_columns(group=known_group(between))
            .filter(pl.col("covered") & pl.col("hourly").is_not_null() & pl.col("group").is_not_null())
            .with_columns(pl.col(c).cast(pl.String) for c in (*groups, within))
        )
        known_groups = ready["group"].unique().sort().to_list()
        first, reason = reference_or_reason(records, known_groups, between, reference)
        if first is None:
            why = nobody_compared(staff, absent) or str(reason)
            x_rows = not_available("pay_equity", _EQUITY, by=[*groups, within], when=day, reason=why)
            tables.append(_without(x_rows, absent))
            continue
        on_day = {"period_start": day, "period_end": day, "left_out": absent}
        compared_groups = [group for group in known_groups if group != first]
        for people, group, names in _comparisons(ready, groups, compared_groups):
            label = {**names, **on_day, "group": f"{named_group(group, between)} against {first}"}
            rows += [label | row for row in _equity_rows(people, within, first, group)]
    texts = dict.fromkeys((*groups, within, "definition", "group", "marker"), pl.String())
    dated = {"period_start": pl.Date(), "period_end": pl.Date(), "left_out": pl.List(pl.String())}
    figures = dict.fromkeys(("numerator", "denominator", "value", "standard_error"), pl.Float64())
    sides = pl.DataFrame(rows, schema={**texts, **dated, **figures, "people": pl.Int64()})
    tables += [
        measure_table(sides.filter(pl.col("definition") == d), "pay_equity", d, by=[*groups, within]) for d in _EQUITY
    ]
    table = stacked(tables, sort=["measure", "definition", *groups, within, "group", "period_start", "period_end"])
    has_small_groups = not sides.filter(pl.col("marker") == NOT_AVAILABLE).is_empty()
    return table._with_reasons(TOO_FEW_TO_COMPARE) if has_small_groups else table


def _comparisons(
    staff: pl.DataFrame, groups: Sequence[str], compared_groups: Sequence[str]
) -> Iterator[tuple[pl.DataFrame, str, dict[str, object]]]:
    """Yield the people of each value of `groups`, with each group that is compared with the reference, and the values by column."""
    keyed = list(staff.partition_by(groups, as_dict=True).items()) if groups else [((), staff)]
    for key, people in keyed:
        for group in compared_groups:
            yield people, group, dict(zip(groups, key, strict=True))


def _without(rows: MeasureTable, absent: Sequence[str]) -> MeasureTable:
    """Return rows with marker `x` that name the organisations whose records do not cover the day."""
    return rows._with(rows.frame.with_columns(left_out=pl.lit(absent, pl.List(pl.String))))


def _equity_rows(part: pl.DataFrame, within: str, first: str, other: str) -> Iterable[dict[str, object]]:
    pair = part.filter(pl.col("group").is_in([first, other]))
    comparable, rows = [], []
    for inside in pair.sort(within, nulls_last=True).partition_by(within, maintain_order=True):
        reference, two = _pay(inside, first), _pay(inside, other)
        rows.append({within: inside[within][0], **_row("difference", _difference(reference, two), reference, two)})
        if min(len(reference), len(two)) >= LEAST_IN_A_ROLE:
            comparable.append((reference, two))
    reference, two = _pay(pair, first), _pay(pair, other)
    rows.append({within: ALL, **_row("overall", _difference(reference, two), reference, two)})
    people = [np.concatenate([pair[side] for pair in comparable]) if comparable else np.empty(0) for side in (0, 1)]
    rows.append({within: ALL, **_row("like_for_like", _weighted(comparable), people[0], people[1])})
    return rows


def _pay(frame: pl.DataFrame, group: str) -> Array:
    return frame.filter(pl.col("group") == group)["hourly"].sort().to_numpy().astype(np.float64)


def _difference(one: Array, two: Array) -> _Difference | None:
    if min(len(one), len(two)) < TWO:
        return None
    variances = tuple((float(pay.var(ddof=1)) / len(pay), len(pay) - 1) for pay in (one, two))
    dominated = any(pay.max() > DOMINANT * pay.sum() for pay in (one, two))
    people = 1 if dominated else min(len(one), len(two))
    return _Difference(float(one.mean() - two.mean()), variances, people)


def _weighted(comparable: Sequence[tuple[Array, Array]]) -> _Difference | None:
    """The differences inside roles, each weighted by the people of the other group in it."""
    inside = [
        (len(two), difference)
        for reference, two in comparable
        if (difference := _difference(reference, two)) is not None
    ]
    total = sum(weight for weight, _ in inside)
    if not total:
        return None
    variances = tuple(
        ((w / total) ** 2 * variance, freedom) for w, difference in inside for variance, freedom in difference.parts
    )
    people = [sum(len(pair[side]) for pair in comparable) for side in (0, 1)]
    dominated = any(difference.people == 1 for _, difference in inside)
    value = sum(weight * difference.value for weight, difference in inside) / total
    return _Difference(value, variances, 1 if dominated else min(people))


def _row(definition: str, difference: _Difference | None, one: Array, two: Array) -> dict[str, object]:
    row: dict[str, object] = {
        "definition": definition,
        "denominator": float(len(one) + len(two)),
        "people": min(len(one), len(two)),
    }
    if difference is None:
        return row | {"marker": NOT_AVAILABLE}
    # The table's limits are a normal deviate times a standard error; Welch's are wider, by Student's quantile over that deviate.
    wider = _student(difference.freedom) / z_value()
    estimate = row | {
        "value": difference.value,
        "standard_error": difference.standard_error * wider,
        "people": difference.people,
    }
    hidden = difference.people == 1 and min(len(one), len(two)) >= FEWEST
    return estimate | {"denominator": None} if hidden else estimate  # as in `pay_gap`: the count is not the secret


def _student(freedom: float) -> float:
    from scipy.special import stdtrit

    return z_value() if np.isinf(freedom) else float(stdtrit(freedom, 1 - (1 - SURELY) / 2))


@measure("assignments")
def oaxaca(
    records: Records,
    on: date | Sequence[date],
    *,
    covariates: Sequence[str] | str,
    between: str = "sex",
    by: Sequence[str] | str = (),
    reference: str | None = None,
) -> MeasureTable:
    """Gap in log hourly pay between two groups, and how much of it goes with the columns named in `covariates`.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    on : date or sequence of date
        The days on which pay is compared.
    covariates : sequence of str
        Columns of `assignments` (`records.with_bands` adds bands of age and tenure). Numbers enter as they are, text as categories, a
        missing one as `unknown`; a person without a number is not compared.
    between : str
        The column that tells the groups apart.
    by : sequence of str
        Columns of `assignments` to group by.
    reference : str, optional
        The group that the others are compared with; as in `wf.pay.gap`.

    Returns
    -------
    MeasureTable
        Groups: `by`, `group`, `covariate`, `level`: levels where ten of either group have each of them, else the covariate as a whole
        (level "all"). Value in log points (0.10 is about 10%). People: those of the smaller group, or of the group with fewer at the
        level; denominator: people compared. An organisation whose records do not cover the date is in no row, and named in `left_out`.
        Marker ``x``: the groups are too small or too different for these covariates.

    Raises
    ------
    UsageError
        Where a column is neither in the records nor in their schema, no covariate is named or the group itself is one, nobody in the
        records is in the reference group asked for, or none is asked for and the column has no usual one.

    Notes
    -----
    `gap`: mean log hourly pay (supplements included) of the reference group less that of the other. `explained`, `unexplained`: as a whole
    (covariate "all") and by covariate and level; they add up to the gap. `compared`: the share, in per cent, of those whose pay and group
    are known that have a counterpart; people in a category which the other group lacks are not compared.
    Unexplained is not the same as unfair: it holds whatever was not put in. Employed staff in post on the date; groups as in `wf.pay.gap`,
    one comparison for each group that is not the reference.

    References
    ----------
    Blinder (1973), Oaxaca (1973); pooled coefficients with the group indicator: Jann, Stata Journal 8 (2008); normalised categories: Yun,
    Economic Inquiry 43 (2005).

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["us"] * 8, "person_id": list("ABCDEFGH"), "start_date": [date(2022, 1, 1)] * 8,
    ...     "fte": [1.0] * 8, "full_time_hours": [37.0] * 8, "sex": ["male"] * 4 + ["female"] * 4,
    ...     "grade": ["9", "9", "9", "6", "9", "6", "6", "6"], "annual_pay": [40e3, 40e3, 40e3, 20e3, 40e3, 20e3, 20e3, 20e3]})
    >>> parts = oaxaca(Records(assignments=staff), date(2023, 3, 31), covariates="grade")  # paid by grade alone: all goes with the grade
    >>> parts.filter(pl.col("covariate") == "all").frame.select("definition", pl.col("value").abs().round(3)).rows()
    [('compared', 100.0), ('explained', 0.347), ('gap', 0.347), ('unexplained', 0.0)]
    """
    groups, columns, days = as_by(by), as_by(covariates), as_dates(on)
    if not columns or between in columns:
        raise UsageError("a decomposition needs covariates other than the group itself", where="covariates=")
    needed = list(dict.fromkeys([*groups, *columns, between]))
    if reason := records.lacks("assignments", columns=needed) or pay_not_recorded(records):
        return not_available("pay_gap_parts", _DECOMPOSED, by=groups, when=days, reason=reason)
    rows: list[dict[str, object]] = []
    tables = []
    for day in days:
        staff = hourly_staff(records.assignments, day, columns=needed)
        absent = staff.filter(~pl.col("covered"))["organisation"].unique().sort().to_list()
        ready = staff.filter(pl.col("hourly").is_not_null() & pl.col("covered")).with_columns(
            group=known_group(between), outcome=pl.col("hourly").log()
        )
        known_groups = ready["group"].drop_nulls().unique().sort().to_list()
        first, reason = reference_or_reason(records, known_groups, between, reference)
        if first is None:
            why = nobody_compared(staff, absent) or str(reason)
            x_rows = not_available("pay_gap_parts", _DECOMPOSED, by=groups, when=day, reason=why)
            tables.append(_without(x_rows, absent))
            continue
        named_groups = ready.with_columns(pl.col(c).cast(pl.String) for c in groups if c not in columns)
        on_day = {"period_start": day, "period_end": day, "left_out": absent}
        compared_groups = [group for group in known_groups if group != first]
        for people, group, names in _comparisons(named_groups, groups, compared_groups):
            label = {**names, **on_day, "group": f"{named_group(group, between)} against {first}"}
            rows += [label | row for row in _decomposition(people, columns, first, group)]
    figures = dict.fromkeys(("numerator", "denominator", "value"), pl.Float64())
    texts = dict.fromkeys((*groups, "definition", "group", "covariate", "level", "marker"), pl.String())
    dated = {"period_start": pl.Date(), "period_end": pl.Date(), "left_out": pl.List(pl.String())}
    sides = pl.DataFrame(rows, schema={**texts, **dated, **figures, "people": pl.Int64()})
    tables += [
        measure_table(sides.filter(pl.col("definition") == d), "pay_gap_parts", d, by=groups) for d in _DECOMPOSED
    ]
    table = stacked(
        tables, sort=["measure", "definition", *groups, "group", "covariate", "level", "period_start", "period_end"]
    )
    return table._with_reasons(TOO_ALIKE) if not sides.filter(pl.col("marker") == NOT_AVAILABLE).is_empty() else table


def _decomposition(part: pl.DataFrame, covariates: Sequence[str], first: str, other: str) -> list[dict[str, object]]:
    """The rows of one comparison, or one marked row for each definition where it cannot be made."""
    pair = part.filter(pl.col("group").is_in([first, other])).with_columns(
        pl.col(c).cast(pl.Float64) if part.schema[c].is_numeric() else pl.col(c).cast(pl.String).fill_null(UNKNOWN)
        for c in covariates
    )
    used = _with_a_counterpart(pair.drop_nulls(list(covariates)), covariates)
    sizes = used["group"].value_counts()["count"].to_list()
    smaller = min(sizes) if len(sizes) > 1 else 0
    overall = {"covariate": ALL, "level": ALL}
    share = {"numerator": float(len(used)), "denominator": float(len(pair)), "people": len(pair)}
    rows: list[dict[str, object]] = [{"definition": "compared", **overall, **share}]
    sides = {"denominator": float(len(used)), "people": smaller}
    try:
        decomposed = oaxaca_blinder(used, outcome="outcome", group="group", reference=first, covariates=covariates)
    except (InputError, UsageError):
        x_values = {**overall, **sides, "marker": NOT_AVAILABLE}
        return [*rows, *({"definition": d, **x_values} for d in ("gap", "explained", "unexplained"))]
    totals = {d: float(decomposed[d].sum()) for d in ("explained", "unexplained")}
    for definition, value in {"gap": sum(totals.values()), **totals}.items():
        rows.append({"definition": definition, **overall, **sides, "value": value})
    for covariate, level, explained, unexplained, people in _shown_alone(decomposed).rows():
        place = {"covariate": covariate, "level": ALL if level is None else level}
        counts = {"denominator": float(len(used)), "people": people}
        rows.append({"definition": "unexplained", **place, **counts, "value": unexplained})
        if covariate != INTERCEPT:
            rows.append({"definition": "explained", **place, **counts, "value": explained})
    return rows


def _shown_alone(parts: pl.DataFrame) -> pl.DataFrame:
    """The parts by level where ten of either group have each level of a covariate, else by covariate as a whole.

    What goes with a level that one person of a group has is that person's pay, and the whole less the other levels would tell it.
    """
    sparse = (pl.col("people") < LEAST_AT_A_LEVEL).any().over("covariate") & pl.col("level").is_not_null()
    smaller = parts["people"][0]  # of the intercept: of everybody
    return (
        parts.with_columns(
            level=pl.when(~sparse).then("level"), people=pl.when(sparse).then(smaller).otherwise("people")
        )
        .group_by("covariate", "level", maintain_order=True)
        .agg(pl.col("explained", "unexplained").sum(), pl.col("people").first())
        .select(list(PARTS))
    )


def _with_a_counterpart(frame: pl.DataFrame, covariates: Sequence[str]) -> pl.DataFrame:
    """People whose category, in each covariate, somebody of the other group has too."""
    texts = [c for c in covariates if not frame.schema[c].is_numeric()]
    while True:
        matched = frame
        for column in texts:
            matched = matched.filter(pl.col("group").n_unique().over(column) > 1)
        if len(matched) == len(frame):
            return matched
        frame = matched  # leaving one category may leave another without a counterpart
