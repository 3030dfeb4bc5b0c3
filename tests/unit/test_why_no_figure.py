"""A result without a figure carries the reason, through its release: which setting, table, file, role or days are missing."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import staff

DAY = date(2023, 3, 31)
YEAR = wf.year_to("2023-03")
STAFF = """
person_id  start_date  end_date    fte  role
a          2019-01-01  .           1.0  caseworker
b          2019-01-01  2022-08-31  1.0  caseworker
"""
CASES = pl.DataFrame(
    {"organisation": "council", "case_id": ["1", "2"], "child_id": ["c", "d"], "received_date": date(2022, 4, 1)}
)
HELD = pl.DataFrame(
    {"organisation": "council", "case_id": ["1", "2"], "person_id": ["a", "a"], "start_date": date(2022, 4, 2)}
)
NO_ROLES = "no roles of caseworkers are set: caseworker_roles under [casework]"
NOBODY = "nobody on record has had one of the roles of caseworkers"


@pytest.fixture
def area() -> wf.Records:
    return wf.Records(assignments=staff(STAFF).assignments, cases=CASES, allocations=HELD)


CASEWORK = {
    "caseload": lambda area, roles: wf.caseload.per_fte(area, DAY, definition="dfe", roles=roles),
    "by team": lambda area, roles: wf.caseload.per_fte(area, DAY, definition="all", roles=roles),
    "distribution": lambda area, roles: wf.caseload.distribution(area, DAY, roles=roles),
    "worker changes": lambda area, roles: wf.casework.worker_changes(area, YEAR, roles=roles),
}


@pytest.mark.parametrize("measure", CASEWORK.values(), ids=CASEWORK)
@pytest.mark.parametrize(("roles", "reason"), [((), NO_ROLES), (("porter",), NOBODY)])
def test_a_figure_of_roles_says_whether_none_are_set_or_nobody_has_one(area, measure, roles, reason):
    table = measure(area, roles)
    assert table.frame["value"].null_count() == len(table)
    assert table.reasons == (reason,)
    assert wf.release(table).result.reasons == (reason,)


def test_turnover_of_caseworkers_is_among_the_changes_of_worker_although_nobody_has_the_roles(area):
    table = wf.casework.worker_changes(area, YEAR, roles=["porter"]).frame
    assert table.filter(measure="turnover").select("definition", "value", "marker").rows() == [("average", None, "x")]


def test_without_a_limit_nobody_is_over_it_and_the_bands_are_shown(area):
    table = wf.caseload.distribution(area, DAY, limit=None, roles=["caseworker"])
    assert table.frame.filter(definition="over_limit").select("value", "marker").rows() == [(None, "x")]
    assert table.frame.filter(definition="workers")["value"].sum() == pytest.approx(100)
    assert table.reasons == ("no limit of caseloads is set: caseload_limit under [casework]",)


def test_where_no_vacancy_was_open_hiring_has_its_rows_and_the_reason():
    vacancies = pl.DataFrame({"organisation": ["council"], "opened_date": [date(2023, 6, 1)]})
    area = wf.Records(assignments=staff(STAFF).assignments, vacancies=vacancies)
    table = wf.recruitment.hiring_time(area, YEAR, stages="hire")
    assert table.frame["marker"].to_list() == ["x"] * 3
    assert table.reasons == ("no vacancy was open in these days",)
    curve = wf.recruitment.time_to_hire(area, YEAR)
    assert (len(curve), curve.reasons) == (0, ("no vacancy was open in these days",))
    assert wf.release(curve).result.reasons == curve.reasons
    steps = wf.recruitment.funnel(area, YEAR)
    assert steps.frame["value"].null_count() == len(steps)
    assert steps.reasons


def test_days_that_no_records_cover_are_the_reason():
    late = staff(STAFF, observed_from=date(2023, 3, 1), observed_to=DAY)
    table = wf.staffing.stability(late, YEAR)
    assert table.frame["marker"].to_list() == ["x"]
    assert table.reasons == ("no organisation's records cover these days",)


def test_what_nobody_is_in_has_a_reason_and_can_be_standardised():
    nobody = staff(STAFF, employment="agency", site="north", birth_date=date(1980, 1, 1))
    sick = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "start_date": [date(2023, 1, 9)]})
    area = wf.Records(assignments=nobody.assignments.with_columns(site=pl.lit("north")), absences=sick)
    fine = wf.absence.rate(area, YEAR, definition="days_per_fte", by=["site", "role"])
    whole = wf.absence.rate(area, YEAR, definition="days_per_fte", by=["role"])
    assert fine.reasons
    table = wf.stats.standardise(fine, whole, strata=["role"])
    assert table.frame["value"].null_count() == len(table)
    assert table.reasons == fine.reasons
    assert wf.stats.funnel(table).reasons == fine.reasons


def test_several_organisations_without_end_dates_are_named_in_one_sentence(tmp_path):
    bodies = "".join(
        f'[organisations.{slug}]\nname = "The {slug}"\nkind = "other"\n[[organisations.{slug}.files]]\npath = "{slug}.csv"\n'
        'table = "assignments"\ncolumns = { person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Role" }\n'
        for slug in ("council", "trust", "school")
    )
    for slug in ("council", "trust"):
        (tmp_path / f"{slug}.csv").write_text("No,Start,End,FTE,Role\n1,2020-01-01,,1,SENCO\n", encoding="utf-8")
    (tmp_path / "school.csv").write_text("", encoding="utf-8")
    settings = f'[area]\nname = "A"\nslug = "a"\nmonth = "2023-03"\nfictional = true\n{bodies}'
    (tmp_path / "area.toml").write_text(settings, encoding="utf-8")
    area = wf.load_area(tmp_path / "area.toml")
    missing = "no end dates are recorded by The council and The trust"
    assert wf.staffing.turnover(area, YEAR, definition="average").reasons == (missing,)
    assert wf.leaving.retention(area, YEAR).reasons == (missing,)
    assert wf.leaving.hazards(area, YEAR, covariates="role").reasons == (missing,)
    assert wf.leaving.compare(area, YEAR, by="role").reasons == (missing,)
    assert wf.caseload.distribution(area, DAY, roles=["porter"]).reasons == ("cases are not recorded",)


def test_leavers_whose_last_days_nobody_records_are_no_zero_among_exit_interviews(tmp_path):
    text = """[area]
name = "A"
slug = "a"
month = "2023-03"
fictional = true
[organisations.council]
name = "Council"
kind = "council"
[[organisations.council.files]]
path = "staff.csv"
table = "assignments"
columns = { person_id = "No", start_date = "Start", fte = "FTE", role = "Role" }
[[organisations.council.files]]
path = "exits.csv"
table = "exits"
columns = { person_id = "No", leaving_date = "Left", reason = "Why" }
"""
    (tmp_path / "staff.csv").write_text(
        "No,Start,FTE,Role\n1,2020-01-01,1,SENCO\n2,2020-01-01,1,SENCO\n", encoding="utf-8"
    )
    (tmp_path / "exits.csv").write_text("No,Left,Why\n2,2022-06-30,pay\n", encoding="utf-8")
    (tmp_path / "area.toml").write_text(text, encoding="utf-8")
    area = wf.load_area(tmp_path / "area.toml")
    for table in (wf.exits.reasons(area, YEAR, definition="coverage"), wf.exits.beside_records(area, YEAR)):
        assert (
            table.frame.select("numerator", "denominator", "people", "value").null_count().row(0) == (len(table),) * 4
        )
        assert "no end dates are recorded by Council" in table.reasons
