"""The sample partnership's list of key indicators on a page of the report: it passes the page's check and stands on one sheet of paper."""

import re
import shutil

import nbformat
import pytest

from workforce.disclosure import release
from workforce.measures.indicators.kpis import figures_name, kpi_tables, series_name
from workforce.present.kpi_lines import lines_of
from workforce.present.kpi_summary import kpi_summary
from workforce.report.check import rules_shown
from workforce.report.export import to_page
from workforce.report.pages import PageContext
from workforce.sources.area import load_area

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHEET = 260 / 25.4 * 96  # pixels: A4 less the page's margins of 17 and 20 mm
SHEET_WIDTH = 178 / 25.4 * 96


@pytest.fixture(scope="module")
def sample():
    records = load_area()
    exact = kpi_tables(records, "2023-03", records.settings)
    return records.settings, exact, release(records.named(exact))


@pytest.fixture(scope="module")
def page_file(sample, tmp_path_factory):
    settings, _, page = sample
    table = kpi_summary(page, settings)
    output = nbformat.v4.new_output("display_data", {"text/html": table._repr_html_()})
    cells = [nbformat.v4.new_markdown_cell("# Key indicators"), nbformat.v4.new_code_cell("1", outputs=[output])]
    html, _ = to_page(nbformat.v4.new_notebook(cells=cells), PageContext("Somewhere", "March 2023", "board"))
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(html, encoding="utf-8")
    return path


def test_every_indicator_of_the_sample_has_a_figure_a_year_before_and_a_trend(sample):
    settings, _, page = sample
    lines = lines_of(page, settings)
    assert [line.owner for line in lines] == [kpi.owner for kpi in settings.kpis]
    for line in lines:
        assert line.shown, line.name
        assert line.before is not None, line.name
        assert len([row for row in line.series if row["value"] is not None]) > 1, line.name


def test_signals_come_from_exact_figures(sample):
    settings, exact, page = sample
    for kpi, line in zip(settings.kpis, lines_of(page, settings), strict=True):
        series = exact.get(series_name(kpi), exact[figures_name(kpi)])
        table = series["by month"] if isinstance(series, dict) else series
        assert line.note or line.series[-1]["variation"] == table["variation"][-1]


def test_the_page_passes_its_check_under_the_board_rule(page_file):
    html = page_file.read_text(encoding="utf-8")
    assert rules_shown(html) == {"board"}
    assert html.count('<svg role="img" aria-label="') == len(re.findall(r'<th scope="row"', html))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_list_stands_on_one_sheet_of_paper(page_file):
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": round(SHEET_WIDTH), "height": 1000})
        page.goto(page_file.as_uri())
        page.emulate_media(media="print")
        box = page.locator(".wf-kpis").bounding_box()
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        printed = page.pdf(prefer_css_page_size=True)
        browser.close()
    assert box["height"] < SHEET
    assert overflow <= 0
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
