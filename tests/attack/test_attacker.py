"""The attacker recovers what version 0.1 would have given away, one test for each kind of knowledge, and nothing from what is safe."""

import ast
from pathlib import Path

import pytest

from attack.knowledge import IDENTITIES, Slices
from attack.pages import Reading, period_of, read_page
from attack.sheets import pack, page, sentence, sheet
from attack.solve import Attack, attack, limits

YEAR = "1 April 2022 to 31 March 2023"
LEFT = f"Turnover: people who left in the period for each 100 in post on average, {YEAR}"
SERIES = "Turnover: people who left in the period for each 100 in post on average"
COUNTS = ("Leavers (headcount)", "Average headcount in post", "Turnover (%)")
BANDED = " of the year to 2023-03-31"  # pay quarters are formed anew for each year
MONTHS = ("April", "May", "June", "July", "August", "September", "October", "November", "December")
YEAR_OF_MONTHS = (*(f"{month} 2022" for month in MONTHS), "January 2023", "February 2023", "March 2023")


def reading(*pages: str, rule: str = "internal") -> Reading:
    """What several pages print together."""
    read = Reading(rule=rule)
    for number, html in enumerate(pages):
        read.add(read_page(html, f"page {number}", rule=rule))
    return read


def ranges(outcome: Attack) -> dict[str, tuple[int, int]]:
    """The range of each withheld count, by its quantity and groups."""
    assert not outcome.contradictions
    return {
        " ".join([one.quantity, *(value for _, value in sorted(one.groups))]): (one.least, one.most)
        for one in outcome.recovered
    }


def left(attribute: str, *rows: tuple[str, str], caption: str = LEFT) -> str:
    return sheet(caption, [attribute], COUNTS, [(name, count, "[x]", "[x]") for name, count in rows])


# The attacker stands on published files alone.


def test_the_attacker_imports_nothing_of_the_library():
    folder = Path(__file__).parent
    imported = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert "scipy" in imported
    assert imported & {"workforce", "builders", "partial_areas", "polars"} == set()


# One test for each kind of knowledge.


def test_groups_add_up_to_the_whole():
    read = reading(page(left("Group", ("All", "66")), left("Organisation", ("A", "[c]"), ("B", "22"), ("C", "41"))))
    assert ranges(attack(read)) == {"leavers A": (3, 3)}


def test_rounded_wholes_and_groups_leave_a_narrow_range():
    read = reading(page(left("Group", ("All", "10")), left("Organisation", ("A", "10"), ("B", "[c]"))), rule="board")
    assert ranges(attack(read)) == {"leavers B": (1, 4)}


def test_months_add_up_to_the_year():
    months = [(month, "[c]" if number < 7 else "0", "[x]", "[x]") for number, month in enumerate(YEAR_OF_MONTHS)]
    read = reading(page(sheet(SERIES, ["Period"], COUNTS, months), left("Group", ("All", "[c]"))), rule="board")
    outcome = attack(read)
    assert {(one.least, one.most) for one in outcome.recovered} == {(1, 1), (7, 7)}
    assert len(outcome.recovered) == 8


def test_periods_that_overlap_are_cut_at_their_ends():
    rows = [("1 May 2021 to 30 April 2022", "9", "[x]", "[x]"), ("1 April 2021 to 31 March 2022", "12", "[x]", "[x]")]
    rows += [("April 2022", "0", "[x]", "[x]"), ("April 2021", "[c]", "[x]", "[x]")]
    assert ranges(attack(reading(page(sheet(SERIES, ["Period"], COUNTS, rows))))) == {"leavers": (3, 3)}


def test_the_pages_of_two_months_are_read_together():
    february = page(sheet(SERIES, ["Period"], COUNTS, [("1 March 2022 to 28 February 2023", "20", "[x]", "[x]")]))
    march = page(sheet(SERIES, ["Period"], COUNTS, [(YEAR, "18", "[x]", "[x]"), ("March 2023", "[c]", "[x]", "[x]")]))
    alone = page(sheet(SERIES, ["Period"], COUNTS, [("March 2022", "6", "[x]", "[x]")]))
    assert ranges(attack(reading(march))) == {"leavers": (1, 4)}
    assert ranges(attack(reading(february, march, alone))) == {"leavers": (4, 4)}


