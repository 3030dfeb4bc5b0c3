"""Casework, drawn: deadlines, backlog, flow, continuity and the roles of caseworkers, on a few rows that a reader can check in the head."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import casework, drawn
from workforce import calendar_year, financial_year, month

YEAR = calendar_year("2022")
DAY = date(2023, 3, 31)


def sides(table, *columns):
    return table.select(*columns, "numerator", "denominator", "people").rows()


# Deadlines ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def requests():
    # Received on Monday 3 January 2022: day 140 is 22 May, day 112 is 24 April, the anniversary is 3 January 2023.
    return drawn(
        """
        case_id child_id received_date outcome_date outcome         closed_date exception locality
        a       one      2022-01-03    2022-05-22   plan_issued     2022-05-22  false     north
        b       two      2022-01-03    2022-05-23   plan_issued     2022-05-23  true      north
        c       three    2021-01-04    2022-01-03   plan_issued     2022-01-03  false     south
        d       four     2021-01-04    2022-01-04   plan_issued     2022-01-04  false     south
        e       five     2022-01-03    2022-04-24   no_plan         2022-04-24  false     north
        f       six      2022-01-03    2022-04-25   no_plan         2022-04-25  false     north
        g       seven    2022-01-03    2022-02-13   request_refused 2022-02-13  false     north
        h       eight    2022-12-01    .            .               .           .         north
        i       nine     2022-12-01    2023-01-20   plan_issued     2023-01-20  false     north
        """,
        organisation="council",
        case_type="ehc_assessment",
    ).with_columns(exception=pl.col("exception") == "true")


@pytest.fixture
def area(requests):
    return wf.Records(cases=requests)


def test_a_plan_is_in_time_on_day_140_and_late_on_day_141(area):
    by_day = wf.casework.timeliness(area.where(pl.col("case_id").is_in(["a", "b"])), YEAR).frame
    assert sides(by_day, "definition") == [("dfe", 1, 2, 2)]


def test_a_plan_counts_in_the_year_in_which_it_was_issued(area):
    assert sides(wf.casework.timeliness(area, [calendar_year("2021"), YEAR, calendar_year("2023")]).frame) == [
        (0, 0, 0),
        (1, 4, 4),
        (1, 1, 1),
    ]


def test_exceptions_are_left_out_of_both_sides(area):
    table = wf.casework.timeliness(area, YEAR, exceptions="leave_out").frame
    assert sides(table, "definition") == [("dfe_without_exceptions", 1, 3, 3)]


def test_a_family_told_that_there_will_be_no_plan_is_told_in_time_on_day_112(area):
    assert sides(wf.casework.timeliness(area, YEAR, weeks=16).frame, "definition") == [("no_plan", 1, 2, 2)]


def test_any_other_number_of_weeks_says_how_many(area):
    assert sides(wf.casework.timeliness(area, YEAR, weeks=52).frame, "definition", "within") == [
        ("weeks", "52 weeks", 2, 4, 4)
    ]


def test_a_plan_on_the_day_before_the_anniversary_took_no_more_than_a_year(area):
    assert sides(wf.casework.timeliness_bands(area, YEAR).frame, "band") == [
        ("over 20 weeks, within a year", 2, 4, 4),
        ("over a year", 1, 4, 4),
        ("within 20 weeks", 1, 4, 4),
    ]


def test_groups_are_columns_of_the_cases(area):
    assert sides(wf.casework.timeliness(area, YEAR, by=["locality"]).frame, "locality") == [
        ("north", 1, 2, 2),
        ("south", 0, 2, 2),
    ]


def test_reviews_have_four_weeks_from_the_meeting():
    reviews = drawn(
        """
        case_id received_date outcome_date outcome
        a       2022-03-01    2022-03-28   maintain
        b       2022-03-01    2022-03-29   amend
        c       2022-03-01    .            .
        """,
        organisation="council",
        case_type="annual_review",
    )
    assert sides(
        wf.casework.timeliness(wf.Records(cases=reviews), YEAR, case_type="annual_review", weeks=4).frame, "definition"
    ) == [("review", 1, 2, 2)]


def test_a_type_of_case_that_nobody_records_is_not_available(area):
    reviews = wf.casework.timeliness(area, YEAR, case_type="annual_review", weeks=4)
    assert reviews.frame.select("numerator", "denominator", "marker").row(0) == (None, None, "x")
    assert reviews.reasons == ("cases of this type are not recorded",)
    before = wf.casework.timeliness(area, calendar_year("2020"))
    assert sides(before.frame) == [(0, 0, 0)]  # recorded, and none issued
    assert before.reasons == ()


def test_the_decision_whether_to_assess_is_in_time_on_day_42(requests):
    decided = drawn(
        """
        case_id stage    received_date
        a       decision 2022-02-13
        b       decision 2022-02-14
        h       decision .
        """
    )
    # g was refused on day 42 and has no milestone; c, d, e, f have no recorded decision and are in neither side
    assert sides(wf.casework.decisions(wf.Records(milestones=decided, cases=requests), YEAR).frame) == [(2, 3, 3)]
    assert sides(
        wf.casework.decisions(wf.Records(milestones=decided, cases=requests), YEAR, exceptions="leave_out").frame
    ) == [(2, 2, 2)]


def test_advice_that_never_came_is_late_and_advice_no_longer_needed_is_not_due():
    request = drawn(
        """
        case_id child_id received_date closed_date
        a       one      2022-01-03    .
        b       two      2022-01-03    2022-02-20
        """,
        organisation="council",
        case_type="ehc_assessment",
    )
    asked = drawn(
        """
        case_id stage    provider               requested_date received_date
        a       advice   health                 2022-02-01     2022-03-14
        a       advice   educational_psychology 2022-02-01     2022-03-15
        a       advice   social_care            2022-02-01     .
        a       advice   school                 .              2022-03-01
        b       advice   health                 2022-02-01     .
        b       advice   educational_psychology 2022-02-01     2022-02-19
        a       decision .                      2022-01-03     2022-02-01
        """
    )
    # due on 14 March; b closed before that: the advice that came counts, the one that was no longer needed does not
    assert sides(
        wf.casework.advice(wf.Records(milestones=asked, cases=request), month("2022-03")).frame, "provider"
    ) == [
        ("educational_psychology", 1, 2, 2),
        ("health", 1, 1, 1),
        ("social_care", 0, 1, 1),
    ]
    later = wf.casework.advice(wf.Records(milestones=asked, cases=request), month("2022-03"), weeks=7, by=[]).frame
    assert sides(later, "definition", "within") == [("weeks", "7 weeks", 3, 4, 2)]


def test_the_stages_of_a_plan_add_up_to_its_time_whatever_the_order_of_the_papers():
    plan = drawn(
        """
        case_id child_id received_date outcome_date outcome
        a       one      2022-01-03    2022-05-22   plan_issued
        b       two      2022-01-03    2022-05-22   plan_issued
        c       three    2022-01-03    2022-05-22   plan_issued
        """,
        organisation="council",
        case_type="ehc_assessment",
    )
    came = drawn(
        """
        case_id stage    provider received_date
        a       decision .        2022-02-01
        a       advice   health   2022-03-01
        a       advice   school   2022-02-10
        a       draft    .        2022-04-30
        b       decision .        2022-02-01
        b       advice   health   2022-05-01
        b       draft    .        2022-04-30
        c       decision .        2022-02-01
        """
    )
    # c lacks advice and draft; b's draft was there before the advice
    table = wf.casework.stages(wf.Records(milestones=came, cases=plan), YEAR).frame
    assert sides(table, "stage") == [
        ("advice", 28 + 89, 2, 2),
        ("decision", 29 + 29, 2, 2),
        ("draft", 60 + 0, 2, 2),
        ("final", 22 + 21, 2, 2),
    ]
    assert table["numerator"].sum() == 2 * 139


# Waiting --------------------------------------------------------------------------------------------------------------------------


def test_who_was_seen_on_the_day_waits_no_longer():
    referrals = drawn(
        """
        case_id child_id received_date outcome_date closed_date
        a       one      2022-11-26    .            .
        b       two      2022-11-25    .            .
        c       three    2022-04-02    .            .
        d       four     2022-04-01    .            .
        e       five     2022-04-01    2023-03-31   .
        f       six      2022-04-01    .            2023-03-30
        g       seven    2023-04-01    .            .
        """,
        organisation="trust",
        case_type="therapy",
    )
    assert sides(wf.casework.waiting(wf.Records(cases=referrals), DAY).frame, "band") == [
        ("18 to 52 weeks", 2, 4, 4),
        ("over 52 weeks", 1, 4, 4),
        ("up to 18 weeks", 1, 4, 4),
    ]


def test_open_requests_are_censored_and_those_open_when_records_begin_enter_late(area):
    table = wf.casework.time_to_plan(area, YEAR).frame
    entered = table.filter(pl.col("entered") > 0).select("time", "entered").rows()
    assert entered == [(0, 7.0), (362, 2.0)]  # c and d were 362 days old on 1 January 2022
    left = table.filter(pl.col("left") > 0).select("time", "left").rows()
    assert left == [(140, 1.0), (141, 1.0), (365, 1.0), (366, 1.0)]
    assert table.filter(pl.col("time") == 31)["censored"].item() == 2  # h and i, open on 31 December
    any_outcome = wf.casework.time_to_plan(area, YEAR, until="outcome").frame
    assert any_outcome["left"].sum() == 7


# Backlog and flow -----------------------------------------------------------------------------------------------------------------


def test_a_request_is_past_its_date_from_day_141_and_only_while_it_is_open():
    requests = drawn(
        """
        case_id child_id received_date outcome_date
        a       one      2022-11-12    .
        b       two      2022-11-11    .
        c       three    2022-10-15    .
        d       four     2022-10-14    .
        e       five     2022-11-11    2023-03-31
        f       six      2022-11-11    2023-04-01
        g       six      2021-01-01    .
        """,
        organisation="council",
        case_type="ehc_assessment",
    )
    late = wf.Records(cases=requests)
    table = wf.casework.backlog(late, DAY).frame  # a is on day 140; b and f on day 141; c on day 168, d on day 169
    assert sides(table.filter(pl.col("numerator") > 0), "definition", "band") == [
        ("overdue", "4 to 13 weeks over", 1, None, 1),
        ("overdue", "over 52 weeks over", 1, None, 1),
        ("overdue", "up to 4 weeks over", 3, None, 3),
        ("share", "past their date", 5, 6, 5),
    ]
    ages = wf.casework.backlog_age(late, DAY).frame
    assert ages.select("definition", "value", "denominator").rows() == [("median", 154.5, 6), ("ninetieth", 820, 6)]


def test_nobody_waiting_has_no_age(area):
    ages = wf.casework.backlog_age(area, date(2020, 1, 1)).frame
    assert ages.select("value", "denominator").rows() == [(None, 0), (None, 0)]


def test_what_closes_on_the_last_day_is_closed_when_the_period_has_ended():
    cases = drawn(
        """
        case_id child_id received_date closed_date
        a       one      2023-02-01    2023-03-31
        b       one      2023-03-01    2023-03-01
        c       two      2023-03-31    .
        d       three    2023-02-01    2023-02-28
        e       four     2023-04-01    .
        """,
        organisation="council",
    )
    table = wf.casework.flow(wf.Records(cases=cases), [month("2023-02"), month("2023-03"), month("2023-04")]).frame
    got = {name: rows["numerator"].to_list() for (name,), rows in table.group_by("definition", maintain_order=True)}
    assert got == {"arrivals": [2, 2, 1], "at_end": [1, 1, 2], "at_start": [0, 1, 1], "closures": [1, 2, 0]}
    march = table.filter((pl.col("definition") == "closures") & (pl.col("period_start") == date(2023, 3, 1)))
    assert march["people"].item() == 1  # a and b are one child's


# Continuity -----------------------------------------------------------------------------------------------------------------------

CASES = """
    organisation case_id child_id received_date closed_date case_type
    council      1       one      2022-04-01    .           ehc_plan
    council      2       one      2022-04-01    .           social_care
    trust        9       one      2022-10-01    .           therapy
    council      3       two      2022-10-01    .           ehc_plan
