"""Laws of the limits of absence, caseloads and changes of worker: they hold the figure, stay in its range, and do not depend on order."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce as wf

YEAR = wf.year_to("2023-03")
WORKING_DAYS = 251  # from 1 April 2022 to 31 March 2023, with the holiday for the King's accession funeral
DEFINITIONS = ["days_per_fte", "nhs", "dfe", "schools_all", "schools_per_absentee"]
MOST = {"nhs": 100.0, "dfe": 100.0}

people = st.lists(
    st.tuples(
        st.sampled_from(["council", "trust"]),
        st.sampled_from(["north", "south", "west"]),
        st.sampled_from([0.25, 0.5, 1.0]),
        # first day and length of an absence; none at all where the length is 0
        st.lists(st.tuples(st.integers(0, 364), st.sampled_from([0, 1, 3, 10, 40, 365])), max_size=3),
    ),
    min_size=1,
    max_size=70,
)


def records(staff, *, fte=1.0):
    posts = [
        {"organisation": o, "person_id": f"p{n}", "team": team, "fte": share * fte, "start_date": date(2015, 1, 1)}
        for n, (o, team, share, _) in enumerate(staff)
    ]
    sick = [
        {"organisation": o, "person_id": f"p{n}", "start_date": date(2022, 4, 1) + timedelta(first), "length": length}
        for n, (o, _, _, spells) in enumerate(staff)
        for first, length in spells
        if length
    ]
    # Absence is recorded by both, also where nobody was ill.
    sick += [
        {"organisation": o, "person_id": "nobody", "start_date": date(2022, 4, 1), "length": 1}
        for o in ("council", "trust")
    ]
    absences = pl.DataFrame(sick).select(
        pl.exclude("length"), end_date=pl.col("start_date") + pl.duration(days=pl.col("length") - 1)
    )
    return wf.Records(assignments=pl.DataFrame(posts), absences=absences)


def limited(table):
    return table.frame.drop_nulls("lower")


@given(people, st.sampled_from([[], ["team"], ["organisation", "team"]]))
@settings(max_examples=25, deadline=None)
def test_limits_hold_the_figure_and_stay_in_its_range(staff, by):
    for definition in DEFINITIONS:
        table = wf.absence.rate(records(staff), YEAR, definition=definition, by=by)
        for row in limited(table).iter_rows(named=True):
            assert (
                0
                <= row["lower"]
                <= row["value"]
                <= row["upper"]
                <= max(MOST.get(definition, WORKING_DAYS), row["value"])
            )
            assert row["upper"] > 0  # never (0 to 0)
        bare = table.frame.filter(pl.col("value").is_not_null() & pl.col("lower").is_null())
        assert bool(len(bare)) == any("95% limits need" in reason for reason in table.reasons)
        assert set(bare["method"]) <= {"none"}
    spells = wf.absence.spells(records(staff), YEAR, by=by)
    for row in limited(spells).iter_rows(named=True):
        assert 0 <= row["lower"] <= row["value"] <= row["upper"]
        assert row["upper"] > 0
        assert row["unit"] != "%" or row["upper"] <= 100


@given(people, st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_the_records_changes_no_limit(staff, chance):
    area = records(staff)
    order = list(range(area.assignments.height))
    chance.shuffle(order)
    shuffled = wf.Records(assignments=area.assignments[order], absences=area.absences.reverse())
    tables = [wf.absence.rate(r, YEAR, definition="days_per_fte", by=["team"]).frame for r in (area, shuffled)]
    for column in ("value", "lower", "upper"):
        assert tables[0][column].to_list() == pytest.approx(tables[1][column].to_list())


@given(people)
@settings(max_examples=15, deadline=None)
def test_half_the_hours_of_everyone_change_no_rate_and_no_limit(staff):
    tables = [
        wf.absence.rate(records(staff, fte=fte), YEAR, definition="days_per_fte", by=["team"]).frame
        for fte in (1.0, 0.5)
    ]
    for column in ("value", "lower", "upper"):
        assert tables[0][column].to_list() == pytest.approx(tables[1][column].to_list())


@given(people)
@settings(max_examples=25, deadline=None)
def test_organisations_put_together_have_the_figure_and_the_people_of_the_whole(staff):
    area = records(staff)
    whole = wf.absence.rate(area, YEAR, definition="days_per_fte").frame.row(0, named=True)
    parts = wf.absence.rate(area, YEAR, definition="days_per_fte", by=["organisation"])
    row = wf.combine(parts).frame.row(0, named=True)
    assert row["value"] == pytest.approx(whole["value"])
    if row["lower"] is not None:
        assert 0 <= row["lower"] <= row["value"] <= row["upper"]
    for organisation in parts.frame["organisation"]:
        one = parts.filter(pl.col("organisation") == organisation)
        alone = wf.combine(one).frame.row(0, named=True)
        for figure in ("value", "lower", "upper", "variance", "largest", "units"):
            assert alone[figure] == pytest.approx(one.frame[figure].item())


@given(people)
@settings(max_examples=15, deadline=None)
def test_organisations_that_are_measured_apart_have_limits_together_from_ten_people_who_were_absent(staff):
    area = records(staff)
    tables = []
    for organisation in area.assignments["organisation"].unique().sort():
        own = pl.col("organisation") == organisation
        part = wf.Records(assignments=area.assignments.filter(own), absences=area.absences.filter(own))
        tables.append(wf.absence.rate(part, YEAR, definition="days_per_fte", by=["organisation"]))
    row = wf.combine(*tables).frame.row(0, named=True)
    ill = sum(t.frame["units"].item() for t in tables)
    # One person alone has no variance, and nor has a whole of which they are a part.
    spread = all(t.frame["variance"].item() is not None for t in tables)
    assert (row["lower"] is not None) == (ill >= 10 and spread)


caseloads = st.lists(
    st.tuples(st.sampled_from(["A", "B"]), st.sampled_from([0.5, 1.0]), st.integers(0, 12)), min_size=1, max_size=25
)


@given(caseloads)
@settings(max_examples=25, deadline=None)
def test_limits_of_caseloads_hold_the_figure_and_are_above_zero(workers):
    staff = pl.DataFrame(
        [
            {"person_id": f"w{n}", "team": team, "fte": fte, "role": "caseworker", "start_date": date(2015, 1, 1)}
            for n, (team, fte, _) in enumerate(workers)
        ]
    ).with_columns(organisation=pl.lit("council"))
    held = [(f"w{n}", f"{n}-{c}") for n, (_, _, load) in enumerate(workers) for c in range(load)]
    cases = pl.DataFrame(held or [("w0", "none")], schema=["person_id", "case_id"], orient="row").with_columns(
        organisation=pl.lit("council"), received_date=date(2022, 1, 1), start_date=date(2022, 1, 1)
    )
    area = wf.Records(assignments=staff, cases=cases.drop("person_id", "start_date"), allocations=cases)
    for definition in ("dfe", "all"):
        table = wf.caseload.per_fte(area, YEAR.end, definition=definition, by=["team"], roles=["caseworker"])
        for row in limited(table).iter_rows(named=True):
            assert 0 < row["lower"] < row["value"] < row["upper"]
            assert row["method"] == "log t, between workers"
