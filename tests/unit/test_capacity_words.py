"""What a queue needs, in sentences that follow from the released table."""

import polars as pl
import pytest

import workforce as wf
from builders import measured, released, stacked
from workforce import calendar_year
from workforce.errors import DisclosureError, UsageError

YEAR = calendar_year("2022")
BUSY = {"arrivals": [30.0] * 52, "removals": [25.0] * 52, "target_wait": 12.0, "waiting": 400.0, "mean_wait": 9.0}


SIMULATED = {
    "months_ahead": 6.0,
    "posts": 7.0,
    "posts_tried": 40.0,
    "cleared_as_now": 120.0,
    "cleared": 540.0,
    "cleared_with_one_fewer": 480.0,
    "left": (88.0, 60.0, 140.0),
    "follows_staff": (50.0, 25.0, 100.0),
}


def simulated(staff, **change):
    """The figures of further posts, as `capacity` makes them of paths."""
    rows = []
    for name, figure in {**SIMULATED, **change}.items():
        value, lower, upper = figure if isinstance(figure, tuple) else (figure, None, None)
        is_share = name.startswith("cleared")
        is_count = name not in {"left", "follows_staff"}
        sides = {
            "numerator": [value if is_count else None],
            "denominator": [1_000.0 if is_share else None if is_count else float(staff)],
            "value": [None if is_count else value],
            "people": [staff],
            "marker": ["z" if value is None else None],
        }
        kinds = {
            **dict.fromkeys(("numerator", "denominator", "value"), pl.Float64),
            "people": pl.Int64,
            "marker": pl.String,
        }
        dated = pl.DataFrame(sides, schema=kinds).with_columns(
            period_start=pl.lit(YEAR.start), period_end=pl.lit(YEAR.end)
        )
        table = measured(dated, "queue", name, by=[])
        rows.append(
            table._with(table.frame.with_columns(lower=pl.lit(lower, pl.Float64), upper=pl.lit(upper, pl.Float64)))
        )
    return rows


def said(rule="internal", *, people=400, staff=12, called="referrals", is_simulated=True, **change):
    given = {name: change.pop(name) for name in list(change) if name in SIMULATED}
    table = wf.forecast.queue(**{**BUSY, **change}).table(YEAR, people=people)
    whole = stacked([table, *simulated(staff, **given)]) if is_simulated else table
    return wf.words.capacity_sentence(wf.release(whole, rule), called=called).text


def test_everything_that_is_asked_of_a_queue_is_said():
    assert said() == (
        "On 31 December 2022, 400 referrals were waiting. In the year before, 30.0 a week were added and 25.0 a week were cleared "
        "(1.20 added for each one cleared). The pressure on the queue is 1.50; at 1 it keeps the target wait. To keep nearly all waits "
        "within 12 weeks, the queue should be at most 90. To reduce it to that by 30 June 2023, 41.9 a week would have to be cleared, "
        "16.9 a week more than now. 7 further posts are the smallest number with which that is likely: filled as fast as vacancies "
        "are, they bring 54% of the simulated paths down to it by then; one fewer, 48%. In the months that the paths are fitted to, a "
        "tenth more staff has gone with about 5% (2% to 10%) more closings of as many cases."
    )


def test_posts_that_do_not_do_it_are_said_with_what_is_left():
    text = said(posts=None, cleared=5.0, cleared_with_one_fewer=None, left=(120.0, 95.0, 150.0))
    assert (
        "No number of further posts up to 40 is likely to do it: with 40, filled as fast as vacancies are, under 1% of the simulated "
        "paths are down to it by then, and about 120 (95 to 150 on 95% of the paths) would be left." in text
    )


def test_where_nothing_has_to_be_done_no_post_is_asked_for():
    text = said(posts=0.0, cleared=700.0, cleared_with_one_fewer=None)
    assert (
        "No further post is needed for it to be likely: 70% of the simulated paths are down to it by then as things are."
        in text
    )
    assert "1 further post is the smallest number" in said(posts=1.0)


def test_a_queue_of_which_nothing_was_simulated_says_nothing_of_posts():
    assert "post" not in said(is_simulated=False)


def test_a_queue_within_twice_its_target_says_so():
    assert "The queue is no more than twice that." in said(waiting=100.0)


def test_a_queue_that_comes_down_by_itself_says_so():
    assert "41.9 a week would have to be cleared, which the present pace exceeds." in said(removals=[60.0] * 52)


def test_few_people_are_not_hinted_at():
    assert said("board", waiting=5.0, people=5) == (
        "How many referrals are waiting is not shown: withheld, because few people are behind the figures."
    )
    text = said("board", staff=4)
    assert "How many further posts would do it: withheld" in text
    assert "simulated" not in text


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
