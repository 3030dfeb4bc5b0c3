"""Laws of recruitment: steps add up, groups add up to the whole, and no step of a release gives another away."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce as wf

FEWER = 20  # each example measures a funnel several times
DAY = date(2023, 3, 31)
YEAR = wf.Period(date(2022, 4, 1), DAY)
ORGANISATIONS = ("council", "trust")
TEAMS = ("North", "South")
fte = st.integers(1, 150).map(lambda hundredths: hundredths / 100)
near = st.integers(-200, 40).map(lambda days: DAY + timedelta(days=days))
after = st.none() | st.integers(0, 90)


@st.composite
def vacancy(draw):
    opened = draw(near)
    advertised = _later(opened, draw(after))
    offered = _later(advertised or opened, draw(after))
    closed = _later(offered or advertised or opened, draw(after))
    outcome = None if closed is None else "filled" if offered else draw(st.sampled_from(["unfilled", "withdrawn"]))
    made = draw(st.none() | st.integers(0, 4))
    applicants = draw(st.none() | st.integers(0, 20))
    return {
        "organisation": draw(st.sampled_from(ORGANISATIONS)),
        "team": draw(st.sampled_from(TEAMS)),
        "fte": draw(fte),
        "opened_date": opened,
        "advertised_date": advertised,
        "offered_date": offered,
        "closed_date": closed,
        "outcome": outcome,
        "covered_by_agency_fte": draw(st.none() | fte),
        "applicants": applicants,
        "shortlisted": draw(st.none() | st.integers(0, 8)),
        "offers_made": made,
        "offers_declined": None if made is None else draw(st.integers(0, made)),
        "cost": draw(st.none() | st.integers(0, 900).map(float)),
    }


def _later(first, days):
    return None if days is None else first + timedelta(days=days)


@st.composite
def spell(draw):
    start = draw(near)
    return {
        "organisation": draw(st.sampled_from(ORGANISATIONS)),
        "person_id": f"p{draw(st.integers(0, 30))}",
        "team": draw(st.sampled_from(TEAMS)),
        "start_date": start,
        "end_date": _later(start, draw(after)),
        "fte": draw(fte),
        "employment": draw(st.sampled_from(["employed", "employed", "agency"])),
    }


posts = st.fixed_dictionaries(
    {
        "organisation": st.sampled_from(ORGANISATIONS),
        "team": st.sampled_from(TEAMS),
        "funded_fte": fte,
        "start_date": near,
    }
)
SCHEMA = {
    **dict.fromkeys(("organisation", "team", "person_id", "outcome", "employment"), pl.String),
    **dict.fromkeys(
        ("opened_date", "advertised_date", "offered_date", "closed_date", "start_date", "end_date"), pl.Date
    ),
    **dict.fromkeys(("fte", "funded_fte", "covered_by_agency_fte", "cost"), pl.Float64),
    **dict.fromkeys(("applicants", "shortlisted", "offers_made", "offers_declined"), pl.Int64),
}


def frame(rows):
    return pl.DataFrame(rows, schema={c: SCHEMA[c] for c in rows[0]})


STEPS = (
    "funded",
    "in_post",
    "vacant",
    "unadvertised",
    "recruiting",
    "offered",
    "covered",
    "uncovered",
)  # never below 0
several_posts, several_vacancies, several_spells = (
    st.lists(each, min_size=1, max_size=12).map(frame) for each in (posts, vacancy(), spell())
)


def area(establishment=None, vacancies=None, staff=None) -> wf.Records:
    return wf.Records(posts=establishment, vacancies=vacancies, assignments=staff)


def values(table: pl.DataFrame) -> dict[str, float]:
    return {name: value or 0.0 for name, value in table.select("definition", "value").rows()}


def assert_steps_add_up(table: pl.DataFrame) -> None:
    found = values(table)
    assert set(found) == {*STEPS, "short", "no_vacancy"}
    assert found["funded"] == pytest.approx(found["in_post"] + found["short"])
    assert found["short"] == pytest.approx(found["vacant"] + found["no_vacancy"])
    assert found["vacant"] == pytest.approx(found["covered"] + found["uncovered"])
    assert min(found[step] for step in STEPS) >= 0
    sides = ("marker", "left_out")
    if table.filter(pl.col("definition").is_in(["vacant", "offered"])).select(sides).n_unique() == 1:
        assert found["vacant"] == pytest.approx(found["unadvertised"] + found["recruiting"] + found["offered"])


@settings(max_examples=FEWER)
@given(several_posts, several_vacancies, several_spells)
def test_the_steps_from_funded_post_to_person_add_up(establishment, vacancies, staff):
    records = area(establishment, vacancies, staff)
    table = wf.staffing.post_funnel(records, DAY, by=["organisation", "team"]).frame
    for _, part in table.group_by("organisation", "team"):
        assert_steps_add_up(part)
    assert_steps_add_up(wf.staffing.post_funnel(records, DAY).frame)


@settings(max_examples=FEWER)
@given(several_posts, several_vacancies, several_spells)
def test_organisations_and_teams_roll_up_to_the_whole(establishment, vacancies, staff):
    records = area(establishment, vacancies, staff)
    whole = wf.staffing.post_funnel(records, DAY).frame
    parts = wf.staffing.post_funnel(records, DAY, by=["organisation", "team"])
    assert values(wf.combine(wf.combine(parts, over=["team"])).frame) == pytest.approx(values(whole))


@settings(max_examples=FEWER)
@given(several_posts, several_vacancies, several_spells, st.sampled_from(["board", "internal"]))
def test_what_is_covered_is_never_to_be_had_from_what_is_not(establishment, vacancies, staff, rule):
    """Vacancies stand open to everyone: beside them the two steps are withheld together or not at all."""
    table = wf.staffing.post_funnel(area(establishment, vacancies, staff), DAY, by=["organisation", "team"])
    shown = wf.release(table, rule).frame.filter(pl.col("definition").is_in(["covered", "uncovered"]))
    for _, part in shown.group_by("organisation", "team"):
        assert part["marker"].n_unique() == 1


@given(several_vacancies, several_spells)
def test_each_step_of_candidates_is_no_more_than_the_step_before(vacancies, staff):
    table = wf.recruitment.funnel(area(None, vacancies, staff), YEAR).frame
    for definition in ("shortlisted", "accepted", "filled", "six_months", "twelve_months"):
        row = table.filter(pl.col("definition") == definition).row(0, named=True)
        assert row["numerator"] is None or row["numerator"] <= row["denominator"]
    counted = {r["definition"]: r for r in table.to_dicts() if r["numerator"] is not None}
    for step, before in (("shortlisted", "applied"), ("offered", "shortlisted"), ("filled", "accepted")):
        assert step not in counted or counted[step]["denominator"] == counted[before]["numerator"]


@settings(max_examples=FEWER)
@given(several_vacancies, several_spells)
def test_candidates_roll_up_over_organisations_and_no_order_of_rows_matters(vacancies, staff):
    sides = ["definition", "numerator", "denominator", "value"]
    records = area(None, vacancies, staff)
    whole = wf.recruitment.funnel(records, YEAR).frame
    rolled = wf.combine(wf.recruitment.funnel(records, YEAR, by=["organisation"])).frame
    known = whole.filter(pl.col("numerator").is_not_null() & ~pl.col("definition").str.ends_with("_months"))
    assert (
        rolled.filter(pl.col("definition").is_in(known["definition"].to_list()))
        .select(sides)
        .equals(known.sort("definition").select(sides))
    )
    turned = area(None, vacancies.reverse(), staff.reverse())
    assert wf.recruitment.funnel(turned, YEAR).frame.equals(whole)


@settings(max_examples=FEWER)
@given(several_vacancies)
def test_how_vacancies_ended_adds_up_and_rolls_up(vacancies):
    table = wf.recruitment.endings(area(None, vacancies), YEAR).frame
    found = {r["definition"]: r for r in table.to_dicts()}
    ended = [found[name]["numerator"] for name in ("fill_rate", "failed", "withdrawn")]
    assert sum(ended) == found["fill_rate"]["denominator"]
    sides = ["definition", "numerator", "denominator", "value", "left_out"]
    each = wf.recruitment.endings(area(None, vacancies), YEAR, by=["organisation"])
    assert wf.combine(each).frame.select(sides).equals(table.select(sides))


@given(several_vacancies)
def test_more_are_hired_within_ninety_days_than_within_sixty_and_half_by_the_median(vacancies):
    table = wf.recruitment.hiring_time(area(None, vacancies), YEAR, stages=["hire"]).frame
    found = {r["definition"]: r["value"] for r in table.to_dicts()}
    if found.get("within_60") is not None and found.get("within_90") is not None:
        assert found["within_60"] <= found["within_90"]
    if found.get("median") is not None and found.get("within_60") is not None:
        assert (found["median"] <= 60) == (found["within_60"] >= 50 - 1e-5)
