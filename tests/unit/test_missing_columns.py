"""A column that one organisation does not give: no figure that needs it changes in silence."""

import copy
from functools import cache

import polars as pl
import pytest

import workforce as wf
from builders import REQUIRED, TABLES
from partial_areas import Draft, frames_of, written_from

MONTH, BODY = "2023-03", "council"
YEAR, END = wf.year_to(MONTH), wf.month(MONTH).end
BY = ["organisation"]
ROLES = ["SEND caseworker", "Senior SEND caseworker"]
# Not of a person, a post or a case: the days for which records are complete, which reading gives.
NOT_IN_FILES = ("observed_from", "observed_to", "known_from", "known_to")
staffing, casework, caseload = wf.staffing, wf.casework, wf.caseload
STAFF = {
    "headcount": lambda area: staffing.headcount(area, END, by=BY),
    "FTE": lambda area: staffing.headcount(area, END, by=BY, basis="fte"),
    "turnover average": lambda area: staffing.turnover(area, YEAR, definition="average", by=BY),
    "turnover dfe": lambda area: staffing.turnover(area, YEAR, definition="dfe", by=BY),
    "voluntary": lambda area: staffing.turnover(area, YEAR, definition="nhs", by=BY, reasons="voluntary"),
    "turnover of teams": lambda area: staffing.turnover(area, YEAR, definition="nhs", by=BY, scope="team"),
    "leavers": lambda area: staffing.leavers(area, YEAR, by=[*BY, "leaving_reason"]),
    "joiners": lambda area: staffing.joiners(area, YEAR, by=BY),
    "stability": lambda area: staffing.stability(area, YEAR, by=BY),
    "first year": lambda area: staffing.first_year_leavers(area, YEAR, by=BY),
    "aged 55": lambda area: staffing.retirement_pipeline(area, END, by=BY),
    "agency": lambda area: staffing.agency_rate(area, END, by=BY),
    "quality of hire": lambda area: wf.recruitment.quality_of_hire(area, wf.year_to("2022-03"), by=BY),
}
ABSENCE = {
    "absence nhs": lambda area: wf.absence.rate(area, YEAR, definition="nhs", by=BY),
    "absence dfe": lambda area: wf.absence.rate(area, YEAR, definition="dfe", by=BY),
    "absence of schools": lambda area: wf.absence.rate(area, YEAR, definition="schools", by=BY),
    "absence by reason": lambda area: wf.absence.rate(area, YEAR, definition="nhs", by=[*BY, "reason"]),
    "absence spells": lambda area: wf.absence.spells(area, YEAR, by=BY),
}
POSTS = {
    "vacant dfe": lambda area: staffing.vacancy_rate(area, END, definition="dfe", by=BY),
    "vacant": lambda area: staffing.vacancy_rate(area, END, definition="establishment", by=BY),
    "cover": lambda area: staffing.vacancy_cover(area, END, definition="dfe", by=BY),
    "cover of agency": lambda area: staffing.vacancy_cover(area, END, definition="dfe_of_agency", by=BY),
    "posts": lambda area: staffing.post_funnel(area, END, by=BY),
    "hiring": lambda area: wf.recruitment.endings(area, YEAR, by=BY),
    "open": lambda area: wf.recruitment.vacancy_time(area, YEAR, by=BY),
    "recruits": lambda area: wf.recruitment.funnel(area, YEAR, by=BY),
}
PAY = {
    "pay gap": lambda area: wf.pay.gap(area, END, by=BY),
    "position": lambda area: wf.pay.position(area, END, by=BY),
    "comparison": lambda area: wf.pay.comparison(area, END, by=BY),
}
CASES = {
    "plans": lambda area: casework.timeliness(area, YEAR, by=BY),
    "plans without exceptions": lambda area: casework.timeliness(area, YEAR, exceptions="leave_out", by=BY),
    "bands": lambda area: casework.timeliness_bands(area, YEAR, exceptions="leave_out", by=BY),
    "decisions": lambda area: casework.decisions(area, YEAR, by=BY),
    "advice": lambda area: casework.advice(area, YEAR, by=BY),
    "stages": lambda area: casework.stages(area, YEAR, by=BY),
    "lateness": lambda area: casework.lateness_by_stage(area, YEAR, by=BY),
    "backlog": lambda area: casework.backlog(area, END, by=BY),
    "flow": lambda area: casework.flow(area, YEAR, by=BY),
    "waiting": lambda area: casework.waiting(area, END, by=BY),
    "plan quality": lambda area: casework.plan_quality(area, YEAR, by=BY),
    "continuity": lambda area: casework.continuity(area, YEAR, by=BY),
}
CASELOADS = {
    "caseload": lambda area: caseload.per_fte(area, END, definition="dfe", roles=ROLES, by=BY),
    "all cases": lambda area: caseload.per_fte(area, END, definition="all", roles=ROLES, by=BY),
    "distribution": lambda area: caseload.distribution(area, END, by=BY),
    "changes": lambda area: casework.worker_changes(area, YEAR, roles=ROLES, by=BY),
}
EXITS = {"exits": lambda area: wf.exits.coverage(area, YEAR, by=BY)}
TIME = {"time": lambda area: casework.time_use(area, YEAR, by=BY)}
COUNTS = {"counts": lambda area: wf.counts.table(area, by=BY)}
MEASURES = {
    "assignments": STAFF | ABSENCE | POSTS | PAY | CASELOADS | EXITS | TIME,
    "absences": ABSENCE,
    "cases": CASES | CASELOADS,
    "milestones": CASES,
    "allocations": CASELOADS | {"continuity": CASES["continuity"]},
    "posts": POSTS,
    "vacancies": POSTS,
    "hours": TIME,
    "exits": EXITS,
    "pay_items": PAY,
    "pay_scales": PAY,
    "counts": COUNTS,
}


