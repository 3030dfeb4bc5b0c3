"""A page in Chromium: no request beyond the file, no script, nothing on the console, and it prints."""

import shutil

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INJECTED = "<p class=\"wf-text\"><img alt='' src='data:,' onerror='document.title=1'><script>document.title = 'ran'</script></p>"


@pytest.fixture
def page_file(sample_report, tmp_path):
    """A published page with charts, tables and sections, to be changed."""
    return shutil.copy(sample_report / "organisation-council.html", tmp_path / "page.html")


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
    described = page.locator("main figure > svg").first.get_attribute("aria-label")
    assert page.get_by_role("img", name=described).count() == 1
    assert page.get_by_role("navigation").count() == 1
    page.close()


def test_the_policy_stops_a_script_that_escaped_escaping(browser, page_file):
    page_file.write_text(
        page_file.read_text(encoding="utf-8").replace("</main>", INJECTED + "</main>"), encoding="utf-8"
    )
    page, _ = opened(browser, page_file)
    assert page.title() not in ("ran", "1")
    page.close()


def test_the_skip_link_is_the_first_stop_of_the_keyboard(browser, page_file):
    page, _ = opened(browser, page_file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.close()


def test_on_paper_the_numbers_behind_a_figure_are_left_out(browser, page_file):
    page, _ = opened(browser, page_file)
    page.emulate_media(media="print")
    assert page.locator("details").count() > 0
    assert page.locator("details:visible").count() == 0
    assert page.locator("main figure > svg").first.is_visible()
    assert page.pdf(format="A4")[:4] == b"%PDF"
    page.close()
