"""The plan: which notebooks with which parameters, and everything that is refused before a notebook starts."""

import hashlib
import shutil

import pytest

from workforce import load_area
from workforce.errors import InputError, SettingsError, UsageError
from workforce.report.notebooks import refuse_parameters, stored
from workforce.report.plan import Request, plan
from workforce.shipped import shipped


@pytest.fixture
def asked(area, folder, tmp_path):
    def make(**changes):
        return plan(Request(**{"area": area, "folder": folder, "out": tmp_path / "outputs"} | changes))

    return make


def test_a_report_is_the_assessment_a_pack_for_each_organisation_and_the_data_quality(asked, area, tmp_path):
    order = asked()
    assert [job.name for job in order.jobs] == [
        "assessment",
        "organisation-council",
        "organisation-trust",
        "data_quality",
    ]
    assert order.target == tmp_path / "outputs" / "somewhere" / "2022-06"
    assert order.jobs[0].parameters == {"area": str(area), "month": "2022-06", "audience": "board"}
    assert order.jobs[1].parameters["organisation"] == "council"
    assert order.jobs[1].page.subject == "The Council"
    assert order.jobs[1].title == "Organisation: The Council"
    assert order.jobs[3].parameters == {"area": str(area)}
    assert (order.area, order.period, order.rule, order.all_pages) == ("Somewhere", "June 2022", "board", True)
    assert [one.source for one in order.inputs] == ["area.toml", "staff.csv"]


def test_a_file_that_is_not_used_is_named_and_the_others_make_the_report(asked, area):
    sick = '[[organisations.trust.files]]\npath = "sick.csv"\ntable = "absences"\n'
    sick += 'columns = { person_id = "No", start_date = "From" }\n'
    area.write_text(area.read_text() + sick)
    (area.parent / "sick.csv").write_text("Number,From\n1,2022-02-01\n")
    order = asked()
    assert order.not_used == ['sick.csv of The Trust (absences) is not used: the header "No" is missing.']
    assert len(order.jobs) == 4


def test_the_order_says_how_many_notices_there_are(asked, area):
    assert asked().notices == 0
    (area.parent / "staff.csv").write_text(
        "No,Start,End,FTE,Role\n1,2020-01-01,2022-06-30,1.0,Caseworker\n1,2022-06-30,,1.0,Caseworker\n"
    )
    notices = load_area(area).notices.frame
    assert notices["organisation"].n_unique() == 2
    assert asked().notices == notices.height


def test_an_area_without_a_staff_list_that_can_be_used_is_refused(asked, area):
    (area.parent / "staff.csv").write_text("Number,Start\n1,2022-02-01\n")
    with pytest.raises(InputError, match="the headers"):
        asked()


def test_month_and_audience_can_be_chosen(asked):
    order = asked(month="2022-09", audience="internal")
    assert order.target.name == "2022-09"
    assert {job.page.rule for job in order.jobs} == {"internal"}
    assert order.jobs[0].parameters["audience"] == "internal"


def test_one_organisation_asks_for_its_pack_alone(asked):
    order = asked(organisation="trust")
    assert [job.name for job in order.jobs] == ["organisation-trust"]
    assert not order.all_pages


def test_a_notebook_can_be_asked_for_by_name(asked):
    order = asked(notebooks=["data_quality"])
    assert [job.name for job in order.jobs] == ["data_quality"]
    assert not order.all_pages


def test_official_statistics_need_no_area(folder, tmp_path):
    order = plan(Request(notebooks=["benchmark"], local_authority="devon", folder=folder, out=tmp_path))
    assert order.target == tmp_path / "devon" / "published"
    assert order.jobs[0].parameters == {"local_authority": "Devon"}
    assert order.jobs[0].page.rule == order.rule == "published"


@pytest.mark.parametrize("month", ["2021-12", "2023-01", "1999-01"])
def test_a_month_without_records_is_refused_with_the_months_there_are(asked, month):
    with pytest.raises(InputError, match="there are no records for") as caught:
        asked(month=month)
    assert caught.value.hint == "the records cover 2022-01 to 2022-12"


def without_last_days(area, rows="", settings=""):
    area.write_text(area.read_text().replace("records_to = 2022-12-31\n", "") + settings)
    (area.parent / "staff.csv").write_text(
        f"No,Start,End,FTE,Role\n1,2020-01-01,,1.0,Caseworker\n2,2022-02-01,,0.5,Caseworker\n{rows}"
    )


def test_a_leaver_shows_that_the_records_cover_the_month(asked, area):
    without_last_days(area, "3,2020-01-01,2022-06-20,1.0,Caseworker\n")
    assert asked().period == "June 2022"


