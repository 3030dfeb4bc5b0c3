"""XML: one element is a row, what is in it are its cells; the social work return comes as assignments, with its pay."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import check_area
from workforce import load_area, social_work_return
from workforce.errors import InputError, SettingsError, UsageError
from workforce.pseudonyms import find_key
from workforce.settings import SourceFile, load_settings
from workforce.sources.reading import read_cells

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "csww_xml" / "csww_2022_sample_fake.xml"
KEY = find_key(fictional=True)
COLUMNS = {"person_id": "SWENo", "start_date": "RoleStartDate", "fte": "FTE", "role": "OrgRole"}
NO_SCALES = pl.DataFrame(
    schema={"body": pl.String, "role": pl.String, "annual_pay": pl.Float64, "from_date": pl.Date, "source": pl.String}
)


def worker(**cells: str) -> str:
    usual = {"AgencyWorker": "0", "SWENo": "SW1", "FTE": "1", "Sex": "F", "OrgRole": "5", "RoleStartDate": "2020-01-06"}
    elements = "".join(f"<{name}>{cell}</{name}>" for name, cell in (usual | cells).items() if cell is not None)
    return f"<CSWWWorker>{elements}</CSWWWorker>"


def message(*workers: str, year: int = 2025) -> str:
    header = f"<CollectionDetails><Collection>CSWW</Collection><ReferenceDate>{year}-09-30</ReferenceDate></CollectionDetails>"
    level = "<LALevel><NumberOfVacancies>7.5</NumberOfVacancies></LALevel>"
    return f"<?xml version='1.0'?><Message><Header>{header}</Header>{level}{''.join(workers)}</Message>"


def returned(tmp_path, *workers: str, year: int = 2025, **options):
    path = tmp_path / "csww.xml"
    path.write_text(message(*workers, year=year), encoding="utf-8")
    return social_work_return(path, key=KEY, **options)


def spec(**options) -> SourceFile:
    return SourceFile(path="csww.xml", table="assignments", **({"record": "CSWWWorker", "columns": COLUMNS} | options))


def read(tmp_path, text: str, **options):
    path = tmp_path / "csww.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_cells(path, spec(**options), where="csww.xml")


def test_each_record_is_a_row_and_its_elements_are_cells(tmp_path):
    cells = read(tmp_path, message(worker(), worker(SWENo="SW2", FTE=None), worker(SWENo=" SW3 ", FTE="0.5")))
    assert cells.frame.rows() == [
        (1, None, "SW1", "2020-01-06", "1", "5"),
        (2, None, "SW2", "2020-01-06", None, "5"),
        (3, None, "SW3", "2020-01-06", "0.5", "5"),
    ]


def test_nothing_is_kept_of_what_is_not_mapped_or_stands_outside_a_record(tmp_path):
    cells = read(tmp_path, message(worker(QualInst="SECRETPERSON")))
    assert cells.frame.columns == ["row", "flaw", *COLUMNS]
    assert "SECRETPERSON" not in repr(cells) + cells.frame.write_csv()


def test_an_element_within_an_element_is_named_by_its_path(tmp_path):
    text = "<Persons><Person><Id>P1</Id><Role>Two</Role><Post><Start>2020-01-06</Start><FTE>1</FTE></Post></Person></Persons>"
    columns = {"person_id": "Id", "role": "Role", "start_date": "Post/Start", "fte": "Post/FTE"}
    assert read(tmp_path, text, record="Person", columns=columns).frame.row(0)[2:] == ("P1", "Two", "2020-01-06", "1")


def test_prefixes_of_namespaces_are_left_aside(tmp_path):
    text = message(worker()).replace("<", "<w:").replace("<w:/", "</w:").replace("<w:?", "<?")
    text = text.replace("<w:Message>", "<w:Message xmlns:w='urn:x'>")
    assert read(tmp_path, text).frame["person_id"].to_list() == ["SW1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_declared_encoding_is_read(tmp_path, encoding):
    text = message(worker(OrgRole="Éducatrice")).replace("version='1.0'", f"version='1.0' encoding='{encoding}'")
    assert read(tmp_path, text.encode(encoding)).frame["role"].item() == "Éducatrice"


def test_an_element_twice_in_a_record_refuses_the_record_and_not_the_file(tmp_path):
    twice = worker().replace("<FTE>1</FTE>", "<FTE>1</FTE><FTE>0.5</FTE>")
    cells = read(tmp_path, message(twice, worker(SWENo="SW2")))
    assert cells.frame["flaw"].to_list() == ["an element appears twice", None]


def test_a_mapped_element_that_no_record_has_is_told_with_the_nearest(tmp_path):
    with pytest.raises(InputError, match='no record has an element "RoleStart"') as caught:
        read(tmp_path, message(worker()), columns=COLUMNS | {"start_date": "RoleStart"})
    assert 'did you mean "RoleStartDate"' in caught.value.hint


def test_a_file_without_the_record_is_told_which_elements_hold_others(tmp_path):
    with pytest.raises(InputError, match='no element "CSWWWorkers"') as caught:
        read(tmp_path, message(worker()), record="CSWWWorkers")
    assert 'did you mean "CSWWWorker"' in caught.value.hint


AREA = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2025-09"
[organisations.council]
name = "Council"
kind = "council"
records_from = 2025-09-30
records_to = 2025-09-30
[[organisations.council.files]]
path = "csww.xml"
table = "assignments"
record = "CSWWWorker"
columns.person_id = "SWENo"
columns.start_date = "RoleStartDate"
columns.fte = "FTE"
columns.role = "OrgRole"
columns.employment = "AgencyWorker"
columns.annual_pay = "BaseSalary"
values.role = { 5 = "Case holder" }
values.employment = { 0 = "employed", 1 = "agency" }
constants = { full_time_hours = 37 }
"""


