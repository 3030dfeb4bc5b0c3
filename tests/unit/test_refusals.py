"""A bad cell is not a bad person: what an unreadable cell, end or row does to the records, and to what is said of them."""

import sys
from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import check_area
from builders import command as main
from workforce import load_area
from workforce.errors import InputError

HEAD = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
{more}
[organisations.council]
name = "Council"
kind = "council"
{dates}
"""
STAFF = "No,Start,End,FTE,Job,Status,Pay,Born,Place\n"
COLUMNS = (
    'person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Job", status = "Status", '
    'annual_pay = "Pay", birth_date = "Born", locality = "Place"'
)
OTHERS = "".join(f"{n},2018-01-01,,1,Officer,active,30000,1980-01-01,North\n" for n in range(2, 11))
EARLIER = "1,2018-01-01,2022-06-30,1,Officer,active,29000,1980-01-01,North\n"
TO_MARCH = "records_to = 2023-03-31"
SICK = 'columns = { person_id = "No", start_date = "From", end_date = "To" }'


def area(tmp_path, staff, *files, more="", dates="", options="", columns=COLUMNS):
    """An area of one council; files: (name, text, table, the rest of its settings)."""
    parts = [HEAD.format(more=more, dates=dates)]
    listed = [("staff.csv", STAFF + staff, "assignments", f"columns = {{ {columns} }}\n{options}"), *files]
    for name, text, table, settings in listed:
        (tmp_path / name).write_text(text, encoding="utf-8")
        parts.append(f'[[organisations.council.files]]\npath = "{name}"\ntable = "{table}"\n{settings}')
    (tmp_path / "area.toml").write_text("\n".join(parts), encoding="utf-8")
    return tmp_path / "area.toml"


def effects(records):
    return records.quality.frame.select("rule", "rows", "effect").rows()


def checked(monkeypatch, capsys, path):
    """The exit code of `workforce check` and what it prints."""
    monkeypatch.setattr(sys, "argv", ["workforce", "check", str(path)])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code or 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("1,2022-07-01,,0.6,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,,0,Officer,career_break,30000,1980-01-01,North", []),
        (
            "1,2022-07-01,,1,Officer,Maternity,30000,1980-01-01,North",
            [("status: not a value that this column can hold", 1, "cell not known")],
        ),
        ("1,2022-07-01,NULL,1,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,4712-12-31,1,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,31-DEC-4712,1,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,31/12/9999,1,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,2999-12-31 00:00:00,1,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,2099-12-31,1,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,2100-12-31 00:00:00,1,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,2101-01-01,1,Officer,active,30000,1980-01-01,North", []),
        ("1,2022-07-01,2058-03-31,1,Officer,active,30000,1980-01-01,North", []),
        (
            "1,2022-07-01,,1,Officer,active,30k,1980-01-01,North",
            [("annual_pay: not a number", 1, "cell not known")],
        ),
        (
            "1,2022-07-01,,1,Officer,career_break,0,1980-01-01,North",
            [("annual_pay: not above 0", 1, "cell not known")],
        ),
        ("1,2022-07-01,,1,Officer,active,30000,1900-01-01,North", []),
        (
            "1,2022-07-01,,1,Officer,active,30000,2015-01-01,North",
            [("born after starting", 1, "cell not known")],
        ),
    ],
)
def test_a_person_whose_later_row_has_a_bad_optional_cell_stays_in_post(tmp_path, row, expected):
    records = load_area(area(tmp_path, EARLIER + row + "\n" + OTHERS))
    assert effects(records) == expected
    assert records.reads.frame.select("rows_read", "rows_kept", "rows_refused").row(0) == (11, 11, 0)
    assert records.assignments.select("known_from", "known_to").null_count().row(0) == (11, 11)
    assert wf.staffing.headcount(records, date(2023, 3, 31)).frame["numerator"].item() == 10
    assert wf.staffing.leavers(records, wf.month("2022-06")).frame["numerator"].item() == 0


def test_a_refused_later_row_makes_nobody_a_leaver(tmp_path):
    records = load_area(area(tmp_path, EARLIER + "1,2022-07-01,,twelve,Officer,active,,,\n" + OTHERS))
    assert effects(records) == [("fte: not a number", 1, "row refused")]
    known = records.assignments.filter(pl.col("known_to").is_not_null())
    assert known.select("end_date", "known_from", "known_to").rows() == [
        (date(2022, 6, 30), None, date(2022, 6, 30)),
    ]
    assert wf.staffing.leavers(records, wf.month("2022-06")).frame["numerator"].item() == 0
    row = records._refused_rows.row(0, named=True)
    assert (row["table"], row["why"], row["start_date"], row["role"]) == (
        "assignments",
        "row refused",
        date(2022, 7, 1),
        "Officer",
    )
    assert row["person_id"] == known["person_id"].item()


PARTNER = """
[organisations.trust]
name = "Trust"
kind = "nhs"
id_scheme = "shared"
[[organisations.trust.files]]
path = "trust.csv"
table = "assignments"
"""


def two_partners(tmp_path, council, trust):
    """Two organisations with one scheme of numbers."""
    path = area(tmp_path, council, dates='id_scheme = "shared"\nrecords_to = 2023-03-31')
    (tmp_path / "trust.csv").write_text(STAFF + trust, encoding="utf-8")
    path.write_text(path.read_text() + PARTNER + f"columns = {{ {COLUMNS} }}\n", encoding="utf-8")
    return load_area(path)


def leavers_in(records, scope):
    (number,) = wf.staffing.leavers(records, wf.year_to("2023-03"), scope=scope).frame["value"]
    return number


@pytest.mark.parametrize(
    ("theirs", "of_area"),
    [
        ("1,2022-07-01,,x,Officer,active,,,North\n", 0),  # there, and the row of it refused
        ("1,2022-07-01,,1,Officer,active,,,North\n", 0),
        ("99,2022-07-01,,x,Officer,active,,,North\n", 1),
        ("1,2012-07-01,2012-12-31,x,Officer,active,,,North\n", 1),  # long before
    ],
)
def test_whoever_went_to_a_partner_whose_row_was_refused_has_not_left_the_area(tmp_path, theirs, of_area):
    records = two_partners(tmp_path, EARLIER + OTHERS, OTHERS + theirs)
    assert leavers_in(records, "organisation") == 1
    assert leavers_in(records, "area") == of_area
    stayed = wf.staffing.stability(records, wf.year_to("2023-03"), scope="area").frame
    lost_sight = "x" in theirs and theirs.startswith("1,2022")
    assert stayed["denominator"].sum() == (9 if lost_sight else 10)


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        # a later row: known to the day before it
        (["2018-01-01,2019-12-31,1", "2021-06-01,,x"], (None, date(2021, 5, 31))),
        # a later row without a readable start: known to the end of the last kept spell, from its beginning
        (["2018-01-01,2019-12-31,1", "x,,1"], (date(2018, 1, 1), date(2019, 12, 31))),
        # the same where the kept spell goes on: the person has not left
        (["2018-01-01,,1", "x,,1"], (date(2018, 1, 1), None)),
        # an earlier row: known from the day after its end
        (["2018-01-01,2019-12-31,x", "2021-01-01,,1"], (date(2020, 1, 1), None)),
        # an earlier row without a readable end: known from the first kept spell
        (["2018-01-01,soon,x", "2021-01-01,,1"], (date(2021, 1, 1), None)),
        # a second post, while the first goes on: in post anyway
        (["2018-01-01,,1", "2019-01-01,2020-12-31,x"], (None, None)),
        # a second post that outlasts the first
        (["2018-01-01,2019-12-31,1", "2019-01-01,,x"], (None, date(2019, 12, 31))),
        # a row between two others: known since
        (["2018-01-01,2018-12-31,1", "2019-01-01,2019-12-31,x", "2020-01-01,,1"], (date(2020, 1, 1), None)),
        # an end before its start: neither is sure
        (["2018-01-01,2019-12-31,1", "2020-01-01,2019-01-01,1"], (date(2018, 1, 1), date(2019, 12, 31))),
        # a copy takes nothing away, a second row with another end does
        (["2018-01-01,2019-12-31,1", "2018-01-01,2019-12-31,1"], (None, None)),
        (["2018-01-01,2019-12-31,1", "2018-01-01,,1"], (None, date(2019, 12, 31))),
    ],
)
def test_what_is_known_of_a_person_ends_where_a_refused_row_may_begin(tmp_path, rows, known):
    staff = "".join(f"1,{row},Officer,,,,\n" for row in rows)
    records = load_area(area(tmp_path, staff + OTHERS))
    last = records.assignments.filter(~pl.col("annual_pay").is_not_null())
    assert last.select("known_from", "known_to").unique().rows() == [known]
    assert records.refused == 1


@pytest.mark.parametrize(
    ("rows", "sick", "end", "known_to"),
    [
        (["2018-01-01,soon,1"], "", date(2018, 1, 1), date(2018, 1, 1)),
        (["2018-01-01,soon,1"], "1,2020-03-02,2020-03-06\n", date(2020, 3, 6), date(2020, 3, 6)),
        (["2018-01-01,soon,1"], "1,2020-03-02,\n", date(2020, 3, 2), date(2020, 3, 2)),
        (["2018-01-01,soon,1", "2022-07-01,,1"], "", date(2022, 6, 30), None),
        (["2018-01-01,soon,1", "2022-07-01,2022-12-31,1"], "", date(2022, 6, 30), date(2022, 12, 31)),
    ],
)
def test_an_unknown_end_is_no_leaving_and_no_open_spell(tmp_path, rows, sick, end, known_to):
    staff = "".join(f"1,{row},Officer,,,,\n" for row in rows)
    path = area(
        tmp_path, staff + OTHERS, ("sick.csv", "No,From,To\n2,2020-01-01,2020-01-02\n" + sick, "absences", SICK)
    )
    records = load_area(path)
    mine = records.assignments.filter(pl.col("annual_pay").is_null()).sort("start_date")
    assert mine["end_date"][0] == end
    assert mine["known_to"].unique().to_list() == [known_to]
    assert records.quality.frame["effect"].to_list() == ["end not known"]
    assert records.refused == 0
    assert records._refused_rows.select("why", "end_date").rows() == [("end not known", None)]


def test_an_absence_of_unknown_end_is_kept_for_its_first_day(tmp_path):
    sick = "No,From,To\n2,2020-01-01,soon\n2,2020-01-01,2020-01-01\n"
    records = load_area(area(tmp_path, OTHERS, ("sick.csv", sick, "absences", SICK)))
    assert records.absences["end_date"].to_list() == [date(2020, 1, 1)] * 2
    assert effects(records) == [("end_date: not a date", 1, "end not known")]


def test_rows_about_a_person_or_a_case_whose_row_was_refused_say_so(tmp_path):
    path = area(
        tmp_path,
        "1,2018-01-01,,x,Officer,,,,\n" + OTHERS,
        ("sick.csv", "No,From,To\n1,2020-01-01,\n99,2020-01-01,\n2,2020-01-01,\n", "absences", SICK),
        (
            "cases.csv",
            "Case,In\nc1,soon\nc2,2022-01-01\n",
            "cases",
            'columns = { case_id = "Case", received_date = "In" }\nconstants = { case_type = "ehc_plan" }',
        ),
        (
            "work.csv",
            "Case,No,In\nc1,2,2022-01-01\nc2,1,2022-01-01\nc3,2,2022-01-01\nc2,2,2022-01-01\n",
            "allocations",
            'columns = { case_id = "Case", person_id = "No", start_date = "In" }',
        ),
        (
            "stages.csv",
            "Case\nc1\nc2\n",
            "milestones",
            'columns = { case_id = "Case" }\nconstants = { stage = "advice" }',
        ),
    )
    records = load_area(path)
    rules = records.quality.frame.filter(~pl.col("table").is_in(["assignments", "cases"])).select(
        "table", "rule", "rows"
    )
    assert sorted(rules.rows()) == [
        ("absences", "person not in assignments", 1),
        ("absences", "the row of its person was refused", 1),
        ("allocations", "case not in cases", 1),
        ("allocations", "the row of its case was refused", 1),
        ("allocations", "the row of its person was refused", 1),
        ("milestones", "the row of its case was refused", 1),
    ]
    reads = records.reads.frame
    assert (reads["rows_read"] == reads["rows_kept"] + reads["rows_refused"]).all()


def test_marks_of_no_value_are_no_group(tmp_path):
    places = ["North", "NULL", "#N/A", "-", "n/a", "none given"]
    staff = "".join(f"{n},2018-01-01,,1,Officer,active,,,{place}\n" for n, place in enumerate(places))
    records = load_area(area(tmp_path, staff, options='nulls = ["None given"]'))
    assert records.assignments["locality"].drop_nulls().to_list() == ["North"]
    assert records.quality.frame.is_empty()


def test_a_mark_that_the_settings_map_is_what_they_say(tmp_path):
    staff = "1,2018-01-01,,1,Officer,active,,,-\n2,2018-01-01,-,1,-,active,,,North\n"
    path = area(tmp_path, staff, options='values.locality = { "-" = "Peripatetic" }')
    records = load_area(path)
    assert records.assignments["locality"].to_list() == ["Peripatetic"]
    assert effects(records) == [("role: missing", 1, "row refused")]


def test_ends_that_are_the_day_after(tmp_path):
    staff = "".join(f"{n},2020-01-01,2023-04-01,1,Officer,,,,\n{n},2023-04-01,,1,Officer,,,,\n" for n in range(10))
    records = load_area(area(tmp_path, staff, options='end_dates = "exclusive"'))
    assert records.assignments["end_date"].drop_nulls().unique().to_list() == [date(2023, 3, 31)]
    head = wf.staffing.headcount(records, date(2023, 4, 1), basis="fte").frame
    assert head["numerator"].item() == 10.0


def test_two_digit_years_are_of_the_century_that_the_settings_name(tmp_path):
    staff = "1,01/02/18,,1,Officer,,,14/05/55,\n2,01/02/29,,1,Officer,,,29/02/56,\n"
    path = area(tmp_path, staff, options='date_format = "%d/%m/%y"\ncentury = 1930')
    frame = load_area(path).assignments.sort("start_date")
    assert frame["birth_date"].to_list() == [date(1955, 5, 14), date(1956, 2, 29)]
    assert frame["start_date"].to_list() == [date(2018, 2, 1), date(2029, 2, 1)]
    four = area(tmp_path, staff, options='date_format = "%d/%m/%Y"\ncentury = 1930')
    assert load_area(four).assignments.sort("start_date").equals(frame)


def test_service_before_the_first_spell_makes_no_joiner(tmp_path):
    columns = COLUMNS.replace('birth_date = "Born"', 'service_start = "Born"')
    staff = (
        "1,2023-01-01,,1,Officer,,,2015-01-01,\n2,2023-01-01,,1,Officer,,,2023-01-01,\n3,2023-01-01,,1,Officer,,,,\n"
    )
    frame = load_area(area(tmp_path, staff, columns=columns)).assignments
    assert frame.sort("service_start")["known_from"].to_list() == [date(2023, 1, 1), None, None]


def test_an_organisation_without_any_end_date_is_named(tmp_path):
    assert load_area(area(tmp_path, OTHERS)).without_end_dates == {"council"}
    assert load_area(area(tmp_path, OTHERS + EARLIER)).without_end_dates == frozenset()
    unknown = OTHERS + "1,2018-01-01,soon,1,Officer,,,,\n"
    assert load_area(area(tmp_path, unknown)).without_end_dates == frozenset()
    assert (
        load_area(area(tmp_path, OTHERS + "1,2018-01-01,2020-01-01,x,Officer,,,,\n")).without_end_dates == frozenset()
    )


def many(number, bad, cell="twelve"):
    rows = [f"{n},2018-01-01,2020-01-01,{cell if n < bad else 1},Officer,,,,\n" for n in range(number - 10)]
    return "".join(rows) + "".join(f"o{n},2018-01-01,,1,Officer,,,,\n" for n in range(10))


@pytest.mark.parametrize(
    ("number", "bad", "used"), [(400, 8, True), (400, 9, False), (40, 4, True), (40, 5, False), (200, 5, False)]
)
def test_a_file_is_not_used_where_it_loses_more_than_2_percent_and_5_rows(tmp_path, number, bad, used):
    path = area(tmp_path, OTHERS, ("more.csv", STAFF + many(number, bad), "assignments", f"columns = {{ {COLUMNS} }}"))
    path.write_text(
        path.read_text().replace(
            '[[organisations.council.files]]\npath = "more.csv"',
            ('[organisations.trust]\nname = "Trust"\nkind = "nhs"\n[[organisations.trust.files]]\npath = "more.csv"'),
        )
    )
    records = load_area(path)
    assert records.assignments.filter(organisation="trust").height == (number - bad if used else 0)
    assert records.assignments.filter(organisation="council").height == 9
    expected = [] if used else [("more.csv", "assignments", "Trust", "more than 2% of its rows cannot be used")]
    assert records.not_used.frame.rows() == expected
    reads = records.reads.frame.filter(source="more.csv").select("rows_read", "rows_kept", "rows_refused").row(0)
    assert reads == (number, number - bad if used else 0, bad if used else number)


def test_a_file_is_not_used_where_it_loses_too_many_of_its_open_rows(tmp_path):
    closed = "".join(f"c{n},2018-01-01,2020-01-01,1,Officer,,,,\n" for n in range(1000))
    still = "".join(f"o{n},2018-01-01,,{'x' if n < 5 else 1},Officer,,,,\n" for n in range(50))
    with pytest.raises(InputError, match="more than 2% of its rows that are open on 2023-03-31 cannot be used"):
        load_area(area(tmp_path, closed + still))


def test_how_much_a_file_may_lose_is_a_setting(tmp_path):
    staff = many(40, 5)
    with pytest.raises(InputError, match="more than 2% of its rows"):
        load_area(area(tmp_path, staff))
    assert load_area(area(tmp_path, staff, more="[refusals]\nshare = 0.2")).assignments.height == 35
    assert load_area(area(tmp_path, staff, more="[refusals]\nrows = 6")).assignments.height == 35


def test_a_file_of_ends_that_cannot_be_read_is_not_used(tmp_path):
    staff = "".join(f"{n},2018-01-01,31/12/2020,1,Officer,,,,\n" for n in range(10)) + OTHERS.replace(",2018", ",2019")
    with pytest.raises(InputError, match="more than 2% of its rows cannot be used"):
        load_area(area(tmp_path, staff))


def test_the_other_files_are_used_where_one_cannot_be_read(tmp_path):
    path = area(tmp_path, OTHERS, ("sick.csv", "Nr,From,To\n2,2020-01-01,\n", "absences", SICK))
    records = load_area(path)
    assert records.assignments.height == 9
    assert records.not_used.frame.rows() == [("sick.csv", "absences", "Council", 'the header "No" is missing')]
    assert not records.has("absences")
    assert records.lacks("absences") == "no file of sickness absences can be used"
    assert records.only("council").not_used.frame.height == 1


def test_a_file_that_lacks_an_optional_column_of_area_toml_is_not_used(tmp_path, monkeypatch, capsys):
    mapped = SICK.replace(" }", ', reason = "Reason" }')
    path = area(
        tmp_path, OTHERS, ("sick.csv", "No,From,To,Raeson\n2,2020-01-01,,cold\n", "absences", mapped), dates=TO_MARCH
    )
    records = load_area(path)
    assert records.not_used.frame["reason"].to_list() == ['the header "Reason" is missing']
    assert records.lacks("absences") == "no file of sickness absences can be used"
    code, out = checked(monkeypatch, capsys, path)
    assert code == 4
    assert 'the header "Reason" is missing. Hint: did you mean "Raeson"' in out


def test_an_optional_column_that_area_toml_does_not_map_is_not_recorded(tmp_path, monkeypatch, capsys):
    path = area(tmp_path, OTHERS, ("sick.csv", "No,From,To\n2,2020-01-01,\n", "absences", SICK), dates=TO_MARCH)
    records = load_area(path)
    assert records.not_used.frame.is_empty()
    assert records.absences.height == 1
    assert records.lacks("absences", columns=["reason"], of="absences")
    assert checked(monkeypatch, capsys, path)[0] == 0


def test_a_part_of_a_table_is_not_taken_for_the_whole(tmp_path):
    path = area(
        tmp_path,
        OTHERS,
        ("one.csv", "No,From,To\n2,2020-01-01,\n", "absences", SICK),
        ("two.csv", "No,From,To\n" + "2,soon,\n" * 5, "absences", SICK),
    )
    records = load_area(path)
    assert records.absences.is_empty()
    assert sorted(records.not_used.frame["source"]) == ["one.csv", "two.csv"]
    assert "another file of the same table" in records.not_used.frame.filter(source="one.csv")["reason"].item()


def test_absences_of_an_organisation_whose_staff_list_is_not_used_are_no_orphans(tmp_path):
    path = area(tmp_path, many(40, 30), ("sick.csv", "No,From,To\n1,2020-01-01,\n", "absences", SICK))
    records = check_area(path)
    assert records.absences.height == 1
    assert records.assignments.is_empty()


def test_check_is_exit_4_where_a_file_is_not_used_and_shows_every_problem(tmp_path, monkeypatch, capsys):
    path = area(
        tmp_path,
        many(40, 5),
        ("sick.csv", "Nr,From,To\n2,2020-01-01,\n", "absences", SICK),
        (
            "cases.csv",
            "Case,In\n" + "c1,01/02/2022\n" * 6,
            "cases",
            'columns = { case_id = "Case", received_date = "In" }\nconstants = { case_type = "ehc_plan" }',
        ),
    )
    code, out = checked(monkeypatch, capsys, path)
    assert code == 4
    assert "fte: not a number: 5 rows, row refused (such as 2, 3, 4, 5, 6)" in out
    assert "Not used: council, staff.csv: more than 2% of its rows cannot be used." in out
    assert 'Not used: council, sick.csv: the header "No" is missing. Hint: known: From, Nr, To.' in out
    assert (
        "Not used: council, cases.csv: all 6 rows for the table cases were refused: received_date: not a date (6)"
        in out
    )
    assert '    in area.toml, for this file: date_format = "%d/%m/%Y"' in out


def test_check_lists_common_words_of_open_columns_with_one_line_for_each_column(tmp_path, monkeypatch, capsys):
    reasons = (
        ["Voluntary Resignation"] * 9 + ["Moved"] * 7 + ['the "third"\x1b[31m'] * 6 + ["resignation"] * 8 + ["rare"]
    )
    staff = "".join(
        f'{n},2018-01-01,2023-03-31,1,Officer,,,,"{r.replace(chr(34), chr(34) * 2)}"\n' for n, r in enumerate(reasons)
    )
    path = area(tmp_path, staff, columns=COLUMNS.replace("locality", "leaving_reason"), dates="records_to = 2023-03-31")
    code, out = checked(monkeypatch, capsys, path)
    assert code == 0
    assert "23 rows have a leaving_reason that is in no list; measures look for resignation, retirement, " in out
    assert "; words of several people (9, 7, 6)\n" in out
    words = ("Voluntary Resignation", "Moved", 'the \\"third\\"\\u001b[31m')
    pairs = ", ".join(f'"{word}" = "{word}"' for word in words)
    line = f"values.leaving_reason = {{ {pairs} }}"
    assert f"in area.toml, for this file: {line}\n" in out
    assert "rare" not in out
    before = load_area(path).assignments  # the line can be pasted as it stands, and changes nothing until it is edited
    path.write_text(path.read_text() + "\n" + line, encoding="utf-8")
    assert load_area(path).assignments.lazy().collect().equals(before.lazy().collect())
    path.write_text(path.read_text().replace('= "Moved"', '= "other"'), encoding="utf-8")
    assert "(9, 6)" in checked(monkeypatch, capsys, path)[1]


def test_the_words_of_a_closed_list_are_given_as_one_line_too(tmp_path, monkeypatch, capsys):
    staff = "".join(f"{n},2018-01-01,,1,Officer,{'leave' if n % 2 else 'away'},,,\n" for n in range(20))
    _, out = checked(monkeypatch, capsys, area(tmp_path, staff))
    listed = "active, seconded_out, career_break, parental_leave"
    words = f"20 rows have a status that is in no list; the column holds {listed}; words of several people (10, 10)\n"
    assert words in out
    assert 'values.status = { "away" = "away", "leave" = "leave" }' in out


def test_a_date_of_a_parquet_file_that_is_none_is_no_error_of_a_workbook(tmp_path, monkeypatch, capsys):
    path = area(tmp_path, OTHERS)
    far = pl.Series("Start", [2**31 - 1, *[17_532] * 9], dtype=pl.Int32).cast(pl.Date)
    names = [c for c in STAFF.strip().split(",") if c != "Start"]
    cells = {c: ["1"] * 10 for c in names} | {"No": [str(n) for n in range(10)], "End": [None] * 10}
    pl.DataFrame(cells, schema_overrides={"End": pl.Date}).with_columns(far).write_parquet(tmp_path / "staff.parquet")
    path.write_text(path.read_text().replace("staff.csv", "staff.parquet"), encoding="utf-8")
    _, out = checked(monkeypatch, capsys, path)
    assert "start_date: a date or number out of range: 1 rows, row refused (such as 2). Hint: look at" in out
    assert "workbook" not in out


def test_check_is_exit_0_where_every_file_is_used(tmp_path, monkeypatch, capsys):
    staff = EARLIER + OTHERS + "11,2018-01-01,,x,Officer,,,,\n"
    code, out = checked(monkeypatch, capsys, area(tmp_path, staff, dates="records_to = 2023-03-31"))
    assert code == 0
    assert "council, staff.csv, assignments: 11 rows read, 10 kept, 1 refused" in out


def test_check_is_exit_4_where_there_are_no_records_of_the_month(tmp_path, monkeypatch, capsys):
    code, out = checked(
        monkeypatch, capsys, area(tmp_path, OTHERS, dates="records_from = 2010-01-01\nrecords_to = 2020-12-31")
    )
    assert code == 4
    assert "there are no records for March 2023" in out


def notices(records):
    return [(row["notice"], row["paste"]) for row in records._notices.iter_rows(named=True)]


def noticed(records, words):
    (row,) = [row for row in notices(records) if words in row[0]]
    return row


def test_days_far_ahead_and_ends_on_the_day_of_the_next_row_are_noticed(tmp_path):
    staff = "1,2020-01-01,2023-01-01,1,Officer,,,,\n1,2023-01-01,4712-12-31,1,Officer,,,,\n"
    records = load_area(area(tmp_path, staff))
    assert noticed(records, "day far ahead") == (
        "1 end dates are a day far ahead, such as 31-DEC-4712, and are read as open",
        None,
    )
    sentence, paste = noticed(records, "end on the day on which another row")
    assert "1 rows" in sentence
    assert "rows such as 2" in sentence
    assert paste == 'end_dates = "exclusive"'


def test_numbers_that_lost_their_leading_zeros_are_not_guessed_and_the_line_gives_them_back(tmp_path):
    staff = (
        "".join(f"{n:05d},2018-01-01,,1,Officer,,,,\n" for n in range(1, 11))
        + "00011,2018-01-01,2019-01-01,1,Officer,,,,\n"
    )
    sick = "No,From,To\n" + "".join(f"{n if n < 4 else format(n, '05d')},2023-03-06,2023-03-10\n" for n in range(1, 11))
    records = load_area(area(tmp_path, staff, ("sick.csv", sick, "absences", SICK)))
    assert effects(records) == [("person not in assignments", 3, "row refused")]
    sentence, paste = noticed(records, "leading zeros")
    assert "3 rows" in sentence
    assert paste == "id_digits = 5"
    again = load_area(area(tmp_path, staff, ("sick.csv", sick, "absences", f"{SICK}\n{paste}")))
    assert again.absences.height == 10
    assert again.quality.frame.is_empty()


def test_people_in_two_staff_files_long_absences_and_a_late_extract_are_noticed(tmp_path):
    columns = f"columns = {{ {COLUMNS} }}"
    path = area(
        tmp_path,
        OTHERS,
        (
            "csww.csv",
            STAFF + "2,2019-01-01,,1,Social worker,,,,\n77,2019-01-01,,1,Social worker,,,,\n",
            "assignments",
            columns,
        ),
        ("sick.csv", "No,From,To\n2,2019-06-01,\n3,2022-06-01,\n", "absences", SICK),
        dates="records_from = 2018-01-01",
    )
    records = load_area(path)
    assert "1 people are in post on 2023-03-31 in csww.csv too" in noticed(records, "in csww.csv")[0]
    assert (
        "1 absences have been open for more than a year on 2023-03-31 (rows such as 2)"
        in noticed(records, "open for")[0]
    )
    assert "the first absence is of 2019-06" in noticed(records, "the first absence")[0]
    assert "leavers and turnover are not available" in noticed(records, "no staff row has an end date")[0]


def test_snapshots_given_as_spells_are_noticed(tmp_path):
    rows = "1,2018-01-01,,1,Officer,,,,\n1,2018-01-01,,1,Senior officer,,,,\n2,2018-01-01,2020-01-01,1,Officer,,,,\n"
    assert "1 people have several rows" in noticed(load_area(area(tmp_path, rows)), "snapshot")[0]


def test_another_form_that_reads_the_cells_is_the_line_to_paste(tmp_path):
    pay = 'x1,2018-01-01,,1,Officer,,"£30,000",,\nx2,2018-01-01,,1,Officer,,"£31,000",,\n'
    born = "x3,2018-01-01,,1,Officer,,,31/01/1980,\n"
    records = load_area(area(tmp_path, OTHERS + pay + born))
    lines = {paste for _, paste in notices(records) if paste}
    assert {'numbers = "currency"', 'date_format = "%d/%m/%Y"'} <= lines


def test_a_common_word_outside_a_list_is_named_and_a_rare_one_is_not(tmp_path):
    rows = [f"x{n},2018-01-01,,1,Officer,Maternity\x1b é,,,\n" for n in range(5)]
    rows += ["y,2018-01-01,,1,Officer,Rare,,,\n"] * 4 + [f"y,20{n}-01-01,,1,Officer,Rare,,,\n" for n in range(10, 17)]
    lines = [paste for _, paste in notices(load_area(area(tmp_path, OTHERS + "".join(rows)))) if paste]
    assert 'values.status = { "Maternity\\u001b \\u00e9" = "Maternity\\u001b \\u00e9" }' in lines
    assert not any("Rare" in line for line in lines)


def test_no_cell_is_in_what_is_said(tmp_path, monkeypatch, capsys):
    mark = "SECRETPERSON"
    staff = f"{mark},{mark},{mark},{mark},{mark},{mark},{mark},{mark},{mark}\n" + OTHERS
    staff += f"{mark},2018-01-01,{mark},1,{mark},{mark},{mark},{mark},{mark}\n"
    path = area(tmp_path, staff, ("sick.csv", f"No,From,To\n{mark},2020-01-01,{mark}\nx,{mark},\n", "absences", SICK))
    _, out = checked(monkeypatch, capsys, path)
    records = load_area(path)
    said = out + records.quality.frame.write_csv() + records.not_used.frame.write_csv() + repr(records)
    assert mark not in said + records._notices.write_csv()


JOINERS = "".join(f"{n},2022-02-01,,1,Officer,active,,,North\n" for n in range(20, 25))
LATEST_ROW = "30,2023-03-20,,{fte},Officer,active,,,North\n"


def test_how_far_joiners_can_be_followed_does_not_hang_on_one_row(tmp_path):
    tables = []
    for number, fte in enumerate(("1", "x")):
        (tmp_path / str(number)).mkdir()
        records = load_area(area(tmp_path / str(number), EARLIER + OTHERS + JOINERS + LATEST_ROW.format(fte=fte)))
        tables.append(wf.recruitment.quality_of_hire(records, wf.month("2022-02")).frame)
    assert tables[0]["denominator"].to_list() == [
        5.0,
        5.0,
    ]  # 12 months end on 31 January 2023, before the reporting month does
    assert tables[1].equals(tables[0])


def test_joiners_are_not_followed_to_the_latest_date_of_another_organisation():
    staff = pl.DataFrame(
        {
            "organisation": ["council", "trust", "trust"],
            "person_id": ["a", "b", "c"],
            "fte": [1.0] * 3,
            "start_date": [date(2022, 1, 10), date(2022, 1, 10), date(2023, 3, 1)],
            "end_date": [None] * 3,
        },
        schema_overrides={"end_date": pl.Date},
    )
    ended = staff.with_columns(end_date=pl.when(person_id="c").then(date(2023, 3, 31)))
    table = wf.recruitment.quality_of_hire(wf.Records(assignments=ended), wf.month("2022-01"), by="organisation").frame
    assert table.filter(definition="six_months").sort("organisation")["denominator"].to_list() == [0.0, 1.0]


POSTS = ("posts.csv", "Job,FTE,From\nOfficer,12,2018-01-01\nOfficer,{fte},2019-01-01\n", "posts",
         'columns = { role = "Job", funded_fte = "FTE", start_date = "From" }')  # fmt: skip
VACANCIES = ("open.csv", "No,Job,FTE,From\n1,Officer,1,2022-01-01\n2,Officer,{fte},2022-06-01\n", "vacancies",
             'columns = { vacancy_id = "No", role = "Job", fte = "FTE", opened_date = "From" }')  # fmt: skip


@pytest.mark.parametrize(("definition", "file"), [("establishment", POSTS), ("dfe", VACANCIES)])
def test_a_vacancy_rate_is_within_the_bounds_that_a_refused_row_of_vacancies_or_posts_leaves(
    tmp_path, definition, file
):
    rates = []
    for number, fte in enumerate(("1", "x")):
        (tmp_path / str(number)).mkdir()
        name, text, *more = file
        records = load_area(area(tmp_path / str(number), OTHERS, (name, text.format(fte=fte), *more)))
        table = wf.staffing.vacancy_rate(records, date(2023, 3, 31), definition=definition)
        rates.append(wf.bounds(table, records).frame.row(0, named=True))
    whole, without = rates
    assert whole["lower_bound"] == whole["upper_bound"] == pytest.approx(whole["value"])
    assert without["refused"] == 1
    assert without["lower_bound"] <= without["value"] < without["upper_bound"]
    assert without["lower_bound"] - 1e-9 <= whole["value"] <= without["upper_bound"] + 1e-9


YEAR = wf.year_to("2023-03")
TO_MARCH = "records_from = 2018-01-01\nrecords_to = 2023-03-31"
LEAVING = "No,Start,End,FTE,Job,Status,Pay,Born,Why\n"


def turnover_of(records, **options):
    """Value, bounds and marker of the year's turnover."""
    table = wf.bounds(wf.staffing.turnover(records, YEAR, definition="average", **options), records)
    return table.frame.select("value", "lower_bound", "upper_bound", "marker").row(0)