def test_all_organisations_are_the_areas_on_the_page_of_one_of_them():
    rows = [("All organisations", "20", "[x]", "[x]")]
    found = reading(pack("The Council", sheet(SERIES, ["Group"], COUNTS, rows)))
    assert {fact.groups for fact in found.facts} == {frozenset()}


def test_groups_and_periods_are_taken_together():
    years = ("1 April 2020 to 31 March 2021", "1 April 2021 to 31 March 2022", YEAR)
    totals = sheet(
        SERIES,
        ["Period"],
        COUNTS,
        [(year, count, "[x]", "[x]") for year, count in zip(years, ("8", "12", "13"), strict=True)],
    )
    reasons = sheet(
        "Reasons for leaving, as recorded",
        ["Leaving reason"],
        ["Leavers"],
        [("Death", "[c]"), ("Resignation", "32")],
        note="Shown over three years: for the year, 1 of 2 figures would be withheld.",
    )
    assert ranges(attack(reading(page(totals, reasons)))) == {"leavers Death": (1, 1)}


def test_organisations_add_up_to_the_same_group_of_the_area():
    area = page(
        left("Organisation", ("A", "12"), ("B", "15")), left("Staff group", ("Social work", "14"), ("Nursing", "13"))
    )
    a = pack("A", left("Staff group", ("Social work", "12")))
    b = pack("B", left("Staff group", ("Social work", "[c]"), ("Nursing", "13")))
    assert ranges(attack(reading(area, a, b))) == {"leavers B Social work": (2, 2)}


def test_a_flow_follows_from_the_stocks_before_and_after_it():
    rows = [
        ("Cases open after the period ended", "January 2023", "30"),
        ("Cases open after the period ended", "February 2023", "24"),
        ("Cases received in the period", "February 2023", "[c]"),
        ("Cases closed in the period", "February 2023", "9"),
    ]
    read = reading(page(sheet("Cases", ["Figure", "Period"], ["Cases (cases)"], rows)))
    assert ranges(attack(read)) == {"cases received": (3, 3)}


def test_headcounts_give_the_leavers_between_them():
    stock = sheet(
        "Headcount", ["Period"], ["People in post on the day"], [("28 February 2023", "60"), ("31 March 2023", "59")]
    )
    flows = sheet("Leavers", ["Period"], ["Leavers (headcount)", "Joiners (headcount)"], [("March 2023", "[c]", "0")])
    assert ranges(attack(reading(page(stock, flows)))) == {"leavers": (1, 1)}


def test_bands_add_up_to_a_total_in_a_sentence():
    bands = [
        ("up to 4 weeks over", "10"),
        ("4 to 13 weeks over", "11"),
        ("13 to 26 weeks over", "8"),
        ("26 to 52 weeks over", "[c]"),
    ]
    table = sheet(
        "Cases past their date: open requests past their date, by weeks over, 31 March 2023",
        ["Band"],
        ["Open requests past their date, by weeks over"],
        bands,
    )
    read = reading(page(table, sentence("On 31 March 2023, 32 requests past their date were waiting.")))
    assert ranges(attack(read)) == {"overdue by weeks 26 to 52 weeks over": (3, 3)}


def test_in_post_is_funded_less_vacant():
    vacancy = sheet(
        "Vacancy rate, 31 March 2023",
        ["Organisation"],
        ["Funded FTE less in-post FTE", "Funded FTE"],
        [("A", "12", "62")],
    )
    agency = sheet(
        "Agency rate, 31 March 2023", ["Organisation"], ["Agency FTE", "Agency and in-post FTE"], [("A", "[c]", "53")]
    )
    a = frozenset({("organisation", "A")})
    low, high = limits(reading(page(vacancy, agency), rule="board"), "agency FTE", a, period_of("31 March 2023"))
    assert low == pytest.approx(1.5)
    assert high == pytest.approx(53.5)  # those seconded out are in post and not counted with the agency workers


