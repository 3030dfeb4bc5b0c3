"""Has it changed, do groups differ: which rows are compared, and what is said of them."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import measured
from workforce.errors import UsageError

YEARS = [wf.year_to(f"{year}-03") for year in (2021, 2022, 2023)]


def by_period(periods, counts, sizes, measure=("turnover", "average"), **columns):
    """A measure table of one row a period."""
    sides = {
        "period_start": [p.start for p in periods],
        "period_end": [p.end for p in periods],
        "numerator": [None if n is None else float(n) for n in counts],
        "denominator": [None if n is None else float(n) for n in sizes],
        "people": 100,
        **columns,
    }
    return measured(pl.DataFrame(sides), *measure, by=[c for c in columns if c not in ("left_out", "marker")])


def by_team(counts, sizes, measure=("turnover", "average")):
    """A measure table of one year, a row a team."""
    teams = [f"team {n}" for n in range(len(counts))]
    return by_period([YEARS[0]] * len(counts), counts, sizes, measure, team=teams)


def verdicts(table, **options):
    return wf.difference(table, **options).frame["verdict"].to_list()


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (60, 90, "rose"),
        (90, 60, "fell"),
        (60, 70, "higher than before, which chance alone could explain"),
        (70, 60, "lower than before, which chance alone could explain"),
        (60, 62, "about the same"),
        (0, 0, "about the same"),
    ],
)
def test_a_change_is_called_a_rise_only_where_chance_alone_does_not_explain_it(before, after, verdict):
    assert verdicts(by_period(YEARS[:2], [before, after], [500, 500])) == [verdict]


def test_a_rise_may_be_clear_where_the_limits_of_the_two_figures_overlap():
    table = by_period(YEARS[:2], [60, 90], [500, 500])
    assert table.frame["lower"][1] < table.frame["upper"][0]
    assert verdicts(table) == ["rose"]


def test_what_is_worth_a_mention_is_a_twentieth_of_the_earlier_figure_unless_told_otherwise():
    table = by_period(YEARS[:2], [60, 70], [500, 500])
    assert verdicts(table, material=0.2) == ["about the same"]


@pytest.mark.parametrize(
    ("setting", "verdict"),
    [("", "higher than before, which chance alone could explain"), ("[report]\nmaterial = 0.6\n", "about the same")],
)
def test_the_area_says_what_is_worth_a_mention(tmp_path, setting, verdict):
    # Two of 100 left in the first year, three in the second.
    ends = {0: "2021-05-31", 1: "2021-06-30", 2: "2022-05-31", 3: "2022-06-30", 4: "2022-07-31"}
    rows = [f"{n},2018-01-01,{ends.get(n, '')},1" for n in range(100)]
    (tmp_path / "staff.csv").write_text("\n".join(["No,Start,End,FTE", *rows]), encoding="utf-8")
    (tmp_path / "area.toml").write_text(
        f"""
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true

{setting}
[organisations.council]
name = "Council"
kind = "council"

