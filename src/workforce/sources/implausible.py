"""What was kept of a file although it can hardly be right: sentences for notices, with counts and row numbers, never a cell."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Final

import polars as pl

from workforce.schemas import ENDS, STARTS
from workforce.sources.known_words import plain_form

_ROW: Final = "row"
_EXAMPLES: Final = 5
# Years after the end of the records up to which an end is a date that may come: of a contract, or of a budget.
YEARS_AHEAD: Final = 6
# The day of a row where a table has no first day.
_DAY: Final = STARTS | {
    "milestones": "received_date",
    "hours": "period_start",
    "exits": "leaving_date",
    "pay_items": "date",
    "counts": "period_start",
}
# What a row is called that adds up others; "total communication" is a way of working with children.
_TOTAL: Final = r"^((grand|sub|overall)_?)?totals?$|_totals?$|^sum$|^overall$"
_ALL_ROLES: Final = r"^all(_(roles|posts|staff))?$"
_NAMES: Final = ("role", "team", "locality", "grade", "staff_group")
_FEWEST_PARTS: Final = 2
_LARGE_BLOCK: Final = 0.4  # of an establishment, in one row of several
_FEWEST_ROWS: Final = 5


def implausible_sentences(
    table: str, kept: pl.DataFrame, *, latest: date, respelled: Collection[str] = ()
) -> Iterator[str]:
    """Return what can hardly be right in the kept rows of a file.

    Parameters
    ----------
    table : str
        The table of the file.
    kept : polars.DataFrame
        Its kept rows, with their numbers as `row`.
    latest : date
        The last day that the organisation's records cover.
    respelled : collection of str
        Names of localities that `respelled_localities` returned.

    Yields
    ------
    str
        A sentence without its full stop.

    Examples
    --------
    >>> rows = pl.DataFrame({"row": [2, 3], "start_date": [date(2020, 1, 1), date(2032, 1, 1)], "end_date": [None, None]})
    >>> for sentence in implausible_sentences("absences", rows, latest=date(2023, 3, 31)):
    ...     print(sentence)
    start_date is after 2023-03-31, beyond the records, in 1 rows (rows such as 3): they count in no period before it
    """
    yield from _about_days(table, kept, latest)
    if table == "posts":
        yield from _about_posts(kept.filter((pl.col("end_date") >= latest).fill_null(value=True)))
    if table == "counts":
        yield from _about_counts(kept)
    yield from _about_localities(kept, respelled)


def _about_days(table: str, kept: pl.DataFrame, latest: date) -> Iterator[str]:
    column, end = _DAY.get(table, ""), ENDS.get(table, "")
    if column in kept.columns:
        late = kept.filter(pl.col(column) > latest)
        if late.height:
            yield (
                f"{column} is after {latest:%Y-%m-%d}, beyond the records, in {late.height:,} rows ({_such_as(late)}): they count in "
                "no period before it"
            )
    if end in kept.columns:
        # A contract and a budget have an end that is to come; what is over has none.
        years = YEARS_AHEAD if table in ("assignments", "posts", "pay_scales") else 0
        late = kept.filter(pl.col(end) > pl.lit(latest).dt.offset_by(f"{years}y"))
        if late.height:
            ahead = f"more than {years} years " if years else ""
            yield (
                f"{end} is {ahead}after {latest:%Y-%m-%d}, beyond the records, in {late.height:,} rows ({_such_as(late)}): they count "
                "as open until then"
            )


def _about_posts(kept: pl.DataFrame) -> Iterator[str]:
    names = [plain_form(pl.col(c)).str.contains(_TOTAL) for c in _NAMES if c in kept.columns]
    totals = kept.filter(pl.any_horizontal(*names, plain_form(pl.col("role")).str.contains(_ALL_ROLES)))
    if totals.height:
        yield (
            f"{totals.height:,} rows are called a total ({_such_as(totals)}): they count as posts of their own; leave them out of "
            "the file"
        )
    others = kept.join(totals, on=_ROW, how="anti")
    sums = others.filter(pl.len() > _FEWEST_PARTS, _is_sum_of_others("funded_fte"))
    if sums.height:
        yield (
            f"the funded_fte of {sums.height:,} rows is the sum of all other rows ({_such_as(sums)}): a total counts as posts of its "
            "own; leave it out of the file"
        )
    large = others.join(sums, on=_ROW, how="anti").filter(
        pl.len() >= _FEWEST_ROWS, pl.col("funded_fte") > _LARGE_BLOCK * pl.col("funded_fte").sum()
    )
    if large.height:
        yield (
            f"{large.height:,} rows hold more than {_LARGE_BLOCK:.0%} of the funded FTE of the file ({_such_as(large)}): check that "
            "they are posts and not a total"
        )


def _about_counts(kept: pl.DataFrame) -> Iterator[str]:
    numbers = [pl.col(c) for c in ("numerator", "denominator") if c in kept.columns]
    above = numbers[0] > numbers[-1]
    share = pl.col("unit").str.starts_with("%")
    impossible = kept.filter(share, pl.any_horizontal(above, *(number < 0 for number in numbers)))
    if impossible.height:
        yield (
            f"{impossible.height:,} rows have a negative count, or one above what it is counted out of ({_such_as(impossible)}): they are "
            "not used"
        )
    names = (
        kept.filter(plain_form(pl.col("locality")).str.contains(f"{_TOTAL}|^all$"))
        if "locality" in kept.columns
        else kept.clear()
    )
    if names.height:
        yield (
            f"{names.height:,} rows have a locality that is called a total ({_such_as(names)}): they are added to the localities; "
            "leave the locality of a total empty"
        )
    if "locality" not in kept.columns:
        return
    of_one = ["measure", "definition", "period_start", "period_end"]
    sums = kept.join(names, on=_ROW, how="anti").filter(
        pl.col("locality").is_not_null(),
        (pl.len() > _FEWEST_PARTS).over(of_one),
        _is_sum_of_others("numerator").over(of_one),
    )
    if sums.height:
        yield (
            f"the numerator of {sums.height:,} rows is the sum of all other localities ({_such_as(sums)}): a total is added to them; "
            "leave its locality empty"
        )


def _is_sum_of_others(column: str) -> pl.Expr:
    total = pl.col(column).sum()
    return (pl.col(column) > 0) & ((2 * pl.col(column) - total).abs() < 1e-6 * total)


def _about_localities(kept: pl.DataFrame, respelled: Collection[str]) -> Iterator[str]:
    if "locality" not in kept.columns:
        return
    names = kept.filter(pl.col("locality").is_in(list(respelled)))["locality"].n_unique()
    if names:
        yield (
            f"{names:,} names of localities differ from another name of the area in capitals, spaces or hyphens alone, and count as "
            "different localities: list the area's names in localities of the area, and they are matched"
        )


def respelled_localities(tables: Iterable[pl.DataFrame]) -> list[str]:
    """Return the names of localities that differ from another one in capitals, spaces or hyphens alone, in any table.

    Parameters
    ----------
    tables : iterable of polars.DataFrame
        The rows of all tables; names that the settings list are already the listed ones.

    Returns
    -------
    list of str
        All spellings, in alphabetical order.

    Examples
    --------
    >>> respelled_localities([pl.DataFrame({"locality": ["North Vale", "South"]}), pl.DataFrame({"locality": ["north-vale"]})])
    ['North Vale', 'north-vale']
    """
    schema = {"locality": pl.String()}
    columns = [table.select("locality").drop_nulls() for table in tables if "locality" in table.columns]
    names = pl.concat([pl.DataFrame(schema=schema), *columns]).unique()
    return names.filter(plain_form(pl.col("locality")).is_duplicated())["locality"].sort().to_list()


def _such_as(rows: pl.DataFrame) -> str:
    return "rows such as " + ", ".join(str(number) for number in rows[_ROW].sort().head(_EXAMPLES))
