import warnings

import numpy as np
import polars as pl
import pytest
from scipy.optimize import brentq, minimize

import workforce as wf
from builders import spells_at_random
from workforce.errors import InputError, UsageError

cox_from_tables, hazard_table = wf.stats.cox_from_tables, wf.stats.hazard_table
FIT_TABLE = {
    **dict.fromkeys(("covariate", "level"), pl.String),
    **dict.fromkeys(("coefficient", "standard_error", "hazard_ratio", "lower", "upper", "p_value"), pl.Float64),
}

THREE = pl.DataFrame({"entry": 0, "exit": [1, 2, 3], "event": [True, True, False], "pay": ["a", "b", "a"]})


def cox(frame, **options):
    return wf.stats.cox(frame, **options).fit


def test_a_model_by_hand():
    # a leaves of two a and a b, then b of one a and one b: (1 / (2 + r)) x (r / (1 + r)) is largest at the root of 2.
    fit = cox(THREE, covariates="pay")
    assert fit.table.schema == FIT_TABLE
    assert fit.table["hazard_ratio"].item() == pytest.approx(2**0.5)
    assert fit.log_likelihood == pytest.approx(np.log(2**0.5 / (2 + 2**0.5) / (1 + 2**0.5)))
    assert fit.null_log_likelihood == pytest.approx(-np.log(6))
    assert (fit.spells, fit.events, fit.left_out, fit.references, fit.method) == (
        3,
        2,
        0,
        {"pay": "a"},
        "from the model",
    )


def test_a_number_enters_as_it_is_and_text_as_levels():
    numeric = cox(THREE.with_columns(pay=pl.Series([1.0, 3.0, 1.0])), covariates="pay").table
    assert numeric["level"].to_list() == [None]
    assert numeric["coefficient"].item() == pytest.approx(np.log(2**0.5) / 2)
    truth = cox(THREE.with_columns(pay=pl.Series([False, True, False])), covariates="pay").table
    assert truth["level"].to_list() == ["true"]


def test_someone_whose_covariate_changes_has_a_row_until_then_and_one_from_then_on():
    # The first two rows are one person's. At 2 an a leaves of two a and a b, at 3 the b of one a and one b: as by hand.
    split = pl.DataFrame(
        {"entry": [0, 1, 0, 0], "exit": [1, 3, 2, 3], "event": [False, True, True, False], "pay": [*"abaa"]}
    )
    assert cox(split, covariates="pay").table["hazard_ratio"].item() == pytest.approx(2**0.5)


def test_splitting_a_spell_on_unchanged_covariates_changes_nothing():
    frame = spells_at_random(200)
    middle = ((pl.col("entry") + pl.col("exit")) / 2).floor().cast(pl.Int64)
    long = pl.col("exit") - pl.col("entry") > 1
    split = pl.concat(
        [
            frame.filter(~long),
            frame.filter(long).with_columns(exit=middle, event=pl.lit(value=False)),
            frame.filter(long).with_columns(entry=middle),
        ]
    )
    ours, theirs = cox(split, covariates=["pay", "age"]), cox(frame, covariates=["pay", "age"])
    assert ours.table["coefficient"].to_list() == pytest.approx(theirs.table["coefficient"].to_list(), rel=1e-10)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood, rel=1e-12)


