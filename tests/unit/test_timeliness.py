"""Timeliness, stages and waits: what comes out, and what is refused."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import workforce as wf
from builders import MEASURE_BOOK, REST
from workforce import calendar_year, months
from workforce.errors import UsageError

YEAR = calendar_year("2022")
PLANS = pl.DataFrame(
    {
        "organisation": ["council"] * 30 + ["trust"] * 3,
        "case_id": [str(n) for n in range(33)],
        "child_id": [f"child {n}" for n in range(33)],
        "case_type": "ehc_assessment",
        "received_date": date(2022, 1, 3),
        "outcome_date": [date(2022, 5, 20)] * 20 + [date(2022, 6, 20)] * 13,
        "outcome": "plan_issued",
        "locality": ["north"] * 20 + ["south"] * 13,
    }
)
ASKED = pl.DataFrame(
    {
        "case_id": [str(n) for n in range(33)],
        "stage": "advice",
        "provider": "health",
        "requested_date": date(2022, 2, 1),
        "received_date": [date(2022, 3, 1)] * 20 + [None] * 13,
    }
)
AREA = wf.Records(milestones=ASKED, cases=PLANS)


def test_a_measure_table_comes_out_for_every_period():
    table = wf.casework.timeliness(AREA, months("2022-05", "2022-07"), by=["organisation", "locality"]).frame
    assert table.columns == ["measure", "definition", "organisation", "locality", *REST]
    whole = wf.casework.timeliness(AREA, months("2022-05", "2022-07")).frame
    assert whole["denominator"].to_list() == [20, 13, 0]
    assert whole["value"].to_list() == [100, 0, None]


def test_lazy_frames_give_the_same_figures_and_no_frame_is_changed():
    before = PLANS.clone()
    assert_frame_equal(
        wf.casework.timeliness(AREA, YEAR).frame,
        wf.casework.timeliness(wf.Records(cases=PLANS.lazy()), YEAR).frame,
    )
    assert_frame_equal(
        wf.casework.advice(AREA, YEAR).frame,
        wf.casework.advice(wf.Records(milestones=ASKED.lazy(), cases=PLANS.lazy()), YEAR).frame,
    )
    assert_frame_equal(PLANS, before)


def test_a_small_team_of_children_is_withheld_from_a_board():
    table = wf.casework.timeliness(AREA, YEAR, by=["organisation"])
    shown = wf.release(table, "board").frame
    assert shown.select("organisation", "marker").rows() == [("council", None), ("trust", "c")]
    assert shown["numerator"].to_list() == [20, None]


def test_a_band_with_few_children_is_withheld_too():
    few = PLANS.head(30).with_columns(
        outcome_date=pl.when(pl.col("case_id") == "0").then(date(2023, 6, 1)).otherwise("outcome_date"),
        received_date=pl.when(pl.col("case_id") == "0").then(date(2022, 1, 3)).otherwise("received_date"),
    )
    shown = wf.release(wf.casework.timeliness_bands(wf.Records(cases=few), calendar_year("2023"), by=[]), "board").frame
    assert shown["marker"].to_list() == ["c"] * 3


def test_an_organisation_whose_records_do_not_cover_the_period_leaves_both_sides_and_is_named():
    late = PLANS.with_columns(
        observed_from=pl.when(pl.col("organisation") == "trust").then(date(2022, 3, 1)).otherwise(date(2020, 1, 1))
    )
    table = wf.casework.timeliness(wf.Records(cases=late), YEAR).frame
    assert table.select("denominator", "left_out").row(0) == (30, ["trust"])
    each = wf.casework.timeliness(wf.Records(cases=late), YEAR, by=["organisation"]).frame
    assert each.select("organisation", "denominator", "marker").rows() == [("council", 30, None), ("trust", None, "x")]


def test_a_case_without_a_childs_number_is_a_child_of_its_own():
    assert wf.casework.timeliness(wf.Records(cases=PLANS.drop("child_id")), YEAR).frame["people"].item() == 33
    one_child = wf.Records(cases=PLANS.with_columns(child_id=pl.lit("one")))
    assert wf.casework.timeliness(one_child, YEAR).frame["people"].item() == 1


def test_the_share_without_a_plan_is_read_off_a_life_table():
    curve = wf.casework.time_to_plan(AREA, YEAR)
    assert wf.stats.retained_at(curve, [137, 138, 169]).frame["value"].to_list() == pytest.approx([1, 13 / 33, 0])
    by_locality = wf.casework.time_to_plan(AREA, YEAR, by=["locality"]).frame
    assert by_locality["locality"].unique().sort().to_list() == ["north", "south"]


def test_every_definition_that_comes_out_is_in_the_book():
    for table in (
        wf.casework.timeliness(AREA, YEAR, weeks=30, exceptions="leave_out"),
        wf.casework.timeliness_bands(AREA, YEAR, exceptions="leave_out"),
        wf.casework.decisions(wf.Records(milestones=ASKED.with_columns(stage=pl.lit("decision")), cases=PLANS), YEAR),
        wf.casework.advice(AREA, YEAR, weeks=5),
        wf.casework.stages(AREA, YEAR),
        wf.casework.lateness_by_stage(AREA, YEAR),
        wf.casework.waiting(AREA, date(2022, 3, 1), case_type="ehc_assessment"),
    ):
        assert set(table.frame.select("measure", "definition").unique().rows()) <= set(MEASURE_BOOK)
        assert all(MEASURE_BOOK[d.measure, d.definition] == d for d in table.definitions)


def test_referrals_seen_have_18_and_52_weeks():
    seen = PLANS.with_columns(case_type=pl.lit("therapy"))
    short, long = (
        wf.casework.timeliness(wf.Records(cases=seen), YEAR, case_type="therapy", weeks=w).frame for w in (18, 52)
    )
    assert (short["definition"].item(), short["numerator"].item()) == ("therapy_18", 0)
    assert (long["definition"].item(), long["numerator"].item()) == ("therapy_52", 33)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"weeks": 6}, "not an outcome of a case"),
        ({"weeks": 0}, "whole number of weeks"),
        ({"case_type": "therapy", "weeks": 18, "exceptions": "leave_out"}, "known for assessments only"),
        ({"exceptions": "some"}, "included or left out"),
        ({"by": ["locallity"]}, 'no column "locallity"'),
    ],
)
def test_what_makes_no_sense_is_refused(options, what):
    with pytest.raises(UsageError, match=what):
        wf.casework.timeliness(AREA, YEAR, **options)


def test_waits_that_do_not_rise_are_refused():
    with pytest.raises(UsageError, match="do not rise"):
        wf.casework.waiting(AREA, date(2022, 3, 1), weeks=(52, 18))


def test_advice_needs_whole_weeks():
    with pytest.raises(UsageError, match="whole number of weeks"):
        wf.casework.advice(AREA, YEAR, weeks=0)


def test_advice_without_days_of_asking_is_not_available():
    table = wf.casework.advice(wf.Records(milestones=ASKED.drop("requested_date"), cases=PLANS), YEAR)
    assert table.frame.select("provider", "numerator", "marker").rows() == [(None, None, "x")]
    assert table.reasons == ("the requested date of stages of cases is not recorded",)


def test_a_wait_lasts_until_the_plan_or_any_outcome():
    with pytest.raises(UsageError, match="until the plan"):
        wf.casework.time_to_plan(AREA, YEAR, until="discharge")
