"""Roles on a common list: mapped wherever they stand, never merged in silence, and listed where they are not on it."""

import runpy
import sys
from datetime import date

import polars as pl
import pytest

import workforce as wf
from workforce import load_area
from workforce.errors import SettingsError

ROLES = '[roles]\n"SEND caseworker" = ["EHC coordinator", "Plan writer"]\n"SENCO" = []\n'
FILES = {
    "staff": (
        "assignments",
        'person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Job"',
        "No,Start,End,FTE,Job\n1,2020-01-01,,1,EHC coordinator\n2,2020-01-01,2022-06-30,1,SEND caseworker\n",
    ),
    "posts": (
        "posts",
        'role = "Job", funded_fte = "FTE", start_date = "Start"',
        "Job,FTE,Start\nEHC coordinator,2,2020-01-01\n",
    ),
    "vacancies": (
        "vacancies",
        'vacancy_id = "No", role = "Job", fte = "FTE", opened_date = "Opened"',
        "No,Job,FTE,Opened\nV1,Plan writer,1,2022-01-01\n",
    ),
    "scales": (
        "pay_scales",
        'body = "Body", role = "Job", annual_pay = "Pay", from_date = "From", source = "Source"',
        "Body,Job,Pay,From,Source\none,EHC coordinator,30000,2022-04-01,its own\n",
    ),
    "hours": (
        "hours",
        'person_id = "No", activity = "What", period_start = "From", period_end = "To", hours = "Hours", role = "Job"',
        "No,What,From,To,Hours,Job\n1,casework,2022-01-01,2022-01-31,120,EHC coordinator\n",
    ),
}


def area(tmp_path, staff, *, roles=ROLES, also=(), more="", slug="one"):
    """An area of one organisation with a file of staff and others of FILES; staff: rows of the file."""
    text = f'[area]\nname = "Anyshire"\nslug = "anyshire"\nmonth = "2023-03"\nfictional = true\n{more}\n{roles}'
    text += f'[organisations.{slug}]\nname = "Body {slug}"\nkind = "council"\nrecords_to = 2023-03-31\n'
    for name in ("staff", *also):
        table, columns, rows = FILES[name]
        (tmp_path / f"{slug}-{name}.csv").write_text(rows if name != "staff" or staff is None else _head(staff))
        text += f'[[organisations.{slug}.files]]\npath = "{slug}-{name}.csv"\ntable = "{table}"\ncolumns = {{ {columns} }}\n'
    (tmp_path / "area.toml").write_text(text)
    return tmp_path / "area.toml"


def _head(staff):
    return "No,Start,End,FTE,Job\n" + "".join(f"{n},2020-01-01,,1,{job}\n" for n, job in enumerate(staff))


def titles(records):
    return records.unmapped_roles.select("role", "table").rows()


def test_a_role_has_its_common_name_in_every_table(tmp_path):
    records = load_area(area(tmp_path, None, also=[n for n in FILES if n != "staff"]))
    found = {name: frame["role"].unique().to_list() for name, frame in records.tables() if "role" in frame.columns}
    assert {tuple(names) for names in found.values() if names} == {("SEND caseworker",)}
    assert len([names for names in found.values() if names]) == len(FILES)
    assert records.unmapped_roles.is_empty()


def test_a_role_that_the_settings_give_to_a_whole_file_is_mapped_too(tmp_path):
    path = area(tmp_path, ["Officer"])
    text = path.read_text().replace(', role = "Job" }', ' }\nconstants = { role = "Plan writer" }')
    path.write_text(text)
    assert load_area(path).assignments["role"].to_list() == ["SEND caseworker"]


def test_titles_that_differ_in_capitals_or_spaces_are_listed_and_not_merged(tmp_path):
    records = load_area(area(tmp_path, ["SEND caseworker", "Send Caseworker", "EHC  coordinator", " SENCO "]))
    assert titles(records) == [("EHC  coordinator", "assignments"), ("Send Caseworker", "assignments")]
    assert records.unmapped_roles["like"].to_list() == ["SEND caseworker", "SEND caseworker"]
    assert sorted(records.assignments["role"]) == ["EHC  coordinator", "SENCO", "SEND caseworker", "Send Caseworker"]


def test_an_unmapped_title_is_listed_once_with_the_tables_that_it_occurs_in(tmp_path):
    roles = ROLES.replace("EHC coordinator", "Somebody else")
    records = load_area(area(tmp_path, ["EHC coordinator"] * 2, roles=roles, also=["posts", "scales"]))
    assert records.unmapped_roles.select("organisation", "role", "table").rows() == [
        ("Body one", "EHC coordinator", "assignments, pay_scales, posts")
    ]


def test_without_a_common_list_nothing_is_unmapped(tmp_path):
    records = load_area(area(tmp_path, ["Officer"], roles=""))
    assert records.unmapped_roles.is_empty()
    assert "No common list" in wf.words.roles_sentence(records).text


@pytest.mark.parametrize(
    ("staff", "words"),
    [
        (["SENCO"], "Every role in the records is in the common list"),
        (["Officer"], "1 title is not in the common list"),
        (["Officer", "Adviser"], "2 titles are not in the common list"),
    ],
)
def test_how_many_titles_are_not_in_the_list_is_said(tmp_path, staff, words):
    assert wf.words.roles_sentence(load_area(area(tmp_path, staff))).text.startswith(words)


