"""The store of official figures that comes with the library against the publishers' files, read here by Python's own csv reader.

Every figure of every authority, region and England is in the store as its file has it, and nothing else is. The totals of regions and
England are the sums of their authorities wherever all of them have the figure; every other difference stands in a list with the
authorities that the file lacks. Provenance: see `data/official/README.md`.
"""

import csv
import hashlib
import re
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from builders import add_published, make_official

SHIPPED = Path(__file__).parents[2] / "data" / "official"
DATA = Path(__file__).parents[3] / "shared" / "data"
with_files = pytest.mark.skipif(not DATA.is_dir(), reason="the full official files are not beside the project")
LARGEST = 2_000_000
AUTHORITIES = 153
CODES = {"National": "country_code", "Regional": "region_code", "Local authority": "old_la_code"}
CALENDAR, JANUARY, SEPTEMBER = "{0}-12-31", "{0}-01-31", "{0}-09-30"
# file, last day of a row's period, and by measure and definition: column of the value, of the numerator, and of the denominator.
FILES = {
    "dfe_sen2/timeliness_20_week.csv": (
        CALENDAR,
        {
            ("timeliness", "dfe"): (
                "pc_plans_issued_within_20_weeks",
                "plans_issued_within_20_weeks",
                "plans_issued_den",
            ),
            ("timeliness", "dfe_without_exceptions"): (
                "PC_plans_issued_20_weeks_ex",
                "plans_issued_20_weeks_ex",
                "plans_issued_den_ex",
            ),
        },
    ),
    "dfe_sen2/requests.csv": (
        CALENDAR,
        {
            ("plan_requests", "dfe"): ("requests_received_in_year", "requests_received_in_year", None),
            ("plan_requests", "dfe_refused"): (
                "request_not_assess_pc",
                "requests_decided_not_to_assess",
                "requests_received_in_year",
            ),
            ("plan_requests", "dfe_six_weeks"): ("request_outcome_six_weeks_pc", "request_outcome_six_weeks", None),
        },
    ),
    "dfe_sen2_2025/assessments.csv": (
        CALENDAR,
        {
            ("plan_assessments", "dfe"): ("assess_in_year", "assess_in_year", None),
            ("plan_assessments", "dfe_plan_issued"): ("assess_issued_pc", "assess_issued", "assess_in_year"),
            ("plan_assessments", "dfe_no_plan_in_time"): (
                "outcome_decision_within_time_pc",
                "outcome_decision_within_time",
                None,
            ),
        },
    ),
    "dfe_sen2_2025/newplans.csv": (
        CALENDAR,
        {
            ("new_plans", "dfe"): ("new_ehc_plans", "new_ehc_plans", None),
            ("new_plans", "dfe_mainstream"): ("mainstream_total_pc", "mainstream_total", "new_ehc_plans"),
            ("new_plans", "dfe_special"): ("special_total_pc", "special_total", "new_ehc_plans"),
            ("new_plans", "dfe_further_education"): ("fe_total_pc", "fe_total", "new_ehc_plans"),
            ("new_plans", "dfe_elsewhere"): ("ed_elsewhere_pc", "ed_elsewhere", "new_ehc_plans"),
        },
    ),
    "dfe_sen2_2025/caseload.csv": (
        JANUARY,
        {
            ("plans", "dfe"): ("ehcplans", "ehcplans", None),
            ("plans", "dfe_mainstream"): ("mainstream_total_pc", "mainstream_total", "ehcplans"),
            ("plans", "dfe_special"): ("special_total_pc", "special_total", "ehcplans"),
            ("plans", "dfe_further_education"): ("fe_total_pc", "fe_total", "ehcplans"),
            ("plans", "dfe_elsewhere"): ("ed_elsewhere_pc", "ed_elsewhere", "ehcplans"),
        },
    ),
    "dfe_sen2_2025/annual_reviews.csv": (
        CALENDAR,
        {
            ("annual_reviews", "dfe_expected"): ("review_expected", "review_expected", None),
            ("annual_reviews", "dfe_meetings"): ("total_review_meeting", "total_review_meeting", None),
            ("annual_reviews", "dfe_no_meeting"): ("no_review_meeting", "no_review_meeting", None),
            ("annual_reviews", "dfe_four_weeks"): ("pc_decsion_4weeks", "number_decsion_4weeks", None),
        },
    ),
    "ons_population/mid_year_0_to_17_2012_to_2024.csv": (
        "{0}-06-30",
        {("children", "ons"): ("population_estimate", "population_estimate", None)},
    ),
    "dfe_csww/csww_indicators_2017_to_2025.csv": (
        SEPTEMBER,
        {
            ("turnover", "dfe_fte"): ("turnover_rate_fte", "leavers_fte", "inpost_fte"),
            ("turnover", "dfe"): ("turnover_rate_headcount", "leavers_headcount", "inpost_headcount"),
            ("agency_rate", "dfe_fte"): ("agency_rate_fte", "agency_fte", None),
            ("agency_rate", "dfe"): ("agency_rate_headcount", "agency_headcount", None),
            ("vacancy_rate", "dfe"): ("vacancy_rate_fte", "vacancy_fte", None),
            ("vacancy_cover", "dfe"): ("vacancy_agency_cover_rate_fte", "agency_cover_fte", "vacancy_fte"),
            ("vacancy_cover", "dfe_of_agency"): ("agency_cover_rate_fte", "agency_cover_fte", "agency_fte"),
            ("caseload", "dfe"): ("caseload_fte", "cases", "case_holders_fte"),
            ("absence", "dfe"): ("absence_rate_fte", "working_days_lost_fte", None),
        },
    ),
}
# New plans of 2022: the file has the region's total, 6,078, in the row of each of its 15 authorities.
REPEATED = {"new_plans": ("2022", "E12000003", "6078")}


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    return wf.load_official().published


