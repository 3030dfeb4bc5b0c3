"""What release shows and withholds: the measure book's rules, each as a few drawn rows."""

import math
from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import MeasureTable, measured, records, stacked
from workforce.errors import DisclosureError, UsageError

release = wf.release
xmr = wf.stats.xmr
life_table = wf.stats.life_table


def turnover_of(*rows):
    """rows: team, leavers, in post, people."""
    sides = pl.DataFrame(rows, schema=["team", "numerator", "denominator", "people"], orient="row")
    return measured(
        sides.with_columns(pl.col("numerator", "denominator").cast(pl.Float64)), "turnover", "nhs", by=["team"]
    )


def shown(released):
    return {
        r["team"]: (r["numerator"], r["denominator"], r["value"], r["marker"])
        for r in released.frame.iter_rows(named=True)
    }


def test_the_board_sees_headcounts_to_the_nearest_five_and_rates_from_what_is_shown():
    #                        team    leavers in post people
    table = turnover_of(("North", 12, 98, 104), ("South", 8, 52.5, 60), ("East", 0, 20, 20))
    assert shown(release(table)) == {
        "North": (10.0, 100.0, 10.0, None),
        "South": (10.0, 55.0, 18.0, None),  # 52.5 is half-way: up
        "East": (0.0, 20.0, 0.0, None),
    }


def printed_rows(rows, measure="turnover", definition="average"):
    sides = pl.DataFrame(rows, schema=["team", "numerator", "denominator", "people"], orient="row")
    table = measured(
        sides.with_columns(pl.col("numerator", "denominator").cast(pl.Float64)), measure, definition, by=["team"]
    )
    return {
        r["team"]: (r["value"], r["printed_low"], r["printed_high"], r["printed_step"])
        for r in release(table).frame.iter_rows(named=True)
    }


def test_a_rate_is_printed_to_the_step_that_its_rounded_counts_allow_or_as_a_range():
    rows = [("half points", 121, 981, 1000), ("whole", 20, 200, 210), ("range", 12, 98, 104), ("none", 0, 20, 20)]
    assert printed_rows(rows) == {
        "half points": (12.0, None, None, 0.5),  # 120 / 980, at most 0.29 points off
        "whole": (10.0, None, None, 1.0),  # at most 1.4 points off
        "range": (10.0, 7.0, 13.0, 1.0),  # 7.5 / 102.5 to 12.5 / 97.5
        "none": (0.0, None, None, 1.0),
    }


def test_a_small_count_leaves_the_rule_s_range_where_it_is_narrow():
    shown_rows = printed_rows([("of many", 3, 100, 104), ("of few", 3, 20, 20)])
    assert shown_rows["of many"] == (None, 0.0, 8.0, None)  # 1 / 102.5 to 7 / 97.5
    assert shown_rows["of few"] == (None, None, None, None)  # 1 / 22.5 to 7 / 17.5 is wider than 20 points


def test_the_range_of_a_small_count_is_on_the_scale_of_its_rate():
    march = {"period_start": [date(2023, 3, 1)] * 2, "period_end": [date(2023, 3, 31)] * 2, "team": ["A", "B"]}
    sides = pl.DataFrame({**march, "numerator": [3.0, 30.0], "denominator": [1500.0] * 2, "people": [1500] * 2})
    few, many = release(measured(sides, "turnover", "average", by=["team"], annualised=True)).frame.rows(named=True)
    assert (few["printed_low"], few["printed_high"]) == (0.0, 6.0)  # 7 / 1497.5 in 31 of 365.25 days
    assert many["printed_low"] <= 100 * 30 / 1500 * 365.25 / 31 <= many["printed_high"]


def test_a_figure_that_somebody_is_behind_is_not_printed_as_none():
    assert printed_rows([("few of many", 8, 9000, 9100)])["few of many"][1:3] == (0.0, 0.5)


def test_a_rate_of_cases_for_each_fte_is_printed_to_one_decimal_or_a_whole_number():
    assert printed_rows([("a", 2003, 96.4, 110)], "caseload", "all")["a"] == (21.0, None, None, 1.0)
    assert printed_rows([("a", 9003, 496.4, 510)], "caseload", "all")["a"] == (18.2, None, None, 0.1)
    assert printed_rows([("a", 203, 9.2, 10)], "caseload", "all")["a"][1:] == (21.3, 24.5, 0.1)