[[organisations.council.files]]
path = "staff.csv"
table = "assignments"
columns = {{ person_id = "No", start_date = "Start", end_date = "End", fte = "FTE" }}
constants = {{ role = "Teaching assistant" }}
""",
        encoding="utf-8",
    )
    turnover = wf.staffing.turnover(wf.load_area(tmp_path / "area.toml"), YEARS[1:], definition="average")
    assert verdicts(turnover) == [verdict]


def test_a_clear_change_is_called_so_however_small():
    assert verdicts(by_period(YEARS[:2], [90_000, 92_000], [500_000] * 2), material=0.05) == ["rose"]


def test_shares_are_compared_by_newcombes_method_with_n_minus_1():
    # Newcombe (1998), Statistics in Medicine 17:873, table II (a) and (b), method 10; each distance times the root of n / (n - 1).
    wilson = {
        (48, 80): (0.4904, 0.7004),
        (56, 70): (0.6918, 0.8769),
        (3, 10): (0.1078, 0.6032),
        (9, 10): (0.5958, 0.9821),
    }
    for before, after, published in (
        ((48, 80), (56, 70), (0.0524, 0.3339)),
        ((3, 10), (9, 10), (0.1705, 0.8090)),
    ):
        first, second = after[0] / after[1], before[0] / before[1]
        (l1, u1), (l2, u2) = wilson[after], wilson[before]

        def limits(times1, times2):
            down = ((first - l1) * times1) ** 2 + ((u2 - second) * times2) ** 2  # noqa: B023
            up = ((u1 - first) * times1) ** 2 + ((second - l2) * times2) ** 2  # noqa: B023
            return first - second - down**0.5, first - second + up**0.5  # noqa: B023

        assert limits(1, 1) == pytest.approx(published, abs=0.0002)
        table = by_period(YEARS[:2], [before[0], after[0]], [before[1], after[1]], ("stability", "nhs"))
        row = wf.difference(table).frame
        expected = limits(*((n / (n - 1)) ** 0.5 for n in (after[1], before[1])))
        assert row.select("lower", "upper").row(0) == pytest.approx([100 * limit for limit in expected], abs=0.02)


def test_counts_over_exposure_enter_with_mid_p_limits():
    # Mid-P limits of 0 and of 10 events: 0 to 2.996, and 5.080 to 17.825 (Cohen & Yang 1994); MOVER by hand.
    row = wf.difference(by_period(YEARS[:2], [0, 10], [100, 100])).frame
    lower, upper = 10 - (4.9205**2 + 2.9957**2) ** 0.5, 10 + (7.8249**2 + 0) ** 0.5
    assert row.select("lower", "upper").row(0) == pytest.approx((lower, upper), abs=0.001)


def test_the_ratio_agrees_with_the_difference_and_has_limits_where_one_figure_is_0():
    row = wf.difference(by_period(YEARS[:2], [60, 90], [500, 500])).frame.row(0, named=True)
    assert row["ratio"] == pytest.approx(1.5)
    assert 1 < row["ratio_lower"] < 1.5 < row["ratio_upper"]
    none = wf.difference(by_period(YEARS[:2], [0, 9], [500, 500])).frame.row(0, named=True)
    assert none["verdict"] == "rose"
    assert none["ratio"] is None
    assert none["ratio_lower"] > 1
    assert none["ratio_upper"] is None


def test_the_p_value_is_below_5_percent_exactly_where_the_limits_exclude_no_change():
    for after in range(60, 130):
        row = wf.difference(by_period(YEARS[:2], [80, after], [500, 480])).frame.row(0, named=True)
        assert (row["p_value"] < 0.05) == (row["lower"] > 0 or row["upper"] < 0)


@pytest.mark.parametrize(
    ("measure", "why"),
    [(("turnover", "average_fte"), "a figure has no limits"), (("leavers", "left"), "a figure has no limits")],
)
def test_a_figure_without_limits_is_not_tested(measure, why):
    frame = wf.difference(by_period(YEARS[:2], [60, 90], [500, 500], measure)).frame
    assert frame.select("verdict", "why", "p_value").row(0) == ("not tested", why, None)


def test_a_missing_figure_is_not_tested():
    frame = wf.difference(by_period(YEARS[:2], [None, 90], [None, 500], marker=["x", None])).frame
    assert frame.select("verdict", "why").row(0) == ("not tested", "a figure is missing")


def test_figures_of_other_organisations_are_not_tested():
    frame = wf.difference(by_period(YEARS[:2], [60, 90], [500, 500], left_out=[["schools"], []])).frame
    assert frame.select("verdict", "why").row(0) == ("not tested", "the figures are not of the same organisations")


def test_an_organisation_that_never_answers_does_not_keep_its_groups_from_being_tested():
    years = [YEARS[0], YEARS[0], YEARS[1], YEARS[1]]
    teams, left_out = ["a", "b", "a", "b"], [["icb"], ["icb"], [], ["icb"]]  # the icb has nobody left in team a
    table = by_period(years, [60, 60, 90, 60], [500] * 4, team=teams, left_out=left_out)
    assert verdicts(table) == ["rose", "about the same"]


def compared(table):
    return wf.difference(table).frame.select("period_end", "compared_end").rows()


def test_each_year_is_compared_with_the_one_before():
    assert compared(by_period(YEARS, [60, 70, 80], [500] * 3)) == [
        (YEARS[1].end, YEARS[0].end),
        (YEARS[2].end, YEARS[1].end),
    ]


def test_a_month_is_compared_with_the_same_month_of_the_year_before_where_a_table_has_one():
    months = wf.months_to("2023-03", 14)
    assert compared(by_period(months, range(20, 34), [500] * 14)) == [
        (months[12].end, months[0].end),
        (months[13].end, months[1].end),
    ]


def test_months_of_one_year_are_compared_with_the_month_before():
    months = wf.months_to("2023-03", 3)
    assert compared(by_period(months, [5, 6, 7], [500] * 3)) == [
        (months[1].end, months[0].end),
        (months[2].end, months[1].end),
    ]


def test_periods_that_share_a_day_are_never_compared():
    rolling = wf.rolling_years("2023-03", 14)
    assert compared(by_period(rolling, range(50, 64), [500] * 14)) == [
        (rolling[12].end, rolling[0].end),
        (rolling[13].end, rolling[1].end),
    ]
    assert compared(by_period(rolling[:12], range(50, 62), [500] * 12)) == []


def test_a_month_is_never_compared_with_a_year():
    assert compared(by_period([YEARS[0], wf.month("2023-03")], [50, 5], [500] * 2)) == []


def test_days_are_compared_with_the_day_a_year_before():
    days = [wf.Period(day, day) for day in (date(2022, 2, 28), date(2022, 12, 31), date(2023, 2, 28))]
    table = by_period(days, [400, 420, 410], [500] * 3, ("stability", "nhs"))
    assert compared(table) == [(days[2].end, days[0].end)]


def test_groups_are_compared_with_their_own_past_only():
    years, teams = [YEARS[0], YEARS[1]] * 2, ["a", "a", None, None]
    table = by_period(years, [60, 90, 90, 60], [500] * 4, team=teams)
    assert sorted(wf.difference(table).frame.select("team", "verdict").rows(), key=str) == [
        ("a", "rose"),
        (None, "fell"),
    ]


def test_groups_are_tested_all_at_once_before_any_is_named():
    frame = wf.difference(by_team([30, 10, 12], [100, 100, 100]), over="team").frame
    assert frame.select("team", "compared_with", "verdict").rows() == [
        (None, "one another", "they differ"),
        ("team 0", "the rest", "higher than the rest"),
        ("team 1", "the rest", "lower than the rest, which chance alone could explain"),
        ("team 2", "the rest", "lower than the rest, which chance alone could explain"),
    ]


def test_where_groups_differ_by_chance_none_is_named_however_it_looks_by_itself():
    # Twelve teams, one of them with p = 0.03 by itself: chi-square of all is 11.7 on 11 degrees of freedom.
    frame = wf.difference(by_team([20, *[10] * 11], [100] * 12), over="team").frame
    assert frame["p_value"][1] < 0.05
    assert frame["verdict"][0] == "they differ by what chance alone could explain"
    assert frame["verdict"][1] == "higher than the rest, which chance alone could explain"


def test_the_test_of_all_groups_is_chi_square():
    # Shares 10, 20 and 30 of 100: chi-square 12.5 on 2; rates 12, 20, 28 of 100: 6.4 on 2.
    share = wf.difference(by_team([10, 20, 30], [100] * 3, ("stability", "nhs")), over="team").frame["p_value"][0]
    rate = wf.difference(by_team([12, 20, 28], [100] * 3), over="team").frame["p_value"][0]
    assert (share, rate) == pytest.approx((0.00193, 0.04076), abs=0.00001)


def test_where_few_events_are_expected_the_test_of_all_groups_is_by_simulation_and_the_same_each_time():
    # Four of four events in one of five equal teams: 5 of 625 ways, p = 0.008.
    tables = [by_team([4, 0, 0, 0, 0], [20] * 5) for _ in range(2)]
    p_values = [wf.difference(table, over="team").frame["p_value"][0] for table in tables]
    assert p_values[0] == p_values[1] == pytest.approx(0.008, abs=0.003)


def test_two_groups_are_tested_by_their_difference():
    frame = wf.difference(by_team([60, 90], [500, 500]), over="team").frame
    assert frame["verdict"].to_list() == ["they differ", "lower than the rest", "higher than the rest"]
    assert len(set(frame["p_value"].round(9))) == 1


def test_a_group_is_compared_with_the_area_less_itself():
    table = by_team([60, 90], [500, 500])
    area = by_period([YEARS[0]], [150], [1000])
    frame = wf.difference(table, over="team", whole=area).frame
    assert frame.select("team", "compared_value", "verdict").rows() == [
        ("team 0", pytest.approx(18.0), "lower than the rest"),
        ("team 1", pytest.approx(12.0), "higher than the rest"),
    ]
    by_rest = wf.difference(table, over="team").frame.filter(pl.col("compared_with") == "the rest")
    assert frame["p_value"].to_list() == pytest.approx(by_rest["p_value"].to_list())


def test_a_group_that_is_the_area_or_no_part_of_it_is_not_tested():
    area = by_period([YEARS[0]], [70], [600])
    frame = wf.difference(by_team([70, 90], [600, 500]), over="team", whole=area).frame
    assert frame["why"].to_list() == ["nothing is left of the whole", "the group is not a part of the whole"]


def test_a_share_whose_rest_would_have_more_events_than_people_is_no_part_of_the_whole():
    area = by_period([YEARS[0]], [30], [60], ("stability", "nhs"))
    frame = wf.difference(by_team([10], [50], ("stability", "nhs")), over="team", whole=area).frame
    assert frame["why"].to_list() == ["the group is not a part of the whole"]


def test_rows_that_do_not_add_up_to_a_whole_are_not_compared_with_one_another():
    frame = wf.difference(by_team([60, 90], [500, 500], ("turnover", "average_indirect")), over="team").frame
    assert set(frame["why"]) == {"the groups do not add up to a whole"}
    reasons = by_period([YEARS[0]] * 2, [60, 90], [500, 500], leaving_reason=["retirement", "resignation"])
    assert set(wf.difference(reasons, over="leaving_reason").frame["verdict"]) == {"not tested"}


def test_the_order_of_rows_changes_no_comparison():
    years, teams = [y for y in YEARS for _ in range(3)], ["a", "b", "c"] * 3
    table = by_period(years, [60, 30, 40, 90, 31, 20, 91, 60, 20], [500] * 9, team=teams)
    shuffled = table._with(table.frame.sample(fraction=1, shuffle=True, seed=3))
    for over in ("period", "team"):
        rows = [sorted(wf.difference(one, over=over).frame.rows(), key=str) for one in (table, shuffled)]
        assert rows[0] == rows[1]


def test_mistakes_are_named():
    table = by_team([60, 90], [500, 500])
    with pytest.raises(UsageError, match='no column "teem"'):
        wf.difference(table, over="teem")
    with pytest.raises(UsageError, match="measure first"):
        wf.difference(table.frame)
    with pytest.raises(UsageError, match="not parts of a whole"):
        wf.difference(table, whole=table)
    with pytest.raises(UsageError, match="other columns"):
        wf.difference(table, over="team", whole=table)
