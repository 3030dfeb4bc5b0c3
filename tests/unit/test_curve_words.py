"""A life table is called after what it is of: on its chart, in its title, its caption, its alternative text and its table."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import Curve, as_result, life_table_of
from workforce import Period, chart, release, table, words
from workforce.errors import UsageError

YEAR = Period(date(2022, 1, 1), date(2022, 12, 31))


def spells(people: int = 120, days: int = 3) -> pl.DataFrame:
    return pl.DataFrame(
        {"entry": 0, "exit": [days * (n + 1) for n in range(people)], "event": [n % 4 > 0 for n in range(people)]}
    )


def vacancies() -> pl.DataFrame:
    opened = pl.date_range(date(2022, 1, 3), date(2022, 5, 2), "1d", eager=True)
    return pl.DataFrame({"opened_date": opened}).with_columns(
        advertised_date=pl.col("opened_date") + pl.duration(days=pl.int_range(pl.len()) % 14),
        offered_date=pl.col("opened_date") + pl.duration(days=20 + (7 * pl.int_range(pl.len())) % 100),
        closed_date=pl.col("opened_date")
        + pl.duration(days=30 + (7 * pl.int_range(pl.len())) % 100 + pl.int_range(pl.len()) % 50),
        outcome=pl.lit("filled"),
        organisation=pl.lit("council"),
    )


def requests() -> pl.DataFrame:
    return vacancies().select(
        "organisation",
        case_id=pl.int_range(pl.len()).cast(pl.String),
        case_type=pl.lit("ehc_assessment"),
        received_date="opened_date",
        outcome=pl.lit("plan_issued"),
        outcome_date="closed_date",
        closed_date="closed_date",
    )


def test_posts_are_spoken_of_as_vacancies_in_weeks():
    shown = release(wf.recruitment.time_to_hire(wf.Records(vacancies=vacancies()), YEAR), "internal")
    figure = chart.retention(shown)
    # A curve in blocks is read on its grid: after 90 days, not after 12 weeks, which lie between two steps.
    assert " of vacancies were still without an accepted offer after 13 weeks" in figure.title
    for text in (
        "Share of vacancies still without an accepted offer",
        "Weeks since the vacancy opened",
        "Vacancies still open",
    ):
        assert text in figure.svg
    assert figure.alt.startswith("Step chart of the share of vacancies still without an accepted offer by weeks since")
    assert "after 4 weeks" in figure.alt
    caption = " ".join(figure.caption)
    assert "Population: vacancies; those already open when the records begin" in caption
    assert "The curve steps every 30 days at most, so that between two steps it is too high." in caption
    assert "offers accepted / vacancies open" in caption
    assert not any(
        "service" in text.lower() for text in (figure.title, figure.svg, figure.alt, caption, figure.table_html)
    )


def test_a_wait_for_a_plan_is_read_at_the_statutory_twenty_weeks_or_the_day_of_the_grid_next_to_them():
    exact = wf.casework.time_to_plan(wf.Records(cases=requests()), YEAR)
    shown = release(exact, "internal")
    assert "of requests were still without a plan after 17 weeks" in words.retention_title(shown).text
    html = table(shown).html
    for text in ("Requests still without a plan by weeks since the request", "Requests still open", ">17<"):
        assert text in html
    assert ">20<" not in html
    many = pl.concat([requests().with_columns(pl.col("case_id") + f"-{n}") for n in range(3)])
    later = release(wf.casework.time_to_plan(wf.Records(cases=many), YEAR), "internal")
    after_150_days = exact.frame.filter(pl.col("time") <= 150)["value"][-1]
    words_of_share, _, when = words.retention_title(later).text.partition(" of requests were still without a plan ")
    assert when == "after 21 weeks"
    assert float(words_of_share.rstrip("%")) == pytest.approx(100 * after_150_days, abs=2)
    held = exact.frame.filter(pl.col("time") <= 140)["value"][-1]
    assert (
        f"{100 * held:.1f}%" in words.retention_title(release(exact, "analyst")).text
    )  # after 140 days, the day of receipt being the first
    until = release(wf.casework.time_to_plan(wf.Records(cases=requests()), YEAR, until="outcome"), "internal")
    assert "still without an outcome" in words.retention_title(until).text


@pytest.mark.parametrize(
    ("stage", "text"),
    [
        ("advertise", "not yet advertised"),
        ("choose", "Weeks since the vacancy was advertised"),
        ("start", "Weeks since an offer was accepted"),
    ],
)
def test_each_stage_of_hiring_has_its_own_words(stage, text):
    # All are advertised within 14 days, which a curve in blocks of 30 days cannot show.
    slow = vacancies().with_columns(advertised_date=pl.col("offered_date") - pl.duration(days=15))
    records = wf.Records(vacancies=slow if stage == "advertise" else vacancies())
    assert text in chart.retention(release(wf.recruitment.time_to_hire(records, YEAR, stage=stage), "internal")).svg


def test_staff_stay_in_service_for_years_and_hours_are_called_so():
    days = spells(240, 12)
    heads, hours = (
        release(life_table_of(table_of.frame, "retention", definition), "internal")
        for table_of, definition in (
            (wf.stats.life_table(days), "product_limit"),
            (wf.stats.life_table(days.with_columns(fte=0.5), weight="fte"), "product_limit_fte"),
        )
    )
    assert " of staff were still in service after 5 years" in chart.retention(heads).title
    assert "steps every" not in " ".join(chart.retention(heads).caption)  # 30 days are little of a year
    assert "Staff at risk of leaving" in chart.retention(heads).svg
    assert " of working hours were still in service after 5 years" in chart.retention(hours).title
    assert "between people" in " ".join(chart.retention(hours).caption)


def test_a_table_that_does_not_say_what_it_is_of_is_of_those_still_there():
    shown = release(wf.stats.life_table(spells(240, 12)), "internal")
    figure = chart.retention(shown)
    assert " of those counted were still there after 5 years" in figure.title
    assert "service" not in figure.svg + figure.alt + " ".join(figure.caption) + table(shown).html


def test_of_two_curves_the_words_follow_too():
    both = vacancies().with_columns(team=pl.Series(["A", "B"] * 60))
    slow = pl.when(pl.col("team") == "B").then(pl.col("offered_date") + pl.duration(days=60)).otherwise("offered_date")
    late = both.with_columns(offered_date=slow, closed_date=slow + pl.duration(days=9))
    title = chart.retention(
        release(wf.recruitment.time_to_hire(wf.Records(vacancies=late), YEAR, by="team"), "internal")
    ).title
    assert title == (
        "The share still without an accepted offer after 13 weeks was 28.6% in A and 85.7% in B; differences not tested here"
    )


def test_a_chart_goes_no_further_than_it_is_told_in_the_curves_own_unit():
    shown = release(wf.recruitment.time_to_hire(wf.Records(vacancies=vacancies()), YEAR), "internal")
    assert '"domain": [0, 8]' in str(dict(chart.retention(shown, until=8).spec)).replace("'", '"')
    with pytest.raises(UsageError, match="weeks"):
        chart.retention(shown, until=0)


def test_curves_of_two_definitions_are_not_drawn_as_one():
    hiring = wf.Records(vacancies=vacancies())
    both = [wf.recruitment.time_to_hire(hiring, YEAR, stage=stage) for stage in ("hire", "start")]
    shown = release(as_result(pl.concat(one.frame for one in both), Curve), "internal")
    with pytest.raises(UsageError, match="several definitions"):
        chart.retention(shown)
    assert "accepted offer" in chart.retention(shown, definition="product_limit").title


def test_names_that_are_not_in_the_book_are_refused():
    with pytest.raises(UsageError, match="no measure is called"):
        life_table_of(wf.stats.life_table(spells()).frame, "staying")


def test_every_measure_of_a_curve_is_explained():
    for measure in (
        "retention",
        "leaving_incidence",
        "leaving_hazards",
        "compare_retention",
        "time_to_hire",
        "time_to_plan",
    ):
        text = str(wf.explain(measure))
        assert "formula" in text
        assert "(19" in text  # whose method it is
    assert "limits: log-log" in str(wf.explain("retention"))