def test_the_limits_shown_follow_from_the_numbers_shown():
    exact = turnover_of(("North", 10, 100, 104)).frame
    rounded = release(turnover_of(("North", 12, 98, 104))).frame
    assert rounded["upper"].item() == math.ceil(exact["upper"].item())  # outwards, to the step of the figure
    assert rounded["lower"].item() == math.floor(exact["lower"].item())


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("North", 0, 7, 7), "seven people"),
        (("North", 10, 7.4, 12), "a small denominator of people"),
    ],
)
def test_of_one_to_seven_people_nothing_is_shown(row, why):
    assert shown(release(turnover_of(row)))["North"] == (None, None, None, "c"), why


@pytest.mark.parametrize("leavers", [1, 3, 7])
def test_one_to_seven_leavers_are_withheld_with_their_rate(leavers):
    assert shown(release(turnover_of(("North", leavers, 100, 103))))["North"] == (None, 100.0, None, "c")
    internal = release(turnover_of(("North", min(leavers, 4), 100, 103)), "internal")
    assert shown(internal)["North"] == (None, None, None, "c")


def test_the_rest_of_a_closed_population_is_of_people_too_that_of_an_average_is_not():
    stayed = pl.DataFrame({"team": ["North"], "numerator": [95.0], "denominator": [100.0], "people": [100]})
    assert shown(release(measured(stayed, "stability", "nhs", by=["team"])))["North"] == (None, None, None, "c")
    assert shown(release(turnover_of(("North", 95, 100, 105))))["North"] == (95.0, 100.0, 95.0, None)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ((36.0, 40.0, 40), "all but four plans"),
        ((3.0, 5.0, 5), "five plans"),
    ],
)
def test_cases_are_withheld_and_rounded_like_people(row, why):
    sides = pl.DataFrame([row], schema=["numerator", "denominator", "people"], orient="row")
    released = release(measured(sides, "timeliness", "dfe", by=[])).frame.row(0, named=True)
    assert (released["numerator"], released["denominator"], released["marker"]) == (None, None, "c"), why


def test_shown_cases_are_to_the_nearest_five_and_none_or_all_in_time_is_shown():
    rows = [("a", 12.0, 33.0, 33), ("b", 0.0, 33.0, 33), ("c", 33.0, 33.0, 33)]
    sides = pl.DataFrame(rows, schema=["team", "numerator", "denominator", "people"], orient="row")
    assert [row[:2] for row in shown(release(measured(sides, "timeliness", "dfe", by=["team"]))).values()] == [
        (10.0, 35.0),
        (0.0, 35.0),
        (35.0, 35.0),
    ]


@pytest.mark.parametrize(
    ("contributors", "one", "two", "marker"),
    [(20, 0.5, 0.7, None), (20, 0.86, 0.9, "c"), (20, 0.5, 0.96, "c"), (7, 0.2, 0.4, "c"), (0, None, None, None)],
)
def test_days_of_few_people_or_mostly_of_one_or_two_are_withheld(contributors, one, two, marker):
    sides = pl.DataFrame(
        {
            "numerator": [200.0 if contributors else 0.0],
            "denominator": [60.0],
            "people": [70],
            "contributors": [contributors],
            "top_share": [one],
            "top_two_share": [two],
        }
    )
    table = measured(sides, "absence", "days_per_fte", by=[])
    released = release(table).frame
    assert released["marker"].item() == marker
    assert not {"contributors", "top_share", "top_two_share"} & set(released.columns)


def test_eight_is_shown_and_a_rate_needs_ten_people():
    assert shown(release(turnover_of(("North", 0, 8, 8))))["North"] == (0.0, 10.0, None, "c")
    assert shown(release(turnover_of(("North", 0, 10, 10))))["North"] == (0.0, 10.0, 0.0, None)