@pytest.mark.parametrize(
    "end", ["2099-12-31", "2100-12-31", "31/12/2099", "2101-06-30", "2199-01-01 00:00:00", "2058-12-31"]
)
def test_a_day_far_ahead_is_an_open_end_and_a_list_of_such_ends_has_no_leavers(tmp_path, end):
    current = "".join(f"{n},2018-01-01,{end},1,Officer,,,,\n" for n in range(20))
    records = load_area(area(tmp_path, current, dates=TO_MARCH))
    assert records.assignments["end_date"].null_count() == 20
    assert turnover_of(records) == (None, None, None, "x")
    assert "20 end dates are a day far ahead" in noticed(records, "day far ahead")[0]
    assert records.refused == 0


def test_the_end_of_a_contract_ahead_does_not_show_that_leavers_are_recorded(tmp_path):
    ahead = "x,2018-01-01,2023-08-31,1,Officer,,,,\n"
    (tmp_path / "with").mkdir()
    without = load_area(area(tmp_path, OTHERS + ahead, dates=TO_MARCH))
    assert turnover_of(without) == (None, None, None, "x")
    assert "no staff row has an end date within the days of the records" in noticed(without, "no staff row")[0]
    assert without.assignments["end_date"].drop_nulls().to_list() == [date(2023, 8, 31)]
    records = load_area(
        area(tmp_path / "with", OTHERS + ahead + "y,2018-01-01,2019-08-31,1,Officer,,,,\n", dates=TO_MARCH)
    )
    assert turnover_of(records)[0] == 0.0


