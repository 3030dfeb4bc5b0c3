"""The sample partnership's list of key indicators: every line has its figures, and the list stands on one sheet of paper."""

import re

import pytest

pytestmark = pytest.mark.slow
SHEET = 268 / 25.4 * 96  # pixels: A4 less the page's margins of 13 and 16 mm
SHEET_WIDTH = 188 / 25.4 * 96


def test_each_line_of_the_list_has_its_trend_as_a_drawing(sample_report):
    html = (sample_report / "assessment.html").read_text(encoding="utf-8")
    listed = html[html.index("wf-kpis", html.index("<main")) :]
    listed = listed[: listed.index("</table>")]
    assert listed.count('<svg role="img" aria-label="') == listed.count('<th scope="row"') > 0


@pytest.mark.browser
def test_the_list_stands_on_one_sheet_of_paper_in_letters_of_9_points(browser_with_one_font, sample_report):
    page = browser_with_one_font.new_page(viewport={"width": round(SHEET_WIDTH), "height": 1000})
    page.goto((sample_report / "assessment.html").as_uri())
    page.emulate_media(media="print")
    # The list under the page's own heading, and nothing else of the page.
    page.evaluate(
        "document.querySelector('main').replaceChildren(document.querySelector('h1'), document.querySelector('.wf-kpis'))"
    )
    box = page.locator(".wf-kpis").bounding_box()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.wf-kpis, .wf-kpis *')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert box["height"] < SHEET
    assert overflow <= 0
    assert min(sizes) >= 9 / 72 * 96
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
