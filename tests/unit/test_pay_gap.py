"""Who is counted in a pay gap, against whom, and what a missing side looks like."""

from datetime import date

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.errors import UsageError
from workforce.measures.frame import REST
from workforce.measures.pay.pay_gap import pay_gap

DAY = date(2023, 3, 31)
HOUR = 52.143 * 37
ITEMS = {"organisation": pl.String, "person_id": pl.String, "kind": pl.String, "amount": pl.Float64, "date": pl.Date}


def staff(*people: tuple[str, float | None], **columns) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"P{i}" for i in range(len(people))],
            "start_date": date(2020, 1, 1),
            "fte": 1.0,
            "annual_pay": [None if rate is None else rate * HOUR for _, rate in people],
            "full_time_hours": 37.0,
            "sex": [sex for sex, _ in people],
        },
        schema_overrides={"annual_pay": pl.Float64, "sex": pl.String},
    )
    return frame.with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def items(*rows: tuple[str, str, float, date]) -> pl.DataFrame:
    return pl.DataFrame([("council", *row) for row in rows], schema=ITEMS, orient="row")


def row(table: pl.DataFrame, definition: str, **groups: str) -> dict[str, object]:
    kept = table.filter(pl.col("definition") == definition, *[pl.col(c) == v for c, v in groups.items()])
    return kept.row(0, named=True)


FOUR = (("male", 20.0), ("male", 30.0), ("female", 15.0), ("female", 25.0))


def test_the_columns_are_always_those_of_a_measure_table_with_group_and_quarter():
    table = pay_gap(staff(*FOUR), items(), DAY, by="organisation")
    assert table.columns == ["measure", "definition", "organisation", "group", "quarter", *REST]
    assert pay_gap(staff(*FOUR).clear(), items(), DAY).columns == ["measure", "definition", "group", "quarter", *REST]


def test_the_gap_is_of_the_mens_figure_and_negative_where_women_are_paid_more():
    assert row(pay_gap(staff(*FOUR), items(), DAY), "mean")["value"] == pytest.approx(20.0)
    turned = staff(*[("female" if sex == "male" else "male", rate) for sex, rate in FOUR])
    assert row(pay_gap(turned, items(), DAY), "mean")["value"] == pytest.approx(-25.0)


def test_the_mean_gap_has_limits_from_the_spread_between_people_and_the_median_has_none():
    table = pay_gap(staff(*FOUR), items(), DAY)
    mean = row(table, "mean")
    # By hand: ratio 0.8, both variances 50 over 2 people: se = sqrt(25 + 0.64 x 25) / 25 of the men's mean
    assert mean["upper"] - mean["value"] == pytest.approx(1.959963985 * 100 * (25 + 0.64 * 25) ** 0.5 / 25)
    assert mean["method"] == "between people"
    assert row(table, "median")["lower"] is None


def test_people_behind_a_gap_are_those_of_the_smaller_group():
    found = row(pay_gap(staff(*FOUR, ("male", 20.0)), items(), DAY), "median")
    assert (found["people"], found["denominator"]) == (2, 5.0)


def test_whose_sex_or_pay_is_not_known_is_counted_as_such_and_in_no_other_figure():
    table = pay_gap(staff(*FOUR, ("female", None), (None, 90.0), ("not stated", 90.0)), items(), DAY)
    known = row(table, "recorded")
    assert (known["numerator"], known["denominator"]) == (4.0, 7.0)
    assert row(table, "mean")["value"] == pytest.approx(20.0)
    quarters = table.filter(pl.col("definition") == "quarter_share")
    assert quarters["numerator"].sum() == pytest.approx(4.0)


def test_a_group_with_nobody_in_it_leaves_no_gap_but_a_marked_row():
    table = pay_gap(staff(*FOUR, team=["a", "a", "a", "b"]), items(), DAY, by="team")
    assert row(table, "mean", team="b")["marker"] == "x"
    assert row(table, "mean", team="a")["value"] == pytest.approx(40.0)