def test_words_of_lists_are_read_in_any_capitals_and_spacing(tmp_path):
    words = ("Agency", " agency ", "AGENCY", "agency", "Employed", "")
    staff = "".join(f"{n},2018-01-01,,1,Officer,Career-Break,,,{word}\n" for n, word in enumerate(words))
    records = load_area(area(tmp_path, staff, columns=COLUMNS.replace("locality", "employment")))
    assert records.quality.frame.is_empty()
    assert records.assignments["employment"].sort().to_list() == ["agency"] * 4 + ["employed"] * 2
    assert records.assignments["status"].unique().to_list() == ["career_break"]
    assert not any("list" in notice for notice, _ in notices(records))


def test_the_line_for_a_word_of_a_closed_list_offers_the_word_that_it_is_most_like(tmp_path):
    staff = "".join(f"x{n},2018-01-01,,1,Officer,,,,Agency worker\n" for n in range(8))
    path = area(tmp_path, OTHERS + staff, columns=COLUMNS.replace("locality", "employment"))
    lines = [paste for _, paste in notices(load_area(path)) if paste and "employment" in paste]
    assert lines == ['values.employment = { "North" = "North", "Agency worker" = "agency" }']


def test_rare_words_of_no_list_are_counted_without_being_named(tmp_path):
    words = [f"Secret {n // 3}" for n in range(20)]
    left = "".join(f"x{n},2018-01-01,2022-06-15,1,Officer,,,,{word}\n" for n, word in enumerate(words))
    others = OTHERS.replace("North", "")
    path = area(tmp_path, others + left, columns=COLUMNS.replace("locality", "leaving_reason"), dates=TO_MARCH)
    sentence, paste = noticed(load_area(path), "in no list")
    assert sentence.startswith("20 rows have a leaving_reason that is in no list; measures look for resignation, ")
    assert paste is None
    assert "Secret" not in sentence


