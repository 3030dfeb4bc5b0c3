"""How long hiring takes and how it ends: each rule drawn as a few vacancies. Records run from 1 January to 31 March 2023."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from workforce.errors import InputError, UsageError

OBSERVED = wf.Period(date(2023, 1, 1), date(2023, 3, 31))


def vacancies(frame: pl.DataFrame) -> wf.Records:
    return wf.Records(vacancies=frame)


def spells(frame: pl.DataFrame, **options) -> list[tuple[int, int, bool]]:
    """When each vacancy comes into the observation and leaves it, in days, and whether it was filled: each is measured alone."""
    found = []
    for row in range(len(frame)):
        table = wf.recruitment.time_to_hire(vacancies(frame[row]), OBSERVED, **options).frame
        entries, exits = table.filter(pl.col("entered") > 0), table.filter(pl.col("left") + pl.col("censored") > 0)
        found += [(entries["time"].item(), exits["time"].item(), exits["left"].item() == 1) for _ in range(len(exits))]
    return found


def test_an_open_vacancy_is_censored_at_the_end_and_not_dropped(drawn):
    two = drawn("""opened_date offered_date closed_date outcome
                   2023-03-01  2023-03-10   2023-03-31  filled
                   2023-03-01  .            .           .""")
    assert spells(two) == [(0, 10, True), (0, 31, False)]


def test_a_vacancy_opened_before_the_records_comes_in_with_the_days_it_was_open(drawn):
    early = drawn("""opened_date offered_date closed_date outcome
                     2022-12-22  2023-01-05   2023-01-31  filled
                     2022-06-01  2022-12-30   2022-12-31  filled""")
    assert spells(early) == [(10, 15, True)]  # the second was over before


def test_an_offer_on_the_day_of_opening_took_one_day(drawn):
    quick = drawn("""opened_date offered_date closed_date outcome
                     2023-02-01  2023-02-01   2023-02-01  filled""")
    assert spells(quick) == [(0, 1, True)]


def test_a_vacancy_given_up_is_censored_on_its_last_day(drawn):
    given_up = drawn("""opened_date offered_date closed_date outcome
                        2023-02-01  .            2023-02-10  withdrawn
                        2023-02-01  .            2023-02-20  unfilled""")
    assert spells(given_up) == [(0, 10, False), (0, 20, False)]


def test_an_offer_after_the_records_end_has_not_happened_yet(drawn):
    later = drawn("""opened_date offered_date closed_date outcome
                     2023-03-30  2023-04-10   2023-04-20  filled""")
    assert spells(later) == [(0, 2, False)]


def test_a_filled_vacancy_without_a_date_of_offer_counts_on_its_last_day(drawn):
    undated = drawn("""opened_date offered_date closed_date outcome
                       2023-02-01  .            2023-02-10  filled""")
    assert spells(undated) == [(0, 10, True)]


STAGES = """
opened_date advertised_date offered_date closed_date outcome
2023-01-01  2023-01-05      2023-01-20   2023-02-10  filled
2023-01-01  2023-01-03      2023-01-30   2023-02-20  withdrawn
2023-01-01  .               .            .           .
"""


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("advertise", [(0, 5, True), (0, 3, True), (0, 90, False)]),
        ("choose", [(0, 16, True), (0, 28, True)]),  # the third has not been advertised
        ("start", [(0, 22, True), (0, 22, False)]),  # the second accepted and did not come
        ("hire", [(0, 20, True), (0, 30, True), (0, 90, False)]),
    ],
)
def test_each_stage_runs_from_its_own_beginning(drawn, stage, expected):
    assert spells(drawn(STAGES), stage=stage) == expected


def test_tables_of_two_organisations_add_up_to_the_table_of_both(drawn):
    three = drawn(STAGES).with_columns(organisation=pl.Series(["council", "trust", "council"]))
    parts = wf.recruitment.time_to_hire(vacancies(three), OBSERVED, by="organisation")
    whole = wf.recruitment.time_to_hire(vacancies(three), OBSERVED)
    assert wf.combine(parts, over=["organisation"]).frame.equals(whole.frame)
    assert wf.stats.median_stay(whole).frame["value"].item() == 30.0  # one of three by day 20, two by day 30


def test_how_vacancies_closed_in_the_period_ended(drawn):
    closed = drawn("""opened_date offered_date closed_date outcome    applicants shortlisted
                      2023-01-01  2023-01-20   2023-02-10  filled     6          2
                      2023-01-01  2023-01-20   2023-02-10  filled     .          .
                      2023-01-01  2023-01-20   2023-02-10  withdrawn  3          1
                      2023-01-01  .            2023-02-28  unfilled   0          0
                      2023-01-01  .            2023-03-01  unfilled   9          9
                      2023-01-01  .            .           .          9          9""").with_columns(
        pl.col("applicants", "shortlisted").cast(pl.Int64)
    )
    table = wf.recruitment.endings(vacancies(closed), wf.month("2023-02")).frame
    sides = {row["definition"]: (row["numerator"], row["denominator"]) for row in table.to_dicts()}
    assert sides == {
        "fill_rate": (2.0, 4.0),
        "failed": (1.0, 4.0),
        "withdrawn": (1.0, 4.0),
        "offers_lost": (1.0, 3.0),
        "applicants": (9.0, 3.0),  # where they were not recorded neither side counts
        "shortlisted": (3.0, 3.0),
        "declined": (None, None),
        "cost_per_hire": (None, None),
    }


def test_offers_declined_are_of_the_offers_made_where_both_are_recorded(drawn):
    closed = drawn("""opened_date closed_date outcome  offers_made offers_declined
                      2023-01-01  2023-02-10  filled   3           2
                      2023-01-01  2023-02-10  unfilled 1           1
                      2023-01-01  2023-02-10  filled   1           .
                      2023-01-01  2023-02-10  filled   .           .
                      2023-01-01  .           .        5           5""").with_columns(
        pl.col("offers_made", "offers_declined").cast(pl.Int64)
    )
    row = (
        wf.recruitment.endings(vacancies(closed), wf.month("2023-02"))
        .frame.filter(pl.col("definition") == "declined")
        .row(0, named=True)
    )
    assert (row["numerator"], row["denominator"], row["people"], row["method"]) == (3.0, 4.0, 4, "Wilson")


def test_the_cost_of_a_hire_bears_the_rounds_that_failed(drawn):
    closed = drawn("""opened_date closed_date outcome  cost
                      2023-01-01  2023-02-10  filled   800
                      2023-01-01  2023-02-10  unfilled 400
                      2023-01-01  2023-02-10  filled   .
                      2023-01-01  .           .        900""").with_columns(pl.col("cost").cast(pl.Float64))
    row = (
        wf.recruitment.endings(vacancies(closed), wf.month("2023-02"))
        .frame.filter(pl.col("definition") == "cost_per_hire")
        .row(0, named=True)
    )
    assert (row["numerator"], row["denominator"], row["value"], row["unit"]) == (1200.0, 1.0, 1200.0, "£ a hire")


def test_a_month_without_a_closed_vacancy_has_no_rate(drawn):
    one = drawn("""opened_date closed_date outcome team
                   2023-01-01  2023-02-10  filled  North""")
    table = wf.recruitment.endings(vacancies(one), [wf.month("2023-01"), wf.month("2023-02")], by="team")
    rates = table.frame.filter(pl.col("definition") == "fill_rate")
    assert rates.select("denominator", "value").rows() == [(0.0, None), (1.0, 100.0)]


def test_time_vacant_is_clipped_to_the_period_and_weighted_by_fte(drawn):
    posts = drawn("""opened_date closed_date fte covered_by_agency_fte
                     2022-06-01  .           1.0 0.4
                     2023-02-15  2023-02-24  0.5 .
                     2023-02-10  2023-02-19  0.5 2.0
                     2022-06-01  2023-01-31  1.0 .""")
    rows = wf.recruitment.vacancy_time(vacancies(posts), wf.month("2023-02")).frame
    days = {row["definition"]: row["value"] * 365.25 / 12 for row in rows.to_dicts()}
    # 28 + 0.5 x 10 + 0.5 x 10; cover takes 0.4 x 28, and of the third no more than itself
    assert days == {"open": pytest.approx(38.0), "uncovered": pytest.approx(38.0 - 11.2 - 5.0)}


def test_those_hired_are_followed_for_whole_months_and_only_where_the_records_reach(drawn):
    joined = drawn(
        """person_id start_date end_date   fte
           a         2022-01-10 2022-07-09 1.0
           b         2022-01-10 2022-07-10 1.0
           c         2022-01-10 .          1.0
           d         2022-10-01 .          1.0""",
        organisation="council",
        observed_to=date(2023, 3, 31),
    )
    table = wf.recruitment.quality_of_hire(
        wf.Records(assignments=joined), [wf.month("2022-01"), wf.month("2022-10")]
    ).frame
    sides = table.select("definition", "period_start", "numerator", "denominator", "marker").rows()
    assert sides == [
        (
            "six_months",
            date(2022, 1, 1),
            2.0,
            3.0,
            None,
        ),  # who leaves on the day that completes six months did not stay longer
        ("six_months", date(2022, 10, 1), 1.0, 1.0, None),  # 31 March is the last day of the six months
        ("twelve_months", date(2022, 1, 1), 1.0, 3.0, None),
        ("twelve_months", date(2022, 10, 1), 0.0, 0.0, "x"),  # not to be known yet
    ]


def test_a_change_of_post_is_not_leaving_and_agency_workers_are_not_hires(drawn):
    moved = drawn(
        """person_id start_date end_date   fte employment team
           a         2022-01-10 2022-03-31 1.0 employed   North
           a         2022-04-04 .          1.0 employed   South
           b         2022-01-10 2022-02-28 1.0 agency     North""",
        organisation="council",
    )
    table = wf.recruitment.quality_of_hire(
        wf.Records(assignments=moved), wf.month("2022-01"), by="team", until=date(2023, 3, 31)
    ).filter(pl.col("denominator") > 0)
    assert table.frame.select("team", "definition", "value").rows() == [
        ("North", "six_months", 100.0),
        ("North", "twelve_months", 100.0),
    ]


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ("2023-02-01 2023-01-31 2023-02-10", "1 of 1 vacancies were advertised, offered or closed before they opened"),
        ("2023-02-01 2023-02-20 2023-02-10", "1 of 1 vacancies closed before their offer was accepted"),
    ],
)
def test_dates_out_of_order_are_refused_and_counted(drawn, dates, said):
    wrong = drawn(f"opened_date offered_date closed_date\n{dates}")
    with pytest.raises(InputError, match=said):
        wf.recruitment.time_to_hire(vacancies(wrong), OBSERVED)


def test_an_unknown_stage_is_refused_with_the_nearest(drawn):
    with pytest.raises(UsageError, match='did you mean "advertise"'):
        wf.recruitment.time_to_hire(vacancies(drawn(STAGES)), OBSERVED, stage="advertised")


def test_more_offers_declined_than_made_are_refused_and_counted(drawn):
    wrong = drawn("opened_date offers_made offers_declined\n2023-02-01 1 2").with_columns(
        pl.col("offers_made", "offers_declined").cast(pl.Int64)
    )
    with pytest.raises(InputError, match="1 of 1 vacancies had more offers declined than were made"):
        wf.recruitment.endings(vacancies(wrong), OBSERVED)


MONTHS = """
opened_date advertised_date offered_date closed_date outcome
2023-01-01  2023-01-01      2023-01-10   2023-01-20  filled
2023-01-01  2023-01-01      2023-02-09   2023-02-20  filled
2023-01-01  2023-01-01      2023-03-11   2023-03-20  filled
2023-01-01  2023-01-01      .            .           .
"""


def test_hiring_time_is_read_off_the_curve_of_its_stage(drawn):
    four = drawn(MONTHS)
    table = wf.recruitment.hiring_time(vacancies(four), OBSERVED, stages=["hire"]).frame
    assert table.select("definition", "value", "denominator").rows() == [
        ("median", 40.0, 4.0),  # two of four by day 40
        ("within_60", 50.0, 4.0),
        ("within_90", 75.0, 4.0),
    ]
    curve = wf.stats.retained_at(wf.recruitment.time_to_hire(vacancies(four), OBSERVED), 60).frame
    within = table.filter(pl.col("definition") == "within_60").row(0, named=True)
    assert within["lower"] == pytest.approx(100 - 100 * curve["upper"].item())
    assert within["upper"] == pytest.approx(100 - 100 * curve["lower"].item())


def test_a_median_that_was_not_reached_is_not_available(drawn):
    two = vacancies(drawn(MONTHS).tail(2))
    table = wf.recruitment.hiring_time(two, wf.month("2023-01"), stages=["hire"]).frame
    assert table.select("definition", "value", "marker", "lower").rows() == [
        ("median", None, "x", None),
        ("within_60", None, "x", None),  # nobody was followed so long
        ("within_90", None, "x", None),
    ]


def test_every_stage_has_its_time_in_the_order_of_hiring(drawn):
    table = wf.recruitment.hiring_time(vacancies(drawn(MONTHS)), OBSERVED).frame.filter(
        pl.col("definition") == "median"
    )
    assert dict(table.select("stage", "value").rows()) == {
        "1. Opened to advertised": 1.0,
        "2. Advertised to offer accepted": 40.0,
        "3. Offer accepted to post filled": 11.0,
        "Opened to offer accepted": 40.0,
    }
    assert table["stage"].is_sorted()


def test_hiring_time_of_groups_is_that_of_each_alone(drawn):
    two = drawn(MONTHS).with_columns(organisation=pl.Series(["council", "council", "trust", "trust"]))
    parts = wf.recruitment.hiring_time(vacancies(two), OBSERVED, by="organisation", stages=["hire"]).frame
    trust = vacancies(two).where(pl.col("organisation") == "trust")
    alone = wf.recruitment.hiring_time(trust, OBSERVED, stages=["hire"]).frame
    figures = ["definition", "denominator", "value", "lower", "upper", "method", "marker"]
    assert parts.filter(pl.col("organisation") == "trust").select(figures).equals(alone.select(figures))


def test_hiring_times_never_roll_up_and_pass_a_board(drawn):
    two = drawn(MONTHS).with_columns(organisation=pl.Series(["council", "council", "trust", "trust"]))
    parts = wf.recruitment.hiring_time(vacancies(two), OBSERVED, by="organisation")
    assert wf.release(parts).frame.equals(parts.frame)
    with pytest.raises(UsageError, match="never rolls up"):
        wf.combine(parts)


MEASURES = {
    "endings": (
        "fill_rate",
        "failed",
        "withdrawn",
        "offers_lost",
        "declined",
        "applicants",
        "shortlisted",
        "cost_per_hire",
    ),
    "vacancy_time": ("open", "uncovered"),
    "hiring_time": ("median", "within_60", "within_90"),
}
VACANCY = wf.Records(
    vacancies=pl.DataFrame({"opened_date": [date(2023, 1, 1)], "fte": [1.0], "closed_date": None, "outcome": None})
)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("records", "by", "reason"),
    [
        (wf.Records(), (), "vacancies are not recorded"),
        (vacancies(pl.DataFrame(schema={"opened_date": pl.Date})), (), "vacancies are not recorded"),
        (VACANCY.where(pl.col("fte") > 1), (), "no records are left after the filter"),
        (VACANCY, "locality", "the locality of vacancies is not recorded"),
        (vacancies(pl.DataFrame({"vacancy_id": ["v"]})), (), "the opened date of vacancies is not recorded"),
    ],
)
def test_vacancies_that_are_not_recorded_give_marked_rows_with_the_reason(measure, records, by, reason):
    table = getattr(wf.recruitment, measure)(records, OBSERVED, by=by)
    assert sorted(table.frame["definition"]) == sorted(MEASURES[measure])
    assert table.frame.select("value", "numerator", "marker").unique().rows() == [(None, None, "x")]
    assert table.reasons == (reason,)
    curve = wf.recruitment.time_to_hire(records, OBSERVED, by=by)
    assert (len(curve), curve.reasons) == (0, (reason,))
    assert curve.frame.columns[:2] == ["measure", "definition"]


@pytest.mark.parametrize("measure", [*MEASURES, "time_to_hire", "quality_of_hire", "funnel"])
def test_a_callers_mistake_is_refused_with_a_sentence(measure, drawn):
    call = getattr(wf.recruitment, measure)
    both = wf.Records(vacancies=drawn(MONTHS), assignments=drawn("person_id start_date\na 2020-01-01"))
    with pytest.raises(UsageError, match='no column "shoe_size"'):
        call(both, OBSERVED, by="shoe_size")
    with pytest.raises(UsageError, match="records first"):
        call("staff", OBSERVED)
    with pytest.raises(UsageError, match="period is needed"):
        call(both, date(2023, 3, 31))


def test_an_outcome_that_is_not_recorded_is_no_ending(drawn):
    table = wf.recruitment.endings(vacancies(drawn("opened_date closed_date\n2023-01-01 2023-02-10")), OBSERVED)
    assert table.frame["marker"].to_list() == ["x"] * 8
    assert table.reasons == ("the outcome of vacancies is not recorded",)


def test_what_no_vacancy_records_is_told_with_the_table(drawn):
    closed = drawn("""opened_date closed_date outcome  applicants
                      2023-01-01  2023-02-10  filled   3""").with_columns(pl.col("applicants").cast(pl.Int64))
    assert wf.recruitment.endings(vacancies(closed), OBSERVED).reasons == (
        "shortlisted applicants are not recorded",
        "offers made and declined are not recorded",
        "the cost of filling vacancies is not recorded",
    )


def test_an_unknown_stage_of_hiring_time_is_refused_with_the_nearest(drawn):
    with pytest.raises(UsageError, match='did you mean "advertise"'):
        wf.recruitment.hiring_time(vacancies(drawn(MONTHS)), OBSERVED, stages=["advertised"])


def test_the_days_that_the_records_cover_are_followed_where_no_period_is_given(drawn):
    staff = drawn(
        "organisation person_id start_date observed_from observed_to\ncouncil a 2020-01-01 2023-01-01 2023-03-31"
    )
    both = wf.Records(vacancies=drawn(MONTHS), assignments=staff)
    for measure in (wf.recruitment.time_to_hire, wf.recruitment.hiring_time):
        assert measure(both).frame.equals(measure(both, OBSERVED).frame)
        without = measure(vacancies(drawn(MONTHS)))
        assert without.reasons == ("staff are not recorded",)
        assert without.frame["value"].null_count() == len(without)


STAFF_ROW = "organisation person_id start_date fte\ncouncil a 2023-01-10 1.0"


@pytest.mark.parametrize(
    ("filtered", "by", "reason"),
    [
        (wf.Records(), (), "staff are not recorded"),
        (None, "team", "the team of staff is not recorded"),
    ],
)
def test_hires_that_are_not_recorded_give_marked_rows_with_the_reason(drawn, filtered, by, reason):
    records = filtered or wf.Records(assignments=drawn(STAFF_ROW))
    table = wf.recruitment.quality_of_hire(records, OBSERVED, by=by)
    assert table.frame.select("definition", "value", "marker").rows() == [
        ("six_months", None, "x"),
        ("twelve_months", None, "x"),
    ]
    assert table.reasons == (reason,)
    nobody = wf.Records(assignments=drawn(STAFF_ROW)).where(pl.col("fte") > 1)
    assert wf.recruitment.quality_of_hire(nobody, OBSERVED).reasons == ("no records are left after the filter",)
