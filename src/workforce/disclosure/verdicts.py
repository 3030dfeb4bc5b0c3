"""What a release says of changes and differences: verdicts of tests on the exact figures of the rows that it shows, and no number.

A verdict of a change is said only where the printed figures show it, too. What a page leads with, the latest period of each table, is
corrected for how many such tests were released together.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from workforce.disclosure.released import VERDICT_COLUMNS
from workforce.measures.difference import (
    ABOVE,
    BELOW,
    DIFFER,
    FELL,
    HIGHER,
    LOWER,
    ONE_ANOTHER,
    PERIOD,
    PLACE,
    PLACE_COMPARED,
    ROSE,
    SAME,
    THE_REST,
    UNCLEAR,
    group_differences,
    is_of_groups,
    period_differences,
)
from workforce.results import FIRST, PERIOD_COLUMNS, Differences, Forecast, MeasureTable, Result, Summary
from workforce.stats.differences import LEVEL, corrected

_UP: Final = (ROSE, HIGHER)
_DOWN: Final = (FELL, LOWER)
# No group is called so.
_PRINTED, _PRINTED_BEFORE, _LATEST, _LEADS, _P, _TEST = (
    "printed",
    "printed before",
    "latest period",
    "leads a page",
    "p that counts",
    "test of groups",
)


def verdicts_of(exact: Mapping[str, Result], shown: Mapping[str, Result]) -> dict[str, pl.DataFrame]:
    """Return the verdicts of each measure table of a release.

    Parameters
    ----------
    exact : mapping of str to Result
        The results before the rule.
    shown : mapping of str to Result
        The same as the rule shows them, row by row in the same order; no rows of a table that is left out.

    Returns
    -------
    dict of str to polars.DataFrame
        For each measure table a row for each comparison of two rows that are shown: `measure`, `definition`, the groups, the period,
        `over` ("period" or a group column), what it is compared with, `verdict`, and `leading_verdict` for the latest period: the same
        after correction for all that the page can lead with. Of groups: whether they differ, and the one that differs most.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.stats.rates import measure_table
    >>> years = {"period_start": [date(2021, 4, 1), date(2022, 4, 1)], "period_end": [date(2022, 3, 31), date(2023, 3, 31)]}
    >>> sides = pl.DataFrame({**years, "numerator": [60.0, 90.0], "denominator": [500.0, 500.0], "people": 500})
    >>> table = measure_table(sides, "turnover", "average", by=[])
    >>> verdicts_of({"a": table}, {"a": table})["a"].select("compared_with", "verdict", "leading_verdict").row(0)
    ('1 April 2021 to 31 March 2022', 'rose', 'rose')
    """
    compared = {
        name: _compared(table if len(released) else table.filter(pl.lit(value=False)), released)
        for name, table in exact.items()
        if isinstance(table, MeasureTable)
        and not isinstance(table, Summary | Forecast)
        and isinstance(released := shown[name], MeasureTable)
    }
    # One figure in two tables of a page counts twice: the correction is then a little too careful.
    page_p = pl.concat([frame[_P] for frame in compared.values()]) if compared else pl.Series(_P, [], dtype=pl.Float64)
    # The group that differs most stands or falls with the test of all of them, which is the row before it.
    p_values = pl.Series(_P, corrected(page_p.fill_null(float("nan")).to_numpy()))
    p_values = pl.select(pl.when(page_p.is_not_null()).then(p_values).forward_fill()).to_series()
    verdicts = {}
    start = 0
    for name, frame in compared.items():
        p = p_values.slice(start, len(frame))
        start += len(frame)
        clear = pl.col("verdict").replace(UNCLEAR)
        verdicts[name] = frame.with_columns(p.alias(_P)).select(
            *FIRST,
            *exact[name].groups,
            *PERIOD_COLUMNS,
            *[c for c in VERDICT_COLUMNS if c != "leading_verdict"],
            leading_verdict=pl.when(_LEADS).then(pl.when(pl.col(_P) >= LEVEL).then(clear).otherwise("verdict")),
        )
    return verdicts


def released_differences(result: Differences, shown: MeasureTable) -> Differences:
    """Return the verdicts of a comparison whose rows are shown, without its figures.

    Parameters
    ----------
    result : Differences
        The comparison.
    shown : MeasureTable
        The rows that were compared, as the rule shows them.
    """
    keys = [*FIRST, *result.groups, *PERIOD_COLUMNS]
    frame = result.frame
    printed = shown.frame.select(*keys, pl.col("value").alias(_PRINTED)).unique(keys, keep="none")
    if result.over == PERIOD:
        columns = {
            **dict(zip(PERIOD_COLUMNS, ("compared_start", "compared_end"), strict=True)),
            _PRINTED: _PRINTED_BEFORE,
        }
        before = printed.rename(columns)
        open_rows = (
            frame.join(printed.drop_nulls(_PRINTED), on=keys, nulls_equal=True, maintain_order="left")
            .join(
                before.drop_nulls(_PRINTED_BEFORE),
                on=[c for c in before.columns if c != _PRINTED_BEFORE],
                nulls_equal=True,
                maintain_order="left",
            )
            .with_columns(verdict=_as_printed())
        )
    else:  # a group is compared with all the others
        of_period = [c for c in keys if c != result.over]
        hidden = printed.filter(pl.col(_PRINTED).is_null()).select(of_period).unique()
        open_rows = frame.join(hidden, on=of_period, how="anti", nulls_equal=True, maintain_order="left")
    return result._with(open_rows.select(*keys, "compared_with", "compared_start", "compared_end", "verdict"))


def _as_printed() -> pl.Expr:
    """The verdict of a change, unless the printed figures contradict it: 14 and 16 of 100 are both printed as 15%."""
    moved = pl.col(_PRINTED) - pl.col(_PRINTED_BEFORE)
    contradicted = (pl.col("verdict").is_in(_UP) & (moved <= 0)) | (pl.col("verdict").is_in(_DOWN) & (moved >= 0))
    return pl.when(contradicted).then(pl.lit(SAME)).otherwise("verdict")


def _compared(table: MeasureTable, released: MeasureTable) -> pl.DataFrame:
    """All comparisons of the rows that are shown, whether the page can lead with them, and the p values that then count."""
    printed = released.frame["value"]
    exact = _in_order_of(table, released)
    exact = exact._with(exact.frame.with_columns(value=pl.when(printed.is_not_null()).then(pl.col("value"))))
    material = table._provenance.material
    columns = [c for c in table.groups if any(is_of_groups(book, c) for book in table.definitions)]
    frame = pl.concat(
        [
            period_differences(exact, material).with_columns(over=pl.lit(PERIOD)),
            *(_of_all_and_most(group_differences(exact, c, material)).with_columns(over=pl.lit(c)) for c in columns),
        ]
    )
    places = pl.DataFrame({PLACE: pl.int_range(len(printed), eager=True, dtype=pl.UInt32), _PRINTED: printed})
    before = places.rename({PLACE: PLACE_COMPARED, _PRINTED: _PRINTED_BEFORE})
    latest = table.frame.group_by(FIRST).agg(pl.col("period_end").max().alias(_LATEST))
    frame = (
        frame.join(places, on=PLACE, how="left", maintain_order="left")
        .join(before, on=PLACE_COMPARED, how="left", maintain_order="left")
        .join(latest, on=list(FIRST), how="left", maintain_order="left")
    )
    both_shown = pl.col(_PRINTED).is_not_null() & pl.col(_PRINTED_BEFORE).is_not_null()
    frame = frame.filter((pl.col("over") != PERIOD) | both_shown)
    leads = pl.col("period_end").eq_missing(pl.col(_LATEST))
    is_group = pl.col("compared_with") == THE_REST
    return frame.with_columns(
        verdict=_as_printed(),
        **{
            _LEADS: leads,
            _P: pl.when(~is_group).then(pl.when(leads).then("p_value").fill_null(float("nan"))),
        },
    )


def _of_all_and_most(differences: pl.DataFrame) -> pl.DataFrame:
    """For each period the verdict on all groups and, where they differ, the group that does most."""
    test = (differences["compared_with"] == ONE_ANOTHER).cum_sum().alias(_TEST)
    in_tests = differences.with_columns(test)
    differ = pl.col("verdict").first().over(_TEST) == DIFFER
    group_p = pl.when(pl.col("compared_with") == THE_REST).then("p_value")
    chosen = (pl.col("compared_with") == ONE_ANOTHER) | (
        differ
        & group_p.is_not_null()
        & (group_p.rank("ordinal").over(_TEST) == 1)
        & pl.col("verdict").is_in((ABOVE, BELOW))
    )
    return in_tests.filter(chosen).drop(_TEST)


def _in_order_of(table: MeasureTable, released: MeasureTable) -> MeasureTable:
    """The exact rows in the order of the released ones, which are one definition after the other."""
    keys = [*FIRST, *PERIOD_COLUMNS]
    if table.frame.select(keys).equals(released.frame.select(keys)):
        return table
    return table._with(pl.concat(table.frame.partition_by(*FIRST, maintain_order=True)))
