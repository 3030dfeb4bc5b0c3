"""Continuity: what comes out, its limits, what a board sees, and what is refused."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

import workforce as wf
from builders import REST
from workforce import financial_year
from workforce.errors import UsageError

YEAR = financial_year("2022-23")
CHILDREN = 12
CASES = pl.DataFrame(
    {
        "organisation": "council",
        "case_id": [str(n) for n in range(CHILDREN)],
        "child_id": [f"child {n}" for n in range(CHILDREN)],
        "received_date": date(2022, 4, 1),
        "locality": ["north"] * 9 + ["south"] * 3,
    }
)


def held_of(changes):
    """Each child's case with so many changes of worker, a month apart."""
    return pl.DataFrame(
        [
            {
                "organisation": "council",
                "case_id": str(case),
                "person_id": f"w{step}",
                "start_date": date(2022, 4, 1) + timedelta(days=30 * step),
                "end_date": None if step == count else date(2022, 4, 1) + timedelta(days=30 * step + 29),
                "worker_role": "caseworker",
                "change_reason": "worker_left" if step % 2 == 0 else "reorganised",
            }
            for case, count in enumerate(changes)
            for step in range(count + 1)
        ]
    )


CHANGES = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3]
HELD = held_of(CHANGES)
AREA = wf.Records(allocations=HELD, cases=CASES)


def test_four_definitions_come_out():
    table = wf.casework.continuity(AREA, YEAR, by=["locality"]).frame
    assert table.columns == ["measure", "definition", "locality", *REST, "variance", "largest", "units"]
    whole = {
        d: (n, m)
        for d, n, m in wf.casework.continuity(AREA, YEAR).frame.select("definition", "numerator", "denominator").rows()
    }
    assert whole["changes"] == (13, pytest.approx(CHILDREN * 365 / 365.25))
    assert whole["three_or_more"] == (4, 12)
    assert whole["worker_left"] == (
        9,
        13,
    )  # the first, and the third, change of a child followed an even-numbered worker
    assert whole["worker_absent"] == (None, None)  # nobody ever records it


def caseload_of(workers, children, leavers):
    """Workers with so many children each; the first leave at the end of September, and the last takes their children."""
    rows = []
    for worker in range(workers):
        for child in range(children):
            row = {"case_id": f"{worker}-{child}", "start_date": date(2021, 4, 1), "person_id": f"w{worker}"}
            end = date(2022, 9, 30) if worker < leavers else None
            rows.append({**row, "end_date": end, "change_reason": "worker_left" if end else None})
            if worker < leavers:
                heir = {"person_id": f"w{workers - 1}", "start_date": date(2022, 10, 1)}
                rows.append({**row, **heir, "end_date": None, "change_reason": None})
    allocations = pl.DataFrame(rows, infer_schema_length=None).with_columns(organisation=pl.lit("o"))
    cases = allocations.select("organisation", "case_id", child_id="case_id", received_date=pl.lit(date(2021, 1, 1)))
    return wf.Records(
        allocations=allocations.with_columns(worker_role=pl.lit("caseworker")), cases=cases.unique("case_id")
    )


def changes_row(area):
    return wf.casework.continuity(area, YEAR).frame.filter(pl.col("definition") == "changes").row(0, named=True)


def test_limits_come_from_the_spread_between_workers():
    row = changes_row(caseload_of(workers=10, children=5, leavers=1))
    # 50 child-years, 5 changes: all of one worker, who had the children for half a year, and whose heir had ten for the other half.
    years = np.array([183.0, *[365.0] * 8, 365.0 + 182.0]) * 5 / 365.25
    changes = np.array([5.0, *[0.0] * 9])
    residuals = changes - changes.sum() / years.sum() * years
    variance = 10 / 9 * (residuals**2).sum() / years.sum() ** 2
    assert (row["numerator"], row["denominator"]) == (5, pytest.approx(years.sum()))
    assert (row["variance"], row["units"]) == (pytest.approx(variance), 10)
    assert row["largest"] == pytest.approx(10 / years.sum())  # the heir's ten children
    value, w = 5 / years.sum(), 10 / years.sum()
    lower = variance / (2 * value) * chi2.ppf(0.025, 2 * value**2 / variance)
    wider = variance + w**2
    upper = wider / (2 * (value + w)) * chi2.ppf(0.975, 2 * (value + w) ** 2 / wider)
    assert (row["lower"], row["upper"]) == (pytest.approx(lower), pytest.approx(upper))
    assert row["method"] == "gamma, by worker"


