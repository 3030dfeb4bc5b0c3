"""Published worked examples of workforce measures, each through the library's own functions.

Figures: Armstrong's handbook of human resource management (issuhub.com, document 4785, p. 378); a worked solution on cohort survival
(slidegur.com/doc/2255/turnover-indices); DfE, Children's social work workforce 2021 (footnote on annualising) and 2024 (absence), as kept
in the reference values beside the project. Spells of absence, average headcount and stability: tests/spec.
"""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import measured

YEAR = wf.Period(date(2022, 4, 1), date(2023, 3, 31))

# Hires on 1 January, quits on 31 December, by year of hire.
HIRES = {2000: 20, 2001: 10, 2002: 5, 2003: 0, 2004: 2}
QUITS = {
    2000: {2000: 1, 2001: 4, 2002: 2, 2004: 2},
    2001: {2001: 1, 2003: 2},
    2002: {2003: 1, 2005: 1},
    2003: {},
    2004: {2004: 2},
}


def cohorts() -> pl.DataFrame:
    """A row a person, in whole years: seen to the end of 2005."""
    rows = []
    for hired, people in HIRES.items():
        gone = [year - hired + 1 for year, count in QUITS[hired].items() for _ in range(count)]
        rows += [(str(hired), 0, years, True) for years in gone]
        rows += [(str(hired), 0, 2006 - hired, False)] * (people - len(gone))
    return pl.DataFrame(rows, schema=["hired", "entry", "exit", "event"], orient="row")


def test_cohort_survival_is_the_worked_solution_and_an_empty_cohort_has_no_figure():
    after = wf.stats.retained_at(wf.stats.life_table(cohorts(), by="hired"), [1, 3, 5])
    at = {(r["hired"], r["time"]): r["value"] for r in after.frame.to_dicts()}
    assert {h: at.get((h, 1)) for h in ("2000", "2001", "2002", "2003", "2004")} == {
        "2000": pytest.approx(0.95),
        "2001": pytest.approx(0.9),
        "2002": pytest.approx(1.0),
        "2003": None,
        "2004": pytest.approx(0.0),
    }
    assert at["2000", 5] == pytest.approx(0.55)
    assert at["2002", 3] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("leavers_fte", "first", "last", "published"),
    [
        (4994.5, date(2020, 10, 1), date(2021, 9, 30), 15.4),
        (2300.5, date(2020, 10, 1), date(2021, 3, 31), 14.2),
        (420.0, date(2020, 10, 1), date(2020, 10, 31), 15.2),
    ],
)
def test_a_rate_of_part_of_a_year_is_annualised_as_the_dfe_does(leavers_fte, first, last, published):
    sides = pl.DataFrame(
        {
            "numerator": [leavers_fte],
            "denominator": [32502.0],
            "people": [40000],
            "period_start": [first],
            "period_end": [last],
        }
    )
    rate = measured(sides, "turnover", "dfe_fte", annualised=True).frame
    assert round(rate["value"].item(), 1) == published
    assert rate["unit"].item() == "% a year"


@pytest.mark.parametrize(("days_lost", "in_post", "published"), [(322786.3, 36186.3, 3.5), (22947.5, 2299.3, 3.9)])
def test_absence_of_the_dfe_is_days_lost_over_fte_and_253_working_days(days_lost, in_post, published):
    sides = pl.DataFrame({"numerator": [days_lost], "denominator": [in_post * 253], "people": [40000]})
    assert round(measured(sides, "absence", "dfe").frame["value"].item(), 1) == published


def test_growing_from_150_to_200_with_40_leavers_takes_90_recruits():
    opening, gone, came = 150, 40, 90
    staff = pl.DataFrame(
        {
            "organisation": "company",
            "person_id": [f"P{i}" for i in range(opening + came)],
            "start_date": [date(2020, 1, 1)] * opening + [date(2022, 9, 1)] * came,
            "end_date": [date(2022, 12, 31) if i < gone else None for i in range(opening + came)],
            "fte": 1.0,
        }
    )
    records = wf.Records(assignments=staff)
    before, after = (
        wf.staffing.headcount(records, day).frame["numerator"].item() for day in (YEAR.day_before, YEAR.end)
    )
    counts = [
        measure(records, YEAR).frame["numerator"].item() for measure in (wf.staffing.leavers, wf.staffing.joiners)
    ]
    assert (before, *counts) == (150, 40, 90)
    assert after == 200
