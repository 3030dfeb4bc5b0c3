"""Reasons said beside reasons recorded: one list, the same people twice, and no nought where a side has no such word."""

from datetime import date

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.errors import UsageError
from workforce.measures.bands import banded, service_at_leaving
from workforce.measures.frame import REST
from workforce.measures.recruitment.exits import exit_reasons
from workforce.measures.recruitment.reasons_beside import reasons_beside
from workforce.measures.rolling.combine import combine
from workforce.periods import month, months, year_to

MARCH = month("2023-03")
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


def shares(table: pl.DataFrame, definition: str, **groups: str) -> dict[str, float | None]:
    kept = table.filter(pl.col("definition") == definition, *[pl.col(c) == v for c, v in groups.items()])
    return dict(kept.select("reason", "value").rows())


def test_the_same_people_twice_and_then_all_who_left(drawn):
    table = reasons_beside(drawn(SAID), drawn(STAFF), MARCH, said={"health": "ill_health"})
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
    table = reasons_beside(drawn(SAID), drawn(STAFF), MARCH)
    marked = table.filter(pl.col("marker") == "z").select("definition", "reason").rows()
    assert ("recorded", "workload") in marked
    assert ("said", "resignation") in marked
    assert ("recorded", "retirement") not in marked  # nobody interviewed, but a word of the records
    assert table.filter(pl.col("marker") == "z").select(pl.col("numerator", "people").is_null().all()).row(0) == (
        True,
        True,
    )


def test_words_that_are_mapped_meet_and_words_that_are_not_stay_apart(drawn):
    one = reasons_beside(
        drawn(SAID), drawn(STAFF), MARCH, said={"health": "sickness"}, recorded={"ill_health": "sickness"}
    )
    assert shares(one, "said")["sickness"] == shares(one, "recorded")["sickness"] == pytest.approx(100 / 3)
    apart = reasons_beside(drawn(SAID), drawn(STAFF), MARCH)
    assert (shares(apart, "said")["health"], shares(apart, "recorded")["health"]) == (pytest.approx(100 / 3), None)


def test_several_words_of_the_interviews_can_be_one_of_the_records(drawn):
    asked = {"pay": "resignation", "workload": "resignation", "health": "ill_health"}
    table = reasons_beside(drawn(SAID), drawn(STAFF), MARCH, said=asked)
    assert shares(table, "said")["resignation"] == shares(table, "recorded")["resignation"] == pytest.approx(200 / 3)


def test_each_definition_adds_up_to_everyone_it_is_of(drawn):
    table = reasons_beside(drawn(SAID), drawn(STAFF), months("2023-02", "2023-03"), by="team")
    added = table.group_by("definition", "team", "period_start").agg(
        pl.col("numerator").sum(), pl.col("denominator").max()
    )
    assert (added["numerator"] == added["denominator"].fill_null(0)).all()


def test_what_was_said_is_what_exit_reasons_says(drawn):
    said = exit_reasons(drawn(SAID), drawn(STAFF), MARCH, definition="share")
    assert shares(reasons_beside(drawn(SAID), drawn(STAFF), MARCH), "said")["pay"] == shares(said, "share")["pay"]


def test_organisations_combine_to_the_whole(drawn):
    place = pl.when(pl.col("person_id").is_in(["a", "c"])).then(pl.lit("trust")).otherwise("organisation")
    staff, said = (drawn(text).with_columns(organisation=place) for text in (STAFF, SAID))
    figures = ["definition", "reason", "numerator", "denominator", "value", "marker"]
    parts = reasons_beside(said, staff, MARCH, by="organisation").filter(pl.col("marker").is_null())
    whole = reasons_beside(said, staff, MARCH).filter(pl.col("marker").is_null())
    assert combine(parts).select(figures).equals(whole.select(figures))


def test_a_board_sees_nothing_of_four_leavers(drawn):
    shown = release(reasons_beside(drawn(SAID), drawn(STAFF), MARCH)).frame
    assert shown["value"].drop_nulls().filter(shown["value"].drop_nulls() > 0).is_empty()


@pytest.mark.parametrize(("side", "word"), [("said", "wages"), ("recorded", "pay")])
def test_a_mapping_of_a_word_that_nobody_uses_is_refused(drawn, side, word):
    with pytest.raises(UsageError, match=f'"{word}"'):
        reasons_beside(drawn(SAID), drawn(STAFF), MARCH, **{side: {word: "resignation"}})


def test_without_recorded_reasons_everything_recorded_is_unknown(drawn):
    table = reasons_beside(drawn(SAID), drawn(STAFF).drop("leaving_reason"), MARCH)
    assert shares(table, "recorded_of_all")["unknown"] == 100.0


def test_the_order_of_rows_changes_nothing(drawn):
    table = reasons_beside(drawn(SAID), drawn(STAFF), MARCH)
    assert reasons_beside(drawn(SAID).reverse().lazy(), drawn(STAFF).reverse().lazy(), MARCH).equals(table)


def test_service_is_counted_to_each_leavers_last_day_and_not_to_one_date(drawn):
    staff = drawn(
        """organisation person_id start_date service_start end_date
           council      a         2020-01-01 2018-01-01    2020-12-31
           council      b         2020-01-01 .             2020-12-30
           council      c         2020-01-01 .             .""",
        observed_to=date(2023, 3, 31),
    )
    assert service_at_leaving(staff)["tenure_band"].to_list() == ["2 to 4 years", "under 1 year", "2 to 4 years"]
    on_one_date = banded(staff, date(2023, 3, 31), age=None, pay=None)["tenure_band"].to_list()
    assert on_one_date == ["5 to 9 years", "2 to 4 years", "2 to 4 years"]
    assert service_at_leaving(staff, tenure=(1,))["tenure_band"].to_list()[1] == "under 1 year"


def test_one_or_some_of_the_definitions_of_exit_reasons(drawn):
    both = exit_reasons(drawn(SAID), drawn(STAFF), year_to("2023-03"), by="team", definition=["coverage", "share"])
    assert both["definition"].unique().sort().to_list() == ["coverage", "share"]
    whole = exit_reasons(drawn(SAID), drawn(STAFF), year_to("2023-03"), by="team")
    assert both.equals(whole.filter(pl.col("definition").is_in(["coverage", "share"])))
    with pytest.raises(UsageError, match='did you mean "coverage"'):
        exit_reasons(drawn(SAID), drawn(STAFF), MARCH, definition="covered")
    with pytest.raises(UsageError, match="whole organisations"):
        exit_reasons(drawn(SAID), drawn(STAFF), MARCH, by="team", definition="unlinked")
