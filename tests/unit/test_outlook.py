"""Outlook: what comes out, what moves it, what it may look at, and what is refused."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import workforce as wf
from builders import REST, Forecast, made, make_area
from workforce import Period
from workforce.errors import NotEstimable, UsageError
from workforce.forecast.clearing import FurtherPosts, clearing
from workforce.forecast.demand import OF_REQUESTS, Level, rates_of, spell_days
from workforce.forecast.fit import fit, known_on
from workforce.forecast.outlook import months_after, paths_of
from workforce.measures.clocks import dated_cases

AS_NOW, Scenario = wf.forecast.AS_NOW, wf.forecast.Scenario
ForecastSettings = wf.forecast.ForecastSettings
outlook, outlook_checked, outlook_past = wf.forecast.outlook, wf.forecast.outlook_checked, wf.forecast.outlook_past
ROLES = ("SEND caseworker", "Senior SEND caseworker")
CUT = date(2022, 3, 31)
HAPPENED = "what happened"


@pytest.fixture(scope="module")
def area():
    return made(make_area(staff=400, organisations=1, years=4, seed=7))


def changed(records, **tables):
    """The records with some tables in place of their own."""
    return wf.Records(**{**dict(records.tables()), **tables})


@pytest.fixture(scope="module")
def fitted(area):
    return fit(area, roles=ROLES, on=None, history=36, case_type="ehc_assessment")


def test_three_figures_for_every_month_and_scenario(area):
    result = outlook(area, 3, (AS_NOW, Scenario("more", recruit=5)), roles=ROLES, settings=ForecastSettings(paths=200))
    assert isinstance(result, Forecast)
    assert (result.groups, result.added, result.reasons) == (("scenario",), ("lower_80", "upper_80"), ())
    table = result.frame
    assert table.columns == ["measure", "definition", "scenario", *REST, "lower_80", "upper_80"]
    assert table["definition"].unique().sort().to_list() == ["backlog", "caseload", "fte"]
    assert table["period_end"].unique().sort().to_list() == [date(2023, 4, 30), date(2023, 5, 31), date(2023, 6, 30)]
    assert table.height == 3 * 2 * 3
    ordered = table.select(
        (pl.col("lower") <= pl.col("lower_80"))
        & (pl.col("lower_80") <= pl.col("value"))
        & (pl.col("value") <= pl.col("upper_80"))
        & (pl.col("upper_80") <= pl.col("upper"))
    ).to_series()
    assert ordered.all()
    assert table["method"].unique().to_list() == ["simulated"]


def test_equal_records_and_seeds_give_equal_figures(area):
    one, two, other = (
        outlook(area, 2, roles=ROLES, settings=ForecastSettings(paths=100, seed=seed)).frame for seed in (5, 5, 6)
    )
    assert_frame_equal(one, two)
    assert not one.equals(other)


LEVERS = (
    AS_NOW,
    Scenario("recruit", recruit=2.5),
    Scenario("retain", retain=0.3),
    Scenario("reduce demand", reduce_demand=0.2),
    Scenario("cut sickness", cut_sickness=0.4),
    Scenario("end agency cover", end_agency=True),
    Scenario("the oldest first", late_first=True),
    Scenario("all", recruit=2.5, retain=0.3, reduce_demand=0.2, cut_sickness=0.4, end_agency=True),
)


@pytest.mark.parametrize("scenario", LEVERS, ids=[s.name for s in LEVERS])
def test_every_path_of_a_real_area_keeps_its_accounts_under_every_scenario(fitted, scenario):
    paths = paths_of(fitted, scenario, 6, paths=150)
    assert np.allclose(paths.employed[:, :-1] + paths.joined - paths.left, paths.employed[:, 1:])
    assert np.allclose(paths.agency[:, :-1] + paths.agency_came - paths.agency_went, paths.agency[:, 1:])
    assert (paths.open_cases[:, :-1] + paths.arrivals - paths.closures == paths.open_cases[:, 1:]).all()
    # start + joiners - leavers = end over the whole time, too, in one sum
    assert np.allclose(paths.employed[:, 0] + paths.joined.sum(axis=1) - paths.left.sum(axis=1), paths.employed[:, -1])
    assert (paths.overdue <= paths.open_cases).all()
    assert (paths.employed >= -1e-9).all()
    assert (paths.agency >= -1e-9).all()
    assert paths.joined.sum() > 0
    assert paths.left.sum() > 0


def test_each_lever_moves_the_way_it_should(fitted):
    def end(scenario):
        paths = paths_of(fitted, scenario, 12, paths=300)
        return paths.fte[:, -1].mean(), paths.overdue[:, -1].mean(), paths.agency[:, -1].max()

    fte, late, _ = end(AS_NOW)
    assert end(Scenario("s", recruit=10))[0] > fte + 5
    assert end(Scenario("s", recruit=10))[1] < late
    assert end(Scenario("s", retain=1.0))[0] > fte
    assert end(Scenario("s", reduce_demand=0.5))[1] < 0.8 * late
    assert end(Scenario("s", cut_sickness=1.0))[1] < late
    assert end(Scenario("s", end_agency=True))[2] == 0


def test_all_scenarios_begin_where_things_stand(fitted):
    for scenario in LEVERS:
        paths, now = paths_of(fitted, scenario, 1, paths=100), paths_of(fitted, AS_NOW, 1, paths=100)
        for stock in ("employed", "agency", "open_cases", "overdue"):
            assert np.allclose(getattr(paths, stock)[:, 0], getattr(now, stock)[:, 0])


def test_a_lever_that_is_not_touched_changes_no_path(fitted):
    now = paths_of(fitted, AS_NOW, 6, paths=100)
    fewer = paths_of(fitted, Scenario("s", reduce_demand=0.5), 6, paths=100)
    assert np.array_equal(now.employed, fewer.employed)
    assert np.array_equal(now.agency, fewer.agency)


def with_posts(fitted, scenario=AS_NOW, *, most=8, paths=100):
    return FurtherPosts(
        fitted, months_after(fitted.on, 9), overdue_after=140, paths=paths, seed=4, scenario=scenario, most=most
    )


def follows_staff(fitted, share):
    """The same area, where closings follow the staff by so much, known for sure."""
    requests = fitted.cases.requests
    pace = Level.known(staff_share=share, dispersion=1.5)
    return replace(fitted, cases=replace(fitted.cases, requests=replace(requests, pace=pace)))


@pytest.mark.parametrize("scenario", LEVERS, ids=[s.name for s in LEVERS])
def test_requests_simulated_alone_are_those_of_the_whole_outlook(fitted, scenario):
    posts = with_posts(fitted, scenario)
    for number in (0, 3):
        more = replace(scenario, recruit=scenario.recruit + number)
        if scenario.recruit % 1 and number:
            continue  # a part of a post comes after the whole ones of the scenario, and before the further ones
        assert np.array_equal(posts.late(number), paths_of(fitted, more, 9, paths=100, seed=4).overdue)


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_more_at_work_or_fewer_requests_never_leave_more_of_them_on_any_path(fitted, share):
    area = follows_staff(fitted, share)
    posts = with_posts(area)
    queues = [posts.late(number) for number in range(9)]
    assert all((more <= fewer).all() for fewer, more in pairwise(queues))
    assert queues[8][:, -1].mean() < queues[0][:, -1].mean()
    for lever in ("reduce_demand", "cut_sickness"):
        late = [with_posts(area, Scenario("s", **{lever: size})).late(0) for size in (0.0, 0.1, 0.5, 1.0)]
        assert all((more <= fewer).all() for fewer, more in pairwise(late))


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_the_smallest_number_of_posts_is_that_of_trying_each(fitted, share):
    area, months = follows_staff(fitted, share), months_after(fitted.on, 9)
    ends = [with_posts(area).late(number)[:, -1] for number in range(9)]
    for target in {float(np.median(end)) for end in ends} | {0.0}:
        answer = clearing(area, months, target=target, overdue_after=140, paths=100, seed=4, most=8)
        enough = [number for number, end in enumerate(ends) if (end <= target).sum() >= 50]
        assert answer.posts == (enough[0] if enough else None)
        shown = ends[8 if answer.posts is None else answer.posts]
        assert answer.cleared == (shown <= target).sum()
        assert answer.cleared_as_now == (ends[0] <= target).sum()
        if answer.posts:
            assert answer.cleared_with_one_fewer == (ends[answer.posts - 1] <= target).sum() < 50
        else:
            assert answer.cleared_with_one_fewer is None


def test_closing_the_oldest_first_leaves_fewer_late_and_closes_as_many(fitted):
    now, oldest = (paths_of(fitted, s, 9, paths=200) for s in (AS_NOW, Scenario("s", late_first=True)))
    # Whoever is closed out of turn makes room for nobody: those who are passed over are late soon after. So the gain is small.
    assert oldest.overdue[:, 1:].mean() < 0.97 * now.overdue[:, 1:].mean()
    assert oldest.closures.mean() == pytest.approx(now.closures.mean(), rel=0.02)


def test_more_staff_close_no_more_of_the_cases_that_last(fitted):
    # Plans end when the child leaves: nothing of them follows the staff, in the records or on the paths.
    assert set(fitted.cases.lasting.pace.staff_share) == {0.0}
    assert len(set(fitted.cases.requests.pace.staff_share)) > 1


def test_a_plan_follows_a_request_as_often_as_it_did(area, fitted):
    window = pl.col("outcome_date").is_between(date(2020, 4, 1), date(2023, 3, 31))
    requests = area.cases.filter(window & (pl.col("case_type") == "ehc_assessment"))
    issued = (requests["outcome"] == "plan_issued").sum()
    assert fitted.cases.closed == requests.height
    # A plan that was issued on the last day begins after the records.
    assert issued - 3 <= fitted.cases.followed <= issued


def test_months_add_up_to_the_rates_of_the_whole_history(area, fitted):
    window = Period(date(2020, 4, 1), date(2023, 3, 31))
    requests = dated_cases(area.cases, "ehc_assessment")
    whole = rates_of(spell_days(requests, "received_date", "ended", window), OF_REQUESTS, "event")
    assert fitted.cases.requests.closing.events == pytest.approx(whole.events)
    assert fitted.cases.requests.closing.days == pytest.approx(whole.days)
    assert fitted.cases.requests.arriving == pytest.approx(
        requests.filter(pl.col("received_date").is_between(window.start, window.end)).height / window.days
    )


def test_what_happened_meets_the_paths_where_they_begin(area):
    then = fit(area, roles=ROLES, on=CUT, history=24, case_type="ehc_assessment")
    paths = paths_of(then, AS_NOW, 1, paths=100)
    past = dict(outlook_past(area, CUT, roles=ROLES).frame.select("definition", "value").rows())
    assert past["fte"] == pytest.approx(paths.fte[0, 0])
    assert past["caseload"] == pytest.approx(paths.caseload[0, 0])
    assert past["backlog"] == paths.overdue[0, 0]


def test_what_happened_has_the_columns_of_an_outlook_and_says_whom_it_is_about(area):
    days = [date(2023, 2, 28), date(2023, 3, 31)]
    past = outlook_past(area, days, roles=ROLES).frame
    assert past.columns == ["measure", "definition", "scenario", *REST]
    assert past["scenario"].unique().to_list() == [HAPPENED]
    late = past.filter(pl.col("definition") == "backlog")
    assert late["people"].to_list() == late["value"].to_list()  # the children whose requests are late
    early = outlook_past(area, date(2015, 1, 31), roles=ROLES).frame
    assert early["marker"].unique().to_list() == ["x"]
    assert early["value"].null_count() == 3
    nobody = outlook_past(area, days, roles=["Astronaut"])
    assert nobody.frame.select("scenario", "marker").unique().rows() == [(HAPPENED, "x")]
    assert nobody.frame["period_end"].unique().sort().to_list() == days
    assert nobody.reasons == ("nobody on record has had one of the roles of caseworkers",)


def test_the_staff_of_past_days_are_counted_where_cases_are_not_recorded(area):
    past = outlook_past(changed(area, cases=None), CUT, roles=ROLES)
    assert dict(past.frame.select("definition", "marker").rows()) == {"backlog": "x", "caseload": "x", "fte": None}
    assert past.reasons == ("cases are not recorded",)
    own = outlook_past(area, CUT, roles=ROLES).filter(pl.col("definition") == "fte")
    assert_frame_equal(past.filter(pl.col("definition") == "fte").frame, own.frame)
    assert outlook_past(wf.Records(), CUT, roles=ROLES).reasons == ("staff are not recorded",)


def test_looking_back_is_the_outlook_that_was_made_then(area):
    back = outlook_checked(
        area, 12, roles=ROLES, on=date(2023, 3, 31), settings=ForecastSettings(paths=100, history=24)
    )
    assert_frame_equal(
        back.frame, outlook(area, 12, roles=ROLES, on=CUT, settings=ForecastSettings(paths=100, history=24)).frame
    )
    assert isinstance(back, Forecast)
    assert back.frame["period_end"].max() == date(2023, 3, 31)
    with pytest.raises(UsageError, match="not the last of its month"):
        outlook_checked(area, 12, roles=ROLES, on=date(2023, 3, 30))


def test_a_backlog_of_few_children_is_not_shown_ahead_either(area):
    old = pl.col("closed_date").is_null() & (pl.col("received_date") <= date(2022, 11, 11))
    late = area.cases.filter(old & (pl.col("case_type") == "ehc_assessment"))["case_id"]
    few = area.cases.filter(~pl.col("case_id").is_in(late[4:].implode()))
    table = outlook(changed(area, cases=few), 1, roles=ROLES, settings=ForecastSettings(paths=100))
    assert table.frame.filter(pl.col("definition") == "backlog")["people"].item() == 4
    shown = dict(wf.release(table, "board").frame.select("definition", "marker").rows())
    assert shown == {"backlog": "c", "caseload": None, "fte": None}


def test_retaining_everybody_loses_nobody(fitted):
    assert paths_of(fitted, Scenario("s", retain=1.0), 12, paths=100).left.sum() == 0


def test_the_start_is_what_the_records_say(area, fitted):
    there = pl.col("end_date").is_null() & pl.col("role").is_in(ROLES)
    staff = area.assignments.filter(there & (pl.col("employment") == "employed"))
    paths = paths_of(fitted, AS_NOW, 1, paths=100)
    assert paths.employed[:, 0] == pytest.approx(staff["fte"].sum())
    open_cases = area.cases.filter(pl.col("closed_date").is_null() & pl.col("case_type").str.starts_with("ehc"))
    assert (paths.open_cases[:, 0] == open_cases.height).all()
    ages = (
        date(2023, 3, 31) - open_cases.filter(pl.col("case_type") == "ehc_assessment")["received_date"]
    ).dt.total_days()
    assert (paths.overdue[:, 0] == (ages >= 140).sum()).all()


def test_nothing_after_the_day_is_looked_at(area):
    cut = known_on(area, CUT)
    options = {"roles": ROLES, "on": CUT, "settings": ForecastSettings(paths=100)}
    assert_frame_equal(outlook(area, 2, **options).frame, outlook(changed(area, **cut), 2, **options).frame)
    assert cut["cases"]["outcome_date"].max() <= CUT
    assert (
        cut["cases"].filter(pl.col("closed_date").is_null())["outcome"].null_count()
        == cut["cases"]["closed_date"].null_count()
    )


def test_stocks_are_rounded_as_the_rule_says(area):
    table = outlook(area, 1, roles=ROLES, settings=ForecastSettings(paths=100))
    shown = wf.release(table, "board").frame
    for name in ("fte", "backlog"):
        row = shown.filter(pl.col("definition") == name).row(0, named=True)
        assert all(row[c] == round(row[c]) for c in ("value", "lower", "upper", "lower_80", "upper_80"))
    loads = shown.filter(pl.col("definition") == "caseload").row(0, named=True)
    assert all(loads[c] == float(f"{loads[c]:.3g}") for c in ("value", "lower", "upper", "lower_80", "upper_80"))
    exact = wf.release(table, "internal").frame
    assert_frame_equal(exact, table.frame)


def test_a_team_is_not_shown_below_the_rule(area):
    table = outlook(area, 1, roles=ROLES, settings=ForecastSettings(paths=100))
    assert wf.release(table, "board").frame["value"].null_count() == 0
    three = table.frame.with_columns(people=pl.lit(3, pl.Int64), denominator=pl.lit(3.0))
    few = Forecast(three, table.definitions, table.groups, added=table.added)
    shown = wf.release(few, "board").frame
    assert shown["value"].null_count() == shown["lower_80"].null_count() == shown.height


def test_a_day_inside_a_month_first_ends_that_month():
    assert [(p.start.day, str(p.end)) for p in months_after(date(2023, 3, 10), 2)] == [
        (11, "2023-03-31"),
        (1, "2023-04-30"),
    ]


@pytest.mark.parametrize(
    ("months", "scenarios"),
    [
        (0, (AS_NOW,)),
        (61, (AS_NOW,)),
        (3, ()),
        (3, (AS_NOW, AS_NOW)),
        (3, (Scenario("s", retain=1.5),)),
        (3, (Scenario("s", recruit=-1),)),
    ],
)
def test_what_makes_no_sense_is_refused(area, months, scenarios):
    with pytest.raises(UsageError):
        outlook(area, months, scenarios, roles=ROLES)


@pytest.mark.parametrize("options", [{"paths": 10}, {"history": 0}, {"case_type": 1}])
def test_settings_that_make_no_sense_are_refused(options):
    with pytest.raises(UsageError):
        ForecastSettings(**options)


def test_the_numbers_of_the_settings_that_the_caller_chose_are_recorded(area):
    ahead = outlook(area, 1, roles=ROLES, on=CUT, settings=ForecastSettings(paths=110, seed=2023))
    assert ("paths", 110.0) in ahead._provenance.arguments
    assert {name for name, _ in ahead._provenance.arguments} & {"seed", "weeks", "lasting"} == set()


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"assignments": None}, "staff are not recorded"),
        ({"vacancies": None}, "vacancies are not recorded"),
        ({"cases": None}, "cases are not recorded"),
    ],
)
def test_without_staff_vacancies_or_cases_each_month_has_rows_that_say_so(area, tables, reason):
    scenarios = (AS_NOW, Scenario("more", recruit=5))
    ahead = outlook(changed(area, **tables), 2, scenarios, roles=ROLES, on=CUT)
    assert ahead.frame.columns == ["measure", "definition", "scenario", *REST, "lower_80", "upper_80"]
    assert ahead.frame.select("marker", "value", "lower_80", "method").unique().rows() == [("x", None, None, "none")]
    assert len(ahead) == 3 * 2 * 2
    assert ahead.frame["period_end"].unique().sort().to_list() == [date(2022, 4, 30), date(2022, 5, 31)]
    assert ahead.frame["scenario"].unique().sort().to_list() == ["as now", "more"]
    assert ahead.reasons == (reason,)
    assert wf.release(ahead, "board").frame["marker"].unique().to_list() == ["x"]


def test_without_staff_and_without_a_day_the_months_are_not_known():
    ahead = outlook(wf.Records(), 3, roles=ROLES)
    assert ahead.frame.select("definition", "period_end", "marker").rows() == [
        ("backlog", None, "x"),
        ("caseload", None, "x"),
        ("fte", None, "x"),
    ]
    assert ahead.reasons == ("staff are not recorded",)


def test_what_the_records_are_too_few_for_is_said_for_the_months_asked_for(area):
    nobody = outlook(area, 1, roles=["Astronaut"])
    assert nobody.frame.select("period_end", "marker").unique().rows() == [(date(2023, 4, 30), "x")]
    assert nobody.reasons == ("nobody on record has had one of the roles of caseworkers",)
    others = area.vacancies.filter(~pl.col("role").is_in(ROLES))
    assert outlook(changed(area, vacancies=others), 1, roles=ROLES).reasons == (
        "there are no vacancies in these roles",
    )
    with pytest.raises(NotEstimable, match="nobody on record has had one of the roles of caseworkers"):
        fit(area, roles=["Astronaut"], on=None, history=36, case_type="ehc_assessment")


def test_a_filter_that_leaves_nobody_is_the_reason(area):
    nobody = area.where(pl.col("role") == "Astronaut")
    ahead = outlook(nobody, 1, roles=ROLES, on=CUT)
    assert ahead.frame["marker"].unique().to_list() == ["x"]
    assert ahead.reasons == ("no records are left after the filter",)
    assert outlook_past(nobody, CUT, roles=ROLES).reasons == ("no records are left after the filter",)


def test_less_sickness_cannot_be_tried_where_none_is_recorded_and_other_scenarios_can(area):
    without = changed(area, absences=None)
    ahead = outlook(
        without, 1, (AS_NOW, Scenario("well", cut_sickness=0.5)), roles=ROLES, settings=ForecastSettings(paths=100)
    )
    marked = ahead.frame.group_by("scenario").agg(pl.col("marker").unique()).sort("scenario")
    assert marked.rows() == [("as now", [None]), ("well", ["x"])]
    assert ahead.reasons == ("sickness in these roles is not recorded",)
    alone = outlook(without, 1, roles=ROLES, settings=ForecastSettings(paths=100))
    assert_frame_equal(ahead.filter(pl.col("scenario") == "as now").frame, alone.frame)
    assert alone.reasons == ()


def test_a_caller_s_mistakes_are_refused(area):
    undated = changed(area, assignments=area.assignments.drop("observed_from", "observed_to"))
    with pytest.raises(UsageError, match="day of the outlook is not known"):
        outlook(undated, 3, roles=ROLES)
    with pytest.raises(UsageError, match="takes records first"):
        outlook(area.assignments, 3, roles=ROLES)
    with pytest.raises(UsageError, match="a scenario is needed"):
        outlook(area, 3, ["more posts"], roles=ROLES)
    with pytest.raises(UsageError, match="a date is needed"):
        outlook(area, 3, roles=ROLES, on=wf.month("2022-03"))
    with pytest.raises(UsageError, match="a date is needed"):
        outlook_past(area, wf.month("2022-03"), roles=ROLES)
    with pytest.raises(UsageError, match="name= is a text"):
        Scenario(5)
    with pytest.raises(UsageError, match="recruit= is a number"):
        Scenario("more", recruit="five")


def test_what_a_scenario_says_is_recorded_as_given_and_the_library_s_own_is_not(area):
    plain = outlook(area, 1, roles=ROLES, on=CUT, settings=ForecastSettings(paths=100))
    more = Scenario("five more posts", recruit=5, retain=0.1)
    ahead = outlook(area, 1, (AS_NOW, more), roles=ROLES, on=CUT, settings=ForecastSettings(paths=100))
    own = {("name", "five more posts"), ("recruit", 5.0), ("retain", 0.1)}
    assert ahead._provenance.arguments - plain._provenance.arguments == own
