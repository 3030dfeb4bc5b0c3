"""The decomposition: by hand, its refusals, and as a measure table."""

from datetime import date
from math import log

import polars as pl
import pytest

import workforce as wf
from workforce.errors import UsageError

DAY = date(2023, 3, 31)


def staff(rows: list[tuple[str, str, float]], **columns) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"P{i}" for i in range(len(rows))],
            "start_date": date(2020, 1, 1),
            "fte": 1.0,
            "full_time_hours": 37.0,
            "sex": [sex for sex, _, _ in rows],
            "grade": [grade for _, grade, _ in rows],
            "annual_pay": [pay for _, _, pay in rows],
        }
    )
    return frame.with_columns(**{name: pl.Series(values) for name, values in columns.items()})


# Men and women are paid alike within a grade, but three of four men and one of four women are in the higher.
BY_GRADE = [("male", g, p) for g, p in (("9", 40e3), ("9", 40e3), ("9", 40e3), ("6", 20e3))] + [
    ("female", g, p) for g, p in (("9", 40e3), ("6", 20e3), ("6", 20e3), ("6", 20e3))
]


def oaxaca(people: pl.DataFrame, on: date, **options) -> pl.DataFrame:
    return wf.pay.oaxaca(wf.Records(assignments=people), on, **options).frame


def whole(table: pl.DataFrame, definition: str) -> dict[str, object]:
    return table.filter((pl.col("definition") == definition) & (pl.col("covariate") == "all")).row(0, named=True)


def test_a_gap_that_is_all_between_grades_is_all_explained():
    table = oaxaca(staff(BY_GRADE), DAY, covariates="grade")
    assert whole(table, "gap")["value"] == pytest.approx(0.5 * log(2))
    assert whole(table, "explained")["value"] == pytest.approx(0.5 * log(2))
    assert whole(table, "unexplained")["value"] == pytest.approx(0.0, abs=1e-12)


def test_a_gap_that_is_the_same_in_every_grade_is_all_unexplained():
    rows = [
        (sex, grade, pay * (0.9 if sex == "female" else 1))
        for grade, pay in (("6", 20e3), ("9", 40e3))
        for sex in ("male", "female")
        for _ in range(3)
    ]
    table = oaxaca(staff(rows), DAY, covariates=["grade"])
    assert whole(table, "explained")["value"] == pytest.approx(0.0, abs=1e-12)
    assert whole(table, "unexplained")["value"] == pytest.approx(-log(0.9))


def test_the_contributions_of_the_levels_add_up_to_the_whole():
    years = [1.0, 3.0, 2.0, 5.0, 2.0, 4.0, 1.0, 3.5] * 10
    table = oaxaca(staff(BY_GRADE * 10, years=years), DAY, covariates=["grade", "years"])
    for definition in ("explained", "unexplained"):
        parts = table.filter((pl.col("definition") == definition) & (pl.col("covariate") != "all"))
        assert parts["value"].sum() == pytest.approx(whole(table, definition)["value"])
    assert table.filter(pl.col("covariate") == "grade")["level"].unique().sort().to_list() == ["6", "9"]
    assert table.filter(pl.col("covariate") == "years")["level"].unique().to_list() == ["all"]


def test_people_in_a_category_that_the_other_group_lacks_are_not_compared_and_are_counted():
    table = oaxaca(staff([*BY_GRADE, ("male", "chief", 90e3)]), DAY, covariates="grade")
    compared = whole(table, "compared")
    assert (compared["numerator"], compared["denominator"]) == (8.0, 9.0)
    assert whole(table, "gap")["value"] == pytest.approx(0.5 * log(2))


def test_a_missing_category_is_a_category_and_a_missing_number_is_a_person_not_compared():
    grade = staff(BY_GRADE * 10).with_columns(grade=pl.when(pl.col("grade") == "9").then("grade"))
    assert oaxaca(grade, DAY, covariates="grade").filter(pl.col("level") == "unknown").height == 2
    years = staff(BY_GRADE, years=[None, 3.0, 2.0, 5.0, 2.0, 4.0, 1.0, 3.5])
    assert whole(oaxaca(years, DAY, covariates=["years"]), "compared")["numerator"] == 7.0


