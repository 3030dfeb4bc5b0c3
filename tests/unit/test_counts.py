"""What organisations count themselves, as measure tables: what adds up, what is never added, what is marked."""

from datetime import date

import polars as pl
import pytest

from workforce.definitions import counted, definition_of
from workforce.disclosure import release
from workforce.errors import InputError, UsageError, WorkforceError
from workforce.explain import explain
from workforce.measures.comparison.xmr import xmr
from workforce.measures.frame import REST
from workforce.measures.indicators.counts import counts_table
from workforce.measures.rolling.combine import combine

YEARS = [(date(2021, 4, 1), date(2022, 3, 31)), (date(2022, 4, 1), date(2023, 3, 31))]


def counts(*rows: tuple, **constants) -> pl.DataFrame:
    """Rows of organisation, locality, year (0 or 1), numerator, denominator."""
    return pl.DataFrame(
        [
            (o, constants.get("measure", "training_uptake"), "module completed", constants.get("unit", "%"),
             constants.get("over_time", "sum"), *YEARS[y], loc, n, d)
            for o, loc, y, n, d in rows
        ],
        schema={
            "organisation": pl.String,
            "measure": pl.String,
            "definition": pl.String,
            "unit": pl.String,
            "over_time": pl.String,
            "period_start": pl.Date,
            "period_end": pl.Date,
            "locality": pl.String,
            "numerator": pl.Float64,
            "denominator": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


TWO = counts(
    ("council", "North", 1, 30.0, 40.0),
    ("council", "South", 1, 10.0, 40.0),
    ("trust", "North", 1, 20.0, 20.0),
)


def test_a_share_has_wilson_limits_and_its_denominator_as_people():
    table = counts_table(TWO)
    assert table.columns == ["measure", "definition", "organisation", *REST]
    assert table.select("organisation", "numerator", "denominator", "people", "value", "method").rows() == [
        ("council", 40.0, 80.0, 80, 50.0, "Wilson"),
        ("trust", 20.0, 20.0, 20, 100.0, "Wilson"),
    ]


def test_localities_and_organisations_are_shown_or_summed_as_asked():
    assert counts_table(TWO, by=["organisation", "locality"])["value"].to_list() == [75.0, 25.0, 100.0]
    assert counts_table(TWO, by="locality").select("locality", "value").rows() == [
        ("North", pytest.approx(100 * 50 / 60)),
        ("South", 25.0),
    ]
    assert counts_table(TWO, by=[])["value"].item() == 60.0
    assert combine(counts_table(TWO))["value"].item() == 60.0


def test_an_organisations_own_total_and_its_localities_are_never_added_together():
    both = pl.concat([TWO, counts(("council", None, 1, 45.0, 90.0))])
    table = counts_table(both)
    assert table.filter(pl.col("organisation") == "council")["denominator"].item() == 90.0
    assert counts_table(both, by=[])["denominator"].item() == 110.0
    assert counts_table(both, by=["organisation", "locality"]).height == 3


def test_who_counts_a_measure_but_not_for_the_period_is_left_out_by_name():
    gap = pl.concat([TWO, counts(("council", "North", 0, 5.0, 10.0), ("trust", "North", 0, None, 20.0))])
    earlier = counts_table(gap, by=[]).filter(pl.col("period_start") == YEARS[0][0]).row(0, named=True)
    assert (earlier["numerator"], earlier["denominator"]) == (5.0, 10.0)
    assert earlier["left_out"] == ["South", "trust"]
    marked = counts_table(gap).filter((pl.col("organisation") == "trust") & (pl.col("period_start") == YEARS[0][0]))
    assert marked.select("value", "people", "marker").row(0) == (None, None, "x")


def test_a_share_of_more_than_all_is_marked_and_not_shown():
    table = counts_table(counts(("council", None, 0, 50.0, 40.0), ("council", None, 1, 30.0, 40.0)))
    assert table.select("value", "marker").rows() == [(None, "x"), (75.0, None)]


def test_a_plain_count_of_people_is_its_own_people_and_adds_up_over_time():
    table = counts_table(
        counts(("council", None, 0, 50.0, None), ("council", None, 1, 40.0, None), measure="trained", unit="people")
    )
    assert table.select("value", "people", "denominator").rows() == [(50.0, 50, None), (40.0, 40, None)]
    assert combine(table, over=("period",))["value"].item() == 90.0


def test_a_count_rolls_over_time_as_its_rows_say():
    never = counts_table(
        counts(("council", None, 0, 5.0, 10.0), ("council", None, 1, 5.0, 10.0), measure="aware", over_time="never")
    )
    with pytest.raises(UsageError, match="never rolls up over time"):
        combine(never, over=("period",))
    mean = counts_table(
        counts(
            ("council", None, 0, 10.0, None),
            ("council", None, 1, 20.0, None),
            measure="open",
            unit="people",
            over_time="mean",
        )
    )
    assert combine(mean, over=("period",))["value"].item() == pytest.approx(15.0)


def test_a_percentage_without_its_counts_never_rolls_up_and_is_withheld_from_a_board():
    bare = counts_table(counts(("council", None, 1, 45.0, None), ("trust", None, 1, 55.0, None), measure="satisfied"))
    assert bare["value"].to_list() == [45.0, 55.0]
    assert bare["people"].to_list() == [None, None]
    with pytest.raises(UsageError, match="never rolls up"):
        combine(bare)
    assert release(bare).frame["marker"].to_list() == ["c", "c"]


def test_counts_of_people_are_controlled_and_counts_of_what_has_nobody_behind_it_are_not():
    few = counts(("council", None, 1, 3.0, 12.0), measure="employers_reached")
    assert release(counts_table(few)).frame["marker"].item() == "c"
    shown = release(counts_table(few, kinds={"employers_reached": "posts"})).frame
    assert shown.select("numerator", "value", "marker").row(0) == (3.0, 25.0, None)


def test_counts_are_judged_by_xmr_and_explained_like_any_measure():
    series = pl.concat(
        counts(("council", None, 1, 20.0 + i % 3, 40.0), measure="monthly").with_columns(
            period_start=pl.date(2021 + i // 12, i % 12 + 1, 1), period_end=pl.date(2021 + i // 12, i % 12 + 1, 28)
        )
        for i in range(14)
    )
    judged = xmr(counts_table(series), improvement="higher")
    assert judged["centre"].n_unique() == 1
    assert judged["variation"].unique().to_list() == ["no significant change"]
    assert "module completed" in str(explain("monthly"))


@pytest.mark.parametrize("column", ["unit", "over_time"])
def test_rows_that_disagree_about_a_measure_are_refused(column):
    other = counts(("trust", None, 0, 1.0, 2.0), **{column: {"unit": "people", "over_time": "never"}[column]})
    with pytest.raises(InputError, match=column):
        counts_table(pl.concat([TWO, other]))


def test_a_measure_of_the_book_cannot_be_counted_by_another_rule():
    before = definition_of("turnover", "nhs")
    with pytest.raises(UsageError, match="another rule"):
        counted("turnover", "nhs", "%", "sum", out_of=True)
    assert definition_of("turnover", "nhs") is before


@pytest.mark.parametrize(("frame", "by"), [(TWO.drop("unit"), ()), (TWO, "team"), (TWO.clear(), ())])
def test_what_cannot_be_shown_is_refused(frame, by):
    with pytest.raises(WorkforceError):
        counts_table(frame, by=by)


def test_the_callers_frame_stays_and_the_order_of_rows_changes_nothing():
    before = TWO.clone()
    assert counts_table(TWO.reverse().lazy()).equals(counts_table(TWO))
    assert before.equals(TWO)


@pytest.mark.parametrize("unit", ["employers", "schools", "sessions"])
def test_what_the_unit_says_is_nobody_is_not_withheld(unit):
    three = counts(("council", None, 1, 3.0, None), measure=f"{unit}_reached", unit=unit)
    assert release(counts_table(three)).frame.select("value", "marker").row(0) == (3.0, None)
