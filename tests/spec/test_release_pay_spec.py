"""What release shows of pay: each attack as a few drawn people, under the rule for a board and for a meeting inside.

Source of the dominance rule: Handbook on Statistical Disclosure Control for Outputs (2019): no contributor over half of a total.
"""

from datetime import date

import polars as pl
import pytest

import workforce as wf

DAY = date(2023, 3, 31)
HOUR = 52.143 * 37
ITEMS = pl.DataFrame(
    schema={"organisation": pl.String, "person_id": pl.String, "kind": pl.String, "amount": pl.Float64, "date": pl.Date}
)
SCALES = pl.DataFrame(
    {
        "body": ["council", "council", "trust", "trust"],
        "role": "nurse",
        "annual_pay": [20 * HOUR, 25 * HOUR, 22 * HOUR, 28 * HOUR],
        "full_time_hours": 37.0,
        "from_date": date(2022, 4, 1),
        "source": "fictional",
    }
)
PAY_FROM = {"board": 10, "internal": 5}  # the fewest people behind a figure of pay
RULE = pytest.mark.parametrize("rule", ["board", "internal"])
ABOUT_PEOPLE = ("median", "median_with_supplement", "compa_ratio", "range_place", "supplement")


def staff(rates, sexes=None, **columns) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"P{i:03}" for i in range(len(rates))],
            "start_date": date(2020, 1, 1),
            "fte": 1.0,
            "role": "nurse",
            "annual_pay": [rate * HOUR for rate in rates],
            "full_time_hours": 37.0,
            "sex": sexes or ["female"] * len(rates),
        }
    )
    return frame.with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def records(people: pl.DataFrame, items: pl.DataFrame = ITEMS) -> wf.Records:
    return wf.Records(assignments=people, pay_scales=SCALES, pay_items=items)


def shown(table, rule: str, *definitions: str) -> list[dict[str, object]]:
    frame = wf.release(table, rule).frame
    return frame.filter(pl.col("definition").is_in(definitions)).to_dicts() if definitions else frame.to_dicts()


@RULE
def test_pay_is_shown_from_the_rules_number_of_people_and_never_below_it(rule):
    least = PAY_FROM[rule]
    few = shown(wf.pay.position(records(staff([21.0] * (least - 1))), DAY), rule, *ABOUT_PEOPLE)
    assert {(r["value"], r["marker"]) for r in few if r["definition"] != "supplement"} == {(None, "c")}
    enough = shown(wf.pay.position(records(staff([21.0] * least)), DAY), rule, "median", "compa_ratio")
    assert all(r["value"] is not None for r in enough)


@RULE
def test_no_figure_of_pay_is_a_persons_lowest_or_highest(rule):
    rates = [20.0 + n * 0.37 for n in range(15)]
    people = records(staff(rates))
    page = wf.release({"position": wf.pay.position(people, DAY), "scales": wf.pay.comparison(people, DAY)}, rule)
    values = {round(v, 2) for name in page.tables for v in page[name].frame["value"].drop_nulls()}
    assert not values & {round(rates[0], 2), round(rates[-1], 2)} - {20.0}  # the scale itself begins at 20


def test_the_scale_that_passes_unrounded_is_the_bodys_and_not_what_staff_are_paid():
    one = staff([90.0])  # far above the scale
    for row in shown(wf.pay.position(records(one), DAY), "board", "scale_minimum", "scale_maximum", "gap_to_maximum"):
        assert row["marker"] is None
        assert row["value"] in (20.0, 22.0, 25.0, 28.0, pytest.approx(12.0))


def test_a_place_in_the_range_does_not_give_the_median_back_to_the_penny():
    medians = [21.0 + n / 100 for n in range(30)]  # a penny apart
    told = {shown(wf.pay.position(records(staff([m] * 12)), DAY), "board", "range_place")[0]["value"] for m in medians}
    assert told <= {20.0, 25.0}  # of a range of five pounds: a step is 25 pence
    ratios = {
        shown(wf.pay.position(records(staff([m] * 12)), DAY), "board", "compa_ratio")[0]["value"] for m in medians
    }
    assert len(ratios) <= 3


@RULE
def test_how_many_have_no_supplement_cannot_be_had_from_how_many_have_one(rule):
    extra = [2.0 * HOUR] * 13 + [0.0] * 2
    rows = shown(
        wf.pay.position(records(staff([21.0] * 15, supplement=extra)), DAY), rule, "supplement", "supplement_share"
    )
    assert {(r["value"], r["people"], r["marker"]) for r in rows} == {(None, None, "c")}
    everyone = staff([21.0] * 15, supplement=[2.0 * HOUR] * 15)
    assert shown(wf.pay.position(records(everyone), DAY), rule, "supplement")[0]["value"] == pytest.approx(2.0)


