"""load_area: from several organisations' files to the records of one local area."""

import re
from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import TABLES, check_area, command
from workforce import load_area
from workforce.errors import InputError, UsageError

HEAD = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
"""
STAFF = 'columns = { person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Job" }'


def organisation(slug, scheme=None, **dates):
    lines = [f"[organisations.{slug}]", f'name = "{slug} body"', 'kind = "council"']
    lines += [f'id_scheme = "{scheme}"'] if scheme else []
    lines += [f"{key} = {day}" for key, day in dates.items()]
    return "\n".join(lines)


def file(slug, path, table, columns):
    return f'[[organisations.{slug}.files]]\npath = "{path}"\ntable = "{table}"\n{columns}'


def area(tmp_path, *parts, files=()):
    for name, text in dict(files).items():
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True, parents=True)
        place.write_text(text, encoding="utf-8")
    (tmp_path / "area.toml").write_text("\n".join([HEAD, *parts]), encoding="utf-8")
    return tmp_path / "area.toml"


def one_council(tmp_path, staff, *more, files=(), **dates):
    return area(
        tmp_path,
        organisation("council", **dates),
        file("council", "staff.csv", "assignments", STAFF),
        *more,
        files={"staff.csv": "No,Start,End,FTE,Job\n" + staff, **dict(files)},
    )


def test_every_table_is_there_with_all_of_its_columns(tmp_path):
    records = load_area(one_council(tmp_path, "1,2020-01-01,,1,TA\n"))
    for name, frame in records.tables():
        assert frame.columns == TABLES[name].column_names()
        assert frame.dtypes == [column.dtype for column in TABLES[name].columns().values()]
    assert records.assignments.height == 1
    assert records.absences.is_empty()


def test_what_the_settings_say_of_the_records_stands_on_every_row(tmp_path):
    records = load_area(
        one_council(tmp_path, "1,2020-01-01,,1,TA\n", records_from="2017-04-01", records_to="2023-03-31")
    )
    row = records.assignments.row(0, named=True)
    assert (row["observed_from"], row["observed_to"]) == (date(2017, 4, 1), date(2023, 3, 31))
    assert (row["organisation"], row["employment"], row["status"]) == ("council", "employed", "active")


@pytest.mark.parametrize("second", ["staff.csv", "leavers.csv"])
def test_rows_that_two_files_of_an_organisation_have_are_read_once_and_name_the_other_file(
    tmp_path, second, capsys, monkeypatch
):
    rows = "".join(f"{n},2020-01-01,,1,TA\n" for n in range(20)) + "x,2018-01-01,2022-06-30,1,TA\n"
    again = file("council", second, "assignments", STAFF)
    path = one_council(tmp_path, rows, again, files={second: "No,Start,End,FTE,Job\n" + rows})
    records = load_area(path)
    assert records.assignments.height == 21
    assert records.not_used.frame.is_empty()
    assert sorted(records.reads.frame["rows_kept"]) == [0, 21]
    notices = records.notices.frame["notice"].to_list()
    assert ("names the file twice" if second == "staff.csv" else "are in staff.csv too") in notices[0]
    monkeypatch.setattr("sys.argv", ["workforce", "check", str(path)])
    with pytest.raises(SystemExit):
        command()
    lines = capsys.readouterr().out.splitlines()
    assert sum("duplicate of an earlier row: 21 rows" in line for line in lines) == 1
    assert len(lines) == len(set(lines))


def test_a_leavers_list_closes_the_rows_of_the_staff_list(tmp_path):
    head, ends = "No,Start,End,FTE,Job\n", "".join(f"{n},2020-01-01,2023-02-28,1,TA\n" for n in range(12))
    rows = "".join(f"{n},2020-01-01,,1,TA\n" for n in range(100))
    leavers = file("council", "leavers.csv", "assignments", STAFF)
    records = load_area(one_council(tmp_path, rows, leavers, files={"leavers.csv": head + ends}))
    assert records.not_used.frame.is_empty()
    assert records.assignments["end_date"].null_count() == 88
    assert any(
        "12 rows are in leavers.csv too, and are read once" in words for words in records.notices.frame["notice"]
    )


@pytest.mark.parametrize(
    ("rule", "rows"), [("board", "1 to 7 rows"), ("internal", "1 to 4 rows"), ("analyst", "3 rows")]
)
def test_a_page_has_the_notices_of_the_check_with_counts_by_its_rule_and_without_row_numbers(tmp_path, rule, rows):
    staff = "".join(f"{n},2020-01-01,2022-06-30,1,TA\n{n},2022-06-30,,1,TA\n" for n in range(3))
    records = load_area(one_council(tmp_path, staff))
    ends = "end on the day on which another row of the person begins"
    after = "; if the file gives the day after the last day, say so"
    notices = records.notices.frame.select("organisation", "source", "table", "notice").rows()
    assert ("council body", "staff.csv", "assignments", f"3 rows {ends} (rows such as 2, 4, 6){after}") in notices
    assert f"{rows} {ends}{after}" in wf.tables.notes(records.notices, "Notices", rule=rule).html


def test_no_number_of_theirs_is_in_the_records(tmp_path):
    records = load_area(one_council(tmp_path, "PAYROLL77,2020-01-01,,1,TA\n"))
    assert "PAYROLL77" not in records.assignments.write_csv()
    assert records.key_origin == "fictional"


@pytest.mark.parametrize(("schemes", "people"), [((None, None), 2), (("shared", "shared"), 1), (("a", "b"), 2)])
def test_people_are_linked_between_organisations_only_where_they_share_a_scheme(tmp_path, schemes, people):
    text = "No,Start,End,FTE,Job\n1,2020-01-01,,1,TA\n"
    parts = []
    for slug, scheme in zip(("one", "two"), schemes, strict=True):
        parts += [organisation(slug, scheme), file(slug, f"{slug}/staff.csv", "assignments", STAFF)]
    records = load_area(area(tmp_path, *parts, files={"one/staff.csv": text, "two/staff.csv": text}))
    assert records.assignments.height == 2
    assert records.assignments["person_id"].n_unique() == people


def test_service_begins_with_the_first_spell_of_an_unbroken_stay(tmp_path):
    # person 1: 1 Jan to 31 Jan, back after exactly 7 days (7 Feb), then after 8 days (9 Mar)
    staff = "1,2020-01-01,2020-01-31,1,TA\n1,2020-02-07,2020-03-01,1,TA\n1,2020-03-09,,1,TA\n2,2019-05-05,,1,TA\n"
    found = load_area(one_council(tmp_path, staff)).assignments.sort("service_start", "start_date")
    assert found.select("start_date", "service_start").rows() == [
        (date(2019, 5, 5), date(2019, 5, 5)),
        (date(2020, 1, 1), date(2020, 1, 1)),
        (date(2020, 2, 7), date(2020, 1, 1)),
        (date(2020, 3, 9), date(2020, 3, 9)),
    ]


def test_a_long_post_beside_short_ones_keeps_the_stay_together(tmp_path):
    staff = "1,2018-01-01,2022-12-31,0.5,TA\n1,2018-06-01,2018-06-30,0.2,LSA\n1,2020-01-01,,0.3,LSA\n"
    assert load_area(one_council(tmp_path, staff)).assignments["service_start"].unique().to_list() == [date(2018, 1, 1)]


def test_rows_that_meet_another_row_are_refused_by_rule(tmp_path):
    absences = file("council", "sick.csv", "absences", 'columns = { person_id = "No", start_date = "From" }')
    staff = "1,2020-01-01,,1,TA\n1,2020-01-01,,1,TA\n2,2020-01-01,2019-12-31,1,TA\n"
    path = one_council(
        tmp_path, staff, absences, files={"sick.csv": "No,From\n1,2022-01-01\n2,2022-01-01\n9,2022-01-01\n"}
    )
    records = load_area(path)
    assert records.quality.frame.select("table", "rule", "rows", "example_rows").rows() == [
        ("assignments", "duplicate of an earlier row", 1, "3"),
        ("assignments", "end before start", 1, "4"),
        ("absences", "person not in assignments", 1, "4"),
        ("absences", "the row of its person was refused", 1, "3"),
    ]
    assert records.reads.frame.select("rows_read", "rows_kept", "rows_refused").rows() == [(3, 1, 2), (3, 1, 2)]


def test_an_organisation_without_staff_records_keeps_its_absences(tmp_path):
    columns = 'columns = { person_id = "No", start_date = "From" }'
    path = area(
        tmp_path,
        organisation("one"),
        file("one", "staff.csv", "assignments", STAFF),
        organisation("two"),
        file("two", "sick.csv", "absences", columns),
        files={"staff.csv": "No,Start,End,FTE,Job\n1,2020-01-01,,1,TA\n", "sick.csv": "No,From\n1,2022-01-01\n"},
    )
    assert load_area(path).absences.height == 1


def casework(tmp_path):
    cases = 'columns = { case_id = "Case", received_date = "In" }\nconstants = { case_type = "ehc_assessment" }'
    stages = 'columns = { case_id = "Case", received_date = "Advice" }\nconstants = { stage = "advice", provider = "health" }'
    allocations = 'columns = { case_id = "Case", person_id = "No", start_date = "In" }'
    return area(
        tmp_path,
        organisation("council", "shared"),
        file("council", "cases.csv", "cases", cases),
        file("council", "cases.csv", "milestones", stages),
        organisation("trust", "shared"),
        file("trust", "advice.csv", "milestones", stages),
        file("trust", "work.csv", "allocations", allocations),
        files={
            "cases.csv": "Case,In,Advice\n1,2022-01-01,2022-02-01\n2,2022-01-01,\n",
            "advice.csv": "Case,Advice\n1,2022-02-01\n3,2022-02-01\n",
            "work.csv": "Case,No,In\n1,1,2022-01-01\n3,1,2022-01-01\n",
        },
    )


def test_one_file_may_fill_two_tables_and_partners_may_add_to_a_case(tmp_path):
    records = load_area(casework(tmp_path))
    assert records.cases.height == 2
    assert (
        records.milestones.height == 3
    )  # the trust's advice on case 1 is a duplicate; its case 3 is not the council's to judge
    assert records.allocations.height == 2
    assert records.quality.frame["rule"].to_list() == ["duplicate of an earlier row"]


def test_a_case_that_nobody_knows_is_refused_where_the_organisation_has_cases(tmp_path):
    allocations = 'columns = { case_id = "Case", person_id = "No", start_date = "In" }'
    cases = 'columns = { case_id = "Case", received_date = "In" }\nconstants = { case_type = "ehc_assessment" }'
    path = one_council(
        tmp_path,
        "1,2020-01-01,,1,TA\n",
        file("council", "cases.csv", "cases", cases),
        file("council", "work.csv", "allocations", allocations),
        files={"cases.csv": "Case,In\n1,2022-01-01\n", "work.csv": "Case,No,In\n1,1,2022-01-01\n7,1,2022-01-01\n"},
    )
    assert load_area(path).quality.frame.select("rule", "example_rows").rows() == [("case not in cases", "3")]


def test_exit_interviews_without_a_name_are_not_duplicates_of_each_other(tmp_path):
    exits = file(
        "council", "exits.csv", "exits", 'columns = { person_id = "No", leaving_date = "Left", reason = "Why" }'
    )
    text = "No,Left,Why\n,2022-01-31,pay\n,2022-01-31,pay\n1,2022-01-31,pay\n1,2022-01-31,pay\n"
    assert (
        load_area(
            one_council(tmp_path, "1,2020-01-01,2022-01-31,1,TA\n", exits, files={"exits.csv": text})
        ).exits.height
        == 3
    )


def test_a_file_of_which_no_row_is_left_ends_loading_and_not_checking(tmp_path):
    path = one_council(tmp_path, "1,01/01/2020,,1,TA\n2,01/01/2020,,1,TA\n")
    with pytest.raises(InputError, match="all 2 rows for the table assignments were refused") as caught:
        load_area(path)
    assert "start_date: not a date (2)" in caught.value.what
    assert caught.value.where == "council, staff.csv"
    assert check_area(path).quality.frame["rows"].to_list() == [2]


def test_one_organisation_stands_alone(tmp_path):
    path = casework(tmp_path)
    records = load_area(path)
    council, trust = records.only("council"), records.only("trust")
    assert (council.cases.height, council.milestones.height, council.allocations.height) == (2, 2, 0)
    assert (trust.cases.height, trust.milestones.height, trust.allocations.height) == (0, 0, 2)
    assert council.reads.frame.height + trust.reads.frame.height == records.reads.frame.height
    assert council.inputs["source"].to_list() == ["area.toml", "cases.csv"]
    assert list(trust.settings.organisations) == ["trust"]
    with pytest.raises(UsageError, match=re.escape('there is no organisation "trsut". Hint: did you mean "trust"')):
        records.only("trsut")


def test_inputs_are_hashed_once_a_file_and_nothing_is_written(tmp_path):
    path = casework(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    inputs = load_area(path).inputs
    assert sorted(tmp_path.rglob("*")) == before
    assert inputs["source"].to_list() == ["area.toml", "cases.csv", "advice.csv", "work.csv"]
    assert inputs["sha256"].str.len_chars().unique().to_list() == [64]
    assert inputs["bytes"].to_list() == [(tmp_path / name).stat().st_size for name in inputs["source"]]


def test_records_show_counts_and_no_person(tmp_path):
    records = load_area(one_council(tmp_path, "1,2020-01-01,,1,SECRETPERSON\n"))
    assert repr(records) == str(records) == "Records(assignments=1, files=1, refused=0)"


def test_the_same_content_gives_the_same_bytes_whatever_its_order(tmp_path):
    lines = [f"{n},20{n % 20:02d}-01-01,,1,TA\n" for n in range(40)]
    first = load_area(one_council(tmp_path, "".join(lines))).assignments
    second = load_area(one_council(tmp_path, "".join(reversed(lines)))).assignments
    assert first.equals(second)
    assert isinstance(first, pl.DataFrame)


def test_a_release_has_the_printed_names_of_the_organisations():
    records = wf.load_area()
    exact = wf.staffing.headcount(records, date(2023, 3, 31), by=["organisation"])
    assert "council" in exact.frame["organisation"].to_list()
    shown = wf.release(exact).frame["organisation"].to_list()
    assert "Wealdmere County Council" in shown
    assert "council" not in shown
    everyone = wf.combine(exact.filter(pl.col("organisation") == "council"), over=["organisation"])
    assert wf.release(everyone).frame["left_out"].to_list() == [[]]


def test_two_tables_of_one_name_on_a_page_are_refused():
    records = wf.load_area()
    table = wf.staffing.headcount(records, date(2023, 3, 31))
    assert list(records.named({"a": table}, {"b": {"by year": table}})) == ["a", "b"]
    with pytest.raises(UsageError, match='two tables are called "leavers"'):
        records.named({"leavers": table}, {"leavers": table})


SICK = 'columns = { person_id = "No", start_date = "From", reason = "Why" }'


def test_a_file_whose_settings_name_no_column_that_its_table_needs_is_not_used(tmp_path):
    absences = file("council", "sick.csv", "absences", SICK.replace('start_date = "From", ', ""))
    files = {"sick.csv": "No,From,Why\n1,2020-02-01,flu\n"}
    records = load_area(one_council(tmp_path, "1,2020-01-01,,1,TA\n", absences, files=files))
    assert records.not_used.frame.select("source", "organisation").rows() == [("sick.csv", "council body")]
    assert records.not_used.frame["reason"].item() == (
        "the settings name no column for start_date, which the table absences requires"
    )
    assert records.lacks("absences") == "no file of sickness absences can be used"


def test_a_staff_list_whose_settings_name_no_role_ends_loading_with_the_line_to_add(tmp_path):
    path = one_council(tmp_path, "1,2020-01-01,,1,TA\n")
    path.write_text(path.read_text(encoding="utf-8").replace(', role = "Job"', ""), encoding="utf-8")
    with pytest.raises(InputError, match="name no column for role") as caught:
        load_area(path)
    assert caught.value.where == "council, staff.csv"
    assert 'role = "their header"' in caught.value.hint


def test_values_that_no_column_fills_are_noticed_and_end_nothing(tmp_path):
    left_over = file("council", "sick.csv", "absences", SICK.replace(', reason = "Why"', ""))
    left_over += '\nvalues.reason = { flu = "cold_flu" }'
    files = {"sick.csv": "No,From,Why\n1,2020-02-01,flu\n"}
    records = load_area(one_council(tmp_path, "1,2020-01-01,,1,TA\n", left_over, files=files))
    assert records.absences["reason"].to_list() == [None]
    assert not records.not_used.frame.height


def test_without_staff_the_settings_say_which_days_are_covered(tmp_path):
    council = [organisation("council"), file("council", "staff.csv", "assignments", STAFF)]
    trust = [
        organisation("trust", records_from="2019-04-01", records_to="2023-03-31"),
        file("trust", "other.csv", "assignments", STAFF),
    ]
    files = {"staff.csv": "No,Start,End,FTE,Job\n1,2020-01-01,,1,TA\n", "other.csv": ""}
    records = load_area(area(tmp_path, *council, *trust, files=files))
    assert records.not_used.frame["source"].to_list() == ["other.csv"]
    assert records.only("trust").observed == wf.Period(date(2019, 4, 1), date(2023, 3, 31))
    with pytest.raises(UsageError, match="no staff whose records cover"):
        wf.Records().observed  # noqa: B018  # the property is what is tested


@pytest.mark.parametrize(
    ("agreed", "shown", "in_words"),
    [
        ("", [None, None, 5.0, 10.0], "group size of 5"),
        ("[disclosure]\ngroup_size = 3", [None, 3.0, 5.0, 10.0], "group size of 3"),
        ("[disclosure]\ngroup_size = 10", [None, None, None, 10.0], "group size of 10"),
    ],
)
def test_partners_exchange_counts_from_the_group_size_that_they_agreed(tmp_path, agreed, shown, in_words):
    jobs = [job for job, people in {"A": 2, "B": 3, "C": 5, "D": 10}.items() for _ in range(people)]
    staff = "".join(f"{n},2020-01-01,,1,{job}\n" for n, job in enumerate(jobs))
    records = load_area(one_council(tmp_path, staff, agreed))
    by_role = wf.staffing.headcount(records, date(2023, 3, 31), by=["role"])
    page = wf.release({"staff": by_role}, "partner")
    assert page.frame.sort("role")["numerator"].to_list() == shown
    workbook = pl.read_excel(page.save(tmp_path / "staff.xlsx"), sheet_name="Contents", infer_schema_length=0)
    assert in_words in workbook.write_csv()
    internal = wf.release(by_role, "internal").frame.sort("role")
    assert internal["numerator"].to_list() == [None, None, 5.0, 10.0]
