"""What a board sees of an area or organisation of fewer than 150 people: financial years, and no series that is renewed by the month."""

from datetime import date

import polars as pl
import pytest

import workforce as wf

REASON = "under 150 people are in post"


def partnership(people, *, body="council"):
    """Records of people who are all in post, a fifth of whom have left by each March."""
    rows = [
        (body, f"p{n:04}", date(2015, 1, 1), date(2019 + n % 5, 1 + n % 12, 15) if n % 5 else None, 1.0)
        for n in range(3 * people)
    ]
    staff = pl.DataFrame(
        rows, schema=["organisation", "person_id", "start_date", "end_date", "fte"], orient="row"
    ).with_columns(
        observed_from=date(2018, 4, 1),
        observed_to=date(2023, 3, 31),
        team=pl.Series(["A", "B"] * len(rows))[: len(rows)],
    )
    return wf.Records(assignments=staff).only(body)


SMALL, LARGE = partnership(140), partnership(1400)


def ends(result, rule="board"):
    return wf.release(result, rule).frame["period_end"].to_list()


def test_the_size_is_of_those_in_post_as_the_records_end():
    in_post = wf.staffing.headcount(SMALL, date(2023, 3, 31)).frame["value"].item()
    assert in_post < 150 < wf.staffing.headcount(LARGE, date(2023, 3, 31)).frame["value"].item()


@pytest.mark.parametrize(
    ("measured", "kept"),
    [
        (lambda r: wf.staffing.turnover(r, wf.months_to("2023-02", 24), definition="average"), []),
        (lambda r: wf.staffing.turnover(r, wf.rolling_years("2023-02", 36), definition="average"), [2020, 2021, 2022]),
        (lambda r: wf.staffing.headcount(r, wf.month_ends("2023-02", 36)), [2020, 2021, 2022]),
        (lambda r: wf.staffing.turnover(r, wf.years_to("2023-03", 5), definition="average"), [2021, 2022, 2023]),
    ],
    ids=["months", "rolling years", "month ends", "five years"],
)
def test_a_series_of_few_people_is_of_three_financial_years_at_most(measured, kept):
    table = measured(SMALL)
    assert ends(table) == [date(year, 3, 31) for year in kept]
    assert any(REASON in reason for reason in wf.release(table).result.reasons)
    assert len(ends(table, "internal")) == len(table)
    whole = measured(LARGE)
    assert len(ends(whole)) == len(whole)


def test_one_figure_of_the_whole_may_end_at_a_later_quarter_and_none_at_a_month():
    december, january = (
        wf.staffing.turnover(SMALL, wf.year_to(month), definition="average") for month in ("2022-12", "2023-01")
    )
    assert ends(december) == [date(2022, 12, 31)]
    assert ends(january) == []
    both = wf.staffing.turnover(SMALL, wf.years_to("2022-12", 2), definition="average")
    assert ends(both) == [date(2022, 12, 31)]  # never next to an earlier quarter's


def test_a_breakdown_is_renewed_once_a_year():
    december, march = (
        wf.staffing.turnover(SMALL, wf.year_to(month), definition="average", by=["team"])
        for month in ("2022-12", "2023-03")
    )
    assert ends(december) == []
    assert ends(march) == [date(2023, 3, 31)] * 2


@pytest.mark.parametrize(
    ("month", "reported"),
    [
        ("2023-01", ("2022-03", "2022-12")),
        ("2023-03", ("2023-03", "2023-03")),
        ("2023-04", ("2023-03", "2023-03")),
        ("2023-06", ("2023-03", "2023-06")),
    ],
)
def test_a_page_of_few_people_reports_to_march_and_its_single_figures_to_the_last_quarter(month, reported):
    assert SMALL.reporting_months(month, "board") == reported
    assert SMALL.reporting_months(month, "internal") == (month, month)
    assert LARGE.reporting_months(month, "board") == (month, month)


def test_publication_month_by_month_shows_the_same_figures_until_they_are_renewed():
    """What a reader who keeps every month's page has of the year: one version of each financial year's figures."""
    seen = set()
    for month in [f"2022-{n:02}" for n in range(4, 13)] + ["2023-01", "2023-02"]:
        to, _ = SMALL.reporting_months(month, "board")
        table = wf.release(wf.staffing.turnover(SMALL, wf.rolling_years(to, 36), definition="average"))
        seen.add(tuple(table.frame["period_end"].to_list()))
    assert len(seen) == 1
