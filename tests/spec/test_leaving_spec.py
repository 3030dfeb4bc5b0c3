"""Where leavers went, whether groups leave at the same rate, and how much sooner: each rule drawn as a small table."""

from dataclasses import replace

import polars as pl
import pytest

import workforce as wf
from builders import drawn, records, staff
from workforce.errors import UsageError

YEAR = wf.financial_year("2022-23")
COUNCIL = {"organisation": "council", "fte": 1.0, "role": "caseworker"}


def causes(area: wf.Records, **options) -> list[tuple[int, str, float]]:
    table = wf.leaving.incidence(area, YEAR, **options).filter(pl.col("left") > 0)
    return table.frame.select("time", "cause", "value").rows()


def fitted(area: wf.Records, **options):
    return wf.leaving.hazards(area, YEAR, **options).fit


def test_a_destination_is_that_of_the_last_day_and_one_that_says_nothing_is_unknown():
    frame = drawn(
        """
        person_id start_date  end_date    leaving_destination
        A         2022-04-01  2022-04-10  nhs
        B         2022-04-01  2022-04-20  .
        C         2022-04-01  2022-04-30  not_stated
        D         2022-04-01  .           .
        """,
        **COUNCIL,
    ).with_columns(pl.col("leaving_destination").str.replace("_", " "))
    assert causes(records(assignments=frame)) == [(10, "nhs", 0.25), (20, "unknown", 0.25), (30, "unknown", 0.5)]


def test_of_two_posts_that_end_on_one_day_either_may_say_where_the_person_went():
    area = staff(
        """
        person_id start_date  end_date    fte  leaving_destination
        A         2022-04-01  2022-04-10  0.6  .
        A         2022-04-01  2022-04-10  0.4  nhs
        """,
        **COUNCIL,
    )
    assert causes(area) == [(10, "nhs", 1.0)]


@pytest.mark.parametrize(
    ("begins", "recorded", "expected"),
    [
        ("2022-04-11", ".", "agency"),
        ("2022-04-17", ".", "agency"),  # within a week
        ("2022-04-18", ".", "unknown"),  # a full week later: not the same move
        ("2022-04-11", "nhs", "nhs"),  # what was recorded stands
    ],
)
def test_whoever_goes_on_to_agency_work_left_for_agency(begins, recorded, expected):
    area = staff(
        f"""
        person_id start_date  end_date    employment  leaving_destination
        A         2022-04-01  2022-04-10  employed    {recorded}
        A         {begins}    .           agency      .
        B         2022-04-01  .           employed    .
        """,
        **COUNCIL,
    )
    assert causes(area) == [(10, expected, 0.5)]


def test_leaving_after_records_end_is_no_leaving_and_late_entry_counts():
    area = staff(
        """
        person_id start_date  end_date    leaving_destination
        A         2020-04-01  2022-09-30  nhs
        B         2022-04-01  2022-04-30  retirement
        C         2022-04-01  2023-04-30  nhs
        """,
        **COUNCIL,
    )
    # A was under observation from their third year of service: not among those at risk at 30 days.
    table = wf.leaving.incidence(area, YEAR).frame
    assert table.filter(pl.col("time") == 30).select("cause", "at_risk", "value").rows() == [
        ("nhs", 2.0, 0.0),
        ("retirement", 2.0, 0.5),
    ]
    assert causes(area)[-1] == (913, "nhs", 0.5)


def test_all_destinations_add_up_to_what_the_curve_of_retention_has_lost():
    area = staff(
        """
        person_id start_date  end_date    leaving_destination team
        A         2020-04-01  2022-09-30  nhs                 x
        B         2022-04-01  2022-04-30  retirement          x
        C         2022-04-01  2022-06-30  .                   y
        D         2022-04-01  .           .                   x
        """,
        **COUNCIL,
    )
    gone = wf.leaving.incidence(area, YEAR, by="team").frame.group_by("team", "time").agg(pl.col("value").sum())
    stayed = wf.leaving.retention(area, YEAR, by="team").frame.select("team", "time", stayed="value")
    both = gone.join(stayed, on=["team", "time"])
    assert (both["value"] + both["stayed"]).to_list() == pytest.approx([1.0] * len(both))
    assert len(both) == 4


