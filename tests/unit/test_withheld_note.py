"""One note for a page: what was withheld, how counts are rounded, and how far off a printed rate can be."""

import pytest

import workforce as wf
from builders import measured
from workforce.errors import DisclosureError

SIDES = {"numerator": [12.0, 40.0, 3.0, 0.0], "denominator": [98.0, 400.0, 60.0, 50.0], "people": [98, 400, 60, 50]}


def page(rule, **changes):
    return wf.release(
        {"turnover": measured({"team": list("ABCD")} | SIDES | changes, "turnover", "dfe", by=["team"])}, rule
    )


def test_the_note_says_what_the_marker_means_how_counts_are_rounded_and_how_far_off_a_rate_can_be():
    text = wf.words.withheld_note(page("board")).text
    assert text.startswith(
        "[c]: withheld, because few people are behind the figure (1 of 4 figures behind this page). "
    )
    assert (
        "to the nearest 5, each rounded by itself, so they need not add up; rates follow from the printed counts."
        in text
    )
    assert text.endswith("(at most 2 off) or as the range in which it lies.")


@pytest.mark.parametrize("numerator", range(8, 400, 7))
def test_no_exact_rate_is_further_off_than_the_note_says(numerator):
    off = {0.5: 0.6, 1.0: 2.0}
    denominators = [400.0, 900.0, 2500.0, 9000.0]
    released = page("board", numerator=[float(numerator)] * 4, denominator=denominators, people=[1000] * 4)
    for row, denominator in zip(released.frame.iter_rows(named=True), denominators, strict=True):
        exact = 100 * numerator / denominator
        if row["printed_high"] is not None:
            assert row["printed_low"] <= exact <= row["printed_high"]
        else:
            assert abs(exact - row["value"]) <= off[row["printed_step"]]


def test_under_internal_no_count_is_rounded():
    text = wf.words.withheld_note(page("internal")).text
    assert text.endswith("No count is rounded.")
    assert "a rate in %" not in text.lower()


def test_a_page_without_anything_withheld_says_only_how_it_is_rounded():
    whole = page("board", numerator=[12.0, 40.0, 30.0, 20.0])
    assert wf.words.withheld_note(whole).text.startswith("Counts of people and cases are to the nearest 5")


def test_a_note_is_of_what_was_released():
    with pytest.raises(DisclosureError, match="not been released"):
        wf.words.withheld_note(measured({"numerator": [1.0], "people": [1]}, "headcount", "in_post"))
