"""The list of key indicators as one table: what is printed, what is withheld, and which sentences are under it."""

import json
import re
from datetime import date
from html import unescape
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import workforce as wf
from builders import (
    MEASURE_BOOK,
    MeasureTable,
    definition_of,
    measure_book,
    measured,
    records,
    released,
    shipped,
    withheld_rows_stay,
)
from workforce import months_to, release, years_to
from workforce.errors import DisclosureError, UsageError
from workforce.indicators.detection import with_detection
from workforce.indicators.kpi_list import listed_by
from workforce.indicators.kpis import figures_name, series_name
from workforce.measures.difference import FELL, HIGHER, NOT_TESTED, ROSE, SAME
from workforce.measures.status import STATUS, STATUSES, amber_edge, status_of, with_status
from workforce.present.drawing import theme
from workforce.present.kinds.kpis import (
    COLOURS,
    SHAPES,
    agreement,
    change_words,
    lines_of,
    notes,
    printed_target,
    rag_mark,
    signal,
    sparkline,
    summary_title,
    trend_words,
)
from workforce.stats.xmr import ADDED, TOO_FEW

LAST, NOW = years_to("2023-03", 2)
MONTHS = months_to("2023-03", 15)
HOSTILE = "<script>alert(1)</script>"


def kpi(measure="turnover", definition="average", **more):
    held = {"owner": "Chair of the board", "roles": (), "name": None, "better": None, "amber": 0.0}
    return SimpleNamespace(measure=measure, definition=definition, **{**held, **more})


def agreed(*kpis, **targets):
    """Targets by measure."""
    return SimpleNamespace(kpis=kpis, target_value=lambda measure, *_: targets.get(measure))


def with_statuses(page, agreed):
    """The page with the status of each indicator's latest figure, where its test did not measure it."""
    tables = dict(page.results)
    for listed in agreed.kpis:
        table = tables.get(figures_name(listed))
        if table is not None and STATUS not in table.added:
            better = listed.better or next((one.better for one in table.definitions), None)
            target = agreed.target_value(listed.measure, listed.definition)
            tables[figures_name(listed)] = with_status(table, target, listed.amber, better)
    return released(tables, page.rule, page.notes)


def kpi_table(page, agreed, **options):
    return wf.tables.kpis(with_statuses(page, agreed), agreed, **options)


def lines(page, agreed):
    return lines_of(with_statuses(page, agreed), agreed)


def words(variation="no significant change", assurance=None, cause=None):
    return {"variation": variation, "assurance": assurance, "special_cause": cause}


def rows(listed, cells, **judged):
    """A measure table; cells: period, numerator, denominator and perhaps a marker."""
    frame = pl.DataFrame(
        [
            {"period_start": p.start, "period_end": p.end, "numerator": n, "denominator": d, "people": 500, "marker": m}
            for p, n, d, m in [(*cell, None)[:4] for cell in cells]
        ],
        schema_overrides={"numerator": pl.Float64, "denominator": pl.Float64, "people": pl.Int64, "marker": pl.String},
    )
    table = measured(frame, listed.measure, listed.definition)
    if not judged:
        return table
    texts = {**judged, "season": None, "judged_against": "the mean of the series"}
    columns = [pl.lit(texts.get(c), pl.String if c in texts else pl.Float64).alias(c) for c in ADDED]
    return table._with(table.frame.with_columns(columns), added=ADDED)


def nothing(listed):
    """The table of an indicator without records."""
    schema = rows(kpi(), [(NOW, 1.0, 2.0)]).frame.schema
    return MeasureTable(pl.DataFrame(schema=schema), [definition_of(listed.measure, listed.definition)])


def page(listed, now=140.0, before=120.0, *, series=None, rule="internal", notes=None, **judged):
    """One released indicator: of 1,000 so many now and so many a year before, with a trend of fifteen months."""
    cells = [(LAST, before, 1000.0, "c" if before is None else None), (NOW, now, 1000.0, "c" if now is None else None)]
    trend = series or [(m, 12.0 + n % 3, 100.0) for n, m in enumerate(MONTHS)]
    tables = {figures_name(listed): rows(listed, cells), series_name(listed): rows(listed, trend, **words(**judged))}
    return released(tables, rule, notes)


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


