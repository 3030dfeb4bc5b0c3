"""Steps as bars in their own order, tables of two columns, and the sentences beside them."""

from datetime import date

import polars as pl
import pytest

import builders
from builders import measured, stacked
from workforce import chart, release, tables, words
from workforce.errors import DisclosureError, UsageError

DAY = date(2023, 3, 31)
FTE = {
    "funded": 79.15,
    "in_post": 62.83,
    "short": 16.32,
    "vacant": 16.32,
    "recruiting": 12.0,
    "offered": 4.32,
    "covered": 13.3,
    "uncovered": 3.02,
}
STEPS = {"short": "Short", "vacant": "Vacant", "covered": "Covered", "uncovered": "Standing empty"}


def posts(rule="internal", people=65, **other):
    figures = {**FTE, **other}
    parts = [
        measured(
            pl.DataFrame({"period_start": [DAY], "period_end": [DAY], "numerator": [value], "people": [people]}),
            "post_funnel",
            step,
            by=[],
        )
        for step, value in figures.items()
    ]
    return release({"posts": stacked(parts)}, rule)["posts"]


def funnel():
    rows = {"applied": (950.0, None), "shortlisted": (440.0, 950.0), "accepted": (180.0, 192.0)}
    parts = [
        measured(
            pl.DataFrame(
                {"numerator": [above], "denominator": [below], "people": [950]},
                schema_overrides={"denominator": pl.Float64},
            ),
            "recruitment_funnel",
            step,
            by=[],
        )
        for step, (above, below) in rows.items()
    ]
    return builders.released({"funnel": stacked(parts)})


def drawn_rows(figure):
    return figure.spec["datasets"] if "datasets" in figure.spec else figure.spec["layer"][0]["data"]["values"]


def test_the_bars_stand_in_the_order_asked_for_with_their_counts():
    figure = chart.steps(posts(), columns=STEPS)
    assert [(r["s"], r["t"]) for r in drawn_rows(figure)] == [
        ("Short", "16.3"),
        ("Vacant", "16.3"),
        ("Covered", "13.3"),
        ("Standing empty", "3.0"),
    ]
    backwards = dict(reversed(STEPS.items()))
    assert [r["s"] for r in drawn_rows(chart.steps(posts(), columns=backwards))] == list(backwards.values())


def test_the_title_says_the_first_and_the_last_step():
    assert chart.steps(posts(), columns=STEPS).title == "Posts on 31 March 2023: 16.3 FTE short, 3.0 FTE standing empty"
    withheld = chart.steps(posts("board", people=5), columns=STEPS)
    assert withheld.text == "Posts are not shown: withheld, because few people are behind the figures."


def test_a_step_that_is_a_share_of_the_one_before_has_the_share_beside_it():
    figure = chart.steps(funnel(), columns={"applied": "Applied", "shortlisted": "Shortlisted", "accepted": "Accepted"})
    assert [(r["t"], r["d"]) for r in drawn_rows(figure)] == [
        ("950", ""),
        ("440", "(46.3% of applicants)"),
        ("180", "(93.8% of offers made)"),
    ]
    assert "Shortlisted: 440 (46.3% of applicants)" in figure.alt


def test_a_withheld_step_keeps_its_place():
    first = pl.col("definition") == next(iter(STEPS))
    hidden = (
        posts()
        .frame.with_columns(
            [pl.when(~first).then(pl.col(c)).alias(c) for c in ("numerator", "value")],
        )
        .with_columns(marker=pl.when(first).then(pl.lit("c")))
    )
    rows = drawn_rows(chart.steps(builders.released({"posts": hidden}), columns=STEPS))
    assert (rows[0]["s"], rows[0]["y"], rows[0]["g"]) == (next(iter(STEPS.values())), None, "[c] withheld")
    assert all(row["y"] is not None for row in rows[1:])


def test_the_numbers_under_the_bars_are_those_of_the_steps_in_their_order():
    html = chart.steps(posts(), columns=STEPS).table_html
    places = [html.index(word) for word in ("funded and not in post", "open as vacancies", "not covered by agency")]
    assert places == sorted(places)
    assert "79" not in html


def test_what_cannot_be_drawn_as_steps_is_refused():
    with pytest.raises(UsageError, match='did you mean "covered"'):
        chart.steps(posts(), columns={"cover": "Covered"})
    with pytest.raises(DisclosureError):
        chart.steps(posts().frame, columns=STEPS)
    twice = builders.released({"posts": pl.concat([posts().frame] * 2)})
    with pytest.raises(UsageError, match="one group"):
        chart.steps(twice, columns=STEPS)


def test_the_sentence_on_posts_says_what_is_funded_filled_and_empty():
    assert words.posts_sentence(posts()).text == (
        "62.8 of 79.2 funded full-time equivalents were in post on 31 March 2023, 16.3 short. "
        "Open vacancies add up to 16.3 full-time equivalents: 12 advertised without an accepted offer, 4.3 with someone due to start. "
        "Agency workers covered 13.3 of them; 3.0 had no cover."
    )


