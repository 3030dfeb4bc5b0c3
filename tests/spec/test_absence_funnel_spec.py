"""Funnels of absence: limits from dealing the area's people out to its groups."""

import pickle
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import polars as pl
import pytest

import workforce as wf
from workforce.errors import UsageError

YEAR = wf.financial_year("2022-23")
FIRST = date(2022, 6, 6)  # a Monday
LIMITS = ("lower_95", "upper_95", "lower_998", "upper_998")


def area(days, teams, *, organisation="council", ids=None, **columns):
    """Full-timers of teams, each absent for so many calendar days."""
    names = ids or [f"p{n:03}" for n in range(len(days))]
    staff = {
        "organisation": organisation,
        "person_id": names,
        "fte": 1.0,
        "start_date": date(2020, 1, 1),
        "team": teams,
        **columns,
    }
    absent = [(name, int(n)) for name, n in zip(names, days, strict=True) if n]
    sick = {
        "organisation": organisation,
        "person_id": [name for name, _ in absent],
        "start_date": FIRST,
        "end_date": [FIRST + timedelta(days=n - 1) for _, n in absent],
    }
    absences = pl.DataFrame(sick, schema_overrides={"person_id": pl.String, "end_date": pl.Date})
    return wf.Records(
        assignments=pl.DataFrame(staff), absences=absences.with_columns(organisation=pl.lit(organisation))
    )


def funnel(records, **options):
    return wf.absence.funnel(records, YEAR, **{"definition": "nhs", "by": "team", **options})


def test_the_limits_are_those_of_every_way_to_deal_the_people_out():
    days = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64]
    rows = funnel(area(days, ["A"] * 3 + ["B"] * 9), limits=(0.95, 0.8)).frame
    sums = np.sort([sum(deal) for deal in combinations(days, 3)])  # 220 ways to make a team of three
    dealt = rows.row(by_predicate=pl.col("team") == "A", named=True)
    per_cent = 100 / (3 * YEAR.days)
    for level, name in ((0.95, "95"), (0.8, "80")):
        tail = (1 - level) / 2
        # The limit is a sum that is reached in about the tail's share of deals: one of those near its place among all.
        low, high = (round(dealt[f"{side}_{name}"] / per_cent) for side in ("lower", "upper"))
        assert (sums <= low).mean() >= tail - 0.01
        assert (sums < low).mean() <= tail + 0.01
        assert (sums >= high).mean() >= tail - 0.01
        assert (sums > high).mean() <= tail + 0.01


def test_the_row_is_that_of_the_rate_and_the_centre_that_of_the_area():
    records = area([0, 10, 20, 30], ["A", "A", "B", "B"])
    table, rate = funnel(records), wf.absence.rate(records, YEAR, definition="nhs", by=["team"])
    assert table.frame.select(rate.frame.columns).equals(rate.frame)
    assert table.added == (*rate.added, "centre", *LIMITS, "position")
    assert table.frame["centre"].to_list() == pytest.approx([100 * 60 / (4 * YEAR.days)] * 2)


def test_a_team_of_which_everybody_was_long_absent_is_above_the_limits_and_one_with_one_long_absence_is_not():
    usual = [n % 7 for n in range(100)]
    everybody = funnel(area([*[90] * 10, *usual], ["A"] * 10 + ["B"] * 100)).frame
    one_person = funnel(area([*[180, *[2] * 9], *usual], ["A"] * 10 + ["B"] * 100)).frame
    assert everybody["position"].to_list() == ["above the 99.8% limits", "below the 99.8% limits"]
    assert one_person["position"].to_list()[0] != "above the 99.8% limits"


def test_the_same_records_give_the_same_limits_whatever_people_are_called_and_in_whatever_order_they_come():
    days, teams = [0, 3, 0, 5, 40, 0, 7, 0, 1, 2] * 3, ["A", "B", "C"] * 10
    first = funnel(area(days, teams)).frame
    order = np.random.default_rng(3).permutation(30)
    other_ids = [f"q{n:03}" for n in np.random.default_rng(4).permutation(30)]
    second = funnel(area([days[n] for n in order], [teams[n] for n in order], ids=other_ids)).frame
    assert second.select("team", *LIMITS).equals(first.select("team", *LIMITS))


