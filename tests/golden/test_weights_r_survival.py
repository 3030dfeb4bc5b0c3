"""Incidences and curves of spells with weights beside R's survival 3.5.3, whose standard errors are then between spells (robust).

The golden files and the R script that wrote them (weights.R) stand in r_survival beside this file.
"""

from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from workforce.stats.life_table import weighted_curve

FOLDER = Path(__file__).parent / "r_survival"
FIGURES = ["people_at_risk", "people_left", "value", "standard_error", "lower", "upper"]
SPELLS = pl.read_csv(FOLDER / "incidence_spells.csv", schema_overrides={"group": pl.String, "exit": pl.Int64})
CURVES = pl.read_csv(FOLDER / "weights_incidence.csv", schema_overrides={"group": pl.String}).rename(
    {"at_risk": "people_at_risk", "left": "people_left"}  # for several causes R counts people there
)


def weighted(data: str) -> pl.DataFrame:
    own = SPELLS.filter(pl.col("data") == data)
    return own.with_columns(weight=0.5 + (pl.int_range(1, pl.len() + 1) % 5) / 10)


@pytest.mark.parametrize("data", ["mgus2_age", "transplant_late"])
def test_weighted_incidences_and_their_limits_are_those_of_r(data):
    ours = wf.stats.incidence_table(weighted(data), by="group", weight="weight").frame
    theirs = CURVES.filter(pl.col("data") == data).sort("group", "time", "cause")
    assert ours.select("group", "time", "cause").rows() == theirs.select("group", "time", "cause").rows()
    for figure in FIGURES:
        assert ours[figure].is_null().to_list() == theirs[figure].is_null().to_list(), figure
        assert ours[figure].fill_null(0.0).to_list() == pytest.approx(
            theirs[figure].fill_null(0.0).to_list(), abs=1e-9
        ), figure


@pytest.mark.parametrize("data", ["heart", "lung", "pbc", "veteran"])
def test_a_weighted_curve_and_its_limits_between_people_are_those_of_r(data):
    spells = pl.read_csv(
        FOLDER / "delayed_entry_spells.csv",
        schema_overrides={"group": pl.String, "entry": pl.Float64, "exit": pl.Float64},
    ).filter(pl.col("data") == data)
    theirs = (
        pl.read_csv(FOLDER / "weights_curves.csv", schema_overrides={"group": pl.String, "time": pl.Float64})
        .filter(pl.col("data") == data)
        .sort("group", "time")
    )
    curve = weighted_curve(spells, by=["group"], weight="weight").frame
    ours = curve.join(theirs.select("group", "time"), on=["group", "time"], how="semi", maintain_order="left")
    assert ours.select("group", "time").rows() == theirs.select("group", "time").rows()
    for figure in ("at_risk", "left", "value", "lower", "upper"):
        # Where a curve stands at 0 or 1 there are no limits.
        known = ours[figure].is_not_null() & theirs[figure].is_not_null()
        beyond = ours["value"].is_in([0.0, 1.0]) if figure in ("lower", "upper") else ~known
        assert (known | beyond).all(), figure
        assert ours[figure].filter(known).to_list() == pytest.approx(theirs[figure].filter(known).to_list(), abs=1e-9)
