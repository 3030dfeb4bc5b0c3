"""Annual reviews and phase transfers, drawn: the edge days of each clock, what is not known, and what is not recorded."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import drawn
from workforce import Period, month

MARCH = month("2023-03")
DAY = date(2023, 3, 31)


def sides(table, *columns):
    return table.frame.select(*columns, "numerator", "denominator", "people").rows()


def area(text, **constants) -> wf.Records:
    return wf.Records(cases=drawn(text, **{"organisation": "council", **constants}))


# Decisions after a review ---------------------------------------------------------------------------------------------------------------

# A meeting on 1 March is due a decision on 28 March: day 28, the meeting being day 1.
REVIEWS = """
    case_id child_id received_date outcome_date outcome   closed_date
    a       one      2023-03-01    2023-03-28   maintain  .
    b       two      2023-03-01    2023-03-29   amend     .
    c       three    2023-03-01    .            .         .
"""


def reviews(text, **constants):
    return area(text, case_type="annual_review", **constants)


def test_a_review_is_decided_in_time_on_day_28_and_late_on_day_29_or_without_a_decision():
    assert sides(wf.casework.review_decisions(reviews(REVIEWS), MARCH)) == [(1, 3, 3)]


def test_a_review_counts_in_the_period_in_which_its_decision_was_due():
    table = wf.casework.review_decisions(reviews(REVIEWS), [month("2023-02"), MARCH, month("2023-04")])
    assert sides(table, "period_start", "period_end") == [
        (date(2023, 2, 1), date(2023, 2, 28), 0, 0, 0),
        (date(2023, 3, 1), date(2023, 3, 31), 1, 3, 3),
        (date(2023, 4, 1), date(2023, 4, 30), 0, 0, 0),
    ]


def test_four_weeks_in_february_of_a_leap_year_are_28_days():
    leap = """
        case_id received_date outcome_date outcome
        a       2024-02-02    2024-02-29   maintain
        b       2024-02-03    2024-03-01   maintain
        c       2024-02-03    2024-03-02   maintain
    """
    table = wf.casework.review_decisions(reviews(leap), [month("2024-02"), month("2024-03")])
    assert sides(table) == [(1, 1, 1), (1, 2, 2)]


def test_what_ended_without_a_decision_before_it_was_due_is_in_neither_side():
    ended = """
        case_id received_date outcome_date outcome     closed_date
        a       2023-03-01    2023-03-27   withdrawn   .
        b       2023-03-01    .            .           2023-03-27
        c       2023-03-01    2023-03-28   moved_away  .
        d       2023-03-01    .            .           2023-03-28
        e       2023-03-01    .            withdrawn   2023-03-27
    """
    assert sides(wf.casework.review_decisions(reviews(ended), MARCH)) == [(0, 2, 2)]


def test_an_outcome_without_its_date_is_left_out_and_said():
    undated = """
        case_id received_date outcome_date outcome
        a       2023-03-01    2023-03-10   maintain
        b       2023-03-01    .            amend
        c       2023-03-01    .            withdrawn
    """
    table = wf.casework.review_decisions(reviews(undated), MARCH)
    assert sides(table) == [(1, 1, 1)]
    assert table.reasons == ("reviews whose outcome has no date are left out",)


def test_records_have_to_cover_the_four_weeks_before_the_period():
    # What was decided before the records begin is not in them, and what was not decided is.
    since = date(2023, 2, 2)
    short, enough = (
        wf.casework.review_decisions(reviews(REVIEWS, observed_from=first, observed_to=DAY), MARCH)
        for first in (date(2023, 2, 3), since)
    )
    assert short.frame.select("marker", "numerator", "left_out").row(0) == ("x", None, ["council"])
    assert sides(enough) == [(1, 3, 3)]
    until = reviews(REVIEWS, observed_from=since, observed_to=date(2023, 3, 30))
    assert wf.casework.review_decisions(until, MARCH).frame["marker"].to_list() == ["x"]


def test_reviews_that_nobody_records_are_said_to_be_not_recorded():
    table = wf.casework.review_decisions(area(REVIEWS, case_type="ehc_plan"), MARCH)
    assert table.frame.select("marker", "numerator", "denominator").rows() == [("x", None, None)]
    assert table.reasons == ("annual reviews are not recorded",)


# Plans reviewed within 12 months --------------------------------------------------------------------------------------------------------

PLANS = """
    organisation case_id child_id case_type     received_date closed_date locality
    council      p1      one      ehc_plan      2022-04-01    .           north
    council      p2      two      ehc_plan      2022-03-31    .           north
    council      p3      three    ehc_plan      2019-01-07    .           south
    council      p4      four     ehc_plan      2019-01-07    .           south
    council      p5      five     ehc_plan      2019-01-07    2023-03-31  south
    council      p6      six      ehc_plan      2023-04-01    .           south
    council      r3      three    annual_review 2021-02-01    2021-03-01  south
    council      r3b     three    annual_review 2022-04-01    2022-04-20  south
    council      r4      four     annual_review 2023-04-01    .           south
    trust        r4c     four     annual_review 2023-03-01    .           south
