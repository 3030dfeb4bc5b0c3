"""The two-fold Blinder-Oaxaca decomposition of the difference between the mean outcomes of two groups.

Explained and unexplained add up to the gap exactly. What each category contributes does not depend on which one a regression leaves out.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from workforce.errors import InputError, UsageError
from workforce.frames import Array, Frame, eager, need

INTERCEPT: Final = "intercept"
PARTS: Final = {
    "covariate": pl.String(),
    "level": pl.String(),
    "explained": pl.Float64(),
    "unexplained": pl.Float64(),
    "people": pl.Int64(),
}

Term = tuple[str, int, list[str]]  # a covariate, its first column in the design, its levels (none for a number)


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
    coefficients_reference, coefficients_other = (
        _fitted(design[in_reference], y[in_reference]),
        _fitted(design[~in_reference], y[~in_reference]),
    )
    pooled = _fitted(np.column_stack([design, in_reference.astype(np.float64)]), y)[:-1]
    coefficients = [_normalised(fit, terms) for fit in (coefficients_reference, coefficients_other, pooled)]
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
        indicators = design[:, place : place + len(levels) - 1]
        out += [1 - indicators.sum(axis=1, keepdims=True), indicators]
    return np.column_stack(out)