def leaving(words):
    """Forty in post, and for each word one who left in June 2022."""
    current = "".join(f"{n},2018-01-01,,1,Officer,,,,\n" for n in range(40))
    return current + "".join(f"x{n},2018-01-01,2022-06-15,1,Officer,,,,{word}\n" for n, word in enumerate(words))


def leavers_of(tmp_path, words):
    columns = COLUMNS.replace("locality", "leaving_reason")
    return load_area(area(tmp_path, leaving(words), columns=columns, dates=TO_MARCH))


@pytest.mark.parametrize("word", ["VR - Pay", "unknown", ""])
def test_voluntary_turnover_is_not_0_where_no_reason_is_known(tmp_path, word):
    records = leavers_of(tmp_path, [word] * 20)
    assert turnover_of(records)[3] is None
    table = wf.staffing.turnover(records, YEAR, definition="average", reasons="voluntary")
    assert table.frame.select("value", "marker").row(0) == (None, "x")
    assert table.reasons == ("no leaving reason is known of leavers of Council",)
    count = wf.staffing.leavers(records, YEAR, reasons="voluntary")
    assert count.frame.select("value", "marker").row(0) == (None, "x")
    assert count.reasons == table.reasons


def test_leavers_of_unknown_reason_are_in_the_bounds_of_voluntary_turnover(tmp_path):
    words = ["resignation"] * 5 + ["retirement"] * 5 + ["VR - Pay"] * 4 + ["unknown"] * 3 + [""] * 3
    records = leavers_of(tmp_path, words)
    value, lower, upper, _ = turnover_of(records, reasons="voluntary")
    everyone = turnover_of(records)[0]
    assert value == pytest.approx(everyone * 5 / 20)
    assert upper == pytest.approx(everyone * 15 / 20)
    assert lower <= value
    assert turnover_of(records)[1:3] == pytest.approx((everyone, everyone))
    named = turnover_of(records, reasons=["resignation", "VR - Pay"])
    assert named[0] == pytest.approx(everyone * 9 / 20)
    assert named[2] == pytest.approx(everyone * 15 / 20)


