"""Pay equity: whether people in the same role are paid alike, whatever group they belong to, with limits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.measures.compared import known_group, named_group, reference_or_reason
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure, measure_table, not_available
from workforce.measures.intervals import SURELY, z_value
from workforce.measures.pay.hourly import hourly_staff, nobody_compared, pay_not_recorded
from workforce.measures.pay.pay_gap import DOMINANT, FEWEST
from workforce.periods import as_dates
from workforce.records import Records
from workforce.results import MeasureTable, stacked

ALL: Final = "all"
LEAST: Final = (
    10  # of either group in a role, so that no role stands behind the whole that no rule would show by itself
)
_DEFINITIONS: Final = ("difference", "like_for_like", "overall")
TWO: Final = 2  # people of a group: one alone has no spread

Array = npt.NDArray[np.float64]


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
        return not_available("pay_equity", _DEFINITIONS, by=[*groups, within], when=days, reason=reason)
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
            x_rows = not_available("pay_equity", _DEFINITIONS, by=[*groups, within], when=day, reason=why)
            tables.append(x_rows._with(x_rows.frame.with_columns(left_out=pl.lit(absent, pl.List(pl.String)))))
            continue
        keyed = list(ready.partition_by(groups, as_dict=True).items()) if groups else [((), ready)]
        for key, part in keyed:
            group_and_day = {
                **dict(zip(groups, key, strict=True)),
                "period_start": day,
                "period_end": day,
                "left_out": absent,
            }
            for other in (g for g in known_groups if g != first):
                label = {**group_and_day, "group": f"{named_group(other, between)} against {first}"}
                rows += [label | row for row in _rows(part, within, first, other)]
    texts = dict.fromkeys((*groups, within, "definition", "group", "marker"), pl.String())
    dated = {"period_start": pl.Date(), "period_end": pl.Date(), "left_out": pl.List(pl.String())}
    figures = dict.fromkeys(("numerator", "denominator", "value", "standard_error"), pl.Float64())
    sides = pl.DataFrame(rows, schema={**texts, **dated, **figures, "people": pl.Int64()})
    tables += [
        measure_table(sides.filter(pl.col("definition") == d), "pay_equity", d, by=[*groups, within])
        for d in _DEFINITIONS
    ]
    return stacked(tables, sort=["measure", "definition", *groups, within, "group", "period_start", "period_end"])


def _rows(part: pl.DataFrame, within: str, first: str, other: str) -> Iterable[dict[str, object]]:
    pair = part.filter(pl.col("group").is_in([first, other]))
    comparable, rows = [], []
    for inside in pair.sort(within, nulls_last=True).partition_by(within, maintain_order=True):
        one, two = _pay(inside, first), _pay(inside, other)
        rows.append({within: inside[within][0], **_row("difference", _difference(one, two), one, two)})
        if min(len(one), len(two)) >= LEAST:
            comparable.append((one, two))
    one, two = _pay(pair, first), _pay(pair, other)
    rows.append({within: ALL, **_row("overall", _difference(one, two), one, two)})
    people = [np.concatenate([pair[side] for pair in comparable]) if comparable else np.empty(0) for side in (0, 1)]
    rows.append({within: ALL, **_row("like_for_like", _weighted(comparable), people[0], people[1])})
    return rows


def _pay(frame: pl.DataFrame, group: str) -> Array:
    return frame.filter(pl.col("group") == group)["hourly"].sort().to_numpy().astype(np.float64)


def _difference(one: Array, two: Array) -> _Difference | None:
    if min(len(one), len(two)) < TWO:
        return None
    parts = tuple((float(pay.var(ddof=1)) / len(pay), len(pay) - 1) for pay in (one, two))
    dominated = any(pay.max() > DOMINANT * pay.sum() for pay in (one, two))
    people = 1 if dominated else min(len(one), len(two))
    return _Difference(float(one.mean() - two.mean()), parts, people)


def _weighted(comparable: Sequence[tuple[Array, Array]]) -> _Difference | None:
    """The differences inside roles, each weighted by the people of the other group in it."""
    inside = [(len(two), difference) for one, two in comparable if (difference := _difference(one, two)) is not None]
    total = sum(weight for weight, _ in inside)
    if not total:
        return None
    parts = tuple(
        ((w / total) ** 2 * variance, freedom) for w, difference in inside for variance, freedom in difference.parts
    )
    people = [sum(len(pair[side]) for pair in comparable) for side in (0, 1)]
    dominated = any(difference.people == 1 for _, difference in inside)
    value = sum(weight * difference.value for weight, difference in inside) / total
    return _Difference(value, parts, 1 if dominated else min(people))


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