def test_a_year_in_which_nobody_left_keeps_a_wide_upper_limit():
    row = changes_row(caseload_of(workers=10, children=5, leavers=0))
    assert (row["value"], row["lower"]) == (0.0, 0.0)
    assert row["upper"] == pytest.approx(
        -np.log(0.025) * 5 / row["denominator"]
    )  # as if a caseload came once in 3.7 years


def test_fewer_than_eight_workers_have_no_limits_and_the_reason_is_given():
    area = caseload_of(workers=7, children=5, leavers=1)
    row = changes_row(area)
    assert (row["lower"], row["upper"], row["method"]) == (None, None, "none")
    assert "95% limits need 8 workers or more behind the figure" in wf.casework.continuity(area, YEAR).reasons


def test_three_children_are_withheld_from_a_board():
    shown = wf.release(wf.casework.continuity(AREA, YEAR, by=["locality"]), "board").frame
    south = shown.filter(pl.col("locality") == "south")
    assert dict(south.select("definition", "marker").rows()) == {
        "changes": "c",
        "three_or_more": "c",
        "worker_absent": "x",  # nobody ever records it
        "worker_left": "c",
    }


def test_groups_never_roll_up_because_a_child_may_be_in_two():
    with pytest.raises(UsageError, match="never rolls up over groups"):
        wf.combine(wf.casework.continuity(AREA, YEAR, by=["locality"]), over=["locality"])


def test_lazy_frames_are_taken_and_optional_columns_may_be_absent():
    bare = HELD.select("organisation", "case_id", "person_id", "start_date")
    table = wf.casework.continuity(wf.Records(allocations=bare.lazy(), cases=CASES.lazy()), YEAR).frame
    assert table.filter(pl.col("definition") == "changes")["numerator"].item() == 13
    assert table.filter(pl.col("definition") == "worker_left")["marker"].item() == "x"


def test_one_worker_throughout_is_no_change():
    table = wf.casework.continuity(wf.Records(allocations=held_of([0] * CHILDREN), cases=CASES), YEAR).frame
    assert table.select("definition", "numerator").rows()[:2] == [("changes", 0), ("three_or_more", 0)]


def test_where_no_allocation_is_recorded_nothing_is_said_of_changes():
    table = wf.casework.continuity(wf.Records(allocations=HELD.clear(), cases=CASES), YEAR)
    assert table.frame.select("definition", "numerator", "marker").rows() == [
        ("changes", None, "x"),
        ("three_or_more", None, "x"),
        ("worker_absent", None, "x"),
        ("worker_left", None, "x"),
    ]
    assert table.reasons == ("allocations of cases are not recorded",)


def test_a_reason_that_nobody_records_is_said_to_be_missing():
    few_workers = "95% limits need 8 workers or more behind the figure"
    assert set(wf.casework.continuity(AREA, YEAR).reasons) == {
        "this reason for a change of worker is not recorded",
        few_workers,
    }
    both = HELD.with_columns(change_reason=pl.col("change_reason").replace("reorganised", "worker_absent"))
    assert wf.casework.continuity(wf.Records(allocations=both, cases=CASES), YEAR).reasons == (few_workers,)


def test_a_column_that_nobody_has_is_refused():
    with pytest.raises(UsageError, match='no column "worker_rol"'):
        wf.casework.continuity(AREA, YEAR, by=["worker_rol"])