def test_a_bonus_counts_in_the_twelve_months_to_the_date_and_for_all_relevant_employees():
    paid = items(
        ("P0", "bonus", 400.0, date(2022, 4, 1)),
        ("P1", "bonus", 999.0, date(2022, 3, 31)),  # a year before: outside
        ("P2", "bonus", 100.0, DAY),
        ("P2", "bonus", 100.0, date(2022, 12, 1)),
        ("P2", "full_pay", 0.0, DAY),
        ("P3", "bonus", 999.0, date(2023, 4, 1)),  # the day after
    )
    table = pay_gap(staff(*FOUR), paid, DAY)
    assert row(table, "bonus_share", group="female")["value"] == 50.0
    assert row(table, "bonus_share", group="male")["value"] == 50.0
    assert row(table, "mean_bonus")["value"] == pytest.approx(50.0)  # 400 and 200
    assert row(table, "recorded")["denominator"] == 3.0


def test_leave_that_is_not_fully_paid_is_left_out_unless_an_item_says_that_it_was():
    away = staff(*FOUR, status=["active", "parental_leave", "active", "career_break"])
    assert row(pay_gap(away, items(), DAY), "median")["denominator"] == 2.0
    said = items(("P1", "full_pay", 1.0, DAY))
    assert row(pay_gap(away, said, DAY), "median")["denominator"] == 3.0


def test_an_hourly_rate_of_the_snapshot_replaces_the_salary():
    table = pay_gap(staff(*FOUR), items(("P1", "hourly_pay", 40.0, DAY)), DAY)
    assert row(table, "mean")["value"] == pytest.approx(100 * (30 - 20) / 30)


def test_a_bonus_of_which_one_person_has_more_than_half_has_one_person_behind_it():
    many = staff(*[("male", 20.0)] * 12, *[("female", 20.0)] * 12)
    paid = items(*[(f"P{i}", "bonus", 100_000.0 if i == 0 else 10.0, DAY) for i in range(24)])
    table = pay_gap(many, paid, DAY)
    assert (row(table, "mean_bonus")["people"], row(table, "median_bonus")["people"]) == (1, 12)
    shown = release(table).frame
    assert row(shown, "mean_bonus")["marker"] == "c"
    assert row(shown, "median_bonus")["value"] == 0.0


def test_a_gap_on_fewer_than_ten_of_either_group_is_withheld_from_a_board():
    nine = staff(*[("male", 20.0)] * 30, *[("female", 18.0)] * 9)
    ten = staff(*[("male", 20.0)] * 30, *[("female", 18.0)] * 10)
    assert row(release(pay_gap(nine, items(), DAY)).frame, "median")["marker"] == "c"
    assert row(release(pay_gap(ten, items(), DAY)).frame, "median")["value"] == 10.0


def test_an_organisation_whose_records_do_not_cover_the_date_is_left_out_by_name():
    both = pl.concat([staff(*FOUR), staff(*FOUR).with_columns(organisation=pl.lit("trust"))]).with_columns(
        observed_from=pl.when(pl.col("organisation") == "trust").then(date(2023, 4, 1))
    )
    whole = pay_gap(both, items(), DAY)
    assert row(whole, "mean")["denominator"] == 4.0
    assert whole["left_out"].to_list() == [["trust"]] * len(whole)
    each = pay_gap(both, items(), DAY, by="organisation")
    assert row(each, "mean", organisation="trust")["marker"] == "x"
    assert row(each, "recorded", organisation="trust")["marker"] == "x"


def test_other_groups_are_each_compared_with_the_reference():
    mixed = staff(*FOUR, ethnicity=["white", "white", "asian", "black"])
    gaps = pay_gap(mixed, items(), DAY, between="ethnicity").filter(pl.col("definition") == "mean")
    assert gaps["group"].to_list() == ["asian against white", "black against white"]
    again = pay_gap(mixed, items(), DAY, between="ethnicity", reference="asian")
    assert row(again, "mean", group="black against asian")["value"] == pytest.approx(100 * (15 - 25) / 15)


@pytest.mark.parametrize(
    "options",
    [{"between": "shoe_size"}, {"between": "team"}, {"between": "sex", "reference": "other"}, {"by": "shoe_size"}],
)
def test_a_column_that_is_not_there_or_a_reference_that_is_not_clear_is_refused(options):
    with pytest.raises(UsageError):
        pay_gap(staff(*FOUR, team=list("abab")), items(), DAY, **options)


def test_several_dates_are_rows_of_one_table_and_the_order_of_rows_changes_nothing():
    days = [DAY, date(2022, 3, 31)]
    table = pay_gap(staff(*FOUR), items(), days)
    assert table["period_start"].unique().sort().to_list() == sorted(days)
    assert pay_gap(staff(*FOUR).reverse().lazy(), items().lazy(), days).equals(table)
