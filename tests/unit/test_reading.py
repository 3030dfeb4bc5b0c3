"""Reading: every cell as text, whatever the kind of file, and strict casts by the declared form."""

import re
from datetime import date, datetime

import polars as pl
import pytest
import xlsxwriter

from workforce.errors import InputError
from workforce.settings import SourceFile
from workforce.sources.mapping import mapped
from workforce.sources.reading import read_cells

COLUMNS = {"person_id": "No", "start_date": "Start", "fte": "FTE", "role": "Job", "annual_pay": "Pay"}
HEADER = "No,Start,FTE,Job,Pay,Name\n"


def spec(path="staff.csv", **options):
    options.setdefault("columns", COLUMNS)
    return SourceFile(path=path, table="assignments", **options)


def read(tmp_path, content, name="staff.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_cells(path, spec(name, **options), where=name)


def rows_of(tmp_path, content, name="staff.csv", **options):
    cells = read(tmp_path, content, name, **options)
    return mapped(cells, spec(name, **options), organisation="council", filled={}, roles={})


def refused(one):
    return one.refusals.sort("row", "rule").select("row", "rule").rows()


def effects(one):
    return one.refusals.sort("row", "rule").select("row", "effect").rows()


def workbook(tmp_path, write, name="staff.xlsx"):
    book = xlsxwriter.Workbook(tmp_path / name)
    sheet = book.add_worksheet("Staff")
    write(sheet, book)
    book.close()
    return tmp_path / name


def test_rows_have_the_numbers_that_a_spreadsheet_shows(tmp_path):
    text = 'A title\n\nNo,Start,FTE,Job,Pay\n1,2023-01-02,1,"Two\nlines",\n2,2023-01-02,1,TA,\n'
    cells = read(tmp_path, text, skip_rows=2)
    assert cells.frame["row"].to_list() == [4, 5]
    assert cells.frame["role"].to_list() == ["Two\nlines", "TA"]


def test_cells_are_stripped_and_empty_ones_are_null(tmp_path):
    cells = read(tmp_path, HEADER + "  1 ,2023-01-02,\u00a01, TA\t,  ,x\n")
    assert cells.frame.row(0) == (2, None, "1", "2023-01-02", "1", "TA", None)


def test_a_column_that_is_not_mapped_is_not_kept(tmp_path):
    assert read(tmp_path, HEADER + "1,2023-01-02,1,TA,,SECRETPERSON\n").frame.columns == ["row", "flaw", *COLUMNS]


def test_nothing_is_taken_for_a_missing_value_or_a_number(tmp_path):
    cells = read(tmp_path, HEADER + "007,2023-01-02,1.0,NA,null,x\n")
    assert cells.frame.row(0)[2:] == ("007", "2023-01-02", "1.0", "NA", "null")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_a_declared_encoding_is_read_and_a_byte_order_mark_does_no_harm(tmp_path, encoding):
    content = (HEADER + "1,2023-01-02,1,Éducatrice,,x\n").encode(encoding)
    declared = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    assert read(tmp_path, content, **declared).frame["role"].item() == "Éducatrice"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(tmp_path, end):
    assert (
        read(tmp_path, (HEADER + "1,2023-01-02,1,TA,,x\n2,2023-01-02,1,TA,,x\n").replace("\n", end)).frame.height == 2
    )


def test_a_quotation_mark_within_a_cell_is_read_as_it_stands(tmp_path):
    cells = read(tmp_path, HEADER + '1,2023-01-02,1,5" reader,,x\n2,2023-01-02,1,"TA, senior",,x\n')
    assert cells.frame["role"].to_list() == ['5" reader', "TA, senior"]
    assert cells.frame["row"].to_list() == [2, 3]


def test_an_unclosed_quotation_mark_is_told_by_its_line(tmp_path):
    with pytest.raises(InputError, match="begins in line 3 has a quotation mark") as caught:
        read(tmp_path, HEADER + '1,2023-01-02,1,TA,,x\n2,2023-01-02,1,"SECRETPERSON,,x\n3,2023-01-02,1,TA,,x\n')
    assert "SECRETPERSON" not in str(caught.value)


def test_empty_rows_at_the_end_are_no_rows_and_one_in_the_middle_is_refused(tmp_path):
    one = rows_of(tmp_path, HEADER + "1,2023-01-02,1,TA,,\n,,,,,\n2,2023-01-02,1,TA,,\n,,,,,\n\n\n")
    assert one.accepted["row"].to_list() == [2, 4]
    assert refused(one) == [(3, "empty row")]


def test_a_row_with_more_cells_than_headers_is_refused_and_trailing_separators_are_not(tmp_path):
    one = rows_of(
        tmp_path, HEADER + "1,2023-01-02,1,TA,,x,,\n2,2023-01-02,1,TA,,Last, First\n3,2023-01-02,1,TA,,x,y,z\n"
    )
    assert one.accepted["person_id"].to_list() == ["1"]
    assert refused(one) == [(3, "more cells than headers"), (4, "more cells than headers")]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("28/02/2023", date(2023, 2, 28)),
        ("1/2/2023", date(2023, 2, 1)),
        ("31/02/2023", "start_date: not a date"),
        ("01/02/23", "start_date: before 1940-01-01"),
        ("01/02/2203", "start_date: after 2100-12-31"),
        ("2023-02-01", "start_date: not a date"),
        ("2023-02-01 00:00:00", date(2023, 2, 1)),
        ("2023-02-01T00:00:00Z", date(2023, 2, 1)),
        ("2023-06-30T23:00:00Z", date(2023, 7, 1)),
        ("2023-06-30T23:00:00.000+00:00", date(2023, 7, 1)),
        ("2023-06-30 23:00", date(2023, 6, 30)),
        ("01/02/2023 00:00", date(2023, 2, 1)),
        ("1/2/2023 23:59:59", date(2023, 2, 1)),
        ("01/02/2023 x", "start_date: not a date"),
        ("44927", "start_date: not a date"),
        ("", "start_date: missing"),
    ],
)
def test_a_date_is_read_in_the_declared_form_only(tmp_path, cell, kept):
    one = rows_of(tmp_path, HEADER + f"1,{cell},1,TA,,x\n", date_format="%d/%m/%Y")
    found = one.accepted["start_date"].to_list() or [one.refusals["rule"].item()]
    assert found == [kept]


