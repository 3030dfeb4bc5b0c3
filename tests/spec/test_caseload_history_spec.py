"""The caseload that each caseworker carried, month by month, with their assignments: each rule drawn as a small table."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import workforce as wf
from builders import casework, drawn
from workforce import Period
from workforce.errors import UsageError

OBSERVED = Period(date(2023, 1, 1), date(2023, 3, 31))
NO_RECORD = "no record of caseload"
COUNCIL = {"organisation": "council", "fte": 1.0, "role": "caseworker", "employment": "employed", "status": "active"}


def history(staff: str, held: str, observed: Period = OBSERVED, constants: dict | None = None, **options) -> wf.Records:
    """Records of a drawn staff table with its drawn allocations; every case is open throughout, bands begin at 2 and 4."""
    people = drawn(staff, **{**COUNCIL, **(constants or {})})
    allocations = drawn(held, organisation="council", worker_role="caseworker")
    cases = allocations.select("organisation", "case_id", received_date=pl.lit(date(2020, 1, 1))).unique()
    options = {"roles": ["caseworker"], "bands": (2, 4), **options}
    return wf.caseload.with_history(casework(allocations, cases, people), observed, **options)


def loads(*drawn_tables, **options) -> pl.DataFrame:
    """The pieces of the staff table."""
    return history(*drawn_tables, **options).assignments


def pieces(frame: pl.DataFrame) -> list[tuple]:
    return frame.select(
        "person_id",
        pl.col("start_date", "end_date").cast(pl.String),
        "caseload",
        "caseload_band",
    ).rows()


HELD = """
    case_id person_id start_date end_date
    1       A         2022-06-01 .
    2       A         2022-06-01 .
    3       A         2022-06-01 2023-01-15
    4       A         2023-02-10 .
    5       A         2023-02-10 .
