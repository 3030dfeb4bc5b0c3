"""What a file has although it can hardly be right: counted in the bounds of rates, not known, or in a notice; never silently a figure."""

import sys
from contextlib import suppress
from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import command

AREA = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
[organisations.council]
name = "Council"
kind = "council"
records_from = 2017-04-01
records_to = 2023-03-31
"""
COLUMNS = {
    "assignments": "person_id start_date end_date fte role locality",
    "cases": "case_id case_type received_date closed_date outcome outcome_date",
    "milestones": "case_id stage provider requested_date received_date",
    "vacancies": "vacancy_id role fte opened_date advertised_date closed_date outcome",
    "absences": "person_id start_date end_date days_lost",
    "posts": "role team funded_fte start_date",
    "counts": "measure definition unit over_time period_start period_end locality numerator denominator",
    "pay_items": "person_id kind amount date",
}
YEAR = wf.year_to("2023-03")
STAFF = [f"p{n},2018-01-01,,1,caseworker,North" for n in range(10)] + ["x,2018-01-01,2022-06-30,1,caseworker,North"]


@pytest.fixture
def read(tmp_path, capsys, monkeypatch):
    """Records of an area with such rows, and what `workforce check` prints of it."""

    def made(**tables):
        text = AREA
        for table, rows in {"assignments": STAFF, **tables}.items():
            columns = COLUMNS[table].split()
            (tmp_path / f"{table}.csv").write_text("\n".join([",".join(columns), *rows]) + "\n")
            named = ", ".join(f'{c} = "{c}"' for c in columns)
            text += (
                f'[[organisations.council.files]]\npath = "{table}.csv"\ntable = "{table}"\ncolumns = {{ {named} }}\n'
            )
        (tmp_path / "area.toml").write_text(text)
        monkeypatch.setattr(sys, "argv", ["workforce", "check", str(tmp_path / "area.toml")])
        with suppress(SystemExit):
            command()
        return wf.load_area(tmp_path / "area.toml"), capsys.readouterr().out

    return made


def bounds(table, records):
    return wf.bounds(table, records).frame.select("value", "lower_bound", "upper_bound", "refused").row(0)


@pytest.mark.parametrize("day", ["", "2032-12-12", "not yet"])
def test_a_plan_without_a_day_within_the_records_is_in_the_bounds_of_timeliness(read, day):
    rows = [f"c{n},ehc_assessment,2022-05-02,,plan_issued,{day if n < 10 else '2022-09-12'}" for n in range(20)]
    records, printed = read(cases=rows)
    assert bounds(wf.casework.timeliness(records, YEAR), records) == (100, 50, 100, 10)
    assert "10 cases have an outcome (plan_issued) without an outcome date within the records" in printed


def test_a_plan_of_unknown_day_is_in_no_bounds_of_the_years_after_it_closed(read):
    rows = [f"c{n},ehc_assessment,2020-05-04,2020-09-30,plan_issued," for n in range(5)]
    records, _ = read(cases=[*rows, "d,ehc_assessment,2022-05-02,,plan_issued,2022-09-12"])
    assert bounds(wf.casework.timeliness(records, YEAR), records) == (100, 100, 100, 0)
    assert wf.bounds(wf.casework.timeliness(records, wf.year_to("2021-03")), records).frame["refused"].item() == 5


def test_a_case_that_was_withdrawn_is_no_plan_of_unknown_day(read):
    records, printed = read(cases=["c,ehc_assessment,2022-05-02,,withdrawn,", "d,ehc_assessment,2022-05-02,,,"])
    assert "without an outcome date" not in printed
    assert records.refused == 0


@pytest.mark.parametrize("day", ["", "2032-12-12"])
def test_a_request_whose_plan_has_no_day_within_the_records_is_not_open_for_ever(read, day):
    rows = [
        f"c{n},ehc_assessment,2022-05-02,,{'plan_issued' if n < 8 else ''},{day if n < 8 else ''}" for n in range(10)
    ]
    records, _ = read(cases=rows)
    backlog = wf.casework.backlog(records, date(2023, 3, 31))
    assert backlog.frame["denominator"].drop_nulls().unique().to_list() == [2]


def test_a_case_of_another_outcome_without_any_date_is_in_a_notice(read):
    assert "1 cases have an outcome and neither" in read(cases=["c,therapy,2022-05-02,,discharged,"])[1]


def test_advice_received_before_it_was_asked_for_is_refused(read):
    cases = [f"c{n},ehc_assessment,2022-05-02,,plan_issued,2022-09-12" for n in range(40)]
    swapped = "2022-08-30,2022-05-30"
    rows = [f"c{n},advice,health,{swapped if n == 0 else '2022-05-30,2022-06-30'}" for n in range(40)]
    records, printed = read(cases=cases, milestones=rows)
    advice = wf.casework.advice(records, YEAR)
    assert advice.frame.select("numerator", "denominator").row(0) == (39, 39)
    assert wf.bounds(advice, records).frame["refused"].item() == 1
    assert "received before it was requested: 1 rows, row refused" in printed


def test_a_stage_and_a_pay_item_of_no_list_are_counted(read):
    _, printed = read(
        cases=["c,ehc_assessment,2022-05-02,,,"],
        milestones=["c,advise,health,2022-05-30,2022-06-30"],
        pay_items=[f"p{n},prize,100,2023-03-31" for n in range(3)],
    )
    assert "1 rows have a stage that is in no list" in printed
    assert "3 rows have a kind that is in no list" in printed


def test_a_vacancy_filled_without_a_closing_date_is_vacant_to_its_last_date_and_then_in_the_bounds(read):
    rows = [f"v{n},caseworker,1,2022-01-03,2022-02-01,,{'filled' if n < 8 else ''}" for n in range(10)]
    records, printed = read(vacancies=rows)

    def vacant(day):
        rate = wf.staffing.vacancy_rate(records, day, definition="dfe")
        return rate.frame["numerator"].item(), *bounds(rate, records)[1:]

    numerator, lower, upper, refused = vacant(date(2023, 3, 31))
    assert (numerator, refused) == (2, 8)
    assert lower == pytest.approx(10)
    assert upper == pytest.approx(50)  # were all of the eight still open: ten of twenty
    assert vacant(date(2022, 1, 31))[0] == 10
    assert vacant(date(2022, 2, 2))[0] == 2
    assert "8 vacancies were filled or withdrawn without a closing date" in printed
    hired = wf.recruitment.time_to_hire(records, YEAR)
    assert hired.frame["at_risk"].max() == 2


@pytest.mark.parametrize(
    ("days", "rule"), [(37, "more days lost than working days"), (7, "days lost look like calendar days")]
)
def test_days_lost_beyond_the_working_days_of_the_dates_are_not_known(read, days, rule):
    rows = [f"p{n},2022-06-06,2022-06-12,{days}" for n in range(10)]
    records, printed = read(absences=rows)
    assert wf.absence.rate(records, YEAR, definition="days_per_fte").frame["numerator"].item() == 50
    assert f"{rule}: 10 rows, cell not known" in printed


def test_a_day_lost_at_a_weekend_and_half_days_are_as_recorded(read):
    records, printed = read(absences=["p1,2022-06-11,2022-06-11,1", "p2,2022-06-06,2022-06-10,2.5"])
    assert records.absences["days_lost"].to_list() == [1, 2.5]
    assert "days lost" not in printed


def test_days_beyond_the_records_are_in_a_notice(read):
    staff = [*STAFF, "y,2032-01-01,,1,caseworker,North", "z,2018-01-01,2032-02-28,1,caseworker,North"]
    _, printed = read(assignments=staff, absences=["p1,2023-02-01,2033-02-03,"])
    assert "start_date is after 2023-03-31, beyond the records, in 1 rows (rows such as 13)" in printed
    assert "end_date is more than 6 years after 2023-03-31, beyond the records, in 1 rows (rows such as 14)" in printed
    assert "end_date is after 2023-03-31, beyond the records, in 1 rows (rows such as 2)" in printed


def test_a_contract_that_ends_in_two_years_is_in_no_notice(read):
    _, printed = read(assignments=[*STAFF, "z,2018-01-01,2025-03-31,1,caseworker,North"])
    assert "beyond the records" not in printed


@pytest.mark.parametrize("name", ["Total", "GRAND TOTAL", "Caseworker total"])
def test_a_total_among_the_posts_is_in_a_notice(read, name):
    rows = ["caseworker,T1,6,2018-04-01", "caseworker,T2,6,2018-04-01", f"{name},,12,2018-04-01"]
    assert "1 rows are called a total (rows such as 4)" in read(posts=rows)[1]


def test_a_row_of_posts_that_is_the_sum_of_the_others_is_in_a_notice(read):
    rows = [f"caseworker,T{n},{fte},2018-04-01" for n, fte in enumerate((3, 4, 5, 12))]
    assert "the funded_fte of 1 rows is the sum of all other rows (rows such as 5)" in read(posts=rows)[1]
    rows = [f"caseworker,T{n},{fte},2018-04-01" for n, fte in enumerate((1, 1, 1, 1, 30))]
    assert "1 rows hold more than 40% of the funded FTE of the file (rows such as 6)" in read(posts=rows)[1]


def test_a_role_of_total_communication_is_no_total(read):
    rows = [f"{role},T,1,2018-04-01" for role in ("Total communication lead", "caseworker", "manager")]
    assert "total" not in read(posts=rows)[1]


COUNT = "uptake,done,%,sum,2022-04-01,2023-03-31"


def test_a_count_above_what_it_is_out_of_or_below_0_is_not_used_and_the_reason_says_so(read):
    records, printed = read(counts=[f"{COUNT},N,50,100", f"{COUNT},S,120,100", f"{COUNT},E,-20,100"])
    assert "2 rows have a negative count, or one above what it is counted out of (rows such as 3, 4)" in printed
    table = wf.counts.table(records)
    assert table.frame.select("numerator", "denominator").row(0) == (50, 100)
    assert "a count above what it is counted out of is not used" in table.reasons
    assert "a count below 0 is not used" in table.reasons


def test_a_total_among_the_localities_of_counts_is_in_a_notice(read):
    rows = [f"{COUNT},N,50,100", f"{COUNT},S,20,100", f"{COUNT},E,30,100"]
    assert (
        "1 rows have a locality that is called a total (rows such as 5)"
        in read(counts=[*rows, f"{COUNT},All,100,300"])[1]
    )
    assert "the numerator of 1 rows is the sum of all other localities" in read(counts=[*rows, f"{COUNT},A,100,300"])[1]
    assert "total" not in read(counts=[*rows, f"{COUNT},,100,300"])[1]


def test_a_reversed_period_of_a_count_is_refused(read):
    rows = [f"{COUNT},N,50,100", "uptake,done,%,sum,2023-03-31,2022-04-01,S,20,100"]
    records, printed = read(counts=rows)
    assert records.counts.height == 1
    assert "period ends before it begins: 1 rows, row refused" in printed


def test_names_of_localities_that_differ_in_capitals_alone_are_in_a_notice(read):
    staff = [f"p{n},2018-01-01,,1,caseworker,{place}" for n, place in enumerate(("North Vale", "north  vale", "South"))]
    assert "2 names of localities differ from another name" in read(assignments=staff)[1]
    count = [f"{COUNT},NORTH VALE,50,100", f"{COUNT},South,20,100", f"{COUNT},West,20,100"]
    printed = read(assignments=[staff[0], staff[2]], counts=count)[1]
    assert printed.count("1 names of localities differ from another name") == 2


def test_the_sample_has_none_of_these_notices():
    sentences = " ".join(wf.load_area().notices.frame["notice"])
    for words in ("beyond the records", "total", "without a closing date", "without an outcome date", "localities"):
        assert words not in sentences


def test_vacancies_of_frames_without_an_outcome_are_open_to_their_closing_date():
    frame = pl.DataFrame({"organisation": ["a"], "fte": [1.0], "opened_date": [date(2023, 1, 1)]})
    staff = pl.DataFrame({"organisation": ["a"], "person_id": ["p"], "fte": [1.0], "start_date": [date(2020, 1, 1)]})
    records = wf.Records(assignments=staff, vacancies=frame)
    assert wf.staffing.vacancy_rate(records, date(2023, 3, 31), definition="dfe").frame["value"].item() == 50
