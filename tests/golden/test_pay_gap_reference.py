"""Statutory pay gaps against worked figures, and the reader against all employers' reports.

Figures: exact fractions under SI 2017/172, regs 2 and 8 to 13, with the remainder rule of the GOV.UK guidance; the six people are the
example "Pirate Co" of Hook & Smee (pjhlaw.co.uk, after the Acas/GEO guide). The 1,000 rows are teaching data from Glassdoor
(github.com/sinanpl/OaxacaBlinder, MIT).
"""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from workforce.measures.pay_gap import quarters
from workforce.sources.gender_pay_gap import HEADER, read
from workforce.sources.official import as_text

SHARED = Path(__file__).parents[3] / "shared"
FILE = SHARED / "data" / "gender_pay_gap" / "gpg_2021-2022.csv"
DAY = date(2023, 3, 31)
HOUR = 52.143 * 37
NO_ITEMS = pl.DataFrame(
    schema={"organisation": pl.String, "person_id": pl.String, "kind": pl.String, "amount": pl.Float64, "date": pl.Date}
)
SIXTEEN = [(10, "FFF"), (11, "FMFMFF"), (13, "M"), (14, "F"), (15, "M"), (18, "F"), (20, "M"), (22, "M"), (25, "M")]
TEN = [
    (9.5, "F"),
    (10, "F"),
    (10.5, "M"),
    (12, "F"),
    (12.5, "M"),
    (13, "F"),
    (14, "M"),
    (15, "F"),
    (16, "M"),
    (17, "M"),
]


def staff(pairs: list[tuple[float, str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"P{i}" for i in range(len(pairs))],
            "start_date": date(2020, 1, 1),
            "fte": 1.0,
            "annual_pay": [rate * HOUR for rate, _ in pairs],
            "full_time_hours": 37.0,
            "sex": ["female" if sex == "F" else "male" for _, sex in pairs],
        }
    )


def one_by_one(drawn: list[tuple[float, str]]) -> list[tuple[float, str]]:
    return [(rate, sex) for rate, sexes in drawn for sex in sexes]


def pay_gap(people: pl.DataFrame, items: pl.DataFrame, on: date) -> pl.DataFrame:
    return wf.pay.gap(wf.Records(assignments=people, pay_items=items), on).frame


def figure(table: pl.DataFrame, definition: str) -> float:
    return table.filter(pl.col("definition") == definition)["value"].item()


def women(table: pl.DataFrame) -> list[float]:
    shares = table.filter((pl.col("definition") == "quarter_share") & (pl.col("group") == "female"))
    return shares.sort("quarter")["value"].to_list()


@pytest.mark.parametrize(
    ("people", "mean", "median", "in_quarters"),
    [
        (
            SIXTEEN,
            29.5346628679962,
            26.666666666666668,
            [91.66666666666667, 66.66666666666667, 41.666666666666664, 25.0],
        ),
        (TEN, 14.999999999999998, 14.285714285714286, [66.66666666666667, 50.0, 66.66666666666667, 0.0]),
    ],
    ids=["sixteen with ties across both lower boundaries", "ten, a remainder of two"],
)
def test_gaps_and_quarters_are_those_of_the_worked_examples(people, mean, median, in_quarters):
    table = pay_gap(staff(one_by_one(people)), NO_ITEMS, DAY)
    assert figure(table, "mean") == pytest.approx(mean, abs=1e-9)
    assert figure(table, "median") == pytest.approx(median, abs=1e-9)
    assert women(table) == pytest.approx(in_quarters, abs=1e-9)


@pytest.mark.parametrize(
    ("people", "sizes"), [(8, [2, 2, 2, 2]), (9, [3, 2, 2, 2]), (10, [3, 2, 3, 2]), (11, [3, 3, 3, 2])]
)
def test_the_lower_quarters_take_the_remainder(people, sizes):
    paid = pl.DataFrame({"group": ["a"] * people, "hourly": [10.0 + i for i in range(people)]})
    assert [row["denominator"] for row in quarters(paid, ["a"])] == sizes


