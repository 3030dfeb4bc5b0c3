"""No withheld count has fewer possible values than the rule says, for whoever knows the rule and can add.

The adversary is apart from the library: it sets up its own unknown numbers, those of the finest breakdown, takes the printed figures as
ranges, and asks a program in whole numbers for each value whether a withheld count can have it.
"""

from datetime import date
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

import workforce as wf
from builders import measured, withheld_rows_stay

ON = date(2023, 3, 31)
TEAMS, PLACES = ("east", "north", "south"), ("Hill", "Lea", "Vale")
CELLS = list(product(TEAMS, PLACES))
MARGINS = ((), ("team",), ("place",), ("team", "place"))
SMALL, VALUES = {"board": 7, "internal": 4}, {"board": 5, "internal": 3}


def tables(counts):
    """The cells added up by each choice of their columns."""
    cells = pl.DataFrame(
        [(t, p, float(counts[t, p])) for t, p in CELLS], schema=["team", "place", "numerator"], orient="row"
    )
    cells = cells.with_columns(
        people=pl.col("numerator").cast(pl.Int64), period_start=pl.lit(ON), period_end=pl.lit(ON)
    )
    days = ["period_start", "period_end"]
    return {
        by: measured(
            cells.group_by([*by, *days], maintain_order=True).agg(pl.col("numerator", "people").sum()),
            "headcount",
            "in_post",
            by=by,
        )
        for by in MARGINS
    }


def as_seen(printed, marker, exact, rule):
    """Between which numbers a figure lies, by what is printed; of a withheld one the reader knows whether it is small."""
    if marker == "c":
        return (1, SMALL[rule]) if 0 < exact <= SMALL[rule] else (SMALL[rule] + 1, 10_000)
    if printed == 0 or rule == "internal":
        return printed, printed
    return max(printed - 2, 8), printed + 2


def possible(row, rows):
    """Whether each value of a range is possible for one figure, by a program in whole numbers."""
    ranges = np.array([limits for _, limits in rows], dtype=float)
    matrix = np.array([cells for cells, _ in rows], dtype=float)
    own, (low, high) = rows[row]
    found = []
    for value in range(int(low), int(high) + 1):
        ranges[row] = value
        constraints = LinearConstraint(matrix, ranges[:, 0], ranges[:, 1])
        answer = milp(
            np.zeros(len(own)), integrality=np.ones(len(own)), bounds=Bounds(0, 10_000), constraints=constraints
        )
        found.append(answer.status == 0)
    return found


def longest(values):
    """The longest stretch of possible values."""
    return max((len(stretch) for stretch in "".join("y" if v else "n" for v in values).split("n")), default=0)


@pytest.mark.parametrize("rule", ["board", "internal"])
@given(
    counts=st.fixed_dictionaries({cell: st.integers(0, 14) for cell in CELLS}),
    shown=st.sets(st.sampled_from(MARGINS), min_size=1),
)
@settings(max_examples=15, deadline=None)
def test_every_withheld_count_keeps_as_many_possible_values_as_the_rule_says(rule, counts, shown):
    exact = {by: table for by, table in tables(counts).items() if by in shown}
    with withheld_rows_stay():
        page = wf.release({str(by): table for by, table in exact.items()}, rule)
    rows, small = [], []
    for by, table in exact.items():
        shown_rows = {tuple(row[c] for c in by): row for row in page[str(by)].frame.rows(named=True)}
        for before in table.frame.rows(named=True):
            after = shown_rows.get(tuple(before[c] for c in by))
            if after is None:  # what is left out says nothing
                continue
            cells = [all(dict(zip(("team", "place"), cell, strict=True))[c] == before[c] for c in by) for cell in CELLS]
            limits = as_seen(after["numerator"], after["marker"], before["numerator"], rule)
            if after["marker"] == "c" and 0 < before["numerator"] <= SMALL[rule]:
                small.append(len(rows))
            rows.append((cells, limits))
    for row in small:
        assert longest(possible(row, rows)) >= VALUES[rule]


@pytest.mark.parametrize(("rule", "left_out"), [("board", True), ("internal", False)])
def test_seven_small_months_of_a_small_year_are_left_out(rule, left_out):
    """Each is at least one, so that a year of at most seven tells all of them; under `internal` the year of seven takes others with it."""
    months = wf.months_to("2023-03", 12)
    counts = [1.0] * 7 + [0.0] * 5
    frame = pl.DataFrame({"numerator": counts, "people": [int(n) for n in counts]})
    days = {"period_start": [m.start for m in months], "period_end": [m.end for m in months]}
    by_month = measured(frame.with_columns(**{c: pl.Series(v) for c, v in days.items()}), "leavers", "left", by=[])
    year = wf.year_to("2023-03")
    total = frame.sum().with_columns(period_start=pl.lit(year.start), period_end=pl.lit(year.end))
    with withheld_rows_stay():
        page = wf.release({"months": by_month, "year": measured(total, "leavers", "left", by=[])}, rule)
    assert page["months"].frame.is_empty() == left_out
    if left_out:
        assert page["months"].result.reasons == ("figures of few people could be worked out from it",)


def test_a_flow_between_two_levels_is_protected_also_where_counts_are_rounded():
    """Received = open after - open before + closed: two equal levels and ten closed leave four values for a withheld one."""
    month = wf.month("2023-02")
    days = {"period_start": month.start, "period_end": month.end}

    def of(definition, number):
        return measured(
            pl.DataFrame({**days, "numerator": [float(number)], "people": [number]}), "case_flow", definition, by=[]
        )

    page = wf.release(
        {
            "before": of("at_start", 22),
            "received": of("arrivals", 6),
            "closed": of("closures", 8),
            "after": of("at_end", 20),
        },
        "board",
    )
    shown = {name: table["numerator"].item() for name, table in page.tables.items() if len(table)}
    assert shown.get("received") is None
    assert sum(figure is None for figure in shown.values()) + 4 - len(shown) >= 2