def test_full_time_equivalents_are_at_most_people():
    counts = sheet(
        LEFT,
        ["Organisation"],
        ["Leavers (headcount)", "Average headcount in post"],
        [("A", "[x]", "10"), ("B", "[x]", "[c]")],
    )
    days = sheet(f"Sickness absence, {YEAR}", ["Organisation"], ["Average FTE in post"], [("A", "11"), ("B", "[x]")])
    read = reading(page(counts, days), rule="board")
    low, _ = limits(read, "mean headcount", frozenset({("organisation", "A")}), period_of(YEAR))
    assert low == pytest.approx(10.5)


def test_a_part_is_at_most_the_whole():
    plans = ("Plans issued in time", "Plans issued")
    caption = f"EHC plans issued within 20 weeks, {YEAR}"
    total = sheet(caption, ["Group"], plans, [("All", "12", "[x]")])
    parts = sheet(caption, ["Organisation"], plans, [("A", "[c]", "20"), ("B", "[x]", "8")])
    listed = sheet(f"Plans, {YEAR}", ["Organisation"], plans[:1], [("A", "[c]"), ("B", "5 to 60")])
    assert ranges(attack(reading(page(total, parts, listed)))) == {"plans in time A": (4, 4)}


def test_whoever_was_there_at_the_opening_and_not_at_the_close_has_left():
    stability = sheet(
        f"Stability, {YEAR}",
        ["Organisation"],
        ["Still in post at the close", "In post at the opening"],
        [("A", "56", "60")],
    )
    read = reading(page(stability, left("Organisation", ("A", "[c]"), ("B", "30"))))
    assert ranges(attack(read)) == {"leavers A": (4, 4)}


def test_an_opening_is_the_headcount_of_the_day_before():
    stability = sheet(
        f"Stability, {YEAR}",
        ["Organisation"],
        ["Still in post at the close", "In post at the opening"],
        [("A", "56", "[x]")],
    )
    stock = sheet(
        "Headcount", ["Organisation", "Period"], ["People in post on the day"], [("A", "31 March 2022", "60")]
    )
    read = reading(page(stability, stock, left("Organisation", ("A", "[c]"), ("B", "30"))))
    assert ranges(attack(read)) == {"leavers A": (4, 4)}


def test_those_who_stayed_are_in_post_at_the_close():
    stability = sheet(
        f"Stability, {YEAR}",
        ["Organisation"],
        ["Still in post at the close", "In post at the opening"],
        [("A", "56", "60")],
    )
    stock = sheet(
        "Headcount", ["Organisation", "Period"], ["People in post on the day"], [("A", "31 March 2023", "5 to 90")]
    )
    a = frozenset({("organisation", "A")})
    assert limits(reading(page(stability, stock)), "headcount", a, period_of("31 March 2023")) == (56, 90)


def test_means_of_parts_of_a_period_add_up_by_their_days():
    halves = ("1 April 2022 to 30 September 2022", "1 October 2022 to 31 March 2023")
    rows = [(YEAR, "[x]", "100.0", "[x]"), (halves[0], "[x]", "80.0", "[x]")]
    read = reading(page(sheet(SERIES, ["Period"], COUNTS, rows)))
    low, high = limits(read, "mean headcount", frozenset(), period_of(halves[1]))
    assert (low, high) == pytest.approx(((365 * 99.95 - 183 * 80.05) / 182, (365 * 100.05 - 183 * 79.95) / 182))


def test_a_share_of_a_closed_group_is_printed_only_where_the_others_are_not_few():
    stability = sheet(
        f"Stability, {YEAR}",
        ["Organisation"],
        ["Still in post at the close", "In post at the opening", "Stability (%)"],
        [("A", "90", "100", "90%")],
    )
    a, year = frozenset({("organisation", "A")}), period_of(YEAR)
    assert limits(reading(page(stability), rule="board"), "leavers", a, year)[0] == 8
    without = reading(page(stability.replace("90%", "[x]")), rule="board")
    assert limits(without, "leavers", a, year)[0] == 6


def test_a_rate_whose_sides_are_not_printed_gives_its_numerator():
    rates = sheet(SERIES, ["Period"], ["Turnover (% a year)"], [("March 2023", "36.0%")])
    sides = sheet(SERIES, ["Period"], COUNTS, [("March 2023", "[c]", "[x]", "[x]"), (YEAR, "[x]", "100.0", "[x]")])
    assert ranges(attack(reading(page(rates, sides)))) == {"leavers": (3, 3)}