def test_people_on_reduced_pay_for_leave_are_not_full_pay_relevant_and_strikers_and_part_timers_are():
    # Of six people on 400 a week: one on unpaid special leave, one on shared parental leave; one on strike, one part-time.
    six = staff([(10, "M"), (10, "M"), (10, "F"), (10, "M"), (10, "F"), (10, "M")])
    off = NO_ITEMS.vstack(
        pl.DataFrame(
            [("council", "P1", "full_pay", 0.0, DAY), ("council", "P3", "full_pay", 0.0, DAY)],
            schema=NO_ITEMS.schema,
            orient="row",
        )
    )
    table = pay_gap(six, off, DAY)
    assert table.filter(pl.col("definition") == "median")["denominator"].item() == 4.0
    shares = table.filter(pl.col("definition") == "bonus_share")
    assert shares["denominator"].sum() == 6.0  # all six are relevant employees for the bonus figures


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference values are not beside the project")
def test_a_thousand_salaries_give_the_reference_figures():
    case = json.loads((SHARED / "reference" / "gender_pay_gap.json").read_text())["cases"][2]
    table = pay_gap(staff([(rate / 1000, sex) for rate, sex in case["input"]]), NO_ITEMS, DAY)
    assert figure(table, "mean") == pytest.approx(8.648120087658148, abs=1e-9)
    assert figure(table, "median") == pytest.approx(8.45983120043167, abs=1e-9)
    assert women(table) == pytest.approx([57.6, 47.6, 44.8, 37.2], abs=1e-9)
    assert table.filter(pl.col("definition") == "mean")["people"].item() == 468  # the women, the smaller group


@pytest.fixture(scope="module")
def employers():
    if not FILE.is_file():
        pytest.skip("the employers' file is not beside the project")
    return read(as_text(FILE), FILE.name)


def test_the_reader_takes_every_employer_though_quoted_fields_hold_line_breaks(employers):
    assert (employers.rows_read, employers.rows_refused) == (10_465, 0)
    assert employers.figures["area_code"].n_unique() == 10_465
    assert set(employers.figures["period_end"].unique()) == {date(2021, 3, 31), date(2021, 4, 5)}


def test_in_every_quarter_men_and_women_make_a_hundred_and_197_employers_leave_quarters_blank(employers):
    figures = employers.figures.filter(pl.col("definition").str.contains("_quarter_")).with_columns(
        quarter=pl.col("definition").str.replace("_(men|women)$", "")
    )
    both = figures.group_by("area_code", "quarter").agg(total=pl.col("value").sum(), given=pl.col("value").count())
    given = both.filter(pl.col("given") > 0)
    assert (given["given"] == 2).all()
    assert (given["total"] - 100).abs().max() < 1e-9
    blank = figures.filter(pl.col("value").is_null())
    assert blank["area_code"].n_unique() == 197
    assert blank["marker"].unique().to_list() == ["x"]
    assert len(blank) == 197 * 8


def test_a_gap_in_favour_of_women_stays_negative(employers):
    gaps = employers.figures.filter(pl.col("definition") == "median")["value"]
    assert gaps.null_count() == 0
    assert (gaps.min(), gaps.max()) == (-499.5, 100.0)


def test_no_name_of_a_person_is_loaded(employers):
    assert "responsibleperson" not in HEADER
    raw = as_text(FILE)["responsibleperson"].drop_nulls().unique().to_list()
    held = set(employers.figures.select(pl.col("area_name").unique()).to_series())
    assert not held & set(raw)


MADE_UP = [*sorted(HEADER), "currentname", "responsibleperson", "siccodes"]


def written(folder: Path, *rows: dict[str, str]) -> Path:
    """A file of the service's form, every field quoted, with a line break in one of them."""
    blank = dict.fromkeys(MADE_UP, "50.0") | {
        "employerid": "1",
        "duedate": "2022/03/31 00:00:00",
        "siccodes": "86900,\n88000",
    }
    lines = [",".join(f'"{(blank | row)[c]}"' for c in MADE_UP) for row in rows]
    path = folder / "gpg.csv"
    path.write_text("\n".join([",".join(f'"{c}"' for c in MADE_UP), *lines]) + "\n")
    return path


def test_rows_that_cannot_be_read_are_refused_by_rule_and_blank_quarters_are_not(tmp_path):
    blank_quarters = {c: "" for c in HEADER if c.endswith("quartile")}
    reading = read(
        as_text(
            written(
                tmp_path,
                {},
                {"datesubmitted": "again"},
                {"employerid": "2", **blank_quarters},
                {"employerid": "3", "duedate": "soon"},
                {"employerid": "4", "diffmeanhourlypercent": "a lot"},
                {"employerid": ""},
            )
        ),
        "gpg.csv",
    )
    assert (reading.rows_read, dict(reading.rules)) == (
        6,
        {"due_date_not_read": 1, "duplicate": 1, "employer_without_number": 1, "figure_not_read": 1},
    )
    assert reading.figures["area_code"].unique().sort().to_list() == ["1", "2"]
    assert reading.figures.filter(pl.col("area_code") == "2")["value"].null_count() == 8
    assert reading.figures["period_end"].unique().to_list() == [date(2021, 3, 31)]
