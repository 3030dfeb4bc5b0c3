"""Cox fits beside R's survival 3.5.3: Efron ties, delayed entry, strata, start-stop covariates, robust errors, proportionality checks.

The golden files and the R script that wrote them (hazards.R) stand in r_survival beside this file.
"""

from pathlib import Path

import polars as pl
import pytest

import workforce as wf

hazard_table = wf.stats.hazard_table

FOLDER = Path(__file__).parent / "r_survival"
FITS = pl.read_csv(FOLDER / "cox_fits.csv", schema_overrides={"strata": pl.String, "cluster": pl.String})
COEFFICIENTS = pl.read_csv(FOLDER / "cox_coefficients.csv")
CHECKS = pl.read_csv(FOLDER / "cox_checks.csv")
FIGURES = ["coefficient", "standard_error", "hazard_ratio", "lower", "upper", "p_value"]


def spells_of(data: str) -> pl.DataFrame:
    text = {"prior": pl.String, "enum": pl.String, "decade": pl.String, "half": pl.String, "treatment": pl.String}
    return pl.read_csv(FOLDER / f"hazards_{data}.csv", schema_overrides=text)


def model_of(row: dict[str, str | None]) -> dict[str, list[str]]:
    return {"covariates": row["covariates"].split(), "strata": [row["strata"]] if row["strata"] else []}


def cox(spells, **options):
    return wf.stats.cox(spells, **options).fit


def fitted(row: dict[str, str | None]):
    return cox(spells_of(row["data"]), **model_of(row), cluster=row["cluster"] or None)


def terms_of(fit) -> list[str]:
    return fit.table.select(pl.concat_str("covariate", pl.col("level").fill_null(""))).to_series().to_list()


@pytest.mark.parametrize("row", FITS.to_dicts(), ids=FITS["fit"].to_list())
def test_coefficients_errors_and_likelihood_are_those_of_r(row):
    fit = fitted(row)
    theirs = COEFFICIENTS.filter(pl.col("fit") == row["fit"])
    assert terms_of(fit) == theirs["term"].to_list()
    for figure in FIGURES:
        assert fit.table[figure].to_list() == pytest.approx(theirs[figure].to_list(), rel=1e-6, abs=1e-9), figure
    assert fit.log_likelihood == pytest.approx(row["log_likelihood"], abs=1e-9)
    assert fit.null_log_likelihood == pytest.approx(row["null_log_likelihood"], abs=1e-9)
    assert (fit.spells, fit.events) == (row["spells"], row["events"])


@pytest.mark.parametrize("row", FITS.to_dicts(), ids=FITS["fit"].to_list())
def test_the_check_of_proportional_hazards_is_that_of_r(row):
    ours = fitted(row).proportionality
    theirs = CHECKS.filter(pl.col("fit") == row["fit"])
    assert ours["covariate"].to_list() == [c.replace("GLOBAL", "global") for c in theirs["covariate"]]
    assert ours["df"].to_list() == theirs["df"].to_list()
    assert ours["statistic"].to_list() == pytest.approx(theirs["statistic"].to_list(), rel=1e-6)
    assert ours["p_value"].to_list() == pytest.approx(theirs["p_value"].to_list(), rel=1e-6)


@pytest.mark.parametrize("row", FITS.to_dicts(), ids=FITS["fit"].to_list())
def test_the_added_tables_of_five_organisations_give_the_fit_of_their_people(row):
    spells = spells_of(row["data"]).with_row_index("row")
    parts = [spells.filter(pl.col("row") % 5 == one) for one in range(5)]
    tables = [hazard_table(part, **model_of(row)) for part in parts]
    pooled = wf.stats.cox_from_tables(tables, **model_of(row)).fit
    whole = cox(spells, **model_of(row))
    for figure in FIGURES:
        assert pooled.table[figure].to_list() == pytest.approx(whole.table[figure].to_list(), rel=1e-9, abs=1e-12), (
            figure
        )
    assert pooled.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    assert pooled.proportionality["statistic"].to_list() == pytest.approx(
        whole.proportionality["statistic"].to_list(), rel=1e-9
    )
