"""How long hiring takes and how it ends: each rule drawn as a few vacancies. Records run from 1 January to 31 March 2023."""

from datetime import date

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.errors import InputError, UsageError
from workforce.measures.leaving.life_table import add_life_tables, median_stay, retained_at
from workforce.measures.recruitment.hiring_time import hiring_time
from workforce.measures.recruitment.quality_of_hire import quality_of_hire
from workforce.measures.recruitment.recruitment import hiring_spells, recruitment, time_to_hire, vacancy_time
from workforce.measures.rolling.combine import combine
from workforce.periods import Period, month

OBSERVED = Period(date(2023, 1, 1), date(2023, 3, 31))


def spells(frame: pl.DataFrame, **options) -> list[tuple[int, int, bool]]:
    return hiring_spells(frame, OBSERVED, **options).rows()


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
    parts = time_to_hire(three, OBSERVED, by="organisation")
    whole = time_to_hire(three, OBSERVED)
    assert add_life_tables(parts, over="organisation").equals(whole)
    assert median_stay(whole)["value"].item() == 30.0  # one of three by day 20, two by day 30


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
    table = recruitment(closed, month("2023-02"))
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
    row = recruitment(closed, month("2023-02")).filter(pl.col("definition") == "declined").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["people"], row["method"]) == (3.0, 4.0, None, "Wilson")


def test_the_cost_of_a_hire_bears_the_rounds_that_failed(drawn):
    closed = drawn("""opened_date closed_date outcome  cost
                      2023-01-01  2023-02-10  filled   800
                      2023-01-01  2023-02-10  unfilled 400
                      2023-01-01  2023-02-10  filled   .
                      2023-01-01  .           .        900""").with_columns(pl.col("cost").cast(pl.Float64))
    row = recruitment(closed, month("2023-02")).filter(pl.col("definition") == "cost_per_hire").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"], row["unit"]) == (1200.0, 1.0, 1200.0, "£ a hire")


def test_a_month_without_a_closed_vacancy_has_no_rate(drawn):
    one = drawn("""opened_date closed_date outcome team
                   2023-01-01  2023-02-10  filled  North""")
    table = recruitment(one, [month("2023-01"), month("2023-02")], by="team")
    rates = table.filter(pl.col("definition") == "fill_rate")
    assert rates.select("denominator", "value").rows() == [(0.0, None), (1.0, 100.0)]


def test_time_vacant_is_clipped_to_the_period_and_weighted_by_fte(drawn):
    posts = drawn("""opened_date closed_date fte covered_by_agency_fte
                     2022-06-01  .           1.0 0.4
                     2023-02-15  2023-02-24  0.5 .
                     2023-02-10  2023-02-19  0.5 2.0
                     2022-06-01  2023-01-31  1.0 .""")
    rows = vacancy_time(posts, month("2023-02"))
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
    table = quality_of_hire(joined, [month("2022-01"), month("2022-10")])
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
    table = quality_of_hire(moved, month("2022-01"), by="team", until=date(2023, 3, 31)).filter(
        pl.col("denominator") > 0
    )
    assert table.select("team", "definition", "value").rows() == [
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
        time_to_hire(wrong, OBSERVED)


def test_an_unknown_stage_is_refused_with_the_nearest(drawn):
    with pytest.raises(UsageError, match='did you mean "advertise"'):
        time_to_hire(drawn(STAGES), OBSERVED, stage="advertised")


def test_more_offers_declined_than_made_are_refused_and_counted(drawn):
    wrong = drawn("opened_date offers_made offers_declined\n2023-02-01 1 2").with_columns(
        pl.col("offers_made", "offers_declined").cast(pl.Int64)
    )
    with pytest.raises(InputError, match="1 of 1 vacancies had more offers declined than were made"):
        recruitment(wrong, OBSERVED)


MONTHS = """
opened_date advertised_date offered_date closed_date outcome
2023-01-01  2023-01-01      2023-01-10   2023-01-20  filled
2023-01-01  2023-01-01      2023-02-09   2023-02-20  filled
2023-01-01  2023-01-01      2023-03-11   2023-03-20  filled
2023-01-01  2023-01-01      .            .           .
"""


def test_hiring_time_is_read_off_the_curve_of_its_stage(drawn):
    four = drawn(MONTHS)
    table = hiring_time(four, OBSERVED, stages=["hire"])
    assert table.select("definition", "value", "denominator").rows() == [
        ("median", 40.0, 4.0),  # two of four by day 40
        ("within_60", 50.0, 4.0),
        ("within_90", 75.0, 4.0),
    ]
    curve = retained_at(time_to_hire(four, OBSERVED), 60)
    within = table.filter(pl.col("definition") == "within_60").row(0, named=True)
    assert within["lower"] == pytest.approx(100 - 100 * curve["upper"].item())
    assert within["upper"] == pytest.approx(100 - 100 * curve["lower"].item())


def test_a_median_that_was_not_reached_is_not_available(drawn):
    table = hiring_time(drawn(MONTHS).tail(2), Period(date(2023, 1, 1), date(2023, 1, 31)), stages=["hire"])
    assert table.select("definition", "value", "marker", "lower").rows() == [
        ("median", None, "x", None),
        ("within_60", None, "x", None),  # nobody was followed so long
        ("within_90", None, "x", None),
    ]


def test_every_stage_has_its_time_in_the_order_of_hiring(drawn):
    table = hiring_time(drawn(MONTHS), OBSERVED).filter(pl.col("definition") == "median")
    assert dict(table.select("stage", "value").rows()) == {
        "1. Opened to advertised": 1.0,
        "2. Advertised to offer accepted": 40.0,
        "3. Offer accepted to post filled": 11.0,
        "Opened to offer accepted": 40.0,
    }
    assert table["stage"].is_sorted()


def test_hiring_time_of_groups_is_that_of_each_alone(drawn):
    two = drawn(MONTHS).with_columns(organisation=pl.Series(["council", "council", "trust", "trust"]))
    parts = hiring_time(two, OBSERVED, by="organisation", stages=["hire"])
    alone = hiring_time(two.filter(pl.col("organisation") == "trust"), OBSERVED, stages=["hire"])
    figures = ["definition", "denominator", "value", "lower", "upper", "method", "marker"]
    assert parts.filter(pl.col("organisation") == "trust").select(figures).equals(alone.select(figures))


def test_hiring_times_never_roll_up_and_pass_a_board(drawn):
    two = drawn(MONTHS).with_columns(organisation=pl.Series(["council", "council", "trust", "trust"]))
    parts = hiring_time(two, OBSERVED, by="organisation")
    assert release(parts).frame.equals(parts)
    with pytest.raises(UsageError, match="never rolls up"):
        combine(parts)
    assert hiring_time(two.clear(), OBSERVED).is_empty()
