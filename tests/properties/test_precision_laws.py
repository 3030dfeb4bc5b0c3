"""Laws of what is printed of a rate: it follows from the printed counts alone, and what is exact lies within what is printed."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import measured

KINDS = [
    ("turnover", "average"),
    ("stability", "nhs"),
    ("timeliness", "dfe"),
    ("agency_rate", "dfe"),
    ("recruitment", "applicants"),
    ("caseload", "all"),
]
CLOSED = KINDS[1:4]
# How far from the exact rate a figure printed to a step can be: half the widest range that is printed so, and half the step.
OFF = {0.5: 0.3 + 0.25, 1.0: 1.5 + 0.5, 0.1: 0.1 + 0.05, 0.01: 0.01 + 0.005}
PRINTED = (
    "numerator",
    "denominator",
    "value",
    "lower",
    "upper",
    "marker",
    "printed_low",
    "printed_high",
    "printed_step",
)


@st.composite
def counts(draw, *, closed):
    denominator = draw(st.integers(8, 3000))
    most = denominator if closed else 4 * denominator
    return float(draw(st.integers(0, most))), float(denominator)


def table(kind, rows):
    sides = pl.DataFrame(rows, schema=["numerator", "denominator"], orient="row")
    labels = [f"{n:04}" for n in range(len(rows))]
    return measured(
        sides.with_columns(pl.Series("team", labels), people=pl.col("denominator").cast(pl.Int64)), *kind, by=["team"]
    )


@given(st.data(), st.sampled_from(KINDS))
def test_the_exact_rate_lies_within_what_is_printed(data, kind):
    rows = data.draw(st.lists(counts(closed=kind in CLOSED), min_size=1, max_size=8))
    exact = table(kind, rows)
    released = wf.release(exact).frame
    for one, shown in zip(exact.frame.iter_rows(named=True), released.iter_rows(named=True), strict=True):
        if shown["printed_high"] is not None:
            assert shown["printed_low"] - 1e-9 <= one["value"] <= shown["printed_high"] + 1e-9
        elif shown["value"] is not None:
            assert abs(one["value"] - shown["value"]) <= OFF[shown["printed_step"]] + 1e-9
        if shown["lower"] is not None:
            assert shown["lower"] <= shown["value"] <= shown["upper"]
            if shown["printed_high"] is not None:
                assert shown["lower"] <= shown["printed_low"]
                assert shown["printed_high"] <= shown["upper"]


@given(st.data(), st.sampled_from(KINDS))
def test_what_is_printed_follows_from_the_printed_counts_alone(data, kind):
    """Counts that are printed alike have everything else printed alike."""
    numerator, denominator = data.draw(counts(closed=kind in CLOSED))
    near = st.integers(-4, 4)
    other = (max(numerator + data.draw(near), 0.0), max(denominator + data.draw(near), 8.0))
    if kind in CLOSED and other[0] > other[1]:
        other = (other[1], other[1])
    one, two = (
        wf.release(table(kind, [row])).frame.select(PRINTED).row(0) for row in ((numerator, denominator), other)
    )
    if one[:2] == two[:2] and one[5] == two[5]:
        assert one == two


@given(st.lists(counts(closed=True), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, random):
    exact = table(("timeliness", "dfe"), rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    mixed = exact._with(exact.frame[order])
    assert wf.release(mixed).frame.sort("team").equals(wf.release(exact).frame.sort("team"))