def sickness(days):
    return "No,From,To\n" + "".join(f"{2 + n % 9},{day},{day}\n" for n, day in enumerate(days))


def weeks(first, last):
    return pl.date_range(first, last, "1w", eager=True).dt.to_string().to_list()


@pytest.mark.parametrize(
    ("first", "last", "sentences"),
    [
        (date(2018, 1, 3), date(2023, 3, 29), []),
        (date(2018, 1, 3), date(2022, 9, 28), ["nothing begins after 2022-09, and the records end in 2023-03"]),
        (
            date(2018, 9, 5),
            date(2023, 3, 29),
            ["nothing begins before 2018-09, and the records begin in 2018-01"],
        ),
    ],
)
def test_an_extract_that_ends_before_the_records_or_begins_after_them_is_noticed(tmp_path, first, last, sentences):
    files = [("sick.csv", sickness(weeks(first, last)), "absences", SICK)]
    records = load_area(area(tmp_path, OTHERS + EARLIER, *files, dates=TO_MARCH))
    rows = records._notices.filter(pl.col("notice").str.contains("nothing begins"))
    assert rows["source"].to_list() == ["sick.csv"] * len(sentences)
    for notice, words in zip(rows["notice"], sentences, strict=True):
        assert words in notice
        assert "at most 7 days apart" in notice


