"""Laws of what cannot be read: an optional cell touches nothing but its own column, an end date nobody else's records."""

import csv
import io
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from builders import ENDS, REQUIRED, TABLES, check_area

SETTINGS = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
[organisations.council]
name = "Council"
kind = "council"
"""
DAYS = ["2018-01-01", "2020-06-30", "2022-12-31"]
# For each table the columns of its file with the texts that its cells may have.
FILES = {
    "assignments": {
        "person_id": list("12345"),
        "start_date": DAYS[:2],
        "end_date": ["", "2021-03-31", "2022-12-31"],
        "service_start": ["", "2017-01-01"],
        "fte": ["1", "0.5", "0"],
        "role": ["Officer", "Manager"],
        "team": ["", "North", "South"],
        "annual_pay": ["", "30000"],
        "supplement": ["", "500"],
        "full_time_hours": ["", "37"],
        "employment": ["employed", "agency"],
        "status": ["active", "career_break"],
        "birth_date": ["", "1980-01-01"],
    },
    "absences": {
        "person_id": list("123456"),
        "start_date": DAYS,
        "end_date": ["", "2022-12-31"],
        "reason": ["", "cold"],
        "days_lost": ["", "2"],
    },
    "cases": {
        "case_id": list("abcdef"),
        "case_type": ["ehc_plan"],
        "received_date": DAYS,
        "closed_date": ["", "2023-01-31"],
        "outcome_date": ["", "2023-01-31"],
        "exception": ["", "yes", "N"],
    },
    "vacancies": {
        "vacancy_id": list("uvwxyz"),
        "role": ["Officer"],
        "fte": ["1"],
        "opened_date": ["2022-06-01"],
        "advertised_date": ["", "2022-06-02"],
        "offered_date": ["", "2022-07-01"],
        "closed_date": ["", "2022-08-01"],
        "outcome": ["", "filled"],
        "applicants": ["", "12"],
        "offers_made": ["", "2"],
        "offers_declined": ["", "1"],
        "cost": ["", "100"],
    },
}
# A date, number, answer or word of a closed list that no file means; a text column has no such cell but the marks of no value.
UNREADABLE = ("?!", "31/02/2020", "-1e999")
MARK = "#N/A"

rows = st.fixed_dictionaries(
    {
        table: st.lists(
            st.fixed_dictionaries({c: st.sampled_from(v) for c, v in columns.items()}), min_size=1, max_size=8
        )
        for table, columns in FILES.items()
    }
)


def read(tables):
    """The records of an area of one council with these rows."""
    with tempfile.TemporaryDirectory() as folder:
        text = SETTINGS
        for table, columns in FILES.items():
            out = io.StringIO()
            writer = csv.DictWriter(out, list(columns))
            writer.writeheader()
            writer.writerows(tables[table])
            (Path(folder) / f"{table}.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
            named = ", ".join(f'{c} = "{c}"' for c in columns)
            text += (
                f'[[organisations.council.files]]\npath = "{table}.csv"\ntable = "{table}"\ncolumns = {{ {named} }}\n'
            )
        (Path(folder) / "area.toml").write_text(text, encoding="utf-8")
        return check_area(Path(folder) / "area.toml")


def with_cell(tables, table, row, column, text):
    return {**tables, table: [{**r, column: text} if n == row else r for n, r in enumerate(tables[table])]}


def optional_cells(*, ends):
    return [
        (table, column)
        for table, columns in FILES.items()
        for column in columns
        if column not in REQUIRED[table] and (column == ENDS.get(table)) is ends
    ]


def rest_of(frame, *columns):
    left = frame.drop(columns)
    return left.sort(left.columns, nulls_last=True)


@given(rows, st.sampled_from(optional_cells(ends=False)), st.integers(0, 7), st.sampled_from(UNREADABLE))
def test_an_unreadable_optional_cell_changes_nothing_outside_its_column(tables, cell, row, text):
    table, column = cell
    before = read(tables)
    row %= len(tables[table])
    if TABLES[table].columns()[column].dtype == pl.String and column not in ("employment", "status", "outcome"):
        text = MARK
    after = read(with_cell(tables, table, row, column, text))
    # Service of which nothing is said begins with the first spell, and what is known of a person may begin with it.
    derived = {"service_start": ("known_from",), "employment": ("service_start", "known_from")}.get(column, ())
    for name, frame in before.tables():
        touched = (column, *derived) if name == table else ()
        if name == table and column in _KEY:
            continue  # a row of another key is no copy any more: tested below
        assert rest_of(after._table(name), *touched).equals(rest_of(frame, *touched)), name
    assert before.reads.frame.drop("rows_kept", "rows_refused").equals(
        after.reads.frame.drop("rows_kept", "rows_refused")
    )
    conserved(after)


_KEY = ("team", "reason")  # optional columns of a key


@given(rows, st.sampled_from([("assignments", "team"), ("absences", "reason")]), st.integers(0, 7))
def test_a_cell_of_the_key_that_is_not_known_makes_no_other_row_a_copy(tables, cell, row):
    table, column = cell
    before = read(tables)
    after = read(with_cell(tables, table, row % len(tables[table]), column, MARK))
    conserved(after)
    assert before.reads.frame.filter(pl.col("table") != table).equals(
        after.reads.frame.filter(pl.col("table") != table)
    )


@given(rows, st.sampled_from(optional_cells(ends=True)), st.integers(0, 7), st.sampled_from(("?!", "31/02/2020")))
def test_an_unreadable_end_makes_nobody_else_leave_and_no_row_vanish(tables, cell, row, text):
    table, column = cell
    before, after = (
        read(tables),
        read(with_cell(tables, table, row % len(tables[table]), column, text)),
    )
    conserved(after)
    if table == "assignments":
        person = pl.col("person_id")
        changed = set(after.assignments.filter(pl.col("known_to").is_not_null())["person_id"])
        spells = ["person_id", "start_date", "end_date", "role"]
        touched = set(after._refused_rows.filter(table="assignments")["person_id"]) | changed
        same = before.assignments.filter(~person.is_in(list(touched))).select(spells)
        assert after.assignments.filter(~person.is_in(list(touched))).select(spells).equals(same)
        assert before.absences.equals(after.absences)


@given(rows, st.sampled_from([(t, c) for t in FILES for c in REQUIRED[t]]), st.integers(0, 7))
def test_a_refused_row_adds_no_leaver_and_no_joiner_that_the_records_do_not_show(tables, cell, row):
    table, column = cell
    after = read(with_cell(tables, table, row % len(tables[table]), column, ""))
    conserved(after)
    staff = after.assignments
    refused = after._refused_rows.filter(table="assignments", why="row refused").drop_nulls("person_id")
    for person, start, end in refused.select("person_id", "start_date", "end_date").iter_rows():
        own = staff.filter(person_id=person)
        if own.is_empty():
            continue
        last = None if own["end_date"].null_count() else own["end_date"].max()
        known = own["known_to"][0]
        # Whoever has a refused row that may go on after the last kept spell is not known after that spell.
        if last is not None and (end is None or end > last):
            assert known is not None
            assert known <= max(last, start - timedelta(days=1) if start else last)


CODED = (("assignments", "employment"), ("assignments", "status"), ("cases", "case_type"), ("vacancies", "outcome"))
SPELLINGS = {
    "capitals": str.upper,
    "a capital": str.title,
    "spaces around": lambda word: f"  {word} ",
    "spaces within": lambda word: word.replace("_", " "),
    "hyphens": lambda word: word.replace("_", "-"),
    "a space that does not break": lambda word: word.replace("_", "\N{NO-BREAK SPACE}"),
}


@given(rows, st.sampled_from(CODED), st.lists(st.sampled_from(list(SPELLINGS)), min_size=8, max_size=8))
def test_capitals_and_spaces_of_a_coded_word_change_nothing(tables, cell, spellings):
    table, column = cell
    respelled = [
        {**row, column: SPELLINGS[spelling](row[column])}
        for row, spelling in zip(tables[table], spellings, strict=False)
    ]
    before, after = read(tables), read({**tables, table: respelled})
    for name, frame in before.tables():
        assert after._table(name).equals(frame), name
    assert after.reads.frame.equals(before.reads.frame)
    assert after._refused_rows.equals(before._refused_rows)


def conserved(records):
    reads = records.reads.frame
    assert (reads["rows_read"] == reads["rows_kept"] + reads["rows_refused"]).all()
    kept = {name: frame.height for name, frame in records.tables()}
    assert {row["table"]: row["rows_kept"] for row in reads.iter_rows(named=True)} == {
        name: kept[name] for name in FILES
    }