def test_an_absence_shows_that_the_records_cover_the_month(asked, area):
    without_last_days(
        area,
        settings='[[organisations.trust.files]]\npath = "sick.csv"\ntable = "absences"\n'
        'columns = { person_id = "No", start_date = "From", end_date = "To" }\n',
    )
    (area.parent / "sick.csv").write_text("No,From,To\n1,2022-05-01,2022-06-03\n")
    assert asked().period == "June 2022"


def test_the_days_of_one_organisation_may_be_stated_and_those_of_another_not(asked, area):
    text = area.read_text().replace("records_to = 2022-12-31", "records_to = 2022-03-31", 1)
    area.write_text(text.replace("records_to = 2022-12-31\n", ""))
    assert asked(month="2022-09").period == "September 2022"


@pytest.mark.parametrize("rows", ["", "3,2020-01-01,2024-03-31,1.0,Caseworker\n"])
def test_a_month_after_the_last_event_is_refused_with_what_to_set(asked, area, rows):
    without_last_days(area, rows)
    with pytest.raises(InputError, match="there are no records for June 2022") as caught:
        asked()
    assert "the last day on which anything begins or ends in the files is in 2022-02" in caught.value.hint
    assert "add records_to = 2022-06-30 to it" in caught.value.hint
    area.write_text(area.read_text().replace("records_from = 2022-01-01", "records_to = 2022-06-30"))
    assert asked().period == "June 2022"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"month": "March"}, "a month could not be read"),
        ({"audience": "bord"}, 'did you mean "board"'),
        ({"organisation": "concil"}, 'did you mean "council"'),
        ({"notebooks": ["assesment"]}, 'did you mean "assessment"'),
        ({"notebooks": ["benchmark"], "area": None}, "no local authority was given"),
        ({"notebooks": ["benchmark"], "area": None, "local_authority": "Devn"}, 'did you mean "Devon"'),
        ({"notebooks": ["benchmark"], "local_authority": "Devon", "month": "2022-06"}, "takes --month"),
        ({"notebooks": ["benchmark"], "local_authority": "Devon", "organisation": "council"}, "takes --organisation"),
        ({"local_authority": "Devon"}, "takes --local-authority"),
        ({"notebooks": ["data_quality"], "organisation": "council"}, "takes --organisation"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_runs(asked, changes, said):
    with pytest.raises(UsageError, match=said):
        asked(**changes)


def test_an_area_that_is_not_there_is_a_fault_of_the_settings(asked, tmp_path):
    with pytest.raises(SettingsError):
        asked(area=tmp_path / "none.toml")


def test_a_folder_without_notebooks_is_refused(asked, tmp_path):
    with pytest.raises(UsageError, match="no notebooks"):
        asked(folder=tmp_path)


def test_a_file_that_is_no_notebook_is_refused(asked, folder):
    (folder / "broken.ipynb").write_text("{")
    with pytest.raises(InputError, match="could not be read"):
        asked(notebooks=["broken"])


def test_unknown_and_missing_parameters_are_refused(notebook):
    pay = stored(notebook("pay", "1", parameters='area = None\nmonth = "2023-03"'))
    refuse_parameters(pay, {"area": "area.toml"})
    with pytest.raises(UsageError, match='no parameter "aera"'):
        refuse_parameters(pay, {"aera": "area.toml"})
    with pytest.raises(UsageError, match='no value for parameter "area"'):
        refuse_parameters(pay, {"month": "2023-03"})


def test_a_date_that_is_not_text_is_refused(notebook):
    from datetime import date

    pay = stored(notebook("pay", "1", parameters="month = None"))
    with pytest.raises(UsageError, match="is not text"):
        refuse_parameters(pay, {"month": date(2023, 3, 1)})


def test_a_notebook_without_a_cell_of_parameters_takes_none(notebook):
    with pytest.raises(UsageError, match='tag a cell "parameters"'):
        refuse_parameters(stored(notebook("plain", "1")), {"area": "area.toml"})


def test_a_notebook_tells_its_title_and_what_it_answers(notebook):
    one = stored(notebook("pay", "1"))
    assert (one.name, one.title, one.about) == ("pay", "Pay", "What pay answers.")


def test_official_figures_that_are_replaced_while_they_are_read_are_refused(folder, tmp_path, monkeypatch):
    from workforce.report import plan as planned

    def order():
        return plan(Request(notebooks=["benchmark"], local_authority="devon", folder=folder, out=tmp_path, store=store))

    store = tmp_path / "store"
    shutil.copytree(shipped("data", "official"), store)
    hashes = {one.source: one.sha256 for one in order().inputs}
    assert hashes["published.parquet"] == hashlib.sha256((store / "published.parquet").read_bytes()).hexdigest()
    usual = planned._official_files

    def replaced_after(request):
        files = usual(request)
        (store / "neighbours.parquet").write_bytes((store / "neighbours.parquet").read_bytes() + b"\n")
        return files

    monkeypatch.setattr(planned, "_official_files", replaced_after)
    with pytest.raises(InputError, match="changed while they were read"):
        order()