@cache
def drafted() -> Draft:
    frames, settings = frames_of(300, 3)
    return written_from(dict(frames), settings)


def without(folder, table=None, column=None) -> wf.Records:
    """The generated area, without one column in the files of one organisation."""
    draft = Draft(copy.deepcopy(drafted().settings), drafted().files)
    for file in draft.each_file(table, BODY) if table else ():
        file["columns"].pop(column, None)
    return wf.load_area(draft.write(folder))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Every measure of the area as it is."""
    area = without(tmp_path_factory.mktemp("whole"))
    return {name: call(area) for measures in MEASURES.values() for name, call in measures.items()}


def figures(table):
    """What is said of the organisation: its groups and numbers."""
    columns = [
        c for c in ("definition", *table.groups, "numerator", "denominator", "value") if c in table.frame.columns
    ]
    return table.frame.filter(organisation=BODY).select(list(dict.fromkeys(columns)))


def in_silence(before, after) -> bool:
    """Whether a figure of the organisation changed, and neither a marker nor a reason says so."""
    if figures(before).equals(figures(after)) or set(after.reasons) - set(before.reasons):
        return False
    rows = after.frame.filter(organisation=BODY)
    numbers = figures(before).rows()
    changed = [
        row
        for row, marker in zip(figures(after).rows(), rows["marker"], strict=True)
        if row not in numbers and marker is None
    ]
    return bool(changed) or not rows.height


OPTIONAL = [
    (table, column)
    for table, schema in TABLES.items()
    for column in schema.column_names()
    if column not in ("organisation", *REQUIRED[table], *NOT_IN_FILES)
]


# Not said yet: a scale without its last day goes on, and a count without its denominator is a plain count.
OPEN = {
    ("pay_scales", "to_date"): "an earlier scale of the same grade is then taken to hold beside the later one",
    ("counts", "denominator"): "the figure is then a count in place of a share",
}


@pytest.mark.parametrize(
    ("table", "column"),
    [
        pytest.param(*pair, marks=[pytest.mark.xfail(strict=True, reason=OPEN[pair])] if pair in OPEN else [])
        for pair in OPTIONAL
    ],
)
def test_no_figure_changes_in_silence_where_one_organisation_lacks_a_column(tmp_path, whole, table, column):
    area = without(tmp_path, table, column)
    assert [name for name, call in MEASURES[table].items() if in_silence(whole[name], call(area))] == []


@pytest.mark.parametrize("column", ["grade", "team", "locality", "staff_group", "leaving_reason", "ethnicity"])
def test_an_organisation_without_a_column_is_left_out_of_what_is_grouped_by_it_and_named(tmp_path, column):
    table = staffing.leavers(without(tmp_path, "assignments", column), YEAR, by=[column])
    name = drafted().settings["organisations"][BODY]["name"]
    assert f"the {column.replace('_', ' ')} of staff is not recorded by {name}" in table.reasons
    assert BODY in set(table.frame["left_out"].explode())
    of_others = staffing.leavers(without(tmp_path).where(pl.col("organisation") != BODY), YEAR, by=[column])
    assert table.frame["numerator"].sum() == of_others.frame["numerator"].sum()


def test_an_organisation_without_a_column_is_left_out_of_the_parts_of_a_change_and_named(tmp_path):
    days = wf.year_ends("2023-03", 2)
    parts = wf.pay.change_parts(without(tmp_path, "assignments", "grade"), days, mix="grade")
    name = drafted().settings["organisations"][BODY]["name"]
    assert f"the grade of staff is not recorded by {name}" in parts.reasons
    assert BODY in set(parts.frame["left_out"].explode())
    of_others = wf.pay.change_parts(without(tmp_path).where(pl.col("organisation") != BODY), days, mix="grade")
    assert parts.frame["value"].to_list() == of_others.frame["value"].to_list()


def test_the_share_of_agency_workers_is_not_nought_where_nobody_is_told_apart(tmp_path):
    area = without(tmp_path, "assignments", "employment")
    row = staffing.agency_rate(area, END, by=BY).frame.row(by_predicate=pl.col("organisation") == BODY, named=True)
    assert (row["value"], row["numerator"], row["marker"]) == (None, None, "x")
    assert staffing.agency_rate(area, END).frame["left_out"].to_list() == [[BODY]]
    plain = pl.DataFrame({"organisation": BODY, "person_id": ["a"], "fte": [1.0], "start_date": [YEAR.start]})
    assert staffing.agency_rate(wf.Records(assignments=plain), END).reasons == (
        "the employment of staff is not recorded",
    )


def test_a_constant_says_that_everybody_is_employed(tmp_path):
    draft = Draft(copy.deepcopy(drafted().settings), drafted().files)
    for file in draft.each_file("assignments", BODY):
        del file["columns"]["employment"]
        file["constants"] = {"employment": "employed"}
    area = wf.load_area(draft.write(tmp_path))
    assert staffing.turnover(area, YEAR, definition="average").reasons == ()
    assert staffing.agency_rate(area, END, by=BY).frame.filter(organisation=BODY)["value"].item() == 0


def test_what_is_assumed_is_among_the_notices_of_the_file(tmp_path):
    lacking = without(tmp_path, "assignments", "employment").notices.frame["notice"].to_list()
    assert any(
        notice.startswith("no row says who is employed, agency or bank: everybody is counted") for notice in lacking
    )
    lacking = without(tmp_path, "assignments", "grade").notices.frame["notice"].to_list()
    assert "no row has grade: results by grade leave this organisation out" in lacking
