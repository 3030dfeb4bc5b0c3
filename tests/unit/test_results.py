"""Results: what they know, that nothing changes them, and how they are shown in a notebook."""

import copy
import pickle
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import Curve, Forecast, Hazards, Incidence, MeasureTable, Provenance, as_result, measured, stacked
from workforce.errors import UsageError

SIDES = {
    "team": ["North", "South"],
    "period_start": [date(2023, 3, 1)] * 2,
    "period_end": [date(2023, 3, 31)] * 2,
    "numerator": [12.0, 3.0],
    "denominator": [100.0, 60.0],
    "people": [105, 61],
}
KINDS = (MeasureTable, Forecast, Curve, Incidence, Hazards)
PERSONAL = "<b>North & South</b>"


@pytest.fixture
def table():
    return measured(SIDES, "turnover", "nhs", by=["team"])


# What they know ----------------------------------------------------------------------------------------------------------------------


def test_a_result_knows_its_definitions_groups_and_name(table):
    assert table.groups == ("team",)
    assert [(d.measure, d.definition) for d in table.definitions] == [("turnover", "nhs")]
    assert table.definition("turnover", "nhs") is table.definitions[0]
    assert (table.name, len(table), table.reasons, table.added) == ("turnover (nhs)", 2, (), ())


def test_a_definition_that_a_result_does_not_have_is_refused(table):
    with pytest.raises(UsageError, match="no definition of turnover by dfe"):
        table.definition("turnover", "dfe")


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_is_made_from_a_polars_frame(kind):
    for wrong in ({"value": [1.0]}, pl.LazyFrame({"value": [1.0]}), None):
        with pytest.raises(UsageError, match="made from a polars DataFrame"):
            kind(wrong)


def test_the_definition_travels_with_the_result_and_not_with_its_name(table):
    theirs = measured(SIDES, "turnover", "nhs", by=["team"], book=replace(table.definitions[0], unit="per 100"))
    assert (table.definitions[0].unit, theirs.definitions[0].unit) == ("%", "per 100")
    assert table.frame["unit"].unique().to_list() == ["%"]
    assert wf.release(table, "internal").result.definitions[0].unit == "%"


# Nothing changes them ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_changing_a_frame_changes_no_result(kind):
    given = pl.DataFrame({"value": [1.0, 2.0]})
    result = kind(given)
    given[0, "value"] = 99.0
    taken = result.frame
    taken[1, "value"] = 99.0
    taken.drop_in_place("value")
    assert result.frame["value"].to_list() == [1.0, 2.0]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_can_be_set_or_deleted(kind):
    result = kind(pl.DataFrame({"value": [1.0]}))
    for name in ("frame", "groups", "extra"):
        with pytest.raises(UsageError, match="cannot be changed"):
            setattr(result, name, ())
    with pytest.raises(UsageError, match="cannot be changed"):
        del result._frame


def test_lists_that_went_in_may_change_without_changing_the_result():
    groups, reasons = ["team"], ["staff are not recorded"]
    result = MeasureTable(pl.DataFrame({"team": ["North"]}), (), groups, reasons)
    groups.append("role")
    reasons.clear()
    assert (result.groups, result.reasons) == (("team",), ("staff are not recorded",))


# Rows taken and put together -----------------------------------------------------------------------------------------------------------


def test_a_filter_keeps_the_kind_and_what_the_result_knows(table):
    north = table._with_reasons("staff are not recorded by trust").filter(pl.col("team") == "North")
    assert isinstance(north, MeasureTable)
    assert north.frame["team"].to_list() == ["North"]
    assert (north.groups, north.definitions) == (table.groups, table.definitions)
    assert north.reasons == ("staff are not recorded by trust",)
    assert len(table) == 2


def test_a_filter_keeps_what_a_kind_of_result_has_of_its_own():
    fit = object()
    hazards = Hazards(pl.DataFrame({"hazard_ratio": [1.0, 2.0]}), fit=fit).filter(pl.col("hazard_ratio") > 1)
    assert hazards.fit is fit
    forecast = Forecast(pl.DataFrame({"value": [1.0]}), added=["lower_80"]).filter(pl.col("value") > 0)
    assert (type(forecast), forecast.added) == (Forecast, ("lower_80",))


