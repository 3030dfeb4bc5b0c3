"""Medians, restricted means and shares that are read off a life table: what a release shows of them, and how a table writes it."""

import pickle
from dataclasses import replace

import polars as pl
import pytest

import workforce as wf
from builders import drawn, records, staff
from workforce.errors import UsageError

PEOPLE = 120
YEAR = wf.financial_year("2022-23")
SUMMARIES = {
    "median": wf.stats.median_stay,
    "restricted mean": lambda curve: wf.stats.restricted_mean(curve, 365),
    "share": lambda curve: wf.stats.retained_at(curve, [90, 365]),
}
FIGURES = ["value", "lower", "upper", "standard_error"]


def stays(people=PEOPLE) -> pl.DataFrame:
    """Stays of so many people, of whom three in four left, one every five days."""
    days = [5 * n + 5 for n in range(people)]
    return pl.DataFrame({"entry": 0, "exit": days, "event": [n % 4 > 0 for n in range(people)]})


def stays_of_teams(small: int):
    frames = [stays().with_columns(team=pl.lit("large")), stays(small).with_columns(team=pl.lit("small"))]
    return wf.stats.life_table(pl.concat(frames), by="team")


@pytest.mark.parametrize("rule", ["board", "internal"])
@pytest.mark.parametrize("summary", SUMMARIES.values(), ids=SUMMARIES)
def test_what_is_shown_is_read_off_the_curve_that_is_shown(summary, rule):
    exact = wf.stats.life_table(stays())
    shown = wf.release(summary(exact), rule).frame
    released_curve = wf.release(exact, rule).result
    assert shown.equals(summary(released_curve).frame)
    # Not the exact figures, which would tell the day on which somebody left.
    assert not shown.select(FIGURES).equals(summary(exact).frame.select(FIGURES))
    assert shown["value"].null_count() == 0


@pytest.mark.parametrize("rule", ["board", "internal"])
@pytest.mark.parametrize("summary", SUMMARIES.values(), ids=SUMMARIES)
def test_a_group_whose_curve_is_withheld_has_no_figures(summary, rule):
    shown = wf.release(summary(stays_of_teams(4)), rule).frame
    small = shown.filter(pl.col("team") == "small")
    assert small["marker"].unique().to_list() == ["c"]
    assert small.select(*FIGURES, "denominator", "people").null_count().row(0) == (len(small),) * 6
    assert shown.filter(pl.col("team") == "large")["value"].null_count() == 0


@pytest.mark.parametrize("summary", SUMMARIES.values(), ids=SUMMARIES)
def test_the_exact_figures_are_there_before_release_and_stay_behind(summary):
    exact = summary(stays_of_teams(4))
    assert exact.frame["marker"].null_count() == len(exact) - (exact.frame["value"].null_count())
    shown = wf.release(exact, "board").result
    assert shown.curve.frame.filter(pl.col("team") == "small")["left"].to_list() == [None]
    assert wf.release(exact, "partner").frame.equals(exact.frame)
    assert wf.release(exact, "analyst").frame.equals(exact.frame)


def test_the_denominator_is_how_many_were_followed():
    exact = wf.stats.median_stay(stays_of_teams(40)).frame
    assert exact.select("team", "denominator", "people").rows() == [("large", 120.0, 120), ("small", 40.0, 40)]
    shown = wf.release(wf.stats.median_stay(stays_of_teams(40))).frame
    assert (shown["denominator"] % 6 == 3).all()  # the midpoints of sixes, as the curve has them


def test_rows_that_were_left_out_before_stay_out():
    exact = wf.stats.retained_at(stays_of_teams(40), [90, 365]).filter(pl.col("team") == "large", pl.col("time") == 90)
    assert wf.release(exact).frame.select("team", "time").rows() == [("large", 90.0)]


def test_a_figure_that_the_released_curve_does_not_reach_is_not_available():
    one_left_late = wf.stats.life_table(stays().with_columns(event=pl.int_range(PEOPLE) < 20))
    shown = wf.release(wf.stats.median_stay(one_left_late)).frame
    assert shown.select("value", "marker").row(0) == (None, "x")


def test_figures_stand_under_the_definition_of_their_curve():
    area = staff("person_id start_date end_date\n A 2022-04-01 2022-04-10\n B 2022-04-01 .", fte=1.0, role="caseworker")
    headcount, hours = (wf.leaving.retention(area, YEAR, basis=basis) for basis in ("headcount", "fte"))
    assert wf.stats.median_stay(headcount).frame.select("measure", "definition", "unit").row(0) == (
        "retention",
        "median",
        "calendar days",
    )
    mean = wf.stats.restricted_mean(hours, 90)
    assert mean.frame.select("definition", "value", "standard_error", "people").row(0) == (
        "restricted_mean_90_fte",
        50.0,  # one of two for 10 days, the other for 90
        None,
        2,
    )
    assert mean.definitions[0].words.startswith(
        "mean time up to 90 calendar days, from the share of full-time equivalents"
    )
    assert wf.stats.retained_at(headcount, 10).definitions[0].unit == "proportion"


def test_a_table_writes_them_with_their_unit():
    curve = wf.stats.life_table(stays())
    released = wf.release(
        {
            "median": wf.stats.median_stay(curve),
            "mean": wf.stats.restricted_mean(curve, 52, unit="weeks"),
            "shares": wf.stats.retained_at(curve, [90, 365]),
        }
    )
    median = released["median"].frame["value"].item()
    html = wf.table(released["median"]).html
    assert "(calendar days)" in html
    assert f">{median:.0f}<" in html
    assert "(weeks)" in wf.table(released["mean"]).html
    shares = wf.table(released["shares"]).html
    assert ">365<" in shares
    assert f">{released['shares'].frame['value'][1]:.3f}<" in shares


@pytest.mark.parametrize("summary", SUMMARIES.values(), ids=SUMMARIES)
def test_they_never_roll_up(summary):
    with pytest.raises(UsageError, match="never rolls up"):
        wf.combine(summary(stays_of_teams(40)), over=["team"])


@pytest.mark.parametrize("name", ["median", "share"])
def test_they_can_be_pickled_and_read_again(name):
    exact = SUMMARIES[name](stays_of_teams(40))
    again = pickle.loads(pickle.dumps(exact))  # noqa: S301 - our own bytes
    assert again.frame.equals(exact.frame)
    assert wf.release(again).frame.equals(wf.release(exact).frame)


def test_organisations_appear_by_name_in_what_is_read_off_again():
    frame = pl.concat(
        [
            drawn(f"person_id start_date end_date\n {slug}{n} 2022-04-01 {end}", organisation=slug, fte=1.0)
            for slug in ("council", "trust")
            for n, end in enumerate(["2022-05-01", "2022-06-01", "."] * 20)
        ]
    )
    median = wf.stats.median_stay(wf.leaving.retention(records(assignments=frame), YEAR, by="organisation"))
    plain = wf.release(median).frame
    names = frozenset({("trust", "NHS trust")})
    named = median._with(median.frame, curve=_called(median.curve, names), _provenance=_with_names(median, names))
    shown = wf.release(named).frame
    assert shown["organisation"].to_list() == ["council", "NHS trust"]
    assert shown["value"].to_list() == plain["value"].to_list()


def _with_names(result, names):
    return replace(result._provenance, names=names)


def _called(curve, names):
    return curve._with(curve.frame, _provenance=_with_names(curve, names))
