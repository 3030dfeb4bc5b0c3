"""Parts of the absence measures that no public name returns: scores, counted days, chains of periods, spread between people."""

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import drawn
from workforce import months, year_to
from workforce.measures import absence_spells
from workforce.measures.absence_records import Calendar, running
from workforce.measures.presence import chains
from workforce.stats.intervals import ratio_standard_error


def test_periods_are_dealt_into_chains_that_rise():
    mixed = [*months("2023-01", "2023-03"), year_to("2023-03"), year_to("2023-02")]
    for chain in chains(mixed):
        assert all(a.start < b.start and a.end < b.end for a, b in pairwise(chain))
    assert sorted(p for chain in chains(mixed) for p in chain) == sorted(mixed)


def test_the_calendar_counts_no_weekend_and_no_bank_holiday():
    first = date(2023, 4, 6).toordinal()  # Thursday before Easter
    calendar = Calendar.over(first, first + 6)
    days = [int(n) for n in calendar.counted]
    assert days == [0, 1, 1, 1, 1, 1, 2, 3]


def test_running_sums_need_no_place_of_their_own_for_each_step():
    assert running(np.array([1]), np.array([0]), np.array([2]), np.array([2.0]), (2, 3)).tolist() == [
        [0, 0, 0],
        [2, 2, 2],
    ]


# The Bradford factor


REFERENCE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "workforce_formulas.json"


def reference():
    if not REFERENCE.exists():
        pytest.skip("the reference cases are not beside this clone")
    return json.loads(REFERENCE.read_text())["cases"]["bradford"]


def test_the_formula_gives_every_row_of_the_reference():
    for case in reference()["rows"]:
        assert absence_spells.bradford(
            pl.Series([float(case["spells"])]).to_numpy(), pl.Series([float(case["days"])]).to_numpy()
        ).tolist() == [case["out"]]


def test_the_window_rule_is_spells_that_touch_it_and_their_days_inside(monkeypatch):
    case = reference()["window_case"]
    ours = next(r for r in case["rules"] if r["rule"] == "spells touching the window, days inside it only")
    staff = drawn("""
        organisation person_id start_date end_date fte
        council      a         2020-01-01 .        1.0
    """)
    sick = pl.DataFrame(
        [("council", "a", date.fromisoformat(first), date.fromisoformat(last)) for first, last, _ in case["spells"]],
        schema=["organisation", "person_id", "start_date", "end_date"],
        orient="row",
    )
    on = date.fromisoformat(case["as_at"])
    # Bands of one score each, about ours: the person's score is exactly it
    bands = {"below": 0, "ours": ours["B"], "above": ours["B"] + 1}
    monkeypatch.setattr(absence_spells, "SCORES", bands)
    table = wf.absence.spells(wf.Records(assignments=staff, absences=sick), wf.Period(on, on)).frame
    scored = table.filter(pl.col("definition") == "bradford").select("band", "numerator").rows()
    assert [r for r in scored if r[1]] == [("ours", 1)]


# The spread between people: nothing where everyone is alike, whatever the order of the sums


def error_of(x, y):
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return float(ratio_standard_error(len(x), (x * x).sum(), (x * y).sum(), (y * y).sum(), x.sum(), y.sum()))


@given(st.lists(st.floats(0.1, 366), min_size=2, max_size=40), st.floats(0.001, 260))
def test_where_everyone_has_the_same_rate_there_is_no_spread(exposure, rate):
    assert error_of([rate * days for days in exposure], exposure) == 0.0


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 366)), min_size=2, max_size=40))
def test_the_sums_give_what_the_residuals_give(people):
    x, y = (np.array(side, dtype=float) for side in zip(*people, strict=True))
    ratio = x.sum() / y.sum()
    n = len(people)
    plain = np.sqrt(n / (n - 1) * ((x - ratio * y) ** 2).sum()) / y.sum()
    assert error_of(x, y) == pytest.approx(plain, rel=1e-4, abs=1e-5)


def test_one_person_has_no_spread_to_tell():
    assert np.isnan(error_of([3], [10]))
