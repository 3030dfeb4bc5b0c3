"""The list of key indicators as measures: each has its tables, judged against its target, and nothing missing stops the rest."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

import workforce as wf
from builders import MeasureTable, measured, records
from workforce.errors import UsageError

MONTHS = 30  # of a series
TOO_FEW = "too few points to judge"


def kpi(measure, definition, **more):
    return SimpleNamespace(
        **{
            "measure": measure,
            "definition": definition,
            "owner": "A",
            "roles": (),
            "name": None,
            "better": None,
            "amber": 0.0,
            **more,
        }
    )


def agreed(*kpis, targets=None):
    found = targets or {}
    return SimpleNamespace(
        kpis=kpis,
        casework=SimpleNamespace(caseload_limit=None, caseworker_roles=(), weights={}),
        target_value=lambda measure, definition, *roles: found.get((measure, definition, *roles)),
    )


def figures_name(listed):
    return f"key indicator: {listed.measure}, {listed.definition}"


def series_name(listed):
    return f"key indicator by month: {listed.measure}, {listed.definition}"


def kpi_tables(*args, **frames):
    """The tables of the list for March 2023, or another month, from records of frames."""
    month, listed = args if len(args) == 2 else ("2023-03", *args)
    return wf.indicators.kpis(records(**frames), month, listed)


def staff(leavers_a_month=2, people=600, organisation="council", observed_from=date(2015, 1, 1)):
    """People who have always been there, so many of whom leave in the middle of each month of 2018 to 2023."""
    ends = [date(2018 + m // 12, m % 12 + 1, 15) for m in range(63) for _ in range(leavers_a_month)]
    return pl.DataFrame(
        {
            "organisation": organisation,
            "person_id": [f"{organisation}{n}" for n in range(people)],
            "fte": 1.0,
            "start_date": date(2015, 1, 1),
            "end_date": [*ends, *[None] * (people - len(ends))],
            "observed_from": observed_from,
            "observed_to": date(2023, 3, 31),
        },
        schema_overrides={"end_date": pl.Date},
    )


def counts(*rows, measure="training_uptake", definition="module completed", organisation="council"):
    """rows: first day, last day, numerator, denominator."""
    return pl.DataFrame(
        [(organisation, measure, definition, "%", "sum", *row) for row in rows],
        schema=["organisation", "measure", "definition", "unit", "over_time", "period_start", "period_end", "numerator", "denominator"],
        orient="row",
        schema_overrides={"numerator": pl.Float64, "denominator": pl.Float64},
    )  # fmt: skip


TURNOVER = kpi("turnover", "average")
UPTAKE = kpi("training_uptake", "module completed", better="higher")
COUNTED = [(date(y, 4, 1), date(y + 1, 3, 31), 40.0, 80.0) for y in range(2018, 2023)]  # years of uptake


def test_a_figure_is_the_year_to_the_month_with_the_year_before():
    people = staff()
    table = kpi_tables(agreed(TURNOVER), assignments=people)[figures_name(TURNOVER)].frame
    two_years = wf.staffing.turnover(records(assignments=people), wf.years_to("2023-03", 2), definition="average")
    assert table.drop("status", "target", "amber_to", "better").equals(two_years.frame)
    assert table["period_end"].to_list() == [date(2022, 3, 31), date(2023, 3, 31)]


def test_its_series_is_thirty_months_on_the_scale_of_the_target():
    people = staff()
    targets = {("turnover", "average"): 6.0}
    by_month = kpi_tables(agreed(TURNOVER, targets=targets), assignments=people)
    table = by_month[series_name(TURNOVER)]["by month"].frame
    monthly = wf.staffing.turnover(
        records(assignments=people), wf.months_to("2023-03", MONTHS), definition="average", annualised=True
    )
    straight = wf.stats.xmr(monthly, target=6.0).frame
    assert table.select("period_start", "unit", "variation", "assurance").equals(
        straight.select("period_start", "unit", "variation", "assurance")
    )
    assert table["value"].to_list() == pytest.approx(straight["value"].to_list())
    assert table["upper_limit"].to_list() == pytest.approx(straight["upper_limit"].to_list())


def test_days_lost_in_a_month_are_shown_as_days_a_year_before_and_after_release():
    people = staff(people=300, leavers_a_month=0)
    sick = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"council{n}" for n in range(60)],
            "start_date": date(2023, 3, 6),
            "end_date": date(2023, 3, 10),
            "reason": "back",
        }
    )
    sickness = kpi("absence", "days_per_fte")
    page = kpi_tables(agreed(sickness), assignments=people, absences=sick)
    last = page[series_name(sickness)]["by month"].frame.row(-1, named=True)
    assert (last["numerator"], last["denominator"], last["unit"]) == (300.0, 300.0, "days per FTE a year")
    assert last["value"] == pytest.approx(365.25 / 31)
    shown = wf.release(page).tables[series_name(sickness)].row(-1, named=True)
    assert shown["value"] == pytest.approx(365.25 / 31)
    both = records(assignments=people, absences=sick)
    exact = wf.absence.rate(both, wf.year_to("2023-03"), definition="days_per_fte").frame.row(0, named=True)
    assert page[figures_name(sickness)].frame.row(-1, named=True)["value"] == exact["value"] == 1.0


def test_a_target_for_a_year_says_nothing_of_months_that_are_not_on_its_scale():
    people, stays = staff(), kpi("stability", "nhs")
    tables = kpi_tables(agreed(stays, targets={("stability", "nhs"): 90.0}), assignments=people)
    by_month = tables[series_name(stays)]["by month"].frame
    assert by_month["assurance"].null_count() == by_month.height
    last = wf.staffing.stability(records(assignments=people), wf.months_to("2023-03", 1)).frame
    assert by_month["value"][-1] == last["value"].item()


@pytest.mark.parametrize(("a_month", "step", "points"), [(25, "", 30), (9, "by quarter", 20), (3, "by year", 5)])
def test_a_board_sees_the_finest_of_month_quarter_and_year_that_counts_twelve_on_average(a_month, step, points):
    one = kpi_tables(agreed(TURNOVER), assignments=staff(leavers_a_month=a_month, people=4000))
    page = wf.release(one)
    assert page.tables[series_name(TURNOVER)].height == points
    assert page.notes[series_name(TURNOVER)].startswith(f"Shown {step}" if step else "")
    assert (page.notes[series_name(TURNOVER)] == "") == (not step)


def test_a_management_meeting_sees_months_of_few_people_unless_too_many_are_withheld():
    page = wf.release(kpi_tables(agreed(TURNOVER), assignments=staff(leavers_a_month=9, people=4000)), "internal")
    assert page.tables[series_name(TURNOVER)].height == MONTHS


def test_quarters_end_with_the_month_and_lie_side_by_side():
    tables = kpi_tables("2023-02", agreed(TURNOVER), assignments=staff(leavers_a_month=3))
    quarters = tables[series_name(TURNOVER)]["by quarter"].frame
    assert quarters.select("period_start", "period_end").row(-1) == (date(2022, 12, 1), date(2023, 2, 28))
    starts, ends = quarters["period_start"].to_list(), quarters["period_end"].to_list()
    assert all((start - end).days == 1 for start, end in zip(starts[1:], ends[:-1], strict=True))


def test_a_figure_on_a_day_is_its_own_series_of_month_ends():
    posts = pl.DataFrame({"organisation": ["council"], "funded_fte": [700.0], "start_date": [date(2015, 1, 1)]})
    vacant = kpi("vacancy_rate", "establishment")
    tables = kpi_tables(
        agreed(vacant, targets={("vacancy_rate", "establishment"): 90.0}), assignments=staff(), posts=posts
    )
    assert list(tables) == [figures_name(vacant)]
    assert len(tables[figures_name(vacant)]) == MONTHS
    assert tables[figures_name(vacant)].frame["assurance"][-1] == "consistently hits the target"


def test_what_takes_a_year_to_know_is_shown_for_those_of_a_year_ago():
    joined = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"p{n}" for n in range(120)],
            "fte": 1.0,
            "start_date": [date(2019 + n // 36, n % 12 + 1, 10) for n in range(120)],
            "observed_from": date(2015, 1, 1),
            "observed_to": date(2023, 3, 31),
        }
    )
    here = kpi("quality_of_hire", "twelve_months")
    figures = kpi_tables(agreed(here), assignments=joined)[figures_name(here)].frame
    assert figures.select("period_end", "value").row(-1) == (date(2022, 3, 31), 100.0)


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (kpi("absence", "nhs"), "sickness absences are not recorded"),
        (kpi("timeliness", "dfe"), "cases are not recorded"),
        (kpi("parents_reached", "letters sent", better="higher"), "no records"),
        (kpi("pay_gap", "median"), "not worked out for this list"),
        (kpi("turnover", "average_indirect"), "not worked out for this list"),
    ],
)
def test_what_cannot_be_worked_out_has_an_empty_table_says_why_and_stops_nothing(listed, reason):
    tables = kpi_tables(agreed(listed, TURNOVER), assignments=staff())
    assert len(tables[figures_name(listed)]) == 0
    assert tables[figures_name(listed)].reasons == (reason,)
    page = wf.release(tables)
    assert page.tables[figures_name(listed)].is_empty()
    assert page.results[figures_name(listed)].reasons == (reason,)
    assert page.tables[figures_name(TURNOVER)].height == 2


def test_a_count_is_measured_over_its_own_periods_up_to_the_month():
    rows = [(date(y, 4, 1), date(y + 1, 3, 31), 40.0 + y - 2018, 80.0) for y in range(2018, 2024)]
    table = kpi_tables(agreed(UPTAKE), counts=counts(*rows))[figures_name(UPTAKE)].frame
    assert table["period_end"].to_list() == [date(y, 3, 31) for y in range(2019, 2024)]
    assert table["value"].to_list() == pytest.approx([100 * (40 + n) / 80 for n in range(5)])
    assert set(table["variation"]) == {TOO_FEW}


def test_a_monthly_count_is_judged_against_its_target_in_the_direction_of_the_settings():
    rows = [(m.start, m.end, 30.0 + n % 2, 60.0) for n, m in enumerate(wf.months_to("2023-03", 20))]
    listed = agreed(UPTAKE, targets={("training_uptake", "module completed"): 80.0})
    table = kpi_tables(listed, counts=counts(*rows))[figures_name(UPTAKE)].frame
    assert set(table["variation"]) == {"no significant change"}
    assert set(table["assurance"]) == {"consistently misses the target"}


def test_counts_of_the_year_to_each_month_come_down_to_separate_years():
    rows = [
        (wf.year_to(m).start, wf.year_to(m).end, 40.0, 80.0)
        for m in ("2021-03", "2022-02", "2022-03", "2023-02", "2023-03")
    ]
    extra = (date(2023, 3, 1), date(2023, 3, 31), 1.0, 80.0)
    table = kpi_tables(agreed(UPTAKE), counts=counts(*rows))[figures_name(UPTAKE)].frame
    assert table["period_end"].to_list() == [date(y, 3, 31) for y in (2021, 2022, 2023)]
    both = kpi_tables(agreed(UPTAKE), counts=counts(*rows[:4], extra))[figures_name(UPTAKE)].frame
    assert both["period_end"].to_list() == [date(2023, 3, 31)]


def test_a_figure_of_other_organisations_is_not_set_beside_the_latest():
    late = staff(organisation="trust", observed_from=date(2022, 4, 1))
    both = pl.concat([staff(), late])
    tables = kpi_tables(agreed(TURNOVER), assignments=both)
    figures = tables[figures_name(TURNOVER)].frame
    assert figures["period_end"].to_list() == [date(2023, 3, 31)]
    assert figures["left_out"].to_list() == [[]]
    series = tables[series_name(TURNOVER)]["by month"].frame
    assert series["period_start"].to_list()[0] == date(2022, 4, 1)
    assert series.height == 12
    assert set(series["variation"]) == {TOO_FEW}


def test_a_month_of_other_organisations_in_between_is_a_gap():
    rows = [(m.start, m.end, 30.0, 60.0) for m in wf.months_to("2023-03", 14)]
    without = [row for row in rows if row[0] != date(2022, 10, 1)]
    several = pl.concat([counts(*rows), counts(*without, organisation="trust")])
    table = kpi_tables(agreed(UPTAKE), counts=several)[figures_name(UPTAKE)].frame
    gap = table.filter(pl.col("period_start") == date(2022, 10, 1))
    assert gap.select("numerator", "denominator", "people", "value", "marker").row(0) == (None, None, None, None, "x")
    assert table["value"].null_count() == 1


def test_tables_stand_in_the_order_of_the_list_under_names_of_their_own():
    listed = agreed(UPTAKE, TURNOVER, kpi("leavers", "left", better="lower"))
    tables = kpi_tables(listed, assignments=staff())
    assert list(tables) == [
        "key indicator: training_uptake, module completed",
        "key indicator: turnover, average",
        "key indicator by month: turnover, average",
        "key indicator: leavers, left",
        "key indicator by month: leavers, left",
    ]
    assert list(kpi_tables(agreed())) == []


def test_an_empty_table_has_the_columns_of_a_measure_table():
    table = kpi_tables(agreed(TURNOVER))[figures_name(TURNOVER)]
    assert isinstance(table, MeasureTable)
    assert (
        table.frame.schema == measured({"numerator": [1.0], "denominator": [2.0]}, "turnover", "average").frame.schema
    )


def test_every_result_knows_its_definition_and_what_xmr_added():
    tables = kpi_tables(agreed(TURNOVER, UPTAKE), assignments=staff(), counts=counts(*COUNTED))
    for listed in (TURNOVER, UPTAKE):
        named = [(d.measure, d.definition) for d in tables[figures_name(listed)].definitions]
        assert named == [(listed.measure, listed.definition)]
    assert tables[figures_name(TURNOVER)].added[-4:] == ("status", "target", "amber_to", "better")
    assert "variation" not in tables[figures_name(TURNOVER)].added
    assert "variation" in tables[series_name(TURNOVER)]["by month"].added
    assert "variation" in tables[figures_name(UPTAKE)].added


def test_a_count_that_nobody_makes_says_nothing_of_another_areas_count_of_the_same_name():
    """The definition of a count is made from its rows and travels with the table."""
    first = kpi_tables(agreed(UPTAKE), counts=counts(*COUNTED))[figures_name(UPTAKE)]
    sessions = counts(*[(start, end, made, None) for start, end, made, _ in COUNTED]).with_columns(
        unit=pl.lit("sessions")
    )
    second = kpi_tables(agreed(UPTAKE), counts=sessions)[figures_name(UPTAKE)]
    assert [d.unit for d in first.definitions] == ["%"]
    assert [d.unit for d in second.definitions] == ["sessions"]


def test_what_the_partnership_agreed_is_recorded_and_the_constants_of_the_list_are_not():
    """A page accepts the numbers of the settings; a target or a weight that came from elsewhere must not pass unseen."""
    targets = {("turnover", "average"): 6.0, ("caseload", "dfe_weighted"): 14.0}
    weighted, over = kpi("caseload", "dfe_weighted"), kpi("caseload_distribution", "over_limit")
    listed = agreed(TURNOVER, weighted, over, kpi("timeliness", "no_plan"), targets=targets)
    listed.casework = SimpleNamespace(caseload_limit=17.5, caseworker_roles=["caseworker"], weights={"ehc_plan": 2})
    day = {"organisation": ["council"], "start_date": [date(2020, 1, 1)], "end_date": [None]}
    held = pl.DataFrame({**day, "case_id": ["c"], "person_id": ["council0"]}, schema_overrides={"end_date": pl.Date})
    cases = pl.DataFrame(
        {
            "organisation": ["council"],
            "case_id": ["c"],
            "case_type": ["ehc_plan"],
            "received_date": [date(2020, 1, 1)],
            "closed_date": [None],
            "outcome": [None],
        },
        schema_overrides={"closed_date": pl.Date, "outcome": pl.String},
    )
    people = staff().with_columns(role=pl.lit("caseworker"))
    tables = kpi_tables(listed, assignments=people, allocations=held, cases=cases)
    assert tables[figures_name(TURNOVER)]._provenance.arguments == {("target", 6.0)}
    assert tables[series_name(TURNOVER)]["by month"]._provenance.arguments == {("target", 6.0)}
    given = tables[f"{figures_name(weighted)} | caseworker"]._provenance.arguments
    assert given == {("weights", "ehc_plan"), ("weights", 2.0), ("target", 14.0)}
    assert tables[f"{figures_name(over)} | caseworker"]._provenance.arguments == {("limit", 17.5)}
    assert tables[figures_name(listed.kpis[-1])]._provenance.arguments == frozenset()


@pytest.mark.parametrize("given", [staff(), None, {"assignments": staff()}])
def test_a_frame_where_records_are_asked_for_is_refused_with_a_sentence(given):
    with pytest.raises(UsageError, match="a measure takes records first"):
        wf.indicators.kpis(given, "2023-03", agreed(TURNOVER))


def test_without_a_list_the_settings_of_the_records_are_asked():
    with pytest.raises(UsageError, match="these records have no settings"):
        wf.indicators.kpis(records(assignments=staff()), "2023-03")


def test_a_filter_that_leaves_nobody_has_empty_tables_with_that_reason():
    nobody = records(assignments=staff()).where(pl.col("organisation") == "trust")
    tables = wf.indicators.kpis(nobody, "2023-03", agreed(TURNOVER))
    assert list(tables) == [figures_name(TURNOVER)]
    assert tables[figures_name(TURNOVER)].reasons == ("no records are left after the filter",)


def test_the_callers_frames_stay_as_they_were():
    people = staff()
    before = people.clone()
    kpi_tables(agreed(TURNOVER), assignments=people)
    assert people.equals(before)


# Professions. Two caseworkers hold 30 cases each and two social workers 10 each: 20 a worker together, which nobody has.

WORKERS = {"c1": "SEND caseworker", "c2": "Senior SEND caseworker", "s1": "Social worker", "s2": "Social worker"}
HELD = {"c1": 30, "c2": 30, "s1": 10, "s2": 10}
PARTS = {"c": "caseworker", "s": "social worker"}
GROUPS = {"c": "SEND casework", "s": "Social work"}
CASELOAD = kpi("caseload", "dfe")


def casework(*, staff_group=True, worker_role=True, workers=WORKERS, change=date(2022, 10, 1)):
    """Staff, cases and allocations; on a day, one case of each first worker goes to the second of the profession."""
    people = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": list(workers),
            "role": list(workers.values()),
            "staff_group": [GROUPS[worker[0]] for worker in workers],
            "fte": 1.0,
            "start_date": date(2015, 1, 1),
        }
    )
    held = [(f"{worker}{n}", worker, date(2020, 1, 1), None) for worker in workers for n in range(HELD[worker])]
    held = [(*row[:3], change) if row[0] in ("c10", "s10") else row for row in held]
    held += [(case, f"{case[0]}2", change, None) for case in ("c10", "s10") if f"{case[0]}2" in workers]
    allocations = pl.DataFrame(
        held, schema=["case_id", "person_id", "start_date", "end_date"], orient="row"
    ).with_columns(organisation=pl.lit("council"), worker_role=pl.col("person_id").str.head(1).replace(PARTS))
    cases = (
        allocations.select("case_id")
        .unique()
        .with_columns(organisation=pl.lit("council"), received_date=date(2020, 1, 1), closed_date=pl.lit(None, pl.Date))
    )
    return {
        "assignments": people if staff_group else people.drop("staff_group"),
        "allocations": allocations if worker_role else allocations.drop("worker_role"),
        "cases": cases,
    }


def latest(tables):
    """The latest figure of each indicator by the name of its table, without its first words, and its status."""
    return {
        name.removeprefix("key indicator: "): (table.frame["value"][-1], table.frame["status"][-1])
        for name, table in tables.items()
        if not name.startswith("key indicator by month")
    }


@pytest.mark.parametrize(
    ("recorded", "names"),
    [
        ({}, ["SEND casework", "Social work"]),
        ({"worker_role": False}, ["SEND casework", "Social work"]),
        ({"staff_group": False}, ["caseworker", "social worker"]),
    ],
)
def test_a_caseload_without_roles_is_one_figure_for_each_profession_and_has_no_target(recorded, names):
    listed = agreed(CASELOAD, targets={("caseload", "dfe"): 25.0})
    figures = latest(kpi_tables(listed, **casework(**recorded)))
    assert figures == {f"caseload, dfe | {name}": (load, None) for name, load in zip(names, (30.0, 10.0), strict=True)}


def test_where_records_tell_no_professions_apart_every_role_has_its_own_figure():
    figures = latest(kpi_tables(agreed(CASELOAD), **casework(staff_group=False, worker_role=False)))
    assert [name.partition(" | ")[2] for name in figures] == [
        "SEND caseworker",
        "Senior SEND caseworker",
        "Social worker",
    ]


def test_of_one_profession_alone_the_target_counts_without_roles():
    alone = {worker: role for worker, role in WORKERS.items() if worker.startswith("c")}
    listed = agreed(CASELOAD, targets={("caseload", "dfe"): 25.0})
    assert latest(kpi_tables(listed, **casework(workers=alone))) == {"caseload, dfe | SEND casework": (30.0, "red")}


@pytest.mark.parametrize("recorded", [{}, {"worker_role": False}, {"staff_group": False}])
def test_an_indicator_with_roles_has_the_figure_and_the_target_of_these_roles(recorded):
    send = kpi("caseload", "dfe", roles=("SEND caseworker", "Senior SEND caseworker"))
    social = kpi("caseload", "dfe", roles=("Social worker",))
    targets = {("caseload", "dfe", send.roles): 25.0, ("caseload", "dfe", social.roles): 16.0}
    figures = latest(kpi_tables(agreed(send, social, targets=targets), **casework(**recorded)))
    assert figures == {
        "caseload, dfe, SEND caseworker, Senior SEND caseworker": (30.0, "red"),
        "caseload, dfe, Social worker": (10.0, "green"),
    }


def test_roles_that_hold_cases_in_different_parts_are_two_professions_even_if_one_indicator_names_both():
    pooled = kpi("caseload", "dfe", roles=("SEND caseworker", "Social worker"))
    listed = agreed(pooled, targets={("caseload", "dfe", pooled.roles): 25.0})
    assert latest(kpi_tables(listed, **casework())) == {
        "caseload, dfe, SEND caseworker, Social worker | SEND caseworker": (29.0, None),
        "caseload, dfe, SEND caseworker, Social worker | Social worker": (10.0, None),
    }


def test_changes_of_worker_with_roles_are_those_of_the_children_whom_these_roles_have():
    send = kpi("continuity", "changes", roles=("SEND caseworker", "Senior SEND caseworker"))
    tables = kpi_tables(agreed(send), **casework())
    frame = tables["key indicator: continuity, changes, SEND caseworker, Senior SEND caseworker"].frame
    assert frame.select("profession", "numerator").row(-1) == ("SEND caseworker, Senior SEND caseworker", 1.0)
    assert frame["denominator"][-1] == pytest.approx(60 * 365 / 365.25)
    by_part = wf.casework.continuity(records(**casework()), wf.year_to("2023-03"), by=["worker_role"]).frame
    theirs = by_part.filter(pl.col("worker_role") == "caseworker", pl.col("definition") == "changes")
    assert frame.row(-1, named=True)["value"] == pytest.approx(theirs["value"].item())


def test_changes_of_worker_without_a_staff_list_are_told_apart_by_the_part_of_the_worker():
    frames = casework()
    del frames["assignments"]
    figures = latest(kpi_tables(agreed(kpi("continuity", "changes")), **frames))
    assert [name.partition(" | ")[2] for name in figures] == ["caseworker", "social worker"]
    send = kpi("continuity", "changes", roles=("SEND caseworker",))
    (table,) = kpi_tables(agreed(send), **frames).values()
    assert table.reasons == ("staff are not recorded",)


def test_roles_in_which_nobody_holds_a_case_say_so():
    nobody = kpi("continuity", "changes", roles=("Astronaut",))
    (table,) = kpi_tables(agreed(nobody), **casework()).values()
    assert table.reasons == ("nobody in the roles of this indicator holds a case",)


def test_the_latest_figure_alone_has_a_status():
    tables = kpi_tables(agreed(TURNOVER, targets={("turnover", "average"): 4.0}), assignments=staff())
    frame = tables[figures_name(TURNOVER)].frame
    assert frame["status"].to_list() == [None, "red"]
    assert "status" not in tables[series_name(TURNOVER)]["by month"].frame.columns


LIMITS = {"SEND caseworker": 25, "Senior SEND caseworker": 31, "Social worker": 9}


def over_limit(limit, **more):
    spread = wf.caseload.distribution(
        records(**casework()), date(2023, 3, 31), limit=limit, roles=tuple(LIMITS), **more
    )
    return spread, spread.frame.filter(pl.col("definition") == "over_limit")


def test_each_worker_is_over_the_limit_of_their_own_role():
    spread, rows = over_limit(LIMITS, by=["staff_group"])
    # c1 holds 29 cases against 25, c2 31 against 31; s1 and s2 hold 9 and 11 against 9.
    assert rows.select("staff_group", "band", "numerator", "denominator").rows() == [
        ("SEND casework", "over the agreed limit", 1.0, 2.0),
        ("Social work", "over the agreed limit", 1.0, 2.0),
    ]
    assert spread.reasons == ()
    assert {("limit", 31.0), ("limit", "Social worker")} <= spread._provenance.arguments


def test_a_profession_without_a_limit_has_no_figure_of_workers_over_it_and_the_table_says_so():
    spread, rows = over_limit({"SEND caseworker": 25}, by=["staff_group"])
    assert rows.select("staff_group", "numerator", "denominator", "marker").rows() == [
        ("SEND casework", 1.0, 1.0, None),
        ("Social work", None, None, "z"),
    ]
    assert spread.reasons == ("no limit of caseloads is set for some of these roles: caseload_limit under [casework]",)
    bands = spread.frame.filter(pl.col("definition") == "workers")
    assert bands.group_by("staff_group").agg(pl.col("value").sum()).sort("staff_group")["value"].to_list() == [100, 100]


def test_a_key_indicator_of_workers_over_the_limit_uses_the_limit_of_each_role():
    over = kpi("caseload_distribution", "over_limit")
    listed = agreed(over)
    listed.casework = SimpleNamespace(caseload_limit=LIMITS, caseworker_roles=tuple(LIMITS), weights={})
    figures = latest(kpi_tables(listed, **casework()))
    assert {name.partition(" | ")[2]: value for name, (value, _) in figures.items()} == {
        "SEND casework": 50.0,
        "Social work": 50.0,
    }


def test_professions_are_told_apart_by_staff_group_or_else_by_role():
    assert records(**casework()).profession_column == "staff_group"
    assert records(**casework(staff_group=False)).profession_column == "role"
