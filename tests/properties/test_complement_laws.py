"""No withheld figure can be had from those that are shown, by whoever adds and subtracts.

The adversary of these laws is apart from the library: it knows which cells of the finest breakdown each shown figure adds up, and asks by
ranks of matrices whether a withheld figure is a sum of shown ones.
"""

from datetime import date
from itertools import combinations, product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce as wf
from builders import measured, withheld_rows_stay

ON = date(2023, 3, 31)
TEAMS, PLACES = ("east", "north", "south", "west"), ("Hill", "Lea", "Vale")
CELLS = list(product(TEAMS, PLACES))
MARGINS = ((), ("team",), ("place",), ("team", "place"))


@pytest.fixture(autouse=True, scope="module")
def every_row():
    """What is withheld of a small table is looked at row by row; a page leaves such a table out."""
    with withheld_rows_stay():
        yield


def counted(counts, by, measure, definition):
    """The cells added up by some of their columns, as a measure table."""
    frame = pl.DataFrame(
        [(team, place, float(counts[team, place])) for team, place in CELLS],
        schema=["team", "place", "numerator"],
        orient="row",
    ).with_columns(people=pl.col("numerator").cast(pl.Int64), period_start=pl.lit(ON), period_end=pl.lit(ON))
    kept = [*by, "period_start", "period_end"]
    sides = frame.group_by(kept, maintain_order=True).agg(pl.col("numerator", "people").sum())
    return measured(sides, measure, definition, by=by)


def vector(row, by):
    """Which cells of the finest breakdown a figure adds up."""
    return [float(all(dict(zip(("team", "place"), cell, strict=True))[c] == row[c] for c in by)) for cell in CELLS]


def told(shown, small):
    """The withheld small figures that follow from shown ones."""
    known = np.array(
        [vector(row, by) for by, table in shown.items() for row in table.rows(named=True) if row["marker"] != "c"]
    )
    rank = np.linalg.matrix_rank(known) if len(known) else 0
    found = []
    for by, row in small:
        more = np.vstack([known, vector(row, by)]) if len(known) else np.array([vector(row, by)])
        if np.linalg.matrix_rank(more) == rank:
            found.append((by, [row[c] for c in by]))
    return found


counts = st.fixed_dictionaries({cell: st.integers(0, 30) for cell in CELLS})


@given(counts, st.sets(st.sampled_from(MARGINS), min_size=1))
@settings(max_examples=150, deadline=None)
def test_no_withheld_headcount_is_a_sum_of_shown_ones(drawn, margins):
    tables = {by: counted(drawn, by, "headcount", "in_post") for by in sorted(margins)}
    page = wf.release({str(by): table for by, table in tables.items()}, "internal")
    shown = {by: page[str(by)].frame for by in tables}
    exact = [(by, row) for by, table in tables.items() for row in table.frame.rows(named=True)]
    small = [(by, row) for by, row in exact if 0 < row["numerator"] < 5]
    for by, row in small:
        same = shown[by].filter([pl.col(c) == row[c] for c in by]) if by else shown[by]
        assert same["marker"].to_list() == ["c"]
    assert told(shown, small) == []


@given(counts)
@settings(max_examples=50, deadline=None)
def test_nothing_is_withheld_beside_where_nobody_is_few(drawn):
    many = {cell: 10 + count for cell, count in drawn.items()}
    page = wf.release({str(by): counted(many, by, "headcount", "in_post") for by in MARGINS}, "internal")
    assert all(page[str(by)].frame["marker"].null_count() == page[str(by)].frame.height for by in MARGINS)


@given(counts, st.permutations(CELLS))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_rows_changes_nothing(drawn, order):
    by_team = counted(drawn, ("team", "place"), "headcount", "in_post")
    total = counted(drawn, (), "headcount", "in_post")
    place = pl.DataFrame(order, schema=["team", "place"], orient="row").with_row_index("n")
    mixed = by_team._with(by_team.frame.join(place, on=["team", "place"]).sort("n").drop("n"))
    keys = ["team", "place"]
    one = wf.release({"cells": by_team, "total": total}, "internal")["cells"].frame.sort(keys)
    other = wf.release({"cells": mixed, "total": total}, "internal")["cells"].frame.sort(keys)
    assert one.equals(other)


