"""The order of bands and stages, wherever they are shown."""

import polars as pl
import pytest

import workforce as wf
from builders import measured, released
from workforce.present.order import in_order, place


@pytest.mark.parametrize(
    "bands",
    [
        ["up to 18 weeks", "18 to 52 weeks", "over 52 weeks"],
        ["within 20 weeks", "over 20 weeks, within a year", "over a year"],
        ["1 to 9", "10 to 14", "15 to 19", "30 or more"],
        ["under 25", "25 to 34", "55 and over", "not recorded"],
        ["9.5 to 10", "10 to 12"],
    ],
)
def test_bands_follow_their_numbers(bands):
    assert sorted(sorted(bands), key=lambda b: place(b, "band")) == bands


def test_stages_follow_one_another():
    stages = ["Decision", "Advice", "Draft", "Final", "returned"]
    assert sorted(sorted(stages), key=lambda s: place(s, "stage")) == stages


def test_what_has_no_order_of_its_own_stays_as_it_came():
    rows = [{"team": t, "band": b} for t in ("south", "north") for b in ("over 5", "1 to 5")]
    assert in_order(rows, ["team"]) == rows
    assert [(r["team"], r["band"]) for r in in_order(rows, ["team", "band"])] == [
        ("south", "1 to 5"),
        ("south", "over 5"),
        ("north", "1 to 5"),
        ("north", "over 5"),
    ]


def test_a_table_lists_its_bands_in_order():
    bands = ["13 to 26 weeks over", "over 52 weeks over", "up to 4 weeks over", "4 to 13 weeks over"]
    late = measured(
        pl.DataFrame({"band": bands, "numerator": [9.0, 10.0, 11.0, 12.0], "people": [9, 10, 11, 12]}),
        "backlog",
        "overdue",
        by=[],
    )
    html = wf.table(released({"late": late})).html
    shown = sorted(bands, key=html.index)
    assert shown == ["up to 4 weeks over", "4 to 13 weeks over", "13 to 26 weeks over", "over 52 weeks over"]
