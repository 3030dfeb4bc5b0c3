"""What goes with a pay gap and what remains: the two-fold Blinder-Oaxaca decomposition.

Explained and unexplained add up to the gap exactly. What each category contributes does not depend on which one a regression leaves out.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import InputError, UsageError
from workforce.measures.compared import known_group, named_group, reference_or_reason
from workforce.measures.frame import NOT_AVAILABLE, as_by, eager, measure, measure_table, need, not_available
from workforce.measures.pay.hourly import hourly_staff, nobody_compared, pay_not_recorded
from workforce.periods import as_dates
from workforce.records import Records
from workforce.results import MeasureTable, stacked

INTERCEPT: Final = "intercept"
ALL: Final = "all"
LEAST: Final = 10  # of either group at every level of a covariate whose levels are told apart: the fewest behind pay under any rule
UNKNOWN: Final = "unknown"
TOO_ALIKE: Final = "the groups are too small or too different to be compared by these covariates"
_DEFINITIONS: Final = ("compared", "explained", "gap", "unexplained")
PARTS: Final = {
    "covariate": pl.String(),
    "level": pl.String(),
    "explained": pl.Float64(),
    "unexplained": pl.Float64(),
    "people": pl.Int64(),
}
Frame = pl.DataFrame | pl.LazyFrame
Array = npt.NDArray[np.float64]


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
        return not_available("pay_gap_parts", _DEFINITIONS, by=groups, when=days, reason=reason)
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
            x_rows = not_available("pay_gap_parts", _DEFINITIONS, by=groups, when=day, reason=why)
            tables.append(x_rows._with(x_rows.frame.with_columns(left_out=pl.lit(absent, pl.List(pl.String)))))
            continue
        named_groups = ready.with_columns(pl.col(c).cast(pl.String) for c in groups if c not in columns)
        keyed = list(named_groups.partition_by(groups, as_dict=True).items()) if groups else [((), named_groups)]
        for key, part in keyed:
            group_and_day = {
                **dict(zip(groups, key, strict=True)),
                "period_start": day,
                "period_end": day,
                "left_out": absent,
            }
            for other in (g for g in known_groups if g != first):
                label = {**group_and_day, "group": f"{named_group(other, between)} against {first}"}
                rows += [label | row for row in _rows(part, columns, first, other)]
    figures = dict.fromkeys(("numerator", "denominator", "value"), pl.Float64())
    texts = dict.fromkeys((*groups, "definition", "group", "covariate", "level", "marker"), pl.String())
    dated = {"period_start": pl.Date(), "period_end": pl.Date(), "left_out": pl.List(pl.String())}
    sides = pl.DataFrame(rows, schema={**texts, **dated, **figures, "people": pl.Int64()})
    tables += [
        measure_table(sides.filter(pl.col("definition") == d), "pay_gap_parts", d, by=groups) for d in _DEFINITIONS
    ]
    table = stacked(
        tables, sort=["measure", "definition", *groups, "group", "covariate", "level", "period_start", "period_end"]
    )
    return table._with_reasons(TOO_ALIKE) if not sides.filter(pl.col("marker") == NOT_AVAILABLE).is_empty() else table


def oaxaca_blinder(
    frame: Frame, *, outcome: str, group: str, reference: str, covariates: Sequence[str]
) -> pl.DataFrame:
    """Decompose the difference between the mean outcomes of two groups.

    Pooled coefficients come from a regression with the group indicator; explained = difference in means x pooled coefficient, unexplained =
    each group's means x the difference between its own coefficients and the pooled. Categories are normalised: coefficients as deviations
    from their mean over the levels, their mean in the intercept, whose explained part is 0.

    Parameters
    ----------
    frame : polars.DataFrame or polars.LazyFrame
        One row a person.
    outcome : str
        The column whose means differ, such as the log of hourly pay.
    group : str
        A column of two values.
    reference : str
        The group whose mean less that of the other is the gap.
    covariates : sequence of str
        Columns; numbers enter as they are, text as categories.

    Returns
    -------
    polars.DataFrame
        covariate, level (null for a number), explained, unexplained, people (at the level, of the smaller group).

    Raises
    ------
    InputError
        Where people lack a value, or the groups are too small or too alike inside to estimate the coefficients.
    UsageError
        Where there are not two groups, one of them the reference.

    Examples
    --------
    >>> people = pl.DataFrame({"pay": [3.0, 5.0, 7.0, 2.0, 4.0, 4.0], "years": [1.0, 2.0, 3.0, 1.0, 2.0, 2.0],
    ...     "sex": ["m"] * 3 + ["f"] * 3})
    >>> parts = oaxaca_blinder(people, outcome="pay", group="sex", reference="m", covariates=["years"])
    >>> round(parts["explained"].sum(), 6), round(parts["unexplained"].sum(), 6)   # of a gap of 5 - 10/3
    (0.666667, 1.0)
    """
    need(frame, [outcome, group, *covariates], what="the frame of people")
    data = eager(frame).select(outcome, group, *covariates)
    incomplete = data.select(pl.any_horizontal(pl.all().is_null()).sum()).item()
    if incomplete:
        raise InputError(
            "{lacking} of {rows} people lack a value",
            hint="leave them out, or call it unknown",
            lacking=incomplete,
            rows=len(data),
        )
    in_reference = (data[group].cast(pl.String) == reference).to_numpy()
    if data[group].n_unique() != len(("one", "other")) or not in_reference.any():
        raise UsageError(
            "a decomposition compares two groups, one of them the reference", hint="keep two groups, and name one"
        )
    y = data[outcome].cast(pl.Float64).to_numpy()
    design, terms = _design(data, covariates)
    own, others = _fitted(design[in_reference], y[in_reference]), _fitted(design[~in_reference], y[~in_reference])
    pooled = _fitted(np.column_stack([design, in_reference.astype(np.float64)]), y)[:-1]
    coefficients = [_normalised(fit, terms) for fit in (own, others, pooled)]
    shares = _shares(design, terms)
    mean_one, mean_other = shares[in_reference].mean(axis=0), shares[~in_reference].mean(axis=0)
    of_one, of_other, of_pooled = coefficients
    explained = (mean_one - mean_other) * of_pooled
    unexplained = mean_one * (of_one - of_pooled) + mean_other * (of_pooled - of_other)
    smaller = int(min(in_reference.sum(), (~in_reference).sum()))
    names: list[tuple[str, str | None, int]] = [(INTERCEPT, None, smaller)]
    for name, _, levels in terms:
        texts = data[name].cast(pl.String)
        at = {level: (texts == level).to_numpy() for level in levels}
        names += [
            (name, level, int(min((on & in_reference).sum(), (on & ~in_reference).sum()))) for level, on in at.items()
        ] or [(name, None, smaller)]
    rows = [
        (name, level, float(e), float(u), people)
        for (name, level, people), e, u in zip(names, explained, unexplained, strict=True)
    ]
    return pl.DataFrame(rows, schema=PARTS, orient="row")


def _rows(part: pl.DataFrame, covariates: Sequence[str], first: str, other: str) -> list[dict[str, object]]:
    """The rows of one comparison, or one marked row for each definition where it cannot be made."""
    pair = part.filter(pl.col("group").is_in([first, other])).with_columns(
        pl.col(c).cast(pl.Float64) if part.schema[c].is_numeric() else pl.col(c).cast(pl.String).fill_null(UNKNOWN)
        for c in covariates
    )
    used = _with_a_counterpart(pair.drop_nulls(list(covariates)), covariates)
    sizes = used["group"].value_counts()["count"].to_list()
    smaller = min(sizes) if len(sizes) > 1 else 0
    whole = {"covariate": ALL, "level": ALL}
    share = {"numerator": float(len(used)), "denominator": float(len(pair)), "people": len(pair)}
    rows: list[dict[str, object]] = [{"definition": "compared", **whole, **share}]
    sides = {"denominator": float(len(used)), "people": smaller}
    try:
        parts = oaxaca_blinder(used, outcome="outcome", group="group", reference=first, covariates=covariates)
    except (InputError, UsageError):
        x_values = {**whole, **sides, "marker": NOT_AVAILABLE}
        return [*rows, *({"definition": d, **x_values} for d in ("gap", "explained", "unexplained"))]
    totals = {d: float(parts[d].sum()) for d in ("explained", "unexplained")}
    for definition, value in {"gap": sum(totals.values()), **totals}.items():
        rows.append({"definition": definition, **whole, **sides, "value": value})
    for covariate, level, explained, unexplained, people in _shown_alone(parts).rows():
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
    sparse = (pl.col("people") < LEAST).any().over("covariate") & pl.col("level").is_not_null()
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


Term = tuple[str, int, list[str]]  # a covariate, its first column in the design, its levels (none for a number)


def _design(data: pl.DataFrame, covariates: Sequence[str]) -> tuple[Array, list[Term]]:
    """Intercept, numbers, and an indicator of every level but the first."""
    columns, terms = [np.ones(len(data))], list[Term]()
    for name in covariates:
        place = len(columns)
        if data.schema[name].is_numeric():
            columns.append(data[name].cast(pl.Float64).to_numpy())
            terms.append((name, place, []))
            continue
        text = data[name].cast(pl.String)
        levels = text.unique().sort().to_list()
        columns += [(text == level).cast(pl.Float64).to_numpy() for level in levels[1:]]
        terms.append((name, place, levels))
    return np.column_stack(columns), terms


def _fitted(design: Array, y: Array) -> Array:
    size = np.sqrt((design**2).sum(axis=0))
    scaled = design / np.where(size > 0, size, 1.0)  # columns of one length, so that rank does not depend on units
    if len(y) <= design.shape[1] or np.linalg.matrix_rank(scaled) < design.shape[1]:
        raise InputError(
            "{people} people of a group cannot tell {coefficients} coefficients apart",
            hint="take fewer covariates, merge rare categories, or leave out what one group lacks",
            people=len(y),
            coefficients=design.shape[1],
        )
    return np.asarray(np.linalg.lstsq(scaled, y, rcond=None)[0] / size, dtype=np.float64)


def _normalised(fit: Array, terms: Sequence[Term]) -> Array:
    """Coefficients of the intercept and of every term, levels as deviations from their mean, the first (0) among them."""
    intercept, out = float(fit[0]), []
    for _, place, levels in terms:
        if not levels:
            out.append(fit[place : place + 1])
            continue
        full = np.concatenate([[0.0], fit[place : place + len(levels) - 1]])
        intercept += float(full.mean())
        out.append(full - full.mean())
    return np.concatenate([[intercept], *out])


def _shares(design: Array, terms: Sequence[Term]) -> Array:
    """The design with an indicator of every level, the first among them."""
    out = [design[:, :1]]
    for _, place, levels in terms:
        if not levels:
            out.append(design[:, place : place + 1])
            continue
        rest = design[:, place : place + len(levels) - 1]
        out += [1 - rest.sum(axis=1, keepdims=True), rest]
    return np.column_stack(out)
