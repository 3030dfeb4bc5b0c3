import polars as pl
import pytest

import workforce as wf
from builders import Curve, as_result
from workforce.errors import InputError, UsageError

life_table = wf.stats.life_table
conditional_on, emptied_early = wf.stats.conditional_on, wf.stats.emptied_early
median_stay, restricted_mean, retained_at = wf.stats.median_stay, wf.stats.restricted_mean, wf.stats.retained_at

THREE = pl.DataFrame({"entry": [0, 0, 2], "exit": [2, 3, 5], "event": [True, False, True]})
FOUR_LEAVE = pl.DataFrame({"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [True] * 4})
SCHEMA = {
    "time": pl.Int64,
    "entered": pl.Float64,
    "at_risk": pl.Float64,
    "left": pl.Float64,
    "censored": pl.Float64,
    "value": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "marker": pl.String,
}


def test_the_columns_and_their_types_are_always_the_same():
    assert life_table(THREE).frame.schema == SCHEMA
    assert life_table(THREE.clear()).frame.schema == SCHEMA
    assert life_table(THREE.with_columns(team=pl.lit("A")), by="team").frame.schema == {"team": pl.String, **SCHEMA}


def test_there_is_a_row_at_a_time_at_which_people_only_enter():
    late = pl.DataFrame({"entry": [0, 4], "exit": [2, 9], "event": [True, False]})
    assert life_table(late).frame.filter(pl.col("time") == 4).select("entered", "at_risk", "left").row(0) == (
        1.0,
        0.0,
        0.0,
    )


def test_fractional_times_stay_fractional_and_give_the_same_curve():
    halved = THREE.with_columns(pl.col("entry", "exit") / 2)
    table = life_table(halved).frame
    assert table["time"].to_list() == [0.0, 1.0, 1.5, 2.5]
    assert table.drop("time").equals(life_table(THREE).frame.drop("time"))


def test_events_may_be_true_and_false_or_1_and_0():
    assert life_table(THREE.with_columns(pl.col("event").cast(pl.Int8))).frame.equals(life_table(THREE).frame)


def test_a_lazy_frame_is_as_good_and_the_callers_frame_is_unchanged():
    before = THREE.clone()
    assert life_table(THREE.lazy()).frame.equals(life_table(THREE).frame)
    assert THREE.equals(before)


def test_without_an_entry_column_everyone_is_observed_from_the_start():
    assert life_table(FOUR_LEAVE.drop("entry"), entry=None).frame.equals(life_table(FOUR_LEAVE).frame)


def test_groups_are_text_in_order_with_the_unknown_group_last():
    grouped = THREE.with_columns(year=pl.Series([2, None, 1]))
    assert life_table(grouped, by="year").frame["year"].unique(maintain_order=True).to_list() == ["1", "2", None]


def test_a_group_is_what_its_own_rows_alone_would_give():
    both = pl.concat([THREE.with_columns(team=pl.lit("A")), FOUR_LEAVE.with_columns(team=pl.lit("B"))])
    table = life_table(both, by=["team"]).frame
    assert table.filter(pl.col("team") == "A").drop("team").equals(life_table(THREE).frame)
    assert table.filter(pl.col("team") == "B").drop("team").equals(life_table(FOUR_LEAVE).frame)


def test_many_groups_over_long_times_are_counted_without_a_bin_for_each_day():
    far = pl.DataFrame(
        {"entry": [0, 0, 0], "exit": [50_000_000, 2, 3], "event": [True, True, False], "team": ["A", "A", "B"]}
    )
    table = life_table(far, by="team").frame
    assert table.filter(pl.col("team") == "A").select("time", "value").rows() == [(0, 1.0), (2, 0.5), (50_000_000, 0.0)]


def test_weights_of_two_are_two_people_as_far_as_the_curve_goes():
    doubled = life_table(THREE.with_columns(weight=pl.lit(2)), weight="weight").frame
    people = ["people_entered", "people_left", "people_censored"]
    assert doubled.drop(people).equals(life_table(pl.concat([THREE, THREE])).frame)
    assert doubled.select(people).rows() == life_table(THREE).frame.select("entered", "left", "censored").rows()


def test_weighted_tables_add_up_with_the_people_behind_them_and_stay_so_from_a_start_time_on():
    weighted = pl.concat([THREE, FOUR_LEAVE]).with_columns(weight=pl.Series([0.5, 1.0, 0.8, 0.25, 1.0, 0.5, 1.5]))
    parts = [life_table(part, weight="weight") for part in (weighted[:3], weighted[3:])]
    whole = life_table(weighted, weight="weight")
    added = wf.combine(*parts).frame
    assert added.columns == whole.frame.columns
    for figure in ("entered", "at_risk", "left", "censored", "value", "people_entered", "people_left"):
        assert added[figure].to_list() == pytest.approx(whole.frame[figure].to_list())
    later = conditional_on(whole, 3).frame
    assert later["people_entered"].sum() == weighted.filter(pl.col("exit") >= 3).height
    with pytest.raises(UsageError, match="different kinds"):
        wf.combine(parts[0], life_table(FOUR_LEAVE))


def test_weights_that_do_not_add_up_exactly_still_end_at_nought():
    tenths = FOUR_LEAVE.with_columns(weight=pl.Series([0.1, 0.2, 0.3, 0.7]))
    assert life_table(tenths, weight="weight").frame["value"][-1] == 0.0


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("entry", None, "1 of 3 spells lack a time or an event"),
        ("exit", None, "1 of 3 spells lack a time or an event"),
        ("event", None, "1 of 3 spells lack a time or an event"),
        ("entry", -1, "1 of 3 spells begin before time 0"),
        ("exit", 0, "1 of 3 spells end no later than they begin"),
        ("exit", float("inf"), "1 of 3 spells have a time that is not finite"),
        ("exit", float("nan"), "1 of 3 spells have a time that is not finite"),
        ("event", 2, "1 of 3 spells have an event other than 0 and 1"),
    ],
)
def test_an_impossible_spell_is_refused_and_counted(column, value, said):
    number = pl.Float64 if isinstance(value, float) else pl.Int64
    spells = THREE.with_columns(pl.col("event").cast(pl.Int64)).with_columns(
        pl.when(pl.int_range(pl.len()) == 1).then(pl.lit(value, number)).otherwise(pl.col(column)).alias(column)
    )
    with pytest.raises(InputError) as refused:
        life_table(spells)
    assert said in refused.value.what
    assert refused.value.hint