def test_a_reason_may_stand_for_the_destination():
    area = staff("person_id start_date end_date leaving_reason\n A 2022-04-01 2022-04-10 resignation", **COUNCIL)
    assert causes(area, cause="leaving_reason") == [(10, "resignation", 1.0)]
    unrecorded = wf.leaving.incidence(area, YEAR)
    assert unrecorded.frame.is_empty()
    assert unrecorded.reasons == ("the leaving destination of staff is not recorded",)


def test_a_stay_is_split_where_its_covariates_change():
    area = staff(
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
    stays = wf.leaving.spells(area, YEAR, changing=["team", "grade"])
    assert stays.drop("stay").rows() == [
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
    assert stays["stay"].to_list() == [stays["stay"][0], stays["stay"][0], stays["stay"][2]]


def test_the_stretches_of_a_stay_are_the_stay():
    area = staff(
        """
        person_id start_date  end_date    service_start team
        A         2022-05-01  2022-06-30  2019-04-01    north
        A         2022-07-05  .           2019-04-01    south
        B         2021-01-01  2022-05-01  .             north
        C         2023-05-01  .           2019-04-01    north
        """,
        **COUNCIL,
    )
    whole = wf.leaving.spells(area, YEAR)
    split = wf.leaving.spells(area, YEAR, changing="team")
    joined = (
        split.group_by("person_id")
        .agg(pl.col("entry").min(), pl.col("exit").max(), pl.col("event").max())
        .sort("person_id")
    )
    assert joined.rows() == whole.sort("person_id").rows()
    assert (split["exit"] - split["entry"]).sum() == (whole["exit"] - whole["entry"]).sum()


def test_groups_that_say_nothing_are_left_out_of_a_comparison_and_counted():
    area = staff(
        """
        person_id start_date  end_date    team
        A         2022-04-01  2022-04-10  north
        B         2022-04-01  .           south
        C         2022-04-01  2022-04-20  unknown
        D         2022-04-01  .           .
        """,
        **COUNCIL,
    )
    test = wf.leaving.compare(area, YEAR, by="team")
    assert test.table.rows() == [("north", 1, 1.0, 0.5), ("south", 1, 0.0, 0.5)]
    assert test.left_out == 2


def test_a_person_with_two_stays_makes_the_errors_robust_and_a_change_of_team_does_not():
    rows = """
        person_id start_date  end_date    team
        A         2022-04-01  2022-04-10  north
        B         2022-04-01  2022-04-20  south
        C         2022-04-01  2022-04-30  north
        C         2022-05-01  .           south
        D         2022-04-01  2022-05-20  north
        """
    assert fitted(staff(rows, **COUNCIL), covariates="team").method == "from the model"
    again = staff(f"{rows.strip()}\n A 2022-10-01 . south", **COUNCIL)
    fit = fitted(again, covariates="team")
    assert fit.method == "robust, spells of one person_id taken together"
    assert (fit.events, fit.references) == (3, {"team": "north"})


def test_covariates_take_the_value_of_the_day():
    # C moves to the south after nine days; at 20 days B and C are there, A and D in the north.
    area = staff(
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
    assert fitted(area, covariates="team").table["hazard_ratio"].item() == pytest.approx(0.5**0.5)


def test_hours_of_work_may_be_a_covariate():
    area = staff(
        """
        person_id start_date  end_date    fte
        A         2022-04-01  2022-04-10  1.0
        B         2022-04-01  2022-04-20  0.5
        C         2022-04-01  .           1.0
        """,
        **{**COUNCIL, "role": "caseworker"},
    )
    table = fitted(area, covariates="fte", per={"fte": 0.5}).table
    assert table["hazard_ratio"].item() == pytest.approx(0.5**0.5)  # B leaves root 2 times as fast as one of the others


def test_a_covariate_that_nothing_is_recorded_of_does_not_empty_the_model():
    frame = drawn(
        """
        person_id start_date  end_date    team  locality
        A         2022-04-01  2022-04-10  north .
        B         2022-04-01  2022-04-20  south not_stated
        C         2022-04-01  .           north .
        """,
        **COUNCIL,
    ).with_columns(pl.col("locality").str.replace("_", " "))
    area = records(assignments=frame)
    ratios = wf.leaving.hazards(area, YEAR, covariates=["team", "locality"])
    fit = ratios.fit
    assert fit.table.select("covariate", "level", pl.col("hazard_ratio").round(4)).rows() == [
        ("team", "south", 1.4142),
        ("locality", None, None),
    ]
    assert fit.left_out == 0
    shown = wf.release(ratios, "internal").frame
    assert shown.filter(pl.col("covariate") == "locality")["marker"].to_list() == ["x"]
    silent = wf.leaving.hazards(area, YEAR, covariates="locality")
    assert silent.frame.select("covariate", "level", "hazard_ratio", "marker").rows() == [("locality", None, None, "x")]
    assert silent.reasons == ("no covariate is recorded for anybody",)


def test_another_level_may_be_the_one_that_others_are_compared_with():
    area = staff(
        """
        person_id start_date  end_date    team
        A         2022-04-01  2022-04-10  north
        B         2022-04-01  2022-04-20  south
        C         2022-04-01  .           north
        """,
        **COUNCIL,
    )
    fit = fitted(area, covariates="team", references={"team": "south"})
    assert fit.references == {"team": "south"}
    assert fit.table.select("level", pl.col("hazard_ratio").round(4)).rows() == [("north", 0.7071)]


LEAVERS = """
    person_id start_date  end_date    team  grade leaving_destination
    A         2022-04-01  2022-04-10  north a     nhs
    B         2022-04-01  2022-04-20  south a     .
    C         2022-04-01  .           north a     .
    """
AREA = staff(LEAVERS, **COUNCIL)
NOBODY = (wf.Records(), "staff are not recorded")
FILTERED = (AREA.where(pl.col("role") == "manager"), "no records are left after the filter")
NO_LEAVERS = staff(
    "person_id start_date end_date team leaving_destination\n A 2022-04-01 . north .\n B 2022-05-01 . south .",
    **COUNCIL,
)


@pytest.mark.parametrize(
    ("area", "reason", "options"),
    [
        (*NOBODY, {}),
        (*FILTERED, {}),
        (AREA, "the locality of staff is not recorded", {"by": "locality"}),
        (AREA, "the leaving reason of staff is not recorded", {"cause": "leaving_reason"}),
        (NO_LEAVERS, "nobody left in the period", {}),
    ],
)
@pytest.mark.parametrize("basis", ["headcount", "fte"])
def test_incidences_of_what_is_not_recorded_have_no_rows_and_the_reason(area, reason, options, basis):
    shares = wf.leaving.incidence(area, YEAR, basis=basis, **options)
    assert shares.frame.is_empty()
    assert shares.reasons == (reason,)
    plain = wf.leaving.incidence(AREA, YEAR, basis=basis).frame
    assert [c for c in shares.frame.columns if c not in shares.groups] == plain.columns
    if basis == "headcount":
        assert wf.release(shares).frame.is_empty()


@pytest.mark.parametrize(
    ("area", "reason", "options"),
    [
        (*NOBODY, {}),
        (*FILTERED, {}),
        (AREA, "the locality of staff is not recorded", {"by": "locality"}),
        (AREA, "the locality of staff is not recorded", {"strata": "locality"}),
        (AREA, "fewer than two groups were at risk when someone left", {"by": "grade"}),
        (NO_LEAVERS, "fewer than two groups were at risk when someone left", {}),
    ],
)
def test_a_test_that_cannot_be_made_has_no_figures_and_the_reason(area, reason, options):
    test = wf.leaving.compare(area, YEAR, **{"by": "team", **options})
    assert (test.statistic, test.df, test.p_value, test.left_out) == (None, None, None, None)
    assert test.reasons == (reason,)
    shown = wf.release(test)
    assert (shown.result.statistic, shown.result.reasons) == (None, (reason,))


@pytest.mark.parametrize(
    ("area", "reason", "options"),
    [
        (*NOBODY, {}),
        (*FILTERED, {}),
        (AREA, "the locality of staff is not recorded", {"covariates": "locality"}),
        (AREA, "the locality of staff is not recorded", {"strata": "locality"}),
        (NO_LEAVERS, "nobody left, so hazards cannot be compared", {}),
        (AREA, "no covariate has two values among those who left", {"covariates": "grade"}),
        (
            AREA,
            'nobody left at the level of "team" that the others are to be compared with',
            {"references": {"team": "west"}},
        ),
    ],
)
def test_a_model_that_cannot_be_fitted_has_no_ratios_and_the_reason(area, reason, options):
    ratios = wf.leaving.hazards(area, YEAR, **{"covariates": "team", **options})
    covariate = options.get("covariates", "team")
    assert ratios.frame.select("covariate", "level", "hazard_ratio", "marker").rows() == [(covariate, None, None, "x")]
    assert ratios.reasons == (reason,)
    assert ratios.fit is None
    assert wf.release(ratios).frame["marker"].to_list() == ["x"]


def test_a_covariate_that_is_not_recorded_is_left_out_and_named():
    ratios = wf.leaving.hazards(AREA, YEAR, covariates=["team", "locality"])
    rows = ratios.frame.select("covariate", "level", pl.col("hazard_ratio").round(4), "marker").rows()
    assert rows == [("team", "north", 1.0, None), ("team", "south", 1.4142, None), ("locality", None, None, "x")]
    assert ratios.reasons == ("the locality of staff is not recorded",)


def test_nobody_under_observation_is_a_reason():
    area = staff("person_id start_date team leaving_destination\n A 2030-01-01 north .", **COUNCIL)
    results = (
        wf.leaving.incidence(area, YEAR),
        wf.leaving.compare(area, YEAR, by="team"),
        wf.leaving.hazards(area, YEAR, covariates="team"),
    )
    assert {result.reasons for result in results} == {("no staff are under observation in the period",)}


CALLS = (
    (wf.leaving.incidence, {}),
    (wf.leaving.compare, {"by": "team"}),
    (wf.leaving.hazards, {"covariates": "team"}),
)


@pytest.mark.parametrize(("measure", "options"), CALLS)
def test_a_frame_in_place_of_records_is_refused(measure, options):
    with pytest.raises(UsageError, match="takes records first"):
        measure(drawn(LEAVERS, **COUNCIL), YEAR, **options)


@pytest.mark.parametrize(("measure", "options"), CALLS)
def test_a_date_in_place_of_a_period_is_refused(measure, options):
    with pytest.raises(UsageError, match="period is needed"):
        measure(AREA, YEAR.start, **options)


@pytest.mark.parametrize(
    ("measure", "options"),
    [
        (wf.leaving.incidence, {"by": "shoe_size"}),
        (wf.leaving.incidence, {"cause": "shoe_size"}),
        (wf.leaving.incidence, {"basis": "hours"}),
        (wf.leaving.compare, {"by": "shoe_size"}),
        (wf.leaving.compare, {"by": []}),
        (wf.leaving.compare, {"by": "team", "strata": "team"}),
        (wf.leaving.hazards, {"covariates": "shoe_size"}),
        (wf.leaving.hazards, {"covariates": []}),
        (wf.leaving.hazards, {"covariates": "team", "strata": "shoe_size"}),
        (wf.leaving.hazards, {"covariates": "team", "references": {"grade": "a"}}),
    ],
)
def test_unknown_columns_and_calls_that_make_no_sense_are_refused(measure, options):
    with pytest.raises(UsageError):
        measure(AREA, YEAR, **options)


def test_an_organisation_that_is_compared_appears_by_name():
    rows = """
        organisation person_id start_date  end_date
        council      A         2022-04-01  2022-04-10
        trust        B         2022-04-01  2022-04-20
        council      C         2022-04-01  .
        """
    ratios = wf.leaving.hazards(staff(rows, fte=1.0), YEAR, covariates="organisation")
    named = ratios._with(
        ratios.frame, _provenance=replace(ratios._provenance, names=frozenset({("trust", "NHS trust")}))
    )
    assert wf.release(named, "partner").frame["level"].to_list() == ["council", "NHS trust"]
