"""Timeliness, stages and waits: what comes out, and what is refused."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from workforce.definitions import MEASURE_BOOK
from workforce.disclosure import release
from workforce.errors import UsageError
from workforce.measures.casework.stages import advice_timeliness, stage_times
from workforce.measures.casework.timeliness import BANDS, decision_timeliness, timeliness, timeliness_bands
from workforce.measures.casework.waits import time_to_plan, waiting
from workforce.measures.frame import REST
from workforce.measures.leaving.life_table import retained_at
from workforce.periods import calendar_year, months

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


def test_a_measure_table_comes_out_for_every_period():
    table = timeliness(PLANS, months("2022-05", "2022-07"), by=["organisation", "locality"])
    assert table.columns == ["measure", "definition", "organisation", "locality", *REST]
    whole = timeliness(PLANS, months("2022-05", "2022-07"))
    assert whole["denominator"].to_list() == [20, 13, 0]
    assert whole["value"].to_list() == [100, 0, None]


def test_lazy_frames_give_the_same_figures_and_no_frame_is_changed():
    before = PLANS.clone()
    assert_frame_equal(timeliness(PLANS, YEAR), timeliness(PLANS.lazy(), YEAR))
    assert_frame_equal(advice_timeliness(ASKED, PLANS, YEAR), advice_timeliness(ASKED.lazy(), PLANS.lazy(), YEAR))
    assert_frame_equal(PLANS, before)


def test_a_small_team_of_children_is_withheld_from_a_board():
    table = timeliness(PLANS, YEAR, by=["organisation"])
    shown = release(table, "board").frame
    assert shown.select("organisation", "marker").rows() == [("council", None), ("trust", "c")]
    assert shown["numerator"].to_list() == [20, None]


def test_a_band_with_few_children_is_withheld_too():
    few = PLANS.head(30).with_columns(
        outcome_date=pl.when(pl.col("case_id") == "0").then(date(2023, 6, 1)).otherwise("outcome_date"),
        received_date=pl.when(pl.col("case_id") == "0").then(date(2022, 1, 3)).otherwise("received_date"),
    )
    shown = release(timeliness_bands(few, calendar_year("2023"), by=[]), "board").frame
    assert shown["marker"].to_list() == ["c"] * len(BANDS)


def test_an_organisation_whose_records_do_not_cover_the_period_leaves_both_sides_and_is_named():
    late = PLANS.with_columns(
        observed_from=pl.when(pl.col("organisation") == "trust").then(date(2022, 3, 1)).otherwise(date(2020, 1, 1))
    )
    table = timeliness(late, YEAR)
    assert table.select("denominator", "left_out").row(0) == (30, ["trust"])
    each = timeliness(late, YEAR, by=["organisation"])
    assert each.select("organisation", "denominator", "marker").rows() == [("council", 30, None), ("trust", None, "x")]


def test_a_case_without_a_childs_number_is_a_child_of_its_own():
    assert timeliness(PLANS.drop("child_id"), YEAR)["people"].item() == 33
    assert timeliness(PLANS.with_columns(child_id=pl.lit("one")), YEAR)["people"].item() == 1


def test_the_share_without_a_plan_is_read_off_a_life_table():
    table = time_to_plan(PLANS, YEAR)
    assert retained_at(table, [137, 138, 169])["value"].to_list() == pytest.approx([1, 13 / 33, 0])
    assert time_to_plan(PLANS, YEAR, by=["locality"])["locality"].unique().sort().to_list() == ["north", "south"]


def test_every_definition_that_comes_out_is_in_the_book():
    for table in (
        timeliness(PLANS, YEAR, weeks=30, exceptions="leave_out"),
        timeliness_bands(PLANS, YEAR, exceptions="leave_out"),
        decision_timeliness(ASKED.with_columns(stage=pl.lit("decision")), PLANS, YEAR),
        advice_timeliness(ASKED, PLANS, YEAR, weeks=5),
        stage_times(ASKED, PLANS, YEAR),
        waiting(PLANS, date(2022, 3, 1), case_type="ehc_assessment"),
    ):
        assert set(table.select("measure", "definition").unique().rows()) <= set(MEASURE_BOOK)


def test_referrals_seen_have_18_and_52_weeks():
    seen = PLANS.with_columns(case_type=pl.lit("therapy"))
    short, long = (timeliness(seen, YEAR, case_type="therapy", weeks=w) for w in (18, 52))
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
        timeliness(PLANS, YEAR, **options)


def test_waits_that_do_not_rise_are_refused():
    with pytest.raises(UsageError, match="do not rise"):
        waiting(PLANS, date(2022, 3, 1), weeks=(52, 18))


def test_advice_needs_whole_weeks_and_days_of_asking():
    with pytest.raises(UsageError, match="whole number of weeks"):
        advice_timeliness(ASKED, PLANS, YEAR, weeks=0)
    with pytest.raises(UsageError, match="milestones lacks the columns requested_date"):
        advice_timeliness(ASKED.drop("requested_date"), PLANS, YEAR)


def test_a_wait_lasts_until_the_plan_or_any_outcome():
    with pytest.raises(UsageError, match="until the plan"):
        time_to_plan(PLANS, YEAR, until="discharge")
