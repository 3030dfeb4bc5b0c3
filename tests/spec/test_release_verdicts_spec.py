"""What a release says of changes and differences: verdicts from exact figures, and nothing that would give a figure away."""

import polars as pl
import pytest

import workforce as wf
from builders import measured

YEARS = [wf.year_to(f"{year}-03") for year in (2022, 2023)]
DATES = ("period_start", "period_end")


def table(counts, *, size=500, measure=("turnover", "average"), people=None):
    """Rows of teams a, b, c ... in two years; counts: before and after, by team."""
    teams = [team for team in "abcdefghijkl"[: len(counts)] for _ in YEARS]
    numerators = [float(n) for pair in counts for n in pair]
    sides = {
        "team": teams,
        "period_start": [y.start for _ in counts for y in YEARS],
        "period_end": [y.end for _ in counts for y in YEARS],
        "numerator": numerators,
        "denominator": [float(size)] * len(teams),
        "people": people or [size] * len(teams),
    }
    return measured(pl.DataFrame(sides), *measure, by=["team"])


def of_periods(released):
    return released.verdicts.filter(pl.col("over") == "period").select("team", "verdict", "leading_verdict").rows()


def test_a_release_has_verdicts_and_no_exact_number():
    released = wf.release(table([(60, 90), (60, 62)]))
    assert of_periods(released) == [("a", "rose", "rose"), ("b", "about the same", "about the same")]
    frame = released.verdicts
    assert [c for c, dtype in frame.schema.items() if dtype.is_numeric()] == []
    assert frame.columns == [
        *("measure", "definition", "team", *DATES, "over", "compared_with", "compared_start", "compared_end"),
        *("verdict", "leading_verdict"),
    ]


def test_the_verdict_is_that_of_the_exact_counts_not_of_the_rounded_ones():
    # 58 and 82 are printed as 60 and 80, whose difference would not be called a rise.
    assert wf.difference(table([(58, 82)])).frame["verdict"].to_list() == ["rose"]
    assert wf.difference(table([(60, 80)])).frame["verdict"].to_list() != ["rose"]
    assert of_periods(wf.release(table([(58, 82)]))) == [("a", "rose", "rose")]


def test_a_change_that_the_printed_figures_do_not_show_is_not_said():
    # 58 and 62 are both printed as 60.
    assert of_periods(wf.release(table([(58, 62)]), "internal"))[0][1].startswith("higher")
    assert of_periods(wf.release(table([(58, 62)]))) == [("a", "about the same", "about the same")]


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_of_a_withheld_figure_there_is_no_verdict(rule):
    exact = table([(3, 40), (60, 90), (50, 60), (60, 60)])
    released = wf.release(exact, rule)
    hidden = released.frame.filter(pl.col("value").is_null()).select("team", "period_end").rows()
    assert hidden
    said = released.verdicts.filter(pl.col("over") == "period").select("team", "period_end", "compared_end").rows()
    assert said
    assert not [row for row in said if (row[0], row[1]) in hidden or (row[0], row[2]) in hidden]


def test_groups_are_compared_among_those_that_are_shown():
    # Team d differs, and is withheld: what is said is of the other three.
    exact = table([(100, 100), (98, 98), (102, 102), (4, 4)])
    assert "they differ" in wf.difference(exact, over="team").frame["verdict"].to_list()
    verdicts = wf.release(exact, "board").verdicts.filter(pl.col("over") == "team")
    assert verdicts.select("team", "verdict").unique().rows() == [
        (None, "they differ by what chance alone could explain")
    ]


def test_of_groups_that_differ_the_one_that_differs_most_is_named():
    verdicts = wf.release(table([(60, 60), (62, 110), (58, 58)])).verdicts
    of_groups = verdicts.filter((pl.col("over") == "team") & (pl.col("period_end") == YEARS[1].end))
    assert of_groups.select("team", "compared_with", "verdict", "leading_verdict").rows() == [
        (None, "one another", "they differ", "they differ"),
        ("b", "the rest", "higher than the rest", "higher than the rest"),
    ]


def test_what_a_page_leads_with_is_corrected_for_how_many_were_tested():
    # p = 0.03 for one team alone; of twelve with 60 leavers in both years the smallest p has to be below 0.05 / 12 or so.
    alone, among_twelve = [(60, 87)], [(60, 87), *[(60, 60)] * 11]
    assert of_periods(wf.release(table(alone)))[0] == ("a", "rose", "rose")
    assert of_periods(wf.release(table(among_twelve)))[0] == (
        "a",
        "rose",
        "higher than before, which chance alone could explain",
    )
    # All tables that are released together count.
    together = wf.release({"one": table(alone), "others": table(among_twelve[1:])})
    assert of_periods(together["one"])[0][2] == "higher than before, which chance alone could explain"


def test_only_the_latest_period_leads():
    three = [wf.year_to(f"{year}-03") for year in (2021, 2022, 2023)]
    sides = {
        "period_start": [y.start for y in three],
        "period_end": [y.end for y in three],
        "numerator": [60.0, 90.0, 91.0],
        "denominator": 500.0,
        "people": 500,
    }
    verdicts = wf.release(measured(pl.DataFrame(sides), "turnover", "average")).verdicts
    assert verdicts.select("verdict", "leading_verdict").rows() == [("rose", None), ("about the same",) * 2]


def test_figures_without_limits_are_not_tested():
    assert of_periods(wf.release(table([(60, 90)], measure=("turnover", "average_fte")))) == [
        ("a", "not tested", "not tested")
    ]


def test_a_coarser_step_brings_its_own_verdicts():
    people = [6, 7, 5, 6, 500, 500]
    fine, coarse = table([(3, 4), (2, 5), (60, 90)], people=people), table([(60, 90)])
    released = wf.release({"leavers": {"by team": fine, "as a whole": coarse}})
    assert released["leavers"].verdicts.filter(pl.col("over") == "period").height == 1
    assert of_periods(released["leavers"]) == [("a", "rose", "rose")]


def test_a_comparison_is_released_as_its_verdicts():
    exact = table([(3, 40), (60, 90), (50, 60), (60, 60)])
    released = wf.release(wf.difference(exact), "internal").frame
    assert released.columns == [
        *("measure", "definition", "team", *DATES, "compared_with", "compared_start", "compared_end", "verdict")
    ]
    shown = wf.release(exact, "internal").verdicts.filter(pl.col("over") == "period")
    assert released.select("team", "verdict").rows() == shown.select("team", "verdict").rows()
    contradicted = wf.release(wf.difference(table([(58, 62)]))).frame  # both are printed as 60
    assert contradicted["verdict"].to_list() == ["about the same"]
    by_team = wf.release(wf.difference(exact, over="team"), "internal").frame
    assert by_team.filter(pl.col("period_end") == YEARS[0].end).is_empty()  # one of its teams is withheld


def test_results_of_other_kinds_have_no_verdicts():
    spells = pl.DataFrame({"entry": [0] * 40, "exit": range(100, 140), "event": [True] * 40})
    curve = wf.stats.life_table(spells)
    assert wf.release(curve, "internal").verdicts.is_empty()