def test_shares_by_group_give_their_numerators_and_add_up():
    rows = [
        ("Pay", "8.0%", "20.0%"),
        ("Health", "[c]", "0.0%"),
        ("Workload", "90.0%", "80.0%"),
        ("Interviewed", "100", "50"),
    ]
    caption = "Main reason that leavers gave, by pay quarter"
    read = reading(page(sheet(caption, ["Reason"], ["Q1 (lowest paid)", "Q2"], rows)))
    assert ranges(attack(read)) == {f"interviewed for a reason Q1 (lowest paid){BANDED} Health": (2, 2)}


def test_people_in_roles_are_at_most_the_people_in_post():
    roles = sheet(
        "Median hourly pay by role, 31 March 2023",
        ["Role"],
        ["People in the role"],
        [("Nurse", "10"), ("Clerk", "[c]")],
    )
    stock = sheet("Headcount", ["Period"], ["People in post on the day"], [("31 March 2023", "10")])
    assert ranges(attack(reading(pack("A", roles, stock), rule="board"))) == {"people in the role A Clerk": (1, 4)}


def test_rows_that_break_several_rules_are_at_most_the_sum_of_the_rules():
    keys = ["Organisation", "Source", "Table"]
    by_file = sheet(
        "Rows read and refused, by file",
        keys,
        ["Rows read", "Rows refused"],
        [("A", "staff.csv", "assignments", "200", "14")],
    )
    rules = [
        ("A", "staff.csv", "assignments", "End before start", "10"),
        ("A", "staff.csv", "assignments", "Fte", "[c]"),
    ]
    by_rule = sheet("Rows refused, by file and rule", [*keys, "Rule"], ["Rows"], rules)
    assert ranges(attack(reading(page(by_file, by_rule)))) == {"rows refused by rule A Fte staff.csv": (4, 4)}


def test_a_note_on_what_would_be_withheld_is_read_as_small_counts():
    table = sheet(
        f"{SERIES}, 1 April 2020 to 31 March 2023",
        ["Pay quarter"],
        COUNTS,
        [("Q1", "20", "20", "[x]"), ("Q2", "20", "20", "[x]")],
        note="Shown over three years: for the year, 2 of 2 figures would be withheld.",
    )
    outcome = attack(reading(page(table, left("Group", ("All", "15"))), rule="board"))
    assert ranges(outcome) == {f"leavers Q1{BANDED}": (6, 7), f"leavers Q2{BANDED}": (6, 7)}


def test_pay_quarters_of_two_years_are_not_the_same_groups():
    caption = f"{SERIES}, 1 April 2020 to 31 March 2022"
    earlier = pack("A", left("Pay quarter", ("Q1", "[c]"), caption=caption))
    later = pack("A", left("Pay quarter", ("Q1", "15"), caption=f"{SERIES}, 1 April 2020 to 31 March 2023"))
    assert set(ranges(attack(reading(earlier, later, rule="board"))).values()) == {(1, 7)}


def test_a_row_that_is_withheld_on_both_sides_may_be_one_of_nobody():
    rows = [("A", "[c]", "[c]", "[c]", ""), ("B", "[c]", "20", "[c]", ""), ("C", "[c]", "[c]", "[c]", "")]
    table = sheet(LEFT, ["Staff group"], [*COUNTS, "95% limits"], rows)
    read = reading(page(left("Group", ("All", "[c]")), table), rule="board")
    outcome = attack(read)
    assert ranges(outcome) == {"leavers": (1, 7), "leavers B": (1, 7)}


def test_cases_that_few_workers_hold_are_not_few_cases():
    rows = [("A", "[c]", "[c]", "[c]"), ("B", "200", "10", "20")]
    columns = ("Open cases held", "FTE of caseworkers who hold cases", "Caseload (cases per FTE)")
    read = reading(page(sheet("Caseload: open cases, 31 March 2023", ["Staff group"], columns, rows)), rule="board")
    assert attack(read).recovered == []