def test_days_of_eight_people_do_not_give_their_withheld_rate_back():
    sides = pl.DataFrame({"numerator": [12.0], "denominator": [41.0], "people": [8], "variance": [0.01]})
    row = release(measured(sides, "absence", "days_per_fte", by=[])).frame.row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"], row["marker"]) == (None, 41.0, None, "c")


def test_few_full_time_equivalents_are_few_people():
    sides = pl.DataFrame({"numerator": [0.6], "denominator": [80.0], "people": [120]})
    table = measured(sides, "turnover", "average_fte", by=[])
    assert release(table).frame["numerator"].item() is None


def test_a_management_meeting_sees_five_unrounded_but_not_four():
    frame = shown(release(turnover_of(("North", 5, 98, 104), ("South", 4, 98, 104)), "internal"))
    assert frame["North"][:3] == (5.0, 98.0, pytest.approx(500 / 98))
    assert frame["South"] == (None, None, None, "c")


def test_a_row_whose_people_are_unknown_is_withheld():
    sides = pl.DataFrame({"numerator": [12.0], "denominator": [98.0]})
    assert release(measured(sides, "turnover", "nhs", by=[])).frame["value"].item() is None


def test_pay_is_shown_from_ten_people_to_the_nearest_five_pence_an_hour():
    sides = pl.DataFrame(
        {
            "role": ["EP", "SENCO"],
            "body": ["council"] * 2,
            "denominator": [10.0, 9.0],
            "people": [10, 9],
            "value": [21.337, 18.0],
        }
    )
    frame = release(measured(sides, "pay_position", "median", by=["role"])).frame
    assert frame["value"].to_list() == [pytest.approx(21.35), None]
    assert frame["marker"].to_list() == [None, "c"]


def test_limits_between_people_come_from_a_variance_of_two_figures_and_a_largest_person_of_one():
    sides = {"numerator": [1234.4], "denominator": [100.4], "people": [120]}
    exact = measured(
        pl.DataFrame({**sides, "variance": [1.523], "largest": [1.234], "units": [70]}),
        "absence",
        "days_per_fte",
        by=[],
    )
    shown = release(exact)
    coarse = measured(
        pl.DataFrame(
            {"numerator": [1234.0], "denominator": [100.0], "variance": [1.5], "largest": [1.0], "units": [70]}
        ),
        "absence",
        "days_per_fte",
        by=[],
    )
    limits = ["value", "lower", "upper", "method"]
    assert shown.frame.select(limits).row(0) == pytest.approx(coarse.frame.select(limits).row(0))


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_the_exact_spread_between_people_is_not_released(rule):
    sides = {"numerator": [1234.4], "denominator": [100.4], "people": [120]}
    exact = measured(
        pl.DataFrame({**sides, "variance": [1.523], "largest": [1.234], "units": [70]}),
        "absence",
        "days_per_fte",
        by=[],
    )
    assert {"variance", "largest", "units"} <= set(exact.frame.columns)
    shown = release(exact, rule)
    assert not {"variance", "largest", "units"} & set(shown.frame.columns)
    assert {"variance", "largest", "units"} <= set(release(exact, "partner").frame.columns)  # the lead combines these


def test_the_coarser_step_is_shown_where_more_than_a_fifth_would_be_withheld():
    by_team = turnover_of(*[(f"team {n}", 3, 30, 32) for n in range(3)], ("big", 20, 200, 210))
    whole = turnover_of(("all", 29, 290, 300))
    released = release({"turnover": {"by team": by_team, "for the service": whole}})
    assert released["turnover"].frame["team"].to_list() == ["all"]
    assert released["turnover"].note == "Shown for the service: by team, too many figures would be withheld."


def test_the_fine_step_stays_where_a_fifth_or_less_is_withheld():
    by_team = turnover_of(("small", 3, 30, 32), *[(f"team {n}", 20, 200, 210) for n in range(4)])
    released = release({"turnover": {"by team": by_team, "for the service": turnover_of(("all", 29, 290, 300))}})
    assert len(released.frame) == 5
    assert released.frame["marker"].to_list().count("c") == 1
    assert released.note == ""


