"""Where leavers went, whether groups leave at the same rate, and how much sooner: each rule drawn as a small table."""

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.errors import InputError, UsageError
from workforce.measures.leaving.hazards import compare_retention, leaving_hazards, leaving_incidence
from workforce.measures.leaving.retention import retention, service_spells
from workforce.periods import financial_year

YEAR = financial_year("2022-23")
COUNCIL = {"organisation": "council", "fte": 1.0, "role": "caseworker"}


def causes(frame: pl.DataFrame, **options) -> list[tuple[int, str, float]]:
    table = leaving_incidence(frame, YEAR, **options).filter(pl.col("left") > 0)
    return table.select("time", "cause", "value").rows()


def test_a_destination_is_that_of_the_last_day_and_one_that_says_nothing_is_unknown(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    leaving_destination
        A         2022-04-01  2022-04-10  nhs
        B         2022-04-01  2022-04-20  .
        C         2022-04-01  2022-04-30  not_stated
        D         2022-04-01  .           .
        """,
        **COUNCIL,
    ).with_columns(pl.col("leaving_destination").str.replace("_", " "))
    assert causes(staff) == [(10, "nhs", 0.25), (20, "unknown", 0.25), (30, "unknown", 0.5)]


def test_of_two_posts_that_end_on_one_day_either_may_say_where_the_person_went(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    fte  leaving_destination
        A         2022-04-01  2022-04-10  0.6  .
        A         2022-04-01  2022-04-10  0.4  nhs
        """,
        **COUNCIL,
    )
    assert causes(staff) == [(10, "nhs", 1.0)]


@pytest.mark.parametrize(
    ("begins", "recorded", "expected"),
    [
        ("2022-04-11", ".", "agency"),
        ("2022-04-17", ".", "agency"),  # within a week
        ("2022-04-18", ".", "unknown"),  # a full week later: not the same move
        ("2022-04-11", "nhs", "nhs"),  # what was recorded stands
    ],
)
def test_whoever_goes_on_to_agency_work_left_for_agency(drawn, begins, recorded, expected):
    staff = drawn(
        f"""
        person_id start_date  end_date    employment  leaving_destination
        A         2022-04-01  2022-04-10  employed    {recorded}
        A         {begins}    .           agency      .
        B         2022-04-01  .           employed    .
        """,
        **COUNCIL,
    )
    assert causes(staff) == [(10, expected, 0.5)]


def test_leaving_after_records_end_is_no_leaving_and_late_entry_counts(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    leaving_destination
        A         2020-04-01  2022-09-30  nhs
        B         2022-04-01  2022-04-30  retirement
        C         2022-04-01  2023-04-30  nhs
        """,
        **COUNCIL,
    )
    # A was under observation from their third year of service: not among those at risk at 30 days.
    table = leaving_incidence(staff, YEAR)
    assert table.filter(pl.col("time") == 30).select("cause", "at_risk", "value").rows() == [
        ("nhs", 2.0, 0.0),
        ("retirement", 2.0, 0.5),
    ]
    assert causes(staff)[-1] == (913, "nhs", 0.5)


def test_all_destinations_add_up_to_what_the_curve_of_retention_has_lost(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    leaving_destination team
        A         2020-04-01  2022-09-30  nhs                 x
        B         2022-04-01  2022-04-30  retirement          x
        C         2022-04-01  2022-06-30  .                   y
        D         2022-04-01  .           .                   x
        """,
        **COUNCIL,
    )
    gone = leaving_incidence(staff, YEAR, by="team").group_by("team", "time").agg(pl.col("value").sum())
    both = gone.join(retention(staff, YEAR, by="team").select("team", "time", stayed="value"), on=["team", "time"])
    assert (both["value"] + both["stayed"]).to_list() == pytest.approx([1.0] * len(both))
    assert len(both) == 4


def test_a_reason_may_stand_for_the_destination(drawn):
    staff = drawn("person_id start_date end_date leaving_reason\n A 2022-04-01 2022-04-10 resignation", **COUNCIL)
    assert causes(staff, cause="leaving_reason") == [(10, "resignation", 1.0)]
    with pytest.raises(UsageError):
        leaving_incidence(staff, YEAR)


