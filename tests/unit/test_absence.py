"""Absence: what comes in, what goes out, and what is refused."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import EXACT_COLUMNS, REST
from workforce import month, months, year_to, years_to
from workforce.errors import UsageError

STAFF = pl.DataFrame(
    {
        "organisation": ["council"] * 3,
        "person_id": ["a", "b", "c"],
        "start_date": [date(2020, 1, 1)] * 3,
        "fte": [1.0, 1.0, 0.5],
        "locality": ["north", "south", None],
    }
)
SICK = pl.DataFrame(
    {"organisation": ["council"], "person_id": ["a"], "start_date": [date(2023, 3, 6)], "end_date": [date(2023, 3, 7)]}
)


def absence(staff, sick, periods, **options):
    return wf.absence.rate(wf.Records(assignments=staff, absences=sick), periods, **options).frame


def test_a_measure_table_comes_out_with_the_groups_in_the_order_asked_for():
    table = absence(
        STAFF, SICK, months("2023-02", "2023-03"), definition="days_per_fte", by=["locality", "organisation"]
    )
    assert table.columns == ["measure", "definition", "locality", "organisation", *REST, *EXACT_COLUMNS]
    assert table["locality"].to_list() == ["north", "north", "south", "south", None, None]


def test_lazy_frames_give_the_same_figures():
    eager = absence(STAFF, SICK, month("2023-03"), definition="nhs", by=["locality"])
    assert eager.equals(absence(STAFF.lazy(), SICK.lazy(), month("2023-03"), definition="nhs", by=["locality"]))


def test_the_same_call_gives_the_same_bits():
    first = absence(STAFF, SICK, years_to("2023-03", 3), definition="days_per_fte", by=["locality"])
    assert first.equals(absence(STAFF, SICK, years_to("2023-03", 3), definition="days_per_fte", by=["locality"]))


def test_one_person_has_no_variance_and_no_limits():
    whole = absence(STAFF, SICK, month("2023-03"), definition="days_per_fte").row(0, named=True)
    assert whole["variance"] > 0
    alone = absence(STAFF, SICK, month("2023-03"), definition="days_per_fte", by=["locality"]).row(0, named=True)
    assert (alone["variance"], alone["lower"], alone["upper"], alone["method"]) == (None, None, None, "none")


def test_no_staff_is_a_row_that_is_not_available_rather_than_zero_days():
    table = wf.absence.rate(
        wf.Records(assignments=STAFF.clear(), absences=SICK),
        month("2023-03"),
        definition="days_per_fte",
        by=["locality"],
    )
    row = table.frame.row(0, named=True)
    assert (row["numerator"], row["denominator"], row["people"], row["value"], row["marker"]) == (*[None] * 4, "x")
    assert table.reasons == ("staff are not recorded",)


def test_nobody_in_post_in_the_period_is_a_row_without_a_rate():
    later = STAFF.with_columns(start_date=pl.lit(date(2023, 4, 3)))
    row = absence(later, SICK, month("2023-03"), definition="days_per_fte").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["people"], row["value"]) == (0, 0, 0, None)
    assert absence(later, SICK, month("2023-03"), definition="days_per_fte", by=["locality"]).is_empty()


def test_no_absence_records_at_all_is_not_a_year_of_health():
    for absences in (SICK.clear(), None, pl.DataFrame()):
        records = wf.Records(assignments=STAFF, absences=absences)
        table = wf.absence.rate(records, month("2023-03"), definition="days_per_fte")
        row = table.frame.row(0, named=True)
        assert (row["numerator"], row["value"], row["marker"], row["left_out"]) == (None, None, "x", ["council"])
        assert table.reasons == ("sickness absences are not recorded",)


def test_organisations_that_record_none_are_named_in_the_reasons():
    both = pl.concat([STAFF, STAFF.with_columns(organisation=pl.lit("trust"))])
    table = wf.absence.rate(
        wf.Records(assignments=both, absences=SICK), month("2023-03"), definition="days_per_fte", by=["organisation"]
    )
    assert table.frame.select("organisation", "marker").rows() == [("council", None), ("trust", "x")]
    assert table.reasons == (
        "sickness absences are not recorded by trust",
        "95% limits need 10 people or more behind the numerator, in the group or in the area",
    )


def test_a_column_that_is_not_recorded_gives_rows_of_every_definition_that_say_so():
    records = wf.Records(assignments=STAFF, absences=SICK)
    table = wf.absence.rate(records, year_to("2023-03"), definition="schools", by=["team", "reason"])
    assert table.frame.select("definition", "team", "reason", "value", "marker").rows() == [
        (name, None, None, None, "x") for name in ("schools_all", "schools_any", "schools_per_absentee")
    ]
    assert table.reasons == ("the team of staff is not recorded",)


def test_a_filter_that_leaves_nobody_says_so():
    records = wf.Records(assignments=STAFF, absences=SICK).where(pl.col("locality") == "west")
    table = wf.absence.rate(records, months("2023-02", "2023-03"), definition="nhs")
    assert table.frame.select("value", "marker").rows() == [(None, "x")] * 2
    assert table.reasons == ("no records are left after the filter",)


def test_a_frame_in_place_of_records_is_refused():
    with pytest.raises(UsageError, match="takes records first"):
        wf.absence.rate(STAFF, month("2023-03"), definition="nhs")


def test_a_group_may_be_called_what_the_library_calls_things_inside():
    odd = STAFF.with_columns(employee=pl.lit("x"), group=pl.lit("y"), share=pl.lit("z"))
    table = absence(odd, SICK, month("2023-03"), definition="nhs", by=["employee", "group", "share"])
    assert table.select("employee", "group", "share", "numerator").row(0) == ("x", "y", "z", 2.0)


def test_a_definition_must_be_known():
    with pytest.raises(UsageError, match="no definition"):
        absence(STAFF, SICK, month("2023-03"), definition="days")  # type: ignore[arg-type]


def test_a_column_that_the_records_lack_is_refused_with_the_nearest():
    with pytest.raises(UsageError) as refused:
        absence(STAFF, SICK, month("2023-03"), definition="nhs", by=["localty"])
    assert refused.value.hint == 'did you mean "locality"?'


def test_a_frame_that_lacks_a_column_is_refused():
    with pytest.raises(UsageError, match="absences lacks the columns start_date"):
        absence(STAFF, SICK.drop("start_date"), month("2023-03"), definition="nhs")


def test_a_rate_that_is_not_shown_on_few_days_is_not_said_to_be_unrecorded():
    records = wf.Records(assignments=STAFF, absences=SICK)
    table = wf.absence.rate(records, month("2023-03"), definition="nhs", by=["organisation"])
    assert table.frame.select("numerator", "value", "marker").rows() == [(2.0, None, "x")]
    assert table.reasons == ("the NHS shows no rate for 330 days of work available or fewer",)
