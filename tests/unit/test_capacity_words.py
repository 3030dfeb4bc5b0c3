"""What a queue needs, in sentences that follow from the released table."""

import polars as pl
import pytest

import workforce as wf
from builders import released, stacked
from workforce import calendar_year
from workforce.errors import DisclosureError, UsageError

YEAR = calendar_year("2022")
BUSY = {"arrivals": [30.0] * 52, "removals": [25.0] * 52, "target_wait": 12.0, "waiting": 400.0, "mean_wait": 9.0}


def said(rule="internal", *, people=400, staff=12, called="referrals", **change):
    chosen = {"fte": 10.0, "absence_rate": 0.05, "leavers": 20.0, **change}
    working = {name: chosen.pop(name) for name in ("fte", "absence_rate", "leavers")}
    of_posts = None if working["fte"] is None else wf.forecast.QueueStaff(**working)
    table = wf.forecast.queue(**{**BUSY, "staff": of_posts, **chosen}).table(YEAR, people=people, staff=staff)
    return wf.words.capacity_sentence(wf.release(table, rule), called=called).text


def test_everything_that_is_asked_of_a_queue_is_said():
    assert said() == (
        "On 31 December 2022, 400 referrals were waiting. In the year before, 30.0 a week were added and 25.0 a week were cleared "
        "(1.20 added for each one cleared). The pressure on the queue is 1.50; at 1 it keeps the target wait. To keep nearly all waits "
        "within 12 weeks, the queue should be at most 90, and 30.0 a week would have to be cleared to keep it there. To reduce it to "
        "that by 1 July 2023, 41.9 a week would have to be cleared, 16.9 a week more than now. Any one of these would do it: 7 more "
        "full-time posts, filled from the first week and each clearing as many as one does now; keeping 14 people who would otherwise "
        "leave; 19.1 fewer new cases a week. Less sickness alone would not."
    )


def test_a_lever_that_cannot_do_it_alone_is_said_to_be_one():
    assert "keeping leavers alone would not" in said(leavers=3.0)
    assert "Less sickness and keeping leavers alone" in said(leavers=3.0)
    assert said(absence_rate=0.6).count("working days of sickness avoided") == 1


def test_one_lever_is_not_called_several():
    text = said(fte=None)
    assert "This alone would do it: 19.1 fewer new cases a week" in text
    assert "More posts, less sickness and keeping leavers alone would not" in text


def test_a_queue_that_needs_nothing_cleared_says_so():
    assert said(waiting=100.0).endswith("The queue is no more than twice that, so nothing more has to be cleared.")


def test_a_queue_that_comes_down_by_itself_says_so():
    assert said(removals=[60.0] * 52).endswith(
        "To reduce it to that by 1 July 2023, 41.9 a week would have to be cleared, which the present pace exceeds."
    )


def test_few_people_are_not_hinted_at():
    assert said("board", waiting=5.0, people=5) == (
        "How many referrals are waiting is not shown: withheld, because few people are behind the figures."
    )
    text = said("board", staff=4)
    assert "posts" not in text.split("Any one of")[-1].split(".")[0]
    assert "More posts and keeping leavers: withheld, because few people are behind the figure." in text


def test_less_than_one_is_not_none():
    text = said(waiting=182.0, removals=[33.4] * 52)
    assert "less than 1 more full-time post," in text


def test_what_is_not_the_table_of_a_queue_is_refused():
    table = wf.forecast.queue(**BUSY).table(YEAR, people=400)
    with pytest.raises(DisclosureError, match="not been released"):
        wf.words.capacity_sentence(table)
    with pytest.raises(UsageError, match="not the table of one queue"):
        wf.words.capacity_sentence(released(stacked([table, table])))
    with pytest.raises(UsageError, match="not the table of one queue"):
        wf.words.capacity_sentence(released(table.filter(pl.col("definition").is_in(["waiting", "arrivals", "load"]))))
    assert wf.words.capacity_sentence(released(table.filter(pl.lit(value=False)))).text == (
        "How many cases are waiting is not shown: the records have no data for it."
    )