def test_a_stay_is_split_where_its_covariates_change(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    fte  team   grade
        A         2020-04-01  2022-03-31  1.0  north  a
        A         2022-04-01  2022-06-30  1.0  north  b
        A         2022-07-01  2022-09-30  0.5  north  b
        A         2022-10-01  2022-12-31  1.0  south  b
        B         2022-04-01  .           1.0  north  .
        """,
        **COUNCIL,
    )
    found = service_spells(staff, YEAR, changing=["team", "grade"])
    assert found.drop("stay").rows() == [
        (
            "A",
            "north",
            "b",
            730,
            913,
            False,
        ),  # before the records begin does not count; half-time is no change of team or grade
        ("A", "south", "b", 913, 1005, True),
        ("B", "north", None, 0, 365, False),
    ]
    assert found["stay"].to_list() == [found["stay"][0], found["stay"][0], found["stay"][2]]


def test_the_stretches_of_a_stay_are_the_stay(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    service_start team
        A         2022-05-01  2022-06-30  2019-04-01    north
        A         2022-07-05  .           2019-04-01    south
        B         2021-01-01  2022-05-01  .             north
        C         2023-05-01  .           2019-04-01    north
        """,
        **COUNCIL,
    )
    whole = service_spells(staff, YEAR)
    split = service_spells(staff, YEAR, changing="team")
    joined = (
        split.group_by("person_id")
        .agg(pl.col("entry").min(), pl.col("exit").max(), pl.col("event").max())
        .sort("person_id")
    )
    assert joined.rows() == whole.sort("person_id").rows()
    assert (split["exit"] - split["entry"]).sum() == (whole["exit"] - whole["entry"]).sum()


def test_groups_that_say_nothing_are_left_out_of_a_comparison_and_counted(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    team
        A         2022-04-01  2022-04-10  north
        B         2022-04-01  .           south
        C         2022-04-01  2022-04-20  unknown
        D         2022-04-01  .           .
        """,
        **COUNCIL,
    )
    test = compare_retention(staff, YEAR, by="team")
    assert test.table.rows() == [("north", 1, 1.0, 0.5), ("south", 1, 0.0, 0.5)]
    assert test.left_out == 2


def test_a_person_with_two_stays_makes_the_errors_robust_and_a_change_of_team_does_not(drawn):
    rows = """
        person_id start_date  end_date    team
        A         2022-04-01  2022-04-10  north
        B         2022-04-01  2022-04-20  south
        C         2022-04-01  2022-04-30  north
        C         2022-05-01  .           south
        D         2022-04-01  2022-05-20  north
        """
    assert leaving_hazards(drawn(rows, **COUNCIL), YEAR, covariates="team").method == "from the model"
    again = drawn(f"{rows.strip()}\n A 2022-10-01 . south", **COUNCIL)
    fit = leaving_hazards(again, YEAR, covariates="team")
    assert fit.method == "robust, spells of one person_id taken together"
    assert (fit.events, fit.references) == (3, {"team": "north"})


def test_covariates_take_the_value_of_the_day(drawn):
    # C moves to the south after nine days; at 20 days B and C are there, A and D in the north.
    staff = drawn(
        """
        person_id start_date  end_date    team
        A         2022-04-01  2022-04-20  north
        B         2022-04-01  2022-04-30  south
        C         2022-04-01  2022-04-09  north
        C         2022-04-10  .           south
        D         2022-04-01  .           north
        """,
        **COUNCIL,
    )
    # At 20 days of A, D and B, C a northerner leaves, at 30 of D and B, C a southerner: 1 / (2 + 2r) x r / (1 + 2r) is largest at the
    # root of a half.
    assert leaving_hazards(staff, YEAR, covariates="team").table["hazard_ratio"].item() == pytest.approx(0.5**0.5)


def test_hours_of_work_may_be_a_covariate(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    fte
        A         2022-04-01  2022-04-10  1.0
        B         2022-04-01  2022-04-20  0.5
        C         2022-04-01  .           1.0
        """,
        **{**COUNCIL, "role": "caseworker"},
    )
    table = leaving_hazards(staff, YEAR, covariates="fte", per={"fte": 0.5}).table
    assert table["hazard_ratio"].item() == pytest.approx(0.5**0.5)  # B leaves root 2 times as fast as one of the others


def test_a_covariate_that_nothing_is_recorded_of_does_not_empty_the_model(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    team  locality
        A         2022-04-01  2022-04-10  north .
        B         2022-04-01  2022-04-20  south not_stated
        C         2022-04-01  .           north .
        """,
        **COUNCIL,
    ).with_columns(pl.col("locality").str.replace("_", " "))
    fit = leaving_hazards(staff, YEAR, covariates=["team", "locality"])
    assert fit.table.select("covariate", "level", pl.col("hazard_ratio").round(4)).rows() == [
        ("team", "south", 1.4142),
        ("locality", None, None),
    ]
    assert fit.left_out == 0
    shown = release(fit, "internal").frame
    assert shown.filter(pl.col("covariate") == "locality")["marker"].to_list() == ["x"]
    with pytest.raises(InputError, match="recorded for anybody"):
        leaving_hazards(staff, YEAR, covariates="locality")


def test_another_level_may_be_the_one_that_others_are_compared_with(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    team
        A         2022-04-01  2022-04-10  north
        B         2022-04-01  2022-04-20  south
        C         2022-04-01  .           north
        """,
        **COUNCIL,
    )
    fit = leaving_hazards(staff, YEAR, covariates="team", references={"team": "south"})
    assert fit.references == {"team": "south"}
    assert fit.table.select("level", pl.col("hazard_ratio").round(4)).rows() == [("north", 0.7071)]