def area(tmp_path, *workers: str, settings: str = AREA) -> Path:
    (tmp_path / "csww.xml").write_text(message(*workers), encoding="utf-8")
    (tmp_path / "area.toml").write_text(settings, encoding="utf-8")
    return tmp_path / "area.toml"


def test_an_area_reads_the_return_as_one_of_its_files_and_every_record_is_kept_or_refused(tmp_path):
    path = area(tmp_path, worker(BaseSalary="41000"), worker(SWENo="SW2", FTE="0"), worker(SWENo="SW3", FTE="much"))
    records = load_area(path)
    assert records.reads.frame.row(0)[3:] == (3, 2, 1)
    assert records.quality.frame.select("rule", "rows", "example_rows").rows() == [("fte: not a number", 1, "3")]
    assert records.assignments["fte"].sort().to_list() == [0.0, 1.0]  # a leaver of the return has no hours left
    row = records.assignments.filter(pl.col("annual_pay").is_not_null()).select("role", "employment", "annual_pay")
    assert row.row(0) == ("Case holder", "employed", 41000.0)
    assert "SW1" not in records.assignments.write_csv()


@pytest.mark.parametrize(
    ("was", "becomes", "where"),
    [
        ('record = "CSWWWorker"\n', "", "record"),
        ('record = "CSWWWorker"', 'record = "CSWWWorker"\nsheet = "Staff"', "sheet"),
        ('record = "CSWWWorker"', 'record = "CSWWWorker"\nencoding = "utf-8"', "encoding"),
        ('record = "CSWWWorker"', 'record = "CSWWWorker"\nskip_rows = 1', "skip_rows"),
        ('"csww.xml"', '"csww.csv"', "record"),
        ('record = "CSWWWorker"', 'records = "CSWWWorker"', "records"),
    ],
)
def test_settings_of_an_xml_file_are_as_strict_as_the_others(tmp_path, was, becomes, where):
    with pytest.raises(SettingsError) as caught:
        load_settings(area(tmp_path, worker(), settings=AREA.replace(was, becomes)))
    assert caught.value.where.endswith(f"files[0].{where}")
    assert caught.value.exit_code == 3


def test_a_check_says_what_would_be_refused_of_a_return_without_a_good_record(tmp_path):
    records = check_area(area(tmp_path, worker(FTE="-1", BaseSalary="1")))
    assert records.reads.frame.row(0)[3:] == (1, 0, 1)


