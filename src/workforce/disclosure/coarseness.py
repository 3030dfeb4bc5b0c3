"""How coarse a table has to be for a page: series by the finest step with a mean of 12, and no table of which much is withheld.

Of a table of which more than a fifth would be withheld the organisations are put together where they can be; else it is left out, with one
line that says so. A single figure, or that of up to three years side by side, stays: `[c]` says all there is to say of it.

Source: this project's measure book, "Disclosure", "Breakdowns".
"""

from collections.abc import Iterable
from typing import Final

import polars as pl

from workforce.book import Definition, measure_book
from workforce.disclosure.primary import private_columns
from workforce.disclosure.rules import MOST_WITHHELD, WITHHELD
from workforce.disclosure.small_bodies import MOST_YEARS, NEARLY_A_YEAR
from workforce.errors import UsageError
from workforce.measures.combine import combine
from workforce.results import (
    EXACT_COLUMNS,
    FIRST,
    PERIOD_COLUMNS,
    Curve,
    Forecast,
    Incidence,
    MeasureTable,
    Result,
    Summary,
)

FEWEST_OF_A_STEP: Final = 12  # measure book: the mean count of a month, quarter or year by which a series is drawn
FEW_EVENTS: Final = (
    f"its months or quarters count fewer than {FEWEST_OF_A_STEP} on average, so that only the last is shown"
)
LEFT_OUT: Final = "of what is left out"  # how the reason begins where only some definitions of a table are left out
ALL_TOGETHER: Final = "for all organisations together"
IS_WITHHELD, _HAD_FIGURE, _ALIKE, _PLACE = (
    "is withheld",
    "had a figure",
    "are alike",
    "place of a verdict",
)  # no group column is called so
_SHORTEST_STEP: Final = 27  # days: what is shorter than a month is a day, on which nothing is counted over time


def is_too_fine(result: Result) -> bool:
    """Whether a series counts fewer than 12 in its months or quarters on average, so that a coarser step is to be shown.

    Counts are those of people and cases that add up over time; of a share, those that it is a share of. Years are never too fine.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.stats.rates import measure_table
    >>> months = {"period_start": [date(2023, 1, 1), date(2023, 2, 1)], "period_end": [date(2023, 1, 31), date(2023, 2, 28)]}
    >>> counted = lambda *leavers: measure_table(pl.DataFrame({**months, "numerator": leavers}), "leavers", "left", by=[])
    >>> is_too_fine(counted(10.0, 12.0)), is_too_fine(counted(11.0, 13.0))
    (True, False)
    """
    if not isinstance(result, MeasureTable) or isinstance(result, Summary | Forecast):
        return False
    start, end = (pl.col(c) for c in PERIOD_COLUMNS)
    days = (end - start).dt.total_days() + 1
    short = result.frame.filter(days.is_between(_SHORTEST_STEP, NEARLY_A_YEAR), pl.col("marker").is_null())
    for (measure, definition), rows in short.group_by(FIRST):
        column = _count_over_time(result.definition(str(measure), str(definition)))
        if column is None or rows[PERIOD_COLUMNS[1]].n_unique() == 1:
            continue
        mean = rows[column].mean()
        if isinstance(mean, float) and mean < FEWEST_OF_A_STEP:
            return True
    return False


def _count_over_time(book: Definition) -> str | None:
    """The column of the side of a definition that counts people or cases over time; None without one."""
    above, below = book.numerator, book.denominator
    if (
        below is not None
        and below.is_count
        and below.over_time == "sum"
        and (book.is_closed or book.limits == "Wilson")
    ):
        return "denominator"
    return "numerator" if above is not None and above.is_count and above.over_time == "sum" else None


def organisations_together(shown: Result, table: Result) -> MeasureTable | None:
    """A table by organisation with the organisations put together; None where too little is withheld for that, or they do not add up.

    Parameters
    ----------
    shown : Result
        The table as the rule shows it.
    table : Result
        The same before the rule.

    Examples
    --------
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"organisation": ["a", "b"], "numerator": [5.0, 20.0], "denominator": [50.0, 100.0], "people": [50, 100]})
    >>> table = measure_table(sides, "turnover", "nhs", by=["organisation"])
    >>> withheld = table.frame.with_columns(marker=pl.Series(["c", None]))
    >>> organisations_together(table._with(withheld), table).frame.select("numerator", "people").row(0)
    (25.0, 150)
    """
    if not isinstance(table, MeasureTable) or isinstance(table, Summary | Forecast):
        return None
    if "organisation" not in table.groups or not mostly_withheld(shown, table):
        return None
    try:
        rolled_up = combine(table, over=["organisation"])
    except UsageError:
        return None
    return _with_common_columns(rolled_up, table)


