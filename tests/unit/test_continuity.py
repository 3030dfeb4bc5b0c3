"""Continuity: what comes out, its limits, what a board sees, and what is refused."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

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
    assert table.columns == ["measure", "definition", "locality", *REST]
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


def test_limits_come_from_the_spread_between_children():
    row = wf.casework.continuity(AREA, YEAR).frame.filter(pl.col("definition") == "changes").row(0, named=True)
    years = 365 / 365.25
    rate = sum(CHANGES) / (CHILDREN * years)
    spread = np.sqrt(CHILDREN / (CHILDREN - 1) * sum((c - rate * years) ** 2 for c in CHANGES)) / (CHILDREN * years)
    assert row["method"] == "between people"
    assert row["upper"] - row["value"] == pytest.approx(1.959963984540054 * spread)


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
    assert wf.casework.continuity(AREA, YEAR).reasons == ("this reason for a change of worker is not recorded",)
    both = HELD.with_columns(change_reason=pl.col("change_reason").replace("reorganised", "worker_absent"))
    assert wf.casework.continuity(wf.Records(allocations=both, cases=CASES), YEAR).reasons == ()


def test_a_column_that_nobody_has_is_refused():
    with pytest.raises(UsageError, match='no column "worker_rol"'):
        wf.casework.continuity(AREA, YEAR, by=["worker_rol"])
