"""Laws of time use: no hour is lost, the parts make up the whole, and the order of the rows changes nothing."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import workforce as wf
from workforce import months

FIRST = date(2023, 1, 1)
EVERY = months("2022-12", "2023-07")
stretches = st.lists(
    st.tuples(
        st.sampled_from(["council", "trust"]),
        st.sampled_from("abcd"),
        st.sampled_from(["cases", "travel", "meetings"]),
        st.integers(0, 120),
        st.integers(0, 60),
        st.floats(0.25, 24.0),
    ),
    max_size=10,
)
STAFF = pl.DataFrame(
    [(o, p, t) for o in ("council", "trust") for p, t in zip("abcd", ["north", "south", None, "north"], strict=True)],
    schema=["organisation", "person_id", "team"],
    orient="row",
).with_columns(start_date=pl.lit(date(2020, 1, 1)), fte=pl.lit(1.0), role=pl.lit("caseworker"))
few = settings(max_examples=30)


def hours_of(rows):
    return pl.DataFrame(
        [
            (o, p, a, FIRST + timedelta(days=start), FIRST + timedelta(days=start + length), hours)
            for o, p, a, start, length, hours in rows
        ],
        schema={
            "organisation": pl.String,
            "person_id": pl.String,
            "activity": pl.String,
            "period_start": pl.Date,
            "period_end": pl.Date,
            "hours": pl.Float64,
        },
        orient="row",
    )


def use_of(hours, **options):
    return wf.casework.time_use(wf.Records(hours=hours, assignments=STAFF), EVERY, **options)


def of(table, definition):
    return table.filter(pl.col("definition") == definition)


@given(stretches)
@few
def test_no_hour_is_lost_between_months(rows):
    hours = hours_of(rows)
    shares = of(use_of(hours), "share").frame
    assert (shares["numerator"].sum() or 0) == pytest.approx(hours["hours"].sum())


@given(stretches)
@few
def test_activities_make_up_all_hours_of_every_group_and_month(rows):
    shares = of(use_of(hours_of(rows), by=["team"]), "share").frame.filter(pl.col("numerator").is_not_null())
    keys = ["team", "period_start"]
    for row in (
        shares.group_by(keys).agg(pl.col("numerator").sum(), pl.col("denominator").first()).iter_rows(named=True)
    ):
        assert row["numerator"] == pytest.approx(row["denominator"])


@given(stretches)
@few
def test_teams_and_months_roll_up_to_the_whole(rows):
    hours = hours_of(rows)
    if hours.is_empty():
        return
    core = ["cases"] if "cases" in hours["activity"].to_list() else []
    whole = of(use_of(hours, core=core), "share").frame
    for column in ("team", "organisation"):
        rolled = wf.combine(of(use_of(hours, core=core, by=[column]), "share"), over=[column]).frame
        sides = ["activity", "period_start", "numerator", "denominator", "value"]
        assert_frame_equal(rolled.select(sides), whole.select(sides), abs_tol=1e-9)


@given(stretches)
@few
def test_limits_of_organisations_combine_to_those_of_the_whole(rows):
    hours = hours_of(rows)
    if hours.is_empty():
        return
    parts = of(use_of(hours, by=["organisation"]), "share")
    known = parts.frame.filter(pl.col("denominator") > 0)
    if (known["lower"].is_null()).any():
        return
    rolled = wf.combine(parts, over=["organisation"]).frame
    assert rolled.filter(pl.col("value").is_not_null())["lower"].is_not_null().all()


@given(stretches, st.randoms(use_true_random=False))
@few
def test_shuffling_the_rows_changes_nothing(rows, random):
    hours = hours_of(rows)
    order = list(range(hours.height))
    random.shuffle(order)
    measured = [
        wf.casework.time_use(wf.Records(hours=h, assignments=s), EVERY, by=["team"]).frame
        for h, s in ((hours, STAFF), (hours[order], STAFF.reverse()))
    ]
    assert_frame_equal(*measured, abs_tol=1e-9)
