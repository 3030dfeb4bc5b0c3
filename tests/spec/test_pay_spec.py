"""Who is counted in a role's pay, which scale is whose, and what a missing one looks like: each rule drawn as a small table.

Salaries are multiples of 52.143 weeks x 37 hours = 1929.291, so that the hourly rates are whole pounds.
"""

from datetime import date

import polars as pl
import pytest

import workforce as wf

DAY = date(2023, 3, 31)
HOUR_OF_37 = 52.143 * 37
SCALES = """
body     role  point  pounds  full_time_hours  from_date   to_date
council  psy   1      20      37               2022-04-01  .
council  psy   2      24      37               2022-04-01  .
council  psy   2      90      37               2020-04-01  2022-03-31
trust    psy   1      21      37.5             2022-04-01  .
trust    psy   9      30      37.5             2022-04-01  .
other    psy   1      22      37               2022-04-01  2023-03-31
other    psy   2      26      37               2022-04-01  2023-03-31
"""


@pytest.fixture
def scales(drawn):
    return (
        drawn(SCALES, source="fictional")
        .with_columns(annual_pay=pl.col("pounds").cast(pl.Float64) * 52.143 * pl.col("full_time_hours"))
        .drop("pounds")
    )


@pytest.fixture
def staff(drawn):
    def with_pay(text: str) -> pl.DataFrame:
        frame = drawn(text, organisation="council", role="psy", full_time_hours=37.0)
        return frame.with_columns(annual_pay=pl.col("pounds").cast(pl.Float64) * HOUR_OF_37).drop("pounds")

    return with_pay


FOUR = """
person_id start_date  end_date  fte  pounds
A         2020-01-01  .         1.0  20
B         2020-01-01  .         1.0  22
C         2020-01-01  .         0.5  24
D         2020-01-01  .         1.0  .
"""


def position(staff: pl.DataFrame, scales: pl.DataFrame, on: date, **options) -> pl.DataFrame:
    return wf.pay.position(wf.Records(assignments=staff, pay_scales=scales), on, **options).frame


def value(table: pl.DataFrame, definition: str, body: str = "council") -> float | None:
    return table.filter((pl.col("definition") == definition) & (pl.col("body") == body))["value"].item()


def test_the_median_is_of_hourly_pay_and_who_has_none_recorded_is_counted_as_left_out(staff, scales):
    row = position(staff(FOUR), scales, DAY).filter(pl.col("definition") == "median").row(0, named=True)
    assert row["value"] == pytest.approx(22.0)
    assert (row["numerator"], row["denominator"], row["people"]) == (None, 4.0, 3)
    assert (row["unit"], row["period_start"], row["period_end"]) == ("£ an hour", DAY, DAY)


def test_scales_are_compared_by_the_hour_whatever_the_week(staff, scales):
    table = position(staff(FOUR), scales, DAY)
    assert value(table, "scale_minimum", "trust") == pytest.approx(21.0)
    assert value(table, "scale_midpoint", "trust") == pytest.approx(25.5)
    assert value(table, "scale_maximum", "trust") == pytest.approx(30.0)


def test_a_scale_counts_only_while_it_is_in_force(staff, scales):
    assert value(position(staff(FOUR), scales, DAY), "scale_maximum") == pytest.approx(24.0)
    assert value(position(staff(FOUR), scales, date(2022, 3, 31)), "scale_maximum") == pytest.approx(90.0)
    later = position(staff(FOUR), scales, date(2023, 4, 1))
    assert later.filter(pl.col("body") == "other").is_empty()  # its last day was 31 March


def test_the_compa_ratio_is_against_the_own_midpoint_and_the_gap_against_the_others_median_maximum(staff, scales):
    table = position(staff(FOUR), scales, DAY)
    assert value(table, "compa_ratio") == pytest.approx(1.0)  # 22 / 22
    assert value(table, "gap_to_maximum") == pytest.approx(100 * (28 - 24) / 24)  # 30 and 26 beside our 24


def test_a_role_without_a_scale_of_its_own_has_a_marked_row(staff, scales):
    table = position(staff(FOUR), scales.filter(pl.col("body") != "council"), DAY)
    marked = table.filter(pl.col("definition").is_in(["compa_ratio", "gap_to_maximum"]))
    assert marked.select("definition", "value", "marker").rows() == [
        ("compa_ratio", None, "x"),
        ("gap_to_maximum", None, "x"),
    ]
    assert value(table, "median") == pytest.approx(22.0)


def test_a_role_that_no_other_body_has_a_scale_for_has_no_gap(staff, scales):
    table = position(staff(FOUR), scales.filter(pl.col("body") == "council"), DAY)
    assert table.filter(pl.col("definition") == "gap_to_maximum").select("value", "marker").row(0) == (None, "x")


