"""Why a rate changed: parts that add up, a textbook's table, small groups, and what a page may show."""

from datetime import date
from importlib import import_module
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce as wf
from builders import measured

YEARS = ((date(2021, 4, 1), date(2022, 3, 31)), (date(2022, 4, 1), date(2023, 3, 31)))

# Das Gupta (1993), Standardization and Decomposition of Rates (US Bureau of the Census P23-186), examples 5.1 and 5.3, with the parts that
# the R package DasGuptR (github.com/josiahpjking/DasGuptR, README) prints for them.
# 5.1: household headship rates per 100 in the United States at 13 ages, and the share of each age in per cent.
SHARES = {
    1970: [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9],
    1985: [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5],
}
HEADS = {
    1970: [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8],
    1985: [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2],
}
# 5.3: people in thousands and deaths per thousand in the United States, white and other, at 11 ages.
PEOPLE = {
    1985: [
        [3041, 11577, 27450, 32711, 35480, 27411, 19555, 19795, 15254, 8022, 2472],
        [707, 2692, 6473, 6841, 6547, 4352, 3034, 2540, 1749, 804, 236],
    ],
    1970: [
        [2968, 11484, 34614, 30992, 21983, 20314, 20928, 16897, 11339, 5720, 1315],
        [535, 2162, 6120, 4781, 3096, 2718, 2363, 1767, 1149, 448, 117],
    ],
}
DEATHS = {
    1985: [
        [9.163, 0.462, 0.248, 0.929, 1.084, 1.810, 4.715, 12.187, 27.728, 64.068, 157.570],
        [17.208, 0.738, 0.328, 1.103, 2.045, 3.724, 8.052, 17.812, 34.128, 68.276, 125.161],
    ],
    1970: [
        [18.469, 0.751, 0.391, 1.146, 1.287, 2.672, 6.636, 15.691, 34.723, 79.763, 176.837],
        [36.993, 1.352, 0.541, 2.040, 3.523, 6.746, 12.967, 24.471, 45.091, 74.902, 123.205],
    ],
}


def split(size, rate, columns, variance=None):
    arrays = [[np.array(body, float) for body in side] for side in (size, rate)]
    none = [np.zeros_like(body) for body in arrays[0]]
    return wf.stats.mix_and_rate(*arrays, variance or none, columns)


def test_a_table_by_hand():
    # 20% of 50 and 10% of 50 left: 15%. Then 22% of 75 and 12% of 25: 19.5%.
    # mix: 0.25 x 21 - 0.25 x 11 = 2.5; rate: 0.625 x 2 + 0.375 x 2 = 2
    parts = split([[50, 50], [75, 25]], [[20, 10], [22, 12]], ["age"], [np.array([4.0, 4.0]), np.array([4.0, 12.0])])
    assert parts.value == {"mix of age": 2.5, "rate": 2.0, "change": 4.5}
    assert parts.standard_error["rate"] == pytest.approx(np.sqrt(0.625**2 * 8 + 0.375**2 * 16))
    assert parts.standard_error["mix of age"] == pytest.approx(0.25 / 2 * np.sqrt(8 + 16))
    assert parts.standard_error["change"] == pytest.approx(np.sqrt(0.5**2 * 8 + 0.75**2 * 4 + 0.25**2 * 12))


def test_the_published_example_with_one_column():
    parts = split([SHARES[1970], SHARES[1985]], [HEADS[1970], HEADS[1985]], ["age"]).value
    assert parts == pytest.approx({"mix of age": 1.2269, "rate": 1.7403, "change": 47.6940 - 44.7268}, abs=0.00005)


def test_the_published_example_with_two_columns():
    parts = split([PEOPLE[1970], PEOPLE[1985]], [DEATHS[1970], DEATHS[1985]], ["race", "age"]).value
    printed = {"mix of race": 0.0197749, "mix of age": 1.5217347, "rate": -2.2277254, "change": -0.6862158}
    assert parts == pytest.approx(printed, abs=0.00000005)


