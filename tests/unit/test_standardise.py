"""Standardise: what is expected, which strata leave both sides, where there is no figure, and what is refused."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import measured, records, stacked
from workforce.errors import UsageError

AGES = ["under 50", "50 and over"]
standardise = wf.stats.standardise


def standardised(ours, whole, **options):
    return standardise(ours, whole, strata=["age_band"], **options).frame


def table(rows, *, measure="turnover", definition="average", **more):
    """rows: locality, age band, numerator, denominator, people, standard error. The largest person lost one day."""
    names = ["locality", "age_band", "numerator", "denominator", "people", "standard_error"]
    sides = pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows]).with_columns(
        variance=pl.col("standard_error").cast(pl.Float64) ** 2, largest=1 / pl.col("denominator"), units="people"
    )
    sides = sides.with_columns(**more)
    by = ["locality", "age_band"] if sides["locality"].is_not_null().any() else ["age_band"]
    return measured(sides, measure, definition, by=by)


def whole_of(rows, **more):
    return table([(None, *row) for row in rows], **more)


OURS = [
    ("Hill", AGES[0], 8.0, 50.0, 50, None),
    ("Hill", AGES[1], 30.0, 150.0, 150, None),
    ("Vale", AGES[0], 12.0, 150.0, 150, None),
]
WHOLE = [(AGES[0], 20.0, 200.0, 200, None), (AGES[1], 40.0, 200.0, 200, None)]


def test_the_ratio_is_observed_over_expected():
    ratio = standardised(table(OURS), whole_of(WHOLE))
    assert ratio.select("locality", "numerator", "denominator", "people").rows() == [
        ("Hill", 38.0, 35.0, 200),
        ("Vale", 12.0, 15.0, 150),
    ]
    assert ratio["value"].to_list() == pytest.approx([100 * 38 / 35, 80.0])
    assert set(ratio["unit"]) == {"ratio, 100 = as expected"}
    assert set(ratio["definition"]) == {"average_indirect"}
    assert set(ratio["method"]) == {"Byar"}


def test_fewer_than_ten_events_take_exact_limits():
    ratio = standardised(table([("Hill", AGES[0], 8.0, 80.0, 80, None)]), whole_of(WHOLE))
    assert ratio["method"].item() == "exact"


def test_a_stratum_that_lacks_one_side_leaves_both_and_is_named():
    ours = [*OURS, ("Vale", AGES[1], None, 60.0, 60, None)]
    ratio = standardised(table(ours), whole_of(WHOLE))
    assert ratio.row(1, named=True)["numerator"] == 12.0
    assert ratio.row(1, named=True)["denominator"] == 15.0
    assert ratio["left_out"].to_list() == [[], ["50 and over"]]


def test_a_stratum_without_a_rate_in_the_standard_is_left_out_by_name():
    ratio = standardised(table(OURS), whole_of(WHOLE[:1]))
    assert ratio["numerator"].to_list() == [8.0, 12.0]
    assert ratio["left_out"].to_list() == [["50 and over"], []]


def test_a_stratum_that_an_organisation_keeps_no_records_of_is_told_by_the_organisation():
    ours = [("Hill", AGES[0], 8.0, 50.0, 50, None, []), ("Hill", AGES[1], None, None, None, None, ["board"])]
    names = ["locality", "age_band", "numerator", "denominator", "people", "standard_error", "left_out"]
    sides = pl.DataFrame(ours, schema=names, orient="row")
    ratio = standardised(measured(sides, "turnover", "average", by=names[:2]), whole_of(WHOLE))
    assert ratio["left_out"].to_list() == [["board"]]


def test_groups_that_share_no_stratum_with_the_standard_are_refused():
    for method in ("indirect", "direct"):
        with pytest.raises(UsageError, match="shares no stratum"):
            standardise(table(OURS), whole_of([("over 50", 1.0, 2.0, 2, None)]), strata=["age_band"], method=method)


def test_the_direct_rate_is_what_the_standards_staff_would_have():
    direct = standardised(table(OURS), whole_of(WHOLE), method="direct")
    hill, vale = direct.rows(named=True)
    assert hill["value"] == pytest.approx((16.0 + 20.0) / 2)
    assert (hill["numerator"], hill["denominator"], hill["unit"], hill["method"]) == (72.0, 400.0, "%", "Dobson")
    assert hill["lower"] < hill["value"] < hill["upper"]
    assert (vale["value"], vale["marker"], vale["left_out"]) == (None, "x", ["50 and over"])


def test_a_direct_rate_is_not_shown_below_ten_events():
    few = [("Hill", AGES[0], 4.0, 50.0, 50, None), ("Hill", AGES[1], 5.0, 150.0, 150, None)]
    direct = standardised(table(few), whole_of(WHOLE), method="direct")
    assert direct.select("numerator", "denominator", "people", "value", "lower", "marker").row(0) == (None,) * 5 + (
        "x",
    )


def test_days_lost_are_limited_by_the_variances_of_the_strata():
    days = {"measure": "absence", "definition": "days_per_fte"}
    ours = table([("Hill", AGES[0], 300.0, 50.0, 60, 1.0), ("Hill", AGES[1], 1200.0, 100.0, 120, 2.0)], **days)
    whole = whole_of([(AGES[0], 1000.0, 200.0, 240, 0.5), (AGES[1], 2000.0, 200.0, 240, 0.7)], **days)
    ratio = standardised(ours, whole).row(0, named=True)
    expected = 50 * 5 + 100 * 10
    assert ratio["value"] == pytest.approx(100 * 1500 / expected)
    assert ratio["variance"] == pytest.approx((50**2 * 1.0**2 + 100**2 * 2.0**2) / expected**2)
    assert (ratio["largest"], ratio["units"]) == (pytest.approx(1 / expected), 180)
    assert ratio["method"] == "gamma, between people"
    assert ratio["lower"] < ratio["value"] < ratio["upper"]
    direct = standardised(ours, whole, method="direct").row(0, named=True)
    assert direct["value"] == pytest.approx((6.0 + 12.0) / 2)
    assert direct["variance"] == pytest.approx(0.5**2 * 1.0 + 0.5**2 * 4.0)
    assert direct["largest"] == pytest.approx(
        200 / 50 / 400
    )  # one day of Hill's younger staff is four of the standard's


def test_one_person_alone_in_a_stratum_takes_the_standards_variance():
    days = {"measure": "absence", "definition": "days_per_fte"}
    ours = table([("Hill", AGES[0], 300.0, 50.0, 60, 1.0), ("Hill", AGES[1], 9.0, 1.0, 1, None)], **days)
    whole = whole_of([(AGES[0], 1000.0, 200.0, 240, 0.5), (AGES[1], 2000.0, 200.0, 240, 0.7)], **days)
    ratio = standardised(ours, whole).row(0, named=True)
    variance = 50**2 + (0.7 * 200) ** 2 / 240
    assert ratio["variance"] == pytest.approx(variance / (250 + 10) ** 2, rel=1e-6)


def test_one_person_alone_in_the_standard_too_takes_the_mean_variance_of_its_strata():
    days = {"measure": "absence", "definition": "days_per_fte"}
    ours = table([("Hill", AGES[0], 300.0, 50.0, 60, 1.0), ("Hill", AGES[1], 9.0, 1.0, 1, None)], **days)
    whole = whole_of([(AGES[0], 1000.0, 200.0, 240, 0.5), (AGES[1], 9.0, 1.0, 1, None)], **days)
    ratio = standardised(ours, whole).row(0, named=True)
    variance = 50**2 + (0.5 * 200) ** 2 / 240
    assert ratio["variance"] == pytest.approx(variance / (250 + 9) ** 2, rel=1e-6)


def test_one_period_of_the_standard_stands_for_all_and_several_are_matched():
    months = [{"period_start": date(2023, m, 1), "period_end": date(2023, m, 28)} for m in (1, 2)]
    ours = stacked([table(OURS[:2], **m) for m in months])
    first = whole_of(WHOLE, **months[0])
    second = whole_of([(a, n * 2, d, p, s) for a, n, d, p, s in WHOLE], **months[1])
    assert standardised(ours, first)["denominator"].to_list() == [35.0, 35.0]
    assert standardised(ours, stacked([first, second]))["denominator"].to_list() == [35.0, 70.0]
    later = stacked([second, whole_of(WHOLE, period_start=date(2023, 3, 1), period_end=date(2023, 3, 28))])
    with pytest.raises(UsageError, match="lacks 1 of 2 periods"):
        standardise(ours, later, strata=["age_band"])


def test_a_standard_over_a_longer_period_is_refused():
    month = table(OURS, period_start=date(2023, 3, 1), period_end=date(2023, 3, 31))
    year = whole_of(WHOLE, period_start=date(2022, 4, 1), period_end=date(2023, 3, 31))
    with pytest.raises(UsageError, match="longer or shorter"):
        standardise(month, year, strata=["age_band"])


def test_a_standard_by_more_than_the_strata_is_refused():
    with pytest.raises(UsageError, match="strata alone"):
        standardise(table(OURS), table([*OURS, ("Vale", AGES[1], 1.0, 50.0, 50, None)]), strata=["age_band"])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"strata": []}, "no column"),
        ({"strata": ["sex"]}, "no column"),
        ({"strata": ["age_band"], "method": "both"}, "method="),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(UsageError, match=says):
        standardise(table(OURS), whole_of(WHOLE), **wrong)


def test_a_definition_without_a_standardised_one_is_refused_with_those_that_have():
    sides = pl.DataFrame({"locality": ["Hill"], "age_band": AGES[:1], "numerator": [3.0], "denominator": [9.0]})
    rate = measured(sides, "turnover", "average_fte", by=["locality", "age_band"])
    with pytest.raises(UsageError, match="turnover by average"):
        standardise(rate, rate, strata=["age_band"])


def test_a_standardised_figure_never_rolls_up():
    ratio = standardise(table(OURS), whole_of(WHOLE), strata=["age_band"])
    with pytest.raises(UsageError, match="never rolls up"):
        wf.combine(ratio, over=["locality"])


def test_a_standardised_ratio_has_a_funnel_around_one_hundred():
    ratio = standardise(table(OURS), whole_of(WHOLE), strata=["age_band"])
    around = wf.stats.funnel(ratio, baseline=100.0).frame
    assert around["centre"].to_list() == [100.0, 100.0]
    assert around["position"].to_list() == ["within the limits"] * 2


def test_a_standardised_ratio_is_released_like_any_other_rate():
    ours = [*OURS, ("Dale", AGES[0], 2.0, 20.0, 20, None)]
    shown = wf.release(standardise(table(ours), whole_of(WHOLE), strata=["age_band"])).frame
    dale, hill, _ = shown.rows(named=True)
    assert (dale["value"], dale["numerator"], dale["marker"]) == (None, None, "c")
    assert (hill["numerator"], hill["denominator"], hill["value"]) == (40.0, 35.0, 114.0)


@pytest.mark.parametrize("given", [pl.DataFrame({"value": [1.0]}), None])
def test_anything_but_measure_tables_is_refused_with_a_sentence(given):
    for ours, whole in ((given, whole_of(WHOLE)), (table(OURS), given)):
        with pytest.raises(UsageError, match="standardise takes what measures returned"):
            standardise(ours, whole, strata=["age_band"])


def test_the_result_has_the_standardised_definition_and_the_remaining_groups():
    ratio = standardise(table(OURS), whole_of(WHOLE), strata=["age_band"])
    assert ratio.groups == ("locality",)
    assert [(d.measure, d.definition) for d in ratio.definitions] == [("turnover", "average_indirect")]
    assert ratio.name == "turnover (average_indirect)"


@pytest.mark.parametrize("method", ["indirect", "direct"])
def test_what_is_not_recorded_gives_x_rows_with_the_reason_of_the_table(method):
    year = wf.year_to("2023-03")
    banded = records().with_bands(year.end)
    nothing = wf.staffing.turnover(banded, year, definition="average", by=["locality", "age_band"])
    whole = wf.staffing.turnover(banded, year, definition="average", by=["age_band"])
    shown = standardise(nothing, whole, strata=["age_band"], method=method)
    assert shown.frame.select("definition", "period_end", "value", "numerator", "marker").rows() == [
        (f"average_{method}", date(2023, 3, 31), None, None, "x")
    ]
    assert shown.groups == ("locality",)
    assert shown.reasons == ("staff are not recorded",)


def test_a_standard_without_a_figure_gives_x_rows_with_a_reason():
    nothing = whole_of([(age, None, None, None, None) for age in AGES], marker=pl.lit("x"))
    shown = standardise(table(OURS), nothing, strata=["age_band"])
    assert shown.frame.select("locality", "value", "marker").rows() == [("Hill", None, "x"), ("Vale", None, "x")]
    assert shown.reasons == ("no group has a figure",)


def test_groups_without_a_figure_keep_their_names_and_who_was_left_out():
    nothing = [(place, age, None, None, None, None, [place]) for place in ("Hill", "Vale") for age in AGES]
    names = ["locality", "age_band", "numerator", "denominator", "people", "standard_error", "left_out"]
    sides = pl.DataFrame(nothing, schema=names, orient="row")
    for method in ("indirect", "direct"):
        shown = standardised(measured(sides, "turnover", "average", by=names[:2]), whole_of(WHOLE), method=method)
        assert shown.select("locality", "value", "marker", "left_out").rows() == [
            ("Hill", None, "x", ["Hill"]),
            ("Vale", None, "x", ["Vale"]),
        ]


def test_a_standard_that_has_sizes_and_no_counts_does_for_a_direct_rate():
    sizes = whole_of([(age, None, 200.0, 200, None) for age in AGES])
    hill = standardised(table(OURS[:2]), sizes, method="direct").row(0, named=True)
    assert hill["value"] == pytest.approx((16.0 + 20.0) / 2)