def test_events_that_are_far_apart_anyway_do_not_look_cut(tmp_path):
    days = pl.date_range(date(2018, 1, 1), date(2022, 11, 1), "2mo", eager=True).dt.to_string().to_list()
    files = [("sick.csv", sickness(days), "absences", SICK)]
    records = load_area(area(tmp_path, OTHERS + EARLIER, *files, dates=TO_MARCH))
    assert not any("nothing begins" in notice for notice, _ in notices(records))


VACANT = 'columns = { vacancy_id = "No", role = "Job", fte = "FTE", opened_date = "From", closed_date = "To" }'
FUNDED = 'columns = { role = "Job", funded_fte = "FTE", start_date = "From" }'
DUPLICATE = ("duplicate of an earlier row", "row refused")
CONFLICT = ("differs from an earlier row of the same key", "row refused")


def rules(records):
    return {(rule, effect): rows for rule, rows, effect in effects(records)}


def test_posts_have_no_number_so_that_equal_rows_of_a_file_add_up(tmp_path):
    text = "Job,FTE,From\n" + "Officer,1,2018-01-01\n" * 12
    records = load_area(area(tmp_path, OTHERS + EARLIER, ("posts.csv", text, "posts", FUNDED), dates=TO_MARCH))
    assert (records.posts.height, records.refused) == (12, 0)
    assert noticed(records, "rows are equal to another")[0].startswith("12 rows are equal to another in team, locality")
    rate = wf.staffing.vacancy_rate(records, date(2023, 3, 31), definition="establishment").frame
    assert rate.select("numerator", "denominator").row(0) == (3.0, 12.0)