def days_lost(places):
    """Days lost by place: days, FTE, people."""
    sides = pl.DataFrame(places, schema=["place", "numerator", "denominator", "people"], orient="row").with_columns(
        period_start=pl.lit(date(2022, 4, 1)), period_end=pl.lit(ON)
    )
    own = measured(sides, "absence", "days_per_fte", by=["place"])
    keys = ["period_start", "period_end"]
    whole = measured(
        sides.group_by(keys).agg(pl.col("numerator", "denominator", "people").sum()), "absence", "days_per_fte", by=[]
    )
    return {"by place": own, "everyone": whole}


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_the_days_of_a_place_of_three_are_not_what_is_left_of_the_total(rule):
    places = [("Hill", 900.0, 80.0, 90), ("Isle", 40.0, 2.5, 3), ("Lea", 300.0, 25.0, 30), ("Vale", 700.0, 60.0, 70)]
    page = wf.release(days_lost(places), rule)
    marks = dict(page["by place"].frame.select("place", "marker").iter_rows())
    assert marks == {"Hill": None, "Isle": "c", "Lea": "c", "Vale": None}  # and the smallest of the others with it
    assert page["everyone"].frame["numerator"].item() == 1940.0


def test_headcounts_rounded_to_five_need_no_second_one_withheld():
    few = dict.fromkeys(CELLS, 40) | {CELLS[0]: 3}
    page = wf.release({str(by): counted(few, by, "headcount", "in_post") for by in ((), ("team", "place"))}, "board")
    assert page[str(("team", "place"))].frame["marker"].to_list().count("c") == 1


def test_a_ladder_climbs_where_the_second_one_withheld_makes_it_too_many():
    """Of four places one is small: a quarter is withheld, and with the next smallest a half; the merged places show all."""
    places = [("Hill", 900.0, 80.0, 90), ("Isle", 40.0, 2.5, 3), ("Lea", 300.0, 25.0, 30), ("Vale", 700.0, 60.0, 70)]
    fine, merged = (
        days_lost(places),
        days_lost([("Hill", 900.0, 80.0, 90), ("Lea and Isle", 340.0, 27.5, 33), places[3]]),
    )
    ladder = {"by place": fine["by place"], "with the smallest places together": merged["by place"]}
    page = wf.release({"places": ladder, "everyone": fine["everyone"]}, "board")
    assert page["places"].frame["place"].to_list() == ["Hill", "Lea and Isle", "Vale"]
    assert (
        page["places"].note == "Shown with the smallest places together: by place, too many figures would be withheld."
    )


def test_the_same_days_under_another_definition_do_not_tell_them():
    """A ratio of days lost to days expected shows the days lost, too."""
    places = [("Hill", 900.0, 80.0, 90), ("Isle", 40.0, 2.5, 3), ("Lea", 300.0, 25.0, 30), ("Vale", 700.0, 60.0, 70)]
    tables = days_lost(places)
    expected = (
        tables["by place"]
        .frame.select("place", "period_start", "period_end", "numerator", "people")
        .with_columns(denominator=pl.Series([850.0, 30.0, 310.0, 720.0]))
    )
    page = wf.release(tables | {"fair": measured(expected, "absence", "days_per_fte_indirect", by=["place"])}, "board")
    for name in ("by place", "fair"):
        assert dict(page[name].frame.select("place", "marker").iter_rows())["Lea"] == "c"


def test_partner_tables_keep_their_exact_counts():
    """What partners hand each other at or above the agreed size is controlled once, after it is put together."""
    few = dict.fromkeys(CELLS, 40) | {CELLS[0]: 3}
    page = wf.release({str(by): counted(few, by, "headcount", "in_post") for by in ((), ("team", "place"))}, "partner")
    assert page[str(("team", "place"))].frame["marker"].to_list().count("c") == 1


