"""Laws of comparing with published figures: order does not matter, ranks follow from the figures, a shift of all moves no rank."""

from types import SimpleNamespace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import measured

YEAR = wf.census_year("2023-24")
tenths = st.integers(0, 400).map(lambda n: n / 10)
figures = st.lists(st.one_of(st.none(), tenths), min_size=1, max_size=10)


def official(values, shift=0.0, order=None):
    """An authority with a neighbour for each value; null where nothing is published."""
    codes = [str(300 + i) for i in range(len(values) + 1)]
    rows = [
        {
            "area_code": c,
            "area_name": f"Council {c}",
            "area_level": "local_authority",
            "value": None if v is None else v + shift,
        }
        for c, v in zip(codes, [10.0, *values], strict=True)
    ]
    rows.append({"area_code": "E92000001", "area_name": "England", "area_level": "national", "value": 12.0 + shift})
    for row in rows:
        row |= {"measure": "turnover", "definition": "dfe_fte", "period_start": YEAR.start, "period_end": YEAR.end}
        row |= {"marker": "x" if row["value"] is None else None, "source": "drawn", "part_of": None}
        row |= {"numerator": None, "denominator": None}
    if order is not None:
        order.shuffle(rows)
    text = dict.fromkeys(["marker", "part_of"], pl.String)
    number = dict.fromkeys(["value", "numerator", "denominator"], pl.Float64)
    near = [
        {
            "model": "2025",
            "area_code": "300",
            "area_name": "Council 300",
            "position": i,
            "neighbour_code": c,
            "neighbour_name": c,
        }
        for i, c in enumerate(codes[1:], start=1)
    ]
    return SimpleNamespace(
        published=pl.DataFrame(rows, schema_overrides=text | number),
        neighbours=pl.DataFrame(near).with_columns(closeness=pl.lit("close"), source=pl.lit("drawn")),
    )


def compare(table, published, **options):
    return wf.benchmark.compare(table, published, **options).frame


def ours(*values):
    sides = pl.DataFrame(
        {"team": [f"team {i}" for i in range(len(values))], "numerator": values}, strict=False
    ).with_columns(
        period_start=pl.lit(YEAR.start), period_end=pl.lit(YEAR.end), denominator=pl.lit(100.0), people=pl.lit(100)
    )
    return measured(sides, "turnover", "dfe_fte", by=["team"])


@given(figures, tenths, st.randoms(use_true_random=False))
def test_the_order_of_the_published_rows_changes_nothing(values, own, order):
    table = ours(own)
    assert compare(table, official(values), area="300").equals(
        compare(table, official(values, order=order), area="300")
    )


@given(figures, tenths)
def test_the_rank_is_one_more_than_those_that_are_better_and_the_median_lies_among_the_figures(values, own):
    row = compare(ours(own), official(values), area="300").row(0, named=True)
    known = [v for v in values if v is not None]
    assert row["neighbours_with"] == len(known)
    if not known:
        assert (row["rank"], row["ranked"], row["neighbours_median"]) == (None, None, None)
        return
    assert (row["rank"], row["ranked"]) == (1 + sum(v < own for v in known), len(known) + 1)
    assert min(known) <= row["neighbours_median"] <= max(known)
    assert min(known) - 1e-9 <= row["neighbours_mean"] <= max(known) + 1e-9


@given(figures, st.lists(tenths, min_size=2, max_size=6))
def test_a_better_figure_never_ranks_behind_a_worse_one(values, owns):
    table = compare(ours(*owns), official(values), area="300").sort("value")
    quarters = ["best quarter", "second quarter", "third quarter", "worst quarter"]
    ranks = table["rank"].drop_nulls().to_list()
    places = [quarters.index(q) for q in table["quartile"].drop_nulls()]
    assert ranks == sorted(ranks)
    assert places == sorted(places)


@given(figures, tenths, st.integers(0, 50))
def test_shifting_every_figure_moves_the_comparators_and_no_rank(values, own, shift):
    before = compare(ours(own), official(values), area="300").row(0, named=True)
    after = compare(ours(own + shift), official(values, shift=shift), area="300").row(0, named=True)
    assert (before["rank"], before["ranked"], before["quartile"]) == (after["rank"], after["ranked"], after["quartile"])
    assert after["england"] - before["england"] == shift
