"""Changes of worker beside turnover: what comes out, and what is refused."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import workforce as wf
from builders import REST, casework
from workforce import financial_year, span_to
from workforce.errors import UsageError

YEAR = financial_year("2022-23")
ROLES = ["caseworker"]
STAFF = pl.DataFrame(
    {
        "organisation": "council",
        "person_id": ["a", "b"],
        "start_date": date(2020, 1, 1),
        "end_date": [date(2022, 8, 31), None],
        "fte": 1.0,
        "role": "caseworker",
        "team": "x",
    }
)
CASES = pl.DataFrame(
    {"organisation": "council", "case_id": ["1"], "child_id": ["c"], "received_date": [date(2022, 4, 1)]}
)
HELD = pl.DataFrame(
    {
        "organisation": "council",
        "case_id": ["1", "1"],
        "person_id": ["a", "b"],
        "start_date": [date(2022, 4, 1), date(2022, 9, 1)],
        "end_date": [date(2022, 8, 31), None],
        "change_reason": ["worker_left", None],
    }
)
AREA = casework(HELD, CASES, STAFF)


def test_turnover_and_changes_come_out_as_one_table():
    table = wf.casework.worker_changes(AREA, YEAR, roles=ROLES, by=["team"]).frame
    assert table.columns == ["measure", "definition", "team", *REST, "provisional", "variance", "largest", "units"]
    assert table.select("measure", "definition").rows() == [
        ("turnover", "average"),
        *(("worker_changes", d) for d in ("agency_left", "employee_left", "per_leaver", "rate", "worker_absent")),
    ]


def test_turnover_alone_is_annualised():
    three = wf.casework.worker_changes(AREA, span_to("2023-03", 3), roles=ROLES, annualised=True).frame
    assert three.select("definition", "unit").rows()[0] == ("average", "% a year")
    assert dict(three.select("definition", "value").rows())["per_leaver"] == 1.0


def test_staff_without_a_kind_of_employment_are_employees():
    table = wf.casework.worker_changes(AREA, YEAR, roles=ROLES).frame
    assert table.filter(pl.col("definition") == "employee_left")["numerator"].item() == 1


def test_lazy_frames_give_the_same_figures():
    assert_frame_equal(
        wf.casework.worker_changes(casework(HELD.lazy(), CASES.lazy(), STAFF.lazy()), YEAR, roles=ROLES).frame,
        wf.casework.worker_changes(AREA, YEAR, roles=ROLES).frame,
    )


def test_roles_that_nobody_has_leave_no_figure():
    table = wf.casework.worker_changes(AREA, YEAR, roles=["SENCO"]).frame
    assert table.filter(pl.col("value") > 0).is_empty()


def test_a_column_that_the_staff_lack_is_refused():
    with pytest.raises(UsageError, match='no column "teem"'):
        wf.casework.worker_changes(AREA, YEAR, roles=ROLES, by=["teem"])


def test_staff_without_roles_are_refused():
    with pytest.raises(UsageError, match="assignments lacks the columns role"):
        wf.casework.worker_changes(casework(HELD, CASES, STAFF.drop("role")), YEAR, roles=ROLES)
