"""XML made to harm: nothing is expanded, fetched or piled up, and no message holds a cell."""

import time
import traceback
import tracemalloc

import pytest

from workforce import social_work_return
from workforce.errors import InputError
from workforce.settings import SourceFile
from workforce.sources import xml_records
from workforce.sources.reading import read_cells

MARK = "SECRETPERSON"
COLUMNS = {"person_id": "SWENo", "start_date": "RoleStartDate", "fte": "FTE", "role": "OrgRole"}
WORKER = f"<CSWWWorker><SWENo>{MARK}</SWENo><RoleStartDate>2020-01-06</RoleStartDate><FTE>1</FTE><OrgRole>5</OrgRole></CSWWWorker>"
BOMB = """<!DOCTYPE lolz [<!ENTITY a "SECRETPERSON"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"""


def told(tmp_path, content: str | bytes) -> InputError:
    """The error, by either way in; no cell is in it or in its traceback."""
    path = tmp_path / "csww.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = SourceFile(path="csww.xml", table="assignments", record="CSWWWorker", columns=COLUMNS)
    seen = []
    for reading in (lambda: read_cells(path, file, where="csww.xml"), lambda: social_work_return(path)):
        with pytest.raises(InputError) as caught:
            reading()
        seen.append(caught.value)
        assert MARK not in "".join(traceback.format_exception(caught.value)) + repr(caught.value) + str(caught.value)
        assert caught.value.hint
        assert caught.value.exit_code == 4
    assert seen[0].what == seen[1].what
    return seen[0]


def test_entities_that_grow_are_not_expanded(tmp_path):
    bomb = WORKER.replace(MARK, "&c;")
    assert "document type" in told(tmp_path, f"{BOMB}<Message>{bomb}</Message>").what


def test_an_entity_that_names_a_file_is_not_fetched(tmp_path):
    (tmp_path / "secret.txt").write_text(MARK)
    doctype = f'<!DOCTYPE m [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    error = told(tmp_path, f"{doctype}<Message>{WORKER.replace(MARK, '&x;')}</Message>")
    assert "document type" in error.what


def test_a_document_type_that_names_a_server_is_not_asked_for(tmp_path):
    doctype = '<!DOCTYPE m SYSTEM "http://192.0.2.1/m.dtd">'
    begun = time.monotonic()
    assert "document type" in told(tmp_path, f"{doctype}<Message>{WORKER}</Message>").what
    assert time.monotonic() - begun < 5  # nobody was asked


def test_elements_within_elements_without_end_are_refused_before_they_pile_up(tmp_path):
    deep = 200_000
    assert "deep" in told(tmp_path, "<a>" * deep + MARK + "</a>" * deep).what


def test_a_cell_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xml_records, "LONGEST_CELL", 1_000)
    assert "longer than" in told(tmp_path, f"<Message>{WORKER.replace(MARK, MARK * 1_000)}</Message>").what


def test_more_records_than_a_file_may_have_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("workforce.sources.reading.MOST_ROWS", 2)
    monkeypatch.setattr("workforce.sources.social_work_return.MOST_ROWS", 2)
    assert "more than 2 records" in told(tmp_path, f"<Message>{WORKER * 3}</Message>").what


@pytest.mark.parametrize(
    "content",
    [
        f"<Message>{WORKER}",
        f"<Message>{WORKER}</Massage>",
        f"{MARK},1,2\n",
        b"PK\x03\x04" + MARK.encode(),
        f"<?xml version='1.0' encoding='nonsense'?><Message>{WORKER}</Message>",
        f"<Message>{WORKER}</Message>".encode()[:-20] + b"\xff\xfe\x00",
        f"<Message>&{MARK};</Message>",
    ],
)
def test_what_is_not_xml_or_is_cut_short_is_said_to_be(tmp_path, content):
    assert "not XML" in told(tmp_path, content).what


def test_a_large_unmapped_cell_is_not_held(tmp_path):
    filling = "x" * 5_000_000
    path = tmp_path / "csww.xml"
    path.write_text(f"<Message>{WORKER.replace('<FTE>', f'<QualInst>{filling}</QualInst><FTE>')}</Message>")
    data = path.read_bytes()
    tracemalloc.start()
    found = xml_records.xml_records(data, record="CSWWWorker", wanted=["SWENo"], most=10, where="csww.xml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.cells.height == 1
    assert peak < 2_000_000