@pytest.mark.parametrize(
    ("cell", "numbers", "kept"),
    [
        ("30000", "plain", 30000.0),
        ("30,000", "plain", None),
        ("30,000", "thousands", 30000.0),
        ("1,234,567.50", "thousands", "annual_pay: above 1,000,000"),
        ("3,00", "thousands", None),
        ("£30,000", "thousands", None),
        ("£30,000", "currency", 30000.0),
        ("£ 30000.50", "currency", 30000.5),
        ("€30,000", "currency", None),
        ("nan", "plain", None),
        ("inf", "plain", None),
        ("-1", "plain", "annual_pay: not above 0"),
    ],
)
def test_a_number_is_read_in_the_declared_form_only(tmp_path, cell, numbers, kept):
    one = rows_of(tmp_path, HEADER + f'1,2023-01-02,1,TA,"{cell}",x\n', numbers=numbers)
    found = one.refusals["rule"].to_list() or one.accepted["annual_pay"].to_list()
    assert found == [kept or "annual_pay: not a number"]
    assert one.accepted.height == 1


def test_values_are_ours_after_mapping_and_a_closed_list_is_closed(tmp_path):
    options = {
        "columns": {**COLUMNS, "employment": "Name"},
        "values": {"employment": {"Perm": "employed", "": "bank", "?": ""}, "role": {"TA": "Teaching assistant"}},
    }
    text = HEADER + "".join(
        f"{n},2023-01-02,1,{job},,{kind}\n"
        for n, (job, kind) in enumerate([("TA", "Perm"), ("TA2", ""), ("TA", "?"), ("TA", "Temp")])
    )
    one = rows_of(tmp_path, text, **options)
    assert one.accepted.select("role", "employment").rows() == [
        ("Teaching assistant", "employed"),
        ("TA2", "bank"),
        ("Teaching assistant", None),
        ("Teaching assistant", None),
    ]
    assert refused(one) == [(5, "employment: not a value that this column can hold")]
    assert effects(one) == [(5, "cell not known")]


