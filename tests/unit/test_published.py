"""The readers of official files, on small files in the publishers' own layout."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

import workforce as wf
from builders import add_published
from workforce.benchmark.authorities import SYSTEMS
from workforce.errors import EnvironmentFault, InputError, UsageError
from workforce.sources import dfe_csww, dfe_sen2

CSWW = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,new_la_code,la_name,"
    "inpost_fte,inpost_headcount,starters_fte,starters_headcount,leavers_fte,leavers_headcount,turnover_rate_fte,turnover_rate_headcount,"
    "agency_fte,agency_headcount,agency_rate_fte,agency_rate_headcount,agency_cover_fte,agency_cover_rate_fte,vacancy_fte,"
    "vacancy_rate_fte,vacancy_agency_cover_rate_fte,case_holders_fte,cases,caseload_fte,working_days_lost_fte,absence_rate_fte"
)
BEFORE = "{year},Reporting year,Local authority,E92000001,England,E12000009,South West,{code},E1,{name},"
FULL = "100,110,5,5,10,11,10,10,25,30,20,21.4,20,80,50,33.3,40,60,900,15,500,2"
GAPS = "100,110,5,5,x,u,x,u,low,0,low,0,low,z,50,33.3,z,60,900,15,c,c"


def csww(folder: Path, *rows: str, name: str = "anything.csv", bom: bool = True) -> Path:
    path = folder / name
    path.write_text(("\ufeff" if bom else "") + CSWW + "\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def row(figures: str = FULL, *, year: str = "2024", code: str = "878", name: str = "Devon") -> str:
    return BEFORE.format(year=year, code=code, name=name) + figures


def one(frame: pl.DataFrame, measure: str, definition: str) -> dict[str, object]:
    return frame.filter((pl.col("measure") == measure) & (pl.col("definition") == definition)).row(0, named=True)


def test_a_file_is_recognised_by_its_header_whatever_it_is_called(tmp_path):
    reads = add_published([csww(tmp_path, row(), name="x.tmp")], tmp_path / "store")
    assert reads["kind"].item() == dfe_csww.KIND


@pytest.mark.parametrize("bom", [True, False])
def test_a_byte_order_mark_makes_no_difference(tmp_path, bom):
    add_published([csww(tmp_path, row(), bom=bom)], tmp_path / "store")
    assert len(wf.load_official(tmp_path / "store").published) == len(dfe_csww.RATES)


def test_symbols_are_markers_and_never_numbers(tmp_path):
    add_published([csww(tmp_path, row(GAPS))], tmp_path / "store")
    held = wf.load_official(tmp_path / "store").published
    turnover, agency, absence = (
        one(held, *key) for key in (("turnover", "dfe_fte"), ("agency_rate", "dfe_fte"), ("absence", "dfe"))
    )
    assert (turnover["value"], turnover["marker"], turnover["numerator"], turnover["numerator_marker"]) == (
        None,
        "x",
        None,
        "x",
    )
    assert (agency["value"], agency["marker"], agency["numerator_marker"], agency["denominator"]) == (
        None,
        "low",
        "low",
        100.0,
    )
    assert (absence["value"], absence["marker"], absence["denominator_marker"]) == (None, "c", None)


def test_flows_have_the_census_year_and_stocks_its_last_day(tmp_path):
    add_published([csww(tmp_path, row())], tmp_path / "store")
    held = wf.load_official(tmp_path / "store").published
    flow, stock = one(held, "turnover", "dfe"), one(held, "caseload", "dfe")
    assert (flow["period_start"], flow["period_end"]) == (date(2023, 10, 1), date(2024, 9, 30))
    assert (stock["period_start"], stock["period_end"]) == (date(2024, 9, 30), date(2024, 9, 30))


@pytest.mark.parametrize(("year", "days"), [("2023", 253), ("2024", 254)])
def test_the_absence_rate_counts_253_working_days_and_254_in_a_leap_year(tmp_path, year, days):
    add_published([csww(tmp_path, row(year=year))], tmp_path / "store")
    assert one(wf.load_official(tmp_path / "store").published, "absence", "dfe")["denominator"] == 100.0 * days


def test_the_same_file_twice_changes_nothing(tmp_path):
    file, store = csww(tmp_path, row(), row(GAPS, code="879", name="Plymouth")), tmp_path / "store"
    add_published([file], store)
    before = (store / "published.parquet").read_bytes()
    add_published([file, file], store)
    assert (store / "published.parquet").read_bytes() == before


def test_a_newer_file_replaces_the_rows_it_repeats_and_keeps_the_others(tmp_path):
    store = tmp_path / "store"
    add_published([csww(tmp_path, row(), row(year="2023"), name="old.csv")], store)
    add_published([csww(tmp_path, row(FULL.replace("10,11,10,10", "12,13,12,11.8")), name="new.csv")], store)
    held = wf.load_official(store).published.filter(
        (pl.col("measure") == "turnover") & (pl.col("definition") == "dfe_fte")
    )
    assert held.sort("period_end")["value"].to_list() == [10.0, 12.0]
    assert ["new.csv" in s for s in held.sort("period_end")["source"]] == [False, True]


def test_refused_rows_are_counted_by_rule_and_with_the_kept_make_all_that_were_read(tmp_path):
    file = csww(
        tmp_path,
        row(),
        row(),
        row(year="20x4"),
        row(FULL.replace("15,500,2", "fifteen,500,2"), code="879"),
        row(FULL.replace("15,500,2", "nan,500,2"), code="880"),
        row(code="", name="Nowhere"),
        row(code="881").replace("Local authority", "Ward"),
    )
    reads = add_published([file], tmp_path / "store").row(0, named=True)
    assert (reads["rows_read"], reads["rows_kept"], reads["rows_refused"]) == (7, 1, 6)
    assert (
        reads["rules"]
        == "area_level_not_known: 1; area_without_code: 1; duplicate: 1; figure_not_read: 2; year_not_read: 1"
    )


def test_an_unknown_file_is_refused_with_the_kinds_that_are_known(tmp_path):
    file = tmp_path / "staff.csv"
    file.write_text("Payroll No,Start\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        add_published([file], tmp_path / "store")
    assert "NHS England sickness absence" in str(raised.value.hint)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no workbook", b"PAR1 no parquet", b"\xff\xfe\x00bad\n\xff,\xff\n"]
)
def test_a_broken_file_is_refused_by_name_and_nothing_is_written(tmp_path, content):
    file = tmp_path / "broken.csv"
    file.write_bytes(content)
    with pytest.raises(InputError) as raised:
        add_published([file], tmp_path / "store")
    assert raised.value.where == "broken.csv"
    assert not (tmp_path / "store").exists()


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path):
    file = tmp_path / "broken.csv"
    file.write_bytes(b"")
    reads = add_published([csww(tmp_path, row()), file], tmp_path / "store")
    assert reads.select("source", "figures").rows() == [("anything.csv", len(dfe_csww.RATES)), ("broken.csv", 0)]
    assert reads["fault"].to_list() == [None, "the file is empty; download it again"]
    assert len(wf.load_official(tmp_path / "store").published) == len(dfe_csww.RATES)


def test_all_files_that_are_unknown_are_named_at_once(tmp_path):
    names = [f"{name}.csv" for name in ("staff", "posts", "leavers")]
    for name in names:
        (tmp_path / name).write_text("Payroll No,Start\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        add_published([tmp_path / name for name in names], tmp_path / "store")
    assert all(name in str(raised.value) for name in names)
    assert str(raised.value).count("NHS England sickness absence") == 1
    assert not (tmp_path / "store").exists()


def test_a_missing_file_and_no_file_are_refused(tmp_path):
    with pytest.raises(InputError):
        add_published([tmp_path / "none.csv"], tmp_path / "store")
    with pytest.raises(UsageError):
        add_published([], tmp_path / "store")


def test_a_store_that_cannot_be_written_is_a_fault_of_the_environment(tmp_path):
    (tmp_path / "store").write_text("a file stands here", encoding="utf-8")
    with pytest.raises(EnvironmentFault):
        add_published([csww(tmp_path, row())], tmp_path / "store")


def test_breakdowns_of_plans_are_left_out_and_counted(tmp_path):
    header = (
        "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,new_la_code,old_la_code,la_name,"
        "breakdown_topic,breakdown,plans_issued_den,plans_issued_den_ex,plans_issued_within_20_weeks,plans_issued_20_weeks_ex,"
        "pc_plans_issued_within_20_weeks,PC_plans_issued_20_weeks_ex"
    )
    start = "2024,Calendar year,Local authority,E92000001,England,E12000009,South West,E1,878,Devon,"
    file = tmp_path / "plans.csv"
    rows = [
        start + "All EHC plans issued,All EHC plans issued,200,180,90,85,45,47.2",
        start + "Sex,Female,80,x,30,x,37.5,x",
    ]
    file.write_text("\ufeff" + "\n".join([header, *rows]) + "\n", encoding="utf-8")
    reads = add_published([file], tmp_path / "store").row(0, named=True)
    assert (reads["kind"], reads["rules"], reads["figures"]) == (dfe_sen2.KIND, "left_out_breakdown: 1", 2)


def nhs(folder: Path, *rows: str) -> Path:
    header = (
        "DATE,NHSE_REGION_CODE,NHSE_REGION_NAME,ICS_CODE,ICS_NAME,ORG_CODE,ORG_NAME,ORG_TYPE,FTE_DAYS_LOST,FTE_DAYS_AVAILABLE,"
        "SICKNESS_ABSENCE_RATE_PERCENT"
    )
    path = folder / "month.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_england_is_summed_days_and_not_an_average_of_rates(tmp_path):
    large, small = (
        f"30/04/2024,Y58,South West,QJK,Devon,{name},Acute,{days}"
        for name, days in (("AAA,Large", "900,10000,9.00"), ("BBB,Small", "1,1000,0.10"))
    )
    others = [f"30/04/2024,Y58,A region,{s},A system,{s}T,A trust,Acute,0,0,z" for s in SYSTEMS if s != "QJK"]
    file = nhs(tmp_path, large, small, *others)
    add_published([file], tmp_path / "store")
    held = wf.load_official(tmp_path / "store").published
    england = held.filter(pl.col("area_level") == "national").row(0, named=True)
    assert england["value"] == pytest.approx(100 * 901 / 11000)
    assert england["source"].endswith("sum of 43 organisations")
    assert (england["period_start"], england["period_end"]) == (date(2024, 4, 1), date(2024, 4, 30))


def test_england_is_not_summed_where_a_system_is_missing(tmp_path):
    file = nhs(tmp_path, "30/04/2024,Y58,South West,QJK,Devon,AAA,Large,Acute,900,10000,9.00")
    add_published([file], tmp_path / "store")
    levels = wf.load_official(tmp_path / "store").published["area_level"].unique().sort().to_list()
    assert levels == ["organisation", "system"]


def test_days_of_no_month_are_refused(tmp_path):
    trust = "Y58,South West,QJK,Devon,{0},Large,Acute,900,10000,9.00"
    file = nhs(tmp_path, f"31/02/2023,{trust.format('AAA')}", f"28/02/2023,{trust.format('BBB')}")
    assert add_published([file], tmp_path / "store")["rules"].item() == "date_not_read: 1"


def neighbour_book(path: Path, *, cumberland: bool) -> Path:
    near = [str(301 + i) for i in range(10)]
    rows = [
        ["A", "B", "C", "D", "E", *range(3, 23)],
        list(range(1, 26)),
        ["LA num", "LA Name", "LA number", "GOInd", "GOReg", *(x for i in range(1, 11) for x in (f"SN{i}", "SNP"))],
        ["878", "Devon", "878", "7", "South West", *(x for n in near for x in (n, "Very Close "))],
        [
            "942",
            "Cumberland",
            "942",
            "5",
            "North West",
            *(x for n in near for x in ((n, "Close") if cumberland else ("-", "-"))),
        ],
        [None, "Old SNs:"],
        ["928", "Northamptonshire", "928", "1", "East Midlands", *(x for n in near for x in (n, "Close"))],
    ]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("LA SN Groups")
        for i, cells in enumerate(rows):
            sheet.write_row(i, 0, cells)
    return path


@pytest.mark.parametrize(("cumberland", "model", "kept"), [(True, "2025", 2), (False, "2021", 1)])
def test_a_neighbour_model_is_told_by_its_content_and_the_older_one_in_it_is_left_out(
    tmp_path, cumberland, model, kept
):
    reads = add_published([neighbour_book(tmp_path / "any.xlsx", cumberland=cumberland)], tmp_path / "store").row(
        0, named=True
    )
    held = wf.load_official(tmp_path / "store").neighbours
    assert set(held["model"]) == {model}
    assert (reads["rows_read"], reads["rows_kept"]) == (4, kept)
    first = held.filter(pl.col("area_code") == "878").row(0, named=True)
    assert (first["position"], first["neighbour_code"], first["closeness"]) == (1, "301", "very close")


def test_the_tools_indicators_have_their_own_names_and_a_dash_is_not_available(tmp_path):
    frame = pl.DataFrame(
        {
            "Short Desc": ["Work_Force_TO_Rate", "Work_Force_TO_Rate", "RTA", "Stability_SocialWorker"],
            "Data item": [None, None, None, None],
            "Years": ["2024", "2024", "2014-16", "2024"],
            "LA and Regions": ["Devon", "England", "Devon", "Devon"],
            "Values": ["20.100000000000001", "-", "12.13", "27"],
            "LA Number": [878.0, 970.0, 878.0, 878.0],
            "Region": ["South West", "NA", "South West", "South West"],
        },
        schema_overrides={"Data item": pl.String},
    )
    file = tmp_path / "long.bin"
    frame.write_parquet(file)
    reads = add_published([file], tmp_path / "store").row(0, named=True)
    held = wf.load_official(tmp_path / "store").published.sort("measure", "area_code")
    assert (reads["rules"], reads["rows_kept"]) == ("left_out_indicator: 1", 3)
    assert held.select("area_code", "measure", "value", "marker").rows() == [
        ("878", "lait: Stability_SocialWorker", 27.0, None),
        ("878", "lait: Work_Force_TO_Rate", 20.1, None),
        ("E92000001", "lait: Work_Force_TO_Rate", None, "x"),
    ]
    assert held["period_end"].to_list()[0] == date(2024, 3, 31)  # financial year


def test_every_shipped_figure_names_its_source_and_every_gap_its_marker():
    held = wf.load_official().published
    assert held["source"].str.len_chars().min() > 20
    assert held.filter(pl.col("value").is_null() == pl.col("marker").is_null()).is_empty()


def test_a_store_of_version_0_1_is_read_and_its_figures_have_no_release(tmp_path):
    add_published([csww(tmp_path, row())], tmp_path / "store")
    path = tmp_path / "store" / "published.parquet"
    pl.read_parquet(path).drop("release", "licence", "series_break").write_csv(path.with_suffix(".csv"))
    path.unlink()
    held = wf.load_official(tmp_path / "store").published
    assert len(held) == len(dfe_csww.RATES)
    assert held.select(pl.col("release", "licence", "series_break").null_count()).row(0) == (len(held),) * 3
    assert one(held, "turnover", "dfe")["value"] == 10.0


def test_a_folder_without_figures_is_refused_with_a_hint(tmp_path):
    with pytest.raises(InputError) as raised:
        wf.load_official(tmp_path)
    assert "official add" in str(raised.value.hint)