def test_the_example_of_a_textbook_with_two_columns_step_by_step():
    parts = split([PEOPLE[1970], PEOPLE[1985]], [DEATHS[1970], DEATHS[1985]], ["race", "age"]).value
    crude, by_age, by_race, by_rate = {}, 0.0, 0.0, 0.0
    shares = {}
    for year, groups in PEOPLE.items():
        total = sum(map(sum, groups))
        crude[year] = sum(n * r for g in (0, 1) for n, r in zip(groups[g], DEATHS[year][g], strict=True)) / total
        for g, a in product((0, 1), range(11)):
            n, of_race, of_age = groups[g][a], sum(groups[g]), groups[0][a] + groups[1][a]
            shares[year, g, a] = (n * of_race / of_age / total) ** 0.5, (n * of_age / of_race / total) ** 0.5
    for g, a in product((0, 1), range(11)):
        (race, age), (later_race, later_age) = shares[1970, g, a], shares[1985, g, a]
        mean = (DEATHS[1970][g][a] + DEATHS[1985][g][a]) / 2
        by_race += mean * (later_race - race) * (age + later_age) / 2
        by_age += mean * (later_age - age) * (race + later_race) / 2
        by_rate += (race * age + later_race * later_age) / 2 * (DEATHS[1985][g][a] - DEATHS[1970][g][a])
    assert crude == pytest.approx({1985: 8.736, 1970: 9.422}, abs=0.0005)
    assert parts == pytest.approx(
        {"mix of race": by_race, "mix of age": by_age, "rate": by_rate, "change": crude[1985] - crude[1970]}, abs=1e-9
    )


cells = st.lists(st.tuples(*[st.integers(0, 500)] * 2, *[st.floats(0, 100)] * 2), min_size=6, max_size=6)


@given(cells, st.booleans())
def test_parts_add_up_to_the_change(rows, two):
    first, second, before, after = (np.array(side, float) for side in zip(*rows, strict=True))
    if not (first.sum() and second.sum()):
        return
    shape, columns = ((2, 3), ["a", "b"]) if two else ((6,), ["a"])
    sides = [[side.reshape(shape) for side in pair] for pair in ((first, second), (before, after))]
    value = split(*sides, columns).value
    change = (second * after).sum() / second.sum() - (first * before).sum() / first.sum()
    assert value["change"] == pytest.approx(change, abs=1e-9)
    assert value["change"] == pytest.approx(sum(v for n, v in value.items() if n != "change"), abs=1e-9)


def turnover(rows, columns=("grade",)):
    """rows: groups, then leavers and people of each of the two years."""
    sides = [
        {
            **dict(zip(columns, row, strict=False)),
            "numerator": float(row[len(columns) + 2 * year]),
            "denominator": float(row[len(columns) + 2 * year + 1]),
            "people": row[len(columns) + 2 * year + 1],
            "period_start": YEARS[year][0],
            "period_end": YEARS[year][1],
        }
        for row in rows
        for year in (0, 1)
    ]
    return measured(pl.DataFrame(sides), "turnover", "average", by=list(columns))


GRADES = [("6", 40, 200, 66, 300), ("9", 20, 200, 12, 100)]


def values(table):
    return dict(table.frame.select("part", "value").rows())


def test_as_a_table_parts_are_given_to_a_round_step_and_still_add_up():
    parts = wf.stats.change_parts(turnover(GRADES), mix="grade")
    # 2.5 and 2 points; five people of 400 are 1.25 points, so the step is 2
    assert values(parts) == {"change": 4.0, "mix of grade": 2.0, "rate": 2.0}
    assert parts.frame["people"].unique().to_list() == [12]  # leavers of grade 9 in the later year
    assert parts.frame["against"].unique().to_list() == ["the year to 31 March 2022"]
    assert values(wf.stats.change_parts(turnover(GRADES[::-1]), mix="grade")) == values(parts)


def test_a_group_without_people_in_one_year_joins_the_next_smallest():
    apart = [*GRADES, ("5", 0, 0, 5, 20), ("7", 12, 60, 12, 60)]
    joined = [*GRADES, ("7", 12, 60, 17, 80)]
    assert values(wf.stats.change_parts(turnover(apart), mix="grade")) == values(
        wf.stats.change_parts(turnover(joined), mix="grade")
    )


def test_few_people_give_no_parts_and_a_reason():
    parts = wf.stats.change_parts(turnover([("6", 2, 5, 1, 300)]), mix="grade")
    assert parts.frame["marker"].to_list() == ["x"]
    assert "fewer than 10 people" in parts.reasons[-1]


@given(st.integers(1, 9), st.integers(0, 8), st.integers(0, 8))
@settings(max_examples=25, deadline=None)
def test_no_part_tells_a_small_count_of_leavers(few, before, after):
    # What a page withholds of grade 8 it withholds of grade 9, too: their parts are those of both together, however many are in which.
    def parts(in_eight):
        rows = [*GRADES, ("8", before, 60, in_eight, 20), ("7", 20, 60, 30 - in_eight + after, 130)]
        return wf.stats.change_parts(turnover(rows), mix="grade").frame

    assert parts(few).equals(parts(0))


