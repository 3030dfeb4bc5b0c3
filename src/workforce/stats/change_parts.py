"""Why a rate changed: the part due to who is in post, and the part due to the rates of people who are alike.

Sources: Kitagawa, Journal of the American Statistical Association 50 (1955) 1168; Das Gupta, Standardization and Decomposition of Rates,
US Bureau of the Census P23-186 (1993), chapters 2 and 5.
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
from workforce.periods import Period, written
from workforce.results import A_YEAR, EXACT_COLUMNS, FIRST, NOT_AVAILABLE, PERIOD_COLUMNS, MeasureTable, stacked
from workforce.stats.intervals import z_value
from workforce.stats.rates import measure_table

RATE, CHANGE = "rate", "change"
MOST_COLUMNS: Final = 2
FEWEST: Final = 10
"""People of a cell, and events in it, on either side, from which it stands alone: more than any rule withholds."""
EVENTS: Final = "events"
"""The side that counts those who left or were absent."""
PEOPLE_OF_A_STEP: Final = 5
"""Parts are given to the step that so many people make."""
LEAST_STEP_OF_DAYS: Final = 0.1
SHARE_OF_DAYS: Final = 0.3
"""Days lost are given to the step that so much of the days of a few people makes."""
OTHER_BODIES: Final = "the records of the two years are of different organisations"
ONE_GROUP: Final = "only one group of a column of the mix is recorded, or large enough to be counted by itself"
TOO_FEW: Final = "fewer than 10 people are behind one of the two figures, or it has none"
STEP: Final = "step"
"""The column that says to which step parts are given."""
MIX: Final = "mix of "
"""What the name of a column's part begins with."""
NO_PARTS: Final[Mapping[str, Any]] = MappingProxyType({"part": CHANGE, "marker": NOT_AVAILABLE, "people": None})
"""The row of a change that cannot be split."""
COUNTED_SIDES: Final = ("people", EVENTS)
LARGEST: Final = "largest"


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the change of a rate by name, and the standard error of each; `change` is their sum.

    of_one: by how much at most one more event of a cell moves some part, an array for each body.
    """

    value: Mapping[str, float]
    standard_error: Mapping[str, float]
    of_one: Sequence[Array]


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
    weights = {f"{MIX}{column}": change for column, change in zip(columns, _of_mix(share), strict=True)}
    mean_share = (share[0] + share[1]) / 2
    value = {name: float((change * mean_rate).sum()) for name, change in weights.items()}
    value[RATE] = float((mean_share * (rate[1] - rate[0])).sum())
    value[CHANGE] = sum(value.values())
    of_both = variance[0] + variance[1]
    error = {name: float(np.sqrt((change**2 * of_both / 4).sum())) for name, change in weights.items()}
    error[RATE] = float(np.sqrt((mean_share**2 * of_both).sum()))
    error[CHANGE] = float(np.sqrt(sum((s**2 * v).sum() for s, v in zip(share, variance, strict=True))))
    return Parts(
        value, error, [_of_one(body, [mean_share, *(change / 2 for change in weights.values())]) for body in size]
    )


def _of_one(size: Array, weights: Sequence[Array]) -> Array:
    """By how much one more event of a cell moves the part that it moves most; a cell without people moves none."""
    largest = np.max([np.abs(weight) for weight in (*weights, size / size.sum())], axis=0)
    of_one: Array = np.divide(largest, size, out=np.zeros_like(size), where=size > 0)
    return of_one


def _of_mix(share: Sequence[Array]) -> list[Array]:
    """What each column adds to the change of each cell's share; they add up to it (Das Gupta 1993, chapter 5)."""
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


