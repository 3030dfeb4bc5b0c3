"""National pay scales as they are shipped, and scales that an employer has by grade."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import KEYS, TABLES, shipped
from workforce.errors import InputError

DAY = date(2023, 9, 30)
ORDER = ("body", "role", "grade", "from_date", "annual_pay", "point")
# A row a person: organisation, role, grade, annual pay.
STAFF = pl.DataFrame(
    [
        ("nhs", "therapist", "Band 6", 37350.0),
        ("nhs", "therapist", "Band 6", 42618.0),
        ("nhs", "therapist", "Band 8a", 50952.0),
        ("nhs", "porter", "Band 2", 22383.0),
        ("council", "therapist", "Band 6", 36000.0),
    ],
    schema=["organisation", "role", "grade", "annual_pay"],
    orient="row",
).with_columns(
    person_id=pl.int_range(pl.len()).cast(pl.String),
    start_date=pl.lit(date(2020, 1, 1)),
    fte=pl.lit(1.0),
    full_time_hours=pl.when(pl.col("organisation") == "nhs").then(37.5).otherwise(37.0),
)


def position(staff, scales) -> pl.DataFrame:
    return wf.pay.position(wf.Records(assignments=staff, pay_scales=scales), DAY).frame


def unusable(staff, scales, on, **options) -> pl.DataFrame:
    return wf.pay.unusable(wf.Records(assignments=staff, pay_scales=scales), on, **options).frame


def figures(table: pl.DataFrame, definition: str) -> dict[tuple[str, str], float | None]:
    rows = table.filter(pl.col("definition") == definition).select("role", "body", "value").rows()
    return {(role, body): value for role, body, value in rows}


def test_the_shipped_scales_are_canonical_sorted_and_without_duplicates():
    scales = wf.pay.load_scales()
    assert TABLES["pay_scales"].validate(scales).equals(scales)
    assert scales.equals(scales.sort(ORDER, nulls_last=True))
    assert not scales.select(KEYS["pay_scales"]).is_duplicated().any()
    stored = pl.read_csv(shipped("data", "official", "pay_scales.csv"), infer_schema=False)
    assert stored["point"].to_list() == scales["point"].to_list()  # the file itself is in that order


def test_every_shipped_row_has_its_year_and_two_sources():
    for row in wf.pay.load_scales().iter_rows(named=True):
        begins = row["from_date"]
        assert (begins.month, begins.day) == (4, 1)
        assert row["to_date"] == date(begins.year + 1, 3, 31)
        assert row["source"].endswith(f"({begins.year}/{(begins.year + 1) % 100})")
        assert ";" in row["source"]


def test_no_point_has_two_amounts_on_a_day_and_points_of_a_band_rise():
    scales = wf.pay.load_scales().sort("grade", "from_date", "annual_pay")
    days = scales.sort("grade", "point", "from_date")
    later = days.select(before=pl.col("to_date").shift(1).over("grade", "point"), begins="from_date").drop_nulls()
    assert (later["begins"] > later["before"]).all()
    for part in scales.partition_by("grade", "from_date"):
        assert part["point"].to_list() in (["entry", "intermediate", "top"], ["entry", "top"])


def test_a_scale_is_shipped_with_its_ends_or_not_at_all():
    ends = wf.pay.load_scales().group_by("grade", "from_date").agg(pl.col("point").is_in(["entry", "top"]).sum())
    assert ends["point"].unique().to_list() == [2]


@pytest.mark.parametrize(
    ("grade", "year", "entry", "top"), [("Band 5", 2022, 27055, 32934), ("Band 8a", 2023, 50952, 57349)]
)
def test_figures_that_two_sources_gave(grade, year, entry, top):
    points = wf.pay.load_scales().filter(pl.col("grade") == grade, pl.col("from_date").dt.year() == year)
    assert (points["annual_pay"].min(), points["annual_pay"].max()) == (entry, top)


def test_each_employer_that_is_named_gets_every_row():
    two = wf.pay.load_scales(body=["icb", "nhs"])
    assert two["body"].value_counts(sort=True)["count"].to_list() == [39, 39]


def test_a_scale_by_grade_is_the_employers_own_for_the_grade_that_most_of_a_role_are_on():
    table = position(STAFF, wf.pay.load_scales(body="nhs"))
    hour = 52.143 * 37.5
    assert figures(table, "scale_minimum") == {("therapist", "nhs"): pytest.approx(35392 / hour)}
    assert figures(table, "scale_maximum") == {("therapist", "nhs"): pytest.approx(42618 / hour)}
    compa = figures(table, "compa_ratio")
    assert compa["therapist", "nhs"] == pytest.approx(42618 / ((35392 + 42618) / 2))
    assert compa["porter", "nhs"] is None  # nothing is shipped for Band 2
    assert compa["therapist", "council"] is None  # the council's own "Band 6" is another


def test_a_scale_by_grade_stands_beside_the_other_employers_of_the_role():
    own = pl.DataFrame(
        {
            "body": ["council"],
            "role": ["therapist"],
            "annual_pay": [36000.0],
            "full_time_hours": [37.0],
            "from_date": [date(2023, 4, 1)],
            "source": ["fictional"],
        }
    )
    both = pl.concat([wf.pay.load_scales(body="nhs"), own], how="diagonal")
    area = wf.Records(assignments=STAFF, pay_scales=both)
    row = wf.pay.comparison(area, DAY).frame.filter(pl.col("definition") == "maximum", pl.col("body") == "council")
    assert row["value"].item() == pytest.approx(100 * ((42618 / 37.5) / (36000 / 37) - 1))


def test_a_row_that_names_the_role_goes_before_one_by_grade():
    named = wf.pay.load_scales(body="nhs").filter(pl.col("grade") == "Band 5").with_columns(role=pl.lit("therapist"))
    both = pl.concat([wf.pay.load_scales(body="nhs"), named])
    maximum = figures(position(STAFF, both), "scale_maximum")["therapist", "nhs"]
    assert maximum == pytest.approx(34581 / 52.143 / 37.5)


def test_a_filter_of_staff_by_role_keeps_the_scales_that_are_given_by_grade():
    area = wf.Records(assignments=STAFF, pay_scales=wf.pay.load_scales(body="nhs"))
    of_therapists = wf.pay.position(area.where(pl.col("role") == "therapist"), DAY)
    whole = wf.pay.position(area, DAY)
    assert of_therapists.frame.equals(whole.frame.filter(pl.col("role") == "therapist"))
    scales_alone = area.where(pl.col("point") == "top").pay_scales
    assert scales_alone["point"].unique().to_list() == ["top"]


def test_without_grades_in_the_records_a_scale_by_grade_is_nobodys():
    table = position(STAFF.drop("grade"), wf.pay.load_scales(body="nhs"))
    assert figures(table, "scale_maximum") == {}
    reasons = unusable(STAFF.drop("grade"), wf.pay.load_scales(body="nhs"), DAY).filter(pl.col("value") > 0)
    assert reasons["reason"].to_list() == ["the role has no scale"]


def test_a_role_whose_national_scale_has_ended_is_told_from_one_without_a_scale():
    reasons = unusable(STAFF, wf.pay.load_scales(body="nhs"), date(2026, 9, 30), by=["organisation", "role"])
    said = reasons.filter(pl.col("numerator") > 0).select("organisation", "role", "reason").rows()
    assert said == [
        ("council", "therapist", "the role has no scale"),
        ("nhs", "porter", "the role has no scale"),
        ("nhs", "therapist", "the role's scale is not in force on the date"),
    ]


HEADER = "body,role,grade,point,annual_pay,full_time_hours,from_date,to_date,source\n"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("us,nurse,,1,SECRET,37,2023-04-01,,here\n", "annual_pay: nullability (1)"),
        ("us,nurse,,1,30000,37,2023-04-01,,\n", "source: nullability (1)"),
        ("us,nurse,,1,30000,37,2023-04-01,2023-03-01,here\n", "end_before_start (1)"),
        ("us,nurse,,1,30000,37,2023-04-01,,here\nus,nurse,,1,31000,37,2024-04-01,,here\n", "1 points begin before"),
        ("us,nurse,,1,30000,37,2023-04-01,2024-04-01,a\nus,nurse,,1,31000,37,2024-04-01,,a\n", "1 points begin before"),
    ],
)
def test_a_file_with_a_bad_row_is_refused_by_rule_and_never_quoted(tmp_path, rows, says):
    path = tmp_path / "scales.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        wf.pay.load_scales(path)
    assert says in caught.value.what
    assert "SECRET" not in str(caught.value)


def test_a_file_that_is_not_there_or_lacks_a_column_is_refused(tmp_path):
    with pytest.raises(InputError, match="could not be read"):
        wf.pay.load_scales(tmp_path / "none.csv")
    (tmp_path / "scales.csv").write_text(HEADER.replace(",source", ""), encoding="utf-8")
    with pytest.raises(InputError, match="lacks the columns source"):
        wf.pay.load_scales(tmp_path / "scales.csv")


def test_an_area_takes_national_scales_as_a_file_of_its_own(tmp_path):
    (tmp_path / "scales.csv").write_bytes(shipped("data", "official", "pay_scales.csv").read_bytes())
    (tmp_path / "staff.csv").write_text("No,Start,FTE,Job,Band\n1,2020-01-01,1,Therapist,Band 6\n", encoding="utf-8")
    (tmp_path / "area.toml").write_text(
        """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-09"
[organisations.nhs]
name = "Trust"
kind = "nhs"
[[organisations.nhs.files]]
path = "staff.csv"
table = "assignments"
columns = { person_id = "No", start_date = "Start", fte = "FTE", role = "Job", grade = "Band" }
[[organisations.nhs.files]]
path = "scales.csv"
table = "pay_scales"
COLUMNS
constants = { body = "nhs" }
""".replace("COLUMNS", "\n".join(f'columns.{c} = "{c}"' for c in HEADER.strip().split(",")[1:])),
        encoding="utf-8",
    )
    records = wf.load_area(tmp_path / "area.toml")
    assert records.pay_scales["role"].unique().to_list() == ["by grade"]
    table = wf.pay.position(records, DAY).frame
    assert figures(table, "scale_maximum") == {("Therapist", "nhs"): pytest.approx(42618 / 52.143 / 37.5)}
