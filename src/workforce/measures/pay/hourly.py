"""Hourly pay of the people in post on a day, one row a person and organisation, and why somebody's cannot be used."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.book.constants import WEEKS_IN_A_YEAR
from workforce.measures.presence import employed, observed, timeline
from workforce.records import Records

OUTLYING: Final = 25  # times the median of all, either way: a month, an hour or pence entered for a year in pounds

_NEARLY: Final = 1 - 1e-12  # 25 times, whatever the last bit of a division makes of it

NO_PAY: Final = "no pay recorded"
NO_HOURS: Final = "no full-time hours recorded"
NOTHING: Final = "pay of 0 or less"
TOO_HIGH: Final = f"pay of {OUTLYING} times the median or more"
TOO_LOW: Final = f"pay of a {OUTLYING}th of the median or less"
FAULTS: Final = (NO_PAY, NO_HOURS, NOTHING, TOO_HIGH, TOO_LOW)

NOBODY_IN_POST: Final = "no employed staff are in post on the date"
NOT_COVERED: Final = "no organisation's records cover the date"

Frame = pl.DataFrame | pl.LazyFrame
_PAY: Final = ("annual_pay", "supplement", "full_time_hours")


def hourly_staff(assignments: Frame, day: date, *, columns: Sequence[str]) -> pl.DataFrame:
    """Employed staff in post on the day: organisation, person_id, the columns, basic, hourly_supplement, hourly, fault, covered.

    basic: annual pay / 52.143 / full-time hours; hourly_supplement: the same of the supplement (none recorded = none paid); hourly: both.
    All three are null where there is a `fault`, which says why; pay of 25 times the median of all staff of the frame in post on the day or
    more, or of a 25th of it or less, is an entry in the wrong unit. A person with several posts counts under the one with the largest
    FTE, then the earliest. covered: whether the organisation's records cover the day.

    >>> staff = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["A", "B"], "start_date": [date(2022, 1, 1)] * 2, "fte": [1.0] * 2,
    ...                       "annual_pay": [38585.82, 0.0], "full_time_hours": [37.0] * 2})
    >>> hourly_staff(staff, date(2023, 3, 31), columns=[]).select(pl.col("hourly").round(2), "fault").rows()
    [(20.0, None), (None, 'pay of 0 or less')]
    """
    carried = [c for c in dict.fromkeys([*columns, *_PAY]) if c not in ("organisation", "person_id")]
    recorded = assignments.lazy().collect_schema().names()
    ready = assignments.lazy().with_columns(pl.lit(None, pl.Float64).alias(c) for c in _PAY if c not in recorded)
    # A pay figure may itself be a column that is grouped by: it is then carried as it is, and used under a name of its own.
    in_post = timeline(employed(ready, columns=carried), columns=carried).filter(
        (pl.col("first") <= day) & (pl.col("last") >= day)
    )
    records = observed(assignments).select(
        "organisation",
        covered=~((pl.col("observed_from") > day) | (pl.col("observed_to") < day)).fill_null(value=False),
    )
    paid = in_post.with_columns(
        basic=_by_the_hour(pl.col("annual_pay")), extra=_by_the_hour(pl.col("supplement").fill_null(0.0))
    )
    usual = paid.filter(pl.col("basic") > 0)["basic"].median()
    sound = pl.col("fault").is_null()
    return (
        paid.with_columns(fault=_fault(usual if isinstance(usual, float) else 0.0))
        .with_columns(basic=pl.when(sound).then("basic"), extra=pl.when(sound).then("extra"))
        .with_columns(hourly=pl.col("basic") + pl.col("extra"))
        .join(records, on="organisation", how="left", maintain_order="left")
        .select(
            *dict.fromkeys(["organisation", "person_id", *columns]),
            "basic",
            pl.col("extra").alias("hourly_supplement"),
            "hourly",
            "fault",
            "covered",
        )
        .sort("organisation", "person_id")
    )


def pay_not_recorded(records: Records) -> str | None:
    """Return why no hourly pay can be worked out for anybody, as a sentence without its full stop, or None.

    A column in which every cell is empty is not recorded either: `load_area` gives every table all its columns.

    >>> pay_not_recorded(Records(assignments=pl.DataFrame({"annual_pay": [30_000.0], "full_time_hours": [None]})))
    'the full-time hours of staff are not recorded'
    """
    staff = records.assignments.lazy()
    columns = staff.collect_schema().names()
    sentences = {
        "annual_pay": "the annual pay of staff is not recorded",
        "full_time_hours": "the full-time hours of staff are not recorded",
    }
    counts = staff.select(pl.col(c).count() for c in sentences if c in columns).collect()
    return next((words for c, words in sentences.items() if c not in counts.columns or not counts[c].item()), None)


def nobody_compared(staff: pl.DataFrame, left_out: Sequence[str]) -> str | None:
    """Return why nobody of the staff in post on a day can be compared, as a sentence without its full stop, or None.

    staff: as `hourly_staff` returns them; left_out: the organisations whose records do not cover the day.
    """
    if staff.is_empty():
        return NOBODY_IN_POST
    covered = staff.filter(~pl.col("organisation").is_in(list(left_out)))
    return NOT_COVERED if covered.is_empty() else None


def _by_the_hour(pounds: pl.Expr) -> pl.Expr:
    # Divided once, by a column: polars divides a column by a number in two ways, whose last bits depend on the order of the rows.
    return pounds / (pl.col("full_time_hours") * WEEKS_IN_A_YEAR)


def _fault(usual: float) -> pl.Expr:
    return (
        pl.when(pl.col("annual_pay").is_null())
        .then(pl.lit(NO_PAY))
        .when(pl.col("annual_pay") <= 0)
        .then(pl.lit(NOTHING))
        .when((pl.col("full_time_hours") > 0).fill_null(value=False).not_())
        .then(pl.lit(NO_HOURS))
        .when(pl.col("basic") >= OUTLYING * usual * _NEARLY)
        .then(pl.lit(TOO_HIGH))
        .when(pl.col("basic") * OUTLYING * _NEARLY <= usual)
        .then(pl.lit(TOO_LOW))
    )