def change_parts(table: MeasureTable | Sequence[MeasureTable], *, mix: Sequence[str] | str) -> MeasureTable:
    """Split the change of turnover or absence into a part of who is in post and a part of the rates; use it before `release`.

    Parameters
    ----------
    table : MeasureTable or sequence of MeasureTable
        Turnover (`average`) or sickness (`days_per_fte`) by the columns of `mix`, of two years; or of one, by one more column of which
        there are two groups, such as two organisations. Where people change group with time, as with age and length of service, a table
        for each year, each of records with the bands of its own first day.
    mix : sequence of str
        The columns whose mix is told from the rates: one, or two together.

    Returns
    -------
    MeasureTable
        Definition `turnover` (percentage points) or `absence` (days per FTE); a row for each part (column `part`): `rate`, `mix of` each
        column, and `change`, which is their sum; `against` says what the later year, or the second group, is compared with. Limits, 95%: by
        the delta method, with who is in post taken as it is. Marker ``x``: one side has no figure, or fewer than
        ten people who left or were absent.

    Raises
    ------
    UsageError
        Where the table is of another measure, or not of two years or groups by one or two columns.

    Notes
    -----
    Groups merge until every cell has on both sides ten people of whom ten left, or were absent, or nobody on either side: of the groups
    with too small a cell, the one with the fewest people joins the one with the next fewest of its column. No part then depends on a count
    that a rule withholds but through the sum of a larger cell. The change is given to a round step (column `step`) of no less than what
    five people make of any part (days: what 30% of the days of a few people make, and no less than 0.1 for each FTE), its parts to the
    step above or below so that they add up to it, and limits to the step outside of them. A row rests on the fewest people of a cell who
    are in post, left or were absent.

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
    table, columns, crude, compared = _checked(table, mix)
    exact = table.frame.with_columns(variance=_variance(table, crude))
    names = exact.select(compared).unique().sort(compared).rows()
    bodies = [
        exact.filter(pl.all_horizontal(*(pl.col(c).eq_missing(pl.lit(v)) for c, v in zip(compared, name, strict=True))))
        for name in names
    ]
    usable = [body.drop_nulls(["numerator", "denominator"]).filter(pl.col("denominator") > 0) for body in bodies]
    over_time = compared == list(PERIOD_COLUMNS)
    printed = dict(table._provenance.names) if compared == ["organisation"] else {}
    first, second = ([printed.get(str(value), value) for value in name] for name in names)
    against = _in_words(Period(*first)) if over_time else f"{second[0]} against {first[0]}"
    absent = exact["left_out"].explode().drop_nulls().unique().sort().to_list()
    label = {"against": against, **{c: bodies[1][c][0] for c in PERIOD_COLUMNS}, "left_out": absent}
    counts = crude.numerator is not None and crude.numerator.is_count
    left_out = [set(body["left_out"].explode().drop_nulls().to_list()) for body in bodies]
    if over_time and left_out[0] != left_out[1]:
        rows, reasons = [NO_PARTS], [*table.reasons, OTHER_BODIES]
    else:
        rows, why = _rows(usable, columns, crude, is_count=counts)
        reasons = [*table.reasons, *(why if any(map(len, usable)) else [])]
    table_of_parts = parts_table([{**label, **row} for row in rows], crude.measure)
    return table_of_parts._with(table_of_parts.frame, reasons=reasons, _provenance=table._provenance)


def _in_words(period: Period) -> str:
    if period.is_a_year:
        return f"the year to {written(period.end)}"
    return f"{written(period.start)} to {written(period.end)}"


def parts_table(rows: Sequence[Mapping[str, Any]], definition: str) -> MeasureTable:
    """Put the parts of a change into a measure table, with their limits and the step that they are given to."""
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "left_out": pl.List(pl.String),
        "people": pl.Int64,
        "value": pl.Float64,
    }
    figures = ("lower", "upper", STEP)
    sides = pl.DataFrame(rows, schema_overrides=schema).with_columns(
        *(pl.lit(None, pl.Float64).alias(c) for c in ("value", *figures) if c not in rows[0])
    )
    table = measure_table(sides, "change_parts", definition, by=[])
    limits = sides.select("part", *figures)
    with_limits = pl.col("lower").is_not_null()
    frame = (
        table.frame.drop("lower", "upper")
        .join(limits, on="part", how="left", maintain_order="left", validate="1:1")
        .with_columns(method=pl.when(with_limits).then(pl.lit(table.definitions[0].limits)).otherwise(pl.lit("none")))
    )
    return table._with(frame.select(*table.frame.columns, STEP), added=[STEP])


def parts_given(parts: Parts, step: float, *, people: int) -> list[Mapping[str, Any]]:
    """The change to a step, its parts to the step above or below so that they add up to it, and limits to the step outside of them.

    people: how many each row rests on.

    >>> parts = Parts({"mix of age": 0.8, "rate": 0.8, "change": 1.6}, {"mix of age": 0.1, "rate": 0.5, "change": 0.5}, [])
    >>> rows = parts_given(parts, 1.0, people=60)
    >>> [(row["part"], row["value"], row["lower"], row["upper"]) for row in rows]
    [('mix of age', 1.0, 0.0, 1.0), ('rate', 1.0, -1.0, 2.0), ('change', 2.0, 0.0, 3.0)]
    """
    names = [name for name in parts.value if name != CHANGE]
    exact = np.array([parts.value[name] for name in names]) / step
    steps = np.floor(np.round(exact, 9))
    missing = int(np.floor(round(float(exact.sum()), 9) + 0.5) - steps.sum())
    steps[np.argsort(np.round(steps - exact, 9), kind="stable")[:missing]] += 1
    values = {**dict(zip(names, steps, strict=True)), CHANGE: steps.sum()}
    half = {name: z_value() * error for name, error in parts.standard_error.items()}
    limits = {
        name: (np.floor(round((value - half[name]) / step, 9)), np.ceil(round((value + half[name]) / step, 9)))
        for name, value in parts.value.items()
        if np.isfinite(half[name])
    }
    no_limits = (None, None)
    return [
        {"part": name, "people": people, STEP: step, **_in_units((values[name], *limits.get(name, no_limits)), step)}
        for name in parts.value
    ]


def _in_units(steps: Sequence[float | None], step: float) -> dict[str, float | None]:
    figures = [None if n is None else round(float(n) * step, 6) + 0.0 for n in steps]
    return dict(zip(("value", "lower", "upper"), figures, strict=True))


def _checked(
    table: MeasureTable | Sequence[MeasureTable], mix: Sequence[str] | str
) -> tuple[MeasureTable, list[str], Definition, list[str]]:
    """The table, the columns of the mix, the definition, and the columns that tell the two sides apart."""
    tables = [table] if isinstance(table, MeasureTable) else table
    if not isinstance(tables, Sequence) or not tables or not all(isinstance(t, MeasureTable) for t in tables):
        raise UsageError(
            "change_parts takes what a measure returned", where="change_parts", hint="measure by the columns first"
        )
    table = stacked(map(_without_marks, tables)) if len(tables) > 1 else tables[0]
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
    beyond_mix = [c for c in table.groups if c not in columns]
    if not 1 <= len(columns) <= MOST_COLUMNS or len(beyond_mix) > 1:
        raise UsageError("mix= names one or two columns of the table, which has at most one more", where="mix=")
    compared = beyond_mix or list(PERIOD_COLUMNS)
    sides, periods = (table.frame.select(c).unique().height for c in (compared, list(PERIOD_COLUMNS)))
    if sides != MOST_COLUMNS or (beyond_mix and periods != 1):
        raise UsageError(
            "change_parts compares two years, or two groups of one more column in one year",
            where="change_parts",
            hint="measure wf.years_to(month, 2), or filter the table to two groups",
        )
    return table, columns, table.definition(*names), compared


def _without_marks(table: MeasureTable) -> MeasureTable:
    """The table without what it adds to say of a row, such as until when it is provisional."""
    marks = [c for c in table.added if c not in EXACT_COLUMNS]
    return table._with(table.frame.drop(marks), added=[c for c in table.added if c not in marks])


def _variance(table: MeasureTable, crude: Definition) -> pl.Expr:
    """The variance of the bare ratio: of counts that of Poisson, of days that between people."""
    if crude.numerator is not None and crude.numerator.is_count:
        return pl.col("numerator") / pl.col("denominator") ** 2
    return pl.col("variance") if "variance" in table.frame.columns else pl.lit(None, pl.Float64)


def _rows(
    bodies: Sequence[pl.DataFrame], columns: Sequence[str], crude: Definition, *, is_count: bool
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The parts, and why there are none, or not all."""
    # The variance of the bare ratio, times the square of its denominator, is that of the numerator, which adds up over cells.
    with_events = [
        body.with_columns(
            pl.col("variance") * pl.col("denominator") ** 2,
            pl.col("numerator" if is_count or "contributors" not in body.columns else "contributors").alias(EVENTS),
        )
        for body in bodies
    ]
    if is_small(with_events):
        return [NO_PARTS], [TOO_FEW]
    cells = merged_cells(with_events, columns, ("numerator", "denominator", "people", "variance", EVENTS))
    size = [body["denominator"] for body in cells]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = [crude.scale * np.nan_to_num(body["numerator"] / body["denominator"]) for body in cells]
        variance = [
            np.where(n > 0, crude.scale**2 * body["variance"] / n**2, 0.0) for body, n in zip(cells, size, strict=True)
        ]
    split = mix_and_rate(size, rate, variance, named(columns))
    of_one = max(float(body.max()) for body in split.of_one)
    if is_count:
        step = round_step(crude.scale * PEOPLE_OF_A_STEP * of_one)
    else:
        of_few = np.concatenate([body.filter(pl.col(EVENTS) < FEWEST)["numerator"].to_numpy() for body in with_events])
        days_of_few = float(of_few.max(initial=0.0))
        step = round_step(max(LEAST_STEP_OF_DAYS, SHARE_OF_DAYS * days_of_few * of_one))
    return with_one_group(parts_given(split, step, people=fewest_people(cells)), columns, cells)