def cells(html):
    """The cells of the body, as text, by row."""
    body = html[html.index("<tbody") : html.index("</tbody>")]
    return [[text(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in body.split("<tr>")[1:]]


def test_a_line_has_figure_target_colour_change_trend_signal_and_owner():
    listed = kpi(amber=2.5, name="Staff turnover")
    html = kpi_table(page(listed, assurance="hit or miss"), agreed(listed, turnover=12.0)).html
    (line,) = cells(html)
    assert line == [
        "Staff turnover Owner: Chair of the board",
        "14.0% year to March 2023 140 / 1,000",
        "12.0% lower is better \N{DOWNWARDS ARROW} amber to 14.5%",
        "Amber",
        "+2.0 from 12.0% may be chance",
        "by mean",
        "No significant change can meet or miss the target with no change",
    ]


def test_the_headings_say_what_stands_under_them():
    html = kpi_table(page(kpi()), agreed(kpi())).html
    heads = [text(head) for head in re.findall(r"<th scope=\"col\">.*?</th>", html, re.DOTALL)]
    assert heads == ["Indicator, owner", "Latest", "Target", "RAG", "Year before", "Trend", "Signal"]


def test_the_title_counts_the_colours():
    several = [kpi(), kpi("stability", "nhs"), kpi("leavers", "left", better="lower")]
    tables = {figures_name(k): rows(k, [(NOW, 140.0, 1000.0)], **words()) for k in several}
    shown = lines(released(tables), agreed(*several, turnover=12.0, stability=10.0))
    assert summary_title(shown) == "Of 3 key indicators: 1 red, 1 green and 1 without a target"
    assert summary_title(shown[:1]) == "One key indicator: red"


def test_a_withheld_figure_takes_its_colour_its_change_and_its_signal_with_it():
    listed = kpi(amber=2.0)
    html = kpi_table(
        page(listed, now=None, variation="worse than expected", assurance="consistently misses the target"),
        agreed(listed, turnover=12.0),
    ).html
    (line,) = cells(html)
    assert line[1:] == [
        "[c] year to March 2023",
        "12.0% lower is better \N{DOWNWARDS ARROW} amber to 14.0%",
        "[c]",
        "[c]",
        "",
        "[c]",
    ]
    assert "Red" not in html
    assert "expected" not in html
    assert "misses" not in html
    assert not any(colour in html for colour in COLOURS.values())
    assert "withheld, because few people are behind the figure" not in html  # it is said once a page


def test_a_withheld_year_before_leaves_the_figure_and_no_change():
    (line,) = cells(kpi_table(page(kpi(), before=None), agreed(kpi())).html)
    assert line[1].startswith("14.0%")
    assert line[4] == "[c]"


def test_a_withheld_latest_month_has_no_signal_and_leaves_the_figure():
    series = [(m, 12.0, 100.0) for m in MONTHS[:-1]] + [(MONTHS[-1], None, 100.0, "c")]
    listed = kpi()
    html = kpi_table(page(listed, series=series, variation="better than expected"), agreed(listed, turnover=12.0)).html
    (line,) = cells(html)
    assert (line[3], line[6]) == ("Red", "[c]")
    assert "better than expected" not in html


def test_a_trend_of_which_more_than_a_fifth_is_withheld_is_neither_drawn_nor_judged():
    def drawn(withheld):
        series = [
            (m, None if n < withheld else 0.0, 100.0, "c" if n < withheld else None) for n, m in enumerate(MONTHS)
        ]
        return cells(kpi_table(page(kpi(), series=series), agreed(kpi())).html)[0][5:]

    assert drawn(3) == ["by mean", "No significant change"]
    assert drawn(4) == ["[c]", "[c]"]


def test_the_release_of_a_small_area_withholds_colour_and_signal():
    few = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"p{n}" for n in range(60)],
            "fte": 1.0,
            "start_date": date(2015, 1, 1),
            "end_date": [date(2022, 9, 10)] * 5 + [None] * 55,
        },
        schema_overrides={"end_date": pl.Date},
    )
    listed = kpi()
    found = SimpleNamespace(kpis=[listed], casework=None, target_value=lambda *_: 2.0)
    exact = wf.indicators.kpis(records(assignments=few), "2023-03", found)
    assert exact[figures_name(listed)].frame["value"][-1] > 2.0
    for rule, shown in (("board", ["[c]", "[c]"]), ("internal", ["Red", "Not judged too few events to judge"])):
        (line,) = cells(kpi_table(release(exact, rule), found).html)
        assert [line[3], line[6]] == shown


def test_an_indicator_without_records_says_so_and_the_rest_stands():
    gone, there = kpi("absence", "nhs"), kpi()
    tables = {**page(there).results, figures_name(gone): nothing(gone)}
    lines = cells(kpi_table(released(tables, "board"), agreed(gone, there, absence=4.0)).html)
    assert lines[0][1:] == ["[x] no records", "4.0% lower is better \N{DOWNWARDS ARROW}", "[x]", "[x]", "[x]", "[x]"]
    assert lines[1][1].startswith("14.0%")


def test_an_indicator_without_records_says_what_is_not_recorded():
    gone = kpi("absence", "nhs")
    reason = "sickness absences are not recorded by <b>Trust</b>"
    tables = {figures_name(gone): nothing(gone)._with_reasons(reason)}
    html = kpi_table(released(tables, "board"), agreed(gone, absence=4.0)).html
    (line,) = cells(html)
    assert line[1] == "[x] sickness absences are not recorded by &lt;b&gt;Trust&lt;/b&gt;"


def test_a_count_that_nobody_supplied_is_listed_under_its_own_words():
    listed = kpi("parents_reached", "letters <b>sent</b>", better="higher")
    tables = {figures_name(listed): MeasureTable(nothing(kpi()).frame)}
    html = kpi_table(released(tables, "board"), agreed(listed)).html
    assert cells(html)[0][0].startswith("Parents reached letters &lt;b&gt;sent&lt;/b&gt; Owner:")


