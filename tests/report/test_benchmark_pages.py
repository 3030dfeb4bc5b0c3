"""Pages from official statistics alone: each printed number is that of the standings, which are computed again from the publishers' files.

`golden/test_benchmark_standings.py` has the computation; here the printed page of an authority is read cell by cell.
"""

import math
import re
from html import unescape
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from builders import atlas, benchmark_page, command
from workforce.errors import UsageError

# A county, one formed in 2023, one of a joint return, and the smallest. The test marked `more` reads the pages of all 153.
NAMES = ("Kent", "Cumberland", "North Northamptonshire", "Isles of Scilly")
JOINT_RETURNS = {
    *("Kingston upon Thames", "Richmond upon Thames", "North Northamptonshire", "West Northamptonshire"),
}
MOST_PRINTED_PAGES = 8
INDICATORS, AUTHORITIES = 25, 153
MINUS = "\N{MINUS SIGN}"
TAG = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def standings() -> pl.DataFrame:
    return wf.benchmark.standings(wf.load_official())


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    """The index of an atlas with the pages of a few authorities."""
    return atlas(tmp_path_factory.mktemp("out"), areas=NAMES, workers=1)


def pages_of(index: Path) -> dict[str, Path]:
    """The page of each authority, by the name that the index gives."""
    links = re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a>', index.read_text(encoding="utf-8"))
    return {unescape(name): index.parent / file for file, name in links}


def tables(html: str) -> list[list[list[str]]]:
    """The cells of every table, the lines of a cell separated by a vertical bar."""
    return [
        [
            [
                unescape(TAG.sub("", cell.replace("<br>", "|")))
                for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
            ]
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        ]
        for table in re.findall(r"<table>(.*?)</table>", html, re.DOTALL)
    ]


def printed(value: float | None) -> str:
    """One decimal place, a half away from zero."""
    if value is None:
        return ""
    tenths = math.floor(abs(value) * 10 + 0.5 + 1e-9)
    return f"{math.copysign(tenths / 10, value) if tenths else 0.0:,.1f}".replace("-", MINUS)


def few_cases(line: dict) -> str:
    """What is printed under a figure of fewer than 20 cases: of a share both sides, else the count."""
    count, base = line["numerator"], line["denominator"]
    if count is None or base is None or (base if line["unit"] == "%" else count) >= 20:
        return ""
    shown = [f"{side:,.0f}" if side == int(side) else f"{side:,.1f}" for side in (count, base)]
    return f"|{' of '.join(shown)}" if line["unit"] == "%" else f"|{shown[0]} case{'s' if count != 1 else ''}"


def check_glance(html: str, lines: list[dict]) -> None:
    """Each number of the table at the top of a page is that of the standings."""
    (header, *rows), *_ = tables(html)
    assert header[:3] == ["Indicator", lines[0]["area_name"], "Neighbours' median"]
    assert len(rows) == len(lines) == INDICATORS
    for cells, line in zip(rows, lines, strict=True):
        assert cells[0].split("|")[0] == line["indicator"]
        assert cells[1] == (
            f"[{line['marker']}]" if line["value"] is None else printed(line["value"]) + few_cases(line)
        )
        few = line["neighbours_with"] < line["neighbours"]
        count = f"|{line['neighbours_with']} of {line['neighbours']} neighbours" if few else ""
        assert cells[2] == printed(line["median"]) + count
        another = (line["region_name"] or header[3]).casefold() != header[3].casefold()
        assert cells[3] == printed(line["region"]) + (f"|{line['region_name']}" if another else "")
        assert cells[4] == printed(line["england"])
        assert cells[5] == (f"{line['rank']} of {line['ranked']}, {line['quarter']}" if line["rank"] else "")
        change = line["change"]
        plus = "+" if change is not None and printed(change) != "0.0" and change > 0 else ""
        assert cells[6] == plus + printed(change)
        assert cells[7].lower().removeprefix("yes, ") == line["difference"]
        assert cells[7].startswith("Yes, ") == (line["difference"] in {"higher", "lower"})
    by_head = [cells[0] for cells in rows if "per 10,000 children" in cells[0]]
    assert len(by_head) == sum(line["unit"] == "per 10,000 children" for line in lines) == 3
    assert all("aged 0 to 17; plans run to 25" in cell for cell in by_head)


