"""An outlook is drawn as bands by month, a panel a scenario, with what happened; its words follow from the released rows."""

import json
from datetime import date

import polars as pl
import pytest

import builders
from builders import Forecast, as_result, measured, vega_lite
from workforce import chart, month_ends, release, words
from workforce.errors import DisclosureError, UsageError

AHEAD = month_ends("2023-06", 3)
BEFORE = month_ends("2023-03", 4)


def outlook(scenarios, *, definition="caseload", people=60, marker=None):
    """scenarios: name = middle of each month; the bands lie 1 and 2 to either side."""
    rows = [
        {"scenario": name, "period_start": day, "period_end": day, "value": value, "marker": marker}
        for name, values in scenarios.items()
        for day, value in zip(AHEAD, values, strict=True)
    ]
    sides = pl.DataFrame(rows, schema_overrides={"value": pl.Float64, "marker": pl.String})
    table = measured(sides.with_columns(people=people, denominator=pl.lit(float(people))), "outlook", definition, by=[])
    bands = table.frame.with_columns(
        lower=pl.col("value") - 2,
        upper=pl.col("value") + 2,
        lower_80=pl.col("value") - 1,
        upper_80=pl.col("value") + 1,
        method=pl.lit("simulated"),
    )
    return as_result(bands, Forecast)


def happened(values, days, *, definition="caseload"):
    sides = pl.DataFrame(
        {
            "scenario": "what happened",
            "period_start": days,
            "period_end": days,
            "value": values,
            "denominator": 60.0,
            "people": 60,
        },
        schema_overrides={"value": pl.Float64},
    )
    return measured(sides, "outlook", definition, by=[])


NOW = outlook({"as now": [20.0, 21.0, 22.0]})
SEVERAL = outlook({"as now": [20.0, 21.0, 22.0], "Five more": [19.0, 19.0, 19.0], "Fewer requests": [20.0, 20.5, 21.0]})
PAST = happened([18.0, 19.0, 18.5, 19.5], BEFORE)


def shown(table, **more):
    page = release({"ahead": table, **more}, "internal")
    return [page[name] for name in ("ahead", *more)]


