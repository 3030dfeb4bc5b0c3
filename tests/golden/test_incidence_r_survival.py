"""Incidences of two and three causes, with ties and with delayed entry, beside R's survival 3.5.3 on its own data sets.

The golden files and the R script that wrote them (incidence.R) stand in r_survival beside this file.
"""

from pathlib import Path

import polars as pl
import pytest

import workforce as wf

FOLDER = Path(__file__).parent / "r_survival"
SPELLS = pl.read_csv(FOLDER / "incidence_spells.csv", schema_overrides={"group": pl.String, "exit": pl.Int64})
CURVES = pl.read_csv(FOLDER / "incidence_curves.csv", schema_overrides={"group": pl.String})
DATA = ["mgus2", "mgus2_age", "transplant", "transplant_late"]
FIGURES = ["at_risk", "left", "value", "standard_error", "lower", "upper"]


def spells_of(data: str, *, whole: bool = True) -> pl.DataFrame:
    number = pl.Int64 if whole else pl.Float64
    return SPELLS.filter(pl.col("data") == data).with_columns(pl.col("entry", "exit").cast(number))


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "fractional"])
@pytest.mark.parametrize("data", DATA)
def test_incidences_and_their_limits_are_those_of_r(data, whole):
    table = wf.stats.incidence_table(spells_of(data, whole=whole), by="group")
    ours = table.frame.with_columns(pl.col("time").cast(pl.Float64))
    theirs = (
        CURVES.filter(pl.col("data") == data)
        .with_columns(pl.col("time").cast(pl.Float64))
        .sort("group", "time", "cause")
    )
    assert ours.select("group", "time", "cause").equals(theirs.select("group", "time", "cause"))
    for figure in FIGURES:
        assert ours[figure].is_null().to_list() == theirs[figure].is_null().to_list(), figure
        assert ours[figure].fill_null(0.0).to_list() == pytest.approx(
            theirs[figure].fill_null(0.0).to_list(), abs=1e-9
        ), figure


@pytest.mark.parametrize("data", DATA)
def test_all_causes_and_those_still_there_add_up_to_one(data):
    spells = spells_of(data).with_columns(event=pl.col("cause").is_not_null())
    table = wf.stats.incidence_table(spells, by="group").frame
    gone = table.group_by("group", "time").agg(pl.col("value").sum()).sort("group", "time")
    stayed = wf.stats.life_table(spells, by="group").frame.select("group", "time", stayed="value")
    both = gone.join(stayed, on=["group", "time"], how="left", maintain_order="left")
    assert (both["value"] + both["stayed"]).to_list() == pytest.approx([1.0] * len(both), abs=1e-12)