def test_a_mapped_or_constant_date_is_ours_whatever_the_form_of_theirs(tmp_path):
    options = {
        "columns": {**COLUMNS, "end_date": "Name"},
        "values": {"end_date": {"31/12/9999": "", "end of scheme": date(2023, 6, 30)}},
        "constants": {"service_start": date(2020, 1, 1)},
        "date_format": "%d/%m/%Y",
    }
    text = HEADER + "1,02/01/2023,1,TA,,31/12/9999\n2,02/01/2023,1,TA,,end of scheme\n3,02/01/2023,1,TA,,03/01/2023\n"
    one = rows_of(tmp_path, text, **options)
    assert one.accepted["end_date"].to_list() == [None, date(2023, 6, 30), date(2023, 1, 3)]
    assert one.accepted["service_start"].unique().to_list() == [date(2020, 1, 1)]


def test_yes_and_no_are_read_in_their_common_forms_only(tmp_path):
    path = tmp_path / "cases.csv"
    words = ["true", "FALSE", "1", "0", "Yes", "no", "maybe", "", "Y", "f"]
    path.write_text(
        "Id,Type,In,Exc\n" + "".join(f"{n},ehc_plan,2023-01-02,{word}\n" for n, word in enumerate(words)),
        encoding="utf-8",
    )
    file = SourceFile(
        path="cases.csv",
        table="cases",
        columns={"case_id": "Id", "case_type": "Type", "received_date": "In", "exception": "Exc"},
    )
    one = mapped(read_cells(path, file, where="cases.csv"), file, organisation="council", filled={}, roles={})
    assert one.accepted["exception"].to_list() == [True, False, True, False, True, False, None, None, True, False]
    assert refused(one) == [(8, "exception: not yes or no")]


def test_a_row_that_breaks_several_rules_stands_under_each(tmp_path):
    one = rows_of(tmp_path, HEADER + "1,31/02/2023,12,,,x\n")
    assert refused(one) == [(2, "fte: above 1.5"), (2, "role: missing"), (2, "start_date: not a date")]


def test_a_role_gets_its_common_name_after_the_mapping_of_its_file(tmp_path):
    file = spec(values={"role": {"T1": "TA"}})
    cells = read(tmp_path, HEADER + "1,2023-01-02,1,T1,,x\n", values=file.values)
    one = mapped(cells, file, organisation="council", filled={}, roles={"TA": "Teaching assistant"})
    assert one.accepted["role"].item() == "Teaching assistant"


def test_a_workbook_gives_the_same_rows_as_the_text_file(tmp_path):
    def write(sheet, book):
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, HEADER.strip().split(","))
        sheet.write_row(1, 0, [100, None, 0.8, "TA", 20000.5])
        sheet.write_datetime(1, 1, datetime(2023, 1, 2), day)  # noqa: DTZ001 - workbooks know no time zones
        sheet.write_row(2, 0, ["A02501", "03/01/2023", "1", "TA", None])
        sheet.write_row(3, 0, ["A02502", "31/02/2023", "1", "TA", None])

    path = workbook(tmp_path, write)
    file = spec("staff.xlsx", sheet="Staff", date_format="%d/%m/%Y")
    from_book = mapped(read_cells(path, file, where="staff.xlsx"), file, organisation="council", filled={}, roles={})
    text = HEADER + "100,02/01/2023,0.8,TA,20000.5,\nA02501,03/01/2023,1,TA,,\nA02502,31/02/2023,1,TA,,\n"
    from_text = rows_of(tmp_path, text, date_format="%d/%m/%Y")
    assert from_book.accepted.equals(from_text.accepted)
    assert refused(from_book) == refused(from_text) == [(4, "start_date: not a date")]
    assert effects(from_book) == [(4, "row refused")]


def test_rows_of_a_workbook_are_numbered_from_its_top_whatever_is_empty_there(tmp_path):
    def write(sheet, _book):
        sheet.write_row(3, 2, HEADER.strip().split(","))
        sheet.write_row(4, 2, ["1", "2023-01-02", 1, "TA"])
        sheet.write_row(6, 2, ["2", "2023-01-02", 1, "TA"])

    cells = read_cells(workbook(tmp_path, write), spec("staff.xlsx", skip_rows=3), where="staff.xlsx")
    assert cells.frame.select("row", "flaw", "person_id").rows() == [
        (5, None, "1"),
        (6, "empty row", None),
        (7, None, "2"),
    ]


