"""Backlog: what comes out, what a board sees of it, and what is refused."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import REST
from workforce.errors import UsageError

DAY = date(2023, 3, 31)
REQUESTS = pl.DataFrame(
    {
        "organisation": "council",
        "case_id": [str(n) for n in range(40)],
        "child_id": [f"child {n}" for n in range(40)],
        "case_type": "ehc_assessment",
        "received_date": [date(2022, 10, 20)] * 20 + [date(2022, 6, 1)] * 3 + [date(2023, 1, 1)] * 17,
        "locality": ["north"] * 30 + ["south"] * 10,
    }
)
AREA = wf.Records(cases=REQUESTS)


def test_every_band_has_its_row_for_every_day_asked_for():
    table = wf.casework.backlog(AREA, [DAY, date(2023, 2, 28)], by=["locality"]).frame
    assert table.columns == ["measure", "definition", "locality", "band", *REST]
    counts = table.filter((pl.col("definition") == "overdue") & (pl.col("period_start") == DAY))
    assert counts.group_by("locality").len().sort("locality").rows() == [("north", 5), ("south", 5)]


def test_three_children_are_a_small_number_to_a_board():
    shown = wf.release(wf.casework.backlog(AREA, DAY), "board").frame.filter(pl.col("definition") == "overdue")
    assert shown.filter(pl.col("marker") == "c")["band"].to_list() == ["13 to 26 weeks over"]
    assert shown.filter(pl.col("band") == "up to 4 weeks over")["numerator"].item() == 20
    shares = wf.release(wf.casework.backlog(AREA, DAY), "board").frame.filter(pl.col("definition") == "share")
    assert shares["value"].item() is not None


def test_the_ages_of_few_children_are_withheld_and_those_of_many_are_not():
    table = wf.casework.backlog_age(AREA, DAY, by=["locality"])
    assert table.frame["people"].to_list() == [30, 10, 30, 10]
    assert wf.release(table, "board").frame["value"].null_count() == 0
    few = wf.casework.backlog_age(wf.Records(cases=REQUESTS.head(6)), DAY)
    assert wf.release(few, "board").frame["marker"].to_list() == ["c", "c"]


def test_the_deadline_may_be_another():
    table = wf.casework.backlog(AREA, DAY, weeks=12, over=(4,)).frame
    counts = table.filter(pl.col("definition") == "overdue")
    assert dict(counts.select("band", "numerator").rows()) == {"up to 4 weeks over": 17, "over 4 weeks over": 23}


@pytest.mark.parametrize("options", [{"over": ()}, {"over": (4, 4)}, {"over": (0, 4)}, {"weeks": 0}])
def test_bands_and_weeks_that_make_no_sense_are_refused(options):
    with pytest.raises(UsageError):
        wf.casework.backlog(AREA, DAY, **options)