def data_of(figure):
    """Every list of rows in a specification."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("values"), list) and node["values"] and isinstance(node["values"][0], dict):
                found.append(node["values"])
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(json.loads(json.dumps(dict(figure.spec), default=str)))
    return found


def test_both_bands_and_the_middle_path_are_drawn_for_each_month():
    figure = chart.outlook(*shown(NOW))
    fan = next(rows for rows in data_of(figure) if "a" in rows[0])
    assert [(r["x"], r["a"], r["c"], r["m"], r["d"], r["b"]) for r in fan] == [
        ("2023-04-30", 18.0, 19.0, 20.0, 21.0, 22.0),
        ("2023-05-31", 19.0, 20.0, 21.0, 22.0, 23.0),
        ("2023-06-30", 20.0, 21.0, 22.0, 23.0, 24.0),
    ]
    labels = [r["w"].replace("\n", " ") for rows in data_of(figure) for r in rows if "w" in r]
    assert labels == ["95 in 100 paths: 20.0 to 24.0", "80 in 100 paths: 21.0 to 23.0", "Median path: 22.0"]


def test_the_paths_begin_where_what_happened_ends():
    ahead_, past = shown(NOW, past=PAST)
    figure = chart.outlook(ahead_, actual=past)
    fan = next(rows for rows in data_of(figure) if "a" in rows[0])
    assert (fan[0]["x"], fan[0]["a"], fan[0]["b"], fan[0]["m"]) == ("2023-03-31", 19.5, 19.5, 19.5)
    line = next(rows for rows in data_of(figure) if set(rows[0]) == {"x", "y", "t"})
    assert [r["y"] for r in line] == [18.0, 19.0, 18.5, 19.5]


def test_each_scenario_has_a_panel_with_its_end_and_things_as_they_are_beside_it():
    ahead_, past = shown(SEVERAL, past=PAST)
    figure = chart.outlook(ahead_, actual=past)
    panels = figure.spec["vconcat"][0]["concat"]
    assert [" ".join(p["title"]["text"]) for p in panels] == [
        "As now: 22.0 (21.0 to 23.0)",
        "Fewer requests: 21.0 (20.0 to 22.0)",
        "Five more: 19.0 (18.0 to 20.0)",
    ]
    dashed = ["strokeDash" in json.dumps(p, default=str) for p in panels]
    assert dashed == [False, True, True]
    assert len({json.dumps(p["layer"][0]["encoding"]["y"]["scale"], default=str) for p in panels}) == 1


def test_one_scenario_that_is_not_as_now_is_named_in_the_title():
    table = outlook({"Five more": [19.0, 19.0, 19.0]})
    assert "under \N{LEFT DOUBLE QUOTATION MARK}Five more" in chart.outlook(*shown(table)).title


def test_the_title_says_where_the_paths_end_and_how_far_the_others_run():
    assert chart.outlook(*shown(NOW)).title == (
        "Cases per FTE in June 2023: 21.0 to 23.0 in 80 of 100 simulated paths if things stay as they are (median 22.0)"
    )
    assert chart.outlook(*shown(SEVERAL)).title.endswith(
        "the other scenarios have medians from 19.0 (\N{LEFT DOUBLE QUOTATION MARK}Five more\N{RIGHT DOUBLE QUOTATION MARK}) "
        "to 21.0 (\N{LEFT DOUBLE QUOTATION MARK}Fewer requests\N{RIGHT DOUBLE QUOTATION MARK})"
    )
    two = outlook({"as now": [20.0, 21.0, 22.0], "Five more": [19.0, 19.0, 19.0]})
    assert chart.outlook(*shown(two)).title.endswith("; the other scenario has a median of 19.0")


@pytest.mark.parametrize(
    ("last", "where"),
    [
        (22.5, "inside the 80% band"),
        (23.5, "inside the 95% band"),
        (24.5, "outside the 95% band"),
        (19.0, "outside the 95%"),
    ],
)
def test_looking_back_the_title_says_in_which_band_it_came_to_lie(last, where):
    ahead_, past = shown(NOW, past=happened([19.5, 20.0, 21.0, last], [date(2023, 3, 31), *AHEAD]))
    title = chart.outlook(ahead_, actual=past).title
    assert title.startswith(f"Cases per FTE were {last} in June 2023, {where}")


def test_the_months_that_each_band_held_are_counted():
    ahead_, past = shown(NOW, past=happened([19.5, 20.0, 22.5, 24.5], [date(2023, 3, 31), *AHEAD]))
    held = "Of the 3 months since, 1 was inside the 80% band and 2 inside the 95% band."
    assert held in " ".join(chart.outlook(ahead_, actual=past).caption)
    assert "months since" not in " ".join(chart.outlook(*shown(NOW)).caption)
    sentence = words.looked_back_sentence(ahead_, actual=past).text
    assert sentence.startswith("Cases per FTE were 24.5 in June 2023, outside the 95% band")
    assert sentence.endswith("2 inside the 95% band.")


def test_the_alternative_text_says_where_each_scenario_ends():
    ahead_, past = shown(SEVERAL, past=PAST)
    text = chart.outlook(ahead_, actual=past).alt
    assert "a panel for each of 3 scenarios" in text
    assert "What happened: 18.0 on 31 December 2022, 19.5 on 31 March 2023." in text
    assert "Five more: the median path ends at 19.0 in June 2023, 80 in 100 paths between 18.0 and 20.0" in text
    assert text.index("As now") < text.index("Fewer requests")


def test_the_caption_says_what_the_bands_mean_and_what_is_assumed():
    caption = " ".join(chart.outlook(*shown(NOW)).caption)
    assert (
        "Line: the median of the simulated paths. Dark band: 80 in 100 paths are inside it; light band: 95 in 100. "
        "The paths differ by chance and because the rates are uncertain."
    ) in caption
    assert (
        "Assumed: every leaver's post is filled again at the past pace; demand and closures stay at their present level; "
        "nothing changes except as a scenario says. This is a projection, not a promise."
    ) in caption


def test_the_numbers_stand_beside_the_chart():
    ahead_, past = shown(NOW, past=happened([19.5, 20.0, 22.5, 24.5], [date(2023, 3, 31), *AHEAD]))
    table = chart.outlook(ahead_, actual=past).table_html
    for text in ("May 2023", "20.0 to 22.0", "19.0 to 23.0", "22.5", "What happened"):
        assert text in table
    assert "What happened" not in chart.outlook(*shown(NOW)).table_html


def test_an_outlook_of_few_people_is_withheld_and_says_so():
    page = release({"ahead": outlook({"as now": [20.0, 21.0, 22.0]}, people=3)}, "board")
    assert chart.outlook(page["ahead"]).text.endswith("not shown: withheld, because few people are behind the figures.")


def test_a_target_is_drawn_and_lies_on_the_axis():
    figure = chart.outlook(*shown(NOW), target=30.0)
    assert any(r.get("v") == 30.0 for rows in data_of(figure) for r in rows)
    assert "Target 30.0" in figure.svg


def test_names_are_escaped():
    figure = chart.outlook(*shown(outlook({"as now": [1.0, 2.0, 3.0], "<b>x</b>": [1.0, 2.0, 3.0]})))
    assert "<b>x" not in figure._repr_html_()


def test_what_is_not_an_outlook_is_refused():
    with pytest.raises(DisclosureError, match="not been released"):
        chart.outlook(NOW)
    other = measured(
        pl.DataFrame(
            {"scenario": ["a"], "period_start": AHEAD[:1], "period_end": AHEAD[:1], "value": [1.0], "people": [60]}
        ),
        "outlook",
        "fte",
        by=[],
    )
    with pytest.raises(UsageError, match="not an outlook"):
        chart.outlook(builders.released({"t": other}))
    ahead_, late = shown(NOW, past=happened([1.0] * 4, BEFORE, definition="backlog"))
    with pytest.raises(UsageError, match="not of the same kind"):
        chart.outlook(ahead_, actual=late)
    with pytest.raises(UsageError, match="not of the same kind"):
        chart.outlook(ahead_, actual=ahead_)


def test_the_specification_is_one_that_vega_lite_knows():
    ahead_, past = shown(SEVERAL, past=PAST)
    for figure in (chart.outlook(ahead_, actual=past), chart.outlook(*shown(NOW), target=30.0)):
        assert vega_lite(figure)
        assert figure.vega()["$schema"].startswith("https://vega.github.io/schema/vega/v5")


def test_equal_figures_have_equal_bytes():
    assert chart.outlook(*shown(SEVERAL))._repr_html_() == chart.outlook(*shown(SEVERAL))._repr_html_()