def test_a_page_withholds_the_change_of_few_leavers():
    few = wf.stats.change_parts(turnover([("6", 3, 200, 66, 300), ("9", 2, 200, 12, 100)]), mix="grade")
    page = wf.release({"many": wf.stats.change_parts(turnover(GRADES), mix="grade"), "few": few}, rule="board")
    assert page["few"].frame["value"].is_null().all()
    assert page["many"].frame["value"].is_not_null().all()


def test_two_organisations_are_compared():
    rows = [("north", *GRADES[0]), ("north", *GRADES[1]), ("south", *GRADES[0]), ("south", *GRADES[1])]
    table = turnover(rows, ("organisation", "grade")).filter(pl.col("period_end") == date(2023, 3, 31))
    parts = wf.stats.change_parts(table, mix="grade")
    assert values(parts) == {"change": 0.0, "mix of grade": 0.0, "rate": 0.0}
    assert parts.frame["against"].unique().to_list() == ["south against north"]


def test_each_year_may_be_a_table_of_its_own():
    both = turnover(GRADES)
    apart = [both.filter(pl.col("period_end") == end) for _, end in YEARS]
    assert values(wf.stats.change_parts(apart, mix="grade")) == values(wf.stats.change_parts(both, mix="grade"))


counts = st.lists(
    st.tuples(*[st.sampled_from("abc"), st.sampled_from("xy")], *[st.integers(10, 60), st.integers(60, 400)] * 2),
    min_size=6,
    max_size=6,
    unique_by=lambda row: row[:2],
)


@given(counts)
@settings(max_examples=40, deadline=None)
def test_given_parts_add_up_and_are_a_step_or_less_from_the_exact_ones(rows):
    columns = ["one", "two"]
    rows = sorted(rows)
    table = wf.stats.change_parts(turnover(rows, columns), mix=columns)
    body = [np.array([row[n] for row in rows], float).reshape(3, 2) for n in range(2, 6)]
    left, people, later_left, later = body
    variance = [100**2 * left / people**2, 100**2 * later_left / later**2]
    exact = wf.stats.mix_and_rate([people, later], [100 * left / people, 100 * later_left / later], variance, columns)
    step = table.frame["step"][0]
    given = {row["part"]: row for row in table.frame.to_dicts()}
    assert given["change"]["value"] == pytest.approx(sum(r["value"] for n, r in given.items() if n != "change"))
    assert abs(given["change"]["value"] - exact.value["change"]) <= step / 2 + 1e-6
    for name, row in given.items():
        assert abs(row["value"] - exact.value[name]) < step + 1e-6
        inner = [
            exact.value[name] - 1.959964 * exact.standard_error[name],
            exact.value[name] + 1.959964 * exact.standard_error[name],
        ]
        assert row["lower"] - 1e-4 <= inner[0] < row["lower"] + step + 1e-4
        assert row["upper"] - step - 1e-4 < inner[1] <= row["upper"] + 1e-4
        assert row["lower"] <= row["value"] <= row["upper"]


def test_the_change_is_the_same_whatever_it_is_split_by():
    rows = [
        ("a", "x", 31, 180, 40, 200),
        ("a", "y", 12, 90, 30, 150),
        ("b", "x", 22, 210, 31, 160),
        ("b", "y", 17, 140, 25, 190),
    ]
    table = turnover(rows, ["one", "two"])
    alone = []
    for column in ("one", "two"):
        place = 0 if column == "one" else 1
        summed = {}
        for row in rows:
            summed[row[place]] = [a + b for a, b in zip(summed.get(row[place], [0] * 4), row[2:], strict=True)]
        alone.append(wf.stats.change_parts(turnover([(k, *v) for k, v in summed.items()], [column]), mix=column))
    changes = {values(parts)["change"] for parts in (wf.stats.change_parts(table, mix=["one", "two"]), *alone)}
    assert len(changes) == 1


def sentence(rows, mix="grade", **columns):
    parts = wf.stats.change_parts(turnover(rows, **columns), mix=mix)
    return wf.words.parts_sentence(wf.release({"why": parts}, rule="board")["why"]).text


