import polars as pl
import pytest

import workforce as wf
from workforce.errors import InputError, UsageError

incidence, incidence_table = wf.stats.incidence, wf.stats.incidence_table


def spells(*rows: tuple[int, int, str | None], **more) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"entry": pl.Int64, "exit": pl.Int64, "cause": pl.String}, orient="row"
    ).with_columns(**more)


def test_those_who_leave_on_one_day_leave_together_whatever_the_order_of_the_rows():
    rows = [(0, 5, "nhs"), (0, 5, "retirement"), (0, 5, "nhs"), (0, 9, None)]
    expected = [("nhs", 0.5), ("retirement", 0.25)]
    for order in (rows, rows[::-1], rows[2:] + rows[:2]):
        table = incidence(spells(*order))
        assert table.filter(pl.col("time") == 5).select("cause", "value").rows() == expected


def test_it_is_not_one_minus_a_curve_that_censors_the_other_destinations():
    # Half go to the NHS at 1; of the half that are left all retire at 2. That curve would say that everyone retires.
    table = incidence(spells((0, 1, "nhs"), (0, 2, "retirement")))
    assert table.filter(pl.col("time") == 2).select("cause", "value").rows() == [("nhs", 0.5), ("retirement", 0.5)]


def test_someone_who_entered_on_a_day_was_not_at_risk_on_it():
    table = incidence_table(spells((0, 2, "nhs"), (0, 4, None), (2, 4, None))).frame
    assert table.select("time", "at_risk", "value").rows() == [(2, 2.0, 0.5), (4, 2.0, 0.5)]


def test_every_group_has_every_cause_so_that_the_shares_can_be_stacked():
    table = incidence(spells((0, 1, "nhs"), (0, 2, "retirement"), team=pl.Series(["north", "south"])), by="team")
    assert table.select("team", "time", "cause", "value").rows() == [
        ("north", 1, "nhs", 1.0),
        ("north", 1, "retirement", 0.0),
        ("south", 2, "nhs", 0.0),
        ("south", 2, "retirement", 1.0),
    ]


def test_limits_are_null_where_nobody_or_everybody_has_left_for_the_cause():
    table = incidence(spells((0, 1, None), (0, 2, "nhs")))
    assert table.select("value", "lower", "upper").rows() == [(0.0, None, None), (1.0, None, None)]


def test_columns_and_types_are_the_same_when_nobody_left_and_when_there_is_nobody():
    full = incidence(spells((0, 1, "nhs")))
    assert full.columns == ["time", "cause", "value", "lower", "upper"]
    assert incidence(spells((0, 1, None))).schema == full.schema
    assert incidence(spells()).schema == full.schema
    assert incidence(spells((0, 1, None))).is_empty()


def test_a_lazy_frame_and_a_missing_group_are_taken():
    frame = spells((0, 1, "nhs"), (0, 2, None), team=pl.Series(["north", None], dtype=pl.String))
    assert incidence(frame.lazy(), by="team")["team"].to_list() == ["north", None]


def test_impossible_spells_are_counted_and_not_quoted():
    with pytest.raises(InputError, match="1 of 2 spells end no later than they begin") as refused:
        incidence(spells((0, 1, "nhs"), (77, 77, "secret place")))
    assert "secret" not in str(refused.value)
    assert "77" not in str(refused.value)


@pytest.mark.parametrize("options", [{"by": "shoe_size"}, {"cause": "why"}, {"exit": "gone"}])
def test_unknown_columns_are_refused(options):
    with pytest.raises(UsageError):
        incidence(spells((0, 1, "nhs")), **options)


def test_a_group_column_may_not_take_a_name_of_the_table():
    with pytest.raises(UsageError, match="at_risk"):
        incidence(spells((0, 1, "nhs"), at_risk=pl.lit("x")), by="at_risk")


def test_the_table_that_can_be_released_has_the_shares_of_the_plain_frame():
    frame = spells((0, 1, "nhs"), (0, 2, "retirement"), team=pl.Series(["north", "south"]))
    table = incidence_table(frame, by="team")
    assert table.groups == ("team",)
    assert table.frame.select("team", "time", "cause", "value", "lower", "upper").equals(incidence(frame, by="team"))