def test_without_a_target_there_is_no_colour_and_no_dashed_line():
    html = kpi_table(page(kpi()), agreed(kpi())).html
    (line,) = cells(html)
    assert line[2:4] == ["None lower is better \N{DOWNWARDS ARROW}", "No target"]
    assert "stroke-dasharray" not in html
    assert "RAG is by" not in html


def test_a_target_is_drawn_only_where_the_trend_was_judged_against_it():
    listed = kpi()
    dashed = [
        "stroke-dasharray" in kpi_table(page(listed, assurance=a), agreed(listed, turnover=12.0)).html
        for a in ("hit or miss", None)
    ]
    assert dashed == [True, False]


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (140.0, 120.0, ("+2.0", "from 12.0%", "may be chance")),
        (190.0, 120.0, ("+7.0", "from 12.0%", "rose")),
        (120.04, 120.0, ("same figure", "from 12.0%", "about the same")),
        (118.6, 120.4, ("\N{MINUS SIGN}0.1", "from 12.0%", "about the same")),
        (140.0, None, ("[c]", "", "")),
        (None, 120.0, ("[c]", "", "")),
    ],
)
def test_the_change_is_between_the_figures_as_printed(now, before, change):
    (line,) = lines(page(kpi(), now, before), agreed(kpi()))
    assert change_words(line) == change


def test_a_change_of_whole_people_has_no_decimals():
    listed = kpi("leavers", "left", better="lower")
    cells = [(LAST, 40.0, None), (NOW, 50.0, None)]
    (line,) = lines(released({figures_name(listed): rows(listed, cells, **words())}, "board"), agreed(listed))
    assert change_words(line) == ("+10", "from 40", "not tested")


def test_only_the_same_stretch_a_year_earlier_is_the_year_before():
    listed = kpi()
    half = years_to("2022-09", 1)[0]
    tables = {figures_name(listed): rows(listed, [(half, 120.0, 1000.0), (NOW, 140.0, 1000.0)], **words())}
    (line,) = lines(released(tables, "board"), agreed(listed))
    assert change_words(line) == ("[x]", "", "")


def test_the_signal_says_variation_rule_and_target():
    (line,) = lines(
        page(
            kpi(), variation="worse than expected", cause="7 points rising", assurance="consistently misses the target"
        ),
        agreed(kpi()),
    )
    assert signal(line) == ("worse than expected", "7 points rising", "consistently misses the target")


def test_too_few_points_claim_nothing_of_the_target():
    (line,) = lines(page(kpi(), variation=TOO_FEW, assurance=TOO_FEW), agreed(kpi()))
    assert signal(line) == (TOO_FEW, "", "")


def explained(now, **judged):
    listed = kpi(name="Turnover", amber=1.0)
    return agreement(lines(page(listed, now, **judged), agreed(listed, turnover=12.0)))


@pytest.mark.parametrize("now", [125.0, 150.0])  # amber and red
@pytest.mark.parametrize(
    ("assurance", "ending"),
    [
        ("consistently misses the target", "the target will go on being missed."),
        (
            "hit or miss",
            "similar figures are likely, though a single point of the trend can reach the target by chance.",
        ),
        (None, "similar figures are likely."),
    ],
)
def test_off_target_with_no_significant_change_is_how_things_work_now(now, assurance, ending):
    (sentence,) = explained(now, assurance=assurance)
    assert sentence.startswith("Off target with no significant change (Turnover): unless the way things work changes, ")
    assert sentence.endswith(ending)


def test_off_target_and_better_than_expected_is_a_change_for_the_better():
    assert explained(150.0, variation="better than expected") == [
        "Off target, but better than expected (Turnover): something has changed for the better."
    ]


def test_on_target_and_worse_than_expected_is_a_change_for_the_worse():
    assert explained(100.0, variation="worse than expected") == [
        "On target, but worse than expected (Turnover): something has changed for the worse."
    ]


def test_on_target_by_chance_is_said():
    (sentence,) = explained(100.0, assurance="hit or miss")
    assert "(Turnover): a single point of the trend can still miss the target by chance" in sentence


@pytest.mark.parametrize(
    ("now", "judged"),
    [
        (150.0, {"variation": "worse than expected"}),
        (100.0, {"variation": "better than expected"}),
        (100.0, {"assurance": "consistently hits the target"}),
        (100.0, {}),
        (150.0, {"variation": TOO_FEW, "assurance": TOO_FEW}),
        (None, {"assurance": "hit or miss"}),
    ],
)
def test_where_colour_and_signal_agree_or_one_is_missing_nothing_is_explained(now, judged):
    assert explained(now, **judged) == []


def test_indicators_of_one_kind_share_a_sentence_with_names_as_they_are():
    both = [kpi(name="A {x}"), kpi("stability", "nhs", name="B", better=None)]
    one, other = page(both[0]), page(both[1])
    shown = lines(released({**one.results, **other.results}), agreed(*both, turnover=12.0, stability=20.0))
    assert agreement(shown) == [
        (
            "Off target with no significant change (A {x} and B): unless the way things work changes, "
            "similar figures are likely."
        )
    ]