def rows_of(path: Path):
    """The rows of a file that are about all children, with the number, the last day and the level of each."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        for cells in reader:
            row = dict(zip(header, cells, strict=True))
            if row.get("breakdown") == row.get("breakdown_topic"):
                code = row[CODES[row["geographic_level"]]]
                year = row["time_period"]
                yield code, f"20{year[4:]}" if len(year) == 6 else year, row


def figure(cell: str) -> float | None:
    return float(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else None


@with_files
@pytest.mark.parametrize("file", FILES)
def test_every_published_figure_is_in_the_store_as_its_file_has_it_and_no_other(published, file):
    day, figures = FILES[file]
    rows = list(rows_of(DATA / file))
    for (measure, definition), columns in figures.items():
        stored = published.filter(measure=measure, definition=definition)
        table = {
            (code, str(end)): rest
            for code, end, *rest in stored.select(
                "area_code", "period_end", "value", "numerator", "denominator"
            ).iter_rows()
        }
        assert len(table) == len(stored) == len(rows)
        for code, year, row in rows:
            expected = [figure(row[c]) if c else None for c in columns]
            when, region, total = REPEATED.get(measure, ("", "", ""))
            if row["geographic_level"] == "Local authority" and (year, row["region_code"]) == (when, region):
                assert row["new_ehc_plans"] == total
                expected = [None if c == "new_ehc_plans" else x for c, x in zip(columns, expected, strict=True)]
            mine = table[code, day.format(year)]
            assert mine[:2] == expected[:2], (measure, definition, code, year)
            if columns[2]:
                assert mine[2] == expected[2], (measure, definition, code, year)


@with_files
def test_every_appeal_is_of_the_authority_that_its_row_names(published):
    with (DATA / "dfe_sen2_2025" / "tribunal_appeals_2014_2024.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    years = {place: cell for place, cell in enumerate(rows[3]) if cell.startswith("20")}
    assert list(years.values()) == [str(y) for y in range(2014, 2025)]
    names = {
        re.sub(r"\d(,\d)*$", "", row[0]).strip(): row
        for row in rows[6:]
        if len(row) > 5 and (row[1].strip().isdigit() or row[0].startswith(("Bournemouth5", "Poole5", "England Total")))
    }
    assert len(names) == 158  # 157 authorities since 2014, Dorset once, and England
    count = 0
    for definition in ("hmcts", "hmcts_rate"):
        stored = published.filter(measure="appeals", definition=definition)
        table = {
            (name, str(end)): rest
            for name, end, *rest in stored.select(
                "area_name", "period_end", "value", "numerator", "denominator"
            ).iter_rows()
        }
        for name, row in names.items():
            for place, year in years.items():
                appeals, decisions, rate = (
                    cell.strip().replace(",", "").rstrip("%") for cell in row[place : place + 3]
                )
                appeals = "0" if appeals == "-" else appeals
                mine = table.pop(("England" if name == "England Total" else name, f"{year}-12-31"), None)
                if mine is None:
                    assert appeals == ".."
                    assert rate in {"..", ""}
                    continue
                value = appeals if definition == "hmcts" else rate
                assert mine[0] == figure(value), (name, year)
                assert mine[1] == figure(appeals)
                assert mine[2] == (figure(decisions) if definition == "hmcts_rate" else None)
                count += 1
        assert not table
    assert count == 3_370
    # The table has these five numbers beside the wrong names; the suite goes by the names.
    numbers = dict(published.filter(measure="appeals").select("area_name", "area_code").iter_rows())
    assert (numbers["Cambridgeshire"], numbers["Nottingham"], numbers["Northamptonshire"]) == ("873", "892", "928")
    assert (names["Cambridgeshire"][1], names["Nottingham"][1], names["Northamptonshire"][1]) == ("823", "891", "892")


OFFICERS = [
    ("dfe_medical", "des_med_off", 1_064),
    ("dfe_clinical", "des_clin_off", 1_064),
    ("dfe_social_care", "des_so_care_off", 140),  # asked for 2025 first
]
ANSWERS = {"yes": (1.0, None), "no": (0.0, None), "recruiting": (None, "recruiting")}


@with_files
@pytest.mark.parametrize(("definition", "column", "count"), OFFICERS)
def test_every_answer_on_designated_officers_is_in_the_store_as_its_file_has_it(published, definition, column, count):
    stored = {
        (code, end.year): (value, marker)
        for code, end, value, marker in published.filter(measure="designated_officers", definition=definition)
        .select("area_code", "period_end", "value", "marker")
        .iter_rows()
    }
    answers = 0
    for code, year, row in rows_of(DATA / "dfe_sen2_2025" / "sen2_dmo_dco.csv"):
        value, marker = stored.pop((code, int(year)))
        answer = row[column].strip().lower()
        if answer in ANSWERS:
            assert (value, marker) == ANSWERS[answer], (code, year)
            answers += 1
        else:
            assert value is None, (code, year)
            assert marker in {"x", "z"}, (code, year)
    assert not stored
    assert answers == count


@with_files
def test_every_indicator_of_the_interactive_tool_on_send_and_workforce_is_in_the_store(published):
    with (DATA / "lait" / "lait_data_dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    topics = {"Children with SEN", "Children's Services Workforce"}
    more = {"Stability_SocialWorker", "SENFinance", "SWFinance"}
    raw = pl.read_parquet(DATA / "lait" / "bds_long_0.parquet")
    codes = {r["Measure_short"] for r in rows if r["Topic"] in topics or r["Measure_short"] in more}
    codes &= set(raw["Short Desc"])
    stored = published.filter(definition="lait")
    assert {f"lait: {code}" for code in codes} == set(stored["measure"])
    assert len(codes) == 81
    expected = {}
    for code, years, area, value in (
        raw.filter(pl.col("Short Desc").is_in(list(codes)))
        .select("Short Desc", "Years", "LA and Regions", "Values")
        .iter_rows()
    ):
        year = int(years[:4]) + (1 if years[4:5] == "-" else 0)
        expected[f"lait: {code}", year, area] = None if value == "-" else float(f"{float(value):.12g}")
    for measure, end, area, value in stored.select("measure", "period_end", "area_name", "value").iter_rows():
        assert value == expected.pop((measure, end.year, area)), (measure, end, area)
    assert not expected


# Totals of regions and England that hold authorities which the file does not show, by measure and last day: the publisher's notes have
# them as not able to return, or as withheld for their quality. ONS: Dorset, Bournemouth and Poole before the change of 2019.
ALL_OF_A_REGION = "the 15 authorities of Yorkshire and The Humber"
LACKING = {
    ("plan_requests", "2023"): {"Hackney", "Isle of Wight", "Leicester"},
    ("plan_assessments", "2022"): {"Wakefield"},
    ("plan_assessments", "2023"): {"Hackney", "Isle of Wight", "Leicester"},
    ("new_plans", "2022"): {ALL_OF_A_REGION},
    ("plans", "2024"): {"Hackney", "Peterborough"},
    ("plans", "2025"): {"Cambridgeshire", "North East Lincolnshire"},
    ("annual_reviews", "2024"): {
        "Blackpool",
        "Hertfordshire",
        "Plymouth",
        "Reading",
        "Redbridge",
        "Surrey",
        "Waltham Forest",
    },
    ("timeliness", "2022"): {"Havering", "Norfolk", "Tower Hamlets", "West Berkshire"},
    ("timeliness", "2023"): {"Hackney"},
    ("timeliness", "2024"): {"Lewisham"},
    **{("children", str(year)): {"Bournemouth", "Dorset", "Poole"} for year in range(2012, 2019)},
}
TOPICS = (
    "plan_requests",
    "plan_assessments",
    "new_plans",
    "plans",
    "annual_reviews",
    "appeals",
    "children",
    "timeliness",
)
COMPARED, DIFFERENT = 2_029, 122


def test_totals_of_regions_and_england_are_the_sums_of_their_authorities_or_hold_some_that_are_not_shown(published):
    ours = published.filter(pl.col("measure").is_in(TOPICS))
    councils = ours.filter(area_level="local_authority")
    keys = ["measure", "definition", "period_end", "area_code"]
    compared, different, lacking = 0, 0, defaultdict(set)
    for side in ("numerator", "denominator"):
        for level, code in (("regional", pl.col("part_of")), ("national", pl.lit("E92000001"))):
            totals = ours.filter(area_level=level).drop_nulls(side).select(*keys, total=side)
            sums = (
                councils.with_columns(area_code=code)
                .group_by(keys)
                .agg(sum=pl.col(side).sum(), without=pl.col("area_name").filter(pl.col(side).is_null()))
            )
            both = totals.join(sums, on=keys, how="left")
            off = both.filter((pl.col("total") - pl.col("sum")).abs() > 1e-6)
            compared, different = compared + len(both), different + len(off)
            for measure, _, end, _, _, _, names in off.iter_rows():
                a_region = len(names) == 15
                lacking[measure, str(end.year)].update([ALL_OF_A_REGION] if a_region else names)
    assert lacking == LACKING
    assert (compared, different) == (COMPARED, DIFFERENT)


# Shares that do not follow from the counts of their row, by measure, definition and year. New plans of 2022 and plans of January 2024: the
# count has authorities that could not return placements (notes of the release: Wakefield; Hackney, Peterborough), and the share leaves them
# out. Six weeks: of 38 of 323 shares the publisher does not print the base, which is not the two counts together.
YORKSHIRE, EAST = "Yorkshire and The Humber", "East of England"
SHARES_OF_ANOTHER_BASE = {
    ("new_plans", "dfe_mainstream", 2022): {YORKSHIRE, "England"},
    ("new_plans", "dfe_special", 2022): {YORKSHIRE, "England"},
    ("new_plans", "dfe_further_education", 2022): {YORKSHIRE},
    ("new_plans", "dfe_elsewhere", 2022): {YORKSHIRE},
    ("plans", "dfe_mainstream", 2024): {EAST, "London", "England"},
    ("plans", "dfe_special", 2024): {EAST, "London", "England"},
    ("plans", "dfe_further_education", 2024): {EAST, "London", "England"},
    ("plans", "dfe_elsewhere", 2024): {"London", "England"},
    ("plan_requests", "dfe_six_weeks", 2023): {
        *("England", "North West", "South East", "West Midlands", YORKSHIRE, "Barnsley", "Calderdale", "Haringey"),
        *("Central Bedfordshire", "East Sussex", "Hillingdon", "Luton", "Manchester", "Newcastle upon Tyne"),
        *("Oxfordshire", "Peterborough", "Rochdale", "Shropshire", "Swindon", "Trafford", "Wirral", "Wokingham"),
    },
    ("plan_requests", "dfe_six_weeks", 2024): {
        *("North West", "South East", YORKSHIRE, "Bolton", "Brighton and Hove", "Calderdale", "Knowsley"),
        *("Lancashire", "Luton", "Manchester", "Newcastle upon Tyne", "Oxfordshire", "Solihull", "Surrey"),
        *("Trafford", "Wokingham"),
    },
}


def test_published_shares_follow_from_their_counts_but_where_a_count_holds_more(published):
    shares = published.filter(pl.col("measure").is_in(TOPICS), pl.col("unit") == "%").drop_nulls(
        ["value", "numerator", "denominator"]
    )
    off = shares.filter((100 * pl.col("numerator") / pl.col("denominator") - pl.col("value")).abs() > 0.05 + 1e-9)
    other_base = defaultdict(set)
    for measure, definition, end, area in off.select("measure", "definition", "period_end", "area_name").iter_rows():
        other_base[measure, definition, end.year].add(area)
    assert len(shares) == 13_524
    assert other_base == SHARES_OF_ANOTHER_BASE


@with_files
def test_the_store_is_made_from_the_files_with_the_same_bytes_each_time(tmp_path):
    hashes = []
    for name in ("first", "second"):
        make_official(DATA, tmp_path / name)
        hashes.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((tmp_path / name).iterdir())])
    assert hashes[0] == hashes[1]
    made, shipped = wf.load_official(tmp_path / "first"), wf.load_official()
    for table in ("published", "neighbours", "areas"):
        assert getattr(made, table).equals(getattr(shipped, table))


def test_the_store_is_small_and_has_every_authority_region_and_england(published):
    assert sum(path.stat().st_size for path in SHIPPED.glob("*.parquet")) < LARGEST
    today = published.filter(measure="plans", definition="dfe").filter(
        pl.col("period_end") == pl.col("period_end").max()
    )
    assert dict(today["area_level"].value_counts().iter_rows()) == {
        "local_authority": AUTHORITIES,
        "regional": 9,
        "national": 1,
    }


def test_every_figure_names_its_source_its_release_and_its_licence(published):
    assert published.select(pl.col("source", "release", "licence").null_count()).row(0) == (0, 0, 0)
    assert published["licence"].unique().to_list() == ["Open Government Licence v3.0"]
    assert published["source"].str.len_chars().min() > 20
    assert published.filter(pl.col("value").is_null() == pl.col("marker").is_null()).is_empty()


def test_the_change_of_collection_in_2023_is_marked_in_the_first_period_after_it(published):
    marked = published.drop_nulls("series_break").filter(pl.col("definition") != "lait")
    firsts = {m: str(e) for m, e in marked.group_by("measure").agg(pl.col("period_end").unique().first()).iter_rows()}
    assert firsts == {
        "timeliness": "2022-12-31",
        "plan_requests": "2022-12-31",
        "plan_assessments": "2022-12-31",
        "new_plans": "2022-12-31",
        "plans": "2023-01-31",
        "appeals": "2023-12-31",
    }
    assert all(n == 1 for n in marked.group_by("measure").agg(pl.col("period_end").n_unique())["period_end"])


def test_neighbours_of_both_models_come_with_the_library():
    neighbours = wf.load_official().neighbours
    authorities = dict(neighbours.group_by("model").agg(pl.col("area_code").n_unique()).iter_rows())
    assert authorities["2025"] == AUTHORITIES
    assert authorities["2021"] == 152  # Cumbria in place of Cumberland, and Westmorland and Furness


@with_files
@pytest.mark.parametrize(
    "wide",
    [
        "dfe_context/New_Statistical_Neighbour_Groupings_April_2021.csv",
        "dfe_context/sn_model_2025_wide.csv",
        "dfe_sen2/stat_neighbours.csv",
    ],
)
def test_the_neighbour_models_of_the_tool_and_of_the_wide_files_are_the_same(tmp_path, wide):
    add_published([DATA / wide], tmp_path / "store")
    mine = wf.load_official(tmp_path / "store").neighbours
    shipped = wf.load_official().neighbours.filter(pl.col("model") == mine["model"][0])
    columns = ["area_code", "position", "neighbour_code"]
    assert (
        mine.select(columns)
        .sort(columns)
        .equals(shipped.join(mine, on="area_code", how="semi").select(columns).sort(columns))
    )