def test_official_figures_pass_as_they_are_and_are_those_of_the_store():
    table = wf.benchmark.figures(wf.load_official(), "turnover", "dfe_fte", areas=["Devon"])
    shown = release(table, "published")
    assert shown.frame.equals(table.frame)
    assert shown.frame["source"].null_count() == 0
    sides = pl.DataFrame({"area": ["Here"], "source": ["DfE"], "numerator": [3.0], "denominator": [20.0]})
    with pytest.raises(DisclosureError, match="official store"):
        release(measured(sides, "turnover", "dfe", by=["area", "source"]), "published")


@pytest.mark.parametrize(
    "given",
    [
        pl.DataFrame({"person_id": ["a"]}),
        {"staff": pl.DataFrame({"person_id": ["a"]})},
        {"staff": {"by month": pl.DataFrame({"person_id": ["a"]})}},
        {"staff": "a"},
        "a",
        None,
        records(),
    ],
)
def test_only_results_can_be_released(given):
    with pytest.raises(DisclosureError, match="only the result of a measure can be released"):
        release(given)


def test_an_unknown_rule_is_refused_with_the_nearest_name():
    with pytest.raises(DisclosureError, match='did you mean "board"'):
        release(turnover_of(("North", 3, 100, 103)), "bord")


def test_one_of_several_tables_is_chosen_by_name():
    released = release({"a": turnover_of(("North", 12, 98, 104)), "b": turnover_of(("South", 12, 98, 104))})
    assert isinstance(released["a"], wf.Released)
    with pytest.raises(DisclosureError, match="released together"):
        _ = released.frame
    with pytest.raises(DisclosureError, match="no table"):
        _ = released["c"]


def test_a_release_is_made_by_release_alone():
    with pytest.raises(DisclosureError, match="made by the library only"):
        wf.Released("internal", {"t": turnover_of(("North", 3, 100, 103))})


def two_tables():
    return release({"a": turnover_of(("North", 12, 98, 104)), "b": turnover_of(("South", 3, 98, 104))}, "internal")


def test_a_frame_of_a_release_can_be_changed_without_changing_the_release():
    page = two_tables()
    frame = page["a"].frame
    frame[0, "numerator"] = 99.0
    frame.insert_column(0, pl.Series("more", [1]))
    page.tables["b"][0, "value"] = 3.0
    page.results["b"].frame[0, "value"] = 3.0
    frame.drop_in_place("value")
    assert page["a"].frame.select("numerator", "value").row(0) == (12.0, pytest.approx(1200 / 98))
    assert "more" not in page["a"].frame.columns
    assert page["b"].frame.select("value", "marker").row(0) == (None, "c")


@pytest.mark.parametrize("name", ["tables", "results", "notes"])
def test_the_tables_of_a_release_cannot_be_exchanged(name):
    page = two_tables()
    exact = turnover_of(("South", 3, 98, 104))
    with pytest.raises(TypeError):
        getattr(page, name)["b"] = exact
    with pytest.raises(DisclosureError, match="cannot be changed"):
        setattr(page, name, {"b": exact})
    with pytest.raises(DisclosureError, match="cannot be changed"):
        delattr(page, "rule")
    assert page["b"].frame["marker"].to_list() == ["c"]


def test_the_frame_that_was_released_can_be_changed_afterwards_without_changing_the_release():
    table = turnover_of(("North", 12, 98, 104))
    page = release(table, "internal")
    table.frame[0, "numerator"] = 99.0
    assert page.frame["numerator"].to_list() == [12.0]


def counted(unit, *numbers, by=()):
    """What an organisation counted of one name in a unit of its own."""
    rows = pl.DataFrame({"numerator": [float(n) for n in numbers]}).with_columns(
        organisation=pl.lit("council"),
        measure=pl.lit("reached"),
        definition=pl.lit("by the service"),
        unit=pl.lit(unit),
        over_time=pl.lit("sum"),
        period_start=pl.lit(date(2022, 4, 1)),
        period_end=pl.lit(date(2023, 3, 31)),
    )
    return wf.counts.table(records(counts=rows), by=by)


