"""What organisations count themselves, as measure tables: what adds up, what is never added, what is marked."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import MEASURE_BOOK, REST, definition_of
from workforce.errors import InputError, UsageError

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


def table(frame: pl.DataFrame | pl.LazyFrame, **options):
    return wf.counts.table(wf.Records(counts=frame), **options)


TWO = counts(
    ("council", "North", 1, 30.0, 40.0),
    ("council", "South", 1, 10.0, 40.0),
    ("trust", "North", 1, 20.0, 20.0),
)


def test_a_share_has_wilson_limits_and_its_denominator_as_people():
    result = table(TWO)
    assert result.frame.columns == ["measure", "definition", "organisation", *REST]
    assert result.groups == ("organisation",)
    assert result.frame.select("organisation", "numerator", "denominator", "people", "value", "method").rows() == [
        ("council", 40.0, 80.0, 80, 50.0, "Wilson"),
        ("trust", 20.0, 20.0, 20, 100.0, "Wilson"),
    ]


def test_localities_and_organisations_are_shown_or_summed_as_asked():
    assert table(TWO, by=["organisation", "locality"]).frame["value"].to_list() == [75.0, 25.0, 100.0]
    assert table(TWO, by="locality").frame.select("locality", "value").rows() == [
        ("North", pytest.approx(100 * 50 / 60)),
        ("South", 25.0),
    ]
    assert table(TWO, by=[]).frame["value"].item() == 60.0
    assert wf.combine(table(TWO)).frame["value"].item() == 60.0


def test_an_organisations_own_total_and_its_localities_are_never_added_together():
    both = pl.concat([TWO, counts(("council", None, 1, 45.0, 90.0))])
    assert table(both).frame.filter(pl.col("organisation") == "council")["denominator"].item() == 90.0
    assert table(both, by=[]).frame["denominator"].item() == 110.0
    assert len(table(both, by=["organisation", "locality"])) == 3


def test_who_counts_a_measure_but_not_for_the_period_is_left_out_by_name():
    gap = pl.concat([TWO, counts(("council", "North", 0, 5.0, 10.0), ("trust", "North", 0, None, 20.0))])
    earlier = table(gap, by=[]).frame.filter(pl.col("period_start") == YEARS[0][0]).row(0, named=True)
    assert (earlier["numerator"], earlier["denominator"]) == (5.0, 10.0)
    assert earlier["left_out"] == ["South", "trust"]
    marked = table(gap).frame.filter((pl.col("organisation") == "trust") & (pl.col("period_start") == YEARS[0][0]))
    assert marked.select("value", "people", "marker").row(0) == (None, None, "x")


def test_a_share_of_more_than_all_is_marked_and_not_shown():
    result = table(counts(("council", None, 0, 50.0, 40.0), ("council", None, 1, 30.0, 40.0)))
    assert result.frame.select("value", "marker").rows() == [(None, "x"), (75.0, None)]


def test_a_plain_count_of_people_is_its_own_people_and_adds_up_over_time():
    result = table(
        counts(("council", None, 0, 50.0, None), ("council", None, 1, 40.0, None), measure="trained", unit="people")
    )
    assert result.frame.select("value", "people", "denominator").rows() == [(50.0, 50, None), (40.0, 40, None)]
    assert wf.combine(result, over=("period",)).frame["value"].item() == 90.0


def test_a_count_rolls_over_time_as_its_rows_say():
    never = table(
        counts(("council", None, 0, 5.0, 10.0), ("council", None, 1, 5.0, 10.0), measure="aware", over_time="never")
    )
    with pytest.raises(UsageError, match="never rolls up over time"):
        wf.combine(never, over=("period",))
    mean = table(
        counts(
            ("council", None, 0, 10.0, None),
            ("council", None, 1, 20.0, None),
            measure="open",
            unit="people",
            over_time="mean",
        )
    )
    assert wf.combine(mean, over=("period",)).frame["value"].item() == pytest.approx(15.0)


def test_a_percentage_without_its_counts_never_rolls_up_and_is_withheld_from_a_board():
    bare = table(counts(("council", None, 1, 45.0, None), ("trust", None, 1, 55.0, None), measure="satisfied"))
    assert bare.frame["value"].to_list() == [45.0, 55.0]
    assert bare.frame["people"].to_list() == [None, None]
    with pytest.raises(UsageError, match="never rolls up"):
        wf.combine(bare)
    assert wf.release(bare).frame["marker"].to_list() == ["c", "c"]


def test_counts_of_people_are_controlled_and_counts_of_what_has_nobody_behind_it_are_not():
    few = counts(("council", None, 1, 3.0, 12.0), measure="employers_reached")
    assert wf.release(table(few)).frame["marker"].item() == "c"
    shown = wf.release(table(few, kinds={"employers_reached": "posts"})).frame
    assert shown.select("numerator", "value", "marker").row(0) == (3.0, 25.0, None)


def test_counts_are_judged_by_xmr_and_keep_their_definition_like_any_measure():
    series = pl.concat(
        counts(("council", None, 1, 20.0 + i % 3, 40.0), measure="monthly").with_columns(
            period_start=pl.date(2021 + i // 12, i % 12 + 1, 1), period_end=pl.date(2021 + i // 12, i % 12 + 1, 28)
        )
        for i in range(14)
    )
    judged = wf.stats.xmr(table(series), improvement="higher")
    assert judged.frame["centre"].n_unique() == 1
    assert judged.frame["variation"].unique().to_list() == ["no significant change"]
    assert "module completed" in judged.definition("monthly", "module completed").words


@pytest.mark.parametrize("column", ["unit", "over_time"])
def test_rows_that_disagree_about_a_measure_are_refused(column):
    other = counts(("trust", None, 0, 1.0, 2.0), **{column: {"unit": "people", "over_time": "never"}[column]})
    with pytest.raises(InputError, match=column):
        table(pl.concat([TWO, other]))


def test_a_measure_of_the_book_cannot_be_counted_by_another_rule():
    before = definition_of("turnover", "nhs")
    with pytest.raises(UsageError, match="another rule"):
        table(TWO.with_columns(measure=pl.lit("turnover"), definition=pl.lit("nhs")))
    assert definition_of("turnover", "nhs") is before


@pytest.mark.parametrize(("frame", "by"), [(TWO.drop("unit"), ()), (TWO, "team"), (TWO, ["locality", "locality"])])
def test_what_cannot_be_shown_is_refused(frame, by):
    with pytest.raises(UsageError):
        table(frame, by=by)


def test_a_frame_in_place_of_records_is_refused():
    with pytest.raises(UsageError, match="records first"):
        wf.counts.table("counts")


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        (wf.Records(), "counts are not recorded"),
        (wf.Records(counts=TWO.clear()), "counts are not recorded"),
        (wf.Records(counts=TWO).where(pl.col("numerator") > 99), "no records are left after the filter"),
    ],
)
def test_without_counts_there_is_an_empty_table_with_the_reason(records, reason):
    result = wf.counts.table(records, by=["organisation", "locality"])
    assert (len(result), result.reasons) == (0, (reason,))
    assert result.frame.columns == ["measure", "definition", "organisation", "locality", *REST]
    assert len(wf.release(result).frame) == 0


def test_counts_without_localities_are_marked_where_localities_are_asked_for():
    whole = pl.concat([TWO, counts(("council", None, 0, 1.0, 2.0))]).with_columns(locality=pl.lit(None, pl.String))
    for frame in (whole, whole.drop("locality")):
        result = table(frame, by=["organisation", "locality"])
        assert result.frame.select("organisation", "locality", "period_end", "value", "marker").rows() == [
            ("council", None, YEARS[0][1], None, "x"),
            ("council", None, YEARS[1][1], None, "x"),
            ("trust", None, YEARS[1][1], None, "x"),
        ]
        assert result.reasons == ("the locality of counts is not recorded",)


def test_counts_of_one_area_do_not_change_what_another_areas_counts_of_that_name_mean():
    people = table(counts(("council", None, 1, 3.0, None), measure="reached", unit="people"))
    sessions = table(counts(("trust", None, 1, 3.0, None), measure="reached", unit="sessions"))
    for result, shown in ((people, (None, "c")), (sessions, (3.0, None))):
        assert wf.release(result).frame.select("value", "marker").row(0) == shown
    kinds = [result.definition("reached", "module completed").numerator.kind for result in (people, sessions)]
    assert kinds == ["people", "posts"]
    with pytest.raises(UsageError, match="two tables mean different things"):
        wf.combine(people, sessions)


def test_a_definition_that_is_made_up_is_not_written_into_the_measure_book():
    before = dict(MEASURE_BOOK)
    result = table(counts(("council", None, 1, 3.0, None), measure="made_up", unit="people"))
    assert [d.measure for d in result.definitions] == ["made_up"]
    table(TWO)
    assert dict(MEASURE_BOOK) == before
    with pytest.raises(TypeError):
        MEASURE_BOOK["made_up", "for a test"] = before["turnover", "nhs"]


def test_the_callers_frame_stays_and_the_order_of_rows_changes_nothing():
    before = TWO.clone()
    assert table(TWO.reverse().lazy()).frame.equals(table(TWO).frame)
    assert before.equals(TWO)


@pytest.mark.parametrize("unit", ["employers", "schools", "sessions"])
def test_what_the_unit_says_is_nobody_is_not_withheld(unit):
    three = counts(("council", None, 1, 3.0, None), measure=f"{unit}_reached", unit=unit)
    assert wf.release(table(three)).frame.select("value", "marker").row(0) == (3.0, None)
