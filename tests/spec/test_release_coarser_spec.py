"""How coarse a page is: series by the finest step with a mean of 12, and no breakdown of which more than a fifth is withheld."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import measured, staff
from workforce.errors import UsageError

MONTHS = wf.months_to("2023-03", 12)
QUARTERS = [wf.Period(MONTHS[i].start, MONTHS[i + 2].end) for i in range(0, 12, 3)]


def series(periods, counts, measure="leavers", definition="left", **columns):
    sides = {"period_start": [p.start for p in periods], "period_end": [p.end for p in periods], **columns}
    return measured({**sides, "numerator": [float(n) for n in counts], "people": 500}, measure, definition)


def by_group(column, leavers, *, of=200.0, measure="turnover", definition="average"):
    names = [f"{column} {n}" for n in range(len(leavers))]
    sides = {column: names, "numerator": [float(n) for n in leavers], "denominator": of, "people": int(of)}
    return measured(sides, measure, definition, by=[column])


def ladder_of(a_month):
    year = [wf.Period(MONTHS[0].start, MONTHS[-1].end)]
    return {
        "by month": series(MONTHS, [a_month] * 12),
        "by quarter": series(QUARTERS, [3 * a_month] * 4),
        "by year": series(year, [12 * a_month]),
    }


@pytest.mark.parametrize(
    ("a_month", "points", "note"),
    [
        (12, 12, ""),
        (11, 4, "Shown by quarter: by month, the counts are too small."),
        (4, 4, "Shown by quarter: by month, too many figures would be withheld."),
        (3, 1, "Shown by year: by month, too many figures would be withheld."),
    ],
)
def test_a_board_sees_the_finest_of_month_quarter_and_year_that_counts_twelve_on_average(a_month, points, note):
    page = wf.release({"leavers": ladder_of(a_month)}, "board")
    assert page["leavers"].frame.height == points
    assert page["leavers"].note == note


def test_of_months_that_count_fewer_the_last_is_shown_where_there_is_no_coarser_step():
    page = wf.release({"leavers": series(MONTHS, [11] * 12), "many": series(MONTHS, [12] * 12)}, "board")
    assert page["leavers"].frame["period_end"].to_list() == [MONTHS[-1].end]
    assert "fewer than 12 on average" in page["leavers"].result.reasons[0]
    assert page["many"].frame.height == 12


def test_a_verdict_goes_with_the_rows_that_were_compared():
    sides = {"denominator": 500.0}
    few = series(MONTHS[-2:], [3, 19], "turnover", "average", **sides)
    assert wf.release(few, "board").verdicts.height <= 1
    assert wf.release({"turnover": few}, "board")["turnover"].verdicts.is_empty()


@pytest.mark.parametrize("column", ["place", "had_figure", "alike", "step"])
def test_a_group_column_may_have_any_name(column):
    small = by_group(column, [40, 40, 40, 3], of=20.0)
    assert wf.release({"turnover": small}, "board")["turnover"].frame.is_empty()
    large = by_group(column, [40, 60])
    assert wf.release({"turnover": large}, "board")["turnover"].verdicts.height == 2


def test_a_meeting_inside_sees_months_that_count_fewer():
    assert wf.release({"leavers": ladder_of(11)}, "internal")["leavers"].frame.height == 12


def test_of_a_share_what_it_is_a_share_of_is_counted():
    sides = {"period_start": [m.start for m in MONTHS], "period_end": [m.end for m in MONTHS], "people": 500}
    in_time = {
        plans: measured({**sides, "numerator": 1.0, "denominator": plans}, "timeliness", "dfe")
        for plans in (11.0, 13.0)
    }
    year = measured({"numerator": [12.0], "denominator": [150.0], "people": [150]}, "timeliness", "dfe")
    heights = [
        wf.release({"plans": {"by month": table, "by year": year}}, "board")["plans"].frame.height
        for table in in_time.values()
    ]
    assert heights == [1, 1]  # of the second all months are withheld: one plan in time is few
    all_in_time = measured({**sides, "numerator": 13.0, "denominator": 13.0}, "timeliness", "dfe")
    assert wf.release({"plans": {"by month": all_in_time, "by year": year}}, "board")["plans"].frame.height == 12


def test_organisations_of_which_too_many_are_withheld_are_shown_together():
    exact = by_group("organisation", [40, 30, 3], of=20.0)
    page = wf.release({"turnover": exact}, "board")
    assert page["turnover"].frame.select("numerator", "denominator").rows() == [(75.0, 60.0)]
    assert page["turnover"].note == (
        "Shown for all organisations together: by organisation, too many figures would be withheld."
    )


def test_organisations_stay_apart_where_a_range_is_shown_of_the_small_one():
    page = wf.release({"turnover": by_group("organisation", [40, 30, 3])}, "board")
    assert page["turnover"].frame.height == 3
    assert page["turnover"].note == ""


def test_organisations_together_keep_what_a_measure_says_of_all_of_them():
    records = staff(
        """organisation person_id start_date end_date   fte
           council      a         2010-01-01 2023-03-30 1.0
           trust        b         2010-01-01 2023-03-30 1.0"""
    )
    exact = wf.staffing.turnover(records, wf.year_to("2023-03"), definition="average", by=["organisation"])
    whole = wf.staffing.turnover(records, wf.year_to("2023-03"), definition="average")
    shown = wf.release({"turnover": exact}, "internal")["turnover"]
    assert shown.result.groups == ()
    assert shown.frame["provisional"].to_list() == whole.frame["provisional"].to_list()


def test_a_breakdown_of_which_more_than_a_fifth_is_withheld_is_left_out_with_the_reason():
    small = by_group("team", [40, 40, 40, 3], of=20.0)
    page = wf.release({"turnover": small}, "board")
    assert page["turnover"].frame.is_empty()
    assert page["turnover"].result.reasons == ("too many of its figures would be withheld",)
    assert (
        wf.table(page["turnover"]).text == "Turnover by team is not shown: too many of its figures would be withheld."
    )


def test_a_breakdown_of_which_a_fifth_is_withheld_stays():
    page = wf.release(
        {"fte": by_group("team", [40, 40, 40, 40, 3], measure="headcount", definition="in_post")}, "internal"
    )
    assert page["fte"].frame["marker"].to_list().count("c") == 1


def test_a_result_by_itself_is_shown_as_it_is():
    assert wf.release(by_group("team", [40, 40, 40, 3], of=20.0), "board").frame.height == 4


def test_a_single_figure_and_a_few_years_of_it_stay_as_they_are():
    years = wf.years_to("2023-03", 3)
    page = wf.release({"one": by_group("team", [3], of=20.0), "years": series(years, [3, 4, 20])}, "board")
    assert page["one"].frame["marker"].to_list() == ["c"]
    assert page["years"].frame["marker"].to_list() == ["c", "c", None]


def test_of_a_series_of_which_too_much_is_withheld_the_latest_figure_remains():
    days = wf.month_ends("2023-03", 12)
    sides = {
        "period_start": days,
        "period_end": days,
        "numerator": [3.0] * 6 + [20.0] * 6,
        "people": [3] * 6 + [20] * 6,
    }
    page = wf.release({"staff": measured(sides, "headcount", "in_post")}, "board")
    assert page["staff"].frame.select("period_end", "value").rows() == [(days[-1], 20.0)]
    assert page["staff"].result.reasons == ("too many of its figures would be withheld",)


def test_how_many_are_in_each_band_of_a_plain_count_are_figures_of_their_own():
    bands = {"band": ["up to 4 weeks over", "4 to 13 weeks over", "13 to 26 weeks over", "26 to 52 weeks over"]}
    sides = {**bands, "numerator": [20.0, 3.0, 4.0, 0.0], "people": [20, 3, 4, 0]}
    page = wf.release({"late": measured(sides, "backlog", "overdue")}, "board")
    assert page["late"].frame["marker"].to_list().count("c") == 2


def test_where_one_definition_is_mostly_withheld_the_others_stay():
    both = wf.side_by_side(
        by_group("team", [40, 3, 3], of=20.0),
        by_group("team", [40, 50, 60], definition="nhs"),
        definitions=["average", "nhs"],
    )
    page = wf.release({"turnover": both}, "board")
    assert page["turnover"].frame["definition"].unique().to_list() == ["nhs"]
    assert page["turnover"].result.reasons == ("of what is left out (average), too many figures would be withheld",)
    shown = wf.tables.wide(page["turnover"], columns={"average": "Average", "nhs": "NHS"}, title="Turnover").html
    assert "NHS" in shown
    assert "Average" not in shown


def test_rows_that_had_no_figure_before_are_not_withheld():
    sides = {
        "team": ["a", "b", "none"],
        "numerator": [40.0, 50.0, 5.0],
        "denominator": [200.0, 200.0, 0.0],
        "people": [200, 200, 5],
    }
    page = wf.release({"turnover": measured(sides, "turnover", "average", by=["team"])}, "board")
    assert page["turnover"].frame.height == 3


def test_a_ladder_goes_on_where_one_definition_of_a_step_is_mostly_withheld():
    fine = wf.side_by_side(
        by_group("team", [40, 40, 3], of=20.0),
        by_group("team", [40, 50, 60], definition="nhs"),
        definitions=["average", "nhs"],
    )
    coarse = by_group("locality", [40, 50])
    page = wf.release({"turnover": {"by team": fine, "by locality": coarse}}, "board")
    assert page["turnover"].result.groups == ("locality",)


def test_a_ladder_of_series_is_judged_step_by_step():
    judged = wf.stats.xmr(ladder_of(20), target=10.0)
    assert list(judged) == ["by month", "by quarter", "by year"]
    assert judged["by month"].frame.equals(wf.stats.xmr(ladder_of(20)["by month"], target=10.0).frame)


def test_a_series_of_widening_has_months_quarters_and_years_that_end_with_the_month():
    records = staff(
        """person_id start_date end_date   fte
           a         2010-01-01 2022-06-30 1.0
           b         2010-01-01 .          1.0"""
    )
    steps = wf.widening(wf.staffing.leavers, records, month="2023-02", months=6)
    assert [len(table.frame) for table in steps.values()] == [6, 20, 5]
    assert {table.frame["period_end"].max() for table in steps.values()} == {date(2023, 2, 28)}
    for words, months in (("by quarter", 3), ("by year", 12)):
        period = steps[words].frame.select("period_start", "period_end").row(-1)
        assert period == (wf.months_to("2023-02", months)[0].start, date(2023, 2, 28))


def test_the_longer_steps_of_a_series_begin_with_the_first_figure():
    records = staff(
        """person_id start_date end_date fte observed_from
           a         2010-01-01 .        1.0 2021-04-01"""
    )
    turnover = wf.widening(wf.staffing.turnover, records, month="2023-03", months=36, definition="average")
    assert [len(table.frame) for table in turnover.values()] == [36, 8, 2]


def test_a_series_has_at_least_a_month():
    with pytest.raises(UsageError):
        wf.widening(wf.staffing.leavers, wf.Records(), month="2023-03", months=0)


def test_pay_within_a_staff_group_is_that_of_its_people_without_scales():
    people = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"p{n}" for n in range(12)],
            "start_date": date(2015, 1, 1),
            "fte": 1.0,
            "role": [f"role {n}" for n in range(12)],
            "staff_group": "Social work",
            "annual_pay": [30_000.0 + 1_000.0 * n for n in range(12)],
            "full_time_hours": 37.0,
        }
    )
    records = wf.Records(assignments=people)
    day = date(2023, 3, 31)
    exact = wf.pay.position(records, day, within="staff_group")
    assert exact.groups == ("staff_group", "body")
    assert set(exact.frame["definition"]) == {"median", "median_with_supplement", "supplement", "supplement_share"}
    median = exact.frame.filter(definition="median").row(0, named=True)
    assert (median["staff_group"], median["people"]) == ("Social work", 12)
    assert median["value"] == pytest.approx(35_500.0 / 52.143 / 37)
    page = wf.release({"pay": {"by role": wf.pay.position(records, day), "by profession": exact}}, "board")
    assert "staff_group" in page["pay"].result.groups


def test_a_table_whose_first_definition_is_left_out_does_not_count_its_people():
    both = wf.side_by_side(
        by_group("team", [40, 3, 3], of=20.0),
        by_group("team", [40, 50, 60], definition="nhs"),
        definitions=["average", "nhs"],
    )
    columns = {"average": "Average", "nhs": "NHS"}
    shown = wf.tables.wide(
        wf.release({"t": both}, "board")["t"], columns=columns, people="In post", title="Turnover"
    ).html
    assert "In post" not in shown
    few = wf.release({"t": by_group("team", [40, 50, 60])}, "board")["t"]
    assert "In post" in wf.tables.wide(few, columns={"average": "Average"}, people="In post", title="Turnover").html


def test_of_the_years_of_a_small_body_there_is_no_usual_variation():
    records = wf.Records(
        assignments=pl.DataFrame(
            {
                "organisation": "council",
                "person_id": [f"p{n}" for n in range(60)],
                "start_date": date(2015, 1, 1),
                "end_date": [date(2022, 6, 30)] * 10 + [None] * 50,
                "fte": 1.0,
            }
        )
    ).only("council")
    steps = wf.widening(wf.staffing.turnover, records, month="2023-03", months=30, definition="average")
    text = wf.chart.xmr(wf.release({"t": wf.stats.xmr(steps)}, "board")["t"]).text
    assert text.startswith("The usual variation of turnover is not shown: under 150 people are in post")
    assert "Shown by year" not in text


def test_what_asks_for_organisations_takes_them_together_too_and_says_so():
    page = wf.release({"turnover": by_group("organisation", [40, 30, 3], of=20.0)}, "board")
    assert ">All organisations<" in wf.table(page["turnover"], by="organisation").html
    assert wf.chart.bars(page["turnover"], by="organisation").title.startswith("All organisations: turnover was")
    assert "svg" in wf.chart.bars(page["turnover"], by="organisation")._repr_html_()
