"""Several measures as one table: the rows as they were, and what is refused."""

import polars as pl
import pytest

import workforce as wf
from builders import REST, stacked
from builders import measured as table_of
from workforce.errors import UsageError

TWO_YEARS = wf.years_to("2023-03", 2)
YEARS = pl.DataFrame({"period_start": [y.start for y in TWO_YEARS], "period_end": [y.end for y in TWO_YEARS]})
side_by_side = wf.side_by_side


def measured(measure, definition, value, by=(), **columns):
    sides = YEARS.with_columns(
        numerator=pl.lit(float(value)),
        denominator=pl.lit(100.0),
        people=pl.lit(100),
        **{c: pl.lit(v) for c, v in columns.items()},
    )
    return table_of(sides, measure, definition, by=by)


QUALITY = measured("plan_quality", "audited", 60)
LATE = stacked(
    [measured("backlog", "share", 20, band="past their date"), measured("backlog", "overdue", 20, band="over 52 weeks")]
)


def test_only_the_definitions_asked_for_are_kept_and_a_band_of_another_says_all():
    table = side_by_side(LATE, QUALITY, definitions=["share", "audited"])
    assert table.frame.columns == ["measure", "definition", "band", *REST]
    assert table.groups == ("band",)
    assert [d.definition for d in table.definitions] == ["share", "audited"]
    assert table.frame.select("definition", "band").unique(maintain_order=True).rows() == [
        ("share", "past their date"),
        ("audited", "all"),
    ]


def test_what_is_side_by_side_is_released_as_each_would_be():
    table = wf.release(side_by_side(LATE, QUALITY, definitions=["share", "audited"])).frame
    assert (
        table.filter(pl.col("definition") == "audited")
        .select("value")
        .equals(wf.release(QUALITY).frame.select("value"))
    )


def test_a_definition_that_no_table_has_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match='no table has a definition "audit"') as refused:
        side_by_side(LATE, QUALITY, definitions=["share", "audit"])
    assert refused.value.hint == 'did you mean "audited"?'


def test_two_figures_of_one_name_are_refused():
    with pytest.raises(UsageError, match='called "audited"'):
        side_by_side(QUALITY, measured("plans_returned", "returned", 10), QUALITY, definitions=["audited"])


def test_measures_of_different_groups_are_refused():
    by_team = measured("plans_returned", "returned", 10, by=["team"], team="north")
    with pytest.raises(UsageError, match="different group columns"):
        side_by_side(QUALITY, by_team, definitions=["audited", "returned"])


def test_a_frame_is_refused_and_so_is_nothing():
    for tables in ((), (QUALITY, QUALITY.frame)):
        with pytest.raises(UsageError, match="takes measure tables"):
            side_by_side(*tables, definitions=["audited"])


def test_reasons_and_provenance_of_every_table_go_along():
    late = LATE._with_reasons("cases are not recorded by trust")
    table = side_by_side(late, QUALITY, definitions=["share", "audited"])
    assert table.reasons == ("cases are not recorded by trust",)
    assert not table._provenance.loaded