def test_a_page_names_no_title_that_few_people_alone_have_held(tmp_path):
    staff = ["Officer"] * 5 + ["Cover for someone by name", "Adviser"]
    records = load_area(area(tmp_path, staff))
    assert [role for role, _ in titles(records)] == ["Adviser", "Cover for someone by name", "Officer"]
    shown = records.unmapped_roles_shown
    assert shown.frame["role"].to_list() == ["Officer", "titles that fewer than 5 people have held"]
    assert "Cover for" not in wf.tables.notes(shown, "Roles outside the common list").html


def test_a_title_of_a_post_is_named_whoever_holds_it(tmp_path):
    roles = ROLES.replace("EHC coordinator", "Somebody else")
    records = load_area(area(tmp_path, ["EHC coordinator"], roles=roles, also=["posts"]))
    assert records.unmapped_roles_shown.frame["role"].to_list() == ["EHC coordinator"]


def checked(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["workforce", "check", *words])
    with pytest.raises(SystemExit) as left:
        runpy.run_module("workforce", run_name="__main__")
    assert not left.value.code
    return [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]


def test_check_says_which_roles_are_unmapped_and_names_those_of_few_people_when_asked(tmp_path, monkeypatch, capsys):
    path = str(area(tmp_path, ["Officer"] * 5 + ["Adviser", "Send Caseworker"]))
    first, *said = checked(monkeypatch, capsys, path)
    assert "7 rows read" in first
    assert said == [
        'Body one: "Officer" (assignments) is not in the common list of roles',
        'Body one: "Send Caseworker" (assignments) is not in the common list of roles, but for capitals or spaces "SEND caseworker"',
        "Body one: 1 more title in assignments is not in the common list of roles, held by few people; name it with --roles",
    ]
    named = checked(monkeypatch, capsys, path, "--roles")
    assert 'Body one: "Adviser" (assignments) is not in the common list of roles' in named


def test_a_caseworker_role_under_an_organisations_own_name_is_refused(tmp_path):
    more = '[casework]\ncaseworker_roles = ["SENCO", "EHC coordinator"]'
    with pytest.raises(SettingsError, match=r"casework\.caseworker_roles\[1\]") as error:
        load_area(area(tmp_path, None, more=more))
    assert "EHC coordinator" not in str(error.value)


def test_a_caseworker_role_that_nobody_has_is_said_by_check(tmp_path, monkeypatch, capsys):
    path = area(tmp_path, None, more='[casework]\ncaseworker_roles = ["SENCO", "SEND caseworker"]')
    said = checked(monkeypatch, capsys, str(path))
    assert said[1:] == ['casework.caseworker_roles: no staff have the role "SENCO"']


def test_a_measure_by_common_role_compares_like_with_like(tmp_path):
    """Two organisations with their own titles for one role measure as if both used the common one."""
    year = wf.Period(date(2022, 4, 1), date(2023, 3, 31))

    def turnover_of(titles, roles):
        folder = tmp_path / titles[0].replace(" ", "")
        folder.mkdir(exist_ok=True)
        path = area(folder, None, roles=roles)
        text = path.read_text()
        for slug, title in zip(("one", "two"), titles, strict=True):
            rows = "No,Start,End,FTE,Job\n" + "".join(
                f"{n},2020-01-01,{'2022-06-30' if n == 1 else ''},1,{title}\n" for n in range(4)
            )
            (folder / f"{slug}-staff.csv").write_text(rows)
        text += text[text.index("[organisations.one]") :].replace(".one", ".two").replace("one", "two")
        path.write_text(text)
        records = load_area(path)
        return wf.staffing.turnover(records, year, definition="average", by=["role"]).frame

    own = turnover_of(["EHC coordinator", "Plan writer"], ROLES)
    assert own["role"].to_list() == ["SEND caseworker"]
    assert own.select("numerator", "people").row(0) == (2.0, 8)
    assert own.equals(turnover_of(["SEND caseworker", "SEND caseworker"], ROLES))
    assert turnover_of(["EHC coordinator", "Plan writer"], "")["role"].to_list() == ["EHC coordinator", "Plan writer"]


def test_caseworkers_are_found_by_their_common_role(tmp_path):
    records = load_area(area(tmp_path, None, more='[casework]\ncaseworker_roles = ["SEND caseworker"]'))
    day = date(2022, 3, 31)
    cases = pl.DataFrame({"organisation": ["one"], "case_id": ["c"], "received_date": [date(2022, 1, 1)]}).with_columns(
        closed_date=pl.lit(None, pl.Date), case_type=pl.lit("ehc_assessment")
    )
    person = records.assignments["person_id"][0]
    held = pl.DataFrame(
        {"organisation": ["one"], "case_id": ["c"], "person_id": [person], "start_date": [day]}
    ).with_columns(end_date=pl.lit(None, pl.Date))
    caseworkers = pl.col("role").is_in(records.settings.casework.caseworker_roles)
    held_by_them = wf.Records(assignments=records.assignments.filter(caseworkers), cases=cases, allocations=held)
    table = wf.caseload.per_fte(held_by_them, day, definition="all")
    assert table.frame.select("numerator", "denominator").row(0) == (1.0, 2.0)
