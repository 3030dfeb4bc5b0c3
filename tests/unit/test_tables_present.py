"""Tables show the numbers behind every rate, in plain words, with markers where a number is not shown."""

import re
from html.parser import HTMLParser

import polars as pl
import pytest

from builders import Curve, as_result, measured, notes, released, stacked
from workforce import table, tables, years_to
from workforce.errors import DisclosureError, UsageError


class Cells(HTMLParser):
    """The text of a table's cells, row by row, the headings first."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(html)

    def handle_starttag(self, tag, _attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def turnover(**more):
    early, late = years_to("2023-03", 2)
    sides = pl.DataFrame(
        {
            "locality": ["Coast", "Coast", "Moor", "Moor"],
            "period_start": [early.start, late.start] * 2,
            "period_end": [early.end, late.end] * 2,
            "numerator": [45.0, 1300.0, None, 0.0],
            "denominator": [366.0, 10234.0, None, 0.0],
            "people": [366, 10234, 3, 0],
            "marker": [None, None, "c", None],
        }
    )
    return measured(sides.with_columns(**more), "turnover", "average", by=["locality"])


def shown(rule="internal", note=""):
    return released({"turnover": turnover()}, rule, {"turnover": note})


def rows_of(table):
    return Cells(table.html).rows


def test_every_rate_is_shown_with_its_numbers():
    rows = rows_of(table(shown()))
    assert rows[0] == [
        "Locality",
        "Period",
        "Leavers (headcount)",
        "Average headcount in post",
        "Turnover (%)",
        "95% limits",
    ]
    assert rows[1] == ["Coast", "1 April 2021 to 31 March 2022", "45", "366", "12.3%", "9.0 to 16.5"]
    assert rows[2][2:5] == ["1,300", "10,234", "12.7%"]


def test_columns_of_several_measures_may_be_given_headings_that_suit_them_all():
    rows = rows_of(table(shown(), headings={"numerator": "In time", "value": "Share in time"}))
    assert rows[0] == ["Locality", "Period", "In time", "Average headcount in post", "Share in time", "95% limits"]


@pytest.mark.parametrize("headings", [{"numerator": "Locality"}, {"numerator": "One", "value": "One"}])
def test_two_columns_with_one_heading_are_refused(headings):
    with pytest.raises(UsageError, match="two columns have the heading"):
        table(shown(), headings=headings)


def test_a_group_column_that_says_all_is_not_shown():
    sides = {"numerator": [30.0], "denominator": [100.0], "people": [100], "activity": ["all"]}
    made = table(released({"core": measured(sides, "time_use", "core")}))
    assert rows_of(made)[0][0] == "Group"
    assert "Activity" not in made.html


def test_what_is_withheld_is_its_marker_and_what_cannot_be_computed_says_so():
    rows = rows_of(table(shown()))
    assert rows[3][2:] == ["[c]", "[c]", "[c]", ""]
    assert rows[4][4] == "no figure"


def test_markers_are_explained_under_the_table_with_the_note_of_the_release():
    marked = turnover(marker=pl.Series([None, None, "x", None]))
    html = table(released({"turnover": marked}, "internal", {"turnover": "Two localities are shown together."})).html
    under = html[html.index("</table>") :]
    assert '<p class="wf-note">[x] not available.</p>' in under
    assert '<p class="wf-note">Two localities are shown together.</p>' in under


@pytest.mark.parametrize(("rule", "times"), [("board", 0), ("internal", 0), ("partner", 1)])
def test_what_was_withheld_is_said_once_a_page_and_under_no_table_of_it(rule, times):
    assert table(shown(rule)).html.count("[c] withheld") == times


def test_headers_have_scopes_and_the_table_a_caption():
    html = table(shown(), title="Turnover").html
    assert html.count('scope="col"') == 6
    assert html.count('scope="row"') == 4
    assert "<table>\n<caption>Turnover</caption>\n<thead>" in html


def test_every_group_column_is_a_header_of_its_row():
    sides = {"locality": ["Coast"], "team": ["A"], "numerator": [30.0], "denominator": [100.0], "people": [100]}
    html = table(released(measured(sides, "turnover", "average", by=["locality", "team"]))).html
    assert '<tr><th scope="row">Coast</th><th scope="row">A</th><td class="wf-number">30</td>' in html


def test_numbers_are_aligned_to_the_right_with_their_headings():
    html = table(shown()).html
    assert html.count('<th scope="col" class="wf-number">') == 4
    assert html.count('<td class="wf-number">') == 16
    single = table(released(measured({"numerator": [30.0], "denominator": [100.0]}, "turnover", "average"))).html
    assert '<th scope="row">All</th><td class="wf-number">30</td>' in single


def test_a_table_has_no_stylesheet_no_id_and_is_small():
    html = table(shown()).html
    assert "<style" not in html
    assert not re.search(r"\b(id|style|headers|aria-labelledby)=", html)
    assert len(html) < 2000
    assert html.startswith('<div class="wf-table" data-rule="internal">')


def test_equal_tables_have_equal_bytes():
    assert table(shown()).html == table(shown()).html


def test_a_single_period_is_in_the_title():
    late = turnover().filter(pl.col("period_end") == pl.col("period_end").max())
    made = table(released({"turnover": late}))
    assert made.title.endswith(", 1 April 2022 to 31 March 2023")
    assert "Period" not in rows_of(made)[0]


def test_columns_can_be_chosen_and_unknown_ones_are_refused():
    assert rows_of(table(shown(), columns=["period", "value"]))[0] == ["Locality", "Period", "Turnover (%)"]
    assert "People" in rows_of(table(shown(), columns=["people", "period"]))[0]
    with pytest.raises(UsageError, match="colour"):
        table(shown(), columns=["colour"])


def test_by_refuses_to_hide_what_tells_rows_apart():
    sides = {"locality": ["Coast"] * 2, "team": ["u", "v"], "numerator": [45.0, 50.0], "denominator": [366.0, 400.0]}
    two = measured(sides, "turnover", "average", by=["locality", "team"])
    with pytest.raises(UsageError):
        table(released({"turnover": two}), by="locality")


def test_several_definitions_name_their_figures():
    sides = {"locality": ["Coast"], "numerator": [45.0], "denominator": [366.0], "people": [366]}
    both = stacked([measured(sides, "turnover", d, by=["locality"]) for d in ("average", "nhs")])
    rows = rows_of(table(released(both)))
    assert rows[0][:2] == ["Locality", "Figure"]
    assert "mean of the opening and closing" in rows[-1][1]
    assert "Figure" not in rows_of(table(released(both), definition="nhs"))[0]


def test_a_life_table_is_shown_at_whole_years():
    frame = pl.DataFrame(
        {
            "time": [0, 200, 500, 800],
            "entered": [100, 0, 0, 0],
            "at_risk": [0, 100, 80, 60],
            "left": [0, 10, 10, 10],
            "censored": [0, 10, 10, 50],
            "value": [1.0, 0.9, 0.7875, None],
            "lower": [None, 0.8, 0.7, None],
            "upper": [None, 0.95, 0.85, None],
            "marker": [None, None, None, "c"],
        }
    )
    made = table(released({"life": as_result(frame, Curve)}))
    rows = rows_of(made)
    assert rows[1] == ["0", "100", "100.0%", ""]
    assert rows[2] == ["1", "80", "90.0%", "80.0 to 95.0"]
    assert rows[3] == ["2", "60", "78.8%", "70.0 to 85.0"]
    assert '<th scope="row">2</th><td class="wf-number">60</td>' in made.html


def test_an_empty_table_is_a_sentence():
    made = table(released({"turnover": turnover().filter(pl.lit(value=False))}))
    assert made.text.endswith("is not shown: the records have no data for it.")


@pytest.mark.parametrize("given", [turnover(), turnover().frame])
def test_a_table_refuses_what_was_not_released(given):
    with pytest.raises(DisclosureError) as error:
        table(given)
    assert "wf.release" in error.value.hint


def test_what_is_for_the_analyst_is_stamped():
    assert "Not for release" in table(shown("analyst")).html
    assert "Not for release" not in table(shown("board")).html


def refused(rule):
    """Two rules that rows of one file broke, the commonest first."""
    rows = notes(
        source=["staff.csv"] * 2, rule=["fte_missing", "end_before_start"], rows=[1203, 3], example_rows=["3, 17", "4"]
    )
    return tables.notes(rows, "Refused", rule=rule)


def test_counts_of_rows_are_printed_by_the_rule_of_the_page_and_row_numbers_for_the_analyst_only():
    assert rows_of(refused("analyst"))[1:] == [
        ["staff.csv", "Fte missing", "1,203", "3, 17"],
        ["staff.csv", "End before start", "3", "4"],
    ]
    assert rows_of(refused("internal")) == [
        ["Source", "Rule", "Rows"],
        ["staff.csv", "Fte missing", "1,203"],
        ["staff.csv", "End before start", "1 to 4"],
    ]
    assert [row[-1] for row in rows_of(refused("board"))] == ["Rows", "1,205", "1 to 7"]
    assert (refused("board").rule, refused("board").title) == ("board", "Refused")
    assert "Not for release" in refused("analyst").html


def test_rules_are_in_the_order_of_their_printed_counts():
    small = notes(source=["staff.csv"] * 2, rule=["b", "a"], rows=[3, 2], example_rows=["3", "4"])
    assert [row[1] for row in rows_of(tables.notes(small, "Refused"))] == ["Rule", "A", "B"]


def test_notes_have_no_other_rule():
    with pytest.raises(UsageError, match='notes have no rule "partner"'):
        refused("partner")


@pytest.mark.parametrize(
    "given",
    [
        pl.DataFrame({"rule": ["end_before_start"], "rows": [2]}),
        turnover(),
        shown(),
        {"rule": ["a"]},
        None,
    ],
)
def test_a_table_of_notes_takes_nothing_but_notes_of_the_records(given):
    with pytest.raises(DisclosureError, match="only the notes of the records on their files"):
        tables.notes(given, "Refused")


def test_a_frame_of_notes_is_the_callers_own():
    made = notes(rule=["a"], rows=[2])
    frame = made.frame
    frame[0, "rows"] = 99
    assert "99" not in tables.notes(made, "Refused").html


def test_what_the_caller_gave_is_recorded_and_nothing_else():
    made = table(shown(), title="By locality", headings={"numerator": "Left"}, columns=["period", "numerator"])
    assert made._provenance.arguments == {("title", "By locality"), ("headings", "numerator"), ("headings", "Left")}
    assert table(shown())._provenance.arguments == set()
    assert tables.notes(notes(rows=[1]), "Refused", rule="internal")._provenance.arguments == {("title", "Refused")}


def test_a_table_is_made_by_the_library_only_and_cannot_be_changed():
    made = table(shown())
    with pytest.raises(DisclosureError, match="made by the library only"):
        type(made)("Title", "<p>1</p>", "board")
    for name in ("title", "html", "rule"):
        with pytest.raises(DisclosureError, match="cannot be changed"):
            setattr(made, name, "x")
    with pytest.raises(DisclosureError, match="subclassed"):
        type("Mine", (type(made),), {})


def test_a_text_that_answers_in_two_ways_is_recorded_as_it_is_printed():
    class Two(str):
        __slots__ = ()

        def __str__(self):
            return "recorded"

    made = table(shown(), title=Two("printed"))
    assert "<caption>printed</caption>" in made.html
    assert made._provenance.arguments == {("title", "printed")}
