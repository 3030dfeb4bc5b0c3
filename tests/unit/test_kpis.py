"""The list of key indicators as measures: each has its tables, judged against its target, and nothing missing stops the rest."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from workforce.definitions import MEASURE_BOOK
from workforce.disclosure import release
from workforce.measures.absence.absence import absence
from workforce.measures.comparison.xmr import TOO_FEW, xmr
from workforce.measures.frame import FIRST, REST
from workforce.measures.indicators.kpi_list import LISTED
from workforce.measures.indicators.kpis import MONTHS, figures_name, kpi_tables, series_name, why_empty
from workforce.measures.staffing.stability import stability
from workforce.measures.staffing.turnover import turnover
from workforce.periods import months_to, year_to, years_to

NOTHING = pl.DataFrame()
TABLES = ("assignments", "absences", "cases", "milestones", "allocations", "posts", "vacancies", "exits", "counts")


def kpi(measure, definition, **more):
    return SimpleNamespace(
        **{
            "measure": measure,
            "definition": definition,
            "owner": "A",
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
        target_value=lambda measure, definition: found.get((measure, definition)),
    )


def records(**frames):
    return SimpleNamespace(**{name: frames.get(name, NOTHING) for name in TABLES})


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


def test_every_measure_of_the_list_is_in_the_measure_book():
    assert set(LISTED) <= set(MEASURE_BOOK)


def test_a_figure_is_the_year_to_the_month_with_the_year_before():
    people = staff()
    table = kpi_tables(records(assignments=people), "2023-03", agreed(TURNOVER))[figures_name(TURNOVER)]
    assert table.equals(turnover(people, years_to("2023-03", 2), definition="average"))
    assert table["period_end"].to_list() == [date(2022, 3, 31), date(2023, 3, 31)]


def test_its_series_is_thirty_months_on_the_scale_of_the_target():
    people = staff()
    targets = {("turnover", "average"): 6.0}
    by_month = kpi_tables(records(assignments=people), "2023-03", agreed(TURNOVER, targets=targets))
    table = by_month[series_name(TURNOVER)]["by month"]
    straight = xmr(turnover(people, months_to("2023-03", MONTHS), definition="average", annualised=True), target=6.0)
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
    page = kpi_tables(records(assignments=people, absences=sick), "2023-03", agreed(sickness))
    last = page[series_name(sickness)]["by month"].row(-1, named=True)
    assert (last["numerator"], last["denominator"], last["unit"]) == (300.0, 300.0, "days per FTE a year")
    assert last["value"] == pytest.approx(365.25 / 31)
    shown = release(page).tables[series_name(sickness)].row(-1, named=True)
    assert shown["value"] == pytest.approx(365.25 / 31)
    exact = absence(people, sick, year_to("2023-03"), definition="days_per_fte").row(0, named=True)
    assert page[figures_name(sickness)].row(-1, named=True)["value"] == exact["value"] == 1.0


def test_a_target_for_a_year_says_nothing_of_months_that_are_not_on_its_scale():
    people, stays = staff(), kpi("stability", "nhs")
    tables = kpi_tables(records(assignments=people), "2023-03", agreed(stays, targets={("stability", "nhs"): 90.0}))
    by_month = tables[series_name(stays)]["by month"]
    assert by_month["assurance"].null_count() == by_month.height
    assert by_month["value"][-1] == stability(people, months_to("2023-03", 1))["value"].item()


def test_months_in_which_few_people_left_have_quarters_to_fall_back_on():
    few, many = staff(leavers_a_month=3), staff(leavers_a_month=25, people=4000)
    one = kpi_tables(records(assignments=few), "2023-03", agreed(TURNOVER))
    assert list(one[series_name(TURNOVER)]) == ["by month", "by quarter"]
    page = release(one)
    assert page.tables[series_name(TURNOVER)].height == 20
    assert "by month" in page.notes[series_name(TURNOVER)]
    assert list(kpi_tables(records(assignments=many), "2023-03", agreed(TURNOVER))[series_name(TURNOVER)]) == [
        "by month"
    ]


def test_quarters_end_with_the_month_and_lie_side_by_side():
    tables = kpi_tables(records(assignments=staff(leavers_a_month=3)), "2023-02", agreed(TURNOVER))
    quarters = tables[series_name(TURNOVER)]["by quarter"]
    assert quarters.select("period_start", "period_end").row(-1) == (date(2022, 12, 1), date(2023, 2, 28))
    starts, ends = quarters["period_start"].to_list(), quarters["period_end"].to_list()
    assert all((start - end).days == 1 for start, end in zip(starts[1:], ends[:-1], strict=True))


def test_a_figure_on_a_day_is_its_own_series_of_month_ends():
    posts = pl.DataFrame({"organisation": ["council"], "funded_fte": [700.0], "start_date": [date(2015, 1, 1)]})
    vacant = kpi("vacancy_rate", "establishment")
    tables = kpi_tables(
        records(assignments=staff(), posts=posts),
        "2023-03",
        agreed(vacant, targets={("vacancy_rate", "establishment"): 90.0}),
    )
    assert list(tables) == [figures_name(vacant)]
    assert tables[figures_name(vacant)].height == MONTHS
    assert tables[figures_name(vacant)]["assurance"][-1] == "consistently hits the target"


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
    figures = kpi_tables(records(assignments=joined), "2023-03", agreed(here))[figures_name(here)]
    assert figures.select("period_end", "value").row(-1) == (date(2022, 3, 31), 100.0)


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        (kpi("absence", "nhs"), "no records"),
        (kpi("timeliness", "dfe"), "no records"),
        (kpi("parents_reached", "letters sent", better="higher"), "no records"),
        (kpi("pay_gap", "median"), "not worked out for this list"),
        (kpi("turnover", "average_indirect"), "not worked out for this list"),
    ],
)
def test_what_cannot_be_worked_out_has_an_empty_table_says_why_and_stops_nothing(listed, why):
    tables = kpi_tables(records(assignments=staff()), "2023-03", agreed(listed, TURNOVER))
    assert tables[figures_name(listed)].is_empty()
    assert why_empty(listed) == why
    page = release(tables)
    assert page.tables[figures_name(listed)].is_empty()
    assert page.tables[figures_name(TURNOVER)].height == 2


def test_a_count_is_measured_over_its_own_periods_up_to_the_month():
    rows = [(date(y, 4, 1), date(y + 1, 3, 31), 40.0 + y - 2018, 80.0) for y in range(2018, 2024)]
    table = kpi_tables(records(counts=counts(*rows)), "2023-03", agreed(UPTAKE))[figures_name(UPTAKE)]
    assert table["period_end"].to_list() == [date(y, 3, 31) for y in range(2019, 2024)]
    assert table["value"].to_list() == pytest.approx([100 * (40 + n) / 80 for n in range(5)])
    assert set(table["variation"]) == {TOO_FEW}


def test_a_monthly_count_is_judged_against_its_target_in_the_direction_of_the_settings():
    rows = [(m.start, m.end, 30.0 + n % 2, 60.0) for n, m in enumerate(months_to("2023-03", 20))]
    listed = agreed(UPTAKE, targets={("training_uptake", "module completed"): 80.0})
    table = kpi_tables(records(counts=counts(*rows)), "2023-03", listed)[figures_name(UPTAKE)]
    assert set(table["variation"]) == {"no significant change"}
    assert set(table["assurance"]) == {"consistently misses the target"}


def test_counts_of_the_year_to_each_month_come_down_to_separate_years():
    rows = [
        (year_to(m).start, year_to(m).end, 40.0, 80.0) for m in ("2021-03", "2022-02", "2022-03", "2023-02", "2023-03")
    ]
    extra = (date(2023, 3, 1), date(2023, 3, 31), 1.0, 80.0)
    table = kpi_tables(records(counts=counts(*rows)), "2023-03", agreed(UPTAKE))[figures_name(UPTAKE)]
    assert table["period_end"].to_list() == [date(y, 3, 31) for y in (2021, 2022, 2023)]
    both = kpi_tables(records(counts=counts(*rows[:4], extra)), "2023-03", agreed(UPTAKE))[figures_name(UPTAKE)]
    assert both["period_end"].to_list() == [date(2023, 3, 31)]


def test_a_figure_of_other_organisations_is_not_set_beside_the_latest():
    late = staff(organisation="trust", observed_from=date(2022, 4, 1))
    both = pl.concat([staff(), late])
    tables = kpi_tables(records(assignments=both), "2023-03", agreed(TURNOVER))
    figures = tables[figures_name(TURNOVER)]
    assert figures["period_end"].to_list() == [date(2023, 3, 31)]
    assert figures["left_out"].to_list() == [[]]
    series = tables[series_name(TURNOVER)]["by month"]
    assert series["period_start"].to_list()[0] == date(2022, 4, 1)
    assert series.height == 12
    assert set(series["variation"]) == {TOO_FEW}


def test_a_month_of_other_organisations_in_between_is_a_gap():
    rows = [(m.start, m.end, 30.0, 60.0) for m in months_to("2023-03", 14)]
    without = [row for row in rows if row[0] != date(2022, 10, 1)]
    several = pl.concat([counts(*rows), counts(*without, organisation="trust")])
    table = kpi_tables(records(counts=several), "2023-03", agreed(UPTAKE))[figures_name(UPTAKE)]
    gap = table.filter(pl.col("period_start") == date(2022, 10, 1))
    assert gap.select("numerator", "denominator", "people", "value", "marker").row(0) == (None, None, None, None, "x")
    assert table["value"].null_count() == 1


def test_tables_stand_in_the_order_of_the_list_under_names_of_their_own():
    listed = agreed(UPTAKE, TURNOVER, kpi("leavers", "left", better="lower"))
    tables = kpi_tables(records(assignments=staff()), "2023-03", listed)
    assert list(tables) == [
        "key indicator: training_uptake, module completed",
        "key indicator: turnover, average",
        "key indicator by month: turnover, average",
        "key indicator: leavers, left",
        "key indicator by month: leavers, left",
    ]
    assert list(kpi_tables(records(), "2023-03", agreed())) == []


def test_an_empty_table_has_the_columns_of_a_measure_table():
    table = kpi_tables(records(), "2023-03", agreed(TURNOVER))[figures_name(TURNOVER)]
    assert table.schema == pl.Schema({**dict.fromkeys(FIRST, pl.String()), **REST})


def test_the_callers_frames_stay_as_they_were():
    people = staff()
    before = people.clone()
    kpi_tables(records(assignments=people), "2023-03", agreed(TURNOVER))
    assert people.equals(before)