def test_events_coded_1_and_2_are_refused_though_other_programs_accept_them():
    with pytest.raises(InputError, match="2 of 3 spells have an event other than 0 and 1"):
        life_table(THREE.with_columns(event=pl.Series([2, 1, 2])))


def test_a_weight_of_nought_is_refused():
    with pytest.raises(InputError, match="1 of 3 spells have a weight that is missing or not above 0"):
        life_table(THREE.with_columns(w=pl.Series([1.0, 0.0, 2.0])), weight="w")


def test_an_error_says_how_many_and_never_which_value():
    with pytest.raises(InputError) as refused:
        life_table(THREE.with_columns(entry=pl.Series([0, 0, 987654])))
    assert "987654" not in str(refused.value)


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (THREE.drop("exit"), {}, "lacks the columns exit"),
        (THREE, {"by": "team"}, 'no column "team"'),
        (THREE.with_columns(time=pl.lit("A")), {"by": "time"}, 'may not be called "time"'),
        (THREE.with_columns(exit=pl.lit("5")), {}, "holds no numbers"),
        (THREE.with_columns(event=pl.lit("yes")), {}, "neither true/false nor 0/1"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(frame, options, said):
    with pytest.raises(UsageError, match=said):
        life_table(frame, **options)


def test_tables_of_two_organisations_add_up_to_the_table_of_their_people():
    ours, theirs = THREE.with_columns(organisation=pl.lit("us")), FOUR_LEAVE.with_columns(organisation=pl.lit("them"))
    parts = [life_table(ours, by="organisation"), life_table(theirs, by="organisation")]
    assert wf.combine(*parts).frame.equals(life_table(pl.concat([THREE, FOUR_LEAVE])).frame)


def test_one_table_is_added_over_its_own_groups():
    both = pl.concat([THREE.with_columns(team=pl.lit("A")), FOUR_LEAVE.with_columns(team=pl.lit("B"))])
    added = wf.combine(life_table(both, by="team"), over=["team"])
    assert added.frame.equals(life_table(both.drop("team")).frame)
    assert added.groups == ()


def test_whole_and_fractional_tables_add_up():
    parts = [life_table(THREE), life_table(THREE.with_columns(pl.col("entry", "exit").cast(pl.Float64)))]
    assert wf.combine(*parts).frame["at_risk"].to_list() == (2 * life_table(THREE).frame["at_risk"]).to_list()


@pytest.mark.parametrize(
    ("tables", "over", "said"),
    [
        ([], "organisation", "nothing to combine"),
        ([life_table(THREE), life_table(THREE)], "organistion", 'no column "organistion"'),
        ([life_table(THREE), life_table(THREE.with_columns(team=pl.lit("A")), by="team")], (), "different columns"),
    ],
)
def test_tables_that_do_not_belong_together_are_not_added(tables, over, said):
    with pytest.raises(UsageError, match=said):
        wf.combine(*tables, over=over)


def test_a_released_table_with_withheld_counts_is_not_added():
    withheld = as_result(life_table(THREE).frame.with_columns(left=pl.lit(None, pl.Float64)), Curve)
    with pytest.raises(InputError, match="4 of 8 rows of a life table have no usable counts"):
        wf.combine(withheld, life_table(THREE))


def test_the_share_at_a_time_is_the_last_step_at_or_before_it():
    shares = retained_at(life_table(FOUR_LEAVE), [2, 0.5, 2.9, 2]).frame
    assert shares.select("time", "value").rows() == [(0.5, 1.0), (2.0, 0.5), (2.9, 0.5)]


def test_the_standard_error_of_a_share_without_censoring_is_that_of_a_proportion():
    assert retained_at(life_table(FOUR_LEAVE), 1).frame["standard_error"].item() == pytest.approx(
        (0.75 * 0.25 / 4) ** 0.5
    )


def test_nothing_is_said_after_the_last_time_unless_everyone_had_left():
    assert retained_at(life_table(THREE[:2]), 4).frame.select("value", "standard_error", "lower").row(0) == (
        None,
        None,
        None,
    )
    assert retained_at(life_table(FOUR_LEAVE), 9).frame.select("value", "standard_error").row(0) == (0.0, None)


def test_the_summaries_have_a_row_for_each_group_in_order():
    both = pl.concat([FOUR_LEAVE.with_columns(team=pl.lit("B")), THREE.with_columns(team=pl.lit("A"))])
    table = life_table(both, by="team")
    assert median_stay(table).frame.select("team", "value").rows() == [("A", 2.0), ("B", 2.0)]
    assert restricted_mean(table, 2).frame.select("team", "value").rows() == [("A", 2.0), ("B", 1.75)]
    assert retained_at(table, [1, 2]).frame.select("team", "time", "value").rows() == [
        ("A", 1.0, 1.0),
        ("A", 2.0, 0.5),
        ("B", 1.0, 0.75),
        ("B", 2.0, 0.5),
    ]
    assert median_stay(table).groups == ("team",)
    assert retained_at(table, 1).groups == ("team", "time")
    figures = {"value", "standard_error", "lower", "upper", "denominator", "people", "unit", "marker"}
    assert figures <= set(median_stay(table).frame.columns)


def test_one_half_reached_by_a_product_of_fractions_is_one_half():
    thirds = pl.DataFrame({"entry": [0, 0, 0, 2], "exit": [1, 3, 9, 9], "event": [True, True, False, False]})
    # After 1: 2/3 of three; at 3 there are three at risk again: 2/3 x 2/3 = 0.44. With 3/4 of four it would be exactly one half.
    with_four = pl.concat([thirds, pl.DataFrame({"entry": [2], "exit": [9], "event": [False]})])
    assert median_stay(life_table(with_four)).frame["value"].item() == 3.0


def test_a_median_that_was_not_reached_is_null():
    assert median_stay(life_table(THREE[1:2])).frame.select("value", "marker").row(0) == (None, "x")


def test_a_mean_beyond_the_time_that_people_were_followed_to_is_null():
    assert restricted_mean(life_table(THREE[:2]), 4).frame.select("value", "marker").row(0) == (None, "x")
    assert restricted_mean(life_table(FOUR_LEAVE), 400).frame["value"].item() == 2.5


def test_the_limits_of_a_mean_stay_within_the_horizon():
    limits = restricted_mean(life_table(FOUR_LEAVE), 1.5).frame.select("lower", "upper").row(0)
    assert limits[0] >= 0
    assert limits[1] <= 1.5


@pytest.mark.parametrize("time", [-1, float("nan"), float("inf")])
def test_a_time_that_cannot_be_is_refused(time):
    for refused in (retained_at, restricted_mean, conditional_on):
        with pytest.raises(UsageError, match="0 or later and finite"):
            refused(life_table(THREE), time)


def test_the_median_of_a_released_table_reads_what_is_shown():
    rows = life_table(FOUR_LEAVE).frame.with_columns(
        value=pl.when(pl.col("time") == 2).then(None).otherwise("value"), marker=pl.lit("c")
    )
    shown = as_result(rows, Curve)
    assert median_stay(shown).frame["value"].item() == 3.0
    assert restricted_mean(shown, 3).frame.select("value", "marker").row(0) == (None, "c")


def test_a_conditional_table_has_the_columns_of_any_life_table_and_adds_up():
    spells = pl.DataFrame({"entry": [0, 0, 5, 5], "exit": [2, 7, 7, 9], "event": [True, True, True, False]})
    whole = conditional_on(life_table(spells), 3).frame
    parts = [conditional_on(life_table(spells[rows]), 3) for rows in ([0, 1], [2, 3])]
    assert whole.schema == SCHEMA
    assert wf.combine(*parts).frame.equals(whole)
    assert whole.filter(pl.col("time") == 2).select("entered", "value").row(0) == (1.0, 1.0)


def test_a_table_conditional_on_its_first_day_is_unchanged():
    assert conditional_on(life_table(THREE), 0).frame.equals(life_table(THREE).frame)


def test_a_curve_that_ends_at_nought_with_nobody_after_it_did_not_empty_early():
    assert emptied_early(life_table(FOUR_LEAVE)).is_empty()


def test_a_frame_that_is_no_life_table_is_refused():
    with pytest.raises(UsageError, match="the life table lacks the columns"):
        median_stay(as_result(THREE, Curve))


@pytest.mark.parametrize("thing", [THREE, life_table(FOUR_LEAVE).frame, median_stay(life_table(FOUR_LEAVE))])
def test_anything_but_a_life_table_is_refused(thing):
    for refused in (
        median_stay,
        emptied_early,
        lambda one: restricted_mean(one, 2),
        lambda one: retained_at(one, 2),
        lambda one: conditional_on(one, 2),
    ):
        with pytest.raises(UsageError, match="expected a life table"):
            refused(thing)


def test_no_figure_is_ever_nan():
    early = pl.DataFrame({"entry": [0, 5], "exit": [2, 9], "event": [True, True]})
    for table in (life_table(early), conditional_on(life_table(early), 3), life_table(early.clear())):
        figures = table.frame.select(pl.col(pl.Float64))
        assert not any(figures.select(pl.col(pl.Float64).is_nan().any()).row(0))
