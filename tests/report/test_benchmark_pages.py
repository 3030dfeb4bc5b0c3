"""Pages from official statistics alone: each printed number is that of the standings, which are computed again from the publishers' files.

`golden/test_benchmark_standings.py` has the computation; here the printed page of an authority is read cell by cell.
"""

import math
import re
from html import unescape

import polars as pl
import pytest

import workforce as wf
from builders import atlas, benchmark_page, command
from workforce.errors import UsageError

# A county, one formed in 2023, two of joint returns, the two smallest, and two whose publishers disagree on the name.
NAMES = (
    *("Kent", "Cumberland", "North Northamptonshire", "Richmond upon Thames", "Isles of Scilly", "City of London"),
    *("Kingston upon Hull, City of", "Herefordshire, County of"),
)
MINUS = "\N{MINUS SIGN}"
TAG = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def standings() -> pl.DataFrame:
    return wf.benchmark.standings(wf.load_official())


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


@pytest.fixture(scope="module", params=NAMES)
def page(request, tmp_path_factory, standings):
    path = benchmark_page(request.param, tmp_path_factory.mktemp("out"))
    return path, path.read_text(encoding="utf-8"), standings.filter(area_name=request.param).sort("place").to_dicts()


def test_the_page_begins_with_every_indicator_and_each_number_is_that_of_the_standings(page):
    _, html, lines = page
    (header, *rows), *_ = tables(html)
    assert header[:3] == ["Indicator", lines[0]["area_name"], "Neighbours' median"]
    assert len(rows) == len(lines) == 25
    for cells, line in zip(rows, lines, strict=True):
        assert cells[0].split("|")[0] == line["indicator"]
        assert cells[1] == (f"[{line['marker']}]" if line["value"] is None else printed(line["value"]))
        few = line["neighbours_with"] < line["neighbours"]
        count = f"|{line['neighbours_with']} of {line['neighbours']}" if few else ""
        assert cells[2] == printed(line["median"]) + count
        assert cells[3] == printed(line["region"])
        assert cells[4] == printed(line["england"])
        quarter = (line["quarter"] or "").removesuffix(" quarter")
        assert cells[5] == (f"{line['rank']} of {line['ranked']}, {quarter}" if line["rank"] else "")
        change = line["change"]
        plus = "+" if change is not None and printed(change) != "0.0" and change > 0 else ""
        assert cells[6] == plus + printed(change)
        assert cells[7].lower() == line["difference"]


def test_the_counts_behind_each_figure_are_on_the_page(page):
    _, html, lines = page
    (header, *rows) = tables(html)[-1]
    assert header == ["Indicator", "Numerator", "Denominator", "Release"]
    for cells, line in zip(rows, lines, strict=True):
        for cell, side in zip(cells[1:3], (line["numerator"], line["denominator"]), strict=True):
            assert (None if cell == "" else float(cell.replace(",", ""))) == side


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


def test_a_rate_by_head_says_that_there_is_no_base_up_to_25(page):
    _, html, lines = page
    by_head = [cells[0] for cells in tables(html)[0][1:] if "per 10,000 children" in cells[0]]
    assert len(by_head) == sum(line["unit"] == "per 10,000 children" for line in lines) == 3
    assert all("aged 0 to 17; plans run to 25" in cell for cell in by_head)


def test_a_break_is_on_each_trend_of_plans_and_on_no_other(page):
    _, html, _ = page
    figures = re.findall(r"<figure.*?</figure>", html, re.DOTALL)
    broken = [figure for figure in figures if "Break in the series before" in figure]
    assert (len(figures), len(broken)) == (6, 3)
    assert all(">break<" in figure for figure in broken)


def test_a_joint_return_is_named_on_the_page(page):
    path, html, lines = page
    together = {line["returned_with"] for line in lines} - {None}
    assert bool(together) == (path.stem in {"richmond-upon-thames", "north-northamptonshire"})
    assert all(name in html for name in together)


def test_the_same_page_has_the_same_bytes(tmp_path):
    first, second = (benchmark_page("Rutland", tmp_path / name).read_bytes() for name in ("one", "two"))
    assert first == second


def test_a_page_can_use_the_older_model_of_neighbours(tmp_path):
    html = benchmark_page("Devon", tmp_path, model="2021").read_text(encoding="utf-8")
    assert "by the DfE&#x27;s model of April 2021" in html


@pytest.mark.parametrize(
    ("named", "page"),
    [
        ("886", "kent"),
        ("kent", "kent"),
        ("Hull", "kingston-upon-hull-city-of"),
        ("Bristol", "bristol-city-of"),
        ("County Durham", "county-durham"),
        ("Durham", "county-durham"),
        ("Herefordshire", "herefordshire-county-of"),
        ("St Helens", "st-helens"),
        ("BCP", "bournemouth-christchurch-and-poole"),
        ("Bedford Borough", "bedford"),
    ],
)
def test_any_name_of_an_authority_is_understood(tmp_path, named, page):
    assert benchmark_page(named, tmp_path).stem == page


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
def test_the_atlas_has_a_page_of_every_authority_an_index_by_region_and_a_workbook(tmp_path, standings):
    index = atlas(tmp_path, workers=2)
    html = index.read_text(encoding="utf-8")
    names = set(standings["area_name"])
    linked = dict(re.findall(r'<a href="([^"]+)">([^<]+)</a>', html))
    pages = {unescape(name): file for file, name in linked.items() if file.endswith(".html") and file != "index.html"}
    assert set(pages) == names
    for name, file in pages.items():
        (header, *rows), *_ = tables((index.parent / file).read_text(encoding="utf-8"))
        lines = standings.filter(area_name=name).sort("place").to_dicts()
        assert header[1] == name
        assert [cells[1] for cells in rows] == [
            f"[{line['marker']}]" if line["value"] is None else printed(line["value"]) for line in lines
        ]
    of_england, *of_regions = tables(html)
    assert (len(of_england), len(of_england[0]), len(of_regions)) == (26, 11, 9)
    assert sum(len(table) - 1 for table in of_regions) == 153
    book = pl.read_excel(index.parent / "england.xlsx", sheet_name="Authorities", engine="calamine")
    assert len(book) == len(standings) == 153 * 25
    ours = standings.sort("area_name", "place")["value"].to_list()
    assert book["value"].cast(pl.Float64).to_list() == pytest.approx(ours, nan_ok=True)
