"""Where staff go and how much sooner they leave: what a release withholds of it."""

import polars as pl
import pytest

import workforce as wf
from builders import Hazards, as_result
from workforce.errors import UsageError

BLOCKS = {0.0, *(6.0 * n + 3 for n in range(100))}
FEW_EACH = "others, of few people each"
incidence_table = wf.stats.incidence_table
release = wf.release


def spells(**leavers):
    """So many leavers for each cause, and as many again who stayed."""
    causes = [c for c, n in leavers.items() for _ in range(n)]
    causes += [None] * len(causes)
    return pl.DataFrame({"entry": 0, "exit": [20 + (37 * n) % 1500 for n in range(len(causes))], "cause": causes})


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_shares_add_up_to_one_with_those_who_stayed(rule):
    shown = release(incidence_table(spells(nhs=80, other_sector=60, retirement=3)), rule).frame
    totals = shown.group_by("time").agg(pl.col("value").sum())["value"]
    assert totals.max() <= 1
    assert totals.min() >= 0


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_no_step_shows_one_leaver_or_the_day_on_which_somebody_left(rule):
    shown = release(incidence_table(spells(nhs=80, other_sector=60)), rule).frame
    for cause in ("nhs", "other_sector"):
        own = shown.filter(pl.col("cause") == cause).sort("time")
        assert set(own["left"].cum_sum()) <= BLOCKS
    assert (shown["time"] % 30 == 0).all()


def test_a_cause_of_few_people_is_joined_with_the_next_smallest_and_never_dropped():
    shown = release(incidence_table(spells(nhs=80, other_sector=60, agency=20, retirement=3))).frame
    assert shown["cause"].unique().sort().to_list() == ["nhs", "other_sector", FEW_EACH]
    assert shown.filter(pl.col("cause") == FEW_EACH)["lower"].null_count() == shown["time"].n_unique()


def test_a_group_of_few_leavers_is_withheld_whole():
    shown = release(incidence_table(spells(nhs=3, other_sector=3))).frame
    assert shown.select("time", "cause", "value", "marker").rows() == [(0, None, None, "c")]


def test_the_curve_ends_before_too_few_are_at_risk():
    shown = release(incidence_table(spells(nhs=80))).frame
    assert shown["at_risk"].drop_nulls().min() >= 9
    assert shown["time"].max() <= 1500


def test_the_lead_organisation_gets_exact_counts_by_agreement():
    exact = incidence_table(spells(nhs=80, retirement=3))
    assert release(exact, "partner").frame.drop("marker").equals(exact.frame)


HAZARDS = {
    **dict.fromkeys(("covariate", "level"), pl.String),
    **dict.fromkeys(("coefficient", "standard_error", "hazard_ratio", "lower", "upper", "p_value"), pl.Float64),
    "reference": pl.Boolean,
    "per": pl.Float64,
    **dict.fromkeys(("spells", "events"), pl.Int64),
    **dict.fromkeys(("check", "joint"), pl.Float64),
    **dict.fromkeys(("method", "marker"), pl.String),
}


def fitted(rows, **more):
    """Covariate, level, whether it is compared with, leavers."""
    given = [
        {
            "covariate": c,
            "level": v,
            "reference": r,
            "spells": 4 * n,
            "events": n,
            "hazard_ratio": 1.2345678,
            "lower": 1.01,
            "upper": 1.5,
        }
        for c, v, r, n in rows
    ]
    return as_result(pl.DataFrame(given, schema=HAZARDS).with_columns(**more), Hazards, groups=["covariate", "level"])


MANY_LEVELS = (
    ("pay", "Q1", True, 42),
    ("pay", "Q2", False, 9),
    ("pay", "Q3", False, 33),
    ("pay", "Q4", False, 60),
    ("sex", "F", True, 80),
    ("sex", "M", False, 64),
)


def test_a_level_with_fewer_than_ten_leavers_is_withheld_and_exact_counts_do_not_give_it_back():
    shown = release(fitted(MANY_LEVELS), "internal").frame
    assert shown["marker"].to_list() == [None, "c", None, None, None, None]
    assert shown["hazard_ratio"].to_list() == [1.23, None, 1.23, 1.23, 1.23, 1.23]
    # 144 less those shown are the leavers of two levels, not of one.
    assert shown["events"].to_list() == [42, None, None, 60, 80, 64]
    assert shown["spells"].to_list() == [168, None, None, 240, 320, 256]


def test_counts_that_are_rounded_do_not_give_it_back_either_and_stay():
    shown = release(fitted(MANY_LEVELS)).frame
    assert shown["events"].to_list() == [40, None, 35, 60, 80, 65]


@pytest.mark.parametrize(
    ("leavers", "counted"),
    [
        ((42, 3, 4, 60), [None, None, None, 60]),  # two of few leavers together are few: the next goes as well
        ((42, 6, 4, 60), [42, None, None, 60]),  # together they are ten
        ((42, 12, 14, 60), [42, 12, 14, 60]),
    ],
)
def test_so_many_counts_go_as_hide_who_they_are_of(leavers, counted):
    rows = [("pay", f"Q{n}", n == 0, count) for n, count in enumerate(leavers)]
    assert release(fitted(rows), "internal").frame["events"].to_list() == counted


def test_without_leavers_in_the_level_compared_with_the_whole_covariate_is_withheld():
    shown = release(fitted([("pay", "Q1", True, 8), ("pay", "Q2", False, 40)])).frame
    assert shown["marker"].to_list() == ["c", "c"]
    assert shown["hazard_ratio"].null_count() == 2


