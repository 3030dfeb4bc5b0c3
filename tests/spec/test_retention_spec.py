"""What a stay is, when it is under observation, and how long it was: each rule drawn as a small table."""

from datetime import date

import polars as pl
import pytest

from workforce.errors import InputError, UsageError
from workforce.measures.leaving.life_table import LIFE_COLUMNS, add_life_tables, life_table, retained_at
from workforce.measures.leaving.retention import retention, service_spells
from workforce.periods import Period, financial_year

YEAR = financial_year("2022-23")
COUNCIL = {"organisation": "council", "fte": 1.0, "role": "caseworker"}


def spells(frame: pl.DataFrame, observed: Period = YEAR, **options) -> list[tuple[int, int, bool]]:
    return service_spells(frame, observed, **options).select("entry", "exit", "event").rows()


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
def test_service_is_whole_days_from_the_first_day_to_the_last_both_counted(drawn, start, end, expected):
    staff = drawn(f"person_id start_date end_date\n A {start} {end or '.'}", **COUNCIL)
    assert spells(staff) == ([] if expected is None else [expected])


def test_service_counts_from_the_start_of_continuous_service(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    service_start
        A         2022-10-01  2022-12-31  2020-04-01
        """,
        **COUNCIL,
    )
    assert spells(staff) == [(730, 1005, True)]


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("2022-06-08", [(0, 365, False)]),  # 8 June is 7 days after 1 June: one stay
        ("2022-06-09", [(0, 62, True), (0, 296, False)]),  # a full week's gap: a new stay with its own service
    ],
)
def test_a_gap_of_less_than_a_full_week_is_one_stay(drawn, back, expected):
    staff = drawn(
        f"""
        person_id start_date  end_date
        A         2022-04-01  2022-06-01
        A         {back}      .
        """,
        **COUNCIL,
    )
    assert spells(staff) == expected


def test_a_rehire_is_not_believed_to_have_served_through_the_gap(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    service_start
        A         2018-04-01  2022-06-01  2018-04-01
        A         2022-12-01  .           2018-04-01
        """,
        **COUNCIL,
    )
    assert spells(staff) == [(1461, 1523, True), (0, 121, False)]


def test_a_change_of_terms_is_not_leaving_and_two_posts_at_once_are_one_stay(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    fte
        A         2022-04-01  2022-09-30  1.0
        A         2022-10-01  .           0.5
        B         2022-04-01  2022-12-31  0.4
        B         2022-05-01  2022-06-30  0.4
        """,
        **COUNCIL,
    )
    assert spells(staff) == [(0, 365, False), (0, 275, True)]


def test_agency_and_bank_staff_are_outside_and_a_move_to_agency_work_is_leaving(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    employment
        A         2022-04-01  2022-12-31  employed
        A         2023-01-01  .           agency
        B         2022-04-01  .           bank
        C         2022-04-01  .           .
        """,
        **COUNCIL,
    )
    assert spells(staff) == [(0, 275, True), (0, 365, False)]


def test_ignoring_late_entry_would_flatter_retention(drawn):
    # Two old hands, of whom one leaves in their third year of service; two who came in the year, of whom one leaves in its first month.
    staff = drawn(
        """
        person_id start_date  end_date
        A         2020-04-01  2022-09-30
        B         2020-04-01  .
        C         2022-04-01  2022-04-30
        D         2022-04-01  .
        """,
        **COUNCIL,
    )
    right = retention(staff, YEAR)
    wrong = life_table(service_spells(staff, YEAR).with_columns(entry=0))
    # At 30 days of service only C and D were under observation: one of two left. A and B had been at risk of that long before.
    assert right.filter(pl.col("time") == 30).select("at_risk", "value").row(0) == (2.0, 0.5)
    assert wrong.filter(pl.col("time") == 30).select("at_risk", "value").row(0) == (4.0, 0.75)
    assert retained_at(right, 913)["value"].item() == 0.25
    assert retained_at(wrong, 913)["value"].item() == 0.375


