"""Records: what they are made of, what they lack, and that nothing changes them."""

import copy
import pickle
from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import drawn, staff
from workforce.errors import UsageError

DAY = date(2023, 3, 31)


@pytest.fixture
def frame():
    return drawn(
        """organisation person_id start_date end_date   fte role       team  birth_date service_start
           council      a         2020-01-01 .          1.0 caseworker North 1980-01-01 .
           council      b         2021-06-01 2022-12-31 0.5 manager    North .          2015-06-01
           trust        c         2022-01-01 .          1.0 caseworker South 1999-05-05 ."""
    )


@pytest.fixture
def records(frame):
    return wf.Records(
        assignments=frame,
        cases=pl.DataFrame({"organisation": ["council", "trust"], "case_id": ["k1", "k2"]}),
        milestones=pl.DataFrame({"case_id": ["k1", "k2", "k2"], "milestone": ["advice", "advice", "draft"]}),
        posts=drawn("organisation role funded_fte\ncouncil caseworker 2.0\ntrust manager 1.0"),
        pay_scales=pl.DataFrame({"body": ["council"], "role": ["caseworker"], "annual_pay": [30e3]}),
    )


# Made from frames --------------------------------------------------------------------------------------------------------------------


def test_tables_come_out_as_they_went_in(records, frame):
    assert records.assignments.equals(frame)
    assert {name for name, _ in records.tables()} == {"assignments", "cases", "milestones", "posts", "pay_scales"}


@pytest.mark.parametrize(
    "name",
    [
        "assignments",
        "absences",
        "cases",
        "milestones",
        "allocations",
        "posts",
        "vacancies",
        "hours",
        "exits",
        "pay_items",
        "pay_scales",
        "counts",
    ],
)
def test_a_table_that_is_not_given_has_no_rows_and_the_columns_of_its_schema(name):
    table = getattr(wf.Records(), name)
    assert table.is_empty()
    assert table.columns


def test_lazy_frames_stay_lazy_and_are_measured_alike(frame):
    lazy = wf.Records(assignments=frame.lazy())
    assert isinstance(lazy.assignments, pl.LazyFrame)
    one, other = (wf.staffing.headcount(each, DAY, by=["team"]) for each in (lazy, wf.Records(assignments=frame)))
    assert one.frame.equals(other.frame)


@pytest.mark.parametrize("wrong", [{"person_id": ["a"]}, [1], "staff.csv", pl.Series([1])])
def test_what_is_no_frame_is_refused_by_the_name_of_the_table(wrong):
    with pytest.raises(UsageError, match="not a polars frame") as refused:
        wf.Records(absences=wrong)
    assert refused.value.where == "absences"
    assert "staff.csv" not in str(refused.value)


# Nothing changes them ----------------------------------------------------------------------------------------------------------------


def test_changing_a_frame_that_came_out_does_not_change_the_records(records, frame):
    taken = records.assignments
    taken[0, "fte"] = 99.0
    taken.drop_in_place("team")
    assert records.assignments.equals(frame)
    for name, table in records.tables():
        table.drop_in_place(table.columns[0])
        assert getattr(records, name).width == table.width + 1


def test_changing_the_frame_that_went_in_does_not_change_the_records(frame):
    given = frame.clone()
    records = wf.Records(assignments=given)
    given[0, "fte"] = 99.0
    given.extend(frame)
    assert records.assignments.equals(frame)


def test_nothing_can_be_set_and_nothing_is_pickled_or_copied_out(records):
    with pytest.raises(UsageError, match="cannot be changed"):
        records.assignments = pl.DataFrame()
    with pytest.raises(UsageError, match="cannot be changed"):
        records.extra = 1
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(UsageError, match="not pickled"):
            attempt(records)


def test_other_records_made_from_them_leave_them_as_they_were(records, frame):
    records.where(pl.col("team") == "North")
    records.only("trust")
    records.with_bands(DAY)
    records.with_service_at_leaving()
    wf.staffing.smallest_together(records, "team", DAY)
    assert records.assignments.equals(frame)
    assert records.lacks("assignments") is None


def test_they_say_how_many_rows_they_have_and_nothing_that_is_in_them(records):
    assert repr(records) == "Records(assignments=3, cases=2, milestones=3, posts=2, pay_scales=1)"
    assert repr(wf.Records(assignments=records.assignments.lazy(), cases=pl.DataFrame())) == "Records(assignments=lazy)"
    assert not hasattr(records, "_repr_html_")


# Filtered ----------------------------------------------------------------------------------------------------------------------------


def test_a_filter_takes_every_table_that_has_its_columns(records):
    caseworkers = records.where(pl.col("role") == "caseworker")
    assert caseworkers.assignments["person_id"].to_list() == ["a", "c"]
    assert caseworkers.posts["organisation"].to_list() == ["council"]
    assert caseworkers.cases.height == 2  # cases have no role
    both = records.where(pl.col("role") == "caseworker", pl.col("team") == "South")
    assert both.assignments["person_id"].to_list() == ["c"]
    assert both.posts.height == 2  # posts here have no team, and the filter names both