def test_limits_are_never_below_0_nor_where_nobody_was_absent():
    nobody = funnel(area([0] * 6, ["A", "B"] * 3)).frame
    assert nobody.select("centre", *LIMITS, "position").rows() == [(None,) * 6] * 2
    few = funnel(area([5, 0, 0, 0, 0, 0], ["A", "B"] * 3)).frame
    assert (few["lower_998"] == 0).all()
    assert (few["upper_998"] > 0).all()
    assert (few["position"] == "within the limits").all()


def test_with_strata_the_figure_is_the_standardised_ratio_and_people_stay_in_their_stratum():
    # Older staff lose 20 days each and younger ones none: the team of older staff is as expected.
    days, ages = [20] * 20 + [0] * 20, ["50 and over"] * 20 + ["under 50"] * 20
    records = area(days, ["A"] * 15 + ["B"] * 25, age_band=ages)
    crude = funnel(records).frame
    fair = funnel(records, strata="age_band")
    assert crude["position"].to_list() == ["above the 99.8% limits", "below the 99.8% limits"]
    assert fair.frame["definition"].unique().to_list() == ["nhs_indirect"]
    assert fair.frame["value"].to_list() == pytest.approx([100, 100])
    assert fair.frame["centre"].to_list() == pytest.approx([100, 100])
    assert fair.frame["position"].to_list() == ["within the limits"] * 2
    assert fair.frame["upper_998"].to_list() == pytest.approx([100, 100])  # within a stratum all are alike


def test_each_period_is_a_funnel_of_its_own():
    records = area([0, 10, 20, 30] * 5, ["A", "B"] * 10)
    both = wf.absence.funnel(records, wf.months("2022-06", "2022-07"), definition="nhs", by="team")
    june = wf.absence.funnel(records, wf.month("2022-06"), definition="nhs", by="team")
    assert both.frame.filter(pl.col("period_end") == date(2022, 6, 30)).select(LIMITS).equals(june.frame.select(LIMITS))
    assert len(both) == 4


def test_an_organisation_that_does_not_record_absence_is_named_and_not_dealt_out():
    records = area([0, 10, 20, 30] * 5, ["A", "B"] * 10)
    trust = records.assignments.collect() if isinstance(records.assignments, pl.LazyFrame) else records.assignments
    more = wf.Records(
        assignments=pl.concat([trust, trust.with_columns(organisation=pl.lit("trust"))]), absences=records.absences
    )
    table = funnel(more).frame
    assert table.select(LIMITS).equals(funnel(records).frame.select(LIMITS))
    assert table["left_out"].to_list() == [["trust"]] * 2


def test_where_absence_is_not_recorded_there_are_no_limits_but_a_reason():
    records = area([0] * 4, ["A", "B"] * 2)
    table = wf.absence.funnel(wf.Records(assignments=records.assignments), YEAR, definition="nhs", by="team")
    assert table.frame.select("marker", "centre", *LIMITS, "position").unique().rows() == [("x", *[None] * 6)]
    assert table.reasons


def test_no_person_is_in_what_comes_back_nor_in_its_bytes():
    ids = [f"SECRET{n:02}" for n in range(20)]
    table = funnel(area([0, 3, 5, 90] * 5, ["A", "B"] * 10, ids=ids))
    assert "SECRET" not in repr(table.frame.to_dicts())
    assert b"SECRET" not in pickle.dumps(table)
    assert "person_id" not in table.frame.columns


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": []}, "compares groups of staff"),
        ({"by": "reason"}, "compares groups of staff"),
        ({"definition": "schools"}, "one definition"),
        ({"limits": ()}, "needs limits"),
        ({"limits": (0.99999,)}, "more deals"),
        ({"by": "team", "strata": "team"}, "twice"),
    ],
)
def test_calls_that_make_no_sense_are_refused(options, words):
    with pytest.raises(UsageError, match=words):
        funnel(area([0, 5, 9, 0], ["A", "A", "B", "B"]), **options)


def test_of_twelve_like_teams_some_is_outside_the_limits_on_few_pages():
    rng, pages, outside = np.random.default_rng(12), 15, 0
    for _ in range(pages):
        days = np.where(rng.random(96) < 0.6, np.ceil(rng.lognormal(1.5, 1.3, 96)), 0).clip(0, 250)
        position = funnel(area(days, [f"{n % 12:02}" for n in range(96)])).frame["position"]
        outside += position.str.contains("99.8%", literal=True).any()
    assert outside <= 3
