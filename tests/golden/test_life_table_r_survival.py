"""Curves, medians, restricted means and conditional curves beside R's survival 3.5.3, on five of its own data sets.

The golden files and the R script that wrote them (delayed_entry.R) stand in r_survival beside this file.
"""

from pathlib import Path

import polars as pl
import pytest

import workforce as wf

life_table, conditional_on, emptied_early = wf.stats.life_table, wf.stats.conditional_on, wf.stats.emptied_early

FOLDER = Path(__file__).parent / "r_survival"
TEXT = {"data": pl.String, "group": pl.String, "kind": pl.String}
SPELLS = pl.read_csv(
    FOLDER / "delayed_entry_spells.csv", schema_overrides={**TEXT, "entry": pl.Float64, "exit": pl.Float64}
)
CURVES = pl.read_csv(FOLDER / "delayed_entry_curves.csv", schema_overrides={**TEXT, "time": pl.Float64})
SUMMARIES = pl.read_csv(FOLDER / "delayed_entry_summaries.csv", schema_overrides=TEXT)
DATA = ["heart", "mgus2", "pbc", "lung", "veteran"]
FIGURES = ["at_risk", "left", "censored", "value", "lower", "upper"]


def spells_of(data: str) -> pl.DataFrame:
    """Spells of one data set; whole days stay whole (only the heart data have half days)."""
    spells = SPELLS.filter(pl.col("data") == data)
    return spells if data == "heart" else spells.with_columns(pl.col("entry", "exit").cast(pl.Int64))


def median_stay(curve) -> pl.DataFrame:
    return wf.stats.median_stay(curve).frame


def restricted_mean(curve, until: float) -> pl.DataFrame:
    return wf.stats.restricted_mean(curve, until).frame


def assert_as_in_r(curve, data: str, kind: str) -> None:
    theirs = CURVES.filter((pl.col("data") == data) & (pl.col("kind") == kind)).sort("group", "time")
    # R has no rows for times at which people only enter.
    ours = curve.frame.filter((pl.col("left") > 0) | (pl.col("censored") > 0)).with_columns(
        pl.col("time").cast(pl.Float64)
    )
    assert ours.select("group", "time").equals(theirs.select("group", "time"))
    for figure in FIGURES:
        assert ours[figure].is_null().to_list() == theirs[figure].is_null().to_list(), figure
        assert ours[figure].fill_null(0.0).to_list() == pytest.approx(
            theirs[figure].fill_null(0.0).to_list(), abs=1e-9, rel=1e-12
        ), figure


@pytest.mark.parametrize("data", DATA)
def test_the_curve_and_its_limits_with_delayed_entry_are_those_of_r(data):
    assert_as_in_r(life_table(spells_of(data), by="group"), data, "whole")


@pytest.mark.parametrize("data", ["heart", "lung"])
def test_a_weighted_curve_is_that_of_r(data):
    assert_as_in_r(life_table(spells_of(data), by="group", weight="weight"), data, "weighted")


@pytest.mark.parametrize("data", ["heart", "pbc", "lung", "veteran"])
def test_the_curve_of_those_who_reached_a_time_is_that_of_r(data):
    start = SUMMARIES.filter(pl.col("data") == data)["start"][0]
    assert_as_in_r(conditional_on(life_table(spells_of(data), by="group"), start), data, "conditional")


@pytest.mark.parametrize("data", DATA)
def test_a_curve_added_up_from_five_organisations_is_that_of_r(data):
    spread = spells_of(data).with_row_index("row").with_columns(organisation=pl.col("row") % 5)
    parts = [life_table(spread.filter(pl.col("organisation") == one), by="group") for one in range(5)]
    assert_as_in_r(wf.combine(*parts), data, "whole")


# Two of the thirteen differ by convention. The women of mgus2: the curve is exactly one half from 361 to 559, of which R takes the
# middle. There, and among the lung patients of score 2, few are at risk at first, so that the lower limit falls below one half and rises
# again; R looks the half up among the limits in order of size, which gives a later time; the first time is taken here.
BY_CONVENTION = {("mgus2", "F"): {"median": 361.0, "lower": 361.0}, ("lung", "2"): {"lower": 11.0}}


@pytest.mark.parametrize("data", DATA)
def test_medians_and_their_limits_are_those_of_r(data):
    theirs = SUMMARIES.filter(pl.col("data") == data).sort("group").select("group", "median", "lower", "upper")
    ours = median_stay(life_table(spells_of(data), by="group")).select(
        "group", median="value", lower="lower", upper="upper"
    )
    expected = [{**row, **BY_CONVENTION.get((data, row["group"]), {})} for row in theirs.rows(named=True)]
    assert ours.rows(named=True) == expected


@pytest.mark.parametrize(
    ("data", "group", "figure"), [("mgus2", "F", "value"), ("mgus2", "F", "lower"), ("lung", "2", "lower")]
)
def test_where_r_differs_our_time_is_the_first_at_which_its_own_curve_is_at_or_below_one_half(data, group, figure):
    theirs = CURVES.filter((pl.col("data") == data) & (pl.col("kind") == "whole") & (pl.col("group") == group))
    ours = median_stay(life_table(spells_of(data), by="group")).filter(pl.col("group") == group)
    assert ours[figure].item() == theirs.filter(pl.col(figure) <= 0.5)["time"].min()


@pytest.mark.parametrize("data", DATA)
def test_restricted_means_and_their_standard_errors_are_those_of_r(data):
    theirs = SUMMARIES.filter(pl.col("data") == data).sort("group")
    ours = restricted_mean(life_table(spells_of(data), by="group"), theirs["horizon"][0])
    assert ours["value"].to_list() == pytest.approx(theirs["restricted_mean"].to_list(), rel=1e-12)
    assert ours["standard_error"].to_list() == pytest.approx(theirs["restricted_mean_error"].to_list(), rel=1e-12)


def test_the_standard_error_at_a_time_is_that_of_r():
    theirs = CURVES.filter((pl.col("data") == "mgus2") & (pl.col("kind") == "whole") & (pl.col("time") == 960)).sort(
        "group"
    )
    ours = wf.stats.retained_at(life_table(spells_of("mgus2"), by="group"), 960).frame
    assert ours["value"].to_list() == pytest.approx(theirs["value"].to_list(), abs=1e-9)
    assert ours["standard_error"].to_list() == pytest.approx(theirs["standard_error"].to_list(), abs=1e-9)


def test_the_risk_set_of_the_men_with_cirrhosis_emptied_early_and_it_is_said():
    table = life_table(spells_of("pbc"), by="group")
    assert emptied_early(table).rows() == [("m", 14916)]
    later = table.frame.filter((pl.col("group") == "m") & (pl.col("time") > 14916))
    assert later["value"].unique().to_list() == [0.0]
    assert later["lower"].null_count() == len(later)
