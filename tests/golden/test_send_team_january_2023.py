"""The position of a real SEND 0-25 team in January 2023, from person-level rows made to match it.

The figures are the published position of one team in January 2023; the rows behind them are made up so that they add up to
them: 79.15 full-time equivalents funded and 62.83 employed (16.32 short), 13.3 agency FTE in cover, three caseworkers seconded out of
26.5 FTE, and 11 caseworkers (8.1 FTE) who left in the year.
"""

import re
import shutil
import subprocess
import sys
from datetime import date
from html import unescape
from itertools import count

import nbformat
import polars as pl
import pytest

import workforce as wf
from builders import shipped

DAY = date(2023, 1, 31)
YEAR = wf.year_to("2023-01")
CASEWORKER, OTHER = "SEND caseworker", "other SEND 0-25 staff"


def _rows() -> list[tuple[str, str, float, str, str, date | None]]:
    """role, employment, fte, status, and the last day of those who left."""
    in_post = (
        [(CASEWORKER, "employed", 1.0, "seconded_out", None)] * 3
        + [(CASEWORKER, "employed", 1.0, "active", None)] * 21
        + [(CASEWORKER, "employed", 0.5, "active", None)] * 5
        + [(OTHER, "employed", 1.0, "active", None)] * 31
        + [(OTHER, "employed", 0.9, "active", None)] * 5
        + [(OTHER, "employed", 0.83, "active", None)]
        + [(CASEWORKER, "agency", 1.0, "active", None)] * 12
        + [(CASEWORKER, "agency", 0.8, "active", None), (CASEWORKER, "agency", 0.5, "active", None)]
    )
    gone = [(fte, date(2022, 2 + place, 14)) for place, fte in enumerate([1.0] * 6 + [0.5] * 3 + [0.3] * 2)]
    left = [(CASEWORKER, "employed", fte, "active", day) for fte, day in gone]
    number = count(1)
    return [(f"P{next(number)}", *row) for row in in_post + left]


@pytest.fixture(scope="module")
def staff() -> pl.DataFrame:
    schema = ["person_id", "role", "employment", "fte", "status", "end_date"]
    frame = pl.DataFrame(_rows(), schema=schema, orient="row", schema_overrides={"end_date": pl.Date})
    return frame.with_columns(organisation=pl.lit("council"), start_date=pl.lit(date(2020, 1, 6)))


POSTS = pl.DataFrame(
    {
        "organisation": "council",
        "role": [CASEWORKER, OTHER],
        "funded_fte": [38.0, 41.15],
        "start_date": date(2020, 1, 1),
    }
)
VACANCIES = pl.DataFrame(
    {
        "organisation": "council",
        "role": [CASEWORKER, OTHER],
        "fte": [11.5, 4.82],
        "opened_date": date(2022, 9, 1),
        "covered_by_agency_fte": [11.5, 1.8],
    }
).with_columns(closed_date=pl.lit(None, pl.Date))


@pytest.fixture(scope="module")
def tables(staff):
    records = wf.Records(assignments=staff, posts=POSTS, vacancies=VACANCIES)
    measure = wf.staffing
    return {
        "establishment": measure.vacancy_rate(records, DAY, definition="establishment"),
        "cover": measure.vacancy_cover(records, DAY, definition="dfe"),
        "agency": measure.agency_rate(records, DAY),
        "in post": measure.headcount(records, DAY, by=["role"], basis="fte"),
        "status": measure.headcount(records, DAY, by=["role", "status"]),
        "leavers": measure.leavers(records, YEAR, by=["role"]),
        "turnover": measure.turnover(records, YEAR, definition="average", by=["role"], basis="fte"),
    }


def of(table, **groups: str) -> dict[str, object]:
    frame = getattr(table, "frame", table)
    return frame.filter(*[pl.col(c) == v for c, v in groups.items()]).row(0, named=True)


def test_the_establishment_is_short_of_what_is_funded(tables):
    row = of(tables["establishment"])
    assert (row["denominator"], row["denominator"] - row["numerator"]) == (pytest.approx(79.15), pytest.approx(62.83))
    assert row["numerator"] == pytest.approx(16.32)
    assert row["value"] == pytest.approx(100 * 16.32 / 79.15)