"""


def test_a_month_carries_the_load_at_the_end_of_the_month_before():
    found = loads("person_id start_date\n A 2022-01-10", HELD)
    assert pieces(found) == [
        ("A", "2022-01-10", "2022-12-31", None, NO_RECORD),  # outside the observed months
        ("A", "2023-01-01", "2023-01-31", 3.0, "2 to 3"),  # three cases on 31 December
        ("A", "2023-02-01", "2023-02-28", 2.0, "2 to 3"),  # the third went on 15 January
        ("A", "2023-03-01", "2023-03-31", 4.0, "4 or more"),  # two came on 10 February
        ("A", "2023-04-01", None, None, NO_RECORD),
    ]
    assert found["spell_start"].unique().to_list() == [date(2022, 1, 10)]


def test_a_leaver_who_hands_cases_over_did_not_leave_because_there_were_none():
    held = HELD.replace("2022-06-01 .", "2022-06-01 2023-02-03")
    found = loads("person_id start_date end_date\n A 2022-01-10 2023-02-14", held)
    assert pieces(found)[-1] == ("A", "2023-02-01", "2023-02-14", 2.0, "2 to 3")


def test_the_load_may_be_taken_before_the_weeks_of_notice():
    found = loads("person_id start_date\n A 2022-01-10", HELD, months_before=3)
    assert pieces(found)[1] == (
        "A",
        "2023-01-01",
        "2023-03-31",
        3.0,
        "2 to 3",
    )  # three at the end of each month from October


def test_pieces_with_the_same_load_are_one():
    held = "case_id person_id start_date end_date\n 1 A 2022-06-01 ."
    found = loads("person_id start_date end_date\n A 2022-01-10 2023-03-20", held)
    assert pieces(found) == [
        ("A", "2022-01-10", "2022-12-31", None, NO_RECORD),
        ("A", "2023-01-01", "2023-03-20", 1.0, "under 2"),
    ]


@pytest.mark.parametrize(
    ("fte", "band"), [("1.0", "2 to 3"), ("0.5", "4 or more"), ("0.6", "2 to 3")], ids=["2 cases", "4", "3.3"]
)
def test_a_load_of_exactly_an_edge_begins_the_next_band(fte, band):
    held = "case_id person_id start_date end_date\n 1 A 2022-06-01 .\n 2 A 2022-06-01 ."
    found = loads(f"person_id start_date end_date fte\n A 2023-01-01 . {fte}\n A 2022-01-01 2022-12-31 {fte}", held)
    assert found.filter(pl.col("start_date") == date(2023, 1, 1))["caseload_band"].to_list() == [band]


def test_the_hours_of_several_posts_are_added_and_an_odd_sum_is_still_the_edge():
    # 0.1 + 0.7 is 0.7999999999999999 to a computer; four cases on it are 5 for each full-time post.
    staff = """
        person_id start_date fte role
        A         2022-01-01 0.1 caseworker
        A         2022-02-01 0.7 caseworker
        A         2022-03-01 0.9 manager
    """
    held = """
        case_id person_id start_date end_date
        1       A         2022-06-01 .
        2       A         2022-06-01 .
        3       A         2022-06-01 .
        4       A         2022-06-01 .
    """
    found = loads(staff, held, bands=(5,)).filter(pl.col("start_date") == date(2023, 1, 1))
    assert found.select("role", "caseload", "caseload_band").rows() == [
        ("caseworker", 5.0, "5 or more"),
        ("caseworker", 5.0, "5 or more"),
        ("manager", 5.0, "5 or more"),  # the person's, whichever post the row is of
    ]


def test_a_case_held_in_two_parts_counts_once_and_one_handed_over_is_the_later_holders():
    held = """
        case_id person_id start_date end_date
        1       A         2022-06-01 .
        1       B         2022-09-01 .
        2       B         2022-06-01 .
        2       B         2022-07-01 .
    """
    found = loads("person_id start_date\n A 2022-01-01\n B 2022-01-01", held)
    inside = found.filter(pl.col("caseload").is_not_null())
    assert inside.select("person_id", "caseload").rows() == [("A", 0.0), ("B", 2.0)]


def test_someone_without_a_case_has_a_load_of_nought_and_someone_away_has_none():
    staff = """
        person_id start_date status
        A         2022-01-01 active
        B         2022-01-01 parental_leave
        C         2022-01-01 active
    """
    held = "case_id person_id start_date end_date\n 1 A 2022-06-01 .\n 2 B 2022-06-01 ."
    found = loads(staff, held).filter(pl.col("start_date") == date(2023, 1, 1))
    assert found.select("person_id", "caseload", "caseload_band").rows() == [
        ("A", 1.0, "under 2"),
        ("B", None, "no caseload"),
        ("C", 0.0, "under 2"),
    ]


def test_staff_in_other_roles_have_no_caseload_and_are_not_cut():
    staff = "person_id start_date role\n A 2022-01-01 caseworker\n M 2022-01-01 manager"
    found = loads(staff, HELD + "    6       M         2022-06-01 .\n").filter(pl.col("person_id") == "M")
    assert pieces(found) == [("M", "2022-01-01", None, None, "no caseload")]


def test_a_joiner_and_someone_who_becomes_a_caseworker_have_no_record_until_a_month_has_ended():
    staff = """
        person_id start_date  end_date    role
        J         2023-01-10  .           caseworker
        N         2022-01-01  2023-01-09  manager
        N         2023-01-10  .           caseworker
    """
    held = "case_id person_id start_date end_date\n 1 J 2023-01-12 .\n 2 N 2023-01-12 .\n 3 A 2022-01-01 ."
    found = loads(staff, held, Period(date(2023, 1, 1), date(2023, 2, 28)))
    assert pieces(found) == [
        ("J", "2023-01-10", "2023-01-31", None, NO_RECORD),
        ("J", "2023-02-01", "2023-02-28", 1.0, "under 2"),
        ("J", "2023-03-01", None, None, NO_RECORD),
        ("N", "2022-01-01", "2023-01-09", None, "no caseload"),
        ("N", "2023-01-10", "2023-01-31", None, NO_RECORD),
        ("N", "2023-02-01", "2023-02-28", 1.0, "under 2"),
        ("N", "2023-03-01", None, None, NO_RECORD),
    ]


def test_months_before_allocations_or_the_records_were_kept_have_no_record():
    held = "case_id person_id start_date end_date\n 1 A 2023-01-20 .\n 2 B 2023-01-20 ."
    found = loads("person_id start_date\n A 2022-01-01", held)
    assert [(row[1], row[4]) for row in pieces(found)] == [
        ("2022-01-01", NO_RECORD),
        ("2023-02-01", "under 2"),
        ("2023-04-01", NO_RECORD),
    ]
    late = {"observed_from": date(2023, 2, 1), "observed_to": date(2023, 3, 31)}
    found = loads("person_id start_date\n A 2022-01-01", HELD, constants=late)
    assert [(row[1], row[4]) for row in pieces(found)] == [
        ("2022-01-01", NO_RECORD),  # on 31 January the records do not say yet
        ("2023-03-01", "4 or more"),
        ("2023-04-01", NO_RECORD),
    ]


def test_cases_that_stay_in_a_leavers_name_are_nobodys_load():
    staff = """
        person_id start_date  end_date
        A         2022-01-01  2023-01-20
        A         2023-02-20  .
        B         2022-01-01  .
    """
    found = loads(staff, HELD).filter(pl.col("start_date") >= date(2023, 2, 1))
    assert found.select("person_id", pl.col("start_date").cast(pl.String), "caseload_band").rows() == [
        ("A", "2023-02-20", NO_RECORD),  # gone on 31 January, whatever stood in the name
        ("A", "2023-03-01", "4 or more"),
        ("A", "2023-04-01", NO_RECORD),
        ("B", "2023-04-01", NO_RECORD),
    ]


def test_agency_workers_carry_a_load_and_are_not_at_risk_of_leaving():
    staff = "person_id start_date employment\n A 2022-01-01 agency\n B 2022-01-01 employed"
    records = history(staff, HELD)
    assert "4 or more" in records.assignments.filter(pl.col("person_id") == "A")["caseload_band"].to_list()
    assert wf.leaving.spells(records, OBSERVED, changing="caseload_band")["person_id"].unique().to_list() == ["B"]


def test_an_organisation_without_caseworkers_has_no_caseload_and_one_without_allocations_no_record():
    staff = """
        organisation person_id start_date role
        trust        T         2022-01-01 therapist
        other        O         2022-01-01 caseworker
        council      A         2022-01-01 caseworker
    """
    found = loads(staff, HELD).filter(pl.col("person_id").is_in(["T", "O"]))
    assert found.select("person_id", "caseload_band").rows() == [("T", "no caseload"), ("O", NO_RECORD)]


def test_bands_follow_a_stay_through_a_model_of_leaving():
    staff = """
        person_id start_date  end_date
        A         2022-01-01  2023-02-10
        B         2022-01-01  .
        C         2022-01-01  2023-02-20
    """
    held = """
        case_id person_id start_date end_date
        1       A         2023-01-10 .
        2       A         2023-01-10 .
        3       B         2023-01-10 .
        4       B         2023-01-10 .
        5       C         2023-01-10 .
    """
    records = history(staff, held)
    # One of two with many cases leaves, the third has few, r / (2r + 1); then the one with few, the other has many, 1 / (r + 1):
    # together the largest where r is 1 / root 2. Nobody leaves while no load is on record.
    fit = wf.leaving.hazards(records, OBSERVED, covariates="caseload_band").fit
    assert fit.references == {"caseload_band": "2 to 3"}
    assert dict(fit.table.select("level", "hazard_ratio").iter_rows()) == {
        NO_RECORD: None,
        "under 2": pytest.approx(2**0.5),
    }
    few = wf.leaving.hazards(records, OBSERVED, covariates="caseload_band", references={"caseload_band": "under 2"}).fit
    assert dict(few.table.select("level", "hazard_ratio").iter_rows())["2 to 3"] == pytest.approx(0.5**0.5)
    number = wf.leaving.hazards(records, OBSERVED, covariates="caseload", per={"caseload": 2}).fit
    assert number.table["hazard_ratio"].item() == pytest.approx(0.5)  # a load of 2 compared with one of 1, twice over
    assert number.per == {"caseload": 2}


@pytest.mark.parametrize(
    "options",
    [
        {"roles": "caseworker"},
        {"bands": ()},
        {"bands": (4, 2)},
        {"bands": (0, 2)},
        {"months_before": 0},
    ],
)
def test_what_cannot_be_is_refused(options):
    with pytest.raises(UsageError):
        loads("person_id start_date\n A 2022-01-01", HELD, **options)


def test_assignments_that_were_cut_before_are_refused():
    with pytest.raises(UsageError, match="caseload"):
        loads("person_id start_date\n A 2022-01-01", HELD, constants={"caseload_band": "under 2"})


@pytest.mark.parametrize("roles", [["inspector"], []])
def test_roles_that_nobody_has_leave_everyone_without_a_caseload(roles):
    found = loads("person_id start_date\n A 2022-01-01", HELD, roles=roles)
    assert pieces(found) == [("A", "2022-01-01", None, None, "no caseload")]


ONE = "person_id start_date role\n A 2022-01-01 caseworker\n M 2022-01-01 manager"


def test_without_allocations_or_cases_a_caseworkers_load_is_not_on_record():
    people = drawn(ONE, **COUNCIL)
    held = drawn(HELD, organisation="council", worker_role="caseworker")
    for area in (wf.Records(assignments=people), wf.Records(assignments=people, allocations=held)):
        records = wf.caseload.with_history(area, OBSERVED, roles=["caseworker"])
        assert records.assignments.select("person_id", "caseload", "caseload_band").rows() == [
            ("A", None, NO_RECORD),
            ("M", None, "no caseload"),
        ]


def test_without_staff_there_is_nobody_to_have_a_caseload():
    records = wf.caseload.with_history(wf.Records(), OBSERVED, roles=["caseworker"])
    assert wf.staffing.headcount(records, OBSERVED.end, by=["caseload_band"]).reasons == ("staff are not recorded",)
    filtered = wf.Records(assignments=drawn(ONE, **COUNCIL)).where(pl.col("role") == "teacher")
    cut = wf.caseload.with_history(filtered, OBSERVED, roles=["caseworker"])
    reasons = wf.staffing.headcount(cut, OBSERVED.end, by=["caseload_band"]).reasons
    assert reasons == ("no records are left after the filter",)


def test_the_months_are_those_that_the_records_cover_where_no_period_is_given():
    covered = {"observed_from": date(2023, 1, 1), "observed_to": date(2023, 3, 31)}
    area = "person_id start_date\n A 2022-01-10", HELD
    assert_frame_equal(loads(*area, observed=None, constants=covered), loads(*area, constants=covered))


def test_frames_and_dates_are_refused_where_records_and_a_period_are_asked_for():
    people = drawn(ONE, **COUNCIL)
    with pytest.raises(UsageError, match="takes records first"):
        wf.caseload.with_history(people, OBSERVED, roles=["caseworker"])
    with pytest.raises(UsageError, match="a period is needed, not a date"):
        wf.caseload.with_history(wf.Records(assignments=people), OBSERVED.end, roles=["caseworker"])