def test_a_filter_of_lazy_frames_stays_lazy(frame):
    lazy = wf.Records(assignments=frame.lazy()).where(pl.col("team") == "South")
    assert isinstance(lazy.assignments, pl.LazyFrame)
    assert lazy.assignments.collect()["person_id"].to_list() == ["c"]


def test_a_filter_of_a_column_that_no_table_has_is_refused(records):
    with pytest.raises(UsageError, match="no table has the columns of the filter"):
        records.where(pl.col("tean") == "North")


@pytest.mark.parametrize("predicates", [(), ("team",), ({"team": "North"},), (True,)])
def test_a_filter_is_a_polars_expression(records, predicates):
    with pytest.raises(UsageError, match="is a polars expression"):
        records.where(*predicates)


def test_an_organisation_alone_has_its_rows_and_the_stages_of_its_cases(records):
    trust = records.only("trust")
    assert trust.assignments["person_id"].to_list() == ["c"]
    assert trust.milestones["case_id"].to_list() == ["k2", "k2"]
    assert trust.posts["role"].to_list() == ["manager"]
    assert trust.pay_scales.height == 1  # scales are about bodies, not people


# What is lacking ---------------------------------------------------------------------------------------------------------------------


def test_a_table_that_is_not_there_is_lacking_and_so_is_one_without_rows(records):
    assert records.lacks("assignments", "cases") is None
    assert records.lacks("assignments", "vacancies") == "vacancies are not recorded"
    assert wf.Records(absences=pl.DataFrame()).lacks("absences") == "sickness absences are not recorded"
    assert wf.Records(absences=pl.LazyFrame()).lacks("absences") == "sickness absences are not recorded"


@pytest.mark.parametrize("lazy", [False, True])
def test_after_a_filter_that_leaves_nobody_that_is_the_reason(frame, lazy):
    nobody = wf.Records(assignments=frame.lazy() if lazy else frame).where(pl.col("team") == "West")
    assert nobody.lacks("assignments") == "no records are left after the filter"


def test_a_column_that_is_not_recorded_is_said_in_words_and_one_that_cannot_be_is_refused(records):
    assert records.lacks(columns=["team", "role"]) is None
    assert records.lacks(columns=["team", "staff_group"]) == "the staff group of staff is not recorded"
    assert records.lacks(columns=["team"], of="posts") == "the team of funded posts is not recorded"
    assert records.lacks(columns=["team"], of="vacancies") == "the team of vacancies is not recorded"
    with pytest.raises(UsageError, match='no column "tean"') as refused:
        records.lacks("vacancies", columns=["tean"])  # before anything else is looked at
    assert (refused.value.where, refused.value.hint) == ("by=", 'did you mean "team"?')


def test_a_column_of_the_callers_own_may_be_grouped_by(records, frame):
    own = wf.Records(assignments=frame.with_columns(cohort=pl.lit("2020")))
    assert own.lacks(columns=["cohort"]) is None
    with pytest.raises(UsageError, match='no column "cohort"'):
        records.lacks(columns=["cohort"])


def test_a_table_that_is_given_is_supplied_even_without_rows(records):
    assert records.has("assignments")
    assert not records.has("vacancies")
    assert wf.Records(vacancies=pl.DataFrame()).has("vacancies")


# Banded, observed and named ----------------------------------------------------------------------------------------------------------


def test_bands_are_columns_of_the_new_records_and_none_leaves_one_out(records):
    banded = records.with_bands(DAY, tenure=None, pay=None).assignments
    assert banded["age_band"].to_list() == ["35 to 44", "unknown", "under 25"]
    assert not {"tenure_band", "pay_quarter"} & set(banded.columns)
    assert records.with_bands(DAY, age=(40,), pay=None).assignments["age_band"].to_list() == [
        "40 and over",
        "unknown",
        "under 40",
    ]
    assert records.with_bands(DAY).posts.equals(records.posts)


def test_service_at_leaving_is_that_of_the_last_day(records):
    assert records.with_service_at_leaving().assignments["tenure_band"].to_list() == [
        "2 to 4 years",
        "5 to 9 years",
        "under 1 year",
    ]


def test_cut_points_that_the_caller_gives_are_recorded_and_the_usual_ones_are_not(records):
    assert not records.with_bands(DAY)._provenance.arguments
    assert records.with_bands(DAY, age=(30, 40))._provenance.arguments == {("age", 30.0), ("age", 40.0)}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (wf.month("2023-03"), "a date is needed, not a period"),
        ("2023-03-31", "a date is needed, not text"),
        (None, "a date is needed"),
    ],
)
def test_bands_are_of_a_date(records, wrong, sentence):
    with pytest.raises(UsageError, match=sentence):
        records.with_bands(wrong)