def test_a_sentence_says_what_moved_and_what_goes_with_it():
    many = [("6", 800, 4000, 1320, 6000), ("9", 400, 4000, 240, 2000)]
    assert sentence(many) == (
        "Turnover rose by 4.5 percentage points (95% limits: 3.2 to 5.8) from the year to 31 March 2022. Of this, "
        "+2.5 (2.1 to 2.9) goes with a different mix of grades and +2.0 (0.6 to 3.4) goes with similar staff leaving more often. "
        "Figures are to the nearest 0.1 percentage points."
    )


def test_a_sentence_is_only_as_strong_as_the_limits():
    assert sentence(GRADES).startswith(
        "Turnover was 4 percentage points higher than in the year to 31 March 2022, which chance alone could explain"
    )
    assert "mix of grades (more than chance explains)" in sentence(GRADES)
    same = sentence([("6", 40, 200, 40, 200), ("9", 20, 200, 20, 200)])
    assert same.startswith(
        "Turnover was the same as in the year to 31 March 2022 to the nearest 2 percentage points (95% limits: "
    )
    assert "In parts, 0 (0 to 0) goes with a different mix of grades" in same


def test_of_a_column_with_one_group_nothing_is_said():
    rows = [("6", None, *GRADES[0][1:]), ("9", None, *GRADES[1][1:])]
    parts = wf.stats.change_parts(turnover(rows, ["grade", "team"]), mix=["grade", "team"])
    assert values(parts) == {"change": 4.0, "mix of grade": 2.0, "mix of team": None, "rate": 2.0}
    assert "only one group of a column" in parts.reasons[-1]
    text = wf.words.parts_sentence(wf.release({"why": parts}, rule="board")["why"]).text
    assert text.endswith("Of the teams nothing is said, because only one is recorded or large enough.")
    none = wf.stats.change_parts(turnover([(None, *GRADES[0][1:])]), mix="grade")
    assert none.frame["marker"].to_list() == ["x"]
    assert "only one group of a column" in none.reasons[-1]


def test_a_sentence_of_two_groups_names_them():
    rows = [("north", *GRADES[0]), ("north", *GRADES[1]), ("south", "6", 0, 0, 20, 200), ("south", "9", 0, 0, 20, 200)]
    table = turnover(rows, ("team", "grade")).filter(pl.col("period_end") == date(2023, 3, 31))
    parts = wf.release({"why": wf.stats.change_parts(table, mix="grade")}, rule="board")["why"]
    assert wf.words.parts_sentence(parts).text.startswith(
        "Turnover was 10 percentage points lower in south than in north (95%"
    )


def test_a_sentence_says_why_there_are_no_parts():
    assert "fewer than 10 people are behind one of the two figures" in sentence([("6", 2, 5, 1, 300)])
    few = sentence([("6", 3, 200, 66, 300), ("9", 2, 200, 12, 100)])
    assert (
        few
        == "Why turnover changed is not shown: fewer than 10 people are behind one of the two figures, or it has none."
    )
    no_rows = wf.stats.change_parts(turnover(GRADES), mix="grade").filter(
        pl.lit(value=False)
    )  # as of a small body out of season
    text = wf.words.parts_sentence(wf.release({"why": no_rows}, rule="board")["why"]).text
    assert text.startswith("Why turnover changed is not shown: ")
    other = wf.release({"t": turnover(GRADES)}, rule="board")["t"]
    with pytest.raises(wf.WorkforceError, match="parts of a change"):
        wf.words.parts_sentence(other)


@pytest.mark.parametrize(
    "call",
    [
        lambda: wf.stats.change_parts("turnover", mix="grade"),
        lambda: wf.stats.change_parts(turnover(GRADES).filter(pl.col("period_end") == date(2023, 3, 31)), mix="grade"),
        lambda: wf.stats.change_parts(turnover([("a", "b", "c", 1, 20, 1, 20)], ("x", "y", "z")), mix=["x", "y", "z"]),
    ],
)
def test_what_cannot_be_split_is_refused(call):
    with pytest.raises(wf.WorkforceError, match=r"change_parts|mix="):
        call()


@pytest.mark.parametrize(
    "design", ["turnover, one column", "turnover, two columns", "absence, one column", "pay, two columns"]
)
def test_limits_cover_what_was_planted(design, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    simulated = import_module("change_parts").simulated
    for planted, mean, covered in simulated(design, repetitions=400, seed=3).values():
        assert mean == pytest.approx(planted, abs=0.3)
        assert 0.915 <= covered <= 0.98  # three standard errors of 400 repetitions about 93% to 97%
