from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import REST
from workforce.errors import UsageError

DAY = date(2023, 3, 31)
WEEKS_IN_A_YEAR = 52.143
STAFF = pl.DataFrame(
    {
        "organisation": ["council", "trust", "trust"],
        "person_id": ["A", "B", "C"],
        "start_date": [date(2020, 1, 1)] * 3,
        "fte": [1.0, 1.0, 1.0],
        "role": ["therapist", "therapist", "nurse"],
        "annual_pay": [30_000.0, 36_000.0, 33_000.0],
        "full_time_hours": [37.0, 37.5, 37.5],
    }
)
SCALES = pl.DataFrame(
    {
        "body": ["council", "trust", "trust"],
        "role": ["therapist", "therapist", "nurse"],
        "annual_pay": [30_000.0, 36_000.0, 33_000.0],
        "full_time_hours": [37.0, 37.5, 37.5],
        "from_date": [date(2022, 4, 1)] * 3,
        "source": ["fictional"] * 3,
    }
)
DEFINITIONS = [
    "compa_ratio",
    "gap_to_maximum",
    "median",
    "median_with_supplement",
    "range_place",
    "scale_maximum",
    "scale_midpoint",
    "scale_minimum",
    "supplement",
    "supplement_share",
]


def area(staff: pl.DataFrame, scales: pl.DataFrame) -> wf.Records:
    return wf.Records(assignments=staff, pay_scales=scales)


def position(staff, scales, on, **options) -> pl.DataFrame:
    return wf.pay.position(area(staff, scales), on, **options).frame


def comparison(staff, scales, on, **options) -> pl.DataFrame:
    return wf.pay.comparison(area(staff, scales), on, **options).frame


def unusable(staff, scales, on, **options) -> pl.DataFrame:
    return wf.pay.unusable(area(staff, scales), on, **options).frame


def test_the_columns_are_always_those_of_a_measure_table():
    expected = ["measure", "definition", "role", "body", *REST]
    assert position(STAFF, SCALES, DAY).columns == expected
    assert position(STAFF.clear(), SCALES, DAY).schema == position(STAFF, SCALES, DAY).schema
    assert position(STAFF, SCALES.clear(), DAY).columns == expected


def test_every_definition_has_rows():
    assert position(STAFF, SCALES, DAY)["definition"].unique().sort().to_list() == DEFINITIONS


def test_each_employer_has_its_own_median_in_a_role_that_several_have():
    medians = position(STAFF, SCALES, DAY).filter((pl.col("definition") == "median") & (pl.col("role") == "therapist"))
    assert medians["body"].to_list() == ["council", "trust"]
    assert medians["value"].to_list() == pytest.approx([30_000 / WEEKS_IN_A_YEAR / 37, 36_000 / WEEKS_IN_A_YEAR / 37.5])


def test_partners_are_comparators_of_one_another():
    gaps = position(STAFF, SCALES, DAY).filter(pl.col("definition") == "gap_to_maximum")
    ours, theirs = 30_000 / 37, 36_000 / 37.5
    assert gaps.select("role", "body").rows() == [("nurse", "trust"), ("therapist", "council"), ("therapist", "trust")]
    assert gaps["value"].to_list() == pytest.approx(
        [None, 100 * (theirs - ours) / ours, 100 * (ours - theirs) / theirs]
    )
    assert gaps["unit"].unique().to_list() == ["%"]


def test_several_dates_are_rows_of_one_table():
    table = position(STAFF, SCALES, [DAY, date(2022, 3, 31)])
    assert table["period_start"].unique().sort().to_list() == [date(2022, 3, 31), DAY]
    before = table.filter((pl.col("period_start") < DAY) & (pl.col("definition") == "compa_ratio"))
    assert before["marker"].unique().to_list() == ["x"]  # no scale was in force yet


def test_role_may_stand_where_the_caller_puts_it():
    assert position(STAFF, SCALES, DAY, by=["role", "organisation"]).columns[2:5] == [
        "role",
        "organisation",
        "body",
    ]


def test_without_any_recorded_pay_every_figure_about_people_is_marked():
    result = wf.pay.position(area(STAFF.drop("annual_pay", "full_time_hours"), SCALES), DAY)
    assert result.reasons == ("the annual pay of staff is not recorded",)
    about_people = result.frame.filter(pl.col("definition").is_in(["median", "compa_ratio"]))
    assert about_people.select("people", "value", "marker").unique().rows() == [(0, None, "x")]
    assert about_people["denominator"].to_list() == [1.0] * 6


def test_the_order_of_the_rows_changes_nothing_and_lazy_frames_are_as_good():
    assert position(STAFF.reverse().lazy(), SCALES.reverse().lazy(), DAY).equals(position(STAFF, SCALES, DAY))


