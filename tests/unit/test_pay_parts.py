"""Why mean pay changed: the split against a program of its own, who is left out, and what a page may show."""

from collections import defaultdict
from datetime import date
from math import sqrt

import numpy as np
import polars as pl
import pytest

import workforce as wf

FIRST, SECOND = date(2022, 3, 31), date(2023, 3, 31)
YEAR_OF_PAY = 52.143 * 37  # pounds a year of a pound an hour


def staff(rows, **constants):
    """rows: grade, fte, hourly pay, first and last day."""
    return pl.DataFrame(
        [
            {
                "organisation": "us",
                "person_id": str(number),
                "grade": grade,
                "fte": fte,
                "annual_pay": pay * YEAR_OF_PAY,
                "full_time_hours": 37.0,
                "start_date": first,
                "end_date": last,
                **constants,
            }
            for number, (grade, fte, pay, first, last) in enumerate(rows)
        ],
        schema_overrides={"end_date": pl.Date},
    )


def drawn_staff(seed=4, size=240):
    """Two years of staff of whom some are in post on one day only."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(size):
        grade, fte = str(rng.choice(list("5667789"))), float(rng.choice([0.4, 0.5, 0.8, 1.0]))
        pay = 8 + 3 * int(grade) + float(rng.uniform(-2, 2))
        stays = rng.random()
        if stays < 0.25:
            rows.append((grade, fte, pay, date(2020, 1, 1), date(2022, 6, 30)))
        elif stays < 0.6:
            rows.append((grade, fte, pay + 1, date(2022, 6, 1), None))
        else:
            rows.append((grade, fte, pay, date(2020, 1, 1), None))
    return rows


def in_post(rows, day):
    return [row for row in rows if row[3] <= day and (row[4] is None or row[4] >= day)]


def by_hand(first, second):
    """The parts and their standard errors from lists of (grade, fte, pay): one loop a formula, no library."""
    sides = []
    for people in (first, second):
        cells = defaultdict(list)
        for grade, fte, pay in people:
            cells[grade].append((fte, pay))
        total = sum(fte for _, fte, _ in people)
        side = {}
        for grade, members in cells.items():
            size = sum(fte for fte, _ in members)
            mean = sum(fte * pay for fte, pay in members) / size
            spread = sum((fte * (pay - mean)) ** 2 for fte, pay in members) / size**2
            side[grade] = (size / total, mean, spread * len(members) / (len(members) - 1))
        sides.append(side)
    before, after = sides
    grades = sorted(before)
    assert grades == sorted(after)
    mix = sum((after[g][0] - before[g][0]) * (after[g][1] + before[g][1]) / 2 for g in grades)
    rate = sum((after[g][0] + before[g][0]) / 2 * (after[g][1] - before[g][1]) for g in grades)
    errors = {
        "mix of grade": sqrt(
            sum(((after[g][0] - before[g][0]) / 2) ** 2 * (before[g][2] + after[g][2]) for g in grades)
        ),
        "rate": sqrt(sum(((after[g][0] + before[g][0]) / 2) ** 2 * (before[g][2] + after[g][2]) for g in grades)),
        "change": sqrt(sum(side[g][0] ** 2 * side[g][2] for side in sides for g in grades)),
    }
    return {"mix of grade": mix, "rate": rate, "change": mix + rate}, errors


def rows_of(table):
    return {row["part"]: row for row in table.frame.to_dicts()}


def values(table):
    return dict(table.frame.select("part", "value").rows())


def agrees(table, exact, errors):
    given = rows_of(table)
    step = given["change"]["step"]
    assert given["change"]["value"] == pytest.approx(given["rate"]["value"] + given["mix of grade"]["value"], abs=1e-6)
    assert abs(given["change"]["value"] - exact["change"]) <= step / 2 + 1e-9
    for name, row in given.items():
        assert abs(row["value"] - exact[name]) < step + 1e-9
        for limit, inner in (
            ("lower", exact[name] - 1.959964 * errors[name]),
            ("upper", exact[name] + 1.959964 * errors[name]),
        ):
            assert abs(row[limit] - inner) < step + 1e-4
        assert row["lower"] <= exact[name] - 1.9599 * errors[name]
        assert row["upper"] >= exact[name] + 1.9599 * errors[name]


def test_parts_of_two_days_are_those_of_a_program_of_its_own():
    rows = drawn_staff(size=900)
    table = wf.pay.change_parts(wf.Records(assignments=staff(rows)), [FIRST, SECOND], mix="grade")
    exact, errors = by_hand(*([row[:3] for row in in_post(rows, day)] for day in (FIRST, SECOND)))
    assert min(abs(value) for value in exact.values()) > 0.02  # a design in which every part is something
    assert rows_of(table)["change"]["step"] < 0.5
    agrees(table, exact, errors)
    shuffled = wf.pay.change_parts(wf.Records(assignments=staff(rows)[::-1]), [FIRST, SECOND], mix="grade")
    assert shuffled.frame.equals(table.frame)


def test_parts_of_two_organisations_are_those_of_a_program_of_its_own():
    here, there = drawn_staff(seed=1), drawn_staff(seed=2)
    both = pl.concat([staff(here, organisation="a"), staff(there, organisation="b")])
    table = wf.pay.change_parts(wf.Records(assignments=both), SECOND, mix="grade", between="organisation")
    exact, errors = by_hand(*([row[:3] for row in in_post(rows, SECOND)] for rows in (here, there)))
    agrees(table, exact, errors)
    assert set(table.frame["against"]) == {"b against a"}


def test_grades_of_fewer_than_ten_people_merge():
    rows = [("6", 1.0, 20.0, date(2020, 1, 1), None)] * 30 + [("9", 1.0, 30.0, date(2020, 1, 1), None)] * 30
    few = [("8", 1.0, 26.0, date(2020, 1, 1), date(2022, 6, 30))] * 4
    table = wf.pay.change_parts(wf.Records(assignments=staff(rows + few)), [FIRST, SECOND], mix="grade")
    merged = [("6", *row[1:]) if row[0] == "8" else row for row in rows + few]
    exact, errors = by_hand(*([row[:3] for row in in_post(merged, day)] for day in (FIRST, SECOND)))
    agrees(table, exact, errors)
    assert set(table.frame["people"]) == {30}


def test_an_organisation_without_pay_on_one_day_is_in_neither_side():
    rows = drawn_staff()
    here = staff(rows)
    joined = staff([("6", 1.0, 60.0, date(2022, 6, 1), None)] * 50, organisation="late")
    table = wf.pay.change_parts(wf.Records(assignments=pl.concat([here, joined])), [FIRST, SECOND], mix="grade")
    alone = wf.pay.change_parts(wf.Records(assignments=here), [FIRST, SECOND], mix="grade")
    assert values(table) == values(alone)
    assert table.frame["left_out"].to_list() == [["late"]] * 3


def test_bands_are_those_of_each_day():
    # Everyone is a year older on the second day, and the pay of each band stays as it is: all of the change is mix.
    rows = [("6", 1.0, 20.0, date(2020, 1, 1), date(2022, 6, 30))] * 40 + [
        ("6", 1.0, 30.0, date(2020, 1, 1), None)
    ] * 40
    rows += [("6", 1.0, 20.0, date(2022, 7, 1), None)] * 10
    service = [date(2022, 1, 1)] * 40 + [date(2010, 1, 1)] * 40 + [date(2022, 7, 1)] * 10
    people = staff(rows).with_columns(service_start=pl.Series(service))
    table = wf.pay.change_parts(wf.Records(assignments=people), [FIRST, SECOND], mix="tenure_band")
    # from half to four fifths at 30 pounds: 3 pounds more
    assert values(table) == {"change": 3.0, "mix of tenure band": 3.0, "rate": 0.0}


def test_what_is_not_recorded_gives_a_reason():
    nothing = wf.pay.change_parts(
        wf.Records(assignments=staff(drawn_staff()).drop("annual_pay")), [FIRST, SECOND], mix="grade"
    )
    assert nothing.frame["marker"].to_list() == ["x"]
    assert "annual pay of staff is not recorded" in nothing.reasons[0]
    few = wf.pay.change_parts(wf.Records(assignments=staff(drawn_staff(size=12))), [FIRST, SECOND], mix="grade")
    assert few.frame["marker"].to_list() == ["x"]
    text = wf.words.parts_sentence(wf.release({"why": few}, rule="board")["why"]).text
    assert text.startswith("Why mean hourly pay changed is not shown: ")
    assert "fewer than 10 people" in text


def test_one_person_with_most_of_the_pay_of_a_grade_is_not_shown():
    rows = [("6", 1.0, 20.0, date(2020, 1, 1), None)] * 40 + [("9", 0.1, 20.0, date(2020, 1, 1), None)] * 10
    alone = [("9", 1.0, 200.0, date(2020, 1, 1), None)]
    for people, shown in ((rows, True), (rows + alone, False)):
        parts = wf.pay.change_parts(wf.Records(assignments=staff(people)), [FIRST, SECOND], mix="grade")
        page = wf.release({"why": parts}, rule="board")["why"]
        assert page.frame["value"].is_not_null().all() == shown


def test_a_sentence_says_how_far_pay_moved():
    rows = drawn_staff(size=2000)
    parts = wf.pay.change_parts(wf.Records(assignments=staff(rows)), [FIRST, SECOND], mix="grade")
    text = wf.words.parts_sentence(wf.release({"why": parts}, rule="board")["why"]).text
    assert text.startswith("Mean hourly pay rose by £0.")
    assert "similar staff being paid more" in text


@pytest.mark.parametrize(
    "options",
    [
        {"on": [FIRST], "mix": "grade"},
        {"on": [FIRST, SECOND], "mix": "grade", "between": "organisation"},
        {"on": SECOND, "mix": "grade", "between": "organisation"},
        {"on": [FIRST, SECOND], "mix": []},
    ],
)
def test_what_cannot_be_split_is_refused(options):
    records = wf.Records(assignments=staff(drawn_staff()))
    with pytest.raises(wf.WorkforceError, match=r"change_parts|mix=|between="):
        wf.pay.change_parts(records, options.pop("on"), **options)