def test_a_post_in_two_files_is_one_post(tmp_path):
    files = [(name, "Job,FTE,From\n" + "Officer,1,2018-01-01\n" * 12, "posts", FUNDED) for name in ("a.csv", "b.csv")]
    records = load_area(area(tmp_path, OTHERS + EARLIER, *files, dates=TO_MARCH))
    assert records.posts.height == 12
    assert rules(records) == {DUPLICATE: 12}


@pytest.mark.parametrize("older_first", [True, False])
def test_an_absence_that_is_open_in_an_older_extract_and_closed_in_a_newer_is_closed(tmp_path, older_first):
    older = "".join(f"{n},2022-06-06,\n" for n in range(2, 11))
    newer = "".join(f"{n},2022-06-06,2022-06-10\n" for n in range(2, 11))
    text = "No,From,To\n" + (older + newer if older_first else newer + older)
    records = load_area(area(tmp_path, OTHERS + EARLIER, ("sick.csv", text, "absences", SICK), dates=TO_MARCH))
    assert records.absences["end_date"].to_list() == [date(2022, 6, 10)] * 9
    assert rules(records) == {DUPLICATE: 9}
    table = wf.bounds(wf.absence.rate(records, YEAR, definition="days_per_fte"), records).frame
    assert table.select("numerator", "refused").row(0) == (45.0, 0)


