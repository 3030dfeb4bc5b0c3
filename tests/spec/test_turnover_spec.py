"""Who is in post, who left and who joined: the awkward cases of real staff records, each drawn as a few rows."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import load_settings, staff
from workforce import calendar_year, census_year, financial_year, months
from workforce.errors import UsageError

MARCH = wf.month("2023-03")


def turnover(records, periods, **options):
    return wf.staffing.turnover(records, periods, **options).frame


def stability(records, periods, **options):
    return wf.staffing.stability(records, periods, **options).frame


def headcount(records, on, **options):
    return wf.staffing.headcount(records, on, **options).frame


def joiners(records, periods, **options):
    return wf.staffing.joiners(records, periods, **options).frame


def leavers(records, periods, **options):
    return wf.staffing.leavers(records, periods, **options).frame


def left(records, period=MARCH, **options):
    return turnover(records, period, definition="average", **options)["numerator"].to_list()


def test_someone_who_leaves_on_the_last_day_left_in_that_month():
    team = staff(
        """person_id start_date end_date   fte
           a         2020-01-01 2023-03-31 1.0""",
    )
    assert left(team, months("2023-03", "2023-04")) == [1.0, 0.0]
    assert headcount(team, [date(2023, 3, 31), date(2023, 4, 1)])["value"].to_list() == [1.0, 0.0]


def test_coming_back_within_a_full_week_is_not_leaving_and_after_it_is():
    team = staff(
        """person_id start_date end_date   fte
           within    2020-01-01 2023-03-10 1.0
           within    2023-03-17 .          1.0
           after     2020-01-01 2023-03-10 1.0
           after     2023-03-18 .          1.0""",
    )
    assert left(team) == [1.0]
    assert joiners(team, MARCH)["value"].item() == 1.0
    assert headcount(team, date(2023, 3, 14))["value"].item() == 1.0  # the gap's days count as present, within the week
    assert headcount(team, date(2023, 3, 14), basis="fte")["value"].item() == 0.0  # but not in FTE


def test_two_posts_at_once_are_one_person_with_the_sum_of_the_fte():
    team = staff(
        """person_id start_date end_date   fte team
           a         2020-01-01 .          0.4 North
           a         2021-01-01 2023-03-15 0.5 South""",
    )
    days = [date(2023, 3, 1), date(2023, 3, 31)]
    assert headcount(team, days)["value"].to_list() == [1.0, 1.0]
    assert headcount(team, days, basis="fte")["value"].to_list() == [0.9, 0.4]
    assert headcount(team, days[0], by=["team"])["value"].to_list() == [0.0, 1.0]  # counted under the larger post
    assert left(team) == [0.0]
    assert left(team, scope="team") == [1.0]


def test_agency_to_permanent_is_a_joiner_and_permanent_to_agency_a_leaver():
    team = staff(
        """person_id start_date end_date   fte employment
           in        2022-01-01 2023-03-09 1.0 agency
           in        2023-03-10 .          1.0 employed
           out       2020-01-01 2023-03-09 1.0 employed
           out       2023-03-10 .          1.0 agency
           bank      2023-03-01 2023-03-20 1.0 bank""",
    )
    assert left(team) == [1.0]
    assert joiners(team, MARCH)["value"].item() == 1.0
    assert headcount(team, date(2023, 3, 31))["value"].item() == 1.0


def test_a_transfer_to_a_partner_is_a_loss_to_the_organisation_and_not_to_the_area():
    team = staff(
        """organisation person_id start_date end_date   fte
           council      a         2020-01-01 2023-03-10 1.0
           trust        a         2023-03-13 .          1.0"""
    )
    assert left(team) == [1.0]
    assert left(team, scope="area") == [0.0]
    assert joiners(team, MARCH, scope="area")["value"].item() == 0.0
    assert stability(team, MARCH)["value"].item() == 0.0
    assert stability(team, MARCH, scope="area")["value"].item() == 100.0


def test_moving_team_is_leaving_the_team_and_not_the_organisation():
    team = staff(
        """person_id start_date end_date   fte team
           a         2020-01-01 2023-03-10 1.0 North
           a         2023-03-11 .          1.0 South""",
    )
    assert left(team) == [0.0]
    table = turnover(team, MARCH, definition="average", scope="team", by=["team"])
    assert table["numerator"].to_list() == [1.0, 0.0]
    assert joiners(team, MARCH, scope="team", by=["team"])["value"].to_list() == [0.0, 1.0]
    assert table["denominator"].to_list() == pytest.approx([10 / 31, 21 / 31])


def test_giving_up_a_second_post_in_a_team_is_leaving_that_team_with_the_hours_there():
    team = staff(
        """person_id start_date end_date   fte team
           a         2020-01-01 .          0.6 North
           a         2020-01-01 2023-03-15 0.4 South
           b         2020-01-01 .          1.0 South""",
    )
    heads, hours = (
        turnover(team, MARCH, definition="average", scope="team", by=["team"], basis=basis)
        for basis in ("headcount", "fte")
    )
    assert heads["numerator"].to_list() == [0.0, 1.0]
    assert heads["denominator"].to_list() == pytest.approx([1, 1 + 15 / 31])
    assert heads["people"].to_list() == [1, 2]
    assert hours["numerator"].to_list() == [0.0, 0.4]
    assert leavers(team, MARCH, scope="team")["value"].item() == 1.0
    assert stability(team, MARCH, scope="team", by=["team"])["value"].to_list() == [100.0, 50.0]
    assert left(team) == [0.0]


@pytest.mark.parametrize("scope", ["team", "role", "staff_group"])
def test_moving_hours_between_two_posts_that_go_on_is_neither_leaving_nor_joining(scope):
    team = staff(
        f"""person_id start_date end_date   fte {scope}
           a          2020-01-01 2023-03-15 0.6 North
           a          2023-03-16 .          0.4 North
           a          2020-01-01 2023-03-15 0.4 South
           a          2023-03-16 .          0.6 South""",
    )
    assert left(team, scope=scope, by=[scope]) == [0.0, 0.0]
    assert joiners(team, MARCH, scope=scope, by=[scope])["value"].to_list() == [0.0, 0.0]
    assert stability(team, MARCH, scope=scope)["value"].item() == 100.0
    assert turnover(team, MARCH, definition="average", scope=scope)["people"].item() == 1  # one person in two of them


def test_between_two_teams_nobody_is_in_either_while_they_are_in_the_organisation():
    team = staff(
        """person_id start_date end_date   fte team
           a         2020-01-01 2023-03-10 1.0 North
           a         2023-03-14 .          1.0 South""",
    )
    in_teams = turnover(team, MARCH, definition="average", scope="team", by=["team"])
    assert in_teams["denominator"].to_list() == pytest.approx([10 / 31, 18 / 31])
    assert turnover(team, MARCH, definition="average")["denominator"].item() == 1.0


def test_somebody_in_two_teams_who_leaves_both_is_two_leavers_of_teams_and_one_person():
    team = staff(
        """person_id start_date end_date   fte team
           a         2020-01-01 2023-03-10 0.5 North
           a         2020-01-01 2023-03-20 0.5 South""",
    )
    counted = leavers(team, MARCH, scope="team")
    assert counted.select("value", "people").rows() == [(2.0, 1)]
    assert leavers(team, MARCH)["value"].item() == 1.0


def test_a_leaver_of_the_area_takes_the_hours_of_all_employers():
    team = staff(
        """organisation person_id start_date end_date   fte
           council      a         2020-01-01 2023-03-10 0.6
           trust        a         2020-01-01 2023-03-10 0.4
           trust        b         2020-01-01 .          1.0""",
    )
    assert turnover(team, MARCH, definition="average", scope="area", basis="fte")["numerator"].item() == 1.0
    assert left(team, scope="area") == [1.0]
    assert left(team) == [2.0]  # of two employers


def test_dfe_counts_secondment_out_and_career_breaks_as_leaving_and_parental_leave_as_staying():
    team = staff(
        """person_id start_date end_date   fte status
           sent      2018-01-01 2022-05-31 1.0 active
           sent      2022-06-01 .          1.0 seconded_out
           break     2018-01-01 2022-05-31 1.0 active
           break     2022-06-01 .          1.0 career_break
           parent    2018-01-01 2022-05-31 1.0 active
           parent    2022-06-01 .          1.0 parental_leave
           stayed    2018-01-01 .          1.0 active""",
    )
    row = turnover(team, census_year("2021-22"), definition="dfe").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"]) == (2.0, 2.0, 100.0)
    assert left(team, census_year("2021-22")) == [0.0]


def test_dfe_leaves_out_whoever_joined_and_left_inside_the_year():
    team = staff(
        """person_id start_date end_date   fte
           brief     2021-11-01 2022-03-31 1.0
           left      2019-11-01 2022-03-31 0.5
           stayed    2018-01-01 .          1.0""",
    )
    year = census_year("2021-22")
    assert turnover(team, year, definition="dfe")["numerator"].item() == 1.0
    assert turnover(team, year, definition="dfe", basis="fte").row(0, named=True)["value"] == 50.0
    assert turnover(team, year, definition="nhs")["numerator"].item() == 2.0


def test_dfe_turnover_is_for_a_year_and_no_turnover_has_a_default():
    team = staff("person_id start_date fte\na 2020-01-01 1.0")
    with pytest.raises(UsageError, match="for a year"):
        turnover(team, MARCH, definition="dfe")
    with pytest.raises(TypeError):
        turnover(team, MARCH)
    with pytest.raises(UsageError, match='did you mean "nhs"'):
        turnover(team, MARCH, definition="nsh")


def test_nhs_turnover_is_over_the_mean_of_the_opening_and_closing_headcount():
    team = staff(
        """person_id start_date end_date   fte
           a         2020-01-01 2022-06-30 1.0
           b         2020-01-01 .          1.0
           c         2022-02-01 .          1.0
           d         2022-03-01 .          1.0""",
    )
    row = turnover(team, calendar_year("2022"), definition="nhs").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"]) == (1.0, 2.5, 40.0)


def test_an_organisation_whose_records_do_not_cover_the_period_leaves_both_sides_by_name():
    team = staff(
        """organisation person_id start_date end_date   fte observed_from
           council      a         2020-01-01 2023-03-10 1.0 2017-04-01
           council      b         2020-01-01 .          1.0 2017-04-01
           trust        c         2020-01-01 .          1.0 2023-03-15"""
    )
    whole = turnover(team, MARCH, definition="average").row(0, named=True)
    assert (whole["numerator"], whole["left_out"]) == (1.0, ["trust"])
    assert whole["denominator"] == pytest.approx((10 + 31) / 31)
    parts = turnover(team, MARCH, definition="average", by=["organisation"])
    assert parts["marker"].to_list() == [None, "x"]
    assert parts["value"].to_list()[1] is None


def test_voluntary_keeps_resignations_and_an_unknown_reason_is_shown_as_unknown():
    team = staff(
        """person_id start_date end_date   fte leaving_reason
           a         2020-01-01 2023-03-10 1.0 resignation
           b         2020-01-01 2023-03-10 1.0 retirement
           c         2020-01-01 2023-03-10 1.0 .""",
    )
    assert left(team, reasons="voluntary") == [1.0]
    reasons = leavers(team, MARCH, by=["leaving_reason"])
    assert dict(zip(reasons["leaving_reason"], reasons["value"], strict=True)) == {
        "resignation": 1.0,
        "retirement": 1.0,
        "unknown": 1.0,
    }


def test_a_rate_over_less_than_a_year_is_annualised_only_when_asked():
    team = staff(
        """person_id start_date end_date   fte
           a         2020-01-01 2023-03-31 1.0
           b         2020-01-01 .          1.0""",
    )
    plain = turnover(team, MARCH, definition="average").row(0, named=True)
    yearly = turnover(team, MARCH, definition="average", annualised=True).row(0, named=True)
    assert (plain["value"], plain["unit"]) == (50.0, "%")
    assert (yearly["value"], yearly["unit"]) == (pytest.approx(50 * 365.25 / 31), "% a year")


def test_annualising_gives_the_rates_of_dfes_attrition_estimates():
    # DfE, Children's social work workforce: attrition, caseload and agency workforce 2021: leavers (FTE) over 32,502 FTE in post.
    for leavers_fte, days, published in ((4994.5, 365, 15.4), (2300.5, 182, 14.2), (420.0, 31, 15.2)):
        assert round(100 * leavers_fte * 365.25 / days / 32502, 1) == published


def test_turnover_by_average_headcount_gives_the_published_worked_examples():
    # slidegur.com/doc/2255/turnover-indices: 9 of 50 is 18.0 %, 10 of 60 is 16.67 %.
    for count, in_post, published in ((9, 50, 18.0), (10, 60, 16.666666666666668)):
        rows = [f"p{n} 2020-01-01 {'2023-03-31' if n < count else '.'} 1.0" for n in range(in_post)]
        team = staff("person_id start_date end_date fte\n" + "\n".join(rows))
        assert turnover(team, MARCH, definition="average")["value"].item() == pytest.approx(published)


def test_a_rate_over_person_time_agrees_with_an_independent_program():
    # Eight spells by financial year, worked in base R 4.2.2 (person-days and leavers; the last day worked is a day in post).
    team = staff(
        """person_id start_date end_date   fte
           1         2019-03-01 2021-08-31 1.0
           2         2020-06-15 .          1.0
           3         2021-01-04 2021-12-31 1.0
           4         2018-09-01 .          1.0
           5         2021-11-22 2022-05-20 1.0
           6         2022-02-28 .          1.0
           7         2020-02-29 2022-09-30 1.0
           8         2022-07-01 2022-12-24 1.0""",
    )
    years = [financial_year(y) for y in ("2020-21", "2021-22", "2022-23")]
    table = turnover(team, years, definition="average", annualised=True)
    days = [round(d * p.days) for d, p in zip(table["denominator"], years, strict=True)]
    assert days == [1472, 1685, 1505]
    assert table["numerator"].to_list() == [0.0, 2.0, 3.0]
    assert table["value"].to_list() == pytest.approx([0.0, 43.353115727003, 72.8073089700997], abs=1e-9)
    assert table["lower"].to_list() == pytest.approx([0.0, 5.2502634414352, 15.0146174676158], abs=1e-9)
    assert table["upper"].to_list() == pytest.approx([91.5328274874399, 156.606360275144, 212.773853071321], abs=1e-9)
    assert table["method"].to_list() == ["exact"] * 3


def test_the_whole_history_at_once_is_the_same_as_one_period_at_a_time():
    team = staff(
        """person_id start_date end_date   fte team
           a         2020-01-01 2022-08-10 1.0 North
           b         2021-05-01 .          0.5 South
           c         2022-02-01 2022-02-28 0.8 North""",
    )
    together = turnover(team, months("2021-01", "2022-12"), definition="nhs", by=["team"])
    assert len(together) == 48
    for period in months("2021-01", "2022-12"):
        alone = turnover(team, wf.Period(period.start, period.end), definition="nhs", by=["team"])
        assert alone.equals(together.filter(together["period_start"] == period.start))


def test_stability_gives_the_published_worked_example():
    # Armstrong's handbook as quoted in the reference values: 68 of the 80 who were there a year ago are still there, 85 %. Here both forms
    # agree, because nobody came back.
    rows = [f"p{n} 2020-01-01 {'.' if n < 68 else '2022-10-01'} 1.0" for n in range(80)]
    rows += [f"new{n} 2022-06-01 . 1.0" for n in range(9)]  # joiners count on neither side
    team = staff("person_id start_date end_date fte\n" + "\n".join(rows))
    row = stability(team, financial_year("2022-23")).row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"]) == (68.0, 80.0, 85.0)


def test_leaving_and_coming_back_counts_as_staying():
    team = staff(
        """person_id start_date end_date   fte
           a         2020-01-01 2022-06-30 1.0
           a         2022-09-01 .          1.0
           b         2020-01-01 2022-06-30 1.0""",
    )
    assert stability(team, financial_year("2022-23"))["value"].item() == 50.0


def test_leavers_of_the_last_seven_days_of_the_records_are_marked_as_provisional():
    team = staff(
        """organisation person_id start_date end_date   fte observed_to
           council      a         2020-01-01 2023-03-25 1.0 2023-03-31
           council      b         2020-01-01 .          1.0 2023-03-31
           trust        c         2020-01-01 .          1.0 2023-06-30
           charity      d         2020-01-01 .          1.0 .""",
    )
    periods = [wf.month("2023-02"), MARCH, wf.Period(date(2023, 3, 1), date(2023, 3, 24)), wf.month("2023-06")]
    for table in (
        wf.staffing.turnover(team, periods, definition="average"),
        wf.staffing.leavers(team, periods),
        wf.staffing.first_year_leavers(team, periods),
    ):
        assert table.added == ("provisional",)
        assert dict(table.frame.select("period_end", "provisional").rows()) == {
            date(2023, 2, 28): None,
            date(2023, 3, 24): None,
            date(2023, 3, 31): "from 25 March 2023",
            date(2023, 6, 30): "from 24 June 2023",  # of the trust; the council's records end before and are left out
        }
    by_organisation = turnover(team, MARCH, definition="average", by=["organisation"])
    assert by_organisation.select("organisation", "provisional").rows() == [
        ("charity", None),  # nothing says where its records end
        ("council", "from 25 March 2023"),
        ("trust", None),
    ]


TWO_EMPLOYERS = """organisation person_id start_date end_date   fte role observed_to
                   council      a         2015-01-01 .          0.6 EP   2023-03-31
                   nhs          a         2015-01-01 2022-12-31 0.4 OT   2022-12-31
                   nhs          b         2015-01-01 .          1.0 OT   2022-12-31
                   schools      c         2015-01-01 .          0.5 TA   2023-03-31"""


COLUMNS = 'columns = { person_id = "Number", start_date = "From", end_date = "To", fte = "FTE", role = "Role" }'


def with_schemes(tmp_path, frame, **schemes):
    """Records of the frame with settings in which each organisation has the scheme of staff numbers, or its own where it is None."""
    lines = ['[area]\nname = "Test"\nslug = "test"\nmonth = "2023-03"\nfictional = true']
    for slug, scheme in schemes.items():
        lines.append(f'[organisations.{slug}]\nname = "The {slug}"\nkind = "council"')
        lines += [f'id_scheme = "{scheme}"'] if scheme else []
        lines.append(f'[[organisations.{slug}.files]]\npath = "{slug}.csv"\ntable = "assignments"\n{COLUMNS}')
    path = tmp_path / "area.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return wf.Records(assignments=frame, settings=load_settings(path))


def test_somebody_with_two_employers_is_one_of_each_and_one_person_in_the_area():
    records = staff(TWO_EMPLOYERS)
    day = date(2022, 12, 31)
    assert headcount(records, day)["value"].item() == 4.0
    assert wf.staffing.people_in_area(records, day).frame["value"].item() == 3.0
    assert turnover(records, calendar_year("2022"), definition="average")["denominator"].item() == 4.0
    by_role = wf.staffing.people_in_area(records, day, by="role").frame.select("role", "value", "people")
    assert by_role.rows() == [("EP", 1.0, 1), ("OT", 1.0, 1), ("TA", 1.0, 1)]  # under the main post in the area
    in_each = next(d for d in wf.staffing.headcount(records, day).definitions)
    assert in_each.formula == "people in post on the day, a person with two employers once in each"


def test_an_organisation_whose_records_do_not_cover_the_day_is_left_out_of_the_people_in_the_area():
    days = [date(2022, 12, 31), date(2023, 3, 31), date(2023, 6, 30)]
    rows = wf.staffing.people_in_area(staff(TWO_EMPLOYERS), days).frame
    assert rows.select("period_end", "value", "marker", "left_out").rows() == [
        (days[0], 3.0, None, []),
        (days[1], 2.0, None, ["nhs"]),
        (days[2], None, "x", ["council", "nhs", "schools"]),
    ]


def test_people_in_the_area_are_linked_where_organisations_share_staff_numbers(tmp_path):
    frame, day = staff(TWO_EMPLOYERS).assignments, date(2022, 12, 31)
    linked = with_schemes(tmp_path, frame, council="partnership", nhs="partnership", schools="partnership")
    table = wf.staffing.people_in_area(linked, day)
    assert (table.frame["value"].item(), table.reasons) == (3.0, ())
    in_part = with_schemes(tmp_path, frame, council="partnership", nhs="partnership", schools=None)
    table = wf.staffing.people_in_area(in_part, day)
    sentence = (
        "staff numbers of The schools are shared with nobody, so people who also work elsewhere are counted twice"
    )
    assert (table.frame["value"].item(), table.reasons) == (3.0, (sentence,))
    apart = with_schemes(tmp_path, frame, council=None, nhs=None, schools=None)
    table = wf.staffing.people_in_area(apart, day, by=["role"])
    assert table.frame.select("role", "value", "marker").rows() == [(None, None, "x")]
    assert table.reasons == ("no two organisations share staff numbers, so people with two employers cannot be told",)
    alone = with_schemes(tmp_path, frame.filter(pl.col("organisation") == "council"), council=None)
    assert wf.staffing.people_in_area(alone, day).frame["value"].item() == 1.0


def test_people_in_the_area_are_not_counted_by_organisation():
    with pytest.raises(UsageError, match="over organisations"):
        wf.staffing.people_in_area(staff(TWO_EMPLOYERS), date(2022, 12, 31), by=["organisation"])


def test_the_dfe_rates_say_who_is_outside():
    for measure, definitions in {
        "turnover": ("dfe", "dfe_fte"),
        "agency_rate": ("dfe", "dfe_fte"),
        "vacancy_rate": ("dfe",),
    }.items():
        for entry in wf.explain(measure).definitions:
            if entry.definition in definitions:
                assert "seconded out or on a career break" in entry.words
                assert "outside" in entry.words


def test_whether_a_row_is_provisional_follows_from_the_records_alone_and_a_page_says_it():
    nobody_left = staff(
        "person_id start_date fte observed_to\n" + "\n".join(f"p{n} 2020-01-01 1.0 2023-03-31" for n in range(30))
    )
    table = wf.staffing.turnover(nobody_left, [MARCH, wf.month("2023-02")], definition="average")
    sentence = "Leavers from 25 March 2023 on are provisional: whoever comes back within 7 days has not left."
    assert sentence in wf.table(wf.release(table, "internal")).html
    assert sentence not in wf.table(wf.release(table.filter(pl.col("period_end") < MARCH.start), "internal")).html
    assert wf.staffing.turnover(wf.Records(), MARCH, definition="nhs").frame["provisional"].to_list() == [None]


# What is not recorded ----------------------------------------------------------------------------------------------------------------

MEASURES = {
    "headcount": lambda records, **options: wf.staffing.headcount(records, date(2023, 3, 31), **options),
    "turnover": lambda records, **options: wf.staffing.turnover(records, MARCH, definition="nhs", **options),
    "leavers": lambda records, **options: wf.staffing.leavers(records, MARCH, **options),
    "joiners": lambda records, **options: wf.staffing.joiners(records, MARCH, **options),
    "stability": lambda records, **options: wf.staffing.stability(records, MARCH, **options),
    "first_year_leavers": lambda records, **options: wf.staffing.first_year_leavers(records, MARCH, **options),
    "people_in_area": lambda records, **options: wf.staffing.people_in_area(records, date(2023, 3, 31), **options),
    "retirement_pipeline": lambda records, **options: wf.staffing.retirement_pipeline(
        records, date(2023, 3, 31), **options
    ),
}
measures = pytest.mark.parametrize("measured", MEASURES.values(), ids=MEASURES)


def one_person(**columns):
    return staff("person_id start_date fte\na 2020-01-01 1.0", birth_date=date(1980, 1, 1), **columns)


@measures
def test_without_staff_the_row_is_not_available_rather_than_zero(measured):
    for records in (wf.Records(), wf.Records(assignments=one_person().assignments.clear())):
        table = measured(records)
        assert table.frame.select("numerator", "people", "value", "marker").rows() == [(None, None, None, "x")]
        assert table.frame["period_end"].to_list() == [MARCH.end]
        assert table.reasons == ("staff are not recorded",)


@measures
@pytest.mark.parametrize("lazy", [False, True])
def test_a_filter_that_leaves_nobody_says_so(measured, lazy):
    frame = one_person(team="North").assignments
    records = wf.Records(assignments=frame.lazy() if lazy else frame).where(pl.col("team") == "South")
    table = measured(records)
    assert table.frame.select("numerator", "value", "marker").rows() == [(None, None, "x")]
    assert table.reasons == ("no records are left after the filter",)


@measures
def test_a_column_that_is_not_recorded_gives_a_row_that_says_so(measured):
    table = measured(one_person(), by=["team"])
    assert table.groups == ("team",)
    assert table.frame.select("team", "numerator", "value", "marker").rows() == [(None, None, None, "x")]
    assert table.reasons == ("the team of staff is not recorded",)


@measures
def test_a_column_that_no_table_has_and_a_frame_in_place_of_records_are_refused(measured):
    with pytest.raises(UsageError, match='no column "tean"') as refused:
        measured(one_person(team="North"), by=["tean"])
    assert refused.value.hint == 'did you mean "team"?'
    with pytest.raises(UsageError, match="names a column twice"):
        measured(one_person(team="North"), by=["team", "team"])
    with pytest.raises(UsageError, match="takes records first") as refused:
        measured(one_person().assignments)
    assert "wf.Records(assignments=frame)" in refused.value.hint


@measures
def test_a_result_knows_its_groups_and_definitions(measured):
    table = measured(one_person(team="North"), by="team")
    assert table.groups == ("team",)
    assert {(d.measure, d.definition) for d in table.definitions} == set(
        table.frame.select("measure", "definition").rows()
    )
    assert table.reasons == ()
    assert table.frame["marker"].is_null().all()


def test_what_a_scope_or_a_choice_of_reasons_needs_and_is_not_recorded_is_said():
    records = one_person()
    assert wf.staffing.turnover(records, MARCH, definition="average", scope="team").reasons == (
        "the team of staff is not recorded",
    )
    for measured in (
        wf.staffing.leavers(records, MARCH, reasons="voluntary"),
        wf.staffing.leavers(records, MARCH, reasons=[]),
    ):
        assert measured.frame.select("value", "marker").rows() == [(None, "x")]
        assert measured.reasons == ("the leaving reason of staff is not recorded",)


def test_the_birth_date_that_the_pipeline_needs_and_is_not_recorded_is_said():
    records = staff("person_id start_date fte\na 2020-01-01 1.0")
    table = wf.staffing.retirement_pipeline(records, [date(2023, 3, 31), date(2022, 3, 31)])
    assert table.frame.select("period_start", "marker").rows() == [(date(2022, 3, 31), "x"), (date(2023, 3, 31), "x")]
    assert table.reasons == ("the birth date of staff is not recorded",)


def test_a_mistake_of_the_caller_is_refused_with_a_sentence_even_where_nothing_is_recorded():
    with pytest.raises(UsageError, match="no definition"):
        wf.staffing.turnover(wf.Records(), MARCH, definition="NHS")
    with pytest.raises(UsageError, match='"post" is not a scope'):
        wf.staffing.turnover(wf.Records(), MARCH, definition="nhs", scope="post")
    with pytest.raises(UsageError, match='"people" is not a basis'):
        wf.staffing.headcount(wf.Records(), MARCH.end, basis="people")
    with pytest.raises(UsageError, match='"retirement" is not a choice of reasons'):
        wf.staffing.leavers(wf.Records(), MARCH, reasons="retirement")
    with pytest.raises(UsageError, match="a date is needed, not a period"):
        wf.staffing.headcount(one_person(), MARCH)
    with pytest.raises(UsageError, match="a period is needed, not a date"):
        wf.staffing.stability(one_person(), MARCH.end)
    with pytest.raises(UsageError, match="a period is needed, not text"):
        wf.staffing.leavers(one_person(), "2023-03")


def test_leavers_of_a_reason_may_be_grouped_by_their_reason():
    team = staff(
        """person_id start_date end_date   fte leaving_reason
           a         2020-01-01 2023-03-10 1.0 resignation
           b         2020-01-01 2023-03-10 1.0 retirement"""
    )
    table = turnover(team, MARCH, definition="average", by=["leaving_reason"], reasons="voluntary")
    assert table.select("leaving_reason", "numerator").rows() == [("resignation", 1.0), ("retirement", 0.0)]
