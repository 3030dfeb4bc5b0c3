"""Caseload: what comes in, what goes out, and what is refused."""

import math
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import workforce as wf
from builders import REST, casework
from workforce.errors import UsageError

DAY = date(2023, 3, 31)
LONG_AGO = date(2020, 1, 1)
STAFF = pl.DataFrame(
    {
        "organisation": "council",
        "person_id": ["a", "b", "c"],
        "start_date": LONG_AGO,
        "fte": [1.0, 0.5, 1.0],
        "role": "caseworker",
        "team": ["x", "y", "y"],
    }
)
CASES = pl.DataFrame({"organisation": "council", "case_id": list("123456"), "received_date": LONG_AGO})
HELD = pl.DataFrame(
    {
        "organisation": "council",
        "case_id": list("12345"),
        "person_id": ["a", "a", "a", "b", "c"],
        "start_date": LONG_AGO,
    }
)
AREA = casework(HELD, CASES, STAFF)


def test_a_measure_table_comes_out_for_every_day_asked_for():
    table = wf.caseload.per_fte(AREA, [DAY, LONG_AGO, DAY], definition="dfe", by=["team", "organisation"]).frame
    assert table.columns == ["measure", "definition", "team", "organisation", *REST, "variance", "largest", "units"]
    assert table["period_start"].to_list() == [LONG_AGO, DAY, LONG_AGO, DAY]
    assert table["period_start"].equals(table["period_end"])


def test_a_distribution_adds_the_band_after_the_groups():
    table = wf.caseload.distribution(AREA, DAY, by=["team"]).frame
    assert table.columns == ["measure", "definition", "team", "band", *REST]
    assert table["definition"].unique().sort().to_list() == ["over_limit", "unheld", "workers"]


@pytest.mark.parametrize("kind", ["annual_review", "phase_transfer"])
@pytest.mark.parametrize("roles", [None, ["caseworker"]])
def test_reviews_and_transfers_that_nobody_is_given_are_nobodys_cases(kind, roles):
    plans = CASES.with_columns(case_type=pl.lit("ehc_plan"))
    more = plans.head(2).with_columns(case_id=pl.Series(["7", "8"]), case_type=pl.lit(kind))
    options = {"roles": roles} if roles else {}

    def figures(held):
        area = casework(held, pl.concat([plans, more]), STAFF)
        per_fte = wf.caseload.per_fte(area, DAY, definition="all", **options).frame["numerator"].item()
        unheld = wf.caseload.distribution(area, DAY, **options).frame.filter(pl.col("definition") == "unheld")
        return per_fte, unheld["numerator"].sum()

    assert figures(HELD) == (6, 1)  # six plans, of which nobody holds one
    given = HELD.head(1).with_columns(case_id=pl.lit("7"))
    assert figures(pl.concat([HELD, given])) == (
        8,
        2,
    )  # where one of them is given to a worker, the other is one that nobody holds


def test_limits_come_from_the_spread_between_workers():
    row = wf.caseload.per_fte(AREA, DAY, definition="dfe").frame.row(0, named=True)
    ratio = 5 / 2.5
    residuals = [(3 - ratio * 1) ** 2, (1 - ratio * 0.5) ** 2, (1 - ratio * 1) ** 2]
    error = math.sqrt(3 / 2 * sum(residuals)) / 2.5
    times = math.exp(4.302652729911275 * error / ratio)  # t with 2 degrees of freedom
    assert (row["lower"], row["upper"]) == (pytest.approx(ratio / times), pytest.approx(ratio * times))


def test_lazy_frames_give_the_same_figures_and_no_frame_is_changed():
    before = HELD.clone(), CASES.clone(), STAFF.clone()
    eager = wf.caseload.per_fte(AREA, DAY, definition="all", by=["team"]).frame
    assert_frame_equal(
        eager,
        wf.caseload.per_fte(
            casework(HELD.lazy(), CASES.lazy(), STAFF.lazy()), DAY, definition="all", by=["team"]
        ).frame,
    )
    for frame, was in zip((HELD, CASES, STAFF), before, strict=True):
        assert_frame_equal(frame, was)


def test_nothing_open_is_a_row_without_a_rate():
    row = wf.caseload.per_fte(AREA, date(2019, 1, 1), definition="dfe").frame.row(0, named=True)
    assert (row["numerator"], row["denominator"], row["people"], row["value"]) == (0, 0, 0, None)
    assert wf.caseload.per_fte(AREA, date(2019, 1, 1), definition="dfe", by=["team"]).frame.is_empty()


def test_a_group_may_be_a_column_that_the_library_uses_itself():
    table = wf.caseload.per_fte(AREA, DAY, definition="all", by=["role", "organisation", "person_id"]).frame
    assert table.filter(pl.col("person_id") == "a").select("role", "numerator", "denominator").row(0) == (
        "caseworker",
        3,
        1.0,
    )


def test_a_definition_must_be_known():
    with pytest.raises(UsageError, match="no definition"):
        wf.caseload.per_fte(AREA, DAY, definition="median")  # type: ignore[arg-type]


def test_a_column_that_the_records_lack_is_refused_with_the_nearest():
    with pytest.raises(UsageError) as refused:
        wf.caseload.per_fte(AREA, DAY, definition="dfe", by=["teem"])
    assert refused.value.hint == 'did you mean "team"?'


def test_bands_that_do_not_rise_are_refused():
    with pytest.raises(UsageError, match="do not rise"):
        wf.caseload.distribution(AREA, DAY, bands=(1, 10, 5))


def test_a_frame_that_lacks_a_column_is_refused():
    with pytest.raises(UsageError, match="cases lacks the columns received_date"):
        wf.caseload.per_fte(casework(HELD, CASES.drop("received_date"), STAFF), DAY, definition="dfe")