def test_a_sum_of_days_that_is_what_is_left_is_known_to_a_few_days():
    days = ("FTE working days lost", "Average FTE in post", "Sickness absence (days per FTE)")
    caption = f"Sickness absence: working days lost to sickness for each full-time equivalent, {YEAR}"
    total = sheet(caption, ["Group"], days, [("All", "500", "60", "8.3")])
    parts = sheet(caption, ["Locality"], days, [("North", "450", "50", "9.0"), ("South", "[c]", "[c]", "[c]")])
    (known,) = attack(reading(page(total, parts), rule="board")).near(0.15)
    assert (known.least, known.most) == pytest.approx((49, 51))


def test_values_between_the_ends_are_tried_one_by_one():
    rows = [("A", "[c]"), ("B", "0")]
    read = reading(page(left("Group", ("All", "[c]")), left("Organisation", *rows)), rule="board")
    outcome = attack(read, between=True)
    assert outcome.gaps == []
    assert set(ranges(outcome).values()) == {(1, 7)}


# What contradicts the attacker's knowledge is said.


def test_printed_numbers_that_cannot_be_true_together_are_named():
    tables = (left("Group", ("All", "66")), left("Organisation", ("A", "[c]"), ("B", "22"), ("C", "48")))
    outcome = attack(reading(page(*tables)))
    assert outcome.contradictions
    assert "page 0" in outcome.contradictions[0]


def test_a_mark_that_cannot_be_that_of_a_small_count_is_a_secondary_figure():
    tables = (left("Group", ("All", "66")), left("Organisation", ("A", "[c]"), ("B", "22"), ("C", "[c]")))
    outcome = attack(reading(page(*tables)))
    assert outcome.contradictions == []
    assert len(outcome.secondary) == 2  # that it has to be one, and what it can be
    assert [(one.least, one.most) for one in outcome.recovered] == [(1, 4)]


# Safe tables stay safe.


@pytest.mark.parametrize("total", ["20", "25"])
def test_in_a_safe_rounded_table_each_count_keeps_five_values(total):
    rows = (("A", "[c]"), ("B", "[c]"), ("C", "15"))
    read = reading(page(left("Group", ("All", total)), left("Organisation", *rows)), rule="board")
    outcome = attack(read)
    assert not outcome.contradictions
    assert [one.values >= 5 for one in outcome.recovered] == [True, True]
    assert outcome.below(5) == []


def test_two_figures_that_are_withheld_together_protect_each_other():
    rows = (("A", "[c]"), ("B", "[c]"), ("C", "41"))
    outcome = attack(reading(page(left("Group", ("All", "46")), left("Organisation", *rows))))
    assert ranges(outcome) == {"leavers A": (1, 4), "leavers B": (1, 4)}


def test_a_mark_that_is_known_to_be_secondary_has_no_upper_end():
    rows = (("A", "[c]"), ("B", "[c]"), ("C", "41"))
    read = reading(page(left("Group", ("All", "48")), left("Organisation", *rows)))
    assert ranges(attack(read)) == {"leavers A": (3, 4), "leavers B": (3, 4)}
    b = ("leavers", frozenset({("organisation", "B")}), period_of(YEAR))
    assert ranges(attack(read, secondary={b})) == {"leavers A": (1, 4)}


def test_less_knowledge_recovers_less():
    read = reading(page(left("Group", ("All", "66")), left("Organisation", ("A", "[c]"), ("B", "22"), ("C", "41"))))
    only_periods = [one for one in IDENTITIES if isinstance(one, Slices)]
    assert ranges(attack(read, identities=only_periods)) == {"leavers A": (1, 4)}


def test_rates_from_printed_counts_change_no_range():
    rows = [("A", "[c]", "70", "1% to 11%"), ("B", "[c]", "60", "1% to 13%"), ("C", "15", "150", "8% to 12%")]
    read = reading(page(left("Group", ("All", "25")), sheet(LEFT, ["Organisation"], COUNTS, rows)), rule="board")
    assert ranges(attack(read)) == ranges(attack(read, rates=True))


def test_exact_rates_would_narrow_a_range():
    rows = [("A", "[c]", "70", "4.0% to 4.6%"), ("B", "[c]", "60", "1% to 13%"), ("C", "15", "150", "8% to 12%")]
    read = reading(page(left("Group", ("All", "25")), sheet(LEFT, ["Organisation"], COUNTS, rows)), rule="board")
    assert ranges(attack(read, rates=True))["leavers A"] == (3, 3)