def test_agency_workers_cover_most_of_it_and_are_not_subtracted_from_it(tables):
    row = of(tables["cover"])
    assert (row["numerator"], row["denominator"], row["people"]) == (pytest.approx(13.3), pytest.approx(16.32), 14)
    assert of(tables["agency"])["numerator"] == pytest.approx(13.3)


def test_three_caseworkers_of_26_and_a_half_fte_are_seconded_out(tables):
    assert of(tables["in post"], role=CASEWORKER)["value"] == pytest.approx(26.5)
    assert of(tables["status"], role=CASEWORKER, status="seconded_out")["value"] == 3.0
    assert tables["in post"].frame["value"].sum() == pytest.approx(62.83)


def test_eleven_caseworkers_left_in_the_year(tables):
    assert of(tables["leavers"], role=CASEWORKER)["value"] == 11.0
    assert of(tables["turnover"], role=CASEWORKER)["numerator"] == pytest.approx(8.1)


def test_the_board_sees_rounded_figures_and_not_the_three(tables):
    page = wf.release(tables, "board")
    assert page["status"].frame.is_empty()  # of three rows one is withheld
    seconded = of(wf.release(tables["status"], "board").frame, role=CASEWORKER, status="seconded_out")
    assert (seconded["numerator"], seconded["people"], seconded["value"], seconded["marker"]) == (None, None, None, "c")
    assert of(page["leavers"].frame, role=CASEWORKER)["value"] == 10.0  # to the nearest five
    short = of(page["establishment"].frame)
    assert (short["numerator"], short["denominator"], short["people"]) == (16.0, 79.0, 65)
    assert short["value"] == pytest.approx(100 * 16 / 79)  # from what is shown
    cover = of(page["cover"].frame)
    assert (cover["numerator"], cover["denominator"], cover["people"]) == (13.0, 16.0, 15)


def test_an_internal_meeting_sees_the_eleven_and_not_the_three(tables):
    page = wf.release(tables, "internal")
    assert page["status"].frame.is_empty()
    assert of(wf.release(tables["status"], "internal").frame, role=CASEWORKER, status="seconded_out")["marker"] == "c"
    assert of(page["leavers"].frame, role=CASEWORKER)["value"] == 11.0
    assert of(page["establishment"].frame)["numerator"] == pytest.approx(16.32)


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_no_figure_of_the_page_is_three_people(tables, rule):
    page = wf.release(tables, rule)
    for frame in page.tables.values():
        people = frame["people"].drop_nulls()
        assert not ((people > 0) & (people <= 4)).any()


def _same(names: str) -> str:
    """Columns that have our names already, as area.toml maps them."""
    return ", ".join(f'{name} = "{name}"' for name in names.split())


FILES = {
    "staff.csv": ("assignments", _same("person_id role employment fte status start_date end_date")),
    "posts.csv": ("posts", _same("role funded_fte start_date")),
    "vacancies.csv": ("vacancies", _same("vacancy_id role fte opened_date covered_by_agency_fte")),
}
AREA = """
[area]
name = "SEND 0-25 team"
slug = "send"
month = "2023-01"
fictional = true

[organisations.council]
name = "The council"
kind = "council"
records_from = 2020-01-06
records_to = 2023-01-31
""" + "".join(
    f'[[organisations.council.files]]\npath = "{path}"\ntable = "{table}"\ncolumns = {{ {columns} }}\n'
    for path, (table, columns) in FILES.items()
)
# The tables of the fixture above, measured, released and shown as every notebook of the report does it.
CELLS = (
    """import workforce as wf
records = wf.load_area(area)
day, year = wf.month(month).end, wf.year_to(month)""",
    """tables = {
    "establishment": wf.staffing.vacancy_rate(records, day, definition="establishment"),
    "cover": wf.staffing.vacancy_cover(records, day, definition="dfe"),
    "in post": wf.staffing.headcount(records, day, by=["role"], basis="fte"),
    "status": wf.staffing.headcount(records, day, by=["role", "status"]),
    "leavers": wf.staffing.leavers(records, year, by=["role"]),
    "turnover": wf.staffing.turnover(records, year, definition="average", by=["role"], basis="fte"),
    "posts": wf.staffing.post_funnel(records, day),
}
page = wf.release(records.named(tables), rule=audience)""",
    *(
        f'wf.table(page["{name}"], title="{name}")'
        for name in ("establishment", "cover", "in post", "status", "leavers", "turnover", "posts")
    ),
)


