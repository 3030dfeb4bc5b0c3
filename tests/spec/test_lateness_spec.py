"""Where late plans lose their time: drawn cases, and every case computed anew by a program of its own."""

import math
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import workforce as wf
from builders import drawn

YEAR = wf.calendar_year("2022")
FIRST = date(2022, 1, 3)
WITHIN, SIX = 139, 41


def cases_of(days, **columns):
    return pl.DataFrame(
        [
            {
                "organisation": "council",
                "case_id": str(number),
                "child_id": f"child {number}",
                "case_type": "ehc_assessment",
                "received_date": FIRST,
                "outcome": "plan_issued",
                "outcome_date": FIRST + timedelta(days=total),
            }
            for number, total in enumerate(days)
        ]
    ).with_columns(**columns)


def milestones_of(rows):
    """case, stage, provider, day asked for, day received; days from the request."""
    day = lambda n: None if n is None else FIRST + timedelta(days=n)  # noqa: E731
    return pl.DataFrame(
        [
            {"case_id": str(c), "stage": s, "provider": p, "requested_date": day(asked), "received_date": day(came)}
            for c, s, p, asked, came in rows
        ],
        schema=dict.fromkeys(("case_id", "stage", "provider"), pl.String)
        | dict.fromkeys(("requested_date", "received_date"), pl.Date),
    )


def lateness(days, rows, **options):
    return wf.casework.lateness_by_stage(
        wf.Records(cases=cases_of(days), milestones=milestones_of(rows)), YEAR, **options
    )


def figures(table, definition, *columns):
    columns = columns or ("numerator", "denominator")
    frame = table.frame.filter(definition=definition)
    return {row[0]: row[1:] for row in frame.select("stage", *columns).rows()}


def test_days_over_each_limit_and_the_plans_that_each_would_have_saved():
    rows = [
        # 15 days late: the decision 10 days over; health 20 over, which came last; school on time
        (0, "decision", None, None, SIX + 10),
        (0, "advice", "health", 51, 51 + SIX + 20),
        (0, "advice", "school", 51, 51 + SIX),
        # 5 days late: health and school 8 days over together, so that neither alone would have helped
        (1, "decision", None, None, 30),
        (1, "advice", "health", 30, 30 + SIX + 8),
        (1, "advice", "school", 30, 30 + SIX + 8),
        # in time
        (2, "decision", None, None, 30),
    ]
    table = lateness([WITHIN + 15, WITHIN + 5, WITHIN], rows)
    assert figures(table, "over_limit") == {
        "advice, health": (28, 2),
        "advice, school": (8, 2),
        "decision": (10, 3),
    }
    assert figures(table, "on_time") == {
        "advice, health": (2, 3),
        "advice, school": (1, 3),
        "all on time": (3, 3),
        "decision": (1, 3),
    }
    # 15 days of the first plan: in proportion to 10 and 20; 5 days of the second: half each
    assert figures(table, "late_days") == {
        "advice, health": (12.5, 2),
        "advice, school": (2.5, 2),
        "decision": (5, 2),
        "not recorded": (0, 2),
    }


def test_what_no_recorded_clock_explains_is_a_row_of_its_own():
    rows = [(0, "decision", None, None, SIX + 4), (0, "advice", "health", None, 120), (0, "draft", None, None, 150)]
    table = lateness([WITHIN + 30], rows)  # nobody recorded when the advice was asked for, so it hides the decision
    assert figures(table, "late_days") == {"decision": (0, 1), "not recorded": (30, 1)}
    assert figures(table, "over_limit") == {"decision": (4, 1)}


def test_advice_that_was_still_out_took_until_the_plan():
    table = lateness([WITHIN + 30], [(0, "advice", "health", 60, None)])
    assert figures(table, "over_limit") == {"advice, health": (WITHIN + 30 - 60 - SIX, 1)}
    assert figures(table, "on_time")["advice, health"] == (1, 1)


def test_where_nothing_is_recorded_it_is_said():
    table = lateness([WITHIN + 30] * 20, [(0, "draft", None, None, 150)])
    assert figures(table, "late_days") == {"not recorded": (600, 20)}
    assert any("no stage explains a late day" in reason for reason in table.reasons)
    page = wf.release({"late": table}, rule="board")
    text = wf.words.lateness_sentence(page["late"]).text
    assert "no decision or request for advice is recorded" in text
    bare = wf.casework.lateness_by_stage(wf.Records(cases=cases_of([150])), YEAR)
    text = wf.words.lateness_sentence(wf.release({"late": bare}, rule="board")["late"]).text
    assert "stages of cases are not recorded" in text


def test_the_sentence_names_the_stages_with_the_most_days():
    rows = [(n, "decision", None, None, SIX + 3) for n in range(40)]
    rows += [(n, "advice", "health", 44, 44 + SIX + 12) for n in range(40)]
    table = lateness([WITHIN + 20] * 30 + [WITHIN + 2] * 10, rows)
    text = wf.words.lateness_sentence(wf.release({"late": table}, rule="internal")["late"]).text
    assert text.startswith("Of 40 plans issued, 40 were late. Of its days past 20 weeks, a late plan lost on average ")
    assert "days with the advice of health" in text
    assert "No recorded date explains another" in text
    assert "25.0% had the advice of health alone been on time" in text
    assert "cannot be shown" not in text


def test_a_page_withholds_the_days_and_plans_of_a_small_body():
    rows = [(n, "decision", None, None, SIX + 3) for n in range(4)]
    rows += [(n, "advice", "health", 44, 44 + SIX + 12) for n in range(4)]
    few = lateness([WITHIN + 20] * 4, rows)
    page = wf.release({"late": few}, rule="board")["late"]
    assert few.frame["value"].is_not_null().all()
    assert page.frame.filter(pl.any_horizontal(pl.col("value", "numerator").is_not_null())).is_empty()
    assert wf.words.lateness_sentence(page).text == (
        "Where late plans lose their time is not shown: too many of its figures would be withheld."
    )