def without_leavers(spells):
    """Three levels of many leavers, one of few, and one of so many spells in which nobody left."""
    table = fitted([*MANY_LEVELS[:4], ("pay", "Q5", False, 0)]).frame
    is_new = pl.col("level") == "Q5"
    limits = {"spells": spells, "hazard_ratio": None, "lower": 0.0, "upper": 0.28366, "p_value": 0.0001}
    changed = table.with_columns(
        pl.when(is_new).then(pl.lit(v, HAZARDS[c])).otherwise(c).alias(c) for c, v in limits.items()
    )
    return as_result(changed, Hazards, groups=["covariate", "level"])


def test_a_level_in_which_nobody_left_is_shown_with_its_upper_limit_and_hides_no_other_count():
    shown = release(without_leavers(40), "internal").frame
    assert shown.select("events", "spells", "hazard_ratio", "lower", "upper", "marker").row(4) == (
        0,
        40,
        None,
        0.0,
        0.284,
        None,
    )
    # Q2 has few leavers; Q3 goes with it, and not the level without any, whose 0 its limit says.
    assert shown["events"].to_list() == [42, None, None, 60, 0]


def test_a_level_of_few_people_in_which_nobody_left_is_withheld():
    row = release(without_leavers(9)).frame.row(4, named=True)
    assert (row["marker"], row["events"], row["upper"]) == ("c", None, None)


def test_counts_are_rounded_for_the_board():
    assert release(fitted([("pay", "Q1", True, 42), ("pay", "Q2", False, 43)])).frame["events"].to_list() == [40, 45]
    assert release(fitted([("pay", "Q1", True, 42)]), "partner").frame["events"].to_list() == [42]


def test_a_fit_says_how_many_leavers_are_behind_each_level():
    people = pl.DataFrame(
        {
            "entry": 0,
            "exit": [10 + n for n in range(60)],
            "event": [n % 4 > 0 for n in range(60)],
            "pay": ["low", "high"] * 30,
        }
    )
    rows = wf.stats.cox(people, covariates="pay").frame
    assert rows.select("level", "reference", "spells", "events").rows() == [
        ("high", True, 30, 30),
        ("low", False, 30, 15),
    ]
    assert rows["hazard_ratio"][0] == 1


def test_ratios_that_do_not_say_how_many_leavers_are_behind_them_are_withheld():
    known = fitted([("pay", "Q1", True, 42), ("pay", "Q2", False, 43)])
    silent = as_result(known.frame.with_columns(events=pl.lit(None, pl.Int64)), Hazards, groups=known.groups)
    shown = release(silent, "internal").frame
    assert shown["marker"].to_list() == ["c", "c"]
    assert shown["hazard_ratio"].null_count() == 2


@pytest.mark.parametrize("rule", ["board", "internal", "partner"])
def test_the_fitted_model_stays_behind(rule):
    people = pl.DataFrame({"entry": 0, "exit": [10 + n for n in range(60)], "event": True, "pay": ["low", "high"] * 30})
    ratios = wf.stats.cox(people, covariates="pay")
    assert ratios.fit is not None
    assert release(ratios, rule).result.fit is None


def test_a_covariate_of_one_level_keeps_its_place_as_the_one_compared_with():
    people = pl.DataFrame({"entry": 0, "exit": [10 + n for n in range(60)], "event": True, "pay": ["low", "high"] * 30})
    ratios = wf.stats.cox(people.with_columns(band=pl.lit("no caseload")), covariates=["band", "pay"])
    shown = release(ratios, "internal").frame
    assert shown.select("covariate", "level", "reference", "events").rows() == [
        ("band", "no caseload", True, 60),
        ("pay", "high", True, 30),
        ("pay", "low", False, 30),
    ]


def in_two_groups(leavers, fewest=30):
    """Spells of two groups, of which so many left."""
    people = max(leavers, fewest)
    days = [10 + (7 * n) % 300 for n in range(people)]
    return pl.DataFrame(
        {
            "entry": 0,
            "exit": days,
            "event": [n < leavers for n in range(people)],
            "pay": ["low", "high"] * (people // 2),
        }
    )


def test_a_test_is_shown_without_the_counts_behind_it():
    exact = wf.stats.logrank(in_two_groups(24), by="pay")
    shown = release(exact).result
    assert (shown.name, shown.statistic, shown.df, shown.p_value) == (exact.name, exact.statistic, 1, exact.p_value)
    assert shown.table.is_empty()
    with pytest.raises(UsageError, match="one sentence"):
        wf.table(release(exact))


def test_a_test_with_fewer_than_ten_leavers_is_withheld():
    shown = release(wf.stats.logrank(in_two_groups(8), by="pay")).result
    assert (shown.statistic, shown.df, shown.p_value) == (None, None, None)
    assert shown.reasons == ("withheld, because few leavers are behind it",)


def test_few_who_have_no_group_are_not_counted_in_public():
    unknown = in_two_groups(24)[:3].with_columns(pay=pl.lit(None, pl.String))
    exact = wf.stats.logrank(pl.concat([in_two_groups(24), unknown]), by="pay")
    assert exact.left_out == 3
    assert release(exact).result.left_out is None


def test_a_sentence_says_why_a_test_has_no_figures():
    few = release(wf.stats.logrank(in_two_groups(8), by="pay"))
    text = wf.words.curves_sentence(few, groups="pay groups").text
    assert text == "The curves of the pay groups are not compared: withheld, because few leavers are behind it."