def check_counts(html: str, lines: list[dict]) -> None:
    """Both sides of each figure and its release are at the end of a page."""
    (header, *rows) = tables(html)[-1]
    assert header == ["Indicator", "Numerator", "Denominator", "Release"]
    for cells, line in zip(rows, lines, strict=True):
        for cell, side in zip(cells[1:3], (line["numerator"], line["denominator"]), strict=True):
            assert (None if cell == "" else float(cell.replace(",", ""))) == side
        assert cells[3] == (line["release"] or "")


def check_breaks_and_joint_returns(html: str, lines: list[dict]) -> None:
    """A break is on each trend of plans and on no other; a joint return is named."""
    figures = re.findall(r"<figure.*?</figure>", html, re.DOTALL)
    broken = [figure for figure in figures if "Break in the series before" in figure]
    assert (len(figures), len(broken)) == (6, 3)
    assert all(">break<" in figure for figure in broken)
    together = {line["returned_with"] for line in lines} - {None}
    assert bool(together) == (lines[0]["area_name"] in JOINT_RETURNS)
    assert all(name in html for name in together)


@pytest.fixture(params=NAMES)
def page(request, index, standings):
    path = pages_of(index)[request.param]
    return path, path.read_text(encoding="utf-8"), standings.filter(area_name=request.param).sort("place").to_dicts()


def test_the_page_begins_with_every_indicator_and_each_number_is_that_of_the_standings(page):
    _, html, lines = page
    check_glance(html, lines)


def test_the_counts_behind_each_figure_are_on_the_page(page):
    _, html, lines = page
    check_counts(html, lines)


def test_a_break_is_on_each_trend_of_plans_and_a_joint_return_is_named(page):
    _, html, lines = page
    check_breaks_and_joint_returns(html, lines)


def test_sickness_absence_of_the_nhs_around_an_authority_is_on_its_page_from_summed_days(page):
    path, html, lines = page
    monthly = wf.benchmark.nhs_by_month(wf.load_official(), area=lines[0]["area_name"]).frame
    table = next(table for table in tables(html) if table[0][0] == "Integrated care system")
    for name, rate, lost, available in table[1:]:
        months = monthly.filter(area=name).sort("period_end").tail(12)
        assert len(months) == 12
        assert rate == printed(100 * months["numerator"].sum() / months["denominator"].sum())
        assert (lost, available) == tuple(f"{months[side].sum():,.0f}" for side in ("numerator", "denominator"))
    assert table[-1][0] == "England", path


def test_cases_are_under_each_figure_of_few_and_the_smallest_authority_has_many_of_them(page):
    path, html, lines = page
    few = sum(bool(few_cases(line)) for line in lines if line["value"] is not None)
    assert ("Where fewer than 20 cases are behind" in html) == bool(few)
    assert (few > 15) == (path.stem == "isles-of-scilly")


@pytest.mark.browser
def test_a_page_prints_on_eight_sheets_at_most(page, browser):
    assert sheets(page[0], browser) <= MOST_PRINTED_PAGES


def sheets(path: Path, browser) -> int:
    opened = browser.new_page()
    opened.goto(path.as_uri())
    content = opened.pdf(prefer_css_page_size=True)
    opened.close()
    return len(re.findall(rb"/Type\s*/Page\b", content))


def test_a_page_made_alone_has_the_same_bytes_as_that_of_the_atlas(tmp_path, index):
    assert benchmark_page("Kent", tmp_path).read_bytes() == pages_of(index)["Kent"].read_bytes()


def test_a_page_can_use_the_older_model_of_neighbours(tmp_path):
    html = benchmark_page("Devon", tmp_path, model="2021").read_text(encoding="utf-8")
    assert "by the DfE&#x27;s model of April 2021" in html