SHAPES = st.lists(
    st.fixed_dictionaries(
        {
            "SWENo": st.sampled_from(["SW1", "SW2", "", None]),
            "FTE": st.sampled_from(["1", "0.5", "0", "much", None]),
            "OrgRole": st.sampled_from(["5", "", None]),
            "WorkingDaysLost": st.sampled_from(["1.5", "-2", "many", None]),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(SHAPES)
def test_of_any_return_every_record_is_kept_or_refused(tmp_path_factory, shapes):
    first = worker(SWENo="SW0", WorkingDaysLost="1")  # so that every element is there at least once
    done = returned(tmp_path_factory.mktemp("return"), first, *[worker(**shape) for shape in shapes])
    assert done.rows_read == len(shapes) + 1 == done.workers.height + done.rows_refused
    assert done.refusals["rows"].sum() >= done.rows_refused
    assert done.workers["fte"].min() > 0


# -- the social work return ------------------------------------------------------------------------------------------------------------


def test_codes_of_the_return_become_words(tmp_path):
    done = returned(
        tmp_path,
        worker(Ethnicity="BCRB", Cases30="17", WorkingDaysLost="3.5", BaseSalary="41000.00", RRPayments="2000"),
        worker(SWENo="SW2", AgencyWorker="1", Sex="M", OrgRole="3", FTE="0.8"),
        salary="full_time",
    )
    assert done.workers.select("role", "employment", "sex", "ethnicity", "fte").rows() == [
        ("Case holder", "employed", "female", "black caribbean", 1.0),
        ("First line manager", "agency", "male", None, 0.8),
    ]
    assert done.workers.select("annual_pay", "supplement", "full_time_hours", "cases", "days_lost").row(0) == (
        41000.0,
        2000.0,
        37.0,
        17.0,
        3.5,
    )
    assert (done.rows_read, done.rows_refused, done.refusals.height) == (2, 0, 0)
    assert done.workers["observed_from"].unique().to_list() == [date(2025, 9, 30)]


def test_a_salary_for_the_hours_worked_is_restated_for_a_full_week(tmp_path):
    half = worker(FTE="0.5", BaseSalary="20000", RRPayments="500", OtherPayments="100")
    row = returned(tmp_path, half, salary="actual").workers.row(0, named=True)
    assert (row["annual_pay"], row["supplement"], row["other_payments"]) == (40000.0, 1000.0, 200.0)


def test_whose_hours_a_salary_is_for_is_asked_and_not_assumed(tmp_path):
    with pytest.raises(UsageError, match="the return has salaries, so it needs salary="):
        returned(tmp_path, worker(BaseSalary="41000"))
    assert returned(tmp_path, worker(), year=2024).workers["annual_pay"].null_count() == 1  # no pay, no question


def test_leavers_without_an_fte_are_kept_and_the_year_claims_no_turnover(tmp_path):
    left = worker(SWENo="SW2", FTE="0", RoleEndDate="2025-03-31", ReasonLeave="1", LeaverDestination="3")
    done = returned(tmp_path, worker(), left)
    assert done.refusals.is_empty()
    assert done.workers["fte"].to_list() == [1.0, 0.0]
    workers = wf.Records(assignments=done.workers)
    row = wf.staffing.turnover(workers, wf.census_year("2024-25"), definition="dfe").frame.row(0, named=True)
    assert (row["value"], row["marker"], row["left_out"]) == (None, "x", ["council"])


def test_every_record_is_kept_or_refused_and_each_refusal_is_counted(tmp_path):
    done = returned(
        tmp_path,
        worker(),
        worker(),
        worker(SWENo="SW2", WorkingDaysLost="many"),
        worker(SWENo="SW3", OrgRole=None, RoleStartDate="06/01/2020"),
        worker(SWENo="SW4").replace("<FTE>1</FTE>", "<FTE>1</FTE><FTE>1</FTE>"),
        worker(SWENo="SW5", Cases30="-1"),
    )
    assert done.refusals.rows() == [
        ("an element appears twice", 1),
        ("cases: not a number of 0 or more", 1),
        ("days_lost: not a number of 0 or more", 1),
        ("duplicate of an earlier row", 1),
        ("role: missing", 1),
        ("start_date: not a date", 1),
    ]
    assert done.workers.height + done.rows_refused == done.rows_read == 6
    assert repr(done) == "SocialWorkReturn(1 rows kept, 5 refused)"


def test_registration_numbers_become_pseudonyms(tmp_path):
    done = returned(tmp_path, worker(SWENo="SW1234567"))
    assert "SW1234567" not in done.workers.write_csv()
    assert done.workers["person_id"].str.len_chars().item() == 16


def test_the_gender_of_earlier_years_is_read_by_its_own_codes(tmp_path):
    done = returned(tmp_path, worker(Sex=None, GenderCurrent="2"), worker(SWENo="SW2", Sex=None, GenderCurrent="9"))
    assert done.workers["sex"].to_list() == ["female", "unknown"]


def test_pay_by_role_comes_from_the_return(tmp_path):
    pays = [39_000 + 500 * n for n in range(11)]
    workers = [worker(SWENo=f"SW{n}", BaseSalary=str(pay)) for n, pay in enumerate(pays)]
    workers += [worker(SWENo=f"SX{n}", OrgRole="3", BaseSalary="52000") for n in range(3)]
    done = returned(tmp_path, *workers, salary="full_time")
    records = wf.Records(assignments=done.workers, pay_scales=NO_SCALES)
    median = wf.pay.position(records, date(2025, 9, 30)).filter(pl.col("definition") == "median")
    assert median.frame.select("role", "denominator").rows() == [("Case holder", 11.0), ("First line manager", 3.0)]
    assert median.frame["value"][0] == pytest.approx(41_500 / 52.143 / 37)
    assert wf.release(median).frame["marker"].to_list() == [None, "c"]


def test_a_file_without_what_every_row_needs_is_refused(tmp_path):
    with pytest.raises(InputError, match="no record has OrgRole"):
        returned(tmp_path, worker(OrgRole=None))


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the sample return is not beside the project")
def test_the_sample_return_of_2022_is_read_record_by_record():
    done = social_work_return(SAMPLE, key=KEY)
    text = SAMPLE.read_text(encoding="utf-8")
    assert done.rows_read == text.count("<CSWWWorker>") == done.workers.height + done.rows_refused
    assert done.workers.filter(pl.col("fte") == 0).height > 0
    assert done.workers["observed_to"].unique().to_list() == [date(2022, 9, 30)]
    assert set(done.workers["role"]) <= {
        "Senior manager",
        "Middle manager",
        "First line manager",
        "Senior practitioner",
        "Case holder",
        "Qualified without cases",
    }