def without(table, name):
    """The same table with an organisation left out of its rates."""
    return table._with(table.frame.with_columns(left_out=pl.lit([name], pl.List(pl.String))))


def caseload(profession, now, target=None, roles=()):
    """The table of one profession's caseload, judged."""
    listed = kpi("caseload", "dfe", name="Cases for each worker", roles=roles, amber=1.0)
    table = rows(listed, [(LAST, now, 10.0), (NOW, now, 10.0)], **words())
    table = table._with(table.frame.with_columns(profession=pl.lit(profession)), groups=["profession"])
    return listed, with_status(table, target, 1.0, "lower")


def test_a_line_for_each_profession_has_neither_target_nor_owner_of_several():
    listed, send = caseload("SEND casework", 300.0)
    _, social = caseload("Social work", 100.0)
    tables = {figures_name(listed, "SEND casework"): send, figures_name(listed, "Social work"): social}
    shown = kpi_table(released(tables, "internal"), agreed(listed, caseload=25.0))
    assert [line[0] for line in cells(shown.html)] == [
        f"Cases for each worker ({whose}) in cases per FTE Owner: none named for this profession"
        for whose in ("SEND casework", "Social work")
    ]
    assert [line[3] for line in cells(shown.html)] == ["No target"] * 2
    assert "whose target and owner these are: Cases for each worker." in text(shown.html)


def test_a_line_with_roles_has_them_in_its_name_with_its_target_and_owner():
    listed, table = caseload("SEND caseworker", 300.0, 25.0, roles=("SEND caseworker",))
    (line,) = cells(kpi_table(released({figures_name(listed): table}, "internal"), agreed(listed, caseload=25.0)).html)
    assert line[0] == "Cases for each worker (SEND caseworker) in cases per FTE Owner: Chair of the board"
    assert line[3] == "Red"


def test_one_profession_alone_keeps_target_and_owner():
    listed, table = caseload("SEND casework", 300.0, 25.0)
    name = figures_name(listed, "SEND casework")
    (line,) = cells(kpi_table(released({name: table}, "internal"), agreed(listed, caseload=25.0)).html)
    assert line[0] == "Cases for each worker (SEND casework) in cases per FTE Owner: Chair of the board"
    assert line[3] == "Red"


def test_the_target_on_the_page_is_the_one_that_the_status_rests_on():
    listed, table = caseload("SEND casework", 300.0, 25.0)
    name = figures_name(listed, "SEND casework")
    (line,) = lines(released({name: table}, "internal"), agreed(listed, caseload=40.0))
    assert (line.target, line.rag) == (25.0, "red")


def test_a_name_that_looks_like_markup_stays_text_everywhere():
    listed = kpi(name=HOSTILE, owner=HOSTILE)
    trend = [(m, 12.0, 100.0) for m in MONTHS]
    shown = page(listed, series=trend)
    tables = {**shown.results, figures_name(listed): without(shown.results[figures_name(listed)], HOSTILE)}
    html = kpi_table(released(tables, "board", {series_name(listed): HOSTILE}), agreed(listed, turnover=12.0)).html
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4  # name, owner, left out, sentence


def test_a_name_is_printed_as_the_settings_have_it():
    html = kpi_table(page(kpi(name="iPad uptake")), agreed(kpi(name="iPad uptake"))).html
    assert cells(html)[0][0].startswith("iPad uptake")


def test_a_hostile_title_and_unit_stay_text():
    listed = kpi("reach", HOSTILE, better="higher")
    frame = rows(kpi(), [(NOW, 10.0, 20.0)], **words(HOSTILE, HOSTILE, HOSTILE)).frame.with_columns(
        measure=pl.lit("reach"), definition=pl.lit(HOSTILE), unit=pl.lit(HOSTILE)
    )
    table = MeasureTable(frame, added=ADDED)
    html = kpi_table(released({figures_name(listed): table}, "board"), agreed(listed), title=HOSTILE).html
    assert "<script" not in html


def test_two_unnamed_indicators_of_one_measure_are_told_apart():
    both = [kpi(), kpi("turnover", "nhs"), kpi("stability", "nhs")]
    tables = {figures_name(k): rows(k, [(NOW, 140.0, 1000.0)], **words()) for k in both}
    names = [line.name for line in lines(released(tables, "board"), agreed(*both))]
    assert names[0].startswith("Turnover: people who left in the period")
    assert names[1].startswith("Turnover: people who left")
    assert names[0] != names[1]
    assert names[2] == "Stability"


def test_notes_say_what_was_left_out_and_what_was_made_coarser():
    listed = kpi(name="Turnover")
    shown = page(listed, notes={series_name(listed): "Shown by quarter: by month, too many figures would be withheld."})
    tables = {**shown.results, figures_name(listed): without(shown.results[figures_name(listed)], "Trust")}
    said = notes(lines(released(tables, "board", shown.notes), agreed(listed, turnover=12.0)), "board")
    assert said == [
        "RAG is by the figure before rounding, without a colour where the printed figure is on another side.",
        "Signals judge the latest point of the trend by the mean, last point or season of its own series, before rounding.",
        "Where a figure covers a year, its trend shows single months.",
        "Left out of Turnover: Trust, because one side of the rate is missing.",
        "The trend is by quarter, because shorter steps have too few events: Turnover.",
    ]