def test_two_counts_of_one_name_and_different_kinds_are_withheld_each_by_its_own_definition():
    people, sessions = counted("people", 3), counted("sessions", 3)
    assert [d.numerator.kind for d in people.definitions] == ["people"]
    assert [d.numerator.kind for d in sessions.definitions] == ["posts"]
    for page in (release({"p": people, "s": sessions}), release({"s": sessions, "p": people})):
        assert page["p"].frame.select("numerator", "value", "marker").row(0) == (None, None, "c")
        assert page["s"].frame.select("numerator", "value", "marker").row(0) == (3.0, 3.0, None)
    # as "people" first, then the same names as "sessions": the first is still of people
    assert release(people).frame["marker"].to_list() == ["c"]
    assert release(sessions).frame["marker"].to_list() == [None]


def test_rows_that_are_not_available_keep_their_marker_and_the_reason():
    nothing = wf.staffing.turnover(records(), wf.year_to("2023-03"), definition="average")
    page = release({"turnover": nothing, "t": turnover_of(("North", 12, 98, 104))})
    assert page["turnover"].frame.select("value", "marker").row(0) == (None, "x")
    assert page["turnover"].result.reasons == ("staff are not recorded",)


def test_the_definition_and_groups_of_a_result_stay_with_what_was_released():
    table = turnover_of(("North", 12, 98, 104))
    shown = release(table)
    assert isinstance(shown.result, MeasureTable)
    assert (shown.result.definitions, shown.result.groups) == (table.definitions, ("team",))


def test_different_definitions_under_one_name_are_not_stacked():
    with pytest.raises(UsageError, match="two tables mean different things"):
        stacked([counted("people", 30), counted("sessions", 30)])


def staying(count, exits):
    return pl.DataFrame({"entry": [0] * count, "exit": exits, "event": [True] * count})


def test_a_curve_steps_in_blocks_so_that_no_step_is_one_person():
    released = release(life_table(staying(60, list(range(5, 305, 5)))))
    steps = released.frame.filter(pl.col("left") > 0)
    assert steps["time"].to_list() == [
        30,
        60,
        90,
        120,
        150,
        180,
        210,
        240,
    ]  # one leaves every five days: six in 30 days
    assert steps["left"].to_list() == [9.0] + [6.0] * 7  # the first six are shown as the middle of 6 to 11
    assert steps["at_risk"].min() >= 10


def test_a_block_steps_at_its_last_leaver_and_a_block_that_is_not_full_does_not():
    shown = release(life_table(staying(40, [10] * 5 + [100] + [200] * 5 + [400] * 29))).frame
    assert shown.filter(pl.col("left") > 0).select("time", "left").rows() == [(120, 9.0)]
    assert shown["time"].to_list() == [0, 120, 390]  # 29 leave on day 400, after the last day of the grid


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_nothing_of_a_curve_is_shown_where_fewer_than_ten_are_at_risk(rule):
    late = pl.DataFrame({"entry": [0] * 9 + [31] * 60, "exit": [500 + n for n in range(69)], "event": [True] * 69})
    assert release(life_table(late), rule).frame.select("time", "value", "marker").rows() == [(0, None, "c")]
    in_time = late.with_columns(pl.col("entry").clip(0, 29))
    assert release(life_table(in_time), rule).frame["time"].max() == 540  # ten are at risk on day 559


def test_a_curve_of_seven_people_is_withheld_whole():
    frame = release(life_table(staying(7, list(range(1, 8))))).frame
    assert frame["value"].to_list() == [None]
    assert frame["marker"].to_list() == ["c"]