def test_the_people_behind_a_level_are_those_of_the_group_that_has_fewer_at_it():
    table = oaxaca(staff([*BY_GRADE * 10, *BY_GRADE[-1:] * 9]), DAY, covariates="grade")
    explained = table.filter(pl.col("definition") == "explained")
    assert dict(explained.select("level", "people").rows()) == {"6": 10, "9": 10, "all": 40}


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_a_level_with_few_of_either_group_is_told_with_its_covariate_and_not_by_what_is_left(rule):
    # One woman among ten chiefs: what goes with her level would be her pay, alone or as the whole less the other levels.
    rows = [*BY_GRADE * 10, *[("male", "chief", 70e3)] * 10, ("female", "chief", 90e3)]
    years = [float(i % 7) for i in range(len(rows))]
    result = wf.pay.oaxaca(wf.Records(assignments=staff(rows, years=years)), DAY, covariates=["grade", "years"])
    table = result.frame
    assert set(table.filter(pl.col("covariate") == "grade")["level"]) == {"all"}
    shown = wf.release(result, rule).frame.filter(pl.col("covariate") == "grade")
    assert shown["value"].null_count() == 0
    for definition in ("explained", "unexplained"):
        parts = table.filter((pl.col("definition") == definition) & (pl.col("covariate") != "all"))
        assert parts["value"].sum() == pytest.approx(whole(table, definition)["value"])


def test_groups_too_small_for_their_covariates_have_marked_rows():
    result = wf.pay.oaxaca(wf.Records(assignments=staff(BY_GRADE[:1] + BY_GRADE[4:5])), DAY, covariates="grade")
    table = result.frame
    assert result.reasons == ("the groups are too small or too different to be compared by these covariates",)
    assert table.filter(pl.col("definition") == "gap").select("value", "marker").row(0) == (None, "x")
    assert whole(table, "compared")["value"] == 100.0


def test_an_organisation_whose_records_do_not_cover_the_date_is_left_out_by_name():
    late = pl.concat(
        [staff(BY_GRADE), staff(BY_GRADE).with_columns(organisation=pl.lit("trust"), annual_pay=pl.lit(90e3))]
    ).with_columns(observed_from=pl.when(pl.col("organisation") == "trust").then(date(2023, 4, 1)))
    gap = whole(oaxaca(late, DAY, covariates="grade"), "gap")
    assert (gap["value"], gap["left_out"]) == (pytest.approx(0.5 * log(2)), ["trust"])


@pytest.mark.parametrize("covariates", [[], ["sex"], ["shoe_size"]])
def test_covariates_are_needed_and_the_group_is_none(covariates):
    with pytest.raises(UsageError):
        oaxaca(staff(BY_GRADE), DAY, covariates=covariates)


@pytest.mark.parametrize(
    ("people", "options", "reason"),
    [
        (staff(BY_GRADE).clear(), {}, "staff are not recorded"),
        (staff(BY_GRADE), {"covariates": "role"}, "the role of staff is not recorded"),
        (staff(BY_GRADE), {"by": "team"}, "the team of staff is not recorded"),
        (staff(BY_GRADE).drop("sex"), {}, "the sex of staff is not recorded"),
        (staff(BY_GRADE).with_columns(sex=pl.lit(None, pl.String)), {}, "the sex of staff is not recorded"),
        (staff(BY_GRADE).drop("annual_pay"), {}, "the annual pay of staff is not recorded"),
        (staff(BY_GRADE).with_columns(full_time_hours=None), {}, "the full-time hours of staff are not recorded"),
        (staff(BY_GRADE[:4]), {}, "everybody whose sex is known is in one group"),
        (staff(BY_GRADE).with_columns(end_date=date(2022, 1, 1)), {}, "no employed staff are in post on the date"),
        (staff(BY_GRADE).with_columns(observed_from=date(2024, 1, 1)), {}, "no organisation's records cover the date"),
    ],
)
def test_what_cannot_be_decomposed_gives_marked_rows_with_the_reason(people, options, reason):
    table = wf.pay.oaxaca(wf.Records(assignments=people), DAY, **{"covariates": "grade", **options})
    assert table.frame.select("definition", "value", "marker").rows() == [
        (definition, None, "x") for definition in ("compared", "explained", "gap", "unexplained")
    ]
    assert table.reasons == (reason,)


def test_a_filter_that_leaves_nobody_or_nobody_to_compare_with_gives_marked_rows():
    records = wf.Records(assignments=staff(BY_GRADE))
    for kept, reason in (
        (pl.col("grade") == "1", "no records are left after the filter"),
        (pl.col("sex") == "female", "everybody whose sex is known is in one group"),
    ):
        table = wf.pay.oaxaca(records.where(kept), DAY, covariates="grade", reference="male")
        assert table.frame["marker"].to_list() == ["x"] * 4
        assert table.reasons == (reason,)


def test_a_frame_in_place_of_records_or_a_period_in_place_of_a_date_is_refused():
    with pytest.raises(UsageError, match="records first"):
        wf.pay.oaxaca("staff", DAY, covariates="grade")
    with pytest.raises(UsageError, match="a date is needed"):
        wf.pay.oaxaca(wf.Records(assignments=staff(BY_GRADE)), wf.month("2023-03"), covariates="grade")