def test_a_body_whose_scale_lacks_hours_is_left_out_of_the_comparators_by_name(staff, scales):
    lacking = scales.with_columns(
        full_time_hours=pl.when((pl.col("body") == "other") & (pl.col("point") == "1"))
        .then(None)
        .otherwise("full_time_hours")
    )
    table = position(staff(FOUR), lacking, DAY)
    gap = table.filter(pl.col("definition") == "gap_to_maximum").row(0, named=True)
    assert gap["value"] == pytest.approx(100 * (30 - 24) / 24)
    assert gap["left_out"] == ["other"]
    other = table.filter(pl.col("body") == "other")
    assert other.select("value", "marker").unique().rows() == [(None, "x")]


def test_a_person_with_two_posts_counts_once_under_the_largest(staff, scales):
    table = position(
        staff(
            """
            person_id start_date  end_date  fte  pounds
            A         2020-01-01  .         0.4  20
            A         2021-01-01  .         0.6  24
            """
        ),
        scales,
        DAY,
    )
    assert value(table, "median") == pytest.approx(24.0)


def test_those_who_left_the_day_before_and_agency_workers_are_not_counted(staff, scales):
    table = position(
        staff(
            """
            person_id start_date  end_date    fte  pounds  employment
            A         2020-01-01  2023-03-31  1.0  20      employed
            B         2020-01-01  2023-03-30  1.0  40      employed
            C         2020-01-01  .           1.0  60      agency
            """
        ),
        scales,
        DAY,
    )
    assert value(table, "median") == pytest.approx(20.0)


def test_an_organisation_whose_records_do_not_cover_the_date_has_no_figure(staff, scales):
    late = staff(FOUR).with_columns(observed_from=date(2023, 4, 1))
    rows = position(late, scales, DAY).filter(pl.col("definition").is_in(["median", "compa_ratio"]))
    assert rows.select("denominator", "people", "value", "marker").unique().rows() == [(None, None, None, "x")]


def test_pay_is_always_within_a_role_and_shown_for_each_further_group(staff, scales):
    localities = staff(FOUR).with_columns(locality=pl.Series(["north", "north", "south", None]))
    table = position(localities, scales, DAY, by="locality").filter(pl.col("definition") == "median")
    assert table.select("locality", "role", "body", "people").rows() == [
        ("north", "psy", "council", 2),
        ("south", "psy", "council", 1),
        (None, "psy", "council", 0),
    ]
    assert table["marker"].to_list() == [None, None, "x"]


SUPPLEMENTED = """
person_id start_date  end_date  fte  pounds  extra
A         2020-01-01  .         1.0  20      4
B         2020-01-01  .         1.0  22      .
C         2020-01-01  .         0.5  24      2
D         2020-01-01  .         1.0  .       9
"""


def test_supplements_stand_apart_and_added(staff, scales):
    frame = staff(SUPPLEMENTED).with_columns(supplement=pl.col("extra").cast(pl.Float64) * HOUR_OF_37)
    table = position(frame, scales, DAY)
    assert value(table, "median") == pytest.approx(22.0)
    assert value(table, "median_with_supplement") == pytest.approx(24.0)  # 24, 22, 26
    assert value(table, "supplement") == pytest.approx(3.0)  # of 4 and 2: D's pay is not known
    share = table.filter(pl.col("definition") == "supplement_share").row(0, named=True)
    assert (share["numerator"], share["denominator"], share["people"]) == (2.0, 3.0, 3)


def test_where_nobody_has_a_supplement_there_is_none_to_show_and_the_share_is_nought(staff, scales):
    table = position(staff(FOUR), scales, DAY)
    row = table.filter(pl.col("definition") == "supplement").row(0, named=True)
    assert (row["value"], row["marker"], row["people"]) == (None, "z", 0)
    assert value(table, "supplement_share") == 0.0
    assert value(table, "median_with_supplement") == value(table, "median")


def test_the_place_in_the_range_is_0_at_its_minimum_and_100_at_its_maximum(staff, scales):
    assert value(position(staff(FOUR), scales, DAY), "range_place") == pytest.approx(50.0)  # 22 between 20 and 24
    top = staff(FOUR).with_columns(annual_pay=pl.lit(24 * HOUR_OF_37))
    assert value(position(top, scales, DAY), "range_place") == pytest.approx(100.0)
    one_point = scales.filter((pl.col("body") != "council") | (pl.col("point") == "1"))
    assert value(position(staff(FOUR), one_point, DAY), "range_place") is None  # a range of one point has no places
