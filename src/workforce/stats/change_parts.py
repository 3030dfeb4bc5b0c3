"""Why a rate changed: the part due to who is in post, and the part due to the rates of people who are alike.

Sources: Kitagawa, Journal of the American Statistical Association 50 (1955) 1168; Das Gupta, Standardization and Decomposition of Rates,
US Bureau of the Census P23-186 (1993), chapters 2 and 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import polars as pl

from workforce.book import Definition
from workforce.errors import UsageError
from workforce.frames import Array, as_by
from workforce.periods import written
from workforce.results import A_YEAR, FIRST, NOT_AVAILABLE, PERIOD_COLUMNS, MeasureTable
from workforce.stats.rates import measure_table

RATE, CHANGE = "rate", "change"
MOST_COLUMNS: Final = 2
FEWEST: Final = 10
"""People of a cell, on either side, from which it stands alone."""
PEOPLE_OF_A_STEP: Final = 5
"""Parts are given to the step that so many people make."""
STEP_OF_DAYS: Final = 0.1
OTHER_BODIES: Final = "the records of other organisations cover the one year than the other"
TOO_FEW: Final = "fewer than 10 people are behind one of the two figures, or it has none"
OF: Final = {"turnover": "turnover", "absence": "absence"}
_NO_FIGURE: Final[Mapping[str, Any]] = MappingProxyType({"part": CHANGE, "marker": NOT_AVAILABLE, "people": None})
_SIDES: Final = ("numerator", "denominator", "people", "variance")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the change of a rate by name, and the standard error of each; `change` is their sum."""

    value: Mapping[str, float]
    standard_error: Mapping[str, float]


def mix_and_rate(
    size: Sequence[Array], rate: Sequence[Array], variance: Sequence[Array], columns: Sequence[str]
) -> Parts:
    """Split the change of a rate between two bodies of people into a part of each column's mix and the part of the rates.

    Parameters
    ----------
    size, rate, variance : two arrays each
        Of the first and of the second body: the people (or FTE) of each cell, its rate and the variance of that. An array has an axis for
        each column, one or two. A cell without people has rate and variance 0.
    columns : sequence of str
        The columns, one or two: a name for each part.

    Returns
    -------
    Parts
        "rate", "mix of COLUMN" for each, and "change". Sizes are taken as they are: the variance is that of the rates.

    Examples
    --------
    >>> first, second = np.array([50.0, 50.0]), np.array([75.0, 25.0])   # more of those who leave more often
    >>> parts = mix_and_rate([first, second], [np.array([20.0, 10.0]), np.array([22.0, 12.0])], [np.zeros(2)] * 2, ["age"])
    >>> parts.value
    {'mix of age': 2.5, 'rate': 2.0, 'change': 4.5}
    """
    share = [body / body.sum() for body in size]
    mean_rate = (rate[0] + rate[1]) / 2
    weights = {f"mix of {column}": change for column, change in zip(columns, _of_mix(share), strict=True)}
    mean_share = (share[0] + share[1]) / 2
    value = {name: float((change * mean_rate).sum()) for name, change in weights.items()}
    value[RATE] = float((mean_share * (rate[1] - rate[0])).sum())
    value[CHANGE] = sum(value.values())
    both = variance[0] + variance[1]
    error = {name: float(np.sqrt((change**2 * both / 4).sum())) for name, change in weights.items()}
    error[RATE] = float(np.sqrt((mean_share**2 * both).sum()))
    error[CHANGE] = float(np.sqrt(sum((s**2 * v).sum() for s, v in zip(share, variance, strict=True))))
    return Parts(value, error)


