"""Every chart, table and sentence answers for itself: without a figure it is one sentence with the result's reason, and never an error."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl
import pytest

import builders
import workforce as wf
from builders import HAZARDS, Forecast, Hazards, as_result, life_table_of, measured, stacked
from workforce import chart, months, release, stats, table, tables, words, year_to
from workforce.errors import UsageError

REASON = "sickness absences are not recorded by Wealdmere Council"
FEW = "withheld, because few people are behind the figures"
NOW, DAY = year_to("2023-03"), date(2023, 3, 31)
MONTHS = months("2022-01", "2023-03")
FIGURES = ("numerator", "denominator", "value", "lower", "upper", "hazard_ratio", "p_value")


def teams(count):
    return [f"Team {n:02}" for n in range(1, count + 1)]


def rates(groups, periods=(NOW,), measure="absence", definition="days_per_fte", by="team", **columns):
    """A measure table of some groups and periods, with 20 people in the first group, 21 in the second and so on."""
    rows = [
        {
            by: group,
            "period_start": period.start,
            "period_end": period.end,
            "numerator": 30.0 + n,
            "denominator": 100.0,
            "people": 20 + n,
            **columns,
        }
        for n, group in enumerate(groups)
        for period in periods
    ]
    return measured(pl.DataFrame(rows), measure, definition, by=[by])


def flows(groups):
    parts = [
        rates(groups, MONTHS, "case_flow", name).frame.with_columns(
            denominator=None, value="numerator", unit=pl.lit("cases")
        )
        for name in ("arrivals", "closures", "at_end")
    ]
    return as_result(pl.concat(parts, how="vertical_relaxed"), groups=["team"])


def funnelled(groups):
    edges = {"centre": 0.3, "lower_95": 0.2, "upper_95": 0.4, "lower_998": 0.1, "upper_998": 0.5}
    return as_result(rates(groups).frame.with_columns(**edges))


def curve(groups):
    rows = [
        {"team": g, "time": 30 * n, "entered": 0, "at_risk": 200 + k, "left": 1, "censored": 0, "value": 0.99**n}
        | {"lower": 0.98**n, "upper": 0.995**n, "marker": None}
        for k, g in enumerate(groups)
        for n in range(72)
    ]
    return life_table_of(pl.DataFrame(rows, schema_overrides={"marker": pl.String}))


def causes(groups):
    spells = pl.concat(
        pl.DataFrame(
            {
                "entry": 0,
                "exit": [31 + (n * 37) % 2300 for n in range(90 + k)],
                "cause": [["nhs", "agency", None][n % 3] for n in range(90 + k)],
                "team": group,
            },
            schema_overrides={"cause": pl.String},
        )
        for k, group in enumerate(groups)
    )
    return stats.incidence_table(spells, by="team")


def ratios(groups):
    rows = [
        {
            "covariate": "team",
            "level": level,
            "hazard_ratio": 1.0 if n == 0 else 1.2,
            "lower": None if n == 0 else 0.8,
            "upper": None if n == 0 else 1.6,
            "p_value": None if n == 0 else 0.4,
            "reference": n == 0,
            "spells": 100 + n,
            "events": 30 + n,
            "method": "from the model",
        }
        for n, level in enumerate(["Base", *groups])
    ]
    return as_result(pl.DataFrame(rows, schema=HAZARDS), Hazards, groups=["covariate", "level"])


def outlooks(groups):
    days = [date(2023, n, 28) for n in (4, 5, 6)]
    sides = pl.DataFrame(
        [
            {
                "scenario": name,
                "period_start": day,
                "period_end": day,
                "value": 20.0,
                "people": 60 + n,
                "denominator": 60.0,
            }
            for n, name in enumerate(groups)
            for day in days
        ]
    )
    bands = {"lower": 18.0, "upper": 22.0, "lower_80": 19.0, "upper_80": 21.0}
    return as_result(measured(sides, "outlook", "caseload", by=[]).frame.with_columns(**bands), Forecast)


def positions(groups):
    figures = {
        "scale_minimum": 15.0,
        "scale_midpoint": 20.0,
        "scale_maximum": 25.0,
        "median": 21.0,
        "gap_to_maximum": 4.0,
    }
    rows = {"role": groups, "people": [20 + n for n in range(len(groups))]}
    rows["denominator"] = [float(n) for n in rows["people"]]
    dated = pl.DataFrame(rows).with_columns(body=pl.lit("Council"), period_start=pl.lit(DAY), period_end=pl.lit(DAY))
    return stacked(
        measured(dated.with_columns(value=value), "pay_position", name, by=["role"]) for name, value in figures.items()
    )


def steps(_groups, names=("applied", "shortlisted", "filled")):
    rows = {"period_start": [NOW.start], "period_end": [NOW.end], "numerator": [40.0], "denominator": [80.0]}
    parts = [measured(pl.DataFrame({**rows, "people": [40]}), "recruitment_funnel", name, by=[]) for name in names]
    return stacked(parts)


def posts(_groups):
    rows = {"period_start": [DAY], "period_end": [DAY], "numerator": [40.0], "people": [70]}
    return stacked(measured(pl.DataFrame(rows), "post_funnel", name, by=[]) for name in ("funded", "in_post", "short"))


def hiring(_groups):
    rows = {"stage": ["Opened to offer accepted"], "value": [59.0], "denominator": [90.0], "people": [90]}
    dated = pl.DataFrame(rows).with_columns(period_start=pl.lit(NOW.start), period_end=pl.lit(NOW.end))
    return stacked(measured(dated, "hiring_time", name, by=[]) for name in ("median", "within_60", "within_90"))


def compared_pay(groups):
    rows = [
        {"role": g, "body": "Council", "beside": "Trust", "value": 4.0, "people": 40, "denominator": 40.0}
        for g in groups
    ]
    dated = pl.DataFrame(rows).with_columns(period_start=pl.lit(DAY), period_end=pl.lit(DAY))
    return measured(dated, "pay_comparison", "maximum", by=["role"])


def apart(_groups):
    rows = {"role": ["all"], "group": ["female against male"], "value": [1.0], "people": [40], "denominator": [80.0]}
    dated = pl.DataFrame(rows).with_columns(period_start=pl.lit(DAY), period_end=pl.lit(DAY))
    return stacked(measured(dated, "pay_equity", name, by=["role"]) for name in ("overall", "like_for_like"))


def queue(_groups):
    waiting = wf.forecast.queue([30.0] * 52, [25.0] * 52, 12, waiting=400)
    return waiting.table(wf.calendar_year("2022"), people=400)


def options_tried(_groups):
    rows = {"scenario": ["as now", "more"], "value": [9.0, 7.0], "people": [40, 40], "denominator": [40.0, 40.0]}
    dated = pl.DataFrame(rows).with_columns(period_start=pl.lit(DAY), period_end=pl.lit(DAY))
    return stacked(
        measured(dated, "option", name, by=[]) for name in ("late", "cleared", "weeks", "posts", "load", "cost")
    )


def judged(groups):
    return stats.xmr(rates(groups, MONTHS))


@dataclass(frozen=True)
class Case:
    """A chart, table or sentence with results that it takes; room: how many groups it draws, where there is a most."""

    show: Callable
    result: Callable
    room: int | None = None


def looks(page):
    return tables.looks(page, by="team", looks=["table"], title="Looks")


STEPS = {"applied": "Applied", "shortlisted": "Shortlisted", "filled": "Filled"}
CASES = {
    "chart.bars": Case(chart.bars, rates, 40),
    "chart.trend": Case(chart.trend, lambda groups: rates(groups, MONTHS), 4),
    "chart.trend, panels": Case(lambda one: chart.trend(one, panels=True), lambda groups: rates(groups, MONTHS), 12),
    "chart.xmr": Case(chart.xmr, judged, 12),
    "chart.funnel": Case(chart.funnel, funnelled),
    "chart.retention": Case(chart.retention, curve, 4),
    "chart.incidence": Case(lambda one: chart.incidence(one, by="team"), causes, 12),
    "chart.forest": Case(chart.forest, ratios, 39),
    "chart.outlook": Case(chart.outlook, outlooks, 12),
    "chart.pay_ranges": Case(chart.pay_ranges, positions, 12),
    "chart.steps": Case(lambda one: chart.steps(one, columns=STEPS), steps),
    "chart.flow": Case(lambda one: chart.flow(one, by="team", only="Team 01"), flows),
    "table": Case(table, rates),
    "table of a curve": Case(table, curve),
    "table of causes": Case(lambda one: table(one, by="team"), causes),
    "table of ratios": Case(table, ratios),
    "tables.cross": Case(
        lambda one: tables.cross(one, rows="role", across="body", definition="median", title="Pay"), positions
    ),
    "tables.wide": Case(lambda one: tables.wide(one, columns={"median": "Median"}, title="Pay"), positions),
    "tables.looks": Case(looks, rates),
    "tables.looks of ratios": Case(looks, ratios),
    "words.change_sentence": Case(words.change_sentence, lambda groups: rates(groups, MONTHS)),
    "words.trend_title": Case(words.trend_title, lambda groups: rates(groups, MONTHS)),
    "words.bars_title": Case(words.bars_title, rates),
    "words.funnel_title": Case(words.funnel_title, funnelled),
    "words.retention_title": Case(words.retention_title, curve),
    "words.hazards_title": Case(words.hazards_title, ratios),
    "words.hazard_sentence": Case(lambda one: words.hazard_sentence(one, "team"), ratios),
    "words.variation_title": Case(words.variation_title, judged),
    "words.variation_sentence": Case(words.variation_sentence, judged),
    "words.posts_sentence": Case(words.posts_sentence, posts),
    "words.hiring_sentence": Case(words.hiring_sentence, hiring),
    "words.who_pays_more": Case(words.who_pays_more, compared_pay),
    "words.equity_sentence": Case(words.equity_sentence, apart),
    "words.capacity_sentence": Case(words.capacity_sentence, queue),
    "words.options_sentence": Case(words.options_sentence, options_tried),
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def without_figures(result, marker):
    """The same result with every figure null and a marker in its place."""
    columns = [c for c in FIGURES if c in result.frame.columns]
    frame = result.frame.with_columns(pl.lit(None, result.frame.schema[c]).alias(c) for c in columns)
    return result._with(frame.with_columns(marker=pl.lit(marker)), reasons=[REASON] if marker == "x" else [])


def is_a_sentence(shown):
    html = shown._repr_html_()
    return type(shown).__name__ == "Text" and html.startswith('<p class="wf-text">') and "<svg" not in html


@each_case
def test_a_result_without_rows_is_a_sentence_with_its_reason(case):
    result = case.result(teams(2))
    shown = case.show(builders.released(result._with(result.frame.clear(), reasons=[REASON])))
    assert is_a_sentence(shown)
    assert REASON in shown.text
    without_reason = case.show(builders.released(result._with(result.frame.clear())))
    assert is_a_sentence(without_reason)
    assert without_reason.text


@each_case
def test_a_result_of_which_nothing_is_available_is_a_sentence_with_its_reason(case):
    shown = case.show(builders.released(without_figures(case.result(teams(2)), "x")))
    assert is_a_sentence(shown)
    assert REASON in shown.text
    assert "[x]" not in shown.text


@each_case
def test_a_result_that_is_withheld_is_said_to_be_so(case):
    shown = case.show(builders.released(without_figures(case.result(teams(2)), "c")))
    html = shown._repr_html_()
    assert any(words in html for words in ("[c]", "few people are behind", "withheld", "scale or its hours"))
    assert "Figure" not in type(shown).__name__
    assert not any(figure in html for figure in (">30<", ">20<", "0.3", ">1.2<"))


@each_case
def test_one_group_is_shown_or_said_to_be_the_only_one(case):
    shown = case.show(builders.released(case.result(teams(1))))
    html = shown._repr_html_()
    assert html
    if case.show is chart.funnel:
        assert shown.text == ("Sickness absence by team is not compared: only one group has a figure (Team 01).")
    else:
        assert "not shown" not in html


@pytest.mark.parametrize("case", [c for c in CASES.values() if c.room], ids=[n for n, c in CASES.items() if c.room])
def test_of_more_groups_than_a_chart_has_room_for_the_smallest_and_the_unknown_are_left_to_its_table(case):
    names = [*teams(case.room + 2), "unknown"]
    figure = case.show(builders.released(case.result(names)))
    drawn, caption = figure.svg, " ".join(figure.caption)
    sentence = next(s for s in caption.split(". ") if "are drawn, those" in s)
    assert "Team 01" in sentence
    assert "Team 02" in sentence
    assert "unknown" in sentence
    assert "only the table has" in sentence
    assert "are drawn, those" in figure.alt
    assert ">Team 01" not in drawn
    assert ">Team 03" in drawn
    assert "Team 01" in figure.table_html
    assert "unknown" in figure.table_html.lower()
    fitting = case.show(builders.released(case.result([*teams(case.room - 1), "unknown"])))
    assert "are drawn, those" not in " ".join(fitting.caption)


def test_a_funnel_of_many_groups_says_which_it_names():
    figure = chart.funnel(builders.released(funnelled(teams(16))))
    assert "Of 16 teams only those outside the 95% limits are named; the table has all." in " ".join(figure.caption)


def test_the_callers_title_names_what_is_not_shown():
    absent = builders.released(without_figures(rates(teams(2)), "x"))
    assert table(absent, title="Absence, by team").text == f"Absence, by team: not shown, because {REASON}."
    assert chart.bars(absent).text == f"Sickness absence by team is not shown: {REASON}."
    assert words.variation_sentence(builders.released(without_figures(judged(teams(1)), "x"))).text == (
        f"It is not known whether sickness absence has changed: {REASON}."
    )


def test_how_a_table_was_made_coarser_is_said_with_the_reason():
    note = "Shown by year: by month, too many figures would be withheld."
    hidden = builders.released({"table": without_figures(rates(teams(2)), "c")}, notes={"table": note})
    assert chart.bars(hidden).text == f"Sickness absence by team is not shown: {FEW}. {note}"


def test_a_definition_that_the_measure_has_and_the_table_has_not_is_marked_as_not_available():
    pay = positions(teams(2))
    some = builders.released(pay.filter(pl.col("definition") == "median"))
    html = tables.wide(some, columns={"median": "Median", "compa_ratio": "Ratio"}, title="Pay").html
    assert "£21.00" in html
    assert "[x]" in html
    assert "[x] not available" in html
    assert is_a_sentence(chart.bars(some, definition="compa_ratio"))
    assert is_a_sentence(tables.wide(some, columns={"compa_ratio": "Ratio"}, title="Pay"))
    assert "median" in chart.pay_ranges(some).svg
    assert "[x]" in chart.steps(builders.released(steps([], ["applied"])), columns=STEPS).svg


def test_what_no_result_of_the_kind_can_have_stays_an_error():
    given = builders.released(rates(teams(2)))
    for mistake in (
        lambda: chart.bars(given, definition="no such definition"),
        lambda: chart.bars(given, by="no_such_column"),
        lambda: chart.bars(given, highlight="Team 99"),
        lambda: chart.retention(given),
        lambda: chart.pay_ranges(given),
        lambda: tables.wide(given, columns={"no such definition": "X"}, title="X"),
        lambda: words.posts_sentence(given),
        lambda: words.hazard_sentence(builders.released(ratios(teams(2))), "no_such_covariate"),
    ):
        with pytest.raises(UsageError):
            mistake()


def test_an_organisation_without_a_figure_is_not_highlighted_and_named():
    area = wf.load_area()
    council = area.settings.organisations["council"].name
    others = area.where(pl.col("organisation") != "council")
    page = release(others.named({"headcount": wf.staffing.headcount(others, DAY, by=["organisation"])}), "internal")
    headcount = page["headcount"]
    rows = headcount.frame.filter(pl.col("organisation") != council)
    figure = chart.bars(headcount._narrowed(rows), highlight=council)
    assert f"There is no figure for {council}." in " ".join(figure.caption)
    with pytest.raises(UsageError, match="no such group"):
        chart.bars(headcount._narrowed(rows), highlight="Wealdmere Contry Council")


def test_notes_without_rows_are_said_to_be_none():
    assert tables.notes(wf.Records().not_used, "Files that are not used").text == "Files that are not used: none."
    assert tables.notes(wf.Records().quality, "Rows refused").text == "Rows refused: none."


def test_settings_that_are_not_given_are_a_sentence():
    settings = wf.load_area().settings
    bare = settings.model_copy(update={"kpis": [], "targets": [], "decisions": [], "roles": {}})
    assert "No key indicators are listed" in str(tables.kpis(release({}, "board"), bare))
    assert words.decision_sentence(bare.decision("keeping")).text == "No decision has been set for this question."
    assert words.roles_sentence(wf.Records(settings=bare)).text.startswith("No common list of roles is set")
    assert chart.bars(builders.released(rates(teams(2))), target=bare.target_value("absence", "days_per_fte")).svg


def test_an_indicator_without_records_is_of_the_records_that_were_read():
    # A page shows nothing that does not follow from the files: neither does it refuse that there is nothing.
    board = wf.load_area().only("icb")
    page = release(wf.indicators.kpis(board, "2023-03"), "board")
    shown = tables.kpis(page, board.settings)
    assert "not recorded" in shown.html
    assert shown._provenance.loaded