"""


def test_a_change_is_another_worker_in_the_same_role_whichever_case_or_organisation():
    held = drawn(
        """
        organisation case_id person_id worker_role   start_date end_date   change_reason
        council      1       a         caseworker    2022-04-01 2022-06-30 worker_left
        council      1       b         caseworker    2022-07-01 2022-09-30 .
        council      2       s         social_worker 2022-04-01 .          .
        trust        9       c         caseworker    2022-10-01 .          .
        council      3       d         caseworker    2022-10-01 2022-12-31 worker_absent
        council      3       d         caseworker    2023-01-01 .          .
        """
    )
    table = wf.casework.continuity(wf.Records(allocations=held, cases=drawn(CASES)), financial_year("2022-23")).frame
    # one: a to b, b to c (another organisation); the social worker is another role; two: the same worker again is no change
    assert table.select("definition", "numerator", "people").rows() == [
        ("changes", 2, 2),
        ("three_or_more", 1, 2),
        ("worker_absent", 0, 1),
        ("worker_left", 1, 1),
    ]
    rate = table.filter(pl.col("definition") == "changes")
    assert rate["denominator"].item() == pytest.approx(
        (365 + 182) / 365.25
    )  # two open cases at once are one child's year
    by_role = wf.casework.continuity(
        wf.Records(allocations=held, cases=drawn(CASES)), financial_year("2022-23"), by=["worker_role"]
    ).frame
    changes = by_role.filter(pl.col("definition") == "changes")
    assert changes.select("worker_role", "numerator", "people").rows() == [
        ("caseworker", 2, 2),
        ("social_worker", 0, 1),
    ]
    by_body = wf.casework.continuity(
        wf.Records(allocations=held, cases=drawn(CASES)), financial_year("2022-23"), by=["organisation"]
    ).frame
    assert by_body.filter(pl.col("definition") == "changes").select("organisation", "numerator").rows() == [
        ("council", 1),
        ("trust", 0),
    ]


def test_a_change_before_the_period_is_not_in_it_but_the_worker_before_it_is_known():
    held = drawn(
        """
        organisation case_id person_id worker_role start_date end_date
        council      1       a         caseworker  2022-04-01 2022-06-30
        council      1       b         caseworker  2022-07-01 2023-01-31
        council      1       a         caseworker  2023-02-01 .
        """
    )
    table = wf.casework.continuity(
        wf.Records(allocations=held, cases=drawn(CASES)), [financial_year("2022-23"), month("2023-02")]
    ).frame
    assert table.filter(pl.col("definition") == "changes")["numerator"].to_list() == [2, 1]
    reasons = table.filter(pl.col("definition") == "worker_left")
    assert reasons.select("numerator", "marker").rows() == [(None, "x"), (None, "x")]  # nobody records why


# The roles of caseworkers ---------------------------------------------------------------------------------------------------------

STAFF = """
    organisation person_id start_date end_date   fte role
    council      a         2020-01-01 .          1.0 caseworker
    council      s         2020-01-01 .          1.0 social_worker
    council      e         2020-01-01 2023-01-31 1.0 caseworker
    trust        t         2020-01-01 .          1.0 therapist
