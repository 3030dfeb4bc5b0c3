"""Arrivals and closures: what comes out, rolls up and is refused."""

from datetime import date

import polars as pl
import pytest

from workforce.errors import UsageError
from workforce.measures.casework.flow import case_flow
from workforce.measures.frame import REST
from workforce.measures.rolling.combine import combine
from workforce.periods import month, months

CASES = pl.DataFrame(
    {
        "organisation": ["council", "council", "trust"],
        "case_id": ["1", "2", "3"],
        "case_type": ["ehc_plan", "social_care", "therapy"],
        "received_date": [date(2023, 1, 1), date(2023, 3, 5), date(2023, 3, 9)],
        "closed_date": [date(2023, 3, 31), None, None],
    }
)


def test_four_counts_come_out_for_every_group_that_has_any():
    table = case_flow(CASES, month("2023-03"), by=["organisation"])
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
    table = case_flow(CASES, month("2023-03"), case_type="therapy")
    assert table.select("definition", "value").rows() == [
        ("arrivals", 1),
        ("at_end", 1),
        ("at_start", 0),
        ("closures", 0),
    ]


def test_flows_add_up_over_time_and_stocks_are_refused():
    table = case_flow(CASES, months("2023-01", "2023-03"))
    arrivals = combine(table.filter(pl.col("definition") == "arrivals"), over=("period",))
    assert arrivals["value"].item() == 3
    with pytest.raises(UsageError, match="never rolls up over time"):
        combine(table.filter(pl.col("definition") == "at_end"), over=("period",))


def test_cases_without_a_closing_day_are_open():
    table = case_flow(CASES.drop("closed_date"), month("2023-04"))
    assert table.filter(pl.col("definition") == "at_end")["value"].item() == 3


def test_a_frame_that_lacks_a_column_is_refused():
    with pytest.raises(UsageError, match="cases lacks the columns received_date"):
        case_flow(CASES.drop("received_date"), month("2023-04"))