def test_red_amber_and_green_can_be_seen_and_told_apart_without_colour():
    assert set(COLOURS) == set(SHAPES) == {"red", "amber", "green"}
    assert len(set(SHAPES.values())) == 3
    for colour in COLOURS.values():
        assert theme.contrast(colour, theme.PAPER) >= theme.LEAST_MARK_CONTRAST
    assert theme.contrast(theme.PALETTE[0], theme.PAPER) >= theme.LEAST_MARK_CONTRAST
    assert all('aria-hidden="true"' in rag_mark(colour) for colour in COLOURS)
    assert rag_mark("not shown") is rag_mark("no target") is None


def test_a_trend_is_a_picture_with_words_that_hold_released_figures_only():
    (line,) = lines(page(kpi(), series=[(m, 10.0 + n, 100.0) for n, m in enumerate(MONTHS)]), agreed(kpi()))
    assert trend_words(line) == (
        "15 months from January 2022 to March 2023: 10.0% at the start, 24.0% at the end, between 10.0% and 24.0%."
    )
    assert 'role="img" aria-label="15 months' in kpi_table(page(kpi()), agreed(kpi())).html


def test_what_is_not_shown_is_a_gap_in_the_line_and_said():
    series = [(m, None if n in (4, 5) else 10.0, 100.0, "c" if n in (4, 5) else None) for n, m in enumerate(MONTHS)]
    (line,) = lines(page(kpi(), series=series), agreed(kpi()))
    assert trend_words(line).endswith("; 2 not shown.")
    drawn = sparkline([row["value"] for row in line.series], target=None, words="")
    assert drawn.count("<polyline") == 2


def test_a_steady_figure_looks_steady():
    drawn = sparkline([50.0, 50.2, 49.9], target=None, words="")
    heights = [float(point.split(",")[1]) for point in re.search(r'points="([^"]*)"', drawn)[1].split()]
    assert max(heights) - min(heights) < 2


def test_an_area_without_a_list_gets_a_sentence():
    shown = kpi_table(released({}, "board"), agreed())
    assert shown._repr_html_() == '<p class="wf-text">No key indicators are listed in the area&#x27;s settings.</p>'
    assert shown.rule == "board"


def test_a_page_without_the_tables_is_refused_with_what_to_do():
    with pytest.raises(UsageError, match=r"wf\.indicators\.kpis"):
        kpi_table(released({}, "board"), agreed(kpi()))
    unjudged = released({figures_name(kpi()): rows(kpi(), [(NOW, 1.0, 2.0)])}, "board")
    with pytest.raises(UsageError, match="not judged"):
        kpi_table(unjudged, agreed(kpi()))
    with pytest.raises(DisclosureError, match="released"):
        wf.tables.kpis(page(kpi()).results, agreed(kpi()))


def test_an_indicator_without_a_better_direction_is_refused():
    listed = kpi("headcount", "in_post")
    table = rows(listed, [(NOW, 5.0, None)], **words())
    with pytest.raises(UsageError, match="which way is better"):
        kpi_table(released({figures_name(listed): table}, "board"), agreed(listed))


def test_every_text_and_number_of_the_list_is_recorded_as_given():
    listed = kpi(name="Staff turnover", better="lower", amber=2.5)
    made = kpi_table(page(listed), agreed(listed, turnover=12.0), title="Indicators")
    assert made._provenance.arguments == {
        ("title", "Indicators"),
        ("target", 12.0),
        *(
            ("agreed", one)
            for one in ("turnover", "average", "Staff turnover", "Chair of the board", "lower", 12.0, 2.5)
        ),
    }


def test_a_list_that_answers_differently_each_time_is_recorded_as_it_is_printed():
    class Changing:
        measure, definition, better, amber, owner, roles = "turnover", "average", "lower", 0.0, "Owner", ()
        names = iter([f"Name {n}" for n in range(99)])

        @property
        def name(self):
            return next(self.names)

    made = kpi_table(page(kpi()), agreed(Changing()))
    names = [text for key, text in made._provenance.arguments if key == "agreed" and text.startswith("Name")]
    assert len(names) == 1
    assert names[0] in made.html


def test_the_same_page_gives_the_same_bytes():
    listed = kpi()
    assert kpi_table(page(listed), agreed(listed)).html == kpi_table(page(listed), agreed(listed)).html


def test_every_recipe_of_the_measure_book_has_its_function():
    keys = list(measure_book().recipes)
    assert set(keys) <= set(MEASURE_BOOK)
    for measure, definition in keys:
        group, _, function = measure_book().measures[measure].functions[0].partition(".")
        call = listed_by(measure, definition).call
        assert call is getattr(getattr(wf, group), function) or measure == "hiring_time"