@pytest.fixture(scope="module")
def page(staff, tmp_path_factory):
    """The pages that a run publishes of this team's files, by audience and notebook: the one above, and the recruitment page."""
    folder = tmp_path_factory.mktemp("send")
    (folder / "area.toml").write_text(AREA)
    staff.write_csv(folder / "staff.csv")
    POSTS.write_csv(folder / "posts.csv")
    VACANCIES.with_row_index("vacancy_id").write_csv(folder / "vacancies.csv")
    (folder / "notebooks").mkdir()
    shutil.copy(shipped("notebooks") / "recruitment.ipynb", folder / "notebooks")
    first = nbformat.v4.new_code_cell('area = ""\nmonth = ""\naudience = "board"', metadata={"tags": ["parameters"]})
    title = nbformat.v4.new_markdown_cell("# The position of the team\n\nWho is in post, and what is short.")
    cells = [title, first, *(nbformat.v4.new_code_cell(source) for source in CELLS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebooks" / "position.ipynb")
    found = {}
    for audience in ("board", "internal"):
        words = ["run", folder / "area.toml", "--audience", audience, "--out", folder / audience]
        words += ["--notebooks", folder / "notebooks", "--notebook", "position", "--notebook", "recruitment"]
        made = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "workforce", *words], capture_output=True, text=True, check=False, timeout=240
        )
        assert made.returncode == 0, made.stderr
        (index,) = (folder / audience).rglob("index.html")
        for name in ("position", "recruitment"):
            found[audience, name] = (index.parent / f"{name}.html").read_text(encoding="utf-8")
    return found


def rows_of(page: str) -> dict[str, list[list[str]]]:
    """The rows of every table of a page, by its title."""
    found = {}
    for whole in re.findall(r"<table.*?</table>", page, re.DOTALL):
        title = re.search(r"<caption>(.*?)</caption>", whole, re.DOTALL)
        body = whole[whole.index("<tbody") : whole.index("</tbody>")]
        found[unescape(re.sub(r"<[^>]+>", "", title[1])).strip()] = [
            [
                unescape(re.sub(r"<[^>]+>", "", cell)).strip()
                for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)
            ]
            for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
        ]
    return found


POSITION = {
    "establishment": [["All", "16.3", "79.2", "20.6%"]],
    "cover": [["All", "13.3", "16.3", "81.5%"]],
    "in post": [[CASEWORKER, "26.5"], [OTHER, "36.3"]],
    "leavers": [[CASEWORKER, "11"], [OTHER, "0"]],
    "turnover": [[CASEWORKER, "8.1", "29.4", "27.6%"], [OTHER, "0", "36.3", "0.0%"]],
}
STEPS_SHOWN = ["79.2", "62.8", "16.3", "0", "16.3", "[x]", "[x]", "[x]", "13.3", "3.0"]


@pytest.mark.slow
def test_the_page_of_a_run_withholds_what_its_rule_says_and_shows_the_rest(page):
    """The three who are seconded out are not on the page of a meeting inside the organisation."""
    shown = rows_of(page["internal", "position"])
    assert {title: rows for title, rows in shown.items() if title in POSITION} == POSITION
    assert [row[-1] for row in shown["posts"]] == STEPS_SHOWN
    assert "Status: not shown, because too many of its figures would be withheld." in page["internal", "position"]


@pytest.mark.slow
def test_a_board_sees_nothing_of_so_few_people_in_january(page):
    """Of fewer than 150 people figures are those of financial years, or of quarter ends."""
    assert rows_of(page["board", "position"]) == {}
    assert page["board", "position"].count("under 150 people are in post") >= len(POSITION)


@pytest.mark.slow
def test_the_recruitment_page_says_the_position_in_a_sentence(page):
    board, internal = (page[audience, "recruitment"] for audience in ("board", "internal"))
    # Of the eleven who left nine were still there at the end of the financial year: 62.83 + 6.1 FTE.
    assert "69 of 79 funded full-time equivalents were in post on 31 March 2022, 10 short." in board
    assert "62.8 of 79.2 funded full-time equivalents were in post on 31 January 2023, 16.3 short." in internal
    assert "Agency workers covered 13.3 of them; 3.0 had no cover." in internal
    assert not [figure for figure in ("62.8", "68.9", "79.2", "79.15", "16.32") if figure in board]
