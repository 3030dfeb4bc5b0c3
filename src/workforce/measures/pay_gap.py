"""Pay gaps between groups of staff: the six statutory figures, and how many people they rest on."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from workforce.bands import QUARTERS, shares_of_quarters, sizes_of_quarters
from workforce.frames import Array, Frame, as_by, need
from workforce.measures.availability import measure, not_available, rolled_up
from workforce.measures.compared import known_group, named_group, reference_or_reason
from workforce.measures.pay import NOBODY_IN_POST, hourly_staff, nobody_compared, pay_not_recorded
from workforce.periods import as_dates
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, MeasureTable, stacked
from workforce.schemas import KINDS_OF_PAY_ITEMS
from workforce.stats.rates import measure_table

ALL: Final = "all"
DOMINANT: Final = (
    0.5  # of a group's total from one person: then one person stands behind its mean (Handbook on SDC for outputs)
)
FEWEST: Final = 5  # of the smaller group: below it no rule shows pay, whoever dominates
OFF_FULL_PAY: Final = (
    "career_break",
    "parental_leave",
)  # paid less than usual for leave, unless a pay item says otherwise
_GAPS: Final = ("mean", "median", "mean_bonus", "median_bonus")  # between two groups
_SHARES: Final = ("quarter_share", "bonus_share")
NOBODY_ON_A_SIDE: Final = {
    ("mean", "median"): "a pay gap needs people with known pay in both groups",
    ("mean_bonus", "median_bonus"): "a bonus gap needs people with a bonus in both groups",
}
_OF_PAY: Final = ("mean", "median", "quarter_share")
_OF_BONUS: Final = ("mean_bonus", "median_bonus", "bonus_share")
_DEFINITIONS: Final = tuple(sorted((*_GAPS, *_SHARES, "recorded")))


@measure("assignments", "pay_items")
def gap(
    records: Records,
    on: date | Sequence[date],
    *,
    between: str = "sex",
    by: Sequence[str] | str = (),
    reference: str | None = None,
) -> MeasureTable:
    """Statutory pay gap figures on each snapshot date, between groups of any column.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and, for bonuses and what replaces a salary, `pay_items`.
    on : date or sequence of date
        The snapshot dates: 31 March for public authorities.
    between : str
        The column that tells the groups apart: sex, ethnicity, disability or any other.
    by : sequence of str
        Columns of `assignments` to group by. Quarters of pay are taken within each group.
    reference : str, optional
        The group that the others are compared with; without it men, white, not disabled, as far as they can be told.

    Returns
    -------
    MeasureTable
        Groups: `by`, `group` ("female against male", or one group in shares), `quarter`. A gap in favour of the other group is negative.
        In gaps the denominator is the people of both groups, `people` those of the smaller, or 1 (and, of 5 or more, no denominator)
        where over half of a total is one person's.
        Marker ``x``: a group is missing, what the figure needs is not recorded, or a date that no organisation's records cover.

    Raises
    ------
    UsageError
        Where a column is neither in the records nor in their schema, nobody in the records is in the reference group asked for, or none is
        asked for and the column has no usual one.

    Notes
    -----
    `mean`, `median`: (hourly pay of the reference group - of the other) / of the reference group, in per cent, of full-pay relevant
    employees, `mean` with limits from the spread between people. `quarter_share`: the share of each group in each quarter of pay.
    `bonus_share`: of all relevant employees of a group, those with a bonus in the twelve months to the date. `mean_bonus`, `median_bonus`:
    the gap between those who had one. `recorded`: of full-pay relevant employees, those whose group and pay are known; the rest are in no
    other figure.
    Hourly pay is basic pay and supplement; a pay item of kind `hourly_pay` dated on the snapshot replaces it. Not on full pay: a pay item
    `full_pay` of 0 on the date, or a career break or parental leave without one of 1.
    People on one rate across a boundary of quarters are shared in proportion, so a quarter may hold a third of a person.

    References
    ----------
    Equality Act 2010 (Gender Pay Gap Information) Regulations 2017, SI 2017/172, regs 2 and 8 to 13; public authorities: SI 2017/353.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["us"] * 4, "person_id": list("ABCD"), "start_date": [date(2022, 1, 1)] * 4, "fte": [1.0] * 4,
    ...     "annual_pay": [20e3, 22e3, 24e3, 18e3], "full_time_hours": [37.0] * 4, "sex": ["male", "male", "male", "female"]})
    >>> table = gap(Records(assignments=staff), date(2023, 3, 31))
    >>> table.filter(pl.col("definition") == "median").frame["value"].round(2).item()  # 22 and 18
    18.18
    """
    groups, days = as_by(by), as_dates(on)
    if reason := records.lacks("assignments", columns=[*groups, between]):
        return not_available("pay_gap", _DEFINITIONS, by=groups, when=days, reason=reason)
    assignments, pay_items = records.assignments, records.pay_items
    need(pay_items, ["organisation", "person_id", "kind", "amount", "date"], what="pay_items")
    # An empty table of pay items says that nobody had a bonus; no table says nothing, and neither do kinds that nobody knows.
    no_items = _no_word_for_a_bonus(pay_items) if records.has("pay_items") else records.lacks("pay_items")
    tables = []
    for day in days:
        everyone = relevant_staff(assignments, pay_items, day, between=between, columns=groups)
        absent = everyone.filter(~pl.col("covered"))["organisation"].unique().sort().to_list()
        left_out = [] if "organisation" in groups else absent
        if everyone.is_empty():
            tables.append(not_available("pay_gap", _DEFINITIONS, by=groups, when=day, reason=NOBODY_IN_POST))
            continue
        known_groups = everyone["group"].drop_nulls().unique().sort().to_list()
        first, reason = reference_or_reason(records, known_groups, between, reference)
        reason = nobody_compared(everyone, absent) or reason
        no_pay = pay_not_recorded(records) if everyone["hourly"].is_null().all() else None
        reasons = {
            **(dict.fromkeys(_GAPS, reason) if first is None else {}),
            **(dict.fromkeys(_SHARES, reason) if not known_groups else {}),
            **(dict.fromkeys(_OF_PAY, no_pay) if no_pay else {}),
            **(dict.fromkeys(_OF_BONUS, no_items) if no_items else {}),
        }
        for definition, table in _tables(everyone, day, groups, known_groups, first, between).items():
            if definition not in reasons:
                tables.append(table)
                continue
            rows = not_available("pay_gap", [definition], by=groups, when=day, reason=str(reasons[definition]))
            tables.append(rows._with(rows.frame.with_columns(left_out=pl.lit(left_out, pl.List(pl.String)))))
    table = stacked(tables, sort=["measure", "definition", *groups, "group", "quarter", "period_start"])
    one_sided = table.frame.filter((pl.col("marker") == NOT_AVAILABLE) & (pl.col("people") == 0))["definition"].unique()
    return table._with_reasons(*(why for gaps, why in NOBODY_ON_A_SIDE.items() if one_sided.is_in(gaps).any()))


def _no_word_for_a_bonus(pay_items: Frame) -> str | None:
    """Why bonuses are not known although there are pay items: some are of kinds that are in no list, and none is a bonus."""
    kinds = pay_items.lazy().select(pl.col("kind").drop_nulls().unique()).collect()["kind"].to_list()
    if "bonus" in kinds or set(kinds) <= set(KINDS_OF_PAY_ITEMS):
        return None
    return "no pay item is of the kind bonus, and some are of kinds that are in no list"


def relevant_staff(
    assignments: Frame, pay_items: Frame, day: date, *, between: str, columns: Sequence[str]
) -> pl.DataFrame:
    """Relevant employees on the snapshot date, for measures and not for show.

    organisation, person_id, the columns, group, hourly, bonus (null = none), full_pay, covered.
    """
    recorded = assignments.lazy().collect_schema().names()
    status = ["status"] if "status" in recorded else []
    carried = [c for c in dict.fromkeys([*columns, between, *status]) if c != "organisation"]
    staff = hourly_staff(assignments, day, columns=carried)
    items = pay_items.lazy().with_columns(day=pl.lit(day))
    key = ["organisation", "person_id"]
    dated = items.filter(pl.col("date") == pl.col("day"))
    a_year_before = pl.col("day").dt.offset_by("-1y")
    items_of = {
        "said": dated.filter(pl.col("kind") == "full_pay").group_by(key).agg(said=pl.col("amount").min()),
        "rate": dated.filter(pl.col("kind") == "hourly_pay").group_by(key).agg(rate=pl.col("amount").sum()),
        "bonus": items.filter(
            (pl.col("kind") == "bonus") & (pl.col("date") > a_year_before) & (pl.col("date") <= pl.col("day"))
        )
        .group_by(key)
        .agg(bonus=pl.col("amount").sum()),
    }
    for frame in items_of.values():
        staff = staff.join(frame.collect(), on=key, how="left", maintain_order="left")
    away = pl.col("status").is_in(OFF_FULL_PAY).fill_null(value=False) if status else pl.lit(value=False)
    return staff.select(
        *dict.fromkeys([*key, *columns]),
        group=known_group(between),
        hourly=pl.coalesce("rate", "hourly"),
        bonus=pl.when(pl.col("bonus") > 0).then("bonus"),
        full_pay=pl.when(pl.col("said").is_not_null()).then(pl.col("said") > 0).otherwise(~away),
        covered="covered",
    )


def _tables(
    everyone: pl.DataFrame,
    day: date,
    groups: Sequence[str],
    known_groups: Sequence[str],
    reference: str | None,
    between: str,
) -> dict[str, MeasureTable]:
    """The measure tables of one snapshot by their definition; without a reference nobody is compared."""
    absent = everyone.filter(~pl.col("covered"))["organisation"].unique().sort().to_list()
    everyone = everyone.with_columns(pl.col(c).cast(pl.String) for c in groups)
    included = everyone.filter("covered")
    dated = {"period_start": day, "period_end": day}
    rows: dict[str, list[dict[str, object]]] = {
        d: [] for d in ("mean", "median", "quarter_share", "bonus_share", "mean_bonus", "median_bonus")
    }
    for key, staff in sorted(_parts(included, groups), key=lambda item: [(v is None, str(v)) for v in item[0]]):
        group_and_day = {**dict(zip(groups, key, strict=True)), **dated}
        paid = staff.filter(pl.col("full_pay") & pl.col("hourly").is_not_null() & pl.col("group").is_not_null())
        for group in (g for g in known_groups if reference is not None and g != reference):
            label = {**group_and_day, "group": f"{named_group(group, between)} against {reference}", "quarter": ALL}
            for definition, frame, column in (("", paid, "hourly"), ("_bonus", staff, "bonus")):
                reference_values, group_values = _values(frame, str(reference), column), _values(frame, group, column)
                rows[f"mean{definition}"].append(label | _mean_gap(reference_values, group_values))
                rows[f"median{definition}"].append(label | _median_gap(reference_values, group_values))
        for row in quarters(paid, known_groups):
            rows["quarter_share"].append(group_and_day | row | {"group": named_group(str(row["group"]), between)})
        for group in known_groups:
            theirs = staff.filter(pl.col("group") == group)
            had_one = {
                "numerator": float(theirs["bonus"].count()),
                "denominator": float(len(theirs)),
                "people": len(theirs),
            }
            rows["bonus_share"].append(group_and_day | {"group": named_group(group, between), "quarter": ALL} | had_one)
    schema = _schema(groups)
    tables = {}
    for definition, figures in rows.items():
        sides = pl.DataFrame(figures, schema=schema, orient="row")
        without = _not_covered(everyone, groups, dated, schema) if "organisation" in groups else sides.clear()
        rows_and_absent = pl.concat([sides, without]).with_columns(
            left_out=pl.lit([] if "organisation" in groups else absent, pl.List(pl.String))
        )
        tables[definition] = measure_table(rows_and_absent, "pay_gap", definition, by=groups)
    return {**tables, "recorded": _recorded(everyone, day, groups)}


def _parts(frame: pl.DataFrame, groups: Sequence[str]) -> list[tuple[tuple[object, ...], pl.DataFrame]]:
    return list(frame.partition_by(list(groups), as_dict=True).items()) if groups else [((), frame)]


def _schema(groups: Sequence[str]) -> dict[str, pl.DataType]:
    figures = dict.fromkeys(("numerator", "denominator", "value", "standard_error"), pl.Float64())
    texts = dict.fromkeys((*groups, "group", "quarter", "marker"), pl.String())
    return {**texts, "period_start": pl.Date(), "period_end": pl.Date(), **figures, "people": pl.Int64()}


def _not_covered(
    everyone: pl.DataFrame, groups: Sequence[str], dated: dict[str, date], schema: dict[str, pl.DataType]
) -> pl.DataFrame:
    """A marked row for each group of an organisation whose records do not cover the date."""
    rows = everyone.filter(~pl.col("covered")).select(groups).unique().with_columns(pl.all().cast(pl.String))
    marked_row = {**dated, "group": ALL, "quarter": ALL, "marker": NOT_AVAILABLE}
    return rows.with_columns(
        pl.lit(marked_row.get(c), dtype).alias(c) for c, dtype in schema.items() if c not in groups
    ).select(list(schema))


def _recorded(everyone: pl.DataFrame, day: date, groups: Sequence[str]) -> MeasureTable:
    keys = list(dict.fromkeys(["organisation", *groups]))
    full = everyone.filter("full_pay")
    usable = pl.col("group").is_not_null() & pl.col("hourly").is_not_null()
    figures = {"numerator": usable.sum().cast(pl.Float64), "denominator": pl.len().cast(pl.Float64)}
    sides = (
        full.group_by(keys)
        .agg(**figures, people=pl.len().cast(pl.Int64), covered=pl.col("covered").all())
        .with_columns(
            *[pl.when("covered").then(pl.col(c)) for c in ("numerator", "denominator", "people")],
            marker=pl.when(~pl.col("covered")).then(pl.lit(NOT_AVAILABLE)),
            period_start=pl.lit(day),
            period_end=pl.lit(day),
        )
    )
    rows = rolled_up(sides, by=groups).with_columns(group=pl.lit(ALL), quarter=pl.lit(ALL))
    return measure_table(rows, "pay_gap", "recorded", by=groups)


def _values(frame: pl.DataFrame, group: str, column: str) -> Array:
    return frame.filter(pl.col("group") == group)[column].drop_nulls().sort().to_numpy().astype(np.float64)


def _mean_gap(one: Array, other: Array) -> dict[str, object]:
    people = _behind(one, other)
    if not people or one.mean() == 0:
        return _nobody(one, other)
    ratio = other.mean() / one.mean()
    error = None
    if min(len(one), len(other)) > 1:
        # A ratio of two independent means, to first order.
        error = float(np.sqrt(other.var(ddof=1) / len(other) + ratio**2 * one.var(ddof=1) / len(one)) / one.mean())
    dominated = any(values.max() > DOMINANT * values.sum() for values in (one, other))
    return {
        "value": float(100 * (1 - ratio)),
        "standard_error": error,
        # How many there are is no secret where one of many dominates: other figures show it, and are not to go with this one.
        "denominator": None if dominated and people >= FEWEST else float(len(one) + len(other)),
        "people": 1 if dominated else people,
    }


def _median_gap(one: Array, other: Array) -> dict[str, object]:
    people = _behind(one, other)
    if not people or np.median(one) == 0:
        return _nobody(one, other)
    gap = float(100 * (np.median(one) - np.median(other)) / np.median(one))
    return {"value": gap, "denominator": float(len(one) + len(other)), "people": people}


def _behind(one: Array, other: Array) -> int:
    return min(len(one), len(other))


def _nobody(one: Array, other: Array) -> dict[str, object]:
    return {"denominator": float(len(one) + len(other)), "people": _behind(one, other), "marker": NOT_AVAILABLE}


def quarters(paid: pl.DataFrame, groups: Sequence[str]) -> list[dict[str, object]]:
    """How many of each group are in each quarter of pay: rows of group, quarter, numerator, denominator, people.

    paid: group, hourly. The lower quarters take the remainder: 1 the lower; 2 the lower and the upper middle; 3 all but the upper. People
    on one rate that falls in several quarters are shared so that each has the same proportion of every group on it (reg. 13(2)).

    >>> four = pl.DataFrame({"group": ["a", "a", "b", "b", "b"], "hourly": [10.0, 10.0, 10.0, 12.0, 12.0]})
    >>> [round(row["numerator"], 3) for row in quarters(four, ["a"])]   # three on 10: two in the lower quarter, one above it
    [1.333, 0.667, 0.0, 0.0]
    """
    sizes = sizes_of_quarters(len(paid))
    rates, place = np.unique(paid["hourly"].to_numpy(), return_inverse=True)
    on_rate = np.bincount(place, minlength=len(rates)).astype(np.float64)
    inside = shares_of_quarters(on_rate)
    names = paid["group"].to_numpy()
    rows: list[dict[str, object]] = []
    for group in groups:
        theirs = np.bincount(place[names == group], minlength=len(rates))
        for quarter, size in enumerate(sizes):
            share = float(np.sum(theirs * inside[:, quarter] / on_rate))
            sides = {"numerator": share, "denominator": float(size), "people": size}
            rows.append({"group": group, "quarter": QUARTERS[quarter], **sides})
    return rows