def check_index(index: Path, standings: pl.DataFrame) -> None:
    """The index has England by region and every authority by region, and the workbook every number of the standings."""
    of_england, *of_regions = tables(index.read_text(encoding="utf-8"))
    assert (len(of_england), len(of_england[0]), len(of_regions)) == (INDICATORS + 1, 11, 9)
    lines = standings.unique("place", keep="first").sort("place").to_dicts()
    regions = {
        (row["region_name"].casefold(), row["place"]): row["region"]
        for row in standings.drop_nulls("region_name").iter_rows(named=True)
    }
    for cells, line in zip(of_england[1:], lines, strict=True):
        assert cells[0].split("|")[0] == line["indicator"]
        assert cells[-1] == printed(line["england"])
        for name, cell in zip(of_england[0][1:-1], cells[1:-1], strict=True):
            # Authorities of London are compared with Inner or Outer London on their pages where these are published.
            assert name == "London" or cell == printed(regions.get((name.casefold(), line["place"])))
    assert sum(len(table) - 1 for table in of_regions) == AUTHORITIES
    heads = [cell.split("|") for cell in of_regions[0][0][1:]]
    for table in of_regions:
        for name, *cells in table[1:]:
            shown = standings.filter(area_name=name).sort("place").to_dicts()
            for (indicator, unit), cell in zip(heads, cells, strict=True):
                line = next(row for row in shown if row["indicator"] == indicator and unit.startswith(row["unit"]))
                assert cell == (f"[{line['marker']}]" if line["value"] is None else printed(line["value"]))
    book = pl.read_excel(index.parent / "england.xlsx", sheet_name="Authorities", engine="calamine")
    assert len(book) == len(standings) == AUTHORITIES * INDICATORS
    ours = standings.sort("area_name", "place")
    for column in ("value", "median", "change", "rank", "region", "england"):
        assert book[column].cast(pl.Float64).to_list() == pytest.approx(
            ours[column].cast(pl.Float64).to_list(), nan_ok=True
        )


def test_the_index_of_the_atlas_and_its_workbook_have_every_authority(index, standings):
    assert set(pages_of(index)) == set(NAMES)
    check_index(index, standings)


def test_a_region_that_a_publisher_divides_is_named_where_it_is_meant():
    (header, *rows), *_ = tables(wf.tables.glance(wf.load_official(), area="City of London").html)
    assert header[3] == "London"
    divided = {cells[0].split("|")[0] for cells in rows if cells[3].endswith("|Inner London")}
    assert divided == {
        *("Turnover", "Vacancies", "Agency workers", "Vacancies covered by agency workers"),
        *("Caseload", "Sickness absence"),
    }


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ("886", "Kent"),
        ("kent", "Kent"),
        ("Hull", "Kingston upon Hull, City of"),
        ("Bristol", "Bristol, City of"),
        ("County Durham", "County Durham"),
        ("Durham", "County Durham"),
        ("Herefordshire", "Herefordshire, County of"),
        ("St Helens", "St. Helens"),
        ("BCP", "Bournemouth, Christchurch and Poole"),
        ("Bedford Borough", "Bedford"),
    ],
)
def test_any_name_of_an_authority_is_understood(named, name):
    title = wf.tables.glance(wf.load_official(), area=named).title
    assert str(title) == f"{name} at a glance: 25 indicators, each in its last published year"


@pytest.mark.parametrize(
    ("named", "suggestion"),
    [
        ("Cumbria", "Cumberland (942) or Westmorland and Furness (943)"),
        ("Northamptonshire", "North Northamptonshire (940) or West Northamptonshire (941)"),
        ("Poole", "Bournemouth, Christchurch and Poole (839)"),
        ("Kentt", 'did you mean "Kent"?'),
        ("Kingston", "Kingston upon Hull, City of or Kingston upon Thames"),
        ("314 / 318", "name either of the two"),
    ],
)
def test_a_name_that_is_none_today_leads_to_those_that_are(tmp_path, named, suggestion):
    with pytest.raises(UsageError) as raised:
        benchmark_page(named, tmp_path)
    assert suggestion in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_the_command_wants_one_authority_or_all(monkeypatch, capsys):
    for words in (["benchmark"], ["benchmark", "--all", "--local-authority", "Kent"]):
        monkeypatch.setattr("sys.argv", ["workforce", *words])
        with pytest.raises(SystemExit) as left:
            command()
        assert left.value.code == 2
        assert "name one local authority, or all of them" in capsys.readouterr().err


@pytest.mark.more
@pytest.mark.browser
def test_the_atlas_has_a_page_of_every_authority_an_index_by_region_and_a_workbook(tmp_path, standings, browser):
    index = atlas(tmp_path, workers=2)
    pages = pages_of(index)
    assert set(pages) == set(standings["area_name"])
    assert len(pages) == AUTHORITIES
    check_index(index, standings)
    for name, path in pages.items():
        html = path.read_text(encoding="utf-8")
        lines = standings.filter(area_name=name).sort("place").to_dicts()
        check_glance(html, lines)
        check_counts(html, lines)
        check_breaks_and_joint_returns(html, lines)
        assert sheets(path, browser) <= MOST_PRINTED_PAGES, name