def test_a_recipe_whose_function_is_in_no_group_is_refused_by_name(monkeypatch):
    monkeypatch.setattr("workforce.indicators.kpi_list._GROUPS", {})
    with pytest.raises(UsageError, match=r"computes stability by staffing\.stability, which workforce does not have"):
        listed_by("stability", "nhs")


# Red, amber and green, as drawn rows: the exact figure, the figure as it is shown, the target, and the edge of amber


def drawn_colours(text):
    """The rows of a drawn table: better, unit, exact, shown, target, amber, status; `_` is a space."""
    lines = [line.split() for line in text.strip().splitlines()[1:]]
    return [
        (better, unit.replace("_", " "), *[float(cell) for cell in numbers], status.replace("_", " "))
        for better, unit, *numbers, status in lines
    ]


COLOUR_ROWS = drawn_colours("""
    better  unit    exact   shown   target  amber  status
    lower   %       11.9    11.9    12.0    2.0    green
    lower   %       12.0    12.0    12.0    2.0    green
    lower   %       12.04   12.04   12.0    2.0    near_the_target
    lower   %       11.96   11.96   12.0    2.0    green
    lower   %       12.05   12.05   12.0    2.0    amber
    lower   %       12.05   11.8    12.0    2.0    near_the_target
    lower   %       11.95   12.4    12.0    2.0    near_the_target
    lower   %       11.95   12.4    12.0    0      near_the_target
    lower   %       13.0    12.4    12.0    2.0    amber
    lower   %       14.0    14.0    12.0    2.0    amber
    lower   %       14.04   14.04   12.0    2.0    between_amber_and_red
    lower   %       13.9    14.2    12.0    2.0    between_amber_and_red
    lower   %       14.05   14.05   12.0    2.0    red
    lower   %       12.1    12.1    12.0    0      red
    higher  %       60.0    60.0    60.0    5.0    green
    higher  %       59.95   59.95   60.0    5.0    near_the_target
    higher  %       59.94   59.94   60.0    5.0    amber
    higher  %       55.0    55.0    60.0    5.0    amber
    higher  %       54.96   54.96   60.0    5.0    between_amber_and_red
    higher  %       54.94   54.94   60.0    5.0    red
    higher  %       61.0    61.0    60.0    0      green
    higher  %       59.9    59.9    60.0    0      red
    lower   %       12.25   12.25   12.25   0      near_the_target
    lower   %       12.24   12.24   12.25   0      green
    lower   %       0.02    0.02    0       0      red
    lower   %       0       0       0       0      green
    lower   %       0.02    0.02    0.1     0      green
    lower   %       -1.0    -1.0    0       0      green
    lower   people  12.4    12.4    12      0      near_the_target
    lower   people  12.5    12.5    12      0      red
    lower   people  1234.0  1234.0  1200    50     amber
    lower   FTE     1.25    1.25    1.3     0      green
    lower   £       1050.2  1050.2  1000    50     between_amber_and_red
    lower   £_an_h  18.449  18.449  18.4    0      near_the_target
    lower   %       20.3    20.3    25.0    2.5    green
    lower   %       12.000000000000002  12.0  12.0  0  green
""")


@pytest.mark.parametrize(("better", "unit", "exact", "shown", "target", "amber", "status"), COLOUR_ROWS)
def test_the_status_is_that_of_the_exact_figure_unless_the_printed_one_is_on_another_side(
    better, unit, exact, shown, target, amber, status
):
    edge = amber_edge(target, amber, better)
    assert status_of(exact, shown, target, edge, better=better, unit=unit) == status


@pytest.mark.parametrize("status", ["near the target", "between amber and red"])
def test_where_the_printed_figure_cannot_show_the_side_there_is_a_word_and_no_colour(status):
    listed = kpi(amber=2.0)
    now = {"near the target": 120.4, "between amber and red": 140.4}[status]
    html = kpi_table(page(listed, now=now), agreed(listed, turnover=12.0)).html
    (line,) = cells(html)
    assert line[3] == status.capitalize()
    assert not any(colour in html for colour in COLOURS.values())
    (drawn,) = lines(page(listed, now=now), agreed(listed, turnover=12.0))
    assert summary_title([drawn]) == f"One key indicator: {status}"
    assert agreement([drawn]) == []


def of_turnover(leavers, target, amber=0.0):
    """A year of turnover of 1,000 people with its status, before release."""
    sides = {"period_start": [NOW.start], "period_end": [NOW.end], "numerator": [float(leavers)]}
    table = measured({**sides, "denominator": [1000.0], "people": [1000]}, "turnover", "average")
    return with_status(table, target, amber, "lower")


@pytest.mark.parametrize(
    ("leavers", "target", "board", "internal"),
    [
        (123, 12.2, "red", "red"),  # shown as 12.5%
        (122, 12.2, "near the target", "green"),  # shown as 12.0% or 12.2%
        (123, 12.4, "near the target", "green"),  # shown as 12.5% or 12.3%
        (3, 1.0, None, None),
    ],
)
def test_release_states_the_status_for_the_figure_that_it_shows(leavers, target, board, internal):
    table = of_turnover(leavers, target)
    shown = [wf.release(table, rule).frame["status"].item() for rule in ("board", "internal")]
    if leavers == 122:
        assert shown == ["green", "green"]
    else:
        assert shown == [board, internal]


