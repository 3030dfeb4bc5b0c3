"""One note for a page: what was withheld, how counts are rounded, and how far off a printed rate can be."""

import re
from itertools import product

import polars as pl
import pytest

import workforce as wf
from builders import measured
from workforce.errors import DisclosureError

SIDES = {"numerator": [12.0, 40.0, 3.0, 0.0], "denominator": [98.0, 400.0, 60.0, 50.0], "people": [98, 400, 60, 50]}


def page(rule, **changes):
    return wf.release(
        {"turnover": measured({"team": list("ABCD")} | SIDES | changes, "turnover", "dfe", by=["team"])}, rule
    )


def room(text):
    return float(re.search(r"off by up to ([\d.]+) percentage points", text)[1])


def test_the_note_says_what_the_marker_means_how_counts_are_rounded_and_how_far_off_a_rate_can_be():
    text = wf.words.withheld_note(page("board")).text
    assert text.startswith(
        "[c]: withheld, because few people are behind the figure (1 of 4 figures behind this page). "
    )
    assert (
        "to the nearest 5, each rounded by itself, so they need not add up; rates follow from the printed counts."
        in text
    )
    assert text.endswith("the one that is printed from 10 of 100.")


def test_no_exact_rate_is_further_off_than_the_note_says():
    released = page("board")
    widest = room(wf.words.withheld_note(released).text)
    apart = []
    for row in released.frame.filter(pl.col("value").is_not_null()).iter_rows(named=True):
        left, there = row["numerator"], row["denominator"]
        sides = product([left + n for n in range(-2, 3)] if left else [0], [there + n for n in range(-2, 3)])
        apart.append(max(abs(100 * n / d - row["value"]) for n, d in sides))
    assert max(apart) <= widest <= max(apart) + 0.7  # half a person and a tenth of a point on the safe side


def test_under_internal_no_count_is_rounded():
    text = wf.words.withheld_note(page("internal")).text
    assert text.endswith("No count is rounded.")
    assert "off by" not in text


def test_a_page_without_anything_withheld_says_only_how_it_is_rounded():
    whole = page("board", numerator=[12.0, 40.0, 30.0, 20.0])
    assert wf.words.withheld_note(whole).text.startswith("Counts of people are to the nearest 5")


def test_a_note_is_of_what_was_released():
    with pytest.raises(DisclosureError, match="not been released"):
        wf.words.withheld_note(measured({"numerator": [1.0], "people": [1]}, "headcount", "in_post"))