def _of_mix(share: Sequence[Array]) -> list[Array]:
    """What each column adds to the change of each cell's share; they add up to it (Das Gupta 1993, chapter 6)."""
    if share[0].ndim == 1:
        return [share[1] - share[0]]
    factors = []
    for shares in share:
        rows, columns = shares.sum(axis=1, keepdims=True), shares.sum(axis=0, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            of_rows = np.nan_to_num(np.sqrt(shares / columns * rows))
            of_columns = np.nan_to_num(np.sqrt(shares / rows * columns))
        factors.append((of_rows, of_columns))
    (a, b), (later_a, later_b) = factors
    return [(later_a - a) * (b + later_b) / 2, (later_b - b) * (a + later_a) / 2]


def change_parts(table: MeasureTable, *, mix: Sequence[str] | str) -> MeasureTable:
    """Split the change of turnover or absence into a part of who is in post and a part of the rates; use it before `release`.

    Parameters
    ----------
    table : MeasureTable
        Turnover (`average`) or sickness (`days_per_fte`) by the columns of `mix`, of two years; or of one, by one more column of which
        there are two groups, such as two organisations.
    mix : sequence of str
        The columns whose mix is told from the rates: one, or two together.

    Returns
    -------
    MeasureTable
        Definition `turnover` (percentage points) or `absence` (days per FTE); a row for each part (column `part`): `rate`, `mix of` each
        column, and `change`, which is their sum; `against` says what the later year, or the second group, is compared with. Limits, 95%: by
        the delta method, with who is in post taken as it is. Marker ``x``: one side has no figure, or fewer than ten people.

    Raises
    ------
    UsageError
        Where the table is of another measure, or not of two years or groups by one or two columns.

    Notes
    -----
    Groups merge until every cell has ten people on both sides, or nobody on either: of the groups with too small a cell, the one with the
    fewest people joins the one with the next fewest of its column. Parts are given to a round step of no less than what five people make
    of the smaller side (days per FTE: 0.1), standard errors to two figures, and the change is the sum of the parts as given, so that no
    count follows from them. A row rests on the fewest people of a cell, and on no more than left or were absent on either side.

    References
    ----------
    Kitagawa (1955), JASA 50:1168; Das Gupta (1993), US Bureau of the Census P23-186.

    Examples
    --------
    >>> from datetime import date
    >>> sides = pl.DataFrame({"grade": ["6", "9"] * 2, "numerator": [40.0, 20.0, 66.0, 12.0], "denominator": [200.0, 200.0, 300.0, 100.0],
    ...     "people": [200, 200, 300, 100], "period_start": [date(2021, 4, 1)] * 2 + [date(2022, 4, 1)] * 2,
    ...     "period_end": [date(2022, 3, 31)] * 2 + [date(2023, 3, 31)] * 2})
    >>> parts = change_parts(measure_table(sides, "turnover", "average", by=["grade"]), mix="grade")   # 15% to 19.5%
    >>> parts.frame.select("part", "value").rows()   # 2.5 and 2.0 points; five people make 1.25
    [('change', 4.0), ('mix of grade', 2.0), ('rate', 2.0)]
    """
    columns, crude, compared = _checked(table, mix)
    exact = table.frame.with_columns(variance=_variance(table, crude))
    names = _bodies(exact, compared)
    bodies = [
        exact.filter(pl.all_horizontal(*(pl.col(c).eq_missing(pl.lit(v)) for c, v in zip(compared, name, strict=True))))
        for name in names
    ]
    usable = [body.drop_nulls(["numerator", "denominator"]).filter(pl.col("denominator") > 0) for body in bodies]
    first, second = names
    against = f"{written(first[0])} to {written(first[1])}" if compared == list(PERIOD_COLUMNS) else str(first[0])
    whose = "" if compared == list(PERIOD_COLUMNS) else str(second[0])
    dates = {c: bodies[1][c][0] for c in PERIOD_COLUMNS}
    absent = exact["left_out"].explode().drop_nulls().unique().sort().to_list()
    label = {"against": f"{against}, {whose}" if whose else against, **dates, "left_out": absent}
    counts = crude.numerator is not None and crude.numerator.is_count
    left_out = [set(body["left_out"].explode().drop_nulls().to_list()) for body in bodies]
    if not whose and left_out[0] != left_out[1]:
        rows, why = [_NO_FIGURE], OTHER_BODIES
    else:
        rows, why = _rows(usable, columns, crude, is_count=counts), TOO_FEW
    sides = pl.DataFrame(
        [{**label, **row} for row in rows], schema_overrides={"left_out": pl.List(pl.String), "people": pl.Int64}
    )
    reasons = [*table.reasons, *([why] if rows[0].get("marker") else [])]
    parts = measure_table(sides, "change_parts", OF[crude.measure], by=[])
    return parts._with(parts.frame, reasons=reasons, _provenance=table._provenance)


def _checked(table: MeasureTable, mix: Sequence[str] | str) -> tuple[list[str], Definition, list[str]]:
    """The columns of the mix, the definition of the table, and the columns that tell the two sides apart."""
    if not isinstance(table, MeasureTable):
        raise UsageError(
            "change_parts takes what a measure returned", where="change_parts", hint="measure by the columns first"
        )
    columns = list(as_by(mix, table.frame))
    definitions = table.frame.select(*FIRST, "unit").unique()
    names = (str(definitions["measure"][0]), str(definitions["definition"][0])) if len(definitions) == 1 else ("", "")
    if names not in (("turnover", "average"), ("absence", "days_per_fte")) or str(definitions["unit"][0]).endswith(
        A_YEAR
    ):
        raise UsageError(
            "change_parts takes turnover by average or absence by days_per_fte, of whole years",
            where="change_parts",
            hint="filter the table by definition first",
        )
    others = [c for c in table.groups if c not in columns]
    if not 1 <= len(columns) <= MOST_COLUMNS or len(others) > 1:
        raise UsageError("mix= names one or two columns of the table, which has at most one more", where="mix=")
    compared = others or list(PERIOD_COLUMNS)
    sides, periods = (table.frame.select(c).unique().height for c in (compared, list(PERIOD_COLUMNS)))
    if sides != MOST_COLUMNS or (others and periods != 1):
        raise UsageError(
            "change_parts compares two years, or two groups of one more column in one year",
            where="change_parts",
            hint="measure wf.years_to(month, 2), or filter the table to two groups",
        )
    return columns, table.definition(*names), compared


def _bodies(frame: pl.DataFrame, compared: Sequence[str]) -> list[tuple[Any, ...]]:
    return frame.select(compared).unique().sort(compared).rows()


def _variance(table: MeasureTable, crude: Definition) -> pl.Expr:
    """The variance of the bare ratio: of counts that of Poisson, of days that between people."""
    if crude.numerator is not None and crude.numerator.is_count:
        return pl.col("numerator") / pl.col("denominator") ** 2
    return pl.col("variance") if "variance" in table.frame.columns else pl.lit(None, pl.Float64)


def _rows(
    bodies: Sequence[pl.DataFrame], columns: Sequence[str], crude: Definition, *, is_count: bool
) -> list[Mapping[str, Any]]:
    sizes = [float(body["people"].sum()) for body in bodies]
    if min(sizes, default=0.0) < FEWEST:
        return [_NO_FIGURE]
    cells = _merged(bodies, columns)
    arrays = {side: [cells[side, place] for place in range(2)] for side in _SIDES}
    size = arrays["denominator"]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = [crude.scale * np.nan_to_num(n / d) for n, d in zip(arrays["numerator"], size, strict=True)]
        variance = [
            crude.scale**2 * np.where(d > 0, v / d**2, 0.0) for v, d in zip(arrays["variance"], size, strict=True)
        ]
    parts = mix_and_rate(size, rate, variance, [c.replace("_", " ") for c in columns])
    step = _step(crude.scale * PEOPLE_OF_A_STEP / min(float(body.sum()) for body in size)) if is_count else STEP_OF_DAYS
    given = {n: round(float(np.floor(v / step + 0.5) * step), 6) + 0.0 for n, v in parts.value.items() if n != CHANGE}
    given[CHANGE] = round(sum(given.values()), 6)
    people = [int(n.min()) for p in arrays["people"] if len(n := p[p > 0])]
    events = [float(body["numerator" if is_count else "contributors"].sum()) for body in bodies]
    fewest = min(*people, *(int(n) for n in events))
    return [
        {"part": name, "value": given[name], "standard_error": float(f"{error:.2g}"), "people": fewest}
        for name, error in parts.standard_error.items()
    ]


def _step(least: float) -> float:
    """The round number, 1, 2 or 5 times a power of ten, that is no less: a step that followed from the number of people would tell it.

    >>> _step(0.33), _step(1.25)
    (0.5, 2.0)
    """
    power = 10.0 ** np.floor(np.log10(least))
    return float(round(next(n * power for n in (1, 2, 5, 10) if n * power >= least * (1 - 1e-9)), 9))


def _merged(bodies: Sequence[pl.DataFrame], columns: Sequence[str]) -> dict[tuple[str, int], Array]:
    """The sums of each side over the cells of each body, as arrays with an axis for each column, with small cells merged.

    The variance is that of the sum: of the ratio, times the square of the size.
    """
    names = [sorted({str(v) for body in bodies for v in body[c].to_list()}) for c in columns]
    sums: dict[tuple[str, int], Array] = {}
    for place, body in enumerate(bodies):
        where = tuple(
            np.array([levels.index(str(v)) for v in body[c].to_list()])
            for c, levels in zip(columns, names, strict=True)
        )
        weighted = body.with_columns(pl.col("variance") * pl.col("denominator") ** 2)
        for side in _SIDES:
            cells = np.zeros([len(levels) for levels in names])
            np.add.at(cells, where, weighted[side].cast(pl.Float64).fill_null(float("nan")).to_numpy())
            sums[side, place] = cells
    while (chosen := _to_merge(sums["people", 0], sums["people", 1])) is not None:
        axis, level, other = chosen
        for key, cells in sums.items():
            moved = np.moveaxis(cells, axis, 0).copy()
            moved[other] += moved[level]
            sums[key] = np.moveaxis(np.delete(moved, level, axis=0), 0, axis)
    return sums


def _to_merge(first: Array, second: Array) -> tuple[int, int, int] | None:
    """The axis and the two groups of it to merge next; None where no cell is too small."""
    small = np.minimum(first, second) < FEWEST
    small &= (first > 0) | (second > 0)
    candidates = []
    for axis in range(first.ndim):
        if first.shape[axis] > 1:
            others = tuple(n for n in range(first.ndim) if n != axis)
            people = (first + second).sum(axis=others)
            order = np.argsort(people, kind="stable")
            of_small = np.flatnonzero(small.any(axis=others))
            candidates += [(float(people[n]), axis, int(n), int(next(m for m in order if m != n))) for n in of_small]
    return min(candidates)[1:] if candidates else None
