"""Exit interviews: whom they belong to, what share they cover, what was said and what the records say."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import REST
from workforce.errors import UsageError

MARCH = wf.month("2023-03")
DEFINITIONS = ["beside_records", "coverage", "share", "unlinked", "would_return"]
STAFF = """
organisation person_id start_date end_date   fte team  leaving_reason
council      a         2020-01-01 2023-03-10 1.0 North resignation
council      b         2020-01-01 2023-03-20 1.0 North resignation
council      c         2020-01-01 2023-03-31 1.0 South retirement
council      d         2020-01-01 2023-02-10 1.0 South .
council      e         2020-01-01 .          1.0 South .
"""
SAID = """
organisation person_id leaving_date reason   would_return
council      a         2023-03-10   pay      Yes
council      b         2023-03-31   workload no
council      d         2023-02-10   pay      unknown
council      e         2023-03-15   pay      yes
council      .         2023-03-16   health   yes
"""


def reasons(exits, staff, periods, **options) -> pl.DataFrame:
    return wf.exits.reasons(wf.Records(exits=exits, assignments=staff), periods, **options).frame


@pytest.fixture
def table(drawn):
    return reasons(drawn(SAID), drawn(STAFF), MARCH)


def sides(table: pl.DataFrame, definition: str, **groups: str) -> tuple[float, float]:
    kept = table.filter(pl.col("definition") == definition, *[pl.col(c) == v for c, v in groups.items()])
    return kept.select("numerator", "denominator").row(0)


def test_the_columns_are_those_of_a_measure_table_with_reason_and_recorded(table):
    assert table.columns == ["measure", "definition", "reason", "recorded", *REST]


def test_coverage_is_of_those_whom_leavers_counts(table, drawn):
    assert sides(table, "coverage") == (2.0, 3.0)
    assert wf.staffing.leavers(wf.Records(assignments=drawn(STAFF)), MARCH).frame["value"].item() == 3.0


def test_reasons_are_shares_of_those_interviewed(table):
    assert sides(table, "share", reason="pay") == (1.0, 2.0)
    assert sides(table, "share", reason="workload") == (1.0, 2.0)


def test_an_interview_dated_within_31_days_of_the_last_day_is_the_leavers(drawn):
    late = drawn(SAID).with_columns(leaving_date=pl.col("leaving_date").dt.offset_by("25d"))
    assert sides(reasons(late, drawn(STAFF), MARCH), "coverage") == (1.0, 3.0)  # b's is now 36 days late


def test_of_two_interviews_the_nearest_is_the_leavers(drawn):
    twice = pl.concat([drawn(SAID), drawn(SAID).with_columns(leaving_date=date(2023, 3, 11), reason=pl.lit("other"))])
    table = reasons(twice, drawn(STAFF), MARCH)
    assert sides(table, "share", reason="pay") == (1.0, 2.0)
    assert sides(table, "coverage") == (2.0, 3.0)


def test_who_would_return_is_of_those_who_said_yes_or_no(table):
    assert sides(table, "would_return") == (1.0, 2.0)


def test_what_was_said_stands_beside_what_was_recorded(table):
    pairs = table.filter(pl.col("definition") == "beside_records").select(
        "reason", "recorded", "numerator", "denominator"
    )
    assert pairs.rows() == [("pay", "resignation", 1.0, 2.0), ("workload", "resignation", 1.0, 2.0)]


def test_interviews_of_nobody_who_left_are_counted_and_are_in_no_other_figure(table):
    assert sides(table, "unlinked") == (2.0, 4.0)  # someone still in post, and someone without a number
    assert sides(table, "share", reason="health") == (0.0, 2.0)  # said by nobody who is known to have left


def test_groups_are_those_of_the_last_day_and_every_reason_has_its_row(drawn):
    table = reasons(drawn(SAID), drawn(STAFF), MARCH, by="team")
    assert sides(table, "coverage", team="North") == (2.0, 2.0)
    assert sides(table, "coverage", team="South") == (0.0, 1.0)
    assert sides(table, "share", team="South", reason="pay") == (0.0, 0.0)
    assert "unlinked" not in table["definition"].to_list()


def test_months_combine_to_the_quarter_and_organisations_to_the_whole(drawn):
    figures = ["definition", "reason", "recorded", "numerator", "denominator", "value"]
    two = drawn(STAFF).with_columns(
        organisation=pl.when(pl.col("person_id").is_in(["a", "c", "e"])).then(pl.lit("trust")).otherwise("organisation")
    )
    said = drawn(SAID).with_columns(
        organisation=pl.when(pl.col("person_id").is_in(["a", "c", "e"])).then(pl.lit("trust")).otherwise("organisation")
    )
    area = wf.Records(exits=said, assignments=two)
    quarter = wf.exits.reasons(area, wf.Period(date(2023, 1, 1), date(2023, 3, 31)))
    by_month = wf.exits.reasons(area, wf.months("2023-01", "2023-03"))
    assert wf.combine(by_month, over=("period",)).frame.select(figures).equals(quarter.frame.select(figures))
    each = wf.exits.reasons(area, MARCH, by="organisation")
    assert wf.combine(each).frame.select(figures).equals(wf.exits.reasons(area, MARCH).frame.select(figures))


def test_organisations_that_measure_apart_combine_where_they_agree_on_the_reasons(drawn):
    agreed = ["health", "pay", "workload"]
    a_trust = drawn(STAFF).with_columns(organisation=pl.lit("trust"))
    its_own = drawn(SAID).with_columns(organisation=pl.lit("trust"), reason=pl.lit("health"))
    council = wf.Records(exits=drawn(SAID), assignments=drawn(STAFF))
    one = wf.exits.reasons(council, MARCH, by="organisation", reasons=agreed)
    trust = wf.Records(exits=its_own, assignments=a_trust)
    other = wf.exits.reasons(trust, MARCH, by="organisation", reasons=agreed)
    shares = [table.filter(pl.col("definition") == "share") for table in (one, other)]
    assert sides(wf.combine(*shares).frame, "share", reason="pay") == (1.0, 4.0)
    assert sides(wf.combine(*shares).frame, "share", reason="health") == (2.0, 4.0)


def test_an_organisation_whose_records_do_not_cover_the_period_is_left_out_by_name(drawn):
    late = drawn(STAFF, observed_from=date(2023, 3, 2))
    table = reasons(drawn(SAID), late, MARCH)
    assert table.filter(pl.col("definition") == "coverage").select("value", "marker", "left_out").row(0) == (
        None,
        "x",
        ["council"],
    )


def test_without_recorded_reasons_or_answers_the_rest_still_stands(drawn):
    table = reasons(drawn(SAID).drop("would_return"), drawn(STAFF).drop("leaving_reason"), MARCH)
    assert sides(table, "coverage") == (2.0, 3.0)
    assert sides(table, "would_return") == (0.0, 0.0)
    assert table.filter(pl.col("definition") == "beside_records")["recorded"].unique().to_list() == ["unknown"]


def test_without_any_interview_coverage_is_nought(drawn):
    assert sides(reasons(drawn(SAID).clear(), drawn(STAFF), MARCH), "coverage") == (0.0, 3.0)


def test_what_was_said_of_interviews_without_a_column_is_marked_with_the_reason(drawn):
    table = wf.exits.reasons(wf.Records(exits=drawn(SAID).drop("reason"), assignments=drawn(STAFF)), MARCH)
    assert table.frame.select("definition", "value", "marker").rows() == [(one, None, "x") for one in DEFINITIONS]
    assert table.reasons == ("the reason of exit interviews is not recorded",)


@pytest.mark.parametrize("measure", ["reasons", "coverage", "beside_records"])
def test_a_callers_mistake_is_refused(drawn, measure):
    call = getattr(wf.exits, measure)
    area = wf.Records(exits=drawn(SAID), assignments=drawn(STAFF))
    with pytest.raises(UsageError, match='no column "pay_quarter"'):
        call(area, MARCH, by="pay_quarter")
    with pytest.raises(UsageError, match="records first"):
        call("exits", MARCH)
    with pytest.raises(UsageError, match="period is needed"):
        call(area, MARCH.end)


def test_agreed_reasons_are_a_list_of_texts_that_can_be_read_again(drawn):
    area = wf.Records(exits=drawn(SAID), assignments=drawn(STAFF))
    for wrong in ("pay", (reason for reason in ["pay"]), [1]):
        with pytest.raises(UsageError, match="text"):
            wf.exits.reasons(area, MARCH, reasons=wrong)


@pytest.mark.parametrize(
    ("absent", "by", "reason"),
    [
        ("exits", (), "exit interviews are not recorded"),
        ("assignments", (), "staff are not recorded"),
        (None, "locality", "the locality of staff is not recorded"),
        ("everyone", (), "no records are left after the filter"),
    ],
)
def test_what_is_not_recorded_gives_marked_rows_with_the_reason(drawn, absent, by, reason):
    tables = {"exits": drawn(SAID), "assignments": drawn(STAFF)}
    area = wf.Records(**{name: frame for name, frame in tables.items() if name != absent})
    if absent == "everyone":
        area = area.where(pl.col("person_id") == "nobody")
    table = wf.exits.reasons(area, MARCH, by=by)
    expected = [one for one in DEFINITIONS if one != "unlinked" or not by]
    assert table.frame.select("definition", "value", "marker").rows() == [(one, None, "x") for one in expected]
    assert table.reasons == (reason,)
    of_interest = wf.exits.coverage(area, MARCH, by=by)
    assert of_interest.frame.select("definition", "numerator", "marker").rows() == [("coverage", None, "x")]
    assert of_interest.reasons == (reason,)


def test_coverage_is_a_measure_of_its_own_with_the_figures_of_all_reasons(drawn):
    area = wf.Records(exits=drawn(SAID), assignments=drawn(STAFF))
    for by in ((), "team"):
        every = wf.exits.reasons(area, MARCH, by=by).filter(pl.col("definition") == "coverage")
        assert wf.exits.coverage(area, MARCH, by=by).frame.equals(every.frame)


def test_the_order_of_rows_changes_nothing(drawn, table):
    assert reasons(drawn(SAID).reverse().lazy(), drawn(STAFF).reverse().lazy(), MARCH).equals(table)