def _with_common_columns(rolled_up: MeasureTable, table: MeasureTable) -> MeasureTable | None:
    """The rolled-up rows with the columns that a measure added, such as provisional days; None where organisations differ in them."""
    added = [c for c in table.added if c not in EXACT_COLUMNS]
    keys = [*FIRST, *(c for c in rolled_up.groups if c in table.groups), *PERIOD_COLUMNS]
    common = table.frame.group_by(keys).agg(
        *(pl.col(c).drop_nulls().first() for c in added),
        pl.all_horizontal(pl.lit(value=True), *(pl.col(c).drop_nulls().n_unique() <= 1 for c in added)).alias(_ALIKE),
    )
    if not common[_ALIKE].all():
        return None
    frame = rolled_up.frame.join(common.drop(_ALIKE), on=keys, how="left", nulls_equal=True, maintain_order="left")
    return rolled_up._with(frame, added=[*rolled_up.added, *added])


def without_mostly_withheld(shown: Result, exact: Result, *, only_private: bool = False) -> Result:
    """Return what a page shows of a table: without the rows of definitions of which more than a fifth is withheld.

    Of a series the last period remains, unless that is a breakdown of which more than a fifth is withheld.

    Parameters
    ----------
    shown : Result
        The table as the rule shows it.
    exact : Result
        The same before the rule: what had no figure before is not withheld.
    only_private : bool
        Of a result by itself, which is no page, only where it is by reason or destination: what is left would tell too much.
    """
    if only_private and not private_columns(shown.groups):
        return shown
    if isinstance(shown, Incidence):
        return _left_out(shown, *_withheld_causes(shown), of="causes of leaving")
    if isinstance(shown, Curve):
        return _left_out(shown, *_withheld_groups(shown), of="groups")
    left_out = mostly_withheld(shown, exact)
    if not left_out:
        return shown
    latest = _latest_of(shown, list(left_out))
    without_latest = mostly_withheld(shown._with(latest), exact)
    frame = pl.concat([_without(shown.frame, left_out), _without(latest, without_latest)])
    sizes = dict.fromkeys(left_out.values())
    if len(left_out) == len(shown.frame.select(FIRST).unique()):
        reasons = ["too many of its figures would be withheld" for _ in sizes]
        return shown._with(frame, reasons=reasons if frame.is_empty() else [*shown.reasons, *reasons])
    names = {size: ", ".join(_short_name(*key) for key in left_out if left_out[key] == size) for size in sizes}
    reasons = [f"{LEFT_OUT} ({names[size]}), too many figures would be withheld" for size in sizes]
    return shown._with(frame, reasons=[*shown.reasons, *reasons])


def _without(frame: pl.DataFrame, definitions: Iterable[tuple[str, str]]) -> pl.DataFrame:
    pairs = pl.DataFrame(list(definitions), dict.fromkeys(FIRST, pl.String()), orient="row")
    return frame.join(pairs, on=FIRST, how="anti", maintain_order="left")


def _latest_of(shown: Result, definitions: list[tuple[str, str]]) -> pl.DataFrame:
    """The last period of the series of some definitions, where these have several periods: the figure remains, if not the series."""
    pairs = pl.DataFrame(definitions, dict.fromkeys(FIRST, pl.String()), orient="row")
    end = pl.col(PERIOD_COLUMNS[1])
    rows = shown.frame.join(pairs, on=FIRST, how="semi", maintain_order="left")
    return rows.filter((end == end.max().over(FIRST)) & (end.n_unique().over(FIRST) > 1))


def latest_alone(shown: Result) -> Result:
    """Return the last period of a series whose months or quarters count too few, of which no coarser step was given."""
    end = pl.col(PERIOD_COLUMNS[1])
    reasons = [*shown.reasons, FEW_EVENTS] if len(shown) else shown.reasons
    return shown._with(shown.frame.filter(end == end.max().over(FIRST)), reasons=reasons)