def test_the_sentence_on_posts_says_more_than_funded_and_leaves_out_what_is_withheld():
    over = words.posts_sentence(posts(short=-2.0)).text
    assert ", 2 more than are funded." in over
    frame = posts().frame.with_columns(value=pl.when(~pl.col("definition").is_in(["in_post", "covered"])).then("value"))
    hidden = words.posts_sentence(builders.released({"posts": frame})).text
    assert "on 31 March 2023; the number in post cannot be shown" in hidden
    assert "Agency" not in hidden
    assert "62.8" not in hidden


def hiring(**values):
    rows = [
        measured(
            pl.DataFrame(
                {"stage": ["Opened to offer accepted"], "value": [value], "denominator": [90.0]},
                schema_overrides={"value": pl.Float64},
            ),
            "hiring_time",
            name,
            by=[],
        )
        for name, value in values.items()
    ]
    return builders.released({"time": stacked(rows)})


def test_the_sentence_on_hiring_says_the_median_and_the_shares():
    shown = hiring(median=59.0, within_60=51.25, within_90=72.5)
    assert words.hiring_sentence(shown).text == (
        "Half of the vacancies had an accepted offer within 59 days of opening; 51.3% within 60 days and 72.5% within 90 days."
    )
    never = words.hiring_sentence(hiring(median=None, within_60=40.0, within_90=None)).text
    assert never == (
        "Fewer than half of the vacancies reached an accepted offer while they were followed; 40.0% within 60 days."
    )


@pytest.mark.parametrize("sentence", [words.posts_sentence, words.hiring_sentence, words.reasons_sentence])
def test_a_sentence_about_another_measure_is_refused(sentence):
    with pytest.raises(UsageError, match="this sentence is about"):
        sentence(funnel())


def reasons(by=(), **definitions):
    parts = [
        measured(
            pl.DataFrame(
                {
                    "reason": list(shares),
                    "numerator": list(shares.values()),
                    "denominator": [100.0] * len(shares),
                    "people": [100] * len(shares),
                    **dict.fromkeys(by, "A"),
                }
            ),
            "reasons_beside",
            name,
            by=list(by),
        )
        for name, shares in definitions.items()
    ]
    return builders.released({"beside": stacked(parts)})


def test_the_sentence_on_reasons_names_what_comes_most_often_on_either_side():
    shown = reasons(recorded={"resignation": 64.0, "other": 8.0}, said={"pay": 23.0, "workload": 23.0, "other": 5.0})
    assert words.reasons_sentence(shown).text == (
        "The most frequent recorded reason of the leavers who were interviewed: Resignation (64.0%). "
        "The most frequent reason that they gave: Pay and Workload (23.0%). Differences between reasons are not tested."
    )
    assert "Too few" in words.reasons_sentence(reasons(said={"pay": 0.0})).text


def shares():
    said = {"reason": ["pay", "workload"] * 3, "recorded": ["all"] * 6}
    tenure = ["5 years and over"] * 2 + ["under 2 years"] * 2 + [None] * 2
    figures = {"numerator": [5.0, 15.0, 10.0, 10.0, None, None], "denominator": [20.0] * 4 + [None] * 2}
    table = measured(
        pl.DataFrame(
            {
                **said,
                **figures,
                "tenure_band": tenure,
                "people": [20] * 4 + [None] * 2,
                "marker": [None] * 4 + ["c"] * 2,
            }
        ),
        "exit_reasons",
        "share",
        by=["tenure_band"],
    )
    return builders.released({"said": table}, "board")


def test_a_cross_table_has_a_line_and_a_column_a_group_in_their_own_order():
    html = tables.cross(shares(), rows="reason", across="tenure_band", people="Interviewed", title="Reasons").html
    assert html.index("under 2 years") < html.index("5 years and over")
    assert html.index("50.0%") < html.index("25.0%")
    assert html.count("20</td>") == 2


def test_a_column_without_any_figure_is_left_out_and_named():
    html = tables.cross(shares(), rows="reason", across="tenure_band", title="Reasons").html
    assert "No figure can be shown for: not recorded." in html
    assert "[c]" not in html


def test_a_cross_table_takes_the_first_column_that_is_there():
    shown = tables.cross(shares(), rows="reason", across=["team", "tenure_band"], title="Reasons").html
    assert shown == tables.cross(shares(), rows="reason", across="tenure_band", title="Reasons").html


def test_a_cross_table_refuses_what_is_not_there_or_not_one_figure():
    with pytest.raises(UsageError, match="across="):
        tables.cross(shares(), rows="reason", across=["team", "locality"], title="Reasons")
    with pytest.raises(UsageError, match="several figures"):
        tables.cross(shares(), rows="reason", across="recorded", title="Reasons")
    with pytest.raises(DisclosureError):
        tables.cross(shares().frame, rows="reason", across="tenure_band", title="Reasons")