def test_each_organisation_is_observed_while_its_own_records_are_complete(drawn):
    staff = drawn(
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
    assert spells(staff) == [(0, 365, False), (183, 275, False), (183, 275, False)]


def test_groups_are_those_of_the_first_post_inside_the_observed_days(drawn):
    staff = drawn(
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
    found = service_spells(staff, YEAR, by="team").sort("team")
    assert found.select("person_id", "team").rows() == [("A", "south"), ("B", "west")]


def test_the_tables_of_two_organisations_add_up_to_that_of_both(drawn):
    staff = drawn(
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
    parts = [retention(staff.filter(pl.col("organisation") == one), YEAR, by="team") for one in ("council", "trust")]
    assert add_life_tables(parts, over="organisation").equals(retention(staff, YEAR, by="team"))
    both = retention(staff, YEAR, by=["organisation", "team"])
    assert add_life_tables(both, over="organisation").equals(retention(staff, YEAR, by="team"))


def test_in_the_area_a_transfer_to_a_partner_is_not_a_loss(drawn):
    staff = drawn(
        """
        organisation person_id start_date  end_date
        council      A         2022-04-01  2022-09-30
        trust        A         2022-10-01  .
        """,
        fte=1.0,
        role="worker",
    )
    assert spells(staff) == [(0, 183, True), (0, 182, False)]
    assert spells(staff, scope="area") == [(0, 365, False)]


def test_in_the_area_staff_are_observed_while_all_records_are_complete(drawn):
    staff = drawn(
        """
        organisation person_id start_date  end_date    observed_from
        council      A         2022-04-01  2022-09-30  2020-04-01
        trust        A         2022-10-01  .           2022-07-01
        council      B         2022-04-01  2022-05-31  2020-04-01
        """,
        fte=1.0,
        role="worker",
    )
    assert spells(staff, scope="area") == [(91, 365, False)]


def test_in_a_team_service_counts_from_the_first_day_in_it(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    team   service_start
        A         2022-04-01  2022-09-30  north  2015-04-01
        A         2022-10-01  .           south  2015-04-01
        """,
        **COUNCIL,
    )
    assert spells(staff, scope="team") == [(0, 183, True), (0, 182, False)]


def test_the_table_is_a_life_table_in_whole_days_also_when_there_is_nobody(drawn):
    staff = drawn("person_id start_date end_date\n A 2022-04-01 2022-04-30", **COUNCIL)
    table = retention(staff, YEAR, by="role")
    assert table.columns == ["measure", "definition", "role", *LIFE_COLUMNS]
    assert table.select("measure", "definition").unique().rows() == [("retention", "product_limit")]
    assert table.schema["time"] == pl.Int64
    assert retention(staff.clear(), YEAR, by="role").schema == table.schema
    assert retention(staff, Period(date(2010, 1, 1), date(2010, 12, 31)), by="role").schema == table.schema


def test_rows_that_cannot_be_are_refused_and_counted(drawn):
    staff = drawn(
        """
        person_id start_date  end_date    service_start
        A         2022-04-01  2022-03-01  .
        B         2022-04-01  .           2022-05-01
        """,
        **COUNCIL,
    )
    with pytest.raises(InputError) as refused:
        retention(staff, YEAR)
    assert "1 of 2 spells of employed staff end before they start" in refused.value.what
    assert "1 of 2 spells of employed staff begin before the service" in refused.value.what
    assert "2022" not in str(refused.value)


@pytest.mark.parametrize("options", [{"scope": "planet"}, {"by": "shoe_size"}, {"scope": "team"}])
def test_unknown_scopes_and_columns_are_refused(drawn, options):
    with pytest.raises(UsageError):
        retention(drawn("person_id start_date\n A 2022-04-01", **COUNCIL), YEAR, **options)
