"""Log-rank tests with and without strata, and with delayed entry, beside R 4.2.2 and survival 3.5.3.

Nobody late: `survdiff`. Delayed entry, which survdiff does not take: base R's `mantelhaen.test` over the tables of the event times.
The golden files and the R script that wrote them (hazards.R) stand in r_survival beside this file.
"""

from pathlib import Path

import polars as pl
import pytest

import workforce as wf

FOLDER = Path(__file__).parent / "r_survival"
TESTS = pl.read_csv(FOLDER / "logrank_tests.csv", schema_overrides={"strata": pl.String})
TABLES = pl.read_csv(FOLDER / "logrank_tables.csv", schema_overrides={"strata": pl.String, "group": pl.String})


def compared(row):
    spells = pl.read_csv(FOLDER / f"hazards_{row['data']}.csv")
    return wf.stats.logrank(spells, by=row["by"], strata=[row["strata"]] if row["strata"] else [])


@pytest.mark.parametrize(
    "row", TESTS.to_dicts(), ids=[f"{r['data']} {r['by']} {r['strata']}" for r in TESTS.to_dicts()]
)
def test_the_statistic_and_its_p_value_are_those_of_r(row):
    test = compared(row)
    assert test.statistic == pytest.approx(row["statistic"], rel=1e-9)
    assert test.df == row["df"]
    assert test.p_value == pytest.approx(row["p_value"], rel=1e-9)


@pytest.mark.parametrize(
    ("data", "by", "strata"), TABLES.select("data", "by", "strata").unique(maintain_order=True).rows()
)
def test_observed_and_expected_are_those_of_r(data, by, strata):
    test = compared({"data": data, "by": by, "strata": strata})
    theirs = TABLES.filter(pl.col("by") == by, pl.col("strata").eq_missing(pl.lit(strata, pl.String)))
    assert test.table[by].to_list() == theirs["group"].to_list()
    assert test.table["spells"].to_list() == theirs["spells"].to_list()
    assert test.table["observed"].to_list() == theirs["observed"].to_list()
    assert test.table["expected"].to_list() == pytest.approx(theirs["expected"].to_list(), abs=1e-9)
    assert test.name == ("log-rank test" if strata is None else f"log-rank test, stratified by {strata}")
