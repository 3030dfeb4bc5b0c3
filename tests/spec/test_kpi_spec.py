"""Red, amber and green, as drawn rows: the printed figure against the printed target, and the edges of amber."""

import pytest

from workforce.present.kpi_lines import amber_edge, printed_target, rag


def drawn(text):
    """The rows of a drawn table: better, unit, value, target, amber, colour; `.` is nothing, `_` a space."""
    lines = [line.split() for line in text.strip().splitlines()[1:]]
    return [
        (
            better,
            unit,
            *[None if cell == "." else float(cell) for cell in (value, target, amber)],
            colour.replace("_", " "),
        )
        for better, unit, value, target, amber, colour in lines
    ]


ROWS = drawn("""
    better  unit    value   target  amber  colour
    lower   %       11.9    12.0    2.0    green
    lower   %       12.0    12.0    2.0    green
    lower   %       12.04   12.0    2.0    green
    lower   %       12.05   12.0    2.0    amber
    lower   %       14.0    12.0    2.0    amber
    lower   %       14.04   12.0    2.0    amber
    lower   %       14.05   12.0    2.0    red
    lower   %       12.1    12.0    0      red
    higher  %       60.0    60.0    5.0    green
    higher  %       59.95   60.0    5.0    green
    higher  %       59.94   60.0    5.0    amber
    higher  %       55.0    60.0    5.0    amber
    higher  %       54.94   60.0    5.0    red
    higher  %       61.0    60.0    0      green
    higher  %       59.9    60.0    0      red
    lower   %       12.25   12.25   0      red
    lower   %       12.24   12.25   0      green
    lower   %       0.02    0       0      red
    lower   %       0       0       0      green
    lower   %       0.02    0.1     0      green
    lower   %       -1.0    0       0      green
    lower   people  12.4    12      0      green
    lower   people  12.5    12      0      red
    lower   people  1234.0  1200    50     amber
    lower   FTE     1.25    1.3     0      green
    lower   £       1050.2  1000    50     amber
    lower   £_an_h  18.449  18.4    0      green
    higher  %       50.0    .       5.0    no_target
    higher  %       .       60.0    5.0    not_shown
    higher  %       .       .       5.0    not_shown
""")


@pytest.mark.parametrize(("better", "unit", "value", "target", "amber", "colour"), ROWS)
def test_the_colour_is_that_of_the_printed_figure_against_the_printed_target(
    better, unit, value, target, amber, colour
):
    assert rag(value, target, amber, better=better, unit=unit) == colour


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