"""
OPEN_CASES = """
    organisation case_id received_date case_type
    council      1       2023-01-09    ehc_plan
    council      2       2023-01-09    ehc_plan
    council      3       2023-01-09    social_care
    council      4       2023-01-09    social_care
    trust        9       2023-01-09    therapy
"""
HELD = """
    organisation case_id person_id start_date end_date
    council      1       a         2023-01-10 .
    council      3       s         2023-01-10 .
    trust        9       t         2023-01-10 .
"""


def test_an_organisation_in_which_nobody_ever_had_the_roles_is_not_part_of_the_measure():
    frames = drawn(HELD), drawn(OPEN_CASES), drawn(STAFF)
    table = wf.caseload.per_fte(
        casework(*frames), DAY, definition="all", roles=["caseworker"], by=["organisation"]
    ).frame
    assert sides(table, "organisation") == [("council", 2, 1.0, 1)]  # 1 is held, 2 is not; 3 and 4 are social workers'
    assert wf.caseload.per_fte(casework(*frames), DAY, definition="all", roles=["caseworker"]).frame[
        "left_out"
    ].to_list() == [[]]
    unheld = wf.caseload.distribution(casework(*frames), DAY, roles=["caseworker"]).frame.filter(
        pl.col("definition") == "unheld"
    )
    assert unheld.filter(pl.col("numerator") > 0).select("band", "numerator").rows() == [("not allocated", 1)]
    both = wf.caseload.per_fte(casework(*frames), DAY, definition="all", roles=["caseworker", "social_worker"]).frame
    assert sides(both) == [(4, 2.0, 2)]


def test_roles_that_nobody_ever_had_make_the_measure_not_applicable():
    table = wf.caseload.per_fte(
        casework(drawn(HELD), drawn(OPEN_CASES), drawn(STAFF)), DAY, definition="dfe", roles=["SENCO"]
    ).frame
    assert table.select("numerator", "denominator", "people", "marker").rows() == [(None, None, None, "z")]


def test_a_case_in_the_name_of_a_caseworker_who_has_gone_is_still_the_caseworkers():
    held = drawn(HELD).with_columns(person_id=pl.col("person_id").replace("a", "e"))
    table = wf.caseload.distribution(casework(held, drawn(OPEN_CASES), drawn(STAFF)), DAY, roles=["caseworker"]).frame
    unheld = table.filter((pl.col("definition") == "unheld") & (pl.col("numerator") > 0))
    assert unheld.select("band", "numerator").rows() == [("held by someone who has gone", 1), ("not allocated", 1)]


def test_weights_say_what_a_case_of_each_type_weighs():
    held = drawn(HELD).vstack(drawn(HELD).head(1).with_columns(case_id=pl.lit("4")))
    frames = held, drawn(OPEN_CASES), drawn(STAFF)
    weights = {"ehc_plan": 1.0, "social_care": 2.5}
    heavy = wf.caseload.per_fte(casework(*frames), DAY, definition="dfe", weights=weights).frame
    # a holds 1 and 4: 1 + 2.5; s holds 3: 2.5; t holds 9, a type without a weight: 1
    assert heavy.select("definition", "numerator", "denominator", "unit").row(0) == (
        "dfe_weighted",
        7.0,
        3.0,
        "weighted cases per FTE",
    )
    bands = wf.caseload.distribution(casework(*frames), DAY, weights=weights, bands=(1, 3, 5), limit=3).frame
    assert bands.filter(pl.col("numerator") == 1).select("definition", "band").rows() == [
        ("over_limit_weighted", "over 3"),
        ("unheld", "not allocated"),
        ("workers_weighted", "3 to 4"),
    ]


# Plans ----------------------------------------------------------------------------------------------------------------------------


def test_plans_are_audited_sent_back_and_issued_by_full_time_equivalents(requests):
    graded = requests.with_columns(
        audit_grade=pl.col("case_id").replace_strict({"a": "good", "b": "inadequate", "i": "good"}, default=None)
    )
    assert sides(wf.casework.plan_quality(wf.Records(cases=graded), YEAR).frame) == [(1, 2, 2)]
    sent_back = drawn("case_id stage\na returned\na draft\nb draft\ni returned")
    assert sides(wf.casework.plans_returned(wf.Records(milestones=sent_back, cases=requests), YEAR).frame) == [
        (1, 4, 4)
    ]
    never = wf.casework.plans_returned(
        wf.Records(milestones=sent_back.filter(pl.col("stage") == "draft"), cases=requests), YEAR
    )
    assert never.frame.select("numerator", "marker").row(0) == (None, "x")
    assert never.reasons == ("plans that were sent back are not recorded",)
    staff = drawn(
        """
        organisation person_id start_date end_date   fte role
        council      a         2020-01-01 .          1.0 caseworker
        council      b         2022-07-02 .          1.0 caseworker
        psychology   p         2020-01-01 2022-12-31 0.5 psychologist
        psychology   q         2020-01-01 2021-12-31 1.0 psychologist
        """
    )
    by_psychologist = wf.casework.plans_per_fte(
        wf.Records(cases=requests, assignments=staff), YEAR, roles=["psychologist"]
    ).frame
    assert sides(by_psychologist) == [(4, 0.5, 1)]
    by_caseworker = wf.casework.plans_per_fte(
        wf.Records(cases=requests, assignments=staff), YEAR, roles=["caseworker"]
    ).frame
    assert by_caseworker["denominator"].item() == pytest.approx(1 + 183 / 365)
    both = wf.casework.plans_per_fte(
        wf.Records(cases=requests, assignments=staff),
        YEAR,
        roles={"psychologists": ["psychologist"], "nobody": ["SENCO"]},
    ).frame
    assert both.select("staff", "numerator", "denominator", "marker").rows() == [
        ("nobody", None, None, "z"),
        ("psychologists", 4, 0.5, None),
    ]
    begun = staff.with_columns(observed_from=date(2022, 6, 1))
    late = wf.casework.plans_per_fte(wf.Records(cases=requests, assignments=begun), YEAR, roles=["psychologist"]).frame
    assert late.select("numerator", "marker", "left_out").row(0) == (None, "x", ["psychology"])


# What a board and a management meeting may see ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_a_team_of_three_never_shows_a_workers_own_caseload(rule):
    workers = [("big", f"w{n}") for n in range(12)] + [("small", f"s{n}") for n in range(3)]
    staff = pl.DataFrame(workers, schema=["team", "person_id"], orient="row").with_columns(
        organisation=pl.lit("council"), start_date=date(2020, 1, 1), fte=1.0, role=pl.lit("caseworker")
    )
    held = pl.DataFrame(
        [(f"{person}-{n}", person) for _, person in workers for n in range(20)],
        schema=["case_id", "person_id"],
        orient="row",
    ).with_columns(organisation=pl.lit("council"), start_date=date(2023, 1, 1))
    cases = held.select("organisation", "case_id", received_date="start_date")
    area = casework(held, cases, staff)
    for measured in (
        wf.caseload.per_fte(area, DAY, definition="dfe", by=["team"]),
        wf.caseload.per_fte(area, DAY, definition="all", by=["team"]),
        wf.caseload.distribution(area, DAY, by=["team"]).filter(pl.col("definition") != "unheld"),
    ):
        shown = wf.release(measured, rule).frame.filter(pl.col("team") == "small")
        assert set(shown["marker"].to_list()) == {"c"}
        assert (
            shown.select(pl.col("numerator", "denominator", "people", "value", "lower", "upper").null_count()).row(0)
            == (shown.height,) * 6
        )
    each = wf.caseload.per_fte(area, DAY, definition="dfe", by=["person_id"])
    assert wf.release(each, rule).frame["value"].null_count() == len(workers)