def with_one_group(
    rows: list[Mapping[str, Any]], columns: Sequence[str], cells: Sequence[Mapping[str, Array]]
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The parts without those of columns of which one group is left, and the reason; none where that is so of all columns."""
    lengths = cells[0]["people"].shape
    alone = [MIX + name for name, groups in zip(named(columns), lengths, strict=True) if groups == 1]
    if len(alone) == len(columns):
        return [NO_PARTS], [ONE_GROUP]
    unknown = {"value": None, "lower": None, "upper": None, "people": None, "marker": NOT_AVAILABLE}
    return [{**row, **unknown} if row["part"] in alone else row for row in rows], [ONE_GROUP] if alone else []


def named(columns: Sequence[str]) -> list[str]:
    """The columns as their parts are named."""
    return [c.replace("_", " ") for c in columns]


def is_small(bodies: Sequence[pl.DataFrame]) -> bool:
    """Whether one of the two bodies has too few people, or events, to be split."""
    sides = [side for side in COUNTED_SIDES if side in bodies[0].columns]
    return min(float(body[side].sum()) for body in bodies for side in sides) < FEWEST


def fewest_people(cells: Sequence[Mapping[str, Array]]) -> int:
    """The people, or events, of the cell that has fewest of those with people."""
    return int(min(body[side][body["people"] > 0].min() for body in cells for side in COUNTED_SIDES if side in body))


def round_step(least: float) -> float:
    """The round number, 1, 2 or 5 times a power of ten, that is no less: a step that followed from the number of people would tell it.

    >>> round_step(0.33), round_step(1.25)
    (0.5, 2.0)
    """
    power = 10.0 ** np.floor(np.log10(least))
    return float(round(next(n * power for n in (1, 2, 5, 10) if n * power >= least * (1 - 1e-9)), 9))


def merged_cells(
    bodies: Sequence[pl.DataFrame], columns: Sequence[str], sides: Sequence[str]
) -> list[dict[str, Array]]:
    """The sides of each body by cell, as arrays with an axis for each column, with small cells merged.

    bodies: a row for each cell, with the columns and the sides; `people` is one of these. Sides add up; of `largest` the largest counts.
    """
    levels = [sorted({str(v) for body in bodies for v in body[c].to_list()}) for c in columns]
    cells: list[dict[str, Array]] = []
    for body in bodies:
        where = tuple(
            np.array([names.index(str(v)) for v in body[c].to_list()], dtype=np.intp)
            for c, names in zip(columns, levels, strict=True)
        )
        filled = {}
        for side in sides:
            filled[side] = np.zeros([len(names) for names in levels])
            values = body[side].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            _adding(side).at(filled[side], where, values)
        cells.append(filled)
    while (chosen := _to_merge(*cells)) is not None:
        axis, level, joined_level = chosen
        for body_cells in cells:
            for side, values in body_cells.items():
                moved = np.moveaxis(values, axis, 0).copy()
                moved[joined_level] = _adding(side)(moved[joined_level], moved[level])
                body_cells[side] = np.moveaxis(np.delete(moved, level, axis=0), 0, axis)
    return cells


def _adding(side: str) -> np.ufunc:
    return np.maximum if side == LARGEST else np.add


def _to_merge(*cells: Mapping[str, Array]) -> tuple[int, int, int] | None:
    """The axis and the two groups of it to merge next; None where no cell is too small."""
    first, second = (body["people"] for body in cells)
    least = np.min([body[side] for body in cells for side in COUNTED_SIDES if side in body], axis=0)
    small = (least < FEWEST) & ((first > 0) | (second > 0))
    candidates = []
    for axis in range(first.ndim):
        if first.shape[axis] > 1:
            across = tuple(n for n in range(first.ndim) if n != axis)
            people = (first + second).sum(axis=across)
            order = np.argsort(people, kind="stable")
            of_small = np.flatnonzero(small.any(axis=across))
            candidates += [(float(people[n]), axis, int(n), int(next(m for m in order if m != n))) for n in of_small]
    return min(candidates)[1:] if candidates else None