def test_a_released_status_comes_with_the_target_as_it_was_agreed_and_no_exact_figure():
    frame = wf.release(of_turnover(123, 60.25), "board").frame
    assert frame.select("value", "status", "target", "amber_to", "better").row(0) == (
        12.5,
        "green",
        60.25,
        60.25,
        "lower",
    )


def test_a_row_withheld_as_what_is_left_of_a_sum_has_no_status():
    by_team = measured(
        {
            "team": ["A", "B", "C"],
            "numerator": [3.0, 20.0, 40.0],
            "denominator": [50.0, 100.0, 200.0],
            "people": [3, 20, 40],
        },
        "turnover",
        "average",
        by=["team"],
    )
    several = with_status(by_team, 12.0, 0.0, "lower")
    everyone = several._with(
        several.frame.with_columns(target=12.0, amber_to=12.0, better=pl.lit("lower"), status=pl.lit("red"))
    )
    total = measured({"numerator": [63.0], "denominator": [350.0], "people": [63]}, "turnover", "average")
    with withheld_rows_stay():
        shown = wf.release({"teams": everyone, "total": total}, "internal")["teams"].frame
    withheld = shown.filter(pl.col("marker") == "c")
    assert withheld.height >= 2
    assert withheld["status"].null_count() == withheld.height


@pytest.mark.parametrize(
    ("target", "unit", "printed"),
    [
        (12.0, "%", "12.0%"),
        (12.25, "%", "12.25%"),
        (0.25, "changes per child per year", "0.25"),
        (0.02, "%", "0.02%"),
        (1200.0, "people", "1,200"),
        (1200.5, "people", "1,200.5"),
        (9500.0, "£", "£9,500"),
        (-1.55, "%", "\N{MINUS SIGN}1.55%"),
        (0.0, "%", "0.0%"),
    ],
)
def test_a_target_is_printed_as_finely_as_it_was_agreed(target, unit, printed):
    assert printed_target(target, unit) == printed


def test_the_edge_of_amber_is_exact():
    assert amber_edge(0.1, 0.2, "lower") == 0.3
    assert amber_edge(12.0, 2.1, "higher") == 9.9


# The list of the sample partnership


@pytest.fixture(scope="module")
def sample():
    records = wf.load_area()
    exact = wf.indicators.kpis(records, "2023-03")
    return records.settings, exact, wf.release(records.named(exact))


@pytest.mark.slow
def test_every_indicator_of_the_sample_has_a_figure_a_year_before_and_a_trend(sample):
    settings, _, page = sample
    listed = lines(page, settings)
    assert [line.owner for line in listed] == [kpi.owner for kpi in settings.kpis]
    for line in listed:
        assert line.shown, line.name
        assert line.before is not None, line.name
        assert len([row for row in line.series if row["value"] is not None]) > 1, line.name


@pytest.mark.slow
def test_signals_come_from_exact_figures(sample):
    settings, exact, page = sample
    for kpi, line in zip(settings.kpis, lines(page, settings), strict=True):
        series = exact.get(series_name(kpi), exact[figures_name(kpi)])
        table = series["by month"] if isinstance(series, dict) else series
        assert line.note or line.series[-1]["variation"] == table.frame["variation"][-1]


# The method page.


def table_cells(shown):
    """The cells of a drawn table, by the first of each row."""
    return {row[0]: row[1:] for row in cells(shown.html)}


def test_each_indicator_says_how_it_is_defined_with_its_roles_target_and_owner():
    listed, table = caseload("SEND caseworker", 300.0, 25.0, roles=("SEND caseworker",))
    counted = kpi("parents_reached", "letters sent", name="Letters", better="higher")
    tables = {figures_name(listed): table, figures_name(counted): MeasureTable(nothing(kpi()).frame)}
    both = agreed(listed, counted, caseload=25.0)
    shown = table_cells(wf.tables.definitions(released(tables, "internal"), both))
    book = definition_of("caseload", "dfe")
    says, limits, source, target = shown["Cases for each worker (SEND caseworker)"]
    assert says == f"{book.words[0].upper()}{book.words[1:]} {book.formula}, in cases per FTE"
    assert (limits, unescape(source)) == ("None", book.source)  # the drawn row has no limits, whatever the book says
    assert target.startswith("25.0 lower is better")
    assert target.endswith("amber to 26.0 Owner: Chair of the board")
    assert shown["Letters"][0] == "No records"


