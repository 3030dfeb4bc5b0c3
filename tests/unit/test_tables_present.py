"""Tables show the numbers beside every rate, in plain words, with markers where a figure is not shown."""

import re
from html.parser import HTMLParser

import polars as pl
import pytest

from workforce.disclosure import Released
from workforce.errors import DisclosureError, UsageError
from workforce.measures.frame import measure_table
from workforce.periods import years_to
from workforce.present.tables import notes_table, table


class Cells(HTMLParser):
    """The text of a table's cells, row by row."""

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


def released(rule="internal", note="", **more):
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
    return Released(
        rule,
        {"turnover": measure_table(sides, "turnover", "average", by=["locality"]).with_columns(**more)},
        {"turnover": note},
    )


def test_every_rate_stands_beside_its_numbers():
    rows = Cells(table(released()).html).rows
    assert rows[1] == [
        "Locality",
        "Period",
        "Leavers (headcount)",
        "Average headcount in post",
        "Turnover (%)",
        "95% limits",
    ]
    assert rows[2] == ["Coast", "1 April 2021 to 31 March 2022", "45", "366", "12.3%", "9.0 to 16.5"]
    assert rows[3][2:5] == ["1,300", "10,234", "12.7%"]


def test_columns_of_several_measures_may_be_given_headings_that_suit_them_all():
    rows = Cells(table(released(), headings={"numerator": "In time", "value": "Share in time"}).html).rows
    assert rows[1] == ["Locality", "Period", "In time", "Average headcount in post", "Share in time", "95% limits"]


def test_a_group_column_that_says_all_is_not_shown():
    sides = pl.DataFrame({"numerator": [30.0], "denominator": [100.0], "people": [100], "activity": ["all"]})
    shown = Released("internal", {"core": measure_table(sides, "time_use", "core", by=[])})
    assert Cells(table(shown).html).rows[1][0] == "Group"
    assert "Activity" not in table(shown).html


def test_what_is_withheld_is_its_marker_and_what_cannot_be_computed_says_so():
    rows = Cells(table(released()).html).rows
    assert rows[4][2:] == ["[c]", "[c]", "[c]", ""]
    assert rows[5][4] == "no figure"


def test_markers_are_explained_under_the_table_with_the_note_of_the_release():
    html = table(released(note="Two localities are shown together.")).html
    assert "[c] withheld, because few people are behind the figure." in html
    assert "Two localities are shown together." in html


def test_headers_have_scopes_and_the_table_a_name():
    html = table(released(), title="Turnover").html
    assert html.count('scope="col"') == 6
    assert html.count('scope="row"') == 4
    name = re.search(r'aria-labelledby="([^"]+)"', html)[1]
    assert html.count(f'id="{name}"') == 1


def test_a_table_repeats_no_stylesheet_and_is_small():
    html = table(released()).html
    assert "<style" not in html
    assert len(html) < 4000
    assert html.startswith('<div class="wf-table"')


def test_equal_tables_have_equal_bytes_and_others_other_ids():
    assert table(released()).html == table(released()).html
    ids = set(re.findall(r'\bid="([^"]+)"', table(released()).html)) & set(
        re.findall(r'\bid="([^"]+)"', table(released(), title="B").html)
    )
    assert not ids


def test_a_single_period_stands_in_the_title():
    given = released()
    late = Released("internal", {"turnover": given.frame.filter(pl.col("period_end") == pl.col("period_end").max())})
    shown = table(late)
    assert shown.title.endswith(", 1 April 2022 to 31 March 2023")
    assert "Period" not in Cells(shown.html).rows[1]


def test_columns_can_be_chosen_and_unknown_ones_are_refused():
    assert Cells(table(released(), columns=["period", "value"]).html).rows[1] == ["Locality", "Period", "Turnover (%)"]
    assert "People" in Cells(table(released(), columns=["people", "period"]).html).rows[1]
    with pytest.raises(UsageError, match="colour"):
        table(released(), columns=["colour"])


def test_by_refuses_to_hide_what_tells_rows_apart():
    frame = released().frame
    two = (
        pl.concat([frame, frame])
        .with_columns(team=pl.Series(["u"] * 4 + ["v"] * 4))
        .select("measure", "definition", "team", pl.exclude("measure", "definition", "team"))
    )
    with pytest.raises(UsageError):
        table(Released("internal", {"turnover": two}), by="locality")


def test_several_definitions_name_their_figures():
    frame = released().frame
    other = frame.with_columns(definition=pl.lit("nhs"))
    rows = Cells(table(Released("internal", {"turnover": pl.concat([frame, other])})).html).rows
    assert rows[1][:2] == ["Locality", "Figure"]
    assert "mean of its opening and closing" in rows[-2][1]
    one = Cells(table(Released("internal", {"turnover": pl.concat([frame, other])}), definition="nhs").html).rows
    assert "Figure" not in one[1]


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
    rows = Cells(table(Released("internal", {"life": frame})).html).rows
    assert rows[2] == ["0", "100", "100.0%", ""]
    assert rows[3] == ["1", "80", "90.0%", "80.0 to 95.0"]
    assert rows[4] == ["2", "60", "78.8%", "70.0 to 85.0"]


def test_an_empty_table_is_a_table():
    empty = Released("internal", {"turnover": released().frame.clear()})
    assert "<table" in table(empty).html


def test_a_table_refuses_a_frame_that_was_not_released():
    with pytest.raises(DisclosureError) as error:
        table(released().frame)
    assert "workforce.release" in error.value.hint


def test_what_is_for_the_analyst_is_stamped():
    assert "Not for release" in table(released("analyst")).html
    assert "Not for release" not in table(released("board")).html


def test_notes_show_counts_of_rows_by_rule():
    frame = pl.DataFrame(
        {"source": ["staff.csv"], "rule": ["end_before_start"], "rows": [1200], "example_rows": ["3, 17"]}
    )
    rows = Cells(notes_table(frame, "Refused").html).rows
    assert rows[1] == ["Source", "Rule", "Rows", "Example rows"]
    assert rows[2] == ["staff.csv", "End before start", "1,200", "3, 17"]


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"person_id": ["a"]}),
        pl.DataFrame({"rule": ["a"], "value": [1.0]}),
        pl.DataFrame({"rows": ["Jo"]}),
        pl.DataFrame({"rule": [1]}),
        pl.DataFrame({"locality": ["Coast"], "people": [3]}),
    ],
)
def test_notes_refuse_what_could_be_about_people(frame):
    with pytest.raises(DisclosureError):
        notes_table(frame, "Refused")