def test_a_vacancy_that_another_row_closes_is_not_open_and_its_bounds_say_that_there_may_be_more_posts(tmp_path):
    older = "".join(f"v{n},Officer,1,2022-01-01,\n" for n in range(9))
    newer = "".join(f"v{n},Officer,1,2022-01-01,{'2022-12-31' if n < 6 else ''}\n" for n in range(9))
    path = area(tmp_path, OTHERS + EARLIER, ("v.csv", "No,Job,FTE,From,To\n" + older + newer, "vacancies", VACANT))
    records = load_area(path)
    table = wf.bounds(wf.staffing.vacancy_rate(records, date(2023, 3, 31), definition="dfe"), records).frame
    row = table.row(0, named=True)
    assert (row["numerator"], row["refused"]) == (3.0, 9)
    assert row["value"] == pytest.approx(100 * 3 / 12)
    assert row["lower_bound"] < row["value"] < row["upper_bound"]


def test_a_vacancy_of_two_files_is_one_and_nothing_is_in_doubt(tmp_path):
    texts = [
        f"No,Job,FTE,From,To\nv1,Officer,1,2022-01-01,{to}\nv2,Officer,1,2022-01-01,\n" for to in ("", "2022-12-31")
    ]
    files = [(f"{n}.csv", text, "vacancies", VACANT) for n, text in enumerate(texts)]
    records = load_area(area(tmp_path, OTHERS + EARLIER, *files))
    assert records.vacancies["closed_date"].to_list() == [date(2022, 12, 31), None]
    assert records._refused_rows.filter(table="vacancies").is_empty()


@pytest.mark.parametrize(
    "rows", [["2018-01-01,2022-06-30,1", "2018-01-01,,1"], ["2018-01-01,,1", "2018-01-01,2022-06-30,1"]]
)
def test_of_an_open_and_a_closed_spell_of_one_post_the_closed_stands_and_within_one_file_nobody_is_a_leaver(
    tmp_path, rows
):
    first, second = (f"1,{row},Officer,,,,\n" for row in rows)
    inside = load_area(
        area(tmp_path, first + second + OTHERS + "y,2018-01-01,2019-08-31,1,Officer,,,,\n", dates=TO_MARCH)
    )
    assert rules(inside) == {DUPLICATE: 1}
    assert wf.staffing.leavers(inside, YEAR).frame["numerator"].item() == 0
    assert inside.assignments["known_to"].drop_nulls().to_list() == [date(2022, 6, 30)]
    (tmp_path / "two").mkdir()
    files = ("other.csv", STAFF + second, "assignments", f"columns = {{ {COLUMNS} }}")
    across = load_area(area(tmp_path / "two", first + OTHERS, files, dates=TO_MARCH))
    assert rules(across) == {DUPLICATE: 1}
    assert wf.staffing.leavers(across, YEAR).frame["numerator"].item() == 1


def test_rows_of_one_number_that_differ_are_counted_widen_bounds_and_can_take_the_file_out(tmp_path):
    head = "Case,Type,In,Out\n"
    cases = 'columns = { case_id = "Case", case_type = "Type", received_date = "In", closed_date = "Out" }'
    one = "".join(f"c{n},ehc_plan,2020-01-01,\n" for n in range(200))
    few = one + "".join(f"c{n},ehc_assessment,2019-01-01,2019-06-01\n" for n in range(4))
    records = load_area(area(tmp_path, OTHERS + EARLIER, ("cases.csv", head + few, "cases", cases)))
    assert rules(records) == {CONFLICT: 4}
    assert records._refused_rows.filter(table="cases").height == 4
    (tmp_path / "many").mkdir()
    many_rows = one + "".join(f"c{n},ehc_assessment,2019-01-01,2019-06-01\n" for n in range(9))
    without = load_area(area(tmp_path / "many", OTHERS + EARLIER, ("cases.csv", head + many_rows, "cases", cases)))
    assert without.not_used.frame["table"].to_list() == ["cases"]


@pytest.mark.parametrize(
    ("former", "latter"),
    [
        ("W1", "W 1"),
        ("1001", "1001.0"),
        ("1001", "1 001"),
        ("W1", "W1\u200b"),
        ("\ufeffW1", "W1\u00a0"),
        ("W\u00ad1", "W1"),
    ],
)
def test_spaces_invisible_characters_and_the_point_of_a_workbook_make_no_other_person(tmp_path, former, latter):
    rows = f"{former},2018-01-01,2022-06-30,1,Officer,,,,\n{latter},2022-07-01,,1,Officer,,,,\n"
    records = load_area(area(tmp_path, OTHERS + rows + "y,2018-01-01,2019-08-31,1,Officer,,,,\n", dates=TO_MARCH))
    assert turnover_of(records)[0] == 0.0
    assert records.assignments["person_id"].n_unique() == 11
    assert not any("staff numbers" in notice for notice, _ in notices(records))


@pytest.mark.parametrize(("former", "latter"), [("W1", "w1"), ("00123", "123"), ('"1,001"', "1001")])
def test_numbers_that_may_be_one_persons_are_counted_in_a_notice(tmp_path, former, latter):
    rows = f"{former},2018-01-01,2022-06-30,1,Officer,,,,\n{latter},2022-07-01,,1,Officer,,,,\n"
    records = load_area(area(tmp_path, OTHERS + rows, dates=TO_MARCH))
    assert records.assignments["person_id"].n_unique() == 11
    assert noticed(records, "staff numbers")[0].startswith("2 staff numbers differ from another in capitals, leading")


def test_people_whose_rows_add_up_to_more_than_a_person_can_work_are_counted(tmp_path):
    later = "".join(f"{n},2022-07-01,,1,Senior officer,,,,\n" for n in range(2, 8)) + "9,2022-07-01,,0.4,Clerk,,,,\n"
    sentence, _ = noticed(load_area(area(tmp_path, OTHERS + EARLIER + later, dates=TO_MARCH)), "full-time equivalents")
    assert sentence.startswith(
        "6 people have more than 1.5 full-time equivalents on 2023-03-31, all their rows together"
    )


def test_people_with_the_same_row_in_two_organisations_of_one_scheme_are_counted(tmp_path):
    ended = "x,2018-01-01,2019-12-31,1,Officer,active,,,\n"
    records = two_partners(tmp_path, OTHERS + ended, OTHERS.replace("2018-01-01", "2019-01-01", 3) + ended)
    sentence, _ = noticed(records, "the same row")
    assert sentence.startswith("7 people have the same row in trust.csv of trust: the area counts their posts twice")
