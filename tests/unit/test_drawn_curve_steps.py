"""The steps of a curve as they are drawn, read back from the SVG and counted against the spells."""

import json
import re
from itertools import pairwise

import polars as pl
import pytest

from workforce import chart, release, stats

YEAR, WIDTH = 365.25, 600.0
HUNDREDTHS = 0.03  # of a pixel, to which the paths are written
PATH = re.compile(r'<path d="(M[^"Z]*)"[^>]*>')


def spells(people=400, longest=2300):
    return pl.DataFrame(
        {
            "entry": 0,
            "exit": [1 + (n * 37) % longest for n in range(people)],
            "event": [n % 3 > 0 for n in range(people)],
            "cause": [["nhs", "other_sector", None][n % 3] for n in range(people)],
        }
    )


def units_across(figure) -> int:
    """How many years there are from the left to the right of the plot."""
    assert figure.spec["width"] == WIDTH
    domains = {int(n) for n in re.findall(r'"domain": \[0, (\d+)\]', json.dumps(dict(figure.spec)))}
    return next(iter(domains - {100}))


def drawn_lines(figure) -> list[list[tuple[float, float]]]:
    """The points of each line, in days and pixels down."""
    days = units_across(figure) * YEAR / WIDTH
    lines = [
        [tuple(map(float, point.split(","))) for point in re.split("[ML]", path)[1:]]
        for path in PATH.findall(figure.svg)
    ]
    return [[(x * days, y) for x, y in points] for points in lines]


def steps(points: list[tuple[float, float]]) -> list[float]:
    """The days on which a line goes up or down."""
    return [x for (_, before), (x, y) in pairwise(points) if abs(y - before) > HUNDREDTHS]


def on_the_grid(days: list[float], half_a_pixel: float) -> list[int]:
    grid = [round(day / 30) * 30 for day in days]
    assert max(abs(day - whole) for day, whole in zip(days, grid, strict=True)) <= half_a_pixel
    return grid


def leavers(days: list[int], of: pl.DataFrame) -> list[int]:
    """How many left between each of the days and the one before."""
    by_day = [0, *(len(of.filter(pl.col("exit") <= day)) for day in days)]
    return [now - before for before, now in pairwise(by_day)]


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_each_step_of_a_drawn_curve_lies_on_the_grid_and_stands_for_six_leavers(rule):
    figure = chart.retention(release(stats.life_table(spells()), rule))
    half_a_pixel = units_across(figure) * YEAR / WIDTH / 2
    line = max(drawn_lines(figure), key=len)
    days = on_the_grid(steps(line), half_a_pixel)
    assert len(days) > 20
    assert min(leavers(days, spells().filter("event"))) >= 6


def test_the_same_points_of_an_exact_curve_are_people():
    figure = chart.retention(release(stats.life_table(spells()), "analyst"))
    days = [round(day) for day in steps(max(drawn_lines(figure), key=len))]
    assert min(leavers(days, spells().filter("event"))) == 1


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_each_step_of_a_drawn_incidence_lies_on_the_grid_and_stands_for_six_leavers_of_a_cause(rule):
    shown = release(stats.incidence_table(spells()), rule)
    figure = chart.incidence(shown)
    half_a_pixel = units_across(figure) * YEAR / WIDTH / 2
    lower, upper = (dict(line) for line in drawn_lines(figure))  # the height at each time after the step
    at_end = shown.frame.sort("time").group_by("cause").agg(pl.col("value").last())
    causes = at_end.sort("value", descending=True)["cause"].to_list()  # from the bottom
    heights = (lower, {x: upper[x] - lower[x] for x in upper})
    for cause, height in zip(causes, heights, strict=True):
        days = on_the_grid(steps(sorted(height.items())), half_a_pixel)
        assert len(days) > 10
        assert min(leavers(days, spells().filter(pl.col("cause") == cause))) >= 6


def test_what_is_said_of_a_curve_is_on_the_curve_that_is_drawn():
    shown = release(stats.life_table(spells()))
    figure = chart.retention(shown)
    line = max(drawn_lines(figure), key=len)
    for share, year in re.findall(r"([\d.]+)% after (\d)", figure.alt):
        height = [y for x, y in line if x <= int(year) * YEAR][-1]
        assert 100 * (1 - height / 280) == pytest.approx(float(share), abs=0.1)
    assert f">{100 * shown.frame['value'][-1]:.1f}%<" in figure.svg  # the label at the end


def test_before_its_first_step_a_curve_has_no_figure_in_words_and_tables():
    days = [400 + 3 * n for n in range(60)] + [900] * 60
    late = pl.DataFrame({"entry": 0, "exit": [20, 100, 200, 300, *days], "event": [True] * 64 + [False] * 60})
    shown = release(stats.life_table(late))
    figure = chart.retention(shown)
    assert shown.frame.filter(pl.col("left") > 0)["time"][0] > 366
    assert "100.0%" not in figure.alt
    assert "after 1 year" not in figure.alt
    assert "[c]" in figure.table_html  # what it means is said once a page
    row = next(r for r in figure.table_html.split("<tr>") if ">1<" in r)
    assert "[c]" in row


def test_a_cause_of_which_no_block_is_full_has_no_figure():
    causes = ["nhs"] * 6 + ["retirement"] * 2 + [None] * 4
    own = pl.DataFrame(
        {"entry": 0, "exit": [31 + (n * 37) % 1500 for n in range(300)], "cause": [causes[n % 12] for n in range(300)]}
    ).with_columns(exit=pl.col("exit") + pl.when(pl.col("cause") == "retirement").then(500).otherwise(0))
    figure = chart.incidence(release(stats.incidence_table(own)))
    rows = [r for r in figure.table_html.split("<tr>") if "Retirement" in r]
    assert "[c]" in rows[0]
    assert ">0.0%<" not in "".join(rows)
    assert "[c]" not in rows[-1]