def monthly(*counts):
    several = wf.months("2022-01", f"{2022 + (len(counts) - 1) // 12}-{(len(counts) - 1) % 12 + 1:02d}")
    sides = pl.DataFrame(
        {
            "period_start": [p.start for p in several],
            "period_end": [p.end for p in several],
            "numerator": [float(c) for c in counts],
            "people": list(counts),
        }
    )
    return measured(sides, "leavers", "left", by=[])


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_what_xmr_adds_tells_nothing_of_a_withheld_month(rule):
    exact = xmr(monthly(*[40, 42, 41, 39, 43, 40, 41, 3, 42, 40, 41, 39, 40, 42]))
    frame = release(exact, rule).frame
    row = frame.row(7, named=True)
    assert (row["marker"], row["value"]) == ("c", None)
    assert row["special_cause"] is row["variation"] is row["centre"] is None
    assert frame["moving_range"].drop_nulls().is_empty()  # the next month's would give the number back
    centre = frame["centre"].drop_nulls().unique().to_list()
    # Even someone who knew the thirteen other months exactly would find every small number in keeping with the mean that is shown.
    others = [40, 42, 41, 39, 43, 40, 41, 42, 40, 41, 39, 40, 42]
    assert [float(f"{(sum(others) + n) / 14:.2g}") for n in range(1, 8)] == centre * 7


def test_what_xmr_adds_is_exact_for_a_management_meeting_where_nothing_is_withheld():
    exact = xmr(monthly(*[40, 42, 41, 39, 43, 40, 41, 38, 42, 40, 41, 39, 40, 42]))
    assert release(exact, "internal").frame["centre"].equals(exact.frame["centre"])


def test_the_change_from_a_withheld_year_does_not_give_it_back():
    sides = pl.DataFrame(
        {
            "period_start": [date(2021, 10, 1), date(2022, 10, 1)],
            "period_end": [date(2022, 9, 30), date(2023, 9, 30)],
            "numerator": [3.0, 34.0],
            "denominator": [20.0, 200.0],
            "people": [23, 230],
        }
    )
    table = measured(sides, "turnover", "dfe", by=[])
    exact = wf.benchmark.compare(table, wf.load_official(), area="Devon")
    assert exact.frame["change"].to_list()[1] == pytest.approx(2.0)
    assert release(exact, "internal").frame["change"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("leavers", "markers"),
    [((20, 0, 0), ""), ((20, 7, 0), ""), ((20, 8, 0), "ooo"), ((20, 9, 9), "ooo")],
)
def test_reasons_of_which_nearly_all_leavers_share_one_are_left_out_together(leavers, markers):
    rows = [(reason, float(n), 200.0, 210) for reason, n in zip("xyz", leavers, strict=True)]
    sides = pl.DataFrame(rows, schema=["leaving_reason", "numerator", "denominator", "people"], orient="row")
    released = release(measured(sides, "turnover", "average", by=["leaving_reason"]))
    assert "".join(marker or "o" for marker in released.frame["marker"]) == markers
    assert released.result.reasons == (() if markers else ("too many of its figures would be withheld",))
    by_team = measured(sides.rename({"leaving_reason": "team"}), "turnover", "average", by=["team"])
    assert release(by_team).frame["marker"].null_count() >= 2  # a team says nothing of a person that others do not know


def test_few_plans_in_time_are_withheld_but_not_what_they_are_out_of():
    sides = pl.DataFrame({"numerator": [4.0], "denominator": [40.0], "people": [40]})
    row = release(measured(sides, "timeliness", "dfe", by=[])).frame.row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"], row["marker"]) == (None, 40.0, None, "c")
    assert (row["printed_low"], row["printed_high"]) == (2.0, 19.0)


def test_a_latest_figure_that_is_a_range_is_that_of_the_title_and_of_the_alternative_text():
    years = [wf.financial_year("2021-22"), wf.financial_year("2022-23")]
    sides = pl.DataFrame(
        {
            "period_start": [y.start for y in years],
            "period_end": [y.end for y in years],
            "numerator": [12.0, 3.0],
            "denominator": [98.0, 98.0],
            "people": [104, 104],
        }
    )
    figure = wf.chart.trend(release(measured(sides, "turnover", "average", by=[])))
    assert figure.title == (
        "Turnover was up to 8% in the year to March 2023 and 7% to 13% in the year to March 2022; change not tested"
    )
    assert "up to 8% in the year to March 2023" in figure.alt
    assert "not shown" not in figure.alt


def test_what_is_released_in_a_notebook_says_that_a_run_looks_at_all_its_pages_together():
    table = turnover_of(("North", 12, 98, 104))
    assert "A run looks at all its pages together" in release(table)._repr_html_()
    assert "A run" not in release(table, "analyst")._repr_html_()