def test_continuous_covariates_give_what_lifelines_gives():
    frame = spells_at_random(400)
    fit = cox(frame, covariates=["age", "pay"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from lifelines import CoxPHFitter

        given = pd.DataFrame(frame.to_dummies("pay").drop("pay_low", "site").to_dict(as_series=False))
        theirs = CoxPHFitter().fit(given, "exit", "event", entry_col="entry", fit_options={"precision": 1e-12})
    summary = theirs.summary.loc[["age", "pay_middle", "pay_top"]]
    assert fit.table["coefficient"].to_list() == pytest.approx(summary["coef"].tolist(), rel=1e-6)
    assert fit.table["standard_error"].to_list() == pytest.approx(summary["se(coef)"].tolist(), rel=1e-6)
    assert fit.log_likelihood == pytest.approx(theirs.log_likelihood_, rel=1e-9)


def log_likelihood(frame, score):
    """The partial likelihood with Efron's ties, written out once more: of spells with a score each."""
    entry, end, left = (frame[c].to_numpy() for c in ("entry", "exit", "event"))
    total = 0.0
    for day in np.unique(end[left]):
        at_risk, leaving = (entry < day) & (end >= day), (end == day) & left
        risk, gone = np.exp(score[at_risk]).sum(), np.exp(score[leaving]).sum()
        total += score[leaving].sum() - sum(np.log(risk - k / leaving.sum() * gone) for k in range(leaving.sum()))
    return total


def limit_by_profile(frame, level, others, *, furthest, fall):
    """The ratio of a level at which the likelihood, with the best coefficients of others, has fallen so far below what it tends to."""
    is_level = (frame["pay"] == level).to_numpy().astype(float)

    def best(at):
        def minus(b):
            return -log_likelihood(frame, others @ b + at * is_level)

        return -minimize(minus, np.zeros(others.shape[1]), method="BFGS", options={"gtol": 1e-7}).fun

    tends_to = best(furthest)
    return np.exp(brentq(lambda at: tends_to - best(at) - fall, -8, 8, xtol=1e-6))


def test_a_level_at_which_nobody_left_has_an_upper_limit_and_the_others_are_those_without_it():
    frame = spells_at_random(120)
    more = frame[:25].with_columns(pay=pl.lit("new"), event=pl.lit(value=False))
    every_spell = pl.concat([frame, more])
    fit = cox(every_spell, covariates=["pay", "age"])
    row = fit.table.row(by_predicate=pl.col("level") == "new", named=True)
    assert (row["hazard_ratio"], row["coefficient"], row["standard_error"], row["lower"]) == (None, None, None, 0.0)
    others = every_spell.select("age", middle=pl.col("pay") == "middle", top=pl.col("pay") == "top").cast(pl.Float64)
    centred = others.to_numpy() - others.to_numpy().mean(axis=0)
    expected = limit_by_profile(every_spell, "new", centred, furthest=-30.0, fall=-np.log(0.025))
    assert row["upper"] == pytest.approx(expected, rel=1e-4)
    estimated = fit.table.filter(pl.col("coefficient").is_not_null())
    assert estimated["coefficient"].to_list() == pytest.approx(
        cox(frame, covariates=["pay", "age"]).table["coefficient"].to_list(), rel=1e-9
    )


def test_a_level_of_which_everybody_left_before_anyone_else_has_a_lower_limit():
    frame = spells_at_random(120).drop("site").with_columns(pl.col("exit") + 50)
    early = pl.DataFrame(
        {
            "entry": 0,
            "exit": [51, 52, 52, 53],
            "event": True,
            "pay": "gone",
            "age": [30.0, 40.0, 50.0, 35.0],
        }
    )
    # Nobody else leaves before the last of them has gone; some are at risk with them.
    every_spell = pl.concat(
        [
            frame.with_columns(entry=pl.lit(0, pl.Int64), exit=pl.col("exit") + 4),
            early.select(frame.columns).cast(frame.schema),
        ]
    )
    fit = cox(every_spell, covariates="pay")
    row = fit.table.row(by_predicate=pl.col("level") == "gone", named=True)
    assert (row["hazard_ratio"], row["upper"]) == (None, None)
    others = (
        every_spell.select(low=pl.col("pay") == "low", middle=pl.col("pay") == "middle").cast(pl.Float64).to_numpy()
    )
    swapped = cox(every_spell, covariates="pay", references={"pay": "top"}).table
    lower = swapped.row(by_predicate=pl.col("level") == "gone", named=True)["lower"]
    assert lower == pytest.approx(
        limit_by_profile(every_spell, "gone", others, furthest=25.0, fall=-np.log(0.025)), rel=1e-4
    )
    assert row["lower"] > 1
    assert row["p_value"] < 0.05
    assert fit.references == {"pay": "low"}
    without = cox(every_spell.filter(pl.col("pay") != "gone"), covariates="pay").table
    kept = fit.table.filter(pl.col("coefficient").is_not_null())
    assert kept["coefficient"].to_list() == pytest.approx(without["coefficient"].to_list(), rel=1e-9)


def test_two_groups_of_which_nobody_left_in_one_are_compared():
    frame = pl.DataFrame(
        {"entry": 0, "exit": [3, 5, 8, 9, 9, 9], "event": [True] * 3 + [False] * 3, "pay": [*"aaaabb"]}
    )
    fit = wf.stats.cox(frame, covariates="pay")
    # 2 / (n + 2 r) at each of 3 leavers out of n = 4, 3, 2 others: the chance that no b leaves is 4/(4+2r) x 3/(3+2r) x 2/(2+2r).
    upper = fit.frame.filter(pl.col("level") == "b")["upper"].item()
    assert np.prod([n / (n + 2 * upper) for n in (4, 3, 2)]) == pytest.approx(0.025)
    assert fit.frame.filter(pl.col("level") == "b")["p_value"].item() == pytest.approx(2 * 4 / 6 * 3 / 5 * 2 / 4)
    assert fit.fit.log_likelihood == pytest.approx(-np.log(4 * 3 * 2))


def test_a_group_that_left_only_after_all_the_others_had_gone_has_an_upper_limit():
    frame = pl.DataFrame({"entry": 0, "exit": [1, 2, 3, 4, 5], "event": True, "pay": [*"aaabb"]})
    row = cox(frame, covariates="pay").table.row(0, named=True)
    assert (row["level"], row["hazard_ratio"], row["lower"]) == ("b", None, 0.0)
    assert np.prod([n / (n + 2 * row["upper"]) for n in (3, 2, 1)]) == pytest.approx(0.025)


def test_a_limit_on_one_side_is_there_where_spells_of_one_person_go_together_and_in_strata():
    frame = spells_at_random(200).with_columns(person=pl.int_range(pl.len()) // 2)
    more = frame[:30].with_columns(pay=pl.lit("new"), event=pl.lit(value=False))
    fit = cox(pl.concat([frame, more]), covariates="pay", strata="site", cluster="person")
    new = fit.table.row(by_predicate=pl.col("level") == "new", named=True)
    assert 0 < new["upper"] < np.inf
    tables = hazard_table(pl.concat([frame, more]), covariates="pay", strata="site")
    assert cox_from_tables(tables, covariates="pay", strata="site").fit.table.row(
        by_predicate=pl.col("level") == "new", named=True
    )["upper"] == pytest.approx(new["upper"], rel=1e-9)


def test_the_reference_is_the_first_level_at_which_someone_left():
    never = THREE[2:].with_columns(pay=pl.lit("0"))
    fit = cox(pl.concat([THREE.with_columns(pl.col("pay").replace({"a": "m", "b": "n"})), never]), covariates="pay")
    assert fit.references == {"pay": "m"}
    assert fit.table["level"].to_list() == ["0", "n"]


def test_spells_with_a_missing_covariate_are_left_out_and_counted():
    more = pl.concat([THREE, THREE[:2].with_columns(pay=pl.lit(None, pl.String))])
    fit = cox(more, covariates="pay")
    assert (fit.left_out, fit.spells) == (2, 3)
    assert fit.table.equals(cox(THREE, covariates="pay").table)


def test_taking_each_spell_for_its_own_person_needs_no_cluster_and_one_person_twice_widens_the_limits():
    frame = spells_at_random(300).with_row_index("row")
    twice = pl.concat([frame, frame]).with_columns(person=pl.col("row").cast(pl.String))
    once, clustered = (
        cox(frame.with_columns(person=pl.col("row")), covariates="pay", cluster="person"),
        cox(twice, covariates="pay", cluster="person"),
    )
    assert clustered.method == "robust, spells of one person taken together"
    # Everyone counted twice says no more than everyone counted once (but for the ties that it makes).
    assert clustered.table["standard_error"].to_list() == pytest.approx(
        once.table["standard_error"].to_list(), rel=0.05
    )


def test_a_person_who_is_not_known_is_left_out_where_persons_are_taken_together():
    frame = spells_at_random(100).with_columns(person=pl.int_range(pl.len()))
    frame = frame.with_columns(person=pl.when(pl.col("person") > 4).then("person"))
    assert cox(frame, covariates="pay", cluster="person").left_out == 5


def test_a_covariate_that_the_others_say_already_has_no_figure_and_changes_none():
    frame = spells_at_random(100).with_columns(again=pl.col("age") * 2, one=pl.lit(1.0))
    fit = cox(frame, covariates=["age", "again", "one"])
    assert fit.table["hazard_ratio"].is_null().to_list() == [False, True, True]
    assert fit.table["coefficient"][0] == pytest.approx(
        cox(frame, covariates="age").table["coefficient"].item(), rel=1e-12
    )
    within = cox(frame.with_columns(team=pl.concat_str(pl.lit("t"), "site")), covariates=["age", "team"], strata="site")
    assert within.table["hazard_ratio"].is_null().to_list() == [False, True, True]


def test_nobody_who_left_and_covariates_that_say_all_or_nothing_are_refused():
    with pytest.raises(InputError, match="nobody left"):
        cox(THREE.with_columns(event=False), covariates="pay")
    with pytest.raises(InputError, match="no covariate has two values"):
        cox(THREE.with_columns(pay=pl.lit("a")), covariates="pay")
    with pytest.raises(
        InputError, match='perfect separation: "x" predicts leaving exactly, so its hazard ratio cannot be estimated'
    ):
        cox(pl.DataFrame({"entry": 0, "exit": [1, 2, 3, 4], "event": True, "x": [4.0, 3.0, 2.0, 1.0]}), covariates="x")


def test_numbers_without_end_are_refused_and_not_quoted():
    with pytest.raises(InputError, match="not finite"):
        cox(THREE.with_columns(pay=pl.Series([1.0, float("nan"), 2.0])), covariates="pay")


@pytest.mark.parametrize(
    "options",
    [{"covariates": []}, {"covariates": "shoe"}, {"covariates": "pay", "strata": "pay"}, {"covariates": "event"}],
)
def test_calls_that_make_no_sense_are_refused(options):
    if options["covariates"] == "event":
        options = {"covariates": "left"}
    with pytest.raises(UsageError):
        cox(THREE.with_columns(left=pl.lit("x")), **options)


def test_tables_that_were_rounded_are_refused():
    table = hazard_table(THREE, covariates="pay")
    with pytest.raises(InputError, match="whole numbers"):
        cox_from_tables(table.with_columns(pl.col("left") / 2), covariates="pay")
    with pytest.raises(UsageError):
        cox_from_tables([], covariates="pay")


def test_ratios_are_the_same_whichever_level_they_are_compared_with():
    frame = spells_at_random(300)
    usual, other = cox(frame, covariates="pay"), cox(frame, covariates="pay", references={"pay": "top"})
    ratio = dict(usual.table.select("level", "hazard_ratio").iter_rows())
    found = dict(other.table.select("level", "hazard_ratio").iter_rows())
    assert found["low"] == pytest.approx(1 / ratio["top"])
    assert found["middle"] == pytest.approx(ratio["middle"] / ratio["top"])
    assert other.log_likelihood == pytest.approx(usual.log_likelihood, rel=1e-12)
    tables = [hazard_table(part, covariates="pay") for part in (frame[:100], frame[100:])]
    pooled = cox_from_tables(tables, covariates="pay", references={"pay": "top"}).fit.table
    assert pooled["coefficient"].to_list() == pytest.approx(other.table["coefficient"].to_list(), rel=1e-9)


def test_a_ratio_for_so_many_more_is_the_ratio_of_one_more_as_often():
    frame = spells_at_random(300)
    one, ten = cox(frame, covariates=["age", "pay"]), cox(frame, covariates=["age", "pay"], per={"age": 10})
    row, more = (fit.table.row(by_predicate=pl.col("covariate") == "age", named=True) for fit in (one, ten))
    assert more["coefficient"] == pytest.approx(10 * row["coefficient"], rel=1e-9)
    assert more["standard_error"] == pytest.approx(10 * row["standard_error"], rel=1e-9)
    assert (one.per, ten.per) == ({}, {"age": 10})


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"references": {"grade": "a"}}, UsageError, "no covariate"),
        ({"references": {"age": "40"}}, UsageError, "no levels"),
        ({"per": {"pay": 5}}, UsageError, "no unit"),
        ({"per": {"age": 0}}, UsageError, "more than nothing"),
        ({"references": {"pay": "lowest"}}, InputError, "nobody left at the level"),
    ],
)
def test_what_ratios_cannot_be_of_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        cox(spells_at_random(60), covariates=["age", "pay"], **options)


def test_the_result_has_a_row_for_each_level_the_reference_too():
    ratios = wf.stats.cox(spells_at_random(60), covariates=["age", "pay"], per={"age": 10})
    assert ratios.groups == ("covariate", "level")
    assert ratios.frame.select("covariate", "level", "reference", "per").rows() == [
        ("age", None, False, 10.0),
        ("pay", "low", True, None),
        ("pay", "middle", False, None),
        ("pay", "top", False, None),
    ]
    compared = ratios.frame.filter(~pl.col("reference")).sort("covariate", "level", maintain_order=True)
    assert compared.select(*FIT_TABLE).equals(ratios.fit.table)
    of_pay = ratios.frame.filter(pl.col("covariate") == "pay")
    assert (of_pay["spells"].sum(), of_pay["events"].sum()) == (60, ratios.fit.events)
