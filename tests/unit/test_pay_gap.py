"""Who is counted in a pay gap, against whom, and what a missing side looks like."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import REST
from workforce.errors import UsageError

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


def area(people, paid) -> wf.Records:
    return wf.Records(assignments=people, pay_items=paid)


def pay_gap(people, paid, on, **options) -> pl.DataFrame:
    return wf.pay.gap(area(people, paid), on, **options).frame


def shown(people, paid) -> pl.DataFrame:
    return wf.release(wf.pay.gap(area(people, paid), DAY)).frame


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
    assert row(shown(many, paid), "mean_bonus")["marker"] == "c"
    assert row(shown(many, paid), "median_bonus")["value"] == 0.0


def test_a_gap_on_fewer_than_ten_of_either_group_is_withheld_from_a_board():
    nine = staff(*[("male", 20.0)] * 30, *[("female", 18.0)] * 9)
    ten = staff(*[("male", 20.0)] * 30, *[("female", 18.0)] * 10)
    assert row(shown(nine, items()), "median")["marker"] == "c"
    assert row(shown(ten, items()), "median")["value"] == 10.0


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


DEFINITIONS = ["bonus_share", "mean", "mean_bonus", "median", "median_bonus", "quarter_share", "recorded"]


@pytest.mark.parametrize(
    ("people", "options", "reason"),
    [
        (staff(), {}, "staff are not recorded"),
        (staff(*FOUR), {"by": "team"}, "the team of staff is not recorded"),
        (staff(*FOUR), {"between": "disability"}, "the disability of staff is not recorded"),
        (staff(*FOUR, end_date=[date(2022, 1, 1)] * 4), {}, "no employed staff are in post on the date"),
    ],
)
def test_what_is_not_recorded_gives_marked_rows_with_the_reason(people, options, reason):
    table = wf.pay.gap(area(people, items()), DAY, **options)
    assert table.frame.select("definition", "value", "marker").rows() == [(one, None, "x") for one in DEFINITIONS]
    assert table.reasons == (reason,)


def test_a_filter_that_leaves_nobody_gives_marked_rows_with_the_reason():
    table = wf.pay.gap(area(staff(*FOUR), items()).where(pl.col("fte") > 1), DAY)
    assert table.frame["marker"].to_list() == ["x"] * 7
    assert table.reasons == ("no records are left after the filter",)


def test_without_pay_items_bonuses_are_marked_and_pay_is_compared_as_ever():
    table = wf.pay.gap(wf.Records(assignments=staff(*FOUR)), DAY)
    marked = table.frame.filter(pl.col("marker") == "x").select("definition", "value", "numerator").rows()
    assert marked == [(one, None, None) for one in ("bonus_share", "mean_bonus", "median_bonus")]
    assert table.reasons == ("bonus and other pay items are not recorded",)
    with_items = pay_gap(staff(*FOUR), items(), DAY)
    of_pay = ~pl.col("definition").str.contains("bonus")
    assert table.frame.filter(of_pay).equals(with_items.filter(of_pay))
    assert row(with_items, "bonus_share", group="male")["value"] == 0.0  # an empty table says that nobody had one


@pytest.mark.parametrize("column", ["annual_pay", "full_time_hours"])
def test_without_pay_what_compares_it_is_marked_and_bonuses_are_not(column):
    paid = items(("P0", "bonus", 400.0, DAY), ("P2", "bonus", 200.0, DAY))
    for people in (staff(*FOUR).drop(column), staff(*FOUR).with_columns(pl.lit(None, pl.Float64).alias(column))):
        table = wf.pay.gap(area(people, paid), DAY)
        marked = table.frame.filter(pl.col("marker") == "x").select("definition", "value").rows()
        assert marked == [(one, None) for one in ("mean", "median", "quarter_share")]
        assert row(table.frame, "mean_bonus")["value"] == 50.0
        assert row(table.frame, "recorded")["numerator"] == 0.0
        words = {"annual_pay": "annual pay of staff is", "full_time_hours": "full-time hours of staff are"}
        assert table.reasons == (f"the {words[column]} not recorded",)
    rates = items(*[(f"P{i}", "hourly_pay", rate, DAY) for i, (_, rate) in enumerate(FOUR)])
    by_the_hour = wf.pay.gap(area(staff(*FOUR).drop(column), rates), DAY)
    assert row(by_the_hour.frame, "mean")["value"] == pytest.approx(20.0)
    assert by_the_hour.reasons == ("a bonus gap needs people with a bonus in both groups",)


def test_one_sex_only_leaves_no_gap_but_marked_rows_and_its_shares():
    for sex in ("male", "female"):
        table = wf.pay.gap(area(staff((sex, 20.0), (sex, 30.0)), items()), DAY)
        marked = table.frame.filter(pl.col("marker") == "x").select("definition", "group", "value").rows()
        assert marked == [(one, None, None) for one in ("mean", "mean_bonus", "median", "median_bonus")]
        assert row(table.frame, "bonus_share", group=sex)["denominator"] == 2.0
        assert table.reasons == ("everybody whose sex is known is in one group",)


def test_where_nobodys_sex_is_known_only_how_many_were_recorded_has_a_figure():
    table = wf.pay.gap(area(staff((None, 20.0), ("unknown", 30.0)), items()), DAY)
    assert table.frame.filter(pl.col("marker").is_null())["definition"].to_list() == ["recorded"]
    assert row(table.frame, "recorded")["value"] == 0.0
    assert table.reasons == ("the sex of staff is not recorded",)


def test_without_the_usual_reference_group_the_gaps_are_marked():
    mixed = staff(*FOUR, ethnicity=["asian", "asian", "black", "black"])
    table = wf.pay.gap(area(mixed, items()), DAY, between="ethnicity")
    assert row(table.frame, "mean")["marker"] == "x"
    assert row(table.frame, "bonus_share", group="black")["denominator"] == 2.0
    assert table.reasons == ("nobody is in the group by ethnicity that the others are compared with",)


def test_a_frame_in_place_of_records_or_a_period_in_place_of_a_date_is_refused():
    with pytest.raises(UsageError, match="records first"):
        wf.pay.gap("staff", DAY)
    with pytest.raises(UsageError, match="a date is needed"):
        wf.pay.gap(area(staff(*FOUR), items()), wf.month("2023-03"))


def test_several_dates_are_rows_of_one_table_and_the_order_of_rows_changes_nothing():
    days = [DAY, date(2022, 3, 31)]
    table = pay_gap(staff(*FOUR), items(), days)
    assert table["period_start"].unique().sort().to_list() == sorted(days)
    assert pay_gap(staff(*FOUR).reverse().lazy(), items().lazy(), days).equals(table)


def one_sex(role_of_men=None, men=0):
    """Ten teaching assistants and ten teachers, women but for some men in one of the roles."""
    rows = [
        (role, n, "male" if role == role_of_men and n < men else "female")
        for role in ("TA", "teacher")
        for n in range(10)
    ]
    staff = pl.DataFrame(rows, schema=["role", "n", "sex"], orient="row").with_columns(
        organisation=pl.lit("council"),
        person_id=pl.format("{}{}", "role", "n"),
        start_date=pl.lit(date(2020, 1, 1)),
        fte=pl.lit(1.0),
        full_time_hours=pl.lit(37.0),
        annual_pay=20e3 + 500.0 * pl.col("n"),
    )
    items = {
        "organisation": pl.String,
        "person_id": pl.String,
        "kind": pl.String,
        "amount": pl.Float64,
        "date": pl.Date,
    }
    return wf.Records(assignments=staff, pay_items=pl.DataFrame(schema=items))


@pytest.mark.parametrize("by", [[], ["role"]])
def test_where_everybody_is_of_one_sex_the_gap_is_a_row_with_a_reason(by):
    day = date(2023, 3, 31)
    for table in (wf.pay.gap(one_sex(), day, by=by), wf.pay.equity(one_sex(), day, by=by)):
        gaps = table.frame.filter(pl.col("definition").is_in(["mean", "median", "overall", "difference"]))
        assert gaps.height == 2
        assert gaps["marker"].to_list() == ["x"] * 2
        assert table.reasons == ("everybody whose sex is known is in one group",)


def test_where_a_group_has_one_sex_its_row_is_not_available_and_the_reason_is_given():
    records, day = one_sex("teacher", men=4), date(2023, 3, 31)
    table = wf.pay.gap(records, day, by=["role"])
    gaps = table.frame.filter(pl.col("definition") == "mean").select("role", "value", "marker").sort("role")
    assert gaps["marker"].to_list() == ["x", None]
    assert gaps["value"].is_null().to_list() == [True, False]
    assert table.reasons == (
        "a pay gap needs people with known pay in both groups",
        "a bonus gap needs people with a bonus in both groups",
    )
    equity = wf.pay.equity(records, day)
    inside = equity.frame.filter(pl.col("definition") == "difference").sort("role")
    assert inside["marker"].to_list() == ["x", None]
    assert equity.reasons == (
        "a difference needs two people with known pay in both groups, and one inside roles a role with ten of both",
    )