@given(st.lists(st.integers(0, 40), min_size=12, max_size=12))
@settings(max_examples=40, deadline=None)
def test_a_withheld_month_is_not_what_is_left_of_its_year(left):
    """By its own months: what is shown of them and of the year leaves at least two of the withheld ones open."""
    staff = pl.DataFrame({"numerator": [float(n) for n in left], "people": left})
    monthly = measured(
        staff.with_columns(
            period_start=pl.Series([p.start for p in wf.months_to("2023-03", 12)]),
            period_end=pl.Series([p.end for p in wf.months_to("2023-03", 12)]),
        ),
        "leavers",
        "left",
        by=[],
    )
    year = wf.year_to("2023-03")
    total = measured(
        staff.sum().with_columns(period_start=pl.lit(year.start), period_end=pl.lit(year.end)), "leavers", "left", by=[]
    )
    page = wf.release({"months": monthly, "year": total}, "internal")
    withheld = [n for n, marker in zip(left, page["months"].frame["marker"], strict=True) if marker == "c"]
    if page["months"].frame.is_empty():  # seven of 1 to 4 and a year of 7 would be seven ones
        return
    assert {n for n in left if 0 < n < 5} <= set(withheld)
    if page["year"].frame["marker"].item() is None:
        assert len(withheld) != 1


def keep_three_values(gave, withheld):
    """Whether each small one of some bands, and what is left of each, keeps three values of 1 to 4, given all others and the sum."""
    ranges = {}
    for n in withheld:
        low, high = (1, 4) if gave[n] < 5 else (5, sum(gave))
        if 0 < sum(gave) - gave[n] < 5:  # what is left is few, which the mark says
            low, high = max(low, sum(gave) - 4), min(high, sum(gave) - 1)
        ranges[n] = low, high
    left = sum(gave[n] for n in withheld)
    for n, (low, high) in ranges.items():
        others = [limits for other, limits in ranges.items() if other != n]
        possible = (
            min(high, left - sum(least for least, _ in others)) - max(low, left - sum(most for _, most in others)) + 1
        )
        if (gave[n] < 5 or 0 < sum(gave) - gave[n] < 5) and possible < 3:
            return False
    return True


def fewest_withheld(gave, few):
    """How many bands the smallest choice has that keeps the small ones three values; all of them do: then no row shows the sum."""
    others = [n for n, count in enumerate(gave) if count and n not in few]
    sets = (few | set(more) for size in range(len(others) + 1) for more in combinations(others, size))
    return next((len(chosen) for chosen in sets if keep_three_values(gave, chosen)), len(few) + len(others))


@given(st.lists(st.integers(0, 30), min_size=3, max_size=8))
@settings(max_examples=80, deadline=None)
def test_of_shares_that_add_up_a_small_one_takes_one_other_and_not_the_whole_group(gave):
    """Each plan took one of the times, so that the bands add up to how many were issued, which stands beside each of them."""
    bands = [f"band {n}" for n in range(len(gave))]
    frame = pl.DataFrame({"band": bands, "numerator": [float(n) for n in gave]}).with_columns(
        denominator=pl.lit(float(sum(gave))),
        people=pl.lit(sum(gave), pl.Int64),
        period_start=pl.lit(date(2022, 4, 1)),
        period_end=pl.lit(ON),
    )
    shown = wf.release(measured(frame, "timeliness_bands", "dfe", by=[]), "internal").frame
    withheld = {row["band"] for row in shown.rows(named=True) if row["marker"] == "c"}
    few = {band for band, n in zip(bands, gave, strict=True) if 0 < n < 5 or 0 < sum(gave) - n < 5}
    if shown.is_empty():  # the marks alone would tell: so many of so few
        assert few
        return
    assert few <= withheld
    if few and sum(gave) >= 5:  # below, the group itself is few
        assert len(withheld) != 1 or sum(1 for n in gave if n) == 1
        assert len(withheld) == fewest_withheld(gave, {bands.index(band) for band in few})
