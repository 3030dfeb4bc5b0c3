"""Arrivals and closures: what comes out, rolls up and is refused."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import REST
from workforce import month, months
from workforce.errors import UsageError

CASES = pl.DataFrame(
    {
        "organisation": ["council", "council", "trust"],
        "case_id": ["1", "2", "3"],
        "case_type": ["ehc_plan", "social_care", "therapy"],
        "received_date": [date(2023, 1, 1), date(2023, 3, 5), date(2023, 3, 9)],
        "closed_date": [date(2023, 3, 31), None, None],
    }
)
AREA = wf.Records(cases=CASES)


def test_four_counts_come_out_for_every_group_that_has_any():
    table = wf.casework.flow(AREA, month("2023-03"), by=["organisation"]).frame
    assert table.columns == ["measure", "definition", "organisation", *REST]
    assert table.select("definition", "organisation", "value").rows() == [
        ("arrivals", "council", 1),
        ("arrivals", "trust", 1),
        ("at_end", "council", 1),
        ("at_end", "trust", 1),
        ("at_start", "council", 1),
        ("at_start", "trust", 0),
        ("closures", "council", 1),
        ("closures", "trust", 0),
    ]


def test_one_type_alone():
    table = wf.casework.flow(AREA, month("2023-03"), case_type="therapy").frame
    assert table.select("definition", "value").rows() == [
        ("arrivals", 1),
        ("at_end", 1),
        ("at_start", 0),
        ("closures", 0),
    ]


def test_flows_add_up_over_time_and_stocks_are_refused():
    table = wf.casework.flow(AREA, months("2023-01", "2023-03"))
    arrivals = wf.combine(table.filter(pl.col("definition") == "arrivals"), over=("period",))
    assert arrivals.frame["value"].item() == 3
    with pytest.raises(UsageError, match="never rolls up over time"):
        wf.combine(table.filter(pl.col("definition") == "at_end"), over=("period",))


def test_cases_without_a_closing_day_are_open():
    table = wf.casework.flow(wf.Records(cases=CASES.drop("closed_date")), month("2023-04")).frame
    assert table.filter(pl.col("definition") == "at_end")["value"].item() == 3


def test_a_frame_that_lacks_a_column_is_refused():
    with pytest.raises(UsageError, match="cases lacks the columns received_date"):
        wf.casework.flow(wf.Records(cases=CASES.drop("received_date")), month("2023-04"))
