"""Several definitions side by side: one line a group, markers where a figure is not shown, nothing that was not released."""

import polars as pl
import pytest

from builders import measured, released, stacked
from workforce import release, side_by_side, tables, years_to
from workforce.errors import DisclosureError, UsageError

COLUMNS = {"median": "Median", "compa_ratio": "Ratio"}


def pay(*rows):
    """rows: role, people, median, ratio."""
    parts = []
    for definition, place in (("median", 2), ("compa_ratio", 3)):
        sides = pl.DataFrame(
            {
                "role": [r[0] for r in rows],
                "body": ["Trust"] * len(rows),
                "people": [r[1] for r in rows],
                "denominator": [float(r[1]) for r in rows],
                "value": [r[place] for r in rows],
            }
        )
        parts.append(measured(sides, "pay_position", definition, by=["role"]))
    return stacked(parts)


def test_each_group_has_one_line_with_a_column_a_definition():
    html = tables.wide(
        release(pay(("SENCO", 20, 21.21, 0.98), ("EP", 40, 25.49, 1.01))), columns=COLUMNS, title="Pay"
    ).html
    assert html.count("<tr") == 3  # the headings and two roles
    for figure in ("£21.20", "£25.50", "0.98", "1.01"):
        assert figure in html


def test_a_withheld_role_keeps_its_line_with_markers():
    html = tables.wide(
        release(pay(("SENCO", 20, 21.21, 0.98), ("EP", 9, 25.49, 1.01))), columns=COLUMNS, title="Pay", people="People"
    ).html
    assert "25.49" not in html
    assert html.count("[c]") >= 3
    assert "few people are behind the figure" not in html  # it is said once a page


def test_a_definition_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match='did you mean "median"'):
        tables.wide(release(pay(("SENCO", 20, 21.2, 0.98))), columns={"medain": "Median"}, title="Pay")


def test_two_figures_for_one_cell_are_refused():
    twice = stacked([pay(("SENCO", 20, 21.2, 0.98), ("EP", 20, 21.2, 0.98))] * 2)
    with pytest.raises(UsageError, match="one cell"):
        tables.wide(released({"pay": twice}), columns=COLUMNS, title="Pay")


def test_periods_are_rows_the_oldest_first():
    html = tables.wide(released({"t": years()}), columns={"audited": "Good"}, title="Plans", periods=True).html
    assert "Period" in html
    assert html.index("Year to March 2022") < html.index("Year to March 2023")
    assert html.index("60.0%") < html.index("70.0%")


def test_a_day_is_in_the_row_of_the_year_that_ends_with_it():
    late = years("backlog", "share", days=True, band="past their date")
    both = side_by_side(late, years(), definitions=["share", "audited"])
    shown = tables.wide(
        released({"t": both}), columns={"share": "Late", "audited": "Good"}, title="Both", periods=True
    ).html
    assert shown.count("<tr") == 3  # the headings and two rows
    assert "31 March 2022" in shown
    assert "past their date" not in shown


def years(measure="plan_quality", definition="audited", *, days=False, **columns):
    both = years_to("2023-03", 2)
    sides = pl.DataFrame({"period_start": [p.start for p in both], "period_end": [p.end for p in both]}).with_columns(
        numerator=pl.Series([60.0, 70.0]),
        denominator=pl.lit(100.0),
        people=pl.lit(100),
        **{c: pl.lit(v) for c, v in columns.items()},
    )
    if days:
        sides = sides.with_columns(period_start="period_end")
    return measured(sides, measure, definition)


def test_a_bare_frame_is_refused():
    with pytest.raises(DisclosureError):
        tables.wide(pay(("SENCO", 20, 21.2, 0.98)), columns=COLUMNS, title="Pay")


def test_the_group_is_the_header_of_its_row_and_numbers_are_aligned_to_the_right():
    html = tables.wide(release(pay(("SENCO", 20, 21.21, 0.98))), columns=COLUMNS, title="Pay", people="People").html
    assert '<tr><th scope="row">SENCO</th><td class="wf-number">20</td><td class="wf-number">£21.20</td>' in html
    assert html.startswith('<div class="wf-table" data-rule="board">\n<table>\n<caption>Pay</caption>')


def test_title_columns_and_people_are_recorded():
    made = tables.wide(release(pay(("SENCO", 20, 21.21, 0.98))), columns=COLUMNS, title="Pay", people="People")
    columns = {("columns", text) for pair in COLUMNS.items() for text in pair}
    assert made._provenance.arguments == {("title", "Pay"), ("people", "People"), *columns}


def test_a_result_without_groups_has_one_line():
    staff = pl.DataFrame({"numerator": [40.0], "people": [40]})
    table = tables.wide(release(measured(staff, "headcount", "in_post")), columns={"in_post": "In post"}, title="Staff")
    assert table.html.count("<tr") == 2
    assert ">40<" in table.html
