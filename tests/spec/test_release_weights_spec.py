"""Weights are not people: what a release makes of curves and incidences by hours of work."""

from datetime import date, timedelta

import polars as pl
import pytest

import workforce as wf
from builders import drawn, records
from workforce.errors import DisclosureError, UsageError

YEAR = wf.financial_year("2022-23")
life_table, median_stay, restricted_mean, retained_at = (
    wf.stats.life_table,
    wf.stats.median_stay,
    wf.stats.restricted_mean,
    wf.stats.retained_at,
)
incidence, retention, release = wf.leaving.incidence, wf.leaving.retention, wf.release


def staying(people: int, weight: float, leavers: int | None = None) -> pl.DataFrame:
    gone = people if leavers is None else leavers
    days = [n + 1 for n in range(people)]
    return pl.DataFrame({"entry": 0, "exit": days, "event": [n < gone for n in range(people)], "weight": weight})


def staff(people: int, fte: float = 0.5, **more) -> wf.Records:
    first = date(2022, 4, 1)
    frame = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"P{n:03}" for n in range(people)],
            "start_date": first,
            "end_date": [first + timedelta(days=3 * n + 3) if n % 2 else None for n in range(people)],
            "fte": fte,
            "leaving_destination": "nhs",
            **more,
        }
    )
    return records(assignments=frame)


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_few_people_with_large_weights_are_few_people(rule):
    table = life_table(staying(4, 100.0), weight="weight")
    assert table.frame["entered"].sum() == 400
    shown = release(table, rule).frame
    assert shown.select("value", "at_risk", "left", "marker").rows() == [(None, None, None, "c")]


def test_many_people_with_small_weights_are_many():
    shown = release(life_table(staying(60, 0.01), weight="weight")).frame
    assert shown["marker"].null_count() == len(shown)
    assert shown.filter(pl.col("left") > 0)["at_risk"].min() >= 10


def test_the_steps_of_a_weighted_curve_are_those_of_its_people_and_its_sums_are_not_shown():
    spells = staying(60, 1.0).with_columns(
        pl.col("exit") * 9, weight=pl.Series([0.2 if n % 3 else 1.0 for n in range(60)])
    )
    weighted, people = (release(life_table(spells, weight=w)).frame for w in ("weight", None))
    assert weighted.columns == people.columns
    unchanged = ["time", "entered", "at_risk", "left", "censored"]
    assert weighted.select(unchanged).equals(people.select(unchanged))
    assert (weighted["left"].cum_sum() % 6).is_in([0.0, 3.0]).all()
    exact = life_table(spells, weight="weight").frame
    steps = weighted.filter(pl.col("left") > 0)
    assert len(steps) > 3
    for time, value in steps.select("time", "value").rows():
        share = exact.filter(pl.col("time") <= time)["value"][-1]
        assert value == pytest.approx(share, abs=5e-4)  # the share on the day of the step, to a thousandth
    between = weighted.filter(pl.col("left") == 0, pl.col("time") > steps["time"][0])
    for time, value in between.select("time", "value").rows():
        assert value == steps.filter(pl.col("time") < time)["value"][-1]
    assert (weighted["value"] * 1000 - (weighted["value"] * 1000).round()).abs().max() < 1e-9


def test_retention_by_hours_is_released_in_blocks_of_people():
    shown = release(retention(staff(80), YEAR, basis="fte")).frame
    assert shown["definition"].unique().to_list() == ["product_limit_fte"]
    assert shown["marker"].null_count() == len(shown)
    assert release(retention(staff(12), YEAR, basis="fte")).frame["marker"].to_list() == ["c"]


def test_the_lead_organisation_gets_the_sums_with_the_people_behind_them():
    exact = retention(staff(80), YEAR, basis="fte")
    assert release(exact, "partner").frame.equals(exact.frame)


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_incidences_by_hours_are_refused_because_their_causes_have_few_people(rule):
    table = incidence(staff(80), YEAR, basis="fte")
    with pytest.raises(DisclosureError, match="how many people"):
        release(table, rule)
    assert release(table, "analyst").frame.equals(table.frame)
    assert release(incidence(staff(80), YEAR), rule).frame["value"].is_not_null().any()


def test_retention_by_hours_counts_the_hours_of_all_posts_held_when_the_stay_came_under_observation():
    posts = drawn(
        """
        person_id start_date  end_date    fte
        A         2021-04-01  2022-06-30  0.6
        A         2022-03-01  2022-06-30  0.2
        A         2021-04-01  2022-01-31  0.4
        B         2022-05-01  .           0.5
        B         2022-07-01  .           0.5
        """,
        organisation="council",
        role="caseworker",
    )
    table = retention(records(assignments=posts), YEAR, basis="fte").frame
    assert table.filter(pl.col("entered") > 0).select("time", "entered", "people_entered").rows() == [
        (0, 0.5, 1.0),
        (365, 0.8, 1.0),  # the post of 0.4 had ended before the records began
    ]
    # A leaves after 456 days, when B is not at risk of that long.
    assert table.filter(pl.col("left") > 0).select("time", "at_risk", "left", "value").rows() == [(456, 0.8, 0.8, 0.0)]


def test_where_everyone_works_the_same_hours_the_curve_is_that_of_people():
    hours, heads = (retention(staff(80), YEAR, basis=basis).frame for basis in ("fte", "headcount"))
    assert hours["value"].to_list() == pytest.approx(heads["value"].to_list())
    assert hours["at_risk"].to_list() == pytest.approx((heads["at_risk"] / 2).to_list())
    ours, theirs = (incidence(staff(80), YEAR, basis=basis).frame for basis in ("fte", "headcount"))
    for figure in ("value", "standard_error", "lower", "upper"):  # between people, whatever each counts for
        assert ours[figure].to_list() == pytest.approx(theirs[figure].to_list())


def test_the_limits_of_hours_do_not_add_up_and_are_left_out_when_tables_are():
    parts = [retention(part, YEAR, basis="fte") for part in (staff(40), staff(30, fte=1.0))]
    assert parts[0].frame["lower"].is_not_null().any()
    whole = wf.combine(*parts)
    assert whole.frame["lower"].null_count() == len(whole)
    both = pl.concat([staff(40).assignments, staff(30, fte=1.0, organisation="trust").assignments])
    expected = retention(records(assignments=both), YEAR, basis="fte").frame["value"]
    assert whole.frame["value"].to_list() == pytest.approx(expected.to_list())
    assert retained_at(whole, 100).frame["standard_error"].to_list() == [None]
    assert restricted_mean(whole, 100).frame.select("standard_error", "lower").row(0) == (None, None)
    assert median_stay(parts[0]).frame["value"].item() is not None


def test_tables_of_different_measures_are_not_added_up_as_one():
    fte, heads = (retention(staff(40), YEAR, basis=basis) for basis in ("fte", "headcount"))
    with pytest.raises(UsageError, match="different kinds"):
        wf.combine(fte, heads)
    with pytest.raises(UsageError, match="basis"):
        retention(staff(40), wf.Period(date(2022, 4, 1), date(2023, 3, 31)), basis="hours")