def test_the_days_that_records_cover_are_those_of_the_organisations_or_of_the_data(records, frame):
    assert records.observed == wf.Period(date(2020, 1, 1), date(2022, 12, 31))
    limited = frame.with_columns(observed_from=pl.lit(date(2019, 4, 1)), observed_to=pl.lit(DAY))
    for each in (limited, limited.lazy()):
        assert wf.Records(assignments=each).observed == wf.Period(date(2019, 4, 1), DAY)
    open_ended = staff("person_id start_date fte\na 2020-01-01 1.0\nb 2021-01-01 1.0")
    assert open_ended.observed == wf.Period(date(2020, 1, 1), date(2021, 1, 1))
    with pytest.raises(UsageError, match="no staff whose records cover any day"):
        _ = wf.Records().observed


def test_settings_that_are_not_there_are_refused_with_a_sentence(records):
    with pytest.raises(UsageError, match="have no settings"):
        _ = records.settings


def test_results_of_a_page_keep_their_names_and_two_of_one_name_are_refused(records):
    table = wf.staffing.headcount(records, DAY)
    page = records.named({"in post": table}, {"ladder": {"by month": table}})
    assert list(page) == ["in post", "ladder"]
    assert page["in post"].frame.equals(table.frame)
    assert page["ladder"]["by month"].frame.equals(table.frame)
    with pytest.raises(UsageError, match='two tables are called "in post"'):
        records.named({"in post": table}, {"in post": table})
    with pytest.raises(UsageError, match="by their names"):
        records.named(table)


def test_a_result_of_records_from_frames_does_not_count_as_loaded(records):
    assert not wf.staffing.headcount(records, DAY)._provenance.loaded


# Read from files ---------------------------------------------------------------------------------------------------------------------

AREA = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
[organisations.council]
name = "The council"
kind = "council"
[[organisations.council.files]]
path = "staff.csv"
table = "assignments"
columns = { person_id = "No", start_date = "Start", fte = "FTE", role = "Job" }
[organisations.trust]
name = "The trust"
kind = "nhs"
[[organisations.trust.files]]
path = "trust.csv"
table = "assignments"
columns = { person_id = "No", start_date = "Start", fte = "FTE", role = "Job" }
[[organisations.trust.files]]
path = "absences.csv"
table = "absences"
columns = { person_id = "No", start_date = "Start", end_date = "End" }
"""


@pytest.fixture
def loaded(tmp_path):
    (tmp_path / "area.toml").write_text(AREA)
    (tmp_path / "staff.csv").write_text("No,Start,FTE,Job\n1,2020-01-01,1,Adviser\n")
    (tmp_path / "trust.csv").write_text("No,Start,FTE,Job\n2,2020-01-01,1,Nurse\n")
    (tmp_path / "absences.csv").write_text("No,Start,End\n2,2023-03-06,\n")
    return wf.load_area(tmp_path / "area.toml")


def test_what_no_organisation_supplies_is_not_recorded_by_the_area(loaded):
    assert loaded.has("absences")
    assert not loaded.has("vacancies")
    assert loaded.lacks("vacancies") == "vacancies are not recorded"


def test_a_column_that_no_file_is_mapped_to_is_not_recorded_by_the_area(loaded):
    assert loaded.assignments["team"].is_null().all()
    assert loaded.lacks(columns=["role", "organisation"]) is None
    # Every row has the word, because it is filled in.
    assert loaded.lacks(columns=["employment"]) == "the employment of staff is not recorded"
    assert wf.staffing.agency_rate(loaded, DAY).reasons == ("the employment of staff is not recorded",)
    assert loaded.lacks(columns=["team"]) == "the team of staff is not recorded"
    table = wf.staffing.headcount(loaded, DAY, by=["team"])
    assert table.frame.select("team", "value", "marker").rows() == [(None, None, "x")]
    assert wf.staffing.retirement_pipeline(loaded, DAY).reasons == ("the birth date of staff is not recorded",)
    assert loaded.with_bands(DAY).lacks(columns=["age_band", "tenure_band"]) is None


def test_who_does_not_record_a_table_is_named_as_printed(loaded):
    table = wf.absence.rate(loaded, wf.month("2023-03"), definition="days_per_fte")
    assert table.frame["left_out"].to_list() == [["council"]]
    assert table.reasons[0] == "sickness absences are not recorded by The council"
    assert wf.release(table, "internal").frame["left_out"].to_list() == [["The council"]]


def test_a_result_of_records_that_were_loaded_says_so_and_what_the_caller_gave(loaded):
    for records in (loaded, loaded.where(pl.col("role") == "Nurse"), loaded.only("trust"), loaded.with_bands(DAY)):
        assert wf.staffing.headcount(records, DAY)._provenance.loaded
    mixed = wf.Records(assignments=loaded.assignments)
    assert not wf.staffing.headcount(mixed, DAY)._provenance.loaded
    leavers = wf.staffing.leavers(loaded, wf.month("2023-03"), reasons=["retirement"])
    assert ("reasons", "retirement") in leavers._provenance.arguments


def test_one_organisation_alone_has_its_own_files_and_settings(loaded):
    trust = loaded.only("trust")
    assert trust.assignments["organisation"].to_list() == ["trust"]
    assert list(trust.settings.organisations) == ["trust"]
    assert trust.inputs["source"].to_list() == ["area.toml", "trust.csv", "absences.csv"]
