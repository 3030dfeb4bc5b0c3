"""From funded post to person in post: each rule drawn as a few rows, on 31 March 2023."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import drawn
from workforce.errors import UsageError

DAY = date(2023, 3, 31)
STEPS = (
    "funded",
    "in_post",
    "short",
    "no_vacancy",
    "vacant",
    "unadvertised",
    "recruiting",
    "offered",
    "covered",
    "uncovered",
)


def post_funnel(posts, vacancies, staff, on=DAY, **options):
    records = wf.Records(posts=posts, vacancies=vacancies, assignments=staff)
    return wf.staffing.post_funnel(records, on, **options)


@pytest.fixture
def posts():
    return drawn(
        """organisation team   funded_fte start_date end_date
           council      North  4.0        2020-01-01 .
           council      North  2.0        2020-01-01 2023-03-30
           council      South  1.0        2020-01-01 .
           trust        Clinic 2.0        2020-01-01 ."""
    )


@pytest.fixture
def staff():
    return drawn(
        """organisation person_id start_date end_date   fte employment team   status
           council      a         2020-01-01 .          1.0 employed   North  active
           council      b         2020-01-01 .          0.5 employed   North  seconded_out
           council      c         2023-01-01 .          1.0 agency     North  .
           council      d         2020-01-01 2023-03-30 1.0 employed   South  active
           council      e         2020-01-01 .          1.5 employed   South  active
           trust        f         2020-01-01 .          2.0 employed   Clinic active"""
    )


@pytest.fixture
def vacancies():
    return drawn(
        """organisation team   fte opened_date advertised_date offered_date closed_date covered_by_agency_fte
           council      North  1.0 2023-01-01  .               .            .           1.5
           council      North  0.5 2023-01-01  2023-02-01      .            .           .
           council      North  0.4 2023-01-01  2023-02-01      2023-03-31   .           0.4
           council      North  0.3 2023-01-01  .               2023-03-01   .           .
           council      North  0.2 2023-01-01  2023-02-01      2023-03-01   2023-03-31  .
           council      North  1.0 2023-01-01  2023-02-01      2023-03-01   2023-03-30  1.0
           trust        Clinic 1.0 2023-04-01  .               .            .           ."""
    )


def steps(table, **groups: str) -> dict[str, float]:
    kept = table.frame.filter(*[pl.col(c) == v for c, v in groups.items()])
    return dict(kept.select("definition", pl.col("value").round(6)).rows())


def test_each_step_of_a_team(posts, vacancies, staff):
    table = post_funnel(posts, vacancies, staff, by=["organisation", "team"])
    assert steps(table, team="North") == {
        "funded": 4.0,  # what is funded to the day before is not
        "in_post": 1.5,  # the one who is seconded out is in post, the agency worker is not
        "short": 2.5,
        "no_vacancy": 0.1,  # the records of vacancies do not explain all of it
        "vacant": 2.4,  # the last day counts, the day after does not
        "unadvertised": 1.0,
        "recruiting": 0.5,
        "offered": 0.9,  # from the day of the accepted offer, also without an advertisement
        "covered": 1.4,  # no more than the vacancy
        "uncovered": 1.0,
    }


def test_a_team_with_more_people_than_posts_is_short_by_less_than_nothing(posts, vacancies, staff):
    table = post_funnel(posts, vacancies, staff, by=["organisation", "team"])
    south = steps(table, team="South")
    assert (south["funded"], south["in_post"], south["short"], south["no_vacancy"]) == (1.0, 1.5, -0.5, -0.5)


def test_what_is_short_is_what_the_vacancy_rate_counts(posts, vacancies, staff):
    table = post_funnel(posts, vacancies, staff, by=["organisation"])
    rate = wf.staffing.vacancy_rate(
        wf.Records(posts=posts, assignments=staff), DAY, definition="establishment", by=["organisation"]
    ).frame
    assert table.frame.filter(pl.col("definition") == "short")["value"].to_list() == pytest.approx(
        rate["numerator"].to_list()
    )


def test_where_no_vacancy_says_when_it_was_advertised_none_is_said_to_be_unadvertised(posts, vacancies, staff):
    table = post_funnel(posts, vacancies, staff, by=["organisation"]).filter(pl.col("organisation") == "trust")
    assert table.frame.filter(pl.col("marker") == "x")["definition"].to_list() == [
        "unadvertised",
        "recruiting",
        "offered",
    ]
    assert steps(table)["vacant"] == 0.0
    whole = post_funnel(posts, vacancies, staff)
    assert whole.frame.filter(pl.col("left_out").list.len() > 0)["definition"].to_list() == [
        "unadvertised",
        "recruiting",
        "offered",
    ]
    without = vacancies.drop("advertised_date", "offered_date")
    assert post_funnel(posts, without, staff).frame.filter(pl.col("marker") == "x").height == 3


def test_the_rows_come_by_step_in_the_order_of_the_funnel(posts, vacancies, staff):
    table = post_funnel(posts, vacancies, staff)
    assert table.frame["definition"].to_list() == list(STEPS)


def test_an_organisation_without_vacancy_records_is_in_no_step_by_name(posts, vacancies, staff):
    without = vacancies.filter(pl.col("organisation") == "council")
    whole = post_funnel(posts, without, staff)
    assert steps(whole)["funded"] == 5.0
    assert whole.frame["left_out"].to_list() == [["trust"]] * len(STEPS)
    parts = post_funnel(posts, without, staff, by=["organisation"])
    assert parts.frame.filter(pl.col("organisation") == "trust")["marker"].unique().to_list() == ["x"]


def test_organisations_and_teams_combine_to_the_whole(posts, vacancies, staff):
    parts = post_funnel(posts, vacancies, staff, by=["organisation", "team"])
    whole = post_funnel(posts, vacancies, staff)
    assert steps(wf.combine(wf.combine(parts, over=["team"]))) == steps(whole)


def test_steps_of_a_day_never_roll_up_over_time(posts, vacancies, staff):
    days = post_funnel(posts, vacancies, staff, [DAY, date(2023, 4, 1)])
    with pytest.raises(UsageError):
        wf.combine(days, over=("period",))


def test_what_is_not_covered_is_withheld_with_what_is(posts, vacancies, staff):
    shown = wf.release(post_funnel(posts, vacancies, staff), "internal").frame
    withheld = shown.filter(pl.col("marker") == "c")["definition"].to_list()
    assert {"covered", "uncovered"} <= set(withheld)  # one agency worker is behind 1.4
    assert not {"funded", "vacant", "offered"} & set(withheld)  # nobody is behind a vacancy


def test_without_any_vacancy_nothing_is_available(posts, vacancies, staff):
    table = post_funnel(posts, vacancies.clear(), staff)
    assert table.frame["marker"].unique().to_list() == ["x"]


def test_without_any_vacancy_the_rows_say_so(posts, vacancies, staff):
    assert post_funnel(posts, vacancies.clear(), staff).reasons == ("vacancies are not recorded",)
    assert post_funnel(posts, None, staff).reasons == ("vacancies are not recorded",)
    by_team = post_funnel(None, vacancies, staff, by=["team"])
    assert by_team.frame["marker"].unique().to_list() == ["x"]
    assert by_team.frame["team"].unique().sort().to_list() == ["Clinic", "North", "South"]
    assert by_team.reasons == ("funded posts are not recorded",)


def test_without_staff_each_step_has_a_row_that_is_not_available(posts, vacancies):
    table = post_funnel(posts, vacancies, None, [DAY, date(2023, 4, 30)])
    assert table.frame["definition"].to_list() == [step for step in STEPS for _ in range(2)]
    assert table.frame["marker"].unique().to_list() == ["x"]
    assert table.frame["value"].is_null().all()
    assert table.reasons == ("staff are not recorded",)


@pytest.mark.parametrize(
    ("table", "words"), [("posts", "funded posts"), ("vacancies", "vacancies"), ("assignments", "staff")]
)
def test_where_a_table_does_not_record_the_group_the_steps_are_not_available(posts, vacancies, staff, table, words):
    tables = {"posts": posts, "vacancies": vacancies, "assignments": staff}
    without = wf.Records(**{**tables, table: tables[table].drop("team")})
    by_team = wf.staffing.post_funnel(without, DAY, by="team")
    assert by_team.frame.select("team", "marker").unique().rows() == [(None, "x")]
    assert by_team.reasons == (f"the team of {words} is not recorded",)


def test_a_filter_that_leaves_nobody_leaves_no_figure(posts, vacancies, staff):
    records = wf.Records(posts=posts, vacancies=vacancies, assignments=staff).where(pl.col("team") == "West")
    table = wf.staffing.post_funnel(records, DAY)
    assert table.frame["marker"].unique().to_list() == ["x"]
    assert table.reasons == ("no records are left after the filter",)


def test_a_column_that_no_table_knows_is_refused(posts, vacancies, staff):
    with pytest.raises(UsageError, match='no column "teams"') as refused:
        post_funnel(posts, vacancies, staff, by="teams")
    assert refused.value.hint == 'did you mean "team"?'