def test_each_indicator_says_how_it_is_judged_and_what_that_can_show():
    listed = kpi(name="Turnover")
    drawn = page(listed)
    series = drawn.results[series_name(listed)]
    latest = pl.int_range(pl.len()) == pl.len() - 1
    frame = series.frame.with_columns(
        months_to_notice=pl.when(latest).then(pl.lit("7 months")),
        false_alarms_a_year=pl.when(latest).then(0.24),
        false_alarms=pl.lit(1.96),
    )
    tables = {**drawn.results, series_name(listed): series._with(frame)}
    shown = wf.tables.detection(with_statuses(released(tables, "internal"), agreed(listed)), agreed(listed))
    assert table_cells(shown)["Turnover"] == [
        "Tested; limits: Byar",
        "Judged against the mean of the series",
        "2.0%",
        "7 months",
        "0.2",
    ]


def test_what_is_not_judged_withheld_or_simulated_has_no_properties():
    unjudged, hidden = kpi(name="A"), kpi("stability", "nhs", name="B")
    one, other = page(unjudged, variation=TOO_FEW), page(hidden, now=None)
    both = agreed(unjudged, hidden)
    shown = with_statuses(released({**one.results, **other.results}, "board"), both)
    rows_shown = table_cells(wf.tables.detection(shown, both))
    assert rows_shown["A"] == ["Tested; limits: Byar", "Not judged too few points to judge", *["Not known"] * 3]
    assert rows_shown["B"][:2] == ["[c]", "[c]"]
    assert rows_shown["B"][2:] == ["Not known"] * 3


def test_the_method_page_explains_the_words_that_the_library_uses():
    notebook = json.loads((shipped("notebooks") / "method.ipynb").read_text(encoding="utf-8"))
    prose = "".join("".join(one["source"]) for one in notebook["cells"] if one["cell_type"] == "markdown")
    explained = {word.lower() for word in re.findall(r"\*([^*]+)\*", prose)}
    assert {*STATUSES, ROSE, FELL, HIGHER, SAME, NOT_TESTED} <= explained


def leavers_by_month(counts):
    """Staff of whom so many leave in each month to March 2023."""
    ends = [
        month.end for month, count in zip(months_to("2023-03", len(counts)), counts, strict=True) for _ in range(count)
    ]
    return pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"p{n}" for n in range(90_000)],
            "fte": 1.0,
            "start_date": date(2015, 1, 1),
            "end_date": [*ends, *[None] * (90_000 - len(ends))],
            "observed_from": date(2015, 1, 1),
            "observed_to": date(2023, 3, 31),
        },
        schema_overrides={"end_date": pl.Date},
    )


def test_a_rise_of_a_fifth_is_noticed_sooner_where_more_events_come_to_a_month():
    noticed = {}
    scores = np.random.default_rng(11).standard_normal(30)
    for size in (30, 250):
        counts = [round(size + size**0.5 * score) for score in scores]
        area = records(assignments=leavers_by_month(counts))
        series = wf.indicators.kpis(area, "2023-03", agreed(kpi()), detection=True)[series_name(kpi())][
            "by month"
        ].frame
        assert series["months_to_notice"].null_count() == 29
        assert 0 <= series["false_alarms_a_year"][-1] < 1
        noticed[size] = series["months_to_notice"][-1]
    assert noticed[30] == "not within 36 months"
    assert re.fullmatch(r"[1-9] months?", noticed[250])


@pytest.mark.parametrize(
    ("carry", "words"),
    [
        (0.95, "not within 36 months"),
        (0.0, "not assessed: its months differ in another way than those of the series that are simulated"),
        (None, "not assessed: its months differ in another way than those of the series that are simulated"),
    ],
)
def test_a_stock_is_assessed_only_where_it_changes_like_the_simulated_ones(carry, words):
    """Two thousand cases of which a twentieth change each month; cases that all change each month; cases that never vary."""
    rng = np.random.default_rng(20_261_128)
    numbers = [2000]
    for _ in range(29):
        if carry is None:
            numbers.append(2000 + int(rng.integers(-4, 5)))
        else:
            numbers.append(rng.binomial(numbers[-1], carry) + rng.poisson(2000 * (1 - carry)))
    ends = [month.end for month in months_to("2023-03", 30)]
    sides = {"period_start": ends, "period_end": ends, "numerator": [float(n) for n in numbers], "people": numbers}
    in_post = wf.stats.xmr(measured(pl.DataFrame(sides), "headcount", "in_post"))
    assert with_detection({"series": in_post})["series"].frame["months_to_notice"][-1] == words


def test_figures_without_a_series_by_months_or_quarters_have_no_properties():
    years = [kpi("training_uptake", "module completed", better="higher")]
    rows_of_years = pl.DataFrame(
        {
            "organisation": "council",
            "measure": "training_uptake",
            "definition": "module completed",
            "unit": "%",
            "over_time": "sum",
            "period_start": [date(y, 4, 1) for y in range(2005, 2023)],
            "period_end": [date(y + 1, 3, 31) for y in range(2005, 2023)],
            "numerator": [40.0 + y % 5 for y in range(2005, 2023)],
            "denominator": 80.0,
        }
    )
    (table,) = wf.indicators.kpis(records(counts=rows_of_years), "2023-03", agreed(*years), detection=True).values()
    assert table.frame.select("months_to_notice", "false_alarms_a_year").row(-1) == (None, None)
