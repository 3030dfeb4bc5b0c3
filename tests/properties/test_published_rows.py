"""Laws of the official figures: what is read is kept or refused, a symbol is no number, and sums do not depend on order."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from builders import roll_up
from workforce.benchmark.official import half_up
from workforce.sources.dfe_csww import FIGURES, RATES, read
from workforce.sources.official import SYMBOLS, unreadable

numbers = st.floats(0, 9999, allow_nan=False).map(lambda x: f"{x:.1f}")
cells = st.one_of(
    numbers, numbers, st.sampled_from(SYMBOLS), st.sampled_from(["", "nan", "inf", "1,234", "=1+1", "n/a"])
)


@st.composite
def files(draw):
    count = draw(st.integers(1, 6))
    rows = [
        {
            "time_period": draw(st.sampled_from(["2023", "2024", "202", "year"])),
            "geographic_level": "Local authority",
            "country_code": "E92000001",
            "country_name": "England",
            "region_code": draw(st.sampled_from(["E12000009", "E13000001", "E13000002"])),
            "region_name": "A region",
            "old_la_code": f"{draw(st.integers(300, 303))}",
            "la_name": f"Council {i}",
            **{c: draw(cells) for c in FIGURES},
        }
        for i in range(count)
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(FIGURES, pl.String))


@given(files())
def test_rows_read_are_rows_kept_and_rows_refused(frame):
    reading = read(frame, "file.csv")
    kept = reading.rows_read - reading.rows_refused
    assert reading.rows_read == len(frame)
    assert len(reading.figures) == kept * len(RATES)
    assert all(count > 0 for count in reading.rules.values())


@given(files())
def test_a_figure_has_a_value_or_a_marker_and_never_both(frame):
    figures = read(frame, "file.csv").figures
    for value, marker in (("value", "marker"), ("numerator", "numerator_marker")):
        assert figures.filter(pl.col(value).is_null() == pl.col(marker).is_null()).is_empty()
    assert figures.filter(pl.col("value").is_infinite() | pl.col("value").is_nan()).is_empty()


@given(st.lists(cells, min_size=1))
def test_a_cell_is_a_number_a_symbol_nothing_or_unreadable(texts):
    frame = pl.DataFrame({"cell": texts}, schema={"cell": pl.String})
    bad = frame.select(unreadable(["cell"]).alias("bad"))["bad"].to_list()
    for text, refused in zip(texts, bad, strict=True):
        assert refused == (text in {"nan", "inf", "1,234", "=1+1", "n/a"})


@given(files(), st.randoms(use_true_random=False))
def test_shuffling_the_figures_changes_no_roll_up(frame, order):
    figures = read(frame, "file.csv").figures
    if figures.is_empty():
        return
    rows = list(range(len(figures)))
    order.shuffle(rows)
    once = roll_up(figures, "turnover", "dfe", to="region").drop("numerator", "denominator", "value")
    again = roll_up(figures[rows], "turnover", "dfe", to="region").drop("numerator", "denominator", "value")
    assert once.equals(again)


@given(files())
def test_england_is_the_sum_of_its_regions(frame):
    figures = read(frame, "file.csv").figures
    if figures.is_empty():
        return
    parts = roll_up(figures, "vacancy_rate", "dfe", to="region").filter(pl.col("area_code") != "E12000007")
    whole = roll_up(figures, "vacancy_rate", "dfe", to="england")
    assert abs(parts["numerator"].sum() - whole["numerator"].sum()) < 1e-6
    assert abs(parts["denominator"].sum() - whole["denominator"].sum()) < 1e-6


@given(st.integers(-100_000, 100_000), st.integers(0, 2))
def test_half_up_of_exact_halves_goes_away_from_zero(tenths, decimals):
    exact = (tenths + 0.5) / 10**decimals
    rounded = pl.select(half_up(pl.lit(exact), decimals)).item()
    expected = (tenths + 1 if tenths >= 0 else tenths) / 10**decimals
    assert abs(rounded - expected) < 1e-9