def test_a_formula_counts_by_its_result_and_an_error_in_a_cell_is_never_an_empty_cell(tmp_path):
    def write(sheet, book):
        sheet.write_row(0, 1, HEADER.strip().split(","))
        for row, number in enumerate(["1", "2", "3", "4"], start=1):
            sheet.write_row(row, 1, [number, "2023-01-02", 1, "TA"])
        sheet.write_formula(1, 5, "=15000*2", value=30000)
        sheet.write_formula(2, 5, "=1/0", value="#DIV/0!")
        sheet.write_formula(3, 4, "=NA()", value="#N/A")
        sheet.write_formula(4, 6, "=NA()", value="#N/A")  # a column that is not mapped
        sheet.write_blank(4, 0, None, book.add_format({"bold": True}))

    file = spec("staff.xlsx")
    one = mapped(
        read_cells(workbook(tmp_path, write), file, where="staff.xlsx"), file, organisation="c", filled={}, roles={}
    )
    assert one.accepted.select("person_id", "annual_pay").rows() == [("1", 30000.0), ("2", None), ("4", None)]
    assert effects(one) == [(3, "cell not known"), (4, "row refused")]
    assert refused(one) == [(3, "annual_pay: an error of the workbook"), (4, "role: an error of the workbook")]


def test_typed_columns_of_a_parquet_file_come_the_same_way(tmp_path):
    frame = pl.DataFrame(
        {
            "No": [100.0, 101.0, None],
            "Start": [date(2023, 1, 2), date(2023, 1, 3), date(2023, 1, 4)],
            "FTE": [0.8, 1.0, 1.0],
            "Job": pl.Series(["TA", "TA", "TA"], dtype=pl.Categorical()),
            "Pay": [20000, None, 1],
            "Unused": [[1], [2], [3]],
        }
    )
    frame.write_parquet(tmp_path / "staff.parquet")
    file = spec("staff.parquet", date_format="%d/%m/%Y")
    cells = read_cells(tmp_path / "staff.parquet", file, where="staff.parquet")
    one = mapped(cells, file, organisation="c", filled={}, roles={})
    assert one.accepted.select("person_id", "start_date", "annual_pay").rows() == [
        ("100", date(2023, 1, 2), 20000.0),
        ("101", date(2023, 1, 3), None),
    ]
    assert refused(one) == [(4, "person_id: missing")]


def test_a_missing_header_is_told_with_the_nearest_one(tmp_path):
    with pytest.raises(InputError, match=re.escape('the header "Start" is missing. Hint: did you mean "Starts"')):
        read(tmp_path, HEADER.replace("Start", "Starts") + "1,2023-01-02,1,TA,,x\n")


def test_a_file_without_a_header_is_not_quoted(tmp_path):
    with pytest.raises(InputError, match="none of the mapped headers is in row 1") as caught:
        read(tmp_path, "1,2023-01-02,1,TA,,SECRETPERSON\n2,2023-01-02,1,TA,,x\n")
    assert "SECRETPERSON" not in str(caught.value)


def test_another_separator_is_suspected_where_the_header_is_one_cell(tmp_path):
    with pytest.raises(InputError, match="set separator"):
        read(tmp_path, HEADER.replace(",", ";") + "1;2023-01-02;1;TA;;x\n")
    assert read(tmp_path, HEADER.replace(",", ";") + "1;2023-01-02;1;TA;;x\n", separator=";").frame.height == 1


def test_a_header_twice_is_refused_only_where_it_is_mapped(tmp_path):
    with pytest.raises(InputError, match='"Job" appears twice'):
        read(tmp_path, HEADER.replace("Name", "Job") + "1,2023-01-02,1,TA,,x\n")
    assert read(tmp_path, HEADER.strip() + ",Name\n1,2023-01-02,1,TA,,x,y\n").frame.height == 1


def test_what_was_read_is_shown_by_its_size_only(tmp_path):
    cells = read(tmp_path, HEADER + "1,2023-01-02,1,SECRETPERSON,,x\n")
    assert repr(cells) == "Cells(1 rows, 5 columns)"