def test_stacked_tables_have_the_rows_definitions_and_reasons_of_all(table):
    average = measured(SIDES, "turnover", "average", by=["team"])._with_reasons("posts are not recorded")
    both = stacked([table._with_reasons("posts are not recorded"), average], sort=["definition", "team"])
    assert both.frame["definition"].to_list() == ["average", "average", "nhs", "nhs"]
    assert [d.definition for d in both.definitions] == ["nhs", "average"]
    assert both.reasons == ("posts are not recorded",)
    assert stacked([table]).frame.equals(table.frame)


def test_nothing_is_not_stacked_and_neither_are_two_meanings_of_one_name(table):
    with pytest.raises(UsageError, match="no table to stack"):
        stacked([])
    other = measured(SIDES, "turnover", "nhs", by=["team"], book=replace(table.definitions[0], words="another"))
    with pytest.raises(UsageError, match=r"mean different things by turnover \(nhs\)"):
        stacked([table, other])


def test_what_is_stacked_counts_as_loaded_only_where_all_of_it_is(table):
    loaded = table._with(table.frame, _provenance=Provenance(loaded=True).with_arguments(target=12))
    assert stacked([loaded, loaded])._provenance.loaded
    assert not stacked([loaded, table])._provenance.loaded
    assert stacked([loaded, table])._provenance.arguments == {("target", 12.0)}


# Kept and copied ---------------------------------------------------------------------------------------------------------------------


def test_pickling_keeps_the_rows_and_drops_where_they_come_from(table):
    loaded = table._with(table.frame, _provenance=Provenance(loaded=True).with_arguments(title="a"))
    for again in (pickle.loads(pickle.dumps(loaded)), copy.copy(loaded), copy.deepcopy(loaded)):  # noqa: S301 - our own bytes
        assert type(again) is MeasureTable
        assert again.frame.equals(loaded.frame)
        assert (again.groups, again.definitions) == (loaded.groups, loaded.definitions)
        assert again._provenance == Provenance()


def test_a_pickled_forecast_keeps_its_added_columns():
    forecast = Forecast(pl.DataFrame({"value": [1.0], "lower_80": [0.5]}), added=["lower_80"])
    again = pickle.loads(pickle.dumps(forecast))  # noqa: S301 - our own bytes
    assert (type(again), again.added) == (Forecast, ("lower_80",))


# Shown in a notebook -----------------------------------------------------------------------------------------------------------------


def test_a_result_says_in_a_line_what_it_is(table):
    assert repr(table) == "MeasureTable: turnover (nhs) by team, in %, 2 rows"
    assert repr(table.filter(pl.col("team") == "North")) == "MeasureTable: turnover (nhs) by team, in %, 1 row"


def test_in_jupyter_it_shows_words_rows_and_that_they_are_exact(table):
    html = table._with_reasons("posts are not recorded")._repr_html_()
    assert "<h4>MeasureTable: turnover (nhs) by team, in %, 2 rows</h4>" in html
    assert "<td>North</td>" in html
    assert '<th scope="col">numerator</th>' in html
    assert "<p>posts are not recorded.</p>" in html
    assert "Exact figures: not for release." in html


def test_in_jupyter_names_of_the_data_are_text_and_not_markup():
    html = measured({**SIDES, "team": [PERSONAL] * 2}, "turnover", "nhs", by=["team"])._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;North &amp; South&lt;/b&gt;" in html


def test_in_jupyter_a_long_table_shows_its_first_rows_and_says_how_many_more():
    long = as_result(pl.DataFrame({"time": list(range(1234)), "value": [1.0] * 1234}), Curve)
    html = long._repr_html_()
    assert html.count("<tr>") == 11
    assert "1,224 more rows in .frame" in html


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_without_rows_is_shown_with_its_reasons(kind):
    html = kind(pl.DataFrame(), reasons=["everybody is in one group"])._repr_html_()
    assert "<p>everybody is in one group.</p>" in html
    assert "0 rows" in html
