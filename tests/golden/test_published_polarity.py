"""Which direction is better, against the DfE's own data dictionary of the Local Authority Interactive Tool."""

from pathlib import Path

import polars as pl
import pytest

import workforce as wf

FILE = Path(__file__).parents[3] / "shared" / "data" / "lait" / "lait_data_dictionary.csv"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the full official files are not beside the project")


@pytest.mark.parametrize(
    ("measure", "definition", "indicator"),
    [
        ("turnover", "dfe_fte", "Work_Force_TO_Rate"),
        ("agency_rate", "dfe_fte", "Work_Force_Agecy_Rate"),
        ("vacancy_rate", "dfe", "Work_Force_Vac_Rate"),
        ("vacancy_cover", "dfe", "Vacancies_cover"),
        ("vacancy_cover", "dfe_of_agency", "Work_Force_AgencyCover"),
        ("caseload", "dfe", "Work_Force_AvgNumCase_SW"),
        ("absence", "dfe", "Work_Force_SWAbsence"),
        ("timeliness", "dfe", "SEN_EHC_All_20wks"),
        ("timeliness", "dfe_without_exceptions", "SEN_EHC_Excpt_20wks"),
    ],
)
def test_the_better_direction_is_the_publishers(measure, definition, indicator):
    listed = pl.read_csv(FILE, infer_schema=False).filter(pl.col("Measure_short") == indicator)["Polarity"].item()
    official = wf.load_official()
    own = wf.benchmark.figures(official, measure, definition, areas=["Devon"])
    better = wf.benchmark.compare(own, official, area="Devon").frame["better"].unique().item()
    assert better == {"Low": "lower", "High": "higher", "-": None}[listed]