"""


def test_a_plan_made_or_reviewed_on_1_april_is_up_to_date_until_31_march():
    # Up to date: one and three. Overdue: two by a day, four, whose next meeting comes after the day. Five ended on it, six began after it.
    assert sides(wf.casework.plans_reviewed(area(PLANS), DAY)) == [(2, 4, 4)]
    by_place = wf.casework.plans_reviewed(area(PLANS), DAY, by=["locality"])
    assert sides(by_place, "locality") == [("north", 1, 2, 2), ("south", 1, 2, 2)]
    assert by_place.frame.select("period_start", "period_end").unique().rows() == [(DAY, DAY)]


@pytest.mark.parametrize(
    ("made", "last"),
    [
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2023, 3, 1), date(2024, 2, 29)),
        (date(2023, 2, 28), date(2024, 2, 27)),
        (date(2024, 2, 28), date(2025, 2, 27)),
        (date(2024, 3, 1), date(2025, 2, 28)),
        (date(2023, 1, 1), date(2023, 12, 31)),
    ],
)
def test_twelve_months_over_29_february(made, last):
    plans = """
        case_id child_id case_type
        p       one      ehc_plan
        r       two      annual_review
    """
    days = [last, date.fromordinal(last.toordinal() + 1)]
    table = wf.casework.plans_reviewed(area(plans, received_date=made), days)
    assert sides(table) == [(1, 1, 1), (0, 1, 1)]


def test_the_twelve_months_before_28_february_begin_on_29_february_of_a_leap_year():
    plans = """
        case_id child_id case_type     received_date
        p       one      ehc_plan      2024-02-29
        r       two      annual_review 2024-06-03
    """
    day = date(2025, 2, 28)
    enough, short = (
        wf.casework.plans_reviewed(area(plans, observed_from=since), day)
        for since in (date(2024, 2, 29), date(2024, 3, 1))
    )
    assert sides(enough) == [(1, 1, 1)]
    assert short.frame["marker"].to_list() == ["x"]


def test_the_bands_of_overdue_reviews_add_up_to_the_plans_that_are_not_up_to_date():
    # 28 days over, 29 days over, over a year over; of the last the records begin after the plan was made.
    late = """
        case_id child_id case_type     received_date
        a       one      ehc_plan      2022-03-04
        b       two      ehc_plan      2022-03-03
        c       three    ehc_plan      2021-03-31
        d       four     ehc_plan      2020-01-06
        e       four     annual_review 2021-12-01
        f       five     ehc_plan      2022-12-01
    """
    whole = wf.casework.reviews_overdue(area(late), DAY)
    assert dict(whole.frame.select("band", "numerator").rows()) == {
        "up to 4 weeks over": 1,
        "4 to 13 weeks over": 1,
        "13 to 26 weeks over": 1,
        "26 to 52 weeks over": 0,
        "over 52 weeks over": 1,
        "length not recorded": 0,
    }
    later = wf.casework.reviews_overdue(area(late, observed_from=date(2022, 1, 1)), DAY)
    assert dict(later.frame.filter(pl.col("numerator") > 0).select("band", "numerator").rows()) == {
        "up to 4 weeks over": 1,
        "4 to 13 weeks over": 1,
        "length not recorded": 2,
    }
    for table in (whole, later):
        assert table.frame["numerator"].sum() == 4
    assert sides(wf.casework.plans_reviewed(area(late), DAY)) == [(1, 5, 5)]


def test_a_plan_that_was_issued_on_a_later_day_than_it_was_asked_for_counts_from_its_issue_and_is_still_open():
    issued = """
        case_id child_id case_type     received_date outcome_date outcome
        a       one      ehc_plan      2021-10-01    2022-04-01   plan_issued
        b       two      ehc_plan      2021-10-01    2022-03-31   plan_issued
        c       two      ehc_plan      2019-10-01    2022-03-01   ceased
        d       three    annual_review 2022-10-01    .            .
    """
    assert sides(wf.casework.plans_reviewed(area(issued), DAY)) == [(1, 2, 2)]


def test_the_review_of_a_child_without_a_number_counts_for_no_plan_and_a_plan_without_one_is_left_out():
    nobody = """
        case_id child_id case_type     received_date
        a       one      ehc_plan      2020-01-06
        b       .        ehc_plan      2023-01-06
        c       .        annual_review 2023-01-06
        d       two      annual_review 2023-01-06
    """
    table = wf.casework.plans_reviewed(area(nobody), DAY)
    assert sides(table) == [(0, 1, 1)]
    assert table.reasons == (
        "plans without the number of the child are left out, because their reviews cannot be told",
        "reviews without the number of the child count for no plan, so that plans reviewed can count as overdue",
    )


def test_an_organisation_with_plans_and_no_reviews_is_left_out_and_named():
    another = drawn(
        """
        organisation case_id child_id case_type received_date
        borough      p1      nine     ehc_plan  2020-01-06
        """
    )
    both = wf.Records(cases=pl.concat([drawn(PLANS), another], how="diagonal"))
    for table in (wf.casework.plans_reviewed(both, DAY), wf.casework.reviews_overdue(both, DAY)):
        assert table.reasons == ("annual reviews are not recorded by borough",)
        assert table.frame["left_out"].to_list()[0] == ["borough"]
    assert sides(wf.casework.plans_reviewed(both, DAY)) == [(2, 4, 4)]


@pytest.mark.parametrize("measured", [wf.casework.plans_reviewed, wf.casework.reviews_overdue])
def test_plans_or_reviews_that_nobody_records_are_said_to_be_not_recorded(measured):
    plans, meetings = pl.col("case_type") == "ehc_plan", pl.col("case_type") == "annual_review"
    without = measured(area(PLANS).where(plans), DAY)
    assert without.frame.select("marker", "numerator", "period_end").rows() == [("x", None, DAY)]
    assert without.reasons == ("annual reviews are not recorded",)
    assert measured(area(PLANS).where(meetings), DAY).reasons == ("EHC plans are not recorded",)
    unnumbered = drawn(PLANS).with_columns(child_id=pl.lit(None, pl.String))
    assert measured(wf.Records(cases=unnumbered), DAY).reasons == ("whose annual reviews they are is not recorded",)
    borough = unnumbered.with_columns(organisation=pl.lit("borough"))
    one_of_two = measured(wf.Records(cases=pl.concat([drawn(PLANS), borough])), DAY)
    assert one_of_two.reasons[0] == "whose annual reviews they are is not recorded by borough"
    assert one_of_two.frame["left_out"].to_list()[0] == ["borough"]
    assert one_of_two.frame["numerator"].sum() == 2


@pytest.mark.parametrize("measured", [wf.casework.plans_reviewed, wf.casework.reviews_overdue])
def test_records_have_to_cover_the_twelve_months(measured):
    enough, short = (
        measured(area(PLANS, observed_from=since, observed_to=DAY), DAY)
        for since in (date(2022, 4, 1), date(2022, 4, 2))
    )
    assert set(enough.frame["marker"]) == {None}
    assert set(short.frame["marker"]) == {"x"}


# Phase transfers ------------------------------------------------------------------------------------------------------------------------

YEARS = [Period(date(2022, 4, 1), DAY), Period(date(2023, 4, 1), date(2024, 3, 31))]
TRANSFERS = """
    case_id child_id received_date outcome_date outcome     deadline
    a       one      2022-10-03    2023-02-15   plan_issued 2023-02-15
    b       two      2022-10-03    2023-02-16   plan_issued 2023-02-15
    c       three    2022-10-03    .            .           2023-02-15
    d       four     2022-10-03    2023-03-31   plan_issued 2023-03-31
    e       five     2022-10-03    2023-04-01   plan_issued 2023-03-31
    f       six      2023-10-03    2024-02-15   plan_issued 2024-02-15
