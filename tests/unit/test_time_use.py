"""Time use: what comes out, what a board sees, and what is refused."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from workforce.disclosure import release
from workforce.errors import UsageError
from workforce.measures.casework.time_use import time_use
from workforce.measures.frame import REST
from workforce.periods import month

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


def test_a_measure_table_comes_out_with_the_activity_after_the_groups():
    table = time_use(HOURS, STAFF, MARCH, core=["cases"], by=["team"])
    assert table.columns == ["measure", "definition", "team", "activity", *REST]
    assert table["definition"].unique().sort().to_list() == ["core", "coverage", "share"]


def test_the_team_of_three_is_withheld_from_a_board_and_from_a_management_meeting():
    table = time_use(HOURS, STAFF, MARCH, core=["cases"], by=["team"])
    for rule in ("board", "internal"):
        shown = release(table, rule).frame
        assert set(shown.filter(pl.col("team") == "three")["marker"].to_list()) == {"c"}
        assert shown.filter(pl.col("team") == "big")["value"].is_not_null().all()


def test_an_activity_that_nobody_recorded_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match='nobody recorded time on "case"') as refused:
        time_use(HOURS, STAFF, MARCH, core=["cases", "case"])
    assert refused.value.hint == 'did you mean "cases"?'


def test_a_column_that_the_staff_lack_is_refused():
    with pytest.raises(UsageError, match='no column "teem"'):
        time_use(HOURS, STAFF, MARCH, by=["teem"])


def test_hours_without_an_activity_are_refused():
    with pytest.raises(UsageError, match="hours lacks the columns activity"):
        time_use(HOURS.drop("activity"), STAFF, MARCH)


def test_lazy_frames_give_the_same_figures_and_no_frame_is_changed():
    before = HOURS.clone(), STAFF.clone()
    assert_frame_equal(
        time_use(HOURS.lazy(), STAFF.lazy(), MARCH, by=["team"]), time_use(HOURS, STAFF, MARCH, by=["team"])
    )
    assert_frame_equal(HOURS, before[0])
    assert_frame_equal(STAFF, before[1])


def test_staff_records_that_do_not_cover_the_period_cannot_say_who_could_have_recorded_time():
    late = STAFF.with_columns(observed_from=date(2023, 3, 15))
    table = time_use(HOURS, late, MARCH, core=["cases"])
    by_name = dict(table.filter(pl.col("activity") == "all").select("definition", "marker").rows())
    assert by_name == {"core": None, "coverage": "x"}
