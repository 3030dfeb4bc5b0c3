"""A page in Chromium: no request beyond the file, no script, nothing on the console, and it prints."""

import nbformat
import pytest

from workforce.report.export import to_page
from workforce.report.pages import PageContext

pytestmark = pytest.mark.browser

DRAWING = (
    '<figure class="wf-figure" data-rule="board"><h3 class="wf-title">Turnover</h3>'
    '<svg viewBox="0 0 10 10" width="200" role="img" aria-label="A line that rises"><path d="M0 10L10 0" stroke="#12436d"></path></svg>'
    '<details class="wf-numbers"><summary>Show the numbers</summary><p>1</p></details>'
    '<figcaption class="wf-caption">Source</figcaption></figure>'
)
INJECTED = "<p class=\"wf-text\"><img alt='' src='data:,' onerror='document.title=1'><script>document.title = 'ran'</script></p>"


@pytest.fixture
def page_file(tmp_path):
    output = nbformat.v4.new_output("display_data", {"text/html": DRAWING})
    cells = [
        nbformat.v4.new_markdown_cell("# Title\n\nWords.\n\n## One"),
        nbformat.v4.new_code_cell("1", outputs=[output]),
    ]
    html, _ = to_page(
        nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_markdown_cell("## Two")]),
        PageContext("A", "B", "board"),
    )
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    return path


def opened(browser, path):
    page = browser.new_page()
    seen = {"requests": [], "console": []}
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("console", lambda message: seen["console"].append(message.text))
    page.on("pageerror", lambda error: seen["console"].append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    return page, seen


def test_a_page_makes_no_request_and_says_nothing_on_the_console(browser, page_file):
    page, seen = opened(browser, page_file)
    assert seen == {"requests": [page_file.as_uri()], "console": []}
    assert page.locator("h1").count() == 1
    assert page.get_by_role("img", name="A line that rises").count() == 1
    assert page.get_by_role("navigation").count() == 1
    page.close()


def test_the_policy_stops_a_script_that_escaped_escaping(browser, page_file):
    page_file.write_text(
        page_file.read_text(encoding="utf-8").replace("</main>", INJECTED + "</main>"), encoding="utf-8"
    )
    page, _ = opened(browser, page_file)
    assert page.title().startswith("Title")
    page.close()


def test_the_skip_link_is_the_first_stop_of_the_keyboard(browser, page_file):
    page, _ = opened(browser, page_file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.close()


def test_on_paper_the_numbers_behind_a_figure_are_left_out(browser, page_file):
    page, _ = opened(browser, page_file)
    page.emulate_media(media="print")
    assert not page.locator("details").is_visible()
    assert page.locator("svg").is_visible()
    assert page.pdf(format="A4")[:4] == b"%PDF"
    page.close()