def test_another_table_is_refused():
    other = wf.release({"t": wf.casework.timeliness(wf.Records(cases=cases_of([150] * 20)), YEAR)}, rule="board")
    with pytest.raises(wf.WorkforceError, match="lateness_by_stage"):
        wf.words.lateness_sentence(other["t"])


# Every case anew, without the library: a dictionary a case.

pieces = st.lists(
    st.tuples(
        st.sampled_from(["health", "school", "social care"]),
        st.integers(0, 120) | st.none(),
        st.integers(0, 200) | st.none(),
    ),
    max_size=4,
)
histories = st.lists(st.tuples(st.integers(0, 320), st.integers(0, 120) | st.none(), pieces), min_size=1, max_size=8)


def days_to_plan(total, decided, papers, cut):
    """The day of the plan with the stages named in `cut` on time: what comes after decision and advice takes as long as it did."""
    decided = None if decided is None else min(decided, total)

    def ready(cut):
        ends, sooner = [], 0
        if decided is not None:
            sooner = max(decided - SIX, 0) if "decision" in cut else 0
            ends.append(decided - sooner)
        for provider, asked, came in papers:
            if (asked is not None and asked > total) or (asked is None and came is None):
                continue
            end = total if came is None else min(came, total)
            if asked is None:
                ends.append(end)
                continue
            taken = min(end - asked, SIX) if provider in cut else end - asked
            ends.append(asked - (sooner if decided is not None and asked >= decided else 0) + taken)
        return max(ends, default=None)

    return total if ready(()) is None else total - (ready(()) - ready(cut))


@given(histories)
@settings(max_examples=60, deadline=None)
def test_each_case_is_computed_anew(histories):
    histories = [
        (total, decided, [(p, a, None if c is None else max(c, a or 0)) for p, a, c in papers])
        for total, decided, papers in histories
    ]
    rows = []
    for number, (_, decided, papers) in enumerate(histories):
        rows += [] if decided is None else [(number, "decision", None, None, decided)]
        rows += [(number, "advice", *paper) for paper in papers]
    table = lateness([total for total, *_ in histories], rows)
    if not rows:  # a table without rows is not recorded
        assert table.frame["marker"].to_list() == ["x"] * 3
        return
    on_time = figures(table, "on_time", "numerator")
    stages = {stage: {stage.removeprefix("advice, ")} for stage in on_time if stage != "all on time"}
    if stages:
        stages["all on time"] = {"decision", "health", "school", "social care"}
    for stage, cut in stages.items():
        expected = sum(days_to_plan(*history, cut) <= WITHIN for history in histories)
        assert on_time[stage] == (expected,), stage

    late = [max(total - WITHIN, 0) for total, *_ in histories]
    days = {stage: row[0] for stage, row in figures(table, "late_days", "numerator").items()}
    assert math.isclose(sum(days.values()), sum(late), abs_tol=1e-9)
    assert min(days.values()) >= 0
    saved = [total - days_to_plan(total, *rest, stages.get("all on time", ())) for total, *rest in histories]
    unexplained = sum(max(days - saves, 0) for days, saves in zip(late, saved, strict=True))
    assert math.isclose(days["not recorded"], unexplained, abs_tol=1e-9)

    shuffled = rows[::-1]
    assert_frame_equal(table.frame, lateness([total for total, *_ in histories], shuffled).frame)


def test_few_plans_that_would_have_been_in_time_are_withheld_also_where_many_are():
    # Two of 40 plans are ten days late by their decision alone: beside the plans in time, "40 would have been" tells of two children.
    totals = [WITHIN + 10 * (n < 2) for n in range(40)]
    rows = [(n, "decision", None, None, SIX + 10 * (n < 2)) for n in range(40)]
    table = lateness(totals, rows)
    assert figures(table, "on_time", "numerator", "people")["decision"] == (40, 2)
    for rule in ("board", "internal"):
        shown = wf.release(table, rule=rule).frame.filter(pl.col("definition") == "on_time")
        assert shown.filter(pl.col("stage") == "decision")["value"].item() is None


def test_limits_of_days_come_from_samples_of_the_cases():
    late = [WITHIN + 10 * (n % 2) for n in range(100)]
    rows = [(n, "decision", None, None, SIX + 10 * (n % 2)) for n in range(100)]
    value, lower, upper = figures(lateness(late, rows), "over_limit", "value", "lower", "upper")["decision"]
    assert value == 5
    # the mean of 100 draws of 0 and 10 has a standard error of 0.5
    assert lower == pytest.approx(5 - 1.96 * 0.5, abs=0.08)
    assert upper == pytest.approx(5 + 1.96 * 0.5, abs=0.08)


def test_organisations_and_drawn_groups():
    plans = drawn(
        """
        organisation case_id received_date outcome_date
        north        a       2022-01-03    2022-05-22
        south        b       2022-01-03    2022-06-01
        """,
        case_type="ehc_assessment",
        outcome="plan_issued",
    )
    came = milestones_of([("b", "decision", None, None, SIX + 7)])
    table = wf.casework.lateness_by_stage(wf.Records(cases=plans, milestones=came), YEAR, by=["organisation"])
    assert table.frame.filter(definition="late_days").select("organisation", "stage", "numerator").rows() == [
        ("south", "decision", 7.0),
        ("south", "not recorded", 3.0),
    ]
