"""Released results as files: definitions, markers and notes go with them, and no cell is run as a formula."""

import json
import os
import stat

import polars as pl
import pytest

import workforce as wf
from builders import measured, released, withheld_rows_stay
from workforce.errors import DisclosureError, UsageError


@pytest.fixture
def page():
    sides = {
        "team": ["=1+1", "South", "@SUM(A1)"],
        "numerator": [12.0, 3.0, 8.0],
        "denominator": [98.0, 60.0, 90.0],
        "people": [104, 3, 95],
    }
    table = measured(sides, "turnover", "nhs", by=["team"])
    total = measured({"numerator": [23.0], "denominator": [248.0], "people": [202]}, "turnover", "nhs")
    with withheld_rows_stay():
        return wf.release({"turnover by team": table, "turnover: all/teams, and a name that is far too long": total})


def test_a_workbook_has_contents_definitions_and_a_sheet_for_each_table(page, tmp_path):
    path = page.save(tmp_path / "figures.xlsx")
    sheets = pl.read_excel(path, sheet_id=0, infer_schema_length=0)
    assert list(sheets) == ["Contents", "Definitions", "turnover by team", "turnover- all-teams, and a name"]
    by_team = sheets["turnover by team"]
    assert by_team.filter(pl.col("team") == "South").select("numerator", "marker").row(0) == (None, "c")
    assert "=1+1" in by_team["team"].to_list()  # text, and no formula: a formula would have been read as its result
    assert sheets["Definitions"]["source"].str.contains("NHS England").all()


def test_a_csv_file_names_each_rows_table_definition_and_marker_and_runs_nothing(page, tmp_path):
    frame = pl.read_csv(page.save(tmp_path / "figures.csv"), infer_schema=False)
    assert frame["table"].unique().sort().to_list() == list(page.tables)
    assert not frame["team"].drop_nulls().str.contains(r"^[=+\-@]").any()
    withheld = frame.filter(pl.col("marker") == "c")
    assert withheld["value"].null_count() == withheld.height > 0
    assert withheld["marker_means"].str.starts_with("withheld").all()
    assert frame["words"].null_count() == 0


def test_a_parquet_file_carries_its_definitions_in_its_metadata(page, tmp_path):
    path = page.save(tmp_path / "figures.parquet")
    about = json.loads(pl.read_parquet_metadata(path)["workforce"])
    assert about["rule"] == "board"
    assert about["tables"]["turnover by team"]["definitions"][0]["definition"] == "nhs"
    assert pl.read_parquet(path)["team"].to_list()[:3] == page["turnover by team"].frame["team"].to_list()


def test_why_figures_are_missing_goes_with_them(tmp_path):
    table = measured({"numerator": [None], "people": [None], "marker": ["x"]}, "leavers", "left")
    why = released(table._with_reasons("vacancies are not recorded by Wealdmere Schools Trust"))
    frame = pl.read_csv(why.save(tmp_path / "why.csv"), infer_schema=False)
    assert frame["note"].item() == "vacancies are not recorded by Wealdmere Schools Trust."


def test_nothing_of_the_rule_analyst_is_saved_and_other_endings_are_refused(tmp_path):
    table = measured({"numerator": [3.0], "people": [3]}, "leavers", "left")
    with pytest.raises(DisclosureError, match="not for release"):
        wf.release(table, rule="analyst").save(tmp_path / "all.csv")
    with pytest.raises(UsageError, match=r"\.xlsx, \.csv or \.parquet"):
        wf.release(table).save(tmp_path / "all.docx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX modes")
@pytest.mark.parametrize("name", ["figures.xlsx", "figures.csv", "figures.parquet"])
@pytest.mark.parametrize(("rule", "mode"), [("internal", 0o600), ("partner", 0o600), ("board", 0o644)])
def test_what_is_not_for_everyone_is_saved_for_its_owner_alone(tmp_path, rule, mode, name):
    before = os.umask(0o022)
    try:
        table = wf.release(
            measured({"numerator": [40.0], "denominator": [400.0], "people": [400]}, "turnover", "nhs"), rule
        )
        path = table.save(tmp_path / name)
        assert stat.S_IMODE(path.stat().st_mode) == mode
        path.chmod(0o644)
        assert stat.S_IMODE(table.save(path).stat().st_mode) == mode
    finally:
        os.umask(before)
