"""Reasons said beside reasons recorded: one list, the same people twice, and no nought where a side has no such word."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import REST
from workforce.errors import UsageError

MARCH = wf.month("2023-03")
STAFF = """
organisation person_id start_date end_date   fte team  leaving_reason
council      a         2020-01-01 2023-03-10 1.0 North resignation
council      b         2020-01-01 2023-03-20 1.0 North resignation
council      c         2020-01-01 2023-03-31 1.0 South ill_health
council      d         2020-01-01 2023-02-10 1.0 South .
council      e         2020-01-01 .          1.0 South .
council      f         2010-01-01 2023-03-31 1.0 South retirement
"""
SAID = """
organisation person_id leaving_date reason
council      a         2023-03-10   pay
council      b         2023-03-31   workload
council      c         2023-03-31   health
council      d         2023-02-10   pay
"""


def area(exits, staff) -> wf.Records:
    return wf.Records(exits=exits, assignments=staff)


def beside(exits, staff, periods, **options) -> pl.DataFrame:
    return wf.exits.beside_records(area(exits, staff), periods, **options).frame


def shares(table: pl.DataFrame, definition: str, **groups: str) -> dict[str, float | None]:
    kept = table.filter(pl.col("definition") == definition, *[pl.col(c) == v for c, v in groups.items()])
    return dict(kept.select("reason", "value").rows())


def test_the_same_people_twice_and_then_all_who_left(drawn):
    table = beside(drawn(SAID), drawn(STAFF), MARCH, said={"health": "ill_health"})
    assert table.columns == ["measure", "definition", "reason", *REST]
    assert shares(table, "said") == {
        "ill_health": pytest.approx(100 / 3),
        "pay": pytest.approx(100 / 3),
        "resignation": None,
        "retirement": None,
        "unknown": None,
        "workload": pytest.approx(100 / 3),
    }
    recorded = shares(table, "recorded")
    assert recorded["resignation"] == pytest.approx(200 / 3)
    assert (recorded["retirement"], recorded["pay"]) == (
        0.0,
        None,
    )  # f was not interviewed; records have no word for pay
    assert shares(table, "recorded_of_all")["retirement"] == 25.0


def test_a_word_that_a_side_never_uses_is_not_applicable_there(drawn):
    table = beside(drawn(SAID), drawn(STAFF), MARCH)
    marked = table.filter(pl.col("marker") == "z").select("definition", "reason").rows()
    assert ("recorded", "workload") in marked
    assert ("said", "resignation") in marked
    assert ("recorded", "retirement") not in marked  # nobody interviewed, but a word of the records
    assert table.filter(pl.col("marker") == "z").select(pl.col("numerator", "people").is_null().all()).row(0) == (
        True,
        True,
    )


def test_words_that_are_mapped_meet_and_words_that_are_not_stay_apart(drawn):
    one = beside(drawn(SAID), drawn(STAFF), MARCH, said={"health": "sickness"}, recorded={"ill_health": "sickness"})
    assert shares(one, "said")["sickness"] == shares(one, "recorded")["sickness"] == pytest.approx(100 / 3)
    apart = beside(drawn(SAID), drawn(STAFF), MARCH)
    assert (shares(apart, "said")["health"], shares(apart, "recorded")["health"]) == (pytest.approx(100 / 3), None)


def test_several_words_of_the_interviews_can_be_one_of_the_records(drawn):
    asked = {"pay": "resignation", "workload": "resignation", "health": "ill_health"}
    table = beside(drawn(SAID), drawn(STAFF), MARCH, said=asked)
    assert shares(table, "said")["resignation"] == shares(table, "recorded")["resignation"] == pytest.approx(200 / 3)


def test_each_definition_adds_up_to_everyone_it_is_of(drawn):
    table = beside(drawn(SAID), drawn(STAFF), wf.months("2023-02", "2023-03"), by="team")
    added = table.group_by("definition", "team", "period_start").agg(
        pl.col("numerator").sum(), pl.col("denominator").max()
    )
    assert (added["numerator"] == added["denominator"].fill_null(0)).all()


def test_what_was_said_is_what_exit_reasons_says(drawn):
    said = wf.exits.reasons(area(drawn(SAID), drawn(STAFF)), MARCH, definition="share").frame
    assert shares(beside(drawn(SAID), drawn(STAFF), MARCH), "said")["pay"] == shares(said, "share")["pay"]


def test_organisations_combine_to_the_whole(drawn):
    place = pl.when(pl.col("person_id").is_in(["a", "c"])).then(pl.lit("trust")).otherwise("organisation")
    staff, said = (drawn(text).with_columns(organisation=place) for text in (STAFF, SAID))
    figures = ["definition", "reason", "numerator", "denominator", "value", "marker"]
    parts = wf.exits.beside_records(area(said, staff), MARCH, by="organisation").filter(pl.col("marker").is_null())
    whole = beside(said, staff, MARCH).filter(pl.col("marker").is_null())
    assert wf.combine(parts).frame.select(figures).equals(whole.select(figures))


def test_a_board_sees_nothing_of_four_leavers(drawn):
    shown = wf.release(wf.exits.beside_records(area(drawn(SAID), drawn(STAFF)), MARCH)).frame
    assert shown["value"].drop_nulls().filter(shown["value"].drop_nulls() > 0).is_empty()


@pytest.mark.parametrize(("side", "word"), [("said", "wages"), ("recorded", "pay")])
def test_a_mapping_of_a_word_that_nobody_uses_is_refused(drawn, side, word):
    with pytest.raises(UsageError, match=f'"{word}"'):
        beside(drawn(SAID), drawn(STAFF), MARCH, **{side: {word: "resignation"}})


def test_without_recorded_reasons_everything_recorded_is_unknown(drawn):
    table = beside(drawn(SAID), drawn(STAFF).drop("leaving_reason"), MARCH)
    assert shares(table, "recorded_of_all")["unknown"] == 100.0


def test_the_order_of_rows_changes_nothing(drawn):
    table = beside(drawn(SAID), drawn(STAFF), MARCH)
    assert beside(drawn(SAID).reverse().lazy(), drawn(STAFF).reverse().lazy(), MARCH).equals(table)


def test_service_is_counted_to_each_leavers_last_day_and_not_to_one_date(drawn):
    staff = drawn(
        """organisation person_id start_date service_start end_date
           council      a         2020-01-01 2018-01-01    2020-12-31
           council      b         2020-01-01 .             2020-12-30
           council      c         2020-01-01 .             .""",
        observed_to=date(2023, 3, 31),
    )
    people = wf.Records(assignments=staff)
    assert people.with_service_at_leaving().assignments["tenure_band"].to_list() == [
        "2 to 4 years",
        "under 1 year",
        "2 to 4 years",
    ]
    on_one_date = people.with_bands(date(2023, 3, 31), age=None, pay=None).assignments["tenure_band"].to_list()
    assert on_one_date == ["5 to 9 years", "2 to 4 years", "2 to 4 years"]
    assert people.with_service_at_leaving(tenure=(1,)).assignments["tenure_band"].to_list()[1] == "under 1 year"


def test_one_or_some_of_the_definitions_of_exit_reasons(drawn):
    council, year = area(drawn(SAID), drawn(STAFF)), wf.year_to("2023-03")
    both = wf.exits.reasons(council, year, by="team", definition=["coverage", "share"]).frame
    assert both["definition"].unique().sort().to_list() == ["coverage", "share"]
    whole = wf.exits.reasons(council, year, by="team").frame
    assert both.equals(whole.filter(pl.col("definition").is_in(["coverage", "share"])))
    with pytest.raises(UsageError, match='did you mean "coverage"'):
        wf.exits.reasons(council, MARCH, definition="covered")
    with pytest.raises(UsageError, match="whole organisations"):
        wf.exits.reasons(council, MARCH, by="team", definition="unlinked")


def test_without_exit_interviews_what_was_recorded_of_all_still_has_figures(drawn):
    table = wf.exits.beside_records(wf.Records(assignments=drawn(STAFF)), MARCH)
    marked = table.frame.filter(pl.col("marker") == "x").select("definition", "reason", "value").rows()
    assert marked == [("recorded", None, None), ("said", None, None)]
    assert shares(table.frame, "recorded_of_all")["retirement"] == 25.0
    assert table.reasons == ("exit interviews are not recorded",)


@pytest.mark.parametrize(
    ("staff", "by", "reason"),
    [
        (False, (), "staff are not recorded"),
        (True, "locality", "the locality of staff is not recorded"),
        (True, (), "no records are left after the filter"),
    ],
)
def test_staff_that_are_not_recorded_give_marked_rows_with_the_reason(drawn, staff, by, reason):
    council = area(drawn(SAID), drawn(STAFF) if staff else None)
    if "filter" in reason:
        council = council.where(pl.col("team") == "West")
    table = wf.exits.beside_records(council, MARCH, by=by)
    assert table.frame.select("definition", "value", "marker").rows() == [
        ("recorded", None, "x"),
        ("recorded_of_all", None, "x"),
        ("said", None, "x"),
    ]
    assert table.reasons == (reason,)


def test_a_mapping_of_words_that_nobody_is_left_with_after_a_filter_is_no_mistake(drawn):
    north = area(drawn(SAID), drawn(STAFF)).where(pl.col("team") == "North")
    table = wf.exits.beside_records(north, MARCH, recorded={"retirement": "age"}).frame
    assert shares(table, "recorded_of_all")["resignation"] == 100.0
