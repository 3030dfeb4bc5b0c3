import polars as pl
import pytest

import workforce as wf
from workforce.errors import InputError, UsageError

difference, logrank = wf.stats.difference, wf.stats.logrank
life_table, restricted_mean, retained_at = wf.stats.life_table, wf.stats.restricted_mean, wf.stats.retained_at

FOUR = pl.DataFrame({"entry": 0, "exit": [1, 2, 3, 4], "event": True, "team": ["A", "A", "B", "B"]})


def test_the_test_by_hand():
    # At 1 A has 2 of 4, at 2 one of 3; then only B is at risk.
    test = logrank(FOUR, by="team")
    assert test.statistic == pytest.approx((2 - 5 / 6) ** 2 / (1 / 4 + 2 / 9))
    assert test.table.rows() == [("A", 2, 2.0, pytest.approx(5 / 6)), ("B", 2, 2.0, pytest.approx(19 / 6))]


def test_several_who_leave_on_one_day_have_hypergeometric_variance():
    tied = FOUR.with_columns(exit=pl.Series([1, 1, 2, 2]))
    # Two of four leave, both of A's two: variance 2 x 1/2 x 1/2 x (4 - 2) / (4 - 1).
    assert logrank(tied, by="team").statistic == pytest.approx(1 / (1 / 3))


def test_those_not_yet_under_observation_are_not_at_risk():
    late = FOUR.with_columns(entry=pl.Series([0, 0, 2, 0]))
    assert logrank(late, by="team").table["expected"].to_list() == pytest.approx([2 / 3 + 1 / 2, 1 / 3 + 1 / 2 + 2])


def test_strata_are_compared_within_and_added_up():
    both = pl.concat([FOUR.with_columns(site=pl.lit("x")), FOUR.with_columns(site=pl.lit("y"))])
    test = logrank(both, by="team", strata="site")
    assert test.name == "log-rank test, stratified by site"
    assert test.statistic == pytest.approx(2 * logrank(FOUR, by="team").statistic)


def test_spells_of_no_known_group_are_left_out_and_counted():
    unknown = pl.concat([FOUR, FOUR[:1].with_columns(team=pl.lit(None, pl.String))])
    test = logrank(unknown, by="team")
    assert (test.left_out, test.statistic) == (1, logrank(FOUR, by="team").statistic)


def test_one_group_cannot_be_compared():
    with pytest.raises(InputError, match="fewer than two groups"):
        logrank(FOUR.filter(pl.col("team") == "A"), by="team")


@pytest.mark.parametrize("options", [{"by": []}, {"by": "shoe_size"}, {"by": "team", "strata": "team"}])
def test_calls_that_make_no_sense_are_refused(options):
    with pytest.raises(UsageError):
        logrank(FOUR, **options)


def test_a_difference_of_shares_has_the_two_errors_together():
    spells = pl.DataFrame(
        {"entry": 0, "exit": [1, 9, 9, 9, 1, 1, 9, 9], "event": [True, False, False, False] * 2, "team": [*"AAAABBBB"]}
    )
    spells = spells.with_columns(event=pl.Series([True, False, False, False, True, True, False, False]))
    row = difference(retained_at(life_table(spells, by="team"), 5)).row(0, named=True)
    error = (
        0.75 * 0.25 / 4 + 0.5 * 0.5 / 4
    ) ** 0.5  # with nobody censored before, Greenwood's error is the binomial one
    assert (row["team"], row["against"], row["time"]) == ("B", "A", 5.0)
    assert (row["value"], row["standard_error"]) == (pytest.approx(-0.25), pytest.approx(error))
    assert (row["lower"], row["upper"]) == (
        pytest.approx(-0.25 - 1.959964 * error),
        pytest.approx(-0.25 + 1.959964 * error),
    )


def test_a_difference_of_means_against_a_group_by_name():
    means = restricted_mean(life_table(FOUR, by="team"), 3)
    rows = difference(means, against="B").select("team", "against", "value").rows()
    assert rows == [("A", "B", -1.5)]


def test_a_difference_of_a_figure_that_is_not_there_is_not_there():
    shares = retained_at(life_table(FOUR.with_columns(event=False), by="team"), 3)
    row = difference(shares).row(0, named=True)
    assert row["value"] is None
    assert row["p_value"] is None


def test_a_difference_needs_groups_and_a_known_one_to_compare_with():
    with pytest.raises(UsageError, match="no groups"):
        difference(retained_at(life_table(FOUR), 1))
    with pytest.raises(UsageError, match="not among"):
        difference(retained_at(life_table(FOUR, by="team"), 1), against="Z")


@pytest.mark.parametrize(
    "thing", [FOUR, life_table(FOUR, by="team"), retained_at(life_table(FOUR, by="team"), 1).frame]
)
def test_a_difference_of_anything_but_figures_read_off_a_life_table_is_refused(thing):
    with pytest.raises(UsageError, match="expected figures read off a life table"):
        difference(thing)
