"""Laws of fair comparison: standardising against itself changes nothing, positions follow from limits, units do not matter."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import chi2, norm

import workforce as wf
from builders import measured

WITHIN = "within the limits"
COMMON = "no significant change"
whole_numbers = st.integers(-40, 40)
values = st.lists(st.one_of(st.none(), whole_numbers), min_size=2, max_size=40)
sizes = st.integers(1, 400)
GROUPS = ["A", "B", "C"]
STRATA = ["young", "old"]


def series(points):
    on = [date(2015 + i // 12, i % 12 + 1, 1) for i in range(len(points))]
    sides = pl.DataFrame(
        {"period_start": on, "period_end": on, "numerator": points}, schema_overrides={"numerator": pl.Float64}
    )
    return measured(sides, "headcount", "in_post", by=[])


@st.composite
def rates(draw, min_groups=1):
    """Events among people, by group."""
    count = draw(st.integers(min_groups, 6))
    people = draw(st.lists(sizes, min_size=count, max_size=count))
    events = [draw(st.integers(0, n)) for n in people]
    return pl.DataFrame(
        {"team": [f"team {i}" for i in range(count)], "numerator": events, "denominator": people, "people": people}
    )


@st.composite
def days_lost(draw):
    frame = draw(rates())
    errors = draw(st.lists(st.floats(0.01, 2), min_size=len(frame), max_size=len(frame)))
    return frame.with_columns(variance=pl.Series(errors) ** 2, largest=0.1, units=50)


@st.composite
def by_strata(draw):
    rows = [
        {"team": g, "age_band": s, "denominator": (n := draw(sizes)), "numerator": draw(st.integers(0, n)), "people": n}
        for g in GROUPS[: draw(st.integers(1, 3))]
        for s in STRATA
    ]
    return pl.DataFrame(rows)


def xmr(table, **options):
    return wf.stats.xmr(table, **options).frame


def funnel(table, **options):
    return wf.stats.funnel(table, **options).frame


def standardise(table, reference, **options):
    return wf.stats.standardise(table, reference, **options).frame


def shuffled_rows(table, order):
    """The same table with its rows in another order."""
    rows = list(range(len(table)))
    order.shuffle(rows)
    return table._with(table.frame[rows])


def whole_of(sides, columns):
    return sides.group_by(columns).agg(pl.col("numerator", "denominator", "people").sum()).sort(columns)


def turnover(sides, *by):
    return measured(sides, "turnover", "average", by=list(by))


# XmR


@given(values, st.integers(-1000, 1000), st.sampled_from([0.25, 1.0, 3.0, 64.0]))
def test_limits_move_and_stretch_with_the_values_and_the_words_stay(points, shift, scale):
    moved = [None if p is None else shift + scale * p for p in points]
    before, after = xmr(series(points), improvement="lower"), xmr(series(moved), improvement="lower")
    for line in ("centre", "lower_limit", "upper_limit"):
        expected = [None if v is None else shift + scale * v for v in before[line]]
        assert [v is None for v in after[line]] == [v is None for v in expected]
        known = [v for v in expected if v is not None]
        assert [v for v in after[line] if v is not None] == pytest.approx(known, abs=1e-6)
    assert after.select("special_cause", "variation", "season").equals(
        before.select("special_cause", "variation", "season")
    )


@given(values)
def test_turning_a_series_upside_down_turns_good_into_bad(points):
    flipped = [None if p is None else -p for p in points]
    up = xmr(series(points), improvement="higher")["variation"]
    down = xmr(series(flipped), improvement="lower")["variation"]
    assert up.to_list() == down.to_list()


@given(st.floats(-1e6, 1e6, allow_nan=False), st.integers(13, 60))
def test_a_constant_series_has_no_limits_of_no_width_and_no_special_cause(value, count):
    judged = xmr(series([value] * count))
    assert judged["upper_limit"].is_null().all()
    assert judged["lower_limit"].is_null().all()
    assert set(judged["variation"]) == {COMMON}


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_judgement(points, order):
    table = series(points)
    assert xmr(shuffled_rows(table, order)).sort("period_start").equals(xmr(table))


@given(values)
def test_a_special_cause_has_words_and_common_cause_has_none(points):
    judged = xmr(series(points), improvement="lower").filter(pl.col("value").is_not_null())
    said = judged["variation"].is_in(["better than expected", "worse than expected"])
    assert (said == judged["special_cause"].is_not_null()).all()


# Funnels


def position_from_limits(row):
    found = WITHIN
    for level, name in ((95, "95%"), (998, "99.8%")):
        if row["value"] > row[f"upper_{level}"]:
            found = f"above the {name} limits"
        if row["value"] < row[f"lower_{level}"]:
            found = f"below the {name} limits"
    return found


KINDS = [("turnover", "average"), ("stability", "nhs"), ("absence", "days_per_fte")]


@pytest.mark.parametrize("overdispersion", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@given(sides=days_lost())
def test_positions_follow_from_limits_that_hold_one_another(kind, overdispersion, sides):
    around = funnel(measured(sides, *kind, by=["team"]), overdispersion=overdispersion)
    for row in around.to_dicts():
        if row["centre"] in (
            0,
            100 if kind == ("stability", "nhs") else 0,
        ):  # nobody, or everybody: no limits of no width
            assert [row[c] for c in ("lower_998", "lower_95", "upper_95", "upper_998", "position")] == [None] * 5
            continue
        assert row["lower_998"] <= row["lower_95"] <= row["centre"] + 1e-9
        assert row["centre"] - 1e-9 <= row["upper_95"] <= row["upper_998"]
        assert row["position"] == position_from_limits(row)


@pytest.mark.parametrize("kind", KINDS)
@given(sides=days_lost(), order=st.randoms(use_true_random=False))
def test_the_order_of_the_groups_changes_no_position(kind, sides, order):
    table = measured(sides, *kind, by=["team"])
    shuffled = funnel(shuffled_rows(table, order), overdispersion=True).sort("team")
    straight = funnel(table, overdispersion=True)
    assert shuffled["position"].to_list() == straight["position"].to_list()
    assert shuffled["upper_95"].to_list() == pytest.approx(straight["upper_95"].to_list())


@given(rates())
def test_a_rate_is_outside_exactly_where_its_own_exact_limits_leave_the_centre_out(sides):
    around = funnel(turnover(sides, "team"))
    whole = sides["numerator"].sum() / sides["denominator"].sum()
    expected = whole * sides["denominator"].to_numpy()
    observed = sides["numerator"].to_numpy()
    below = np.where(observed > 0, chi2.ppf(0.025, 2 * observed) / 2, 0.0)  # Garwood 1936
    above = chi2.ppf(0.975, 2 * observed + 2) / 2
    assume(not (abs(below - expected) < 1e-6).any())  # a tie is decided by the machine's last digit
    assume(not (abs(above - expected) < 1e-6).any())
    outside = (below > expected) | (above < expected)
    assert (around["position"] != WITHIN).to_list() == outside.tolist()


@given(rates())
def test_a_share_is_outside_exactly_where_its_own_wilson_limits_leave_the_centre_out(sides):
    around = funnel(measured(sides, "stability", "nhs", by=["team"]))
    whole = sides["numerator"].sum() / sides["denominator"].sum()
    number, z = sides["denominator"].to_numpy(), norm.ppf(0.975)
    share = sides["numerator"].to_numpy() / number
    middle, spread = share + z**2 / (2 * number), z * np.sqrt(share * (1 - share) / number + z**2 / (4 * number**2))
    below, above = (middle - spread) / (1 + z**2 / number), (middle + spread) / (1 + z**2 / number)  # Wilson 1927
    assume(not (abs(below - whole) < 1e-9).any())
    assume(not (abs(above - whole) < 1e-9).any())
    outside = (below > whole) | (above < whole)
    assert (around["position"] != WITHIN).to_list() == outside.tolist()


# Standardising


@given(by_strata())
def test_the_whole_standardised_against_itself_is_as_expected(sides):
    whole = whole_of(sides, ["age_band"])
    assume(whole["numerator"].sum() > 0)
    ratio = standardise(
        turnover(whole.with_columns(team=pl.lit("all")), "team", "age_band"),
        turnover(whole, "age_band"),
        strata=["age_band"],
    )
    assert ratio["value"].item() == pytest.approx(100.0)


@given(by_strata())
def test_the_expected_numbers_of_the_parts_add_up_to_the_events_of_the_whole(sides):
    ratio = standardise(
        turnover(sides, "team", "age_band"), turnover(whole_of(sides, ["age_band"]), "age_band"), strata=["age_band"]
    )
    assert ratio["denominator"].sum() == pytest.approx(sides["numerator"].sum())
    assert ratio["numerator"].sum() == sides["numerator"].sum()


@given(by_strata())
def test_the_whole_directly_standardised_to_its_own_mix_is_its_crude_rate(sides):
    whole = whole_of(sides, ["age_band"])
    assume(whole["numerator"].sum() >= 10)
    direct = standardise(
        turnover(whole.with_columns(team=pl.lit("all")), "team", "age_band"),
        turnover(whole, "age_band"),
        strata=["age_band"],
        method="direct",
    )
    assert direct["value"].item() == pytest.approx(100 * whole["numerator"].sum() / whole["denominator"].sum())


@given(by_strata())
def test_with_one_stratum_the_ratio_is_the_crude_ratio(sides):
    young = sides.filter(pl.col("age_band") == "young")
    whole = whole_of(young, ["age_band"])
    assume(whole["numerator"].sum() > 0)
    crude, standard = turnover(young, "team", "age_band"), turnover(whole, "age_band")
    ratio = standardise(crude, standard, strata=["age_band"])
    all_of_them = standard.frame["value"].item()
    by_hand = 100 * crude.frame["value"] / all_of_them
    assert ratio["value"].to_list() == pytest.approx(by_hand.to_list())
    assert ratio["upper"].to_list() == pytest.approx((100 * crude.frame["upper"] / all_of_them).to_list())


@given(by_strata(), st.randoms(use_true_random=False), st.sampled_from(["indirect", "direct"]))
def test_the_order_of_the_rows_changes_nothing(sides, order, method):
    whole = turnover(whole_of(sides, ["age_band"]), "age_band")
    table = turnover(sides, "team", "age_band")
    backwards = whole._with(whole.frame.reverse())
    shuffled = standardise(shuffled_rows(table, order), backwards, strata=["age_band"], method=method)
    straight = standardise(table, whole, strata=["age_band"], method=method)
    assert shuffled.drop("value", "lower", "upper", "numerator", "denominator").equals(
        straight.drop("value", "lower", "upper", "numerator", "denominator")
    )
    for column in ("value", "lower", "upper"):
        assert shuffled[column].fill_null(-1.0).to_list() == pytest.approx(straight[column].fill_null(-1.0).to_list())