@pytest.mark.parametrize("measure", ["position", "comparison", "unusable"])
@pytest.mark.parametrize(
    ("records", "on", "by", "said"),
    [
        (area(STAFF, SCALES.drop("body")), DAY, (), "pay_scales lacks the columns body"),
        (area(STAFF, SCALES), DAY, "shoe_size", 'no column "shoe_size"'),
        (area(STAFF, SCALES), wf.month("2023-03"), (), "a date is needed"),
        ("staff", DAY, (), "records first"),
    ],
)
def test_a_callers_mistake_is_refused_with_a_sentence(measure, records, on, by, said):
    with pytest.raises(UsageError, match=said):
        getattr(wf.pay, measure)(records, on, by=by)


@pytest.mark.parametrize("measure", ["position", "comparison", "unusable"])
@pytest.mark.parametrize(
    ("records", "by", "reason"),
    [
        (wf.Records(pay_scales=SCALES), (), "staff are not recorded"),
        (area(STAFF.drop("role"), SCALES), (), "the role of staff is not recorded"),
        (area(STAFF, SCALES), "locality", "the locality of staff is not recorded"),
        (area(STAFF, SCALES).where(pl.col("fte") > 1), (), "no records are left after the filter"),
        (area(STAFF.with_columns(end_date=date(2022, 1, 1)), SCALES), (), "no employed staff are in post on the date"),
    ],
)
def test_what_is_not_recorded_gives_marked_rows_with_the_reason(measure, records, by, reason):
    table = getattr(wf.pay, measure)(records, DAY, by=by)
    expected = {"position": DEFINITIONS, "comparison": ["maximum", "midpoint", "minimum"], "unusable": ["people"]}
    assert table.frame["definition"].to_list() == expected[measure]
    assert table.frame.select("value", "numerator", "marker").unique().rows() == [(None, None, "x")]
    assert table.reasons == (reason,)


@pytest.mark.parametrize("records", [wf.Records(assignments=STAFF), area(STAFF, SCALES.clear())])
def test_without_pay_scales_what_staff_are_paid_has_figures_and_what_needs_a_scale_has_none(records):
    table = wf.pay.position(records, DAY)
    with_figures = table.frame.filter(pl.col("value").is_not_null())["definition"].unique().sort().to_list()
    assert with_figures == ["median", "median_with_supplement", "supplement_share"]
    needs_scale = table.frame.filter(pl.col("definition").str.contains("scale|ratio|range|gap"))
    assert needs_scale["definition"].n_unique() == 6
    assert needs_scale["marker"].unique().to_list() == ["x"]
    assert table.reasons == ("pay scales are not recorded",)
    assert wf.pay.comparison(records, DAY).reasons == ("pay scales are not recorded",)
    assert wf.pay.comparison(records, DAY).frame["marker"].to_list() == ["x"] * 3


def test_a_date_on_which_nobody_is_in_post_is_marked_beside_one_with_figures():
    began = STAFF.with_columns(start_date=date(2023, 1, 1))
    table = wf.pay.position(area(began, SCALES), [DAY, date(2022, 12, 31)])
    earlier = table.frame.filter(pl.col("period_start") < DAY)
    assert earlier.select("role", "marker").unique().rows() == [(None, "x")]
    assert sorted(earlier["definition"]) == DEFINITIONS
    assert table.frame.filter(pl.col("period_start") == DAY).equals(position(began, SCALES, DAY))


def test_without_another_employers_scale_there_is_no_comparison():
    table = wf.pay.comparison(area(STAFF, SCALES.filter(pl.col("body") == "council")), DAY)
    assert table.filter(pl.col("role") == "therapist").frame["marker"].to_list() == ["x"] * 3
    alone = wf.pay.comparison(
        area(STAFF.filter(pl.col("organisation") == "council"), SCALES.filter(pl.col("body") == "council")), DAY
    )
    assert alone.frame.select("definition", "value", "marker").rows() == [
        ("maximum", None, "x"),
        ("midpoint", None, "x"),
        ("minimum", None, "x"),
    ]
    assert alone.reasons == ("no other employer's scale for these roles is in force on the date",)


def test_who_pays_more_is_said_for_each_other_body_and_is_the_same_both_ways_round():
    table = comparison(STAFF, SCALES, DAY).filter(pl.col("definition") == "maximum")
    ours, theirs = 30_000 / 37, 36_000 / 37.5
    assert table.select("role", "body", "beside").rows() == [
        ("therapist", "council", "trust"),
        ("therapist", "trust", "council"),
    ]
    assert table["value"].to_list() == pytest.approx([100 * (theirs / ours - 1), 100 * (ours / theirs - 1)])
    assert (1 + table["value"] / 100).product() == pytest.approx(1.0)


