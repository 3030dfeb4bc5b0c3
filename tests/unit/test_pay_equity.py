"""Pay inside a role: differences of means with Welch's limits, over all roles, and like for like."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import REST
from workforce.errors import UsageError

DAY = date(2023, 3, 31)
LEAST = 10  # of both groups in a role
HOUR = 52.143 * 37


def staff(rows, **columns) -> pl.DataFrame:
    """rows: role, sex, pounds an hour."""
    frame = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"P{i}" for i in range(len(rows))],
            "start_date": date(2020, 1, 1),
            "fte": 1.0,
            "role": [role for role, _, _ in rows],
            "sex": [sex for _, sex, _ in rows],
            "annual_pay": [None if rate is None else rate * HOUR for _, _, rate in rows],
            "full_time_hours": 37.0,
        },
        schema_overrides={"annual_pay": pl.Float64, "role": pl.String, "sex": pl.String},
    )
    return frame.with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def pay_equity(people, on, **options) -> pl.DataFrame:
    return wf.pay.equity(wf.Records(assignments=people), on, **options).frame


def shown(people: pl.DataFrame, rule: str = "board") -> pl.DataFrame:
    return wf.release(wf.pay.equity(wf.Records(assignments=people), DAY), rule).frame


def row(table: pl.DataFrame, definition: str, **groups: str) -> dict[str, object]:
    kept = table.filter(pl.col("definition") == definition, *[pl.col(c) == v for c, v in groups.items()])
    return kept.row(0, named=True)


MEN, WOMEN = (20.0, 22.0, 25.0, 19.0, 30.5), (18.0, 21.0, 20.0, 17.0)
ONE_ROLE = [("nurse", "male", rate) for rate in MEN] + [("nurse", "female", rate) for rate in WOMEN]


def test_the_difference_and_its_limits_are_those_of_a_welch_test():
    # R 4, t.test(c(20, 22, 25, 19, 30.5), c(18, 21, 20, 17)): difference 4.3, 5.43 degrees of freedom
    found = row(pay_equity(staff(ONE_ROLE), DAY), "difference", role="nurse")
    assert found["value"] == pytest.approx(4.3)
    assert (found["lower"], found["upper"]) == (
        pytest.approx(-1.38208873539137, abs=1e-9),
        pytest.approx(9.98208873539137, abs=1e-9),
    )
    assert (found["people"], found["denominator"], found["unit"], found["method"]) == (
        4,
        9.0,
        "£ an hour",
        "between people",
    )


def test_the_columns_are_those_of_a_measure_table_with_role_and_group():
    assert pay_equity(staff(ONE_ROLE), DAY).columns == ["measure", "definition", "role", "group", *REST]
    assert pay_equity(staff(ONE_ROLE).clear(), DAY).columns == ["measure", "definition", "role", "group", *REST]


def test_a_mix_of_roles_makes_a_difference_that_like_for_like_does_not_have():
    # Alike inside each role; most men are in the role that pays more.
    rows = [
        *[("chief", "male", 40.0)] * 30,
        *[("chief", "female", 40.0)] * 10,
        *[("aide", "male", 12.0)] * 10,
        *[("aide", "female", 12.0)] * 30,
    ]
    table = pay_equity(staff(rows), DAY)
    assert row(table, "overall")["value"] == pytest.approx(14.0)  # 33 and 19
    alike = row(table, "like_for_like")
    assert (alike["value"], alike["lower"], alike["upper"]) == (0.0, 0.0, 0.0)
    assert (alike["people"], alike["denominator"]) == (40, 80.0)


def test_differences_are_weighted_by_the_people_of_the_other_group():
    rows = [
        *[("a", "male", 20.0)] * 10,
        *[("a", "female", 19.0)] * 30,
        *[("b", "male", 20.0)] * 10,
        *[("b", "female", 15.0)] * 10,
    ]
    assert row(pay_equity(staff(rows), DAY), "like_for_like")["value"] == pytest.approx((30 * 1 + 10 * 5) / 40)


def test_only_roles_with_ten_of_both_stand_behind_like_for_like():
    small = [*[("a", "male", 20.0)] * (LEAST - 1), *[("a", "female", 10.0)] * 40]
    large = [*[("b", "male", 20.0)] * LEAST, *[("b", "female", 19.0)] * LEAST]
    table = pay_equity(staff(small + large), DAY)
    assert row(table, "like_for_like")["value"] == pytest.approx(1.0)
    assert row(table, "difference", role="a")["value"] == pytest.approx(10.0)
    assert row(pay_equity(staff(small), DAY), "like_for_like")["marker"] == "x"


def test_a_difference_in_favour_of_the_other_group_is_negative():
    turned = [(role, "female" if sex == "male" else "male", rate) for role, sex, rate in ONE_ROLE]
    assert row(pay_equity(staff(turned), DAY), "difference")["value"] == pytest.approx(-4.3)
    other = row(pay_equity(staff(ONE_ROLE), DAY, reference="female"), "difference")
    assert (other["group"], other["value"]) == ("male against female", pytest.approx(-4.3))


def test_a_role_with_one_of_a_group_or_none_has_a_marked_row():
    rows = [*ONE_ROLE, ("chief", "male", 50.0), ("chief", "female", 50.0), ("aide", "female", 12.0)]
    table = pay_equity(staff(rows), DAY).filter(pl.col("definition") == "difference")
    assert table.select("role", "marker").rows() == [("aide", "x"), ("chief", "x"), ("nurse", None)]


def test_whose_pay_or_group_is_not_known_is_in_no_comparison():
    rows = [
        *ONE_ROLE,
        ("nurse", "female", None),
        ("nurse", "unknown", 90.0),
        ("nurse", None, 90.0),
        ("nurse", "male", 0.0),
    ]
    assert row(pay_equity(staff(rows), DAY), "difference")["value"] == pytest.approx(4.3)


def test_supplements_are_part_of_the_pay_that_is_compared():
    paid = staff(ONE_ROLE, supplement=[1.0 * HOUR] * 5 + [0.0] * 4)
    assert row(pay_equity(paid, DAY), "difference")["value"] == pytest.approx(5.3)


def test_grades_can_be_held_alike_in_place_of_roles_and_by_makes_further_groups():
    rows = staff(ONE_ROLE, grade=["9"] * 9, locality=["n"] * 9)
    assert pay_equity(rows, DAY, within="grade").columns[2:4] == ["grade", "group"]
    assert pay_equity(rows, DAY, by=["locality", "role"]).columns[2:5] == ["locality", "role", "group"]


def test_other_groups_are_each_compared_with_the_reference():
    mixed = staff(ONE_ROLE, ethnicity=["white"] * 5 + ["asian", "asian", "black", "black"])
    table = pay_equity(mixed, DAY, between="ethnicity").filter(pl.col("definition") == "difference")
    assert table["group"].to_list() == ["asian against white", "black against white"]


def test_an_organisation_whose_records_do_not_cover_the_date_is_left_out_by_name():
    both = pl.concat([staff(ONE_ROLE), staff(ONE_ROLE).with_columns(organisation=pl.lit("trust"))]).with_columns(
        observed_from=pl.when(pl.col("organisation") == "trust").then(date(2023, 4, 1))
    )
    found = row(pay_equity(both, DAY), "difference")
    assert (found["denominator"], found["left_out"]) == (9.0, ["trust"])


@pytest.mark.parametrize("options", [{"between": "shoe_size"}, {"within": "shoe_size"}, {"reference": "other"}])
def test_a_column_that_is_not_there_or_a_reference_that_nobody_is_in_is_refused(options):
    with pytest.raises(UsageError):
        pay_equity(staff(ONE_ROLE), DAY, **options)


def test_the_board_sees_a_role_only_with_ten_of_either_group_and_to_five_pence():
    nine = [*[("a", "male", 20.0)] * 30, *[("a", "female", 18.0)] * 9]
    ten = [*[("b", "male", 20.02)] * 30, *[("b", "female", 18.0)] * 10]
    board = shown(staff(nine + ten))
    assert row(board, "difference", role="a")["marker"] == "c"
    assert row(board, "difference", role="a")["value"] is None
    assert row(board, "difference", role="b")["value"] == pytest.approx(2.0)
    internal = shown(staff(nine), "internal")
    assert row(internal, "difference", role="a")["value"] == pytest.approx(2.0)


def test_a_mean_of_which_one_person_has_more_than_half_has_one_person_behind_it_and_is_withheld():
    rows = [*[("a", "male", 20.0)] * 12, *[("a", "female", 10.0)] * 11, ("a", "female", 230.0)]
    table = pay_equity(staff(rows), DAY)
    assert {r["people"] for r in table.to_dicts()} == {1}
    assert set(shown(staff(rows))["marker"]) == {"c"}


@pytest.mark.parametrize(
    ("people", "options", "reason"),
    [
        (staff(ONE_ROLE).clear(), {}, "staff are not recorded"),
        (staff(ONE_ROLE), {"within": "grade"}, "the grade of staff is not recorded"),
        (staff(ONE_ROLE), {"by": "team"}, "the team of staff is not recorded"),
        (staff(ONE_ROLE), {"between": "ethnicity"}, "the ethnicity of staff is not recorded"),
        (staff(ONE_ROLE).drop("annual_pay"), {}, "the annual pay of staff is not recorded"),
        (staff(ONE_ROLE[:5]), {}, "everybody whose sex is known is in one group"),
        (staff(ONE_ROLE).with_columns(sex=pl.lit("unknown")), {}, "the sex of staff is not recorded"),
        (
            staff(ONE_ROLE, ethnicity=["asian"] * 5 + ["black"] * 4),
            {"between": "ethnicity"},
            "nobody is in the group by ethnicity that the others are compared with",
        ),
        (staff(ONE_ROLE).with_columns(end_date=date(2022, 1, 1)), {}, "no employed staff are in post on the date"),
        (staff(ONE_ROLE).with_columns(observed_from=date(2024, 1, 1)), {}, "no organisation's records cover the date"),
    ],
)
def test_what_cannot_be_compared_gives_marked_rows_with_the_reason(people, options, reason):
    table = wf.pay.equity(wf.Records(assignments=people), DAY, **options)
    assert table.frame.select("definition", "value", "marker").rows() == [
        ("difference", None, "x"),
        ("like_for_like", None, "x"),
        ("overall", None, "x"),
    ]
    assert table.reasons == (reason,)


def test_a_filter_that_leaves_nobody_of_the_reference_group_gives_marked_rows():
    records = wf.Records(assignments=staff([*ONE_ROLE, ("nurse", "other", 20.0)]))
    without = wf.pay.equity(records.where(pl.col("sex") != "male"), DAY, reference="male")
    assert without.frame["marker"].to_list() == ["x"] * 3
    assert without.reasons == ("nobody is in the group by sex that the others are compared with",)
    nobody = wf.pay.equity(records.where(pl.col("role") == "chief"), DAY)
    assert nobody.reasons == ("no records are left after the filter",)


def test_a_frame_in_place_of_records_or_a_period_in_place_of_a_date_is_refused():
    with pytest.raises(UsageError, match="records first"):
        wf.pay.equity("staff", DAY)
    with pytest.raises(UsageError, match="a date is needed"):
        wf.pay.equity(wf.Records(assignments=staff(ONE_ROLE)), wf.month("2023-03"))


RATES = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["male", "female"]), st.sampled_from([10.0, 11.5, 12.0, 15.0])),
    min_size=2,
    max_size=60,
)


@given(RATES)
def test_the_order_of_people_changes_nothing_and_the_two_ways_round_undo_each_other(rows):
    one = pay_equity(staff(rows), DAY, reference=rows[0][1])
    assert pay_equity(staff(rows)[::-1].lazy(), DAY, reference=rows[0][1]).equals(one)
    if {sex for _, sex, _ in rows} == {"male", "female"}:
        other = pay_equity(staff(rows), DAY, reference=next(s for _, s, _ in rows if s != rows[0][1]))
        for definition in ("difference", "overall"):
            values = [t.filter(pl.col("definition") == definition)["value"] for t in (one, other)]
            assert values[0].to_list() == pytest.approx((-values[1]).to_list(), nan_ok=True) or values[0].null_count()


@given(RATES)
def test_a_difference_lies_within_its_limits(rows):
    found = pay_equity(staff(rows), DAY, reference=rows[0][1]).drop_nulls("value")
    assert ((found["lower"] <= found["value"] + 1e-12) & (found["value"] <= found["upper"] + 1e-12)).all()
