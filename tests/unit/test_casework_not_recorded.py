"""Caseload and casework where something is not recorded: rows with marker x and a reason, and a sentence for a caller's mistake."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from workforce.errors import UsageError

DAY, MARCH = date(2023, 3, 31), wf.month("2023-03")
ROLES = ["caseworker"]
TABLES = {
    "assignments": pl.DataFrame(
        {
            "organisation": "council",
            "person_id": ["a", "b"],
            "start_date": date(2020, 1, 1),
            "fte": 1.0,
            "role": "caseworker",
        }
    ),
    "cases": pl.DataFrame(
        {
            "organisation": "council",
            "case_id": ["1", "2"],
            "child_id": ["c", "d"],
            "case_type": ["ehc_assessment", "therapy"],
            "received_date": date(2022, 9, 1),
            "outcome_date": date(2023, 3, 6),
            "outcome": "plan_issued",
            "audit_grade": "good",
        }
    ),
    "allocations": pl.DataFrame(
        {
            "organisation": "council",
            "case_id": ["1", "2"],
            "person_id": ["a", "b"],
            "start_date": date(2022, 9, 2),
            "worker_role": "caseworker",
        }
    ),
    "milestones": pl.DataFrame(
        {
            "case_id": "1",
            "stage": ["decision", "advice", "draft", "returned"],
            "provider": "health",
            "requested_date": date(2023, 1, 30),
            "received_date": date(2023, 3, 1),
        }
    ),
    "hours": pl.DataFrame(
        {
            "organisation": ["council"],
            "person_id": ["a"],
            "activity": ["cases"],
            "period_start": [MARCH.start],
            "period_end": [MARCH.end],
            "hours": [100.0],
        }
    ),
}
WORDS = {
    "assignments": "staff",
    "cases": "cases",
    "allocations": "allocations of cases",
    "milestones": "stages of cases",
}
HELD, STAGES = ("assignments", "cases", "allocations"), ("cases", "milestones")
# What each measure cannot do without, the table of its groups, and how many definitions it has.
MEASURES = {
    "per_fte dfe": (lambda r, **o: wf.caseload.per_fte(r, DAY, definition="dfe", **o), HELD, "assignments", 1),
    "per_fte all": (lambda r, **o: wf.caseload.per_fte(r, DAY, definition="all", **o), HELD, "assignments", 1),
    "per_fte all of roles": (
        lambda r, **o: wf.caseload.per_fte(r, DAY, definition="all", roles=ROLES, **o),
        ("assignments", "cases"),
        "assignments",
        1,
    ),
    "distribution": (lambda r, **o: wf.caseload.distribution(r, DAY, **o), HELD, "assignments", 3),
    "backlog": (lambda r, **o: wf.casework.backlog(r, DAY, **o), ("cases",), "cases", 2),
    "backlog_age": (lambda r, **o: wf.casework.backlog_age(r, DAY, **o), ("cases",), "cases", 2),
    "waiting": (lambda r, **o: wf.casework.waiting(r, DAY, **o), ("cases",), "cases", 1),
    "timeliness": (lambda r, **o: wf.casework.timeliness(r, MARCH, **o), ("cases",), "cases", 1),
    "timeliness in 30 weeks": (lambda r, **o: wf.casework.timeliness(r, MARCH, weeks=30, **o), ("cases",), "cases", 1),
    "timeliness_bands": (lambda r, **o: wf.casework.timeliness_bands(r, MARCH, **o), ("cases",), "cases", 1),
    "flow": (lambda r, **o: wf.casework.flow(r, MARCH, **o), ("cases",), "cases", 4),
    "plan_quality": (lambda r, **o: wf.casework.plan_quality(r, MARCH, **o), ("cases",), "cases", 1),
    "decisions": (lambda r, **o: wf.casework.decisions(r, MARCH, **o), STAGES, "cases", 1),
    "stages": (lambda r, **o: wf.casework.stages(r, MARCH, **o), STAGES, "cases", 1),
    "lateness": (lambda r, **o: wf.casework.lateness_by_stage(r, MARCH, **o), STAGES, "cases", 3),
    "advice": (lambda r, **o: wf.casework.advice(r, MARCH, **{"by": (), **o}), STAGES, "cases", 1),
    "plans_returned": (lambda r, **o: wf.casework.plans_returned(r, MARCH, **o), STAGES, "cases", 1),
    "continuity": (lambda r, **o: wf.casework.continuity(r, MARCH, **o), ("cases", "allocations"), "cases", 4),
    "review_decisions": (lambda r, **o: wf.casework.review_decisions(r, MARCH, **o), ("cases",), "cases", 1),
    "plans_reviewed": (lambda r, **o: wf.casework.plans_reviewed(r, DAY, **o), ("cases",), "cases", 1),
    "reviews_overdue": (lambda r, **o: wf.casework.reviews_overdue(r, DAY, **o), ("cases",), "cases", 1),
    "phase_transfers": (lambda r, **o: wf.casework.phase_transfers(r, MARCH, **o), ("cases",), "cases", 1),
}
BY_TABLE = [(name, table) for name, (_, tables, *_) in MEASURES.items() for table in tables]


def records(**changes):
    return wf.Records(**{**TABLES, **changes})


@pytest.mark.parametrize(("name", "table"), BY_TABLE)
def test_a_table_that_is_not_recorded_is_said_in_each_row(name, table):
    call, _, _, definitions = MEASURES[name]
    assert set(call(records()).frame["marker"]) <= {None, "x"}
    for absent in (None, TABLES[table].clear()):
        result = call(records(**{table: absent}))
        assert result.frame.select("marker", "numerator", "denominator", "value").unique().rows() == [
            ("x", None, None, None)
        ]
        assert len(result) == definitions
        assert result.frame["period_end"].unique().to_list() == [DAY]
        assert result.reasons == (f"{WORDS[table]} are not recorded",)


@pytest.mark.parametrize("name", MEASURES)
def test_what_a_measure_can_do_without_does_not_count(name):
    call, tables, _, _ = MEASURES[name]
    own = wf.Records(**{table: TABLES[table] for table in tables})
    assert call(own).frame.equals(call(records()).frame)


@pytest.mark.parametrize("name", MEASURES)
def test_a_column_that_the_area_does_not_record_is_said_and_an_unknown_one_is_refused(name):
    call, _, groups, _ = MEASURES[name]
    result = call(records(), by=["locality"])
    assert result.frame["marker"].unique().to_list() == ["x"]
    assert result.groups[0] == "locality"
    assert result.reasons == (f"the locality of {WORDS[groups]} is not recorded",)
    with pytest.raises(UsageError, match='the records have no column "localty"') as refused:
        call(records(), by=["localty"])
    assert refused.value.hint == 'did you mean "locality"?'
    with pytest.raises(UsageError, match="names a column twice"):
        call(records(), by=["organisation", "organisation"])


@pytest.mark.parametrize("name", MEASURES)
def test_a_filter_that_leaves_nobody_is_the_reason(name):
    result = MEASURES[name][0](records().where(pl.col("organisation") == "nowhere"))
    assert result.frame["marker"].unique().to_list() == ["x"]
    assert result.reasons == ("no records are left after the filter",)


@pytest.mark.parametrize("name", MEASURES)
def test_a_frame_in_place_of_records_is_refused(name):
    with pytest.raises(UsageError, match="takes records first"):
        MEASURES[name][0](TABLES["cases"])


def test_columns_that_a_measure_needs_are_named():
    ungraded = records(cases=TABLES["cases"].drop("audit_grade"))
    graded = wf.casework.plan_quality(ungraded, MARCH)
    assert graded.frame["marker"].to_list() == ["x"]
    assert graded.reasons == ("the audit grade of cases is not recorded",)
    unasked = records(milestones=TABLES["milestones"].drop("requested_date"))
    assert wf.casework.advice(unasked, MARCH).reasons == ("the requested date of stages of cases is not recorded",)


def test_groups_may_be_columns_of_either_table():
    by_provider = wf.casework.advice(records(), MARCH)
    assert by_provider.frame.select("provider", "denominator").rows() == [("health", 1)]
    nobody_s = records(milestones=TABLES["milestones"].drop("provider"))
    assert wf.casework.advice(nobody_s, MARCH).reasons == ("the provider of stages of cases is not recorded",)
    by_type = wf.casework.advice(records(), MARCH, by=["case_type"])
    assert by_type.frame["case_type"].to_list() == ["ehc_assessment"]
    by_role = wf.casework.continuity(records(), MARCH, by=["worker_role", "case_type"])
    assert by_role.frame["worker_role"].unique().to_list() == ["caseworker"]
    without = records(allocations=TABLES["allocations"].drop("worker_role"))
    by_role = wf.casework.continuity(without, MARCH, by=["worker_role"])
    assert by_role.reasons == ("the worker role of allocations of cases is not recorded",)


def test_a_wait_that_cannot_be_followed_is_an_empty_curve_with_its_reason():
    for area, by, reason in (
        (records(cases=None), (), "cases are not recorded"),
        (records(), ("locality",), "the locality of cases is not recorded"),
        (
            records().where(pl.col("case_type") == "social_care"),
            ("organisation",),
            "no records are left after the filter",
        ),
    ):
        curve = wf.casework.time_to_plan(area, MARCH, by=by)
        assert len(curve) == 0
        assert curve.groups == by
        assert curve.reasons == (reason,)
        assert curve.name == "time_to_plan (product_limit)"
    with pytest.raises(UsageError, match="takes records first"):
        wf.casework.time_to_plan(TABLES["cases"], MARCH)
    with pytest.raises(UsageError, match="a period is needed, not a date"):
        wf.casework.time_to_plan(records(), DAY)


def test_without_a_period_a_wait_is_followed_over_the_days_that_the_records_cover():
    staff = TABLES["assignments"].with_columns(observed_from=date(2022, 1, 1), observed_to=DAY)
    area = records(assignments=staff)
    followed = wf.casework.time_to_plan(area, wf.Period(date(2022, 1, 1), DAY))
    assert wf.casework.time_to_plan(area).frame.equals(followed.frame)


def test_plans_by_full_time_equivalents_need_plans_and_staff():
    for table in ("cases", "assignments"):
        result = wf.casework.plans_per_fte(records(**{table: None}), MARCH, roles=ROLES)
        assert result.frame.select("staff", "numerator", "marker").rows() == [(None, None, "x")]
        assert result.reasons == (f"{WORDS[table]} are not recorded",)
    with pytest.raises(UsageError, match="takes records first"):
        wf.casework.plans_per_fte(TABLES["cases"], MARCH, roles=ROLES)


def test_time_needs_staff_to_compare_with():
    result = wf.casework.time_use(records(assignments=None), MARCH, core=["cases"])
    assert result.frame.select("definition", "marker").rows() == [("core", "x"), ("coverage", "x"), ("share", "x")]
    assert result.reasons == ("staff are not recorded",)
    by_team = wf.casework.time_use(records(), MARCH, core=["cases"], by=["team"])
    assert by_team.reasons == ("the team of staff is not recorded",)
    filtered = records().where(pl.col("activity") == "travel")
    assert wf.casework.time_use(filtered, MARCH, core=["cases"]).reasons == ("no records are left after the filter",)
    with pytest.raises(UsageError, match="takes records first"):
        wf.casework.time_use(TABLES["hours"], MARCH)


def test_turnover_of_caseworkers_is_measured_where_changes_of_worker_are_not_recorded():
    for table in ("cases", "allocations"):
        result = wf.casework.worker_changes(records(**{table: None}), MARCH, roles=ROLES)
        marked = dict(result.frame.select("definition", "marker").rows())
        assert marked.pop("average") is None
        assert set(marked.values()) == {"x"}
        assert result.reasons == (f"{WORDS[table]} are not recorded",)
    nobody = wf.casework.worker_changes(records(assignments=None), MARCH, roles=ROLES)
    assert set(nobody.frame["marker"]) == {"x"}
    assert len(nobody) == 6
    assert nobody.reasons == ("staff are not recorded",)
    by_team = wf.casework.worker_changes(records(), MARCH, roles=ROLES, by=["team"])
    assert set(by_team.frame["marker"]) == {"x"}
    assert by_team.reasons == ("the team of staff is not recorded",)
    with pytest.raises(UsageError, match="takes records first"):
        wf.casework.worker_changes(TABLES["allocations"], MARCH, roles=ROLES)


@pytest.mark.parametrize("measured", [wf.casework.backlog, wf.casework.backlog_age, wf.casework.waiting])
def test_a_period_where_a_day_is_asked_for_is_refused(measured):
    with pytest.raises(UsageError, match="a date is needed"):
        measured(records(), MARCH)


@pytest.mark.parametrize(
    "measured", [wf.casework.flow, wf.casework.timeliness, wf.casework.stages, wf.casework.continuity]
)
def test_a_day_where_a_period_is_asked_for_is_refused(measured):
    with pytest.raises(UsageError, match="a period is needed"):
        measured(records(), DAY)


def test_numbers_of_the_caller_that_a_page_would_print_are_recorded():
    spread = wf.caseload.distribution(records(), DAY, limit=18, bands=(1, 12))
    assert {("limit", 18.0), ("bands", 1.0), ("bands", 12.0)} <= spread._provenance.arguments
    weighed = wf.caseload.per_fte(records(), DAY, definition="dfe", weights={"therapy": 0.5})
    assert {("weights", "therapy"), ("weights", 0.5)} <= weighed._provenance.arguments
    loads = wf.caseload.with_history(records(), MARCH, roles=ROLES, bands=(3, 6))
    assert {("bands", 3.0), ("bands", 6.0)} <= loads._provenance.arguments
    usual = wf.caseload.with_history(records(), MARCH, roles=ROLES)
    assert not {name for name, _ in usual._provenance.arguments} & {"bands", "months_before"}