def test_a_role_that_we_have_no_scale_for_is_marked_beside_those_who_have():
    table = comparison(STAFF, SCALES.filter(pl.col("body") != "council"), DAY)
    assert table.select("body", "beside", "value", "marker").unique().rows() == [("council", "trust", None, "x")]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("annual_pay", None, "no pay recorded"),
        ("full_time_hours", None, "no full-time hours recorded"),
        ("full_time_hours", 0.0, "no full-time hours recorded"),
        ("annual_pay", 0.0, "pay of 0 or less"),
        ("annual_pay", 33_000.0 * 30, "pay of 25 times the median or more"),
        ("annual_pay", 15.8, "pay of a 25th of the median or less"),
    ],
)
def test_pay_that_cannot_be_used_stands_behind_no_figure_and_is_counted_with_its_reason(column, value, reason):
    wrong = STAFF.with_columns(
        pl.when(pl.col("person_id") == "C").then(pl.lit(value, pl.Float64)).otherwise(column).alias(column)
    )
    nurse = position(wrong, SCALES, DAY).filter((pl.col("role") == "nurse") & (pl.col("definition") == "median"))
    assert nurse.select("value", "people", "denominator", "marker").row(0) == (None, 0, 1.0, "x")
    counted = unusable(wrong, SCALES, DAY, by="role").filter(pl.col("numerator") > 0)
    assert counted.select("role", "reason", "numerator", "denominator").rows() == [("nurse", reason, 1.0, 1.0)]


def test_a_role_without_a_scale_and_one_whose_scale_ended_before_the_date_are_counted_apart():
    ended = SCALES.with_columns(to_date=pl.when(pl.col("body") == "trust").then(date(2023, 3, 30)))
    without = ended.filter(~((pl.col("body") == "trust") & (pl.col("role") == "nurse")))
    counted = unusable(STAFF, without, DAY, by=["organisation", "role"]).filter(pl.col("numerator") > 0)
    assert counted.select("organisation", "role", "reason").rows() == [
        ("trust", "nurse", "the role has no scale"),
        ("trust", "therapist", "the role's scale is not in force on the date"),
    ]


def test_an_organisation_whose_records_do_not_cover_the_date_is_left_out_of_unusable_pay_by_name():
    late = STAFF.with_columns(observed_from=pl.when(pl.col("organisation") == "trust").then(date(2023, 4, 1)))
    whole = unusable(late, SCALES, DAY)
    assert whole["denominator"].unique().to_list() == [1.0]
    assert whole["left_out"].to_list() == [["trust"]] * 7


def test_pay_of_exactly_25_times_the_median_is_marked_and_just_below_it_is_not():
    # Seven on the same pay, so that the one in question does not move the median.
    usual = pl.concat([STAFF.filter(pl.col("person_id") == "C")] * 8).with_columns(
        person_id=pl.int_range(pl.len()).cast(pl.String)
    )
    for pay, reasons in ((33_000.0 * 25, ["pay of 25 times the median or more"]), (33_000.0 * 24.9, [])):
        odd = usual.with_columns(annual_pay=pl.when(pl.col("person_id") == "7").then(pay).otherwise("annual_pay"))
        found = unusable(odd, SCALES, DAY).filter(pl.col("numerator") > 0)
        assert found["reason"].to_list() == reasons


@pytest.mark.parametrize(
    ("pay", "hours", "rule"),
    [
        ("0", "37", "annual_pay: not above 0"),
        ("-1", "37", "annual_pay: not above 0"),
        ("2000000", "37", "annual_pay: above 1,000,000"),
        ("30000", "3.7", "full_time_hours: below 20"),
    ],
)
def test_pay_and_hours_that_nobody_has_are_not_known_when_the_file_is_read(tmp_path, pay, hours, rule):
    text = f"No,Start,FTE,Job,Pay,Hours\n1,2020-01-01,1,Nurse,{pay},{hours}\n2,2020-01-01,1,Nurse,30000,37\n"
    (tmp_path / "staff.csv").write_text(text, encoding="utf-8")
    (tmp_path / "area.toml").write_text(
        """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
[organisations.council]
name = "Council"
kind = "council"
[[organisations.council.files]]
path = "staff.csv"
table = "assignments"
columns.person_id = "No"
columns.start_date = "Start"
columns.fte = "FTE"
columns.role = "Job"
columns.annual_pay = "Pay"
columns.full_time_hours = "Hours"
""",
        encoding="utf-8",
    )
    records = wf.load_area(tmp_path / "area.toml")
    assert records.quality.frame.select("rule", "rows", "effect").rows() == [(rule, 1, "cell not known")]
    assert records.assignments[rule.split(":")[0]].null_count() == 1