@RULE
def test_a_supplement_of_few_is_not_shown_nor_who_has_one(rule):
    extra = [2.0 * HOUR] * 3 + [0.0] * 27
    rows = shown(
        wf.pay.position(records(staff([21.0] * 30, supplement=extra)), DAY), rule, "supplement", "supplement_share"
    )
    assert {(r["value"], r["marker"]) for r in rows} == {(None, "c")}


@RULE
def test_one_persons_pay_that_makes_over_half_of_a_groups_total_withholds_the_mean(rule):
    rates, sexes = [20.0] * 12 + [10.0] * 11 + [230.0], ["male"] * 12 + ["female"] * 12
    rows = shown(wf.pay.gap(records(staff(rates, sexes)), DAY), rule, "mean")
    assert {(r["value"], r["lower"], r["marker"]) for r in rows} == {(None, None, "c")}
    median = shown(wf.pay.gap(records(staff(rates, sexes)), DAY), rule, "median")[0]
    assert median["value"] == pytest.approx(50.0)  # which no single person moves
    for row in shown(wf.pay.equity(records(staff(rates, sexes)), DAY), rule):
        assert (row["value"], row["lower"], row["marker"]) == (None, None, "c")


@RULE
def test_it_is_enough_that_one_person_dominates_the_group_that_the_others_are_compared_with(rule):
    rates, sexes = [10.0] * 11 + [230.0] + [20.0] * 12, ["male"] * 12 + ["female"] * 12
    assert shown(wf.pay.gap(records(staff(rates, sexes)), DAY), rule, "mean")[0]["marker"] == "c"
    assert {r["marker"] for r in shown(wf.pay.equity(records(staff(rates, sexes)), DAY), rule)} == {"c"}


@RULE
def test_exactly_half_of_the_total_is_not_over_half(rule):
    rates, sexes = [20.0] * 12 + [10.0] * 11 + [110.0], ["male"] * 12 + ["female"] * 12
    assert shown(wf.pay.gap(records(staff(rates, sexes)), DAY), rule, "mean")[0]["marker"] is None


@RULE
def test_a_bonus_that_one_person_has_most_of_withholds_its_mean(rule):
    people = staff([20.0] * 24, ["male"] * 12 + ["female"] * 12)
    paid = pl.DataFrame(
        [("council", f"P{i:03}", "bonus", 90_000.0 if i == 3 else 100.0, DAY) for i in range(24)],
        schema=ITEMS.schema,
        orient="row",
    )
    table = wf.pay.gap(records(people, paid), DAY)
    assert shown(table, rule, "mean_bonus")[0]["marker"] == "c"
    assert shown(table, rule, "median_bonus")[0]["value"] == 0.0


@RULE
def test_limits_of_a_withheld_gap_are_withheld_with_it(rule):
    least = PAY_FROM[rule]
    rates, sexes = (
        [20.0 + n for n in range(30)] + [18.0 + n for n in range(least - 1)],
        ["male"] * 30 + ["female"] * (least - 1),
    )
    for row in shown(wf.pay.gap(records(staff(rates, sexes)), DAY), rule, "mean", "median"):
        assert (row["value"], row["lower"], row["upper"], row["people"]) == (None, None, None, None)


@RULE
def test_pay_by_locality_withholds_the_small_one_and_the_total_does_not_tell_it(rule):
    rates, places = [20.0 + n % 5 for n in range(40)] + [33.33], ["north"] * 40 + ["south"]
    people = staff(rates, locality=places)
    parts = shown(wf.pay.position(records(people), DAY, by="locality"), rule, "median")
    assert {r["locality"]: r["marker"] for r in parts} == {"north": None, "south": "c"}
    whole = shown(wf.pay.position(records(people), DAY), rule, "median")[0]
    assert whole["value"] == pytest.approx(22.0)  # a median: the one person's rate is in no difference of the two


@RULE
def test_a_board_sees_gaps_to_a_tenth_of_a_per_cent_and_a_meeting_inside_sees_them_as_they_are(rule):
    rates, sexes = [20.0] * 12 + [18.777] * 12, ["male"] * 12 + ["female"] * 12
    value = shown(wf.pay.gap(records(staff(rates, sexes)), DAY), rule, "median")[0]["value"]
    assert value == pytest.approx(6.1 if rule == "board" else 100 * (1 - 18.777 / 20))


@RULE
def test_few_people_with_unusable_pay_are_not_counted_on_the_page(rule):
    rates = [20.0] * 27
    people = staff(rates).with_columns(
        annual_pay=pl.when(pl.col("person_id").is_in(["P001", "P002", "P003"])).then(None).otherwise("annual_pay")
    )
    rows = shown(wf.pay.unusable(records(people), DAY), rule)
    few = next(r for r in rows if r["reason"] == "no pay recorded")
    assert (few["numerator"], few["value"], few["marker"]) == (None, None, "c")
