"""What a stay is, when it is under observation, and how long it was: each rule drawn as a small table."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import drawn, records, staff
from workforce.errors import InputError, UsageError

YEAR = wf.financial_year("2022-23")
LIFE_COLUMNS = ["time", "entered", "at_risk", "left", "censored", "value", "lower", "upper", "marker"]
COUNCIL = {"organisation": "council", "fte": 1.0, "role": "caseworker"}


def spells(area: wf.Records, observed: wf.Period = YEAR, **options) -> list[tuple[int, int, bool]]:
    return wf.leaving.spells(area, observed, **options).select("entry", "exit", "event").rows()


def retention(area: wf.Records, **options) -> pl.DataFrame:
    return wf.leaving.retention(area, YEAR, **options).frame


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2022-04-01", "2022-04-01", (0, 1, True)),  # left on the first day: stayed one day
        ("2022-04-01", "2022-04-10", (0, 10, True)),
        ("2021-04-01", "2022-04-01", (365, 366, True)),  # in post when records began, left on their first day
        ("2021-04-01", None, (365, 730, False)),  # still there
        ("2023-03-31", None, (0, 1, False)),  # came on the last day
        ("2022-04-01", "2023-03-31", (0, 365, True)),  # left on the last day: left in the period
        ("2022-04-01", "2023-04-01", (0, 365, False)),  # left after it: still there as far as the records go
        ("2020-01-01", "2022-03-31", None),  # left before records began: outside
        ("2023-04-01", None, None),  # not yet there: outside
    ],
)
def test_service_is_whole_days_from_the_first_day_to_the_last_both_counted(start, end, expected):
    area = staff(f"person_id start_date end_date\n A {start} {end or '.'}", **COUNCIL)
    assert spells(area) == ([] if expected is None else [expected])


def test_service_counts_from_the_start_of_continuous_service():
    area = staff(
        """
        person_id start_date  end_date    service_start
        A         2022-10-01  2022-12-31  2020-04-01
        """,
        **COUNCIL,
    )
    assert spells(area) == [(730, 1005, True)]


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("2022-06-08", [(0, 365, False)]),  # 8 June is 7 days after 1 June: one stay
        ("2022-06-09", [(0, 62, True), (0, 296, False)]),  # a full week's gap: a new stay with its own service
    ],
)
def test_a_gap_of_less_than_a_full_week_is_one_stay(back, expected):
    area = staff(
        f"""
        person_id start_date  end_date
        A         2022-04-01  2022-06-01
        A         {back}      .
        """,
        **COUNCIL,
    )
    assert spells(area) == expected


def test_a_rehire_is_not_believed_to_have_served_through_the_gap():
    area = staff(
        """
        person_id start_date  end_date    service_start
        A         2018-04-01  2022-06-01  2018-04-01
        A         2022-12-01  .           2018-04-01
        """,
        **COUNCIL,
    )
    assert spells(area) == [(1461, 1523, True), (0, 121, False)]


def test_a_change_of_terms_is_not_leaving_and_two_posts_at_once_are_one_stay():
    area = staff(
        """
        person_id start_date  end_date    fte
        A         2022-04-01  2022-09-30  1.0
        A         2022-10-01  .           0.5
        B         2022-04-01  2022-12-31  0.4
        B         2022-05-01  2022-06-30  0.4
        """,
        **COUNCIL,
    )
    assert spells(area) == [(0, 365, False), (0, 275, True)]


def test_agency_and_bank_staff_are_outside_and_a_move_to_agency_work_is_leaving():
    area = staff(
        """
        person_id start_date  end_date    employment
        A         2022-04-01  2022-12-31  employed
        A         2023-01-01  .           agency
        B         2022-04-01  .           bank
        C         2022-04-01  .           .
        """,
        **COUNCIL,
    )
    assert spells(area) == [(0, 275, True), (0, 365, False)]


def test_ignoring_late_entry_would_flatter_retention():
    # Two old hands, of whom one leaves in their third year of service; two who came in the year, of whom one leaves in its first month.
    area = staff(
        """
        person_id start_date  end_date
        A         2020-04-01  2022-09-30
        B         2020-04-01  .
        C         2022-04-01  2022-04-30
        D         2022-04-01  .
        """,
        **COUNCIL,
    )
    right = wf.leaving.retention(area, YEAR)
    wrong = wf.stats.life_table(wf.leaving.spells(area, YEAR).with_columns(entry=0))
    # At 30 days of service only C and D were under observation: one of two left. A and B had been at risk of that long before.
    assert right.frame.filter(pl.col("time") == 30).select("at_risk", "value").row(0) == (2.0, 0.5)
    assert wrong.frame.filter(pl.col("time") == 30).select("at_risk", "value").row(0) == (4.0, 0.75)
    assert wf.stats.retained_at(right, 913).frame["value"].item() == 0.25
    assert wf.stats.retained_at(wrong, 913).frame["value"].item() == 0.375


def test_each_organisation_is_observed_while_its_own_records_are_complete():
    area = staff(
        """
        organisation person_id start_date  end_date    observed_from observed_to
        council      A         2022-04-01  .           .             .
        trust        B         2022-04-01  .           2022-10-01    2022-12-31
        trust        C         2022-04-01  2022-09-30  2022-10-01    2022-12-31
        trust        D         2022-04-01  2023-01-31  2022-10-01    2022-12-31
        schools      E         2022-04-01  2022-05-31  2023-04-01    .
        """,
        fte=1.0,
        role="worker",
    )
    # C left before the trust's records begin; D after they end; the schools' begin after the period.
    assert spells(area) == [(0, 365, False), (183, 275, False), (183, 275, False)]


def test_groups_are_those_of_the_first_post_inside_the_observed_days():
    area = staff(
        """
        person_id start_date  end_date    fte  team
        A         2020-04-01  2022-03-31  1.0  north
        A         2022-04-01  2022-06-30  1.0  south
        A         2022-07-01  .           1.0  east
        B         2022-04-01  2022-12-31  0.4  north
        B         2022-04-01  .           0.6  west
        """,
        **COUNCIL,
    )
    stays = wf.leaving.spells(area, YEAR, by="team").sort("team")
    assert stays.select("person_id", "team").rows() == [("A", "south"), ("B", "west")]


def test_the_tables_of_two_organisations_add_up_to_that_of_both():
    area = staff(
        """
        organisation person_id start_date  end_date    team
        council      A         2020-04-01  2022-09-30  x
        council      B         2022-04-01  .           y
        trust        C         2022-04-01  2022-04-30  x
        trust        D         2021-04-01  .           .
        """,
        fte=1.0,
        role="worker",
    )
    parts = [wf.leaving.retention(area.only(one), YEAR, by="team") for one in ("council", "trust")]
    assert wf.combine(*parts).frame.equals(retention(area, by="team"))
    both = wf.leaving.retention(area, YEAR, by=["organisation", "team"])
    assert wf.combine(both).frame.equals(retention(area, by="team"))


def test_in_the_area_a_transfer_to_a_partner_is_not_a_loss():
    area = staff(
        """
        organisation person_id start_date  end_date
        council      A         2022-04-01  2022-09-30
        trust        A         2022-10-01  .
        """,
        fte=1.0,
        role="worker",
    )
    assert spells(area) == [(0, 183, True), (0, 182, False)]
    assert spells(area, scope="area") == [(0, 365, False)]


def test_in_the_area_staff_are_observed_while_all_records_are_complete():
    area = staff(
        """
        organisation person_id start_date  end_date    observed_from
        council      A         2022-04-01  2022-09-30  2020-04-01
        trust        A         2022-10-01  .           2022-07-01
        council      B         2022-04-01  2022-05-31  2020-04-01
        """,
        fte=1.0,
        role="worker",
    )
    assert spells(area, scope="area") == [(91, 365, False)]


def test_in_a_team_service_counts_from_the_first_day_in_it():
    area = staff(
        """
        person_id start_date  end_date    team   service_start
        A         2022-04-01  2022-09-30  north  2015-04-01
        A         2022-10-01  .           south  2015-04-01
        """,
        **COUNCIL,
    )
    assert spells(area, scope="team") == [(0, 183, True), (0, 182, False)]


def test_the_table_is_a_life_table_in_whole_days_also_when_there_is_nobody():
    frame = drawn("person_id start_date end_date\n A 2022-04-01 2022-04-30", **COUNCIL)
    table = retention(records(assignments=frame), by="role")
    assert table.columns == ["measure", "definition", "role", *LIFE_COLUMNS]
    assert table.select("measure", "definition").unique().rows() == [("retention", "product_limit")]
    assert table.schema["time"] == pl.Int64
    nobody = wf.leaving.retention(records(assignments=frame.clear()), YEAR, by="role")
    assert (nobody.frame.schema, nobody.reasons) == (table.schema, ("staff are not recorded",))
    earlier = wf.leaving.retention(
        records(assignments=frame), wf.Period(date(2010, 1, 1), date(2010, 12, 31)), by="role"
    )
    assert earlier.frame.schema == table.schema
    assert earlier.reasons == ("no staff are under observation in the period",)


def test_rows_that_cannot_be_are_refused_and_counted():
    area = staff(
        """
        person_id start_date  end_date    service_start
        A         2022-04-01  2022-03-01  .
        B         2022-04-01  .           2022-05-01
        """,
        **COUNCIL,
    )
    with pytest.raises(InputError) as refused:
        retention(area)
    assert "1 of 2 spells of employed staff end before they start" in refused.value.what
    assert "1 of 2 spells of employed staff begin before the service" in refused.value.what
    assert "2022" not in str(refused.value)


ONE = "person_id start_date\n A 2022-04-01"


@pytest.mark.parametrize(
    "options", [{"scope": "planet"}, {"by": "shoe_size"}, {"basis": "hours"}, {"by": ["role", "role"]}]
)
def test_unknown_scopes_columns_and_bases_are_refused(options):
    with pytest.raises(UsageError):
        retention(staff(ONE, **COUNCIL), **options)


@pytest.mark.parametrize("basis", ["headcount", "fte"])
@pytest.mark.parametrize(
    ("area", "options", "reason"),
    [
        (wf.Records(), {}, "staff are not recorded"),
        (staff(ONE, **COUNCIL).where(pl.col("role") == "manager"), {}, "no records are left after the filter"),
        (staff(ONE, **COUNCIL), {"by": "team"}, "the team of staff is not recorded"),
        (staff(ONE, **COUNCIL), {"scope": "team"}, "the team of staff is not recorded"),
    ],
)
def test_what_is_not_recorded_gives_a_curve_without_rows_and_the_reason(area, options, reason, basis):
    curve = wf.leaving.retention(area, YEAR, basis=basis, **options)
    assert curve.frame.is_empty()
    assert curve.reasons == (reason,)
    assert [c for c in curve.frame.columns if c in ("team", *LIFE_COLUMNS)] == [*curve.groups, *LIFE_COLUMNS]
    summaries = wf.stats.median_stay(curve), wf.stats.restricted_mean(curve, 365), wf.stats.retained_at(curve, 365)
    for summary in summaries:
        assert summary.reasons == (reason,)
        assert summary.frame.select("value", "marker").rows() == [(None, "x")]
        assert wf.release(summary).frame["marker"].to_list() == ["x"]
    assert wf.release(curve).frame.is_empty()


def test_the_observed_days_are_those_of_the_records_unless_a_period_is_given():
    area = staff("person_id start_date observed_from observed_to\n A 2022-01-01 2022-04-01 2023-03-31", **COUNCIL)
    assert wf.leaving.retention(area).frame.equals(retention(area))
    assert wf.leaving.spells(area).equals(wf.leaving.spells(area, YEAR))


@pytest.mark.parametrize("observed", [date(2022, 4, 1), "2022-23", [YEAR, wf.financial_year("2021-22")]])
def test_anything_but_one_period_is_refused_with_a_sentence(observed):
    with pytest.raises(UsageError, match="period"):
        wf.leaving.retention(staff(ONE, **COUNCIL), observed)


@pytest.mark.parametrize("measure", [wf.leaving.retention, wf.leaving.spells])
def test_a_frame_in_place_of_records_is_refused(measure):
    with pytest.raises(UsageError, match="takes records first"):
        measure(drawn(ONE, **COUNCIL), YEAR)


def test_spells_of_what_is_not_recorded_have_null_columns():
    area = staff("person_id start_date end_date\n A 2022-04-01 2022-04-30", **COUNCIL)
    stays = wf.leaving.spells(area, YEAR, by="team", ending="leaving_reason")
    assert stays.rows() == [(None, "A", 0, 30, True, None)]
    assert wf.leaving.spells(wf.Records(), by="team").schema == wf.leaving.spells(area, YEAR, by="team").schema
    with pytest.raises(UsageError, match="shoe_size"):
        wf.leaving.spells(area, YEAR, changing="shoe_size")