def verdicts_left(verdicts: pl.DataFrame, shown: Result) -> pl.DataFrame:
    """Return the verdicts on rows that are still shown, compared with rows that are."""
    if verdicts.is_empty() or not set(PERIOD_COLUMNS) <= set(shown.frame.columns):
        return verdicts
    rows = shown.frame.select(*FIRST, *PERIOD_COLUMNS).unique()
    compared = rows.rename({"period_start": "compared_start", "period_end": "compared_end"})
    on, earlier = [*FIRST, *PERIOD_COLUMNS], [*FIRST, "compared_start", "compared_end"]
    of_groups = verdicts["compared_end"].is_null()
    with_row = verdicts.with_row_index(_PLACE)
    still = with_row.filter(of_groups).join(rows, on=on, how="semi", nulls_equal=True)
    over_time = with_row.filter(~of_groups).join(rows, on=on, how="semi", nulls_equal=True)
    over_time = over_time.join(compared, on=earlier, how="semi", nulls_equal=True)
    return pl.concat([still, over_time]).sort(_PLACE).drop(_PLACE)


def _short_name(measure: str, definition: str) -> str:
    return measure_book().short.get((measure, definition), definition.replace("_", " "))


def mostly_withheld(shown: Result, exact: Result) -> dict[tuple[str, str], tuple[int, int]]:
    """Return, by definition, how many of how many figures are withheld, where these are more than a fifth of a breakdown or a series."""
    if not isinstance(shown, MeasureTable) or isinstance(shown, Forecast) or shown.frame.is_empty():
        return {}
    keys = [*FIRST, *shown.groups, *PERIOD_COLUMNS]
    had_figure = exact.frame.select(*keys, pl.col("value").is_not_null().alias(_HAD_FIGURE))
    rows = withheld_rows(shown).join(had_figure, on=keys, how="left", nulls_equal=True, maintain_order="left")
    with_figure = rows.filter(pl.col(_HAD_FIGURE).fill_null(value=True))
    numbers = {}
    for (measure, definition), figures in with_figure.group_by(FIRST, maintain_order=True):
        withheld = int(figures[IS_WITHHELD].sum())
        book = shown.definition(str(measure), str(definition))
        if withheld > MOST_WITHHELD * len(figures) and _is_breakdown(shown, book, figures):
            numbers[str(measure), str(definition)] = withheld, len(figures)
    return numbers


def withheld_rows(shown: MeasureTable) -> pl.DataFrame:
    """Return the rows of a released table with `IS_WITHHELD`: whether a row prints neither a figure nor a range, because of the rule."""
    frame = shown.frame
    has_range = pl.col("printed_high").is_not_null() if "printed_high" in frame.columns else pl.lit(value=False)
    is_withheld = (pl.col("marker") == WITHHELD).fill_null(value=False) & ~has_range
    return frame.select(*FIRST, *shown.groups, *PERIOD_COLUMNS, is_withheld.alias(IS_WITHHELD))


def _is_breakdown(table: MeasureTable, book: Definition, rows: pl.DataFrame) -> bool:
    """Whether rows of one definition break a figure down, or are a series of more than a few years.

    The steps of a path, and how many are in each band of a plain count, are figures of their own.
    """
    if private_columns(table.groups):
        return True
    bands = book.adds if isinstance(table, Summary) or book.denominator is None else ()
    return (
        any(c not in bands and rows[c].n_unique() > 1 for c in table.groups)
        or rows[PERIOD_COLUMNS[1]].n_unique() > MOST_YEARS
    )


def _withheld_groups(curve: Curve) -> tuple[int, int]:
    """Of how many groups of a life table no point is shown, and how many there are; 0 of them where at most a fifth."""
    if not curve.groups or curve.frame.is_empty():
        return 0, 1
    groups = curve.frame.group_by(curve.groups).agg(pl.col("value").is_not_null().any())
    return _if_many(groups.filter(~pl.col("value")).height, len(groups))


def _withheld_causes(incidence: Incidence) -> tuple[int, int]:
    """The same of the causes of leaving: one of which no block is full is a flat line at nothing."""
    frame = incidence.frame.drop_nulls("cause")
    if "marker" not in frame.columns or frame.is_empty():
        return 0, 1
    causes = frame.group_by([*incidence.groups, "cause"]).agg(pl.col("value").max())
    return _if_many(causes.filter(pl.col("value").fill_null(0.0) == 0).height, len(causes))


def _if_many(withheld: int, of: int) -> tuple[int, int]:
    return (withheld, of) if withheld > MOST_WITHHELD * of else (0, of)


def _left_out(result: Result, withheld: int, of_all: int, *, of: str) -> Result:
    if not withheld or withheld == of_all:  # where all is withheld the rows say so
        return result
    return result._with(result.frame.clear(), reasons=[f"too many {of} would be withheld"])
