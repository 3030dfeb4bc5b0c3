"""Time use: what comes out, what a board sees, and what is refused."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import workforce as wf
from builders import REST
from workforce import month
from workforce.errors import UsageError

MARCH = month("2023-03")
STAFF = pl.DataFrame(
    {
        "organisation": "council",
        "person_id": [f"p{n}" for n in range(14)],
        "start_date": date(2020, 1, 1),
        "fte": 1.0,
        "role": "caseworker",
        "team": ["big"] * 11 + ["three"] * 3,
    }
)
HOURS = pl.concat(
    STAFF.select(
        "organisation",
        "person_id",
        activity=pl.lit(activity),
        period_start=pl.lit(MARCH.start),
        period_end=pl.lit(MARCH.end),
        hours=pl.lit(hours),
    )
    for activity, hours in (("cases", 80.0), ("travel", 20.0))
)
AREA = wf.Records(hours=HOURS, assignments=STAFF)


def test_a_measure_table_comes_out_with_the_activity_after_the_groups():
    table = wf.casework.time_use(AREA, MARCH, core=["cases"], by=["team"]).frame
    assert table.columns == ["measure", "definition", "team", "activity", *REST]
    assert table["definition"].unique().sort().to_list() == ["core", "coverage", "share"]


def test_the_team_of_three_is_withheld_from_a_board_and_from_a_management_meeting():
    table = wf.casework.time_use(AREA, MARCH, core=["cases"], by=["team"])
    for rule in ("board", "internal"):
        shown = wf.release(table, rule).frame
        assert set(shown.filter(pl.col("team") == "three")["marker"].to_list()) == {"c"}
        assert shown.filter(pl.col("team") == "big")["value"].is_not_null().all()


def test_an_activity_that_nobody_recorded_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match='nobody recorded time on "case"') as refused:
        wf.casework.time_use(AREA, MARCH, core=["cases", "case"])
    assert refused.value.hint == 'did you mean "cases"?'


def test_a_core_activity_that_is_not_recorded_and_is_no_misspelling_adds_nothing():
    with_visits = wf.casework.time_use(AREA, MARCH, core=["cases", "visits"])
    core = with_visits.frame.filter(pl.col("definition") == "core")
    assert core.select("numerator", "denominator").row(0) == (14 * 80, 14 * 100)
    assert with_visits.reasons == ()
    none = wf.casework.time_use(AREA, MARCH, core=["visits"])
    assert none.frame.filter(pl.col("definition") == "core")["marker"].to_list() == ["x"]
    assert none.reasons == ("no time is recorded on core activities",)
    assert wf.casework.time_use(AREA, MARCH).reasons == ("core activities are not set",)


def test_a_column_that_the_staff_lack_is_refused():
    with pytest.raises(UsageError, match='no column "teem"'):
        wf.casework.time_use(AREA, MARCH, by=["teem"])


def test_hours_without_an_activity_are_refused():
    with pytest.raises(UsageError, match="hours lacks the columns activity"):
        wf.casework.time_use(wf.Records(hours=HOURS.drop("activity"), assignments=STAFF), MARCH)


def test_lazy_frames_give_the_same_figures_and_no_frame_is_changed():
    before = HOURS.clone(), STAFF.clone()
    assert_frame_equal(
        wf.casework.time_use(wf.Records(hours=HOURS.lazy(), assignments=STAFF.lazy()), MARCH, by=["team"]).frame,
        wf.casework.time_use(AREA, MARCH, by=["team"]).frame,
    )
    assert_frame_equal(HOURS, before[0])
    assert_frame_equal(STAFF, before[1])


def test_staff_records_that_do_not_cover_the_period_cannot_say_who_could_have_recorded_time():
    late = STAFF.with_columns(observed_from=date(2023, 3, 15))
    table = wf.casework.time_use(wf.Records(hours=HOURS, assignments=late), MARCH, core=["cases"]).frame
    by_name = dict(table.filter(pl.col("activity") == "all").select("definition", "marker").rows())
    assert by_name == {"core": None, "coverage": "x"}
