"""Funnel: what the whole is, how each kind of measure varies, and which words follow from the limits."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.special import gammainc, gammaincc

import workforce as wf
from builders import measured, records, stacked
from workforce.errors import UsageError

COLUMNS = ("centre", "lower_95", "upper_95", "lower_998", "upper_998", "position")
funnel = wf.stats.funnel


def funnel_rows(given, **options):
    return funnel(given, **options).frame


def table(numerators, denominators, *, measure="turnover", definition="average", **more):
    names = [chr(65 + i) for i in range(len(numerators))]
    sides = pl.DataFrame({"team": names, "numerator": numerators, "denominator": denominators, "people": 100, **more})
    return measured(sides, measure, definition, by=["team"])


def spread(errors):
    """What limits between people rest on, from standard errors of the bare ratios."""
    return {"variance": [None if e is None else e**2 for e in errors], "largest": 0.1, "units": 50.0}


def test_the_rows_and_columns_of_the_table_stay_as_they_were():
    given = table([9.0, 20.0, 11.0], [90.0, 110.0, 100.0])
    shuffled = given._with(given.frame.reverse())
    around = funnel(shuffled)
    assert around.frame.select(shuffled.frame.columns).equals(shuffled.frame)
    assert around.frame.columns == [*shuffled.frame.columns, *COLUMNS]
    assert (around.added, around.groups, around.definitions) == (COLUMNS, ("team",), given.definitions)


def test_the_centre_is_the_whole_and_not_the_mean_of_the_groups():
    assert funnel_rows(table([10.0, 90.0], [100.0, 300.0]))["centre"].to_list() == [25.0, 25.0]


def test_a_group_that_lacks_one_side_is_not_in_the_whole_and_has_no_position():
    around = funnel_rows(table([10.0, 90.0, None], [100.0, 300.0, 100.0], marker=[None, None, "x"]))
    assert around["centre"].to_list() == [25.0] * 3
    assert around["position"].to_list()[-1] is None
    assert around["upper_95"].to_list()[-1] is None


def test_an_official_figure_that_rounds_to_zero_counts_as_zero_in_the_whole():
    around = funnel_rows(table([10.0, None], [100.0, 100.0], marker=[None, "low"]))
    assert around["centre"][0] == 5.0


def test_a_group_without_staff_has_no_limits():
    around = funnel_rows(table([10.0, 0.0], [100.0, 0.0]))
    assert around["position"].to_list() == ["within the limits", None]


def test_a_rate_takes_exact_poisson_limits_and_a_share_wilson_limits_inverted():
    rate = funnel_rows(table([20.0, 20.0], [100.0, 100.0]))
    share = funnel_rows(table([20.0, 20.0], [100.0, 100.0], measure="stability", definition="nhs"))
    assert rate.select("lower_95", "upper_95").row(0) == pytest.approx((11.248, 29.706), abs=5e-4)
    assert share.select("lower_95", "upper_95").row(0) == pytest.approx((20 - 7.83986, 20 + 7.83986), abs=1e-4)


def test_no_event_among_few_staff_is_not_below_the_limits():
    around = funnel_rows(table([0.0, 40.0], [10.0, 190.0]))
    assert around["lower_95"][0] == 0.0
    assert around["position"][0] == "within the limits"


def test_days_lost_vary_by_the_variance_between_people_in_proportion_to_size():
    days = {"measure": "absence", "definition": "days_per_fte"}
    around = funnel_rows(table([1000.0, 1600.0], [100.0, 300.0], **spread([1.0, 0.5]), **days))
    per_fte = ((1.0 * 100) ** 2 + (0.5 * 300) ** 2) / 400
    clusters = np.array([per_fte / n / 6.5 for n in (100, 300)])  # their size: variance over mean
    assert around["centre"][0] == 6.5
    # The fewest and most clusters that leave a chance of 0.1% or 2.5% beyond them.
    assert gammainc(around["upper_95"].to_numpy() / clusters, 6.5 / clusters) == pytest.approx(0.025, rel=1e-6)
    assert gammaincc(around["lower_998"].to_numpy() / clusters + 1, 6.5 / clusters) == pytest.approx(0.001, rel=1e-6)
    assert around["position"].to_list() == ["above the 99.8% limits", "below the 95% limits"]


def test_a_small_team_in_which_nobody_was_ill_is_not_below_the_limits():
    days = {"measure": "absence", "definition": "days_per_fte"}
    around = funnel_rows(table([9000.0, 0.0, 4.0], [1000.0, 6.0, 1.0], **spread([0.8, 0.0, None]), **days))
    assert around["position"].to_list() == ["within the limits"] * 3


def test_a_directly_standardised_rate_varies_by_its_own_standard_error():
    days = {"measure": "absence", "definition": "days_per_fte_direct"}
    around = funnel_rows(table([900.0, 500.0], [100.0, 100.0], **spread([0.5, 2.0]), **days))
    clusters = np.array([0.5, 2.0]) ** 2 / 7
    assert gammainc(around["upper_95"].to_numpy() / clusters, 7 / clusters) == pytest.approx(0.025, rel=1e-6)


def test_what_has_no_known_variation_is_refused():
    with pytest.raises(UsageError, match="varies by chance"):
        funnel(table([9.0, 20.0], [90.0, 110.0], definition="average_fte"))


def test_a_plain_count_has_no_funnel():
    sides = pl.DataFrame({"team": ["A"], "numerator": [3.0]})
    with pytest.raises(UsageError, match="no rate"):
        funnel(measured(sides, "leavers", "left", by=["team"]))


def test_each_period_is_a_funnel_of_its_own():
    on = [date(2022, 3, 31), date(2023, 3, 31)]
    two = stacked(
        [table([a, a], [100.0, 100.0], period_start=d, period_end=d) for d, a in zip(on, (10.0, 30.0), strict=True)]
    )
    assert funnel_rows(two)["centre"].to_list() == [10.0, 10.0, 30.0, 30.0]


def test_each_band_is_a_funnel_of_its_own():
    sides = pl.DataFrame(
        {
            "team": ["A", "B"] * 2,
            "band": ["0-9", "0-9", "10-19", "10-19"],
            "numerator": [2.0, 2.0, 8.0, 8.0],
            "denominator": [10.0] * 4,
            "people": 10,
        }
    )
    around = funnel_rows(measured(sides, "caseload_distribution", "workers", by=["team"]))
    assert around.sort("band")["centre"].to_list() == [20.0, 20.0, 80.0, 80.0]


def test_a_baseline_stands_in_for_the_whole():
    around = funnel_rows(table([40.0, 40.0], [100.0, 100.0]), baseline=12.0)
    assert around["centre"].to_list() == [12.0, 12.0]
    assert around["position"].to_list() == ["above the 99.8% limits"] * 2


def test_a_centre_that_cannot_be_is_refused():
    with pytest.raises(UsageError, match="share"):
        funnel(table([20.0, 20.0], [100.0, 100.0], measure="stability", definition="nhs"), baseline=120.0)
    with pytest.raises(UsageError, match="negative"):
        funnel(table([20.0, 20.0], [100.0, 100.0]), baseline=-1.0)


def test_annualised_rates_have_annualised_limits():
    quarter = {"period_start": date(2023, 1, 1), "period_end": date(2023, 3, 31)}
    sides = pl.DataFrame({"team": ["A", "B"], "numerator": [5.0, 5.0], "denominator": 100.0, "people": 100, **quarter})
    plain = funnel_rows(measured(sides, "turnover", "average", by=["team"]))
    yearly = funnel_rows(measured(sides, "turnover", "average", by=["team"], annualised=True))
    assert yearly["upper_998"][0] == pytest.approx(plain["upper_998"][0] * 365.25 / 90)
    assert yearly["position"].to_list() == plain["position"].to_list()


def test_overdispersion_widens_the_limits_where_groups_differ_more_than_chance_explains():
    apart = table([40.0, 10.0, 44.0, 9.0, 38.0, 12.0], [100.0] * 6)
    usual, wider = funnel_rows(apart), funnel_rows(apart, overdispersion=True)
    assert (wider["upper_998"] > usual["upper_998"]).all()
    assert set(wider["position"]) == {"within the limits"}


@pytest.mark.parametrize(("measure", "definition"), [("turnover", "average"), ("stability", "nhs")])
def test_overdispersion_changes_nothing_where_chance_explains_the_differences(measure, definition):
    close = table([20.0, 21.0, 19.0, 20.0], [100.0] * 4, measure=measure, definition=definition)
    assert funnel_rows(close, overdispersion=True).equals(funnel_rows(close))


def rates_of_teams(rng):
    """Teams of 2 to 200 people of whom a few, or most, leave, and of which some differ."""
    size = np.round(np.exp(rng.uniform(np.log(2), np.log(200), 12)))
    count = np.minimum(rng.poisson(size * rng.choice([0.02, 0.1, 0.5]) * rng.gamma(2, 0.5, 12)), size)
    return count.tolist(), size.tolist()


@pytest.mark.parametrize(
    ("measure", "definition"), [("turnover", "average"), ("stability", "nhs"), ("absence", "days_per_fte")]
)
def test_limits_with_overdispersion_are_never_narrower_and_never_outside_the_possible_range(measure, definition):
    rng = np.random.default_rng(41)
    wider = 0
    for _ in range(60):
        count, size = rates_of_teams(rng)
        more = spread((0.3 / np.sqrt(size)).tolist()) if measure == "absence" else {}
        given = table(count, size, measure=measure, definition=definition, **more)
        plain, added = funnel_rows(given), funnel_rows(given, overdispersion=True)
        for level in ("95", "998"):
            assert (added[f"lower_{level}"] <= plain[f"lower_{level}"]).all()
            assert (added[f"upper_{level}"] >= plain[f"upper_{level}"]).all()
            assert (added[f"lower_{level}"] >= 0).all()
            assert measure != "stability" or (added[f"upper_{level}"] <= 100).all()
            assert (added[f"upper_{level}"] > added[f"lower_{level}"]).all()
        wider += (added["upper_998"] > plain["upper_998"]).any()
    assert wider > 20


def test_no_leaver_among_ten_is_not_below_the_limits_because_other_teams_differ():
    given = table([4.0, 0.0, 3.0, 1.0, 15.0, 3.0], [40.0, 10.0, 20.0, 6.0, 60.0, 10.0])
    row = funnel_rows(given, overdispersion=True).row(1, named=True)
    assert (row["lower_998"], row["position"]) == (0.0, "within the limits")


@pytest.mark.parametrize(
    ("measure", "definition", "counts"),
    [("turnover", "average", [0.0, 0.0]), ("stability", "nhs", [0.0, 0.0]), ("stability", "nhs", [100.0, 50.0])],
)
def test_where_nothing_or_everything_happened_in_every_group_there_are_no_limits(measure, definition, counts):
    rows = funnel_rows(table(counts, [100.0, 50.0], measure=measure, definition=definition))
    assert rows.select("lower_95", "upper_998", "position").rows() == [(None, None, None)] * 2


def test_the_share_of_groups_outside_is_about_that_of_the_level_where_only_chance_is_at_work_and_events_are_few():
    rng, outside, teams = np.random.default_rng(42), 0, 0
    for _ in range(150):
        size = rng.uniform(8, 32, 12)
        rows = funnel_rows(table(rng.poisson(0.2 * size).astype(float).tolist(), size.tolist()), overdispersion=True)
        outside += rows["position"].str.contains("99.8%", literal=True).sum()
        teams += len(rows)
    assert outside / teams <= 0.003


def test_a_group_without_an_event_does_not_break_the_estimate_of_overdispersion():
    around = funnel_rows(table([0.0, 40.0, 10.0, 44.0, 9.0], [100.0] * 5), overdispersion=True)
    assert around["upper_998"].is_finite().all()


def test_other_limits_name_their_own_columns():
    around = funnel_rows(table([9.0, 20.0], [90.0, 110.0]), limits=(0.99,))
    assert around.columns[-4:] == ["centre", "lower_99", "upper_99", "position"]


def test_an_empty_table_keeps_its_shape():
    full = table([9.0, 20.0], [90.0, 110.0])
    nothing = full.filter(pl.lit(value=False))
    assert funnel_rows(nothing).is_empty()
    assert funnel_rows(nothing).schema == funnel_rows(full).schema


@pytest.mark.parametrize("given", [pl.DataFrame({"value": [1.0]}), None, "turnover"])
def test_anything_but_a_measure_table_is_refused_with_a_sentence(given):
    with pytest.raises(UsageError, match="a funnel takes what a measure returned"):
        funnel(given)


def test_a_table_that_has_limits_already_is_refused():
    with pytest.raises(UsageError, match="already has"):
        funnel(funnel(table([9.0, 20.0], [90.0, 110.0])))


def test_limits_of_no_level_are_refused():
    with pytest.raises(UsageError, match="needs limits"):
        funnel(table([9.0, 20.0], [90.0, 110.0]), limits=())


def test_what_is_not_recorded_has_no_position_and_keeps_its_reason():
    nothing = wf.staffing.turnover(records(), wf.year_to("2023-03"), definition="average", by=["team"])
    around = funnel(nothing)
    assert around.frame.select("marker", "centre", "upper_998", "position").rows() == [("x", None, None, None)]
    assert around.reasons == nothing.reasons == ("staff are not recorded",)


def test_the_centre_and_levels_that_the_caller_gives_are_recorded():
    given = funnel(table([40.0, 40.0], [100.0, 100.0]), baseline=12.0, limits=(0.99,))._provenance.arguments
    assert {("baseline", 12.0), ("limits", 0.99)} <= given