"""


def transfers(text, **constants):
    frame = drawn(text, **{"organisation": "council", "case_type": "phase_transfer", **constants})
    return wf.Records(cases=frame.with_columns(pl.col("deadline").cast(pl.String).str.to_date()))


def test_a_transfer_is_in_time_on_its_date_and_late_on_the_next_day_or_without_a_plan():
    assert sides(wf.casework.phase_transfers(transfers(TRANSFERS), YEARS), "period_end", "transfer") == [
        (YEARS[0].end, "by 15 February", 1, 3, 3),
        (YEARS[1].end, "by 15 February", 1, 1, 1),
        (YEARS[0].end, "by 31 March", 1, 2, 2),
        (YEARS[1].end, "by 31 March", 0, 0, 0),
    ]


def test_a_transfer_that_was_no_longer_needed_before_its_date_is_in_neither_side():
    ended = """
        case_id received_date outcome_date outcome     closed_date deadline
        a       2022-10-03    2023-02-14   moved_away  .           2023-02-15
        b       2022-10-03    2023-02-15   ceased      .           2023-02-15
        c       2022-10-03    .            withdrawn   2023-02-14  2023-02-15
        d       2022-10-03    2023-02-01   plan_issued .           2023-02-15
    """
    table = wf.casework.phase_transfers(transfers(ended), YEARS[0])
    assert sides(table, "transfer") == [("by 15 February", 1, 2, 2), ("by 31 March", 0, 0, 0)]
    assert table.reasons == ()


@pytest.mark.parametrize(
    "row",
    [
        ". plan_issued .",
        "2023-02-01 . .",
        ". . 2023-02-01",
        "2023-02-01 unknown .",
        ". withdrawn .",
    ],
)
def test_a_transfer_whose_outcome_or_its_date_is_not_known_is_left_out_and_said(row):
    unclear = f"""
        case_id received_date outcome_date outcome     closed_date deadline
        a       2022-10-03    2023-02-01   plan_issued .           2023-02-15
        b       2022-10-03    {row} 2023-02-15
    """
    table = wf.casework.phase_transfers(transfers(unclear), YEARS[0])
    assert sides(table)[0] == (1, 1, 1)
    assert table.reasons == ("phase transfers whose outcome, or its date, is not recorded are left out",)


@pytest.mark.parametrize("deadline", ["2023-02-14", "2023-03-01", "."])
def test_a_transfer_due_on_another_day_is_left_out_and_said(deadline):
    odd = f"""
        case_id received_date outcome_date outcome     deadline
        a       2022-10-03    2023-02-01   plan_issued 2023-02-15
        b       2022-10-03    2023-02-01   plan_issued {deadline}
    """
    table = wf.casework.phase_transfers(transfers(odd), YEARS[0])
    assert sum(row[1] for row in sides(table)) == 1
    assert table.reasons == ("phase transfers due on another day than 15 February or 31 March are left out",)


def test_transfers_or_deadlines_that_nobody_records_are_said_to_be_not_recorded():
    table = wf.casework.phase_transfers(area(REVIEWS, case_type="annual_review"), YEARS[0])
    assert table.frame.select("transfer", "marker", "numerator").rows() == [(None, "x", None)]
    assert table.reasons == ("phase transfers are not recorded",)
    undated = wf.Records(cases=transfers(TRANSFERS).cases.with_columns(deadline=pl.lit(None, pl.Date)))
    assert wf.casework.phase_transfers(undated, YEARS[0]).reasons == (
        "the deadline of phase transfers is not recorded",
    )
    nowhere = wf.Records(cases=undated.cases.drop("deadline"))
    assert wf.casework.phase_transfers(nowhere, YEARS[0]).frame["marker"].to_list() == ["x"]


def test_an_organisation_whose_transfers_have_no_deadline_is_left_out_and_named():
    council = transfers(TRANSFERS).cases
    borough = council.with_columns(organisation=pl.lit("borough"), deadline=pl.lit(None, pl.Date))
    table = wf.casework.phase_transfers(wf.Records(cases=pl.concat([council, borough])), YEARS[0])
    assert sides(table) == [(1, 3, 3), (1, 2, 2)]
    assert table.frame["left_out"].to_list() == [["borough"]] * 2
    assert table.reasons == ("the deadline of phase transfers is not recorded by borough",)


def test_records_have_to_cover_the_months_since_the_september_before_the_date():
    february = month("2023-02")
    enough, short = (
        wf.casework.phase_transfers(transfers(TRANSFERS, observed_from=since, observed_to=DAY), february)
        for since in (date(2022, 9, 1), date(2022, 9, 2))
    )
    assert sides(enough) == [(1, 3, 3), (0, 0, 0)]
    assert set(short.frame["marker"]) == {"x"}
    assert enough.frame["period_start"].unique().to_list() == [february.start]
